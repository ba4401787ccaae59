#include "errand.h"

#include "thread.h"

void hyp_errand_init(hyp_errand_t *errand, void (*run)(void *ctx), void *ctx)
{
    *errand = (hyp_errand_t){.run = run, .ctx = ctx};
    pthread_mutex_init(&errand->mutex, NULL);
    pthread_cond_init(&errand->changed, NULL);
}

static void *work(void *arg)
{
    hyp_errand_t *errand = arg;
    pthread_mutex_lock(&errand->mutex);
    while (!errand->ending) {
        if (!errand->asked) {
            pthread_cond_wait(&errand->changed, &errand->mutex);
            continue;
        }
        errand->asked = false;
        pthread_mutex_unlock(&errand->mutex);
        errand->run(errand->ctx);
        pthread_mutex_lock(&errand->mutex);
    }
    pthread_mutex_unlock(&errand->mutex);
    return NULL;
}

void hyp_errand_ask(hyp_errand_t *errand)
{
    pthread_mutex_lock(&errand->mutex);
    errand->asked = true;
    if (!errand->started) errand->started = hyp_thread_start(&errand->thread, work, errand) == 0;
    pthread_cond_signal(&errand->changed);
    pthread_mutex_unlock(&errand->mutex);
}

void hyp_errand_free(hyp_errand_t *errand)
{
    pthread_mutex_lock(&errand->mutex);
    errand->ending = true;
    pthread_cond_signal(&errand->changed);
    pthread_mutex_unlock(&errand->mutex);
    if (errand->started) (void)pthread_join(errand->thread, NULL);
    pthread_cond_destroy(&errand->changed);
    pthread_mutex_destroy(&errand->mutex);
}
