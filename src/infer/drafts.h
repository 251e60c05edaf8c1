/* Several texts that go on from one prompt, computed together: each read of the weights serves all of them. What comes
 * out is what each would be by itself, bit by bit. */
#ifndef INFER_DRAFTS_H
#define INFER_DRAFTS_H

#include "infer/session.h"

enum { DRAFTS_MOST = 8 };

typedef struct drafts drafts;

/* n texts, 1..DRAFTS_MOST, behind the tokens of the session, of which none may be left to compute. They share its cache
 * as far as it goes, so that until drafts_close() the session must not be given other tokens. ERR_MEMORY. */
int drafts_open(drafts **out, session *s, uint32_t n, err *e);
void drafts_close(drafts *d);

/* Appends tokens to each text: each[i], which may be none. All or none are appended. ERR_TOO_LONG where the context is
 * full. */
int drafts_push(drafts *d, const ids *each, err *e);
/* Logits [n_vocab] after the last token of text i: the session's own until it has one. Only texts that got a token with
 * the last drafts_push() of any have them. Borrowed until the next drafts_push(), or call of the session. */
int drafts_logits(drafts *d, uint32_t i, const float **logits, err *e);
uint32_t drafts_used(const drafts *d, uint32_t i); /* tokens in its cache, the prompt's among them */

#endif
