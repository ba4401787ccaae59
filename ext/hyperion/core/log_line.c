#include "log_line.h"

#include <stdio.h>

#define FIXED_BYTES_MAX 512 /* of a line: all but its texts */
#define ESCAPE_BYTES_MAX 6  /* of one byte: \u00ff */

#define WORD_BYTES 8
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Where the next byte goes: there is room for the whole line. */
typedef char *place_t;

/* ---- pieces ---- */

static place_t put(place_t to, const char *bytes, size_t len)
{
    memcpy(to, bytes, len);
    return to + len;
}

#define PUT(to, literal) put((to), literal, sizeof(literal) - 1)

static place_t put_number(place_t to, uint64_t number)
{
    size_t digits = 1;
    for (uint64_t rest = number; rest >= 10; rest /= 10)
        digits++;
    for (size_t at = digits; at-- > 0; number /= 10)
        to[at] = (char)('0' + number % 10);
    return to + digits;
}

static place_t put_seconds(place_t to, uint32_t msec)
{
    to = put_number(to, msec / 1000);
    *to++ = '.';
    *to++ = (char)('0' + msec / 100 % 10);
    *to++ = (char)('0' + msec / 10 % 10);
    *to++ = (char)('0' + msec % 10);
    return to;
}

static unsigned number_of_month(const char *name)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    unsigned number = 1;
    while (number < 12 && memcmp(months + (size_t)(number - 1) * 3, name, 3) != 0)
        number++;
    return number;
}

/* From "Sun, 06 Nov 1994 08:49:37 GMT". */
static void render_time(hyp_log_writer_t *writer, int64_t second)
{
    char date[HYP_DATE_LEN];
    hyp_clock_render(second, date);
    const char *day = date + 5, *month = date + 8, *year = date + 12, *time = date + 17;
    int len;
    if (writer->form == HYP_LOG_JSON) {
        len = snprintf(writer->time, sizeof writer->time, "%.4s-%02u-%.2sT%.8sZ", year, number_of_month(month), day,
                       time);
    } else {
        len = snprintf(writer->time, sizeof writer->time, "[%.2s/%.3s/%.4s:%.8s +0000]", day, month, year, time);
    }
    writer->time_len = (size_t)len;
    writer->second = second;
}

void hyp_log_writer_init(hyp_log_writer_t *writer, hyp_log_form form, long pid)
{
    writer->form = form;
    writer->pid_len = (size_t)snprintf(writer->pid, sizeof writer->pid, "%ld", pid);
    render_time(writer, 0);
}

static place_t put_time(place_t to, hyp_log_writer_t *writer, int64_t second)
{
    if (second != writer->second) render_time(writer, second);
    return put(to, writer->time, writer->time_len);
}

/* ---- escaping ---- */

/* How many bytes at `at` are one character beyond ASCII in well-formed UTF-8 (RFC 3629); 0: none. */
static size_t utf8_len(const unsigned char *at, size_t left)
{
    size_t len = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4 || left < len) return 0;
    for (size_t i = 1; i < len; i++) {
        if ((at[i] & 0xc0) != 0x80) return 0;
    }
    bool overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool beyond = (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf4 && at[1] > 0x8f);
    return overlong || beyond ? 0 : len;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static uint64_t zero_bytes(uint64_t word)
{
    return (word - EACH(0x01)) & ~word & EACH(0x80);
}

/* Eight at once. */
static bool are_plain(uint64_t word)
{
    uint64_t below = (word - EACH(0x20)) | word; /* below 0x20, or beyond ASCII */
    uint64_t del = word + EACH(0x01);
    return ((below | del) & EACH(0x80)) == 0 && !zero_bytes(word ^ EACH('"')) && !zero_bytes(word ^ EACH('\\'));
}

static place_t put_hex(place_t to, unsigned char c, const char *digits)
{
    *to++ = digits[c >> 4];
    *to++ = digits[c & 15];
    return to;
}

static place_t put_escaped_text(place_t to, unsigned char c)
{
    return put_hex(PUT(to, "\\x"), c, "0123456789ABCDEF");
}

/* A byte that is no part of a character becomes the one with its number. */
static place_t put_escaped_json(place_t to, const unsigned char *at, size_t left, size_t *used)
{
    size_t len = at[0] < 0x80 ? 0 : utf8_len(at, left);
    if (len > 0) {
        *used = len;
        return put(to, (const char *)at, len);
    }
    if (at[0] != '"' && at[0] != '\\') return put_hex(PUT(to, "\\u00"), at[0], "0123456789abcdef");
    *to++ = '\\';
    *to++ = (char)at[0];
    return to;
}

/* One to seven bytes, each at least once, and nothing else that is not plain. */
static uint64_t short_word(const char *at, size_t len)
{
    uint32_t first, last;
    if (len < sizeof first) {
        uint64_t bytes = (uint64_t)(uint8_t)at[0] | (uint64_t)(uint8_t)at[len / 2] << 8;
        return (EACH('a') << 24) | (uint64_t)(uint8_t)at[len - 1] << 16 | bytes;
    }
    memcpy(&first, at, sizeof first);
    memcpy(&last, at + len - sizeof last, sizeof last);
    return (uint64_t)last << 32 | first;
}

static uint64_t word_at(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Of a text that is not empty. */
static bool is_all_plain(hyp_slice_t text)
{
    if (text.len < WORD_BYTES) return are_plain(short_word(text.ptr, text.len));
    for (size_t i = 0; i + WORD_BYTES <= text.len; i += WORD_BYTES) {
        if (!are_plain(word_at(text.ptr + i))) return false;
    }
    return are_plain(word_at(text.ptr + text.len - WORD_BYTES));
}

static place_t put_escaped_bytes(place_t to, hyp_slice_t text, bool json)
{
    const unsigned char *at = (const unsigned char *)text.ptr;
    for (size_t i = 0, used; i < text.len; i += used) {
        used = 1;
        if (is_plain(at[i])) *to++ = (char)at[i];
        else to = json ? put_escaped_json(to, at + i, text.len - i, &used) : put_escaped_text(to, at[i]);
    }
    return to;
}

static place_t put_escaped(place_t to, hyp_slice_t text, bool json)
{
    return is_all_plain(text) ? put(to, text.ptr, text.len) : put_escaped_bytes(to, text, json);
}

/* ---- common and combined ---- */

static place_t put_text(place_t to, const hyp_log_event_t *event, hyp_log_text which)
{
    return event->texts[which].len == 0 ? PUT(to, "-") : put_escaped(to, event->texts[which], false);
}

static place_t put_request(place_t to, const hyp_log_event_t *event)
{
    if (event->facts.unparsed) return put_text(to, event, HYP_LOG_TARGET);
    to = put_text(to, event, HYP_LOG_METHOD);
    *to++ = ' ';
    to = put_text(to, event, HYP_LOG_TARGET);
    return event->facts.minor == 0 ? PUT(to, " HTTP/1.0") : PUT(to, " HTTP/1.1");
}

static place_t put_common(place_t to, hyp_log_writer_t *writer, const hyp_log_event_t *event)
{
    to = PUT(put_text(to, event, HYP_LOG_CLIENT), " - - ");
    to = PUT(put_time(to, writer, event->facts.second), " \"");
    to = PUT(put_request(to, event), "\" ");
    to = event->facts.status > 0 ? put_number(to, event->facts.status) : PUT(to, "-");
    *to++ = ' ';
    return put_number(to, event->facts.bytes);
}

static place_t put_combined(place_t to, hyp_log_writer_t *writer, const hyp_log_event_t *event)
{
    to = PUT(put_common(to, writer, event), " \"");
    to = PUT(put_text(to, event, HYP_LOG_REFERER), "\" \"");
    return PUT(put_text(to, event, HYP_LOG_AGENT), "\"");
}

/* ---- JSON ---- */

static place_t put_member(place_t to, hyp_slice_t name, hyp_slice_t text)
{
    to = put(to, name.ptr, name.len);
    if (text.len == 0) return PUT(to, "null");
    *to++ = '"';
    to = put_escaped(to, text, true);
    *to++ = '"';
    return to;
}

static place_t put_protocol(place_t to, const hyp_log_event_t *event)
{
    if (event->facts.unparsed) return PUT(to, "null");
    return event->facts.minor == 0 ? PUT(to, "\"HTTP/1.0\"") : PUT(to, "\"HTTP/1.1\"");
}

static place_t put_rest(place_t to, const hyp_log_writer_t *writer, const hyp_log_event_t *event)
{
    to = put_protocol(PUT(to, ",\"protocol\":"), event);
    to = PUT(to, ",\"status\":");
    to = event->facts.status > 0 ? put_number(to, event->facts.status) : PUT(to, "null");
    to = put_number(PUT(to, ",\"bytes\":"), event->facts.bytes);
    to = put_seconds(PUT(to, ",\"duration\":"), event->facts.duration);
    to = put_seconds(PUT(to, ",\"queue_time\":"), event->facts.waited);
    to = put(PUT(to, ",\"pid\":"), writer->pid, writer->pid_len);
    return PUT(to, "}");
}

static place_t put_json(place_t to, hyp_log_writer_t *writer, const hyp_log_event_t *event)
{
    const hyp_slice_t names[HYP_LOG_TEXTS] = {
        [HYP_LOG_CLIENT] = HYP_SLICE("\",\"remote_addr\":"), [HYP_LOG_METHOD] = HYP_SLICE(",\"method\":"),
        [HYP_LOG_TARGET] = HYP_SLICE(",\"target\":"),        [HYP_LOG_REFERER] = HYP_SLICE(",\"referer\":"),
        [HYP_LOG_AGENT] = HYP_SLICE(",\"user_agent\":"),
    };
    to = put_time(PUT(to, "{\"time\":\""), writer, event->facts.second);
    for (int i = 0; i < HYP_LOG_TEXTS; i++)
        to = put_member(to, names[i], event->texts[i]);
    return put_rest(to, writer, event);
}

hyp_status hyp_log_line(hyp_log_writer_t *writer, hyp_buf_t *out, const hyp_log_event_t *event)
{
    size_t room = FIXED_BYTES_MAX;
    for (int i = 0; i < HYP_LOG_TEXTS; i++)
        room += event->texts[i].len * ESCAPE_BYTES_MAX;
    hyp_status status = hyp_buf_reserve(out, room);
    if (status != HYP_OK) return status;
    place_t begin = out->data + out->end, to;
    if (writer->form == HYP_LOG_JSON) to = put_json(begin, writer, event);
    else if (writer->form == HYP_LOG_COMBINED) to = put_combined(begin, writer, event);
    else to = put_common(begin, writer, event);
    *to++ = '\n';
    out->end += (size_t)(to - begin);
    return HYP_OK;
}
