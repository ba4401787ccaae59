/*
 * Finds where answers end in a stream of bytes: by length, in chunks, or at the end of the connection. It judges the
 * status and nothing else; the bytes of the body have been compared before anything is timed.
 */
#ifndef BENCH_ANSWER_H
#define BENCH_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ANSWER_LINE_BYTES_MAX 256

typedef enum { ANSWER_LINES, ANSWER_BODY, ANSWER_UNTIL_END, ANSWER_BROKEN } answer_state_t;

typedef struct {
    answer_state_t state;
    bool in_head; /* the lines are of a head, not of chunks */
    bool chunked;
    bool has_length;
    bool last_chunk;
    bool ok;     /* the status is 200 */
    bool closes; /* the server has said so */
    uint64_t body_left;
    size_t line_bytes; /* of the line so far; the part behind ANSWER_LINE_BYTES_MAX is dropped */
    char line[ANSWER_LINE_BYTES_MAX + 1];
} answer_t;

void answer_init(answer_t *answer);

/* Takes bytes up to the end of one answer, says how many, and whether that end was reached. */
size_t answer_take(answer_t *answer, const char *bytes, size_t size, bool *complete);

#endif
