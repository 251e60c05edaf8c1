/* Functions: range, namespace, dict, and the two that transformers adds, raise_exception and strftime_now. */
#include <math.h>

#include "text/template_impl.h"

static tpl_value fn_range(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    bool one = !tpl_given(a[2]);
    int64_t start = one ? 0 : tpl_int_arg(r, a[1], 0), stop = tpl_int_arg(r, one ? a[1] : a[2], 0),
            step = tpl_int_arg(r, a[3], 1);
    if (!step) tpl_fail(r, ERR_ARGUMENT, "range: the step is 0");
    bool some = step > 0 ? start < stop : start > stop;
    uint64_t span = !some ? 0 : step > 0 ? (uint64_t)stop - (uint64_t)start : (uint64_t)start - (uint64_t)stop;
    uint64_t stride = step > 0 ? (uint64_t)step : 0 - (uint64_t)step;
    if (r->rc) return tpl_undefined();
    uint64_t n = span / stride + (span % stride != 0);
    if (!tpl_cost(r, n > SIZE_MAX / 64 ? SIZE_MAX / 64 : (size_t)n)) return tpl_undefined();
    tpl_list *l = tpl_list_new(r, (size_t)n, TPL_RANGE);
    for (size_t i = 0; i < l->n; i++) l->at[i] = tpl_int((int64_t)((uint64_t)start + (uint64_t)step * i));
    return tpl_of_list(l);
}

static void put_mapping(tpl_run *r, tpl_dict *d, tpl_value from) {
    if (from.type != TPL_DICT) {
        tpl_fail(r, ERR_UNSUPPORTED, "making a mapping of a %s is not supported", tpl_type_name(from));
        return;
    }
    for (size_t i = 0; i < from.dict->n && tpl_cost(r, 1); i++)
        tpl_dict_put(r, d, from.dict->at[i].key, from.dict->at[i].value);
}

/* dict(mapping, name=value, ...) */
static tpl_value fn_dict(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)a;
    tpl_dict *d = tpl_get(r, 1, sizeof *d);
    if (args->n_plain > 1) tpl_fail(r, ERR_ARGUMENT, "one mapping at most, then names");
    if (args->n_plain == 1 && !r->rc) put_mapping(r, d, args->at[0]);
    for (size_t i = args->n_plain; i < args->n && !r->rc; i++)
        tpl_dict_put(r, d, tpl_string(args->names[i]), args->at[i]);
    return d ? tpl_of_dict(d) : tpl_undefined();
}

static tpl_value fn_namespace(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    tpl_value v = fn_dict(r, a, args);
    if (v.type == TPL_DICT) v.type = TPL_SPACE;
    return v;
}

static tpl_value fn_raise_exception(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    bytes s = tpl_str(r, a[1]);
    if (!r->rc)
        r->rc =
            fail(r->e, ERR_ARGUMENT, "%.*s", (int)(s.len < ERR_TEXT_MAX ? s.len : ERR_TEXT_MAX), (const char *)s.ptr);
    return tpl_undefined();
}

struct civil {
    int64_t year;
    int month, day, weekday, yearday, hour, minute, second; /* month and day from 1, weekday from Sunday = 0 */
};

/* UTC, in the Gregorian calendar (H. Hinnant, "chrono-compatible low-level date algorithms"). */
static struct civil civil_time(double now) {
    struct civil c;
    if (!(fabs(now) < 1e14)) now = 0;
    int64_t t = (int64_t)floor(now), days = t / 86400, rest = t % 86400;
    if (rest < 0) rest += 86400, days--;
    c.hour = (int)(rest / 3600), c.minute = (int)(rest / 60 % 60), c.second = (int)(rest % 60);
    c.weekday = (int)(((days + 4) % 7 + 7) % 7);
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365, doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    c.day = (int)(doy - (153 * mp + 2) / 5 + 1);
    c.month = (int)(mp < 10 ? mp + 3 : mp - 9);
    c.year = yoe + era * 400 + (c.month <= 2);
    bool leap = (c.year % 4 == 0 && c.year % 100 != 0) || c.year % 400 == 0;
    c.yearday = (int)(doy + (c.month <= 2 ? -305 : 60 + leap)); /* doy counts from 1 March */
    return c;
}

/* The directives that are a number: its digits where it is padded, and what with. */
static bool put_number(buf *b, int c, bool pad, const struct civil *t) {
    const struct {
        char name, fill;
        int digits;
        int64_t value;
    } numbers[] = {
        {'Y', '0', 1, t->year},    {'y', '0', 2, t->year % 100}, {'m', '0', 2, t->month},
        {'d', '0', 2, t->day},     {'e', ' ', 2, t->day},        {'H', '0', 2, t->hour},
        {'M', '0', 2, t->minute},  {'S', '0', 2, t->second},     {'I', '0', 2, t->hour % 12 ? t->hour % 12 : 12},
        {'j', '0', 3, t->yearday}, {'w', '0', 1, t->weekday}};
    size_t i = 0, n = sizeof numbers / sizeof *numbers;
    while (i < n && numbers[i].name != c) i++;
    if (i == n) return false;
    for (int64_t d = 2, limit = 10; pad && d <= numbers[i].digits; d++, limit *= 10)
        if (numbers[i].value < limit) buf_byte(b, (uint8_t)numbers[i].fill);
    buf_printf(b, "%d", (int)numbers[i].value);
    return true;
}

/* One directive; `pad` is off after %-. */
static void put_time(tpl_run *r, buf *b, int c, bool pad, const struct civil *t) {
    static const char *const days[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
    static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                         "July",    "August",   "September", "October", "November", "December"};
    static const struct {
        char name;
        const char *parts; /* a directive and what follows it, in turn */
    } several[] = {{'F', "Y-m-d"}, {'T', "H:M:S"}, {'R', "H:M"}, {'D', "m/d/y"}};
    if (put_number(b, c, pad, t)) return;
    for (size_t i = 0; i < sizeof several / sizeof *several; i++)
        for (const char *p = several[i].parts; several[i].name == c; p += 2) {
            put_number(b, p[0], true, t);
            if (!p[1]) return;
            buf_byte(b, (uint8_t)p[1]);
        }
    if (c == 'A') buf_str(b, days[t->weekday]);
    else if (c == 'a') buf_put(b, days[t->weekday], 3);
    else if (c == 'B') buf_str(b, months[t->month - 1]);
    else if (c == 'b' || c == 'h') buf_put(b, months[t->month - 1], 3);
    else if (c == 'p') buf_str(b, t->hour < 12 ? "AM" : "PM");
    else if (c == '%') buf_byte(b, '%');
    else if (c != 'Z' && c != 'z') /* a time without a zone, as datetime.now() is */
        tpl_fail(r, ERR_UNSUPPORTED, "strftime_now: %%%c is not supported", c);
}

static tpl_value fn_strftime_now(tpl_run *r, const tpl_value *a, const tpl_args *args) {
    (void)args;
    bytes s = tpl_str(r, a[1]);
    struct civil t = civil_time(r->now);
    buf b = tpl_buf(r);
    for (size_t i = 0; i < s.len && tpl_cost(r, 1); i++) {
        if (s.ptr[i] != '%' || i + 1 == s.len) {
            buf_byte(&b, s.ptr[i]);
            continue;
        }
        bool pad = s.ptr[i + 1] != '-' || i + 2 == s.len;
        i += pad ? 1 : 2;
        put_time(r, &b, s.ptr[i], pad, &t);
    }
    return tpl_string(tpl_take(r, &b));
}

static const tpl_builtin globals[] = {
    {"range", "start stop step", 1, fn_range},
    {"namespace", "*", 0, fn_namespace},
    {"dict", "*", 0, fn_dict},
    {"raise_exception", "message", 1, fn_raise_exception},
    {"strftime_now", "format", 1, fn_strftime_now},
    {0},
};

const tpl_builtin *tpl_global_find(bytes name) {
    return tpl_builtin_find((const tpl_builtin *const[]){globals, NULL}, name);
}
