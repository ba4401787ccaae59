#include "loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loop_conn.h"

#define LISTENER_CHECK 1000   /* milliseconds between two looks at a listener that somebody else may close */
#define FAILURE_DEADLINE 1000 /* milliseconds for what is in flight when the listener is lost */
#define NAP_MSEC 1
#define NAPS_AFTER_SUBMIT 2 /* milliseconds after a submission in which a short sleep beats a wake */

hyp_status hyp_loop_new(hyp_loop_t **out, const hyp_loop_config_t *config)
{
    hyp_loop_t *loop = calloc(1, sizeof *loop);
    if (!loop) return HYP_NO_MEMORY;
    loop->config = *config;
    if (!loop->config.backend) loop->config.backend = hyp_backend_default();
    for (int i = 0; i < HYP_ROUTE_SETS; i++) {
        if (config->routes[i]) hyp_route_set_retain(config->routes[i]);
    }
    hyp_outbox_init(&loop->outbox);
    atomic_init(&loop->stop_at, UINT64_MAX);
    atomic_init(&loop->patient_until, 0);
    *out = loop;
    return HYP_OK;
}

static hyp_counters_t *counters_of(hyp_loop_t *loop)
{
    return loop->config.counters ? loop->config.counters : &loop->own_counters;
}

static void set_up_shared(hyp_loop_t *loop)
{
    hyp_conn_shared_t *shared = &loop->shared;
    hyp_conn_shared_init(shared);
    shared->limits = &loop->config.limits;
    shared->clock = &loop->clock;
    shared->counters = counters_of(loop);
    shared->route_counters = loop->config.route_counters;
    shared->counted_set = loop->config.counted_set;
    shared->has_application = loop->config.has_application;
    shared->hands_off_all = loop->config.by_hand;
    shared->give_back = loop->config.host.give_back;
    shared->give_back_ctx = loop->config.host.ctx;
    shared->trusted_proxies = loop->config.trusted_proxies;
    shared->proxy_protocol = loop->config.proxy_protocol;
    shared->log = loop->config.log;
    shared->log_ring = loop->config.log_ring;
    shared->health = loop->config.host.health;
    shared->health_ctx = loop->config.host.ctx;
    for (int i = 0; i < HYP_ROUTE_SETS; i++)
        hyp_route_reader_init(&shared->routes[i], loop->config.routes[i]);
}

static void set_up_timers(hyp_loop_t *loop)
{
    const hyp_limits_t *limits = &loop->config.limits;
    hyp_msec_t durations[HYP_TIMER_KINDS] = {
        [HYP_TIMER_HEAD] = limits->head_timeout,     [HYP_TIMER_BODY] = limits->body_timeout,
        [HYP_TIMER_WRITE] = limits->write_timeout,   [HYP_TIMER_IDLE] = limits->idle_timeout,
        [HYP_TIMER_LINGER] = limits->linger_timeout,
    };
    hyp_timers_init(&loop->timers, durations);
}

void hyp_listener_set_options(int listener_fd)
{
    int on = 1;
    (void)setsockopt(listener_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
#ifdef TCP_NOTSENT_LOWAT
    int unsent = HYP_UNSENT_BYTES_MAX;
    (void)setsockopt(listener_fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
#endif
}

static hyp_status set_up_listener(hyp_loop_t *loop)
{
    int fd = loop->config.listener_fd;
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return -errno;
    if (!(flags & O_NONBLOCK) && fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return -errno;
    int listening = 0;
    socklen_t len = sizeof listening;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) < 0) return -errno;
    if (!listening) return -EINVAL;
    hyp_listener_set_options(fd);
    struct stat stat;
    if (fstat(fd, &stat) < 0) return -errno;
    loop->listener_inode = stat.st_ino;
    return HYP_OK;
}

static hyp_status open_backend(hyp_loop_t *loop)
{
    hyp_backend_config_t config = {
        .listener_fd = loop->config.listener_fd,
        .wake = &loop->outbox.wake,
        .shared_listener = loop->config.shared_listener,
        .events = hyp_loop_events(loop),
    };
    hyp_status status = loop->config.backend->open(&loop->backend, &config);
    if (status != HYP_OK && loop->config.backend->optional) {
        loop->refusal = status == HYP_NO_MEMORY ? -ENOMEM : status;
        if (loop->config.by_hand) return status;
        loop->config.backend = hyp_backend_default();
        status = loop->config.backend->open(&loop->backend, &config);
    }
    if (status != HYP_OK) return status;
    return loop->config.backend->arm_accept(loop->backend, true);
}

hyp_status hyp_loop_open(hyp_loop_t *loop)
{
    hyp_status status = set_up_listener(loop);
    if (status == HYP_OK) status = hyp_outbox_open(&loop->outbox);
    if (status != HYP_OK) return status;
    set_up_shared(loop);
    set_up_timers(loop);
    hyp_clock_init(&loop->clock);
    hyp_conn_pool_init(&loop->pool, loop->config.limits.connections);
    loop->opened = true;
    status = open_backend(loop);
    if (status != HYP_OK) {
        hyp_loop_close(loop);
        return status;
    }
    loop->accepting = true;
    hyp_outbox_awake(&loop->outbox);
    return HYP_OK;
}

hyp_status hyp_loop_refusal(const hyp_loop_t *loop)
{
    return loop->refusal;
}

static void drop_replies(hyp_loop_t *loop)
{
    hyp_reply_t *reply = hyp_outbox_take(&loop->outbox);
    while (reply) {
        hyp_reply_t *next = reply->next;
        hyp_loop_drop_reply(loop, reply);
        reply = next;
    }
}

static void drop_jobs(hyp_loop_t *loop)
{
    while (loop->jobs.first) {
        hyp_job_t *job = loop->jobs.first;
        loop->jobs.first = job->next;
        hyp_job_destroy(job);
    }
    loop->jobs = (hyp_job_list_t){0};
}

static void tell_log(hyp_loop_t *loop)
{
    if (!loop->config.log) return;
    uint64_t lost = hyp_access_log_tell(loop->config.log);
    if (lost > 0) hyp_count(&loop->shared.counters->log_lines_lost, lost);
}

void hyp_loop_close(hyp_loop_t *loop)
{
    if (!loop->opened) return;
    while (loop->pool.open_list)
        hyp_loop_close_slot(loop, loop->pool.open_list);
    tell_log(loop);
    drop_replies(loop);
    drop_jobs(loop);
    if (loop->backend) loop->config.backend->close(loop->backend);
    loop->backend = NULL;
    while (loop->pool.leaving_list)
        hyp_loop_close_leaving(loop, loop->pool.leaving_list);
    hyp_conn_shared_free(&loop->shared);
    hyp_conn_pool_free(&loop->pool);
    hyp_outbox_close(&loop->outbox);
    loop->opened = loop->accepting = loop->draining = false;
}

static void free_loop(hyp_loop_t *loop)
{
    drop_replies(loop);
    for (int i = 0; i < HYP_ROUTE_SETS; i++) {
        if (loop->config.routes[i]) hyp_route_set_release(loop->config.routes[i]);
    }
    hyp_outbox_free(&loop->outbox);
    free(loop);
}

void hyp_loop_destroy(hyp_loop_t *loop)
{
    hyp_loop_close(loop);
    free_loop(loop);
}

/* Its thread may have been in the midst of any change when the process forked, and others may have held its locks. Memory that
 * is not touched costs the child nothing. */
void hyp_loop_forget(hyp_loop_t *loop)
{
    (void)loop;
}

/* ---- accept policy ---- */

void hyp_loop_update_accepting(hyp_loop_t *loop)
{
    bool room =
        loop->pool.open < loop->config.limits.connections || hyp_timers_oldest(&loop->timers, HYP_TIMER_IDLE) != NULL;
    bool wanted = !loop->draining && room && loop->clock.now >= loop->accept_again_at;
    if (wanted == loop->accepting) return;
    hyp_status status = loop->config.backend->arm_accept(loop->backend, wanted);
    if (status == HYP_OK || !wanted) loop->accepting = wanted;
    else loop->failure = status;
}

static bool listener_is_gone(const hyp_loop_t *loop)
{
    struct stat stat;
    return fstat(loop->config.listener_fd, &stat) < 0 || stat.st_ino != loop->listener_inode;
}

static void watch_listener(hyp_loop_t *loop)
{
    if (!loop->config.by_hand || loop->draining || loop->clock.now < loop->listener_check_at) return;
    loop->listener_check_at = loop->clock.now + LISTENER_CHECK;
    if (listener_is_gone(loop)) loop->failure = -EBADF;
}

/* ---- a tick ---- */

void hyp_loop_begin_round(hyp_loop_t *loop)
{
    hyp_clock_tick(&loop->clock);
    hyp_count(&loop->shared.counters->ticks, 1);
    for (int i = 0; i < HYP_ROUTE_SETS; i++)
        hyp_route_reader_refresh(&loop->shared.routes[i]);
    loop->shared.collects_hits = atomic_load_explicit(&loop->collects_hits, memory_order_relaxed);
    loop->shared.has_handoff = atomic_load_explicit(&loop->has_handoff, memory_order_relaxed);
}

static void expire_timers(hyp_loop_t *loop)
{
    hyp_timer_kind kind;
    hyp_timer_t *timer;
    while ((timer = hyp_timers_expired(&loop->timers, loop->clock.now, &kind))) {
        hyp_slot_t *slot = hyp_slot_of_timer(timer);
        hyp_conn_on_timeout(&slot->conn, &loop->shared);
        hyp_loop_advance(loop, slot);
    }
}

static void submit_hits(hyp_loop_t *loop)
{
    if (!loop->shared.hits) return;
    hyp_job_list_append(&loop->jobs, &loop->shared.hits->job);
    loop->shared.hits = NULL;
}

/* What a refusal leads to may be a job again: of the next tick. */
static void refuse_jobs(hyp_loop_t *loop)
{
    hyp_job_list_t refused = loop->jobs;
    loop->jobs = (hyp_job_list_t){0};
    hyp_loop_refuse_jobs(loop, &refused, hyp_conn_on_overload);
}

static void tell_body_trouble(hyp_loop_t *loop)
{
    if (loop->shared.body_trouble == HYP_OK) return;
    hyp_loop_tell(loop, HYP_TROUBLE_BODY, loop->shared.body_trouble);
    loop->shared.body_trouble = HYP_OK;
}

static void submit_jobs(hyp_loop_t *loop)
{
    submit_hits(loop);
    tell_body_trouble(loop);
    if (!loop->jobs.first) return;
    loop->submitted = true;
    loop->submitted_at = loop->clock.now;
    loop->config.host.submit(loop->config.host.ctx, &loop->jobs, loop->clock.now);
    refuse_jobs(loop);
}

static int sooner(int a, int b)
{
    if (a < 0) return b;
    if (b < 0) return a;
    return a < b ? a : b;
}

static int until(hyp_msec_t then, hyp_msec_t now)
{
    if (then <= now) return 0;
    return then - now > INT_MAX ? INT_MAX : (int)(then - now);
}

static int sleep_msec(hyp_loop_t *loop)
{
    hyp_msec_t now = loop->clock.now;
    int msec = hyp_timers_next(&loop->timers, now);
    if (!loop->accepting && loop->accept_again_at > now) msec = sooner(msec, until(loop->accept_again_at, now));
    if (loop->config.by_hand && !loop->draining) msec = sooner(msec, until(loop->listener_check_at, now));
    if (loop->draining) msec = sooner(msec, until(hyp_loop_drain_next(loop), now));
    return msec;
}

/* While answers are about to come, a sleep of a millisecond saves the worker a wake for each; long silence is slept through. */
static hyp_status sleep_and_poll(hyp_loop_t *loop)
{
    bool jobs_wait = loop->config.host.nudge(loop->config.host.ctx, loop->clock.now);
    bool nap = jobs_wait || (loop->in_flight > 0 && loop->clock.now < loop->submitted_at + NAPS_AFTER_SUBMIT);
    int msec = sleep_msec(loop);
    if (nap) msec = sooner(msec, NAP_MSEC);
    tell_log(loop);
    if (!hyp_outbox_sleep(&loop->outbox, nap ? HYP_LOOP_NAPPING : HYP_LOOP_ASLEEP)) msec = 0;
    if (atomic_load(&loop->interrupted)) msec = 0; /* a poll of this tick may have taken its wake */
    hyp_status status = loop->config.backend->poll(loop->backend, msec);
    hyp_outbox_awake(&loop->outbox);
    return status;
}

static hyp_status tick(hyp_loop_t *loop)
{
    hyp_loop_deliver_replies(loop);
    expire_timers(loop);
    hyp_loop_follow_stop(loop);
    watch_listener(loop);
    hyp_loop_refuse_late(loop);
    submit_jobs(loop);
    hyp_conn_pool_reap(&loop->pool);
    hyp_loop_update_accepting(loop);
    if (loop->config.by_hand && loop->submitted) {
        if (loop->config.backend->flush) loop->config.backend->flush(loop->backend);
        return HYP_PENDING;
    }
    if (loop->failure != HYP_OK && !loop->draining) hyp_loop_stop(loop, FAILURE_DEADLINE);
    bool all_gone = loop->pool.open == 0 && !loop->pool.leaving_list;
    return loop->draining && all_gone ? loop->failure : HYP_AGAIN;
}

/* When the caller has done jobs, others have their turn before who was answered asks again. */
static hyp_status resume(hyp_loop_t *loop)
{
    hyp_loop_begin_round(loop);
    if (!loop->submitted) return HYP_OK;
    loop->submitted = false;
    return loop->config.backend->poll(loop->backend, 0);
}

hyp_status hyp_loop_run(hyp_loop_t *loop)
{
    hyp_status status = resume(loop);
    if (status != HYP_OK) return status;
    for (;;) {
        if (atomic_exchange(&loop->interrupted, false)) return HYP_INTERRUPTED;
        status = tick(loop);
        if (status != HYP_AGAIN) return status;
        status = sleep_and_poll(loop);
        if (status != HYP_OK) return status;
    }
}

/* ---- from other threads ---- */

void hyp_loop_interrupt(hyp_loop_t *loop)
{
    atomic_store(&loop->interrupted, true);
    hyp_outbox_wake(&loop->outbox);
}

void hyp_loop_set_collects_hits(hyp_loop_t *loop, bool on)
{
    atomic_store_explicit(&loop->collects_hits, on, memory_order_relaxed);
}

void hyp_loop_set_has_handoff(hyp_loop_t *loop, bool on)
{
    atomic_store_explicit(&loop->has_handoff, on, memory_order_relaxed);
}

void hyp_loop_set_keeps_listener(hyp_loop_t *loop, bool on)
{
    atomic_store_explicit(&loop->keeps_listener, on, memory_order_relaxed);
}

hyp_outbox_t *hyp_loop_outbox(hyp_loop_t *loop)
{
    return &loop->outbox;
}

const hyp_counters_t *hyp_loop_counters(const hyp_loop_t *loop)
{
    return loop->config.counters ? loop->config.counters : &loop->own_counters;
}
