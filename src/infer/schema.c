/* JSON Schema, draft 2020-12, to rules. */
#include <stdio.h>

#include "base/mem.h"
#include "infer/schema_impl.h"

enum { PAIRS_MAX = 4096, PLACE_MAX = 160 };

/* ---- Keywords ---- */

/* Read here and in the other schema_*.c: type, enum, const, $ref, allOf, anyOf, oneOf; minLength, maxLength, pattern,
 * format; minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf; items, prefixItems, minItems, maxItems;
 * properties, patternProperties, additionalProperties, required, minProperties, maxProperties, propertyNames. These are
 * not; any other keyword says nothing about which values are valid. */
static const char *const refused[] = {"not",
                                      "if",
                                      "then",
                                      "else",
                                      "dependentSchemas",
                                      "dependentRequired",
                                      "dependencies",
                                      "contains",
                                      "minContains",
                                      "maxContains",
                                      "unevaluatedItems",
                                      "unevaluatedProperties",
                                      "additionalItems",
                                      "$dynamicRef",
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

static int check_keywords(const schema *s, const json *node) {
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

/* ---- References ---- */

static int hex_of(uint8_t c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One step of a JSON pointer, with its escapes, ~0 ~1 and %XX, undone. */
static const json *follow(const json *at, bytes step) {
    char name[512];
    size_t n = 0;
    for (size_t i = 0; i < step.len && n < sizeof name - 1; i++) {
        uint8_t c = step.ptr[i];
        if (c == '%' && i + 2 < step.len && hex_of(step.ptr[i + 1]) >= 0 && hex_of(step.ptr[i + 2]) >= 0) {
            c = (uint8_t)(hex_of(step.ptr[i + 1]) * 16 + hex_of(step.ptr[i + 2]));
            i += 2;
        }
        if (c == '~' && i + 1 < step.len && (step.ptr[i + 1] == '0' || step.ptr[i + 1] == '1'))
            c = step.ptr[++i] == '0' ? '~' : '/';
        name[n++] = (char)c;
    }
    bytes want = bytes_of(name, n);
    if (at->type == JSON_OBJECT) return schema_member(at, want);
    if (at->type != JSON_ARRAY || !n) return NULL;
    size_t index = 0;
    for (size_t i = 0; i < n; i++) {
        if (name[i] < '0' || name[i] > '9' || index > at->count) return NULL;
        index = index * 10 + (size_t)(name[i] - '0');
    }
    const json *c = at->first;
    for (; c && index; index--) c = c->next;
    return c;
}

/* Values, in which nothing is a schema. */
static bool is_value(const json *member) { return bytes_is(member->key, "enum") || bytes_is(member->key, "const"); }

static const json *find_anchor(const json *at, bytes name) {
    if (at->type == JSON_OBJECT && bytes_eq(json_string(json_get(at, "$anchor"), ""), name)) return at;
    if (at->type != JSON_OBJECT && at->type != JSON_ARRAY) return NULL;
    for (const json *c = at->first; c; c = c->next) {
        const json *found = is_value(c) ? NULL : find_anchor(c, name);
        if (found) return found;
    }
    return NULL;
}

/* A schema with an $id of its own begins another document, from which references are read in another way. */
static bool has_nested_id(const json *at, const json *root) {
    if (at->type != JSON_OBJECT && at->type != JSON_ARRAY) return false;
    const json *id = json_get(at, "$id");
    if (at != root && id && id->type == JSON_STRING) return true;
    for (const json *c = at->first; c; c = c->next)
        if (!is_value(c) && has_nested_id(c, root)) return true;
    return false;
}

static int resolve(const schema *s, const json *node, bytes ref, const json **out) {
    if (!ref.len || ref.ptr[0] != '#')
        return schema_fail(s, ERR_UNSUPPORTED, node, "$ref", "only references within the schema, #..., are supported");
    if (s->nested)
        return schema_fail(s, ERR_UNSUPPORTED, node, "$ref", "not supported where an inner schema has an $id");
    const json *at = s->root;
    if (ref.len > 1 && ref.ptr[1] != '/') {
        at = find_anchor(s->root, bytes_of(ref.ptr + 1, ref.len - 1));
    } else {
        for (size_t i = 1; at && i < ref.len;) {
            size_t end = ++i;
            while (end < ref.len && ref.ptr[end] != '/') end++;
            at = follow(at, bytes_of(ref.ptr + i, end - i));
            i = end;
        }
    }
    if (!at) return schema_fail(s, ERR_ARGUMENT, node, "$ref", "there is nothing at its place");
    *out = at;
    return OK;
}

/* ---- Conjunctions ---- */

static int add_lists(schema *s, conj *c, const json *node) {
    const json *all = json_get(node, "allOf"), *ref = json_get(node, "$ref");
    int rc = OK;
    if (ref) {
        const json *to;
        if (ref->type != JSON_STRING) return schema_fail(s, ERR_ARGUMENT, node, "$ref", "a text is needed");
        rc = resolve(s, node, ref->string, &to);
        if (!rc) rc = conj_add(s, c, to);
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
    int rc = check_keywords(s, node);
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
               {"string", TYPE_STRING}, {"array", TYPE_ARRAY},  {"object", TYPE_OBJECT}};
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
        for (uint32_t i = 0; i < c->n && fits && !rc; i++) rc = schema_fits(s, c->part[i].node, v, &fits);
        if (!fits || rc) continue;
        buf_reset(&text);
        rc = schema_write(s, v, &text);
        if (!rc) nfa_expr(a, &s->t->x, expr_bytes(&s->t->x, buf_view(&text)), from, to);
    }
    buf_clear(&text);
    return rc;
}

/* The list of values, where there is one; *one is where const gets its list of one. */
static int find_values(const schema *s, const conj *c, json *one, const json **values) {
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

/* Where a oneOf has no way to tell: its branches must exclude each other, which is known when all rules are made. */
static int put_pairs(schema *s, const conj *c, const json *node, const json *list) {
    uint32_t i = 0;
    for (const json *x = list->first; x; x = x->next, i++) {
        uint32_t k = i + 1;
        for (const json *y = x->next; y; y = y->next, k++) {
            conj both = *c;
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
    int rc = one ? put_pairs(s, c, node, list) : OK;
    for (const json *x = list->first; x && !rc; x = x->next) {
        conj branch = *c;
        uint32_t rule = NONE;
        rc = conj_add(s, &branch, x);
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
    if (types & TYPE_NUMBER) rc = schema_numbers(s, c, types & TYPE_FRACTION, a, from, to);
    if (!rc && types & TYPE_STRING) rc = schema_strings(s, c, a, from, to);
    if (!rc && types & TYPE_ARRAY) rc = schema_arrays(s, c, a, from, to);
    if (!rc && types & TYPE_OBJECT) rc = schema_objects(s, c, a, from, to);
    return rc;
}

static int put_conj(schema *s, conj *c, nfa *a, uint32_t from, uint32_t to) {
    json one;
    const json *values;
    int rc = find_values(s, c, &one, &values);
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

static int check_pairs(schema *s) {
    bool *productive = mem_array((size_t)s->t->n + 1, sizeof *productive);
    int rc = productive ? net_productive(s->t, s->present, productive, s->e) : no_memory(s);
    for (uint32_t i = 0; !rc && i < s->n_pairs; i++) {
        char what[96];
        if (!productive[s->pairs[i].rule]) continue;
        snprintf(what, sizeof what, "branches %u and %u may hold at once; make them exclude each other, or use anyOf",
                 (unsigned)s->pairs[i].i, (unsigned)s->pairs[i].k);
        rc = schema_fail(s, ERR_UNSUPPORTED, s->pairs[i].node, "oneOf", what);
    }
    mem_free(productive);
    return rc;
}

static int read_all(schema *s, const json *node, uint32_t *root) {
    static const json object_type = {
        .type = JSON_STRING, .key = {(const uint8_t *)"type", 4}, .string = {(const uint8_t *)"object", 6}};
    static const json any_object = {.type = JSON_OBJECT, .count = 1, .first = &object_type};
    conj c = {.n = 0};
    s->root = node ? node : &any_object;
    s->nested = has_nested_id(s->root, s->root);
    int rc = make_basics(s);
    if (!rc) rc = conj_add(s, &c, s->root);
    if (!rc) rc = schema_rule_of(s, &c, root);
    for (uint32_t i = 0; !rc && i < s->n_rules; i++) rc = make_rule(s, i);
    if (!rc) rc = net_make(s->t, "json_schema", s->e);
    if (!rc && s->n_pairs) rc = check_pairs(s);
    return rc;
}

int schema_read(net *t, const json *node, const bool present[256], uint32_t *root, err *e) {
    schema s = {.t = t, .present = present, .e = e};
    int rc = read_all(&s, node, root);
    mem_free(s.rules);
    mem_free(s.parts);
    mem_free(s.pairs);
    return rc;
}
