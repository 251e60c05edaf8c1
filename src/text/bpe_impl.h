/* Byte pair encoding: the merges of a vocabulary, and how they turn bytes into tokens. */
#ifndef TEXT_BPE_IMPL_H
#define TEXT_BPE_IMPL_H

#include "text/tokenizer.h"
#include "text/vocab_impl.h"

typedef struct bpe_merge {
    uint32_t left, right; /* tokens */
    uint32_t rank;        /* lower ones go first; BPE_NONE: an empty slot */
    uint32_t whole;       /* the token they become */
} bpe_merge;
#define BPE_NONE UINT32_MAX

enum { BPE_CHARS = 324 }; /* bytes are written as characters 0x21..0x143 */

typedef struct bpe {
    bpe_merge *slots; /* [mask + 1] */
    uint32_t mask;
    uint64_t seed;
    uint32_t byte_id[256];           /* the token of a byte; BPE_NONE where the vocabulary has none */
    int16_t byte_of_char[BPE_CHARS]; /* the byte that a character of a token stands for; -1 for none */
    uint16_t char_of_byte[256];
} bpe;

/* Reads tokenizer.ggml.merges. A merge whose parts or whole are no tokens, or whose whole is a control token, is left
 * out; ERR_CORRUPT where that is most of them, or one has no blank. The caller's storage; pair, also after failure:
 * bpe_clear(). */
int bpe_init(bpe *b, const vocab *v, const gguf *g, err *e);
void bpe_clear(bpe *b);

/* What encoding needs for a while, kept between pieces: start from {0}. Pair: bpe_work_clear(). */
typedef struct bpe_work {
    struct bpe_symbol *symbols; /* [cap], a linked list by index */
    uint64_t *heap;             /* [heap_cap], pairs that can merge: rank << 32 | index of the left one; lowest first */
    size_t cap, heap_n, heap_cap;
} bpe_work;
void bpe_work_clear(bpe_work *w);

/* Appends the tokens of one piece (less than 2^30 bytes). Bytes without a token are left out, as tokenizers does. O(n
 * log n). */
int bpe_encode(const bpe *b, bpe_work *w, bytes piece, ids *out, err *e);
/* The token that is the whole piece, written in the vocabulary's characters; VOCAB_NONE where there is none. */
uint32_t bpe_whole(const bpe *b, const vocab *v, bytes piece);
/* Appends the bytes that a token's text stands for; the text itself where one of its characters stands for none. */
void bpe_decode(const bpe *b, bytes piece, buf *out);

#endif
