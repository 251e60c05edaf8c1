/* A conversation with a model: the tokens so far and their cache. A new prompt that begins like the last one computes
 * only what is new. */
#ifndef INFER_SESSION_H
#define INFER_SESSION_H

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
/* Logits [n_vocab] after the last token; only when nothing is left. Borrowed until the next call. */
int session_logits(session *s, const float **logits, err *e);
/* Adds -log p(next) over the batch that session_step() computed last to *sum and their number to *n. */
int session_surprise(session *s, double *sum, size_t *n, err *e);
/* Forgets everything. */
void session_reset(session *s);

#endif
