/* Pre-tokenizers: how a text is cut into the pieces inside which BPE merges. Each is a row of the table in pretok.c,
 * which says what the regular expressions of the model's tokenizer.json say. */
#ifndef TEXT_PRETOK_IMPL_H
#define TEXT_PRETOK_IMPL_H

#include "base/bytes.h"

enum { PRETOK_STAGES = 6 };

enum pretok_flag {
    PRETOK_NFC = 1,         /* text is brought to NFC first */
    PRETOK_WHOLE_FIRST = 2, /* a piece that is a token is that token, whatever the merges say ("ignore_merges") */
    PRETOK_BOS = 4,         /* add_bos where the metadata does not say */
};

typedef struct pretok pretok;

/* The row for a name of tokenizer.ggml.pre; NULL where it is unknown. */
const pretok *pretok_find(bytes name);
int pretok_flags(const pretok *p);

/* A walk over a text: start from (pretok_walk){.row = ..., .text = ...}. */
typedef struct pretok_walk {
    const pretok *row;
    bytes text;
    size_t pos;
    size_t end[PRETOK_STAGES]; /* of the current piece of each stage */
} pretok_walk;

/* The next piece; together the pieces are the text. False at its end. Linear over the whole walk. Ill-formed UTF-8 is
 * cut as if each maximal subpart were U+FFFD. */
bool pretok_next(pretok_walk *w, bytes *piece);

#endif
