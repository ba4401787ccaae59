#include "log_ring.h"

#include <stdlib.h>

#include "test.h"

static hyp_log_ring_t ring;
static hyp_log_event_t taken;

static void open_ring(size_t cap)
{
    CHECK_INT(HYP_OK, hyp_log_ring_init(&ring, cap));
}

static void close_ring(void)
{
    hyp_log_ring_free(&ring);
}

static hyp_log_event_t event_of(uint16_t number, const char *target, size_t len)
{
    hyp_log_event_t event = {.facts = {.status = number}};
    event.texts[HYP_LOG_CLIENT] = HYP_SLICE("::1");
    event.texts[HYP_LOG_TARGET] = hyp_slice(target, len);
    return event;
}

static bool take(void)
{
    bool is_there = hyp_log_ring_take(&ring, &taken);
    if (is_there) hyp_log_ring_drop(&ring);
    return is_there;
}

TEST(log_ring_gives_back_what_was_pushed_in_order)
{
    hyp_log_event_t event = event_of(1, "/one", 4);
    open_ring(4096);
    CHECK(hyp_log_ring_is_empty(&ring));
    CHECK(!take());
    CHECK(hyp_log_ring_push(&ring, &event));
    event = event_of(2, "", 0);
    CHECK(hyp_log_ring_push(&ring, &event));
    CHECK(!hyp_log_ring_is_empty(&ring));
    CHECK(take());
    CHECK_INT(1, taken.facts.status);
    CHECK_BYTES("/one", taken.texts[HYP_LOG_TARGET].ptr, taken.texts[HYP_LOG_TARGET].len);
    CHECK_BYTES("::1", taken.texts[HYP_LOG_CLIENT].ptr, taken.texts[HYP_LOG_CLIENT].len);
    CHECK_INT(0, taken.texts[HYP_LOG_AGENT].len);
    CHECK(take());
    CHECK_INT(2, taken.facts.status);
    CHECK(hyp_log_ring_is_empty(&ring));
    close_ring();
}

/* Lengths that fit nothing evenly, so that events lie across its end in every way. */
TEST(log_ring_goes_around_its_end)
{
    char text[97];
    open_ring(1024);
    for (unsigned i = 0; i < 2000; i++) {
        memset(text, 'a' + (int)(i % 26), sizeof text);
        hyp_log_event_t event = event_of((uint16_t)i, text, i % sizeof text);
        CHECK(hyp_log_ring_push(&ring, &event));
        CHECK(take());
        CHECK_INT(i, taken.facts.status);
        CHECK_INT(i % sizeof text, taken.texts[HYP_LOG_TARGET].len);
        CHECK_INT(0, memcmp(text, taken.texts[HYP_LOG_TARGET].ptr, i % sizeof text));
    }
    close_ring();
}

TEST(log_ring_takes_no_more_than_it_has_room_for)
{
    hyp_log_event_t event = event_of(7, "/", 1);
    unsigned pushed = 0, found = 0;
    open_ring(1024);
    while (hyp_log_ring_push(&ring, &event))
        pushed++;
    CHECK_INT(1024 / hyp_log_record_bytes(&event), pushed);
    CHECK(!hyp_log_ring_push(&ring, &event));
    CHECK(take());
    CHECK(hyp_log_ring_push(&ring, &event));
    while (take()) {
        CHECK_INT(7, taken.facts.status);
        found++;
    }
    CHECK_INT(pushed, found);
    close_ring();
}

TEST(log_ring_cuts_long_texts)
{
    static char text[2 * HYP_LOG_FIELD_BYTES_MAX];
    hyp_log_event_t event = event_of(1, text, sizeof text);
    open_ring(65536);
    CHECK(hyp_log_ring_push(&ring, &event));
    CHECK(take());
    CHECK_INT(HYP_LOG_FIELD_BYTES_MAX, taken.texts[HYP_LOG_TARGET].len);
    CHECK(hyp_log_ring_is_empty(&ring));
    close_ring();
}
