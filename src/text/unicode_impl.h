/* Character classes that pre-tokenizers ask for. */
#ifndef TEXT_UNICODE_IMPL_H
#define TEXT_UNICODE_IMPL_H

#include "base/bytes.h"
#include "base/status.h"

enum { CHAR_OTHER, CHAR_LETTER, CHAR_NUMBER, CHAR_SPACE };

/* The class of every code point: a bitmap of two bits each for what the tables reach, made once for a tokenizer. */
typedef struct classes {
    uint8_t *bits; /* [limit / 4] */
    uint32_t limit;
} classes;

/* Pair: classes_clear(). */
int classes_init(classes *c, err *e);
void classes_clear(classes *c);

/* \p{L}, \p{N}, and \s as Unicode's White_Space: what the patterns of tokenizers mean. */
static inline int class_of(const classes *c, uint32_t code) {
    return code < c->limit ? c->bits[code / 4] >> (code % 4 * 2) & 3 : CHAR_OTHER;
}

#endif
