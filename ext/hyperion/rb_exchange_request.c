/* How an exchange's requests are taken, and answered. */
#include "rb_exchange.h"

#include "core/conn_log.h"
#include "core/route_counters.h"

static void count_waited(hyp_rb_exchange_t *exchange, hyp_request_t *request, VALUE seconds)
{
    const hyp_conn_shared_t *shared = &exchange->shared;
    hyp_usec_t waited = (hyp_usec_t)(NUM2DBL(seconds) * 1e6);
    request->waited = waited / 1000;
    hyp_count_waited(shared->counters, shared->route_counters, shared->counted_set, request->route, waited);
}

/* The exchange owns it. The first argument: how long it has waited for a thread; else not at all. */
static hyp_request_t *take(hyp_rb_exchange_t *exchange, int argc, VALUE *argv)
{
    VALUE seconds;
    rb_scan_args(argc, argv, "01", &seconds);
    if (hyp_conn_want(&exchange->conn, &exchange->shared) != HYP_WANT_DISPATCH) {
        rb_raise(hyp_rb_eError, "there is no request to be taken");
    }
    hyp_rb_exchange_end_request(exchange);
    exchange->request = hyp_conn_take_request(&exchange->conn);
    hyp_count(&exchange->shared.counters->busy_threads, 1);
    count_waited(exchange, exchange->request, NIL_P(seconds) ? DBL2NUM(0) : seconds);
    return exchange->request;
}

/* Exchange#refuse_late(seconds): the request is answered 503 instead of being taken. */
static VALUE refuse_late(int argc, VALUE *argv, VALUE self)
{
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_begin(self);
    take(exchange, argc, argv);
    hyp_conn_on_late(&exchange->conn, &exchange->shared);
    hyp_rb_exchange_end_request(exchange);
    hyp_rb_exchange_settle(exchange);
    return Qnil;
}

/* Exchange#take_request(seconds = 0.0) */
static VALUE take_request(int argc, VALUE *argv, VALUE self)
{
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_begin(self);
    hyp_request_t *request = take(exchange, argc, argv);
    exchange->emitted = false;
    hyp_rb_exchange_settle(exchange);

    hyp_rb_own_t own = {.hijack = Qnil, .hints = Qnil};
    VALUE env = exchange->env = hyp_rb_request_env(&exchange->env_base, request, &exchange->input, &own);
    VALUE handler = request->route ? (VALUE)request->route->handler : Qnil;
    return rb_ary_new_from_args(3, env, handler, Qfalse);
}

typedef struct {
    hyp_rb_exchange_t *exchange;
    VALUE flush; /* Proc or nil */
} hyp_rb_answer_t;

static void emit(void *ctx, hyp_reply_t *reply)
{
    hyp_rb_answer_t *answer = ctx;
    hyp_rb_exchange_t *exchange = answer->exchange;
    bool last = reply->last;
    exchange->emitted = true;
    hyp_conn_on_reply(&exchange->conn, &exchange->shared, reply);
    if (last) hyp_rb_exchange_end_request(exchange);
    hyp_rb_exchange_settle(exchange);
}

static void flow(void *ctx)
{
    const hyp_rb_answer_t *answer = ctx;
    if (!NIL_P(answer->flush)) rb_proc_call_with_block(answer->flush, 0, NULL, Qnil);
}

/* The socket is the block's, which has sent what was to be sent. */
static VALUE hijack(void *ctx)
{
    const hyp_rb_answer_t *answer = ctx;
    if (NIL_P(answer->flush)) rb_raise(hyp_rb_eUnsupported, "there is no socket to be hijacked");
    hyp_rb_exchange_end_request(answer->exchange);
    return rb_funcall(answer->flush, rb_intern("call"), 1, ID2SYM(rb_intern("hijack")));
}

/* The block's thread serves this connection alone: it can wait. Without a block, nobody can. */
static void await(void *ctx, VALUE ended)
{
    const hyp_rb_answer_t *answer = ctx;
    if (NIL_P(answer->flush)) rb_raise(hyp_rb_eUnsupported, "there is nobody to wait for the end of the stream");
    rb_funcall(answer->flush, rb_intern("call"), 2, ID2SYM(rb_intern("await")), ended);
}

static hyp_rb_responder_t responder_for(hyp_rb_answer_t *answer)
{
    hyp_rb_exchange_t *exchange = answer->exchange;
    const hyp_request_t *request = exchange->request;
    if (request == NULL) rb_raise(hyp_rb_eError, "there is no request to be answered");
    return (hyp_rb_responder_t){
        .ctx = answer,
        .emit = emit,
        .flow = flow,
        .hijack = hijack,
        .await = await,
        .holds = &exchange->holds,
        .scratch = &exchange->scratch,
        .minor = request->minor,
        .head_only = request->method == HYP_METHOD_HEAD,
        .keep_alive = request->keep_alive && !exchange->shared.draining,
        .date = exchange->clock.date,
        .input = exchange->input,
        .protocols = NIL_P(exchange->env) ? Qnil : hyp_rb_env_protocols(exchange->env, request),
    };
}

static VALUE respond(VALUE self, VALUE triple)
{
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_begin(self);
    hyp_rb_answer_t answer = {exchange, rb_block_given_p() ? rb_block_proc() : Qnil};
    hyp_rb_responder_t responder = responder_for(&answer);
    bool emitted;
    hyp_rb_respond(&responder, triple, &emitted);
    RB_GC_GUARD(answer.flush);
    return Qnil;
}

/* An interim answer, which begins none: what fails after it can still be answered otherwise. */
static VALUE early_hints(VALUE self, VALUE headers)
{
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_begin(self);
    if (exchange->request == NULL || exchange->emitted) return Qnil;
    hyp_rb_answer_t answer = {exchange, Qnil};
    hyp_rb_responder_t responder = responder_for(&answer);
    hyp_rb_respond_early(&responder, headers);
    exchange->emitted = false;
    return Qnil;
}

static hyp_status refusal_of(int http_status)
{
    for (hyp_status status = HYP_OK; status < HYP_STATUS_COUNT; status++) {
        if (hyp_status_http(status) == http_status) return status;
    }
    rb_raise(rb_eArgError, "there is no canned answer for %d", http_status);
}

/* What has been answered in full can't be answered otherwise any more: then these do nothing. */
static VALUE respond_error(VALUE self, VALUE http_status)
{
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_begin(self);
    hyp_status refusal = refusal_of(NUM2INT(http_status));
    if (exchange->request == NULL) return Qnil;
    hyp_rb_answer_t answer = {exchange, Qnil};
    hyp_rb_responder_t responder = responder_for(&answer);
    hyp_buf_clear(&exchange->scratch);
    hyp_rb_respond_error(&responder, refusal);
    return Qnil;
}

static VALUE abort_answer(VALUE self)
{
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_begin(self);
    if (exchange->request == NULL) return Qnil;
    hyp_rb_answer_t answer = {exchange, Qnil};
    hyp_rb_responder_t responder = responder_for(&answer);
    hyp_buf_clear(&exchange->scratch);
    hyp_rb_respond_abort(&responder);
    return Qnil;
}

/* What was received behind the request, once: who takes the connection over has to see it. */
static VALUE take_unread(VALUE self)
{
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_of(self);
    if (exchange->conn.log) hyp_conn_log_end(&exchange->conn, &exchange->shared);
    hyp_slice_t bytes = hyp_conn_handoff_bytes(&exchange->conn);
    VALUE unread = rb_str_new(bytes.ptr, (long)bytes.len);
    hyp_buf_free(&exchange->conn.in);
    return unread;
}

/* Why the request body that has just been refused could not be kept, once; nil when there was none. */
static VALUE take_trouble(VALUE self)
{
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_of(self);
    hyp_status trouble = exchange->shared.body_trouble;
    exchange->shared.body_trouble = HYP_OK;
    return trouble == HYP_OK ? Qnil : hyp_rb_exception(trouble);
}

static VALUE is_emitted(VALUE self)
{
    return hyp_rb_exchange_of(self)->emitted ? Qtrue : Qfalse;
}

void hyp_rb_init_exchange_request(VALUE class)
{
    rb_define_method(class, "refuse_late", refuse_late, -1);
    rb_define_method(class, "take_request", take_request, -1);
    rb_define_method(class, "respond", respond, 1);
    rb_define_method(class, "early_hints", early_hints, 1);
    rb_define_method(class, "respond_error", respond_error, 1);
    rb_define_method(class, "abort", abort_answer, 0);
    rb_define_method(class, "take_unread", take_unread, 0);
    rb_define_method(class, "take_trouble", take_trouble, 0);
    rb_define_method(class, "emitted?", is_emitted, 0);
}
