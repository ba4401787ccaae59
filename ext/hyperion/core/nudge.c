#include "request_queue_state.h"

/* ---- who runs ---- */

void hyp_request_queue_runs(hyp_request_queue_t *queue, hyp_worker_t *worker, bool runs)
{
    if (!runs && worker->woken) {
        pthread_mutex_lock(&queue->mutex);
        hyp_request_queue_end_wake(queue, worker);
        pthread_mutex_unlock(&queue->mutex);
    }
    if (worker->runs == runs) {
        return;
    }
    worker->runs = runs;
    atomic_fetch_add_explicit(&queue->running, runs ? 1 : -1, memory_order_acq_rel);
}

void hyp_request_queue_add_spare(hyp_request_queue_t *queue, int number)
{
    atomic_fetch_add_explicit(&queue->spare, number, memory_order_relaxed);
}

int hyp_request_queue_spare(const hyp_request_queue_t *queue)
{
    return atomic_load_explicit(&queue->spare, memory_order_relaxed);
}

/* Changes nothing, but takes its place among the changes: either this sees that a worker has said it runs no more, or that worker sees
 * the jobs that were appended before. */
bool hyp_request_queue_has_runner(hyp_request_queue_t *queue)
{
    return atomic_fetch_add_explicit(&queue->running, 0, memory_order_acq_rel) > 0;
}

void hyp_request_queue_went_on(hyp_request_queue_t *queue, hyp_msec_t now)
{
    atomic_store_explicit(&queue->went_on_at, now, memory_order_relaxed);
}

/* ---- whom to wake ---- */

/* A thread that was woken by its condition comes, if not at once. One that has a bell may be computing, and not look at it. */
static hyp_queue_state look_for_woken(hyp_request_queue_t *queue, hyp_msec_t now)
{
    if (!queue->waking && !queue->crew.hiring) {
        return HYP_QUEUE_WAITING;
    }
    if (queue->missed_since == 0) {
        queue->missed_since = now;
    }
    if (queue->waking && queue->rang && now >= queue->missed_since + HYP_BELL_PATIENCE) {
        queue->waking = false;
    }
    return now >= queue->missed_since + HYP_QUEUE_PATIENCE ? HYP_QUEUE_STUCK : HYP_QUEUE_WAITING;
}

/* Whether who runs takes one job after the other. */
static bool goes_on(hyp_request_queue_t *queue, hyp_msec_t now)
{
    hyp_msec_t went_on_at = atomic_load_explicit(&queue->went_on_at, memory_order_relaxed);
    return hyp_request_queue_has_runner(queue) && now <= went_on_at + HYP_QUEUE_PATIENCE;
}

/* Under the mutex, when jobs wait. */
static void wake_for_jobs(hyp_request_queue_t *queue)
{
    if (queue->idle == NULL && !queue->waking) {
        hyp_crew_want(queue);
    }
    hyp_request_queue_wake_one(queue);
}

/* Under the mutex, when a job has waited too long. A spare worker waits for the GVL already: another could only do the same. */
static hyp_queue_state look_for_workers(hyp_request_queue_t *queue, hyp_msec_t now)
{
    if (goes_on(queue, now)) {
        return HYP_QUEUE_WAITING;
    }
    if (hyp_request_queue_spare(queue) > 0) {
        return HYP_QUEUE_STUCK;
    }
    hyp_queue_state state = look_for_woken(queue, now);
    wake_for_jobs(queue);
    if (queue->missed_since == 0) {
        queue->missed_since = now;
    }
    return state;
}

void hyp_request_queue_yielded(hyp_request_queue_t *queue)
{
    if (hyp_request_queue_length(queue) == 0) {
        return;
    }
    pthread_mutex_lock(&queue->mutex);
    if (queue->first != NULL && !hyp_request_queue_has_runner(queue)) {
        wake_for_jobs(queue);
    }
    pthread_mutex_unlock(&queue->mutex);
}

hyp_queue_state hyp_request_queue_nudge(hyp_request_queue_t *queue, hyp_msec_t now)
{
    if (hyp_request_queue_length(queue) == 0) {
        return HYP_QUEUE_EMPTY;
    }
    if (now <= atomic_load_explicit(&queue->oldest_at, memory_order_acquire) + HYP_QUEUE_PATIENCE) {
        return HYP_QUEUE_WAITING;
    }
    hyp_queue_state state = HYP_QUEUE_EMPTY;
    pthread_mutex_lock(&queue->mutex);
    if (queue->first != NULL) {
        state = look_for_workers(queue, now);
    }
    pthread_mutex_unlock(&queue->mutex);
    return state;
}
