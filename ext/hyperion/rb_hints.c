#include "rb_hyperion.h"

/* EarlyHints.call(headers): env['rack.early_hints'] of every request of an engine; whose, is told by the thread. Hints begin no answer:
 * what fails after them is still answered 500. */
static VALUE call(VALUE self, VALUE headers)
{
    hyp_rb_worker_t *worker = hyp_rb_worker_at_work();
    if (worker->emitted) return Qnil;
    hyp_rb_respond_early(worker->responder, headers);
    worker->emitted = false;
    hyp_rb_worker_flush(worker, true);
    return Qnil;
}

void hyp_rb_init_hints(void)
{
    VALUE module = rb_define_module_under(hyp_rb_mHttp, "EarlyHints");
    rb_define_singleton_method(module, "call", call, 1);
}
