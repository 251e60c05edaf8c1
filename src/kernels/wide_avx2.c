/* Wide tiles for processors with AVX2 alone. Pairs of products go into lanes of 16 bits, and these into lanes of 32
 * only where the next might not fit: 15 * 127 * 2 * 8 < 2^15, so for nibbles once in 32 columns. */
#include "kernels/dot_impl.h"

#if SIMD_WIDE
enum { WIDE_LANES = 8, WIDE_TOKENS = 4, WIDE_BIAS = 0 };

static bool runs(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("f16c"); }

#pragma clang attribute push(__attribute__((target("avx2,f16c"))), apply_to = function)
#include "kernels/wide_impl.h"

DOT_INLINE int wide_limit(shape s) { return 128 >> s.bits; }

/* The first operand is 0..128: of signed bytes the magnitude, and the activations take the sign. */
DOT_INLINE void wide_dot(wide_sums *c, wide_u8 x, wide_i32 act, shape s) {
    __m256i w = (__m256i)x, a = (__m256i)act;
    if (s.kind == FORM_SIGNED) a = _mm256_sign_epi8(a, w), w = _mm256_abs_epi8(w);
    c->part = c->part + (wide_i16)_mm256_maddubs_epi16(w, a);
}

DOT_INLINE void wide_fold(wide_sums *c) {
    c->sum = c->sum + (wide_i32)_mm256_madd_epi16((__m256i)c->part, _mm256_set1_epi16(1));
    c->part = (wide_i16)(0);
}

#pragma clang attribute pop

const wide_kernels wide_avx2 = {"AVX2", runs, WIDE_TOKENS, tiles};
#endif
