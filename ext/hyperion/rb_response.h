/* An answer under way, shared by rb_response.c, rb_response_head.c and rb_stream.c. */
#ifndef HYP_RB_RESPONSE_H
#define HYP_RB_RESPONSE_H

#include "rb_hyperion.h"

#include "core/framing.h"

/* Where an answer's body ends on the wire. */
typedef enum {
    HYP_RB_BODY_NONE,    /* nothing follows the head, and nothing is said about it */
    HYP_RB_BODY_LENGTH,  /* content_length bytes */
    HYP_RB_BODY_CHUNKED, /* chunks */
    HYP_RB_BODY_CLOSE,   /* at the end of the connection, for a 1.0 client */
    HYP_RB_BODY_HIJACKED /* the application's: the connection leaves the engine behind the head */
} hyp_rb_framing;

/* A head as it is put together in the responder's scratch buffer, and what the application's fields say of the rest. */
typedef struct {
    const hyp_rb_responder_t *responder;
    hyp_buf_t *out;
    int status;
    bool has_date;   /* given by the application */
    bool has_length; /* given by the application */
    bool is_coded;   /* the application has coded the body itself, and says so by a transfer-encoding */
    bool is_chunked; /* last of all it has chunked it */
    bool upgrades;   /* the application offers other protocols, as with 426 */
    bool close;      /* the connection ends with this answer */
    VALUE hijack;    /* what the header rack.hijack has, or nil; kept alive by the headers */
    uint64_t content_length;
} hyp_rb_head_t;

/* Writes the status line, the date and the application's fields, anew. Raises for what must not be sent. */
void hyp_rb_head_begin(hyp_rb_head_t *head, const hyp_rb_responder_t *responder, VALUE status, VALUE headers);

/* Writes a whole head of an interim answer, 103. Raises for what must not be sent. */
void hyp_rb_head_early(const hyp_rb_responder_t *responder, VALUE headers);

/* Writes what the framing asks for, what the client has to know of the connection, and the empty line. */
void hyp_rb_head_end(hyp_rb_head_t *head, hyp_rb_framing framing);

/* True for an answer without a body, whatever the application gives: to HEAD, and 204, 205 and 304 (RFC 9110 sections 6.4.1
 * and 15.3.6). */
bool hyp_rb_head_is_bodiless(const hyp_rb_head_t *head);

void hyp_rb_init_response_head(void);

/* ---- rb_response.c ---- */

/* An answer on its way out. */
typedef struct {
    const hyp_rb_responder_t *responder;
    bool *emitted;
    VALUE triple;
    VALUE body;  /* to be closed */
    VALUE block; /* given to the body's each, while that runs; else 0 */
    bool done;   /* nothing was raised */
    bool ended;  /* the last piece has been emitted */
    hyp_rb_head_t head;
    hyp_rb_framing framing;
    uint64_t sent;        /* bytes of the body, in pieces so far */
    hyp_chunked_t chunks; /* of a body that the application has chunked */
    bool chunks_ended;
} hyp_rb_answering_t;

/* Emits what is collected of the head, without waiting for a body. */
void hyp_rb_answering_send_head(hyp_rb_answering_t *answer);

/* Emits what is collected of the head with `len` bytes of a file behind it, and nothing more. Takes over `fd`, whatever happens. */
void hyp_rb_answering_send_file(hyp_rb_answering_t *answer, int fd, uint64_t len);

/* Emits a String as the next piece of the body, and waits as the responder's flow does. Raises for no String, for more than the
 * content-length, and as the flow does. */
void hyp_rb_answering_write(hyp_rb_answering_t *answer, VALUE chunk);

/* Emits the end of the body, once. Raises when its content-length is not reached. */
void hyp_rb_answering_end(hyp_rb_answering_t *answer);

/* ---- rb_coding.c ---- */

/* Takes the value of a transfer-encoding; true when it is to be sent: not when it says that there is no coding. Raises for what
 * must not be sent. */
bool hyp_rb_coding_note(hyp_rb_head_t *head, hyp_slice_t codings);

/* The next bytes of a body, before they are sent. Raises when they are not chunked and ought to be. */
void hyp_rb_coding_check(hyp_rb_answering_t *answer, VALUE bytes);

/* Behind the last. Raises when the last chunk was not among them. */
void hyp_rb_coding_end(const hyp_rb_answering_t *answer);

/* ---- rb_file.c ---- */

/* Emits the answer with a file as its body, when the body's to_path names a regular file that can be read; false: nothing was
 * done. Raises for a content-length that is not the file's. */
bool hyp_rb_send_file(hyp_rb_answering_t *answer);

/* ---- rb_stream.c: Hyperion::Http::Stream ---- */

/* Calls the answer's body with a stream, and ends the answer when that returns. Raises what the body raises. */
void hyp_rb_stream(hyp_rb_answering_t *answer);

void hyp_rb_init_stream(void);

#endif
