#include "uring_batch.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_BYTES 262144
#define BATCH_SENDS 2048

static hyp_status open_half(hyp_uring_batch_half_t *half)
{
    half->bytes = malloc(BATCH_BYTES);
    half->sends = malloc(BATCH_SENDS * sizeof *half->sends);
    return half->bytes && half->sends ? HYP_OK : HYP_NO_MEMORY;
}

static void close_half(hyp_uring_batch_half_t *half)
{
    free(half->bytes);
    free(half->sends);
}

void hyp_uring_batch_close(hyp_uring_batch_t *batch)
{
    close_half(&batch->filling);
    close_half(&batch->told);
    memset(batch, 0, sizeof *batch);
}

hyp_status hyp_uring_batch_open(hyp_uring_batch_t *batch)
{
    memset(batch, 0, sizeof *batch);
    hyp_status status = open_half(&batch->filling);
    if (status == HYP_OK) status = open_half(&batch->told);
    if (status != HYP_OK) hyp_uring_batch_close(batch);
    return status;
}

bool hyp_uring_batch_has_room(const hyp_uring_batch_t *batch, size_t len)
{
    return batch->filling.count < BATCH_SENDS && BATCH_BYTES - batch->filling.used >= len;
}

void hyp_uring_batch_add(hyp_uring_batch_t *batch, hyp_uring_entry_t *entry, const struct iovec *iov, int count)
{
    hyp_uring_batch_half_t *half = &batch->filling;
    char *start = half->bytes + half->used;
    char *end = start;
    for (int i = 0; i < count; i++) {
        memcpy(end, iov[i].iov_base, iov[i].iov_len);
        end += iov[i].iov_len;
    }
    half->used += (size_t)(end - start);
    half->sends[half->count++] = (hyp_uring_batch_send_t){entry, start};
    entry->doubtful = start;
    entry->doubtful_len = (uint32_t)(end - start);
    entry->io->in_doubt = true;
}

void hyp_uring_batch_await(hyp_uring_batch_t *batch, const hyp_uring_entry_t *entry)
{
    const hyp_uring_batch_half_t *told = &batch->told;
    bool is_told = entry->doubtful >= told->bytes && entry->doubtful < told->bytes + BATCH_BYTES;
    (is_told ? &batch->told : &batch->filling)->awaited = true;
}

bool hyp_uring_batch_is_awaited(const hyp_uring_batch_t *batch)
{
    return batch->filling.awaited || batch->told.awaited;
}

void hyp_uring_batch_turn(hyp_uring_batch_t *batch)
{
    if (batch->told.count > 0) return;
    hyp_uring_batch_half_t told = batch->filling;
    batch->filling = batch->told;
    batch->filling.used = batch->filling.count = 0;
    batch->filling.awaited = false;
    batch->told = told;
}
