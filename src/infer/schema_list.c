/* JSON Schema: arrays. */
#include "infer/schema_impl.h"

enum { PREFIX_MOST = 4096 };

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

/* The rule of the element at `index`. */
static int element_rule(schema *s, const conj *c, uint32_t index, uint32_t *rule) {
    conj own = {.n = 0};
    int rc = OK;
    for (uint32_t i = 0; i < c->n && !rc; i++) {
        const json *node = c->part[i].node, *prefix = json_get(node, "prefixItems"), *items = json_get(node, "items");
        const json *x = prefix ? prefix->first : NULL;
        for (uint32_t k = 0; x && k < index; k++) x = x->next;
        if (!x && items && items->type == JSON_ARRAY)
            return schema_fail(s, ERR_UNSUPPORTED, node, "items", "a list is of older drafts; write prefixItems");
        if (!x) x = items;
        if (x) rc = conj_add(s, &own, x);
    }
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

int schema_arrays(schema *s, const conj *c, nfa *a, uint32_t from, uint32_t to) {
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
