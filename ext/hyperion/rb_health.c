#include "rb_hyperion.h"

/* What an engine's loops and the Ruby loop's exchanges share. */
struct hyp_rb_health {
    hyp_health_t health;
    _Atomic hyp_msec_t last_wait; /* of the connection that a thread of the Ruby loop has taken last */
};

static const rb_data_type_t health_type = {
    .wrap_struct_name = "Hyperion::Http::Health",
    .function = {.dfree = RUBY_DEFAULT_FREE},
    .flags = RUBY_TYPED_FREE_IMMEDIATELY | RUBY_TYPED_WB_PROTECTED,
};

hyp_rb_health_t *hyp_rb_health(VALUE object)
{
    return object == Qundef || NIL_P(object) ? NULL : rb_check_typeddata(object, &health_type);
}

hyp_verdict hyp_rb_health_judge(const hyp_rb_health_t *health, hyp_msec_t waiting_since, hyp_msec_t now)
{
    return hyp_health_judge(&health->health, waiting_since, now);
}

hyp_verdict hyp_rb_health_judge_ruby_loop(const hyp_rb_health_t *health, hyp_msec_t now)
{
    hyp_msec_t waited = atomic_load_explicit(&health->last_wait, memory_order_relaxed);
    return hyp_health_judge(&health->health, waited > 0 && waited < now ? now - waited : 0, now);
}

static VALUE allocate(VALUE class)
{
    hyp_rb_health_t *health;
    VALUE self = TypedData_Make_Struct(class, hyp_rb_health_t, &health_type, health);
    hyp_health_init(&health->health, 0);
    return self;
}

/* initialize(limit in milliseconds) */
static VALUE initialize(VALUE self, VALUE limit)
{
    hyp_health_init(&hyp_rb_health(self)->health, NUM2UINT(limit));
    return self;
}

static VALUE beat(VALUE self)
{
    hyp_health_beat(&hyp_rb_health(self)->health, hyp_clock_now());
    return Qnil;
}

static VALUE drain(VALUE self)
{
    hyp_health_drain(&hyp_rb_health(self)->health);
    return Qnil;
}

/* waited(milliseconds) */
static VALUE waited(VALUE self, VALUE milliseconds)
{
    atomic_store_explicit(&hyp_rb_health(self)->last_wait, NUM2ULL(milliseconds), memory_order_relaxed);
    return Qnil;
}

void hyp_rb_init_health(void)
{
    VALUE class = rb_define_class_under(hyp_rb_mHttp, "Health", rb_cObject);
    rb_define_alloc_func(class, allocate);
    rb_undef_method(class, "initialize_copy");
    rb_define_method(class, "initialize", initialize, 1);
    rb_define_method(class, "beat", beat, 0);
    rb_define_method(class, "drain", drain, 0);
    rb_define_method(class, "waited", waited, 1);
}
