#include "backend_helpers.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

#include "clock.h"

const char *const backend_names[] = {
#ifdef HYP_HAVE_EPOLL
    "epoll",
#endif
    "poll",
#ifdef URING_VARIANTS
    URING_VARIANTS,
#endif
};
const size_t backend_count = sizeof backend_names / sizeof *backend_names;

const hyp_backend_ops_t *backend_ops(const char *name)
{
    const hyp_backend_ops_t *variant = uring_variant(name);
    return variant ? variant : hyp_backend_named(name);
}

void cancel(fixture_t *fixture, peer_t *peer)
{
    hyp_status status = fixture->ops->cancel(fixture->backend, &peer->io);
    CHECK(status == HYP_OK || status == HYP_AGAIN);
    peer->leaving = status == HYP_AGAIN;
    if (peer->leaving) fixture->leaving++;
}

static void cancel_victims(fixture_t *fixture)
{
    unsigned count = fixture->victim_count;
    fixture->victim_count = 0;
    while (count-- > 0)
        cancel(fixture, &fixture->victims[count]);
}

static void on_round(void *ctx)
{
    fixture_t *fixture = ctx;
    fixture->rounds++;
}

static bool on_accept(void *ctx, int fd, const struct sockaddr_storage *peer)
{
    fixture_t *fixture = ctx;
    if (fixture->accepts_max && fixture->accepts >= fixture->accepts_max) return false;
    CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
    CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    CHECK_INT(AF_INET, peer->ss_family);
    fixture->accepted[fixture->accepts++] = fd;
    if (fixture->accepts == fixture->accepts_max) CHECK_INT(HYP_OK, fixture->ops->arm_accept(fixture->backend, false));
    return true;
}

static void on_accept_error(void *ctx, hyp_status status)
{
    fixture_t *fixture = ctx;
    fixture->accept_errors++;
    fixture->accept_error = status;
}

static void keep(peer_t *peer, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len && peer->got_len < sizeof peer->got; i++)
        peer->got[peer->got_len++] = bytes[i];
}

/* The last event of one that was cancelled. */
static void left(fixture_t *fixture, peer_t *peer, hyp_status status, const char *bytes, size_t len)
{
    CHECK_INT(len > 0 ? HYP_OK : HYP_END, status);
    keep(peer, bytes, len);
    peer->leaving = false;
    fixture->leaving--;
}

static void on_recv(void *ctx, hyp_io_t *io, hyp_status status, const char *bytes, size_t len)
{
    fixture_t *fixture = ctx;
    peer_t *peer = (peer_t *)(void *)io;
    if (peer->leaving) {
        left(fixture, peer, status, bytes, len);
        return;
    }
    fixture->events++;
    CHECK(!io->recv_armed);
    peer->receives++;
    peer->bytes += len;
    if (len == 0) peer->ends++, peer->end = status;
    else CHECK_INT(HYP_OK, status);
    keep(peer, bytes, len);
    if (peer->rearms && len > 0) fixture->ops->arm_recv(fixture->backend, io);
    cancel_victims(fixture);
}

static void on_sent(void *ctx, hyp_io_t *io, hyp_status status, size_t len)
{
    fixture_t *fixture = ctx;
    peer_t *peer = (peer_t *)(void *)io;
    CHECK(!peer->leaving);
    fixture->events++;
    CHECK_INT(0, len);
    CHECK(!io->send_armed);
    if (status == HYP_AGAIN) peer->sends++;
    else peer->send_failure = status;
    cancel_victims(fixture);
}

static void on_unsent(void *ctx, hyp_io_t *io, const char *bytes, size_t len)
{
    fixture_t *fixture = ctx;
    peer_t *peer = (peer_t *)(void *)io;
    CHECK(!peer->leaving && !io->in_doubt && len <= sizeof peer->unsent);
    fixture->events++;
    peer->unsent_len = len;
    memcpy(peer->unsent, bytes, len);
}

static void make_listener(fixture_t *fixture)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    fixture->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    CHECK_INT(0, bind(fixture->listener, (struct sockaddr *)&address, sizeof address));
    CHECK_INT(0, listen(fixture->listener, PEERS_MAX));
    CHECK_INT(0, getsockname(fixture->listener, (struct sockaddr *)&address, &len));
    fixture->port = ntohs(address.sin_port);
}

void backend_set_up(fixture_t *fixture, const hyp_backend_ops_t *ops)
{
    memset(fixture, 0, sizeof *fixture);
    fixture->ops = ops;
    make_listener(fixture);
    CHECK_INT(HYP_OK, hyp_wake_open(&fixture->wake));
    hyp_backend_config_t config = {
        .listener_fd = fixture->listener,
        .wake = &fixture->wake,
        .events = {fixture, on_round, on_accept, on_accept_error, on_recv, on_sent, on_unsent},
    };
    CHECK_INT(HYP_OK, ops->open(&fixture->backend, &config));
}

void backend_tear_down(fixture_t *fixture)
{
    fixture->ops->close(fixture->backend);
    for (unsigned i = 0; i < fixture->accepts; i++)
        close(fixture->accepted[i]);
    hyp_wake_close(&fixture->wake);
    close(fixture->listener);
}

void attach(fixture_t *fixture, peer_t *peer)
{
    int fds[2];
    memset(peer, 0, sizeof *peer);
    CHECK_INT(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
    peer->io.fd = fds[0];
    peer->io.at_once = true;
    peer->far = fds[1];
    CHECK_INT(HYP_OK, fixture->ops->attach(fixture->backend, &peer->io));
}

void let_go(fixture_t *fixture, peer_t *peer)
{
    cancel(fixture, peer);
    for (int i = 0; peer->leaving && i < 100; i++)
        poll_for(fixture, 0);
    CHECK(!peer->leaving);
}

void detach(fixture_t *fixture, peer_t *peer)
{
    let_go(fixture, peer);
    close(peer->io.fd);
    if (peer->far >= 0) close(peer->far);
}

void arm_recv(fixture_t *fixture, peer_t *peer)
{
    fixture->ops->arm_recv(fixture->backend, &peer->io);
}

void say(const peer_t *peer, const char *text)
{
    CHECK_INT(strlen(text), write(peer->far, text, strlen(text)));
}

void leave(peer_t *peer)
{
    close(peer->far);
    peer->far = -1;
}

void poll_for(fixture_t *fixture, int timeout_ms)
{
    CHECK_INT(HYP_OK, fixture->ops->poll(fixture->backend, timeout_ms));
}

void poll_until(fixture_t *fixture, const unsigned *counter, unsigned value)
{
    hyp_msec_t deadline = hyp_clock_now() + PATIENCE_MS;
    while (*counter < value && hyp_clock_now() < deadline)
        poll_for(fixture, PATIENCE_MS);
    CHECK_INT(value, *counter);
}

void poll_all(fixture_t *fixture)
{
    for (int i = 0; i < 5; i++)
        poll_for(fixture, 0);
}

void poll_in_vain(fixture_t *fixture, int timeout_ms)
{
    hyp_msec_t deadline = hyp_clock_now() + (hyp_msec_t)timeout_ms - 1;
    unsigned polls = 0;
    do {
        poll_for(fixture, timeout_ms);
        polls++;
    } while (hyp_clock_now() < deadline);
    CHECK(polls <= 50); /* a spin makes a thousand */
}

void accept_all(fixture_t *fixture)
{
    CHECK_INT(HYP_OK, fixture->ops->arm_accept(fixture->backend, true));
}

int dial(const fixture_t *fixture)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(fixture->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_INT(0, connect(fd, (struct sockaddr *)&address, sizeof address));
    return fd;
}

void set_buffers(const peer_t *peer, int bytes)
{
    (void)setsockopt(peer->far, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    (void)setsockopt(peer->io.fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

hyp_status send_bytes(fixture_t *fixture, peer_t *peer, const char *bytes, size_t len, size_t *sent)
{
    struct iovec iov[2] = {{(void *)(uintptr_t)bytes, len / 2}, {(void *)(uintptr_t)(bytes + len / 2), len - len / 2}};
    if (len < 2) return fixture->ops->arm_send(fixture->backend, &peer->io, &iov[1], 1, sent);
    return fixture->ops->arm_send(fixture->backend, &peer->io, iov, 2, sent);
}
