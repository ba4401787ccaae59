/* The head of an answer, shared by rb_response.c and rb_response_head.c. */
#ifndef HYP_RB_RESPONSE_H
#define HYP_RB_RESPONSE_H

#include "rb_hyperion.h"

/* Where an answer's body ends on the wire. */
typedef enum {
    HYP_RB_BODY_NONE,    /* nothing follows the head, and nothing is said about it */
    HYP_RB_BODY_LENGTH,  /* content_length bytes */
    HYP_RB_BODY_CHUNKED, /* chunks */
    HYP_RB_BODY_CLOSE    /* at the end of the connection, for a 1.0 client */
} hyp_rb_framing;

/* A head as it is put together in the responder's scratch buffer, and what the application's fields say of the rest. */
typedef struct {
    const hyp_rb_responder_t *responder;
    hyp_buf_t *out;
    int status;
    bool has_date;   /* given by the application */
    bool has_length; /* given by the application */
    bool close;      /* the connection ends with this answer */
    uint64_t content_length;
} hyp_rb_head_t;

/* Writes the status line, the date and the application's fields, anew. Raises for what must not be sent. */
void hyp_rb_head_begin(hyp_rb_head_t *head, const hyp_rb_responder_t *responder, VALUE status, VALUE headers);

/* Writes what the framing asks for, what the client has to know of the connection, and the empty line. */
void hyp_rb_head_end(hyp_rb_head_t *head, hyp_rb_framing framing);

/* True for an answer without a body, whatever the application gives: to HEAD, and 204 and 304 (RFC 9110 section 6.4.1). */
bool hyp_rb_head_is_bodiless(const hyp_rb_head_t *head);

void hyp_rb_init_response_head(void);

#endif
