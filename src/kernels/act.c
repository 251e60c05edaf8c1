/* Activations as int8 with a scale per 32 columns, and the sums that the forms' minima and biases need.
 *
 * A value much larger than its neighbours makes the scale of its block coarse for all of them, and small models have
 * many such blocks. Where the squares of a block add up to less than LONELY times that of its largest value, this value
 * is taken out and multiplied as it is (so do Dettmers et al. 2022, LLM.int8(), with whole columns); then the next, up
 * to BLOCK_OUTLIERS.
 */
#include "kernels/form_impl.h"
#include "kernels/kernels_ref.h"
#include "kernels/round_impl.h"

#include <math.h>

#define LONELY 1.8f
static const int32_t INF_BITS = 0x7f800000;

size_t act_bytes(uint32_t n, uint32_t cols) { return (n * act_row_bytes(cols) + 63) & ~(size_t)63; }

/* The scale of a block whose largest magnitude has the bits `top`, and its inverse. Below SMALLEST_SCALED everything is
 * zero. */
static float block_scale(int32_t top, float *inverse) {
    float most;
    memcpy(&most, &top, 4);
    *inverse = 0;
    if (top >= INF_BITS) return (float)NAN; /* all products of the row become NaN */
    if (most < SMALLEST_SCALED) return 0;
    *inverse = 127 / most;
    return most / 127;
}

static void block_finish(act_block *b, float d, int32_t sum0, int32_t sum1) {
    b->d = d;
    b->s[0] = d * (float)sum0;
    b->s[1] = d * (float)sum1;
    b->s_all = d * (float)(sum0 + sum1);
    b->minus[0] = -sum0;
    b->minus[1] = -sum1;
    b->minus_all = -(sum0 + sum1);
    b->unused = 0;
}

static int32_t sum_lanes(v128_t x) {
    return wasm_i32x4_extract_lane(x, 0) + wasm_i32x4_extract_lane(x, 1) + wasm_i32x4_extract_lane(x, 2) +
           wasm_i32x4_extract_lane(x, 3);
}

/* A row's storage, by part. */
typedef struct act_parts {
    act_block *block;   /* [n] */
    act_planes *planes; /* [n]; NULL but in dot builds */
    uint32_t *n_outliers;
    act_outlier *outlier;
} act_parts;

static act_parts parts_of(void *a, uint32_t cols, uint32_t token) {
    uint32_t n = act_blocks(cols);
    act_block *row = (act_block *)(void *)((uint8_t *)a + token * act_row_bytes(cols));
    act_planes *planes = (act_planes *)(void *)(row + n);
    uint32_t *tail = (uint32_t *)(void *)(planes + (SIMD_DOT ? n : 0));
    memset(tail, 0, act_outlier_bytes(n));
    return (act_parts){row, SIMD_DOT ? planes : NULL, tail, (act_outlier *)(void *)(tail + 16)};
}

/* Is the largest value, whose magnitude has the bits `top`, so much larger than the others that it is better taken out?
 */
static bool is_outlier(int32_t top, float squares) {
    float most;
    memcpy(&most, &top, 4);
    return top < INF_BITS && most >= SMALLEST_SCALED && squares < LONELY * (most * most);
}

/* Takes the value of magnitude `top` out of x, which begins at column col. */
static void take_outlier(const act_parts *to, float x[BLOCK_COLS], uint32_t col, int32_t top) {
    for (uint32_t k = 0; k < BLOCK_COLS; k++) {
        int32_t bits;
        memcpy(&bits, x + k, 4);
        if ((bits & INT32_MAX) != top) continue;
        to->outlier[(*to->n_outliers)++] = (act_outlier){x[k], col + k};
        x[k] = 0;
        return;
    }
}

/* ---- Vectors ---- */

/* Stores 32 integers with their scale. */
static void store_block(act_block *b, act_planes *planes, const v128_t v[8], float d) {
    v128_t sum[2];
    for (int h = 0; h < 2; h++) {
        sum[h] = wasm_i32x4_add(wasm_i32x4_add(v[4 * h], v[4 * h + 1]), wasm_i32x4_add(v[4 * h + 2], v[4 * h + 3]));
        v128_t low = wasm_i16x8_narrow_i32x4(v[4 * h], v[4 * h + 1]),
               high = wasm_i16x8_narrow_i32x4(v[4 * h + 2], v[4 * h + 3]);
        if (!SIMD_DOT) {
            wasm_v128_store(b->q + 16 * h, low);
            wasm_v128_store(b->q + 16 * h + 8, high);
            continue;
        }
        v128_t q = wasm_i8x16_narrow_i16x8(low, high), most = wasm_i8x16_splat(127);
        v128_t u = wasm_i8x16_add(q, wasm_i8x16_splat(ACT_BIAS)), u0 = wasm_u8x16_min(u, most);
        wasm_v128_store(b->q + 16 * h, q);
        wasm_v128_store(planes->u[0] + 16 * h, u0);
        wasm_v128_store(planes->u[1] + 16 * h, wasm_i8x16_sub(u, u0));
    }
    block_finish(b, d, sum_lanes(sum[0]), sum_lanes(sum[1]));
}

static float sum_squares(const v128_t x[8]) {
    v128_t s = wasm_f32x4_mul(x[0], x[0]);
    for (int i = 1; i < 8; i++) s = wasm_f32x4_add(s, wasm_f32x4_mul(x[i], x[i]));
    return (wasm_f32x4_extract_lane(s, 0) + wasm_f32x4_extract_lane(s, 2)) +
           (wasm_f32x4_extract_lane(s, 1) + wasm_f32x4_extract_lane(s, 3));
}

/* The bits of the largest magnitude. */
static int32_t largest(const v128_t x[8]) {
    v128_t top = wasm_i32x4_splat(0);
    for (int k = 0; k < 8; k++) top = wasm_i32x4_max(top, wasm_v128_and(x[k], wasm_i32x4_splat(INT32_MAX)));
    top = wasm_i32x4_max(top, wasm_i32x4_shuffle(top, top, 2, 3, 0, 1));
    top = wasm_i32x4_max(top, wasm_i32x4_shuffle(top, top, 1, 0, 3, 2));
    return wasm_i32x4_extract_lane(top, 0);
}

static void quantize_block(const act_parts *to, uint32_t i, const float *in) {
    v128_t x[8], v[8];
    float left[BLOCK_COLS];
    int32_t top;
    for (int taken = 0;; taken++) {
        for (int k = 0; k < 8; k++) x[k] = wasm_v128_load(in + 4 * k);
        top = largest(x);
        if (taken == BLOCK_OUTLIERS || !is_outlier(top, sum_squares(x))) break;
        if (!taken) memcpy(left, in, sizeof left);
        take_outlier(to, left, BLOCK_COLS * i, top);
        in = left;
    }
    float inverse, d = block_scale(top, &inverse);
    for (int k = 0; k < 8; k++)
        v[k] = d != d ? wasm_i32x4_splat(0) : simd_round_scaled(x[k], wasm_f32x4_splat(inverse));
    store_block(&to->block[i], SIMD_DOT ? &to->planes[i] : NULL, v, d);
}

/* ---- Plain C ---- */

static void store_block_ref(act_block *b, act_planes *planes, const int32_t q[BLOCK_COLS], float d) {
    int32_t sum[2] = {0, 0};
    for (int k = 0; k < BLOCK_COLS; k++) {
        sum[k / 16] += q[k];
        b->q[k] = (simd_act)q[k];
        if (!SIMD_DOT) continue;
        planes->u[0][k] = (uint8_t)(q[k] + ACT_BIAS < 127 ? q[k] + ACT_BIAS : 127);
        planes->u[1][k] = (uint8_t)(q[k] + ACT_BIAS - planes->u[0][k]);
    }
    block_finish(b, d, sum[0], sum[1]);
}

static void quantize_block_ref(const act_parts *to, uint32_t i, const float *in) {
    int32_t top, q[BLOCK_COLS];
    float x[BLOCK_COLS];
    memcpy(x, in, sizeof x);
    for (int taken = 0;; taken++) {
        float s[4] = {0};
        top = 0;
        for (int k = 0; k < BLOCK_COLS; k++) {
            int32_t bits;
            memcpy(&bits, x + k, 4);
            bits &= INT32_MAX;
            if (bits > top) top = bits;
            s[k % 4] += x[k] * x[k];
        }
        if (taken == BLOCK_OUTLIERS || !is_outlier(top, (s[0] + s[2]) + (s[1] + s[3]))) break;
        take_outlier(to, x, BLOCK_COLS * i, top);
    }
    float inverse, d = block_scale(top, &inverse);
    for (int k = 0; k < BLOCK_COLS; k++) q[k] = d != d ? 0 : round_scaled(x[k], inverse);
    store_block_ref(&to->block[i], SIMD_DOT ? &to->planes[i] : NULL, q, d);
}

typedef void block_fn(const act_parts *to, uint32_t i, const float *x);

static void quantize_rows(void *a, const float *x, uint32_t cols, uint32_t from, uint32_t to, block_fn *block) {
    for (uint32_t t = from; t < to; t++) {
        act_parts parts = parts_of(a, cols, t);
        const float *in = x + (size_t)t * cols;
        for (uint32_t k = 0; k < cols; k += BLOCK_COLS) {
            float tail[BLOCK_COLS] = {0};
            if (cols - k < BLOCK_COLS) memcpy(tail, in + k, (cols - k) * sizeof *tail);
            block(&parts, k / BLOCK_COLS, cols - k < BLOCK_COLS ? tail : in + k);
        }
    }
}

void act_quantize(void *a, const float *x, uint32_t cols, uint32_t from, uint32_t to) {
    quantize_rows(a, x, cols, from, to, quantize_block);
}

void act_quantize_ref(void *a, const float *x, uint32_t cols, uint32_t from, uint32_t to) {
    quantize_rows(a, x, cols, from, to, quantize_block_ref);
}
