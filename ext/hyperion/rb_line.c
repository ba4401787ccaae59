#include "rb_engine.h"

static hyp_loop_t *loop_of(const hyp_rb_line_t *line)
{
    return atomic_load_explicit(&line->engine->loops[line->to.loop].loop, memory_order_relaxed);
}

static bool is_cut(const hyp_rb_line_t *line)
{
    return line->engine == NULL || line->abandoned || line->engine->loops[line->to.loop].closed;
}

/* For a loop that has closed, and with it the connection, or a request that was ended without its handler. Without an engine there are no holds either. */
static void drop_reply(hyp_rb_line_t *line, hyp_reply_t *reply)
{
    if (reply->flow) hyp_flow_abandon(reply->flow);
    reply->next = NULL;
    if (line->engine) hyp_rb_let_go_all(&line->engine->holds, reply);
    else hyp_reply_destroy(reply);
}

bool hyp_rb_line_push(hyp_rb_line_t *line, hyp_reply_t *reply)
{
    line->answered = line->answered || reply->last;
    reply->to = line->to;
    reply->waited = line->waited;
    if (line->flow) {
        hyp_flow_retain(line->flow);
        reply->flow = line->flow;
    }
    if (is_cut(line)) {
        drop_reply(line, reply);
        return false;
    }
    if (reply->flow) hyp_flow_add(reply->flow, reply->len + reply->tail.len);
    hyp_outbox_push(hyp_loop_outbox(loop_of(line)), reply);
    return true;
}

void hyp_rb_line_flush(const hyp_rb_line_t *line)
{
    if (!is_cut(line)) hyp_outbox_flush(hyp_loop_outbox(loop_of(line)), true);
}

/* ---- waiting ---- */

typedef struct {
    hyp_flow_t *flow;
    size_t limit;
    hyp_status status;
} hyp_rb_wait_t;

static void *wait_for_client_nogvl(void *arg)
{
    hyp_rb_wait_t *wait = arg;
    wait->status = hyp_flow_wait(wait->flow, wait->limit);
    return NULL;
}

static void interrupt_flow(void *flow)
{
    hyp_flow_interrupt(flow);
}

/* HYP_OK when the client has taken enough, or HYP_INTERRUPTED when it is to be waited for. */
static hyp_status look_at(hyp_flow_t *flow, size_t limit)
{
    pthread_mutex_lock(&flow->mutex);
    hyp_status status = flow->gone ? HYP_CLOSED : flow->unsent > limit ? HYP_INTERRUPTED : HYP_OK;
    pthread_mutex_unlock(&flow->mutex);
    return status;
}

/* The flow is held here: who waits has let go of the GVL, and the line may be freed meanwhile. */
static VALUE wait_for_client(VALUE arg)
{
    hyp_rb_wait_t *wait = (hyp_rb_wait_t *)arg;
    while (wait->status == HYP_INTERRUPTED) {
        hyp_rb_wait_without_gvl(wait_for_client_nogvl, wait, interrupt_flow, wait->flow);
        if (wait->status == HYP_INTERRUPTED) rb_thread_check_ints();
    }
    return Qnil;
}

static VALUE release_flow(VALUE arg)
{
    hyp_flow_release((hyp_flow_t *)arg);
    return Qnil;
}

/* A loop run by hand does not send while a block runs in its thread: to wait for it there would be for ever. */
void hyp_rb_line_wait(hyp_rb_line_t *line)
{
    if (is_cut(line)) rb_raise(hyp_rb_eDisconnected, "the client has gone");
    if (line->flow == NULL) hyp_rb_check(hyp_flow_new(&line->flow), "streaming an answer");
    hyp_rb_wait_t wait = {.flow = line->flow, .limit = line->engine->limits.stream_bytes};
    wait.status = look_at(wait.flow, wait.limit);
    if (wait.status == HYP_INTERRUPTED && !line->engine->by_hand) {
        hyp_rb_line_flush(line);
        hyp_flow_retain(wait.flow);
        rb_ensure(wait_for_client, (VALUE)&wait, release_flow, (VALUE)wait.flow);
    }
    if (wait.status == HYP_CLOSED) rb_raise(hyp_rb_eDisconnected, "the client has gone");
}

void hyp_rb_line_end(hyp_rb_line_t *line)
{
    if (line->flow) hyp_flow_release(line->flow);
    line->flow = NULL;
}

/* ---- lines that are kept ---- */

static void unlink_line(hyp_rb_line_t *line)
{
    line->prev->next = line->next;
    line->next->prev = line->prev;
    line->engine = NULL;
}

/* Nobody can answer any more: the client is told so by the end of its connection. */
static void give_up(hyp_rb_line_t *line)
{
    if (line->answered || hyp_rb_engine_is_inherited(line->engine)) return;
    hyp_reply_t *reply = hyp_reply_new(0);
    if (reply == NULL) return;
    reply->last = reply->close = reply->abort = true;
    if (hyp_rb_line_push(line, reply)) hyp_rb_line_flush(line);
}

static void free_line(void *ptr)
{
    hyp_rb_line_t *line = ptr;
    if (line->engine) {
        give_up(line);
        unlink_line(line);
    }
    hyp_rb_line_end(line);
    xfree(line);
}

static const rb_data_type_t line_type = {
    .wrap_struct_name = "Hyperion::Http line to a connection",
    .function = {.dfree = free_line},
    .flags = RUBY_TYPED_FREE_IMMEDIATELY | RUBY_TYPED_WB_PROTECTED,
};

VALUE hyp_rb_line_keep(hyp_rb_line_t *line)
{
    hyp_rb_line_t *kept;
    VALUE object = TypedData_Make_Struct(0, hyp_rb_line_t, &line_type, kept);
    *kept = *line;
    kept->prev = &line->engine->lines;
    kept->next = line->engine->lines.next;
    kept->next->prev = kept;
    line->engine->lines.next = kept;
    line->flow = NULL;
    line->emitted = line->answered = true;
    return object;
}

hyp_rb_line_t *hyp_rb_line(VALUE object)
{
    return rb_typeddata_is_kind_of(object, &line_type) ? RTYPEDDATA_DATA(object) : NULL;
}

void hyp_rb_lines_init(hyp_rb_line_t *lines)
{
    lines->prev = lines->next = lines;
}

void hyp_rb_lines_cut(hyp_rb_line_t *lines)
{
    while (lines->next != lines)
        unlink_line(lines->next);
}
