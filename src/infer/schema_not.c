/* JSON Schema: not, if, then, else and what depends on members. Each becomes a schema of what is left, in keywords that
 * are read elsewhere, and in four of our own. Its text names the schemas that it is about: {"$ref": "\1" and a number}
 * is an entry of `known`. */
#include "base/mem.h"
#include "infer/schema_impl.h"

enum { LIST_MOST = 128 }; /* schemas of a list whose text grows by its square */

/* ---- Writing ---- */

/* Alternatives, with commas between them. */
typedef struct writer {
    schema *s;
    const json *node; /* that is rewritten */
    buf out;
    int rc;
} writer;

/* A number for a schema. */
static uint32_t know(writer *w, const json *node) {
    schema *s = w->s;
    uint32_t i = 0;
    while (i < s->n_known && s->known[i] != node) i++;
    if (i < s->n_known) return i;
    const json **p = array_room(s->known, &s->cap_known, s->n_known + 1, sizeof *p);
    if (!p) w->rc = fail(s->e, ERR_MEMORY, "no memory for the grammar");
    if (!p) return 0;
    s->known = p;
    s->known[s->n_known] = node;
    return s->n_known++;
}

static void put(writer *w, const char *text) { buf_str(&w->out, text); }

/* The beginning of another alternative. */
static void add(writer *w, const char *text) {
    if (w->out.len && w->out.ptr[w->out.len - 1] != '[') buf_byte(&w->out, ',');
    put(w, text);
}

static void put_schema(writer *w, const json *node) {
    if (node) buf_printf(&w->out, "{\"$ref\":\"\\u0001%u\"}", (unsigned)know(w, node));
    else put(w, "true");
}

static void put_not(writer *w, const json *node) {
    put(w, "{\"not\":");
    put_schema(w, node);
    put(w, "}");
}

static void put_text(writer *w, bytes text) { buf_json_str(&w->out, text); }

static void refuse(writer *w, const char *keyword) {
    if (!w->rc) w->rc = schema_fail(w->s, ERR_UNSUPPORTED, w->node, keyword, "not supported in what must not hold");
}

/* ---- What is not: for each keyword the values that break it ---- */

static void not_type(writer *w, const json *v) {
    static const char *const names[] = {"null", "boolean", "integer", "\\u0001", "string", "array", "object"};
    unsigned types;
    (void)v;
    w->rc = schema_types(w->s, &(conj){.n = 1, .part = {{w->node, 0}}}, &types);
    if (w->rc || types == TYPE_ALL) return;
    add(w, "{\"type\":[");
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (types >> i & 1) continue;
        add(w, "\"");
        put(w, names[i]);
        put(w, "\"");
    }
    put(w, "]}");
}

/* The next larger number of a list than `above`, NULL where there is none. */
static const json *next_number(const json *list, const json *above) {
    const json *best = NULL;
    for (const json *v = list; v; v = v->next)
        if (v->type == JSON_NUMBER && (!above || v->number > above->number) && (!best || v->number < best->number))
            best = v;
    return best;
}

static void not_numbers(writer *w, const json *list) {
    const json *low = NULL, *high = next_number(list, NULL);
    for (; low || high; low = high, high = high ? next_number(list, high) : NULL) {
        add(w, "{\"type\":\"number\"");
        if (low) put(w, ",\"exclusiveMinimum\":"), json_write(low, &w->out);
        if (high) put(w, ",\"exclusiveMaximum\":"), json_write(high, &w->out);
        put(w, "}");
    }
}

static void not_strings(writer *w, const json *list) {
    bool any = false;
    for (const json *v = list; v; v = v->next) {
        if (v->type != JSON_STRING) continue;
        if (any) put(w, ",");
        else add(w, "{\"type\":\"string\",\"\\u0001enum\":[");
        any = true;
        put_text(w, v->string);
    }
    if (any) put(w, "]}");
}

/* Other values than these. */
static void not_values(writer *w, const json *list) {
    unsigned seen = 0;
    bool truth[2] = {false, false};
    for (const json *v = list; v; v = v->next) {
        if (v->type == JSON_ARRAY || v->type == JSON_OBJECT) refuse(w, "const");
        if (v->type == JSON_BOOL) truth[v->boolean] = true;
        seen |= 1u << v->type;
    }
    add(w, "{\"type\":[\"array\",\"object\"");
    if (!(seen >> JSON_NULL & 1)) put(w, ",\"null\"");
    if (!(seen >> JSON_BOOL & 1)) put(w, ",\"boolean\"");
    if (!(seen >> JSON_NUMBER & 1)) put(w, ",\"number\"");
    if (!(seen >> JSON_STRING & 1)) put(w, ",\"string\"");
    put(w, "]}");
    if (truth[0] != truth[1]) add(w, truth[0] ? "{\"const\":true}" : "{\"const\":false}");
    not_numbers(w, list);
    not_strings(w, list);
}

static void not_const(writer *w, const json *v) {
    json one = *v;
    one.next = NULL;
    not_values(w, &one);
}

static void not_enum(writer *w, const json *v) {
    if (v->type == JSON_ARRAY) not_values(w, v->first);
}

/* {"type": TYPE, KEYWORD: v + more}, where that is not negative. */
static void put_count(writer *w, const char *type, const char *keyword, const json *v, int more) {
    if (v->type != JSON_NUMBER || !(v->number >= 0 && v->number < 1e9)) refuse(w, keyword);
    else if (v->number + more < 0) return;
    add(w, "{\"type\":");
    buf_printf(&w->out, "\"%s\",\"%s\":%.0f}", type, keyword, v->number + more);
}

static void not_min_length(writer *w, const json *v) { put_count(w, "string", "maxLength", v, -1); }
static void not_max_length(writer *w, const json *v) { put_count(w, "string", "minLength", v, 1); }
static void not_min_items(writer *w, const json *v) { put_count(w, "array", "maxItems", v, -1); }
static void not_max_items(writer *w, const json *v) { put_count(w, "array", "minItems", v, 1); }
static void not_min_members(writer *w, const json *v) { put_count(w, "object", "maxProperties", v, -1); }
static void not_max_members(writer *w, const json *v) { put_count(w, "object", "minProperties", v, 1); }

static void put_one(writer *w, const char *type, const char *keyword, const json *v) {
    add(w, "{\"type\":");
    buf_printf(&w->out, "\"%s\",\"%s\":", type, keyword);
    json_write(v, &w->out);
    put(w, "}");
}

static void not_minimum(writer *w, const json *v) { put_one(w, "number", "exclusiveMaximum", v); }
static void not_maximum(writer *w, const json *v) { put_one(w, "number", "exclusiveMinimum", v); }
static void not_above(writer *w, const json *v) { put_one(w, "number", "maximum", v); }
static void not_below(writer *w, const json *v) { put_one(w, "number", "minimum", v); }
static void not_multiple(writer *w, const json *v) { put_one(w, "number", "\\u0001multipleOf", v); }
static void not_pattern(writer *w, const json *v) { put_one(w, "string", "\\u0001pattern", v); }

static void not_required(writer *w, const json *v) {
    for (const json *r = v->type == JSON_ARRAY ? v->first : NULL; r; r = r->next) {
        add(w, "{\"type\":\"object\",\"properties\":{");
        put_text(w, json_string(r, ""));
        put(w, ":false}}");
    }
}

static void not_properties(writer *w, const json *v) {
    for (const json *p = v->first; p; p = p->next) {
        if (p->type == JSON_BOOL && p->boolean) continue;
        add(w, "{\"type\":\"object\",\"required\":[");
        put_text(w, p->key);
        put(w, "],\"properties\":{");
        put_text(w, p->key);
        put(w, ":");
        put_not(w, p);
        put(w, "}}");
    }
}

static void not_prefix(writer *w, const json *v) {
    unsigned i = 0;
    if (v->count > LIST_MOST) refuse(w, "prefixItems");
    for (const json *x = v->first; x && !w->rc; x = x->next) {
        add(w, "{\"type\":\"array\",\"minItems\":");
        buf_printf(&w->out, "%u,\"prefixItems\":[", ++i);
        for (unsigned k = 1; k < i; k++) put(w, "true,");
        put_not(w, x);
        put(w, "]}");
    }
}

static void not_items(writer *w, const json *v) {
    if (v->type == JSON_BOOL && v->boolean) return;
    if (json_get(w->node, "prefixItems")) refuse(w, "items");
    add(w, "{\"type\":\"array\",\"contains\":");
    put_not(w, v);
    put(w, "}");
}

/* Fewer than minContains, or more than maxContains. */
static void not_contains(writer *w, const json *v) {
    const json *most = json_get(w->node, "maxContains");
    double least = json_number(json_get(w->node, "minContains"), 1);
    if (least > 0) {
        add(w, "{\"type\":\"array\",\"minContains\":0,\"contains\":");
        put_schema(w, v);
        buf_printf(&w->out, ",\"maxContains\":%.0f}", least - 1);
    }
    if (most) {
        add(w, "{\"type\":\"array\",\"contains\":");
        put_schema(w, v);
        buf_printf(&w->out, ",\"minContains\":%.0f}", json_number(most, 0) + 1);
    }
}

static void not_others(writer *w, const json *v) {
    if (v->type != JSON_BOOL || !v->boolean) refuse(w, "additionalProperties");
}

static void not_all(writer *w, const json *v) {
    for (const json *x = v->first; x; x = x->next) {
        add(w, "");
        put_not(w, x);
    }
}

static void not_any(writer *w, const json *v) {
    add(w, "{\"allOf\":[");
    for (const json *x = v->first; x; x = x->next) {
        add(w, "");
        put_not(w, x);
    }
    put(w, "]}");
}

/* None of them, or two. */
static void not_one(writer *w, const json *v) {
    if (v->count > LIST_MOST) refuse(w, "oneOf");
    not_any(w, v);
    for (const json *x = v->first; x && !w->rc; x = x->next) {
        for (const json *y = x->next; y; y = y->next) {
            add(w, "{\"allOf\":[");
            put_schema(w, x);
            put(w, ",");
            put_schema(w, y);
            put(w, "]}");
        }
    }
}

static void not_not(writer *w, const json *v) {
    add(w, "");
    put_schema(w, v);
}

static void not_reference(writer *w, const json *v) {
    const json *to = NULL;
    (void)v;
    if (!w->rc) w->rc = schema_refer(w->s, w->node, &to);
    add(w, "");
    put_not(w, to);
}

/* `first` holds, and `second` does not. */
static void put_broken(writer *w, const json *first, bool holds, const json *second) {
    if (!second) return;
    add(w, "{\"allOf\":[");
    if (holds) put_schema(w, first);
    else put_not(w, first);
    put(w, ",");
    put_not(w, second);
    put(w, "]}");
}

static void not_if(writer *w, const json *v) {
    put_broken(w, v, true, json_get(w->node, "then"));
    put_broken(w, v, false, json_get(w->node, "else"));
}

/* The member is there, and what it asks for is not. */
static void not_dependent(writer *w, const json *v) {
    for (const json *d = v->first; d; d = d->next) {
        const json *r = d->type == JSON_ARRAY ? d->first : NULL;
        do {
            if (d->type == JSON_ARRAY && !r) break;
            add(w, "{\"type\":\"object\",\"required\":[");
            put_text(w, d->key);
            put(w, r ? "],\"properties\":{" : "],\"allOf\":[");
            if (r) put_text(w, json_string(r, ""));
            else put_not(w, d);
            put(w, r ? ":false}}" : "]}");
            r = r ? r->next : NULL;
        } while (r);
    }
}

static const struct negation {
    const char *keyword;
    void (*write)(writer *w, const json *v); /* NULL: not supported */
} negations[] = {
    {"type", not_type},
    {"enum", not_enum},
    {"const", not_const},
    {"minLength", not_min_length},
    {"maxLength", not_max_length},
    {"pattern", not_pattern},
    {"format", NULL}, /* what is written is not all that there is */
    {"minimum", not_minimum},
    {"maximum", not_maximum},
    {"exclusiveMinimum", not_above},
    {"exclusiveMaximum", not_below},
    {"multipleOf", not_multiple},
    {"minItems", not_min_items},
    {"maxItems", not_max_items},
    {"prefixItems", not_prefix},
    {"items", not_items},
    {"contains", not_contains},
    {"minProperties", not_min_members},
    {"maxProperties", not_max_members},
    {"required", not_required},
    {"properties", not_properties},
    {"additionalProperties", not_others},
    {"patternProperties", NULL},
    {"propertyNames", NULL},
    {"dependentRequired", not_dependent},
    {"dependentSchemas", not_dependent},
    {"dependencies", not_dependent},
    {"allOf", not_all},
    {"anyOf", not_any},
    {"oneOf", not_one},
    {"not", not_not},
    {"$ref", not_reference},
    {"if", not_if},
};

static void write_negation(writer *w) {
    put(w, "{\"anyOf\":[");
    if (w->node->type == JSON_OBJECT) w->rc = schema_check_keywords(w->s, w->node);
    if (w->node->type == JSON_BOOL) put(w, w->node->boolean ? "" : "true");
    for (size_t i = 0; w->node->type == JSON_OBJECT && i < sizeof negations / sizeof *negations && !w->rc; i++) {
        const json *v = json_get(w->node, negations[i].keyword);
        if (v && negations[i].write) negations[i].write(w, v);
        else if (v) refuse(w, negations[i].keyword);
    }
    if (w->out.ptr && w->out.ptr[w->out.len - 1] == '[') put(w, "false"); /* everything fits */
    put(w, "]}");
}

/* ---- Conditions ---- */

static void write_if(writer *w) {
    const json *when = json_get(w->node, "if"), *then = json_get(w->node, "then"), *other = json_get(w->node, "else");
    if (!when || (!then && !other)) return;
    add(w, "{\"anyOf\":[{\"allOf\":[");
    put_schema(w, when);
    put(w, ",");
    put_schema(w, then);
    put(w, "]},{\"allOf\":[");
    put_not(w, when);
    put(w, ",");
    put_schema(w, other);
    put(w, "]}]}");
}

/* Without the member, or with it and what it asks for: names, or a schema. */
static void write_dependency(writer *w, const json *d) {
    add(w, "{\"anyOf\":[{\"properties\":{");
    put_text(w, d->key);
    put(w, ":false}},{\"properties\":{");
    put_text(w, d->key);
    put(w, ":true},\"required\":[");
    put_text(w, d->key);
    for (const json *r = d->type == JSON_ARRAY ? d->first : NULL; r; r = r->next) {
        put(w, ",");
        put_text(w, json_string(r, ""));
    }
    put(w, "]");
    if (d->type != JSON_ARRAY) {
        put(w, ",\"allOf\":[");
        put_schema(w, d);
        put(w, "]");
    }
    put(w, "}]}");
}

static const char *const dependent[] = {"dependentRequired", "dependentSchemas", "dependencies"};

static void write_conditions(writer *w) {
    put(w, "{\"allOf\":[");
    write_if(w);
    for (size_t i = 0; i < sizeof dependent / sizeof *dependent; i++) {
        const json *list = json_get(w->node, dependent[i]);
        if (list && list->type != JSON_OBJECT && !w->rc)
            w->rc = schema_fail(w->s, ERR_ARGUMENT, w->node, dependent[i], "an object is needed");
        for (const json *d = list ? list->first : NULL; d; d = d->next) write_dependency(w, d);
    }
    if (w->out.ptr && w->out.ptr[w->out.len - 1] == '[') put(w, "true");
    put(w, "]}");
}

bool schema_has_conditions(const json *node) {
    bool any = json_get(node, "if") != NULL;
    for (size_t i = 0; i < sizeof dependent / sizeof *dependent; i++) any = any || json_get(node, dependent[i]);
    return any;
}

/* ---- Memory of what was written ---- */

static bool is_known(const json *node, uint32_t *number) {
    bytes ref = json_string(json_get(node, "$ref"), "");
    *number = 0;
    for (size_t i = 1; i < ref.len && *number < 1u << 24; i++) *number = *number * 10 + (ref.ptr[i] & 15u);
    return ref.len > 1 && ref.ptr[0] == 1;
}

int schema_refer(schema *s, const json *node, const json **out) {
    uint32_t number;
    if (!is_known(node, &number)) return schema_resolve(s, node, out);
    if (number >= s->n_known) return schema_fail(s, ERR_ARGUMENT, node, "$ref", "there is nothing at its place");
    *out = s->known[number];
    return OK;
}

int schema_rewrite(schema *s, const json *node, enum schema_rewriting kind, const json **out) {
    uint32_t number;
    if (is_known(node, &number) && number < s->n_known) node = s->known[number];
    s->t->work += s->n_written;
    if (s->t->work > GRAMMAR_WORK_MAX) return schema_fail(s, ERR_TOO_LONG, node, "", "it takes too long; simplify it");
    for (uint32_t i = 0; i < s->n_written; i++) {
        if (s->written[i].of != node || s->written[i].kind != kind) continue;
        *out = s->written[i].made;
        return OK;
    }
    schema_written *p = array_room(s->written, &s->cap_written, s->n_written + 1, sizeof *p);
    if (!p) return fail(s->e, ERR_MEMORY, "no memory for the grammar");
    s->written = p;
    if (node->type != JSON_OBJECT && node->type != JSON_BOOL)
        return schema_fail(s, ERR_ARGUMENT, node, "", "a schema is needed, an object or a boolean");
    writer w = {.s = s, .node = node};
    const json *made = NULL;
    if (kind == REWRITE_NOT) write_negation(&w);
    else write_conditions(&w);
    int rc = w.rc ? w.rc : buf_status(&w.out, s->e);
    if (!rc) rc = json_parse(&made, buf_view(&w.out), s->e);
    if (!rc) s->written[s->n_written++] = (schema_written){node, made, kind};
    *out = made;
    buf_clear(&w.out);
    return rc;
}

void schema_clear_written(schema *s) {
    for (uint32_t i = 0; i < s->n_written; i++) json_close(s->written[i].made);
    mem_free(s->written);
    mem_free(s->known);
}
