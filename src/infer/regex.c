/* Regular expressions: ECMAScript's syntax with the u flag, as far as it is regular. Other flags are written into it,
 * (?i:...) */
#include "base/mem.h"
#include "base/utf8.h"
#include "infer/grammar_impl.h"
#include "text/unicode.h"

enum { CLASS_RANGES_MAX = 2048, COUNT_MAX = 1000000, CODE_MAX = 0x10ffff };

typedef struct class_list {
    range r[CLASS_RANGES_MAX];
    uint32_t n;
} class_list;

typedef struct parser {
    exprs *x;
    const regex_options *o;
    bytes s;
    size_t at, first; /* first: where the alternative that is read began, outside groups */
    int depth;
    bool marks, context;
    bool any_case, dot_all, lines; /* the flags i, s and m */
    int rc;
    err *e;
    class_list list; /* of the class that is being read: too large for the stack of nested groups */
} parser;

static const range digits[] = {{'0', '9'}};
static const range words[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
static const range blanks[] = {{9, 13},          {' ', ' '},       {0xa0, 0xa0},     {0x1680, 0x1680},
                               {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f},
                               {0x3000, 0x3000}, {0xfeff, 0xfeff}};
static const range lines[] = {{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};

static uint32_t read_choice(parser *r);

static uint32_t bad(parser *r, int code, const char *what) {
    if (!r->rc) r->rc = fail(r->e, code, "%s: byte %llu: %s", r->o->place, (unsigned long long)r->at, what);
    return EXPR_EMPTY;
}

static bool ended(const parser *r) { return r->rc || r->at >= r->s.len; }
static int peek(const parser *r) { return ended(r) ? -1 : r->s.ptr[r->at]; }
static bool take(parser *r, char c) {
    if (peek(r) != c) return false;
    r->at++;
    return true;
}
static bool looking_at(const parser *r, const char *s) {
    size_t n = strlen(s);
    return !r->rc && r->s.len - r->at >= n && !memcmp(r->s.ptr + r->at, s, n);
}

static uint32_t next_char(parser *r) {
    size_t used;
    uint32_t c = utf8_decode(bytes_of(r->s.ptr + r->at, r->s.len - r->at), &used);
    r->at += used;
    return c;
}

/* n hex digits; where there are none, or fewer, an error. */
static uint32_t read_hex(parser *r, int n) {
    uint32_t v = 0;
    for (int i = 0; i < n; i++) {
        int digit = hex_digit(peek(r));
        if (digit < 0) return bad(r, ERR_ARGUMENT, "a hexadecimal digit is needed");
        v = v << 4 | (uint32_t)digit;
        r->at++;
    }
    return v;
}

static uint32_t read_unicode(parser *r) {
    if (take(r, '{')) {
        uint32_t v = 0;
        do v = v << 4 | read_hex(r, 1);
        while (!ended(r) && peek(r) != '}' && v <= CODE_MAX);
        if (!take(r, '}') || v > CODE_MAX) return bad(r, ERR_ARGUMENT, "\\u{...} holds no code point");
        return v;
    }
    uint32_t v = read_hex(r, 4);
    if (v < 0xd800 || v > 0xdbff || !looking_at(r, "\\u")) return v;
    size_t before = r->at;
    r->at += 2;
    uint32_t low = read_hex(r, 4);
    if (low >= 0xdc00 && low <= 0xdfff) return 0x10000 + ((v - 0xd800) << 10) + (low - 0xdc00);
    r->at = before;
    return v;
}

/* The character that an escape stands for, after its backslash. */
static uint32_t read_escape(parser *r) {
    int c = peek(r);
    static const char from[] = "fnrtv", to[] = "\f\n\r\t\v";
    if (c < 0) return bad(r, ERR_ARGUMENT, "a character is missing after \\");
    if (c >= '1' && c <= '9') return bad(r, ERR_UNSUPPORTED, "back-references are not supported");
    if (c == 'k') return bad(r, ERR_UNSUPPORTED, "back-references (\\k) are not supported");
    uint32_t code = next_char(r);
    const char *f = c ? strchr(from, c) : NULL;
    if (f) return (uint32_t)to[f - from];
    if (c == '0' && !(peek(r) >= '0' && peek(r) <= '9')) return 0;
    if (c == 'b') return 8;
    if (c == 'x') return read_hex(r, 2);
    if (c == 'u') return read_unicode(r);
    if (c == 'c') {
        int letter = peek(r) | 0x20;
        if (letter < 'a' || letter > 'z') return bad(r, ERR_ARGUMENT, "a letter is needed after \\c");
        r->at++;
        return (uint32_t)letter & 31;
    }
    bool letter = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    return letter ? bad(r, ERR_ARGUMENT, "there is no such escape") : code;
}

/* The set that \d, \w or \s stand for; NULL for other letters. */
static const range *named_set(int c, uint32_t *n) {
    switch (c | 0x20) {
    case 'd':
        *n = sizeof digits / sizeof *digits;
        return digits;
    case 'w':
        *n = sizeof words / sizeof *words;
        return words;
    case 's':
        *n = sizeof blanks / sizeof *blanks;
        return blanks;
    default:
        return NULL;
    }
}

/* ---- Classes ---- */

static void class_add(parser *r, class_list *l, uint32_t lo, uint32_t hi) {
    if (l->n == CLASS_RANGES_MAX) bad(r, ERR_TOO_LONG, "the class has too many members");
    else l->r[l->n++] = (range){lo, hi};
}

/* Adds the letters from..to of the range, moved by `by`. */
static void add_moved(parser *r, class_list *l, range in, uint32_t from, uint32_t to, int by) {
    uint32_t lo = in.lo > from ? in.lo : from, hi = in.hi < to ? in.hi : to;
    if (lo <= hi) class_add(r, l, lo + (uint32_t)by, hi + (uint32_t)by);
}

/* With the flag i the other case of each letter is a member, too. Some letters have a third form, of which it depends
 * on the flag u whether it is one: where members are forbidden it is. */
static void class_both_cases(parser *r, class_list *l, bool negated) {
    static const uint32_t third[][2] = {{'s', 0x17f},  {'k', 0x212a}, {0xe5, 0x212b}, {0xdf, 0x1e9e},
                                        {0xff, 0x178}, {0xb5, 0x3bc}, {0xb5, 0x39c}};
    static const range upper[] = {{'A', 'Z'}, {0xc0, 0xd6}, {0xd8, 0xde}};
    uint32_t n = r->any_case ? l->n : 0;
    for (uint32_t i = 0; i < n; i++) {
        for (size_t k = 0; k < sizeof upper / sizeof *upper; k++) {
            add_moved(r, l, l->r[i], upper[k].lo, upper[k].hi, 32);
            add_moved(r, l, l->r[i], upper[k].lo + 32, upper[k].hi + 32, -32);
        }
    }
    n = r->any_case && negated ? l->n : 0;
    for (uint32_t i = 0; i < n; i++)
        for (size_t k = 0; k < sizeof third / sizeof *third; k++)
            if (l->r[i].lo <= third[k][0] && l->r[i].hi >= third[k][0]) class_add(r, l, third[k][1], third[k][1]);
}

/* What is in the set, or, for a capital letter, what is not. */
static void class_named(parser *r, class_list *l, const range *set, uint32_t n, bool negated) {
    uint32_t from = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!negated) class_add(r, l, set[i].lo, set[i].hi);
        else if (set[i].lo > from) class_add(r, l, from, set[i].lo - 1);
        from = set[i].hi + 1;
    }
    if (negated) class_add(r, l, from, CODE_MAX);
}

typedef struct property {
    parser *r;
    class_list *l;
    uint32_t from; /* what is not in it so far begins here */
    bool negated;
} property;

static void add_property(void *of, uint32_t lo, uint32_t hi) {
    property *p = of;
    if (!p->negated) class_add(p->r, p->l, lo, hi);
    else if (lo > p->from) class_add(p->r, p->l, p->from, lo - 1);
    p->from = hi + 1;
}

/* \p{...} and \P{...} at their letter; whether it is one. */
static bool class_property(parser *r, class_list *l) {
    property p = {r, l, 0, peek(r) == 'P'};
    if (!looking_at(r, "p{") && !looking_at(r, "P{")) return false;
    size_t from = r->at + 2, to = from;
    while (to < r->s.len && r->s.ptr[to] != '}') to++;
    if (r->any_case) bad(r, ERR_UNSUPPORTED, "Unicode properties (\\p) are not supported with the flag i");
    else if (!unicode_set(bytes_of(r->s.ptr + from, to - from), add_property, &p))
        bad(r, ERR_UNSUPPORTED, "of Unicode properties (\\p) only general categories are supported: L, Lu, ... P, S");
    if (p.negated && p.from <= CODE_MAX) class_add(r, l, p.from, CODE_MAX);
    r->at = to < r->s.len ? to + 1 : to;
    return true;
}

/* One member; whether it is a set by itself. */
static bool class_member(parser *r, class_list *l, uint32_t *code) {
    uint32_t n;
    if (!take(r, '\\')) {
        *code = next_char(r);
        return false;
    }
    int c = peek(r);
    const range *set = c < 0 ? NULL : named_set(c, &n);
    if (set) {
        r->at++;
        class_named(r, l, set, n, c < 'a');
        return true;
    }
    if (class_property(r, l)) return true;
    *code = read_escape(r);
    return false;
}

static uint32_t read_class(parser *r) {
    class_list *l = &r->list;
    bool negated = take(r, '^');
    l->n = 0;
    while (!ended(r) && peek(r) != ']') {
        uint32_t lo = 0, hi = 0;
        bool set = class_member(r, l, &lo);
        hi = lo;
        if (peek(r) == '-' && r->at + 1 < r->s.len && r->s.ptr[r->at + 1] != ']') {
            r->at++;
            set = class_member(r, l, &hi) || set;
            if (set) return bad(r, ERR_ARGUMENT, "a set cannot begin or end a range");
            if (lo > hi) return bad(r, ERR_ARGUMENT, "the range is out of order");
        }
        if (!set && r->any_case && hi > 0xff)
            return bad(r, ERR_UNSUPPORTED, "the flag i is not supported for characters beyond U+00FF");
        if (!set) class_add(r, l, lo, hi);
    }
    class_both_cases(r, l, negated);
    if (!take(r, ']')) return bad(r, ERR_ARGUMENT, "] is missing");
    return expr_class(r->x, l->r, l->n, negated, r->o->quoted);
}

uint32_t expr_any(exprs *x, bool quoted) { return expr_class(x, NULL, 0, true, quoted); }

/* ---- Terms ---- */

/* (?ims-ims: changes flags within a group. */
static bool has_flags(const parser *r) {
    size_t at = r->at + 1;
    while (peek(r) == '?' && at < r->s.len && r->s.ptr[at] && strchr("ims-", r->s.ptr[at])) at++;
    return at > r->at + 1 && at < r->s.len && r->s.ptr[at] == ':';
}

static void read_flags(parser *r) {
    bool on = true;
    for (r->at++; !take(r, ':'); r->at++) {
        if (peek(r) == '-') on = false;
        if (peek(r) == 'i') r->any_case = on;
        if (peek(r) == 's') r->dot_all = on;
        if (peek(r) == 'm') r->lines = on;
    }
}

static uint32_t read_group(parser *r) {
    static const char *const look[] = {"?=", "?!", "?<=", "?<!"};
    for (size_t i = 0; i < sizeof look / sizeof *look; i++)
        if (looking_at(r, look[i])) return bad(r, ERR_UNSUPPORTED, "look-around, (?= (?! (?<= (?<!, is not supported");
    const bool any_case = r->any_case, dot_all = r->dot_all, lines_too = r->lines;
    if (looking_at(r, "?:")) {
        r->at += 2;
    } else if (has_flags(r)) {
        read_flags(r);
    } else if (looking_at(r, "?<")) {
        while (!ended(r) && peek(r) != '>') r->at++;
        if (!take(r, '>')) return bad(r, ERR_ARGUMENT, "> is missing after a group's name");
    } else if (peek(r) == '?') {
        return bad(r, ERR_UNSUPPORTED, "this kind of group is not supported");
    }
    if (++r->depth > GRAMMAR_DEPTH_MAX) return bad(r, ERR_TOO_LONG, "groups are nested too deeply");
    uint32_t a = read_choice(r);
    r->depth--;
    r->any_case = any_case, r->dot_all = dot_all, r->lines = lines_too;
    return take(r, ')') ? a : bad(r, ERR_ARGUMENT, ") is missing");
}

/* One character. */
static uint32_t of_code(parser *r, uint32_t c) {
    class_list *l = &r->list;
    if (r->any_case && c > 0xff)
        return bad(r, ERR_UNSUPPORTED, "the flag i is not supported for characters beyond U+00FF");
    l->n = 0;
    class_add(r, l, c, c);
    class_both_cases(r, l, false);
    return expr_class(r->x, l->r, l->n, false, r->o->quoted);
}

static uint32_t read_atom(parser *r) {
    uint32_t n, c;
    if (take(r, '.')) return expr_class(r->x, lines, r->dot_all ? 0 : sizeof lines / sizeof *lines, true, r->o->quoted);
    if (take(r, '[')) return read_class(r);
    if (take(r, '(')) return read_group(r);
    if (take(r, '\\')) {
        int letter = peek(r);
        const range *set = letter < 0 ? NULL : named_set(letter, &n);
        if (set) {
            r->at++;
            return expr_class(r->x, set, n, letter < 'a', r->o->quoted);
        }
        r->list.n = 0;
        if (class_property(r, &r->list)) return expr_class(r->x, r->list.r, r->list.n, false, r->o->quoted);
        c = read_escape(r);
    } else {
        if (peek(r) >= 0 && strchr("*+?{}])", peek(r)))
            return bad(r, ERR_ARGUMENT, "a character with a meaning stands alone; write \\ before it");
        c = next_char(r);
    }
    return r->rc ? EXPR_EMPTY : of_code(r, c);
}

static uint32_t read_count(parser *r) {
    uint32_t v = 0;
    if (peek(r) < '0' || peek(r) > '9') return bad(r, ERR_ARGUMENT, "a number is needed, as in {2,5}");
    for (int c; (c = peek(r)) >= '0' && c <= '9'; r->at++) {
        v = v * 10 + (uint32_t)(c - '0');
        if (v > COUNT_MAX) return bad(r, ERR_TOO_LONG, "more than a million repetitions");
    }
    return v;
}

static uint32_t read_quantifier(parser *r, uint32_t a) {
    uint32_t min = 0, max = REPEAT_ANY;
    if (take(r, '*')) min = 0;
    else if (take(r, '+')) min = 1;
    else if (take(r, '?')) max = 1;
    else if (take(r, '{')) {
        min = max = read_count(r);
        if (take(r, ',')) max = peek(r) == '}' ? REPEAT_ANY : read_count(r);
        if (!take(r, '}')) return bad(r, ERR_ARGUMENT, "} is missing");
        if (min > max) return bad(r, ERR_ARGUMENT, "the numbers of {} are out of order");
    } else {
        return a;
    }
    take(r, '?'); /* lazy or not, the texts are the same */
    return r->rc ? EXPR_EMPTY : expr_repeat(r->x, a, min, max);
}

static uint32_t read_term(parser *r) {
    bool begin = peek(r) == '^', end = peek(r) == '$', word = looking_at(r, "\\b");
    if (word || looking_at(r, "\\B")) {
        r->at += 2;
        r->marks = r->context = true;
        return expr_mark(r->x, word ? EXPR_WORD : EXPR_NO_WORD);
    }
    if (!begin && !end) return read_quantifier(r, read_atom(r));
    bool outside = !r->o->search && r->depth == 0;
    bool idle = outside && begin && r->at == r->first; /* the whole text matches anyway */
    r->at++;
    if (idle || (outside && end && (peek(r) < 0 || peek(r) == '|'))) return EXPR_EMPTY;
    r->marks = true;
    r->context = r->context || r->lines;
    if (r->lines) return expr_mark(r->x, begin ? EXPR_LINE_BEGIN : EXPR_LINE_END);
    return expr_mark(r->x, begin ? EXPR_BEGIN : EXPR_END);
}

/* Parts of a chain. Chains hang to the right, so that they are joined from the last on. */
typedef struct parts {
    uint32_t *id;
    uint32_t n, cap;
} parts;

static bool parts_add(parser *r, parts *p, uint32_t id) {
    uint32_t *q = array_room(p->id, &p->cap, p->n + 1, sizeof *q);
    if (!q) {
        r->rc = fail(r->e, ERR_MEMORY, "no memory for the grammar");
        return false;
    }
    p->id = q;
    p->id[p->n++] = id;
    return true;
}

static uint32_t read_sequence(parser *r) {
    parts p = {0};
    if (r->depth == 0) r->first = r->at;
    while (!ended(r) && peek(r) != '|' && peek(r) != ')')
        if (!parts_add(r, &p, read_term(r))) break;
    uint32_t all = EXPR_EMPTY;
    for (uint32_t i = p.n; i-- > 0;) all = expr_cat(r->x, p.id[i], all);
    mem_free(p.id);
    return all;
}

static uint32_t read_choice(parser *r) {
    parts p = {0};
    do
        if (!parts_add(r, &p, read_sequence(r))) break;
    while (take(r, '|'));
    uint32_t all = p.n ? p.id[p.n - 1] : EXPR_EMPTY;
    for (uint32_t i = p.n; i-- > 1;) all = expr_alt(r->x, p.id[i - 1], all);
    mem_free(p.id);
    return all;
}

int regex_read(exprs *x, bytes source, const regex_options *o, uint32_t *out, bool *marks, err *e) {
    parser r = {.x = x, .o = o, .s = source, .e = e};
    if (source.len > GRAMMAR_TEXT_MAX)
        return fail(e, ERR_TOO_LONG, "%s: %llu bytes, %d are the limit", o->place, (unsigned long long)source.len,
                    (int)GRAMMAR_TEXT_MAX);
    uint32_t all = read_choice(&r);
    if (!ended(&r)) bad(&r, ERR_ARGUMENT, ") without (");
    if (r.rc) return r.rc;
    if (o->search) {
        uint32_t any = expr_repeat(x, expr_any(x, o->quoted), 0, REPEAT_ANY);
        all = expr_cat(x, any, expr_cat(x, all, any));
    }
    *out = r.context ? expr_context(x, all) : all;
    if (marks) *marks = r.marks;
    return exprs_status(x, e);
}
