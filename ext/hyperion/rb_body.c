#include "rb_hyperion.h"

#define SCAN_BYTES 4096 /* of a file that are looked at together for the end of a line */

typedef struct {
    hyp_body_t body;
    uint64_t position;
    bool closed;
} input_t;

static VALUE input_class;

static void input_discard(input_t *input)
{
    rb_gc_adjust_memory_usage(-(ssize_t)input->body.memory.cap);
    hyp_body_free(&input->body);
    input->closed = true;
}

static void input_free(void *input)
{
    input_discard(input);
    xfree(input);
}

static size_t input_memsize(const void *input)
{
    return sizeof(input_t) + ((const input_t *)input)->body.memory.cap;
}

/* Refers to no object: there is nothing to mark, and nothing that a write barrier could miss. */
static const rb_data_type_t input_type = {
    .wrap_struct_name = "Hyperion::Http::Input",
    .function = {.dfree = input_free, .dsize = input_memsize},
    .flags = RUBY_TYPED_FREE_IMMEDIATELY | RUBY_TYPED_WB_PROTECTED,
};

VALUE hyp_rb_input_new(hyp_request_t *request)
{
    if (request->framing.body == HYP_BODY_NONE) return Qnil;
    input_t *input;
    VALUE self = TypedData_Make_Struct(input_class, input_t, &input_type, input);
    input->body = request->body;
    hyp_body_init(&request->body);
    rb_gc_adjust_memory_usage((ssize_t)input->body.memory.cap);
    return self;
}

static input_t *input_of(VALUE self)
{
    return rb_check_typeddata(self, &input_type);
}

static input_t *readable_input(VALUE self)
{
    input_t *input = input_of(self);
    if (input->closed) rb_raise(rb_eIOError, "not opened for reading");
    return input;
}

static uint64_t bytes_left(const input_t *input)
{
    return input->position < input->body.len ? input->body.len - input->position : 0;
}

/* A file may turn out shorter than it was written: then the rest is missing. */
static void read_bytes(input_t *input, char *to, size_t len)
{
    size_t got = 0;
    hyp_rb_check(hyp_body_read(&input->body, input->position, to, len, &got), "read the request body");
    if (got < len) rb_raise(rb_eEOFError, "the request body's file has been cut");
}

static long string_len(uint64_t len)
{
    if (len > LONG_MAX) rb_raise(rb_eRangeError, "request body too long for a String");
    return (long)len;
}

/* Reads into a new String, or over the contents of `buffer`. */
static VALUE read_string(input_t *input, uint64_t bytes, VALUE buffer)
{
    long len = string_len(bytes);
    if (NIL_P(buffer)) {
        buffer = rb_str_new(NULL, len);
    } else {
        rb_str_modify(buffer);
        rb_str_resize(buffer, len);
        rb_enc_associate(buffer, rb_ascii8bit_encoding());
    }
    read_bytes(input, RSTRING_PTR(buffer), (size_t)len);
    input->position += (uint64_t)len;
    return buffer;
}

static VALUE buffer_of(VALUE argument)
{
    if (NIL_P(argument)) return Qnil;
    StringValue(argument);
    rb_str_modify(argument);
    return argument;
}

/* -1 for all that is left. */
static long length_of(VALUE argument)
{
    if (NIL_P(argument)) return -1;
    long length = NUM2LONG(argument);
    if (length < 0) rb_raise(rb_eArgError, "negative length %ld given", length);
    return length;
}

/* read(length = nil, buffer = nil): like IO#read in binary mode. What is left is looked at last, since a conversion of an
 * argument may read too. */
static VALUE input_read(int argc, VALUE *argv, VALUE self)
{
    rb_check_arity(argc, 0, 2);
    input_t *input = readable_input(self);
    long length = length_of(argc > 0 ? argv[0] : Qnil);
    VALUE buffer = buffer_of(argc > 1 ? argv[1] : Qnil);
    uint64_t left = bytes_left(input);
    if (length < 0) return read_string(input, left, buffer);
    if (left == 0 && length > 0) {
        if (!NIL_P(buffer)) rb_str_resize(buffer, 0);
        return Qnil;
    }
    return read_string(input, left < (uint64_t)length ? left : (uint64_t)length, buffer);
}

static uint64_t line_len_in_memory(const input_t *input, uint64_t left)
{
    const char *line = hyp_buf_ptr(&input->body.memory) + input->position;
    const char *end = memchr(line, '\n', (size_t)left);
    return end ? (uint64_t)(end - line) + 1 : left;
}

static uint64_t line_len_in_file(const input_t *input, uint64_t left)
{
    char bytes[SCAN_BYTES];
    for (uint64_t seen = 0; seen < left;) {
        size_t got = 0;
        hyp_status status = hyp_body_read(&input->body, input->position + seen, bytes, sizeof(bytes), &got);
        hyp_rb_check(status, "read the request body");
        const char *end = memchr(bytes, '\n', got);
        if (end) return seen + (uint64_t)(end - bytes) + 1;
        if (got == 0) break;
        seen += got;
    }
    return left;
}

/* The next line with its end; nil at the end of the body. */
static VALUE input_gets(VALUE self)
{
    input_t *input = readable_input(self);
    uint64_t left = bytes_left(input);
    if (left == 0) return Qnil;
    bool in_file = input->body.fd >= 0;
    return read_string(input, in_file ? line_len_in_file(input, left) : line_len_in_memory(input, left), Qnil);
}

static VALUE input_each(VALUE self)
{
    RETURN_ENUMERATOR(self, 0, 0);
    for (VALUE line = input_gets(self); !NIL_P(line); line = input_gets(self))
        rb_yield(line);
    return self;
}

static VALUE input_rewind(VALUE self)
{
    readable_input(self)->position = 0;
    return INT2FIX(0);
}

/* Nothing of the body is wanted any more: its memory or file goes at once. */
static VALUE input_close(VALUE self)
{
    input_t *input = input_of(self);
    if (!input->closed) input_discard(input);
    return Qnil;
}

static VALUE input_is_closed(VALUE self)
{
    return input_of(self)->closed ? Qtrue : Qfalse;
}

static VALUE input_size(VALUE self)
{
    return ULL2NUM(readable_input(self)->body.len);
}

static VALUE input_position(VALUE self)
{
    return ULL2NUM(readable_input(self)->position);
}

static VALUE input_is_at_end(VALUE self)
{
    return bytes_left(readable_input(self)) == 0 ? Qtrue : Qfalse;
}

void hyp_rb_init_body(void)
{
    input_class = rb_define_class_under(hyp_rb_mHttp, "Input", rb_cObject);
    rb_gc_register_mark_object(input_class);
    rb_undef_alloc_func(input_class);
    rb_define_method(input_class, "read", input_read, -1);
    rb_define_method(input_class, "gets", input_gets, 0);
    rb_define_method(input_class, "each", input_each, 0);
    rb_define_method(input_class, "rewind", input_rewind, 0);
    rb_define_method(input_class, "close", input_close, 0);
    rb_define_method(input_class, "closed?", input_is_closed, 0);
    rb_define_method(input_class, "size", input_size, 0);
    rb_define_method(input_class, "pos", input_position, 0);
    rb_define_method(input_class, "eof?", input_is_at_end, 0);
}
