#include <errno.h>
#include <unistd.h>

#include "loop_conn.h"
#include "loop_helpers.h"

/* ---- accepts that fail ---- */

/* A backend whose accepts fail as often as it is told, and are then those of the real one. */
static struct {
    hyp_backend_ops_t ops;
    const hyp_backend_ops_t *real;
    server_t *server;
    hyp_status status;
    unsigned failures_left;
} failing;

static hyp_status failing_poll(hyp_backend_t *backend, int timeout_ms)
{
    hyp_loop_t *loop = failing.server->loop;
    if (!loop->accepting || failing.failures_left == 0) return failing.real->poll(backend, timeout_ms);
    failing.failures_left--;
    hyp_backend_events_t events = hyp_loop_events(loop);
    events.on_round(events.ctx);
    events.on_accept_error(events.ctx, failing.status);
    return HYP_OK;
}

static void make_accepts_fail(server_t *server, hyp_status status, unsigned times)
{
    failing.real = server->config.backend;
    failing.server = server;
    failing.status = status;
    failing.failures_left = times;
    failing.ops = *failing.real;
    failing.ops.poll = failing_poll;
    server->config.backend = &failing.ops;
}

TEST(loop_pauses_after_any_accept_that_fails_and_tells_it_once)
{
    static const int errors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM, ENETDOWN, EPROTO};
    enum { FAILURES = 3 };
    server_t server;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        EACH_BACKEND(&server)
        {
            make_accepts_fail(&server, -errors[i], FAILURES);
            server_start(&server);
            int fd = client_dial(&server);
            client_say(fd, GET("/hello"));
            CHECK_READS(fd, HELLO);
            CHECK_INT(FAILURES, hyp_counter_read(&server_counters(&server)->accept_errors));
            CHECK(hyp_counter_read(&server_counters(&server)->ticks) <= 100 * FAILURES); /* a spin has thousands */
            server_await_own(&server, &server.troubles, 1);
            close(fd);
            CHECK_INT(HYP_OK, server_stop(&server, 0));
            CHECK_INT(1, server.troubles);
            CHECK_INT(-errors[i], server.trouble);
        }
    }
}

/* ---- connections for which there is no room ---- */

static hyp_status refuse_to_send(hyp_backend_t *backend, hyp_io_t *io, const struct iovec *iov, int count, size_t *sent)
{
    (void)backend, (void)io, (void)iov, (void)count, (void)sent;
    return -ENOSPC;
}

TEST(loop_closes_whom_its_backend_cannot_send_to_and_tells_it_once)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        hyp_backend_ops_t ops = *server.config.backend;
        ops.arm_send = refuse_to_send;
        server.config.backend = &ops;
        server_start(&server);
        for (int i = 0; i < 3; i++) {
            int fd = client_dial(&server);
            client_say(fd, GET("/hello"));
            CHECK_ENDS(fd);
        }
        server_await_own(&server, &server.troubles, 1);
        CHECK_INT(HYP_OK, server_stop(&server, 0));
        CHECK_INT(1, server.troubles);
        CHECK_INT(-ENOSPC, server.trouble);
        hyp_loop_close(server.loop);
    }
}

/* A backend that finds out after the fact that it cannot wait for a connection's bytes. */
static struct {
    const hyp_backend_ops_t *real;
    server_t *server;
    hyp_io_t *io;
} forgetful;

static void forget_to_receive(hyp_backend_t *backend, hyp_io_t *io)
{
    (void)backend;
    forgetful.io = io;
}

static hyp_status poll_and_remember(hyp_backend_t *backend, int timeout_ms)
{
    hyp_status status = forgetful.real->poll(backend, forgetful.io ? 0 : timeout_ms);
    hyp_backend_events_t events = hyp_loop_events(forgetful.server->loop);
    hyp_io_t *io = forgetful.io;
    forgetful.io = NULL;
    if (io) events.on_recv(events.ctx, io, -ENOMEM, NULL, 0);
    return status;
}

TEST(loop_closes_whom_its_backend_cannot_receive_from_and_tells_it_once)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        hyp_backend_ops_t ops = *server.config.backend;
        forgetful.real = server.config.backend;
        forgetful.server = &server;
        ops.arm_recv = forget_to_receive;
        ops.poll = poll_and_remember;
        server.config.backend = &ops;
        server_start(&server);
        for (int i = 0; i < 3; i++)
            CHECK_ENDS(client_dial(&server));
        server_await_own(&server, &server.troubles, 1);
        CHECK_INT(HYP_OK, server_stop(&server, 0));
        CHECK_INT(1, server.troubles);
        CHECK_INT(-ENOMEM, server.trouble);
        hyp_loop_close(server.loop);
    }
}

/* ---- bodies that cannot be kept ---- */

TEST(loop_answers_503_where_no_file_can_be_made_and_tells_it_once)
{
    static const char refusal[] = "HTTP/1.1 503 ";
    server_t server;
    EACH_BACKEND(&server)
    {
        server.config.has_application = true;
        server.config.limits.body_memory_bytes = 2;
        strcpy(server.config.limits.body_directory, "/nowhere/at/all");
        server_start(&server);
        for (int i = 0; i < 3; i++) {
            char bytes[512] = "";
            int fd = client_dial(&server);
            client_say(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde");
            CHECK(client_read(fd, bytes, sizeof bytes - 1) > sizeof refusal);
            CHECK_MEM(refusal, sizeof refusal - 1, bytes, sizeof refusal - 1);
            CHECK(strstr(bytes, "retry-after: 1\r\n") != NULL);
            close(fd);
        }
        server_await_own(&server, &server.troubles, 1);
        CHECK_INT(HYP_OK, server_stop(&server, 0));
        CHECK_INT(1, server.troubles);
        CHECK_INT(-ENOENT, server.trouble);
        CHECK_INT(0, server.served);
    }
}
