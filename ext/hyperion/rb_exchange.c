#include "rb_exchange.h"

#include <unistd.h>

#include "core/conn_log.h"
#include "core/route_counters.h"

#define OUTPUT_BYTES_MAX 262144 /* shown at a time */
#define OUTPUT_PIECES_MAX 16
#define FILE_READ_BYTES 65536

static void give_back(void *ctx, hyp_reply_t *reply)
{
    hyp_rb_exchange_t *exchange = ctx;
    hyp_rb_let_go(&exchange->holds, (hyp_rb_hold_t *)reply->owner);
    hyp_reply_destroy(reply);
}

/* ---- the object ---- */

static void mark_exchange(void *ptr)
{
    hyp_rb_exchange_t *exchange = ptr;
    rb_gc_mark(exchange->routes);
    rb_gc_mark(exchange->env_base.template);
    rb_gc_mark(exchange->env);
    rb_gc_mark(exchange->health);
    rb_gc_mark(exchange->trusted_proxies);
    rb_gc_mark(exchange->proxy_protocol);
    rb_gc_mark(exchange->access_log);
    rb_gc_mark(exchange->input);
    hyp_rb_holds_mark(&exchange->holds);
}

void hyp_rb_exchange_end_request(hyp_rb_exchange_t *exchange)
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
    hyp_rb_exchange_end_request(exchange);
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
    exchange->routes = exchange->env_base.template = exchange->env_base.shapes = exchange->health = Qnil;
    exchange->trusted_proxies = exchange->proxy_protocol = exchange->access_log = Qnil;
    hyp_rb_holds_init(&exchange->holds);
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
    exchange->shared.give_back_ctx = exchange;
    return self;
}

hyp_rb_exchange_t *hyp_rb_exchange_unwrap(VALUE self)
{
    hyp_rb_exchange_t *exchange;
    TypedData_Get_Struct(self, hyp_rb_exchange_t, &exchange_type, exchange);
    return exchange;
}

hyp_rb_exchange_t *hyp_rb_exchange_of(VALUE self)
{
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_unwrap(self);
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

void hyp_rb_exchange_settle(hyp_rb_exchange_t *exchange)
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

hyp_rb_exchange_t *hyp_rb_exchange_begin(VALUE self)
{
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_of(self);
    hyp_clock_tick(&exchange->clock);
    return exchange;
}

/* ---- events ---- */

static VALUE receive(VALUE self, VALUE bytes)
{
    Check_Type(bytes, T_STRING);
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_begin(self);
    for (int i = 0; i < HYP_ROUTE_SETS; i++)
        hyp_route_reader_refresh(&exchange->shared.routes[i]);
    if (RSTRING_LEN(bytes) > 0) {
        hyp_count(&exchange->shared.counters->bytes_in, (uint64_t)RSTRING_LEN(bytes));
        hyp_conn_on_recv(&exchange->conn, &exchange->shared, RSTRING_PTR(bytes), (size_t)RSTRING_LEN(bytes));
    }
    hyp_rb_exchange_settle(exchange);
    RB_GC_GUARD(bytes);
    return Qnil;
}

static VALUE eof(VALUE self)
{
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_begin(self);
    hyp_conn_on_eof(&exchange->conn, &exchange->shared);
    hyp_rb_exchange_settle(exchange);
    return Qnil;
}

static VALUE error(VALUE self)
{
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_begin(self);
    hyp_conn_on_error(&exchange->conn);
    hyp_rb_exchange_settle(exchange);
    return Qnil;
}

static VALUE timeout(VALUE self)
{
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_begin(self);
    hyp_conn_on_timeout(&exchange->conn, &exchange->shared);
    hyp_rb_exchange_settle(exchange);
    return Qnil;
}

static VALUE expire(VALUE self)
{
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_begin(self);
    hyp_conn_expire(&exchange->conn, &exchange->shared);
    hyp_rb_exchange_settle(exchange);
    return Qnil;
}

static VALUE drain(VALUE self)
{
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_begin(self);
    exchange->shared.draining = true;
    hyp_conn_on_drain(&exchange->conn, &exchange->shared);
    hyp_rb_exchange_settle(exchange);
    return Qnil;
}

static VALUE shutdown_done(VALUE self)
{
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_begin(self);
    hyp_conn_on_shutdown(&exchange->conn, &exchange->shared);
    hyp_rb_exchange_settle(exchange);
    return Qnil;
}

static VALUE sent(VALUE self, VALUE count)
{
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_begin(self);
    hyp_count(&exchange->shared.counters->bytes_out, NUM2SIZET(count));
    hyp_conn_on_sent(&exchange->conn, &exchange->shared, NUM2SIZET(count));
    hyp_rb_exchange_settle(exchange);
    return Qnil;
}

/* ---- among the open connections ---- */

static VALUE enter(VALUE self, VALUE accepted)
{
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_of(self);
    if (RTEST(accepted)) hyp_count(&exchange->shared.counters->accepted, 1);
    count_as(exchange, (uint8_t)exchange->timer);
    return Qnil;
}

/* What the connection holds, memory and files, is let go sooner than the garbage collector would. */
static VALUE leave(VALUE self)
{
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_of(self);
    hyp_rb_exchange_end_request(exchange);
    hyp_conn_free(&exchange->conn, &exchange->shared);
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
    const hyp_rb_exchange_t *exchange = hyp_rb_exchange_of(self);
    return ID2SYM(rb_intern(names[hyp_conn_want(&exchange->conn, &exchange->shared)]));
}

static VALUE deadline(VALUE self)
{
    const hyp_rb_exchange_t *exchange = hyp_rb_exchange_of(self);
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
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_of(self);
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

/* ---- hooks ---- */

static VALUE set_collect_hits(VALUE self, VALUE on)
{
    hyp_rb_exchange_of(self)->shared.collects_hits = RTEST(on);
    return on;
}

static VALUE hits(VALUE self)
{
    hyp_rb_exchange_t *exchange = hyp_rb_exchange_of(self);
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
    rb_define_method(class, "initialize", hyp_rb_exchange_initialize, -1);
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
    hyp_rb_init_exchange_request(class);
    rb_define_method(class, "collect_hits=", set_collect_hits, 1);
    rb_define_method(class, "hits", hits, 0);
}
