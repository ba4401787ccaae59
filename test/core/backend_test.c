/* One contract, asked of every readiness backend. */
#include "backend.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend_ready.h"
#include "engine_limits.h"
#include "test.h"

#define PATIENCE_MS 20000 /* only a lost event takes so long */
#define PEERS_MAX 300

/* The near end of a pair is the backend's, the far end the test's. */
typedef struct {
    hyp_io_t io;
    int far;
    char got[256];
    size_t got_len;
    size_t bytes; /* received, kept or not */
    unsigned receives, sends, ends;
    hyp_status end; /* of the last on_recv without bytes */
    bool rearms;
} peer_t;

typedef struct {
    const hyp_backend_ops_t *ops;
    hyp_backend_t *backend;
    hyp_wake_t wake;
    int listener;
    uint16_t port;
    int accepted[PEERS_MAX];
    unsigned accepts, accept_errors, rounds, events;
    unsigned accepts_max; /* disarms after so many */
    hyp_status accept_error;
    peer_t *victims; /* cancelled by the next event, whosever it is */
    unsigned victim_count;
} fixture_t;

static void cancel_victims(fixture_t *fixture)
{
    for (unsigned i = 0; i < fixture->victim_count; i++) {
        CHECK_INT(HYP_OK, fixture->ops->cancel(fixture->backend, &fixture->victims[i].io));
    }
    fixture->victim_count = 0;
}

static void on_round(void *ctx)
{
    fixture_t *fixture = ctx;
    fixture->rounds++;
}

static void on_accept(void *ctx, int fd, const struct sockaddr_storage *peer)
{
    fixture_t *fixture = ctx;
    CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
    CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    CHECK_INT(AF_INET, peer->ss_family);
    fixture->accepted[fixture->accepts++] = fd;
    if (fixture->accepts == fixture->accepts_max) CHECK_INT(HYP_OK, fixture->ops->arm_accept(fixture->backend, false));
}

static void on_accept_error(void *ctx, hyp_status status)
{
    fixture_t *fixture = ctx;
    fixture->accept_errors++;
    fixture->accept_error = status;
}

static void on_recv(void *ctx, hyp_io_t *io, hyp_status status, const char *bytes, size_t len)
{
    fixture_t *fixture = ctx;
    peer_t *peer = (peer_t *)(void *)io;
    fixture->events++;
    CHECK(!io->recv_armed);
    peer->receives++;
    peer->bytes += len;
    if (len == 0) peer->ends++, peer->end = status;
    else CHECK_INT(HYP_OK, status);
    for (size_t i = 0; i < len && peer->got_len < sizeof peer->got; i++) peer->got[peer->got_len++] = bytes[i];
    if (peer->rearms && len > 0) fixture->ops->arm_recv(fixture->backend, io);
    cancel_victims(fixture);
}

static void on_sent(void *ctx, hyp_io_t *io, hyp_status status, size_t len)
{
    fixture_t *fixture = ctx;
    peer_t *peer = (peer_t *)(void *)io;
    fixture->events++;
    CHECK_INT(HYP_AGAIN, status);
    CHECK_INT(0, len);
    CHECK(!io->send_armed);
    peer->sends++;
    cancel_victims(fixture);
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

static void set_up(fixture_t *fixture, const hyp_backend_ops_t *ops)
{
    memset(fixture, 0, sizeof *fixture);
    fixture->ops = ops;
    make_listener(fixture);
    CHECK_INT(HYP_OK, hyp_wake_open(&fixture->wake));
    hyp_backend_config_t config = {
        .listener_fd = fixture->listener,
        .wake = &fixture->wake,
        .events = {fixture, on_round, on_accept, on_accept_error, on_recv, on_sent},
    };
    CHECK_INT(HYP_OK, ops->open(&fixture->backend, &config));
}

static void tear_down(fixture_t *fixture)
{
    fixture->ops->close(fixture->backend);
    for (unsigned i = 0; i < fixture->accepts; i++) close(fixture->accepted[i]);
    hyp_wake_close(&fixture->wake);
    close(fixture->listener);
}

static void attach(fixture_t *fixture, peer_t *peer)
{
    int fds[2];
    memset(peer, 0, sizeof *peer);
    CHECK_INT(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
    peer->io.fd = fds[0];
    peer->far = fds[1];
    CHECK_INT(HYP_OK, fixture->ops->attach(fixture->backend, &peer->io));
}

static void detach(fixture_t *fixture, peer_t *peer)
{
    CHECK_INT(HYP_OK, fixture->ops->cancel(fixture->backend, &peer->io));
    close(peer->io.fd);
    if (peer->far >= 0) close(peer->far);
}

static void arm_recv(fixture_t *fixture, peer_t *peer)
{
    fixture->ops->arm_recv(fixture->backend, &peer->io);
}

static void say(const peer_t *peer, const char *text)
{
    CHECK_INT(strlen(text), write(peer->far, text, strlen(text)));
}

static void leave(peer_t *peer)
{
    close(peer->far);
    peer->far = -1;
}

static void poll_for(fixture_t *fixture, int timeout_ms)
{
    CHECK_INT(HYP_OK, fixture->ops->poll(fixture->backend, timeout_ms));
}

/* Polls until a counter has reached a value. */
static void poll_until(fixture_t *fixture, const unsigned *counter, unsigned value)
{
    for (int i = 0; *counter < value && i < 1000; i++) poll_for(fixture, PATIENCE_MS);
    CHECK_INT(value, *counter);
}

/* What a backend still has to tell without anything happening outside. */
static void poll_all(fixture_t *fixture)
{
    for (int i = 0; i < 5; i++) poll_for(fixture, 0);
}

static void accept_all(fixture_t *fixture)
{
    CHECK_INT(HYP_OK, fixture->ops->arm_accept(fixture->backend, true));
}

static int dial(const fixture_t *fixture)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(fixture->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_INT(0, connect(fd, (struct sockaddr *)&address, sizeof address));
    return fd;
}

static const char *const names[] = {
#ifdef HYP_HAVE_EPOLL
    "epoll",
#endif
    "poll",
};

#define EACH_BACKEND(fixture)                                                                                          \
    for (size_t n = 0; n < sizeof names / sizeof *names; n++)                                                          \
        for (bool first = (set_up((fixture), hyp_backend_named(names[n])), true); first;                               \
             first = (tear_down(fixture), false))

TEST(backend_is_found_by_name)
{
    CHECK(hyp_backend_named("none") == NULL);
    CHECK(hyp_backend_named(hyp_backend_default()->name) == hyp_backend_default());
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) CHECK_STR(names[n], hyp_backend_named(names[n])->name);
}

/* ---- receiving ---- */

TEST(backend_receives_what_comes_after_arming)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        attach(&fixture, &peer);
        arm_recv(&fixture, &peer);
        poll_all(&fixture);
        CHECK_INT(0, peer.receives);
        say(&peer, "hello");
        poll_until(&fixture, &peer.receives, 1);
        CHECK_BYTES("hello", peer.got, peer.got_len);
        detach(&fixture, &peer);
    }
}

TEST(backend_receives_what_came_before_arming)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        attach(&fixture, &peer);
        say(&peer, "hello");
        poll_all(&fixture);
        CHECK_INT(0, peer.receives);
        arm_recv(&fixture, &peer);
        poll_until(&fixture, &peer.receives, 1);
        CHECK_BYTES("hello", peer.got, peer.got_len);
        detach(&fixture, &peer);
    }
}

TEST(backend_receives_once_for_each_arming)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        attach(&fixture, &peer);
        arm_recv(&fixture, &peer);
        say(&peer, "a");
        poll_until(&fixture, &peer.receives, 1);
        say(&peer, "b");
        poll_all(&fixture);
        CHECK_INT(1, peer.receives);
        arm_recv(&fixture, &peer);
        arm_recv(&fixture, &peer);
        poll_until(&fixture, &peer.receives, 2);
        poll_all(&fixture);
        CHECK_INT(2, peer.receives);
        CHECK_BYTES("ab", peer.got, peer.got_len);
        detach(&fixture, &peer);
    }
}

TEST(backend_tells_an_end_behind_the_bytes)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        attach(&fixture, &peer);
        peer.rearms = true;
        say(&peer, "hello");
        leave(&peer);
        arm_recv(&fixture, &peer);
        poll_until(&fixture, &peer.ends, 1);
        CHECK_BYTES("hello", peer.got, peer.got_len);
        CHECK_INT(HYP_CLOSED, peer.end);
        detach(&fixture, &peer);
    }
}

TEST(backend_tells_an_end_that_came_while_nothing_was_armed)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        attach(&fixture, &peer);
        say(&peer, "hello");
        arm_recv(&fixture, &peer);
        poll_until(&fixture, &peer.receives, 1);
        CHECK_INT(0, shutdown(peer.far, SHUT_WR));
        poll_all(&fixture);
        arm_recv(&fixture, &peer);
        poll_until(&fixture, &peer.ends, 1);
        CHECK_INT(HYP_CLOSED, peer.end);
        detach(&fixture, &peer);
    }
}

TEST(backend_tells_a_reset)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        struct linger resets = {.l_onoff = 1, .l_linger = 0};
        memset(&peer, 0, sizeof peer);
        accept_all(&fixture);
        peer.far = dial(&fixture);
        poll_until(&fixture, &fixture.accepts, 1);
        peer.io.fd = fixture.accepted[0];
        CHECK_INT(HYP_OK, fixture.ops->attach(fixture.backend, &peer.io));
        CHECK_INT(0, setsockopt(peer.far, SOL_SOCKET, SO_LINGER, &resets, sizeof resets));
        leave(&peer);
        arm_recv(&fixture, &peer);
        poll_until(&fixture, &peer.ends, 1);
        CHECK_INT(-ECONNRESET, peer.end);
        CHECK_INT(HYP_OK, fixture.ops->cancel(fixture.backend, &peer.io));
    }
}

/* Somebody who has hung up, and whom nobody listens to, is told of no more: the next poll waits. */
TEST(backend_does_not_spin_for_who_has_hung_up)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        attach(&fixture, &peer);
        say(&peer, "hello");
        leave(&peer);
        poll_all(&fixture);
        hyp_msec_t before = hyp_clock_now();
        poll_for(&fixture, 20);
        CHECK(hyp_clock_now() - before >= 19);
        CHECK_INT(0, peer.receives);
        detach(&fixture, &peer);
    }
}

#define MUCH (3 * HYP_RECV_BYTES + 100)

static void set_buffers(const peer_t *peer, int bytes)
{
    (void)setsockopt(peer->far, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    (void)setsockopt(peer->io.fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

/* A receive takes no more than its buffer, and others are served between two of them. */
TEST(backend_receives_much_in_pieces)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        static char bytes[MUCH];
        peer_t greedy, modest;
        attach(&fixture, &greedy);
        attach(&fixture, &modest);
        set_buffers(&greedy, 4 * MUCH);
        greedy.rearms = true;
        ssize_t written = write(greedy.far, bytes, sizeof bytes);
        ASSERT(written > HYP_RECV_BYTES);
        arm_recv(&fixture, &greedy);
        arm_recv(&fixture, &modest);
        say(&modest, "hello");
        poll_until(&fixture, &modest.receives, 1);
        CHECK(greedy.bytes <= HYP_RECV_BYTES * 2);
        for (int i = 0; greedy.bytes < (size_t)written && i < 100; i++) poll_for(&fixture, 0);
        CHECK_INT(written, greedy.bytes);
        detach(&fixture, &greedy);
        detach(&fixture, &modest);
    }
}

/* ---- sending ---- */

static hyp_status send_bytes(fixture_t *fixture, peer_t *peer, const char *bytes, size_t len, size_t *sent)
{
    struct iovec iov[2] = {{(void *)(uintptr_t)bytes, len / 2}, {(void *)(uintptr_t)(bytes + len / 2), len - len / 2}};
    if (len < 2) return fixture->ops->arm_send(fixture->backend, &peer->io, &iov[1], 1, sent);
    return fixture->ops->arm_send(fixture->backend, &peer->io, iov, 2, sent);
}

TEST(backend_sends_at_once)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        char got[16];
        size_t sent = 0;
        attach(&fixture, &peer);
        CHECK_INT(HYP_OK, send_bytes(&fixture, &peer, "hello", 5, &sent));
        CHECK_INT(5, sent);
        CHECK_INT(HYP_OK, send_bytes(&fixture, &peer, "!", 1, &sent));
        CHECK_INT(6, read(peer.far, got, sizeof got));
        CHECK_BYTES("hello!", got, 6);
        poll_all(&fixture);
        CHECK_INT(0, peer.sends);
        detach(&fixture, &peer);
    }
}

static char load[256 * 1024];

/* Sends until the kernel takes no more. */
static size_t fill(fixture_t *fixture, peer_t *peer)
{
    size_t total = 0;
    size_t sent = 0;
    while (send_bytes(fixture, peer, load, 1000, &sent) == HYP_OK) total += sent;
    CHECK(peer->io.send_armed);
    return total;
}

static size_t read_all(const peer_t *peer)
{
    size_t total = 0;
    ssize_t got;
    while ((got = read(peer->far, load, sizeof load)) > 0) total += (size_t)got;
    return total;
}

TEST(backend_tells_when_it_can_send_again)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        attach(&fixture, &peer);
        set_buffers(&peer, 20000);
        size_t total = fill(&fixture, &peer);
        poll_all(&fixture);
        CHECK_INT(0, peer.sends);
        CHECK_INT(total, read_all(&peer));
        poll_until(&fixture, &peer.sends, 1);
        poll_all(&fixture);
        CHECK_INT(1, peer.sends);
        CHECK(fill(&fixture, &peer) > 0);
        CHECK(read_all(&peer) > 0);
        poll_until(&fixture, &peer.sends, 2);
        detach(&fixture, &peer);
    }
}

TEST(backend_fails_to_send_to_who_has_gone)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        size_t sent;
        attach(&fixture, &peer);
        leave(&peer);
        CHECK_INT(-EPIPE, send_bytes(&fixture, &peer, "hello", 5, &sent)); /* and no signal */
        CHECK(!peer.io.send_armed);
        detach(&fixture, &peer);
    }
}

TEST(backend_tells_who_waits_to_send_that_the_peer_has_gone)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        size_t sent;
        attach(&fixture, &peer);
        set_buffers(&peer, 20000);
        (void)fill(&fixture, &peer);
        leave(&peer);
        poll_until(&fixture, &peer.sends, 1);
        CHECK(send_bytes(&fixture, &peer, "hello", 5, &sent) < 0);
        detach(&fixture, &peer);
    }
}

/* Somebody who reads as fast as we send gets no more than a burst in one go. */
TEST(backend_lets_a_fast_reader_wait_for_the_others)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        size_t total = 0;
        size_t sent = 0;
        attach(&fixture, &peer);
        set_buffers(&peer, 1 << 20);
        while (total < 10 * HYP_SEND_BURST && send_bytes(&fixture, &peer, load, 100000, &sent) == HYP_OK) {
            total += sent;
            (void)read_all(&peer);
        }
        CHECK(total >= HYP_SEND_BURST && total < HYP_SEND_BURST + 100000);
        poll_until(&fixture, &peer.sends, 1);
        CHECK_INT(HYP_OK, send_bytes(&fixture, &peer, load, 100000, &sent));
        detach(&fixture, &peer);
    }
}

TEST(backend_receives_and_sends_for_one_at_a_time)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        attach(&fixture, &peer);
        set_buffers(&peer, 20000);
        arm_recv(&fixture, &peer);
        (void)fill(&fixture, &peer);
        say(&peer, "hello");
        poll_until(&fixture, &peer.receives, 1);
        CHECK_BYTES("hello", peer.got, peer.got_len);
        CHECK_INT(0, peer.sends);
        (void)read_all(&peer);
        poll_until(&fixture, &peer.sends, 1);
        detach(&fixture, &peer);
    }
}

/* ---- cancelling ---- */

TEST(backend_tells_nothing_after_a_cancel)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        attach(&fixture, &peer);
        arm_recv(&fixture, &peer);
        say(&peer, "hello");
        detach(&fixture, &peer);
        poll_all(&fixture);
        CHECK_INT(0, fixture.events);
    }
}

/* An event's handler may let go of others of which the same round would tell. */
TEST(backend_tells_nothing_of_who_is_cancelled_in_the_same_round)
{
    enum { PAIRS = 20 };
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        for (int ready_before = 0; ready_before < 2; ready_before++) {
            static peer_t peers[PAIRS];
            unsigned before = fixture.events;
            for (int i = 0; i < PAIRS; i++) attach(&fixture, &peers[i]);
            for (int i = 0; i < PAIRS; i++) say(&peers[i], "hello");
            if (ready_before) poll_all(&fixture);
            for (int i = 0; i < PAIRS; i++) arm_recv(&fixture, &peers[i]);
            fixture.victims = peers;
            fixture.victim_count = PAIRS;
            poll_until(&fixture, &fixture.events, before + 1);
            poll_all(&fixture);
            CHECK_INT(before + 1, fixture.events);
            for (int i = 0; i < PAIRS; i++) close(peers[i].io.fd);
            for (int i = 0; i < PAIRS; i++) close(peers[i].far);
        }
    }
}

TEST(backend_takes_a_descriptor_number_that_was_another_connections)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        for (int i = 0; i < 100; i++) {
            peer_t peer;
            attach(&fixture, &peer);
            arm_recv(&fixture, &peer);
            say(&peer, "hello");
            poll_until(&fixture, &peer.receives, 1);
            detach(&fixture, &peer);
        }
    }
}

TEST(backend_serves_many_of_whom_some_come_and_go)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        static peer_t peers[PEERS_MAX];
        for (int i = 0; i < PEERS_MAX; i++) attach(&fixture, &peers[i]);
        for (int round = 0; round < 6; round++) {
            unsigned before = fixture.events;
            for (int i = 0; i < PEERS_MAX; i++) arm_recv(&fixture, &peers[i]);
            for (int i = 0; i < PEERS_MAX; i++) say(&peers[i], "x");
            poll_until(&fixture, &fixture.events, before + PEERS_MAX);
            for (int i = 0; i < PEERS_MAX; i++) CHECK_INT(1, peers[i].receives);
            for (int i = 0; i < PEERS_MAX; i++) {
                peers[i].receives = 0;
                if (i % 5 == round) detach(&fixture, &peers[i]);
            }
            for (int i = round; i < PEERS_MAX; i += 5) attach(&fixture, &peers[i]);
        }
        for (int i = 0; i < PEERS_MAX; i++) detach(&fixture, &peers[i]);
    }
}

/* ---- accepting ---- */

TEST(backend_accepts_while_it_is_armed)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        int fds[3];
        fds[0] = dial(&fixture);
        poll_all(&fixture);
        CHECK_INT(0, fixture.accepts);
        accept_all(&fixture);
        accept_all(&fixture);
        poll_until(&fixture, &fixture.accepts, 1);
        fds[1] = dial(&fixture);
        poll_until(&fixture, &fixture.accepts, 2);
        CHECK_INT(HYP_OK, fixture.ops->arm_accept(fixture.backend, false));
        fds[2] = dial(&fixture);
        poll_all(&fixture);
        CHECK_INT(2, fixture.accepts);
        accept_all(&fixture);
        poll_until(&fixture, &fixture.accepts, 3);
        for (int i = 0; i < 3; i++) close(fds[i]);
    }
}

TEST(backend_stops_accepting_in_the_midst_of_a_batch)
{
    enum { DIALS = 10 };
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        int fds[DIALS];
        for (int i = 0; i < DIALS; i++) fds[i] = dial(&fixture);
        fixture.accepts_max = 4;
        accept_all(&fixture);
        poll_until(&fixture, &fixture.accepts, 4);
        poll_all(&fixture);
        CHECK_INT(4, fixture.accepts);
        accept_all(&fixture);
        poll_until(&fixture, &fixture.accepts, DIALS);
        for (int i = 0; i < DIALS; i++) close(fds[i]);
    }
}

TEST(backend_accepts_more_than_a_batch)
{
    enum { DIALS = 2 * HYP_ACCEPT_BATCH + 5 };
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        static int fds[DIALS];
        for (int i = 0; i < DIALS; i++) fds[i] = dial(&fixture);
        accept_all(&fixture);
        poll_for(&fixture, PATIENCE_MS);
        CHECK(fixture.accepts <= HYP_ACCEPT_BATCH);
        poll_until(&fixture, &fixture.accepts, DIALS);
        for (int i = 0; i < DIALS; i++) close(fds[i]);
    }
}

TEST(backend_tells_an_accept_that_fails)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        accept_all(&fixture);
        CHECK_INT(0, shutdown(fixture.listener, SHUT_RDWR));
        poll_for(&fixture, PATIENCE_MS);
        CHECK_INT(1, fixture.accept_errors);
        CHECK_INT(-EINVAL, fixture.accept_error);
    }
}

TEST(backend_cannot_accept_from_what_is_closed)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        close(fixture.listener);
        hyp_status status = fixture.ops->arm_accept(fixture.backend, true);
        if (status == HYP_OK) poll_for(&fixture, PATIENCE_MS);
        CHECK_INT(-EBADF, status == HYP_OK ? fixture.accept_error : status);
        status = fixture.ops->arm_accept(fixture.backend, false);
        CHECK(status == HYP_OK || status == -EBADF);
        fixture.listener = -1;
    }
}

/* ---- waiting ---- */

TEST(backend_waits_no_longer_than_told)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        hyp_msec_t before = hyp_clock_now();
        poll_for(&fixture, 0);
        poll_for(&fixture, 20);
        CHECK(hyp_clock_now() - before >= 19);
        CHECK_INT(2, fixture.rounds);
    }
}

TEST(backend_is_woken_by_a_signal_that_came_before_or_comes_after)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        for (int i = 0; i < 3; i++) {
            hyp_msec_t before = hyp_clock_now();
            hyp_wake_signal(&fixture.wake);
            hyp_wake_signal(&fixture.wake);
            poll_for(&fixture, PATIENCE_MS);
            CHECK(hyp_clock_now() - before < PATIENCE_MS);
        }
    }
}

static void *signal_wake(void *wake)
{
    hyp_wake_signal(wake);
    return NULL;
}

TEST(backend_is_woken_by_another_thread)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        for (int i = 0; i < 50; i++) {
            pthread_t thread;
            hyp_msec_t before = hyp_clock_now();
            ASSERT(pthread_create(&thread, NULL, signal_wake, &fixture.wake) == 0);
            poll_for(&fixture, PATIENCE_MS);
            CHECK(hyp_clock_now() - before < PATIENCE_MS);
            CHECK_INT(0, pthread_join(thread, NULL));
        }
    }
}

TEST(backend_tells_each_round_before_its_events)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        attach(&fixture, &peer);
        arm_recv(&fixture, &peer);
        say(&peer, "hello");
        poll_for(&fixture, PATIENCE_MS);
        CHECK_INT(1, fixture.rounds);
        hyp_wake_signal(&fixture.wake);
        poll_for(&fixture, PATIENCE_MS);
        CHECK_INT(2, fixture.rounds);
        detach(&fixture, &peer);
    }
}
