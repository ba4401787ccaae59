/*
 * The limit on io_uring, in the style of epoll_hello: a receive that stays for each connection, into a ring of buffers, sends of
 * which only failures are told, and one system call for all that there is to say and to hear. It needs Linux 6.1.
 *
 * Usage: io_uring_hello [PORT [BYTES [zero-copy]]]; port 0, the default, lets the kernel pick. Prints the port. With BYTES it
 * answers so many instead of hello; they are copied into the kernel, or sent from registered memory without a copy.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <liburing.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUBMISSIONS 4096
#define COMPLETIONS 16384
#define BUFFERS 1024
#define BUFFER_BYTES 4096
#define BACKLOG 4096

enum { ACCEPT, RECEIVE, SEND };

static const char HEAD[] = "HTTP/1.1 200 OK\r\n"
                           "date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                           "content-type: text/plain\r\n"
                           "content-length: %zu\r\n"
                           "\r\n";

static struct io_uring ring;
static struct io_uring_buf_ring *buffers;
static char bytes[BUFFERS][BUFFER_BYTES];
static char *response;
static size_t response_bytes;
static bool zero_copy;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int listen_on(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int yes = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)); /* inherited */
    if (bind(listener, (struct sockaddr *)&address, length) != 0) die("bind");
    if (listen(listener, BACKLOG) != 0) die("listen");
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static struct io_uring_sqe *submission(int operation, int fd)
{
    struct io_uring_sqe *free = io_uring_get_sqe(&ring);
    if (!free) {
        io_uring_submit(&ring);
        free = io_uring_get_sqe(&ring);
    }
    if (!free) die("submission");
    free->user_data = (uint64_t)operation << 32 | (uint32_t)fd;
    return free;
}

static void accept_from(int listener)
{
    struct io_uring_sqe *next = submission(ACCEPT, listener);
    uint64_t tag = next->user_data;
    io_uring_prep_multishot_accept(next, listener, NULL, NULL, SOCK_CLOEXEC);
    next->user_data = tag;
}

static void receive_from(int fd)
{
    struct io_uring_sqe *next = submission(RECEIVE, fd);
    uint64_t tag = next->user_data;
    io_uring_prep_recv(next, fd, NULL, 0, 0);
    next->ioprio |= IORING_RECV_MULTISHOT;
    next->flags |= IOSQE_BUFFER_SELECT;
    next->user_data = tag;
}

static void answer(int fd)
{
    struct io_uring_sqe *next = submission(SEND, fd);
    uint64_t tag = next->user_data;
    if (zero_copy) {
        io_uring_prep_send_zc(next, fd, response, response_bytes, MSG_NOSIGNAL | MSG_WAITALL, 0);
        next->ioprio |= IORING_RECVSEND_FIXED_BUF;
    } else {
        io_uring_prep_send(next, fd, response, response_bytes, MSG_NOSIGNAL | MSG_WAITALL);
        next->flags |= IOSQE_CQE_SKIP_SUCCESS;
    }
    next->user_data = tag;
}

static void give_back(unsigned number)
{
    io_uring_buf_ring_add(buffers, bytes[number], BUFFER_BYTES, (unsigned short)number, BUFFERS - 1, 0);
    io_uring_buf_ring_advance(buffers, 1);
}

static void received(int fd, const struct io_uring_cqe *completion)
{
    if (completion->flags & IORING_CQE_F_BUFFER) give_back(completion->flags >> IORING_CQE_BUFFER_SHIFT);
    if (completion->res > 0) answer(fd);
    if (completion->flags & IORING_CQE_F_MORE) return;
    if (completion->res > 0 || completion->res == -ENOBUFS) receive_from(fd);
    else close(fd);
}

static void complete(const struct io_uring_cqe *completion)
{
    int fd = (int)(uint32_t)completion->user_data;
    switch (completion->user_data >> 32) {
    case ACCEPT:
        if (completion->res >= 0) receive_from(completion->res);
        if (!(completion->flags & IORING_CQE_F_MORE)) accept_from(fd);
        break;
    case RECEIVE:
        received(fd, completion);
        break;
    default: /* of a send; when it has failed its connection ends by its receive */
        if (completion->res < 0) shutdown(fd, SHUT_RDWR);
    }
}

static void make_response(size_t body_bytes)
{
    response = malloc(sizeof(HEAD) + 20 + body_bytes);
    if (!response) die("memory");
    response_bytes = (size_t)sprintf(response, HEAD, body_bytes > 0 ? body_bytes : sizeof("hello") - 1);
    if (body_bytes > 0) memset(response + response_bytes, 'x', body_bytes);
    else memcpy(response + response_bytes, "hello", body_bytes = sizeof("hello") - 1);
    response_bytes += body_bytes;
}

static void register_response(void)
{
    struct iovec memory = {.iov_base = response, .iov_len = response_bytes};
    if (io_uring_register_buffers(&ring, &memory, 1) < 0) die("response");
}

static void set_up(void)
{
    struct io_uring_params params = {.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                                              IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE,
                                     .cq_entries = COMPLETIONS};
    if (io_uring_queue_init_params(SUBMISSIONS, &ring, &params) < 0) die("ring");
    io_uring_register_ring_fd(&ring);
    if (posix_memalign((void **)&buffers, 4096, BUFFERS * sizeof(struct io_uring_buf)) != 0) die("memory");
    struct io_uring_buf_reg registration = {.ring_addr = (uintptr_t)buffers, .ring_entries = BUFFERS};
    if (io_uring_register_buf_ring(&ring, &registration, 0) < 0) die("buffers");
    io_uring_buf_ring_init(buffers);
    for (unsigned i = 0; i < BUFFERS; i++)
        give_back(i);
}

int main(int argc, char **argv)
{
    int listener = listen_on(argc > 1 ? (uint16_t)atoi(argv[1]) : 0);

    make_response(argc > 2 ? (size_t)atol(argv[2]) : 0);
    zero_copy = argc > 3;
    set_up();
    if (zero_copy) register_response();
    accept_from(listener);
    for (;;) {
        struct io_uring_cqe *completion;
        unsigned head;
        unsigned count = 0;

        io_uring_submit_and_wait(&ring, 1);
        io_uring_for_each_cqe(&ring, head, completion)
        {
            complete(completion);
            count++;
        }
        io_uring_cq_advance(&ring, count);
    }
}
