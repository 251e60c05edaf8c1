/* The forward pass: a batch of tokens through the layers, each step cut into parts for the pool. A part computes whole
 * output elements, each in one order, so the number of threads and the size of a batch never change a bit of the
 * result. */
#include <math.h>

#include "base/mem.h"
#include "model/model.h"

struct scratch {
    int n;            /* tokens of the last batch */
    float *x;         /* [MODEL_BATCH, n_embd]: the residual stream */
    float *h;         /* [MODEL_BATCH, n_embd]: what goes into or comes out of a block; in the end the final states */
    float *q;         /* [MODEL_BATCH, n_head * head_dim] */
    float *k, *v;     /* [MODEL_BATCH, n_head_kv * head_dim] */
    float *att;       /* [MODEL_BATCH, n_head * head_dim] */
    float *gate, *up; /* [MODEL_BATCH, n_ff] */
    float *cs;        /* [MODEL_BATCH, rope_dim]: cos and sin by position */
    uint8_t *attend;  /* [n_threads, attend_scratch_bytes()] */
    float *logits;    /* [n_logits, n_vocab] */
    int n_logits;
    uint8_t *act; /* quantised activations of a batch, of the widest matrix */
};

typedef struct region {
    void **at;
    uint64_t bytes;
} region;

enum { N_REGIONS = 12 };

static uint64_t widest(const hparams *hp) {
    uint64_t q = (uint64_t)hp->n_head * hp->head_dim, w = hp->n_embd > hp->n_ff ? hp->n_embd : hp->n_ff;
    return q > w ? q : w;
}

/* Every region with its size, in bytes. */
static void regions(region r[N_REGIONS], scratch *s, const hparams *hp, int n_threads) {
    uint64_t f = sizeof(float), b = MODEL_BATCH * f, q_dim = (uint64_t)hp->n_head * hp->head_dim,
             kv_dim = (uint64_t)hp->n_head_kv * hp->head_dim;
    region all[N_REGIONS] = {
        {(void **)&s->x, b * hp->n_embd},
        {(void **)&s->h, b * hp->n_embd},
        {(void **)&s->q, b * q_dim},
        {(void **)&s->k, b * kv_dim},
        {(void **)&s->v, b * kv_dim},
        {(void **)&s->att, b * q_dim},
        {(void **)&s->gate, b * hp->n_ff},
        {(void **)&s->up, b * hp->n_ff},
        {(void **)&s->cs, b * (hp->rope_dim + 1)},
        {(void **)&s->attend, (uint64_t)attend_scratch_bytes((int)hp->head_dim) * (uint64_t)n_threads},
        {(void **)&s->logits, f * hp->n_vocab}, /* grows */
        {(void **)&s->act, act_bytes(MODEL_BATCH, (uint32_t)widest(hp))},
    };
    memcpy(r, all, sizeof all);
}

int scratch_open(scratch **out, const model *m, int n_threads, err *e) {
    scratch *s = mem_new(sizeof *s);
    region r[N_REGIONS];
    if (!s) return fail(e, ERR_MEMORY, "no memory to run the model");
    regions(r, s, &m->hp, n_threads);
    for (int i = 0; i < N_REGIONS; i++) {
        *r[i].at = r[i].bytes > SIZE_MAX ? NULL : mem_raw((size_t)r[i].bytes);
        if (!*r[i].at) {
            scratch_close(s);
            return fail(e, ERR_MEMORY, "no memory to run the model");
        }
    }
    s->n_logits = 1;
    *out = s;
    return OK;
}

void scratch_close(scratch *s) {
    if (!s) return;
    void *all[] = {s->x, s->h, s->q, s->k, s->v, s->att, s->gate, s->up, s->cs, s->attend, s->logits, s->act};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) mem_free(all[i]);
    mem_free(s);
}

kv_shape model_kv_shape(const model *m) {
    return (kv_shape){m->hp.n_layer, m->hp.n_head_kv, m->hp.head_dim, m->exact ? CACHE_F32 : CACHE_INT8};
}

/* What the jobs of one step see. */
typedef struct step {
    const model *m;
    scratch *s;
    const model_span *spans;
    kv *const *cache;    /* [n]: each token's, */
    const uint32_t *pos; /* and its position there */
    pool *p;
    const layer *l;
    uint32_t index;    /* of the layer */
    int n;             /* tokens */
    const float *norm; /* norm_rows(): weights; and what is added to x before */
    const float *bias;
    bool residual;
} step;

/* The share of `total` units that part `part` of n_parts computes: [*from, *to). */
static void share(uint64_t total, int part, int n_parts, uint32_t *from, uint32_t *to) {
    *from = (uint32_t)(total * (uint64_t)part / (uint64_t)n_parts);
    *to = (uint32_t)(total * (uint64_t)(part + 1) / (uint64_t)n_parts);
}

/* Work by token: for a single one waking the pool costs more than the work. */
static void by_token(step *t, pool_job *job) {
    if (t->n == 1) job(t, 0, 1);
    else pool_run(t->p, job, t);
}

/* Quantises row i of x[n, cols] for the products to come; float activations stay as they are. */
static void quantise(const step *t, const float *x, uint32_t cols, uint32_t i) {
    if (!t->m->exact) act_quantize(t->s->act, x, cols, i, i + 1);
}

/* y[n, rows] = x[n, cols] W^T, this part's rows. x was quantised into s->act. */
static void multiply(const step *t, float *y, const matrix *w, const float *x, int part, int n_parts) {
    uint32_t from, to;
    share((w->rows + MATRIX_GROUP - 1) / MATRIX_GROUP, part, n_parts, &from, &to);
    from *= MATRIX_GROUP;
    to = to * MATRIX_GROUP < w->rows ? to * MATRIX_GROUP : w->rows;
    if (from >= to) return;
    bool f32 = t->m->exact || matrix_is_float(w);
    matmul_args a = {.y = y,
                     .w = w,
                     .a = f32 ? (const void *)x : t->s->act,
                     .n = (uint32_t)t->n,
                     .row_from = from,
                     .row_to = to,
                     .y_stride = w->rows};
    if (f32) matmul_f32(&a);
    else matmul(&a);
}

static void add_bias(float *y, const float *bias, uint32_t n) {
    if (bias) add_to(y, bias, (int)n);
}

/* x += h + bias where there was a block before; h = norm(x). */
static void norm_rows(void *ctx, int part, int n_parts) {
    step *t = ctx;
    uint32_t from, to, d = t->m->hp.n_embd;
    share((uint64_t)t->n, part, n_parts, &from, &to);
    for (uint32_t i = from; i < to; i++) {
        float *x = t->s->x + (size_t)i * d, *h = t->s->h + (size_t)i * d;
        if (t->residual) {
            add_bias(h, t->bias, d);
            add_to(x, h, (int)d);
        }
        rmsnorm(h, x, t->norm, (int)d, t->m->hp.norm_eps);
        quantise(t, t->s->h, d, i);
    }
}

static void qkv_rows(void *ctx, int part, int n_parts) {
    const step *t = ctx;
    multiply(t, t->s->q, &t->l->wq, t->s->h, part, n_parts);
    multiply(t, t->s->k, &t->l->wk, t->s->h, part, n_parts);
    multiply(t, t->s->v, &t->l->wv, t->s->h, part, n_parts);
}

/* Biases, rotation, and into the cache. */
static void store_rows(void *ctx, int part, int n_parts) {
    const step *t = ctx;
    const hparams *hp = &t->m->hp;
    uint32_t from, to, q_dim = hp->n_head * hp->head_dim, kv_dim = hp->n_head_kv * hp->head_dim;
    void (*rope)(float *, int, int, const float *, int) = t->m->arch->rope == ROPE_PAIRS ? rope_pairs : rope_halves;
    share((uint64_t)t->n, part, n_parts, &from, &to);
    for (uint32_t i = from; i < to; i++) {
        float *q = t->s->q + (size_t)i * q_dim, *k = t->s->k + (size_t)i * kv_dim, *v = t->s->v + (size_t)i * kv_dim;
        const float *cs = t->s->cs + (size_t)i * hp->rope_dim;
        add_bias(q, t->l->bq, q_dim);
        add_bias(k, t->l->bk, kv_dim);
        add_bias(v, t->l->bv, kv_dim);
        rope(q, (int)hp->n_head, (int)hp->head_dim, cs, (int)hp->rope_dim / 2);
        rope(k, (int)hp->n_head_kv, (int)hp->head_dim, cs, (int)hp->rope_dim / 2);
        for (uint32_t head = 0; head < hp->n_head_kv; head++, k += hp->head_dim, v += hp->head_dim)
            kv_put(t->cache[i], t->index, head, t->pos[i], k, v);
    }
}

/* The units from..to of a span whose first token is the batch's `first`: the query heads of its tokens, by the
 * key/value head that they share. */
static void attend_span(const step *t, const model_span *span, uint32_t first, uint32_t from, uint32_t to, int part) {
    const hparams *hp = &t->m->hp;
    const kv *c = span->c;
    uint32_t group = hp->n_head / hp->n_head_kv, rows = (uint32_t)span->n * group;
    size_t stride = (size_t)hp->n_head * hp->head_dim;
    for (uint32_t unit = from; unit < to;) {
        uint32_t head = unit / rows, row = unit % rows, n = to - unit < rows - row ? to - unit : rows - row;
        size_t at = first * stride + (size_t)head * group * hp->head_dim;
        attend(&(attend_args){
            .type = c->shape.type,
            .group = (int)group,
            .head_dim = (int)hp->head_dim,
            .y = t->s->att + at,
            .q = t->s->q + at,
            .stride = stride,
            .row_from = row,
            .row_to = row + n,
            .pos = c->n,
            .block = c->block,
            .offset = kv_offset(c, t->index, head),
            .scratch = t->s->attend + attend_scratch_bytes((int)hp->head_dim) * (size_t)part,
            .scale = 1 / sqrtf((float)hp->head_dim),
        });
        unit += n;
    }
}

static void attend_heads(void *ctx, int part, int n_parts) {
    const step *t = ctx;
    const hparams *hp = &t->m->hp;
    uint32_t from, to, first = 0; /* units of the batch; tokens before the span */
    share((uint64_t)t->n * hp->n_head, part, n_parts, &from, &to);
    for (const model_span *s = t->spans; first < (uint32_t)t->n; first += (uint32_t)s->n, s++) {
        uint32_t at = first * hp->n_head, end = at + (uint32_t)s->n * hp->n_head;
        uint32_t lo = from > at ? from : at, hi = to < end ? to : end;
        if (lo < hi) attend_span(t, s, first, lo - at, hi - at, part);
    }
}

static void quantise_att(void *ctx, int part, int n_parts) {
    const step *t = ctx;
    uint32_t from, to;
    share((uint64_t)t->n, part, n_parts, &from, &to);
    for (uint32_t i = from; i < to; i++) quantise(t, t->s->att, t->m->hp.n_head * t->m->hp.head_dim, i);
}

static void out_rows(void *ctx, int part, int n_parts) {
    const step *t = ctx;
    multiply(t, t->s->h, &t->l->wo, t->s->att, part, n_parts);
}

static void gate_up_rows(void *ctx, int part, int n_parts) {
    const step *t = ctx;
    multiply(t, t->s->gate, &t->l->gate, t->s->h, part, n_parts);
    multiply(t, t->s->up, &t->l->up, t->s->h, part, n_parts);
}

static void swiglu_rows(void *ctx, int part, int n_parts) {
    const step *t = ctx;
    uint32_t from, to, n = t->m->hp.n_ff;
    share((uint64_t)t->n, part, n_parts, &from, &to);
    for (uint32_t i = from; i < to; i++) {
        float *gate = t->s->gate + (size_t)i * n;
        swiglu(gate, gate, t->s->up + (size_t)i * n, (int)n);
        quantise(t, t->s->gate, n, i);
    }
}

static void down_rows(void *ctx, int part, int n_parts) {
    const step *t = ctx;
    multiply(t, t->s->h, &t->l->down, t->s->gate, part, n_parts);
}

static void attention_block(step *t) {
    t->norm = t->l->attn_norm;
    t->residual = t->index > 0;
    t->bias = NULL;
    by_token(t, norm_rows);
    pool_run(t->p, qkv_rows, t);
    by_token(t, store_rows);
    pool_run(t->p, attend_heads, t);
    by_token(t, quantise_att);
    pool_run(t->p, out_rows, t);
}

static void ffn_block(step *t) {
    t->norm = t->l->ffn_norm;
    t->residual = true;
    t->bias = t->l->bo;
    by_token(t, norm_rows);
    pool_run(t->p, gate_up_rows, t);
    by_token(t, swiglu_rows);
    pool_run(t->p, down_rows, t);
}

static void embed(const step *t, const int32_t *ids) {
    const hparams *hp = &t->m->hp;
    for (int i = 0; i < t->n; i++) {
        float *cs = t->s->cs + (size_t)i * hp->rope_dim;
        matrix_row(t->s->x + (size_t)i * hp->n_embd, &t->m->embd, (uint32_t)ids[i]);
        rope_table(cs, t->m->rope_freq, (int)hp->rope_dim / 2, t->pos[i]);
        if (hp->rope_attn == 1) continue;
        for (uint32_t j = 0; j < hp->rope_dim; j++) cs[j] *= hp->rope_attn;
    }
}

/* A batch's tokens, one after the other. */
typedef struct batch {
    int n;
    int32_t ids[MODEL_BATCH];
    kv *cache[MODEL_BATCH];
    uint32_t pos[MODEL_BATCH];
} batch;

static int gather(batch *b, const model *m, const model_span *spans, int n_spans, err *e) {
    b->n = 0;
    for (const model_span *s = spans; s < spans + n_spans; s++) {
        if (s->n < 1 || s->n > MODEL_BATCH - b->n) return fail(e, ERR_ARGUMENT, "a batch of %d and more", b->n + s->n);
        for (int i = 0; i < s->n; i++, b->n++) {
            if (s->ids[i] < 0 || (uint32_t)s->ids[i] >= m->hp.n_vocab)
                return fail(e, ERR_ARGUMENT, "token %d is not in the vocabulary", (int)s->ids[i]);
            b->ids[b->n] = s->ids[i];
            b->cache[b->n] = s->c;
            b->pos[b->n] = s->c->n + (uint32_t)i;
        }
    }
    for (const model_span *s = spans; s < spans + n_spans; s++) {
        int rc = kv_reserve(s->c, s->c->n + (uint32_t)s->n, e);
        if (rc) return rc;
    }
    return b->n ? OK : fail(e, ERR_ARGUMENT, "a batch of nothing");
}

int model_forward(const model *m, scratch *s, pool *p, const model_span *spans, int n_spans, err *e) {
    batch b;
    int rc = gather(&b, m, spans, n_spans, e);
    if (rc) return rc;
    step t = {.m = m, .s = s, .spans = spans, .cache = b.cache, .pos = b.pos, .p = p, .n = b.n};
    embed(&t, b.ids);
    for (uint32_t l = 0; l < m->hp.n_layer; l++) {
        t.l = &m->layers[l];
        t.index = l;
        attention_block(&t);
        ffn_block(&t);
    }
    t.norm = m->output_norm;
    t.bias = NULL;
    by_token(&t, norm_rows);
    s->n = b.n;
    for (int i = 0; i < n_spans; i++) spans[i].c->n += (uint32_t)spans[i].n;
    return OK;
}

const float *model_state(const model *m, const scratch *s, int i) { return s->h + (size_t)i * m->hp.n_embd; }

typedef struct logits_step {
    step t;
    const float *h; /* [n, n_embd]: the tokens' final states */
} logits_step;

static void logit_rows(void *ctx, int part, int n_parts) {
    const logits_step *l = ctx;
    multiply(&l->t, l->t.s->logits, &l->t.m->output, l->h, part, n_parts);
}

/* The final states of the tokens one behind the other, where they are several. */
static int collect(scratch *s, const model *m, const int *rows, int n, err *e) {
    const size_t d = m->hp.n_embd;
    for (int i = 0; i < n; i++)
        if (rows[i] < i || rows[i] >= s->n || (i && rows[i] <= rows[i - 1]))
            return fail(e, ERR_ARGUMENT, "token %d of a batch of %d", rows[i], s->n);
    for (int i = 0; n > 1 && i < n; i++)
        if (rows[i] != i) memcpy(s->h + (size_t)i * d, s->h + (size_t)rows[i] * d, d * sizeof *s->h);
    if (n <= s->n_logits) return OK;
    float *more = mem_raw((size_t)n * m->hp.n_vocab * sizeof *more);
    if (!more) return fail(e, ERR_MEMORY, "no memory for %d answers at once", n);
    mem_free(s->logits);
    s->logits = more;
    s->n_logits = n;
    return OK;
}

int model_logits(const model *m, scratch *s, pool *p, const int *rows, int n, const float **logits, err *e) {
    if (n < 1) return fail(e, ERR_ARGUMENT, "logits of no token");
    int rc = collect(s, m, rows, n, e);
    if (rc) return rc;
    logits_step l = {.t = {.m = m, .s = s, .p = p, .n = n}};
    l.h = s->h + (n > 1 ? 0 : (size_t)rows[0] * m->hp.n_embd);
    for (int i = 0; i < n; i++) quantise(&l.t, l.h, m->hp.n_embd, (uint32_t)i);
    pool_run(p, logit_rows, &l);
    if (!all_finite(s->logits, (size_t)n * m->hp.n_vocab))
        return fail(e, ERR_NUMERIC, "the model computed a value that is not a number; its file may be damaged");
    *logits = s->logits;
    return OK;
}
