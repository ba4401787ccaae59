#include "outbox.h"

#include <poll.h>
#include <pthread.h>

#include "test.h"

static hyp_reply_t *numbered(uint32_t producer, uint32_t number)
{
    hyp_reply_t *reply = hyp_reply_new(0);
    CHECK(reply != NULL);
    reply->to = (hyp_address_t){.slot = producer, .stream = number};
    return reply;
}

static void open_outbox(hyp_outbox_t *outbox)
{
    hyp_outbox_init(outbox);
    CHECK_INT(HYP_OK, hyp_outbox_open(outbox));
}

static void close_outbox(hyp_outbox_t *outbox)
{
    hyp_outbox_close(outbox);
    hyp_outbox_free(outbox);
}

/* True when somebody has signalled within the time; takes the signal back. */
static bool is_woken(hyp_outbox_t *outbox, int timeout_ms)
{
    struct pollfd pollfd = {.fd = outbox->wake.read_fd, .events = POLLIN};
    bool woken = poll(&pollfd, 1, timeout_ms) == 1;
    hyp_wake_clear(&outbox->wake);
    return woken;
}

static void destroy_all(hyp_reply_t *reply)
{
    while (reply != NULL) {
        hyp_reply_t *next = reply->next;
        hyp_reply_destroy(reply);
        reply = next;
    }
}

TEST(outbox_gives_answers_in_the_order_of_their_pushes)
{
    hyp_outbox_t outbox;
    hyp_outbox_init(&outbox);
    CHECK(hyp_outbox_take(&outbox) == NULL);
    for (uint32_t i = 0; i < 3; i++) {
        hyp_outbox_push(&outbox, numbered(0, i));
    }
    hyp_reply_t *replies = hyp_outbox_take(&outbox);
    uint32_t expected = 0;
    for (hyp_reply_t *reply = replies; reply != NULL; reply = reply->next) {
        CHECK_INT(expected++, reply->to.stream);
    }
    CHECK_INT(3, expected);
    CHECK(hyp_outbox_take(&outbox) == NULL);
    destroy_all(replies);
    hyp_outbox_free(&outbox);
}

TEST(outbox_does_not_wake_a_loop_that_is_awake)
{
    hyp_outbox_t outbox;
    open_outbox(&outbox);
    hyp_outbox_flush(&outbox, true);
    CHECK(!is_woken(&outbox, 0));
    CHECK(hyp_outbox_sleep(&outbox, HYP_LOOP_ASLEEP));
    hyp_outbox_awake(&outbox);
    hyp_outbox_flush(&outbox, true);
    CHECK(!is_woken(&outbox, 0));
    close_outbox(&outbox);
}

TEST(outbox_wakes_a_loop_that_is_asleep_once)
{
    hyp_outbox_t outbox;
    open_outbox(&outbox);
    CHECK(hyp_outbox_sleep(&outbox, HYP_LOOP_ASLEEP));
    hyp_outbox_flush(&outbox, false);
    CHECK(is_woken(&outbox, 0));
    hyp_outbox_flush(&outbox, true);
    CHECK(!is_woken(&outbox, 0));
    close_outbox(&outbox);
}

TEST(outbox_wakes_a_napping_loop_only_when_it_must_look_now)
{
    hyp_outbox_t outbox;
    open_outbox(&outbox);
    CHECK(hyp_outbox_sleep(&outbox, HYP_LOOP_NAPPING));
    hyp_outbox_flush(&outbox, false);
    CHECK(!is_woken(&outbox, 0));
    hyp_outbox_flush(&outbox, true);
    CHECK(is_woken(&outbox, 0));
    close_outbox(&outbox);
}

TEST(outbox_keeps_a_loop_awake_when_an_answer_is_there)
{
    hyp_outbox_t outbox;
    open_outbox(&outbox);
    hyp_outbox_push(&outbox, numbered(0, 0));
    CHECK(!hyp_outbox_sleep(&outbox, HYP_LOOP_ASLEEP));
    CHECK_INT(HYP_LOOP_AWAKE, outbox.sleep);
    destroy_all(hyp_outbox_take(&outbox));
    close_outbox(&outbox);
}

TEST(outbox_may_be_woken_by_anybody_while_it_is_open)
{
    hyp_outbox_t outbox;
    open_outbox(&outbox);
    hyp_outbox_wake(&outbox);
    CHECK(is_woken(&outbox, 0));
    close_outbox(&outbox);
}

TEST(outbox_takes_late_answers_when_it_is_closed)
{
    hyp_outbox_t outbox;
    open_outbox(&outbox);
    CHECK(hyp_outbox_sleep(&outbox, HYP_LOOP_ASLEEP));
    hyp_outbox_close(&outbox);
    hyp_outbox_push(&outbox, numbered(0, 0));
    hyp_outbox_flush(&outbox, true);
    hyp_outbox_wake(&outbox);
    hyp_reply_t *replies = hyp_outbox_take(&outbox);
    CHECK(replies != NULL && replies->next == NULL);
    destroy_all(replies);
    hyp_outbox_free(&outbox);
}

#define PRODUCERS 3
#define ANSWERS 20000
#define PATIENCE_MS 20000 /* only a lost wake takes so long */

typedef struct {
    hyp_outbox_t *outbox;
    uint32_t number;
} producer_t;

/* Flushes after some pushes only, as a worker does at the end of its batch. */
static void *produce(void *arg)
{
    const producer_t *producer = arg;
    for (uint32_t i = 0; i < ANSWERS; i++) {
        hyp_outbox_push(producer->outbox, numbered(producer->number, i));
        if (i % 3 == 0 || i == ANSWERS - 1) {
            hyp_outbox_flush(producer->outbox, i % 2 == 0 || i == ANSWERS - 1);
        }
    }
    return NULL;
}

/* Each producer's answers arrive without a gap and in order. Answers how many there were. */
static uint32_t consume(hyp_outbox_t *outbox, uint32_t expected[PRODUCERS])
{
    hyp_reply_t *replies = hyp_outbox_take(outbox);
    uint32_t count = 0;
    for (hyp_reply_t *reply = replies; reply != NULL; reply = reply->next) {
        CHECK_INT(expected[reply->to.slot], reply->to.stream);
        expected[reply->to.slot]++;
        count++;
    }
    destroy_all(replies);
    return count;
}

static void check_that_nothing_is_lost(hyp_loop_sleep how, int timeout_ms, bool must_be_woken)
{
    hyp_outbox_t outbox;
    pthread_t threads[PRODUCERS];
    producer_t producers[PRODUCERS];
    uint32_t expected[PRODUCERS] = {0};
    open_outbox(&outbox);
    for (uint32_t i = 0; i < PRODUCERS; i++) {
        producers[i] = (producer_t){.outbox = &outbox, .number = i};
        CHECK_INT(0, pthread_create(&threads[i], NULL, produce, &producers[i]));
    }
    uint32_t left = PRODUCERS * ANSWERS;
    while (left > 0) {
        left -= consume(&outbox, expected);
        if (left > 0 && hyp_outbox_sleep(&outbox, how)) {
            CHECK(is_woken(&outbox, timeout_ms) || !must_be_woken);
            hyp_outbox_awake(&outbox);
        }
    }
    for (int i = 0; i < PRODUCERS; i++) {
        CHECK_INT(0, pthread_join(threads[i], NULL));
    }
    close_outbox(&outbox);
}

TEST(outbox_loses_no_answer_and_no_wake_of_several_producers)
{
    check_that_nothing_is_lost(HYP_LOOP_ASLEEP, PATIENCE_MS, true);
}

TEST(outbox_loses_no_answer_while_the_loop_naps)
{
    check_that_nothing_is_lost(HYP_LOOP_NAPPING, 1, false);
}
