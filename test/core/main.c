/* Runs the registered tests; see test.h. Usage: core_test [SUBSTRING...] runs the tests whose name or file holds one of them. */
#include "test.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define SHOWN_BYTES_MAX 120
#define DESCRIPTORS_WANTED 20000 /* an ordinary user begins with 1024 */

static hyp_test_t *first_test;
static const hyp_test_t *running_test;
static unsigned failures_of_running_test;

static bool comes_before(const hyp_test_t *test, const hyp_test_t *other)
{
    int by_file = strcmp(test->file, other->file);
    return by_file < 0;
}

/* Kept in the order of files, and within a file in the order of registration. */
void hyp_test_register(hyp_test_t *test)
{
    hyp_test_t **link = &first_test;
    while (*link != NULL && !comes_before(test, *link)) {
        link = &(*link)->next;
    }
    test->next = *link;
    *link = test;
}

static void print_failure_head(const char *file, int line)
{
    failures_of_running_test++;
    printf("%s:%d: %s: ", file, line, running_test->name);
}

void hyp_test_fail(const char *file, int line, const char *format, ...)
{
    va_list arguments;
    print_failure_head(file, line);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

bool hyp_test_check(bool held, const char *expression, const char *file, int line)
{
    if (!held) {
        hyp_test_fail(file, line, "%s does not hold", expression);
    }
    return held;
}

bool hyp_test_check_int(intmax_t expected, intmax_t actual, const char *expression, const char *file, int line)
{
    if (expected != actual) {
        hyp_test_fail(file, line, "%s is %" PRIdMAX ", expected %" PRIdMAX, expression, actual, expected);
    }
    return expected == actual;
}

static void print_byte(unsigned char byte)
{
    switch (byte) {
    case '\r':
        fputs("\\r", stdout);
        break;
    case '\n':
        fputs("\\n", stdout);
        break;
    case '\t':
        fputs("\\t", stdout);
        break;
    case '"':
    case '\\':
        printf("\\%c", byte);
        break;
    default:
        printf(byte >= 0x20 && byte < 0x7f ? "%c" : "\\x%02x", byte);
    }
}

static void print_bytes(const char *label, const void *bytes, size_t len)
{
    const unsigned char *byte = bytes;
    printf("    %s (%zu bytes): \"", label, len);
    for (size_t i = 0; i < len && i < SHOWN_BYTES_MAX; i++) {
        print_byte(byte[i]);
    }
    puts(len > SHOWN_BYTES_MAX ? "\" ..." : "\"");
}

bool hyp_test_check_mem(const void *expected, size_t expected_len, const void *actual, size_t actual_len,
                        const char *expression, const char *file, int line)
{
    bool same = expected_len == actual_len && (expected_len == 0 || memcmp(expected, actual, expected_len) == 0);
    if (!same) {
        hyp_test_fail(file, line, "%s differs", expression);
        print_bytes("expected", expected, expected_len);
        print_bytes("actual  ", actual, actual_len);
    }
    return same;
}

bool hyp_test_check_str(const char *expected, const char *actual, const char *expression, const char *file, int line)
{
    if (expected == NULL || actual == NULL) {
        if (expected != actual) {
            hyp_test_fail(file, line, "%s is %s, expected %s", expression, actual ? actual : "NULL",
                          expected ? expected : "NULL");
        }
        return expected == actual;
    }
    return hyp_test_check_mem(expected, strlen(expected), actual, strlen(actual), expression, file, line);
}

static size_t whole_pages(size_t len)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (len + page - 1) / page * page;
}

char *hyp_test_guarded(const void *bytes, size_t len)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t readable = whole_pages(len);
    char *start = mmap(NULL, readable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED || mprotect(start + readable, page, PROT_NONE) != 0) {
        perror("hyp_test_guarded");
        abort();
    }
    char *copy = start + readable - len;
    if (len > 0) {
        memcpy(copy, bytes, len);
    }
    return copy;
}

void hyp_test_unguard(char *copy, size_t len)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t readable = whole_pages(len);
    if (munmap(copy + len - readable, readable + page) != 0) {
        perror("hyp_test_unguard");
        abort();
    }
}

/* `filters` end with NULL; none of them: every test. */
static bool selected(const hyp_test_t *test, char *const *filters)
{
    for (char *const *filter = filters; *filter != NULL; filter++) {
        if (strstr(test->name, *filter) != NULL || strstr(test->file, *filter) != NULL) return true;
    }
    return *filters == NULL;
}

static bool passes(const hyp_test_t *test)
{
    running_test = test;
    failures_of_running_test = 0;
    test->run();
    if (failures_of_running_test > 0) {
        printf("FAILED %s\n", test->name);
    }
    return failures_of_running_test == 0;
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= DESCRIPTORS_WANTED) return;
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS_WANTED ? limit.rlim_max : DESCRIPTORS_WANTED;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    char *const *filters = argv + (argc > 0 ? 1 : 0);
    unsigned passed = 0;
    unsigned failed = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    raise_descriptor_limit();
    for (const hyp_test_t *test = first_test; test != NULL; test = test->next) {
        if (selected(test, filters)) {
            *(passes(test) ? &passed : &failed) += 1;
        }
    }
    if (passed + failed == 0) {
        fputs("no test matches\n", stderr);
        return 1;
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0;
}
