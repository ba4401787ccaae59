/* Where a request's body ends, whether the connection goes on, and what else the fields of a head decide
 * (RFC 9112 sections 6, 7 and 9; RFC 9110 sections 7.2, 7.8, 10.1.1). What could be read in two ways is refused. */
#ifndef HYP_FRAMING_H
#define HYP_FRAMING_H

#include "parser.h"

typedef enum { HYP_BODY_NONE, HYP_BODY_LENGTH, HYP_BODY_CHUNKED } hyp_body_kind;

typedef struct {
    uint8_t body;            /* hyp_body_kind */
    bool keep_alive;         /* the client lets the connection go on: 1.1 without close, 1.0 with keep-alive */
    bool expect_continue;    /* Expect: 100-continue, from a 1.1 client */
    bool upgrade;            /* Upgrade together with Connection: upgrade */
    uint64_t content_length; /* above 0 with HYP_BODY_LENGTH, else 0: a body of no bytes is HYP_BODY_NONE */
    hyp_span_t host;         /* what Host or the absolute-form target says; length 0 when neither does (1.0) */
} hyp_framing_t;

/* Reads the fields of `head` that frame the message. `bytes` are the ones that were parsed.
 *
 * HYP_OK or a refusal: HOST, CONTENT_LENGTH, TRANSFER_ENCODING, CONTENT, CODING (501), EXPECTATION (417). */
HYP_MUST_USE hyp_status hyp_framing_decide(const hyp_head_t *head, const char *bytes, hyp_framing_t *framing);

/* The chunked coding's decoder (RFC 9112 section 7.1). Extensions must follow the grammar, and are dropped. Zero is the
 * start of a body. */
typedef struct {
    uint8_t state;
    uint32_t line_bytes; /* of the chunk-size line or of the trailer section so far */
    uint64_t chunk_left; /* bytes of the present chunk not seen yet */
} hyp_chunked_t;

typedef struct {
    uint32_t line_bytes;    /* size and extensions of one chunk */
    uint32_t trailer_bytes; /* a whole trailer section; trailers are checked and dropped */
} hyp_chunked_limits_t;

void hyp_chunked_init(hyp_chunked_t *chunked);

/* Bytes of data that the chunk whose size was read still lacks; 0 outside of a chunk. */
uint64_t hyp_chunked_due(const hyp_chunked_t *chunked);

/* Decodes from in[0, len). *consumed bytes were used in any case.
 *
 * HYP_OK      *data is the next piece of the body, a view into `in`, never empty; call again with the rest
 * HYP_AGAIN   all was used and the body goes on (*data is empty)
 * HYP_END     the body and its trailers have ended; what follows *consumed is the next request
 * HYP_REFUSE_CHUNK, HYP_REFUSE_TRAILER   malformed, or over a limit
 *
 * After HYP_END or a refusal the decoder must be initialised before it is used again. */
HYP_MUST_USE hyp_status hyp_chunked_decode(hyp_chunked_t *chunked, const hyp_chunked_limits_t *limits, const char *in,
                                           size_t len, size_t *consumed, hyp_slice_t *data);

#endif
