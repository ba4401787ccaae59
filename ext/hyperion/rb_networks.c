#include "rb_hyperion.h"

static const rb_data_type_t networks_type = {
    .wrap_struct_name = "Hyperion::Http::Networks",
    .function = {.dfree = RUBY_DEFAULT_FREE},
    .flags = RUBY_TYPED_FREE_IMMEDIATELY | RUBY_TYPED_WB_PROTECTED,
};

static hyp_networks_t *unwrap(VALUE self)
{
    return rb_check_typeddata(self, &networks_type);
}

const hyp_networks_t *hyp_rb_networks(VALUE object)
{
    return object == Qundef || NIL_P(object) ? NULL : unwrap(object);
}

static VALUE allocate(VALUE class)
{
    hyp_networks_t *networks;
    return TypedData_Make_Struct(class, hyp_networks_t, &networks_type, networks);
}

static hyp_slice_t slice_of(VALUE string)
{
    return hyp_slice(StringValuePtr(string), (size_t)RSTRING_LEN(string));
}

/* initialize(["10.0.0.0/8", "::1", "unix:"]); frozen, since loops read it without the GVL. */
static VALUE initialize(VALUE self, VALUE list)
{
    rb_check_frozen(self);
    Check_Type(list, T_ARRAY);
    hyp_networks_t networks = {.count = 0};
    for (long i = 0; i < RARRAY_LEN(list); i++) {
        VALUE text = rb_ary_entry(list, i);
        hyp_status status = hyp_networks_add(&networks, slice_of(text));
        if (status == HYP_FULL) rb_raise(rb_eArgError, "more than %d networks", HYP_NETWORKS_MAX);
        if (status != HYP_OK) rb_raise(rb_eArgError, "%+" PRIsVALUE " is no network", text);
    }
    *unwrap(self) = networks;
    return rb_obj_freeze(self);
}

/* include?(address) */
static VALUE includes(VALUE self, VALUE address)
{
    hyp_ip_t ip;
    return hyp_ip_parse(&ip, slice_of(address)) && hyp_networks_contain(unwrap(self), &ip) ? Qtrue : Qfalse;
}

void hyp_rb_init_networks(void)
{
    VALUE class = rb_define_class_under(hyp_rb_mHttp, "Networks", rb_cObject);
    rb_define_alloc_func(class, allocate);
    rb_undef_method(class, "initialize_copy");
    rb_define_method(class, "initialize", initialize, 1);
    rb_define_method(class, "include?", includes, 1);
}
