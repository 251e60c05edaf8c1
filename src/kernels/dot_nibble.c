/* Weights of up to four bits: Q4_0, Q4_1, Q4_K, Q2_K, Q3_K. */
#include "kernels/dot_impl.h"

static const shape MIN = {FORM_NIBBLE, 1, true, 0}, BIAS = {FORM_NIBBLE, 1, false, 3};
static const shape MIN16 = {FORM_NIBBLE, 2, true, 0}, BIAS16 = {FORM_NIBBLE, 2, false, 2};

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
DOT_KERNEL void tile_min16(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a, int n_blocks) {
    dot_tile(out, w, n_groups, a, n_blocks, MIN16);
}
DOT_KERNEL void line_min16(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a, int n_blocks) {
    dot_line(out, w, n_groups, a, n_blocks, MIN16);
}
DOT_KERNEL void tile_bias16(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a, int n_blocks) {
    dot_tile(out, w, n_groups, a, n_blocks, BIAS16);
}
DOT_KERNEL void line_bias16(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a, int n_blocks) {
    dot_line(out, w, n_groups, a, n_blocks, BIAS16);
}

static void widen_min(float *out, const uint8_t *block, int n) { dot_widen(out, block, n, MIN); }
static void widen_bias(float *out, const uint8_t *block, int n) { dot_widen(out, block, n, BIAS); }
static void widen_min16(float *out, const uint8_t *block, int n) { dot_widen(out, block, n, MIN16); }
static void widen_bias16(float *out, const uint8_t *block, int n) { dot_widen(out, block, n, BIAS16); }

const form form_nibble_min = {MIN, 0, tile_min, line_min, widen_min};
const form form_nibble_bias = {BIAS, 0, tile_bias, line_bias, widen_bias};
const form form_nibble_min16 = {MIN16, 0, tile_min16, line_min16, widen_min16};
const form form_nibble_bias16 = {BIAS16, 0, tile_bias16, line_bias16, widen_bias16};
