#include "rb_engine.h"

#include <stdlib.h>
#include <unistd.h>

/* A fiber's place: from job to job, since what it has allocated can be used again. */
typedef struct hyp_rb_seat {
    struct hyp_rb_seat *next;
    hyp_rb_worker_t worker;
    hyp_request_t *request; /* of the fiber that has not come back; NULL: the seat is free, or its job is no request */
    VALUE fiber;            /* nil: free */
} hyp_rb_seat_t;

/* A worker that looks for jobs without blocking and serves each in a fiber: then it waits for its bell as a scheduler lets it, and
 * for other things at the same time. Of one thread; with the GVL. */
typedef struct hyp_rb_cabin {
    VALUE engine_object;
    hyp_rb_engine_t *engine;
    hyp_worker_t worker;
    hyp_wake_t bell;
    hyp_job_t *job; /* taken, and nobody's yet */
    hyp_rb_seat_t *seats;
    pid_t owner;
    bool open;
    bool over; /* whoever looks for jobs was told that there will be none */
} hyp_rb_cabin_t;

static VALUE cabin_class;

/* ---- the object ---- */

static void mark_seat(const hyp_rb_seat_t *seat)
{
    const hyp_rb_worker_t *worker = &seat->worker;
    rb_gc_mark(seat->fiber);
    rb_gc_mark(worker->thread);
    rb_gc_mark(worker->env);
    rb_gc_mark(worker->input);
    rb_gc_mark(worker->desk);
    rb_gc_mark(worker->claim);
    rb_gc_mark(worker->own.finished);
    rb_gc_mark(worker->own.after_reply);
    rb_gc_mark(worker->own.hijack);
    rb_gc_mark(worker->own.hints);
}

static void mark_cabin(void *ptr)
{
    const hyp_rb_cabin_t *cabin = ptr;
    rb_gc_mark(cabin->engine_object);
    for (const hyp_rb_seat_t *seat = cabin->seats; seat != NULL; seat = seat->next)
        mark_seat(seat);
}

static void drop_request(hyp_rb_seat_t *seat)
{
    if (seat->request != NULL) hyp_request_destroy(seat->request);
    seat->request = NULL;
}

static void free_seats(hyp_rb_seat_t *seats)
{
    while (seats != NULL) {
        hyp_rb_seat_t *seat = seats;
        seats = seat->next;
        hyp_rb_line_end(&seat->worker.line);
        drop_request(seat);
        seat->worker.desk = Qnil; /* which the garbage collector may have freed already */
        hyp_rb_worker_free(&seat->worker);
        free(seat);
    }
}

/* The seats live as long as the fibers that sit on them may go on, which refer to the cabin. In a forked child their locks may be
 * held by threads that are not there. */
static void free_cabin(void *ptr)
{
    hyp_rb_cabin_t *cabin = ptr;
    if (cabin->owner == getpid()) free_seats(cabin->seats);
    hyp_wake_close(&cabin->bell);
    xfree(cabin);
}

static const rb_data_type_t cabin_type = {
    .wrap_struct_name = "Hyperion::Engine::Cabin",
    .function = {.dmark = mark_cabin, .dfree = free_cabin},
    .flags = RUBY_TYPED_FREE_IMMEDIATELY,
};

static hyp_rb_cabin_t *cabin_even_closed(VALUE self)
{
    hyp_rb_cabin_t *cabin;
    TypedData_Get_Struct(self, hyp_rb_cabin_t, &cabin_type, cabin);
    return cabin;
}

static hyp_rb_cabin_t *cabin_of(VALUE self)
{
    hyp_rb_cabin_t *cabin = cabin_even_closed(self);
    if (!cabin->open) rb_raise(hyp_rb_eError, "the cabin is closed");
    return cabin;
}

static void flush_nogvl(void *arg)
{
    const hyp_rb_cabin_t *cabin = arg;
    for (hyp_rb_seat_t *seat = cabin->seats; seat != NULL; seat = seat->next)
        hyp_rb_worker_flush(&seat->worker, true);
}

/* Engine#open_cabin: the present thread is a worker from now on, until the cabin is closed. */
static VALUE open_cabin(VALUE self)
{
    hyp_rb_engine_t *engine = hyp_rb_engine(self);
    if (engine->by_hand) rb_raise(hyp_rb_eError, "an engine run by hand has no workers");
    hyp_rb_engine_own(engine);
    hyp_rb_cabin_t *cabin;
    VALUE object = TypedData_Make_Struct(cabin_class, hyp_rb_cabin_t, &cabin_type, cabin);
    cabin->engine_object = self;
    cabin->engine = engine;
    cabin->owner = getpid();
    cabin->bell = (hyp_wake_t){.read_fd = -1, .write_fd = -1};
    hyp_rb_check(hyp_wake_open(&cabin->bell), "opening a cabin");
    hyp_worker_init(&cabin->worker);
    cabin->worker.bell = &cabin->bell;
    cabin->open = true;
    hyp_count(&engine->counters->threads, 1);
    hyp_request_queue_enter(engine->queue);
    hyp_rb_gvl_worker(engine->queue, NULL, flush_nogvl, cabin);
    return object;
}

/* ---- seats ---- */

static hyp_rb_seat_t *new_seat(hyp_rb_cabin_t *cabin)
{
    hyp_rb_seat_t *seat = calloc(1, sizeof *seat);
    if (seat == NULL) rb_memerror();
    hyp_rb_worker_init(&seat->worker, cabin->engine);
    hyp_rb_worker_join(&seat->worker);
    seat->fiber = Qnil;
    seat->next = cabin->seats;
    cabin->seats = seat;
    return seat;
}

static hyp_rb_seat_t *free_seat(hyp_rb_cabin_t *cabin)
{
    for (hyp_rb_seat_t *seat = cabin->seats; seat != NULL; seat = seat->next) {
        if (NIL_P(seat->fiber)) return seat;
    }
    return new_seat(cabin);
}

/* ---- working ---- */

static bool is_idle(const hyp_rb_cabin_t *cabin)
{
    for (const hyp_rb_seat_t *seat = cabin->seats; seat != NULL; seat = seat->next) {
        if (!NIL_P(seat->fiber)) return false;
    }
    return true;
}

static VALUE take(hyp_rb_cabin_t *cabin)
{
    cabin->job = hyp_request_queue_take(cabin->engine->queue, &cabin->worker);
    return cabin->job != NULL ? ID2SYM(rb_intern("job")) : Qnil;
}

/* Cabin#look: :job when one was taken, for #run; :wait when the bell will ring; nil when no more will come. */
static VALUE look(VALUE self)
{
    hyp_rb_cabin_t *cabin = cabin_even_closed(self);
    if (!cabin->open) return Qnil;
    if (cabin->job != NULL) rb_raise(hyp_rb_eError, "a job was taken already");
    hyp_request_queue_rise(cabin->engine->queue, &cabin->worker);
    for (;;) {
        VALUE taken = take(cabin);
        if (!NIL_P(taken)) return taken;
        if (is_idle(cabin)) hyp_rb_collect_garbage_if_due(cabin->engine);
        hyp_status status = hyp_request_queue_settle(cabin->engine->queue, &cabin->worker);
        if (status == HYP_AGAIN) return ID2SYM(rb_intern("wait"));
        cabin->over = status == HYP_CLOSED || status == HYP_END;
        if (cabin->over) return Qnil;
    }
}

typedef struct {
    hyp_rb_seat_t *seat;
    hyp_job_t *job;
} hyp_rb_sitting_t;

static VALUE run_job(VALUE arg)
{
    const hyp_rb_sitting_t *sitting = (const hyp_rb_sitting_t *)arg;
    hyp_rb_seat_t *seat = sitting->seat;
    hyp_rb_worker_run(&seat->worker, sitting->job);
    hyp_rb_worker_flush(&seat->worker, true);
    return Qnil;
}

static VALUE stand_up(VALUE arg)
{
    hyp_rb_seat_t *seat = ((const hyp_rb_sitting_t *)arg)->seat;
    seat->request = NULL;
    seat->fiber = Qnil;
    return Qnil;
}

/* Cabin#run: serves what #look has taken, on the present fiber. */
static VALUE run(VALUE self)
{
    hyp_rb_cabin_t *cabin = cabin_of(self);
    if (cabin->job == NULL) rb_raise(hyp_rb_eError, "no job was taken");
    hyp_rb_sitting_t sitting = {free_seat(cabin), cabin->job};
    cabin->job = NULL;
    sitting.seat->fiber = rb_fiber_current();
    if (sitting.job->kind == HYP_JOB_REQUEST) sitting.seat->request = (hyp_request_t *)(void *)sitting.job;
    rb_ensure(run_job, (VALUE)&sitting, stand_up, (VALUE)&sitting);
    RB_GC_GUARD(self);
    return Qnil;
}

static VALUE descriptor(VALUE self)
{
    return INT2NUM(cabin_of(self)->bell.read_fd);
}

/* Cabin#let_others_run: other threads, when it is their turn. */
static VALUE let_others_run(VALUE self)
{
    hyp_rb_cabin_t *cabin = cabin_of(self);
    if (cabin->seats != NULL) hyp_rb_worker_let_others_run(&cabin->seats->worker);
    return Qnil;
}

/* ---- the end ---- */

static void end_seat(hyp_rb_seat_t *seat)
{
    if (!NIL_P(seat->worker.desk)) hyp_rb_desk_leave(seat->worker.desk);
    if (seat->request != NULL) hyp_rb_serve_abandoned(&seat->worker, seat->request);
    if (NIL_P(seat->fiber)) drop_request(seat);
    else if (seat->request != NULL) hyp_count(&seat->worker.engine->counters->busy_threads, (uint64_t)-1);
    hyp_rb_worker_flush(&seat->worker, true);
    hyp_rb_worker_part(&seat->worker);
}

/* Nobody has begun to serve it. */
static void end_job(hyp_rb_cabin_t *cabin)
{
    hyp_job_t *job = cabin->job;
    if (job == NULL) return;
    cabin->job = NULL;
    if (job->kind == HYP_JOB_REQUEST) {
        hyp_rb_seat_t *seat = free_seat(cabin);
        seat->request = (hyp_request_t *)(void *)job;
        seat->worker.line.to = seat->request->from;
        seat->worker.line.emitted = seat->worker.line.answered = false;
    } else {
        hyp_job_destroy(job);
    }
}

/* Cabin#close: requests that are under way are answered 500, or cut. A scheduler may yet let their fibers go on, at the end of
 * their thread. Harmless when it is closed. */
static VALUE close_cabin(VALUE self)
{
    hyp_rb_cabin_t *cabin = cabin_even_closed(self);
    if (!cabin->open) return Qnil;
    cabin->open = false;
    hyp_count(&cabin->engine->counters->threads, (uint64_t)-1);
    hyp_rb_gvl_worker(NULL, NULL, NULL, NULL);
    hyp_request_queue_rise(cabin->engine->queue, &cabin->worker);
    end_job(cabin);
    for (hyp_rb_seat_t *seat = cabin->seats; seat != NULL; seat = seat->next)
        end_seat(seat);
    hyp_request_queue_leave(cabin->engine->queue, &cabin->worker);
    hyp_worker_free(&cabin->worker);
    if (cabin->over) hyp_wake_close(&cabin->bell);
    else hyp_wake_signal(&cabin->bell);
    return Qnil;
}

void hyp_rb_init_cabin(VALUE engine_class)
{
    cabin_class = rb_define_class_under(engine_class, "Cabin", rb_cObject);
    rb_gc_register_mark_object(cabin_class);
    rb_undef_alloc_func(cabin_class);
    rb_define_method(engine_class, "open_cabin", open_cabin, 0);
    rb_define_method(cabin_class, "look", look, 0);
    rb_define_method(cabin_class, "run", run, 0);
    rb_define_method(cabin_class, "descriptor", descriptor, 0);
    rb_define_method(cabin_class, "let_others_run", let_others_run, 0);
    rb_define_method(cabin_class, "close", close_cabin, 0);
}
