#include "scoreboard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LINE_BYTES 64 /* of the cache, which two writers should not share */

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

typedef struct {
    hyp_worker_facts_t facts;
} slot_head_t;

/* The mapping begins with this; slots follow, `slot_bytes` apart. Pids stand together, so that to look for workers takes no
 * memory for slots that are free. */
typedef struct {
    _Atomic uint32_t folds; /* odd while a slot is folded into `gone` */
    _Atomic uint64_t boots, exits;
    hyp_restarts_t restarts;
    _Atomic int64_t pids[HYP_SCOREBOARD_SLOTS_MAX];
    hyp_worker_facts_t gone_facts;
    hyp_tally_t gone;
} shared_head_t;

struct hyp_scoreboard {
    _Atomic uint32_t refs; /* of this process */
    unsigned slots, loops;
    size_t slot_bytes, mapped_bytes;
    shared_head_t *shared;
};

static size_t lines(size_t bytes)
{
    return (bytes + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
}

/* ---- the mapping ---- */

static hyp_status map(hyp_scoreboard_t *board)
{
    void *at =
        mmap(NULL, board->mapped_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) return -errno;
    board->shared = at;
    return HYP_OK;
}

hyp_status hyp_scoreboard_new(hyp_scoreboard_t **out, unsigned slots, unsigned loops)
{
    if (slots == 0 || slots > HYP_SCOREBOARD_SLOTS_MAX || loops == 0) return -EINVAL;
    hyp_scoreboard_t *board = calloc(1, sizeof *board);
    if (!board) return HYP_NO_MEMORY;
    atomic_init(&board->refs, 1);
    board->slots = slots;
    board->loops = loops;
    board->slot_bytes = lines(sizeof(slot_head_t)) + (loops + 1) * lines(sizeof(hyp_tally_t));
    board->mapped_bytes = lines(sizeof(shared_head_t)) + slots * board->slot_bytes;
    hyp_status status = map(board);
    if (status != HYP_OK) free(board);
    else *out = board;
    return status;
}

void hyp_scoreboard_retain(hyp_scoreboard_t *board)
{
    atomic_fetch_add_explicit(&board->refs, 1, memory_order_relaxed);
}

void hyp_scoreboard_release_reference(hyp_scoreboard_t *board)
{
    if (atomic_fetch_sub_explicit(&board->refs, 1, memory_order_acq_rel) != 1) return;
    munmap(board->shared, board->mapped_bytes);
    free(board);
}

static slot_head_t *slot_at(const hyp_scoreboard_t *board, unsigned slot)
{
    size_t offset = lines(sizeof(shared_head_t)) + slot * board->slot_bytes;
    return (slot_head_t *)(void *)((char *)board->shared + offset);
}

hyp_tally_t *hyp_scoreboard_tally(hyp_scoreboard_t *board, unsigned slot, unsigned number)
{
    size_t offset = lines(sizeof(slot_head_t)) + number * lines(sizeof(hyp_tally_t));
    return (hyp_tally_t *)(void *)((char *)slot_at(board, slot) + offset);
}

hyp_worker_facts_t *hyp_scoreboard_facts(hyp_scoreboard_t *board, unsigned slot)
{
    return &slot_at(board, slot)->facts;
}

hyp_restarts_t *hyp_scoreboard_restarts(hyp_scoreboard_t *board)
{
    return &board->shared->restarts;
}

unsigned hyp_scoreboard_slots(const hyp_scoreboard_t *board)
{
    return board->slots;
}

unsigned hyp_scoreboard_loops(const hyp_scoreboard_t *board)
{
    return board->loops;
}

int64_t hyp_scoreboard_pid(const hyp_scoreboard_t *board, unsigned slot)
{
    return atomic_load_explicit(&board->shared->pids[slot], memory_order_acquire);
}

/* ---- adding up ---- */

/* Of structs whose members are all _Atomic uint64_t. */
static void add_all(void *to, const void *from, size_t bytes)
{
    _Atomic uint64_t *sums = to;
    const _Atomic uint64_t *values = from;
    for (size_t i = 0; i < bytes / sizeof *sums; i++)
        hyp_count(&sums[i], hyp_counter_read(&values[i]));
}

static bool has_name(const hyp_route_counters_t *route, const hyp_route_counters_t *other)
{
    uint8_t len = atomic_load_explicit(&route->name_len, memory_order_acquire);
    return len == atomic_load_explicit(&other->name_len, memory_order_relaxed) &&
           memcmp(route->name, other->name, len) == 0;
}

/* The place of a route of this name, made if need be; the nameless last one when there is no more room. */
static hyp_route_counters_t *place_for(hyp_route_counters_t *routes, const hyp_route_counters_t *named)
{
    for (unsigned i = 0; i < HYP_COUNTED_ROUTES - 1; i++) {
        hyp_route_counters_t *place = &routes[i];
        if (has_name(place, named)) return place;
        if (atomic_load_explicit(&place->name_len, memory_order_relaxed) > 0) continue;
        memcpy(place->name, named->name, sizeof place->name);
        atomic_store_explicit(&place->name_len, atomic_load(&named->name_len), memory_order_release);
        return place;
    }
    return &routes[HYP_COUNTED_ROUTES - 1];
}

static void add_routes(hyp_route_counters_t *to, const hyp_route_counters_t *from)
{
    size_t counted = offsetof(hyp_route_counters_t, requests);
    for (unsigned i = 0; i < HYP_COUNTED_ROUTES; i++) {
        bool named = atomic_load_explicit(&from[i].name_len, memory_order_acquire) > 0;
        if (!named && i < HYP_COUNTED_ROUTES - 1) continue;
        hyp_route_counters_t *place = named ? place_for(to, &from[i]) : &to[HYP_COUNTED_ROUTES - 1];
        add_all((char *)place + counted, (const char *)&from[i] + counted, sizeof *place - counted);
    }
}

static void add_tally(hyp_tally_t *to, const hyp_tally_t *from)
{
    add_all(&to->counters, &from->counters, sizeof to->counters);
    add_routes(to->routes, from->routes);
}

/* ---- slots ---- */

hyp_status hyp_scoreboard_enter(hyp_scoreboard_t *board, int64_t pid, unsigned *slot)
{
    for (unsigned i = 0; i < board->slots; i++) {
        int64_t nobody = 0;
        if (!atomic_compare_exchange_strong(&board->shared->pids[i], &nobody, pid)) continue;
        atomic_fetch_add(&board->shared->boots, 1);
        *slot = i;
        return HYP_OK;
    }
    return HYP_FULL;
}

static void drop_gauges(shared_head_t *shared)
{
#define DROP_GAUGE(name, text) atomic_store_explicit(&shared->gone.counters.name, 0, memory_order_relaxed);
    HYP_GAUGE_MAP(DROP_GAUGE)
#undef DROP_GAUGE
#define DROP_GAUGE(name, text) atomic_store_explicit(&shared->gone_facts.name, 0, memory_order_relaxed);
    HYP_WORKER_GAUGE_MAP(DROP_GAUGE)
#undef DROP_GAUGE
}

/* What nobody has written to is not touched, so that it takes no memory. */
static bool is_unused(const hyp_tally_t *tally)
{
    const _Atomic uint64_t *values = (const _Atomic uint64_t *)(const void *)&tally->counters;
    for (size_t i = 0; i < sizeof tally->counters / sizeof *values; i++) {
        if (hyp_counter_read(&values[i]) != 0) return false;
    }
    return true;
}

static void fold(hyp_scoreboard_t *board, unsigned slot)
{
    shared_head_t *shared = board->shared;
    slot_head_t *head = slot_at(board, slot);
    add_all(&shared->gone_facts, &head->facts, sizeof head->facts);
    memset((void *)&head->facts, 0, sizeof head->facts);
    for (unsigned i = 0; i <= board->loops; i++) {
        hyp_tally_t *tally = hyp_scoreboard_tally(board, slot, i);
        if (is_unused(tally)) continue;
        add_tally(&shared->gone, tally);
        memset((void *)tally, 0, sizeof *tally);
    }
    drop_gauges(shared);
    hyp_count(&shared->exits, 1);
}

bool hyp_scoreboard_leave(hyp_scoreboard_t *board, int64_t pid)
{
    unsigned slot = 0;
    while (slot < board->slots && hyp_scoreboard_pid(board, slot) != pid)
        slot++;
    if (slot == board->slots) return false;
    atomic_fetch_add(&board->shared->folds, 1);
    fold(board, slot);
    atomic_store_explicit(&board->shared->pids[slot], 0, memory_order_release);
    atomic_fetch_add(&board->shared->folds, 1);
    return true;
}

/* ---- reading ---- */

void hyp_scoreboard_sum_slot(hyp_scoreboard_t *board, unsigned slot, hyp_scoreboard_sum_t *sum)
{
    memset((void *)sum, 0, sizeof *sum);
    add_all(&sum->facts, hyp_scoreboard_facts(board, slot), sizeof sum->facts);
    for (unsigned i = 0; i <= board->loops; i++) {
        const hyp_tally_t *tally = hyp_scoreboard_tally(board, slot, i);
        add_all(&sum->tally.counters, &tally->counters, sizeof tally->counters);
    }
}

static void sum_once(hyp_scoreboard_t *board, hyp_scoreboard_sum_t *sum)
{
    const shared_head_t *shared = board->shared;
    memset((void *)sum, 0, sizeof *sum);
    sum->boots = hyp_counter_read(&shared->boots);
    sum->exits = hyp_counter_read(&shared->exits);
    add_all(&sum->restarts, &shared->restarts, sizeof sum->restarts);
    add_all(&sum->facts, &shared->gone_facts, sizeof sum->facts);
    add_tally(&sum->tally, &shared->gone);
    for (unsigned slot = 0; slot < board->slots; slot++) {
        if (hyp_scoreboard_pid(board, slot) == 0) continue;
        sum->workers++;
        add_all(&sum->facts, hyp_scoreboard_facts(board, slot), sizeof sum->facts);
        for (unsigned i = 0; i <= board->loops; i++)
            add_tally(&sum->tally, hyp_scoreboard_tally(board, slot, i));
    }
}

/* A master that dies in a fold leaves the number odd: then the sum is what it is. */
#define TRIES 1000

void hyp_scoreboard_sum(hyp_scoreboard_t *board, hyp_scoreboard_sum_t *sum)
{
    for (int i = 0; i < TRIES; i++) {
        uint32_t before = atomic_load(&board->shared->folds);
        sum_once(board, sum);
        atomic_thread_fence(memory_order_acquire);
        if (before % 2 == 0 && atomic_load(&board->shared->folds) == before) return;
    }
}
