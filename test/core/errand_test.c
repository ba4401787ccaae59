#include "errand.h"

#include <semaphore.h>
#include <signal.h>

#include "test.h"

typedef struct {
    sem_t begun;
    sem_t go_on;
    int count;
    bool hears_signals;
} work_t;

static void work(void *ctx)
{
    work_t *work = ctx;
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    work->hears_signals = !sigismember(&blocked, SIGTERM);
    work->count++;
    sem_post(&work->begun);
    sem_wait(&work->go_on);
}

static void set_up(hyp_errand_t *errand, work_t *state)
{
    *state = (work_t){.count = 0};
    sem_init(&state->begun, 0, 0);
    sem_init(&state->go_on, 0, 0);
    hyp_errand_init(errand, work, state);
}

static void tear_down(hyp_errand_t *errand, work_t *state)
{
    hyp_errand_free(errand);
    sem_destroy(&state->begun);
    sem_destroy(&state->go_on);
}

TEST(errand_is_done_whenever_it_is_asked_for)
{
    hyp_errand_t errand;
    work_t state;
    set_up(&errand, &state);
    for (int i = 1; i <= 3; i++) {
        hyp_errand_ask(&errand);
        sem_wait(&state.begun);
        CHECK_INT(i, state.count);
        sem_post(&state.go_on);
    }
    CHECK(!state.hears_signals);
    tear_down(&errand, &state);
}

TEST(errand_that_is_asked_for_again_while_it_is_done_is_done_once_more)
{
    hyp_errand_t errand;
    work_t state;
    set_up(&errand, &state);
    hyp_errand_ask(&errand);
    sem_wait(&state.begun);
    hyp_errand_ask(&errand);
    hyp_errand_ask(&errand);
    sem_post(&state.go_on);
    sem_wait(&state.begun);
    sem_post(&state.go_on);
    tear_down(&errand, &state);
    CHECK_INT(2, state.count);
}

TEST(errand_needs_no_thread_when_nobody_asks)
{
    hyp_errand_t errand;
    work_t state;
    set_up(&errand, &state);
    CHECK(!errand.started);
    tear_down(&errand, &state);
    CHECK_INT(0, state.count);
}
