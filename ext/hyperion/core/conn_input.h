/* The receiving half of a connection: bytes to requests, and what becomes of each. conn.c's own. */
#ifndef HYP_CONN_INPUT_H
#define HYP_CONN_INPUT_H

#include "conn.h"

/* Consumes from bytes[0, len) as far as the connection's state lets it; answers how many bytes it has used. */
size_t hyp_conn_advance(hyp_conn_t *conn, hyp_conn_shared_t *shared, const char *bytes, size_t len);

/* Answers a refusal and ends the connection. */
void hyp_conn_refuse(hyp_conn_t *conn, hyp_conn_shared_t *shared, hyp_status refusal);

/* HYP_SEND_* for the answer to a request of which no more is known than that it begins so, as when it is malformed or does not
 * end: HEAD gets no body whatever is wrong (RFC 9110 section 9.3.2). */
uint8_t hyp_conn_flags_of_method(hyp_slice_t start);

/* A request is answered: back to HEAD, or on to the end. `close`: the answer said so. */
void hyp_conn_answered(hyp_conn_t *conn, hyp_conn_shared_t *shared, bool close);

/* Where output goes: what is kept already, else the buffer of the event. */
hyp_buf_t *hyp_conn_out(hyp_conn_t *conn, hyp_conn_shared_t *shared);

/* True while bytes wait to be sent. */
bool hyp_conn_has_output(const hyp_conn_t *conn, const hyp_conn_shared_t *shared);

#endif
