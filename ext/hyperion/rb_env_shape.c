#include "rb_hyperion.h"

/* Requests of one client, and of clients alike, say the same fields in the same order. The Hash that their env is, with
 * its keys and without their values, is kept: a copy of it needs no key to be hashed and no place to be found, only the
 * values to be put where the keys stand. */

#define SHAPES 16 /* of one worker; which one a request has is found by its keys */
#define SHAPE_PAIRS_MAX 64
#define SHAPE_ENTRIES_MAX 128 /* the template's included */
#define NO_PAIR 0xff

typedef struct {
    uint64_t hash; /* of the keys; what was seen once has no Hash yet */
    VALUE env;     /* keys, the template's values, and nil for the rest; or nil */
    uint8_t count; /* of pairs */
    uint8_t entries;
    uint8_t pair_of[SHAPE_ENTRIES_MAX]; /* by the place of an entry in the Hash, or NO_PAIR */
    VALUE keys[SHAPE_PAIRS_MAX];
} shape_t;

typedef struct {
    VALUE template;
    shape_t list[SHAPES];
} shapes_t;

/* Marked, they do not move, so that they can be compared by address. */
static void mark_shapes(void *arg)
{
    const shapes_t *shapes = arg;
    rb_gc_mark(shapes->template);
    for (size_t i = 0; i < SHAPES; i++) {
        const shape_t *shape = &shapes->list[i];
        if (NIL_P(shape->env)) continue;
        rb_gc_mark(shape->env);
        for (uint8_t at = 0; at < shape->count; at++)
            rb_gc_mark(shape->keys[at]);
    }
}

static size_t size_of_shapes(const void *arg)
{
    (void)arg;
    return sizeof(shapes_t);
}

static const rb_data_type_t shapes_type = {
    .wrap_struct_name = "Hyperion::Http shapes of envs",
    .function = {.dmark = mark_shapes, .dfree = RUBY_DEFAULT_FREE, .dsize = size_of_shapes},
    .flags = RUBY_TYPED_FREE_IMMEDIATELY | RUBY_TYPED_WB_PROTECTED,
};

static void begin(VALUE object, shapes_t *shapes, VALUE template)
{
    RB_OBJ_WRITE(object, &shapes->template, template);
    for (size_t i = 0; i < SHAPES; i++)
        shapes->list[i] = (shape_t){.env = Qnil};
}

VALUE hyp_rb_shapes_new(void)
{
    shapes_t *shapes;
    VALUE object = TypedData_Make_Struct(0, shapes_t, &shapes_type, shapes);
    begin(object, shapes, Qnil);
    return object;
}

static uint64_t hash_of_keys(const VALUE *pairs, long count)
{
    uint64_t hash = (uint64_t)count;
    for (long i = 0; i < count * 2; i += 2)
        hash = (hash ^ (uint64_t)pairs[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

static bool has_keys(const shape_t *shape, const VALUE *pairs)
{
    for (uint8_t i = 0; i < shape->count; i++) {
        if (shape->keys[i] != pairs[i * 2]) return false;
    }
    return true;
}

/* ---- keeping a shape ---- */

static int place_entry(VALUE key, VALUE value, VALUE arg)
{
    shape_t *shape = (shape_t *)arg;
    uint8_t pair = NO_PAIR;
    (void)value;
    for (uint8_t i = 0; i < shape->count; i++) {
        if (RTEST(rb_str_equal(shape->keys[i], key))) pair = i;
    }
    shape->pair_of[shape->entries++] = pair;
    return ST_CONTINUE;
}

static void keep_shape(VALUE object, shape_t *shape, VALUE template, const VALUE *pairs)
{
    VALUE empty[SHAPE_PAIRS_MAX * 2];
    for (long i = 0; i < shape->count; i++) {
        shape->keys[i] = empty[i * 2] = pairs[i * 2];
        empty[i * 2 + 1] = Qnil;
        RB_OBJ_WRITTEN(object, Qundef, shape->keys[i]);
    }
    VALUE env = rb_hash_dup(template);
    rb_hash_bulk_insert(shape->count * 2, empty, env);
    shape->entries = 0;
    rb_hash_foreach(env, place_entry, (VALUE)shape);
    RB_OBJ_WRITE(object, &shape->env, env);
}

/* ---- a copy of one ---- */

typedef struct {
    const shape_t *shape;
    const VALUE *pairs;
    VALUE env;
    uint8_t at;
} filling_t;

static int has_pair(st_data_t key, st_data_t value, st_data_t arg, int error)
{
    filling_t *filling = (filling_t *)arg;
    (void)key;
    (void)value;
    (void)error;
    return filling->shape->pair_of[filling->at++] == NO_PAIR ? ST_CONTINUE : ST_REPLACE;
}

static int put_value(st_data_t *key, st_data_t *value, st_data_t arg, int existing)
{
    const filling_t *filling = (const filling_t *)arg;
    (void)key;
    (void)existing;
    *value = filling->pairs[filling->shape->pair_of[filling->at - 1] * 2 + 1];
    RB_OBJ_WRITTEN(filling->env, Qundef, *value);
    return ST_CONTINUE;
}

static VALUE fill(const shape_t *shape, const VALUE *pairs)
{
    filling_t filling = {shape, pairs, rb_hash_dup(shape->env), 0};
    st_foreach_with_replace(RHASH_TBL(filling.env), has_pair, put_value, (st_data_t)&filling);
    return filling.env;
}

static VALUE fill_anew(VALUE template, const VALUE *pairs, long count)
{
    VALUE env = rb_hash_dup(template);
    rb_hash_bulk_insert(count * 2, pairs, env);
    return env;
}

/* What comes once makes no shape, but leaves its hash: who says something new each time costs no more than that. */
VALUE hyp_rb_env_of_pairs(VALUE object, VALUE template, const VALUE *pairs, long count)
{
    bool fits = count <= SHAPE_PAIRS_MAX && RHASH_SIZE(template) <= SHAPE_ENTRIES_MAX - SHAPE_PAIRS_MAX;
    if (NIL_P(object) || !fits) return fill_anew(template, pairs, count);
    shapes_t *shapes = RTYPEDDATA_DATA(object);
    if (shapes->template != template) begin(object, shapes, template);
    uint64_t hash = hash_of_keys(pairs, count);
    shape_t *shape = &shapes->list[hash % SHAPES];
    bool same = shape->hash == hash && shape->count == count;
    if (same && !NIL_P(shape->env) && has_keys(shape, pairs)) return fill(shape, pairs);
    if (same) keep_shape(object, shape, template, pairs);
    else *shape = (shape_t){.hash = hash, .env = Qnil, .count = (uint8_t)count};
    return fill_anew(template, pairs, count);
}
