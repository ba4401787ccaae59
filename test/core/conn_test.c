#include "conn_helpers.h"

#include "conn_pool.h"

TEST(conn_is_small)
{
    CHECK(sizeof(hyp_slot_t) <= 1024);
}

/* ---- static hits ---- */

typedef struct {
    const char *request;
    const char *answer;
    bool closes;
} exchange_t;

static const exchange_t hits[] = {
    {GET("/hello"), HELLO, false},
    {GET("/hello?a=1&b"), HELLO, false},
    {GET("/hello?"), HELLO, false},
    {GET("http://b/hello"), HELLO, false},
    {"\r\n" GET("/hello"), HELLO, false},
    {"HEAD /hello HTTP/1.1\r\n" HOST "\r\n", HELLO_HEAD, false},
    {"HEAD /hello HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", HELLO_CLOSE_HEAD, true},
    {"GET /hello HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", HELLO_CLOSE, true},
    {"GET /hello HTTP/1.1\r\n" HOST "Connection: keep-alive\r\n\r\n", HELLO, false},
    {"GET /hello HTTP/1.0\r\n\r\n", HELLO_CLOSE, true},
    {"GET /hello HTTP/1.0\r\nConnection: close\r\n\r\n", HELLO_CLOSE, true},
    {"GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", HELLO_KEEP_ALIVE, false},
    {"GET /hello HTTP/1.1\r\n" HOST "Upgrade: x\r\nConnection: upgrade\r\n\r\n", HELLO, false},
    {POST("/thanks", "Content-Length: 3\r\n") "abc", THANKS, false},
    {POST("/thanks", "Content-Length: 0\r\n"), THANKS, false},
    {POST("/thanks", "Transfer-Encoding: chunked\r\n") "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nA: b\r\n\r\n", THANKS, false},
    {POST("/thanks", "Transfer-Encoding: chunked\r\n") "0\r\n\r\n", THANKS, false},
    {GET("/hello") GET("/hello") GET("/hello"), HELLO HELLO HELLO, false},
    {GET("/hello") POST("/thanks", "Content-Length: 3\r\n") "abc" GET("/hello"), HELLO THANKS HELLO, false},
};

static void check_exchange(hyp_client_t *client, const exchange_t *exchange, hyp_want want)
{
    CHECK_INT(exchange->closes ? HYP_WANT_CLOSE : HYP_WANT_RECV, want);
    CHECK_SENT(client, exchange->answer);
    CHECK(!client->shut);
    if (!exchange->closes) CHECK_INT(HYP_TIMER_IDLE, client_timer(client));
    client_close(client);
}

TEST(conn_answers_a_static_hit_whole)
{
    for (size_t i = 0; i < sizeof hits / sizeof *hits; i++) {
        hyp_client_t client;
        client_open(&client);
        check_exchange(&client, &hits[i], client_says(&client, hits[i].request));
    }
}

TEST(conn_answers_a_static_hit_byte_by_byte)
{
    for (size_t i = 0; i < sizeof hits / sizeof *hits; i++) {
        hyp_client_t client;
        client_open(&client);
        check_exchange(&client, &hits[i], client_drips(&client, hits[i].request));
    }
}

TEST(conn_answers_a_static_hit_cut_anywhere)
{
    for (size_t i = 0; i < sizeof hits / sizeof *hits; i++) {
        size_t len = strlen(hits[i].request);
        for (size_t cut = 1; cut < len; cut++) {
            hyp_client_t client;
            client_open(&client);
            client_sends(&client, hits[i].request, cut);
            check_exchange(&client, &hits[i], client_says(&client, hits[i].request + cut));
        }
    }
}

TEST(conn_answers_a_static_hit_sent_byte_by_byte)
{
    for (size_t i = 0; i < sizeof hits / sizeof *hits; i++) {
        hyp_client_t client;
        client_open(&client);
        client.send_step = 1;
        check_exchange(&client, &hits[i], client_says(&client, hits[i].request));
    }
}

TEST(conn_goes_on_after_a_static_hit)
{
    hyp_client_t client;
    client_open(&client);
    CHECK_INT(HYP_TIMER_HEAD, client_timer(&client));
    for (int i = 0; i < 3; i++) {
        CHECK_INT(HYP_WANT_RECV, client_says(&client, GET("/hello")));
        CHECK_SENT(&client, HELLO);
        CHECK(hyp_conn_is_idle(&client.conn));
    }
    CHECK_INT(3, client.counters.static_requests);
    CHECK_INT(0, client.counters.refused_requests);
    client_close(&client);
}

TEST(conn_shows_the_present_date)
{
    hyp_client_t client;
    client_open(&client);
    memcpy(client.clock.date, "Mon, 07 Nov 1994 00:00:00 GMT", HYP_DATE_LEN);
    client_says(&client, GET("/hello"));
    CHECK_SENT(&client, "HTTP/1.1 200 OK\r\ndate: Mon, 07 Nov 1994 00:00:00 GMT\r\ncontent-length: 5\r\n\r\nhello");
    client_close(&client);
}

TEST(conn_ignores_what_follows_a_close)
{
    hyp_client_t client;
    client_open(&client);
    CHECK_INT(HYP_WANT_RECV, client_says(&client, "GET /hello HTTP/1.0\r\n\r\n" GET("/hello")));
    CHECK_SENT(&client, HELLO_CLOSE);
    CHECK(client.shut);
    CHECK_INT(HYP_TIMER_LINGER, client_timer(&client));
    CHECK_INT(1, client.counters.static_requests);
    client_close(&client);
}

TEST(conn_looks_into_every_route_set_in_order)
{
    hyp_client_t client;
    hyp_route_set_t *second;
    client_open(&client);
    CHECK_INT(HYP_OK, hyp_route_set_new(&second));
    CHECK_INT(HYP_OK, hyp_route_set_put(second, HYP_METHOD_GET, HYP_SLICE("/hello"), HYP_ROUTE_BLOCK, NULL, 1));
    CHECK_INT(HYP_OK, hyp_route_set_put(second, HYP_METHOD_GET, HYP_SLICE("/second"), HYP_ROUTE_BLOCK, NULL, 2));
    hyp_route_reader_free(&client.shared.routes[1]);
    hyp_route_reader_init(&client.shared.routes[1], second);
    client_says(&client, GET("/hello") GET("/second"));
    CHECK_SENT(&client, HELLO);
    ASSERT(client.request != NULL);
    CHECK_INT(2, client.request->route->handler);
    client_close(&client);
    hyp_route_set_release(second);
}

/* ---- hooks ---- */

TEST(conn_collects_static_hits_when_hooks_want_them)
{
    hyp_client_t client;
    size_t cursor = 0;
    hyp_method method;
    hyp_slice_t path;
    client_open(&client);
    client_says(&client, GET("/hello"));
    CHECK(client.shared.hits == NULL);
    client.shared.collects_hits = true;
    client_says(&client, GET("/hello?x") "HEAD /big HTTP/1.1\r\n" HOST "\r\n");
    ASSERT(client.shared.hits != NULL);
    CHECK_INT(2, client.shared.hits->count);
    CHECK(hyp_hits_next(client.shared.hits, &cursor, &method, &path));
    CHECK_INT(HYP_METHOD_GET, method);
    CHECK_BYTES("/hello", path.ptr, path.len);
    CHECK(hyp_hits_next(client.shared.hits, &cursor, &method, &path));
    CHECK_INT(HYP_METHOD_HEAD, method);
    CHECK_BYTES("/big", path.ptr, path.len);
    client_close(&client);
}

/* ---- requests for Ruby ---- */

TEST(conn_dispatches_a_block_route)
{
    hyp_client_t client;
    client_open(&client);
    CHECK_INT(HYP_WANT_REPLY, client_says(&client, GET("/block?q")));
    CHECK_INT(HYP_TIMER_NONE, client_timer(&client));
    ASSERT(client.request != NULL && client.request->route != NULL);
    CHECK_INT(7, client.request->route->handler);
    CHECK(client.request->keep_alive);
    CHECK_INT(1, client.counters.block_requests);
    CHECK_INT(HYP_WANT_RECV, client_is_answered(&client, "answer", LAST));
    CHECK_SENT(&client, "answer");
    CHECK_INT(1, client.counters.replies);
    CHECK_INT(HYP_TIMER_IDLE, client_timer(&client));
    client_close(&client);
}

TEST(conn_keeps_a_route_that_is_removed_while_its_request_waits)
{
    hyp_client_t client;
    client_open(&client);
    client_says(&client, GET("/block"));
    CHECK_INT(HYP_OK, hyp_route_set_clear(client.set, -1));
    hyp_route_reader_refresh(&client.shared.routes[0]);
    ASSERT(client.request != NULL);
    CHECK_INT(7, client.request->route->handler);
    client_is_answered(&client, "answer", LAST);
    CHECK_INT(HYP_WANT_REPLY, client_says(&client, GET("/block")));
    CHECK(client.request->route == NULL);
    client_close(&client);
}

TEST(conn_dispatches_to_the_application_what_no_route_serves)
{
    hyp_client_t client;
    client_open(&client);
    CHECK_INT(HYP_WANT_REPLY, client_says(&client, "BREW /pot HTTP/1.1\r\n" HOST "\r\n"));
    ASSERT(client.request != NULL);
    CHECK(client.request->route == NULL);
    CHECK_INT(HYP_METHOD_OTHER, client.request->method);
    CHECK_INT(1, client.counters.app_requests);
    client_close(&client);
}

TEST(conn_tells_a_request_whether_its_connection_goes_on)
{
    hyp_client_t client;
    client_open(&client);
    client_says(&client, "GET / HTTP/1.0\r\n\r\n");
    CHECK(!client.request->keep_alive);
    CHECK_INT(HYP_WANT_CLOSE, client_is_answered(&client, "answer", LAST | CLOSES));
    CHECK_SENT(&client, "answer");
    client_close(&client);
}

TEST(conn_answers_404_without_an_application)
{
    hyp_client_t client;
    client_open(&client);
    client.shared.has_application = false;
    client_says(&client, GET("/nowhere"));
    CHECK_REFUSED(&client, 404);
    client_close(&client);
}

TEST(conn_answers_pipelined_requests_in_order)
{
    hyp_client_t client;
    client_open(&client);
    CHECK_INT(HYP_WANT_REPLY, client_says(&client, GET("/hello") GET("/one") GET("/hello") GET("/block") GET("/two")));
    CHECK_SENT(&client, HELLO);
    CHECK_INT(HYP_WANT_REPLY, client_is_answered(&client, "one", LAST));
    CHECK_SENT(&client, "one" HELLO);
    CHECK_INT(HYP_WANT_REPLY, client_is_answered(&client, "block", LAST));
    CHECK_INT(HYP_WANT_RECV, client_is_answered(&client, "two", LAST));
    CHECK_SENT(&client, "blocktwo");
    CHECK_INT(3, client.taken);
    client_close(&client);
}

TEST(conn_gives_no_request_away_before_earlier_answers_are_sent)
{
    hyp_client_t client;
    client_open(&client);
    client.window = 10;
    CHECK_INT(HYP_WANT_SEND, client_says(&client, GET("/hello") GET("/one")));
    CHECK_INT(0, client.taken);
    CHECK_INT(HYP_TIMER_WRITE, client_timer(&client));
    CHECK_INT(HYP_WANT_REPLY, client_reads_all(&client));
    CHECK_SENT(&client, HELLO);
    CHECK_INT(1, client.taken);
    client_close(&client);
}
