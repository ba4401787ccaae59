/* One connection without a socket: what a loop does for it, done by hand. */
#ifndef CONN_HELPERS_H
#define CONN_HELPERS_H

#include "conn.h"
#include "test.h"

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define BIG_BYTES 100000 /* body of /big: too long to be copied behind its head */

#define HEAD_OF(status, more) "HTTP/1.1 " status "\r\ndate: " DATE "\r\n" more "\r\n"
#define HELLO_HEAD HEAD_OF("200 OK", "content-length: 5\r\n")
#define HELLO HELLO_HEAD "hello"
#define HELLO_CLOSE_HEAD HEAD_OF("200 OK", "content-length: 5\r\nconnection: close\r\n")
#define HELLO_CLOSE HELLO_CLOSE_HEAD "hello"
#define HELLO_KEEP_ALIVE HEAD_OF("200 OK", "content-length: 5\r\nconnection: keep-alive\r\n") "hello"
#define THANKS HEAD_OF("200 OK", "content-length: 6\r\n") "thanks"
#define CONTINUE_100 "HTTP/1.1 100 Continue\r\n\r\n"

#define HOST "Host: a\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"
#define POST(path, fields) "POST " path " HTTP/1.1\r\n" HOST fields "\r\n"

/* Routes: GET /hello and POST /thanks (static, short), GET /big (static, long), GET /block. Everything else goes to the
 * application, if has_application. */
typedef struct {
    hyp_limits_t limits;
    hyp_clock_t clock;
    hyp_counters_t counters;
    hyp_conn_shared_t shared;
    hyp_conn_t conn;
    hyp_route_set_t *set;
    hyp_buf_t sent;         /* what the client has got */
    hyp_request_t *request; /* the one taken last; freed with the next */
    unsigned taken;         /* requests */
    unsigned given_back;    /* replies with an owner */
    size_t window;          /* bytes that the client still takes; SIZE_MAX: any number */
    size_t send_step;       /* the most that one send takes */
    bool shut;              /* the sending side is shut down */
} hyp_client_t;

void client_open(hyp_client_t *client);
void client_close(hyp_client_t *client);

/* What comes next is in a file, which nobody sends but the test. */
bool client_awaits_file(const hyp_client_t *client);

/* Does what the connection wants until it waits for somebody, or for a file; answers for whom. */
hyp_want client_settle(hyp_client_t *client);

/* An event, and what follows from it. */
hyp_want client_sends(hyp_client_t *client, const char *bytes, size_t len);
hyp_want client_says(hyp_client_t *client, const char *text);
hyp_want client_drips(hyp_client_t *client, const char *text); /* byte by byte */
hyp_want client_reads(hyp_client_t *client, size_t len);       /* opens the window by so much */
hyp_want client_reads_all(hyp_client_t *client);
hyp_want client_times_out(hyp_client_t *client);
hyp_want client_sees_drain(hyp_client_t *client);

typedef enum { PIECE = 0, LAST = 1, CLOSES = 2, ABORTS = 4 } reply_flags;

/* A piece of an answer; `tail`, unless NULL, with an owner. */
hyp_reply_t *reply_of(const char *text, const char *tail, unsigned flags);
hyp_want client_is_answered(hyp_client_t *client, const char *text, unsigned flags);
hyp_want client_gets(hyp_client_t *client, hyp_reply_t *reply);

/* The timer that the connection asks for now. */
hyp_timer_kind client_timer(const hyp_client_t *client);

/* Compares all that has been sent since the last look. */
void client_check_sent(hyp_client_t *client, const char *expected, const char *file, int line);
#define CHECK_SENT(client, expected) client_check_sent((client), (expected), __FILE__, __LINE__)

/* A canned refusal has been sent, nothing before or behind it, and the connection ends with a lingering close. */
void client_check_refused(hyp_client_t *client, int status, const char *file, int line);
#define CHECK_REFUSED(client, status) client_check_refused((client), (status), __FILE__, __LINE__)

/* What is to be handed off is exactly this. */
void client_check_handed_off(hyp_client_t *client, const char *expected, const char *file, int line);
#define CHECK_HANDED_OFF(client, expected) client_check_handed_off((client), (expected), __FILE__, __LINE__)

#endif
