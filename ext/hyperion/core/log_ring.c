#include "log_ring.h"

#include <stdlib.h>

hyp_status hyp_log_ring_init(hyp_log_ring_t *ring, size_t cap)
{
    ring->bytes = malloc(cap);
    ring->cap = cap;
    atomic_init(&ring->pushed, 0);
    atomic_init(&ring->taken, 0);
    return ring->bytes ? HYP_OK : HYP_NO_MEMORY;
}

void hyp_log_ring_free(hyp_log_ring_t *ring)
{
    free(ring->bytes);
    ring->bytes = NULL;
}

/* Positions only grow; where they are in memory is their rest. */
static size_t put(hyp_log_ring_t *ring, size_t at, const void *from, size_t len)
{
    size_t place = at & (ring->cap - 1);
    size_t first = ring->cap - place < len ? ring->cap - place : len;
    if (len > 0) memcpy(ring->bytes + place, from, first);
    if (len > first) memcpy(ring->bytes, (const char *)from + first, len - first);
    return at + len;
}

static size_t get(const hyp_log_ring_t *ring, size_t at, void *to, size_t len)
{
    size_t place = at & (ring->cap - 1);
    size_t first = ring->cap - place < len ? ring->cap - place : len;
    memcpy(to, ring->bytes + place, first);
    if (len > first) memcpy((char *)to + first, ring->bytes, len - first);
    return at + len;
}

/* The event's own pointers are copied along, for their lengths; what they point at is behind it. */
static size_t cut_texts(hyp_log_event_t *event)
{
    size_t len = 0;
    for (int i = 0; i < HYP_LOG_TEXTS; i++) {
        if (event->texts[i].len > HYP_LOG_FIELD_BYTES_MAX) event->texts[i].len = HYP_LOG_FIELD_BYTES_MAX;
        len += event->texts[i].len;
    }
    return len;
}

bool hyp_log_ring_push(hyp_log_ring_t *ring, const hyp_log_event_t *event)
{
    hyp_log_event_t copy = *event;
    size_t len = sizeof copy + cut_texts(&copy);
    size_t at = atomic_load_explicit(&ring->pushed, memory_order_relaxed);
    size_t taken = atomic_load_explicit(&ring->taken, memory_order_acquire);
    if (ring->cap - (at - taken) < len) return false;
    at = put(ring, at, &copy, sizeof copy);
    for (int i = 0; i < HYP_LOG_TEXTS; i++)
        at = put(ring, at, copy.texts[i].ptr, copy.texts[i].len);
    atomic_store_explicit(&ring->pushed, at, memory_order_release);
    return true;
}

bool hyp_log_ring_is_empty(const hyp_log_ring_t *ring)
{
    return atomic_load_explicit(&ring->pushed, memory_order_acquire) ==
           atomic_load_explicit(&ring->taken, memory_order_relaxed);
}

bool hyp_log_ring_take(hyp_log_ring_t *ring, hyp_log_event_t *event, hyp_buf_t *scratch)
{
    if (hyp_log_ring_is_empty(ring)) return false;
    size_t at = get(ring, atomic_load_explicit(&ring->taken, memory_order_relaxed), event, sizeof *event);
    size_t len = cut_texts(event);
    hyp_buf_clear(scratch);
    if (hyp_buf_reserve(scratch, len + 1) != HYP_OK) return false;
    if (len > 0) at = get(ring, at, scratch->data, len);
    char *text = scratch->data;
    for (int i = 0; i < HYP_LOG_TEXTS; i++) {
        event->texts[i].ptr = text;
        text += event->texts[i].len;
    }
    atomic_store_explicit(&ring->taken, at, memory_order_release);
    return true;
}
