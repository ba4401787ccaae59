#include "health.h"

#include "conn_helpers.h"

#define LIMIT 1000

static hyp_health_t health;

static hyp_verdict judge(hyp_msec_t beat_at, bool draining, hyp_msec_t waiting_since, hyp_msec_t now)
{
    hyp_health_init(&health, LIMIT);
    if (beat_at) hyp_health_beat(&health, beat_at);
    if (draining) hyp_health_drain(&health);
    return hyp_health_judge(&health, waiting_since, now);
}

TEST(health_is_well_while_ruby_beats_and_nobody_waits_long)
{
    CHECK_INT(HYP_VERDICT_OK, judge(5000, false, 0, 5000));
    CHECK_INT(HYP_VERDICT_OK, judge(5000, false, 5000, 5000));
    CHECK_INT(HYP_VERDICT_OK, judge(5000, false, 5000, 5999));
    CHECK_INT(HYP_VERDICT_OK, judge(6000, false, 6000, 5999)); /* another thread's clock is ahead */
}

TEST(health_tells_what_is_wrong)
{
    CHECK_INT(HYP_VERDICT_BOOTING, judge(0, false, 0, 5000));
    CHECK_INT(HYP_VERDICT_STUCK, judge(4000, false, 0, 5000));
    CHECK_INT(HYP_VERDICT_BEHIND, judge(5000, false, 4000, 5000));
    CHECK_INT(HYP_VERDICT_DRAINING, judge(5000, true, 0, 5000));
}

TEST(health_tells_the_first_thing_that_is_wrong)
{
    CHECK_INT(HYP_VERDICT_DRAINING, judge(0, true, 1, 5000));
    CHECK_INT(HYP_VERDICT_BOOTING, judge(0, false, 1, 5000));
    CHECK_INT(HYP_VERDICT_STUCK, judge(1, false, 1, 5000));
}

TEST(health_recovers)
{
    hyp_health_init(&health, LIMIT);
    hyp_health_beat(&health, 1);
    CHECK_INT(HYP_VERDICT_STUCK, hyp_health_judge(&health, 0, 5000));
    hyp_health_beat(&health, 5000);
    CHECK_INT(HYP_VERDICT_OK, hyp_health_judge(&health, 0, 5000));
}

/* ---- on the wire ---- */

#define FIELDS_OF(length) "content-type: application/json\r\ncontent-length: " length "\r\ncache-control: no-store\r\n"
#define OK_HEAD HEAD_OF("200 OK", FIELDS_OF("16"))
#define OK_BODY "{\"status\":\"ok\"}\n"
#define DOWN_HEAD(length, more) HEAD_OF("503 Service Unavailable", FIELDS_OF(length) "retry-after: 1\r\n" more)
#define DOWN_BODY(reason) "{\"status\":\"unavailable\",\"reason\":\"" reason "\"}\n"

static hyp_verdict answer_of(void *ctx, hyp_msec_t now)
{
    (void)now;
    return *(hyp_verdict *)ctx;
}

static void open_with(hyp_client_t *client, hyp_verdict *verdict)
{
    client_open(client);
    CHECK_INT(HYP_OK, hyp_route_set_put(client->set, HYP_METHOD_GET, HYP_SLICE("/up"), HYP_ROUTE_HEALTH, NULL, 0));
    hyp_route_reader_refresh(&client->shared.routes[0]);
    client->shared.health = answer_of;
    client->shared.health_ctx = verdict;
}

TEST(health_is_answered_by_the_connection)
{
    static const struct {
        hyp_verdict verdict;
        const char *answer;
    } answers[] = {
        {HYP_VERDICT_OK, OK_HEAD OK_BODY},
        {HYP_VERDICT_BOOTING, DOWN_HEAD("44", "") DOWN_BODY("booting")},
        {HYP_VERDICT_STUCK, DOWN_HEAD("42", "") DOWN_BODY("stuck")},
        {HYP_VERDICT_BEHIND, DOWN_HEAD("43", "") DOWN_BODY("behind")},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        hyp_client_t client;
        hyp_verdict verdict = answers[i].verdict;
        open_with(&client, &verdict);
        CHECK_INT(HYP_WANT_RECV, client_says(&client, GET("/up?probe=1")));
        CHECK_SENT(&client, answers[i].answer);
        CHECK_INT(HYP_WANT_RECV, client_drips(&client, GET("/up") GET("/hello")));
        CHECK_INT(2, client.counters.health_requests);
        CHECK_INT(0, client.taken);
        client_close(&client);
    }
}

TEST(health_is_told_without_a_body_to_head)
{
    hyp_client_t client;
    hyp_verdict verdict = HYP_VERDICT_STUCK;
    open_with(&client, &verdict);
    CHECK_INT(HYP_WANT_CLOSE, client_says(&client, "HEAD /up HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"));
    CHECK_SENT(&client, DOWN_HEAD("42", "connection: close\r\n"));
    client_close(&client);
}

TEST(health_keeps_the_connection_of_an_old_client_that_asks_for_it)
{
    hyp_client_t client;
    hyp_verdict verdict = HYP_VERDICT_OK;
    open_with(&client, &verdict);
    CHECK_INT(HYP_WANT_RECV, client_says(&client, "GET /up HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    CHECK_SENT(&client, HEAD_OF("200 OK", FIELDS_OF("16") "connection: keep-alive\r\n") OK_BODY);
    client_close(&client);
}

TEST(health_says_that_the_server_drains)
{
    hyp_client_t client;
    hyp_verdict verdict = HYP_VERDICT_OK;
    open_with(&client, &verdict);
    CHECK_INT(HYP_WANT_RECV, client_says(&client, "GET /up HTTP/1.1\r\n"));
    client_sees_drain(&client);
    CHECK_INT(HYP_WANT_CLOSE, client_says(&client, HOST "\r\n"));
    CHECK_SENT(&client, DOWN_HEAD("45", "connection: close\r\n") DOWN_BODY("draining"));
    client_close(&client);
}

TEST(health_takes_no_body_and_leaves_other_methods_alone)
{
    hyp_client_t client;
    hyp_verdict verdict = HYP_VERDICT_OK;
    open_with(&client, &verdict);
    CHECK_INT(HYP_WANT_REPLY, client_says(&client, POST("/up", "Content-Length: 1\r\n") "a"));
    client_close(&client);
    open_with(&client, &verdict);
    client_says(&client, "GET /up HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\na");
    CHECK_REFUSED(&client, 413);
    client_close(&client);
}

TEST(health_is_well_where_nobody_judges)
{
    hyp_client_t client;
    open_with(&client, NULL);
    client.shared.health = NULL;
    client_says(&client, GET("/up"));
    CHECK_SENT(&client, OK_HEAD OK_BODY);
    client_close(&client);
}
