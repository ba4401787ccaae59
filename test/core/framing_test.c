#include "framing.h"

#include <stdio.h>

#include "parser_helpers.h"
#include "test.h"

/* What the fields of a head decide, in words: "chunked close host [a]". */
typedef struct {
    hyp_status status;
    char text[256];
} decided_t;

static void describe(decided_t *decided, const hyp_framing_t *framing, const char *bytes)
{
    char body[64];
    snprintf(body, sizeof(body), "length %llu", (unsigned long long)framing->content_length);
    const char *const bodies[] = {"none", body, "chunked"};
    snprintf(decided->text, sizeof(decided->text), "%s%s%s%s host [%.*s]", bodies[framing->body],
             framing->keep_alive ? " keep-alive" : " close", framing->expect_continue ? " continue" : "",
             framing->upgrade ? " upgrade" : "", (int)framing->host.len, bytes + framing->host.offset);
}

static decided_t decide(const char *bytes)
{
    decided_t decided = {HYP_OK, ""};
    hyp_parser_t parser = {0};
    hyp_head_t head;
    hyp_framing_t framing;
    size_t len = strlen(bytes);
    char *guarded = hyp_test_guarded(bytes, len);

    CHECK_INT(HYP_OK, hyp_parser_execute(&parser, guarded, len, &feed_limits, &head));
    memset(&framing, 0xa5, sizeof(framing));
    decided.status = hyp_framing_decide(&head, guarded, &framing);
    if (decided.status == HYP_OK) describe(&decided, &framing, guarded);
    hyp_test_unguard(guarded, len);
    return decided;
}

typedef struct {
    const char *bytes;
    const char *text;
} accepted_t;

typedef struct {
    hyp_status status;
    const char *bytes;
} refused_t;

static void check_all_accepted(const accepted_t *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        decided_t decided = decide(cases[i].bytes);
        if (decided.status == HYP_OK && strcmp(decided.text, cases[i].text) == 0) continue;
        FAIL("[%s] is (%s) %s, expected %s", cases[i].bytes, hyp_status_text(decided.status), decided.text,
             cases[i].text);
    }
}

static void check_all_refused(const refused_t *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        decided_t decided = decide(cases[i].bytes);
        if (decided.status == cases[i].status) continue;
        FAIL("[%s] is (%s) %s, expected (%s)", cases[i].bytes, hyp_status_text(decided.status), decided.text,
             hyp_status_text(cases[i].status));
    }
}

#define CHECK_ALL_ACCEPTED(cases) check_all_accepted((cases), sizeof(cases) / sizeof((cases)[0]))
#define CHECK_ALL_REFUSED(cases) check_all_refused((cases), sizeof(cases) / sizeof((cases)[0]))

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\n"
#define OLD_GET "GET / HTTP/1.0\r\n"
#define END "\r\n"

/* RFC 9112 section 3.2, RFC 9110 section 7.2 */
static const accepted_t hosts[] = {
    {"GET / HTTP/1.1\r\nHost: example.com\r\n" END, "none keep-alive host [example.com]"},
    {"GET / HTTP/1.1\r\nhOST:127.0.0.1:9292\r\n" END, "none keep-alive host [127.0.0.1:9292]"},
    {"GET / HTTP/1.1\r\nHost: [::1]:80 \r\n" END, "none keep-alive host [[::1]:80]"},
    {"GET / HTTP/1.1\r\nHost:\r\n" END, "none keep-alive host []"},
    {"GET / HTTP/1.1\r\nHosts: b/\r\nHost: a\r\nHos: c/\r\nMost: d/\r\n" END, "none keep-alive host [a]"},
    {OLD_GET END, "none close host []"},
    {OLD_GET "Host: a\r\n" END, "none close host [a]"},
    /* section 3.2.2: the target's authority wins */
    {"GET http://b:80/c HTTP/1.1\r\nHost: a\r\n" END, "none keep-alive host [b:80]"},
    {"GET http://b HTTP/1.1\r\nHost:\r\n" END, "none keep-alive host [b]"},
    {"GET http://b HTTP/1.0\r\n" END, "none close host [b]"},
    {"CONNECT b:443 HTTP/1.1\r\nHost: a\r\n" END, "none keep-alive host [a]"},
    {"OPTIONS * HTTP/1.1\r\nHost: a\r\n" END, "none keep-alive host [a]"},
};

static const refused_t bad_hosts[] = {
    {HYP_REFUSE_HOST, "GET / HTTP/1.1\r\n" END},
    {HYP_REFUSE_HOST, "GET / HTTP/1.1\r\nHosts: a\r\nHos: a\r\nHosT1: a\r\n" END},
    {HYP_REFUSE_HOST, "GET http://a/ HTTP/1.1\r\n" END},
    {HYP_REFUSE_HOST, GET "Host: a\r\n" END},
    {HYP_REFUSE_HOST, GET "Host: b\r\n" END},
    {HYP_REFUSE_HOST, GET "Host:\r\n" END},
    {HYP_REFUSE_HOST, GET "HOST: a\r\nhost: a\r\n" END},
    {HYP_REFUSE_HOST, OLD_GET "Host: a\r\nHost: a\r\n" END},
    {HYP_REFUSE_HOST, OLD_GET "Host: a b\r\n" END},
    {HYP_REFUSE_HOST, "GET / HTTP/1.1\r\nHost: a b\r\n" END},
    {HYP_REFUSE_HOST, "GET / HTTP/1.1\r\nHost: a, b\r\n" END},
    {HYP_REFUSE_HOST, "GET / HTTP/1.1\r\nHost: http://a\r\n" END},
    {HYP_REFUSE_HOST, "GET / HTTP/1.1\r\nHost: a/b\r\n" END},
    {HYP_REFUSE_HOST, "GET / HTTP/1.1\r\nHost: u@a\r\n" END},
    {HYP_REFUSE_HOST, "GET / HTTP/1.1\r\nHost: a:port\r\n" END},
    {HYP_REFUSE_HOST, "GET / HTTP/1.1\r\nHost: [::1\r\n" END},
    {HYP_REFUSE_HOST, "GET http://a/ HTTP/1.1\r\nHost: b c\r\n" END},
};

TEST(framing_finds_the_host)
{
    CHECK_ALL_ACCEPTED(hosts);
}

TEST(framing_refuses_bad_hosts)
{
    CHECK_ALL_REFUSED(bad_hosts);
}

/* RFC 9110 section 8.6, RFC 9112 section 6.3 */
static const accepted_t lengths[] = {
    {POST END, "none keep-alive host [a]"},
    {POST "Content-Length: 0\r\n" END, "none keep-alive host [a]"},
    {POST "Content-Length: 1\r\n" END, "length 1 keep-alive host [a]"},
    {POST "CONTENT-length:  42 \r\n" END, "length 42 keep-alive host [a]"},
    {POST "Content-Length: 00000000000000000000000000007\r\n" END, "length 7 keep-alive host [a]"},
    {POST "Content-Length: 9223372036854775807\r\n" END, "length 9223372036854775807 keep-alive host [a]"},
    {GET "Content-Length: 5\r\n" END, "length 5 keep-alive host [a]"},
    {OLD_GET "Content-Length: 5\r\n" END, "length 5 close host []"},
    /* an underscore makes it another field */
    {POST "Content_Length: 5\r\nContentXLength: 6\r\n" END, "none keep-alive host [a]"},
};

static const refused_t bad_lengths[] = {
    {HYP_REFUSE_CONTENT_LENGTH, POST "Content-Length:\r\n" END},
    {HYP_REFUSE_CONTENT_LENGTH, POST "Content-Length: +1\r\n" END},
    {HYP_REFUSE_CONTENT_LENGTH, POST "Content-Length: -1\r\n" END},
    {HYP_REFUSE_CONTENT_LENGTH, POST "Content-Length: 1 2\r\n" END},
    {HYP_REFUSE_CONTENT_LENGTH, POST "Content-Length: 1,1\r\n" END},
    {HYP_REFUSE_CONTENT_LENGTH, POST "Content-Length: 1, 1\r\n" END},
    {HYP_REFUSE_CONTENT_LENGTH, POST "Content-Length: 0x10\r\n" END},
    {HYP_REFUSE_CONTENT_LENGTH, POST "Content-Length: ff\r\n" END},
    {HYP_REFUSE_CONTENT_LENGTH, POST "Content-Length: 1.0\r\n" END},
    {HYP_REFUSE_CONTENT_LENGTH, POST "Content-Length: 1e3\r\n" END},
    {HYP_REFUSE_CONTENT_LENGTH, POST "Content-Length: \"1\"\r\n" END},
    {HYP_REFUSE_CONTENT_LENGTH, POST "Content-Length: 1\xc2\xb2\r\n" END},
    {HYP_REFUSE_CONTENT_LENGTH, POST "Content-Length: 9223372036854775808\r\n" END},
    {HYP_REFUSE_CONTENT_LENGTH, POST "Content-Length: 18446744073709551615\r\n" END},
    {HYP_REFUSE_CONTENT_LENGTH, POST "Content-Length: 18446744073709551617\r\n" END},
    {HYP_REFUSE_CONTENT_LENGTH, POST "Content-Length: 99999999999999999999999999999999\r\n" END},
    {HYP_REFUSE_CONTENT_LENGTH, POST "Content-Length: 1\r\nContent-Length: 1\r\n" END},
    {HYP_REFUSE_CONTENT_LENGTH, POST "Content-Length: 1\r\nContent-Length: 2\r\n" END},
    {HYP_REFUSE_CONTENT_LENGTH, POST "Content-Length: 1\r\ncontent-length:\r\n" END},
};

/* RFC 9110 section 9.3.8 */
static const refused_t contents[] = {
    {HYP_REFUSE_CONTENT, "TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n" END},
    {HYP_REFUSE_CONTENT, "TRACE / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" END},
    {HYP_REFUSE_CONTENT, "TRACE / HTTP/1.0\r\nContent-Length: 1\r\n" END},
    {HYP_REFUSE_CONTENT_LENGTH, "TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n" END},
};

static const accepted_t no_contents[] = {
    {"TRACE / HTTP/1.1\r\nHost: a\r\n" END, "none keep-alive host [a]"},
    {"TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n" END, "none keep-alive host [a]"},
    {"trace / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n" END, "length 1 keep-alive host [a]"},
};

TEST(framing_refuses_content_with_trace)
{
    CHECK_ALL_REFUSED(contents);
    CHECK_ALL_ACCEPTED(no_contents);
}

TEST(framing_reads_content_length)
{
    CHECK_ALL_ACCEPTED(lengths);
}

TEST(framing_refuses_bad_content_lengths)
{
    CHECK_ALL_REFUSED(bad_lengths);
}

/* RFC 9112 sections 6.1 and 7 */
static const accepted_t codings[] = {
    {POST "Transfer-Encoding: chunked\r\n" END, "chunked keep-alive host [a]"},
    {POST "transfer-ENCODING:CHUNKED \r\n" END, "chunked keep-alive host [a]"},
    {GET "Transfer-Encoding: chunked\r\nConnection: close\r\n" END, "chunked close host [a]"},
    {POST "Transfer_Encoding: gzip\r\nTransfer-Encodin: gzip\r\nTransfer-Encodingg: gzip\r\n" END,
     "none keep-alive host [a]"},
    {POST "TransferXEncoding: gzip\r\nTransfer-EncodinX: gzip\r\nXransfer-Encoding: gzip\r\n" END,
     "none keep-alive host [a]"},
};

static const refused_t bad_codings[] = {
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: gzip\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: identity\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: xchunked\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: chunkedx\r\n" END},
    {HYP_REFUSE_CODING, POST "Transfer-Encoding: gzip, chunked\r\n" END},
    {HYP_REFUSE_CODING, POST "Transfer-Encoding: gzip ; q=1, chunked\r\n" END},
    {HYP_REFUSE_CODING, POST "Transfer-Encoding: gzip,deflate,chunked\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding:\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: ,\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: chunked,\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: ,chunked\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: chunked, chunked\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: chunked, gzip\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: chunked, identity\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: chunked;a=b\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: gzip, chunked ;a\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: chunked gzip\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: chu nked\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: \"chunked\"\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: ;chunked\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: chunked\xa0\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, POST "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" END},
    {HYP_REFUSE_TRANSFER_ENCODING, "POST / HTTP/1.0\r\nTransfer-Encoding: gzip\r\n" END},
};

TEST(framing_reads_transfer_encoding)
{
    CHECK_ALL_ACCEPTED(codings);
}

TEST(framing_refuses_bad_transfer_encodings)
{
    CHECK_ALL_REFUSED(bad_codings);
}

/* RFC 9112 section 9.3, RFC 9110 sections 7.6.1 and 7.8 */
static const accepted_t connections[] = {
    {GET "Connection: close\r\n" END, "none close host [a]"},
    {GET "Connection: Close\r\n" END, "none close host [a]"},
    {GET "Connection: keep-alive\r\n" END, "none keep-alive host [a]"},
    {GET "Connection: close, keep-alive\r\n" END, "none close host [a]"},
    {GET "Connection: keep-alive,close\r\n" END, "none close host [a]"},
    {GET "Connection: keep-alive\r\nconnection: a, \tCLOSE ,b\r\n" END, "none close host [a]"},
    {GET "Connection:\r\n" END, "none keep-alive host [a]"},
    {GET "Connection: ,,\r\n" END, "none keep-alive host [a]"},
    {GET "Connection: closed, enclose, close/\r\n" END, "none keep-alive host [a]"},
    {GET "Connectiom: close\r\nXonnection: close\r\n" END, "none keep-alive host [a]"},
    {OLD_GET "Connection: keep-alive\r\n" END, "none keep-alive host []"},
    {OLD_GET "Connection: Keep-Alive\r\n" END, "none keep-alive host []"},
    {OLD_GET "Connection: keep-alive, close\r\n" END, "none close host []"},
    {OLD_GET "Connection: keep-alivf\r\n" END, "none close host []"},
    {GET "Upgrade: websocket\r\nConnection: Upgrade\r\n" END, "none keep-alive upgrade host [a]"},
    {GET "Connection: keep-alive, Upgrade\r\nUpgrade: h2c\r\n" END, "none keep-alive upgrade host [a]"},
    {GET "Connection: close, Upgrade\r\nUpgrade: h2c\r\n" END, "none close upgrade host [a]"},
    {GET "Connection: upgrade\r\n" END, "none keep-alive host [a]"},
    {GET "Upgrade: websocket\r\n" END, "none keep-alive host [a]"},
    {GET "Connection: upgrade\r\nUpgrade:\r\n" END, "none keep-alive host [a]"},
    {GET "Connection: upgrade\r\nUpgrads: h2c\r\n" END, "none keep-alive host [a]"},
    {OLD_GET "Connection: upgrade, keep-alive\r\nUpgrade: h2c\r\n" END, "none keep-alive host []"},
};

TEST(framing_reads_connection_and_upgrade)
{
    CHECK_ALL_ACCEPTED(connections);
}

/* RFC 9110 section 10.1.1 */
static const accepted_t expectations[] = {
    {POST "Expect: 100-continue\r\nContent-Length: 1\r\n" END, "length 1 keep-alive continue host [a]"},
    {POST "EXPECT: 100-Continue\r\nTransfer-Encoding: chunked\r\n" END, "chunked keep-alive continue host [a]"},
    {POST "Expect: 100-continue\r\nExpect: 100-continue\r\n" END, "none keep-alive continue host [a]"},
    {POST "Accept: all\r\nExpecx: all\r\n" END, "none keep-alive host [a]"},
    {"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n" END, "length 1 close host []"},
    {"POST / HTTP/1.0\r\nExpect: wonders\r\n" END, "none close host []"},
};

static const refused_t bad_expectations[] = {
    {HYP_REFUSE_EXPECTATION, POST "Expect: wonders\r\n" END},
    {HYP_REFUSE_EXPECTATION, POST "Expect:\r\n" END},
    {HYP_REFUSE_EXPECTATION, POST "Expect: 100-continue, wonders\r\n" END},
    {HYP_REFUSE_EXPECTATION, POST "Expect: 100-continue\r\nExpect: wonders\r\n" END},
    {HYP_REFUSE_EXPECTATION, POST "Expect: 200-ok\r\nExpect: 100-continue\r\n" END},
};

TEST(framing_reads_expectations)
{
    CHECK_ALL_ACCEPTED(expectations);
    CHECK_ALL_REFUSED(bad_expectations);
}
