#include "rb_hyperion.h"

/* ---- keys and values that never change ---- */

/* X(name, key) */
#define KEY_MAP(X)                                                                                                     \
    X(request_method, "REQUEST_METHOD")                                                                                \
    X(path_info, "PATH_INFO")                                                                                          \
    X(query_string, "QUERY_STRING")                                                                                    \
    X(request_path, "REQUEST_PATH")                                                                                    \
    X(request_uri, "REQUEST_URI")                                                                                      \
    X(server_protocol, "SERVER_PROTOCOL")                                                                              \
    X(server_name, "SERVER_NAME")                                                                                      \
    X(server_port, "SERVER_PORT")                                                                                      \
    X(remote_addr, "REMOTE_ADDR")                                                                                      \
    X(content_length, "CONTENT_LENGTH")                                                                                \
    X(http_host, "HTTP_HOST")                                                                                          \
    X(http_version, "HTTP_VERSION")                                                                                    \
    X(https, "HTTPS")                                                                                                  \
    X(url_scheme, "rack.url_scheme")                                                                                   \
    X(rack_hijack, "rack.hijack")                                                                                      \
    X(early_hints, "rack.early_hints")                                                                                 \
    X(rack_protocol, "rack.protocol")                                                                                  \
    X(response_finished, "rack.response_finished")                                                                     \
    X(after_reply, "rack.after_reply")                                                                                 \
    X(queue_time, "hyperion.queue_time")                                                                               \
    X(empty, "")                                                                                                       \
    X(on, "on")                                                                                                        \
    X(scheme_https, "https")                                                                                           \
    X(port_80, "80")                                                                                                   \
    X(port_443, "443")                                                                                                 \
    X(http_10, "HTTP/1.0")                                                                                             \
    X(http_11, "HTTP/1.1")

#define KEY_DECLARE(name, text) VALUE name;
static struct {
    KEY_MAP(KEY_DECLARE)
} keys;
#undef KEY_DECLARE

static VALUE methods[HYP_METHOD_OTHER];

/* ---- field names that are known ---- */

/* What is seen often, in lower case: a name's length and four of its characters find it. */
static const char *const known_names[] = {
    /* in the order of the KNOWN_ numbers */
    "host",
    "cookie",
    "transfer-encoding",
    "content-length",
    "content-type",
    "version",
    "upgrade",
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "access-control-request-headers",
    "access-control-request-method",
    "authorization",
    "cache-control",
    "cdn-loop",
    "cf-connecting-ip",
    "cf-ipcountry",
    "cf-ray",
    "cf-visitor",
    "connection",
    "content-encoding",
    "date",
    "dnt",
    "expect",
    "forwarded",
    "from",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "last-event-id",
    "max-forwards",
    "origin",
    "pragma",
    "priority",
    "proxy-authorization",
    "range",
    "referer",
    "sec-ch-ua",
    "sec-ch-ua-mobile",
    "sec-ch-ua-platform",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "sec-fetch-user",
    "sec-gpc",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "true-client-ip",
    "upgrade-insecure-requests",
    "user-agent",
    "via",
    "warning",
    "x-amzn-trace-id",
    "x-csrf-token",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-scheme",
    "x-forwarded-ssl",
    "x-http-method-override",
    "x-real-ip",
    "x-request-id",
    "x-request-start",
    "x-requested-with",
};

#define KNOWN_COUNT (sizeof(known_names) / sizeof(known_names[0]))
#define KNOWN_SLOTS 512
#define KNOWN_NAME_BYTES_MAX 32

enum {
    KNOWN_HOST,
    KNOWN_COOKIE,
    KNOWN_TRANSFER_ENCODING,
    KNOWN_CONTENT_LENGTH,
    KNOWN_CONTENT_TYPE,
    KNOWN_VERSION,
    KNOWN_UPGRADE
};

typedef struct {
    char name[KNOWN_NAME_BYTES_MAX]; /* filled up with zeros */
    uint8_t len;
    uint8_t number; /* in known_names */
    VALUE key;
} known_t;

static known_t known[KNOWN_COUNT];
static uint8_t known_slots[KNOWN_SLOTS]; /* number + 1, or 0; probed in sequence */

/* Bit 0x20 turns the letters of a token to lower case and leaves its digits and dashes alone. */
static uint32_t known_hash(const char *name, size_t len)
{
    uint32_t first = (uint8_t)name[0] | 0x20;
    uint32_t middle = (uint8_t)name[len / 2] | 0x20;
    uint32_t late = (uint8_t)name[len - 1 - len / 4] | 0x20;
    uint32_t last = (uint8_t)name[len - 1] | 0x20;
    uint32_t hash = (uint32_t)len | first << 6 | middle << 13 | late << 20;
    return (hash * 2654435761u + last * 40503u) >> 7;
}

static bool equals_known(const char *name, const known_t *entry)
{
    size_t i = 0;
    for (; i + 8 <= entry->len; i += 8) {
        uint64_t have, want;
        memcpy(&have, name + i, 8);
        memcpy(&want, entry->name + i, 8);
        if ((have | UINT64_C(0x2020202020202020)) != want) return false;
    }
    for (; i < entry->len; i++) {
        if ((name[i] | 0x20) != entry->name[i]) return false;
    }
    return true;
}

static const known_t *find_known(hyp_slice_t name)
{
    if (name.len > KNOWN_NAME_BYTES_MAX) return NULL;
    for (uint32_t slot = known_hash(name.ptr, name.len);; slot++) {
        uint8_t at = known_slots[slot % KNOWN_SLOTS];
        if (at == 0) return NULL;
        const known_t *entry = &known[at - 1];
        if (entry->len == name.len && equals_known(name.ptr, entry)) return entry;
    }
}

/* ---- building ---- */

#define PAIRS_MAX (HYP_HEADERS_MAX + 20) /* what a request's line, peer and body add to its fields */

/* Keys and values are collected and put into the env all at once. On the stack, where the garbage collector sees the strings. */
typedef struct {
    const hyp_request_t *request;
    bool before_3_1;             /* as its base's */
    uint8_t places[KNOWN_COUNT]; /* where a known field's pair begins, or 0: it has not come yet */
    long count;
    VALUE pairs[PAIRS_MAX * 2];
} builder_t;

static VALUE new_string(hyp_slice_t bytes)
{
    return rb_str_new(bytes.ptr, (long)bytes.len);
}

static hyp_slice_t slice_of(const hyp_request_t *request, hyp_span_t span)
{
    return hyp_span_in(request->bytes, span);
}

static void put(builder_t *builder, VALUE key, VALUE value)
{
    builder->pairs[builder->count++] = key;
    builder->pairs[builder->count++] = value;
}

/* A field that comes again is one list (RFC 9110 section 5.3), cookies are joined their own way (RFC 6265 section 5.4). */
static void join(VALUE list, hyp_slice_t value, const char *separator)
{
    rb_str_cat(list, separator, 2);
    rb_str_cat(list, value.ptr, (long)value.len);
}

static void set_known(builder_t *builder, const known_t *field, hyp_slice_t value)
{
    uint8_t *place = &builder->places[field->number];
    if (*place == 0) {
        *place = (uint8_t)(builder->count / 2);
        put(builder, field->key, new_string(value));
    } else {
        join(builder->pairs[*place * 2 + 1], value, field->number == KNOWN_COOKIE ? "; " : ", ");
    }
}

/* "HTTP_" and the name in upper case with underscores: interned, as a name that came once comes again. */
static VALUE unknown_key(hyp_slice_t name)
{
    VALUE guard = 0;
    size_t len = name.len + 5;
    char *key = ALLOCV_N(char, guard, len);
    memcpy(key, "HTTP_", 5);
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        key[5 + i] = c == '-' ? '_' : (c >= 'a' && c <= 'z') ? (char)(c - 0x20) : c;
    }
    VALUE interned = rb_enc_interned_str(key, (long)len, rb_utf8_encoding());
    ALLOCV_END(guard);
    return interned;
}

/* Whether this name is, but for its underscores, one that frames the message; a Rack env holds no second word on that. */
static bool shadows_framing(hyp_slice_t name)
{
    static const uint8_t framing[] = {KNOWN_TRANSFER_ENCODING, KNOWN_CONTENT_LENGTH, KNOWN_CONTENT_TYPE};
    for (size_t i = 0; i < sizeof(framing); i++) {
        const known_t *entry = &known[framing[i]];
        size_t at = 0;
        if (entry->len != name.len) continue;
        while (at < name.len && (name.ptr[at] == '_' ? '-' : name.ptr[at] | 0x20) == entry->name[at])
            at++;
        if (at == name.len) return true;
    }
    return false;
}

/* A name with an underscore would come out as another one with a dash, so that a client could say what only a proxy
 * in front should: such fields are dropped, unless the server was told that nobody relies on that. */
static void set_unknown(builder_t *builder, hyp_slice_t name, hyp_slice_t value)
{
    bool underscore = memchr(name.ptr, '_', name.len) != NULL;
    if (underscore && (!builder->request->underscore_names || shadows_framing(name))) return;
    VALUE key = unknown_key(name);
    for (long i = 0; i < builder->count; i += 2) {
        if (builder->pairs[i] != key) continue;
        join(builder->pairs[i + 1], value, ", ");
        return;
    }
    put(builder, key, new_string(value));
}

static void set_field(builder_t *builder, const hyp_header_t *header)
{
    const hyp_request_t *request = builder->request;
    hyp_slice_t name = slice_of(request, header->name);
    hyp_slice_t value = slice_of(request, header->value);
    const known_t *field = find_known(name);
    if (field == NULL) {
        set_unknown(builder, name, value);
        return;
    }
    /* The body is decoded already: its coding is over, and its length known. */
    if (field->number == KNOWN_TRANSFER_ENCODING && request->framing.body == HYP_BODY_CHUNKED) return;
    /* An absolute-form target says more than Host (RFC 9112 section 3.2.2); set_host does both. */
    if (field->number == KNOWN_HOST && request->framing.host.len > 0) return;
    if (field->number == KNOWN_VERSION && builder->before_3_1) return;
    set_known(builder, field, value);
}

/* Before Rack 3.1 a path began with a slash or was empty; the asterisk of OPTIONS is in REQUEST_URI. */
static VALUE new_path(const builder_t *builder)
{
    hyp_slice_t path = slice_of(builder->request, builder->request->path);
    if (path.len == 0) return rb_str_new_lit("/");
    return new_string(builder->before_3_1 && path.ptr[0] == '*' ? hyp_slice(path.ptr, 0) : path);
}

static void set_request_line(builder_t *builder)
{
    const hyp_request_t *request = builder->request;
    VALUE path = new_path(builder);
    VALUE query = request->query.len > 0 ? new_string(slice_of(request, request->query)) : keys.empty;
    VALUE method = hyp_rb_method_string((hyp_method)request->method, slice_of(request, request->method_name));
    VALUE protocol = request->minor == 0 ? keys.http_10 : keys.http_11;

    put(builder, keys.request_method, method);
    put(builder, keys.path_info, path);
    put(builder, keys.query_string, query);
    put(builder, keys.request_path, path);
    put(builder, keys.request_uri, new_string(slice_of(request, request->target)));
    put(builder, keys.server_protocol, protocol);
    if (builder->before_3_1) put(builder, keys.http_version, protocol);
}

/* Where the port begins in host[:port]; behind the end when there is none. An address in brackets has colons of its own. */
static size_t find_port(hyp_slice_t host)
{
    size_t at = host.len;
    while (at > 0 && host.ptr[at - 1] >= '0' && host.ptr[at - 1] <= '9')
        at--;
    return at > 0 && host.ptr[at - 1] == ':' ? at : host.len + 1;
}

/* Without leading zeros, which Ruby's Integer() takes for those of an octal number. */
static VALUE new_port(hyp_slice_t digits)
{
    while (digits.len > 1 && digits.ptr[0] == '0')
        digits = hyp_slice(digits.ptr + 1, digits.len - 1);
    return new_string(digits);
}

/* HTTP_HOST is the request's own word; the server's name and port are what its client has asked a trusted proxy for, if that says so. */
static void set_server(builder_t *builder, hyp_slice_t host, VALUE whole)
{
    const hyp_forwarded_t *forwarded = &builder->request->forwarded;
    if (forwarded->host.len > 0) {
        host = slice_of(builder->request, forwarded->host);
        whole = Qnil;
    }
    size_t port = find_port(host);
    VALUE name = whole;
    if (NIL_P(whole) || port <= host.len) name = new_string(port > host.len ? host : hyp_slice(host.ptr, port - 1));
    VALUE number = forwarded->scheme == HYP_SCHEME_HTTPS ? keys.port_443 : keys.port_80;
    if (forwarded->port.len > 0) number = new_port(slice_of(builder->request, forwarded->port));
    else if (port < host.len) number = new_port(hyp_slice(host.ptr + port, host.len - port));

    put(builder, keys.server_name, name);
    put(builder, keys.server_port, number);
}

static void set_host(builder_t *builder)
{
    const hyp_request_t *request = builder->request;
    hyp_slice_t host = slice_of(request, request->framing.host);
    VALUE whole = host.len > 0 ? new_string(host) : Qnil;
    if (!NIL_P(whole)) put(builder, keys.http_host, whole);
    if (host.len > 0 || request->forwarded.host.len > 0) set_server(builder, host, whole);
    if (request->forwarded.scheme != HYP_SCHEME_HTTPS) return;
    put(builder, keys.url_scheme, keys.scheme_https);
    put(builder, keys.https, keys.on);
}

static void set_peer(builder_t *builder)
{
    const char *client = builder->request->forwarded.client;
    if (client[0] == '\0') client = "127.0.0.1"; /* who comes by a unix socket is on this machine */
    put(builder, keys.remote_addr, rb_str_new_cstr(client));
}

/* With a body in chunks there is a length all the same, now that it is here. */
static void set_length(builder_t *builder)
{
    const hyp_request_t *request = builder->request;
    if (request->framing.body != HYP_BODY_CHUNKED) return;
    VALUE length = rb_sprintf("%llu", (unsigned long long)request->body.len);
    put(builder, keys.content_length, length);
}

/* What the client would change to. */
static void set_protocols(builder_t *builder)
{
    uint8_t place = builder->places[KNOWN_UPGRADE];
    if (!builder->request->framing.upgrade || place == 0) return;
    VALUE protocols = rb_str_split(builder->pairs[place * 2 + 1], ",");
    for (long i = 0; i < RARRAY_LEN(protocols); i++)
        rb_funcall(RARRAY_AREF(protocols, i), rb_intern("strip!"), 0);
    put(builder, keys.rack_protocol, protocols);
}

static void begin(builder_t *builder, const hyp_request_t *request, bool before_3_1)
{
    builder->request = request;
    builder->before_3_1 = before_3_1;
    builder->count = 0;
    memset(builder->places, 0, sizeof(builder->places));
}

/* Besides, how long the request has waited. */
static void set_own(builder_t *builder, hyp_rb_own_t *own)
{
    own->finished = rb_ary_new_capa(0);
    own->after_reply = rb_ary_new_capa(0);
    put(builder, keys.queue_time, DBL2NUM((double)builder->request->waited / 1000));
    put(builder, keys.response_finished, own->finished);
    put(builder, keys.after_reply, own->after_reply);
    if (!NIL_P(own->hijack)) put(builder, keys.rack_hijack, own->hijack);
    if (!NIL_P(own->hints)) put(builder, keys.early_hints, own->hints);
}

VALUE hyp_rb_env_build(const hyp_rb_env_base_t *base, const hyp_request_t *request, hyp_rb_own_t *own)
{
    builder_t builder;
    begin(&builder, request, base->before_3_1);
    set_request_line(&builder); /* first, so that no field's place is 0 */
    for (uint32_t i = 0; i < request->header_count; i++)
        set_field(&builder, &request->headers[i]);
    set_protocols(&builder);
    set_host(&builder);
    set_peer(&builder);
    set_length(&builder);
    set_own(&builder, own);
    return hyp_rb_shapes_env(base->shapes, base->template, builder.count / 2, builder.pairs);
}

VALUE hyp_rb_env_protocols(VALUE env, const hyp_request_t *request)
{
    return request->framing.upgrade ? rb_hash_lookup(env, keys.rack_protocol) : Qnil;
}

VALUE hyp_rb_method_string(hyp_method method, hyp_slice_t name)
{
    return method < HYP_METHOD_OTHER ? methods[method] : new_string(name);
}

/* ---- what envs begin as ---- */

void hyp_rb_env_base_init(hyp_rb_env_base_t *base, VALUE template)
{
    if (template == Qundef) template = rb_hash_new();
    Check_Type(template, T_HASH);
    base->template = OBJ_FROZEN(template) ? template : rb_obj_freeze(rb_hash_dup(template));
    base->before_3_1 = !NIL_P(rb_hash_lookup(template, keys.http_version));
}

/* ---- init ---- */

/* The very object that a literal of the application is, so that comparing two keys is comparing two pointers. */
static VALUE intern(const char *text, size_t len)
{
    VALUE interned = rb_enc_interned_str(text, (long)len, rb_utf8_encoding());
    rb_gc_register_mark_object(interned);
    return interned;
}

static VALUE known_key(const char *name, size_t len, bool has_prefix)
{
    char key[5 + KNOWN_NAME_BYTES_MAX] = "HTTP_";
    size_t at = has_prefix ? 5 : 0;
    for (size_t i = 0; i < len; i++)
        key[at + i] = name[i] == '-' ? '_' : (char)(name[i] >= 'a' ? name[i] - 0x20 : name[i]);
    return intern(key, at + len);
}

static void init_known(uint8_t number)
{
    const char *name = known_names[number];
    size_t len = strlen(name);
    bool has_prefix = number != KNOWN_CONTENT_LENGTH && number != KNOWN_CONTENT_TYPE;
    known_t *entry = &known[number];
    memcpy(entry->name, name, len);
    entry->len = (uint8_t)len;
    entry->number = number;
    entry->key = known_key(name, len, has_prefix);
    uint32_t slot = known_hash(name, len);
    while (known_slots[slot % KNOWN_SLOTS])
        slot++;
    known_slots[slot % KNOWN_SLOTS] = (uint8_t)(number + 1);
}

void hyp_rb_init_env(void)
{
#define KEY_INTERN(name, text) keys.name = intern(text, sizeof(text) - 1);
    KEY_MAP(KEY_INTERN)
#undef KEY_INTERN
    for (int i = 0; i < HYP_METHOD_OTHER; i++) {
        hyp_slice_t name = hyp_method_name((hyp_method)i);
        methods[i] = intern(name.ptr, name.len);
    }
    for (size_t i = 0; i < KNOWN_COUNT; i++)
        init_known((uint8_t)i);
}
