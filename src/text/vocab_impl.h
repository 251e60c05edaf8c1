/* The tokens of a vocabulary: their texts stay in the file's head, here is where they begin, what they are, and how to
 * find them by text. */
#ifndef TEXT_VOCAB_IMPL_H
#define TEXT_VOCAB_IMPL_H

#include "tensor/gguf.h"

enum { VOCAB_MAX = 1 << 21, VOCAB_PIECE_MAX = 65536 };

/* What tokenizer.ggml.token_type says (the format's numbers). */
enum token_type {
    TOKEN_UNDEFINED,
    TOKEN_NORMAL,
    TOKEN_UNKNOWN,
    TOKEN_CONTROL,
    TOKEN_USER,
    TOKEN_UNUSED,
    TOKEN_BYTE,
    TOKEN_TYPES
};

typedef struct vocab_slot {
    uint32_t hash, id; /* id VOCAB_NONE: empty */
} vocab_slot;
#define VOCAB_NONE UINT32_MAX

typedef struct vocab {
    bytes list; /* the array as the file holds it: each text after its length in 8 bytes */
    uint32_t n;
    uint32_t *at;      /* [n], where in list each text begins */
    uint8_t *type;     /* [n], enum token_type */
    vocab_slot *slots; /* [mask + 1] */
    uint32_t mask;
    uint64_t seed;
} vocab;

/* Reads tokenizer.ggml.tokens and token_type: 1..VOCAB_MAX texts of at most VOCAB_PIECE_MAX bytes, none twice (but the
 * empty one), as many types as texts. ERR_CORRUPT names key and token. The caller's storage; pair, also after failure:
 * vocab_clear(). */
int vocab_init(vocab *v, const gguf *g, err *e);
void vocab_clear(vocab *v);

bytes vocab_piece(const vocab *v, uint32_t id); /* id < n */
/* The id of a text, given in two parts (either may be empty); VOCAB_NONE where there is none. */
uint32_t vocab_find(const vocab *v, bytes a, bytes b);

#endif
