/*
 * The load generator. With a rate it is an open loop: request i is due at start + i / rate whatever became of those
 * before it, and its latency counts from then, not from when a connection was free to send it; what is still
 * unanswered at the end counts with the time that it has waited. Without a rate, every connection asks again as soon
 * as it is answered.
 *
 * Usage: load [-c CONNECTIONS] [-s SECONDS] [-r REQUESTS_PER_SECOND] [-p PIPELINED] [-f] [-g] [-o FILE -n N] PORT <REQUEST
 * -f: one connection per request; the request must say that it closes. -g: says `ready` when it is connected, begins
 * when a byte comes by descriptor 3, and keeps its connections until that is closed. -o: one of N requests, in an order
 * that is as good as chance and the same in every run, is the one in the file instead. Prints one line of JSON, the
 * figures of the latter under `others`.
 */
#define _GNU_SOURCE
#include "answer.h"
#include "tally.h"
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

typedef enum { USUAL, OTHER, KINDS } kind_t;

typedef struct client {
    int fd;
    kind_t kind;      /* of what it waits for; where there are two, nothing is pipelined */
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
    char *copies; /* PIPELINED_MAX of them */
    size_t bytes; /* of one */
} request_t;

typedef struct {
    unsigned connections;
    unsigned pipelined;
    unsigned one_in; /* so many requests is of the other kind; 0: none */
    double seconds;
    double rate;
    bool fresh;
    bool guided;
    uint16_t port;
    request_t requests[KINDS];
    tally_t tallies[KINDS];
    int epoll;
    uint64_t start;
    uint64_t end;
    uint64_t issued;
    client_t *clients;
    client_t *first_idle; /* the one that has been idle for longest, so that all have their turn */
    client_t *last_idle;
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

/* The number, mixed until nothing of its order is left (the finalizer of SplitMix64). */
static uint64_t scrambled(uint64_t number)
{
    number = (number + 1) * 0x9e3779b97f4a7c15ULL;
    number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9ULL;
    number = (number ^ (number >> 27)) * 0x94d049bb133111ebULL;
    return number ^ (number >> 31);
}

static kind_t kind_of(const load_t *load, uint64_t request)
{
    return load->one_in > 0 && scrambled(request) % load->one_in == 0 ? OTHER : USUAL;
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
    tally_t *tally = &load->tallies[client->kind];

    if (client->waiting > 0) tally->broken++;
    for (; client->waiting > 0; client->waiting--, tally->lost++) {
        histogram_record(&tally->latencies, load->end + GRACE_NS - client->due[client->first]);
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
    const request_t *request = &load->requests[client->kind];

    while (client->unsent > 0) {
        size_t offset = (request->bytes - client->unsent % request->bytes) % request->bytes;
        ssize_t sent = send(client->fd, request->copies + offset, client->unsent, MSG_NOSIGNAL);

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
        client->kind = kind_of(load, load->issued);
        client->unsent += load->requests[client->kind].bytes;
        load->issued++;
    }
    if (client->unsent > 0) {
        if (client->fd < 0) open_client(load, client, SOCK_NONBLOCK);
        flush(load, client);
    }
    return client->waiting == most;
}

/* Each client once at most: one whose connection is refused at once is idle again, and would be for ever. */
static void issue(load_t *load)
{
    uint64_t now = now_ns();

    for (unsigned left = load->connections; left > 0 && load->first_idle && is_due(load, now); left--) {
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
    tally_t *tally = &load->tallies[client->kind];

    histogram_record(&tally->latencies, now - client->due[client->first]);
    client->first = (client->first + 1) % PIPELINED_MAX;
    client->waiting--;
    if (!client->answer.ok) tally->refused++;
    if (now <= load->end) tally->answered_in_time++;
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

static void count_unanswered_one(load_t *load, kind_t kind, uint64_t waited)
{
    histogram_record(&load->tallies[kind].latencies, waited);
    load->tallies[kind].unanswered++;
}

/* Those that nobody answered, and those that were due and found no connection. */
static void count_unanswered(load_t *load)
{
    uint64_t now = now_ns();

    for (unsigned i = 0; i < load->connections; i++) {
        client_t *client = &load->clients[i];
        for (; client->waiting > 0; client->waiting--) {
            count_unanswered_one(load, client->kind, now - client->due[client->first]);
            client->first = (client->first + 1) % PIPELINED_MAX;
        }
    }
    for (; load->rate > 0 && due_of(load, load->issued) < load->end; load->issued++) {
        count_unanswered_one(load, kind_of(load, load->issued), now - due_of(load, load->issued));
    }
}

static void report(load_t *load)
{
    count_unanswered(load);
    putchar('{');
    tally_print(&load->tallies[USUAL], load->seconds);
    if (load->one_in > 0) {
        fputs(", \"others\": {", stdout);
        tally_print(&load->tallies[OTHER], load->seconds);
        putchar('}');
    }
    puts("}");
}

static void read_request(request_t *request, FILE *file)
{
    request->copies = malloc((size_t)REQUEST_BYTES_MAX * PIPELINED_MAX);
    if (!request->copies) die("malloc");
    request->bytes = fread(request->copies, 1, REQUEST_BYTES_MAX, file);
    if (request->bytes == 0) die("no request");
    for (unsigned i = 1; i < PIPELINED_MAX; i++) {
        memcpy(request->copies + i * request->bytes, request->copies, request->bytes);
    }
}

static void read_other_request(load_t *load, const char *path)
{
    FILE *file = fopen(path, "rb");

    if (!file) die(path);
    read_request(&load->requests[OTHER], file);
    fclose(file);
}

static void read_options(load_t *load, int argc, char **argv)
{
    int option;

    while ((option = getopt(argc, argv, "c:s:r:p:n:o:fg")) != -1) {
        if (option == 'c') load->connections = (unsigned)atoi(optarg);
        if (option == 's') load->seconds = atof(optarg);
        if (option == 'r') load->rate = atof(optarg);
        if (option == 'p') load->pipelined = (unsigned)atoi(optarg);
        if (option == 'n') load->one_in = (unsigned)atoi(optarg);
        if (option == 'o') read_other_request(load, optarg);
        if (option == 'f') load->fresh = true;
        if (option == 'g') load->guided = true;
        if (option == '?') exit(2);
    }
    if (optind + 1 != argc || load->connections < 1 || load->pipelined < 1 || load->pipelined > PIPELINED_MAX ||
        (load->one_in > 0) != (load->requests[OTHER].bytes > 0) || (load->one_in > 0 && load->pipelined > 1)) {
        fputs("usage: load [-c CONNECTIONS] [-s SECONDS] [-r RATE] [-p 1..16 | -o FILE -n N] [-f] [-g] PORT <REQUEST\n",
              stderr);
        exit(2);
    }
    load->port = (uint16_t)atoi(argv[optind]);
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
    read_request(&load->requests[USUAL], stdin);
    open_all(load);
    await_guide(load, "ready\n");
    load->start = now_ns();
    load->end = load->start + (uint64_t)(load->seconds * 1e9);
    run_until(load, load->end, false);
    run_until(load, load->end + GRACE_NS, true);
    report(load);
    await_guide(load, "");
}
