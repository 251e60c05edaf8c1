/* Methods of strings, mappings and loops, as Python's. */
#include "text/template_impl.h"

static bytes text_arg(tpl_run *r, tpl_value v) {
    if (v.type != TPL_STRING) tpl_fail(r, ERR_ARGUMENT, "a %s where a string is needed", tpl_type_name(v));
    return v.type == TPL_STRING ? v.s : bytes_str("");
}

static tpl_value strip(tpl_run *r, const tpl_value *a, int sides) {
    if (!tpl_cost_bytes(r, a[0].s.len)) return a[0];
    if (!tpl_given(a[1]) || a[1].type == TPL_NONE) return tpl_string(tpl_strip(a[0].s, sides));
    return tpl_string(tpl_strip_chars(r, a[0].s, text_arg(r, a[1]), sides));
}

static tpl_value str_strip(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    return (void)args, strip(r, a, TPL_STRIP_LEFT | TPL_STRIP_RIGHT);
}
static tpl_value str_lstrip(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    return (void)args, strip(r, a, TPL_STRIP_LEFT);
}
static tpl_value str_rstrip(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    return (void)args, strip(r, a, TPL_STRIP_RIGHT);
}

static tpl_value str_upper(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    return tpl_string(tpl_recase(r, a[0].s, 'u', 'u'));
}

static tpl_value str_lower(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    return tpl_string(tpl_recase(r, a[0].s, 'l', 'l'));
}

static tpl_value str_capitalize(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    return tpl_string(tpl_recase(r, a[0].s, 'u', 'l'));
}

/* A letter behind one that has a case is small, any other one is large. */
static tpl_value str_title(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    bytes s = a[0].s;
    buf b = tpl_buf(r);
    bool inside = false;
    for (size_t i = 0, used; i < s.len && tpl_cost(r, 1); i += used) {
        uint32_t c = tpl_char(bytes_of(s.ptr + i, s.len - i), &used);
        buf_bytes(&b, tpl_recase(r, bytes_of(s.ptr + i, used), inside ? 'l' : 'u', 'l'));
        inside = tpl_lower(c) != c || tpl_upper(c) != c || c == 0xdf;
    }
    return tpl_string(tpl_take(r, &b));
}

static tpl_value str_replace(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    bytes from = text_arg(r, a[1]), to = text_arg(r, a[2]);
    return tpl_string(tpl_replace(r, a[0].s, from, to, tpl_int_arg(r, a[3], -1)));
}

static bool has_end(bytes s, bytes end, bool start) {
    return end.len <= s.len && (!end.len || !memcmp(start ? s.ptr : s.ptr + s.len - end.len, end.ptr, end.len));
}

/* One string, or a tuple of which one fits. */
static tpl_value starts_or_ends(tpl_run *r, const tpl_value *a, bool start) {
    if (a[1].type != TPL_LIST || a[1].list->kind != TPL_TUPLE) {
        bytes s = text_arg(r, a[1]);
        return tpl_bool(tpl_cost_bytes(r, s.len) && has_end(a[0].s, s, start));
    }
    for (size_t i = 0; i < a[1].list->n && tpl_cost(r, 1); i++)
        if (has_end(a[0].s, text_arg(r, a[1].list->at[i]), start)) return tpl_bool(true);
    return tpl_bool(false);
}

static tpl_value str_startswith(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    return (void)args, starts_or_ends(r, a, true);
}
static tpl_value str_endswith(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    return (void)args, starts_or_ends(r, a, false);
}

static tpl_value str_removeprefix(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    bytes s = a[0].s, p = text_arg(r, a[1]);
    return has_end(s, p, true) ? tpl_string(bytes_of(s.ptr + p.len, s.len - p.len)) : a[0];
}

static tpl_value str_removesuffix(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    bytes s = a[0].s, p = text_arg(r, a[1]);
    return has_end(s, p, false) ? tpl_string(bytes_of(s.ptr, s.len - p.len)) : a[0];
}

/* A byte offset as characters; -1 where nothing was found. */
static tpl_value position(tpl_run *r, bytes s, size_t at) {
    if (at > s.len) return tpl_int(-1);
    tpl_cost_bytes(r, at);
    return tpl_int((int64_t)tpl_char_count(bytes_of(s.ptr, at)));
}

static tpl_value str_find(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    return position(r, a[0].s, tpl_search(r, a[0].s, 0, text_arg(r, a[1])));
}

static tpl_value str_rfind(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    return position(r, a[0].s, tpl_search_back(r, a[0].s, a[0].s.len, text_arg(r, a[1])));
}

static tpl_value str_count(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    bytes s = a[0].s, what = text_arg(r, a[1]);
    int64_t n = 0;
    if (!what.len) return tpl_int(tpl_cost_bytes(r, s.len) ? (int64_t)tpl_char_count(s) + 1 : 0);
    for (size_t at = tpl_search(r, s, 0, what); at <= s.len && !r->rc; at = tpl_search(r, s, at + what.len, what)) n++;
    return tpl_int(n);
}

static tpl_value str_isdigit(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    size_t i = 0, n = a[0].s.len;
    for (; i < n && a[0].s.ptr[i] >= '0' && a[0].s.ptr[i] <= '9'; i++) continue;
    if (i < n && a[0].s.ptr[i] > 127) tpl_fail(r, ERR_UNSUPPORTED, "isdigit: only ASCII is supported");
    tpl_cost_bytes(r, i);
    return tpl_bool(n && i == n);
}

/* Pieces collected while a string is cut; their number is not known before. */
static void add_piece(tpl_run *r, tpl_list *l, size_t *cap, bytes s) {
    if (!tpl_cost(r, 1)) return;
    if (l->n == *cap) {
        tpl_value *at = tpl_get(r, *cap * 2 + 4, sizeof *at);
        if (!at) return;
        if (l->n) memcpy(at, l->at, l->n * sizeof *at);
        l->at = at;
        *cap = *cap * 2 + 4;
    }
    l->at[l->n++] = tpl_string(s);
}

static void split_space(tpl_run *r, tpl_list *l, bytes s, int64_t max, bool from_right) {
    size_t cap = 0, used;
    int far = from_right ? TPL_STRIP_RIGHT : TPL_STRIP_LEFT;
    s = tpl_strip(s, far);
    for (; s.len && !r->rc; s = tpl_strip(s, far)) {
        size_t at = 0; /* length of the word at the end that is cut from */
        if (max-- == 0) {
            add_piece(r, l, &cap, s);
            return;
        }
        if (from_right) {
            bytes head = s;
            while (head.len && tpl_strip(head, TPL_STRIP_RIGHT).len == head.len) head.len--;
            at = head.len;
            add_piece(r, l, &cap, bytes_of(s.ptr + at, s.len - at));
            s.len = at;
        } else {
            while (at < s.len && !tpl_is_space(tpl_char(bytes_of(s.ptr + at, s.len - at), &used))) at += used;
            add_piece(r, l, &cap, bytes_of(s.ptr, at));
            s = bytes_of(s.ptr + at, s.len - at);
        }
    }
}

static void turn_round(tpl_list *l) {
    for (size_t i = 0; i < l->n / 2; i++) {
        tpl_value t = l->at[i];
        l->at[i] = l->at[l->n - 1 - i];
        l->at[l->n - 1 - i] = t;
    }
}

static tpl_value split(tpl_run *r, const tpl_value *a, bool from_right) {
    bytes s = a[0].s;
    int64_t max = tpl_int_arg(r, a[2], -1);
    tpl_list *l = tpl_list_new(r, 0, TPL_PLAIN);
    size_t cap = 0;
    if (!tpl_cost(r, 1 + s.len / 16)) return a[0];
    if (!tpl_given(a[1]) || a[1].type == TPL_NONE) {
        split_space(r, l, s, max, from_right);
    } else {
        bytes by = text_arg(r, a[1]);
        if (!by.len) tpl_fail(r, ERR_ARGUMENT, "split: the separator is empty");
        while (!r->rc && max-- != 0) {
            size_t at = from_right ? tpl_search_back(r, s, s.len, by) : tpl_search(r, s, 0, by);
            if (at > s.len || r->rc) break;
            bytes tail = bytes_of(s.ptr + at + by.len, s.len - at - by.len);
            add_piece(r, l, &cap, from_right ? tail : bytes_of(s.ptr, at));
            s = from_right ? bytes_of(s.ptr, at) : tail;
        }
        add_piece(r, l, &cap, s);
    }
    if (from_right) turn_round(l);
    return tpl_of_list(l);
}

static tpl_value str_split(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    return (void)args, split(r, a, false);
}
static tpl_value str_rsplit(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    return (void)args, split(r, a, true);
}

static tpl_value str_splitlines(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    bytes s = a[0].s;
    tpl_list *l = tpl_list_new(r, 0, TPL_PLAIN);
    size_t cap = 0, used;
    for (bool keep = tpl_truth(a[1]); s.len && tpl_cost_bytes(r, s.len / 4096);
         s = bytes_of(s.ptr + used, s.len - used)) {
        size_t n = tpl_line_length(s, &used);
        if (!tpl_cost_bytes(r, n)) break;
        add_piece(r, l, &cap, bytes_of(s.ptr, keep ? used : n));
    }
    return tpl_of_list(l);
}

static tpl_value str_join(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    const tpl_list *l = tpl_iterate(r, a[1]);
    buf b = tpl_buf(r);
    for (size_t i = 0; i < l->n && !b.bad && tpl_cost_bytes(r, a[0].s.len); i++) {
        if (i) buf_bytes(&b, a[0].s);
        bytes s = text_arg(r, l->at[i]);
        if (tpl_cost_bytes(r, s.len)) buf_bytes(&b, s);
    }
    return tpl_string(tpl_take(r, &b));
}

/* The argument that a field of format() names: {} the next one, {0} by position, {name}. */
static tpl_value field(tpl_run *r, bytes name, size_t *next, const tpl_args *args) {
    int64_t at = (int64_t)*next;
    if (!name.len) ++*next;
    if (!name.len || tpl_int_of(name, 10, &at)) {
        if (at >= 0 && at < (int64_t)args->n_plain) return args->at[at];
    } else {
        for (size_t i = args->n_plain; i < args->n; i++)
            if (bytes_eq(args->names[i], name)) return args->at[i];
        for (size_t i = 0; i < name.len; i++)
            if (memchr(".[:!{", name.ptr[i], 5))
                tpl_fail(r, ERR_UNSUPPORTED, "format: only plain {} fields are supported");
    }
    tpl_fail(r, ERR_ARGUMENT, "format: no argument for '{%.*s}'", (int)name.len, (const char *)name.ptr);
    return tpl_undefined();
}

static tpl_value str_format(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    bytes s = a[0].s;
    buf b = tpl_buf(r);
    size_t next = 0;
    for (size_t i = 0; i < s.len && tpl_cost(r, 1); i++) {
        int c = s.ptr[i];
        if (c != '{' && c != '}') {
            buf_byte(&b, (uint8_t)c);
        } else if (i + 1 < s.len && s.ptr[i + 1] == c) {
            buf_byte(&b, s.ptr[i++]);
        } else {
            const uint8_t *end = c == '{' ? memchr(s.ptr + i, '}', s.len - i) : NULL;
            if (!end) tpl_fail(r, ERR_ARGUMENT, "format: a single brace");
            if (!end) break;
            bytes name = bytes_of(s.ptr + i + 1, (size_t)(end - s.ptr) - i - 1);
            tpl_print(r, &b, field(r, name, &next, args));
            i += name.len + 1;
        }
    }
    return tpl_string(tpl_take(r, &b));
}

static tpl_value dict_get(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    tpl_value *v = tpl_dict_find(r, a[0].dict, a[1]);
    if (v) return *v;
    return tpl_given(a[2]) ? a[2] : tpl_none();
}

static tpl_value dict_view(tpl_run *r, const tpl_dict *d, bool keys, bool values) {
    tpl_list *l = tpl_list_new(r, d->n, TPL_VIEW);
    for (size_t i = 0; i < l->n && !r->rc; i++) {
        if (keys && values) l->at[i] = tpl_of_list(tpl_pair_list(r, d->at[i].key, d->at[i].value));
        else l->at[i] = keys ? d->at[i].key : d->at[i].value;
    }
    return tpl_of_list(l);
}

static tpl_value dict_items(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    return (void)args, dict_view(r, a[0].dict, true, true);
}
static tpl_value dict_keys(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    return (void)args, dict_view(r, a[0].dict, true, false);
}
static tpl_value dict_values(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    return (void)args, dict_view(r, a[0].dict, false, true);
}

static tpl_value loop_cycle(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    if (!args->n_plain) tpl_fail(r, ERR_ARGUMENT, "cycle needs arguments");
    return r->rc ? tpl_undefined() : args->at[a[0].loop->index % args->n_plain];
}

static tpl_value loop_changed(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    tpl_list *now = tpl_list_new(r, args->n_plain, TPL_TUPLE);
    if (now->n) memcpy(now->at, args->at, now->n * sizeof *now->at);
    struct tpl_loop *l = a[0].loop;
    bool same = l->changed && tpl_equal(r, tpl_of_list(l->changed), tpl_of_list(now));
    l->changed = now;
    return tpl_bool(!same);
}

static const tpl_builtin of_string[] = {
    {"strip", "chars", 0, str_strip},
    {"lstrip", "chars", 0, str_lstrip},
    {"rstrip", "chars", 0, str_rstrip},
    {"split", "sep maxsplit", 0, str_split},
    {"rsplit", "sep maxsplit", 0, str_rsplit},
    {"splitlines", "keepends", 0, str_splitlines},
    {"startswith", "prefix", 1, str_startswith},
    {"endswith", "suffix", 1, str_endswith},
    {"removeprefix", "prefix", 1, str_removeprefix},
    {"removesuffix", "suffix", 1, str_removesuffix},
    {"upper", "", 0, str_upper},
    {"lower", "", 0, str_lower},
    {"title", "", 0, str_title},
    {"capitalize", "", 0, str_capitalize},
    {"replace", "old new count", 2, str_replace},
    {"find", "sub", 1, str_find},
    {"rfind", "sub", 1, str_rfind},
    {"count", "sub", 1, str_count},
    {"isdigit", "", 0, str_isdigit},
    {"join", "iterable", 1, str_join},
    {"format", "*", 0, str_format},
    {0},
};

static const tpl_builtin of_dict[] = {
    {"get", "key default", 1, dict_get},
    {"items", "", 0, dict_items},
    {"keys", "", 0, dict_keys},
    {"values", "", 0, dict_values},
    {0},
};

static const tpl_builtin of_loop[] = {
    {"cycle", "*", 0, loop_cycle},
    {"changed", "*", 0, loop_changed},
    {0},
};

const tpl_builtin *tpl_method_find(tpl_value of, bytes name) {
    const tpl_builtin *table = of.type == TPL_STRING ? of_string
                               : of.type == TPL_DICT ? of_dict
                               : of.type == TPL_LOOP ? of_loop
                                                     : NULL;
    return table ? tpl_builtin_find((const tpl_builtin *const[]){table, NULL}, name) : NULL;
}
