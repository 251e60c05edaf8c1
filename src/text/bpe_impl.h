/* Byte-pair merging: Sennrich et al. 2016, the ranked merges of GPT-2. */
#ifndef TEXT_BPE_IMPL_H
#define TEXT_BPE_IMPL_H

#include "text/tokenizer.h"

/* What two neighbouring tokens become, and how early. */
typedef struct merge {
    uint64_t pair; /* left id << 32 | right id */
    uint32_t rank, id;
} merge;

/* All merges in a hash table, open addressing. */
typedef struct merges {
    merge *slot;   /* [mask + 1]; rank MERGE_NONE marks a free one */
    uint32_t mask;
    uint64_t seed;
} merges;
enum { MERGE_NONE = 0xffffffff };

int merges_init(merges *m, size_t n, uint64_t seed, err *e);
void merges_clear(merges *m);
/* The first rank given for a pair stays. There must be room (n of merges_init()). */
void merges_put(merges *m, int32_t left, int32_t right, uint32_t rank, int32_t id);
const merge *merges_get(const merges *m, int32_t left, int32_t right); /* NULL where they do not merge */

/* Storage of a merging, kept from word to word. Start from (bpe){0}. */
typedef struct bpe {
    struct symbol *symbol;
    struct candidate *heap;
    size_t cap_symbols, n_heap; /* the heap holds 3 * cap_symbols */
} bpe;
void bpe_clear(bpe *b);
/* Replaces id[0..n) by what they merge to; the new count in *n. O(n log n): lowest rank first, leftmost among equals. */
int bpe_merge(bpe *b, const merges *m, int32_t *id, size_t *n, err *e);

#endif
