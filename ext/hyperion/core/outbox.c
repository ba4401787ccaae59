#include "outbox.h"

void hyp_outbox_init(hyp_outbox_t *outbox)
{
    atomic_init(&outbox->head, NULL);
    atomic_init(&outbox->sleep, HYP_LOOP_AWAKE);
    pthread_mutex_init(&outbox->mutex, NULL);
    outbox->wake = (hyp_wake_t){.read_fd = -1, .write_fd = -1};
}

void hyp_outbox_free(hyp_outbox_t *outbox)
{
    pthread_mutex_destroy(&outbox->mutex);
}

hyp_status hyp_outbox_open(hyp_outbox_t *outbox)
{
    pthread_mutex_lock(&outbox->mutex);
    hyp_status status = hyp_wake_open(&outbox->wake);
    pthread_mutex_unlock(&outbox->mutex);
    return status;
}

void hyp_outbox_close(hyp_outbox_t *outbox)
{
    pthread_mutex_lock(&outbox->mutex);
    hyp_wake_close(&outbox->wake);
    pthread_mutex_unlock(&outbox->mutex);
}

void hyp_outbox_wake(hyp_outbox_t *outbox)
{
    pthread_mutex_lock(&outbox->mutex);
    if (outbox->wake.write_fd >= 0) {
        hyp_wake_signal(&outbox->wake);
    }
    pthread_mutex_unlock(&outbox->mutex);
}

/* Sequentially consistent, not only release: it stands before the load of `sleep` in _flush. */
void hyp_outbox_push(hyp_outbox_t *outbox, hyp_reply_t *reply)
{
    hyp_reply_t *head = atomic_load_explicit(&outbox->head, memory_order_relaxed);
    do {
        reply->next = head;
    } while (!atomic_compare_exchange_weak_explicit(&outbox->head, &head, reply, memory_order_seq_cst,
                                                    memory_order_relaxed));
}

/* Who turns a sleeping loop's state to awake is the one who signals: a signal is a system call, and one is enough for
 * the answers of all producers until the loop has looked. */
void hyp_outbox_flush(hyp_outbox_t *outbox, bool now)
{
    int how = atomic_load(&outbox->sleep);
    while (how == HYP_LOOP_ASLEEP || (how == HYP_LOOP_NAPPING && now)) {
        if (atomic_compare_exchange_weak(&outbox->sleep, &how, HYP_LOOP_AWAKE)) {
            hyp_outbox_wake(outbox);
            return;
        }
    }
}

static hyp_reply_t *reverse(hyp_reply_t *newest)
{
    hyp_reply_t *oldest = NULL;
    while (newest != NULL) {
        hyp_reply_t *older = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = older;
    }
    return oldest;
}

hyp_reply_t *hyp_outbox_take(hyp_outbox_t *outbox)
{
    if (atomic_load_explicit(&outbox->head, memory_order_relaxed) == NULL) {
        return NULL;
    }
    return reverse(atomic_exchange_explicit(&outbox->head, NULL, memory_order_acquire));
}

bool hyp_outbox_sleep(hyp_outbox_t *outbox, hyp_loop_sleep how)
{
    atomic_store(&outbox->sleep, (int)how);
    if (atomic_load(&outbox->head) == NULL) {
        return true;
    }
    hyp_outbox_awake(outbox);
    return false;
}

void hyp_outbox_awake(hyp_outbox_t *outbox)
{
    atomic_store_explicit(&outbox->sleep, HYP_LOOP_AWAKE, memory_order_relaxed);
}
