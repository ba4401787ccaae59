#include "rb_engine.h"

#include <ruby/version.h>

/* One run of a loop; on the stack of the thread that runs it. */
typedef struct {
    hyp_rb_engine_t *engine;
    hyp_rb_loop_t *place;
    hyp_loop_t *loop;
    hyp_status status;
    hyp_rb_worker_t worker; /* of a loop run by hand, which has no other */
    VALUE lookout;          /* Thread or nil */
} hyp_rb_run_t;

/* ---- what the loop asks for: on its thread, without the GVL ---- */

static void submit_nogvl(void *ctx, hyp_job_list_t *jobs, hyp_msec_t now)
{
    hyp_rb_engine_t *engine = ctx;
    hyp_request_queue_push(engine->queue, jobs, now);
}

static void give_back_nogvl(void *ctx, hyp_reply_t *reply)
{
    hyp_rb_engine_t *engine = ctx;
    hyp_request_queue_give_back(engine->queue, reply);
}

static bool nudge_nogvl(void *ctx, hyp_msec_t now)
{
    hyp_rb_engine_t *engine = ctx;
    hyp_queue_state state = hyp_request_queue_nudge(engine->queue, now);
    bool jobs_wait = state != HYP_QUEUE_EMPTY;
    atomic_store_explicit(&engine->counters->queued, jobs_wait ? hyp_request_queue_length(engine->queue) : 0,
                          memory_order_relaxed);
    if (state == HYP_QUEUE_STUCK && hyp_rb_gvl_can_ask_back()) hyp_errand_ask(&engine->asking);
    return jobs_wait;
}

static void recall_nogvl(void *ctx, uint16_t loop, hyp_msec_t before, hyp_job_list_t *late)
{
    hyp_rb_engine_t *engine = ctx;
    hyp_request_queue_recall(engine->queue, loop, before, late);
}

/* Workers are asked for through their queue alone: one that was taken from it is being served. */
static hyp_verdict health_nogvl(void *ctx, hyp_msec_t now)
{
    const hyp_rb_engine_t *engine = ctx;
    hyp_msec_t waiting_since = hyp_request_queue_waiting_since(engine->queue);
    return hyp_rb_health_judge(engine->health_state, waiting_since, now);
}

/* ---- making ---- */

static hyp_loop_config_t config_for(hyp_rb_engine_t *engine, uint16_t number, int listener_fd)
{
    hyp_loop_config_t config = {
        .backend = engine->backend,
        .listener_fd = listener_fd,
        .number = number,
        .shared_listener = engine->shared_listener,
        .by_hand = engine->by_hand,
        .ends_listener = !engine->by_hand,
        .has_application = !NIL_P(engine->app),
        .limits = engine->limits,
        .trusted_proxies = hyp_rb_networks(engine->trusted_proxies),
        .proxy_protocol = hyp_rb_networks(engine->proxy_protocol),
        .host = {.ctx = engine,
                 .submit = submit_nogvl,
                 .give_back = give_back_nogvl,
                 .nudge = nudge_nogvl,
                 .recall = recall_nogvl},
    };
    if (engine->log) {
        config.log = engine->log;
        config.log_ring = hyp_rb_access_log_ring_of_loop(engine->access_log, number);
    }
    if (engine->board) {
        hyp_tally_t *tally = hyp_scoreboard_tally(engine->board, engine->slot, number);
        config.counters = &tally->counters;
        config.route_counters = tally->routes;
        config.counted_set = engine->counted_set;
    }
    if (engine->health_state != NULL) config.host.health = health_nogvl;
    for (long i = 0; i < RARRAY_LEN(engine->routes); i++) {
        config.routes[i] = hyp_rb_route_set(RARRAY_AREF(engine->routes, i));
    }
    return config;
}

/* From the moment it is in its place, stop and the callbacks' setters reach the loop; what they said before is told
 * here. */
static hyp_loop_t *make_loop(hyp_rb_engine_t *engine, hyp_rb_loop_t *place, int listener_fd)
{
    hyp_loop_config_t config = config_for(engine, (uint16_t)(place - engine->loops), listener_fd);
    hyp_loop_t *loop;
    hyp_rb_check(hyp_loop_new(&loop, &config), "making a loop");
    place->requests_before = hyp_rb_loop_requests(hyp_loop_counters(loop));
    hyp_rb_engine_tell(engine, loop);
    if (engine->patience > 0) hyp_loop_retire(loop, engine->patience, engine->stop_deadline);
    else if (engine->stopping) hyp_loop_stop(loop, engine->stop_deadline);
    atomic_store(&place->loop, loop);
    return loop;
}

/* ---- signals ---- */

#if RUBY_API_VERSION_CODE < 30300
#define LOOKOUT_USEC 200000

static VALUE look_out(void *unused)
{
    (void)unused;
    for (;;)
        rb_thread_wait_for((struct timeval){.tv_usec = LOOKOUT_USEC});
}

/* Before 3.3 a signal is only noticed by a thread that sleeps in Ruby itself. When the main thread runs a loop, and
 * so does not, some other must; it wakes now and then because only who falls asleep looks whether that is its part. */
static VALUE post_lookout(void)
{
    return rb_thread_current() == rb_thread_main() ? rb_thread_create(look_out, NULL) : Qnil;
}
#else
static VALUE post_lookout(void)
{
    return Qnil;
}
#endif

/* ---- running ---- */

static void *run_nogvl(void *arg)
{
    hyp_rb_run_t *run = arg;
    run->status = hyp_loop_run(run->loop);
    return NULL;
}

static void interrupt_loop(void *arg)
{
    hyp_loop_interrupt(arg);
}

static VALUE call_refusal_reporter(VALUE arg)
{
    const hyp_rb_run_t *run = (const hyp_rb_run_t *)arg;
    return rb_funcall(run->engine->refusal_reporter, rb_intern("call"), 1, INT2FIX(-hyp_loop_refusal(run->loop)));
}

/* The loops that begin later do not try again, so it is told once. */
static void tell_refusal(hyp_rb_run_t *run)
{
    hyp_rb_engine_t *engine = run->engine;
    VALUE ignored;
    if (hyp_loop_refusal(run->loop) == HYP_OK) return;
    engine->backend = hyp_backend_default();
    if (NIL_P(engine->refusal_reporter)) return;
    int state = hyp_rb_protect(engine, call_refusal_reporter, (VALUE)run, &ignored);
    if (state != 0) rb_jump_tag(state);
}

static VALUE run_to_the_end(VALUE arg)
{
    hyp_rb_run_t *run = (hyp_rb_run_t *)arg;
    run->status = hyp_loop_open(run->loop);
    if (run->status != HYP_OK) return Qnil;
    tell_refusal(run);
    run->lookout = post_lookout();
    for (;;) {
        run->status = HYP_INTERRUPTED;
        hyp_rb_without_gvl(run_nogvl, run, interrupt_loop, run->loop);
        if (run->status == HYP_INTERRUPTED) rb_thread_check_ints();
        else if (run->status == HYP_PENDING) hyp_rb_worker_run_pending(&run->worker);
        else break;
    }
    if (run->engine->by_hand) hyp_rb_worker_run_pending(&run->worker);
    return Qnil;
}

/* ---- ending ---- */

static void destroy_jobs(hyp_rb_run_t *run)
{
    hyp_job_t *job;
    while ((job = hyp_request_queue_take(run->engine->queue, &run->worker.worker)) != NULL)
        hyp_job_destroy(job);
}

/* With the GVL, which every worker has too when it answers: after this, none pushes to the loop any more. */
static VALUE close_loop(VALUE arg)
{
    hyp_rb_run_t *run = (hyp_rb_run_t *)arg;
    hyp_rb_engine_t *engine = run->engine;
    if (!NIL_P(run->lookout)) rb_thread_kill(run->lookout);
    hyp_loop_close(run->loop);
    run->place->closed = true;
    if (engine->by_hand) {
        destroy_jobs(run);
        hyp_rb_let_go_all(&engine->holds, hyp_request_queue_take_back(engine->queue));
    }
    hyp_rb_worker_free(&run->worker);
    return Qnil;
}

static hyp_rb_loop_t *free_place(hyp_rb_engine_t *engine, VALUE index)
{
    int number = NUM2INT(index);
    if (number < 0 || number >= engine->loop_count) {
        rb_raise(rb_eArgError, "loop must be 0 to %d, not %d", engine->loop_count - 1, number);
    }
    hyp_rb_loop_t *place = &engine->loops[number];
    if (atomic_load(&place->loop) != NULL) rb_raise(hyp_rb_eError, "loop %d has been run already", number);
    return place;
}

VALUE hyp_rb_engine_run_loop(VALUE self, VALUE index, VALUE listener_fd)
{
    hyp_rb_engine_t *engine = hyp_rb_engine(self);
    int fd = NUM2INT(listener_fd);
    if (fd < 0) rb_raise(rb_eArgError, "descriptor must not be negative, but is %d", fd);
    hyp_rb_loop_t *place = free_place(engine, index);
    hyp_rb_engine_own(engine);

    hyp_rb_run_t run = {.engine = engine, .place = place, .loop = make_loop(engine, place, fd), .lookout = Qnil};
    hyp_rb_worker_init(&run.worker, engine);
    rb_ensure(run_to_the_end, (VALUE)&run, close_loop, (VALUE)&run);
    RB_GC_GUARD(self);
    /* Whose listener another loop has ended for the stop that both were asked for has not crashed. */
    bool stopped = run.status == HYP_OK || engine->stopping;
    if (engine->by_hand && hyp_loop_refusal(run.loop) != HYP_OK) return ID2SYM(rb_intern("unavailable"));
    return ID2SYM(stopped ? rb_intern("stopped") : rb_intern("crashed"));
}
