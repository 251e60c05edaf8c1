/* JSON Schema: $ref. A schema with an $id is a resource of its own: references in it begin at its address (RFC 3986,
 * section 5.2), and its anchors are its alone. */
#include "base/mem.h"
#include "infer/schema_impl.h"

/* ---- Addresses ---- */

typedef struct address {
    bytes scheme, authority, path, query; /* scheme with its colon, authority with its slashes, query with its mark */
} address;

static bytes cut(bytes *s, size_t n) {
    bytes head = bytes_of(s->ptr, n);
    *s = bytes_of(s->ptr + n, s->len - n);
    return head;
}

/* How many bytes come before the first of `any`. */
static size_t up_to(bytes s, const char *any) {
    size_t n = 0;
    while (n < s.len && !(s.ptr[n] && strchr(any, s.ptr[n]))) n++;
    return n;
}

static address address_of(bytes s) {
    address a = {.scheme = {0}};
    size_t n = up_to(s, ":/?");
    if (n && n < s.len && s.ptr[n] == ':') a.scheme = cut(&s, n + 1);
    if (s.len > 1 && s.ptr[0] == '/' && s.ptr[1] == '/')
        a.authority = cut(&s, 2 + up_to(bytes_of(s.ptr + 2, s.len - 2), "/?"));
    a.path = cut(&s, up_to(s, "?"));
    a.query = s;
    return a;
}

/* Appends a path without its segments . and .. */
static void put_path(bytes path, buf *out) {
    size_t floor = out->len + (path.len && path.ptr[0] == '/');
    while (path.len) {
        size_t n = up_to(path, "/");
        bytes step = cut(&path, n);
        if (bytes_is(step, "..")) {
            if (out->len > floor) out->len--;
            while (out->len > floor && out->ptr[out->len - 1] != '/') out->len--;
        } else if (!bytes_is(step, ".")) {
            buf_bytes(out, step);
            if (path.len) buf_byte(out, '/');
        }
        if (path.len) cut(&path, 1);
    }
}

/* What `to` means at the address `base`. */
static void put_address(bytes base, bytes to, buf *out) {
    address b = address_of(base), r = address_of(to);
    bool whole = r.scheme.len > 0, host = whole || r.authority.len > 0;
    buf merged = {0};
    if (!host && r.path.len && r.path.ptr[0] != '/') {
        size_t n = b.path.len;
        while (n && b.path.ptr[n - 1] != '/') n--;
        buf_bytes(&merged, bytes_of(b.path.ptr, n));
        if (b.authority.len && !b.path.len) buf_byte(&merged, '/');
    }
    buf_bytes(&merged, !host && !r.path.len ? b.path : r.path);
    buf_bytes(out, whole ? r.scheme : b.scheme);
    buf_bytes(out, host ? r.authority : b.authority);
    put_path(buf_view(&merged), out);
    buf_bytes(out, !host && !r.path.len && !r.query.len ? b.query : r.query);
    if (merged.bad) out->bad = merged.bad;
    buf_clear(&merged);
}

/* ---- Places ---- */

/* Whether a member of a schema is a schema, or (2) a list or an object of such; 0: what is in it is none. */
static int holds(const json *member) {
    static const char *const one[] = {
        "items", "additionalProperties", "propertyNames",        "contains", "not", "if", "then",
        "else",  "unevaluatedItems",     "unevaluatedProperties"};
    static const char *const many[] = {"$defs", "definitions", "properties", "patternProperties", "dependentSchemas",
                                       "allOf", "anyOf",       "oneOf",      "prefixItems",       "dependencies"};
    for (size_t i = 0; i < sizeof one / sizeof *one; i++)
        if (bytes_is(member->key, one[i])) return 1;
    for (size_t i = 0; i < sizeof many / sizeof *many; i++)
        if (bytes_is(member->key, many[i])) return 2;
    return 0;
}

static int no_memory(const schema *s) { return fail(s->e, ERR_MEMORY, "no memory for the grammar"); }

/* The resource that `at` begins. */
static int add_resource(schema *s, const json *at, bytes id, uint32_t *inside) {
    bytes base = s->n_resources ? buf_view(&s->resources[*inside].address) : bytes_str("");
    schema_resource *p = array_room(s->resources, &s->cap_resources, s->n_resources + 1, sizeof *p);
    if (!p) return no_memory(s);
    base = s->n_resources ? buf_view(&p[*inside].address) : base;
    s->resources = p;
    *inside = s->n_resources++;
    p[*inside] = (schema_resource){.node = at};
    put_address(base, bytes_of(id.ptr, up_to(id, "#")), &p[*inside].address);
    return buf_status(&p[*inside].address, s->e);
}

/* Lists all schemas from `at` on, as deep as the parser allowed. */
static int add_places(schema *s, const json *at, uint32_t inside) {
    const json *id = json_get(at, "$id");
    int rc = OK;
    if (at->type != JSON_OBJECT) return OK;
    if (!s->n_resources || (id && id->type == JSON_STRING)) rc = add_resource(s, at, json_string(id, ""), &inside);
    schema_place *p = rc ? NULL : array_room(s->places, &s->cap_places, s->n_places + 1, sizeof *p);
    if (!p) return rc ? rc : no_memory(s);
    s->places = p;
    p[s->n_places++] = (schema_place){at, inside};
    for (const json *m = at->first; m && !rc; m = m->next) {
        int kind = holds(m);
        if (kind == 1 && m->type == JSON_OBJECT) rc = add_places(s, m, inside);
        for (const json *c = kind == 2 || (kind && m->type == JSON_ARRAY) ? m->first : NULL; c && !rc; c = c->next)
            rc = add_places(s, c, inside);
    }
    return rc;
}

int schema_find_places(schema *s) { return add_places(s, s->root, 0); }

void schema_clear_places(schema *s) {
    for (uint32_t i = 0; i < s->n_resources; i++) buf_clear(&s->resources[i].address);
    mem_free(s->resources);
    mem_free(s->places);
}

static uint32_t resource_of(const schema *s, const json *node) {
    for (uint32_t i = 0; s->n_resources > 1 && i < s->n_places; i++)
        if (s->places[i].node == node) return s->places[i].inside;
    return 0;
}

static const json *find_anchor(const schema *s, uint32_t inside, bytes name) {
    static const char *const keywords[] = {"$anchor", "$dynamicAnchor"};
    for (uint32_t i = 0; i < s->n_places; i++)
        for (int k = 0; k < 2 && s->places[i].inside == inside; k++)
            if (bytes_eq(json_string(json_get(s->places[i].node, keywords[k]), ""), name)) return s->places[i].node;
    return NULL;
}

/* ---- References ---- */

/* One step of a JSON pointer, with its escapes, ~0 ~1 and %XX, undone. */
static const json *follow(const json *at, bytes step) {
    char name[512];
    size_t n = 0;
    for (size_t i = 0; i < step.len && n < sizeof name - 1; i++) {
        uint8_t c = step.ptr[i];
        if (c == '%' && i + 2 < step.len && hex_digit(step.ptr[i + 1]) >= 0 && hex_digit(step.ptr[i + 2]) >= 0) {
            c = (uint8_t)(hex_digit(step.ptr[i + 1]) * 16 + hex_digit(step.ptr[i + 2]));
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

static const json *follow_all(const json *at, bytes pointer) {
    while (at && pointer.len) {
        cut(&pointer, 1);
        at = follow(at, cut(&pointer, up_to(pointer, "/")));
    }
    return at;
}

int schema_resolve(const schema *s, const json *node, const json **out) {
    bytes ref = json_string(json_get(node, "$ref"), "");
    bytes address = cut(&ref, up_to(ref, "#"));
    s->t->work += s->n_places;
    if (s->t->work > GRAMMAR_WORK_MAX) return schema_fail(s, ERR_TOO_LONG, node, "$ref", "too many; simplify it");
    uint32_t inside = resource_of(s, node), i = 0;
    if (address.len) {
        buf whole = {0};
        put_address(buf_view(&s->resources[inside].address), address, &whole);
        while (i < s->n_resources && !bytes_eq(buf_view(&s->resources[i].address), buf_view(&whole))) i++;
        int rc = buf_status(&whole, s->e);
        buf_clear(&whole);
        if (rc) return rc;
        if (i == s->n_resources)
            return schema_fail(s, ERR_UNSUPPORTED, node, "$ref", "only references within the schema are supported");
        inside = i;
    }
    const json *root = s->resources[inside].node;
    bytes place = bytes_of(ref.ptr + (ref.len > 0), ref.len - (ref.len > 0));
    *out = !place.len || place.ptr[0] == '/' ? follow_all(root, place) : find_anchor(s, inside, place);
    return *out ? OK : schema_fail(s, ERR_ARGUMENT, node, "$ref", "there is nothing at its place");
}
