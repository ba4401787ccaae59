/* A request's body: in memory up to a limit, beyond it in an unlinked temporary file. */
#ifndef HYP_BODY_H
#define HYP_BODY_H

#include "buf.h"

typedef struct {
    hyp_buf_t memory; /* all of it while fd is -1, else empty */
    int fd;           /* the unlinked file, or -1; owned */
    uint64_t len;     /* bytes */
} hyp_body_t;

void hyp_body_init(hyp_body_t *body);
void hyp_body_free(hyp_body_t *body);

#define HYP_DIRECTORY_BYTES 224 /* a directory's path with its NUL, so that a file's name fits behind it */

/* Appends; moves everything to a file in `directory` once more than memory_bytes are held. HYP_OK, HYP_NO_MEMORY or -errno. */
HYP_MUST_USE hyp_status hyp_body_append(hyp_body_t *body, hyp_slice_t bytes, size_t memory_bytes,
                                        const char *directory);

/* Copies up to `len` bytes from `offset` on into `to`; *got is 0 at the end. HYP_OK or -errno. */
HYP_MUST_USE hyp_status hyp_body_read(const hyp_body_t *body, uint64_t offset, char *to, size_t len, size_t *got);

#endif
