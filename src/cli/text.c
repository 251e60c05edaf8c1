/* Text in and out of the command line. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifndef __wasi__
#include <sys/resource.h>
#endif

#include "cli/cli.h"

void text_add(text *t, const char *s, size_t n) {
    if (t->n + n + 1 > t->cap) {
        t->cap = (t->n + n + 1) * 2;
        char *p = realloc(t->ptr, t->cap);
        if (!p) {
            fail_line("no memory");
            exit(EXIT_FAILED);
        }
        t->ptr = p;
    }
    memcpy(t->ptr + t->n, s, n);
    t->n += n;
    t->ptr[t->n] = 0;
}

void text_str(text *t, const char *s) { text_add(t, s, strlen(s)); }

void text_json(text *t, oa *o, const char *s, size_t n) {
    if (oa_quote(o, s, n)) {
        fail_core(o);
        exit(EXIT_FAILED);
    }
    text_add(t, (const char *)oa_result(o), oa_result_len(o));
}

/* File names may hold anything: one line stays one, and moves no cursor. */
int fail_line(const char *format, ...) {
    char line[1024];
    va_list a;
    va_start(a, format);
    int n = vsnprintf(line, sizeof line, format, a);
    va_end(a);
    for (char *p = line; n >= 0 && *p; p++)
        if ((unsigned char)*p < 32 || *p == 127) *p = '?';
    fprintf(stderr, "oa: %s%s\n", n < 0 ? "failed" : line, n >= (int)sizeof line ? "..." : "");
    return EXIT_FAILED;
}

int fail_core(const oa *o) { return fail_line("%s", oa_error(o)); }

double json_field(const oa *o, const char *name) {
    char key[64];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *p = strstr((const char *)oa_result(o), key);
    return p ? strtod(p + strlen(key), NULL) : 0;
}

int print_result(const oa *o) {
    fwrite(oa_result(o), 1, oa_result_len(o), stdout);
    putchar('\n');
    return EXIT_OK;
}

void print_text(const char *s, size_t n) {
    bool terminal = isatty(STDOUT_FILENO) != 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i], next = i + 1 < n ? (unsigned char)s[i + 1] : 0;
        bool control = (c < 32 && c != '\n' && c != '\t') || c == 127 ||
                       (c == 0xc2 && next >= 0x80 && next < 0xa0); /* C0, DEL, C1 */
        if (!terminal || !control) putchar(c);
        else if (c == 0xc2) i++;
    }
    fflush(stdout);
}

double peak_mb(void) {
#ifdef __wasi__
    return (double)__builtin_wasm_memory_size(0) / 16;
#else
    struct rusage u;
    return getrusage(RUSAGE_SELF, &u) ? 0 : (double)u.ru_maxrss / 1024;
#endif
}
