#include "loop_helpers.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/sockios.h>
#endif

const char *const loop_backends[] = {
#ifdef HYP_HAVE_EPOLL
    "epoll",
#endif
    "poll",
#ifdef URING_VARIANTS
    URING_VARIANTS,
#endif
};
const size_t loop_backend_count = sizeof loop_backends / sizeof *loop_backends;

static char piece[STREAM_PIECE_BYTES];

static hyp_slice_t slice_of(const char *text)
{
    return hyp_slice(text, strlen(text));
}

static void pause_briefly(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
}

/* ---- what the loop asks for ---- */

static void submit(void *ctx, hyp_job_list_t *jobs, hyp_msec_t now)
{
    server_t *server = ctx;
    hyp_request_queue_push(server->queue, jobs, now);
}

static void give_back(void *ctx, hyp_reply_t *reply)
{
    server_t *server = ctx;
    hyp_request_queue_give_back(server->queue, reply);
}

static bool nudge(void *ctx, hyp_msec_t now)
{
    server_t *server = ctx;
    return hyp_request_queue_nudge(server->queue, now);
}

static void recall(void *ctx, uint16_t loop, hyp_msec_t before, hyp_job_list_t *late)
{
    server_t *server = ctx;
    hyp_request_queue_recall(server->queue, loop, before, late);
}

/* ---- the worker ---- */

static void add(server_t *server, unsigned *counter, unsigned by)
{
    pthread_mutex_lock(&server->mutex);
    *counter += by;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->mutex);
}

static void emit(server_t *server, const hyp_request_t *request, hyp_reply_t *reply)
{
    reply->to = request->from;
    hyp_outbox_push(hyp_loop_outbox(server->loop), reply);
    hyp_outbox_flush(hyp_loop_outbox(server->loop), true);
}

static hyp_reply_t *text_reply(const char *text)
{
    hyp_reply_t *reply = hyp_reply_new(strlen(text));
    memcpy(reply->bytes, text, strlen(text));
    return reply;
}

static void answer(server_t *server, const hyp_request_t *request, const char *body, size_t len)
{
    char text[1024];
    int head = sprintf(text, "HTTP/1.1 200 OK\r\ncontent-length: %zu\r\n%s\r\n", len,
                       request->keep_alive ? "" : "connection: close\r\n");
    memcpy(text + head, body, len);
    text[(size_t)head + len] = '\0';
    hyp_reply_t *reply = text_reply(text);
    reply->last = true;
    reply->close = !request->keep_alive;
    emit(server, request, reply);
}

static void echo(server_t *server, const hyp_request_t *request)
{
    char text[512];
    size_t got = 0;
    hyp_slice_t path = hyp_span_in(request->bytes, request->path);
    memcpy(text, path.ptr, path.len);
    CHECK_INT(HYP_OK, hyp_body_read(&request->body, 0, text + path.len, sizeof text - path.len, &got));
    answer(server, request, text, path.len + got);
}

static void hold(server_t *server, const hyp_request_t *request)
{
    pthread_mutex_lock(&server->mutex);
    server->holding++;
    pthread_cond_broadcast(&server->changed);
    while (!server->released)
        pthread_cond_wait(&server->changed, &server->mutex);
    pthread_mutex_unlock(&server->mutex);
    answer(server, request, "held", 4);
}

static hyp_reply_t *stream_piece(hyp_flow_t *flow)
{
    hyp_reply_t *reply = hyp_reply_new(0);
    reply->tail = hyp_slice(piece, sizeof piece);
    reply->owner = 1;
    reply->flow = flow;
    hyp_flow_retain(flow);
    hyp_flow_add(flow, sizeof piece);
    return reply;
}

static void stream(server_t *server, const hyp_request_t *request)
{
    hyp_flow_t *flow;
    CHECK_INT(HYP_OK, hyp_flow_new(&flow));
    hyp_status status = HYP_OK;
    for (int i = 0; i < STREAM_PIECES && status == HYP_OK; i++) {
        emit(server, request, stream_piece(flow));
        status = hyp_flow_wait(flow, server->config.limits.stream_bytes);
    }
    hyp_reply_t *end = hyp_reply_new(0);
    end->last = end->close = true;
    emit(server, request, end);
    hyp_flow_release(flow);
    pthread_mutex_lock(&server->mutex);
    server->stream_status = status;
    pthread_mutex_unlock(&server->mutex);
    add(server, &server->streams_ended, 1);
}

static void give_up(server_t *server, const hyp_request_t *request)
{
    emit(server, request, text_reply("begun"));
    hyp_reply_t *reply = hyp_reply_new(0);
    reply->last = reply->abort = true;
    emit(server, request, reply);
}

static void serve(server_t *server, const hyp_request_t *request)
{
    hyp_slice_t path = hyp_span_in(request->bytes, request->path);
    if (hyp_slice_equal(path, HYP_SLICE("/hold"))) hold(server, request);
    else if (hyp_slice_equal(path, HYP_SLICE("/stream"))) stream(server, request);
    else if (hyp_slice_equal(path, HYP_SLICE("/abort"))) give_up(server, request);
    else if (hyp_slice_equal(path, HYP_SLICE("/peer")))
        answer(server, request, request->forwarded.client, strlen(request->forwarded.client));
    else echo(server, request);
    add(server, &server->served, 1);
}

static void take_over(server_t *server, const hyp_handoff_t *handoff)
{
    pthread_mutex_lock(&server->mutex);
    ASSERT(handoff->len < sizeof server->partial);
    memcpy(server->partial, handoff->partial, handoff->len);
    server->partial[handoff->len] = '\0';
    pthread_mutex_unlock(&server->mutex);
    CHECK_INT(10, send(handoff->fd, "taken over", 10, MSG_NOSIGNAL));
    add(server, &server->handoffs, 1);
}

static void note_trouble(server_t *server, const hyp_trouble_t *trouble)
{
    pthread_mutex_lock(&server->mutex);
    server->trouble = trouble->status;
    pthread_mutex_unlock(&server->mutex);
    add(server, &server->troubles, 1);
}

static void run_job(server_t *server, hyp_job_t *job)
{
    if (job->kind == HYP_JOB_REQUEST) serve(server, (hyp_request_t *)(void *)job);
    if (job->kind == HYP_JOB_HITS) add(server, &server->hits, ((hyp_hits_t *)(void *)job)->count);
    if (job->kind == HYP_JOB_HANDOFF) take_over(server, (hyp_handoff_t *)(void *)job);
    if (job->kind == HYP_JOB_TROUBLE) note_trouble(server, (hyp_trouble_t *)(void *)job);
    hyp_job_destroy(job);
}

static void take_back(server_t *server)
{
    hyp_reply_t *reply = hyp_request_queue_take_back(server->queue);
    while (reply) {
        hyp_reply_t *next = reply->next;
        hyp_reply_destroy(reply);
        add(server, &server->given_back, 1);
        reply = next;
    }
}

void server_run_jobs(server_t *server)
{
    hyp_job_t *job;
    while ((job = hyp_request_queue_take(server->queue, &server->worker))) {
        run_job(server, job);
        take_back(server);
    }
}

static void *run_worker(void *arg)
{
    server_t *server = arg;
    while (hyp_request_queue_wait(server->queue, &server->worker) == HYP_OK) {
        server_run_jobs(server);
        take_back(server);
    }
    return NULL;
}

void server_work(server_t *server)
{
    CHECK_INT(0, pthread_create(&server->worker_thread, NULL, run_worker, server));
    server->working = true;
}

/* ---- the server ---- */

static void make_listener(server_t *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_INT(0, bind(server->listener, (struct sockaddr *)&address, sizeof address));
    CHECK_INT(0, listen(server->listener, 4096));
    CHECK_INT(0, getsockname(server->listener, (struct sockaddr *)&address, &len));
    server->port = ntohs(address.sin_port);
}

static void put(server_t *server, const char *path, hyp_slice_t body)
{
    char *bytes = malloc(100 + body.len);
    hyp_response_t *response;
    int head = sprintf(bytes, "HTTP/1.1 200 OK\r\ncontent-length: %zu\r\n\r\n", body.len);
    memcpy(bytes + head, body.ptr, body.len);
    CHECK_INT(HYP_OK, hyp_response_new(&response, hyp_slice(bytes, (size_t)head + body.len), body.len, 0));
    CHECK_INT(HYP_OK, hyp_route_set_put(server->set, HYP_METHOD_GET, slice_of(path), HYP_ROUTE_STATIC, response, 0));
    hyp_response_release(response);
    free(bytes);
}

void server_put(server_t *server, const char *path, const char *body)
{
    put(server, path, slice_of(body));
}

static void put_routes(server_t *server)
{
    char *big = calloc(1, BIG_BYTES);
    put(server, "/hello", slice_of("hello"));
    put(server, "/big", hyp_slice(big, BIG_BYTES));
    CHECK_INT(HYP_OK, hyp_route_set_put(server->set, HYP_METHOD_GET, slice_of("/block"), HYP_ROUTE_BLOCK, NULL, 1));
    free(big);
}

void server_init(server_t *server, const char *backend)
{
    memset(server, 0, sizeof *server);
    pthread_mutex_init(&server->mutex, NULL);
    pthread_cond_init(&server->changed, NULL);
    hyp_worker_init(&server->worker);
    make_listener(server);
    CHECK_INT(HYP_OK, hyp_route_set_new(&server->set));
    put_routes(server);
    server->config = (hyp_loop_config_t){
        .backend = uring_variant(backend) ? uring_variant(backend) : hyp_backend_named(backend),
        .listener_fd = server->listener,
        .has_application = true,
        .routes = {server->set},
        .host = {.ctx = server, .submit = submit, .give_back = give_back, .nudge = nudge, .recall = recall},
    };
    hyp_limits_init(&server->config.limits);
}

void server_open(server_t *server)
{
    CHECK_INT(HYP_OK, hyp_request_queue_new(&server->queue, server->config.limits.queued_requests));
    CHECK_INT(HYP_OK, hyp_loop_new(&server->loop, &server->config));
    CHECK_INT(HYP_OK, hyp_loop_open(server->loop));
}

static void *run_loop(void *arg)
{
    server_t *server = arg;
    while ((server->status = hyp_loop_run(server->loop)) == HYP_INTERRUPTED && server->goes_on)
        add(server, &server->interruptions, 1);
    return NULL;
}

void server_start(server_t *server)
{
    if (!server->loop) server_open(server);
    CHECK_INT(0, pthread_create(&server->loop_thread, NULL, run_loop, server));
    server->looping = true;
    if (!server->working) server_work(server);
}

hyp_status server_join(server_t *server)
{
    CHECK_INT(0, pthread_join(server->loop_thread, NULL));
    server->looping = false;
    return server->status;
}

hyp_status server_stop(server_t *server, uint32_t deadline_ms)
{
    hyp_loop_stop(server->loop, deadline_ms);
    return server_join(server);
}

static void end_worker(server_t *server)
{
    server_release(server);
    hyp_request_queue_close(server->queue);
    CHECK_INT(0, pthread_join(server->worker_thread, NULL));
    server->working = false;
}

void server_free(server_t *server)
{
    if (server->looping) CHECK_INT(HYP_OK, server_stop(server, 0));
    if (server->loop) hyp_loop_close(server->loop);
    if (server->working) end_worker(server);
    if (server->loop) hyp_loop_destroy(server->loop);
    if (server->queue) take_back(server);
    if (server->queue) hyp_request_queue_destroy(server->queue);
    hyp_worker_free(&server->worker);
    hyp_route_set_release(server->set);
    if (server->listener >= 0) close(server->listener);
    pthread_cond_destroy(&server->changed);
    pthread_mutex_destroy(&server->mutex);
}

void server_release(server_t *server)
{
    pthread_mutex_lock(&server->mutex);
    server->released = true;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->mutex);
}

const hyp_counters_t *server_counters(const server_t *server)
{
    return hyp_loop_counters(server->loop);
}

/* Counters tell nobody that they change. */
void server_await(const server_t *server, const _Atomic uint64_t *counter, uint64_t value)
{
    (void)server;
    hyp_msec_t deadline = hyp_clock_now() + PATIENCE_MS;
    while (hyp_counter_read(counter) != value && hyp_clock_now() < deadline)
        pause_briefly();
    CHECK_INT(value, hyp_counter_read(counter));
}

void server_await_own(server_t *server, const unsigned *counter, unsigned value)
{
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += PATIENCE_MS / 1000;
    pthread_mutex_lock(&server->mutex);
    int error = 0;
    while (*counter < value && error == 0)
        error = pthread_cond_timedwait(&server->changed, &server->mutex, &deadline);
    CHECK_INT(value, *counter);
    pthread_mutex_unlock(&server->mutex);
}

/* ---- clients ---- */

static int dial(const server_t *server, int fd)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(server->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return connect(fd, (struct sockaddr *)&address, sizeof address);
}

int client_dial(const server_t *server)
{
    struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    CHECK_INT(0, setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience));
    CHECK_INT(0, dial(server, fd));
    return fd;
}

bool client_can_dial(const server_t *server)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool can = dial(server, fd) == 0;
    close(fd);
    return can;
}

void client_say(int fd, const char *text)
{
    CHECK_INT(strlen(text), send(fd, text, strlen(text), MSG_NOSIGNAL));
}

void client_reset(int fd)
{
    struct linger resets = {.l_onoff = 1, .l_linger = 0};
    CHECK_INT(0, setsockopt(fd, SOL_SOCKET, SO_LINGER, &resets, sizeof resets));
    close(fd);
}

void client_await_arrival(int fd)
{
#ifdef SIOCOUTQ
    int unacknowledged = 1;
    while (ioctl(fd, SIOCOUTQ, &unacknowledged) == 0 && unacknowledged > 0)
        pause_briefly();
#else
    (void)fd;
    pause_briefly();
#endif
}

/* The kernel interrupts a thread for a ring that it has opened, and for one that has ended. */
static ssize_t receive(int fd, char *to, size_t cap)
{
    ssize_t got;
    do
        got = recv(fd, to, cap, 0);
    while (got < 0 && errno == EINTR);
    return got;
}

size_t client_read(int fd, char *to, size_t cap)
{
    size_t total = 0;
    ssize_t got = 1;
    while (total < cap && got > 0) {
        got = receive(fd, to + total, cap - total);
        if (got > 0) total += (size_t)got;
    }
    return total;
}

void client_check_reads(int fd, const char *expected, const char *file, int line)
{
    size_t len = strlen(expected);
    char *got = malloc(len + 1);
    size_t total = client_read(fd, got, len);
    hyp_test_check_mem(expected, len, got, total, "what was read", file, line);
    free(got);
}

void client_check_ends(int fd, const char *file, int line)
{
    char rest[256];
    ssize_t got = receive(fd, rest, sizeof rest);
    if (got > 0) hyp_test_check_mem("", 0, rest, (size_t)got, "what was read", file, line);
    else hyp_test_check(got == 0 || errno == ECONNRESET, "the connection ends", file, line);
    close(fd);
}

unsigned count_descriptors(void)
{
    unsigned count = 0;
    DIR *directory = opendir("/proc/self/fd");
    if (!directory) return 0;
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}
