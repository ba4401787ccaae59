#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "loop_helpers.h"

/* ---- serving ---- */

TEST(loop_serves_static_routes_blocks_and_the_application)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server_start(&server);
        int fd = client_dial(&server);
        for (int i = 0; i < 3; i++) {
            client_say(fd, GET("/hello"));
            CHECK_READS(fd, HELLO);
            client_say(fd, GET("/app"));
            CHECK_READS(fd, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n/app");
            client_say(fd, GET("/block"));
            CHECK_READS(fd, "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n/block");
        }
        client_say(fd, "POST /app HTTP/1.0\r\nContent-Length: 4\r\n\r\nbody");
        CHECK_READS(fd, "HTTP/1.1 200 OK\r\ncontent-length: 8\r\nconnection: close\r\n\r\n/appbody");
        CHECK_ENDS(fd);
        server_await(&server, &server_counters(&server)->open, 0);
        CHECK_INT(1, server_counters(&server)->accepted);
        CHECK_INT(3, server_counters(&server)->static_requests);
        CHECK_INT(4, server_counters(&server)->app_requests);
        CHECK_INT(3, server_counters(&server)->block_requests);
        CHECK_INT(7, server_counters(&server)->replies);
        CHECK_INT(0, server_counters(&server)->idle);
        CHECK_INT(HYP_OK, server_stop(&server, 1000));
    }
}

#define PIPELINE 400

TEST(loop_answers_a_pipeline_in_order)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        char requests[PIPELINE * 64] = "";
        char answers[PIPELINE * 128] = "";
        char *request = requests;
        char *answer = answers;
        for (int i = 0; i < PIPELINE; i++) {
            bool app = i % 3 == 0;
            request += sprintf(request, "GET /%s%03d HTTP/1.1\r\nHost: a\r\n\r\n", app ? "" : "hello?", i);
            if (app) answer += sprintf(answer, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n/%03d", i);
            else answer = stpcpy(answer, HELLO);
        }
        server_start(&server);
        int fd = client_dial(&server);
        client_say(fd, requests);
        CHECK_READS(fd, answers);
        close(fd);
    }
}

TEST(loop_tells_who_the_client_is)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server_start(&server);
        int fd = client_dial(&server);
        client_say(fd, GET("/peer"));
        CHECK_READS(fd, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n127.0.0.1");
        close(fd);
    }
}

TEST(loop_serves_a_unix_socket)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        sprintf(address.sun_path, "/tmp/hyperion-loop-test-%ld", (long)getpid());
        int listener = socket(AF_UNIX, SOCK_STREAM, 0);
        ASSERT(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
        ASSERT(listen(listener, 5) == 0);
        server.config.listener_fd = listener;
        server_start(&server);
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        CHECK_INT(0, connect(fd, (struct sockaddr *)&address, sizeof address));
        client_say(fd, GET("/hello") GET("/peer"));
        CHECK_READS(fd, HELLO "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        close(fd);
        CHECK_INT(HYP_OK, server_stop(&server, 1000));
        close(listener);
        unlink(address.sun_path);
    }
}

TEST(loop_refuses_nonsense_and_lingers)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server_start(&server);
        int fd = client_dial(&server);
        client_say(fd, "nonsense\r\n");
        CHECK_READS(fd, "HTTP/1.1 400 Bad Request\r\n");
        client_say(fd, "more of it");
        char rest[512];
        CHECK(client_read(fd, rest, sizeof rest) > 0);
        CHECK_INT(1, server_counters(&server)->open);
        close(fd);
        server_await(&server, &server_counters(&server)->open, 0);
        CHECK_INT(1, server_counters(&server)->refused_requests);
    }
}

TEST(loop_sends_much_to_a_slow_reader_and_serves_others_meanwhile)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        static char got[BIG_BYTES];
        server_start(&server);
        int slow = client_dial(&server);
        int quick = client_dial(&server);
        client_say(slow, GET("/big") GET("/hello"));
        for (int i = 0; i < 20; i++) {
            client_say(quick, GET("/hello"));
            CHECK_READS(quick, HELLO);
            CHECK_INT(1000, client_read(slow, got, 1000));
        }
        size_t left = sizeof BIG_HEAD - 1 + BIG_BYTES - 20000;
        while (left > 0) {
            size_t part = client_read(slow, got, left < sizeof got ? left : sizeof got);
            if (part == 0) break;
            left -= part;
        }
        CHECK_INT(0, left);
        CHECK_READS(slow, HELLO);
        close(slow);
        close(quick);
    }
}

/* Output that one client does not take must not get into another's. */
TEST(loop_keeps_the_output_of_each_client_apart)
{
    enum { REQUESTS = 1000, BODY_BYTES = 16000 };
    server_t server;
    EACH_BACKEND(&server)
    {
        static char body[BODY_BYTES + 1];
        static char requests[REQUESTS * sizeof GET("/most")];
        static char got[BODY_BYTES + 100];
        memset(body, 'm', BODY_BYTES);
        server_put(&server, "/most", body);
        char *at = requests;
        for (int i = 0; i < REQUESTS; i++)
            at = stpcpy(at, GET("/most"));
        server_start(&server);
        int slow = client_dial(&server);
        int quick = client_dial(&server);
        client_say(slow, requests);
        for (int i = 0; i < 200; i++) {
            client_say(quick, GET("/hello"));
            CHECK_READS(quick, HELLO);
        }
        size_t len = strlen("HTTP/1.1 200 OK\r\ncontent-length: 16000\r\n\r\n") + BODY_BYTES;
        int right = 0;
        while (right < REQUESTS && client_read(slow, got, len) == len &&
               memcmp(got + len - BODY_BYTES, body, BODY_BYTES) == 0)
            right++;
        CHECK_INT(REQUESTS, right);
        close(slow);
        close(quick);
    }
}

TEST(loop_streams_as_fast_as_the_client_reads)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        static char got[STREAM_PIECES * STREAM_PIECE_BYTES + 1];
        server.config.limits.stream_bytes = STREAM_PIECE_BYTES;
        server_start(&server);
        int fd = client_dial(&server);
        client_say(fd, GET("/stream"));
        CHECK_INT(sizeof got - 1, client_read(fd, got, sizeof got));
        close(fd);
        server_await_own(&server, &server.streams_ended, 1);
        CHECK_INT(HYP_OK, server.stream_status);
        CHECK_INT(HYP_OK, server_stop(&server, 1000));
        hyp_loop_close(server.loop);
        CHECK_INT(0, server_counters(&server)->lost_replies);
    }
}

TEST(loop_tells_a_stream_that_its_client_has_gone)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        char got[1000];
        server.config.limits.stream_bytes = STREAM_PIECE_BYTES;
        server_start(&server);
        int fd = client_dial(&server);
        int size = 4096;
        CHECK_INT(0, setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size));
        client_say(fd, GET("/stream"));
        CHECK_INT(sizeof got, client_read(fd, got, sizeof got));
        client_reset(fd);
        server_await_own(&server, &server.streams_ended, 1);
        CHECK_INT(HYP_CLOSED, server.stream_status);
        server_await(&server, &server_counters(&server)->lost_replies, 1);
        CHECK_INT(0, server_counters(&server)->open);
    }
}

/* Nobody can be told of an end that has come, and the loop sleeps. */
TEST(loop_does_not_spin_for_who_hangs_up_while_he_waits)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server_start(&server);
        int fd = client_dial(&server);
        int other = client_dial(&server);
        client_say(fd, GET("/hold"));
        client_say(other, GET("/hold"));
        server_await_own(&server, &server.holding, 1);
        server_await(&server, &server_counters(&server)->app_requests, 2);
        close(fd);
        client_reset(other);
        uint64_t before = hyp_counter_read(&server_counters(&server)->ticks);
        hyp_msec_t began = hyp_clock_now();
        usleep(30000);
        uint64_t rounds = hyp_counter_read(&server_counters(&server)->ticks) - before;
        CHECK(rounds <= 10 + 2 * (hyp_clock_now() - began)); /* one of the two waits in the queue: the loop naps */
        server_release(&server);
        server_await(&server, &server_counters(&server)->open, 0);
    }
}

TEST(loop_closes_when_an_answer_is_given_up)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server_start(&server);
        int fd = client_dial(&server);
        client_say(fd, GET("/abort"));
        CHECK_READS(fd, "begun");
        CHECK_ENDS(fd);
        server_await(&server, &server_counters(&server)->open, 0);
    }
}

TEST(loop_answers_503_when_the_queue_is_full)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server.config.limits.queued_requests = 1;
        server_start(&server);
        int held = client_dial(&server);
        client_say(held, GET("/hold"));
        server_await_own(&server, &server.holding, 1);
        int queued = client_dial(&server);
        client_say(queued, GET("/app"));
        server_await(&server, &server_counters(&server)->app_requests, 2);
        int refused = client_dial(&server);
        client_say(refused, GET("/app"));
        CHECK_READS(refused, "HTTP/1.1 503 Service Unavailable\r\n");
        close(refused);
        server_release(&server);
        CHECK_READS(held, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nheld");
        CHECK_READS(queued, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n/app");
        CHECK_INT(1, server_counters(&server)->overload_requests);
        close(held);
        close(queued);
    }
}

static void check_refused_while_waiting(server_t *server)
{
    int held = client_dial(server);
    client_say(held, GET("/hold"));
    server_await_own(server, &server->holding, 1);
    int late = client_dial(server);
    client_say(late, GET("/app"));
    CHECK_READS(late, "HTTP/1.1 503 Service Unavailable\r\n");
    CHECK_INT(1, server_counters(server)->queue_timeouts);
    CHECK_INT(0, server_counters(server)->overload_requests);
    CHECK(server_counters(server)->queue_timeout_msec >= 30);
    CHECK(server_counters(server)->queue.sum >= 30000);
    CHECK_INT(0, hyp_request_queue_length(server->queue));
    server_release(server);
    CHECK_READS(held, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nheld");
    close(held);
    close(late);
}

/* By itself: the workers may never come. */
TEST(loop_refuses_who_waits_too_long_for_a_worker)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server.config.limits.queue_timeout = 30;
        server_start(&server);
        check_refused_while_waiting(&server);
    }
}

/* As when the workers have ended before the loop. */
TEST(loop_refuses_what_a_closed_queue_does_not_take)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server_open(&server);
        hyp_request_queue_close(server.queue);
        hyp_loop_set_has_handoff(server.loop, true);
        hyp_loop_set_collects_hits(server.loop, true);
        server_start(&server);
        int fd = client_dial(&server);
        client_say(fd, GET("/hello"));
        CHECK_READS(fd, HELLO);
        client_say(fd, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        CHECK_ENDS(fd);
        fd = client_dial(&server);
        client_say(fd, GET("/app"));
        CHECK_READS(fd, "HTTP/1.1 503 Service Unavailable\r\n");
        close(fd);
    }
}

/* ---- routes and hooks that change ---- */

TEST(loop_sees_a_route_from_the_moment_it_is_put)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        char answer[100];
        server_start(&server);
        int fd = client_dial(&server);
        client_say(fd, GET("/hello"));
        CHECK_READS(fd, HELLO);
        for (int i = 100; i < 200; i++) {
            char body[16];
            sprintf(body, "v%d", i);
            server_put(&server, "/new", body);
            client_say(fd, GET("/new"));
            sprintf(answer, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n%s", body);
            CHECK_READS(fd, answer);
        }
        CHECK_INT(HYP_OK, hyp_route_set_remove(server.set, HYP_METHOD_GET, HYP_SLICE("/new")));
        client_say(fd, GET("/new"));
        CHECK_READS(fd, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n/new");
        close(fd);
    }
}

static void *swap_routes(void *arg)
{
    server_t *server = arg;
    for (int i = 0; i < 2000; i++)
        server_put(server, "/swapped", i % 2 ? "first" : "other");
    return NULL;
}

TEST(loop_answers_whole_routes_while_they_are_swapped)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        pthread_t thread;
        server_put(&server, "/swapped", "first");
        server_start(&server);
        ASSERT(pthread_create(&thread, NULL, swap_routes, &server) == 0);
        int fd = client_dial(&server);
        for (int i = 0; i < 500; i++) {
            char got[sizeof HELLO] = "";
            client_say(fd, GET("/swapped"));
            CHECK_INT(sizeof HELLO - 1, client_read(fd, got, sizeof HELLO - 1));
            const char *body = got + sizeof HELLO - 1 - 5;
            CHECK(strcmp(body, "first") == 0 || strcmp(body, "other") == 0);
        }
        CHECK_INT(0, pthread_join(thread, NULL));
        close(fd);
    }
}

TEST(loop_collects_hits_when_hooks_want_them)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server_start(&server);
        int fd = client_dial(&server);
        client_say(fd, GET("/hello"));
        CHECK_READS(fd, HELLO);
        hyp_loop_set_collects_hits(server.loop, true);
        client_say(fd, GET("/hello") GET("/hello"));
        CHECK_READS(fd, HELLO HELLO);
        server_await_own(&server, &server.hits, 2);
        close(fd);
    }
}

TEST(loop_hands_other_protocols_off)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        server_start(&server);
        hyp_loop_set_has_handoff(server.loop, true);
        int fd = client_dial(&server);
        client_say(fd, GET("/hello"));
        CHECK_READS(fd, HELLO);
        client_say(fd, preface);
        CHECK_READS(fd, "taken over");
        CHECK_ENDS(fd);
        server_await_own(&server, &server.handoffs, 1);
        CHECK_STR(preface, server.partial);
        CHECK_INT(1, server_counters(&server)->handoffs);
        CHECK_INT(0, server_counters(&server)->open);
    }
}
