/* The default model's tokenizer for tests: of its file they read the head alone. */
#ifndef UNIT_TOK_MODEL_H
#define UNIT_TOK_MODEL_H

#include <stdio.h>
#include <time.h>

#include "base/mem.h"
#include "text/tokenizer_impl.h"

#define TOK_MODEL_FILE "build/models/SmolLM2-135M-Instruct.Q4_1.gguf"
enum { TOK_MODEL_HEAD = 4 << 20, TOK_MODEL_BYTES = 98362432 };

typedef struct tok_model {
    uint8_t *head;
    gguf *g;
} tok_model;

static inline void tok_model_clear(tok_model *m) {
    gguf_close(m->g);
    mem_free(m->head);
}

static inline bool tok_model_read(tok_model *m) {
    err e = {0};
    uint64_t need;
    FILE *f = fopen(TOK_MODEL_FILE, "rb");
    *m = (tok_model){0};
    if (!f) {
        printf("%s is missing: make weights\n", TOK_MODEL_FILE);
        return false;
    }
    m->head = mem_new(TOK_MODEL_HEAD);
    size_t n = m->head ? fread(m->head, 1, TOK_MODEL_HEAD, f) : 0;
    fclose(f);
    if (!gguf_open(&m->g, bytes_of(m->head, n), TOK_MODEL_BYTES, &need, &e)) return true;
    printf("%s\n", e.text);
    tok_model_clear(m);
    return false;
}

/* With the pre-tokenizer of that name, or with its own where that is NULL. NULL, and a line, after failure. */
static inline tokenizer *tok_model_open(const tok_model *m, const char *pre) {
    err e = {0};
    tokenizer *t = NULL;
    if (tok_open_as(&t, m->g, pre, &e)) printf("%s\n", e.text);
    return t;
}

#endif
