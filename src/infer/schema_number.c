/* JSON Schema: numbers, by bounds and multiples, compared digit by digit as they are written. */
#include "base/mem.h"
#include "infer/schema_impl.h"

enum {
    DIGITS_MOST = 15,     /* before the point; with as many in all, decimals and doubles are one to one */
    MULTIPLE_MOST = 8192, /* states of a multipleOf */
    DECIMAL_MOST = 400,   /* digits of a double written out */
};

/* The size of a number: digits before the point, without leading zeros, and after it, without zeros at the end. */
typedef struct decimal {
    char whole[DECIMAL_MOST], part[DECIMAL_MOST];
    int n_whole, n_part;
    bool negative;
} decimal;

static int decimal_of(const schema *s, double v, decimal *out) {
    buf text = {0};
    char digits[64];
    int n = 0, point = -1, power = 0;
    buf_json_num(&text, v);
    int rc = buf_status(&text, s->e);
    *out = (decimal){.negative = v < 0};
    for (size_t i = 0; !rc && i < text.len; i++) {
        char c = (char)text.ptr[i];
        if (c >= '0' && c <= '9' && n < 63) digits[n++] = c;
        else if (c == '.') point = n;
        else if (c == 'e') {
            bool minus = text.ptr[i + 1] == '-';
            for (i++; i < text.len; i++)
                if (text.ptr[i] >= '0' && text.ptr[i] <= '9') power = power * 10 + (text.ptr[i] - '0');
            if (minus) power = -power;
        }
    }
    buf_clear(&text);
    if (rc) return rc;
    point = (point < 0 ? n : point) + power;
    for (int i = point < 0 ? point : 0; i < n || i < point; i++) {
        char c = i >= 0 && i < n ? digits[i] : '0';
        if (i >= point) out->part[out->n_part++] = c;
        else if (out->n_whole || c != '0') out->whole[out->n_whole++] = c;
    }
    while (out->n_part && out->part[out->n_part - 1] == '0') out->n_part--;
    return OK;
}

/* ---- Small expressions ---- */

static uint32_t digit_range(exprs *x, char lo, char hi) {
    return lo > hi ? EXPR_NEVER : expr_class(x, &(range){(uint32_t)lo, (uint32_t)hi}, 1, false, false);
}
static uint32_t digits_of(exprs *x, int min, int max) {
    if (max < min) return EXPR_NEVER;
    return expr_repeat(x, digit_range(x, '0', '9'), (uint32_t)min, (uint32_t)max);
}
static uint32_t any_digits(exprs *x) { return expr_repeat(x, digit_range(x, '0', '9'), 0, REPEAT_ANY); }
static uint32_t zeros(exprs *x, uint32_t min) { return expr_repeat(x, digit_range(x, '0', '0'), min, REPEAT_ANY); }
static uint32_t any_part(exprs *x) {
    return expr_optional(x, expr_cat(x, expr_str(x, "."), expr_cat(x, digit_range(x, '0', '9'), any_digits(x))));
}

/* ---- At least, at most ---- */

/* What follows the same whole digits so that the number is at least d (above it, where strict). */
static uint32_t part_least(exprs *x, const decimal *d, bool strict) {
    uint32_t above = expr_cat(x, zeros(x, 0), expr_cat(x, digit_range(x, '1', '9'), any_digits(x)));
    if (!d->n_part) return strict ? expr_cat(x, expr_str(x, "."), above) : any_part(x);
    uint32_t e = strict ? above : any_digits(x);
    for (int i = d->n_part; i-- > 0;) {
        uint32_t more = expr_cat(x, digit_range(x, (char)(d->part[i] + 1), '9'), any_digits(x));
        e = expr_alt(x, more, expr_cat(x, digit_range(x, d->part[i], d->part[i]), e));
    }
    return expr_cat(x, expr_str(x, "."), e);
}

static uint32_t part_most(exprs *x, const decimal *d, bool strict) {
    if (!d->n_part) {
        uint32_t none = expr_optional(x, expr_cat(x, expr_str(x, "."), zeros(x, 1)));
        return strict ? EXPR_NEVER : none;
    }
    uint32_t e = strict ? EXPR_NEVER : zeros(x, 0);
    for (int i = d->n_part; i-- > 0;) {
        uint32_t less = expr_cat(x, digit_range(x, '0', (char)(d->part[i] - 1)), any_digits(x));
        e = expr_alt(x, less, expr_cat(x, digit_range(x, d->part[i], d->part[i]), e));
        if (i > 0) e = expr_alt(x, EXPR_EMPTY, e); /* fewer digits are less: the last of d is not 0 */
    }
    return expr_optional(x, expr_cat(x, expr_str(x, "."), e));
}

/* Numbers without sign whose size is at least d, or at most. */
static uint32_t size_least(exprs *x, const decimal *d, bool strict) {
    uint32_t longer = expr_cat(x, digit_range(x, '1', '9'), digits_of(x, d->n_whole, DIGITS_MOST - 1));
    uint32_t e = part_least(x, d, strict);
    if (!d->n_whole) e = expr_cat(x, expr_str(x, "0"), e);
    for (int i = d->n_whole; i-- > 0;) {
        uint32_t rest = expr_cat(x, digits_of(x, d->n_whole - 1 - i, d->n_whole - 1 - i), any_part(x));
        uint32_t more = expr_cat(x, digit_range(x, (char)(d->whole[i] + 1), '9'), rest);
        e = expr_alt(x, more, expr_cat(x, digit_range(x, d->whole[i], d->whole[i]), e));
    }
    return expr_alt(x, expr_cat(x, longer, any_part(x)), e);
}

static uint32_t size_most(exprs *x, const decimal *d, bool strict) {
    uint32_t e = part_most(x, d, strict), shorter = EXPR_NEVER;
    if (!d->n_whole) return expr_cat(x, expr_str(x, "0"), e);
    for (int i = d->n_whole; i-- > 0;) {
        uint32_t rest = expr_cat(x, digits_of(x, d->n_whole - 1 - i, d->n_whole - 1 - i), any_part(x));
        uint32_t less = expr_cat(x, digit_range(x, i ? '0' : '1', (char)(d->whole[i] - 1)), rest);
        e = expr_alt(x, less, expr_cat(x, digit_range(x, d->whole[i], d->whole[i]), e));
    }
    if (d->n_whole > 1) shorter = expr_cat(x, digit_range(x, '1', '9'), digits_of(x, 0, d->n_whole - 2));
    shorter = expr_alt(x, shorter, expr_str(x, "0"));
    return expr_alt(x, expr_cat(x, shorter, any_part(x)), e);
}

static uint32_t any_size(exprs *x) {
    uint32_t whole = expr_cat(x, digit_range(x, '1', '9'), any_digits(x));
    return expr_cat(x, expr_alt(x, expr_str(x, "0"), whole), any_part(x));
}

static uint32_t negative(exprs *x, uint32_t size) { return expr_cat(x, expr_str(x, "-"), size); }

/* Numbers on one side of d. */
static uint32_t beyond(exprs *x, const decimal *d, bool least, bool strict) {
    bool zero = !d->n_whole && !d->n_part;
    if (least) {
        if (!d->negative && !zero) return size_least(x, d, strict);
        uint32_t above = zero && strict ? size_least(x, d, true) : any_size(x);
        return zero ? above : expr_alt(x, above, negative(x, size_most(x, d, strict)));
    }
    if (d->negative) return negative(x, size_least(x, d, strict));
    uint32_t below = negative(x, zero && strict ? size_least(x, d, true) : any_size(x));
    return zero && strict ? below : expr_alt(x, below, size_most(x, d, strict));
}

/* ---- Constraints ---- */

typedef struct numbers {
    schema *s;
    const json *node; /* at which the last constraint stands */
    dfa d;
} numbers;

static int narrow(numbers *n, const char *keyword, dfa *with, bool minus) {
    dfa both = {0};
    int rc = dfa_product(&both, &n->d, with, minus, &n->s->t->work, keyword, n->s->e);
    dfa_clear(with);
    if (rc) {
        dfa_clear(&both);
        return rc;
    }
    dfa_clear(&n->d);
    n->d = both;
    return OK;
}

static const struct bound {
    const char *keyword;
    bool least, strict;
} bounds[] = {{"minimum", true, false},
              {"exclusiveMinimum", true, true},
              {"maximum", false, false},
              {"exclusiveMaximum", false, true}};

static int need_number(const schema *s, const json *node, const char *keyword, const json **out) {
    *out = json_get(node, keyword);
    if (!*out || (*out)->type == JSON_NUMBER) return OK;
    return schema_fail(s, ERR_ARGUMENT, node, keyword, "a number is needed");
}

/* A bound beyond all numbers that are written is none, or leaves nothing. */
static int add_bound(numbers *n, const struct bound *b) {
    const json *v;
    decimal d;
    dfa with = {0};
    exprs *x = &n->s->t->x;
    int rc = need_number(n->s, n->node, b->keyword, &v);
    if (!rc && v) rc = decimal_of(n->s, v->number, &d);
    if (rc || !v) return rc;
    uint32_t e;
    if (d.n_whole > DIGITS_MOST && b->least == d.negative) return OK;
    if (d.n_whole > DIGITS_MOST) e = EXPR_NEVER;
    else e = beyond(x, &d, b->least, b->strict);
    rc = dfa_expr(&with, x, e, b->keyword, n->s->e);
    if (!rc) rc = narrow(n, b->keyword, &with, false);
    dfa_clear(&with);
    return rc;
}

/* Multiples of m / 10^places: the remainder is carried from digit to digit. Blocks of m states: before the point,
 * behind it, and after each of `places` digits; nothing but zeros may follow. */
static void put_multiples(nfa *a, uint32_t m, uint32_t places, uint32_t from, uint32_t to) {
    uint32_t first = a->n, n_blocks = places ? places + 2 : 1;
    for (uint32_t i = 0; i < m * n_blocks; i++) nfa_state(a);
    uint32_t point = nfa_state(a), rest_zeros = nfa_state(a);
    nfa_byte(a, from, '-', first);
    nfa_skip(a, from, first);
    nfa_byte(a, point, '0', rest_zeros);
    nfa_byte(a, rest_zeros, '0', rest_zeros);
    nfa_skip(a, rest_zeros, to);
    for (uint32_t block = 0; block < n_blocks && !a->bad; block++) {
        uint32_t missing = block ? places + 1 - block : places; /* digits that are not written, zeros */
        for (uint32_t r = 0; r < m; r++) {
            uint32_t at = first + block * m + r, rest = r;
            for (uint32_t i = 0; i < missing; i++) rest = rest * 10 % m;
            if (rest == 0) nfa_skip(a, at, to);
            if (r == 0 && !places) nfa_byte(a, at, '.', point);
            if (r == 0 && block && missing == 0) nfa_byte(a, at, '0', rest_zeros);
            if (block == 0 && places) nfa_byte(a, at, '.', first + m + r);
            if (block && missing == 0) continue;
            uint32_t next = first + (block ? block + 1 : 0) * m;
            for (uint32_t digit = 0; digit < 10; digit++)
                nfa_byte(a, at, (uint8_t)('0' + digit), next + (r * 10 + digit) % m);
        }
    }
}

/* minus: what is no multiple. */
static int add_multiple(numbers *n, const char *keyword, bool minus) {
    const json *v;
    decimal d;
    int rc = need_number(n->s, n->node, keyword, &v);
    if (!rc && v && !(v->number > 0))
        rc = schema_fail(n->s, ERR_ARGUMENT, n->node, "multipleOf", "a number above 0 is needed");
    if (!rc && v) rc = decimal_of(n->s, v->number, &d);
    if (rc || !v) return rc;
    uint64_t m = 0, places = (uint64_t)d.n_part;
    for (int i = 0; i < d.n_whole + d.n_part && m <= MULTIPLE_MOST; i++)
        m = m * 10 + (uint64_t)((i < d.n_whole ? d.whole[i] : d.part[i - d.n_whole]) - '0');
    if (m * (places + 2) > MULTIPLE_MOST)
        return schema_fail(n->s, ERR_UNSUPPORTED, n->node, "multipleOf",
                           "not supported for a number of that many digits");
    nfa a = nfa_of(&n->s->t->x, NULL);
    dfa with = {0};
    uint32_t from = nfa_state(&a), to = nfa_state(&a);
    put_multiples(&a, (uint32_t)m, (uint32_t)places, from, to);
    rc = dfa_make(&with, &a, from, to, "multipleOf", n->s->e);
    if (!rc) rc = narrow(n, "multipleOf", &with, minus);
    nfa_clear(&a);
    dfa_clear(&with);
    return rc;
}

/* Digits before the point of the largest bound; -1 where there is neither a bound nor a multiple. */
static int bound_digits(const schema *s, const conj *c, int *out) {
    int rc = OK;
    *out = -1;
    for (uint32_t i = 0; i < c->n && !rc; i++) {
        const json *node = c->part[i].node, *v;
        if (json_get(node, "multipleOf") && *out < 0) *out = 0;
        for (size_t b = 0; b < sizeof bounds / sizeof *bounds && !rc; b++) {
            decimal d = {.n_whole = 0};
            rc = need_number(s, node, bounds[b].keyword, &v);
            if (!rc && v) rc = decimal_of(s, v->number, &d);
            if (!rc && v && *out < 0) *out = 0;
            if (!rc && v && d.n_whole <= DIGITS_MOST && d.n_whole > *out) *out = d.n_whole;
        }
    }
    return rc;
}

/* So few digits that what a number is not is so for doubles, too. */
static uint32_t short_numbers(exprs *x, unsigned types) {
    uint32_t whole = expr_alt(x, expr_str(x, "0"), expr_cat(x, digit_range(x, '1', '9'), digits_of(x, 0, 7)));
    uint32_t e = expr_cat(x, expr_optional(x, expr_str(x, "-")), whole);
    uint32_t part = expr_cat(x, digits_of(x, 0, 2), digit_range(x, types & TYPE_INTEGER ? '0' : '1', '9'));
    if (!(types & TYPE_FRACTION)) return e;
    part = expr_cat(x, expr_str(x, "."), part);
    return expr_cat(x, e, types & TYPE_INTEGER ? expr_optional(x, part) : part);
}

/* Whether what it is not says which numbers these are. */
static bool negated(const conj *c, unsigned types) {
    bool any = !(types & TYPE_INTEGER);
    for (uint32_t i = 0; i < c->n; i++) any = any || json_get(c->part[i].node, "\1multipleOf");
    return any;
}

/* Every number that is written: without bounds with an exponent too. With them so few digits that two of them that
 * differ are two doubles, near the bounds where that matters. */
static uint32_t all_numbers(exprs *x, unsigned types, int bounded) {
    int part = bounded < 0 ? DIGITS_MOST : DIGITS_MOST - bounded;
    uint32_t whole = expr_cat(x, digit_range(x, '1', '9'), digits_of(x, 0, DIGITS_MOST - 1));
    uint32_t e = expr_cat(x, expr_optional(x, expr_str(x, "-")), expr_alt(x, expr_str(x, "0"), whole));
    if (!(types & TYPE_FRACTION)) return e;
    if (part > 0) e = expr_cat(x, e, expr_optional(x, expr_cat(x, expr_str(x, "."), digits_of(x, 1, part))));
    if (bounded >= 0) return e;
    uint32_t letter = expr_class(x, (range[]){{'e', 'e'}, {'E', 'E'}}, 2, false, false);
    uint32_t sign = expr_optional(x, expr_class(x, (range[]){{'-', '-'}, {'+', '+'}}, 2, false, false));
    return expr_cat(x, e, expr_optional(x, expr_cat(x, letter, expr_cat(x, sign, digits_of(x, 1, 2)))));
}

int schema_numbers(schema *s, const conj *c, unsigned types, nfa *a, uint32_t from, uint32_t to) {
    numbers n = {.s = s};
    int bounded;
    exprs *x = &s->t->x;
    int rc = bound_digits(s, c, &bounded);
    uint32_t all = negated(c, types) ? short_numbers(x, types) : all_numbers(x, types, bounded);
    if (!rc) rc = dfa_expr(&n.d, x, all, "number", s->e);
    for (uint32_t i = 0; i < c->n && !rc; i++) {
        n.node = c->part[i].node;
        for (size_t b = 0; b < sizeof bounds / sizeof *bounds && !rc; b++) rc = add_bound(&n, &bounds[b]);
        if (!rc) rc = add_multiple(&n, "multipleOf", false);
        if (!rc) rc = add_multiple(&n, "\1multipleOf", true);
    }
    if (!rc) nfa_dfa(a, &n.d, from, to);
    dfa_clear(&n.d);
    return rc;
}
