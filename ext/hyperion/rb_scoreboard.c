#include "rb_engine.h"

#include <time.h>
#include <unistd.h>

#define SLOTS 256 /* unless told otherwise: pages are taken as they are written to */

typedef struct {
    hyp_scoreboard_t *board;
    unsigned slot;
    pid_t entered; /* the process whose slot it is; 0: of none yet */
} hyp_rb_scoreboard_t;

/* ---- the object ---- */

static void free_scoreboard(void *ptr)
{
    hyp_rb_scoreboard_t *scoreboard = ptr;
    if (scoreboard->board) hyp_scoreboard_release_reference(scoreboard->board);
    xfree(scoreboard);
}

static size_t scoreboard_size(const void *ptr)
{
    (void)ptr;
    return sizeof(hyp_rb_scoreboard_t);
}

static const rb_data_type_t scoreboard_type = {
    .wrap_struct_name = "Hyperion::Scoreboard",
    .function = {.dfree = free_scoreboard, .dsize = scoreboard_size},
    .flags = RUBY_TYPED_FREE_IMMEDIATELY | RUBY_TYPED_WB_PROTECTED,
};

static VALUE allocate(VALUE class)
{
    hyp_rb_scoreboard_t *scoreboard;
    return TypedData_Make_Struct(class, hyp_rb_scoreboard_t, &scoreboard_type, scoreboard);
}

static hyp_rb_scoreboard_t *unwrap(VALUE self)
{
    hyp_rb_scoreboard_t *scoreboard;
    TypedData_Get_Struct(self, hyp_rb_scoreboard_t, &scoreboard_type, scoreboard);
    return scoreboard;
}

static hyp_rb_scoreboard_t *scoreboard_of(VALUE self)
{
    hyp_rb_scoreboard_t *scoreboard = unwrap(self);
    if (!scoreboard->board) rb_raise(hyp_rb_eError, "scoreboard is not initialized");
    return scoreboard;
}

static unsigned number_in(VALUE keyword, const char *name, unsigned default_value, unsigned max)
{
    if (keyword == Qundef) return default_value;
    long number = NUM2LONG(keyword);
    if (number < 1 || number > (long)max) rb_raise(rb_eArgError, "%s must be 1 to %u, not %ld", name, max, number);
    return (unsigned)number;
}

static VALUE initialize(int argc, VALUE *argv, VALUE self)
{
    hyp_rb_scoreboard_t *scoreboard = unwrap(self);
    if (scoreboard->board) rb_raise(hyp_rb_eError, "scoreboard is initialized already");
    VALUE options, values[2];
    rb_scan_args(argc, argv, "0:", &options);
    ID keys[] = {rb_intern("loops"), rb_intern("slots")};
    rb_get_kwargs(options, keys, 0, 2, values);
    unsigned loops = number_in(values[0], "loops", 1, HYP_RB_LOOPS_MAX);
    unsigned slots = number_in(values[1], "slots", SLOTS, HYP_SCOREBOARD_SLOTS_MAX);
    hyp_rb_check(hyp_scoreboard_new(&scoreboard->board, slots, loops), "making a scoreboard");
    return self;
}

/* ---- slots ---- */

static uint64_t unix_msec(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool has_entered(const hyp_rb_scoreboard_t *scoreboard)
{
    return scoreboard->entered != 0 && scoreboard->entered == getpid();
}

static VALUE enter(VALUE self)
{
    hyp_rb_scoreboard_t *scoreboard = scoreboard_of(self);
    if (has_entered(scoreboard)) return self;
    hyp_status status = hyp_scoreboard_enter(scoreboard->board, getpid(), &scoreboard->slot);
    if (status == HYP_FULL) rb_raise(hyp_rb_eError, "every slot of the scoreboard is taken");
    hyp_rb_check(status, "entering a scoreboard");
    scoreboard->entered = getpid();
    atomic_store(&hyp_scoreboard_facts(scoreboard->board, scoreboard->slot)->started_at, unix_msec());
    return self;
}

static VALUE leave(VALUE self, VALUE pid)
{
    return hyp_scoreboard_leave(scoreboard_of(self)->board, NUM2LL(pid)) ? Qtrue : Qfalse;
}

static const hyp_rb_field_t restarts_by_reason[] = {
#define RESTART(name, text) {#name, offsetof(hyp_restarts_t, name)},
    HYP_RESTART_MAP(RESTART)
#undef RESTART
};
#define RESTARTS (sizeof restarts_by_reason / sizeof restarts_by_reason[0])

static VALUE count_restart(VALUE self, VALUE reason)
{
    hyp_restarts_t *restarts = hyp_scoreboard_restarts(scoreboard_of(self)->board);
    Check_Type(reason, T_SYMBOL);
    for (size_t i = 0; i < RESTARTS; i++) {
        if (SYM2ID(reason) != rb_intern(restarts_by_reason[i].name)) continue;
        hyp_count((_Atomic uint64_t *)(void *)((char *)restarts + restarts_by_reason[i].offset), 1);
        return self;
    }
    rb_raise(rb_eArgError, "unknown reason %+" PRIsVALUE, reason);
}

static VALUE restarts(VALUE self)
{
    return hyp_rb_fields_hash(restarts_by_reason, RESTARTS, hyp_scoreboard_restarts(scoreboard_of(self)->board));
}

static VALUE own_slot(VALUE self)
{
    const hyp_rb_scoreboard_t *scoreboard = scoreboard_of(self);
    return has_entered(scoreboard) ? UINT2NUM(scoreboard->slot) : Qnil;
}

static VALUE slots(VALUE self)
{
    return UINT2NUM(hyp_scoreboard_slots(scoreboard_of(self)->board));
}

static VALUE loops(VALUE self)
{
    return UINT2NUM(hyp_scoreboard_loops(scoreboard_of(self)->board));
}

/* ---- facts ---- */

static const hyp_rb_field_t facts_by_name[] = {
#define FACT(name, text) {#name, offsetof(hyp_worker_facts_t, name)},
    HYP_WORKER_COUNTER_MAP(FACT) HYP_WORKER_GAUGE_MAP(FACT)
#undef FACT
};
#define FACTS (sizeof facts_by_name / sizeof facts_by_name[0])

static int set_fact(VALUE key, VALUE value, VALUE arg)
{
    hyp_worker_facts_t *facts = (hyp_worker_facts_t *)arg;
    Check_Type(key, T_SYMBOL);
    for (size_t i = 0; i < FACTS; i++) {
        if (SYM2ID(key) != rb_intern(facts_by_name[i].name)) continue;
        atomic_store((_Atomic uint64_t *)(void *)((char *)facts + facts_by_name[i].offset), NUM2ULL(value));
        return ST_CONTINUE;
    }
    rb_raise(rb_eArgError, "unknown fact %+" PRIsVALUE, key);
}

static VALUE tell(VALUE self, VALUE facts)
{
    const hyp_rb_scoreboard_t *scoreboard = scoreboard_of(self);
    if (!has_entered(scoreboard)) rb_raise(hyp_rb_eError, "this process has no slot of the scoreboard");
    Check_Type(facts, T_HASH);
    hyp_worker_facts_t *own = hyp_scoreboard_facts(scoreboard->board, scoreboard->slot);
    rb_hash_foreach(facts, set_fact, (VALUE)own);
    atomic_store(&own->told_at, unix_msec());
    return self;
}

/* ---- reading ---- */

static VALUE histogram_hash(const hyp_histogram_t *histogram)
{
    VALUE buckets = rb_ary_new_capa(HYP_BUCKETS);
    for (size_t i = 0; i < HYP_BUCKETS; i++)
        rb_ary_push(buckets, ULL2NUM(hyp_counter_read(&histogram->buckets[i])));
    VALUE hash = rb_hash_new();
    rb_hash_aset(hash, ID2SYM(rb_intern("buckets")), buckets);
    rb_hash_aset(hash, ID2SYM(rb_intern("usec")), ULL2NUM(hyp_counter_read(&histogram->sum)));
    return hash;
}

static VALUE route_hash(const hyp_route_counters_t *route)
{
    VALUE hash = rb_hash_new();
    VALUE name = rb_utf8_str_new(route->name, atomic_load(&route->name_len));
    rb_hash_aset(hash, ID2SYM(rb_intern("name")), name);
    rb_hash_aset(hash, ID2SYM(rb_intern("requests")), ULL2NUM(hyp_counter_read(&route->requests)));
    rb_hash_aset(hash, ID2SYM(rb_intern("latency")), histogram_hash(&route->latency));
    rb_hash_aset(hash, ID2SYM(rb_intern("queue")), histogram_hash(&route->queue));
    return hash;
}

static VALUE route_list(const hyp_route_counters_t *routes)
{
    VALUE list = rb_ary_new();
    for (size_t i = 0; i < HYP_COUNTED_ROUTES; i++) {
        if (hyp_counter_read(&routes[i].requests) > 0) rb_ary_push(list, route_hash(&routes[i]));
    }
    return list;
}

static VALUE sum_hash(const hyp_scoreboard_sum_t *sum)
{
    const hyp_counters_t *counters = &sum->tally.counters;
    VALUE hash = rb_hash_new();
    rb_hash_aset(hash, ID2SYM(rb_intern("counters")), hyp_rb_counters_hash(counters));
    rb_hash_aset(hash, ID2SYM(rb_intern("facts")), hyp_rb_fields_hash(facts_by_name, FACTS, &sum->facts));
    rb_hash_aset(hash, ID2SYM(rb_intern("latency")), histogram_hash(&counters->latency));
    rb_hash_aset(hash, ID2SYM(rb_intern("queue")), histogram_hash(&counters->queue));
    return hash;
}

static VALUE read_sum(VALUE self)
{
    const hyp_rb_scoreboard_t *scoreboard = scoreboard_of(self);
    VALUE buffer;
    hyp_scoreboard_sum_t *sum = ALLOCV_N(hyp_scoreboard_sum_t, buffer, 1);
    hyp_scoreboard_sum(scoreboard->board, sum);
    VALUE hash = sum_hash(sum);
    rb_hash_aset(hash, ID2SYM(rb_intern("routes")), route_list(sum->tally.routes));
    rb_hash_aset(hash, ID2SYM(rb_intern("boots")), ULL2NUM(sum->boots));
    rb_hash_aset(hash, ID2SYM(rb_intern("exits")), ULL2NUM(sum->exits));
    rb_hash_aset(hash, ID2SYM(rb_intern("restarts")), hyp_rb_fields_hash(restarts_by_reason, RESTARTS, &sum->restarts));
    ALLOCV_END(buffer);
    return hash;
}

static VALUE worker_hash(hyp_scoreboard_t *board, unsigned slot, hyp_scoreboard_sum_t *sum)
{
    hyp_scoreboard_sum_slot(board, slot, sum);
    VALUE hash = sum_hash(sum);
    rb_hash_aset(hash, ID2SYM(rb_intern("slot")), UINT2NUM(slot));
    rb_hash_aset(hash, ID2SYM(rb_intern("pid")), LL2NUM(hyp_scoreboard_pid(board, slot)));
    return hash;
}

static VALUE workers(VALUE self)
{
    hyp_scoreboard_t *board = scoreboard_of(self)->board;
    VALUE list = rb_ary_new();
    VALUE buffer;
    hyp_scoreboard_sum_t *sum = ALLOCV_N(hyp_scoreboard_sum_t, buffer, 1);
    for (unsigned slot = 0; slot < hyp_scoreboard_slots(board); slot++) {
        if (hyp_scoreboard_pid(board, slot) > 0) rb_ary_push(list, worker_hash(board, slot, sum));
    }
    ALLOCV_END(buffer);
    return list;
}

/* ---- for the binding ---- */

hyp_scoreboard_t *hyp_rb_scoreboard(VALUE object, unsigned *slot)
{
    const hyp_rb_scoreboard_t *scoreboard = rb_check_typeddata(object, &scoreboard_type);
    if (!scoreboard->board || !has_entered(scoreboard)) {
        rb_raise(hyp_rb_eError, "this process has no slot of the scoreboard");
    }
    *slot = scoreboard->slot;
    return scoreboard->board;
}

static VALUE bucket_seconds(void)
{
    VALUE list = rb_ary_new();
    for (unsigned i = 0; i < HYP_BUCKETS - 1; i++)
        rb_ary_push(list, DBL2NUM((double)(UINT64_C(1) << (i + HYP_BUCKET_SHIFT)) / 1000000));
    return rb_obj_freeze(list);
}

void hyp_rb_init_scoreboard(void)
{
    VALUE class = rb_define_class_under(hyp_rb_mHyperion, "Scoreboard", rb_cObject);
    rb_define_const(class, "BUCKET_SECONDS", bucket_seconds());
    rb_define_alloc_func(class, allocate);
    rb_undef_method(class, "initialize_copy");
    rb_define_method(class, "initialize", initialize, -1);
    rb_define_method(class, "enter", enter, 0);
    rb_define_method(class, "leave", leave, 1);
    rb_define_method(class, "count_restart", count_restart, 1);
    rb_define_method(class, "restarts", restarts, 0);
    rb_define_method(class, "slot", own_slot, 0);
    rb_define_method(class, "slots", slots, 0);
    rb_define_method(class, "loops", loops, 0);
    rb_define_method(class, "tell", tell, 1);
    rb_define_method(class, "sum", read_sum, 0);
    rb_define_method(class, "workers", workers, 0);
}
