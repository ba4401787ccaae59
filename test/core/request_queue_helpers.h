/* What the tests of the request queue share: numbered requests as jobs, and short forms of the queue's calls. */
#ifndef HYP_REQUEST_QUEUE_HELPERS_H
#define HYP_REQUEST_QUEUE_HELPERS_H

#include "request_queue.h"
#include "test.h"

static inline hyp_job_t *request_number(uint32_t number)
{
    hyp_request_t *request = NULL;
    CHECK_INT(HYP_OK, hyp_request_new(&request, &(hyp_head_t){.head_bytes = 1}, &(hyp_framing_t){.body = 0}, "G"));
    request->from.stream = number;
    return &request->job;
}

static inline uint32_t number_of(const hyp_job_t *job)
{
    return ((const hyp_request_t *)job)->from.stream;
}

static inline hyp_request_queue_t *new_queue(uint32_t capacity)
{
    hyp_request_queue_t *queue = NULL;
    CHECK_INT(HYP_OK, hyp_request_queue_new(&queue, capacity));
    return queue;
}

static inline void push_job(hyp_request_queue_t *queue, hyp_job_t *job, hyp_msec_t now)
{
    hyp_job_list_t jobs = {.count = 0};
    hyp_job_list_append(&jobs, job);
    hyp_request_queue_push(queue, &jobs, now);
    CHECK_INT(0, jobs.count);
    CHECK(jobs.first == NULL && jobs.last == NULL);
}

static inline void push(hyp_request_queue_t *queue, uint32_t number)
{
    push_job(queue, request_number(number), 100);
}

static inline void check_take(hyp_request_queue_t *queue, hyp_worker_t *worker, uint32_t expected)
{
    hyp_job_t *job = hyp_request_queue_take(queue, worker);
    CHECK(job != NULL);
    if (job != NULL) {
        CHECK_INT(HYP_JOB_REQUEST, job->kind);
        CHECK_INT(expected, number_of(job));
        hyp_job_destroy(job);
    }
}

static inline hyp_request_queue_stats_t stats_of(hyp_request_queue_t *queue)
{
    hyp_request_queue_stats_t stats;
    hyp_request_queue_stats(queue, &stats);
    return stats;
}

static inline void give_back(hyp_request_queue_t *queue, size_t tail_len)
{
    hyp_reply_t *reply = hyp_reply_new(0);
    ASSERT(reply != NULL);
    reply->owner = 1;
    reply->tail = hyp_slice(NULL, tail_len);
    hyp_request_queue_give_back(queue, reply);
}

static inline size_t take_all_back(hyp_request_queue_t *queue)
{
    size_t count = 0;
    hyp_reply_t *reply = hyp_request_queue_take_back(queue);
    while (reply != NULL) {
        hyp_reply_t *next = reply->next;
        hyp_reply_destroy(reply);
        reply = next;
        count++;
    }
    return count;
}

#endif
