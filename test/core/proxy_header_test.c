#include "proxy_header.h"

#include "conn_helpers.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V4_ADDRESSES "\x01\x02\x03\x04\x05\x06\x07\x08\x00\x50\x01\xbb"
#define V6_SOURCE "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
#define V6_ADDRESSES V6_SOURCE V6_SOURCE "\x00\x50\x01\xbb"

typedef struct {
    hyp_slice_t bytes;
    const char *source; /* NULL: refused; "": none is told */
} case_t;

#define CASE(literal, source)                                                                                          \
    {                                                                                                                  \
        HYP_SLICE_INIT(literal), source                                                                                \
    }

static const case_t cases[] = {
    CASE("PROXY TCP4 1.2.3.4 5.6.7.8 80 443\r\n", "1.2.3.4"),
    CASE("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255"),
    CASE("PROXY TCP6 2001:db8::1 ::1 0 0\r\n", "2001:db8::1"),
    CASE("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    CASE("PROXY UNKNOWN\r\n", ""),
    CASE("PROXY UNKNOWN whatever it says\r\n", ""),
    CASE(
        "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
        ""),
    CASE(SIGNATURE "\x21\x11\x00\x0c" V4_ADDRESSES, "1.2.3.4"),
    CASE(SIGNATURE "\x21\x11\x00\x13" V4_ADDRESSES "\x04\x00\x04skip", "1.2.3.4"),
    CASE(SIGNATURE "\x21\x21\x00\x24" V6_ADDRESSES, "2001:db8::1"),
    CASE(SIGNATURE "\x20\x00\x00\x00", ""),
    CASE(SIGNATURE "\x20\x11\x00\x0c" V4_ADDRESSES, ""),
    CASE(SIGNATURE "\x20\x00\x00\x03"
                   "abc",
         ""),
    CASE(SIGNATURE "\x21\x00\x00\x03"
                   "abc",
         ""),

    CASE("GET / HTTP/1.1\r\n", NULL),
    CASE("\r\nPROXY UNKNOWN\r\n", NULL),
    CASE("proxy UNKNOWN\r\n", NULL),
    CASE("PROXY\r\n", NULL),
    CASE("PROXY \r\n", NULL),
    CASE("PROXY UNKNOWNX\r\n", NULL),
    CASE("PROXY UNKNOWN\r\r", NULL),
    CASE("PROXY TCP4\r\n", NULL),
    CASE("PROXY TCP4 1.2.3.4\r\n", NULL),
    CASE("PROXY TCP4 1.2.3.4 5.6.7.8 80\r\n", NULL),
    CASE("PROXY TCP4 1.2.3.4 5.6.7.8 80 443 1\r\n", NULL),
    CASE("PROXY TCP4  1.2.3.4 5.6.7.8 80 443\r\n", NULL),
    CASE("PROXY TCP4 1.2.3.4 5.6.7.8 80 443 \r\n", NULL),
    CASE("PROXY TCP4 1.2.3 5.6.7.8 80 443\r\n", NULL),
    CASE("PROXY TCP4 1.2.3.4 5.6.7.8 80 65536\r\n", NULL),
    CASE("PROXY TCP4 1.2.3.4 5.6.7.8 080 443\r\n", NULL),
    CASE("PROXY TCP4 1.2.3.4 5.6.7.8 -1 443\r\n", NULL),
    CASE("PROXY TCP4 ::1 ::1 80 443\r\n", NULL),
    CASE("PROXY TCP6 1.2.3.4 ::1 80 443\r\n", NULL),
    CASE("PROXY UDP4 1.2.3.4 5.6.7.8 80 443\r\n", NULL),
    CASE("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 "
         "655350\r\n",
         NULL),
    CASE(SIGNATURE "\x31\x11\x00\x0c" V4_ADDRESSES, NULL),
    CASE(SIGNATURE "\x22\x11\x00\x0c" V4_ADDRESSES, NULL),
    CASE(SIGNATURE "\x21\x12\x00\x0c" V4_ADDRESSES, NULL),
    CASE(SIGNATURE "\x21\x41\x00\x0c" V4_ADDRESSES, NULL),
    CASE(SIGNATURE "\x21\x11\x00\x0b" V4_ADDRESSES, NULL),
    CASE(SIGNATURE "\x21\x21\x00\x23" V6_ADDRESSES, NULL),
    CASE(SIGNATURE "\x21\x31\x00\x0c" V4_ADDRESSES, NULL),
};

static hyp_status parse(const char *bytes, size_t len, hyp_proxy_header_t *header)
{
    char *guarded = hyp_test_guarded(bytes, len);
    hyp_status status = hyp_proxy_header_parse(guarded, len, header);
    hyp_test_unguard(guarded, len);
    return status;
}

static void check(const case_t *expected, hyp_status status, const hyp_proxy_header_t *header)
{
    char source[HYP_PEER_BYTES] = "";
    CHECK_INT(expected->source ? HYP_OK : HYP_REFUSE_PROXY, status);
    if (!expected->source) return;
    CHECK_INT(expected->bytes.len, header->bytes);
    if (header->has_source) hyp_ip_print(&header->source, source);
    CHECK_STR(expected->source, source);
}

TEST(proxy_header_is_parsed_whole)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hyp_proxy_header_t header;
        check(&cases[i], parse(cases[i].bytes.ptr, cases[i].bytes.len, &header), &header);
    }
}

TEST(proxy_header_has_one_verdict_however_it_comes)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hyp_proxy_header_t header;
        hyp_status status = HYP_AGAIN;
        for (size_t len = 0; len <= cases[i].bytes.len && status == HYP_AGAIN; len++)
            status = parse(cases[i].bytes.ptr, len, &header);
        check(&cases[i], status, &header);
    }
}

TEST(proxy_header_leaves_what_follows)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char bytes[512];
        hyp_proxy_header_t header;
        size_t len = cases[i].bytes.len;
        memcpy(bytes, cases[i].bytes.ptr, len);
        memcpy(bytes + len, "\r\nGET", 5);
        check(&cases[i], parse(bytes, len + 5, &header), &header);
    }
}

TEST(proxy_header_does_not_wait_for_a_line_without_end)
{
    char bytes[200];
    hyp_proxy_header_t header;
    memset(bytes, 'a', sizeof bytes);
    memcpy(bytes, "PROXY UNKNOWN ", 14);
    CHECK_INT(HYP_AGAIN, parse(bytes, HYP_PROXY_LINE_BYTES_MAX - 1, &header));
    CHECK_INT(HYP_REFUSE_PROXY, parse(bytes, HYP_PROXY_LINE_BYTES_MAX, &header));
}

TEST(proxy_header_is_written_as_it_is_read)
{
    static const char *const peers[] = {"", "1.2.3.4", "2001:db8::1", "255.255.255.255"};
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
        char line[HYP_PROXY_LINE_BYTES_MAX + 1];
        hyp_proxy_header_t header;
        size_t len = hyp_proxy_header_write(line, peers[i]);
        case_t expected = {hyp_slice(line, len), peers[i]};
        check(&expected, parse(line, len, &header), &header);
    }
}

/* ---- on a connection ---- */

static hyp_networks_t networks;

static void open_behind_proxy(hyp_client_t *client, const char *peer)
{
    networks = (hyp_networks_t){.count = 0};
    CHECK_INT(HYP_OK, hyp_networks_add(&networks, HYP_SLICE("10.0.0.0/8")));
    client_open(client);
    client->shared.proxy_protocol = &networks;
    client->shared.trusted_proxies = &networks;
    hyp_conn_set_peer(&client->conn, &client->shared, peer);
}

TEST(proxy_header_names_the_client_of_every_request)
{
    hyp_client_t client;
    open_behind_proxy(&client, "10.0.0.1");
    CHECK_INT(HYP_WANT_REPLY, client_drips(&client, "PROXY TCP4 1.2.3.4 5.6.7.8 80 443\r\n" GET("/app")));
    CHECK_STR("1.2.3.4", client.request->forwarded.client);
    client_is_answered(&client, HELLO, LAST);
    CHECK_INT(HYP_WANT_REPLY, client_says(&client, GET("/app")));
    CHECK_STR("1.2.3.4", client.request->forwarded.client);
    client_close(&client);
}

TEST(proxy_header_may_say_nothing)
{
    hyp_client_t client;
    open_behind_proxy(&client, "10.0.0.1");
    client_says(&client, "PROXY UNKNOWN\r\n" GET("/app"));
    CHECK_STR("10.0.0.1", client.request->forwarded.client);
    client_close(&client);
}

/* The client that a PROXY header names is believed no more than one that comes by itself. */
TEST(proxy_header_moves_trust_to_whom_it_names)
{
    hyp_client_t client;
    open_behind_proxy(&client, "10.0.0.1");
    client_says(&client, "PROXY TCP4 1.2.3.4 5.6.7.8 80 443\r\n"
                         "GET /app HTTP/1.1\r\n" HOST "X-Forwarded-For: 9.9.9.9\r\n\r\n");
    CHECK_STR("1.2.3.4", client.request->forwarded.client);
    client_close(&client);
    open_behind_proxy(&client, "10.0.0.1");
    client_says(&client, "PROXY TCP4 10.0.0.2 5.6.7.8 80 443\r\n"
                         "GET /app HTTP/1.1\r\n" HOST "X-Forwarded-For: 9.9.9.9\r\n\r\n");
    CHECK_STR("9.9.9.9", client.request->forwarded.client);
    client_close(&client);
}

/* Who is trusted to have TLS before itself may pass on what was asked for by https. */
TEST(proxy_header_moves_https_to_whom_it_names)
{
    hyp_client_t client;
    open_behind_proxy(&client, "10.0.0.1");
    CHECK_INT(HYP_WANT_REPLY, client_says(&client, "PROXY TCP4 10.0.0.2 5.6.7.8 80 443\r\n"
                                                   "GET https://a/app HTTP/1.1\r\n" HOST "\r\n"));
    client_close(&client);
    open_behind_proxy(&client, "10.0.0.1");
    client_says(&client, "PROXY TCP4 1.2.3.4 5.6.7.8 80 443\r\n"
                         "GET https://a/app HTTP/1.1\r\n" HOST "\r\n");
    CHECK_REFUSED(&client, 421);
    client_close(&client);
}

TEST(proxy_header_comes_once)
{
    hyp_client_t client;
    open_behind_proxy(&client, "10.0.0.1");
    client_says(&client, "PROXY TCP4 10.0.0.2 5.6.7.8 80 443\r\nPROXY TCP4 1.2.3.4 5.6.7.8 80 443\r\n" GET("/hello"));
    CHECK_REFUSED(&client, 400);
    client_close(&client);
}

TEST(proxy_header_is_demanded_of_a_proxy_and_of_nobody_else)
{
    hyp_client_t client;
    open_behind_proxy(&client, "10.0.0.1");
    client_says(&client, GET("/hello"));
    CHECK_REFUSED(&client, 400);
    client_close(&client);
    open_behind_proxy(&client, "1.1.1.1");
    CHECK_INT(HYP_WANT_RECV, client_says(&client, GET("/hello")));
    CHECK_SENT(&client, HELLO);
    client_close(&client);
    open_behind_proxy(&client, "1.1.1.1");
    client_says(&client, "PROXY TCP4 1.2.3.4 5.6.7.8 80 443\r\n" GET("/hello"));
    CHECK_REFUSED(&client, 400);
    client_close(&client);
    open_behind_proxy(&client, "1.1.1.1");
    client_sends(&client, cases[7].bytes.ptr, cases[7].bytes.len);
    CHECK_REFUSED(&client, 400);
    client_close(&client);
}

TEST(proxy_header_has_the_time_of_a_head)
{
    hyp_client_t client;
    open_behind_proxy(&client, "10.0.0.1");
    CHECK_INT(HYP_WANT_RECV, client_settle(&client));
    CHECK_INT(HYP_TIMER_HEAD, client_timer(&client));
    CHECK_INT(HYP_WANT_RECV, client_says(&client, "PROXY TCP4 1.2"));
    CHECK_INT(HYP_TIMER_HEAD, client_timer(&client));
    CHECK_INT(HYP_WANT_CLOSE, client_times_out(&client));
    CHECK_SENT(&client, "");
    client_close(&client);
}

TEST(proxy_header_is_not_waited_for_in_a_drain)
{
    hyp_client_t client;
    open_behind_proxy(&client, "10.0.0.1");
    CHECK_INT(HYP_WANT_CLOSE, client_sees_drain(&client));
    client_close(&client);
}
