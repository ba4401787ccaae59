#include "engine_limits.h"

#include <stdio.h>

#define KIB 1024U
#define MIB (1024U * KIB)
#define SECONDS 1000U

void hyp_limits_init(hyp_limits_t *limits)
{
    *limits = (hyp_limits_t){
        .head = {.method_bytes = 32, .target_bytes = 8 * KIB, .head_bytes = 32 * KIB, .headers = 100},
        .chunked = {.line_bytes = 4 * KIB, .trailer_bytes = 8 * KIB},
        .body_bytes = 64 * MIB,
        .body_memory_bytes = 128 * KIB,
        .linger_bytes = 1 * MIB,
        .output_bytes = 64 * KIB,
        .stream_bytes = 256 * KIB,
        .connections = 16384,
        .queued_requests = 16384,
        .head_timeout = 30 * SECONDS,
        .body_timeout = 30 * SECONDS,
        .write_timeout = 30 * SECONDS,
        .idle_timeout = 65 * SECONDS, /* above the 60 s of common proxies, so that they close first */
        .linger_timeout = 5 * SECONDS,
        .body_rate = 240,
        .write_rate = 240,
        .body_directory = P_tmpdir,
    };
}
