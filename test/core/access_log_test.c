#include "access_log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

#define RING_BYTES 65536
#define PATIENCE_MSEC 10000

static hyp_access_log_t *log_of_test;
static char directory[64], path[80], moved[80];

static hyp_status open_log(unsigned rings)
{
    CHECK_INT(HYP_OK, hyp_access_log_new(&log_of_test, path, HYP_LOG_COMMON, rings, RING_BYTES));
    return hyp_access_log_start(log_of_test);
}

static void make_directory(void)
{
    snprintf(directory, sizeof directory, "/tmp/hyperion-log-XXXXXX");
    CHECK(mkdtemp(directory) != NULL);
    snprintf(path, sizeof path, "%s/log", directory);
    snprintf(moved, sizeof moved, "%s/log.1", directory);
}

static void remove_directory(void)
{
    (void)unlink(path);
    (void)unlink(moved);
    CHECK_INT(0, rmdir(directory));
}

static bool push(unsigned ring, const char *target)
{
    hyp_log_event_t event = {.facts = {.status = 200, .minor = 1}};
    event.texts[HYP_LOG_CLIENT] = HYP_SLICE("a");
    event.texts[HYP_LOG_METHOD] = HYP_SLICE("GET");
    event.texts[HYP_LOG_TARGET] = hyp_slice(target, strlen(target));
    return hyp_log_ring_push(hyp_access_log_ring(log_of_test, ring), &event);
}

/* How many lines a file has; -1 without one. */
static int lines_in(const char *name)
{
    FILE *file = fopen(name, "r");
    if (file == NULL) return -1;
    int lines = 0;
    for (int c; (c = fgetc(file)) != EOF;)
        lines += c == '\n';
    fclose(file);
    return lines;
}

static void await_lines(const char *name, int count)
{
    for (int i = 0; i < PATIENCE_MSEC && lines_in(name) < count; i++)
        usleep(1000);
    CHECK_INT(count, lines_in(name));
}

TEST(access_log_writes_what_is_pushed)
{
    make_directory();
    CHECK_INT(HYP_OK, open_log(2));
    CHECK(push(0, "/one"));
    CHECK(push(1, "/two"));
    CHECK_INT(0, hyp_access_log_tell(log_of_test));
    await_lines(path, 2);
    CHECK(push(0, "/three"));
    hyp_access_log_tell(log_of_test);
    await_lines(path, 3);
    CHECK_INT(HYP_OK, hyp_access_log_stop(log_of_test, PATIENCE_MSEC));
    hyp_access_log_destroy(log_of_test);
    remove_directory();
}

TEST(access_log_writes_all_before_it_stops)
{
    make_directory();
    CHECK_INT(HYP_OK, open_log(1));
    int pushed = 0;
    while (push(0, "/"))
        pushed++;
    CHECK_INT(HYP_OK, hyp_access_log_stop(log_of_test, PATIENCE_MSEC));
    CHECK_INT(HYP_OK, hyp_access_log_stop(log_of_test, PATIENCE_MSEC));
    CHECK_INT(pushed, lines_in(path));
    hyp_access_log_destroy(log_of_test);
    remove_directory();
}

TEST(access_log_opens_its_file_anew)
{
    make_directory();
    CHECK_INT(HYP_OK, open_log(1));
    CHECK(push(0, "/before"));
    hyp_access_log_tell(log_of_test);
    await_lines(path, 1);
    CHECK_INT(0, rename(path, moved));
    CHECK_INT(HYP_OK, hyp_access_log_reopen(log_of_test));
    await_lines(path, 0);
    CHECK(push(0, "/after"));
    CHECK_INT(HYP_OK, hyp_access_log_stop(log_of_test, PATIENCE_MSEC));
    CHECK_INT(1, lines_in(path));
    CHECK_INT(1, lines_in(moved));
    hyp_access_log_destroy(log_of_test);
    remove_directory();
}

TEST(access_log_keeps_its_file_when_it_can_open_no_other)
{
    make_directory();
    CHECK_INT(HYP_OK, open_log(1));
    CHECK_INT(0, rename(path, moved));
    CHECK_INT(0, mkdir(path, 0700));
    CHECK_INT(-EISDIR, hyp_access_log_reopen(log_of_test));
    CHECK(push(0, "/"));
    CHECK_INT(HYP_OK, hyp_access_log_stop(log_of_test, PATIENCE_MSEC));
    CHECK_INT(1, lines_in(moved));
    hyp_access_log_destroy(log_of_test);
    CHECK_INT(0, rmdir(path));
    remove_directory();
}

TEST(access_log_says_why_it_cannot_start)
{
    make_directory();
    CHECK_INT(0, mkdir(path, 0700));
    CHECK_INT(-EISDIR, open_log(1));
    CHECK_INT(HYP_OK, hyp_access_log_stop(log_of_test, 0));
    hyp_access_log_destroy(log_of_test);
    CHECK_INT(0, rmdir(path));
    remove_directory();
}

/* A pipe that is full and not read: whoever pushes goes on, the stop too, and what is not written is told of. */
TEST(access_log_holds_nobody_up_when_it_cannot_write)
{
    make_directory();
    CHECK_INT(0, mkfifo(path, 0600));
    CHECK_INT(HYP_OK, open_log(1));
    for (int full = 0; full < 3; usleep(30000)) {
        while (push(0, "/a/path/that/is/as/long/as/many/are"))
            full = -1;
        full++;
        hyp_access_log_tell(log_of_test);
    }
    hyp_msec_t before = hyp_clock_now();
    hyp_access_log_interrupt(log_of_test);
    CHECK_INT(HYP_INTERRUPTED, hyp_access_log_stop(log_of_test, 100));
    CHECK_INT(HYP_CLOSED, hyp_access_log_stop(log_of_test, PATIENCE_MSEC));
    CHECK(hyp_clock_now() - before < PATIENCE_MSEC);
    CHECK(hyp_access_log_tell(log_of_test) > 0);
    hyp_access_log_destroy(log_of_test);
    remove_directory();
}

TEST(access_log_goes_on_when_a_pipe_is_read_again)
{
    make_directory();
    CHECK_INT(0, mkfifo(path, 0600));
    CHECK_INT(HYP_OK, open_log(1));
    CHECK(push(0, "/early"));
    hyp_access_log_tell(log_of_test);
    int reader = open(path, O_RDONLY | O_NONBLOCK);
    CHECK(reader >= 0);
    CHECK(push(0, "/late"));
    CHECK_INT(HYP_OK, hyp_access_log_stop(log_of_test, PATIENCE_MSEC));
    char bytes[256];
    ssize_t len = read(reader, bytes, sizeof bytes);
    CHECK(len > 0 && memmem(bytes, (size_t)len, "/early", 6) && memmem(bytes, (size_t)len, "/late", 5));
    close(reader);
    hyp_access_log_destroy(log_of_test);
    remove_directory();
}

/* ---- threads ---- */

#define PUSHES 20000

static void *push_many(void *arg)
{
    unsigned ring = *(unsigned *)arg;
    for (int i = 0; i < PUSHES; i++) {
        while (!push(ring, "/"))
            usleep(100);
        if (i % 7 == 0) hyp_access_log_tell(log_of_test);
    }
    hyp_access_log_tell(log_of_test);
    return NULL;
}

TEST(access_log_takes_from_several_threads_at_once)
{
    pthread_t threads[2];
    unsigned numbers[2] = {0, 1};
    make_directory();
    CHECK_INT(HYP_OK, open_log(2));
    for (int i = 0; i < 2; i++)
        CHECK_INT(0, pthread_create(&threads[i], NULL, push_many, &numbers[i]));
    for (int i = 0; i < 2; i++)
        CHECK_INT(0, pthread_join(threads[i], NULL));
    await_lines(path, 2 * PUSHES);
    CHECK_INT(HYP_OK, hyp_access_log_stop(log_of_test, PATIENCE_MSEC));
    hyp_access_log_destroy(log_of_test);
    remove_directory();
}

/* Who still pushes has what it pushes into. */
TEST(access_log_outlives_its_maker_for_who_refers_to_it)
{
    make_directory();
    CHECK_INT(HYP_OK, open_log(1));
    hyp_access_log_retain(log_of_test);
    hyp_access_log_destroy(log_of_test);
    CHECK(push(0, "/late"));
    hyp_access_log_tell(log_of_test);
    hyp_access_log_release(log_of_test);
    remove_directory();
}
