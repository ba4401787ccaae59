#include "rb_engine.h"

#include <time.h>

#include "core/route_counters.h"

#define SCRATCH_BYTES 65536 /* storage for a head that is kept from request to request */

#ifdef CLOCK_REALTIME_COARSE
#define DATE_CLOCK CLOCK_REALTIME_COARSE
#else
#define DATE_CLOCK CLOCK_REALTIME
#endif

static ID id_call;
static VALUE key_input;

/* ---- answering ---- */

void hyp_rb_worker_emit(void *ctx, hyp_reply_t *reply)
{
    hyp_rb_worker_t *worker = ctx;
    worker->line.emitted = true;
    if (hyp_rb_line_push(&worker->line, reply)) worker->unflushed |= UINT64_C(1) << worker->line.to.loop;
}

void hyp_rb_worker_flush(hyp_rb_worker_t *worker, bool now)
{
    for (uint64_t left = worker->unflushed; left != 0; left &= left - 1) {
        hyp_rb_loop_t *place = &worker->engine->loops[__builtin_ctzll(left)];
        hyp_outbox_flush(hyp_loop_outbox(atomic_load_explicit(&place->loop, memory_order_relaxed)), now);
    }
    if (now) worker->unflushed = 0;
}

static void flow(void *ctx)
{
    hyp_rb_worker_t *worker = ctx;
    if (worker->engine->by_hand) return;
    hyp_rb_worker_flush(worker, false);
    hyp_rb_line_wait(&worker->line);
}

static VALUE hijack(void *ctx)
{
    hyp_rb_worker_t *worker = ctx;
    if (worker->engine->by_hand) rb_raise(hyp_rb_eUnsupported, "a loop run by hand cannot be hijacked from");
    return hyp_rb_hijack(&worker->line);
}

/* ---- answering beyond the worker's turn ---- */

static void emit_kept(void *ctx, hyp_reply_t *reply)
{
    hyp_rb_line_t *line = ctx;
    if (hyp_rb_line_push(line, reply)) hyp_rb_line_flush(line);
}

static void flow_kept(void *ctx)
{
    hyp_rb_line_wait(ctx);
}

/* The body's file goes with whoever reads on. */
static VALUE keep(void *ctx, hyp_rb_responder_t *kept)
{
    hyp_rb_worker_t *worker = ctx;
    VALUE line = hyp_rb_line_keep(&worker->line);
    kept->ctx = hyp_rb_line(line);
    kept->emit = emit_kept;
    kept->flow = flow_kept;
    worker->input_in_file = false;
    return line;
}

static void refresh_date(hyp_rb_worker_t *worker)
{
    struct timespec now;
    clock_gettime(DATE_CLOCK, &now);
    if (now.tv_sec == worker->second) return;
    worker->second = now.tv_sec;
    hyp_clock_render(now.tv_sec, worker->date);
}

static hyp_rb_responder_t responder_for(hyp_rb_worker_t *worker, const hyp_request_t *request)
{
    return (hyp_rb_responder_t){
        .ctx = worker,
        .emit = hyp_rb_worker_emit,
        .flow = flow,
        .hijack = hijack,
        .keep = keep,
        .holds = &worker->engine->holds,
        .scratch = &worker->scratch,
        .minor = request->minor,
        .head_only = request->method == HYP_METHOD_HEAD,
        .keep_alive = request->keep_alive,
        .date = worker->date,
        .input = Qnil,
        .protocols = Qnil,
    };
}

/* ---- a request ---- */

typedef struct {
    hyp_rb_worker_t *worker;
    hyp_request_t *request;
    hyp_rb_responder_t responder;
    VALUE triple; /* nil until the handler has answered */
    VALUE error;  /* nil, or why the answer failed */
} hyp_rb_serving_t;

/* The body moves into the input only after the env was built, which tells its length. */
VALUE hyp_rb_request_env(const hyp_rb_env_base_t *base, hyp_request_t *request, VALUE *input, hyp_rb_own_t *own)
{
    VALUE env = hyp_rb_env_build(base, request, own);
    *input = hyp_rb_input_new(request);
    if (!NIL_P(*input)) rb_hash_aset(env, key_input, *input);
    return env;
}

static void make_claim(hyp_rb_worker_t *worker)
{
    if (!worker->engine->has_hijack && !worker->engine->has_hints) return;
    if (NIL_P(worker->desk)) worker->desk = hyp_rb_desk_new(worker);
    worker->claim = hyp_rb_claim_new(worker->desk);
}

static VALUE build_env(hyp_rb_worker_t *worker, hyp_request_t *request)
{
    const hyp_rb_engine_t *engine = worker->engine;
    worker->input_in_file = request->body.fd >= 0;
    make_claim(worker);
    worker->own.hijack = engine->has_hijack ? worker->claim : Qnil;
    worker->own.hints = engine->has_hints ? worker->claim : Qnil;
    worker->env = hyp_rb_request_env(&engine->env_base, request, &worker->input, &worker->own);
    return worker->env;
}

static VALUE call_handler(hyp_rb_engine_t *engine, VALUE handler, VALUE env)
{
    if (!engine->lifecycle_active || NIL_P(engine->observer)) return rb_funcallv(handler, id_call, 1, &env);
    VALUE arguments[] = {handler, env};
    return rb_funcallv(engine->observer, id_call, 2, arguments);
}

/* The answer of an application that has taken its connection says nothing any more; but a body may wait for its close. */
static VALUE close_ignored(VALUE triple)
{
    VALUE body = RB_TYPE_P(triple, T_ARRAY) ? rb_ary_entry(triple, 2) : Qnil;
    if (rb_respond_to(body, rb_intern("close"))) rb_funcall(body, rb_intern("close"), 0);
    return Qnil;
}

/* Puma's way to say that another thread will take the connection: status -1, and nothing else. */
static bool is_deferred(const hyp_rb_worker_t *worker, VALUE triple)
{
    if (!worker->engine->has_hijack || !RB_TYPE_P(triple, T_ARRAY) || RARRAY_LEN(triple) != 3) return false;
    return RARRAY_AREF(triple, 0) == INT2FIX(-1);
}

static VALUE defer(hyp_rb_worker_t *worker, VALUE triple)
{
    hyp_rb_claim_keep(worker->claim, worker->env, hyp_rb_line_keep(&worker->line));
    return close_ignored(triple);
}

/* Who asked has given up by now, or soon will: to serve it would only make others wait. */
static bool has_waited_too_long(hyp_rb_worker_t *worker, hyp_request_t *request)
{
    hyp_rb_engine_t *engine = worker->engine;
    worker->began = hyp_clock_usec();
    hyp_request_queue_went_on(engine->queue, worker->began / 1000);
    hyp_usec_t waited = worker->began - request->asked_at;
    request->waited = waited / 1000;
    worker->line.waited = (uint32_t)request->waited;
    engine->waited += request->waited;
    hyp_count_waited(engine->counters, engine->route_counters, engine->counted_set, request->route, waited);
    atomic_store_explicit(&engine->counters->queued, hyp_request_queue_length(engine->queue), memory_order_relaxed);
    if (engine->limits.queue_timeout == 0 || request->waited <= engine->limits.queue_timeout) return false;
    hyp_count(&engine->counters->queue_timeouts, 1);
    return true;
}

static VALUE serve(VALUE arg)
{
    hyp_rb_serving_t *serving = (hyp_rb_serving_t *)arg;
    hyp_rb_engine_t *engine = serving->worker->engine;
    if (has_waited_too_long(serving->worker, serving->request)) {
        hyp_rb_respond_error(&serving->responder, HYP_REFUSE_OVERLOAD);
        return Qnil;
    }
    const hyp_route_t *route = serving->request->route;
    VALUE env = build_env(serving->worker, serving->request);
    VALUE triple = serving->triple = call_handler(engine, route ? (VALUE)route->handler : engine->app, env);
    if (serving->worker->line.taken) return close_ignored(triple);
    if (is_deferred(serving->worker, triple)) return defer(serving->worker, triple);
    bool emitted;
    serving->responder.input = serving->worker->input;
    serving->responder.protocols = hyp_rb_env_protocols(env, serving->request);
    /* When a drain has begun meanwhile, this answer is the last. */
    serving->responder.keep_alive &= !engine->stopping;
    hyp_rb_respond(&serving->responder, triple, &emitted);
    return Qnil;
}

/* What can still be told of a request that has failed. */
static VALUE answer_failure(VALUE arg)
{
    hyp_rb_serving_t *serving = (hyp_rb_serving_t *)arg;
    hyp_buf_clear(serving->responder.scratch);
    if (serving->worker->line.answered) return Qnil;
    if (serving->worker->line.emitted) hyp_rb_respond_abort(&serving->responder);
    else hyp_rb_respond_error(&serving->responder, HYP_REFUSE_FAILURE);
    return Qnil;
}

static VALUE close_input(VALUE input)
{
    return rb_funcall(input, rb_intern("close"), 0);
}

static bool has_afterwards(const hyp_rb_worker_t *worker)
{
    return !NIL_P(worker->env) && (RARRAY_LEN(worker->own.finished) > 0 || RARRAY_LEN(worker->own.after_reply) > 0);
}

static VALUE call_afterwards(VALUE arg)
{
    const hyp_rb_serving_t *serving = (const hyp_rb_serving_t *)arg;
    const hyp_rb_worker_t *worker = serving->worker;
    return rb_funcall(rb_path2class("Hyperion::Afterwards"), id_call, 4, worker->env, serving->triple, serving->error,
                      worker->engine->error_reporter);
}

/* The answer is on its way before anything is called. */
static int run_afterwards(hyp_rb_serving_t *serving)
{
    VALUE ignored;
    if (!has_afterwards(serving->worker)) return 0;
    hyp_rb_worker_flush(serving->worker, true);
    return hyp_rb_protect(serving->worker->engine, call_afterwards, (VALUE)serving, &ignored);
}

static VALUE call_cleaner(VALUE cleaner)
{
    return rb_funcall(cleaner, id_call, 0);
}

static int clean(hyp_rb_engine_t *engine)
{
    VALUE ignored;
    return hyp_rb_protect(engine, call_cleaner, engine->cleaner, &ignored);
}

/* A body's file goes with its request; one in memory may wait for the garbage collector. */
static void tidy(hyp_rb_worker_t *worker)
{
    VALUE ignored;
    if (worker->input_in_file && !NIL_P(worker->input))
        hyp_rb_protect(worker->engine, close_input, worker->input, &ignored);
    hyp_rb_line_end(&worker->line);
    worker->env = worker->claim = worker->input = Qnil;
    worker->own = (hyp_rb_own_t){Qnil, Qnil, Qnil, Qnil};
    worker->responder = NULL;
    if (worker->scratch.cap > SCRATCH_BYTES) hyp_buf_free(&worker->scratch);
}

/* ---- the whole ---- */

/* Where an observer is around the call itself, it calls the hooks. */
static int tell_hook(hyp_rb_engine_t *engine, const hyp_request_t *request)
{
    if (!engine->lifecycle_active || !NIL_P(engine->observer) || NIL_P(engine->lifecycle_callback)) return 0;
    hyp_slice_t path = request->path.len > 0 ? hyp_span_in(request->bytes, request->path) : HYP_SLICE("/");
    hyp_slice_t name = hyp_span_in(request->bytes, request->method_name);
    return hyp_rb_call_hook(engine, (hyp_method)request->method, name, path);
}

/* While a kill or a throw is under way nothing is called that could take its place. */
int hyp_rb_serve(hyp_rb_worker_t *worker, hyp_request_t *request)
{
    hyp_counters_t *counters = worker->engine->counters;
    hyp_count(&counters->busy_threads, 1);
    hyp_rb_serving_t serving = {worker, request, responder_for(worker, request), Qnil, Qnil};
    refresh_date(worker);
    worker->line.to = request->from;
    worker->line.emitted = worker->line.answered = worker->line.taken = worker->input_in_file = false;
    worker->responder = &serving.responder;

    VALUE error, ignored;
    int state = hyp_rb_protect(worker->engine, serve, (VALUE)&serving, &error);
    bool failed = state != 0 || !NIL_P(error);
    if (failed) {
        int failure = hyp_rb_protect(worker->engine, answer_failure, (VALUE)&serving, &ignored);
        if (state == 0) state = failure;
    }
    if (state == 0 && failed) state = hyp_rb_report(worker->engine, error, worker->env);
    if (state == 0) state = tell_hook(worker->engine, request);
    serving.error = error;
    if (state == 0) state = run_afterwards(&serving);
    if (state == 0 && !NIL_P(worker->engine->cleaner)) state = clean(worker->engine);
    tidy(worker);
    hyp_request_destroy(request);
    if (!worker->line.abandoned) hyp_count(&counters->busy_threads, (uint64_t)-1);
    return state;
}

void hyp_rb_serve_abandoned(hyp_rb_worker_t *worker, const hyp_request_t *request)
{
    VALUE ignored;
    hyp_buf_t scratch = {0};
    hyp_rb_serving_t serving = {worker, NULL, responder_for(worker, request), Qnil, Qnil};
    serving.responder.scratch = &scratch;
    hyp_rb_protect(worker->engine, answer_failure, (VALUE)&serving, &ignored);
    hyp_buf_free(&scratch);
    worker->line.abandoned = true;
    if (worker->line.flow) hyp_flow_abandon(worker->line.flow);
}

void hyp_rb_init_serve(void)
{
    id_call = rb_intern("call");
    key_input = rb_enc_interned_str("rack.input", 10, rb_utf8_encoding());
    rb_gc_register_mark_object(key_input);
}
