#include "networks.h"

#include <arpa/inet.h>
#include <errno.h>

#define V4_PREFIX_BITS 96 /* that every mapped IPv4 address has in common */

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

hyp_ip_t hyp_ip_from_v4(const void *bytes)
{
    hyp_ip_t ip;
    memcpy(ip.bytes, mapped_prefix, sizeof mapped_prefix);
    memcpy(ip.bytes + sizeof mapped_prefix, bytes, 4);
    return ip;
}

hyp_ip_t hyp_ip_from_v6(const void *bytes)
{
    hyp_ip_t ip;
    memcpy(ip.bytes, bytes, sizeof ip.bytes);
    return ip;
}

bool hyp_ip_is_v4(const hyp_ip_t *ip)
{
    return memcmp(ip->bytes, mapped_prefix, sizeof mapped_prefix) == 0;
}

bool hyp_ip_parse(hyp_ip_t *ip, hyp_slice_t text)
{
    char copy[HYP_PEER_BYTES];
    uint8_t bytes[16];
    if (text.len == 0 || text.len >= sizeof copy) return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (strlen(copy) != text.len) return false;
    if (inet_pton(AF_INET, copy, bytes) == 1) *ip = hyp_ip_from_v4(bytes);
    else if (inet_pton(AF_INET6, copy, bytes) == 1) *ip = hyp_ip_from_v6(bytes);
    else return false;
    return true;
}

void hyp_ip_print(const hyp_ip_t *ip, char text[HYP_PEER_BYTES])
{
    const char *printed = hyp_ip_is_v4(ip) ? inet_ntop(AF_INET, ip->bytes + sizeof mapped_prefix, text, HYP_PEER_BYTES)
                                           : inet_ntop(AF_INET6, ip->bytes, text, HYP_PEER_BYTES);
    if (!printed) text[0] = '\0';
}

/* ---- sets ---- */

/* True for 1 to 3 digits that make no more than `max`. */
static bool parse_prefix(hyp_slice_t text, unsigned max, unsigned *prefix)
{
    if (text.len == 0 || text.len > 3) return false;
    *prefix = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') return false;
        *prefix = *prefix * 10 + (unsigned)(text.ptr[i] - '0');
    }
    return *prefix <= max;
}

static uint8_t mask_of(unsigned bits)
{
    return (uint8_t)(0xff00 >> bits);
}

static void clear_behind(hyp_network_t *network)
{
    unsigned whole = network->prefix / 8;
    if (whole == sizeof network->address.bytes) return;
    network->address.bytes[whole] &= mask_of(network->prefix % 8);
    memset(network->address.bytes + whole + 1, 0, sizeof network->address.bytes - whole - 1);
}

static bool parse_network(hyp_network_t *network, hyp_slice_t text)
{
    const char *slash = text.len > 0 ? memchr(text.ptr, '/', text.len) : NULL;
    size_t address_len = slash ? (size_t)(slash - text.ptr) : text.len;
    if (!hyp_ip_parse(&network->address, hyp_slice(text.ptr, address_len))) return false;
    /* ::ffff:10.0.0.0/104 is as good as 10.0.0.0/8. */
    bool dotted = !memchr(text.ptr, ':', address_len);
    unsigned prefix = dotted ? 32 : 128;
    hyp_slice_t digits = hyp_slice(text.ptr + address_len + 1, slash ? text.len - address_len - 1 : 0);
    if (slash && !parse_prefix(digits, prefix, &prefix)) return false;
    network->prefix = (uint8_t)(prefix + (dotted ? V4_PREFIX_BITS : 0));
    clear_behind(network);
    return true;
}

hyp_status hyp_networks_add(hyp_networks_t *networks, hyp_slice_t text)
{
    if (hyp_slice_equal(text, HYP_SLICE("unix:"))) {
        networks->has_unix = true;
        return HYP_OK;
    }
    hyp_network_t network;
    if (!parse_network(&network, text)) return -EINVAL;
    if (networks->count == HYP_NETWORKS_MAX) return HYP_FULL;
    networks->list[networks->count++] = network;
    return HYP_OK;
}

static bool contains(const hyp_network_t *network, const hyp_ip_t *ip)
{
    unsigned whole = network->prefix / 8;
    if (memcmp(network->address.bytes, ip->bytes, whole) != 0) return false;
    if (network->prefix % 8 == 0) return true;
    return network->address.bytes[whole] == (ip->bytes[whole] & mask_of(network->prefix % 8));
}

bool hyp_networks_contain(const hyp_networks_t *networks, const hyp_ip_t *ip)
{
    for (uint32_t i = 0; i < networks->count; i++) {
        if (contains(&networks->list[i], ip)) return true;
    }
    return false;
}

bool hyp_networks_contain_peer(const hyp_networks_t *networks, const char *peer)
{
    hyp_ip_t ip;
    if (peer[0] == '\0') return networks->has_unix;
    return hyp_ip_parse(&ip, hyp_slice(peer, strlen(peer))) && hyp_networks_contain(networks, &ip);
}
