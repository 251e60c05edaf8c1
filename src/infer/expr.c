/* Expressions over bytes: what regular expressions, grammars and schemas are read into. */
#include "base/mem.h"
#include "infer/grammar_impl.h"

enum { CODE_MAX = 0x10ffff, SIZE_MOST = 1 << 30 };

void *array_room(void *p, uint32_t *cap, uint32_t need, size_t each) {
    if (need <= *cap) return p;
    uint32_t want = *cap ? *cap : 16;
    while (want < need) want = want < UINT32_MAX / 2 ? want * 2 : need;
    void *q = want <= SIZE_MAX / each ? mem_grow(p, want * each) : NULL;
    if (q) *cap = want;
    return q;
}

static uint32_t add(exprs *x, expr_node n) {
    if (x->bad) return 0;
    if (x->n == GRAMMAR_NODES_MAX) {
        x->bad = ERR_TOO_LONG;
        return 0;
    }
    expr_node *p = array_room(x->node, &x->cap, x->n + 1, sizeof *p);
    if (!p) {
        x->bad = ERR_MEMORY;
        return 0;
    }
    x->node = p;
    x->node[x->n] = n;
    return x->n++;
}

int exprs_init(exprs *x, uint64_t *work, err *e) {
    *x = (exprs){.text = {.max = GRAMMAR_TEXT_MAX * 4}, .work = work};
    add(x, (expr_node){.op = EXPR_EMPTY});
    add(x, (expr_node){.op = EXPR_NEVER});
    return exprs_status(x, e);
}

void exprs_clear(exprs *x) {
    mem_free(x->node);
    mem_free(x->ranges);
    buf_clear(&x->text);
    *x = (exprs){0};
}

int exprs_status(const exprs *x, err *e) {
    int bad = x->bad ? x->bad : x->text.bad;
    if (bad == ERR_TOO_LONG) return fail(e, bad, "the grammar is too long");
    return bad ? fail(e, bad, "no memory for the grammar") : OK;
}

uint32_t expr_bytes(exprs *x, bytes s) {
    if (!s.len) return EXPR_EMPTY;
    uint32_t at = (uint32_t)x->text.len;
    buf_bytes(&x->text, s);
    if (x->text.bad) return EXPR_EMPTY;
    return add(x, (expr_node){.op = EXPR_BYTES, .a = at, .b = (uint32_t)s.len, .size = (uint32_t)s.len});
}

uint32_t expr_str(exprs *x, const char *s) { return expr_bytes(x, bytes_str(s)); }

static bool put_range(exprs *x, uint32_t lo, uint32_t hi) {
    if (lo > hi) return true;
    range *p = array_room(x->ranges, &x->cap_ranges, x->n_ranges + 1, sizeof *p);
    if (!p || x->n_ranges >= GRAMMAR_NODES_MAX) {
        if (!x->bad) x->bad = p ? ERR_TOO_LONG : ERR_MEMORY;
        return false;
    }
    x->ranges = p;
    x->ranges[x->n_ranges++] = (range){lo, hi};
    return true;
}

static int compare_ranges(const void *a, const void *b) {
    const range *p = a, *q = b;
    return p->lo != q->lo ? (p->lo < q->lo ? -1 : 1) : p->hi < q->hi ? -1 : p->hi > q->hi;
}

/* Sorts, joins and perhaps turns round the ranges from `first` on; surrogates are in none. */
static void tidy(exprs *x, uint32_t first, bool negated) {
    uint32_t n = x->n_ranges - first, from = 0;
    range *r = mem_array(n ? n : 1, sizeof *r);
    if (!r) {
        x->bad = ERR_MEMORY;
        return;
    }
    if (n) memcpy(r, x->ranges + first, n * sizeof *r);
    if (n) qsort(r, n, sizeof *r, compare_ranges);
    x->n_ranges = first;
    for (uint32_t i = 0; i < n && !x->bad; i++) {
        if (negated) {
            if (r[i].lo > from) put_range(x, from, r[i].lo - 1);
            if (r[i].hi + 1 > from) from = r[i].hi + 1;
        } else if (x->n_ranges > first && r[i].lo <= x->ranges[x->n_ranges - 1].hi + 1) {
            if (r[i].hi > x->ranges[x->n_ranges - 1].hi) x->ranges[x->n_ranges - 1].hi = r[i].hi;
        } else {
            put_range(x, r[i].lo, r[i].hi);
        }
    }
    if (negated && from <= CODE_MAX) put_range(x, from, CODE_MAX);
    mem_free(r);
}

uint32_t expr_class(exprs *x, const range *r, uint32_t n, bool negated, bool quoted) {
    uint32_t first = x->n_ranges;
    for (uint32_t i = 0; i < n && !x->bad; i++)
        if (!put_range(x, r[i].lo, r[i].hi)) return EXPR_EMPTY;
    if (x->bad) return EXPR_EMPTY;
    tidy(x, first, negated);
    uint32_t count = x->n_ranges - first;
    if (!count) return EXPR_NEVER;
    return add(x, (expr_node){.op = EXPR_CLASS, .quoted = quoted, .a = first, .b = count, .size = 3 * count});
}

static uint32_t sum(const exprs *x, uint32_t a, uint32_t b) {
    uint64_t n = (uint64_t)x->node[a].size + x->node[b].size + 1;
    return n < SIZE_MOST ? (uint32_t)n : SIZE_MOST;
}

uint32_t expr_cat(exprs *x, uint32_t a, uint32_t b) {
    if (x->bad || a == EXPR_NEVER || b == EXPR_NEVER) return EXPR_NEVER;
    if (a == EXPR_EMPTY) return b;
    if (b == EXPR_EMPTY) return a;
    return add(x, (expr_node){.op = EXPR_CAT, .a = a, .b = b, .size = sum(x, a, b)});
}

uint32_t expr_alt(exprs *x, uint32_t a, uint32_t b) {
    if (x->bad || a == b || b == EXPR_NEVER) return a;
    if (a == EXPR_NEVER) return b;
    return add(x, (expr_node){.op = EXPR_ALT, .a = a, .b = b, .size = sum(x, a, b)});
}

uint32_t expr_repeat(exprs *x, uint32_t a, uint32_t min, uint32_t max) {
    if (x->bad || max == 0 || a == EXPR_EMPTY) return EXPR_EMPTY;
    if (a == EXPR_NEVER) return min ? EXPR_NEVER : EXPR_EMPTY;
    if (min == 1 && max == 1) return a;
    const expr_node *n = &x->node[a];
    if (n->op == EXPR_REPEAT && n->min == 0 && n->max == REPEAT_ANY) return a; /* (x*){2,9} is x* */
    uint64_t times = max == REPEAT_ANY ? (uint64_t)min + 1 : max, size = times * ((uint64_t)n->size + 2);
    return add(
        x,
        (expr_node){
            .op = EXPR_REPEAT, .a = a, .min = min, .max = max, .size = size < SIZE_MOST ? (uint32_t)size : SIZE_MOST});
}

uint32_t expr_optional(exprs *x, uint32_t a) { return expr_repeat(x, a, 0, 1); }
uint32_t expr_call(exprs *x, uint32_t rule) { return add(x, (expr_node){.op = EXPR_CALL, .a = rule, .size = 1}); }
uint32_t expr_context(exprs *x, uint32_t a) {
    return x->bad ? EXPR_EMPTY : add(x, (expr_node){.op = EXPR_CONTEXT, .a = a, .size = x->node[a].size});
}

uint32_t expr_mark(exprs *x, enum expr_op op) { return add(x, (expr_node){.op = (uint8_t)op, .size = 1}); }
