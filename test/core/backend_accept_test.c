#include "backend_helpers.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "backend_ready.h"
#include "clock.h"

/* ---- accepting ---- */

TEST(backend_accepts_while_it_is_armed)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        int fds[3];
        fds[0] = dial(&fixture);
        poll_all(&fixture);
        CHECK_INT(0, fixture.accepts);
        accept_all(&fixture);
        accept_all(&fixture);
        poll_until(&fixture, &fixture.accepts, 1);
        fds[1] = dial(&fixture);
        poll_until(&fixture, &fixture.accepts, 2);
        CHECK_INT(HYP_OK, fixture.ops->arm_accept(fixture.backend, false));
        fds[2] = dial(&fixture);
        poll_all(&fixture);
        CHECK_INT(2, fixture.accepts);
        accept_all(&fixture);
        poll_until(&fixture, &fixture.accepts, 3);
        for (int i = 0; i < 3; i++)
            close(fds[i]);
    }
}

TEST(backend_stops_accepting_in_the_midst_of_a_batch)
{
    enum { DIALS = 10 };
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        int fds[DIALS];
        for (int i = 0; i < DIALS; i++)
            fds[i] = dial(&fixture);
        fixture.accepts_max = 4;
        accept_all(&fixture);
        poll_until(&fixture, &fixture.accepts, 4);
        poll_all(&fixture);
        CHECK_INT(4, fixture.accepts);
        fixture.accepts_max = 0;
        accept_all(&fixture);
        poll_until(&fixture, &fixture.accepts, DIALS);
        for (int i = 0; i < DIALS; i++)
            close(fds[i]);
    }
}

TEST(backend_accepts_more_than_a_batch)
{
    enum { DIALS = 2 * HYP_ACCEPT_BATCH + 5 };
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        static int fds[DIALS];
        for (int i = 0; i < DIALS; i++)
            fds[i] = dial(&fixture);
        accept_all(&fixture);
        poll_for(&fixture, PATIENCE_MS);
        CHECK(fixture.accepts <= HYP_ACCEPT_BATCH);
        poll_until(&fixture, &fixture.accepts, DIALS);
        for (int i = 0; i < DIALS; i++)
            close(fds[i]);
    }
}

TEST(backend_tells_an_accept_that_fails)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        accept_all(&fixture);
        CHECK_INT(0, shutdown(fixture.listener, SHUT_RDWR));
        poll_for(&fixture, PATIENCE_MS);
        CHECK_INT(1, fixture.accept_errors);
        CHECK_INT(-EINVAL, fixture.accept_error);
    }
}

TEST(backend_cannot_accept_from_what_is_closed)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        close(fixture.listener);
        hyp_status status = fixture.ops->arm_accept(fixture.backend, true);
        if (status == HYP_OK) poll_for(&fixture, PATIENCE_MS);
        CHECK_INT(-EBADF, status == HYP_OK ? fixture.accept_error : status);
        status = fixture.ops->arm_accept(fixture.backend, false);
        CHECK(status == HYP_OK || status == -EBADF);
        fixture.listener = -1;
    }
}

/* ---- waiting ---- */

TEST(backend_waits_no_longer_than_told)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        poll_for(&fixture, 0);
        CHECK_INT(1, fixture.rounds);
        poll_in_vain(&fixture, 20);
        CHECK(fixture.rounds >= 2);
    }
}

TEST(backend_is_woken_by_a_signal_that_came_before_or_comes_after)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        for (int i = 0; i < 3; i++) {
            hyp_msec_t before = hyp_clock_now();
            hyp_wake_signal(&fixture.wake);
            hyp_wake_signal(&fixture.wake);
            poll_for(&fixture, PATIENCE_MS);
            CHECK(hyp_clock_now() - before < PATIENCE_MS);
        }
    }
}

static void *signal_wake(void *wake)
{
    hyp_wake_signal(wake);
    return NULL;
}

TEST(backend_is_woken_by_another_thread)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        for (int i = 0; i < 50; i++) {
            pthread_t thread;
            hyp_msec_t before = hyp_clock_now();
            ASSERT(pthread_create(&thread, NULL, signal_wake, &fixture.wake) == 0);
            poll_for(&fixture, PATIENCE_MS);
            CHECK(hyp_clock_now() - before < PATIENCE_MS);
            CHECK_INT(0, pthread_join(thread, NULL));
        }
    }
}

TEST(backend_tells_each_round_before_its_events)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        attach(&fixture, &peer);
        arm_recv(&fixture, &peer);
        say(&peer, "hello");
        poll_for(&fixture, PATIENCE_MS);
        CHECK_INT(1, fixture.rounds);
        hyp_wake_signal(&fixture.wake);
        poll_for(&fixture, PATIENCE_MS);
        CHECK_INT(2, fixture.rounds);
        detach(&fixture, &peer);
    }
}
