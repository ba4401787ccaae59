#include "framing.h"

#include "authority.h"
#include "scan.h"

enum {
    OPTION_CLOSE = 1,
    OPTION_KEEP_ALIVE = 2,
    OPTION_UPGRADE = 4,
    UPGRADE = 8,
    EXPECT_CONTINUE = 16,
    EXPECT_UNKNOWN = 32,
    REPEATED_HOST = 64,
    REPEATED_CONTENT_LENGTH = 128,
    REPEATED_TRANSFER_ENCODING = 256
};

/* What the fields say, gathered in one pass; of a repeated field the last. */
typedef struct {
    const hyp_header_t *host;
    const hyp_header_t *content_length;
    const hyp_header_t *transfer_encoding;
    unsigned flags;
} fields_t;

/* The element before the next comma of a list, without white space around it; *rest goes behind the comma. False
 * when there is none any more. */
static bool next_element(hyp_slice_t *rest, hyp_slice_t *element)
{
    if (rest->ptr == NULL) return false;
    const char *at = rest->ptr;
    const char *end = at + rest->len;
    const char *comma = rest->len == 0 ? NULL : memchr(at, ',', rest->len);
    *rest = comma == NULL ? (hyp_slice_t){NULL, 0} : hyp_slice(comma + 1, (size_t)(end - comma - 1));
    if (comma != NULL) end = comma;
    while (at < end && hyp_char_is_ows(*at))
        at++;
    while (end > at && hyp_char_is_ows(end[-1]))
        end--;
    *element = hyp_slice(at, (size_t)(end - at));
    return true;
}

/* RFC 9110 section 7.6.1. Options that we do not know change nothing here. */
static HYP_COLD unsigned list_options(hyp_slice_t options)
{
    unsigned flags = 0;
    hyp_slice_t option;
    while (next_element(&options, &option)) {
        if (hyp_slice_equal_nocase(option, HYP_SLICE("close"))) flags |= OPTION_CLOSE;
        if (hyp_slice_equal_nocase(option, HYP_SLICE("keep-alive"))) flags |= OPTION_KEEP_ALIVE;
        if (hyp_slice_equal_nocase(option, HYP_SLICE("upgrade"))) flags |= OPTION_UPGRADE;
    }
    return flags;
}

/* RFC 9110 section 10.1.1 */
static HYP_COLD unsigned expectation_flag(hyp_slice_t expectation)
{
    bool known = hyp_slice_equal_nocase(expectation, HYP_SLICE("100-continue"));
    return known ? EXPECT_CONTINUE : EXPECT_UNKNOWN;
}

static HYP_HOT uint32_t load4(const char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

static HYP_HOT uint64_t load8(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

static HYP_HOT uint32_t difference4(const char *name, const char *lower)
{
    return (load4(name) | UINT32_C(0x20202020)) ^ load4(lower);
}

static HYP_HOT uint64_t difference8(const char *name, const char *lower)
{
    return (load8(name) | UINT64_C(0x2020202020202020)) ^ load8(lower);
}

/* Equality of a field name with one in lower case, of the same constant length, by words that overlap: from 4 to 8
 * bytes here, from 8 to 24 below. No tchar but a letter becomes a letter by its sixth bit, and none becomes a dash. */
static HYP_HOT bool is_short_name(const char *name, const char *lower, size_t len)
{
    size_t last = len - 4;
    return (difference4(name, lower) | difference4(name + last, lower + last)) == 0;
}

static HYP_HOT bool is_long_name(const char *name, const char *lower, size_t len)
{
    size_t last = len - 8;
    size_t middle = last / 2;
    uint64_t outside = difference8(name, lower) | difference8(name + last, lower + last);
    return (outside | difference8(name + middle, lower + middle)) == 0;
}

#define IS_SHORT_NAME(name, lower) is_short_name((name), (lower), sizeof(lower) - 1)
#define IS_LONG_NAME(name, lower) is_long_name((name), (lower), sizeof(lower) - 1)

static HYP_HOT unsigned connection_options(hyp_slice_t options)
{
    if (options.len == sizeof("keep-alive") - 1 && memcmp(options.ptr, "keep-alive", options.len) == 0) {
        return OPTION_KEEP_ALIVE;
    }
    return list_options(options);
}

/* Keeps the field and answers `repeated` when there was one before. */
static HYP_HOT unsigned keep(const hyp_header_t **kept, const hyp_header_t *field, unsigned repeated)
{
    bool again = *kept != NULL;
    *kept = field;
    return again ? repeated : 0;
}

static HYP_HOT void note_field(fields_t *fields, const char *bytes, const hyp_header_t *field)
{
    const char *name = bytes + field->name.offset;
    switch (field->name.len) {
    case sizeof("host") - 1:
        if (IS_SHORT_NAME(name, "host")) fields->flags |= keep(&fields->host, field, REPEATED_HOST);
        break;
    case sizeof("expect") - 1:
        if (IS_SHORT_NAME(name, "expect")) fields->flags |= expectation_flag(hyp_span_in(bytes, field->value));
        break;
    case sizeof("upgrade") - 1:
        if (IS_SHORT_NAME(name, "upgrade") && field->value.len > 0) fields->flags |= UPGRADE;
        break;
    case sizeof("connection") - 1:
        if (IS_LONG_NAME(name, "connection")) fields->flags |= connection_options(hyp_span_in(bytes, field->value));
        break;
    case sizeof("content-length") - 1:
        if (!IS_LONG_NAME(name, "content-length")) break;
        fields->flags |= keep(&fields->content_length, field, REPEATED_CONTENT_LENGTH);
        break;
    case sizeof("transfer-encoding") - 1:
        if (!IS_LONG_NAME(name, "transfer-encoding")) break;
        fields->flags |= keep(&fields->transfer_encoding, field, REPEATED_TRANSFER_ENCODING);
        break;
    }
}

/* RFC 9112 section 3.2: exactly one Host from a 1.1 client, never two, always a good one. It may be empty for a target
 * without authority (RFC 9110 section 7.2). The target's authority wins (RFC 9112 section 3.2.2). */
static HYP_HOT hyp_status decide_host(const hyp_head_t *head, const char *bytes, const fields_t *fields,
                                      hyp_framing_t *framing)
{
    framing->host = head->authority;
    if (HYP_UNLIKELY(fields->host == NULL)) return head->minor > 0 ? HYP_REFUSE_HOST : HYP_OK;
    hyp_slice_t host = hyp_span_in(bytes, fields->host->value);
    bool valid = host.len == 0 || hyp_authority_is_valid(host, bytes + head->head_bytes);
    if (HYP_UNLIKELY(!valid || (fields->flags & REPEATED_HOST) != 0)) return HYP_REFUSE_HOST;
    if (head->form != HYP_TARGET_ABSOLUTE) framing->host = fields->host->value;
    return HYP_OK;
}

/* One number of decimal digits that a file offset can hold (RFC 9112 section 6.3, RFC 9110 section 8.6). */
static HYP_COLD hyp_status decide_length(const char *bytes, fields_t fields, hyp_framing_t *framing)
{
    hyp_slice_t digits = hyp_span_in(bytes, fields.content_length->value);
    uint64_t length = 0;
    if ((fields.flags & REPEATED_CONTENT_LENGTH) != 0 || digits.len == 0) return HYP_REFUSE_CONTENT_LENGTH;
    for (size_t i = 0; i < digits.len; i++) {
        if (!hyp_char_is_digit(digits.ptr[i])) return HYP_REFUSE_CONTENT_LENGTH;
        uint64_t digit = (uint64_t)(digits.ptr[i] - '0');
        if (length > (INT64_MAX - digit) / 10) return HYP_REFUSE_CONTENT_LENGTH;
        length = length * 10 + digit;
    }
    framing->content_length = length;
    framing->body = length > 0 ? HYP_BODY_LENGTH : HYP_BODY_NONE;
    return HYP_OK;
}

/* transfer-coding = token *( OWS ";" OWS transfer-parameter ); the parameters are not looked at. */
static bool is_coding(hyp_slice_t element)
{
    const char *end = element.ptr + element.len;
    const char *stop = hyp_scan_class(element.ptr, end, HYP_CHAR_TOKEN);
    if (stop == element.ptr) return false;
    while (stop < end && hyp_char_is_ows(*stop))
        stop++;
    return stop == end || *stop == ';';
}

/* "chunked" with parameters, of which it has none (RFC 9112 section 7.1). */
static bool is_chunked_with_parameters(hyp_slice_t element)
{
    const hyp_slice_t chunked = HYP_SLICE("chunked");
    if (element.len <= chunked.len || hyp_char_is(element.ptr[chunked.len], HYP_CHAR_TOKEN)) return false;
    return hyp_slice_equal_nocase(hyp_slice(element.ptr, chunked.len), chunked);
}

/* Codings that are right but not ours are 501; what leaves the body's end in doubt is 400 (RFC 9112 section 6.3). */
static hyp_status check_codings(hyp_slice_t codings)
{
    hyp_slice_t coding;
    bool ended = false;
    bool others = false;
    while (next_element(&codings, &coding)) {
        bool malformed = !is_coding(coding) || is_chunked_with_parameters(coding);
        if (malformed || ended) return HYP_REFUSE_TRANSFER_ENCODING;
        ended = hyp_slice_equal_nocase(coding, HYP_SLICE("chunked"));
        others |= !ended;
    }
    if (!ended) return HYP_REFUSE_TRANSFER_ENCODING;
    return others ? HYP_REFUSE_CODING : HYP_OK;
}

/* RFC 9112 section 6.1: with a Content-Length or from a 1.0 client, somebody on the way may have read it otherwise. */
static HYP_COLD hyp_status decide_codings(const hyp_head_t *head, const char *bytes, fields_t fields,
                                          hyp_framing_t *framing)
{
    bool repeated = (fields.flags & REPEATED_TRANSFER_ENCODING) != 0;
    if (repeated || fields.content_length != NULL || head->minor == 0) return HYP_REFUSE_TRANSFER_ENCODING;
    framing->body = HYP_BODY_CHUNKED;
    return check_codings(hyp_span_in(bytes, fields.transfer_encoding->value));
}

static HYP_HOT hyp_status decide_body(const hyp_head_t *head, const char *bytes, const fields_t *fields,
                                      hyp_framing_t *framing)
{
    framing->body = HYP_BODY_NONE;
    framing->content_length = 0;
    if (HYP_UNLIKELY(fields->transfer_encoding != NULL)) return decide_codings(head, bytes, *fields, framing);
    if (fields->content_length != NULL) return decide_length(bytes, *fields, framing);
    return HYP_OK;
}

/* RFC 9110 section 9.3.8: who sends content with TRACE, hides it from somebody. */
static HYP_HOT bool must_have_no_body(const hyp_head_t *head, const hyp_framing_t *framing)
{
    return head->method == HYP_METHOD_TRACE && framing->body != HYP_BODY_NONE;
}

/* What a 1.0 client expects or wants to upgrade to is ignored (RFC 9110 sections 7.8 and 10.1.1). */
static HYP_HOT hyp_status decide_connection(const hyp_head_t *head, unsigned flags, hyp_framing_t *framing)
{
    const unsigned both = UPGRADE | OPTION_UPGRADE;
    bool modern = head->minor > 0;
    if (!modern) flags &= OPTION_CLOSE | OPTION_KEEP_ALIVE;
    framing->keep_alive = (flags & OPTION_CLOSE) == 0 && (modern || (flags & OPTION_KEEP_ALIVE) != 0);
    framing->upgrade = (flags & both) == both;
    framing->expect_continue = (flags & EXPECT_CONTINUE) != 0;
    return HYP_UNLIKELY((flags & EXPECT_UNKNOWN) != 0) ? HYP_REFUSE_EXPECTATION : HYP_OK;
}

hyp_status hyp_framing_decide(const hyp_head_t *head, const char *bytes, hyp_framing_t *framing)
{
    fields_t fields = {NULL, NULL, NULL, 0};
    const hyp_header_t *end = head->headers + head->header_count;
    for (const hyp_header_t *field = head->headers; field < end; field++)
        note_field(&fields, bytes, field);

    hyp_status status = decide_host(head, bytes, &fields, framing);
    if (HYP_UNLIKELY(status != HYP_OK)) return status;
    status = decide_body(head, bytes, &fields, framing);
    if (HYP_UNLIKELY(status != HYP_OK)) return status;
    if (HYP_UNLIKELY(must_have_no_body(head, framing))) return HYP_REFUSE_CONTENT;
    return decide_connection(head, fields.flags, framing);
}
