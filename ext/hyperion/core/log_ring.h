/* What is to be logged, on its way from the thread that has answered to the one that writes: bounded, without a lock.
 *
 * Threads: one at a time pushes, one at a time takes. `pushed` is stored with release order behind the bytes it tells of and loaded with
 * acquire order before them; `taken` the same the other way. */
#ifndef HYP_LOG_RING_H
#define HYP_LOG_RING_H

#include <stdatomic.h>

#include "buf.h"

#define HYP_LOG_FIELD_BYTES_MAX 8192 /* of each text; what is longer is cut */

typedef enum {
    HYP_LOG_CLIENT,
    HYP_LOG_METHOD,
    HYP_LOG_TARGET,
    HYP_LOG_REFERER,
    HYP_LOG_AGENT,
    HYP_LOG_TEXTS
} hyp_log_text;

typedef struct {
    int64_t second;    /* UNIX time of the end of the answer */
    uint64_t bytes;    /* of the body, as sent */
    uint32_t duration; /* milliseconds from the end of the request's head to the end of the answer */
    uint32_t waited;   /* milliseconds of these in the queue */
    uint16_t status;   /* 0: there was none */
    uint8_t minor;     /* HTTP/1.minor */
    bool unparsed;     /* the target is what came in the place of a request line */
    hyp_slice_t texts[HYP_LOG_TEXTS];
} hyp_log_event_t;

typedef struct {
    char *bytes;
    size_t cap;                   /* a power of two */
    _Atomic size_t pushed, taken; /* bytes, so far */
} hyp_log_ring_t;

/* `cap` must be a power of two. HYP_OK or HYP_NO_MEMORY. */
HYP_MUST_USE hyp_status hyp_log_ring_init(hyp_log_ring_t *ring, size_t cap);
void hyp_log_ring_free(hyp_log_ring_t *ring);

/* Copies the event; false when there is no place for it. */
bool hyp_log_ring_push(hyp_log_ring_t *ring, const hyp_log_event_t *event);

/* The next event, its texts in `scratch`, which is overwritten; false when there is none, or no memory for it. */
bool hyp_log_ring_take(hyp_log_ring_t *ring, hyp_log_event_t *event, hyp_buf_t *scratch);

bool hyp_log_ring_is_empty(const hyp_log_ring_t *ring);

#endif
