/*
 * The load generator. With a rate it is an open loop: request i is due at start + i / rate whatever became of those
 * before it, and its latency counts from then, not from when a connection was free to send it; what is still
 * unanswered at the end counts with the time that it has waited. Without a rate, every connection asks again as soon
 * as it is answered.
 *
 * Usage: load [-c CONNECTIONS] [-s SECONDS] [-r REQUESTS_PER_SECOND] [-p PIPELINED] [-f] [-g] PORT <REQUEST
 * -f: one connection per request; the request must say that it closes. -g: says `ready` when it is connected, begins
 * when a byte comes by descriptor 3, and keeps its connections until that is closed. Prints one line of JSON.
 */
#define _GNU_SOURCE
#include "answer.h"
#include "histogram.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PIPELINED_MAX 16
#define REQUEST_BYTES_MAX (64 * 1024)
#define RECEIVE_BYTES (256 * 1024)
#define EVENTS_MAX 256
#define GUIDE_FD 3
#define GRACE_NS 2000000000ULL /* for what is under way when the time is over */
#define SPIN_NS 1000000ULL     /* epoll_wait cannot sleep for less than a millisecond */

typedef struct client {
    int fd;
    unsigned waiting; /* requests sent, or on their way, and not answered */
    unsigned first;   /* place of the oldest of them in `due` */
    size_t unsent;    /* bytes of them */
    uint64_t due[PIPELINED_MAX];
    bool spent;      /* has had its one answer, waits for the server's close */
    bool wants_room; /* epoll watches for room to send */
    bool listed;     /* is in the list of idle ones */
    struct client *next_idle;
    answer_t answer;
} client_t;

typedef struct {
    unsigned connections;
    unsigned pipelined;
    double seconds;
    double rate;
    bool fresh;
    bool guided;
    uint16_t port;
    char *requests; /* PIPELINED_MAX copies of the request */
    size_t request_bytes;
    int epoll;
    uint64_t start;
    uint64_t end;
    uint64_t issued;
    uint64_t answered_in_time;
    uint64_t refused; /* answers that are not 200 */
    uint64_t broken;  /* connections that the server closed, or that failed, with a request on them */
    uint64_t lost;    /* requests on the latter */
    client_t *clients;
    client_t *first_idle; /* the one that has been idle for longest, so that all have their turn */
    client_t *last_idle;
    histogram_t latencies;
    char received[RECEIVE_BYTES];
} load_t;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static uint64_t now_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000ULL + (uint64_t)time.tv_nsec;
}

static uint64_t due_of(const load_t *load, uint64_t request)
{
    return load->start + (uint64_t)((double)request * 1e9 / load->rate);
}

static void watch(load_t *load, client_t *client, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = client};

    if (epoll_ctl(load->epoll, operation, client->fd, &event) != 0) die("epoll_ctl");
    client->wants_room = (events & EPOLLOUT) != 0;
}

/* Waits for the connection when `flags` do not say that it shall not: so a crowd does not overrun the backlog. */
static void open_client(load_t *load, client_t *client, int flags)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(load->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1;

    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (client->fd < 0) die("socket");
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    if (connect(client->fd, (struct sockaddr *)&address, sizeof(address)) != 0 && errno != EINPROGRESS) die("connect");
    if (fcntl(client->fd, F_SETFL, O_NONBLOCK) != 0) die("fcntl");
    client->spent = false;
    answer_init(&client->answer);
    watch(load, client, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

static void make_idle(load_t *load, client_t *client)
{
    if (client->listed) return;
    client->listed = true;
    client->next_idle = NULL;
    if (load->first_idle) {
        load->last_idle->next_idle = client;
    } else {
        load->first_idle = client;
    }
    load->last_idle = client;
}

/* What it has on it is lost; a request that is lost counts as one that waits until the end. */
static void close_client(load_t *load, client_t *client)
{
    if (client->waiting > 0) load->broken++;
    for (; client->waiting > 0; client->waiting--, load->lost++) {
        histogram_record(&load->latencies, load->end + GRACE_NS - client->due[client->first]);
        client->first = (client->first + 1) % PIPELINED_MAX;
    }
    client->unsent = 0;
    client->first = 0;
    close(client->fd);
    client->fd = -1;
    make_idle(load, client);
}

static void flush(load_t *load, client_t *client)
{
    while (client->unsent > 0) {
        size_t offset = (load->request_bytes - client->unsent % load->request_bytes) % load->request_bytes;
        ssize_t sent = send(client->fd, load->requests + offset, client->unsent, MSG_NOSIGNAL);

        if (sent < 0 && (errno == EAGAIN || errno == ENOTCONN)) break;
        if (sent < 0) {
            close_client(load, client);
            return;
        }
        client->unsent -= (size_t)sent;
    }
    if (client->wants_room != (client->unsent > 0)) {
        watch(load, client, EPOLL_CTL_MOD, client->unsent > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }
}

static bool is_due(const load_t *load, uint64_t now)
{
    if (now >= load->end && load->rate <= 0) return false;
    if (load->rate <= 0) return true;
    return due_of(load, load->issued) <= now && due_of(load, load->issued) < load->end;
}

/* Gives it the requests that are due, as many as it may have; false when it has room left. */
static bool fill(load_t *load, client_t *client, uint64_t now)
{
    unsigned most = load->fresh ? 1 : load->pipelined;

    while (client->waiting < most && is_due(load, now)) {
        unsigned place = (client->first + client->waiting) % PIPELINED_MAX;

        client->due[place] = load->rate > 0 ? due_of(load, load->issued) : now;
        client->waiting++;
        client->unsent += load->request_bytes;
        load->issued++;
    }
    if (client->unsent > 0) {
        if (client->fd < 0) open_client(load, client, SOCK_NONBLOCK);
        flush(load, client);
    }
    return client->waiting == most;
}

static void issue(load_t *load)
{
    uint64_t now = now_ns();

    while (load->first_idle && is_due(load, now)) {
        client_t *client = load->first_idle;

        load->first_idle = client->next_idle;
        client->listed = false;
        if (!fill(load, client, now) && !client->listed) {
            make_idle(load, client);
            if (!is_due(load, now)) return;
        }
    }
}

static void count_answer(load_t *load, client_t *client, uint64_t now)
{
    histogram_record(&load->latencies, now - client->due[client->first]);
    client->first = (client->first + 1) % PIPELINED_MAX;
    client->waiting--;
    if (!client->answer.ok) load->refused++;
    if (now <= load->end) load->answered_in_time++;
}

static void take(load_t *load, client_t *client, size_t size)
{
    uint64_t now = now_ns();
    size_t taken = 0;
    bool complete;

    while (taken < size && client->waiting > 0) {
        taken += answer_take(&client->answer, load->received + taken, size - taken, &complete);
        if (!complete) break;
        count_answer(load, client, now);
        client->spent = load->fresh || client->answer.closes;
        answer_init(&client->answer);
    }
    if (!client->spent && client->waiting < load->pipelined) make_idle(load, client);
}

/* An answer that has no length ends with its connection. */
static void end_of_client(load_t *load, client_t *client)
{
    if (client->answer.state == ANSWER_UNTIL_END && client->waiting > 0) count_answer(load, client, now_ns());
    close_client(load, client);
}

static void receive(load_t *load, client_t *client)
{
    while (client->fd >= 0) {
        ssize_t size = recv(client->fd, load->received, RECEIVE_BYTES, 0);

        if (size < 0 && errno == EAGAIN) return;
        if (size <= 0) {
            end_of_client(load, client);
            return;
        }
        take(load, client, (size_t)size);
        if (size < RECEIVE_BYTES) return;
    }
}

static int timeout_ms(const load_t *load, uint64_t now, uint64_t until)
{
    uint64_t next = until;

    if (load->rate > 0 && load->first_idle && due_of(load, load->issued) < load->end) next = due_of(load, load->issued);
    if (next > until) next = until;
    return next <= now + SPIN_NS ? 0 : (int)((next - now) / 1000000ULL);
}

static unsigned under_way(const load_t *load)
{
    unsigned count = 0;

    for (unsigned i = 0; i < load->connections; i++)
        count += load->clients[i].waiting;
    return count;
}

static void handle(load_t *load, const struct epoll_event *event)
{
    client_t *client = event->data.ptr;

    if (event->events & (EPOLLIN | EPOLLERR | EPOLLHUP)) receive(load, client);
    if (client->fd >= 0 && (event->events & EPOLLOUT)) flush(load, client);
}

static void run_until(load_t *load, uint64_t until, bool only_rest)
{
    struct epoll_event events[EVENTS_MAX];

    for (uint64_t now = now_ns(); now < until; now = now_ns()) {
        int ready;

        issue(load);
        if (only_rest && under_way(load) == 0 && !is_due(load, now)) return;
        ready = epoll_wait(load->epoll, events, EVENTS_MAX, timeout_ms(load, now, until));
        for (int i = 0; i < ready; i++)
            handle(load, &events[i]);
    }
}

/* Those that nobody answered, and those that were due and found no connection. Answers how many. */
static uint64_t count_unanswered(load_t *load)
{
    uint64_t now = now_ns();
    uint64_t count = 0;

    for (unsigned i = 0; i < load->connections; i++) {
        client_t *client = &load->clients[i];
        for (; client->waiting > 0; client->waiting--, count++) {
            histogram_record(&load->latencies, now - client->due[client->first]);
            client->first = (client->first + 1) % PIPELINED_MAX;
        }
    }
    for (; load->rate > 0 && due_of(load, load->issued) < load->end; load->issued++, count++) {
        histogram_record(&load->latencies, now - due_of(load, load->issued));
    }
    return count;
}

static double percentile_ms(const load_t *load, double share)
{
    return (double)histogram_percentile(&load->latencies, share) / 1e6;
}

static void report(load_t *load)
{
    uint64_t unanswered = count_unanswered(load);

    printf("{\"answers\": %llu, \"requests\": %llu, \"per_second\": %.1f, \"p50\": %.4f, \"p99\": %.4f, "
           "\"p999\": %.4f, \"slowest\": %.4f, \"unanswered\": %llu, \"refused\": %llu, \"broken\": %llu}\n",
           (unsigned long long)(load->latencies.count - unanswered - load->lost),
           (unsigned long long)load->latencies.count, (double)load->answered_in_time / load->seconds,
           percentile_ms(load, 0.5), percentile_ms(load, 0.99), percentile_ms(load, 0.999),
           (double)load->latencies.max / 1e6, (unsigned long long)unanswered, (unsigned long long)load->refused,
           (unsigned long long)load->broken);
}

static void read_options(load_t *load, int argc, char **argv)
{
    int option;

    while ((option = getopt(argc, argv, "c:s:r:p:fg")) != -1) {
        if (option == 'c') load->connections = (unsigned)atoi(optarg);
        if (option == 's') load->seconds = atof(optarg);
        if (option == 'r') load->rate = atof(optarg);
        if (option == 'p') load->pipelined = (unsigned)atoi(optarg);
        if (option == 'f') load->fresh = true;
        if (option == 'g') load->guided = true;
        if (option == '?') exit(2);
    }
    if (optind + 1 != argc || load->connections < 1 || load->pipelined < 1 || load->pipelined > PIPELINED_MAX) {
        fputs("usage: load [-c CONNECTIONS] [-s SECONDS] [-r RATE] [-p 1..16] [-f] [-g] PORT <REQUEST\n", stderr);
        exit(2);
    }
    load->port = (uint16_t)atoi(argv[optind]);
}

static void read_request(load_t *load)
{
    load->requests = malloc((size_t)REQUEST_BYTES_MAX * PIPELINED_MAX);
    if (!load->requests) die("malloc");
    load->request_bytes = fread(load->requests, 1, REQUEST_BYTES_MAX, stdin);
    if (load->request_bytes == 0) die("no request");
    for (unsigned i = 1; i < PIPELINED_MAX; i++) {
        memcpy(load->requests + i * load->request_bytes, load->requests, load->request_bytes);
    }
}

/* Before the clock starts, so that only what asks is measured; one connection per request has none to open. */
static void open_all(load_t *load)
{
    load->clients = calloc(load->connections, sizeof(client_t));
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!load->clients || load->epoll < 0) die("clients");
    for (unsigned i = 0; i < load->connections; i++) {
        client_t *client = &load->clients[i];
        client->fd = -1;
        if (!load->fresh) open_client(load, client, 0);
        make_idle(load, client);
    }
}

/* The one who measures the server reads its CPU time before the first request, and before the connections end. */
static void await_guide(const load_t *load, const char *said)
{
    struct pollfd guide = {.fd = GUIDE_FD, .events = POLLIN};
    char byte;

    if (!load->guided) return;
    fputs(said, stdout);
    fflush(stdout);
    if (poll(&guide, 1, -1) < 0 || read(GUIDE_FD, &byte, 1) < 0) die("guide");
}

int main(int argc, char **argv)
{
    load_t *load = calloc(1, sizeof(load_t));

    if (!load) die("calloc");
    load->connections = 1;
    load->pipelined = 1;
    load->seconds = 1;
    read_options(load, argc, argv);
    read_request(load);
    open_all(load);
    await_guide(load, "ready\n");
    load->start = now_ns();
    load->end = load->start + (uint64_t)(load->seconds * 1e9);
    run_until(load, load->end, false);
    run_until(load, load->end + GRACE_NS, true);
    report(load);
    await_guide(load, "");
}
