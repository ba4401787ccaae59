#include "conn_pool.h"

#include <stdlib.h>

#define CHUNK_SLOTS 64

void hyp_conn_pool_init(hyp_conn_pool_t *pool, uint32_t limit)
{
    memset(pool, 0, sizeof *pool);
    pool->limit = limit;
}

void hyp_conn_pool_free(hyp_conn_pool_t *pool)
{
    for (size_t i = 0; i < pool->chunk_count; i++)
        free(pool->chunks[i]);
    free(pool->chunks);
    hyp_conn_pool_init(pool, pool->limit);
}

static hyp_status grow(hyp_conn_pool_t *pool)
{
    hyp_slot_t **chunks = realloc(pool->chunks, (pool->chunk_count + 1) * sizeof *chunks);
    if (!chunks) return HYP_NO_MEMORY;
    pool->chunks = chunks;
    hyp_slot_t *chunk = aligned_alloc(HYP_CACHE_LINE, CHUNK_SLOTS * sizeof *chunk);
    if (!chunk) return HYP_NO_MEMORY;
    memset(chunk, 0, CHUNK_SLOTS * sizeof *chunk);
    for (int i = CHUNK_SLOTS - 1; i >= 0; i--) {
        chunk[i].number = (uint32_t)(pool->chunk_count * CHUNK_SLOTS + (size_t)i);
        chunk[i].next_free = pool->free;
        pool->free = &chunk[i];
    }
    chunks[pool->chunk_count++] = chunk;
    return HYP_OK;
}

static void link_slot(hyp_slot_t **list, hyp_slot_t *slot)
{
    slot->prev_open = NULL;
    slot->next_open = *list;
    if (*list) (*list)->prev_open = slot;
    *list = slot;
}

static void unlink_slot(hyp_slot_t **list, hyp_slot_t *slot)
{
    if (slot->prev_open) slot->prev_open->next_open = slot->next_open;
    else *list = slot->next_open;
    if (slot->next_open) slot->next_open->prev_open = slot->prev_open;
}

hyp_status hyp_conn_pool_open(hyp_conn_pool_t *pool, int fd, hyp_slot_t **out)
{
    if (pool->open >= pool->limit) return HYP_FULL;
    if (!pool->free && grow(pool) != HYP_OK) return HYP_NO_MEMORY;
    hyp_slot_t *slot = pool->free;
    pool->free = slot->next_free;
    memset(&slot->io, 0, sizeof slot->io);
    slot->io.fd = fd;
    hyp_conn_init(&slot->conn);
    slot->generation++;
    slot->counted_as = HYP_NOT_COUNTED;
    slot->leaving = 0;
    link_slot(&pool->open_list, slot);
    pool->open++;
    *out = slot;
    return HYP_OK;
}

hyp_slot_t *hyp_conn_pool_find(const hyp_conn_pool_t *pool, uint32_t number, uint32_t generation)
{
    if (number / CHUNK_SLOTS >= pool->chunk_count) return NULL;
    hyp_slot_t *slot = &pool->chunks[number / CHUNK_SLOTS][number % CHUNK_SLOTS];
    bool is_open = slot->generation & 1 && !slot->leaving;
    return is_open && slot->generation == generation ? slot : NULL;
}

void hyp_conn_pool_leave(hyp_conn_pool_t *pool, hyp_slot_t *slot, uint8_t leaving)
{
    unlink_slot(&pool->open_list, slot);
    pool->open--;
    link_slot(&pool->leaving_list, slot);
    slot->leaving = leaving;
}

void hyp_conn_pool_retire(hyp_conn_pool_t *pool, hyp_slot_t *slot)
{
    unlink_slot(slot->leaving ? &pool->leaving_list : &pool->open_list, slot);
    if (!slot->leaving) pool->open--;
    slot->generation++;
    slot->next_free = pool->retired;
    pool->retired = slot;
}

void hyp_conn_pool_reap(hyp_conn_pool_t *pool)
{
    while (pool->retired) {
        hyp_slot_t *slot = pool->retired;
        pool->retired = slot->next_free;
        slot->next_free = pool->free;
        pool->free = slot;
    }
}
