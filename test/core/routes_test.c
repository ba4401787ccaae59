#include "routes.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "test.h"

static hyp_route_set_t *new_set(void)
{
    hyp_route_set_t *set = NULL;
    CHECK_INT(HYP_OK, hyp_route_set_new(&set));
    return set;
}

static hyp_slice_t slice_of(const char *text)
{
    return hyp_slice(text, strlen(text));
}

static void put_block(hyp_route_set_t *set, hyp_method method, const char *path, uintptr_t handler)
{
    CHECK_INT(HYP_OK, hyp_route_set_put(set, method, slice_of(path), HYP_ROUTE_BLOCK, NULL, handler));
}

static void put_static(hyp_route_set_t *set, hyp_method method, const char *path, const char *body)
{
    hyp_response_t *response = NULL;
    CHECK_INT(HYP_OK, hyp_response_new(&response, slice_of(body), strlen(body), 0));
    CHECK_INT(HYP_OK, hyp_route_set_put(set, method, slice_of(path), HYP_ROUTE_STATIC, response, 0));
    hyp_response_release(response);
}

/* The handler that is found; 0 for none. */
static uintptr_t handler_at(const hyp_route_reader_t *reader, hyp_method method, const char *path)
{
    char *bytes = hyp_test_guarded(path, strlen(path));
    const hyp_route_t *route = hyp_route_reader_find(reader, method, hyp_slice(bytes, strlen(path)));
    hyp_test_unguard(bytes, strlen(path));
    return route == NULL ? 0 : route->handler;
}

TEST(routes_find_exactly_what_was_put)
{
    hyp_route_set_t *set = new_set();
    hyp_route_reader_t reader;
    put_block(set, HYP_METHOD_GET, "/a", 1);
    put_block(set, HYP_METHOD_POST, "/a", 2);
    put_block(set, HYP_METHOD_GET, "/a/", 3);
    hyp_route_reader_init(&reader, set);
    CHECK_INT(1, handler_at(&reader, HYP_METHOD_GET, "/a"));
    CHECK_INT(2, handler_at(&reader, HYP_METHOD_POST, "/a"));
    CHECK_INT(3, handler_at(&reader, HYP_METHOD_GET, "/a/"));
    CHECK_INT(0, handler_at(&reader, HYP_METHOD_PUT, "/a"));
    CHECK_INT(0, handler_at(&reader, HYP_METHOD_OTHER, "/a"));
    CHECK_INT(0, handler_at(&reader, HYP_METHOD_GET, "/A"));
    CHECK_INT(0, handler_at(&reader, HYP_METHOD_GET, "/"));
    CHECK_INT(0, handler_at(&reader, HYP_METHOD_GET, ""));
    hyp_route_reader_free(&reader);
    hyp_route_set_release(set);
}

TEST(routes_answer_head_with_a_route_for_get)
{
    hyp_route_set_t *set = new_set();
    hyp_route_reader_t reader;
    put_block(set, HYP_METHOD_GET, "/get", 1);
    put_block(set, HYP_METHOD_HEAD, "/both", 2);
    put_block(set, HYP_METHOD_GET, "/both", 3);
    put_block(set, HYP_METHOD_GET, "/late", 4);
    put_block(set, HYP_METHOD_HEAD, "/late", 5);
    put_block(set, HYP_METHOD_POST, "/post", 6);
    hyp_route_reader_init(&reader, set);
    CHECK_INT(1, handler_at(&reader, HYP_METHOD_HEAD, "/get"));
    CHECK_INT(2, handler_at(&reader, HYP_METHOD_HEAD, "/both"));
    CHECK_INT(3, handler_at(&reader, HYP_METHOD_GET, "/both"));
    CHECK_INT(5, handler_at(&reader, HYP_METHOD_HEAD, "/late"));
    CHECK_INT(0, handler_at(&reader, HYP_METHOD_HEAD, "/post"));
    hyp_route_reader_free(&reader);
    hyp_route_set_release(set);
}

TEST(routes_replace_what_is_registered_again)
{
    hyp_route_set_t *set = new_set();
    put_static(set, HYP_METHOD_GET, "/a", "old");
    put_static(set, HYP_METHOD_GET, "/a", "new");
    hyp_route_t *route = hyp_route_set_find(set, HYP_METHOD_GET, HYP_SLICE("/a"));
    ASSERT(route != NULL);
    CHECK_BYTES("new", route->response->bytes, route->response->len);
    hyp_route_release(route);
    put_block(set, HYP_METHOD_GET, "/a", 7);
    CHECK_INT(0, hyp_route_set_size(set, HYP_ROUTE_STATIC));
    CHECK_INT(1, hyp_route_set_size(set, -1));
    hyp_route_set_release(set);
}

TEST(routes_are_removed_one_by_one)
{
    hyp_route_set_t *set = new_set();
    put_block(set, HYP_METHOD_GET, "/a", 1);
    put_block(set, HYP_METHOD_POST, "/a", 2);
    CHECK_INT(HYP_END, hyp_route_set_remove(set, HYP_METHOD_HEAD, HYP_SLICE("/a")));
    CHECK_INT(HYP_OK, hyp_route_set_remove(set, HYP_METHOD_GET, HYP_SLICE("/a")));
    CHECK_INT(HYP_END, hyp_route_set_remove(set, HYP_METHOD_GET, HYP_SLICE("/a")));
    CHECK(hyp_route_set_find(set, HYP_METHOD_HEAD, HYP_SLICE("/a")) == NULL);
    CHECK_INT(1, hyp_route_set_size(set, -1));
    hyp_route_set_release(set);
}

TEST(routes_are_cleared_by_kind_or_all)
{
    hyp_route_set_t *set = new_set();
    put_block(set, HYP_METHOD_GET, "/a", 1);
    put_static(set, HYP_METHOD_GET, "/b", "b");
    put_static(set, HYP_METHOD_GET, "/c", "c");
    CHECK_INT(2, hyp_route_set_size(set, HYP_ROUTE_STATIC));
    CHECK_INT(HYP_OK, hyp_route_set_clear(set, HYP_ROUTE_STATIC));
    CHECK_INT(0, hyp_route_set_size(set, HYP_ROUTE_STATIC));
    CHECK_INT(1, hyp_route_set_size(set, HYP_ROUTE_BLOCK));
    CHECK_INT(HYP_OK, hyp_route_set_clear(set, -1));
    CHECK_INT(0, hyp_route_set_size(set, -1));
    hyp_route_set_release(set);
}

TEST(routes_are_seen_by_a_reader_after_its_refresh)
{
    hyp_route_set_t *set = new_set();
    hyp_route_reader_t reader;
    put_block(set, HYP_METHOD_GET, "/a", 1);
    hyp_route_reader_init(&reader, set);
    put_block(set, HYP_METHOD_GET, "/a", 2);
    put_block(set, HYP_METHOD_GET, "/b", 3);
    CHECK_INT(1, handler_at(&reader, HYP_METHOD_GET, "/a"));
    CHECK_INT(0, handler_at(&reader, HYP_METHOD_GET, "/b"));
    hyp_route_reader_refresh(&reader);
    CHECK_INT(2, handler_at(&reader, HYP_METHOD_GET, "/a"));
    CHECK_INT(3, handler_at(&reader, HYP_METHOD_GET, "/b"));
    hyp_route_reader_refresh(&reader);
    CHECK_INT(3, handler_at(&reader, HYP_METHOD_GET, "/b"));
    hyp_route_reader_free(&reader);
    hyp_route_set_release(set);
}

TEST(routes_are_not_changed_under_a_reader)
{
    hyp_route_set_t *set = new_set();
    hyp_route_reader_t reader;
    hyp_route_reader_init(&reader, set);
    put_block(set, HYP_METHOD_GET, "/a", 1);
    CHECK_INT(0, handler_at(&reader, HYP_METHOD_GET, "/a"));
    hyp_route_reader_refresh(&reader);
    CHECK_INT(1, handler_at(&reader, HYP_METHOD_GET, "/a"));
    hyp_route_reader_free(&reader);
    hyp_route_set_release(set);
}

TEST(routes_of_a_reader_without_a_set_are_none)
{
    hyp_route_reader_t reader;
    hyp_route_reader_init(&reader, NULL);
    hyp_route_reader_refresh(&reader);
    CHECK_INT(0, handler_at(&reader, HYP_METHOD_GET, "/"));
    hyp_route_reader_free(&reader);
    hyp_route_reader_free(&reader);
}

TEST(routes_outlive_the_table_and_the_set_while_they_are_held)
{
    hyp_route_set_t *set = new_set();
    put_static(set, HYP_METHOD_GET, "/a", "held");
    hyp_route_t *route = hyp_route_set_find(set, HYP_METHOD_GET, HYP_SLICE("/a"));
    ASSERT(route != NULL);
    hyp_route_retain(route);
    hyp_route_release(route);
    CHECK_INT(HYP_OK, hyp_route_set_clear(set, -1));
    hyp_route_set_retain(set);
    hyp_route_set_release(set);
    hyp_route_set_release(set);
    CHECK_BYTES("held", route->response->bytes, route->response->len);
    hyp_route_release(route);
}

TEST(routes_of_a_reader_outlive_the_sets_owner)
{
    hyp_route_set_t *set = new_set();
    hyp_route_reader_t reader;
    put_block(set, HYP_METHOD_GET, "/a", 1);
    hyp_route_reader_init(&reader, set);
    hyp_route_set_release(set);
    hyp_route_reader_refresh(&reader);
    CHECK_INT(1, handler_at(&reader, HYP_METHOD_GET, "/a"));
    hyp_route_reader_free(&reader);
}

static void add_up(uintptr_t handler, void *ctx)
{
    *(uintptr_t *)ctx += handler;
}

static uintptr_t sum_of_handlers(hyp_route_set_t *set)
{
    uintptr_t sum = 0;
    hyp_route_set_each_handler(set, add_up, &sum);
    return sum;
}

TEST(routes_tell_the_handlers_of_all_that_are_referenced)
{
    hyp_route_set_t *set = new_set();
    put_block(set, HYP_METHOD_GET, "/a", 1);
    put_block(set, HYP_METHOD_GET, "/b", 10);
    put_block(set, HYP_METHOD_GET, "/c", 100);
    put_static(set, HYP_METHOD_GET, "/d", "d");
    CHECK_INT(111, sum_of_handlers(set));
    hyp_route_t *under_way = hyp_route_set_find(set, HYP_METHOD_GET, HYP_SLICE("/b"));
    CHECK_INT(HYP_OK, hyp_route_set_remove(set, HYP_METHOD_GET, HYP_SLICE("/b")));
    CHECK_INT(HYP_OK, hyp_route_set_remove(set, HYP_METHOD_GET, HYP_SLICE("/c")));
    CHECK_INT(11, sum_of_handlers(set));
    hyp_route_release(under_way);
    CHECK_INT(1, sum_of_handlers(set));
    hyp_route_set_release(set);
}

/* Paths of every length up to 60, and many that differ in one byte only. */
static void path_number(int number, char path[80])
{
    int len = snprintf(path, 80, "/%d", number);
    int wanted = number % 60;
    while (len < wanted) {
        path[len++] = 'x';
    }
    path[len] = '\0';
}

static void put_many(hyp_route_set_t *set, int from, int to, hyp_route_reader_t *reader)
{
    char path[80];
    for (int i = from; i < to; i++) {
        path_number(i, path);
        put_block(set, HYP_METHOD_GET, path, (uintptr_t)i + 1);
        if (reader != NULL) {
            hyp_route_reader_refresh(reader);
        }
    }
}

static void check_many(const hyp_route_reader_t *reader, int count)
{
    char path[80];
    for (int i = 0; i < count; i++) {
        path_number(i, path);
        const hyp_route_t *route = hyp_route_reader_find(reader, HYP_METHOD_GET, slice_of(path));
        CHECK(route != NULL && route->handler == (uintptr_t)i + 1);
        path[0] = '-';
        CHECK(hyp_route_reader_find(reader, HYP_METHOD_GET, slice_of(path)) == NULL);
    }
}

TEST(routes_may_be_many_and_come_one_at_a_time)
{
    hyp_route_set_t *set = new_set();
    hyp_route_reader_t reader;
    put_many(set, 0, 10000, NULL);
    CHECK_INT(10000, hyp_route_set_size(set, HYP_ROUTE_BLOCK));
    hyp_route_reader_init(&reader, set);
    check_many(&reader, 10000);
    hyp_route_reader_free(&reader);
    hyp_route_set_release(set);
}

TEST(routes_may_come_one_at_a_time_while_a_reader_follows)
{
    hyp_route_set_t *set = new_set();
    hyp_route_reader_t reader;
    hyp_route_reader_init(&reader, set);
    put_many(set, 0, 500, &reader);
    check_many(&reader, 500);
    hyp_route_reader_free(&reader);
    hyp_route_set_release(set);
}

#define ENOUGH_FOR_A_COLLISION 200000 /* of 32-bit hashes: some four pairs are to be expected */

typedef struct {
    uint32_t hash;
    int number;
} hashed_t;

static int compare_hashes(const void *a, const void *b)
{
    uint32_t left = ((const hashed_t *)a)->hash;
    uint32_t right = ((const hashed_t *)b)->hash;
    return (left > right) - (left < right);
}

/* Two neighbours of one hash among all that are sorted by it; NULL when there are none. */
static const hashed_t *find_collision(const hashed_t *sorted)
{
    for (int i = 1; i < ENOUGH_FOR_A_COLLISION; i++) {
        if (sorted[i - 1].hash == sorted[i].hash) return &sorted[i - 1];
    }
    return NULL;
}

static void check_strangers(int number, int other)
{
    hyp_route_set_t *set = new_set();
    hyp_route_reader_t reader;
    char path[80];
    path_number(number, path);
    put_block(set, HYP_METHOD_GET, path, 1);
    hyp_route_reader_init(&reader, set);
    CHECK_INT(1, handler_at(&reader, HYP_METHOD_GET, path));
    path_number(other, path);
    CHECK_INT(0, handler_at(&reader, HYP_METHOD_GET, path));
    hyp_route_reader_free(&reader);
    hyp_route_set_release(set);
}

TEST(routes_are_not_found_by_their_hash_alone)
{
    hyp_route_set_t *set = new_set();
    hashed_t *hashed = calloc(ENOUGH_FOR_A_COLLISION, sizeof *hashed);
    for (int i = 0; i < ENOUGH_FOR_A_COLLISION; i++) {
        char path[80];
        path_number(i, path);
        put_block(set, HYP_METHOD_GET, path, 1);
        hyp_route_t *route = hyp_route_set_find(set, HYP_METHOD_GET, slice_of(path));
        hashed[i] = (hashed_t){.hash = route->hash, .number = i};
        hyp_route_release(route);
    }
    qsort(hashed, ENOUGH_FOR_A_COLLISION, sizeof *hashed, compare_hashes);
    const hashed_t *pair = find_collision(hashed);
    CHECK(pair != NULL);
    if (pair != NULL) check_strangers(pair[0].number, pair[1].number);
    free(hashed);
    hyp_route_set_release(set);
}

/* ---- threads: one writer, several readers ---- */

#define READERS 3
#define CHANGES 3000
#define PATHS 8

typedef struct {
    hyp_route_set_t *set;
    _Atomic bool done;
} shared_t;

/* Each route's response tells its path and the change it came with. */
static void put_change(hyp_route_set_t *set, int change)
{
    char path[16];
    char body[32];
    snprintf(path, sizeof path, "/%d", change % PATHS);
    snprintf(body, sizeof body, "%s %d", path, change);
    put_static(set, HYP_METHOD_GET, path, body);
}

static void *change_routes(void *arg)
{
    shared_t *shared = arg;
    for (int change = PATHS; change < CHANGES; change++) {
        put_change(shared->set, change);
        if (change % 5 == 0) {
            put_block(shared->set, HYP_METHOD_POST, "/block", (uintptr_t)change);
            CHECK_INT(HYP_OK, hyp_route_set_remove(shared->set, HYP_METHOD_POST, HYP_SLICE("/block")));
        }
    }
    atomic_store(&shared->done, true);
    return NULL;
}

/* A route that is found tells its own path, and nothing older than what was seen there before. */
static void check_change(const hyp_route_t *route, int number, int *newest)
{
    int path = -1;
    int change = -1;
    char body[33] = "";
    memcpy(body, route->response->bytes, route->response->len);
    CHECK_INT(2, sscanf(body, "/%d %d", &path, &change));
    CHECK_INT(number, path);
    CHECK(change >= *newest);
    *newest = change;
}

static void look_at_all(const hyp_route_reader_t *reader, int newest[PATHS], hyp_route_t **kept)
{
    for (int number = 0; number < PATHS; number++) {
        char path[16];
        snprintf(path, sizeof path, "/%d", number);
        hyp_route_t *route = hyp_route_reader_find(reader, HYP_METHOD_HEAD, slice_of(path));
        ASSERT(route != NULL);
        check_change(route, number, &newest[number]);
        hyp_route_retain(route);
        hyp_route_release(*kept);
        *kept = route;
    }
}

static void *read_routes(void *arg)
{
    shared_t *shared = arg;
    hyp_route_reader_t reader;
    int newest[PATHS] = {0};
    hyp_route_reader_init(&reader, shared->set);
    hyp_route_t *kept = hyp_route_set_find(shared->set, HYP_METHOD_GET, HYP_SLICE("/0"));
    bool done = false;
    while (!done) {
        done = atomic_load(&shared->done);
        hyp_route_reader_refresh(&reader);
        look_at_all(&reader, newest, &kept);
    }
    CHECK_INT(CHANGES - 1, newest[(CHANGES - 1) % PATHS]);
    hyp_route_release(kept);
    hyp_route_reader_free(&reader);
    return NULL;
}

TEST(routes_change_while_others_read)
{
    shared_t shared = {.set = new_set()};
    pthread_t threads[READERS + 1];
    for (int change = 0; change < PATHS; change++) {
        put_change(shared.set, change);
    }
    for (int i = 0; i < READERS; i++) {
        CHECK_INT(0, pthread_create(&threads[i], NULL, read_routes, &shared));
    }
    CHECK_INT(0, pthread_create(&threads[READERS], NULL, change_routes, &shared));
    for (int i = 0; i <= READERS; i++) {
        CHECK_INT(0, pthread_join(threads[i], NULL));
    }
    CHECK_INT(PATHS, hyp_route_set_size(shared.set, -1));
    CHECK_INT(0, sum_of_handlers(shared.set));
    hyp_route_set_release(shared.set);
}

/* Several writers register different paths at once: all of them are there in the end. */
static void *put_a_share(void *arg)
{
    hyp_route_set_t *set = arg;
    static _Atomic int next_share;
    int share = atomic_fetch_add(&next_share, 1);
    put_many(set, share * 200, share * 200 + 200, NULL);
    return NULL;
}

TEST(routes_are_put_by_several_threads_at_once)
{
    hyp_route_set_t *set = new_set();
    hyp_route_reader_t reader;
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        CHECK_INT(0, pthread_create(&threads[i], NULL, put_a_share, set));
    }
    for (int i = 0; i < 4; i++) {
        CHECK_INT(0, pthread_join(threads[i], NULL));
    }
    hyp_route_reader_init(&reader, set);
    check_many(&reader, 800);
    hyp_route_reader_free(&reader);
    hyp_route_set_release(set);
}
