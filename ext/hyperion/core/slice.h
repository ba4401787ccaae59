/* Views of bytes that somebody else owns. */
#ifndef HYP_SLICE_H
#define HYP_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A view: valid as long as its owner's bytes are. ptr may be NULL when len is 0. */
typedef struct {
    const char *ptr;
    size_t len;
} hyp_slice_t;

/* A view by position, so that a request's bytes can be copied without rewriting it. */
typedef struct {
    uint32_t offset;
    uint32_t len;
} hyp_span_t;

#define HYP_SLICE(literal) ((hyp_slice_t){(literal), sizeof(literal) - 1})

/* The same for what has static storage, which ISO C lets only a plain list initialise. */
#define HYP_SLICE_INIT(literal)                                                                                        \
    {                                                                                                                  \
        (literal), sizeof(literal) - 1                                                                                 \
    }

static inline hyp_slice_t hyp_slice(const char *ptr, size_t len)
{
    return (hyp_slice_t){ptr, len};
}

static inline hyp_slice_t hyp_span_in(const char *base, hyp_span_t span)
{
    return (hyp_slice_t){base + span.offset, span.len};
}

static inline bool hyp_slice_equal(hyp_slice_t a, hyp_slice_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* ASCII case-insensitive equality; `lower` must be in lower case. */
static inline bool hyp_slice_equal_nocase(hyp_slice_t a, hyp_slice_t lower)
{
    if (a.len != lower.len) return false;
    for (size_t i = 0; i < a.len; i++) {
        unsigned char c = (unsigned char)a.ptr[i];
        if (c >= 'A' && c <= 'Z') c |= 0x20;
        if (c != (unsigned char)lower.ptr[i]) return false;
    }
    return true;
}

#endif
