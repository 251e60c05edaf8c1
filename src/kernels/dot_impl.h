/* The body of every integer product, and its plain C twin. Each form calls dot_tile() with constants, which makes one unrolled kernel.
 * An element of the result is, over the blocks (and halves) in order,
 *     f = f + (float(c) * (d * a.d) + m * a.s)    or    f = f + float(c) * (d * a.d)
 * with c the exact integer sum; tokens and rows of a tile never meet, so the tile's shape does not change a bit. */
#ifndef KERNELS_DOT_IMPL_H
#define KERNELS_DOT_IMPL_H

#include "kernels/form_impl.h"

#define DOT_INLINE static inline __attribute__((always_inline))
#define DOT_KERNEL static __attribute__((noinline)) /* V8 replaces baseline code when a function is entered again */

enum { DOT_PARTS = 4 / SIMD_COLS, DOT_GROUPS = 2 };

/* c[g][t] += the 16 bytes x[g] times columns col.. of each token. */
DOT_INLINE void dot_step(v128_t c[DOT_GROUPS][TILE_TOKENS], v128_t w0, v128_t w1, const act_block *const *a, int b, int col,
                         const int tokens) {
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        v128_t p = simd_load_act(a[t][b].q + col);
        c[0][t] = simd_dot_i8(c[0][t], p, w0);
        c[1][t] = simd_dot_i8(c[1][t], p, w1);
    }
}

/* Half h of block b: the integer sums of 32 / halves columns. */
DOT_INLINE void dot_sums(v128_t c[DOT_GROUPS][TILE_TOKENS], const uint8_t *w0, const uint8_t *w1, const act_block *const *a, int b,
                         int h, const int tokens, const shape s) {
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        const int32_t *minus = s.halves == 1 ? &a[t][b].minus_all : &a[t][b].minus[h];
        c[0][t] = c[1][t] = s.min ? wasm_i32x4_splat(0) : wasm_i32x4_shl(wasm_v128_load32_splat(minus), (uint32_t)s.shift);
    }
    const int n = (s.kind == FORM_NIBBLE ? 4 : 8) / s.halves;
#pragma clang loop unroll(full)
    for (int i = h * n; i < (h + 1) * n; i++)
#pragma clang loop unroll(full)
        for (int part = 0; part < DOT_PARTS; part++) {
            v128_t x0 = simd_load_u8(w0 + 16 * i, part), x1 = simd_load_u8(w1 + 16 * i, part);
            if (s.kind == FORM_NIBBLE) {
                int col = 8 * i + SIMD_COLS * part;
                dot_step(c, simd_low_nibbles(x0), simd_low_nibbles(x1), a, b, col, tokens);
                dot_step(c, simd_high_nibbles(x0), simd_high_nibbles(x1), a, b, col + 4, tokens);
            } else {
                dot_step(c, x0, x1, a, b, 4 * i + SIMD_COLS * part, tokens);
            }
        }
}

/* The same for signed bytes. */
DOT_INLINE void dot_sums_signed(v128_t c[DOT_GROUPS][TILE_TOKENS], const uint8_t *w0, const uint8_t *w1, const act_block *const *a,
                                int b, int n_blocks, const int tokens, const shape s) {
    v128_t z0 = wasm_i32x4_splat(0), z1 = z0;
    if (SIMD_DOT) {
        v128_t bias = wasm_i32x4_splat(-ACT_BIAS);
        z0 = wasm_i32x4_mul(wasm_i32x4_load16x4(w0 + shape_m(s)), bias);
        z1 = wasm_i32x4_mul(wasm_i32x4_load16x4(w1 + shape_m(s)), bias);
    }
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) c[0][t] = z0, c[1][t] = z1;
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++)
#pragma clang loop unroll(full)
        for (int part = 0; part < DOT_PARTS; part++) {
            v128_t x0 = simd_load_s8(w0 + 16 * i, part), x1 = simd_load_s8(w1 + 16 * i, part);
            if (!SIMD_DOT) {
                dot_step(c, x0, x1, a, b, 4 * i + SIMD_COLS * part, tokens);
                continue;
            }
#pragma clang loop unroll(full)
            for (int t = 0; t < tokens; t++) {
                const act_planes *u = act_row_planes(a[t], n_blocks) + b;
                v128_t p = wasm_v128_load32_splat(u->u[0] + 4 * i), q = wasm_v128_load32_splat(u->u[1] + 4 * i);
                c[0][t] = simd_dot_i8(simd_dot_i8(c[0][t], x0, p), x0, q);
                c[1][t] = simd_dot_i8(simd_dot_i8(c[1][t], x1, p), x1, q);
            }
        }
}

/* f += the sums c of half h with their scales. */
DOT_INLINE void dot_scale(v128_t f[TILE_TOKENS], const v128_t c[TILE_TOKENS], const uint8_t *w, const act_block *const *a, int b, int h,
                          const int tokens, const shape s) {
    v128_t d = wasm_v128_load(w + shape_d(s) + 16 * h);
    v128_t m = s.min ? wasm_v128_load(w + shape_m(s) + 16 * h) : d;
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        const act_block *x = &a[t][b];
        v128_t y = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(c[t]), wasm_f32x4_mul(d, wasm_v128_load32_splat(&x->d)));
        if (s.min) y = wasm_f32x4_add(y, wasm_f32x4_mul(m, wasm_v128_load32_splat(s.halves == 1 ? &x->s_all : &x->s[h])));
        f[t] = wasm_f32x4_add(f[t], y);
    }
}

DOT_INLINE void dot_tile(float *out, const uint8_t *w0, const uint8_t *w1, const act_block *const *rows, int n_blocks,
                         const int tokens, const shape s) {
    const act_block *a[TILE_TOKENS];
    v128_t f[DOT_GROUPS][TILE_TOKENS], c[DOT_GROUPS][TILE_TOKENS];
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) a[t] = rows[t], f[0][t] = f[1][t] = wasm_f32x4_splat(0);
    for (int b = 0; b < n_blocks; b++, w0 += shape_bytes(s), w1 += shape_bytes(s)) {
#pragma clang loop unroll(full)
        for (int h = 0; h < s.halves; h++) {
            if (s.kind == FORM_SIGNED) dot_sums_signed(c, w0, w1, a, b, n_blocks, tokens, s);
            else dot_sums(c, w0, w1, a, b, h, tokens, s);
            dot_scale(f[0], c[0], w0, a, b, h, tokens, s);
            dot_scale(f[1], c[1], w1, a, b, h, tokens, s);
        }
    }
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        wasm_v128_store(out + TILE_ROWS * t, f[0][t]);
        wasm_v128_store(out + TILE_ROWS * t + 4, f[1][t]);
    }
}

/* Columns [0, n) of a block as floats out[n][4]. */
DOT_INLINE void dot_widen(float *out, const uint8_t *w, int n, const shape s) {
    const v128_t bias = wasm_i32x4_splat(s.min || s.kind == FORM_SIGNED ? 0 : 1 << s.shift);
    for (int k = 0; k < n; k++) {
        int h = s.halves == 1 ? 0 : k / 16, vec = s.kind == FORM_NIBBLE ? k / 8 : k / 4;
        v128_t q = simd_column(w + 16 * vec, k % 4);
        if (s.kind == FORM_NIBBLE) q = wasm_v128_and(wasm_u32x4_shr(q, (uint32_t)(k & 4)), wasm_i32x4_splat(15));
        if (s.kind == FORM_SIGNED) q = wasm_i32x4_shr(wasm_i32x4_shl(q, 24), 24);
        v128_t x = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(wasm_i32x4_sub(q, bias)), wasm_v128_load(w + shape_d(s) + 16 * h));
        if (s.min) x = wasm_f32x4_add(x, wasm_v128_load(w + shape_m(s) + 16 * h));
        wasm_v128_store(out + 4 * k, x);
    }
}

#endif
