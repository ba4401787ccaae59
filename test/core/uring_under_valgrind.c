/* Valgrind does not know that io_uring_enter may block, and lets no other thread run meanwhile. So under it waits are short sleeps,
 * with a look at the ring in between: the linker puts these in the place of liburing's (see the Makefile). */
#include <errno.h>
#include <liburing.h>
#include <poll.h>

#define SLEEP_MS 1

int __wrap_io_uring_submit_and_wait_timeout(struct io_uring *ring, struct io_uring_cqe **completion, unsigned count,
                                            struct __kernel_timespec *timeout, sigset_t *signals);
int __wrap_io_uring_submit_and_wait(struct io_uring *ring, unsigned count);

static int submit_and_wait(struct io_uring *ring, long timeout_ms)
{
    int submitted = io_uring_submit_and_get_events(ring);
    if (submitted < 0) return submitted;
    for (long waited = 0; io_uring_cq_ready(ring) == 0; waited += SLEEP_MS) {
        if (timeout_ms >= 0 && waited >= timeout_ms) return -ETIME;
        (void)poll(NULL, 0, SLEEP_MS);
        int status = io_uring_get_events(ring);
        if (status < 0) return status;
    }
    return submitted;
}

int __wrap_io_uring_submit_and_wait_timeout(struct io_uring *ring, struct io_uring_cqe **completion, unsigned count,
                                            struct __kernel_timespec *timeout, sigset_t *signals)
{
    (void)completion;
    (void)count;
    (void)signals;
    return submit_and_wait(ring, timeout->tv_sec * 1000 + timeout->tv_nsec / 1000000);
}

int __wrap_io_uring_submit_and_wait(struct io_uring *ring, unsigned count)
{
    (void)count;
    return submit_and_wait(ring, -1);
}
