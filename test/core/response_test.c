#include "response.h"

#include <errno.h>
#include <stdlib.h>

#include "engine_limits.h"
#include "test.h"

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define SLOT "-----------------------------"
#define STATUS_LINE "HTTP/1.1 200 OK\r\n"
#define HEAD STATUS_LINE "date: " SLOT "\r\ncontent-length: 5\r\n"
#define DATE_OFFSET (sizeof(STATUS_LINE "date: ") - 1)

static hyp_response_t *response_of(hyp_slice_t bytes, size_t body_len, size_t date_offset)
{
    hyp_response_t *response = NULL;
    CHECK_INT(HYP_OK, hyp_response_new(&response, bytes, body_len, date_offset));
    return response;
}

static hyp_response_t *hello(void)
{
    return response_of(HYP_SLICE(HEAD "\r\nhello"), 5, DATE_OFFSET);
}

static void check_rendered(const hyp_response_t *response, unsigned flags, hyp_slice_t expected)
{
    hyp_buf_t out;
    hyp_slice_t rest;
    hyp_buf_init(&out);
    CHECK_INT(HYP_OK, hyp_buf_append(&out, "before", 6));
    CHECK_INT(HYP_OK, hyp_response_render(response, flags, DATE, &out, &rest));
    CHECK_INT(0, rest.len);
    CHECK_MEM("before", 6, hyp_buf_ptr(&out), 6);
    CHECK_MEM(expected.ptr, expected.len, hyp_buf_ptr(&out) + 6, hyp_buf_len(&out) - 6);
    hyp_buf_free(&out);
}

#define DATED STATUS_LINE "date: " DATE "\r\ncontent-length: 5\r\n"

TEST(response_renders_head_date_and_body)
{
    hyp_response_t *response = hello();
    check_rendered(response, 0, HYP_SLICE(DATED "\r\nhello"));
    hyp_response_release(response);
}

TEST(response_renders_the_head_alone)
{
    hyp_response_t *response = hello();
    check_rendered(response, HYP_SEND_HEAD_ONLY, HYP_SLICE(DATED "\r\n"));
    check_rendered(response, HYP_SEND_HEAD_ONLY | HYP_SEND_CLOSE, HYP_SLICE(DATED "connection: close\r\n\r\n"));
    hyp_response_release(response);
}

TEST(response_adds_the_connection_field_before_the_empty_line)
{
    hyp_response_t *response = hello();
    check_rendered(response, HYP_SEND_CLOSE, HYP_SLICE(DATED "connection: close\r\n\r\nhello"));
    check_rendered(response, HYP_SEND_KEEP_ALIVE, HYP_SLICE(DATED "connection: keep-alive\r\n\r\nhello"));
    hyp_response_release(response);
}

TEST(response_adds_nothing_to_a_head_without_an_end)
{
    hyp_response_t *response = response_of(HYP_SLICE("HTTP/1.1 200 OK\r\nhello"), 5, 0);
    CHECK(!response->complete_head);
    check_rendered(response, HYP_SEND_CLOSE, HYP_SLICE("HTTP/1.1 200 OK\r\nhello"));
    hyp_response_release(response);
}

TEST(response_leaves_its_own_bytes_as_they_were)
{
    hyp_response_t *response = hello();
    check_rendered(response, 0, HYP_SLICE(DATED "\r\nhello"));
    CHECK_BYTES(HEAD "\r\nhello", response->bytes, response->len);
    hyp_response_release(response);
}

TEST(response_takes_the_date_slot_at_the_very_end_of_the_head)
{
    hyp_response_t *response = response_of(HYP_SLICE("date: " SLOT "body"), 4, 6);
    check_rendered(response, 0, HYP_SLICE("date: " DATE "body"));
    hyp_response_release(response);
}

TEST(response_refuses_lengths_and_offsets_outside_its_bytes)
{
    hyp_slice_t bytes = HYP_SLICE("date: " SLOT "body");
    hyp_response_t *response;
    CHECK_INT(-EINVAL, hyp_response_new(&response, bytes, bytes.len + 1, 0));
    CHECK_INT(-EINVAL, hyp_response_new(&response, bytes, SIZE_MAX, 0));
    CHECK_INT(-EINVAL, hyp_response_new(&response, bytes, 4, 7));
    CHECK_INT(-EINVAL, hyp_response_new(&response, bytes, 4, SIZE_MAX));
    CHECK_INT(-EINVAL, hyp_response_new(&response, bytes, bytes.len, 1));
}

TEST(response_may_be_empty)
{
    hyp_response_t *response = response_of(hyp_slice(NULL, 0), 0, 0);
    check_rendered(response, HYP_SEND_CLOSE, hyp_slice(NULL, 0));
    hyp_response_release(response);
}

/* A head and `body_len` bytes of body, in memory of the caller's. */
static hyp_response_t *with_body(size_t body_len)
{
    static const char head[] = "HTTP/1.1 200 OK\r\n\r\n";
    size_t head_len = sizeof head - 1;
    char *bytes = malloc(head_len + body_len);
    memcpy(bytes, head, head_len);
    memset(bytes + head_len, 'x', body_len);
    hyp_response_t *response = response_of(hyp_slice(bytes, head_len + body_len), body_len, 0);
    free(bytes);
    return response;
}

static void check_copied(size_t body_len, unsigned flags, size_t copied, size_t rest_len)
{
    hyp_response_t *response = with_body(body_len);
    hyp_buf_t out;
    hyp_slice_t rest;
    hyp_buf_init(&out);
    CHECK_INT(HYP_OK, hyp_response_render(response, flags, DATE, &out, &rest));
    CHECK_INT(response->head_len + copied, hyp_buf_len(&out));
    CHECK_INT(rest_len, rest.len);
    CHECK(rest_len == 0 || rest.ptr == response->bytes + response->head_len);
    hyp_buf_free(&out);
    hyp_response_release(response);
}

TEST(response_copies_small_bodies_and_leaves_large_ones_in_place)
{
    check_copied(HYP_COPY_BYTES, 0, HYP_COPY_BYTES, 0);
    check_copied(HYP_COPY_BYTES + 1, 0, 0, HYP_COPY_BYTES + 1);
    check_copied(HYP_COPY_BYTES + 1, HYP_SEND_HEAD_ONLY, 0, 0);
}

TEST(response_lives_until_its_last_release)
{
    hyp_response_t *response = hello();
    hyp_response_retain(response);
    hyp_response_release(response);
    check_rendered(response, 0, HYP_SLICE(DATED "\r\nhello"));
    hyp_response_release(response);
}

static void check_error(hyp_status refusal, unsigned flags, hyp_slice_t expected)
{
    hyp_buf_t out;
    hyp_buf_init(&out);
    CHECK_INT(HYP_OK, hyp_response_render_error(refusal, flags, DATE, &out));
    CHECK_MEM(expected.ptr, expected.len, hyp_buf_ptr(&out), hyp_buf_len(&out));
    hyp_buf_free(&out);
}

TEST(response_answers_a_refusal)
{
    check_error(HYP_REFUSE_HOST, 0,
                HYP_SLICE("HTTP/1.1 400 Bad Request\r\ndate: " DATE "\r\ncontent-type: text/plain\r\n"
                          "content-length: 12\r\nconnection: close\r\n\r\nBad Request\n"));
}

TEST(response_answers_a_refused_head_without_a_body)
{
    check_error(HYP_REFUSE_HEAD_TOO_LARGE, HYP_SEND_HEAD_ONLY,
                HYP_SLICE("HTTP/1.1 431 Request Header Fields Too Large\r\ndate: " DATE
                          "\r\ncontent-type: text/plain\r\ncontent-length: 32\r\nconnection: close\r\n\r\n"));
}

TEST(response_tells_when_to_retry_after_an_overload)
{
    check_error(HYP_REFUSE_OVERLOAD, 0,
                HYP_SLICE("HTTP/1.1 503 Service Unavailable\r\ndate: " DATE "\r\ncontent-type: text/plain\r\n"
                          "content-length: 20\r\nretry-after: 1\r\nconnection: close\r\n\r\nService Unavailable\n"));
}

TEST(response_has_an_error_for_every_refusal)
{
    for (hyp_status status = HYP_OK; status < HYP_STATUS_COUNT; status++) {
        CHECK(hyp_status_http(status) == 0 || *hyp_response_reason(hyp_status_http(status)) != '\0');
    }
}

TEST(response_knows_the_registered_phrases)
{
    CHECK_STR("Continue", hyp_response_reason(100));
    CHECK_STR("OK", hyp_response_reason(200));
    CHECK_STR("IM Used", hyp_response_reason(226));
    CHECK_STR("Content Too Large", hyp_response_reason(413));
    CHECK_STR("Network Authentication Required", hyp_response_reason(511));
}

TEST(response_has_no_phrase_for_other_codes)
{
    static const int codes[] = {-1, 0, 99, 209, 306, 418, 430, 509, 512, 599, 1000};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        CHECK_STR("", hyp_response_reason(codes[i]));
    }
}
