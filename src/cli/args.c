/* Flags: one table says name, kind, place and help of each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

enum kind { KIND_TEXT, KIND_NUMBER, KIND_SWITCH, KIND_STOP };

static const struct flag {
    const char *name;
    enum kind kind;
    size_t at;
    const char *help;
} flags[] = {
    {"-p", KIND_TEXT, offsetof(options, prompt), "TEXT   the prompt; - reads standard input (bench: how many tokens)"},
    {"-s", KIND_TEXT, offsetof(options, system), "TEXT   the system prompt"},
    {"-n", KIND_NUMBER, offsetof(options, max_tokens), "N      tokens at most"},
    {"--temp", KIND_NUMBER, offsetof(options, temp),
     "T      temperature; 0 is greedy (default: 0.7 for chat, 0 for complete)"},
    {"--top-k", KIND_NUMBER, offsetof(options, top_k), "K      only the K likeliest tokens; 0 is off"},
    {"--top-p", KIND_NUMBER, offsetof(options, top_p), "P      only the likeliest tokens that add up to P"},
    {"--min-p", KIND_NUMBER, offsetof(options, min_p),
     "P      only tokens at least P times as likely as the likeliest"},
    {"--typical-p", KIND_NUMBER, offsetof(options, typical_p), "P      locally typical sampling"},
    {"--repeat-penalty", KIND_NUMBER, offsetof(options, repeat_penalty), "X      above 1 discourages repetition"},
    {"--presence-penalty", KIND_NUMBER, offsetof(options, presence_penalty),
     "X      subtracted from the logit of every token that occurred"},
    {"--frequency-penalty", KIND_NUMBER, offsetof(options, frequency_penalty), "X      the same for each occurrence"},
    {"--seed", KIND_NUMBER, offsetof(options, seed), "S      same seed, same answer (data: same ids)"},
    {"--stop", KIND_STOP, 0, "TEXT   end where TEXT would appear; may be repeated"},
    {"--json-schema", KIND_TEXT, offsetof(options, json_schema),
     "SCHEMA the answer is JSON that this JSON Schema allows: a file, or the schema itself"},
    {"--regex", KIND_TEXT, offsetof(options, regex), "REGEX  the whole answer matches this regular expression"},
    {"--grammar", KIND_TEXT, offsetof(options, grammar),
     "GBNF   the answer is of this grammar: a file, or the rules themselves"},
    {"--no-speculate", KIND_SWITCH, offsetof(options, no_speculate),
     "compute every token by itself: the same answer, slower where it repeats what was said"},
    {"--top", KIND_NUMBER, offsetof(options, top), "K      how many to list (20)"},
    {"--pooling", KIND_TEXT, offsetof(options, pooling), "HOW    mean (default) of the tokens' final states, or last"},
    {"--port", KIND_NUMBER, offsetof(options, port), "N      where it listens (8081); 0 is any that is free"},
    {"--cors", KIND_TEXT, offsetof(options, cors), "ORIGIN pages from there may ask; * is any (default: none)"},
    {"-t", KIND_NUMBER, offsetof(options, threads), "N      threads (default: one a processor, at most 8)"},
    {"-c", KIND_NUMBER, offsetof(options, context), "N      context in tokens (default: the model's, at most 4096)"},
    {"--exact", KIND_SWITCH, offsetof(options, exact), "float activations: slower, for comparison with references"},
    {"-o", KIND_TEXT, offsetof(options, out),
     "FILE   where it is written, packed where the name ends in .gz (default: standard output)"},
    {"--form", KIND_TEXT, offsetof(options, form), "FORM   trees (default), messages, threads, sft, preference, kto"},
    {"--from", KIND_TEXT, offsetof(options, from),
     "WHAT   alpaca, dolly, squad, nq, sharegpt, hh-rlhf, prompts, oasst (default: by the keys)"},
    {"--frame", KIND_TEXT, offsetof(options, frame), "FRAME  leaderboard: day, week, month, total (default)"},
    {"--user", KIND_TEXT, offsetof(options, user),
     "ID     tasks: what there is for this person (default: for anybody)"},
    {"--config", KIND_TEXT, offsetof(options, config),
     "JSON   tasks, leaderboard: parameters other than Open Assistant's, as {\"goal_tree_size\": 5}"},
    {"--memory", KIND_NUMBER, offsetof(options, memory), "MB     of text at most (1024)"},
    {"--skip-bad", KIND_SWITCH, offsetof(options, skip_bad),
     "leave out lines that are wrong, and replies to messages that are not there"},
    {"--anonymize", KIND_SWITCH, offsetof(options, anonymize), "ids become digests of themselves and the seed"},
    {"--deleted", KIND_SWITCH, offsetof(options, deleted), "rows for trainers of deleted messages, too"},
    {"--special", KIND_SWITCH, offsetof(options, special),
     "read the texts of special tokens as such, and add BOS where the model wants it"},
    {"--json", KIND_SWITCH, offsetof(options, json), "one JSON object on one line"},
};
enum { N_FLAGS = sizeof flags / sizeof *flags };

/* Does the verb take this flag? Names stand between spaces. */
static bool takes(const verb *v, const char *name) {
    size_t n = strlen(name);
    for (const char *p = v->takes; (p = strstr(p, name)); p += n)
        if (p > v->takes && p[-1] == ' ' && p[n] == ' ') return true;
    return false;
}

static int misuse(const verb *v, const char *what, const char *arg) {
    fprintf(stderr, "oa %s: %s %s; `oa %s --help` shows what there is\n", v->name, what, arg, v->name);
    return EXIT_MISUSE;
}

static bool is_number(const char *s) {
    char *end;
    double v = strtod(s, &end);
    return *s && strspn(s, "+-0123456789.eE") == strlen(s) && !*end && v == v;
}

static int set(options *o, const verb *v, const struct flag *f, const char *value) {
    if (f->kind == KIND_NUMBER && !is_number(value)) return misuse(v, "a number is needed, not", value);
    if (f->kind == KIND_STOP) {
        if (o->n_stops == CLI_STOPS_MAX) return misuse(v, "too many of", f->name);
        o->stop[o->n_stops++] = value;
        return EXIT_OK;
    }
    *(const char **)(void *)((char *)o + f->at) = value;
    return EXIT_OK;
}

static const struct flag *find(const verb *v, const char *name) {
    for (int i = 0; i < N_FLAGS; i++)
        if (!strcmp(flags[i].name, name) && takes(v, name)) return &flags[i];
    return NULL;
}

static int operand(options *o, const verb *v, char *arg) {
    if (!o->model) o->model = arg;
    else if (!o->file && strstr(v->operands, " FILE")) o->file = arg;
    else if (strstr(v->operands, "TEXT") || strstr(v->operands, "FILES")) o->texts[o->n_texts++] = arg;
    else return misuse(v, "one operand too many:", arg);
    return EXIT_OK;
}

int args_read(options *o, const verb *v, int argc, char **argv) {
    bool only_operands = false;
    o->texts = argv; /* there are fewer of them than of arguments that were read */
    for (int i = 0; i < argc; i++) {
        int rc = EXIT_OK;
        if (only_operands || argv[i][0] != '-' || !argv[i][1]) {
            rc = operand(o, v, argv[i]);
        } else if (!strcmp(argv[i], "--")) {
            only_operands = true;
        } else {
            const struct flag *f = find(v, argv[i]);
            if (!f) rc = misuse(v, "there is no flag", argv[i]);
            else if (f->kind == KIND_SWITCH) *((bool *)(void *)((char *)o + f->at)) = true;
            else if (i + 1 == argc) rc = misuse(v, "a value is missing after", argv[i]);
            else rc = set(o, v, f, argv[++i]);
        }
        if (rc) return rc;
    }
    if (!o->model) return misuse(v, "an operand is missing:", v->operands);
    if (strstr(v->operands, " FILE") && !o->file) return misuse(v, "an operand is missing:", v->operands);
    return EXIT_OK;
}

void args_help(const verb *v) {
    if (v) {
        printf("oa %s %s [flags]: %s\n", v->name, v->operands, v->help);
        for (int i = 0; i < N_FLAGS; i++)
            if (takes(v, flags[i].name)) printf("  %-20s %s\n", flags[i].name, flags[i].help);
        return;
    }
    printf("oa VERB MODEL [flags]: an assistant in a GGUF file\n\n");
    for (v = verbs; v->name; v++) printf("  %-11s %-15s %s\n", v->name, v->operands, v->help);
    printf("\n`oa VERB --help` lists a verb's flags. Exit status: 0 done, 1 failed, 2 misuse.\n");
}
