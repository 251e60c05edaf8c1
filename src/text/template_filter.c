/* Filters of one value: text, numbers, defaults. */
#include <math.h>
#include <stdio.h>

#include "text/template_impl.h"

#define UNUSED_ARGS (void)args

static tpl_value filter_trim(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    UNUSED_ARGS;
    bytes s = tpl_str(r, a[0]);
    if (!tpl_cost_bytes(r, s.len)) return tpl_undefined();
    if (!tpl_given(a[1]) || a[1].type == TPL_NONE) return tpl_string(tpl_strip(s, TPL_STRIP_LEFT | TPL_STRIP_RIGHT));
    return tpl_string(tpl_strip_chars(r, s, tpl_str(r, a[1]), TPL_STRIP_LEFT | TPL_STRIP_RIGHT));
}

static tpl_value filter_upper(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    UNUSED_ARGS;
    return tpl_string(tpl_recase(r, tpl_str(r, a[0]), 'u', 'u'));
}

static tpl_value filter_lower(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    UNUSED_ARGS;
    return tpl_string(tpl_recase(r, tpl_str(r, a[0]), 'l', 'l'));
}

static tpl_value filter_capitalize(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    UNUSED_ARGS;
    return tpl_string(tpl_recase(r, tpl_str(r, a[0]), 'u', 'l'));
}

/* Words begin behind white space and - ( { [ <, and nowhere else: "it's" stays one. */
static tpl_value filter_title(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    UNUSED_ARGS;
    bytes s = tpl_str(r, a[0]);
    buf b = tpl_buf(r);
    size_t from = 0, at = 0, used = 1;
    for (; at <= s.len && tpl_cost(r, 1); at += used) {
        uint32_t c = at < s.len ? tpl_char(bytes_of(s.ptr + at, s.len - at), &used) : ' ';
        if (!tpl_is_space(c) && (c > 127 || !c || !strchr("-({[<", (int)c))) continue;
        buf_bytes(&b, tpl_recase(r, bytes_of(s.ptr + from, at - from), 'u', 'l'));
        if (at < s.len) buf_put(&b, s.ptr + at, used);
        else used = 1;
        from = at + used;
    }
    return tpl_string(tpl_take(r, &b));
}

static tpl_value filter_replace(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    UNUSED_ARGS;
    bytes s = tpl_str(r, a[0]), from = tpl_str(r, a[1]), to = tpl_str(r, a[2]);
    return tpl_string(tpl_replace(r, s, from, to, tpl_int_arg(r, a[3], -1)));
}

static tpl_value filter_default(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)r, UNUSED_ARGS;
    bool missing = a[0].type == TPL_UNDEFINED || (tpl_truth(a[2]) && !tpl_truth(a[0]));
    if (!missing) return a[0];
    return tpl_given(a[1]) ? a[1] : tpl_string(bytes_str(""));
}

static tpl_value filter_string(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    UNUSED_ARGS;
    return tpl_string(tpl_str(r, a[0]));
}

static tpl_value filter_same(tpl_run *r, const tpl_value *a, const tpl_args *args) { return filter_string(r, a, args); }

static bool is_defined(tpl_run *r, tpl_value v, const char *filter) {
    if (v.type == TPL_UNDEFINED)
        tpl_fail(r, ERR_ARGUMENT, "%s: '%.*s' is undefined", filter, (int)v.s.len, (const char *)v.s.ptr);
    return v.type != TPL_UNDEFINED;
}

static tpl_value filter_int(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    UNUSED_ARGS;
    tpl_value otherwise = tpl_given(a[1]) ? a[1] : tpl_int(0);
    double x = NAN;
    int64_t i, base = tpl_int_arg(r, a[2], 10);
    if (!is_defined(r, a[0], "int")) return otherwise;
    if (base < 2 || base > 36) return otherwise;
    if (a[0].type == TPL_INT || a[0].type == TPL_BOOL) return tpl_int(a[0].i);
    if (a[0].type == TPL_STRING && tpl_int_of(a[0].s, (int)base, &i)) return tpl_int(i);
    if (a[0].type == TPL_STRING ? !tpl_float_of(a[0].s, &x) : !tpl_number(a[0], &x)) return otherwise;
    if (isfinite(x) && fabs(x) >= 0x1p63)
        tpl_fail(r, ERR_UNSUPPORTED, "integers of more than 64 bits are not supported");
    return isfinite(x) && !r->rc ? tpl_int((int64_t)x) : otherwise;
}

static tpl_value filter_float(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    UNUSED_ARGS;
    tpl_value otherwise = tpl_given(a[1]) ? a[1] : tpl_float(0);
    double x;
    if (!is_defined(r, a[0], "float")) return otherwise;
    if (a[0].type == TPL_STRING ? tpl_float_of(a[0].s, &x) : tpl_number(a[0], &x)) return tpl_float(x);
    return otherwise;
}

static tpl_value filter_abs(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    UNUSED_ARGS;
    if (a[0].type == TPL_FLOAT) return tpl_float(fabs(a[0].f));
    return tpl_sign(r, a[0].type == TPL_INT && a[0].i < 0 ? '-' : '+', a[0]);
}

static tpl_value filter_round(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    UNUSED_ARGS;
    int64_t places = tpl_int_arg(r, a[1], 0);
    bytes method = tpl_given(a[2]) ? tpl_str(r, a[2]) : bytes_str("common");
    double x, scale = 1;
    if (!tpl_number(a[0], &x)) tpl_fail(r, ERR_ARGUMENT, "round: a %s is no number", tpl_type_name(a[0]));
    else if (places < 0 || places > 15) tpl_fail(r, ERR_UNSUPPORTED, "round: 0 to 15 places are supported");
    for (int64_t i = 0; i < places && !r->rc; i++) scale *= 10; /* exact up to here */
    if (r->rc) return tpl_undefined();
    if (bytes_is(method, "ceil")) return tpl_float(ceil(x * scale) / scale);
    if (bytes_is(method, "floor")) return tpl_float(floor(x * scale) / scale);
    if (!bytes_is(method, "common")) tpl_fail(r, ERR_ARGUMENT, "round: the method is common, ceil or floor");
    if (a[0].type != TPL_FLOAT) return tpl_int(a[0].i);
    if (!isfinite(x)) return a[0];
    char text[400];
    snprintf(text, sizeof text, "%.*f", (int)places, x); /* exact, half to even, as Python's */
    return tpl_float(strtod(text, NULL));
}

static tpl_value filter_length(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    UNUSED_ARGS;
    if (a[0].type == TPL_UNDEFINED) return tpl_int(0);
    if (a[0].type == TPL_DICT) return tpl_int((int64_t)a[0].dict->n);
    if (a[0].type == TPL_LIST && a[0].list->kind != TPL_GENERATOR) return tpl_int((int64_t)a[0].list->n);
    if (a[0].type == TPL_STRING && tpl_cost(r, 1 + a[0].s.len / 16)) return tpl_int((int64_t)tpl_char_count(a[0].s));
    tpl_fail(r, ERR_ARGUMENT, "a %s has no length", a[0].type == TPL_LIST ? "generator" : tpl_type_name(a[0]));
    return tpl_undefined();
}

static tpl_value filter_escape(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    UNUSED_ARGS;
    static const char from[] = "&<>'\"";
    static const char *const to[] = {"&amp;", "&lt;", "&gt;", "&#39;", "&#34;"};
    bytes s = tpl_str(r, a[0]);
    buf b = tpl_buf(r);
    if (!tpl_cost(r, 1 + s.len / 16)) return tpl_undefined();
    for (size_t i = 0; i < s.len; i++) {
        const char *hit = s.ptr[i] ? strchr(from, s.ptr[i]) : NULL;
        if (hit) buf_str(&b, to[hit - from]);
        else buf_byte(&b, s.ptr[i]);
    }
    return tpl_string(tpl_take(r, &b));
}

/* The ends of lines are those of str.splitlines() that are ASCII,
 * and U+0085, U+2028, U+2029. */
size_t tpl_line_length(bytes s, size_t *used) {
    size_t at = 0, n;
    for (; at < s.len; at += n) {
        uint32_t c = tpl_char(bytes_of(s.ptr + at, s.len - at), &n);
        if ((c < 10 || c > 13) && (c < 28 || c > 30) && c != 0x85 && c != 0x2028 && c != 0x2029) continue;
        *used = at + n + (c == '\r' && at + 1 < s.len && s.ptr[at + 1] == '\n');
        return at;
    }
    *used = s.len;
    return s.len;
}

static tpl_value filter_indent(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    UNUSED_ARGS;
    bytes s = tpl_str(r, a[0]), pad = bytes_str("");
    if (a[1].type == TPL_STRING) pad = a[1].s;
    else pad = tpl_binary(r, '*', tpl_string(bytes_str(" ")), tpl_int(tpl_int_arg(r, a[1], 4))).s;
    bool first = tpl_truth(a[2]), blank = tpl_truth(a[3]);
    buf b = tpl_buf(r);
    if (first) buf_bytes(&b, pad);
    size_t at = 0, used;
    bool more = tpl_cost(r, 1 + s.len / 16);
    for (bool begin = true; more && tpl_cost_bytes(r, pad.len); begin = false) {
        bytes rest = bytes_of(s.ptr + at, s.len - at);
        size_t n = tpl_line_length(rest, &used);
        if (!begin) buf_byte(&b, '\n');
        if (!begin && (n || blank)) buf_bytes(&b, pad);
        buf_put(&b, rest.ptr, n);
        at += used;
        more = used > n; /* a last line end is followed by one more, empty line */
    }
    return tpl_string(tpl_take(r, &b));
}

static const tpl_builtin filters[] = {
    {"trim", "chars", 0, filter_trim},
    {"length", "", 0, filter_length},
    {"count", "", 0, filter_length},
    {"upper", "", 0, filter_upper},
    {"lower", "", 0, filter_lower},
    {"capitalize", "", 0, filter_capitalize},
    {"title", "", 0, filter_title},
    {"replace", "old new count", 2, filter_replace},
    {"default", "default_value boolean", 0, filter_default},
    {"d", "default_value boolean", 0, filter_default},
    {"string", "", 0, filter_string},
    {"safe", "", 0, filter_same},
    {"int", "default base", 0, filter_int},
    {"float", "default", 0, filter_float},
    {"abs", "", 0, filter_abs},
    {"round", "precision method", 0, filter_round},
    {"escape", "", 0, filter_escape},
    {"e", "", 0, filter_escape},
    {"indent", "width first blank", 0, filter_indent},
    {0},
};

const tpl_builtin *tpl_builtin_find(const tpl_builtin *const *tables, bytes name) {
    for (; *tables; tables++)
        for (const tpl_builtin *f = *tables; f->name; f++)
            if (bytes_is(name, f->name)) return f;
    return NULL;
}

const tpl_builtin *tpl_filter_find(bytes name) {
    if (bytes_is(name, tpl_tojson.name)) return &tpl_tojson;
    return tpl_builtin_find((const tpl_builtin *const[]){filters, tpl_filters_list, NULL}, name);
}
