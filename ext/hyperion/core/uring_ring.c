#include "uring_ring.h"

#include <errno.h>
#include <string.h>

#define SUBMISSIONS 2048
#define COMPLETIONS 8192

const hyp_uring_options_t hyp_uring_best = {.level = HYP_URING_DEFERRED};

/* ---- making ---- */

/* A ring of one issuer begins disabled: the thread that enables it is the issuer, and not the one that makes it. */
static const unsigned setup_flags[] = {
    [HYP_URING_POLL] = 0,
    [HYP_URING_ONCE] = IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN,
    [HYP_URING_MULTISHOT] = IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN,
    [HYP_URING_DEFERRED] =
        IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_R_DISABLED,
};

static hyp_status set_up(hyp_uring_t *uring, const hyp_uring_options_t *options)
{
    struct io_uring_params params;
    memset(&params, 0, sizeof params);
    params.flags = setup_flags[uring->level] | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
    params.cq_entries = options->completions ? options->completions : COMPLETIONS;
    return io_uring_queue_init_params(options->submissions ? options->submissions : SUBMISSIONS, &uring->ring, &params);
}

/* Flags that a kernel does not know are invalid. */
static hyp_status set_up_best(hyp_uring_t *uring, const hyp_uring_options_t *options)
{
    hyp_status status;
    uring->level = options->level;
    while ((status = set_up(uring, options)) == -EINVAL && uring->level > HYP_URING_POLL)
        uring->level--;
    return status;
}

#define OPERATIONS_ASKED 64

/* Multishot operations have no mark of their own: the kernel is known by the operations that came with them. */
static hyp_uring_level supported_level(hyp_uring_t *uring)
{
    union {
        struct io_uring_probe probe;
        char bytes[sizeof(struct io_uring_probe) + OPERATIONS_ASKED * sizeof(struct io_uring_probe_op)];
    } answer;
    memset(&answer, 0, sizeof answer);
    if (io_uring_register_probe(&uring->ring, &answer.probe, OPERATIONS_ASKED) < 0) return HYP_URING_POLL;
    if (io_uring_opcode_supported(&answer.probe, IORING_OP_SEND_ZC)) return HYP_URING_DEFERRED;
    if (io_uring_opcode_supported(&answer.probe, IORING_OP_SOCKET)) return HYP_URING_ONCE;
    return HYP_URING_POLL;
}

/* What even the lowest level needs: waits with a time-out, completions that are never dropped, and polling inside. */
#define NEEDED_FEATURES (IORING_FEAT_EXT_ARG | IORING_FEAT_NODROP | IORING_FEAT_FAST_POLL)

hyp_status hyp_uring_open(hyp_uring_t *uring, const hyp_uring_options_t *options)
{
    memset(uring, 0, sizeof *uring);
    hyp_status status = set_up_best(uring, options);
    if (status != HYP_OK) return status == -EINVAL ? -ENOSYS : status;
    if ((uring->ring.features & NEEDED_FEATURES) != NEEDED_FEATURES) {
        hyp_uring_close(uring);
        return -ENOSYS;
    }
    hyp_uring_level supported = supported_level(uring);
    if (supported < uring->level) uring->level = supported;
    (void)io_uring_ring_dontfork(&uring->ring); /* a child has no use for it */
    return HYP_OK;
}

void hyp_uring_close(hyp_uring_t *uring)
{
    io_uring_queue_exit(&uring->ring);
}

/* ---- entering ---- */

static hyp_status begin(hyp_uring_t *uring)
{
    if (uring->ring.flags & IORING_SETUP_R_DISABLED) {
        /* Some builds of liburing 2.3 do not export io_uring_enable_rings. */
        int status = io_uring_register((unsigned)uring->ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0);
        if (status < 0) return status;
    }
    (void)io_uring_register_ring_fd(&uring->ring); /* saves a look-up; not every kernel can */
    uring->issuer = pthread_self();
    uring->begun = true;
    return HYP_OK;
}

struct io_uring_sqe *hyp_uring_submission(hyp_uring_t *uring)
{
    struct io_uring_sqe *submission = io_uring_get_sqe(&uring->ring);
    if (submission || !uring->begun || io_uring_submit(&uring->ring) < 0) return submission;
    return io_uring_get_sqe(&uring->ring);
}

void hyp_uring_submit(hyp_uring_t *uring)
{
    if (uring->begun && io_uring_sq_ready(&uring->ring) > 0) (void)io_uring_submit(&uring->ring);
}

static int submit_and_wait(struct io_uring *ring, int timeout_ms)
{
    if (timeout_ms == 0) return io_uring_submit_and_get_events(ring);
    if (timeout_ms < 0) return io_uring_submit_and_wait(ring, 1);
    struct __kernel_timespec timeout = {.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000L};
    struct io_uring_cqe *unused;
    return io_uring_submit_and_wait_timeout(ring, &unused, 1, &timeout, NULL);
}

/* Busy: completions are to be reaped first. Again: the kernel has no memory for requests now; what is not submitted stays. */
static bool passes(int error)
{
    return error == ETIME || error == EINTR || error == EBUSY || error == EAGAIN;
}

hyp_status hyp_uring_enter(hyp_uring_t *uring, int timeout_ms)
{
    hyp_status status = uring->begun ? HYP_OK : begin(uring);
    if (status != HYP_OK) return status;
    if (!hyp_uring_is_issuer(uring)) return -EEXIST;
    int done = submit_and_wait(&uring->ring, timeout_ms);
    return done >= 0 || passes(-done) ? HYP_OK : done;
}

bool hyp_uring_cancel_now(hyp_uring_t *uring, uint64_t tag)
{
    if (!hyp_uring_is_issuer(uring)) return false;
    struct io_uring_sync_cancel_reg cancel = {.addr = tag, .fd = -1, .timeout = {.tv_sec = 1}};
    if (io_uring_register_sync_cancel(&uring->ring, &cancel) != 0) return false;
    (void)io_uring_get_events(&uring->ring); /* until this it stands in others' way, and takes what would wake them */
    return true;
}

bool hyp_uring_flush_overflow(hyp_uring_t *uring)
{
    if (!io_uring_cq_has_overflow(&uring->ring)) return false;
    return io_uring_get_events(&uring->ring) >= 0;
}

bool hyp_uring_is_submitted(const hyp_uring_t *uring)
{
    return io_uring_sq_ready(&uring->ring) == 0;
}

bool hyp_uring_is_issuer(const hyp_uring_t *uring)
{
    return uring->begun && pthread_equal(uring->issuer, pthread_self());
}
