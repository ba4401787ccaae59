/* The buffers that the kernel receives into. Only as many are provided as have been in use at once, so that few connections
 * find theirs in the cache; they are given back within the round that has filled them. */
#ifndef HYP_URING_BUFFERS_H
#define HYP_URING_BUFFERS_H

#include "uring_ring.h"

#define HYP_URING_BUFFER_BYTES 4096
#define HYP_URING_BUFFER_GROUP 0

typedef struct {
    struct io_uring_buf_ring *ring; /* shared with the kernel */
    char *memory;
    unsigned provided; /* those with a lower number */
    unsigned max;
    unsigned given_back; /* not yet told to the kernel */
    bool starved;        /* the kernel has found none in this round */
} hyp_uring_buffers_t;

/* `max` is a power of two. HYP_OK, HYP_NO_MEMORY or -errno. */
HYP_MUST_USE hyp_status hyp_uring_buffers_open(hyp_uring_buffers_t *buffers, hyp_uring_t *uring, unsigned max);

/* The ring must be closed, or have no receive left. */
void hyp_uring_buffers_close(hyp_uring_buffers_t *buffers);

/* The bytes of a buffer by its number. */
const char *hyp_uring_buffer(const hyp_uring_buffers_t *buffers, unsigned number);

/* Gives one back; the kernel sees it after the next _tell, which also provides more after a round that was starved. */
void hyp_uring_buffers_give_back(hyp_uring_buffers_t *buffers, unsigned number);
void hyp_uring_buffers_tell(hyp_uring_buffers_t *buffers);

#endif
