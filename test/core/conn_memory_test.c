/* Whatever allocation fails, a client gets whole answers, or one that ends the connection, or an end. */
#include "conn_helpers.h"
#include "failing_allocator.h"

typedef struct {
    const char *says;
    const char *answers;
    bool by_hand;
} script_t;

#define UPLOAD "Content-Length: 5\r\nExpect: 100-continue\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"

static const script_t scripts[] = {
    {GET("/hello"), HELLO, false},
    {GET("/hello") GET("/hello") GET("/hello"), HELLO HELLO HELLO, false},
    {GET("/app") GET("/hello"), "answer" HELLO, false},
    {GET("/block") GET("/block"), "answeranswer", false},
    {POST("/app", "Content-Length: 5\r\n") "abcde", "answer", false},
    {POST("/thanks", CHUNKED) "5\r\nabcde\r\n0\r\n\r\n" GET("/hello"), THANKS HELLO, false},
    {POST("/app", UPLOAD), CONTINUE_100, false},
    {GET("/hello") GET("/block"), HELLO "answer", true},
};

static hyp_want answer(hyp_client_t *client)
{
    pause_failing_allocations();
    hyp_reply_t *reply = reply_of("answer", NULL, LAST);
    resume_failing_allocations();
    return client_gets(client, reply);
}

/* Serves a script, its bytes in two parts, to a client that reads a little at a time. */
static hyp_want play(hyp_client_t *client, const script_t *script, size_t cut)
{
    const char *rest = script->says + cut;
    hyp_want want = client_sends(client, script->says, cut);
    for (;;) {
        if (want == HYP_WANT_SEND) {
            want = client_reads(client, 30);
        } else if (want == HYP_WANT_REPLY) {
            want = answer(client);
        } else if (want == HYP_WANT_RECV && !client->shut && rest) {
            want = client_says(client, rest);
            rest = NULL;
        } else {
            return want;
        }
    }
}

/* All that was to be sent; or whole answers, of which the last may be a refusal; or a part of it before the end. */
static void check_outcome(const hyp_client_t *client, const script_t *script, hyp_want want)
{
    static const char refusal[] = "HTTP/1.1 503 Service Unavailable\r\n";
    const char *sent = hyp_buf_ptr(&client->sent);
    size_t len = hyp_buf_len(&client->sent);
    size_t same = 0;
    while (same < len && script->answers[same] != '\0' && sent[same] == script->answers[same])
        same++;
    bool complete = same == len && script->answers[same] == '\0';
    if (same < len) CHECK(memmem(sent, len, refusal, sizeof refusal - 1) != NULL && client->shut);
    else CHECK(complete || want == HYP_WANT_CLOSE || want == HYP_WANT_HANDOFF);
}

/* False when fewer allocations were asked for. */
static bool fails_at(const script_t *script, size_t cut, long failing)
{
    hyp_client_t client;
    client_open(&client);
    CHECK_INT(HYP_OK, hyp_buf_reserve(&client.sent, 65536));
    client.window = 0;
    client.shared.hands_off_all = client.shared.has_handoff = script->by_hand;
    client.shared.collects_hits = true;
    fail_allocation_after(failing);
    hyp_want want = play(&client, script, cut);
    bool failed = stop_failing_allocations();
    if (failed) check_outcome(&client, script, want);
    else CHECK_SENT(&client, script->answers);
    client_close(&client);
    return failed;
}

TEST(conn_survives_every_failing_allocation)
{
    if (!allocations_can_fail()) return;
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        size_t len = strlen(scripts[i].says);
        long most = 0;
        for (size_t cut = 1; cut < len; cut += 9) {
            long failing = 0;
            while (failing < 100 && fails_at(&scripts[i], cut, failing))
                failing++;
            if (failing > most) most = failing;
        }
        CHECK(most > 0 && most < 100);
    }
}
