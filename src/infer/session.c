/* Tokens and their cache. */
#include "infer/session.h"

#include "base/mem.h"

struct session {
    const model *m;
    pool *p;
    kv *cache;
    scratch *work;
    uint32_t context;
    ids tokens; /* the first cache->n are computed, the others are to come */
    int batch;  /* tokens of the last batch; 0: no logits */
};

int session_open(session **out, const model *m, pool *p, uint32_t context, err *e) {
    kv_shape shape = model_kv_shape(m);
    session *s = mem_new(sizeof *s);
    if (!s) return fail(e, ERR_MEMORY, "no memory for a session");
    *s = (session){.m = m, .p = p, .context = context};
    int rc = kv_open(&s->cache, &shape, context, e);
    if (!rc) rc = scratch_open(&s->work, m, pool_threads(p), e);
    if (rc) {
        session_close(s);
        return rc;
    }
    *out = s;
    return OK;
}

void session_close(session *s) {
    if (!s) return;
    kv_close(s->cache);
    scratch_close(s->work);
    ids_clear(&s->tokens);
    mem_free(s);
}

uint32_t session_context(const session *s) { return s->context; }
uint32_t session_used(const session *s) { return s->cache->n; }
size_t session_left(const session *s) { return s->tokens.n - s->cache->n; }

void session_reset(session *s) {
    kv_truncate(s->cache, 0);
    s->tokens.n = 0;
    s->batch = 0;
}

static size_t common_prefix(const session *s, const int32_t *ids, size_t n) {
    size_t i = 0, most = s->cache->n < n ? s->cache->n : n;
    while (i < most && s->tokens.id[i] == ids[i]) i++;
    return i;
}

int session_feed(session *s, const int32_t *ids, size_t n, size_t *n_cached, err *e) {
    if (n == 0) return fail(e, ERR_ARGUMENT, "the prompt is empty; write something");
    if (n > s->context)
        return fail(e, ERR_TOO_LONG,
                    "the prompt has %llu tokens, the context holds %u; shorten it or choose a larger context",
                    (unsigned long long)n, (unsigned)s->context);
    size_t kept = common_prefix(s, ids, n);
    if (kept == n) kept--;
    kv_truncate(s->cache, (uint32_t)kept);
    s->tokens.n = kept;
    s->batch = 0;
    for (size_t i = kept; i < n; i++) {
        int rc = ids_add(&s->tokens, ids[i], e);
        if (rc) {
            s->tokens.n = kept;
            return rc;
        }
    }
    if (n_cached) *n_cached = kept;
    return OK;
}

int session_step(session *s, err *e) {
    size_t n = session_left(s);
    if (n == 0) return fail(e, ERR_STATE, "nothing is left to compute");
    if (n > MODEL_BATCH) n = MODEL_BATCH;
    s->batch = 0;
    int rc = model_forward(s->m, s->work, s->cache, s->p, s->tokens.id + s->cache->n, (int)n, e);
    if (!rc) s->batch = (int)n;
    return rc;
}

int session_push(session *s, int32_t id, err *e) {
    if (s->tokens.n >= s->context)
        return fail(e, ERR_TOO_LONG, "the context of %u tokens is full", (unsigned)s->context);
    int rc = ids_add(&s->tokens, id, e);
    if (rc) return rc;
    rc = session_step(s, e);
    if (rc) s->tokens.n = s->cache->n;
    return rc;
}

int session_logits(session *s, const float **logits, err *e) {
    if (!s->batch || session_left(s)) return fail(e, ERR_STATE, "the prompt is not computed yet");
    return model_logits(s->m, s->work, s->p, s->batch - 1, logits, e);
}

int session_surprise(session *s, double *sum, size_t *n, err *e) {
    size_t first = s->cache->n - (size_t)s->batch;
    for (int i = 0; i < s->batch && first + (size_t)i + 1 < s->tokens.n; i++) {
        const float *logits;
        int rc = model_logits(s->m, s->work, s->p, i, &logits, e);
        if (rc) return rc;
        *sum += log_sum_exp(logits, s->m->hp.n_vocab) - (double)logits[s->tokens.id[first + (size_t)i + 1]];
        ++*n;
    }
    return OK;
}
