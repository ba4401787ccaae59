/* The authority of a request: what Host, an absolute-form and an authority-form target name
 * (RFC 9110 section 7.2, RFC 3986 section 3.2). */
#ifndef HYP_AUTHORITY_H
#define HYP_AUTHORITY_H

#include "slice.h"

/* True for uri-host [ ":" port ] without userinfo: a registered name, an IPv4 address or an IP literal in brackets,
 * none of them empty, and none with a comma, which may be what is left of two Hosts; a port of decimal digits up to 65535, which may be empty. Bytes up to `readable`, at or behind
 * the authority's end, may be read, which makes short names cheap. */
bool hyp_authority_is_valid(hyp_slice_t authority, const char *readable);

/* True for what CONNECT may name: the same, with a port of 1 to 65535 (RFC 9110 section 9.3.6). */
bool hyp_authority_has_port(hyp_slice_t authority);

#endif
