#include "conn_helpers.h"
#include "route_counters.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"

static hyp_route_counters_t routes[HYP_COUNTED_ROUTES];

static hyp_route_counters_t *route_named(const char *name)
{
    for (unsigned i = 0; i < HYP_COUNTED_ROUTES; i++) {
        if (routes[i].name_len == strlen(name) && memcmp(routes[i].name, name, strlen(name)) == 0) return &routes[i];
    }
    hyp_test_fail(__FILE__, __LINE__, "no route is named %s", name);
    return &routes[0];
}

static void open_counted(hyp_client_t *client)
{
    client_open(client);
    memset((void *)routes, 0, sizeof routes);
    client->shared.route_counters = routes;
    client->shared.counted_set = client->set;
}

TEST(conn_counters_tell_status_classes)
{
    hyp_client_t client;
    client_open(&client);
    client_says(&client, GET("/hello") GET("/hello"));
    CHECK_INT(2, client.counters.responses_2xx);
    client_says(&client, GET("/app"));
    client_is_answered(&client, "HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n", LAST);
    CHECK_INT(1, client.counters.responses_3xx);
    client_says(&client, GET("/app"));
    client_is_answered(&client, "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", LAST);
    CHECK_INT(1, client.counters.responses_5xx);
    client_says(&client, "nonsense\r\n\r\n");
    CHECK_INT(1, client.counters.responses_4xx);
    client_close(&client);
}

TEST(conn_counters_see_one_answer_in_interim_ones_and_pieces)
{
    hyp_client_t client;
    client_open(&client);
    client_says(&client, GET("/app"));
    client_is_answered(&client, "HTTP/1.1 103 Early Hints\r\n\r\n", PIECE);
    client_is_answered(&client, "HTTP/1.1 103 Early Hints\r\n\r\n", PIECE);
    client_is_answered(&client, "HTTP/1.1 404 Not Found\r\ncontent-length: 26\r\n\r\n", PIECE);
    client_is_answered(&client, "HTTP/1.1 200 is some body\n", LAST);
    CHECK_INT(2, client.counters.responses_1xx);
    CHECK_INT(1, client.counters.responses_4xx);
    CHECK_INT(0, client.counters.responses_2xx);
    client_close(&client);
}

TEST(conn_counters_do_not_see_an_answer_that_is_given_up)
{
    hyp_client_t client;
    client_open(&client);
    client_says(&client, GET("/app"));
    client_is_answered(&client, "", LAST | ABORTS);
    CHECK_INT(0, client.counters.responses_1xx + client.counters.responses_2xx + client.counters.responses_5xx);
    client_close(&client);
}

TEST(conn_counters_measure_up_to_the_last_byte)
{
    hyp_client_t client;
    client_open(&client);
    client.clock.usec = 1000;
    client_says(&client, GET("/app"));
    client.window = 10;
    client.clock.usec = 2000;
    client_is_answered(&client, OK_HEAD "ok", LAST);
    CHECK_INT(0, client.counters.latency.sum);
    client.clock.usec = 5000;
    client_reads_all(&client);
    CHECK_INT(4000, client.counters.latency.sum);
    CHECK_INT(1, client.counters.latency.buckets[hyp_bucket_of(4000)]);
    client_close(&client);
}

TEST(conn_counters_measure_from_the_whole_request)
{
    hyp_client_t client;
    client_open(&client);
    client.clock.usec = 1000;
    client_says(&client, POST("/app", "Content-Length: 2\r\n"));
    client.clock.usec = 9000;
    client_says(&client, "ok");
    CHECK_INT(9000, client.request->asked_at);
    client.clock.usec = 9100;
    client_is_answered(&client, OK_HEAD "ok", LAST);
    CHECK_INT(100, client.counters.latency.sum);
    client_close(&client);
}

TEST(conn_counters_tell_routes_apart)
{
    hyp_client_t client;
    open_counted(&client);
    client_says(&client, GET("/hello") GET("/hello?q") "HEAD /hello HTTP/1.1\r\n" HOST "\r\n");
    client_says(&client, POST("/thanks", "Content-Length: 1\r\n") "x");
    client_says(&client, GET("/block"));
    client.clock.usec += 300;
    client_is_answered(&client, OK_HEAD "ok", LAST);
    client_says(&client, GET("/app"));
    client.clock.usec += 200;
    client_is_answered(&client, OK_HEAD "ok", LAST);

    CHECK_INT(3, route_named("GET /hello")->requests);
    CHECK_INT(1, route_named("POST /thanks")->requests);
    CHECK_INT(1, route_named("GET /block")->requests);
    CHECK_INT(300, route_named("GET /block")->latency.sum);
    CHECK_INT(200, client.counters.latency.sum);
    client_close(&client);
}

TEST(conn_counters_know_a_route_that_comes_again)
{
    hyp_client_t client;
    open_counted(&client);
    for (int i = 0; i < 3; i++) {
        client_says(&client, GET("/block"));
        client_is_answered(&client, OK_HEAD "ok", LAST);
        CHECK_INT(HYP_OK, hyp_route_set_remove(client.set, HYP_METHOD_GET, HYP_SLICE("/block")));
        CHECK_INT(HYP_OK, hyp_route_set_put(client.set, HYP_METHOD_GET, HYP_SLICE("/block"), HYP_ROUTE_BLOCK, NULL, 7));
        hyp_route_reader_refresh(&client.shared.routes[0]);
    }
    CHECK_INT(3, route_named("GET /block")->requests);
    client_close(&client);
}

TEST(conn_counters_put_routes_without_a_number_together)
{
    hyp_client_t client;
    open_counted(&client);
    char request[] = "GET /r00 HTTP/1.1\r\n" HOST "\r\n";
    for (unsigned i = 0; i < HYP_COUNTED_ROUTES + 5; i++) {
        request[6] = (char)('0' + i / 10);
        request[7] = (char)('0' + i % 10);
        hyp_slice_t path = hyp_slice(request + 4, 4);
        CHECK_INT(HYP_OK, hyp_route_set_put(client.set, HYP_METHOD_GET, path, HYP_ROUTE_BLOCK, NULL, 7));
        hyp_route_reader_refresh(&client.shared.routes[0]);
        client_says(&client, request);
        client_is_answered(&client, OK_HEAD "ok", LAST);
    }
    uint64_t all = 0;
    for (unsigned i = 0; i < HYP_COUNTED_ROUTES; i++)
        all += routes[i].requests;
    CHECK_INT(HYP_COUNTED_ROUTES + 5, all);
    CHECK(routes[HYP_COUNTED_ROUTES - 1].requests > 5);
    CHECK_INT(0, routes[HYP_COUNTED_ROUTES - 1].name_len);
    client_close(&client);
}

TEST(conn_counters_cut_a_long_name)
{
    char path[300];
    memset(path, 'x', sizeof path);
    path[0] = '/';
    hyp_route_set_t *set;
    CHECK_INT(HYP_OK, hyp_route_set_new(&set));
    CHECK_INT(HYP_OK, hyp_route_set_put(set, HYP_METHOD_GET, hyp_slice(path, sizeof path), HYP_ROUTE_BLOCK, NULL, 7));
    hyp_route_t *route = hyp_route_set_find(set, HYP_METHOD_GET, hyp_slice(path, sizeof path));
    hyp_route_counters_t place = {.requests = 0};
    hyp_route_counters_name(&place, route);
    CHECK_INT(HYP_ROUTE_NAME_BYTES, place.name_len);
    CHECK_MEM("GET /xxx", 8, place.name, 8);
    CHECK_INT(0, place.requests);
    hyp_route_release(route);
    hyp_route_set_release(set);
}
