/* Small sends that wait for the round's one system call, with copies of their bytes. The bytes stay until what the kernel says
 * of them has been seen, so there are two halves: one is being filled, of the other the kernel has been told. */
#ifndef HYP_URING_BATCH_H
#define HYP_URING_BATCH_H

#include <sys/uio.h>

#include "uring_entry.h"

#define HYP_URING_SEND_BYTES_MAX 2048 /* a longer one costs more to copy than a system call */

typedef struct {
    hyp_uring_entry_t *entry;
    const char *bytes;
} hyp_uring_batch_send_t;

typedef struct {
    char *bytes;
    size_t used;
    hyp_uring_batch_send_t *sends;
    unsigned count;
    bool awaited; /* somebody goes on only when it is known what has become of them */
} hyp_uring_batch_half_t;

typedef struct {
    hyp_uring_batch_half_t filling, told;
} hyp_uring_batch_t;

/* HYP_OK or HYP_NO_MEMORY. */
HYP_MUST_USE hyp_status hyp_uring_batch_open(hyp_uring_batch_t *batch);
void hyp_uring_batch_close(hyp_uring_batch_t *batch);

bool hyp_uring_batch_has_room(const hyp_uring_batch_t *batch, size_t len);

/* Copies the pieces, for which there is room: they become the entry's doubtful bytes. */
void hyp_uring_batch_add(hyp_uring_batch_t *batch, hyp_uring_entry_t *entry, const struct iovec *iov, int count);

/* The entry, which is in doubt, cannot go on as long as it is. */
void hyp_uring_batch_await(hyp_uring_batch_t *batch, const hyp_uring_entry_t *entry);

/* True when the doubts must end soon: a send that goes whole is told by nothing, and so ends no wait. */
bool hyp_uring_batch_is_awaited(const hyp_uring_batch_t *batch);

/* The kernel has been told of all: changes the halves, if the other one is empty. */
void hyp_uring_batch_turn(hyp_uring_batch_t *batch);

#endif
