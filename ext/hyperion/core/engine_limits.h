/* Every limit and time-out of the engine, set from configuration in one struct and constant while loops run. */
#ifndef HYP_ENGINE_LIMITS_H
#define HYP_ENGINE_LIMITS_H

#include "body.h"
#include "clock.h"
#include "framing.h"
#include "parser.h"

typedef struct {
    hyp_parser_limits_t head;
    hyp_chunked_limits_t chunked;
    uint64_t body_bytes;       /* longest request body: 413 */
    size_t body_memory_bytes;  /* a longer body goes to an unlinked temporary file */
    uint64_t linger_bytes;     /* read and dropped behind an answer that closes the connection */
    size_t output_bytes;       /* answers to pipelined requests are put together up to this size */
    size_t stream_bytes;       /* a streaming response waits for its client beyond this */
    uint32_t connections;      /* open at once in one loop; more take the place of idle ones, or wait */
    uint32_t queued_requests;  /* waiting for a worker: more are answered 503 */
    hyp_msec_t queue_timeout;  /* in the queue: who has waited longer is answered 503 unserved; 0: never */
    hyp_msec_t head_timeout;   /* for a whole request head */
    hyp_msec_t body_timeout;   /* so long a body is read before its rate is looked at, each time anew */
    hyp_msec_t write_timeout;  /* the same for a response that the client reads */
    hyp_msec_t idle_timeout;   /* between two requests of a connection */
    hyp_msec_t linger_timeout; /* for a client to take an answer that closes the connection */
    uint32_t body_rate;  /* bytes of data a second that a body must have made when it is looked at: 408; 0: any byte */
    uint32_t write_rate; /* bytes a second that a client must have read: closed; 0: any byte */
    uint32_t underscore_names; /* 1: fields whose name has an underscore reach the application, 0: they are dropped */
    char body_directory[HYP_DIRECTORY_BYTES]; /* where the files of long bodies are made */
} hyp_limits_t;

#define HYP_RECV_BYTES 65536        /* one receive */
#define HYP_COPY_BYTES 16384        /* a body up to this size is sent from a copy behind its head */
#define HYP_UNSENT_BYTES_MAX 131072 /* held by the kernel for a client, beyond what is on its way */

/* The defaults, as docs/configuration.md lists them. */
void hyp_limits_init(hyp_limits_t *limits);

#endif
