#include <stdlib.h>

#include "conn_helpers.h"
#include "failing_allocator.h"

/* ---- bounds ---- */

#define FLOOD 500

TEST(conn_makes_no_more_output_than_its_bound)
{
    hyp_client_t client;
    char requests[FLOOD * sizeof GET("/hello")] = "";
    client_open(&client);
    client.limits.output_bytes = 1000;
    client.window = 0;
    for (char *at = requests; at < requests + FLOOD * (sizeof GET("/hello") - 1);)
        at = stpcpy(at, GET("/hello"));
    CHECK_INT(HYP_WANT_SEND, client_says(&client, requests));
    CHECK(hyp_buf_len(&client.conn.out) < 1000 + sizeof HELLO);
    for (size_t taken = 0; taken < FLOOD * (sizeof HELLO - 1); taken += 100) {
        CHECK(hyp_conn_want(&client.conn, &client.shared) == HYP_WANT_SEND);
        CHECK(hyp_buf_len(&client.conn.out) < 1000 + sizeof HELLO);
        client_reads(&client, 100);
    }
    CHECK_INT(HYP_WANT_RECV, hyp_conn_want(&client.conn, &client.shared));
    CHECK_INT(FLOOD * (sizeof HELLO - 1), hyp_buf_len(&client.sent));
    CHECK_INT(FLOOD, client.counters.static_requests);
    client_close(&client);
}

TEST(conn_makes_one_answer_however_small_the_bound)
{
    hyp_client_t client;
    client_open(&client);
    client.limits.output_bytes = 0;
    CHECK_INT(HYP_WANT_RECV, client_drips(&client, GET("/hello") GET("/hello")));
    CHECK_SENT(&client, HELLO HELLO);
    client_close(&client);
}

/* How much of it goes is looked at when the time is over. */
TEST(conn_gives_an_answer_no_more_time_for_a_part_of_it)
{
    hyp_client_t client;
    client_open(&client);
    client.window = 10;
    client_says(&client, GET("/big"));
    (void)hyp_conn_timer_restarts(&client.conn);
    CHECK_INT(HYP_WANT_SEND, client_settle(&client));
    CHECK(!hyp_conn_timer_restarts(&client.conn));
    CHECK_INT(HYP_WANT_SEND, client_reads(&client, 1));
    CHECK_INT(HYP_TIMER_WRITE, client_timer(&client));
    CHECK(!hyp_conn_timer_restarts(&client.conn));
    client_close(&client);
}

/* ---- long static answers ---- */

#define BIG_HEAD HEAD_OF("200 OK", "content-length: 100000\r\n")

/* Takes a whole answer of /big from the front of what was sent. */
static void check_big(hyp_client_t *client)
{
    size_t head = sizeof BIG_HEAD - 1;
    const char *bytes = hyp_buf_ptr(&client->sent);
    ASSERT(hyp_buf_len(&client->sent) >= head + BIG_BYTES);
    CHECK_MEM(BIG_HEAD, head, bytes, head);
    size_t right = 0;
    while (right < BIG_BYTES && bytes[head + right] == (char)('a' + right % 23))
        right++;
    CHECK_INT(BIG_BYTES, right);
    hyp_buf_consume(&client->sent, head + BIG_BYTES);
}

TEST(conn_sends_a_long_body_from_where_it_is)
{
    hyp_client_t client;
    client_open(&client);
    client.window = 10;
    CHECK_INT(HYP_WANT_SEND, client_says(&client, GET("/big")));
    CHECK(hyp_buf_len(&client.conn.out) < 200);
    CHECK_INT(HYP_WANT_RECV, client_reads_all(&client));
    check_big(&client);
    client_close(&client);
}

TEST(conn_sends_a_long_body_in_any_pieces)
{
    static const size_t steps[] = {1, 50, 83, 84, 1000, 99999, BIG_BYTES};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        hyp_client_t client;
        client_open(&client);
        client.send_step = steps[i];
        client.window = 0;
        client_says(&client, GET("/hello") GET("/big") GET("/big") GET("/hello"));
        hyp_want want = HYP_WANT_SEND;
        while (want == HYP_WANT_SEND)
            want = client_reads(&client, 997);
        CHECK_INT(HYP_WANT_RECV, want);
        CHECK_MEM(HELLO, sizeof HELLO - 1, hyp_buf_ptr(&client.sent), sizeof HELLO - 1);
        hyp_buf_consume(&client.sent, sizeof HELLO - 1);
        check_big(&client);
        check_big(&client);
        CHECK_SENT(&client, HELLO);
        client_close(&client);
    }
}

TEST(conn_sends_no_long_body_for_head)
{
    hyp_client_t client;
    client_open(&client);
    CHECK_INT(HYP_WANT_RECV, client_says(&client, "HEAD /big HTTP/1.1\r\n" HOST "\r\n"));
    CHECK_SENT(&client, BIG_HEAD);
    client_close(&client);
}

TEST(conn_keeps_a_long_body_whose_route_is_removed)
{
    hyp_client_t client;
    client_open(&client);
    client.window = 1000;
    CHECK_INT(HYP_WANT_SEND, client_says(&client, GET("/big")));
    CHECK_INT(HYP_OK, hyp_route_set_clear(client.set, -1));
    hyp_route_reader_refresh(&client.shared.routes[0]);
    CHECK_INT(HYP_WANT_RECV, client_reads_all(&client));
    check_big(&client);
    client_close(&client);
}

TEST(conn_sends_a_long_body_behind_a_request_body)
{
    hyp_client_t client;
    client_open(&client);
    client.window = 1000;
    client_says(&client, "GET /big HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\n");
    CHECK_INT(HYP_WANT_SEND, client_says(&client, "abc" GET("/hello")));
    CHECK_INT(HYP_WANT_RECV, client_reads_all(&client));
    check_big(&client);
    CHECK_SENT(&client, HELLO);
    client_close(&client);
}

TEST(conn_lets_go_of_a_long_body_when_it_ends_early)
{
    hyp_client_t client;
    client_open(&client);
    client.window = 1000;
    client_says(&client, GET("/big"));
    hyp_conn_on_error(&client.conn);
    CHECK_INT(HYP_WANT_CLOSE, client_settle(&client));
    client_close(&client);
}

/* ---- replies ---- */

TEST(conn_sends_an_answer_in_pieces)
{
    static const size_t steps[] = {1, 2, 3, 4, 5, 6, 7, 8, SIZE_MAX};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        hyp_client_t client;
        client_open(&client);
        client.send_step = steps[i];
        client_says(&client, GET("/"));
        CHECK_INT(HYP_WANT_REPLY, client_gets(&client, reply_of("abc", "defg", PIECE)));
        CHECK_INT(1, client.given_back);
        CHECK_INT(HYP_WANT_REPLY, client_gets(&client, reply_of("", "hi", PIECE)));
        CHECK_INT(HYP_WANT_REPLY, client_gets(&client, reply_of("j", NULL, PIECE)));
        CHECK_INT(HYP_WANT_REPLY, client_gets(&client, reply_of("", NULL, PIECE)));
        CHECK_INT(HYP_WANT_REPLY, client_gets(&client, reply_of("", "", PIECE)));
        CHECK_INT(HYP_WANT_RECV, client_gets(&client, reply_of("k", "lm", LAST)));
        CHECK_SENT(&client, "abcdefghijklm");
        CHECK_INT(4, client.given_back);
        CHECK_INT(1, client.counters.replies);
        client_close(&client);
    }
}

TEST(conn_sends_pieces_that_wait_for_each_other)
{
    hyp_client_t client;
    client_open(&client);
    client.window = 2;
    client_says(&client, GET("/") GET("/hello"));
    CHECK_INT(HYP_WANT_SEND, client_gets(&client, reply_of("abc", "defg", PIECE)));
    for (int i = 0; i < 10; i++)
        CHECK_INT(HYP_WANT_SEND, client_gets(&client, reply_of("", i % 2 ? "x" : NULL, PIECE)));
    CHECK_INT(HYP_WANT_SEND, client_gets(&client, reply_of("yz", NULL, LAST)));
    CHECK_INT(0, client.given_back);
    CHECK_INT(HYP_WANT_SEND, client_reads(&client, 4));
    CHECK_INT(0, client.given_back);
    CHECK_INT(HYP_WANT_SEND, client_reads(&client, 1));
    CHECK_INT(1, client.given_back);
    CHECK_INT(HYP_WANT_RECV, client_reads_all(&client));
    CHECK_SENT(&client, "abcdefgxxxxxyz" HELLO);
    CHECK_INT(6, client.given_back);
    client_close(&client);
}

TEST(conn_takes_an_answer_while_earlier_output_waits)
{
    hyp_client_t client;
    client_open(&client);
    client.window = 0;
    CHECK_INT(HYP_WANT_SEND, client_says(&client, POST("/", "Content-Length: 1\r\nExpect: 100-continue\r\n")));
    CHECK_INT(HYP_WANT_SEND, client_says(&client, "a"));
    CHECK_INT(HYP_WANT_REPLY, client_reads(&client, sizeof CONTINUE_100 - 1));
    CHECK_INT(HYP_WANT_SEND, client_is_answered(&client, "answer", LAST));
    CHECK_INT(HYP_WANT_RECV, client_reads_all(&client));
    CHECK_SENT(&client, CONTINUE_100 "answer");
    client_close(&client);
}

TEST(conn_ends_with_an_answer_that_closes)
{
    hyp_client_t client;
    client_open(&client);
    client.window = 1;
    client_says(&client, GET("/"));
    CHECK_INT(HYP_WANT_SEND, client_is_answered(&client, "answer", LAST | CLOSES));
    CHECK_INT(HYP_WANT_CLOSE, client_reads_all(&client));
    CHECK_SENT(&client, "answer");
    CHECK(!client.shut);
    client_close(&client);
}

TEST(conn_lingers_when_requests_wait_behind_an_answer_that_closes)
{
    hyp_client_t client;
    client_open(&client);
    client_says(&client, GET("/") GET("/hello"));
    CHECK_INT(HYP_WANT_RECV, client_is_answered(&client, "answer", LAST | CLOSES));
    CHECK_SENT(&client, "answer");
    CHECK(client.shut);
    CHECK(client.conn.in.data == NULL);
    client_close(&client);
}

TEST(conn_ends_with_an_empty_answer_that_closes)
{
    hyp_client_t client;
    client_open(&client);
    client_says(&client, GET("/"));
    client_is_answered(&client, "endless", PIECE);
    CHECK_INT(HYP_WANT_CLOSE, client_is_answered(&client, "", LAST | CLOSES));
    CHECK_SENT(&client, "endless");
    client_close(&client);
}

TEST(conn_closes_at_once_when_an_answer_is_aborted)
{
    hyp_client_t client;
    client_open(&client);
    client_says(&client, GET("/"));
    client_is_answered(&client, "begun", PIECE);
    CHECK_INT(HYP_WANT_CLOSE, client_gets(&client, reply_of("", NULL, ABORTS)));
    CHECK_SENT(&client, "begun");
    CHECK_INT(0, client.counters.replies);
    client_close(&client);
}

TEST(conn_sends_nothing_of_the_piece_that_aborts)
{
    hyp_client_t client;
    client_open(&client);
    client.window = 3;
    client_says(&client, GET("/"));
    CHECK_INT(HYP_WANT_SEND, client_is_answered(&client, "begun", PIECE));
    client_gets(&client, reply_of("never", "sent", ABORTS));
    CHECK_INT(HYP_WANT_CLOSE, client_reads_all(&client));
    CHECK_SENT(&client, "begun");
    client_close(&client);
    CHECK_INT(1, client.given_back);
}

/* ---- the producer's window ---- */

static hyp_reply_t *with_flow(hyp_reply_t *reply, hyp_flow_t *flow)
{
    hyp_flow_retain(flow);
    hyp_flow_add(flow, reply->len + reply->tail.len);
    reply->flow = flow;
    return reply;
}

TEST(conn_tells_a_producer_what_has_been_sent)
{
    hyp_client_t client;
    hyp_flow_t *flow;
    ASSERT(hyp_flow_new(&flow) == HYP_OK);
    client_open(&client);
    client.window = 0;
    client_says(&client, GET("/"));
    client_gets(&client, with_flow(reply_of("abc", "defg", PIECE), flow));
    client_gets(&client, with_flow(reply_of("", NULL, PIECE), flow));
    client_gets(&client, with_flow(reply_of("", "hij", LAST), flow));
    CHECK_INT(10, flow->unsent);
    client_reads(&client, 5);
    CHECK_INT(5, flow->unsent);
    client_reads(&client, 3);
    CHECK_INT(2, flow->unsent);
    client_reads_all(&client);
    CHECK_INT(0, flow->unsent);
    CHECK(!hyp_flow_is_gone(flow));
    CHECK_INT(1, flow->refs);
    client_close(&client);
    hyp_flow_release(flow);
}

TEST(conn_tells_a_producer_that_its_client_has_gone)
{
    hyp_client_t client;
    hyp_flow_t *flow;
    ASSERT(hyp_flow_new(&flow) == HYP_OK);
    client_open(&client);
    client.window = 1;
    client_says(&client, GET("/"));
    client_gets(&client, with_flow(reply_of("abc", "defg", PIECE), flow));
    client_gets(&client, with_flow(reply_of("hi", NULL, PIECE), flow));
    CHECK_INT(HYP_WANT_CLOSE, client_times_out(&client));
    CHECK(!hyp_flow_is_gone(flow));
    client_close(&client);
    CHECK(hyp_flow_is_gone(flow));
    CHECK_INT(1, client.given_back);
    CHECK_INT(1, flow->refs);
    hyp_flow_release(flow);
}

TEST(conn_gives_back_what_it_cannot_send_any_more)
{
    hyp_client_t client;
    client_open(&client);
    client_says(&client, GET("/"));
    hyp_conn_on_error(&client.conn);
    CHECK_INT(HYP_WANT_CLOSE, client_gets(&client, reply_of("late", "answer", LAST)));
    client_close(&client);
    CHECK_INT(1, client.given_back);
    CHECK_INT(0, hyp_buf_len(&client.sent));
}

/* A backend that has taken bytes and could not send them gives them back, to go before what has come since. */
TEST(conn_takes_unsent_bytes_back)
{
    hyp_client_t client;
    client_open(&client);
    client.window = 0;
    client_says(&client, GET("/hello"));
    hyp_conn_timer_restarts(&client.conn);
    hyp_conn_on_unsent(&client.conn, "before", 6);
    CHECK(hyp_conn_timer_restarts(&client.conn));
    CHECK_INT(HYP_WANT_RECV, client_reads_all(&client));
    CHECK_SENT(&client, "before" HELLO);
    hyp_conn_on_unsent(&client.conn, "alone", 5);
    CHECK_INT(HYP_WANT_RECV, client_reads_all(&client));
    CHECK_SENT(&client, "alone");
    client_close(&client);
}

TEST(conn_ends_when_unsent_bytes_find_no_memory)
{
    if (!allocations_can_fail()) return;
    for (long failing = 0; failing < 2; failing++) {
        static const char unsent[1024];
        hyp_client_t client;
        client_open(&client);
        client.window = 0;
        client_says(&client, GET("/hello"));
        fail_allocation_after(failing);
        hyp_conn_on_unsent(&client.conn, unsent, sizeof unsent);
        CHECK(stop_failing_allocations());
        CHECK_INT(HYP_WANT_CLOSE, client_settle(&client));
        client_close(&client);
    }
}
