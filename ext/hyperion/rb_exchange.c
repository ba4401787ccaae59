#include "rb_hyperion.h"

#include <unistd.h>

#include "core/conn_log.h"
#include "core/route_counters.h"

#define OUTPUT_BYTES_MAX 262144 /* shown at a time */
#define OUTPUT_PIECES_MAX 16
#define FILE_READ_BYTES 65536

typedef struct {
    hyp_limits_t limits;
    hyp_clock_t clock;
    hyp_counters_t own_counters;
    hyp_scoreboard_t *board; /* owned reference, or NULL */
    uint8_t counted_as;      /* hyp_timer_kind among the board's connections, or HYP_NOT_COUNTED: not among them */
    hyp_conn_shared_t shared;
    hyp_conn_t conn;
    hyp_request_t *request; /* taken, and not answered in full; owned */
    hyp_buf_t scratch;
    hyp_timer_kind timer;
    hyp_msec_t deadline; /* of `timer`; 0: none */
    bool initialized;
    bool emitted; /* of the request under way, or of the last */
    VALUE routes;
    VALUE env_template;
    VALUE health;          /* Hyperion::Http::Health, or nil */
    VALUE trusted_proxies; /* Hyperion::Http::Networks, or nil */
    VALUE proxy_protocol;  /* the same */
    VALUE access_log;      /* Hyperion::Http::AccessLog, or nil; a reference to what is in it is owned */
    VALUE env;             /* of the request under way, or of the last */
    VALUE input;           /* the same's; nil for none */
} hyp_rb_exchange_t;

/* Holds are not used here, so no reply that is given back has an owner. */
static void give_back(void *ctx, hyp_reply_t *reply)
{
    (void)ctx;
    hyp_reply_destroy(reply);
}

/* ---- the object ---- */

static void mark_exchange(void *ptr)
{
    hyp_rb_exchange_t *exchange = ptr;
    rb_gc_mark(exchange->routes);
    rb_gc_mark(exchange->env_template);
    rb_gc_mark(exchange->env);
    rb_gc_mark(exchange->health);
    rb_gc_mark(exchange->trusted_proxies);
    rb_gc_mark(exchange->proxy_protocol);
    rb_gc_mark(exchange->access_log);
    rb_gc_mark(exchange->input);
}

static void end_request(hyp_rb_exchange_t *exchange)
{
    if (exchange->request == NULL) return;
    hyp_request_destroy(exchange->request);
    exchange->request = NULL;
    hyp_count(&exchange->shared.counters->busy_threads, (uint64_t)-1);
}

/* Under the GVL, like all that is counted here. HYP_NOT_COUNTED: it is none of the open connections any more. */
static void count_as(hyp_rb_exchange_t *exchange, uint8_t kind)
{
    hyp_move_connection(exchange->shared.counters, exchange->counted_as, kind);
    exchange->counted_as = kind;
}

static void free_exchange(void *ptr)
{
    hyp_rb_exchange_t *exchange = ptr;
    end_request(exchange);
    count_as(exchange, HYP_NOT_COUNTED);
    if (exchange->board) hyp_scoreboard_release_reference(exchange->board);
    hyp_conn_free(&exchange->conn, &exchange->shared);
    hyp_conn_shared_free(&exchange->shared);
    if (exchange->shared.log) hyp_access_log_release(exchange->shared.log);
    hyp_buf_free(&exchange->scratch);
    xfree(exchange);
}

static size_t exchange_size(const void *ptr)
{
    const hyp_rb_exchange_t *exchange = ptr;
    return sizeof *exchange + exchange->conn.in.cap + exchange->conn.out.cap + exchange->shared.out.cap;
}

static const rb_data_type_t exchange_type = {
    .wrap_struct_name = "Hyperion::Http::Exchange",
    .function = {.dmark = mark_exchange, .dfree = free_exchange, .dsize = exchange_size},
    .flags = RUBY_TYPED_FREE_IMMEDIATELY,
};

static VALUE allocate(VALUE class)
{
    hyp_rb_exchange_t *exchange;
    VALUE self = TypedData_Make_Struct(class, hyp_rb_exchange_t, &exchange_type, exchange);
    exchange->routes = exchange->env_template = exchange->health = Qnil;
    exchange->trusted_proxies = exchange->proxy_protocol = exchange->access_log = Qnil;
    exchange->env = exchange->input = Qnil;
    hyp_limits_init(&exchange->limits);
    hyp_conn_init(&exchange->conn);
    hyp_conn_shared_init(&exchange->shared);
    for (int i = 0; i < HYP_ROUTE_SETS; i++)
        hyp_route_reader_init(&exchange->shared.routes[i], NULL);
    exchange->shared.limits = &exchange->limits;
    exchange->shared.clock = &exchange->clock;
    exchange->shared.counters = &exchange->own_counters;
    exchange->counted_as = HYP_NOT_COUNTED;
    exchange->shared.give_back = give_back;
    return self;
}

static hyp_rb_exchange_t *unwrap(VALUE self)
{
    hyp_rb_exchange_t *exchange;
    TypedData_Get_Struct(self, hyp_rb_exchange_t, &exchange_type, exchange);
    return exchange;
}

static hyp_rb_exchange_t *exchange_of(VALUE self)
{
    hyp_rb_exchange_t *exchange = unwrap(self);
    if (!exchange->initialized) rb_raise(hyp_rb_eError, "exchange is not initialized");
    return exchange;
}

/* ---- between events ---- */

static hyp_msec_t duration_of(const hyp_limits_t *limits, hyp_timer_kind kind)
{
    switch (kind) {
    case HYP_TIMER_HEAD:
        return limits->head_timeout;
    case HYP_TIMER_BODY:
        return limits->body_timeout;
    case HYP_TIMER_WRITE:
        return limits->write_timeout;
    case HYP_TIMER_IDLE:
        return limits->idle_timeout;
    case HYP_TIMER_LINGER:
        return limits->linger_timeout;
    default:
        return 0;
    }
}

static void tell_log(hyp_rb_exchange_t *exchange)
{
    const hyp_conn_shared_t *shared = &exchange->shared;
    if (shared->log == NULL) return;
    uint64_t lost = hyp_access_log_tell(shared->log);
    if (lost > 0) hyp_count(&shared->counters->log_lines_lost, lost);
}

/* As a loop does once a connection waits; but output is kept at once, since here every event is a round of its own. */
static void settle(hyp_rb_exchange_t *exchange)
{
    hyp_conn_t *conn = &exchange->conn;
    hyp_status kept = hyp_conn_keep_output(conn, &exchange->shared);
    (void)kept; /* without memory the connection has closed itself */
    tell_log(exchange);
    hyp_timer_kind kind = hyp_conn_timer(conn, &exchange->shared);
    bool restarts = hyp_conn_timer_restarts(conn);
    if (exchange->counted_as != HYP_NOT_COUNTED && exchange->counted_as != kind) count_as(exchange, (uint8_t)kind);
    if (kind == exchange->timer && !restarts) return;
    hyp_msec_t duration = duration_of(&exchange->limits, kind);
    exchange->timer = kind;
    exchange->deadline = duration > 0 ? exchange->clock.now + duration : 0;
}

static hyp_rb_exchange_t *begin(VALUE self)
{
    hyp_rb_exchange_t *exchange = exchange_of(self);
    hyp_clock_tick(&exchange->clock);
    return exchange;
}

/* ---- making ---- */

enum {
    KEY_ROUTES,
    KEY_ENV_TEMPLATE,
    KEY_LIMITS,
    KEY_PEER,
    KEY_APPLICATION,
    KEY_SCOREBOARD,
    KEY_HEALTH,
    KEY_TRUSTED_PROXIES,
    KEY_PROXY_PROTOCOL,
    KEY_ACCESS_LOG,
    KEYS
};

static void read_keywords(int argc, VALUE *argv, VALUE values[KEYS])
{
    VALUE options;
    rb_scan_args(argc, argv, "0:", &options);
    ID keys[KEYS] = {
        [KEY_ROUTES] = rb_intern("routes"),
        [KEY_ENV_TEMPLATE] = rb_intern("env_template"),
        [KEY_LIMITS] = rb_intern("limits"),
        [KEY_PEER] = rb_intern("peer"),
        [KEY_APPLICATION] = rb_intern("application"),
        [KEY_SCOREBOARD] = rb_intern("scoreboard"),
        [KEY_HEALTH] = rb_intern("health"),
        [KEY_TRUSTED_PROXIES] = rb_intern("trusted_proxies"),
        [KEY_PROXY_PROTOCOL] = rb_intern("proxy_protocol"),
        [KEY_ACCESS_LOG] = rb_intern("access_log"),
    };
    rb_get_kwargs(options, keys, 0, KEYS, values);
}

static void set_peer(hyp_rb_exchange_t *exchange, VALUE peer)
{
    if (peer == Qundef || NIL_P(peer)) return;
    const char *text = StringValueCStr(peer);
    if (strlen(text) >= HYP_PEER_BYTES) rb_raise(rb_eArgError, "peer is no printed address: %+" PRIsVALUE, peer);
    hyp_conn_set_peer(&exchange->conn, &exchange->shared, text);
}

static const hyp_networks_t *set_networks(VALUE object, VALUE *holder)
{
    const hyp_networks_t *networks = hyp_rb_networks(object);
    *holder = networks ? object : Qnil;
    return networks;
}

static hyp_verdict health(void *ctx, hyp_msec_t now)
{
    const hyp_rb_exchange_t *exchange = ctx;
    return hyp_rb_health_judge_ruby_loop(hyp_rb_health(exchange->health), now);
}

static void set_health(hyp_rb_exchange_t *exchange, VALUE object)
{
    if (hyp_rb_health(object) == NULL) return;
    exchange->health = object;
    exchange->shared.health = health;
    exchange->shared.health_ctx = exchange;
}

static void set_routes(hyp_rb_exchange_t *exchange, VALUE routes)
{
    exchange->routes = hyp_rb_route_sets(routes);
    for (long i = 0; i < RARRAY_LEN(exchange->routes); i++) {
        hyp_route_reader_init(&exchange->shared.routes[i], hyp_rb_route_set(RARRAY_AREF(exchange->routes, i)));
    }
}

static void use_scoreboard(hyp_rb_exchange_t *exchange, VALUE object)
{
    if (object == Qundef || NIL_P(object)) return;
    unsigned slot;
    hyp_scoreboard_t *board = hyp_rb_scoreboard(object, &slot);
    hyp_scoreboard_retain(board);
    exchange->board = board;
    hyp_tally_t *tally = hyp_scoreboard_tally(board, slot, hyp_scoreboard_loops(board));
    exchange->shared.counters = &tally->counters;
    exchange->shared.route_counters = tally->routes;
    exchange->shared.counted_set = hyp_rb_counted_set(exchange->routes);
}

static void use_access_log(hyp_rb_exchange_t *exchange, VALUE object)
{
    hyp_access_log_t *log = hyp_rb_access_log(object);
    if (log == NULL) return;
    hyp_access_log_retain(log);
    exchange->access_log = object;
    exchange->shared.log = log;
    exchange->shared.log_ring = hyp_rb_access_log_ring_of_ruby(object);
}

static VALUE initialize(int argc, VALUE *argv, VALUE self)
{
    hyp_rb_exchange_t *exchange = unwrap(self);
    if (exchange->initialized) rb_raise(hyp_rb_eError, "exchange is initialized already");
    VALUE values[KEYS];
    read_keywords(argc, argv, values);
    exchange->shared.trusted_proxies = set_networks(values[KEY_TRUSTED_PROXIES], &exchange->trusted_proxies);
    exchange->shared.proxy_protocol = set_networks(values[KEY_PROXY_PROTOCOL], &exchange->proxy_protocol);
    set_peer(exchange, values[KEY_PEER]);
    if (values[KEY_LIMITS] != Qundef) hyp_rb_limits(&exchange->limits, values[KEY_LIMITS]);
    exchange->env_template = hyp_rb_env_template(values[KEY_ENV_TEMPLATE]);
    exchange->shared.has_application = values[KEY_APPLICATION] == Qundef || RTEST(values[KEY_APPLICATION]);
    set_routes(exchange, values[KEY_ROUTES]);
    use_scoreboard(exchange, values[KEY_SCOREBOARD]);
    set_health(exchange, values[KEY_HEALTH]);
    use_access_log(exchange, values[KEY_ACCESS_LOG]);
    hyp_clock_init(&exchange->clock);
    exchange->initialized = true;
    settle(exchange);
    return self;
}

/* ---- events ---- */

static VALUE receive(VALUE self, VALUE bytes)
{
    Check_Type(bytes, T_STRING);
    hyp_rb_exchange_t *exchange = begin(self);
    for (int i = 0; i < HYP_ROUTE_SETS; i++)
        hyp_route_reader_refresh(&exchange->shared.routes[i]);
    if (RSTRING_LEN(bytes) > 0) {
        hyp_count(&exchange->shared.counters->bytes_in, (uint64_t)RSTRING_LEN(bytes));
        hyp_conn_on_recv(&exchange->conn, &exchange->shared, RSTRING_PTR(bytes), (size_t)RSTRING_LEN(bytes));
    }
    settle(exchange);
    RB_GC_GUARD(bytes);
    return Qnil;
}

static VALUE eof(VALUE self)
{
    hyp_rb_exchange_t *exchange = begin(self);
    hyp_conn_on_eof(&exchange->conn, &exchange->shared);
    settle(exchange);
    return Qnil;
}

static VALUE error(VALUE self)
{
    hyp_rb_exchange_t *exchange = begin(self);
    hyp_conn_on_error(&exchange->conn);
    settle(exchange);
    return Qnil;
}

static VALUE timeout(VALUE self)
{
    hyp_rb_exchange_t *exchange = begin(self);
    hyp_conn_on_timeout(&exchange->conn, &exchange->shared);
    settle(exchange);
    return Qnil;
}

static VALUE expire(VALUE self)
{
    hyp_rb_exchange_t *exchange = begin(self);
    hyp_conn_expire(&exchange->conn, &exchange->shared);
    settle(exchange);
    return Qnil;
}

static VALUE drain(VALUE self)
{
    hyp_rb_exchange_t *exchange = begin(self);
    exchange->shared.draining = true;
    hyp_conn_on_drain(&exchange->conn, &exchange->shared);
    settle(exchange);
    return Qnil;
}

static VALUE shutdown_done(VALUE self)
{
    hyp_rb_exchange_t *exchange = begin(self);
    hyp_conn_on_shutdown(&exchange->conn);
    settle(exchange);
    return Qnil;
}

static VALUE sent(VALUE self, VALUE count)
{
    hyp_rb_exchange_t *exchange = begin(self);
    hyp_count(&exchange->shared.counters->bytes_out, NUM2SIZET(count));
    hyp_conn_on_sent(&exchange->conn, &exchange->shared, NUM2SIZET(count));
    settle(exchange);
    return Qnil;
}

/* ---- among the open connections ---- */

static VALUE enter(VALUE self, VALUE accepted)
{
    hyp_rb_exchange_t *exchange = exchange_of(self);
    if (RTEST(accepted)) hyp_count(&exchange->shared.counters->accepted, 1);
    count_as(exchange, (uint8_t)exchange->timer);
    return Qnil;
}

static VALUE leave(VALUE self)
{
    hyp_rb_exchange_t *exchange = exchange_of(self);
    end_request(exchange);
    hyp_conn_log_leave(&exchange->conn, &exchange->shared);
    tell_log(exchange);
    count_as(exchange, HYP_NOT_COUNTED);
    return Qnil;
}

/* ---- what is wanted ---- */

static VALUE want(VALUE self)
{
    static const char *const names[] = {
        [HYP_WANT_RECV] = "recv",   [HYP_WANT_SEND] = "send",     [HYP_WANT_DISPATCH] = "dispatch",
        [HYP_WANT_REPLY] = "reply", [HYP_WANT_LINGER] = "linger", [HYP_WANT_HANDOFF] = "handoff",
        [HYP_WANT_CLOSE] = "close",
    };
    const hyp_rb_exchange_t *exchange = exchange_of(self);
    return ID2SYM(rb_intern(names[hyp_conn_want(&exchange->conn, &exchange->shared)]));
}

static VALUE deadline(VALUE self)
{
    const hyp_rb_exchange_t *exchange = exchange_of(self);
    return exchange->deadline > 0 ? DBL2NUM((double)exchange->deadline / 1000) : Qnil;
}

/* Puts the next bytes of a file among the output. A file that has been cut ends the connection. */
static void read_file(hyp_rb_exchange_t *exchange)
{
    hyp_file_part_t part;
    if (!hyp_conn_file(&exchange->conn, &exchange->shared, &part)) return;
    char bytes[FILE_READ_BYTES];
    ssize_t got = pread(part.fd, bytes, part.len < sizeof bytes ? (size_t)part.len : sizeof bytes, (off_t)part.offset);
    hyp_status status = HYP_CLOSED;
    if (got > 0) status = hyp_conn_on_file_read(&exchange->conn, &exchange->shared, bytes, (size_t)got);
    if (status != HYP_OK) hyp_conn_on_error(&exchange->conn);
}

static VALUE output(VALUE self)
{
    hyp_rb_exchange_t *exchange = exchange_of(self);
    read_file(exchange);
    struct iovec pieces[OUTPUT_PIECES_MAX];
    int count = hyp_conn_output(&exchange->conn, &exchange->shared, pieces, OUTPUT_PIECES_MAX);
    VALUE bytes = rb_str_new(NULL, 0);
    for (int i = 0; i < count; i++) {
        size_t room = OUTPUT_BYTES_MAX - (size_t)RSTRING_LEN(bytes);
        size_t len = pieces[i].iov_len < room ? pieces[i].iov_len : room;
        rb_str_cat(bytes, pieces[i].iov_base, (long)len);
    }
    return bytes;
}

/* ---- requests ---- */

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
    end_request(exchange);
    exchange->request = hyp_conn_take_request(&exchange->conn);
    hyp_count(&exchange->shared.counters->busy_threads, 1);
    count_waited(exchange, exchange->request, NIL_P(seconds) ? DBL2NUM(0) : seconds);
    return exchange->request;
}

/* Exchange#refuse_late(seconds): the request is answered 503 instead of being taken. */
static VALUE refuse_late(int argc, VALUE *argv, VALUE self)
{
    hyp_rb_exchange_t *exchange = begin(self);
    take(exchange, argc, argv);
    hyp_conn_on_late(&exchange->conn, &exchange->shared);
    end_request(exchange);
    settle(exchange);
    return Qnil;
}

/* Exchange#take_request(seconds = 0.0) */
static VALUE take_request(int argc, VALUE *argv, VALUE self)
{
    hyp_rb_exchange_t *exchange = begin(self);
    hyp_request_t *request = take(exchange, argc, argv);
    exchange->emitted = false;
    settle(exchange);

    hyp_rb_own_t own = {.hijack = Qnil, .hints = Qnil};
    VALUE env = exchange->env = hyp_rb_request_env(exchange->env_template, request, &exchange->input, &own);
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
    if (last) end_request(exchange);
    settle(exchange);
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
    end_request(answer->exchange);
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
    hyp_rb_exchange_t *exchange = begin(self);
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
    hyp_rb_exchange_t *exchange = begin(self);
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
    hyp_rb_exchange_t *exchange = begin(self);
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
    hyp_rb_exchange_t *exchange = begin(self);
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
    hyp_rb_exchange_t *exchange = exchange_of(self);
    if (exchange->conn.log) hyp_conn_log_end(&exchange->conn, &exchange->shared);
    hyp_slice_t bytes = hyp_conn_handoff_bytes(&exchange->conn);
    VALUE unread = rb_str_new(bytes.ptr, (long)bytes.len);
    hyp_buf_free(&exchange->conn.in);
    return unread;
}

/* Why the request body that has just been refused could not be kept, once; nil when there was none. */
static VALUE take_trouble(VALUE self)
{
    hyp_rb_exchange_t *exchange = exchange_of(self);
    hyp_status trouble = exchange->shared.body_trouble;
    exchange->shared.body_trouble = HYP_OK;
    return trouble == HYP_OK ? Qnil : hyp_rb_exception(trouble);
}

static VALUE is_emitted(VALUE self)
{
    return exchange_of(self)->emitted ? Qtrue : Qfalse;
}

/* ---- hooks ---- */

static VALUE set_collect_hits(VALUE self, VALUE on)
{
    exchange_of(self)->shared.collects_hits = RTEST(on);
    return on;
}

static VALUE hits(VALUE self)
{
    hyp_rb_exchange_t *exchange = exchange_of(self);
    VALUE list = rb_ary_new();
    if (exchange->shared.hits == NULL) return list;
    size_t cursor = 0;
    hyp_method method;
    hyp_slice_t path;
    while (hyp_hits_next(exchange->shared.hits, &cursor, &method, &path)) {
        VALUE name = hyp_rb_method_string(method, hyp_method_name(method));
        rb_ary_push(list, rb_assoc_new(name, rb_str_new(path.ptr, (long)path.len)));
    }
    hyp_hits_destroy(exchange->shared.hits);
    exchange->shared.hits = NULL;
    return list;
}

void hyp_rb_init_exchange(void)
{
    VALUE class = rb_define_class_under(hyp_rb_mHttp, "Exchange", rb_cObject);
    rb_define_alloc_func(class, allocate);
    rb_undef_method(class, "initialize_copy");
    rb_define_method(class, "initialize", initialize, -1);
    rb_define_method(class, "enter", enter, 1);
    rb_define_method(class, "leave", leave, 0);
    rb_define_method(class, "receive", receive, 1);
    rb_define_method(class, "eof", eof, 0);
    rb_define_method(class, "error", error, 0);
    rb_define_method(class, "timeout", timeout, 0);
    rb_define_method(class, "expire", expire, 0);
    rb_define_method(class, "drain", drain, 0);
    rb_define_method(class, "shutdown", shutdown_done, 0);
    rb_define_method(class, "sent", sent, 1);
    rb_define_method(class, "want", want, 0);
    rb_define_method(class, "deadline", deadline, 0);
    rb_define_method(class, "output", output, 0);
    rb_define_method(class, "refuse_late", refuse_late, -1);
    rb_define_method(class, "take_request", take_request, -1);
    rb_define_method(class, "respond", respond, 1);
    rb_define_method(class, "early_hints", early_hints, 1);
    rb_define_method(class, "respond_error", respond_error, 1);
    rb_define_method(class, "abort", abort_answer, 0);
    rb_define_method(class, "take_unread", take_unread, 0);
    rb_define_method(class, "take_trouble", take_trouble, 0);
    rb_define_method(class, "emitted?", is_emitted, 0);
    rb_define_method(class, "collect_hits=", set_collect_hits, 1);
    rb_define_method(class, "hits", hits, 0);
}
