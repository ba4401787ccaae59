#include "failing_allocator.h"

#include <stdlib.h>

/* Under AddressSanitizer its allocator can be called by a name of its own; without optimisation, as when coverage is measured,
 * the C library's. In other builds allocations are left alone, since valgrind looks for them by their names. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define UNDER_ADDRESS_SANITIZER
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define UNDER_ADDRESS_SANITIZER
#endif

#if defined UNDER_ADDRESS_SANITIZER && defined __linux__
#define REAL(function) __interceptor_##function
#elif defined __GLIBC__ && !defined __OPTIMIZE__
#define REAL(function) __libc_##function
#endif

static _Thread_local long left = -1; /* allocations until one fails; negative: none will */
static _Thread_local bool paused;

#ifdef REAL

void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t count, size_t size);
void *REAL(realloc)(void *memory, size_t size);
void *REAL(memalign)(size_t alignment, size_t size);

static bool fails(void)
{
    return left >= 0 && !paused && left-- == 0;
}

void *malloc(size_t size)
{
    return fails() ? NULL : REAL(malloc)(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : REAL(calloc)(count, size);
}

void *realloc(void *memory, size_t size)
{
    return fails() ? NULL : REAL(realloc)(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : REAL(memalign)(alignment, size);
}

bool allocations_can_fail(void)
{
    return true;
}

#else

bool allocations_can_fail(void)
{
    return false;
}

#endif

void fail_allocation_after(long count)
{
    left = count;
    paused = false;
}

bool stop_failing_allocations(void)
{
    bool failed = left < 0;
    left = -1;
    return failed;
}

void pause_failing_allocations(void)
{
    paused = true;
}

void resume_failing_allocations(void)
{
    paused = false;
}
