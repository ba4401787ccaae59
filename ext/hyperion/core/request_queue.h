/* Requests waiting for a worker. Bounded; first in, first out; it decides whom to wake.
 *
 * Waking a thread costs a futex and a fight for the GVL, so one wake is under way at a time, and only when
 *  - jobs arrive at an empty queue, and no worker is known to run (_runs; Ruby >= 3.2 tells),
 *  - a worker gives up the GVL while jobs wait (_yielded; Ruby >= 3.2 tells), or
 *  - the oldest job has waited longer than HYP_QUEUE_PATIENCE at a tick, and who runs takes none (_nudge).
 * A worker that is awake takes the next job itself. The last worker to idle is the first to be woken. When one ought to be woken
 * and none idles, who hires workers hears of it (_await_shortage).
 *
 * Threads: everything below may be called from any thread; jobs and idle workers are under one mutex, held for a few instructions and
 * never while anything blocks; what is asked or said often is atomic and goes without it. */
#ifndef HYP_REQUEST_QUEUE_H
#define HYP_REQUEST_QUEUE_H

#include "request.h"
#include "wake.h"

#define HYP_QUEUE_PATIENCE 1 /* milliseconds */
#define HYP_BELL_PATIENCE 10 /* milliseconds for a worker to come that was woken by its bell */
#define HYP_QUEUE_HITS_BYTES_MAX                                                                                       \
    8388608U /* memory of static hits that wait for the hooks: beyond it they are dropped */

typedef struct hyp_request_queue hyp_request_queue_t;

/* One per worker thread, in its hands; must be idle no more when it is freed. */
typedef struct hyp_worker {
    pthread_cond_t wake;
    const hyp_wake_t *bell; /* NULL, or how it is woken instead: it idles by _settle and waits for other things too */
    struct hyp_worker *next_idle;
    bool idle;
    bool woken;
    bool interrupted;
    bool dismissed; /* has idled too long: its wait ends with HYP_END */
    bool runs;      /* as it has said; its thread's alone */
} hyp_worker_t;

/* `capacity` requests at most; other jobs do not count. HYP_OK or HYP_NO_MEMORY. */
HYP_MUST_USE hyp_status hyp_request_queue_new(hyp_request_queue_t **out, uint32_t capacity);

/* Destroys the jobs that are left. Nobody may use the queue any more. */
void hyp_request_queue_destroy(hyp_request_queue_t *queue);

void hyp_worker_init(hyp_worker_t *worker);
void hyp_worker_free(hyp_worker_t *worker);

/* Appends a tick's jobs and empties the list, which on return holds the requests that found no place (or all jobs, when
 * the queue is closed). Wakes at most one worker. */
void hyp_request_queue_push(hyp_request_queue_t *queue, hyp_job_list_t *jobs, hyp_msec_t now);

/* The next job, owned by the caller; NULL when there is none. Does not block. */
hyp_job_t *hyp_request_queue_take(hyp_request_queue_t *queue, hyp_worker_t *worker);

/* A worker begins to take jobs: before its first _take or _wait. */
void hyp_request_queue_enter(hyp_request_queue_t *queue);

/* Blocks until there may be a job. HYP_OK, HYP_INTERRUPTED, HYP_CLOSED when the queue is closed and empty, or HYP_END when
 * the worker was dismissed. */
HYP_MUST_USE hyp_status hyp_request_queue_wait(hyp_request_queue_t *queue, hyp_worker_t *worker);

/* For a worker with a bell, in place of _wait: HYP_AGAIN when it idles from now on, until its bell rings or it calls _rise; else as
 * _wait, without blocking. */
HYP_MUST_USE hyp_status hyp_request_queue_settle(hyp_request_queue_t *queue, hyp_worker_t *worker);

/* The worker idles no more, whatever has woken it: before its next _take. */
void hyp_request_queue_rise(hyp_request_queue_t *queue, hyp_worker_t *worker);

/* Ends the worker's present or next wait with HYP_INTERRUPTED. */
void hyp_request_queue_interrupt(hyp_request_queue_t *queue, hyp_worker_t *worker);

/* The worker ends, perhaps between _wait and _take: if it was woken, somebody else is. Before hyp_worker_free. */
void hyp_request_queue_leave(hyp_request_queue_t *queue, hyp_worker_t *worker);

/* The worker has the GVL, or has it no more; on its thread. Who has it is back for the next job soon, unless _yielded or _nudge say
 * otherwise: another that was woken could do no more than wait for the GVL. Who idles by _wait runs until then. */
void hyp_request_queue_runs(hyp_request_queue_t *queue, hyp_worker_t *worker, bool runs);

/* A worker begins with a request at this time. */
void hyp_request_queue_went_on(hyp_request_queue_t *queue, hyp_msec_t now);

/* A worker that has no job waits for the GVL (1), or has got it (-1). What it waits for is done without it when another worker of the
 * queue has the GVL. */
void hyp_request_queue_add_spare(hyp_request_queue_t *queue, int number);
int hyp_request_queue_spare(const hyp_request_queue_t *queue);

/* A worker that ran is about to block: wakes an idle one when jobs wait and none runs. Cheap when none do. */
void hyp_request_queue_yielded(hyp_request_queue_t *queue);

typedef enum {
    HYP_QUEUE_EMPTY,
    HYP_QUEUE_WAITING,
    HYP_QUEUE_STUCK /* who was woken, or is to be hired, has not come for HYP_QUEUE_PATIENCE, or is spare: something keeps them from running */
} hyp_queue_state;

/* Once a tick: wakes an idle worker when the oldest job has waited too long, unless who runs goes on, or one is spare. */
hyp_queue_state hyp_request_queue_nudge(hyp_request_queue_t *queue, hyp_msec_t now);

/* Jobs that wait; without the mutex. */
size_t hyp_request_queue_length(const hyp_request_queue_t *queue);

/* When the oldest job that waits has come; 0 when none does. Takes no lock. */
hyp_msec_t hyp_request_queue_waiting_since(const hyp_request_queue_t *queue);

/* Takes back the requests of this loop that came before this time, and appends them to `late`. Cheap when there are none. */
void hyp_request_queue_recall(hyp_request_queue_t *queue, uint16_t loop, hyp_msec_t before, hyp_job_list_t *late);

/* Takes no more jobs; workers end when it is empty. */
void hyp_request_queue_close(hyp_request_queue_t *queue);

/* Who hires workers: one thread. Blocks until a worker more is needed (HYP_OK; it is taken for hired, until it enters or
 * _nobody_came), so many milliseconds are over (HYP_AGAIN), or HYP_INTERRUPTED, or HYP_CLOSED. Without room for a worker more
 * only time counts. */
HYP_MUST_USE hyp_status hyp_request_queue_await_shortage(hyp_request_queue_t *queue, hyp_msec_t msec, bool has_room);
void hyp_request_queue_nobody_came(hyp_request_queue_t *queue);

/* Any thread: ends the present or next _await_shortage with HYP_INTERRUPTED. */
void hyp_request_queue_interrupt_hiring(hyp_request_queue_t *queue);

/* Dismisses as many workers as have idled all the time since the last call, `most` at most; who have idled for longest go. Answers
 * how many. */
size_t hyp_request_queue_dismiss(hyp_request_queue_t *queue, size_t most);

/* What owners of sent bytes are to get back: replies, linked by `next`, with `owner` set. A loop gives, a worker takes all;
 * many given at once wake an idle worker, so that memory is not held by a silent server. */
void hyp_request_queue_give_back(hyp_request_queue_t *queue, hyp_reply_t *reply);
hyp_reply_t *hyp_request_queue_take_back(hyp_request_queue_t *queue);

typedef struct {
    size_t length;         /* jobs waiting */
    size_t workers;        /* that take jobs */
    size_t idle;           /* of them, waiting */
    hyp_msec_t oldest_at;  /* when the oldest waiting job came; 0 when none waits */
    uint64_t refused;      /* requests that found no place, since the start */
    uint64_t wakes;        /* workers woken, since the start */
    uint64_t dropped_hits; /* static hits that found no place, and are told to no hook, since the start */
} hyp_request_queue_stats_t;

void hyp_request_queue_stats(hyp_request_queue_t *queue, hyp_request_queue_stats_t *stats);

#endif
