/* Regular expressions with parts that ask what is beside them: \b and \B, ^ and $ of lines. A place in such an
 * expression becomes several states: by what came before it, and by what is promised to come next. */
#include "infer/nfa_impl.h"

/* A character beside a place, or none. */
enum kind { KIND_EDGE, KIND_LINE, KIND_WORD, KIND_OTHER, KINDS };
enum { EDGE = 1 << KIND_EDGE, LINE = 1 << KIND_LINE, WORD = 1 << KIND_WORD, OTHER = 1 << KIND_OTHER };
/* Promises: sets of kinds, closed under intersection. */
static const uint8_t promises[] = {EDGE | LINE | WORD | OTHER, WORD, EDGE | LINE | OTHER, EDGE | LINE, EDGE};
enum { ANY, A_WORD, NO_WORD, A_LINE_END, THE_END, PROMISES };

typedef struct spot {
    uint32_t state[KINDS][PROMISES];
} spot;

static const range lines[] = {{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};
static const range words[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
static const range others[] = {{0, 9},       {0xb, 0xc},   {0xe, 0x2f},    {0x3a, 0x40},
                               {0x5b, 0x5e}, {0x60, 0x60}, {0x7b, 0x2027}, {0x202a, 0x10ffff}};
static const struct {
    const range *r;
    size_t n;
} kinds[KINDS] = {{NULL, 0},
                  {lines, sizeof lines / sizeof *lines},
                  {words, sizeof words / sizeof *words},
                  {others, sizeof others / sizeof *others}};

static spot spot_new(nfa *a) {
    spot s;
    for (int k = 0; k < KINDS; k++)
        for (int p = 0; p < PROMISES; p++) s.state[k][p] = nfa_state(a);
    return s;
}

/* From each state to its like, where `before` has its kind, with the promise `also`. */
static void join(nfa *a, const spot *from, const spot *to, unsigned before, int also) {
    for (int k = 0; k < KINDS; k++) {
        for (int p = 0; p < PROMISES && before >> k & 1; p++) {
            uint8_t both = promises[p] & promises[also];
            for (int q = 0; q < PROMISES && both; q++)
                if (promises[q] == both) nfa_skip(a, from->state[k][p], to->state[k][q]);
        }
    }
}

static void put_mark(nfa *a, enum expr_op op, const spot *from, const spot *to) {
    const unsigned other = EDGE | LINE | OTHER;
    if (op == EXPR_BEGIN) join(a, from, to, EDGE, ANY);
    if (op == EXPR_END) join(a, from, to, ~0u, THE_END);
    if (op == EXPR_LINE_BEGIN) join(a, from, to, EDGE | LINE, ANY);
    if (op == EXPR_LINE_END) join(a, from, to, ~0u, A_LINE_END);
    if (op == EXPR_WORD) join(a, from, to, WORD, NO_WORD), join(a, from, to, other, A_WORD);
    if (op == EXPR_NO_WORD) join(a, from, to, WORD, A_WORD), join(a, from, to, other, NO_WORD);
}

/* Characters of one kind keep the promises that allow it, and promise nothing. */
static void put_class(nfa *a, const exprs *x, const expr_node *n, const spot *from, const spot *to) {
    for (int kind = KIND_LINE; kind < KINDS; kind++) {
        uint32_t hub = nfa_state(a);
        for (int k = 0; k < KINDS; k++)
            for (int p = 0; p < PROMISES; p++)
                if (promises[p] >> kind & 1) nfa_skip(a, from->state[k][p], hub);
        for (uint32_t i = 0; i < n->b; i++) {
            const range r = x->ranges[n->a + i];
            for (size_t m = 0; m < kinds[kind].n && !a->bad; m++) {
                const range *of = &kinds[kind].r[m];
                uint32_t lo = r.lo > of->lo ? r.lo : of->lo, hi = r.hi < of->hi ? r.hi : of->hi;
                if (lo <= hi) nfa_range(a, lo, hi, n->quoted, hub, to->state[kind][ANY]);
            }
        }
    }
}

static void put(nfa *a, const exprs *x, uint32_t id, const spot *from, const spot *to);

static void put_repeat(nfa *a, const exprs *x, const expr_node *n, spot from, const spot *to) {
    for (uint32_t i = 0; i < n->min && !a->bad; i++) {
        spot next = spot_new(a);
        put(a, x, n->a, &from, &next);
        from = next;
    }
    for (uint32_t i = n->min; n->max != REPEAT_ANY && i < n->max && !a->bad; i++) {
        spot next = spot_new(a);
        join(a, &from, to, ~0u, ANY);
        put(a, x, n->a, &from, &next);
        from = next;
    }
    if (n->max == REPEAT_ANY && !a->bad) {
        spot loop = spot_new(a);
        join(a, &from, &loop, ~0u, ANY);
        put(a, x, n->a, &loop, &loop);
        from = loop;
    }
    join(a, &from, to, ~0u, ANY);
}

/* As nfa_expr(). */
static void put(nfa *a, const exprs *x, uint32_t id, const spot *start, const spot *to) {
    const expr_node *n = &x->node[id];
    spot from = *start;
    for (; n->op == EXPR_CAT && !a->bad; n = &x->node[n->b]) {
        spot next = spot_new(a);
        put(a, x, n->a, &from, &next);
        from = next;
    }
    for (; n->op == EXPR_ALT && !a->bad; n = &x->node[n->b]) put(a, x, n->a, &from, to);
    if (a->bad) return;
    switch ((enum expr_op)n->op) {
    case EXPR_NEVER:
        return;
    case EXPR_EMPTY:
        join(a, &from, to, ~0u, ANY);
        return;
    case EXPR_CLASS:
        put_class(a, x, n, &from, to);
        return;
    case EXPR_REPEAT:
        put_repeat(a, x, n, from, to);
        return;
    case EXPR_CAT:
    case EXPR_ALT:
        put(a, x, (uint32_t)(n - x->node), &from, to); /* a chain of the other kind at a chain's end */
        return;
    default:
        put_mark(a, (enum expr_op)n->op, &from, to); /* regex.c makes nothing else */
    }
}

void nfa_context(nfa *a, const exprs *x, uint32_t id, uint32_t from, uint32_t to) {
    spot first = spot_new(a), last = spot_new(a);
    if (!a->bad) nfa_skip(a, from, first.state[KIND_EDGE][ANY]);
    if (!a->bad) put(a, x, id, &first, &last);
    for (int k = 0; k < KINDS && !a->bad; k++)
        for (int p = 0; p < PROMISES; p++)
            if (promises[p] & EDGE) nfa_skip(a, last.state[k][p], to);
}
