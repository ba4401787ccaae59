/* io_uring made worse than the kernel would allow: what older kernels, and want, would make of it. */
#ifndef URING_HELPERS_H
#define URING_HELPERS_H

#include "backend.h"

/* A backend with one of these names; NULL for any other name, and without liburing. */
#ifdef HYP_HAVE_LIBURING
const hyp_backend_ops_t *uring_variant(const char *name);
#else
static inline const hyp_backend_ops_t *uring_variant(const char *name)
{
    (void)name;
    return NULL;
}
#endif

#if defined HYP_HAVE_LIBURING && !defined URING_VARIANTS
#define URING_VARIANTS "io_uring", "io_uring multishot", "io_uring once", "io_uring poll", "io_uring in want"
#endif

#endif
