#include "buf.h"

#include <stdlib.h>

#define BUF_BYTES_MIN 256 /* small, since a client may dribble a head for as long as the time-out lets it */

void hyp_buf_init(hyp_buf_t *buf)
{
    *buf = (hyp_buf_t){0};
}

void hyp_buf_free(hyp_buf_t *buf)
{
    free(buf->data);
    hyp_buf_init(buf);
}

static void move_to_front(hyp_buf_t *buf)
{
    size_t len = hyp_buf_len(buf);
    memmove(buf->data, buf->data + buf->start, len);
    buf->start = 0;
    buf->end = len;
}

/* Doubling keeps the cost of an append constant; `needed` wins for what doubling would not hold. */
static size_t grown_capacity(size_t cap, size_t needed)
{
    size_t doubled = cap <= SIZE_MAX / 2 ? cap * 2 : SIZE_MAX;
    if (doubled < BUF_BYTES_MIN) doubled = BUF_BYTES_MIN;
    return doubled > needed ? doubled : needed;
}

static hyp_status grow(hyp_buf_t *buf, size_t more)
{
    size_t len = hyp_buf_len(buf);
    if (more > SIZE_MAX - len) return HYP_NO_MEMORY;
    if (buf->start > 0) move_to_front(buf);
    size_t cap = grown_capacity(buf->cap, len + more);
    char *data = realloc(buf->data, cap);
    if (data == NULL) return HYP_NO_MEMORY;
    buf->data = data;
    buf->cap = cap;
    return HYP_OK;
}

hyp_status hyp_buf_reserve(hyp_buf_t *buf, size_t more)
{
    if (buf->cap - buf->end >= more) return HYP_OK;
    /* Moving no more bytes than were consumed before keeps the cost of a queue linear. */
    size_t len = hyp_buf_len(buf);
    if (buf->start >= len && buf->cap - len >= more) {
        move_to_front(buf);
        return HYP_OK;
    }
    return grow(buf, more);
}

hyp_status hyp_buf_append(hyp_buf_t *buf, const void *bytes, size_t len)
{
    if (len == 0) return HYP_OK;
    hyp_status status = hyp_buf_reserve(buf, len);
    if (status != HYP_OK) return status;
    memcpy(buf->data + buf->end, bytes, len);
    buf->end += len;
    return HYP_OK;
}

void hyp_buf_consume(hyp_buf_t *buf, size_t len)
{
    if (len >= hyp_buf_len(buf)) {
        hyp_buf_clear(buf);
        return;
    }
    buf->start += len;
}

void hyp_buf_clear(hyp_buf_t *buf)
{
    buf->start = buf->end = 0;
}
