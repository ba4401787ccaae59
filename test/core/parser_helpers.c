#include "parser_helpers.h"

#include <stdarg.h>
#include <stdio.h>

#include "test.h"

const hyp_parser_limits_t feed_limits = {.method_bytes = 32, .target_bytes = 4096, .head_bytes = 16384, .headers = 100};

static void add(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(char *text, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, FEED_TEXT_MAX - used, format, arguments);
    va_end(arguments);
}

static void add_span(char *text, const char *label, const char *bytes, hyp_span_t span)
{
    add(text, "%s [%.*s]", label, (int)span.len, bytes + span.offset);
}

static void describe(char *text, const hyp_head_t *head, const char *bytes)
{
    static const char *const forms[] = {"origin", "absolute", "authority-form", "asterisk"};
    text[0] = '\0';
    add(text, "%.*s ", (int)head->method_name.len, bytes + head->method_name.offset);
    add_span(text, forms[head->form], bytes, head->path);
    if (head->has_query) add_span(text, " query", bytes, head->query);
    if (head->authority.len > 0) add_span(text, " authority", bytes, head->authority);
    add(text, " 1.%d", head->minor);
    for (uint32_t i = 0; i < head->header_count; i++) {
        add(text, " | %.*s", (int)head->headers[i].name.len, bytes + head->headers[i].name.offset);
        add_span(text, "", bytes, head->headers[i].value);
    }
    add(text, " : %u bytes", head->head_bytes);
}

static bool lies_within(hyp_span_t span, const hyp_head_t *head)
{
    return span.offset <= head->head_bytes && span.len <= head->head_bytes - span.offset;
}

/* What the text does not show. */
static void check_spans(const hyp_head_t *head, const char *bytes)
{
    hyp_slice_t name = hyp_span_in(bytes, head->method_name);
    CHECK_INT(hyp_method_of(name), head->method);
    CHECK(lies_within(head->method_name, head) && lies_within(head->target, head) && lies_within(head->path, head));
    CHECK(lies_within(head->query, head) && lies_within(head->authority, head));
    CHECK(head->has_query || head->query.len == 0);
    CHECK(head->minor <= 1);
    for (uint32_t i = 0; i < head->header_count; i++) {
        CHECK(lies_within(head->headers[i].name, head) && lies_within(head->headers[i].value, head));
    }
}

static void check_untouched(const hyp_parser_t *parser)
{
    CHECK(parser->line_start == 0 && parser->scanned == 0 && parser->lines == 0);
}

/* Gives the parser the first `cut` bytes, and as long as it asks for more, ever `step` bytes more. */
static fed_t feed_in_steps(const char *bytes, size_t len, size_t cut, size_t step, const hyp_parser_limits_t *limits)
{
    hyp_parser_t parser;
    hyp_head_t head;
    fed_t fed = {HYP_AGAIN, ""};
    char *guarded = hyp_test_guarded(bytes, len);
    char *end = guarded + len;

    memset(&head, 0xa5, sizeof(head));
    hyp_parser_init(&parser);
    for (size_t have = cut; fed.status == HYP_AGAIN; have += step) {
        if (have > len) have = len;
        memmove(end - have, bytes, have);
        fed.status = hyp_parser_execute(&parser, end - have, have, limits, &head);
        if (have == len) break;
    }
    if (fed.status == HYP_OK) {
        check_untouched(&parser);
        check_spans(&head, bytes);
        describe(fed.text, &head, bytes);
    }
    hyp_test_unguard(guarded, len);
    return fed;
}

static void check_same(const fed_t *whole, const fed_t *pieces, const char *bytes, size_t len, size_t cut)
{
    if (whole->status == pieces->status && strcmp(whole->text, pieces->text) == 0) return;
    FAIL("cut at %zu, [%.*s] is (%s) %s, but whole (%s) %s", cut, (int)len, bytes, hyp_status_text(pieces->status),
         pieces->text, hyp_status_text(whole->status), whole->text);
}

fed_t feed(const char *bytes, size_t len, const hyp_parser_limits_t *limits)
{
    fed_t whole = feed_in_steps(bytes, len, len, len, limits);
    fed_t by_bytes = feed_in_steps(bytes, len, 0, 1, limits);
    check_same(&whole, &by_bytes, bytes, len, 0);
    for (size_t cut = 1; cut < len; cut++) {
        fed_t pieces = feed_in_steps(bytes, len, cut, len, limits);
        check_same(&whole, &pieces, bytes, len, cut);
    }
    return whole;
}

void check_refused(hyp_status expected, const char *bytes, size_t len, const char *why)
{
    fed_t fed = feed(bytes, len, &feed_limits);
    if (fed.status == expected) return;
    FAIL("%s: [%.*s] is (%s), expected (%s)", why, (int)len, bytes, hyp_status_text(fed.status),
         hyp_status_text(expected));
}

void check_accepted(const char *expected_text, const char *bytes, size_t len)
{
    fed_t fed = feed(bytes, len, &feed_limits);
    CHECK_INT(HYP_OK, fed.status);
    CHECK_STR(expected_text, fed.text);
}
