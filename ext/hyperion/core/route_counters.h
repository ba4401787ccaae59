/* Where a route is counted. */
#ifndef HYP_ROUTE_COUNTERS_H
#define HYP_ROUTE_COUNTERS_H

#include "routes.h"

/* Under which number a route is counted: its own when it is of `numbered`, else that which stands for all others. */
static inline uint8_t hyp_route_number(const hyp_route_t *route, const hyp_route_set_t *numbered)
{
    return route->set == numbered ? route->number : HYP_COUNTED_ROUTES - 1;
}

/* Names the place of a route, "GET /path", unless it has a name already. By the writer of the place. */
void hyp_route_counters_name(hyp_route_counters_t *place, const hyp_route_t *route);

/* The route's place in `all`, which has HYP_COUNTED_ROUTES of them, with its name; the last one has none. */
static inline hyp_route_counters_t *hyp_route_counters_of(hyp_route_counters_t *all, const hyp_route_t *route,
                                                          const hyp_route_set_t *numbered)
{
    uint8_t number = hyp_route_number(route, numbered);
    hyp_route_counters_t *place = &all[number];
    bool named = atomic_load_explicit(&place->name_len, memory_order_relaxed) > 0;
    if (!named && number < HYP_COUNTED_ROUTES - 1) hyp_route_counters_name(place, route);
    return place;
}

/* For how long a request was kept waiting for a thread: counted at its place in `all`, or for the application when it is for no
 * route. `all` may be NULL: routes are not told apart. */
void hyp_count_waited(hyp_counters_t *counters, hyp_route_counters_t *all, const hyp_route_set_t *numbered,
                      const hyp_route_t *route, uint64_t usec);

#endif
