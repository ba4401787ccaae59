/* Many requests over real sockets, of which nothing may be left: the sanitizers and valgrind look for it when the program ends.
 * script/leaks asks for so many that a leak of a byte each would show. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop_helpers.h"

#define REQUESTS HYP_TEST_ROUNDS(10000)
#define BATCHES_A_CONNECTION 10

#define ANSWER(body) "HTTP/1.1 200 OK\r\ncontent-length: " body
#define POST(fields, body) "POST /app HTTP/1.1\r\nHost: a\r\n" fields "\r\n\r\n" body

/* Of the application, of a block, of a static route. */
#define BATCH 10
static const char asked[] = GET("/app") GET("/block") POST("Content-Length: 3", "abc")
    POST("Transfer-Encoding: chunked", "3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n") GET("/hello") GET("/hello") GET("/hello")
        GET("/hello") GET("/hello") GET("/hello");
static const char answered[] = ANSWER("4\r\n\r\n/app") ANSWER("6\r\n\r\n/block") ANSWER("7\r\n\r\n/appabc")
    ANSWER("7\r\n\r\n/appabc") HELLO HELLO HELLO HELLO HELLO HELLO;

/* However a client leaves, nothing of it stays. */
static void leave(int fd, unsigned number)
{
    switch (number % 5) {
    case 0:
        close(fd);
        break;
    case 1:
        client_reset(fd);
        break;
    case 2: /* amid a request */
        client_say(fd, GET("/hello") "GET /hel");
        CHECK_READS(fd, HELLO);
        close(fd);
        break;
    case 3: /* and takes no answer */
        client_say(fd, asked);
        client_reset(fd);
        break;
    default:
        client_say(fd, "nonsense\r\n\r\n");
        CHECK_READS(fd, "HTTP/1.1 400 Bad Request\r\n");
        close(fd);
        break;
    }
}

static unsigned requests_wanted(void)
{
    const char *wanted = getenv("FLOOD_REQUESTS");
    return wanted ? (unsigned)strtoul(wanted, NULL, 10) : REQUESTS;
}

static void flood(server_t *server)
{
    unsigned wanted = requests_wanted();
    unsigned number = 0;
    for (unsigned made = 0; made < wanted; number++) {
        int fd = client_dial(server);
        for (int i = 0; i < BATCHES_A_CONNECTION; i++, made += BATCH) {
            client_say(fd, asked);
            CHECK_READS(fd, answered);
        }
        leave(fd, number);
    }
    server_await(server, &server_counters(server)->open, 0);
    CHECK(server_counters(server)->static_requests >= wanted / BATCH * 6);
}

TEST(loop_flood_of_many_requests_leaves_nothing)
{
    server_t server;
    EACH_BACKEND(&server)
    {
        unsigned before = count_descriptors();
        server_start(&server);
        flood(&server);
        CHECK_INT(HYP_OK, server_stop(&server, 1000));
        hyp_loop_close(server.loop);
        CHECK_INT(before, count_descriptors());
    }
}
