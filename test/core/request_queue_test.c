#include <stdlib.h>

#include "request_queue_helpers.h"

static hyp_job_t *handoff(void)
{
    hyp_handoff_t *handoff = NULL;
    CHECK_INT(HYP_OK, hyp_handoff_new(&handoff, -1, hyp_slice(NULL, 0)));
    return &handoff->job;
}

static hyp_job_t *hits_with(uint32_t count, size_t path_len)
{
    hyp_hits_t *hits = NULL;
    char *path = calloc(1, path_len);
    CHECK_INT(HYP_OK, hyp_hits_new(&hits));
    for (uint32_t i = 0; i < count; i++) {
        CHECK_INT(HYP_OK, hyp_hits_add(hits, HYP_METHOD_GET, hyp_slice(path, path_len)));
    }
    free(path);
    return &hits->job;
}

TEST(request_queue_gives_jobs_in_order)
{
    hyp_request_queue_t *queue = new_queue(10);
    hyp_worker_t worker;
    hyp_worker_init(&worker);
    CHECK(hyp_request_queue_take(queue, &worker) == NULL);
    push(queue, 1);
    push(queue, 2);
    check_take(queue, &worker, 1);
    push(queue, 3);
    check_take(queue, &worker, 2);
    check_take(queue, &worker, 3);
    CHECK(hyp_request_queue_take(queue, &worker) == NULL);
    hyp_worker_free(&worker);
    hyp_request_queue_destroy(queue);
}

TEST(request_queue_tells_its_length_and_the_oldest_job)
{
    hyp_request_queue_t *queue = new_queue(10);
    hyp_worker_t worker;
    hyp_worker_init(&worker);
    CHECK_INT(0, stats_of(queue).length);
    CHECK_INT(0, stats_of(queue).oldest_at);
    push_job(queue, request_number(1), 50);
    push_job(queue, request_number(2), 60);
    CHECK_INT(2, stats_of(queue).length);
    CHECK_INT(50, stats_of(queue).oldest_at);
    check_take(queue, &worker, 1);
    CHECK_INT(60, stats_of(queue).oldest_at);
    check_take(queue, &worker, 2);
    CHECK_INT(0, stats_of(queue).oldest_at);
    hyp_worker_free(&worker);
    hyp_request_queue_destroy(queue);
}

TEST(request_queue_hands_back_the_requests_over_its_capacity)
{
    hyp_request_queue_t *queue = new_queue(2);
    hyp_worker_t worker;
    hyp_worker_init(&worker);
    hyp_job_list_t jobs = {.count = 0};
    for (uint32_t number = 1; number <= 4; number++) {
        hyp_job_list_append(&jobs, request_number(number));
    }
    hyp_job_list_append(&jobs, hits_with(1, 1));
    hyp_job_list_append(&jobs, handoff());
    hyp_request_queue_push(queue, &jobs, 100);
    CHECK_INT(4, stats_of(queue).length);
    CHECK_INT(2, stats_of(queue).refused);
    ASSERT(jobs.count == 2);
    CHECK_INT(3, number_of(jobs.first));
    CHECK_INT(4, number_of(jobs.last));
    hyp_job_destroy(jobs.last);
    hyp_job_destroy(jobs.first);
    check_take(queue, &worker, 1);
    push(queue, 5);
    hyp_worker_free(&worker);
    hyp_request_queue_destroy(queue);
}

TEST(request_queue_takes_nothing_for_an_empty_list)
{
    hyp_request_queue_t *queue = new_queue(2);
    hyp_job_list_t jobs = {.count = 0};
    hyp_request_queue_push(queue, &jobs, 100);
    CHECK_INT(0, stats_of(queue).length);
    hyp_request_queue_destroy(queue);
}

TEST(request_queue_drops_hits_beyond_its_memory)
{
    enum { COUNT = 20, PATH = 50000, ENOUGH = 40 };
    hyp_request_queue_t *queue = new_queue(2);
    hyp_worker_t worker;
    hyp_worker_init(&worker);
    for (int i = 0; i < ENOUGH; i++) {
        push_job(queue, hits_with(COUNT, PATH), 100);
    }
    size_t kept = stats_of(queue).length;
    CHECK(kept >= 1 && kept * COUNT * PATH <= HYP_QUEUE_HITS_BYTES_MAX);
    CHECK_INT((ENOUGH - kept) * COUNT, stats_of(queue).dropped_hits);
    push(queue, 1);
    hyp_job_destroy(hyp_request_queue_take(queue, &worker));
    push_job(queue, hits_with(COUNT, PATH), 100);
    CHECK_INT(kept + 1, stats_of(queue).length);
    hyp_worker_free(&worker);
    hyp_request_queue_destroy(queue);
}

TEST(request_queue_does_not_wait_when_a_job_is_there)
{
    hyp_request_queue_t *queue = new_queue(2);
    hyp_worker_t worker;
    hyp_worker_init(&worker);
    push(queue, 1);
    CHECK_INT(HYP_OK, hyp_request_queue_wait(queue, &worker));
    hyp_worker_free(&worker);
    hyp_request_queue_destroy(queue);
}

TEST(request_queue_interrupts_the_next_wait_once)
{
    hyp_request_queue_t *queue = new_queue(2);
    hyp_worker_t worker;
    hyp_worker_init(&worker);
    push(queue, 1);
    hyp_request_queue_interrupt(queue, &worker);
    CHECK_INT(HYP_INTERRUPTED, hyp_request_queue_wait(queue, &worker));
    CHECK_INT(HYP_OK, hyp_request_queue_wait(queue, &worker));
    hyp_worker_free(&worker);
    hyp_request_queue_destroy(queue);
}

TEST(request_queue_lets_workers_finish_what_it_had_when_it_was_closed)
{
    hyp_request_queue_t *queue = new_queue(2);
    hyp_worker_t worker;
    hyp_worker_init(&worker);
    push(queue, 1);
    hyp_request_queue_close(queue);
    CHECK_INT(HYP_OK, hyp_request_queue_wait(queue, &worker));
    check_take(queue, &worker, 1);
    CHECK_INT(HYP_CLOSED, hyp_request_queue_wait(queue, &worker));
    hyp_worker_free(&worker);
    hyp_request_queue_destroy(queue);
}

TEST(request_queue_hands_everything_back_when_it_is_closed)
{
    hyp_request_queue_t *queue = new_queue(2);
    hyp_job_list_t jobs = {.count = 0};
    hyp_request_queue_close(queue);
    hyp_job_list_append(&jobs, request_number(1));
    hyp_job_list_append(&jobs, handoff());
    hyp_request_queue_push(queue, &jobs, 100);
    ASSERT(jobs.count == 2);
    CHECK_INT(HYP_JOB_REQUEST, jobs.first->kind);
    CHECK_INT(HYP_JOB_HANDOFF, jobs.last->kind);
    hyp_job_destroy(jobs.last);
    hyp_job_destroy(jobs.first);
    hyp_request_queue_destroy(queue);
}

TEST(request_queue_gives_owners_back_all_at_once)
{
    hyp_request_queue_t *queue = new_queue(1);
    CHECK_INT(0, take_all_back(queue));
    give_back(queue, 10);
    give_back(queue, 10);
    CHECK_INT(2, take_all_back(queue));
    CHECK_INT(0, take_all_back(queue));
    give_back(queue, 10);
    hyp_request_queue_destroy(queue);
}
