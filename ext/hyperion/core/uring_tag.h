/* What a completion is about, in the 64 bits that the kernel hands back: operation, generation and number of an entry. A
 * completion that comes after its entry has been freed has another generation, and finds nobody. */
#ifndef HYP_URING_TAG_H
#define HYP_URING_TAG_H

#include <stdint.h>

typedef enum {
    HYP_URING_RECEIVE = 1,
    HYP_URING_READABLE, /* a poll for input */
    HYP_URING_SEND,
    HYP_URING_WRITABLE, /* a poll for output */
    HYP_URING_CANCEL,   /* of an entry's receive or poll */
    HYP_URING_ACCEPT,   /* from here on: of no entry */
    HYP_URING_WAKE,
    HYP_URING_FORGET /* nobody wants to know */
} hyp_uring_operation;

#define HYP_URING_GENERATION_MASK 0xffffffu

static inline uint64_t hyp_uring_tag(hyp_uring_operation operation, uint32_t number, uint32_t generation)
{
    return (uint64_t)operation << 56 | (uint64_t)(generation & HYP_URING_GENERATION_MASK) << 32 | number;
}

static inline hyp_uring_operation hyp_uring_tag_operation(uint64_t tag)
{
    return (hyp_uring_operation)(tag >> 56);
}

static inline uint32_t hyp_uring_tag_generation(uint64_t tag)
{
    return (uint32_t)(tag >> 32) & HYP_URING_GENERATION_MASK;
}

static inline uint32_t hyp_uring_tag_number(uint64_t tag)
{
    return (uint32_t)tag;
}

#endif
