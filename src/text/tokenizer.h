/* Text to token ids and back, from a GGUF file's tokenizer.ggml.* metadata. Byte-level BPE (tokenizer.ggml.model
 * "gpt2") with the pre-tokenizer that tokenizer.ggml.pre names: a row of the table in pretok.c ("default" where
 * absent). */
#ifndef TEXT_TOKENIZER_H
#define TEXT_TOKENIZER_H

#include "base/buf.h"
#include "tensor/gguf.h"

typedef struct tokenizer tokenizer;
enum { TOK_NONE = -1 };

/* A byte that is never part of UTF-8. Where special tokens are read, tok_encode() drops it from the text, but it keeps
 * the characters around it from being read as one special token, and two in a row keep any from beginning right behind
 * them: what a user types must not become a control token (see tok_shield). */
enum { TOK_SHIELD = 0xff };

/* Ids that the metadata names, checked against the vocabulary; TOK_NONE where absent. */
typedef struct tok_special {
    int bos, eos, eot, unk, pad;
    bool add_bos, add_eos, add_space_prefix;
} tok_special;

/* Opens the tokenizer that `g` describes; `g` and its head are borrowed and must outlive it.
 * ERR_UNSUPPORTED names an unknown model or pre-tokenizer, ERR_CORRUPT the key at fault. Pair: tok_close(). */
int tok_open(tokenizer **out, const gguf *g, err *e);
void tok_close(tokenizer *t);

int tok_count(const tokenizer *t);
const tok_special *tok_specials(const tokenizer *t);
/* True for every token that ends a turn: eos, eot and the control tokens known to do so (<|im_end|>, <|eot_id|>,
 * <end_of_turn> ...). */
bool tok_is_end(const tokenizer *t, int id);
bool tok_is_control(const tokenizer *t, int id); /* type 3 (control): never shown as text */

/* A growing array of ids, owned by the caller: start from (ids){0}, pair ids_clear(). */
typedef struct ids {
    int32_t *id;
    size_t n, cap;
} ids;
void ids_clear(ids *a);
int ids_add(ids *a, int32_t id, err *e);

/* Appends the ids of `text` to *out. Text that is not UTF-8 is encoded byte for byte, so decoding gives the same bytes
 * back (unless the vocabulary has no token for a byte, as SmolLM2's has none for 21: such bytes are left out, as in
 * transformers; and where the model's tokenizer works on NFC, the text in NFC comes back). `specials`: the texts of
 * control (type 3) and user-defined tokens become those tokens; without it only user-defined (type 4) ones do. No BOS
 * or EOS is added in either case. O(n log n); no recursion. On failure *out is as before. Errors: ERR_MEMORY,
 * ERR_TOO_LONG (2^30 bytes or more). */
int tok_encode(const tokenizer *t, bytes text, bool specials, ids *out, err *e);

/* Appends the bytes of one token (perhaps part of a code point). Control tokens give their text only if `specials`.
 * Ids out of range give nothing. */
void tok_decode(const tokenizer *t, int id, bool specials, buf *out);
/* The token's text as it stands in the vocabulary (byte-level BPE: mapped characters); borrowed. */
bytes tok_piece(const tokenizer *t, int id);
int tok_find(const tokenizer *t, bytes piece); /* TOK_NONE where absent */

/* Appends `text` to *out with a TOK_SHIELD inside every occurrence of a control token's text (two before it, where that
 * is one character), and inside the beginning of one at the end of the text; ill-formed UTF-8 becomes U+FFFD on the
 * way. So tok_encode(specials = true) of the result, wherever it is put, never yields a control token for it. */
void tok_shield(const tokenizer *t, bytes text, buf *out);

#endif
