/* Tokens and their cache. */
#include "infer/session.h"

#include "base/mem.h"
#include "infer/session_impl.h"

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
uint32_t session_used(const session *s) { return s->cache->n - (uint32_t)s->n_open; }
size_t session_left(const session *s) { return s->tokens.n - s->cache->n; }

/* Forgets the tokens from n on; of them none may be left to compute. */
static void cut(session *s, size_t n) {
    kv_truncate(s->cache, (uint32_t)n);
    s->tokens.n = n;
}

/* Forgets guesses that were not asked for. */
static void close_guesses(session *s) {
    if (s->n_guessed) guess_learn(&s->guesser, s->n_guessed, s->n_guessed - s->n_open);
    if (s->n_open) cut(s, s->tokens.n - s->n_open);
    s->n_guessed = s->n_open = 0;
}

void session_guess(session *s, bool on) {
    close_guesses(s);
    guess_init(&s->guesser);
    s->guessing = on;
    s->allows = NULL;
}

void session_limit_guesses(session *s, session_allows *allows, void *of) {
    s->allows = allows;
    s->allows_of = of;
}

void session_reset(session *s) {
    s->n_guessed = s->n_open = 0;
    cut(s, 0);
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
    close_guesses(s);
    size_t kept = common_prefix(s, ids, n);
    if (kept == n) kept--;
    cut(s, kept);
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
    const model_span span = {s->cache, s->tokens.id + s->cache->n, (int)n};
    int rc = model_forward(s->m, s->work, s->p, &span, 1, e);
    if (!rc) s->batch = (int)n;
    return rc;
}

int session_push(session *s, int32_t id, err *e) { return session_push_all(s, &id, 1, e); }

/* Guesses of what follows, behind what is to be computed; how many. */
static int add_guesses(session *s, size_t *n, err *e) {
    int32_t guess[GUESS_MOST];
    size_t made = s->guessing ? guess_next(&s->guesser, s->tokens.id, s->tokens.n, guess) : 0;
    if (made && s->allows) made = s->allows(s->allows_of, guess, made);
    int rc = OK;
    for (*n = 0; !rc && *n < made && s->tokens.n < s->context; ++*n) rc = ids_add(&s->tokens, guess[*n], e);
    return rc;
}

int session_push_all(session *s, const int32_t *ids, size_t n, err *e) {
    size_t n_guesses = 0;
    for (; n && s->n_open && s->tokens.id[s->tokens.n - s->n_open] == *ids; n--, ids++)
        s->n_open--; /* it was guessed, and is computed */
    if (!n) return OK;
    close_guesses(s);
    if (n > s->context - s->tokens.n)
        return fail(e, ERR_TOO_LONG, "the context of %u tokens is full", (unsigned)s->context);
    int rc = OK;
    for (size_t i = 0; !rc && i < n; i++) rc = ids_add(&s->tokens, ids[i], e);
    /* guesses and the token before them are in one batch, whose logits are asked for */
    if (!rc && session_left(s) + GUESS_MOST <= MODEL_BATCH) rc = add_guesses(s, &n_guesses, e);
    while (!rc && session_left(s)) rc = session_step(s, e);
    if (rc) s->tokens.n = s->cache->n;
    else s->n_guessed = s->n_open = n_guesses;
    return rc;
}

int session_logits(session *s, const float **logits, err *e) {
    if (!s->batch || session_left(s)) return fail(e, ERR_STATE, "the prompt is not computed yet");
    const int row = s->batch - 1 - (int)s->n_open;
    return model_logits(s->m, s->work, s->p, &row, 1, logits, e);
}

void session_add_states(const session *s, float *sum) {
    for (int i = 0; i < s->batch; i++) add_to(sum, model_state(s->m, s->work, i), (int)s->m->hp.n_embd);
}

int session_state(const session *s, const float **state, err *e) {
    if (!s->batch || session_left(s)) return fail(e, ERR_STATE, "the text is not computed yet");
    *state = model_state(s->m, s->work, s->batch - 1 - (int)s->n_open);
    return OK;
}

int session_surprise(session *s, double *sum, size_t *n, err *e) {
    size_t first = s->cache->n - (size_t)s->batch;
    for (int i = 0; i < s->batch && first + (size_t)i + 1 < s->tokens.n; i++) {
        const float *logits;
        int rc = model_logits(s->m, s->work, s->p, &i, 1, &logits, e);
        if (rc) return rc;
        *sum += log_sum_exp(logits, s->m->hp.n_vocab) - (double)logits[s->tokens.id[first + (size_t)i + 1]];
        ++*n;
    }
    return OK;
}

const int32_t *session_tokens(const session *s, size_t *n) {
    *n = s->tokens.n - s->n_open;
    return s->tokens.id;
}

/* ---- Saved pages ----
 * A record: SAVED_WORDS of uint32 (saved_head()), int32 ids[n], the page's bytes; little-endian. */
enum { SAVED_MAGIC = 0x564b414f /* OAKV */, SAVED_VERSION = 1, SAVED_WORDS = 8, SAVED_N = SAVED_WORDS - 1 };

static void saved_head(const session *s, uint32_t n, uint32_t head[SAVED_WORDS]) {
    const kv_shape *k = &s->cache->shape;
    const uint32_t words[SAVED_WORDS] = {SAVED_MAGIC, SAVED_VERSION, cache_form(k->type), ATTEND_PAGE,
                                         k->n_layer,  k->n_head_kv,  k->head_dim,         n};
    memcpy(head, words, sizeof words);
}

int session_save(const session *s, uint32_t page, buf *out, err *e) {
    uint32_t head[SAVED_WORDS];
    const uint32_t n_pages = session_used(s) / ATTEND_PAGE;
    if (page >= n_pages)
        return fail(e, ERR_ARGUMENT, "page %u is not computed: there are %u whole pages", (unsigned)page,
                    (unsigned)n_pages);
    const uint32_t n = (page + 1) * ATTEND_PAGE;
    saved_head(s, n, head);
    buf_put(out, head, sizeof head);
    buf_put(out, s->tokens.id, n * sizeof *s->tokens.id);
    buf_put(out, s->cache->block[page], (size_t)kv_page_bytes(&s->cache->shape));
    return buf_status(out, e);
}

/* Checks a record against the session; its number of tokens and its page's bytes. */
static int read_saved(const session *s, bytes record, uint32_t *n, bytes *page, err *e) {
    const kv_shape *k = &s->cache->shape;
    uint32_t want[SAVED_WORDS];
    reader r = rd_init(record);
    saved_head(s, 0, want);
    for (int i = 0; i < SAVED_N; i++)
        if (rd_u32(&r) != want[i] && !r.bad)
            return i == 0 ? fail(e, ERR_CORRUPT, "this is no saved page")
                          : fail(e, ERR_UNSUPPORTED, "the saved page is of another model or another build");
    *n = rd_u32(&r);
    if (r.bad || *n == 0 || *n % ATTEND_PAGE) return fail(e, ERR_CORRUPT, "the saved page is damaged");
    if (*n >= s->tokens.n) return fail(e, ERR_ARGUMENT, "the saved page goes beyond the prompt");
    for (uint32_t i = 0; i < *n; i++)
        if ((int32_t)rd_u32(&r) != s->tokens.id[i] && !r.bad)
            return fail(e, ERR_ARGUMENT, "the saved page is of other tokens");
    *page = rd_bytes(&r, kv_page_bytes(k));
    if (r.bad || rd_left(&r)) return fail(e, ERR_CORRUPT, "the saved page has the wrong size");
    for (size_t at = 0; at < page->len; at += s->cache->part_bytes)
        if (!cache_sound(k->type, page->ptr + at, (int)k->head_dim))
            return fail(e, ERR_CORRUPT, "the saved page is damaged");
    return OK;
}

int session_restore(session *s, bytes record, size_t *n_new, err *e) {
    uint32_t n;
    bytes page;
    size_t had = s->cache->n;
    int rc = read_saved(s, record, &n, &page, e);
    if (!rc && had < n - ATTEND_PAGE) rc = fail(e, ERR_ARGUMENT, "the pages before the saved one are missing");
    if (!rc) rc = kv_reserve(s->cache, n, e);
    if (rc) return rc;
    if (had < n) {
        memcpy(s->cache->block[n / ATTEND_PAGE - 1], page.ptr, page.len);
        s->cache->n = n;
        s->batch = 0;
    }
    if (n_new) *n_new = s->cache->n - had;
    return OK;
}
