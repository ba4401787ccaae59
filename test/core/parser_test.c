#include "parser_helpers.h"

#include <stdio.h>
#include <stdlib.h>

#include "test.h"

typedef struct {
    const char *bytes;
    size_t len;
    const char *text;
} accepted_t;

typedef struct {
    hyp_status status;
    const char *why;
    const char *bytes;
    size_t len;
} refused_t;

static void check_all_accepted(const accepted_t *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_accepted(cases[i].text, cases[i].bytes, cases[i].len);
}

static void check_all_refused(const refused_t *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_refused(cases[i].status, cases[i].bytes, cases[i].len, cases[i].why);
}

#define CHECK_ALL_ACCEPTED(cases) check_all_accepted((cases), sizeof(cases) / sizeof((cases)[0]))
#define CHECK_ALL_REFUSED(cases) check_all_refused((cases), sizeof(cases) / sizeof((cases)[0]))

static const accepted_t request_lines[] = {
    {BYTES("GET / HTTP/1.1\r\n\r\n"), "GET origin [/] 1.1 : 18 bytes"},
    {BYTES("GET / HTTP/1.0\r\n\r\n"), "GET origin [/] 1.0 : 18 bytes"},
    /* RFC 9112 section 2.3: a higher minor version is understood as the highest that we speak */
    {BYTES("GET / HTTP/1.2\r\n\r\n"), "GET origin [/] 1.1 : 18 bytes"},
    {BYTES("GET / HTTP/1.9\r\n\r\n"), "GET origin [/] 1.1 : 18 bytes"},
    /* section 2.2: one empty line before the request line */
    {BYTES("\r\nGET / HTTP/1.1\r\n\r\n"), "GET origin [/] 1.1 : 20 bytes"},
    {BYTES("\r\nPUT /a HTTP/1.1\r\nA: b\r\n\r\n"), "PUT origin [/a] 1.1 | A [b] : 27 bytes"},
    /* what follows is not looked at */
    {BYTES("GET / HTTP/1.1\r\n\r\nGET"), "GET origin [/] 1.1 : 18 bytes"},
    {BYTES("GET / HTTP/1.1\r\n\r\n\0\r\n : junk of more than a few bytes"), "GET origin [/] 1.1 : 18 bytes"},
    /* the shortest head there is */
    {BYTES("X / HTTP/1.0\r\n\r\n"), "X origin [/] 1.0 : 16 bytes"},
};

TEST(parser_reads_request_lines)
{
    CHECK_ALL_ACCEPTED(request_lines);
}

/* RFC 9112 section 3.1, RFC 9110 section 9.1: methods are tokens, in their own case */
static const accepted_t methods[] = {
    {BYTES("HEAD / HTTP/1.1\r\n\r\n"), "HEAD origin [/] 1.1 : 19 bytes"},
    {BYTES("POST /form?a=1 HTTP/1.1\r\nHost: example.com\r\n\r\n"),
     "POST origin [/form] query [a=1] 1.1 | Host [example.com] : 46 bytes"},
    {BYTES("PUT / HTTP/1.1\r\n\r\n"), "PUT origin [/] 1.1 : 18 bytes"},
    {BYTES("DELETE / HTTP/1.1\r\n\r\n"), "DELETE origin [/] 1.1 : 21 bytes"},
    {BYTES("PATCH / HTTP/1.1\r\n\r\n"), "PATCH origin [/] 1.1 : 20 bytes"},
    {BYTES("OPTIONS / HTTP/1.1\r\n\r\n"), "OPTIONS origin [/] 1.1 : 22 bytes"},
    {BYTES("TRACE / HTTP/1.1\r\n\r\n"), "TRACE origin [/] 1.1 : 20 bytes"},
    {BYTES("get / HTTP/1.1\r\n\r\n"), "get origin [/] 1.1 : 18 bytes"},
    {BYTES("GETS / HTTP/1.1\r\n\r\n"), "GETS origin [/] 1.1 : 19 bytes"},
    {BYTES("!#$%&'*+-.^_`|~0aZ / HTTP/1.1\r\n\r\n"), "!#$%&'*+-.^_`|~0aZ origin [/] 1.1 : 33 bytes"},
    {BYTES("A2345678901234567890123456789012 / HTTP/1.1\r\n\r\n"),
     "A2345678901234567890123456789012 origin [/] 1.1 : 47 bytes"},
};

TEST(parser_reads_methods)
{
    CHECK_ALL_ACCEPTED(methods);
}

TEST(parser_knows_methods_by_number_and_name)
{
    for (int method = 0; method < HYP_METHOD_OTHER; method++) {
        hyp_slice_t name = hyp_method_name((hyp_method)method);
        CHECK(name.len >= 3);
        CHECK_INT(method, hyp_method_of(name));
    }
    static const char *const strangers[] = {"",      "G",      "get",    "PUTS",    "POSH",    "HEAT",    "PATCI",
                                            "TRACK", "REPORT", "DELETF", "OPTIONT", "CONNECU", "PROPFIND"};
    for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
        CHECK_INT(HYP_METHOD_OTHER, hyp_method_of(hyp_slice(strangers[i], strlen(strangers[i]))));
    }
    CHECK_INT(0, hyp_method_name(HYP_METHOD_OTHER).len);
    CHECK_BYTES("DELETE", hyp_method_name(HYP_METHOD_DELETE).ptr, hyp_method_name(HYP_METHOD_DELETE).len);
}

/* RFC 9112 section 3.2 */
static const accepted_t targets[] = {
    /* origin-form */
    {BYTES("GET /a/b.html HTTP/1.1\r\nHost: h\r\n\r\n"), "GET origin [/a/b.html] 1.1 | Host [h] : 35 bytes"},
    {BYTES("GET /a?b=c&d=/e?f HTTP/1.1\r\nHost: h\r\n\r\n"),
     "GET origin [/a] query [b=c&d=/e?f] 1.1 | Host [h] : 39 bytes"},
    {BYTES("GET /? HTTP/1.1\r\n\r\n"), "GET origin [/] query [] 1.1 : 19 bytes"},
    {BYTES("GET /? HTTP/1.1\r\nHost: example.com\r\n\r\n"),
     "GET origin [/] query [] 1.1 | Host [example.com] : 38 bytes"},
    {BYTES("GET //a//b/../%2e%2f;x=y HTTP/1.1\r\n\r\n"), "GET origin [//a//b/../%2e%2f;x=y] 1.1 : 37 bytes"},
    {BYTES("GET /!$&'()*+,-./:;=@[]^_|~?!$%&'()*+,-./:;=?@[\\]^_`{|}~ HTTP/1.1\r\n\r\n"),
     "GET origin [/!$&'()*+,-./:;=@[]^_|~] query [!$%&'()*+,-./:;=?@[\\]^_`{|}~] 1.1 : 69 bytes"},
    {BYTES("GET /0123456789012345678901234567890123456789?0123456789012345678901234567890123456789 HTTP/1.1\r\n\r\n"),
     "GET origin [/0123456789012345678901234567890123456789] query [0123456789012345678901234567890123456789] 1.1 : 99 "
     "bytes"},
    {BYTES("PUT /a?b?c HTTP/1.1\r\n\r\n"), "PUT origin [/a] query [b?c] 1.1 : 23 bytes"},
    /* absolute-form */
    {BYTES("GET http://h HTTP/1.1\r\n\r\n"), "GET absolute [] authority [h] 1.1 : 25 bytes"},
    {BYTES("GET http://h/ HTTP/1.1\r\n\r\n"), "GET absolute [/] authority [h] 1.1 : 26 bytes"},
    {BYTES("GET HtTpS://h:8443/a?b HTTP/1.1\r\n\r\n"), "GET absolute [/a] query [b] authority [h:8443] 1.1 : 35 bytes"},
    {BYTES("GET http://h?b HTTP/1.1\r\n\r\n"), "GET absolute [] query [b] authority [h] 1.1 : 27 bytes"},
    {BYTES("POST https://[::1]:80/?/ HTTP/1.1\r\n\r\n"),
     "POST absolute [/] query [/] authority [[::1]:80] 1.1 : 37 bytes"},
    {BYTES("OPTIONS http://a.b.c HTTP/1.1\r\n\r\n"), "OPTIONS absolute [] authority [a.b.c] 1.1 : 33 bytes"},
    /* authority-form */
    {BYTES("CONNECT h:443 HTTP/1.1\r\n\r\n"), "CONNECT authority-form [h:443] authority [h:443] 1.1 : 26 bytes"},
    {BYTES("CONNECT [2001:db8::1]:1 HTTP/1.1\r\n\r\n"),
     "CONNECT authority-form [[2001:db8::1]:1] authority [[2001:db8::1]:1] 1.1 : 36 bytes"},
    /* asterisk-form */
    {BYTES("OPTIONS * HTTP/1.1\r\n\r\n"), "OPTIONS asterisk [*] 1.1 : 22 bytes"},
};

TEST(parser_reads_targets)
{
    CHECK_ALL_ACCEPTED(targets);
}

/* RFC 9112 section 5 */
static const accepted_t fields[] = {
    {BYTES("GET / HTTP/1.1\r\nHost: 127.0.0.1:9292\r\n\r\n"), "GET origin [/] 1.1 | Host [127.0.0.1:9292] : 40 bytes"},
    {BYTES("GET / HTTP/1.1\r\nA:\r\n\r\n"), "GET origin [/] 1.1 | A [] : 22 bytes"},
    {BYTES("GET / HTTP/1.1\r\nA: \r\n\r\n"), "GET origin [/] 1.1 | A [] : 23 bytes"},
    {BYTES("GET / HTTP/1.1\r\nA: \t \r\nB:c\r\n\r\n"), "GET origin [/] 1.1 | A [] | B [c] : 30 bytes"},
    {BYTES("GET / HTTP/1.1\r\nA:b\r\n\r\n"), "GET origin [/] 1.1 | A [b] : 23 bytes"},
    {BYTES("GET / HTTP/1.1\r\nA:\t b \t\r\n\r\n"), "GET origin [/] 1.1 | A [b] : 27 bytes"},
    {BYTES("GET / HTTP/1.1\r\nA: b\tc  d\r\n\r\n"), "GET origin [/] 1.1 | A [b\tc  d] : 29 bytes"},
    {BYTES("GET / HTTP/1.1\r\nA: b \r\nAccept-Charset: ?0\r\n\r\n"),
     "GET origin [/] 1.1 | A [b] | Accept-Charset [?0] : 45 bytes"},
    {BYTES("GET / HTTP/1.1\r\nA:  b\r\nAccept-Charset: ?0\r\n\r\n"),
     "GET origin [/] 1.1 | A [b] | Accept-Charset [?0] : 45 bytes"},
    {BYTES("GET / HTTP/1.1\r\nA: b:c\r\n\r\n"), "GET origin [/] 1.1 | A [b:c] : 26 bytes"},
    {BYTES("GET / HTTP/1.1\r\n!#$%&'*+-.^_`|~9: x\r\n\r\n"), "GET origin [/] 1.1 | !#$%&'*+-.^_`|~9 [x] : 39 bytes"},
    {BYTES("GET / HTTP/1.1\r\nA: gr\xc3\xbc\xdf"
           "e \xff\r\n\r\n"),
     "GET origin [/] 1.1 | A [gr\xc3\xbc\xdf"
     "e \xff] : 31 bytes"},
    {BYTES("GET / HTTP/1.1\r\nUpgrade-Insecure-Requests-And-More: 1\r\nA-Field: with a value of forty-two bytes in "
           "all\r\n\r\n"),
     "GET origin [/] 1.1 | Upgrade-Insecure-Requests-And-More [1] | A-Field [with a value of forty-two bytes in all] : "
     "106 "
     "bytes"},
    {BYTES("GET / HTTP/1.1\r\nA: 1\r\nA: 2\r\na: 3\r\n\r\n"), "GET origin [/] 1.1 | A [1] | A [2] | a [3] : 36 bytes"},
};

TEST(parser_reads_fields)
{
    CHECK_ALL_ACCEPTED(fields);
}

static const refused_t bad_request_lines[] = {
    {HYP_REFUSE_REQUEST_LINE, "HTTP/0.9 has no version", BYTES("GET /\r\n")},
    {HYP_REFUSE_REQUEST_LINE, "an empty version", BYTES("GET / \r\n\r\n")},
    {HYP_REFUSE_REQUEST_LINE, "two spaces before the target", BYTES("GET  / HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_REQUEST_LINE, "two spaces before the version", BYTES("GET /  HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_REQUEST_LINE, "a space behind the version", BYTES("GET / HTTP/1.1 \r\n\r\n")},
    {HYP_REFUSE_REQUEST_LINE, "a space in the target", BYTES("GET /a b HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_REQUEST_LINE, "no target", BYTES("GET \r\n\r\n")},
    {HYP_REFUSE_REQUEST_LINE, "no target", BYTES("GET  HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_METHOD, "a method alone", BYTES("GET\r\n\r\n")},
    {HYP_REFUSE_METHOD, "a space first", BYTES(" GET / HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_METHOD, "HTAB for a space", BYTES("GET\t/ HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "HTAB for a space", BYTES("GET /\tHTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_METHOD, "two empty lines first", BYTES("\r\n\r\nGET / HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_LINE_END, "an empty line of LF first", BYTES("\nGET / HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_LINE_END, "CR first", BYTES("\rGET / HTTP/1.1\r\n\r\n")},
    /* RFC 9112 section 2.3 */
    {HYP_REFUSE_REQUEST_LINE, "HTTP is in upper case", BYTES("GET / http/1.1\r\n\r\n")},
    {HYP_REFUSE_REQUEST_LINE, "one digit each", BYTES("GET / HTTP/1.10\r\n\r\n")},
    {HYP_REFUSE_REQUEST_LINE, "one digit each", BYTES("GET / HTTP/01.1\r\n\r\n")},
    {HYP_REFUSE_REQUEST_LINE, "a dot between", BYTES("GET / HTTP/1,1\r\n\r\n")},
    {HYP_REFUSE_REQUEST_LINE, "digits", BYTES("GET / HTTP/a.1\r\n\r\n")},
    {HYP_REFUSE_REQUEST_LINE, "digits", BYTES("GET / HTTP/1.x\r\n\r\n")},
    {HYP_REFUSE_REQUEST_LINE, "all of it", BYTES("GET / HTTP/1.\r\n\r\n")},
    {HYP_REFUSE_REQUEST_LINE, "all of it", BYTES("GET / HTTP/1\r\n\r\n")},
    {HYP_REFUSE_REQUEST_LINE, "all of it", BYTES("GET / HTTP\r\n\r\n")},
    {HYP_REFUSE_REQUEST_LINE, "the right name", BYTES("GET / HTTQ/1.1\r\n\r\n")},
    {HYP_REFUSE_REQUEST_LINE, "the right name, in a longer head", BYTES("GET / ICAP/1.1\r\nHost: example.com\r\n\r\n")},
    {HYP_REFUSE_VERSION, "major version 2", BYTES("GET / HTTP/2.0\r\n\r\n")},
    {HYP_REFUSE_VERSION, "major version 0", BYTES("GET / HTTP/0.9\r\n\r\n")},
    {HYP_REFUSE_VERSION, "major version 3", BYTES("GET / HTTP/3.1\r\n")},
    {HYP_REFUSE_VERSION, "the preface has another target", BYTES("PRI / HTTP/2.0\r\n\r\n")},
    {HYP_REFUSE_TARGET, "the preface has another version", BYTES("PRI * HTTP/1.1\r\n\r\n")},
};

TEST(parser_refuses_bad_request_lines)
{
    CHECK_ALL_REFUSED(bad_request_lines);
}

static const refused_t bad_methods[] = {
    {HYP_REFUSE_METHOD, "a TLS ClientHello", BYTES("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")},
    {HYP_REFUSE_METHOD, "an SSH banner holds a dot, but a slash never", BYTES("SSH-2.0/OpenSSH\r\n")},
    {HYP_REFUSE_METHOD, "not complete, but wrong already", BYTES("G(")},
    {HYP_REFUSE_METHOD, "not complete, but wrong already", BYTES("GET/")},
    {HYP_REFUSE_METHOD, "a byte above ASCII", BYTES("G\xc3\x89T / HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_LINE_END, "NUL", BYTES("G\0T / HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_LINE_END, "a bare CR", BYTES("GE\rT / HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_METHOD_UNKNOWN, "33 bytes", BYTES("A23456789012345678901234567890123 / HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_METHOD_UNKNOWN, "33 bytes, not complete", BYTES("A23456789012345678901234567890123")},
};

TEST(parser_refuses_bad_methods_early)
{
    CHECK_ALL_REFUSED(bad_methods);
    check_refused(HYP_AGAIN, BYTES("A2345678901234567890123456789012"), "32 bytes, not complete");
    check_refused(HYP_AGAIN, BYTES("GE"), "not complete");
}

static const refused_t bad_targets[] = {
    {HYP_REFUSE_TARGET, "a fragment", BYTES("GET /a#b HTTP/1.1\r\nHost: example.com\r\n\r\n")},
    {HYP_REFUSE_TARGET, "a fragment in the query", BYTES("GET /a?b#c HTTP/1.1\r\nHost: example.com\r\n\r\n")},
    {HYP_REFUSE_TARGET, "bytes above ASCII", BYTES("GET /\xc3\xa4 HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "DEL", BYTES("GET /\x7f HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "a control", BYTES("GET /\x01 HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "HTAB", BYTES("GET /a\tb HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_LINE_END, "NUL", BYTES("GET /\0 HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "no slash first", BYTES("GET a HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "no slash first", BYTES("GET ?a HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "asterisk with another method", BYTES("GET * HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "more than an asterisk", BYTES("OPTIONS ** HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "more than an asterisk", BYTES("OPTIONS *? HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "another scheme", BYTES("GET ftp://h/ HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "another scheme", BYTES("GET httpx://h/ HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "half a scheme", BYTES("GET http:/h/ HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "an authority without a scheme", BYTES("GET h:80 HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "no authority", BYTES("GET http:// HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "no authority", BYTES("GET http:///a HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "no authority", BYTES("GET http://?a HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "userinfo, RFC 9110 section 4.2.4", BYTES("GET http://u@h/ HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "userinfo", BYTES("GET http://u:p@h/ HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "a port that is none", BYTES("GET http://h:x/ HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "CONNECT without a port", BYTES("CONNECT h HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "CONNECT with an empty port", BYTES("CONNECT h: HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "CONNECT with port 0", BYTES("CONNECT h:0 HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "CONNECT with a port too high", BYTES("CONNECT h:65536 HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "CONNECT without a host", BYTES("CONNECT :80 HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "CONNECT in origin-form", BYTES("CONNECT / HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "CONNECT in absolute-form", BYTES("CONNECT http://h:80/ HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "CONNECT in asterisk-form", BYTES("CONNECT * HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_TARGET, "CONNECT with a path", BYTES("CONNECT h:80/ HTTP/1.1\r\n\r\n")},
};

TEST(parser_refuses_bad_targets)
{
    CHECK_ALL_REFUSED(bad_targets);
}

#define LINE "GET / HTTP/1.1\r\n"

/* RFC 9112 section 2.2: a recipient may take LF for CRLF; we do not, for others do not. A bare CR is invalid. */
static const refused_t bad_line_ends[] = {
    {HYP_REFUSE_LINE_END, "LF behind the request line", BYTES("GET / HTTP/1.1\nHost: a\r\n\r\n")},
    {HYP_REFUSE_LINE_END, "LF behind a field line", BYTES(LINE "Host: a\n\r\n")},
    {HYP_REFUSE_LINE_END, "LF for the empty line", BYTES(LINE "Host: a\r\n\n")},
    {HYP_REFUSE_LINE_END, "LF everywhere", BYTES("GET / HTTP/1.1\nHost: a\n\n")},
    {HYP_REFUSE_LINE_END, "CR behind the request line", BYTES("GET / HTTP/1.1\rHost: a\r\n\r\n")},
    {HYP_REFUSE_LINE_END, "CR behind a field line", BYTES(LINE "Host: a\r\r\n\r\n")},
    {HYP_REFUSE_LINE_END, "CR for the empty line", BYTES(LINE "Host: a\r\n\rX")},
    {HYP_REFUSE_LINE_END, "CR CR LF for the empty line", BYTES(LINE "Host: a\r\n\r\r\n")},
    {HYP_REFUSE_LINE_END, "CR in a value", BYTES(LINE "Host: a\rb\r\n\r\n")},
    {HYP_REFUSE_LINE_END, "CR in a value, no line end to come", BYTES(LINE "Host: a\rb")},
    {HYP_REFUSE_LINE_END, "CR in a name", BYTES(LINE "Ho\rst: a\r\n\r\n")},
    {HYP_REFUSE_LINE_END, "CR before the colon", BYTES(LINE "Host\r: a\r\n\r\n")},
    {HYP_REFUSE_LINE_END, "LF in a name", BYTES(LINE "Ho\nst: a\r\n\r\n")},
    {HYP_REFUSE_LINE_END, "NUL in a value", BYTES(LINE "Host: a\0b\r\n\r\n")},
    {HYP_REFUSE_LINE_END, "NUL in a name", BYTES(LINE "Ho\0st: a\r\n\r\n")},
    {HYP_REFUSE_LINE_END, "NUL where a line begins", BYTES(LINE "\0\r\n\r\n")},
    {HYP_REFUSE_LINE_END, "NUL in the version", BYTES("GET / HTTP/1.1\0\r\n\r\n")},
    {HYP_REFUSE_LINE_END, "an LF before what else is wrong with the line", BYTES(LINE "A b: c\nd\r\n\r\n")},
};

TEST(parser_ends_lines_at_crlf_only)
{
    CHECK_ALL_REFUSED(bad_line_ends);
}

static const refused_t bad_fields[] = {
    {HYP_REFUSE_OBS_FOLD, "obs-fold, RFC 9112 section 5.2", BYTES(LINE "A: b\r\n c\r\n\r\n")},
    {HYP_REFUSE_OBS_FOLD, "obs-fold by HTAB", BYTES(LINE "A: b\r\n\tc\r\n\r\n")},
    {HYP_REFUSE_OBS_FOLD, "obs-fold of nothing", BYTES(LINE "A: b\r\n \r\n\r\n")},
    {HYP_REFUSE_OBS_FOLD, "white space before the first field, section 2.2", BYTES(LINE " A: b\r\n\r\n")},
    {HYP_REFUSE_FIELD_NAME, "space before the colon, section 5.1", BYTES(LINE "A : b\r\n\r\n")},
    {HYP_REFUSE_FIELD_NAME, "HTAB before the colon", BYTES(LINE "A\t: b\r\n\r\n")},
    {HYP_REFUSE_FIELD_NAME, "no name", BYTES(LINE ": b\r\n\r\n")},
    {HYP_REFUSE_FIELD_NAME, "no name, in a longer head", BYTES(LINE ": b\r\nHost: example.com\r\n\r\n")},
    {HYP_REFUSE_FIELD_NAME, "no colon", BYTES(LINE "A\r\n\r\n")},
    {HYP_REFUSE_FIELD_NAME, "no colon, but spaces", BYTES(LINE "A b c d e f g h i j k l m\r\n\r\n")},
    {HYP_REFUSE_FIELD_NAME, "a space in the name", BYTES(LINE "A b: c\r\n\r\n")},
    {HYP_REFUSE_FIELD_NAME, "a second request line", BYTES(LINE "GET / HTTP/1.1\r\n\r\n")},
    {HYP_REFUSE_FIELD_NAME, "a name above ASCII", BYTES(LINE "\xc3\xa4: b\r\n\r\n")},
    {HYP_REFUSE_FIELD_NAME, "quotes in the name", BYTES(LINE "\"A\": b\r\n\r\n")},
    {HYP_REFUSE_FIELD_NAME, "a control in the name", BYTES(LINE "A\x01: b\r\n\r\n")},
    {HYP_REFUSE_FIELD_VALUE, "a control in the value", BYTES(LINE "A: \x01\r\n\r\n")},
    {HYP_REFUSE_FIELD_VALUE, "DEL in the value", BYTES(LINE "A: a value with DEL in it \x7f\r\n\r\n")},
    {HYP_REFUSE_FIELD_VALUE, "ESC in the value", BYTES(LINE "A: a value with ESC in it \x1b[0m\r\n\r\n")},
};

TEST(parser_refuses_bad_fields)
{
    CHECK_ALL_REFUSED(bad_fields);
}

TEST(parser_hands_over_the_http2_preface)
{
    check_refused(HYP_NOT_OURS, BYTES("PRI * HTTP/2.0\r\n"), "as soon as the line is complete");
    check_refused(HYP_NOT_OURS, BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "with what follows");
    check_refused(HYP_NOT_OURS, BYTES("\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "behind an empty line");
    check_refused(HYP_AGAIN, BYTES("PRI * HTTP/2.0\r"), "not before");
}

static const refused_t unfinished[] = {
    {HYP_AGAIN, "nothing", BYTES("")},
    {HYP_AGAIN, "CR", BYTES("\r")},
    {HYP_AGAIN, "an empty line", BYTES("\r\n")},
    {HYP_AGAIN, "an empty line and more", BYTES("\r\nG")},
    {HYP_AGAIN, "half a request line", BYTES("GET /abc")},
    {HYP_AGAIN, "a request line up to CR", BYTES("GET / HTTP/1.1\r")},
    {HYP_AGAIN, "a request line", BYTES("GET / HTTP/1.1\r\n")},
    {HYP_AGAIN, "a name", BYTES(LINE "Host")},
    {HYP_AGAIN, "a name behind the shortest request line", BYTES("X / HTTP/1.0\r\nab")},
    {HYP_AGAIN, "a field line", BYTES(LINE "Host: a\r\n")},
    {HYP_AGAIN, "a field line and CR", BYTES(LINE "Host: a\r\n\r")},
    {HYP_AGAIN, "a bad name is told when its line is complete", BYTES(LINE "Ho st")},
    {HYP_AGAIN, "a bad target is told when its line is complete", BYTES("GET foo HTTP/1.1")},
    {HYP_AGAIN, "a control is told when its line is complete", BYTES(LINE "A: \x01")},
};

TEST(parser_asks_for_more)
{
    CHECK_ALL_REFUSED(unfinished);
}

/* The grammar once more, as RFC 9110 section 5.6.2 prints it: the parser's own tables must agree. */
static bool in_token(int c)
{
    bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter_or_digit || (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool in_value(int c)
{
    return c == '\t' || (c >= 0x20 && c != 0x7f);
}

static bool in_target(int c)
{
    return c > 0x20 && c < 0x7f && strchr("\"#<>", c) == NULL;
}

/* With a query behind it, perhaps; a percent sign is not judged alone. */
static bool in_path(int c)
{
    return in_target(c) && strchr("\\`{}%", c) == NULL;
}

TEST(parser_classes_follow_the_grammar)
{
    for (int c = 0; c < 256; c++) {
        char byte = (char)c;
        CHECK_INT(in_token(c), hyp_parser_is_token(hyp_slice(&byte, 1)));
        CHECK_INT(in_value(c), hyp_parser_is_field_value(hyp_slice(&byte, 1)));
    }
    CHECK(!hyp_parser_is_token(hyp_slice(NULL, 0)));
    CHECK(hyp_parser_is_field_value(hyp_slice(NULL, 0)));
    CHECK(hyp_parser_is_token(HYP_SLICE("Accept-Encoding")));
    CHECK(!hyp_parser_is_token(HYP_SLICE("Accept Encoding")));
    CHECK(hyp_parser_is_field_value(HYP_SLICE("a value of some length,\twith HTAB and \xc3\xa4")));
    CHECK(!hyp_parser_is_field_value(HYP_SLICE("a value of some length\nwith a line end")));
}

/* Whole heads only: every byte at every place of a sixteen-byte look, and with room or none behind. */
static void check_byte_in(const char *format, int c, bool allowed)
{
    static const char padding[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    for (int before = 1; before < 20; before++) {
        for (int after = 0; after < 40; after += 13) {
            char bytes[256];
            int len = snprintf(bytes, sizeof(bytes), format, before, padding, '\1', after, padding);
            char *placed = memchr(bytes, '\1', (size_t)len);
            *placed = (char)c;
            char *guarded = hyp_test_guarded(bytes, (size_t)len);
            hyp_parser_t parser = {0};
            hyp_head_t head;
            hyp_status status = hyp_parser_execute(&parser, guarded, (size_t)len, &feed_limits, &head);
            hyp_test_unguard(guarded, (size_t)len);
            if ((status == HYP_OK) != allowed) FAIL("byte %d in [%.*s]: %s", c, len, bytes, hyp_status_text(status));
        }
    }
}

TEST(parser_judges_every_byte_everywhere)
{
    for (int c = 0; c < 256; c += HYP_TEST_STEP) {
        check_byte_in("GET / HTTP/1.1\r\nA: %.*s%c%.*sb\r\n\r\n", c, in_value(c));
        check_byte_in("GET / HTTP/1.1\r\n%.*s%c%.*s: b\r\n\r\n", c, in_token(c) || c == ':');
        check_byte_in("GET /?%.*s%c%.*s HTTP/1.1\r\n\r\n", c, in_target(c));
        if (c == '%') continue;
        check_byte_in("GET /%.*s%c%.*s HTTP/1.1\r\n\r\n", c, in_path(c));
        check_byte_in("PUT /%.*s%c%.*s HTTP/1.1\r\n\r\n", c, in_path(c));
    }
}

static void check_limited(hyp_status expected, const char *bytes, hyp_parser_limits_t limits)
{
    CHECK_INT(expected, feed(bytes, strlen(bytes), &limits).status);
}

/* RFC 3986 section 2.1 */
TEST(parser_wants_two_hexadecimal_digits_behind_a_percent_sign)
{
    static const char *const good[] = {"/%41", "/a%2F%c3%Bc/b%00?c", "/%25zz", "/?%zz", "http://a/%20"};
    static const char *const bad[] = {"/%", "/a%4", "/%zz", "/%4g/b", "/%%41", "/%?a", "/%4?1", "http://a/%2"};
    char bytes[100];
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        snprintf(bytes, sizeof(bytes), "GET %s HTTP/1.1\r\n\r\n", good[i]);
        check_limited(HYP_OK, bytes, feed_limits);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(bytes, sizeof(bytes), "GET %s HTTP/1.1\r\n\r\n", bad[i]);
        check_limited(HYP_REFUSE_TARGET, bytes, feed_limits);
    }
}

/* RFC 9112 section 3 */
TEST(parser_limits_the_method)
{
    hyp_parser_limits_t limits = {.method_bytes = 7, .target_bytes = 10, .head_bytes = 1000, .headers = 10};
    check_limited(HYP_OK, "OPTIONS * HTTP/1.1\r\n\r\n", limits);
    check_limited(HYP_AGAIN, "OPTIONS", limits);
    check_limited(HYP_REFUSE_METHOD_UNKNOWN, "PROPFIND / HTTP/1.1\r\n\r\n", limits);
    check_limited(HYP_REFUSE_METHOD_UNKNOWN, "PROPFIND", limits);
    limits.method_bytes = UINT32_MAX;
    check_limited(HYP_OK, "A23456789012345678901234567890123 / HTTP/1.1\r\n\r\n", limits);
    check_limited(HYP_REFUSE_TARGET_TOO_LONG, "A23456789012345678901234567890123 /23456789ab", limits);
}

/* RFC 9112 section 3: a target too long is 414 */
TEST(parser_limits_the_target)
{
    const hyp_parser_limits_t ten = {.method_bytes = 32, .target_bytes = 10, .head_bytes = 1000, .headers = 10};
    check_limited(HYP_OK, "GET /23456789a HTTP/1.1\r\nHost: example.com\r\n\r\n", ten);
    check_limited(HYP_OK, "PUT /23456789a HTTP/1.1\r\n\r\n", ten);
    check_limited(HYP_REFUSE_TARGET_TOO_LONG, "GET /23456789ab HTTP/1.1\r\nHost: example.com\r\n\r\n", ten);
    check_limited(HYP_REFUSE_TARGET_TOO_LONG, "PUT /23456789ab HTTP/1.1\r\n\r\n", ten);
    check_limited(HYP_REFUSE_TARGET_TOO_LONG, "GET /23456789?b HTTP/1.1\r\nHost: example.com\r\n\r\n", ten);
    check_limited(HYP_AGAIN, "GET /23456789a", ten);
    check_limited(HYP_REFUSE_TARGET_TOO_LONG, "GET /23456789ab", ten);
    check_limited(HYP_REFUSE_TARGET_TOO_LONG, "\r\nGET /23456789ab", ten);
    check_limited(HYP_REFUSE_TARGET_TOO_LONG, "A2345678901234567890123456789012 /23456789ab", ten);
    check_limited(HYP_REFUSE_TARGET_TOO_LONG, "GET #23456789ab", ten);
    check_limited(HYP_REFUSE_LINE_END, "GET /2345678\n9ab", ten);
    check_limited(HYP_REFUSE_REQUEST_LINE, "GET /2345678 a lot more that is no version\r\n", ten);
    check_limited(HYP_AGAIN, "GET /2345678 a lot more that is no version, and yet more of it", ten);
}

/* RFC 6585 section 5 */
TEST(parser_limits_the_head)
{
    const char *head = "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n";
    hyp_parser_limits_t limits = {
        .method_bytes = 32, .target_bytes = 100, .head_bytes = (uint32_t)strlen(head), .headers = 10};
    check_limited(HYP_OK, head, limits);
    check_limited(HYP_OK, "GET / HTTP/1.1\r\nHost: example.com\r\n\r\nmore", limits);
    limits.head_bytes--;
    check_limited(HYP_REFUSE_HEAD_TOO_LARGE, head, limits);
    check_limited(HYP_REFUSE_HEAD_TOO_LARGE, "GET / HTTP/1.1\r\nHost: a value without an end", limits);
    check_limited(HYP_AGAIN, "GET / HTTP/1.1\r\nHost: a value", limits);
    check_limited(HYP_REFUSE_LINE_END, "GET / HTTP/1.1\r\nHost: a\nvalue without an end", limits);
    limits.head_bytes = 20;
    limits.target_bytes = 18;
    check_limited(HYP_REFUSE_HEAD_TOO_LARGE, "GET /2345678901234567890", limits);
}

static void write_fields(char *bytes, size_t capacity, int count)
{
    size_t len = (size_t)snprintf(bytes, capacity, "GET / HTTP/1.1\r\n");
    for (int i = 0; i < count; i++)
        len += (size_t)snprintf(bytes + len, capacity - len, "Field: value %d\r\n", i);
    snprintf(bytes + len, capacity - len, "\r\n");
}

TEST(parser_limits_the_number_of_fields)
{
    hyp_parser_limits_t limits = {.method_bytes = 32, .target_bytes = 100, .head_bytes = 100000, .headers = 3};
    check_limited(HYP_OK, LINE "A: 1\r\nB: 2\r\nC: 3\r\n\r\n", limits);
    check_limited(HYP_REFUSE_HEAD_TOO_LARGE, LINE "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n", limits);
    check_limited(HYP_REFUSE_HEAD_TOO_LARGE, LINE "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n", limits);
    limits.headers = 0;
    check_limited(HYP_OK, LINE "\r\n", limits);
    check_limited(HYP_REFUSE_HEAD_TOO_LARGE, LINE "A: 1\r\n", limits);

    char bytes[4096];
    limits.headers = UINT32_MAX;
    write_fields(bytes, sizeof(bytes), HYP_HEADERS_MAX);
    check_limited(HYP_OK, bytes, limits);
    write_fields(bytes, sizeof(bytes), HYP_HEADERS_MAX + 1);
    check_limited(HYP_REFUSE_HEAD_TOO_LARGE, bytes, limits);
}

static const char browser_head[] =
    "GET /search/results?q=hyperion+ruby&page=2 HTTP/1.1\r\n"
    "Host: www.example.com\r\n"
    "Connection: keep-alive\r\n"
    "sec-ch-ua: \"Chromium\";v=\"124\", \"Google Chrome\";v=\"124\", \"Not-A.Brand\";v=\"99\"\r\n"
    "sec-ch-ua-mobile: ?0\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Accept-Language: en-US,en;q=0.9\r\n"
    "DNT: 1\r\n\r\n";

TEST(parser_reads_the_head_of_a_browser)
{
    fed_t fed = feed(browser_head, sizeof(browser_head) - 1, &feed_limits);
    CHECK_INT(HYP_OK, fed.status);
    CHECK(strstr(fed.text, "query [q=hyperion+ruby&page=2] 1.1 | Host [www.example.com]") != NULL);
    CHECK(strstr(fed.text, "Accept-Language [en-US,en;q=0.9] | DNT [1]") != NULL);
}

/* Bytes of a good head turned into others at random: whatever the verdict, it must be one however the bytes come. */
TEST(parser_judges_broken_heads_alike_in_pieces)
{
    static const char spoilers[] = "\r\n\t :\0#?/*\x7f\x80-GH1";
    srand(1);
    for (int round = 0; round < HYP_TEST_ROUNDS(300); round++) {
        char bytes[160];
        size_t len = 60 + (size_t)rand() % (sizeof(bytes) - 60);
        memcpy(bytes, browser_head + (round % 2 ? 0 : 40), len);
        if (round % 2 == 0) memcpy(bytes, "GET / HTTP/1.1", 14);
        for (int changes = rand() % 3; changes >= 0; changes--) {
            bytes[(size_t)rand() % len] = spoilers[(size_t)rand() % sizeof(spoilers)];
        }
        hyp_parser_limits_t limits = {.method_bytes = 32, .target_bytes = 50, .head_bytes = 150, .headers = 3};
        feed(bytes, len, &limits);
    }
}

/* Positions are 32 bits wide; a caller with more bytes than that must not upset them. */
TEST(parser_looks_no_further_than_the_head_may_be)
{
    const char *head = "GET / HTTP/1.1\r\nHost: a";
    hyp_parser_limits_t limits = {
        .method_bytes = 32, .target_bytes = 10, .head_bytes = (uint32_t)strlen(head), .headers = 10};
    char *guarded = hyp_test_guarded(head, strlen(head));
    hyp_parser_t parser = {0};
    hyp_head_t parsed;
    CHECK_INT(HYP_REFUSE_HEAD_TOO_LARGE, hyp_parser_execute(&parser, guarded, SIZE_MAX / 4, &limits, &parsed));
    hyp_test_unguard(guarded, strlen(head));
}
