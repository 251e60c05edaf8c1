/* The body of every integer product, and its plain C twin. Each form calls dot_tile() and dot_line() with constants,
 * which makes one unrolled kernel. An element of the result is, over the blocks (and halves) in order, f = f +
 * (float(c) * (d * a.d) + m * a.s)    or    f = f + float(c) * (d * a.d) with c the exact integer sum, then over the
 * outliers in order f = f + weight * x; tokens and rows of a tile never meet, so the tile's shape does not change a
 * bit. */
#ifndef KERNELS_DOT_IMPL_H
#define KERNELS_DOT_IMPL_H

#include "kernels/form_impl.h"

#define DOT_INLINE static inline __attribute__((always_inline))
#define DOT_KERNEL static __attribute__((noinline)) /* V8 replaces baseline code when a function is entered again */

enum { DOT_PARTS = 4 / SIMD_COLS };

/* What every block takes. */
typedef struct dot_constants {
    v128_t nibble;     /* 15 in every byte */
    v128_t bits, bias; /* of simd_load_halves() */
} dot_constants;

DOT_INLINE dot_constants dot_known(void) {
    return (dot_constants){wasm_i8x16_splat(15), simd_halves_bits(), simd_halves_bias()};
}

/* The same for a loop. */
DOT_INLINE dot_constants dot_loop(const shape s) {
    dot_constants k = dot_known();
    k.nibble = simd_variable(k.nibble);
    if (s.scale == 2) k.bits = simd_variable(k.bits), k.bias = simd_variable(k.bias);
    return k;
}

/* A tile's operands: a group of rows by `tokens` tokens. */
typedef struct dot_operands {
    const uint8_t *w; /* the block at hand */
    const act_block *a[TILE_TOKENS];
    const act_planes *u[TILE_TOKENS];
    dot_constants k;
} dot_operands;

/* c[v][t] += the weights x[v] times columns col.. of each token. With one token each vector would be a single chain of
 * additions, so it takes turns with a second (dot_join). */
DOT_INLINE void dot_step(v128_t c[GROUP_VECS][TILE_TOKENS], const v128_t *x, const dot_operands *o, int col,
                         const int tokens) {
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        v128_t p = simd_load_act(o->a[t]->q + col);
        int at = tokens == 1 ? col / SIMD_COLS % 2 : t;
#pragma clang loop unroll(full)
        for (int v = 0; v < GROUP_VECS; v++) c[v][at] = simd_dot_i8(c[v][at], p, x[v]);
    }
}

DOT_INLINE void dot_join(v128_t c[GROUP_VECS][TILE_TOKENS]) {
#pragma clang loop unroll(full)
    for (int v = 0; v < GROUP_VECS; v++) c[v][0] = wasm_i32x4_add(c[v][0], c[v][1]);
}

/* c += columns 8 i .. 8 i + 7. */
DOT_INLINE void dot_chunk(v128_t c[GROUP_VECS][TILE_TOKENS], const dot_operands *o, int i, const int tokens,
                          const shape s) {
    const uint8_t *w = o->w + (s.kind == FORM_NIBBLE ? 32 : 64) * i;
#pragma clang loop unroll(full)
    for (int part = 0; part < DOT_PARTS; part++) {
        const int col = 8 * i + SIMD_COLS * part;
        v128_t x[GROUP_VECS], y[GROUP_VECS]; /* columns 0..3 and 4..7 of the chunk */
#pragma clang loop unroll(full)
        for (int v = 0; v < GROUP_VECS; v++) {
            y[v] = simd_load_u8(w + 16 * v, part);
            x[v] = s.kind == FORM_NIBBLE ? wasm_v128_and(y[v], o->k.nibble) : y[v];
        }
        dot_step(c, x, o, col, tokens);
        if (tokens > 1) simd_fence();
#pragma clang loop unroll(full)
        for (int v = 0; v < GROUP_VECS; v++)
            y[v] = s.kind == FORM_NIBBLE ? simd_high_nibbles(y[v], o->k.nibble) : simd_load_u8(w + 32 + 16 * v, part);
        dot_step(c, y, o, col + 4, tokens);
    }
}

/* The same for signed bytes, which in dot builds are multiplied with both planes of the activations. */
DOT_INLINE void dot_chunk_signed(v128_t c[GROUP_VECS][TILE_TOKENS], const dot_operands *o, int i, const int tokens) {
#pragma clang loop unroll(full)
    for (int k = 0; k < 2 * DOT_PARTS; k++) {
        const int at = 8 * i + SIMD_COLS * k;
        const uint8_t *w = o->w + 64 * i + 32 * (k / DOT_PARTS);
        v128_t x[GROUP_VECS];
#pragma clang loop unroll(full)
        for (int v = 0; v < GROUP_VECS; v++) x[v] = simd_load_s8(w + 16 * v, k % DOT_PARTS);
        if (!SIMD_DOT) {
            dot_step(c, x, o, at, tokens);
            continue;
        }
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            v128_t p = wasm_v128_load32_splat(o->u[t]->u[0] + at), q = wasm_v128_load32_splat(o->u[t]->u[1] + at);
            int two = tokens == 1 ? 1 : t;
#pragma clang loop unroll(full)
            for (int v = 0; v < GROUP_VECS; v++) {
                c[v][t] = simd_dot_i8(c[v][t], x[v], p);
                c[v][two] = simd_dot_i8(c[v][two], x[v], q);
            }
        }
    }
}

/* What c starts from: the bias. */
DOT_INLINE v128_t dot_start(const dot_operands *o, int h, int v, int t, const shape s) {
    if (s.kind == FORM_SIGNED && SIMD_DOT)
        return wasm_i32x4_mul(wasm_i32x4_load16x4(o->w + shape_m(s, 0) + 8 * v), wasm_i32x4_splat(-ACT_BIAS));
    if (s.kind == FORM_SIGNED || s.min) return wasm_i32x4_splat(0);
    const int32_t *minus = s.halves == 1 ? &o->a[t]->minus_all : &o->a[t]->minus[h];
    return wasm_i32x4_shl(wasm_v128_load32_splat(minus), (uint32_t)s.shift);
}

/* c = the integer sums of half h: 32 / halves columns. The loop over a tile is left rolled: unrolled, the compiler
 * moves all products of a token together, and with them four times the live values that there are registers for. A line
 * has values to spare. */
DOT_INLINE void dot_sums(v128_t c[GROUP_VECS][TILE_TOKENS], const dot_operands *o, int h, const int tokens,
                         const shape s) {
    const int n = 4 / s.halves;
#pragma clang loop unroll(full)
    for (int v = 0; v < GROUP_VECS; v++)
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) c[v][t] = dot_start(o, h, v, t, s);
    if (tokens == 1) {
#pragma clang loop unroll(full)
        for (int v = 0; v < GROUP_VECS; v++) c[v][1] = wasm_i32x4_splat(0);
#pragma clang loop unroll(full)
        for (int i = h * n; i < (h + 1) * n; i++)
            if (s.kind == FORM_SIGNED) dot_chunk_signed(c, o, i, tokens);
            else dot_chunk(c, o, i, tokens, s);
        dot_join(c);
    } else {
#pragma clang loop unroll(disable)
        for (int i = h * n; i < (h + 1) * n; i++)
            if (s.kind == FORM_SIGNED) dot_chunk_signed(c, o, i, tokens);
            else dot_chunk(c, o, i, tokens, s);
    }
}

/* d or m of the rows of vector v, whose half begins at p. */
DOT_INLINE v128_t dot_load_scale(const uint8_t *p, int v, const dot_constants *k, const shape s) {
    return s.scale == 4 ? wasm_v128_load(p + 16 * v) : simd_load_halves(p + 8 * v, k->bits, k->bias);
}

/* out[tokens][MATRIX_GROUP] += the sums c of half h with their scales. The results stay in memory: as values they would
 * take registers from the loop over the products. */
DOT_INLINE void dot_scale(float *out, v128_t c[GROUP_VECS][TILE_TOKENS], const dot_operands *o, int h, const int tokens,
                          const shape s) {
#pragma clang loop unroll(full)
    for (int v = 0; v < GROUP_VECS; v++) {
        v128_t d = dot_load_scale(o->w + shape_d(s, h), v, &o->k, s);
        v128_t m = s.min ? dot_load_scale(o->w + shape_m(s, h), v, &o->k, s) : d;
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            float *f = out + MATRIX_GROUP * t + SIMD_ROWS * v;
            v128_t y = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(c[v][t]),
                                      wasm_f32x4_mul(d, wasm_v128_load32_splat(&o->a[t]->d)));
            const float *sum = s.halves == 1 ? &o->a[t]->s_all : &o->a[t]->s[h];
            if (s.min) y = wasm_f32x4_add(y, wasm_f32x4_mul(m, wasm_v128_load32_splat(sum)));
            wasm_v128_store(f, wasm_f32x4_add(wasm_v128_load(f), y));
        }
    }
}

/* Column k of a block, of the rows of vector v: the type's own values. */
DOT_INLINE v128_t dot_weights(const uint8_t *w, int k, int v, const shape s) {
    const dot_constants known = dot_known();
    const int h = s.halves == 1 ? 0 : k / 16, pair = s.kind == FORM_NIBBLE ? k / 8 : k / 4;
    const uint8_t *bytes = w + 32 * pair + 16 * v;
    v128_t q = s.kind == FORM_NIBBLE ? simd_column(bytes, k % 4, k & 4, 15) : simd_column(bytes, k % 4, 0, 255);
    if (s.kind == FORM_SIGNED) q = wasm_i32x4_shr(wasm_i32x4_shl(q, 24), 24);
    else if (!s.min) q = wasm_i32x4_sub(q, wasm_i32x4_splat(1 << s.shift));
    v128_t x = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(q), dot_load_scale(w + shape_d(s, h), v, &known, s));
    return s.min ? wasm_f32x4_add(x, dot_load_scale(w + shape_m(s, h), v, &known, s)) : x;
}

/* out[MATRIX_GROUP] += a group of rows times one token's outliers. */
DOT_INLINE void dot_outliers(float *out, const uint8_t *w, const act_block *a, int n_blocks, const shape s) {
    uint32_t n;
    const act_outlier *o = act_row_outliers(a, n_blocks, &n);
    if (n == 0) return;
    v128_t f[GROUP_VECS];
#pragma clang loop unroll(full)
    for (int v = 0; v < GROUP_VECS; v++) f[v] = wasm_v128_load(out + SIMD_ROWS * v);
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t *block = w + o[i].col / BLOCK_COLS * shape_bytes(s);
        v128_t x = wasm_v128_load32_splat(&o[i].x);
#pragma clang loop unroll(full)
        for (int v = 0; v < GROUP_VECS; v++)
            f[v] = wasm_f32x4_add(f[v], wasm_f32x4_mul(dot_weights(block, (int)(o[i].col % BLOCK_COLS), v, s), x));
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < GROUP_VECS; v++) wasm_v128_store(out + SIMD_ROWS * v, f[v]);
}

/* Weights come from memory faster when they are asked for in good time. Q4_1 by one token in one stream: 78 -> 108
 * GFLOP/s with 8 to 12 KB ahead, 96 with 6 (Zen 5); in each of four streams 1 to 4 KB are alike, 8 are worse (Xeon,
 * Sapphire Rapids). WebAssembly has no such instruction; there it is nothing. */
enum { LINE_AHEAD = 2048 };
DOT_INLINE void dot_prefetch(const uint8_t *p, size_t n) {
    for (size_t i = 0; i < n; i += 64) __builtin_prefetch(p + i);
}

/* out[tokens][MATRIX_GROUP] += block b of a group of rows, which lies at w. */
DOT_INLINE void dot_block(float *out, const uint8_t *w, const act_block *const *a, int b, int n_blocks,
                          const dot_constants *k, const int tokens, const shape s) {
    v128_t c[GROUP_VECS][TILE_TOKENS];
    dot_operands o = {.w = w, .k = *k};
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) o.a[t] = a[t] + b, o.u[t] = act_row_planes(a[t], n_blocks) + b;
#pragma clang loop unroll(full)
    for (int h = 0; h < s.halves; h++) {
        dot_sums(c, &o, h, tokens, s);
        dot_scale(out, c, &o, h, tokens, s);
    }
}

/* out[tokens][MATRIX_GROUP]. */
DOT_INLINE void dot_tile(float *out, const uint8_t *w, const act_block *const *a, int n_blocks, const shape s) {
    const dot_constants k = dot_loop(s);
    memset(out, 0, TILE_TOKENS * MATRIX_GROUP * sizeof *out);
    for (int b = 0; b < n_blocks; b++)
        dot_block(out, w + (size_t)b * shape_bytes(s), a, b, n_blocks, &k, TILE_TOKENS, s);
    for (int t = 0; t < TILE_TOKENS; t++) dot_outliers(out + MATRIX_GROUP * t, w, a[t], n_blocks, s);
}

/* Weights come from memory faster in a few streams at once, since a prefetcher runs only so far ahead of each and stops
 * at the end of a page: 113 MB of Q4_1 18 ms in one, 12 in two, 10 in four, 12 in eight (Xeon, Sapphire Rapids). */
enum { LINE_STREAMS = 4 };

/* Groups w + i * stride, i < streams, by one token: f[streams][MATRIX_GROUP]. */
DOT_INLINE void dot_streams(float f[LINE_STREAMS][MATRIX_GROUP], const uint8_t *w, size_t stride, uint32_t streams,
                            const act_block *const *a, int n_blocks, const shape s) {
    const dot_constants k = dot_loop(s);
    memset(f, 0, LINE_STREAMS * sizeof *f);
    for (int b = 0; b < n_blocks; b++) {
        const uint8_t *block = w + (size_t)b * shape_bytes(s);
#pragma clang loop unroll(disable)
        for (uint32_t i = 0; i < streams; i++, block += stride) {
            dot_prefetch(block + LINE_AHEAD, shape_bytes(s));
            dot_block(f[i], block, a, b, n_blocks, &k, 1, s);
        }
    }
    for (uint32_t i = 0; i < streams; i++) dot_outliers(f[i], w + i * stride, a[0], n_blocks, s);
}

/* out[n_groups][MATRIX_GROUP]: streams of equal length, and then what these leave over. */
DOT_INLINE void dot_line(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a, int n_blocks,
                         const shape s) {
    const size_t group = (size_t)n_blocks * shape_bytes(s);
    while (n_groups) {
        uint32_t streams = n_groups < LINE_STREAMS ? n_groups : LINE_STREAMS, each = n_groups / streams;
        for (uint32_t g = 0; g < each; g++) {
            float f[LINE_STREAMS][MATRIX_GROUP];
            dot_streams(f, w + g * group, each * group, streams, a, n_blocks, s);
            for (uint32_t i = 0; i < streams; i++) memcpy(out + MATRIX_GROUP * (i * each + g), f[i], sizeof f[i]);
        }
        n_groups -= streams * each, w += streams * each * group, out += MATRIX_GROUP * streams * each;
    }
}

/* Columns [0, n) of a block as floats out[n][MATRIX_GROUP]. */
DOT_INLINE void dot_widen(float *out, const uint8_t *w, int n, const shape s) {
    for (int k = 0; k < n; k++)
        for (int v = 0; v < GROUP_VECS; v++)
            wasm_v128_store(out + MATRIX_GROUP * k + SIMD_ROWS * v, dot_weights(w, k, v, s));
}

/* Defines `const form form_<name>` of shape_<name>, with kernels of its own. */
#define DOT_FORM(name, id)                                                                                             \
    DOT_KERNEL void tile_##name(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a,            \
                                int n_blocks) {                                                                        \
        (void)n_groups;                                                                                                \
        dot_tile(out, w, a, n_blocks, shape_##name);                                                                   \
    }                                                                                                                  \
    DOT_KERNEL void line_##name(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a,            \
                                int n_blocks) {                                                                        \
        dot_line(out, w, n_groups, a, n_blocks, shape_##name);                                                         \
    }                                                                                                                  \
    static void widen_##name(float *out, const uint8_t *block, int n) { dot_widen(out, block, n, shape_##name); }      \
    const form form_##name = {&shape_##name, id, 0, tile_##name, line_##name, widen_##name}

#endif
