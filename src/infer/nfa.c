/* Expressions as finite automata (Thompson 1968): characters become their bytes, long repetitions rules that are
 * counted. */
#include "base/mem.h"
#include "base/utf8.h"
#include "infer/nfa_impl.h"

enum { REPEAT_WRITTEN = 400 }; /* states that a bounded repetition may take before it is counted instead */

void nfa_clear(nfa *a) {
    mem_free(a->first);
    mem_free(a->edges);
    mem_free(a->calls);
    *a = (nfa){0};
}

uint32_t nfa_state(nfa *a) {
    if (a->bad) return 0;
    if (a->n >= GRAMMAR_EDGES_MAX) {
        a->bad = ERR_TOO_LONG;
        return 0;
    }
    uint32_t *p = array_room(a->first, &a->cap, a->n + 1, sizeof *p);
    if (!p) {
        a->bad = ERR_MEMORY;
        return 0;
    }
    a->first = p;
    a->first[a->n] = NONE;
    return a->n++;
}

static void put_edge(nfa *a, uint32_t from, nfa_edge edge) {
    if (a->bad) return;
    if (a->n_edges >= GRAMMAR_EDGES_MAX) {
        a->bad = ERR_TOO_LONG;
        return;
    }
    nfa_edge *p = array_room(a->edges, &a->cap_edges, a->n_edges + 1, sizeof *p);
    if (!p) {
        a->bad = ERR_MEMORY;
        return;
    }
    a->edges = p;
    edge.next = a->first[from];
    a->edges[a->n_edges] = edge;
    a->first[from] = a->n_edges++;
}

static void put_bytes(nfa *a, uint32_t from, uint8_t lo, uint8_t hi, uint32_t to) {
    put_edge(a, from, (nfa_edge){.type = NFA_BYTES, .lo = lo, .hi = hi, .to = to});
}

void nfa_byte(nfa *a, uint32_t from, uint8_t byte, uint32_t to) { put_bytes(a, from, byte, byte, to); }
void nfa_skip(nfa *a, uint32_t from, uint32_t to) { put_edge(a, from, (nfa_edge){.type = NFA_SKIP, .to = to}); }

void nfa_call_rule(nfa *a, uint32_t rule, uint32_t min, uint32_t max, uint32_t from, uint32_t to) {
    if (a->bad || max == 0) return;
    if (min == 0) nfa_skip(a, from, to);
    nfa_call *p = array_room(a->calls, &a->cap_calls, a->n_calls + 1, sizeof *p);
    if (!p) {
        a->bad = ERR_MEMORY;
        return;
    }
    a->calls = p;
    a->calls[a->n_calls] = (nfa_call){rule, min ? min : 1, max};
    put_edge(a, from, (nfa_edge){.type = NFA_CALL, .to = to, .call = a->n_calls++});
}

static void put_text(nfa *a, bytes s, uint32_t from, uint32_t to) {
    for (size_t i = 0; i < s.len && !a->bad; i++) {
        uint32_t next = i + 1 == s.len ? to : nfa_state(a);
        put_bytes(a, from, s.ptr[i], s.ptr[i], next);
        from = next;
    }
}

/* ---- Characters ---- */

/* Code points lo..hi whose UTF-8 has the same length, and differs in every way below its first difference. */
static void put_sequence(nfa *a, uint32_t lo, uint32_t hi, uint32_t from, uint32_t to) {
    uint8_t p[4], q[4];
    size_t n = utf8_encode(p, lo);
    utf8_encode(q, hi);
    for (size_t i = 0; i < n && !a->bad; i++) {
        uint32_t next = i + 1 == n ? to : nfa_state(a);
        put_bytes(a, from, p[i], q[i], next);
        from = next;
    }
}

/* Cuts a range until put_sequence() can take its parts: at lengths, then so that all lower digits are full. */
static void put_range(nfa *a, uint32_t lo, uint32_t hi, uint32_t from, uint32_t to) {
    static const uint32_t length_ends[] = {0x7f, 0x7ff, 0xd7ff, 0xdfff, 0xffff};
    while (lo <= hi && !a->bad) {
        uint32_t end = hi;
        for (size_t i = 0; i < sizeof length_ends / sizeof *length_ends; i++)
            if (lo <= length_ends[i] && end > length_ends[i]) end = length_ends[i];
        if (lo >= 0xd800 && lo <= 0xdfff) { /* surrogates have no UTF-8 */
            lo = end + 1;
            continue;
        }
        int digits = lo < 0x80 ? 0 : lo < 0x800 ? 1 : lo < 0x10000 ? 2 : 3;
        for (int i = 1; i <= digits; i++) {
            uint32_t low = (1u << (6 * i)) - 1;
            if ((lo & ~low) == (end & ~low)) break;
            if (lo & low) {
                end = lo | low;
                break;
            }
            if ((end & low) != low) {
                end = (end & ~low) - 1;
                i = 0; /* the part that is left is cut in its turn */
            }
        }
        put_sequence(a, lo, end, from, to);
        lo = end + 1;
    }
}

/* A character that a JSON string escapes. */
static void put_escape(nfa *a, uint32_t c, uint32_t from, uint32_t to) {
    static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* character and letter in turns */
    char text[8] = {'\\'};
    size_t n = 0;
    for (size_t i = 0; letters[i]; i += 2)
        if ((uint32_t)letters[i] == c) text[1] = letters[i + 1], n = 2;
    if (!n) {
        static const char hex[] = "0123456789abcdef";
        memcpy(text, (char[]){'\\', 'u', '0', '0', hex[c >> 4 & 15], hex[c & 15]}, n = 6);
    }
    put_text(a, bytes_of(text, n), from, to);
}

/* A range as it stands in a JSON string. */
static void put_quoted(nfa *a, uint32_t lo, uint32_t hi, uint32_t from, uint32_t to) {
    for (; lo <= hi && lo < 0x20; lo++) put_escape(a, lo, from, to);
    static const uint32_t escaped[] = {'"', '\\'};
    for (size_t i = 0; i < 2; i++) {
        if (lo > escaped[i] || hi < escaped[i]) continue;
        if (lo < escaped[i]) put_range(a, lo, escaped[i] - 1, from, to);
        put_escape(a, escaped[i], from, to);
        lo = escaped[i] + 1;
    }
    if (lo <= hi) put_range(a, lo, hi, from, to);
}

void nfa_range(nfa *a, uint32_t lo, uint32_t hi, bool quoted, uint32_t from, uint32_t to) {
    (quoted ? put_quoted : put_range)(a, lo, hi, from, to);
}

/* ---- Expressions ---- */

static void put_once(nfa *a, const exprs *x, uint32_t id, uint32_t *from) {
    uint32_t next = nfa_state(a);
    nfa_expr(a, x, id, *from, next);
    *from = next;
}

static void put_any_times(nfa *a, const exprs *x, uint32_t id, uint32_t from, uint32_t to) {
    uint32_t loop = nfa_state(a), back = nfa_state(a);
    nfa_skip(a, from, loop);
    nfa_expr(a, x, id, loop, back);
    nfa_skip(a, back, loop);
    nfa_skip(a, loop, to);
}

static void put_repeat(nfa *a, const exprs *x, const expr_node *n, uint32_t from, uint32_t to) {
    bool few = n->size <= REPEAT_WRITTEN || (n->min <= 1 && n->max == REPEAT_ANY);
    if (a->net && !few) {
        uint32_t rule = x->node[n->a].op == EXPR_CALL ? x->node[n->a].a : net_expr_rule(a->net, n->a);
        uint32_t min = net_nullable(a->net, x, n->a) ? 0 : n->min;
        if (rule == NONE) a->bad = a->net->bad;
        else nfa_call_rule(a, rule, min, n->max, from, to);
        return;
    }
    for (uint32_t i = 0; i < n->min && !a->bad; i++) put_once(a, x, n->a, &from);
    if (n->max == REPEAT_ANY) {
        put_any_times(a, x, n->a, from, to);
        return;
    }
    for (uint32_t i = n->min; i < n->max && !a->bad; i++) {
        nfa_skip(a, from, to);
        put_once(a, x, n->a, &from);
    }
    nfa_skip(a, from, to);
}

/* Chains are gone along; only what lies within is recursion, as deep as the readers allow. */
void nfa_expr(nfa *a, const exprs *x, uint32_t id, uint32_t from, uint32_t to) {
    const expr_node *n = &x->node[id];
    for (; n->op == EXPR_CAT && !a->bad; n = &x->node[n->b]) put_once(a, x, n->a, &from);
    for (; n->op == EXPR_ALT && !a->bad; n = &x->node[n->b]) nfa_expr(a, x, n->a, from, to);
    if (a->bad) return;
    switch ((enum expr_op)n->op) {
    case EXPR_NEVER:
        return;
    case EXPR_EMPTY:
        nfa_skip(a, from, to);
        return;
    case EXPR_BYTES:
        put_text(a, bytes_of(x->text.ptr + n->a, n->b), from, to);
        return;
    case EXPR_CLASS:
        for (uint32_t i = 0; i < n->b; i++)
            nfa_range(a, x->ranges[n->a + i].lo, x->ranges[n->a + i].hi, n->quoted, from, to);
        return;
    case EXPR_REPEAT:
        put_repeat(a, x, n, from, to);
        return;
    case EXPR_CALL:
        nfa_call_rule(a, n->a, a->net && a->net->rules[n->a].nullable ? 0 : 1, 1, from, to);
        return;
    case EXPR_BEGIN:
        put_edge(a, from, (nfa_edge){.type = NFA_BEGIN, .to = to});
        return;
    case EXPR_END:
        put_edge(a, from, (nfa_edge){.type = NFA_END, .to = to});
        return;
    case EXPR_CONTEXT:
        nfa_context(a, x, n->a, from, to);
        return;
    default:
        nfa_expr(a, x, (uint32_t)(n - x->node), from, to); /* a chain of the other kind at a chain's end */
    }
}

void nfa_dfa(nfa *a, const dfa *d, uint32_t from, uint32_t to) {
    uint32_t base = a->n;
    for (uint32_t s = 0; s < d->n && !a->bad; s++) nfa_state(a);
    if (!a->bad) nfa_skip(a, from, base);
    for (uint32_t s = 0; s < d->n && !a->bad; s++) {
        for (uint32_t i = d->edge_at[s]; i < d->edge_at[s + 1]; i++)
            put_bytes(a, base + s, d->edges[i].lo, d->edges[i].hi, base + d->edges[i].to);
        if (d->accept[s]) nfa_skip(a, base + s, to);
    }
}
