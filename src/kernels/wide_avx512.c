/* Wide tiles for processors with AVX-512 VNNI: a dot product of four bytes in one instruction, 512 bits, and registers
 * for the results of eight tokens. */
#include "kernels/dot_impl.h"

#if SIMD_WIDE
enum { WIDE_LANES = 16, WIDE_TOKENS = 8, WIDE_BIAS = 7 };

static bool runs(void) {
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
}

#pragma clang attribute push(__attribute__((target("avx512bw,avx512dq,avx512vl,avx512vnni"))), apply_to = function)
#include "kernels/wide_impl.h"

DOT_INLINE int wide_limit(shape s) { return (void)s, BLOCK_COLS; } /* nothing is left in parts */

/* The first operand is 0..255, exactly. */
DOT_INLINE void wide_dot(wide_sums *c, wide_u8 x, wide_i32 act, shape s) {
    if (s.kind == FORM_SIGNED) x ^= (wide_u8)(1 << WIDE_BIAS);
    c->sum = (wide_i32)_mm512_dpbusd_epi32((__m512i)c->sum, (__m512i)x, (__m512i)act);
}

DOT_INLINE void wide_fold(wide_sums *c) { (void)c; }

#pragma clang attribute pop

const wide_kernels wide_avx512 = {"AVX-512 VNNI", runs, WIDE_TOKENS, tiles};
#endif
