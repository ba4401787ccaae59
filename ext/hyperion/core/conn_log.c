#include "conn_log.h"

#include <stdlib.h>

#define UNPARSED_BYTES_MAX 1024 /* that are told of what is no request */

/* ---- what a request says ---- */

static void find_fields(const hyp_head_t *head, const char *bytes, hyp_log_event_t *event)
{
    for (uint32_t i = 0; i < head->header_count; i++) {
        const hyp_header_t *header = &head->headers[i];
        hyp_slice_t name = hyp_span_in(bytes, header->name);
        if (name.len == 7 && hyp_slice_equal_nocase(name, HYP_SLICE("referer")))
            event->texts[HYP_LOG_REFERER] = hyp_span_in(bytes, header->value);
        else if (name.len == 10 && hyp_slice_equal_nocase(name, HYP_SLICE("user-agent")))
            event->texts[HYP_LOG_AGENT] = hyp_span_in(bytes, header->value);
    }
}

static hyp_slice_t printed(const char *peer)
{
    return peer[0] == '\0' ? HYP_SLICE("unix:") : hyp_slice(peer, strlen(peer));
}

/* `forwarded` is room for the client's address, and must outlive the event. */
static void describe(const hyp_conn_t *conn, const hyp_conn_shared_t *shared, const char *bytes,
                     hyp_forwarded_t *forwarded, hyp_log_event_t *event)
{
    const hyp_head_t *head = &shared->head;
    const char *client = conn->peer;
    memset(event, 0, sizeof *event);
    if (conn->peer_trusted) {
        hyp_forwarded_read(forwarded, shared->trusted_proxies, conn->peer, head->headers, head->header_count, bytes);
        client = forwarded->client;
    }
    event->facts.minor = head->minor;
    event->texts[HYP_LOG_CLIENT] = printed(client);
    event->texts[HYP_LOG_METHOD] = hyp_span_in(bytes, head->method_name);
    event->texts[HYP_LOG_TARGET] = hyp_span_in(bytes, head->target);
    if (hyp_access_log_form(shared->log) != HYP_LOG_COMMON) find_fields(head, bytes, event);
}

/* ---- what an answer says ---- */

/* Of "HTTP/1.1 200 ..."; 0 for anything else. */
static uint16_t status_of(hyp_slice_t answer)
{
    if (answer.len < 12 || memcmp(answer.ptr, "HTTP/1.", 7) != 0) return 0;
    unsigned status = 0;
    for (int i = 9; i < 12; i++) {
        if (answer.ptr[i] < '0' || answer.ptr[i] > '9') return 0;
        status = status * 10 + (unsigned)(answer.ptr[i] - '0');
    }
    return (uint16_t)status;
}

static size_t head_bytes_of(hyp_slice_t answer)
{
    const char *end = answer.ptr + answer.len;
    for (const char *at = answer.ptr; (at = memchr(at, '\r', (size_t)(end - at))) != NULL && end - at >= 4; at++) {
        if (memcmp(at, "\r\n\r\n", 4) == 0) return (size_t)(at - answer.ptr) + 4;
    }
    return answer.len;
}

static void count_lost(const hyp_conn_shared_t *shared, bool pushed)
{
    if (!pushed) hyp_count(&shared->counters->log_lines_lost, 1);
}

/* ---- answered in place ---- */

void hyp_conn_log_answered(const hyp_conn_t *conn, const hyp_conn_shared_t *shared, const char *bytes,
                           hyp_slice_t answer, uint64_t body_bytes)
{
    hyp_log_event_t event;
    hyp_forwarded_t forwarded;
    describe(conn, shared, bytes, &forwarded, &event);
    event.facts.second = shared->clock->second;
    event.facts.status = status_of(answer);
    event.facts.bytes = body_bytes;
    count_lost(shared, hyp_log_ring_push(shared->log_ring, &event));
}

void hyp_conn_log_answered_whole(const hyp_conn_t *conn, const hyp_conn_shared_t *shared, const char *bytes,
                                 hyp_slice_t answer)
{
    hyp_conn_log_answered(conn, shared, bytes, answer, answer.len - head_bytes_of(answer));
}

/* ---- answered later ---- */

static void keep(hyp_conn_t *conn, const hyp_conn_shared_t *shared, hyp_log_event_t *event)
{
    size_t len = hyp_log_record_bytes(event);
    struct hyp_conn_log *log = malloc(sizeof *log + len);
    if (!log) return;
    log->began = shared->clock->now;
    log->sent = log->heads = 0;
    log->len = len;
    log->record = (hyp_log_record_t *)(void *)(log + 1);
    hyp_log_record_write(log->record, event);
    conn->log = log;
}

void hyp_conn_log_begin(hyp_conn_t *conn, const hyp_conn_shared_t *shared, const char *bytes)
{
    hyp_log_event_t event;
    hyp_forwarded_t forwarded;
    describe(conn, shared, bytes, &forwarded, &event);
    keep(conn, shared, &event);
}

static bool is_line_end(char c)
{
    return c == '\r' || c == '\n';
}

void hyp_conn_log_begin_unparsed(hyp_conn_t *conn, const hyp_conn_shared_t *shared, hyp_slice_t bytes)
{
    while (bytes.len > 0 && is_line_end(bytes.ptr[0]))
        bytes = hyp_slice(bytes.ptr + 1, bytes.len - 1);
    size_t len = 0;
    while (len < bytes.len && len < UNPARSED_BYTES_MAX && !is_line_end(bytes.ptr[len]))
        len++;
    hyp_log_event_t event = {.facts = {.unparsed = true}};
    event.texts[HYP_LOG_CLIENT] = printed(conn->peer);
    event.texts[HYP_LOG_TARGET] = hyp_slice(bytes.ptr, len);
    keep(conn, shared, &event);
}

/* Interim answers are heads, and the final one's head comes in one piece. */
void hyp_conn_log_reply(hyp_conn_t *conn, const hyp_reply_t *reply)
{
    struct hyp_conn_log *log = conn->log;
    log->record->facts.waited = reply->waited;
    hyp_slice_t bytes = hyp_slice(reply->bytes, reply->len);
    uint16_t status = log->record->facts.status == 0 ? status_of(bytes) : 0;
    if (status == 0) return;
    log->heads += head_bytes_of(bytes);
    if (status >= 200 || status == 101) log->record->facts.status = status;
}

static void push(hyp_conn_t *conn, const hyp_conn_shared_t *shared)
{
    struct hyp_conn_log *log = conn->log;
    log->record->facts.second = shared->clock->second;
    log->record->facts.duration = shared->clock->now > log->began ? (uint32_t)(shared->clock->now - log->began) : 0;
    count_lost(shared, hyp_log_ring_push_record(shared->log_ring, log->record, log->len));
    free(log);
    conn->log = NULL;
}

void hyp_conn_log_end_with(hyp_conn_t *conn, const hyp_conn_shared_t *shared, hyp_slice_t answer, uint64_t body_bytes)
{
    conn->log->record->facts.status = status_of(answer);
    conn->log->record->facts.bytes = body_bytes;
    push(conn, shared);
}

void hyp_conn_log_end(hyp_conn_t *conn, const hyp_conn_shared_t *shared)
{
    struct hyp_conn_log *log = conn->log;
    if (log->sent > log->heads) log->record->facts.bytes = log->sent - log->heads;
    push(conn, shared);
}

void hyp_conn_log_leave(hyp_conn_t *conn, const hyp_conn_shared_t *shared)
{
    if (!conn->log) return;
    if (conn->log->record->facts.status == 0) conn->log->record->facts.status = HYP_LOG_STATUS_GONE;
    hyp_conn_log_end(conn, shared);
}
