/* Values as text: Python's str() and repr(), and json.dumps() for the filter tojson. */
#include <inttypes.h>
#include <math.h>

#include "base/utf8.h"
#include "text/template_impl.h"

/* Python's repr of a float: the shortest digits, with an exponent below 1e-4 and from 1e16. */
void tpl_put_float(buf *out, double v) {
    if (isnan(v) || isinf(v)) {
        buf_str(out, isnan(v) ? "nan" : v < 0 ? "-inf" : "inf");
        return;
    }
    buf json = {.max = 64};
    buf_json_num(&json, fabs(v));
    if (json.bad) out->bad = json.bad;
    char digits[40] = "";
    int n = 0, point = 0;
    int64_t e = 0;
    bool dot = false;
    for (size_t i = 0; i < json.len && n < 39; i++) {
        int c = json.ptr[i];
        if (c == 'e' || c == 'E') {
            tpl_int_of(bytes_of(json.ptr + i + 1, json.len - i - 1), 10, &e);
            break;
        }
        if (c == '.') dot = true;
        else if (n || c != '0') digits[n++] = (char)c, point += !dot;
        else point -= dot; /* zeros behind the point */
    }
    buf_clear(&json);
    while (n && digits[n - 1] == '0') digits[--n] = 0;
    point += (int)e; /* the value is 0.digits times ten to the power of this */
    if (signbit(v)) buf_byte(out, '-');
    if (!n) {
        buf_str(out, "0.0");
    } else if (point < -3 || point > 16) {
        buf_byte(out, (uint8_t)digits[0]);
        if (n > 1) buf_byte(out, '.'), buf_str(out, digits + 1);
        buf_printf(out, "e%c%02d", point < 1 ? '-' : '+', point < 1 ? 1 - point : point - 1);
    } else {
        if (point <= 0) buf_str(out, "0.");
        for (int i = point; i < 0; i++) buf_byte(out, '0');
        for (int i = 0; i < n || i < point; i++) {
            if (i && i == point) buf_byte(out, '.');
            buf_byte(out, i < n ? (uint8_t)digits[i] : '0');
        }
        if (point >= n) buf_str(out, ".0");
    }
}

static void put_scalar(tpl_run *r, buf *out, tpl_value v) {
    switch (v.type) {
    case TPL_NONE:
        buf_str(out, "None");
        break;
    case TPL_BOOL:
        buf_str(out, v.i ? "True" : "False");
        break;
    case TPL_INT:
        buf_printf(out, "%" PRId64, v.i);
        break;
    case TPL_FLOAT:
        tpl_put_float(out, v.f);
        break;
    default:
        tpl_fail(r, ERR_UNSUPPORTED, "writing a %s is not supported", tpl_type_name(v));
    }
}

/* A string as Python source. */
static void repr_string(buf *out, bytes s) {
    bool quote = memchr(s.ptr ? s.ptr : (const uint8_t *)"", '\'', s.len) && !memchr(s.ptr, '"', s.len);
    uint8_t q = quote ? '"' : '\'';
    buf_byte(out, q);
    for (size_t i = 0, used; i < s.len; i += used) {
        uint32_t c = tpl_char(bytes_of(s.ptr + i, s.len - i), &used);
        const char *simple = c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : c == '\\' ? "\\\\" : NULL;
        if (simple) buf_str(out, simple);
        else if (c == q) buf_byte(out, '\\'), buf_byte(out, q);
        else if (tpl_is_printable(c)) buf_put(out, s.ptr + i, used);
        else buf_printf(out, c < 256 ? "\\x%02" PRIx32 : c < 65536 ? "\\u%04" PRIx32 : "\\U%08" PRIx32, c);
    }
    buf_byte(out, q);
}

static void repr_dict(tpl_run *r, buf *out, const tpl_dict *d) {
    buf_byte(out, '{');
    for (size_t i = 0; i < d->n && !r->rc && !out->bad; i++) {
        if (i) buf_str(out, ", ");
        tpl_repr(r, out, d->at[i].key);
        buf_str(out, ": ");
        tpl_repr(r, out, d->at[i].value);
    }
    buf_byte(out, '}');
}

static void repr_list(tpl_run *r, buf *out, const tpl_list *l) {
    bool tuple = l->kind == TPL_TUPLE;
    if (l->kind > TPL_TUPLE) {
        tpl_fail(r, ERR_UNSUPPORTED, "writing a view, range or generator is not supported");
        return;
    }
    buf_byte(out, tuple ? '(' : '[');
    for (size_t i = 0; i < l->n && !r->rc && !out->bad; i++) {
        if (i) buf_str(out, ", ");
        tpl_repr(r, out, l->at[i]);
    }
    if (tuple && l->n == 1) buf_byte(out, ',');
    buf_byte(out, tuple ? ')' : ']');
}

void tpl_repr(tpl_run *r, buf *out, tpl_value v) {
    if (!tpl_enter(r)) return;
    if (v.type == TPL_STRING) {
        if (tpl_cost(r, v.s.len / 16)) repr_string(out, v.s);
    } else if (v.type == TPL_LIST) repr_list(r, out, v.list);
    else if (v.type == TPL_DICT) repr_dict(r, out, v.dict);
    else if (v.type == TPL_UNDEFINED) buf_str(out, "Undefined");
    else put_scalar(r, out, v);
    r->depth--;
}

void tpl_print(tpl_run *r, buf *out, tpl_value v) {
    if (v.type == TPL_STRING) {
        if (tpl_cost_bytes(r, v.s.len)) buf_bytes(out, v.s);
    } else if (v.type > TPL_UNDEFINED) tpl_repr(r, out, v);
}

bytes tpl_str(tpl_run *r, tpl_value v) {
    if (v.type == TPL_STRING) return v.s;
    buf b = tpl_buf(r);
    tpl_print(r, &b, v);
    return tpl_take(r, &b);
}

/* ---- json.dumps(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False), as transformers calls it
 * ---- */

struct dump {
    tpl_run *r;
    buf *out;
    bytes indent, item, colon; /* item: what separates items, without the line end */
    bool lines, ascii, sort;
};

static void dump_escape(struct dump *d, uint32_t c) {
    static const char from[] = "\"\\\n\r\t\f\b", to[] = "\"\\nrtfb";
    const char *simple = c && c < 128 ? strchr(from, (int)c) : NULL;
    if (simple) buf_byte(d->out, '\\'), buf_byte(d->out, (uint8_t)to[simple - from]);
    else if (c > 0xffff) {
        dump_escape(d, 0xd800 + ((c - 0x10000) >> 10));
        dump_escape(d, 0xdc00 + ((c - 0x10000) & 0x3ff));
    } else buf_printf(d->out, "\\u%04" PRIx32, c);
}

static void dump_string(struct dump *d, bytes s) {
    if (!tpl_cost(d->r, 1 + s.len / 16)) return;
    buf_byte(d->out, '"');
    size_t plain = 0; /* from here on nothing needs an escape */
    for (size_t i = 0, used; i < s.len; i += used) {
        uint32_t c = tpl_char(bytes_of(s.ptr + i, s.len - i), &used);
        if (c >= 32 && c != '"' && c != '\\' && (c < 127 || !d->ascii)) continue;
        buf_put(d->out, s.ptr + plain, i - plain);
        dump_escape(d, c);
        plain = i + used;
    }
    if (s.len > plain) buf_put(d->out, s.ptr + plain, s.len - plain);
    buf_byte(d->out, '"');
}

static void dump_line(struct dump *d, int depth) {
    if (!d->lines) return;
    buf_byte(d->out, '\n');
    for (int i = 0; i < depth && tpl_cost_bytes(d->r, d->indent.len); i++) buf_bytes(d->out, d->indent);
}

static void dump_scalar(struct dump *d, tpl_value v) {
    if (v.type == TPL_FLOAT && !isfinite(v.f)) buf_str(d->out, isnan(v.f) ? "NaN" : v.f < 0 ? "-Infinity" : "Infinity");
    else if (v.type == TPL_NONE) buf_str(d->out, "null");
    else if (v.type == TPL_BOOL) buf_str(d->out, v.i ? "true" : "false");
    else if (v.type == TPL_INT || v.type == TPL_FLOAT) put_scalar(d->r, d->out, v);
    else tpl_fail(d->r, ERR_ARGUMENT, "tojson: %s has no JSON", tpl_type_name(v));
}

static void dump_key(struct dump *d, tpl_value key) {
    if (key.type == TPL_STRING) {
        dump_string(d, key.s);
        return;
    }
    buf_byte(d->out, '"');
    dump_scalar(d, key);
    buf_byte(d->out, '"');
}

static void dump_value(struct dump *d, tpl_value v, int depth);

static void dump_dict(struct dump *d, const tpl_dict *dict, int depth) {
    const tpl_builtin *sort = tpl_filter_find(bytes_str("dictsort"));
    const tpl_list *pairs = NULL;
    if (d->sort) { /* by key as Python orders them: with case */
        const tpl_value a[TPL_PARAMS_MAX] = {tpl_of_dict((tpl_dict *)(uintptr_t)dict), tpl_bool(true)};
        tpl_value sorted = sort->fn(d->r, a, NULL);
        if (d->r->rc) return;
        pairs = sorted.list;
    }
    buf_byte(d->out, '{');
    for (size_t i = 0; i < dict->n && !d->r->rc && !d->out->bad; i++) {
        if (i) buf_bytes(d->out, d->item);
        dump_line(d, depth + 1);
        dump_key(d, pairs ? pairs->at[i].list->at[0] : dict->at[i].key);
        buf_bytes(d->out, d->colon);
        dump_value(d, pairs ? pairs->at[i].list->at[1] : dict->at[i].value, depth + 1);
    }
    if (dict->n) dump_line(d, depth);
    buf_byte(d->out, '}');
}

static void dump_list(struct dump *d, const tpl_list *l, int depth) {
    if (l->kind > TPL_TUPLE) {
        tpl_fail(d->r, ERR_ARGUMENT, "tojson: a view, range or generator has no JSON");
        return;
    }
    buf_byte(d->out, '[');
    for (size_t i = 0; i < l->n && !d->r->rc && !d->out->bad; i++) {
        if (i) buf_bytes(d->out, d->item);
        dump_line(d, depth + 1);
        dump_value(d, l->at[i], depth + 1);
    }
    if (l->n) dump_line(d, depth);
    buf_byte(d->out, ']');
}

static void dump_value(struct dump *d, tpl_value v, int depth) {
    if (!tpl_enter(d->r)) return;
    if (v.type == TPL_STRING) dump_string(d, v.s);
    else if (v.type == TPL_LIST) dump_list(d, v.list, depth);
    else if (v.type == TPL_DICT) dump_dict(d, v.dict, depth);
    else dump_scalar(d, v);
    d->r->depth--;
}

static tpl_value filter_tojson(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    buf b = tpl_buf(r);
    struct dump d = {.r = r, .out = &b, .item = bytes_str(", "), .colon = bytes_str(": ")};
    d.ascii = tpl_truth(a[1]);
    d.sort = tpl_truth(a[4]);
    if (tpl_given(a[2]) && a[2].type != TPL_NONE) {
        d.lines = true;
        d.item = bytes_str(",");
        if (a[2].type == TPL_STRING) d.indent = a[2].s;
        else d.indent = tpl_binary(r, '*', tpl_string(bytes_str(" ")), tpl_int(tpl_int_arg(r, a[2], 0))).s;
    }
    if (tpl_given(a[3]) && a[3].type != TPL_NONE) {
        tpl_list *l = tpl_iterate(r, a[3]);
        if (l->n != 2 || l->at[0].type != TPL_STRING || l->at[1].type != TPL_STRING)
            tpl_fail(r, ERR_ARGUMENT, "tojson: separators must be two strings");
        else d.item = l->at[0].s, d.colon = l->at[1].s;
    }
    if (!r->rc) dump_value(&d, a[0], 0);
    return tpl_string(tpl_take(r, &b));
}

const tpl_builtin tpl_tojson = {"tojson", "ensure_ascii indent separators sort_keys", 0, filter_tojson};
