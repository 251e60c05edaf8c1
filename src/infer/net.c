/* Rules that call each other, and the one table they are linked into. */
#include "base/mem.h"
#include "infer/nfa_impl.h"

static int no_memory(err *e) { return fail(e, ERR_MEMORY, "no memory for the grammar"); }

int net_init(net *t, err *e) {
    *t = (net){0};
    return exprs_init(&t->x, &t->work, e);
}

void net_clear(net *t) {
    for (uint32_t i = 0; i < t->n; i++) dfa_clear(&t->rules[i].d);
    mem_free(t->rules);
    exprs_clear(&t->x);
    *t = (net){0};
}

uint32_t net_add(net *t) {
    if (t->bad) return NONE;
    if (t->n >= GRAMMAR_RULES_MAX) {
        t->bad = ERR_TOO_LONG;
        return NONE;
    }
    rule *p = array_room(t->rules, &t->cap, t->n + 1, sizeof *p);
    if (!p) {
        t->bad = ERR_MEMORY;
        return NONE;
    }
    t->rules = p;
    t->rules[t->n] = (rule){.expr = NONE};
    return t->n++;
}

static int net_status(const net *t, err *e) {
    if (t->bad == ERR_TOO_LONG)
        return fail(e, t->bad, "the grammar needs more than %d rules; simplify it", (int)GRAMMAR_RULES_MAX);
    if (t->bad) return no_memory(e);
    return exprs_status(&t->x, e);
}

uint32_t net_expr_rule(net *t, uint32_t expr) {
    for (uint32_t i = t->n; i-- > 0;)
        if (t->rules[i].expr == expr) return i;
    uint32_t r = net_add(t);
    if (r == NONE) return NONE;
    t->rules[r].expr = expr;
    t->rules[r].nullable = net_nullable(t, &t->x, expr);
    return r;
}

bool net_nullable(const net *t, const exprs *x, uint32_t id) {
    const expr_node *n = &x->node[id];
    for (; n->op == EXPR_CAT; n = &x->node[n->b])
        if (!net_nullable(t, x, n->a)) return false;
    for (; n->op == EXPR_ALT; n = &x->node[n->b])
        if (net_nullable(t, x, n->a)) return true;
    switch ((enum expr_op)n->op) {
    case EXPR_NEVER:
    case EXPR_BYTES:
    case EXPR_CLASS:
        return false;
    case EXPR_REPEAT:
        return n->min == 0 || net_nullable(t, x, n->a);
    case EXPR_CALL:
        return t->rules[n->a].nullable;
    case EXPR_CAT:
        return net_nullable(t, x, (uint32_t)(n - x->node));
    default:
        return true;
    }
}

int net_fill(net *t, uint32_t r, const nfa *a, uint32_t from, uint32_t to, const char *what, err *e) {
    dfa d = {0};
    int rc = net_status(t, e);
    if (!rc) rc = dfa_make(&d, a, from, to, what, e);
    if (rc) {
        dfa_clear(&d);
        return rc;
    }
    t->rules[r].d = d;
    t->rules[r].made = true;
    t->rules[r].nullable = t->rules[r].nullable || d.accept[0];
    d.accept[0] = 0; /* the empty text is what `nullable` says */
    return OK;
}

int net_make(net *t, const char *what, err *e) {
    int rc = net_status(t, e);
    for (uint32_t r = 0; !rc && r < t->n; r++) { /* more come as they are made */
        if (t->rules[r].made || t->rules[r].expr == NONE) continue;
        nfa a = nfa_of(&t->x, t);
        uint32_t from = nfa_state(&a), to = nfa_state(&a);
        if (!a.bad) nfa_expr(&a, &t->x, t->rules[r].expr, from, to);
        rc = net_fill(t, r, &a, from, to, what, e);
        nfa_clear(&a);
    }
    return rc ? rc : net_status(t, e);
}

/* ---- What can come to an end ---- */

static bool any_present(const dfa_edge *edge, const bool present[256]) {
    for (int b = edge->lo; b <= edge->hi; b++)
        if (present[b]) return true;
    return false;
}

/* live[state of the rule]; whether anything changed. */
static bool spread(const net *t, const dfa *d, const bool present[256], const bool *productive, bool *live) {
    bool changed = false;
    for (uint32_t s = d->n; s-- > 0;) {
        bool now = live[s] || d->accept[s];
        for (uint32_t i = d->edge_at[s]; i < d->edge_at[s + 1] && !now; i++)
            now = live[d->edges[i].to] && any_present(&d->edges[i], present);
        for (uint32_t i = d->call_at[s]; i < d->call_at[s + 1] && !now; i++)
            now = productive[d->calls[i].rule] && live[d->calls[i].to];
        changed = changed || now != live[s];
        live[s] = now;
    }
    (void)t;
    return changed;
}

/* live[]: of all rules' states, one rule after the other, from base[rule] on. */
static int find_live(const net *t, const bool present[256], bool *productive, bool **live, uint32_t **base, err *e) {
    uint64_t n = 0;
    *base = mem_array((size_t)t->n + 1, sizeof **base);
    if (!*base) return no_memory(e);
    for (uint32_t r = 0; r < t->n; r++) {
        (*base)[r] = (uint32_t)n;
        n += t->rules[r].d.n;
    }
    if (n > GRAMMAR_TABLE_MAX) return fail(e, ERR_TOO_LONG, "the grammar is too large; simplify it");
    (*base)[t->n] = (uint32_t)n;
    *live = mem_array(n ? n : 1, sizeof **live);
    if (!*live) return no_memory(e);
    for (bool more = true; more;) {
        more = false;
        for (uint32_t r = t->n; r-- > 0;) {
            const dfa *d = &t->rules[r].d;
            if (!d->n) continue;
            bool *own = *live + (*base)[r];
            while (spread(t, d, present, productive, own)) more = true;
            productive[r] = own[0];
        }
    }
    return OK;
}

int net_productive(const net *t, const bool present[256], bool *productive, err *e) {
    bool *live = NULL;
    uint32_t *base = NULL;
    int rc = find_live(t, present, productive, &live, &base, e);
    mem_free(live);
    mem_free(base);
    return rc;
}

/* ---- Linking ---- */

typedef struct linker {
    const net *t;
    const bool *present;
    table *out;
    bool *productive, *live, *wanted; /* wanted[rule]: it can be reached */
    uint32_t *base, *number;          /* number[state]: in the table, NONE: left out */
    err *e;
} linker;

static bool keeps_call(const linker *l, uint32_t r, const dfa_call *c) {
    return l->productive[c->rule] && l->live[l->base[r] + c->to];
}

/* Marks what can be reached from the root through what is kept. */
static int reach(linker *l, uint32_t root) {
    uint32_t *todo = mem_array((size_t)l->t->n + 1, sizeof *todo), n = 0;
    if (!todo) return no_memory(l->e);
    todo[n++] = root;
    l->wanted[root] = true;
    while (n) {
        uint32_t r = todo[--n];
        const dfa *d = &l->t->rules[r].d;
        for (uint32_t s = 0; s < d->n; s++) {
            for (uint32_t i = d->call_at[s]; i < d->call_at[s + 1]; i++) {
                uint32_t to = d->calls[i].rule;
                if (!l->live[l->base[r] + s] || !keeps_call(l, r, &d->calls[i]) || l->wanted[to]) continue;
                l->wanted[to] = true;
                todo[n++] = to;
            }
        }
    }
    mem_free(todo);
    return OK;
}

static int number_states(linker *l) {
    uint32_t n = 0, n_all = l->base[l->t->n];
    l->number = mem_array(n_all ? n_all : 1, sizeof *l->number);
    if (!l->number) return no_memory(l->e);
    for (uint32_t r = 0; r < l->t->n; r++)
        for (uint32_t s = l->base[r]; s < l->base[r + 1]; s++) l->number[s] = l->wanted[r] && l->live[s] ? n++ : NONE;
    l->out->n_states = n;
    return OK;
}

/* Bytes that every state treats alike are one class. */
static void classify(linker *l) {
    bool cut[257] = {false}, used[256] = {false};
    table *o = l->out;
    for (uint32_t r = 0; r < l->t->n; r++) {
        const dfa *d = &l->t->rules[r].d;
        for (uint32_t s = 0; l->wanted[r] && s < d->n; s++) {
            for (uint32_t i = d->edge_at[s]; i < d->edge_at[s + 1]; i++) {
                if (l->number[l->base[r] + s] == NONE || l->number[l->base[r] + d->edges[i].to] == NONE) continue;
                cut[d->edges[i].lo] = cut[d->edges[i].hi + 1] = true;
                for (int b = d->edges[i].lo; b <= d->edges[i].hi; b++) used[b] = l->present[b];
            }
        }
    }
    o->n_classes = 1;
    for (int b = 0, now = 0; b < 256; b++) {
        if (cut[b]) now = 0;
        if (!used[b]) continue;
        if (!now) now = (int)o->n_classes++;
        if (!o->class_count[now]++) o->class_byte[now] = (uint8_t)b;
        o->class_of[b] = (uint8_t)now; /* UTF-8 never has 13 of the bytes, so that there are at most 244 */
    }
}

static void put_state(linker *l, uint32_t r, uint32_t s, uint32_t *n_calls) {
    table *o = l->out;
    const dfa *d = &l->t->rules[r].d;
    uint32_t id = l->number[l->base[r] + s];
    uint32_t *row = o->next + (size_t)id * o->n_classes;
    if (d->accept[s]) o->flags[id] |= STATE_ACCEPT;
    for (uint32_t i = d->edge_at[s]; i < d->edge_at[s + 1]; i++) {
        uint32_t to = l->number[l->base[r] + d->edges[i].to];
        for (int b = d->edges[i].lo; b <= d->edges[i].hi && to != NONE; b++) {
            if (!l->present[b]) continue;
            row[o->class_of[b]] = to;
            o->flags[id] |= STATE_BYTES;
        }
    }
    o->call_at[id] = *n_calls;
    for (uint32_t i = d->call_at[s]; i < d->call_at[s + 1]; i++) {
        dfa_call c = d->calls[i];
        if (!keeps_call(l, r, &c)) continue;
        o->flags[id] |= STATE_CALLS;
        c.to = l->number[l->base[r] + c.to];
        c.rule = l->number[l->base[c.rule]];
        o->calls[(*n_calls)++] = c;
    }
}

static int put_table(linker *l) {
    table *o = l->out;
    size_t n_calls = 0;
    uint32_t put = 0;
    for (uint32_t r = 0; r < l->t->n; r++)
        if (l->t->rules[r].d.n) n_calls += l->t->rules[r].d.call_at[l->t->rules[r].d.n];
    if ((uint64_t)o->n_states * o->n_classes > GRAMMAR_TABLE_MAX)
        return fail(l->e, ERR_TOO_LONG, "the grammar takes %u states; simplify it", (unsigned)o->n_states);
    size_t cells = (size_t)o->n_states * o->n_classes;
    o->next = mem_array(cells ? cells : 1, sizeof *o->next);
    o->call_at = mem_array((size_t)o->n_states + 1, sizeof *o->call_at);
    o->calls = mem_array(n_calls + 1, sizeof *o->calls);
    o->flags = mem_array((size_t)o->n_states + 1, 1);
    if (!o->next || !o->call_at || !o->calls || !o->flags) return no_memory(l->e);
    memset(o->next, 0xff, cells * sizeof *o->next);
    for (uint32_t r = 0; r < l->t->n; r++)
        for (uint32_t s = 0; s < l->t->rules[r].d.n; s++)
            if (l->number[l->base[r] + s] != NONE) put_state(l, r, s, &put);
    o->call_at[o->n_states] = put;
    return OK;
}

/* A rule that calls itself before any byte would never begin. state[]: 1 open, 2 done. */
static int find_loop(const table *t, uint32_t from, uint8_t *state, err *e) {
    uint32_t *path = mem_array((size_t)t->n_states + 1, sizeof *path),
             *at = mem_array((size_t)t->n_states + 1, sizeof *at);
    uint32_t depth = 0;
    int rc = path && at ? OK : no_memory(e);
    if (!rc && !state[from]) {
        path[depth] = from;
        at[depth++] = t->call_at[from];
        state[from] = 1;
    }
    while (!rc && depth) {
        uint32_t s = path[depth - 1];
        if (at[depth - 1] == t->call_at[s + 1]) {
            state[s] = 2;
            depth--;
            continue;
        }
        uint32_t next = t->calls[at[depth - 1]++].rule;
        if (state[next] == 1)
            rc = fail(e, ERR_UNSUPPORTED,
                      "the grammar is left-recursive: a rule begins with itself; write the repetition with * or +");
        else if (!state[next]) {
            path[depth] = next;
            at[depth++] = t->call_at[next];
            state[next] = 1;
        }
    }
    mem_free(path);
    mem_free(at);
    return rc;
}

static int check_loops(const table *t, err *e) {
    uint8_t *state = mem_array((size_t)t->n_states + 1, 1);
    int rc = state ? find_loop(t, t->root, state, e) : no_memory(e);
    for (uint32_t i = 0; !rc && i < t->call_at[t->n_states]; i++) rc = find_loop(t, t->calls[i].rule, state, e);
    mem_free(state);
    return rc;
}

int table_link(table *out, const net *t, uint32_t root, const bool present[256], err *e) {
    linker l = {.t = t, .present = present, .out = out, .e = e};
    *out = (table){0};
    l.productive = mem_array((size_t)t->n + 1, sizeof *l.productive);
    l.wanted = mem_array((size_t)t->n + 1, sizeof *l.wanted);
    int rc = l.productive && l.wanted ? find_live(t, present, l.productive, &l.live, &l.base, e) : no_memory(e);
    if (!rc && !l.productive[root])
        rc = fail(e, ERR_ARGUMENT, "no text fits the grammar: what it asks for contradicts itself or never ends");
    if (!rc) rc = reach(&l, root);
    if (!rc) rc = number_states(&l);
    if (!rc) {
        classify(&l);
        rc = put_table(&l);
    }
    if (!rc) {
        out->root = l.number[l.base[root]];
        out->nullable = t->rules[root].nullable;
        rc = check_loops(out, e);
    }
    mem_free(l.productive);
    mem_free(l.wanted);
    mem_free(l.live);
    mem_free(l.base);
    mem_free(l.number);
    return rc;
}

void table_clear(table *t) {
    mem_free(t->next);
    mem_free(t->call_at);
    mem_free(t->calls);
    mem_free(t->flags);
    *t = (table){0};
}
