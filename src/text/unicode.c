/* Classes of code points by binary search, and canonical composition.
 *
 * NFC works on segments. A code point without a mark in unicode_marks is safe: NFC leaves it alone, and nothing before
 * it composes with it. So text is copied from safe one to safe one, and only the runs between, each with the safe code
 * point that it follows, are decomposed, sorted by combining class and composed again. */
#include "text/unicode_impl.h"

#include "base/mem.h"
#include "base/utf8.h"

/* The last entry of a table of (first code point << 8 | value) that begins at c or before; all tables begin early
 * enough. */
static uint32_t range_of(const uint32_t *table, uint32_t n, uint32_t c) {
    uint32_t lo = 0, hi = n;
    while (hi - lo > 1) {
        uint32_t mid = (lo + hi) / 2;
        if (table[mid] >> 8 <= c) lo = mid;
        else hi = mid;
    }
    return table[lo];
}

enum unicode_class unicode_class_of(uint32_t c) {
    if (c < 128) return (enum unicode_class)unicode_ascii[c];
    uint32_t kind = range_of(unicode_ranges, unicode_ranges_n, c) & 0xff;
    if (kind >= UNICODE_CLASSES) return (c & 1) == (kind == UNICODE_PAIRS_ODD) ? UNICODE_LU : UNICODE_LL;
    return (enum unicode_class)kind;
}

/* ---- Composition ---- */

enum {
    MARK_UNSAFE = 255, /* not a mark, and yet not safe */
    FIRST_UNSAFE = 0x300,
    HANGUL = 0xac00,
    L_BASE = 0x1100,
    V_BASE = 0x1161,
    T_BASE = 0x11a7,
    N_L = 19,
    N_V = 21,
    N_T = 28,
};

static uint32_t mark_of(uint32_t c) {
    return c < FIRST_UNSAFE ? 0 : range_of(unicode_marks, unicode_marks_n, c) & 0xff;
}

static uint32_t combining(uint32_t c) {
    uint32_t m = mark_of(c);
    return m == MARK_UNSAFE ? 0 : m;
}

size_t unicode_nfc_safe(bytes s) {
    size_t i = 0, last = 0, used;
    for (; i < s.len; i += used) {
        uint32_t c = s.ptr[i];
        if (c < 0x80) {
            used = 1;
        } else {
            c = utf8_decode(bytes_of(s.ptr + i, s.len - i), &used);
            if (mark_of(c)) return last;
        }
        last = i;
    }
    return i;
}

/* A segment while it is worked on. */
typedef struct segment {
    uint32_t *at, *spare; /* [cap], code points */
    size_t n, cap;
    buf *out;
} segment;

static void add(segment *g, uint32_t c) {
    if (g->n == g->cap) {
        size_t cap = g->cap ? g->cap * 2 : 64;
        uint32_t *at = mem_grow(g->at, cap * sizeof *at);
        if (at) g->at = at;
        uint32_t *spare = at ? mem_grow(g->spare, cap * sizeof *spare) : NULL;
        if (spare) g->spare = spare;
        else g->out->bad = ERR_MEMORY;
        if (!spare) return;
        g->cap = cap;
    }
    g->at[g->n++] = c;
}

/* The entry that decomposes c, 0 where none does. */
static uint64_t map_of(uint32_t c) {
    uint32_t lo = 0, hi = unicode_maps_n;
    while (hi - lo > 1) {
        uint32_t mid = (lo + hi) / 2;
        if (unicode_maps[mid] >> 42 <= c) lo = mid;
        else hi = mid;
    }
    return unicode_maps[lo] >> 42 == c ? unicode_maps[lo] : 0;
}

/* Only first parts decompose further, so their seconds wait in a row: no decomposition is longer than four. */
static void add_decomposed(segment *g, uint32_t c) {
    uint32_t seconds[8];
    int n = 0;
    if (c - HANGUL < N_L * N_V * N_T) {
        uint32_t i = c - HANGUL;
        add(g, L_BASE + i / (N_V * N_T));
        add(g, V_BASE + i / N_T % N_V);
        if (i % N_T) add(g, T_BASE + i % N_T);
        return;
    }
    for (uint64_t m = map_of(c); m && n < 8; m = map_of(c)) {
        uint32_t second = m & 0x1fffff;
        c = m >> 21 & 0x1fffff;
        if (second) seconds[n++] = second;
    }
    add(g, c);
    while (n) add(g, seconds[--n]);
}

/* Sorts the marks at[from..to) by class, equal ones in their order: a counting sort, since a hostile run can be long.
 */
static void sort_marks(segment *g, size_t from, size_t to) {
    size_t place[256] = {0}, sum = 0;
    for (size_t i = from; i < to; i++) place[combining(g->at[i])]++;
    for (int k = 0; k < 256; k++) {
        size_t n = place[k];
        place[k] = sum;
        sum += n;
    }
    for (size_t i = from; i < to; i++) g->spare[place[combining(g->at[i])]++] = g->at[i];
    memcpy(g->at + from, g->spare, (to - from) * sizeof *g->at);
}

static void order(segment *g) {
    for (size_t i = 0; i < g->n;) {
        uint32_t before = combining(g->at[i]);
        bool sorted = true;
        size_t from = i++;
        if (!before) continue;
        for (uint32_t k; i < g->n && (k = combining(g->at[i])) != 0; i++, before = k) sorted = sorted && before <= k;
        if (!sorted) sort_marks(g, from, i);
    }
}

/* What a and b compose to, 0 for nothing. */
static uint32_t compose_pair(uint32_t a, uint32_t b) {
    if (a - L_BASE < N_L && b - V_BASE < N_V) return HANGUL + ((a - L_BASE) * N_V + (b - V_BASE)) * N_T;
    if (a - HANGUL < N_L * N_V * N_T && (a - HANGUL) % N_T == 0 && b - T_BASE - 1 < N_T - 1) return a + (b - T_BASE);
    uint64_t parts = (uint64_t)a << 21 | b, mask = (UINT64_C(1) << 42) - 1;
    uint32_t lo = 0, hi = unicode_wholes_n;
    while (hi - lo > 1) {
        uint32_t mid = (lo + hi) / 2;
        if ((unicode_maps[unicode_wholes[mid]] & mask) <= parts) lo = mid;
        else hi = mid;
    }
    uint64_t m = unicode_maps[unicode_wholes[lo]];
    return (m & mask) == parts ? (uint32_t)(m >> 42) : 0;
}

static void compose(segment *g) {
    size_t starter = SIZE_MAX, to = 0;
    uint32_t before = 0; /* class of what was last kept after the starter */
    for (size_t i = 0; i < g->n; i++) {
        uint32_t c = g->at[i], k = combining(c), whole = 0;
        bool adjacent = starter != SIZE_MAX && to == starter + 1;
        if (starter != SIZE_MAX && (adjacent || before < k)) whole = compose_pair(g->at[starter], c);
        if (whole) {
            g->at[starter] = whole;
            continue;
        }
        if (!k) starter = to;
        before = k;
        g->at[to++] = c;
    }
    g->n = to;
}

static void put_segment(segment *g, bytes s) {
    uint8_t utf8[4];
    g->n = 0;
    for (size_t i = 0, used; i < s.len && !g->out->bad; i += used)
        add_decomposed(g, utf8_decode(bytes_of(s.ptr + i, s.len - i), &used));
    if (g->out->bad) return;
    order(g);
    compose(g);
    for (size_t i = 0; i < g->n; i++) buf_put(g->out, utf8, utf8_encode(utf8, g->at[i]));
}

/* Bytes from the beginning of s to the first safe code point after `from`; ill-formed bytes are safe. */
static size_t segment_bytes(bytes s, size_t from) {
    size_t used;
    while (from < s.len && mark_of(utf8_decode(bytes_of(s.ptr + from, s.len - from), &used))) from += used;
    return from;
}

void unicode_nfc(buf *out, bytes s) {
    segment g = {.out = out};
    while (s.len && !out->bad) {
        size_t n = unicode_nfc_safe(s), first;
        /* The last safe one begins a segment, unless it was not UTF-8: such bytes stay as they are. */
        if (n < s.len && utf8_decode(bytes_of(s.ptr + n, s.len - n), &first) == 0xfffd) n += first;
        buf_put(out, s.ptr, n);
        s = bytes_of(s.ptr + n, s.len - n);
        if (!s.len) break;
        utf8_decode(s, &first);
        n = segment_bytes(s, first);
        put_segment(&g, bytes_of(s.ptr, n));
        s = bytes_of(s.ptr + n, s.len - n);
    }
    mem_free(g.at);
    mem_free(g.spare);
}
