#include "rb_response.h"

#include "core/scan.h"

#define STATUS_LINE_OK "HTTP/1.1 200 OK\r\n"
#define STATUS_LINE_BYTES_MAX 128 /* with the longest reason */
#define DATE_FIELD_BYTES (sizeof("date: \r\n") - 1 + HYP_DATE_LEN)
#define DECIMAL_BYTES_MAX 20 /* of a uint64_t */

/* ---- writing ---- */

static char *reserve(hyp_buf_t *out, size_t len)
{
    hyp_rb_check(hyp_buf_reserve(out, len), "write a response head");
    return out->data + out->end;
}

static void put(hyp_buf_t *out, hyp_slice_t bytes)
{
    memcpy(reserve(out, bytes.len), bytes.ptr, bytes.len);
    out->end += bytes.len;
}

#define PUT(out, literal) put((out), HYP_SLICE(literal))

static void put_decimal(hyp_buf_t *out, uint64_t number)
{
    char digits[DECIMAL_BYTES_MAX];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    put(out, hyp_slice(digits + at, sizeof(digits) - at));
}

/* ---- status line and date ---- */

/* 0 for what is no number, or none that fits. */
static int status_number(VALUE status)
{
    if (!RB_INTEGER_TYPE_P(status) && rb_respond_to(status, rb_intern("to_i"))) {
        status = rb_funcall(status, rb_intern("to_i"), 0);
    }
    if (!RB_FIXNUM_P(status) || FIX2LONG(status) < 0 || FIX2LONG(status) > 999) return 0;
    return (int)FIX2LONG(status);
}

static void put_status_line(hyp_rb_head_t *head, VALUE status)
{
    head->status = status_number(status);
    if (head->status == 200) {
        PUT(head->out, STATUS_LINE_OK);
        return;
    }
    if (head->status != 101 && (head->status < 200 || head->status > 599)) {
        rb_raise(hyp_rb_eError, "status must be from 200 to 599, not %+" PRIsVALUE, status);
    }
    char *line = reserve(head->out, STATUS_LINE_BYTES_MAX);
    int len =
        snprintf(line, STATUS_LINE_BYTES_MAX, "HTTP/1.1 %d %s\r\n", head->status, hyp_response_reason(head->status));
    head->out->end += (size_t)len;
}

static void put_date(hyp_buf_t *out, const char *date)
{
    PUT(out, "date: ");
    put(out, hyp_slice(date, HYP_DATE_LEN));
    PUT(out, "\r\n");
}

/* The application's own date, met later, takes the place of ours, which begins at `from`. */
static void remove_date(hyp_buf_t *out, size_t from)
{
    size_t behind = from + DATE_FIELD_BYTES;
    memmove(out->data + from, out->data + behind, out->end - behind);
    out->end -= DATE_FIELD_BYTES;
}

/* ---- fields ---- */

/* tchar to its lower case; 0 for what no field name may hold. Filled once, by hyp_rb_init_response. */
static char name_chars[256];

typedef enum {
    FIELD_SENT,
    FIELD_CONTENT_LENGTH,
    FIELD_DATE,
    FIELD_DROPPED,
    FIELD_CONNECTION,
    FIELD_UPGRADE,
    FIELD_HIJACK,
    FIELD_CODING
} field_kind;

static RBIMPL_ATTR_NORETURN() void refuse_name(VALUE name)
{
    rb_raise(hyp_rb_eError, "header name is no token: %+" PRIsVALUE, name);
}

static RBIMPL_ATTR_NORETURN() void refuse_value(hyp_slice_t name, VALUE value)
{
    VALUE text = rb_str_new(name.ptr, (long)name.len);
    rb_raise(hyp_rb_eError, "header %" PRIsVALUE " has a value with control characters: %+" PRIsVALUE, text, value);
}

/* What is ours to say. The framing and the connection are decided here, and nowhere else. */
static field_kind kind_of(hyp_slice_t name)
{
    switch (name.len) {
    case sizeof("date") - 1:
        if (memcmp(name.ptr, "date", name.len) == 0) return FIELD_DATE;
        break;
    case sizeof("upgrade") - 1:
        if (memcmp(name.ptr, "upgrade", name.len) == 0) return FIELD_UPGRADE;
        break;
    case sizeof("connection") - 1:
        if (memcmp(name.ptr, "connection", name.len) == 0) return FIELD_CONNECTION;
        break;
    case sizeof("rack.hijack") - 1:
        if (memcmp(name.ptr, "rack.hijack", name.len) == 0) return FIELD_HIJACK;
        break;
    case sizeof("content-length") - 1:
        if (memcmp(name.ptr, "content-length", name.len) == 0) return FIELD_CONTENT_LENGTH;
        break;
    case sizeof("transfer-encoding") - 1:
        if (memcmp(name.ptr, "transfer-encoding", name.len) == 0) return FIELD_CODING;
        break;
    }
    return name.len >= 5 && memcmp(name.ptr, "rack.", 5) == 0 ? FIELD_DROPPED : FIELD_SENT;
}

/* A field whose name stands in the buffer at `name_at`, in lower case. */
typedef struct {
    hyp_rb_head_t *head;
    size_t name_at;
    size_t name_len;
    bool has_line; /* the name is part of a line already */
} field_t;

static hyp_slice_t field_name(const field_t *field)
{
    return hyp_slice(field->head->out->data + field->name_at, field->name_len);
}

/* The first line goes on behind the name that stands there, any other begins with a copy of it. */
static void put_line(field_t *field, hyp_slice_t value)
{
    hyp_buf_t *out = field->head->out;
    size_t name_len = field->has_line ? field->name_len : 0;
    char *to = reserve(out, name_len + value.len + 4);
    memcpy(to, out->data + field->name_at, name_len);
    to += name_len;
    memcpy(to, ": ", 2);
    memcpy(to + 2, value.ptr, value.len);
    memcpy(to + 2 + value.len, "\r\n", 2);
    out->end += name_len + value.len + 4;
    field->has_line = true;
}

static hyp_slice_t slice_of(VALUE string)
{
    return hyp_slice(RSTRING_PTR(string), (size_t)RSTRING_LEN(string));
}

static void put_checked_line(field_t *field, hyp_slice_t line, VALUE value)
{
    if (!hyp_parser_is_field_value(line)) refuse_value(field_name(field), value);
    put_line(field, line);
}

/* Rack 2 joins several fields of a name by line feeds. */
static void put_lines(field_t *field, VALUE value)
{
    hyp_slice_t rest = slice_of(value);
    while (rest.len > 0) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.ptr) : rest.len;
        if (len > 0) put_checked_line(field, hyp_slice(rest.ptr, len), value);
        size_t used = end ? len + 1 : len;
        rest = hyp_slice(rest.ptr + used, rest.len - used);
    }
}

static void put_string(field_t *field, VALUE value)
{
    hyp_slice_t line = slice_of(value);
    if (hyp_parser_is_field_value(line)) put_line(field, line);
    else put_lines(field, value);
}

/* Rack 3 has an Array for several fields of a name. */
static void put_array(field_t *field, VALUE values)
{
    for (long i = 0; i < RARRAY_LEN(values); i++) {
        VALUE value = rb_obj_as_string(RARRAY_AREF(values, i));
        put_checked_line(field, slice_of(value), value);
        RB_GC_GUARD(value);
    }
}

/* nil is how an application takes a field back. */
static void put_field(field_t *field, VALUE value)
{
    if (RB_TYPE_P(value, T_STRING)) put_string(field, value);
    else if (RB_TYPE_P(value, T_ARRAY)) put_array(field, value);
    else if (!NIL_P(value)) put_string(field, rb_obj_as_string(value));
}

static bool parse_decimal(hyp_slice_t digits, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < digits.len; i++) {
        uint64_t digit = (uint64_t)(uint8_t)digits.ptr[i] - '0';
        if (digit > 9 || *number > (INT64_MAX - digit) / 10) return false;
        *number = *number * 10 + digit;
    }
    return digits.len > 0;
}

/* False where the application has no say (RFC 9110 sections 8.6 and 15.3.6, RFC 9112 section 6.1). */
static bool may_frame(const hyp_rb_head_t *head)
{
    return head->status >= 200 && head->status != 204 && head->status != 205;
}

static void note_length(field_t *field, VALUE value)
{
    hyp_rb_head_t *head = field->head;
    if (NIL_P(value)) return;
    if (RB_TYPE_P(value, T_ARRAY) && RARRAY_LEN(value) == 1) value = RARRAY_AREF(value, 0);
    VALUE text = rb_obj_as_string(value);
    uint64_t length;
    if (!parse_decimal(slice_of(text), &length)) {
        rb_raise(hyp_rb_eError, "content-length is no number of bytes: %+" PRIsVALUE, value);
    }
    if (head->has_length && head->content_length != length) rb_raise(hyp_rb_eError, "content-length given twice");
    head->content_length = length;
    if (!head->has_length && may_frame(head)) put_line(field, slice_of(text));
    head->has_length = true;
    RB_GC_GUARD(text);
}

static VALUE joined(VALUE value)
{
    return RB_TYPE_P(value, T_ARRAY) ? rb_ary_join(value, rb_str_new_lit(",")) : rb_obj_as_string(value);
}

static void note_coding(field_t *field, VALUE value)
{
    if (NIL_P(value) || !may_frame(field->head)) return;
    VALUE codings = joined(value);
    if (hyp_rb_coding_note(field->head, slice_of(codings))) put_checked_line(field, slice_of(codings), codings);
    RB_GC_GUARD(codings);
}

static bool has_close_option(hyp_slice_t options)
{
    const char *at = options.ptr;
    const char *end = at + options.len;
    while (at < end) {
        const char *stop = hyp_scan_class(at, end, HYP_CHAR_TOKEN);
        if (hyp_slice_equal_nocase(hyp_slice(at, (size_t)(stop - at)), HYP_SLICE("close"))) return true;
        at = stop + 1;
    }
    return false;
}

/* An application may end the connection with its answer, no more. */
static void note_connection(field_t *field, VALUE value)
{
    if (NIL_P(value)) return;
    VALUE options = joined(value);
    if (has_close_option(slice_of(options))) field->head->close = true;
    RB_GC_GUARD(options);
}

/* Writes a name in lower case, as the start of a line. */
static field_t begin_field(hyp_rb_head_t *head, VALUE name)
{
    size_t len = (size_t)RSTRING_LEN(name);
    const unsigned char *from = (const unsigned char *)RSTRING_PTR(name);
    char *to = reserve(head->out, len);
    bool is_token = len > 0;
    for (size_t i = 0; i < len; i++) {
        to[i] = name_chars[from[i]];
        is_token &= to[i] != 0;
    }
    if (!is_token) refuse_name(name);
    field_t field = {.head = head, .name_at = head->out->end, .name_len = len};
    head->out->end += len;
    return field;
}

/* A name without a line goes again. */
static void end_field(const field_t *field)
{
    if (!field->has_line) field->head->out->end = field->name_at;
}

static void set_field(hyp_rb_head_t *head, VALUE name, VALUE value)
{
    if (!RB_TYPE_P(name, T_STRING)) name = rb_obj_as_string(name);
    field_t field = begin_field(head, name);
    switch (kind_of(field_name(&field))) {
    case FIELD_SENT:
        put_field(&field, value);
        break;
    case FIELD_DATE:
        put_field(&field, value);
        head->has_date |= field.has_line;
        break;
    case FIELD_UPGRADE:
        put_field(&field, value);
        head->upgrades |= field.has_line;
        break;
    case FIELD_CONTENT_LENGTH:
        note_length(&field, value);
        break;
    case FIELD_CONNECTION:
        note_connection(&field, value);
        break;
    case FIELD_CODING:
        note_coding(&field, value);
        break;
    case FIELD_HIJACK:
        head->hijack = value;
        break;
    case FIELD_DROPPED:
        break;
    }
    end_field(&field);
}

static int set_hash_field(VALUE name, VALUE value, VALUE head)
{
    set_field((hyp_rb_head_t *)head, name, value);
    return ST_CONTINUE;
}

static VALUE collect_pair(RB_BLOCK_CALL_FUNC_ARGLIST(yielded, pairs))
{
    VALUE pair = argc > 1 ? rb_ary_new_from_values(argc, argv) : rb_check_array_type(yielded);
    if (NIL_P(pair) || RARRAY_LEN(pair) != 2) rb_raise(hyp_rb_eError, "headers yield no pairs");
    return rb_ary_push(pairs, pair);
}

/* Collected first, so that a block which outlives each knows nothing of this head. */
static void put_pairs(hyp_rb_head_t *head, VALUE headers)
{
    VALUE pairs = rb_ary_new();
    rb_block_call(headers, rb_intern("each"), 0, NULL, collect_pair, pairs);
    for (long i = 0; i < RARRAY_LEN(pairs); i++) {
        VALUE pair = RARRAY_AREF(pairs, i);
        set_field(head, rb_ary_entry(pair, 0), rb_ary_entry(pair, 1));
    }
    RB_GC_GUARD(pairs);
}

static void put_fields(hyp_rb_head_t *head, VALUE headers)
{
    if (RB_TYPE_P(headers, T_HASH)) rb_hash_foreach(headers, set_hash_field, (VALUE)head);
    else if (rb_respond_to(headers, rb_intern("each"))) put_pairs(head, headers);
    else rb_raise(hyp_rb_eError, "headers do not answer each: %" PRIsVALUE, rb_obj_class(headers));
}

void hyp_rb_head_begin(hyp_rb_head_t *head, const hyp_rb_responder_t *responder, VALUE status, VALUE headers)
{
    *head = (hyp_rb_head_t){
        .responder = responder, .out = responder->scratch, .close = !responder->keep_alive, .hijack = Qnil};
    hyp_buf_clear(head->out);
    put_status_line(head, status);
    size_t date_at = head->out->end;
    put_date(head->out, responder->date);
    put_fields(head, headers);
    if (head->status == 101 && NIL_P(head->hijack)) rb_raise(hyp_rb_eError, "status 101 needs the header rack.hijack");
    if (head->is_coded && head->has_length)
        rb_raise(hyp_rb_eError, "transfer-encoding and content-length exclude each other");
    if (head->has_date) remove_date(head->out, date_at);
}

void hyp_rb_head_early(const hyp_rb_responder_t *responder, VALUE headers)
{
    hyp_rb_head_t head = {.responder = responder, .out = responder->scratch, .status = 103, .hijack = Qnil};
    PUT(head.out, "HTTP/1.1 103 Early Hints\r\n");
    put_fields(&head, headers);
    PUT(head.out, "\r\n");
}

/* Who sends Upgrade names it among the options (RFC 9110 section 7.8). */
static void put_connection(hyp_rb_head_t *head)
{
    hyp_slice_t end = HYP_SLICE("");
    if (head->close) end = HYP_SLICE("close");
    else if (head->responder->minor == 0) end = HYP_SLICE("keep-alive");
    if (head->status == 101) end = HYP_SLICE("");
    bool upgrades = head->upgrades || head->status == 101;
    if (!upgrades && end.len == 0) return;
    PUT(head->out, "connection: ");
    if (upgrades) PUT(head->out, "upgrade");
    if (upgrades && end.len > 0) PUT(head->out, ", ");
    put(head->out, end);
    PUT(head->out, "\r\n");
}

void hyp_rb_head_end(hyp_rb_head_t *head, hyp_rb_framing framing)
{
    hyp_buf_t *out = head->out;
    if (framing == HYP_RB_BODY_LENGTH && !head->has_length) {
        PUT(out, "content-length: ");
        put_decimal(out, head->content_length);
        PUT(out, "\r\n");
    }
    if (framing == HYP_RB_BODY_CHUNKED) PUT(out, "transfer-encoding: chunked\r\n");
    if (framing == HYP_RB_BODY_CLOSE || framing == HYP_RB_BODY_HIJACKED) head->close = true;
    put_connection(head);
    PUT(out, "\r\n");
}

bool hyp_rb_head_is_bodiless(const hyp_rb_head_t *head)
{
    return head->responder->head_only || head->status == 204 || head->status == 205 || head->status == 304;
}

void hyp_rb_init_response_head(void)
{
    for (int c = 0; c < 256; c++) {
        if (!hyp_char_is((char)c, HYP_CHAR_TOKEN)) continue;
        name_chars[c] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
}
