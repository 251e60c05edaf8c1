/* The object behind session.h, for what computes with its model and storage. */
#ifndef INFER_SESSION_IMPL_H
#define INFER_SESSION_IMPL_H

#include "infer/guess.h"
#include "infer/session.h"

struct session {
    const model *m;
    pool *p;
    kv *cache;
    scratch *work;
    uint32_t context;
    ids tokens; /* the first cache->n are computed, the others are to come */
    int batch;  /* tokens of the last batch; 0: no logits */
    bool guessing;
    guesser guesser;
    session_allows *allows; /* NULL: any guess is made */
    void *allows_of;
    size_t n_guessed; /* of the last batch */
    size_t n_open;    /* of these, computed at the end of tokens and not known to be right yet */
};

#endif
