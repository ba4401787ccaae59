#include "reply.h"

#include <stdlib.h>
#include <unistd.h>

#include "hijack.h"

static bool init_locks(hyp_flow_t *flow)
{
    if (pthread_mutex_init(&flow->mutex, NULL) != 0) {
        return false;
    }
    if (pthread_cond_init(&flow->changed, NULL) != 0) {
        pthread_mutex_destroy(&flow->mutex);
        return false;
    }
    return true;
}

hyp_status hyp_flow_new(hyp_flow_t **out)
{
    hyp_flow_t *flow = calloc(1, sizeof *flow);
    if (flow == NULL || !init_locks(flow)) {
        free(flow);
        return HYP_NO_MEMORY;
    }
    atomic_init(&flow->refs, 1);
    *out = flow;
    return HYP_OK;
}

void hyp_flow_retain(hyp_flow_t *flow)
{
    atomic_fetch_add_explicit(&flow->refs, 1, memory_order_relaxed);
}

void hyp_flow_release(hyp_flow_t *flow)
{
    if (atomic_fetch_sub_explicit(&flow->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    pthread_cond_destroy(&flow->changed);
    pthread_mutex_destroy(&flow->mutex);
    free(flow);
}

void hyp_flow_add(hyp_flow_t *flow, size_t bytes)
{
    pthread_mutex_lock(&flow->mutex);
    flow->unsent += bytes;
    pthread_mutex_unlock(&flow->mutex);
}

hyp_status hyp_flow_wait(hyp_flow_t *flow, size_t limit)
{
    pthread_mutex_lock(&flow->mutex);
    while (flow->unsent > limit && !flow->gone && !flow->interrupted) {
        pthread_cond_wait(&flow->changed, &flow->mutex);
    }
    /* An interrupt is told first and once: who waits again learns the rest. */
    hyp_status status = flow->interrupted ? HYP_INTERRUPTED : flow->gone ? HYP_CLOSED : HYP_OK;
    flow->interrupted = false;
    pthread_mutex_unlock(&flow->mutex);
    return status;
}

static void set_and_tell(hyp_flow_t *flow, bool *flag)
{
    pthread_mutex_lock(&flow->mutex);
    *flag = true;
    pthread_cond_broadcast(&flow->changed);
    pthread_mutex_unlock(&flow->mutex);
}

void hyp_flow_interrupt(hyp_flow_t *flow)
{
    set_and_tell(flow, &flow->interrupted);
}

void hyp_flow_abandon(hyp_flow_t *flow)
{
    set_and_tell(flow, &flow->gone);
}

void hyp_flow_sent(hyp_flow_t *flow, size_t bytes)
{
    pthread_mutex_lock(&flow->mutex);
    flow->unsent -= bytes < flow->unsent ? bytes : flow->unsent;
    pthread_cond_broadcast(&flow->changed);
    pthread_mutex_unlock(&flow->mutex);
}

bool hyp_flow_is_gone(hyp_flow_t *flow)
{
    pthread_mutex_lock(&flow->mutex);
    bool gone = flow->gone;
    pthread_mutex_unlock(&flow->mutex);
    return gone;
}

hyp_reply_t *hyp_reply_new(size_t len)
{
    hyp_reply_t *reply = len <= UINT32_MAX ? malloc(sizeof *reply + len) : NULL;
    if (reply != NULL) {
        memset(reply, 0, sizeof *reply);
        reply->len = (uint32_t)len;
    }
    return reply;
}

void hyp_reply_destroy(hyp_reply_t *reply)
{
    if (reply->flow != NULL) {
        hyp_flow_release(reply->flow);
    }
    if (reply->file_fd > 0) {
        close(reply->file_fd);
    }
    if (reply->hijack != NULL) {
        hyp_hijack_abandon(reply->hijack);
        hyp_hijack_release(reply->hijack);
    }
    free(reply);
}
