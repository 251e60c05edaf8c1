/* GBNF, the grammars of llama.cpp: rules of literals, classes, groups, repetitions and other rules. */
#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "infer/grammar_impl.h"

enum { CLASS_RANGES_MAX = 2048, COUNT_MAX = 1000000 };

typedef struct parser {
    net *t;
    map *names; /* of rules, to their numbers */
    bytes s;
    size_t at;
    int depth, rc;
    err *e;
    range list[CLASS_RANGES_MAX]; /* of the class that is being read: too large for the stack of nested groups */
} parser;

typedef struct parts {
    uint32_t *id;
    uint32_t n, cap;
} parts;

static uint32_t read_choice(parser *r, bool nested);

static uint32_t bad(parser *r, int code, const char *what) {
    size_t line = 1;
    for (size_t i = 0; i < r->at && i < r->s.len; i++) line += r->s.ptr[i] == '\n';
    if (!r->rc) r->rc = fail(r->e, code, "grammar: line %llu: %s", (unsigned long long)line, what);
    return EXPR_EMPTY;
}

static int peek(const parser *r) { return r->rc || r->at >= r->s.len ? -1 : r->s.ptr[r->at]; }
static bool take(parser *r, char c) {
    if (peek(r) != c) return false;
    r->at++;
    return true;
}

static void skip_space(parser *r, bool lines) {
    for (int c; (c = peek(r)) >= 0;) {
        if (c == '#') {
            while (peek(r) >= 0 && peek(r) != '\n') r->at++;
        } else if (c == ' ' || c == '\t' || (lines && (c == '\n' || c == '\r'))) {
            r->at++;
        } else {
            return;
        }
    }
}

static bool is_word(int c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z' && c < 128) || c == '-' || c == '_';
}

static bytes read_name(parser *r) {
    size_t from = r->at;
    while (is_word(peek(r))) r->at++;
    return bytes_of(r->s.ptr + from, r->at - from);
}

/* The rule of that name, which may come later. */
static uint32_t rule_of(parser *r, bytes name) {
    uint32_t id = map_get(r->names, name);
    if (id != MAP_NONE) return id;
    id = net_add(r->t);
    if (id == NONE) bad(r, r->t->bad, "there are too many rules");
    else if (!r->rc) r->rc = map_put(r->names, name, id, NULL, r->e);
    return id;
}

static uint32_t read_hex(parser *r, int n) {
    uint32_t v = 0;
    for (int i = 0; i < n; i++) {
        int digit = hex_digit(peek(r));
        if (digit < 0) return bad(r, ERR_ARGUMENT, "a hexadecimal digit is needed");
        v = v << 4 | (uint32_t)digit;
        r->at++;
    }
    if (v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff)) return bad(r, ERR_ARGUMENT, "the escape holds no character");
    return v;
}

/* A character of a literal or a class. */
static uint32_t read_char(parser *r) {
    size_t used;
    if (!take(r, '\\')) {
        if (peek(r) < 0) return bad(r, ERR_ARGUMENT, "the text ends within a literal or a class");
        uint32_t c = utf8_decode(bytes_of(r->s.ptr + r->at, r->s.len - r->at), &used);
        r->at += used;
        return c;
    }
    int c = peek(r);
    r->at++;
    switch (c) {
    case 'x':
        return read_hex(r, 2);
    case 'u':
        return read_hex(r, 4);
    case 'U':
        return read_hex(r, 8);
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case '\\':
    case '"':
    case '[':
    case ']':
        return (uint32_t)c;
    default:
        return bad(r, ERR_ARGUMENT, "there is no such escape");
    }
}

static uint32_t read_literal(parser *r) {
    buf text = {0};
    while (peek(r) != '"' && !r->rc) {
        uint8_t c[4];
        buf_put(&text, c, utf8_encode(c, read_char(r)));
    }
    r->at++;
    if (!r->rc) r->rc = buf_status(&text, r->e);
    uint32_t a = r->rc ? EXPR_EMPTY : expr_bytes(&r->t->x, buf_view(&text));
    buf_clear(&text);
    return a;
}

static uint32_t read_class(parser *r) {
    uint32_t n = 0;
    bool negated = take(r, '^');
    while (peek(r) != ']' && !r->rc) {
        range x = {.lo = read_char(r)};
        x.hi = x.lo;
        if (peek(r) == '-' && r->at + 1 < r->s.len && r->s.ptr[r->at + 1] != ']') {
            r->at++;
            x.hi = read_char(r);
        }
        if (x.lo > x.hi) return bad(r, ERR_ARGUMENT, "the range is out of order");
        if (n == CLASS_RANGES_MAX) return bad(r, ERR_TOO_LONG, "the class has too many members");
        r->list[n++] = x;
    }
    r->at++;
    return r->rc ? EXPR_EMPTY : expr_class(&r->t->x, r->list, n, negated, false);
}

static uint32_t read_group(parser *r) {
    if (++r->depth > GRAMMAR_DEPTH_MAX) return bad(r, ERR_TOO_LONG, "groups are nested too deeply");
    skip_space(r, true);
    uint32_t a = read_choice(r, true);
    r->depth--;
    skip_space(r, true);
    return take(r, ')') ? a : bad(r, ERR_ARGUMENT, ") is missing");
}

static uint32_t read_item(parser *r) {
    int c = peek(r);
    if (take(r, '"')) return read_literal(r);
    if (take(r, '[')) return read_class(r);
    if (take(r, '(')) return read_group(r);
    if (take(r, '.')) return expr_any(&r->t->x, false);
    if (is_word(c)) return expr_call(&r->t->x, rule_of(r, read_name(r)));
    if (c == '<' || c == '!') return bad(r, ERR_UNSUPPORTED, "tokens, <...>, are not supported");
    return bad(r, ERR_ARGUMENT, "a literal, a class, a group or a rule is needed");
}

static uint32_t read_count(parser *r) {
    uint32_t v = 0;
    if (peek(r) < '0' || peek(r) > '9') return bad(r, ERR_ARGUMENT, "a number is needed, as in {2,5}");
    for (int c; (c = peek(r)) >= '0' && c <= '9'; r->at++) {
        v = v * 10 + (uint32_t)(c - '0');
        if (v > COUNT_MAX) return bad(r, ERR_TOO_LONG, "more than a million repetitions");
    }
    skip_space(r, false);
    return v;
}

static uint32_t read_repetition(parser *r, uint32_t a) {
    uint32_t min = 0, max = REPEAT_ANY;
    if (take(r, '*')) min = 0;
    else if (take(r, '+')) min = 1;
    else if (take(r, '?')) max = 1;
    else if (take(r, '{')) {
        skip_space(r, false);
        if (peek(r) != ',') min = max = read_count(r);
        if (take(r, ',')) {
            skip_space(r, false);
            max = peek(r) == '}' ? REPEAT_ANY : read_count(r);
        }
        if (!take(r, '}')) return bad(r, ERR_ARGUMENT, "} is missing");
        if (min > max) return bad(r, ERR_ARGUMENT, "the numbers of {} are out of order");
    } else {
        return a;
    }
    return r->rc ? EXPR_EMPTY : expr_repeat(&r->t->x, a, min, max);
}

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

static uint32_t read_sequence(parser *r, bool nested) {
    parts p = {0};
    for (int c; (c = peek(r)) >= 0 && c != '|' && c != ')' && c != '\n' && c != '\r';) {
        uint32_t a = read_item(r);
        for (uint32_t before = NONE; a != before && !r->rc;) {
            before = a;
            a = read_repetition(r, a);
        }
        if (!parts_add(r, &p, a)) break;
        skip_space(r, nested);
    }
    uint32_t all = EXPR_EMPTY;
    for (uint32_t i = p.n; i-- > 0;) all = expr_cat(&r->t->x, p.id[i], all);
    mem_free(p.id);
    return all;
}

static uint32_t read_choice(parser *r, bool nested) {
    parts p = {0};
    do {
        skip_space(r, true);
        if (!parts_add(r, &p, read_sequence(r, nested))) break;
    } while (take(r, '|'));
    uint32_t all = p.n ? p.id[p.n - 1] : EXPR_EMPTY;
    for (uint32_t i = p.n; i-- > 1;) all = expr_alt(&r->t->x, p.id[i - 1], all);
    mem_free(p.id);
    return all;
}

static void read_rule(parser *r) {
    bytes name = read_name(r);
    if (!name.len) {
        bad(r, ERR_ARGUMENT, "a rule's name is needed");
        return;
    }
    uint32_t id = rule_of(r, name);
    skip_space(r, false);
    if (r->rc) return;
    if (r->s.len - r->at < 3 || memcmp(r->s.ptr + r->at, "::=", 3) != 0) {
        bad(r, ERR_ARGUMENT, "::= is missing after a rule's name");
        return;
    }
    r->at += 3;
    if (r->t->rules[id].expr != NONE) {
        bad(r, ERR_ARGUMENT, "the rule is defined twice");
        return;
    }
    uint32_t a = read_choice(r, false);
    if (r->rc) return;
    r->t->rules[id].expr = a;
    if (peek(r) == ')') bad(r, ERR_ARGUMENT, ") without (");
}

/* Every rule that is used must be there. */
static int check_rules(parser *r) {
    skip_space(r, true);
    while (peek(r) >= 0) {
        read_rule(r);
        skip_space(r, true);
    }
    if (r->rc) return r->rc;
    for (size_t at = 0; at < r->s.len; at++) { /* a second reading, for the name alone */
        if (!is_word(r->s.ptr[at]) || (at && is_word(r->s.ptr[at - 1]))) continue;
        size_t end = at;
        while (end < r->s.len && is_word(r->s.ptr[end])) end++;
        uint32_t id = map_get(r->names, bytes_of(r->s.ptr + at, end - at));
        if (id != MAP_NONE && r->t->rules[id].expr == NONE)
            return fail(r->e, ERR_ARGUMENT, "grammar: the rule %.*s is not defined",
                        (int)(end - at < 80 ? end - at : 80), (const char *)r->s.ptr + at);
    }
    return OK;
}

static void find_nullable(net *t) {
    for (bool more = true; more;) {
        more = false;
        for (uint32_t i = t->n; i-- > 0;) {
            if (t->rules[i].nullable || !net_nullable(t, &t->x, t->rules[i].expr)) continue;
            t->rules[i].nullable = more = true;
        }
    }
}

int gbnf_read(net *t, bytes source, uint32_t *root, err *e) {
    parser r = {.t = t, .s = source, .e = e};
    int rc = map_open(&r.names, 64, map_hash(source, 0), e);
    if (!rc) rc = check_rules(&r);
    if (!rc) rc = exprs_status(&t->x, e);
    if (!rc) {
        *root = map_get(r.names, bytes_str("root"));
        if (*root == MAP_NONE) rc = fail(e, ERR_ARGUMENT, "grammar: the rule root is missing; a text begins with it");
    }
    map_close(r.names);
    if (rc) return rc;
    find_nullable(t);
    return net_make(t, "grammar", e);
}
