#include "body.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "test.h"

#define MEMORY_BYTES 100

/* Pieces of the alphabet over and over, so that any misplaced byte shows. */
static char letter_at(uint64_t offset)
{
    return (char)('a' + offset % 23);
}

static hyp_status append(hyp_body_t *body, size_t len)
{
    char *bytes = malloc(len);
    for (size_t i = 0; i < len; i++) {
        bytes[i] = letter_at(body->len + i);
    }
    char *guarded = hyp_test_guarded(bytes, len);
    hyp_status status = hyp_body_append(body, hyp_slice(guarded, len), MEMORY_BYTES, P_tmpdir);
    hyp_test_unguard(guarded, len);
    free(bytes);
    return status;
}

static void check_read(const hyp_body_t *body, uint64_t offset, size_t len, size_t expected)
{
    char *to = malloc(len);
    size_t got = SIZE_MAX;
    CHECK_INT(HYP_OK, hyp_body_read(body, offset, to, len, &got));
    CHECK_INT(expected, got);
    for (size_t i = 0; i < got && i < len; i++) {
        if (to[i] != letter_at(offset + i)) {
            FAIL("byte %zu from offset %ju is wrong", i, (uintmax_t)offset);
            break;
        }
    }
    free(to);
}

TEST(body_is_empty_at_first)
{
    hyp_body_t body;
    hyp_body_init(&body);
    CHECK_INT(HYP_OK, hyp_body_append(&body, hyp_slice(NULL, 0), 0, P_tmpdir));
    CHECK_INT(0, body.len);
    CHECK_INT(-1, body.fd);
    check_read(&body, 0, 10, 0);
    hyp_body_free(&body);
}

TEST(body_stays_in_memory_up_to_the_limit)
{
    hyp_body_t body;
    hyp_body_init(&body);
    CHECK_INT(HYP_OK, append(&body, 60));
    CHECK_INT(HYP_OK, append(&body, 40));
    CHECK_INT(-1, body.fd);
    CHECK_INT(100, body.len);
    check_read(&body, 0, 100, 100);
    check_read(&body, 0, 1000, 100);
    check_read(&body, 59, 2, 2);
    check_read(&body, 99, 10, 1);
    check_read(&body, 100, 10, 0);
    check_read(&body, UINT64_MAX, 10, 0);
    hyp_body_free(&body);
}

TEST(body_moves_to_a_file_beyond_the_limit)
{
    hyp_body_t body;
    hyp_body_init(&body);
    CHECK_INT(HYP_OK, append(&body, 100));
    CHECK_INT(HYP_OK, append(&body, 1));
    CHECK(body.fd >= 0);
    CHECK_INT(0, hyp_buf_len(&body.memory));
    CHECK_INT(HYP_OK, append(&body, 300000));
    CHECK_INT(300101, body.len);
    check_read(&body, 0, 400000, 300101);
    check_read(&body, 99, 5, 5);
    check_read(&body, 300100, 5, 1);
    check_read(&body, 300101, 5, 0);
    hyp_body_free(&body);
}

TEST(body_goes_to_a_file_at_once_when_its_first_piece_is_large)
{
    hyp_body_t body;
    hyp_body_init(&body);
    CHECK_INT(HYP_OK, append(&body, 5000));
    CHECK(body.fd >= 0);
    check_read(&body, 0, 5000, 5000);
    hyp_body_free(&body);
}

TEST(body_keeps_a_file_that_nobody_else_can_find)
{
    hyp_body_t body;
    struct stat info;
    hyp_body_init(&body);
    CHECK_INT(HYP_OK, append(&body, 200));
    ASSERT(fstat(body.fd, &info) == 0);
    CHECK_INT(0, info.st_nlink);
    CHECK_INT(0, info.st_mode & 077);
    CHECK(fcntl(body.fd, F_GETFD) & FD_CLOEXEC);
    int fd = body.fd;
    hyp_body_free(&body);
    CHECK_INT(-1, fcntl(fd, F_GETFD));
    CHECK_INT(-1, body.fd);
}

static hyp_status append_with_limit(hyp_body_t *body, size_t len, int resource, rlim_t limit)
{
    struct rlimit before;
    CHECK_INT(0, getrlimit(resource, &before));
    CHECK_INT(0, setrlimit(resource, &(struct rlimit){.rlim_cur = limit, .rlim_max = before.rlim_max}));
    hyp_status status = append(body, len);
    CHECK_INT(0, setrlimit(resource, &before));
    return status;
}

TEST(body_is_as_before_when_no_file_can_be_had)
{
    hyp_body_t body;
    hyp_body_init(&body);
    CHECK_INT(HYP_OK, append(&body, 80));
    CHECK_INT(-EMFILE, append_with_limit(&body, 80, RLIMIT_NOFILE, 0));
    CHECK_INT(-1, body.fd);
    CHECK_INT(80, body.len);
    check_read(&body, 0, 100, 80);
    hyp_body_free(&body);
}

/* The file takes a part of what is written, and then no more: as a full disk does. */
TEST(body_is_as_before_when_the_file_takes_no_more)
{
    hyp_body_t body;
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    hyp_body_init(&body);
    CHECK_INT(HYP_OK, append(&body, 200));
    CHECK_INT(-EFBIG, append_with_limit(&body, 100000, RLIMIT_FSIZE, 65536));
    CHECK_INT(200, body.len);
    check_read(&body, 0, 1000, 200);
    CHECK_INT(HYP_OK, append(&body, 100000));
    check_read(&body, 0, 200000, 100200);
    hyp_body_free(&body);
    signal(SIGXFSZ, before);
}

TEST(body_stays_in_memory_when_the_move_fails)
{
    hyp_body_t body;
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    hyp_body_init(&body);
    CHECK_INT(HYP_OK, append(&body, 80));
    CHECK_INT(-EFBIG, append_with_limit(&body, 80, RLIMIT_FSIZE, 40));
    CHECK_INT(-1, body.fd);
    check_read(&body, 0, 100, 80);
    hyp_body_free(&body);
    signal(SIGXFSZ, before);
}
