/* Lets the allocations of a thread fail, where the build has a way to do it: see failing_allocator.c. */
#ifndef FAILING_ALLOCATOR_H
#define FAILING_ALLOCATOR_H

#include <stdbool.h>

/* False where allocations cannot be made to fail: then what asks for it tests nothing. */
bool allocations_can_fail(void);

/* After `count` more allocations of this thread one fails, and no further one. */
void fail_allocation_after(long count);

/* Ends it; answers whether one has failed. */
bool stop_failing_allocations(void);

/* For what a test allocates itself in between. */
void pause_failing_allocations(void);
void resume_failing_allocations(void);

#endif
