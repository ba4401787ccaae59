/* The few callbacks by which the core asks for Ruby. Called on the loop's thread, which holds no GVL: an implementation
 * queues, and does not call Ruby. */
#ifndef HYP_HOST_H
#define HYP_HOST_H

#include "health.h"
#include "request.h"

typedef struct {
    void *ctx;

    /* Takes a tick's jobs. What finds no place stays in the list and is answered 503 by the loop. */
    void (*submit)(void *ctx, hyp_job_list_t *jobs, hyp_msec_t now);

    /* Takes over a reply whose `owner` is to be given back. */
    void (*give_back)(void *ctx, hyp_reply_t *reply);

    /* Once a tick, before the loop sleeps. True when jobs wait for a worker: then the loop naps. */
    bool (*nudge)(void *ctx, hyp_msec_t now);

    /* Appends to `late` the requests of the loop of this number that came before this time and still wait for a worker. Called once a
     * tick when there is a limit; they are answered 503. NULL: who takes requests looks for himself. */
    void (*recall)(void *ctx, uint16_t loop, hyp_msec_t before, hyp_job_list_t *late);

    /* What a health route is to say. NULL: that all is well. */
    hyp_verdict (*health)(void *ctx, hyp_msec_t now);
} hyp_host_t;

#endif
