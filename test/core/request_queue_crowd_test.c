/* The queue under a crowd: each job is taken exactly once, whoever is interrupted, and nobody sleeps for good. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "request_queue_helpers.h"

#define PRODUCERS 2
#define WORKERS 4
#define JOBS_EACH 15000

typedef struct {
    hyp_request_queue_t *queue;
    hyp_worker_t workers[WORKERS];
    _Atomic uint32_t next_producer;
    _Atomic uint32_t next_worker;
    _Atomic uint32_t taken_count;
    _Atomic uint8_t taken[PRODUCERS * JOBS_EACH];
} crowd_t;

/* As a loop does: some jobs a tick. Now and then it waits until all are done, so that the workers idle again. */
static void *produce(void *arg)
{
    crowd_t *crowd = arg;
    uint32_t base = atomic_fetch_add(&crowd->next_producer, 1) * JOBS_EACH;
    for (uint32_t i = 0; i < JOBS_EACH;) {
        hyp_job_list_t jobs = {.count = 0};
        for (uint32_t tick = i % 7 + 1; tick > 0 && i < JOBS_EACH; tick--) {
            hyp_job_list_append(&jobs, request_number(base + i++));
        }
        hyp_request_queue_push(crowd->queue, &jobs, i);
        CHECK_INT(0, jobs.count);
        while (i % 100 < 7 && stats_of(crowd->queue).length > 0) {
            sched_yield();
        }
    }
    return NULL;
}

static void work_off(crowd_t *crowd, hyp_worker_t *worker)
{
    hyp_job_t *job;
    while ((job = hyp_request_queue_take(crowd->queue, worker)) != NULL) {
        atomic_fetch_add(&crowd->taken[number_of(job)], 1);
        if (atomic_fetch_add(&crowd->taken_count, 1) % 16 == 0) {
            hyp_request_queue_runs(crowd->queue, worker, false);
            hyp_request_queue_yielded(crowd->queue);
            hyp_request_queue_runs(crowd->queue, worker, true);
        }
        hyp_job_destroy(job);
    }
}

static void *work(void *arg)
{
    crowd_t *crowd = arg;
    hyp_worker_t *worker = &crowd->workers[atomic_fetch_add(&crowd->next_worker, 1)];
    hyp_status status = HYP_OK;
    while (status != HYP_CLOSED) {
        hyp_request_queue_runs(crowd->queue, worker, true);
        work_off(crowd, worker);
        status = hyp_request_queue_wait(crowd->queue, worker);
        CHECK(status == HYP_OK || status == HYP_INTERRUPTED || status == HYP_CLOSED);
    }
    return NULL;
}

static void interrupt_in_turn_until_done(crowd_t *crowd)
{
    for (uint32_t i = 0; atomic_load(&crowd->taken_count) < PRODUCERS * JOBS_EACH; i++) {
        hyp_request_queue_interrupt(crowd->queue, &crowd->workers[i % WORKERS]);
        sched_yield();
    }
}

static void check_crowd(bool interrupts)
{
    crowd_t *crowd = calloc(1, sizeof *crowd);
    pthread_t threads[PRODUCERS + WORKERS];
    crowd->queue = new_queue(PRODUCERS * JOBS_EACH);
    for (int i = 0; i < WORKERS; i++) {
        hyp_worker_init(&crowd->workers[i]);
        CHECK_INT(0, pthread_create(&threads[PRODUCERS + i], NULL, work, crowd));
    }
    for (int i = 0; i < PRODUCERS; i++) {
        CHECK_INT(0, pthread_create(&threads[i], NULL, produce, crowd));
    }
    if (interrupts) {
        interrupt_in_turn_until_done(crowd);
    }
    for (int i = 0; i < PRODUCERS; i++) {
        CHECK_INT(0, pthread_join(threads[i], NULL));
    }
    hyp_request_queue_close(crowd->queue);
    for (int i = 0; i < WORKERS; i++) {
        CHECK_INT(0, pthread_join(threads[PRODUCERS + i], NULL));
        hyp_worker_free(&crowd->workers[i]);
    }
    for (int i = 0; i < PRODUCERS * JOBS_EACH; i++) {
        CHECK_INT(1, crowd->taken[i]);
    }
    hyp_request_queue_destroy(crowd->queue);
    free(crowd);
}

TEST(request_queue_gives_each_job_to_one_worker)
{
    check_crowd(false);
}

TEST(request_queue_loses_no_job_when_workers_are_interrupted)
{
    check_crowd(true);
}
