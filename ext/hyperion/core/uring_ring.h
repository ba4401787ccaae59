/* A ring, made as well as the kernel allows: what it lacks is found out once, when the ring is made. */
#ifndef HYP_URING_RING_H
#define HYP_URING_RING_H

#include <liburing.h>
#include <pthread.h>
#include <stdbool.h>

#include "status.h"

/* What is used of io_uring; each level has everything below it. Beside it the kernel that brought it. */
typedef enum {
    HYP_URING_POLL,      /* 5.11: asks for readiness alone; bytes are moved by system calls */
    HYP_URING_ONCE,      /* 5.19: multishot accept; receives into provided buffers, one by one */
    HYP_URING_MULTISHOT, /* 6.0: multishot receive */
    HYP_URING_DEFERRED,  /* 6.1: one issuer, completions are made in the wait alone; sends go with it */
} hyp_uring_level;

/* Zero in a member of the last three: the default. */
typedef struct {
    hyp_uring_level level; /* at most */
    unsigned submissions;  /* places in the queues; powers of two */
    unsigned completions;
    unsigned buffers; /* provided at most; a power of two */
} hyp_uring_options_t;

extern const hyp_uring_options_t hyp_uring_best;

typedef struct {
    struct io_uring ring;
    hyp_uring_level level;
    bool begun;       /* by its first enter */
    pthread_t issuer; /* the thread that enters, once it has begun */
} hyp_uring_t;

/* HYP_OK, or -errno: ENOSYS for a kernel that has none or too little of it, EPERM where it is forbidden, ENOMEM beyond what may
 * be locked in memory, EMFILE. May be called by another thread than enters. */
HYP_MUST_USE hyp_status hyp_uring_open(hyp_uring_t *uring, const hyp_uring_options_t *options);

/* A submission to be filled in; when the queue is full it is submitted first. NULL when that fails: to be tried in the next round. */
struct io_uring_sqe *hyp_uring_submission(hyp_uring_t *uring);

/* Submits what there is, if it can. */
void hyp_uring_submit(hyp_uring_t *uring);

/* Submits all, and waits for a completion for at most timeout_ms (-1: for ever; 0: not at all): one system call. HYP_OK, also
 * when nothing has come, or -errno: EEXIST in another thread than the first. */
HYP_MUST_USE hyp_status hyp_uring_enter(hyp_uring_t *uring, int timeout_ms);

/* True when there were completions that had found no room and may have some now. */
bool hyp_uring_flush_overflow(hyp_uring_t *uring);

/* True when the kernel has taken every submission. */
bool hyp_uring_is_submitted(const hyp_uring_t *uring);

/* True in the thread that may enter. */
bool hyp_uring_is_issuer(const hyp_uring_t *uring);

/* Ends what was submitted with this tag at once, in the thread that may enter; its last completion is still to come. False when that
 * cannot be: the kernel is older than 6.0, or has nothing with this tag. */
bool hyp_uring_cancel_now(hyp_uring_t *uring, uint64_t tag);

void hyp_uring_close(hyp_uring_t *uring);

#endif
