/* JSON Schema: objects. Members come in the order in which they are declared, others after them; a declared name is
 * never one of the others, so that no member is there twice with two meanings. */
#include "base/mem.h"
#include "infer/schema_impl.h"

enum { PATTERNS_MOST = 4, GRID_MOST = 1 << 17, OTHERS_MOST = 8 };

typedef struct name {
    bytes text;
    bool required;
    uint32_t rule; /* of its value, NONE: it is forbidden */
} name;

typedef struct object {
    schema *s;
    const conj *c;
    name *names;
    uint32_t n_names, cap_names;
    bytes pattern[PATTERNS_MOST]; /* of patternProperties, each once */
    dfa pattern_dfa[PATTERNS_MOST];
    uint32_t n_patterns;
    dfa names_dfa; /* of propertyNames */
    bool any_name;
    uint32_t min, max;
} object;

/* ---- What is declared ---- */

static int add_name(object *o, bytes text, bool required) {
    for (uint32_t i = 0; i < o->n_names; i++) {
        if (!bytes_eq(o->names[i].text, text)) continue;
        o->names[i].required = o->names[i].required || required;
        return OK;
    }
    name *p = array_room(o->names, &o->cap_names, o->n_names + 1, sizeof *p);
    if (!p) return fail(o->s->e, ERR_MEMORY, "no memory for the grammar");
    o->names = p;
    if (o->n_names == SCHEMA_NAMES_MAX)
        return schema_fail(o->s, ERR_TOO_LONG, o->c->part[0].node, "properties", "too many names");
    o->names[o->n_names++] = (name){text, required, NONE};
    return OK;
}

static int need_object(object *o, const json *node, const char *keyword, const json **out) {
    *out = json_get(node, keyword);
    if (!*out || (*out)->type == JSON_OBJECT) return OK;
    return schema_fail(o->s, ERR_ARGUMENT, node, keyword, "an object is needed");
}

static int add_pattern(object *o, const json *node, bytes source) {
    for (uint32_t i = 0; i < o->n_patterns; i++)
        if (bytes_eq(o->pattern[i], source)) return OK;
    if (o->n_patterns == PATTERNS_MOST)
        return schema_fail(o->s, ERR_UNSUPPORTED, node, "patternProperties", "more than 4 patterns are not supported");
    o->pattern[o->n_patterns++] = source;
    return schema_pattern(o->s, node, source, &o->pattern_dfa[o->n_patterns - 1]);
}

static int read_part(object *o, const json *node) {
    const json *properties, *patterns, *required = json_get(node, "required");
    uint32_t min = 0, max = REPEAT_ANY;
    bool there;
    int rc = need_object(o, node, "properties", &properties);
    if (!rc) rc = need_object(o, node, "patternProperties", &patterns);
    if (!rc) rc = schema_count(o->s, node, "minProperties", &min, &there);
    if (!rc) rc = schema_count(o->s, node, "maxProperties", &max, &there);
    if (min > o->min) o->min = min;
    if (max < o->max) o->max = max;
    if (!rc && required && required->type != JSON_ARRAY)
        rc = schema_fail(o->s, ERR_ARGUMENT, node, "required", "a list of names is needed");
    for (const json *p = !rc && properties ? properties->first : NULL; p && !rc; p = p->next)
        rc = add_name(o, p->key, false);
    for (const json *p = !rc && patterns ? patterns->first : NULL; p && !rc; p = p->next)
        rc = add_pattern(o, node, p->key);
    return rc;
}

static int read_required(object *o, const json *node) {
    const json *required = json_get(node, "required");
    int rc = OK;
    for (const json *r = required ? required->first : NULL; r && !rc; r = r->next) {
        if (r->type != JSON_STRING)
            return schema_fail(o->s, ERR_ARGUMENT, node, "required", "a list of names is needed");
        rc = add_name(o, r->string, true);
    }
    return rc;
}

/* The parts that hold for the value of a member: `own` is its declaration's name, matched[i] whether it fits pattern i.
 */
static int member_parts(object *o, const bytes *own, const bool *matched, conj *out) {
    int rc = OK;
    *out = (conj){.n = 0};
    for (uint32_t i = 0; i < o->c->n && !rc; i++) {
        const json *node = o->c->part[i].node, *patterns = json_get(node, "patternProperties");
        const json *declared = own ? schema_member(json_get(node, "properties"), *own) : NULL;
        const json *others = json_get(node, "additionalProperties");
        bool found = declared != NULL;
        if (declared) rc = conj_add(o->s, out, declared);
        for (uint32_t k = 0; k < o->n_patterns && !rc; k++) {
            const json *p = matched[k] ? schema_member(patterns, o->pattern[k]) : NULL;
            if (!p) continue;
            found = true;
            rc = conj_add(o->s, out, p);
        }
        if (!rc && !found && others) rc = conj_add(o->s, out, others);
    }
    return rc;
}

/* The rules of declared names; one that is forbidden has none. */
static int find_rules(object *o) {
    buf quoted = {0};
    int rc = OK;
    for (uint32_t i = 0; i < o->n_names && !rc; i++) {
        name *n = &o->names[i];
        bool matched[PATTERNS_MOST], fits;
        conj c;
        buf_reset(&quoted);
        schema_quote(&quoted, n->text);
        rc = buf_status(&quoted, o->s->e);
        for (uint32_t k = 0; k < o->n_patterns; k++) matched[k] = dfa_accepts(&o->pattern_dfa[k], buf_view(&quoted));
        fits = o->any_name || dfa_accepts(&o->names_dfa, buf_view(&quoted));
        if (!rc) rc = member_parts(o, &n->text, matched, &c);
        if (!rc && fits && !c.never) rc = schema_rule_of(o->s, &c, &n->rule);
    }
    buf_clear(&quoted);
    return rc;
}

/* Names that a propertyNames with enum or const lists: those of `values` that fit it all. */
static int listed_names(object *o, const conj *names, const json *values) {
    exprs *x = &o->s->t->x;
    uint32_t all = EXPR_NEVER, one;
    int rc = OK;
    for (const json *v = values; v && !rc; v = v->next) {
        bool fits = v->type == JSON_STRING;
        for (uint32_t i = 0; i < names->n && fits && !rc; i++) rc = schema_fits(o->s, names->part[i].node, v, &fits);
        if (!rc && fits) rc = schema_text_expr(o->s, v->string, &one);
        if (!rc && fits) all = expr_alt(x, one, all);
    }
    return rc ? rc : dfa_expr(&o->names_dfa, x, all, "propertyNames", o->s->e);
}

/* What propertyNames says. */
static int find_names(object *o, const conj *names) {
    static const char *const beyond[] = {"anyOf", "oneOf"};
    const json *values = NULL;
    unsigned types;
    json one;
    o->any_name = true;
    int rc = schema_types(o->s, names, &types);
    if (!rc) rc = schema_values(o->s, names, &one, &values);
    for (uint32_t i = 0; i < names->n && !rc && !values; i++)
        for (size_t k = 0; k < sizeof beyond / sizeof *beyond; k++)
            if (json_get(names->part[i].node, beyond[k]))
                return schema_fail(o->s, ERR_UNSUPPORTED, names->part[i].node, beyond[k],
                                   "not supported in propertyNames");
    if (rc) return rc;
    bool none = names->never || !(types & TYPE_STRING);
    if (!none && !values) return names->n ? schema_text(o->s, names, &o->names_dfa, &o->any_name) : OK;
    o->any_name = false;
    return listed_names(o, names, none ? NULL : values);
}

static int read_object(object *o) {
    int rc = OK;
    conj names = {.n = 0};
    for (uint32_t i = 0; i < o->c->n && !rc; i++) rc = read_part(o, o->c->part[i].node);
    for (uint32_t i = 0; i < o->c->n && !rc; i++) rc = read_required(o, o->c->part[i].node);
    for (uint32_t i = 0; i < o->c->n && !rc; i++) {
        const json *own = json_get(o->c->part[i].node, "propertyNames");
        if (own) rc = conj_add(o->s, &names, own);
    }
    if (!rc) rc = find_names(o, &names);
    return rc ? rc : find_rules(o);
}

/* ---- Others ---- */

/* Names that are not declared and fit just the patterns that `matched` says; of those with a length of `rest` modulo
 * `modulus`, where that is not 0. */
static int other_names(object *o, const bool *matched, uint32_t rest, uint32_t modulus, dfa *out) {
    exprs *x = &o->s->t->x;
    uint32_t any = expr_any(x, true), declared = EXPR_NEVER, one, all = expr_repeat(x, any, 0, REPEAT_ANY);
    dfa with = {0};
    int rc = OK;
    for (uint32_t i = o->n_names; i-- > 0 && !rc;) {
        rc = schema_text_expr(o->s, o->names[i].text, &one);
        if (!rc) declared = expr_alt(x, one, declared);
    }
    if (modulus) {
        uint32_t turn = expr_repeat(x, any, modulus, modulus);
        all = expr_cat(x, expr_repeat(x, any, rest, rest), expr_repeat(x, turn, 0, REPEAT_ANY));
    }
    if (!rc) rc = dfa_expr(out, x, all, "properties", o->s->e);
    if (!rc) rc = dfa_expr(&with, x, declared, "properties", o->s->e);
    for (uint32_t k = 0; !rc && k < 2 + o->n_patterns; k++) {
        const dfa *b = k == 0 ? &with : k == 1 ? &o->names_dfa : &o->pattern_dfa[k - 2];
        bool minus = k == 0 || (k > 1 && !matched[k - 2]);
        dfa both = {0};
        if (k == 1 && o->any_name) continue;
        rc = dfa_product(&both, out, b, minus, &o->s->t->work, "properties", o->s->e);
        dfa_clear(out);
        *out = both;
    }
    dfa_clear(&with);
    return rc;
}

static void put_value(schema *s, nfa *a, uint32_t rule, uint32_t from, uint32_t to) {
    uint32_t colon = nfa_state(a), value = nfa_state(a);
    put_str(s, a, ":", from, colon);
    put_ws(s, a, colon, value);
    nfa_call_rule(a, rule, 1, 1, value, to);
}

/* One more member that is not declared, of the patterns in the bits of `set`. */
static int put_other(object *o, nfa *a, uint32_t set, uint32_t rest, uint32_t modulus, uint32_t from, uint32_t to) {
    bool matched[PATTERNS_MOST];
    conj c;
    dfa d = {0};
    uint32_t rule;
    for (uint32_t k = 0; k < PATTERNS_MOST; k++) matched[k] = set >> k & 1;
    int rc = member_parts(o, NULL, matched, &c);
    if (rc || c.never) return rc;
    rc = other_names(o, matched, rest, modulus, &d);
    if (!rc && !dfa_empty(&d)) rc = schema_rule_of(o->s, &c, &rule);
    if (!rc && !dfa_empty(&d)) {
        uint32_t open = nfa_state(a), close = nfa_state(a), done = nfa_state(a);
        put_str(o->s, a, "\"", from, open);
        nfa_dfa(a, &d, open, close);
        put_str(o->s, a, "\"", close, done);
        put_value(o->s, a, rule, done, to);
    }
    dfa_clear(&d);
    return rc;
}

/* A rule of its own for such members, after a comma or not. */
static int other_rule(object *o, bool comma, uint32_t rest, uint32_t modulus, uint32_t *rule) {
    schema *s = o->s;
    nfa a = nfa_of(&s->t->x, s->t);
    uint32_t from = nfa_state(&a), to = nfa_state(&a), at = from;
    int rc = OK;
    if (comma && !a.bad) {
        uint32_t blank = nfa_state(&a);
        at = nfa_state(&a);
        put_str(s, &a, ",", from, blank);
        put_ws(s, &a, blank, at);
    }
    for (uint32_t set = 0; set < 1u << o->n_patterns && !rc && !a.bad; set++)
        rc = put_other(o, &a, set, rest, modulus, at, to);
    *rule = rc ? NONE : net_add(s->t);
    if (!rc) rc = net_fill(s->t, *rule, &a, from, to, "json_schema", s->e);
    nfa_clear(&a);
    return rc;
}

/* ---- The object ---- */

/* The automaton of one object. */
typedef struct grid {
    nfa *a;
    uint32_t first,
        width;       /* state before name i after `count` members: first + i * width + count; the last means more */
    uint32_t close;  /* before the brace, after a member */
    uint32_t differ; /* of how many others the names must differ, so that there are enough; their lengths do */
    uint32_t missing[OTHERS_MOST + 1]; /* states: so many others must still come */
} grid;

static uint32_t grid_state(const grid *g, uint32_t i, uint32_t count) {
    return g->first + i * g->width + (count < g->width ? count : g->width - 1);
}

static int put_name(object *o, const grid *g, uint32_t i, uint32_t count) {
    const name *n = &o->names[i];
    schema *s = o->s;
    nfa *a = g->a;
    uint32_t from = grid_state(g, i, count), to = grid_state(g, i + 1, count + 1), key = from, colon = nfa_state(a);
    if (!n->required) nfa_skip(a, from, grid_state(g, i + 1, count));
    if (n->rule == NONE || (o->max != REPEAT_ANY && count >= o->max)) return OK;
    if (count) {
        uint32_t blank = nfa_state(a);
        key = nfa_state(a);
        put_str(s, a, ",", from, blank);
        put_ws(s, a, blank, key);
    }
    buf text = {0};
    buf_byte(&text, '"');
    schema_quote(&text, n->text);
    buf_byte(&text, '"');
    int rc = buf_status(&text, s->e);
    if (!rc && !a->bad) {
        nfa_expr(a, &s->t->x, expr_bytes(&s->t->x, buf_view(&text)), key, colon);
        put_value(s, a, n->rule, colon, to);
    }
    buf_clear(&text);
    return rc;
}

/* One of the others that are needed: from `from` to where one less is. */
static int put_needed(object *o, const grid *g, uint32_t missing, bool comma, uint32_t from) {
    uint32_t rule, rest = g->differ > 1 ? missing - 1 : 0;
    int rc = other_rule(o, comma, rest, g->differ > 1 ? g->differ : 0, &rule);
    if (!rc) nfa_call_rule(g->a, rule, 1, 1, from, g->missing[missing - 1]);
    return rc;
}

/* What comes after the declared names, of which `count` are there. */
static int put_others(object *o, const grid *g, uint32_t count) {
    uint32_t from = grid_state(g, o->n_names, count), missing = o->min > count ? o->min - count : 0, rule;
    uint32_t room = o->max == REPEAT_ANY ? REPEAT_ANY : o->max > count ? o->max - count : 0;
    int rc = OK;
    if (missing > g->differ || (count == 0 && room == 0)) return OK;
    if (missing) {
        if (count == 0) return put_needed(o, g, missing, false, from);
        nfa_skip(g->a, from, g->missing[missing]);
        return OK;
    }
    if (count == 0) {
        uint32_t next = nfa_state(g->a);
        rc = other_rule(o, false, 0, 0, &rule);
        if (!rc) nfa_call_rule(g->a, rule, 1, 1, from, next);
        from = next;
        if (room != REPEAT_ANY) room--;
    }
    if (!rc) rc = other_rule(o, true, 0, 0, &rule);
    if (rc || g->a->bad) return rc;
    nfa_skip(g->a, from, g->close);
    nfa_call_rule(g->a, rule, 0, room, from, g->close);
    return OK;
}

/* Others that are needed, then as many as there is room for. */
static int put_chain(object *o, grid *g) {
    uint32_t rule;
    int rc = OK;
    for (uint32_t m = 0; m <= g->differ; m++) g->missing[m] = nfa_state(g->a);
    for (uint32_t m = g->differ; m > 0 && !rc && !g->a->bad; m--) rc = put_needed(o, g, m, true, g->missing[m]);
    if (!rc) rc = other_rule(o, true, 0, 0, &rule);
    if (rc || g->a->bad) return rc;
    nfa_skip(g->a, g->missing[0], g->close);
    nfa_call_rule(g->a, rule, 0, o->max == REPEAT_ANY ? REPEAT_ANY : o->max - o->min, g->missing[0], g->close);
    return OK;
}

static int put_grid(object *o, grid *g, uint32_t open) {
    uint32_t n = o->n_names, n_required = 0;
    for (uint32_t i = 0; i < n; i++) n_required += o->names[i].required;
    g->differ = o->min > n_required ? o->min - n_required : 0;
    if (g->differ > OTHERS_MOST && o->min > n)
        return schema_fail(o->s, ERR_UNSUPPORTED, o->c->part[0].node, "minProperties",
                           "more than 8 beyond the declared ones are not supported");
    if (g->differ > OTHERS_MOST) g->differ = 0; /* declared ones are enough */
    g->width = o->max == REPEAT_ANY ? (o->min ? o->min : 1) + 1 : n + 1;
    if (g->width > n + 1) g->width = n + 1;
    if (g->width < 2) g->width = 2;
    if ((uint64_t)(n + 1) * g->width > GRID_MOST)
        return schema_fail(o->s, ERR_TOO_LONG, o->c->part[0].node, "maxProperties", "too many names to count");
    g->first = g->a->n;
    for (uint32_t i = 0; i < (n + 1) * g->width; i++) nfa_state(g->a);
    int rc = g->a->bad ? OK : put_chain(o, g);
    if (!g->a->bad) put_ws(o->s, g->a, open, g->first);
    for (uint32_t i = 0; i < n && !rc && !g->a->bad; i++)
        for (uint32_t count = 0; count <= i && count < g->width && !rc; count++) rc = put_name(o, g, i, count);
    for (uint32_t count = 0; count <= n && count < g->width && !rc && !g->a->bad; count++) rc = put_others(o, g, count);
    return rc;
}

static int put_object(object *o, nfa *a, uint32_t from, uint32_t to) {
    grid g = {.a = a};
    uint32_t open = nfa_state(a), blank = nfa_state(a), brace = nfa_state(a);
    bool may_be_empty = o->min == 0;
    g.close = nfa_state(a);
    if (a->bad || o->min > o->max) return OK;
    for (uint32_t i = 0; i < o->n_names; i++) may_be_empty = may_be_empty && !o->names[i].required;
    put_str(o->s, a, "{", from, open);
    if (may_be_empty) {
        put_ws(o->s, a, open, blank);
        put_str(o->s, a, "}", blank, to);
    }
    put_ws(o->s, a, g.close, brace);
    put_str(o->s, a, "}", brace, to);
    return put_grid(o, &g, open);
}

int schema_objects(schema *s, const conj *c, nfa *a, uint32_t from, uint32_t to) {
    object o = {.s = s, .c = c, .max = REPEAT_ANY};
    int rc = read_object(&o);
    if (!rc) rc = put_object(&o, a, from, to);
    for (uint32_t k = 0; k < o.n_patterns; k++) dfa_clear(&o.pattern_dfa[k]);
    dfa_clear(&o.names_dfa);
    mem_free(o.names);
    return rc;
}
