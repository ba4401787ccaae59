/* How a loop ends. It accepts no more, its answers say that they are the last, and what is left goes in phases:
 *
 *   patient   connections between two requests may bring one more
 *   grace     they have been told the end; a connection accepted just before may still bring its request
 *   parting   that one has been told too
 *   ending    whoever is idle is closed, the rest ends with its answer, or at the deadline */
#include <sys/socket.h>

#include "loop_conn.h"

#define DRAIN_ROUNDS 64    /* rounds that take in what the kernel holds already */
#define SHARED_ROUNDS 4096 /* the same where a round accepts one connection */
#define GRACE_MSEC 30      /* in which a connection accepted just before may still bring its request */
#define PARTING_MSEC 15    /* between our end and a close, for a request that has crossed it: it would be reset */
#define LINGER_MSEC 500    /* the same for those that become idle later */

/* What the kernel has accepted or received already counts as in flight. */
static void take_in_what_came(hyp_loop_t *loop)
{
    int rounds = loop->config.shared_listener ? SHARED_ROUNDS : DRAIN_ROUNDS;
    for (int i = 0; i < rounds; i++) {
        uint64_t before = loop->activity;
        if (loop->config.backend->poll(loop->backend, 0) != HYP_OK || loop->activity == before) return;
        hyp_conn_pool_reap(&loop->pool);
    }
}

static void tell_idle(hyp_loop_t *loop, void (*tell)(hyp_conn_t *, hyp_conn_shared_t *), bool fresh_too)
{
    hyp_slot_t *next;
    for (hyp_slot_t *slot = loop->pool.open_list; slot; slot = next) {
        next = slot->next_open;
        if (!fresh_too && slot->conn.fresh) continue;
        tell(&slot->conn, &loop->shared);
        hyp_loop_advance(loop, slot);
    }
}

static void end_patience(hyp_loop_t *loop)
{
    if (loop->shared.patient) take_in_what_came(loop);
    loop->shared.patient = false;
    hyp_timers_shorten(&loop->timers, HYP_TIMER_LINGER, LINGER_MSEC);
    tell_idle(loop, hyp_conn_part, false);
}

static void begin_drain(hyp_loop_t *loop)
{
    hyp_msec_t patient_until = atomic_load(&loop->patient_until);
    loop->shared.draining = true;
    loop->shared.patient = patient_until > loop->clock.now;
    take_in_what_came(loop);
    loop->draining = true;
    hyp_loop_update_accepting(loop);
    take_in_what_came(loop); /* what the backend had accepted by then */
    bool ends_listener =
        loop->config.ends_listener && !atomic_load_explicit(&loop->keeps_listener, memory_order_relaxed);
    if (ends_listener) (void)shutdown(loop->config.listener_fd, SHUT_RDWR);
    loop->drain_phase = loop->shared.patient ? HYP_DRAIN_PATIENT : HYP_DRAIN_GRACE;
    loop->drain_next = loop->shared.patient ? patient_until : loop->clock.now + GRACE_MSEC;
    if (!loop->shared.patient) end_patience(loop);
}

/* From one phase to the next. */
static void follow_phase(hyp_loop_t *loop)
{
    bool impatient = loop->drain_phase == HYP_DRAIN_PATIENT && atomic_load(&loop->patient_until) <= loop->clock.now;
    if (!impatient && loop->clock.now < loop->drain_next) return;
    switch (loop->drain_phase) {
    case HYP_DRAIN_PATIENT:
        end_patience(loop);
        loop->drain_next = loop->clock.now + GRACE_MSEC;
        break;
    case HYP_DRAIN_GRACE:
        take_in_what_came(loop);
        tell_idle(loop, hyp_conn_part, true);
        loop->drain_next = loop->clock.now + PARTING_MSEC;
        break;
    default:
        tell_idle(loop, hyp_conn_on_drain, true);
        loop->drain_next = UINT64_MAX;
        return;
    }
    loop->drain_phase++;
}

hyp_msec_t hyp_loop_drain_next(const hyp_loop_t *loop)
{
    uint64_t stop_at = atomic_load(&loop->stop_at);
    return loop->drain_next < stop_at ? loop->drain_next : stop_at;
}

void hyp_loop_follow_stop(hyp_loop_t *loop)
{
    uint64_t stop_at = atomic_load_explicit(&loop->stop_at, memory_order_acquire);
    if (stop_at == UINT64_MAX) return;
    if (!loop->draining) begin_drain(loop);
    follow_phase(loop);
    if (loop->clock.now < stop_at) return;
    while (loop->pool.open_list)
        hyp_loop_close_slot(loop, loop->pool.open_list);
}

/* ---- from other threads ---- */

static void shorten(_Atomic uint64_t *at, uint64_t wanted)
{
    uint64_t before = atomic_load(at);
    while (wanted < before && !atomic_compare_exchange_weak(at, &before, wanted))
        continue;
}

void hyp_loop_stop(hyp_loop_t *loop, uint32_t deadline_ms)
{
    atomic_store(&loop->patient_until, 0);
    shorten(&loop->stop_at, hyp_clock_now() + deadline_ms);
    hyp_outbox_wake(&loop->outbox);
}

void hyp_loop_retire(hyp_loop_t *loop, uint32_t patience_ms, uint32_t deadline_ms)
{
    uint64_t never = UINT64_MAX;
    hyp_msec_t now = hyp_clock_now();
    atomic_store(&loop->patient_until, now + patience_ms);
    if (!atomic_compare_exchange_strong(&loop->stop_at, &never, now + deadline_ms)) hyp_loop_stop(loop, deadline_ms);
    hyp_outbox_wake(&loop->outbox);
}
