/* The stages of sampling, as a table over a shrinking list of candidates. */
#include "infer/sampler.h"

#include <math.h>

#include "base/mem.h"
#include "kernels/kernels.h"

typedef struct cand {
    int32_t id;
    float logit;
    float key; /* what heap_pop() orders by, largest first */
} cand;

struct sampler {
    sampler_params p;
    sampler_bias *bias;
    uint32_t n_vocab;
    rng r;
    cand *c; /* [n_vocab]: the candidates left are the first n */
    uint32_t n;
    float *prob;      /* [n_vocab]: scratch of the stages that need probabilities */
    int32_t *history; /* tokens accepted */
    size_t n_history, cap_history;
    uint16_t *count; /* [n_vocab]: occurrences among the last penalty_last_n, capped */
};

sampler_params sampler_defaults(void) {
    return (sampler_params){.top_p = 1, .typical_p = 1, .repeat_penalty = 1, .penalty_last_n = 64};
}

static int check_range(const char *name, double v, double lo, double hi, err *e) {
    if (v >= lo && v <= hi) return OK;
    return fail(e, ERR_ARGUMENT, "%s: %g is not in %g..%g", name, v, lo, hi);
}

int sampler_check(const sampler_params *p, err *e) {
    int rc = check_range("temperature", (double)p->temperature, 0, 100, e);
    if (!rc) rc = check_range("top_k", p->top_k, 0, INT32_MAX, e);
    if (!rc) rc = check_range("top_p", (double)p->top_p, 0, 1, e);
    if (!rc) rc = check_range("min_p", (double)p->min_p, 0, 1, e);
    if (!rc) rc = check_range("typical_p", (double)p->typical_p, 0, 1, e);
    if (!rc) rc = check_range("repeat_penalty", (double)p->repeat_penalty, 0.01, 100, e);
    if (!rc) rc = check_range("presence_penalty", (double)p->presence_penalty, -100, 100, e);
    if (!rc) rc = check_range("frequency_penalty", (double)p->frequency_penalty, -100, 100, e);
    if (!rc) rc = check_range("penalty_last_n", p->penalty_last_n, -1, INT32_MAX, e);
    for (size_t i = 0; !rc && i < p->n_bias; i++) rc = check_range("logit_bias", (double)p->bias[i].bias, -1e6, 1e6, e);
    return rc;
}

int sampler_open(sampler **out, const sampler_params *p, uint32_t n_vocab, err *e) {
    int rc = sampler_check(p, e);
    if (rc) return rc;
    sampler *s = mem_new(sizeof *s);
    if (!s) return fail(e, ERR_MEMORY, "no memory for the sampler");
    s->p = *p;
    s->n_vocab = n_vocab;
    s->c = mem_array(n_vocab, sizeof *s->c);
    s->prob = mem_array(n_vocab, sizeof *s->prob);
    s->count = mem_array(n_vocab, sizeof *s->count);
    s->bias = mem_array(p->n_bias ? p->n_bias : 1, sizeof *s->bias);
    if (!s->c || !s->prob || !s->count || !s->bias) {
        sampler_close(s);
        return fail(e, ERR_MEMORY, "no memory for the sampler");
    }
    if (p->n_bias) memcpy(s->bias, p->bias, p->n_bias * sizeof *s->bias);
    s->p.bias = s->bias;
    rng_init(&s->r, p->seed);
    *out = s;
    return OK;
}

void sampler_close(sampler *s) {
    if (!s) return;
    mem_free(s->c);
    mem_free(s->prob);
    mem_free(s->count);
    mem_free(s->bias);
    mem_free(s->history);
    mem_free(s);
}

int sampler_accept(sampler *s, int32_t id, err *e) {
    if (id < 0 || (uint32_t)id >= s->n_vocab)
        return fail(e, ERR_ARGUMENT, "token %d is not in the vocabulary", (int)id);
    if (s->n_history == s->cap_history) {
        size_t cap = s->cap_history ? s->cap_history * 2 : 256;
        int32_t *h = mem_grow(s->history, cap * sizeof *h);
        if (!h) return fail(e, ERR_MEMORY, "no memory for the sampler");
        s->history = h;
        s->cap_history = cap;
    }
    s->history[s->n_history++] = id;
    return OK;
}

/* ---- An order over candidates: larger key first, then lower id ---- */

static bool before(const cand *a, const cand *b) { return a->key != b->key ? a->key > b->key : a->id < b->id; }

static void sift(cand *c, uint32_t n, uint32_t i) {
    cand x = c[i];
    for (uint32_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && before(&c[child + 1], &c[child])) child++;
        if (!before(&c[child], &x)) break;
        c[i] = c[child];
    }
    c[i] = x;
}

static void heap_make(cand *c, uint32_t n) {
    for (uint32_t i = n / 2; i-- > 0;) sift(c, n, i);
}

/* Moves the best of n candidates to c[n - 1]; the others stay a heap. */
static void heap_pop(cand *c, uint32_t n) {
    cand top = c[0];
    c[0] = c[n - 1];
    c[n - 1] = top;
    sift(c, n - 1, 0);
}

/* Candidates [n - kept, n) were popped, best last: makes them the list, best first. */
static void keep_popped(sampler *s, uint32_t kept) {
    uint32_t first = s->n - kept;
    for (uint32_t i = 0; i < kept / 2; i++) {
        cand t = s->c[first + i];
        s->c[first + i] = s->c[s->n - 1 - i];
        s->c[s->n - 1 - i] = t;
    }
    memmove(s->c, s->c + first, kept * sizeof *s->c);
    s->n = kept;
}

/* ---- Probabilities of the candidates ---- */

static float best_logit(const sampler *s) {
    float best = -INFINITY;
    for (uint32_t i = 0; i < s->n; i++)
        if (s->c[i].logit > best) best = s->c[i].logit;
    return best;
}

/* Fills prob[i] = exp(logit - best) and returns their sum. */
static double weights(sampler *s) {
    float best = best_logit(s);
    double sum = 0;
    for (uint32_t i = 0; i < s->n; i++) s->prob[i] = s->c[i].logit - best;
    exp_all(s->prob, s->n);
    for (uint32_t i = 0; i < s->n; i++) sum += (double)s->prob[i];
    return sum;
}

/* Keeps the fewest candidates, by key, whose probability adds up to p; at least one. */
static void keep_mass(sampler *s, float p) {
    double want, sum = weights(s), have = 0;
    float best = best_logit(s);
    uint32_t kept = 0;
    want = sum * (double)p;
    heap_make(s->c, s->n);
    do {
        heap_pop(s->c, s->n - kept);
        kept++;
        have += (double)k_exp(s->c[s->n - kept].logit - best);
    } while (kept < s->n && have < want);
    keep_popped(s, kept);
}

/* ---- The stages ---- */

static bool bias_on(const sampler_params *p) { return p->n_bias > 0; }
static void bias_run(sampler *s) {
    for (size_t i = 0; i < s->p.n_bias; i++) {
        const sampler_bias *b = &s->bias[i];
        if (b->id < 0 || (uint32_t)b->id >= s->n_vocab) continue;
        s->c[b->id].logit =
            b->bias <= -100 ? -INFINITY : s->c[b->id].logit + b->bias; /* candidates are still in the order of ids */
    }
}

static bool penalty_on(const sampler_params *p) {
    return p->repeat_penalty != 1 || p->presence_penalty != 0 || p->frequency_penalty != 0;
}
static void penalty_run(sampler *s) {
    size_t last = s->p.penalty_last_n < 0 || (size_t)s->p.penalty_last_n > s->n_history ? s->n_history
                                                                                        : (size_t)s->p.penalty_last_n;
    const int32_t *h = s->history + s->n_history - last;
    for (size_t i = 0; i < last; i++)
        if (s->count[h[i]] < UINT16_MAX) s->count[h[i]]++;
    for (size_t i = 0; i < last; i++) {
        cand *c = &s->c[h[i]];
        float n = s->count[h[i]];
        if (n == 0) continue; /* done at its first occurrence */
        s->count[h[i]] = 0;
        c->logit = c->logit > 0 ? c->logit / s->p.repeat_penalty : c->logit * s->p.repeat_penalty;
        c->logit -= s->p.presence_penalty + n * s->p.frequency_penalty;
    }
}

static bool mask_on(const sampler_params *p) { return p->mask != NULL; }
static void mask_run(sampler *s) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n; i++) /* candidates are still in the order of ids */
        if (s->p.mask[i / 32] >> (i % 32) & 1) s->c[n++] = s->c[i];
    s->n = n;
}

static bool temperature_on(const sampler_params *p) { return p->temperature != 1; }
static void temperature_run(sampler *s) {
    float best = best_logit(s); /* subtracted first, so that a tiny temperature cannot overflow */
    for (uint32_t i = 0; i < s->n; i++) s->c[i].logit = (s->c[i].logit - best) / s->p.temperature;
}

static bool top_k_on(const sampler_params *p) { return p->top_k > 0; }
static void top_k_run(sampler *s) {
    uint32_t kept = 0, want = (uint32_t)s->p.top_k < s->n ? (uint32_t)s->p.top_k : s->n;
    for (uint32_t i = 0; i < s->n; i++) s->c[i].key = s->c[i].logit;
    heap_make(s->c, s->n);
    while (kept < want) heap_pop(s->c, s->n - kept++);
    keep_popped(s, kept);
}

static bool top_p_on(const sampler_params *p) { return p->top_p < 1; }
static void top_p_run(sampler *s) {
    for (uint32_t i = 0; i < s->n; i++) s->c[i].key = s->c[i].logit;
    keep_mass(s, s->p.top_p);
}

static bool min_p_on(const sampler_params *p) { return p->min_p > 0; }
static void min_p_run(sampler *s) {
    float best = best_logit(s);
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n; i++)
        if (k_exp(s->c[i].logit - best) >= s->p.min_p) s->c[n++] = s->c[i];
    s->n = n;
}

static bool typical_on(const sampler_params *p) { return p->typical_p < 1; }
static void typical_run(sampler *s) {
    double sum = weights(s), log_sum = k_log_d(sum), entropy = 0;
    float best = best_logit(s);
    for (uint32_t i = 0; i < s->n; i++)
        if (s->prob[i] > 0) entropy += (double)s->prob[i] / sum * (log_sum - (double)(s->c[i].logit - best));
    for (uint32_t i = 0; i < s->n; i++) {
        double surprise = log_sum - (double)(s->c[i].logit - best), off = surprise - entropy;
        s->c[i].key = (float)(off < 0 ? off : -off);
    }
    keep_mass(s, s->p.typical_p);
}

static const struct stage {
    bool adjusts; /* changes logits, so that greedy choice wants it too; the others only remove candidates, never the
                     best */
    bool (*on)(const sampler_params *p);
    void (*run)(sampler *s);
} stages[] = {
    {true, bias_on, bias_run},    {true, penalty_on, penalty_run},
    {true, mask_on, mask_run},    {false, temperature_on, temperature_run},
    {false, top_k_on, top_k_run}, {false, top_p_on, top_p_run},
    {false, min_p_on, min_p_run}, {false, typical_on, typical_run},
};

static void run_stages(sampler *s, bool adjusts) {
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        if (stages[i].adjusts == adjusts && stages[i].on(&s->p)) stages[i].run(s);
}

/* The best candidate; ties go to the lower id. -1 where all are forbidden. */
static int32_t argmax(const sampler *s) {
    const cand *best = NULL;
    for (uint32_t i = 0; i < s->n; i++) {
        const cand *c = &s->c[i];
        if (c->logit == -INFINITY) continue;
        if (!best || c->logit > best->logit || (c->logit == best->logit && c->id < best->id)) best = c;
    }
    return best ? best->id : -1;
}

static int32_t draw(sampler *s) {
    double at = rng_uniform(&s->r) * weights(s), sum = 0;
    int32_t id = -1;
    for (uint32_t i = 0; i < s->n; i++) {
        if (s->prob[i] <= 0) continue;
        id = s->c[i].id;
        sum += (double)s->prob[i];
        if (sum > at) break;
    }
    return id;
}

void sampler_mask(sampler *s, const uint32_t *mask) { s->p.mask = mask; }

int sampler_pick(sampler *s, const float *logits, int32_t *id, err *e) {
    s->n = s->n_vocab;
    for (uint32_t i = 0; i < s->n; i++) s->c[i] = (cand){.id = (int32_t)i, .logit = logits[i]};
    run_stages(s, true);
    int32_t best = argmax(s);
    if (best < 0) return fail(e, ERR_NUMERIC, "no token is left to choose: logit_bias forbids all that could come");
    if (s->p.temperature == 0 || s->p.top_k == 1) {
        *id = best;
        return OK;
    }
    run_stages(s, false);
    *id = draw(s);
    return OK;
}

int sampler_best(const float *logits, uint32_t n_vocab, sampler_top *top, int n) {
    double norm = log_sum_exp(logits, n_vocab);
    int have = 0;
    for (uint32_t i = 0; i < n_vocab && n > 0; i++) {
        if (have == n && logits[i] <= top[have - 1].logprob) continue;
        int at = have < n ? have++ : n - 1;
        for (; at > 0 && top[at - 1].logprob < logits[i]; at--) top[at] = top[at - 1];
        top[at] = (sampler_top){(int32_t)i, logits[i]};
    }
    for (int i = 0; i < have; i++) top[i].logprob = (float)((double)top[i].logprob - norm);
    return have;
}

float sampler_logprob(const float *logits, uint32_t n_vocab, int32_t id) {
    return (float)((double)logits[id] - log_sum_exp(logits, n_vocab));
}
