#include "hijack.h"

#include <stdlib.h>

static bool init_locks(hyp_hijack_t *hijack)
{
    if (pthread_mutex_init(&hijack->mutex, NULL) != 0) return false;
    if (pthread_cond_init(&hijack->changed, NULL) == 0) return true;
    pthread_mutex_destroy(&hijack->mutex);
    return false;
}

hyp_status hyp_hijack_new(hyp_hijack_t **out)
{
    hyp_hijack_t *hijack = calloc(1, sizeof *hijack);
    if (!hijack || !init_locks(hijack)) {
        free(hijack);
        return HYP_NO_MEMORY;
    }
    atomic_init(&hijack->refs, 1);
    *out = hijack;
    return HYP_OK;
}

void hyp_hijack_retain(hyp_hijack_t *hijack)
{
    atomic_fetch_add_explicit(&hijack->refs, 1, memory_order_relaxed);
}

void hyp_hijack_release(hyp_hijack_t *hijack)
{
    if (atomic_fetch_sub_explicit(&hijack->refs, 1, memory_order_acq_rel) != 1) return;
    if (hijack->handoff) hyp_handoff_destroy(hijack->handoff);
    pthread_cond_destroy(&hijack->changed);
    pthread_mutex_destroy(&hijack->mutex);
    free(hijack);
}

void hyp_hijack_give(hyp_hijack_t *hijack, hyp_handoff_t *handoff)
{
    pthread_mutex_lock(&hijack->mutex);
    hijack->handoff = handoff;
    hijack->over = true;
    pthread_cond_broadcast(&hijack->changed);
    pthread_mutex_unlock(&hijack->mutex);
}

void hyp_hijack_abandon(hyp_hijack_t *hijack)
{
    pthread_mutex_lock(&hijack->mutex);
    hijack->over = true;
    pthread_cond_broadcast(&hijack->changed);
    pthread_mutex_unlock(&hijack->mutex);
}

hyp_status hyp_hijack_wait(hyp_hijack_t *hijack, hyp_handoff_t **out)
{
    pthread_mutex_lock(&hijack->mutex);
    while (!hijack->over && !hijack->interrupted)
        pthread_cond_wait(&hijack->changed, &hijack->mutex);
    hyp_status status = hijack->interrupted ? HYP_INTERRUPTED : hijack->handoff ? HYP_OK : HYP_CLOSED;
    if (status == HYP_OK) {
        *out = hijack->handoff;
        hijack->handoff = NULL;
    }
    hijack->interrupted = false;
    pthread_mutex_unlock(&hijack->mutex);
    return status;
}

void hyp_hijack_interrupt(hyp_hijack_t *hijack)
{
    pthread_mutex_lock(&hijack->mutex);
    hijack->interrupted = true;
    pthread_cond_broadcast(&hijack->changed);
    pthread_mutex_unlock(&hijack->mutex);
}
