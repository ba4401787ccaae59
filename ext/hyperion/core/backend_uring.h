/* The backend on io_uring, made worse than the kernel would allow: for tests of what it does on older ones and in want. */
#ifndef HYP_BACKEND_URING_H
#define HYP_BACKEND_URING_H

#include "backend.h"
#include "uring_ring.h"

/* As hyp_backend_uring's open; the other verbs are its own. */
HYP_MUST_USE hyp_status hyp_backend_uring_open_as(hyp_backend_t **out, const hyp_backend_config_t *config,
                                                  const hyp_uring_options_t *options);

/* The level that an open backend has. */
hyp_uring_level hyp_backend_uring_level(const hyp_backend_t *backend);

#endif
