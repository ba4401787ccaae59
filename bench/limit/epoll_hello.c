/*
 * The limit: the least that a server on epoll can do for a request, one recv and one send, with an answer as long as
 * Hyperion's. It parses nothing, times nothing out, and expects every request to arrive in one piece.
 *
 * Usage: epoll_hello [PORT [LOOPS [shared]]]; port 0, the default, lets the kernel pick. Prints the port. Each loop is a thread
 * with a listener of its own, or all have the same one, from which each takes one connection at a time.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_MAX 256
#define REQUEST_BYTES_MAX 16384
#define BACKLOG 4096

static const char RESPONSE[] = "HTTP/1.1 200 OK\r\n"
                               "date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                               "content-type: text/plain\r\n"
                               "content-length: 5\r\n"
                               "\r\n"
                               "hello";

static bool shared;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int listen_on(uint16_t *port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int yes = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes));
    if (bind(listener, (struct sockaddr *)&address, length) != 0) die("bind");
    if (listen(listener, BACKLOG) != 0) die("listen");
    getsockname(listener, (struct sockaddr *)&address, &length);
    *port = ntohs(address.sin_port);
    return listener;
}

static void watch(int epoll, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
}

static void accept_some(int epoll, int listener)
{
    int yes = 1;
    int fd;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
        watch(epoll, fd, EPOLLIN);
        if (shared) break;
    }
}

/* The kernel tells the first in its queue, which goes to the end, as it would otherwise always be the same. */
static void queue_up(int epoll, int listener)
{
    epoll_ctl(epoll, EPOLL_CTL_DEL, listener, NULL);
    watch(epoll, listener, EPOLLIN | EPOLLEXCLUSIVE);
}

static void answer(int fd)
{
    char request[REQUEST_BYTES_MAX];

    if (recv(fd, request, sizeof(request), 0) <= 0) {
        close(fd);
        return;
    }
    if (send(fd, RESPONSE, sizeof(RESPONSE) - 1, MSG_NOSIGNAL) < 0) {
        close(fd);
    }
}

static _Noreturn void *serve(void *arg)
{
    struct epoll_event events[EVENTS_MAX];
    int listener = (int)(intptr_t)arg;
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    watch(epoll, listener, shared ? EPOLLIN | EPOLLEXCLUSIVE : EPOLLIN);
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd == listener) {
                accept_some(epoll, listener);
                if (shared) queue_up(epoll, listener);
            } else {
                answer(events[i].data.fd);
            }
        }
    }
}

int main(int argc, char **argv)
{
    uint16_t port = argc > 1 ? (uint16_t)atoi(argv[1]) : 0;
    int loops = argc > 2 ? atoi(argv[2]) : 1;
    int first = listen_on(&port);

    shared = argc > 3 && strcmp(argv[3], "shared") == 0;
    for (int loop = 1; loop < loops; loop++) {
        pthread_t thread;
        int listener = shared ? first : listen_on(&port);
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)listener) != 0) die("pthread_create");
    }
    printf("%d\n", port);
    fflush(stdout);
    serve((void *)(intptr_t)first);
}
