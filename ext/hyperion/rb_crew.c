#include "rb_engine.h"

typedef struct {
    hyp_request_queue_t *queue;
    hyp_msec_t msec;
    bool has_room;
    hyp_status status;
} hyp_rb_await_t;

static void *await_nogvl(void *arg)
{
    hyp_rb_await_t *await = arg;
    await->status = hyp_request_queue_await_shortage(await->queue, await->msec, await->has_room);
    return NULL;
}

static void interrupt_hiring(void *queue)
{
    hyp_request_queue_interrupt_hiring(queue);
}

/* Engine#await_shortage(seconds, room): :short, :quiet once the time is over, nil when the queue is closed. */
static VALUE await_shortage(VALUE self, VALUE seconds, VALUE room)
{
    hyp_rb_await_t await = {.queue = hyp_rb_engine(self)->queue, .has_room = RTEST(room)};
    await.msec = (hyp_msec_t)(NUM2DBL(seconds) * 1000);
    do {
        await.status = HYP_INTERRUPTED;
        hyp_rb_without_gvl(await_nogvl, &await, interrupt_hiring, await.queue);
        if (await.status == HYP_INTERRUPTED) rb_thread_check_ints();
    } while (await.status == HYP_INTERRUPTED);
    RB_GC_GUARD(self);
    if (await.status == HYP_CLOSED) return Qnil;
    return ID2SYM(await.status == HYP_OK ? rb_intern("short") : rb_intern("quiet"));
}

static VALUE nobody_came(VALUE self)
{
    hyp_request_queue_nobody_came(hyp_rb_engine(self)->queue);
    return Qnil;
}

/* Engine#dismiss(most): how many workers that have idled since the last call are to end. */
static VALUE dismiss(VALUE self, VALUE most)
{
    return SIZET2NUM(hyp_request_queue_dismiss(hyp_rb_engine(self)->queue, NUM2SIZET(most)));
}

/* ---- what workers do ---- */

/* Engine#running: [thread, env, seconds] for each request under way. */
static VALUE running(VALUE self)
{
    const hyp_rb_engine_t *engine = hyp_rb_engine(self);
    VALUE list = rb_ary_new();
    hyp_usec_t now = hyp_clock_usec();
    for (const hyp_rb_worker_t *worker = engine->workers; worker != NULL; worker = worker->next) {
        if (NIL_P(worker->env)) continue;
        double seconds = now > worker->began ? (double)(now - worker->began) / 1e6 : 0;
        rb_ary_push(list, rb_ary_new_from_args(3, worker->thread, worker->env, DBL2NUM(seconds)));
    }
    return list;
}

/* ---- garbage ---- */

static uint64_t requests_of_ruby(const hyp_rb_engine_t *engine)
{
    uint64_t sum = 0;
    for (int i = 0; i < engine->loop_count; i++) {
        hyp_loop_t *loop = atomic_load(&engine->loops[i].loop);
        if (loop == NULL) continue;
        const hyp_counters_t *counters = hyp_loop_counters(loop);
        sum += hyp_counter_read(&counters->block_requests) + hyp_counter_read(&counters->app_requests);
    }
    return sum;
}

void hyp_rb_collect_garbage_if_due(hyp_rb_engine_t *engine)
{
    if (engine->gc_every == 0) return;
    uint64_t served = requests_of_ruby(engine);
    if (served < engine->gc_due) return;
    hyp_request_queue_stats_t stats;
    hyp_request_queue_stats(engine->queue, &stats);
    if (stats.length > 0 || stats.idle + 1 < stats.workers) return;
    engine->gc_due += ((served - engine->gc_due) / engine->gc_every + 1) * engine->gc_every;
    engine->gc_count++;
    rb_funcall(rb_mGC, rb_intern("start"), 0); /* which rb_gc_start() is not: it heeds GC.disable */
}

/* Engine#out_of_band_gc=: requests after which garbage is collected once all workers idle; nil: never. */
static VALUE set_out_of_band_gc(VALUE self, VALUE requests)
{
    hyp_rb_engine_t *engine = hyp_rb_engine(self);
    engine->gc_every = NIL_P(requests) ? 0 : NUM2ULL(requests);
    engine->gc_due = requests_of_ruby(engine) + engine->gc_every;
    return requests;
}

void hyp_rb_init_crew(VALUE engine_class)
{
    rb_define_method(engine_class, "await_shortage", await_shortage, 2);
    rb_define_method(engine_class, "nobody_came", nobody_came, 0);
    rb_define_method(engine_class, "dismiss", dismiss, 1);
    rb_define_method(engine_class, "running", running, 0);
    rb_define_method(engine_class, "out_of_band_gc=", set_out_of_band_gc, 1);
}
