#include <stdio.h>

#include "framing.h"
#include "parser_helpers.h"
#include "test.h"

#define BODY_MAX 65536
#define LINE_BYTES 4096
#define TRAILER_BYTES 8192

static const hyp_chunked_limits_t limits = {.line_bytes = LINE_BYTES, .trailer_bytes = TRAILER_BYTES};

/* What the decoder made of some bytes. */
typedef struct {
    hyp_status status;
    size_t consumed;
    size_t body_len;
    char body[BODY_MAX];
} decoded_t;

static void take(decoded_t *decoded, hyp_slice_t data)
{
    ASSERT(decoded->body_len + data.len <= BODY_MAX);
    memcpy(decoded->body + decoded->body_len, data.ptr, data.len);
    decoded->body_len += data.len;
}

/* Decodes bytes[0, len) as far as it goes. */
static void decode_piece(hyp_chunked_t *chunked, const char *bytes, size_t len, decoded_t *decoded)
{
    size_t at = 0;
    char *guarded = hyp_test_guarded(bytes, len);
    do {
        size_t consumed = SIZE_MAX;
        hyp_slice_t data = {"?", 1};
        decoded->status = hyp_chunked_decode(chunked, &limits, guarded + at, len - at, &consumed, &data);
        CHECK(consumed <= len - at);
        CHECK((decoded->status == HYP_OK) == (data.len > 0));
        if (decoded->status == HYP_OK) {
            CHECK(data.ptr >= guarded + at && data.ptr + data.len == guarded + at + consumed);
            take(decoded, data);
        }
        at += consumed;
    } while (decoded->status == HYP_OK);
    CHECK(decoded->status != HYP_AGAIN || at == len);
    decoded->consumed += at;
    hyp_test_unguard(guarded, len);
}

/* In two pieces, the second in steps. */
static void decode(const char *bytes, size_t len, size_t cut, size_t step, decoded_t *decoded)
{
    hyp_chunked_t chunked;
    hyp_chunked_init(&chunked);
    decoded->status = HYP_AGAIN;
    decoded->consumed = 0;
    decoded->body_len = 0;
    decode_piece(&chunked, bytes, cut, decoded);
    for (size_t at = cut; at < len && decoded->status == HYP_AGAIN; at += step) {
        decode_piece(&chunked, bytes + at, step < len - at ? step : len - at, decoded);
    }
}

static void check(hyp_status status, const char *body, size_t rest, const char *bytes, size_t len)
{
    static decoded_t decoded;
    for (size_t cut = 0; cut <= len; cut++) {
        decode(bytes, len, cut, cut == 0 ? 1 : len, &decoded);
        bool same = decoded.status == status && decoded.body_len == strlen(body) &&
                    memcmp(decoded.body, body, decoded.body_len) == 0;
        if (!same) {
            FAIL("cut at %zu, [%.*s] is (%s) [%.*s], expected (%s) [%s]", cut, (int)len, bytes,
                 hyp_status_text(decoded.status), (int)decoded.body_len, decoded.body, hyp_status_text(status), body);
        }
        if (status == HYP_END) CHECK_INT(len - rest, decoded.consumed);
    }
}

typedef struct {
    hyp_status status;
    const char *body;
    size_t rest; /* bytes that do not belong to the body */
    const char *bytes;
    size_t len;
} chunked_case_t;

static void check_all(const chunked_case_t *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check(cases[i].status, cases[i].body, cases[i].rest, cases[i].bytes, cases[i].len);
    }
}

#define CHECK_ALL(cases) check_all((cases), sizeof(cases) / sizeof((cases)[0]))

/* RFC 9112 section 7.1 */
static const chunked_case_t bodies[] = {
    {HYP_END, "", 0, BYTES("0\r\n\r\n")},
    {HYP_END, "", 0, BYTES("0000\r\n\r\n")},
    {HYP_END, "abc", 0, BYTES("3\r\nabc\r\n0\r\n\r\n")},
    {HYP_END, "abcde", 0, BYTES("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")},
    {HYP_END, "0123456789", 0, BYTES("a\r\n0123456789\r\n0\r\n\r\n")},
    {HYP_END, "0123456789", 0, BYTES("00A\r\n0123456789\r\n0\r\n\r\n")},
    {HYP_END, "0123456789abcdefghijklmnopqrs", 0, BYTES("1d\r\n0123456789abcdefghijklmnopqrs\r\n0\r\n\r\n")},
    {HYP_END, "\r\n0\r\n\r\n", 0, BYTES("7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n")},
    {HYP_END, "a", 16, BYTES("1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n")},
    {HYP_AGAIN, "", 0, BYTES("")},
    {HYP_AGAIN, "", 0, BYTES("f")},
    {HYP_AGAIN, "", 0, BYTES("5\r\n")},
    {HYP_AGAIN, "ab", 0, BYTES("5\r\nab")},
    {HYP_AGAIN, "abcde", 0, BYTES("5\r\nabcde")},
    {HYP_AGAIN, "abcde", 0, BYTES("5\r\nabcde\r\n")},
    {HYP_AGAIN, "", 0, BYTES("0\r\n\r")},
    {HYP_AGAIN, "", 0, BYTES("7fffffffffffffff\r\n")},
    {HYP_AGAIN, "", 0, BYTES("00000000000000007FFFFFFFFFFFFFFF\r\n")},
};

TEST(chunked_decodes_bodies)
{
    CHECK_ALL(bodies);
}

/* RFC 9112 section 7.1.1: extensions that are not understood are ignored */
static const chunked_case_t extensions[] = {
    {HYP_END, "abc", 0, BYTES("3;a\r\nabc\r\n0;b=c\r\n\r\n")},
    {HYP_END, "abc", 0, BYTES("3 \t;\ta\t=\tb\t; c =\"\" ;d\r\nabc\r\n0 ;e\r\n\r\n")},
    {HYP_END, "abc", 0, BYTES("3;a=\"\\\\\\\"\";b\r\nabc\r\n0\r\n\r\n")},
    {HYP_AGAIN, "", 0, BYTES("3;a = \"b\" ")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("3;\r\nabc\r\n0\r\n\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("3;;a\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("3;=b\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("3;a=\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("3;a=b=c\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("3;a=b c\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("3;a b\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("3;a \r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("3;a=b \r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("3;a=\"b\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("3;a=\"b\\\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("3;a=\"b\"c\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("3;a@\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("3;a=@\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("3 a\r\n")},
    {HYP_END, "abc", 0, BYTES("3;a=\"\\\"; \t\xc3\xa4\";b ; c\r\nabc\r\n0\r\n\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("3;a\nabc\r\n0\r\n\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("3;a\rb\r\nabc\r\n0\r\n\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("3;a\0\r\nabc\r\n0\r\n\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("3;a=\"\x7f\"\r\nabc\r\n0\r\n\r\n")},
};

TEST(chunked_ignores_extensions_and_checks_them)
{
    CHECK_ALL(extensions);
}

static const chunked_case_t bad_chunks[] = {
    {HYP_REFUSE_CHUNK, "", 0, BYTES("\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES(";a\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("g\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("1g\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("+1\r\na\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("-1\r\na\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("0x1\r\na\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("1_0\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES(" 1\r\na\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("1 \r\na\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("1\ta\r\na\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("1\na\r\n0\r\n\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("1\r\ra\r\n0\r\n\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("1\r1\r\na\r\n0\r\n\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("1\0\r\na\r\n")},
    {HYP_REFUSE_CHUNK, "a", 0, BYTES("1\r\na0\r\n\r\n")},
    {HYP_REFUSE_CHUNK, "a", 0, BYTES("1\r\nab\r\n0\r\n\r\n")},
    {HYP_REFUSE_CHUNK, "a", 0, BYTES("1\r\na\n0\r\n\r\n")},
    {HYP_REFUSE_CHUNK, "a", 0, BYTES("1\r\na\r0\r\n\r\n")},
    {HYP_REFUSE_CHUNK, "a", 0, BYTES("1\r\na\r\n\r\n0\r\n\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("8000000000000000\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("ffffffffffffffff\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("10000000000000000\r\n")},
    {HYP_REFUSE_CHUNK, "", 0, BYTES("100000000000000001\r\n")},
};

TEST(chunked_refuses_bad_chunks)
{
    CHECK_ALL(bad_chunks);
}

/* RFC 9112 section 7.1.2: field lines, RFC 9110 section 6.5.1 lets us drop them */
static const chunked_case_t trailers[] = {
    {HYP_END, "a", 0, BYTES("1\r\na\r\n0\r\nA: b\r\n\r\n")},
    {HYP_END, "a", 1, BYTES("1\r\na\r\n0\r\nA:\r\nContent-Length: 5\r\nb!: \tc \xc3\xa4\r\n\r\nX")},
    {HYP_AGAIN, "", 0, BYTES("0\r\nA: b\r\n")},
    {HYP_REFUSE_TRAILER, "", 0, BYTES("0\r\n\n")},
    {HYP_REFUSE_TRAILER, "", 0, BYTES("0\r\n\r\r\n")},
    {HYP_REFUSE_TRAILER, "", 0, BYTES("0\r\nA: b\n\r\n")},
    {HYP_REFUSE_TRAILER, "", 0, BYTES("0\r\nA: b\rc\r\n\r\n")},
    {HYP_REFUSE_TRAILER, "", 0, BYTES("0\r\nA: b\r\n c\r\n\r\n")},
    {HYP_REFUSE_TRAILER, "", 0, BYTES("0\r\n A: b\r\n\r\n")},
    {HYP_REFUSE_TRAILER, "", 0, BYTES("0\r\n: b\r\n\r\n")},
    {HYP_REFUSE_TRAILER, "", 0, BYTES("0\r\nA : b\r\n\r\n")},
    {HYP_REFUSE_TRAILER, "", 0, BYTES("0\r\nA\r\n\r\n")},
    {HYP_REFUSE_TRAILER, "", 0, BYTES("0\r\nA: \0\r\n\r\n")},
    {HYP_REFUSE_TRAILER, "", 0, BYTES("0\r\nA: \x1b\r\n\r\n")},
    {HYP_REFUSE_TRAILER, "", 0, BYTES("0\r\nGET / HTTP/1.1\r\n\r\n")},
};

TEST(chunked_checks_trailers_and_drops_them)
{
    CHECK_ALL(trailers);
}

/* `head`, then `filler` as often as it takes to make `len` bytes with `tail`. */
static hyp_status decode_filled(const char *head, char filler, const char *tail, size_t len)
{
    static char bytes[TRAILER_BYTES + 64];
    static decoded_t decoded;
    size_t head_len = strlen(head);
    size_t tail_len = strlen(tail);
    memcpy(bytes, head, head_len);
    memset(bytes + head_len, filler, len - head_len - tail_len);
    memcpy(bytes + len - tail_len, tail, tail_len);
    decode(bytes, len, 0, 1, &decoded);
    hyp_status by_bytes = decoded.status;
    decode(bytes, len, len, len, &decoded);
    CHECK_INT(decoded.status, by_bytes);
    return by_bytes;
}

TEST(chunked_bounds_lines_and_trailers)
{
    const size_t line = LINE_BYTES;
    CHECK_INT(HYP_AGAIN, decode_filled("1;", 'x', "\r\n", line));
    CHECK_INT(HYP_REFUSE_CHUNK, decode_filled("1;", 'x', "\r\n", line + 1));
    CHECK_INT(HYP_REFUSE_CHUNK, decode_filled("1;", 'x', "", line + 1));
    CHECK_INT(HYP_AGAIN, decode_filled("", '0', "1\r\n", line));
    CHECK_INT(HYP_REFUSE_CHUNK, decode_filled("", '0', "1\r\n", line + 1));

    const size_t last_chunk = strlen("0\r\n");
    const size_t trailer = last_chunk + TRAILER_BYTES;
    CHECK_INT(HYP_END, decode_filled("0\r\nA: ", 'x', "\r\n\r\n", trailer));
    CHECK_INT(HYP_REFUSE_TRAILER, decode_filled("0\r\nA: ", 'x', "\r\n\r\n", trailer + 1));
    CHECK_INT(HYP_REFUSE_TRAILER, decode_filled("0\r\nA", 'x', "", trailer + 1));
}

/* The bound is for each line: many chunks are no long line. */
TEST(chunked_counts_each_line_anew)
{
    static char bytes[60000];
    static decoded_t decoded;
    size_t len = 0;
    for (int i = 0; i < 5000; i++)
        len += (size_t)snprintf(bytes + len, sizeof(bytes) - len, "1;x=y\r\na\r\n");
    len += (size_t)snprintf(bytes + len, sizeof(bytes) - len, "0\r\n\r\n");
    decode(bytes, len, len, len, &decoded);
    CHECK_INT(HYP_END, decoded.status);
    CHECK_INT(5000, decoded.body_len);
}
