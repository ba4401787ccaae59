/* The counters of all workers of a server, in memory that they share: an anonymous mapping, made before the fork, so there are
 * no files and nothing is left behind. Each worker has a slot, in which its loops count; what those have counted that are gone
 * is folded into one total, so that a sum never falls.
 *
 * Threads and processes: a slot is written by its worker alone, until the process that made the board says that it is gone.
 * Anybody may read: a sum that a fold has met is taken again. */
#ifndef HYP_SCOREBOARD_H
#define HYP_SCOREBOARD_H

#include <stdbool.h>

#include "counters.h"
#include "status.h"

#define HYP_SCOREBOARD_SLOTS_MAX 1024

/* X(name, text): what a worker tells of its process now and then. These only grow. */
#define HYP_WORKER_COUNTER_MAP(X)                                                                                      \
    X(gc_runs, "garbage collections")                                                                                  \
    X(gc_major_runs, "of these, full ones")                                                                            \
    X(gc_msec, "milliseconds of garbage collection")                                                                   \
    X(allocated_objects, "objects allocated")                                                                          \
    X(late_requests, "requests that ran beyond the soft time-out")                                                     \
    X(overdue_requests, "requests that ran beyond the hard one")

/* X(name, text): these end with the process. */
#define HYP_WORKER_GAUGE_MAP(X)                                                                                        \
    X(started_at, "when it began to serve, milliseconds of UNIX time")                                                 \
    X(told_at, "when it last told, milliseconds of UNIX time")                                                         \
    X(max_threads, "threads that it may run the application on")                                                       \
    X(resident_bytes, "its resident memory")                                                                           \
    X(live_objects, "slots of its heap in use")

/* All members are _Atomic uint64_t, and are added up as such. */
typedef struct {
#define HYP_WORKER_FIELD(name, text) _Atomic uint64_t name;
    HYP_WORKER_COUNTER_MAP(HYP_WORKER_FIELD)
    HYP_WORKER_GAUGE_MAP(HYP_WORKER_FIELD)
#undef HYP_WORKER_FIELD
} hyp_worker_facts_t;

/* X(name, text): why a worker was replaced. */
#define HYP_RESTART_MAP(X)                                                                                             \
    X(crash, "its process had ended")                                                                                  \
    X(worker_boot_timeout, "it did not get ready in time")                                                             \
    X(worker_timeout, "it gave no sign of life")                                                                       \
    X(phased, "all workers were renewed")                                                                              \
    X(max_requests, "it had served so many requests")                                                                  \
    X(max_memory_bytes, "it had grown so large")                                                                       \
    X(request_timeout_hard, "a request of its ran for too long")

/* All members are _Atomic uint64_t. */
typedef struct {
#define HYP_RESTART_FIELD(name, text) _Atomic uint64_t name;
    HYP_RESTART_MAP(HYP_RESTART_FIELD)
#undef HYP_RESTART_FIELD
} hyp_restarts_t;

/* What one writer counts: a loop, or Ruby's threads together. */
typedef struct {
    hyp_counters_t counters;
    hyp_route_counters_t routes[HYP_COUNTED_ROUTES];
} hyp_tally_t;

typedef struct {
    hyp_worker_facts_t facts;
    hyp_tally_t tally;     /* routes are merged by their names; the last has none */
    uint64_t workers;      /* slots in use */
    uint64_t boots, exits; /* workers that have entered and left, so far */
    hyp_restarts_t restarts;
} hyp_scoreboard_sum_t;

typedef struct hyp_scoreboard hyp_scoreboard_t;

/* Room for `slots` workers of `loops` loops each; pages are taken as they are written to. The caller holds one reference.
 * HYP_OK, -EINVAL, HYP_NO_MEMORY or -errno. */
HYP_MUST_USE hyp_status hyp_scoreboard_new(hyp_scoreboard_t **out, unsigned slots, unsigned loops);

/* Within this process; others have the mapping until they end. */
void hyp_scoreboard_retain(hyp_scoreboard_t *board);
void hyp_scoreboard_release_reference(hyp_scoreboard_t *board);

/* Takes a free slot for this process, a worker. Any process. HYP_OK or HYP_FULL. */
HYP_MUST_USE hyp_status hyp_scoreboard_enter(hyp_scoreboard_t *board, int64_t pid, unsigned *slot);

/* The worker `pid` is gone: what it has counted stays in the sum, what was so with it does not, and its slot is free. False
 * when it had none. For the process that made the board, one thread at a time. */
bool hyp_scoreboard_leave(hyp_scoreboard_t *board, int64_t pid);

unsigned hyp_scoreboard_slots(const hyp_scoreboard_t *board);
unsigned hyp_scoreboard_loops(const hyp_scoreboard_t *board);

/* Whose slot it is; 0: nobody's. */
int64_t hyp_scoreboard_pid(const hyp_scoreboard_t *board, unsigned slot);

/* The writer's places: loops count in tally 0 to loops - 1, Ruby's threads in the last. */
hyp_tally_t *hyp_scoreboard_tally(hyp_scoreboard_t *board, unsigned slot, unsigned number);
hyp_worker_facts_t *hyp_scoreboard_facts(hyp_scoreboard_t *board, unsigned slot);

/* Where workers' replacements are counted. For the process that made the board, one thread at a time. */
hyp_restarts_t *hyp_scoreboard_restarts(hyp_scoreboard_t *board);

/* Of one slot: facts and counters, without its routes. */
void hyp_scoreboard_sum_slot(hyp_scoreboard_t *board, unsigned slot, hyp_scoreboard_sum_t *sum);

/* Of all workers, those gone included. Overwrites *sum. */
void hyp_scoreboard_sum(hyp_scoreboard_t *board, hyp_scoreboard_sum_t *sum);

#endif
