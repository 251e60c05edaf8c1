/* The body of the wide tiles: WIDE_ROWS rows, which are two groups, by WIDE_TOKENS tokens. Rows, tokens and blocks are
 * walked as in dot_impl.h, and every element is the same operations in the same order; only the sums of integers, which
 * are exact, are taken in another. A file wide_<kind>.c sets
 *     WIDE_LANES     32-bit lanes of a vector
 *     WIDE_TOKENS    of a tile: as many as leave the sums and results in registers
 *     WIDE_BIAS      signed bytes are multiplied as x + (1 << WIDE_BIAS); 0: as they are
 * includes this under its processors' target attribute, and defines the functions that are only declared here. */
#ifndef KERNELS_WIDE_IMPL_H
#define KERNELS_WIDE_IMPL_H

#include "kernels/dot_impl.h"

enum { WIDE_VECS = WIDE_ROWS / WIDE_LANES, WIDE_BYTES = 4 * WIDE_LANES };

typedef uint8_t wide_u8 __attribute__((ext_vector_type(WIDE_BYTES)));
typedef uint16_t wide_u16 __attribute__((ext_vector_type(WIDE_BYTES / 2)));
typedef int16_t wide_i16 __attribute__((ext_vector_type(WIDE_BYTES / 2)));
typedef _Float16 wide_half __attribute__((ext_vector_type(WIDE_LANES)));
typedef int32_t wide_i32 __attribute__((ext_vector_type(WIDE_LANES)));
typedef float wide_f32 __attribute__((ext_vector_type(WIDE_LANES)));

/* Sums of integers, a row to a lane: what is in `part` is added to `sum` by wide_fold(). */
typedef struct wide_sums {
    wide_i32 sum;
    wide_i16 part;
} wide_sums;

/* c += products of four columns: x the weights, act the same four activations in every lane. After wide_limit(s) of
 * these at most goes a wide_fold(). */
DOT_INLINE void wide_dot(wide_sums *c, wide_u8 x, wide_i32 act, shape s);
DOT_INLINE void wide_fold(wide_sums *c);
DOT_INLINE int wide_limit(shape s);

/* A tile's operands. */
typedef struct wide_operands {
    const uint8_t *w[WIDE_GROUPS]; /* the block at hand of both */
    const act_block *a[WIDE_TOKENS];
} wide_operands;

/* x = vector v of the two groups' bytes at `at`: one vector of both, or one of each; `each` bytes of a group. */
DOT_INLINE void wide_gather(void *x, const wide_operands *o, size_t at, int v, const size_t each) {
    if (WIDE_VECS == 2) {
        memcpy(x, o->w[v] + at, each);
    } else {
        memcpy(x, o->w[0] + at, each);
        memcpy((uint8_t *)x + each, o->w[1] + at, each);
    }
}

DOT_INLINE wide_u8 wide_load(const wide_operands *o, size_t at, int v) {
    wide_u8 x;
    wide_gather(&x, o, at, v, 4 * MATRIX_GROUP);
    return x;
}

/* Scales as floats. */
DOT_INLINE wide_f32 wide_load_scale(const wide_operands *o, size_t at, int v, const shape s) {
    wide_half x;
    if (s.scale == 4) return (wide_f32)wide_load(o, at, v);
    wide_gather(&x, o, at, v, shape_scales(s));
    return __builtin_convertvector(x, wide_f32);
}

/* Step i: columns 4 i ... 4 i + 3. */
DOT_INLINE void wide_step(wide_sums c[WIDE_TOKENS][WIDE_VECS], const wide_u8 x[WIDE_VECS], const wide_operands *o,
                          const int i, const shape s) {
    const int n = 8 / s.halves, fold_at = wide_limit(s) < n ? wide_limit(s) : n;
#pragma clang loop unroll(full)
    for (int t = 0; t < WIDE_TOKENS; t++) {
        int32_t act;
        memcpy(&act, o->a[t]->q + 4 * i, sizeof act);
#pragma clang loop unroll(full)
        for (int v = 0; v < WIDE_VECS; v++) {
            wide_dot(&c[t][v], x[v], (wide_i32)(act), s);
            if ((i + 1) % fold_at == 0) wide_fold(&c[t][v]);
        }
    }
}

DOT_INLINE int32_t wide_start(const act_block *a, int h, const shape s) {
    int shift = s.kind == FORM_SIGNED ? WIDE_BIAS : s.min ? 0 : s.shift;
    return shift ? (s.halves == 1 ? a->minus_all : a->minus[h]) * (1 << shift) : 0;
}

/* c = the sums of half h. */
DOT_INLINE void wide_products(wide_sums c[WIDE_TOKENS][WIDE_VECS], const wide_operands *o, int h, const shape s) {
    const int n = 8 / s.halves;
#pragma clang loop unroll(full)
    for (int t = 0; t < WIDE_TOKENS; t++)
#pragma clang loop unroll(full)
        for (int v = 0; v < WIDE_VECS; v++) c[t][v] = (wide_sums){(wide_i32)(wide_start(o->a[t], h, s)), (wide_i16)(0)};
#pragma clang loop unroll(full)
    for (int i = h * n; i < (h + 1) * n; i++) {
        wide_u8 x[WIDE_VECS];
#pragma clang loop unroll(full)
        for (int v = 0; v < WIDE_VECS; v++) {
            x[v] = wide_load(o, 32 * (size_t)(s.kind == FORM_NIBBLE ? i / 2 : i), v);
            if (s.kind == FORM_NIBBLE) x[v] = (i % 2 ? (wide_u8)((wide_u16)x[v] >> 4) : x[v]) & (wide_u8)(15);
        }
        wide_step(c, x, o, i, s);
    }
}

/* f += the sums of half h with their scales. */
DOT_INLINE void wide_scale(wide_f32 f[WIDE_TOKENS][WIDE_VECS], wide_sums c[WIDE_TOKENS][WIDE_VECS],
                           const wide_operands *o, int h, const shape s) {
#pragma clang loop unroll(full)
    for (int v = 0; v < WIDE_VECS; v++) {
        wide_f32 d = wide_load_scale(o, shape_d(s, h), v, s);
        wide_f32 m = s.min ? wide_load_scale(o, shape_m(s, h), v, s) : d;
#pragma clang loop unroll(full)
        for (int t = 0; t < WIDE_TOKENS; t++) {
            const act_block *a = o->a[t];
            wide_f32 y = __builtin_convertvector(c[t][v].sum, wide_f32) * (d * (wide_f32)(a->d));
            if (s.min) y = y + m * (wide_f32)(s.halves == 1 ? a->s_all : a->s[h]);
            f[t][v] = f[t][v] + y;
        }
    }
}

/* out[WIDE_TOKENS][WIDE_ROWS]. A lone group is taken for the second one too. The next tile's weights are asked for as
 * this one's are used: Q4_1 by four tokens 155 -> 279 GFLOP/s (Zen 5). */
DOT_INLINE void wide_product(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a, int n_blocks,
                             const shape s) {
    const size_t group = n_groups > 1 ? (size_t)n_blocks * shape_bytes(s) : 0, tile = WIDE_GROUPS * shape_bytes(s);
    wide_f32 f[WIDE_TOKENS][WIDE_VECS] = {0};
    for (int b = 0; b < n_blocks; b++) {
        wide_sums c[WIDE_TOKENS][WIDE_VECS];
        wide_operands o;
        o.w[0] = w + (size_t)b * shape_bytes(s), o.w[1] = o.w[0] + group;
        dot_prefetch(w + WIDE_GROUPS * group + (size_t)b * tile, tile);
#pragma clang loop unroll(full)
        for (int t = 0; t < WIDE_TOKENS; t++) o.a[t] = a[t] + b;
#pragma clang loop unroll(full)
        for (int h = 0; h < s.halves; h++) {
            wide_products(c, &o, h, s);
            wide_scale(f, c, &o, h, s);
        }
    }
    memcpy(out, f, sizeof f);
    for (int t = 0; t < WIDE_TOKENS; t++)
        for (int g = 0; g < WIDE_GROUPS; g++)
            dot_outliers(out + WIDE_ROWS * t + MATRIX_GROUP * g, w + (size_t)g * group, a[t], n_blocks, s);
}

#define WIDE_TILE(name, id)                                                                                            \
    DOT_KERNEL void tile_##name(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a,            \
                                int n_blocks) {                                                                        \
        wide_product(out, w, n_groups, a, n_blocks, shape_##name);                                                     \
    }
INT_FORM_LIST(WIDE_TILE)
#undef WIDE_TILE

#define WIDE_ROW(name, id) [id] = tile_##name,
static dot_kernel *const tiles[INT_FORMS] = {INT_FORM_LIST(WIDE_ROW)};
#undef WIDE_ROW

#endif
