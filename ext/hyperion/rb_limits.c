#include "rb_hyperion.h"

#include <limits.h>

/* A member of hyp_limits_t, and what values fit it. */
typedef struct {
    const char *name;
    size_t offset;
    size_t bytes;
    uint64_t min;
    uint64_t max;
} member_t;

/* A time-out of 0 never expires. The longest is as long as a poll can wait in milliseconds. */
#define TIMEOUT(member) MEMBER(member, 0, INT_MAX)
#define MEMBER(member, min, max) NAMED(#member, member, min, max)
#define NAMED(name, member, min, max)                                                                                  \
    {                                                                                                                  \
        name, offsetof(hyp_limits_t, member), sizeof(((hyp_limits_t *)NULL)->member), min, max                         \
    }

/* Bytes and counts are kept where adding two of them cannot overflow. */
static const member_t members[] = {
    NAMED("method_bytes", head.method_bytes, HYP_METHOD_BYTES_MIN, INT32_MAX),
    NAMED("target_bytes", head.target_bytes, 1, INT32_MAX),
    NAMED("head_bytes", head.head_bytes, 1, INT32_MAX),
    NAMED("headers", head.headers, 1, HYP_HEADERS_MAX),
    NAMED("chunk_line_bytes", chunked.line_bytes, 1, INT32_MAX),
    NAMED("trailer_bytes", chunked.trailer_bytes, 1, INT32_MAX),
    MEMBER(body_bytes, 0, INT64_MAX),
    MEMBER(body_memory_bytes, 0, SSIZE_MAX),
    MEMBER(linger_bytes, 0, INT64_MAX),
    MEMBER(output_bytes, 1, SSIZE_MAX),
    MEMBER(stream_bytes, 1, SSIZE_MAX),
    MEMBER(connections, 1, INT32_MAX),
    MEMBER(queued_requests, 1, INT32_MAX),
    TIMEOUT(queue_timeout),
    TIMEOUT(head_timeout),
    TIMEOUT(body_timeout),
    TIMEOUT(write_timeout),
    TIMEOUT(idle_timeout),
    TIMEOUT(linger_timeout),
    MEMBER(body_rate, 0, INT32_MAX),
    MEMBER(write_rate, 0, INT32_MAX),
    MEMBER(underscore_names, 0, 1),
};

static const member_t *find_member(VALUE name)
{
    if (!RB_SYMBOL_P(name)) return NULL;
    VALUE text = rb_sym2str(name);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        size_t len = strlen(members[i].name);
        if (len == (size_t)RSTRING_LEN(text) && memcmp(members[i].name, RSTRING_PTR(text), len) == 0)
            return &members[i];
    }
    return NULL;
}

static bool fits(const member_t *member, VALUE value)
{
    if (!RB_INTEGER_TYPE_P(value)) return false;
    return RTEST(rb_funcall(value, rb_intern("between?"), 2, ULL2NUM(member->min), ULL2NUM(member->max)));
}

static void store(hyp_limits_t *limits, const member_t *member, uint64_t value)
{
    char *to = (char *)limits + member->offset;
    uint32_t narrow = (uint32_t)value;
    if (member->bytes == sizeof(narrow)) memcpy(to, &narrow, sizeof(narrow));
    else memcpy(to, &value, sizeof(value));
}

static int set_body_directory(hyp_limits_t *limits, VALUE path)
{
    const char *text = StringValueCStr(path);
    if ((size_t)RSTRING_LEN(path) >= sizeof(limits->body_directory)) {
        rb_raise(rb_eArgError, "body_directory must be shorter than %d bytes", HYP_DIRECTORY_BYTES);
    }
    memcpy(limits->body_directory, text, (size_t)RSTRING_LEN(path) + 1);
    return ST_CONTINUE;
}

static int set_limit(VALUE name, VALUE value, VALUE arg)
{
    if (name == ID2SYM(rb_intern("body_directory"))) return set_body_directory((hyp_limits_t *)arg, value);
    const member_t *member = find_member(name);
    if (member == NULL) rb_raise(rb_eArgError, "unknown limit: %+" PRIsVALUE, name);
    if (!fits(member, value)) {
        rb_raise(rb_eArgError, "%s must be an Integer from %llu to %llu, not %+" PRIsVALUE, member->name,
                 (unsigned long long)member->min, (unsigned long long)member->max, value);
    }
    store((hyp_limits_t *)arg, member, NUM2ULL(value));
    return ST_CONTINUE;
}

void hyp_rb_limits(hyp_limits_t *limits, VALUE settings)
{
    if (NIL_P(settings)) return;
    Check_Type(settings, T_HASH);
    hyp_limits_t changed = *limits;
    rb_hash_foreach(settings, set_limit, (VALUE)&changed);
    *limits = changed;
}
