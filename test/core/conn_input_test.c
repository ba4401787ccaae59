#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "conn_helpers.h"

/* ---- bodies ---- */

typedef struct {
    const char *fields;
    const char *sent;
    const char *body;
} upload_t;

static const upload_t uploads[] = {
    {"Content-Length: 5\r\n", "abcde", "abcde"},
    {"Content-Length: 0\r\n", "", ""},
    {"Transfer-Encoding: chunked\r\n", "5\r\nabcde\r\n0\r\n\r\n", "abcde"},
    {"Transfer-Encoding: chunked\r\n", "1\r\na\r\n002;ext=\"1\"\r\nbc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n", "abcde"},
    {"Transfer-Encoding: chunked\r\n", "0\r\n\r\n", ""},
};

#define UPLOADS (sizeof uploads / sizeof *uploads)

static void check_upload(hyp_client_t *client, const upload_t *upload)
{
    char bytes[64];
    size_t got = 0;
    ASSERT(client->request != NULL);
    CHECK_INT(HYP_OK, hyp_body_read(&client->request->body, 0, bytes, sizeof bytes, &got));
    CHECK_MEM(upload->body, strlen(upload->body), bytes, got);
    CHECK_INT(HYP_WANT_RECV, client_is_answered(client, "answer", LAST));
    CHECK_SENT(client, "answer" HELLO);
    client_close(client);
}

/* The request and the next one behind it. */
static char *text_of(const upload_t *upload)
{
    static char text[512];
    strcpy(text, "PUT /file HTTP/1.1\r\n" HOST);
    strcat(strcat(strcat(text, upload->fields), "\r\n"), upload->sent);
    return strcat(text, GET("/hello"));
}

TEST(conn_reads_a_body_before_it_dispatches)
{
    for (size_t i = 0; i < UPLOADS; i++) {
        hyp_client_t client;
        client_open(&client);
        CHECK_INT(HYP_WANT_REPLY, client_says(&client, text_of(&uploads[i])));
        check_upload(&client, &uploads[i]);
    }
}

TEST(conn_reads_a_body_cut_anywhere)
{
    for (size_t i = 0; i < UPLOADS; i++) {
        const char *text = text_of(&uploads[i]);
        for (size_t cut = 1; cut < strlen(text); cut++) {
            hyp_client_t client;
            client_open(&client);
            client_sends(&client, text, cut);
            /* What comes behind a dispatched request is not received before its answer. */
            if (client.taken == 0) client_says(&client, text + cut);
            else client_is_answered(&client, "answer", LAST), client_says(&client, text + cut);
            if (hyp_conn_want(&client.conn, &client.shared) == HYP_WANT_REPLY) check_upload(&client, &uploads[i]);
            else CHECK_SENT(&client, "answer" HELLO), client_close(&client);
        }
    }
}

TEST(conn_reads_a_body_byte_by_byte)
{
    hyp_client_t client;
    client_open(&client);
    CHECK_INT(HYP_WANT_RECV, client_drips(&client, POST("/", "Content-Length: 3\r\n") "ab"));
    CHECK_INT(HYP_TIMER_BODY, client_timer(&client));
    CHECK_INT(0, client.taken);
    CHECK_INT(0, client.counters.app_requests);
    CHECK_INT(HYP_WANT_REPLY, client_says(&client, "c"));
    CHECK_INT(1, client.counters.app_requests);
    CHECK_INT(3, client.request->body.len);
    client_close(&client);
}

TEST(conn_keeps_a_large_body_in_a_file)
{
    hyp_client_t client;
    char byte = '\0';
    size_t got = 0;
    client_open(&client);
    client.limits.body_memory_bytes = 2;
    CHECK_INT(HYP_WANT_REPLY, client_says(&client, POST("/", "Content-Length: 5\r\n") "abcde"));
    CHECK(client.request->body.fd >= 0);
    CHECK_INT(HYP_OK, hyp_body_read(&client.request->body, 4, &byte, 1, &got));
    CHECK_INT('e', byte);
    client_close(&client);
}

TEST(conn_answers_503_when_a_body_finds_no_room)
{
    hyp_client_t client;
    struct rlimit before;
    client_open(&client);
    client.limits.body_memory_bytes = 2;
    client_says(&client, POST("/", "Content-Length: 5\r\n"));
    ASSERT(getrlimit(RLIMIT_NOFILE, &before) == 0);
    ASSERT(setrlimit(RLIMIT_NOFILE, &(struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max}) == 0);
    client_says(&client, "abcde");
    ASSERT(setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK_REFUSED(&client, 503);
    CHECK_INT(-EMFILE, client.shared.body_trouble);
    client_close(&client);
}

TEST(conn_takes_a_body_up_to_the_limit)
{
    static const char *const bodies[] = {POST("/", "Content-Length: 4\r\n") "abcd",
                                         POST("/", "Transfer-Encoding: chunked\r\n") "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"};
    for (int i = 0; i < 2; i++) {
        hyp_client_t client;
        client_open(&client);
        client.limits.body_bytes = 4;
        CHECK_INT(HYP_WANT_REPLY, client_says(&client, bodies[i]));
        CHECK_INT(4, client.request->body.len);
        client_close(&client);
    }
}

TEST(conn_answers_413_before_a_body_whose_length_is_told)
{
    hyp_client_t client;
    client_open(&client);
    client.limits.body_bytes = 4;
    client_says(&client, POST("/", "Content-Length: 5\r\nExpect: 100-continue\r\n"));
    CHECK_REFUSED(&client, 413);
    CHECK_INT(HYP_WANT_RECV, client_says(&client, "abcde"));
    CHECK_SENT(&client, "");
    CHECK_INT(0, client.taken);
    client_close(&client);
}

TEST(conn_answers_413_once_a_chunked_body_is_too_long)
{
    static const char *const paths[] = {POST("/", "Transfer-Encoding: chunked\r\n"),
                                        POST("/thanks", "Transfer-Encoding: chunked\r\n")};
    for (int i = 0; i < 2; i++) {
        hyp_client_t client;
        client_open(&client);
        client.limits.body_bytes = 4;
        client_says(&client, paths[i]);
        CHECK_INT(HYP_WANT_RECV, client_says(&client, "3\r\nabc\r\n"));
        CHECK_SENT(&client, "");
        client_says(&client, "2\r\nde\r\n");
        CHECK_REFUSED(&client, 413);
        client_close(&client);
    }
}

/* Told by the size of a chunk, as soon as its line is complete, and however it is cut. */
TEST(conn_answers_413_before_a_chunk_that_is_too_long)
{
    const char *request = POST("/", "Transfer-Encoding: chunked\r\n") "3\r\nabc\r\n2;a\r\nde";
    size_t line_end = strlen(request) - 2;
    for (size_t cut = 1; cut < line_end; cut++) {
        hyp_client_t client;
        client_open(&client);
        client.limits.body_bytes = 4;
        client_sends(&client, request, cut);
        CHECK_SENT(&client, "");
        client_sends(&client, request + cut, line_end - cut);
        CHECK_REFUSED(&client, 413);
        client_close(&client);
    }
}

TEST(conn_answers_413_for_the_longest_chunk_there_is)
{
    hyp_client_t client;
    client_open(&client);
    client_says(&client, POST("/", "Transfer-Encoding: chunked\r\n") "7FFFFFFFFFFFFFFF\r\n");
    CHECK_REFUSED(&client, 413);
    client_close(&client);
}

/* ---- 100 (Continue) ---- */

#define EXPECTS "Content-Length: 3\r\nExpect: 100-continue\r\n"

TEST(conn_invites_a_body_that_waits_for_it)
{
    static const char *const requests[] = {POST("/", EXPECTS), POST("/thanks", EXPECTS)};
    for (int i = 0; i < 2; i++) {
        hyp_client_t client;
        client_open(&client);
        CHECK_INT(HYP_WANT_RECV, client_drips(&client, requests[i]));
        CHECK_SENT(&client, CONTINUE_100);
        CHECK_INT(HYP_TIMER_BODY, client_timer(&client));
        CHECK_INT(i == 0 ? HYP_WANT_REPLY : HYP_WANT_RECV, client_says(&client, "abc"));
        CHECK_SENT(&client, i == 0 ? "" : THANKS);
        client_close(&client);
    }
}

TEST(conn_invites_no_body_that_needs_it_not)
{
    static const char *const requests[] = {
        POST("/", EXPECTS) "abc",
        POST("/", "Expect: 100-continue\r\n"),
        POST("/", "Content-Length: 0\r\nExpect: 100-continue\r\n"),
        "POST / HTTP/1.0\r\n" EXPECTS "\r\nabc",
    };
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        hyp_client_t client;
        client_open(&client);
        CHECK_INT(HYP_WANT_REPLY, client_says(&client, requests[i]));
        CHECK_SENT(&client, "");
        client_close(&client);
    }
}

TEST(conn_invites_in_order)
{
    hyp_client_t client;
    client_open(&client);
    client.window = 3;
    CHECK_INT(HYP_WANT_SEND, client_says(&client, GET("/hello") POST("/", EXPECTS)));
    CHECK_INT(HYP_WANT_RECV, client_reads_all(&client));
    CHECK_SENT(&client, HELLO CONTINUE_100);
    CHECK_INT(HYP_WANT_REPLY, client_says(&client, "abc"));
    client_close(&client);
}

/* ---- refusals ---- */

typedef struct {
    int status;
    const char *request;
} refusal_t;

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const refusal_t refusals[] = {
    {400, "GET / HTTP/1.1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.1\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost : a\r\n\r\n"},
    {400, "G@T / HTTP/1.1\r\n"},
    {400, "GET nowhere HTTP/1.1\r\n"},
    {400, "GET /\r\n"},
    {400, POST("/", "Content-Length: 3, 3\r\n")},
    {400, POST("/", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")},
    {400, POST("/", "Transfer-Encoding: chunked\r\n") "x"},
    {400, POST("/", "Transfer-Encoding: chunked\r\n") "1\r\nab"},
    {400, POST("/", "Transfer-Encoding: chunked\r\n") "0\r\n:"},
    {400, POST("/thanks", "Transfer-Encoding: chunked\r\n") "x"},
    {404, GET("/none")},
    {413, POST("/", "Content-Length: 70000000\r\n")},
    {414, "GET /" HUNDRED " HTTP/1.1\r\n" HOST "\r\n"},
    {414, "GET /" HUNDRED},
    {417, POST("/", "Expect: cake\r\n")},
    {421, "GET https://a/ HTTP/1.1\r\n" HOST "\r\n"},
    {431, "GET / HTTP/1.1\r\n" HOST "A: " HUNDRED HUNDRED HUNDRED "\r\n\r\n"},
    {431, "GET / HTTP/1.1\r\n" HOST "A:\r\nA:\r\nA:\r\nA:\r\n\r\n"},
    {501, POST("/", "Transfer-Encoding: gzip, chunked\r\n")},
    {501, "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"},
    {501, "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJ / HTTP/1.1\r\n"},
    {505, "GET / HTTP/2.0\r\n"},
    {505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
};

static void open_strictly(hyp_client_t *client, const refusal_t *refusal)
{
    client_open(client);
    client->limits.head =
        (hyp_parser_limits_t){.method_bytes = 32, .target_bytes = 100, .head_bytes = 300, .headers = 4};
    client->shared.has_application = refusal->status != 404;
}

TEST(conn_refuses_whole_requests)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        hyp_client_t client;
        open_strictly(&client, &refusals[i]);
        client_says(&client, refusals[i].request);
        CHECK_REFUSED(&client, refusals[i].status);
        CHECK_INT(1, client.counters.refused_requests);
        CHECK_INT(0, client.taken);
        client_close(&client);
    }
}

TEST(conn_refuses_dripping_requests)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        hyp_client_t client;
        open_strictly(&client, &refusals[i]);
        client_drips(&client, refusals[i].request);
        CHECK_REFUSED(&client, refusals[i].status);
        CHECK_INT(1, client.counters.refused_requests);
        client_close(&client);
    }
}

TEST(conn_refuses_after_the_answers_to_earlier_requests)
{
    hyp_client_t client;
    client_open(&client);
    client.window = 20;
    CHECK_INT(HYP_WANT_SEND, client_says(&client, GET("/hello") "nonsense\r\n" GET("/hello")));
    client_reads_all(&client);
    ASSERT(hyp_buf_len(&client.sent) > sizeof HELLO - 1);
    CHECK_MEM(HELLO, sizeof HELLO - 1, hyp_buf_ptr(&client.sent), sizeof HELLO - 1);
    hyp_buf_consume(&client.sent, sizeof HELLO - 1);
    CHECK_REFUSED(&client, 400);
    client_close(&client);
}

static void check_refused_head_only(const char *request)
{
    hyp_client_t client;
    client_open(&client);
    client.shared.has_application = false;
    client.limits.body_bytes = 1;
    client_says(&client, request);
    const char *sent = hyp_buf_ptr(&client.sent);
    size_t len = hyp_buf_len(&client.sent);
    ASSERT(len > 4);
    CHECK_BYTES("\r\n\r\n", sent + len - 4, 4);
    client_close(&client);
}

TEST(conn_refuses_head_requests_without_a_body)
{
    check_refused_head_only("HEAD /none HTTP/1.1\r\n" HOST "\r\n");
    check_refused_head_only("HEAD /hello HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n");
    check_refused_head_only("HEAD /hello HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
    check_refused_head_only("HEAD /hello HTTP/1.1\r\n" HOST "X : y\r\n\r\n");
    check_refused_head_only("HEAD /he<llo HTTP/1.1\r\n" HOST "\r\n");
    check_refused_head_only("HEAD /hello HTTP/2.0\r\n" HOST "\r\n");
    check_refused_head_only("\r\nHEAD hello HTTP/1.1\r\n" HOST "\r\n");
}

TEST(conn_gives_up_head_requests_without_a_body)
{
    hyp_client_t client;
    client_open(&client);
    client_says(&client, "HEAD /hello HTTP/1.1\r\n");
    client_times_out(&client);
    hyp_slice_t sent = hyp_slice(hyp_buf_ptr(&client.sent), hyp_buf_len(&client.sent));
    ASSERT(sent.len > 4);
    CHECK_BYTES("HTTP/1.1 408", sent.ptr, 12);
    CHECK_BYTES("\r\n\r\n", sent.ptr + sent.len - 4, 4);
    client_close(&client);
}

TEST(conn_answers_503_when_the_queue_is_full)
{
    hyp_client_t client;
    client_open(&client);
    client_says(&client, GET("/full") GET("/hello"));
    CHECK_INT(1, client.taken);
    hyp_conn_on_overload(&client.conn, &client.shared);
    client_settle(&client);
    CHECK_REFUSED(&client, 503);
    CHECK_INT(1, client.counters.overload_requests);
    client_close(&client);
}

/* ---- time ---- */

static bool restarts_with(hyp_client_t *client, const char *text)
{
    (void)hyp_conn_timer_restarts(&client->conn);
    client_says(client, text);
    return hyp_conn_timer_restarts(&client->conn);
}

TEST(conn_gives_a_head_one_time_and_a_body_its_own)
{
    hyp_client_t client;
    client_open(&client);
    CHECK(!restarts_with(&client, "POST / HTTP/1.1\r\n"));
    CHECK(!restarts_with(&client, "Host: a\r\nTransfer-Encoding: chunked\r\n"));
    CHECK_INT(HYP_TIMER_HEAD, client_timer(&client));
    CHECK(restarts_with(&client, "\r\n"));
    CHECK_INT(HYP_TIMER_BODY, client_timer(&client));
    CHECK(!restarts_with(&client, "3;some=extension"));
    CHECK(!restarts_with(&client, "\r\n"));
    CHECK(!restarts_with(&client, "a"));
    CHECK(!restarts_with(&client, "bc"));
    CHECK(!restarts_with(&client, "\r\n0\r\nTrailer"));
    client_close(&client);
}

/* True when the body goes on, with its time anew. */
static bool outlives_a_time_out(hyp_client_t *client)
{
    (void)hyp_conn_timer_restarts(&client->conn);
    client_times_out(client);
    return client_timer(client) == HYP_TIMER_BODY && hyp_conn_timer_restarts(&client->conn);
}

static void open_slow_body(hyp_client_t *client, uint32_t rate, const char *fields)
{
    client_open(client);
    client->limits.body_timeout = 2000;
    client->limits.body_rate = rate;
    client_says(client, "POST / HTTP/1.1\r\n" HOST);
    client_says(client, fields);
}

TEST(conn_goes_on_with_a_body_that_keeps_its_rate)
{
    hyp_client_t client;
    open_slow_body(&client, 5, "Content-Length: 100\r\n\r\n");
    for (int i = 0; i < 3; i++) {
        client_says(&client, "0123456789");
        CHECK(outlives_a_time_out(&client));
    }
    CHECK_INT(0, client.counters.body_timeouts);
    client_says(&client, "012345678");
    CHECK(!outlives_a_time_out(&client));
    CHECK_REFUSED(&client, 408);
    CHECK_INT(1, client.counters.body_timeouts);
    client_close(&client);
}

TEST(conn_takes_any_byte_for_progress_without_a_rate)
{
    hyp_client_t client;
    open_slow_body(&client, 0, "Content-Length: 100\r\n\r\n");
    client_says(&client, "0");
    CHECK(outlives_a_time_out(&client));
    CHECK(!outlives_a_time_out(&client));
    CHECK_REFUSED(&client, 408);
    client_close(&client);
}

/* Sizes, extensions and line ends bring no body nearer to its end. */
TEST(conn_counts_nothing_but_data_for_the_rate)
{
    hyp_client_t client;
    open_slow_body(&client, 5, "Transfer-Encoding: chunked\r\n\r\n");
    client_says(&client, "A;name=value\r\n0123456789\r\n");
    CHECK(outlives_a_time_out(&client));
    for (int i = 0; i < 9; i++)
        client_says(&client, "1;extension=\"of some length\"\r\n0\r\n");
    CHECK(!outlives_a_time_out(&client));
    CHECK_REFUSED(&client, 408);
    client_close(&client);
}

TEST(conn_ends_a_body_whatever_its_rate_when_it_must)
{
    hyp_client_t client;
    open_slow_body(&client, 5, "Content-Length: 100\r\n\r\n");
    client_says(&client, "01234567890123456789");
    hyp_conn_expire(&client.conn, &client.shared);
    client_settle(&client);
    CHECK_REFUSED(&client, 408);
    client_close(&client);
}

TEST(conn_goes_on_with_a_client_that_reads_at_its_rate)
{
    hyp_client_t client;
    client_open(&client);
    client.limits.write_timeout = 2000;
    client.limits.write_rate = 50;
    client.window = 0;
    client_says(&client, GET("/big"));
    for (int i = 0; i < 3; i++) {
        client_reads(&client, 100);
        CHECK_INT(HYP_WANT_SEND, client_times_out(&client));
        CHECK(hyp_conn_timer_restarts(&client.conn));
    }
    client_reads(&client, 99);
    CHECK_INT(HYP_WANT_CLOSE, client_times_out(&client));
    CHECK_INT(1, client.counters.write_timeouts);
    client_close(&client);
}

TEST(conn_gives_each_head_its_own_time)
{
    hyp_client_t client;
    client_open(&client);
    CHECK(restarts_with(&client, GET("/hello") "GET /"));
    CHECK_INT(HYP_TIMER_HEAD, client_timer(&client));
    CHECK(!restarts_with(&client, "hello HTTP/1.1\r\n"));
    CHECK(restarts_with(&client, HOST "\r\nGET "));
    CHECK_INT(HYP_TIMER_HEAD, client_timer(&client));
    client_close(&client);
}
