/* The request target in its four forms (RFC 9112 section 3.2). */
#ifndef HYP_TARGET_H
#define HYP_TARGET_H

#include "parser.h"

static inline hyp_span_t hyp_span_of(const char *base, const char *start, const char *stop)
{
    return (hyp_span_t){(uint32_t)(start - base), (uint32_t)(stop - start)};
}

/* Reads the target that begins at `at`, which must have the form that goes with head->method, into head->form, target,
 * path, query, has_query and authority. Positions count from `base`.
 *
 * HYP_OK                   *stop is the space behind the target
 * HYP_REFUSE_REQUEST_LINE  there is no target, or nothing behind it
 * HYP_REFUSE_TARGET        a byte that no target holds, or a form that does not go with the method */
HYP_MUST_USE hyp_status hyp_target_parse(const char *base, const char *at, const char *end, hyp_head_t *head,
                                         const char **stop);

#endif
