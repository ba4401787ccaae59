#include <stdio.h>
#include <unistd.h>

#include "loop_helpers.h"

/* Without an application and without a worker: jobs are run between two runs of the loop. */
static void open_by_hand(server_t *server)
{
    server->config.by_hand = true;
    server->config.has_application = false;
    server_open(server);
}

/* Runs until the loop has been stopped; answers how often jobs were submitted. */
static unsigned run(server_t *server)
{
    unsigned pending = 0;
    hyp_status status;
    while ((status = hyp_loop_run(server->loop)) == HYP_PENDING) {
        server_run_jobs(server);
        pending++;
    }
    CHECK_INT(HYP_OK, status);
    server_run_jobs(server);
    return pending;
}

static void run_briefly(server_t *server)
{
    hyp_loop_stop(server->loop, PATIENCE_MS);
    run(server);
}

TEST(loop_by_hand_runs_blocks_between_its_rounds)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        open_by_hand(&server);
        int fd = client_dial(&server);
        client_say(fd, GET("/block") GET("/hello"));
        client_await_arrival(fd);
        run_briefly(&server);
        CHECK_READS(fd, "HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\n/block");
        close(fd);
    }
}

TEST(loop_by_hand_hands_off_what_it_does_not_serve)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        open_by_hand(&server);
        hyp_loop_set_has_handoff(server.loop, true);
        int fd = client_dial(&server);
        client_say(fd, GET("/hello") GET("/other") GET("/hello"));
        client_await_arrival(fd);
        CHECK_INT(HYP_PENDING, hyp_loop_run(server.loop));
        server_run_jobs(&server);
        CHECK_READS(fd, HELLO "taken over");
        CHECK_ENDS(fd);
        CHECK_STR(GET("/other") GET("/hello"), server.partial);
        CHECK_INT(1, server_counters(&server)->handoffs);
        CHECK_INT(0, server_counters(&server)->open);
    }
}

TEST(loop_by_hand_tells_hits_in_one_job)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        open_by_hand(&server);
        hyp_loop_set_collects_hits(server.loop, true);
        int fds[10];
        for (int i = 0; i < 10; i++)
            client_say(fds[i] = client_dial(&server), GET("/hello"));
        for (int i = 0; i < 10; i++)
            client_await_arrival(fds[i]);
        run_briefly(&server);
        for (int i = 0; i < 10; i++) {
            CHECK_READS(fds[i], HELLO_CLOSE);
            CHECK_ENDS(fds[i]);
        }
        CHECK_INT(10, server.hits);
    }
}

TEST(loop_by_hand_gives_answers_their_owner_back)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        open_by_hand(&server);
        hyp_loop_set_has_handoff(server.loop, true);
        int fd = client_dial(&server);
        client_say(fd, "POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
        client_await_arrival(fd);
        run_briefly(&server);
        CHECK_READS(fd, "taken over");
        CHECK_STR("POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", server.partial);
        close(fd);
    }
}

/* Somebody with hundreds of requests under way does not keep the others out until the last of them is answered. */
TEST(loop_by_hand_serves_others_between_the_requests_of_a_pipeline)
{
    enum { REQUESTS = 300 };
    server_t server;
    EACH_BACKEND(&server)
    {
        char requests[REQUESTS * sizeof GET("/block")] = "";
        char *at = requests;
        for (int i = 0; i < REQUESTS; i++)
            at = stpcpy(at, GET("/block"));
        open_by_hand(&server);
        int busy = client_dial(&server);
        int other = -1;
        client_say(busy, requests);
        client_await_arrival(busy);
        while (server_counters(&server)->static_requests == 0 && server.served < REQUESTS) {
            ASSERT(hyp_loop_run(server.loop) == HYP_PENDING);
            server_run_jobs(&server);
            if (other >= 0) continue;
            client_say(other = client_dial(&server), GET("/hello"));
            client_await_arrival(other);
        }
        CHECK(server.served < 10);
        CHECK_READS(other, HELLO);
        close(busy);
        close(other);
    }
}
