/* Answers on their way to one loop: many producers, one consumer, no lock.
 *
 * `head` is a stack that producers push on (release) and the loop takes whole (acquire). `sleep` tells producers whether the
 * loop will look by itself: the loop stores it before its last look at `head`, a producer loads it after its push, both
 * sequentially consistent, so one of the two sees the other. `wake` is used and closed under `mutex`, so that a late signal
 * never goes into a descriptor that is somebody else's by now. */
#ifndef HYP_OUTBOX_H
#define HYP_OUTBOX_H

#include "reply.h"
#include "wake.h"

typedef enum {
    HYP_LOOP_AWAKE,   /* looks at the outbox before it sleeps */
    HYP_LOOP_NAPPING, /* looks within a millisecond */
    HYP_LOOP_ASLEEP   /* looks when it is woken */
} hyp_loop_sleep;

typedef struct {
    _Atomic(hyp_reply_t *) head;
    _Atomic int sleep; /* hyp_loop_sleep */
    pthread_mutex_t mutex;
    hyp_wake_t wake; /* open while the loop runs */
} hyp_outbox_t;

void hyp_outbox_init(hyp_outbox_t *outbox);

/* Frees what is not a reply: those must have been taken. */
void hyp_outbox_free(hyp_outbox_t *outbox);

/* Loop: makes the wake's descriptors. HYP_OK or -errno. */
HYP_MUST_USE hyp_status hyp_outbox_open(hyp_outbox_t *outbox);

/* Loop: closes them. */
void hyp_outbox_close(hyp_outbox_t *outbox);

/* Any thread: wakes the loop; nothing when it is not open. */
void hyp_outbox_wake(hyp_outbox_t *outbox);

/* Producer: publishes one piece; does not wake. */
void hyp_outbox_push(hyp_outbox_t *outbox, hyp_reply_t *reply);

/* Producer, after pushes: wakes a loop that is asleep, and with `now` also one that naps. */
void hyp_outbox_flush(hyp_outbox_t *outbox, bool now);

/* Loop: all pieces in the order of their pushes, linked by `next`; or NULL. */
hyp_reply_t *hyp_outbox_take(hyp_outbox_t *outbox);

/* Loop: declares how it will sleep; false when an answer has arrived meanwhile, and it stays awake. */
bool hyp_outbox_sleep(hyp_outbox_t *outbox, hyp_loop_sleep how);

/* Loop: awake again. */
void hyp_outbox_awake(hyp_outbox_t *outbox);

#endif
