/* The engine's result codes, one table: what a function answers, what the wire answers, what a log says.
 *
 * A fallible function returns hyp_status: HYP_OK, another member of the table, or -errno for a failed system
 * call. Refusals (HYP_REFUSE_*) carry the HTTP status that the client is to get. */
#ifndef HYP_STATUS_H
#define HYP_STATUS_H

#define HYP_MUST_USE __attribute__((warn_unused_result))
#define HYP_UNUSED __attribute__((unused))

/* X(name, HTTP status or 0, text) */
#define HYP_STATUS_MAP(X)                                                                                              \
    X(HYP_OK, 0, "ok")                                                                                                 \
    X(HYP_AGAIN, 0, "more bytes or a later try are needed")                                                            \
    X(HYP_END, 0, "the end of what was asked for")                                                                     \
    X(HYP_FULL, 0, "a limit is reached")                                                                               \
    X(HYP_CLOSED, 0, "the other side has closed")                                                                      \
    X(HYP_INTERRUPTED, 0, "interrupted by another thread")                                                             \
    X(HYP_PENDING, 0, "jobs wait to be run by the caller")                                                             \
    X(HYP_NOT_OURS, 0, "a protocol that the engine does not speak")                                                    \
    X(HYP_NO_MEMORY, 503, "out of memory")                                                                             \
    X(HYP_REFUSE_REQUEST_LINE, 400, "malformed request line")                                                          \
    X(HYP_REFUSE_METHOD, 400, "malformed method")                                                                      \
    X(HYP_REFUSE_TARGET, 400, "malformed request target")                                                              \
    X(HYP_REFUSE_LINE_END, 400, "bare CR, bare LF or NUL in the head")                                                 \
    X(HYP_REFUSE_FIELD_NAME, 400, "malformed field name")                                                              \
    X(HYP_REFUSE_FIELD_VALUE, 400, "malformed field value")                                                            \
    X(HYP_REFUSE_OBS_FOLD, 400, "obsolete line folding")                                                               \
    X(HYP_REFUSE_HOST, 400, "missing, repeated or malformed Host")                                                     \
    X(HYP_REFUSE_CONTENT_LENGTH, 400, "malformed or repeated Content-Length")                                          \
    X(HYP_REFUSE_TRANSFER_ENCODING, 400, "malformed or misplaced Transfer-Encoding")                                   \
    X(HYP_REFUSE_CONTENT, 400, "content in a request that must have none")                                             \
    X(HYP_REFUSE_CHUNK, 400, "malformed chunk")                                                                        \
    X(HYP_REFUSE_TRAILER, 400, "malformed trailer section")                                                            \
    X(HYP_REFUSE_PROXY, 400, "missing or malformed PROXY protocol header")                                             \
    X(HYP_REFUSE_NOT_FOUND, 404, "no such route")                                                                      \
    X(HYP_REFUSE_TIMEOUT, 408, "the request did not arrive in time")                                                   \
    X(HYP_REFUSE_BODY_TOO_LARGE, 413, "request body over the limit")                                                   \
    X(HYP_REFUSE_TARGET_TOO_LONG, 414, "request target over the limit")                                                \
    X(HYP_REFUSE_EXPECTATION, 417, "unknown expectation")                                                              \
    X(HYP_REFUSE_MISDIRECTED, 421, "asked for by https without TLS")                                                   \
    X(HYP_REFUSE_HEAD_TOO_LARGE, 431, "request head over the limit")                                                   \
    X(HYP_REFUSE_FAILURE, 500, "the application failed")                                                               \
    X(HYP_REFUSE_CODING, 501, "transfer coding not implemented")                                                       \
    X(HYP_REFUSE_METHOD_UNKNOWN, 501, "method not implemented")                                                        \
    X(HYP_REFUSE_OVERLOAD, 503, "the request queue is full")                                                           \
    X(HYP_REFUSE_NO_ROOM, 503, "no room to keep the request body")                                                     \
    X(HYP_REFUSE_VERSION, 505, "HTTP version not supported")

#define HYP_STATUS_ENUM(name, http, text) name,
enum { HYP_STATUS_MAP(HYP_STATUS_ENUM) HYP_STATUS_COUNT };
#undef HYP_STATUS_ENUM

/* A member of the table, or -errno. */
typedef int hyp_status;

/* The member's name without prefix in words ("malformed chunk"), or strerror for -errno. Never NULL; static storage
 * but for -errno, which lives until the thread's next call. */
const char *hyp_status_text(hyp_status status);

/* The HTTP status code that a refusal is answered with; 500 for -errno; 0 for what is not a refusal. */
int hyp_status_http(hyp_status status);

#endif
