#include "timers.h"

#include <limits.h>

#include "test.h"

static const hyp_msec_t durations[HYP_TIMER_KINDS] = {
    [HYP_TIMER_HEAD] = 30, [HYP_TIMER_BODY] = 20, [HYP_TIMER_WRITE] = 0, [HYP_TIMER_IDLE] = 100, [HYP_TIMER_LINGER] = 5,
};

static void check_expired(hyp_timers_t *timers, hyp_msec_t now, const hyp_timer_t *expected,
                          hyp_timer_kind expected_kind)
{
    hyp_timer_kind kind = HYP_TIMER_NONE;
    CHECK(hyp_timers_expired(timers, now, &kind) == expected);
    CHECK_INT(expected_kind, kind);
}

TEST(timers_have_nothing_to_wait_for_when_none_is_set)
{
    hyp_timers_t timers;
    hyp_timers_init(&timers, durations);
    CHECK_INT(-1, hyp_timers_next(&timers, 1000));
    check_expired(&timers, UINT64_MAX, NULL, HYP_TIMER_NONE);
}

TEST(timers_expire_when_their_duration_has_passed)
{
    hyp_timers_t timers;
    hyp_timer_t timer = {.kind = HYP_TIMER_NONE};
    hyp_timers_init(&timers, durations);
    hyp_timers_set(&timers, &timer, HYP_TIMER_HEAD, 1000);
    CHECK_INT(30, hyp_timers_next(&timers, 1000));
    CHECK_INT(1, hyp_timers_next(&timers, 1029));
    check_expired(&timers, 1029, NULL, HYP_TIMER_NONE);
    CHECK_INT(0, hyp_timers_next(&timers, 1030));
    CHECK_INT(0, hyp_timers_next(&timers, 2000));
    check_expired(&timers, 1030, &timer, HYP_TIMER_HEAD);
    CHECK_INT(HYP_TIMER_NONE, timer.kind);
    CHECK_INT(-1, hyp_timers_next(&timers, 2000));
}

TEST(timers_start_anew_when_set_again)
{
    hyp_timers_t timers;
    hyp_timer_t first = {.kind = HYP_TIMER_NONE}, second = {.kind = HYP_TIMER_NONE};
    hyp_timers_init(&timers, durations);
    hyp_timers_set(&timers, &first, HYP_TIMER_HEAD, 0);
    hyp_timers_set(&timers, &second, HYP_TIMER_HEAD, 1);
    hyp_timers_set(&timers, &first, HYP_TIMER_HEAD, 2);
    check_expired(&timers, 40, &second, HYP_TIMER_HEAD);
    check_expired(&timers, 40, &first, HYP_TIMER_HEAD);
    check_expired(&timers, 40, NULL, HYP_TIMER_NONE);
}

TEST(timers_leave_one_kind_for_another)
{
    hyp_timers_t timers;
    hyp_timer_t timer = {.kind = HYP_TIMER_NONE};
    hyp_timers_init(&timers, durations);
    hyp_timers_set(&timers, &timer, HYP_TIMER_HEAD, 0);
    hyp_timers_set(&timers, &timer, HYP_TIMER_IDLE, 0);
    check_expired(&timers, 99, NULL, HYP_TIMER_NONE);
    check_expired(&timers, 100, &timer, HYP_TIMER_IDLE);
}

TEST(timers_wait_for_the_soonest_of_all_kinds)
{
    hyp_timers_t timers;
    hyp_timer_t idle = {.kind = HYP_TIMER_NONE}, body = {.kind = HYP_TIMER_NONE}, linger = {.kind = HYP_TIMER_NONE};
    hyp_timers_init(&timers, durations);
    hyp_timers_set(&timers, &idle, HYP_TIMER_IDLE, 0);
    CHECK_INT(100, hyp_timers_next(&timers, 0));
    hyp_timers_set(&timers, &body, HYP_TIMER_BODY, 1);
    CHECK_INT(21, hyp_timers_next(&timers, 0));
    hyp_timers_set(&timers, &linger, HYP_TIMER_LINGER, 2);
    CHECK_INT(7, hyp_timers_next(&timers, 0));
    hyp_timers_clear(&linger);
    CHECK_INT(21, hyp_timers_next(&timers, 0));
}

TEST(timers_of_duration_zero_never_expire)
{
    hyp_timers_t timers;
    hyp_timer_t timer = {.kind = HYP_TIMER_NONE};
    hyp_timers_init(&timers, durations);
    hyp_timers_set(&timers, &timer, HYP_TIMER_HEAD, 0);
    hyp_timers_set(&timers, &timer, HYP_TIMER_WRITE, 0);
    CHECK_INT(-1, hyp_timers_next(&timers, 0));
    CHECK(hyp_timers_oldest(&timers, HYP_TIMER_HEAD) == NULL);
    CHECK(hyp_timers_oldest(&timers, HYP_TIMER_WRITE) == &timer);
}

TEST(timers_can_be_cleared_in_the_middle_and_twice)
{
    hyp_timers_t timers;
    hyp_timer_t timer[3] = {{.kind = HYP_TIMER_NONE}};
    hyp_timers_init(&timers, durations);
    for (int i = 0; i < 3; i++) {
        hyp_timers_set(&timers, &timer[i], HYP_TIMER_BODY, (hyp_msec_t)i);
    }
    hyp_timers_clear(&timer[1]);
    hyp_timers_clear(&timer[1]);
    check_expired(&timers, 100, &timer[0], HYP_TIMER_BODY);
    check_expired(&timers, 100, &timer[2], HYP_TIMER_BODY);
    check_expired(&timers, 100, NULL, HYP_TIMER_NONE);
}

TEST(timers_answer_no_more_than_an_int_holds)
{
    hyp_msec_t long_durations[HYP_TIMER_KINDS] = {[HYP_TIMER_IDLE] = (hyp_msec_t)INT_MAX + 10};
    hyp_timers_t timers;
    hyp_timer_t timer = {.kind = HYP_TIMER_NONE};
    hyp_timers_init(&timers, long_durations);
    hyp_timers_set(&timers, &timer, HYP_TIMER_IDLE, 0);
    CHECK_INT(INT_MAX, hyp_timers_next(&timers, 0));
    CHECK_INT(INT_MAX - 10, hyp_timers_next(&timers, 20));
}
