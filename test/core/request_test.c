#include "request.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"

#define BYTES "\r\nGET /a?b HTTP/1.1\r\nhost: example\r\nx: 1\r\n\r\n"
#define PIPELINED BYTES "GET /next"

/* What a parser says of BYTES, the empty line before it included. */
static hyp_head_t head_of_bytes(void)
{
    return (hyp_head_t){
        .method = HYP_METHOD_GET,
        .form = HYP_TARGET_ORIGIN,
        .minor = 1,
        .has_query = true,
        .method_name = {2, 3},
        .target = {6, 4},
        .path = {6, 2},
        .query = {9, 1},
        .head_bytes = sizeof BYTES - 1,
        .header_count = 2,
        .headers = {{{21, 4}, {27, 7}}, {{36, 1}, {39, 1}}},
    };
}

static void check_span(const char *expected, const hyp_request_t *request, hyp_span_t span)
{
    hyp_slice_t slice = hyp_span_in(request->bytes, span);
    CHECK_MEM(expected, strlen(expected), slice.ptr, slice.len);
}

static hyp_request_t *new_request(void)
{
    hyp_head_t head = head_of_bytes();
    hyp_framing_t framing = {.body = HYP_BODY_LENGTH, .keep_alive = true, .content_length = 7, .host = {27, 7}};
    hyp_request_t *request = NULL;
    char *bytes = hyp_test_guarded(PIPELINED, sizeof PIPELINED - 1);
    CHECK_INT(HYP_OK, hyp_request_new(&request, &head, &framing, bytes));
    hyp_test_unguard(bytes, sizeof PIPELINED - 1);
    return request;
}

TEST(request_copies_the_head_and_its_bytes)
{
    hyp_request_t *request = new_request();
    CHECK_BYTES(BYTES, request->bytes, request->bytes_len);
    check_span("GET", request, request->method_name);
    check_span("/a?b", request, request->target);
    check_span("/a", request, request->path);
    check_span("b", request, request->query);
    ASSERT(request->header_count == 2);
    check_span("host", request, request->headers[0].name);
    check_span("example", request, request->headers[0].value);
    check_span("x", request, request->headers[1].name);
    check_span("1", request, request->headers[1].value);
    hyp_request_destroy(request);
}

TEST(request_copies_what_frames_it)
{
    hyp_request_t *request = new_request();
    CHECK_INT(HYP_JOB_REQUEST, request->job.kind);
    CHECK_INT(HYP_METHOD_GET, request->method);
    CHECK_INT(HYP_TARGET_ORIGIN, request->form);
    CHECK_INT(1, request->minor);
    CHECK(request->has_query);
    CHECK(request->keep_alive);
    CHECK_INT(HYP_BODY_LENGTH, request->framing.body);
    CHECK_INT(7, request->framing.content_length);
    check_span("example", request, request->framing.host);
    hyp_request_destroy(request);
}

TEST(request_has_no_route_no_peer_and_an_empty_body_at_first)
{
    hyp_request_t *request = new_request();
    CHECK(request->route == NULL);
    CHECK_STR("", request->forwarded.client);
    CHECK_INT(0, request->body.len);
    CHECK_INT(-1, request->body.fd);
    CHECK_INT(0, request->from.generation);
    hyp_request_destroy(request);
}

TEST(request_releases_its_route_and_its_body)
{
    hyp_route_set_t *set;
    ASSERT(hyp_route_set_new(&set) == HYP_OK);
    ASSERT(hyp_route_set_put(set, HYP_METHOD_GET, HYP_SLICE("/a"), HYP_ROUTE_BLOCK, NULL, 1) == HYP_OK);
    hyp_request_t *request = new_request();
    request->route = hyp_route_set_find(set, HYP_METHOD_GET, HYP_SLICE("/a"));
    hyp_route_set_release(set);
    ASSERT(request->route != NULL);
    CHECK_INT(HYP_OK, hyp_body_append(&request->body, HYP_SLICE("to a file"), 0, P_tmpdir));
    int fd = request->body.fd;
    hyp_job_destroy(&request->job);
    CHECK_INT(-1, fcntl(fd, F_GETFD));
}

TEST(request_handoff_keeps_the_bytes_and_closes_what_nobody_took)
{
    hyp_handoff_t *handoff;
    int fds[2];
    ASSERT(pipe(fds) == 0);
    ASSERT(hyp_handoff_new(&handoff, fds[0], HYP_SLICE("PRI * ")) == HYP_OK);
    CHECK_INT(HYP_JOB_HANDOFF, handoff->job.kind);
    CHECK_BYTES("PRI * ", handoff->partial, handoff->len);
    hyp_job_destroy(&handoff->job);
    CHECK_INT(-1, fcntl(fds[0], F_GETFD));
    close(fds[1]);
}

TEST(request_handoff_leaves_a_descriptor_that_was_given_away)
{
    hyp_handoff_t *handoff;
    int fds[2];
    ASSERT(pipe(fds) == 0);
    ASSERT(hyp_handoff_new(&handoff, fds[0], hyp_slice(NULL, 0)) == HYP_OK);
    handoff->fd = -1;
    hyp_handoff_destroy(handoff);
    CHECK(fcntl(fds[0], F_GETFD) >= 0);
    close(fds[0]);
    close(fds[1]);
}

static void check_hit(const hyp_hits_t *hits, size_t *cursor, hyp_method expected_method, hyp_slice_t expected)
{
    hyp_method method = HYP_METHOD_OTHER;
    hyp_slice_t path = {NULL, 0};
    CHECK(hyp_hits_next(hits, cursor, &method, &path));
    CHECK_INT(expected_method, method);
    CHECK_MEM(expected.ptr, expected.len, path.ptr, path.len);
}

TEST(request_hits_are_told_in_order)
{
    char *longest = malloc(UINT16_MAX);
    memset(longest, 'p', UINT16_MAX);
    hyp_hits_t *hits;
    size_t cursor = 0;
    ASSERT(hyp_hits_new(&hits) == HYP_OK);
    CHECK_INT(HYP_OK, hyp_hits_add(hits, HYP_METHOD_GET, HYP_SLICE("/")));
    CHECK_INT(HYP_OK, hyp_hits_add(hits, HYP_METHOD_HEAD, hyp_slice(longest, UINT16_MAX)));
    CHECK_INT(HYP_OK, hyp_hits_add(hits, HYP_METHOD_OPTIONS, hyp_slice(NULL, 0)));
    CHECK_INT(3, hits->count);
    check_hit(hits, &cursor, HYP_METHOD_GET, HYP_SLICE("/"));
    check_hit(hits, &cursor, HYP_METHOD_HEAD, hyp_slice(longest, UINT16_MAX));
    check_hit(hits, &cursor, HYP_METHOD_OPTIONS, hyp_slice(NULL, 0));
    CHECK(!hyp_hits_next(hits, &cursor, &(hyp_method){HYP_METHOD_GET}, &(hyp_slice_t){NULL, 0}));
    hyp_job_destroy(&hits->job);
    free(longest);
}

TEST(request_hits_take_no_path_that_cannot_be_packed)
{
    char *too_long = calloc(1, UINT16_MAX + 1);
    hyp_hits_t *hits;
    ASSERT(hyp_hits_new(&hits) == HYP_OK);
    CHECK_INT(HYP_FULL, hyp_hits_add(hits, HYP_METHOD_GET, hyp_slice(too_long, UINT16_MAX + 1)));
    CHECK_INT(0, hits->count);
    CHECK(!hyp_hits_next(hits, &(size_t){0}, &(hyp_method){HYP_METHOD_GET}, &(hyp_slice_t){NULL, 0}));
    hyp_hits_destroy(hits);
    free(too_long);
}
