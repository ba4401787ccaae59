/* A native thread that does one thing whenever it is asked to: for what the thread that asks cannot do itself, or must not wait
 * for. It is made when it is first asked, and asking again before it has begun is as asking once.
 *
 * Threads: _ask from any; _init and _free from the owner's, and nobody asks any more when it is freed. A forked child has the
 * memory but not the thread: there it is left alone. */
#ifndef HYP_ERRAND_H
#define HYP_ERRAND_H

#include <pthread.h>
#include <stdbool.h>

typedef struct {
    void (*run)(void *ctx);
    void *ctx;
    pthread_mutex_t mutex; /* of all below */
    pthread_cond_t changed;
    pthread_t thread;
    bool started;
    bool asked;
    bool ending;
} hyp_errand_t;

void hyp_errand_init(hyp_errand_t *errand, void (*run)(void *ctx), void *ctx);

/* Does not wait for it. Where no thread can be had, nothing is done. */
void hyp_errand_ask(hyp_errand_t *errand);

/* What was asked for may go undone. Waits for what is being done. */
void hyp_errand_free(hyp_errand_t *errand);

#endif
