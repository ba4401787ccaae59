/* Connections that the kernel has accepted for the backend: they wait here when the backend is disarmed, or has had enough for a
 * round. */
#ifndef HYP_URING_ACCEPT_H
#define HYP_URING_ACCEPT_H

#include "backend.h"
#include "uring_ring.h"

typedef struct {
    bool armed;      /* by the backend's owner */
    bool posted;     /* the kernel accepts, or polls */
    bool cancelling; /* what is posted */
    int *waiting;    /* descriptors, oldest first */
    unsigned count;
    bool refused; /* by the owner, who has no room now */
    unsigned cap;
} hyp_uring_accept_t;

/* Closes those that wait. */
void hyp_uring_accept_free(hyp_uring_accept_t *accept);

/* Accepts from now on, or not any more: the kernel may have accepted some already. */
void hyp_uring_accept_arm(hyp_backend_t *backend, bool on);

/* Submits what has to change. */
void hyp_uring_accept_prepare(hyp_backend_t *backend);

/* A completion of it. */
void hyp_uring_accept_complete(hyp_backend_t *backend, int result, bool more);

/* True when somebody can be told of. */
bool hyp_uring_accept_is_ready(const hyp_uring_accept_t *accept);

/* Tells of a batch of those that wait. */
void hyp_uring_accept_tell(hyp_backend_t *backend);

#endif
