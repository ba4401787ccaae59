/* Whom the queue wakes, and when: with workers that wait in threads of their own. */
#include "request_queue_waiters.h"

TEST(request_queue_wakes_the_worker_that_idled_last)
{
    hyp_request_queue_t *queue = new_queue(10);
    waiter_t waiters[2];
    start_waiters(queue, waiters, 2);
    push(queue, 1);
    check_status(&waiters[1], HYP_OK);
    CHECK_INT(1, stats_of(queue).idle);
    hyp_request_queue_close(queue);
    check_status(&waiters[0], HYP_OK);
    free_waiters(waiters, 2);
    hyp_request_queue_destroy(queue);
}

TEST(request_queue_has_one_wake_under_way)
{
    hyp_request_queue_t *queue = new_queue(10);
    waiter_t waiters[2];
    start_waiters(queue, waiters, 2);
    push(queue, 1);
    push(queue, 2);
    hyp_request_queue_yielded(queue);
    CHECK(hyp_request_queue_nudge(queue, 1000));
    CHECK_INT(1, stats_of(queue).wakes);
    check_status(&waiters[1], HYP_OK);
    check_take(queue, &waiters[1].worker, 1);
    CHECK_INT(1, stats_of(queue).wakes);
    hyp_request_queue_yielded(queue);
    CHECK_INT(2, stats_of(queue).wakes);
    check_status(&waiters[0], HYP_OK);
    free_waiters(waiters, 2);
    hyp_request_queue_destroy(queue);
}

TEST(request_queue_wakes_nobody_when_a_job_joins_others)
{
    hyp_request_queue_t *queue = new_queue(10);
    waiter_t waiters[2];
    start_waiters(queue, waiters, 2);
    push(queue, 1);
    push(queue, 2);
    check_status(&waiters[1], HYP_OK);
    check_take(queue, &waiters[1].worker, 1);
    push(queue, 3);
    CHECK_INT(1, stats_of(queue).wakes);
    check_take(queue, &waiters[1].worker, 2);
    check_take(queue, &waiters[1].worker, 3);
    push(queue, 4);
    CHECK_INT(2, stats_of(queue).wakes);
    check_status(&waiters[0], HYP_OK);
    free_waiters(waiters, 2);
    hyp_request_queue_destroy(queue);
}

TEST(request_queue_ends_a_wake_also_when_there_is_nothing_left_to_take)
{
    hyp_request_queue_t *queue = new_queue(10);
    hyp_worker_t other;
    waiter_t waiters[2];
    hyp_worker_init(&other);
    start_waiters(queue, waiters, 2);
    push(queue, 1);
    check_status(&waiters[1], HYP_OK);
    check_take(queue, &other, 1);
    CHECK(hyp_request_queue_take(queue, &waiters[1].worker) == NULL);
    push(queue, 2);
    CHECK_INT(2, stats_of(queue).wakes);
    check_status(&waiters[0], HYP_OK);
    hyp_worker_free(&other);
    free_waiters(waiters, 2);
    hyp_request_queue_destroy(queue);
}

/* One job is left, nobody is woken, one worker idles. */
static void leave_one_job(hyp_request_queue_t *queue, waiter_t waiters[2])
{
    start_waiters(queue, waiters, 2);
    push(queue, 1);
    push(queue, 2);
    check_status(&waiters[1], HYP_OK);
    check_take(queue, &waiters[1].worker, 1);
}

TEST(request_queue_nudges_when_the_oldest_job_has_waited_too_long)
{
    hyp_request_queue_t *queue = new_queue(10);
    waiter_t waiters[2];
    CHECK_INT(HYP_QUEUE_EMPTY, hyp_request_queue_nudge(queue, 1000));
    leave_one_job(queue, waiters);
    CHECK_INT(HYP_QUEUE_WAITING, hyp_request_queue_nudge(queue, 99));
    CHECK_INT(HYP_QUEUE_WAITING, hyp_request_queue_nudge(queue, 100 + HYP_QUEUE_PATIENCE));
    CHECK_INT(1, stats_of(queue).wakes);
    CHECK_INT(HYP_QUEUE_WAITING, hyp_request_queue_nudge(queue, 101 + HYP_QUEUE_PATIENCE));
    CHECK_INT(2, stats_of(queue).wakes);
    check_status(&waiters[0], HYP_OK);
    check_take(queue, &waiters[0].worker, 2);
    CHECK_INT(HYP_QUEUE_EMPTY, hyp_request_queue_nudge(queue, 1000));
    free_waiters(waiters, 2);
    hyp_request_queue_destroy(queue);
}

TEST(request_queue_is_stuck_when_who_was_woken_does_not_come)
{
    hyp_request_queue_t *queue = new_queue(10);
    waiter_t waiter;
    start_waiters(queue, &waiter, 1);
    push(queue, 1);
    check_status(&waiter, HYP_OK);
    CHECK_INT(HYP_QUEUE_WAITING, hyp_request_queue_nudge(queue, 1000));
    CHECK_INT(HYP_QUEUE_WAITING, hyp_request_queue_nudge(queue, 999 + HYP_QUEUE_PATIENCE));
    CHECK_INT(HYP_QUEUE_STUCK, hyp_request_queue_nudge(queue, 1000 + HYP_QUEUE_PATIENCE));
    CHECK_INT(HYP_QUEUE_STUCK, hyp_request_queue_nudge(queue, 1001 + HYP_QUEUE_PATIENCE));
    push(queue, 2);
    check_take(queue, &waiter.worker, 1);
    CHECK_INT(HYP_QUEUE_WAITING, hyp_request_queue_nudge(queue, 2000));
    check_take(queue, &waiter.worker, 2);
    free_waiters(&waiter, 1);
    hyp_request_queue_destroy(queue);
}

TEST(request_queue_wakes_nobody_for_a_yield_without_jobs)
{
    hyp_request_queue_t *queue = new_queue(10);
    waiter_t waiter;
    start_waiters(queue, &waiter, 1);
    hyp_request_queue_yielded(queue);
    CHECK_INT(0, stats_of(queue).wakes);
    hyp_request_queue_close(queue);
    check_status(&waiter, HYP_CLOSED);
    free_waiters(&waiter, 1);
    hyp_request_queue_destroy(queue);
}

TEST(request_queue_interrupts_any_idle_worker)
{
    for (int which = 0; which < 3; which++) {
        hyp_request_queue_t *queue = new_queue(10);
        waiter_t waiters[3];
        start_waiters(queue, waiters, 3);
        hyp_request_queue_interrupt(queue, &waiters[which].worker);
        check_status(&waiters[which], HYP_INTERRUPTED);
        CHECK_INT(2, stats_of(queue).idle);
        hyp_request_queue_close(queue);
        for (int i = 0; i < 3; i++) {
            if (i != which) {
                check_status(&waiters[i], HYP_CLOSED);
            }
        }
        free_waiters(waiters, 3);
        hyp_request_queue_destroy(queue);
    }
}

TEST(request_queue_passes_the_wake_of_an_interrupted_worker_on)
{
    hyp_request_queue_t *queue = new_queue(10);
    waiter_t waiters[2];
    start_waiters(queue, waiters, 2);
    push(queue, 1);
    check_status(&waiters[1], HYP_OK);
    hyp_request_queue_interrupt(queue, &waiters[1].worker);
    CHECK_INT(HYP_INTERRUPTED, hyp_request_queue_wait(queue, &waiters[1].worker));
    check_status(&waiters[0], HYP_OK);
    CHECK_INT(2, stats_of(queue).wakes);
    free_waiters(waiters, 2);
    hyp_request_queue_destroy(queue);
}

TEST(request_queue_passes_the_wake_of_a_worker_that_leaves_on)
{
    hyp_request_queue_t *queue = new_queue(10);
    waiter_t waiters[2];
    start_waiters(queue, waiters, 2);
    push(queue, 1);
    check_status(&waiters[1], HYP_OK);
    hyp_request_queue_enter(queue);
    hyp_request_queue_leave(queue, &waiters[1].worker);
    check_status(&waiters[0], HYP_OK);
    CHECK_INT(2, stats_of(queue).wakes);
    check_take(queue, &waiters[0].worker, 1);
    free_waiters(waiters, 2);
    hyp_request_queue_destroy(queue);
}

static void check_wake_after(size_t count, size_t tail_len)
{
    hyp_request_queue_t *queue = new_queue(1);
    waiter_t waiter;
    start_waiters(queue, &waiter, 1);
    for (size_t i = 0; i < count; i++) {
        CHECK_INT(0, stats_of(queue).wakes);
        give_back(queue, tail_len);
    }
    CHECK_INT(1, stats_of(queue).wakes);
    check_status(&waiter, HYP_OK);
    CHECK(hyp_request_queue_take(queue, &waiter.worker) == NULL);
    CHECK_INT(count, take_all_back(queue));
    free_waiters(&waiter, 1);
    hyp_request_queue_destroy(queue);
}

TEST(request_queue_wakes_a_worker_when_much_was_given_back)
{
    check_wake_after(64, 0);
    check_wake_after(4, 256 * 1024);
}
