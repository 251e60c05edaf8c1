/* Days from civil dates and back (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
#include "data/when.h"

#include <math.h>

enum { DAY_MS = 86400000 };

/* Days since 1970-01-01 of the proleptic Gregorian calendar. */
static int64_t days_of(int64_t y, int64_t m, int64_t d) {
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

/* The next n digits; -1 where they are none. */
static int64_t digits(bytes *s, size_t n) {
    int64_t v = 0;
    if (s->len < n) return -1;
    for (size_t i = 0; i < n; i++) {
        if (s->ptr[i] < '0' || s->ptr[i] > '9') return -1;
        v = v * 10 + (s->ptr[i] - '0');
    }
    *s = bytes_of(s->ptr + n, s->len - n);
    return v;
}

static bool skip(bytes *s, uint8_t c) {
    if (!s->len || *s->ptr != c) return false;
    *s = bytes_of(s->ptr + 1, s->len - 1);
    return true;
}

/* ".123456" in milliseconds; 0 where there is none. */
static int64_t fraction(bytes *s) {
    int64_t ms = 0, unit = 100;
    if (!skip(s, '.')) return 0;
    for (int64_t d; (d = digits(s, 1)) >= 0; unit /= 10) ms += d * unit;
    return ms;
}

/* "Z", "+02:00" or nothing, in minutes; false where something else is there. */
static bool offset(bytes *s, int64_t *minutes) {
    *minutes = 0;
    if (skip(s, 'Z') || !s->len) return !s->len;
    int64_t sign = skip(s, '-') ? -1 : skip(s, '+') ? 1 : 0, h = digits(s, 2);
    (void)skip(s, ':');
    int64_t m = digits(s, 2);
    *minutes = sign * (h * 60 + m);
    return sign && h >= 0 && h < 24 && m >= 0 && m < 60 && !s->len;
}

double when_of(bytes s) {
    static const uint8_t lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t minutes, y = digits(&s, 4), m = skip(&s, '-') ? digits(&s, 2) : -1, d = skip(&s, '-') ? digits(&s, 2) : -1;
    if (y < 1 || m < 1 || m > 12 || d < 1 || d > lengths[m - 1] || !(skip(&s, 'T') || skip(&s, ' '))) return NAN;
    int64_t h = digits(&s, 2), min = skip(&s, ':') ? digits(&s, 2) : -1, sec = skip(&s, ':') ? digits(&s, 2) : -1;
    if (h < 0 || h > 23 || min < 0 || min > 59 || sec < 0 || sec > 60) return NAN;
    int64_t ms = fraction(&s);
    if (!offset(&s, &minutes)) return NAN;
    return (double)(((days_of(y, m, d) * 24 + h) * 60 + min - minutes) * 60000 + sec * 1000 + ms);
}

void when_write(buf *out, double at) {
    if (!(at >= -62135596800000.0 && at < 253402300800000.0)) return buf_str(out, "null"); /* the years 1 to 9999 */
    int64_t ms = (int64_t)floor(at), day = ms >= 0 ? ms / DAY_MS : -((DAY_MS - 1 - ms) / DAY_MS), z = day + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365, doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153, d = doy - (153 * mp + 2) / 5 + 1, m = mp + (mp < 10 ? 3 : -9);
    int64_t y = yoe + era * 400 + (m <= 2), in = ms - day * DAY_MS;
    buf_printf(out, "\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\"", (int)y, (int)m, (int)d, (int)(in / 3600000),
               (int)(in / 60000 % 60), (int)(in / 1000 % 60), (int)(in % 1000));
}
