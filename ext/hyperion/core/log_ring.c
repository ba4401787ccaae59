#include "log_ring.h"

#include <stddef.h>
#include <stdlib.h>

#define RECORD_ALIGNMENT 8
#define GAP INT64_MIN /* in the place of a record's second: what is left up to the ring's end is empty */

/* ---- records ---- */

size_t hyp_log_record_bytes(hyp_log_event_t *event)
{
    size_t len = offsetof(hyp_log_record_t, texts);
    for (int i = 0; i < HYP_LOG_TEXTS; i++) {
        if (event->texts[i].len > HYP_LOG_FIELD_BYTES_MAX) event->texts[i].len = HYP_LOG_FIELD_BYTES_MAX;
        len += event->texts[i].len;
    }
    return (len + RECORD_ALIGNMENT - 1) & ~(size_t)(RECORD_ALIGNMENT - 1);
}

void hyp_log_record_write(hyp_log_record_t *record, const hyp_log_event_t *event)
{
    record->facts = event->facts;
    char *to = record->texts;
    for (int i = 0; i < HYP_LOG_TEXTS; i++) {
        size_t len = event->texts[i].len;
        record->lens[i] = (uint16_t)len;
        if (len > 0) memcpy(to, event->texts[i].ptr, len);
        to += len;
    }
}

static size_t read_record(const hyp_log_record_t *record, hyp_log_event_t *event)
{
    event->facts = record->facts;
    const char *text = record->texts;
    for (int i = 0; i < HYP_LOG_TEXTS; i++) {
        event->texts[i] = hyp_slice(text, record->lens[i]);
        text += record->lens[i];
    }
    size_t len = (size_t)(text - (const char *)record);
    return (len + RECORD_ALIGNMENT - 1) & ~(size_t)(RECORD_ALIGNMENT - 1);
}

/* ---- the ring ---- */

hyp_status hyp_log_ring_init(hyp_log_ring_t *ring, size_t cap)
{
    ring->bytes = malloc(cap);
    ring->cap = cap;
    ring->next = 0;
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
static hyp_log_record_t *at(const hyp_log_ring_t *ring, size_t position)
{
    return (hyp_log_record_t *)(void *)(ring->bytes + (position & (ring->cap - 1)));
}

static size_t up_to_the_end(const hyp_log_ring_t *ring, size_t position)
{
    return ring->cap - (position & (ring->cap - 1));
}

/* Where a record of so many bytes goes, *pushed to be stored once it is there; NULL when there is no place for it. What would lie
 * across the end begins anew. */
static hyp_log_record_t *place_for(hyp_log_ring_t *ring, size_t len, size_t *pushed)
{
    size_t position = atomic_load_explicit(&ring->pushed, memory_order_relaxed);
    size_t taken = atomic_load_explicit(&ring->taken, memory_order_acquire);
    size_t gap = up_to_the_end(ring, position) < len ? up_to_the_end(ring, position) : 0;
    if (ring->cap - (position - taken) < gap + len) return NULL;
    if (gap > 0) at(ring, position)->facts.second = GAP;
    *pushed = position + gap + len;
    return at(ring, position + gap);
}

bool hyp_log_ring_push(hyp_log_ring_t *ring, hyp_log_event_t *event)
{
    size_t pushed;
    hyp_log_record_t *record = place_for(ring, hyp_log_record_bytes(event), &pushed);
    if (!record) return false;
    hyp_log_record_write(record, event);
    atomic_store_explicit(&ring->pushed, pushed, memory_order_release);
    return true;
}

bool hyp_log_ring_push_record(hyp_log_ring_t *ring, const hyp_log_record_t *record, size_t len)
{
    size_t pushed;
    hyp_log_record_t *place = place_for(ring, len, &pushed);
    if (!place) return false;
    memcpy(place, record, len);
    atomic_store_explicit(&ring->pushed, pushed, memory_order_release);
    return true;
}

bool hyp_log_ring_is_empty(const hyp_log_ring_t *ring)
{
    return atomic_load_explicit(&ring->pushed, memory_order_acquire) ==
           atomic_load_explicit(&ring->taken, memory_order_relaxed);
}

bool hyp_log_ring_take(hyp_log_ring_t *ring, hyp_log_event_t *event)
{
    if (hyp_log_ring_is_empty(ring)) return false;
    size_t position = atomic_load_explicit(&ring->taken, memory_order_relaxed);
    if (at(ring, position)->facts.second == GAP) position += up_to_the_end(ring, position);
    ring->next = position + read_record(at(ring, position), event);
    return true;
}

void hyp_log_ring_drop(hyp_log_ring_t *ring)
{
    atomic_store_explicit(&ring->taken, ring->next, memory_order_release);
}
