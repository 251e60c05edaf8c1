/* The body of every integer product, and its plain C twin. Each form calls dot_tile() with constants, which makes one
 * unrolled kernel. An element of the result is, over the blocks (and halves) in order, f = f + (float(c) * (d * a.d) +
 * m * a.s)    or    f = f + float(c) * (d * a.d) with c the exact integer sum; tokens and rows of a tile never meet, so
 * the tile's shape does not change a bit. */
#ifndef KERNELS_DOT_IMPL_H
#define KERNELS_DOT_IMPL_H

#include "kernels/form_impl.h"

#define DOT_INLINE static inline __attribute__((always_inline))
#define DOT_KERNEL static __attribute__((noinline)) /* V8 replaces baseline code when a function is entered again */

enum { DOT_PARTS = 4 / SIMD_COLS, DOT_GROUPS = 2 };

/* A tile's operands: `groups` groups of rows by `tokens` tokens. */
typedef struct dot_operands {
    const uint8_t *w[DOT_GROUPS]; /* the block at hand */
    const act_block *a[TILE_TOKENS];
    const act_planes *u[TILE_TOKENS];
} dot_operands;

/* c[g][t] += the weights x[g] times columns col.. of each token. A tile of one group and one token would be a single
 * chain of additions, so it takes turns with all of c[0] (dot_join). */
DOT_INLINE void dot_step(v128_t c[DOT_GROUPS][TILE_TOKENS], const v128_t *x, const dot_operands *o, int col,
                         const int groups, const int tokens) {
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        v128_t p = simd_load_act(o->a[t]->q + col);
        int at = groups * tokens == 1 ? col / SIMD_COLS % TILE_TOKENS : t;
#pragma clang loop unroll(full)
        for (int g = 0; g < groups; g++) c[g][at] = simd_dot_i8(c[g][at], p, x[g]);
    }
}

DOT_INLINE void dot_join(v128_t c[TILE_TOKENS]) {
    c[0] = wasm_i32x4_add(wasm_i32x4_add(c[0], c[1]), wasm_i32x4_add(c[2], c[3]));
}

/* c += columns 8 i .. 8 i + 7. */
DOT_INLINE void dot_chunk(v128_t c[DOT_GROUPS][TILE_TOKENS], const dot_operands *o, int i, const int groups,
                          const int tokens, const shape s) {
#pragma clang loop unroll(full)
    for (int part = 0; part < DOT_PARTS; part++) {
        v128_t x[DOT_GROUPS], y[DOT_GROUPS]; /* columns 0..3 and 4..7 of the chunk */
#pragma clang loop unroll(full)
        for (int g = 0; g < groups; g++) {
            if (s.kind == FORM_NIBBLE) {
                x[g] = simd_load_u8(o->w[g] + 16 * i, part);
                y[g] = simd_high_nibbles(x[g]), x[g] = simd_low_nibbles(x[g]);
            } else {
                x[g] = simd_load_u8(o->w[g] + 32 * i, part), y[g] = simd_load_u8(o->w[g] + 32 * i + 16, part);
            }
        }
        dot_step(c, x, o, 8 * i + SIMD_COLS * part, groups, tokens);
        dot_step(c, y, o, 8 * i + SIMD_COLS * part + 4, groups, tokens);
    }
}

/* The same for signed bytes, which in dot builds are multiplied with both planes of the activations. */
DOT_INLINE void dot_chunk_signed(v128_t c[DOT_GROUPS][TILE_TOKENS], const dot_operands *o, int i, const int groups,
                                 const int tokens) {
#pragma clang loop unroll(full)
    for (int k = 0; k < 2 * DOT_PARTS; k++) {
        const int at = 8 * i + SIMD_COLS * k;
        v128_t x[DOT_GROUPS];
#pragma clang loop unroll(full)
        for (int g = 0; g < groups; g++) x[g] = simd_load_s8(o->w[g] + 32 * i, k);
        if (!SIMD_DOT) {
            dot_step(c, x, o, at, groups, tokens);
            continue;
        }
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            v128_t p = wasm_v128_load32_splat(o->u[t]->u[0] + at), q = wasm_v128_load32_splat(o->u[t]->u[1] + at);
            int one = groups * tokens == 1 ? 2 * k : t, two = groups * tokens == 1 ? 2 * k + 1 : t;
#pragma clang loop unroll(full)
            for (int g = 0; g < groups; g++) {
                c[g][one] = simd_dot_i8(c[g][one], x[g], p);
                c[g][two] = simd_dot_i8(c[g][two], x[g], q);
            }
        }
    }
}

/* What c starts from: the bias. */
DOT_INLINE v128_t dot_start(const dot_operands *o, int h, int g, int t, const shape s) {
    if (s.kind == FORM_SIGNED && SIMD_DOT)
        return wasm_i32x4_mul(wasm_i32x4_load16x4(o->w[g] + shape_m(s)), wasm_i32x4_splat(-ACT_BIAS));
    if (s.kind == FORM_SIGNED || s.min) return wasm_i32x4_splat(0);
    const int32_t *minus = s.halves == 1 ? &o->a[t]->minus_all : &o->a[t]->minus[h];
    return wasm_i32x4_shl(wasm_v128_load32_splat(minus), (uint32_t)s.shift);
}

/* c = the integer sums of half h: 32 / halves columns. The loop over a tile is left rolled: unrolled, the compiler
 * moves all products of a token together, and with them four times the live values that there are registers for. A line
 * has values to spare, and loads that each keep one stride are what the processor's prefetcher recognises. */
DOT_INLINE void dot_sums(v128_t c[DOT_GROUPS][TILE_TOKENS], const dot_operands *o, int h, const int groups,
                         const int tokens, const shape s) {
    const int n = 4 / s.halves;
#pragma clang loop unroll(full)
    for (int g = 0; g < groups; g++)
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) c[g][t] = dot_start(o, h, g, t, s);
    if (groups * tokens == 1) {
        c[0][1] = c[0][2] = c[0][3] = wasm_i32x4_splat(0);
#pragma clang loop unroll(full)
        for (int i = h * n; i < (h + 1) * n; i++)
            if (s.kind == FORM_SIGNED) dot_chunk_signed(c, o, i, groups, tokens);
            else dot_chunk(c, o, i, groups, tokens, s);
        dot_join(c[0]);
    } else {
#pragma clang loop unroll(disable)
        for (int i = h * n; i < (h + 1) * n; i++)
            if (s.kind == FORM_SIGNED) dot_chunk_signed(c, o, i, groups, tokens);
            else dot_chunk(c, o, i, groups, tokens, s);
    }
}

/* f += the sums c of half h with their scales. */
DOT_INLINE void dot_scale(v128_t f[TILE_TOKENS], const v128_t c[TILE_TOKENS], const uint8_t *w,
                          const act_block *const *a, int h, const int tokens, const shape s) {
    v128_t d = wasm_v128_load(w + shape_d(s) + 16 * h);
    v128_t m = s.min ? wasm_v128_load(w + shape_m(s) + 16 * h) : d;
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        v128_t y = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(c[t]), wasm_f32x4_mul(d, wasm_v128_load32_splat(&a[t]->d)));
        const float *sum = s.halves == 1 ? &a[t]->s_all : &a[t]->s[h];
        if (s.min) y = wasm_f32x4_add(y, wasm_f32x4_mul(m, wasm_v128_load32_splat(sum)));
        f[t] = wasm_f32x4_add(f[t], y);
    }
}

/* out[tokens][4 groups]. */
DOT_INLINE void dot_product(float *out, const uint8_t *const *w, const act_block *const *a, int n_blocks,
                            const int groups, const int tokens, const shape s) {
    v128_t f[DOT_GROUPS][TILE_TOKENS], c[DOT_GROUPS][TILE_TOKENS];
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) f[0][t] = f[1][t] = wasm_f32x4_splat(0);
    for (int b = 0; (b = act_next(a, tokens, b, n_blocks)) < 2 * n_blocks; b++) {
        dot_operands o;
        size_t column = (size_t)(b < n_blocks ? b : b - n_blocks);
#pragma clang loop unroll(full)
        for (int g = 0; g < groups; g++) o.w[g] = w[g] + column * shape_bytes(s);
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) o.a[t] = a[t] + b, o.u[t] = act_row_planes(a[t], n_blocks) + b;
#pragma clang loop unroll(full)
        for (int h = 0; h < s.halves; h++) {
            dot_sums(c, &o, h, groups, tokens, s);
#pragma clang loop unroll(full)
            for (int g = 0; g < groups; g++) dot_scale(f[g], c[g], o.w[g], o.a, h, tokens, s);
        }
    }
#pragma clang loop unroll(full)
    for (int g = 0; g < groups; g++)
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) wasm_v128_store(out + MATRIX_GROUP * (t * groups + g), f[g][t]);
}

/* Two groups by TILE_TOKENS tokens; of a lone last group both are the same. */
DOT_INLINE void dot_tile(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a, int n_blocks,
                         const shape s) {
    size_t group = n_groups > 1 ? (size_t)n_blocks * shape_bytes(s) : 0;
    dot_product(out, (const uint8_t *const[]){w, w + group}, a, n_blocks, DOT_GROUPS, TILE_TOKENS, s);
}

/* Group after group by one token: weights that come from memory are best read in one long stream. */
DOT_INLINE void dot_line(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a, int n_blocks,
                         const shape s) {
    for (uint32_t g = 0; g < n_groups; g++, w += (size_t)n_blocks * shape_bytes(s))
        dot_product(out + MATRIX_GROUP * g, &w, a, n_blocks, 1, 1, s);
}

/* Columns [0, n) of a block as floats out[n][4]. */
DOT_INLINE void dot_widen(float *out, const uint8_t *w, int n, const shape s) {
    const v128_t bias = wasm_i32x4_splat(s.min || s.kind == FORM_SIGNED ? 0 : 1 << s.shift);
    for (int k = 0; k < n; k++) {
        int h = s.halves == 1 ? 0 : k / 16, vec = s.kind == FORM_NIBBLE ? k / 8 : k / 4;
        v128_t q = simd_column(w + 16 * vec, k % 4);
        if (s.kind == FORM_NIBBLE) q = wasm_v128_and(wasm_u32x4_shr(q, (uint32_t)(k & 4)), wasm_i32x4_splat(15));
        if (s.kind == FORM_SIGNED) q = wasm_i32x4_shr(wasm_i32x4_shl(q, 24), 24);
        v128_t x =
            wasm_f32x4_mul(wasm_f32x4_convert_i32x4(wasm_i32x4_sub(q, bias)), wasm_v128_load(w + shape_d(s) + 16 * h));
        if (s.min) x = wasm_f32x4_add(x, wasm_v128_load(w + shape_m(s) + 16 * h));
        wasm_v128_store(out + 4 * k, x);
    }
}

/* Defines `const form form_<name>` of shape {kind, halves, min, shift}, with kernels of its own. */
#define DOT_FORM(name, ...)                                                                                            \
    static const shape shape_##name = {__VA_ARGS__};                                                                   \
    DOT_KERNEL void tile_##name(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a,            \
                                int n_blocks) {                                                                        \
        dot_tile(out, w, n_groups, a, n_blocks, shape_##name);                                                         \
    }                                                                                                                  \
    DOT_KERNEL void line_##name(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a,            \
                                int n_blocks) {                                                                        \
        dot_line(out, w, n_groups, a, n_blocks, shape_##name);                                                         \
    }                                                                                                                  \
    static void widen_##name(float *out, const uint8_t *block, int n) { dot_widen(out, block, n, shape_##name); }      \
    const form form_##name = {{__VA_ARGS__}, 0, tile_##name, line_##name, widen_##name}

#endif
