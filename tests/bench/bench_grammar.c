/* What a grammar costs a token: `make bench-grammar`. The default model's vocabulary and a made-up one of 262,144
 * tokens in many scripts; each source read along a text in the tokenizer's own tokens, the first time (every state is
 * new) and again. A line: compiling, then microseconds a token, mean and worst, for the mask, moving on and what is
 * forced. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "infer/grammar.h"
#include "unit/tok_model.h"

enum { LARGE = 262144, PIECE_MAX = 64 };

static double now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* others may use the processor, too */
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

/* ---- A large vocabulary ---- */

static void put_u32(buf *b, uint32_t v) { buf_put(b, &v, sizeof v); }
static void put_u64(buf *b, uint64_t v) { buf_put(b, &v, sizeof v); }
static void put_text(buf *b, const char *s) {
    put_u64(b, strlen(s));
    buf_str(b, s);
}
static void put_key(buf *b, const char *name, uint32_t type) {
    put_text(b, name);
    put_u32(b, type);
}
static void put_array(buf *b, const char *name, uint32_t item, uint64_t n) {
    put_key(b, name, GGUF_ARRAY);
    put_u32(b, item);
    put_u64(b, n);
}

/* GPT-2's stand-in for a byte. */
static uint32_t byte_char(int byte) {
    uint32_t next = 256;
    for (int i = 0; i < 256; i++) {
        bool printable = (i >= 33 && i <= 126) || (i >= 161 && i <= 172) || i >= 174;
        if (i == byte) return printable ? (uint32_t)i : next;
        next += !printable;
    }
    return 0;
}

/* Words of 1 to 10 letters of one script, half of them after a blank; one in twelve is of punctuation. */
static size_t word(rng *r, uint8_t *out) {
    static const uint32_t scripts[][2] = {{'a', 26},   {'a', 26},      {'a', 26},    {0x430, 32},   {0x627, 36},
                                          {0x905, 50}, {0x4e00, 8000}, {0x3041, 80}, {0xac00, 9000}};
    static const char marks[] = "\"\\',.:;!?()[]{}<>/-_=+*&%$#@|~`\n\t 0123456789";
    size_t n = 0;
    bool punctuation = rng_next(r) % 12 == 0;
    const uint32_t *s = scripts[rng_next(r) % 9];
    int letters = s[0] >= 0x3000 ? 1 + (int)(rng_next(r) % 4) : 2 + (int)(rng_next(r) % 9);
    if (rng_next(r) % 2) out[n++] = ' ';
    for (int i = 0; i < letters; i++) {
        if (punctuation) out[n++] = (uint8_t)marks[rng_next(r) % (sizeof marks - 1)];
        else n += utf8_encode(out + n, s[0] + (uint32_t)(rng_next(r) % s[1]));
    }
    return n;
}

static void put_piece(buf *b, const uint8_t *text, size_t n) {
    uint8_t c[4];
    size_t len = 0;
    for (size_t i = 0; i < n; i++) len += utf8_encode(c, byte_char(text[i]));
    put_u64(b, len);
    for (size_t i = 0; i < n; i++) buf_put(b, c, utf8_encode(c, byte_char(text[i])));
}

static int put_vocabulary(buf *b, err *e) {
    rng r;
    map *seen;
    uint32_t n = 257, old;
    int rc = map_open(&seen, LARGE, 1, e);
    uint8_t *texts = mem_array(LARGE, PIECE_MAX);
    if (rc || !texts) return rc ? rc : ERR_MEMORY;
    rng_init(&r, 1);
    put_array(b, "tokenizer.ggml.tokens", GGUF_STRING, LARGE);
    put_text(b, "<end>");
    for (int i = 0; i < 256; i++) put_piece(b, &(uint8_t){(uint8_t)i}, 1);
    while (n < LARGE && !rc) {
        uint8_t *at = texts + (size_t)n * PIECE_MAX;
        size_t len = word(&r, at);
        rc = map_put(seen, bytes_of(at, len), n, &old, e);
        if (len < 2 || old != MAP_NONE) continue;
        put_piece(b, at, len);
        n++;
    }
    put_array(b, "tokenizer.ggml.token_type", GGUF_I32, LARGE);
    for (uint32_t i = 0; i < LARGE; i++) put_u32(b, i ? 1 : 3);
    map_close(seen);
    mem_free(texts);
    return rc;
}

static int open_large(tokenizer **tok, gguf **g, buf *file, err *e) {
    uint64_t need;
    buf_str(file, "GGUF");
    put_u32(file, 3);
    put_u64(file, 0);
    put_u64(file, 6);
    put_key(file, "tokenizer.ggml.model", GGUF_STRING);
    put_text(file, "gpt2");
    put_key(file, "tokenizer.ggml.pre", GGUF_STRING);
    put_text(file, "smollm");
    put_key(file, "tokenizer.ggml.eos_token_id", GGUF_U32);
    put_u32(file, 0);
    put_array(file, "tokenizer.ggml.merges", GGUF_STRING, 0);
    int rc = put_vocabulary(file, e);
    while (file->len % 32) buf_byte(file, 0);
    if (!rc) rc = gguf_open(g, buf_view(file), file->len, &need, e);
    return rc ? rc : tok_open(tok, *g, e);
}

/* ---- Measuring ---- */

#define SCHEMA(s) "{\"type\":\"json_schema\",\"json_schema\":{\"schema\":" s "}}"
static const struct {
    const char *name, *format, *text;
} all[] = {
    {"json_object", "{\"type\":\"json_object\"}",
     "{\"name\": \"Ann Example\", \"about\": \"She reads, plays chess and likes long walks by the sea.\", \"list\": "
     "[1, 2.5, true, null, \"x\"], \"more\": {\"a\": \"b\"}}"},
    {"a record",
     SCHEMA("{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},\"age\":{\"type\":\"integer\","
            "\"minimum\":0},\"email\":{\"type\":\"string\"},"
            "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"about\":{\"type\":\"string\"}},"
            "\"required\":[\"name\",\"age\",\"email\",\"tags\",\"about\"]}"),
     "{\"name\": \"Ann Example\", \"age\": 31, \"email\": \"ann@example.org\", \"tags\": [\"new\", \"reader\", "
     "\"chess\"], \"about\": \"She reads, plays chess and likes long walks.\"}"},
    {"bounded text", SCHEMA("{\"type\":\"array\",\"items\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":40}}"),
     "[\"one line of text\", \"another one, a bit longer\", \"and the third\", \"a last one for the end\"]"},
    {"long text", SCHEMA("{\"type\":\"string\",\"maxLength\":2000}"),
     "\"A text of some length, whose end is not near, goes on and on, sentence after sentence, until it is told to "
     "stop.\""},
    {"pattern", SCHEMA("{\"type\":\"string\",\"pattern\":\"^[A-Z][a-z]+( [a-z]+)*\\\\.$\"}"),
     "\"The quick brown fox jumps over the lazy dog and runs away.\""},
    {"regex .*", "{\"type\":\"regex\",\"regex\":\"(.*\\\\n)*\"}",
     "A line of text, and\nanother one of about the same length.\n"},
    {"GBNF", "{\"type\":\"grammar\",\"grammar\":\"root ::= (\\\"- \\\" [^\\\\n]{1,80} \\\"\\\\n\\\")+\"}",
     "- the first thing to do\n- the second, which takes longer\n"},
};

typedef struct cost {
    double sum, worst;
    size_t n;
} cost;

static int read_along(grammar *g, const ids *text, cost *c, err *e) {
    const uint32_t *bits;
    ids forced = {0};
    int rc = OK;
    grammar_reset(g);
    for (size_t i = 0; i < text->n && !rc; i++) {
        double start = now_us();
        rc = grammar_mask(g, &bits, e);
        if (!rc) rc = grammar_accept(g, text->id[i], e);
        if (!rc) rc = grammar_forced(g, &forced, e);
        double took = now_us() - start;
        forced.n = 0;
        c->sum += took;
        c->n++;
        if (took > c->worst) c->worst = took;
    }
    ids_clear(&forced);
    return rc;
}

static int measure(const vocab_trie *v, const tokenizer *tok, size_t i, err *e) {
    const json *j = NULL;
    grammar *g = NULL;
    ids text = {0};
    cost first = {0}, again = {0};
    int rc = json_parse(&j, bytes_str(all[i].format), e);
    double start = now_us();
    if (!rc) rc = grammar_open(&g, v, j, e);
    double opened = now_us() - start;
    if (!rc) rc = tok_encode(tok, bytes_str(all[i].text), false, &text, e);
    if (!rc) rc = read_along(g, &text, &first, e);
    for (int k = 0; k < 20 && !rc; k++) rc = read_along(g, &text, &again, e);
    if (!rc)
        printf("%-14s %8.2f ms %8.1f %8.1f %8.2f %8.1f\n", all[i].name, opened / 1000, first.sum / (double)first.n,
               first.worst, again.sum / (double)again.n, again.worst);
    ids_clear(&text);
    grammar_close(g);
    if (j) json_close(j);
    return rc;
}

static int measure_all(const tokenizer *tok, err *e) {
    vocab_trie *v = NULL;
    double start = now_us();
    int rc = vocab_trie_open(&v, tok, (uint32_t)tok_count(tok), e);
    printf("%d tokens: tree in %.1f ms\n%-14s %11s %17s %17s\n", tok_count(tok), (now_us() - start) / 1000, "",
           "compile", "new: us, worst", "again: us, worst");
    for (size_t i = 0; i < sizeof all / sizeof *all && !rc; i++) rc = measure(v, tok, i, e);
    vocab_trie_close(v);
    return rc;
}

int main(void) {
    tok_model m;
    err e = {0};
    if (!tok_model_read(&m)) return 1;
    tokenizer *tok = tok_model_open(&m, NULL);
    int rc = measure_all(tok, &e);
    tok_close(tok);
    tok_model_clear(&m);
    buf file = {0};
    gguf *g = NULL;
    tok = NULL;
    if (!rc) rc = open_large(&tok, &g, &file, &e);
    if (!rc) rc = measure_all(tok, &e);
    if (rc) printf("%s\n", e.text);
    tok_close(tok);
    gguf_close(g);
    buf_clear(&file);
    return rc != 0;
}
