/* Time-outs: one FIFO per kind. The duration of a kind is constant, so the head of a list is always the next to expire,
 * and setting, clearing and expiring are a few pointer writes each. What a time-out means is the caller's business. */
#ifndef HYP_TIMERS_H
#define HYP_TIMERS_H

#include "clock.h"

typedef enum {
    HYP_TIMER_NONE, /* not in a list */
    HYP_TIMER_HEAD,
    HYP_TIMER_BODY,
    HYP_TIMER_WRITE,
    HYP_TIMER_IDLE,
    HYP_TIMER_LINGER,
    HYP_TIMER_KINDS
} hyp_timer_kind;

/* Embedded in what times out. Zero is "not set". */
typedef struct hyp_timer {
    struct hyp_timer *prev, *next;
    hyp_msec_t deadline;
    uint8_t kind; /* hyp_timer_kind */
} hyp_timer_t;

typedef struct {
    hyp_timer_t lists[HYP_TIMER_KINDS]; /* sentinels */
    hyp_msec_t durations[HYP_TIMER_KINDS];
} hyp_timers_t;

/* durations[kind] in milliseconds; 0 means that the kind never expires. */
void hyp_timers_init(hyp_timers_t *timers, const hyp_msec_t durations[HYP_TIMER_KINDS]);

/* What is set from now on expires after `duration` at most. To be used when none of the kind is left that was set before, or those
 * that come later wait for it. */
void hyp_timers_shorten(hyp_timers_t *timers, hyp_timer_kind kind, hyp_msec_t duration);

/* (Re)starts: the timer expires when its kind's duration has passed after `now`. Leaves any other list first. */
void hyp_timers_set(hyp_timers_t *timers, hyp_timer_t *timer, hyp_timer_kind kind, hyp_msec_t now);

void hyp_timers_clear(hyp_timer_t *timer);

/* The timer of a kind that was set first; NULL when none is. */
hyp_timer_t *hyp_timers_oldest(const hyp_timers_t *timers, hyp_timer_kind kind);

/* Takes one expired timer out of its list, keeping its kind in *kind; NULL when none has expired. */
hyp_timer_t *hyp_timers_expired(hyp_timers_t *timers, hyp_msec_t now, hyp_timer_kind *kind);

/* Milliseconds until the next one expires: 0 when one has, -1 when none is set. At most INT_MAX. */
int hyp_timers_next(const hyp_timers_t *timers, hyp_msec_t now);

#endif
