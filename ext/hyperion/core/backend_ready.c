#include "backend_ready.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/sendfile.h>
#endif

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

static bool would_block(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK;
}

size_t hyp_ready_receive(hyp_io_t *io, char *buffer, size_t len, const hyp_backend_events_t *events)
{
    ssize_t got;
    do
        got = recv(io->fd, buffer, len, 0);
    while (got < 0 && errno == EINTR);
    int error = errno;
    if (got < 0 && would_block(error)) {
        io->readable = false;
        return 0;
    }
    io->recv_armed = false;
    io->burst = 0;
    if ((size_t)got < len && !io->hung_up) io->readable = false;
    if (got > 0) events->on_recv(events->ctx, io, HYP_OK, buffer, (size_t)got);
    else events->on_recv(events->ctx, io, got == 0 ? HYP_CLOSED : -error, NULL, 0);
    return got > 0 ? (size_t)got : 0;
}

void hyp_ready_writable(hyp_io_t *io, const hyp_backend_events_t *events)
{
    if (!io->send_armed) return;
    io->send_armed = false;
    io->burst = 0;
    events->on_sent(events->ctx, io, HYP_AGAIN, 0);
}

static ssize_t send_some(int fd, const struct iovec *iov, int count)
{
    if (count == 1) return send(fd, iov->iov_base, iov->iov_len, MSG_NOSIGNAL);
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = (struct iovec *)(uintptr_t)iov;
    message.msg_iovlen = (size_t)count;
    return sendmsg(fd, &message, MSG_NOSIGNAL);
}

bool hyp_ready_is_greedy(const hyp_io_t *io)
{
    return io->burst >= HYP_SEND_BURST;
}

/* What a send has come to, which is `done` or errno. */
static hyp_status settle_send(hyp_io_t *io, ssize_t done, size_t *sent)
{
    if (done > 0) {
        *sent = (size_t)done;
        io->burst += (size_t)done;
        return HYP_OK;
    }
    int error = errno;
    if (done < 0 && !would_block(error)) return -error;
    io->send_armed = true;
    return HYP_AGAIN;
}

hyp_status hyp_ready_send(hyp_io_t *io, const struct iovec *iov, int count, size_t *sent)
{
    if (hyp_ready_is_greedy(io)) {
        io->send_armed = true;
        return HYP_AGAIN;
    }
    ssize_t done;
    do
        done = send_some(io->fd, iov, count);
    while (done < 0 && errno == EINTR);
    return settle_send(io, done, sent);
}

#ifdef __linux__
hyp_status hyp_ready_send_file(hyp_io_t *io, int file_fd, uint64_t offset, uint64_t len, size_t *sent)
{
    if (hyp_ready_is_greedy(io)) {
        io->send_armed = true;
        return HYP_AGAIN;
    }
    size_t step = len < HYP_SEND_BURST ? (size_t)len : HYP_SEND_BURST;
    off_t at = (off_t)offset;
    ssize_t done;
    do
        done = sendfile(io->fd, file_fd, &at, step);
    while (done < 0 && errno == EINTR);
    return done == 0 ? HYP_CLOSED : settle_send(io, done, sent);
}
#endif

static int accept_one(int listener_fd, struct sockaddr_storage *peer)
{
    socklen_t len = sizeof *peer;
    peer->ss_family = AF_UNSPEC;
#ifdef __linux__
    return accept4(listener_fd, (struct sockaddr *)peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
    int fd = accept(listener_fd, (struct sockaddr *)peer, &len);
    if (fd < 0) return fd;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
#endif
}

void hyp_ready_accept(int listener_fd, int most, const bool *armed, const hyp_backend_events_t *events)
{
    for (int i = 0; i < most && *armed; i++) {
        struct sockaddr_storage peer;
        int fd = accept_one(listener_fd, &peer);
        if (fd >= 0) {
            if (!events->on_accept(events->ctx, fd, &peer)) close(fd);
            continue;
        }
        int error = errno;
        if (error == ECONNABORTED || error == EINTR) continue;
        if (!would_block(error)) events->on_accept_error(events->ctx, -error);
        return;
    }
}
