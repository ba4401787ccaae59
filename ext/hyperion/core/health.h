/* Whether workers take requests, and how a loop says so to whoever asks: no Ruby is needed for the answer, so that it comes
 * while all of Ruby is busy, and is true when Ruby is stuck.
 *
 * Threads: members are set by any thread and read by loops; each is right by itself. */
#ifndef HYP_HEALTH_H
#define HYP_HEALTH_H

#include <stdatomic.h>

#include "buf.h"
#include "clock.h"

/* X(name, reason) */
#define HYP_VERDICT_MAP(X)                                                                                             \
    X(HYP_VERDICT_OK, "")                                                                                              \
    X(HYP_VERDICT_BOOTING, "booting")                                                                                  \
    X(HYP_VERDICT_DRAINING, "draining")                                                                                \
    X(HYP_VERDICT_STUCK, "stuck")                                                                                      \
    X(HYP_VERDICT_BEHIND, "behind")

#define HYP_VERDICT_ENUM(name, reason) name,
typedef enum { HYP_VERDICT_MAP(HYP_VERDICT_ENUM) HYP_VERDICT_COUNT } hyp_verdict;
#undef HYP_VERDICT_ENUM

typedef struct {
    _Atomic hyp_msec_t beat_at; /* when Ruby last showed that it runs; 0: it has not yet */
    atomic_bool draining;
    hyp_msec_t limit; /* how old the last beat, and the oldest request that waits, may be; constant */
} hyp_health_t;

void hyp_health_init(hyp_health_t *health, hyp_msec_t limit);

/* Ruby runs. Any thread that has the GVL. */
void hyp_health_beat(hyp_health_t *health, hyp_msec_t now);

void hyp_health_drain(hyp_health_t *health);

/* `waiting_since`: when the oldest request that waits for a worker came; 0 when none does. */
hyp_verdict hyp_health_judge(const hyp_health_t *health, hyp_msec_t waiting_since, hyp_msec_t now);

/* "stuck"; "" for HYP_VERDICT_OK. Static storage. */
const char *hyp_verdict_reason(hyp_verdict verdict);

/* Appends the answer: 200, or 503 with retry-after, and a JSON object. `flags` are HYP_SEND_*. HYP_OK or HYP_NO_MEMORY (nothing
 * appended). */
HYP_MUST_USE hyp_status hyp_health_render(hyp_verdict verdict, unsigned flags, const char *date, hyp_buf_t *out);

#endif
