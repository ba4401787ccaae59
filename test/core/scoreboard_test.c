#include "scoreboard.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static hyp_scoreboard_t *new_board(unsigned slots, unsigned loops)
{
    hyp_scoreboard_t *board = NULL;
    CHECK_INT(HYP_OK, hyp_scoreboard_new(&board, slots, loops));
    return board;
}

static unsigned enter(hyp_scoreboard_t *board, int64_t pid)
{
    unsigned slot = 9999;
    CHECK_INT(HYP_OK, hyp_scoreboard_enter(board, pid, &slot));
    return slot;
}

static hyp_scoreboard_sum_t *sum_of(hyp_scoreboard_t *board)
{
    static hyp_scoreboard_sum_t sum;
    hyp_scoreboard_sum(board, &sum);
    return &sum;
}

static void name(hyp_route_counters_t *route, const char *text)
{
    memcpy(route->name, text, strlen(text));
    route->name_len = (uint8_t)strlen(text);
}

TEST(scoreboard_refuses_a_size_that_makes_no_sense)
{
    hyp_scoreboard_t *board;
    CHECK_INT(-EINVAL, hyp_scoreboard_new(&board, 0, 1));
    CHECK_INT(-EINVAL, hyp_scoreboard_new(&board, 1, 0));
    CHECK_INT(-EINVAL, hyp_scoreboard_new(&board, HYP_SCOREBOARD_SLOTS_MAX + 1, 1));
}

TEST(scoreboard_adds_up_loops_and_workers)
{
    hyp_scoreboard_t *board = new_board(4, 2);
    for (unsigned worker = 0; worker < 3; worker++) {
        unsigned slot = enter(board, 100 + worker);
        for (unsigned i = 0; i <= 2; i++) {
            hyp_counters_t *counters = &hyp_scoreboard_tally(board, slot, i)->counters;
            hyp_count(&counters->app_requests, 10 * i);
            hyp_count(&counters->open, 1);
            hyp_observe(&counters->latency, 100);
        }
        hyp_scoreboard_facts(board, slot)->gc_runs = 7;
    }
    const hyp_scoreboard_sum_t *sum = sum_of(board);
    CHECK_INT(90, sum->tally.counters.app_requests);
    CHECK_INT(9, sum->tally.counters.open);
    CHECK_INT(9, sum->tally.counters.latency.buckets[1]);
    CHECK_INT(900, sum->tally.counters.latency.sum);
    CHECK_INT(21, sum->facts.gc_runs);
    CHECK_INT(3, sum->workers);
    CHECK_INT(3, sum->boots);

    hyp_scoreboard_sum_t one;
    hyp_scoreboard_sum_slot(board, 1, &one);
    CHECK_INT(30, one.tally.counters.app_requests);
    CHECK_INT(7, one.facts.gc_runs);
    CHECK_INT(101, hyp_scoreboard_pid(board, 1));
    hyp_scoreboard_release_reference(board);
}

TEST(scoreboard_keeps_what_a_worker_that_is_gone_has_counted)
{
    hyp_scoreboard_t *board = new_board(2, 1);
    unsigned slot = enter(board, 100);
    hyp_tally_t *tally = hyp_scoreboard_tally(board, slot, 0);
    hyp_count(&tally->counters.bytes_out, 1000);
    hyp_count(&tally->counters.idle, 5);
    hyp_count(&tally->counters.open, 5);
    hyp_observe(&tally->counters.queue, 1);
    name(&tally->routes[0], "GET /");
    hyp_count(&tally->routes[0].requests, 3);
    hyp_scoreboard_facts(board, slot)->gc_runs = 2;
    hyp_scoreboard_facts(board, slot)->resident_bytes = 1 << 20;

    CHECK(hyp_scoreboard_leave(board, 100));
    CHECK(!hyp_scoreboard_leave(board, 100));
    const hyp_scoreboard_sum_t *sum = sum_of(board);
    CHECK_INT(1000, sum->tally.counters.bytes_out);
    CHECK_INT(1, sum->tally.counters.queue.buckets[0]);
    CHECK_INT(3, sum->tally.routes[0].requests);
    CHECK_INT(2, sum->facts.gc_runs);
    CHECK_INT(0, sum->tally.counters.idle);
    CHECK_INT(0, sum->tally.counters.open);
    CHECK_INT(0, sum->facts.resident_bytes);
    CHECK_INT(0, sum->workers);
    CHECK_INT(1, sum->exits);

    CHECK_INT(slot, enter(board, 101));
    CHECK_INT(0, hyp_scoreboard_tally(board, slot, 0)->counters.bytes_out);
    CHECK_INT(0, hyp_scoreboard_tally(board, slot, 0)->routes[0].name_len);
    CHECK_INT(1000, sum_of(board)->tally.counters.bytes_out);
    hyp_scoreboard_release_reference(board);
}

TEST(scoreboard_adds_up_routes_by_their_names)
{
    hyp_scoreboard_t *board = new_board(2, 1);
    for (unsigned worker = 0; worker < 2; worker++) {
        unsigned slot = enter(board, 100 + worker);
        hyp_route_counters_t *routes = hyp_scoreboard_tally(board, slot, 0)->routes;
        name(&routes[worker], "GET /both");
        name(&routes[5], worker == 0 ? "GET /first" : "GET /second");
        hyp_count(&routes[worker].requests, 10);
        hyp_count(&routes[5].requests, worker + 1);
        hyp_count(&routes[HYP_COUNTED_ROUTES - 1].requests, 4);
    }
    const hyp_route_counters_t *routes = sum_of(board)->tally.routes;
    CHECK_MEM("GET /both", 9, routes[0].name, routes[0].name_len);
    CHECK_INT(20, routes[0].requests);
    CHECK_MEM("GET /first", 10, routes[1].name, routes[1].name_len);
    CHECK_INT(1, routes[1].requests);
    CHECK_MEM("GET /second", 11, routes[2].name, routes[2].name_len);
    CHECK_INT(2, routes[2].requests);
    CHECK_INT(8, routes[HYP_COUNTED_ROUTES - 1].requests);
    hyp_scoreboard_release_reference(board);
}

TEST(scoreboard_counts_more_routes_than_it_tells_apart_together)
{
    hyp_scoreboard_t *board = new_board(2, 1);
    for (unsigned worker = 0; worker < 2; worker++) {
        hyp_route_counters_t *routes = hyp_scoreboard_tally(board, enter(board, 100 + worker), 0)->routes;
        for (unsigned i = 0; i < HYP_COUNTED_ROUTES - 1; i++) {
            char text[] = "GET /w0/00";
            text[6] = (char)('0' + worker);
            text[8] = (char)('0' + i / 10);
            text[9] = (char)('0' + i % 10);
            name(&routes[i], text);
            hyp_count(&routes[i].requests, 1);
        }
    }
    uint64_t all = 0;
    const hyp_route_counters_t *routes = sum_of(board)->tally.routes;
    for (unsigned i = 0; i < HYP_COUNTED_ROUTES; i++)
        all += routes[i].requests;
    CHECK_INT(2 * (HYP_COUNTED_ROUTES - 1), all);
    CHECK_INT(HYP_COUNTED_ROUTES - 1, routes[HYP_COUNTED_ROUTES - 1].requests);
    hyp_scoreboard_release_reference(board);
}

TEST(scoreboard_counts_why_workers_were_replaced)
{
    hyp_scoreboard_t *board = new_board(2, 1);
    enter(board, 100);
    hyp_count(&hyp_scoreboard_restarts(board)->crash, 1);
    hyp_count(&hyp_scoreboard_restarts(board)->request_timeout_hard, 2);
    CHECK(hyp_scoreboard_leave(board, 100));
    CHECK_INT(1, sum_of(board)->restarts.crash);
    CHECK_INT(2, sum_of(board)->restarts.request_timeout_hard);
    CHECK_INT(0, sum_of(board)->restarts.phased);
    hyp_scoreboard_release_reference(board);
}

TEST(scoreboard_says_when_every_slot_is_taken)
{
    hyp_scoreboard_t *board = new_board(2, 1);
    unsigned slot;
    CHECK_INT(0, enter(board, 100));
    CHECK_INT(1, enter(board, 101));
    CHECK_INT(HYP_FULL, hyp_scoreboard_enter(board, 102, &slot));
    CHECK(hyp_scoreboard_leave(board, 100));
    CHECK_INT(0, enter(board, 103));
    hyp_scoreboard_release_reference(board);
}

TEST(scoreboard_sees_what_another_process_has_counted_before_it_was_killed)
{
    hyp_scoreboard_t *board = new_board(2, 1);
    pid_t child = fork();
    if (child == 0) {
        hyp_count(&hyp_scoreboard_tally(board, enter(board, getpid()), 0)->counters.accepted, 11);
        abort();
    }
    CHECK_INT(child, waitpid(child, NULL, 0));
    CHECK_INT(child, hyp_scoreboard_pid(board, 0));
    CHECK_INT(11, sum_of(board)->tally.counters.accepted);
    CHECK(hyp_scoreboard_leave(board, child));
    CHECK_INT(11, sum_of(board)->tally.counters.accepted);
    hyp_scoreboard_release_reference(board);
}

TEST(scoreboard_buckets_are_powers_of_two)
{
    CHECK_INT(0, hyp_bucket_of(0));
    CHECK_INT(0, hyp_bucket_of(64));
    CHECK_INT(1, hyp_bucket_of(65));
    CHECK_INT(1, hyp_bucket_of(128));
    CHECK_INT(2, hyp_bucket_of(129));
    CHECK_INT(HYP_BUCKETS - 2, hyp_bucket_of(UINT64_C(64) << (HYP_BUCKETS - 2)));
    CHECK_INT(HYP_BUCKETS - 1, hyp_bucket_of((UINT64_C(64) << (HYP_BUCKETS - 2)) + 1));
    CHECK_INT(HYP_BUCKETS - 1, hyp_bucket_of(UINT64_MAX));
}
