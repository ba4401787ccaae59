#include "loop_conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

#include "hijack.h"
#include "proxy_header.h"
#include "route_counters.h"

#define IOV_MAX_HERE 16       /* pieces handed to the kernel in one send */
#define FILE_READ_BYTES 65536 /* of a file, where the backend cannot send from it */
#define ACCEPT_PAUSE 100      /* milliseconds without accepts after one has failed, as when descriptors run out */

/* ---- trouble ---- */

void hyp_loop_tell(hyp_loop_t *loop, hyp_trouble_kind kind, hyp_status status)
{
    static const char *const texts[HYP_TROUBLES] = {
        [HYP_TROUBLE_ACCEPT] = "cannot accept",
        [HYP_TROUBLE_BODY] = "cannot keep a request body",
        [HYP_TROUBLE_CONNECTION] = "cannot serve a connection",
    };
    hyp_trouble_t *trouble;
    if (loop->clock.now < loop->quiet_until[kind]) return;
    if (hyp_trouble_new(&trouble, texts[kind], status) != HYP_OK) return;
    hyp_job_list_append(&loop->jobs, &trouble->job);
    loop->quiet_until[kind] = loop->clock.now + HYP_TROUBLE_PAUSE;
}

/* What the machine lacks for a connection, as when the kernel watches as many as it may. */
static void tell_lack(hyp_loop_t *loop, hyp_status status)
{
    if (status == -ENOSPC || status == -ENOMEM) hyp_loop_tell(loop, HYP_TROUBLE_CONNECTION, status);
}

/* ---- closing ---- */

static void count_as(hyp_loop_t *loop, hyp_slot_t *slot, uint8_t kind)
{
    hyp_move_connection(loop->shared.counters, slot->counted_as, kind);
    slot->counted_as = kind;
}

static void retire(hyp_loop_t *loop, hyp_slot_t *slot)
{
    count_as(loop, slot, HYP_NOT_COUNTED);
    hyp_timers_clear(&slot->timer);
    hyp_conn_free(&slot->conn, &loop->shared);
    hyp_conn_pool_retire(&loop->pool, slot);
}

/* Why a slot leaves. */
enum { STAYS, TO_CLOSE, TO_HAND_OFF };

/* The one place where a connection's descriptor, buffers and slot are let go, but for those handed off. */
static void close_now(hyp_loop_t *loop, hyp_slot_t *slot)
{
    close(slot->io.fd);
    retire(loop, slot);
}

void hyp_loop_close_leaving(hyp_loop_t *loop, hyp_slot_t *slot)
{
    close_now(loop, slot);
}

/* True when the backend has let go already; else on_recv tells. */
static bool has_left(hyp_loop_t *loop, hyp_slot_t *slot, uint8_t leaving)
{
    if (loop->config.backend->cancel(loop->backend, &slot->io) == HYP_OK) return true;
    count_as(loop, slot, HYP_NOT_COUNTED);
    hyp_timers_clear(&slot->timer);
    hyp_conn_pool_leave(&loop->pool, slot, leaving);
    return false;
}

/* What it holds is not needed while it leaves. */
void hyp_loop_close_slot(hyp_loop_t *loop, hyp_slot_t *slot)
{
    if (has_left(loop, slot, TO_CLOSE)) close_now(loop, slot);
    else hyp_conn_free(&slot->conn, &loop->shared);
}

/* To the worker that has asked for it, or as a job to whoever serves such. */
static void give_away(hyp_loop_t *loop, hyp_handoff_t *handoff, hyp_hijack_t *hijack)
{
    if (!hijack) {
        hyp_job_list_append(&loop->jobs, &handoff->job);
        return;
    }
    hyp_hijack_give(hijack, handoff);
    hyp_hijack_release(hijack);
}

/* Who serves the connection from now on asks for a PROXY header as the loop did, and finds who the client is in it. */
static hyp_status new_handoff(const hyp_slot_t *slot, hyp_handoff_t **handoff)
{
    const hyp_conn_t *conn = &slot->conn;
    hyp_slice_t bytes = hyp_conn_handoff_bytes(conn);
    if (!conn->proxied || conn->hijack) return hyp_handoff_new(handoff, slot->io.fd, bytes);
    char line[HYP_PROXY_LINE_BYTES_MAX + 1];
    size_t line_len = hyp_proxy_header_write(line, conn->source_told ? conn->peer : "");
    hyp_buf_t whole = {0};
    hyp_status status = hyp_buf_append(&whole, line, line_len);
    if (status == HYP_OK && bytes.len > 0) status = hyp_buf_append(&whole, bytes.ptr, bytes.len);
    if (status == HYP_OK)
        status = hyp_handoff_new(handoff, slot->io.fd, hyp_slice(hyp_buf_ptr(&whole), hyp_buf_len(&whole)));
    hyp_buf_free(&whole);
    return status;
}

static void hand_off_now(hyp_loop_t *loop, hyp_slot_t *slot)
{
    hyp_handoff_t *handoff;
    if (new_handoff(slot, &handoff) != HYP_OK) {
        close_now(loop, slot);
        return;
    }
    int flags = fcntl(slot->io.fd, F_GETFL);
    if (flags >= 0) fcntl(slot->io.fd, F_SETFL, flags & ~O_NONBLOCK);
    give_away(loop, handoff, hyp_conn_take_hijack(&slot->conn));
    hyp_count(&loop->shared.counters->handoffs, 1);
    retire(loop, slot);
}

static void hand_off(hyp_loop_t *loop, hyp_slot_t *slot)
{
    if (has_left(loop, slot, TO_HAND_OFF)) hand_off_now(loop, slot);
}

/* The backend has let go, and these bytes came meanwhile. A connection that has lost some is of no use to others. */
static void finish_leaving(hyp_loop_t *loop, hyp_slot_t *slot, hyp_status status, const char *bytes, size_t len)
{
    bool whole = status == HYP_OK || status == HYP_END;
    if (slot->leaving == TO_HAND_OFF && whole && hyp_conn_keep_late(&slot->conn, bytes, len) == HYP_OK)
        hand_off_now(loop, slot);
    else close_now(loop, slot);
}

/* ---- advancing ---- */

static void dispatch(hyp_loop_t *loop, hyp_slot_t *slot)
{
    hyp_request_t *request = hyp_conn_take_request(&slot->conn);
    request->from = (hyp_address_t){slot->number, slot->generation, 0, loop->config.number};
    loop->in_flight++;
    hyp_job_list_append(&loop->jobs, &request->job);
}

/* Puts the next bytes of a file among the output. */
static void read_file(hyp_loop_t *loop, hyp_slot_t *slot, const hyp_file_part_t *part)
{
    char bytes[FILE_READ_BYTES];
    size_t want = part->len < sizeof bytes ? (size_t)part->len : sizeof bytes;
    ssize_t got;
    do
        got = pread(part->fd, bytes, want, (off_t)part->offset);
    while (got < 0 && errno == EINTR);
    hyp_status status = HYP_CLOSED;
    if (got > 0) status = hyp_conn_on_file_read(&slot->conn, &loop->shared, bytes, (size_t)got);
    if (status != HYP_OK) hyp_conn_on_error(&slot->conn);
}

/* As the backend's arm_send; HYP_OK and nothing sent: it is among the output now. */
static hyp_status send_file(hyp_loop_t *loop, hyp_slot_t *slot, const hyp_file_part_t *part, size_t *sent)
{
    if (loop->config.backend->arm_send_file) {
        return loop->config.backend->arm_send_file(loop->backend, &slot->io, part->fd, part->offset, part->len, sent);
    }
    read_file(loop, slot, part);
    return HYP_OK;
}

static hyp_status send_bytes(hyp_loop_t *loop, hyp_slot_t *slot, size_t *sent)
{
    struct iovec iov[IOV_MAX_HERE];
    int count = hyp_conn_output(&slot->conn, &loop->shared, iov, IOV_MAX_HERE);
    slot->io.at_once = hyp_conn_ends(&slot->conn, &loop->shared);
    return loop->config.backend->arm_send(loop->backend, &slot->io, iov, count, sent);
}

/* False when the connection has to wait until it may send again. */
static bool send_output(hyp_loop_t *loop, hyp_slot_t *slot)
{
    hyp_file_part_t part;
    size_t sent = 0;
    bool in_file = hyp_conn_file(&slot->conn, &loop->shared, &part);
    hyp_status status = in_file ? send_file(loop, slot, &part, &sent) : send_bytes(loop, slot, &sent);
    if (status == HYP_OK && sent == 0) return true;
    if (status == HYP_OK) {
        hyp_count(&loop->shared.counters->bytes_out, sent);
        hyp_conn_on_sent(&slot->conn, &loop->shared, sent);
        return true;
    }
    if (status == HYP_AGAIN && hyp_conn_keep_output(&slot->conn, &loop->shared) == HYP_OK) return false;
    tell_lack(loop, status);
    hyp_conn_on_error(&slot->conn);
    return true;
}

/* Timers and counters follow the connection's state once it waits. */
static void settle(hyp_loop_t *loop, hyp_slot_t *slot)
{
    hyp_timer_kind kind = hyp_conn_timer(&slot->conn, &loop->shared);
    bool restarts = hyp_conn_timer_restarts(&slot->conn);
    if (kind == HYP_TIMER_NONE) hyp_timers_clear(&slot->timer);
    else if (restarts || slot->timer.kind != kind) hyp_timers_set(&loop->timers, &slot->timer, kind, loop->clock.now);
    if (kind == (hyp_timer_kind)slot->counted_as) return;
    bool was_idle = slot->counted_as == HYP_TIMER_IDLE;
    count_as(loop, slot, (uint8_t)kind);
    if (was_idle && loop->pool.open >= loop->config.limits.connections) hyp_loop_update_accepting(loop);
}

/* Who ends must know that all is gone which he was told is. */
static bool waits_for_doubt(hyp_loop_t *loop, hyp_slot_t *slot, hyp_want want)
{
    bool ends = want == HYP_WANT_LINGER || want == HYP_WANT_HANDOFF || want == HYP_WANT_CLOSE;
    if (!ends || !slot->io.in_doubt) return false;
    size_t sent = 0;
    hyp_status status = HYP_AGAIN;
    if (!slot->io.send_armed) status = loop->config.backend->arm_send(loop->backend, &slot->io, NULL, 0, &sent);
    settle(loop, slot);
    return status == HYP_AGAIN;
}

void hyp_loop_advance(hyp_loop_t *loop, hyp_slot_t *slot)
{
    for (;;) {
        hyp_want want = hyp_conn_want(&slot->conn, &loop->shared);
        if (waits_for_doubt(loop, slot, want)) return;
        switch (want) {
        case HYP_WANT_RECV:
            if (!slot->io.recv_armed) loop->config.backend->arm_recv(loop->backend, &slot->io);
            settle(loop, slot);
            return;
        case HYP_WANT_SEND:
            if (!slot->io.send_armed && send_output(loop, slot)) break;
            settle(loop, slot);
            return;
        case HYP_WANT_REPLY:
            settle(loop, slot);
            return;
        case HYP_WANT_DISPATCH:
            dispatch(loop, slot);
            break;
        case HYP_WANT_LINGER:
            shutdown(slot->io.fd, SHUT_WR);
            hyp_conn_on_shutdown(&slot->conn, &loop->shared);
            break;
        case HYP_WANT_HANDOFF:
            hand_off(loop, slot);
            return;
        case HYP_WANT_CLOSE:
            hyp_loop_close_slot(loop, slot);
            return;
        }
    }
}

/* ---- events of the backend ---- */

static void print_peer(const struct sockaddr_storage *peer, char text[HYP_PEER_BYTES])
{
    const void *address = NULL;
    if (peer->ss_family == AF_INET) address = &((const struct sockaddr_in *)(const void *)peer)->sin_addr;
    if (peer->ss_family == AF_INET6) address = &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
    if (!address || !inet_ntop(peer->ss_family, address, text, HYP_PEER_BYTES)) text[0] = '\0';
}

static void on_round(void *ctx)
{
    hyp_loop_begin_round(ctx);
}

static void pause_accepting(hyp_loop_t *loop)
{
    loop->accept_again_at = loop->clock.now + ACCEPT_PAUSE;
    hyp_loop_update_accepting(loop);
}

/* At the limit a new client is worth more than one that has been idle for longest. */
static void make_room(hyp_loop_t *loop)
{
    hyp_timer_t *timer = hyp_timers_oldest(&loop->timers, HYP_TIMER_IDLE);
    if (loop->pool.open < loop->config.limits.connections || !timer) return;
    hyp_count(&loop->shared.counters->idle_displaced, 1);
    hyp_loop_close_slot(loop, hyp_slot_of_timer(timer));
}

static bool has_room(const hyp_loop_t *loop)
{
    return loop->pool.open < loop->config.limits.connections || hyp_timers_oldest(&loop->timers, HYP_TIMER_IDLE);
}

static void take_in(hyp_loop_t *loop, int fd, const struct sockaddr_storage *peer)
{
    hyp_slot_t *slot;
    loop->activity++;
    make_room(loop);
    if (hyp_conn_pool_open(&loop->pool, fd, &slot) != HYP_OK) {
        close(fd);
        pause_accepting(loop);
        return;
    }
    hyp_loop_update_accepting(loop);
    hyp_count(&loop->shared.counters->accepted, 1);
    count_as(loop, slot, HYP_TIMER_NONE);
    char text[HYP_PEER_BYTES];
    print_peer(peer, text);
    hyp_conn_set_peer(&slot->conn, &loop->shared, text);
    hyp_status status = loop->config.backend->attach(loop->backend, &slot->io);
    if (status != HYP_OK) {
        tell_lack(loop, status);
        close(fd);
        retire(loop, slot);
        return;
    }
    hyp_loop_advance(loop, slot);
}

static bool on_accept(void *ctx, int fd, const struct sockaddr_storage *peer)
{
    hyp_loop_t *loop = ctx;
    if (!loop->accepting && !has_room(loop)) return false;
    take_in(loop, fd, peer);
    return true;
}

/* What a listener answers that is none any more. */
static bool is_fatal(hyp_status status)
{
    return status == -EBADF || status == -EINVAL || status == -ENOTSOCK;
}

static void on_accept_error(void *ctx, hyp_status status)
{
    hyp_loop_t *loop = ctx;
    hyp_count(&loop->shared.counters->accept_errors, 1);
    bool stopping = atomic_load(&loop->stop_at) != UINT64_MAX; /* then another loop may have ended the listener */
    if (is_fatal(status) && !stopping) loop->failure = status;
    if (!is_fatal(status)) hyp_loop_tell(loop, HYP_TROUBLE_ACCEPT, status);
    pause_accepting(loop);
}

static void on_recv(void *ctx, hyp_io_t *io, hyp_status status, const char *bytes, size_t len)
{
    hyp_loop_t *loop = ctx;
    hyp_slot_t *slot = hyp_slot_of_io(io);
    loop->activity++;
    if (slot->leaving) {
        finish_leaving(loop, slot, status, bytes, len);
        return;
    }
    if (len > 0) {
        hyp_count(&loop->shared.counters->bytes_in, len);
        hyp_conn_on_recv(&slot->conn, &loop->shared, bytes, len);
    } else if (status == HYP_CLOSED) {
        hyp_conn_on_eof(&slot->conn, &loop->shared);
    } else {
        tell_lack(loop, status);
        hyp_conn_on_error(&slot->conn);
    }
    hyp_loop_advance(loop, slot);
}

static void on_sent(void *ctx, hyp_io_t *io, hyp_status status, size_t len)
{
    hyp_loop_t *loop = ctx;
    hyp_slot_t *slot = hyp_slot_of_io(io);
    if (status == HYP_OK) {
        hyp_count(&loop->shared.counters->bytes_out, len);
        hyp_conn_on_sent(&slot->conn, &loop->shared, len);
    } else if (status != HYP_AGAIN) {
        hyp_conn_on_error(&slot->conn);
    }
    hyp_loop_advance(loop, slot);
}

static void on_unsent(void *ctx, hyp_io_t *io, const char *bytes, size_t len)
{
    hyp_loop_t *loop = ctx;
    hyp_slot_t *slot = hyp_slot_of_io(io);
    hyp_count(&loop->shared.counters->bytes_out, (uint64_t)-len);
    hyp_conn_on_unsent(&slot->conn, bytes, len);
    hyp_loop_advance(loop, slot);
}

hyp_backend_events_t hyp_loop_events(hyp_loop_t *loop)
{
    return (hyp_backend_events_t){loop, on_round, on_accept, on_accept_error, on_recv, on_sent, on_unsent};
}

/* ---- replies ---- */

void hyp_loop_drop_reply(hyp_loop_t *loop, hyp_reply_t *reply)
{
    if (reply->flow) hyp_flow_abandon(reply->flow);
    if (reply->owner) loop->config.host.give_back(loop->config.host.ctx, reply);
    else hyp_reply_destroy(reply);
}

/* Pieces of one answer that have come together go out together. */
static bool goes_on(const hyp_reply_t *reply)
{
    const hyp_reply_t *next = reply->next;
    return next && next->to.slot == reply->to.slot && next->to.generation == reply->to.generation;
}

void hyp_loop_deliver_replies(hyp_loop_t *loop)
{
    hyp_reply_t *reply = hyp_outbox_take(&loop->outbox);
    while (reply) {
        hyp_reply_t *next = reply->next;
        bool advances = !goes_on(reply);
        if (reply->last) loop->in_flight--;
        hyp_slot_t *slot = hyp_conn_pool_find(&loop->pool, reply->to.slot, reply->to.generation);
        if (slot) {
            hyp_conn_on_reply(&slot->conn, &loop->shared, reply);
            if (advances) hyp_loop_advance(loop, slot);
        } else {
            if (reply->last) hyp_count(&loop->shared.counters->lost_replies, 1);
            hyp_loop_drop_reply(loop, reply);
        }
        reply = next;
    }
}

/* ---- refusals ---- */

static void refuse_request(hyp_loop_t *loop, const hyp_request_t *request,
                           void (*tell)(hyp_conn_t *, hyp_conn_shared_t *))
{
    hyp_slot_t *slot = hyp_conn_pool_find(&loop->pool, request->from.slot, request->from.generation);
    loop->in_flight--;
    if (!slot) return;
    tell(&slot->conn, &loop->shared);
    hyp_loop_advance(loop, slot);
}

void hyp_loop_refuse_jobs(hyp_loop_t *loop, hyp_job_list_t *jobs, void (*tell)(hyp_conn_t *, hyp_conn_shared_t *))
{
    hyp_job_t *next;
    for (hyp_job_t *job = jobs->first; job; job = next) {
        next = job->next;
        if (job->kind == HYP_JOB_REQUEST) refuse_request(loop, (hyp_request_t *)(void *)job, tell);
        hyp_job_destroy(job);
    }
}

static void count_waited(hyp_loop_t *loop, const hyp_request_t *request)
{
    hyp_conn_shared_t *shared = &loop->shared;
    hyp_usec_t waited = loop->clock.usec - request->asked_at;
    hyp_count(&shared->counters->queue_timeout_msec, waited / 1000);
    hyp_count_waited(shared->counters, shared->route_counters, shared->counted_set, request->route, waited);
}

void hyp_loop_refuse_late(hyp_loop_t *loop)
{
    hyp_msec_t patience = loop->config.limits.queue_timeout;
    if (patience == 0 || loop->in_flight == 0 || !loop->config.host.recall || loop->clock.now <= patience) return;
    hyp_job_list_t late = {0};
    loop->config.host.recall(loop->config.host.ctx, loop->config.number, loop->clock.now - patience, &late);
    for (const hyp_job_t *job = late.first; job; job = job->next)
        count_waited(loop, (const hyp_request_t *)(const void *)job);
    hyp_loop_refuse_jobs(loop, &late, hyp_conn_on_late);
}
