#define _GNU_SOURCE
#include "answer.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define STATUS_PLACE 9 /* behind "HTTP/1.1 " */

void answer_init(answer_t *answer)
{
    memset(answer, 0, offsetof(answer_t, line));
    answer->in_head = true;
}

static void take_header(answer_t *answer)
{
    const char *line = answer->line;

    if (strncasecmp(line, "http/1.", 7) == 0 && answer->line_bytes > STATUS_PLACE) {
        answer->ok = strncmp(line + STATUS_PLACE, "200", 3) == 0;
    } else if (strncasecmp(line, "content-length:", 15) == 0) {
        answer->body_left = strtoull(line + 15, NULL, 10);
        answer->has_length = true;
    } else if (strncasecmp(line, "transfer-encoding:", 18) == 0) {
        answer->chunked = true;
    } else if (strncasecmp(line, "connection:", 11) == 0) {
        answer->closes = strcasestr(line, "close") != NULL;
    }
}

/* Answers whether the whole answer ends with its head. */
static bool end_head(answer_t *answer)
{
    answer->in_head = false;
    if (answer->chunked) return false;
    answer->state = answer->has_length ? ANSWER_BODY : ANSWER_UNTIL_END;
    return answer->has_length && answer->body_left == 0;
}

static void take_chunk_size(answer_t *answer)
{
    char *end;

    answer->body_left = strtoull(answer->line, &end, 16);
    if (end == answer->line) {
        answer->state = ANSWER_BROKEN;
    } else if (answer->body_left == 0) {
        answer->last_chunk = true;
    } else {
        answer->body_left += 2; /* the line end behind the chunk */
        answer->state = ANSWER_BODY;
    }
}

/* Answers whether the whole answer ends with this line. */
static bool end_line(answer_t *answer)
{
    size_t size = answer->line_bytes < ANSWER_LINE_BYTES_MAX ? answer->line_bytes : ANSWER_LINE_BYTES_MAX;
    bool complete = false;

    if (size > 0 && answer->line[size - 1] == '\r') size--;
    answer->line[size] = '\0';
    if (answer->in_head && size > 0) {
        take_header(answer);
    } else if (answer->in_head) {
        complete = end_head(answer);
    } else if (answer->last_chunk) {
        complete = size == 0;
    } else {
        take_chunk_size(answer);
    }
    answer->line_bytes = 0;
    return complete;
}

static size_t take_line(answer_t *answer, const char *bytes, size_t size, bool *complete)
{
    const char *end = memchr(bytes, '\n', size);
    size_t taken = end ? (size_t)(end - bytes) : size;

    if (answer->line_bytes < ANSWER_LINE_BYTES_MAX) {
        size_t room = ANSWER_LINE_BYTES_MAX - answer->line_bytes;
        memcpy(answer->line + answer->line_bytes, bytes, taken < room ? taken : room);
    }
    answer->line_bytes += taken;
    if (!end) return size;
    *complete = end_line(answer);
    return taken + 1;
}

static size_t take_body(answer_t *answer, size_t size, bool *complete)
{
    size_t taken = size < answer->body_left ? size : (size_t)answer->body_left;

    answer->body_left -= taken;
    if (answer->body_left == 0) {
        *complete = !answer->chunked;
        answer->state = ANSWER_LINES;
    }
    return taken;
}

size_t answer_take(answer_t *answer, const char *bytes, size_t size, bool *complete)
{
    size_t taken = 0;

    *complete = false;
    while (taken < size && !*complete) {
        if (answer->state == ANSWER_LINES) {
            taken += take_line(answer, bytes + taken, size - taken, complete);
        } else if (answer->state == ANSWER_BODY) {
            taken += take_body(answer, size - taken, complete);
        } else {
            return size;
        }
    }
    return taken;
}
