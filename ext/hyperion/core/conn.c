#include "conn.h"

#include <stdlib.h>

#include "conn_input.h"
#include "conn_log.h"
#include "hijack.h"

void hyp_conn_shared_init(hyp_conn_shared_t *shared)
{
    memset(shared, 0, sizeof *shared);
}

void hyp_conn_shared_free(hyp_conn_shared_t *shared)
{
    for (int i = 0; i < HYP_ROUTE_SETS; i++)
        hyp_route_reader_free(&shared->routes[i]);
    if (shared->hits) hyp_hits_destroy(shared->hits);
    shared->hits = NULL;
    hyp_buf_free(&shared->out);
}

void hyp_conn_init(hyp_conn_t *conn)
{
    memset(conn, 0, sizeof *conn);
    conn->fresh = true;
    conn->state = HYP_CONN_HEAD;
}

void hyp_conn_set_peer(hyp_conn_t *conn, const hyp_conn_shared_t *shared, const char *peer)
{
    memcpy(conn->peer, peer, strlen(peer) + 1);
    conn->peer_trusted = shared->trusted_proxies && hyp_networks_contain_peer(shared->trusted_proxies, peer);
    bool says_more =
        shared->proxy_protocol && !conn->proxied && hyp_networks_contain_peer(shared->proxy_protocol, peer);
    if (says_more) conn->state = HYP_CONN_PROXY;
}

static void drop_reply(hyp_conn_shared_t *shared, hyp_reply_t *reply)
{
    if (reply->owner) shared->give_back(shared->give_back_ctx, reply);
    else hyp_reply_destroy(reply);
}

void hyp_conn_free(hyp_conn_t *conn, hyp_conn_shared_t *shared)
{
    while (conn->replies) {
        hyp_reply_t *reply = conn->replies;
        conn->replies = reply->next;
        if (reply->flow) hyp_flow_abandon(reply->flow);
        drop_reply(shared, reply);
    }
    if (conn->hijack) {
        hyp_hijack_abandon(conn->hijack);
        hyp_hijack_release(conn->hijack);
    }
    hyp_conn_log_leave(conn, shared);
    if (conn->response) hyp_response_release(conn->response);
    if (conn->request) hyp_request_destroy(conn->request);
    if (conn->out_shared) hyp_buf_clear(&shared->out);
    hyp_buf_free(&conn->in);
    hyp_buf_free(&conn->out);
    hyp_conn_init(conn);
}

/* ---- output ---- */

static uint64_t size_of(const hyp_reply_t *reply)
{
    return reply->len + reply->tail.len + reply->file_len;
}

static bool reply_has_bytes(const hyp_conn_t *conn)
{
    const hyp_reply_t *reply = conn->replies;
    return reply && conn->reply_sent < size_of(reply);
}

bool hyp_conn_has_output(const hyp_conn_t *conn, const hyp_conn_shared_t *shared)
{
    return (conn->out_shared && hyp_buf_len(&shared->out) > 0) || hyp_buf_len(&conn->out) > 0 ||
           conn->response_rest.len > 0 || reply_has_bytes(conn);
}

/* Adds what of `piece` stands behind its first `sent` bytes. */
static int add_piece(struct iovec *iov, int count, int max, hyp_slice_t piece, size_t sent)
{
    if (piece.len == sent || count == max) return count;
    iov[count].iov_base = (void *)(uintptr_t)(piece.ptr + sent);
    iov[count].iov_len = piece.len - sent;
    return count + 1;
}

/* Up to a file, which is sent by itself. */
static int add_replies(const hyp_conn_t *conn, struct iovec *iov, int count, int max)
{
    uint64_t sent = conn->reply_sent;
    if (conn->replies && sent >= conn->replies->len + conn->replies->tail.len && conn->replies->file_len > 0)
        return count;
    for (const hyp_reply_t *reply = conn->replies; reply && count < max; reply = reply->next) {
        size_t of_bytes = sent < reply->len ? (size_t)sent : reply->len;
        count = add_piece(iov, count, max, hyp_slice(reply->bytes, reply->len), of_bytes);
        count = add_piece(iov, count, max, reply->tail, (size_t)sent - of_bytes);
        sent = 0;
        if (reply->file_len > 0) break;
    }
    return count;
}

bool hyp_conn_file(const hyp_conn_t *conn, const hyp_conn_shared_t *shared, hyp_file_part_t *part)
{
    const hyp_reply_t *reply = conn->replies;
    if (!reply || reply->file_len == 0 || conn->reply_sent < reply->len + reply->tail.len) return false;
    if (hyp_buf_len(conn->out_shared ? &shared->out : &conn->out) > 0 || conn->response_rest.len > 0) return false;
    uint64_t done = conn->reply_sent - reply->len - reply->tail.len;
    *part = (hyp_file_part_t){reply->file_fd, reply->file_offset + done, reply->file_len - done};
    return part->len > 0;
}

int hyp_conn_output(const hyp_conn_t *conn, const hyp_conn_shared_t *shared, struct iovec *iov, int max)
{
    const hyp_buf_t *out = conn->out_shared ? &shared->out : &conn->out;
    int count = add_piece(iov, 0, max, hyp_slice(hyp_buf_ptr(out), hyp_buf_len(out)), 0);
    count = add_piece(iov, count, max, conn->response_rest, 0);
    return add_replies(conn, iov, count, max);
}

hyp_status hyp_conn_keep_output(hyp_conn_t *conn, hyp_conn_shared_t *shared)
{
    if (!conn->out_shared) return HYP_OK;
    hyp_buf_t *out = &shared->out;
    hyp_status status = HYP_OK;
    if (hyp_buf_len(out) > 0) status = hyp_buf_append(&conn->out, hyp_buf_ptr(out), hyp_buf_len(out));
    hyp_buf_clear(out);
    conn->out_shared = false;
    if (status != HYP_OK) conn->state = HYP_CONN_CLOSED;
    return status;
}

/* What is left of `len` when the output buffer has had its part. */
static size_t sent_of_buffer(hyp_conn_t *conn, hyp_conn_shared_t *shared, size_t len)
{
    hyp_buf_t *out = conn->out_shared ? &shared->out : &conn->out;
    size_t part = hyp_buf_len(out) < len ? hyp_buf_len(out) : len;
    hyp_buf_consume(out, part);
    if (hyp_buf_len(out) > 0) return 0;
    if (conn->out_shared) hyp_buf_clear(out);
    else hyp_buf_free(out);
    conn->out_shared = false;
    return len - part;
}

static size_t sent_of_response(hyp_conn_t *conn, size_t len)
{
    hyp_slice_t *rest = &conn->response_rest;
    if (rest->len == 0) return len;
    size_t part = rest->len < len ? rest->len : len;
    rest->ptr += part;
    rest->len -= part;
    if (rest->len == 0) {
        hyp_response_release(conn->response);
        conn->response = NULL;
    }
    return len - part;
}

static void count_latency(const hyp_conn_t *conn, hyp_conn_shared_t *shared)
{
    hyp_count(&shared->counters->replies, 1);
    hyp_usec_t latency = shared->clock->usec - conn->asked_at;
    if (!conn->for_route) hyp_observe(&shared->counters->latency, latency);
    else if (shared->route_counters) hyp_observe(&shared->route_counters[conn->route_number].latency, latency);
}

static void first_reply_done(hyp_conn_t *conn, hyp_conn_shared_t *shared)
{
    hyp_reply_t *reply = conn->replies;
    conn->replies = reply->next;
    if (!conn->replies) conn->last_reply = NULL;
    conn->reply_sent = 0;
    if (conn->log && reply->last) hyp_conn_log_end(conn, shared);
    if (reply->abort) {
        conn->state = HYP_CONN_CLOSED;
    } else if (reply->hijack) {
        conn->hijack = reply->hijack;
        reply->hijack = NULL;
        conn->state = HYP_CONN_HANDOFF;
    } else if (reply->last) {
        count_latency(conn, shared);
        hyp_conn_answered(conn, shared, reply->close);
    }
    drop_reply(shared, reply);
}

/* Counts `len` sent bytes against the replies, and ends those that have none left. */
static void sent_of_replies(hyp_conn_t *conn, hyp_conn_shared_t *shared, size_t len)
{
    while (conn->replies) {
        hyp_reply_t *reply = conn->replies;
        uint64_t left = size_of(reply) - conn->reply_sent;
        size_t part = left < len ? (size_t)left : len;
        conn->reply_sent += part;
        if (conn->log) conn->log->sent += part;
        if (part > 0 && reply->flow) hyp_flow_sent(reply->flow, part);
        len -= part;
        if (part < left) return;
        first_reply_done(conn, shared);
    }
}

hyp_status hyp_conn_on_file_read(hyp_conn_t *conn, hyp_conn_shared_t *shared, const char *bytes, size_t len)
{
    hyp_status status = hyp_buf_append(&conn->out, bytes, len);
    if (status == HYP_OK) sent_of_replies(conn, shared, len);
    else conn->state = HYP_CONN_CLOSED;
    return status;
}

/* ---- input ---- */

static void keep_input(hyp_conn_t *conn, const char *bytes, size_t len)
{
    if (len == 0 || conn->state == HYP_CONN_FLUSHING || conn->state == HYP_CONN_CLOSED) return;
    if (hyp_buf_append(&conn->in, bytes, len) != HYP_OK) conn->state = HYP_CONN_CLOSED;
}

/* A connection that waits for its next request holds no storage. */
static void advance_kept_input(hyp_conn_t *conn, hyp_conn_shared_t *shared)
{
    if (hyp_buf_len(&conn->in) == 0) return;
    size_t used = hyp_conn_advance(conn, shared, hyp_buf_ptr(&conn->in), hyp_buf_len(&conn->in));
    hyp_buf_consume(&conn->in, used);
    bool ends = conn->state == HYP_CONN_FLUSHING;
    if (ends && hyp_buf_len(&conn->in) > 0) conn->lingers = true;
    if (ends || hyp_buf_len(&conn->in) == 0) hyp_buf_free(&conn->in);
}

void hyp_conn_on_recv(hyp_conn_t *conn, hyp_conn_shared_t *shared, const char *bytes, size_t len)
{
    if (conn->state == HYP_CONN_LINGER) {
        if (len >= conn->body_left) conn->state = HYP_CONN_CLOSED;
        else conn->body_left -= len;
    } else if (hyp_buf_len(&conn->in) > 0) {
        keep_input(conn, bytes, len);
        advance_kept_input(conn, shared);
    } else {
        size_t used = hyp_conn_advance(conn, shared, bytes, len);
        if (used < len && conn->state == HYP_CONN_FLUSHING) conn->lingers = true;
        keep_input(conn, bytes + used, len - used);
    }
}

void hyp_conn_on_sent(hyp_conn_t *conn, hyp_conn_shared_t *shared, size_t len)
{
    conn->progress += len;
    len = sent_of_buffer(conn, shared, len);
    len = sent_of_response(conn, len);
    sent_of_replies(conn, shared, len);
    if (!hyp_conn_has_output(conn, shared)) {
        conn->progress = 0;
        advance_kept_input(conn, shared);
    }
    if (shared->draining && !shared->patient) hyp_conn_part(conn, shared);
}

/* An interim answer begins none. */
static void count_response(hyp_conn_t *conn, hyp_conn_shared_t *shared, const hyp_reply_t *reply)
{
    if (conn->answer_begun || reply->len == 0) return;
    unsigned status_class = hyp_response_class(hyp_slice(reply->bytes, reply->len));
    conn->answer_begun = status_class != 1;
    hyp_count_response(shared->counters, status_class);
}

void hyp_conn_on_unsent(hyp_conn_t *conn, const char *bytes, size_t len)
{
    hyp_buf_t out = {0};
    hyp_status status = hyp_buf_append(&out, bytes, len);
    if (status == HYP_OK && hyp_buf_len(&conn->out) > 0)
        status = hyp_buf_append(&out, hyp_buf_ptr(&conn->out), hyp_buf_len(&conn->out));
    hyp_buf_free(&conn->out);
    conn->out = out;
    conn->restart_timer = true;
    if (status != HYP_OK) conn->state = HYP_CONN_CLOSED;
}

void hyp_conn_on_reply(hyp_conn_t *conn, hyp_conn_shared_t *shared, hyp_reply_t *reply)
{
    reply->next = NULL;
    count_response(conn, shared, reply);
    if (reply->abort) {
        reply->len = 0;
        reply->tail = hyp_slice(NULL, 0);
        reply->file_len = 0;
    }
    if (conn->log) hyp_conn_log_reply(conn, reply);
    if (conn->last_reply) conn->last_reply->next = reply;
    else conn->replies = reply;
    conn->last_reply = reply;
    if (conn->state != HYP_CONN_WAITING) return;
    if (!hyp_conn_has_output(conn, shared)) {
        conn->restart_timer = true;
        sent_of_replies(conn, shared, 0);
        advance_kept_input(conn, shared);
    }
}

static void shed(hyp_conn_t *conn, hyp_conn_shared_t *shared)
{
    hyp_buf_free(&conn->in);
    hyp_conn_refuse(conn, shared, HYP_REFUSE_OVERLOAD);
}

void hyp_conn_on_overload(hyp_conn_t *conn, hyp_conn_shared_t *shared)
{
    hyp_count(&shared->counters->overload_requests, 1);
    shed(conn, shared);
}

void hyp_conn_on_late(hyp_conn_t *conn, hyp_conn_shared_t *shared)
{
    hyp_count(&shared->counters->queue_timeouts, 1);
    shed(conn, shared);
}

/* ---- ends ---- */

void hyp_conn_on_eof(hyp_conn_t *conn, hyp_conn_shared_t *shared)
{
    (void)shared;
    conn->state = HYP_CONN_CLOSED;
}

void hyp_conn_on_error(hyp_conn_t *conn)
{
    conn->state = HYP_CONN_CLOSED;
}

void hyp_conn_on_shutdown(hyp_conn_t *conn, const hyp_conn_shared_t *shared)
{
    conn->state = HYP_CONN_LINGER;
    conn->lingers = false;
    conn->restart_timer = true;
    conn->body_left = shared->limits->linger_bytes;
    hyp_buf_free(&conn->in);
}

/* The empty line that may stand before a request, as old clients send it behind a body, begins none. */
static bool nothing_came(const hyp_conn_t *conn)
{
    if (conn->state > HYP_CONN_HEAD) return false;
    size_t len = hyp_buf_len(&conn->in);
    return len == 0 || (len == 2 && conn->state == HYP_CONN_HEAD && memcmp(hyp_buf_ptr(&conn->in), "\r\n", 2) == 0);
}

void hyp_conn_expire(hyp_conn_t *conn, hyp_conn_shared_t *shared)
{
    hyp_counters_t *counters = shared->counters;
    hyp_timer_kind kind = hyp_conn_timer(conn, shared);
    if (kind == HYP_TIMER_HEAD) hyp_count(&counters->head_timeouts, 1);
    if (kind == HYP_TIMER_BODY) hyp_count(&counters->body_timeouts, 1);
    if (kind == HYP_TIMER_WRITE) hyp_count(&counters->write_timeouts, 1);
    if (kind == HYP_TIMER_IDLE) hyp_count(&counters->idle_timeouts, 1);
    bool head_began = conn->state == HYP_CONN_HEAD && !nothing_came(conn);
    bool tells = (kind == HYP_TIMER_HEAD && head_began) || kind == HYP_TIMER_BODY;
    if (!tells) {
        conn->state = HYP_CONN_CLOSED;
        return;
    }
    hyp_slice_t came = hyp_slice(hyp_buf_ptr(&conn->in), hyp_buf_len(&conn->in));
    if (head_began) conn->send_flags = hyp_conn_flags_of_method(came);
    hyp_conn_refuse(conn, shared, HYP_REFUSE_TIMEOUT);
    hyp_buf_free(&conn->in);
}

/* Whole windows are compared, so that a byte now and then buys no time. */
static bool keeps_pace(const hyp_conn_t *conn, const hyp_limits_t *limits, hyp_timer_kind kind)
{
    uint64_t needed;
    if (kind == HYP_TIMER_BODY) needed = limits->body_rate * limits->body_timeout / 1000;
    else if (kind == HYP_TIMER_WRITE) needed = limits->write_rate * limits->write_timeout / 1000;
    else return false;
    return conn->progress > 0 && conn->progress >= needed;
}

void hyp_conn_on_timeout(hyp_conn_t *conn, hyp_conn_shared_t *shared)
{
    if (!keeps_pace(conn, shared->limits, hyp_conn_timer(conn, shared))) {
        hyp_conn_expire(conn, shared);
        return;
    }
    conn->progress = 0;
    conn->restart_timer = true;
}

void hyp_conn_on_drain(hyp_conn_t *conn, hyp_conn_shared_t *shared)
{
    bool is_idle = nothing_came(conn) && !hyp_conn_has_output(conn, shared);
    if (is_idle || conn->state == HYP_CONN_LINGER) conn->state = HYP_CONN_CLOSED;
}

void hyp_conn_part(hyp_conn_t *conn, hyp_conn_shared_t *shared)
{
    if (!nothing_came(conn) || hyp_conn_has_output(conn, shared)) return;
    conn->state = HYP_CONN_FLUSHING;
    conn->lingers = true;
}

/* ---- what the owner asks ---- */

hyp_want hyp_conn_want(const hyp_conn_t *conn, const hyp_conn_shared_t *shared)
{
    bool closed = conn->state == HYP_CONN_CLOSED;
    if (!closed && hyp_conn_has_output(conn, shared)) return HYP_WANT_SEND;
    switch ((hyp_conn_state)conn->state) {
    case HYP_CONN_PROXY:
    case HYP_CONN_HEAD:
    case HYP_CONN_BODY:
    case HYP_CONN_LINGER:
        return HYP_WANT_RECV;
    case HYP_CONN_DISPATCH:
        return HYP_WANT_DISPATCH;
    case HYP_CONN_WAITING:
        return HYP_WANT_REPLY;
    case HYP_CONN_FLUSHING:
        return conn->lingers ? HYP_WANT_LINGER : HYP_WANT_CLOSE;
    case HYP_CONN_HANDOFF:
        return HYP_WANT_HANDOFF;
    case HYP_CONN_CLOSED:
        break;
    }
    return HYP_WANT_CLOSE;
}

bool hyp_conn_is_idle(const hyp_conn_t *conn)
{
    return nothing_came(conn);
}

bool hyp_conn_ends(const hyp_conn_t *conn, const hyp_conn_shared_t *shared)
{
    const hyp_reply_t *last = conn->replies ? conn->last_reply : NULL;
    bool reply_ends = last && (last->close || last->abort || last->hijack);
    bool after = conn->state > HYP_CONN_WAITING;
    return reply_ends || after || shared->draining;
}

hyp_timer_kind hyp_conn_timer(const hyp_conn_t *conn, const hyp_conn_shared_t *shared)
{
    if (hyp_conn_has_output(conn, shared)) return HYP_TIMER_WRITE;
    switch ((hyp_conn_state)conn->state) {
    case HYP_CONN_PROXY:
        return HYP_TIMER_HEAD;
    case HYP_CONN_HEAD:
        return nothing_came(conn) && !conn->fresh ? HYP_TIMER_IDLE : HYP_TIMER_HEAD;
    case HYP_CONN_BODY:
        return HYP_TIMER_BODY;
    case HYP_CONN_LINGER:
        return HYP_TIMER_LINGER;
    default:
        return HYP_TIMER_NONE;
    }
}

bool hyp_conn_timer_restarts(hyp_conn_t *conn)
{
    bool restarts = conn->restart_timer;
    conn->restart_timer = false;
    return restarts;
}

hyp_request_t *hyp_conn_take_request(hyp_conn_t *conn)
{
    hyp_request_t *request = conn->request;
    conn->request = NULL;
    conn->state = HYP_CONN_WAITING;
    return request;
}

hyp_slice_t hyp_conn_handoff_bytes(const hyp_conn_t *conn)
{
    return hyp_slice(hyp_buf_ptr(&conn->in), hyp_buf_len(&conn->in));
}

hyp_hijack_t *hyp_conn_take_hijack(hyp_conn_t *conn)
{
    hyp_hijack_t *hijack = conn->hijack;
    conn->hijack = NULL;
    return hijack;
}

hyp_status hyp_conn_keep_late(hyp_conn_t *conn, const char *bytes, size_t len)
{
    return len == 0 ? HYP_OK : hyp_buf_append(&conn->in, bytes, len);
}
