#include "rb_hyperion.h"

#include "core/hijack.h"

static VALUE hijack_module;

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
        hyp_rb_without_gvl(take_nogvl, taking, interrupt_taking, taking->hijack);
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

VALUE hyp_rb_hijack(hyp_rb_worker_t *worker)
{
    if (worker->engine->by_hand) rb_raise(hyp_rb_eUnsupported, "a loop run by hand cannot be hijacked from");
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
    hyp_rb_worker_emit(worker, reply);
    hyp_rb_worker_flush(worker, true);
    return worker->hijacked = rb_ensure(take, (VALUE)&taking, end_taking, (VALUE)&taking);
}

/* Hijack.call: env['rack.hijack'] of every request of an engine; whose, is told by the thread. */
static VALUE call(VALUE self)
{
    hyp_rb_worker_t *worker = hyp_rb_worker_at_work();
    if (NIL_P(worker->hijacked)) {
        if (worker->emitted) rb_raise(hyp_rb_eError, "the request is answered already");
        hyp_rb_hijack(worker);
        rb_hash_aset(worker->env, rb_str_new_lit("rack.hijack_io"), worker->hijacked);
    }
    return worker->hijacked;
}

void hyp_rb_init_hijack(void)
{
    hijack_module = rb_define_module_under(hyp_rb_mHttp, "Hijack");
    rb_define_singleton_method(hijack_module, "call", call, 0);
}
