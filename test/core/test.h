/*
 * The harness of the core's unit tests.
 *
 * A test file mirrors one source of ext/hyperion/core and registers its tests by itself:
 *
 *     #include "test.h"
 *
 *     TEST(parser_refuses_a_bare_cr) {
 *         CHECK_INT(HYP_BAD_REQUEST, parse("GET / HTTP/1.1\rHost: a\r\n\r\n"));
 *     }
 *
 * A test is named `<file>_<behaviour>`; `TEST` names are unique in the whole program. A failed CHECK
 * prints file and line and the test goes on; ASSERT prints the same and leaves the test function,
 * so use it where going on would crash. A test fails when any of its checks does.
 *
 * The macros evaluate each argument once.
 */
#ifndef HYP_TEST_H
#define HYP_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct hyp_test hyp_test_t;

struct hyp_test {
    const char *name;
    const char *file;
    void (*run)(void);
    hyp_test_t *next;
};

/* Adds a test to the list that main runs; called by TEST before main starts. */
void hyp_test_register(hyp_test_t *test);

/*
 * Copies `len` bytes to memory whose last byte is followed by an unreadable page, so that reading one
 * byte too many is a crash, with or without a sanitizer. Release with hyp_test_unguard(copy, len).
 * `len` may be 0: the result then points at the unreadable page itself.
 */
char *hyp_test_guarded(const void *bytes, size_t len);
void hyp_test_unguard(char *copy, size_t len);

/* What the CHECK macros call: each records the failure and answers whether the check held. */
bool hyp_test_check(bool held, const char *expression, const char *file, int line);
bool hyp_test_check_int(intmax_t expected, intmax_t actual, const char *expression, const char *file, int line);
bool hyp_test_check_str(const char *expected, const char *actual, const char *expression, const char *file, int line);
bool hyp_test_check_mem(const void *expected, size_t expected_len, const void *actual, size_t actual_len,
                        const char *expression, const char *file, int line);

/* Records a failure with a message in printf's manner. */
void hyp_test_fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* How often the same is tried. ThreadSanitizer makes everything many times slower, and sees in a tenth what it would see in all. */
#ifdef __SANITIZE_THREAD__
#define HYP_TEST_STEP 10
#else
#define HYP_TEST_STEP 1
#endif
#define HYP_TEST_ROUNDS(count) ((count) / HYP_TEST_STEP)

#define TEST(test_name)                                                                                                \
    static void test_name(void);                                                                                       \
    __attribute__((constructor)) static void register_##test_name(void)                                                \
    {                                                                                                                  \
        static hyp_test_t test = {.name = #test_name, .file = __FILE__, .run = test_name, .next = NULL};               \
        hyp_test_register(&test);                                                                                      \
    }                                                                                                                  \
    static void test_name(void)

#define CHECK(condition) ((void)hyp_test_check((condition), #condition, __FILE__, __LINE__))

/* Integers and enums of any width up to 64 bits, expected value first. */
#define CHECK_INT(expected, actual)                                                                                    \
    ((void)hyp_test_check_int((intmax_t)(expected), (intmax_t)(actual), #actual, __FILE__, __LINE__))

/* NUL-terminated strings; NULL equals NULL only. */
#define CHECK_STR(expected, actual) ((void)hyp_test_check_str((expected), (actual), #actual, __FILE__, __LINE__))

/* Byte ranges; lengths are compared first. */
#define CHECK_MEM(expected, expected_len, actual, actual_len)                                                          \
    ((void)hyp_test_check_mem((expected), (expected_len), (actual), (actual_len), #actual, __FILE__, __LINE__))

/* A byte range against a string literal (which may hold NULs). */
#define CHECK_BYTES(literal, actual, actual_len) CHECK_MEM("" literal, sizeof(literal) - 1, (actual), (actual_len))

#define ASSERT(condition)                                                                                              \
    do {                                                                                                               \
        if (!hyp_test_check((condition), #condition, __FILE__, __LINE__)) {                                            \
            return;                                                                                                    \
        }                                                                                                              \
    } while (0)

#define FAIL(...) hyp_test_fail(__FILE__, __LINE__, __VA_ARGS__)

#endif
