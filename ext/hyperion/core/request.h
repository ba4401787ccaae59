/* What waits for Ruby: a request, a tick's static hits for the hooks, a connection that is handed off, trouble. */
#ifndef HYP_REQUEST_H
#define HYP_REQUEST_H

#include "body.h"
#include "clock.h"
#include "forwarded.h"
#include "framing.h"
#include "reply.h"
#include "routes.h"

typedef enum { HYP_JOB_REQUEST, HYP_JOB_HITS, HYP_JOB_HANDOFF, HYP_JOB_TROUBLE } hyp_job_kind;

typedef struct hyp_job {
    struct hyp_job *next;
    hyp_msec_t queued_at;
    uint8_t kind; /* hyp_job_kind */
} hyp_job_t;

/* Jobs in order; zero is an empty list. */
typedef struct {
    hyp_job_t *first;
    hyp_job_t *last;
    size_t count;
} hyp_job_list_t;

static inline void hyp_job_list_append(hyp_job_list_t *list, hyp_job_t *job)
{
    job->next = NULL;
    if (list->last) list->last->next = job;
    else list->first = job;
    list->last = job;
    list->count++;
}

/* A parsed request with all its bytes, in one allocation. Spans are positions in `bytes`. */
typedef struct {
    hyp_job_t job;
    hyp_address_t from;
    hyp_route_t *route; /* owned reference to a block route, or NULL: for the application */
    hyp_body_t body;
    hyp_framing_t framing;
    hyp_usec_t asked_at; /* when it was there in full */
    hyp_msec_t waited;   /* in the queue; set by who takes it */
    uint8_t method;      /* hyp_method */
    uint8_t form;        /* hyp_target_form */
    uint8_t minor;
    bool has_query;
    bool keep_alive;       /* the connection can go on after the answer */
    bool underscore_names; /* fields whose name has an underscore are for the application too */
    hyp_span_t method_name, target, path, query;
    hyp_forwarded_t forwarded; /* the client, and what trusted proxies have said */
    uint32_t header_count;
    uint32_t bytes_len;
    const char *bytes;      /* behind the headers, in the same allocation */
    hyp_header_t headers[]; /* header_count of them */
} hyp_request_t;

/* Copies what `head` says and the head's bytes. HYP_OK or HYP_NO_MEMORY. */
HYP_MUST_USE hyp_status hyp_request_new(hyp_request_t **out, const hyp_head_t *head, const hyp_framing_t *framing,
                                        const char *bytes);

/* Releases the route, the body and the memory. */
void hyp_request_destroy(hyp_request_t *request);

/* A connection that Ruby takes over: the descriptor and the bytes read so far. Whoever takes the job owns `fd`; a job
 * that is destroyed unserved closes it. */
typedef struct {
    hyp_job_t job;
    int fd; /* blocking again; -1: given away */
    uint32_t len;
    char partial[];
} hyp_handoff_t;

HYP_MUST_USE hyp_status hyp_handoff_new(hyp_handoff_t **out, int fd, hyp_slice_t partial);
void hyp_handoff_destroy(hyp_handoff_t *handoff);

/* The static hits of one tick, packed: a byte of hyp_method, two of the path's length, the path. */
typedef struct {
    hyp_job_t job;
    hyp_buf_t packed;
    uint32_t count;
} hyp_hits_t;

HYP_MUST_USE hyp_status hyp_hits_new(hyp_hits_t **out);

/* HYP_OK, HYP_NO_MEMORY, or HYP_FULL for a path too long to be packed; nothing is added then. */
HYP_MUST_USE hyp_status hyp_hits_add(hyp_hits_t *hits, hyp_method method, hyp_slice_t path);

/* Walks: *cursor starts at 0; false when all have been told. */
bool hyp_hits_next(const hyp_hits_t *hits, size_t *cursor, hyp_method *method, hyp_slice_t *path);
void hyp_hits_destroy(hyp_hits_t *hits);

/* What an operator should know of. */
typedef struct {
    hyp_job_t job;
    const char *what; /* static storage */
    hyp_status status;
} hyp_trouble_t;

HYP_MUST_USE hyp_status hyp_trouble_new(hyp_trouble_t **out, const char *what, hyp_status status);
void hyp_trouble_destroy(hyp_trouble_t *trouble);

/* Destroys a job of any kind. */
void hyp_job_destroy(hyp_job_t *job);

#endif
