/* What trusted proxies say of the client behind them: X-Forwarded-For, -Proto, -Host and -Port, and where there is no such field,
 * Forwarded (RFC 7239). The old names go first: nearly every proxy sets them, and passes a Forwarded of the client's making on.
 *
 * Lists are read from the right, where the nearest proxy has added what it saw, as far as those that it names are trusted
 * too; what is further left may be anybody's invention. A malformed value ends the reading, and is not used. */
#ifndef HYP_FORWARDED_H
#define HYP_FORWARDED_H

#include "networks.h"
#include "parser.h"

#define HYP_FORWARDED_HOPS_MAX 32 /* looked at in one list */

typedef enum { HYP_SCHEME_UNKNOWN, HYP_SCHEME_HTTP, HYP_SCHEME_HTTPS } hyp_scheme;

/* Spans are positions in the bytes of the head; of length 0: not told. */
typedef struct {
    char client[HYP_PEER_BYTES]; /* in print; the peer where nothing better is known */
    uint8_t scheme;              /* hyp_scheme */
    hyp_span_t host;             /* host[:port] */
    hyp_span_t port;
} hyp_forwarded_t;

/* Fills in *forwarded for a request of a trusted peer. */
void hyp_forwarded_read(hyp_forwarded_t *forwarded, const hyp_networks_t *trusted, const char *peer,
                        const hyp_header_t *headers, uint32_t header_count, const char *bytes);

#endif
