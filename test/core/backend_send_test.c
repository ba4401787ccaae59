#include "backend_helpers.h"

#include <errno.h>
#include <unistd.h>

#include "backend_ready.h"

TEST(backend_sends_at_once)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        char got[16];
        size_t sent = 0;
        attach(&fixture, &peer);
        CHECK_INT(HYP_OK, send_bytes(&fixture, &peer, "hello", 5, &sent));
        CHECK_INT(5, sent);
        CHECK_INT(HYP_OK, send_bytes(&fixture, &peer, "!", 1, &sent));
        CHECK_INT(6, read(peer.far, got, sizeof got));
        CHECK_BYTES("hello!", got, 6);
        poll_all(&fixture);
        CHECK_INT(0, peer.sends);
        detach(&fixture, &peer);
    }
}

static char load[256 * 1024];

/* Sends until the kernel takes no more. */
static size_t fill(fixture_t *fixture, peer_t *peer)
{
    size_t total = 0;
    size_t sent = 0;
    while (send_bytes(fixture, peer, load, 1000, &sent) == HYP_OK)
        total += sent;
    CHECK(peer->io.send_armed);
    return total;
}

static size_t read_all(const peer_t *peer)
{
    size_t total = 0;
    ssize_t got;
    while ((got = read(peer->far, load, sizeof load)) > 0)
        total += (size_t)got;
    return total;
}

TEST(backend_tells_when_it_can_send_again)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        for (int receives = 0; receives < 2; receives++) {
            peer_t peer;
            attach(&fixture, &peer);
            set_buffers(&peer, 20000);
            if (receives) arm_recv(&fixture, &peer);
            poll_all(&fixture);
            size_t total = fill(&fixture, &peer);
            poll_all(&fixture);
            CHECK_INT(0, peer.sends);
            CHECK_INT(total, read_all(&peer));
            poll_until(&fixture, &peer.sends, 1);
            poll_all(&fixture);
            CHECK_INT(1, peer.sends);
            CHECK(fill(&fixture, &peer) > 0);
            CHECK(read_all(&peer) > 0);
            poll_until(&fixture, &peer.sends, 2);
            detach(&fixture, &peer);
        }
    }
}

TEST(backend_fails_to_send_to_who_has_gone)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        size_t sent;
        attach(&fixture, &peer);
        leave(&peer);
        CHECK_INT(-EPIPE, send_bytes(&fixture, &peer, "hello", 5, &sent)); /* and no signal */
        CHECK(!peer.io.send_armed);
        detach(&fixture, &peer);
    }
}

TEST(backend_tells_who_waits_to_send_that_the_peer_has_gone)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        size_t sent;
        attach(&fixture, &peer);
        set_buffers(&peer, 20000);
        (void)fill(&fixture, &peer);
        leave(&peer);
        poll_until(&fixture, &peer.sends, 1);
        CHECK(send_bytes(&fixture, &peer, "hello", 5, &sent) < 0);
        detach(&fixture, &peer);
    }
}

/* Somebody who reads as fast as we send gets no more than a burst in one go. */
TEST(backend_lets_a_fast_reader_wait_for_the_others)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        size_t total = 0;
        size_t sent = 0;
        attach(&fixture, &peer);
        set_buffers(&peer, 1 << 20);
        while (total < 10 * HYP_SEND_BURST && send_bytes(&fixture, &peer, load, 100000, &sent) == HYP_OK) {
            total += sent;
            (void)read_all(&peer);
        }
        CHECK(total >= HYP_SEND_BURST && total < HYP_SEND_BURST + 100000);
        poll_until(&fixture, &peer.sends, 1);
        CHECK_INT(HYP_OK, send_bytes(&fixture, &peer, load, 100000, &sent));
        detach(&fixture, &peer);
    }
}

TEST(backend_receives_and_sends_for_one_at_a_time)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        attach(&fixture, &peer);
        set_buffers(&peer, 20000);
        arm_recv(&fixture, &peer);
        (void)fill(&fixture, &peer);
        say(&peer, "hello");
        poll_until(&fixture, &peer.receives, 1);
        CHECK_BYTES("hello", peer.got, peer.got_len);
        CHECK_INT(0, peer.sends);
        (void)read_all(&peer);
        poll_until(&fixture, &peer.sends, 1);
        detach(&fixture, &peer);
    }
}
