#include "target.h"

#include "authority.h"
#include "scan.h"

/* Where a path ends: at what it cannot hold. A percent sign stands before two hexadecimal digits (RFC 3986 section 2.1). */
static const char *scan_path(const char *at, const char *end)
{
    for (;; at += 3) {
        at = hyp_scan_class(at, end, HYP_CHAR_PATH);
        bool encoded = end - at >= 3 && *at == '%' && hyp_char_is(at[1], HYP_CHAR_HEX_DIGIT) &&
                       hyp_char_is(at[2], HYP_CHAR_HEX_DIGIT);
        if (!encoded) return at;
    }
}

/* path [ "?" query ] */
static hyp_status split_query(const char *base, const char *path, const char *stop, hyp_head_t *head)
{
    const char *mark = scan_path(path, stop);
    if (mark < stop && *mark != '?') return HYP_REFUSE_TARGET;
    head->has_query = mark < stop;
    head->path = hyp_span_of(base, path, mark);
    head->query = hyp_span_of(base, mark + head->has_query, stop);
    return HYP_OK;
}

/* The length of "http://" or "https://" in any case (RFC 3986 section 3.1), or 0. */
static size_t scheme_len(hyp_slice_t target)
{
    static const hyp_slice_t schemes[] = {HYP_SLICE_INIT("http://"), HYP_SLICE_INIT("https://")};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        hyp_slice_t start = hyp_slice(target.ptr, schemes[i].len);
        if (target.len >= start.len && hyp_slice_equal_nocase(start, schemes[i])) return start.len;
    }
    return 0;
}

static hyp_status parse_absolute(const char *base, hyp_slice_t target, hyp_head_t *head)
{
    size_t scheme = scheme_len(target);
    const char *authority = target.ptr + scheme;
    const char *path = authority;
    const char *stop = target.ptr + target.len;
    if (scheme == 0) return HYP_REFUSE_TARGET;
    while (path < stop && *path != '/' && *path != '?')
        path++;
    if (!hyp_authority_is_valid(hyp_slice(authority, (size_t)(path - authority)), stop)) return HYP_REFUSE_TARGET;
    head->form = HYP_TARGET_ABSOLUTE;
    head->authority = hyp_span_of(base, authority, path);
    return split_query(base, path, stop, head);
}

/* Routes see all of the target. */
static hyp_status take_whole(hyp_head_t *head, hyp_target_form form)
{
    head->form = (uint8_t)form;
    head->path = head->target;
    head->query = (hyp_span_t){head->target.offset + head->target.len, 0};
    head->has_query = false;
    return HYP_OK;
}

static hyp_status parse_authority(hyp_slice_t target, hyp_head_t *head)
{
    head->authority = head->target;
    return hyp_authority_has_port(target) ? take_whole(head, HYP_TARGET_AUTHORITY) : HYP_REFUSE_TARGET;
}

static hyp_status parse_asterisk(hyp_head_t *head)
{
    return head->method == HYP_METHOD_OPTIONS ? take_whole(head, HYP_TARGET_ASTERISK) : HYP_REFUSE_TARGET;
}

static hyp_status parse_origin(const char *base, hyp_slice_t target, hyp_head_t *head)
{
    head->form = HYP_TARGET_ORIGIN;
    return split_query(base, target.ptr, target.ptr + target.len, head);
}

hyp_status hyp_target_parse(const char *base, const char *at, const char *end, hyp_head_t *head, const char **stop)
{
    const char *space = hyp_scan_class(hyp_skip_target(at, end), end, HYP_CHAR_TARGET);
    if (space == end || *space == '\r' || space == at) return HYP_REFUSE_REQUEST_LINE;
    if (*space != ' ') return HYP_REFUSE_TARGET;

    hyp_slice_t target = hyp_slice(at, (size_t)(space - at));
    *stop = space;
    head->target = hyp_span_of(base, at, space);
    head->authority = hyp_span_of(base, at, at);
    if (head->method == HYP_METHOD_CONNECT) return parse_authority(target, head);
    if (*at == '/') return parse_origin(base, target, head);
    if (hyp_slice_equal(target, HYP_SLICE("*"))) return parse_asterisk(head);
    return parse_absolute(base, target, head);
}
