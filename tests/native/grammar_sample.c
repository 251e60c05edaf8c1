/* Draws texts that a grammar allows, without a model: grammar_sample [MODEL.gguf], with the tokenizer of the model's
 * head or else one of single bytes and a few words. Each line of standard input is {"format": response_format, "n":
 * texts, "seed", "check": [texts]}; each line of standard output {"code", "error"} or {"texts": [...], "ended":
 * [whether each came to its end], "allowed": [whether each checked text is one], "ms": time to compile, "mask_us": mean
 * of a mask, "forced": tokens that needed no mask}. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#endif
#include <stdio.h>
#include <time.h>

#include "base/mem.h"
#include "base/rng.h"
#include "infer/grammar.h"
#include "unit/tiny.h"

enum { TOKENS_MOST = 1500, HASTE_AFTER = 60, HEAD_BYTES = 16 << 20 };

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

typedef struct draw_state {
    const tokenizer *tok;
    uint32_t n_vocab;
    rng r;
    buf piece;
    double *weights;
    double mask_ms;
    uint32_t n_masks, n_forced;
} draw_state;

/* How much a token is wanted: what closes more than what opens, ever more so when the text grows long. */
static double weight(uint8_t c, bool haste) {
    if (c == '}' || c == ']') return haste ? 1e4 : 10;
    if (c == '"') return haste ? 1e7 : 8;
    if (c == '{' || c == '[' || c == ',') return haste ? 0.001 : 2;
    if (c == ' ' || c == '\n' || c >= 0x80) return 0.2;
    return 1;
}

/* weights[2][n_vocab]: without haste and with it. */
static bool find_weights(draw_state *d) {
    d->weights = mem_array((size_t)d->n_vocab * 2, sizeof *d->weights);
    if (!d->weights) return false;
    for (uint32_t id = 0; id < d->n_vocab; id++) {
        buf_reset(&d->piece);
        tok_decode(d->tok, (int)id, false, &d->piece);
        for (int haste = 0; haste < 2; haste++) {
            double w = weight(d->piece.len ? d->piece.ptr[0] : 0, haste);
            d->weights[haste * d->n_vocab + id] = !tok_is_end(d->tok, (int)id) ? w : haste ? 1e6 : 1;
        }
    }
    return true;
}

static int32_t draw(draw_state *d, const uint32_t *bits, int n_tokens) {
    const double *weights = d->weights + (n_tokens > HASTE_AFTER ? d->n_vocab : 0);
    double sum = 0;
    int32_t chosen = TOK_NONE;
    for (uint32_t id = 0; id < d->n_vocab; id++) {
        if (!(bits[id / 32] >> (id % 32) & 1)) continue;
        double w = weights[id];
        sum += w;
        if (rng_uniform(&d->r) * sum < w) chosen = (int32_t)id; /* one pass: kept with its share of what was seen */
    }
    return chosen;
}

/* One text; false, and *e, after an error. */
static bool sample(draw_state *d, grammar *g, buf *text, bool *ended, err *e) {
    ids forced = {0};
    bool ok = true;
    grammar_reset(g);
    *ended = false;
    for (int n = 0; n < TOKENS_MOST && ok && !*ended && !grammar_ended(g); n++) {
        const uint32_t *bits;
        forced.n = 0;
        ok = !grammar_forced(g, &forced, e);
        for (size_t i = 0; ok && i < forced.n; i++) {
            ok = !grammar_accept(g, forced.id[i], e);
            tok_decode(d->tok, forced.id[i], false, text);
            d->n_forced++;
        }
        if (!ok || forced.n) continue;
        double start = now_ms();
        ok = !grammar_mask(g, &bits, e);
        d->mask_ms += now_ms() - start;
        d->n_masks++;
        int32_t id = ok ? draw(d, bits, n) : TOK_NONE;
        if (ok && id == TOK_NONE) ok = fail(e, ERR_STATE, "stuck after %.*s", (int)text->len, (char *)text->ptr), false;
        if (ok && tok_is_end(d->tok, id)) *ended = true;
        else if (ok) ok = !grammar_accept(g, id, e);
        if (ok && !*ended) tok_decode(d->tok, id, false, text);
    }
    *ended = *ended || grammar_ended(g);
    ids_clear(&forced);
    return ok;
}

/* Whether a text, in the tokenizer's own tokens, is one. */
static bool allows(draw_state *d, grammar *g, bytes text) {
    ids all = {0};
    const uint32_t *bits = NULL;
    grammar_reset(g);
    bool ok = !tok_encode(d->tok, text, false, &all, NULL) && grammar_allows(g, all.id, all.n) == all.n;
    for (size_t i = 0; ok && i < all.n; i++) ok = !grammar_accept(g, all.id[i], NULL);
    bool end = false;
    if (ok && !grammar_ended(g) && !grammar_mask(g, &bits, NULL))
        for (uint32_t id = 0; id < d->n_vocab; id++)
            end = end || (tok_is_end(d->tok, (int)id) && bits[id / 32] >> (id % 32) & 1);
    ok = ok && (end || grammar_ended(g));
    ids_clear(&all);
    return ok;
}

static void put_all(draw_state *d, grammar *g, const json *job, double ms, buf *out, err *e) {
    int n = (int)json_number(json_get(job, "n"), 0);
    const json *check = json_get(job, "check");
    buf texts = {0}, ends = {0}, text = {0};
    bool ok = true, ended;
    d->mask_ms = d->n_masks = d->n_forced = 0;
    for (int i = 0; i < n && ok; i++) {
        rng_init(&d->r, (uint64_t)json_number(json_get(job, "seed"), 0) * 1000 + (uint64_t)i);
        buf_reset(&text);
        ok = sample(d, g, &text, &ended, e);
        if (i) buf_byte(&texts, ',');
        if (i) buf_byte(&ends, ',');
        buf_json_str(&texts, buf_view(&text));
        buf_str(&ends, ended ? "true" : "false");
    }
    if (ok) {
        buf_str(out, "{\"texts\":[");
        buf_bytes(out, buf_view(&texts));
        buf_str(out, "],\"ended\":[");
        buf_bytes(out, buf_view(&ends));
        buf_str(out, "],\"allowed\":[");
        for (const json *c = check ? check->first : NULL; c; c = c->next) {
            if (c != check->first) buf_byte(out, ',');
            buf_str(out, allows(d, g, json_string(c, "")) ? "true" : "false");
        }
        buf_printf(out, "],\"ms\":%.3f,\"mask_us\":%.3f,\"masks\":%u,\"forced\":%u}", ms,
                   d->n_masks ? d->mask_ms * 1000 / d->n_masks : 0, d->n_masks, d->n_forced);
    }
    buf_clear(&texts);
    buf_clear(&ends);
    buf_clear(&text);
}

static void answer(draw_state *d, const vocab_trie *v, bytes line, buf *out) {
    const json *job = NULL;
    grammar *g = NULL;
    err e = {0};
    double start = now_ms();
    int rc = json_parse(&job, line, &e);
    if (!rc) rc = grammar_open(&g, v, json_get(job, "format"), &e);
    if (!rc && g) put_all(d, g, job, now_ms() - start, out, &e);
    if (!out->len) {
        buf_printf(out, "{\"code\":\"%s\",\"ms\":%.3f,\"error\":", status_name(e.code), now_ms() - start);
        buf_json_str(out, bytes_str(e.text));
        buf_byte(out, '}');
    }
    grammar_close(g);
    json_close(job);
}

/* The head of a model's file, or a tiny model. */
static bool read_head(const char *path, buf *file) {
    if (!path) {
        tiny_write(file, &(tiny){.type = TENSOR_Q8_0});
        return true;
    }
    FILE *f = fopen(path, "rb");
    static uint8_t block[1 << 16];
    size_t n;
    while (f && file->len < HEAD_BYTES && (n = fread(block, 1, sizeof block, f)) > 0) buf_put(file, block, n);
    if (f) fclose(f);
    return f != NULL;
}

int main(int argc, char **argv) {
    buf file = {0}, line = {0}, out = {0};
    gguf *g = NULL;
    tokenizer *tok = NULL;
    vocab_trie *v = NULL;
    uint64_t need;
    err e = {0};
    if (!read_head(argc > 1 ? argv[1] : NULL, &file)) return 1;
    uint64_t size = argc > 1 ? (uint64_t)1 << 40 : file.len; /* tensors beyond the head are not looked at */
    int rc = gguf_open(&g, buf_view(&file), size, &need, &e);
    if (!rc) rc = tok_open(&tok, g, &e);
    double start = now_ms();
    if (!rc) rc = vocab_trie_open(&v, tok, (uint32_t)tok_count(tok), &e);
    if (rc) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    fprintf(stderr, "%d tokens, read in %.1f ms\n", tok_count(tok), now_ms() - start);
    draw_state d = {.tok = tok, .n_vocab = (uint32_t)tok_count(tok)};
    if (!find_weights(&d)) return 1;
    for (int c; (c = getchar()) != EOF;) {
        if (c != '\n') {
            buf_byte(&line, (uint8_t)c);
            continue;
        }
        buf_reset(&out);
        answer(&d, v, buf_view(&line), &out);
        fwrite(out.ptr, 1, out.len, stdout);
        putchar('\n');
        fflush(stdout);
        buf_reset(&line);
    }
    buf_clear(&d.piece);
    mem_free(d.weights);
    vocab_trie_close(v);
    tok_close(tok);
    gguf_close(g);
    buf_clear(&file);
    buf_clear(&line);
    buf_clear(&out);
    return 0;
}
