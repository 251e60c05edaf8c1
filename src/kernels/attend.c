/* Attention, page by page: scores, their weights exp(score - top) with the largest score so far as top, the weighted
 * sum of values; where a page brings a larger score, what was summed before is scaled down. A row's operations are the
 * same whatever rows it is computed with, so that neither threads nor batches change a bit. */
#include "kernels/attend_impl.h"
#include "kernels/exp_impl.h"
#include "kernels/kernels_ref.h"

#include <math.h>

enum { TOUCH_PAGES = 8 }; /* of one head: 72 KB at 64 dimensions, well within a second-level cache */

/* The bodies for a kind of cache. prepare and finish may be NULL. */
typedef struct body {
    void (*prepare)(band *b);
    void (*scores)(band *b, const uint8_t *page, int count);
    void (*mix)(band *b, const uint8_t *page, int from, int to);
    void (*finish)(band *b);
    float (*exp_page)(float *s, float top); /* s = exp(s - top) of a page; their sum */
} body;

/* ---- Scratch ---- */
static size_t lines(size_t bytes) { return (bytes + 63) & ~(size_t)63; }
static size_t band_floats(int n) { return lines(BAND * (size_t)n * sizeof(float)); }

size_t attend_scratch_bytes(int head_dim) {
    return 2 * band_floats(head_dim) + band_floats(ATTEND_PAGE) +
           lines(2 * BAND * (size_t)head_dim * sizeof(simd_act)) + lines(BAND * sizeof(weights));
}

static void place(band *b) {
    const int dim = b->a->head_dim;
    uint8_t *at = b->a->scratch;
    b->q = (float *)(void *)at, at += band_floats(dim);
    b->y = (float *)(void *)at, at += band_floats(dim);
    b->s = (float *)(void *)at, at += band_floats(ATTEND_PAGE);
    b->u = (simd_act *)(void *)at, at += lines(2 * BAND * (size_t)dim * sizeof(simd_act));
    b->w = (weights *)(void *)at;
}

/* ---- Weights ---- */

/* cap * tanh(x / cap), tanh(x) = 1 - 2 / (exp(2 x) + 1). */
static float cap_score(float x, float cap) { return cap * (1 - 2 / (k_exp(2 * (x / cap)) + 1)); }

/* The largest of a page's scores and `top`; NaN is disregarded. */
static float page_top(const float *s, float top) {
    v128_t most = wasm_f32x4_splat(top);
    for (int i = 0; i < ATTEND_PAGE; i += 4) most = wasm_f32x4_pmax(most, wasm_v128_load(s + i));
    float lane[4];
    wasm_v128_store(lane, most);
    for (int i = 0; i < 4; i++) top = lane[i] > top ? lane[i] : top;
    return top;
}

static float exp_page(float *s, float top) {
    v128_t sum = wasm_f32x4_splat(0);
    for (int i = 0; i < ATTEND_PAGE; i += 4) {
        v128_t e = simd_exp(wasm_f32x4_sub(wasm_v128_load(s + i), wasm_f32x4_splat(top)));
        wasm_v128_store(s + i, e);
        sum = wasm_f32x4_add(sum, e);
    }
    return simd_sum(sum);
}

static float exp_page_int8(float *s, float top) {
    v128_t sum = wasm_f32x4_splat(0);
    for (int i = 0; i < ATTEND_PAGE; i += 4) {
        v128_t e = simd_exp_coarse(wasm_f32x4_sub(wasm_v128_load(s + i), wasm_f32x4_splat(top)));
        wasm_v128_store(s + i, e);
        sum = wasm_f32x4_add(sum, e);
    }
    return simd_sum(sum);
}

static float exp_page_ref(float *s, float top) {
    float sum[4] = {0};
    for (int i = 0; i < ATTEND_PAGE; i++) s[i] = k_exp(s[i] - top), sum[i % 4] += s[i];
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

static float exp_page_int8_ref(float *s, float top) {
    float sum[4] = {0};
    for (int i = 0; i < ATTEND_PAGE; i++) s[i] = exp_coarse(s[i] - top), sum[i % 4] += s[i];
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

/* Row r's scores of the page at position `at` become weights; sum and y are made relative to the new top. */
static void weigh(band *b, int r, uint32_t at, const body *body) {
    const attend_args *a = b->a;
    float *s = b->s + (size_t)r * ATTEND_PAGE, top = b->top[r];
    const uint32_t end = a->pos + (b->first + (uint32_t)r) / (uint32_t)a->group + 1,
                   begin = a->window && end > a->window ? end - a->window : 0;
    const int from = begin > at ? (int)(begin - at) : 0, to = end - at < ATTEND_PAGE ? (int)(end - at) : ATTEND_PAGE;
    if (end <= at || from >= ATTEND_PAGE) {
        memset(s, 0, ATTEND_PAGE * sizeof *s);
        return;
    }
    for (int i = 0; i < from; i++) s[i] = -INFINITY;
    for (int i = to; i < ATTEND_PAGE; i++) s[i] = -INFINITY;
    if (a->soft_cap > 0)
        for (int i = from; i < to; i++) s[i] = cap_score(s[i], a->soft_cap);
    top = page_top(s, top);
    if (top > b->top[r]) {
        float down = b->top[r] == -INFINITY ? 0 : k_exp(b->top[r] - top);
        b->sum[r] *= down;
        for (int i = 0; i < a->head_dim; i++) b->y[(size_t)r * (size_t)a->head_dim + (size_t)i] *= down;
        b->top[r] = top;
    }
    b->sum[r] += body->exp_page(s, top == -INFINITY ? 0 : top); /* where all are NaN or -inf: NaN, or nothing */
}

/* ---- Rows ---- */

static const float *row_at(const attend_args *a, const float *x, uint32_t row) {
    return x + row / (uint32_t)a->group * a->stride + row % (uint32_t)a->group * (size_t)a->head_dim;
}

static void gather(band *b) {
    const attend_args *a = b->a;
    const size_t dim = (size_t)a->head_dim;
    for (int r = 0; r < b->n; r++) {
        const float *q = row_at(a, a->q, b->first + (uint32_t)r);
        for (size_t i = 0; i < dim; i++) b->q[(size_t)r * dim + i] = q[i] * a->scale;
        b->top[r] = -INFINITY;
        b->sum[r] = 0;
    }
    memset(b->y, 0, (size_t)b->n * dim * sizeof *b->y);
}

/* Pages lie far from each other, and the processor's prefetcher ends with each: some together are a stream that keeps
 * the memory busy. */
static void touch_pages(const attend_args *a, uint32_t p, uint32_t end) {
    for (uint32_t last = p + TOUCH_PAGES; p < last && p * ATTEND_PAGE < end; p++)
        touch(a->block[p] + a->offset, cache_page_bytes(a->type, a->head_dim));
}

static void run(band *b, const body *body) {
    const attend_args *a = b->a;
    const uint32_t token = b->first / (uint32_t)a->group, last = (b->first + (uint32_t)b->n - 1) / (uint32_t)a->group;
    const uint32_t end = a->pos + last + 1, seen = a->pos + token + 1,
                   begin = a->window && seen > a->window ? seen - a->window : 0;
    gather(b);
    if (body->prepare) body->prepare(b);
    const uint32_t first = begin / ATTEND_PAGE;
    for (uint32_t p = first; p * ATTEND_PAGE < end; p++) {
        const uint8_t *page = a->block[p] + a->offset;
        uint32_t at = p * ATTEND_PAGE;
        int from = begin > at ? (int)(begin - at) : 0, to = end - at < ATTEND_PAGE ? (int)(end - at) : ATTEND_PAGE;
        if ((p - first) % TOUCH_PAGES == 0) touch_pages(a, p, end);
        body->scores(b, page, to);
        for (int r = 0; r < b->n; r++) weigh(b, r, at, body);
        body->mix(b, page, from, to);
    }
    if (body->finish) body->finish(b);
    for (int r = 0; r < b->n; r++) {
        float *y = (float *)(uintptr_t)row_at(a, a->y, b->first + (uint32_t)r);
        float inverse = b->sum[r] == 0 ? 0 : 1 / b->sum[r]; /* zeros, not NaN, where nothing was let through */
        for (int i = 0; i < a->head_dim; i++) y[i] = b->y[(size_t)r * (size_t)a->head_dim + (size_t)i] * inverse;
    }
}

/* How many rows from `row` on may pass together. */
static uint32_t band_rows(const attend_args *a, uint32_t row) {
    const uint32_t group = (uint32_t)a->group, left = a->row_to - row;
    uint32_t most = BAND;
    if (a->type == CACHE_F32) most = group - row % group; /* one token's */
    else if (a->pos < COARSE_FROM && row < (COARSE_FROM - a->pos) * group) most = (COARSE_FROM - a->pos) * group - row;
    if (most > BAND) most = BAND;
    return left < most ? left : most;
}

static void attend_with(const attend_args *a, const body *body) {
    band b = {.a = a};
    place(&b);
    for (uint32_t row = a->row_from; row < a->row_to; row += (uint32_t)b.n) {
        b.first = row;
        b.n = (int)band_rows(a, row);
        b.planes = a->pos + row / (uint32_t)a->group < COARSE_FROM ? 2 : 1;
        run(&b, body);
    }
}

void attend(const attend_args *a) {
    static const body bodies[] = {[CACHE_F32] = {NULL, scores_f32, mix_f32, NULL, exp_page},
                                  [CACHE_INT8] = {prepare_int8, scores_int8, mix_int8, finish_int8, exp_page_int8}};
    attend_with(a, &bodies[a->type]);
}

void attend_ref(const attend_args *a) {
    static const body bodies[] = {
        [CACHE_F32] = {NULL, scores_f32_ref, mix_f32_ref, NULL, exp_page_ref},
        [CACHE_INT8] = {prepare_int8, scores_int8_ref, mix_int8_ref, finish_int8, exp_page_int8_ref}};
    attend_with(a, &bodies[a->type]);
}
