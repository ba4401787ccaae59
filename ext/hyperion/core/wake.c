#include "wake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/eventfd.h>

hyp_status hyp_wake_open(hyp_wake_t *wake)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) {
        return -errno;
    }
    *wake = (hyp_wake_t){.read_fd = fd, .write_fd = fd};
    return HYP_OK;
}
#else
static hyp_status prepare(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
        return -errno;
    }
    return HYP_OK;
}

hyp_status hyp_wake_open(hyp_wake_t *wake)
{
    int fds[2];
    if (pipe(fds) < 0) {
        return -errno;
    }
    *wake = (hyp_wake_t){.read_fd = fds[0], .write_fd = fds[1]};
    hyp_status status = prepare(fds[0]);
    if (status == HYP_OK) {
        status = prepare(fds[1]);
    }
    if (status != HYP_OK) {
        hyp_wake_close(wake);
    }
    return status;
}
#endif

void hyp_wake_close(hyp_wake_t *wake)
{
    if (wake->write_fd != wake->read_fd) {
        close(wake->write_fd);
    }
    if (wake->read_fd >= 0) {
        close(wake->read_fd);
    }
    *wake = (hyp_wake_t){.read_fd = -1, .write_fd = -1};
}

void hyp_wake_signal(const hyp_wake_t *wake)
{
    int saved = errno;
    uint64_t one = 1; /* what an eventfd counts; a pipe does not mind the value */
    ssize_t written;
    do {
        written = write(wake->write_fd, &one, sizeof one);
    } while (written < 0 && errno == EINTR);
    errno = saved;
}

void hyp_wake_clear(const hyp_wake_t *wake)
{
    uint64_t signals[64]; /* an eventfd gives one number, a pipe all that was written */
    ssize_t got;
    do {
        got = read(wake->read_fd, signals, sizeof signals);
    } while (got == (ssize_t)sizeof signals || (got < 0 && errno == EINTR));
}
