#include "conn_helpers.h"

#include <stdio.h>
#include <stdlib.h>

#define PIECES_MAX 7

static hyp_slice_t slice_of(const char *text)
{
    return hyp_slice(text, strlen(text));
}

static void give_back(void *ctx, hyp_reply_t *reply)
{
    hyp_client_t *client = ctx;
    client->given_back++;
    hyp_reply_destroy(reply);
}

static void put_static(hyp_route_set_t *set, hyp_method method, const char *path, hyp_slice_t body)
{
    char *bytes = malloc(200 + body.len);
    int head = sprintf(bytes, "HTTP/1.1 200 OK\r\ndate: %s\r\ncontent-length: %zu\r\n\r\n", DATE, body.len);
    memset(bytes + sizeof "HTTP/1.1 200 OK\r\ndate: " - 1, '?', HYP_DATE_LEN);
    memcpy(bytes + head, body.ptr, body.len);
    hyp_response_t *response = NULL;
    size_t date_offset = sizeof "HTTP/1.1 200 OK\r\ndate: " - 1;
    CHECK_INT(HYP_OK, hyp_response_new(&response, hyp_slice(bytes, (size_t)head + body.len), body.len, date_offset));
    CHECK_INT(HYP_OK, hyp_route_set_put(set, method, slice_of(path), HYP_ROUTE_STATIC, response, 0));
    hyp_response_release(response);
    free(bytes);
}

static void put_routes(hyp_route_set_t *set)
{
    char *big = malloc(BIG_BYTES);
    for (size_t i = 0; i < BIG_BYTES; i++)
        big[i] = (char)('a' + i % 23);
    put_static(set, HYP_METHOD_GET, "/hello", slice_of("hello"));
    put_static(set, HYP_METHOD_POST, "/thanks", slice_of("thanks"));
    put_static(set, HYP_METHOD_GET, "/big", hyp_slice(big, BIG_BYTES));
    CHECK_INT(HYP_OK, hyp_route_set_put(set, HYP_METHOD_GET, slice_of("/block"), HYP_ROUTE_BLOCK, NULL, 7));
    free(big);
}

void client_open(hyp_client_t *client)
{
    memset(client, 0, sizeof *client);
    client->window = client->send_step = SIZE_MAX;
    hyp_limits_init(&client->limits);
    memcpy(client->clock.date, DATE, sizeof DATE);
    CHECK_INT(HYP_OK, hyp_route_set_new(&client->set));
    put_routes(client->set);
    hyp_conn_shared_init(&client->shared);
    client->shared.limits = &client->limits;
    client->shared.clock = &client->clock;
    client->shared.counters = &client->counters;
    client->shared.has_application = true;
    client->shared.give_back = give_back;
    client->shared.give_back_ctx = client;
    hyp_route_reader_init(&client->shared.routes[0], client->set);
    hyp_route_reader_init(&client->shared.routes[1], NULL);
    hyp_conn_init(&client->conn);
}

void client_close(hyp_client_t *client)
{
    hyp_conn_free(&client->conn, &client->shared);
    hyp_conn_shared_free(&client->shared);
    hyp_route_set_release(client->set);
    if (client->request) hyp_request_destroy(client->request);
    hyp_buf_free(&client->sent);
}

/* ---- what a loop does ---- */

/* False when the client's window is shut. */
static bool send_output(hyp_client_t *client)
{
    struct iovec iov[PIECES_MAX];
    int count = hyp_conn_output(&client->conn, &client->shared, iov, PIECES_MAX);
    size_t left = client->window < client->send_step ? client->window : client->send_step;
    size_t sent = 0;
    CHECK(count > 0);
    for (int i = 0; i < count && sent < left; i++) {
        size_t part = iov[i].iov_len < left - sent ? iov[i].iov_len : left - sent;
        CHECK(iov[i].iov_len > 0);
        CHECK_INT(HYP_OK, hyp_buf_append(&client->sent, iov[i].iov_base, part));
        sent += part;
    }
    if (sent == 0) {
        hyp_status status = hyp_conn_keep_output(&client->conn, &client->shared);
        CHECK_INT(status != HYP_OK, client->conn.state == HYP_CONN_CLOSED);
        return status != HYP_OK;
    }
    if (client->window != SIZE_MAX) client->window -= sent;
    hyp_conn_on_sent(&client->conn, &client->shared, sent);
    return true;
}

static void take_request(hyp_client_t *client)
{
    if (client->request) hyp_request_destroy(client->request);
    client->request = hyp_conn_take_request(&client->conn);
    client->taken++;
}

/* Between events the shared buffer is nobody's, and a connection that waits for a request holds no memory. */
static void check_rest(const hyp_client_t *client, hyp_want want)
{
    const hyp_conn_t *conn = &client->conn;
    if (want == HYP_WANT_CLOSE) return;
    CHECK(!conn->out_shared);
    if (want != HYP_WANT_RECV || !hyp_conn_is_idle(conn)) return;
    CHECK(conn->in.data == NULL || hyp_buf_len(&conn->in) == 2); /* an empty line */
    CHECK(conn->out.data == NULL);
    CHECK(conn->request == NULL && conn->response == NULL && conn->replies == NULL);
}

bool client_awaits_file(const hyp_client_t *client)
{
    hyp_file_part_t part;
    return hyp_conn_file(&client->conn, &client->shared, &part);
}

hyp_want client_settle(hyp_client_t *client)
{
    for (;;) {
        hyp_want want = hyp_conn_want(&client->conn, &client->shared);
        if (want == HYP_WANT_SEND && !client_awaits_file(client) && send_output(client)) continue;
        if (want == HYP_WANT_DISPATCH) {
            take_request(client);
        } else if (want == HYP_WANT_LINGER) {
            client->shut = true;
            hyp_conn_on_shutdown(&client->conn, &client->shared);
        } else {
            check_rest(client, want);
            return want;
        }
    }
}

hyp_want client_sends(hyp_client_t *client, const char *bytes, size_t len)
{
    char *guarded = hyp_test_guarded(bytes, len);
    hyp_conn_on_recv(&client->conn, &client->shared, guarded, len);
    hyp_test_unguard(guarded, len);
    return client_settle(client);
}

hyp_want client_says(hyp_client_t *client, const char *text)
{
    return client_sends(client, text, strlen(text));
}

hyp_want client_drips(hyp_client_t *client, const char *text)
{
    hyp_want want = client_settle(client);
    for (; *text != '\0'; text++)
        want = client_sends(client, text, 1);
    return want;
}

hyp_want client_reads(hyp_client_t *client, size_t len)
{
    client->window += len;
    return client_settle(client);
}

hyp_want client_reads_all(hyp_client_t *client)
{
    client->window = SIZE_MAX;
    return client_settle(client);
}

hyp_want client_times_out(hyp_client_t *client)
{
    hyp_conn_on_timeout(&client->conn, &client->shared);
    return client_settle(client);
}

hyp_want client_sees_drain(hyp_client_t *client)
{
    client->shared.draining = true;
    hyp_conn_on_drain(&client->conn, &client->shared);
    return client_settle(client);
}

hyp_reply_t *reply_of(const char *text, const char *tail, unsigned flags)
{
    hyp_reply_t *reply = hyp_reply_new(strlen(text));
    memcpy(reply->bytes, text, strlen(text));
    if (tail) {
        reply->tail = slice_of(tail);
        reply->owner = 1;
    }
    reply->last = flags & (LAST | ABORTS);
    reply->close = flags & CLOSES;
    reply->abort = flags & ABORTS;
    return reply;
}

hyp_want client_gets(hyp_client_t *client, hyp_reply_t *reply)
{
    hyp_conn_on_reply(&client->conn, &client->shared, reply);
    return client_settle(client);
}

hyp_want client_is_answered(hyp_client_t *client, const char *text, unsigned flags)
{
    return client_gets(client, reply_of(text, NULL, flags));
}

hyp_timer_kind client_timer(const hyp_client_t *client)
{
    return hyp_conn_timer(&client->conn, &client->shared);
}

/* ---- checks ---- */

void client_check_sent(hyp_client_t *client, const char *expected, const char *file, int line)
{
    hyp_test_check_mem(expected, strlen(expected), hyp_buf_ptr(&client->sent), hyp_buf_len(&client->sent),
                       "what was sent", file, line);
    hyp_buf_clear(&client->sent);
}

void client_check_refused(hyp_client_t *client, int status, const char *file, int line)
{
    char expected[512];
    const char *reason = hyp_response_reason(status);
    sprintf(expected,
            "HTTP/1.1 %d %s\r\ndate: %s\r\ncontent-type: text/plain\r\ncontent-length: %zu\r\n%sconnection: "
            "close\r\n\r\n%s\n",
            status, reason, DATE, strlen(reason) + 1, status == 503 ? "retry-after: 1\r\n" : "", reason);
    client_check_sent(client, expected, file, line);
    hyp_test_check_int(HYP_WANT_RECV, hyp_conn_want(&client->conn, &client->shared), "what is wanted", file, line);
    hyp_test_check(client->shut, "client->shut", file, line);
    hyp_test_check_int(HYP_TIMER_LINGER, client_timer(client), "the timer", file, line);
    hyp_test_check(client->conn.request == NULL, "the request is gone", file, line);
}

void client_check_handed_off(hyp_client_t *client, const char *expected, const char *file, int line)
{
    hyp_want want = hyp_conn_want(&client->conn, &client->shared);
    hyp_slice_t bytes = hyp_conn_handoff_bytes(&client->conn);
    if (!hyp_test_check_int(HYP_WANT_HANDOFF, want, "what is wanted", file, line)) return;
    hyp_test_check_mem(expected, strlen(expected), bytes.ptr, bytes.len, "what is handed off", file, line);
}
