/* What the backend on io_uring knows of one descriptor in its care. An entry outlives its owner's interest: it is free only
 * when the kernel has nothing of it any more. */
#ifndef HYP_URING_ENTRY_H
#define HYP_URING_ENTRY_H

#include "backend.h"
#include "buf.h"

/* What of an entry's receiving side the kernel has. */
typedef enum { HYP_URING_NOTHING, HYP_URING_BYTES, HYP_URING_READINESS } hyp_uring_receiving;

typedef struct hyp_uring_entry {
    hyp_io_t *io;
    uint32_t number;
    uint32_t generation;
    struct hyp_uring_entry *next; /* in the free list or in one of the backend's */
    hyp_buf_t stash;              /* received, and not told yet */
    hyp_status end;               /* behind the stash; HYP_OK: none yet */
    const char *doubtful;         /* with io->in_doubt: the bytes */
    uint32_t doubtful_len;
    uint32_t round;    /* in which bytes were told last */
    uint8_t receiving; /* hyp_uring_receiving */
    bool cancelling;   /* the receive */
    bool polls_output;
    bool bulk;      /* much comes: it is asked for readiness, and received in large pieces */
    bool listed;    /* in one of the backend's lists */
    bool telling;   /* its event is being told */
    bool cancelled; /* let go by its owner: one last event is due */
} hyp_uring_entry_t;

/* Entries by number; they keep their place. Zero is an empty table. */
typedef struct {
    hyp_uring_entry_t **chunks;
    uint32_t chunk_count;
    hyp_uring_entry_t *free;
} hyp_uring_entries_t;

void hyp_uring_entries_free(hyp_uring_entries_t *entries);

/* An entry for an io, whose index it sets. HYP_OK or HYP_NO_MEMORY. */
HYP_MUST_USE hyp_status hyp_uring_entry_take(hyp_uring_entries_t *entries, hyp_io_t *io);

/* The entry of an io in care. */
hyp_uring_entry_t *hyp_uring_entry_of(const hyp_uring_entries_t *entries, const hyp_io_t *io);

/* The entry with this number and generation; NULL when it has been given back. */
hyp_uring_entry_t *hyp_uring_entry_find(const hyp_uring_entries_t *entries, uint32_t number, uint32_t generation);

/* Frees its storage and ends its use. */
void hyp_uring_entry_give_back(hyp_uring_entries_t *entries, hyp_uring_entry_t *entry);

/* True when neither the kernel nor a list has anything of it. */
bool hyp_uring_entry_is_idle(const hyp_uring_entry_t *entry);

#endif
