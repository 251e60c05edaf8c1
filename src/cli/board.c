/* oa data tasks, oa data leaderboard: what volunteers could do with trees in files, and what they have done. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"

/* {key: value, ...} of texts and, where raw is set, of JSON. */
static void member(text *t, oa *quoter, const char *key, const char *value, bool raw) {
    if (!value) return;
    text_str(t, t->n ? ",\"" : "{\"");
    text_str(t, key);
    text_str(t, "\":");
    if (raw) text_str(t, value);
    else text_json(t, quoter, value, strlen(value));
}

static int begin(oa_data *d, oa *quoter, const options *o) {
    text t = {0};
    char memory[64];
    if (o->memory) snprintf(memory, sizeof memory, "%.17g", strtod(o->memory, NULL) * (1 << 20));
    member(&t, quoter, "seed", o->seed ? o->seed : "", false);
    member(&t, quoter, "user", o->user, false);
    member(&t, quoter, "memory", o->memory ? memory : NULL, true);
    member(&t, quoter, "config", o->config, true);
    text_str(&t, "}");
    int rc = oa_board_begin(d, t.ptr, t.n);
    free(t.ptr);
    if (!rc) return EXIT_OK;
    fprintf(stderr, "oa data %s: %s\n", o->model, oa_data_error(d));
    return EXIT_MISUSE;
}

static int read_all(oa_data *d, const options *o) {
    int rc = EXIT_OK;
    for (int i = 0; i < o->n_texts && !rc; i++) {
        rc = data_read(d, o->texts[i], oa_board_push, false);
        if (!rc && oa_board_push_end(d)) rc = fail_line("%s: %s", o->texts[i], oa_data_error(d));
    }
    return rc;
}

static int ask(oa_data *d, oa *quoter, const options *o) {
    text t = {0};
    char now[32];
    bool tasks = !strcmp(o->model, "tasks");
    snprintf(now, sizeof now, "%lld", (long long)time(NULL) * 1000);
    member(&t, quoter, "do", tasks ? "summary" : "leaderboard", false);
    member(&t, quoter, "frame", o->frame, false);
    member(&t, quoter, "now", now, true);
    text_str(&t, "}");
    int rc = oa_board_call(d, t.ptr, t.n) ? fail_data(d) : EXIT_OK;
    free(t.ptr);
    if (!rc) printf("%s\n", (const char *)oa_data_result(d));
    return rc;
}

int data_board(const options *o) {
    if (!o->n_texts) {
        fprintf(stderr, "oa data %s: a FILE is needed; - is standard input\n", o->model);
        return EXIT_MISUSE;
    }
    oa_data *d = oa_data_new();
    oa *quoter = oa_new(1); /* for JSON strings alone */
    int rc = d && quoter ? begin(d, quoter, o) : fail_line("no memory");
    if (!rc) rc = read_all(d, o);
    if (!rc) rc = ask(d, quoter, o);
    oa_free(quoter);
    oa_data_free(d);
    return rc;
}
