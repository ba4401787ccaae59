#include <stdlib.h>

#include "request_queue_state.h"

#define GIVE_BACK_COUNT_MAX 64         /* replies kept for the next busy worker before an idle one is woken */
#define GIVE_BACK_BYTES_MAX (1U << 20) /* the same, by what they keep alive */

hyp_status hyp_request_queue_new(hyp_request_queue_t **out, uint32_t capacity)
{
    hyp_request_queue_t *queue = calloc(1, sizeof *queue);
    if (queue == NULL || pthread_mutex_init(&queue->mutex, NULL) != 0) {
        free(queue);
        return HYP_NO_MEMORY;
    }
    pthread_cond_init(&queue->crew.changed, NULL);
    queue->capacity = capacity;
    *out = queue;
    return HYP_OK;
}

static void destroy_jobs(hyp_job_t *job)
{
    while (job != NULL) {
        hyp_job_t *next = job->next;
        hyp_job_destroy(job);
        job = next;
    }
}

static void destroy_replies(hyp_reply_t *reply)
{
    while (reply != NULL) {
        hyp_reply_t *next = reply->next;
        hyp_reply_destroy(reply);
        reply = next;
    }
}

void hyp_request_queue_destroy(hyp_request_queue_t *queue)
{
    destroy_jobs(queue->first);
    destroy_replies(atomic_load(&queue->returned));
    pthread_cond_destroy(&queue->crew.changed);
    pthread_mutex_destroy(&queue->mutex);
    free(queue);
}

/* ---- workers ---- */

void hyp_worker_init(hyp_worker_t *worker)
{
    *worker = (hyp_worker_t){.idle = false};
    pthread_cond_init(&worker->wake, NULL);
}

void hyp_worker_free(hyp_worker_t *worker)
{
    pthread_cond_destroy(&worker->wake);
}

static void push_idle(hyp_request_queue_t *queue, hyp_worker_t *worker)
{
    worker->idle = true;
    worker->next_idle = queue->idle;
    queue->idle = worker;
    queue->idle_count++;
}

void hyp_request_queue_rouse(hyp_request_queue_t *queue, hyp_worker_t **link)
{
    hyp_worker_t *worker = *link;
    *link = worker->next_idle;
    worker->idle = false;
    queue->idle_count--;
    if (queue->idle_count < queue->crew.idle_least) {
        queue->crew.idle_least = queue->idle_count;
    }
    if (worker->bell != NULL) {
        hyp_wake_signal(worker->bell);
    } else {
        pthread_cond_signal(&worker->wake);
    }
}

void hyp_request_queue_wake_one(hyp_request_queue_t *queue)
{
    if (queue->waking || queue->idle == NULL) {
        return;
    }
    queue->idle->woken = true;
    queue->waking = true;
    queue->rang = queue->idle->bell != NULL;
    queue->missed_since = 0;
    queue->wakes++;
    hyp_request_queue_rouse(queue, &queue->idle);
}

void hyp_request_queue_end_wake(hyp_request_queue_t *queue, hyp_worker_t *worker)
{
    if (worker->woken) {
        worker->woken = false;
        queue->waking = false;
    }
}

static void pass_wake_on(hyp_request_queue_t *queue, hyp_worker_t *worker)
{
    hyp_request_queue_end_wake(queue, worker);
    if (queue->first != NULL) {
        hyp_request_queue_wake_one(queue);
    }
}

/* ---- jobs ---- */

static size_t held_by(const hyp_hits_t *hits)
{
    return sizeof *hits + hits->packed.cap;
}

void hyp_request_queue_set_length(hyp_request_queue_t *queue, size_t length)
{
    atomic_store_explicit(&queue->length, length, memory_order_release);
    atomic_store_explicit(&queue->oldest_at, queue->first ? queue->first->queued_at : 0, memory_order_release);
}

static size_t length_of(const hyp_request_queue_t *queue)
{
    return atomic_load_explicit(&queue->length, memory_order_acquire);
}

static void append(hyp_request_queue_t *queue, hyp_job_t *job, hyp_msec_t now)
{
    job->next = NULL;
    job->queued_at = now;
    if (queue->last != NULL) {
        queue->last->next = job;
    } else {
        queue->first = job;
    }
    queue->last = job;
    hyp_request_queue_set_length(queue, length_of(queue) + 1);
}

static hyp_job_t *pop(hyp_request_queue_t *queue)
{
    hyp_job_t *job = queue->first;
    if (job == NULL) {
        return NULL;
    }
    queue->first = job->next;
    if (queue->first == NULL) {
        queue->last = NULL;
    }
    if (job->kind == HYP_JOB_REQUEST) {
        queue->requests--;
    } else if (job->kind == HYP_JOB_HITS) {
        queue->hits_bytes -= held_by((hyp_hits_t *)job);
    }
    hyp_request_queue_set_length(queue, length_of(queue) - 1);
    return job;
}

/* HYP_OK; HYP_FULL for a request over the capacity; HYP_END for hits that are to be dropped. */
static hyp_status admit(hyp_request_queue_t *queue, const hyp_job_t *job)
{
    if (job->kind == HYP_JOB_REQUEST) {
        if (queue->requests >= queue->capacity) {
            queue->refused++;
            return HYP_FULL;
        }
        queue->requests++;
    } else if (job->kind == HYP_JOB_HITS) {
        const hyp_hits_t *hits = (const hyp_hits_t *)job;
        if (queue->hits_bytes + held_by(hits) > HYP_QUEUE_HITS_BYTES_MAX) {
            queue->dropped_hits += hits->count;
            return HYP_END;
        }
        queue->hits_bytes += held_by(hits);
    }
    return HYP_OK;
}

/* Under the mutex: empties `jobs` into the queue, into `refused` and into `dropped`. */
static void distribute(hyp_request_queue_t *queue, hyp_job_list_t *jobs, hyp_msec_t now, hyp_job_list_t *refused,
                       hyp_job_list_t *dropped)
{
    hyp_job_t *job = jobs->first;
    while (job != NULL) {
        hyp_job_t *next = job->next;
        hyp_status status = admit(queue, job);
        if (status == HYP_OK) {
            append(queue, job, now);
        } else {
            hyp_job_list_append(status == HYP_FULL ? refused : dropped, job);
        }
        job = next;
    }
}

void hyp_request_queue_push(hyp_request_queue_t *queue, hyp_job_list_t *jobs, hyp_msec_t now)
{
    hyp_job_list_t refused = {.count = 0};
    hyp_job_list_t dropped = {.count = 0};

    pthread_mutex_lock(&queue->mutex);
    if (queue->closed) {
        pthread_mutex_unlock(&queue->mutex);
        return;
    }
    bool was_empty = queue->first == NULL;
    distribute(queue, jobs, now, &refused, &dropped);
    if (was_empty && queue->first != NULL && !hyp_request_queue_has_runner(queue)) {
        hyp_request_queue_wake_one(queue);
    }
    pthread_mutex_unlock(&queue->mutex);

    destroy_jobs(dropped.first);
    *jobs = refused;
}

/* A worker that was woken must end its wake even when somebody else has emptied the queue. */
hyp_job_t *hyp_request_queue_take(hyp_request_queue_t *queue, hyp_worker_t *worker)
{
    if (!worker->woken && length_of(queue) == 0) {
        return NULL;
    }
    pthread_mutex_lock(&queue->mutex);
    hyp_request_queue_end_wake(queue, worker);
    hyp_job_t *job = pop(queue);
    pthread_mutex_unlock(&queue->mutex);
    return job;
}

/* Under the mutex: what a worker that would wait is to be told; HYP_AGAIN: to idle. */
static hyp_status reason_not_to_idle(const hyp_request_queue_t *queue, const hyp_worker_t *worker)
{
    if (worker->interrupted) {
        return HYP_INTERRUPTED;
    }
    if (worker->woken || queue->first != NULL) {
        return HYP_OK;
    }
    if (queue->closed) {
        return HYP_CLOSED;
    }
    return worker->dismissed ? HYP_END : HYP_AGAIN;
}

hyp_status hyp_request_queue_wait(hyp_request_queue_t *queue, hyp_worker_t *worker)
{
    pthread_mutex_lock(&queue->mutex);
    hyp_request_queue_end_wake(queue, worker);
    worker->dismissed = false;
    hyp_status status = reason_not_to_idle(queue, worker);
    while (status == HYP_AGAIN) {
        hyp_request_queue_runs(queue, worker, false);
        push_idle(queue, worker);
        while (worker->idle) {
            pthread_cond_wait(&worker->wake, &queue->mutex);
        }
        status = reason_not_to_idle(queue, worker);
    }
    if (status == HYP_INTERRUPTED) {
        worker->interrupted = false;
        pass_wake_on(queue, worker);
    }
    pthread_mutex_unlock(&queue->mutex);
    return status;
}

hyp_status hyp_request_queue_settle(hyp_request_queue_t *queue, hyp_worker_t *worker)
{
    pthread_mutex_lock(&queue->mutex);
    hyp_request_queue_end_wake(queue, worker);
    hyp_status status = reason_not_to_idle(queue, worker);
    if (status == HYP_AGAIN) {
        push_idle(queue, worker);
    }
    pthread_mutex_unlock(&queue->mutex);
    return status;
}

static hyp_worker_t **link_to(hyp_request_queue_t *queue, const hyp_worker_t *worker)
{
    hyp_worker_t **link = &queue->idle;
    while (*link != worker) {
        link = &(*link)->next_idle;
    }
    return link;
}

void hyp_request_queue_rise(hyp_request_queue_t *queue, hyp_worker_t *worker)
{
    pthread_mutex_lock(&queue->mutex);
    if (worker->idle) {
        hyp_request_queue_rouse(queue, link_to(queue, worker));
    }
    hyp_wake_clear(worker->bell);
    pthread_mutex_unlock(&queue->mutex);
}

void hyp_request_queue_interrupt(hyp_request_queue_t *queue, hyp_worker_t *worker)
{
    pthread_mutex_lock(&queue->mutex);
    worker->interrupted = true;
    if (worker->idle) {
        hyp_request_queue_rouse(queue, link_to(queue, worker));
    }
    pthread_mutex_unlock(&queue->mutex);
}

void hyp_request_queue_enter(hyp_request_queue_t *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->crew.workers++;
    queue->crew.hiring = false;
    pthread_mutex_unlock(&queue->mutex);
}

void hyp_request_queue_leave(hyp_request_queue_t *queue, hyp_worker_t *worker)
{
    pthread_mutex_lock(&queue->mutex);
    queue->crew.workers--;
    pass_wake_on(queue, worker);
    pthread_mutex_unlock(&queue->mutex);
}

void hyp_request_queue_close(hyp_request_queue_t *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->closed = true;
    while (queue->idle != NULL) {
        hyp_request_queue_rouse(queue, &queue->idle);
    }
    pthread_cond_signal(&queue->crew.changed);
    pthread_mutex_unlock(&queue->mutex);
}

/* ---- giving back ---- */

void hyp_request_queue_give_back(hyp_request_queue_t *queue, hyp_reply_t *reply)
{
    pthread_mutex_lock(&queue->mutex);
    reply->next = atomic_load_explicit(&queue->returned, memory_order_relaxed);
    atomic_store_explicit(&queue->returned, reply, memory_order_relaxed);
    queue->returned_count++;
    queue->returned_bytes += reply->tail.len;
    if (queue->returned_count >= GIVE_BACK_COUNT_MAX || queue->returned_bytes >= GIVE_BACK_BYTES_MAX) {
        hyp_request_queue_wake_one(queue);
    }
    pthread_mutex_unlock(&queue->mutex);
}

/* Asked after every job, and mostly in vain: hence the look without the mutex. */
hyp_reply_t *hyp_request_queue_take_back(hyp_request_queue_t *queue)
{
    if (atomic_load_explicit(&queue->returned, memory_order_relaxed) == NULL) {
        return NULL;
    }
    pthread_mutex_lock(&queue->mutex);
    hyp_reply_t *replies = atomic_load_explicit(&queue->returned, memory_order_relaxed);
    atomic_store_explicit(&queue->returned, NULL, memory_order_relaxed);
    queue->returned_count = 0;
    queue->returned_bytes = 0;
    pthread_mutex_unlock(&queue->mutex);
    return replies;
}

void hyp_request_queue_stats(hyp_request_queue_t *queue, hyp_request_queue_stats_t *stats)
{
    pthread_mutex_lock(&queue->mutex);
    *stats = (hyp_request_queue_stats_t){
        .length = length_of(queue),
        .workers = queue->crew.workers,
        .idle = queue->idle_count,
        .oldest_at = atomic_load_explicit(&queue->oldest_at, memory_order_relaxed),
        .refused = queue->refused,
        .wakes = queue->wakes,
        .dropped_hits = queue->dropped_hits,
    };
    pthread_mutex_unlock(&queue->mutex);
}

size_t hyp_request_queue_length(const hyp_request_queue_t *queue)
{
    return length_of(queue);
}

hyp_msec_t hyp_request_queue_waiting_since(const hyp_request_queue_t *queue)
{
    return atomic_load_explicit(&queue->oldest_at, memory_order_acquire);
}
