/* What a connection tells the access log. Only to be called while shared->log is set, but for _leave; for conn.c, conn_input.c and
 * who does without a loop. */
#ifndef HYP_CONN_LOG_H
#define HYP_CONN_LOG_H

#include "conn.h"

#define HYP_LOG_STATUS_GONE 499 /* told of a request whose client went before its answer began */

/* A request whose answer is awaited. */
struct hyp_conn_log {
    hyp_msec_t began;
    uint64_t sent;            /* bytes of its answer */
    uint64_t heads;           /* and how many of these are no body */
    size_t len;               /* of the record */
    hyp_log_record_t *record; /* behind this */
};

/* The request in shared->head, whose bytes these are, was answered in place by `answer`, which has so many bytes of body. */
void hyp_conn_log_answered(const hyp_conn_t *conn, const hyp_conn_shared_t *shared, const char *bytes,
                           hyp_slice_t answer, uint64_t body_bytes);

/* The same, by all of the answer's bytes. */
void hyp_conn_log_answered_whole(const hyp_conn_t *conn, const hyp_conn_shared_t *shared, const char *bytes,
                                 hyp_slice_t answer);

/* The request in shared->head is to be answered later. Without memory it is not logged. */
void hyp_conn_log_begin(hyp_conn_t *conn, const hyp_conn_shared_t *shared, const char *bytes);

/* What has come is to be refused, and is no request. */
void hyp_conn_log_begin_unparsed(hyp_conn_t *conn, const hyp_conn_shared_t *shared, hyp_slice_t bytes);

/* With conn->log: a piece of the answer has come. */
void hyp_conn_log_reply(hyp_conn_t *conn, const hyp_reply_t *reply);

/* With conn->log: the answer, its status line in `answer`, has so many bytes of body. */
void hyp_conn_log_end_with(hyp_conn_t *conn, const hyp_conn_shared_t *shared, hyp_slice_t answer, uint64_t body_bytes);

/* With conn->log: the answer is complete, or will never be. */
void hyp_conn_log_end(hyp_conn_t *conn, const hyp_conn_shared_t *shared);

/* The connection ends: what is still to be answered has lost its client. */
void hyp_conn_log_leave(hyp_conn_t *conn, const hyp_conn_shared_t *shared);

#endif
