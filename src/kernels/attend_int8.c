/* Attention over the int8 cache. Scores are integer products of queries and keys; weights times their value's scale
 * become integers of 7 bits, or of 14 where a few of them outweigh the others (FINE), and are multiplied with the
 * values. Queries too have 14 bits, until there are so many positions that the errors of single scores no longer show
 * (COARSE_FROM), and time does. Integers of 14 bits are two planes of 7, as the dot product wants its second operand.
 */
#include "kernels/attend_impl.h"
#include "kernels/dot_impl.h"
#include "kernels/round_impl.h"

#include <math.h>

enum { BLOCKS = ATTEND_PAGE / BLOCK_COLS, ROWS = TILE_TOKENS };
#define FINE 1.25f /* a block is kept finer where its squares add up to less than this times that of its largest */

/* Of a query: u - bias, u = u[1] * 128 + u[0], is q / d. */
static const struct {
    float most;
    int bias;
} query_kinds[2] = {{63, 64}, {8191, 8192}};

void prepare_int8(band *b) {
    const int dim = b->a->head_dim;
    const float most = query_kinds[b->planes - 1].most;
    for (int r = 0; r < b->n; r++) {
        float *q = b->q + r * dim, top = 0;
        simd_act *u = b->u + 2 * r * dim;
        bool bad = false;
        cache_rotate(q, dim);
        for (int i = 0; i < dim; i++) {
            float size = fabsf(q[i]);
            top = size > top ? size : top;
            bad |= !(size < INFINITY);
        }
        bool zero = bad || top <= SMALLEST_SCALED;
        float inverse = most / top;
        for (int i = 0; i < dim; i++) {
            int x = query_kinds[b->planes - 1].bias + (zero ? 0 : round_scaled(q[i], inverse));
            u[i] = (simd_act)(x & 127);
            u[dim + i] = (simd_act)(x >> 7);
        }
        b->d[r] = bad ? NAN : zero ? 0 : top / most;
    }
}

void finish_int8(band *b) {
    for (int r = 0; r < b->n; r++) cache_unrotate(b->y + r * b->a->head_dim, b->a->head_dim);
}

/* ---- Scores: tiles of 8 positions by up to 4 rows ---- */

/* Rows from `r` on, positions [0, count rounded up to 8). */
static inline __attribute__((always_inline)) void score_rows(const band *b, int r, const uint8_t *page, int count,
                                                             const int rows) {
    const int dim = b->a->head_dim;
    const size_t group = cache_key_group(dim);
    const float *d = cache_key_scales(page, dim);
    const int32_t *sum = cache_key_sums(page, dim);
    const v128_t bias = wasm_i32x4_splat(-query_kinds[b->planes - 1].bias);
    float *s = b->s + r * ATTEND_PAGE;
    for (int p = 0; p < count; p += MATRIX_GROUP, page += 2 * group) {
        v128_t c[GROUP_VECS][ROWS];
#pragma clang loop unroll(full)
        for (int t = 0; t < rows; t++) c[0][t] = c[1][t] = wasm_i32x4_splat(0);
        for (int plane = b->planes - 1; plane >= 0; plane--) {
            const simd_act *u = b->u + (2 * r + plane) * dim;
#pragma clang loop unroll(full)
            for (int t = 0; t < rows; t++) c[0][t] = wasm_i32x4_shl(c[0][t], 7), c[1][t] = wasm_i32x4_shl(c[1][t], 7);
#pragma clang loop unroll(disable)
            for (int k = 0; k < dim / SIMD_COLS; k++) {
                v128_t x[GROUP_VECS] = {simd_load_s8(page, k), simd_load_s8(page + group, k)};
#pragma clang loop unroll(full)
                for (int t = 0; t < rows; t++) {
                    v128_t q = simd_load_act(u + 2 * t * dim + SIMD_COLS * k);
                    c[0][t] = simd_dot_i8(c[0][t], x[0], q);
                    c[1][t] = simd_dot_i8(c[1][t], x[1], q);
                }
            }
        }
#pragma clang loop unroll(full)
        for (int g = 0; g < GROUP_VECS; g++) {
            v128_t scale = wasm_v128_load(d + p + SIMD_ROWS * g),
                   minus = wasm_i32x4_mul(wasm_v128_load(sum + p + SIMD_ROWS * g), bias);
#pragma clang loop unroll(full)
            for (int t = 0; t < rows; t++)
                wasm_v128_store(s + t * ATTEND_PAGE + p + SIMD_ROWS * g,
                                wasm_f32x4_mul(wasm_f32x4_convert_i32x4(wasm_i32x4_add(c[g][t], minus)),
                                               wasm_f32x4_mul(scale, wasm_v128_load32_splat(b->d + r + t))));
        }
    }
}

typedef void score_kernel(const band *b, int r, const uint8_t *page, int count);
DOT_KERNEL void score_1(const band *b, int r, const uint8_t *page, int count) { score_rows(b, r, page, count, 1); }
DOT_KERNEL void score_2(const band *b, int r, const uint8_t *page, int count) { score_rows(b, r, page, count, 2); }
DOT_KERNEL void score_3(const band *b, int r, const uint8_t *page, int count) { score_rows(b, r, page, count, 3); }
DOT_KERNEL void score_4(const band *b, int r, const uint8_t *page, int count) { score_rows(b, r, page, count, 4); }

void scores_int8(band *b, const uint8_t *page, int count) {
    static score_kernel *const kernels[ROWS] = {score_1, score_2, score_3, score_4};
    for (int r = 0; r < b->n; r += ROWS) kernels[(b->n - r < ROWS ? b->n - r : ROWS) - 1](b, r, page, count);
}

/* ---- Weights as integers ---- */

static float largest(const v128_t x[8]) {
    v128_t top = x[0];
    for (int i = 1; i < 8; i++) top = wasm_f32x4_pmax(top, x[i]);
    top = wasm_f32x4_pmax(top, wasm_i32x4_shuffle(top, top, 2, 3, 0, 1));
    return wasm_f32x4_extract_lane(top, 0) > wasm_f32x4_extract_lane(top, 1) ? wasm_f32x4_extract_lane(top, 0)
                                                                             : wasm_f32x4_extract_lane(top, 1);
}

/* What becomes of a block whose largest weight is `top`: scales of the two planes, and what to multiply by for them. */
typedef struct scales {
    float d[2], inverse[2];
    bool fine;
} scales;

static scales scales_of(float top, float squares) {
    scales s = {{0, 0}, {0, 0}, false};
    if (!(squares < INFINITY)) s.d[0] = NAN; /* a value is not finite */
    else if (top > SMALLEST_SCALED) {
        s.fine = squares < FINE * (top * top);
        s.d[0] = top / 127;
        s.inverse[0] = 127 / top;
        if (s.fine) s.d[1] = s.d[0] / 127, s.inverse[1] = s.inverse[0] * 127;
    }
    return s;
}

/* 32 integers from 8 vectors, as activations are kept. */
static void store_plane(simd_act *u, const v128_t v[8]) {
    for (int h = 0; h < 2; h++) {
        v128_t low = wasm_i16x8_narrow_i32x4(v[4 * h], v[4 * h + 1]),
               high = wasm_i16x8_narrow_i32x4(v[4 * h + 2], v[4 * h + 3]);
        if (SIMD_DOT) wasm_v128_store(u + 16 * h, wasm_i8x16_narrow_i16x8(low, high));
        else wasm_v128_store(u + 16 * h, low), wasm_v128_store(u + 16 * h + 8, high);
    }
}

/* Weights s[32] of positions whose values have the scales d. Where a weight is zero the scale may be anything. */
static void quantize_block(weights *w, int block, const float *s, const float *d) {
    v128_t x[8], v[8], squares = wasm_f32x4_splat(0);
    for (int i = 0; i < 8; i++) {
        v128_t e = wasm_v128_load(s + 4 * i);
        x[i] = wasm_v128_and(wasm_f32x4_mul(e, wasm_v128_load(d + 4 * i)), wasm_f32x4_ne(e, wasm_f32x4_splat(0)));
        squares = wasm_f32x4_add(squares, wasm_f32x4_mul(x[i], x[i]));
    }
    scales c = scales_of(largest(x), simd_sum(squares));
    const v128_t inverse = wasm_f32x4_splat(c.inverse[0]);
    if (c.fine)
        for (int i = 0; i < 8; i++) v[i] = wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_mul(x[i], inverse));
    else
        for (int i = 0; i < 8; i++) v[i] = simd_round_scaled(x[i], inverse);
    store_plane(w->u[0] + BLOCK_COLS * block, v);
    w->d[0][block] = c.d[0];
    w->d[1][block] = c.d[1];
    w->fine[block] = c.fine;
    if (!c.fine) {
        memset(w->u[1] + BLOCK_COLS * block, 0, BLOCK_COLS * sizeof(simd_act));
        return;
    }
    for (int i = 0; i < 8; i++) {
        v128_t rest = wasm_f32x4_sub(x[i], wasm_f32x4_mul(wasm_f32x4_convert_i32x4(v[i]), wasm_f32x4_splat(c.d[0])));
        v[i] = simd_round_scaled(rest, wasm_f32x4_splat(c.inverse[1]));
        v[i] = wasm_i32x4_min(wasm_i32x4_max(v[i], wasm_i32x4_splat(0)), wasm_i32x4_splat(127));
    }
    store_plane(w->u[1] + BLOCK_COLS * block, v);
}

/* ---- Values: tiles of 8 dimensions by up to 4 rows ---- */

static inline __attribute__((always_inline)) void mix_block(v128_t f[GROUP_VECS][ROWS], const uint8_t *const *v,
                                                            const weights *const *w, int plane, int block,
                                                            const int rows) {
    v128_t c[GROUP_VECS][ROWS];
#pragma clang loop unroll(full)
    for (int g = 0; g < GROUP_VECS; g++)
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) c[g][r] = wasm_i32x4_splat(0);
#pragma clang loop unroll(disable)
    for (int k = 0; k < BLOCK_COLS / SIMD_COLS; k++) {
        v128_t x[GROUP_VECS];
#pragma clang loop unroll(full)
        for (int g = 0; g < GROUP_VECS; g++) x[g] = simd_load_s8(v[g] + 4 * BLOCK_COLS * block, k);
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
            v128_t u = simd_load_act(w[r]->u[plane] + BLOCK_COLS * block + SIMD_COLS * k);
#pragma clang loop unroll(full)
            for (int g = 0; g < GROUP_VECS; g++) c[g][r] = simd_dot_i8(c[g][r], x[g], u);
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
        v128_t d = wasm_v128_load32_splat(&w[r]->d[plane][block]);
#pragma clang loop unroll(full)
        for (int g = 0; g < GROUP_VECS; g++)
            f[g][r] = wasm_f32x4_add(f[g][r], wasm_f32x4_mul(wasm_f32x4_convert_i32x4(c[g][r]), d));
    }
}

/* y[row][0 .. dim) += the values of a page, whose groups begin at v. A lone last group is given twice. */
static inline __attribute__((always_inline)) void mix_rows(float *y, int dim, const uint8_t *v, const weights *const *w,
                                                           int blocks, const int rows) {
    bool fine[BLOCKS];
    for (int b = 0; b < blocks; b++) {
        fine[b] = false;
        for (int r = 0; r < rows; r++) fine[b] |= w[r]->fine[b];
    }
    for (int i = 0; i < dim; i += MATRIX_GROUP, v += 2 * CACHE_VALUE_GROUP) {
        const int second = dim - i > SIMD_ROWS ? 1 : 0;
        const uint8_t *const at[GROUP_VECS] = {v, v + CACHE_VALUE_GROUP * second};
        v128_t f[GROUP_VECS][ROWS];
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
            f[0][r] = wasm_v128_load(y + r * dim + i);
            f[1][r] = wasm_v128_load(y + r * dim + i + SIMD_ROWS * second);
        }
        for (int b = 0; b < blocks; b++) {
            mix_block(f, at, w, 0, b, rows);
            if (fine[b]) mix_block(f, at, w, 1, b, rows);
        }
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
            wasm_v128_store(y + r * dim + i + SIMD_ROWS * second, f[1][r]);
            wasm_v128_store(y + r * dim + i, f[0][r]);
        }
    }
}

typedef void mix_kernel(float *y, int dim, const uint8_t *v, const weights *const *w, int blocks);
DOT_KERNEL void mix_1(float *y, int dim, const uint8_t *v, const weights *const *w, int blocks) {
    mix_rows(y, dim, v, w, blocks, 1);
}
DOT_KERNEL void mix_2(float *y, int dim, const uint8_t *v, const weights *const *w, int blocks) {
    mix_rows(y, dim, v, w, blocks, 2);
}
DOT_KERNEL void mix_3(float *y, int dim, const uint8_t *v, const weights *const *w, int blocks) {
    mix_rows(y, dim, v, w, blocks, 3);
}
DOT_KERNEL void mix_4(float *y, int dim, const uint8_t *v, const weights *const *w, int blocks) {
    mix_rows(y, dim, v, w, blocks, 4);
}

void mix_int8(band *b, const uint8_t *page, int from, int to) {
    static mix_kernel *const kernels[ROWS] = {mix_1, mix_2, mix_3, mix_4};
    const int dim = b->a->head_dim, blocks = (to + BLOCK_COLS - 1) / BLOCK_COLS;
    const float *d = cache_value_scales(page, dim);
    (void)from;
    for (int r = 0; r < b->n; r++)
        for (int i = 0; i < blocks; i++)
            quantize_block(&b->w[r], i, b->s + r * ATTEND_PAGE + BLOCK_COLS * i, d + BLOCK_COLS * i);
    for (int r = 0; r < b->n; r += ROWS) {
        const weights *w[ROWS];
        int rows = b->n - r < ROWS ? b->n - r : ROWS;
        for (int i = 0; i < rows; i++) w[i] = &b->w[r + i];
        kernels[rows - 1](b->y + r * dim, dim, page + cache_values(dim), w, blocks);
    }
}

/* ---- Plain C ---- */

void scores_int8_ref(band *b, const uint8_t *page, int count) {
    const int dim = b->a->head_dim, bias = query_kinds[b->planes - 1].bias;
    for (int r = 0; r < b->n; r++)
        for (int p = 0; p < count; p++) {
            const uint8_t *key = page + (size_t)(p / SIMD_ROWS) * cache_key_group(dim);
            const simd_act *u = b->u + 2 * r * dim;
            int64_t c = 0;
            for (int i = 0; i < dim; i++) {
                int q = u[i] + (b->planes > 1 ? u[dim + i] * 128 : 0) - bias;
                c += q * (int8_t)key[16 * (i / 4) + simd_place(p % SIMD_ROWS, i % 4)];
            }
            b->s[r * ATTEND_PAGE + p] = (float)(int32_t)c * (cache_key_scales(page, dim)[p] * b->d[r]);
        }
}

static void quantize_block_ref(weights *w, int block, const float *s, const float *d) {
    float x[BLOCK_COLS], squares[4] = {0}, top = 0;
    for (int i = 0; i < BLOCK_COLS; i++) {
        x[i] = s[i] != 0 ? s[i] * d[i] : 0;
        squares[i % 4] += x[i] * x[i];
        top = x[i] > top ? x[i] : top;
    }
    scales c = scales_of(top, (squares[0] + squares[2]) + (squares[1] + squares[3]));
    bool bad = c.d[0] != c.d[0];
    for (int i = 0; i < BLOCK_COLS; i++) {
        int u = bad ? 0 : c.fine ? (int)(x[i] * c.inverse[0]) : round_scaled(x[i], c.inverse[0]);
        int v = bad ? 0 : round_scaled(x[i] - (float)u * c.d[0], c.inverse[1]);
        w->u[0][BLOCK_COLS * block + i] = (simd_act)u;
        w->u[1][BLOCK_COLS * block + i] = (simd_act)(v < 0 ? 0 : v > 127 ? 127 : v);
    }
    for (int plane = 0; plane < 2; plane++) w->d[plane][block] = c.d[plane];
    w->fine[block] = c.fine;
}

void mix_int8_ref(band *b, const uint8_t *page, int from, int to) {
    const int dim = b->a->head_dim, blocks = (to + BLOCK_COLS - 1) / BLOCK_COLS;
    const float *d = cache_value_scales(page, dim);
    (void)from;
    for (int r = 0; r < b->n; r++)
        for (int i = 0; i < blocks; i++) {
            weights *w = &b->w[r];
            quantize_block_ref(w, i, b->s + r * ATTEND_PAGE + BLOCK_COLS * i, d + BLOCK_COLS * i);
            for (int plane = 0; plane < (w->fine[i] ? 2 : 1); plane++)
                for (int j = 0; j < dim; j++) {
                    const uint8_t *v = page + cache_values(dim) + (size_t)(j / SIMD_ROWS) * CACHE_VALUE_GROUP;
                    int32_t c = 0;
                    for (int k = BLOCK_COLS * i; k < BLOCK_COLS * (i + 1); k++)
                        c += (int8_t)v[16 * (k / 4) + simd_place(j % SIMD_ROWS, k % 4)] * w->u[plane][k];
                    b->y[r * dim + j] += (float)c * w->d[plane][i];
                }
        }
}
