/* epoll, edge-triggered: a descriptor is registered once, so that a request costs no epoll_ctl. What an edge has told is
 * remembered in hyp_io_t until a receive finds the kernel empty. Nor is a new one registered before it has to wait: a client's
 * first request is mostly there when it is accepted, and the connection may be over with its answer. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "backend_ready.h"
#include "engine_limits.h"

#define EVENTS_MAX 256   /* taken from the kernel in one round */
#define QUEUE_MSEC 500   /* of silence, after which a shared listener is looked at */
#define SHARED_ACCEPTS 1 /* from a shared listener in one round: the next connection is the next loop's */

/* The care that an io is in: from IN_HAND on it is in ours, from WATCHED on in the kernel's. */
enum { IN_NONE, IN_HAND, WATCHED, WATCHED_FOR_SENDS };

struct hyp_backend {
    hyp_backend_config_t config;
    int epoll_fd;
    bool accepting;
    hyp_io_t *ready;      /* armed, and known to be readable or greedy */
    hyp_io_t **ready_end; /* where the next one is linked */
    struct epoll_event events[EVENTS_MAX];
    char buffer[HYP_RECV_BYTES];
};

/* What an event is about, where it is not an io: addresses that no io has. */
static const char listener_tag, wake_tag;

static hyp_status control(hyp_backend_t *backend, int operation, int fd, uint32_t events, const void *what)
{
    struct epoll_event event = {.events = events, .data = {.ptr = (void *)(uintptr_t)what}};
    return epoll_ctl(backend->epoll_fd, operation, fd, &event) == 0 ? HYP_OK : -errno;
}

static hyp_status watch(hyp_backend_t *backend, int fd, uint32_t events, const void *what)
{
    return control(backend, EPOLL_CTL_ADD, fd, events, what);
}

static void epoll_backend_close(hyp_backend_t *backend)
{
    if (backend->epoll_fd >= 0) close(backend->epoll_fd);
    free(backend);
}

static hyp_status epoll_backend_open(hyp_backend_t **out, const hyp_backend_config_t *config)
{
    hyp_backend_t *backend = malloc(sizeof *backend);
    if (!backend) return HYP_NO_MEMORY;
    backend->config = *config;
    backend->accepting = false;
    backend->ready = NULL;
    backend->ready_end = &backend->ready;
    backend->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    hyp_status status = backend->epoll_fd < 0 ? -errno : HYP_OK;
    /* Each signal is an edge of its own, so the eventfd is never read. */
    if (status == HYP_OK) status = watch(backend, config->wake->read_fd, EPOLLIN | EPOLLET, &wake_tag);
    if (status == HYP_OK) *out = backend;
    else epoll_backend_close(backend);
    return status;
}

static hyp_status epoll_backend_arm_accept(hyp_backend_t *backend, bool on)
{
    if (on == backend->accepting) return HYP_OK;
    hyp_status status = HYP_OK;
    if (on) {
        uint32_t exclusive = backend->config.shared_listener ? EPOLLEXCLUSIVE : 0;
        status = watch(backend, backend->config.listener_fd, EPOLLIN | exclusive, &listener_tag);
    } else if (epoll_ctl(backend->epoll_fd, EPOLL_CTL_DEL, backend->config.listener_fd, NULL) < 0) {
        status = -errno;
    }
    if (status == HYP_OK || !on) backend->accepting = on;
    return status;
}

/* Goes to the end of the queue of those whom the kernel tells of a new connection: it tells the first that sleeps, which would
 * otherwise always be the same. And it tells only one, who may be killed before it accepts: whoever enters the queue anew is
 * told of what waits already. */
static void queue_up(hyp_backend_t *backend)
{
    if (!backend->config.shared_listener || !backend->accepting) return;
    hyp_status status = epoll_backend_arm_accept(backend, false);
    if (status == HYP_OK) status = epoll_backend_arm_accept(backend, true);
    if (status != HYP_OK) backend->config.events.on_accept_error(backend->config.events.ctx, status);
}

static void accept_some(hyp_backend_t *backend)
{
    int most = backend->config.shared_listener ? SHARED_ACCEPTS : HYP_ACCEPT_BATCH;
    hyp_ready_accept(backend->config.listener_fd, most, &backend->accepting, &backend->config.events);
    queue_up(backend);
}

static hyp_status epoll_backend_attach(hyp_backend_t *backend, hyp_io_t *io)
{
    (void)backend;
    io->care = IN_HAND;
    io->readable = true;
    return HYP_OK;
}

/* For sends only when one has to wait: most never do, and an edge that nobody waits for is a round for nothing. */
static hyp_status watch_io(hyp_backend_t *backend, hyp_io_t *io, uint8_t care)
{
    if (io->care >= care) return HYP_OK;
    int operation = io->care == IN_HAND ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    uint32_t sends = care == WATCHED_FOR_SENDS ? EPOLLOUT : 0;
    hyp_status status = control(backend, operation, io->fd, EPOLLIN | EPOLLRDHUP | EPOLLET | sends, io);
    if (status == HYP_OK) io->care = care;
    return status;
}

static void make_ready(hyp_backend_t *backend, hyp_io_t *io)
{
    if (io->ready) return;
    io->ready = true;
    io->next_ready = NULL;
    *backend->ready_end = io;
    backend->ready_end = &io->next_ready;
}

static void epoll_backend_arm_recv(hyp_backend_t *backend, hyp_io_t *io)
{
    io->recv_armed = true;
    if (io->readable || watch_io(backend, io, WATCHED) != HYP_OK) make_ready(backend, io);
}

/* A send has to wait: for its next turn, or for the kernel. */
static hyp_status await_send(hyp_backend_t *backend, hyp_io_t *io)
{
    hyp_status status = HYP_OK;
    if (hyp_ready_is_greedy(io)) make_ready(backend, io);
    else status = watch_io(backend, io, WATCHED_FOR_SENDS);
    io->send_armed = status == HYP_OK;
    return status == HYP_OK ? HYP_AGAIN : status;
}

static hyp_status epoll_backend_arm_send(hyp_backend_t *backend, hyp_io_t *io, const struct iovec *iov, int count,
                                         size_t *sent)
{
    hyp_status status = hyp_ready_send(io, iov, count, sent);
    return status == HYP_AGAIN ? await_send(backend, io) : status;
}

static hyp_status epoll_backend_arm_send_file(hyp_backend_t *backend, hyp_io_t *io, int file_fd, uint64_t offset,
                                              uint64_t len, size_t *sent)
{
    hyp_status status = hyp_ready_send_file(io, file_fd, offset, len, sent);
    return status == HYP_AGAIN ? await_send(backend, io) : status;
}

static void forget_ready(hyp_backend_t *backend, hyp_io_t *io)
{
    if (!io->ready) return;
    hyp_io_t **link = &backend->ready;
    while (*link && *link != io)
        link = &(*link)->next_ready;
    if (!*link) return;
    *link = io->next_ready;
    if (backend->ready_end == &io->next_ready) backend->ready_end = link;
}

static hyp_status epoll_backend_cancel(hyp_backend_t *backend, hyp_io_t *io)
{
    forget_ready(backend, io);
    /* Closing it would not do: the child of a fork may have it open, too. */
    if (io->care >= WATCHED) epoll_ctl(backend->epoll_fd, EPOLL_CTL_DEL, io->fd, NULL);
    io->recv_armed = io->send_armed = io->ready = false;
    io->care = IN_NONE;
    return HYP_OK;
}

static void receive(hyp_backend_t *backend, hyp_io_t *io)
{
    (void)hyp_ready_receive(io, backend->buffer, sizeof backend->buffer, &backend->config.events);
}

static void deliver(hyp_backend_t *backend, const struct epoll_event *event)
{
    if (event->data.ptr == &wake_tag) return;
    if (event->data.ptr == &listener_tag) {
        accept_some(backend);
        return;
    }
    hyp_io_t *io = event->data.ptr;
    if (event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) io->hung_up = true;
    if (event->events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) io->readable = true;
    if (event->events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) hyp_ready_writable(io, &backend->config.events);
    if (io->recv_armed && io->readable && !io->ready) receive(backend, io);
}

/* Who has been looked at in vain is told of by the kernel from now on. */
static void await_recv(hyp_backend_t *backend, hyp_io_t *io)
{
    if (io->care != IN_HAND || !io->recv_armed || io->readable) return;
    hyp_status status = watch_io(backend, io, WATCHED);
    if (status == HYP_OK) return;
    io->recv_armed = false;
    backend->config.events.on_recv(backend->config.events.ctx, io, status, NULL, 0);
}

/* One receive or send each for those that were ready when the round began; who goes on comes again in the next. */
static void deliver_ready(hyp_backend_t *backend)
{
    hyp_io_t *last = NULL;
    for (hyp_io_t *io = backend->ready; io; io = io->next_ready)
        last = io;
    while (last && backend->ready) {
        hyp_io_t *io = backend->ready;
        backend->ready = io->next_ready;
        if (!backend->ready) backend->ready_end = &backend->ready;
        io->ready = false;
        if (io == last) last = NULL;
        if (hyp_ready_is_greedy(io)) hyp_ready_writable(io, &backend->config.events);
        if (io->recv_armed && io->readable && !io->ready) receive(backend, io);
        await_recv(backend, io);
    }
}

static hyp_status epoll_backend_poll(hyp_backend_t *backend, int timeout_ms)
{
    bool queues = backend->config.shared_listener && backend->accepting;
    if (queues && (timeout_ms < 0 || timeout_ms > QUEUE_MSEC)) timeout_ms = QUEUE_MSEC;
    if (backend->ready) timeout_ms = 0;
    int count = epoll_wait(backend->epoll_fd, backend->events, EVENTS_MAX, timeout_ms);
    if (count < 0 && errno != EINTR) return -errno;
    backend->config.events.on_round(backend->config.events.ctx);
    deliver_ready(backend);
    for (int i = 0; i < count; i++) {
        if (i + 1 < count) hyp_io_expect(backend->events[i + 1].data.ptr);
        deliver(backend, &backend->events[i]);
    }
    if (count == 0 && timeout_ms > 0) queue_up(backend);
    return HYP_OK;
}

const hyp_backend_ops_t hyp_backend_epoll = {
    .name = "epoll",
    .open = epoll_backend_open,
    .close = epoll_backend_close,
    .arm_accept = epoll_backend_arm_accept,
    .attach = epoll_backend_attach,
    .arm_recv = epoll_backend_arm_recv,
    .arm_send = epoll_backend_arm_send,
    .arm_send_file = epoll_backend_arm_send_file,
    .cancel = epoll_backend_cancel,
    .poll = epoll_backend_poll,
};
