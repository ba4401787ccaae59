/* A byte queue: appended to at the end, consumed from the front. Allocates on the first append, not before. */
#ifndef HYP_BUF_H
#define HYP_BUF_H

#include "slice.h"
#include "status.h"

typedef struct {
    char *data;
    size_t start; /* first byte not consumed */
    size_t end;   /* one past the last byte */
    size_t cap;
} hyp_buf_t;

static inline size_t hyp_buf_len(const hyp_buf_t *buf)
{
    return buf->end - buf->start;
}

static inline const char *hyp_buf_ptr(const hyp_buf_t *buf)
{
    return buf->data == NULL ? NULL : buf->data + buf->start;
}

/* Zero is a valid empty buffer; _init makes one. */
void hyp_buf_init(hyp_buf_t *buf);

/* Frees the storage and leaves an empty buffer. */
void hyp_buf_free(hyp_buf_t *buf);

/* Makes room for at least `more` bytes behind the last. HYP_OK or HYP_NO_MEMORY (buffer unchanged). */
HYP_MUST_USE hyp_status hyp_buf_reserve(hyp_buf_t *buf, size_t more);

/* HYP_OK or HYP_NO_MEMORY (nothing appended). */
HYP_MUST_USE hyp_status hyp_buf_append(hyp_buf_t *buf, const void *bytes, size_t len);

/* Drops the first `len` bytes (at most all). Keeps the storage. */
void hyp_buf_consume(hyp_buf_t *buf, size_t len);

/* Drops all bytes; keeps the storage. */
void hyp_buf_clear(hyp_buf_t *buf);

#endif
