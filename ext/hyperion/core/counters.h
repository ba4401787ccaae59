/* One loop's counters: written by its thread alone, read by any. Relaxed order: each number is right by itself, and no
 * conclusion is drawn from two of them together. They may lie in memory that processes share (scoreboard.h), so that nobody has
 * to be asked for them, and a process that dies leaves its last behind.
 *
 * What Ruby's threads count they count under the GVL, in counters of their own: there too is one writer at a time. */
#ifndef HYP_COUNTERS_H
#define HYP_COUNTERS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* X(name, text): these only grow. */
#define HYP_COUNTER_MAP(X)                                                                                             \
    X(accepted, "connections accepted")                                                                                \
    X(accept_errors, "failed accepts")                                                                                 \
    X(static_requests, "requests answered from a static route")                                                        \
    X(health_requests, "requests answered by a health route")                                                          \
    X(block_requests, "requests given to a route block")                                                               \
    X(app_requests, "requests given to the application")                                                               \
    X(refused_requests, "requests refused with a 4xx or 5xx")                                                          \
    X(overload_requests, "requests refused because the queue was full")                                                \
    X(queue_timeouts, "requests refused because they had waited too long")                                             \
    X(queue_timeout_msec, "milliseconds that the loop's of these had waited")                                          \
    X(replies, "requests of routes blocks and the application answered")                                               \
    X(lost_replies, "answers whose client had gone")                                                                   \
    X(handoffs, "connections handed to Ruby")                                                                          \
    X(head_timeouts, "heads that did not arrive in time")                                                              \
    X(body_timeouts, "bodies that did not arrive in time")                                                             \
    X(write_timeouts, "answers that were not read in time")                                                            \
    X(idle_timeouts, "connections closed while idle")                                                                  \
    X(idle_displaced, "idle connections closed to make room")                                                          \
    X(log_lines_lost, "lines of the access log that were dropped")                                                     \
    X(bytes_in, "bytes received")                                                                                      \
    X(bytes_out, "bytes sent")                                                                                         \
    X(ticks, "rounds of the loop")                                                                                     \
    X(responses_other, "answers whose status line is not known")                                                       \
    X(responses_1xx, "interim answers, and changes of protocol")                                                       \
    X(responses_2xx, "answers of success")                                                                             \
    X(responses_3xx, "answers that redirect")                                                                          \
    X(responses_4xx, "answers that blame the client")                                                                  \
    X(responses_5xx, "answers that blame the server")

/* X(name, text): what is so now, and ends with the process. What waiting connections wait for stands in the order of
 * hyp_timer_kind. */
#define HYP_GAUGE_MAP(X)                                                                                               \
    X(waiting, "open connections whose request is with Ruby")                                                          \
    X(reading_head, "open connections whose request head is arriving")                                                 \
    X(reading_body, "open connections whose request body is arriving")                                                 \
    X(writing, "open connections that do not take their answer yet")                                                   \
    X(idle, "open connections that wait for a request")                                                                \
    X(lingering, "open connections that have had their last answer")                                                   \
    X(open, "connections open now")                                                                                    \
    X(queued, "requests that wait for a thread")                                                                       \
    X(threads, "threads that run the application")                                                                     \
    X(busy_threads, "of these, those at a request")

/* Powers of two, in microseconds: bucket i counts what took at most 2^(i + HYP_BUCKET_SHIFT), the last all that took longer. */
#define HYP_BUCKETS 22
#define HYP_BUCKET_SHIFT 6 /* 64 microseconds, and at the other end 67 seconds */

typedef struct {
    _Atomic uint64_t buckets[HYP_BUCKETS];
    _Atomic uint64_t sum; /* microseconds */
} hyp_histogram_t;

/* All members are _Atomic uint64_t, and are added up as such. */
typedef struct {
#define HYP_COUNTER_FIELD(name, text) _Atomic uint64_t name;
    HYP_COUNTER_MAP(HYP_COUNTER_FIELD)
    HYP_GAUGE_MAP(HYP_COUNTER_FIELD)
#undef HYP_COUNTER_FIELD
    hyp_histogram_t latency; /* of the application: from the whole request to the last byte of its answer */
    hyp_histogram_t queue;   /* of the application: from the whole request to the thread that takes it */
} hyp_counters_t;

/* Members of a kind are found by their number. */
_Static_assert(offsetof(hyp_counters_t, responses_5xx) - offsetof(hyp_counters_t, responses_1xx) ==
                   4 * sizeof(uint64_t),
               "status classes stand in order");
_Static_assert(offsetof(hyp_counters_t, lingering) - offsetof(hyp_counters_t, waiting) == 5 * sizeof(uint64_t),
               "states stand in order");

#define HYP_COUNTED_ROUTES 64    /* routes that are told apart; the last stands for all further ones */
#define HYP_ROUTE_NAME_BYTES 119 /* of "GET /path"; a longer one is cut */

/* What is counted of one route, from its first request on. */
typedef struct {
    _Atomic uint8_t name_len; /* 0: not yet in use; set once, with release order, when all of the name is there */
    char name[HYP_ROUTE_NAME_BYTES];
    _Atomic uint64_t requests;
    hyp_histogram_t latency; /* of block routes; static ones are answered in the round that reads them */
    hyp_histogram_t queue;
} hyp_route_counters_t;

/* A load and a store, not a locked add: there is one writer. */
static inline void hyp_count(_Atomic uint64_t *counter, uint64_t by)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + by, memory_order_relaxed);
}

static inline uint64_t hyp_counter_read(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Connections that wait for something are counted by it, a number of the states above or HYP_NOT_COUNTED, and among the open. */
#define HYP_NOT_COUNTED 6

static inline void hyp_move_connection(hyp_counters_t *counters, uint8_t from, uint8_t to)
{
    _Atomic uint64_t *states = &counters->waiting;
    uint64_t counts = (to != HYP_NOT_COUNTED) - (uint64_t)(from != HYP_NOT_COUNTED);
    if (counts != 0) hyp_count(&counters->open, counts);
    if (from != HYP_NOT_COUNTED) hyp_count(&states[from], (uint64_t)-1);
    if (to != HYP_NOT_COUNTED) hyp_count(&states[to], 1);
}

/* Counts an answer of a status class, 1 to 5; 0 is not known. */
static inline void hyp_count_response(hyp_counters_t *counters, unsigned status_class)
{
    size_t offset = offsetof(hyp_counters_t, responses_other) + status_class * sizeof(uint64_t);
    hyp_count((_Atomic uint64_t *)(void *)((char *)counters + offset), 1);
}

static inline unsigned hyp_bucket_of(uint64_t usec)
{
    if (usec <= UINT64_C(1) << HYP_BUCKET_SHIFT) return 0;
    unsigned bits = 64 - (unsigned)__builtin_clzll(usec - 1);
    return bits - HYP_BUCKET_SHIFT < HYP_BUCKETS - 1 ? bits - HYP_BUCKET_SHIFT : HYP_BUCKETS - 1;
}

static inline void hyp_observe(hyp_histogram_t *histogram, uint64_t usec)
{
    hyp_count(&histogram->buckets[hyp_bucket_of(usec)], 1);
    hyp_count(&histogram->sum, usec);
}

#endif
