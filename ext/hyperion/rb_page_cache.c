#include "rb_engine.h"

#include <errno.h>

#define PATH_BYTES_MAX 1024
#define STOP_DEADLINE 1000 /* milliseconds for what is in flight when a loop run by hand is stopped */

/* The one place with a state of the process: its functions name no engine. A run has an engine of its own, made from
 * this; so a loop finds nothing left of an earlier one, and a forked child nothing of its parent's. Under the GVL. */
static struct {
    VALUE own_set;   /* RouteSet of what was registered here */
    VALUE table_set; /* RouteSet of Server.route_table, or nil */
    VALUE handoff_callback;
    VALUE lifecycle_callback;
    VALUE engines; /* Array of those that run */
    bool lifecycle_active;
    uint64_t requests_base; /* what c_loop_requests_total leaves out */
} cache;

static ID id_new, id_write;
static VALUE engine_class;

static hyp_route_set_t *own_set(void)
{
    return hyp_rb_route_set(cache.own_set);
}

static VALUE sets(void)
{
    return NIL_P(cache.table_set) ? rb_ary_new_from_args(1, cache.own_set)
                                  : rb_ary_new_from_args(2, cache.own_set, cache.table_set);
}

/* ---- running ---- */

static void set_option(VALUE options, const char *name, VALUE value)
{
    rb_hash_aset(options, ID2SYM(rb_intern(name)), value);
}

/* What the library gives a server's blocks; who has loaded the extension alone gets what the request says. */
static VALUE env_template(void)
{
    ID name = rb_intern("RackEnv");
    if (!rb_const_defined(hyp_rb_mHyperion, name)) return rb_hash_new();
    VALUE options = rb_hash_new();
    set_option(options, "host", rb_str_new_cstr("localhost"));
    set_option(options, "port", INT2FIX(80));
    return rb_funcallv_kw(rb_const_get(hyp_rb_mHyperion, name), rb_intern("template"), 1, &options, RB_PASS_KEYWORDS);
}

/* `backend` is a name, or NULL for the default one. */
static VALUE make_engine(const char *backend)
{
    VALUE options = rb_hash_new();
    if (backend != NULL) set_option(options, "backend", ID2SYM(rb_intern(backend)));
    set_option(options, "by_hand", Qtrue);
    set_option(options, "routes", sets());
    set_option(options, "env_template", env_template());
    VALUE engine = rb_funcallv_kw(engine_class, id_new, 1, &options, RB_PASS_KEYWORDS);
    rb_funcall(engine, rb_intern("handoff_callback="), 1, cache.handoff_callback);
    rb_funcall(engine, rb_intern("lifecycle_callback="), 1, cache.lifecycle_callback);
    rb_funcall(engine, rb_intern("lifecycle_active="), 1, cache.lifecycle_active ? Qtrue : Qfalse);
    return engine;
}

typedef struct {
    VALUE engine;
    VALUE listener_fd;
} hyp_rb_hand_t;

static VALUE run_by_hand(VALUE arg)
{
    const hyp_rb_hand_t *hand = (const hyp_rb_hand_t *)arg;
    return hyp_rb_engine_run_loop(hand->engine, INT2FIX(0), hand->listener_fd);
}

static VALUE forget_engine(VALUE engine)
{
    rb_ary_delete(cache.engines, engine);
    return Qnil;
}

static int descriptor(VALUE listener_fd)
{
    int fd = NUM2INT(listener_fd);
    if (fd < 0) rb_raise(rb_eArgError, "descriptor must not be negative, but is %d", fd);
    return fd;
}

static VALUE run_loop(int listener_fd, const char *backend)
{
    hyp_rb_hand_t hand = {.listener_fd = INT2NUM(listener_fd), .engine = make_engine(backend)};
    rb_ary_push(cache.engines, hand.engine);
    VALUE outcome = rb_ensure(run_by_hand, (VALUE)&hand, forget_engine, hand.engine);
    if (outcome != ID2SYM(rb_intern("stopped"))) return outcome;
    return hyp_rb_engine_requests_served(hand.engine);
}

static VALUE run_static_accept_loop(VALUE self, VALUE listener_fd)
{
    return run_loop(descriptor(listener_fd), NULL);
}

static VALUE run_static_io_uring_loop(VALUE self, VALUE listener_fd)
{
    int fd = descriptor(listener_fd);
    if (hyp_backend_try_io_uring() != HYP_OK) return ID2SYM(rb_intern("unavailable"));
    return run_loop(fd, "io_uring");
}

static VALUE is_io_uring_loop_compiled(VALUE self)
{
    return hyp_backend_named("io_uring") != NULL ? Qtrue : Qfalse;
}

static VALUE stop_accept_loop(VALUE self)
{
    for (long i = 0; i < RARRAY_LEN(cache.engines); i++) {
        hyp_rb_engine_stop(hyp_rb_engine(RARRAY_AREF(cache.engines, i)), STOP_DEADLINE);
    }
    return Qnil;
}

/* ---- callbacks ---- */

static void tell_engines(const char *setter, VALUE value)
{
    for (long i = 0; i < RARRAY_LEN(cache.engines); i++) {
        rb_funcall(RARRAY_AREF(cache.engines, i), rb_intern(setter), 1, value);
    }
}

static VALUE set_handoff_callback(VALUE self, VALUE callable)
{
    cache.handoff_callback = hyp_rb_callable(callable, "handoff callback");
    tell_engines("handoff_callback=", callable);
    return callable;
}

static VALUE set_lifecycle_callback(VALUE self, VALUE callable)
{
    cache.lifecycle_callback = hyp_rb_callable(callable, "lifecycle callback");
    tell_engines("lifecycle_callback=", callable);
    return callable;
}

static VALUE set_lifecycle_active(VALUE self, VALUE active)
{
    cache.lifecycle_active = RTEST(active);
    tell_engines("lifecycle_active=", active);
    return active;
}

static VALUE is_lifecycle_active(VALUE self)
{
    return cache.lifecycle_active ? Qtrue : Qfalse;
}

/* Blocks are called without it. */
static VALUE set_dynamic_dispatch_callback(VALUE self, VALUE callable)
{
    return hyp_rb_callable(callable, "dynamic dispatch callback");
}

/* ---- registering ---- */

static hyp_slice_t path_of(VALUE path)
{
    Check_Type(path, T_STRING);
    if (RSTRING_LEN(path) < 1 || RSTRING_LEN(path) > PATH_BYTES_MAX) {
        rb_raise(rb_eArgError, "path must have 1 to %d bytes, not %ld", PATH_BYTES_MAX, RSTRING_LEN(path));
    }
    return hyp_slice(RSTRING_PTR(path), (size_t)RSTRING_LEN(path));
}

static size_t length_in(VALUE length, VALUE bytes, const char *what)
{
    long number = NUM2LONG(length);
    if (number < 0 || number > RSTRING_LEN(bytes)) {
        rb_raise(rb_eArgError, "%s must be 0 to %ld, not %ld", what, RSTRING_LEN(bytes), number);
    }
    return (size_t)number;
}

static VALUE register_prebuilt(int argc, VALUE *argv, VALUE self)
{
    VALUE path, bytes, body_length, date_offset;
    rb_scan_args(argc, argv, "31", &path, &bytes, &body_length, &date_offset);
    hyp_slice_t route = path_of(path);
    Check_Type(bytes, T_STRING);
    size_t body_len = length_in(body_length, bytes, "body length");
    size_t offset = NIL_P(date_offset) ? 0 : length_in(date_offset, bytes, "date offset");

    hyp_response_t *response;
    hyp_slice_t slice = hyp_slice(RSTRING_PTR(bytes), (size_t)RSTRING_LEN(bytes));
    hyp_status status = hyp_response_new(&response, slice, body_len, offset);
    if (status == -EINVAL) rb_raise(rb_eArgError, "date offset must leave %d bytes in the head", HYP_DATE_LEN);
    hyp_rb_check(status, "building a response");
    status = hyp_route_set_put(own_set(), HYP_METHOD_GET, route, HYP_ROUTE_STATIC, response, 0);
    hyp_response_release(response);
    hyp_rb_check(status, "registering a response");
    return LONG2NUM(RSTRING_LEN(bytes));
}

static VALUE register_dynamic_block(VALUE self, VALUE path, VALUE method, VALUE block)
{
    hyp_slice_t route = path_of(path);
    hyp_method number = hyp_rb_route_method(method);
    if (number != HYP_METHOD_GET && number != HYP_METHOD_HEAD) {
        rb_raise(rb_eArgError, "method must be :GET or :HEAD, not %+" PRIsVALUE, method);
    }
    if (NIL_P(block)) rb_raise(rb_eArgError, "block must respond to #call");
    uintptr_t handler = (uintptr_t)hyp_rb_callable(block, "block");
    hyp_rb_check(hyp_route_set_put(own_set(), number, route, HYP_ROUTE_BLOCK, NULL, handler), "registering a block");
    return block;
}

static VALUE clear_kind(hyp_route_kind kind)
{
    hyp_rb_check(hyp_route_set_clear(own_set(), kind), "clearing routes");
    return Qnil;
}

static VALUE clear(VALUE self)
{
    return clear_kind(HYP_ROUTE_STATIC);
}

static VALUE clear_dynamic_blocks(VALUE self)
{
    return clear_kind(HYP_ROUTE_BLOCK);
}

static VALUE size(VALUE self)
{
    return SIZET2NUM(hyp_route_set_size(own_set(), HYP_ROUTE_STATIC));
}

static VALUE dynamic_block_count(VALUE self)
{
    return SIZET2NUM(hyp_route_set_size(own_set(), HYP_ROUTE_BLOCK));
}

static VALUE set_table(VALUE self, VALUE set)
{
    if (!NIL_P(set)) (void)hyp_rb_route_set(set);
    return cache.table_set = set;
}

/* ---- serving by hand ---- */

static hyp_method method_of(VALUE method)
{
    VALUE name = RB_SYMBOL_P(method) ? rb_sym2str(method) : method;
    Check_Type(name, T_STRING);
    return hyp_method_of(hyp_slice(RSTRING_PTR(name), (size_t)RSTRING_LEN(name)));
}

static hyp_route_t *find_in(VALUE set, hyp_method method, hyp_slice_t path)
{
    if (NIL_P(set)) return NULL;
    hyp_route_t *route = hyp_route_set_find(hyp_rb_route_set(set), method, path);
    if (route == NULL && method == HYP_METHOD_HEAD) {
        route = hyp_route_set_find(hyp_rb_route_set(set), HYP_METHOD_GET, path);
    }
    return route;
}

static hyp_response_t *find_response(hyp_method method, VALUE path)
{
    if (method != HYP_METHOD_GET && method != HYP_METHOD_HEAD) return NULL;
    hyp_slice_t slice = hyp_slice(RSTRING_PTR(path), (size_t)RSTRING_LEN(path));
    hyp_route_t *route = find_in(cache.own_set, method, slice);
    if (route == NULL) route = find_in(cache.table_set, method, slice);
    if (route == NULL) return NULL;
    hyp_response_t *response = route->kind == HYP_ROUTE_STATIC ? route->response : NULL;
    if (response) hyp_response_retain(response);
    hyp_route_release(route);
    return response;
}

typedef struct {
    hyp_response_t *response;
    unsigned flags;
    hyp_buf_t head;
} hyp_rb_rendering_t;

static VALUE render(VALUE arg)
{
    hyp_rb_rendering_t *rendering = (hyp_rb_rendering_t *)arg;
    hyp_clock_t clock;
    hyp_clock_init(&clock);
    hyp_slice_t rest;
    hyp_status status = hyp_response_render(rendering->response, rendering->flags, clock.date, &rendering->head, &rest);
    hyp_rb_check(status, "rendering a response");
    VALUE bytes = rb_str_new(hyp_buf_ptr(&rendering->head), (long)hyp_buf_len(&rendering->head));
    return rb_str_cat(bytes, rest.ptr, (long)rest.len);
}

static VALUE end_rendering(VALUE arg)
{
    hyp_rb_rendering_t *rendering = (hyp_rb_rendering_t *)arg;
    hyp_response_release(rendering->response);
    hyp_buf_free(&rendering->head);
    return Qnil;
}

static VALUE serve_request(VALUE self, VALUE io, VALUE method, VALUE path)
{
    hyp_method number = method_of(method);
    Check_Type(path, T_STRING);
    hyp_rb_rendering_t rendering = {.response = find_response(number, path)};
    if (rendering.response == NULL) return ID2SYM(rb_intern("miss"));
    if (number == HYP_METHOD_HEAD) rendering.flags = HYP_SEND_HEAD_ONLY;
    VALUE bytes = rb_ensure(render, (VALUE)&rendering, end_rendering, (VALUE)&rendering);
    rb_funcall(io, id_write, 1, bytes);
    if (RB_TYPE_P(io, T_FILE)) rb_io_flush(io);
    return rb_ary_new_from_args(2, ID2SYM(rb_intern("ok")), LONG2NUM(RSTRING_LEN(bytes)));
}

/* ---- counting ---- */

/* Below the base only in a child that has inherited it with nothing served yet. */
static VALUE c_loop_requests_total(VALUE self)
{
    uint64_t requests = hyp_rb_engines_requests();
    if (requests < cache.requests_base) cache.requests_base = 0;
    return ULL2NUM(requests - cache.requests_base);
}

static VALUE reset_c_loop_requests_total(VALUE self)
{
    cache.requests_base = hyp_rb_engines_requests();
    return Qnil;
}

static void init_state(void)
{
    cache.table_set = cache.handoff_callback = cache.lifecycle_callback = Qnil;
    cache.own_set = rb_class_new_instance(0, NULL, rb_const_get(hyp_rb_mHttp, rb_intern("RouteSet")));
    cache.engines = rb_ary_new();
    rb_global_variable(&cache.own_set);
    rb_global_variable(&cache.table_set);
    rb_global_variable(&cache.handoff_callback);
    rb_global_variable(&cache.lifecycle_callback);
    rb_global_variable(&cache.engines);
    engine_class = rb_const_get(hyp_rb_mHyperion, rb_intern("Engine"));
    rb_global_variable(&engine_class);
    id_new = rb_intern("new");
    id_write = rb_intern("write");
}

void hyp_rb_init_page_cache(void)
{
    VALUE module = rb_define_module_under(hyp_rb_mHttp, "PageCache");
    init_state();
    rb_define_module_function(module, "run_static_accept_loop", run_static_accept_loop, 1);
    rb_define_module_function(module, "run_static_io_uring_loop", run_static_io_uring_loop, 1);
    rb_define_module_function(module, "io_uring_loop_compiled?", is_io_uring_loop_compiled, 0);
    rb_define_module_function(module, "stop_accept_loop", stop_accept_loop, 0);
    rb_define_module_function(module, "set_handoff_callback", set_handoff_callback, 1);
    rb_define_module_function(module, "set_lifecycle_callback", set_lifecycle_callback, 1);
    rb_define_module_function(module, "set_lifecycle_active", set_lifecycle_active, 1);
    rb_define_module_function(module, "lifecycle_active?", is_lifecycle_active, 0);
    rb_define_module_function(module, "register_prebuilt", register_prebuilt, -1);
    rb_define_module_function(module, "register_dynamic_block", register_dynamic_block, 3);
    rb_define_module_function(module, "clear_dynamic_blocks!", clear_dynamic_blocks, 0);
    rb_define_module_function(module, "dynamic_block_count", dynamic_block_count, 0);
    rb_define_module_function(module, "set_dynamic_dispatch_callback", set_dynamic_dispatch_callback, 1);
    rb_define_module_function(module, "serve_request", serve_request, 3);
    rb_define_module_function(module, "size", size, 0);
    rb_define_module_function(module, "clear", clear, 0);
    rb_define_module_function(module, "c_loop_requests_total", c_loop_requests_total, 0);
    rb_define_module_function(module, "reset_c_loop_requests_total!", reset_c_loop_requests_total, 0);
    rb_define_singleton_method(module, "route_table_set=", set_table, 1);
}
