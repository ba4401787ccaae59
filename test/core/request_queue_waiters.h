/* Workers that wait once, each in a thread of its own. */
#ifndef HYP_REQUEST_QUEUE_WAITERS_H
#define HYP_REQUEST_QUEUE_WAITERS_H

#include <pthread.h>
#include <sched.h>

#include "request_queue_helpers.h"

typedef struct {
    hyp_request_queue_t *queue;
    hyp_worker_t worker;
    pthread_t thread;
    hyp_status status;
} waiter_t;

static inline void *wait_once(void *arg)
{
    waiter_t *waiter = arg;
    waiter->status = hyp_request_queue_wait(waiter->queue, &waiter->worker);
    return NULL;
}

static inline void wait_until_idle(hyp_request_queue_t *queue, size_t count)
{
    while (stats_of(queue).idle != count) {
        sched_yield();
    }
}

static inline void prepare_waiter(waiter_t *waiter, hyp_request_queue_t *queue)
{
    *waiter = (waiter_t){.queue = queue, .status = HYP_AGAIN};
    hyp_worker_init(&waiter->worker);
}

static inline void start_waiter(waiter_t *waiter)
{
    CHECK_INT(0, pthread_create(&waiter->thread, NULL, wait_once, waiter));
}

/* Starts one after the other, so that who idled last is known. */
static inline void start_waiters(hyp_request_queue_t *queue, waiter_t *waiters, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        prepare_waiter(&waiters[i], queue);
        start_waiter(&waiters[i]);
        wait_until_idle(queue, i + 1);
    }
}

static inline void check_status(waiter_t *waiter, hyp_status expected)
{
    CHECK_INT(0, pthread_join(waiter->thread, NULL));
    CHECK_INT(expected, waiter->status);
}

static inline void free_waiters(waiter_t *waiters, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hyp_worker_free(&waiters[i].worker);
    }
}

#endif
