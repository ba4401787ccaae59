#include <errno.h>
#include <time.h>

#include "request_queue_state.h"

void hyp_crew_want(hyp_request_queue_t *queue)
{
    hyp_crew_t *crew = &queue->crew;
    if (!crew->has_room || crew->hiring || crew->is_short) {
        return;
    }
    crew->is_short = true;
    queue->missed_since = 0;
    pthread_cond_signal(&crew->changed);
}

/* By the clock that condition variables go by everywhere. When somebody sets it, workers are dismissed sooner or later than
 * they might, and that is all. */
static struct timespec in_msec(hyp_msec_t msec)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += (time_t)(msec / 1000);
    at.tv_nsec += (long)(msec % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

/* HYP_AGAIN: none. */
static hyp_status news(const hyp_request_queue_t *queue)
{
    if (queue->crew.interrupted) {
        return HYP_INTERRUPTED;
    }
    if (queue->closed) {
        return HYP_CLOSED;
    }
    return queue->crew.is_short ? HYP_OK : HYP_AGAIN;
}

hyp_status hyp_request_queue_await_shortage(hyp_request_queue_t *queue, hyp_msec_t msec, bool has_room)
{
    hyp_crew_t *crew = &queue->crew;
    struct timespec at = in_msec(msec);
    pthread_mutex_lock(&queue->mutex);
    crew->has_room = has_room;
    hyp_status status = news(queue);
    while (status == HYP_AGAIN) {
        bool over = pthread_cond_timedwait(&crew->changed, &queue->mutex, &at) == ETIMEDOUT;
        status = news(queue);
        if (over) {
            break;
        }
    }
    if (status == HYP_INTERRUPTED) {
        crew->interrupted = false;
    }
    crew->hiring = crew->hiring || status == HYP_OK;
    crew->is_short = crew->has_room = false;
    pthread_mutex_unlock(&queue->mutex);
    return status;
}

void hyp_request_queue_nobody_came(hyp_request_queue_t *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->crew.hiring = false;
    pthread_mutex_unlock(&queue->mutex);
}

void hyp_request_queue_interrupt_hiring(hyp_request_queue_t *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->crew.interrupted = true;
    pthread_cond_signal(&queue->crew.changed);
    pthread_mutex_unlock(&queue->mutex);
}

/* The stack's bottom has idled for longest. */
static hyp_worker_t **longest_idle(hyp_request_queue_t *queue)
{
    hyp_worker_t **link = &queue->idle;
    while ((*link)->next_idle != NULL) {
        link = &(*link)->next_idle;
    }
    return link;
}

size_t hyp_request_queue_dismiss(hyp_request_queue_t *queue, size_t most)
{
    pthread_mutex_lock(&queue->mutex);
    size_t spare = queue->crew.idle_least;
    size_t count = spare < most ? spare : most;
    for (size_t i = 0; i < count; i++) {
        hyp_worker_t **link = longest_idle(queue);
        (*link)->dismissed = true;
        hyp_request_queue_rouse(queue, link);
    }
    queue->crew.idle_least = queue->idle_count;
    pthread_mutex_unlock(&queue->mutex);
    return count;
}
