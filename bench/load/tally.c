#include "tally.h"
#include <stdio.h>

static double percentile_ms(const tally_t *tally, double share)
{
    return (double)histogram_percentile(&tally->latencies, share) / 1e6;
}

void tally_print(const tally_t *tally, double seconds)
{
    uint64_t requests = tally->latencies.count;

    printf("\"answers\": %llu, \"requests\": %llu, \"per_second\": %.1f, \"p50\": %.4f, \"p99\": %.4f, "
           "\"p999\": %.4f, \"slowest\": %.4f, \"unanswered\": %llu, \"refused\": %llu, \"broken\": %llu",
           (unsigned long long)(requests - tally->unanswered - tally->lost), (unsigned long long)requests,
           (double)tally->answered_in_time / seconds, percentile_ms(tally, 0.5), percentile_ms(tally, 0.99),
           percentile_ms(tally, 0.999), (double)tally->latencies.max / 1e6, (unsigned long long)tally->unanswered,
           (unsigned long long)tally->refused, (unsigned long long)tally->broken);
}
