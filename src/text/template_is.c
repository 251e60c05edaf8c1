/* Tests: what may follow `is`, and what select and reject take by name. */
#include "text/template_impl.h"

static tpl_value is_defined(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)r, (void)args;
    return tpl_bool(a[0].type != TPL_UNDEFINED);
}

static tpl_value is_undefined(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)r, (void)args;
    return tpl_bool(a[0].type == TPL_UNDEFINED);
}

static tpl_value is_none(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)r, (void)args;
    return tpl_bool(a[0].type == TPL_NONE);
}

static tpl_value is_string(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)r, (void)args;
    return tpl_bool(a[0].type == TPL_STRING);
}

static tpl_value is_number(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)r, (void)args;
    double x;
    return tpl_bool(tpl_number(a[0], &x));
}

static tpl_value is_integer(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)r, (void)args;
    return tpl_bool(a[0].type == TPL_INT);
}

static tpl_value is_float(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)r, (void)args;
    return tpl_bool(a[0].type == TPL_FLOAT);
}

static tpl_value is_boolean(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)r, (void)args;
    return tpl_bool(a[0].type == TPL_BOOL);
}

static tpl_value is_true(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)r, (void)args;
    return tpl_bool(a[0].type == TPL_BOOL && a[0].i);
}

static tpl_value is_false(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)r, (void)args;
    return tpl_bool(a[0].type == TPL_BOOL && !a[0].i);
}

static tpl_value is_mapping(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)r, (void)args;
    return tpl_bool(a[0].type == TPL_DICT);
}

static tpl_value is_iterable(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)r, (void)args;
    enum tpl_type t = a[0].type;
    return tpl_bool(t == TPL_UNDEFINED || t == TPL_STRING || t == TPL_LIST || t == TPL_DICT);
}

/* Has a length and can be indexed: a mapping too. */
static tpl_value is_sequence(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    if (a[0].type == TPL_LIST && (a[0].list->kind == TPL_GENERATOR || a[0].list->kind == TPL_VIEW))
        return tpl_bool(false);
    return is_iterable(r, a, args);
}

static tpl_value is_callable(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)r, (void)args;
    return tpl_bool(a[0].type == TPL_CALL || a[0].type == TPL_MACRO || a[0].type == TPL_UNDEFINED);
}

static tpl_value is_escaped(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)r, (void)a, (void)args;
    return tpl_bool(false);
}

static tpl_value is_odd(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    return tpl_bool(tpl_equal(r, tpl_binary(r, '%', a[0], tpl_int(2)), tpl_int(1)));
}

static tpl_value is_even(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    return tpl_bool(tpl_equal(r, tpl_binary(r, '%', a[0], tpl_int(2)), tpl_int(0)));
}

static tpl_value is_divisible(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    return tpl_bool(tpl_equal(r, tpl_binary(r, '%', a[0], a[1]), tpl_int(0)));
}

static tpl_value is_equal(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    return tpl_bool(tpl_equal(r, a[0], a[1]));
}

static tpl_value is_unequal(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    return tpl_bool(!tpl_equal(r, a[0], a[1]));
}

/* The same object: for what has no identity here, equal and of one type. */
static tpl_value is_same(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    if (a[0].type >= TPL_LIST) return tpl_bool(a[0].type == a[1].type && a[0].list == a[1].list);
    return tpl_bool(a[0].type == a[1].type && tpl_equal(r, a[0], a[1]));
}

static tpl_value is_greater(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    return tpl_bool(tpl_compare(r, a[0], a[1]) == 1);
}

static tpl_value is_greater_or_equal(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    int c = tpl_compare(r, a[0], a[1]);
    return tpl_bool(c == 0 || c == 1);
}

static tpl_value is_less(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    return tpl_bool(tpl_compare(r, a[0], a[1]) == -1);
}

static tpl_value is_less_or_equal(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    return tpl_bool(tpl_compare(r, a[0], a[1]) <= 0);
}

static tpl_value is_in(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    return tpl_bool(tpl_contains(r, a[0], a[1]));
}

/* All letters that have a case have this one, and there is one. */
static tpl_value has_case(tpl_run *r, tpl_value v, bool upper) {
    bytes s = tpl_str(r, v);
    bool any = false;
    if (!tpl_cost(r, 1 + s.len / 16)) return tpl_undefined();
    for (size_t i = 0, used; i < s.len; i += used) {
        uint32_t c = tpl_char(bytes_of(s.ptr + i, s.len - i), &used);
        if (c == 0xdf ? upper
                      : (upper ? tpl_lower(c) == c && tpl_upper(c) != c : tpl_upper(c) == c && tpl_lower(c) != c))
            return tpl_bool(false);
        any |= tpl_lower(c) != c || tpl_upper(c) != c || c == 0xdf;
    }
    return tpl_bool(any);
}

static tpl_value is_lower(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    return (void)args, has_case(r, a[0], false);
}
static tpl_value is_upper(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    return (void)args, has_case(r, a[0], true);
}

static const tpl_builtin tests[] = {
    {"defined", "", 0, is_defined},
    {"undefined", "", 0, is_undefined},
    {"none", "", 0, is_none},
    {"string", "", 0, is_string},
    {"number", "", 0, is_number},
    {"integer", "", 0, is_integer},
    {"float", "", 0, is_float},
    {"boolean", "", 0, is_boolean},
    {"true", "", 0, is_true},
    {"false", "", 0, is_false},
    {"mapping", "", 0, is_mapping},
    {"iterable", "", 0, is_iterable},
    {"sequence", "", 0, is_sequence},
    {"callable", "", 0, is_callable},
    {"escaped", "", 0, is_escaped},
    {"odd", "", 0, is_odd},
    {"even", "", 0, is_even},
    {"divisibleby", "num", 1, is_divisible},
    {"equalto", "other", 1, is_equal},
    {"eq", "other", 1, is_equal},
    {"==", "other", 1, is_equal},
    {"ne", "other", 1, is_unequal},
    {"!=", "other", 1, is_unequal},
    {"sameas", "other", 1, is_same},
    {"gt", "other", 1, is_greater},
    {"greaterthan", "other", 1, is_greater},
    {">", "other", 1, is_greater},
    {"ge", "other", 1, is_greater_or_equal},
    {">=", "other", 1, is_greater_or_equal},
    {"lt", "other", 1, is_less},
    {"lessthan", "other", 1, is_less},
    {"<", "other", 1, is_less},
    {"le", "other", 1, is_less_or_equal},
    {"<=", "other", 1, is_less_or_equal},
    {"in", "seq", 1, is_in},
    {"lower", "", 0, is_lower},
    {"upper", "", 0, is_upper},
    {0},
};

const tpl_builtin *tpl_test_find(bytes name) {
    return tpl_builtin_find((const tpl_builtin *const[]){tests, NULL}, name);
}
