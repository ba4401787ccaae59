/* Heads for the tests of parser and framing: fed whole, byte by byte and in two pieces at every cut, each time so that
 * the last byte lies before an unreadable page. */
#ifndef HYP_PARSER_HELPERS_H
#define HYP_PARSER_HELPERS_H

#include "parser.h"

#define BYTES(literal) literal, sizeof(literal) - 1

#define FEED_TEXT_MAX 2048

/* What became of some bytes. `text` tells all of an accepted head, for comparison with what a test expects:
 *
 *     GET origin [/a] query [b=c] authority [-] 1.1 | Host [x] | Accept [] : 40 bytes
 */
typedef struct {
    hyp_status status;
    char text[FEED_TEXT_MAX];
} fed_t;

/* Limits that no test meets by accident. */
extern const hyp_parser_limits_t feed_limits;

/* Feeds the bytes in every way, checks that the verdict is one, that it comes at the same byte at the latest when they
 * come one by one, and that the parser is back at its start after HYP_OK. */
fed_t feed(const char *bytes, size_t len, const hyp_parser_limits_t *limits);

/* Checks all this and the verdict. */
void check_refused(hyp_status expected, const char *bytes, size_t len, const char *why);
void check_accepted(const char *expected_text, const char *bytes, size_t len);

#endif
