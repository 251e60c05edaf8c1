/* Float matrices, kept in the type's own bits as [columns][4 rows]; only matmul_f32() multiplies them. */
#include "kernels/form_impl.h"

static void widen_f32(float *out, const uint8_t *p, int n) { memcpy(out, p, (size_t)n * 16); }

static void widen_bf16(float *out, const uint8_t *p, int n) {
    for (int k = 0; k < n; k++) wasm_v128_store(out + 4 * k, wasm_i32x4_shl(wasm_u32x4_load16x4(p + 8 * k), 16));
}

/* A half's exponent and fraction, moved into a float's place, read 2^112 times too small: one exact product puts that right for
 * subnormals too. Only infinities and NaN need their exponent set. */
static void widen_f16(float *out, const uint8_t *p, int n) {
    const v128_t scale = wasm_i32x4_splat(0x77800000), magnitude = wasm_i32x4_splat(0x7fff), most = wasm_i32x4_splat(0x7bff);
    for (int k = 0; k < n; k++) {
        v128_t h = wasm_u32x4_load16x4(p + 8 * k), a = wasm_v128_and(h, magnitude);
        v128_t x = wasm_f32x4_mul(wasm_i32x4_shl(a, 13), scale);
        v128_t special = wasm_v128_or(wasm_i32x4_shl(a, 13), wasm_i32x4_splat(0x7f800000));
        x = simd_select(wasm_i32x4_gt(a, most), special, x);
        wasm_v128_store(out + 4 * k, wasm_v128_or(x, wasm_i32x4_shl(wasm_v128_xor(h, a), 16)));
    }
}

const form form_f32 = {{FORM_FLOAT, 0, false, 0}, 4, NULL, NULL, widen_f32};
const form form_f16 = {{FORM_FLOAT, 0, false, 0}, 2, NULL, NULL, widen_f16};
const form form_bf16 = {{FORM_FLOAT, 0, false, 0}, 2, NULL, NULL, widen_bf16};
