/* Special texts in a sorted list: a place in a text is compared byte by byte, and each byte narrows down what is left
 * of the list. Most places end at the first byte. */
#include "text/special_impl.h"

#include <stdlib.h>

#include "base/mem.h"

static int compare(const void *a, const void *b) {
    const special *x = a, *y = b;
    return bytes_order(bytes_of(x->text, x->len), bytes_of(y->text, y->len));
}

static bool is_wanted(const vocab *v, uint32_t id, unsigned types, uint8_t shield) {
    if (!(types >> v->type[id] & 1)) return false;
    bytes text = vocab_piece(v, id);
    return text.len && text.len <= SPECIAL_MAX && !memchr(text.ptr, shield, text.len);
}

int special_init(special_set *s, const vocab *v, unsigned types, uint8_t shield, err *e) {
    uint32_t n = 0;
    *s = (special_set){0};
    for (uint32_t id = 0; id < v->n; id++) n += is_wanted(v, id, types, shield);
    s->list = mem_array(n, sizeof *s->list);
    if (!s->list) return fail(e, ERR_MEMORY, "no memory for %u special tokens", (unsigned)n);
    for (uint32_t id = 0; id < v->n; id++) {
        if (!is_wanted(v, id, types, shield)) continue;
        bytes text = vocab_piece(v, id);
        s->list[s->n++] = (special){text.ptr, (uint32_t)text.len, id};
    }
    qsort(s->list, n, sizeof *s->list, compare);
    for (uint32_t i = 0; i < n; i++) s->first[s->list[i].text[0] + 1] = i + 1;
    for (int c = 0; c < 256; c++)
        if (s->first[c + 1] < s->first[c]) s->first[c + 1] = s->first[c];
    return OK;
}

void special_clear(special_set *s) {
    mem_free(s->list);
    s->list = NULL;
    s->n = 0;
}

/* The part lo..hi of the list that agrees with the text so far. */
typedef struct span {
    uint32_t lo, hi;
} span;

static span begin(const special_set *s, uint8_t c) { return (span){s->first[c], s->first[c + 1]}; }

/* The first of the span whose byte at `depth` is c or more; all agree up to there. */
static uint32_t lower(const special_set *s, span r, uint32_t depth, int c) {
    while (r.lo < r.hi) {
        uint32_t mid = r.lo + (r.hi - r.lo) / 2;
        const special *m = &s->list[mid];
        if ((m->len > depth ? m->text[depth] : -1) < c) r.lo = mid + 1;
        else r.hi = mid;
    }
    return r.lo;
}

static span narrow(const special_set *s, span r, uint32_t depth, uint8_t c) {
    uint32_t lo = lower(s, r, depth, c);
    return (span){lo, lower(s, (span){lo, r.hi}, depth, c + 1)};
}

uint32_t special_match(const special_set *s, bytes text, size_t *len) {
    uint32_t id = VOCAB_NONE, depth = 1;
    span r = text.len ? begin(s, text.ptr[0]) : (span){0, 0};
    for (; r.lo < r.hi; r = narrow(s, r, depth, text.ptr[depth]), depth++) {
        if (s->list[r.lo].len == depth) {
            id = s->list[r.lo].id;
            *len = depth;
        }
        if (depth == text.len) break;
    }
    return id;
}

size_t special_begins(const special_set *s, bytes text) {
    uint32_t depth = 1;
    span r = text.len ? begin(s, text.ptr[0]) : (span){0, 0};
    for (; r.lo < r.hi; r = narrow(s, r, depth, text.ptr[depth]), depth++) {
        if (s->list[r.lo].len == depth) return depth;
        if (depth == text.len) return text.len + 1;
    }
    return 0;
}
