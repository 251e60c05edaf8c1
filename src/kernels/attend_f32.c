/* Attention over keys and values that are floats. A score is the sum over lanes (simd_sum's order) of four partial
 * products taken along head_dim; an output element is the sum over positions in order: neither depends on the tiles. */
#include "kernels/attend_impl.h"

enum { ROWS = 2, POSITIONS = 4, VECTORS = 4 }; /* tile sizes: eight accumulators either way */

/* The sums of four vectors' lanes, each in simd_sum()'s order. */
static inline v128_t sum_each(const v128_t x[4]) {
    v128_t ac = wasm_f32x4_add(wasm_i32x4_shuffle(x[0], x[2], 0, 4, 1, 5), wasm_i32x4_shuffle(x[0], x[2], 2, 6, 3, 7));
    v128_t bd = wasm_f32x4_add(wasm_i32x4_shuffle(x[1], x[3], 0, 4, 1, 5), wasm_i32x4_shuffle(x[1], x[3], 2, 6, 3, 7));
    return wasm_f32x4_add(wasm_i32x4_shuffle(ac, bd, 0, 4, 1, 5), wasm_i32x4_shuffle(ac, bd, 2, 6, 3, 7));
}

/* s[row][0..3] = q[row] . k[0..3]. */
static inline __attribute__((always_inline)) void score_tile(float *s, const float *q, const float *k, int dim,
                                                             const int rows) {
    v128_t sum[ROWS][POSITIONS];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
        for (int p = 0; p < POSITIONS; p++) sum[r][p] = wasm_f32x4_splat(0);
    for (int i = 0; i < dim; i += 4) {
        v128_t x[POSITIONS];
#pragma clang loop unroll(full)
        for (int p = 0; p < POSITIONS; p++) x[p] = wasm_v128_load(k + p * dim + i);
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
            v128_t v = wasm_v128_load(q + r * dim + i);
#pragma clang loop unroll(full)
            for (int p = 0; p < POSITIONS; p++) sum[r][p] = wasm_f32x4_add(sum[r][p], wasm_f32x4_mul(v, x[p]));
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) wasm_v128_store(s + r * ATTEND_PAGE, sum_each(sum[r]));
}

void scores_f32(band *b, const uint8_t *page, int count) {
    const float *k = (const float *)(const void *)page;
    const int dim = b->a->head_dim;
    for (int p = 0; p < count; p += POSITIONS) {
        int r = 0;
        for (; r + ROWS <= b->n; r += ROWS)
            score_tile(b->s + r * ATTEND_PAGE + p, b->q + r * dim, k + p * dim, dim, ROWS);
        if (r < b->n) score_tile(b->s + r * ATTEND_PAGE + p, b->q + r * dim, k + p * dim, dim, 1);
    }
}

/* y[rows][4 * vectors] += s[row][p] * v[p][...] over positions [from, to). */
static inline __attribute__((always_inline)) void mix_tile(float *y, const float *s, const float *v, int dim, int from,
                                                           int to, const int rows, const int vectors) {
    v128_t sum[ROWS][VECTORS];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
        for (int i = 0; i < vectors; i++) sum[r][i] = wasm_v128_load(y + r * dim + 4 * i);
    for (int p = from; p < to; p++) {
        v128_t x[VECTORS];
#pragma clang loop unroll(full)
        for (int i = 0; i < vectors; i++) x[i] = wasm_v128_load(v + p * dim + 4 * i);
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
            v128_t w = wasm_v128_load32_splat(s + r * ATTEND_PAGE + p);
#pragma clang loop unroll(full)
            for (int i = 0; i < vectors; i++) sum[r][i] = wasm_f32x4_add(sum[r][i], wasm_f32x4_mul(w, x[i]));
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
        for (int i = 0; i < vectors; i++) wasm_v128_store(y + r * dim + 4 * i, sum[r][i]);
}

void mix_f32(band *b, const uint8_t *page, int from, int to) {
    const int dim = b->a->head_dim;
    const float *v = (const float *)(const void *)page + ATTEND_PAGE * dim;
    for (int r = 0; r < b->n; r += ROWS) {
        int i = 0, rows = b->n - r < ROWS ? b->n - r : ROWS;
        float *y = b->y + r * dim, *s = b->s + r * ATTEND_PAGE;
        for (; i + 4 * VECTORS <= dim; i += 4 * VECTORS)
            if (rows == ROWS) mix_tile(y + i, s, v + i, dim, from, to, ROWS, VECTORS);
            else mix_tile(y + i, s, v + i, dim, from, to, 1, VECTORS);
        for (; i < dim; i += 4)
            for (int k = 0; k < rows; k++) mix_tile(y + k * dim + i, s + k * ATTEND_PAGE, v + i, dim, from, to, 1, 1);
    }
}

/* ---- Plain C ---- */

void scores_f32_ref(band *b, const uint8_t *page, int count) {
    const int dim = b->a->head_dim;
    for (int r = 0; r < b->n; r++)
        for (int p = 0; p < count; p++) {
            const float *k = (const float *)(const void *)page + p * dim, *q = b->q + r * dim;
            float sum[4] = {0};
            for (int i = 0; i < dim; i++) sum[i % 4] += q[i] * k[i];
            b->s[r * ATTEND_PAGE + p] = (sum[0] + sum[2]) + (sum[1] + sum[3]);
        }
}

void mix_f32_ref(band *b, const uint8_t *page, int from, int to) {
    const int dim = b->a->head_dim;
    const float *v = (const float *)(const void *)page + ATTEND_PAGE * dim;
    for (int r = 0; r < b->n; r++)
        for (int i = 0; i < dim; i++)
            for (int p = from; p < to; p++) b->y[r * dim + i] += b->s[r * ATTEND_PAGE + p] * v[p * dim + i];
}
