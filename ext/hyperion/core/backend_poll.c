/* poll(2): for systems without anything better, and a second opinion in tests. Level-triggered, so a descriptor is asked for
 * just what is armed. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend_ready.h"
#include "engine_limits.h"

enum { LISTENER, WAKE, FIRST_IO };

struct hyp_backend {
    hyp_backend_config_t config;
    bool accepting;
    struct pollfd *fds; /* [LISTENER], [WAKE], then the ios; a negative fd is passed over */
    hyp_io_t **ios;     /* whose fds[i] is */
    size_t count;
    size_t cap;
    char buffer[HYP_RECV_BYTES];
};

static hyp_status grow(hyp_backend_t *backend)
{
    if (backend->count < backend->cap) return HYP_OK;
    size_t cap = backend->cap ? backend->cap * 2 : 64;
    struct pollfd *fds = realloc(backend->fds, cap * sizeof *fds);
    if (!fds) return HYP_NO_MEMORY;
    backend->fds = fds;
    hyp_io_t **ios = realloc(backend->ios, cap * sizeof *ios);
    if (!ios) return HYP_NO_MEMORY;
    backend->ios = ios;
    backend->cap = cap;
    return HYP_OK;
}

static hyp_status add(hyp_backend_t *backend, int fd, short events, hyp_io_t *io)
{
    hyp_status status = grow(backend);
    if (status != HYP_OK) return status;
    backend->fds[backend->count] = (struct pollfd){.fd = fd, .events = events};
    backend->ios[backend->count++] = io;
    return HYP_OK;
}

static void poll_backend_close(hyp_backend_t *backend)
{
    free(backend->fds);
    free(backend->ios);
    free(backend);
}

static hyp_status poll_backend_open(hyp_backend_t **out, const hyp_backend_config_t *config)
{
    hyp_backend_t *backend = malloc(sizeof *backend);
    if (!backend) return HYP_NO_MEMORY;
    backend->config = *config;
    backend->accepting = false;
    backend->fds = NULL;
    backend->ios = NULL;
    backend->count = backend->cap = 0;
    hyp_status status = add(backend, -1, POLLIN, NULL);
    if (status == HYP_OK) status = add(backend, config->wake->read_fd, POLLIN, NULL);
    if (status == HYP_OK) *out = backend;
    else poll_backend_close(backend);
    return status;
}

static hyp_status poll_backend_arm_accept(hyp_backend_t *backend, bool on)
{
    backend->accepting = on;
    backend->fds[LISTENER].fd = on ? backend->config.listener_fd : -1;
    return HYP_OK;
}

static hyp_status poll_backend_attach(hyp_backend_t *backend, hyp_io_t *io)
{
    io->index = (uint32_t)backend->count;
    return add(backend, io->fd, 0, io);
}

static void poll_backend_arm_recv(hyp_backend_t *backend, hyp_io_t *io)
{
    io->recv_armed = true;
    backend->fds[io->index].events |= POLLIN;
}

static hyp_status poll_backend_arm_send(hyp_backend_t *backend, hyp_io_t *io, const struct iovec *iov, int count,
                                        size_t *sent)
{
    hyp_status status = hyp_ready_send(io, iov, count, sent);
    if (status == HYP_AGAIN) backend->fds[io->index].events |= POLLOUT;
    return status;
}

/* The place is only marked here: a round may be walking the table. */
#ifdef __linux__
static hyp_status poll_backend_arm_send_file(hyp_backend_t *backend, hyp_io_t *io, int file_fd, uint64_t offset,
                                             uint64_t len, size_t *sent)
{
    hyp_status status = hyp_ready_send_file(io, file_fd, offset, len, sent);
    if (status == HYP_AGAIN) backend->fds[io->index].events |= POLLOUT;
    return status;
}
#endif

static hyp_status poll_backend_cancel(hyp_backend_t *backend, hyp_io_t *io)
{
    io->recv_armed = io->send_armed = false;
    backend->fds[io->index].fd = -1;
    backend->ios[io->index] = NULL;
    return HYP_OK;
}

static void close_gaps(hyp_backend_t *backend)
{
    for (size_t i = FIRST_IO; i < backend->count;) {
        if (backend->ios[i]) {
            i++;
            continue;
        }
        size_t last = --backend->count;
        backend->fds[i] = backend->fds[last];
        backend->ios[i] = backend->ios[last];
        if (i < last && backend->ios[i]) backend->ios[i]->index = (uint32_t)i;
    }
}

/* A descriptor that nothing is armed for is asked for nothing, or a hang-up would be told over and over. */
static void ask(hyp_backend_t *backend)
{
    for (size_t i = FIRST_IO; i < backend->count; i++) {
        hyp_io_t *io = backend->ios[i];
        short events = (short)((io->recv_armed ? POLLIN : 0) | (io->send_armed ? POLLOUT : 0));
        backend->fds[i].events = events;
        backend->fds[i].fd = events ? io->fd : -1;
        backend->fds[i].revents = 0;
    }
}

static void deliver(hyp_backend_t *backend, size_t i)
{
    hyp_io_t *io = backend->ios[i];
    short events = backend->fds[i].revents;
    if (!io || !events) return;
    if (events & (POLLOUT | POLLHUP | POLLERR)) hyp_ready_writable(io, &backend->config.events);
    if (backend->ios[i] != io || !io->recv_armed || !(events & (POLLIN | POLLHUP | POLLERR))) return;
    (void)hyp_ready_receive(io, backend->buffer, sizeof backend->buffer, &backend->config.events);
}

static hyp_status poll_backend_poll(hyp_backend_t *backend, int timeout_ms)
{
    close_gaps(backend);
    ask(backend);
    int ready = poll(backend->fds, (nfds_t)backend->count, timeout_ms);
    if (ready < 0 && errno != EINTR) return -errno;
    backend->config.events.on_round(backend->config.events.ctx);
    if (ready <= 0) return HYP_OK;
    size_t count = backend->count;
    if (backend->fds[WAKE].revents) hyp_wake_clear(backend->config.wake);
    for (size_t i = FIRST_IO; i < count; i++)
        deliver(backend, i);
    if (backend->accepting && backend->fds[LISTENER].revents) {
        hyp_ready_accept(backend->config.listener_fd, HYP_ACCEPT_BATCH, &backend->accepting, &backend->config.events);
    }
    return HYP_OK;
}

const hyp_backend_ops_t hyp_backend_poll = {
    .name = "poll",
    .open = poll_backend_open,
    .close = poll_backend_close,
    .arm_accept = poll_backend_arm_accept,
    .attach = poll_backend_attach,
    .arm_recv = poll_backend_arm_recv,
    .arm_send = poll_backend_arm_send,
#ifdef __linux__
    .arm_send_file = poll_backend_arm_send_file,
#endif
    .cancel = poll_backend_cancel,
    .poll = poll_backend_poll,
};
