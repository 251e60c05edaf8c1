/* oa: chat with a model, and look into it, at a terminal. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

#define SAMPLING                                                                                                       \
    " -n --temp --top-k --top-p --min-p --typical-p --repeat-penalty --presence-penalty --frequency-penalty --seed "   \
    "--stop --json-schema --regex --grammar --no-speculate "
#define RUNNING " -t -c --exact --json "

const verb verbs[] = {
    {"chat", " -p -s" SAMPLING RUNNING, "MODEL", "a conversation, or one turn with -p", verb_chat},
    {"complete", " -p" SAMPLING RUNNING, "MODEL", "continues a text (-p TEXT, -p - reads standard input)",
     verb_complete},
    {"tokenize", " --special --json ", "MODEL", "token ids of standard input", verb_tokenize},
    {"logits", " -p --top" RUNNING, "MODEL", "most likely next tokens after -p TEXT, with log-probabilities",
     verb_logits},
    {"perplexity", RUNNING, "MODEL FILE", "how well the model predicts a text", verb_perplexity},
    {"embed", " --pooling" RUNNING, "MODEL [TEXT...]",
     "each TEXT as a vector of unit length; - or none: each line of standard input", verb_embed},
    {"serve", " --port --cors -t -c --exact ", "MODEL", "OpenAI's API on 127.0.0.1", verb_serve},
    {"data", " -o --form --from --skip-bad --anonymize --seed --deleted --memory --frame --user --config --json ",
     "WHAT [FILES...]",
     "import, export, merge, stats, validate, tasks or leaderboard: conversations and ratings in JSON lines",
     verb_data},
    {"bench", " -p -n" RUNNING, "MODEL", "speed: -p prompt tokens (256), -n generated ones (64)", verb_bench},
    {"info", " -t -c --json ", "MODEL", "what a model is", verb_info},
    {NULL, NULL, NULL, NULL, NULL},
};

int main(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "";
    if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
        args_help(NULL);
        return EXIT_OK;
    }
    for (const verb *v = verbs; v->name; v++) {
        if (strcmp(name, v->name)) continue;
        if (argc > 2 && (!strcmp(argv[2], "--help") || !strcmp(argv[2], "-h"))) {
            args_help(v);
            return EXIT_OK;
        }
        options o = {0};
        int rc = args_read(&o, v, argc - 2, argv + 2);
        if (rc) return rc;
        rc = v->run(&o);
        if (fflush(stdout) || ferror(stdout)) return fail_line("standard output cannot be written");
        return rc;
    }
    if (*name) fprintf(stderr, "oa: there is no verb \"%s\"; `oa --help` lists them\n", name);
    else fprintf(stderr, "oa: say what to do; `oa --help` lists the verbs\n");
    return EXIT_MISUSE;
}
