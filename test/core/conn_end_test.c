#include "conn_helpers.h"

/* A connection brought into each of its states. */
typedef struct {
    const char *name;
    const char *says;
    const char *answer; /* the first piece of one, or NULL */
    size_t window;
    hyp_timer_kind timer;
} situation_t;

static const situation_t situations[] = {
    {"fresh", "", NULL, SIZE_MAX, HYP_TIMER_HEAD},
    {"mid-head", "GET / HT", NULL, SIZE_MAX, HYP_TIMER_HEAD},
    {"idle", GET("/hello"), NULL, SIZE_MAX, HYP_TIMER_IDLE},
    {"mid-head again", GET("/hello") "GET", NULL, SIZE_MAX, HYP_TIMER_HEAD},
    {"behind an empty line", "\r\n", NULL, SIZE_MAX, HYP_TIMER_HEAD},
    {"idle behind an empty line", GET("/hello") "\r\n", NULL, SIZE_MAX, HYP_TIMER_IDLE},
    {"answering", GET("/hello"), NULL, 1, HYP_TIMER_WRITE},
    {"answering at length", GET("/big") GET("/hello"), NULL, 1000, HYP_TIMER_WRITE},
    {"mid-body", POST("/", "Content-Length: 9\r\n") "a", NULL, SIZE_MAX, HYP_TIMER_BODY},
    {"mid-body of a static route", POST("/thanks", "Transfer-Encoding: chunked\r\n") "1\r\na", NULL, SIZE_MAX,
     HYP_TIMER_BODY},
    {"inviting", POST("/", "Content-Length: 9\r\nExpect: 100-continue\r\n"), NULL, 1, HYP_TIMER_WRITE},
    {"waiting", GET("/"), NULL, SIZE_MAX, HYP_TIMER_NONE},
    {"waiting with more", GET("/") GET("/hello"), NULL, SIZE_MAX, HYP_TIMER_NONE},
    {"streaming", GET("/"), "piece", SIZE_MAX, HYP_TIMER_NONE},
    {"streaming to a slow reader", GET("/"), "piece", 1, HYP_TIMER_WRITE},
    {"before a dispatch", GET("/hello") GET("/"), NULL, 1, HYP_TIMER_WRITE},
    {"refusing", "nonsense\r\n", NULL, 1, HYP_TIMER_WRITE},
    {"lingering", "nonsense\r\n", NULL, SIZE_MAX, HYP_TIMER_LINGER},
};

#define SITUATIONS (sizeof situations / sizeof *situations)

static void come_into(hyp_client_t *client, const situation_t *situation)
{
    client_open(client);
    client->window = situation->window;
    if (*situation->says != '\0') client_says(client, situation->says);
    if (situation->answer) client_gets(client, reply_of(situation->answer, NULL, PIECE));
    if (client_timer(client) != situation->timer) FAIL("%s: timer %d", situation->name, client_timer(client));
}

static bool is(const situation_t *situation, const char *name)
{
    return strcmp(situation->name, name) == 0;
}

TEST(conn_can_end_in_every_state)
{
    for (size_t i = 0; i < SITUATIONS; i++) {
        hyp_client_t client;
        come_into(&client, &situations[i]);
        client_close(&client);
    }
}

TEST(conn_closes_on_an_end_or_an_error_in_every_state)
{
    for (size_t i = 0; i < SITUATIONS; i++) {
        hyp_client_t client;
        come_into(&client, &situations[i]);
        hyp_conn_on_error(&client.conn);
        CHECK_INT(HYP_WANT_CLOSE, client_settle(&client));
        client_close(&client);
        come_into(&client, &situations[i]);
        hyp_conn_on_eof(&client.conn, &client.shared);
        CHECK_INT(HYP_WANT_CLOSE, client_settle(&client));
        client_close(&client);
    }
}

TEST(conn_counts_each_time_out_by_its_kind)
{
    for (size_t i = 0; i < SITUATIONS; i++) {
        hyp_client_t client;
        come_into(&client, &situations[i]);
        if (situations[i].timer == HYP_TIMER_NONE) {
            client_close(&client);
            continue;
        }
        client_times_out(&client);
        CHECK_INT(situations[i].timer == HYP_TIMER_HEAD, client.counters.head_timeouts);
        CHECK_INT(situations[i].timer == HYP_TIMER_BODY, client.counters.body_timeouts);
        CHECK_INT(situations[i].timer == HYP_TIMER_WRITE, client.counters.write_timeouts);
        CHECK_INT(situations[i].timer == HYP_TIMER_IDLE, client.counters.idle_timeouts);
        client_close(&client);
    }
}

TEST(conn_answers_408_to_who_has_begun_a_request)
{
    for (size_t i = 0; i < SITUATIONS; i++) {
        const situation_t *situation = &situations[i];
        bool tells = is(situation, "mid-head") || is(situation, "mid-head again") || situation->timer == HYP_TIMER_BODY;
        hyp_client_t client;
        come_into(&client, situation);
        hyp_buf_clear(&client.sent);
        if (tells) {
            client_times_out(&client);
            CHECK_REFUSED(&client, 408);
        } else if (situation->timer != HYP_TIMER_NONE) {
            CHECK_INT(HYP_WANT_CLOSE, client_times_out(&client));
            CHECK_SENT(&client, "");
        }
        client_close(&client);
    }
}

TEST(conn_holds_no_input_after_a_time_out)
{
    hyp_client_t client;
    client_open(&client);
    client.window = 0;
    client_says(&client, "GET / HTTP/1.1\r\n");
    CHECK_INT(HYP_WANT_SEND, client_times_out(&client));
    CHECK(client.conn.in.data == NULL);
    CHECK_INT(HYP_WANT_SEND, client_says(&client, HOST "\r\n")); /* a receive was armed before */
    CHECK(client.conn.in.data == NULL);
    CHECK_INT(0, client.taken);
    client_reads_all(&client);
    CHECK_REFUSED(&client, 408);
    client_close(&client);
}

/* ---- drain ---- */

static bool ends_with(const hyp_client_t *client, const char *end)
{
    size_t len = hyp_buf_len(&client->sent);
    return len >= strlen(end) && memcmp(hyp_buf_ptr(&client->sent) + len - strlen(end), end, strlen(end)) == 0;
}

TEST(conn_drains_at_once_when_nothing_is_under_way)
{
    for (size_t i = 0; i < SITUATIONS; i++) {
        const situation_t *situation = &situations[i];
        bool idles =
            situation->timer == HYP_TIMER_IDLE || is(situation, "fresh") || is(situation, "behind an empty line");
        bool closes = idles || is(situation, "lingering");
        hyp_client_t client;
        come_into(&client, situation);
        CHECK_INT(closes, client_sees_drain(&client) == HYP_WANT_CLOSE);
        client_close(&client);
    }
}

/* Whatever it was doing, a draining connection ends when the client has read all, and its requests are answered. */
static void finish(hyp_client_t *client, const situation_t *situation)
{
    unsigned answered = 0;
    hyp_want want = client_reads_all(client);
    if (situation->answer) answered++, want = client_is_answered(client, "end", LAST);
    for (int i = 0; i < 4 && (want == HYP_WANT_RECV || want == HYP_WANT_REPLY); i++) {
        if (want == HYP_WANT_REPLY) answered++, want = client_is_answered(client, "answer", LAST);
        else if (client->shut) break;
        else if (is(situation, "mid-head")) want = client_says(client, "TP/1.1\r\n" HOST "\r\n");
        else if (is(situation, "mid-head again")) want = client_says(client, " /hello HTTP/1.1\r\n" HOST "\r\n");
        else if (is(situation, "inviting")) want = client_says(client, "123456789");
        else if (client->conn.state == HYP_CONN_BODY && client->conn.response)
            want = client_says(client, "\r\n0\r\n\r\n");
        else if (client->conn.state == HYP_CONN_BODY) want = client_says(client, "12345678");
        else FAIL("%s: stays open", situation->name), i = 4;
    }
    CHECK_INT(client->taken, answered);
    if (!client->shut) CHECK_INT(HYP_WANT_CLOSE, want);
}

TEST(conn_drains_with_its_present_answer)
{
    for (size_t i = 0; i < SITUATIONS; i++) {
        hyp_client_t client;
        come_into(&client, &situations[i]);
        if (client_sees_drain(&client) != HYP_WANT_CLOSE) finish(&client, &situations[i]);
        client_close(&client);
    }
}

/* Nobody has told the client, whose next request may be under way. */
TEST(conn_that_drains_patiently_is_asked_once_more)
{
    hyp_client_t client;
    client_open(&client);
    client.shared.draining = client.shared.patient = true;
    CHECK_INT(HYP_WANT_RECV, client_settle(&client));
    CHECK_INT(HYP_WANT_CLOSE, client_says(&client, GET("/hello")));
    CHECK_SENT(&client, HELLO_CLOSE);
    client_close(&client);
}

TEST(conn_says_that_it_closes_while_draining)
{
    hyp_client_t client;
    client_open(&client);
    client_says(&client, GET("/hello") "GET /hello HTTP/1.1\r\n");
    client_sees_drain(&client);
    CHECK_INT(HYP_WANT_CLOSE, client_says(&client, HOST "\r\n"));
    CHECK_SENT(&client, HELLO HELLO_CLOSE);
    CHECK(!client.shut);
    client_close(&client);
}

TEST(conn_tells_a_request_that_its_connection_drains)
{
    hyp_client_t client;
    client_open(&client);
    client.shared.draining = true;
    CHECK_INT(HYP_WANT_REPLY, client_says(&client, GET("/")));
    CHECK(!client.request->keep_alive);
    client_close(&client);
}

TEST(conn_answers_all_that_came_before_it_drained)
{
    hyp_client_t client;
    client_open(&client);
    client_says(&client, GET("/") GET("/") GET("/hello"));
    client_sees_drain(&client);
    CHECK_INT(HYP_WANT_REPLY, client_is_answered(&client, "one", LAST));
    CHECK(!client.request->keep_alive);
    client_is_answered(&client, "two", LAST | CLOSES);
    CHECK(ends_with(&client, "onetwo"));
    CHECK_INT(2, client.taken);
    client_close(&client);
}

/* ---- linger ---- */

static char rubbish[65536];

TEST(conn_reads_and_drops_a_bounded_rest)
{
    hyp_client_t client;
    client_open(&client);
    client_says(&client, "nonsense\r\n");
    CHECK_REFUSED(&client, 400);
    for (size_t read = sizeof rubbish; read < client.limits.linger_bytes; read += sizeof rubbish) {
        CHECK_INT(HYP_WANT_RECV, client_sends(&client, rubbish, sizeof rubbish));
        CHECK(client.conn.in.data == NULL);
    }
    CHECK_INT(HYP_WANT_CLOSE, client_sends(&client, rubbish, sizeof rubbish));
    CHECK_SENT(&client, "");
    client_close(&client);
}

TEST(conn_does_not_linger_longer_for_what_comes)
{
    hyp_client_t client;
    client_open(&client);
    client_says(&client, "nonsense\r\n");
    CHECK(hyp_conn_timer_restarts(&client.conn));
    client_says(&client, "more");
    CHECK(!hyp_conn_timer_restarts(&client.conn));
    client_close(&client);
}

TEST(conn_ends_a_linger_with_the_client)
{
    hyp_client_t client;
    client_open(&client);
    client_says(&client, "nonsense\r\n");
    hyp_conn_on_eof(&client.conn, &client.shared);
    CHECK_INT(HYP_WANT_CLOSE, client_settle(&client));
    client_close(&client);
}

/* ---- after the end ---- */

TEST(conn_is_as_new_after_free)
{
    hyp_client_t client;
    hyp_conn_t fresh;
    hyp_conn_init(&fresh);
    for (size_t i = 0; i < SITUATIONS; i++) {
        come_into(&client, &situations[i]);
        hyp_conn_free(&client.conn, &client.shared);
        CHECK_MEM(&fresh, sizeof fresh, &client.conn, sizeof client.conn);
        CHECK_INT(0, hyp_buf_len(&client.shared.out));
        client.window = SIZE_MAX;
        hyp_buf_clear(&client.sent);
        client_says(&client, GET("/hello"));
        CHECK_SENT(&client, HELLO);
        client_close(&client);
    }
}

TEST(conn_leaves_no_output_to_the_next_when_it_fails)
{
    hyp_client_t client;
    client_open(&client);
    hyp_conn_on_recv(&client.conn, &client.shared, GET("/hello"), sizeof GET("/hello") - 1);
    CHECK(hyp_buf_len(&client.shared.out) > 0);
    hyp_conn_on_error(&client.conn);
    hyp_conn_free(&client.conn, &client.shared);
    CHECK_INT(0, hyp_buf_len(&client.shared.out));
    client_close(&client);
}
