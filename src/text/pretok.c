/* The patterns of published tokenizers, and the scanner for them. */
#include "text/pretok_impl.h"

#include "base/utf8.h"

/* Sources: the pre_tokenizer of each model's tokenizer.json; names as in GGUF files. The first row is GPT-2's
 *   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 * and the third Llama 3's
 *   (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+ */
static const pretok rows[] = {
    {.names = " gpt-2 gpt2 mpt olmo jais "},
    {.names = " smollm starcoder refact command-r codeshell ", .digits_first = true},
    {.names = " llama-bpe llama3 llama-v3 ", .digits = 3, .fold_case = true, .any_prefix = true, .newlines = true, .whole_words = true},
    {.names = " dbrx smaug-bpe ", .digits = 3, .fold_case = true, .any_prefix = true, .newlines = true},
    {.names = " qwen2 stablelm2 deepseek-r1-qwen ", .digits = 1, .fold_case = true, .any_prefix = true, .newlines = true},
};

const pretok *pretok_find(bytes name) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (const char *p = rows[i].names + 1; *p; p += strcspn(p, " ") + 1)
            if (bytes_eq(name, bytes_of(p, strcspn(p, " ")))) return &rows[i];
    return NULL;
}

/* A code point with its class; n == 0 at the end. */
typedef struct glyph {
    uint32_t code;
    size_t n;
    int class;
} glyph;

static glyph glyph_at(const classes *c, bytes text, size_t at) {
    glyph g = {0, 0, CHAR_OTHER};
    if (at >= text.len) return g;
    g.code = text.ptr[at] < 128 ? text.ptr[at] : utf8_decode(bytes_of(text.ptr + at, text.len - at), &g.n);
    if (text.ptr[at] < 128) g.n = 1;
    g.class = class_of(c, g.code);
    return g;
}

static bool newline(glyph g) { return g.code == '\r' || g.code == '\n'; }
/* A letter, number or other sign, but not the end. */
static bool is(glyph g, int class) { return g.n && g.class == class; }

static size_t run_of(const classes *c, bytes text, size_t at, int class, int most) {
    for (glyph g; most-- && is(g = glyph_at(c, text, at), class);) at += g.n;
    return at;
}

/* Bytes of 's 't 're 've 'm 'll 'd at `at`, else 0. Long s folds to s. */
static size_t contraction(const pretok *p, bytes text, size_t at) {
    static const char *const tails[] = {"s", "t", "re", "ve", "m", "ll", "d"};
    size_t left = text.len - at;
    const uint8_t *s = text.ptr + at;
    if (left < 2 || s[0] != '\'') return 0;
    if (p->fold_case && left >= 3 && s[1] == 0xc5 && s[2] == 0xbf) return 3;
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        size_t n = strlen(tails[i]), k = 0;
        while (k < n && k + 1 < left && (s[k + 1] == tails[i][k] || (p->fold_case && s[k + 1] == tails[i][k] - 32))) k++;
        if (k == n) return n + 1;
    }
    return 0;
}

static size_t letters(const pretok *p, const classes *c, bytes text, size_t at, glyph first) {
    bool prefix = p->any_prefix ? !newline(first) && first.class != CHAR_LETTER && first.class != CHAR_NUMBER : first.code == ' ';
    size_t from = prefix ? at + first.n : at;
    return is(glyph_at(c, text, from), CHAR_LETTER) ? run_of(c, text, from, CHAR_LETTER, -1) : 0;
}

static size_t numbers(const pretok *p, const classes *c, bytes text, size_t at, glyph first) {
    size_t from = !p->digits && first.code == ' ' ? at + 1 : at;
    return is(glyph_at(c, text, from), CHAR_NUMBER) ? run_of(c, text, from, CHAR_NUMBER, p->digits ? p->digits : -1) : 0;
}

static size_t signs(const pretok *p, const classes *c, bytes text, size_t at, glyph first) {
    size_t from = first.code == ' ' ? at + 1 : at;
    if (!is(glyph_at(c, text, from), CHAR_OTHER)) return 0;
    from = run_of(c, text, from, CHAR_OTHER, -1);
    while (p->newlines && from < text.len && (text.ptr[from] == '\r' || text.ptr[from] == '\n')) from++;
    return from;
}

/* \s*[\r\n]+ where it is an alternative, else \s+(?!\S): all but the last space before something else, at least one. */
static size_t spaces(const pretok *p, const classes *c, bytes text, size_t at) {
    size_t end = at, last = at, after_newline = 0;
    for (glyph g; is(g = glyph_at(c, text, end), CHAR_SPACE);) {
        last = end;
        end += g.n;
        if (newline(g)) after_newline = end;
    }
    if (p->newlines && after_newline) return after_newline;
    return end == text.len || last == at ? end : last;
}

static size_t next_in(const pretok *p, const classes *c, bytes text, size_t at) {
    size_t n = contraction(p, text, at), end = n ? at + n : 0;
    glyph first = glyph_at(c, text, at);
    if (!end) end = letters(p, c, text, at, first);
    if (!end && !p->digits_first) end = numbers(p, c, text, at, first);
    if (!end) end = signs(p, c, text, at, first);
    return end ? end : spaces(p, c, text, at);
}

size_t pretok_next(const pretok *p, const classes *c, bytes text, size_t at) {
    if (!p->digits_first) return next_in(p, c, text, at);
    glyph first = glyph_at(c, text, at);
    if (is(first, CHAR_NUMBER)) return at + first.n;
    /* the others see the text up to the next number alone: only spaces look that far ahead */
    size_t end = next_in(p, c, text, at);
    if (first.class != CHAR_SPACE || end == text.len) return end;
    size_t all = run_of(c, text, at, CHAR_SPACE, -1);
    return is(glyph_at(c, text, all), CHAR_NUMBER) ? all : end;
}
