/* chat and complete. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

/* Ctrl-C stops the answer, not the program; set by the handler, hence global. */
static volatile sig_atomic_t interrupted;

#ifndef __wasi__
static void on_interrupt(int number) {
    (void)number;
    interrupted = 1;
}
#endif

/* A number as JSON writes it, however it was typed (".5", "+1"); args.c has checked that it is one. */
static void member(text *t, const char *name, const char *value) {
    char s[96];
    if (!value) return;
    snprintf(s, sizeof s, ",\"%s\":%.17g", name, strtod(value, NULL));
    text_str(t, s);
}

/* A source that is a file's name, or stands there itself; NULL when it printed why not. *owned is to be freed. */
static const char *source_text(const char *given, bool itself, size_t *n, char **owned) {
    *owned = NULL;
    if (!itself) return *owned = load_text(given, n);
    *n = strlen(given);
    return given;
}

/* What the answer must be, as a member. */
static int constraint(text *t, const options *o, oa *core) {
    const char *given = o->json_schema ? o->json_schema : o->grammar ? o->grammar : o->regex;
    char *owned;
    size_t n;
    if (!given) return EXIT_OK;
    if (!!o->json_schema + !!o->grammar + !!o->regex > 1)
        return fail_line("--json-schema, --regex and --grammar exclude each other; give one of them");
    bool itself = o->json_schema ? *given == '{' : o->regex || strstr(given, "::=");
    const char *source = source_text(given, itself, &n, &owned);
    if (!source) return EXIT_FAILED;
    text_str(t, o->json_schema ? ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":"
                : o->grammar   ? ",\"response_format\":{\"type\":\"grammar\",\"grammar\":"
                               : ",\"response_format\":{\"type\":\"regex\",\"regex\":");
    text_json(t, core, source, n);
    text_str(t, o->json_schema ? "}}" : "}");
    text_free(owned);
    return EXIT_OK;
}

/* Sampling flags as members; without --seed a chat differs every time. */
static void sampling(text *t, const options *o, oa *core, const char *temp) {
    char seed[32];
    snprintf(seed, sizeof seed, "%lld", (long long)time(NULL));
    member(t, "max_tokens", o->max_tokens);
    member(t, "temperature", o->temp ? o->temp : temp);
    member(t, "top_k", o->top_k);
    member(t, "top_p", o->top_p);
    member(t, "min_p", o->min_p);
    member(t, "typical_p", o->typical_p);
    member(t, "repeat_penalty", o->repeat_penalty);
    member(t, "presence_penalty", o->presence_penalty);
    member(t, "frequency_penalty", o->frequency_penalty);
    member(t, "seed", o->seed ? o->seed : seed);
    if (o->no_speculate) text_str(t, ",\"speculate\":false");
    text_str(t, ",\"stop\":[");
    for (int i = 0; i < o->n_stops; i++) {
        if (i) text_str(t, ",");
        text_json(t, core, o->stop[i], strlen(o->stop[i]));
    }
    text_str(t, o->json ? "],\"stream\":false}" : "]}");
}

/* Steps to the end, printing as it comes; what was said goes to *answer where it is not NULL. */
static int answer(oa *core, const options *o, text *said) {
    int event = 0, rc = 0;
    interrupted = 0;
    while (!rc && event != OA_DONE) {
        rc = interrupted ? oa_stop(core) : oa_step(core, &event);
        if (interrupted) event = OA_DONE;
        if (rc || event == OA_PREFILL) continue;
        if (said) text_add(said, oa_text(core), oa_text_len(core));
        if (!o->json) print_text(oa_text(core), oa_text_len(core));
    }
    if (rc) return fail_core(core);
    if (o->json) return print_result(core);
    putchar('\n');
    fflush(stdout);
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\033[2m%.0f tokens, %.1f tokens/s, %.0f of the context used\033[0m\n",
                json_field(core, "completion_tokens"), json_field(core, "decode_tps"),
                json_field(core, "context_used"));
    return EXIT_OK;
}

/* The text of -p: itself, or standard input. *owned is to be freed. */
static const char *prompt_text(const char *given, size_t *n, char **owned) {
    *owned = NULL;
    if (strcmp(given, "-")) {
        *n = strlen(given);
        return given;
    }
    return *owned = load_text("-", n);
}

int verb_complete(const options *o) {
    size_t n;
    char *owned;
    if (!o->prompt) {
        fprintf(stderr, "oa complete: -p TEXT is needed; -p - reads standard input\n");
        return EXIT_MISUSE;
    }
    const char *prompt = prompt_text(o->prompt, &n, &owned);
    if (!prompt) return EXIT_FAILED;
    oa *core = load_model(o);
    int rc = EXIT_FAILED;
    if (core) {
        text t = {0};
        text_str(&t, "{\"prompt\":");
        text_json(&t, core, prompt, n);
        rc = constraint(&t, o, core);
        sampling(&t, o, core, "0");
        if (!rc) rc = oa_begin(core, t.ptr, t.n) ? fail_core(core) : answer(core, o, NULL);
        free(t.ptr);
    }
    oa_free(core);
    text_free(owned);
    return rc;
}

static void add_message(text *t, oa *core, const char *role, const char *s, size_t n) {
    text_str(t, t->n ? ",{\"role\":\"" : "{\"role\":\"");
    text_str(t, role);
    text_str(t, "\",\"content\":");
    text_json(t, core, s, n);
    text_str(t, "}");
}

/* One turn: adds the user's message and the answer to *talk; a failed turn leaves it as it was. */
static int turn(oa *core, const options *o, text *talk, const char *s, size_t n) {
    text t = {0}, said = {0};
    size_t before = talk->n;
    add_message(talk, core, "user", s, n);
    text_str(&t, "{\"messages\":[");
    text_add(&t, talk->ptr, talk->n);
    text_str(&t, "]");
    int rc = constraint(&t, o, core);
    sampling(&t, o, core, "0.7");
    if (!rc && oa_begin(core, t.ptr, t.n)) rc = fail_core(core);
    if (!rc && json_field(core, "dropped_messages") > 0)
        fprintf(stderr, "(the context is full: the oldest %.0f messages are left out)\n",
                json_field(core, "dropped_messages"));
    if (!rc) rc = answer(core, o, &said);
    if (rc) talk->n = before;
    else add_message(talk, core, "assistant", said.ptr ? said.ptr : "", said.n);
    free(t.ptr);
    free(said.ptr);
    return rc;
}

static void begin_talk(text *talk, oa *core, const options *o) {
    talk->n = 0;
    if (o->system) add_message(talk, core, "system", o->system, strlen(o->system));
}

/* Lines until the end of the input. A failed turn is not the end of a conversation; where no person has seen it fail,
 * the exit status says so. */
static int converse(oa *core, const options *o, text *talk) {
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    bool terminal = isatty(STDIN_FILENO) != 0;
    int rc = EXIT_OK;
    if (terminal) fprintf(stderr, "Type a message. /new begins again, Ctrl-C stops an answer, Ctrl-D or /bye ends.\n");
    for (;;) {
        if (terminal) fprintf(stderr, "\n> ");
        if ((n = getline(&line, &room, stdin)) < 0) break;
        while (n && (line[n - 1] == '\n' || line[n - 1] == '\r')) line[--n] = 0;
        if (!strcmp(line, "/bye")) break;
        if (!strcmp(line, "/new")) begin_talk(talk, core, o);
        else if (n && turn(core, o, talk, line, (size_t)n) && !terminal) rc = EXIT_FAILED;
    }
    if (terminal) fputc('\n', stderr);
    free(line);
    return rc;
}

int verb_chat(const options *o) {
    oa *core = load_model(o);
    text talk = {0};
    size_t n;
    char *owned = NULL;
    int rc = EXIT_FAILED;
    if (!core) return EXIT_FAILED;
#ifndef __wasi__
    signal(SIGINT, on_interrupt);
#endif
    begin_talk(&talk, core, o);
    const char *prompt = o->prompt ? prompt_text(o->prompt, &n, &owned) : NULL;
    if (!o->prompt) rc = converse(core, o, &talk);
    else if (prompt && n == 0) rc = fail_line("the prompt is empty; write something after -p");
    else if (prompt) rc = turn(core, o, &talk, prompt, n);
    text_free(owned);
    free(talk.ptr);
    oa_free(core);
    return rc;
}
