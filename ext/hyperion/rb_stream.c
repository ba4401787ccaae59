#include "rb_response.h"

/* An answer that goes on when the body's call has returned. */
typedef struct {
    hyp_rb_answering_t answer;
    hyp_rb_responder_t responder;
    hyp_buf_t scratch;
    bool emitted;
} hyp_rb_late_t;

/* What a streaming body is called with. It is the application's to close, as an IO would be, from any thread, also when call has
 * returned. Under `lock`, since a writer waits for its client without the GVL. */
typedef struct {
    hyp_rb_answering_t *answer; /* the worker's, while call runs; then of `late`; NULL: it has ended */
    hyp_rb_late_t *late;        /* owned, or NULL */
    VALUE line;                 /* that `late` uses, or nil */
    VALUE ended;                /* a StopSignal that somebody waits for, or nil */
    VALUE lock;
    VALUE input; /* rack.input, or nil */
    bool read_closed;
    bool write_closed;
} hyp_rb_stream_t;

static VALUE stream_class;

static void mark_stream(void *ptr)
{
    const hyp_rb_stream_t *stream = ptr;
    rb_gc_mark(stream->line);
    rb_gc_mark(stream->ended);
    rb_gc_mark(stream->lock);
    rb_gc_mark(stream->input);
}

static void free_stream(void *ptr)
{
    hyp_rb_stream_t *stream = ptr;
    if (stream->late) hyp_buf_free(&stream->late->scratch);
    xfree(stream->late);
    xfree(stream);
}

static const rb_data_type_t stream_type = {
    .wrap_struct_name = "Hyperion::Http::Stream",
    .function = {.dmark = mark_stream, .dfree = free_stream},
    .flags = RUBY_TYPED_FREE_IMMEDIATELY,
};

static VALUE new_stream(hyp_rb_answering_t *answer)
{
    hyp_rb_stream_t *stream;
    VALUE self = TypedData_Make_Struct(stream_class, hyp_rb_stream_t, &stream_type, stream);
    stream->line = stream->ended = stream->lock = stream->input = Qnil;
    stream->lock = rb_mutex_new();
    stream->input = answer->responder->input;
    stream->answer = answer;
    return self;
}

static hyp_rb_stream_t *stream_of(VALUE self)
{
    return rb_check_typeddata(self, &stream_type);
}

/* ---- writing ---- */

static void close_writing(hyp_rb_stream_t *stream)
{
    stream->write_closed = true;
    if (!NIL_P(stream->ended)) rb_funcall(stream->ended, rb_intern("set"), 0);
}

typedef struct {
    hyp_rb_stream_t *stream;
    VALUE list; /* what is written; nil: the end is */
    size_t written;
} hyp_rb_writing_t;

static VALUE write_strings(VALUE arg)
{
    hyp_rb_writing_t *writing = (hyp_rb_writing_t *)arg;
    hyp_rb_stream_t *stream = writing->stream;
    for (long i = 0; i < RARRAY_LEN(writing->list); i++) {
        if (stream->write_closed) rb_raise(rb_eIOError, "not opened for writing");
        VALUE string = rb_obj_as_string(RARRAY_AREF(writing->list, i));
        hyp_rb_answering_write(stream->answer, string);
        writing->written += (size_t)RSTRING_LEN(string);
    }
    return SIZET2NUM(writing->written);
}

static VALUE give_up(VALUE arg, VALUE error)
{
    close_writing(((hyp_rb_writing_t *)arg)->stream);
    rb_exc_raise(error);
}

/* Whoever waits for the end waits no longer than there is a client. */
static VALUE try_writing(VALUE arg)
{
    return rb_rescue2(write_strings, arg, give_up, arg, hyp_rb_eDisconnected, (VALUE)0);
}

/* write(*objects): as IO#write. Waits while too much is unsent; ClientDisconnected when the client has gone. */
static VALUE stream_write(int argc, VALUE *argv, VALUE self)
{
    hyp_rb_writing_t writing = {.stream = stream_of(self), .list = rb_ary_new_from_values(argc, argv)};
    VALUE written = rb_mutex_synchronize(writing.stream->lock, try_writing, (VALUE)&writing);
    RB_GC_GUARD(self);
    return written;
}

static VALUE stream_append(VALUE self, VALUE object)
{
    stream_write(1, &object, self);
    return self;
}

/* What was written is on its way already. */
static VALUE stream_flush(VALUE self)
{
    if (stream_of(self)->write_closed) rb_raise(rb_eIOError, "not opened for writing");
    return self;
}

static VALUE end_answer(VALUE answer)
{
    hyp_rb_answering_end((hyp_rb_answering_t *)answer);
    return Qnil;
}

/* No worker is there any more to break an answer off that cannot be completed. */
static VALUE end_late(hyp_rb_late_t *late)
{
    int state = 0;
    rb_protect(end_answer, (VALUE)&late->answer, &state);
    if (state == 0) return Qnil;
    hyp_rb_respond_abort(&late->responder);
    rb_jump_tag(state);
}

static VALUE end_writing(VALUE self)
{
    hyp_rb_stream_t *stream = stream_of(self);
    if (stream->write_closed) return Qnil;
    close_writing(stream);
    if (!NIL_P(stream->line)) return end_late(stream->late);
    hyp_rb_answering_end(stream->answer);
    return Qnil;
}

/* The response is complete. */
static VALUE stream_close_write(VALUE self)
{
    return rb_mutex_synchronize(stream_of(self)->lock, end_writing, self);
}

/* ---- reading ---- */

/* read(length = nil, buffer = nil): the request's body, as rack.input's read. */
static VALUE stream_read(int argc, VALUE *argv, VALUE self)
{
    rb_check_arity(argc, 0, 2);
    const hyp_rb_stream_t *stream = stream_of(self);
    if (stream->read_closed) rb_raise(rb_eIOError, "not opened for reading");
    if (!NIL_P(stream->input)) return rb_funcallv(stream->input, rb_intern("read"), argc, argv);
    bool to_the_end = argc < 1 || NIL_P(argv[0]) || NUM2LONG(argv[0]) == 0;
    VALUE buffer = argc > 1 ? argv[1] : Qnil;
    if (!NIL_P(buffer)) rb_funcall(buffer, rb_intern("clear"), 0);
    if (!to_the_end) return Qnil;
    return NIL_P(buffer) ? rb_str_new(NULL, 0) : buffer;
}

static VALUE stream_close_read(VALUE self)
{
    stream_of(self)->read_closed = true;
    return Qnil;
}

static VALUE stream_close(VALUE self)
{
    stream_close_read(self);
    return stream_close_write(self);
}

static VALUE stream_is_closed(VALUE self)
{
    const hyp_rb_stream_t *stream = stream_of(self);
    return stream->read_closed && stream->write_closed ? Qtrue : Qfalse;
}

/* ---- the body's call ---- */

/* What is not closed when call returns is written on by somebody else. */
static VALUE keep_answer(VALUE self)
{
    hyp_rb_stream_t *stream = stream_of(self);
    if (stream->write_closed) return Qnil;
    hyp_rb_late_t *late = stream->late = ZALLOC(hyp_rb_late_t);
    late->responder = *stream->answer->responder;
    late->responder.scratch = &late->scratch;
    late->responder.holds = NULL;
    late->responder.date = NULL;
    late->responder.input = late->responder.protocols = Qnil;
    late->answer = *stream->answer;
    late->answer.responder = late->answer.head.responder = &late->responder;
    late->answer.head.out = &late->scratch;
    late->answer.head.hijack = late->answer.triple = late->answer.body = Qnil;
    late->answer.emitted = &late->emitted;
    stream->line = late->responder.keep(late->responder.ctx, &late->responder);
    stream->answer = &late->answer;
    return Qnil;
}

static VALUE stop_signal_new(void)
{
    return rb_class_new_instance(0, NULL, rb_path2class("Hyperion::StopSignal"));
}

static void await_end(hyp_rb_stream_t *stream)
{
    const hyp_rb_responder_t *responder = stream->answer->responder;
    stream->ended = stop_signal_new();
    if (!stream->write_closed) responder->await(responder->ctx, stream->ended);
}

static VALUE call_body(VALUE self)
{
    hyp_rb_stream_t *stream = stream_of(self);
    hyp_rb_answering_t *answer = stream->answer;
    hyp_rb_answering_send_head(answer);
    rb_funcall(answer->body, rb_intern("call"), 1, self);
    if (answer->responder->keep) rb_mutex_synchronize(stream->lock, keep_answer, self);
    else if (!stream->write_closed) await_end(stream);
    return Qnil;
}

/* Another thread's write may be under way: it is waited for. */
static VALUE detach(VALUE self)
{
    hyp_rb_stream_t *stream = stream_of(self);
    stream->read_closed = stream->write_closed = true;
    stream->answer = NULL;
    return Qnil;
}

static VALUE end_call(VALUE self)
{
    hyp_rb_stream_t *stream = stream_of(self);
    if (NIL_P(stream->line)) rb_mutex_synchronize(stream->lock, detach, self);
    return Qnil;
}

void hyp_rb_stream(hyp_rb_answering_t *answer)
{
    VALUE self = new_stream(answer);
    rb_ensure(call_body, self, end_call, self);
}

void hyp_rb_init_stream(void)
{
    stream_class = rb_define_class_under(hyp_rb_mHttp, "Stream", rb_cObject);
    rb_gc_register_mark_object(stream_class);
    rb_undef_alloc_func(stream_class);
    rb_define_method(stream_class, "read", stream_read, -1);
    rb_define_method(stream_class, "write", stream_write, -1);
    rb_define_method(stream_class, "<<", stream_append, 1);
    rb_define_method(stream_class, "flush", stream_flush, 0);
    rb_define_method(stream_class, "close", stream_close, 0);
    rb_define_method(stream_class, "close_read", stream_close_read, 0);
    rb_define_method(stream_class, "close_write", stream_close_write, 0);
    rb_define_method(stream_class, "closed?", stream_is_closed, 0);
}
