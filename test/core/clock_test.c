#include "clock.h"

#include <time.h>

#include "test.h"

typedef struct {
    int64_t second;
    const char *date;
} date_case_t;

static const date_case_t dates[] = {
    {784111777, "Sun, 06 Nov 1994 08:49:37 GMT"}, /* the example of RFC 9110 section 5.6.7 */
    {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
    {-1, "Wed, 31 Dec 1969 23:59:59 GMT"},
    {-86400, "Wed, 31 Dec 1969 00:00:00 GMT"},
    {951782399, "Mon, 28 Feb 2000 23:59:59 GMT"},
    {951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
    {951868800, "Wed, 01 Mar 2000 00:00:00 GMT"},
    {4107542399, "Sun, 28 Feb 2100 23:59:59 GMT"},
    {4107542400, "Mon, 01 Mar 2100 00:00:00 GMT"},
    {2147483648, "Tue, 19 Jan 2038 03:14:08 GMT"},
    {253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"},
    {253402300800, "Fri, 31 Dec 9999 23:59:59 GMT"}, /* beyond four digits of a year: the last that they tell */
    {INT64_MAX, "Fri, 31 Dec 9999 23:59:59 GMT"},
    {INT64_MIN, "Sat, 01 Jan 0000 00:00:00 GMT"},
};

static void check_date(const char *expected, int64_t second)
{
    char date[HYP_DATE_LEN];
    hyp_clock_render(second, date);
    CHECK_MEM(expected, strlen(expected), date, sizeof(date));
}

TEST(clock_renders_dates)
{
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++)
        check_date(dates[i].date, dates[i].second);
}

/* Steps of a little more than a day, so that every hour, month and leap year of three centuries is met. */
TEST(clock_agrees_with_the_c_library)
{
    const int64_t step = 86400 + 3661;
    for (int64_t second = -(int64_t)100 * 365 * 86400; second < (int64_t)200 * 365 * 86400; second += step) {
        time_t time = (time_t)second;
        struct tm civil;
        char expected[HYP_DATE_LEN + 1];
        gmtime_r(&time, &civil);
        strftime(expected, sizeof(expected), "%a, %d %b %Y %H:%M:%S GMT", &civil);
        check_date(expected, second);
    }
}

TEST(clock_shows_the_present_second)
{
    hyp_clock_t clock;
    int64_t before = (int64_t)time(NULL);
    hyp_msec_t now_before = hyp_clock_now();
    hyp_clock_init(&clock);
    CHECK(clock.second >= before && clock.second <= (int64_t)time(NULL));
    CHECK(clock.now >= now_before && clock.now <= hyp_clock_now());
    CHECK_INT(HYP_DATE_LEN, strlen(clock.date));
    check_date(clock.date, clock.second);
}

TEST(clock_renders_the_date_only_when_the_second_changes)
{
    hyp_clock_t clock;
    hyp_clock_init(&clock);
    int64_t shown = clock.second;
    clock.date[0] = '#';
    hyp_clock_tick(&clock);
    CHECK((clock.date[0] == '#') == (clock.second == shown));

    clock.second = 0;
    clock.now = 0;
    hyp_clock_tick(&clock);
    CHECK(clock.second >= shown && clock.now > 0);
    check_date(clock.date, clock.second);
}
