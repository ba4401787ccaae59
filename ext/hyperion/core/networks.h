/* Internet addresses, and sets of networks that they may be in. An IPv4 address is kept as the IPv6 address that maps it
 * (RFC 4291 section 2.5.5.2), so that one comparison serves both, and a client of a socket for both is recognised.
 *
 * A set is filled before it is used, and constant from then on: any thread may read it. */
#ifndef HYP_NETWORKS_H
#define HYP_NETWORKS_H

#include "slice.h"
#include "status.h"

#define HYP_PEER_BYTES 46 /* the longest printed IPv6 address, with its NUL */
#define HYP_NETWORKS_MAX 256

typedef struct {
    uint8_t bytes[16];
} hyp_ip_t;

typedef struct {
    hyp_ip_t address; /* bits behind the prefix are zero */
    uint8_t prefix;   /* bits */
} hyp_network_t;

typedef struct {
    bool has_unix; /* peers of unix sockets belong to it */
    uint32_t count;
    hyp_network_t list[HYP_NETWORKS_MAX];
} hyp_networks_t;

/* False for what is no address in print: dotted decimal, or RFC 4291's forms; no port, brackets or zone. */
HYP_MUST_USE bool hyp_ip_parse(hyp_ip_t *ip, hyp_slice_t text);

/* From the 4 or 16 bytes of an address in network order. */
hyp_ip_t hyp_ip_from_v4(const void *bytes);
hyp_ip_t hyp_ip_from_v6(const void *bytes);

void hyp_ip_print(const hyp_ip_t *ip, char text[HYP_PEER_BYTES]);

/* True for an IPv4 address. */
bool hyp_ip_is_v4(const hyp_ip_t *ip);

/* Zero is an empty set. Adds "10.0.0.0/8", "::1", or "unix:". HYP_OK, HYP_FULL, or -EINVAL for anything else. */
HYP_MUST_USE hyp_status hyp_networks_add(hyp_networks_t *networks, hyp_slice_t text);

bool hyp_networks_contain(const hyp_networks_t *networks, const hyp_ip_t *ip);

/* The same by an address in print; an empty one is a unix socket's. */
bool hyp_networks_contain_peer(const hyp_networks_t *networks, const char *peer);

#endif
