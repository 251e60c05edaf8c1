/* Attention of the query heads that share a key/value head. A score is the sum over lanes (simd_sum's order) of four
 * partial products taken along head_dim; an output element is the sum over positions in order, divided at the end:
 * neither depends on the tiles. */
#include "kernels/exp_impl.h"
#include "kernels/kernels_ref.h"

enum { HEADS = 2, POSITIONS = 4, VECTORS = 4 }; /* tile sizes: eight accumulators either way */

/* The sums of four vectors' lanes, each in simd_sum()'s order. */
static inline v128_t sum_each(const v128_t x[4]) {
    v128_t ac = wasm_f32x4_add(wasm_i32x4_shuffle(x[0], x[2], 0, 4, 1, 5), wasm_i32x4_shuffle(x[0], x[2], 2, 6, 3, 7));
    v128_t bd = wasm_f32x4_add(wasm_i32x4_shuffle(x[1], x[3], 0, 4, 1, 5), wasm_i32x4_shuffle(x[1], x[3], 2, 6, 3, 7));
    return wasm_f32x4_add(wasm_i32x4_shuffle(ac, bd, 0, 4, 1, 5), wasm_i32x4_shuffle(ac, bd, 2, 6, 3, 7));
}

/* score[head][0..3] of positions k[0..3], heads `stride` apart. */
static inline __attribute__((always_inline)) void
score_tile(float *score, size_t stride, const float *q, const float *k, int head_dim, float scale, const int heads) {
    v128_t s[HEADS][POSITIONS];
#pragma clang loop unroll(full)
    for (int h = 0; h < heads; h++)
#pragma clang loop unroll(full)
        for (int p = 0; p < POSITIONS; p++) s[h][p] = wasm_f32x4_splat(0);
    for (int i = 0; i < head_dim; i += 4) {
        v128_t x[POSITIONS];
#pragma clang loop unroll(full)
        for (int p = 0; p < POSITIONS; p++) x[p] = wasm_v128_load(k + p * head_dim + i);
#pragma clang loop unroll(full)
        for (int h = 0; h < heads; h++) {
            v128_t v = wasm_v128_load(q + h * head_dim + i);
#pragma clang loop unroll(full)
            for (int p = 0; p < POSITIONS; p++) s[h][p] = wasm_f32x4_add(s[h][p], wasm_f32x4_mul(v, x[p]));
        }
    }
#pragma clang loop unroll(full)
    for (int h = 0; h < heads; h++)
        wasm_v128_store(score + h * stride, wasm_f32x4_mul(sum_each(s[h]), wasm_f32x4_splat(scale)));
}

/* Positions [from, to) of a page, both multiples of POSITIONS. */
static __attribute__((noinline)) void score_page(float *score, size_t stride, const attend_args *a, const float *k,
                                                 int from, int to) {
    for (int p = from; p < to; p += POSITIONS) {
        int h = 0;
        const float *at = k + p * a->head_dim;
        for (; h + HEADS <= a->n_heads; h += HEADS)
            score_tile(score + (size_t)h * stride + p, stride, a->q + h * a->head_dim, at, a->head_dim, a->scale,
                       HEADS);
        if (h < a->n_heads)
            score_tile(score + (size_t)h * stride + p, stride, a->q + h * a->head_dim, at, a->head_dim, a->scale, 1);
    }
}

/* y[heads][4 * vectors] += weight[head][p] * v[p][...] over positions [from, to) of a page. */
static inline __attribute__((always_inline)) void value_tile(float *y, const float *weight, size_t stride,
                                                             const float *v, int head_dim, int from, int to,
                                                             const int heads, const int vectors) {
    v128_t s[HEADS][VECTORS];
#pragma clang loop unroll(full)
    for (int h = 0; h < heads; h++)
#pragma clang loop unroll(full)
        for (int i = 0; i < vectors; i++) s[h][i] = wasm_v128_load(y + h * head_dim + 4 * i);
    for (int p = from; p < to; p++) {
        v128_t x[VECTORS];
#pragma clang loop unroll(full)
        for (int i = 0; i < vectors; i++) x[i] = wasm_v128_load(v + p * head_dim + 4 * i);
#pragma clang loop unroll(full)
        for (int h = 0; h < heads; h++) {
            v128_t w = wasm_v128_load32_splat(weight + h * stride + p);
#pragma clang loop unroll(full)
            for (int i = 0; i < vectors; i++) s[h][i] = wasm_f32x4_add(s[h][i], wasm_f32x4_mul(w, x[i]));
        }
    }
#pragma clang loop unroll(full)
    for (int h = 0; h < heads; h++)
#pragma clang loop unroll(full)
        for (int i = 0; i < vectors; i++) wasm_v128_store(y + h * head_dim + 4 * i, s[h][i]);
}

static __attribute__((noinline)) void value_page(const float *weight, size_t stride, const attend_args *a,
                                                 const float *v, int from, int to) {
    const int dim = a->head_dim;
    for (int h = 0; h < a->n_heads; h += HEADS) {
        bool both = h + HEADS <= a->n_heads;
        const float *w = weight + (size_t)h * stride;
        int i = 0;
        for (; i + 4 * VECTORS <= dim; i += 4 * VECTORS)
            if (both) value_tile(a->y + h * dim + i, w, stride, v + i, dim, from, to, HEADS, VECTORS);
            else value_tile(a->y + h * dim + i, w, stride, v + i, dim, from, to, 1, VECTORS);
        for (; i < dim; i += 4)
            for (int j = h; j < h + (both ? HEADS : 1); j++)
                value_tile(a->y + j * dim + i, weight + (size_t)j * stride, stride, v + i, dim, from, to, 1, 1);
    }
}

/* cap * tanh(x / cap), tanh(x) = 1 - 2 / (exp(2 x) + 1). */
static float cap_score(float x, float cap) { return cap * (1 - 2 / (k_exp(2 * (x / cap)) + 1)); }

static size_t score_stride(const attend_args *a) {
    return ((size_t)a->n_pos + ATTEND_PAGE - 1) / ATTEND_PAGE * ATTEND_PAGE;
}

/* Scores to weights: cap, softmax. */
static void weigh(const attend_args *a, void (*soft)(float *, int)) {
    for (int h = 0; h < a->n_heads; h++) {
        float *s = a->scratch + (size_t)h * score_stride(a) + a->from;
        int n = a->n_pos - a->from;
        if (a->soft_cap > 0)
            for (int i = 0; i < n; i++) s[i] = cap_score(s[i], a->soft_cap);
        soft(s, n);
    }
}

void attend(const attend_args *a) {
    const size_t stride = score_stride(a);
    for (int at = a->from / ATTEND_PAGE * ATTEND_PAGE; at < a->n_pos; at += ATTEND_PAGE) {
        int from = a->from > at ? (a->from - at) / POSITIONS * POSITIONS : 0, left = a->n_pos - at;
        int to = left < ATTEND_PAGE ? (left + POSITIONS - 1) / POSITIONS * POSITIONS : ATTEND_PAGE;
        score_page(a->scratch + at, stride, a, a->k[at / ATTEND_PAGE], from, to);
    }
    weigh(a, softmax);
    memset(a->y, 0, sizeof *a->y * (size_t)a->n_heads * (size_t)a->head_dim);
    for (int at = a->from / ATTEND_PAGE * ATTEND_PAGE; at < a->n_pos; at += ATTEND_PAGE) {
        int from = a->from > at ? a->from - at : 0, left = a->n_pos - at;
        value_page(a->scratch + at, stride, a, a->v[at / ATTEND_PAGE], from, left < ATTEND_PAGE ? left : ATTEND_PAGE);
    }
}

void attend_ref(const attend_args *a) {
    const int dim = a->head_dim;
    for (int h = 0; h < a->n_heads; h++)
        for (int p = a->from; p < a->n_pos; p++) {
            const float *k = a->k[p / ATTEND_PAGE] + p % ATTEND_PAGE * dim, *q = a->q + h * dim;
            float s[4] = {0};
            for (int i = 0; i < dim; i++) s[i % 4] += q[i] * k[i];
            a->scratch[(size_t)h * score_stride(a) + (size_t)p] = ((s[0] + s[2]) + (s[1] + s[3])) * a->scale;
        }
    weigh(a, softmax_ref);
    for (int h = 0; h < a->n_heads; h++)
        for (int i = 0; i < dim; i++) {
            float y = 0;
            for (int p = a->from; p < a->n_pos; p++)
                y += a->scratch[(size_t)h * score_stride(a) + (size_t)p] *
                     a->v[p / ATTEND_PAGE][p % ATTEND_PAGE * dim + i];
            a->y[h * dim + i] = y;
        }
}
