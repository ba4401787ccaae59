/* Native threads of our own. */
#ifndef HYP_THREAD_H
#define HYP_THREAD_H

#include <pthread.h>

/* One that gets no signals: they are for the threads that were there before. 0, or the error number. */
int hyp_thread_start(pthread_t *thread, void *(*run)(void *), void *arg);

#endif
