/* Weights that are signed bytes: Q8_0, Q8_K, IQ4_NL. */
#include "kernels/dot_impl.h"

static const shape SIGNED = {FORM_SIGNED, 1, false, 0};

DOT_KERNEL void tile_signed(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a, int n_blocks) {
    dot_tile(out, w, n_groups, a, n_blocks, SIGNED);
}
DOT_KERNEL void line_signed(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a, int n_blocks) {
    dot_line(out, w, n_groups, a, n_blocks, SIGNED);
}
static void widen_signed(float *out, const uint8_t *block, int n) { dot_widen(out, block, n, SIGNED); }

const form form_signed = {SIGNED, 0, tile_signed, line_signed, widen_signed};
