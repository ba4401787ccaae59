/* The PROXY protocol's header: one verdict however the bytes come, no byte read beyond them; and what a proxy says of a client in the
 * fields of its requests. */
#include "proxy_header.h"

#include "forwarded.h"
#include "fuzz.h"
#include "parser.h"

static hyp_status parse_copy(const char *bytes, size_t len, hyp_proxy_header_t *header)
{
    char *copy = malloc(len > 0 ? len : 1);
    REQUIRE(copy != NULL);
    if (len > 0) memcpy(copy, bytes, len);
    ASAN_POISON_MEMORY_REGION(copy + len, len == 0);
    hyp_status status = hyp_proxy_header_parse(copy, len, header);
    ASAN_UNPOISON_MEMORY_REGION(copy + len, len == 0);
    free(copy);
    return status;
}

static void require_one_verdict(const char *bytes, size_t len)
{
    hyp_proxy_header_t whole, grown;
    hyp_status status = parse_copy(bytes, len, &whole);
    size_t seen = len < 256 ? len : 256;
    hyp_status in_pieces = HYP_AGAIN;
    for (size_t part = 0; part <= seen && in_pieces == HYP_AGAIN; part++)
        in_pieces = parse_copy(bytes, part, &grown);
    if (in_pieces == HYP_AGAIN) return;
    REQUIRE(status == in_pieces);
    if (status != HYP_OK) return;
    REQUIRE(whole.bytes == grown.bytes && whole.bytes <= len);
    REQUIRE(whole.has_source == grown.has_source);
    if (!whole.has_source) return;
    char peer[HYP_PEER_BYTES], line[HYP_PROXY_LINE_BYTES_MAX + 1];
    hyp_ip_print(&whole.source, peer);
    REQUIRE(peer[0] != '\0');
    REQUIRE(parse_copy(line, hyp_proxy_header_write(line, peer), &grown) == HYP_OK);
    REQUIRE(memcmp(&grown.source, &whole.source, sizeof whole.source) == 0);
}

static void read_as_fields(const char *bytes, size_t len)
{
    static const hyp_parser_limits_t limits = {
        .method_bytes = 32, .target_bytes = 8192, .head_bytes = 65536, .headers = HYP_HEADERS_MAX};
    hyp_networks_t trusted = {.count = 0};
    hyp_parser_t parser;
    hyp_head_t head;
    hyp_forwarded_t found;
    hyp_ip_t ip;
    REQUIRE(hyp_networks_add(&trusted, HYP_SLICE("10.0.0.0/8")) == HYP_OK);
    char *copy = malloc(len + 64);
    REQUIRE(copy != NULL);
    size_t total = (size_t)sprintf(copy, "GET / HTTP/1.1\r\nHost: a\r\n");
    memcpy(copy + total, bytes, len);
    memcpy(copy + total + len, "\r\n\r\n", 4);
    hyp_parser_init(&parser);
    if (hyp_parser_execute(&parser, copy, total + len + 4, &limits, &head) == HYP_OK) {
        hyp_forwarded_read(&found, &trusted, "10.0.0.1", head.headers, head.header_count, copy);
        REQUIRE(hyp_ip_parse(&ip, hyp_slice(found.client, strlen(found.client))));
        REQUIRE(found.host.offset + found.host.len <= head.head_bytes);
        REQUIRE(found.port.len <= 5 && found.port.offset + found.port.len <= head.head_bytes);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    require_one_verdict((const char *)data, size);
    read_as_fields((const char *)data, size);
    return 0;
}
