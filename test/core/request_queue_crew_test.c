/* How many workers a queue is to have: who hires, who is dismissed; and workers that are woken by a bell. */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "request_queue_helpers.h"

#define LONG 10000 /* milliseconds, longer than any test */

/* ---- hiring ---- */

typedef struct {
    hyp_request_queue_t *queue;
    pthread_t thread;
    hyp_status status;
} foreman_t;

static void *await_once(void *arg)
{
    foreman_t *foreman = arg;
    foreman->status = hyp_request_queue_await_shortage(foreman->queue, LONG, true);
    return NULL;
}

static void start_foreman(foreman_t *foreman, hyp_request_queue_t *queue)
{
    *foreman = (foreman_t){.queue = queue, .status = HYP_AGAIN};
    CHECK_INT(0, pthread_create(&foreman->thread, NULL, await_once, foreman));
}

static void check_foreman(foreman_t *foreman, hyp_status expected)
{
    CHECK_INT(0, pthread_join(foreman->thread, NULL));
    CHECK_INT(expected, foreman->status);
}

/* True once the queue has asked for a worker more, which it does only while somebody waits to hear it. */
static hyp_status nudge_until_told(foreman_t *foreman)
{
    struct timespec moment = {.tv_nsec = 1000000};
    while (pthread_tryjoin_np(foreman->thread, NULL) != 0) {
        (void)hyp_request_queue_nudge(foreman->queue, 1000);
        nanosleep(&moment, NULL);
    }
    return foreman->status;
}

TEST(crew_hires_when_a_job_waits_and_nobody_idles)
{
    hyp_request_queue_t *queue = new_queue(10);
    hyp_worker_t busy;
    foreman_t foreman;
    hyp_worker_init(&busy);
    hyp_request_queue_enter(queue);
    push(queue, 1);
    start_foreman(&foreman, queue);
    CHECK_INT(HYP_OK, nudge_until_told(&foreman));
    check_take(queue, &busy, 1);
    CHECK_INT(1, stats_of(queue).workers);
    hyp_request_queue_leave(queue, &busy);
    CHECK_INT(0, stats_of(queue).workers);
    hyp_worker_free(&busy);
    hyp_request_queue_destroy(queue);
}

TEST(crew_hires_one_at_a_time)
{
    hyp_request_queue_t *queue = new_queue(10);
    foreman_t foreman;
    push(queue, 1);
    push(queue, 2);
    start_foreman(&foreman, queue);
    CHECK_INT(HYP_OK, nudge_until_told(&foreman));
    CHECK_INT(HYP_AGAIN, hyp_request_queue_await_shortage(queue, 0, true));
    (void)hyp_request_queue_nudge(queue, 1000);
    CHECK_INT(HYP_QUEUE_STUCK, hyp_request_queue_nudge(queue, 1000 + HYP_QUEUE_PATIENCE));
    CHECK_INT(HYP_AGAIN, hyp_request_queue_await_shortage(queue, 1, true));
    hyp_request_queue_enter(queue);
    start_foreman(&foreman, queue);
    CHECK_INT(HYP_OK, nudge_until_told(&foreman));
    hyp_request_queue_nobody_came(queue);
    start_foreman(&foreman, queue);
    CHECK_INT(HYP_OK, nudge_until_told(&foreman));
    hyp_request_queue_destroy(queue);
}

TEST(crew_hires_nobody_without_room)
{
    hyp_request_queue_t *queue = new_queue(10);
    push(queue, 1);
    (void)hyp_request_queue_nudge(queue, 1000);
    CHECK_INT(HYP_AGAIN, hyp_request_queue_await_shortage(queue, 1, false));
    hyp_request_queue_destroy(queue);
}

TEST(crew_tells_who_hires_of_interrupts_and_of_the_end)
{
    hyp_request_queue_t *queue = new_queue(10);
    foreman_t foreman;
    start_foreman(&foreman, queue);
    hyp_request_queue_interrupt_hiring(queue);
    check_foreman(&foreman, HYP_INTERRUPTED);
    CHECK_INT(HYP_AGAIN, hyp_request_queue_await_shortage(queue, 0, true));
    start_foreman(&foreman, queue);
    hyp_request_queue_close(queue);
    check_foreman(&foreman, HYP_CLOSED);
    CHECK_INT(HYP_CLOSED, hyp_request_queue_await_shortage(queue, LONG, true));
    hyp_request_queue_destroy(queue);
}

/* ---- dismissing ---- */

typedef struct {
    hyp_request_queue_t *queue;
    hyp_worker_t worker;
    pthread_t thread;
    hyp_status status;
} idler_t;

static void *idle_once(void *arg)
{
    idler_t *idler = arg;
    idler->status = hyp_request_queue_wait(idler->queue, &idler->worker);
    return NULL;
}

static void start_idlers(hyp_request_queue_t *queue, idler_t *idlers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        idlers[i] = (idler_t){.queue = queue, .status = HYP_AGAIN};
        hyp_worker_init(&idlers[i].worker);
        CHECK_INT(0, pthread_create(&idlers[i].thread, NULL, idle_once, &idlers[i]));
        while (stats_of(queue).idle != i + 1) {
            sched_yield();
        }
    }
}

static void check_idler(idler_t *idler, hyp_status expected)
{
    CHECK_INT(0, pthread_join(idler->thread, NULL));
    CHECK_INT(expected, idler->status);
    hyp_worker_free(&idler->worker);
}

TEST(crew_dismisses_who_has_idled_for_longest)
{
    hyp_request_queue_t *queue = new_queue(10);
    idler_t idlers[3];
    start_idlers(queue, idlers, 3);
    CHECK_INT(0, hyp_request_queue_dismiss(queue, 2));
    CHECK_INT(2, hyp_request_queue_dismiss(queue, 2));
    check_idler(&idlers[0], HYP_END);
    check_idler(&idlers[1], HYP_END);
    CHECK_INT(1, stats_of(queue).idle);
    hyp_request_queue_close(queue);
    check_idler(&idlers[2], HYP_CLOSED);
    hyp_request_queue_destroy(queue);
}

TEST(crew_dismisses_nobody_who_was_needed_meanwhile)
{
    hyp_request_queue_t *queue = new_queue(10);
    idler_t idlers[2];
    start_idlers(queue, idlers, 2);
    CHECK_INT(0, hyp_request_queue_dismiss(queue, 2));
    push(queue, 1);
    CHECK_INT(0, pthread_join(idlers[1].thread, NULL));
    check_take(queue, &idlers[1].worker, 1);
    hyp_worker_free(&idlers[1].worker);
    CHECK_INT(1, hyp_request_queue_dismiss(queue, 2));
    check_idler(&idlers[0], HYP_END);
    hyp_request_queue_destroy(queue);
}

/* ---- bells ---- */

typedef struct {
    hyp_request_queue_t *queue;
    hyp_wake_t bell;
    hyp_worker_t worker;
} listener_t;

static void open_listener(listener_t *listener, hyp_request_queue_t *queue)
{
    listener->queue = queue;
    CHECK_INT(HYP_OK, hyp_wake_open(&listener->bell));
    hyp_worker_init(&listener->worker);
    listener->worker.bell = &listener->bell;
}

static void close_listener(listener_t *listener)
{
    hyp_worker_free(&listener->worker);
    hyp_wake_close(&listener->bell);
}

static bool rings(const listener_t *listener)
{
    struct pollfd polled = {.fd = listener->bell.read_fd, .events = POLLIN};
    return poll(&polled, 1, 0) == 1;
}

static void settle(listener_t *listener, hyp_status expected)
{
    CHECK_INT(expected, hyp_request_queue_settle(listener->queue, &listener->worker));
}

TEST(bell_rings_for_a_job)
{
    hyp_request_queue_t *queue = new_queue(10);
    listener_t listener;
    open_listener(&listener, queue);
    settle(&listener, HYP_AGAIN);
    CHECK(!rings(&listener));
    push(queue, 1);
    CHECK(rings(&listener));
    hyp_request_queue_rise(queue, &listener.worker);
    CHECK(!rings(&listener));
    check_take(queue, &listener.worker, 1);
    settle(&listener, HYP_AGAIN);
    CHECK_INT(1, stats_of(queue).idle);
    hyp_request_queue_close(queue);
    CHECK(rings(&listener));
    hyp_request_queue_rise(queue, &listener.worker);
    settle(&listener, HYP_CLOSED);
    close_listener(&listener);
    hyp_request_queue_destroy(queue);
}

TEST(bell_need_not_ring_for_a_worker_to_rise)
{
    hyp_request_queue_t *queue = new_queue(10);
    listener_t listener;
    open_listener(&listener, queue);
    settle(&listener, HYP_AGAIN);
    hyp_request_queue_rise(queue, &listener.worker);
    CHECK_INT(0, stats_of(queue).idle);
    push(queue, 1);
    settle(&listener, HYP_OK);
    check_take(queue, &listener.worker, 1);
    close_listener(&listener);
    hyp_request_queue_destroy(queue);
}

TEST(bell_rings_for_a_dismissed_worker)
{
    hyp_request_queue_t *queue = new_queue(10);
    listener_t listener;
    open_listener(&listener, queue);
    settle(&listener, HYP_AGAIN);
    CHECK_INT(0, hyp_request_queue_dismiss(queue, 1));
    CHECK_INT(1, hyp_request_queue_dismiss(queue, 1));
    CHECK(rings(&listener));
    hyp_request_queue_rise(queue, &listener.worker);
    settle(&listener, HYP_END);
    close_listener(&listener);
    hyp_request_queue_destroy(queue);
}

TEST(bell_that_is_not_heard_rings_for_another)
{
    hyp_request_queue_t *queue = new_queue(10);
    listener_t deaf, other;
    open_listener(&other, queue);
    open_listener(&deaf, queue);
    settle(&other, HYP_AGAIN);
    settle(&deaf, HYP_AGAIN);
    push(queue, 1);
    CHECK(rings(&deaf));
    (void)hyp_request_queue_nudge(queue, 1000);
    (void)hyp_request_queue_nudge(queue, 999 + HYP_BELL_PATIENCE);
    CHECK(!rings(&other));
    (void)hyp_request_queue_nudge(queue, 1000 + HYP_BELL_PATIENCE);
    CHECK(rings(&other));
    hyp_request_queue_rise(queue, &other.worker);
    check_take(queue, &other.worker, 1);
    hyp_request_queue_rise(queue, &deaf.worker);
    CHECK(hyp_request_queue_take(queue, &deaf.worker) == NULL);
    close_listener(&deaf);
    close_listener(&other);
    hyp_request_queue_destroy(queue);
}
