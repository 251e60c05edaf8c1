/* Output that cannot be invalid: a JSON Schema, a regular expression or a grammar in GBNF becomes one automaton over
 * bytes with a stack, and before each token a mask says which tokens it allows. Every state that can be reached can
 * also be left towards the end, with single-byte tokens if need be, so that an answer never gets stuck.
 *
 * What each language means here:
 *   JSON       texts that JSON.parse() reads: between tokens nothing, a blank, or a line break and at most 20 blanks;
 *              strings escape only what must be; numbers have at most 15 digits before and after the point.
 *   schema     draft 2020-12 (schema.c lists the keywords). Members come in the order in which they are declared.
 *   regex      ECMAScript with the u flag, without look-around and back-references, of \p only general categories; the
 *              whole text matches. Other flags are written into it, (?ims:...); i knows the letters up to U+00FF.
 *   grammar    llama.cpp's GBNF, from the rule "root"; without left recursion and token references.
 * The same source and the same vocabulary give the same masks on every build. */
#ifndef INFER_GRAMMAR_H
#define INFER_GRAMMAR_H

#include "base/json.h"
#include "text/tokenizer.h"

/* The texts of a vocabulary as a tree, made once a model. */
typedef struct vocab_trie vocab_trie;
/* n_vocab: logits of the model, at least the tokenizer's tokens. `t` is borrowed and must outlive it. O(n log n), for
 * 49,152 tokens some 15 ms. Pair: vocab_trie_close(). */
int vocab_trie_open(vocab_trie **out, const tokenizer *t, uint32_t n_vocab, err *e);
void vocab_trie_close(vocab_trie *v);

typedef struct grammar grammar;

/* Compiles OpenAI's response_format, or ours: {"type":"json_object"}, {"type":"json_schema","json_schema":{"schema"}},
 * {"type":"regex","regex"}, {"type":"grammar","grammar"}; *out is NULL for {"type":"text"}. `v` is borrowed and must
 * outlive it, `format` may go. Time and memory are bounded for any input: ERR_TOO_LONG where a stated limit is reached,
 * ERR_UNSUPPORTED names what is not built (keyword and place in a schema), ERR_ARGUMENT what is wrong. Pair:
 * grammar_close(). */
int grammar_open(grammar **out, const vocab_trie *v, const json *format, err *e);
void grammar_close(grammar *g);
/* Back to the beginning of a text; what was learned about states is kept. */
void grammar_reset(grammar *g);

/* The tokens that may come next: bit id % 32 of (*bits)[id / 32]. Those that end a turn are among them where the text
 * may end. Borrowed until the next call. ERR_TOO_LONG where the text so far can be read in too many ways at once. */
int grammar_mask(grammar *g, const uint32_t **bits, err *e);
/* Moves on by a token that the mask allows; ERR_ARGUMENT for another, which moves nothing. */
int grammar_accept(grammar *g, int32_t id, err *e);
/* Moves on by a text, for one that is there before the first token; ERR_ARGUMENT where it does not fit, which moves
 * nothing. */
int grammar_put(grammar *g, bytes text, err *e);
/* Whether the text is complete and nothing can follow. */
bool grammar_ended(const grammar *g);
/* How many of ids[n], from the first on, could come one after the other. Moves nothing. */
size_t grammar_allows(grammar *g, const int32_t *ids, size_t n);
/* Appends to *out the tokens that must come now since there is only one way to go on, at most GRAMMAR_FORCED_MAX: how
 * the tokenizer writes the only text possible (but its last token, which may be the beginning of a longer one), or the
 * one token that the mask allows. Moves nothing. */
enum { GRAMMAR_FORCED_MAX = 48 };
int grammar_forced(grammar *g, ids *out, err *e);

#endif
