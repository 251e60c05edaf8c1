/* Float matrices, kept in the type's own bits as [columns][8 rows]; only matmul_f32() multiplies them. */
#include "kernels/form_impl.h"

static void widen_f32(float *out, const uint8_t *p, int n) { memcpy(out, p, (size_t)n * MATRIX_GROUP * 4); }

static void widen_bf16(float *out, const uint8_t *p, int n) {
    for (int k = 0; k < n * GROUP_VECS; k++)
        wasm_v128_store(out + 4 * k, wasm_i32x4_shl(wasm_u32x4_load16x4(p + 8 * k), 16));
}

/* Three kinds by exponent: subnormal halves count 2^-24, normal ones get their exponent's bias changed, infinities and
 * NaN keep theirs at the end of the range. No float on the way is subnormal: arithmetic on those is slow. */
static void widen_f16(float *out, const uint8_t *p, int n) {
    const v128_t magnitude = wasm_i32x4_splat(0x7fff), normal = wasm_i32x4_splat(0x400),
                 special = wasm_i32x4_splat(0x7c00);
    for (int k = 0; k < n * GROUP_VECS; k++) {
        v128_t h = wasm_u32x4_load16x4(p + 8 * k), a = wasm_v128_and(h, magnitude), moved = wasm_i32x4_shl(a, 13);
        v128_t x = wasm_i32x4_add(moved, wasm_i32x4_splat((127 - 15) << 23));
        x = simd_select(wasm_i32x4_lt(a, normal),
                        wasm_f32x4_mul(wasm_f32x4_convert_i32x4(a), wasm_f32x4_splat(0x1p-24f)), x);
        x = simd_select(wasm_i32x4_lt(a, special), x, wasm_v128_or(moved, wasm_i32x4_splat(0x7f800000)));
        wasm_v128_store(out + 4 * k, wasm_v128_or(x, wasm_i32x4_shl(wasm_v128_xor(h, a), 16)));
    }
}

const form form_f32 = {&shape_float, FLOATS, 4, NULL, NULL, widen_f32};
const form form_f16 = {&shape_float, FLOATS, 2, NULL, NULL, widen_f16};
const form form_bf16 = {&shape_float, FLOATS, 2, NULL, NULL, widen_bf16};
