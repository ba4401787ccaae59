/* The head parser and the framing rules: one verdict however the bytes are cut, spans that tile the head and hold only
 * what the grammar allows there, the same framing every time. */
#include "framing.h"
#include "fuzz.h"

static const hyp_parser_limits_t limit_sets[] = {
    {.method_bytes = 32, .target_bytes = 8192, .head_bytes = 65536, .headers = HYP_HEADERS_MAX},
    {.method_bytes = 7, .target_bytes = 20, .head_bytes = 200, .headers = 3},
    {.method_bytes = 32, .target_bytes = 300, .head_bytes = 150, .headers = 1000},
};

/* Bytes behind those fed so far are poisoned: touching them is a crash. */
typedef struct {
    char *bytes;
    size_t len;
} feed_t;

static void show(const feed_t *feed, size_t have)
{
    ASAN_UNPOISON_MEMORY_REGION(feed->bytes, feed->len);
    ASAN_POISON_MEMORY_REGION(feed->bytes + have, feed->len - have);
}

static hyp_status parse(const feed_t *feed, size_t cut, size_t step, const hyp_parser_limits_t *limits,
                        hyp_head_t *head)
{
    hyp_parser_t parser;
    hyp_status status = HYP_AGAIN;
    hyp_parser_init(&parser);
    for (size_t have = cut; status == HYP_AGAIN; have += step) {
        if (have > feed->len) have = feed->len;
        show(feed, have);
        status = hyp_parser_execute(&parser, feed->bytes, have, limits, head);
        if (have == feed->len) break;
    }
    REQUIRE(status != HYP_OK || (parser.line_start == 0 && parser.scanned == 0 && parser.lines == 0));
    show(feed, feed->len);
    return status;
}

static bool same_span(hyp_span_t a, hyp_span_t b)
{
    return a.offset == b.offset && a.len == b.len;
}

static void require_same(const hyp_head_t *a, const hyp_head_t *b)
{
    REQUIRE(a->method == b->method && a->form == b->form && a->minor == b->minor && a->has_query == b->has_query);
    REQUIRE(same_span(a->method_name, b->method_name) && same_span(a->target, b->target));
    REQUIRE(same_span(a->path, b->path) && same_span(a->query, b->query) && same_span(a->authority, b->authority));
    REQUIRE(a->head_bytes == b->head_bytes && a->header_count == b->header_count);
    for (uint32_t i = 0; i < a->header_count; i++) {
        REQUIRE(same_span(a->headers[i].name, b->headers[i].name));
        REQUIRE(same_span(a->headers[i].value, b->headers[i].value));
    }
}

static uint32_t end_of(hyp_span_t span)
{
    return span.offset + span.len;
}

static uint32_t skip_white_space(const char *bytes, uint32_t at)
{
    while (bytes[at] == ' ' || bytes[at] == '\t')
        at++;
    return at;
}

static void require_crlf(const char *bytes, uint32_t at)
{
    REQUIRE(memcmp(bytes + at, "\r\n", 2) == 0);
}

static void require_target(const hyp_head_t *head, const char *bytes)
{
    hyp_slice_t target = hyp_span_in(bytes, head->target);
    REQUIRE(target.len > 0);
    for (size_t i = 0; i < target.len; i++)
        REQUIRE(target.ptr[i] > ' ' && target.ptr[i] < 0x7f && target.ptr[i] != '#');
    REQUIRE(end_of(head->path) <= end_of(head->target) && head->path.offset >= head->target.offset);
    REQUIRE(memchr(bytes + head->path.offset, '?', head->path.len) == NULL);
    if (head->has_query) REQUIRE(head->query.offset == end_of(head->path) + 1);
    REQUIRE(end_of(head->query) == end_of(head->target));
    REQUIRE(head->form == HYP_TARGET_ABSOLUTE || same_span(head->path, head->target) || head->has_query);
    REQUIRE((head->authority.len > 0) == (head->form == HYP_TARGET_ABSOLUTE || head->form == HYP_TARGET_AUTHORITY));
}

/* From the first byte to the last, a head holds nothing but its parts and what the grammar puts between them. */
static void require_tiles(const hyp_head_t *head, const char *bytes)
{
    uint32_t at = end_of(head->target);
    REQUIRE(hyp_parser_is_token(hyp_span_in(bytes, head->method_name)));
    REQUIRE(head->method_name.offset == 0 || (head->method_name.offset == 2 && memcmp(bytes, "\r\n", 2) == 0));
    REQUIRE(head->target.offset == end_of(head->method_name) + 1);
    REQUIRE(memcmp(bytes + at, " HTTP/1.", 8) == 0 && (bytes[at + 8] == '0') == (head->minor == 0));
    for (at += 9; at < head->head_bytes - 4;) {
        require_crlf(bytes, at);
        const hyp_header_t *field = NULL;
        for (uint32_t i = 0; i < head->header_count; i++) {
            if (head->headers[i].name.offset == at + 2) field = &head->headers[i];
        }
        REQUIRE(field != NULL);
        REQUIRE(hyp_parser_is_token(hyp_span_in(bytes, field->name)));
        REQUIRE(hyp_parser_is_field_value(hyp_span_in(bytes, field->value)));
        REQUIRE(bytes[end_of(field->name)] == ':');
        uint32_t value = skip_white_space(bytes, end_of(field->name) + 1);
        REQUIRE(field->value.len == 0 || value == field->value.offset);
        REQUIRE(field->value.len == 0 || skip_white_space(bytes, end_of(field->value) - 1) == end_of(field->value) - 1);
        at = skip_white_space(bytes, end_of(field->value));
    }
    require_crlf(bytes, at);
    require_crlf(bytes, at + 2);
    REQUIRE(at + 4 == head->head_bytes);
}

/* Nothing but the bytes of the head may count: they are copied, and those behind are out of reach. */
static void require_framing(const hyp_head_t *head, const char *bytes)
{
    hyp_framing_t framing = {0};
    hyp_framing_t again;
    char *copy = malloc(head->head_bytes);
    REQUIRE(copy != NULL);
    memcpy(copy, bytes, head->head_bytes);
    memset(&again, 0xff, sizeof(again));
    hyp_status status = hyp_framing_decide(head, bytes, &framing);
    REQUIRE(status == hyp_framing_decide(head, copy, &again));
    free(copy);
    if (status != HYP_OK) return;
    REQUIRE(framing.body == again.body && framing.content_length == again.content_length);
    REQUIRE(framing.keep_alive == again.keep_alive && framing.upgrade == again.upgrade);
    REQUIRE(framing.expect_continue == again.expect_continue && same_span(framing.host, again.host));
    REQUIRE((framing.body == HYP_BODY_LENGTH) == (framing.content_length > 0));
    REQUIRE(framing.content_length <= INT64_MAX);
    REQUIRE(head->minor > 0 || framing.body != HYP_BODY_CHUNKED);
}

static void require_one_verdict(const feed_t *feed, uint32_t hash, const hyp_parser_limits_t *limits)
{
    static hyp_head_t whole;
    static hyp_head_t pieces;
    size_t cut = feed->len == 0 ? 0 : hash % (feed->len + 1);
    hyp_status status = parse(feed, feed->len, 1, limits, &whole);
    REQUIRE(status == parse(feed, cut, feed->len, limits, &pieces));
    if (status == HYP_OK) require_same(&whole, &pieces);
    REQUIRE(status == parse(feed, 0, 1, limits, &pieces));
    if (status != HYP_OK) return;
    require_same(&whole, &pieces);
    REQUIRE(whole.head_bytes >= 16 && whole.head_bytes <= feed->len && whole.head_bytes <= limits->head_bytes);
    REQUIRE(whole.target.len <= limits->target_bytes && whole.header_count <= limits->headers);
    require_target(&whole, feed->bytes);
    require_tiles(&whole, feed->bytes);
    require_framing(&whole, feed->bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    feed_t feed = {.bytes = malloc(size > 0 ? size : 1), .len = size};
    uint32_t hash = fuzz_hash(data, size);
    REQUIRE(feed.bytes != NULL);
    if (size > 0) memcpy(feed.bytes, data, size);
    require_one_verdict(&feed, hash, &limit_sets[0]);
    require_one_verdict(&feed, hash >> 8, &limit_sets[1 + (hash >> 16) % 2]);
    ASAN_UNPOISON_MEMORY_REGION(feed.bytes, size);
    free(feed.bytes);
    return 0;
}
