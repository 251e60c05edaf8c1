/* Pre-tokenizers as data.
 *
 * A row lists its stages. Each stage cuts every piece of the one before: what one of its rules matches is a piece, and
 * so is what lies between matches (tokenizers' Split with the behaviour Isolated). Rules are tried in order at each
 * place, as the alternatives of a regular expression are. The shapes that rules can have are those which occur in
 * published tokenizers; each is scanned in one pass without backtracking, with the same result, for the reason given at
 * its function.
 *
 * A piece's end is an end of text for the next stage: `\s+(?!\S)` takes all of "a  |1" before the bar where a stage
 * before has cut off the digit. */
#include "text/pretok_impl.h"

#include "base/utf8.h"
#include "text/unicode_impl.h"

#define BIT(c) (UINT32_C(1) << UNICODE_##c)

/* Sets of code points, as unions of classes. The first block is what regular expressions call them. */
enum sets {
    UPPER = BIT(LU) | BIT(UPPER),
    LOWER = BIT(LL) | BIT(LOWER),
    LETTER = UPPER | LOWER | BIT(LT) | BIT(LM) | BIT(LO), /* \p{L} */
    NUMBER = BIT(N) | BIT(DIGIT),                         /* \p{N} */
    PUNCT = BIT(P) | BIT(PUNCT) | BIT(SLASH),             /* \p{P} */
    SYMBOL = BIT(S) | BIT(SYMBOL) | BIT(TICK),            /* \p{S} */
    MARK = BIT(M),                                        /* \p{M} */
    NEWLINE = BIT(NEWLINE),                               /* [\r\n] */
    BLANK = BIT(SPACE),                                   /* the blank alone */
    WHITE = BLANK | NEWLINE | BIT(WS),                    /* \s */
    ANY = (UINT32_C(1) << UNICODE_CLASSES) - 1,

    AZ = BIT(UPPER) | BIT(LOWER),                                    /* [A-Za-z] */
    ASCII_PUNCT = BIT(PUNCT) | BIT(SLASH) | BIT(SYMBOL) | BIT(TICK), /* [!-/:-@\[-`{-~] */
    OTHERS = ANY & ~(WHITE | LETTER | NUMBER),                       /* [^\s\p{L}\p{N}] */
    OTHERS_NO_MARK = OTHERS & ~MARK,                                 /* [^\s\p{L}\p{M}\p{N}] */
    LEAD = ANY & ~(NEWLINE | LETTER | NUMBER),                       /* [^\r\n\p{L}\p{N}] */
    LEAD_NO_PUNCT = ANY & ~(NEWLINE | LETTER | PUNCT | SYMBOL),      /* [^\r\n\p{L}\p{P}\p{S}] */
    TITLE = UPPER | BIT(LT) | BIT(LM) | BIT(LO) | MARK,              /* [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}] */
    SMALL = LOWER | BIT(LM) | BIT(LO) | MARK,                        /* [\p{Ll}\p{Lm}\p{Lo}\p{M}] */
};

/* Sets that are not unions of classes: sorted, first and last. */
typedef struct range {
    uint32_t first, last;
} range;

static const range han_kana[] = {{0x3040, 0x30ff}, {0x4e00, 0x9fa5}, {0}};  /* [一-龥぀-ゟ゠-ヿ] */
static const range han_hangul[] = {{0x800, 0x9fa5}, {0xac00, 0xd7ff}, {0}}; /* [一-龥ࠀ-一가-퟿] */
/* [!-/:-~！-／：-～‘-‟　-。] */
static const range deepseek_punct[] = {
    {'!', '/'}, {':', '~'}, {0x2018, 0x201f}, {0x3000, 0x3002}, {0xff01, 0xff0f}, {0xff1a, 0xff5e}, {0}};
/* [^(\s|.,!?…。，、।۔،)] but for \s */
static const range bloom_ends[] = {
    {'!', '!'},     {'(', ')'},     {',', ','},       {'.', '.'},       {'?', '?'},       {'|', '|'}, {0x60c, 0x60c},
    {0x6d4, 0x6d4}, {0x964, 0x964}, {0x2026, 0x2026}, {0x3001, 0x3002}, {0xff0c, 0xff0c}, {0}};
/* Cased letters as deepseek-llm lists them. */
static const range deepseek_letters[] = {{0x41, 0x5a},       {0x61, 0x7a},       {0xb5, 0xb5},       {0xc0, 0xd6},
                                         {0xd8, 0xf6},       {0xf8, 0x1ba},      {0x1bc, 0x1bf},     {0x1c4, 0x293},
                                         {0x295, 0x2af},     {0x370, 0x373},     {0x376, 0x376},     {0x377, 0x377},
                                         {0x37b, 0x37d},     {0x37f, 0x37f},     {0x386, 0x386},     {0x388, 0x38a},
                                         {0x38c, 0x38c},     {0x38e, 0x3a1},     {0x3a3, 0x3f5},     {0x3f7, 0x481},
                                         {0x48a, 0x52f},     {0x531, 0x556},     {0x10a0, 0x10c5},   {0x13a0, 0x13f5},
                                         {0x13f8, 0x13fd},   {0x1c90, 0x1cba},   {0x1cbd, 0x1cbf},   {0x1d00, 0x1d2b},
                                         {0x1d6b, 0x1d77},   {0x1d79, 0x1d9a},   {0x1e00, 0x1f15},   {0x1f18, 0x1f1d},
                                         {0x1f20, 0x1f45},   {0x1f48, 0x1f4d},   {0x1f50, 0x1f57},   {0x1f59, 0x1f59},
                                         {0x1f5b, 0x1f5b},   {0x1f5d, 0x1f5d},   {0x1f5f, 0x1f7d},   {0x1f80, 0x1fb4},
                                         {0x1fb6, 0x1fbc},   {0x1fbe, 0x1fbe},   {0x1fc2, 0x1fc4},   {0x1fc6, 0x1fcc},
                                         {0x1fd0, 0x1fd3},   {0x1fd6, 0x1fdb},   {0x1fe0, 0x1fec},   {0x1ff2, 0x1ff4},
                                         {0x1ff6, 0x1ffc},   {0x2102, 0x2102},   {0x2107, 0x2107},   {0x210a, 0x2113},
                                         {0x2115, 0x2115},   {0x2119, 0x211d},   {0x2124, 0x2124},   {0x2126, 0x2126},
                                         {0x2128, 0x2128},   {0x212a, 0x212d},   {0x212f, 0x2134},   {0x2139, 0x2139},
                                         {0x213c, 0x213f},   {0x2145, 0x2149},   {0x214e, 0x214e},   {0x2183, 0x2183},
                                         {0x2184, 0x2184},   {0x2c00, 0x2c7b},   {0x2c7e, 0x2ce4},   {0x2ceb, 0x2cee},
                                         {0x2cf2, 0x2cf2},   {0x2cf3, 0x2cf3},   {0xa640, 0xa66d},   {0xa680, 0xa69b},
                                         {0xa722, 0xa76f},   {0xa771, 0xa787},   {0xa78b, 0xa78e},   {0xab70, 0xabbf},
                                         {0xfb00, 0xfb06},   {0xfb13, 0xfb17},   {0xff21, 0xff3a},   {0xff41, 0xff5a},
                                         {0x10400, 0x1044f}, {0x104b0, 0x104d3}, {0x104d8, 0x104fb}, {0x10c80, 0x10cb2},
                                         {0x10cc0, 0x10cf2}, {0x118a0, 0x118df}, {0x1e900, 0x1e943}, {0}};

enum shape {
    NO_RULE,
    RUN,          /* lead? body{min,max} tail*; max 0: no limit */
    LED_RUN,      /* the same, but the lead must be there */
    CASED,        /* lead? TITLE* SMALL+ | lead? TITLE+ SMALL* */
    CASED_ENDING, /* the same, each with an ENDING? */
    ENDING,       /* (?i:'s|'t|'re|'ve|'m|'ll|'d) */
    ENDING_EXACT, /* 's|'t|'re|'ve|'m|'ll|'d */
    LINES,        /* \s*[\r\n]+ */
    TRAILING,     /* \s+(?!\S) */
    TO_END,       /* \s+$; alone in its stage */
};

typedef struct rule {
    enum shape shape;
    uint32_t lead, body, tail; /* sets; lead 0: none */
    uint8_t min, max;
    const range *only;   /* where set: body is this, not its classes */
    const range *except; /* where set: taken away from body */
} rule;

/* ---- Rules that many share ---- */

#define SPACES {.shape = RUN, .body = WHITE, .min = 1}
#define NUMBERS(most) {.shape = RUN, .body = NUMBER, .min = 1, .max = (most)}
#define WORDS {.shape = RUN, .lead = LEAD, .body = LETTER, .min = 1}
/* Between words: ` ?[^\s\p{L}\p{N}]+[\r\n]*`, and the ways that white space is cut. */
#define SIGNS(after) {.shape = RUN, .lead = BLANK, .body = OTHERS, .min = 1, .tail = (after)}
#define WHITES {.shape = LINES}, {.shape = TRAILING}, SPACES
#define LINE_OR_SLASH (NEWLINE | BIT(SLASH))

static const rule each_number[] = {NUMBERS(1), {0}};
static const rule threes[] = {NUMBERS(3), {0}};
static const rule all_numbers[] = {NUMBERS(0), {0}};
static const rule three_digits[] = {{.shape = RUN, .body = BIT(DIGIT), .min = 3, .max = 3}, {0}};

/* 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+ */
static const rule gpt2[] = {{.shape = ENDING_EXACT},
                            {.shape = RUN, .lead = BLANK, .body = LETTER, .min = 1},
                            {.shape = RUN, .lead = BLANK, .body = NUMBER, .min = 1},
                            SIGNS(0),
                            {.shape = TRAILING},
                            SPACES,
                            {0}};

/* (?i:'s|...)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+ */
static const rule llama3[] = {{.shape = ENDING}, WORDS, NUMBERS(3), SIGNS(NEWLINE), WHITES, {0}};
static const rule qwen2[] = {{.shape = ENDING}, WORDS, NUMBERS(1), SIGNS(NEWLINE), WHITES, {0}};
static const rule no_endings[] = {WORDS, NUMBERS(1), SIGNS(NEWLINE), WHITES, {0}};
static const rule seed_coder[] = {{.shape = ENDING}, WORDS, NUMBERS(1), SIGNS(0), WHITES, {0}};
static const rule qwen35[] = {{.shape = ENDING},
                              {.shape = RUN, .lead = LEAD, .body = LETTER | MARK, .min = 1},
                              NUMBERS(1),
                              {.shape = RUN, .lead = BLANK, .body = OTHERS_NO_MARK, .min = 1, .tail = NEWLINE},
                              WHITES,
                              {0}};
static const rule tekken[] = {{.shape = CASED, .lead = LEAD}, NUMBERS(1), SIGNS(LINE_OR_SLASH), WHITES, {0}};
static const rule o200k[] = {{.shape = CASED_ENDING, .lead = LEAD}, NUMBERS(3), SIGNS(LINE_OR_SLASH), WHITES, {0}};

static const rule deepseek3[] = {{.shape = LED_RUN, .lead = ASCII_PUNCT, .body = AZ, .min = 1},
                                 {.shape = RUN, .lead = LEAD_NO_PUNCT, .body = LETTER | MARK, .min = 1},
                                 {.shape = RUN, .lead = BLANK, .body = PUNCT | SYMBOL, .min = 1, .tail = NEWLINE},
                                 WHITES,
                                 {0}};
static const rule deepseek3_cjk[] = {{.shape = RUN, .only = han_kana, .min = 1}, {0}};
static const rule deepseek_newline[] = {{.shape = RUN, .body = NEWLINE, .min = 1, .max = 1}, {0}};
static const rule deepseek_cjk[] = {{.shape = RUN, .only = han_hangul, .min = 1}, {0}};
static const rule coder_letters[] = {{.shape = RUN, .lead = WHITE, .body = LETTER, .min = 1}, {0}};
static const rule coder_punct[] = {{.shape = RUN, .lead = WHITE, .body = PUNCT, .min = 1}, {0}};
static const rule llm_letters[] = {{.shape = RUN, .lead = WHITE, .only = deepseek_letters, .min = 1}, {0}};
static const rule llm_punct[] = {{.shape = RUN, .lead = WHITE, .only = deepseek_punct, .min = 1}, {0}};
static const rule llm_end[] = {{.shape = TO_END}, {0}};

/* [\p{P}$+<=>^~|]+, with the grave accent for Falcon */
static const rule default_punct[] = {{.shape = RUN, .body = PUNCT | BIT(SYMBOL), .min = 1}, {0}};
static const rule falcon_punct[] = {{.shape = RUN, .body = PUNCT | BIT(SYMBOL) | BIT(TICK), .min = 1}, {0}};
static const rule bloom[] = {{.shape = RUN, .lead = BLANK, .body = ANY & ~WHITE, .except = bloom_ends, .min = 1}, {0}};

/* ---- The table ---- */

struct pretok {
    const char *names; /* of tokenizer.ggml.pre, each followed by a blank */
    const rule *stages[PRETOK_STAGES];
    int flags; /* enum pretok_flag */
};

static const pretok table[] = {
    {"smollm starcoder refact codeshell exaone minerva-7b mellum2 ", {each_number, gpt2}, 0},
    {"command-r ", {each_number, gpt2}, PRETOK_NFC},
    {"gpt-2 gpt2 phi-2 gigachat mellum a.x-4.0 exaone4 jais trillion granite-docling jina-es jina-de jina-v2-es "
     "jina-v2-de "
     "jina-v1-en jina-v2-code roberta-bpe ",
     {gpt2},
     0},
    {"mpt olmo gpt-neox modern-bert ", {gpt2}, PRETOK_NFC},
    {"llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 ", {llama3}, PRETOK_WHOLE_FIRST | PRETOK_BOS},
    {"dbrx smaug-bpe glm4 chatglm-bpe ", {llama3}, 0},
    {"qwen2 deepseek-r1-qwen megrez kormo f2llmv2 ", {qwen2}, PRETOK_NFC},
    {"stablelm2 hunyuan solar-open grok-2 bailingmoe bailingmoe2 llada-moe ", {qwen2}, 0},
    {"qwen35 ", {qwen35}, PRETOK_NFC},
    {"seed-coder ", {seed_coder}, 0},
    {"ufakzeka ", {no_endings}, 0},
    {"tekken ", {tekken}, PRETOK_WHOLE_FIRST | PRETOK_BOS},
    {"gpt-4o o200k llama4 kanana2 talkie minimax-m2 ", {o200k}, 0},
    {"deepseek-v3 hunyuan-dense joyai-llm hy_v4 ", {threes, deepseek3_cjk, deepseek3}, 0},
    {"deepseek-coder ", {deepseek_newline, coder_letters, coder_punct, deepseek_cjk, each_number}, 0},
    {"deepseek-llm ", {deepseek_newline, llm_letters, llm_punct, llm_end, deepseek_cjk, each_number}, 0},
    {"falcon ", {falcon_punct, gpt2, three_digits}, 0},
    {"poro-chat bloom gpt3-finnish ", {bloom}, 0},
    {"viking ", {bloom, each_number}, 0},
    {"default ", {default_punct, gpt2, all_numbers, three_digits}, 0},
};

const pretok *pretok_find(bytes name) {
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        for (const char *p = table[i].names; *p;) {
            size_t n = strcspn(p, " ");
            if (bytes_eq(bytes_of(p, n), name)) return &table[i];
            p += n + 1;
        }
    }
    return NULL;
}

int pretok_flags(const pretok *p) { return p->flags; }

/* ---- Scanning. Every function below takes a text and a place in it, and gives the place where its match ends; the
 * same place where there is none. ---- */

/* The set of the one class that the code point at p (< s.len) has, and its bytes; its number too if `c` is asked for.
 */
static uint32_t class_at(bytes s, size_t p, size_t *used, uint32_t *c) {
    uint32_t code = s.ptr[p];
    *used = 1;
    if (code < 0x80) {
        if (c) *c = code;
        return UINT32_C(1) << unicode_ascii[code];
    }
    code = utf8_decode(bytes_of(s.ptr + p, s.len - p), used);
    if (c) *c = code;
    return UINT32_C(1) << unicode_class_of(code);
}

static bool is_in(const range *set, uint32_t c) {
    for (; set->last; set++)
        if (c <= set->last) return c >= set->first;
    return false;
}

/* After the code points from p on that are in `set`; at most `most` of them, where that is not 0. */
static size_t skip(bytes s, size_t p, uint32_t set, size_t most) {
    size_t used;
    for (size_t n = 0; p < s.len && (!most || n < most) && class_at(s, p, &used, NULL) & set; n++) p += used;
    return p;
}

static bool in_body(const rule *r, uint32_t kind, uint32_t c) {
    if (r->only) return is_in(r->only, c);
    return kind & r->body && !(r->except && is_in(r->except, c));
}

static size_t skip_body(const rule *r, bytes s, size_t from) {
    size_t n = 0, p = from, used;
    uint32_t c, kind;
    for (; p < s.len && (!r->max || n < r->max); n++, p += used) {
        kind = class_at(s, p, &used, &c);
        if (!in_body(r, kind, c)) break;
    }
    return n < r->min ? from : p;
}

/* lead? body{min,max} tail*. The lead is taken first and given back if the rest then fails; nothing follows that could
 * make body or tail give anything back. */
static size_t match_run(const rule *r, bytes s, size_t at) {
    size_t from = skip(s, at, r->lead, 1), p = skip_body(r, s, from);
    if (p == from) {
        if (r->shape == LED_RUN || from == at) return at;
        p = skip_body(r, s, at);
        if (p == at) return at;
    } else if (r->shape == LED_RUN && from == at) {
        return at;
    }
    return r->tail ? skip(s, p, r->tail, 0) : p;
}

/* TITLE* SMALL+. The first part takes all it can and then gives back until a SMALL follows. Either one follows at once
 * and all of them are taken; or the last one of the first part that is in both sets is given back, and what follows
 * that one is in TITLE alone, or it would be the last one itself. */
static size_t match_small(bytes s, size_t at) {
    size_t p = at, last = at, used;
    for (uint32_t kind; p < s.len && (kind = class_at(s, p, &used, NULL)) & TITLE; p += used)
        if (kind & SMALL) last = p + used;
    size_t end = skip(s, p, SMALL, 0);
    return end > p ? end : last;
}

/* TITLE+ SMALL*, of which, after match_small() failed, the second part is empty. */
static size_t match_title(bytes s, size_t at) { return skip(s, at, TITLE, 0); }

/* 's 't 're 've 'm 'll 'd. Without regard to case the long s, U+017F, is an s, too. */
static size_t match_ending(bytes s, size_t at, bool any_case) {
    uint8_t fold = any_case ? 0x20 : 0, c[3] = {0};
    for (size_t i = 0; i < 3 && at + i < s.len; i++) c[i] = s.ptr[at + i];
    if (c[0] != '\'') return at;
    if (any_case && c[1] == 0xc5 && c[2] == 0xbf) return at + 3;
    for (int i = 1; i < 3; i++)
        if (c[i] < 0x80 && c[i] >= 'A') c[i] |= fold;
    if (c[1] && strchr("stmd", c[1])) return at + 2;
    bool two = (c[1] == 'r' && c[2] == 'e') || (c[1] == 'v' && c[2] == 'e') || (c[1] == 'l' && c[2] == 'l');
    return two ? at + 3 : at;
}

static size_t match_cased(const rule *r, bytes s, size_t at) {
    size_t from = skip(s, at, r->lead, 1), p = match_small(s, from);
    if (p == from && from > at) p = match_small(s, from = at);
    if (p == from) p = match_title(s, from = skip(s, at, r->lead, 1));
    if (p == from) p = match_title(s, from = at);
    if (p == from) return at;
    return r->shape == CASED_ENDING ? match_ending(s, p, true) : p;
}

/* \s*[\r\n]+: the white space gives back what follows its last newline. */
static size_t match_lines(bytes s, size_t at) {
    size_t end = at, used;
    for (uint32_t kind; at < s.len && (kind = class_at(s, at, &used, NULL)) & WHITE; at += used)
        if (kind & NEWLINE) end = at + used;
    return end;
}

/* \s+(?!\S): all of the white space at the end of the text, else all but its last character. */
static size_t match_trailing(bytes s, size_t at) {
    size_t last = at, p = at, used;
    for (; p < s.len && class_at(s, p, &used, NULL) & WHITE; p += used) last = p;
    return p == s.len ? p : last;
}

static size_t match(const rule *r, bytes s, size_t at) {
    switch (r->shape) {
    case RUN:
    case LED_RUN:
        return match_run(r, s, at);
    case CASED:
    case CASED_ENDING:
        return match_cased(r, s, at);
    case ENDING:
    case ENDING_EXACT:
        return match_ending(s, at, r->shape == ENDING);
    case LINES:
        return match_lines(s, at);
    case TRAILING:
        return match_trailing(s, at);
    case TO_END: {
        size_t p = skip(s, at, WHITE, 0);
        return p == s.len ? p : at;
    }
    case NO_RULE:
        break;
    }
    return at;
}

static size_t match_any(const rule *rules, bytes s, size_t at) {
    size_t p = at;
    for (; rules->shape && p == at; rules++) p = match(rules, s, at);
    return p;
}

/* Where the piece of one stage ends that begins at `at` (< s.len): after a match, or before the next one. White space
 * that does not reach the end is passed at once, so that a long run of it is not read again from each of its
 * characters. */
static size_t piece_end(const rule *rules, bytes s, size_t at) {
    size_t p = match_any(rules, s, at), used;
    if (p > at) return p;
    do {
        uint32_t kind = class_at(s, p, &used, NULL);
        p += used;
        if (rules->shape == TO_END && kind & WHITE) p = skip(s, p, WHITE, 0);
    } while (p < s.len && match_any(rules, s, p) == p);
    return p;
}

bool pretok_next(pretok_walk *w, bytes *piece) {
    size_t end = w->text.len, from = w->pos;
    if (from >= end) return false;
    for (int i = 0; i < PRETOK_STAGES && w->row->stages[i]; i++) {
        if (w->end[i] <= from) w->end[i] = piece_end(w->row->stages[i], bytes_of(w->text.ptr, end), from);
        end = w->end[i];
    }
    w->pos = end;
    *piece = bytes_of(w->text.ptr + from, end - from);
    return true;
}
