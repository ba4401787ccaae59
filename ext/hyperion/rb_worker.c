#include "rb_engine.h"

#define TURN 2 /* milliseconds after which a worker lets others run, when nothing tells whether some wait */

static ID id_call;

/* ---- calling Ruby ---- */

/* Not what a worker thread should die of, but in the thread that runs a loop by hand, meant for who runs it. */
static bool ends_the_thread(const hyp_rb_engine_t *engine, VALUE error)
{
    if (!engine->by_hand) return false;
    return rb_obj_is_kind_of(error, rb_eSignal) || rb_obj_is_kind_of(error, rb_eSystemExit);
}

int hyp_rb_protect(const hyp_rb_engine_t *engine, VALUE (*function)(VALUE), VALUE arg, VALUE *error)
{
    VALUE before = rb_errinfo(); /* of a rescue around the engine */
    int state = 0;
    *error = Qnil;
    rb_protect(function, arg, &state);
    if (state == 0) return 0;
    VALUE raised = rb_errinfo();
    if (!hyp_rb_is_exception(raised) || ends_the_thread(engine, raised)) return state;
    rb_set_errinfo(hyp_rb_is_exception(before) ? before : Qnil);
    *error = raised;
    return 0;
}

typedef struct {
    VALUE reporter;
    VALUE error;
    VALUE env;
} hyp_rb_report_t;

static VALUE call_reporter(VALUE arg)
{
    const hyp_rb_report_t *report = (const hyp_rb_report_t *)arg;
    return rb_funcall(report->reporter, id_call, 2, report->error, report->env);
}

int hyp_rb_report(hyp_rb_engine_t *engine, VALUE error, VALUE env)
{
    if (NIL_P(engine->error_reporter) || rb_obj_is_kind_of(error, hyp_rb_eDisconnected)) return 0;
    hyp_rb_report_t report = {engine->error_reporter, error, env};
    VALUE ignored;
    return hyp_rb_protect(engine, call_reporter, (VALUE)&report, &ignored);
}

typedef struct {
    VALUE callable;
    hyp_method method;
    hyp_slice_t name;
    hyp_slice_t path;
} hyp_rb_hook_t;

static VALUE call_hook(VALUE arg)
{
    const hyp_rb_hook_t *hook = (const hyp_rb_hook_t *)arg;
    VALUE path = rb_str_new(hook->path.ptr, (long)hook->path.len);
    VALUE arguments[] = {hyp_rb_method_string(hook->method, hook->name), path};
    return rb_funcallv(hook->callable, id_call, 2, arguments);
}

int hyp_rb_call_hook(hyp_rb_engine_t *engine, hyp_method method, hyp_slice_t name, hyp_slice_t path)
{
    hyp_rb_hook_t hook = {engine->lifecycle_callback, method, name, path};
    VALUE ignored;
    return hyp_rb_protect(engine, call_hook, (VALUE)&hook, &ignored);
}

/* ---- jobs ---- */

static int run_hits(hyp_rb_engine_t *engine, hyp_hits_t *hits)
{
    int state = 0;
    size_t cursor = 0;
    hyp_method method;
    hyp_slice_t path;
    while (state == 0 && !NIL_P(engine->lifecycle_callback) && hyp_hits_next(hits, &cursor, &method, &path)) {
        state = hyp_rb_call_hook(engine, method, hyp_method_name(method), path);
    }
    hyp_hits_destroy(hits);
    return state;
}

typedef struct {
    hyp_rb_engine_t *engine;
    hyp_handoff_t *handoff;
} hyp_rb_giving_t;

/* The callable owns the descriptor from the call on, also when it raises: whether it is closed by then, or given on,
 * or the number given out anew, only the callable can know. */
static VALUE give_away(VALUE arg)
{
    hyp_rb_giving_t *giving = (hyp_rb_giving_t *)arg;
    hyp_handoff_t *handoff = giving->handoff;
    VALUE partial = handoff->len > 0 ? rb_str_new(handoff->partial, handoff->len) : Qnil;
    VALUE arguments[] = {INT2NUM(handoff->fd), partial};
    handoff->fd = -1;
    return rb_funcallv(giving->engine->handoff_callback, id_call, 2, arguments);
}

/* Without a callback, perhaps taken away meanwhile, the connection is closed with its job. */
static int run_handoff(hyp_rb_engine_t *engine, hyp_handoff_t *handoff)
{
    int state = 0;
    VALUE error = Qnil;
    hyp_rb_giving_t giving = {engine, handoff};
    if (!NIL_P(engine->handoff_callback)) state = hyp_rb_protect(engine, give_away, (VALUE)&giving, &error);
    hyp_handoff_destroy(handoff);
    if (state == 0 && !NIL_P(error)) state = hyp_rb_report(engine, error, Qnil);
    return state;
}

typedef struct {
    VALUE reporter;
    const hyp_trouble_t *trouble;
} hyp_rb_telling_t;

static VALUE call_trouble_reporter(VALUE arg)
{
    const hyp_rb_telling_t *telling = (const hyp_rb_telling_t *)arg;
    VALUE what = rb_str_new_cstr(telling->trouble->what);
    return rb_funcall(telling->reporter, id_call, 2, what, hyp_rb_exception(telling->trouble->status));
}

static int run_trouble(hyp_rb_engine_t *engine, hyp_trouble_t *trouble)
{
    hyp_rb_telling_t telling = {engine->trouble_reporter, trouble};
    VALUE ignored;
    int state = 0;
    if (!NIL_P(telling.reporter)) state = hyp_rb_protect(engine, call_trouble_reporter, (VALUE)&telling, &ignored);
    hyp_trouble_destroy(trouble);
    return state;
}

/* Ends the job in any case. The answer is as hyp_rb_protect's. */
static int run_job(hyp_rb_worker_t *worker, hyp_job_t *job)
{
    switch ((hyp_job_kind)job->kind) {
    case HYP_JOB_REQUEST:
        return hyp_rb_serve(worker, (hyp_request_t *)(void *)job);
    case HYP_JOB_HITS:
        return run_hits(worker->engine, (hyp_hits_t *)(void *)job);
    case HYP_JOB_HANDOFF:
        return run_handoff(worker->engine, (hyp_handoff_t *)(void *)job);
    case HYP_JOB_TROUBLE:
        return run_trouble(worker->engine, (hyp_trouble_t *)(void *)job);
    }
    return 0;
}

/* ---- from job to job ---- */

void hyp_rb_worker_init(hyp_rb_worker_t *worker, hyp_rb_engine_t *engine)
{
    *worker =
        (hyp_rb_worker_t){.engine = engine, .second = -1, .desk = Qnil, .env = Qnil, .claim = Qnil, .input = Qnil};
    worker->line.engine = engine;
    hyp_worker_init(&worker->worker);
    worker->turn_start = hyp_clock_now();
}

void hyp_rb_worker_free(hyp_rb_worker_t *worker)
{
    if (!NIL_P(worker->desk)) hyp_rb_desk_leave(worker->desk);
    hyp_worker_free(&worker->worker);
    hyp_buf_free(&worker->scratch);
}

void hyp_rb_worker_join(hyp_rb_worker_t *worker)
{
    hyp_rb_engine_t *engine = worker->engine;
    worker->thread = rb_thread_current();
    worker->prev = NULL;
    worker->next = engine->workers;
    if (worker->next != NULL) worker->next->prev = worker;
    engine->workers = worker;
}

/* In a forked child the others have gone with their threads. */
void hyp_rb_worker_part(hyp_rb_worker_t *worker)
{
    if (hyp_rb_engine_is_inherited(worker->engine)) return;
    if (worker->prev != NULL) worker->prev->next = worker->next;
    else worker->engine->workers = worker->next;
    if (worker->next != NULL) worker->next->prev = worker->prev;
}

void hyp_rb_worker_let_go(hyp_rb_worker_t *worker)
{
    hyp_reply_t *replies = hyp_request_queue_take_back(worker->engine->queue);
    if (replies) hyp_rb_let_go_all(&worker->engine->holds, replies);
}

/* A worker that went on and on would keep the GVL for Ruby's whole quantum, while another's answer from a database
 * waits for it. */
static bool is_others_turn(const hyp_rb_worker_t *worker)
{
    if (hyp_rb_gvl_counts_waiters()) return hyp_rb_gvl_waiters() > 0;
    return hyp_clock_now() >= worker->turn_start + TURN;
}

void hyp_rb_worker_let_others_run(hyp_rb_worker_t *worker)
{
    if (!is_others_turn(worker)) return;
    hyp_rb_worker_flush(worker, true);
    hyp_rb_gvl_yield();
    worker->turn_start = hyp_clock_now();
}

void hyp_rb_worker_run(hyp_rb_worker_t *worker, hyp_job_t *job)
{
    int state = run_job(worker, job);
    hyp_rb_worker_flush(worker, false);
    hyp_rb_worker_let_go(worker);
    if (state != 0) rb_jump_tag(state);
    rb_thread_check_ints();
}

void hyp_rb_worker_run_pending(hyp_rb_worker_t *worker)
{
    hyp_job_t *job;
    while ((job = hyp_request_queue_take(worker->engine->queue, &worker->worker)) != NULL)
        hyp_rb_worker_run(worker, job);
}

typedef struct {
    hyp_rb_worker_t *worker;
    hyp_status status;
} hyp_rb_idling_t;

static bool idle_nogvl(void *arg)
{
    hyp_rb_idling_t *idling = arg;
    idling->status = hyp_request_queue_wait(idling->worker->engine->queue, &idling->worker->worker);
    return idling->status == HYP_OK;
}

static void interrupt_worker(void *arg)
{
    hyp_rb_worker_t *worker = arg;
    hyp_request_queue_interrupt(worker->engine->queue, &worker->worker);
}

/* False when no more jobs will come, or none for this worker. */
static bool idle(hyp_rb_worker_t *worker)
{
    hyp_rb_idling_t idling = {worker, HYP_INTERRUPTED};
    hyp_rb_worker_flush(worker, true);
    hyp_rb_worker_let_go(worker);
    if (hyp_request_queue_length(worker->engine->queue) > 0) return true; /* that of who has been answered just now */
    hyp_rb_collect_garbage_if_due(worker->engine);
    hyp_rb_without_gvl_idle(idle_nogvl, &idling, interrupt_worker, worker);
    if (idling.status == HYP_CLOSED || idling.status == HYP_END) return false;
    worker->turn_start = hyp_clock_now();
    rb_thread_check_ints();
    return true;
}

static void flush_now_nogvl(void *worker)
{
    hyp_rb_worker_flush(worker, true);
}

static VALUE work(VALUE arg)
{
    hyp_rb_worker_t *worker = (hyp_rb_worker_t *)arg;
    hyp_rb_gvl_worker(worker->engine->queue, &worker->worker, flush_now_nogvl, worker);
    hyp_count(&worker->engine->counters->threads, 1);
    do {
        hyp_job_t *job;
        while ((job = hyp_request_queue_take(worker->engine->queue, &worker->worker)) != NULL) {
            hyp_rb_worker_run(worker, job);
            hyp_rb_worker_let_others_run(worker);
        }
    } while (idle(worker));
    return Qnil;
}

static VALUE stop_working(VALUE arg)
{
    hyp_rb_worker_t *worker = (hyp_rb_worker_t *)arg;
    hyp_rb_gvl_worker(NULL, NULL, NULL, NULL);
    hyp_count(&worker->engine->counters->threads, (uint64_t)-1);
    hyp_rb_worker_flush(worker, true);
    hyp_request_queue_leave(worker->engine->queue, &worker->worker);
    hyp_rb_worker_part(worker);
    hyp_rb_worker_free(worker);
    return Qnil;
}

VALUE hyp_rb_engine_run_worker(VALUE self)
{
    hyp_rb_engine_t *engine = hyp_rb_engine(self);
    if (engine->by_hand) rb_raise(hyp_rb_eError, "an engine run by hand has no workers");
    hyp_rb_engine_own(engine);

    hyp_rb_worker_t worker;
    hyp_rb_worker_init(&worker, engine);
    hyp_rb_worker_join(&worker);
    hyp_request_queue_enter(engine->queue);
    rb_ensure(work, (VALUE)&worker, stop_working, (VALUE)&worker);
    RB_GC_GUARD(self);
    return ID2SYM(rb_intern("closed"));
}

void hyp_rb_init_worker(void)
{
    id_call = rb_intern("call");
}
