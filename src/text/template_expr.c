/* Expressions: jinja2's grammar by recursive descent. What binds tighter, from the outside in: if-else, or, and, not,
 * comparisons, + -, ~, * / // %, **, then sign, look-ups, calls, filters and tests around a primary. */
#include "text/template_impl.h"

void *tpl_parse_get(tpl_parser *p, size_t n) {
    void *v = p->rc ? NULL : tpl_arena_get(p->mem, n);
    if (!v) tpl_parse_fail(p, ERR_MEMORY, "no memory for the template");
    return v;
}

tpl_node *tpl_node_new(tpl_parser *p, int kind) {
    tpl_node *n = tpl_parse_get(p, sizeof *n);
    if (!n) return NULL;
    n->kind = (uint8_t)kind;
    n->line = p->tok.line ? p->tok.line : p->line;
    return n;
}

bool tpl_parse_enter(tpl_parser *p) {
    if (p->rc) return false;
    if (p->depth >= TEMPLATE_DEPTH_MAX) {
        tpl_parse_fail(p, ERR_TOO_LONG, "nested deeper than %d", TEMPLATE_DEPTH_MAX);
        return false;
    }
    p->depth++;
    return true;
}

bool tpl_is_name(const tpl_parser *p, const char *name) { return p->tok.kind == T_NAME && bytes_is(p->tok.text, name); }

bool tpl_skip(tpl_parser *p, int kind) {
    if (p->rc || p->tok.kind != kind) return false;
    tpl_lex_next(p);
    return true;
}

bool tpl_skip_name(tpl_parser *p, const char *name) { return tpl_is_name(p, name) && tpl_skip(p, T_NAME); }

void tpl_expect(tpl_parser *p, int kind, const char *what) {
    if (!tpl_skip(p, kind)) tpl_parse_fail(p, ERR_CORRUPT, "expected %s", what);
}

/* A node over one operand. */
static tpl_node *node_over(tpl_parser *p, int kind, int op, tpl_node *kid) {
    tpl_node *n = tpl_node_new(p, kind);
    if (!n) return NULL;
    n->op = (uint8_t)op;
    n->kids[0] = kid;
    return n;
}

static tpl_node *const_node(tpl_parser *p, tpl_value v) {
    tpl_node *n = tpl_node_new(p, N_CONST);
    if (n) n->value = v;
    return n;
}

/* Elements up to `close`, linked, behind the opening bracket. A part of a dict is a key, its value in kids[1]. */
static tpl_node *parse_elements(tpl_parser *p, int close, bool dict) {
    tpl_node *first = NULL, **end = &first;
    while (!p->rc && p->tok.kind != close) {
        tpl_node *n = node_over(p, N_PART, 0, tpl_parse_expr(p));
        if (dict) {
            tpl_expect(p, ':', "':' after the key");
            tpl_node *value = tpl_parse_expr(p);
            if (n) n->kids[1] = value;
        }
        if (!n) break;
        *end = n;
        end = &n->next;
        if (!tpl_skip(p, ',')) break;
    }
    tpl_expect(p, close, close == ']' ? "']'" : close == '}' ? "'}'" : "')'");
    return first;
}

static tpl_node *parse_brackets(tpl_parser *p) {
    int open = p->tok.kind;
    tpl_lex_next(p);
    if (open != '(')
        return node_over(p, open == '[' ? N_LIST : N_DICT, 0, parse_elements(p, open == '[' ? ']' : '}', open == '{'));
    if (tpl_skip(p, ')')) return node_over(p, N_TUPLE, 0, NULL);
    tpl_node *n = tpl_parse_tuple(p, true);
    tpl_expect(p, ')', "')'");
    return n;
}

/* Adjacent strings are one. */
static tpl_node *parse_string(tpl_parser *p) {
    bytes s = p->tok.text;
    tpl_lex_next(p);
    while (p->tok.kind == T_STRING && !p->rc) {
        uint8_t *joined = tpl_parse_get(p, s.len + p->tok.text.len + 1);
        if (!joined) return NULL;
        if (s.len) memcpy(joined, s.ptr, s.len);
        if (p->tok.text.len) memcpy(joined + s.len, p->tok.text.ptr, p->tok.text.len);
        s = bytes_of(joined, s.len + p->tok.text.len);
        tpl_lex_next(p);
    }
    return const_node(p, tpl_string(s));
}

static tpl_node *parse_number(tpl_parser *p) {
    tpl_value v = tpl_int(0);
    if (p->tok.kind == T_FLOAT) {
        v.type = TPL_FLOAT;
        tpl_float_of(p->tok.text, &v.f);
    } else if (!tpl_int_of(p->tok.text, 10, &v.i)) {
        tpl_parse_fail(p, ERR_UNSUPPORTED, "integers of more than 64 bits are not supported");
    }
    tpl_node *n = const_node(p, v);
    tpl_lex_next(p);
    return n;
}

static tpl_node *parse_primary(tpl_parser *p) {
    static const struct {
        const char *name;
        tpl_value value;
    } words[] = {
        {"true", {.type = TPL_BOOL, .i = 1}}, {"True", {.type = TPL_BOOL, .i = 1}}, {"false", {.type = TPL_BOOL}},
        {"False", {.type = TPL_BOOL}},        {"none", {.type = TPL_NONE}},         {"None", {.type = TPL_NONE}},
    };
    if (p->tok.kind == T_STRING) return parse_string(p);
    if (p->tok.kind == T_INT || p->tok.kind == T_FLOAT) return parse_number(p);
    if (p->tok.kind == '(' || p->tok.kind == '[' || p->tok.kind == '{') return parse_brackets(p);
    if (p->tok.kind != T_NAME) {
        tpl_parse_fail(p, ERR_CORRUPT, "expected an expression");
        return NULL;
    }
    tpl_node *n = NULL;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (tpl_is_name(p, words[i].name)) n = const_node(p, words[i].value);
    if (!n && (n = tpl_node_new(p, N_NAME))) {
        n->text = p->tok.text;
        if (tpl_is_name(p, "varargs")) p->wants |= TPL_WANTS_VARARGS;
        if (tpl_is_name(p, "kwargs")) p->wants |= TPL_WANTS_KWARGS;
    }
    tpl_lex_next(p);
    return n;
}

/* Arguments behind '(': parts, those given by name carry it, *all and **all carry the star. */
static tpl_node *parse_args(tpl_parser *p) {
    tpl_node *first = NULL, **end = &first;
    bool named = false;
    while (!p->rc && p->tok.kind != ')') {
        int star = p->tok.kind == '*' || p->tok.kind == T_POWER ? p->tok.kind : 0;
        if (star) tpl_lex_next(p);
        tpl_node *n = tpl_node_new(p, N_PART), *value = tpl_parse_expr(p);
        if (!n || !value) return NULL;
        n->op = (uint8_t)star;
        if (star == T_POWER) {
            named = true;
        } else if (!star && value->kind == N_NAME && tpl_skip(p, '=')) {
            n->text = value->text;
            value = tpl_parse_expr(p);
            named = true;
        } else if (named) tpl_parse_fail(p, ERR_CORRUPT, "an argument without a name after named ones");
        n->kids[0] = value;
        *end = n;
        end = &n->next;
        if (!tpl_skip(p, ',')) break;
    }
    tpl_expect(p, ')', "')' after the arguments");
    return first;
}

/* Behind '[': an index or a slice. */
static tpl_node *parse_subscript(tpl_parser *p, tpl_node *of) {
    tpl_node *n = node_over(p, N_ITEM, 0, of), *part = NULL;
    if (!n) return NULL;
    if (p->tok.kind != ':') part = tpl_parse_expr(p);
    if (p->tok.kind == ':') {
        n->kind = N_SLICE;
        for (int i = 1; i <= 3; i++) {
            n->kids[i] = part;
            part = NULL;
            if (i == 3 || !tpl_skip(p, ':')) break;
            if (p->tok.kind != ':' && p->tok.kind != ']') part = tpl_parse_expr(p);
        }
    } else n->kids[1] = part;
    if (p->tok.kind == ',') tpl_parse_fail(p, ERR_UNSUPPORTED, "several subscripts are not supported");
    tpl_expect(p, ']', "']'");
    return n;
}

static tpl_node *parse_attribute(tpl_parser *p, tpl_node *of) {
    tpl_node *n = node_over(p, p->tok.kind == T_INT ? N_ITEM : N_ATTR, 0, of);
    if (!n) return NULL;
    if (p->tok.kind == T_INT) {
        n->kids[1] = parse_number(p);
        return n;
    }
    n->text = p->tok.text;
    tpl_expect(p, T_NAME, "a name after '.'");
    return n;
}

/* Look-ups and calls nest to the left, so a long row of them is as deep as nested brackets. */
tpl_node *tpl_parse_postfix(tpl_parser *p, tpl_node *n) {
    int depth = p->depth;
    while (!p->rc && (p->tok.kind == '.' || p->tok.kind == '[' || p->tok.kind == '(') && tpl_parse_enter(p)) {
        int kind = p->tok.kind;
        tpl_lex_next(p);
        if (kind == '.') n = parse_attribute(p, n);
        else if (kind == '[') n = parse_subscript(p, n);
        else if ((n = node_over(p, N_CALL, 0, n))) n->kids[1] = parse_args(p);
    }
    p->depth = depth;
    return n;
}

/* Behind 'is': a test of n. */
static tpl_node *parse_test(tpl_parser *p, tpl_node *of) {
    bool negated = tpl_skip_name(p, "not");
    tpl_node *n = node_over(p, N_TEST, negated, NULL);
    if (!n) return NULL;
    n->text = p->tok.text;
    n->fn = tpl_test_find(n->text);
    tpl_expect(p, T_NAME, "the name of a test");
    n->kids[1] = of;
    if (tpl_skip(p, '(')) {
        n->kids[2] = parse_args(p);
        return n;
    }
    int k = p->tok.kind;
    bool word = k == T_NAME && !tpl_is_name(p, "else") && !tpl_is_name(p, "or") && !tpl_is_name(p, "and") &&
                !tpl_is_name(p, "if") && !tpl_is_name(p, "is");
    if (!word && k != T_STRING && k != T_INT && k != T_FLOAT && k != '(' && k != '[' && k != '{') return n;
    n->kids[2] = node_over(p, N_PART, 0, tpl_parse_postfix(p, parse_primary(p)));
    return n;
}

static tpl_node *parse_filter(tpl_parser *p, tpl_node *input) {
    tpl_node *n = tpl_node_new(p, N_FILTER);
    if (!n) return NULL;
    n->text = p->tok.text;
    n->fn = tpl_filter_find(n->text);
    n->kids[1] = input;
    tpl_expect(p, T_NAME, "the name of a filter");
    if (tpl_skip(p, '(')) n->kids[2] = parse_args(p);
    return n;
}

tpl_node *tpl_parse_filters(tpl_parser *p, tpl_node *n, bool first_pipe_read) {
    int depth = p->depth;
    while (!p->rc && tpl_parse_enter(p)) {
        if (first_pipe_read || tpl_skip(p, '|')) n = parse_filter(p, n);
        else if (tpl_skip_name(p, "is")) n = parse_test(p, n);
        else if (tpl_skip(p, '(')) { /* jinja2 calls what a filter gave, too */
            if ((n = node_over(p, N_CALL, 0, n))) n->kids[1] = parse_args(p);
        } else break;
        first_pipe_read = false;
    }
    p->depth = depth;
    return n;
}

static tpl_node *parse_unary(tpl_parser *p, bool with_filters) {
    if (!tpl_parse_enter(p)) return NULL;
    int sign = p->tok.kind;
    tpl_node *n;
    if (tpl_skip(p, '-') || tpl_skip(p, '+')) n = node_over(p, N_SIGN, sign, parse_unary(p, false));
    else n = parse_primary(p);
    n = tpl_parse_postfix(p, n);
    if (with_filters) n = tpl_parse_filters(p, n, false);
    p->depth--;
    return n;
}

/* The binary operators by level, the loosest first; each level is one chain node. */
enum { LEVEL_COMPARE, LEVEL_ADD, LEVEL_CONCAT, LEVEL_MULTIPLY, LEVEL_POWER, LEVELS };

/* The operator of this level that is next, its token taken; 0 where there is none. */
static int skip_operator(tpl_parser *p, int level) {
    static const uint8_t ops[LEVELS][7] = {
        {T_EQ, T_NE, T_LE, T_GE, '<', '>'}, {'+', '-'}, {'~'}, {'*', '/', T_FLOOR, '%'}, {T_POWER}};
    int kind = p->tok.kind;
    if (level == LEVEL_COMPARE && tpl_skip_name(p, "in")) return T_IN;
    if (level == LEVEL_COMPARE && tpl_is_name(p, "not")) {
        tpl_parser ahead = *p; /* `not in`; any other `not` here is an error that the caller finds */
        tpl_lex_next(&ahead);
        if (!tpl_is_name(&ahead, "in")) return 0;
        *p = ahead;
        tpl_lex_next(p);
        return T_NOT_IN;
    }
    for (int i = 0; i < 6 && ops[level][i]; i++)
        if (ops[level][i] == kind && tpl_skip(p, kind)) return kind;
    return 0;
}

static tpl_node *parse_level(tpl_parser *p, int level) {
    tpl_node *n = level == LEVEL_POWER ? parse_unary(p, true) : parse_level(p, level + 1);
    tpl_node **end = NULL;
    for (int op; !p->rc && (op = skip_operator(p, level));) {
        if (!end) {
            if (!(n = node_over(p, level == LEVEL_COMPARE ? N_COMPARE : N_CHAIN, 0, n))) return NULL;
            end = &n->kids[1];
        }
        tpl_node *right = level == LEVEL_POWER ? parse_unary(p, true) : parse_level(p, level + 1);
        if (!(*end = node_over(p, N_PART, op, right))) return NULL;
        end = &(*end)->next;
    }
    return n;
}

static tpl_node *parse_not(tpl_parser *p) {
    if (!tpl_is_name(p, "not")) return parse_level(p, LEVEL_COMPARE);
    if (!tpl_parse_enter(p)) return NULL;
    tpl_lex_next(p);
    tpl_node *n = node_over(p, N_NOT, 0, parse_not(p));
    p->depth--;
    return n;
}

/* `word` is "and" or "or". */
static tpl_node *parse_logic(tpl_parser *p, const char *word) {
    bool and = word[0] == 'a';
    tpl_node *n = and ? parse_not(p) : parse_logic(p, "and");
    tpl_node **end = NULL;
    while (tpl_skip_name(p, word)) {
        if (!end) {
            if (!(n = node_over(p, and? N_AND : N_OR, 0, node_over(p, N_PART, 0, n))) || !n->kids[0]) return NULL;
            end = &n->kids[0]->next;
        }
        if (!(*end = node_over(p, N_PART, 0, and? parse_not(p) : parse_logic(p, "and")))) return NULL;
        end = &(*end)->next;
    }
    return n;
}

tpl_node *tpl_parse_or(tpl_parser *p) {
    if (!tpl_parse_enter(p)) return NULL;
    tpl_node *n = parse_logic(p, "or");
    p->depth--;
    return n;
}

tpl_node *tpl_parse_expr(tpl_parser *p) {
    if (!tpl_parse_enter(p)) return NULL;
    int depth = p->depth;
    tpl_node *n = tpl_parse_or(p);
    while (tpl_skip_name(p, "if") && tpl_parse_enter(p)) {
        if (!(n = node_over(p, N_COND, 0, n))) break;
        n->kids[1] = tpl_parse_or(p);
        if (tpl_skip_name(p, "else")) n->kids[2] = tpl_parse_expr(p);
    }
    p->depth = depth - 1;
    return n;
}

tpl_node *tpl_parse_tuple(tpl_parser *p, bool with_cond) {
    tpl_node *n = with_cond ? tpl_parse_expr(p) : tpl_parse_or(p);
    if (p->tok.kind != ',') return n;
    tpl_node *part = node_over(p, N_PART, 0, n), **end;
    if (!part || !(n = node_over(p, N_TUPLE, 0, part))) return NULL;
    end = &part->next;
    while (tpl_skip(p, ',')) {
        int k = p->tok.kind;
        if (k == ')' || k == T_VAR_END || k == T_BLOCK_END) break;
        part = node_over(p, N_PART, 0, with_cond ? tpl_parse_expr(p) : tpl_parse_or(p));
        if (!part) return NULL;
        *end = part;
        end = &part->next;
    }
    return n;
}
