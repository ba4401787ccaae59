#include "body.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void hyp_body_init(hyp_body_t *body)
{
    hyp_buf_init(&body->memory);
    body->fd = -1;
    body->len = 0;
}

void hyp_body_free(hyp_body_t *body)
{
    hyp_buf_free(&body->memory);
    if (body->fd >= 0) {
        close(body->fd);
    }
    hyp_body_init(body);
}

/* For systems and file systems without O_TMPFILE. */
static int open_and_unlink(const char *directory)
{
    char path[HYP_DIRECTORY_BYTES + sizeof "/hyperion.XXXXXX"];
    int len = snprintf(path, sizeof path, "%s/hyperion.XXXXXX", directory);
    if (len < 0 || (size_t)len >= sizeof path) {
        return -ENAMETOOLONG;
    }
    int fd = mkstemp(path);
    if (fd < 0) {
        return -errno;
    }
    unlink(path);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

/* A file without a name, readable and writable, close-on-exec; or -errno. */
static int open_nameless(const char *directory)
{
#ifdef O_TMPFILE
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
    if (fd >= 0) {
        return fd;
    }
#endif
    return open_and_unlink(directory);
}

/* By position, so that what a failed write has left behind is written over, or never read. */
static hyp_status write_at(int fd, hyp_slice_t bytes, uint64_t offset)
{
    while (bytes.len > 0) {
        ssize_t written = pwrite(fd, bytes.ptr, bytes.len, (off_t)offset);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return written < 0 ? -errno : -ENOSPC;
        }
        bytes = hyp_slice(bytes.ptr + written, bytes.len - (size_t)written);
        offset += (uint64_t)written;
    }
    return HYP_OK;
}

static hyp_status move_to_file(hyp_body_t *body, const char *directory)
{
    int fd = open_nameless(directory);
    if (fd < 0) {
        return fd;
    }
    hyp_status status = write_at(fd, hyp_slice(hyp_buf_ptr(&body->memory), hyp_buf_len(&body->memory)), 0);
    if (status != HYP_OK) {
        close(fd);
        return status;
    }
    hyp_buf_free(&body->memory);
    body->fd = fd;
    return HYP_OK;
}

static hyp_status append_bytes(hyp_body_t *body, hyp_slice_t bytes, size_t memory_bytes, const char *directory)
{
    if (body->fd < 0 && body->len + bytes.len <= memory_bytes) {
        return hyp_buf_append(&body->memory, bytes.ptr, bytes.len);
    }
    hyp_status status = body->fd < 0 ? move_to_file(body, directory) : HYP_OK;
    return status == HYP_OK ? write_at(body->fd, bytes, body->len) : status;
}

hyp_status hyp_body_append(hyp_body_t *body, hyp_slice_t bytes, size_t memory_bytes, const char *directory)
{
    if (bytes.len == 0) {
        return HYP_OK;
    }
    hyp_status status = append_bytes(body, bytes, memory_bytes, directory);
    if (status == HYP_OK) {
        body->len += bytes.len;
    }
    return status;
}

static hyp_status read_at(int fd, uint64_t offset, char *to, size_t len, size_t *got)
{
    while (*got < len) {
        ssize_t count = pread(fd, to + *got, len - *got, (off_t)(offset + *got));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return -errno;
        }
        if (count == 0) {
            return HYP_OK;
        }
        *got += (size_t)count;
    }
    return HYP_OK;
}

hyp_status hyp_body_read(const hyp_body_t *body, uint64_t offset, char *to, size_t len, size_t *got)
{
    *got = 0;
    if (offset >= body->len) {
        return HYP_OK;
    }
    if (len > body->len - offset) {
        len = (size_t)(body->len - offset);
    }
    if (body->fd >= 0) {
        return read_at(body->fd, offset, to, len, got);
    }
    memcpy(to, hyp_buf_ptr(&body->memory) + offset, len);
    *got = len;
    return HYP_OK;
}
