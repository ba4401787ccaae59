/* io_uring: receives are posted once for a connection and bring their bytes along; sends and everything else that is to be
 * asked for go with the one system call of a round, which also waits. */
#include "backend_uring.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "backend_ready.h"
#include "uring_backend.h"

#define BUFFERS_MAX 1024

/* ---- opening and closing ---- */

static void cancel_by_tag(hyp_backend_t *backend, uint64_t tag, int flags)
{
    struct io_uring_sqe *submission = hyp_uring_submission(&backend->uring);
    if (!submission) return;
    io_uring_prep_cancel64(submission, tag, flags);
    submission->user_data = hyp_uring_tag(HYP_URING_FORGET, 0, 0);
}

/* The lowest level may be too old to cancel all at once; there the owner has let go of every entry, and that is submitted. */
static void cancel_operations(hyp_backend_t *backend)
{
    if (backend->uring.level >= HYP_URING_ONCE) {
        cancel_by_tag(backend, 0, IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL);
        return;
    }
    cancel_by_tag(backend, hyp_uring_tag(HYP_URING_ACCEPT, 0, 0), 0);
    cancel_by_tag(backend, hyp_uring_tag(HYP_URING_WAKE, 0, 0), 0);
    hyp_uring_prepare(backend);
}

#define CLOSE_ROUNDS 100
#define CLOSE_WAIT 10 /* milliseconds */

/* What the kernel may still write to must be its no more when the memory goes; a forked child may keep the ring itself from ending.
 * A thread that has ended has taken its operations with it. */
static void end_operations(hyp_backend_t *backend)
{
    if (!hyp_uring_is_issuer(&backend->uring)) return;
    for (int i = 0; i < CLOSE_ROUNDS && backend->under_way > 0; i++) {
        cancel_operations(backend);
        if (hyp_uring_enter(&backend->uring, CLOSE_WAIT) != HYP_OK) return;
        hyp_uring_take_completions(backend);
    }
}

static void free_backend(hyp_backend_t *backend)
{
    hyp_uring_buffers_close(&backend->buffers);
    hyp_uring_batch_close(&backend->batch);
    hyp_uring_accept_free(&backend->accept);
    hyp_uring_entries_free(&backend->entries);
    free(backend);
}

static void uring_backend_close(hyp_backend_t *backend)
{
    backend->closing = true;
    end_operations(backend);
    hyp_uring_close(&backend->uring);
    free_backend(backend);
}

static hyp_status open_buffers(hyp_backend_t *backend, const hyp_uring_options_t *options)
{
    if (backend->uring.level < HYP_URING_ONCE) return HYP_OK;
    return hyp_uring_buffers_open(&backend->buffers, &backend->uring,
                                  options->buffers ? options->buffers : BUFFERS_MAX);
}

hyp_status hyp_backend_uring_open_as(hyp_backend_t **out, const hyp_backend_config_t *config,
                                     const hyp_uring_options_t *options)
{
    hyp_backend_t *backend = calloc(1, sizeof *backend);
    if (!backend) return HYP_NO_MEMORY;
    backend->config = *config;
    backend->touched.end = &backend->touched.first;
    backend->ready.end = &backend->ready.first;
    hyp_status status = hyp_uring_open(&backend->uring, options);
    if (status != HYP_OK) {
        free(backend);
        return status;
    }
    status = open_buffers(backend, options);
    if (status == HYP_OK) status = hyp_uring_batch_open(&backend->batch);
    if (status == HYP_OK) *out = backend;
    else uring_backend_close(backend);
    return status;
}

static hyp_status uring_backend_open(hyp_backend_t **out, const hyp_backend_config_t *config)
{
    return hyp_backend_uring_open_as(out, config, &hyp_uring_best);
}

hyp_uring_level hyp_backend_uring_level(const hyp_backend_t *backend)
{
    return backend->uring.level;
}

/* ---- verbs ---- */

static hyp_status uring_backend_arm_accept(hyp_backend_t *backend, bool on)
{
    hyp_uring_accept_arm(backend, on);
    return HYP_OK;
}

static hyp_status uring_backend_attach(hyp_backend_t *backend, hyp_io_t *io)
{
    return hyp_uring_entry_take(&backend->entries, io);
}

static void uring_backend_arm_recv(hyp_backend_t *backend, hyp_io_t *io)
{
    hyp_uring_entry_t *entry = hyp_uring_entry_of(&backend->entries, io);
    io->recv_armed = true;
    bool goes_on = entry->receiving == HYP_URING_BYTES && hyp_buf_len(&entry->stash) == 0 && entry->end == HYP_OK;
    if (!goes_on) hyp_uring_touch(backend, entry);
}

static size_t total(const struct iovec *iov, int count)
{
    size_t len = 0;
    for (int i = 0; i < count; i++)
        len += iov[i].iov_len;
    return len;
}

/* Kernels before this level may lose count of a send that goes in part. Not to wait is what makes a send complete within the
 * submission; to want all makes one a failure that goes in part, and only failures are told. */
static bool send_later(hyp_backend_t *backend, hyp_uring_entry_t *entry, const struct iovec *iov, int count, size_t len)
{
    if (backend->uring.level < HYP_URING_DEFERRED || len > HYP_URING_SEND_BYTES_MAX) return false;
    if (!hyp_uring_batch_has_room(&backend->batch, len)) return false;
    struct io_uring_sqe *submission = hyp_uring_submission(&backend->uring);
    if (!submission) return false;
    hyp_uring_batch_add(&backend->batch, entry, iov, count);
    io_uring_prep_send(submission, entry->io->fd, entry->doubtful, len, MSG_NOSIGNAL | MSG_DONTWAIT | MSG_WAITALL);
    submission->flags |= IOSQE_CQE_SKIP_SUCCESS;
    submission->user_data = hyp_uring_tag(HYP_URING_SEND, entry->number, entry->generation);
    return true;
}

/* True when a send has to wait until the one before it is known to have gone. */
static bool waits_for_doubt(hyp_backend_t *backend, hyp_io_t *io)
{
    if (!io->in_doubt) return false;
    hyp_uring_batch_await(&backend->batch, hyp_uring_entry_of(&backend->entries, io));
    return io->send_armed = true;
}

static hyp_status uring_backend_arm_send(hyp_backend_t *backend, hyp_io_t *io, const struct iovec *iov, int count,
                                         size_t *sent)
{
    hyp_uring_entry_t *entry = hyp_uring_entry_of(&backend->entries, io);
    if (waits_for_doubt(backend, io)) return HYP_AGAIN;
    size_t len = total(iov, count);
    if (!io->at_once && !hyp_ready_is_greedy(io) && send_later(backend, entry, iov, count, len)) {
        io->burst += len;
        *sent = len;
        return HYP_OK;
    }
    hyp_status status = hyp_ready_send(io, iov, count, sent);
    if (status == HYP_AGAIN) hyp_uring_touch(backend, entry);
    return status;
}

static hyp_status uring_backend_arm_send_file(hyp_backend_t *backend, hyp_io_t *io, int file_fd, uint64_t offset,
                                              uint64_t len, size_t *sent)
{
    if (waits_for_doubt(backend, io)) return HYP_AGAIN;
    hyp_status status = hyp_ready_send_file(io, file_fd, offset, len, sent);
    if (status == HYP_AGAIN) hyp_uring_touch(backend, hyp_uring_entry_of(&backend->entries, io));
    return status;
}

static hyp_status uring_backend_cancel(hyp_backend_t *backend, hyp_io_t *io)
{
    hyp_uring_entry_t *entry = hyp_uring_entry_of(&backend->entries, io);
    io->recv_armed = io->send_armed = false;
    bool has_bytes = hyp_buf_len(&entry->stash) > 0;
    if (hyp_uring_entry_is_idle(entry) && !has_bytes) {
        hyp_uring_entry_give_back(&backend->entries, entry);
        return HYP_OK;
    }
    entry->cancelled = true;
    if (io->in_doubt) hyp_uring_batch_await(&backend->batch, entry);
    hyp_uring_touch(backend, entry);
    return HYP_AGAIN;
}

/* ---- a round ---- */

/* The lowest level may be too old for a poll that stays. */
static void post_wake(hyp_backend_t *backend)
{
    struct io_uring_sqe *submission = hyp_uring_submission(&backend->uring);
    if (!submission) return;
    int fd = backend->config.wake->read_fd;
    if (backend->uring.level == HYP_URING_POLL) io_uring_prep_poll_add(submission, fd, POLLIN);
    else io_uring_prep_poll_multishot(submission, fd, POLLIN);
    submission->user_data = hyp_uring_tag(HYP_URING_WAKE, 0, 0);
    backend->wake_posted = true;
    backend->under_way++;
}

static bool must_not_wait(const hyp_backend_t *backend)
{
    bool incomplete = !backend->wake_posted || (backend->accept.armed && !backend->accept.posted);
    if (hyp_uring_batch_is_awaited(&backend->batch)) return true;
    return incomplete || backend->ready.first || backend->touched.first || hyp_uring_accept_is_ready(&backend->accept);
}

static hyp_status uring_backend_poll(hyp_backend_t *backend, int timeout_ms)
{
    const hyp_backend_events_t *events = &backend->config.events;
    if (!backend->wake_posted) post_wake(backend);
    hyp_uring_accept_prepare(backend);
    hyp_uring_prepare(backend);
    hyp_status status = hyp_uring_enter(&backend->uring, must_not_wait(backend) ? 0 : timeout_ms);
    if (status != HYP_OK) return status;
    if (hyp_uring_is_submitted(&backend->uring)) hyp_uring_batch_turn(&backend->batch);
    backend->round++;
    events->on_round(events->ctx);
    hyp_uring_take_completions(backend);
    hyp_uring_tell_ready(backend);
    hyp_uring_accept_tell(backend);
    return HYP_OK;
}

/* What the kernel does not take now it is told again in the next round. */
static void uring_backend_flush(hyp_backend_t *backend)
{
    hyp_uring_submit(&backend->uring);
}

const hyp_backend_ops_t hyp_backend_uring = {
    .name = "io_uring",
    .optional = true,
    .open = uring_backend_open,
    .close = uring_backend_close,
    .arm_accept = uring_backend_arm_accept,
    .attach = uring_backend_attach,
    .arm_recv = uring_backend_arm_recv,
    .arm_send = uring_backend_arm_send,
    .arm_send_file = uring_backend_arm_send_file,
    .cancel = uring_backend_cancel,
    .poll = uring_backend_poll,
    .flush = uring_backend_flush,
};
