/* A loop with a real listener, a worker thread in the place of Ruby, and clients on loopback sockets. */
#ifndef LOOP_HELPERS_H
#define LOOP_HELPERS_H

#include <pthread.h>

#include "loop.h"
#include "request_queue.h"
#include "test.h"
#include "uring_helpers.h"

#define PATIENCE_MS 20000 /* only what never happens takes so long */

#define HELLO "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"
#define HELLO_CLOSE "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello"
#define BIG_HEAD "HTTP/1.1 200 OK\r\ncontent-length: 4194304\r\n\r\n"
#define BIG_BYTES 4194304 /* body of /big: more than a socket takes */
#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

#define STREAM_PIECES 64
#define STREAM_PIECE_BYTES 65536

/* GET /hello and /big are static, GET /block is a block route; the application answers
 *   /hold    "held", once server_release was called
 *   /stream  STREAM_PIECES pieces, as fast as the client takes them, and closes
 *   /abort   a piece, and gives up
 *   /peer    the client's address
 *   else     its path and body */
typedef struct {
    hyp_loop_config_t config;
    hyp_loop_t *loop;
    hyp_route_set_t *set;
    hyp_request_queue_t *queue;
    hyp_worker_t worker;
    pthread_t loop_thread, worker_thread;
    bool looping, working;
    bool goes_on;      /* the loop's thread runs it again when it has been interrupted */
    hyp_status status; /* of the last run */
    int listener;
    uint16_t port;
    uint32_t queue_capacity;

    /* Under `mutex`. */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool released;
    unsigned served, holding, hits, handoffs, given_back, streams_ended, troubles, interruptions;
    hyp_status trouble;       /* the last that was told */
    hyp_status stream_status; /* how the last stream ended */
    char partial[4096];       /* of the last handoff */
} server_t;

/* Sets up all but the loop; `server->config` may be changed before _open or _start. */
void server_init(server_t *server, const char *backend);

/* Makes and opens the loop; _start also runs it, and a worker, in threads. */
void server_open(server_t *server);
void server_start(server_t *server);

/* Lets a worker run. */
void server_work(server_t *server);

/* Runs what waits in the queue in this thread. */
void server_run_jobs(server_t *server);

/* Waits until the loop has ended; answers its status. */
hyp_status server_join(server_t *server);
hyp_status server_stop(server_t *server, uint32_t deadline_ms);

/* Ends everything that is left. */
void server_free(server_t *server);

void server_release(server_t *server);

/* A static route with this body. */
void server_put(server_t *server, const char *path, const char *body);

/* Wait until a counter of the loop, or one of the struct's under its mutex, has reached a value. */
void server_await(const server_t *server, const _Atomic uint64_t *counter, uint64_t value);
void server_await_own(server_t *server, const unsigned *counter, unsigned value);
const hyp_counters_t *server_counters(const server_t *server);

/* Clients: blocking sockets whose reads fail after PATIENCE_MS. */
int client_dial(const server_t *server);
bool client_can_dial(const server_t *server);
void client_say(int fd, const char *text);
void client_reset(int fd); /* closes with an RST */

/* True when the server's kernel has got all that was said. */
void client_await_arrival(int fd);

void client_check_reads(int fd, const char *expected, const char *file, int line);
void client_check_ends(int fd, const char *file, int line);
#define CHECK_READS(fd, expected) client_check_reads((fd), (expected), __FILE__, __LINE__)
#define CHECK_ENDS(fd) client_check_ends((fd), __FILE__, __LINE__) /* and closes it */

/* Reads up to the end, or `cap` bytes; answers how many. */
size_t client_read(int fd, char *to, size_t cap);

/* Descriptors that this process has open. */
unsigned count_descriptors(void);

extern const char *const loop_backends[];
extern const size_t loop_backend_count;

/* Runs the block once on each backend, with `server` set up and not yet open. */
#define EACH_BACKEND(server)                                                                                           \
    for (size_t n_ = 0; n_ < loop_backend_count; n_++)                                                                 \
        for (bool once_ = (server_init((server), loop_backends[n_]), true); once_; once_ = (server_free(server), false))

#endif
