#include "rb_engine.h"

#include <unistd.h>

/* ---- one engine ---- */

#define COUNTER_ENTRY(name, text) {#name, offsetof(hyp_counters_t, name)},
static const hyp_rb_field_t counters_by_name[] = {HYP_COUNTER_MAP(COUNTER_ENTRY) HYP_GAUGE_MAP(COUNTER_ENTRY)};
#undef COUNTER_ENTRY
#define COUNTERS (sizeof counters_by_name / sizeof counters_by_name[0])

static uint64_t read_field(const void *base, size_t offset)
{
    return hyp_counter_read((const _Atomic uint64_t *)(const void *)((const char *)base + offset));
}

static void store(VALUE hash, const char *name, uint64_t value)
{
    rb_hash_aset(hash, ID2SYM(rb_intern(name)), ULL2NUM(value));
}

VALUE hyp_rb_fields_hash(const hyp_rb_field_t *fields, size_t count, const void *base)
{
    VALUE hash = rb_hash_new();
    for (size_t i = 0; i < count; i++)
        store(hash, fields[i].name, read_field(base, fields[i].offset));
    return hash;
}

VALUE hyp_rb_counters_hash(const hyp_counters_t *counters)
{
    return hyp_rb_fields_hash(counters_by_name, COUNTERS, counters);
}

static void add_up(const hyp_counters_t *counters, uint64_t sums[COUNTERS])
{
    for (size_t i = 0; i < COUNTERS; i++)
        sums[i] += read_field(counters, counters_by_name[i].offset);
}

static uint64_t sum_of(VALUE sums, const char *name)
{
    return NUM2ULL(rb_hash_aref(sums, ID2SYM(rb_intern(name))));
}

/* Who has waited too long is refused by a loop, or by the worker that takes it. */
static VALUE queue_stats(const hyp_rb_engine_t *engine, VALUE sums)
{
    VALUE hash = rb_hash_new();
    hyp_request_queue_stats_t stats;
    hyp_request_queue_stats(engine->queue, &stats);
    hyp_msec_t now = hyp_clock_now();
    store(hash, "length", stats.length);
    store(hash, "workers", stats.workers);
    store(hash, "idle_workers", stats.idle);
    store(hash, "oldest_msec", stats.oldest_at && stats.oldest_at < now ? now - stats.oldest_at : 0);
    store(hash, "refused", stats.refused);
    store(hash, "wakes", stats.wakes);
    store(hash, "dropped_hits", stats.dropped_hits);
    store(hash, "waited_msec", engine->waited + sum_of(sums, "queue_timeout_msec"));
    store(hash, "timeouts", sum_of(sums, "queue_timeouts"));
    return hash;
}

VALUE hyp_rb_engine_stats(VALUE self)
{
    hyp_rb_engine_t *engine = hyp_rb_engine(self);
    VALUE hash = rb_hash_new();
    VALUE loops = rb_ary_new();
    uint64_t sums[COUNTERS] = {0};
    for (int i = 0; i < engine->loop_count; i++) {
        hyp_loop_t *loop = atomic_load(&engine->loops[i].loop);
        if (loop == NULL) continue;
        add_up(hyp_loop_counters(loop), sums);
        rb_ary_push(loops, hyp_rb_counters_hash(hyp_loop_counters(loop)));
    }
    add_up(engine->counters, sums);
    for (size_t i = 0; i < COUNTERS; i++)
        store(hash, counters_by_name[i].name, sums[i]);
    store(hash, "out_of_band_gcs", engine->gc_count);
    rb_hash_aset(hash, ID2SYM(rb_intern("loops")), loops);
    if (!hyp_rb_engine_is_inherited(engine)) rb_hash_aset(hash, ID2SYM(rb_intern("queue")), queue_stats(engine, hash));
    return hash;
}

/* What the queue has refused, or was taken back from it, counts among what it was given for, and among the refused. */
uint64_t hyp_rb_loop_requests(const hyp_counters_t *counters)
{
    return hyp_counter_read(&counters->static_requests) + hyp_counter_read(&counters->health_requests) +
           hyp_counter_read(&counters->block_requests) + hyp_counter_read(&counters->app_requests) +
           hyp_counter_read(&counters->refused_requests) - hyp_counter_read(&counters->overload_requests) -
           hyp_counter_read(&counters->queue_timeouts);
}

uint64_t hyp_rb_engine_requests(const hyp_rb_engine_t *engine)
{
    uint64_t sum = 0;
    for (int i = 0; i < engine->loop_count; i++) {
        hyp_loop_t *loop = atomic_load(&engine->loops[i].loop);
        if (loop != NULL) sum += hyp_rb_loop_requests(hyp_loop_counters(loop)) - engine->loops[i].requests_before;
    }
    return sum;
}

VALUE hyp_rb_engine_requests_served(VALUE self)
{
    return ULL2NUM(hyp_rb_engine_requests(hyp_rb_engine(self)));
}

/* ---- all engines ---- */

/* Of the process, as c_loop_requests_total is. Under the GVL, which an engine's end has too. */
static struct {
    hyp_rb_engine_t *first;
    uint64_t ended;   /* served by engines that are no more */
    pid_t counted_in; /* a child inherits `ended`, but has not served it */
} engines;

static void begin_anew_in_a_child(void)
{
    pid_t process = getpid();
    if (engines.counted_in != process) engines.ended = 0;
    engines.counted_in = process;
}

void hyp_rb_engines_enter(hyp_rb_engine_t *engine)
{
    engine->prev = NULL;
    engine->next = engines.first;
    if (engines.first != NULL) engines.first->prev = engine;
    engines.first = engine;
}

void hyp_rb_engines_leave(hyp_rb_engine_t *engine)
{
    begin_anew_in_a_child();
    if (!hyp_rb_engine_is_inherited(engine)) engines.ended += hyp_rb_engine_requests(engine);
    if (engine->prev != NULL) engine->prev->next = engine->next;
    else engines.first = engine->next;
    if (engine->next != NULL) engine->next->prev = engine->prev;
}

uint64_t hyp_rb_engines_requests(void)
{
    begin_anew_in_a_child();
    uint64_t sum = engines.ended;
    for (hyp_rb_engine_t *engine = engines.first; engine != NULL; engine = engine->next) {
        if (!hyp_rb_engine_is_inherited(engine)) sum += hyp_rb_engine_requests(engine);
    }
    return sum;
}
