#include "clock.h"

#include <time.h>

#define SECONDS_PER_DAY 86400
#define DAYS_PER_ERA 146097       /* 400 years, after which the Gregorian calendar repeats */
#define DAYS_TO_EPOCH 719468      /* from 0000-03-01 to 1970-01-01 */
#define SECOND_MIN (-62167219200) /* 0000-01-01 00:00:00 */
#define SECOND_MAX 253402300799   /* 9999-12-31 23:59:59, the last that four digits of a year can tell */

typedef struct {
    unsigned year;
    unsigned month; /* 1 to 12 */
    unsigned day;   /* 1 to 31 */
} civil_date_t;

/* Counts years from March, so that the leap day is the last of its year and months follow one line:
 * month m (0 is March) begins on day (153 m + 2) / 5. */
static civil_date_t civil_date(int64_t days_since_epoch)
{
    int64_t days = days_since_epoch + DAYS_TO_EPOCH + DAYS_PER_ERA;
    unsigned era = (unsigned)(days / DAYS_PER_ERA);
    unsigned day_of_era = (unsigned)(days % DAYS_PER_ERA);
    unsigned leap_days = day_of_era / 1460 - day_of_era / 36524 + day_of_era / 146096;
    unsigned year_of_era = (day_of_era - leap_days) / 365;
    unsigned day_of_year = day_of_era - (year_of_era * 365 + year_of_era / 4 - year_of_era / 100);
    unsigned month_from_march = (day_of_year * 5 + 2) / 153;
    unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return (civil_date_t){
        .year = (era - 1) * 400 + year_of_era + (month <= 2),
        .month = month,
        .day = day_of_year - (month_from_march * 153 + 2) / 5 + 1,
    };
}

static void put_digits(char *at, unsigned number, int digits)
{
    while (digits-- > 0) {
        at[digits] = (char)('0' + number % 10);
        number /= 10;
    }
}

static int64_t clamp_second(int64_t second)
{
    if (second < SECOND_MIN) return SECOND_MIN;
    return second > SECOND_MAX ? SECOND_MAX : second;
}

void hyp_clock_render(int64_t second, char date[HYP_DATE_LEN])
{
    static const char weekdays[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was a Thursday */
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    second = clamp_second(second);
    int64_t days = second / SECONDS_PER_DAY;
    int64_t rest = second % SECONDS_PER_DAY;
    if (rest < 0) {
        rest += SECONDS_PER_DAY;
        days--;
    }
    civil_date_t civil = civil_date(days);
    unsigned of_day = (unsigned)rest;
    unsigned weekday = (unsigned)((days % 7 + 7) % 7);

    memcpy(date, "Ddd, 00 Mmm 0000 00:00:00 GMT", HYP_DATE_LEN);
    memcpy(date, weekdays + (size_t)weekday * 3, 3);
    put_digits(date + 5, civil.day, 2);
    memcpy(date + 8, months + (size_t)(civil.month - 1) * 3, 3);
    put_digits(date + 12, civil.year, 4);
    put_digits(date + 17, of_day / 3600, 2);
    put_digits(date + 20, of_day / 60 % 60, 2);
    put_digits(date + 23, of_day % 60, 2);
}

hyp_usec_t hyp_clock_usec(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time); /* cannot fail: the clock exists, the pointer is good */
    return (hyp_usec_t)time.tv_sec * 1000000 + (hyp_usec_t)time.tv_nsec / 1000;
}

hyp_msec_t hyp_clock_now(void)
{
    return hyp_clock_usec() / 1000;
}

static void read_now(hyp_clock_t *clock)
{
    clock->usec = hyp_clock_usec();
    clock->now = clock->usec / 1000;
}

static void render_second(hyp_clock_t *clock, int64_t second)
{
    clock->second = second;
    hyp_clock_render(second, clock->date);
}

void hyp_clock_init(hyp_clock_t *clock)
{
    read_now(clock);
    render_second(clock, (int64_t)time(NULL));
    clock->date[HYP_DATE_LEN] = '\0';
}

void hyp_clock_tick(hyp_clock_t *clock)
{
    int64_t second = (int64_t)time(NULL);
    read_now(clock);
    if (second != clock->second) render_second(clock, second);
}
