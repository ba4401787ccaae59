#include "parser.h"

#include "quick.h"
#include "scan.h"
#include "target.h"

void hyp_parser_init(hyp_parser_t *parser)
{
    *parser = (hyp_parser_t){0};
}

bool hyp_parser_is_token(hyp_slice_t slice)
{
    if (slice.len == 0) return false;
    const char *end = slice.ptr + slice.len;
    return hyp_scan_class(slice.ptr, end, HYP_CHAR_TOKEN) == end;
}

bool hyp_parser_is_field_value(hyp_slice_t slice)
{
    if (slice.len == 0) return true;
    const char *end = slice.ptr + slice.len;
    return hyp_scan_class(hyp_skip_value(slice.ptr, end), end, HYP_CHAR_VALUE) == end;
}

/* `at` is where the line begins. *stop is the space behind the method, or how far it could be read.
 * HYP_AGAIN when the bytes end within it. */
static hyp_status scan_method(const char *at, const char *end, size_t most, const char **stop)
{
    bool cut = (size_t)(end - at) > most;
    *stop = hyp_scan_class(at, cut ? at + most + 1 : end, HYP_CHAR_TOKEN);
    if ((size_t)(*stop - at) > most) return HYP_REFUSE_METHOD_UNKNOWN; /* RFC 9112 section 3 */
    if (*stop == end) return HYP_AGAIN;
    return **stop == ' ' && *stop > at ? HYP_OK : HYP_REFUSE_METHOD;
}

/* `at` is behind the last space of the request line; *stop is the start of the next line. RFC 9112 section 2.3 */
static hyp_status parse_version(const char *at, const char *end, hyp_head_t *head, const char **stop)
{
    if (end - at < 10 || memcmp(at, "HTTP/", 5) != 0 || memcmp(at + 8, "\r\n", 2) != 0) return HYP_REFUSE_REQUEST_LINE;
    bool numbers = hyp_char_is_digit(at[5]) && at[6] == '.' && hyp_char_is_digit(at[7]);
    if (!numbers) return HYP_REFUSE_REQUEST_LINE;
    if (at[5] != '1') return HYP_REFUSE_VERSION;
    head->minor = at[7] > '0';
    *stop = at + 10;
    return HYP_OK;
}

/* *at goes from the start of the request line to the start of the next line. Tells what is wrong within bytes[*at,
 * len); whether more bytes could mend it is not its business. */
static HYP_COLD hyp_status parse_request_line(const char *bytes, size_t *at, size_t len,
                                              const hyp_parser_limits_t *limits, hyp_head_t *head)
{
    const char *line = bytes + *at;
    const char *end = bytes + len;
    const char *stop;
    hyp_status status = scan_method(line, end, limits->method_bytes, &stop);
    if (status != HYP_OK) return status;
    if (hyp_sees(line, end, HYP_SLICE("PRI * HTTP/2.0\r\n"))) return HYP_NOT_OURS; /* RFC 9113 section 3.4 */
    head->method_name = hyp_span_of(bytes, line, stop);
    head->method = (uint8_t)hyp_method_of(hyp_span_in(bytes, head->method_name));
    status = hyp_target_parse(bytes, stop + 1, end, head, &stop);
    if (status != HYP_OK) return status;
    if (head->target.len > limits->target_bytes) return HYP_REFUSE_TARGET_TOO_LONG;
    status = parse_version(stop + 1, end, head, &stop);
    *at = (size_t)(stop - bytes);
    return status;
}

static const char *skip_ows(const char *at, const char *end)
{
    while (at < end && hyp_char_is_ows(*at))
        at++;
    return at;
}

/* *at goes from the start of a field line, which is not at the end, to the start of the next (RFC 9112 section 5). */
static HYP_COLD hyp_status parse_field(const char *bytes, size_t *at, size_t len, hyp_header_t *field)
{
    const char *end = bytes + len;
    const char *name = bytes + *at;
    if (hyp_char_is_ows(*name)) return HYP_REFUSE_OBS_FOLD; /* RFC 9112 section 5.2 */
    const char *colon = hyp_scan_class(name, end, HYP_CHAR_TOKEN);
    if (colon == name || colon == end || *colon != ':') return HYP_REFUSE_FIELD_NAME;

    const char *value = skip_ows(colon + 1, end);
    const char *stop = hyp_scan_class(hyp_skip_value(value, end), end, HYP_CHAR_VALUE);
    if (!hyp_sees(stop, end, HYP_SLICE("\r\n"))) return HYP_REFUSE_FIELD_VALUE;
    *at = (size_t)(stop + 2 - bytes);
    while (stop > value && hyp_char_is_ows(stop[-1]))
        stop--;
    field->name = hyp_span_of(bytes, name, colon);
    field->value = hyp_span_of(bytes, value, stop);
    return HYP_OK;
}

static inline uint32_t fields_max(const hyp_parser_limits_t *limits)
{
    return limits->headers < HYP_HEADERS_MAX ? limits->headers : HYP_HEADERS_MAX;
}

/* The start of the next line, or 0 for a field line that is wrong or not complete. */
static HYP_COLD size_t behind_unusual_field(const char *bytes, size_t at, size_t len, hyp_header_t *field)
{
    return parse_field(bytes, &at, len, field) == HYP_OK ? at : 0;
}

static HYP_COLD size_t behind_unusual_request_line(const char *bytes, size_t len, const hyp_parser_limits_t *limits,
                                                   hyp_head_t *head)
{
    size_t at = hyp_sees(bytes, bytes + len, HYP_SLICE("\r\n")) ? 2 : 0;
    return parse_request_line(bytes, &at, len, limits, head) == HYP_OK ? at : 0;
}

/* A head that is complete and right, in one pass. False does not tell why. */
static HYP_HOT bool parse_whole(const char *bytes, size_t len, const hyp_parser_limits_t *limits, hyp_head_t *head)
{
    size_t at = 0;
    uint32_t count = 0;
    uint32_t most = fields_max(limits);
    if (HYP_UNLIKELY(!hyp_quick_request_line(bytes, &at, len, limits->target_bytes, head))) {
        at = behind_unusual_request_line(bytes, len, limits, head);
        if (at == 0) return false;
    }
    for (;; count++) {
        if (HYP_UNLIKELY(at + 2 > len)) return false;
        if (memcmp(bytes + at, "\r\n", 2) == 0) break;
        if (HYP_UNLIKELY(count == most)) return false;
        if (HYP_LIKELY(hyp_quick_field(bytes, &at, len, &head->headers[count]))) continue;
        at = behind_unusual_field(bytes, at, len, &head->headers[count]);
        if (at == 0) return false;
    }
    head->header_count = count;
    head->head_bytes = (uint32_t)at + 2;
    return true;
}

/* Where the line ends that parser->line_start begins: HYP_OK with *stop at its CRLF, HYP_AGAIN with *stop where the
 * next look has to begin. Only CRLF ends a line (RFC 9112 section 2.2, and what it says of a bare CR). */
static hyp_status find_line_end(const char *bytes, size_t from, size_t len, size_t *stop)
{
    const char *end = bytes + len;
    for (const char *at = bytes + from;; at++) {
        at = hyp_scan_class(hyp_skip_value(at, end), end, HYP_CHAR_VALUE);
        *stop = (size_t)(at - bytes);
        if (at == end) return HYP_AGAIN;
        if (*at == '\n' || *at == '\0') return HYP_REFUSE_LINE_END;
        if (*at != '\r') continue;
        if (at + 1 == end) return HYP_AGAIN;
        return at[1] == '\n' ? HYP_OK : HYP_REFUSE_LINE_END;
    }
}

/* What the start of a request line, [line, end), must be refused for before the line is complete: bytes that are no
 * method, a target over its limit. `seen` bytes of it were looked at before. */
static hyp_status check_line_start(const char *line, const char *end, size_t seen, const hyp_parser_limits_t *limits)
{
    size_t target_bytes = limits->target_bytes;
    if (seen > (size_t)limits->method_bytes + 1 + target_bytes) return HYP_OK;
    const char *space;
    hyp_status status = scan_method(line, end, limits->method_bytes, &space);
    if (status != HYP_OK) return status == HYP_AGAIN ? HYP_OK : status;
    const char *target = space + 1;
    if ((size_t)(end - target) <= target_bytes) return HYP_OK;
    bool ends = memchr(target, ' ', target_bytes + 1) != NULL;
    return ends ? HYP_OK : HYP_REFUSE_TARGET_TOO_LONG;
}

/* Judges the line that ends with the CRLF at `stop`. HYP_END: it is the empty line that ends the head. */
static hyp_status check_line(const hyp_parser_t *parser, const char *bytes, size_t stop,
                             const hyp_parser_limits_t *limits, hyp_head_t *head)
{
    hyp_header_t field;
    size_t line = parser->line_start;
    if (parser->lines == 0) return parse_request_line(bytes, &line, stop + 2, limits, head);
    if (stop == line) return HYP_END;
    if (parser->lines > fields_max(limits)) return HYP_REFUSE_HEAD_TOO_LARGE;
    return parse_field(bytes, &line, stop + 2, &field);
}

static void begin_line(hyp_parser_t *parser, size_t at)
{
    parser->line_start = parser->scanned = (uint32_t)at;
}

/* A head that comes in pieces, or is wrong: line by line from where the last call stopped, which makes the verdict
 * depend on the bytes alone and not on how they were cut. HYP_END: the first *complete bytes are a good head, and the
 * parser is back at its start. */
static HYP_COLD hyp_status resume(hyp_parser_t *parser, const char *bytes, size_t len,
                                  const hyp_parser_limits_t *limits, hyp_head_t *head, size_t *complete)
{
    for (;;) {
        size_t stop;
        hyp_status found = find_line_end(bytes, parser->scanned, len, &stop);
        if (stop == 0 && found == HYP_OK) {
            begin_line(parser, 2); /* the one empty line that may come first */
            continue;
        }
        if (parser->lines == 0) {
            hyp_status status = check_line_start(bytes + parser->line_start, bytes + stop,
                                                 parser->scanned - parser->line_start, limits);
            if (status != HYP_OK) return status;
        }
        parser->scanned = (uint32_t)stop;
        if (found == HYP_AGAIN && len == limits->head_bytes) return HYP_REFUSE_HEAD_TOO_LARGE;
        if (found != HYP_OK) return found;

        hyp_status status = check_line(parser, bytes, stop, limits, head);
        if (status == HYP_END) {
            hyp_parser_init(parser);
            *complete = stop + 2;
            return HYP_END;
        }
        if (status != HYP_OK) return status;
        parser->lines++;
        begin_line(parser, stop + 2);
    }
}

hyp_status hyp_parser_execute(hyp_parser_t *parser, const char *bytes, size_t len, const hyp_parser_limits_t *limits,
                              hyp_head_t *head)
{
    if (len == 0) return HYP_AGAIN;
    if (len > limits->head_bytes) len = limits->head_bytes;
    for (bool judged = false;; judged = true) {
        if (HYP_LIKELY(parser->scanned == 0) && HYP_LIKELY(parse_whole(bytes, len, limits, head))) return HYP_OK;
        if (judged) return HYP_REFUSE_REQUEST_LINE; /* unreachable as long as both ways to judge a line agree */
        size_t complete = 0;
        hyp_status status = resume(parser, bytes, len, limits, head, &complete);
        if (status != HYP_END) return status;
        len = complete;
    }
}
