/* Wide tiles for processors with AVX-VNNI: a dot product of four bytes in one instruction, 256 bits. */
#include "kernels/dot_impl.h"

#if SIMD_WIDE
enum { WIDE_LANES = 8, WIDE_TOKENS = 4, WIDE_BIAS = 7 };

static bool runs(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("f16c") && __builtin_cpu_supports("avxvnni");
}

#pragma clang attribute push(__attribute__((target("avx2,f16c,avxvnni"))), apply_to = function)
#include "kernels/wide_impl.h"

DOT_INLINE int wide_limit(shape s) { return (void)s, BLOCK_COLS; } /* nothing is left in parts */

/* The first operand is 0..255, exactly. */
DOT_INLINE void wide_dot(wide_sums *c, wide_u8 x, wide_i32 act, shape s) {
    if (s.kind == FORM_SIGNED) x ^= (wide_u8)(1 << WIDE_BIAS);
    c->sum = (wide_i32)_mm256_dpbusd_avx_epi32((__m256i)c->sum, (__m256i)x, (__m256i)act);
}

DOT_INLINE void wide_fold(wide_sums *c) { (void)c; }

#pragma clang attribute pop

const wide_kernels wide_avxvnni = {"AVX-VNNI", runs, WIDE_TOKENS, tiles};
#endif
