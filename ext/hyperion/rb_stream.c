#include "rb_response.h"

/* What a streaming body is called with. It may outlive its answer, in the hands of a thread that the body has started: then
 * `answer` is NULL. Under `lock`, since a writer waits for its client without the GVL. */
typedef struct {
    hyp_rb_answering_t *answer;
    VALUE lock;
    VALUE input; /* rack.input, or nil */
    bool read_closed;
    bool write_closed;
} hyp_rb_stream_t;

static VALUE stream_class;

static void mark_stream(void *ptr)
{
    const hyp_rb_stream_t *stream = ptr;
    rb_gc_mark(stream->lock);
    rb_gc_mark(stream->input);
}

static const rb_data_type_t stream_type = {
    .wrap_struct_name = "Hyperion::Http::Stream",
    .function = {.dmark = mark_stream, .dfree = RUBY_DEFAULT_FREE},
    .flags = RUBY_TYPED_FREE_IMMEDIATELY,
};

static VALUE new_stream(hyp_rb_answering_t *answer)
{
    hyp_rb_stream_t *stream;
    VALUE self = TypedData_Make_Struct(stream_class, hyp_rb_stream_t, &stream_type, stream);
    stream->lock = stream->input = Qnil;
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

static VALUE write_strings(VALUE arg)
{
    VALUE *arguments = (VALUE *)arg;
    hyp_rb_stream_t *stream = stream_of(arguments[0]);
    size_t written = 0;
    for (long i = 0; i < RARRAY_LEN(arguments[1]); i++) {
        if (stream->write_closed) rb_raise(rb_eIOError, "not opened for writing");
        VALUE string = rb_obj_as_string(RARRAY_AREF(arguments[1], i));
        hyp_rb_answering_write(stream->answer, string);
        written += (size_t)RSTRING_LEN(string);
    }
    return SIZET2NUM(written);
}

/* write(*objects): as IO#write. Waits while too much is unsent; ClientDisconnected when the client has gone. */
static VALUE stream_write(int argc, VALUE *argv, VALUE self)
{
    VALUE arguments[] = {self, rb_ary_new_from_values(argc, argv)};
    VALUE written = rb_mutex_synchronize(stream_of(self)->lock, write_strings, (VALUE)arguments);
    RB_GC_GUARD(arguments[1]);
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

static VALUE end_writing(VALUE self)
{
    hyp_rb_stream_t *stream = stream_of(self);
    if (stream->write_closed) return Qnil;
    stream->write_closed = true;
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

static VALUE call_body(VALUE self)
{
    const hyp_rb_stream_t *stream = stream_of(self);
    hyp_rb_answering_t *answer = stream->answer;
    hyp_rb_answering_send_head(answer);
    rb_funcall(answer->body, rb_intern("call"), 1, self);
    return stream_close_write(self);
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
    return rb_mutex_synchronize(stream_of(self)->lock, detach, self);
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
