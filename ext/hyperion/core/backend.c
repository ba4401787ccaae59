#include "backend.h"

#include <string.h>

static const hyp_backend_ops_t *const BACKENDS[] = {
#ifdef HYP_HAVE_EPOLL
    &hyp_backend_epoll,
#endif
    &hyp_backend_poll,
};

const hyp_backend_ops_t *hyp_backend_default(void)
{
    return BACKENDS[0];
}

const hyp_backend_ops_t *hyp_backend_named(const char *name)
{
    for (size_t i = 0; i < sizeof BACKENDS / sizeof *BACKENDS; i++) {
        if (strcmp(BACKENDS[i]->name, name) == 0) return BACKENDS[i];
    }
    return NULL;
}
