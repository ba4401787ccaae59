/* One HTTP/1.x connection as a state machine, sans I/O: events come in, one want comes out, and no system call is made.
 *
 *   PROXY ──► HEAD, where a proxy must first say whose connection it is
 *   HEAD ──► BODY ──► DISPATCH ──► WAITING ──► (HEAD | FLUSHING)
 *     ├─ static hit, health: answered in place, back to HEAD
 *     ├─ refusal: canned answer, FLUSHING ──► LINGER ──► CLOSED
 *     └─ not ours, or hijacked while WAITING: HANDOFF
 *
 * After every event the owner asks hyp_conn_want and does what it says:
 *
 *   RECV      receive; then on_recv or on_eof
 *   SEND      send what hyp_conn_output shows; then on_sent
 *   DISPATCH  hyp_conn_take_request, to a worker; then on_reply, on_overload or on_late
 *   REPLY     nothing: an answer is awaited
 *   LINGER    shut the sending side down; then hyp_conn_on_shutdown
 *   HANDOFF   hyp_conn_handoff_bytes, to hyp_conn_take_hijack's answer where there is one, then forget the connection
 *   CLOSE     close the descriptor, then hyp_conn_free
 *
 * A connection belongs to one thread. What the connections of a thread share is hyp_conn_shared_t. */
#ifndef HYP_CONN_H
#define HYP_CONN_H

#include <sys/uio.h>

#include "access_log.h"
#include "counters.h"
#include "engine_limits.h"
#include "health.h"
#include "request.h"
#include "timers.h"

_Static_assert((int)HYP_NOT_COUNTED == (int)HYP_TIMER_KINDS, "connections are counted by their timers");

typedef enum {
    HYP_WANT_RECV,
    HYP_WANT_SEND,
    HYP_WANT_DISPATCH,
    HYP_WANT_REPLY,
    HYP_WANT_LINGER,
    HYP_WANT_HANDOFF,
    HYP_WANT_CLOSE
} hyp_want;

#define HYP_ROUTE_SETS 2 /* looked up in order */

/* Shared by the connections of one thread, and used by it alone. The owner fills in what is above the line. */
typedef struct {
    const hyp_limits_t *limits;
    const hyp_clock_t *clock;
    hyp_counters_t *counters;
    hyp_route_counters_t *route_counters; /* HYP_COUNTED_ROUTES of them; NULL: routes are not told apart */
    const hyp_route_set_t *counted_set;   /* whose routes have places of their own */
    hyp_route_reader_t routes[HYP_ROUTE_SETS];
    const hyp_networks_t *trusted_proxies; /* whose forwarding fields are believed; NULL: nobody's */
    const hyp_networks_t *proxy_protocol;  /* who begins with a PROXY header; NULL: nobody does */
    bool has_application;                  /* what no route serves is dispatched; else it is handed off, or 404 */
    bool has_handoff;                      /* somebody takes other protocols over */
    bool hands_off_all;                    /* a loop run by hand: also refusals and bodies are handed off */
    bool draining;                         /* answers close their connections */
    bool patient;                          /* while draining: who has not been told so may ask once more */
    bool collects_hits;                    /* hooks are registered: static hits are recorded in `hits` */
    void (*give_back)(void *ctx, hyp_reply_t *reply); /* takes over a reply with an owner; any outcome */
    void *give_back_ctx;
    hyp_verdict (*health)(void *ctx, hyp_msec_t now); /* what a health route says; NULL: all is well */
    void *health_ctx;
    hyp_access_log_t *log;    /* NULL: nothing is logged */
    hyp_log_ring_t *log_ring; /* of this thread */
    /* ---- */
    hyp_hits_t *hits;        /* of this tick; NULL when none */
    hyp_status body_trouble; /* why a body could not be kept; the owner tells it, and sets HYP_OK */
    hyp_buf_t out;           /* answers of the event being handled, before they are sent or kept */
    hyp_head_t head;
    hyp_framing_t framing;
} hyp_conn_shared_t;

/* Zeroes and sets up the scratch part; the owner sets the rest. */
void hyp_conn_shared_init(hyp_conn_shared_t *shared);
void hyp_conn_shared_free(hyp_conn_shared_t *shared);

typedef enum {
    HYP_CONN_PROXY, /* the PROXY protocol's header is awaited */
    HYP_CONN_HEAD,
    HYP_CONN_BODY,
    HYP_CONN_DISPATCH,
    HYP_CONN_WAITING,
    HYP_CONN_FLUSHING, /* the last bytes are on their way */
    HYP_CONN_LINGER,   /* ours is sent; the client's rest is read and dropped */
    HYP_CONN_HANDOFF,
    HYP_CONN_CLOSED
} hyp_conn_state;

/* Members are conn.c's and conn_input.c's own. Those above the line are all that a static hit needs: with thousands of connections
 * nothing of the next one is in a cache, and each line of it costs a wait for memory. */
typedef struct {
    uint8_t state;      /* hyp_conn_state */
    uint8_t send_flags; /* HYP_SEND_*, of the request under way */
    bool restart_timer; /* the present time-out starts anew */
    bool fresh;         /* no request has been answered yet */
    bool out_shared;    /* output of this event is in shared->out, not in `out` */
    bool lingers;       /* after FLUSHING comes LINGER, not CLOSE */
    bool peer_trusted;  /* `peer` is one of the trusted proxies */
    bool proxied;       /* a PROXY header has come */
    bool source_told;   /* and said who `peer` is */
    bool answer_begun;  /* the head of the answer to the request that was taken has come */
    bool for_route;     /* the request that was taken is a route's, not the application's */
    uint8_t route_number;
    hyp_parser_t parser;
    uint64_t progress;         /* bytes that the present body, or output, has moved since its time-out began */
    hyp_buf_t in;              /* received, not consumed */
    hyp_buf_t out;             /* to be sent, kept between events */
    hyp_reply_t *replies;      /* behind `out`, in order; owned */
    hyp_slice_t response_rest; /* what of the response's body is to be sent, behind `out` */
    /* ---- */
    hyp_response_t *response;  /* a static response in use (its body is sent in place, or it waits for a request body to
                                  end); owned reference */
    hyp_reply_t *last_reply;   /* NULL without `replies` */
    uint64_t reply_sent;       /* of the bytes, the tail and the file of `replies` */
    struct hyp_hijack *hijack; /* with HANDOFF: who is to get the connection; owned reference, or NULL */
    hyp_request_t *request;    /* while its body arrives, and until it is dispatched; owned */
    struct hyp_conn_log *log;  /* of the request that is to be answered; owned, or NULL */
    hyp_chunked_t chunked;
    uint8_t body;              /* hyp_body_kind of the body being read */
    uint64_t body_left;        /* of a body with a length; of what a lingering connection still reads */
    uint64_t body_seen;        /* bytes of a body whose request is not kept */
    hyp_usec_t asked_at;       /* when the request that was taken was there in full */
    char peer[HYP_PEER_BYTES]; /* in print; empty for a unix socket */
} hyp_conn_t;

void hyp_conn_init(hyp_conn_t *conn);

/* Who is at the other end; before the first event. An address in print, shorter than HYP_PEER_BYTES; empty for a unix socket. */
void hyp_conn_set_peer(hyp_conn_t *conn, const hyp_conn_shared_t *shared, const char *peer);

/* Gives back what replies hold, frees buffers, destroys a request that was not taken. The one place where it ends. */
void hyp_conn_free(hyp_conn_t *conn, hyp_conn_shared_t *shared);

/* len > 0 bytes have arrived; they are copied where they are needed after the call. */
void hyp_conn_on_recv(hyp_conn_t *conn, hyp_conn_shared_t *shared, const char *bytes, size_t len);

/* The client has closed its sending side. */
void hyp_conn_on_eof(hyp_conn_t *conn, hyp_conn_shared_t *shared);

/* A receive or a send has failed for good. */
void hyp_conn_on_error(hyp_conn_t *conn);

/* `len` bytes of what hyp_conn_output showed are sent. */
void hyp_conn_on_sent(hyp_conn_t *conn, hyp_conn_shared_t *shared, size_t len);

/* Of the bytes that were said to be sent, these last ones are not: they become output again, before all other. */
void hyp_conn_on_unsent(hyp_conn_t *conn, const char *bytes, size_t len);

/* A piece of the answer to the request that was taken; takes it over. */
void hyp_conn_on_reply(hyp_conn_t *conn, hyp_conn_shared_t *shared, hyp_reply_t *reply);

/* The request that was taken found no place in the queue; the caller has destroyed it. */
void hyp_conn_on_overload(hyp_conn_t *conn, hyp_conn_shared_t *shared);

/* The same of one that has waited there for too long. */
void hyp_conn_on_late(hyp_conn_t *conn, hyp_conn_shared_t *shared);

/* The timer that hyp_conn_timer named has expired. A body or an answer that moves at its rate has the time again. */
void hyp_conn_on_timeout(hyp_conn_t *conn, hyp_conn_shared_t *shared);

/* The same, whatever moves: somebody's patience is at an end. */
void hyp_conn_expire(hyp_conn_t *conn, hyp_conn_shared_t *shared);

/* The server drains: a connection that is idle or lingers closes, any other with its present answer. */
void hyp_conn_on_drain(hyp_conn_t *conn, hyp_conn_shared_t *shared);

/* The server drains and has no more patience: a connection that is idle lingers, so that a request which crosses our end is not
 * answered with a reset. Any other ends with its present answer. */
void hyp_conn_part(hyp_conn_t *conn, hyp_conn_shared_t *shared);

/* The sending side is shut down, as HYP_WANT_LINGER asked. */
void hyp_conn_on_shutdown(hyp_conn_t *conn, const hyp_conn_shared_t *shared);

hyp_want hyp_conn_want(const hyp_conn_t *conn, const hyp_conn_shared_t *shared);

/* True between two requests, with nothing received of the next but the empty line that may stand before it. */
bool hyp_conn_is_idle(const hyp_conn_t *conn);

/* True when the connection ends, or changes hands, with its present output. */
bool hyp_conn_ends(const hyp_conn_t *conn, const hyp_conn_shared_t *shared);

/* The time-out that applies now. */
hyp_timer_kind hyp_conn_timer(const hyp_conn_t *conn, const hyp_conn_shared_t *shared);

/* True once after each event that makes the present time-out start anew, though its kind be the same. */
bool hyp_conn_timer_restarts(hyp_conn_t *conn);

/* Fills `iov` with what is to be sent next, at most `max` pieces; answers how many. They stay valid until the next event of
 * this connection; beyond the present event of the thread only after hyp_conn_keep_output. */
int hyp_conn_output(const hyp_conn_t *conn, const hyp_conn_shared_t *shared, struct iovec *iov, int max);

/* A part of a file that is next in the output. */
typedef struct {
    int fd;
    uint64_t offset;
    uint64_t len; /* bytes left */
} hyp_file_part_t;

/* True when what comes next is in a file: hyp_conn_output shows nothing then. The owner sends it, and tells hyp_conn_on_sent; or
 * reads it, and tells hyp_conn_on_file_read. */
bool hyp_conn_file(const hyp_conn_t *conn, const hyp_conn_shared_t *shared, hyp_file_part_t *part);

/* The next `len` bytes of the file, which become output of the connection's own. HYP_OK or HYP_NO_MEMORY (it closes). */
HYP_MUST_USE hyp_status hyp_conn_on_file_read(hyp_conn_t *conn, hyp_conn_shared_t *shared, const char *bytes,
                                              size_t len);

/* Moves output that is still in the shared buffer to the connection's own. HYP_OK or HYP_NO_MEMORY. */
HYP_MUST_USE hyp_status hyp_conn_keep_output(hyp_conn_t *conn, hyp_conn_shared_t *shared);

/* With HYP_WANT_DISPATCH: the request, now the caller's, who fills in `from`. */
hyp_request_t *hyp_conn_take_request(hyp_conn_t *conn);

/* With HYP_WANT_HANDOFF: all bytes received from the start of the request that is not ours. Valid until the next event. */
hyp_slice_t hyp_conn_handoff_bytes(const hyp_conn_t *conn);

/* With HYP_WANT_HANDOFF: bytes that have come since, and are of the handoff too. HYP_OK or HYP_NO_MEMORY. */
HYP_MUST_USE hyp_status hyp_conn_keep_late(hyp_conn_t *conn, const char *bytes, size_t len);

/* With HYP_WANT_HANDOFF: who has asked for the connection, the reference now the caller's; NULL when nobody has. */
struct hyp_hijack *hyp_conn_take_hijack(hyp_conn_t *conn);

#endif
