/* What an application has coded itself: its transfer-encoding must be one that the client can undo (RFC 9112 section 6.1), and a
 * body that it says is chunked must be. A client would read anything else in one way, and a proxy before it in another. */
#include "rb_response.h"

#include "core/scan.h"

static RBIMPL_ATTR_NORETURN() void refuse(hyp_slice_t codings)
{
    VALUE text = rb_str_new(codings.ptr, (long)codings.len);
    rb_raise(hyp_rb_eError, "transfer-encoding is no list of codings with chunked last: %+" PRIsVALUE, text);
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

/* The next coding's name, without parameters: which only quoted Strings could make hard to read, and nobody uses. */
static hyp_slice_t next_coding(const char **at, const char *end)
{
    const char *name = skip_space(*at, end);
    const char *stop = hyp_scan_class(name, end, HYP_CHAR_TOKEN);
    *at = skip_space(stop, end);
    return hyp_slice(name, (size_t)(stop - name));
}

bool hyp_rb_coding_note(hyp_rb_head_t *head, hyp_slice_t codings)
{
    const char *at = codings.ptr;
    const char *end = at + codings.len;
    hyp_slice_t coding = next_coding(&at, end);
    bool alone = at == end;
    if (alone && (coding.len == 0 || hyp_slice_equal_nocase(coding, HYP_SLICE("identity")))) return false;
    if (head->is_coded) rb_raise(hyp_rb_eError, "transfer-encoding given twice");
    if (head->responder->minor == 0) rb_raise(hyp_rb_eError, "a client of HTTP/1.0 knows no transfer-encoding");
    for (;;) {
        bool chunked = hyp_slice_equal_nocase(coding, HYP_SLICE("chunked"));
        bool identity = hyp_slice_equal_nocase(coding, HYP_SLICE("identity"));
        bool last = at == end;
        if (coding.len == 0 || identity || (chunked && !last) || (!last && *at != ',')) refuse(codings);
        head->is_chunked = chunked;
        if (last) break;
        at++;
        coding = next_coding(&at, end);
    }
    head->is_coded = true;
    return true;
}

/* An application may say what it likes. */
static const hyp_chunked_limits_t unbounded = {.line_bytes = UINT32_MAX, .trailer_bytes = UINT32_MAX};

void hyp_rb_coding_check(hyp_rb_answering_t *answer, VALUE bytes)
{
    if (!answer->head.is_chunked) return;
    const char *at = RSTRING_PTR(bytes);
    size_t left = (size_t)RSTRING_LEN(bytes);
    hyp_status status = answer->chunks_ended ? HYP_END : HYP_OK;
    while (status == HYP_OK && left > 0) {
        size_t used;
        hyp_slice_t data;
        status = hyp_chunked_decode(&answer->chunks, &unbounded, at, left, &used, &data);
        at += used;
        left -= used;
    }
    answer->chunks_ended = status == HYP_END;
    bool is_well = left == 0 && (status == HYP_OK || status == HYP_AGAIN || status == HYP_END);
    if (!is_well) rb_raise(hyp_rb_eError, "the body is not chunked, though its transfer-encoding says so");
}

void hyp_rb_coding_end(const hyp_rb_answering_t *answer)
{
    if (!answer->head.is_chunked || answer->chunks_ended) return;
    rb_raise(hyp_rb_eError, "the body, which its transfer-encoding says is chunked, has no last chunk");
}
