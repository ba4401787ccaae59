#include <unistd.h>

#include "loop_helpers.h"

TEST(loop_tells_what_its_connections_wait_for)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        server_start(&server);
        const hyp_counters_t *counters = server_counters(&server);
        int idle = client_dial(&server);
        client_say(idle, GET("/hello"));
        CHECK_READS(idle, HELLO);
        int head = client_dial(&server);
        client_say(head, "GET /hello");
        int body = client_dial(&server);
        client_say(body, "POST /app HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nx");
        int waiting = client_dial(&server);
        client_say(waiting, GET("/hold"));
        int writing = client_dial(&server);
        client_say(writing, GET("/big"));
        server_await(&server, &counters->idle, 1);
        server_await(&server, &counters->reading_head, 1);
        server_await(&server, &counters->reading_body, 1);
        server_await(&server, &counters->waiting, 1);
        server_await(&server, &counters->writing, 1);
        CHECK_INT(5, counters->open);
        close(head);
        close(body);
        close(writing);
        server_await(&server, &counters->open, 2);
        CHECK_INT(0, counters->reading_head + counters->reading_body + counters->writing + counters->lingering);
        server_release(&server);
        server_await(&server, &counters->idle, 2);
        CHECK_INT(0, counters->waiting);
        close(idle);
        close(waiting);
        server_await(&server, &counters->idle, 0);
    }
}

TEST(loop_counts_where_it_is_told_to)
{
    server_t server;
    static hyp_counters_t counters;
    static hyp_route_counters_t routes[HYP_COUNTED_ROUTES];
    EACH_BACKEND(&server)
    {
        memset((void *)&counters, 0, sizeof counters);
        server.config.counters = &counters;
        server.config.route_counters = routes;
        server.config.counted_set = server.set;
        server_start(&server);
        int fd = client_dial(&server);
        client_say(fd, GET("/hello"));
        CHECK_READS(fd, HELLO);
        close(fd);
        server_await(&server, &server_counters(&server)->open, 0);
        CHECK(server_counters(&server) == &counters);
        CHECK_INT(HYP_OK, server_stop(&server, 1000));
        CHECK_INT(1, counters.static_requests);
        CHECK_INT(1, counters.responses_2xx);
        CHECK(routes[0].requests + routes[1].requests + routes[2].requests > 0);
    }
}
