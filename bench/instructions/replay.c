/* Replays one kind of traffic through a connection, without a socket and without Ruby, so that instructions can be
 * counted: what they cost is the difference between two runs of different length.
 *
 *   replay KIND REQUESTS */
#include <stdio.h>
#include <stdlib.h>

#include "conn.h"

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define PIECES_MAX 7
#define PIPELINED 16

#define BROWSER_FIELDS                                                                                                 \
    "Host: example.org\r\n"                                                                                            \
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"                           \
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"                                      \
    "Accept-Language: en-GB,en;q=0.5\r\n"                                                                              \
    "Accept-Encoding: gzip, deflate, br\r\n"                                                                           \
    "Referer: https://example.org/articles/2024/hello-world\r\n"                                                       \
    "Connection: keep-alive\r\n"                                                                                       \
    "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n"                                                 \
    "Upgrade-Insecure-Requests: 1\r\n"                                                                                 \
    "Sec-Fetch-Dest: document\r\n"                                                                                     \
    "Sec-Fetch-Mode: navigate\r\n"                                                                                     \
    "Cache-Control: max-age=0\r\n"

#define APP_HELLO "GET / HTTP/1.1\r\nHost: 127.0.0.1:9292\r\n\r\n"
#define STATIC_HELLO "GET /hello HTTP/1.1\r\nHost: 127.0.0.1:9292\r\n\r\n"

typedef struct {
    const char *name;
    const char *bytes; /* of one request */
    unsigned times;    /* it stands in one receive */
    bool logged;
} traffic_t;

static const traffic_t kinds[] = {
    {"static hello", STATIC_HELLO, 1, false},
    {"static hello, logged", STATIC_HELLO, 1, true},
    {"static hello, pipelined", STATIC_HELLO, PIPELINED, false},
    {"static hello, a browser's head", "GET /hello HTTP/1.1\r\n" BROWSER_FIELDS "\r\n", 1, false},
    {"application, hello", APP_HELLO, 1, false},
    {"application, hello, logged", APP_HELLO, 1, true},
    {"application, a browser's head", "GET /articles/2024?page=2 HTTP/1.1\r\n" BROWSER_FIELDS "\r\n", 1, false},
    {"application, a chunked body",
     "POST /articles HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
     "10\r\n0123456789abcdef\r\n1f;name=value\r\n0123456789abcdef0123456789abcde\r\n0\r\n\r\n",
     1, false},
    {"refusal", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 1, false},
};

typedef struct {
    hyp_limits_t limits;
    hyp_clock_t clock;
    hyp_counters_t counters;
    hyp_conn_shared_t shared;
    hyp_conn_t conn;
    hyp_route_set_t *set;
    hyp_log_writer_t writer;
    hyp_buf_t line;
} replay_t;

static void must(bool held, const char *what)
{
    if (held) return;
    fprintf(stderr, "replay: %s\n", what);
    exit(1);
}

static void give_back(void *ctx, hyp_reply_t *reply)
{
    (void)ctx;
    hyp_reply_destroy(reply);
}

static void put_route(hyp_route_set_t *set)
{
    static const char bytes[] = "HTTP/1.1 200 OK\r\ndate: " DATE "\r\ncontent-type: text/plain\r\n"
                                "content-length: 5\r\n\r\nhello";
    hyp_response_t *response = NULL;
    hyp_slice_t slice = hyp_slice(bytes, sizeof bytes - 1);
    must(hyp_response_new(&response, slice, 5, sizeof "HTTP/1.1 200 OK\r\ndate: " - 1) == HYP_OK, "no response");
    hyp_slice_t path = HYP_SLICE("/hello");
    must(hyp_route_set_put(set, HYP_METHOD_GET, path, HYP_ROUTE_STATIC, response, 0) == HYP_OK, "no route");
    hyp_response_release(response);
}

static void open_replay(replay_t *replay)
{
    memset(replay, 0, sizeof *replay);
    hyp_limits_init(&replay->limits);
    memcpy(replay->clock.date, DATE, sizeof DATE);
    must(hyp_route_set_new(&replay->set) == HYP_OK, "no routes");
    put_route(replay->set);
    hyp_conn_shared_init(&replay->shared);
    replay->shared.limits = &replay->limits;
    replay->shared.clock = &replay->clock;
    replay->shared.counters = &replay->counters;
    replay->shared.has_application = true;
    replay->shared.give_back = give_back;
    hyp_route_reader_init(&replay->shared.routes[0], replay->set);
    hyp_route_reader_init(&replay->shared.routes[1], NULL);
    hyp_conn_init(&replay->conn);
}

static void open_log(replay_t *replay)
{
    must(hyp_access_log_new(&replay->shared.log, NULL, HYP_LOG_COMMON, 1, 65536) == HYP_OK, "no log");
    replay->shared.log_ring = hyp_access_log_ring(replay->shared.log, 0);
    hyp_log_writer_init(&replay->writer, HYP_LOG_COMMON, 1);
}

/* What the log's own thread does, but for the writing. */
static void take_lines(replay_t *replay)
{
    hyp_log_event_t event;
    while (hyp_log_ring_take(replay->shared.log_ring, &event)) {
        must(hyp_log_line(&replay->writer, &replay->line, &event) == HYP_OK, "no line");
        hyp_log_ring_drop(replay->shared.log_ring);
    }
    hyp_buf_clear(&replay->line);
}

static void close_replay(replay_t *replay)
{
    hyp_conn_free(&replay->conn, &replay->shared);
    hyp_conn_shared_free(&replay->shared);
    if (replay->shared.log) hyp_access_log_destroy(replay->shared.log);
    hyp_buf_free(&replay->line);
    hyp_route_set_release(replay->set);
}

static void answer(replay_t *replay)
{
    static const char bytes[] = "HTTP/1.1 200 OK\r\ndate: " DATE "\r\ncontent-length: 5\r\n\r\nhello";
    hyp_request_destroy(hyp_conn_take_request(&replay->conn));
    hyp_reply_t *reply = hyp_reply_new(sizeof bytes - 1);
    must(reply != NULL, "no reply");
    memcpy(reply->bytes, bytes, sizeof bytes - 1);
    reply->last = true;
    hyp_conn_on_reply(&replay->conn, &replay->shared, reply);
}

static void send_all(replay_t *replay)
{
    struct iovec iov[PIECES_MAX];
    size_t len = 0;
    int count = hyp_conn_output(&replay->conn, &replay->shared, iov, PIECES_MAX);
    for (int i = 0; i < count; i++)
        len += iov[i].iov_len;
    hyp_conn_on_sent(&replay->conn, &replay->shared, len);
}

/* As a loop does, until the connection waits for its client; one that has ended begins anew. */
static void settle(replay_t *replay)
{
    for (;;) {
        switch (hyp_conn_want(&replay->conn, &replay->shared)) {
        case HYP_WANT_SEND:
            send_all(replay);
            break;
        case HYP_WANT_DISPATCH:
            answer(replay);
            break;
        case HYP_WANT_RECV:
            return;
        default:
            hyp_conn_free(&replay->conn, &replay->shared);
            return;
        }
    }
}

static const traffic_t *kind_named(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0) return &kinds[i];
    return NULL;
}

static int list_kinds(void)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        puts(kinds[i].name);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 1) return list_kinds();
    const traffic_t *kind = argc == 3 ? kind_named(argv[1]) : NULL;
    must(kind != NULL, "takes KIND REQUESTS, or nothing to list the kinds");

    replay_t replay;
    char bytes[4096] = "";
    for (unsigned i = 0; i < kind->times; i++)
        strcat(bytes, kind->bytes);
    open_replay(&replay);
    if (kind->logged) open_log(&replay);
    for (long left = atol(argv[2]); left > 0; left -= kind->times) {
        hyp_conn_on_recv(&replay.conn, &replay.shared, bytes, strlen(bytes));
        settle(&replay);
        if (kind->logged) take_lines(&replay);
    }
    close_replay(&replay);
    return 0;
}
