/* So many requests that a leak of a byte each would show: the sanitizers and valgrind look for it when the program ends. */
#include "conn_helpers.h"

#include <stdio.h>
#include <stdlib.h>

#define REQUESTS HYP_TEST_ROUNDS(100000)

typedef struct {
    hyp_client_t client;
    unsigned made;
} flood_t;

static void begin_anew(flood_t *flood)
{
    hyp_conn_free(&flood->client.conn, &flood->client.shared);
    hyp_buf_clear(&flood->client.sent);
}

static void is_served(flood_t *flood, const char *request)
{
    client_says(&flood->client, request);
    CHECK_INT(HYP_WANT_RECV, hyp_conn_want(&flood->client.conn, &flood->client.shared));
    hyp_buf_clear(&flood->client.sent);
}

static void is_answered(flood_t *flood, const char *request)
{
    CHECK_INT(HYP_WANT_REPLY, client_says(&flood->client, request));
    client_gets(&flood->client, reply_of("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n", NULL, PIECE));
    client_gets(&flood->client, reply_of("", "body", LAST));
    CHECK_INT(1, flood->client.given_back);
    flood->client.given_back = 0;
    hyp_buf_clear(&flood->client.sent);
}

/* Left in the lurch at any point: the next connection begins anew. */
static void is_left(flood_t *flood, const char *request, size_t len)
{
    client_sends(&flood->client, request, len);
    if (flood->made & 1) client_times_out(&flood->client);
    begin_anew(flood);
}

static void make_request(flood_t *flood)
{
    static const char chunked[] = "POST /a HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
                                  "3;a=\"b\"\r\nabc\r\n0\r\nX: y\r\n\r\n";
    unsigned number = flood->made++;
    switch (number % 10) {
    case 0:
        is_answered(flood, "POST /a HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc");
        break;
    case 1:
        is_answered(flood, chunked);
        break;
    case 2:
        is_answered(flood, GET("/block"));
        break;
    case 3:
        is_served(flood, "POST /thanks HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc");
        break;
    case 4:
        is_left(flood, chunked, 1 + number % (sizeof chunked - 2));
        break;
    case 5:
        is_left(flood, "nonsense\r\n", 10);
        break;
    case 6:
        is_served(flood, GET("/big"));
        break;
    default:
        is_served(flood, GET("/hello"));
        break;
    }
}

TEST(conn_flood_of_a_hundred_thousand_requests_leaves_nothing)
{
    flood_t *flood = calloc(1, sizeof *flood);
    client_open(&flood->client);
    while (flood->made < REQUESTS)
        make_request(flood);
    client_close(&flood->client);
    free(flood);
}
