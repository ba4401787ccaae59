/* One line of an access log: common, combined, or a JSON object. What a client has sent cannot break out of its place: control
 * characters, quotes and what is not text are escaped. */
#ifndef HYP_LOG_LINE_H
#define HYP_LOG_LINE_H

#include "clock.h"
#include "log_ring.h"

typedef enum { HYP_LOG_COMMON, HYP_LOG_COMBINED, HYP_LOG_JSON } hyp_log_form;

#define HYP_LOG_TIME_BYTES 48

/* What lines have in common. */
typedef struct {
    hyp_log_form form;
    int64_t second; /* that `time` shows */
    char time[HYP_LOG_TIME_BYTES];
    size_t time_len;
    char pid[24];
    size_t pid_len;
} hyp_log_writer_t;

/* `pid` is the process's number. */
void hyp_log_writer_init(hyp_log_writer_t *writer, hyp_log_form form, long pid);

/* Appends the line of an event. HYP_OK or HYP_NO_MEMORY (nothing appended). */
HYP_MUST_USE hyp_status hyp_log_line(hyp_log_writer_t *writer, hyp_buf_t *out, const hyp_log_event_t *event);

#endif
