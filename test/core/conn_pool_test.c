#include "conn_pool.h"

#include <stdlib.h>

#include "test.h"

static hyp_slot_t *open_slot(hyp_conn_pool_t *pool, int fd)
{
    hyp_slot_t *slot = NULL;
    CHECK_INT(HYP_OK, hyp_conn_pool_open(pool, fd, &slot));
    return slot;
}

static void retire_all(hyp_conn_pool_t *pool)
{
    while (pool->open_list)
        hyp_conn_pool_retire(pool, pool->open_list);
    hyp_conn_pool_reap(pool);
}

TEST(conn_pool_is_empty_at_first)
{
    hyp_conn_pool_t pool;
    hyp_conn_pool_init(&pool, 10);
    CHECK_INT(0, pool.open);
    CHECK(pool.open_list == NULL);
    CHECK(hyp_conn_pool_find(&pool, 0, 0) == NULL);
    CHECK(hyp_conn_pool_find(&pool, UINT32_MAX, 1) == NULL);
    hyp_conn_pool_reap(&pool);
    hyp_conn_pool_free(&pool);
}

TEST(conn_pool_sets_a_slot_up)
{
    hyp_conn_pool_t pool;
    hyp_conn_pool_init(&pool, 10);
    hyp_slot_t *slot = open_slot(&pool, 7);
    ASSERT(slot != NULL);
    CHECK_INT(7, slot->io.fd);
    CHECK(!slot->io.recv_armed && !slot->io.send_armed && !slot->io.ready && !slot->io.readable && !slot->io.hung_up);
    CHECK_INT(HYP_TIMER_NONE, slot->timer.kind);
    CHECK_INT(HYP_CONN_HEAD, slot->conn.state);
    CHECK(slot->conn.fresh);
    CHECK_STR("", slot->conn.peer);
    CHECK(hyp_slot_of_io(&slot->io) == slot);
    retire_all(&pool);
    hyp_conn_pool_free(&pool);
}

TEST(conn_pool_finds_a_slot_by_number_and_generation)
{
    hyp_conn_pool_t pool;
    hyp_conn_pool_init(&pool, 10);
    hyp_slot_t *slot = open_slot(&pool, 7);
    ASSERT(slot != NULL);
    CHECK(hyp_conn_pool_find(&pool, slot->number, slot->generation) == slot);
    CHECK(hyp_conn_pool_find(&pool, slot->number, slot->generation + 2) == NULL);
    CHECK(hyp_conn_pool_find(&pool, slot->number + 1, slot->generation) == NULL);
    CHECK(hyp_conn_pool_find(&pool, slot->number + 1, 0) == NULL); /* never used */
    retire_all(&pool);
    hyp_conn_pool_free(&pool);
}

TEST(conn_pool_finds_nobody_where_somebody_has_left)
{
    hyp_conn_pool_t pool;
    hyp_conn_pool_init(&pool, 10);
    hyp_slot_t *slot = open_slot(&pool, 7);
    ASSERT(slot != NULL);
    uint32_t number = slot->number;
    uint32_t generation = slot->generation;
    hyp_conn_pool_retire(&pool, slot);
    CHECK(hyp_conn_pool_find(&pool, number, generation) == NULL);
    CHECK(hyp_conn_pool_find(&pool, number, generation + 1) == NULL);
    hyp_conn_pool_reap(&pool);
    CHECK(hyp_conn_pool_find(&pool, number, generation + 1) == NULL);
    hyp_slot_t *next = open_slot(&pool, 8);
    CHECK(next == slot);
    CHECK(hyp_conn_pool_find(&pool, number, generation) == NULL);
    CHECK(hyp_conn_pool_find(&pool, number, next->generation) == next);
    retire_all(&pool);
    hyp_conn_pool_free(&pool);
}

TEST(conn_pool_gives_a_retired_slot_out_only_after_the_tick)
{
    hyp_conn_pool_t pool;
    hyp_conn_pool_init(&pool, 2);
    hyp_slot_t *slot = open_slot(&pool, 7);
    hyp_conn_pool_retire(&pool, slot);
    CHECK_INT(0, pool.open);
    hyp_slot_t *other = open_slot(&pool, 8);
    CHECK(other != slot);
    hyp_conn_pool_reap(&pool);
    CHECK(open_slot(&pool, 9) == slot);
    retire_all(&pool);
    hyp_conn_pool_free(&pool);
}

TEST(conn_pool_keeps_its_limit)
{
    static const uint32_t limits[] = {0, 1, 63, 64, 65, 200};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        hyp_conn_pool_t pool;
        hyp_slot_t *slot = NULL;
        hyp_conn_pool_init(&pool, limits[i]);
        for (uint32_t n = 0; n < limits[i]; n++)
            (void)open_slot(&pool, 1);
        CHECK_INT(limits[i], pool.open);
        CHECK_INT(HYP_FULL, hyp_conn_pool_open(&pool, 1, &slot));
        CHECK(slot == NULL);
        if (pool.open_list) {
            hyp_conn_pool_retire(&pool, pool.open_list);
            CHECK_INT(HYP_OK, hyp_conn_pool_open(&pool, 1, &slot));
        }
        retire_all(&pool);
        hyp_conn_pool_free(&pool);
    }
}

static size_t length_of_open_list(const hyp_conn_pool_t *pool)
{
    size_t length = 0;
    const hyp_slot_t *before = NULL;
    for (const hyp_slot_t *slot = pool->open_list; slot; slot = slot->next_open) {
        CHECK(slot->prev_open == before);
        CHECK(slot->generation % 2 == 1);
        before = slot;
        length++;
    }
    return length;
}

/* Slots keep their place, numbers are unique, and memory does not grow with use. */
TEST(conn_pool_survives_any_order_of_opens_and_ends)
{
    enum { LIMIT = 300, STEPS = 20000 };
    hyp_conn_pool_t pool;
    static hyp_slot_t *open[LIMIT];
    uint32_t count = 0;
    uint32_t seed = 1;
    hyp_conn_pool_init(&pool, LIMIT);
    for (int step = 0; step < STEPS; step++) {
        seed = seed * 1664525 + 1013904223;
        if (seed >> 31 && count < LIMIT) {
            open[count] = open_slot(&pool, (int)count);
            count++;
        } else if (count > 0) {
            uint32_t which = (seed >> 8) % count;
            CHECK(hyp_conn_pool_find(&pool, open[which]->number, open[which]->generation) == open[which]);
            hyp_conn_pool_retire(&pool, open[which]);
            open[which] = open[--count];
        }
        if (step % 7 == 0) hyp_conn_pool_reap(&pool);
        CHECK_INT(count, pool.open);
    }
    CHECK_INT(count, length_of_open_list(&pool));
    CHECK(pool.chunk_count <= LIMIT / 64 + 2);
    retire_all(&pool);
    hyp_conn_pool_free(&pool);
}
