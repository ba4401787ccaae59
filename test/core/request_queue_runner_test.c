/* Whom the queue wakes while a worker is known to run: mostly nobody. */
#include "request_queue_waiters.h"

/* One worker runs, another idles. */
static void begin(hyp_request_queue_t *queue, hyp_worker_t *runner, waiter_t *waiter)
{
    hyp_worker_init(runner);
    start_waiters(queue, waiter, 1);
    hyp_request_queue_runs(queue, runner, true);
}

static void end(hyp_request_queue_t *queue, hyp_worker_t *runner, waiter_t *waiter)
{
    free_waiters(waiter, 1);
    hyp_worker_free(runner);
    hyp_request_queue_destroy(queue);
}

TEST(request_queue_wakes_nobody_while_a_worker_runs)
{
    hyp_request_queue_t *queue = new_queue(10);
    hyp_worker_t runner;
    waiter_t waiter;
    begin(queue, &runner, &waiter);
    push(queue, 1);
    CHECK_INT(0, stats_of(queue).wakes);
    check_take(queue, &runner, 1);
    hyp_request_queue_runs(queue, &runner, false);
    push(queue, 2);
    CHECK_INT(1, stats_of(queue).wakes);
    check_status(&waiter, HYP_OK);
    end(queue, &runner, &waiter);
}

TEST(request_queue_wakes_another_when_who_runs_blocks)
{
    hyp_request_queue_t *queue = new_queue(10);
    hyp_worker_t runner;
    waiter_t waiter;
    begin(queue, &runner, &waiter);
    push(queue, 1);
    hyp_request_queue_runs(queue, &runner, false);
    hyp_request_queue_yielded(queue);
    CHECK_INT(1, stats_of(queue).wakes);
    check_status(&waiter, HYP_OK);
    end(queue, &runner, &waiter);
}

TEST(request_queue_hears_twice_that_a_worker_runs_and_counts_it_once)
{
    hyp_request_queue_t *queue = new_queue(10);
    hyp_worker_t runner;
    waiter_t waiter;
    begin(queue, &runner, &waiter);
    hyp_request_queue_runs(queue, &runner, true);
    hyp_request_queue_runs(queue, &runner, false);
    push(queue, 1);
    CHECK_INT(1, stats_of(queue).wakes);
    check_status(&waiter, HYP_OK);
    end(queue, &runner, &waiter);
}

TEST(request_queue_takes_a_worker_that_idles_for_one_that_runs_no_more)
{
    hyp_request_queue_t *queue = new_queue(10);
    waiter_t waiter;
    prepare_waiter(&waiter, queue);
    hyp_request_queue_runs(queue, &waiter.worker, true);
    start_waiter(&waiter);
    wait_until_idle(queue, 1);
    push(queue, 1);
    CHECK_INT(1, stats_of(queue).wakes);
    check_status(&waiter, HYP_OK);
    check_take(queue, &waiter.worker, 1);
    free_waiters(&waiter, 1);
    hyp_request_queue_destroy(queue);
}

/* The queue is never empty, but whoever runs goes on with it. */
TEST(request_queue_nudges_nobody_while_who_runs_takes_jobs)
{
    hyp_request_queue_t *queue = new_queue(100);
    hyp_worker_t runner;
    waiter_t waiter;
    begin(queue, &runner, &waiter);
    for (uint32_t number = 1; number <= 20; number++) {
        push(queue, number);
    }
    for (uint32_t number = 1; number <= 10; number++) {
        check_take(queue, &runner, number);
        hyp_request_queue_went_on(queue, 999 + number * HYP_QUEUE_PATIENCE);
        CHECK_INT(HYP_QUEUE_WAITING, hyp_request_queue_nudge(queue, 1000 + number * HYP_QUEUE_PATIENCE));
    }
    CHECK_INT(0, stats_of(queue).wakes);
    hyp_request_queue_close(queue);
    check_status(&waiter, HYP_OK);
    end(queue, &runner, &waiter);
}

TEST(request_queue_nudges_as_soon_as_a_job_has_waited_for_one_that_takes_long)
{
    hyp_request_queue_t *queue = new_queue(10);
    hyp_worker_t runner;
    waiter_t waiter;
    begin(queue, &runner, &waiter);
    push(queue, 1);
    push(queue, 2);
    check_take(queue, &runner, 1);
    hyp_request_queue_went_on(queue, 100);
    CHECK_INT(0, stats_of(queue).wakes);
    CHECK_INT(HYP_QUEUE_WAITING, hyp_request_queue_nudge(queue, 100 + HYP_QUEUE_PATIENCE));
    CHECK_INT(0, stats_of(queue).wakes);
    CHECK_INT(HYP_QUEUE_WAITING, hyp_request_queue_nudge(queue, 101 + HYP_QUEUE_PATIENCE));
    CHECK_INT(1, stats_of(queue).wakes);
    check_status(&waiter, HYP_OK);
    CHECK_INT(HYP_QUEUE_STUCK, hyp_request_queue_nudge(queue, 101 + 2 * HYP_QUEUE_PATIENCE));
    check_take(queue, &waiter.worker, 2);
    end(queue, &runner, &waiter);
}

TEST(request_queue_is_stuck_when_a_spare_worker_waits_in_vain)
{
    hyp_request_queue_t *queue = new_queue(10);
    waiter_t waiter;
    start_waiters(queue, &waiter, 1);
    hyp_request_queue_add_spare(queue, 1);
    push(queue, 1);
    check_status(&waiter, HYP_OK);
    push(queue, 2);
    CHECK_INT(HYP_QUEUE_STUCK, hyp_request_queue_nudge(queue, 101 + HYP_QUEUE_PATIENCE));
    CHECK_INT(1, stats_of(queue).wakes);
    hyp_request_queue_add_spare(queue, -1);
    CHECK_INT(0, hyp_request_queue_spare(queue));
    free_waiters(&waiter, 1);
    hyp_request_queue_destroy(queue);
}

/* It does something else before it takes the job that it was woken for. */
TEST(request_queue_wakes_another_when_who_was_woken_blocks)
{
    hyp_request_queue_t *queue = new_queue(10);
    waiter_t waiters[2];
    start_waiters(queue, waiters, 2);
    push(queue, 1);
    check_status(&waiters[1], HYP_OK);
    hyp_request_queue_runs(queue, &waiters[1].worker, false);
    hyp_request_queue_yielded(queue);
    CHECK_INT(2, stats_of(queue).wakes);
    check_status(&waiters[0], HYP_OK);
    free_waiters(waiters, 2);
    hyp_request_queue_destroy(queue);
}
