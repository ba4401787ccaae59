#include "backend.h"

#include <errno.h>
#include <string.h>

static const hyp_backend_ops_t *const BACKENDS[] = {
#ifdef HYP_HAVE_EPOLL
    &hyp_backend_epoll,
#endif
    &hyp_backend_poll,
#ifdef HYP_HAVE_LIBURING
    &hyp_backend_uring,
#endif
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

hyp_status hyp_backend_try_io_uring(void)
{
    const hyp_backend_ops_t *ops = hyp_backend_named("io_uring");
    if (!ops) return -ENOSYS;
    hyp_backend_t *backend;
    hyp_backend_config_t nothing = {.listener_fd = -1};
    hyp_status status = ops->open(&backend, &nothing);
    if (status == HYP_OK) ops->close(backend);
    return status == HYP_NO_MEMORY ? -ENOMEM : status;
}
