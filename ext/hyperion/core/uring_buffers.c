#include "uring_buffers.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define PROVIDED_AT_FIRST 64

/* Buffers of whole pages would all begin in the same few places of the processor's cache. */
#define STRIDE (HYP_URING_BUFFER_BYTES + 64)

static void *map(size_t len)
{
    void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    (void)madvise(memory, len, MADV_DONTFORK);
    return memory;
}

static size_t ring_bytes(const hyp_uring_buffers_t *buffers)
{
    return buffers->max * sizeof(struct io_uring_buf);
}

static size_t memory_bytes(const hyp_uring_buffers_t *buffers)
{
    return (size_t)buffers->max * STRIDE;
}

void hyp_uring_buffers_close(hyp_uring_buffers_t *buffers)
{
    if (buffers->ring) munmap(buffers->ring, ring_bytes(buffers));
    if (buffers->memory) munmap(buffers->memory, memory_bytes(buffers));
    memset(buffers, 0, sizeof *buffers);
}

static void provide(hyp_uring_buffers_t *buffers, unsigned count)
{
    while (buffers->provided < count && buffers->provided < buffers->max)
        hyp_uring_buffers_give_back(buffers, buffers->provided++);
}

static hyp_status register_ring(const hyp_uring_buffers_t *buffers, hyp_uring_t *uring)
{
    struct io_uring_buf_reg registration;
    memset(&registration, 0, sizeof registration);
    registration.ring_addr = (uintptr_t)buffers->ring;
    registration.ring_entries = buffers->max;
    registration.bgid = HYP_URING_BUFFER_GROUP;
    return io_uring_register_buf_ring(&uring->ring, &registration, 0);
}

hyp_status hyp_uring_buffers_open(hyp_uring_buffers_t *buffers, hyp_uring_t *uring, unsigned max)
{
    memset(buffers, 0, sizeof *buffers);
    buffers->max = max;
    buffers->ring = map(ring_bytes(buffers));
    buffers->memory = map(memory_bytes(buffers));
    hyp_status status = buffers->ring && buffers->memory ? register_ring(buffers, uring) : HYP_NO_MEMORY;
    if (status != HYP_OK) {
        hyp_uring_buffers_close(buffers);
        return status;
    }
    io_uring_buf_ring_init(buffers->ring);
    provide(buffers, PROVIDED_AT_FIRST);
    hyp_uring_buffers_tell(buffers);
    return HYP_OK;
}

static char *place(const hyp_uring_buffers_t *buffers, unsigned number)
{
    return buffers->memory + (size_t)number * STRIDE;
}

const char *hyp_uring_buffer(const hyp_uring_buffers_t *buffers, unsigned number)
{
    return place(buffers, number);
}

void hyp_uring_buffers_give_back(hyp_uring_buffers_t *buffers, unsigned number)
{
    io_uring_buf_ring_add(buffers->ring, place(buffers, number), HYP_URING_BUFFER_BYTES, (unsigned short)number,
                          (int)buffers->max - 1, (int)buffers->given_back++);
}

void hyp_uring_buffers_tell(hyp_uring_buffers_t *buffers)
{
    if (buffers->starved) provide(buffers, 2 * buffers->provided);
    buffers->starved = false;
    if (buffers->given_back == 0) return;
    io_uring_buf_ring_advance(buffers->ring, (int)buffers->given_back);
    buffers->given_back = 0;
}
