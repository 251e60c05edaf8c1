/* text/tokenizer on any bytes: no fault, no leak, and what the header promises of encoding and shielding. The input's
 * first byte picks the pre-tokenizer and what follows: a GGUF head to open, or a text for a small vocabulary of all
 * bytes. */
#include <stdlib.h>

#include "base/utf8.h"
#include "text/tokenizer_impl.h"

static void promise(bool kept) {
    if (!kept) abort();
}

static const char *const rows[] = {"smollm",  "gpt-2",       "llama-bpe",      "qwen2",        "qwen35", "tekken",
                                   "gpt-4o",  "deepseek-v3", "deepseek-coder", "deepseek-llm", "falcon", "viking",
                                   "default", "mpt",         "bloom",          "seed-coder"};

static void put_u32(buf *b, uint32_t v) {
    for (int i = 0; i < 4; i++) buf_byte(b, (uint8_t)(v >> 8 * i));
}
static void put_str(buf *b, const char *s) {
    put_u32(b, (uint32_t)strlen(s));
    put_u32(b, 0);
    buf_str(b, s);
}
static void put_array(buf *b, const char *key, uint32_t item, uint32_t n) {
    put_str(b, key);
    put_u32(b, GGUF_ARRAY);
    put_u32(b, item);
    put_u32(b, n);
    put_u32(b, 0);
}

/* All bytes, a few merges, three control tokens and a user-defined one. */
static void write_head(buf *b) {
    static const char *const more[] = {"<|a|>", "<|ab", "\xe4\xb8\xad", "[x]", "aa", "aaaa", "th", "the"};
    static const char *const merges[] = {"a a", "aa aa", "t h", "th e"};
    buf_str(b, "GGUF");
    put_u32(b, 3);
    for (int i = 0; i < 2; i++) put_u32(b, 0);
    put_u32(b, 4);
    put_u32(b, 0);
    put_str(b, "tokenizer.ggml.model");
    put_u32(b, GGUF_STRING);
    put_str(b, "gpt2");
    put_array(b, "tokenizer.ggml.tokens", GGUF_STRING, 264);
    for (int i = 0; i < 8; i++) put_str(b, more[i]);
    for (uint32_t i = 0, next = 256; i < 256; i++) {
        char text[5] = {0};
        bool printable = (i >= 33 && i <= 126) || (i >= 161 && i <= 172) || i >= 174;
        utf8_encode((uint8_t *)text, printable ? i : next);
        next += !printable;
        put_str(b, text);
    }
    put_array(b, "tokenizer.ggml.token_type", GGUF_I32, 264);
    for (int i = 0; i < 264; i++) put_u32(b, i < 3 ? 3 : i == 3 ? 4 : 1);
    put_array(b, "tokenizer.ggml.merges", GGUF_STRING, 4);
    for (int i = 0; i < 4; i++) put_str(b, merges[i]);
}

static void decode(const tokenizer *t, const ids *a, buf *out) {
    for (size_t i = 0; i < a->n; i++) tok_decode(t, a->id[i], true, out);
}

/* `normalizes`: the row works on NFC, so that other bytes may come back. */
static void check_text(const tokenizer *t, bytes text, bool normalizes) {
    ids a = {0}, b = {0};
    buf back = {0}, shielded = {0};
    err e;
    promise(tok_encode(t, text, false, &a, &e) == OK);
    decode(t, &a, &back);
    promise(normalizes || bytes_eq(buf_view(&back), text));
    tok_shield(t, text, &shielded);
    promise(tok_encode(t, buf_view(&shielded), true, &b, &e) == OK);
    for (size_t i = 0; i < b.n; i++) promise(!tok_is_control(t, b.id[i]));
    b.n = 0;
    promise(tok_encode(t, text, true, &b, &e) == OK);
    ids_clear(&a);
    ids_clear(&b);
    buf_clear(&back);
    buf_clear(&shielded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!size) return 0;
    const char *row = rows[data[0] & 15];
    bool file = data[0] & 16;
    bytes rest = bytes_of(data + 1, size - 1);
    buf head = {0};
    if (!file) write_head(&head);
    bytes bytes_in = file ? rest : buf_view(&head);
    gguf *g = NULL;
    tokenizer *t = NULL;
    uint64_t need;
    err e = {0};
    if (!gguf_open(&g, bytes_in, bytes_in.len, &need, &e)) {
        int rc = tok_open_as(&t, g, data[0] & 32 ? NULL : row, &e);
        promise(rc == OK || ((rc == ERR_CORRUPT || rc == ERR_UNSUPPORTED || rc == ERR_MEMORY) && e.text[0] && !t));
        if (t && !file) check_text(t, rest, !strcmp(row, "qwen2") || !strcmp(row, "qwen35") || !strcmp(row, "mpt"));
        ids a = {0};
        buf b = {0};
        if (t && file && !tok_encode(t, rest, true, &a, &e)) decode(t, &a, &b);
        if (t && file) tok_shield(t, rest, &b);
        ids_clear(&a);
        buf_clear(&b);
    }
    tok_close(t);
    gguf_close(g);
    buf_clear(&head);
    return 0;
}
