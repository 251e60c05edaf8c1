/* The rules, one after the other, and what passed before. */
#include "data/screen.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"

const char *const screen_names[SCREEN_REASONS] = {"fine",          "too_short",     "too_long",   "no_words",
                                                  "mixed_scripts", "lang_mismatch", "repetition", "unsafe",
                                                  "biased",        "near_duplicate"};

enum {
    SHORT_CHARS = 10,
    SHORT_WORDS = 3,
    LONG_CHARS = 2000,
    SURELY_LONG = 16 * LONG_CHARS,
    RUN = 20,
    WORDS_MAX = LONG_CHARS,
    NEAR_BITS = 3,
    GROUP_WORDS = 3, /* that name whom an insult is of */
    BANDS = 4
};
enum script { LATIN, GREEK, CYRILLIC, HEBREW, ARABIC, INDIC, THAI, CJK, SCRIPTS };

/* A text that passed, and the one before it with the same 16 bits in each band. */
typedef struct passed {
    uint64_t hash;
    uint32_t before[BANDS];
} passed;

struct screen {
    passed *all;
    size_t n, cap;
    uint32_t last[BANDS][1 << 16]; /* index + 1 of the last text with these bits */
    buf masked;                    /* the text without personal data */
    buf plain;                     /* the text that is judged, in lower case, words separated by single blanks */
    bytes word[WORDS_MAX];
    size_t n_words;
};

int screen_open(screen **out, err *e) {
    screen *s = mem_new(sizeof *s);
    if (!s) return fail(e, ERR_MEMORY, "no memory for the filter");
    *out = s;
    return OK;
}

void screen_close(screen *s) {
    if (!s) return;
    buf_clear(&s->masked);
    buf_clear(&s->plain);
    mem_free(s->all);
    mem_free(s);
}

/* The blocks of Unicode that letters are told by; SCRIPTS: no letter. */
static enum script script_of(uint32_t c) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0x24f && c != 0xd7 && c != 0xf7) ||
        (c >= 0x1e00 && c <= 0x1eff))
        return LATIN;
    if ((c >= 0x370 && c <= 0x3ff) || (c >= 0x1f00 && c <= 0x1fff)) return GREEK;
    if (c >= 0x400 && c <= 0x52f) return CYRILLIC;
    if (c >= 0x590 && c <= 0x5ff) return HEBREW;
    if ((c >= 0x600 && c <= 0x6ff) || (c >= 0x750 && c <= 0x77f)) return ARABIC;
    if (c >= 0x900 && c <= 0xdff) return INDIC;
    if (c >= 0xe00 && c <= 0xe7f) return THAI;
    if ((c >= 0x3040 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x9fff) || (c >= 0xac00 && c <= 0xd7af) ||
        (c >= 0x20000 && c <= 0x3ffff))
        return CJK;
    return SCRIPTS;
}

/* What counting tells. */
typedef struct counts {
    size_t chars, visible, letters, of[SCRIPTS], run;
} counts;

static counts count(bytes text) {
    counts n = {0};
    uint32_t before = 0;
    size_t run = 0;
    for (size_t i = 0, used; i < text.len; i += used) {
        uint32_t c = utf8_decode(bytes_of(text.ptr + i, text.len - i), &used);
        enum script script = script_of(c);
        run = c == before ? run + 1 : 1;
        before = c;
        n.chars++;
        n.visible += c > ' ';
        if (run > n.run && c > ' ') n.run = run;
        if (script == SCRIPTS) continue;
        n.letters++;
        n.of[script]++;
    }
    return n;
}

/* The words: what has letters, digits or bytes beyond ASCII in it, in lower case as far as that is ASCII. Of scripts
 * without blanks each character is a word. */
static int split(screen *s, bytes text, err *e) {
    bool in_word = false;
    buf_reset(&s->plain);
    for (size_t i = 0, used; i < text.len; i += used) {
        uint32_t c = utf8_decode(bytes_of(text.ptr + i, text.len - i), &used);
        bool own = script_of(c) == CJK || script_of(c) == THAI; /* written without blanks */
        bool letter = c >= 0x80 || (c >= '0' && c <= '9') || script_of(c) != SCRIPTS || (c == '\'' && in_word);
        if ((own || !letter) && in_word) buf_byte(&s->plain, ' ');
        in_word = letter && !own;
        if (!letter) continue;
        if (c < 0x80) buf_byte(&s->plain, (uint8_t)(c >= 'A' && c <= 'Z' ? c + 32 : c));
        else buf_bytes(&s->plain, bytes_of(text.ptr + i, used));
        if (own) buf_byte(&s->plain, ' ');
    }
    if (in_word) buf_byte(&s->plain, ' ');
    s->n_words = 0;
    for (size_t i = 0, from = 0; i < s->plain.len && s->n_words < WORDS_MAX; i++) {
        if (s->plain.ptr[i] != ' ') continue;
        s->word[s->n_words++] = bytes_of(s->plain.ptr + from, i - from);
        from = i + 1;
    }
    return buf_status(&s->plain, e);
}

/* `n` words from the i-th on, with the blanks between them. */
static bytes words(const screen *s, size_t i, size_t n) {
    const bytes *last = &s->word[i + n - 1];
    return bytes_of(s->word[i].ptr, (size_t)(last->ptr + last->len - s->word[i].ptr));
}

/* How often the most frequent run of n words occurs, and how many different ones there are. */
static int frequencies(const screen *s, size_t n, size_t *most, size_t *different, err *e) {
    map *m = NULL;
    int rc = map_open(&m, s->n_words, 7, e);
    *most = *different = 0;
    for (size_t i = 0; i + n <= s->n_words && !rc; i++) {
        uint32_t old = map_get(m, words(s, i, n));
        uint32_t now = old == MAP_NONE ? 1 : old + 1;
        *different += old == MAP_NONE;
        if (now > *most) *most = now;
        rc = map_put(m, words(s, i, n), now, NULL, e);
    }
    map_close(m);
    return rc;
}

static int repeats(const screen *s, const counts *n, bool *yes, err *e) {
    size_t most, different, triples, unused;
    *yes = n->run >= RUN;
    if (*yes || s->n_words < 12) return OK;
    int rc = frequencies(s, 1, &most, &different, e);
    if (!rc) rc = frequencies(s, 3, &unused, &triples, e);
    *yes = !rc && (most * 10 > s->n_words * 3 || triples * 2 < s->n_words - 2);
    return rc;
}

static bool has_phrase(const screen *s, const char *phrase) {
    size_t n = strlen(phrase);
    for (size_t i = 0; i < s->n_words; i++) {
        size_t left = s->plain.len - (size_t)(s->word[i].ptr - s->plain.ptr);
        if (left > n && !memcmp(s->word[i].ptr, phrase, n) && s->word[i].ptr[n] == ' ') return true;
    }
    return false;
}

static bool is_in(bytes word, const char *const *list) {
    for (; *list; list++)
        if (bytes_is(word, *list)) return true;
    return false;
}

static bool is_biased(const screen *s) {
    for (size_t i = 0; i < s->n_words; i++) {
        if (!bytes_is(s->word[i], "all") && !bytes_is(s->word[i], "every")) continue;
        for (size_t k = i + 2; k <= i + 1 + GROUP_WORDS && k + 1 < s->n_words; k++)
            if ((bytes_is(s->word[k], "are") || bytes_is(s->word[k], "is")) && is_in(s->word[k + 1], screen_insults))
                return true;
    }
    return false;
}

/* Each bit: whether more of the words and pairs have it than not. */
static uint64_t simhash(const screen *s) {
    int votes[64] = {0};
    uint64_t hash = 0;
    for (size_t n = 1; n <= 2; n++)
        for (size_t i = 0; i + n <= s->n_words; i++) {
            uint64_t h = map_hash(words(s, i, n), 1);
            for (int b = 0; b < 64; b++) votes[b] += h >> b & 1 ? 1 : -1;
        }
    for (int b = 0; b < 64; b++) hash |= (uint64_t)(votes[b] > 0) << b;
    return hash;
}

/* Of two hashes with at most three different bits, one of four bands is the same. */
static bool is_near(const screen *s, uint64_t hash) {
    for (int band = 0; band < BANDS; band++)
        for (uint32_t i = s->last[band][hash >> 16 * band & 0xffff]; i; i = s->all[i - 1].before[band])
            if (__builtin_popcountll(s->all[i - 1].hash ^ hash) <= NEAR_BITS) return true;
    return false;
}

static int remember(screen *s, uint64_t hash, err *e) {
    if (s->n == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 1024;
        passed *more = cap > UINT32_MAX / 2 ? NULL : mem_grow(s->all, cap * sizeof *more);
        if (!more) return fail(e, ERR_MEMORY, "no memory for the filter");
        s->all = more;
        s->cap = cap;
    }
    passed *p = &s->all[s->n++];
    p->hash = hash;
    for (int band = 0; band < BANDS; band++) {
        uint32_t *last = &s->last[band][hash >> 16 * band & 0xffff];
        p->before[band] = *last;
        *last = (uint32_t)s->n;
    }
    return OK;
}

/* The script of a language (ISO 639-1), of those that are written in one alone; SCRIPTS: another language. */
static enum script script_for(bytes lang) {
    static const char *const langs[SCRIPTS] = {
        [LATIN] =
            ("ca cs cy da de en eo es et eu fi fr ga gl hr hu id is it lt lv ms mt nb nl nn no pl pt ro sk sl sq sv "
             "sw tl tr vi "),
        [GREEK] = "el ",
        [CYRILLIC] = "be bg ky mk ru tg uk ",
        [HEBREW] = "he yi ",
        [ARABIC] = "ar fa ps ur ",
        [INDIC] = "bn gu hi kn ml mr ne or pa si ta te ",
        [THAI] = "th ",
        [CJK] = "ja ko zh ",
    };
    for (int i = 0; i < SCRIPTS; i++)
        for (const char *l = langs[i]; lang.len >= 2 && *l; l += 3)
            if (!memcmp(l, lang.ptr, 2) && (lang.len == 2 || lang.ptr[2] == '-' || lang.ptr[2] == '_'))
                return (enum script)i;
    return SCRIPTS;
}

static enum screen_reason judge(const screen *s, const counts *n, bytes lang) {
    size_t large = 0;
    enum script own = script_for(lang);
    if (n->chars < SHORT_CHARS || s->n_words < SHORT_WORDS) return SCREEN_SHORT;
    if (n->chars > LONG_CHARS) return SCREEN_LONG;
    if (n->letters * 2 < n->visible) return SCREEN_NO_WORDS;
    for (int i = 0; i < SCRIPTS; i++) large += n->of[i] * 5 >= n->letters;
    if (large > 1) return SCREEN_MIXED;
    return own != SCRIPTS && n->of[own] * 2 < n->letters ? SCREEN_LANG : SCREEN_FINE;
}

/* Whether a text in which personal data are masked passes. The marks are nobody's words. */
static int judge_masked(screen *s, bytes text, bytes lang, const size_t *masked, enum screen_reason *why, err *e) {
    counts n = count(text);
    bool again = false;
    int rc = split(s, text, e);
    if (rc) return rc;
    for (int i = 0; i < MASKS; i++) {
        size_t letters = masked[i] * strlen(mask_names[i]);
        n.letters -= letters;
        n.of[LATIN] -= letters;
        n.visible -= letters + masked[i] * strlen("[]");
    }
    *why = judge(s, &n, lang);
    if (*why == SCREEN_FINE) rc = repeats(s, &n, &again, e);
    if (again) *why = SCREEN_REPEATS;
    for (size_t i = 0; screen_unsafe[i] && *why == SCREEN_FINE; i++)
        if (has_phrase(s, screen_unsafe[i])) *why = SCREEN_UNSAFE;
    if (*why == SCREEN_FINE && is_biased(s)) *why = SCREEN_BIASED;
    if (rc || *why != SCREEN_FINE) return rc;
    uint64_t hash = simhash(s);
    if (is_near(s, hash)) *why = SCREEN_DUPLICATE;
    return *why == SCREEN_DUPLICATE ? OK : remember(s, hash, e);
}

int screen_text(screen *s, bytes text, bytes lang, buf *out, enum screen_reason *why, size_t *n_masked, err *e) {
    size_t found[MASKS] = {0};
    *why = SCREEN_LONG;
    if (text.len > SURELY_LONG) return OK; /* however many bytes its characters have */
    buf_reset(&s->masked);
    screen_mask_text(&s->masked, text, found);
    int rc = buf_status(&s->masked, e);
    if (!rc) rc = judge_masked(s, buf_view(&s->masked), lang, found, why, e);
    if (rc || *why != SCREEN_FINE) return rc;
    buf_bytes(out, buf_view(&s->masked));
    for (int i = 0; i < MASKS; i++) n_masked[i] += found[i];
    return buf_status(out, e);
}
