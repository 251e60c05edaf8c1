/* Pre-tokenisation: text into the pieces that are merged by themselves. Published tokenizers give a regular expression for it; all of those here are
 * made of the same alternatives, so a row of flags describes each and one scanner runs them: no regex engine, no recursion. */
#ifndef TEXT_PRETOK_IMPL_H
#define TEXT_PRETOK_IMPL_H

#include "text/unicode_impl.h"

typedef struct pretok {
    const char *names;   /* values of tokenizer.ggml.pre, between spaces */
    bool digits_first;   /* \p{N} are pieces of their own before anything else looks at the text */
    int digits;          /* \p{N}{1,digits}; 0: " ?\p{N}+" */
    bool fold_case;      /* contractions in any case */
    bool any_prefix;     /* [^\r\n\p{L}\p{N}]?\p{L}+ in place of " ?\p{L}+" */
    bool newlines;       /* punctuation takes [\r\n]* along, and \s*[\r\n]+ is an alternative */
    bool whole_words;    /* a piece that is a token as it stands is not merged (ignore_merges) */
} pretok;

/* NULL where the name is not known. */
const pretok *pretok_find(bytes name);
/* The end of the piece that begins at `at` < text.len; pieces cover the text. Linear over the whole text. */
size_t pretok_next(const pretok *p, const classes *c, bytes text, size_t at);

#endif
