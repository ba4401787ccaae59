#include "rb_hyperion.h"

#include <errno.h>

static void mark_handler(uintptr_t handler, void *ctx)
{
    (void)ctx;
    rb_gc_mark((VALUE)handler);
}

static void route_set_mark(void *set)
{
    if (set) hyp_route_set_each_handler(set, mark_handler, NULL);
}

static void route_set_free(void *set)
{
    if (set) hyp_route_set_release(set);
}

/* Of the routes, without what their responses hold. */
static size_t route_set_memsize(const void *set)
{
    return set ? hyp_route_set_size((hyp_route_set_t *)set, -1) * sizeof(hyp_route_t) : 0;
}

/* Not WB_PROTECTED: a request under way keeps a handler that the table has lost, and whose end no barrier would tell. */
static const rb_data_type_t route_set_type = {
    .wrap_struct_name = "Hyperion::Http::RouteSet",
    .function = {.dmark = route_set_mark, .dfree = route_set_free, .dsize = route_set_memsize},
    .flags = RUBY_TYPED_FREE_IMMEDIATELY,
};

hyp_route_set_t *hyp_rb_route_set(VALUE object)
{
    hyp_route_set_t *set = rb_check_typeddata(object, &route_set_type);
    if (set == NULL) rb_raise(rb_eTypeError, "uninitialized route set");
    return set;
}

hyp_method hyp_rb_route_method(VALUE symbol)
{
    hyp_method method = HYP_METHOD_OTHER;
    if (RB_SYMBOL_P(symbol)) {
        VALUE name = rb_sym2str(symbol);
        method = hyp_method_of(hyp_slice(RSTRING_PTR(name), (size_t)RSTRING_LEN(name)));
    }
    if (method == HYP_METHOD_OTHER || method == HYP_METHOD_CONNECT || method == HYP_METHOD_TRACE) {
        rb_raise(rb_eArgError, "unknown HTTP method: %+" PRIsVALUE, symbol);
    }
    return method;
}

static hyp_slice_t path_slice(VALUE path)
{
    Check_Type(path, T_STRING);
    if (RSTRING_LEN(path) == 0) rb_raise(rb_eArgError, "empty path");
    if (RSTRING_LEN(path) > INT32_MAX) rb_raise(rb_eArgError, "path too long");
    return hyp_slice(RSTRING_PTR(path), (size_t)RSTRING_LEN(path));
}

static VALUE route_set_allocate(VALUE klass)
{
    VALUE self = TypedData_Wrap_Struct(klass, &route_set_type, NULL);
    hyp_route_set_t *set = NULL;
    hyp_rb_check(hyp_route_set_new(&set), "create a route set");
    RTYPEDDATA_DATA(self) = set;
    return self;
}

static hyp_response_t *new_response(VALUE bytes, VALUE body_length, VALUE date_offset)
{
    Check_Type(bytes, T_STRING);
    size_t body_len = NUM2SIZET(body_length);
    size_t offset = NUM2SIZET(date_offset);
    hyp_slice_t slice = hyp_slice(RSTRING_PTR(bytes), (size_t)RSTRING_LEN(bytes));
    hyp_response_t *response = NULL;
    hyp_status status = hyp_response_new(&response, slice, body_len, offset);
    if (status == -EINVAL) rb_raise(rb_eArgError, "body length or date offset outside the response's bytes");
    hyp_rb_check(status, "build a response");
    return response;
}

/* put_static(method, path, bytes, body_length, date_offset) => self */
static VALUE route_set_put_static(VALUE self, VALUE method, VALUE path, VALUE bytes, VALUE body_length,
                                  VALUE date_offset)
{
    hyp_route_set_t *set = hyp_rb_route_set(self);
    hyp_method number = hyp_rb_route_method(method);
    hyp_slice_t slice = path_slice(path);
    hyp_response_t *response = new_response(bytes, body_length, date_offset);
    hyp_status status = hyp_route_set_put(set, number, slice, HYP_ROUTE_STATIC, response, 0);
    hyp_response_release(response);
    hyp_rb_check(status, "register a route");
    return self;
}

/* put_block(method, path, handler) => self */
static VALUE route_set_put_block(VALUE self, VALUE method, VALUE path, VALUE handler)
{
    hyp_route_set_t *set = hyp_rb_route_set(self);
    hyp_method number = hyp_rb_route_method(method);
    hyp_slice_t slice = path_slice(path);
    hyp_rb_check(hyp_route_set_put(set, number, slice, HYP_ROUTE_BLOCK, NULL, (uintptr_t)handler), "register a route");
    return self;
}

/* put_health(path) => self */
static VALUE route_set_put_health(VALUE self, VALUE path)
{
    hyp_route_set_t *set = hyp_rb_route_set(self);
    hyp_slice_t slice = path_slice(path);
    hyp_rb_check(hyp_route_set_put(set, HYP_METHOD_GET, slice, HYP_ROUTE_HEALTH, NULL, 0), "register a route");
    return self;
}

/* remove(method, path) => whether there was one */
static VALUE route_set_remove(VALUE self, VALUE method, VALUE path)
{
    hyp_route_set_t *set = hyp_rb_route_set(self);
    hyp_status status = hyp_route_set_remove(set, hyp_rb_route_method(method), path_slice(path));
    if (status == HYP_END) return Qfalse;
    hyp_rb_check(status, "remove a route");
    return Qtrue;
}

static VALUE route_set_clear(VALUE self)
{
    hyp_rb_check(hyp_route_set_clear(hyp_rb_route_set(self), -1), "clear the routes");
    return self;
}

static VALUE route_set_size(VALUE self)
{
    return SIZET2NUM(hyp_route_set_size(hyp_rb_route_set(self), -1));
}

void hyp_rb_init_routes(void)
{
    VALUE route_set = rb_define_class_under(hyp_rb_mHttp, "RouteSet", rb_cObject);
    rb_define_alloc_func(route_set, route_set_allocate);
    rb_define_method(route_set, "put_static", route_set_put_static, 5);
    rb_define_method(route_set, "put_block", route_set_put_block, 3);
    rb_define_method(route_set, "put_health", route_set_put_health, 1);
    rb_define_method(route_set, "remove", route_set_remove, 2);
    rb_define_method(route_set, "clear", route_set_clear, 0);
    rb_define_method(route_set, "size", route_set_size, 0);
    rb_undef_method(route_set, "initialize_copy");
}
