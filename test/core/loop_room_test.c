/* Room for new clients when there are as many as may be. */
#include <unistd.h>

#include "loop_helpers.h"

/* A client that is served, so that its connection idles. */
static int dial_and_idle(const server_t *server)
{
    int fd = client_dial(server);
    client_say(fd, GET("/hello"));
    CHECK_READS(fd, HELLO);
    return fd;
}

static void check_displaced_in_order(server_t *server)
{
    server->config.limits.connections = 3;
    server_start(server);
    int first = dial_and_idle(server);
    int second = dial_and_idle(server);
    int third = dial_and_idle(server);
    client_say(second, GET("/hello"));
    CHECK_READS(second, HELLO);
    int fourth = dial_and_idle(server);
    CHECK_ENDS(first);
    int fifth = dial_and_idle(server);
    CHECK_ENDS(third);
    client_say(second, GET("/hello"));
    CHECK_READS(second, HELLO);
    CHECK_INT(2, server_counters(server)->idle_displaced);
    CHECK_INT(3, server_counters(server)->open);
    close(second);
    close(fourth);
    close(fifth);
}

TEST(loop_closes_who_has_idled_longest_to_make_room)
{
    server_t server;
    EACH_BACKEND(&server) check_displaced_in_order(&server);
    EACH_BACKEND(&server)
    {
        server.config.limits.idle_timeout = 0;
        check_displaced_in_order(&server);
    }
}

TEST(loop_makes_no_room_at_the_cost_of_who_is_being_served)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server.config.limits.connections = 1;
        server_start(&server);
        int busy = dial_and_idle(&server);
        client_say(busy, GET("/hold"));
        server_await_own(&server, &server.holding, 1);
        int waiting = client_dial(&server);
        client_say(waiting, GET("/hello"));
        CHECK_INT(0, server_counters(&server)->idle_displaced);
        CHECK_INT(1, server_counters(&server)->accepted);
        server_release(&server);
        CHECK_READS(busy, "HTTP/1.1 200 OK\r\n");
        CHECK_READS(waiting, HELLO);
        CHECK_INT(1, server_counters(&server)->idle_displaced);
        close(busy);
        close(waiting);
    }
}
