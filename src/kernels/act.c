/* Activations as int8 with a scale per 32 columns, and the sums that the forms' minima and biases need. */
#include "kernels/form_impl.h"
#include "kernels/kernels_ref.h"

#include <math.h>

/* Adding ROUND to |x| < 2^22 leaves x rounded to nearest even in the low bits of the float. */
#define ROUND 12582912.0f
static const int32_t ROUND_BITS = 0x4b400000, INF_BITS = 0x7f800000;

size_t act_bytes(uint32_t n, uint32_t cols) { return (n * act_row_bytes(cols) + 63) & ~(size_t)63; }

/* The scale of a block whose largest magnitude has the bits `top`, and its inverse. Below 1e-30 everything is zero. */
static float block_scale(int32_t top, float *inverse) {
    float most;
    memcpy(&most, &top, 4);
    *inverse = 0;
    if (top >= INF_BITS) return (float)NAN; /* all products of the row become NaN */
    if (most < 1e-30f) return 0;
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

static void quantize_block(act_block *b, act_planes *planes, const float *x) {
    v128_t top = wasm_i32x4_splat(0), v[8], sum[2];
    for (int i = 0; i < 8; i++) {
        v[i] = wasm_v128_load(x + 4 * i);
        top = wasm_i32x4_max(top, wasm_v128_and(v[i], wasm_i32x4_splat(0x7fffffff)));
    }
    top = wasm_i32x4_max(top, wasm_i32x4_shuffle(top, top, 2, 3, 0, 1));
    top = wasm_i32x4_max(top, wasm_i32x4_shuffle(top, top, 1, 0, 3, 2));
    float inverse, d = block_scale(wasm_i32x4_extract_lane(top, 0), &inverse);
    if (d != d) v[0] = v[1] = v[2] = v[3] = v[4] = v[5] = v[6] = v[7] = wasm_i32x4_splat(0);
    const v128_t scale = wasm_f32x4_splat(inverse), round = wasm_f32x4_splat(ROUND), bits = wasm_i32x4_splat(ROUND_BITS);
    for (int i = 0; i < 8; i++) v[i] = wasm_i32x4_sub(wasm_f32x4_add(wasm_f32x4_mul(v[i], scale), round), bits);
    for (int h = 0; h < 2; h++)
        sum[h] = wasm_i32x4_add(wasm_i32x4_add(v[4 * h], v[4 * h + 1]), wasm_i32x4_add(v[4 * h + 2], v[4 * h + 3]));
    for (int h = 0; h < 2; h++) {
        v128_t low = wasm_i16x8_narrow_i32x4(v[4 * h], v[4 * h + 1]), high = wasm_i16x8_narrow_i32x4(v[4 * h + 2], v[4 * h + 3]);
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

static void quantize_block_ref(act_block *b, act_planes *planes, const float *x) {
    int32_t top = 0, sum[2] = {0, 0};
    for (int i = 0; i < BLOCK_COLS; i++) {
        int32_t bits;
        memcpy(&bits, x + i, 4);
        bits &= 0x7fffffff;
        if (bits > top) top = bits;
    }
    float inverse, d = block_scale(top, &inverse);
    for (int i = 0; i < BLOCK_COLS; i++) {
        float y = (d == d ? x[i] : 0) * inverse + ROUND;
        int32_t q;
        memcpy(&q, &y, 4);
        q -= ROUND_BITS;
        sum[i / 16] += q;
        b->q[i] = (simd_act)q;
        if (!SIMD_DOT) continue;
        planes->u[0][i] = (uint8_t)(q + ACT_BIAS < 127 ? q + ACT_BIAS : 127);
        planes->u[1][i] = (uint8_t)(q + ACT_BIAS - planes->u[0][i]);
    }
    block_finish(b, d, sum[0], sum[1]);
}

typedef void block_fn(act_block *b, act_planes *planes, const float *x);

static void quantize_rows(void *a, const float *x, uint32_t cols, uint32_t from, uint32_t to, block_fn *block) {
    int n_blocks = (int)act_blocks(cols);
    for (uint32_t t = from; t < to; t++) {
        act_block *row = (act_block *)((uint8_t *)a + t * act_row_bytes(cols));
        act_planes *planes = (act_planes *)(row + n_blocks);
        const float *in = x + (size_t)t * cols;
        for (uint32_t k = 0; k < cols; k += BLOCK_COLS) {
            float tail[BLOCK_COLS] = {0};
            if (cols - k < BLOCK_COLS) memcpy(tail, in + k, (cols - k) * sizeof *tail);
            block(row + k / BLOCK_COLS, SIMD_DOT ? planes + k / BLOCK_COLS : NULL, cols - k < BLOCK_COLS ? tail : in + k);
        }
    }
}

void act_quantize(void *a, const float *x, uint32_t cols, uint32_t from, uint32_t to) {
    quantize_rows(a, x, cols, from, to, quantize_block);
}

void act_quantize_ref(void *a, const float *x, uint32_t cols, uint32_t from, uint32_t to) {
    quantize_rows(a, x, cols, from, to, quantize_block_ref);
}
