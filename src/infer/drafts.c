/* Texts computed together. */
#include "infer/drafts.h"

#include "base/mem.h"
#include "infer/session_impl.h"

struct drafts {
    session *s;
    uint32_t n;
    kv *cache[DRAFTS_MOST];
    int row[DRAFTS_MOST]; /* of logits; -1: none */
    const float *logits;  /* the session's, then those of the rows */
    bool begun;           /* tokens were appended */
};

int drafts_open(drafts **out, session *s, uint32_t n, err *e) {
    if (n < 1 || n > DRAFTS_MOST) return fail(e, ERR_ARGUMENT, "1 to %d texts at once", (int)DRAFTS_MOST);
    if (session_left(s)) return fail(e, ERR_STATE, "the prompt is not computed yet");
    drafts *d = mem_new(sizeof *d);
    if (!d) return fail(e, ERR_MEMORY, "no memory for several answers");
    *d = (drafts){.s = s};
    int rc = OK;
    for (; !rc && d->n < n; d->n += rc ? 0 : 1) rc = kv_fork(&d->cache[d->n], s->cache, e);
    if (rc) {
        drafts_close(d);
        return rc;
    }
    *out = d;
    return OK;
}

void drafts_close(drafts *d) {
    if (!d) return;
    for (uint32_t i = 0; i < d->n; i++) kv_close(d->cache[i]);
    mem_free(d);
}

uint32_t drafts_used(const drafts *d, uint32_t i) { return d->cache[i]->n; }

/* All tokens of a text but the last, whose logits nobody asks for. */
static int push_before_last(const drafts *d, uint32_t i, const ids *list, err *e) {
    int rc = OK;
    for (size_t at = 0; !rc && at + 1 < list->n;) {
        size_t left = list->n - 1 - at;
        model_span span = {d->cache[i], list->id + at, (int)(left < MODEL_BATCH ? left : MODEL_BATCH)};
        rc = model_forward(d->s->m, d->s->work, d->s->p, &span, 1, e);
        at += (size_t)span.n;
    }
    return rc;
}

/* The last token of each, in one batch, and the logits behind them. */
static int push_last(drafts *d, const ids *each, err *e) {
    model_span spans[DRAFTS_MOST];
    int rows[DRAFTS_MOST], n = 0;
    for (uint32_t i = 0; i < d->n; i++) {
        d->row[i] = -1;
        if (!each[i].n) continue;
        rows[n] = d->row[i] = n;
        spans[n++] = (model_span){d->cache[i], each[i].id + each[i].n - 1, 1};
    }
    if (!n) return OK;
    int rc = model_forward(d->s->m, d->s->work, d->s->p, spans, n, e);
    return rc ? rc : model_logits(d->s->m, d->s->work, d->s->p, rows, n, &d->logits, e);
}

int drafts_push(drafts *d, const ids *each, err *e) {
    uint32_t before[DRAFTS_MOST] = {0};
    size_t total = 0;
    int rc = OK;
    for (uint32_t i = 0; i < d->n; i++) {
        before[i] = d->cache[i]->n;
        total += each[i].n;
        if (each[i].n > d->s->context - before[i])
            return fail(e, ERR_TOO_LONG, "the context of %u tokens is full", (unsigned)d->s->context);
    }
    if (!total) return OK;
    d->begun = true;
    d->s->batch = 0;
    for (uint32_t i = 0; !rc && i < d->n; i++) rc = push_before_last(d, i, &each[i], e);
    if (!rc) rc = push_last(d, each, e);
    for (uint32_t i = 0; rc && i < d->n; i++) {
        kv_truncate(d->cache[i], before[i]);
        d->row[i] = -1;
    }
    return rc;
}

int drafts_logits(drafts *d, uint32_t i, const float **logits, err *e) {
    if (i >= d->n) return fail(e, ERR_ARGUMENT, "text %u of %u", (unsigned)i, (unsigned)d->n);
    if (!d->begun) {
        int rc = d->logits ? OK : session_logits(d->s, &d->logits, e);
        *logits = d->logits;
        return rc;
    }
    if (d->row[i] < 0) return fail(e, ERR_STATE, "the text has no new token");
    *logits = d->logits + (size_t)d->row[i] * d->s->m->hp.n_vocab;
    return OK;
}
