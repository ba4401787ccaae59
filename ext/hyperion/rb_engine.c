#include "rb_engine.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- the object ---- */

static void mark_engine(void *ptr)
{
    hyp_rb_engine_t *engine = ptr;
    rb_gc_mark(engine->app);
    rb_gc_mark(engine->routes);
    rb_gc_mark(engine->env_base.template);
    rb_gc_mark(engine->env_base.shapes);
    rb_gc_mark(engine->lifecycle_callback);
    rb_gc_mark(engine->handoff_callback);
    rb_gc_mark(engine->observer);
    rb_gc_mark(engine->error_reporter);
    rb_gc_mark(engine->trouble_reporter);
    rb_gc_mark(engine->refusal_reporter);
    rb_gc_mark(engine->health);
    rb_gc_mark(engine->trusted_proxies);
    rb_gc_mark(engine->proxy_protocol);
    rb_gc_mark(engine->access_log);
    rb_gc_mark(engine->cleaner);
    hyp_rb_holds_mark(&engine->holds);
}

static void end_loops(hyp_rb_engine_t *engine, void (*end)(hyp_loop_t *))
{
    for (int i = 0; i < engine->loop_count; i++) {
        hyp_loop_t *loop = atomic_load(&engine->loops[i].loop);
        if (loop != NULL) end(loop);
    }
}

/* The queue comes last: a loop that ends gives back what it has not sent. */
static void free_parts(hyp_rb_engine_t *engine)
{
    end_loops(engine, hyp_loop_destroy);
    hyp_errand_free(&engine->asking);
    hyp_rb_let_go_all(&engine->holds, hyp_request_queue_take_back(engine->queue));
    hyp_request_queue_destroy(engine->queue);
}

/* A forked child leaves the queue alone, jobs and all: another thread of the parent may have held its lock, and the
 * descriptors of its jobs may have been closed and given out anew. */
static void free_engine(void *ptr)
{
    hyp_rb_engine_t *engine = ptr;
    if (engine->queue != NULL) {
        hyp_rb_engines_leave(engine);
        if (hyp_rb_engine_is_inherited(engine)) end_loops(engine, hyp_loop_forget);
        else free_parts(engine);
    }
    hyp_rb_lines_cut(&engine->lines);
    hyp_rb_holds_free(&engine->holds);
    if (engine->board) hyp_scoreboard_release_reference(engine->board);
    if (engine->log) hyp_access_log_release(engine->log);
    free(engine);
}

static size_t engine_size(const void *ptr)
{
    const hyp_rb_engine_t *engine = ptr;
    return sizeof *engine + engine->holds.count * sizeof(hyp_rb_hold_t);
}

static const rb_data_type_t engine_type = {
    .wrap_struct_name = "Hyperion::Engine",
    .function = {.dmark = mark_engine, .dfree = free_engine, .dsize = engine_size},
    .flags = RUBY_TYPED_FREE_IMMEDIATELY,
};

static hyp_rb_engine_t *unwrap(VALUE self)
{
    hyp_rb_engine_t *engine;
    TypedData_Get_Struct(self, hyp_rb_engine_t, &engine_type, engine);
    return engine;
}

hyp_rb_engine_t *hyp_rb_engine(VALUE object)
{
    hyp_rb_engine_t *engine = unwrap(object);
    if (engine->queue == NULL) rb_raise(hyp_rb_eError, "engine is not initialized");
    return engine;
}

static VALUE allocate(VALUE class)
{
    hyp_rb_engine_t *engine = calloc(1, sizeof *engine);
    if (engine == NULL) rb_memerror();
    hyp_rb_holds_init(&engine->holds);
    hyp_rb_lines_init(&engine->lines);
    engine->counters = &engine->own_counters;
    engine->app = engine->lifecycle_callback = engine->handoff_callback = Qnil;
    engine->observer = engine->error_reporter = engine->trouble_reporter = engine->cleaner = Qnil;
    engine->env_base.template = engine->env_base.shapes = engine->routes = engine->health = engine->refusal_reporter =
        Qnil;
    engine->trusted_proxies = engine->proxy_protocol = engine->access_log = Qnil;
    return TypedData_Wrap_Struct(class, &engine_type, engine);
}

/* ---- settings ---- */

enum {
    KEY_LOOPS,
    KEY_BACKEND,
    KEY_BY_HAND,
    KEY_APP,
    KEY_ROUTES,
    KEY_ENV_TEMPLATE,
    KEY_LIMITS,
    KEY_SCOREBOARD,
    KEY_HEALTH,
    KEY_TRUSTED_PROXIES,
    KEY_PROXY_PROTOCOL,
    KEY_ACCESS_LOG,
    KEY_SHARED_LISTENER,
    KEYS
};

static void read_keywords(int argc, VALUE *argv, VALUE values[KEYS])
{
    VALUE options;
    rb_scan_args(argc, argv, "0:", &options);
    ID keys[KEYS] = {
        [KEY_LOOPS] = rb_intern("loops"),
        [KEY_BACKEND] = rb_intern("backend"),
        [KEY_BY_HAND] = rb_intern("by_hand"),
        [KEY_APP] = rb_intern("app"),
        [KEY_ROUTES] = rb_intern("routes"),
        [KEY_ENV_TEMPLATE] = rb_intern("env_template"),
        [KEY_LIMITS] = rb_intern("limits"),
        [KEY_SCOREBOARD] = rb_intern("scoreboard"),
        [KEY_HEALTH] = rb_intern("health"),
        [KEY_TRUSTED_PROXIES] = rb_intern("trusted_proxies"),
        [KEY_PROXY_PROTOCOL] = rb_intern("proxy_protocol"),
        [KEY_ACCESS_LOG] = rb_intern("access_log"),
        [KEY_SHARED_LISTENER] = rb_intern("shared_listener"),
    };
    rb_get_kwargs(options, keys, 0, KEYS, values);
}

VALUE hyp_rb_callable(VALUE callable, const char *what)
{
    if (!NIL_P(callable) && !rb_respond_to(callable, rb_intern("call"))) {
        rb_raise(rb_eArgError, "%s must respond to #call or be nil, not %" PRIsVALUE, what, rb_obj_class(callable));
    }
    return callable;
}

static uint16_t loop_count_of(VALUE count)
{
    if (count == Qundef) return 1;
    int number = NUM2INT(count);
    if (number < 1 || number > HYP_RB_LOOPS_MAX) {
        rb_raise(rb_eArgError, "loops must be 1 to %d, not %d", HYP_RB_LOOPS_MAX, number);
    }
    return (uint16_t)number;
}

static const hyp_backend_ops_t *backend_of(VALUE name)
{
    if (name == Qundef || NIL_P(name)) return hyp_backend_default();
    Check_Type(name, T_SYMBOL);
    VALUE string = rb_sym2str(name);
    const hyp_backend_ops_t *backend = hyp_backend_named(StringValueCStr(string));
    if (backend == NULL) rb_raise(rb_eArgError, "backend :%" PRIsVALUE " is unknown or not compiled in", string);
    return backend;
}

VALUE hyp_rb_route_sets(VALUE routes)
{
    if (routes == Qundef) routes = rb_ary_new();
    Check_Type(routes, T_ARRAY);
    routes = rb_ary_dup(routes);
    if (RARRAY_LEN(routes) > HYP_ROUTE_SETS) {
        rb_raise(rb_eArgError, "at most %d sets of routes, not %ld", HYP_ROUTE_SETS, RARRAY_LEN(routes));
    }
    for (long i = 0; i < RARRAY_LEN(routes); i++)
        (void)hyp_rb_route_set(rb_ary_entry(routes, i));
    return rb_ary_freeze(routes);
}

const hyp_route_set_t *hyp_rb_counted_set(VALUE routes)
{
    long count = RARRAY_LEN(routes);
    return count > 0 ? hyp_rb_route_set(RARRAY_AREF(routes, count - 1)) : NULL;
}

static bool has_key(VALUE template, const char *key)
{
    return !NIL_P(rb_hash_lookup(template, rb_str_new_cstr(key)));
}

/* What it counts in a scoreboard goes on from what an earlier engine of this process has counted there. */
static void use_scoreboard(hyp_rb_engine_t *engine, VALUE object)
{
    if (object == Qundef || NIL_P(object)) return;
    unsigned slot;
    hyp_scoreboard_t *board = hyp_rb_scoreboard(object, &slot);
    unsigned loops = hyp_scoreboard_loops(board);
    if (engine->loop_count > loops) rb_raise(rb_eArgError, "the scoreboard has room for %u loops", loops);
    hyp_scoreboard_retain(board);
    engine->board = board;
    engine->slot = slot;
    hyp_tally_t *tally = hyp_scoreboard_tally(board, slot, loops);
    engine->counters = &tally->counters;
    engine->route_counters = tally->routes;
    engine->counted_set = hyp_rb_counted_set(engine->routes);
}

static void use_access_log(hyp_rb_engine_t *engine, VALUE object)
{
    hyp_access_log_t *log = hyp_rb_access_log(object);
    if (log == NULL) return;
    hyp_rb_access_log_ring_of_loop(object, (uint16_t)(engine->loop_count - 1));
    hyp_access_log_retain(log);
    engine->log = log;
    engine->access_log = object;
}

static VALUE networks_of(VALUE object)
{
    return hyp_rb_networks(object) ? object : Qnil;
}

static bool is_on(VALUE value)
{
    return value != Qundef && RTEST(value);
}

/* The queue comes last: only with it the engine counts as made. */
static VALUE initialize(int argc, VALUE *argv, VALUE self)
{
    hyp_rb_engine_t *engine = unwrap(self);
    if (engine->queue != NULL) rb_raise(hyp_rb_eError, "engine is initialized already");

    VALUE values[KEYS];
    read_keywords(argc, argv, values);
    engine->loop_count = loop_count_of(values[KEY_LOOPS]);
    engine->backend = backend_of(values[KEY_BACKEND]);
    engine->by_hand = is_on(values[KEY_BY_HAND]);
    engine->shared_listener = is_on(values[KEY_SHARED_LISTENER]);
    engine->app = values[KEY_APP] == Qundef ? Qnil : hyp_rb_callable(values[KEY_APP], "app");
    engine->routes = hyp_rb_route_sets(values[KEY_ROUTES]);
    hyp_rb_env_base_init(&engine->env_base, values[KEY_ENV_TEMPLATE]);
    engine->env_base.shapes = hyp_rb_shapes_new();
    engine->has_hijack = has_key(engine->env_base.template, "rack.hijack?");
    engine->has_hints = has_key(engine->env_base.template, "rack.early_hints");
    engine->health_state = hyp_rb_health(values[KEY_HEALTH]);
    engine->health = engine->health_state == NULL ? Qnil : values[KEY_HEALTH];
    engine->trusted_proxies = networks_of(values[KEY_TRUSTED_PROXIES]);
    engine->proxy_protocol = networks_of(values[KEY_PROXY_PROTOCOL]);
    use_access_log(engine, values[KEY_ACCESS_LOG]);
    hyp_limits_init(&engine->limits);
    if (values[KEY_LIMITS] != Qundef) hyp_rb_limits(&engine->limits, values[KEY_LIMITS]);
    use_scoreboard(engine, values[KEY_SCOREBOARD]);

    hyp_rb_check(hyp_request_queue_new(&engine->queue, engine->limits.queued_requests), "making a request queue");
    hyp_errand_init(&engine->asking, hyp_rb_gvl_ask_back, NULL);
    hyp_rb_engines_enter(engine);
    return self;
}

static VALUE backend_name(VALUE self)
{
    return rb_str_new_cstr(hyp_rb_engine(self)->backend->name);
}

static VALUE io_uring_errno(VALUE class)
{
    hyp_status status = hyp_backend_try_io_uring();
    return status == HYP_OK ? Qnil : INT2FIX(-status);
}

/* ---- callbacks ---- */

void hyp_rb_engine_tell(hyp_rb_engine_t *engine, hyp_loop_t *loop)
{
    hyp_loop_set_collects_hits(loop, engine->lifecycle_active && !NIL_P(engine->lifecycle_callback));
    hyp_loop_set_has_handoff(loop, !NIL_P(engine->handoff_callback));
    hyp_loop_set_keeps_listener(loop, engine->keeps_listener);
}

static void tell_all(hyp_rb_engine_t *engine)
{
    for (int i = 0; i < engine->loop_count; i++) {
        hyp_loop_t *loop = atomic_load(&engine->loops[i].loop);
        if (loop != NULL) hyp_rb_engine_tell(engine, loop);
    }
}

static VALUE set_lifecycle_callback(VALUE self, VALUE callable)
{
    hyp_rb_engine_t *engine = hyp_rb_engine(self);
    engine->lifecycle_callback = hyp_rb_callable(callable, "lifecycle callback");
    tell_all(engine);
    return callable;
}

static VALUE set_lifecycle_active(VALUE self, VALUE active)
{
    hyp_rb_engine_t *engine = hyp_rb_engine(self);
    engine->lifecycle_active = RTEST(active);
    tell_all(engine);
    return active;
}

static VALUE is_lifecycle_active(VALUE self)
{
    return hyp_rb_engine(self)->lifecycle_active ? Qtrue : Qfalse;
}

static VALUE set_keeps_listener(VALUE self, VALUE keeps)
{
    hyp_rb_engine_t *engine = hyp_rb_engine(self);
    engine->keeps_listener = RTEST(keeps);
    tell_all(engine);
    return keeps;
}

static VALUE set_handoff_callback(VALUE self, VALUE callable)
{
    hyp_rb_engine_t *engine = hyp_rb_engine(self);
    engine->handoff_callback = hyp_rb_callable(callable, "handoff callback");
    tell_all(engine);
    return callable;
}

static VALUE set_observer(VALUE self, VALUE callable)
{
    return hyp_rb_engine(self)->observer = hyp_rb_callable(callable, "observer");
}

static VALUE set_error_reporter(VALUE self, VALUE callable)
{
    return hyp_rb_engine(self)->error_reporter = hyp_rb_callable(callable, "error reporter");
}

static VALUE set_trouble_reporter(VALUE self, VALUE callable)
{
    return hyp_rb_engine(self)->trouble_reporter = hyp_rb_callable(callable, "trouble reporter");
}

static VALUE set_refusal_reporter(VALUE self, VALUE callable)
{
    return hyp_rb_engine(self)->refusal_reporter = hyp_rb_callable(callable, "refusal reporter");
}

static VALUE set_cleaner(VALUE self, VALUE callable)
{
    return hyp_rb_engine(self)->cleaner = hyp_rb_callable(callable, "cleaner");
}

/* ---- ends ---- */

bool hyp_rb_engine_is_inherited(const hyp_rb_engine_t *engine)
{
    return engine->owner != 0 && engine->owner != getpid();
}

void hyp_rb_engine_own(hyp_rb_engine_t *engine)
{
    if (hyp_rb_engine_is_inherited(engine)) {
        rb_raise(hyp_rb_eError, "engine belongs to process %ld and was inherited by a fork", (long)engine->owner);
    }
    engine->owner = getpid();
}

/* A later call can only shorten the time, as for a loop. */
void hyp_rb_engine_stop(hyp_rb_engine_t *engine, uint32_t deadline_ms)
{
    if (hyp_rb_engine_is_inherited(engine)) return;
    if (!engine->stopping || deadline_ms < engine->stop_deadline) engine->stop_deadline = deadline_ms;
    engine->stopping = true;
    engine->patience = 0;
    for (int i = 0; i < engine->loop_count; i++) {
        hyp_loop_t *loop = atomic_load(&engine->loops[i].loop);
        if (loop != NULL) hyp_loop_stop(loop, deadline_ms);
    }
}

static VALUE stop(VALUE self, VALUE deadline_ms)
{
    hyp_rb_engine_stop(hyp_rb_engine(self), NUM2UINT(deadline_ms));
    return Qnil;
}

/* Of an engine that stops already it only shortens the time. */
static VALUE retire(VALUE self, VALUE patience_ms, VALUE deadline_ms)
{
    hyp_rb_engine_t *engine = hyp_rb_engine(self);
    uint32_t patience = NUM2UINT(patience_ms);
    uint32_t deadline = NUM2UINT(deadline_ms);
    if (hyp_rb_engine_is_inherited(engine)) return Qnil;
    if (engine->stopping) return stop(self, deadline_ms);
    engine->patience = patience;
    engine->stop_deadline = deadline;
    engine->stopping = true;
    for (int i = 0; i < engine->loop_count; i++) {
        hyp_loop_t *loop = atomic_load(&engine->loops[i].loop);
        if (loop != NULL) hyp_loop_retire(loop, patience, deadline);
    }
    return Qnil;
}

static VALUE close_queue(VALUE self)
{
    hyp_rb_engine_t *engine = hyp_rb_engine(self);
    if (!hyp_rb_engine_is_inherited(engine)) hyp_request_queue_close(engine->queue);
    return Qnil;
}

void hyp_rb_init_engine(void)
{
    VALUE class = rb_define_class_under(hyp_rb_mHyperion, "Engine", rb_cObject);
    rb_define_alloc_func(class, allocate);
    rb_define_singleton_method(class, "io_uring_errno", io_uring_errno, 0);
    rb_define_method(class, "initialize", initialize, -1);
    rb_define_method(class, "backend_name", backend_name, 0);
    rb_define_method(class, "run_loop", hyp_rb_engine_run_loop, 2);
    rb_define_method(class, "run_worker", hyp_rb_engine_run_worker, 0);
    rb_define_method(class, "stop", stop, 1);
    rb_define_method(class, "retire", retire, 2);
    rb_define_method(class, "close_queue", close_queue, 0);
    rb_define_method(class, "lifecycle_callback=", set_lifecycle_callback, 1);
    rb_define_method(class, "lifecycle_active=", set_lifecycle_active, 1);
    rb_define_method(class, "lifecycle_active?", is_lifecycle_active, 0);
    rb_define_method(class, "keeps_listener=", set_keeps_listener, 1);
    rb_define_method(class, "handoff_callback=", set_handoff_callback, 1);
    rb_define_method(class, "observer=", set_observer, 1);
    rb_define_method(class, "error_reporter=", set_error_reporter, 1);
    rb_define_method(class, "trouble_reporter=", set_trouble_reporter, 1);
    rb_define_method(class, "refusal_reporter=", set_refusal_reporter, 1);
    rb_define_method(class, "cleaner=", set_cleaner, 1);
    hyp_rb_init_crew(class);
    hyp_rb_init_cabin(class);
    rb_define_method(class, "stats", hyp_rb_engine_stats, 0);
    rb_define_method(class, "requests_served", hyp_rb_engine_requests_served, 0);
}
