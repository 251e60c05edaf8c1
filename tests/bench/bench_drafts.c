/* What several answers at once cost beside one: `make bench-drafts`. The default model, TOKENS tokens of each answer
 * behind one prompt, on one thread and on two; medians of ROUNDS interleaved rounds. A line: milliseconds for a token
 * of each, and the ratio to one answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/oa.h"
#include "base/json.h"

enum { TOKENS = 48, ROUNDS = 5, PIECE = 1 << 20 };
static const int counts[] = {1, 2, 4, 8};
enum { N_COUNTS = sizeof counts / sizeof *counts };

static oa *load(const char *path, int threads) {
    oa *o = oa_new(threads);
    FILE *f = fopen(path, "rb");
    char options[64];
    if (!o || !f) return NULL;
    fseek(f, 0, SEEK_END);
    long size = ftell(f);
    rewind(f);
    snprintf(options, sizeof options, "{\"files\":[%ld]}", size);
    int rc = oa_load_begin(o, options, strlen(options));
    for (long at = 0; !rc && at < size;) {
        size_t n = size - at < PIECE ? (size_t)(size - at) : PIECE;
        uint8_t *room = oa_load_room(o, n);
        rc = !room || fread(room, 1, n, f) != n || oa_load_push(o, n);
        at += (long)n;
    }
    fclose(f);
    return rc || oa_load_end(o) ? NULL : o;
}

/* Milliseconds for a token of each of n answers. */
static double run(oa *o, int n) {
    char request[1024];
    int at = snprintf(request, sizeof request,
                      "{\"messages\":[{\"role\":\"user\",\"content\":\"Tell me a story about a lighthouse keeper.\"}],"
                      "\"temperature\":1,\"speculate\":false,\"max_tokens\":%d,\"logit_bias\":{\"2\":-100,\"0\":-100},"
                      "\"drafts\":[",
                      (int)TOKENS);
    for (int i = 0; i < n; i++)
        at += snprintf(request + at, sizeof request - (size_t)at, "%s{\"seed\":%d}", i ? "," : "", i);
    snprintf(request + at, sizeof request - (size_t)at, "]}");
    int event = 0, over = 0;
    double ms = 0;
    if (oa_begin(o, request, strlen(request))) return -1;
    while (over < n) {
        if (oa_step(o, &event)) return -1;
        if (event != OA_DONE) continue;
        const json *j = NULL;
        if (json_parse(&j, bytes_of(oa_result(o), oa_result_len(o)), NULL)) return -1;
        ms = json_number(json_get(json_get(j, "timings"), "decode_ms"), -1);
        json_close(j);
        over++;
    }
    return ms / (TOKENS - 1);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    for (int threads = 1; threads <= 2; threads++) {
        double ms[N_COUNTS][ROUNDS], one = 0;
        oa *o = load(argv[1], threads);
        if (!o) return 1;
        run(o, 1); /* warms up */
        for (int r = 0; r < ROUNDS; r++)
            for (int i = 0; i < N_COUNTS; i++) ms[i][r] = run(o, counts[i]);
        for (int i = 0; i < N_COUNTS; i++) {
            qsort(ms[i], ROUNDS, sizeof **ms, by_value);
            double median = ms[i][ROUNDS / 2];
            if (i == 0) one = median;
            printf("%d thread%s, %d answer%s: %6.2f ms, %.2f of one\n", threads, threads > 1 ? "s" : " ", counts[i],
                   counts[i] > 1 ? "s" : " ", median, median / one);
        }
        oa_free(o);
    }
    return 0;
}
