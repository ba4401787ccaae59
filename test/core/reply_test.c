#include "reply.h"

#include <pthread.h>
#include <sched.h>

#include "test.h"

static hyp_flow_t *flow_with(size_t unsent)
{
    hyp_flow_t *flow = NULL;
    CHECK_INT(HYP_OK, hyp_flow_new(&flow));
    hyp_flow_add(flow, unsent);
    return flow;
}

TEST(reply_has_room_and_is_zero_elsewhere)
{
    hyp_reply_t *reply = hyp_reply_new(5);
    ASSERT(reply != NULL);
    memcpy(reply->bytes, "hello", 5);
    CHECK_INT(5, reply->len);
    CHECK(reply->next == NULL && reply->flow == NULL && reply->owner == 0 && reply->tail.len == 0);
    CHECK(!reply->last && !reply->close && !reply->abort);
    hyp_reply_destroy(reply);
}

TEST(reply_refuses_what_its_length_cannot_hold)
{
    CHECK(hyp_reply_new((size_t)UINT32_MAX + 1) == NULL);
    CHECK(hyp_reply_new(SIZE_MAX) == NULL);
}

TEST(reply_drops_the_reference_to_its_flow)
{
    hyp_flow_t *flow = flow_with(10);
    hyp_reply_t *reply = hyp_reply_new(0);
    ASSERT(reply != NULL);
    hyp_flow_retain(flow);
    reply->flow = flow;
    hyp_reply_destroy(reply);
    CHECK_INT(10, flow->unsent);
    CHECK_INT(1, flow->refs);
    hyp_flow_release(flow);
}

TEST(reply_flow_lets_a_producer_go_on_within_the_limit)
{
    hyp_flow_t *flow = flow_with(100);
    CHECK_INT(HYP_OK, hyp_flow_wait(flow, 100));
    hyp_flow_sent(flow, 60);
    CHECK_INT(HYP_OK, hyp_flow_wait(flow, 40));
    hyp_flow_sent(flow, 1000);
    CHECK_INT(HYP_OK, hyp_flow_wait(flow, 0));
    hyp_flow_release(flow);
}

TEST(reply_flow_tells_that_the_client_has_gone)
{
    hyp_flow_t *flow = flow_with(0);
    CHECK(!hyp_flow_is_gone(flow));
    hyp_flow_abandon(flow);
    CHECK(hyp_flow_is_gone(flow));
    CHECK_INT(HYP_CLOSED, hyp_flow_wait(flow, 100));
    CHECK_INT(HYP_CLOSED, hyp_flow_wait(flow, 100));
    hyp_flow_release(flow);
}

TEST(reply_flow_tells_an_interrupt_once)
{
    hyp_flow_t *flow = flow_with(0);
    hyp_flow_interrupt(flow);
    hyp_flow_abandon(flow);
    CHECK_INT(HYP_INTERRUPTED, hyp_flow_wait(flow, 100));
    CHECK_INT(HYP_CLOSED, hyp_flow_wait(flow, 100));
    hyp_flow_release(flow);
}

/* A producer that waits for room in a thread of its own. */
typedef struct {
    hyp_flow_t *flow;
    hyp_status status;
} producer_t;

static void *wait_for_room(void *arg)
{
    producer_t *producer = arg;
    producer->status = hyp_flow_wait(producer->flow, 10);
    return NULL;
}

static hyp_status status_after(void (*event)(hyp_flow_t *flow))
{
    producer_t producer = {.flow = flow_with(100), .status = HYP_AGAIN};
    pthread_t thread;
    CHECK_INT(0, pthread_create(&thread, NULL, wait_for_room, &producer));
    event(producer.flow);
    CHECK_INT(0, pthread_join(thread, NULL));
    hyp_flow_release(producer.flow);
    return producer.status;
}

static void send_byte_by_byte(hyp_flow_t *flow)
{
    for (int i = 0; i < 90; i++) {
        hyp_flow_sent(flow, 1);
    }
}

TEST(reply_flow_ends_a_wait_in_another_thread)
{
    for (int round = 0; round < 200; round++) {
        CHECK_INT(HYP_OK, status_after(send_byte_by_byte));
        CHECK_INT(HYP_CLOSED, status_after(hyp_flow_abandon));
        CHECK_INT(HYP_INTERRUPTED, status_after(hyp_flow_interrupt));
    }
}

/* Both sides at once: never more on its way than the limit and one piece, and the producer reaches its end. */
#define PIECES 5000
#define PIECE_BYTES 7

static void *send_all(void *arg)
{
    hyp_flow_t *flow = arg;
    size_t left = (size_t)PIECES * PIECE_BYTES;
    while (left > 0) {
        pthread_mutex_lock(&flow->mutex);
        size_t unsent = flow->unsent;
        pthread_mutex_unlock(&flow->mutex);
        hyp_flow_sent(flow, unsent);
        left -= unsent;
        sched_yield();
    }
    return NULL;
}

TEST(reply_flow_keeps_a_fast_producer_at_its_limit)
{
    hyp_flow_t *flow = flow_with(0);
    pthread_t thread;
    ASSERT(pthread_create(&thread, NULL, send_all, flow) == 0);
    for (int i = 0; i < PIECES; i++) {
        hyp_flow_add(flow, PIECE_BYTES);
        CHECK_INT(HYP_OK, hyp_flow_wait(flow, 3 * PIECE_BYTES));
    }
    ASSERT(pthread_join(thread, NULL) == 0);
    CHECK_INT(0, flow->unsent);
    hyp_flow_release(flow);
}
