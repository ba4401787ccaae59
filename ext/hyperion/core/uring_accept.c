#include "uring_accept.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend_ready.h"
#include "uring_backend.h"

void hyp_uring_accept_free(hyp_uring_accept_t *accept)
{
    for (unsigned i = 0; i < accept->count; i++)
        close(accept->waiting[i]);
    free(accept->waiting);
    *accept = (hyp_uring_accept_t){0};
}

static void post(hyp_backend_t *backend)
{
    struct io_uring_sqe *submission = hyp_uring_submission(&backend->uring);
    if (!submission) return;
    int fd = backend->config.listener_fd;
    if (backend->uring.level == HYP_URING_POLL) io_uring_prep_poll_add(submission, fd, POLLIN);
    else io_uring_prep_multishot_accept(submission, fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    submission->user_data = hyp_uring_tag(HYP_URING_ACCEPT, 0, 0);
    backend->accept.posted = true;
    backend->under_way++;
}

static void cancel(hyp_backend_t *backend)
{
    struct io_uring_sqe *submission = hyp_uring_submission(&backend->uring);
    if (!submission) return;
    io_uring_prep_cancel64(submission, hyp_uring_tag(HYP_URING_ACCEPT, 0, 0), 0);
    submission->user_data = hyp_uring_tag(HYP_URING_FORGET, 0, 0);
    backend->accept.cancelling = true;
}

/* Not by a submission where that can be: a loop that has ended has none, and the ring's own end comes some time after its close.
 * Until then it would take connections that others wait for. */
void hyp_uring_accept_arm(hyp_backend_t *backend, bool on)
{
    hyp_uring_accept_t *accept = &backend->accept;
    accept->armed = on;
    if (on) accept->refused = false;
    if (on || !accept->posted || accept->cancelling) return;
    accept->cancelling = hyp_uring_cancel_now(&backend->uring, hyp_uring_tag(HYP_URING_ACCEPT, 0, 0));
}

void hyp_uring_accept_prepare(hyp_backend_t *backend)
{
    hyp_uring_accept_t *accept = &backend->accept;
    if (accept->armed && !accept->posted) post(backend);
    else if (!accept->armed && accept->posted && !accept->cancelling) cancel(backend);
}

/* False when there is no memory to keep it. */
static bool keep(hyp_uring_accept_t *accept, int fd)
{
    if (accept->count == accept->cap) {
        unsigned cap = accept->cap ? 2 * accept->cap : HYP_ACCEPT_BATCH;
        int *waiting = realloc(accept->waiting, cap * sizeof *waiting);
        if (!waiting) return false;
        accept->waiting = waiting;
        accept->cap = cap;
    }
    accept->waiting[accept->count++] = fd;
    return true;
}

static bool passes(int error)
{
    return error == ECANCELED || error == ECONNABORTED || error == EINTR || error == EAGAIN;
}

void hyp_uring_accept_complete(hyp_backend_t *backend, int result, bool more)
{
    hyp_uring_accept_t *accept = &backend->accept;
    const hyp_backend_events_t *events = &backend->config.events;
    if (!more) accept->posted = accept->cancelling = false;
    bool is_connection = result >= 0 && backend->uring.level != HYP_URING_POLL;
    if (is_connection && (backend->closing || !keep(accept, result))) close(result);
    if (is_connection || backend->closing || !accept->armed) return;
    int most = backend->config.shared_listener ? 1 : HYP_ACCEPT_BATCH;
    if (result >= 0) hyp_ready_accept(backend->config.listener_fd, most, &accept->armed, events);
    else if (!passes(-result)) events->on_accept_error(events->ctx, result);
}

bool hyp_uring_accept_is_ready(const hyp_uring_accept_t *accept)
{
    return accept->count > 0 && !accept->refused;
}

void hyp_uring_accept_tell(hyp_backend_t *backend)
{
    hyp_uring_accept_t *accept = &backend->accept;
    const hyp_backend_events_t *events = &backend->config.events;
    unsigned told = 0;
    while (told < HYP_ACCEPT_BATCH && told < accept->count) {
        int fd = accept->waiting[told];
        struct sockaddr_storage peer;
        socklen_t len = sizeof peer;
        if (getpeername(fd, (struct sockaddr *)&peer, &len) < 0) peer.ss_family = AF_UNSPEC;
        accept->refused = !events->on_accept(events->ctx, fd, &peer);
        if (accept->refused) break;
        told++;
    }
    if (told == 0) return;
    accept->count -= told;
    memmove(accept->waiting, accept->waiting + told, accept->count * sizeof *accept->waiting);
}
