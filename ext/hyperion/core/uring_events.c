#include <errno.h>
#include <poll.h>

#include "backend_ready.h"
#include "uring_backend.h"

static void append(hyp_uring_list_t *list, hyp_uring_entry_t *entry)
{
    entry->next = NULL;
    *list->end = entry;
    list->end = &entry->next;
}

static hyp_uring_entry_t *take_first(hyp_uring_list_t *list)
{
    hyp_uring_entry_t *entry = list->first;
    if (!entry) return NULL;
    list->first = entry->next;
    if (!list->first) list->end = &list->first;
    return entry;
}

void hyp_uring_touch(hyp_backend_t *backend, hyp_uring_entry_t *entry)
{
    if (entry->listed) return;
    entry->listed = true;
    append(&backend->touched, entry);
}

/* ---- before the wait ---- */

static uint64_t tag(const hyp_uring_entry_t *entry, hyp_uring_operation operation)
{
    return hyp_uring_tag(operation, entry->number, entry->generation);
}

/* False when there is no room for it. */
static bool poll_for(hyp_backend_t *backend, const hyp_uring_entry_t *entry, hyp_uring_operation operation,
                     unsigned events)
{
    struct io_uring_sqe *submission = hyp_uring_submission(&backend->uring);
    if (!submission) return false;
    io_uring_prep_poll_add(submission, entry->io->fd, events);
    submission->user_data = tag(entry, operation);
    backend->under_way++;
    return true;
}

static bool receive(hyp_backend_t *backend, hyp_uring_entry_t *entry)
{
    struct io_uring_sqe *submission = hyp_uring_submission(&backend->uring);
    if (!submission) return false;
    bool multishot = backend->uring.level >= HYP_URING_MULTISHOT;
    io_uring_prep_recv(submission, entry->io->fd, NULL, multishot ? 0 : HYP_URING_BUFFER_BYTES, 0);
    submission->ioprio |= multishot ? IORING_RECV_MULTISHOT : IORING_RECVSEND_POLL_FIRST;
    submission->flags |= IOSQE_BUFFER_SELECT;
    submission->buf_group = HYP_URING_BUFFER_GROUP;
    submission->user_data = tag(entry, HYP_URING_RECEIVE);
    entry->receiving = HYP_URING_BYTES;
    backend->under_way++;
    return true;
}

static bool cancel_receive(hyp_backend_t *backend, hyp_uring_entry_t *entry)
{
    struct io_uring_sqe *submission = hyp_uring_submission(&backend->uring);
    if (!submission) return false;
    hyp_uring_operation operation = entry->receiving == HYP_URING_BYTES ? HYP_URING_RECEIVE : HYP_URING_READABLE;
    io_uring_prep_cancel64(submission, tag(entry, operation), 0);
    submission->user_data = tag(entry, HYP_URING_CANCEL);
    entry->cancelling = true;
    return true;
}

static bool cancel_poll_for_output(hyp_backend_t *backend, const hyp_uring_entry_t *entry)
{
    struct io_uring_sqe *submission = hyp_uring_submission(&backend->uring);
    if (!submission) return false;
    io_uring_prep_cancel64(submission, tag(entry, HYP_URING_WRITABLE), 0);
    submission->user_data = hyp_uring_tag(HYP_URING_FORGET, 0, 0);
    return true;
}

/* All that an entry let go needs is that nothing of it is under way. */
static bool prepare_end(hyp_backend_t *backend, hyp_uring_entry_t *entry)
{
    if (entry->receiving != HYP_URING_NOTHING && !entry->cancelling && !cancel_receive(backend, entry)) return false;
    if (entry->polls_output && !cancel_poll_for_output(backend, entry)) return false;
    return true;
}

static bool asks_for_readiness(const hyp_backend_t *backend, const hyp_uring_entry_t *entry)
{
    return entry->bulk || backend->uring.level == HYP_URING_POLL;
}

static bool prepare_receive(hyp_backend_t *backend, hyp_uring_entry_t *entry)
{
    if (entry->receiving == HYP_URING_NOTHING) {
        if (!entry->io->recv_armed) return true;
        if (!asks_for_readiness(backend, entry)) return receive(backend, entry);
        if (!poll_for(backend, entry, HYP_URING_READABLE, POLLIN | POLLRDHUP)) return false;
        entry->receiving = HYP_URING_READINESS;
        return true;
    }
    bool too_much = !entry->io->recv_armed && hyp_buf_len(&entry->stash) > HYP_URING_STASH_BYTES;
    bool stops = entry->receiving == HYP_URING_BYTES && (entry->bulk || too_much);
    return !stops || entry->cancelling || cancel_receive(backend, entry);
}

static bool prepare_send(hyp_backend_t *backend, hyp_uring_entry_t *entry)
{
    if (!entry->io->send_armed || entry->io->in_doubt || entry->polls_output) return true;
    if (!poll_for(backend, entry, HYP_URING_WRITABLE, POLLOUT)) return false;
    return entry->polls_output = true;
}

/* Whether there is something to tell it that the kernel is not needed for. */
static bool can_be_told(const hyp_backend_t *backend, const hyp_uring_entry_t *entry)
{
    const hyp_io_t *io = entry->io;
    if (entry->cancelled) return entry->receiving == HYP_URING_NOTHING && !entry->polls_output && !io->in_doubt;
    if (io->send_armed && !io->in_doubt && hyp_ready_is_greedy(io)) return true;
    if (!io->recv_armed) return false;
    if (hyp_buf_len(&entry->stash) > 0 || entry->end != HYP_OK) return true;
    return io->readable && entry->receiving == HYP_URING_NOTHING && asks_for_readiness(backend, entry);
}

static bool prepare_entry(hyp_backend_t *backend, hyp_uring_entry_t *entry)
{
    if (entry->cancelled) return prepare_end(backend, entry);
    return prepare_receive(backend, entry) && prepare_send(backend, entry);
}

/* Who finds no room stays, and so do all behind. */
void hyp_uring_prepare(hyp_backend_t *backend)
{
    hyp_uring_entry_t *entry;
    while ((entry = backend->touched.first)) {
        bool told = can_be_told(backend, entry);
        if (!told && !prepare_entry(backend, entry)) return;
        (void)take_first(&backend->touched);
        entry->listed = told;
        if (told) append(&backend->ready, entry);
    }
}

/* ---- telling ---- */

static void tell_received(hyp_backend_t *backend, hyp_uring_entry_t *entry, hyp_status status, const char *bytes,
                          size_t len)
{
    const hyp_backend_events_t *events = &backend->config.events;
    entry->round = backend->round;
    entry->io->recv_armed = false;
    entry->io->burst = 0;
    entry->telling = true;
    events->on_recv(events->ctx, entry->io, status, bytes, len);
    entry->telling = false;
}

/* The last event of an entry that was let go. The owner may free the io in it. */
static void tell_end(hyp_backend_t *backend, hyp_uring_entry_t *entry)
{
    const hyp_backend_events_t *events = &backend->config.events;
    hyp_io_t *io = entry->io;
    hyp_buf_t stash = entry->stash;
    size_t len = hyp_buf_len(&stash);
    hyp_status status = entry->end == -ENOMEM ? -ENOMEM : len > 0 ? HYP_OK : HYP_END;
    hyp_buf_init(&entry->stash);
    hyp_uring_entry_give_back(&backend->entries, entry);
    events->on_recv(events->ctx, io, status, hyp_buf_ptr(&stash), status == HYP_OK ? len : 0);
    hyp_buf_free(&stash);
}

static void tell_end_if_idle(hyp_backend_t *backend, hyp_uring_entry_t *entry)
{
    if (entry->cancelled && hyp_uring_entry_is_idle(entry)) tell_end(backend, entry);
}

static void tell_writable(hyp_backend_t *backend, hyp_uring_entry_t *entry)
{
    entry->telling = true;
    hyp_ready_writable(entry->io, &backend->config.events);
    entry->telling = false;
}

static void receive_now(hyp_backend_t *backend, hyp_uring_entry_t *entry)
{
    entry->telling = true;
    size_t got = hyp_ready_receive(entry->io, backend->buffer, sizeof backend->buffer, &backend->config.events);
    entry->telling = false;
    if (got < HYP_URING_BUFFER_BYTES) entry->bulk = false;
    hyp_uring_touch(backend, entry);
}

static void tell_stash(hyp_backend_t *backend, hyp_uring_entry_t *entry)
{
    hyp_buf_t stash = entry->stash;
    hyp_buf_init(&entry->stash);
    tell_received(backend, entry, HYP_OK, hyp_buf_ptr(&stash), hyp_buf_len(&stash));
    hyp_buf_free(&stash);
}

static void tell_input(hyp_backend_t *backend, hyp_uring_entry_t *entry)
{
    if (hyp_buf_len(&entry->stash) > 0) tell_stash(backend, entry);
    else if (entry->end != HYP_OK) tell_received(backend, entry, entry->end, NULL, 0);
    else if (entry->receiving == HYP_URING_NOTHING && entry->io->readable) receive_now(backend, entry);
}

/* It stays listed meanwhile, so that nobody frees it; what it needs then is seen to before the next wait. */
static void tell(hyp_backend_t *backend, hyp_uring_entry_t *entry)
{
    const hyp_io_t *io = entry->io;
    if (!entry->cancelled && io->send_armed && !io->in_doubt && !entry->polls_output) tell_writable(backend, entry);
    if (!entry->cancelled && io->recv_armed) tell_input(backend, entry);
    entry->listed = false;
    if (entry->cancelled && hyp_uring_entry_is_idle(entry)) tell_end(backend, entry);
    else hyp_uring_touch(backend, entry);
}

void hyp_uring_tell_ready(hyp_backend_t *backend)
{
    hyp_uring_entry_t *entry;
    while ((entry = take_first(&backend->ready)))
        tell(backend, entry);
}

/* ---- completions ---- */

/* One piece is told in a round; the rest waits for the next, so that others have their turn. */
static void take_bytes(hyp_backend_t *backend, hyp_uring_entry_t *entry, const char *bytes, size_t len)
{
    if (len == HYP_URING_BUFFER_BYTES && !entry->bulk) entry->bulk = entry->io->readable = true;
    bool waits = hyp_buf_len(&entry->stash) > 0 || entry->end != HYP_OK || entry->round == backend->round;
    if (entry->io->recv_armed && !entry->cancelled && !waits) {
        tell_received(backend, entry, HYP_OK, bytes, len);
        return;
    }
    if (entry->end == HYP_OK && hyp_buf_append(&entry->stash, bytes, len) != HYP_OK) entry->end = -ENOMEM;
}

static bool is_passing(int result)
{
    return result == -ECANCELED || result == -EINTR || result == -EAGAIN;
}

static void take_result(hyp_backend_t *backend, hyp_uring_entry_t *entry, int result)
{
    if (result == -ENOBUFS) backend->buffers.starved = true;
    else if (!is_passing(result) && entry->end == HYP_OK) entry->end = result == 0 ? HYP_CLOSED : result;
}

/* Bytes that have come in one buffer; or that have not. */
static void take_buffer(hyp_backend_t *backend, hyp_uring_entry_t *entry, const struct io_uring_cqe *completion)
{
    unsigned number = completion->flags >> IORING_CQE_BUFFER_SHIFT;
    const char *bytes = hyp_uring_buffer(&backend->buffers, number);
    if (completion->res > 0) take_bytes(backend, entry, bytes, (size_t)completion->res);
    hyp_uring_buffers_give_back(&backend->buffers, number);
}

static void complete_receive(hyp_backend_t *backend, hyp_uring_entry_t *entry, const struct io_uring_cqe *completion)
{
    bool more = completion->flags & IORING_CQE_F_MORE;
    if (!more) entry->receiving = HYP_URING_NOTHING, entry->cancelling = false;
    if (completion->res <= 0) take_result(backend, entry, completion->res);
    if (completion->flags & IORING_CQE_F_BUFFER) take_buffer(backend, entry, completion);
    if (entry->cancelled) tell_end_if_idle(backend, entry);
    else if (!more || entry->bulk || hyp_buf_len(&entry->stash) > 0) hyp_uring_touch(backend, entry);
}

static void complete_readable(hyp_backend_t *backend, hyp_uring_entry_t *entry, int result)
{
    hyp_io_t *io = entry->io;
    entry->receiving = HYP_URING_NOTHING;
    entry->cancelling = false;
    if (entry->cancelled) {
        tell_end_if_idle(backend, entry);
        return;
    }
    hyp_uring_touch(backend, entry);
    if (result >= 0) io->readable = true;
    if (result >= 0 && result & (POLLRDHUP | POLLHUP | POLLERR)) io->hung_up = true;
    if (result < 0) take_result(backend, entry, result);
    if (io->recv_armed && io->readable && entry->end == HYP_OK) receive_now(backend, entry);
}

static void complete_writable(hyp_backend_t *backend, hyp_uring_entry_t *entry)
{
    entry->polls_output = false;
    if (entry->cancelled) {
        tell_end_if_idle(backend, entry);
        return;
    }
    hyp_uring_touch(backend, entry);
    tell_writable(backend, entry);
}

static void end_doubt(hyp_uring_entry_t *entry)
{
    entry->io->in_doubt = false;
    entry->doubtful = NULL;
}

/* Comes for a send only that has not gone whole. */
static void complete_send(hyp_backend_t *backend, hyp_uring_entry_t *entry, int result)
{
    const hyp_backend_events_t *events = &backend->config.events;
    hyp_io_t *io = entry->io;
    if (!io->in_doubt || entry->cancelled) return;
    size_t gone = result > 0 ? (size_t)result : 0;
    const char *left = entry->doubtful + gone;
    size_t left_len = entry->doubtful_len - gone;
    end_doubt(entry);
    io->send_armed = false;
    hyp_uring_touch(backend, entry);
    entry->telling = true;
    if (result >= 0 || is_passing(result)) events->on_unsent(events->ctx, io, left, left_len);
    else events->on_sent(events->ctx, io, result, 0);
    entry->telling = false;
}

static void complete_cancel(hyp_backend_t *backend, hyp_uring_entry_t *entry, int result)
{
    if (result >= 0 || entry->receiving == HYP_URING_NOTHING) return;
    entry->cancelling = false; /* it was about to complete, or to begin anew: once more */
    hyp_uring_touch(backend, entry);
}

static void complete_wake(hyp_backend_t *backend, bool more)
{
    if (more) return;
    backend->wake_posted = false;
    hyp_wake_clear(backend->config.wake);
}

static void complete_entry(hyp_backend_t *backend, hyp_uring_operation operation, const struct io_uring_cqe *completion)
{
    uint64_t tag = completion->user_data;
    hyp_uring_entry_t *entry =
        hyp_uring_entry_find(&backend->entries, hyp_uring_tag_number(tag), hyp_uring_tag_generation(tag));
    if (!entry) return;
    if (operation == HYP_URING_RECEIVE) complete_receive(backend, entry, completion);
    if (operation == HYP_URING_READABLE) complete_readable(backend, entry, completion->res);
    if (operation == HYP_URING_WRITABLE) complete_writable(backend, entry);
    if (operation == HYP_URING_SEND) complete_send(backend, entry, completion->res);
    if (operation == HYP_URING_CANCEL) complete_cancel(backend, entry, completion->res);
}

static bool is_counted(hyp_uring_operation operation)
{
    return operation != HYP_URING_SEND && operation != HYP_URING_CANCEL && operation != HYP_URING_FORGET;
}

static void complete(hyp_backend_t *backend, const struct io_uring_cqe *completion)
{
    hyp_uring_operation operation = hyp_uring_tag_operation(completion->user_data);
    bool more = completion->flags & IORING_CQE_F_MORE;
    if (is_counted(operation) && !more) backend->under_way--;
    if (operation == HYP_URING_ACCEPT) hyp_uring_accept_complete(backend, completion->res, more);
    else if (operation == HYP_URING_WAKE) complete_wake(backend, more);
    else if (!backend->closing) complete_entry(backend, operation, completion);
}

/* All that there was to say of the sends that were told has been said: the rest have gone. */
static void end_doubts(hyp_backend_t *backend)
{
    hyp_uring_batch_half_t *told = &backend->batch.told;
    told->awaited = false;
    for (unsigned i = 0; i < told->count; i++) {
        hyp_uring_entry_t *entry = told->sends[i].entry;
        if (entry->doubtful != told->sends[i].bytes) continue;
        end_doubt(entry);
        if (entry->io->send_armed && !entry->cancelled) tell_writable(backend, entry);
        else tell_end_if_idle(backend, entry);
    }
    told->count = 0;
}

/* Of the first `count` completions those of sends, or all others. */
static void complete_some(hyp_backend_t *backend, unsigned count, bool of_sends)
{
    struct io_uring_cqe *next;
    unsigned head;
    io_uring_for_each_cqe(&backend->uring.ring, head, next)
    {
        if (count-- == 0) return;
        struct io_uring_cqe completion = *next;
        bool of_send = hyp_uring_tag_operation(completion.user_data) == HYP_URING_SEND;
        if (of_send == of_sends) complete(backend, &completion);
    }
}

/* Sends come first, so that who has received more can send again. */
static void take_present(hyp_backend_t *backend)
{
    struct io_uring *ring = &backend->uring.ring;
    unsigned present = io_uring_cq_ready(ring);
    complete_some(backend, present, true);
    if (!backend->closing && !io_uring_cq_has_overflow(ring)) end_doubts(backend);
    complete_some(backend, present, false);
    io_uring_cq_advance(ring, present);
    hyp_uring_buffers_tell(&backend->buffers);
}

#define OVERFLOW_ROUNDS 16 /* the rest waits until the others have been told */

void hyp_uring_take_completions(hyp_backend_t *backend)
{
    take_present(backend);
    for (int i = 0; i < OVERFLOW_ROUNDS && hyp_uring_flush_overflow(&backend->uring); i++)
        take_present(backend);
}
