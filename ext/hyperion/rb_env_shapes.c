#include "rb_hyperion.h"

#include <ruby/st.h>

#define SHAPES_MAX 16
#define PAIRS_MAX 48   /* envs of more than these are built as if no other had come before */
#define ENTRIES_MAX 96 /* those of the template included */
#define MISSES 16      /* until one more shape is learned: so strange requests without end cost little */
#define NO_PAIR 0xff

/* An env with all its keys, but with nothing in it of the request that it was made for. */
typedef struct {
    uint64_t hash; /* of the keys' addresses */
    VALUE env;
    uint8_t count;
    uint8_t sources[ENTRIES_MAX]; /* of each entry in the env's order: which pair its value is, or NO_PAIR */
    VALUE keys[PAIRS_MAX];
} shape_t;

typedef struct {
    shape_t shapes[SHAPES_MAX];
    uint8_t known;
    uint8_t next; /* to be learned, or to be given up for another */
    uint8_t misses;
} hyp_rb_shapes_t;

/* ---- the object ---- */

/* By rb_gc_mark, which keeps a key at its address. */
static void mark_shapes(void *ptr)
{
    const hyp_rb_shapes_t *shapes = ptr;
    for (int i = 0; i < shapes->known; i++) {
        const shape_t *shape = &shapes->shapes[i];
        rb_gc_mark(shape->env);
        for (int pair = 0; pair < shape->count; pair++)
            rb_gc_mark(shape->keys[pair]);
    }
}

static size_t shapes_size(const void *ptr)
{
    (void)ptr;
    return sizeof(hyp_rb_shapes_t);
}

static const rb_data_type_t shapes_type = {
    .wrap_struct_name = "Hyperion::Http shapes of envs",
    .function = {.dmark = mark_shapes, .dfree = RUBY_DEFAULT_FREE, .dsize = shapes_size},
    .flags = RUBY_TYPED_FREE_IMMEDIATELY,
};

VALUE hyp_rb_shapes_new(void)
{
    hyp_rb_shapes_t *shapes;
    return TypedData_Make_Struct(0, hyp_rb_shapes_t, &shapes_type, shapes);
}

#ifdef HAVE_RB_HASH_TBL

/* ---- values ---- */

typedef struct {
    const shape_t *shape;
    const VALUE *pairs; /* NULL: nil for every value */
    size_t place;
} filling_t;

static int is_filled(st_data_t key, st_data_t value, st_data_t arg, int error)
{
    filling_t *filling = (filling_t *)arg;
    return filling->shape->sources[filling->place++] == NO_PAIR ? ST_CONTINUE : ST_REPLACE;
}

static int fill_entry(st_data_t *key, st_data_t *value, st_data_t arg, int existing)
{
    const filling_t *filling = (const filling_t *)arg;
    uint8_t pair = filling->shape->sources[filling->place - 1];
    *value = filling->pairs ? filling->pairs[pair * 2 + 1] : Qnil;
    return ST_CONTINUE;
}

/* No key is hashed, or compared. That values are put in behind the garbage collector's back is what RHASH_TBL tells it. */
static void fill(VALUE env, const shape_t *shape, const VALUE *pairs)
{
    filling_t filling = {shape, pairs, 0};
    st_foreach_with_replace(RHASH_TBL(env), is_filled, fill_entry, (st_data_t)&filling);
}

/* ---- learning ---- */

typedef struct {
    shape_t *shape;
    int entries;
    int found;
} learning_t;

static int learn_entry(VALUE key, VALUE value, VALUE arg)
{
    learning_t *learning = (learning_t *)arg;
    shape_t *shape = learning->shape;
    if (learning->entries == ENTRIES_MAX) return ST_STOP;
    uint8_t pair = 0;
    while (pair < shape->count && shape->keys[pair] != key)
        pair++;
    if (pair < shape->count) learning->found++;
    shape->sources[learning->entries++] = pair < shape->count ? pair : NO_PAIR;
    return ST_CONTINUE;
}

/* False where a key has come twice, or is another object in the env. */
static bool read_shape(shape_t *shape, VALUE env, long count, const VALUE *pairs)
{
    learning_t learning = {.shape = shape};
    shape->count = (uint8_t)count;
    for (long i = 0; i < count; i++)
        shape->keys[i] = pairs[i * 2];
    rb_hash_foreach(env, learn_entry, (VALUE)&learning);
    return learning.found == count && (size_t)learning.entries == rb_hash_size_num(env);
}

static uint64_t hash_of_keys(long count, const VALUE *pairs)
{
    uint64_t hash = 0;
    for (long i = 0; i < count; i++)
        hash = (hash ^ (uint64_t)pairs[i * 2]) * UINT64_C(0x9e3779b97f4a7c15);
    return hash;
}

/* Only now and then, so that what comes often is learned before long, and what comes once is seldom. */
static void learn(hyp_rb_shapes_t *shapes, VALUE env, long count, const VALUE *pairs)
{
    if (count > PAIRS_MAX || ++shapes->misses < MISSES) return;
    shapes->misses = 0;
    shape_t shape;
    if (!read_shape(&shape, env, count, pairs)) return;
    shape.hash = hash_of_keys(count, pairs);
    shape.env = rb_hash_dup(env);
    fill(shape.env, &shape, NULL);
    shapes->shapes[shapes->next] = shape;
    shapes->next = (uint8_t)((shapes->next + 1) % SHAPES_MAX);
    if (shapes->known < SHAPES_MAX) shapes->known++;
    RB_GC_GUARD(shape.env);
}

/* ---- finding ---- */

static bool has_keys(const shape_t *shape, long count, const VALUE *pairs)
{
    if (shape->count != count) return false;
    for (long i = 0; i < count; i++) {
        if (shape->keys[i] != pairs[i * 2]) return false;
    }
    return true;
}

static const shape_t *find_shape(const hyp_rb_shapes_t *shapes, long count, const VALUE *pairs)
{
    uint64_t hash = hash_of_keys(count, pairs);
    for (int i = 0; i < shapes->known; i++) {
        const shape_t *shape = &shapes->shapes[i];
        if (shape->hash == hash && has_keys(shape, count, pairs)) return shape;
    }
    return NULL;
}

static VALUE env_by_shape(const hyp_rb_shapes_t *shapes, long count, const VALUE *pairs)
{
    const shape_t *shape = find_shape(shapes, count, pairs);
    if (shape == NULL) return Qnil;
    VALUE env = rb_hash_dup(shape->env);
    fill(env, shape, pairs);
    return env;
}

#else

static VALUE env_by_shape(const hyp_rb_shapes_t *shapes, long count, const VALUE *pairs)
{
    return Qnil;
}

static void learn(hyp_rb_shapes_t *shapes, VALUE env, long count, const VALUE *pairs)
{
}

#endif

VALUE hyp_rb_shapes_env(VALUE object, VALUE template, long count, const VALUE *pairs)
{
    hyp_rb_shapes_t *shapes = NIL_P(object) ? NULL : RTYPEDDATA_DATA(object);
    VALUE env = shapes ? env_by_shape(shapes, count, pairs) : Qnil;
    if (!NIL_P(env)) return env;
    env = rb_hash_dup(template);
    rb_hash_bulk_insert(count * 2, pairs, env);
    if (shapes) learn(shapes, env, count, pairs);
    return env;
}
