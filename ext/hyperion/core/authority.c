#include "authority.h"

#include "scan.h"
#include "status.h"

#define PORT_MAX 65535
#define IPV6_GROUPS 8
#define IPV6_GROUP_DIGITS_MAX 4

/* dec-octet: 0 to 255 without leading zeros. NULL, or where it ends. */
static const char *scan_octet(const char *at, const char *end)
{
    unsigned value = 0;
    const char *start = at;
    for (; at < end && hyp_char_is_digit(*at); at++) {
        value = value * 10 + (unsigned)(*at - '0');
        if (value > 255) return NULL;
    }
    bool leading_zero = at - start > 1 && *start == '0';
    return at == start || leading_zero ? NULL : at;
}

static bool is_ipv4(const char *at, const char *end)
{
    for (int octet = 0; octet < 4; octet++) {
        if (octet > 0) {
            if (at == end || *at != '.') return false;
            at++;
        }
        at = scan_octet(at, end);
        if (at == NULL) return false;
    }
    return at == end;
}

/* IPv6address: eight groups, the last two perhaps in dotted decimal, one run of zeros perhaps left out as "::". */
static bool is_ipv6(const char *at, const char *end)
{
    int groups = 0;
    bool shortened = hyp_sees(at, end, HYP_SLICE("::"));
    if (shortened) at += 2;
    while (at < end) {
        const char *stop = hyp_scan_class(at, end, HYP_CHAR_HEX_DIGIT);
        if (stop < end && *stop == '.') {
            if (!is_ipv4(at, end)) return false;
            groups += 2;
            break;
        }
        if (stop == at || stop - at > IPV6_GROUP_DIGITS_MAX) return false;
        groups++;
        if (stop == end) break;
        if (*stop != ':' || stop + 1 == end) return false;
        at = stop + 1;
        if (*at == ':') {
            if (shortened) return false;
            shortened = true;
            at++;
        }
    }
    return shortened ? groups < IPV6_GROUPS : groups == IPV6_GROUPS;
}

/* IPvFuture: "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ) */
static bool is_ip_future(const char *at, const char *end)
{
    if (at == end || (*at != 'v' && *at != 'V')) return false;
    const char *dot = hyp_scan_class(at + 1, end, HYP_CHAR_HEX_DIGIT);
    if (dot == at + 1 || dot == end || *dot != '.' || dot + 1 == end) return false;
    for (at = dot + 1; at < end; at++) {
        if (*at != ':' && !hyp_char_is(*at, HYP_CHAR_REG_NAME)) return false;
    }
    return true;
}

static const char *scan_reg_name(const char *at, const char *end)
{
    for (;;) {
        at = hyp_scan_class(at, end, HYP_CHAR_REG_NAME);
        bool encoded = end - at >= 3 && *at == '%' && hyp_char_is(at[1], HYP_CHAR_HEX_DIGIT) &&
                       hyp_char_is(at[2], HYP_CHAR_HEX_DIGIT);
        if (!encoded) return at;
        at += 3;
    }
}

/* NULL, or where a host that is not empty ends. */
static const char *scan_host(const char *at, const char *end)
{
    if (at == end) return NULL;
    if (*at != '[') {
        const char *stop = scan_reg_name(at, end);
        return stop == at ? NULL : stop;
    }
    const char *bracket = memchr(at, ']', (size_t)(end - at));
    if (bracket == NULL) return NULL;
    return is_ipv6(at + 1, bracket) || is_ip_future(at + 1, bracket) ? bracket + 1 : NULL;
}

/* The value of 1*DIGIT, or -1. */
static int parse_port(const char *at, const char *end)
{
    int port = 0;
    if (at == end) return -1;
    for (; at < end; at++) {
        if (!hyp_char_is_digit(*at)) return -1;
        port = port * 10 + (*at - '0');
        if (port > PORT_MAX) return -1;
    }
    return port;
}

#if HYP_SCAN_SSE2

#define PLAIN_PORT_DIGITS_MAX 4

/* True for a name of letters, digits, dashes and dots, with or without a port of at most four digits, which no range
 * check could refuse. False says nothing. */
static inline bool is_plain(hyp_slice_t authority, const char *readable)
{
    const char *at = authority.ptr;
    size_t left = authority.len;
    for (; left > 16; left -= 16, at += 16) {
        if (hyp_not_usual_in_host(hyp_load16(at)) << 16 != 0) return false;
    }
    if (readable - at < 16) return false;
    unsigned stop = (unsigned)__builtin_ctz(hyp_not_usual_in_host(hyp_load16(at)));
    if (stop >= left) return left > 0;
    size_t port_digits = left - stop - 1;
    if (at[stop] != ':' || at + stop == authority.ptr || port_digits > PLAIN_PORT_DIGITS_MAX) return false;
    unsigned digits = hyp_mask(hyp_in_range(hyp_load16(at), '0', 9)) >> (stop + 1);
    return (~digits & ((1U << port_digits) - 1)) == 0;
}

#else

static inline bool is_plain(hyp_slice_t authority HYP_UNUSED, const char *readable HYP_UNUSED)
{
    return false;
}

#endif

bool hyp_authority_is_valid(hyp_slice_t authority, const char *readable)
{
    if (is_plain(authority, readable)) return true;
    const char *end = authority.ptr + authority.len;
    const char *colon = scan_host(authority.ptr, end);
    if (colon == NULL) return false;
    if (colon == end) return true;
    return *colon == ':' && (colon + 1 == end || parse_port(colon + 1, end) >= 0);
}

bool hyp_authority_has_port(hyp_slice_t authority)
{
    const char *end = authority.ptr + authority.len;
    const char *colon = scan_host(authority.ptr, end);
    return colon != NULL && colon < end && *colon == ':' && parse_port(colon + 1, end) > 0;
}
