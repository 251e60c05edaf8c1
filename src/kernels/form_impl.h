/* The packed forms of a weight matrix and of activations, shared by the files of this folder.
 *
 * Rows lie in groups of four, a group is a run of blocks of 4 rows x 32 columns, and a block is
 *     q    nibbles: 4 x 16 bytes; vector i holds columns 8i..8i+3 in the low and 8i+4..8i+7 in the high nibbles
 *          bytes:   8 x 16 bytes; vector i holds columns 4i..4i+3
 *     d    float[halves][4]: the scale of each row, per 32 columns or per 16
 *     m    float[halves][4] where the form has a minimum
 *     sum  int16_t[4] where bytes are signed: each row's sum of q
 * so that a lane of an accumulator is a row and one conversion to float serves 4 rows x 32 products. A value is
 *     q * d + m,   (q - bias) * d,   or q * d for signed bytes,
 * in these operations exactly ggml's dequantised value, bit for bit. Float matrices are [columns][4 rows] of the type's
 * own bits. Scales are kept as f32 (6 bits a weight for Q4_1 instead of its 5). */
#ifndef KERNELS_FORM_IMPL_H
#define KERNELS_FORM_IMPL_H

#include "kernels/kernels.h"
#include "kernels/simd.h"

enum { BLOCK_COLS = 32, TILE_ROWS = 8, TILE_TOKENS = 4, LINE_ROWS = 64 };

typedef enum form_kind { FORM_NIBBLE, FORM_BYTE, FORM_SIGNED, FORM_FLOAT } form_kind;

typedef struct shape {
    form_kind kind;
    int halves; /* scales in a block of 32 columns: 1 or 2 */
    bool min;   /* has m */
    int shift;  /* without m: the bias is 1 << shift; unused for signed bytes */
} shape;

static inline size_t shape_d(shape s) { return s.kind == FORM_NIBBLE ? 64 : 128; }   /* where d lies in a block */
static inline size_t shape_m(shape s) { return shape_d(s) + 16 * (size_t)s.halves; } /* m, or sum */
static inline size_t shape_bytes(shape s) {
    return shape_m(s) + (s.min ? 16 * (size_t)s.halves : 0) + (s.kind == FORM_SIGNED ? 8 : 0);
}

/* 32 columns of one token. */
typedef struct act_block {
    simd_act q[BLOCK_COLS];
    float d;           /* x = d * q */
    float s[2];        /* d * sum of q, of each half */
    float s_all;       /* d * sum of q */
    int32_t minus[2];  /* -sum of q, of each half */
    int32_t minus_all; /* -sum of q */
    int32_t unused;    /* to 64 bytes where q is int8 */
} act_block;

/* The dot instruction wants one operand in 0..127. For signed bytes that is the activation: q + ACT_BIAS = u[0] + u[1],
 * both in range, and ACT_BIAS * (sum of the weights) is taken off again: exact for every int8, -128 included. */
enum { ACT_BIAS = 127 };
typedef struct act_planes {
    uint8_t u[2][BLOCK_COLS];
} act_planes;

/* A row of activations of n blocks: n act_blocks; n more for the rests, what rounding took from the blocks that a large
 * value makes coarse (act.c; the others are zero); in dot builds the act_planes of both; and a bit for each block that
 * has a rest. */
static inline uint32_t act_blocks(uint32_t cols) { return (cols + BLOCK_COLS - 1) / BLOCK_COLS; }
static inline size_t act_mask_words(size_t n_blocks) { return (n_blocks + 511) / 512 * 8; } /* whole cache lines */
static inline size_t act_row_bytes(uint32_t cols) {
    size_t n = act_blocks(cols);
    return 2 * n * (sizeof(act_block) + (SIMD_DOT ? sizeof(act_planes) : 0)) + act_mask_words(n) * sizeof(uint64_t);
}
static inline const act_block *act_row(const void *a, uint32_t cols, uint32_t token) {
    return (const act_block *)((const uint8_t *)a + token * act_row_bytes(cols));
}
static inline const act_planes *act_row_planes(const act_block *row, int n_blocks) {
    return (const act_planes *)(row + 2 * n_blocks);
}
static inline const uint64_t *act_row_mask(const act_block *row, int n_blocks) {
    return (const uint64_t *)(const void *)(act_row_planes(row, n_blocks) + (SIMD_DOT ? 2 * n_blocks : 0));
}
/* The next block to multiply, i or later: all n blocks, then, as n + b, those rests that any of the tokens has. 2n at
 * the end. */
static inline int act_next(const act_block *const *rows, int n_tokens, int i, int n_blocks) {
    if (i < n_blocks) return i;
    for (int b = i - n_blocks; b < n_blocks; b = (b | 63) + 1) {
        uint64_t bits = 0;
        for (int t = 0; t < n_tokens; t++) bits |= act_row_mask(rows[t], n_blocks)[b / 64];
        bits >>= b % 64;
        if (bits) return n_blocks + b + __builtin_ctzll(bits);
    }
    return 2 * n_blocks;
}

/* out[tokens][rows] = products of groups of rows, which follow each other from w, with rows of activations. A tile is
 * TILE_ROWS by TILE_TOKENS (n_groups is 1 at the edge: the upper half of its rows is then void), a line up to LINE_ROWS
 * by one token. */
typedef void dot_kernel(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a, int n_blocks);

typedef struct form {
    shape shape;
    size_t value_bytes; /* FORM_FLOAT: 4 or 2 */
    dot_kernel *tile, *line;
    /* Columns [0, n) of a block, n <= 32, as floats: out[n][4]. */
    void (*widen)(float *out, const uint8_t *block, int n);
} form;

extern const form form_nibble_min, form_nibble_bias, form_nibble_min16, form_nibble_bias16;
extern const form form_byte_min, form_byte_bias, form_byte_bias16, form_signed;
extern const form form_f32, form_f16, form_bf16;

const form *form_of(const matrix *m);
/* Bytes of a group of four rows. */
size_t form_group_bytes(const form *f, uint32_t cols);
/* Columns [from, from + n) of a group as floats out[n][4]; from is a multiple of 32. */
void form_widen(float *out, const matrix *m, uint32_t group, uint32_t from, uint32_t n);

#endif
