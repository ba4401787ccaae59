#include "parser.h"

hyp_method hyp_method_of(hyp_slice_t name)
{
#define METHOD_IF(method)                                                                                              \
    if (memcmp(name.ptr, #method, sizeof(#method) - 1) == 0) return HYP_METHOD_##method;
    switch (name.len) {
    case 3:
        METHOD_IF(GET)
        METHOD_IF(PUT)
        break;
    case 4:
        METHOD_IF(POST)
        METHOD_IF(HEAD)
        break;
    case 5:
        METHOD_IF(PATCH)
        METHOD_IF(TRACE)
        break;
    case 6:
        METHOD_IF(DELETE)
        break;
    case 7:
        METHOD_IF(OPTIONS)
        METHOD_IF(CONNECT)
        break;
    }
#undef METHOD_IF
    return HYP_METHOD_OTHER;
}

hyp_slice_t hyp_method_name(hyp_method method)
{
#define METHOD_NAME(name) HYP_SLICE_INIT(#name),
    static const hyp_slice_t names[] = {HYP_METHOD_MAP(METHOD_NAME)};
#undef METHOD_NAME
    return (size_t)method < HYP_METHOD_OTHER ? names[method] : (hyp_slice_t){NULL, 0};
}
