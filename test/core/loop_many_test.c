#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop_helpers.h"

TEST(loop_keeps_others_waiting_at_its_limit)
{
    enum { LIMIT = 5, DIALS = 20 };
    server_t server;
    EACH_BACKEND(&server)
    {
        int fds[DIALS];
        server.config.limits.connections = LIMIT;
        for (int i = 0; i < DIALS; i++)
            client_say(fds[i] = client_dial(&server), GET("/hello"));
        server_start(&server);
        for (int i = 0; i < DIALS; i++) {
            CHECK_READS(fds[i], HELLO);
            CHECK(server_counters(&server)->open <= LIMIT);
            close(fds[i]);
        }
        server_await(&server, &server_counters(&server)->accepted, DIALS);
        server_await(&server, &server_counters(&server)->open, 0);
        CHECK_INT(DIALS, server_counters(&server)->static_requests);
    }
}

TEST(loop_serves_an_honest_client_beside_200_dribblers)
{
    enum { DRIBBLERS = 200 };
    static const char dribble[] = "GET /hello HTTP/1.1\r\nHost: a\r\nX: ";
    server_t server;
    EACH_BACKEND(&server)
    {
        int fds[DRIBBLERS];
        server_start(&server);
        for (int i = 0; i < DRIBBLERS; i++)
            fds[i] = client_dial(&server);
        int honest = client_dial(&server);
        for (size_t at = 0; at < sizeof dribble - 1; at++) {
            for (int i = 0; i < DRIBBLERS; i++)
                CHECK_INT(1, send(fds[i], dribble + at, 1, 0));
            client_say(honest, GET("/hello"));
            CHECK_READS(honest, HELLO);
            client_say(honest, GET("/app"));
            CHECK_READS(honest, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n/app");
        }
        CHECK_INT(DRIBBLERS + 1, server_counters(&server)->open);
        for (int i = 0; i < DRIBBLERS; i++)
            client_say(fds[i], "\r\n\r\n");
        for (int i = 0; i < DRIBBLERS; i++)
            CHECK_READS(fds[i], HELLO);
        for (int i = 0; i < DRIBBLERS; i++)
            close(fds[i]);
        close(honest);
    }
}

TEST(loop_holds_thousands_of_connections)
{
    enum { MOST = 4000 };
    static int fds[MOST];
    server_t server;
    struct rlimit limit;
    ASSERT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    int count = limit.rlim_cur > 2 * MOST + 100 ? MOST : (int)(limit.rlim_cur - 100) / 2;
    EACH_BACKEND(&server)
    {
        server_start(&server);
        for (int i = 0; i < count; i++)
            client_say(fds[i] = client_dial(&server), GET("/hello"));
        for (int i = 0; i < count; i++)
            CHECK_READS(fds[i], HELLO);
        server_await(&server, &server_counters(&server)->idle, (uint64_t)count);
        CHECK_INT(count, server_counters(&server)->open);
        for (int i = 0; i < count; i += 7) {
            client_say(fds[i], GET("/app"));
            CHECK_READS(fds[i], "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n/app");
        }
        for (int i = 0; i < count; i++)
            close(fds[i]);
        server_await(&server, &server_counters(&server)->open, 0);
        CHECK_INT(0, server_counters(&server)->idle);
        CHECK_INT(count, server_counters(&server)->accepted);
    }
}

/* Two loops on one listener: every connection goes to one of them, and answers to the loop that asked. */
TEST(loop_shares_its_listener)
{
    enum { DIALS = 100 };
    server_t server;
    server_t second;
    EACH_BACKEND(&server)
    {
        server_init(&second, server.config.backend->name);
        server.config.shared_listener = second.config.shared_listener = true;
        second.config.listener_fd = server.listener;
        second.config.number = 1;
        server_start(&server);
        server_start(&second);
        for (int i = 0; i < DIALS; i++) {
            int fd = client_dial(&server);
            client_say(fd, GET("/hello") GET("/app"));
            CHECK_READS(fd, HELLO "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n/app");
            close(fd);
        }
        CHECK_INT(DIALS, server_counters(&server)->accepted + server_counters(&second)->accepted);
        server_free(&second);
    }
}
