#include "request_queue_state.h"

static bool is_to_come(const hyp_job_t *job, uint16_t loop)
{
    return job->kind == HYP_JOB_REQUEST && ((const hyp_request_t *)(const void *)job)->from.loop == loop;
}

/* Under the mutex. Jobs stand in the order in which they came. */
static void recall(hyp_request_queue_t *queue, uint16_t loop, hyp_msec_t before, hyp_job_list_t *late)
{
    hyp_job_t *kept = NULL;
    hyp_job_t *job = queue->first;
    while (job != NULL && job->queued_at < before) {
        hyp_job_t *next = job->next;
        if (is_to_come(job, loop)) {
            *(kept != NULL ? &kept->next : &queue->first) = next;
            hyp_job_list_append(late, job);
        } else {
            kept = job;
        }
        job = next;
    }
    if (job == NULL) {
        queue->last = kept;
    }
}

void hyp_request_queue_recall(hyp_request_queue_t *queue, uint16_t loop, hyp_msec_t before, hyp_job_list_t *late)
{
    hyp_msec_t oldest_at = hyp_request_queue_waiting_since(queue);
    if (oldest_at == 0 || oldest_at >= before) {
        return;
    }
    pthread_mutex_lock(&queue->mutex);
    size_t count = late->count;
    recall(queue, loop, before, late);
    count = late->count - count;
    queue->requests -= (uint32_t)count;
    hyp_request_queue_set_length(queue, hyp_request_queue_length(queue) - count);
    pthread_mutex_unlock(&queue->mutex);
}
