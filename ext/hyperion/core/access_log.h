/* An access log: rings that answering threads push into, and a thread of its own that takes from them, makes lines and writes
 * these in batches. When what it writes to stalls, the rings fill and nothing more goes in; who answers never waits.
 *
 * Threads: hyp_access_log_ring's rings are pushed into as log_ring.h says, followed by hyp_access_log_tell; all else is for
 * any thread, one at a time. Nothing of it may be called in a forked child. */
#ifndef HYP_ACCESS_LOG_H
#define HYP_ACCESS_LOG_H

#include "log_line.h"

#define HYP_LOG_RING_BYTES 1048576 /* of each ring */

typedef struct hyp_access_log hyp_access_log_t;

/* `path` is copied; NULL: standard output. Memory only. HYP_OK or HYP_NO_MEMORY. */
HYP_MUST_USE hyp_status hyp_access_log_new(hyp_access_log_t **out, const char *path, hyp_log_form form, unsigned rings,
                                           size_t ring_bytes);

/* Who pushes may hold references of their own: the rings are there as long as one of them is, though nothing may be written. */
void hyp_access_log_retain(hyp_access_log_t *log);
void hyp_access_log_release(hyp_access_log_t *log);

/* Stops as _stop does, without waiting, and gives up the maker's reference. */
void hyp_access_log_destroy(hyp_access_log_t *log);

/* Opens the file, for appending, and makes the thread. HYP_OK or -errno. */
HYP_MUST_USE hyp_status hyp_access_log_start(hyp_access_log_t *log);

/* Opens the file anew, in place of the old one before the next line is written. HYP_OK, or -errno: the old one stays. */
HYP_MUST_USE hyp_status hyp_access_log_reopen(hyp_access_log_t *log);

/* Ends the thread once everything is written, or `msec` after the first call. HYP_OK, HYP_CLOSED when something could not be
 * written, or HYP_INTERRUPTED: to be called again. A thread that still hangs in a write is left to itself, with what it needs. */
HYP_MUST_USE hyp_status hyp_access_log_stop(hyp_access_log_t *log, unsigned msec);

/* Any thread: ends the present or next wait of _stop with HYP_INTERRUPTED. */
void hyp_access_log_interrupt(hyp_access_log_t *log);

hyp_log_ring_t *hyp_access_log_ring(hyp_access_log_t *log, unsigned number);
hyp_log_form hyp_access_log_form(const hyp_access_log_t *log);

/* Something may have been pushed: wakes the thread when it sleeps; cheap when it does not. Returns how many lines could not be
 * written, as far as nobody was told yet. */
uint64_t hyp_access_log_tell(hyp_access_log_t *log);

#endif
