/* The header of the PROXY protocol, versions 1 and 2, by which a proxy that passes bytes on says whose they are. Strict: what is
 * no such header from its first bytes on is refused at once. */
#ifndef HYP_PROXY_HEADER_H
#define HYP_PROXY_HEADER_H

#include "networks.h"

#define HYP_PROXY_LINE_BYTES_MAX 107 /* a header of version 1, its CRLF included */

typedef struct {
    size_t bytes;    /* that belong to the header */
    bool has_source; /* false: the proxy speaks for itself, or does not know */
    hyp_ip_t source;
} hyp_proxy_header_t;

/* Parses the header at the start of bytes[0, len). Keeps nothing: an unfinished one is given again with more behind it.
 *
 * HYP_OK            *header is filled in
 * HYP_AGAIN         it is not complete; nothing is wrong so far
 * HYP_REFUSE_PROXY  malformed, or none */
HYP_MUST_USE hyp_status hyp_proxy_header_parse(const char *bytes, size_t len, hyp_proxy_header_t *header);

/* A header of version 1 that says the same of the source: for who takes a connection over and has to see one. Answers its
 * length; `peer` is an address in print, or empty for a source that is not known. */
size_t hyp_proxy_header_write(char to[HYP_PROXY_LINE_BYTES_MAX + 1], const char *peer);

#endif
