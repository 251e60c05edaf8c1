/* For tests: a tokenizer with a pre-tokenizer of their choice. */
#ifndef TEXT_TOKENIZER_IMPL_H
#define TEXT_TOKENIZER_IMPL_H

#include "text/tokenizer.h"

/* tok_open() with `pre` in place of tokenizer.ggml.pre, unless it is NULL. */
int tok_open_as(tokenizer **out, const gguf *g, const char *pre, err *e);

#endif
