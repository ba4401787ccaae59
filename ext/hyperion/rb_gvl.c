#include "rb_hyperion.h"

#include <pthread.h>
#include <ruby/debug.h>
#include <ruby/fiber/scheduler.h>
#include <ruby/io.h>
#include <ruby/thread.h>
#include <ruby/version.h>
#include <unistd.h>

/* Ruby's thread events name no engine and may come on any thread, so what they need is found by the thread. */
typedef struct {
    hyp_request_queue_t *queue; /* NULL: not a worker */
    hyp_worker_t *worker;       /* NULL: none that has one job at a time, or none at all */
    void (*flush)(void *);
    void *flush_arg;
    bool quiet;                    /* the next suspensions are not for work that blocks */
    bool has_no_job;               /* nor do they keep it from the queue */
    hyp_request_queue_t *spare_of; /* counts it as spare, or NULL */
} hyp_rb_gvl_thread_t;

static _Thread_local hyp_rb_gvl_thread_t this_thread;

static void become_spare(void)
{
    if (this_thread.worker == NULL) return;
    this_thread.spare_of = this_thread.queue;
    hyp_request_queue_add_spare(this_thread.spare_of, 1);
}

/* The thread has the GVL again, and may do anything. */
static void be_spare_no_more(void)
{
    if (this_thread.spare_of != NULL) hyp_request_queue_add_spare(this_thread.spare_of, -1);
    this_thread.spare_of = NULL;
    this_thread.quiet = this_thread.has_no_job = false;
}

void *hyp_rb_without_gvl(void *(*work_nogvl)(void *), void *arg, void (*unblock)(void *), void *unblock_arg)
{
    return rb_nogvl(work_nogvl, arg, unblock, unblock_arg, RB_NOGVL_INTR_FAIL);
}

typedef struct {
    bool (*idle_nogvl)(void *);
    void *arg;
} hyp_rb_pause_t;

static void *pause_nogvl(void *arg)
{
    const hyp_rb_pause_t *pause = arg;
    if (pause->idle_nogvl(pause->arg)) become_spare();
    return NULL;
}

void hyp_rb_without_gvl_idle(bool (*idle_nogvl)(void *), void *arg, void (*unblock)(void *), void *unblock_arg)
{
    hyp_rb_pause_t pause = {idle_nogvl, arg};
    this_thread.quiet = this_thread.has_no_job = true;
    rb_nogvl(pause_nogvl, &pause, unblock, unblock_arg, RB_NOGVL_INTR_FAIL);
    be_spare_no_more();
}

/* ---- on behalf of a fiber ---- */

typedef struct {
    void *(*work_nogvl)(void *);
    void *arg;
    void (*unblock)(void *);
    void *unblock_arg;
    VALUE fiber;
    VALUE over; /* IO: can be read from when the work is done */
    VALUE done; /* IO: closed then */
    VALUE thread;
} hyp_rb_blocking_t;

static VALUE close_io(VALUE io)
{
    return rb_io_close(io);
}

static VALUE work(VALUE arg)
{
    const hyp_rb_blocking_t *blocking = (const hyp_rb_blocking_t *)arg;
    hyp_rb_without_gvl(blocking->work_nogvl, blocking->arg, blocking->unblock, blocking->unblock_arg);
    return Qnil;
}

/* On a thread that does nothing else. `arg` lies on the fiber's stack, so the fiber stays; its thread may end without it. */
static VALUE block(void *arg)
{
    hyp_rb_blocking_t blocking = *(hyp_rb_blocking_t *)arg;
    rb_ensure(work, (VALUE)&blocking, close_io, blocking.done);
    RB_GC_GUARD(blocking.fiber);
    RB_GC_GUARD(blocking.done);
    return Qnil;
}

static VALUE await_over(VALUE over)
{
    return rb_io_wait(over, INT2FIX(RUBY_IO_READABLE), Qnil);
}

/* The thread is not killed: it may be at its last instructions already. */
static VALUE end_blocking(VALUE arg)
{
    const hyp_rb_blocking_t *blocking = (const hyp_rb_blocking_t *)arg;
    if (RTEST(rb_funcall(blocking->thread, rb_intern("alive?"), 0))) {
        blocking->unblock(blocking->unblock_arg);
        await_over(blocking->over);
    }
    return rb_io_close(blocking->over);
}

/* Ruby's schedulers know how to wait for a descriptor, and for nothing of ours. They could wait for the thread itself; but who joins
 * one is in a list of it, and a fiber that is given up with its own thread would stay there. */
static void block_elsewhere(hyp_rb_blocking_t *blocking)
{
    VALUE ends = rb_funcall(rb_cIO, rb_intern("pipe"), 0);
    blocking->over = rb_ary_entry(ends, 0);
    blocking->done = rb_ary_entry(ends, 1);
    blocking->thread = rb_thread_create(block, blocking);
    rb_ensure(await_over, blocking->over, end_blocking, (VALUE)blocking);
    RB_GC_GUARD(ends);
}

void hyp_rb_wait_without_gvl(void *(*work_nogvl)(void *), void *arg, void (*unblock)(void *), void *unblock_arg)
{
    if (NIL_P(rb_fiber_scheduler_current())) {
        hyp_rb_without_gvl(work_nogvl, arg, unblock, unblock_arg);
        return;
    }
    hyp_rb_blocking_t blocking = {work_nogvl, arg, unblock, unblock_arg, rb_fiber_current(), Qnil, Qnil, Qnil};
    block_elsewhere(&blocking);
}

/* ---- threads ---- */

static VALUE schedule(VALUE unused)
{
    rb_thread_schedule();
    return unused;
}

/* The thread that runs next is ready already, and takes jobs if it is a worker: to wake one more would only make two
 * that hand the GVL to each other. */
void hyp_rb_gvl_yield(void)
{
    int state = 0;
    rb_thread_check_ints();
    this_thread.quiet = this_thread.has_no_job = true;
    become_spare();
    rb_protect(schedule, Qnil, &state);
    be_spare_no_more();
    if (state != 0) rb_jump_tag(state);
}

#ifdef HAVE_RB_POSTPONED_JOB_PREREGISTER

/* Of the process, as the GVL is. Written under the GVL before the first loop runs. */
static _Atomic rb_postponed_job_handle_t give_way_job = POSTPONED_JOB_HANDLE_INVALID;

static void *nothing_nogvl(void *unused)
{
    return unused;
}

static void ignore(void *unused)
{
    (void)unused;
}

/* In whatever thread runs, between two instructions of its Ruby. From Ruby 3.3 the GVL goes straight to the thread that has waited
 * longest. What is raised into a postponed job is lost, so unlike rb_thread_schedule this looks at no interrupts; they stay
 * pending, and are looked at next. */
static void give_way(void *unused)
{
    (void)unused;
    bool quiet = this_thread.quiet;
    this_thread.quiet = true;
    rb_nogvl(nothing_nogvl, NULL, ignore, NULL, RB_NOGVL_INTR_FAIL);
    this_thread.quiet = quiet;
}

static void prepare_asking(void)
{
    if (atomic_load(&give_way_job) == POSTPONED_JOB_HANDLE_INVALID)
        atomic_store(&give_way_job, rb_postponed_job_preregister(0, give_way, NULL));
}

bool hyp_rb_gvl_can_ask_back(void)
{
    return atomic_load_explicit(&give_way_job, memory_order_relaxed) != POSTPONED_JOB_HANDLE_INVALID;
}

void hyp_rb_gvl_ask_back(void *unused)
{
    (void)unused;
    rb_postponed_job_trigger(atomic_load(&give_way_job));
}

#else

static void prepare_asking(void)
{
}

bool hyp_rb_gvl_can_ask_back(void)
{
    return false;
}

void hyp_rb_gvl_ask_back(void *unused)
{
    (void)unused;
}

#endif

#ifdef HAVE_RB_INTERNAL_THREAD_ADD_EVENT_HOOK

/* Of the process, as the GVL is. Changed by threads that have no GVL, and read as a hint: relaxed. */
static _Atomic int waiters;

/* The process that `waiters` counts in: a child inherits the count, but not the threads. Under the GVL, as `counts`. */
static pid_t counted_in;
static bool counts;

/* Whether a thread is counted in `waiters`. Kept for each, because events are not balanced: a thread may have begun
 * to wait before the hook was there, and a new one resumes without having waited. */
#if RUBY_API_VERSION_CODE >= 30300
static rb_internal_thread_specific_key_t waiting_key;

static bool is_waiting(const rb_internal_thread_event_data_t *data)
{
    return rb_internal_thread_specific_get(data->thread, waiting_key) != NULL;
}

static void set_waiting(const rb_internal_thread_event_data_t *data, bool waiting)
{
    rb_internal_thread_specific_set(data->thread, waiting_key, waiting ? &waiters : NULL);
}

static VALUE create_key(VALUE unused)
{
    (void)unused;
    waiting_key = rb_internal_thread_specific_key_create();
    return Qnil;
}

/* There are few keys for a whole process: without one, time alone tells a worker to let others run. */
static bool prepare_waiting(void)
{
    int state = 0;
    rb_protect(create_key, Qnil, &state);
    if (state != 0) rb_set_errinfo(Qnil);
    return state == 0;
}
#else /* 3.2 names no thread; there events come on the thread that they are about */
static _Thread_local bool this_thread_waits;

static bool is_waiting(const rb_internal_thread_event_data_t *data)
{
    (void)data;
    return this_thread_waits;
}

static void set_waiting(const rb_internal_thread_event_data_t *data, bool waiting)
{
    (void)data;
    this_thread_waits = waiting;
}

static bool prepare_waiting(void)
{
    return true;
}
#endif

static void count_waiter(const rb_internal_thread_event_data_t *data, bool waiting)
{
    if (is_waiting(data) == waiting) return;
    set_waiting(data, waiting);
    atomic_fetch_add_explicit(&waiters, waiting ? 1 : -1, memory_order_relaxed);
}

static void this_thread_runs(bool runs)
{
    if (this_thread.worker != NULL) hyp_request_queue_runs(this_thread.queue, this_thread.worker, runs);
}

/* Answers that are ready must not wait for a thread that will not run for a while. */
static void this_thread_suspends(void)
{
    if (!this_thread.has_no_job) this_thread_runs(false);
    if (this_thread.queue == NULL || this_thread.quiet) return;
    this_thread.flush(this_thread.flush_arg);
    hyp_request_queue_yielded(this_thread.queue);
}

static void this_thread_resumes(void)
{
    if (this_thread.spare_of != NULL) be_spare_no_more();
    this_thread_runs(true);
}

/* Mostly without the GVL, partly under Ruby's scheduler's lock: touches no Ruby, and blocks on nothing that waits
 * for it. */
static void on_thread_event_nogvl(rb_event_flag_t event, const rb_internal_thread_event_data_t *data, void *unused)
{
    (void)unused;
    if (event == RUBY_INTERNAL_THREAD_EVENT_SUSPENDED) {
        this_thread_suspends();
        return;
    }
    if (event == RUBY_INTERNAL_THREAD_EVENT_RESUMED) this_thread_resumes();
    if (counts) count_waiter(data, event == RUBY_INTERNAL_THREAD_EVENT_READY);
}

/* In a child: its queue's lock may be somebody's who is not there. */
static void forget_this_thread(void)
{
    this_thread = (hyp_rb_gvl_thread_t){.queue = NULL};
}

/* Not at require, but with the first worker: who only loads the library is not slowed. The hook stays: to remove it
 * needs a lock that a fork may have left taken. */
static void watch_threads(void)
{
    if (counted_in == 0) {
        counts = prepare_waiting();
        rb_event_flag_t turns = RUBY_INTERNAL_THREAD_EVENT_SUSPENDED | RUBY_INTERNAL_THREAD_EVENT_RESUMED;
        rb_event_flag_t waits = RUBY_INTERNAL_THREAD_EVENT_READY | RUBY_INTERNAL_THREAD_EVENT_EXITED;
        rb_internal_thread_add_event_hook(on_thread_event_nogvl, turns | (counts ? waits : 0), NULL);
        pthread_atfork(NULL, NULL, forget_this_thread);
    } else if (counted_in != getpid()) {
        atomic_store_explicit(&waiters, 0, memory_order_relaxed);
    }
    counted_in = getpid();
}

/* A worker's state is found by its native thread, which must therefore not change. */
static void stay_on_this_native_thread(void)
{
#ifdef HAVE_RB_THREAD_LOCK_NATIVE_THREAD
    rb_thread_lock_native_thread();
#endif
}

bool hyp_rb_gvl_counts_waiters(void)
{
    return counts;
}

void hyp_rb_gvl_worker(hyp_request_queue_t *queue, hyp_worker_t *worker, void (*flush)(void *), void *flush_arg)
{
    if (queue != NULL) {
        stay_on_this_native_thread();
        watch_threads();
        prepare_asking();
    }
    be_spare_no_more();
    this_thread_runs(false);
    this_thread = (hyp_rb_gvl_thread_t){queue, worker, flush, flush_arg};
    this_thread_runs(true);
}

int hyp_rb_gvl_waiters(void)
{
    int all = atomic_load_explicit(&waiters, memory_order_relaxed);
    return this_thread.worker == NULL ? all : all - hyp_request_queue_spare(this_thread.queue);
}

#else

bool hyp_rb_gvl_counts_waiters(void)
{
    return false;
}

void hyp_rb_gvl_worker(hyp_request_queue_t *queue, hyp_worker_t *worker, void (*flush)(void *), void *flush_arg)
{
    this_thread = (hyp_rb_gvl_thread_t){queue, worker, flush, flush_arg};
}

int hyp_rb_gvl_waiters(void)
{
    return 0;
}

#endif
