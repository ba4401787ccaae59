#include "framing.h"

#include "scan.h"

typedef enum {
    SIZE_START, /* the first digit of a chunk's size */
    SIZE,
    EXTENSION_NEXT, /* white space is over when the next extension's ';' comes, and nothing else may */
    EXTENSION_START,
    EXTENSION_NAME,
    EXTENSION_EQUALS, /* white space behind a name */
    EXTENSION_VALUE_START,
    EXTENSION_VALUE,
    EXTENSION_QUOTED,
    EXTENSION_ESCAPE,
    EXTENSION_QUOTED_END,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER_START, /* a trailer field, or the empty line that ends all */
    TRAILER_NAME,
    TRAILER_VALUE,
    TRAILER_LF,
    END_LF
} chunked_state;

void hyp_chunked_init(hyp_chunked_t *chunked)
{
    *chunked = (hyp_chunked_t){0};
}

static hyp_status go_to(hyp_chunked_t *chunked, chunked_state state)
{
    chunked->state = (uint8_t)state;
    return HYP_OK;
}

/* The one byte that may stand here (RFC 9112 section 7.1: nothing but CRLF ends a line). */
static hyp_status expect(hyp_chunked_t *chunked, char c, char expected, chunked_state next, hyp_status refusal)
{
    return c == expected ? go_to(chunked, next) : refusal;
}

static uint64_t hex_value(char c)
{
    return (uint64_t)(hyp_char_is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
}

static hyp_status take_size_digit(hyp_chunked_t *chunked, char c)
{
    if (!hyp_char_is(c, HYP_CHAR_HEX_DIGIT)) return HYP_REFUSE_CHUNK;
    if (chunked->chunk_left > INT64_MAX >> 4) return HYP_REFUSE_CHUNK;
    chunked->chunk_left = chunked->chunk_left << 4 | hex_value(c);
    return go_to(chunked, SIZE);
}

/* What may stand behind a size, or behind an extension: the line's end, or one more extension. */
static hyp_status take_end_of_part(hyp_chunked_t *chunked, char c)
{
    if (c == ';') return go_to(chunked, EXTENSION_START);
    if (c == '\r') return go_to(chunked, SIZE_LF);
    return hyp_char_is_ows(c) ? go_to(chunked, EXTENSION_NEXT) : HYP_REFUSE_CHUNK;
}

static hyp_status take_size(hyp_chunked_t *chunked, char c)
{
    return hyp_char_is(c, HYP_CHAR_HEX_DIGIT) ? take_size_digit(chunked, c) : take_end_of_part(chunked, c);
}

static hyp_status take_extension_name(hyp_chunked_t *chunked, char c)
{
    if (hyp_char_is(c, HYP_CHAR_TOKEN)) return HYP_OK;
    if (c == '=') return go_to(chunked, EXTENSION_VALUE_START);
    return hyp_char_is_ows(c) ? go_to(chunked, EXTENSION_EQUALS) : take_end_of_part(chunked, c);
}

static hyp_status take_extension_equals(hyp_chunked_t *chunked, char c)
{
    if (hyp_char_is_ows(c)) return HYP_OK;
    if (c == '=') return go_to(chunked, EXTENSION_VALUE_START);
    return expect(chunked, c, ';', EXTENSION_START, HYP_REFUSE_CHUNK);
}

static hyp_status take_quoted(hyp_chunked_t *chunked, char c)
{
    if (c == '"') return go_to(chunked, EXTENSION_QUOTED_END);
    if (c == '\\') return go_to(chunked, EXTENSION_ESCAPE);
    return hyp_char_is(c, HYP_CHAR_VALUE) ? HYP_OK : HYP_REFUSE_CHUNK;
}

/* chunk-ext = *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] ): ignored, but not believed unseen (RFC 9112
 * section 7.1.1). */
static hyp_status take_extension(hyp_chunked_t *chunked, char c)
{
    switch ((chunked_state)chunked->state) {
    case EXTENSION_NEXT:
        return hyp_char_is_ows(c) ? HYP_OK : expect(chunked, c, ';', EXTENSION_START, HYP_REFUSE_CHUNK);
    case EXTENSION_START:
        if (hyp_char_is_ows(c)) return HYP_OK;
        return hyp_char_is(c, HYP_CHAR_TOKEN) ? go_to(chunked, EXTENSION_NAME) : HYP_REFUSE_CHUNK;
    case EXTENSION_NAME:
        return take_extension_name(chunked, c);
    case EXTENSION_EQUALS:
        return take_extension_equals(chunked, c);
    case EXTENSION_VALUE_START:
        if (hyp_char_is_ows(c)) return HYP_OK;
        if (c == '"') return go_to(chunked, EXTENSION_QUOTED);
        return hyp_char_is(c, HYP_CHAR_TOKEN) ? go_to(chunked, EXTENSION_VALUE) : HYP_REFUSE_CHUNK;
    case EXTENSION_VALUE:
        return hyp_char_is(c, HYP_CHAR_TOKEN) ? HYP_OK : take_end_of_part(chunked, c);
    case EXTENSION_QUOTED:
        return take_quoted(chunked, c);
    case EXTENSION_ESCAPE:
        return hyp_char_is(c, HYP_CHAR_VALUE) ? go_to(chunked, EXTENSION_QUOTED) : HYP_REFUSE_CHUNK;
    default:
        return take_end_of_part(chunked, c);
    }
}

static hyp_status take_size_lf(hyp_chunked_t *chunked, char c)
{
    chunked->line_bytes = 0;
    return expect(chunked, c, '\n', chunked->chunk_left > 0 ? DATA : TRAILER_START, HYP_REFUSE_CHUNK);
}

static hyp_status take_trailer_start(hyp_chunked_t *chunked, char c)
{
    if (c == '\r') return go_to(chunked, END_LF);
    return hyp_char_is(c, HYP_CHAR_TOKEN) ? go_to(chunked, TRAILER_NAME) : HYP_REFUSE_TRAILER;
}

static hyp_status take_trailer_name(hyp_chunked_t *chunked, char c)
{
    if (c == ':') return go_to(chunked, TRAILER_VALUE);
    return hyp_char_is(c, HYP_CHAR_TOKEN) ? HYP_OK : HYP_REFUSE_TRAILER;
}

static hyp_status take_trailer_value(hyp_chunked_t *chunked, char c)
{
    if (c == '\r') return go_to(chunked, TRAILER_LF);
    return hyp_char_is(c, HYP_CHAR_VALUE) ? HYP_OK : HYP_REFUSE_TRAILER;
}

/* One byte of what surrounds the data. */
static hyp_status take_byte(hyp_chunked_t *chunked, char c)
{
    switch ((chunked_state)chunked->state) {
    case SIZE_START:
        return take_size_digit(chunked, c);
    case SIZE:
        return take_size(chunked, c);
    case EXTENSION_NEXT:
    case EXTENSION_START:
    case EXTENSION_NAME:
    case EXTENSION_EQUALS:
    case EXTENSION_VALUE_START:
    case EXTENSION_VALUE:
    case EXTENSION_QUOTED:
    case EXTENSION_ESCAPE:
    case EXTENSION_QUOTED_END:
        return take_extension(chunked, c);
    case SIZE_LF:
        return take_size_lf(chunked, c);
    case DATA_CR:
        return expect(chunked, c, '\r', DATA_LF, HYP_REFUSE_CHUNK);
    case DATA_LF:
        return expect(chunked, c, '\n', SIZE_START, HYP_REFUSE_CHUNK);
    case TRAILER_START:
        return take_trailer_start(chunked, c);
    case TRAILER_NAME:
        return take_trailer_name(chunked, c);
    case TRAILER_VALUE:
        return take_trailer_value(chunked, c);
    case TRAILER_LF:
        return expect(chunked, c, '\n', TRAILER_START, HYP_REFUSE_TRAILER);
    case END_LF:
        return c == '\n' ? HYP_END : HYP_REFUSE_TRAILER;
    case DATA:
        break;
    }
    return HYP_REFUSE_CHUNK;
}

/* Lines are bounded before they are looked at, so that nobody sends extensions or trailers for ever. */
static hyp_status count_byte(hyp_chunked_t *chunked, const hyp_chunked_limits_t *limits)
{
    bool in_trailer = chunked->state >= TRAILER_START;
    uint32_t most = in_trailer ? limits->trailer_bytes : limits->line_bytes;
    if (++chunked->line_bytes <= most) return HYP_OK;
    return in_trailer ? HYP_REFUSE_TRAILER : HYP_REFUSE_CHUNK;
}

uint64_t hyp_chunked_due(const hyp_chunked_t *chunked)
{
    return chunked->state == DATA ? chunked->chunk_left : 0;
}

/* As much of the chunk as is there. */
static hyp_slice_t take_data(hyp_chunked_t *chunked, const char *at, size_t len)
{
    if (len > chunked->chunk_left) len = (size_t)chunked->chunk_left;
    chunked->chunk_left -= len;
    if (chunked->chunk_left == 0) chunked->state = DATA_CR;
    return hyp_slice(at, len);
}

hyp_status hyp_chunked_decode(hyp_chunked_t *chunked, const hyp_chunked_limits_t *limits, const char *in, size_t len,
                              size_t *consumed, hyp_slice_t *data)
{
    size_t at = 0;
    hyp_status status = HYP_OK;
    *data = (hyp_slice_t){NULL, 0};
    while (at < len && status == HYP_OK && data->len == 0) {
        if (chunked->state == DATA) {
            *data = take_data(chunked, in + at, len - at);
            at += data->len;
            continue;
        }
        status = count_byte(chunked, limits);
        if (status == HYP_OK) status = take_byte(chunked, in[at++]);
    }
    *consumed = at;
    return status == HYP_OK && data->len == 0 ? HYP_AGAIN : status;
}
