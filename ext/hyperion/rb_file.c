#include "rb_response.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Not to wait for the other end of a pipe: what is no regular file is not for us. Above 0, which means none in a reply. */
static int open_file(const char *path, uint64_t *len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    if (fd < 0) return -1;
    if (fd > 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        *len = (uint64_t)status.st_size;
        return fd;
    }
    close(fd);
    return -1;
}

static VALUE path_of(VALUE body)
{
    VALUE path = rb_funcall(body, rb_intern("to_path"), 0);
    return RB_TYPE_P(path, T_STRING) && memchr(RSTRING_PTR(path), 0, (size_t)RSTRING_LEN(path)) == NULL ? path : Qnil;
}

/* Between fstat and here nothing may raise without closing the file, so the length is compared at once. */
bool hyp_rb_send_file(hyp_rb_answering_t *answer)
{
    hyp_rb_head_t *head = &answer->head;
    VALUE path = path_of(answer->body);
    if (NIL_P(path)) return false;
    uint64_t len = 0;
    int fd = open_file(StringValueCStr(path), &len);
    if (fd < 0) return false;
    if (head->has_length && head->content_length != len) {
        close(fd);
        rb_raise(hyp_rb_eError, "content-length is %llu, but the file has %llu bytes",
                 (unsigned long long)head->content_length, (unsigned long long)len);
    }
    head->content_length = len;
    hyp_rb_head_end(head, HYP_RB_BODY_LENGTH);
    hyp_rb_answering_send_file(answer, fd, len);
    return true;
}
