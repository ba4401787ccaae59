#include "request.h"

#include <stdlib.h>
#include <unistd.h>

static void copy_head(hyp_request_t *request, const hyp_head_t *head)
{
    request->method = head->method;
    request->form = head->form;
    request->minor = head->minor;
    request->has_query = head->has_query;
    request->method_name = head->method_name;
    request->target = head->target;
    request->path = head->path;
    request->query = head->query;
    request->header_count = head->header_count;
    memcpy(request->headers, head->headers, head->header_count * sizeof(hyp_header_t));
}

/* All that was parsed, a leading empty line included, so that the spans of the head stay right. */
static void copy_bytes(hyp_request_t *request, const char *bytes, uint32_t len)
{
    char *to = (char *)(request->headers + request->header_count);
    memcpy(to, bytes, len);
    request->bytes = to;
    request->bytes_len = len;
}

hyp_status hyp_request_new(hyp_request_t **out, const hyp_head_t *head, const hyp_framing_t *framing, const char *bytes)
{
    hyp_request_t *request = malloc(sizeof *request + head->header_count * sizeof(hyp_header_t) + head->head_bytes);
    if (request == NULL) {
        return HYP_NO_MEMORY;
    }
    memset(request, 0, sizeof *request);
    request->job.kind = HYP_JOB_REQUEST;
    request->framing = *framing;
    request->keep_alive = framing->keep_alive;
    hyp_body_init(&request->body);
    copy_head(request, head);
    copy_bytes(request, bytes, head->head_bytes);
    *out = request;
    return HYP_OK;
}

void hyp_request_destroy(hyp_request_t *request)
{
    if (request->route != NULL) {
        hyp_route_release(request->route);
    }
    hyp_body_free(&request->body);
    free(request);
}

hyp_status hyp_handoff_new(hyp_handoff_t **out, int fd, hyp_slice_t partial)
{
    hyp_handoff_t *handoff = partial.len <= UINT32_MAX ? malloc(sizeof *handoff + partial.len) : NULL;
    if (handoff == NULL) {
        return HYP_NO_MEMORY;
    }
    *handoff = (hyp_handoff_t){.job = {.kind = HYP_JOB_HANDOFF}, .fd = fd, .len = (uint32_t)partial.len};
    if (partial.len > 0) {
        memcpy(handoff->partial, partial.ptr, partial.len);
    }
    *out = handoff;
    return HYP_OK;
}

void hyp_handoff_destroy(hyp_handoff_t *handoff)
{
    if (handoff->fd >= 0) {
        close(handoff->fd);
    }
    free(handoff);
}

#define HIT_PREFIX_BYTES 3 /* the method, the path's length in big-endian order */

hyp_status hyp_hits_new(hyp_hits_t **out)
{
    hyp_hits_t *hits = calloc(1, sizeof *hits);
    if (hits == NULL) {
        return HYP_NO_MEMORY;
    }
    hits->job.kind = HYP_JOB_HITS;
    hyp_buf_init(&hits->packed);
    *out = hits;
    return HYP_OK;
}

hyp_status hyp_hits_add(hyp_hits_t *hits, hyp_method method, hyp_slice_t path)
{
    if (path.len > UINT16_MAX) {
        return HYP_FULL;
    }
    hyp_status status = hyp_buf_reserve(&hits->packed, HIT_PREFIX_BYTES + path.len);
    if (status != HYP_OK) {
        return status;
    }
    char *to = hits->packed.data + hits->packed.end;
    to[0] = (char)method;
    to[1] = (char)(path.len >> 8);
    to[2] = (char)(path.len & 0xff);
    if (path.len > 0) {
        memcpy(to + HIT_PREFIX_BYTES, path.ptr, path.len);
    }
    hits->packed.end += HIT_PREFIX_BYTES + path.len;
    hits->count++;
    return HYP_OK;
}

bool hyp_hits_next(const hyp_hits_t *hits, size_t *cursor, hyp_method *method, hyp_slice_t *path)
{
    if (*cursor >= hyp_buf_len(&hits->packed)) {
        return false;
    }
    const unsigned char *at = (const unsigned char *)hyp_buf_ptr(&hits->packed) + *cursor;
    *method = (hyp_method)at[0];
    *path = hyp_slice((const char *)at + HIT_PREFIX_BYTES, (size_t)at[1] << 8 | at[2]);
    *cursor += HIT_PREFIX_BYTES + path->len;
    return true;
}

void hyp_hits_destroy(hyp_hits_t *hits)
{
    hyp_buf_free(&hits->packed);
    free(hits);
}

hyp_status hyp_trouble_new(hyp_trouble_t **out, const char *what, hyp_status status)
{
    hyp_trouble_t *trouble = malloc(sizeof *trouble);
    if (trouble == NULL) {
        return HYP_NO_MEMORY;
    }
    *trouble = (hyp_trouble_t){.job = {.kind = HYP_JOB_TROUBLE}, .what = what, .status = status};
    *out = trouble;
    return HYP_OK;
}

void hyp_trouble_destroy(hyp_trouble_t *trouble)
{
    free(trouble);
}

void hyp_job_destroy(hyp_job_t *job)
{
    switch (job->kind) {
    case HYP_JOB_REQUEST:
        hyp_request_destroy((hyp_request_t *)job);
        break;
    case HYP_JOB_HITS:
        hyp_hits_destroy((hyp_hits_t *)job);
        break;
    case HYP_JOB_HANDOFF:
        hyp_handoff_destroy((hyp_handoff_t *)job);
        break;
    case HYP_JOB_TROUBLE:
        hyp_trouble_destroy((hyp_trouble_t *)job);
        break;
    }
}
