/* Requests that have waited too long. */
#include "request_queue_helpers.h"

static void push_of_loop(hyp_request_queue_t *queue, uint32_t number, uint16_t loop, hyp_msec_t now)
{
    hyp_job_t *job = request_number(number);
    ((hyp_request_t *)(void *)job)->from.loop = loop;
    push_job(queue, job, now);
}

static void push_trouble(hyp_request_queue_t *queue, hyp_msec_t now)
{
    hyp_trouble_t *trouble = NULL;
    CHECK_INT(HYP_OK, hyp_trouble_new(&trouble, "trouble", HYP_OK));
    push_job(queue, &trouble->job, now);
}

static void check_recalled(hyp_request_queue_t *queue, uint16_t loop, hyp_msec_t before, const uint32_t *numbers,
                           size_t count)
{
    hyp_job_list_t late = {0};
    hyp_request_queue_recall(queue, loop, before, &late);
    CHECK_INT(count, late.count);
    hyp_job_t *job = late.first;
    for (size_t i = 0; i < count && job != NULL; i++) {
        hyp_job_t *next = job->next;
        CHECK_INT(numbers[i], number_of(job));
        hyp_job_destroy(job);
        job = next;
    }
    CHECK(job == NULL);
}

TEST(request_queue_recalls_nothing_that_is_in_time)
{
    hyp_request_queue_t *queue = new_queue(10);
    check_recalled(queue, 0, 1000, NULL, 0);
    push_of_loop(queue, 1, 0, 100);
    check_recalled(queue, 0, 100, NULL, 0);
    CHECK_INT(1, hyp_request_queue_length(queue));
    hyp_request_queue_destroy(queue);
}

TEST(request_queue_recalls_all_that_are_late)
{
    hyp_request_queue_t *queue = new_queue(2);
    hyp_worker_t worker;
    hyp_worker_init(&worker);
    push_of_loop(queue, 1, 0, 100);
    push_of_loop(queue, 2, 0, 110);
    check_recalled(queue, 0, 111, (const uint32_t[]){1, 2}, 2);
    CHECK_INT(0, hyp_request_queue_length(queue));
    CHECK_INT(0, hyp_request_queue_waiting_since(queue));
    CHECK(hyp_request_queue_take(queue, &worker) == NULL);
    push_of_loop(queue, 3, 0, 120);
    push_of_loop(queue, 4, 0, 120); /* there is room again */
    check_take(queue, &worker, 3);
    check_take(queue, &worker, 4);
    hyp_worker_free(&worker);
    hyp_request_queue_destroy(queue);
}

TEST(request_queue_recalls_the_requests_of_one_loop)
{
    hyp_request_queue_t *queue = new_queue(10);
    hyp_worker_t worker;
    hyp_worker_init(&worker);
    push_of_loop(queue, 1, 1, 100);
    push_of_loop(queue, 2, 0, 100);
    push_trouble(queue, 100);
    push_of_loop(queue, 3, 0, 110);
    push_of_loop(queue, 4, 1, 110);
    push_of_loop(queue, 5, 0, 120);
    check_recalled(queue, 0, 120, (const uint32_t[]){2, 3}, 2);
    CHECK_INT(4, hyp_request_queue_length(queue));
    CHECK_INT(100, hyp_request_queue_waiting_since(queue));
    check_take(queue, &worker, 1);
    hyp_job_destroy(hyp_request_queue_take(queue, &worker));
    check_take(queue, &worker, 4);
    check_recalled(queue, 0, 121, (const uint32_t[]){5}, 1);
    push_of_loop(queue, 6, 0, 130); /* behind nothing */
    check_take(queue, &worker, 6);
    hyp_worker_free(&worker);
    hyp_request_queue_destroy(queue);
}

TEST(request_queue_recalls_the_last_behind_one_that_stays)
{
    hyp_request_queue_t *queue = new_queue(10);
    hyp_worker_t worker;
    hyp_worker_init(&worker);
    push_of_loop(queue, 1, 1, 100);
    push_of_loop(queue, 2, 0, 100);
    check_recalled(queue, 0, 101, (const uint32_t[]){2}, 1);
    push_of_loop(queue, 3, 0, 102);
    check_take(queue, &worker, 1);
    check_take(queue, &worker, 3);
    hyp_worker_free(&worker);
    hyp_request_queue_destroy(queue);
}
