/* The inside of a request queue, for the sources that make it up: request_queue.c has the jobs, and workers that idle;
 * nudge.c has who runs, and whom to wake beside; recall.c gives back who has waited too long; crew.c has how many workers there are. */
#ifndef HYP_REQUEST_QUEUE_STATE_H
#define HYP_REQUEST_QUEUE_STATE_H

#include "request_queue.h"

/* Who hires is told by `changed`. All members under the queue's mutex. */
typedef struct {
    pthread_cond_t changed;
    size_t workers;    /* that take jobs */
    size_t idle_least; /* the fewest that idled at once since somebody looked */
    bool has_room;     /* who hires waits, and more workers are allowed */
    bool is_short;     /* jobs wait, nobody idles and nobody is on the way */
    bool hiring;       /* a worker was asked for and has not come yet: as good as a wake under way */
    bool interrupted;  /* who hires is to look up */
} hyp_crew_t;

/* Kept by induction, and why no job is ever left behind: when jobs wait and somebody is idle, then a wake is under way or
 * some worker is awake, which comes back to _take or _wait.
 *  - _push onto an empty queue wakes one, unless a wake is under way already or a worker runs: that one takes the job,
 *    or idles, or ends, or tells that it runs no more, and then looks for jobs (_yielded) unless others are about to;
 *  - _wait looks for jobs under the mutex before it idles, so that a push either finds it idle or is found by it;
 *  - a woken worker that is interrupted, or ends, passes its wake on.
 * That everybody idles while jobs wait is therefore no case of its own. */
struct hyp_request_queue {
    pthread_mutex_t mutex;
    _Atomic int
        running; /* workers that are known to come back; written by them without the mutex, as are the next two */
    _Atomic int spare;
    _Atomic hyp_msec_t went_on_at; /* when a worker has last begun with a request */
    _Atomic size_t length;         /* written under the mutex, as are all members below */
    _Atomic hyp_msec_t oldest_at;
    hyp_job_t *first;
    hyp_job_t *last;
    hyp_worker_t *idle; /* a stack */
    size_t idle_count;
    bool waking;             /* a worker was woken and has not come to take yet */
    bool rang;               /* by its bell */
    hyp_msec_t missed_since; /* when it was first looked at and had not come; 0: not yet */
    bool closed;
    hyp_crew_t crew;
    uint32_t capacity;
    uint32_t requests; /* of `length` */
    size_t hits_bytes; /* held by the hits that wait */
    _Atomic(hyp_reply_t *) returned;
    size_t returned_count;
    size_t returned_bytes;
    uint64_t refused;
    uint64_t wakes;
    uint64_t dropped_hits;
};

/* Under the mutex: wakes the worker that idled last, unless a wake is under way. */
void hyp_request_queue_wake_one(hyp_request_queue_t *queue);

/* Under the mutex, after jobs were appended: whether some worker takes them without being woken. */
bool hyp_request_queue_has_runner(hyp_request_queue_t *queue);

/* Under the mutex: the worker has come, or will not come. */
void hyp_request_queue_end_wake(hyp_request_queue_t *queue, hyp_worker_t *worker);

/* Under the mutex, when jobs have come or gone. */
void hyp_request_queue_set_length(hyp_request_queue_t *queue, size_t length);

/* Under the mutex, when jobs wait: nobody could be woken for them. */
void hyp_crew_want(hyp_request_queue_t *queue);

/* Under the mutex: takes a worker from the idle ones, by the link that points to it, and wakes it. */
void hyp_request_queue_rouse(hyp_request_queue_t *queue, hyp_worker_t **link);

#endif
