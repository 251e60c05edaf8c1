/* Vectors under one spelling, the names of <wasm_simd128.h>, in the tab and natively (through SIMDe). The only file
 * that knows which integer dot product the machine has. There are two bodies, which give the same integers: dot    four
 * int8 products a lane in one instruction (relaxed SIMD, VNNI, maddubs, NEON's dot): activations are kept as int8 widen
 * two int16 products a lane (plain simd128's i32x4.dot_i16x8): activations are kept as int16 SIMD_COLS says how many
 * columns one step covers, simd_put() where a weight lies in its 16 bytes: 4 rows x 4 columns. */
#ifndef KERNELS_SIMD_H
#define KERNELS_SIMD_H

#include <stdint.h>
#include <string.h>

#ifdef __wasm__
#include <wasm_simd128.h>
#else
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/wasm/simd128.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif
#endif

/* SIMDe 0.7.4 predates the relaxed dot, hence the native bodies. -DSIMD_WIDEN tests the other body natively. */
#if defined(SIMD_WIDEN)
#define SIMD_DOT 0
#elif defined(__wasm_relaxed_simd__) || defined(__SSSE3__) || defined(__ARM_FEATURE_DOTPROD)
#define SIMD_DOT 1
#else
#define SIMD_DOT 0
#endif

/* Are there kernels in wider vectors beside these (wide_impl.h), for the processors that have them? */
#if SIMD_DOT && defined(__x86_64__)
#define SIMD_WIDE 1
#else
#define SIMD_WIDE 0
#endif

#if SIMD_DOT
enum { SIMD_COLS = 4 };
typedef int8_t simd_act;

/* acc[i] += act[4i] * w[4i] + ... + act[4i+3] * w[4i+3], exactly. Requires 0 <= w[i] <= 127: engines differ beyond it.
 */
static inline v128_t simd_dot_i8(v128_t acc, v128_t act, v128_t w) {
#if defined(__wasm_relaxed_simd__)
    return wasm_i32x4_relaxed_dot_i8x16_i7x16_add(act, w, acc);
#elif defined(__AVX512VNNI__) && defined(__AVX512VL__)
    return (v128_t)_mm_dpbusd_epi32((__m128i)acc, (__m128i)w, (__m128i)act);
#elif defined(__AVXVNNI__)
    return (v128_t)_mm_dpbusd_avx_epi32((__m128i)acc, (__m128i)w, (__m128i)act);
#elif defined(__SSSE3__) /* no saturation: 2 * 127 * 128 < 2^15 */
    __m128i pairs = _mm_maddubs_epi16((__m128i)w, (__m128i)act);
    return (v128_t)_mm_add_epi32((__m128i)acc, _mm_madd_epi16(pairs, _mm_set1_epi16(1)));
#else
    return (v128_t)vdotq_s32((int32x4_t)acc, (int8x16_t)act, (int8x16_t)w);
#endif
}

/* 16 bytes (part is 0), as they are. */
static inline v128_t simd_load_u8(const uint8_t *p, int part) { return wasm_v128_load(p + 16 * part); }
static inline v128_t simd_load_s8(const uint8_t *p, int part) { return wasm_v128_load(p + 16 * part); }

static inline void simd_put(uint8_t *vec, int row, const uint8_t *q) { memcpy(vec + 4 * row, q, 4); }

/* Column k of the 4 x 4 bytes at p, a lane per row: of each byte the bits from `bit` on that `mask` has. */
static inline v128_t simd_column(const uint8_t *p, int k, int bit, int32_t mask) {
    return wasm_v128_and(wasm_u32x4_shr(wasm_v128_load(p), (uint32_t)(8 * k + bit)), wasm_i32x4_splat(mask));
}
static inline int simd_place(int row, int k) { return 4 * row + k; }

/* 4 rows of 4 bytes as simd_put() lays them. */
static inline v128_t simd_arrange(v128_t rows) { return rows; }
#else
enum { SIMD_COLS = 2 };
typedef int16_t simd_act;

static inline v128_t simd_dot_i8(v128_t acc, v128_t act, v128_t w) {
    return wasm_i32x4_add(acc, wasm_i32x4_dot_i16x8(act, w));
}

/* Bytes 8 part ... 8 part + 7, widened. */
static inline v128_t simd_load_u8(const uint8_t *p, int part) { return wasm_u16x8_load8x8(p + 8 * part); }
static inline v128_t simd_load_s8(const uint8_t *p, int part) { return wasm_i16x8_load8x8(p + 8 * part); }

static inline void simd_put(uint8_t *vec, int row, const uint8_t *q) {
    memcpy(vec + 2 * row, q, 2);
    memcpy(vec + 8 + 2 * row, q + 2, 2);
}

static inline v128_t simd_column(const uint8_t *p, int k, int bit, int32_t mask) {
    v128_t pairs = wasm_u32x4_load16x4(p + 8 * (k / 2));
    return wasm_v128_and(wasm_u32x4_shr(pairs, (uint32_t)(8 * (k % 2) + bit)), wasm_i32x4_splat(mask));
}
static inline int simd_place(int row, int k) { return k / 2 * 8 + 2 * row + k % 2; }

static inline v128_t simd_arrange(v128_t rows) { return wasm_i16x8_shuffle(rows, rows, 0, 2, 4, 6, 1, 3, 5, 7); }
#endif

enum { SIMD_ROWS = 4 }; /* a lane each */

/* x, so that the compiler does not know it for a constant: V8 makes those anew in every turn of a loop. */
static inline v128_t simd_variable(v128_t x) {
#ifdef __wasm__
    volatile v128_t y = x;
    return y;
#else
    return x;
#endif
}

/* Keeps the compiler from moving loads across, and with them the values that live: V8 has 15 vector registers. */
static inline void simd_fence(void) {
#ifdef __wasm__
    __asm__ volatile("" ::: "memory");
#endif
}

/* Of bytes in the widths that simd_load_u8() gives; `nibble` is 15 in every byte. */
static inline v128_t simd_high_nibbles(v128_t x, v128_t nibble) {
    x = wasm_u16x8_shr(x, 4);
    return SIMD_COLS == 4 ? wasm_v128_and(x, nibble) : x;
}

/* SIMD_COLS activations, the same for every row. */
static inline v128_t simd_load_act(const simd_act *q) { return wasm_v128_load32_splat(q); }

static inline v128_t simd_select(v128_t mask, v128_t yes, v128_t no) { return wasm_v128_bitselect(yes, no, mask); }

/* The halves (binary16) in the low 16 bits of each lane, whose others are 0, as floats. Three kinds by exponent:
 * subnormal halves count 2^-24, normal ones get their exponent's bias changed, infinities and NaN keep theirs at the
 * end of the range. No float on the way is subnormal: arithmetic on those is slow. */
static inline v128_t simd_from_f16(v128_t h) {
    v128_t a = wasm_v128_and(h, wasm_i32x4_splat(0x7fff)), moved = wasm_i32x4_shl(a, 13);
    v128_t x = wasm_i32x4_add(moved, wasm_i32x4_splat((127 - 15) << 23));
    x = simd_select(wasm_i32x4_lt(a, wasm_i32x4_splat(0x400)),
                    wasm_f32x4_mul(wasm_f32x4_convert_i32x4(a), wasm_f32x4_splat(0x1p-24f)), x);
    x = simd_select(wasm_i32x4_lt(a, wasm_i32x4_splat(0x7c00)), x, wasm_v128_or(moved, wasm_i32x4_splat(0x7f800000)));
    return wasm_v128_or(x, wasm_i32x4_shl(wasm_v128_xor(h, a), 16));
}

/* Four finite halves (binary16) at p as floats, exactly, where there is no instruction for it: moved into a float's
 * place, and the exponent's bias made up for. Subnormal ones take some hundred cycles on the way. The constants are
 * simd_halves_bits() and simd_halves_bias(), for loops to keep them. */
static inline v128_t simd_halves_bits(void) { return wasm_i32x4_splat((int32_t)0x8fffe000); }
static inline v128_t simd_halves_bias(void) { return wasm_f32x4_splat(0x1p112f); }
static inline v128_t simd_load_halves(const uint8_t *p, v128_t bits, v128_t bias) {
#ifdef __F16C__
    return (void)bits, (void)bias, (v128_t)_mm_cvtph_ps(_mm_loadl_epi64((const __m128i *)(const void *)p));
#else
    return wasm_f32x4_mul(wasm_v128_and(wasm_i32x4_shl(wasm_i32x4_load16x4(p), 13), bits), bias);
#endif
}

/* The lanes' sum in the order every kernel and its _ref uses: (x0 + x2) + (x1 + x3). */
static inline float simd_sum(v128_t x) {
    v128_t y = wasm_f32x4_add(x, wasm_i32x4_shuffle(x, x, 2, 3, 0, 1));
    return wasm_f32x4_extract_lane(y, 0) + wasm_f32x4_extract_lane(y, 1);
}

#endif
