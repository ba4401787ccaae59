/*
 * What became of the requests of one kind.
 */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include "histogram.h"
#include <stdint.h>

typedef struct {
    uint64_t answered_in_time;
    uint64_t unanswered;
    uint64_t refused; /* answers that are not 200 */
    uint64_t broken;  /* connections that the server closed, or that failed, with a request on them */
    uint64_t lost;    /* requests on the latter */
    histogram_t latencies;
} tally_t;

/* Members of a JSON object, without its braces, on the standard output; per second of these seconds. */
void tally_print(const tally_t *tally, double seconds);

#endif
