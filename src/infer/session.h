/* A conversation with a model: the tokens so far and their cache. A new prompt that begins like the last one computes
 * only what is new. */
#ifndef INFER_SESSION_H
#define INFER_SESSION_H

#include "base/buf.h"
#include "model/model.h"
#include "text/tokenizer.h"

typedef struct session session;

/* m and p are borrowed and must outlive it. context: tokens at most, prompt and answer together. Pair: session_close().
 */
int session_open(session **out, const model *m, pool *p, uint32_t context, err *e);
void session_close(session *s);

uint32_t session_context(const session *s);
uint32_t session_used(const session *s); /* tokens in the cache */

/* Sets the tokens that come next, from the beginning of the context. Those that the cache holds already are kept (but
 * the last one, whose logits are wanted); *n_cached (may be NULL) says how many. ERR_TOO_LONG where n > context,
 * ERR_ARGUMENT where n == 0. */
int session_feed(session *s, const int32_t *ids, size_t n, size_t *n_cached, err *e);
/* Tokens that are not computed yet. */
size_t session_left(const session *s);
/* Computes the next batch of them. What was computed stays when it fails. */
int session_step(session *s, err *e);
/* Appends one token: session_feed() and session_step() of the tokens so far and this one. ERR_TOO_LONG where the
 * context is full. */
int session_push(session *s, int32_t id, err *e);
/* The same for several tokens, computed together; n >= 1. */
int session_push_all(session *s, const int32_t *ids, size_t n, err *e);
/* Whether session_push() also computes guesses of the tokens to come (guess.h), for one that comes to be had at once;
 * off in the beginning. It changes no logit. */
void session_guess(session *s, bool on);
/* Guesses are made only as far as `allows` says: how many of n tokens could come one after the other, behind those that
 * were pushed. Until the next session_guess(); `of` is borrowed. */
typedef size_t session_allows(void *of, const int32_t *ids, size_t n);
void session_limit_guesses(session *s, session_allows *allows, void *of);
/* Logits [n_vocab] after the last token; only when nothing is left. Borrowed until the next call. */
int session_logits(session *s, const float **logits, err *e);
/* Adds the final states [n_embd] of the batch that session_step() computed last to sum[n_embd]. */
void session_add_states(const session *s, float *sum);
/* The last token's final state [n_embd]; only when nothing is left. Borrowed until the next call. */
int session_state(const session *s, const float **state, err *e);
/* Adds -log p(next) over the batch that session_step() computed last to *sum and their number to *n. */
int session_surprise(session *s, double *sum, size_t *n, err *e);
/* The tokens so far, computed or not, borrowed until the next call. */
const int32_t *session_tokens(const session *s, size_t *n);

/* ---- Saved pages: what was computed once, for a later session of the same model, elsewhere ----
 * A record has the keys and values of page `page`, that is of ATTEND_PAGE positions, and the ids of all tokens up to
 * its end. It does not say which model it is of: whoever keeps records must know that. */

/* Appends the record to *out. ERR_ARGUMENT where the page is not computed to its end. */
int session_save(const session *s, uint32_t page, buf *out, err *e);
/* Takes a page from its record in place of computing it: for tokens that session_feed() was given, with those of the
 * page among them and one more at least, and those before it computed. *n_new (may be NULL): tokens computed by that.
 * The record may be any bytes: ERR_CORRUPT where it is none or damaged, ERR_UNSUPPORTED where it is of another model's
 * shape or another build, ERR_ARGUMENT where its tokens are not these. The session is then as it was. */
int session_restore(session *s, bytes record, size_t *n_new, err *e);
/* Forgets everything. */
void session_reset(session *s);

#endif
