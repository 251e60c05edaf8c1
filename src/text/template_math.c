/* Operators on values, and text read as numbers. Integers have 64 bits; leaving them is an error, never a wrong number.
 */
#include <errno.h>
#include <math.h>

#include "text/template_impl.h"

bool tpl_number(tpl_value v, double *out) {
    if (v.type == TPL_FLOAT) *out = v.f;
    else if (v.type == TPL_INT || v.type == TPL_BOOL) *out = (double)v.i;
    else return false;
    return true;
}

int64_t tpl_int_arg(tpl_run *r, tpl_value v, int64_t otherwise) {
    if (v.type == TPL_INT || v.type == TPL_BOOL) return v.i;
    if (v.type != TPL_ABSENT && v.type != TPL_NONE)
        tpl_fail(r, ERR_ARGUMENT, "%s where an integer is needed", tpl_type_name(v));
    return otherwise;
}

static int digit_of(int c) {
    if (c >= '0' && c <= '9') return c - '0';
    return (c | 32) >= 'a' && (c | 32) <= 'z' ? (c | 32) - 'a' + 10 : 99;
}

bool tpl_int_of(bytes s, int base, int64_t *out) {
    s = tpl_strip(s, TPL_STRIP_LEFT | TPL_STRIP_RIGHT);
    size_t i = 0;
    bool minus = s.len && s.ptr[0] == '-';
    if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+')) i++;
    int64_t v = 0;
    bool digit = false;
    for (; i < s.len; i++) {
        int d = digit_of(s.ptr[i]);
        if (s.ptr[i] == '_' && digit) {
            digit = false;
            continue;
        }
        if (d >= base || __builtin_mul_overflow(v, (int64_t)base, &v) || __builtin_sub_overflow(v, (int64_t)d, &v))
            return false;
        digit = true;
    }
    if (!digit || (!minus && v == INT64_MIN)) return false;
    *out = minus ? v : -v; /* counted below zero, where there is room for one more */
    return true;
}

bool tpl_float_of(bytes s, double *out) {
    s = tpl_strip(s, TPL_STRIP_LEFT | TPL_STRIP_RIGHT);
    char text[400];
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '_' && n && digit_of(text[n - 1]) < 10 && i + 1 < s.len && digit_of(s.ptr[i + 1]) < 10)
            continue;
        if (!s.ptr[i] || !strchr("0123456789+-.eEinftyaINFTYA", s.ptr[i]) || n + 1 == sizeof text) return false;
        text[n++] = (char)s.ptr[i];
    }
    if (!n) return false;
    text[n] = 0;
    char *end;
    *out = strtod(text, &end);
    return *end == 0;
}

static tpl_value no_operator(tpl_run *r, int op, tpl_value a, tpl_value b) {
    const tpl_value *u = a.type == TPL_UNDEFINED ? &a : b.type == TPL_UNDEFINED ? &b : NULL;
    const char *text = op == T_FLOOR ? "//" : op == T_POWER ? "**" : (const char[]){(char)op, 0};
    if (u && u->s.len) tpl_fail(r, ERR_ARGUMENT, "'%.*s' is undefined", (int)u->s.len, (const char *)u->s.ptr);
    else if (op == '%' && a.type == TPL_STRING) tpl_fail(r, ERR_UNSUPPORTED, "formatting with %% is not supported");
    else tpl_fail(r, ERR_ARGUMENT, "%s %s %s makes no sense", tpl_type_name(a), text, tpl_type_name(b));
    return tpl_undefined();
}

/* The result of the last join, where nothing was allocated since, is extended in place: sums built up in a loop stay
 * linear. Its earlier end is no longer r->joined then, so that no other sum can extend it too. */
static bytes join(tpl_run *r, bytes a, bytes b) {
    if (!a.len) return b;
    if (!b.len) return a;
    size_t pad = (0 - (uintptr_t)r->joined) & 15; /* what the arena rounded up by */
    bool last = r->joined && a.ptr + a.len == r->joined && r->joined + pad == r->mem.at;
    if (last && b.len <= (size_t)(r->mem.end - r->joined)) {
        if (!tpl_cost_bytes(r, b.len) || (b.len > pad && !tpl_get(r, b.len - pad, 1))) return bytes_str("");
        memcpy(r->joined, b.ptr, b.len);
        r->joined += b.len;
        return bytes_of(a.ptr, a.len + b.len);
    }
    uint8_t *p = tpl_cost_bytes(r, a.len + b.len) ? tpl_get(r, a.len + b.len, 1) : NULL;
    if (!p) return bytes_str("");
    memcpy(p, a.ptr, a.len);
    memcpy(p + a.len, b.ptr, b.len);
    r->joined = p + a.len + b.len;
    return bytes_of(p, a.len + b.len);
}

static tpl_value add_lists(tpl_run *r, const tpl_list *a, const tpl_list *b) {
    tpl_list *l = tpl_list_new(r, a->n + b->n, a->kind);
    if (r->rc) return tpl_undefined();
    if (a->n) memcpy(l->at, a->at, a->n * sizeof *a->at);
    if (b->n) memcpy(l->at + a->n, b->at, b->n * sizeof *b->at);
    return tpl_of_list(l);
}

/* [..] * n and '..' * n. */
static tpl_value repeat(tpl_run *r, tpl_value v, int64_t times) {
    bool text = v.type == TPL_STRING;
    size_t each = text ? v.s.len : v.list->n;
    if (times <= 0 || !each) times = 0;
    if (each && (uint64_t)times > TPL_MEMORY_MAX / each) {
        tpl_fail(r, ERR_MEMORY, "no memory for its values (limit %d MiB)", TPL_MEMORY_MAX >> 20);
        return tpl_undefined();
    }
    size_t n = each * (size_t)times;
    if (!text) {
        tpl_list *l = tpl_list_new(r, n, v.list->kind);
        for (size_t i = 0; i < l->n; i++) l->at[i] = v.list->at[i % each];
        return tpl_of_list(l);
    }
    uint8_t *p = n && tpl_cost_bytes(r, n) ? tpl_get(r, n, 1) : NULL;
    for (size_t i = 0; p && i < n; i += each) memcpy(p + i, v.s.ptr, each);
    return tpl_string(bytes_of(p, p ? n : 0));
}

static tpl_value too_big(tpl_run *r) {
    tpl_fail(r, ERR_UNSUPPORTED, "integers of more than 64 bits are not supported");
    return tpl_undefined();
}

static tpl_value by_zero(tpl_run *r) {
    tpl_fail(r, ERR_ARGUMENT, "division by zero");
    return tpl_undefined();
}

/* pow() and its tables are the larger part of a libm, and no template needs them. */
static tpl_value no_float_powers(tpl_run *r) {
    tpl_fail(r, ERR_UNSUPPORTED, "powers that are not whole numbers are not supported");
    return tpl_undefined();
}

static tpl_value int_power(tpl_run *r, int64_t a, int64_t n) {
    if (n < 0 && !a) return by_zero(r);
    if (n < 0 && (a == 1 || a == -1)) return tpl_float(n & 1 ? (double)a : 1);
    if (a == 0 || a == 1) return tpl_int(n ? a : 1);
    if (a == -1) return tpl_int(n & 1 ? -1 : 1);
    if (n < 0) return no_float_powers(r);
    int64_t v = 1;
    for (; n > 0; n--)
        if (__builtin_mul_overflow(v, a, &v)) return too_big(r); /* after 63 rounds at most */
    return tpl_int(v);
}

static tpl_value int_operator(tpl_run *r, int op, int64_t a, int64_t b) {
    int64_t v = 0;
    bool over = false;
    switch (op) {
    case '+':
        over = __builtin_add_overflow(a, b, &v);
        break;
    case '-':
        over = __builtin_sub_overflow(a, b, &v);
        break;
    case '*':
        over = __builtin_mul_overflow(a, b, &v);
        break;
    case T_POWER:
        return int_power(r, a, b);
    case '/':
        return b ? tpl_float((double)a / (double)b) : by_zero(r);
    default:
        if (!b) return by_zero(r);
        if (b == -1) { /* INT64_MIN / -1 traps */
            over = op == T_FLOOR && a == INT64_MIN;
            v = op == T_FLOOR && !over ? -a : 0;
            break;
        }
        v = op == T_FLOOR ? a / b : a % b;
        if (a % b != 0 && (a < 0) != (b < 0)) v += op == T_FLOOR ? -1 : b; /* towards minus infinity */
    }
    return over ? too_big(r) : tpl_int(v);
}

static tpl_value float_operator(tpl_run *r, int op, double a, double b) {
    if (b == 0 && (op == '/' || op == T_FLOOR || op == '%')) return by_zero(r);
    double rest;
    switch (op) {
    case '+':
        return tpl_float(a + b);
    case '-':
        return tpl_float(a - b);
    case '*':
        return tpl_float(a * b);
    case '/':
        return tpl_float(a / b);
    case T_POWER:
        return no_float_powers(r);
    default:
        break;
    }
    rest = fmod(a, b); /* as CPython's float_divmod */
    if (rest != 0 && (b < 0) != (rest < 0)) rest += b;
    else if (rest == 0) rest = copysign(0, b);
    if (op == '%') return tpl_float(rest);
    double whole = (a - rest) / b, down = floor(whole);
    if (whole != 0 && whole - down > 0.5) down += 1;
    return tpl_float(whole != 0 ? down : copysign(0, a / b));
}

tpl_value tpl_binary(tpl_run *r, int op, tpl_value a, tpl_value b) {
    if (op == '~') {
        bytes x = tpl_str(r, a), y = tpl_str(r, b);
        return tpl_string(join(r, x, y));
    }
    bool ints = (a.type == TPL_INT || a.type == TPL_BOOL) && (b.type == TPL_INT || b.type == TPL_BOOL);
    if (ints) return int_operator(r, op, a.i, b.i);
    double x, y;
    if (tpl_number(a, &x) && tpl_number(b, &y)) return float_operator(r, op, x, y);
    if (op == '+' && a.type == TPL_STRING && b.type == TPL_STRING) return tpl_string(join(r, a.s, b.s));
    if (op == '+' && a.type == TPL_LIST && b.type == TPL_LIST && a.list->kind == b.list->kind &&
        a.list->kind <= TPL_TUPLE)
        return add_lists(r, a.list, b.list);
    if (op == '*' && (a.type == TPL_INT || a.type == TPL_BOOL)) {
        tpl_value t = a;
        a = b;
        b = t;
    }
    bool row = a.type == TPL_STRING || (a.type == TPL_LIST && a.list->kind <= TPL_TUPLE);
    if (op == '*' && row && (b.type == TPL_INT || b.type == TPL_BOOL)) return repeat(r, a, b.i);
    return no_operator(r, op, a, b);
}

tpl_value tpl_sign(tpl_run *r, int op, tpl_value a) {
    if (a.type == TPL_FLOAT) return tpl_float(op == '-' ? -a.f : a.f);
    if (a.type == TPL_INT || a.type == TPL_BOOL) return op == '-' ? int_operator(r, '-', 0, a.i) : tpl_int(a.i);
    return no_operator(r, op, a, a);
}
