/* A backend under test: descriptors of socket pairs in its care, their far ends in the test's hands, and what it has told. */
#ifndef BACKEND_HELPERS_H
#define BACKEND_HELPERS_H

#include "backend.h"
#include "engine_limits.h"
#include "test.h"
#include "uring_helpers.h"

#define PATIENCE_MS 20000 /* only a lost event takes so long */
#define PEERS_MAX 300

/* The near end of a pair is the backend's, the far end the test's. */
typedef struct {
    hyp_io_t io;
    int far;
    char got[256];
    size_t got_len;
    size_t bytes; /* received, kept or not */
    unsigned receives, sends, ends;
    hyp_status end;          /* of the last on_recv without bytes */
    hyp_status send_failure; /* of the last on_sent that told of one */
    char unsent[4096];
    size_t unsent_len; /* of the last on_unsent */
    bool rearms;
    bool leaving; /* cancelled; its last event is still to come */
} peer_t;

typedef struct {
    const hyp_backend_ops_t *ops;
    hyp_backend_t *backend;
    hyp_wake_t wake;
    int listener;
    uint16_t port;
    int accepted[PEERS_MAX];
    unsigned accepts, accept_errors, rounds, events;
    unsigned accepts_max; /* disarms after so many */
    hyp_status accept_error;
    peer_t *victims; /* cancelled by the next event, whosever it is */
    unsigned victim_count;
    unsigned leaving; /* peers */
} fixture_t;

/* Makes a backend with a listener, and ends it. */
void backend_set_up(fixture_t *fixture, const hyp_backend_ops_t *ops);
void backend_tear_down(fixture_t *fixture);

/* Sends of a peer are to be gone at once, unless a test says otherwise. */
void attach(fixture_t *fixture, peer_t *peer);
void detach(fixture_t *fixture, peer_t *peer);

/* As detach, but closes nothing. */
void let_go(fixture_t *fixture, peer_t *peer);

/* The verb alone. */
void cancel(fixture_t *fixture, peer_t *peer);
void arm_recv(fixture_t *fixture, peer_t *peer);
hyp_status send_bytes(fixture_t *fixture, peer_t *peer, const char *bytes, size_t len, size_t *sent);
void accept_all(fixture_t *fixture);

/* The far end. */
void say(const peer_t *peer, const char *text);
void leave(peer_t *peer);
void set_buffers(const peer_t *peer, int bytes); /* of both ends */
int dial(const fixture_t *fixture);

/* One poll. */
void poll_for(fixture_t *fixture, int timeout_ms);

/* Waits for nothing so long, and does not spin. Some waits may end early: the kernel interrupts a thread whose ring has ended. */
void poll_in_vain(fixture_t *fixture, int timeout_ms);

/* Polls until a counter has reached a value. */
void poll_until(fixture_t *fixture, const unsigned *counter, unsigned value);

/* Takes what a backend still has to tell without anything happening outside. */
void poll_all(fixture_t *fixture);

const hyp_backend_ops_t *backend_ops(const char *name);

extern const char *const backend_names[];
extern const size_t backend_count;

/* Runs the block once on each backend, with `fixture` set up. */
#define EACH_BACKEND(fixture)                                                                                          \
    for (size_t n_ = 0; n_ < backend_count; n_++)                                                                      \
        for (bool once_ = (backend_set_up((fixture), backend_ops(backend_names[n_])), true); once_;                    \
             once_ = (backend_tear_down(fixture), false))

#endif
