/* How the parser goes over bytes: classes of characters, and scans for the first byte outside a class.
 *
 * A `skip` passes over bytes that are surely in the class, sixteen at a time where the machine can, and may stop
 * early; who expects a certain delimiter looks for it there first. A `scan` is exact. Neither reads at or behind
 * `end`. */
#ifndef HYP_SCAN_H
#define HYP_SCAN_H

#include "slice.h"

#if defined(__SSE2__) && !defined(HYP_SCAN_PORTABLE)
#define HYP_SCAN_SSE2 1
#include <emmintrin.h>
#else
#define HYP_SCAN_SSE2 0
#endif

#define HYP_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define HYP_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* The usual way through a head is one function; the unusual ones are kept out of it, so that it needs few registers. */
#define HYP_HOT inline __attribute__((always_inline))
#define HYP_COLD __attribute__((noinline))

enum {
    HYP_CHAR_TOKEN = 1,  /* tchar, RFC 9110 section 5.6.2 */
    HYP_CHAR_VALUE = 2,  /* field-content and its white space, RFC 9110 section 5.5 */
    HYP_CHAR_TARGET = 4, /* what a target may hold, RFC 9112 section 3.2, and what browsers leave as it is: all visible
                                ASCII but '"', '#', '<' and '>' */
    HYP_CHAR_REG_NAME =
        8, /* unreserved / sub-delims, RFC 3986 section 3.2.2; but no comma: two Hosts that were joined */
    HYP_CHAR_HEX_DIGIT = 16, /* in either case */
    HYP_CHAR_PATH = 32 /* the same before the '?', where browsers also encode '\\', '`', '{' and '}'; without '%' */
};

extern const uint8_t hyp_char_classes[256] __attribute__((visibility("hidden")));

static inline bool hyp_char_is(char c, int class_bits)
{
    return (hyp_char_classes[(unsigned char)c] & class_bits) != 0;
}

static inline bool hyp_char_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool hyp_char_is_ows(char c)
{
    return c == ' ' || c == '\t';
}

static inline const char *hyp_scan_class(const char *at, const char *end, int class_bits)
{
    while (at < end && hyp_char_is(*at, class_bits))
        at++;
    return at;
}

/* True when [at, end) begins with `start`. */
static inline bool hyp_sees(const char *at, const char *end, hyp_slice_t start)
{
    return (size_t)(end - at) >= start.len && memcmp(at, start.ptr, start.len) == 0;
}

#if HYP_SCAN_SSE2

static HYP_HOT __m128i hyp_load16(const char *at)
{
    return _mm_loadu_si128((const __m128i *)(const void *)at);
}

/* All ones where low <= byte <= low + span. */
static HYP_HOT __m128i hyp_in_range(__m128i bytes, char low, char span)
{
    __m128i above = _mm_sub_epi8(bytes, _mm_set1_epi8(low));
    return _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(span)), above);
}

static HYP_HOT __m128i hyp_equals(__m128i bytes, char c)
{
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c));
}

static HYP_HOT __m128i hyp_is_letter(__m128i bytes)
{
    return hyp_in_range(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 'z' - 'a');
}

static HYP_HOT unsigned hyp_mask(__m128i flags)
{
    return (unsigned)_mm_movemask_epi8(flags);
}

/* The letters and dashes that field names are made of in practice. Bits above the sixteenth are set. */
static HYP_HOT unsigned hyp_not_usual_in_name(__m128i bytes)
{
    return ~hyp_mask(_mm_or_si128(hyp_is_letter(bytes), hyp_equals(bytes, '-')));
}

/* The same with digits and dots. */
static HYP_HOT unsigned hyp_not_usual_in_host(__m128i bytes)
{
    __m128i others = _mm_or_si128(hyp_in_range(bytes, '-', 1), hyp_in_range(bytes, '0', 9));
    return ~hyp_mask(_mm_or_si128(hyp_is_letter(bytes), others));
}

/* All ones where low <= byte <= 0x7e. One more makes DEL and what lies above it negative. */
static HYP_HOT __m128i hyp_is_ascii_from(__m128i bytes, char low)
{
    return _mm_cmpgt_epi8(_mm_add_epi8(bytes, _mm_set1_epi8(1)), _mm_set1_epi8(low));
}

/* Printable ASCII; HTAB and obs-text are rare. */
static HYP_HOT unsigned hyp_not_usual_in_value(__m128i bytes)
{
    return hyp_mask(hyp_is_ascii_from(bytes, ' ')) ^ 0xffff;
}

static HYP_HOT unsigned hyp_not_usual_in_target(__m128i bytes)
{
    __m128i marks = hyp_equals(_mm_or_si128(bytes, _mm_set1_epi8(1)), '#');    /* '"' and '#' */
    __m128i brackets = hyp_equals(_mm_or_si128(bytes, _mm_set1_epi8(2)), '>'); /* '<' and '>' */
    return hyp_mask(_mm_andnot_si128(_mm_or_si128(marks, brackets), hyp_is_ascii_from(bytes, '!'))) ^ 0xffff;
}

/* Letters, digits, underscores and most punctuation; the rest is rare in paths, and some of it wrong. */
static HYP_HOT unsigned hyp_not_usual_in_path(__m128i bytes)
{
    __m128i others = _mm_or_si128(hyp_in_range(bytes, '&', ';' - '&'), hyp_equals(bytes, '_'));
    __m128i usual = _mm_or_si128(others, hyp_is_letter(bytes));
    return hyp_mask(usual) ^ 0xffff;
}

#endif

/* HYP_DEFINE_SKIP(name, what stops it, the class of bytes it skips) */
#if HYP_SCAN_SSE2
#define HYP_DEFINE_SKIP(name, not_usual, class_bits)                                                                   \
    static HYP_HOT const char *name(const char *at, const char *end)                                                   \
    {                                                                                                                  \
        for (; end - at >= 16; at += 16) {                                                                             \
            unsigned stops = not_usual(hyp_load16(at));                                                                \
            if (stops != 0) return at + __builtin_ctz(stops);                                                          \
        }                                                                                                              \
        return at;                                                                                                     \
    }
#else
#define HYP_DEFINE_SKIP(name, not_usual, class_bits)                                                                   \
    static HYP_HOT const char *name(const char *at, const char *end)                                                   \
    {                                                                                                                  \
        return hyp_scan_class(at, end, class_bits);                                                                    \
    }
#endif

HYP_DEFINE_SKIP(hyp_skip_value, hyp_not_usual_in_value, HYP_CHAR_VALUE)
HYP_DEFINE_SKIP(hyp_skip_target, hyp_not_usual_in_target, HYP_CHAR_TARGET)
#undef HYP_DEFINE_SKIP

#endif
