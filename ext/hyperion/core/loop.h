/* One thread's event loop: a listener, a backend, connections, timers, a clock. Knows nothing of Ruby; asks for it by
 * hyp_host_t.
 *
 * Threads: _run, _open and _close are for the thread that runs it. _interrupt, _stop, _retire and the counters are for any thread, and
 * _interrupt also for a signal handler that runs on the loop's own thread; they work from _new to _destroy. */
#ifndef HYP_LOOP_H
#define HYP_LOOP_H

#include "conn_pool.h"
#include "host.h"
#include "outbox.h"

typedef struct {
    const hyp_backend_ops_t *backend;
    int listener_fd;      /* not owned; made non-blocking */
    uint16_t number;      /* of this loop in its engine, for addresses */
    bool shared_listener; /* other loops accept from it too: this one takes its turn among them */
    bool
        by_hand; /* no workers: _run answers HYP_PENDING when jobs were submitted, and watches for a listener that is gone */
    bool
        ends_listener; /* nobody else accepts from it: a drain shuts it down, and the kernel refuses what comes later */
    bool has_application;
    hyp_limits_t limits;
    const hyp_networks_t *trusted_proxies; /* whose forwarding fields are believed; NULL: nobody's; not owned */
    const hyp_networks_t *proxy_protocol;  /* who begins with a PROXY header; NULL: nobody does; not owned */
    hyp_access_log_t *log;                 /* NULL: nothing is logged; not owned, as its ring */
    hyp_log_ring_t *log_ring;
    hyp_route_set_t *routes[HYP_ROUTE_SETS]; /* NULL allowed */
    hyp_counters_t *counters;                /* where it counts, outliving it; NULL: in memory of its own */
    hyp_route_counters_t *route_counters;    /* HYP_COUNTED_ROUTES of them; NULL: routes are not told apart */
    const hyp_route_set_t *counted_set;      /* one of `routes`: whose have places of their own */
    hyp_host_t host;
} hyp_loop_config_t;

typedef struct hyp_loop hyp_loop_t;

/* Sets what accepted sockets inherit, and does nothing to unix ones. A client that does not read would else have megabytes of the
 * kernel's memory, and a thousand of them all that it has for TCP. */
void hyp_listener_set_options(int listener_fd);

/* Memory only, no descriptors. HYP_OK or HYP_NO_MEMORY. */
HYP_MUST_USE hyp_status hyp_loop_new(hyp_loop_t **out, const hyp_loop_config_t *config);

/* Closes what is open (see _close) and frees. */
void hyp_loop_destroy(hyp_loop_t *loop);

/* Makes the descriptors and starts to listen. HYP_OK or -errno. Where the backend is optional and cannot be opened now, the default
 * one takes its place, but not by_hand. */
HYP_MUST_USE hyp_status hyp_loop_open(hyp_loop_t *loop);

/* Why its backend, an optional one, could not be opened: -errno. HYP_OK: it could, or was not tried. */
hyp_status hyp_loop_refusal(const hyp_loop_t *loop);

/* Closes every connection at once, and the loop's own descriptors; not the listener. */
void hyp_loop_close(hyp_loop_t *loop);

/* Gives up a loop that a forked child has inherited: neither its memory nor its descriptors are touched. */
void hyp_loop_forget(hyp_loop_t *loop);

/* Runs until
 * HYP_OK           stopped, and every connection is closed
 * HYP_INTERRUPTED  _interrupt was called; to be called again to go on
 * HYP_PENDING      by_hand: jobs were submitted; to be called again when they are done
 * -errno           the listener cannot be used any more, or the backend has failed */
HYP_MUST_USE hyp_status hyp_loop_run(hyp_loop_t *loop);

/* The present or the next _run returns HYP_INTERRUPTED. */
void hyp_loop_interrupt(hyp_loop_t *loop);

/* Asks for a drain: no more accepts, idle connections close, others after their answer; after `deadline_ms` all. A later
 * call can only shorten the time. */
void hyp_loop_stop(hyp_loop_t *loop, uint32_t deadline_ms);

/* The same in favour of somebody else who accepts from now on: idle connections may bring one more request, which is answered
 * with `connection: close`, for `patience_ms`. Once a drain was asked for, it is as hyp_loop_stop. */
void hyp_loop_retire(hyp_loop_t *loop, uint32_t patience_ms, uint32_t deadline_ms);

/* Whether static hits are recorded for hooks, and whether somebody takes handoffs: seen at the next tick. */
void hyp_loop_set_collects_hits(hyp_loop_t *loop, bool on);
void hyp_loop_set_has_handoff(hyp_loop_t *loop, bool on);

/* Whether a drain leaves the listener alone even though the loop ends it: others go on with it. Counts when the drain begins. */
void hyp_loop_set_keeps_listener(hyp_loop_t *loop, bool on);

hyp_outbox_t *hyp_loop_outbox(hyp_loop_t *loop);
const hyp_counters_t *hyp_loop_counters(const hyp_loop_t *loop);

#endif
