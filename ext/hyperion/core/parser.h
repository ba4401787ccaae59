/* One HTTP/1.x request head, by RFC 9112 sections 2 to 5, strictly. No sockets, no allocation, no copy: the result
 * points into the caller's bytes by position.
 *
 * Resumable at any byte: the caller keeps the bytes of an unfinished head together and calls again with more behind
 * them. Work per byte is bounded: a line is looked at once when it is complete, and all of them once more when the
 * head is; so that early nonsense is refused before the head has ended. Whole or byte by byte, the verdict is one. */
#ifndef HYP_PARSER_H
#define HYP_PARSER_H

#include "slice.h"
#include "status.h"

#define HYP_HEADERS_MAX 128    /* fields; the upper bound of hyp_parser_limits_t.headers */
#define HYP_METHOD_BYTES_MIN 7 /* the lower bound of hyp_parser_limits_t.method_bytes: OPTIONS */

/* Known methods have small numbers, which index route tables; any other token is HYP_METHOD_OTHER. */
#define HYP_METHOD_MAP(X) X(GET) X(HEAD) X(POST) X(PUT) X(DELETE) X(PATCH) X(OPTIONS) X(CONNECT) X(TRACE)

typedef enum {
#define HYP_METHOD_ENUM(name) HYP_METHOD_##name,
    HYP_METHOD_MAP(HYP_METHOD_ENUM)
#undef HYP_METHOD_ENUM
        HYP_METHOD_OTHER
} hyp_method;

typedef enum {
    HYP_TARGET_ORIGIN,    /* /path?query */
    HYP_TARGET_ABSOLUTE,  /* http://host/path?query */
    HYP_TARGET_AUTHORITY, /* host:port, with CONNECT only */
    HYP_TARGET_ASTERISK   /* *, with OPTIONS only */
} hyp_target_form;

typedef struct {
    hyp_span_t name;  /* as sent */
    hyp_span_t value; /* as sent, without surrounding white space */
} hyp_header_t;

typedef struct {
    uint32_t method_bytes; /* longest method, from HYP_METHOD_BYTES_MIN: 501 */
    uint32_t target_bytes; /* longest request target: 414 */
    uint32_t head_bytes;   /* longest head, request line and final empty line included: 431 */
    uint32_t headers;      /* most fields, at most HYP_HEADERS_MAX: 431 */
} hyp_parser_limits_t;

/* A parsed head. All spans are positions in the bytes that were parsed. `path` is what routes and PATH_INFO see: for
 * absolute-form the part behind the authority (empty: the span has length 0 and means "/"), for asterisk-form "*",
 * for authority-form the whole target. */
typedef struct {
    uint8_t method; /* hyp_method */
    uint8_t form;   /* hyp_target_form */
    uint8_t minor;  /* HTTP/1.minor: 0, or 1 for 1.1 and above */
    bool has_query; /* a '?' stood in the target, even if nothing followed */
    hyp_span_t method_name;
    hyp_span_t target;
    hyp_span_t path;
    hyp_span_t query;     /* without the '?' */
    hyp_span_t authority; /* absolute- and authority-form only, else length 0 */
    uint32_t head_bytes;  /* bytes consumed, final empty line included */
    uint32_t header_count;
    hyp_header_t headers[HYP_HEADERS_MAX];
} hyp_head_t;

/* Where an unfinished head stands. Zero is the start of a head. */
typedef struct {
    uint32_t line_start; /* first byte of the line that is not complete */
    uint32_t scanned;    /* bytes known to hold no further line end */
    uint32_t lines;      /* complete lines behind us */
} hyp_parser_t;

void hyp_parser_init(hyp_parser_t *parser);

/* Parses the head at the start of bytes[0, len). Between calls for one head the bytes may move, but not change.
 *
 * At most one empty line (CRLF) before the request line is skipped (RFC 9112 section 2.2) and counts towards
 * head_bytes.
 *
 * HYP_OK         *head is filled in; head->head_bytes > 0 bytes belong to it; the parser is back at its start
 * HYP_AGAIN      the head is not complete; nothing is wrong so far
 * HYP_NOT_OURS   the HTTP/2 connection preface ("PRI * HTTP/2.0")
 * HYP_REFUSE_*   malformed, over a limit (METHOD_UNKNOWN, TARGET_TOO_LONG, HEAD_TOO_LARGE), or a version other than
 *                1.x (VERSION) */
HYP_MUST_USE hyp_status hyp_parser_execute(hyp_parser_t *parser, const char *bytes, size_t len,
                                           const hyp_parser_limits_t *limits, hyp_head_t *head);

/* True for the characters of a token (RFC 9110 section 5.6.2): what a method or a field name is made of. */
bool hyp_parser_is_token(hyp_slice_t slice);

/* True when a field value may be sent or was rightly received: no CR, LF, NUL or other control but HTAB. */
bool hyp_parser_is_field_value(hyp_slice_t slice);

/* The number of a method by its name, HYP_METHOD_OTHER for any other. */
hyp_method hyp_method_of(hyp_slice_t name);

/* The name of a known method; an empty slice for HYP_METHOD_OTHER. Static storage. */
hyp_slice_t hyp_method_name(hyp_method method);

#endif
