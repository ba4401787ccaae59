/* The chunked decoder: one verdict and one body however the bytes are cut; and what is encoded comes back. */
#include "framing.h"
#include "fuzz.h"

static const hyp_chunked_limits_t limit_sets[] = {
    {.line_bytes = 4096, .trailer_bytes = 8192},
    {.line_bytes = 12, .trailer_bytes = 20},
};

static const hyp_chunked_limits_t *limits;

typedef struct {
    hyp_status status;
    size_t consumed;
    size_t body_len;
    char *body;
} decoded_t;

/* Decodes a copy of the piece that ends where its memory does. */
static void decode_piece(hyp_chunked_t *chunked, const char *piece, size_t len, decoded_t *decoded)
{
    size_t at = 0;
    char *copy = malloc(len > 0 ? len : 1);
    REQUIRE(copy != NULL);
    if (len > 0) memcpy(copy, piece, len);
    ASAN_POISON_MEMORY_REGION(copy + len, len == 0);
    do {
        size_t consumed = SIZE_MAX;
        hyp_slice_t data;
        decoded->status = hyp_chunked_decode(chunked, limits, copy + at, len - at, &consumed, &data);
        REQUIRE(consumed <= len - at);
        REQUIRE((decoded->status == HYP_OK) == (data.len > 0));
        if (data.len > 0) {
            REQUIRE(data.ptr + data.len == copy + at + consumed);
            memcpy(decoded->body + decoded->body_len, data.ptr, data.len);
            decoded->body_len += data.len;
        }
        at += consumed;
    } while (decoded->status == HYP_OK);
    REQUIRE(decoded->status != HYP_AGAIN || at == len);
    decoded->consumed += at;
    ASAN_UNPOISON_MEMORY_REGION(copy + len, len == 0);
    free(copy);
}

static decoded_t decode(const char *bytes, size_t len, size_t cut, size_t step)
{
    hyp_chunked_t chunked;
    decoded_t decoded = {.status = HYP_AGAIN, .body = malloc(len + 1)};
    REQUIRE(decoded.body != NULL);
    hyp_chunked_init(&chunked);
    decode_piece(&chunked, bytes, cut, &decoded);
    for (size_t at = cut; at < len && decoded.status == HYP_AGAIN; at += step) {
        decode_piece(&chunked, bytes + at, step < len - at ? step : len - at, &decoded);
    }
    return decoded;
}

static void require_same(const decoded_t *a, const decoded_t *b)
{
    REQUIRE(a->status == b->status && a->body_len == b->body_len);
    REQUIRE(memcmp(a->body, b->body, a->body_len) == 0);
    REQUIRE(a->status != HYP_END || a->consumed == b->consumed);
}

static void require_one_verdict(const char *bytes, size_t len, uint32_t hash)
{
    decoded_t whole = decode(bytes, len, len, 1);
    decoded_t pieces = decode(bytes, len, len == 0 ? 0 : hash % len, len);
    decoded_t by_bytes = decode(bytes, len, 0, 1);
    require_same(&whole, &pieces);
    require_same(&whole, &by_bytes);
    REQUIRE(whole.consumed <= len && whole.body_len <= whole.consumed);
    if (whole.status == HYP_END) REQUIRE(memcmp(bytes + whole.consumed - 2, "\r\n", 2) == 0);
    free(whole.body);
    free(pieces.body);
    free(by_bytes.body);
}

/* Chunks of up to 64 bytes, the sizes chosen by the hash. */
static void require_round_trip(const char *body, size_t len, uint32_t hash)
{
    size_t used = 0;
    size_t room = len * 8 + 64;
    char *encoded = malloc(room);
    REQUIRE(encoded != NULL);
    for (size_t at = 0; at < len;) {
        size_t chunk = 1 + hash % 64;
        hash = hash * 1664525 + 1013904223;
        if (chunk > len - at) chunk = len - at;
        used += (size_t)snprintf(encoded + used, room - used, hash & 1 ? "%zx\r\n" : "%zX;e\r\n", chunk);
        memcpy(encoded + used, body + at, chunk);
        memcpy(encoded + used + chunk, "\r\n", 2);
        used += chunk + 2;
        at += chunk;
    }
    used += (size_t)snprintf(encoded + used, room - used, "0\r\nA: b\r\n\r\n");
    decoded_t decoded = decode(encoded, used, hash % used, used);
    REQUIRE(decoded.status == HYP_END && decoded.consumed == used && decoded.body_len == len);
    REQUIRE(len == 0 || memcmp(decoded.body, body, len) == 0);
    free(decoded.body);
    free(encoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t hash = fuzz_hash(data, size);
    limits = &limit_sets[hash >> 16 & 1];
    require_one_verdict((const char *)data, size, hash);
    require_round_trip((const char *)data, size, hash);
    return 0;
}
