/* The connections of a loop: slots that keep their place, found by number and generation, so that a late answer finds
 * nobody rather than a stranger. Memory grows by chunks up to the limit and is freed with the pool. */
#ifndef HYP_CONN_POOL_H
#define HYP_CONN_POOL_H

#include "backend.h"
#include "conn.h"

/* What every request needs stands first, in HYP_IO_LINES lines of the cache. */
typedef struct hyp_slot {
    _Alignas(HYP_CACHE_LINE) hyp_io_t io; /* first: an io is its slot */
    hyp_timer_t timer;
    uint32_t number;
    uint8_t counted_as; /* hyp_timer_kind among the counters, or HYP_NOT_COUNTED */
    uint8_t leaving;    /* the owner's: why it waits for its backend to let go; 0: it does not */
    hyp_conn_t conn;
    uint32_t generation; /* odd while in use */
    struct hyp_slot *next_free;
    struct hyp_slot *prev_open, *next_open;
} hyp_slot_t;

_Static_assert(offsetof(hyp_slot_t, conn.response_rest) + sizeof(hyp_slice_t) <= HYP_IO_LINES * HYP_CACHE_LINE,
               "what a static hit needs is what hyp_io_expect fetches");

typedef struct {
    hyp_slot_t **chunks;
    size_t chunk_count;
    hyp_slot_t *free;
    hyp_slot_t *retired;   /* closed in this tick; free in the next */
    hyp_slot_t *open_list; /* all in use that do not leave */
    hyp_slot_t *leaving_list;
    uint32_t open;
    uint32_t limit; /* of those open */
} hyp_conn_pool_t;

void hyp_conn_pool_init(hyp_conn_pool_t *pool, uint32_t limit);

/* All slots must have been retired. */
void hyp_conn_pool_free(hyp_conn_pool_t *pool);

/* A slot with io and conn set up for `fd`. HYP_OK, HYP_FULL at the limit, or HYP_NO_MEMORY. */
HYP_MUST_USE hyp_status hyp_conn_pool_open(hyp_conn_pool_t *pool, int fd, hyp_slot_t **out);

/* The slot with this number and generation; NULL when it has gone. */
hyp_slot_t *hyp_conn_pool_find(const hyp_conn_pool_t *pool, uint32_t number, uint32_t generation);

/* The slot is not open any more, and cannot be found; what it has stays until it is retired. */
void hyp_conn_pool_leave(hyp_conn_pool_t *pool, hyp_slot_t *slot, uint8_t leaving);

/* Ends the slot's use, open or leaving: its generation passes, and it can be had again after the next reap. */
void hyp_conn_pool_retire(hyp_conn_pool_t *pool, hyp_slot_t *slot);

/* At a tick's end: retired slots are free. */
void hyp_conn_pool_reap(hyp_conn_pool_t *pool);

static inline hyp_slot_t *hyp_slot_of_io(hyp_io_t *io)
{
    return (hyp_slot_t *)(void *)io;
}

static inline hyp_slot_t *hyp_slot_of_timer(hyp_timer_t *timer)
{
    return (hyp_slot_t *)(void *)((char *)timer - offsetof(hyp_slot_t, timer));
}

#endif
