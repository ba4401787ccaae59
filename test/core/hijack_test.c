#include "hijack.h"

#include <unistd.h>

#include "conn_helpers.h"

static hyp_hijack_t *new_hijack(void)
{
    hyp_hijack_t *hijack = NULL;
    CHECK_INT(HYP_OK, hyp_hijack_new(&hijack));
    return hijack;
}

static hyp_handoff_t *new_handoff(int fd)
{
    hyp_handoff_t *handoff = NULL;
    CHECK_INT(HYP_OK, hyp_handoff_new(&handoff, fd, HYP_SLICE("rest")));
    return handoff;
}

static hyp_reply_t *asking_for(hyp_hijack_t *hijack)
{
    hyp_reply_t *reply = hyp_reply_new(0);
    hyp_hijack_retain(hijack);
    reply->hijack = hijack;
    reply->last = true;
    return reply;
}

TEST(hijack_gives_the_connection_to_who_waits)
{
    hyp_hijack_t *hijack = new_hijack();
    hyp_handoff_t *handoff = new_handoff(-1), *taken = NULL;
    hyp_hijack_give(hijack, handoff);
    hyp_hijack_abandon(hijack);
    CHECK_INT(HYP_OK, hyp_hijack_wait(hijack, &taken));
    CHECK(taken == handoff);
    hyp_handoff_destroy(taken);
    hyp_hijack_release(hijack);
}

TEST(hijack_tells_of_an_interrupt_once)
{
    hyp_hijack_t *hijack = new_hijack();
    hyp_handoff_t *taken = NULL;
    hyp_hijack_interrupt(hijack);
    CHECK_INT(HYP_INTERRUPTED, hyp_hijack_wait(hijack, &taken));
    hyp_hijack_abandon(hijack);
    CHECK_INT(HYP_CLOSED, hyp_hijack_wait(hijack, &taken));
    hyp_hijack_release(hijack);
}

TEST(hijack_closes_a_connection_that_nobody_takes)
{
    int ends[2];
    ASSERT(pipe(ends) == 0);
    hyp_hijack_t *hijack = new_hijack();
    hyp_hijack_give(hijack, new_handoff(ends[1]));
    hyp_hijack_release(hijack);
    char byte;
    CHECK_INT(0, read(ends[0], &byte, 1));
    close(ends[0]);
}

TEST(hijack_is_abandoned_with_its_reply)
{
    hyp_hijack_t *hijack = new_hijack();
    hyp_handoff_t *taken = NULL;
    hyp_reply_destroy(asking_for(hijack));
    CHECK_INT(HYP_CLOSED, hyp_hijack_wait(hijack, &taken));
    hyp_hijack_release(hijack);
}

TEST(hijack_is_abandoned_with_its_connection)
{
    hyp_client_t client;
    client_open(&client);
    client_says(&client, GET("/app"));
    hyp_hijack_t *hijack = new_hijack();
    CHECK_INT(HYP_WANT_HANDOFF, client_gets(&client, asking_for(hijack)));
    client_close(&client);
    hyp_handoff_t *taken = NULL;
    CHECK_INT(HYP_CLOSED, hyp_hijack_wait(hijack, &taken));
    hyp_hijack_release(hijack);
}

/* What was written before goes first; what the client has sent meanwhile goes along. */
TEST(hijack_comes_behind_what_was_answered)
{
    hyp_client_t client;
    client_open(&client);
    client_says(&client, GET("/app") "rest");
    client.window = 0;
    client_is_answered(&client, "head", PIECE);
    hyp_hijack_t *hijack = new_hijack();
    CHECK_INT(HYP_WANT_SEND, client_gets(&client, asking_for(hijack)));
    CHECK_INT(HYP_WANT_HANDOFF, client_reads_all(&client));
    CHECK_SENT(&client, "head");
    CHECK_HANDED_OFF(&client, "rest");
    hyp_hijack_t *taken = hyp_conn_take_hijack(&client.conn);
    CHECK(taken == hijack);
    hyp_hijack_release(taken);
    client_close(&client);
    hyp_hijack_release(hijack);
}
