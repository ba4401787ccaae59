#include "timers.h"

#include <limits.h>

void hyp_timers_init(hyp_timers_t *timers, const hyp_msec_t durations[HYP_TIMER_KINDS])
{
    for (int kind = 0; kind < HYP_TIMER_KINDS; kind++) {
        hyp_timer_t *list = &timers->lists[kind];
        *list = (hyp_timer_t){.prev = list, .next = list};
        timers->durations[kind] = durations[kind];
    }
}

void hyp_timers_shorten(hyp_timers_t *timers, hyp_timer_kind kind, hyp_msec_t duration)
{
    hyp_msec_t *present = &timers->durations[kind];
    if (*present == 0 || *present > duration) *present = duration;
}

void hyp_timers_set(hyp_timers_t *timers, hyp_timer_t *timer, hyp_timer_kind kind, hyp_msec_t now)
{
    hyp_timers_clear(timer);
    if (kind == HYP_TIMER_NONE) {
        return;
    }
    hyp_timer_t *list = &timers->lists[kind];
    timer->kind = (uint8_t)kind;
    timer->deadline = timers->durations[kind] == 0 ? UINT64_MAX : now + timers->durations[kind];
    timer->prev = list->prev;
    timer->next = list;
    list->prev->next = timer;
    list->prev = timer;
}

void hyp_timers_clear(hyp_timer_t *timer)
{
    if (timer->kind == HYP_TIMER_NONE) {
        return;
    }
    timer->prev->next = timer->next;
    timer->next->prev = timer->prev;
    *timer = (hyp_timer_t){.kind = HYP_TIMER_NONE};
}

hyp_timer_t *hyp_timers_oldest(const hyp_timers_t *timers, hyp_timer_kind kind)
{
    const hyp_timer_t *list = &timers->lists[kind];
    return list->next == list ? NULL : list->next;
}

hyp_timer_t *hyp_timers_expired(hyp_timers_t *timers, hyp_msec_t now, hyp_timer_kind *kind)
{
    for (int candidate = 1; candidate < HYP_TIMER_KINDS; candidate++) {
        hyp_timer_t *timer = hyp_timers_oldest(timers, (hyp_timer_kind)candidate);
        if (timer != NULL && timer->deadline <= now) {
            *kind = (hyp_timer_kind)candidate;
            hyp_timers_clear(timer);
            return timer;
        }
    }
    return NULL;
}

int hyp_timers_next(const hyp_timers_t *timers, hyp_msec_t now)
{
    hyp_msec_t soonest = UINT64_MAX;
    for (int kind = 1; kind < HYP_TIMER_KINDS; kind++) {
        const hyp_timer_t *timer = hyp_timers_oldest(timers, (hyp_timer_kind)kind);
        if (timer != NULL && timer->deadline < soonest) {
            soonest = timer->deadline;
        }
    }
    if (soonest == UINT64_MAX) {
        return -1;
    }
    if (soonest <= now) {
        return 0;
    }
    return soonest - now > INT_MAX ? INT_MAX : (int)(soonest - now);
}
