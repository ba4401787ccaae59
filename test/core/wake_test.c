#include "wake.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/resource.h>

#include "test.h"

static bool is_signalled(const hyp_wake_t *wake)
{
    struct pollfd pollfd = {.fd = wake->read_fd, .events = POLLIN};
    return poll(&pollfd, 1, 0) == 1;
}

TEST(wake_is_seen_until_it_is_cleared)
{
    hyp_wake_t wake;
    ASSERT(hyp_wake_open(&wake) == HYP_OK);
    CHECK(!is_signalled(&wake));
    hyp_wake_signal(&wake);
    CHECK(is_signalled(&wake));
    hyp_wake_clear(&wake);
    CHECK(!is_signalled(&wake));
    hyp_wake_close(&wake);
}

TEST(wake_clears_any_number_of_signals_and_never_blocks)
{
    hyp_wake_t wake;
    ASSERT(hyp_wake_open(&wake) == HYP_OK);
    hyp_wake_clear(&wake);
    for (int i = 0; i < 20000; i++) {
        hyp_wake_signal(&wake);
    }
    hyp_wake_clear(&wake);
    CHECK(!is_signalled(&wake));
    hyp_wake_close(&wake);
}

TEST(wake_descriptors_are_non_blocking_and_close_on_exec)
{
    hyp_wake_t wake;
    ASSERT(hyp_wake_open(&wake) == HYP_OK);
    const int fds[] = {wake.read_fd, wake.write_fd};
    for (int i = 0; i < 2; i++) {
        CHECK(fcntl(fds[i], F_GETFL) & O_NONBLOCK);
        CHECK(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
    }
    hyp_wake_close(&wake);
}

TEST(wake_can_be_closed_twice)
{
    hyp_wake_t wake;
    ASSERT(hyp_wake_open(&wake) == HYP_OK);
    int fd = wake.read_fd;
    hyp_wake_close(&wake);
    CHECK_INT(-1, fcntl(fd, F_GETFD));
    hyp_wake_close(&wake);
    CHECK_INT(-1, wake.read_fd);
}

TEST(wake_keeps_errno)
{
    hyp_wake_t closed = {.read_fd = -1, .write_fd = -1};
    errno = ENOENT;
    hyp_wake_signal(&closed);
    CHECK_INT(ENOENT, errno);
}

TEST(wake_tells_when_there_is_no_descriptor)
{
    struct rlimit before;
    hyp_wake_t wake;
    ASSERT(getrlimit(RLIMIT_NOFILE, &before) == 0);
    ASSERT(setrlimit(RLIMIT_NOFILE, &(struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max}) == 0);
    hyp_status status = hyp_wake_open(&wake);
    ASSERT(setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK_INT(-EMFILE, status);
}
