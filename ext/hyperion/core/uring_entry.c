#include "uring_entry.h"

#include <stdlib.h>
#include <string.h>

#include "uring_tag.h"

#define CHUNK_ENTRIES 128

static hyp_uring_entry_t *at(const hyp_uring_entries_t *entries, uint32_t number)
{
    return &entries->chunks[number / CHUNK_ENTRIES][number % CHUNK_ENTRIES];
}

void hyp_uring_entries_free(hyp_uring_entries_t *entries)
{
    for (uint32_t i = 0; i < entries->chunk_count * CHUNK_ENTRIES; i++)
        hyp_buf_free(&at(entries, i)->stash);
    for (uint32_t i = 0; i < entries->chunk_count; i++)
        free(entries->chunks[i]);
    free(entries->chunks);
    *entries = (hyp_uring_entries_t){0};
}

static hyp_status grow(hyp_uring_entries_t *entries)
{
    hyp_uring_entry_t **chunks = realloc(entries->chunks, (entries->chunk_count + 1) * sizeof *chunks);
    if (!chunks) return HYP_NO_MEMORY;
    entries->chunks = chunks;
    hyp_uring_entry_t *chunk = calloc(CHUNK_ENTRIES, sizeof *chunk);
    if (!chunk) return HYP_NO_MEMORY;
    for (uint32_t i = CHUNK_ENTRIES; i-- > 0;) {
        chunk[i].number = entries->chunk_count * CHUNK_ENTRIES + i;
        chunk[i].next = entries->free;
        entries->free = &chunk[i];
    }
    chunks[entries->chunk_count++] = chunk;
    return HYP_OK;
}

hyp_status hyp_uring_entry_take(hyp_uring_entries_t *entries, hyp_io_t *io)
{
    if (!entries->free && grow(entries) != HYP_OK) return HYP_NO_MEMORY;
    hyp_uring_entry_t *entry = entries->free;
    entries->free = entry->next;
    uint32_t number = entry->number;
    uint32_t generation = (entry->generation + 1) & HYP_URING_GENERATION_MASK;
    memset(entry, 0, sizeof *entry);
    entry->io = io;
    entry->number = io->index = number;
    entry->generation = generation;
    return HYP_OK;
}

hyp_uring_entry_t *hyp_uring_entry_of(const hyp_uring_entries_t *entries, const hyp_io_t *io)
{
    return at(entries, io->index);
}

hyp_uring_entry_t *hyp_uring_entry_find(const hyp_uring_entries_t *entries, uint32_t number, uint32_t generation)
{
    if (number / CHUNK_ENTRIES >= entries->chunk_count) return NULL;
    hyp_uring_entry_t *entry = at(entries, number);
    return entry->io && entry->generation == generation ? entry : NULL;
}

void hyp_uring_entry_give_back(hyp_uring_entries_t *entries, hyp_uring_entry_t *entry)
{
    hyp_buf_free(&entry->stash);
    entry->io = NULL;
    entry->next = entries->free;
    entries->free = entry;
}

bool hyp_uring_entry_is_idle(const hyp_uring_entry_t *entry)
{
    return entry->receiving == HYP_URING_NOTHING && !entry->polls_output && !entry->io->in_doubt && !entry->listed &&
           !entry->telling;
}
