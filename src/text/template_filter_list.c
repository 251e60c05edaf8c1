/* Filters of many values: sorting, picking, joining. What jinja2 makes a generator is one here: true even when empty,
 * without length, gone after one loop. */
#include "text/template_impl.h"

/* An attribute path "a.b.0", looked up as item by item. */
static tpl_value attribute_of(tpl_run *r, tpl_value v, tpl_value path) {
    if (path.type != TPL_STRING) return path.type <= TPL_NONE ? v : tpl_item(r, v, path);
    for (size_t at = 0; at <= path.s.len && !r->rc;) {
        const uint8_t *dot = at < path.s.len ? memchr(path.s.ptr + at, '.', path.s.len - at) : NULL;
        size_t end = dot ? (size_t)(dot - path.s.ptr) : path.s.len;
        bytes part = bytes_of(path.s.ptr + at, end - at);
        int64_t index;
        bool number = part.len && part.ptr[0] >= '0' && part.ptr[0] <= '9' && tpl_int_of(part, 10, &index);
        v = tpl_item(r, v, number ? tpl_int(index) : tpl_string(part));
        at = end + 1;
    }
    return v;
}

/* What an item is compared by: itself or its attribute, without case unless asked for. */
static tpl_value key_of(tpl_run *r, tpl_value item, tpl_value path, bool with_case) {
    tpl_value key = attribute_of(r, item, path);
    return key.type == TPL_STRING && !with_case ? tpl_string(tpl_recase(r, key.s, 'l', 'l')) : key;
}

static tpl_value generator(tpl_list *l) {
    l->kind = TPL_GENERATOR;
    return tpl_of_list(l);
}

/* A copy that may be changed. */
static tpl_list *copy_list(tpl_run *r, tpl_value v) {
    const tpl_list *from = tpl_iterate(r, v);
    tpl_list *l = tpl_list_new(r, from->n, TPL_PLAIN);
    if (l->n) memcpy(l->at, from->at, l->n * sizeof *l->at);
    return l;
}

struct sorted {
    tpl_value key, item;
};

/* Merges two neighbouring runs; on a tie the left one comes first, also in reverse, as in Python. */
static void merge(tpl_run *r, struct sorted *to, const struct sorted *from, size_t mid, size_t end, bool reverse) {
    size_t i = 0, j = mid;
    for (size_t k = 0; k < end; k++) {
        bool left = i < mid;
        if (left && j < end && tpl_cost(r, 1)) {
            int c = tpl_compare(r, from[j].key, from[i].key);
            left = reverse ? c != 1 : c != -1;
        } else if (r->rc) return;
        to[k] = from[left ? i++ : j++];
    }
}

static void sort_items(tpl_run *r, tpl_list *l, tpl_value path, bool with_case, bool reverse) {
    size_t n = l->n;
    struct sorted *a = n ? tpl_get(r, n, sizeof *a) : NULL, *b = n ? tpl_get(r, n, sizeof *b) : NULL;
    if (!a || !b) return;
    for (size_t i = 0; i < n && tpl_cost(r, 1); i++) {
        a[i].item = l->at[i];
        a[i].key = key_of(r, l->at[i], path, with_case);
    }
    for (size_t run = 1; run < n && !r->rc; run *= 2) {
        for (size_t at = 0; at < n && !r->rc; at += 2 * run) {
            size_t left = n - at;
            merge(r, b + at, a + at, left < run ? left : run, left < 2 * run ? left : 2 * run, reverse);
        }
        struct sorted *t = a;
        a = b;
        b = t;
    }
    for (size_t i = 0; i < n && !r->rc; i++) l->at[i] = a[i].item;
}

static tpl_value filter_sort(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    tpl_list *l = copy_list(r, a[0]);
    if (a[3].type == TPL_STRING && memchr(a[3].s.ptr ? a[3].s.ptr : (const uint8_t *)"", ',', a[3].s.len))
        tpl_fail(r, ERR_UNSUPPORTED, "sort: several attributes are not supported");
    sort_items(r, l, a[3], tpl_truth(a[2]), tpl_truth(a[1]));
    return tpl_of_list(l);
}

static tpl_list *pairs_of(tpl_run *r, const tpl_dict *d, enum tpl_kind kind) {
    tpl_list *l = tpl_list_new(r, d->n, kind);
    for (size_t i = 0; i < l->n && !r->rc; i++) l->at[i] = tpl_of_list(tpl_pair_list(r, d->at[i].key, d->at[i].value));
    return l;
}

static bool is_mapping(tpl_run *r, tpl_value v, const char *filter) {
    if (v.type != TPL_DICT) tpl_fail(r, ERR_ARGUMENT, "%s: a %s is no mapping", filter, tpl_type_name(v));
    return v.type == TPL_DICT;
}

static tpl_value filter_items(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    if (a[0].type == TPL_UNDEFINED) return generator(tpl_list_new(r, 0, TPL_GENERATOR));
    return is_mapping(r, a[0], "items") ? generator(pairs_of(r, a[0].dict, TPL_PLAIN)) : a[0];
}

static tpl_value filter_dictsort(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    if (!is_mapping(r, a[0], "dictsort")) return a[0];
    bytes by = tpl_given(a[2]) ? tpl_str(r, a[2]) : bytes_str("key");
    if (!bytes_is(by, "key") && !bytes_is(by, "value")) tpl_fail(r, ERR_ARGUMENT, "dictsort: by is key or value");
    tpl_list *l = pairs_of(r, a[0].dict, TPL_PLAIN);
    sort_items(r, l, tpl_int(bytes_is(by, "value")), tpl_truth(a[1]), tpl_truth(a[3]));
    return tpl_of_list(l);
}

static tpl_value filter_unique(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    const tpl_list *from = tpl_iterate(r, a[0]);
    tpl_list *l = tpl_list_new(r, from->n, TPL_PLAIN), *keys = tpl_list_new(r, from->n, TPL_PLAIN);
    size_t n = 0;
    for (size_t i = 0; i < from->n && l->n && keys->n && !r->rc; i++) {
        tpl_value key = key_of(r, from->at[i], a[2], tpl_truth(a[1]));
        size_t k = 0;
        while (k < n && tpl_cost(r, 1) && !tpl_equal(r, keys->at[k], key)) k++;
        if (k < n) continue;
        keys->at[n] = key;
        l->at[n++] = from->at[i];
    }
    if (l->n) l->n = n;
    return generator(l);
}

/* `sign` is 1 for max and -1 for min. */
static tpl_value extreme(tpl_run *r, const tpl_value *a, int sign) {
    const tpl_list *l = tpl_iterate(r, a[0]);
    tpl_value best = tpl_undefined(), best_key = best;
    for (size_t i = 0; i < l->n && tpl_cost(r, 1); i++) {
        tpl_value key = key_of(r, l->at[i], a[2], tpl_truth(a[1]));
        if (i && tpl_compare(r, key, best_key) != sign) continue;
        best = l->at[i];
        best_key = key;
    }
    return best;
}

static tpl_value filter_min(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    return (void)args, extreme(r, a, -1);
}
static tpl_value filter_max(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    return (void)args, extreme(r, a, 1);
}

static tpl_value filter_sum(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    const tpl_list *l = tpl_iterate(r, a[0]);
    tpl_value sum = tpl_given(a[2]) ? a[2] : tpl_int(0);
    if (sum.type == TPL_STRING) tpl_fail(r, ERR_ARGUMENT, "sum: strings are joined, not summed");
    for (size_t i = 0; i < l->n && tpl_cost(r, 1); i++) sum = tpl_binary(r, '+', sum, attribute_of(r, l->at[i], a[1]));
    return sum;
}

static tpl_value filter_join(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    const tpl_list *l = tpl_iterate(r, a[0]);
    bytes between = tpl_given(a[1]) ? tpl_str(r, a[1]) : bytes_str("");
    buf b = tpl_buf(r);
    for (size_t i = 0; i < l->n && !b.bad && tpl_cost_bytes(r, between.len); i++) {
        if (i) buf_bytes(&b, between);
        tpl_print(r, &b, attribute_of(r, l->at[i], a[2]));
    }
    return tpl_string(tpl_take(r, &b));
}

static tpl_value filter_first(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    const tpl_list *l = tpl_iterate(r, a[0]);
    return l->n ? l->at[0] : tpl_undefined();
}

static tpl_value filter_last(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    if (a[0].type == TPL_LIST && a[0].list->kind == TPL_GENERATOR)
        tpl_fail(r, ERR_ARGUMENT, "last: a generator has no end");
    const tpl_list *l = tpl_iterate(r, a[0]);
    return l->n ? l->at[l->n - 1] : tpl_undefined();
}

static tpl_value filter_list(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    return tpl_of_list(copy_list(r, a[0]));
}

static tpl_value filter_reverse(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    const tpl_value backwards[3] = {{.type = TPL_ABSENT}, {.type = TPL_ABSENT}, {.type = TPL_INT, .i = -1}};
    if (a[0].type == TPL_STRING) return tpl_slice(r, a[0], backwards);
    tpl_list *l = copy_list(r, a[0]);
    for (size_t i = 0; i < l->n / 2; i++) {
        tpl_value t = l->at[i];
        l->at[i] = l->at[l->n - 1 - i];
        l->at[l->n - 1 - i] = t;
    }
    return r->rc ? a[0] : generator(l);
}

static tpl_value filter_batch(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    const tpl_list *from = tpl_iterate(r, a[0]);
    int64_t size = tpl_int_arg(r, a[1], 0);
    bool fill = tpl_given(a[2]) && a[2].type != TPL_NONE;
    if (size < 1 || size > TEMPLATE_STEPS_MAX) tpl_fail(r, ERR_ARGUMENT, "batch: a size of 1 or more is needed");
    size_t each = (size_t)(size < 1 ? 1 : size);
    tpl_list *l = tpl_list_new(r, from->n / each + (from->n % each != 0), TPL_PLAIN);
    for (size_t i = 0; i < l->n && !r->rc; i++) {
        size_t left = from->n - i * each, n = left < each ? left : each;
        tpl_list *one = tpl_list_new(r, fill ? each : n, TPL_PLAIN);
        for (size_t k = 0; k < one->n; k++) one->at[k] = k < n ? from->at[i * each + k] : a[2];
        l->at[i] = tpl_of_list(one);
    }
    return r->rc ? a[0] : generator(l);
}

/* The arguments behind the first n. */
static tpl_args behind(const tpl_args *args, size_t n) {
    return (tpl_args){args->at + n, args->names + n, args->n - n, args->n_plain - n};
}

static tpl_value named(const tpl_args *args, const char *name) {
    for (size_t i = args->n_plain; i < args->n; i++)
        if (bytes_is(args->names[i], name)) return args->at[i];
    return (tpl_value){.type = TPL_ABSENT};
}

/* The built-in that argument `at` names. */
static const tpl_builtin *named_builtin(tpl_run *r, const tpl_args *args, size_t at, const tpl_builtin *(*find)(bytes),
                                        const char *kind) {
    if (at >= args->n_plain || args->at[at].type != TPL_STRING) {
        tpl_fail(r, ERR_ARGUMENT, "the name of a %s is needed", kind);
        return NULL;
    }
    bytes name = args->at[at].s;
    const tpl_builtin *f = find(name);
    if (!f) tpl_fail(r, ERR_UNSUPPORTED, "the %s '%.*s' is not supported", kind, (int)name.len, (const char *)name.ptr);
    return f;
}

static tpl_value filter_map(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    if (!tpl_truth(a[0])) return generator(tpl_list_new(r, 0, TPL_GENERATOR)); /* even of what cannot be looped over */
    tpl_value path = named(args, "attribute"), otherwise = named(args, "default");
    bool by_path = !args->n_plain && tpl_given(path);
    const tpl_builtin *f = by_path ? NULL : named_builtin(r, args, 0, tpl_filter_find, "filter");
    if (r->rc) return a[0];
    tpl_args rest = by_path ? *args : behind(args, 1);
    tpl_list *l = copy_list(r, a[0]);
    for (size_t i = 0; i < l->n && tpl_cost(r, 1) && tpl_enter(r); i++, r->depth--) {
        if (f) l->at[i] = tpl_call(r, f, l->at[i], &rest);
        else l->at[i] = attribute_of(r, l->at[i], path);
        if (!f && l->at[i].type == TPL_UNDEFINED && tpl_given(otherwise)) l->at[i] = otherwise;
    }
    return r->rc ? a[0] : generator(l);
}

/* Keeps the items, or those whose attribute args[0], for which the test is `wanted`. */
static tpl_value pick(tpl_run *r, tpl_value v, const tpl_args *args, bool by_attribute, bool wanted) {
    size_t skip = by_attribute;
    if (!tpl_truth(v)) return generator(tpl_list_new(r, 0, TPL_GENERATOR));
    if (args->n_plain < skip) tpl_fail(r, ERR_ARGUMENT, "the name of an attribute is needed");
    const tpl_builtin *f = args->n_plain > skip ? named_builtin(r, args, skip, tpl_test_find, "test") : NULL;
    if (r->rc) return v;
    tpl_args rest = f ? behind(args, skip + 1) : (tpl_args){0};
    tpl_list *l = copy_list(r, v);
    size_t n = 0;
    for (size_t i = 0; i < l->n && tpl_cost(r, 1); i++) {
        tpl_value item = by_attribute ? attribute_of(r, l->at[i], args->at[0]) : l->at[i];
        bool holds = tpl_truth(f ? tpl_call(r, f, item, &rest) : item);
        if (holds == wanted) l->at[n++] = l->at[i];
    }
    if (r->rc) return v;
    l->n = n;
    return generator(l);
}

static tpl_value filter_select(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    return pick(r, a[0], args, false, true);
}
static tpl_value filter_reject(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    return pick(r, a[0], args, false, false);
}
static tpl_value filter_selectattr(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    return pick(r, a[0], args, true, true);
}
static tpl_value filter_rejectattr(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    return pick(r, a[0], args, true, false);
}

const tpl_builtin tpl_filters_list[] = {
    {"sort", "reverse case_sensitive attribute", 0, filter_sort},
    {"items", "", 0, filter_items},
    {"dictsort", "case_sensitive by reverse", 0, filter_dictsort},
    {"unique", "case_sensitive attribute", 0, filter_unique},
    {"min", "case_sensitive attribute", 0, filter_min},
    {"max", "case_sensitive attribute", 0, filter_max},
    {"sum", "attribute start", 0, filter_sum},
    {"join", "d attribute", 0, filter_join},
    {"first", "", 0, filter_first},
    {"last", "", 0, filter_last},
    {"list", "", 0, filter_list},
    {"reverse", "", 0, filter_reverse},
    {"batch", "linecount fill_with", 1, filter_batch},
    {"map", "*", 0, filter_map},
    {"select", "*", 0, filter_select},
    {"reject", "*", 0, filter_reject},
    {"selectattr", "*", 0, filter_selectattr},
    {"rejectattr", "*", 0, filter_rejectattr},
    {0},
};
