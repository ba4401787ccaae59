/*
 * Latencies in buckets that are 1/64 of a power of two wide, so that a percentile is at most 1.6 % too high, whatever
 * its size, and recording one costs no memory.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEPS 64
#define HISTOGRAM_BUCKETS (HISTOGRAM_STEPS * 59)

typedef struct {
    uint64_t count;
    uint64_t max;
    uint64_t buckets[HISTOGRAM_BUCKETS];
} histogram_t;

void histogram_record(histogram_t *histogram, uint64_t value);

/* The upper edge of the bucket that holds the value which this share (0 to 1) of all does not exceed; 0 of none. */
uint64_t histogram_percentile(const histogram_t *histogram, double share);

#endif
