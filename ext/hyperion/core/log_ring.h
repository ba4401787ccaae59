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
} hyp_log_facts_t;

typedef struct {
    hyp_log_facts_t facts;
    hyp_slice_t texts[HYP_LOG_TEXTS];
} hyp_log_event_t;

/* An event in one piece: its texts follow each other. */
typedef struct {
    hyp_log_facts_t facts;
    uint16_t lens[HYP_LOG_TEXTS];
    char texts[];
} hyp_log_record_t;

/* How long the record of an event is; texts that are too long are cut, in the event. */
size_t hyp_log_record_bytes(hyp_log_event_t *event);

/* Writes the record of an event whose length was asked for. */
void hyp_log_record_write(hyp_log_record_t *record, const hyp_log_event_t *event);

typedef struct {
    char *bytes;
    size_t cap;                   /* a power of two */
    _Atomic size_t pushed, taken; /* bytes, so far */
    size_t next;                  /* the taker's own: where what it has taken ends */
} hyp_log_ring_t;

/* `cap` must be a power of two. HYP_OK or HYP_NO_MEMORY. */
HYP_MUST_USE hyp_status hyp_log_ring_init(hyp_log_ring_t *ring, size_t cap);
void hyp_log_ring_free(hyp_log_ring_t *ring);

/* Copies the event; false when there is no place for it. */
bool hyp_log_ring_push(hyp_log_ring_t *ring, hyp_log_event_t *event);

/* The same with its record, of so many bytes. */
bool hyp_log_ring_push_record(hyp_log_ring_t *ring, const hyp_log_record_t *record, size_t len);

/* The next event, its texts in the ring until it is dropped; false when there is none. */
bool hyp_log_ring_take(hyp_log_ring_t *ring, hyp_log_event_t *event);

/* Makes room of what was taken last. */
void hyp_log_ring_drop(hyp_log_ring_t *ring);

bool hyp_log_ring_is_empty(const hyp_log_ring_t *ring);

#endif
