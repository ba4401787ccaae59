#include "response.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine_limits.h"

#define CRLF_LEN 2

/* Long enough for any registered phrase, twice, and the fields around it. */
#define ERROR_BYTES_MAX 512

static bool ends_with_empty_line(hyp_slice_t head)
{
    return head.len >= 4 && memcmp(head.ptr + head.len - 4, "\r\n\r\n", 4) == 0;
}

static bool is_well_formed(hyp_slice_t bytes, size_t body_len, size_t date_offset)
{
    if (body_len > bytes.len || bytes.len - body_len > UINT32_MAX) {
        return false;
    }
    size_t head_len = bytes.len - body_len;
    return date_offset == 0 || (head_len >= HYP_DATE_LEN && date_offset <= head_len - HYP_DATE_LEN);
}

unsigned hyp_response_class(hyp_slice_t head)
{
    bool begins = head.len > sizeof "HTTP/1.1" && memcmp(head.ptr, "HTTP/1.", sizeof "HTTP/1." - 1) == 0;
    unsigned digit = begins ? (unsigned char)head.ptr[sizeof "HTTP/1.1"] - (unsigned)'0' : 0;
    return digit >= 1 && digit <= 5 ? digit : 0;
}

hyp_status hyp_response_new(hyp_response_t **out, hyp_slice_t bytes, size_t body_len, size_t date_offset)
{
    if (!is_well_formed(bytes, body_len, date_offset)) {
        return -EINVAL;
    }
    hyp_response_t *response = malloc(sizeof *response + bytes.len);
    if (response == NULL) {
        return HYP_NO_MEMORY;
    }
    atomic_init(&response->refs, 1);
    response->head_len = (uint32_t)(bytes.len - body_len);
    response->date_offset = (uint32_t)date_offset;
    response->complete_head = ends_with_empty_line(hyp_slice(bytes.ptr, response->head_len));
    response->status_class = (uint8_t)hyp_response_class(hyp_slice(bytes.ptr, response->head_len));
    response->len = bytes.len;
    if (bytes.len > 0) {
        memcpy(response->bytes, bytes.ptr, bytes.len);
    }
    *out = response;
    return HYP_OK;
}

void hyp_response_retain(hyp_response_t *response)
{
    atomic_fetch_add_explicit(&response->refs, 1, memory_order_relaxed);
}

void hyp_response_release(hyp_response_t *response)
{
    if (atomic_fetch_sub_explicit(&response->refs, 1, memory_order_acq_rel) == 1) {
        free(response);
    }
}

/* What `flags` add to the head. A head without an end takes no field: where it would go is not known. */
static hyp_slice_t connection_field(const hyp_response_t *response, unsigned flags)
{
    if (!response->complete_head) {
        return hyp_slice(NULL, 0);
    }
    if (flags & HYP_SEND_CLOSE) {
        return HYP_SLICE("connection: close\r\n");
    }
    if (flags & HYP_SEND_KEEP_ALIVE) {
        return HYP_SLICE("connection: keep-alive\r\n");
    }
    return hyp_slice(NULL, 0);
}

/* Copies `len` bytes of the response with `field` before the empty line of its head. */
static void copy_with_field(const hyp_response_t *response, size_t len, hyp_slice_t field, char *to)
{
    size_t before = response->head_len - CRLF_LEN;
    memcpy(to, response->bytes, before);
    memcpy(to + before, field.ptr, field.len);
    memcpy(to + before + field.len, response->bytes + before, len - before);
}

hyp_status hyp_response_render(const hyp_response_t *response, unsigned flags, const char *date, hyp_buf_t *out,
                               hyp_slice_t *rest)
{
    size_t body_len = flags & HYP_SEND_HEAD_ONLY ? 0 : response->len - response->head_len;
    size_t copied = body_len <= HYP_COPY_BYTES ? body_len : 0;
    size_t len = response->head_len + copied;
    hyp_slice_t field = connection_field(response, flags);

    hyp_status status = hyp_buf_reserve(out, len + field.len);
    if (status != HYP_OK) {
        return status;
    }
    char *to = out->data + out->end;
    if (field.len == 0) {
        memcpy(to, response->bytes, len);
    } else {
        copy_with_field(response, len, field, to);
    }
    if (response->date_offset != 0) {
        memcpy(to + response->date_offset, date, HYP_DATE_LEN);
    }
    out->end += len + field.len;
    *rest = hyp_slice(response->bytes + len, body_len - copied);
    return HYP_OK;
}

hyp_status hyp_response_render_error(hyp_status refusal, unsigned flags, const char *date, hyp_buf_t *out)
{
    int code = hyp_status_http(refusal);
    const char *reason = hyp_response_reason(code);
    char bytes[ERROR_BYTES_MAX];

    int head_len =
        snprintf(bytes, sizeof bytes,
                 "HTTP/1.1 %d %s\r\n"
                 "date: %.*s\r\n"
                 "content-type: text/plain\r\n"
                 "content-length: %zu\r\n"
                 "%s"
                 "connection: close\r\n\r\n",
                 code, reason, HYP_DATE_LEN, date, strlen(reason) + 1, code == 503 ? "retry-after: 1\r\n" : "");
    size_t len = (size_t)head_len;
    if (!(flags & HYP_SEND_HEAD_ONLY)) {
        len += (size_t)snprintf(bytes + len, sizeof bytes - len, "%s\n", reason);
    }
    return hyp_buf_append(out, bytes, len);
}

/* The IANA registry of HTTP status codes; codes that it calls unused have no phrase. */
static const char *const reasons[] = {
    [100] = "Continue",
    [101] = "Switching Protocols",
    [102] = "Processing",
    [103] = "Early Hints",
    [104] = "Upload Resumption Supported",
    [200] = "OK",
    [201] = "Created",
    [202] = "Accepted",
    [203] = "Non-Authoritative Information",
    [204] = "No Content",
    [205] = "Reset Content",
    [206] = "Partial Content",
    [207] = "Multi-Status",
    [208] = "Already Reported",
    [226] = "IM Used",
    [300] = "Multiple Choices",
    [301] = "Moved Permanently",
    [302] = "Found",
    [303] = "See Other",
    [304] = "Not Modified",
    [305] = "Use Proxy",
    [307] = "Temporary Redirect",
    [308] = "Permanent Redirect",
    [400] = "Bad Request",
    [401] = "Unauthorized",
    [402] = "Payment Required",
    [403] = "Forbidden",
    [404] = "Not Found",
    [405] = "Method Not Allowed",
    [406] = "Not Acceptable",
    [407] = "Proxy Authentication Required",
    [408] = "Request Timeout",
    [409] = "Conflict",
    [410] = "Gone",
    [411] = "Length Required",
    [412] = "Precondition Failed",
    [413] = "Content Too Large",
    [414] = "URI Too Long",
    [415] = "Unsupported Media Type",
    [416] = "Range Not Satisfiable",
    [417] = "Expectation Failed",
    [421] = "Misdirected Request",
    [422] = "Unprocessable Content",
    [423] = "Locked",
    [424] = "Failed Dependency",
    [425] = "Too Early",
    [426] = "Upgrade Required",
    [428] = "Precondition Required",
    [429] = "Too Many Requests",
    [431] = "Request Header Fields Too Large",
    [451] = "Unavailable For Legal Reasons",
    [500] = "Internal Server Error",
    [501] = "Not Implemented",
    [502] = "Bad Gateway",
    [503] = "Service Unavailable",
    [504] = "Gateway Timeout",
    [505] = "HTTP Version Not Supported",
    [506] = "Variant Also Negotiates",
    [507] = "Insufficient Storage",
    [508] = "Loop Detected",
    [510] = "Not Extended",
    [511] = "Network Authentication Required",
};

const char *hyp_response_reason(int http_status)
{
    int count = (int)(sizeof reasons / sizeof reasons[0]);
    if (http_status < 0 || http_status >= count || reasons[http_status] == NULL) {
        return "";
    }
    return reasons[http_status];
}
