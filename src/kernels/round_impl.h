/* Rounding to nearest even without a call: adding ROUND_TO_INT to |x| < 2^22 leaves x, rounded, in the float's low
 * bits. */
#ifndef KERNELS_ROUND_IMPL_H
#define KERNELS_ROUND_IMPL_H

#include "kernels/simd.h"

#define ROUND_TO_INT 12582912.0f
#define SMALLEST_SCALED 1e-30f /* below this a block's scale, or its inverse, would leave the range of floats */
static const int32_t ROUND_BITS = 0x4b400000;

/* x * scale as an integer. */
static inline int32_t round_scaled(float x, float scale) {
    float y = x * scale + ROUND_TO_INT;
    int32_t q;
    memcpy(&q, &y, 4);
    return q - ROUND_BITS;
}

static inline v128_t simd_round_scaled(v128_t x, v128_t scale) {
    return wasm_i32x4_sub(wasm_f32x4_add(wasm_f32x4_mul(x, scale), wasm_f32x4_splat(ROUND_TO_INT)),
                          wasm_i32x4_splat(ROUND_BITS));
}

#endif
