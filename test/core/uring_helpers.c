#include "uring_helpers.h"

#include "backend_uring.h"
#include "test.h"

static const hyp_uring_options_t multishot = {.level = HYP_URING_MULTISHOT};
static const hyp_uring_options_t once = {.level = HYP_URING_ONCE};
static const hyp_uring_options_t polling = {.level = HYP_URING_POLL};
static const hyp_uring_options_t in_want = {
    .level = HYP_URING_DEFERRED, .submissions = 4, .completions = 8, .buffers = 2};

/* A kernel that is older than the one forced tests less than it says. */
static hyp_status open_as(hyp_backend_t **out, const hyp_backend_config_t *config, const hyp_uring_options_t *options)
{
    hyp_status status = hyp_backend_uring_open_as(out, config, options);
    if (status == HYP_OK) CHECK(hyp_backend_uring_level(*out) <= options->level);
    return status;
}

static hyp_status open_multishot(hyp_backend_t **out, const hyp_backend_config_t *config)
{
    return open_as(out, config, &multishot);
}

static hyp_status open_once(hyp_backend_t **out, const hyp_backend_config_t *config)
{
    return open_as(out, config, &once);
}

static hyp_status open_polling(hyp_backend_t **out, const hyp_backend_config_t *config)
{
    return open_as(out, config, &polling);
}

static hyp_status open_in_want(hyp_backend_t **out, const hyp_backend_config_t *config)
{
    return open_as(out, config, &in_want);
}

static hyp_backend_ops_t variants[] = {
    {.name = "io_uring multishot", .open = open_multishot},
    {.name = "io_uring once", .open = open_once},
    {.name = "io_uring poll", .open = open_polling},
    {.name = "io_uring in want", .open = open_in_want},
};

const hyp_backend_ops_t *uring_variant(const char *name)
{
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        hyp_backend_ops_t own = variants[i];
        if (strcmp(own.name, name) != 0) continue;
        variants[i] = hyp_backend_uring;
        variants[i].name = own.name;
        variants[i].open = own.open;
        return &variants[i];
    }
    return NULL;
}
