#include "forwarded.h"

#include "authority.h"

/* The fields of a request with one name, as one list that is read from its end. */
typedef struct {
    const hyp_header_t *headers;
    const char *bytes;
    hyp_slice_t name; /* in lower case */
    uint32_t next;    /* fields that are still to be looked at */
    hyp_slice_t rest; /* of the present field's value */
    bool has_rest;
} list_t;

static list_t list_of(const hyp_header_t *headers, uint32_t count, const char *bytes, hyp_slice_t name)
{
    return (list_t){.headers = headers, .bytes = bytes, .name = name, .next = count};
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static hyp_slice_t trim(hyp_slice_t text)
{
    while (text.len > 0 && is_space(text.ptr[0]))
        text = hyp_slice(text.ptr + 1, text.len - 1);
    while (text.len > 0 && is_space(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

static bool next_field(list_t *list)
{
    while (list->next > 0) {
        const hyp_header_t *header = &list->headers[--list->next];
        if (!hyp_slice_equal_nocase(hyp_span_in(list->bytes, header->name), list->name)) continue;
        list->rest = hyp_span_in(list->bytes, header->value);
        return list->has_rest = true;
    }
    return false;
}

/* What stands behind the last separator; *rest is what stands before it. */
static hyp_slice_t cut_last(hyp_slice_t *rest, char separator, bool *more)
{
    size_t start = rest->len;
    while (start > 0 && rest->ptr[start - 1] != separator)
        start--;
    hyp_slice_t last = hyp_slice(rest->ptr + start, rest->len - start);
    *more = start > 0;
    rest->len = *more ? start - 1 : 0;
    return trim(last);
}

/* The next member from the right that is not empty; false when there is none. Commas part members even within quotes: no value that
 * is of use here has one, and so a quote that a client leaves open cannot swallow what its proxy adds. */
static bool next_member(list_t *list, hyp_slice_t *member)
{
    while (list->has_rest || next_field(list)) {
        *member = cut_last(&list->rest, ',', &list->has_rest);
        if (member->len > 0) return true;
    }
    return false;
}

/* "1.2.3.4", "1.2.3.4:80", "::1", "[::1]", "[::1]:80", all of them perhaps in quotes. */
static bool parse_node(hyp_slice_t text, hyp_ip_t *ip)
{
    if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"')
        text = hyp_slice(text.ptr + 1, text.len - 2);
    if (text.len == 0) return false;
    const char *end = text.ptr + text.len;
    if (text.ptr[0] == '[') {
        const char *bracket = memchr(text.ptr, ']', text.len);
        if (!bracket || (bracket + 1 < end && bracket[1] != ':')) return false;
        return hyp_ip_parse(ip, hyp_slice(text.ptr + 1, (size_t)(bracket - text.ptr - 1)));
    }
    const char *colon = memchr(text.ptr, ':', text.len);
    bool has_port = colon && !memchr(colon + 1, ':', (size_t)(end - colon - 1));
    return hyp_ip_parse(ip, has_port ? hyp_slice(text.ptr, (size_t)(colon - text.ptr)) : text);
}

static hyp_scheme scheme_of(hyp_slice_t text)
{
    if (hyp_slice_equal_nocase(text, HYP_SLICE("https")) || hyp_slice_equal_nocase(text, HYP_SLICE("wss")))
        return HYP_SCHEME_HTTPS;
    if (hyp_slice_equal_nocase(text, HYP_SLICE("http")) || hyp_slice_equal_nocase(text, HYP_SLICE("ws")))
        return HYP_SCHEME_HTTP;
    return HYP_SCHEME_UNKNOWN;
}

static bool is_host(hyp_slice_t text)
{
    return text.len > 0 && hyp_authority_is_valid(text, text.ptr + text.len);
}

static bool is_port(hyp_slice_t text)
{
    unsigned port = 0;
    if (text.len == 0 || text.len > 5) return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') return false;
        port = port * 10 + (unsigned)(text.ptr[i] - '0');
    }
    return port >= 1 && port <= 65535;
}

static hyp_span_t span_of(hyp_slice_t slice, const char *bytes)
{
    return (hyp_span_t){(uint32_t)(slice.ptr - bytes), (uint32_t)slice.len};
}

/* ---- X-Forwarded-* ---- */

/* True when there is such a field, whatever it says. */
static bool read_clients(hyp_forwarded_t *forwarded, const hyp_networks_t *trusted, list_t list)
{
    hyp_slice_t member;
    hyp_ip_t ip;
    bool any = false;
    for (int hops = 0; hops < HYP_FORWARDED_HOPS_MAX && next_member(&list, &member); hops++) {
        any = true;
        if (!parse_node(member, &ip)) break;
        hyp_ip_print(&ip, forwarded->client);
        if (!hyp_networks_contain(trusted, &ip)) break;
    }
    return any;
}

static bool last_of(list_t list, hyp_slice_t *member)
{
    return next_member(&list, member);
}

/* ---- Forwarded ---- */

typedef struct {
    hyp_slice_t node, proto, host;
} element_t;

static hyp_slice_t unquote(hyp_slice_t text)
{
    bool quoted = text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"';
    return quoted ? hyp_slice(text.ptr + 1, text.len - 2) : text;
}

static hyp_slice_t *member_of(element_t *element, hyp_slice_t name)
{
    if (hyp_slice_equal_nocase(name, HYP_SLICE("for"))) return &element->node;
    if (hyp_slice_equal_nocase(name, HYP_SLICE("proto"))) return &element->proto;
    if (hyp_slice_equal_nocase(name, HYP_SLICE("host"))) return &element->host;
    return NULL;
}

/* False when a pair is none, or says the same thing a second time. */
static bool parse_element(hyp_slice_t text, element_t *element)
{
    bool more = true;
    *element = (element_t){.node = {NULL, 0}};
    while (more) {
        hyp_slice_t pair = cut_last(&text, ';', &more);
        const char *equals = pair.len > 0 ? memchr(pair.ptr, '=', pair.len) : NULL;
        if (pair.len == 0) continue;
        if (!equals) return false;
        size_t name_len = (size_t)(equals - pair.ptr);
        hyp_slice_t *value = member_of(element, hyp_slice(pair.ptr, name_len));
        if (value && value->ptr) return false;
        if (value) *value = unquote(hyp_slice(equals + 1, pair.len - name_len - 1));
    }
    return true;
}

/* Of the last element that could be read, which names the client, or a proxy that hides it. */
static void read_elements(hyp_forwarded_t *forwarded, const hyp_networks_t *trusted, list_t list, element_t *last)
{
    hyp_slice_t member;
    hyp_ip_t ip;
    for (int hops = 0; hops < HYP_FORWARDED_HOPS_MAX && next_member(&list, &member); hops++) {
        element_t element;
        if (!parse_element(member, &element)) return;
        *last = element;
        if (!parse_node(element.node, &ip)) return;
        hyp_ip_print(&ip, forwarded->client);
        if (!hyp_networks_contain(trusted, &ip)) return;
    }
}

/* ---- both ---- */

void hyp_forwarded_read(hyp_forwarded_t *forwarded, const hyp_networks_t *trusted, const char *peer,
                        const hyp_header_t *headers, uint32_t count, const char *bytes)
{
    *forwarded = (hyp_forwarded_t){.scheme = HYP_SCHEME_UNKNOWN};
    memcpy(forwarded->client, peer, strlen(peer) + 1);

    hyp_slice_t proto = {NULL, 0}, host = {NULL, 0}, port = {NULL, 0};
    element_t element = {.node = {NULL, 0}};
    hyp_forwarded_t standard = *forwarded;
    read_elements(&standard, trusted, list_of(headers, count, bytes, HYP_SLICE("forwarded")), &element);
    if (!read_clients(forwarded, trusted, list_of(headers, count, bytes, HYP_SLICE("x-forwarded-for"))))
        memcpy(forwarded->client, standard.client, sizeof standard.client);

    if (!last_of(list_of(headers, count, bytes, HYP_SLICE("x-forwarded-proto")), &proto)) proto = element.proto;
    if (!last_of(list_of(headers, count, bytes, HYP_SLICE("x-forwarded-host")), &host)) host = element.host;
    forwarded->scheme = (uint8_t)scheme_of(proto);
    if (is_host(host)) forwarded->host = span_of(host, bytes);
    if (last_of(list_of(headers, count, bytes, HYP_SLICE("x-forwarded-port")), &port) && is_port(port))
        forwarded->port = span_of(port, bytes);
}
