/* Float matrices, kept in the type's own bits as [columns][8 rows]; only matmul_f32() multiplies them. */
#include "kernels/form_impl.h"

static void widen_f32(float *out, const uint8_t *p, int n) { memcpy(out, p, (size_t)n * MATRIX_GROUP * 4); }

static void widen_bf16(float *out, const uint8_t *p, int n) {
    for (int k = 0; k < n * GROUP_VECS; k++)
        wasm_v128_store(out + 4 * k, wasm_i32x4_shl(wasm_u32x4_load16x4(p + 8 * k), 16));
}

static void widen_f16(float *out, const uint8_t *p, int n) {
    for (int k = 0; k < n * GROUP_VECS; k++)
        wasm_v128_store(out + 4 * k, simd_from_f16(wasm_u32x4_load16x4(p + 8 * k)));
}

const form form_f32 = {&shape_float, FLOATS, 4, NULL, NULL, widen_f32};
const form form_f16 = {&shape_float, FLOATS, 2, NULL, NULL, widen_f16};
const form form_bf16 = {&shape_float, FLOATS, 2, NULL, NULL, widen_bf16};
