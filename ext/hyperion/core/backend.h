/* Moving bytes. A backend is completion-shaped: a receive is armed and its bytes come by an event; a readiness backend
 * emulates that, io_uring is native. It knows descriptors and bytes, and no word of HTTP.
 *
 * Polled by one thread, and closed by that, or when it has ended. Events are called from within `poll` alone. */
#ifndef HYP_BACKEND_H
#define HYP_BACKEND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "wake.h"

#define HYP_CACHE_LINE 64
#define HYP_IO_LINES 3 /* an io, and what its owner keeps right behind it to be at hand with every event */

/* A descriptor in a backend's care; embedded in its owner's struct. Zeroed by the owner, who sets fd. */
typedef struct hyp_io {
    int fd;
    uint32_t index; /* the backend's: a place in its table */
    struct hyp_io *next_ready;
    size_t burst;  /* bytes sent since its last event */
    bool readable; /* may have bytes, or an end */
    bool hung_up;  /* the peer has closed: an end follows the bytes */
    bool recv_armed;
    bool send_armed;
    bool ready;    /* in the list of those to be looked at without asking the kernel */
    bool at_once;  /* the owner's: what arm_send takes is to be gone when it answers */
    bool in_doubt; /* the backend's: what arm_send took last may yet come back */
    uint8_t care;  /* the backend's: how far it has taken it in */
} hyp_io_t;

/* An event of this io comes soon: where it and its owner are in no cache, they are fetched meanwhile. Any address will do. */
static inline void hyp_io_expect(const void *io)
{
    for (int i = 0; i < HYP_IO_LINES; i++)
        __builtin_prefetch((const char *)io + i * HYP_CACHE_LINE, 1);
}

typedef struct {
    void *ctx;

    /* The wait is over: once in each poll, before its other events. */
    void (*on_round)(void *ctx);

    /* A connection, its descriptor non-blocking and close-on-exec, now the callee's; `peer` is its address. While disarmed, of one that
     * was accepted before; then the callee may answer false, which leaves it to the backend, to be told again. */
    bool (*on_accept)(void *ctx, int fd, const struct sockaddr_storage *peer);

    /* An accept has failed: -errno. Accepting goes on unless it is disarmed. */
    void (*on_accept_error)(void *ctx, hyp_status status);

    /* len > 0: bytes, valid during the call. len == 0: HYP_CLOSED for the end, or -errno. The receive is not armed any more. For
     * an io that was cancelled: see there. */
    void (*on_recv)(void *ctx, hyp_io_t *io, hyp_status status, const char *bytes, size_t len);

    /* The armed send may be tried again (status HYP_AGAIN), is complete for `len` bytes (HYP_OK), or has failed; so has one that was
     * in doubt. */
    void (*on_sent)(void *ctx, hyp_io_t *io, hyp_status status, size_t len);

    /* Of an io in doubt: these bytes, the last that arm_send took, are not gone after all. Valid during the call. They, and what is
     * behind them, are to be sent again. */
    void (*on_unsent)(void *ctx, hyp_io_t *io, const char *bytes, size_t len);
} hyp_backend_events_t;

typedef struct hyp_backend hyp_backend_t;

typedef struct {
    int listener_fd;        /* listening, non-blocking; not owned */
    const hyp_wake_t *wake; /* watched and taken back; not owned */
    bool shared_listener;   /* other loops wait on it too */
    hyp_backend_events_t events;
} hyp_backend_config_t;

/* The verb table. */
typedef struct {
    const char *name;
    bool optional; /* a machine may lack it, or forbid it: then _open fails */

    /* Makes the backend and its descriptors. HYP_OK, HYP_NO_MEMORY or -errno. */
    HYP_MUST_USE hyp_status (*open)(hyp_backend_t **out, const hyp_backend_config_t *config);

    /* Ends it. Every io must have been cancelled; what events are still due do not come. */
    void (*close)(hyp_backend_t *backend);

    /* Accepts from now on, until disarmed (`on` false). HYP_OK or -errno, as for a listener that cannot be used. */
    HYP_MUST_USE hyp_status (*arm_accept)(hyp_backend_t *backend, bool on);

    /* Takes a descriptor into care. HYP_OK, HYP_NO_MEMORY or -errno. */
    HYP_MUST_USE hyp_status (*attach)(hyp_backend_t *backend, hyp_io_t *io);

    /* One on_recv to come. */
    void (*arm_recv)(hyp_backend_t *backend, hyp_io_t *io);

    /* Sends. HYP_OK: *sent bytes (at least one) are gone already, and no event follows; but where io->in_doubt is true then, they go with
     * the next poll, which clears it or tells what has become of them. HYP_AGAIN: an on_sent follows, and the bytes must stay where they
     * are until then; so it is for an io in doubt, also without any bytes. HYP_CLOSED or -errno: failed. */
    HYP_MUST_USE hyp_status (*arm_send)(hyp_backend_t *backend, hyp_io_t *io, const struct iovec *iov, int count,
                                        size_t *sent);

    /* As arm_send, for bytes of a file. HYP_CLOSED also when the file has ended early. NULL: the backend has no way of its own, and the
     * owner reads and sends. */
    HYP_MUST_USE hyp_status (*arm_send_file)(hyp_backend_t *backend, hyp_io_t *io, int file_fd, uint64_t offset,
                                             uint64_t len, size_t *sent);

    /* Lets go of a descriptor, which may be closed or given away when nothing of it is under way any more. HYP_OK: at once, and no
     * event follows. HYP_AGAIN: after one last on_recv, and nothing but that: with the bytes that have come meanwhile; with HYP_END when
     * there are none; or with -errno when some were lost. The io must stay until then, but no bytes that were to be sent. Must not be called twice. */
    HYP_MUST_USE hyp_status (*cancel)(hyp_backend_t *backend, hyp_io_t *io);

    /* Waits for at most timeout_ms (-1: for ever; 0: not at all), or until the wake is signalled, and delivers events. HYP_OK or
     * -errno. */
    HYP_MUST_USE hyp_status (*poll)(hyp_backend_t *backend, int timeout_ms);

    /* Before a long time without a poll: what arm_send took goes now. NULL: it always has. */
    void (*flush)(hyp_backend_t *backend);
} hyp_backend_ops_t;

#ifdef HYP_HAVE_EPOLL
extern const hyp_backend_ops_t hyp_backend_epoll;
#endif
extern const hyp_backend_ops_t hyp_backend_poll;
#ifdef HYP_HAVE_LIBURING
extern const hyp_backend_ops_t hyp_backend_uring;
#endif

/* The best one compiled in. */
const hyp_backend_ops_t *hyp_backend_default(void);

/* By name, or NULL when it is not compiled in. */
const hyp_backend_ops_t *hyp_backend_named(const char *name);

/* Whether io_uring can be had here and now, found out by a ring that is made and ended again. HYP_OK or -errno: ENOSYS when it is
 * not compiled in, or the kernel has none or too little of it; EPERM where it is forbidden; ENOMEM; EMFILE. */
HYP_MUST_USE hyp_status hyp_backend_try_io_uring(void);

#endif
