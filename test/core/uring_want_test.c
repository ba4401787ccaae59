/* What the backend on io_uring does when one thing is short: each test first makes sure that it is. */
#ifdef HYP_HAVE_LIBURING
#include <errno.h>
#include <unistd.h>

#include "backend_helpers.h"
#include "backend_uring.h"
#include "uring_backend.h"

#define CROWD 64

static hyp_uring_options_t shortage;

static hyp_status open_short(hyp_backend_t **out, const hyp_backend_config_t *config)
{
    return hyp_backend_uring_open_as(out, config, &shortage);
}

/* False where there is no ring at all. */
static bool set_up_short(fixture_t *fixture, hyp_backend_ops_t *ops, hyp_uring_options_t options)
{
    if (hyp_backend_try_io_uring() != HYP_OK) return false;
    shortage = options;
    *ops = hyp_backend_uring;
    ops->open = open_short;
    backend_set_up(fixture, ops);
    return true;
}

static void attach_crowd(fixture_t *fixture, peer_t *crowd)
{
    for (int i = 0; i < CROWD; i++) {
        attach(fixture, &crowd[i]);
        crowd[i].rearms = true;
        arm_recv(fixture, &crowd[i]);
    }
    poll_all(fixture);
}

static void detach_crowd(fixture_t *fixture, peer_t *crowd)
{
    for (int i = 0; i < CROWD; i++)
        detach(fixture, &crowd[i]);
}

static void say_all(const peer_t *crowd, const char *text)
{
    for (int i = 0; i < CROWD; i++)
        say(&crowd[i], text);
}

static unsigned receives(const peer_t *crowd)
{
    unsigned count = 0;
    for (int i = 0; i < CROWD; i++)
        count += crowd[i].receives;
    return count;
}

static void poll_until_received(fixture_t *fixture, const peer_t *crowd, unsigned count)
{
    hyp_msec_t deadline = hyp_clock_now() + PATIENCE_MS;
    while (receives(crowd) < count && hyp_clock_now() < deadline)
        poll_for(fixture, PATIENCE_MS);
    CHECK_INT(count, receives(crowd));
}

/* Everybody got what was said to them, and nothing is left that would spin. */
static void check_crowd(fixture_t *fixture, const peer_t *crowd, const char *said, unsigned rounds_max)
{
    CHECK(fixture->rounds <= rounds_max);
    for (int i = 0; i < CROWD; i++)
        CHECK_MEM(said, strlen(said), crowd[i].got, crowd[i].got_len);
    poll_in_vain(fixture, 20);
}

/* Has the kernel complete what it can, without anything being taken. */
static void complete(const fixture_t *fixture)
{
    CHECK(io_uring_get_events(&fixture->backend->uring.ring) >= 0);
}

static void run_short_of_buffers(hyp_uring_level level)
{
    static peer_t crowd[CROWD];
    fixture_t fixture;
    hyp_backend_ops_t ops;
    enum { BUFFERS = 2 };
    if (!set_up_short(&fixture, &ops, (hyp_uring_options_t){.level = level, .buffers = BUFFERS})) return;
    attach_crowd(&fixture, crowd);
    for (unsigned time = 1; time <= 2; time++) {
        fixture.rounds = 0;
        say_all(crowd, "hello");
        poll_for(&fixture, PATIENCE_MS);
        CHECK(receives(crowd) < time * CROWD); /* it is short of buffers */
        poll_until_received(&fixture, crowd, time * CROWD);
        check_crowd(&fixture, crowd, time == 1 ? "hello" : "hellohello", 2 * CROWD / BUFFERS);
    }
    detach_crowd(&fixture, crowd);
    backend_tear_down(&fixture);
}

TEST(uring_serves_more_connections_than_it_has_buffers)
{
    for (hyp_uring_level level = HYP_URING_ONCE; level <= HYP_URING_DEFERRED; level++)
        run_short_of_buffers(level);
}

static void run_short_of_completions(hyp_uring_level level)
{
    static peer_t crowd[CROWD];
    fixture_t fixture;
    hyp_backend_ops_t ops;
    if (!set_up_short(&fixture, &ops, (hyp_uring_options_t){.level = level, .submissions = 4, .completions = 8}))
        return;
    attach_crowd(&fixture, crowd);
    fixture.rounds = 0;
    say_all(crowd, "hello");
    complete(&fixture);
    CHECK(io_uring_cq_has_overflow(&fixture.backend->uring.ring));
    poll_until_received(&fixture, crowd, CROWD);
    check_crowd(&fixture, crowd, "hello", CROWD);
    detach_crowd(&fixture, crowd);
    backend_tear_down(&fixture);
}

TEST(uring_loses_no_completion_that_finds_no_room)
{
    for (hyp_uring_level level = HYP_URING_ONCE; level <= HYP_URING_DEFERRED; level++)
        run_short_of_completions(level);
}

/* Only failures of sends are told, so one that is lost would be taken for a success. */
TEST(uring_tells_every_send_that_fails_also_when_there_is_no_room_for_it)
{
    static peer_t crowd[CROWD];
    fixture_t fixture;
    hyp_backend_ops_t ops;
    if (!set_up_short(&fixture, &ops,
                      (hyp_uring_options_t){.level = HYP_URING_DEFERRED, .submissions = 4, .completions = 8}))
        return;
    poll_for(&fixture, 0); /* until the first a ring takes nothing */
    if (hyp_backend_uring_level(fixture.backend) == HYP_URING_DEFERRED) {
        for (int i = 0; i < CROWD; i++) {
            size_t sent = 0;
            attach(&fixture, &crowd[i]);
            crowd[i].io.at_once = false;
            if (i % 2) leave(&crowd[i]);
            CHECK_INT(HYP_OK, send_bytes(&fixture, &crowd[i], "hello", 5, &sent));
            CHECK(crowd[i].io.in_doubt);
        }
        CHECK(io_uring_cq_has_overflow(&fixture.backend->uring.ring));
        poll_all(&fixture);
        for (int i = 0; i < CROWD; i++) {
            char bytes[8];
            CHECK(!crowd[i].io.in_doubt);
            CHECK_INT(i % 2 ? -EPIPE : HYP_OK, crowd[i].send_failure);
            if (i % 2 == 0) CHECK_INT(5, read(crowd[i].far, bytes, sizeof bytes));
        }
        poll_in_vain(&fixture, 20);
        detach_crowd(&fixture, crowd);
    }
    backend_tear_down(&fixture);
}

static void run_short_of_submissions(hyp_uring_level level)
{
    static peer_t crowd[CROWD];
    fixture_t fixture;
    hyp_backend_ops_t ops;
    if (!set_up_short(&fixture, &ops, (hyp_uring_options_t){.level = level, .submissions = 2})) return;
    CHECK_INT(2, fixture.backend->uring.ring.sq.ring_entries);
    attach_crowd(&fixture, crowd);
    fixture.rounds = 0;
    say_all(crowd, "hello");
    poll_until_received(&fixture, crowd, CROWD);
    check_crowd(&fixture, crowd, "hello", CROWD);
    detach_crowd(&fixture, crowd);
    backend_tear_down(&fixture);
}

TEST(uring_asks_for_more_than_its_queue_takes)
{
    for (hyp_uring_level level = HYP_URING_ONCE; level <= HYP_URING_DEFERRED; level++)
        run_short_of_submissions(level);
}

#endif
