/* JSON Schema: arrays. */
#include "infer/schema_impl.h"

enum { PREFIX_MOST = 4096, GRID_MOST = 1 << 13 };

static int find_counts(schema *s, const conj *c, uint32_t *min, uint32_t *max, uint32_t *n_prefix) {
    int rc = OK;
    *min = *n_prefix = 0;
    *max = REPEAT_ANY;
    for (uint32_t i = 0; i < c->n && !rc; i++) {
        const json *node = c->part[i].node, *prefix = json_get(node, "prefixItems");
        uint32_t least = 0, most = REPEAT_ANY;
        bool there;
        rc = schema_count(s, node, "minItems", &least, &there);
        if (!rc) rc = schema_count(s, node, "maxItems", &most, &there);
        if (least > *min) *min = least;
        if (most < *max) *max = most;
        if (!prefix || rc) continue;
        if (prefix->type != JSON_ARRAY) return schema_fail(s, ERR_ARGUMENT, node, "prefixItems", "a list is needed");
        if (prefix->count > PREFIX_MOST)
            return schema_fail(s, ERR_TOO_LONG, node, "prefixItems", "the list is too long");
        if (prefix->count > *n_prefix) *n_prefix = (uint32_t)prefix->count;
    }
    return rc;
}

/* What the element at `index` must satisfy. */
static int element_parts(schema *s, const conj *c, uint32_t index, conj *own) {
    int rc = OK;
    *own = (conj){.n = 0};
    for (uint32_t i = 0; i < c->n && !rc; i++) {
        const json *node = c->part[i].node, *prefix = json_get(node, "prefixItems"), *items = json_get(node, "items");
        const json *x = prefix ? prefix->first : NULL;
        for (uint32_t k = 0; x && k < index; k++) x = x->next;
        if (!x && items && items->type == JSON_ARRAY)
            return schema_fail(s, ERR_UNSUPPORTED, node, "items", "a list is of older drafts; write prefixItems");
        if (!x) x = items;
        if (x) rc = conj_add(s, own, x);
    }
    return rc;
}

static int element_rule(schema *s, const conj *c, uint32_t index, uint32_t *rule) {
    conj own;
    int rc = element_parts(s, c, index, &own);
    return rc ? rc : schema_rule_of(s, &own, rule);
}

/* A comma and an element, as a rule, so that it can be counted. */
static uint32_t next_rule(schema *s, uint32_t element) {
    exprs *x = &s->t->x;
    uint32_t comma = expr_cat(x, expr_str(x, ","), expr_optional(x, expr_call(x, s->ws)));
    return net_expr_rule(s->t, expr_cat(x, comma, expr_call(x, element)));
}

/* Elements after the first `n`, which are there already, and the end. */
static int put_rest(schema *s, const conj *c, nfa *a, uint32_t n, uint32_t min, uint32_t max, uint32_t from,
                    uint32_t to) {
    uint32_t element = NONE;
    int rc = element_rule(s, c, n, &element);
    if (rc || a->bad) return rc;
    uint32_t next = n;
    if (n == 0 && max > 0) {
        uint32_t one = nfa_state(a);
        nfa_call_rule(a, element, 1, 1, from, one);
        from = one;
        next = 1;
    }
    if (next == 0) return OK;
    uint32_t last = nfa_state(a), rule = next_rule(s, element);
    if (rule == NONE) return fail(s->e, s->t->bad, "json_schema: it takes too many rules; simplify it");
    uint32_t least = min > next ? min - next : 0, most = max == REPEAT_ANY ? max : max > next ? max - next : 0;
    if (most > 0) nfa_call_rule(a, rule, least, most, from, last);
    if (least == 0) nfa_skip(a, from, last);
    uint32_t close = nfa_state(a);
    put_ws(s, a, last, close);
    put_str(s, a, "]", close, to);
    return OK;
}

static int put_elements(schema *s, const conj *c, nfa *a, uint32_t from, uint32_t to) {
    uint32_t min = 0, max = 0, n_prefix = 0, open = nfa_state(a);
    int rc = find_counts(s, c, &min, &max, &n_prefix);
    if (rc || a->bad || min > max) return rc;
    put_str(s, a, "[", from, open);
    if (min == 0) {
        uint32_t blank = nfa_state(a);
        put_ws(s, a, open, blank);
        put_str(s, a, "]", blank, to);
    }
    uint32_t at = nfa_state(a);
    put_ws(s, a, open, at);
    for (uint32_t i = 0; i < n_prefix && i < max && !rc && !a->bad; i++) {
        uint32_t element = NONE, next = nfa_state(a), comma = nfa_state(a);
        rc = element_rule(s, c, i, &element);
        if (rc || a->bad) return rc;
        if (i) {
            uint32_t blank = nfa_state(a);
            put_str(s, a, ",", at, blank);
            put_ws(s, a, blank, comma);
        } else {
            nfa_skip(a, at, comma);
        }
        nfa_call_rule(a, element, 1, 1, comma, next);
        at = next;
        if (i + 1 < min || i + 1 == n_prefix || i + 1 == max) continue;
        uint32_t close = nfa_state(a);
        put_ws(s, a, at, close);
        put_str(s, a, "]", close, to);
    }
    return put_rest(s, c, a, n_prefix < max ? n_prefix : max, min, max, at, to);
}

/* ---- contains ---- */

typedef struct holder {
    const json *node;     /* what some elements must satisfy, NULL: nothing is asked */
    uint32_t least, most; /* of them */
} holder;

static int find_contains(schema *s, const conj *c, holder *h) {
    int rc = OK;
    *h = (holder){.least = 1, .most = REPEAT_ANY};
    for (uint32_t i = 0; i < c->n && !rc; i++) {
        const json *node = c->part[i].node, *contains = json_get(node, "contains");
        holder own = {contains, 1, REPEAT_ANY};
        bool there;
        if (!contains) continue;
        rc = schema_count(s, node, "minContains", &own.least, &there);
        if (!rc) rc = schema_count(s, node, "maxContains", &own.most, &there);
        if (rc || (own.least == 0 && own.most == REPEAT_ANY)) continue;
        if (h->node)
            return schema_fail(s, ERR_UNSUPPORTED, node, "contains", "more than one for a list is not supported");
        *h = own;
    }
    return rc;
}

/* States: so many elements, so many of them as wanted; the last of each means more where there is no bound. */
typedef struct cells {
    holder h;
    uint32_t first, columns, rows;
    bool endless;
} cells;

static uint32_t cell(const cells *g, uint32_t i, uint32_t k) { return g->first + i * g->rows + k; }

/* An element more, which is as wanted or (where that matters) is not. */
static int put_element(schema *s, const conj *c, const cells *g, nfa *a, uint32_t i, uint32_t k, bool wanted) {
    uint32_t rule = NONE, from = cell(g, i, k), comma = nfa_state(a), at = nfa_state(a);
    uint32_t row = wanted ? k + 1 : k, column = i + 1 < g->columns ? i + 1 : i;
    const json *other = NULL;
    conj own;
    int rc = element_parts(s, c, i, &own);
    if (!rc && wanted) rc = conj_add(s, &own, g->h.node);
    if (!rc && !wanted && g->h.most != REPEAT_ANY) rc = schema_rewrite(s, g->h.node, REWRITE_NOT, &other);
    if (!rc && other) rc = conj_add(s, &own, other);
    if (!rc) rc = schema_rule_of(s, &own, &rule);
    if (rc || a->bad) return rc;
    if (i) {
        put_str(s, a, ",", from, comma);
        put_ws(s, a, comma, at);
    }
    nfa_call_rule(a, rule, 1, 1, i ? at : from, cell(g, column, row));
    return OK;
}

static int put_cell(schema *s, const conj *c, const cells *g, nfa *a, uint32_t i, uint32_t k) {
    int rc = OK;
    if (i + 1 == g->columns && !g->endless) return OK;
    rc = put_element(s, c, g, a, i, k, false);
    if (!rc && k + 1 < g->rows) rc = put_element(s, c, g, a, i, k, true);
    return rc;
}

static int put_contained(schema *s, const conj *c, nfa *a, const holder *h, uint32_t from, uint32_t to) {
    uint32_t min = 0, max = 0, n_prefix = 0;
    int rc = find_counts(s, c, &min, &max, &n_prefix);
    if (rc || a->bad || min > max || h->least > h->most || h->least > max) return rc;
    cells g = {.h = *h, .endless = max == REPEAT_ANY};
    uint64_t columns =
        (g.endless ? (min > n_prefix ? min : n_prefix) + (uint64_t)(min == 0 && n_prefix == 0) : max) + 1;
    uint64_t rows = (uint64_t)(h->most == REPEAT_ANY ? h->least : h->most < max ? h->most : max) + 1;
    if (columns * rows > GRID_MOST)
        return schema_fail(s, ERR_UNSUPPORTED, c->part[0].node, "contains", "not supported for so many elements");
    g.columns = (uint32_t)columns;
    g.rows = (uint32_t)rows;
    g.first = a->n;
    for (uint64_t i = 0; i < columns * rows; i++) nfa_state(a);
    uint32_t open = nfa_state(a), close = nfa_state(a);
    if (a->bad) return OK;
    put_str(s, a, "[", from, open);
    put_ws(s, a, open, g.first);
    put_str(s, a, "]", close, to);
    for (uint32_t i = 0; i < g.columns && !rc && !a->bad; i++) {
        for (uint32_t k = 0; k < g.rows && k <= i && !rc && !a->bad; k++) {
            rc = put_cell(s, c, &g, a, i, k);
            if (i >= min && k >= h->least) put_ws(s, a, cell(&g, i, k), close);
        }
    }
    return rc;
}

int schema_arrays(schema *s, const conj *c, nfa *a, uint32_t from, uint32_t to) {
    holder h;
    int rc = find_contains(s, c, &h);
    if (rc) return rc;
    return h.node ? put_contained(s, c, a, &h, from, to) : put_elements(s, c, a, from, to);
}
