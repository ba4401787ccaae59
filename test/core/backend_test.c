/* One contract, asked of every backend. */
#include "backend_helpers.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

TEST(backend_is_found_by_name)
{
    CHECK(hyp_backend_named("none") == NULL);
    CHECK(hyp_backend_named(hyp_backend_default()->name) == hyp_backend_default());
    for (size_t n = 0; n < backend_count; n++)
        CHECK_STR(backend_names[n], backend_ops(backend_names[n])->name);
}

/* ---- receiving ---- */

TEST(backend_receives_what_comes_after_arming)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        attach(&fixture, &peer);
        arm_recv(&fixture, &peer);
        poll_all(&fixture);
        CHECK_INT(0, peer.receives);
        say(&peer, "hello");
        poll_until(&fixture, &peer.receives, 1);
        CHECK_BYTES("hello", peer.got, peer.got_len);
        detach(&fixture, &peer);
    }
}

TEST(backend_receives_what_came_before_arming)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        attach(&fixture, &peer);
        say(&peer, "hello");
        poll_all(&fixture);
        CHECK_INT(0, peer.receives);
        arm_recv(&fixture, &peer);
        poll_until(&fixture, &peer.receives, 1);
        CHECK_BYTES("hello", peer.got, peer.got_len);
        detach(&fixture, &peer);
    }
}

TEST(backend_receives_once_for_each_arming)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        attach(&fixture, &peer);
        arm_recv(&fixture, &peer);
        say(&peer, "a");
        poll_until(&fixture, &peer.receives, 1);
        say(&peer, "b");
        poll_all(&fixture);
        CHECK_INT(1, peer.receives);
        arm_recv(&fixture, &peer);
        arm_recv(&fixture, &peer);
        poll_until(&fixture, &peer.receives, 2);
        poll_all(&fixture);
        CHECK_INT(2, peer.receives);
        CHECK_BYTES("ab", peer.got, peer.got_len);
        detach(&fixture, &peer);
    }
}

/* What is told of may have been received already. */
TEST(backend_stays_armed_when_there_is_nothing_any_more)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        attach(&fixture, &peer);
        peer.rearms = true;
        say(&peer, "a");
        poll_all(&fixture);
        arm_recv(&fixture, &peer);
        say(&peer, "b");
        poll_for(&fixture, PATIENCE_MS);
        poll_all(&fixture);
        CHECK_BYTES("ab", peer.got, peer.got_len);
        unsigned before = peer.receives;
        say(&peer, "c");
        poll_until(&fixture, &peer.receives, before + 1);
        CHECK_BYTES("abc", peer.got, peer.got_len);
        detach(&fixture, &peer);
    }
}

TEST(backend_tells_an_end_behind_the_bytes)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        attach(&fixture, &peer);
        peer.rearms = true;
        say(&peer, "hello");
        leave(&peer);
        arm_recv(&fixture, &peer);
        poll_until(&fixture, &peer.ends, 1);
        CHECK_BYTES("hello", peer.got, peer.got_len);
        CHECK_INT(HYP_CLOSED, peer.end);
        detach(&fixture, &peer);
    }
}

TEST(backend_tells_an_end_that_came_while_nothing_was_armed)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        attach(&fixture, &peer);
        say(&peer, "hello");
        arm_recv(&fixture, &peer);
        poll_until(&fixture, &peer.receives, 1);
        CHECK_INT(0, shutdown(peer.far, SHUT_WR));
        poll_all(&fixture);
        arm_recv(&fixture, &peer);
        poll_until(&fixture, &peer.ends, 1);
        CHECK_INT(HYP_CLOSED, peer.end);
        detach(&fixture, &peer);
    }
}

TEST(backend_tells_a_reset)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        peer_t peer;
        struct linger resets = {.l_onoff = 1, .l_linger = 0};
        memset(&peer, 0, sizeof peer);
        accept_all(&fixture);
        peer.far = dial(&fixture);
        poll_until(&fixture, &fixture.accepts, 1);
        peer.io.fd = fixture.accepted[0];
        CHECK_INT(HYP_OK, fixture.ops->attach(fixture.backend, &peer.io));
        CHECK_INT(0, setsockopt(peer.far, SOL_SOCKET, SO_LINGER, &resets, sizeof resets));
        leave(&peer);
        arm_recv(&fixture, &peer);
        poll_until(&fixture, &peer.ends, 1);
        CHECK_INT(-ECONNRESET, peer.end);
        let_go(&fixture, &peer);
    }
}

/* A receive that had to wait: from then on the kernel knows the io. */
static void receive_when_it_comes(fixture_t *fixture, peer_t *peer)
{
    arm_recv(fixture, peer);
    poll_all(fixture);
    say(peer, "first");
    poll_until(fixture, &peer->receives, 1);
}

/* Somebody who has hung up, and whom nobody listens to, is told of no more: the next poll waits. */
TEST(backend_does_not_spin_for_who_has_hung_up)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        for (unsigned received = 0; received < 2; received++) {
            peer_t peer;
            attach(&fixture, &peer);
            if (received) receive_when_it_comes(&fixture, &peer);
            say(&peer, "hello");
            leave(&peer);
            poll_all(&fixture);
            poll_in_vain(&fixture, 20);
            CHECK_INT(received, peer.receives);
            detach(&fixture, &peer);
        }
    }
}

#define MUCH (3 * HYP_RECV_BYTES + 100)

/* A receive takes no more than its buffer, and others are served between two of them. */
TEST(backend_receives_much_in_pieces)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        static char bytes[MUCH];
        peer_t greedy, modest;
        attach(&fixture, &greedy);
        attach(&fixture, &modest);
        set_buffers(&greedy, 4 * MUCH);
        greedy.rearms = true;
        ssize_t written = write(greedy.far, bytes, sizeof bytes);
        ASSERT(written > HYP_RECV_BYTES);
        arm_recv(&fixture, &greedy);
        arm_recv(&fixture, &modest);
        say(&modest, "hello");
        poll_until(&fixture, &modest.receives, 1);
        CHECK(greedy.bytes <= HYP_RECV_BYTES * 2);
        for (int i = 0; greedy.bytes < (size_t)written && i < 100; i++)
            poll_for(&fixture, 0);
        CHECK_INT(written, greedy.bytes);
        detach(&fixture, &greedy);
        detach(&fixture, &modest);
    }
}

/* ---- cancelling ---- */

TEST(backend_tells_nothing_after_a_cancel)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        for (unsigned received = 0; received < 2; received++) {
            peer_t peer;
            attach(&fixture, &peer);
            if (received) receive_when_it_comes(&fixture, &peer);
            arm_recv(&fixture, &peer);
            say(&peer, "hello");
            detach(&fixture, &peer);
            poll_all(&fixture);
            CHECK_INT(received, fixture.events);
        }
    }
}

/* An event's handler may let go of others of which the same round would tell. */
TEST(backend_tells_nothing_of_who_is_cancelled_in_the_same_round)
{
    enum { PAIRS = 20, BYTES_FIRST = 0, LOOK_FIRST, ARMED_FIRST, WAYS };
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        for (int way = 0; way < WAYS; way++) {
            static peer_t peers[PAIRS];
            unsigned before = fixture.events;
            for (int i = 0; i < PAIRS; i++)
                attach(&fixture, &peers[i]);
            for (int i = 0; i < PAIRS && way == ARMED_FIRST; i++)
                arm_recv(&fixture, &peers[i]);
            if (way == ARMED_FIRST) poll_all(&fixture);
            for (int i = 0; i < PAIRS; i++)
                say(&peers[i], "hello");
            if (way == LOOK_FIRST) poll_all(&fixture);
            for (int i = 0; i < PAIRS && way != ARMED_FIRST; i++)
                arm_recv(&fixture, &peers[i]);
            fixture.victims = peers;
            fixture.victim_count = PAIRS;
            poll_until(&fixture, &fixture.events, before + 1);
            poll_all(&fixture);
            CHECK_INT(before + 1, fixture.events);
            for (int i = 0; i < PAIRS; i++)
                close(peers[i].io.fd);
            for (int i = 0; i < PAIRS; i++)
                close(peers[i].far);
        }
    }
}

TEST(backend_takes_a_descriptor_number_that_was_another_connections)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        for (int i = 0; i < 100; i++) {
            peer_t peer;
            attach(&fixture, &peer);
            arm_recv(&fixture, &peer);
            say(&peer, "hello");
            poll_until(&fixture, &peer.receives, 1);
            detach(&fixture, &peer);
        }
    }
}

TEST(backend_serves_many_of_whom_some_come_and_go)
{
    fixture_t fixture;
    EACH_BACKEND(&fixture)
    {
        static peer_t peers[PEERS_MAX];
        for (int i = 0; i < PEERS_MAX; i++)
            attach(&fixture, &peers[i]);
        for (int round = 0; round < 5; round++) {
            unsigned before = fixture.events;
            for (int i = 0; i < PEERS_MAX; i++)
                arm_recv(&fixture, &peers[i]);
            for (int i = 0; i < PEERS_MAX; i++)
                say(&peers[i], "x");
            poll_until(&fixture, &fixture.events, before + PEERS_MAX);
            for (int i = 0; i < PEERS_MAX; i++)
                CHECK_INT(1, peers[i].receives);
            for (int i = 0; i < PEERS_MAX; i++) {
                peers[i].receives = 0;
                if (i % 5 == round) detach(&fixture, &peers[i]);
            }
            for (int i = round; i < PEERS_MAX; i += 5)
                attach(&fixture, &peers[i]);
        }
        for (int i = 0; i < PEERS_MAX; i++)
            detach(&fixture, &peers[i]);
    }
}

/* ---- an io that the kernel cannot tell of ---- */

#ifdef HYP_HAVE_EPOLL

/* Another io has the same descriptor, which the kernel watches once. */
static void begin_with_one_watched(fixture_t *fixture, peer_t *watched, peer_t *refused)
{
    backend_set_up(fixture, backend_ops("epoll"));
    attach(fixture, watched);
    set_buffers(watched, 20000);
    arm_recv(fixture, watched);
    poll_all(fixture);
    *refused = (peer_t){.io = {.fd = watched->io.fd}};
    CHECK_INT(HYP_OK, fixture->ops->attach(fixture->backend, &refused->io));
}

static void end_with_one_watched(fixture_t *fixture, peer_t *watched, peer_t *refused)
{
    cancel(fixture, refused);
    detach(fixture, watched);
    backend_tear_down(fixture);
}

TEST(backend_epoll_tells_who_waits_to_receive_that_it_cannot_be_watched)
{
    fixture_t fixture;
    peer_t watched, refused;
    begin_with_one_watched(&fixture, &watched, &refused);
    arm_recv(&fixture, &refused);
    poll_until(&fixture, &refused.receives, 1);
    CHECK_INT(-EEXIST, refused.end);
    CHECK(!refused.io.recv_armed);
    end_with_one_watched(&fixture, &watched, &refused);
}

TEST(backend_epoll_tells_who_waits_for_more_that_it_cannot_be_watched)
{
    fixture_t fixture;
    peer_t watched, refused;
    begin_with_one_watched(&fixture, &watched, &refused);
    refused.rearms = true;
    arm_recv(&fixture, &refused);
    say(&watched, "hello");
    poll_until(&fixture, &refused.ends, 1);
    CHECK_BYTES("hello", refused.got, refused.got_len);
    CHECK_INT(-EEXIST, refused.end);
    poll_all(&fixture);
    CHECK_INT(1, refused.ends);
    end_with_one_watched(&fixture, &watched, &refused);
}

TEST(backend_epoll_tells_who_has_to_wait_to_send_that_it_cannot_be_watched)
{
    fixture_t fixture;
    peer_t watched, refused;
    static const char load[10000];
    size_t sent;
    hyp_status status;
    begin_with_one_watched(&fixture, &watched, &refused);
    do
        status = send_bytes(&fixture, &refused, load, sizeof load, &sent);
    while (status == HYP_OK);
    CHECK_INT(-EEXIST, status);
    CHECK(!refused.io.send_armed);
    end_with_one_watched(&fixture, &watched, &refused);
}

/* Its first bytes are there when it is looked at, and it ends with them: the kernel has never heard of it. */
TEST(backend_epoll_does_not_watch_who_is_over_with_its_first_bytes)
{
    fixture_t fixture;
    peer_t watched, refused;
    begin_with_one_watched(&fixture, &watched, &refused);
    arm_recv(&fixture, &refused);
    say(&watched, "hello");
    fixture.victims = &refused;
    fixture.victim_count = 1;
    poll_until(&fixture, &refused.receives, 1);
    CHECK_BYTES("hello", refused.got, refused.got_len);
    CHECK_INT(0, refused.ends);
    detach(&fixture, &watched);
    backend_tear_down(&fixture);
}

#endif
