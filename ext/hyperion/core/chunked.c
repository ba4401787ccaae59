#include "framing.h"

#include "scan.h"

typedef enum {
    SIZE_START, /* the first digit of a chunk's size */
    SIZE,
    EXTENSION,
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

static hyp_status take_extension(hyp_chunked_t *chunked, char c)
{
    if (c == '\r') return go_to(chunked, SIZE_LF);
    return hyp_char_is(c, HYP_CHAR_VALUE) ? HYP_OK : HYP_REFUSE_CHUNK;
}

static hyp_status take_size(hyp_chunked_t *chunked, char c)
{
    if (c == ';') return go_to(chunked, EXTENSION);
    if (c == '\r') return go_to(chunked, SIZE_LF);
    return take_size_digit(chunked, c);
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
    case EXTENSION:
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
static hyp_status count_byte(hyp_chunked_t *chunked)
{
    bool in_trailer = chunked->state >= TRAILER_START;
    uint32_t most = in_trailer ? HYP_TRAILER_BYTES_MAX : HYP_CHUNK_LINE_BYTES_MAX;
    if (++chunked->line_bytes <= most) return HYP_OK;
    return in_trailer ? HYP_REFUSE_TRAILER : HYP_REFUSE_CHUNK;
}

/* As much of the chunk as is there. */
static hyp_slice_t take_data(hyp_chunked_t *chunked, const char *at, size_t len)
{
    if (len > chunked->chunk_left) len = (size_t)chunked->chunk_left;
    chunked->chunk_left -= len;
    if (chunked->chunk_left == 0) chunked->state = DATA_CR;
    return hyp_slice(at, len);
}

hyp_status hyp_chunked_decode(hyp_chunked_t *chunked, const char *in, size_t len, size_t *consumed, hyp_slice_t *data)
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
        status = count_byte(chunked);
        if (status == HYP_OK) status = take_byte(chunked, in[at++]);
    }
    *consumed = at;
    return status == HYP_OK && data->len == 0 ? HYP_AGAIN : status;
}
