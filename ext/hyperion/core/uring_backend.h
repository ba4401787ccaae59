/* The insides of the backend on io_uring: shared by backend_uring.c, which has the verbs, and uring_events.c, which has what comes
 * back.
 *
 * What an entry lacks is put into submissions just before the wait, from the list of those whom something has happened to: so a
 * full queue delays it, and nothing else. What an entry can be told without the kernel is told just after the wait. */
#ifndef HYP_URING_BACKEND_H
#define HYP_URING_BACKEND_H

#include "engine_limits.h"
#include "uring_accept.h"
#include "uring_batch.h"
#include "uring_buffers.h"
#include "uring_tag.h"

#define HYP_URING_STASH_BYTES 16384 /* of one who is not listened to: more waits in the kernel */

typedef struct {
    hyp_uring_entry_t *first;
    hyp_uring_entry_t **end; /* where the next one is linked */
} hyp_uring_list_t;

struct hyp_backend {
    hyp_backend_config_t config;
    hyp_uring_t uring;
    hyp_uring_buffers_t buffers;
    hyp_uring_entries_t entries;
    hyp_uring_batch_t batch;
    hyp_uring_accept_t accept;
    hyp_uring_list_t touched; /* to be looked at before the next wait */
    hyp_uring_list_t ready;   /* to be told after it */
    unsigned under_way;       /* operations whose last completion is still to come */
    uint32_t round;
    bool wake_posted;
    bool closing;
    char buffer[HYP_RECV_BYTES];
};

/* Has the entry looked at before the next wait. */
void hyp_uring_touch(hyp_backend_t *backend, hyp_uring_entry_t *entry);

/* Puts what the touched ones need into submissions, or them among the ready. */
void hyp_uring_prepare(hyp_backend_t *backend);

/* Takes all completions that are there, and tells. */
void hyp_uring_take_completions(hyp_backend_t *backend);

/* Tells those that were ready. */
void hyp_uring_tell_ready(hyp_backend_t *backend);

#endif
