#include "authority.h"

#include <stdio.h>

#include "test.h"

/* A short authority is read sixteen bytes at a time when there is room behind it: both ways must agree. */
static bool is_valid(const char *authority)
{
    size_t len = strlen(authority);
    char with_room[256];
    int room = snprintf(with_room, sizeof(with_room), "%s\r\nabcdefghijklmnop", authority);
    char *alone = hyp_test_guarded(authority, len);
    bool valid = hyp_authority_is_valid(hyp_slice(alone, len), alone + len);
    CHECK(valid == hyp_authority_is_valid(hyp_slice(with_room, len), with_room + room));
    CHECK(valid || !hyp_authority_has_port(hyp_slice(alone, len)));
    hyp_test_unguard(alone, len);
    return valid;
}

static const char *const valid_authorities[] = {
    "a",
    "a:",
    "a:0",
    "a:80",
    "a:9292",
    "a:65535",
    "a:00000080",
    "127.0.0.1",
    "127.0.0.1:9292",
    "999.999.999.999", /* a registered name then, RFC 3986 section 3.2.2 */
    "example.com",
    "EXAMPLE.com:8080",
    "a-name-of-more-than-sixteen.example.com",
    "a-name-of-more-than-sixteen.example.com:8080",
    "a-name-of-more-than-sixteen.example.com:65535",
    "exactly-sixteen-",
    "fifteen-bytes-a:",
    "fifteen-bytes-a:80",
    "sixteen-bytes-ab:80",
    "under_score",
    "a!$&'()*+;=~b",
    "%41%c3%A4.example:1",
    "[::]",
    "[::1]:80",
    "[1::]",
    "[2001:db8::ff00:42:8329]:443",
    "[1:2:3:4:5:6:7:8]",
    "[1:2:3:4:5:6:1.2.3.4]",
    "[::ffff:192.0.2.255]",
    "[1:2:3:4:5:6:7::]",
    "[::2:3:4:5:6:7:8]",
    "[v1.fe80:a+b]",
    "[VF.x]",
};

static const char *const invalid_authorities[] = {
    "",
    ":",
    ":80",
    "a,b", /* good in RFC 3986, but perhaps two Hosts that were joined */
    "a:80,b:80",
    "a-name-of-more-than-sixteen.example.com,b",
    "a:b",
    "a:8x",
    "a:80:80",
    "a:-1",
    "a:+1",
    "a: 80",
    "a:65536",
    "a:99999999999999999999",
    "a b",
    "a/b",
    "a?b",
    "a#b",
    "a\\b",
    "a@b",
    "u:p@b",
    "a\"b",
    "a<b>",
    "a|b",
    "{a}",
    "a^b",
    "a`b",
    "a\x7f",
    "a\xc3\xa4",
    "a\tb",
    "a%",
    "a%4",
    "a%4g",
    "a%g4",
    "a-name-of-more-than-sixteen.example.com:80x",
    "a-name-of-more-than-sixteen/example.com",
    "[",
    "[]",
    "[::1",
    "::1",
    "[::1]x",
    "[::1]x:80",
    "[::1]:x",
    "[::1]:65536",
    "a[::1]",
    "[:]",
    "[:::]",
    "[1]",
    "[1:2:3:4:5:6:7]",
    "[1:2:3:4:5:6:7:8:9]",
    "[1:2:3:4:5:6:7:8::]",
    "[::1:2:3:4:5:6:7:8]",
    "[1::2::3]",
    "[1:]",
    "[:1]",
    "[12345::]",
    "[g::]",
    "[::1%25eth0]",
    "[::1.2.3]",
    "[::1.2.3.4.5]",
    "[::1.2.3.]",
    "[::1.2.3.256]",
    "[::1.2.3.04]",
    "[::1.2..4]",
    "[::1,2.3.4]",
    "[::1.2,3.4]",
    "[1.2.3.4]",
    "[1:2:3:4:5:6:7:1.2.3.4]",
    "[v1.]",
    "[v.x]",
    "[v1]",
    "[vg.x]",
    "[v1,x]",
    "[v1.a/b]",
};

TEST(authority_accepts_hosts_and_ports)
{
    for (size_t i = 0; i < sizeof(valid_authorities) / sizeof(valid_authorities[0]); i++) {
        if (!is_valid(valid_authorities[i])) FAIL("[%s] is refused", valid_authorities[i]);
    }
}

TEST(authority_refuses_all_else)
{
    for (size_t i = 0; i < sizeof(invalid_authorities) / sizeof(invalid_authorities[0]); i++) {
        if (is_valid(invalid_authorities[i])) FAIL("[%s] is accepted", invalid_authorities[i]);
    }
}

static bool has_port(const char *authority)
{
    return hyp_authority_has_port(hyp_slice(authority, strlen(authority)));
}

/* RFC 9110 section 9.3.6 */
TEST(authority_of_connect_has_a_port)
{
    CHECK(has_port("a:1"));
    CHECK(has_port("a:65535"));
    CHECK(has_port("[::1]:443"));
    CHECK(!has_port("a"));
    CHECK(!has_port("a:"));
    CHECK(!has_port("a:0"));
    CHECK(!has_port("a:65536"));
    CHECK(!has_port("a/443"));
    CHECK(!has_port(":443"));
    CHECK(!has_port(""));
}
