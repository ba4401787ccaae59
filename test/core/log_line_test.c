#include "log_line.h"

#include <stdio.h>

#include "test.h"

#define SECOND 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */

static hyp_log_event_t event_of(const char *method, const char *target)
{
    hyp_log_event_t event = {.facts = {.second = SECOND, .status = 200, .bytes = 5, .minor = 1}};
    event.texts[HYP_LOG_CLIENT] = HYP_SLICE("192.0.2.1");
    event.texts[HYP_LOG_METHOD] = hyp_slice(method, strlen(method));
    event.texts[HYP_LOG_TARGET] = hyp_slice(target, strlen(target));
    return event;
}

static void check_line(hyp_log_form form, const hyp_log_event_t *event, const char *expected, const char *file,
                       int line)
{
    hyp_buf_t out;
    hyp_buf_init(&out);
    hyp_log_writer_t writer;
    hyp_log_writer_init(&writer, form, 42);
    CHECK_INT(HYP_OK, hyp_log_line(&writer, &out, event));
    hyp_test_check_mem(expected, strlen(expected), hyp_buf_ptr(&out), hyp_buf_len(&out), "line", file, line);
    hyp_buf_free(&out);
}
#define CHECK_LINE(form, event, expected) check_line((form), (event), (expected), __FILE__, __LINE__)

TEST(log_line_is_common)
{
    hyp_log_event_t event = event_of("GET", "/a?b");
    CHECK_LINE(HYP_LOG_COMMON, &event, "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /a?b HTTP/1.1\" 200 5\n");
    event.facts.minor = 0;
    event.facts.status = 0;
    event.facts.bytes = UINT64_MAX;
    CHECK_LINE(HYP_LOG_COMMON, &event,
               "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /a?b HTTP/1.0\" - 18446744073709551615\n");
}

TEST(log_line_is_combined)
{
    hyp_log_event_t event = event_of("POST", "/");
    event.texts[HYP_LOG_AGENT] = HYP_SLICE("curl/8");
    CHECK_LINE(HYP_LOG_COMBINED, &event,
               "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"POST / HTTP/1.1\" 200 5 \"-\" \"curl/8\"\n");
}

TEST(log_line_is_json)
{
    hyp_log_event_t event = event_of("GET", "/");
    event.texts[HYP_LOG_REFERER] = HYP_SLICE("http://there/");
    event.facts.duration = 61007;
    event.facts.waited = 90;
    CHECK_LINE(HYP_LOG_JSON, &event,
               "{\"time\":\"1994-11-06T08:49:37Z\",\"remote_addr\":\"192.0.2.1\",\"method\":\"GET\",\"target\":\"/\","
               "\"referer\":\"http://there/\",\"user_agent\":null,\"protocol\":\"HTTP/1.1\",\"status\":200,\"bytes\":5,"
               "\"duration\":61.007,\"queue_time\":0.090,\"pid\":42}\n");
}

TEST(log_line_of_what_is_no_request)
{
    hyp_log_event_t event = event_of("", "NONSENSE");
    event.facts.unparsed = true;
    event.facts.status = 400;
    event.facts.bytes = 12;
    CHECK_LINE(HYP_LOG_COMMON, &event, "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"NONSENSE\" 400 12\n");
    event.texts[HYP_LOG_TARGET] = HYP_SLICE("");
    CHECK_LINE(HYP_LOG_COMMON, &event, "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"-\" 400 12\n");
    CHECK_LINE(HYP_LOG_JSON, &event,
               "{\"time\":\"1994-11-06T08:49:37Z\",\"remote_addr\":\"192.0.2.1\",\"method\":null,\"target\":null,"
               "\"referer\":null,\"user_agent\":null,\"protocol\":null,\"status\":400,\"bytes\":12,"
               "\"duration\":0.000,\"queue_time\":0.000,\"pid\":42}\n");
}

/* No byte of a client's is a line's end, a quote, or anything that a terminal obeys. */
TEST(log_line_escapes_every_byte_that_is_not_plain)
{
    static const int quotes_of[] = {[HYP_LOG_COMMON] = 2, [HYP_LOG_COMBINED] = 6, [HYP_LOG_JSON] = 34};
    for (int form = HYP_LOG_COMMON; form <= HYP_LOG_JSON; form++) {
        for (int c = 0; c < 256; c++) {
            char text[2] = {(char)c, 'z'};
            hyp_log_event_t event = event_of("GET", "/");
            event.texts[HYP_LOG_TARGET] = hyp_slice(text, 2);
            hyp_buf_t out;
            hyp_buf_init(&out);
            hyp_log_writer_t writer;
            hyp_log_writer_init(&writer, (hyp_log_form)form, 1);
            CHECK_INT(HYP_OK, hyp_log_line(&writer, &out, &event));
            const char *bytes = hyp_buf_ptr(&out);
            size_t quotes = 0, len = hyp_buf_len(&out);
            for (size_t i = 0; i < len; i++) {
                unsigned char byte = (unsigned char)bytes[i];
                if (byte == '\\') i++;
                else if (byte == '"') quotes++;
                CHECK((byte >= 0x20 && byte < 0x7f) || (byte == '\n' && i == len - 1));
            }
            CHECK_INT(quotes_of[form], quotes);
            hyp_buf_free(&out);
        }
    }
}

/* Wherever it stands among so many that are plain. */
TEST(log_line_finds_the_only_byte_that_is_not_plain)
{
    static const char bytes[] = "\"\\\x1f\x7f\x80\xff";
    char text[24], escaped[8];
    for (size_t len = 1; len <= sizeof text; len++) {
        for (size_t at = 0; at < len; at++) {
            for (const char *c = bytes; *c != '\0'; c++) {
                memset(text, 'x', len);
                text[at] = *c;
                hyp_log_event_t event = event_of("GET", "/");
                event.texts[HYP_LOG_TARGET] = hyp_slice(text, len);
                hyp_buf_t out;
                hyp_buf_init(&out);
                hyp_log_writer_t writer;
                hyp_log_writer_init(&writer, HYP_LOG_COMMON, 1);
                CHECK_INT(HYP_OK, hyp_log_line(&writer, &out, &event));
                snprintf(escaped, sizeof escaped, "\\x%02X", (unsigned char)*c);
                const char *found = memmem(hyp_buf_ptr(&out), hyp_buf_len(&out), escaped, 4);
                const char *target = memmem(hyp_buf_ptr(&out), hyp_buf_len(&out), "GET ", 4);
                CHECK(found != NULL && found == target + 4 + at);
                hyp_buf_free(&out);
            }
        }
    }
}

TEST(log_line_escapes_as_its_form_does)
{
    hyp_log_event_t event = event_of("GET", "/\"\\\n\x7f\xc3\xa9\xff");
    CHECK_LINE(
        HYP_LOG_COMMON, &event,
        "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /\\x22\\x5C\\x0A\\x7F\\xC3\\xA9\\xFF HTTP/1.1\" 200 5\n");
    event.texts[HYP_LOG_TARGET] = HYP_SLICE("\"\\\n\x7f\xc3\xa9\xff\xed\xa0\x80\xf0\x9f\x98\x80\xe0\x80\x80\xc3");
    CHECK_LINE(HYP_LOG_JSON, &event,
               "{\"time\":\"1994-11-06T08:49:37Z\",\"remote_addr\":\"192.0.2.1\",\"method\":\"GET\","
               "\"target\":\"\\\"\\\\\\u000a\\u007f\xc3\xa9\\u00ff\\u00ed\\u00a0\\u0080\xf0\x9f\x98\x80\\u00e0\\u0080"
               "\\u0080\\u00c3\",\"referer\":null,\"user_agent\":null,\"protocol\":\"HTTP/1.1\",\"status\":200,"
               "\"bytes\":5,\"duration\":0.000,\"queue_time\":0.000,\"pid\":42}\n");
}

TEST(log_line_shows_each_second_once_it_has_come)
{
    hyp_buf_t out;
    hyp_buf_init(&out);
    hyp_log_writer_t writer;
    hyp_log_writer_init(&writer, HYP_LOG_COMMON, 1);
    for (int i = 0; i < 3; i++) {
        hyp_log_event_t event = event_of("GET", "/");
        event.facts.second += i / 2;
        hyp_buf_clear(&out);
        CHECK_INT(HYP_OK, hyp_log_line(&writer, &out, &event));
        CHECK(memmem(hyp_buf_ptr(&out), hyp_buf_len(&out), i < 2 ? ":37 +" : ":38 +", 5) != NULL);
    }
    hyp_buf_free(&out);
}
