#include "buf.h"

#include "test.h"

TEST(buf_holds_what_was_appended)
{
    hyp_buf_t buf;
    hyp_buf_init(&buf);
    CHECK_INT(0, hyp_buf_len(&buf));
    CHECK(hyp_buf_ptr(&buf) == NULL);
    CHECK_INT(HYP_OK, hyp_buf_append(&buf, "", 0));
    CHECK(buf.data == NULL);

    CHECK_INT(HYP_OK, hyp_buf_append(&buf, "ab", 2));
    CHECK_INT(HYP_OK, hyp_buf_append(&buf, "cde", 3));
    CHECK_BYTES("abcde", hyp_buf_ptr(&buf), hyp_buf_len(&buf));
    hyp_buf_free(&buf);
    CHECK(buf.data == NULL && buf.cap == 0);
}

TEST(buf_is_consumed_from_the_front)
{
    hyp_buf_t buf = {0};
    CHECK_INT(HYP_OK, hyp_buf_append(&buf, "abcdef", 6));
    hyp_buf_consume(&buf, 2);
    CHECK_BYTES("cdef", hyp_buf_ptr(&buf), hyp_buf_len(&buf));
    CHECK_INT(HYP_OK, hyp_buf_append(&buf, "gh", 2));
    CHECK_BYTES("cdefgh", hyp_buf_ptr(&buf), hyp_buf_len(&buf));
    hyp_buf_consume(&buf, 100);
    CHECK_INT(0, hyp_buf_len(&buf));
    CHECK_INT(0, buf.start);
    hyp_buf_free(&buf);
}

TEST(buf_keeps_its_storage_when_cleared)
{
    hyp_buf_t buf = {0};
    CHECK_INT(HYP_OK, hyp_buf_append(&buf, "abc", 3));
    const char *data = buf.data;
    hyp_buf_clear(&buf);
    CHECK_INT(0, hyp_buf_len(&buf));
    CHECK(buf.data == data);
    hyp_buf_free(&buf);
}

TEST(buf_reserves_at_least_what_is_asked)
{
    hyp_buf_t buf = {0};
    CHECK_INT(HYP_OK, hyp_buf_reserve(&buf, 1));
    CHECK(buf.cap - buf.end >= 1);
    CHECK_INT(HYP_OK, hyp_buf_reserve(&buf, 100000));
    CHECK(buf.cap - buf.end >= 100000);
    hyp_buf_free(&buf);
}

TEST(buf_moves_to_its_front_before_it_grows)
{
    hyp_buf_t buf = {0};
    CHECK_INT(HYP_OK, hyp_buf_reserve(&buf, 1));
    size_t cap = buf.cap;
    char filling[4096];
    memset(filling, 'x', sizeof(filling));
    ASSERT(cap <= sizeof(filling));
    CHECK_INT(HYP_OK, hyp_buf_append(&buf, filling, cap - 1));
    CHECK_INT(HYP_OK, hyp_buf_append(&buf, "y", 1));
    hyp_buf_consume(&buf, cap - 1);
    CHECK_INT(HYP_OK, hyp_buf_append(&buf, "z", 1));
    CHECK_INT(cap, buf.cap);
    CHECK_INT(0, buf.start);
    CHECK_BYTES("yz", hyp_buf_ptr(&buf), hyp_buf_len(&buf));
    hyp_buf_free(&buf);
}

TEST(buf_grows_with_bytes_consumed_in_front)
{
    hyp_buf_t buf = {0};
    char filling[4096];
    memset(filling, 'x', sizeof(filling));
    CHECK_INT(HYP_OK, hyp_buf_append(&buf, "ab", 2));
    hyp_buf_consume(&buf, 1);
    CHECK_INT(HYP_OK, hyp_buf_append(&buf, filling, sizeof(filling)));
    CHECK_INT(sizeof(filling) + 1, hyp_buf_len(&buf));
    CHECK_INT('b', hyp_buf_ptr(&buf)[0]);
    CHECK_INT('x', hyp_buf_ptr(&buf)[sizeof(filling)]);
    hyp_buf_free(&buf);
}

TEST(buf_refuses_more_than_memory_can_hold_and_stays_as_it_was)
{
    hyp_buf_t buf = {0};
    CHECK_INT(HYP_OK, hyp_buf_append(&buf, "abc", 3));
    CHECK_INT(HYP_NO_MEMORY, hyp_buf_reserve(&buf, SIZE_MAX));
    CHECK_INT(HYP_NO_MEMORY, hyp_buf_append(&buf, "", SIZE_MAX - 1));
    CHECK_BYTES("abc", hyp_buf_ptr(&buf), hyp_buf_len(&buf));
    hyp_buf_free(&buf);
}

/* A queue under steady use must neither grow nor copy without end. */
TEST(buf_stays_small_as_a_queue)
{
    hyp_buf_t buf = {0};
    for (int round = 0; round < 10000; round++) {
        CHECK_INT(HYP_OK, hyp_buf_append(&buf, "0123456789", 10));
        if (round >= 10) hyp_buf_consume(&buf, 10);
    }
    CHECK_INT(100, hyp_buf_len(&buf));
    CHECK_BYTES("0123456789", hyp_buf_ptr(&buf), 10);
    CHECK(buf.cap <= 1024);
    hyp_buf_free(&buf);
}
