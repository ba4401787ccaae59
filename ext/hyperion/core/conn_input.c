#include "conn_input.h"

#include <stdio.h>
#include <stdlib.h>

#include "conn_log.h"
#include "proxy_header.h"
#include "route_counters.h"
#include "scan.h"

static const char CONTINUE[] = "HTTP/1.1 100 Continue\r\n\r\n";

hyp_buf_t *hyp_conn_out(hyp_conn_t *conn, hyp_conn_shared_t *shared)
{
    if (hyp_buf_len(&conn->out) > 0) return &conn->out;
    conn->out_shared = true;
    return &shared->out;
}

static void finish_output(hyp_conn_t *conn)
{
    conn->state = HYP_CONN_FLUSHING;
    conn->parser = (hyp_parser_t){0};
}

void hyp_conn_answered(hyp_conn_t *conn, hyp_conn_shared_t *shared, bool close)
{
    conn->fresh = false;
    conn->restart_timer = true;
    conn->progress = 0;
    conn->state = HYP_CONN_HEAD;
    bool ends = shared->draining && !shared->patient && hyp_buf_len(&conn->in) == 0;
    if (close || ends) finish_output(conn);
    if (ends && !close) conn->lingers = true; /* nobody has told the client, who may ask again */
}

static void log_refusal(hyp_conn_t *conn, const hyp_conn_shared_t *shared, hyp_status refusal)
{
    char line[16];
    int code = hyp_status_http(refusal);
    bool head_only = conn->send_flags & HYP_SEND_HEAD_ONLY;
    int len = snprintf(line, sizeof line, "HTTP/1.1 %d", code);
    hyp_slice_t bytes = hyp_slice(hyp_buf_ptr(&conn->in), hyp_buf_len(&conn->in));
    if (!conn->log) hyp_conn_log_begin_unparsed(conn, shared, bytes);
    if (!conn->log) return;
    uint64_t body_bytes = head_only ? 0 : strlen(hyp_response_reason(code)) + 1;
    hyp_conn_log_end_with(conn, shared, hyp_slice(line, (size_t)len), body_bytes);
}

void hyp_conn_refuse(hyp_conn_t *conn, hyp_conn_shared_t *shared, hyp_status refusal)
{
    if (conn->request) hyp_request_destroy(conn->request);
    conn->request = NULL;
    hyp_count(&shared->counters->refused_requests, 1);
    hyp_count_response(shared->counters, (unsigned)hyp_status_http(refusal) / 100);
    unsigned head_only = conn->send_flags & HYP_SEND_HEAD_ONLY;
    if (shared->log) log_refusal(conn, shared, refusal);
    hyp_status status = hyp_response_render_error(refusal, head_only, shared->clock->date, hyp_conn_out(conn, shared));
    finish_output(conn);
    conn->lingers = true;
    if (status != HYP_OK) conn->state = HYP_CONN_CLOSED;
}

static void record_hit(hyp_conn_shared_t *shared, const hyp_route_t *route, hyp_method method)
{
    if (!shared->hits && hyp_hits_new(&shared->hits) != HYP_OK) return;
    if (hyp_hits_add(shared->hits, method, hyp_slice(route->path, route->path_len)) != HYP_OK) return;
}

/* The response's body, where it is not copied, is sent from where it is; the reference lasts until then. */
static void answer_static(hyp_conn_t *conn, hyp_conn_shared_t *shared, hyp_response_t *response)
{
    hyp_buf_t *out = hyp_conn_out(conn, shared);
    hyp_slice_t rest;
    if (hyp_response_render(response, conn->send_flags, shared->clock->date, out, &rest) != HYP_OK) {
        conn->state = HYP_CONN_CLOSED;
        return;
    }
    if (rest.len > 0) {
        hyp_response_retain(response);
        conn->response = response;
        conn->response_rest = rest;
    }
    hyp_count(&shared->counters->static_requests, 1);
    hyp_count_response(shared->counters, response->status_class);
    hyp_conn_answered(conn, shared, conn->send_flags & HYP_SEND_CLOSE);
}

static void count_route(const hyp_conn_shared_t *shared, const hyp_route_t *route)
{
    if (!shared->route_counters) return;
    hyp_count(&hyp_route_counters_of(shared->route_counters, route, shared->counted_set)->requests, 1);
}

/* Answered while the connection drains too: who asks is told so. */
static hyp_status answer_health(hyp_conn_t *conn, hyp_conn_shared_t *shared, const char *bytes)
{
    hyp_verdict verdict = HYP_VERDICT_DRAINING;
    if (!shared->draining) {
        verdict = shared->health ? shared->health(shared->health_ctx, shared->clock->now) : HYP_VERDICT_OK;
    }
    hyp_buf_t *out = hyp_conn_out(conn, shared);
    size_t before = hyp_buf_len(out);
    hyp_status status = hyp_health_render(verdict, conn->send_flags, shared->clock->date, out);
    if (status != HYP_OK) return status;
    if (shared->log) {
        hyp_slice_t answer = hyp_slice(hyp_buf_ptr(out) + before, hyp_buf_len(out) - before);
        hyp_conn_log_answered_whole(conn, shared, bytes, answer);
    }
    hyp_count(&shared->counters->health_requests, 1);
    hyp_count_response(shared->counters, verdict == HYP_VERDICT_OK ? 2 : 5);
    hyp_conn_answered(conn, shared, conn->send_flags & HYP_SEND_CLOSE);
    return HYP_OK;
}

static hyp_slice_t bytes_of(const hyp_response_t *response)
{
    return hyp_slice(response->bytes, response->len);
}

static uint64_t body_bytes_of(const hyp_conn_t *conn, const hyp_response_t *response)
{
    return conn->send_flags & HYP_SEND_HEAD_ONLY ? 0 : response->len - response->head_len;
}

static void request_complete(hyp_conn_t *conn, hyp_conn_shared_t *shared)
{
    hyp_counters_t *counters = shared->counters;
    const hyp_route_t *route = conn->request->route;
    hyp_count(route ? &counters->block_requests : &counters->app_requests, 1);
    if (route) count_route(shared, route);
    conn->for_route = route != NULL;
    conn->route_number = route ? hyp_route_number(route, shared->counted_set) : 0;
    conn->asked_at = conn->request->asked_at = shared->clock->usec;
    conn->answer_begun = false;
    conn->state = HYP_CONN_DISPATCH;
}

static void body_ended(hyp_conn_t *conn, hyp_conn_shared_t *shared)
{
    if (conn->request) {
        request_complete(conn, shared);
        return;
    }
    hyp_response_t *response = conn->response;
    conn->response = NULL;
    if (conn->log) hyp_conn_log_end_with(conn, shared, bytes_of(response), body_bytes_of(conn, response));
    answer_static(conn, shared, response);
    hyp_response_release(response);
}

static hyp_status take_body_bytes(hyp_conn_t *conn, hyp_conn_shared_t *shared, hyp_slice_t data)
{
    conn->progress += data.len;
    conn->body_seen += data.len;
    if (conn->body_seen > shared->limits->body_bytes) return HYP_REFUSE_BODY_TOO_LARGE;
    if (!conn->request) return HYP_OK;
    const hyp_limits_t *limits = shared->limits;
    hyp_status status = hyp_body_append(&conn->request->body, data, limits->body_memory_bytes, limits->body_directory);
    if (status == HYP_OK) return HYP_OK;
    shared->body_trouble = status;
    return HYP_REFUSE_NO_ROOM;
}

static size_t advance_length(hyp_conn_t *conn, hyp_conn_shared_t *shared, const char *bytes, size_t len)
{
    size_t step = conn->body_left < len ? (size_t)conn->body_left : len;
    hyp_status status = take_body_bytes(conn, shared, hyp_slice(bytes, step));
    conn->body_left -= step;
    if (status != HYP_OK) hyp_conn_refuse(conn, shared, status);
    else if (conn->body_left == 0) body_ended(conn, shared);
    return step;
}

/* A chunk that is too long by its size is refused before it comes. */
static bool is_over_limit(const hyp_conn_t *conn, const hyp_conn_shared_t *shared)
{
    return conn->body_seen + hyp_chunked_due(&conn->chunked) > shared->limits->body_bytes;
}

static size_t advance_chunked(hyp_conn_t *conn, hyp_conn_shared_t *shared, const char *bytes, size_t len)
{
    size_t used = 0;
    hyp_slice_t data;
    hyp_status status = hyp_chunked_decode(&conn->chunked, &shared->limits->chunked, bytes, len, &used, &data);
    if (status == HYP_OK) status = take_body_bytes(conn, shared, data);
    if ((status == HYP_OK || status == HYP_AGAIN) && is_over_limit(conn, shared)) status = HYP_REFUSE_BODY_TOO_LARGE;
    if (status == HYP_END) body_ended(conn, shared);
    else if (status != HYP_OK && status != HYP_AGAIN) hyp_conn_refuse(conn, shared, status);
    return used;
}

static void expect_body(hyp_conn_t *conn, hyp_conn_shared_t *shared)
{
    const hyp_framing_t *framing = &shared->framing;
    conn->state = HYP_CONN_BODY;
    conn->restart_timer = true;
    conn->body = framing->body;
    conn->body_left = framing->content_length;
    conn->body_seen = 0;
    conn->progress = 0;
    hyp_chunked_init(&conn->chunked);
}

static bool has_body(const hyp_framing_t *framing)
{
    return framing->body != HYP_BODY_NONE;
}

/* A client that waits for 100 (Continue) is told to go on, unless it has gone on already. */
static hyp_status invite_body(hyp_conn_t *conn, hyp_conn_shared_t *shared, size_t len)
{
    if (!shared->framing.expect_continue || len > shared->head.head_bytes) return HYP_OK;
    return hyp_buf_append(hyp_conn_out(conn, shared), CONTINUE, sizeof CONTINUE - 1);
}

static void identify_client(const hyp_conn_t *conn, const hyp_conn_shared_t *shared, const char *bytes,
                            hyp_forwarded_t *forwarded)
{
    const hyp_head_t *head = &shared->head;
    if (conn->peer_trusted) {
        hyp_forwarded_read(forwarded, shared->trusted_proxies, conn->peer, head->headers, head->header_count, bytes);
    } else {
        memcpy(forwarded->client, conn->peer, sizeof conn->peer);
    }
}

static hyp_status dispatch(hyp_conn_t *conn, hyp_conn_shared_t *shared, hyp_route_t *route, const char *bytes)
{
    hyp_status status = hyp_request_new(&conn->request, &shared->head, &shared->framing, bytes);
    if (status != HYP_OK) return status;
    if (route) hyp_route_retain(route);
    conn->request->route = route;
    identify_client(conn, shared, bytes, &conn->request->forwarded);
    conn->request->keep_alive = !(conn->send_flags & HYP_SEND_CLOSE);
    conn->request->underscore_names = shared->limits->underscore_names != 0;
    if (shared->log) hyp_conn_log_begin(conn, shared, bytes);
    if (!has_body(&shared->framing)) request_complete(conn, shared);
    return HYP_OK;
}

static hyp_route_t *find_route(const hyp_conn_shared_t *shared, const char *bytes)
{
    const hyp_head_t *head = &shared->head;
    hyp_slice_t path = head->path.len > 0 ? hyp_span_in(bytes, head->path) : HYP_SLICE("/");
    for (int i = 0; i < HYP_ROUTE_SETS; i++) {
        hyp_route_t *route = hyp_route_reader_find(&shared->routes[i], (hyp_method)head->method, path);
        if (route) return route;
    }
    return NULL;
}

static uint8_t send_flags(const hyp_conn_shared_t *shared)
{
    bool keep_alive = shared->framing.keep_alive && !shared->draining;
    uint8_t flags = shared->head.method == HYP_METHOD_HEAD ? HYP_SEND_HEAD_ONLY : 0;
    if (!keep_alive) flags |= HYP_SEND_CLOSE;
    else if (shared->head.minor == 0) flags |= HYP_SEND_KEEP_ALIVE;
    return flags;
}

/* "https://" in the target, of which a connection without TLS must not be believed (RFC 9110 section 7.4) unless a trusted
 * proxy, which has it behind its own TLS, passes it on. */
static bool is_misdirected(const hyp_conn_t *conn, const hyp_conn_shared_t *shared, const char *bytes)
{
    if (HYP_LIKELY(shared->head.form != HYP_TARGET_ABSOLUTE)) return false;
    bool secure = bytes[shared->head.target.offset + sizeof("http") - 1] != ':';
    return secure && !conn->peer_trusted;
}

/* An Upgrade is the application's, which may ignore it (RFC 9110 section 7.8); a loop run by hand has none. */
static bool changes_protocol(const hyp_conn_shared_t *shared)
{
    return shared->head.method == HYP_METHOD_CONNECT || (shared->framing.upgrade && shared->hands_off_all);
}

/* Decides what serves the request in shared->head; its body is still to come. */
static hyp_status serve(hyp_conn_t *conn, hyp_conn_shared_t *shared, const char *bytes)
{
    if (changes_protocol(shared)) {
        if (shared->has_handoff) return HYP_NOT_OURS;
        if (shared->head.method == HYP_METHOD_CONNECT) return HYP_REFUSE_METHOD_UNKNOWN;
    }
    bool body = has_body(&shared->framing);
    hyp_route_t *route = find_route(shared, bytes);
    if (!route && !shared->has_application) return HYP_REFUSE_NOT_FOUND;
    if (body && shared->hands_off_all) return HYP_REFUSE_BODY_TOO_LARGE;
    if (shared->framing.content_length > shared->limits->body_bytes) return HYP_REFUSE_BODY_TOO_LARGE;
    if (!route || route->kind == HYP_ROUTE_BLOCK) return dispatch(conn, shared, route, bytes);
    if (route->kind == HYP_ROUTE_HEALTH) return body ? HYP_REFUSE_BODY_TOO_LARGE : answer_health(conn, shared, bytes);
    count_route(shared, route);
    if (shared->collects_hits) record_hit(shared, route, (hyp_method)shared->head.method);
    if (body) {
        hyp_response_retain(route->response);
        conn->response = route->response;
        if (shared->log) hyp_conn_log_begin(conn, shared, bytes);
        return HYP_OK;
    }
    if (shared->log) {
        uint64_t body_bytes = body_bytes_of(conn, route->response);
        hyp_conn_log_answered(conn, shared, bytes, bytes_of(route->response), body_bytes);
    }
    answer_static(conn, shared, route->response);
    return HYP_OK;
}

uint8_t hyp_conn_flags_of_method(hyp_slice_t start)
{
    const char *end = start.ptr + start.len;
    const char *line = hyp_sees(start.ptr, end, HYP_SLICE("\r\n")) ? start.ptr + 2 : start.ptr;
    return hyp_sees(line, end, HYP_SLICE("HEAD ")) ? HYP_SEND_HEAD_ONLY : 0;
}

/* The bytes of a request that is refused into a handoff are not consumed: Ruby gets them from its start. */
static size_t advance_head(hyp_conn_t *conn, hyp_conn_shared_t *shared, const char *bytes, size_t len)
{
    conn->send_flags = 0;
    hyp_status status = hyp_parser_execute(&conn->parser, bytes, len, &shared->limits->head, &shared->head);
    if (status == HYP_AGAIN) return 0;
    bool parsed = status == HYP_OK;
    if (!parsed) conn->send_flags = hyp_conn_flags_of_method(hyp_slice(bytes, len));
    else if (shared->head.method == HYP_METHOD_HEAD) conn->send_flags = HYP_SEND_HEAD_ONLY;
    if (status == HYP_OK) status = hyp_framing_decide(&shared->head, bytes, &shared->framing);
    if (status == HYP_OK && is_misdirected(conn, shared, bytes)) status = HYP_REFUSE_MISDIRECTED;
    if (status == HYP_OK) {
        conn->send_flags = send_flags(shared);
        status = serve(conn, shared, bytes);
    }
    if (status == HYP_OK && has_body(&shared->framing)) {
        expect_body(conn, shared);
        status = invite_body(conn, shared, len);
    }
    if (status == HYP_OK) return shared->head.head_bytes;
    bool hands_off = shared->has_handoff && (status == HYP_NOT_OURS || shared->hands_off_all);
    if (hands_off) {
        conn->state = HYP_CONN_HANDOFF;
        return 0;
    }
    if (shared->log && !conn->log) {
        if (parsed) hyp_conn_log_begin(conn, shared, bytes);
        else hyp_conn_log_begin_unparsed(conn, shared, hyp_slice(bytes, len));
    }
    hyp_conn_refuse(conn, shared, status == HYP_NOT_OURS ? HYP_REFUSE_VERSION : status);
    return 0;
}

static size_t advance_proxy_header(hyp_conn_t *conn, hyp_conn_shared_t *shared, const char *bytes, size_t len)
{
    hyp_proxy_header_t header;
    hyp_status status = hyp_proxy_header_parse(bytes, len, &header);
    if (status == HYP_AGAIN) return 0;
    if (status != HYP_OK) {
        if (shared->log) hyp_conn_log_begin_unparsed(conn, shared, hyp_slice(bytes, len));
        hyp_conn_refuse(conn, shared, status);
        return 0;
    }
    conn->state = HYP_CONN_HEAD;
    conn->proxied = true;
    conn->source_told = header.has_source;
    if (header.has_source) {
        char peer[HYP_PEER_BYTES];
        hyp_ip_print(&header.source, peer);
        hyp_conn_set_peer(conn, shared, peer);
    }
    return header.bytes;
}

/* Answers wait for their bytes to go before more are made: so much output, and no more, is held for one client. */
static bool takes_input(const hyp_conn_t *conn, const hyp_conn_shared_t *shared)
{
    if (conn->state == HYP_CONN_BODY || conn->state == HYP_CONN_PROXY) return true;
    if (conn->state != HYP_CONN_HEAD || conn->response_rest.len > 0) return false;
    const hyp_buf_t *out = conn->out_shared ? &shared->out : &conn->out;
    return hyp_buf_len(out) <= shared->limits->output_bytes;
}

size_t hyp_conn_advance(hyp_conn_t *conn, hyp_conn_shared_t *shared, const char *bytes, size_t len)
{
    size_t used = 0;
    while (used < len && takes_input(conn, shared)) {
        size_t step;
        if (conn->state == HYP_CONN_HEAD) step = advance_head(conn, shared, bytes + used, len - used);
        else if (conn->state == HYP_CONN_PROXY) step = advance_proxy_header(conn, shared, bytes + used, len - used);
        else if (conn->body == HYP_BODY_CHUNKED) step = advance_chunked(conn, shared, bytes + used, len - used);
        else step = advance_length(conn, shared, bytes + used, len - used);
        if (step == 0) break;
        used += step;
    }
    return used;
}
