#include "rb_engine.h"

#include "core/hijack.h"

/* What an application may ask of the connection of its request: env['rack.hijack'], which is called without an argument, and
 * env['rack.early_hints'], which is called with one, are one object, since every request has it. Any thread may call it. The
 * worker that serves the request is found by its desk, as long as it serves it. */
static VALUE claim_class;
static VALUE hijack_module;
static ID id_env, id_io; /* of variables that Ruby does not see, and few claims have */

/* ---- desks ---- */

static const rb_data_type_t desk_type = {
    .wrap_struct_name = "Hyperion::Http desk of a worker",
    .flags = RUBY_TYPED_FREE_IMMEDIATELY | RUBY_TYPED_WB_PROTECTED,
};

VALUE hyp_rb_desk_new(hyp_rb_worker_t *worker)
{
    return TypedData_Wrap_Struct(0, &desk_type, worker);
}

void hyp_rb_desk_leave(VALUE desk)
{
    RTYPEDDATA_DATA(desk) = NULL;
}

/* ---- claims ---- */

static void mark_place(void *place)
{
    rb_gc_mark((VALUE)place);
}

/* Its data is an object itself: the desk, or the line that the request was kept on. So it takes no memory beside it. */
static const rb_data_type_t claim_type = {
    .wrap_struct_name = "Hyperion::Http::Claim",
    .function = {.dmark = mark_place},
    .flags = RUBY_TYPED_FREE_IMMEDIATELY | RUBY_TYPED_WB_PROTECTED,
};

VALUE hyp_rb_claim_new(VALUE desk)
{
    return TypedData_Wrap_Struct(claim_class, &claim_type, (void *)desk);
}

void hyp_rb_claim_keep(VALUE claim, VALUE env, VALUE line)
{
    rb_ivar_set(claim, id_env, env);
    RTYPEDDATA_DATA(claim) = (void *)line;
    RB_OBJ_WRITTEN(claim, Qundef, line);
}

static VALUE place_of(VALUE claim)
{
    return (VALUE)rb_check_typeddata(claim, &claim_type);
}

/* NULL when the request is over, or kept for later. */
static hyp_rb_worker_t *worker_of(VALUE claim)
{
    VALUE desk = place_of(claim);
    if (!rb_typeddata_is_kind_of(desk, &desk_type)) return NULL;
    hyp_rb_worker_t *worker = RTYPEDDATA_DATA(desk);
    return worker && worker->claim == claim ? worker : NULL;
}

static VALUE env_of(VALUE claim)
{
    const hyp_rb_worker_t *worker = worker_of(claim);
    return worker ? worker->env : rb_ivar_get(claim, id_env);
}

/* NULL when the request is over, or its answer has begun. */
static hyp_rb_line_t *open_line_of(VALUE claim)
{
    hyp_rb_worker_t *worker = worker_of(claim);
    hyp_rb_line_t *line = worker ? &worker->line : hyp_rb_line(place_of(claim));
    return line && !line->answered && !(worker && line->emitted) ? line : NULL;
}

/* ---- taking the connection ---- */

typedef struct {
    hyp_hijack_t *hijack;
    hyp_handoff_t *handoff;
    hyp_status status;
} hyp_rb_taking_t;

static void *take_nogvl(void *arg)
{
    hyp_rb_taking_t *taking = arg;
    taking->status = hyp_hijack_wait(taking->hijack, &taking->handoff);
    return NULL;
}

static void interrupt_taking(void *hijack)
{
    hyp_hijack_interrupt(hijack);
}

/* The descriptor is the IO's from the moment there is one. */
static VALUE adopt(VALUE arg)
{
    hyp_rb_taking_t *taking = (hyp_rb_taking_t *)arg;
    VALUE unread = rb_str_new(taking->handoff->partial, taking->handoff->len);
    VALUE io = rb_funcall(hijack_module, rb_intern("socket"), 1, INT2NUM(taking->handoff->fd));
    taking->handoff->fd = -1;
    return rb_funcall(hijack_module, rb_intern("unread"), 2, io, unread);
}

static VALUE take(VALUE arg)
{
    hyp_rb_taking_t *taking = (hyp_rb_taking_t *)arg;
    do {
        taking->status = HYP_INTERRUPTED;
        hyp_rb_wait_without_gvl(take_nogvl, taking, interrupt_taking, taking->hijack);
        if (taking->status == HYP_INTERRUPTED) rb_thread_check_ints();
    } while (taking->status == HYP_INTERRUPTED);
    if (taking->status != HYP_OK) rb_raise(hyp_rb_eDisconnected, "the client has gone");
    return adopt(arg);
}

static VALUE end_taking(VALUE arg)
{
    hyp_rb_taking_t *taking = (hyp_rb_taking_t *)arg;
    if (taking->handoff) hyp_handoff_destroy(taking->handoff);
    hyp_hijack_release(taking->hijack);
    return Qnil;
}

/* The line is not looked at again once this thread waits: its worker may be at another request by then. */
VALUE hyp_rb_hijack(hyp_rb_line_t *line)
{
    hyp_rb_taking_t taking = {.handoff = NULL};
    hyp_rb_check(hyp_hijack_new(&taking.hijack), "hijack");
    hyp_reply_t *reply = hyp_reply_new(0);
    if (reply == NULL) {
        hyp_hijack_release(taking.hijack);
        hyp_rb_check(HYP_NO_MEMORY, "hijack");
    }
    hyp_hijack_retain(taking.hijack);
    reply->hijack = taking.hijack;
    reply->last = true;
    line->emitted = line->taken = true;
    if (hyp_rb_line_push(line, reply)) hyp_rb_line_flush(line);
    return rb_ensure(take, (VALUE)&taking, end_taking, (VALUE)&taking);
}

static VALUE take_connection(VALUE self)
{
    VALUE io = rb_ivar_get(self, id_io);
    if (!NIL_P(io)) return io;
    hyp_rb_line_t *line = open_line_of(self);
    if (line == NULL) rb_raise(hyp_rb_eError, "the request is answered already");
    VALUE env = env_of(self); /* while the worker is at this request */
    io = hyp_rb_hijack(line);
    rb_ivar_set(self, id_io, io);
    rb_hash_aset(env, rb_str_new_lit("rack.hijack_io"), io);
    return io;
}

/* ---- hints ---- */

typedef struct {
    VALUE claim;
    VALUE headers;
    hyp_buf_t scratch;
} hyp_rb_hinting_t;

/* The answer may have begun while the headers were asked: then hints come too late. */
static void emit_hints(void *ctx, hyp_reply_t *reply)
{
    const hyp_rb_hinting_t *hinting = ctx;
    hyp_rb_line_t *line = open_line_of(hinting->claim);
    if (line == NULL) hyp_reply_destroy(reply);
    else if (hyp_rb_line_push(line, reply)) hyp_rb_line_flush(line);
}

/* In a buffer of its own, since another thread may be writing the answer's head. */
static VALUE send_hints(VALUE arg)
{
    hyp_rb_hinting_t *hinting = (hyp_rb_hinting_t *)arg;
    const hyp_rb_worker_t *worker = worker_of(hinting->claim);
    if (worker == NULL) return Qnil;
    hyp_rb_responder_t responder = *worker->responder;
    responder.ctx = hinting;
    responder.emit = emit_hints;
    responder.scratch = &hinting->scratch;
    hyp_rb_respond_early(&responder, hinting->headers);
    return Qnil;
}

static VALUE end_hints(VALUE arg)
{
    hyp_buf_free(&((hyp_rb_hinting_t *)arg)->scratch);
    return Qnil;
}

/* call: the connection as an IO. call(headers): an interim answer 103, or nothing when the answer has begun. */
static VALUE call(int argc, VALUE *argv, VALUE self)
{
    rb_check_arity(argc, 0, 1);
    if (argc == 0) return take_connection(self);
    hyp_rb_hinting_t hinting = {.claim = self, .headers = argv[0]};
    return rb_ensure(send_hints, (VALUE)&hinting, end_hints, (VALUE)&hinting);
}

/* A copy would be no other claim: so applications that copy all that an env holds do no harm. */
static VALUE itself(int argc, VALUE *argv, VALUE self)
{
    return self;
}

void hyp_rb_init_claim(void)
{
    hijack_module = rb_define_module_under(hyp_rb_mHttp, "Hijack");
    claim_class = rb_define_class_under(hyp_rb_mHttp, "Claim", rb_cObject);
    rb_gc_register_mark_object(claim_class);
    rb_undef_alloc_func(claim_class);
    rb_undef_method(CLASS_OF(claim_class), "new");
    rb_define_method(claim_class, "call", call, -1);
    rb_define_method(claim_class, "dup", itself, -1);
    rb_define_method(claim_class, "clone", itself, -1);
    id_env = rb_intern("env");
    id_io = rb_intern("io");
}
