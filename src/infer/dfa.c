/* Deterministic automata: sets of states made one (Rabin and Scott 1959), and products. */
#include "base/mem.h"
#include "infer/nfa_impl.h"

void dfa_clear(dfa *d) {
    mem_free(d->edge_at);
    mem_free(d->call_at);
    mem_free(d->edges);
    mem_free(d->calls);
    mem_free(d->accept);
    *d = (dfa){0};
}

static int no_memory(err *e) { return fail(e, ERR_MEMORY, "no memory for the grammar"); }

static int too_large(const char *what, err *e) {
    return fail(e, ERR_TOO_LONG, "%s: it takes too many states; simplify it, or repeat less often", what);
}

/* Begins the next state; its edges and calls follow. */
static bool put_state(dfa *d, bool accept) {
    uint32_t *edge_at = array_room(d->edge_at, &d->cap_edge_at, d->n + 2, sizeof *edge_at);
    if (edge_at) d->edge_at = edge_at;
    uint32_t *call_at = array_room(d->call_at, &d->cap_call_at, d->n + 2, sizeof *call_at);
    if (call_at) d->call_at = call_at;
    uint8_t *accepts = array_room(d->accept, &d->cap_accept, d->n + 1, sizeof *accepts);
    if (accepts) d->accept = accepts;
    if (!edge_at || !call_at || !accepts) return false;
    if (!d->n) edge_at[0] = call_at[0] = 0;
    accepts[d->n++] = accept;
    edge_at[d->n] = edge_at[d->n - 1];
    call_at[d->n] = call_at[d->n - 1];
    return true;
}

/* An edge of the last state, after its others. */
static bool put_edge(dfa *d, int lo, int hi, uint32_t to) {
    uint32_t n = d->edge_at[d->n];
    if (n > d->edge_at[d->n - 1] && d->edges[n - 1].to == to && d->edges[n - 1].hi + 1 == lo) {
        d->edges[n - 1].hi = (uint8_t)hi;
        return true;
    }
    dfa_edge *p = array_room(d->edges, &d->cap_edges, n + 1, sizeof *p);
    if (!p) return false;
    d->edges = p;
    d->edges[n] = (dfa_edge){(uint8_t)lo, (uint8_t)hi, to};
    d->edge_at[d->n]++;
    return true;
}

static bool put_call(dfa *d, dfa_call call) {
    uint32_t n = d->call_at[d->n];
    dfa_call *p = array_room(d->calls, &d->cap_calls, n + 1, sizeof *p);
    if (!p) return false;
    d->calls = p;
    d->calls[n] = call;
    d->call_at[d->n]++;
    return true;
}

/* ---- Sets of numbers, each known by its place in a list ---- */

typedef struct sets {
    uint32_t *member; /* of all sets, one after the other, each in order */
    uint32_t *at;     /* [n + 1] */
    uint32_t n, cap_member, cap_at;
    uint32_t *slot; /* [mask + 1] */
    uint32_t mask, n_slots;
} sets;

static void sets_clear(sets *s) {
    mem_free(s->member);
    mem_free(s->at);
    mem_free(s->slot);
}

static uint32_t hash_members(const uint32_t *m, uint32_t n) {
    uint64_t h = n;
    for (uint32_t i = 0; i < n; i++) h = (h ^ m[i]) * 0x9e3779b97f4a7c15u, h ^= h >> 29;
    return (uint32_t)(h >> 32);
}

static bool sets_grow(sets *s) {
    uint32_t mask = s->slot ? s->mask * 2 + 1 : 255;
    uint32_t *slot = mem_array((size_t)mask + 1, sizeof *slot);
    if (!slot) return false;
    memset(slot, 0xff, ((size_t)mask + 1) * sizeof *slot);
    for (uint32_t i = 0; s->slot && i <= s->mask; i++) {
        uint32_t id = s->slot[i];
        if (id == NONE) continue;
        uint32_t h = hash_members(s->member + s->at[id], s->at[id + 1] - s->at[id]) & mask;
        while (slot[h] != NONE) h = (h + 1) & mask;
        slot[h] = id;
    }
    mem_free(s->slot);
    s->slot = slot;
    s->mask = mask;
    return true;
}

/* The number of a set; a new one where it was not met, or where `fresh`: then it is not found again. NONE: no memory.
 */
static uint32_t sets_put(sets *s, const uint32_t *m, uint32_t n, bool fresh) {
    if ((!s->slot || s->n_slots * 2 > s->mask) && !sets_grow(s)) return NONE;
    uint32_t h = hash_members(m, n) & s->mask;
    for (; !fresh && s->slot[h] != NONE; h = (h + 1) & s->mask) {
        uint32_t id = s->slot[h], len = s->at[id + 1] - s->at[id];
        if (len == n && (n == 0 || !memcmp(s->member + s->at[id], m, n * sizeof *m))) return id;
    }
    uint32_t from = s->n ? s->at[s->n] : 0;
    uint32_t *at = array_room(s->at, &s->cap_at, s->n + 2, sizeof *at);
    if (at) s->at = at;
    uint32_t *member = array_room(s->member, &s->cap_member, from + n, sizeof *member);
    if (member) s->member = member;
    if (!at || (n && !member)) return NONE;
    if (n) memcpy(s->member + from, m, n * sizeof *m);
    s->at[s->n] = from;
    s->at[s->n + 1] = from + n;
    if (!fresh) s->slot[h] = s->n, s->n_slots++;
    return s->n++;
}

/* ---- Made deterministic ---- */

typedef struct maker {
    const nfa *a;
    dfa *d;
    sets s;
    uint32_t final, *mark, turn; /* mark[state] == turn: it is in the set that is being made */
    uint32_t *set, n_set;        /* [a->n] */
    nfa_edge *edges;             /* of one set: bytes */
    uint32_t n_edges, cap_edges;
    const char *what;
    err *e;
} maker;

static void set_begin(maker *m) {
    m->turn++;
    m->n_set = 0;
}

static void set_add(maker *m, uint32_t state) {
    if (m->mark[state] == m->turn) return;
    m->mark[state] = m->turn;
    m->set[m->n_set++] = state;
}

static void set_close(maker *m, bool begin, bool end) {
    for (uint32_t i = 0; i < m->n_set; i++) {
        for (uint32_t k = m->a->first[m->set[i]]; k != NONE; k = m->a->edges[k].next) {
            const nfa_edge *edge = &m->a->edges[k];
            if (edge->type == NFA_SKIP || (begin && edge->type == NFA_BEGIN) || (end && edge->type == NFA_END))
                set_add(m, edge->to);
        }
    }
}

static int compare_u32(const void *a, const void *b) {
    uint32_t p = *(const uint32_t *)a, q = *(const uint32_t *)b;
    return p < q ? -1 : p > q;
}

/* The number of the closed set; states that nothing but skips leaves are left out. */
static uint32_t set_number(maker *m, bool fresh) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < m->n_set; i++) {
        uint32_t state = m->set[i];
        bool keep = state == m->final;
        for (uint32_t k = m->a->first[state]; k != NONE && !keep; k = m->a->edges[k].next)
            keep = m->a->edges[k].type != NFA_SKIP && m->a->edges[k].type != NFA_BEGIN;
        if (keep) m->set[kept++] = state;
    }
    m->n_set = kept;
    if (kept > 1) qsort(m->set, kept, sizeof *m->set, compare_u32);
    return sets_put(&m->s, m->set, kept, fresh);
}

/* The set to which the collected byte edges lead for bytes from lo on, up to the next place where it changes. */
static int put_edges(maker *m) {
    bool cut[257] = {false};
    for (uint32_t i = 0; i < m->n_edges; i++) cut[m->edges[i].lo] = cut[m->edges[i].hi + 1] = true;
    for (int lo = 0, hi; lo < 256; lo = hi + 1) {
        for (hi = lo; hi < 255 && !cut[hi + 1]; hi++) continue;
        set_begin(m);
        for (uint32_t i = 0; i < m->n_edges; i++)
            if (m->edges[i].lo <= lo && lo <= m->edges[i].hi) set_add(m, m->edges[i].to);
        if (!m->n_set) continue;
        set_close(m, false, false);
        *m->a->work += m->n_edges + 8 * (uint64_t)m->n_set; /* a set is closed, cut, sorted and looked up */
        uint32_t to = set_number(m, false);
        if (to == NONE || !put_edge(m->d, lo, hi, to)) return no_memory(m->e);
    }
    return OK;
}

static int put_calls(maker *m, const uint32_t *set, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = m->a->first[set[i]]; k != NONE; k = m->a->edges[k].next) {
            if (m->a->edges[k].type != NFA_CALL) continue;
            const nfa_call *call = &m->a->calls[m->a->edges[k].call];
            set_begin(m);
            set_add(m, m->a->edges[k].to);
            set_close(m, false, false);
            uint32_t to = set_number(m, false);
            if (to == NONE || !put_call(m->d, (dfa_call){call->rule, call->min, call->max, to})) return no_memory(m->e);
        }
    }
    return OK;
}

static bool collect(maker *m, const uint32_t *set, uint32_t n) {
    m->n_edges = 0;
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = m->a->first[set[i]]; k != NONE; k = m->a->edges[k].next) {
            if (m->a->edges[k].type != NFA_BYTES) continue;
            nfa_edge *p = array_room(m->edges, &m->cap_edges, m->n_edges + 1, sizeof *p);
            if (!p) return false;
            m->edges = p;
            m->edges[m->n_edges++] = m->a->edges[k];
        }
    }
    return true;
}

static int put_set(maker *m, uint32_t id) {
    uint32_t n = m->s.at[id + 1] - m->s.at[id];
    uint32_t *set = mem_array(n ? n : 1, sizeof *set); /* the list moves as it grows */
    if (!set) return no_memory(m->e);
    if (n) memcpy(set, m->s.member + m->s.at[id], n * sizeof *set);
    set_begin(m);
    for (uint32_t i = 0; i < n; i++) set_add(m, set[i]);
    set_close(m, id == 0, true);
    int rc = OK;
    if (!put_state(m->d, m->mark[m->final] == m->turn) || !collect(m, set, n)) rc = no_memory(m->e);
    if (!rc) rc = put_edges(m);
    if (!rc) rc = put_calls(m, set, n);
    mem_free(set);
    if (!rc && (m->s.n > GRAMMAR_STATES_MAX || m->s.at[m->s.n] > GRAMMAR_MEMBERS_MAX || *m->a->work > GRAMMAR_WORK_MAX))
        rc = too_large(m->what, m->e);
    return rc;
}

int dfa_make(dfa *d, const nfa *a, uint32_t from, uint32_t to, const char *what, err *e) {
    if (a->bad == ERR_TOO_LONG) return too_large(what, e);
    if (a->bad) return no_memory(e);
    maker m = {.a = a, .d = d, .final = to, .what = what, .e = e};
    m.mark = mem_array(a->n, sizeof *m.mark);
    m.set = mem_array(a->n, sizeof *m.set);
    int rc = m.mark && m.set ? OK : no_memory(e);
    if (!rc) {
        set_begin(&m);
        set_add(&m, from);
        set_close(&m, true, false);
        if (set_number(&m, true) == NONE) rc = no_memory(e);
    }
    for (uint32_t id = 0; !rc && id < m.s.n; id++) rc = put_set(&m, id);
    mem_free(m.mark);
    mem_free(m.set);
    mem_free(m.edges);
    sets_clear(&m.s);
    return rc;
}

int dfa_expr(dfa *d, const exprs *x, uint32_t id, const char *what, err *e) {
    nfa a = nfa_of(x, NULL);
    uint32_t from = nfa_state(&a), to = nfa_state(&a);
    if (!a.bad) nfa_expr(&a, x, id, from, to);
    int rc = exprs_status(x, e);
    if (!rc) rc = dfa_make(d, &a, from, to, what, e);
    nfa_clear(&a);
    return rc;
}

/* ---- Products ---- */

/* Where a byte leads; NONE where it does not. */
static uint32_t step(const dfa *d, uint32_t state, int byte) {
    uint32_t lo = d->edge_at[state], hi = d->edge_at[state + 1];
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (byte > d->edges[mid].hi) lo = mid + 1;
        else hi = mid;
    }
    return lo < d->edge_at[state + 1] && d->edges[lo].lo <= byte ? d->edges[lo].to : NONE;
}

bool dfa_accepts(const dfa *d, bytes s) {
    uint32_t state = 0;
    for (size_t i = 0; i < s.len && state != NONE; i++) state = step(d, state, s.ptr[i]);
    return state != NONE && d->accept[state];
}

bool dfa_empty(const dfa *d) { return d->n == 1 && !d->accept[0] && d->edge_at[1] == 0; }

/* The states from which an end can be reached. */
static int mark_live(const dfa *d, bool *live) {
    for (bool more = true; more;) {
        more = false;
        for (uint32_t s = d->n; s-- > 0;) {
            bool now = d->accept[s];
            for (uint32_t i = d->edge_at[s]; i < d->edge_at[s + 1] && !now; i++) now = live[d->edges[i].to];
            more = more || now != live[s];
            live[s] = now;
        }
    }
    return OK;
}

/* Copies the first state and the live ones. */
static int copy_live(dfa *out, const dfa *d, err *e) {
    bool *live = mem_array(d->n, sizeof *live);
    uint32_t *number = mem_array(d->n, sizeof *number), n = 0;
    int rc = live && number ? OK : no_memory(e);
    if (!rc) mark_live(d, live);
    for (uint32_t s = 0; !rc && s < d->n; s++)
        if (s == 0 || live[s]) number[s] = n++;
    for (uint32_t s = 0; !rc && s < d->n; s++) {
        if (s && !live[s]) continue;
        if (!put_state(out, d->accept[s])) rc = no_memory(e);
        for (uint32_t i = d->edge_at[s]; !rc && i < d->edge_at[s + 1]; i++)
            if (live[d->edges[i].to] && !put_edge(out, d->edges[i].lo, d->edges[i].hi, number[d->edges[i].to]))
                rc = no_memory(e);
    }
    mem_free(live);
    mem_free(number);
    return rc;
}

static int put_pair(dfa *d, sets *s, const dfa *a, const dfa *b, uint32_t id, bool minus) {
    uint32_t p = s->member[s->at[id]], q = s->member[s->at[id] + 1];
    bool in_b = q != NONE && b->accept[q];
    if (!put_state(d, a->accept[p] && in_b != minus)) return ERR_MEMORY;
    for (int byte = 0; byte < 256; byte++) {
        uint32_t pair[] = {step(a, p, byte), q == NONE ? NONE : step(b, q, byte)};
        if (pair[0] == NONE || (pair[1] == NONE && !minus)) continue;
        uint32_t to = sets_put(s, pair, 2, false);
        if (to == NONE || !put_edge(d, byte, byte, to)) return ERR_MEMORY;
    }
    return OK;
}

int dfa_product(dfa *out, const dfa *a, const dfa *b, bool minus, uint64_t *work, const char *what, err *e) {
    dfa d = {0};
    sets s = {0};
    int rc = sets_put(&s, (uint32_t[]){0, 0}, 2, false) == NONE ? no_memory(e) : OK;
    for (uint32_t id = 0; !rc && id < s.n; id++) {
        if (put_pair(&d, &s, a, b, id, minus)) rc = no_memory(e);
        else if (s.n > GRAMMAR_STATES_MAX || (*work += 1024) > GRAMMAR_WORK_MAX) rc = too_large(what, e);
    }
    if (!rc) rc = copy_live(out, &d, e);
    sets_clear(&s);
    dfa_clear(&d);
    return rc;
}
