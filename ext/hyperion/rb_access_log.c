#include "rb_engine.h"

#include <unistd.h>

typedef struct {
    hyp_access_log_t *log; /* NULL: not initialized */
    unsigned rings;
    pid_t owner; /* whose thread it is */
    bool started;
} hyp_rb_access_log_t;

/* A forked child has none of the thread, and may have inherited a lock that is held: it leaves the log alone. */
static void free_log(void *ptr)
{
    hyp_rb_access_log_t *holder = ptr;
    if (holder->log != NULL && holder->owner == getpid()) hyp_access_log_destroy(holder->log);
    xfree(holder);
}

static const rb_data_type_t log_type = {
    .wrap_struct_name = "Hyperion::Http::AccessLog",
    .function = {.dfree = free_log},
    .flags = RUBY_TYPED_FREE_IMMEDIATELY | RUBY_TYPED_WB_PROTECTED,
};

static VALUE allocate(VALUE class)
{
    hyp_rb_access_log_t *holder;
    return TypedData_Make_Struct(class, hyp_rb_access_log_t, &log_type, holder);
}

static hyp_rb_access_log_t *unwrap(VALUE self)
{
    hyp_rb_access_log_t *holder = rb_check_typeddata(self, &log_type);
    if (holder->log == NULL) rb_raise(hyp_rb_eError, "the log is not initialized");
    return holder;
}

hyp_access_log_t *hyp_rb_access_log(VALUE object)
{
    return object == Qundef || NIL_P(object) ? NULL : unwrap(object)->log;
}

hyp_log_ring_t *hyp_rb_access_log_ring_of_loop(VALUE object, uint16_t number)
{
    const hyp_rb_access_log_t *holder = unwrap(object);
    if (number + 1U >= holder->rings) rb_raise(hyp_rb_eError, "the log has no place for loop %u", number);
    return hyp_access_log_ring(holder->log, number);
}

hyp_log_ring_t *hyp_rb_access_log_ring_of_ruby(VALUE object)
{
    const hyp_rb_access_log_t *holder = unwrap(object);
    return hyp_access_log_ring(holder->log, holder->rings - 1);
}

static hyp_log_form form_of(VALUE name)
{
    Check_Type(name, T_SYMBOL);
    if (name == ID2SYM(rb_intern("common"))) return HYP_LOG_COMMON;
    if (name == ID2SYM(rb_intern("combined"))) return HYP_LOG_COMBINED;
    if (name == ID2SYM(rb_intern("json"))) return HYP_LOG_JSON;
    rb_raise(rb_eArgError, "a log is common, combined or json, not %" PRIsVALUE, rb_sym2str(name));
}

/* initialize(path, form, loops): a path of nil is the standard output. */
static VALUE initialize(VALUE self, VALUE path, VALUE form, VALUE loops)
{
    hyp_rb_access_log_t *holder = rb_check_typeddata(self, &log_type);
    if (holder->log != NULL) rb_raise(hyp_rb_eError, "the log is initialized already");
    unsigned rings = NUM2UINT(loops) + 1;
    if (rings > HYP_RB_LOOPS_MAX + 1) rb_raise(rb_eArgError, "at most %d loops", HYP_RB_LOOPS_MAX);
    const char *name = NIL_P(path) ? NULL : StringValueCStr(path);
    hyp_rb_check(hyp_access_log_new(&holder->log, name, form_of(form), rings, HYP_LOG_RING_BYTES),
                 "making an access log");
    holder->rings = rings;
    holder->owner = getpid();
    return self;
}

static VALUE start(VALUE self)
{
    hyp_rb_access_log_t *holder = unwrap(self);
    if (holder->started) rb_raise(hyp_rb_eError, "the log is started already");
    hyp_rb_check(hyp_access_log_start(holder->log), "opening the access log");
    holder->started = true;
    holder->owner = getpid();
    return self;
}

static VALUE reopen(VALUE self)
{
    const hyp_rb_access_log_t *holder = unwrap(self);
    if (holder->owner == getpid()) hyp_rb_check(hyp_access_log_reopen(holder->log), "opening the access log anew");
    return Qnil;
}

typedef struct {
    hyp_access_log_t *log;
    unsigned msec;
    hyp_status status;
} hyp_rb_log_stop_t;

static void *stop_nogvl(void *arg)
{
    hyp_rb_log_stop_t *stop = arg;
    stop->status = hyp_access_log_stop(stop->log, stop->msec);
    return NULL;
}

static void interrupt_stop(void *arg)
{
    hyp_access_log_interrupt(arg);
}

/* stop(milliseconds): true when everything is written. Signals are handled meanwhile, and may end it. */
static VALUE stop(VALUE self, VALUE msec)
{
    const hyp_rb_access_log_t *holder = unwrap(self);
    if (holder->owner != getpid()) return Qtrue;
    hyp_rb_log_stop_t stop = {.log = holder->log, .msec = NUM2UINT(msec)};
    for (;;) {
        stop.status = HYP_INTERRUPTED;
        hyp_rb_without_gvl(stop_nogvl, &stop, interrupt_stop, stop.log);
        if (stop.status != HYP_INTERRUPTED) break;
        rb_thread_check_ints();
    }
    RB_GC_GUARD(self);
    return stop.status == HYP_OK ? Qtrue : Qfalse;
}

void hyp_rb_init_access_log(void)
{
    VALUE class = rb_define_class_under(hyp_rb_mHttp, "AccessLog", rb_cObject);
    rb_define_alloc_func(class, allocate);
    rb_undef_method(class, "initialize_copy");
    rb_define_method(class, "initialize", initialize, 3);
    rb_define_method(class, "start", start, 0);
    rb_define_method(class, "reopen", reopen, 0);
    rb_define_method(class, "stop", stop, 1);
}
