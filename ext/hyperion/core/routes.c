#include "routes.h"

#include <stdlib.h>

#define TABLE_SLOTS_MIN 8

#define KIND_ALL (-1)
#define KIND_NONE (-2)

/* A copy of what a probe compares, so that a slot that does not match costs no look at its route. */
typedef struct {
    hyp_route_t *route; /* owned reference; NULL: empty */
    uint32_t hash;
    uint8_t method;
} route_slot_t;

/* Open addressing with linear probes by the hash of the path alone: the methods of a path stand in one sequence, so that
 * HEAD finds GET's route on its way. At most half full. */
struct hyp_route_table {
    _Atomic uint32_t refs;
    uint32_t mask; /* slots - 1 */
    size_t count;
    route_slot_t slots[];
};

/* `owners` keep the routes in the table, `holders` the memory: all owners together hold once, and each route once more,
 * because a route that outlives the table leaves the list of those alive under this mutex. */
struct hyp_route_set {
    _Atomic uint32_t owners;
    _Atomic uint32_t holders;
    _Atomic uint64_t version;
    pthread_mutex_t mutex; /* guards what follows, and taking references to the table */
    hyp_route_table_t *table;
    hyp_route_t *alive;
    uint64_t counted[HYP_COUNTED_ROUTES - 1]; /* keys of the routes that have a number of their own, which they keep */
    uint8_t counted_len;
};

/* ---- hash ---- */

static uint64_t load_64(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

static uint32_t load_32(const char *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* The last 8 bytes, or all of a shorter path without loss. */
static uint64_t load_end(hyp_slice_t path)
{
    if (path.len >= 8) {
        return load_64(path.ptr + path.len - 8);
    }
    if (path.len >= 4) {
        return (uint64_t)load_32(path.ptr) << 32 | load_32(path.ptr + path.len - 4);
    }
    uint64_t word = 0;
    for (size_t i = 0; i < path.len; i++) {
        word = word << 8 | (unsigned char)path.ptr[i];
    }
    return word;
}

/* A bijection: an odd factor carries low bits up, the shift brings them down again. */
static uint64_t mix(uint64_t hash)
{
    hash *= UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

/* No secret in it: clients choose what is looked up, but not what is in the table. */
static uint32_t hash_of(hyp_slice_t path)
{
    uint64_t hash = mix(path.len);
    for (size_t i = 0; i + 8 < path.len; i += 8) {
        hash = mix(hash ^ load_64(path.ptr + i));
    }
    return (uint32_t)mix(hash ^ load_end(path));
}

/* ---- routes ---- */

static void drop_holder(hyp_route_set_t *set)
{
    if (atomic_fetch_sub_explicit(&set->holders, 1, memory_order_acq_rel) == 1) {
        pthread_mutex_destroy(&set->mutex);
        free(set);
    }
}

void hyp_route_retain(hyp_route_t *route)
{
    atomic_fetch_add_explicit(&route->refs, 1, memory_order_relaxed);
}

static void leave_alive(hyp_route_t *route)
{
    hyp_route_set_t *set = route->set;
    pthread_mutex_lock(&set->mutex);
    if (route->prev_alive != NULL) {
        route->prev_alive->next_alive = route->next_alive;
    } else {
        set->alive = route->next_alive;
    }
    if (route->next_alive != NULL) {
        route->next_alive->prev_alive = route->prev_alive;
    }
    pthread_mutex_unlock(&set->mutex);
}

/* Takes the mutex of the set with the last reference, so it is never called under it. */
void hyp_route_release(hyp_route_t *route)
{
    if (atomic_fetch_sub_explicit(&route->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    leave_alive(route);
    if (route->response != NULL) {
        hyp_response_release(route->response);
    }
    drop_holder(route->set);
    free(route);
}

/* With one reference, and not yet among those alive. */
static hyp_route_t *route_new(hyp_method method, hyp_slice_t path, hyp_route_kind kind, hyp_response_t *response,
                              uintptr_t handler)
{
    hyp_route_t *route = malloc(sizeof *route + path.len);
    if (route == NULL) {
        return NULL;
    }
    *route = (hyp_route_t){
        .kind = (uint8_t)kind,
        .method = (uint8_t)method,
        .hash = hash_of(path),
        .response = response,
        .handler = handler,
        .path_len = (uint32_t)path.len,
    };
    atomic_init(&route->refs, 1);
    if (path.len > 0) {
        memcpy(route->path, path.ptr, path.len);
    }
    return route;
}

/* Under the mutex. A route that comes again, as those of a reloaded application do, gets its number back. Two of one hash
 * would be counted together, which does no harm. */
static uint8_t number_of(hyp_route_set_t *set, const hyp_route_t *route)
{
    uint64_t key = (uint64_t)route->hash << 8 | route->method;
    uint8_t number = 0;
    while (number < set->counted_len && set->counted[number] != key)
        number++;
    if (number == set->counted_len && number < HYP_COUNTED_ROUTES - 1) set->counted[set->counted_len++] = key;
    return number;
}

/* Under the mutex; cannot fail. */
static void join_set(hyp_route_t *route, hyp_route_set_t *set)
{
    if (route->response != NULL) {
        hyp_response_retain(route->response);
    }
    atomic_fetch_add_explicit(&set->holders, 1, memory_order_relaxed);
    route->set = set;
    route->number = number_of(set, route);
    route->next_alive = set->alive;
    if (set->alive != NULL) {
        set->alive->prev_alive = route;
    }
    set->alive = route;
}

/* ---- tables ---- */

static hyp_route_table_t *table_new(size_t room)
{
    size_t slots = TABLE_SLOTS_MIN;
    while (slots < room * 2) {
        slots *= 2;
    }
    hyp_route_table_t *table = calloc(1, sizeof *table + slots * sizeof(route_slot_t));
    if (table != NULL) {
        atomic_init(&table->refs, 1);
        table->mask = (uint32_t)(slots - 1);
    }
    return table;
}

static void table_release(hyp_route_table_t *table)
{
    if (atomic_fetch_sub_explicit(&table->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    for (size_t i = 0; i <= table->mask; i++) {
        if (table->slots[i].route != NULL) {
            hyp_route_release(table->slots[i].route);
        }
    }
    free(table);
}

/* Takes over a reference. The key is not in the table, and there is room. */
static void table_insert(hyp_route_table_t *table, hyp_route_t *route)
{
    uint32_t i = route->hash & table->mask;
    while (table->slots[i].route != NULL) {
        i = (i + 1) & table->mask;
    }
    table->slots[i] = (route_slot_t){.route = route, .hash = route->hash, .method = route->method};
    table->count++;
}

/* The slot of exactly (method, path); for HEAD, with `or_get`, else that of GET; NULL when there is none. */
static const route_slot_t *table_find(const hyp_route_table_t *table, hyp_method method, hyp_slice_t path, bool or_get)
{
    const route_slot_t *get = NULL;
    uint32_t hash = hash_of(path);
    for (uint32_t i = hash & table->mask; table->slots[i].route != NULL; i = (i + 1) & table->mask) {
        const route_slot_t *slot = &table->slots[i];
        bool is_get = or_get && slot->method == HYP_METHOD_GET;
        if (slot->hash != hash || (slot->method != method && !is_get) ||
            !hyp_slice_equal(hyp_slice(slot->route->path, slot->route->path_len), path)) {
            continue;
        }
        if (slot->method == method) {
            return slot;
        }
        get = slot;
    }
    return get;
}

static hyp_route_t *table_lookup(const hyp_route_table_t *table, hyp_method method, hyp_slice_t path)
{
    const route_slot_t *slot = table_find(table, method, path, method == HYP_METHOD_HEAD);
    return slot == NULL ? NULL : slot->route;
}

static bool is_of_kind(const hyp_route_t *route, int kind)
{
    return kind == KIND_ALL || route->kind == kind;
}

/* A copy with room for one more, without `gone` (NULL allowed) and without the routes of a kind; or NULL. */
static hyp_route_table_t *table_copy(const hyp_route_table_t *from, const hyp_route_t *gone, int gone_kind)
{
    hyp_route_table_t *copy = table_new(from->count + 1);
    for (size_t i = 0; copy != NULL && i <= from->mask; i++) {
        hyp_route_t *route = from->slots[i].route;
        if (route != NULL && route != gone && !is_of_kind(route, gone_kind)) {
            hyp_route_retain(route);
            table_insert(copy, route);
        }
    }
    return copy;
}

/* ---- sets ---- */

hyp_status hyp_route_set_new(hyp_route_set_t **out)
{
    hyp_route_set_t *set = calloc(1, sizeof *set);
    hyp_route_table_t *table = table_new(0);
    if (set == NULL || table == NULL || pthread_mutex_init(&set->mutex, NULL) != 0) {
        free(table);
        free(set);
        return HYP_NO_MEMORY;
    }
    atomic_init(&set->owners, 1);
    atomic_init(&set->holders, 1);
    atomic_init(&set->version, 1);
    set->table = table;
    *out = set;
    return HYP_OK;
}

void hyp_route_set_retain(hyp_route_set_t *set)
{
    atomic_fetch_add_explicit(&set->owners, 1, memory_order_relaxed);
}

void hyp_route_set_release(hyp_route_set_t *set)
{
    if (atomic_fetch_sub_explicit(&set->owners, 1, memory_order_acq_rel) == 1) {
        table_release(set->table);
        drop_holder(set);
    }
}

/* Under the mutex: true when no reader has the table, and none can get it now, so that it may be changed in place. What
 * makes thousands of registrations before a start cheap. */
static bool is_private(const hyp_route_table_t *table)
{
    return atomic_load_explicit(&table->refs, memory_order_acquire) == 1;
}

static bool has_room(const hyp_route_table_t *table)
{
    return (table->count + 1) * 2 <= (size_t)table->mask + 1;
}

/* Under the mutex: makes `table` the present one. Answers the one before, for table_release when the mutex is free, or
 * NULL when it is the same. */
static hyp_route_table_t *publish(hyp_route_set_t *set, hyp_route_table_t *table)
{
    hyp_route_table_t *old = set->table == table ? NULL : set->table;
    set->table = table;
    atomic_fetch_add_explicit(&set->version, 1, memory_order_release);
    return old;
}

/* Under the mutex: a table that may be changed, without (method, path) and with room for one more; or NULL. */
static hyp_route_table_t *table_to_change(const hyp_route_set_t *set, hyp_method method, hyp_slice_t path)
{
    const route_slot_t *present = table_find(set->table, method, path, false);
    if (present == NULL && is_private(set->table) && has_room(set->table)) {
        return set->table;
    }
    return table_copy(set->table, present == NULL ? NULL : present->route, KIND_NONE);
}

hyp_status hyp_route_set_put(hyp_route_set_t *set, hyp_method method, hyp_slice_t path, hyp_route_kind kind,
                             hyp_response_t *response, uintptr_t handler)
{
    hyp_route_t *route = route_new(method, path, kind, response, handler);
    if (route == NULL) {
        return HYP_NO_MEMORY;
    }
    pthread_mutex_lock(&set->mutex);
    hyp_route_table_t *table = table_to_change(set, method, path);
    if (table == NULL) {
        pthread_mutex_unlock(&set->mutex);
        free(route);
        return HYP_NO_MEMORY;
    }
    join_set(route, set);
    table_insert(table, route);
    hyp_route_table_t *old = publish(set, table);
    pthread_mutex_unlock(&set->mutex);
    if (old != NULL) {
        table_release(old);
    }
    return HYP_OK;
}

/* Ends what a change has begun under the mutex: publishes a copy without what is to go. */
static hyp_status take_out_and_unlock(hyp_route_set_t *set, const hyp_route_t *route, int kind)
{
    hyp_route_table_t *copy = table_copy(set->table, route, kind);
    hyp_route_table_t *old = copy == NULL ? NULL : publish(set, copy);
    pthread_mutex_unlock(&set->mutex);
    if (old == NULL) {
        return HYP_NO_MEMORY;
    }
    table_release(old);
    return HYP_OK;
}

hyp_status hyp_route_set_remove(hyp_route_set_t *set, hyp_method method, hyp_slice_t path)
{
    pthread_mutex_lock(&set->mutex);
    const route_slot_t *slot = table_find(set->table, method, path, false);
    if (slot == NULL) {
        pthread_mutex_unlock(&set->mutex);
        return HYP_END;
    }
    return take_out_and_unlock(set, slot->route, KIND_NONE);
}

hyp_status hyp_route_set_clear(hyp_route_set_t *set, int kind)
{
    pthread_mutex_lock(&set->mutex);
    return take_out_and_unlock(set, NULL, kind);
}

size_t hyp_route_set_size(hyp_route_set_t *set, int kind)
{
    size_t size = 0;
    pthread_mutex_lock(&set->mutex);
    for (size_t i = 0; i <= set->table->mask; i++) {
        const hyp_route_t *route = set->table->slots[i].route;
        size += route != NULL && is_of_kind(route, kind);
    }
    pthread_mutex_unlock(&set->mutex);
    return size;
}

hyp_route_t *hyp_route_set_find(hyp_route_set_t *set, hyp_method method, hyp_slice_t path)
{
    pthread_mutex_lock(&set->mutex);
    hyp_route_t *route = table_lookup(set->table, method, path);
    if (route != NULL) {
        hyp_route_retain(route);
    }
    pthread_mutex_unlock(&set->mutex);
    return route;
}

void hyp_route_set_each_handler(hyp_route_set_t *set, void (*visit)(uintptr_t handler, void *ctx), void *ctx)
{
    pthread_mutex_lock(&set->mutex);
    for (const hyp_route_t *route = set->alive; route != NULL; route = route->next_alive) {
        if (route->kind == HYP_ROUTE_BLOCK) {
            visit(route->handler, ctx);
        }
    }
    pthread_mutex_unlock(&set->mutex);
}

/* ---- readers ---- */

void hyp_route_reader_init(hyp_route_reader_t *reader, hyp_route_set_t *set)
{
    *reader = (hyp_route_reader_t){.set = set};
    if (set != NULL) {
        hyp_route_set_retain(set);
        hyp_route_reader_refresh(reader);
    }
}

void hyp_route_reader_free(hyp_route_reader_t *reader)
{
    if (reader->table != NULL) {
        table_release(reader->table);
    }
    if (reader->set != NULL) {
        hyp_route_set_release(reader->set);
    }
    *reader = (hyp_route_reader_t){.set = NULL};
}

void hyp_route_reader_refresh(hyp_route_reader_t *reader)
{
    hyp_route_set_t *set = reader->set;
    if (set == NULL || atomic_load_explicit(&set->version, memory_order_acquire) == reader->version) {
        return;
    }
    hyp_route_table_t *old = reader->table;
    pthread_mutex_lock(&set->mutex);
    reader->table = set->table;
    reader->version = atomic_load_explicit(&set->version, memory_order_relaxed);
    atomic_fetch_add_explicit(&reader->table->refs, 1, memory_order_relaxed);
    pthread_mutex_unlock(&set->mutex);
    if (old != NULL) {
        table_release(old);
    }
}

hyp_route_t *hyp_route_reader_find(const hyp_route_reader_t *reader, hyp_method method, hyp_slice_t path)
{
    return reader->table == NULL ? NULL : table_lookup(reader->table, method, path);
}
