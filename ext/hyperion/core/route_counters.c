#include "route_counters.h"

void hyp_route_counters_name(hyp_route_counters_t *place, const hyp_route_t *route)
{
    hyp_slice_t method = hyp_method_name((hyp_method)route->method);
    size_t room = sizeof place->name - method.len - 1;
    size_t len = route->path_len < room ? route->path_len : room;
    memcpy(place->name, method.ptr, method.len);
    place->name[method.len] = ' ';
    memcpy(place->name + method.len + 1, route->path, len);
    atomic_store_explicit(&place->name_len, (uint8_t)(method.len + 1 + len), memory_order_release);
}

void hyp_count_waited(hyp_counters_t *counters, hyp_route_counters_t *all, const hyp_route_set_t *numbered,
                      const hyp_route_t *route, uint64_t usec)
{
    if (!route) hyp_observe(&counters->queue, usec);
    else if (all) hyp_observe(&hyp_route_counters_of(all, route, numbered)->queue, usec);
}
