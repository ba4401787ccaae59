/* Routes: an exact (method, path) to what serves it.
 *
 * A hyp_route_set_t is the mutable owner (one per RouteTable). Each change builds a new immutable hyp_route_table_t
 * and swaps it in whole. A loop reads through its own hyp_route_reader_t, which takes the present table at a tick's
 * start: readers hold no lock and see no torn table; an old one is freed with its last reader.
 *
 * Threads: sets are changed by any thread under their mutex; `version` is read with acquire order and bumped with release
 * order after the swap, so that who sees the version takes the table that belongs to it, or a newer one. */
#ifndef HYP_ROUTES_H
#define HYP_ROUTES_H

#include <pthread.h>
#include <stdatomic.h>

#include "counters.h"
#include "parser.h"
#include "response.h"

typedef enum { HYP_ROUTE_STATIC, HYP_ROUTE_BLOCK, HYP_ROUTE_HEALTH } hyp_route_kind;

typedef struct hyp_route_set hyp_route_set_t;

/* Immutable but for its count and links. */
typedef struct hyp_route {
    _Atomic uint32_t refs;
    uint8_t kind;                              /* hyp_route_kind */
    uint8_t method;                            /* hyp_method, never HYP_METHOD_OTHER */
    uint8_t number;                            /* under which it is counted, less than HYP_COUNTED_ROUTES */
    uint32_t hash;                             /* of the path */
    hyp_response_t *response;                  /* static: the response, owned; else NULL */
    uintptr_t handler;                         /* block: opaque to the core; else 0 */
    hyp_route_set_t *set;                      /* owned reference */
    struct hyp_route *prev_alive, *next_alive; /* the set's list of routes with references, under its mutex */
    uint32_t path_len;
    char path[];
} hyp_route_t;

typedef struct hyp_route_table hyp_route_table_t;

/* Reference-counted: the caller of _new holds one. HYP_OK or HYP_NO_MEMORY. */
HYP_MUST_USE hyp_status hyp_route_set_new(hyp_route_set_t **out);
void hyp_route_set_retain(hyp_route_set_t *set);
void hyp_route_set_release(hyp_route_set_t *set);

/* Registers or replaces. `response` gets a reference of its own (static); `handler` is for a block.
 * HYP_OK, or HYP_NO_MEMORY with the set unchanged. */
HYP_MUST_USE hyp_status hyp_route_set_put(hyp_route_set_t *set, hyp_method method, hyp_slice_t path,
                                          hyp_route_kind kind, hyp_response_t *response, uintptr_t handler);

/* Removes one; HYP_OK, HYP_END when there was none, HYP_NO_MEMORY. */
HYP_MUST_USE hyp_status hyp_route_set_remove(hyp_route_set_t *set, hyp_method method, hyp_slice_t path);

/* Removes all routes of a kind (HYP_ROUTE_*), or all with kind -1. HYP_OK or HYP_NO_MEMORY. */
HYP_MUST_USE hyp_status hyp_route_set_clear(hyp_route_set_t *set, int kind);

/* Routes of a kind, or all with -1. */
size_t hyp_route_set_size(hyp_route_set_t *set, int kind);

/* Finds in the present table and returns the route with a reference of its own, for hyp_route_release; or NULL.
 * For who has no reader; any thread. */
hyp_route_t *hyp_route_set_find(hyp_route_set_t *set, hyp_method method, hyp_slice_t path);

/* Calls `visit` with the handler of every block route that is still referenced, by the table or by a request that is
 * under way: what a garbage collector must keep. */
void hyp_route_set_each_handler(hyp_route_set_t *set, void (*visit)(uintptr_t handler, void *ctx), void *ctx);

void hyp_route_retain(hyp_route_t *route);
void hyp_route_release(hyp_route_t *route);

/* One thread's view of a set. `set` may be NULL: then nothing is ever found. */
typedef struct {
    hyp_route_set_t *set; /* owned reference */
    hyp_route_table_t *table;
    uint64_t version;
} hyp_route_reader_t;

/* Takes a reference to the set (NULL allowed). */
void hyp_route_reader_init(hyp_route_reader_t *reader, hyp_route_set_t *set);
void hyp_route_reader_free(hyp_route_reader_t *reader);

/* Takes the present table when it has changed: one atomic load when it has not. */
void hyp_route_reader_refresh(hyp_route_reader_t *reader);

/* The route for (method, path), for HEAD also one registered for GET; NULL when there is none. Valid until the next
 * refresh; retain it to keep it longer. No lock, no allocation. */
hyp_route_t *hyp_route_reader_find(const hyp_route_reader_t *reader, hyp_method method, hyp_slice_t path);

#endif
