/* One loop's counters: written by its thread alone, read by any. Relaxed order: each number is right by itself, and no
 * conclusion is drawn from two of them together. */
#ifndef HYP_COUNTERS_H
#define HYP_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

/* X(name, text) */
#define HYP_COUNTER_MAP(X)                                                                                             \
    X(accepted, "connections accepted")                                                                                \
    X(accept_errors, "failed accepts")                                                                                 \
    X(open, "connections open now")                                                                                    \
    X(idle, "open connections that wait for a request")                                                                \
    X(static_requests, "requests answered from a static route")                                                        \
    X(block_requests, "requests given to a route block")                                                               \
    X(app_requests, "requests given to the application")                                                               \
    X(refused_requests, "requests refused with a 4xx or 5xx")                                                          \
    X(overload_requests, "requests refused because the queue was full")                                                \
    X(replies, "requests of routes blocks and the application answered")                                               \
    X(lost_replies, "answers whose client had gone")                                                                   \
    X(handoffs, "connections handed to Ruby")                                                                          \
    X(head_timeouts, "heads that did not arrive in time")                                                              \
    X(body_timeouts, "bodies that did not arrive in time")                                                             \
    X(write_timeouts, "answers that were not read in time")                                                            \
    X(idle_timeouts, "connections closed while idle")                                                                  \
    X(idle_displaced, "idle connections closed to make room")                                                          \
    X(bytes_in, "bytes received")                                                                                      \
    X(bytes_out, "bytes sent")                                                                                         \
    X(ticks, "rounds of the loop")

typedef struct {
#define HYP_COUNTER_FIELD(name, text) _Atomic uint64_t name;
    HYP_COUNTER_MAP(HYP_COUNTER_FIELD)
#undef HYP_COUNTER_FIELD
} hyp_counters_t;

/* A load and a store, not a locked add: there is one writer. */
static inline void hyp_count(_Atomic uint64_t *counter, uint64_t by)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + by, memory_order_relaxed);
}

static inline uint64_t hyp_counter_read(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

#endif
