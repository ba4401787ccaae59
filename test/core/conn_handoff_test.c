#include "conn_helpers.h"

static void open_by_hand(hyp_client_t *client, bool has_handoff)
{
    client_open(client);
    client->shared.has_application = false;
    client->shared.hands_off_all = true;
    client->shared.has_handoff = has_handoff;
}

#define UPGRADE "GET /hello HTTP/1.1\r\n" HOST "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n"
#define CONNECT "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"
#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

typedef struct {
    const char *bytes;
    int status; /* when nobody takes it over; 0: it is served */
} foreign_t;

/* What a loop run by hand gives away. */
static const foreign_t foreign[] = {
    {GET("/none"), 404},
    {GET("/none") GET("/hello"), 404},
    {POST("/hello", ""), 404},
    {POST("/thanks", "Content-Length: 3\r\n") "abc", 413},
    {POST("/thanks", "Transfer-Encoding: chunked\r\n") "0\r\n\r\n", 413},
    {POST("/thanks", "Content-Length: 3\r\nExpect: 100-continue\r\n"), 413},
    {POST("/none", "Content-Length: 3\r\n") "abc", 404},
    {"GET /hello HTTP/1.1\r\n\r\n", 400},
    {"nonsense\r\n", 400},
    {"GET /hello HTTP/1.1\r\n" HOST "A: \001\r\n", 400},
    {"GET /hello HTTP/3.0\r\n", 505},
    {PREFACE, 505},
    {UPGRADE, 0},
    {CONNECT, 501},
};

#define FOREIGN (sizeof foreign / sizeof *foreign)

TEST(conn_by_hand_hands_off_what_it_does_not_serve)
{
    for (size_t i = 0; i < FOREIGN; i++) {
        hyp_client_t client;
        open_by_hand(&client, true);
        client_says(&client, foreign[i].bytes);
        CHECK_HANDED_OFF(&client, foreign[i].bytes);
        CHECK_SENT(&client, "");
        CHECK_INT(0, client.counters.refused_requests);
        CHECK_INT(HYP_TIMER_NONE, client_timer(&client));
        client_close(&client);
    }
}

/* Byte by byte it may be given away before its end; then that is what is handed off. */
TEST(conn_by_hand_hands_off_from_the_start_of_a_request)
{
    for (size_t i = 0; i < FOREIGN; i++) {
        hyp_client_t client;
        char so_far[256] = "";
        open_by_hand(&client, true);
        hyp_want want = HYP_WANT_RECV;
        for (size_t len = 0; want == HYP_WANT_RECV && foreign[i].bytes[len] != '\0'; len++) {
            so_far[len] = foreign[i].bytes[len];
            want = client_sends(&client, so_far + len, 1);
        }
        CHECK_HANDED_OFF(&client, so_far);
        client_close(&client);
    }
}

TEST(conn_by_hand_hands_off_behind_static_hits_once_their_answers_are_sent)
{
    for (size_t i = 0; i < FOREIGN; i++) {
        hyp_client_t client;
        char bytes[512] = GET("/hello") GET("/hello?2");
        open_by_hand(&client, true);
        client.window = 7;
        CHECK_INT(HYP_WANT_SEND, client_says(&client, strcat(bytes, foreign[i].bytes)));
        CHECK_INT(HYP_TIMER_WRITE, client_timer(&client));
        CHECK_INT(HYP_WANT_HANDOFF, client_reads_all(&client));
        CHECK_SENT(&client, HELLO HELLO);
        CHECK_HANDED_OFF(&client, foreign[i].bytes);
        client_close(&client);
    }
}

TEST(conn_by_hand_hands_off_behind_the_answer_of_a_block)
{
    hyp_client_t client;
    open_by_hand(&client, true);
    CHECK_INT(HYP_WANT_REPLY, client_says(&client, GET("/block") GET("/none")));
    CHECK_INT(HYP_WANT_HANDOFF, client_is_answered(&client, "answer", LAST));
    CHECK_SENT(&client, "answer");
    CHECK_HANDED_OFF(&client, GET("/none"));
    client_close(&client);
}

TEST(conn_by_hand_hands_off_bodies_also_for_an_application)
{
    hyp_client_t client;
    open_by_hand(&client, true);
    client.shared.has_application = true;
    CHECK_INT(HYP_WANT_REPLY, client_says(&client, GET("/")));
    client_is_answered(&client, "answer", LAST);
    client_says(&client, POST("/", "Transfer-Encoding: chunked\r\n") "nonsense");
    CHECK_HANDED_OFF(&client, POST("/", "Transfer-Encoding: chunked\r\n") "nonsense");
    client_close(&client);
}

TEST(conn_by_hand_answers_itself_when_nobody_takes_over)
{
    for (size_t i = 0; i < FOREIGN; i++) {
        hyp_client_t client;
        open_by_hand(&client, false);
        client_says(&client, foreign[i].bytes);
        if (foreign[i].status != 0) CHECK_REFUSED(&client, foreign[i].status);
        else CHECK_SENT(&client, HELLO);
        client_close(&client);
    }
}

/* Nobody is asked to wait for a request again, or to serve one whose bytes are gone. */
TEST(conn_by_hand_answers_time_outs_itself)
{
    hyp_client_t client;
    open_by_hand(&client, true);
    client_says(&client, "GET /hel");
    client_times_out(&client);
    CHECK_REFUSED(&client, 408);
    client_close(&client);
}

TEST(conn_by_hand_answers_overload_itself)
{
    hyp_client_t client;
    open_by_hand(&client, true);
    CHECK_INT(HYP_WANT_REPLY, client_says(&client, GET("/block") GET("/none")));
    hyp_conn_on_overload(&client.conn, &client.shared);
    client_settle(&client);
    CHECK_REFUSED(&client, 503);
    client_close(&client);
}

/* ---- not by hand: only what nobody but another protocol could answer ---- */

TEST(conn_hands_off_other_protocols)
{
    static const char *const others[] = {PREFACE, CONNECT, CONNECT "\x81\x05hello"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        hyp_client_t client;
        client_open(&client);
        client.shared.has_handoff = true;
        client_says(&client, others[i]);
        CHECK_HANDED_OFF(&client, others[i]);
        CHECK_SENT(&client, "");
        client_close(&client);
    }
}

TEST(conn_serves_an_upgrade_like_any_request)
{
    hyp_client_t client;
    client_open(&client);
    client.shared.has_handoff = true;
    CHECK_INT(HYP_WANT_REPLY, client_says(&client, UPGRADE GET("/block") "\x81\x05hello"));
    CHECK_SENT(&client, HELLO);
    client_close(&client);
}

TEST(conn_hands_off_nothing_else)
{
    hyp_client_t client;
    client_open(&client);
    client.shared.has_handoff = true;
    client_says(&client, "nonsense\r\n");
    CHECK_REFUSED(&client, 400);
    client_close(&client);
}

TEST(conn_hands_off_no_connection_that_fails_before)
{
    hyp_client_t client;
    client_open(&client);
    client.shared.has_handoff = true;
    client.window = 5;
    CHECK_INT(HYP_WANT_SEND, client_says(&client, GET("/hello") CONNECT));
    CHECK_INT(HYP_WANT_CLOSE, client_times_out(&client));
    CHECK_INT(1, client.counters.write_timeouts);
    client_close(&client);
}
