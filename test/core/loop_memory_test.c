#include <errno.h>
#include <unistd.h>

#include "failing_allocator.h"
#include "loop_helpers.h"

static const char *const requests[] = {
    GET("/hello"),
    GET("/app") GET("/hello"),
    "nonsense\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "POST /app HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nbody",
};

#define CLIENTS (sizeof requests / sizeof *requests)

/* Takes everybody in, drains and ends, while one allocation fails. False when fewer were asked for. */
static bool fails_at(server_t *server, long failing)
{
    int fds[CLIENTS];
    hyp_loop_set_has_handoff(server->loop, true);
    hyp_loop_set_collects_hits(server->loop, true);
    for (size_t i = 0; i < CLIENTS; i++)
        client_say(fds[i] = client_dial(server), requests[i]);
    for (size_t i = 0; i < CLIENTS; i++)
        client_await_arrival(fds[i]);
    hyp_loop_stop(server->loop, 20);
    fail_allocation_after(failing);
    CHECK_INT(HYP_OK, hyp_loop_run(server->loop));
    bool failed = stop_failing_allocations();
    CHECK_INT(0, server_counters(server)->open);
    CHECK_INT(0, server_counters(server)->idle);
    if (!failed) CHECK_READS(fds[0], HELLO_CLOSE);
    for (size_t i = 0; i < CLIENTS; i++)
        close(fds[i]);
    return failed;
}

static bool survives(const char *backend, long failing)
{
    server_t server;
    unsigned before = count_descriptors();
    server_init(&server, backend);
    server_open(&server);
    bool failed = fails_at(&server, failing);
    server_free(&server);
    CHECK_INT(before, count_descriptors());
    return failed;
}

TEST(loop_survives_every_failing_allocation)
{
    if (!allocations_can_fail()) return;
    for (size_t n = 0; n < loop_backend_count; n++) {
        long failing = 0;
        while (failing < 100 && survives(loop_backends[n], failing))
            failing++;
        CHECK(failing > 0 && failing < 100);
    }
}

/* Making a loop, opening it; without an optional backend that fails there is the default one. */
static bool can_begin(server_t *server, long failing)
{
    hyp_loop_t *loop = NULL;
    fail_allocation_after(failing);
    hyp_status status = hyp_loop_new(&loop, &server->config);
    if (status == HYP_OK) status = hyp_loop_open(loop);
    bool failed = stop_failing_allocations();
    bool refused = loop && hyp_loop_refusal(loop) == -ENOMEM;
    CHECK_INT(failed && !refused ? HYP_NO_MEMORY : HYP_OK, status);
    if (loop) hyp_loop_destroy(loop);
    return !failed;
}

TEST(loop_tells_when_it_cannot_begin)
{
    server_t server;
    if (!allocations_can_fail()) return;
    EACH_BACKEND(&server)
    {
        unsigned before = count_descriptors();
        long failing = 0;
        while (failing < 100 && !can_begin(&server, failing))
            failing++;
        CHECK(failing > 0 && failing < 100);
        CHECK_INT(before, count_descriptors());
    }
}
