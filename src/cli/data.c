/* oa data: conversations and what people think of them, from file to file. Files may be packed by gzip. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifndef __wasi__
#include <zlib.h>
#endif

#include "cli/cli.h"

enum { PIECE_BYTES = 1 << 20, PATH_BYTES = 4096 };

int fail_data(const oa_data *d) { return fail_line("%s", oa_data_error(d)); }

static bool is_packed(const char *path) {
    size_t n = strlen(path);
    return n > 3 && !strcmp(path + n - 3, ".gz");
}

#ifdef __wasi__
typedef FILE *source;
static const char *source_refuses(const char *path) {
    return is_packed(path) ? "this build unpacks no files; unpack it first" : NULL;
}
static source source_open(const char *path) { return strcmp(path, "-") ? fopen(path, "rb") : stdin; }
static int source_read(source s, void *p) { return ferror(s) ? -1 : (int)fread(p, 1, PIECE_BYTES, s); }
static void source_close(source s) { fclose(s); }
#else
/* zlib reads plain files, too. */
typedef gzFile source;
static const char *source_refuses(const char *path) { return (void)path, NULL; }
static source source_open(const char *path) {
    return strcmp(path, "-") ? gzopen(path, "rb") : gzdopen(dup(STDIN_FILENO), "rb");
}
static int source_read(source s, void *p) {
    int n = gzread(s, p, PIECE_BYTES), code = Z_OK;
    (void)gzerror(s, &code);
    return n < 0 || code == Z_BUF_ERROR ? -1 : n; /* the second: the packed file is cut off */
}
static void source_close(source s) { gzclose(s); }
#endif

int data_read(oa_data *d, const char *path, int (*push)(oa_data *d, const void *piece, size_t n), bool named) {
    if (source_refuses(path)) return fail_line("%s: %s", path, source_refuses(path));
    char *piece = malloc(PIECE_BYTES);
    source s = piece ? source_open(path) : NULL;
    int n = 0, rc = EXIT_OK;
    if (!s) rc = fail_line("%s: %s", path, piece ? strerror(errno) : "no memory");
    while (!rc && (n = source_read(s, piece)) > 0)
        if (push(d, piece, (size_t)n)) rc = named ? fail_data(d) : fail_line("%s: %s", path, oa_data_error(d));
    if (!rc && n < 0) rc = fail_line("%s: cannot be read to its end; is it cut off?", path);
    if (s) source_close(s);
    free(piece);
    return rc;
}

static int read_file(oa_data *d, const char *path) {
    if (oa_data_file(d, path, strlen(path))) return fail_data(d);
    int rc = data_read(d, path, oa_data_push, true);
    return !rc && oa_data_file_end(d) ? fail_data(d) : rc;
}

static int put_plain(FILE *f, oa_data *d) {
    return fwrite(oa_data_result(d), 1, oa_data_result_len(d), f) == oa_data_result_len(d) ? 0 : -1;
}

/* All lines into an open file, packed where `packed` says so. */
static int write_lines(oa_data *d, FILE *f, bool packed) {
    int more = 1, bad = 0;
#ifdef __wasi__
    if (packed) return fail_line("this build packs no files; leave .gz out");
#else
    gzFile z = packed ? gzdopen(dup(fileno(f)), "wb") : NULL;
    if (packed && !z) return fail_line("no memory to pack the file");
#endif
    while (!bad) {
        if (oa_data_next(d, &more)) return fail_data(d);
        if (!more) break;
#ifndef __wasi__
        if (z) bad = gzwrite(z, oa_data_result(d), (unsigned)oa_data_result_len(d)) <= 0;
        else bad = put_plain(f, d);
#else
        bad = put_plain(f, d);
#endif
    }
#ifndef __wasi__
    if (z && gzclose(z) != Z_OK) bad = 1;
#endif
    return bad ? fail_line("the output cannot be written: %s", strerror(errno)) : EXIT_OK;
}

/* A file is written beside its place and moved there when it is whole. */
static int write_file(oa_data *d, const char *path) {
    char beside[PATH_BYTES];
    if (snprintf(beside, sizeof beside, "%s.part", path) >= (int)sizeof beside)
        return fail_line("%s: the name is too long", path);
    FILE *f = fopen(beside, "wb");
    if (!f) return fail_line("%s: %s", beside, strerror(errno));
    int rc = write_lines(d, f, is_packed(path));
    if (fclose(f) && !rc) rc = fail_line("%s: %s", beside, strerror(errno));
    if (!rc && rename(beside, path)) rc = fail_line("%s: %s", path, strerror(errno));
    if (rc) remove(beside);
    return rc;
}

static void add_member(text *t, oa *o, const char *key, const char *value) {
    if (!value) return;
    text_str(t, ",\"");
    text_str(t, key);
    text_str(t, "\":");
    text_json(t, o, value, strlen(value));
}

/* What the job is told. */
static int begin(oa_data *d, const options *o) {
    text t = {0};
    oa *quoter = oa_new(1); /* for JSON strings alone */
    if (!quoter) return fail_line("no memory");
    text_str(&t, "{\"skip_bad\":");
    text_str(&t, o->skip_bad ? "true" : "false");
    text_str(&t, o->anonymize ? ",\"anonymize\":true" : "");
    text_str(&t, o->deleted ? ",\"deleted\":true" : "");
    add_member(&t, quoter, "do", o->model);
    add_member(&t, quoter, "form", o->form);
    add_member(&t, quoter, "from", o->from);
    add_member(&t, quoter, "seed", o->seed);
    if (o->memory) {
        char number[64];
        snprintf(number, sizeof number, ",\"memory\":%.17g", strtod(o->memory, NULL) * (1 << 20));
        text_str(&t, number);
    }
    text_str(&t, "}");
    oa_free(quoter);
    int rc = oa_data_begin(d, t.ptr, t.n);
    free(t.ptr);
    if (!rc) return EXIT_OK;
    fprintf(stderr, "oa data: %s\n", oa_data_error(d));
    return EXIT_MISUSE;
}

/* A number of the report. */
static double field(const oa_data *d, const char *name) {
    char key[64];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *p = strstr((const char *)oa_data_result(d), key);
    return p ? strtod(p + strlen(key), NULL) : 0;
}

/* What was done: JSON where that is asked for (to standard error where lines went to standard output), else a line. */
static int report(oa_data *d, const options *o, bool lines_on_stdout) {
    bool stats = !strcmp(o->model, "stats");
    FILE *f = lines_on_stdout ? stderr : stdout;
    if (oa_data_report(d)) return fail_data(d);
    const char *all = (const char *)oa_data_result(d), *only = strstr(all, "\"stats\":");
    if (o->json) fprintf(f, "%s\n", all);
    else if (stats && only)
        printf("%.*s\n", (int)(strlen(only) - strlen("\"stats\":") - 1), only + strlen("\"stats\":"));
    else
        fprintf(stderr,
                "%.0f lines of %.0f file%s, %.0f bad, %.0f dropped: %.0f trees, %.0f messages; %.0f lines written\n",
                field(d, "lines"), field(d, "files"), field(d, "files") > 1 ? "s" : "", field(d, "bad"),
                field(d, "dropped"), field(d, "trees"), field(d, "messages"), field(d, "written"));
    const char *rejected = strstr(all, "\"rejected\":"),
               *end = rejected ? strchr(strchr(rejected, '}') + 1, '}') : NULL;
    if (!o->json && end) fprintf(stderr, "%.*s\n", (int)(end + 1 - rejected), rejected);
    return EXIT_OK;
}

int verb_data(const options *o) {
    if (!strcmp(o->model, "tasks") || !strcmp(o->model, "leaderboard")) return data_board(o);
    bool writes = strcmp(o->model, "stats") && strcmp(o->model, "validate"), failed = false;
    oa_data *d = oa_data_new();
    if (!d) return fail_line("no memory");
    int rc = begin(d, o);
    if (!rc && !o->n_texts) {
        fprintf(stderr, "oa data %s: a FILE is needed; - is standard input\n", o->model);
        rc = EXIT_MISUSE;
    }
    for (int i = 0; i < o->n_texts && !rc; i++) rc = read_file(d, o->texts[i]);
    if (!rc && oa_data_end(d)) {
        rc = fail_data(d);
        failed = !writes; /* what is wrong is in the report */
    }
    if (!rc && writes) rc = o->out ? write_file(d, o->out) : write_lines(d, stdout, false);
    if (!rc || failed) {
        int said = report(d, o, writes && !o->out);
        if (!rc) rc = said;
    }
    oa_data_free(d);
    return rc;
}
