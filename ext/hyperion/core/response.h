/* Prebuilt responses: built once, sent many times. The Date is a slot of 29 bytes, written into the copy that is
 * sent. Immutable and reference-counted; any thread may hold one. */
#ifndef HYP_RESPONSE_H
#define HYP_RESPONSE_H

#include <stdatomic.h>

#include "buf.h"
#include "clock.h"

typedef struct {
    _Atomic uint32_t refs;
    uint32_t head_len;    /* bytes before the body */
    uint32_t date_offset; /* of the Date's 29 bytes; 0: there is none */
    bool complete_head;   /* the head ends with an empty line, so that a field may be added before it */
    uint8_t status_class; /* 2 of "HTTP/1.1 200"; 0 when the bytes begin otherwise */
    size_t len;           /* head and body */
    char bytes[];
} hyp_response_t;

/* How a response goes out: a set of flags. */
enum {
    HYP_SEND_HEAD_ONLY = 1,  /* the request was HEAD */
    HYP_SEND_CLOSE = 2,      /* adds connection: close */
    HYP_SEND_KEEP_ALIVE = 4, /* adds connection: keep-alive, for a 1.0 client that asked */
};

/* Copies `bytes`, whose last body_len are the body. date_offset 0 means no Date; else 29 bytes there are the slot, and
 * must lie within the head. The caller holds the one reference.
 * HYP_OK, HYP_NO_MEMORY, or -EINVAL for a length or an offset outside the bytes. */
HYP_MUST_USE hyp_status hyp_response_new(hyp_response_t **out, hyp_slice_t bytes, size_t body_len, size_t date_offset);

void hyp_response_retain(hyp_response_t *response);

/* Frees with the last reference. */
void hyp_response_release(hyp_response_t *response);

/* Appends the head, with the date and what `flags` ask for, to `out`, and behind it the body when that is at most
 * HYP_COPY_BYTES long. *rest is what of the body was not copied: a view into the response, mostly empty.
 * HYP_OK or HYP_NO_MEMORY (nothing appended). */
HYP_MUST_USE hyp_status hyp_response_render(const hyp_response_t *response, unsigned flags, const char *date,
                                            hyp_buf_t *out, hyp_slice_t *rest);

/* Appends the canned answer to a refusal: status line, date, content-type, content-length, for 503 retry-after,
 * connection: close, and unless HYP_SEND_HEAD_ONLY a short plain text. HYP_OK or HYP_NO_MEMORY. */
HYP_MUST_USE hyp_status hyp_response_render_error(hyp_status refusal, unsigned flags, const char *date, hyp_buf_t *out);

/* The first digit of the status in a head that begins with an HTTP/1 status line; else 0. */
unsigned hyp_response_class(hyp_slice_t head);

/* "OK" for 200; an empty string for a code without a registered phrase. Static storage. */
const char *hyp_response_reason(int http_status);

#endif
