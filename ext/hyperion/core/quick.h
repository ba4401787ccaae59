/* The usual lines of a request head, sixteen bytes at a time. What these do not recognise, right or wrong, is for the
 * exact functions of the parser; what they accept, those accept with the same result. Without SSE2 they recognise
 * nothing. */
#ifndef HYP_QUICK_H
#define HYP_QUICK_H

#include "parser.h"
#include "scan.h"

#if HYP_SCAN_SSE2

/* The first byte of bytes[at, len - 1) that is no printable ASCII, so that one more follows it; 0 when there is none.
 * `last` is len - 17 and not negative: the last look overlaps the one before. */
static HYP_HOT size_t hyp_quick_value_end(const char *bytes, size_t at, size_t last)
{
    unsigned stops;
    for (; at <= last; at += 16) {
        stops = hyp_not_usual_in_value(hyp_load16(bytes + at));
        if (stops != 0) return at + (unsigned)__builtin_ctz(stops);
    }
    if (at - last > 16) return 0;
    stops = hyp_not_usual_in_value(hyp_load16(bytes + last)) >> (at - last);
    return stops != 0 ? at + (unsigned)__builtin_ctz(stops) : 0;
}

/* The first byte that is neither letter nor dash; 0 when it is not found before last + 16. */
static HYP_HOT size_t hyp_quick_name_end(const char *bytes, size_t at, size_t last)
{
    for (; at <= last; at += 16) {
        unsigned stop = (unsigned)__builtin_ctz(hyp_not_usual_in_name(hyp_load16(bytes + at)));
        if (HYP_LIKELY(stop < 16)) return at + stop;
    }
    return 0;
}

/* "Name: value" CRLF, no more white space than this. False, or *line goes from the start of the field line to the start
 * of the next. */
static HYP_HOT bool hyp_quick_field(const char *bytes, size_t *line, size_t len, hyp_header_t *field)
{
    size_t at = *line;
    size_t last = len - 17;
    if (HYP_UNLIKELY(len < 17)) return false;
    size_t colon = hyp_quick_name_end(bytes, at, last);
    if (HYP_UNLIKELY(colon <= at || memcmp(bytes + colon, ": ", 2) != 0)) return false;
    field->name = (hyp_span_t){(uint32_t)at, (uint32_t)(colon - at)};
    size_t value = colon + 2;
    size_t stop = hyp_quick_value_end(bytes, value, last);
    if (HYP_UNLIKELY(stop == 0 || memcmp(bytes + stop, "\r\n", 2) != 0)) return false;
    if (HYP_UNLIKELY(bytes[value] == ' ' || bytes[stop - 1] == ' ')) return false;
    field->value = (hyp_span_t){(uint32_t)value, (uint32_t)(stop - value)};
    *line = stop + 2;
    return true;
}

#define HYP_DEFINE_QUICK_END(name, not_usual)                                                                          \
    static HYP_HOT size_t name(const char *bytes, size_t at, size_t last)                                              \
    {                                                                                                                  \
        for (; at <= last; at += 16) {                                                                                 \
            unsigned stops = not_usual(hyp_load16(bytes + at));                                                        \
            if (stops != 0) return at + (unsigned)__builtin_ctz(stops);                                                \
        }                                                                                                              \
        return 0;                                                                                                      \
    }

HYP_DEFINE_QUICK_END(hyp_quick_path_end, hyp_not_usual_in_path)
HYP_DEFINE_QUICK_END(hyp_quick_target_end, hyp_not_usual_in_target)
#undef HYP_DEFINE_QUICK_END

/* GET, POST: the length of the method that a head begins with, or 0. */
static HYP_HOT uint32_t hyp_quick_method(const char *bytes, hyp_head_t *head)
{
    head->method = HYP_METHOD_GET;
    if (HYP_LIKELY(memcmp(bytes, "GET ", 4) == 0)) return 3;
    head->method = HYP_METHOD_POST;
    return memcmp(bytes, "POST ", 5) == 0 ? 4 : 0;
}

/* Method, origin-form and HTTP/1.1. False, or *line goes from 0 to the start of the next line. */
static HYP_HOT bool hyp_quick_request_line(const char *bytes, size_t *line, size_t len, uint32_t target_bytes,
                                           hyp_head_t *head)
{
    if (HYP_UNLIKELY(len < 32)) return false;
    size_t last = len - 16;
    uint32_t method = hyp_quick_method(bytes, head);
    uint32_t target = method + 1;
    if (HYP_UNLIKELY(method == 0 || bytes[target] != '/')) return false;
    size_t mark = hyp_quick_path_end(bytes, target, last);
    size_t space = mark;
    size_t query = mark;
    if (HYP_UNLIKELY(mark == 0)) return false;
    if (bytes[mark] == '?') {
        query = mark + 1;
        space = hyp_quick_target_end(bytes, query, last);
    }
    if (HYP_UNLIKELY(space == 0 || space - target > target_bytes || len - space < 11)) return false;
    if (HYP_UNLIKELY(memcmp(bytes + space, " HTTP/1.", 8) != 0 || memcmp(bytes + space + 8, "1\r\n", 3) != 0)) {
        return false;
    }
    head->form = HYP_TARGET_ORIGIN;
    head->minor = 1;
    head->has_query = query != mark;
    head->method_name = (hyp_span_t){0, method};
    head->target = (hyp_span_t){target, (uint32_t)space - target};
    head->path = (hyp_span_t){target, (uint32_t)mark - target};
    head->query = (hyp_span_t){(uint32_t)query, (uint32_t)(space - query)};
    head->authority = (hyp_span_t){target, 0};
    *line = space + 11;
    return true;
}

#else

static inline bool hyp_quick_field(const char *bytes HYP_UNUSED, size_t *line HYP_UNUSED, size_t len HYP_UNUSED,
                                   hyp_header_t *field HYP_UNUSED)
{
    return false;
}

static inline bool hyp_quick_request_line(const char *bytes HYP_UNUSED, size_t *line HYP_UNUSED, size_t len HYP_UNUSED,
                                          uint32_t target_bytes HYP_UNUSED, hyp_head_t *head HYP_UNUSED)
{
    return false;
}

#endif

#endif
