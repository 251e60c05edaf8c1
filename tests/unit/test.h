/* The smallest test harness that runs natively and in WebAssembly (cmocka and Unity need setjmp, which does not link
 * there). A failed check prints file, line and what was found, and the program ends with status 1. */
#ifndef UNIT_TEST_H
#define UNIT_TEST_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"

static int test_failed, test_passed, test_in_trouble;

static inline void test_report(int ok, const char *file, int line, const char *what) {
    if (ok) return;
    test_in_trouble = 1;
    printf("%s:%d: %s\n", file, line, what);
}

#define TEST(name) static void test_##name(void)
#define CHECK(cond) test_report(!!(cond), __FILE__, __LINE__, #cond)
#define CHECK_INT(got, want) test_int((long long)(got), (long long)(want), __FILE__, __LINE__, #got)
#define CHECK_NEAR(got, want, tol) test_near((double)(got), (double)(want), (double)(tol), __FILE__, __LINE__, #got)
#define CHECK_STR(got, want) test_str((got), (want), __FILE__, __LINE__, #got)
#define CHECK_BYTES(got, want) test_bytes((got), bytes_str(want), __FILE__, __LINE__, #got)
#define RUN(name) test_run(#name, test_##name)

static inline void test_int(long long got, long long want, const char *file, int line, const char *what) {
    if (got == want) return;
    test_report(0, file, line, what);
    printf("    got %lld, wanted %lld\n", got, want);
}

static inline void test_near(double got, double want, double tol, const char *file, int line, const char *what) {
    if (fabs(got - want) <= tol || (isnan(got) && isnan(want)) || got == want) return;
    test_report(0, file, line, what);
    printf("    got %.9g, wanted %.9g within %.3g\n", got, want, tol);
}

static inline void test_str(const char *got, const char *want, const char *file, int line, const char *what) {
    if (got && !strcmp(got, want)) return;
    test_report(0, file, line, what);
    printf("    got \"%s\"\n wanted \"%s\"\n", got ? got : "(null)", want);
}

static inline void test_bytes(bytes got, bytes want, const char *file, int line, const char *what) {
    if (bytes_eq(got, want)) return;
    test_report(0, file, line, what);
    printf("    got \"%.*s\"\n wanted \"%.*s\"\n", (int)got.len, (const char *)got.ptr, (int)want.len,
           (const char *)want.ptr);
}

static inline void test_run(const char *name, void (*f)(void)) {
    test_in_trouble = 0;
    f();
    if (test_in_trouble) {
        test_failed++;
        printf("FAIL %s\n", name);
    } else {
        test_passed++;
    }
}

/* The bytes of a file of the repository (its path from the root); the test fails where it is missing. Pair:
 * mem_free((void *)x.ptr). */
static inline bytes test_file(const char *path) {
    FILE *f = fopen(path, "rb");
    bytes out = {0, 0};
    if (!f) {
        test_report(0, path, 0, "cannot be opened");
        return out;
    }
    size_t cap = 1 << 16, len = 0, got;
    uint8_t *p = mem_grow(NULL, cap);
    while ((got = fread(p + len, 1, cap - len, f)) > 0) {
        len += got;
        if (len == cap) p = mem_grow(p, cap *= 2);
    }
    fclose(f);
    return bytes_of(p, len);
}

/* Prints the plain total line that CI reads; the value is main()'s. */
static inline int test_end(const char *module) {
    printf("%s: %d passed, %d failed\n", module, test_passed, test_failed);
    return test_failed != 0 || test_passed == 0;
}

#endif
