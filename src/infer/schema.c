/* JSON Schema, draft 2020-12, to rules. */
#include <stdio.h>

#include "base/mem.h"
#include "infer/schema_impl.h"

enum { PAIRS_MAX = 4096, PLACE_MAX = 160, READINGS_MOST = 6 };

/* ---- Keywords ---- */

/* Read here and in the other schema_*.c: type, enum, const, $ref, allOf, anyOf, oneOf, not, if, then, else; minLength,
 * maxLength, pattern, format; minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf; items, prefixItems,
 * minItems, maxItems, contains, minContains, maxContains; properties, patternProperties, additionalProperties,
 * required, minProperties, maxProperties, propertyNames, dependentRequired, dependentSchemas, dependencies. These are
 * not; any other keyword says nothing about which values are valid. */
static const char *const refused[] = {"unevaluatedItems", "unevaluatedProperties", "additionalItems", "$dynamicRef",
                                      "$recursiveRef"};

/* The way from the root to a node, as a JSON pointer. False where it is not below. */
static bool find_place(const json *at, const json *node, char *out, size_t n) {
    if (at == node) {
        out[0] = 0;
        return true;
    }
    if (at->type != JSON_OBJECT && at->type != JSON_ARRAY) return false;
    unsigned i = 0;
    for (const json *c = at->first; c; c = c->next, i++) { /* as deep as the parser allowed */
        char step[64], rest[PLACE_MAX];
        if (!find_place(c, node, rest, sizeof rest)) continue;
        if (at->type == JSON_ARRAY) snprintf(step, sizeof step, "/%u", i);
        else snprintf(step, sizeof step, "/%.*s", (int)(c->key.len < 60 ? c->key.len : 60), (const char *)c->key.ptr);
        snprintf(out, n, "%.60s%.98s", step, rest);
        return true;
    }
    return false;
}

int schema_fail(const schema *s, int code, const json *node, const char *keyword, const char *what) {
    char place[PLACE_MAX];
    if (!s->root || !find_place(s->root, node, place, sizeof place)) place[0] = 0;
    return fail(s->e, code, "json_schema: #%s: %s%s%s", place, keyword, *keyword ? ": " : "", what);
}

int schema_check_keywords(const schema *s, const json *node) {
    for (const json *k = node->first; k; k = k->next)
        for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
            if (bytes_is(k->key, refused[i])) return schema_fail(s, ERR_UNSUPPORTED, node, refused[i], "not supported");
    const json *unique = json_get(node, "uniqueItems");
    if (unique && unique->type != JSON_BOOL)
        return schema_fail(s, ERR_ARGUMENT, node, "uniqueItems", "a boolean is needed");
    if (json_bool(unique, false) && json_number(json_get(node, "maxItems"), 2) > 1)
        return schema_fail(s, ERR_UNSUPPORTED, node, "uniqueItems", "not supported");
    return OK;
}

int schema_count(const schema *s, const json *node, const char *keyword, uint32_t *out, bool *there) {
    const json *v = json_get(node, keyword);
    *there = v != NULL;
    if (!v) return OK;
    if (v->type != JSON_NUMBER || v->number < 0 || v->number != (double)(int64_t)v->number)
        return schema_fail(s, ERR_ARGUMENT, node, keyword, "a whole number that is not negative is needed");
    *out = v->number < 1e9 ? (uint32_t)v->number : 1000000000;
    return OK;
}

/* ---- Conjunctions ---- */

static int add_reference(schema *s, conj *c, const json *node) {
    const json *to, *ref = json_get(node, "$ref");
    if (!ref) return OK;
    if (ref->type != JSON_STRING) return schema_fail(s, ERR_ARGUMENT, node, "$ref", "a text is needed");
    int rc = schema_refer(s, node, &to);
    return rc ? rc : conj_add(s, c, to);
}

static int add_lists(schema *s, conj *c, const json *node) {
    const json *all = json_get(node, "allOf"), *negated = json_get(node, "not"), *made;
    int rc = add_reference(s, c, node);
    if (!rc && negated) {
        rc = schema_rewrite(s, negated, REWRITE_NOT, &made);
        if (!rc) rc = conj_add(s, c, made);
    }
    if (!rc && schema_has_conditions(node)) {
        rc = schema_rewrite(s, node, REWRITE_CONDITIONS, &made);
        if (!rc) rc = conj_add(s, c, made);
    }
    if (!all || rc) return rc;
    if (all->type != JSON_ARRAY || !all->count)
        return schema_fail(s, ERR_ARGUMENT, node, "allOf", "a list of schemas is needed");
    for (const json *x = all->first; x && !rc; x = x->next) rc = conj_add(s, c, x);
    return rc;
}

int conj_add(schema *s, conj *c, const json *node) {
    if (node->type == JSON_BOOL) {
        c->never = c->never || !node->boolean;
        return OK;
    }
    if (node->type != JSON_OBJECT)
        return schema_fail(s, ERR_ARGUMENT, node, "", "a schema is needed, an object or a boolean");
    for (uint32_t i = 0; i < c->n; i++)
        if (c->part[i].node == node) return OK;
    if (c->n == SCHEMA_PARTS_MAX) return schema_fail(s, ERR_TOO_LONG, node, "", "too many schemas hold for one value");
    c->part[c->n++] = (part){node, 0};
    int rc = schema_check_keywords(s, node);
    return rc ? rc : add_lists(s, c, node); /* at most SCHEMA_PARTS_MAX deep */
}

/* Whether two lists without repetitions have the same members. */
static bool same_parts(const part *a, const part *b, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = 0;
        while (k < n && (b[k].node != a[i].node || b[k].done != a[i].done)) k++;
        if (k == n) return false;
    }
    return true;
}

static uint64_t parts_key(const part *p, uint32_t n) {
    uint64_t key = n;
    for (uint32_t i = 0; i < n; i++) key += ((uint64_t)(uintptr_t)p[i].node + p[i].done) * 0x9e3779b97f4a7c15u;
    return key;
}

static int no_memory(const schema *s) { return fail(s->e, ERR_MEMORY, "no memory for the grammar"); }

int schema_rule_of(schema *s, const conj *c, uint32_t *rule) {
    uint32_t n = c->never ? 0 : c->n;
    uint64_t key = parts_key(c->part, n);
    for (uint32_t i = 0; i < s->n_rules; i++) {
        const schema_rule *old = &s->rules[i];
        if (old->key != key || old->n != n || old->never != c->never) continue;
        if (!same_parts(s->parts + old->first, c->part, n)) continue;
        *rule = old->rule;
        return OK;
    }
    schema_rule *p = array_room(s->rules, &s->cap_rules, s->n_rules + 1, sizeof *p);
    if (p) s->rules = p;
    part *q = array_room(s->parts, &s->cap_parts, s->n_parts + n + 1, sizeof *q);
    if (q) s->parts = q;
    if (!p || !q) return no_memory(s);
    uint32_t r = net_add(s->t);
    if (r == NONE)
        return fail(s->e, s->t->bad, "json_schema: it takes more than %d rules; simplify it", (int)GRAMMAR_RULES_MAX);
    if (n) memcpy(s->parts + s->n_parts, c->part, n * sizeof *c->part);
    s->rules[s->n_rules++] = (schema_rule){.first = s->n_parts, .n = n, .rule = r, .key = key, .never = c->never};
    s->n_parts += n;
    *rule = r;
    return OK;
}

/* ---- Types ---- */

static unsigned type_of(bytes name) {
    static const struct {
        const char *name;
        unsigned types;
    } all[] = {{"null", TYPE_NULL},     {"boolean", TYPE_BOOL}, {"integer", TYPE_INTEGER}, {"number", TYPE_NUMBER},
               {"string", TYPE_STRING}, {"array", TYPE_ARRAY},  {"object", TYPE_OBJECT},   {"\1", TYPE_FRACTION}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (bytes_is(name, all[i].name)) return all[i].types;
    return 0;
}

int schema_types(const schema *s, const conj *c, unsigned *types) {
    *types = c->never ? 0 : TYPE_ALL;
    for (uint32_t i = 0; i < c->n; i++) {
        const json *t = json_get(c->part[i].node, "type");
        unsigned own = 0;
        if (!t) continue;
        if (t->type == JSON_ARRAY)
            for (const json *x = t->first; x; x = x->next) own |= type_of(json_string(x, ""));
        else own = type_of(json_string(t, ""));
        if (!own)
            return schema_fail(s, ERR_ARGUMENT, c->part[i].node, "type",
                               "a name of a type, or a list of such, is needed");
        *types &= own;
    }
    return OK;
}

/* ---- Rules ---- */

void put_str(schema *s, nfa *a, const char *text, uint32_t from, uint32_t to) {
    nfa_expr(a, &s->t->x, expr_str(&s->t->x, text), from, to);
}

void put_ws(schema *s, nfa *a, uint32_t from, uint32_t to) { nfa_call_rule(a, s->ws, 0, 1, from, to); }

/* One of the values of enum or const that all parts allow. */
static int put_values(schema *s, const conj *c, const json *values, nfa *a, uint32_t from, uint32_t to) {
    buf text = {0};
    int rc = OK;
    for (const json *v = values; v && !rc; v = v->next) {
        bool fits = true;
        for (uint32_t i = 0; i < c->n && fits && !rc; i++) rc = schema_fits_part(s, &c->part[i], v, &fits);
        if (!fits || rc) continue;
        buf_reset(&text);
        rc = schema_write(s, v, &text);
        if (!rc) nfa_expr(a, &s->t->x, expr_bytes(&s->t->x, buf_view(&text)), from, to);
    }
    buf_clear(&text);
    return rc;
}

int schema_values(const schema *s, const conj *c, json *one, const json **values) {
    *values = NULL;
    for (uint32_t i = 0; i < c->n && !*values; i++) {
        const json *node = c->part[i].node, *e = json_get(node, "enum"), *k = json_get(node, "const");
        if (e && e->type != JSON_ARRAY) return schema_fail(s, ERR_ARGUMENT, node, "enum", "a list is needed");
        if (e && !e->first) return schema_fail(s, ERR_ARGUMENT, node, "enum", "the list is empty");
        if (e) *values = e->first;
        if (!k) continue;
        *one = *k;
        one->next = NULL;
        *values = one;
    }
    return OK;
}

static bool overlap(const schema *s, const json *node, uint32_t i, uint32_t k) {
    for (uint32_t n = 0; n < s->n_overlaps; n++) {
        const schema_pair *p = &s->overlaps[n];
        if (p->node == node && ((p->i == i && p->k == k) || (p->i == k && p->k == i))) return true;
    }
    return false;
}

/* What the other branches of a oneOf say must not hold, where they might beside branch i. */
static int add_excluded(schema *s, conj *c, const json *node, uint32_t i) {
    uint32_t k = 0;
    int rc = OK;
    for (const json *y = json_get(node, "oneOf")->first; y && !rc; y = y->next, k++) {
        const json *made;
        if (k == i || !overlap(s, node, i, k)) continue;
        rc = schema_rewrite(s, y, REWRITE_NOT, &made);
        if (!rc) rc = conj_add(s, c, made);
    }
    return rc;
}

/* Where a oneOf has no way to tell: its branches must exclude each other, which is known when all rules are made. */
static int put_pairs(schema *s, const conj *c, const json *node, const json *list) {
    uint32_t i = 0;
    for (const json *x = list->first; x; x = x->next, i++) {
        uint32_t k = i + 1;
        for (const json *y = x->next; y; y = y->next, k++) {
            conj both = *c;
            if (overlap(s, node, i, k)) continue;
            schema_pair *p = array_room(s->pairs, &s->cap_pairs, s->n_pairs + 1, sizeof *p);
            if (!p) return no_memory(s);
            s->pairs = p;
            if (s->n_pairs == PAIRS_MAX) return schema_fail(s, ERR_TOO_LONG, node, "oneOf", "too many branches");
            schema_pair pair = {.node = node, .i = i, .k = k};
            int rc = conj_add(s, &both, x);
            if (!rc) rc = conj_add(s, &both, y);
            if (!rc) rc = schema_rule_of(s, &both, &pair.rule);
            if (rc) return rc;
            s->pairs[s->n_pairs++] = pair;
        }
    }
    return OK;
}

/* One branch of anyOf or oneOf holds, beside everything else. */
static int put_branches(schema *s, conj *c, uint32_t at, const char *keyword, nfa *a, uint32_t from, uint32_t to) {
    const json *node = c->part[at].node, *list = json_get(node, keyword);
    bool one = keyword[0] == 'o';
    if (list->type != JSON_ARRAY || !list->first)
        return schema_fail(s, ERR_ARGUMENT, node, keyword, "a list of schemas is needed");
    c->part[at].done |= one ? DONE_ONE_OF : DONE_ANY_OF;
    uint32_t i = 0;
    int rc = one ? put_pairs(s, c, node, list) : OK;
    for (const json *x = list->first; x && !rc; x = x->next, i++) {
        conj branch = *c;
        uint32_t rule = NONE;
        rc = conj_add(s, &branch, x);
        if (!rc && one) rc = add_excluded(s, &branch, node, i);
        if (!rc) rc = schema_rule_of(s, &branch, &rule);
        if (!rc) nfa_call_rule(a, rule, 1, 1, from, to);
    }
    return rc;
}

static int put_types(schema *s, const conj *c, nfa *a, uint32_t from, uint32_t to) {
    unsigned types;
    int rc = schema_types(s, c, &types);
    if (rc) return rc;
    if (types & TYPE_NULL) put_str(s, a, "null", from, to);
    if (types & TYPE_BOOL) {
        put_str(s, a, "true", from, to);
        put_str(s, a, "false", from, to);
    }
    if (types & TYPE_NUMBER) rc = schema_numbers(s, c, types, a, from, to);
    if (!rc && types & TYPE_STRING) rc = schema_strings(s, c, a, from, to);
    if (!rc && types & TYPE_ARRAY) rc = schema_arrays(s, c, a, from, to);
    if (!rc && types & TYPE_OBJECT) rc = schema_objects(s, c, a, from, to);
    return rc;
}

static int put_conj(schema *s, conj *c, nfa *a, uint32_t from, uint32_t to) {
    json one;
    const json *values;
    int rc = schema_values(s, c, &one, &values);
    if (rc || c->never) return rc;
    if (values) return put_values(s, c, values, a, from, to);
    for (uint32_t i = 0; i < c->n; i++) {
        const part *p = &c->part[i];
        if (json_get(p->node, "anyOf") && !(p->done & DONE_ANY_OF)) return put_branches(s, c, i, "anyOf", a, from, to);
        if (json_get(p->node, "oneOf") && !(p->done & DONE_ONE_OF)) return put_branches(s, c, i, "oneOf", a, from, to);
    }
    return put_types(s, c, a, from, to);
}

static int make_rule(schema *s, uint32_t number) {
    const schema_rule r = s->rules[number];
    conj c = {.n = r.n, .never = r.never};
    nfa a = nfa_of(&s->t->x, s->t);
    if (r.n) memcpy(c.part, s->parts + r.first, r.n * sizeof *c.part);
    uint32_t from = nfa_state(&a), to = nfa_state(&a);
    int rc = a.bad ? no_memory(s) : put_conj(s, &c, &a, from, to);
    if (!rc) rc = net_fill(s->t, r.rule, &a, from, to, "json_schema", s->e);
    nfa_clear(&a);
    return rc;
}

/* Rules that everything uses. */
static int make_basics(schema *s) {
    exprs *x = &s->t->x;
    uint32_t blank = expr_class(x, (range[]){{' ', ' '}, {'\t', '\t'}}, 2, false, false);
    uint32_t line = expr_cat(x, expr_str(x, "\n"), expr_repeat(x, blank, 0, 20));
    s->ws = net_expr_rule(s->t, expr_alt(x, expr_str(x, " "), line));
    s->character = net_expr_rule(s->t, expr_any(x, true));
    return exprs_status(x, s->e);
}

/* Notes the pairs that may hold at once; whether there are any. */
static int find_overlaps(schema *s, bool *any) {
    bool *productive = mem_array((size_t)s->t->n + 1, sizeof *productive);
    int rc = productive ? net_productive(s->t, s->present, productive, s->e) : no_memory(s);
    *any = false;
    for (uint32_t i = 0; !rc && i < s->n_pairs; i++) {
        if (!productive[s->pairs[i].rule]) continue;
        schema_pair *p = array_room(s->overlaps, &s->cap_overlaps, s->n_overlaps + 1, sizeof *p);
        if (!p) rc = no_memory(s);
        if (!p) break;
        s->overlaps = p;
        s->overlaps[s->n_overlaps++] = s->pairs[i];
        *any = true;
    }
    mem_free(productive);
    return rc;
}

static int read_once(schema *s, uint32_t *root) {
    conj c = {.n = 0};
    s->n_rules = s->n_parts = s->n_pairs = 0;
    int rc = make_basics(s);
    if (!rc) rc = conj_add(s, &c, s->root);
    if (!rc) rc = schema_rule_of(s, &c, root);
    for (uint32_t i = 0; !rc && i < s->n_rules; i++) rc = make_rule(s, i);
    return rc ? rc : net_make(s->t, "json_schema", s->e);
}

static int not_decided(const schema *s) {
    char what[96];
    const schema_pair *p = &s->overlaps[s->n_overlaps - 1];
    snprintf(what, sizeof what, "branches %u and %u may hold at once; make them exclude each other, or use anyOf",
             (unsigned)p->i, (unsigned)p->k);
    return schema_fail(s, ERR_UNSUPPORTED, p->node, "oneOf", what);
}

/* Branches of a oneOf that turn out to overlap are read again, each without what the others allow. */
static int read_all(schema *s, const json *node, uint32_t *root) {
    static const json object_type = {
        .type = JSON_STRING, .key = {(const uint8_t *)"type", 4}, .string = {(const uint8_t *)"object", 6}};
    static const json any_object = {.type = JSON_OBJECT, .count = 1, .first = &object_type};
    s->root = node ? node : &any_object;
    int rc = schema_find_places(s);
    if (!rc) rc = read_once(s, root);
    bool again = s->n_pairs > 0;
    for (int n = 0; !rc && again; n++) {
        rc = find_overlaps(s, &again);
        if (rc || !again) break;
        if (n == READINGS_MOST) return not_decided(s);
        net_clear(s->t);
        rc = net_init(s->t, s->e);
        if (!rc) rc = read_once(s, root);
        if (rc == ERR_UNSUPPORTED) rc = not_decided(s);
    }
    return rc;
}

int schema_read(net *t, const json *node, const bool present[256], uint32_t *root, err *e) {
    schema s = {.t = t, .present = present, .e = e};
    int rc = read_all(&s, node, root);
    schema_clear_places(&s);
    schema_clear_written(&s);
    mem_free(s.overlaps);
    mem_free(s.rules);
    mem_free(s.parts);
    mem_free(s.pairs);
    return rc;
}
