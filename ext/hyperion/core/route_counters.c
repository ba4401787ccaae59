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
