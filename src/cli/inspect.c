/* tokenize, logits, perplexity, embed, bench, info. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

/* A count that was given; -1, which nothing takes, where it is no whole number. */
static int number(const char *given, int otherwise) {
    if (!given) return otherwise;
    char *end;
    double v = strtod(given, &end);
    return *given && !*end && v >= 0 && v <= INT_MAX && v == (int)v ? (int)v : -1;
}

int verb_tokenize(const options *o) {
    size_t n;
    int rc = EXIT_FAILED;
    char *input = load_text("-", &n);
    oa *core = input ? load_model(o) : NULL;
    if (core && oa_tokenize(core, input, n, o->special)) fail_core(core);
    else if (core) {
        size_t count = oa_result_len(core) / sizeof(int32_t);
        if (o->json) putchar('[');
        for (size_t i = 0; i < count; i++) {
            int32_t id;
            memcpy(&id, oa_result(core) + i * sizeof id, sizeof id);
            printf(o->json ? (i ? ",%d" : "%d") : (i ? " %d" : "%d"), (int)id);
        }
        puts(o->json ? "]" : "");
        rc = EXIT_OK;
    }
    oa_free(core);
    text_free(input);
    return rc;
}

/* "ids" and "top" are for programs, so this prints JSON with and without --json. */
int verb_logits(const options *o) {
    if (!o->prompt) {
        fprintf(stderr, "oa logits: -p TEXT is needed\n");
        return EXIT_MISUSE;
    }
    oa *core = load_model(o);
    if (!core) return EXIT_FAILED;
    int rc = oa_logits(core, o->prompt, strlen(o->prompt), number(o->top, 20)) ? fail_core(core) : print_result(core);
    oa_free(core);
    return rc;
}

int verb_perplexity(const options *o) {
    size_t n;
    int rc = EXIT_FAILED;
    char *input = load_text(o->file, &n);
    oa *core = input ? load_model(o) : NULL;
    if (core && oa_perplexity(core, input, n)) fail_core(core);
    else if (core) {
        if (o->json) print_result(core);
        else printf("%.4f over %.0f tokens\n", json_field(core, "perplexity"), json_field(core, "tokens"));
        rc = EXIT_OK;
    }
    oa_free(core);
    text_free(input);
    return rc;
}

static int embed_text(oa *core, const options *o, const char *given, size_t n) {
    text t = {0};
    int event = 0;
    text_str(&t, "{\"embed\":");
    text_json(&t, core, o->pooling ? o->pooling : "mean", strlen(o->pooling ? o->pooling : "mean"));
    text_str(&t, ",\"prompt\":");
    text_json(&t, core, given, n);
    text_str(&t, "}");
    int rc = oa_begin(core, t.ptr, t.n);
    free(t.ptr);
    while (!rc && event != OA_DONE) rc = oa_step(core, &event);
    if (rc) return fail_core(core);
    const char *from = strchr((const char *)oa_result(core), '['), *to = strchr(from, ']');
    for (const char *c = from + !o->json; c < to + o->json; c++) putchar(*c == ',' && !o->json ? ' ' : *c);
    putchar('\n');
    return EXIT_OK;
}

static int embed_lines(oa *core, const options *o) {
    size_t n;
    char *input = load_text("-", &n);
    int rc = input ? EXIT_OK : EXIT_FAILED;
    for (size_t at = 0, line = 1; !rc && at < n; line++) {
        const char *end = memchr(input + at, '\n', n - at);
        size_t len = (end ? (size_t)(end - input) : n) - at;
        size_t shown = len && input[at + len - 1] == '\r' ? len - 1 : len;
        rc = shown ? embed_text(core, o, input + at, shown)
                   : fail_line("line %zu is empty: there is nothing to embed", line);
        at += len + 1;
    }
    text_free(input);
    return rc;
}

int verb_embed(const options *o) {
    oa *core = load_model(o);
    int rc = core ? EXIT_OK : EXIT_FAILED;
    if (!rc && !o->n_texts) rc = embed_lines(core, o);
    for (int i = 0; !rc && i < o->n_texts; i++) {
        if (!strcmp(o->texts[i], "-")) rc = embed_lines(core, o);
        else if (*o->texts[i]) rc = embed_text(core, o, o->texts[i], strlen(o->texts[i]));
        else rc = fail_line("TEXT %d is empty: there is nothing to embed", i + 1);
    }
    oa_free(core);
    return rc;
}

/* Facts of the load and of the run together. */
int verb_bench(const options *o) {
    int n_prompt = number(o->prompt, 256), n_gen = number(o->max_tokens, 64);
    if (n_prompt < 1 || n_gen < 1) {
        fprintf(stderr, "oa bench: -p and -n are numbers of tokens, 1 or more\n");
        return EXIT_MISUSE;
    }
    oa *core = load_model(o);
    if (!core) return EXIT_FAILED;
    int rc = EXIT_OK;
    if (oa_info(core)) rc = fail_core(core);
    double threads = json_field(core, "threads"), load_ms = json_field(core, "load_ms");
    if (!rc && oa_bench(core, n_prompt, n_gen)) rc = fail_core(core);
    double prefill = json_field(core, "prefill_tps"), decode = json_field(core, "decode_tps");
    if (!rc && o->json)
        printf("{\"load_ms\":%.1f,\"prefill_tps\":%.2f,\"decode_tps\":%.2f,\"threads\":%.0f,\"variant\":\"%s\",\"peak_"
               "mb\":%.1f}\n",
               load_ms, prefill, decode, threads, oa_variant(), peak_mb());
    else if (!rc)
        printf("load %.0f ms, prefill %.1f tokens/s, decode %.1f tokens/s, %.0f threads, %s, %.0f MB\n", load_ms,
               prefill, decode, threads, oa_variant(), peak_mb());
    oa_free(core);
    return rc;
}

int verb_info(const options *o) {
    oa *core = load_model(o);
    if (!core) return EXIT_FAILED;
    int rc = oa_info(core) ? fail_core(core) : print_result(core);
    oa_free(core);
    return rc;
}
