/* Files: models, split ones too, and texts. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

enum { PIECE_BYTES = 4 << 20, PATH_BYTES = 4096 };

/* The i-th file (from 0) of a model: PREFIX-00002-of-00005.gguf for a split one. False where the path has no such form.
 */
static bool split_path(char out[PATH_BYTES], const char *model, int i, int *n_files) {
    size_t len = strlen(model), tail = strlen("-00001-of-00001.gguf");
    int first, n;
    char rest[8];
    if (len < tail || len >= PATH_BYTES) return false;
    const char *t = model + len - tail;
    if (sscanf(t, "-%5d-of-%5d%7s", &first, &n, rest) != 3 || strcmp(rest, ".gguf") || n < 1 || n > 99999) return false;
    *n_files = n;
    snprintf(out, PATH_BYTES, "%.*s-%05d-of-%05d.gguf", (int)(len - tail), model, i + 1, n);
    return true;
}

static const char *path_of(char out[PATH_BYTES], const char *model, int i, int *n_files) {
    if (split_path(out, model, i, n_files)) return out;
    *n_files = 1;
    return model;
}

static int file_size(const char *path, long long *size) {
    struct stat s;
    if (stat(path, &s)) return fail_line("%s: %s", path, strerror(errno));
    if (S_ISDIR(s.st_mode)) return fail_line("%s: is a directory; name a .gguf file", path);
    if (!S_ISREG(s.st_mode)) return fail_line("%s: is no regular file; name a .gguf file", path);
    if (!s.st_size) return fail_line("%s: is empty; fetch the model again", path);
    *size = (long long)s.st_size;
    return EXIT_OK;
}

/* What oa_load_begin() wants to know. */
static int begin(oa *core, const options *o) {
    text t = {0};
    char number[64], path[PATH_BYTES];
    int n_files = 1, rc = EXIT_OK;
    text_str(&t, "{\"files\":[");
    for (int i = 0; i < n_files && !rc; i++) {
        long long size = 0;
        rc = file_size(path_of(path, o->model, i, &n_files), &size);
        snprintf(number, sizeof number, i ? ",%lld" : "%lld", size);
        text_str(&t, number);
    }
    text_str(&t, "],\"context\":");
    snprintf(number, sizeof number, "%.17g", o->context ? strtod(o->context, NULL) : 0);
    text_str(&t, number);
    text_str(&t, o->exact ? ",\"exact\":true}" : "}");
    if (!rc && oa_load_begin(core, t.ptr, t.n)) rc = fail_core(core);
    free(t.ptr);
    return rc;
}

static void progress(const char *path, long long done, long long total) {
    if (isatty(STDERR_FILENO) && total > 0)
        fprintf(stderr, "\rloading %s %3d%%%s", path, (int)(done * 100 / total), done == total ? "\r\033[K" : "");
}

static int push_file(oa *core, const char *path) {
    long long size = 0, done = 0;
    int rc = file_size(path, &size);
    if (rc) return rc;
    FILE *f = fopen(path, "rb");
    if (!f) return fail_line("%s: %s", path, strerror(errno));
    while (!rc && done < size) {
        size_t want = size - done < PIECE_BYTES ? (size_t)(size - done) : PIECE_BYTES;
        uint8_t *room = oa_load_room(core, want);
        if (!room) rc = fail_line("no memory to load %s", path);
        else if (fread(room, 1, want, f) != want) rc = fail_line("%s: cannot be read to its end", path);
        else if (oa_load_push(core, want)) rc = fail_line("%s: %s", path, oa_error(core));
        done += (long long)want;
        if (!rc) progress(path, done, size);
    }
    fclose(f);
    return rc;
}

/* Those of -t, else one a processor; more than eight only wait for memory. WASI has no threads. 0 where -t makes no
 * sense, which is said. */
static int threads_wanted(const options *o) {
#ifdef __wasi__
    long n = 1;
#else
    long n = sysconf(_SC_NPROCESSORS_ONLN);
#endif
    if (!o->threads) return n < 1 ? 1 : n > 8 ? 8 : (int)n;
    double given = strtod(o->threads, NULL);
    if (given >= 1 && given <= INT_MAX && given == (int)given) return (int)given;
    fail_line("-t: a whole number of threads, 1 or more, is needed, not %s", o->threads);
    return 0;
}

oa *load_model(const options *o) {
    char path[PATH_BYTES];
    int n_files = 1;
    int n_threads = threads_wanted(o);
    oa *core = n_threads ? oa_new(n_threads) : NULL;
    if (!n_threads) return NULL;
    if (!core) {
        fail_line("no memory");
        return NULL;
    }
    int rc = begin(core, o);
    for (int i = 0; i < n_files && !rc; i++) rc = push_file(core, path_of(path, o->model, i, &n_files));
    if (!rc && oa_load_end(core)) rc = fail_line("%s: %s", o->model, oa_error(core));
    if (!rc) return core;
    oa_free(core);
    return NULL;
}

char *load_text(const char *path, size_t *n) {
    FILE *f = strcmp(path, "-") ? fopen(path, "rb") : stdin;
    text t = {0};
    char piece[65536];
    size_t got;
    if (!f) {
        fail_line("%s: %s", path, strerror(errno));
        return NULL;
    }
    while ((got = fread(piece, 1, sizeof piece, f)) > 0) text_add(&t, piece, got);
    bool bad = ferror(f) != 0;
    if (f != stdin) fclose(f);
    if (bad) {
        fail_line("%s: cannot be read", path);
        free(t.ptr);
        return NULL;
    }
    text_add(&t, "", 0);
    *n = t.n;
    return t.ptr;
}

void text_free(char *s) { free(s); }
