#include <unistd.h>

#include "loop_conn.h"
#include "loop_helpers.h"

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
