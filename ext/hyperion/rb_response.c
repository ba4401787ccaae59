#include "rb_response.h"

#include <unistd.h>

#define RUN_BYTES_MAX ((size_t)1 << 20) /* Strings that are copied together */
#define CHUNK_LINE_BYTES_MAX 18         /* sixteen hexadecimal digits and CRLF */

/* ---- pieces ---- */

/* A piece with the head, as long as that has not gone out, and room for `len` bytes behind it, at *to. From here until it is
 * emitted, nothing may raise. */
static hyp_reply_t *new_piece(hyp_rb_answering_t *answer, size_t len, char **to)
{
    hyp_buf_t *head = answer->responder->scratch;
    size_t head_len = hyp_buf_len(head);
    hyp_reply_t *piece = hyp_reply_new(head_len + len);
    if (piece == NULL) hyp_rb_check(HYP_NO_MEMORY, "answer");
    memcpy(piece->bytes, hyp_buf_ptr(head), head_len);
    hyp_buf_clear(head);
    *to = piece->bytes + head_len;
    return piece;
}

static void emit(hyp_rb_answering_t *answer, hyp_reply_t *piece)
{
    answer->responder->emit(answer->responder->ctx, piece);
    *answer->emitted = true;
}

static void emit_last(hyp_rb_answering_t *answer, hyp_reply_t *piece)
{
    piece->last = true;
    piece->close = answer->head.close;
    answer->ended = true;
    emit(answer, piece);
}

static char *copy(char *to, const char *bytes, size_t len)
{
    memcpy(to, bytes, len);
    return to + len;
}

static void check_chunk(VALUE chunk)
{
    if (RB_TYPE_P(chunk, T_STRING)) return;
    rb_raise(rb_eTypeError, "response body yields %" PRIsVALUE ", not String", rb_obj_class(chunk));
}

/* A share of a long String that nobody can change, whose bytes stay where they are; or Qnil when they must be copied. */
static VALUE share(const hyp_rb_answering_t *answer, VALUE string)
{
    if (answer->responder->holds == NULL || RSTRING_LEN(string) <= HYP_COPY_BYTES) return Qnil;
    VALUE shared = rb_str_new_frozen(string);
    return RB_FL_TEST(shared, RSTRING_NOEMBED) ? shared : Qnil;
}

/* Puts `shared` behind the piece's own bytes. Frees the piece before it raises. */
static void attach(hyp_rb_answering_t *answer, hyp_reply_t *piece, VALUE shared)
{
    hyp_rb_hold_t *hold = hyp_rb_hold(answer->responder->holds, shared);
    if (hold == NULL) {
        hyp_reply_destroy(piece);
        hyp_rb_check(HYP_NO_MEMORY, "answer");
    }
    piece->tail = hyp_slice(RSTRING_PTR(shared), (size_t)RSTRING_LEN(shared));
    piece->owner = (uintptr_t)hold;
}

/* ---- Array bodies ---- */

static uint64_t total_len(VALUE list)
{
    uint64_t total = 0;
    for (long i = 0; i < RARRAY_LEN(list); i++) {
        check_chunk(RARRAY_AREF(list, i));
        total += (uint64_t)RSTRING_LEN(RARRAY_AREF(list, i));
    }
    return total;
}

/* Emits the Strings list[from, to), `len` bytes, as a copy, and `shared` behind them unless it is nil. */
static void emit_run(hyp_rb_answering_t *answer, VALUE list, long from, long to, size_t len, VALUE shared)
{
    char *at;
    hyp_reply_t *piece = new_piece(answer, len, &at);
    for (long i = from; i < to; i++) {
        VALUE string = RARRAY_AREF(list, i);
        at = copy(at, RSTRING_PTR(string), (size_t)RSTRING_LEN(string));
    }
    if (!NIL_P(shared)) attach(answer, piece, shared);
    answer->sent += len + piece->tail.len;
    if (answer->sent == answer->head.content_length) emit_last(answer, piece);
    else emit(answer, piece);
}

/* Short Strings are copied together, long ones go out behind what stands before them. */
static void emit_list(hyp_rb_answering_t *answer, VALUE list)
{
    long from = 0;
    size_t run = 0;
    for (long i = 0; i < RARRAY_LEN(list); i++) {
        VALUE string = RARRAY_AREF(list, i);
        VALUE shared = share(answer, string);
        bool full = run > 0 && run + (size_t)RSTRING_LEN(string) > RUN_BYTES_MAX;
        if (full || !NIL_P(shared)) {
            emit_run(answer, list, from, i, run, shared);
            from = NIL_P(shared) ? i : i + 1;
            run = 0;
        }
        if (NIL_P(shared)) run += (size_t)RSTRING_LEN(string);
    }
    if (answer->sent < answer->head.content_length || !*answer->emitted) {
        emit_run(answer, list, from, RARRAY_LEN(list), run, Qnil);
    }
}

static void send_list(hyp_rb_answering_t *answer, VALUE list)
{
    hyp_rb_head_t *head = &answer->head;
    uint64_t total = total_len(list);
    if (head->has_length && head->content_length != total) {
        rb_raise(hyp_rb_eError, "content-length is %llu, but the body has %llu bytes",
                 (unsigned long long)head->content_length, (unsigned long long)total);
    }
    head->content_length = total;
    hyp_rb_head_end(head, HYP_RB_BODY_LENGTH);
    if (total > HYP_COPY_BYTES) emit_list(answer, list);
    else emit_run(answer, list, 0, RARRAY_LEN(list), (size_t)total, Qnil);
    RB_GC_GUARD(list);
}

/* ---- bodies that answer each ---- */

static void count_chunk(hyp_rb_answering_t *answer, size_t len)
{
    bool fits = answer->framing != HYP_RB_BODY_LENGTH || len <= answer->head.content_length - answer->sent;
    if (fits) answer->sent += len;
    else
        rb_raise(hyp_rb_eError, "the body is longer than its content-length, %llu",
                 (unsigned long long)answer->head.content_length);
}

/* The line before a chunk, and the one behind it; both empty without chunked coding. */
static size_t chunk_line(const hyp_rb_answering_t *answer, size_t len, char line[CHUNK_LINE_BYTES_MAX + 1])
{
    if (answer->framing != HYP_RB_BODY_CHUNKED) return 0;
    return (size_t)snprintf(line, CHUNK_LINE_BYTES_MAX + 1, "%zx\r\n", len);
}

static size_t chunk_end_len(const hyp_rb_answering_t *answer)
{
    return answer->framing == HYP_RB_BODY_CHUNKED ? 2 : 0;
}

static void emit_copied(hyp_rb_answering_t *answer, VALUE chunk)
{
    char line[CHUNK_LINE_BYTES_MAX + 1];
    size_t len = (size_t)RSTRING_LEN(chunk);
    size_t line_len = chunk_line(answer, len, line);
    char *at;
    hyp_reply_t *piece = new_piece(answer, line_len + len + chunk_end_len(answer), &at);
    at = copy(at, line, line_len);
    at = copy(at, RSTRING_PTR(chunk), len);
    copy(at, "\r\n", chunk_end_len(answer));
    emit(answer, piece);
}

/* The end of the chunk follows at once: a client may wait for it before it looks at the chunk. */
static void emit_shared(hyp_rb_answering_t *answer, VALUE shared)
{
    char line[CHUNK_LINE_BYTES_MAX + 1];
    size_t line_len = chunk_line(answer, (size_t)RSTRING_LEN(shared), line);
    char *at;
    hyp_reply_t *piece = new_piece(answer, line_len, &at);
    copy(at, line, line_len);
    attach(answer, piece, shared);
    emit(answer, piece);
    if (answer->framing != HYP_RB_BODY_CHUNKED) return;
    piece = new_piece(answer, 2, &at);
    copy(at, "\r\n", 2);
    emit(answer, piece);
}

/* What the block given to each knows of its answer: a body may keep the block, and call it when the answer is long over. */
static const rb_data_type_t block_type = {
    .wrap_struct_name = "Hyperion::Http answer of a block",
    .flags = RUBY_TYPED_FREE_IMMEDIATELY | RUBY_TYPED_WB_PROTECTED,
};

static void detach_block(hyp_rb_answering_t *answer)
{
    if (answer->block) RTYPEDDATA_DATA(answer->block) = NULL;
    answer->block = 0;
}

void hyp_rb_answering_write(hyp_rb_answering_t *answer, VALUE chunk)
{
    check_chunk(chunk);
    if (RSTRING_LEN(chunk) == 0) return;
    hyp_rb_coding_check(answer, chunk);
    count_chunk(answer, (size_t)RSTRING_LEN(chunk));
    VALUE shared = share(answer, chunk);
    if (NIL_P(shared)) emit_copied(answer, chunk);
    else emit_shared(answer, shared);
    answer->responder->flow(answer->responder->ctx);
}

static VALUE send_chunk(RB_BLOCK_CALL_FUNC_ARGLIST(chunk, block))
{
    hyp_rb_answering_t *answer = RTYPEDDATA_DATA(block);
    if (answer == NULL) rb_raise(hyp_rb_eError, "each has returned: the response is complete");
    hyp_rb_answering_write(answer, chunk);
    return Qnil;
}

void hyp_rb_answering_send_head(hyp_rb_answering_t *answer)
{
    char *at;
    emit(answer, new_piece(answer, 0, &at));
    answer->responder->flow(answer->responder->ctx);
}

void hyp_rb_answering_send_file(hyp_rb_answering_t *answer, int fd, uint64_t len)
{
    hyp_buf_t *head = answer->responder->scratch;
    hyp_reply_t *piece = hyp_reply_new(hyp_buf_len(head));
    if (piece == NULL) {
        close(fd);
        hyp_rb_check(HYP_NO_MEMORY, "answer");
    }
    memcpy(piece->bytes, hyp_buf_ptr(head), hyp_buf_len(head));
    hyp_buf_clear(head);
    piece->file_fd = fd;
    piece->file_len = len;
    emit_last(answer, piece);
}

void hyp_rb_answering_end(hyp_rb_answering_t *answer)
{
    if (answer->ended) return;
    if (answer->framing == HYP_RB_BODY_LENGTH && answer->sent < answer->head.content_length) {
        rb_raise(hyp_rb_eError, "the body has %llu bytes, fewer than its content-length, %llu",
                 (unsigned long long)answer->sent, (unsigned long long)answer->head.content_length);
    }
    hyp_rb_coding_end(answer);
    bool chunked = answer->framing == HYP_RB_BODY_CHUNKED;
    char *at;
    hyp_reply_t *piece = new_piece(answer, chunked ? 5 : 0, &at);
    copy(at, "0\r\n\r\n", chunked ? 5 : 0);
    emit_last(answer, piece);
}

/* A body that the application has coded goes out as it is, and nothing follows it on the connection. Else for a body whose length is known to the application at the most. */
static void frame_stream(hyp_rb_answering_t *answer)
{
    if (answer->head.is_coded) answer->framing = HYP_RB_BODY_CLOSE;
    else if (answer->head.has_length) answer->framing = HYP_RB_BODY_LENGTH;
    else answer->framing = answer->responder->minor > 0 ? HYP_RB_BODY_CHUNKED : HYP_RB_BODY_CLOSE;
    hyp_rb_head_end(&answer->head, answer->framing);
}

static void send_each(hyp_rb_answering_t *answer)
{
    frame_stream(answer);
    answer->block = TypedData_Wrap_Struct(0, &block_type, answer);
    rb_block_call(answer->body, rb_intern("each"), 0, NULL, send_chunk, answer->block);
    detach_block(answer);
    hyp_rb_answering_end(answer);
}

/* ---- any body ---- */

static VALUE collect_chunk(RB_BLOCK_CALL_FUNC_ARGLIST(chunk, list))
{
    check_chunk(chunk);
    return rb_ary_push(list, rb_str_new_frozen(chunk)); /* the body may use its buffer again */
}

/* A body that answers to_ary is not computed bit by bit. Rack 3 has to_ary call close, Rack 2 has not: asking each for the same
 * Strings keeps close ours. */
static VALUE collect(VALUE body)
{
    VALUE list = rb_ary_new();
    rb_block_call(body, rb_intern("each"), 0, NULL, collect_chunk, list);
    return list;
}

/* To HEAD, the length that the body would have had is told where it is known. An empty Array says nothing of it. 205 is told to
 * have none. */
static hyp_rb_framing frame_bodiless(hyp_rb_answering_t *answer)
{
    hyp_rb_head_t *head = &answer->head;
    if (head->status == 205) {
        head->has_length = false;
        head->content_length = 0;
        return HYP_RB_BODY_LENGTH;
    }
    bool countable = head->status != 204 && head->status != 304 && RB_TYPE_P(answer->body, T_ARRAY);
    if (!countable || head->has_length || head->is_coded) return HYP_RB_BODY_NONE;
    head->content_length = total_len(answer->body);
    return head->content_length > 0 ? HYP_RB_BODY_LENGTH : HYP_RB_BODY_NONE;
}

static void send_bodiless(hyp_rb_answering_t *answer)
{
    hyp_rb_head_end(&answer->head, frame_bodiless(answer));
    char *at;
    emit_last(answer, new_piece(answer, 0, &at));
}

typedef struct {
    VALUE callable;
    VALUE io;
} hyp_rb_hijacking_t;

static VALUE call_hijack(VALUE arg)
{
    const hyp_rb_hijacking_t *hijacking = (const hyp_rb_hijacking_t *)arg;
    return rb_funcall(hijacking->callable, rb_intern("call"), 1, hijacking->io);
}

/* The connection is the callable's, which closes it; when it fails, we do. */
static void send_hijacked(hyp_rb_answering_t *answer)
{
    hyp_rb_head_end(&answer->head, HYP_RB_BODY_HIJACKED);
    char *at;
    emit(answer, new_piece(answer, 0, &at));
    const hyp_rb_responder_t *responder = answer->responder;
    hyp_rb_hijacking_t hijacking = {answer->head.hijack, responder->hijack(responder->ctx)};
    answer->ended = true;
    int state = 0;
    rb_protect(call_hijack, (VALUE)&hijacking, &state);
    if (state == 0) return;
    rb_funcall(hijacking.io, rb_intern("close"), 0);
    rb_jump_tag(state);
}

static void send_body(hyp_rb_answering_t *answer)
{
    VALUE body = answer->body;
    if (hyp_rb_head_is_bodiless(&answer->head)) {
        send_bodiless(answer);
    } else if (!NIL_P(answer->head.hijack)) {
        send_hijacked(answer);
    } else if (answer->head.is_coded && rb_respond_to(body, rb_intern("each"))) {
        send_each(answer);
    } else if (RB_TYPE_P(body, T_ARRAY)) {
        send_list(answer, body);
    } else if (rb_respond_to(body, rb_intern("to_path")) && hyp_rb_send_file(answer)) {
        return;
    } else if (rb_respond_to(body, rb_intern("each"))) {
        if (rb_respond_to(body, rb_intern("to_ary"))) send_list(answer, collect(body));
        else send_each(answer);
    } else if (rb_respond_to(body, rb_intern("call"))) {
        frame_stream(answer);
        hyp_rb_stream(answer);
    } else {
        rb_raise(hyp_rb_eError, "response body answers neither each nor call: %" PRIsVALUE, rb_obj_class(body));
    }
}

/* What the application has chosen of the protocols that the client offers, for a body that speaks it; else nil. */
static VALUE chosen_protocol(const hyp_rb_answering_t *answer, VALUE headers)
{
    VALUE offered = answer->responder->protocols;
    if (!RB_TYPE_P(offered, T_ARRAY) || !RB_TYPE_P(headers, T_HASH)) return Qnil;
    if (answer->responder->head_only) return Qnil;
    VALUE chosen = rb_hash_lookup(headers, rb_str_new_lit("rack.protocol"));
    if (NIL_P(chosen) || !RTEST(rb_ary_includes(offered, chosen))) return Qnil;
    return rb_respond_to(answer->body, rb_intern("call")) ? chosen : Qnil;
}

/* A change of protocol (RFC 9110 section 7.8): the body gets the connection behind a 101. */
static VALUE change_protocol(const hyp_rb_answering_t *answer, VALUE headers, VALUE protocol)
{
    headers = rb_hash_dup(headers);
    rb_hash_aset(headers, rb_str_new_lit("upgrade"), protocol);
    rb_hash_aset(headers, rb_str_new_lit("rack.hijack"), answer->body);
    return headers;
}

static VALUE send_answer(VALUE arg)
{
    hyp_rb_answering_t *answer = (hyp_rb_answering_t *)arg;
    VALUE triple = answer->triple;
    if (RARRAY_LEN(triple) != 3) rb_raise(hyp_rb_eError, "response has %ld elements, not 3", RARRAY_LEN(triple));
    VALUE status = RARRAY_AREF(triple, 0);
    VALUE headers = RARRAY_AREF(triple, 1);
    VALUE protocol = chosen_protocol(answer, headers);
    if (!NIL_P(protocol)) {
        status = INT2FIX(101);
        headers = change_protocol(answer, headers, protocol);
    }
    hyp_rb_head_begin(&answer->head, answer->responder, status, headers);
    send_body(answer);
    RB_GC_GUARD(headers);
    answer->done = true;
    return Qnil;
}

static VALUE close_body(VALUE body)
{
    if (rb_respond_to(body, rb_intern("close"))) rb_funcall(body, rb_intern("close"), 0);
    return Qnil;
}

/* After a failure, what close raises would hide it; but a thread that is killed meanwhile has to end. */
static VALUE end_answer(VALUE arg)
{
    hyp_rb_answering_t *answer = (hyp_rb_answering_t *)arg;
    detach_block(answer);
    if (answer->done) return close_body(answer->body);
    int state = 0;
    rb_protect(close_body, answer->body, &state);
    if (state == 0) return Qnil;
    if (!hyp_rb_is_exception(rb_errinfo())) rb_jump_tag(state);
    rb_set_errinfo(Qnil);
    return Qnil;
}

void hyp_rb_respond(const hyp_rb_responder_t *responder, VALUE triple, bool *emitted)
{
    hyp_rb_answering_t answer = {.responder = responder, .emitted = emitted, .triple = rb_check_array_type(triple)};
    *emitted = false;
    if (NIL_P(answer.triple)) rb_raise(hyp_rb_eError, "response is no Array: %" PRIsVALUE, rb_obj_class(triple));
    answer.body = rb_ary_entry(answer.triple, 2);
    /* An Array as such has no close. */
    if (RB_TYPE_P(answer.body, T_ARRAY) && RBASIC_CLASS(answer.body) == rb_cArray) send_answer((VALUE)&answer);
    else rb_ensure(send_answer, (VALUE)&answer, end_answer, (VALUE)&answer);
    RB_GC_GUARD(answer.triple);
}

void hyp_rb_respond_error(const hyp_rb_responder_t *responder, hyp_status refusal)
{
    hyp_buf_t *out = responder->scratch;
    hyp_buf_clear(out);
    unsigned flags = responder->head_only ? HYP_SEND_HEAD_ONLY : 0;
    hyp_rb_check(hyp_response_render_error(refusal, flags, responder->date, out), "answer");
    hyp_reply_t *piece = hyp_reply_new(hyp_buf_len(out));
    if (piece == NULL) hyp_rb_check(HYP_NO_MEMORY, "answer");
    memcpy(piece->bytes, hyp_buf_ptr(out), hyp_buf_len(out));
    hyp_buf_clear(out);
    piece->last = true;
    piece->close = true;
    responder->emit(responder->ctx, piece);
}

typedef struct {
    const hyp_rb_responder_t *responder;
    VALUE headers;
} hyp_rb_early_t;

static VALUE write_early_head(VALUE arg)
{
    const hyp_rb_early_t *early = (const hyp_rb_early_t *)arg;
    hyp_rb_head_early(early->responder, early->headers);
    return Qnil;
}

/* The scratch buffer holds the answer's own head from its start until its first piece. */
void hyp_rb_respond_early(const hyp_rb_responder_t *responder, VALUE headers)
{
    hyp_buf_t *out = responder->scratch;
    if (responder->minor == 0 || hyp_buf_len(out) > 0) return;
    hyp_rb_early_t early = {responder, headers};
    int state = 0;
    rb_protect(write_early_head, (VALUE)&early, &state);
    hyp_reply_t *piece = state == 0 ? hyp_reply_new(hyp_buf_len(out)) : NULL;
    if (piece != NULL) memcpy(piece->bytes, hyp_buf_ptr(out), hyp_buf_len(out));
    hyp_buf_clear(out);
    if (state != 0) rb_jump_tag(state);
    if (piece == NULL) hyp_rb_check(HYP_NO_MEMORY, "early hints");
    responder->emit(responder->ctx, piece);
}

void hyp_rb_respond_abort(const hyp_rb_responder_t *responder)
{
    hyp_reply_t *piece = hyp_reply_new(0);
    if (piece == NULL) hyp_rb_check(HYP_NO_MEMORY, "answer");
    piece->last = true;
    piece->close = true;
    piece->abort = true;
    responder->emit(responder->ctx, piece);
}

void hyp_rb_init_response(void)
{
    hyp_rb_init_response_head();
    hyp_rb_init_stream();
}
