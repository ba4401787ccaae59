/* A whole connection on a backend that does not exist. The first byte of an input chooses a configuration, the second tells
 * how many bytes behind it make the chances; the rest is what the client sends. Each input is served three times:
 *
 *   whole    all at once, everything is sent at once, answers come at once
 *   cut      the same bytes at chance cuts, partial sends, answers in pieces: what the client gets must be the same
 *   stormy   and also with time-outs, a drain, ends, errors, overload, answers that close or give up
 */
#include <string.h>

#include "conn.h"
#include "fuzz.h"

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"
#define BIG_BYTES 20000 /* body of /big: sent from where it is */
#define PIECES_MAX 5

typedef enum { WHOLE, CUT, STORMY } manner_t;

typedef struct {
    manner_t manner;
    uint8_t options;
    const uint8_t *chances;
    size_t chance_count, chance;
    uint32_t seed;
    const char *input;
    size_t len, fed;

    hyp_limits_t limits;
    hyp_clock_t clock;
    hyp_counters_t counters;
    hyp_conn_shared_t shared;
    hyp_conn_t conn;
    hyp_buf_t got; /* by the client */

    hyp_request_t *request; /* taken, not answered in full */
    hyp_flow_t *flow;
    char answer[128];
    size_t answer_len, answered;
    unsigned taken, tails, given_back, refusals, idle_sends;
    bool disturbed; /* an answer may be cut off */
    bool answer_closes;
} run_t;

static hyp_route_set_t *routes;

/* ---- chances ---- */

static uint32_t chance(run_t *run, uint32_t of)
{
    if (of < 2) return 0;
    if (run->chance < run->chance_count) return run->chances[run->chance++] % of;
    run->seed = run->seed * 1664525 + 1013904223;
    return (run->seed >> 8) % of;
}

/* True once in `of` times, in a storm. */
static bool strikes(run_t *run, uint32_t of)
{
    if (run->manner != STORMY || chance(run, of) != 0) return false;
    run->disturbed = true;
    return true;
}

/* ---- setting up ---- */

static void put_static(hyp_method method, const char *path, size_t body_len)
{
    char *bytes = malloc(100 + body_len);
    hyp_response_t *response;
    size_t date_offset = sizeof "HTTP/1.1 200 OK\r\ndate: " - 1;
    int head = sprintf(bytes, "HTTP/1.1 200 OK\r\ndate: " DATE "\r\ncontent-length: %zu\r\n\r\n", body_len);
    memset(bytes + head, 's', body_len);
    REQUIRE(hyp_response_new(&response, hyp_slice(bytes, (size_t)head + body_len), body_len, date_offset) == HYP_OK);
    REQUIRE(hyp_route_set_put(routes, method, hyp_slice(path, strlen(path)), HYP_ROUTE_STATIC, response, 0) == HYP_OK);
    hyp_response_release(response);
    free(bytes);
}

static void put_routes(void)
{
    if (routes) return;
    REQUIRE(hyp_route_set_new(&routes) == HYP_OK);
    put_static(HYP_METHOD_GET, "/", 5);
    put_static(HYP_METHOD_POST, "/", 6);
    put_static(HYP_METHOD_GET, "/big", BIG_BYTES);
    REQUIRE(hyp_route_set_put(routes, HYP_METHOD_GET, HYP_SLICE("/b"), HYP_ROUTE_BLOCK, NULL, 1) == HYP_OK);
}

/* A reply's tail lives until it is given back, and not a moment longer. */
static void give_back(void *ctx, hyp_reply_t *reply)
{
    run_t *run = ctx;
    run->given_back++;
    free((void *)reply->owner);
    hyp_reply_destroy(reply);
}

static void set_limits(run_t *run)
{
    hyp_limits_init(&run->limits);
    run->limits.head = (hyp_parser_limits_t){.method_bytes = 10, .target_bytes = 64, .head_bytes = 256, .headers = 8};
    run->limits.body_bytes = 100;
    run->limits.body_memory_bytes = run->options & 32 && run->options & 64 ? 20 : 100;
    run->limits.output_bytes = 400;
}

static void begin(run_t *run)
{
    set_limits(run);
    memcpy(run->clock.date, DATE, sizeof DATE);
    hyp_conn_shared_init(&run->shared);
    run->shared.limits = &run->limits;
    run->shared.clock = &run->clock;
    run->shared.counters = &run->counters;
    run->shared.has_application = run->options & 1;
    run->shared.has_handoff = run->options & 2;
    run->shared.hands_off_all = run->options & 4;
    run->shared.collects_hits = run->options & 8;
    run->shared.draining = run->options & 16 && run->options & 64;
    run->shared.give_back = give_back;
    run->shared.give_back_ctx = run;
    hyp_route_reader_init(&run->shared.routes[0], routes);
    hyp_route_reader_init(&run->shared.routes[1], NULL);
    hyp_conn_init(&run->conn);
}

static void end_request(run_t *run)
{
    if (run->flow) hyp_flow_release(run->flow);
    if (run->request) hyp_request_destroy(run->request);
    run->flow = NULL;
    run->request = NULL;
}

static void finish(run_t *run)
{
    hyp_conn_free(&run->conn, &run->shared);
    REQUIRE(run->tails == run->given_back);
    if (run->flow) REQUIRE(run->flow->refs == 1);
    end_request(run);
    hyp_conn_shared_free(&run->shared);
    hyp_buf_free(&run->got);
}

/* ---- events ---- */

static void receive(run_t *run)
{
    size_t left = run->len - run->fed;
    size_t len = run->manner == WHOLE ? left : 1 + chance(run, left < 200 ? (uint32_t)left : 200);
    char *bytes = malloc(len);
    memcpy(bytes, run->input + run->fed, len);
    run->fed += len;
    hyp_conn_on_recv(&run->conn, &run->shared, bytes, len);
    free(bytes);
}

static size_t send_some(run_t *run, size_t most)
{
    struct iovec iov[PIECES_MAX];
    int count = hyp_conn_output(&run->conn, &run->shared, iov,
                                run->manner == WHOLE ? PIECES_MAX : 1 + (int)chance(run, PIECES_MAX));
    size_t sent = 0;
    REQUIRE(count > 0);
    for (int i = 0; i < count && sent < most; i++) {
        size_t part = iov[i].iov_len < most - sent ? iov[i].iov_len : most - sent;
        REQUIRE(iov[i].iov_len > 0);
        REQUIRE(hyp_buf_append(&run->got, iov[i].iov_base, part) == HYP_OK);
        sent += part;
    }
    return sent;
}

/* Some answers are written by the time the request is taken; in pieces of which some have a tail. */
static void write_answer(run_t *run)
{
    const hyp_request_t *request = run->request;
    char body[64];
    uint64_t sum = request->target.len;
    char byte;
    size_t got = 0;
    for (uint64_t i = 0; hyp_body_read(&request->body, i, &byte, 1, &got) == HYP_OK && got; i++)
        sum = sum * 31 + (uint8_t)byte;
    sprintf(body, "<%u:%u:%016llx>", run->taken, request->method, (unsigned long long)sum);
    run->answer_closes = !request->keep_alive || strikes(run, 50);
    int len = sprintf(run->answer, "HTTP/1.1 200 OK\r\ncontent-length: %zu\r\n\r\n%s", strlen(body),
                      request->method == HYP_METHOD_HEAD ? "" : body);
    run->answer_len = (size_t)len;
    run->answered = 0;
    if (chance(run, 2)) REQUIRE(hyp_flow_new(&run->flow) == HYP_OK);
}

static void take_request(run_t *run)
{
    end_request(run);
    run->request = hyp_conn_take_request(&run->conn);
    REQUIRE(run->request != NULL);
    REQUIRE(run->counters.refused_requests == 0);
    run->taken++;
    if (strikes(run, 20)) {
        end_request(run);
        hyp_conn_on_overload(&run->conn, &run->shared);
        return;
    }
    write_answer(run);
}

static hyp_reply_t *piece_of_answer(run_t *run)
{
    size_t left = run->answer_len - run->answered;
    size_t own = run->manner == WHOLE ? left : chance(run, (uint32_t)left + 1);
    size_t tail = run->manner == WHOLE ? 0 : chance(run, (uint32_t)(left - own) + 1);
    hyp_reply_t *reply = hyp_reply_new(own);
    memcpy(reply->bytes, run->answer + run->answered, own);
    if (tail > 0 || chance(run, 4) == 1) {
        char *bytes = malloc(tail + 1);
        memcpy(bytes, run->answer + run->answered + own, tail);
        reply->tail = hyp_slice(bytes, tail);
        reply->owner = (uintptr_t)bytes;
        run->tails++;
    }
    run->answered += own + tail;
    return reply;
}

static void answer(run_t *run)
{
    hyp_reply_t *reply = piece_of_answer(run);
    reply->last = run->answered == run->answer_len && chance(run, 3) != 1;
    if (strikes(run, 40)) reply->last = reply->abort = true;
    reply->close = reply->last && run->answer_closes;
    if (run->flow) {
        hyp_flow_retain(run->flow);
        hyp_flow_add(run->flow, reply->len + reply->tail.len);
        reply->flow = run->flow;
    }
    if (reply->last) {
        hyp_request_destroy(run->request);
        run->request = NULL;
    }
    hyp_conn_on_reply(&run->conn, &run->shared, reply);
}

/* False when the client takes nothing now. */
static bool send_output(run_t *run)
{
    bool blocked = run->manner != WHOLE && run->idle_sends < 3 && chance(run, 4) == 0;
    if (blocked) {
        run->idle_sends++;
        REQUIRE(hyp_conn_keep_output(&run->conn, &run->shared) == HYP_OK);
        REQUIRE(hyp_buf_len(&run->shared.out) == 0);
        REQUIRE(hyp_buf_len(&run->conn.out) < run->limits.output_bytes + 512);
        return false;
    }
    run->idle_sends = 0;
    size_t most = run->manner == WHOLE || chance(run, 3) == 0 ? SIZE_MAX : 1 + chance(run, 300);
    hyp_conn_on_sent(&run->conn, &run->shared, send_some(run, most));
    return true;
}

/* What may happen whenever the loop waits. */
static void storm(run_t *run)
{
    hyp_timer_kind timer = hyp_conn_timer(&run->conn, &run->shared);
    if (timer != HYP_TIMER_NONE && strikes(run, 60)) hyp_conn_on_timeout(&run->conn, &run->shared);
    if (!run->shared.draining && strikes(run, 80)) {
        run->shared.draining = true;
        hyp_conn_on_drain(&run->conn, &run->shared);
    }
    if (strikes(run, 150)) hyp_conn_on_error(&run->conn);
}

static void check_waiting(run_t *run, hyp_want want)
{
    const hyp_conn_t *conn = &run->conn;
    hyp_timer_kind timer = hyp_conn_timer(conn, &run->shared);
    REQUIRE((timer == HYP_TIMER_NONE) == (want == HYP_WANT_REPLY));
    REQUIRE(!conn->out_shared || want == HYP_WANT_SEND);
    REQUIRE(hyp_buf_len(&conn->in) <= run->len);
    if (want == HYP_WANT_RECV && hyp_conn_is_idle(conn)) {
        REQUIRE(conn->in.data == NULL || hyp_buf_len(&conn->in) == 2); /* an empty line */
        REQUIRE(conn->out.data == NULL);
        REQUIRE(conn->request == NULL && conn->response == NULL && conn->replies == NULL);
        REQUIRE(timer == (conn->fresh ? HYP_TIMER_HEAD : HYP_TIMER_IDLE));
    }
    (void)hyp_conn_timer_restarts(&run->conn);
}

/* One thing that the connection wants; false when it is over or has nothing to do any more. */
static bool step(run_t *run)
{
    hyp_want want = hyp_conn_want(&run->conn, &run->shared);
    switch (want) {
    case HYP_WANT_RECV:
        check_waiting(run, want);
        if (run->fed == run->len) return false;
        if (strikes(run, 200)) hyp_conn_on_eof(&run->conn, &run->shared);
        else receive(run);
        break;
    case HYP_WANT_SEND:
        check_waiting(run, want);
        if (!send_output(run) && run->request && run->conn.state == HYP_CONN_WAITING) answer(run);
        break;
    case HYP_WANT_REPLY:
        check_waiting(run, want);
        REQUIRE(run->request != NULL);
        answer(run);
        break;
    case HYP_WANT_DISPATCH:
        take_request(run);
        break;
    case HYP_WANT_LINGER:
        hyp_conn_on_shutdown(&run->conn, &run->shared);
        break;
    case HYP_WANT_HANDOFF:
    case HYP_WANT_CLOSE:
        return false;
    }
    storm(run);
    return true;
}

/* ---- what must hold ---- */

/* How often `text` stands in what the client got. */
static uint64_t count_of(const run_t *run, const char *text)
{
    uint64_t count = 0;
    size_t len = strlen(text);
    if (hyp_buf_len(&run->got) == 0) return 0;
    const char *at = hyp_buf_ptr(&run->got);
    const char *end = at + hyp_buf_len(&run->got);
    for (; (at = memmem(at, (size_t)(end - at), text, len)); at += len)
        count++;
    return count;
}

static void check_counts(const run_t *run)
{
    const hyp_counters_t *counters = &run->counters;
    uint64_t finals = count_of(run, "HTTP/1.1 2") + count_of(run, "HTTP/1.1 4") + count_of(run, "HTTP/1.1 5");
    uint64_t made = counters->static_requests + run->taken + counters->refused_requests - counters->overload_requests;
    REQUIRE(counters->refused_requests <= 1);
    REQUIRE(run->taken == counters->app_requests + counters->block_requests ||
            (run->disturbed && run->taken < counters->app_requests + counters->block_requests));
    if (run->disturbed) {
        REQUIRE(finals <= made);
    } else {
        REQUIRE(finals == made);
        REQUIRE(counters->replies == run->taken);
    }
    REQUIRE(counters->replies <= run->taken);
}

/* Each answer of the application stands once, in order. */
static void check_order(const run_t *run)
{
    unsigned last = 0;
    if (hyp_buf_len(&run->got) == 0) return;
    const char *at = hyp_buf_ptr(&run->got);
    const char *end = at + hyp_buf_len(&run->got);
    while ((at = memchr(at, '<', (size_t)(end - at)))) {
        unsigned number = 0;
        for (at++; at < end && *at >= '0' && *at <= '9'; at++)
            number = number * 10 + (unsigned)(*at - '0');
        if (at < end) REQUIRE(number > last && number <= run->taken);
        last = number;
    }
}

static void check_handoff(const run_t *run)
{
    hyp_slice_t bytes = hyp_conn_handoff_bytes(&run->conn);
    REQUIRE(run->shared.has_handoff);
    REQUIRE(bytes.len > 0 && bytes.len <= run->fed);
    REQUIRE(memcmp(bytes.ptr, run->input + run->fed - bytes.len, bytes.len) == 0);
}

/* After the end nothing that arrives late makes it talk again. */
static void check_closed(run_t *run)
{
    if (run->request) answer(run);
    REQUIRE(hyp_conn_want(&run->conn, &run->shared) == HYP_WANT_CLOSE);
    hyp_conn_on_drain(&run->conn, &run->shared);
    REQUIRE(hyp_conn_want(&run->conn, &run->shared) == HYP_WANT_CLOSE);
}

static void serve(run_t *run)
{
    size_t steps = 0;
    begin(run);
    while (step(run))
        REQUIRE(++steps < 200000);
    hyp_want want = hyp_conn_want(&run->conn, &run->shared);
    check_counts(run);
    check_order(run);
    if (want == HYP_WANT_HANDOFF) check_handoff(run);
    if (want == HYP_WANT_CLOSE) check_closed(run);
}

/* ---- whole and cut ---- */

/* Whether a client is told to go on depends on what has come with the head. */
static size_t without_invitations(hyp_buf_t *got)
{
    char *to = got->data;
    const char *at = hyp_buf_ptr(got);
    size_t left = hyp_buf_len(got);
    size_t len = sizeof CONTINUE - 1;
    while (left > 0) {
        if (left >= len && memcmp(at, CONTINUE, len) == 0) {
            at += len;
            left -= len;
        } else {
            *to++ = *at++;
            left--;
        }
    }
    return (size_t)(to - got->data);
}

/* Where the client's bytes that Ruby gets begin; or, when it gets none, how it ended. */
static size_t end_of(const run_t *run)
{
    hyp_want want = hyp_conn_want(&run->conn, &run->shared);
    if (want == HYP_WANT_HANDOFF) return run->fed - hyp_conn_handoff_bytes(&run->conn).len;
    bool over = want == HYP_WANT_CLOSE || run->conn.state == HYP_CONN_LINGER;
    return SIZE_MAX - (over ? 1 : 0);
}

static void check_same(run_t *whole, run_t *cut)
{
    size_t whole_len = without_invitations(&whole->got);
    size_t cut_len = without_invitations(&cut->got);
    REQUIRE(whole_len == cut_len);
    REQUIRE(whole_len == 0 || memcmp(whole->got.data, cut->got.data, cut_len) == 0);
    REQUIRE(whole->taken == cut->taken);
    REQUIRE(end_of(whole) == end_of(cut));
    REQUIRE(whole->counters.static_requests == cut->counters.static_requests);
}

static run_t run_of(manner_t manner, const uint8_t *data, size_t size)
{
    run_t run;
    size_t chances = data[1] < size - 2 ? data[1] : size - 2;
    memset(&run, 0, sizeof run);
    run.manner = manner;
    run.options = data[0];
    run.chances = data + 2;
    run.chance_count = chances;
    run.seed = (uint32_t)(data[0] + 256 * data[1] + size);
    run.input = (const char *)data + 2 + chances;
    run.len = size - 2 - chances;
    return run;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3) return 0;
    put_routes();
    run_t whole = run_of(WHOLE, data, size);
    run_t cut = run_of(CUT, data, size);
    run_t stormy = run_of(STORMY, data, size);
    serve(&whole);
    serve(&cut);
    check_same(&whole, &cut);
    finish(&whole);
    finish(&cut);
    serve(&stormy);
    finish(&stormy);
    return 0;
}
