#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop_helpers.h"

/* The lowest number that no descriptor has. */
static rlim_t next_descriptor(void)
{
    int fd = open("/dev/null", O_RDONLY);
    close(fd);
    return (rlim_t)fd;
}

static void set_descriptor_limit(rlim_t limit)
{
    struct rlimit present;
    CHECK_INT(0, getrlimit(RLIMIT_NOFILE, &present));
    present.rlim_cur = limit;
    CHECK_INT(0, setrlimit(RLIMIT_NOFILE, &present));
}

static rlim_t descriptor_limit(void)
{
    struct rlimit present;
    CHECK_INT(0, getrlimit(RLIMIT_NOFILE, &present));
    return present.rlim_cur;
}

TEST(loop_cannot_listen_where_nobody_does)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        hyp_loop_t *loop;
        int fds[2];
        ASSERT(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
        unsigned before = count_descriptors();
        server.config.listener_fd = fds[0];
        CHECK_INT(HYP_OK, hyp_loop_new(&loop, &server.config));
        CHECK_INT(-EINVAL, hyp_loop_open(loop));
        hyp_loop_destroy(loop);
        close(fds[0]);
        close(fds[1]);
        CHECK_INT(HYP_OK, hyp_loop_new(&loop, &server.config));
        CHECK_INT(-EBADF, hyp_loop_open(loop));
        hyp_loop_close(loop);
        hyp_loop_destroy(loop);
        CHECK_INT(before - 2, count_descriptors());
    }
}

TEST(loop_leaves_nothing_behind_when_it_cannot_open)
{
    server_t server;
    rlim_t limit = descriptor_limit();
    EACH_BACKEND(&server)
    {
        hyp_loop_t *loop;
        CHECK_INT(HYP_OK, hyp_loop_new(&loop, &server.config));
        unsigned before = count_descriptors();
        bool needs_more = server.config.backend != &hyp_backend_poll;
        for (rlim_t more = 0; more < (needs_more ? 2 : 1); more++) {
            set_descriptor_limit(next_descriptor() + more);
            CHECK_INT(-EMFILE, hyp_loop_open(loop));
            set_descriptor_limit(limit);
            CHECK_INT(before, count_descriptors());
        }
        hyp_loop_destroy(loop);
    }
}

static hyp_status cannot_open(hyp_backend_t **out, const hyp_backend_config_t *config)
{
    (void)out;
    (void)config;
    return HYP_NO_MEMORY;
}

TEST(loop_takes_the_default_backend_where_its_own_is_optional_and_cannot_be_opened)
{
    hyp_backend_ops_t ops = {.name = "refused", .optional = true, .open = cannot_open};
    server_t server;
    server_init(&server, "poll");
    server.config.backend = &ops;
    server_start(&server);
    CHECK_INT(-ENOMEM, hyp_loop_refusal(server.loop));
    int fd = client_dial(&server);
    client_say(fd, GET("/hello"));
    CHECK_READS(fd, HELLO);
    close(fd);
    server_free(&server);
}

TEST(loop_by_hand_and_one_whose_backend_is_not_optional_do_not_open_without_it)
{
    for (int by_hand = 0; by_hand < 2; by_hand++) {
        hyp_backend_ops_t ops = {.name = "refused", .optional = by_hand, .open = cannot_open};
        server_t server;
        hyp_loop_t *loop;
        server_init(&server, "poll");
        server.config.backend = &ops;
        server.config.by_hand = by_hand;
        CHECK_INT(HYP_OK, hyp_loop_new(&loop, &server.config));
        CHECK_INT(HYP_NO_MEMORY, hyp_loop_open(loop));
        CHECK_INT(by_hand ? -ENOMEM : HYP_OK, hyp_loop_refusal(loop));
        hyp_loop_destroy(loop);
        server_free(&server);
    }
}

TEST(loop_ends_when_its_listener_does)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server_start(&server);
        CHECK_INT(0, shutdown(server.listener, SHUT_RDWR));
        CHECK_INT(-EINVAL, server_join(&server));
    }
}

/* ThreadSanitizer calls it a race to close a descriptor that another thread uses: here that is what is tried. */
#ifdef __SANITIZE_THREAD__
const char *__tsan_default_suppressions(void);

const char *__tsan_default_suppressions(void)
{
    return "race:^loop_by_hand_ends_when_its_listener_is_closed$\n"
           "race:^loop_ends_when_its_listener_was_closed_while_it_was_full$\n";
}
#endif

/* In the descriptor's place may be something else by then. */
TEST(loop_by_hand_ends_when_its_listener_is_closed)
{
    for (int reused = 0; reused < 2; reused++) {
        server_t server;
        EACH_BACKEND(&server)
        {
            server.config.by_hand = true;
            server_start(&server);
            int fd = client_dial(&server);
            client_say(fd, GET("/hello"));
            CHECK_READS(fd, HELLO);
            if (reused) CHECK(dup2(fd, server.listener) >= 0);
            else close(server.listener);
            hyp_status status = server_join(&server);
            CHECK(status == -EBADF || status == -EINVAL);
            if (reused) close(server.listener);
            server.listener = -1;
            CHECK_ENDS(fd);
        }
    }
}

/* Valgrind keeps this limit itself: what the kernel accepts beyond, it closes, so that the connection is lost. */
#ifndef HYP_UNDER_VALGRIND

/* Runs in a child, whose limit it is. Answers the exit status: 0 when all was well. */
static int run_out_of_descriptors(const char *backend)
{
    enum { DIALS = 4, PAUSES = 3 };
    server_t server;
    int fds[DIALS];
    server_init(&server, backend);
    server_open(&server);
    rlim_t before = descriptor_limit();
    for (int i = 0; i < DIALS; i++)
        client_say(fds[i] = client_dial(&server), GET("/hello"));
    set_descriptor_limit(next_descriptor());
    server_start(&server);
    server_await(&server, &server_counters(&server)->accept_errors, PAUSES);
    uint64_t ticks = hyp_counter_read(&server_counters(&server)->ticks);
    if (ticks > 10 * PAUSES) return 1;
    server_await_own(&server, &server.troubles, 1);
    if (server.trouble != -EMFILE) return 3;
    set_descriptor_limit(before);
    for (int i = 0; i < DIALS; i++)
        CHECK_READS(fds[i], HELLO);
    if (hyp_counter_read(&server_counters(&server)->accepted) != DIALS) return 2;
    if (server.troubles != 1) return 4; /* told once, however long it lasts */
    for (int i = 0; i < DIALS; i++)
        close(fds[i]);
    server_free(&server);
    return 0;
}

TEST(loop_pauses_when_descriptors_run_out_and_recovers)
{
    for (size_t n = 0; n < loop_backend_count; n++) {
        pid_t child = fork();
        ASSERT(child >= 0);
        if (child == 0) _exit(run_out_of_descriptors(loop_backends[n]));
        int status = -1;
        CHECK_INT(child, waitpid(child, &status, 0));
        CHECK_INT(0, status);
    }
}

#endif

/* Tells under the mutex, which a counter does not need, that the loop has done with the listener for now. */
static bool tell_round(void *ctx, hyp_msec_t now)
{
    server_t *server = ctx;
    pthread_mutex_lock(&server->mutex);
    server->served = (unsigned)hyp_counter_read(&server_counters(server)->accepted);
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->mutex);
    return hyp_request_queue_nudge(server->queue, now);
}

/* While it was full, nobody looked at the listener. */
TEST(loop_ends_when_its_listener_was_closed_while_it_was_full)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server.config.limits.connections = 1;
        server.config.host.nudge = tell_round;
        server_start(&server);
        int fd =
            client_dial(&server); /* asks for nothing: one that idles would give way, and leave the loop accepting */
        server_await_own(&server, &server.served, 1);
        close(server.listener);
        server.listener = -1;
        close(fd);
        CHECK_INT(-EBADF, server_join(&server));
    }
}

static hyp_status refuse_to_attach(hyp_backend_t *backend, hyp_io_t *io)
{
    (void)backend;
    (void)io;
    return -ENOSPC;
}

TEST(loop_closes_whom_its_backend_does_not_take)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        hyp_backend_ops_t ops = *server.config.backend;
        ops.attach = refuse_to_attach;
        server.config.backend = &ops;
        server_start(&server);
        CHECK_ENDS(client_dial(&server));
        server_await(&server, &server_counters(&server)->accepted, 1);
        server_await(&server, &server_counters(&server)->open, 0);
        server_await_own(&server, &server.troubles, 1);
        CHECK_INT(HYP_OK, server_stop(&server, 0));
        CHECK_INT(-ENOSPC, server.trouble);
        hyp_loop_close(server.loop);
    }
}

/* ---- forks ---- */

/* Ends the child as another program, in which nobody looks for leaks: what is given up is one. */
static _Noreturn void leave_loop_alone(server_t *server)
{
    unsigned before = count_descriptors();
    hyp_loop_forget(server->loop);
    const char *verdict = count_descriptors() == before ? "true" : "false";
    execlp(verdict, verdict, (char *)NULL);
    _exit(2);
}

TEST(loop_can_be_given_up_by_a_forked_child)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server_start(&server);
        int fd = client_dial(&server);
        int held = client_dial(&server);
        client_say(held, GET("/hold"));
        server_await_own(&server, &server.holding, 1);
        pid_t child = fork();
        if (child == 0) leave_loop_alone(&server);
        int status = -1;
        CHECK_INT(child, waitpid(child, &status, 0));
        CHECK_INT(0, status);
        client_say(fd, GET("/hello"));
        CHECK_READS(fd, HELLO);
        server_release(&server);
        CHECK_READS(held, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nheld");
        close(fd);
        close(held);
    }
}
