/* Weights of five and six bits: Q5_0, Q5_1, Q5_K, Q6_K, one byte each. */
#include "kernels/dot_impl.h"

static const shape MIN = {FORM_BYTE, 1, true, 0}, BIAS = {FORM_BYTE, 1, false, 4}, BIAS16 = {FORM_BYTE, 2, false, 5};

DOT_KERNEL void tile_min(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a, int n_blocks) {
    dot_tile(out, w, n_groups, a, n_blocks, MIN);
}
DOT_KERNEL void line_min(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a, int n_blocks) {
    dot_line(out, w, n_groups, a, n_blocks, MIN);
}
DOT_KERNEL void tile_bias(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a, int n_blocks) {
    dot_tile(out, w, n_groups, a, n_blocks, BIAS);
}
DOT_KERNEL void line_bias(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a, int n_blocks) {
    dot_line(out, w, n_groups, a, n_blocks, BIAS);
}
DOT_KERNEL void tile_bias16(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a, int n_blocks) {
    dot_tile(out, w, n_groups, a, n_blocks, BIAS16);
}
DOT_KERNEL void line_bias16(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a, int n_blocks) {
    dot_line(out, w, n_groups, a, n_blocks, BIAS16);
}

static void widen_min(float *out, const uint8_t *block, int n) { dot_widen(out, block, n, MIN); }
static void widen_bias(float *out, const uint8_t *block, int n) { dot_widen(out, block, n, BIAS); }
static void widen_bias16(float *out, const uint8_t *block, int n) { dot_widen(out, block, n, BIAS16); }

const form form_byte_min = {MIN, 0, tile_min, line_min, widen_min};
const form form_byte_bias = {BIAS, 0, tile_bias, line_bias, widen_bias};
const form form_byte_bias16 = {BIAS16, 0, tile_bias16, line_bias16, widen_bias16};
