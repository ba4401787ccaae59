#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop_conn.h"
#include "loop_helpers.h"

/* ---- starting ---- */

TEST(loop_cannot_listen_where_nobody_does)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        hyp_loop_t *loop;
        int fds[2];
        ASSERT(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
        unsigned before = count_descriptors();
        server.config.listener_fd = fds[0];
        CHECK_INT(HYP_OK, hyp_loop_new(&loop, &server.config));
        CHECK_INT(-EINVAL, hyp_loop_open(loop));
        hyp_loop_destroy(loop);
        close(fds[0]);
        close(fds[1]);
        CHECK_INT(HYP_OK, hyp_loop_new(&loop, &server.config));
        CHECK_INT(-EBADF, hyp_loop_open(loop));
        hyp_loop_close(loop);
        hyp_loop_destroy(loop);
        CHECK_INT(before - 2, count_descriptors());
    }
}

/* The lowest number that no descriptor has. */
static rlim_t next_descriptor(void)
{
    int fd = dup(0);
    close(fd);
    return (rlim_t)fd;
}

static void set_descriptor_limit(rlim_t limit)
{
    struct rlimit present;
    CHECK_INT(0, getrlimit(RLIMIT_NOFILE, &present));
    present.rlim_cur = limit;
    CHECK_INT(0, setrlimit(RLIMIT_NOFILE, &present));
}

static rlim_t descriptor_limit(void)
{
    struct rlimit present;
    CHECK_INT(0, getrlimit(RLIMIT_NOFILE, &present));
    return present.rlim_cur;
}

TEST(loop_leaves_nothing_behind_when_it_cannot_open)
{
    server_t server;
    rlim_t limit = descriptor_limit();
    EACH_BACKEND(&server)
    {
        hyp_loop_t *loop;
        CHECK_INT(HYP_OK, hyp_loop_new(&loop, &server.config));
        unsigned before = count_descriptors();
        bool needs_more = server.config.backend != &hyp_backend_poll;
        for (rlim_t more = 0; more < (needs_more ? 2 : 1); more++) {
            set_descriptor_limit(next_descriptor() + more);
            CHECK_INT(-EMFILE, hyp_loop_open(loop));
            set_descriptor_limit(limit);
            CHECK_INT(before, count_descriptors());
        }
        hyp_loop_destroy(loop);
    }
}

/* ---- stopping ---- */

static void run_once(server_t *server, bool with_clients)
{
    server_start(server);
    if (with_clients) {
        int fd = client_dial(server);
        int other = client_dial(server);
        client_say(fd, GET("/hello") GET("/app"));
        CHECK_READS(fd, HELLO "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n/app");
        client_say(other, "GET");
        hyp_loop_stop(server->loop, 0);
        close(fd);
        close(other);
    }
    CHECK_INT(HYP_OK, server_stop(server, 1000));
    hyp_loop_destroy(server->loop);
    server->loop = NULL;
}

TEST(loop_starts_and_stops_a_thousand_times)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        unsigned before = 0;
        for (int i = 0; i < 1000; i++) {
            hyp_request_queue_t *queue = server.queue;
            if (i == 1) before = count_descriptors();
            if (queue) {
                CHECK_INT(HYP_OK, hyp_loop_new(&server.loop, &server.config));
                CHECK_INT(HYP_OK, hyp_loop_open(server.loop));
            }
            run_once(&server, i % 20 == 0);
        }
        CHECK_INT(before, count_descriptors());
    }
}

TEST(loop_stops_at_once_when_it_was_stopped_before)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server_open(&server);
        hyp_loop_stop(server.loop, 60000);
        CHECK_INT(HYP_OK, hyp_loop_run(server.loop));
    }
}

/* A busy machine may take its time; what never comes within the bound is wrong. */
#define ATTEMPTS 10

static hyp_msec_t time_to_stop(server_t *server, bool fresh)
{
    enum { IDLE = 100 };
    int fds[IDLE];
    for (int i = 0; i < IDLE; i++) {
        fds[i] = client_dial(server);
        if (fresh) continue;
        client_say(fds[i], GET("/hello"));
        CHECK_READS(fds[i], HELLO);
    }
    if (!fresh) server_await(server, &server_counters(server)->idle, IDLE);
    else server_await(server, &server_counters(server)->open, IDLE);
    hyp_msec_t before = hyp_clock_now();
    CHECK_INT(HYP_OK, server_stop(server, 30000));
    hyp_msec_t after = hyp_clock_now();
    for (int i = 0; i < IDLE; i++) CHECK_ENDS(fds[i]);
    return after - before;
}

TEST(loop_stops_within_100_ms_with_100_idle_connections)
{
    for (int fresh = 0; fresh < 2; fresh++) {
        for (size_t n = 0; n < loop_backend_count; n++) {
            hyp_msec_t took = 100;
            for (int i = 0; i < ATTEMPTS && took >= 100; i++) {
                server_t server;
                server_init(&server, loop_backends[n]);
                server_start(&server);
                took = time_to_stop(&server, fresh != 0);
                server_free(&server);
            }
            CHECK(took < 100);
        }
    }
}

TEST(loop_answers_all_that_came_before_a_stop)
{
    enum { CLIENTS = 40, ROUNDS = 10 };
    server_t server;
    for (int round = 0; round < ROUNDS; round++) {
        EACH_BACKEND(&server)
        {
            int old[CLIENTS];
            int new[CLIENTS];
            server_start(&server);
            for (int i = 0; i < CLIENTS; i++) {
                client_say(old[i] = client_dial(&server), GET("/hello"));
                CHECK_READS(old[i], HELLO);
            }
            for (int i = 0; i < CLIENTS; i++) {
                client_say(old[i], i % 2 ? GET("/hello") : GET("/app"));
                client_say(new[i] = client_dial(&server), i % 2 ? GET("/hello") : GET("/app"));
            }
            for (int i = 0; i < CLIENTS; i++) client_await_arrival(old[i]), client_await_arrival(new[i]);
            CHECK_INT(HYP_OK, server_stop(&server, 30000));
            for (int i = 0; i < CLIENTS; i++) {
                CHECK_READS(old[i], "HTTP/1.1 200 OK\r\n");
                CHECK_READS(new[i], "HTTP/1.1 200 OK\r\n");
                close(old[i]);
                close(new[i]);
            }
        }
    }
}

TEST(loop_finishes_what_is_under_way_before_it_stops)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server_start(&server);
        int held = client_dial(&server);
        int reading = client_dial(&server);
        int writing = client_dial(&server);
        client_say(held, GET("/hold"));
        server_await_own(&server, &server.holding, 1);
        client_say(reading, GET("/big"));
        client_say(writing, "POST /app HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n");
        server_await(&server, &server_counters(&server)->static_requests, 1);
        server_await(&server, &server_counters(&server)->app_requests, 2);
        hyp_loop_stop(server.loop, 30000);
        client_say(writing, "body");
        server_release(&server);
        CHECK_READS(held, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nheld");
        CHECK_ENDS(held);
        CHECK_READS(writing, "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n/appbody");
        CHECK_ENDS(writing);
        static char got[sizeof BIG_HEAD - 1 + BIG_BYTES];
        CHECK_INT(sizeof got, client_read(reading, got, sizeof got));
        CHECK_ENDS(reading);
        CHECK_INT(HYP_OK, server_join(&server));
    }
}

TEST(loop_accepts_nobody_while_it_drains)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server_start(&server);
        int held = client_dial(&server);
        client_say(held, GET("/hold"));
        server_await_own(&server, &server.holding, 1);
        int idle = client_dial(&server);
        client_say(idle, GET("/hello"));
        CHECK_READS(idle, HELLO);
        hyp_loop_stop(server.loop, 30000);
        CHECK_ENDS(idle);
        int late = client_dial(&server);
        server_release(&server);
        CHECK_INT(HYP_OK, server_join(&server));
        CHECK_INT(2, server_counters(&server)->accepted);
        close(held);
        close(late);
    }
}

TEST(loop_ends_at_its_deadline)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server_start(&server);
        int held = client_dial(&server);
        client_say(held, GET("/hold"));
        server_await_own(&server, &server.holding, 1);
        hyp_loop_stop(server.loop, 60000);
        hyp_loop_stop(server.loop, 20);
        hyp_loop_stop(server.loop, 60000);
        hyp_msec_t before = hyp_clock_now();
        CHECK_INT(HYP_OK, server_join(&server));
        CHECK(hyp_clock_now() - before < PATIENCE_MS);
        CHECK_ENDS(held);
    }
}

/* server_free closes the loop before the worker has answered. */
TEST(loop_drops_answers_that_come_after_its_end)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server_start(&server);
        int held = client_dial(&server);
        int streamed = client_dial(&server);
        client_say(held, GET("/hold"));
        server_await_own(&server, &server.holding, 1);
        client_say(streamed, GET("/stream"));
        server_await(&server, &server_counters(&server)->app_requests, 2);
        CHECK_INT(HYP_OK, server_stop(&server, 0));
        hyp_loop_close(server.loop);
        server.config.limits.stream_bytes = SIZE_MAX; /* nobody tells the producer any more */
        server_release(&server);
        server_await_own(&server, &server.served, 2);
        close(held);
        close(streamed);
    }
}

/* ---- interrupts ---- */

TEST(loop_can_be_interrupted_and_goes_on)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server_start(&server);
        int fd = client_dial(&server);
        for (int i = 0; i < 20; i++) {
            client_say(fd, GET("/hello"));
            CHECK_READS(fd, HELLO);
            hyp_loop_interrupt(server.loop);
            CHECK_INT(HYP_INTERRUPTED, server_join(&server));
            server_start(&server);
        }
        close(fd);
    }
}

TEST(loop_sees_an_interrupt_that_came_before_it_ran)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server_open(&server);
        hyp_loop_interrupt(server.loop);
        CHECK_INT(HYP_INTERRUPTED, hyp_loop_run(server.loop));
    }
}

/* A backend that lets something happen at a chosen moment of the loop, and then does what the real one does. */
static struct {
    hyp_backend_ops_t ops;
    const hyp_backend_ops_t *real;
    void (*before_poll)(void *ctx, int timeout_ms);
    void *ctx;
} staged;

static hyp_status staged_poll(hyp_backend_t *backend, int timeout_ms)
{
    if (staged.before_poll) staged.before_poll(staged.ctx, timeout_ms);
    return staged.real->poll(backend, timeout_ms);
}

static void stage(server_t *server, void (*before_poll)(void *ctx, int timeout_ms))
{
    staged.real = server->config.backend;
    staged.before_poll = before_poll;
    staged.ctx = server;
    staged.ops = *staged.real;
    staged.ops.poll = staged_poll;
    server->config.backend = &staged.ops;
}

/* While a drain begins, the loop polls without waiting, and takes the interrupt's wake back. */
static void interrupt_when_draining(void *ctx, int timeout_ms)
{
    server_t *server = ctx;
    if (!server->loop->shared.draining || server->loop->draining || timeout_ms != 0) return;
    hyp_loop_interrupt(server->loop);
}

TEST(loop_sees_an_interrupt_that_comes_while_a_drain_begins)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        stage(&server, interrupt_when_draining);
        server_open(&server);
        int fd = client_dial(&server);
        client_say(fd, "GET");
        client_await_arrival(fd);
        hyp_loop_stop(server.loop, PATIENCE_MS);
        hyp_msec_t before = hyp_clock_now();
        CHECK_INT(HYP_INTERRUPTED, hyp_loop_run(server.loop));
        CHECK(hyp_clock_now() - before < PATIENCE_MS / 2);
        close(fd);
        CHECK_INT(HYP_OK, hyp_loop_run(server.loop));
    }
}

/* ---- time ---- */

static hyp_msec_t slept_until;

/* A long sleep that ends with somebody's arrival. */
static void sleep_and_dial(void *ctx, int timeout_ms)
{
    server_t *server = ctx;
    if (timeout_ms == 0 || slept_until != 0) return;
    usleep(30000);
    server->partial[0] = (char)client_dial(server);
    slept_until = hyp_clock_now();
    hyp_loop_interrupt(server->loop);
}

TEST(loop_counts_time_from_when_it_wakes)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        stage(&server, sleep_and_dial);
        slept_until = 0;
        server_open(&server);
        CHECK_INT(HYP_INTERRUPTED, hyp_loop_run(server.loop));
        const hyp_slot_t *slot = server.loop->pool.open_list;
        if (slot == NULL) continue;
        CHECK_INT(HYP_TIMER_HEAD, slot->timer.kind);
        CHECK(slot->timer.deadline >= slept_until + server.config.limits.head_timeout);
        close(server.partial[0]);
    }
}

TEST(loop_times_out_what_does_not_come)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        hyp_limits_t *limits = &server.config.limits;
        limits->head_timeout = limits->body_timeout = limits->idle_timeout = limits->linger_timeout = 30;
        server_start(&server);
        int fresh = client_dial(&server);
        int head = client_dial(&server);
        int body = client_dial(&server);
        int idle = client_dial(&server);
        client_say(head, "GET / HT");
        client_say(body, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nb");
        client_say(idle, GET("/hello"));
        CHECK_READS(idle, HELLO);
        CHECK_ENDS(idle);
        CHECK_ENDS(fresh);
        CHECK_READS(head, "HTTP/1.1 408 Request Timeout\r\n");
        CHECK_READS(body, "HTTP/1.1 408 Request Timeout\r\n");
        server_await(&server, &server_counters(&server)->open, 0); /* by the linger's time-out */
        CHECK_INT(2, server_counters(&server)->head_timeouts);
        CHECK_INT(1, server_counters(&server)->body_timeouts);
        CHECK_INT(1, server_counters(&server)->idle_timeouts);
        close(head);
        close(body);
    }
}

TEST(loop_times_out_who_does_not_read)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server.config.limits.write_timeout = 30;
        server_start(&server);
        int fd = client_dial(&server);
        client_say(fd, GET("/big"));
        server_await(&server, &server_counters(&server)->write_timeouts, 1);
        server_await(&server, &server_counters(&server)->open, 0);
        close(fd);
    }
}

/* ---- the listener ---- */

TEST(loop_ends_when_its_listener_does)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server_start(&server);
        CHECK_INT(0, shutdown(server.listener, SHUT_RDWR));
        CHECK_INT(-EINVAL, server_join(&server));
    }
}

/* In the descriptor's place may be something else by then. */
TEST(loop_by_hand_ends_when_its_listener_is_closed)
{
    for (int reused = 0; reused < 2; reused++) {
        server_t server;
        EACH_BACKEND(&server)
        {
            server.config.by_hand = true;
            server_start(&server);
            int fd = client_dial(&server);
            client_say(fd, GET("/hello"));
            CHECK_READS(fd, HELLO);
            if (reused) CHECK(dup2(fd, server.listener) >= 0);
            else close(server.listener);
            hyp_status status = server_join(&server);
            CHECK(status == -EBADF || status == -EINVAL);
            if (reused) close(server.listener);
            server.listener = -1;
            CHECK_ENDS(fd);
        }
    }
}

/* Runs in a child, whose limit it is. Answers the exit status: 0 when all was well. */
static int run_out_of_descriptors(const char *backend)
{
    enum { DIALS = 4, PAUSES = 3 };
    server_t server;
    int fds[DIALS];
    server_init(&server, backend);
    server_open(&server);
    rlim_t before = descriptor_limit();
    for (int i = 0; i < DIALS; i++) client_say(fds[i] = client_dial(&server), GET("/hello"));
    set_descriptor_limit(next_descriptor());
    server_start(&server);
    server_await(&server, &server_counters(&server)->accept_errors, PAUSES);
    uint64_t ticks = hyp_counter_read(&server_counters(&server)->ticks);
    if (ticks > 10 * PAUSES) return 1;
    set_descriptor_limit(before);
    for (int i = 0; i < DIALS; i++) CHECK_READS(fds[i], HELLO);
    if (hyp_counter_read(&server_counters(&server)->accepted) != DIALS) return 2;
    for (int i = 0; i < DIALS; i++) close(fds[i]);
    server_free(&server);
    return 0;
}

TEST(loop_pauses_when_descriptors_run_out_and_recovers)
{
    for (size_t n = 0; n < loop_backend_count; n++) {
        pid_t child = fork();
        ASSERT(child >= 0);
        if (child == 0) _exit(run_out_of_descriptors(loop_backends[n]));
        int status = -1;
        CHECK_INT(child, waitpid(child, &status, 0));
        CHECK_INT(0, status);
    }
}

/* ---- forks ---- */

static int leave_loop_alone(server_t *server)
{
    unsigned before = count_descriptors();
    hyp_loop_forget(server->loop);
    return count_descriptors() == before ? 0 : 1;
}

TEST(loop_can_be_given_up_by_a_forked_child)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server_start(&server);
        int fd = client_dial(&server);
        int held = client_dial(&server);
        client_say(held, GET("/hold"));
        server_await_own(&server, &server.holding, 1);
        pid_t child = fork();
        if (child == 0) _exit(leave_loop_alone(&server));
        int status = -1;
        CHECK_INT(child, waitpid(child, &status, 0));
        CHECK_INT(0, status);
        client_say(fd, GET("/hello"));
        CHECK_READS(fd, HELLO);
        server_release(&server);
        CHECK_READS(held, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nheld");
        close(fd);
        close(held);
    }
}
