#include "access_log.h"
#include "thread.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BATCH_BYTES 65536 /* written at once */
#define BATCH_MSEC 20     /* in which events gather */
#define STALL_MSEC 100    /* between two looks at what cannot be written to */

/* `refs`: the maker's, the thread's, and those of who pushes. Under `mutex`: what stands from `started` to `give_up_at`. `asleep` is stored by the thread before its
 * last look at the rings, and loaded by who has pushed after the push, both sequentially consistent: one of them sees the other. */
struct hyp_access_log {
    _Atomic int refs;
    atomic_bool asleep;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool started, stopping, ended, interrupted;
    int next_fd;             /* to be written to instead; -1: none */
    hyp_msec_t give_up_at;   /* when stopping */
    _Atomic uint64_t failed; /* lines that nobody was told of */
    bool lost_some;          /* under `mutex`, too */
    hyp_log_form form;
    unsigned ring_count;
    hyp_log_ring_t *rings;
    char *path; /* NULL: standard output */

    /* The thread's own. */
    int fd;
    bool is_pipe; /* of which a whole page or nothing is free when it says that it can be written to */
    hyp_log_writer_t writer;
    hyp_buf_t out;
    size_t lines; /* in `out` */
};

/* ---- making and ending ---- */

void hyp_access_log_retain(hyp_access_log_t *log)
{
    atomic_fetch_add_explicit(&log->refs, 1, memory_order_relaxed);
}

void hyp_access_log_release(hyp_access_log_t *log)
{
    if (atomic_fetch_sub_explicit(&log->refs, 1, memory_order_acq_rel) != 1) return;
    if (log->path && log->fd >= 0) close(log->fd);
    if (log->next_fd >= 0) close(log->next_fd);
    for (unsigned i = 0; i < log->ring_count; i++)
        hyp_log_ring_free(&log->rings[i]);
    pthread_cond_destroy(&log->changed);
    pthread_mutex_destroy(&log->mutex);
    hyp_buf_free(&log->out);
    free(log->rings);
    free(log->path);
    free(log);
}

static hyp_status init_locks(hyp_access_log_t *log)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
#ifndef __APPLE__
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
#endif
    pthread_mutex_init(&log->mutex, NULL);
    int error = pthread_cond_init(&log->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return error == 0 ? HYP_OK : HYP_NO_MEMORY;
}

static hyp_status init_rings(hyp_access_log_t *log, unsigned count, size_t bytes)
{
    log->rings = calloc(count, sizeof *log->rings);
    if (!log->rings) return HYP_NO_MEMORY;
    for (log->ring_count = 0; log->ring_count < count; log->ring_count++) {
        hyp_status status = hyp_log_ring_init(&log->rings[log->ring_count], bytes);
        if (status != HYP_OK) return status;
    }
    return HYP_OK;
}

hyp_status hyp_access_log_new(hyp_access_log_t **out, const char *path, hyp_log_form form, unsigned rings,
                              size_t ring_bytes)
{
    hyp_access_log_t *log = calloc(1, sizeof *log);
    if (!log) return HYP_NO_MEMORY;
    atomic_init(&log->refs, 1);
    log->form = form;
    log->fd = log->next_fd = -1;
    log->path = path ? strdup(path) : NULL;
    hyp_status status = init_locks(log);
    if (status == HYP_OK && path && !log->path) status = HYP_NO_MEMORY;
    if (status == HYP_OK) status = init_rings(log, rings, ring_bytes);
    if (status != HYP_OK) hyp_access_log_release(log);
    else *out = log;
    return status;
}

/* ---- waiting ---- */

static struct timespec in_msec(unsigned msec)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += msec / 1000;
    at.tv_nsec += (long)(msec % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

static bool all_empty(const hyp_access_log_t *log)
{
    for (unsigned i = 0; i < log->ring_count; i++) {
        if (!hyp_log_ring_is_empty(&log->rings[i])) return false;
    }
    return true;
}

/* Until there is something to be done, and then so long that more can gather. False when the log stops and has nothing left. */
static bool wait_for_events(hyp_access_log_t *log)
{
    pthread_mutex_lock(&log->mutex);
    atomic_store(&log->asleep, true);
    while (all_empty(log) && !log->stopping && log->next_fd < 0) {
        pthread_cond_wait(&log->changed, &log->mutex);
        atomic_store(&log->asleep, true);
    }
    atomic_store(&log->asleep, false);
    struct timespec until = in_msec(BATCH_MSEC);
    while (!log->stopping && log->next_fd < 0) {
        if (pthread_cond_timedwait(&log->changed, &log->mutex, &until) == ETIMEDOUT) break;
    }
    bool more = !log->stopping || !all_empty(log);
    pthread_mutex_unlock(&log->mutex);
    return more;
}

static void wake(hyp_access_log_t *log)
{
    pthread_mutex_lock(&log->mutex);
    atomic_store(&log->asleep, false);
    pthread_cond_signal(&log->changed);
    pthread_mutex_unlock(&log->mutex);
}

uint64_t hyp_access_log_tell(hyp_access_log_t *log)
{
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&log->asleep, memory_order_relaxed) && !all_empty(log)) wake(log);
    if (atomic_load_explicit(&log->failed, memory_order_relaxed) == 0) return 0;
    return atomic_exchange_explicit(&log->failed, 0, memory_order_relaxed);
}

/* ---- writing ---- */

/* Non-blocking, so that a pipe without a reader neither holds up the start nor a write. */
static hyp_status open_file(const hyp_access_log_t *log, int *fd)
{
    *fd = STDOUT_FILENO;
    if (!log->path) return HYP_OK;
    *fd = open(log->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644);
    if (*fd < 0 && errno == ENXIO)
        *fd = open(log->path, O_RDWR | O_CLOEXEC | O_NONBLOCK); /* a pipe that nobody reads */
    return *fd < 0 ? -errno : HYP_OK;
}

static void take_file(hyp_access_log_t *log, int fd)
{
    struct stat stat;
    if (log->path && log->fd >= 0) close(log->fd);
    log->fd = fd;
    log->is_pipe = fstat(fd, &stat) == 0 && !S_ISREG(stat.st_mode);
}

static int take_next(hyp_access_log_t *log, int next)
{
    pthread_mutex_lock(&log->mutex);
    int fd = log->next_fd;
    log->next_fd = next;
    pthread_mutex_unlock(&log->mutex);
    return fd;
}

static void change_file_if_asked(hyp_access_log_t *log)
{
    int fd = take_next(log, -1);
    if (fd >= 0) take_file(log, fd);
}

static bool is_out_of_time(hyp_access_log_t *log)
{
    pthread_mutex_lock(&log->mutex);
    bool out_of_time = log->stopping && hyp_clock_now() >= log->give_up_at;
    pthread_mutex_unlock(&log->mutex);
    return out_of_time;
}

/* Whole lines, as many as a pipe is sure to take at once. */
static size_t step_of(const hyp_access_log_t *log, const char *bytes, size_t len)
{
    if (!log->is_pipe || len <= PIPE_BUF) return len;
    for (size_t step = PIPE_BUF; step > 0; step--) {
        if (bytes[step - 1] == '\n') return step;
    }
    return PIPE_BUF;
}

/* One write, or a look whether there can be one. False when these bytes will not be written. */
static bool write_some(hyp_access_log_t *log)
{
    struct pollfd watched = {.fd = log->fd, .events = POLLOUT};
    if (log->is_pipe && poll(&watched, 1, STALL_MSEC) == 0) return !is_out_of_time(log);
    size_t step = step_of(log, hyp_buf_ptr(&log->out), hyp_buf_len(&log->out));
    ssize_t done = write(log->fd, hyp_buf_ptr(&log->out), step);
    if (done > 0) hyp_buf_consume(&log->out, (size_t)done);
    else if (done < 0 && errno != EINTR && errno != EAGAIN) return false;
    return !is_out_of_time(log);
}

static void lose(hyp_access_log_t *log, size_t lines)
{
    atomic_fetch_add_explicit(&log->failed, lines, memory_order_relaxed);
    pthread_mutex_lock(&log->mutex);
    log->lost_some = true;
    pthread_mutex_unlock(&log->mutex);
}

static void write_batch(hyp_access_log_t *log)
{
    while (hyp_buf_len(&log->out) > 0 && write_some(log))
        continue;
    if (hyp_buf_len(&log->out) > 0) lose(log, log->lines);
    hyp_buf_clear(&log->out);
    log->lines = 0;
}

static void write_events(hyp_access_log_t *log)
{
    hyp_log_event_t event;
    for (unsigned i = 0; i < log->ring_count; i++) {
        while (hyp_log_ring_take(&log->rings[i], &event)) {
            if (hyp_log_line(&log->writer, &log->out, &event) == HYP_OK) log->lines++;
            else lose(log, 1);
            hyp_log_ring_drop(&log->rings[i]);
            if (hyp_buf_len(&log->out) >= BATCH_BYTES) write_batch(log);
        }
    }
    write_batch(log);
}

static void *run(void *arg)
{
    hyp_access_log_t *log = arg;
    while (wait_for_events(log)) {
        change_file_if_asked(log);
        write_events(log);
        if (is_out_of_time(log)) break;
    }
    pthread_mutex_lock(&log->mutex);
    log->ended = true;
    pthread_cond_broadcast(&log->changed);
    pthread_mutex_unlock(&log->mutex);
    hyp_access_log_release(log);
    return NULL;
}

/* ---- from outside ---- */

static int make_thread(hyp_access_log_t *log)
{
    pthread_t thread;
    int error = hyp_thread_start(&thread, run, log);
    if (error == 0) pthread_detach(thread);
    return error;
}

hyp_status hyp_access_log_start(hyp_access_log_t *log)
{
    int fd;
    hyp_status status = open_file(log, &fd);
    if (status != HYP_OK) return status;
    take_file(log, fd);
    hyp_log_writer_init(&log->writer, log->form, (long)getpid());
    hyp_access_log_retain(log);
    int error = make_thread(log);
    if (error != 0) hyp_access_log_release(log);
    log->started = error == 0;
    return error == 0 ? HYP_OK : -error;
}

hyp_status hyp_access_log_reopen(hyp_access_log_t *log)
{
    int fd;
    if (!log->path) return HYP_OK;
    hyp_status status = open_file(log, &fd);
    if (status != HYP_OK) return status;
    int unused = take_next(log, fd);
    if (unused >= 0) close(unused);
    wake(log);
    return HYP_OK;
}

static void ask_to_stop(hyp_access_log_t *log, unsigned msec)
{
    if (!log->stopping) log->give_up_at = hyp_clock_now() + msec;
    log->stopping = true;
    pthread_cond_broadcast(&log->changed);
}

/* Under `mutex`. */
static hyp_status how_it_ended(hyp_access_log_t *log)
{
    bool interrupted = log->interrupted;
    log->interrupted = false;
    if (!log->started || log->ended) return log->lost_some ? HYP_CLOSED : HYP_OK;
    return interrupted ? HYP_INTERRUPTED : HYP_CLOSED;
}

hyp_status hyp_access_log_stop(hyp_access_log_t *log, unsigned msec)
{
    pthread_mutex_lock(&log->mutex);
    ask_to_stop(log, msec);
    hyp_msec_t now = hyp_clock_now();
    unsigned left = log->give_up_at > now ? (unsigned)(log->give_up_at - now) : 0;
    struct timespec until = in_msec(left + 2 * STALL_MSEC);
    while (log->started && !log->ended && !log->interrupted) {
        if (pthread_cond_timedwait(&log->changed, &log->mutex, &until) == ETIMEDOUT) break;
    }
    hyp_status status = how_it_ended(log);
    pthread_mutex_unlock(&log->mutex);
    return status;
}

void hyp_access_log_interrupt(hyp_access_log_t *log)
{
    pthread_mutex_lock(&log->mutex);
    log->interrupted = true;
    pthread_cond_broadcast(&log->changed);
    pthread_mutex_unlock(&log->mutex);
}

void hyp_access_log_destroy(hyp_access_log_t *log)
{
    pthread_mutex_lock(&log->mutex);
    ask_to_stop(log, 0);
    log->give_up_at = 0;
    pthread_mutex_unlock(&log->mutex);
    hyp_access_log_release(log);
}

hyp_log_ring_t *hyp_access_log_ring(hyp_access_log_t *log, unsigned number)
{
    return &log->rings[number];
}

hyp_log_form hyp_access_log_form(const hyp_access_log_t *log)
{
    return log->form;
}
