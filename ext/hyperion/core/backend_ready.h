/* What the readiness backends share: making completions of readiness. */
#ifndef HYP_BACKEND_READY_H
#define HYP_BACKEND_READY_H

#include "backend.h"

#define HYP_ACCEPT_BATCH 64    /* connections accepted in one go; the listener is asked again in the next round */
#define HYP_SEND_BURST 1048576 /* bytes to one fast reader in one go; then it is the others' turn */

/* Receives for an io whose receive is armed, and tells `events`. Nothing there: it stays armed. Fewer bytes than asked for: the
 * kernel has no more, and io->readable is false unless the peer has closed. Answers how many bytes have come. */
size_t hyp_ready_receive(hyp_io_t *io, char *buffer, size_t len, const hyp_backend_events_t *events);

/* Tells `events` that an armed send may be tried again. */
void hyp_ready_writable(hyp_io_t *io, const hyp_backend_events_t *events);

/* True when an io has sent so much since its last event that it waits for the next round. */
bool hyp_ready_is_greedy(const hyp_io_t *io);

/* The arm_send verb: sends now, or arms; only arms for an io that is greedy, of which the kernel will not tell. */
HYP_MUST_USE hyp_status hyp_ready_send(hyp_io_t *io, const struct iovec *iov, int count, size_t *sent);

#ifdef __linux__
/* The arm_send_file verb, by sendfile(2). */
HYP_MUST_USE hyp_status hyp_ready_send_file(hyp_io_t *io, int file_fd, uint64_t offset, uint64_t len, size_t *sent);
#endif

/* Accepts up to `most` connections while *armed stays true, and tells `events`. */
void hyp_ready_accept(int listener_fd, int most, const bool *armed, const hyp_backend_events_t *events);

#endif
