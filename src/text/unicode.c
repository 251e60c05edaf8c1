/* Unpacks the ranges of unicode_tables.h. */
#include "text/unicode_impl.h"

#include "base/mem.h"
#include "text/unicode_tables.h"

enum { CLASSES_LIMIT = 0x32400 }; /* above it lie no letters, numbers or spaces: planes 4 and up */

static void mark(classes *c, uint32_t from, uint32_t n, int class) {
    for (uint32_t i = from; i < from + n && i < c->limit; i++) c->bits[i / 4] |= (uint8_t)(class << (i % 4 * 2));
}

static uint32_t next_number(const uint8_t **p) {
    uint32_t v = 0;
    for (int shift = 0;; shift += 7) {
        uint8_t b = *(*p)++;
        v |= (uint32_t)(b & 127) << shift;
        if (b < 128) return v;
    }
}

static void mark_table(classes *c, const uint8_t *p, int n_ranges, int class) {
    uint32_t at = 0;
    for (int i = 0; i < n_ranges; i++) {
        uint32_t from = at + next_number(&p), n = next_number(&p);
        mark(c, from, n, class);
        at = from + n;
    }
}

int classes_init(classes *c, err *e) {
    static const uint16_t spaces[][2] = {{9, 5}, {0x20, 1}, {0x85, 1}, {0xa0, 1}, {0x1680, 1}, {0x2000, 11}, {0x2028, 2}, {0x202f, 1}, {0x205f, 1}, {0x3000, 1}};
    *c = (classes){.bits = mem_new(CLASSES_LIMIT / 4), .limit = CLASSES_LIMIT};
    if (!c->bits) return fail(e, ERR_MEMORY, "no memory for the tokenizer");
    mark_table(c, unicode_letter, UNICODE_LETTER_RANGES, CHAR_LETTER);
    mark_table(c, unicode_number, UNICODE_NUMBER_RANGES, CHAR_NUMBER);
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) mark(c, spaces[i][0], spaces[i][1], CHAR_SPACE);
    return OK;
}

void classes_clear(classes *c) {
    mem_free(c->bits);
    c->bits = NULL;
}
