/* An answer, or a piece of one, on its way from a worker to the loop that holds the connection. */
#ifndef HYP_REPLY_H
#define HYP_REPLY_H

#include <pthread.h>
#include <stdatomic.h>

#include "slice.h"
#include "status.h"

/* Whom an answer is for. A connection that has gone meanwhile is recognised by its generation. */
typedef struct {
    uint32_t slot;
    uint32_t generation;
    uint32_t stream; /* 0 for HTTP/1 */
    uint16_t loop;
} hyp_address_t;

/* The window of a streaming response, shared by its producer and the loop: the producer waits while more than a limit is
 * unsent, and learns that the client has gone. All members under `mutex` but `refs`. */
typedef struct {
    _Atomic uint32_t refs;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    size_t unsent; /* bytes */
    bool gone;
    bool interrupted;
} hyp_flow_t;

/* HYP_OK or HYP_NO_MEMORY; the caller holds one reference. */
HYP_MUST_USE hyp_status hyp_flow_new(hyp_flow_t **out);
void hyp_flow_retain(hyp_flow_t *flow);
void hyp_flow_release(hyp_flow_t *flow);

/* Producer: `bytes` more are on their way. */
void hyp_flow_add(hyp_flow_t *flow, size_t bytes);

/* Producer: blocks until at most `limit` bytes are unsent. HYP_OK, HYP_CLOSED (the client has gone) or HYP_INTERRUPTED. */
HYP_MUST_USE hyp_status hyp_flow_wait(hyp_flow_t *flow, size_t limit);

/* Any thread: ends the present or next wait with HYP_INTERRUPTED. */
void hyp_flow_interrupt(hyp_flow_t *flow);

/* Loop: `bytes` have been sent, or will never be. */
void hyp_flow_sent(hyp_flow_t *flow, size_t bytes);

/* Loop: the client has gone; every wait ends. */
void hyp_flow_abandon(hyp_flow_t *flow);

/* True when the client has gone. Any thread. */
bool hyp_flow_is_gone(hyp_flow_t *flow);

/* One piece: `len` bytes of its own, then `tail`, which `owner` keeps alive, then `file_len` bytes of a file. */
typedef struct hyp_reply {
    struct hyp_reply *next;
    hyp_address_t to;
    hyp_slice_t tail;
    uintptr_t owner;  /* opaque to the core; 0: `tail` is empty and nothing is to be given back */
    hyp_flow_t *flow; /* owned reference, or NULL */
    int file_fd;      /* owned; 0: none */
    uint64_t file_offset;
    uint64_t file_len;
    uint32_t waited;           /* milliseconds that the request was in the queue */
    struct hyp_hijack *hijack; /* owned reference, or NULL: the connection is to leave the loop, by this; with `last` */
    bool last;                 /* nothing follows: the request is answered, or given up */
    bool close;                /* with `last`: the connection ends after these bytes */
    bool abort;                /* the answer cannot be completed: close at once, without these bytes */
    uint32_t len;
    char bytes[];
} hyp_reply_t;

/* Room for `len` bytes, all else zero; or NULL. Freed by hyp_reply_destroy, once its owner has been given back. */
hyp_reply_t *hyp_reply_new(size_t len);

/* Closes the file, drops the flow's reference and the memory; a hijack that has not been served is abandoned. Does not touch the owner. */
void hyp_reply_destroy(hyp_reply_t *reply);

#endif
