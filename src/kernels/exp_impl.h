/* exp() of four floats, the same bits as k_exp() in each lane.
 * x = n ln 2 + r, |r| <= ln 2 / 2; exp(r) by its series, 2^n in two factors so that results below 2^-126 round once.
 * The series' first omitted term is r^8 / 8! < 6e-9; ln 2 is split so that n * EXP_LN2_HIGH is exact. */
#ifndef KERNELS_EXP_IMPL_H
#define KERNELS_EXP_IMPL_H

#include "kernels/simd.h"

#define EXP_LOWEST -104.0f    /* exp() below this is less than half the smallest float */
#define EXP_HIGHEST 89.0f     /* and above this infinite */
#define EXP_ROUND 12582912.0f /* 1.5 * 2^23: x + this holds x to the nearest integer in its low bits */
#define EXP_LOG2E 1.44269504f
#define EXP_LN2_HIGH 0.693359375f
#define EXP_LN2_LOW -2.12194440e-4f

static inline v128_t simd_exp(v128_t x) {
    const v128_t lowest = wasm_f32x4_splat(EXP_LOWEST), highest = wasm_f32x4_splat(EXP_HIGHEST),
                 one = wasm_f32x4_splat(1);
    x = simd_select(wasm_f32x4_lt(x, lowest), lowest, x); /* NaN stays */
    x = simd_select(wasm_f32x4_gt(x, highest), highest, x);
    v128_t t = wasm_f32x4_add(wasm_f32x4_mul(x, wasm_f32x4_splat(EXP_LOG2E)), wasm_f32x4_splat(EXP_ROUND));
    v128_t n = wasm_f32x4_sub(t, wasm_f32x4_splat(EXP_ROUND));
    v128_t r = wasm_f32x4_sub(x, wasm_f32x4_mul(n, wasm_f32x4_splat(EXP_LN2_HIGH)));
    r = wasm_f32x4_sub(r, wasm_f32x4_mul(n, wasm_f32x4_splat(EXP_LN2_LOW)));
    v128_t p = wasm_f32x4_splat(1.0f / 5040);
    p = wasm_f32x4_add(wasm_f32x4_mul(p, r), wasm_f32x4_splat(1.0f / 720));
    p = wasm_f32x4_add(wasm_f32x4_mul(p, r), wasm_f32x4_splat(1.0f / 120));
    p = wasm_f32x4_add(wasm_f32x4_mul(p, r), wasm_f32x4_splat(1.0f / 24));
    p = wasm_f32x4_add(wasm_f32x4_mul(p, r), wasm_f32x4_splat(1.0f / 6));
    p = wasm_f32x4_add(wasm_f32x4_mul(p, r), wasm_f32x4_splat(0.5f));
    p = wasm_f32x4_add(wasm_f32x4_mul(p, wasm_f32x4_mul(r, r)), r);
    p = wasm_f32x4_add(p, one);
    v128_t i = wasm_i32x4_sub(t, wasm_f32x4_splat(EXP_ROUND)), half = wasm_i32x4_shr(i, 1); /* bits: n as an integer */
    v128_t a = wasm_i32x4_add(wasm_i32x4_shl(half, 23), one),
           b = wasm_i32x4_add(wasm_i32x4_shl(wasm_i32x4_sub(i, half), 23), one);
    return wasm_f32x4_mul(wasm_f32x4_mul(p, a), b);
}

/* exp() of x <= 0 to a relative error of 8e-6, in half the operations: for weights that become integers of 14 bits at
 * most. 0 where the result is below 2^-126.5; NaN stays. 2^f, |f| <= 1/2, is the polynomial of degree 4 with constant
 * term 1 whose largest relative error is least (by reweighted least squares). */
#define EXP_COARSE_1 0.6931242f
#define EXP_COARSE_2 0.24024099f
#define EXP_COARSE_3 0.055906426f
#define EXP_COARSE_4 0.009582853f
#define EXP_COARSE_ROUND (EXP_ROUND + 127) /* the integer comes with the exponent's bias */

static inline v128_t simd_exp_coarse(v128_t x) {
    x = wasm_f32x4_pmax(wasm_f32x4_mul(x, wasm_f32x4_splat(EXP_LOG2E)), wasm_f32x4_splat(-127));
    v128_t t = wasm_f32x4_add(x, wasm_f32x4_splat(EXP_COARSE_ROUND));
    v128_t f = wasm_f32x4_sub(x, wasm_f32x4_sub(t, wasm_f32x4_splat(EXP_COARSE_ROUND)));
    v128_t p = wasm_f32x4_splat(EXP_COARSE_4);
    p = wasm_f32x4_add(wasm_f32x4_mul(p, f), wasm_f32x4_splat(EXP_COARSE_3));
    p = wasm_f32x4_add(wasm_f32x4_mul(p, f), wasm_f32x4_splat(EXP_COARSE_2));
    p = wasm_f32x4_add(wasm_f32x4_mul(p, f), wasm_f32x4_splat(EXP_COARSE_1));
    p = wasm_f32x4_add(wasm_f32x4_mul(p, f), wasm_f32x4_splat(1));
    return wasm_f32x4_mul(p, wasm_i32x4_shl(t, 23));
}

/* The same bits in scalars. */
static inline float exp_coarse(float x) {
    x *= EXP_LOG2E;
    if (x < -127) x = -127;
    float t = x + EXP_COARSE_ROUND, f = x - (t - EXP_COARSE_ROUND), power;
    float p = EXP_COARSE_4;
    p = p * f + EXP_COARSE_3;
    p = p * f + EXP_COARSE_2;
    p = p * f + EXP_COARSE_1;
    p = p * f + 1;
    uint32_t bits;
    memcpy(&bits, &t, 4);
    bits <<= 23;
    memcpy(&power, &bits, 4);
    return p * power;
}

#endif
