/* The time of a tick and the Date of a second, each read once and handed around. One per loop thread. */
#ifndef HYP_CLOCK_H
#define HYP_CLOCK_H

#include "slice.h"

#define HYP_DATE_LEN 29 /* IMF-fixdate, RFC 9110 section 5.6.7 */

/* Milliseconds of CLOCK_MONOTONIC. */
typedef uint64_t hyp_msec_t;

/* The same in microseconds, for what is measured rather than awaited. */
typedef uint64_t hyp_usec_t;

typedef struct {
    hyp_msec_t now;
    hyp_usec_t usec;             /* the same moment */
    int64_t second;              /* UNIX time that `date` shows */
    char date[HYP_DATE_LEN + 1]; /* "Sun, 06 Nov 1994 08:49:37 GMT" */
} hyp_clock_t;

/* Reads both clocks and renders the date. */
void hyp_clock_init(hyp_clock_t *clock);

/* Reads the clocks; renders the date only when the second has changed. */
void hyp_clock_tick(hyp_clock_t *clock);

/* Renders a UNIX time as IMF-fixdate into 29 bytes, without a NUL. Needs no locale, no time zone, no allocation. */
void hyp_clock_render(int64_t second, char date[HYP_DATE_LEN]);

/* CLOCK_MONOTONIC, for who has no tick. */
hyp_msec_t hyp_clock_now(void);
hyp_usec_t hyp_clock_usec(void);

#endif
