/* Wakes a loop that sleeps in its backend: an eventfd, or a pipe where there is none. Signalling is one write, allowed
 * from any thread, any unblock function and any signal handler. */
#ifndef HYP_WAKE_H
#define HYP_WAKE_H

#include "status.h"

typedef struct {
    int read_fd; /* polled by the loop */
    int write_fd;
} hyp_wake_t;

/* HYP_OK or -errno. Descriptors are non-blocking and close-on-exec. */
HYP_MUST_USE hyp_status hyp_wake_open(hyp_wake_t *wake);
void hyp_wake_close(hyp_wake_t *wake);

/* Never blocks, never fails: a signal that does not fit finds one that is waiting already. Keeps errno. */
void hyp_wake_signal(const hyp_wake_t *wake);

/* Takes back all signals so far. */
void hyp_wake_clear(const hyp_wake_t *wake);

#endif
