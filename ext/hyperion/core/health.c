#include "health.h"

#include <stdio.h>

#include "response.h"

#define ANSWER_BYTES_MAX 512

void hyp_health_init(hyp_health_t *health, hyp_msec_t limit)
{
    atomic_init(&health->beat_at, 0);
    atomic_init(&health->draining, false);
    health->limit = limit;
}

void hyp_health_beat(hyp_health_t *health, hyp_msec_t now)
{
    atomic_store_explicit(&health->beat_at, now, memory_order_relaxed);
}

void hyp_health_drain(hyp_health_t *health)
{
    atomic_store_explicit(&health->draining, true, memory_order_relaxed);
}

static bool is_older(hyp_msec_t then, hyp_msec_t limit, hyp_msec_t now)
{
    return now > then && now - then >= limit;
}

/* In the order of what an operator must know first: a process that drains may well be behind. */
hyp_verdict hyp_health_judge(const hyp_health_t *health, hyp_msec_t waiting_since, hyp_msec_t now)
{
    hyp_msec_t beat_at = atomic_load_explicit(&health->beat_at, memory_order_relaxed);
    if (atomic_load_explicit(&health->draining, memory_order_relaxed)) return HYP_VERDICT_DRAINING;
    if (beat_at == 0) return HYP_VERDICT_BOOTING;
    if (is_older(beat_at, health->limit, now)) return HYP_VERDICT_STUCK;
    if (waiting_since != 0 && is_older(waiting_since, health->limit, now)) return HYP_VERDICT_BEHIND;
    return HYP_VERDICT_OK;
}

#define VERDICT_REASON(name, reason) reason,
static const char *const reasons[HYP_VERDICT_COUNT] = {HYP_VERDICT_MAP(VERDICT_REASON)};
#undef VERDICT_REASON

const char *hyp_verdict_reason(hyp_verdict verdict)
{
    return reasons[verdict];
}

static int write_body(hyp_verdict verdict, char *to, size_t cap)
{
    if (verdict == HYP_VERDICT_OK) return snprintf(to, cap, "{\"status\":\"ok\"}\n");
    return snprintf(to, cap, "{\"status\":\"unavailable\",\"reason\":\"%s\"}\n", reasons[verdict]);
}

static const char *connection_field(unsigned flags)
{
    if (flags & HYP_SEND_CLOSE) return "connection: close\r\n";
    return flags & HYP_SEND_KEEP_ALIVE ? "connection: keep-alive\r\n" : "";
}

hyp_status hyp_health_render(hyp_verdict verdict, unsigned flags, const char *date, hyp_buf_t *out)
{
    char body[ANSWER_BYTES_MAX / 4];
    char bytes[ANSWER_BYTES_MAX];
    bool ok = verdict == HYP_VERDICT_OK;
    int code = ok ? 200 : 503;
    int body_len = write_body(verdict, body, sizeof body);
    int len = snprintf(bytes, sizeof bytes,
                       "HTTP/1.1 %d %s\r\n"
                       "date: %.*s\r\n"
                       "content-type: application/json\r\n"
                       "content-length: %d\r\n"
                       "cache-control: no-store\r\n"
                       "%s%s\r\n%s",
                       code, hyp_response_reason(code), HYP_DATE_LEN, date, body_len, ok ? "" : "retry-after: 1\r\n",
                       connection_field(flags), flags & HYP_SEND_HEAD_ONLY ? "" : body);
    return hyp_buf_append(out, bytes, (size_t)len);
}
