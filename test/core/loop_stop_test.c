#include <unistd.h>

#include "loop_helpers.h"

static void run_once(server_t *server, unsigned *answered)
{
    server_start(server);
    if (answered) {
        int fd = client_dial(server);
        int other = client_dial(server);
        client_say(fd, GET("/hello") GET("/app"));
        CHECK_READS(fd, HELLO "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n/app");
        server_await_own(server, &server->served, ++*answered);
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
        unsigned answered = 0;
        unsigned before = count_descriptors();
        server_open(&server);
        for (int i = 0; i < HYP_TEST_ROUNDS(1000); i++) {
            run_once(&server, i % 20 == 0 ? &answered : NULL);
            CHECK_INT(HYP_OK, hyp_loop_new(&server.loop, &server.config));
            CHECK_INT(HYP_OK, hyp_loop_open(server.loop));
        }
        hyp_loop_close(server.loop);
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
    for (int i = 0; i < IDLE; i++)
        CHECK_ENDS(fds[i]);
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
    enum { CLIENTS = 40, ROUNDS = HYP_TEST_ROUNDS(10) };
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
            for (int i = 0; i < CLIENTS; i++)
                client_await_arrival(old[i]), client_await_arrival(new[i]);
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
        client_say(writing, "POST /app HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
        CHECK_READS(writing, "HTTP/1.1 100 Continue\r\n\r\n");
        server_await(&server, &server_counters(&server)->static_requests, 1);
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

static hyp_reply_t *stray_reply(hyp_flow_t *flow)
{
    hyp_reply_t *reply = hyp_reply_new(0);
    reply->to = (hyp_address_t){.slot = 0, .generation = 1};
    reply->tail = hyp_slice("x", 1);
    reply->owner = 1;
    reply->last = true;
    hyp_flow_retain(flow);
    reply->flow = flow;
    return reply;
}

static void check_lost(server_t *server, hyp_flow_t *flow)
{
    CHECK(hyp_flow_is_gone(flow));
    hyp_flow_release(flow);
    hyp_reply_t *returned = hyp_request_queue_take_back(server->queue);
    ASSERT(returned != NULL);
    CHECK(returned->next == NULL);
    hyp_reply_destroy(returned);
}

TEST(loop_gives_back_an_answer_to_nobody_and_tells_its_producer)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        hyp_flow_t *flow;
        server_open(&server);
        ASSERT(hyp_flow_new(&flow) == HYP_OK);
        hyp_outbox_push(hyp_loop_outbox(server.loop), stray_reply(flow));
        hyp_loop_stop(server.loop, 0);
        CHECK_INT(HYP_OK, hyp_loop_run(server.loop));
        CHECK_INT(1, server_counters(&server)->lost_replies);
        check_lost(&server, flow);

        ASSERT(hyp_flow_new(&flow) == HYP_OK);
        hyp_outbox_push(hyp_loop_outbox(server.loop), stray_reply(flow));
        hyp_loop_close(server.loop);
        check_lost(&server, flow);

        ASSERT(hyp_flow_new(&flow) == HYP_OK);
        hyp_outbox_push(hyp_loop_outbox(server.loop), stray_reply(flow));
        hyp_loop_destroy(server.loop);
        server.loop = NULL;
        check_lost(&server, flow);
    }
}

TEST(loop_ends_its_listener_when_it_is_the_only_one_there)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server.config.ends_listener = true;
        server_start(&server);
        int held = client_dial(&server);
        client_say(held, GET("/hold"));
        server_await_own(&server, &server.holding, 1);
        int idle = client_dial(&server);
        client_say(idle, GET("/hello"));
        CHECK_READS(idle, HELLO);
        hyp_loop_stop(server.loop, 30000);
        CHECK_ENDS(idle);
        CHECK(!client_can_dial(&server));
        server_release(&server);
        CHECK_READS(held, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nheld");
        CHECK_INT(HYP_OK, server_join(&server));
        close(held);
    }
}

TEST(loop_leaves_a_listener_that_others_go_on_with)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server.config.ends_listener = true;
        server_start(&server);
        int idle = client_dial(&server);
        client_say(idle, GET("/hello"));
        CHECK_READS(idle, HELLO);
        hyp_loop_set_keeps_listener(server.loop, true);
        hyp_loop_stop(server.loop, 30000);
        CHECK_ENDS(idle);
        CHECK_INT(HYP_OK, server_join(&server));
        CHECK(client_can_dial(&server));
    }
}
