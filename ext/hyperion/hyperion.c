#include "rb_hyperion.h"

VALUE hyp_rb_mHyperion;
VALUE hyp_rb_mHttp;
VALUE hyp_rb_eError;
VALUE hyp_rb_eParseError;
VALUE hyp_rb_eUnsupported;
VALUE hyp_rb_eDisconnected;

void hyp_rb_check(hyp_status status, const char *doing)
{
    if (status == HYP_OK) return;
    if (status == HYP_NO_MEMORY) rb_memerror();
    if (status < 0) rb_syserr_fail(-status, doing);
    rb_raise(hyp_rb_eError, "%s: %s", doing, hyp_status_text(status));
}

VALUE hyp_rb_exception(hyp_status status)
{
    if (status < 0) return rb_syserr_new(-status, NULL);
    return rb_exc_new_cstr(hyp_rb_eError, hyp_status_text(status));
}

bool hyp_rb_is_exception(VALUE error)
{
    return !RB_SPECIAL_CONST_P(error) && RB_BUILTIN_TYPE(error) != T_IMEMO && rb_obj_is_kind_of(error, rb_eException);
}

static void define_errors(void)
{
    hyp_rb_eError = rb_define_class_under(hyp_rb_mHyperion, "Error", rb_eStandardError);
    hyp_rb_eParseError = rb_define_class_under(hyp_rb_mHyperion, "ParseError", hyp_rb_eError);
    hyp_rb_eUnsupported = rb_define_class_under(hyp_rb_mHyperion, "UnsupportedError", hyp_rb_eError);
    hyp_rb_eDisconnected = rb_define_class_under(hyp_rb_mHyperion, "ClientDisconnected", hyp_rb_eError);
}

/* The library's one symbol that is not hidden. */
RUBY_FUNC_EXPORTED void Init_hyperion(void)
{
    hyp_rb_mHyperion = rb_define_module("Hyperion");
    hyp_rb_mHttp = rb_define_module_under(hyp_rb_mHyperion, "Http");
    define_errors();
    hyp_rb_init_routes();
    hyp_rb_init_health();
    hyp_rb_init_networks();
    hyp_rb_init_access_log();
    hyp_rb_init_env();
    hyp_rb_init_body();
    hyp_rb_init_response();
    hyp_rb_init_worker();
    hyp_rb_init_claim();
    hyp_rb_init_serve();
    hyp_rb_init_engine();
    hyp_rb_init_scoreboard();
    hyp_rb_init_exchange();
    hyp_rb_init_page_cache();
    hyp_rb_init_system();
}
