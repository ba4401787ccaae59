/* A connection on its way from its loop to the worker that has asked for it. Shared by the two, by references. */
#ifndef HYP_HIJACK_H
#define HYP_HIJACK_H

#include "request.h"

/* All members under `mutex` but `refs`. */
typedef struct hyp_hijack {
    _Atomic uint32_t refs;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    hyp_handoff_t *handoff; /* given and not taken; owned */
    bool over;              /* it was given, or never will be */
    bool interrupted;
} hyp_hijack_t;

/* HYP_OK or HYP_NO_MEMORY; the caller holds one reference. */
HYP_MUST_USE hyp_status hyp_hijack_new(hyp_hijack_t **out);
void hyp_hijack_retain(hyp_hijack_t *hijack);

/* With the last reference goes a connection that nobody has taken: it is closed. */
void hyp_hijack_release(hyp_hijack_t *hijack);

/* Loop: the connection, with what was read of it and belongs to no request. Takes it over. */
void hyp_hijack_give(hyp_hijack_t *hijack, hyp_handoff_t *handoff);

/* Loop: the connection has gone. No effect once it was given. */
void hyp_hijack_abandon(hyp_hijack_t *hijack);

/* Worker: blocks until the connection comes: HYP_OK (*out is the caller's), HYP_CLOSED or HYP_INTERRUPTED. */
HYP_MUST_USE hyp_status hyp_hijack_wait(hyp_hijack_t *hijack, hyp_handoff_t **out);

/* Any thread: ends the present or next wait with HYP_INTERRUPTED. */
void hyp_hijack_interrupt(hyp_hijack_t *hijack);

#endif
