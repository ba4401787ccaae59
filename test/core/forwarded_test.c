#include "forwarded.h"

#include <stdio.h>

#include "test.h"

#define PEER "10.0.0.1"

static hyp_forwarded_t found;
static char head[65536];

/* What is understood of a request with these field lines; its bytes end at an unreadable page. */
static void read_fields(const char *fields)
{
    hyp_networks_t trusted = {.count = 0};
    hyp_parser_limits_t limits = {
        .method_bytes = 32, .target_bytes = 8192, .head_bytes = sizeof head, .headers = HYP_HEADERS_MAX};
    hyp_parser_t parser;
    hyp_head_t parsed;
    CHECK_INT(HYP_OK, hyp_networks_add(&trusted, HYP_SLICE("10.0.0.0/8")));
    CHECK_INT(HYP_OK, hyp_networks_add(&trusted, HYP_SLICE("fd00::/8")));
    int len = snprintf(head, sizeof head, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", fields);
    char *guarded = hyp_test_guarded(head, (size_t)len);
    hyp_parser_init(&parser);
    ASSERT(hyp_parser_execute(&parser, guarded, (size_t)len, &limits, &parsed) == HYP_OK);
    hyp_forwarded_read(&found, &trusted, PEER, parsed.headers, parsed.header_count, guarded);
    hyp_test_unguard(guarded, (size_t)len);
}

static const char *client_of(const char *fields)
{
    read_fields(fields);
    return found.client;
}

TEST(forwarded_is_the_peer_without_fields)
{
    CHECK_STR(PEER, client_of(""));
    CHECK_INT(HYP_SCHEME_UNKNOWN, found.scheme);
    CHECK_INT(0, found.host.len + found.port.len);
}

TEST(forwarded_reads_the_client_of_the_old_field)
{
    static const char *const fields[][2] = {
        {"X-Forwarded-For: 1.2.3.4\r\n", "1.2.3.4"},
        {"x-forwarded-for:1.2.3.4:567\r\n", "1.2.3.4"},
        {"X-Forwarded-For: 2001:DB8::1\r\n", "2001:db8::1"},
        {"X-Forwarded-For: [2001:db8::1]\r\n", "2001:db8::1"},
        {"X-Forwarded-For: [2001:db8::1]:80\r\n", "2001:db8::1"},
        {"X-Forwarded-For: \"1.2.3.4\"\r\n", "1.2.3.4"},
        /* what the nearest proxy saw counts, not what the client invents */
        {"X-Forwarded-For: 9.9.9.9, 1.2.3.4\r\n", "1.2.3.4"},
        {"X-Forwarded-For: 9.9.9.9, 1.2.3.4, 10.0.0.2,10.0.0.3\r\n", "1.2.3.4"},
        {"X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-For: 1.2.3.4 , fd00::1\r\n", "1.2.3.4"},
        {"X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 10.0.0.2\r\n", "1.2.3.4"},
        {"X-Forwarded-For: 1.2.3.4,, ,\r\n", "1.2.3.4"},
        /* all are trusted: the one furthest away has asked */
        {"X-Forwarded-For: 10.0.0.3, 10.0.0.2\r\n", "10.0.0.3"},
        /* reading ends at what cannot be read */
        {"X-Forwarded-For: unknown\r\n", PEER},
        {"X-Forwarded-For: 1.2.3.4, unknown\r\n", PEER},
        {"X-Forwarded-For: 1.2.3.4, _hidden, 10.0.0.2\r\n", "10.0.0.2"},
        {"X-Forwarded-For: 1.2.3.4;5.6.7.8\r\n", PEER},
        {"X-Forwarded-For: 1.2.3.4 5.6.7.8\r\n", PEER},
        {"X-Forwarded-For: [::1\r\n", PEER},
        {"X-Forwarded-For: [::1]80\r\n", PEER},
        {"X-Forwarded-For: \"\r\n", PEER},
        {"X-Forwarded-For: \"\"\r\n", PEER},
        {"X-Forwarded-For: :80\r\n", PEER},
        {"X-Forwarded-For:\r\n", PEER},
        {"X-Forwarded-For: ,\r\n", PEER},
        {"X-Forwarded-For: 1.2.3.999\r\n", PEER},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        CHECK_STR(fields[i][1], client_of(fields[i][0]));
}

TEST(forwarded_reads_the_client_of_the_standard_field)
{
    static const char *const fields[][2] = {
        {"Forwarded: for=1.2.3.4\r\n", "1.2.3.4"},
        {"Forwarded: For=\"[2001:db8::1]:4711\"\r\n", "2001:db8::1"},
        {"Forwarded: for=9.9.9.9, for=1.2.3.4;proto=https;by=10.0.0.1\r\n", "1.2.3.4"},
        {"Forwarded: by=10.0.0.1 ; for=1.2.3.4, for=10.0.0.2\r\n", "1.2.3.4"},
        {"Forwarded: for=1.2.3.4\r\nForwarded: for=10.0.0.2\r\n", "1.2.3.4"},
        {"Forwarded: for=1.2.3.4;\r\n", "1.2.3.4"},
        /* a client cannot hide what its proxy adds behind an open quote */
        {"Forwarded: for=\"9.9.9.9, for=1.2.3.4\r\n", "1.2.3.4"},
        {"Forwarded: for=unknown\r\n", PEER},
        {"Forwarded: for=_secret\r\n", PEER},
        {"Forwarded: for\r\n", PEER},
        {"Forwarded: proto=https\r\n", PEER},
        {"Forwarded: for=1.2.3.4;for=5.6.7.8\r\n", PEER},
        {"Forwarded: 1.2.3.4\r\n", PEER},
        {"Forwarded:\r\n", PEER},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        CHECK_STR(fields[i][1], client_of(fields[i][0]));
}

TEST(forwarded_prefers_the_old_fields)
{
    CHECK_STR("1.2.3.4", client_of("Forwarded: for=9.9.9.9\r\nX-Forwarded-For: 1.2.3.4\r\n"));
    CHECK_STR(PEER, client_of("Forwarded: for=9.9.9.9\r\nX-Forwarded-For: unknown\r\n"));
    read_fields(
        "Forwarded: for=9.9.9.9;proto=https;host=evil\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: good\r\n");
    CHECK_INT(HYP_SCHEME_HTTP, found.scheme);
    CHECK_BYTES("good", head + found.host.offset, found.host.len);
}

TEST(forwarded_reads_the_scheme)
{
    static const struct {
        const char *fields;
        hyp_scheme scheme;
    } schemes[] = {
        {"X-Forwarded-Proto: https\r\n", HYP_SCHEME_HTTPS},
        {"X-Forwarded-Proto: HTTPS\r\n", HYP_SCHEME_HTTPS},
        {"X-Forwarded-Proto: wss\r\n", HYP_SCHEME_HTTPS},
        {"X-Forwarded-Proto: http\r\n", HYP_SCHEME_HTTP},
        {"X-Forwarded-Proto: https, http\r\n", HYP_SCHEME_HTTP},
        {"X-Forwarded-Proto: ftp\r\n", HYP_SCHEME_UNKNOWN},
        {"X-Forwarded-Proto: https://\r\n", HYP_SCHEME_UNKNOWN},
        {"Forwarded: for=1.2.3.4;proto=https\r\n", HYP_SCHEME_HTTPS},
        {"Forwarded: for=1.2.3.4;proto=\"https\"\r\n", HYP_SCHEME_HTTPS},
        {"Forwarded: for=1.2.3.4;proto=https, for=10.0.0.2;proto=http\r\n", HYP_SCHEME_HTTPS},
        {"Forwarded: proto=https, for=1.2.3.4;proto=http\r\n", HYP_SCHEME_HTTP},
    };
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        read_fields(schemes[i].fields);
        CHECK_INT(schemes[i].scheme, found.scheme);
    }
}

TEST(forwarded_reads_the_host_and_the_port)
{
    static const char *const hosts[][2] = {
        {"X-Forwarded-Host: a.example\r\n", "a.example"},
        {"X-Forwarded-Host: b, a.example:81\r\n", "a.example:81"},
        {"X-Forwarded-Host: [::1]:81\r\n", "[::1]:81"},
        {"Forwarded: host=\"a.example:81\"\r\n", "a.example:81"},
        {"X-Forwarded-Host: a b\r\n", ""},
        {"X-Forwarded-Host: a/b\r\n", ""},
        {"X-Forwarded-Host: user@a\r\n", ""},
        {"X-Forwarded-Host: a:99999\r\n", ""},
        {"X-Forwarded-Host:\r\n", ""},
    };
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        read_fields(hosts[i][0]);
        CHECK_MEM(hosts[i][1], strlen(hosts[i][1]), head + found.host.offset, found.host.len);
    }
    static const char *const ports[][2] = {
        {"X-Forwarded-Port: 443\r\n", "443"}, {"X-Forwarded-Port: 1, 8443\r\n", "8443"},
        {"X-Forwarded-Port: 0\r\n", ""},      {"X-Forwarded-Port: 65536\r\n", ""},
        {"X-Forwarded-Port: -1\r\n", ""},     {"X-Forwarded-Port: 4a\r\n", ""},
        {"X-Forwarded-Port: 000443\r\n", ""}, {"X-Forwarded-Port:\r\n", ""},
    };
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        read_fields(ports[i][0]);
        CHECK_MEM(ports[i][1], strlen(ports[i][1]), head + found.port.offset, found.port.len);
    }
}

TEST(forwarded_looks_at_so_many_hops)
{
    static char fields[4096];
    strcpy(fields, "X-Forwarded-For: 1.2.3.4");
    for (int i = 0; i < HYP_FORWARDED_HOPS_MAX - 1; i++)
        strcat(fields, ",10.0.0.2");
    strcat(fields, "\r\n");
    CHECK_STR("1.2.3.4", client_of(fields));
    fields[strlen(fields) - 2] = '\0';
    strcat(fields, ",10.0.0.2\r\n");
    CHECK_STR("10.0.0.2", client_of(fields));
}
