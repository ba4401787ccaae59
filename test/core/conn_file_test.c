#include <fcntl.h>

#include "conn_helpers.h"

#define ASK POST("/app", "Content-Length: 0\r\n")
#define HEAD_OF_FILE "head+tail"
#define OFFSET 7

/* A head and a tail of bytes, then `len` bytes of a file from OFFSET on. */
static hyp_reply_t *reply_with_file(uint64_t len, unsigned flags)
{
    hyp_reply_t *reply = reply_of("head", "+tail", flags);
    reply->file_fd = open("/dev/null", O_RDONLY);
    reply->file_offset = OFFSET;
    reply->file_len = len;
    return reply;
}

static void check_file(hyp_client_t *client, uint64_t offset, uint64_t len)
{
    hyp_file_part_t part;
    struct iovec iov[4];
    ASSERT(hyp_conn_file(&client->conn, &client->shared, &part));
    CHECK_INT(client->conn.replies->file_fd, part.fd);
    CHECK_INT(offset, part.offset);
    CHECK_INT(len, part.len);
    CHECK_INT(0, hyp_conn_output(&client->conn, &client->shared, iov, 4));
    CHECK_INT(HYP_WANT_SEND, hyp_conn_want(&client->conn, &client->shared));
}

/* As far as to the file, of which nothing has been sent. */
static void open_at_file(hyp_client_t *client, hyp_reply_t *reply)
{
    client_open(client);
    CHECK(!client_awaits_file(client));
    client_says(client, ASK);
    client->window = 2;
    client_gets(client, reply);
    CHECK(!client_awaits_file(client)); /* in the midst of the head */
    client_reads(client, 3);
    CHECK(!client_awaits_file(client)); /* in the midst of the tail */
    client_reads(client, sizeof HEAD_OF_FILE);
    CHECK_SENT(client, HEAD_OF_FILE);
}

TEST(conn_sends_a_file_behind_its_head)
{
    hyp_client_t client;
    open_at_file(&client, reply_with_file(1000, LAST));
    check_file(&client, OFFSET, 1000);
    hyp_conn_on_sent(&client.conn, &client.shared, 400);
    check_file(&client, OFFSET + 400, 600);
    hyp_conn_on_sent(&client.conn, &client.shared, 600);
    CHECK(!client_awaits_file(&client));
    CHECK_INT(HYP_WANT_RECV, client_settle(&client));
    CHECK_INT(1, client.given_back);
    client_close(&client);
}

TEST(conn_sends_nothing_of_what_stands_behind_a_file_before_it)
{
    hyp_client_t client;
    open_at_file(&client, reply_with_file(10, PIECE));
    hyp_conn_on_reply(&client.conn, &client.shared, reply_of("behind", NULL, LAST));
    check_file(&client, OFFSET, 10);
    hyp_conn_on_sent(&client.conn, &client.shared, 10);
    CHECK_INT(HYP_WANT_RECV, client_reads_all(&client));
    CHECK_SENT(&client, "behind");
    client_close(&client);
}

/* What was read of a file is output like any other, and comes before the rest of the file. */
TEST(conn_sends_what_was_read_of_a_file)
{
    hyp_client_t client;
    open_at_file(&client, reply_with_file(8, LAST));
    CHECK_INT(HYP_OK, hyp_conn_on_file_read(&client.conn, &client.shared, "from", 4));
    CHECK(!client_awaits_file(&client));
    CHECK_INT(HYP_WANT_SEND, client_reads_all(&client));
    CHECK_SENT(&client, "from");
    check_file(&client, OFFSET + 4, 4);
    CHECK_INT(HYP_OK, hyp_conn_on_file_read(&client.conn, &client.shared, "file", 4));
    CHECK_INT(HYP_WANT_RECV, client_settle(&client));
    CHECK_SENT(&client, "file");
    client_close(&client);
}

TEST(conn_drops_a_file_when_the_client_goes)
{
    hyp_client_t client;
    open_at_file(&client, reply_with_file(8, LAST));
    hyp_conn_on_error(&client.conn);
    CHECK_INT(HYP_WANT_CLOSE, hyp_conn_want(&client.conn, &client.shared));
    client_close(&client);
    CHECK_INT(1, client.given_back);
}
