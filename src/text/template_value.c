/* Values: what is true, equal, less, contained; lists, dicts, look-ups, and JSON made into values. */
#include "text/template_impl.h"

const char *tpl_type_name(tpl_value v) {
    static const char *const names[] = {"nothing", "undefined", "none",      "boolean", "integer", "float",   "string",
                                        "list",    "mapping",   "namespace", "loop",    "macro",   "function"};
    return names[v.type];
}

bool tpl_truth(tpl_value v) {
    switch (v.type) {
    case TPL_ABSENT:
    case TPL_UNDEFINED:
    case TPL_NONE:
        return false;
    case TPL_BOOL:
    case TPL_INT:
        return v.i != 0;
    case TPL_FLOAT:
        return v.f != 0;
    case TPL_STRING:
        return v.s.len != 0;
    case TPL_LIST:
        return v.list->n != 0 || v.list->kind == TPL_GENERATOR;
    case TPL_DICT:
        return v.dict->n != 0;
    default:
        return true;
    }
}

static bool equal_lists(tpl_run *r, const tpl_list *a, const tpl_list *b) {
    if ((a->kind == TPL_TUPLE) != (b->kind == TPL_TUPLE) || a->n != b->n) return false;
    for (size_t i = 0; i < a->n; i++)
        if (!tpl_equal(r, a->at[i], b->at[i])) return false;
    return true;
}

static bool equal_dicts(tpl_run *r, const tpl_dict *a, const tpl_dict *b) {
    if (a->n != b->n) return false;
    for (size_t i = 0; i < a->n; i++) {
        const tpl_value *other = tpl_dict_find(r, b, a->at[i].key);
        if (!other || !tpl_equal(r, a->at[i].value, *other)) return false;
    }
    return true;
}

bool tpl_equal(tpl_run *r, tpl_value a, tpl_value b) {
    double x, y;
    if (a.type <= TPL_NONE || b.type <= TPL_NONE) return a.type == b.type;
    if (a.type == TPL_STRING && b.type == TPL_STRING)
        return a.s.len == b.s.len && tpl_cost_bytes(r, a.s.len) && bytes_eq(a.s, b.s);
    if (a.type <= TPL_INT && b.type <= TPL_INT) return a.i == b.i;
    if (tpl_number(a, &x) && tpl_number(b, &y)) return x == y;
    if (a.type != b.type || !tpl_enter(r)) return false;
    bool same = a.list == b.list; /* any pointer */
    if (!same && a.type == TPL_LIST) same = equal_lists(r, a.list, b.list);
    if (!same && a.type == TPL_DICT) same = equal_dicts(r, a.dict, b.dict);
    r->depth--;
    return same;
}

int tpl_compare(tpl_run *r, tpl_value a, tpl_value b) {
    double x, y;
    if (a.type == TPL_STRING && b.type == TPL_STRING) { /* bytes of UTF-8 are in the order of code points */
        size_t n = a.s.len < b.s.len ? a.s.len : b.s.len;
        int c = n && tpl_cost_bytes(r, n) ? memcmp(a.s.ptr, b.s.ptr, n) : 0;
        return c ? (c > 0) - (c < 0) : (a.s.len > b.s.len) - (a.s.len < b.s.len);
    }
    if ((a.type == TPL_BOOL || a.type == TPL_INT) && (b.type == TPL_BOOL || b.type == TPL_INT))
        return (a.i > b.i) - (a.i < b.i);
    if (tpl_number(a, &x) && tpl_number(b, &y)) return x != x || y != y ? 2 : (x > y) - (x < y);
    if (a.type == TPL_LIST && b.type == TPL_LIST && tpl_enter(r)) {
        int c = 0;
        for (size_t i = 0; !c && i < a.list->n && i < b.list->n; i++)
            if (!tpl_equal(r, a.list->at[i], b.list->at[i])) c = tpl_compare(r, a.list->at[i], b.list->at[i]);
        r->depth--;
        return c ? c : (a.list->n > b.list->n) - (a.list->n < b.list->n);
    }
    tpl_fail(r, ERR_ARGUMENT, "%s and %s have no order", tpl_type_name(a), tpl_type_name(b));
    return 0;
}

bool tpl_contains(tpl_run *r, tpl_value item, tpl_value in) {
    if (in.type == TPL_UNDEFINED) return false;
    if (in.type == TPL_DICT) return tpl_dict_find(r, in.dict, item) != NULL;
    if (in.type == TPL_STRING && item.type == TPL_STRING) return tpl_search(r, in.s, 0, item.s) <= in.s.len;
    if (in.type != TPL_LIST) {
        tpl_fail(r, ERR_ARGUMENT, "%s cannot be in %s", tpl_type_name(item), tpl_type_name(in));
        return false;
    }
    for (size_t i = 0; i < in.list->n && tpl_cost(r, 1); i++)
        if (tpl_equal(r, in.list->at[i], item)) return true;
    return false;
}

tpl_list *tpl_list_new(tpl_run *r, size_t n, enum tpl_kind kind) {
    tpl_list *l = tpl_cost(r, n / 4) ? tpl_get(r, 1, sizeof *l) : NULL;
    if (!l) return &r->nothing;
    l->kind = kind;
    l->at = n ? tpl_get(r, n, sizeof *l->at) : NULL;
    l->n = l->at ? n : 0;
    return l;
}

tpl_list *tpl_pair_list(tpl_run *r, tpl_value a, tpl_value b) {
    tpl_list *l = tpl_list_new(r, 2, TPL_TUPLE);
    if (l->n) {
        l->at[0] = a;
        l->at[1] = b;
    }
    return l;
}

static tpl_list *characters(tpl_run *r, bytes s) {
    if (!tpl_cost(r, s.len)) return &r->nothing;
    tpl_list *l = tpl_list_new(r, tpl_char_count(s), TPL_PLAIN);
    for (size_t i = 0, at = 0, used; i < l->n; i++, at += used) {
        tpl_char(bytes_of(s.ptr + at, s.len - at), &used);
        l->at[i] = tpl_string(bytes_of(s.ptr + at, used));
    }
    return l;
}

tpl_list *tpl_iterate(tpl_run *r, tpl_value v) {
    if (r->rc || v.type == TPL_UNDEFINED) return &r->nothing;
    if (v.type == TPL_STRING) return characters(r, v.s);
    if (v.type == TPL_LIST && v.list->kind != TPL_GENERATOR) return v.list;
    if (v.type == TPL_LIST) { /* a generator gives its items once */
        tpl_list *l = tpl_list_new(r, 0, TPL_PLAIN);
        if (r->rc) return l;
        *l = *v.list;
        l->kind = TPL_PLAIN;
        v.list->n = 0;
        return l;
    }
    if (v.type != TPL_DICT) {
        tpl_fail(r, ERR_ARGUMENT, "%s cannot be looped over", tpl_type_name(v));
        return &r->nothing;
    }
    tpl_list *l = tpl_list_new(r, v.dict->n, TPL_PLAIN);
    for (size_t i = 0; i < l->n; i++) l->at[i] = v.dict->at[i].key;
    return l;
}

static bool is_hashable(tpl_value key) {
    return key.type == TPL_LIST ? key.list->kind == TPL_TUPLE : key.type != TPL_DICT;
}

tpl_value *tpl_dict_find(tpl_run *r, const tpl_dict *d, tpl_value key) {
    if (!tpl_cost(r, d->n / 16)) return NULL;
    if (!is_hashable(key)) {
        tpl_fail(r, ERR_ARGUMENT, "%s cannot be a key", tpl_type_name(key));
        return NULL;
    }
    for (size_t i = d->n; i-- > 0;) {
        const tpl_value *k = &d->at[i].key;
        if (key.type == TPL_STRING ? k->type == TPL_STRING && k->s.len == key.s.len && tpl_equal(r, *k, key)
                                   : tpl_equal(r, *k, key))
            return &d->at[i].value;
    }
    return NULL;
}

void tpl_dict_put(tpl_run *r, tpl_dict *d, tpl_value key, tpl_value value) {
    tpl_value *old = tpl_dict_find(r, d, key);
    if (r->rc) return;
    if (old) {
        *old = value;
        return;
    }
    if (d->n == d->cap) {
        size_t cap = d->cap ? d->cap * 2 : 4;
        struct tpl_pair *at = tpl_get(r, cap, sizeof *at);
        if (!at) return;
        if (d->n) memcpy(at, d->at, d->n * sizeof *at);
        d->at = at;
        d->cap = cap;
    }
    d->at[d->n].key = key;
    d->at[d->n++].value = value;
}

static tpl_value loop_attribute(const struct tpl_loop *l, bytes name) {
    static const char *const names[] = {"index",  "index0", "revindex", "revindex0", "first",   "last",
                                        "length", "depth",  "depth0",   "previtem",  "nextitem"};
    size_t i = 0, n = l->all->n;
    int64_t at = (int64_t)l->index;
    while (i < sizeof names / sizeof *names && !bytes_is(name, names[i])) i++;
    switch (i) {
    case 0:
        return tpl_int(at + 1);
    case 1:
        return tpl_int(at);
    case 2:
        return tpl_int((int64_t)n - at);
    case 3:
        return tpl_int((int64_t)n - at - 1);
    case 4:
        return tpl_bool(at == 0);
    case 5:
        return tpl_bool(l->index + 1 == n);
    case 6:
        return tpl_int((int64_t)n);
    case 7:
        return tpl_int(1); /* of recursive loops, which are not supported */
    case 8:
        return tpl_int(0);
    case 9:
        return l->index ? l->all->at[l->index - 1] : tpl_undefined();
    case 10:
        return l->index + 1 < n ? l->all->at[l->index + 1] : tpl_undefined();
    default:
        return tpl_undefined();
    }
}

/* Undefined here means: no such attribute, the caller may look on. */
static tpl_value method_of(tpl_run *r, tpl_value of, bytes name) {
    const tpl_builtin *fn = tpl_method_find(of, name);
    struct tpl_bound *b = fn ? tpl_get(r, 1, sizeof *b) : NULL;
    if (!b) return tpl_undefined();
    b->fn = fn;
    b->self = of;
    return (tpl_value){.type = TPL_CALL, .call = b};
}

static bool no_undefined(tpl_run *r, tpl_value of) {
    if (of.type != TPL_UNDEFINED) return true;
    if (of.s.len) tpl_fail(r, ERR_ARGUMENT, "'%.*s' is undefined", (int)of.s.len, (const char *)of.s.ptr);
    else tpl_fail(r, ERR_ARGUMENT, "a value that is used is undefined");
    return false;
}

tpl_value tpl_attribute(tpl_run *r, tpl_value of, bytes name) {
    if (!no_undefined(r, of)) return tpl_undefined();
    tpl_value v = of.type == TPL_LOOP ? loop_attribute(of.loop, name) : tpl_undefined(), *found = NULL;
    if (v.type == TPL_UNDEFINED) v = method_of(r, of, name);
    if (v.type == TPL_UNDEFINED && (of.type == TPL_DICT || of.type == TPL_SPACE))
        found = tpl_dict_find(r, of.dict, tpl_string(name));
    if (found) v = *found;
    if (of.type == TPL_MACRO && bytes_is(name, "name")) v = tpl_string(of.macro->def->text);
    if (v.type == TPL_UNDEFINED && !found) v.s = name;
    return v;
}

tpl_value tpl_item(tpl_run *r, tpl_value of, tpl_value key) {
    if (!no_undefined(r, of)) return tpl_undefined();
    if ((of.type == TPL_DICT || of.type == TPL_SPACE) && is_hashable(key)) {
        tpl_value *v = tpl_dict_find(r, of.dict, key);
        if (v) return *v;
    }
    bool indexed = key.type == TPL_INT || key.type == TPL_BOOL;
    if (indexed && (of.type == TPL_STRING ||
                    (of.type == TPL_LIST && of.list->kind != TPL_GENERATOR && of.list->kind != TPL_VIEW))) {
        if (of.type == TPL_LIST) {
            int64_t i = key.i < 0 ? key.i + (int64_t)of.list->n : key.i;
            if (i >= 0 && i < (int64_t)of.list->n) return of.list->at[i];
        } else if (tpl_cost_bytes(r, of.s.len)) {
            int64_t n = (int64_t)tpl_char_count(of.s), i = key.i < 0 ? key.i + n : key.i;
            if (i >= 0 && i < n) {
                size_t at = tpl_char_offset(of.s, (size_t)i), used;
                tpl_char(bytes_of(of.s.ptr + at, of.s.len - at), &used);
                return tpl_string(bytes_of(of.s.ptr + at, used));
            }
        }
    }
    if (key.type != TPL_STRING) return tpl_undefined();
    tpl_value v = of.type == TPL_LOOP ? loop_attribute(of.loop, key.s) : method_of(r, of, key.s);
    if (v.type == TPL_UNDEFINED) v.s = key.s;
    return v;
}

/* Python's slice.indices(): where to start and stop, for n items. */
static bool slice_bounds(tpl_run *r, const tpl_value *part, int64_t n, int64_t out[3]) {
    int64_t step = tpl_int_arg(r, part[2], 1);
    if (!step) tpl_fail(r, ERR_ARGUMENT, "a slice needs a step other than 0");
    for (int i = 0; i < 2; i++) {
        int64_t otherwise = (step < 0) == (i == 0) ? n : 0;
        if (part[i].type == TPL_ABSENT || part[i].type == TPL_NONE) {
            out[i] = step < 0 ? otherwise - 1 : otherwise;
            continue;
        }
        int64_t at = tpl_int_arg(r, part[i], 0);
        if (at < 0) at = at < -n ? -1 : at + n;
        if (at < 0) at = step < 0 ? -1 : 0;
        if (at >= n) at = step < 0 ? n - 1 : n;
        out[i] = at;
    }
    out[2] = step;
    return !r->rc;
}

tpl_value tpl_slice(tpl_run *r, tpl_value of, const tpl_value *part) {
    if (!no_undefined(r, of)) return tpl_undefined();
    if (of.type != TPL_STRING && (of.type != TPL_LIST || of.list->kind == TPL_GENERATOR || of.list->kind == TPL_VIEW))
        return tpl_undefined();
    int64_t at[3];
    if (of.type == TPL_STRING && !tpl_cost_bytes(r, of.s.len)) return tpl_undefined();
    int64_t all = of.type == TPL_STRING ? (int64_t)tpl_char_count(of.s) : (int64_t)of.list->n;
    if (!slice_bounds(r, part, all, at)) return tpl_undefined();
    bool plain = at[2] == 1;
    if (of.type == TPL_STRING && plain) {
        if (at[1] <= at[0]) return tpl_string(bytes_str(""));
        size_t from = tpl_char_offset(of.s, (size_t)at[0]);
        bytes rest = bytes_of(of.s.ptr + from, of.s.len - from);
        rest.len = tpl_char_offset(rest, (size_t)(at[1] - at[0]));
        return tpl_string(rest);
    }
    const tpl_list *from = of.type == TPL_STRING ? characters(r, of.s) : of.list;
    uint64_t span =
        at[2] > 0 ? (at[1] > at[0] ? (uint64_t)(at[1] - at[0]) : 0) : (at[0] > at[1] ? (uint64_t)(at[0] - at[1]) : 0);
    uint64_t stride = at[2] > 0 ? (uint64_t)at[2] : 0 - (uint64_t)at[2];
    size_t n = (size_t)(span / stride + (span % stride != 0));
    tpl_list *l = tpl_list_new(r, n, of.type == TPL_STRING ? TPL_PLAIN : of.list->kind);
    if (r->rc) return tpl_undefined();
    for (size_t i = 0; i < n; i++) l->at[i] = from->at[at[0] + (int64_t)i * at[2]];
    if (of.type == TPL_LIST) return tpl_of_list(l);
    buf b = tpl_buf(r);
    for (size_t i = 0; i < n; i++) buf_bytes(&b, l->at[i].s);
    return tpl_string(tpl_take(r, &b));
}

static tpl_value json_object(tpl_run *r, const json *j) {
    tpl_dict *d = tpl_get(r, 1, sizeof *d);
    if (d && j->count) d->at = tpl_get(r, j->count, sizeof *d->at);
    if (!d || (j->count && !d->at)) return tpl_undefined();
    for (const json *m = j->first; m && !r->rc && d->n < j->count; m = m->next) {
        d->at[d->n].key = tpl_string(m->key);
        d->at[d->n++].value = tpl_from_json(r, m);
    }
    d->cap = d->n;
    return tpl_of_dict(d);
}

tpl_value tpl_from_json(tpl_run *r, const json *j) {
    switch (j->type) {
    case JSON_NULL:
        return tpl_none();
    case JSON_BOOL:
        return tpl_bool(j->boolean);
    case JSON_STRING:
        return tpl_string(j->string);
    case JSON_OBJECT:
        return json_object(r, j);
    case JSON_NUMBER:
        if (j->integer && j->number >= -0x1p63 && j->number < 0x1p63) return tpl_int((int64_t)j->number);
        return tpl_float(j->number);
    case JSON_ARRAY:
        break;
    }
    tpl_list *l = tpl_get(r, 1, sizeof *l);
    if (l && j->count) l->at = tpl_get(r, j->count, sizeof *l->at);
    if (!l || (j->count && !l->at)) return tpl_undefined();
    for (const json *m = j->first; m && !r->rc && l->n < j->count; m = m->next) l->at[l->n++] = tpl_from_json(r, m);
    return tpl_of_list(l);
}
