#include <unistd.h>

#include "loop_conn.h"
#include "loop_helpers.h"

TEST(loop_can_be_interrupted_and_goes_on)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server.goes_on = true;
        server_start(&server);
        int fd = client_dial(&server);
        for (unsigned i = 1; i <= 20; i++) {
            client_say(fd, GET("/hello"));
            CHECK_READS(fd, HELLO);
            hyp_loop_interrupt(server.loop);
            server_await_own(&server, &server.interruptions, i);
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

/* When a drain's grace ends, the loop polls without waiting, and takes the interrupt's wake back. */
static void interrupt_when_grace_ends(void *ctx, int timeout_ms)
{
    server_t *server = ctx;
    const hyp_loop_t *loop = server->loop;
    if (loop->draining && loop->clock.now >= loop->drain_next && timeout_ms == 0) hyp_loop_interrupt(server->loop);
}

TEST(loop_sees_an_interrupt_that_comes_during_a_drain)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        stage(&server, interrupt_when_grace_ends);
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

static int asking_client;

/* The loop ends its run with a request that it has taken and not yet given away. */
static void ask_and_interrupt(void *ctx, int timeout_ms)
{
    server_t *server = ctx;
    if (timeout_ms == 0) return;
    if (asking_client >= 0) {
        hyp_loop_interrupt(server->loop);
        return;
    }
    client_say(asking_client = client_dial(server), GET("/app"));
    client_await_arrival(asking_client);
}

TEST(loop_drops_what_it_has_not_given_away_when_it_is_closed)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        stage(&server, ask_and_interrupt);
        asking_client = -1;
        server_open(&server);
        CHECK_INT(HYP_INTERRUPTED, hyp_loop_run(server.loop));
        CHECK_INT(1, server_counters(&server)->app_requests);
        CHECK_INT(1, server.loop->jobs.count);
        hyp_loop_close(server.loop);
        CHECK_ENDS(asking_client);
    }
}

static int fresh_client;

/* The request of a connection that was accepted before the drain. */
static void ask_while_draining(void *ctx, int timeout_ms)
{
    const server_t *server = ctx;
    if (!server->loop->draining || timeout_ms == 0 || fresh_client < 0) return;
    client_say(fresh_client, GET("/hello"));
    client_await_arrival(fresh_client);
    fresh_client = -1;
}

TEST(loop_lets_who_has_just_come_bring_a_request)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        stage(&server, ask_while_draining);
        server_open(&server);
        int fd = fresh_client = client_dial(&server);
        hyp_loop_stop(server.loop, PATIENCE_MS);
        CHECK_INT(HYP_OK, hyp_loop_run(server.loop));
        CHECK_READS(fd, HELLO_CLOSE);
        CHECK_ENDS(fd);
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
