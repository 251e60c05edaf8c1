/* The command line: what its files share. Results go to standard output, everything else to standard error.
 * Functions return the exit status: 0 done, 1 failed (one line was printed), 2 misuse. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "api/oa.h"
#include "api/oa_data.h"

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_MISUSE = 2 };
enum { CLI_STOPS_MAX = 16 };

/* Every flag of every verb; a verb says in its row which ones it takes. */
typedef struct options {
    const char *model, *file; /* positional */
    char **texts;             /* those of "TEXT...", in the room of argv */
    int n_texts;
    const char *prompt, *system;
    const char *json_schema, *regex, *grammar;
    const char *stop[CLI_STOPS_MAX];
    int n_stops;
    const char *max_tokens, *temp, *top_k, *top_p, *min_p, *typical_p, *repeat_penalty, *presence_penalty,
        *frequency_penalty, *seed;
    const char *threads, *context, *top, *n_prompt, *pooling, *port, *cors;
    const char *out, *form, *from, *memory, *frame, *config, *user;
    bool json, exact, special, no_speculate, skip_bad, anonymize, deleted;
} options;

typedef struct verb {
    const char *name;
    const char *takes;    /* long names of its flags, between spaces */
    const char *operands; /* "MODEL", "MODEL FILE", "MODEL [TEXT...]" or "WHAT [FILES...]" */
    const char *help;
    int (*run)(const options *o);
} verb;

extern const verb verbs[]; /* main.c; ends with a NULL name */

/* args.c: EXIT_OK, or prints what is wrong and returns EXIT_MISUSE. */
int args_read(options *o, const verb *v, int argc, char **argv);
void args_help(const verb *v); /* NULL: of all; to standard output */

/* load.c: opens a model, all its files; NULL when it printed why not. Pair: oa_free(). */
oa *load_model(const options *o);
/* A file, or standard input where path is "-", whole; NULL when it printed why not. *n bytes and a 0. Pair:
 * text_free(). */
char *load_text(const char *path, size_t *n);
void text_free(char *text);

/* text.c: a string that grows; running out of memory ends the program. */
typedef struct text {
    char *ptr;
    size_t n, cap;
} text;
void text_add(text *t, const char *s, size_t n);
void text_str(text *t, const char *s);
void text_json(text *t, oa *o, const char *s, size_t n); /* as a JSON string */

/* Prints "oa: REASON" and returns EXIT_FAILED. */
int fail_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
int fail_core(const oa *o); /* the core's reason */
/* A number in the core's own JSON; 0 where it is absent. */
double json_field(const oa *o, const char *name);
/* Prints the core's result and a line break. */
int print_result(const oa *o);
/* Model text for a person: on a terminal, control characters could move the cursor or worse, so they are left out. */
void print_text(const char *s, size_t n);
double peak_mb(void);

/* data.c: a file in pieces, packed or not (named: what push() says is wrong names the file already); the reason why one
 * was not taken. */
int data_read(oa_data *d, const char *path, int (*push)(oa_data *d, const void *piece, size_t n), bool named);
int fail_data(const oa_data *d);
/* board.c: oa data tasks, oa data leaderboard. */
int data_board(const options *o);

int verb_chat(const options *o);
int verb_complete(const options *o);
int verb_tokenize(const options *o);
int verb_logits(const options *o);
int verb_perplexity(const options *o);
int verb_embed(const options *o);
int verb_data(const options *o);
int verb_serve(const options *o);
int verb_bench(const options *o);
int verb_info(const options *o);

#endif
