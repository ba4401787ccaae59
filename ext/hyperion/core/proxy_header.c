#include "proxy_header.h"

#include <stdio.h>

/* ---- version 1: a line of text ---- */

/* A word up to the next space; the line goes on behind it. False when there is none, or no space. */
static bool take_word(hyp_slice_t *line, hyp_slice_t *word)
{
    const char *space = line->len > 0 ? memchr(line->ptr, ' ', line->len) : NULL;
    if (!space) return false;
    *word = hyp_slice(line->ptr, (size_t)(space - line->ptr));
    *line = hyp_slice(space + 1, line->len - word->len - 1);
    return true;
}

static bool is_port(hyp_slice_t text)
{
    unsigned port = 0;
    if (text.len == 0 || text.len > 5 || (text.ptr[0] == '0' && text.len > 1)) return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') return false;
        port = port * 10 + (unsigned)(text.ptr[i] - '0');
    }
    return port <= 65535;
}

/* Whether this is an address in the notation of the family, which a mapped one in colons is not of IPv4. */
static bool parse_address(hyp_slice_t text, bool v6, hyp_ip_t *ip)
{
    bool colons = text.len > 0 && memchr(text.ptr, ':', text.len) != NULL;
    return colons == v6 && hyp_ip_parse(ip, text);
}

/* "TCP4 1.2.3.4 5.6.7.8 9 10", "TCP6 ...", or "UNKNOWN" and anything. */
static bool parse_line(hyp_slice_t line, hyp_proxy_header_t *header)
{
    static const hyp_slice_t unknown = HYP_SLICE_INIT("UNKNOWN");
    if (line.len >= unknown.len && memcmp(line.ptr, unknown.ptr, unknown.len) == 0)
        return line.len == unknown.len || line.ptr[unknown.len] == ' ';
    hyp_slice_t family, source, destination, port;
    hyp_ip_t ignored;
    if (!take_word(&line, &family) || !take_word(&line, &source) || !take_word(&line, &destination)) return false;
    if (!take_word(&line, &port) || !is_port(port) || !is_port(line)) return false;
    bool v6 = hyp_slice_equal(family, HYP_SLICE("TCP6"));
    if (!v6 && !hyp_slice_equal(family, HYP_SLICE("TCP4"))) return false;
    header->has_source = true;
    return parse_address(source, v6, &header->source) && parse_address(destination, v6, &ignored);
}

static hyp_status parse_text(const char *bytes, size_t len, size_t prefix_len, hyp_proxy_header_t *header)
{
    size_t seen = len < HYP_PROXY_LINE_BYTES_MAX ? len : HYP_PROXY_LINE_BYTES_MAX;
    const char *end = memchr(bytes, '\r', seen);
    if (!end) return seen == HYP_PROXY_LINE_BYTES_MAX ? HYP_REFUSE_PROXY : HYP_AGAIN;
    size_t line_len = (size_t)(end - bytes);
    if (line_len + 2 > HYP_PROXY_LINE_BYTES_MAX) return HYP_REFUSE_PROXY;
    if (len < line_len + 2) return HYP_AGAIN;
    if (end[1] != '\n' || line_len < prefix_len) return HYP_REFUSE_PROXY;
    header->bytes = line_len + 2;
    return parse_line(hyp_slice(bytes + prefix_len, line_len - prefix_len), header) ? HYP_OK : HYP_REFUSE_PROXY;
}

/* ---- version 2: binary ---- */

#define FIXED_BYTES 16
#define LOCAL 0x20 /* version 2, and the command */
#define PROXY 0x21
#define UNSPECIFIED 0x00 /* address family and transport */
#define TCP_V4 0x11
#define TCP_V6 0x21
#define UNIX_STREAM 0x31

/* Bytes of both addresses and what belongs to them; -1 for a family and transport that no stream has. */
static int address_bytes(unsigned family)
{
    switch (family) {
    case UNSPECIFIED:
        return 0;
    case TCP_V4:
        return 12;
    case TCP_V6:
        return 36;
    case UNIX_STREAM:
        return 216;
    default:
        return -1;
    }
}

/* What follows the addresses is of no use here. A proxy that speaks for itself may say anything. */
static hyp_status parse_binary(const char *bytes, size_t len, hyp_proxy_header_t *header)
{
    if (len < FIXED_BYTES) return HYP_AGAIN;
    const unsigned char *fixed = (const unsigned char *)bytes;
    unsigned command = fixed[12], family = fixed[13];
    size_t length = (size_t)fixed[14] << 8 | fixed[15];
    int needed = address_bytes(family);
    if (command != LOCAL && command != PROXY) return HYP_REFUSE_PROXY;
    if (command == PROXY && (needed < 0 || length < (size_t)needed)) return HYP_REFUSE_PROXY;
    if (len < FIXED_BYTES + length) return HYP_AGAIN;
    header->bytes = FIXED_BYTES + length;
    header->has_source = command == PROXY && (family == TCP_V4 || family == TCP_V6);
    if (!header->has_source) return HYP_OK;
    const char *source = bytes + FIXED_BYTES;
    header->source = family == TCP_V4 ? hyp_ip_from_v4(source) : hyp_ip_from_v6(source);
    return HYP_OK;
}

/* ---- both ---- */

static bool begins_with(const char *bytes, size_t len, hyp_slice_t prefix)
{
    return memcmp(bytes, prefix.ptr, len < prefix.len ? len : prefix.len) == 0;
}

hyp_status hyp_proxy_header_parse(const char *bytes, size_t len, hyp_proxy_header_t *header)
{
    static const hyp_slice_t text = HYP_SLICE_INIT("PROXY ");
    static const hyp_slice_t binary = HYP_SLICE_INIT("\r\n\r\n\0\r\nQUIT\n");
    *header = (hyp_proxy_header_t){.has_source = false};
    if (len == 0) return HYP_AGAIN;
    if (begins_with(bytes, len, text)) return len < text.len ? HYP_AGAIN : parse_text(bytes, len, text.len, header);
    if (begins_with(bytes, len, binary)) return len < binary.len ? HYP_AGAIN : parse_binary(bytes, len, header);
    return HYP_REFUSE_PROXY;
}

size_t hyp_proxy_header_write(char to[HYP_PROXY_LINE_BYTES_MAX + 1], const char *peer)
{
    const char *form = strchr(peer, ':') ? "PROXY TCP6 %s :: 0 0\r\n" : "PROXY TCP4 %s 0.0.0.0 0 0\r\n";
    if (peer[0] == '\0') form = "PROXY UNKNOWN%s\r\n";
    return (size_t)snprintf(to, HYP_PROXY_LINE_BYTES_MAX + 1, form, peer);
}
