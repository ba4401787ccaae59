/* What a connection tells the access log. */
#include "conn_log.h"

#include "conn_helpers.h"
#include "failing_allocator.h"

#define RING_BYTES 65536

static hyp_client_t client;
static hyp_log_event_t event;

static void open_logged(void)
{
    client_open(&client);
    CHECK_INT(HYP_OK, hyp_access_log_new(&client.shared.log, NULL, HYP_LOG_JSON, 1, RING_BYTES));
    client.shared.log_ring = hyp_access_log_ring(client.shared.log, 0);
}

static void close_logged(void)
{
    hyp_access_log_t *log = client.shared.log;
    hyp_access_log_retain(log);
    client_close(&client);
    CHECK(hyp_log_ring_is_empty(hyp_access_log_ring(log, 0)));
    hyp_access_log_destroy(log);
    hyp_access_log_release(log);
}

static bool next_event(void)
{
    bool is_there = hyp_log_ring_take(client.shared.log_ring, &event);
    if (is_there) hyp_log_ring_drop(client.shared.log_ring);
    return is_there;
}

#define CHECK_TEXT(literal, which) CHECK_BYTES(literal, event.texts[which].ptr, event.texts[which].len)

TEST(conn_log_tells_a_static_hit_at_once)
{
    open_logged();
    client_says(&client, "GET /hello?a=b HTTP/1.1\r\nHost: a\r\nReferer: there\r\nUser-Agent: tool\r\n\r\n");
    CHECK(next_event());
    CHECK_INT(200, event.facts.status);
    CHECK_INT(5, event.facts.bytes);
    CHECK_INT(1, event.facts.minor);
    CHECK_TEXT("GET", HYP_LOG_METHOD);
    CHECK_TEXT("/hello?a=b", HYP_LOG_TARGET);
    CHECK_TEXT("there", HYP_LOG_REFERER);
    CHECK_TEXT("tool", HYP_LOG_AGENT);
    close_logged();
}

TEST(conn_log_tells_an_answer_once_it_is_out)
{
    open_logged();
    client_drips(&client, GET("/app"));
    client_is_answered(&client, "HTTP/1.1 103 Early Hints\r\n\r\n", PIECE);
    client_is_answered(&client, "HTTP/1.1 201 Created\r\ncontent-length: 6\r\n\r\nabc", PIECE);
    CHECK(!next_event());
    client_is_answered(&client, "def", LAST);
    CHECK(next_event());
    CHECK_INT(201, event.facts.status);
    CHECK_INT(6, event.facts.bytes);
    CHECK_TEXT("/app", HYP_LOG_TARGET);
    close_logged();
}

TEST(conn_log_tells_pipelined_requests_in_order)
{
    open_logged();
    client_says(&client, GET("/1") GET("/hello") GET("/2"));
    client_is_answered(&client, "HTTP/1.1 200 OK\r\n\r\n", LAST);
    client_is_answered(&client, "HTTP/1.1 404 Not Found\r\n\r\n", LAST);
    CHECK(next_event());
    CHECK_TEXT("/1", HYP_LOG_TARGET);
    CHECK(next_event());
    CHECK_TEXT("/hello", HYP_LOG_TARGET);
    CHECK(next_event());
    CHECK_TEXT("/2", HYP_LOG_TARGET);
    CHECK_INT(404, event.facts.status);
    close_logged();
}

TEST(conn_log_tells_what_is_no_request_by_its_first_line)
{
    open_logged();
    client_says(&client, "\r\nNON\x01SENSE\r\nHost: a\r\n\r\n");
    CHECK(next_event());
    CHECK(event.facts.unparsed);
    CHECK_INT(400, event.facts.status);
    CHECK_TEXT("NON\x01SENSE", HYP_LOG_TARGET);
    close_logged();
}

TEST(conn_log_tells_a_refusal_of_what_was_a_request)
{
    open_logged();
    client.limits.body_bytes = 3;
    client_says(&client, POST("/app", "Content-Length: 4\r\n"));
    CHECK(next_event());
    CHECK(!event.facts.unparsed);
    CHECK_INT(413, event.facts.status);
    CHECK_TEXT("/app", HYP_LOG_TARGET);
    close_logged();
}

TEST(conn_log_tells_of_a_body_that_did_not_come)
{
    open_logged();
    client_says(&client, POST("/thanks", "Content-Length: 4\r\n"));
    CHECK(!next_event());
    client_times_out(&client);
    CHECK(next_event());
    CHECK_INT(408, event.facts.status);
    CHECK_TEXT("/thanks", HYP_LOG_TARGET);
    close_logged();
}

TEST(conn_log_tells_of_a_client_that_went_before_its_answer)
{
    open_logged();
    client_says(&client, GET("/app"));
    hyp_conn_log_leave(&client.conn, &client.shared);
    CHECK(next_event());
    CHECK_INT(HYP_LOG_STATUS_GONE, event.facts.status);
    CHECK_TEXT("/app", HYP_LOG_TARGET);
    close_logged();
}

TEST(conn_log_counts_what_finds_no_place)
{
    open_logged();
    for (int i = 0; i < RING_BYTES / 32; i++)
        client_says(&client, GET("/hello"));
    CHECK(atomic_load(&client.counters.log_lines_lost) > 0);
    unsigned told = 0;
    while (next_event())
        told++;
    CHECK_INT(RING_BYTES / 32, told + atomic_load(&client.counters.log_lines_lost));
    close_logged();
}

TEST(conn_log_tells_of_a_static_route_once_its_body_has_come)
{
    open_logged();
    client_says(&client, POST("/thanks", "Content-Length: 4\r\n") "abc");
    CHECK(!next_event());
    client_says(&client, "d");
    CHECK(next_event());
    CHECK_INT(200, event.facts.status);
    CHECK_INT(6, event.facts.bytes);
    CHECK_TEXT("/thanks", HYP_LOG_TARGET);
    close_logged();
}

TEST(conn_log_tells_that_no_body_answers_head)
{
    open_logged();
    client_says(&client, "HEAD /hello HTTP/1.1\r\n" HOST "\r\n");
    CHECK(next_event());
    CHECK_INT(200, event.facts.status);
    CHECK_INT(0, event.facts.bytes);
    client_says(&client, "HEAD /app HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\n");
    client_times_out(&client);
    CHECK(next_event());
    CHECK_INT(408, event.facts.status);
    CHECK_INT(0, event.facts.bytes);
    close_logged();
}

TEST(conn_log_tells_of_a_head_that_did_not_end)
{
    open_logged();
    client_says(&client, "GET /app HTTP/1.1\r\nHost");
    client_times_out(&client);
    CHECK(next_event());
    CHECK(event.facts.unparsed);
    CHECK_INT(408, event.facts.status);
    CHECK_INT(sizeof "Request Timeout", event.facts.bytes);
    CHECK_TEXT("GET /app HTTP/1.1", HYP_LOG_TARGET);
    close_logged();
}

TEST(conn_log_tells_of_health)
{
    open_logged();
    CHECK_INT(HYP_OK, hyp_route_set_put(client.set, HYP_METHOD_GET, HYP_SLICE("/up"), HYP_ROUTE_HEALTH, NULL, 0));
    hyp_route_reader_refresh(&client.shared.routes[0]);
    client_says(&client, GET("/up"));
    CHECK(next_event());
    CHECK_INT(200, event.facts.status);
    CHECK(event.facts.bytes > 0);
    CHECK_TEXT("/up", HYP_LOG_TARGET);
    close_logged();
}

/* What has said no PROXY header is told by its first line, not as a request. */
TEST(conn_log_tells_of_a_proxy_that_says_nothing_of_itself)
{
    hyp_networks_t networks = {0};
    open_logged();
    CHECK_INT(HYP_OK, hyp_networks_add(&networks, HYP_SLICE("10.0.0.0/8")));
    client.shared.proxy_protocol = &networks;
    hyp_conn_set_peer(&client.conn, &client.shared, "10.0.0.9");
    client_says(&client, GET("/hello"));
    CHECK(next_event());
    CHECK(event.facts.unparsed);
    CHECK_INT(400, event.facts.status);
    CHECK_TEXT("GET /hello HTTP/1.1", HYP_LOG_TARGET);
    CHECK_TEXT("10.0.0.9", HYP_LOG_CLIENT);
    close_logged();
}

/* Who cannot be told of is answered all the same. */
TEST(conn_log_does_without_memory)
{
    static const char *const asked[] = {GET("/app"), "GET /app HTTP/1.1\r\nHost"};
    if (!allocations_can_fail()) return;
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        for (long failing = 0; failing < 20; failing++) {
            open_logged();
            CHECK_INT(HYP_OK, hyp_buf_reserve(&client.sent, 4096));
            fail_allocation_after(failing);
            hyp_want want = client_says(&client, asked[i]);
            if (want == HYP_WANT_RECV && !client.shut) want = client_times_out(&client);
            stop_failing_allocations();
            if (want == HYP_WANT_REPLY) client_is_answered(&client, "HTTP/1.1 200 OK\r\n\r\n", LAST);
            CHECK(hyp_buf_len(&client.sent) > 0 || hyp_conn_want(&client.conn, &client.shared) == HYP_WANT_CLOSE);
            unsigned told = next_event();
            CHECK(!next_event());
            CHECK(told == 1 || failing < 10);
            close_logged();
        }
    }
}
