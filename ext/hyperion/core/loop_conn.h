/* A loop's insides, and its dealings with single connections: the other half of loop.c, which minds the ticks. */
#ifndef HYP_LOOP_CONN_H
#define HYP_LOOP_CONN_H

#include <sys/types.h>

#include "loop.h"

#define HYP_TROUBLE_PAUSE 10000 /* milliseconds */

typedef enum { HYP_TROUBLE_ACCEPT, HYP_TROUBLE_BODY, HYP_TROUBLE_CONNECTION, HYP_TROUBLES } hyp_trouble_kind;

/* See loop_drain.c. */
typedef enum { HYP_DRAIN_PATIENT, HYP_DRAIN_GRACE, HYP_DRAIN_PARTING } hyp_drain_phase;

struct hyp_loop {
    hyp_loop_config_t config;
    hyp_backend_t *backend;
    hyp_conn_pool_t pool;
    hyp_timers_t timers;
    hyp_clock_t clock;
    hyp_counters_t own_counters; /* unless the configuration has some */
    hyp_conn_shared_t shared;
    hyp_outbox_t outbox;
    hyp_job_list_t jobs;        /* of this tick */
    size_t in_flight;           /* requests taken from connections and not yet answered */
    uint64_t activity;          /* accepts and receives so far */
    hyp_msec_t submitted_at;    /* when jobs last were */
    hyp_msec_t accept_again_at; /* after a pause */
    hyp_msec_t listener_check_at;
    hyp_msec_t quiet_until[HYP_TROUBLES]; /* before which trouble of the kind is not told again */
    hyp_msec_t drain_next;                /* when the drain's phase ends */
    hyp_drain_phase drain_phase;
    ino_t listener_inode;
    hyp_status refusal; /* see hyp_loop_refusal */
    hyp_status failure; /* of the listener or the backend: the loop ends */
    bool opened, accepting, draining, submitted;

    /* Written by any thread. */
    _Atomic uint64_t stop_at;       /* hyp_msec_t by which all must be closed; UINT64_MAX: runs on */
    _Atomic uint64_t patient_until; /* hyp_msec_t up to which a drain lets idle connections ask once more */
    atomic_bool interrupted;
    atomic_bool collects_hits;
    atomic_bool has_handoff;
    atomic_bool keeps_listener;
};

/* The loop's handlers for its backend. */
hyp_backend_events_t hyp_loop_events(hyp_loop_t *loop);

/* What the connections of a round see: the time, the routes, the callbacks that are set. */
void hyp_loop_begin_round(hyp_loop_t *loop);

/* Begins the drain that was asked for, or goes on with it; at its deadline closes all. */
void hyp_loop_follow_stop(hyp_loop_t *loop);

/* When a drain has something to do next. */
hyp_msec_t hyp_loop_drain_next(const hyp_loop_t *loop);

/* Accepts or not, as limits, pauses and a drain will have it. */
void hyp_loop_update_accepting(hyp_loop_t *loop);

/* Does what the connection wants until it has to wait for somebody. The slot may be retired on return. */
void hyp_loop_advance(hyp_loop_t *loop, hyp_slot_t *slot);

/* Has trouble told to the log, of each kind once in HYP_TROUBLE_PAUSE. */
void hyp_loop_tell(hyp_loop_t *loop, hyp_trouble_kind kind, hyp_status status);

/* Closes an open connection: at once, or when its backend lets go of it. */
void hyp_loop_close_slot(hyp_loop_t *loop, hyp_slot_t *slot);

/* Closes one that leaves, whatever it leaves for: the backend has ended. */
void hyp_loop_close_leaving(hyp_loop_t *loop, hyp_slot_t *slot);

/* Hands the outbox's answers to their connections. */
void hyp_loop_deliver_replies(hyp_loop_t *loop);

/* Frees a reply whose connection has gone, and tells its producer. */
void hyp_loop_drop_reply(hyp_loop_t *loop, hyp_reply_t *reply);

/* Jobs that found no place, or waited there for too long, as `tell` tells the connections of requests: they answer 503. Anything
 * else is dropped. */
void hyp_loop_refuse_jobs(hyp_loop_t *loop, hyp_job_list_t *jobs, void (*tell)(hyp_conn_t *, hyp_conn_shared_t *));

/* Refuses the requests that have waited for a worker for longer than they may. */
void hyp_loop_refuse_late(hyp_loop_t *loop);

#endif
