/* JSON Schema: the values of enum and const, which are checked here and written out. */
#include "base/mem.h"
#include "base/utf8.h"
#include "infer/schema_impl.h"

const json *schema_member(const json *object, bytes key) {
    const json *found = NULL;
    if (object && object->type == JSON_OBJECT)
        for (const json *c = object->first; c; c = c->next)
            if (bytes_eq(c->key, key)) found = c; /* the last one wins */
    return found;
}

static size_t n_members(const json *object) {
    size_t n = 0;
    for (const json *c = object->first; c; c = c->next) n += schema_member(object, c->key) == c;
    return n;
}

bool schema_same(const json *a, const json *b) {
    if (a->type != b->type) return false;
    switch (a->type) {
    case JSON_NULL:
        return true;
    case JSON_BOOL:
        return a->boolean == b->boolean;
    case JSON_NUMBER:
        return a->number == b->number;
    case JSON_STRING:
        return bytes_eq(a->string, b->string);
    case JSON_ARRAY: {
        const json *x = a->first, *y = b->first;
        for (; x && y && schema_same(x, y); x = x->next) y = y->next;
        return !x && !y;
    }
    default:
        break;
    }
    for (const json *x = a->first; x; x = x->next) {
        const json *y = schema_member(b, x->key);
        if (schema_member(a, x->key) == x && (!y || !schema_same(x, y))) return false;
    }
    return n_members(a) == n_members(b);
}

/* ---- Writing ---- */

void schema_quote(buf *b, bytes text) {
    for (size_t i = 0, used; i < text.len; i += used) {
        uint32_t c = utf8_decode(bytes_of(text.ptr + i, text.len - i), &used);
        static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
        const char *letter = c && c < 128 ? strchr(from, (int)c) : NULL;
        uint8_t out[4];
        if (letter) buf_put(b, (char[]){'\\', to[letter - from]}, 2);
        else if (c < 0x20) buf_printf(b, "\\u%04x", (unsigned)c);
        else buf_put(b, out, utf8_encode(out, c));
    }
}

static void write_text(buf *out, bytes s) {
    buf_byte(out, '"');
    schema_quote(out, s);
    buf_byte(out, '"');
}

int schema_write(const schema *s, const json *v, buf *out) {
    switch (v->type) {
    case JSON_NULL:
        buf_str(out, "null");
        break;
    case JSON_BOOL:
        buf_str(out, v->boolean ? "true" : "false");
        break;
    case JSON_NUMBER:
        buf_json_num(out, v->number);
        break;
    case JSON_STRING:
        write_text(out, v->string);
        break;
    default:
        buf_byte(out, v->type == JSON_ARRAY ? '[' : '{');
        for (const json *c = v->first; c; c = c->next) { /* as deep as the parser allowed */
            if (c != v->first) buf_str(out, ", ");
            if (v->type == JSON_OBJECT) {
                write_text(out, c->key);
                buf_str(out, ": ");
            }
            schema_write(s, c, out);
        }
        buf_byte(out, v->type == JSON_ARRAY ? ']' : '}');
    }
    return buf_status(out, s->e);
}

/* ---- Checking ---- */

static int fits_text(schema *s, const json *node, const json *v, bool *fits) {
    conj c = {.n = 1, .part = {{node, 0}}};
    dfa d = {0};
    bool plain;
    buf text = {0};
    int rc = schema_text(s, &c, &d, &plain);
    schema_quote(&text, v->string);
    if (!rc) rc = buf_status(&text, s->e);
    if (!rc && !plain) *fits = dfa_accepts(&d, buf_view(&text));
    dfa_clear(&d);
    buf_clear(&text);
    return rc;
}

/* Numbers are checked as they are written: by the automaton of all that fit, or, where that writes no such numbers
 * (more digits, an exponent), by their bounds. */
static int fits_number(schema *s, const json *node, const json *v, bool *fits) {
    const json *min = json_get(node, "minimum"), *max = json_get(node, "maximum");
    const json *above = json_get(node, "exclusiveMinimum"), *below = json_get(node, "exclusiveMaximum");
    double n = v->number;
    *fits = !(min && n < min->number) && !(max && n > max->number) && !(above && n <= above->number) &&
            !(below && n >= below->number);
    if (!*fits || !(json_get(node, "multipleOf") || json_get(node, "\1multipleOf"))) return OK;
    conj c = {.n = 1, .part = {{node, 0}}};
    nfa a = nfa_of(&s->t->x, NULL);
    dfa d = {0};
    buf text = {0};
    uint32_t from = nfa_state(&a), to = nfa_state(&a);
    int rc = schema_numbers(s, &c, TYPE_NUMBER, &a, from, to);
    if (!rc) rc = dfa_make(&d, &a, from, to, "multipleOf", s->e);
    buf_json_num(&text, n);
    if (!rc) rc = buf_status(&text, s->e);
    if (!rc) *fits = dfa_accepts(&d, buf_view(&text));
    nfa_clear(&a);
    dfa_clear(&d);
    buf_clear(&text);
    return rc;
}

static int in_range(schema *s, const json *node, const char *least, const char *most, size_t n, bool *fits) {
    uint32_t min = 0, max = UINT32_MAX;
    bool there;
    int rc = schema_count(s, node, least, &min, &there);
    if (!rc) rc = schema_count(s, node, most, &max, &there);
    *fits = n >= min && n <= max;
    return rc;
}

static int fits_contains(schema *s, const json *node, const json *v, bool *fits) {
    const json *contains = json_get(node, "contains");
    uint32_t least = 1, most = UINT32_MAX, n = 0;
    bool there, one;
    if (!contains || !*fits) return OK;
    int rc = schema_count(s, node, "minContains", &least, &there);
    if (!rc) rc = schema_count(s, node, "maxContains", &most, &there);
    for (const json *x = v->first; x && !rc; x = x->next) {
        rc = schema_fits(s, contains, x, &one);
        n += one;
    }
    *fits = n >= least && n <= most;
    return rc;
}

static int fits_array(schema *s, const json *node, const json *v, bool *fits) {
    const json *prefix = json_get(node, "prefixItems"), *items = json_get(node, "items");
    const json *schema_at = prefix && prefix->type == JSON_ARRAY ? prefix->first : NULL;
    int rc = in_range(s, node, "minItems", "maxItems", v->count, fits);
    for (const json *x = v->first; x && *fits && !rc; x = x->next) {
        const json *own = schema_at ? schema_at : items;
        if (own) rc = schema_fits(s, own, x, fits);
        if (schema_at) schema_at = schema_at->next;
    }
    return rc ? rc : fits_contains(s, node, v, fits);
}

static int fits_member(schema *s, const json *node, const json *m, bool *fits) {
    const json *own = schema_member(json_get(node, "properties"), m->key),
               *patterns = json_get(node, "patternProperties");
    const json *others = json_get(node, "additionalProperties"), *names = json_get(node, "propertyNames");
    bool matched = own != NULL;
    int rc = own ? schema_fits(s, own, m, fits) : OK;
    for (const json *p = patterns ? patterns->first : NULL; p && *fits && !rc; p = p->next) {
        dfa d = {0};
        buf text = {0};
        schema_quote(&text, m->key);
        rc = buf_status(&text, s->e);
        if (!rc) rc = schema_pattern(s, node, p->key, &d);
        if (!rc && dfa_accepts(&d, buf_view(&text))) {
            matched = true;
            rc = schema_fits(s, p, m, fits);
        }
        dfa_clear(&d);
        buf_clear(&text);
    }
    if (!rc && *fits && !matched && others) rc = schema_fits(s, others, m, fits);
    json name = {.type = JSON_STRING, .string = m->key};
    return rc || !*fits || !names ? rc : schema_fits(s, names, &name, fits);
}

static int fits_object(schema *s, const json *node, const json *v, bool *fits) {
    const json *required = json_get(node, "required");
    int rc = in_range(s, node, "minProperties", "maxProperties", n_members(v), fits);
    for (const json *r = required ? required->first : NULL; r && *fits; r = r->next)
        *fits = schema_member(v, json_string(r, "")) != NULL;
    for (const json *m = v->first; m && *fits && !rc; m = m->next)
        if (schema_member(v, m->key) == m) rc = fits_member(s, node, m, fits);
    return rc;
}

/* What anyOf and oneOf say. */
static int fits_branches(schema *s, const part *p, const json *v, bool *fits) {
    static const struct {
        const char *name;
        uint32_t done;
    } keywords[] = {{"anyOf", DONE_ANY_OF}, {"oneOf", DONE_ONE_OF}};
    int rc = OK;
    for (int k = 0; k < 2 && *fits && !rc; k++) {
        const json *list = p->done & keywords[k].done ? NULL : json_get(p->node, keywords[k].name);
        size_t n = 0;
        for (const json *x = list ? list->first : NULL; x && !rc; x = x->next) {
            bool one = true;
            rc = schema_fits(s, x, v, &one);
            n += one;
        }
        if (list && !rc) *fits = k == 0 ? n > 0 : n == 1;
    }
    return rc;
}

static unsigned type_bits(const json *v) {
    switch (v->type) {
    case JSON_NULL:
        return TYPE_NULL;
    case JSON_BOOL:
        return TYPE_BOOL;
    case JSON_STRING:
        return TYPE_STRING;
    case JSON_ARRAY:
        return TYPE_ARRAY;
    case JSON_OBJECT:
        return TYPE_OBJECT;
    default:
        return v->number == (double)(int64_t)v->number || v->number > 1e15 || v->number < -1e15 ? TYPE_INTEGER
                                                                                                : TYPE_FRACTION;
    }
}

int schema_fits_part(schema *s, const part *p, const json *v, bool *fits) {
    const json *node = p->node;
    const json *list = json_get(node, "enum"), *one = json_get(node, "const");
    conj alone = {.n = 1, .part = {{node, 0}}};
    unsigned types;
    int rc = schema_types(s, &alone, &types);
    if (rc) return rc;
    *fits = (types & type_bits(v)) != 0;
    if (*fits && one) *fits = schema_same(one, v);
    if (*fits && list) {
        *fits = false;
        for (const json *x = list->first; x && !*fits; x = x->next) *fits = schema_same(x, v);
    }
    if (*fits && v->type == JSON_NUMBER) rc = fits_number(s, node, v, fits);
    if (*fits && v->type == JSON_STRING) rc = fits_text(s, node, v, fits);
    if (*fits && v->type == JSON_ARRAY) rc = fits_array(s, node, v, fits);
    if (*fits && v->type == JSON_OBJECT) rc = fits_object(s, node, v, fits);
    return rc || !*fits ? rc : fits_branches(s, p, v, fits);
}

int schema_fits(schema *s, const json *node, const json *v, bool *fits) {
    conj c = {.n = 0};
    *fits = true;
    if (++s->depth > GRAMMAR_DEPTH_MAX)
        return schema_fail(s, ERR_TOO_LONG, node, "", "it refers to itself for one and the same value");
    int rc = conj_add(s, &c, node);
    if (c.never) *fits = false;
    for (uint32_t i = 0; i < c.n && *fits && !rc; i++) rc = schema_fits_part(s, &c.part[i], v, fits);
    s->depth--;
    return rc;
}
