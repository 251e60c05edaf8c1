/* The packed forms of a weight matrix and of activations, shared by the files of this folder.
 *
 * Rows lie in groups of eight, a group is a run of blocks of 8 rows x 32 columns, and a block is
 *     q    nibbles: 4 x 2 x 16 bytes; pair i holds columns 8i..8i+3 in the low and 8i+4..8i+7 in the high nibbles
 *          bytes:   8 x 2 x 16 bytes; pair i holds columns 4i..4i+3
 *     d    float[halves][8]: the scale of each row, per 32 columns or per 16; in short forms binary16[8]
 *     m    the same where the form has a minimum
 *     sum  int16_t[8] where bytes are signed: each row's sum of q
 * where the first vector of a pair has rows 0..3, the second rows 4..7: a lane of an accumulator is a row, one
 * conversion to float serves 4 rows x 32 products, and what is loaded of the activations serves 8 rows. A value is q *
 * d + m,   (q - bias) * d,   or q * d for signed bytes, in these operations exactly ggml's dequantised value, bit for
 * bit. Float matrices are [columns][8 rows] of the type's own bits. Where a type's scales are binary16 and its weights
 * of four bits, they stay so: what a token takes is what it reads, and Q4_1 is 5 bits a weight, 6 with scales as f32.
 */
#ifndef KERNELS_FORM_IMPL_H
#define KERNELS_FORM_IMPL_H

#include "kernels/kernels.h"
#include "kernels/simd.h"

enum { BLOCK_COLS = 32, TILE_TOKENS = 4, LINE_ROWS = 256, GROUP_VECS = MATRIX_GROUP / SIMD_ROWS };

typedef enum form_kind { FORM_NIBBLE, FORM_BYTE, FORM_SIGNED, FORM_FLOAT } form_kind;

typedef struct shape {
    form_kind kind;
    int halves; /* scales in a block of 32 columns: 1 or 2 */
    bool min;   /* has m */
    int shift;  /* without m: the bias is 1 << shift; unused for signed bytes */
    int bits;   /* |q| <= 1 << bits; where q is unsigned, it is less */
    int scale;  /* bytes of a scale: 4, or 2 in short forms */
} shape;

/* The forms of integers: name and number, a row each. */
#define INT_FORM_LIST(X)                                                                                               \
    X(nibble_min_short, NIBBLE_MIN_SHORT)                                                                              \
    X(nibble_bias_short, NIBBLE_BIAS_SHORT)                                                                            \
    X(nibble_min, NIBBLE_MIN)                                                                                          \
    X(nibble_min16, NIBBLE_MIN16)                                                                                      \
    X(nibble_bias16, NIBBLE_BIAS16)                                                                                    \
    X(byte_min, BYTE_MIN)                                                                                              \
    X(byte_bias, BYTE_BIAS)                                                                                            \
    X(byte_bias16, BYTE_BIAS16)                                                                                        \
    X(signed, SIGNED)
#define FORM_NUMBER(name, id) id,
typedef enum form_id { INT_FORM_LIST(FORM_NUMBER) INT_FORMS, FLOATS = INT_FORMS } form_id;
#undef FORM_NUMBER
static const shape shape_nibble_min_short = {FORM_NIBBLE, 1, true, 0, 4, 2};
static const shape shape_nibble_bias_short = {FORM_NIBBLE, 1, false, 3, 4, 2};
static const shape shape_nibble_min = {FORM_NIBBLE, 1, true, 0, 4, 4};
static const shape shape_nibble_min16 = {FORM_NIBBLE, 2, true, 0, 4, 4};
static const shape shape_nibble_bias16 = {FORM_NIBBLE, 2, false, 2, 4, 4};
static const shape shape_byte_min = {FORM_BYTE, 1, true, 0, 5, 4};
static const shape shape_byte_bias = {FORM_BYTE, 1, false, 4, 5, 4};
static const shape shape_byte_bias16 = {FORM_BYTE, 2, false, 5, 6, 4};
static const shape shape_signed = {FORM_SIGNED, 1, false, 0, 7, 4};
static const shape shape_float = {FORM_FLOAT, 0, false, 0, 0, 0};

static inline size_t shape_scales(shape s) { return MATRIX_GROUP * (size_t)s.scale; } /* bytes of a half's d, or m */

/* Where in a block d and m of half h lie. Without m, the sums are there. */
static inline size_t shape_d(shape s, int h) {
    return (s.kind == FORM_NIBBLE ? 128 : 256) + shape_scales(s) * (size_t)h;
}
static inline size_t shape_m(shape s, int h) { return shape_d(s, s.halves + h); }
static inline size_t shape_bytes(shape s) {
    return shape_m(s, s.min ? s.halves : 0) + (s.kind == FORM_SIGNED ? 16 : 0);
}

/* The half (binary16) at p. */
static inline float rd_half(const uint8_t *p) {
    uint16_t h;
    memcpy(&h, p, 2);
    return f16_to_f32(h);
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

/* A value that was taken out of its block, whose q is 0 there: it is multiplied as it is. */
typedef struct act_outlier {
    float x;
    uint32_t col;
} act_outlier;
enum { BLOCK_OUTLIERS = 2 }; /* at most */

/* A row of activations of n blocks: n act_blocks; in dot builds n act_planes; how many outliers, and these by column.
 */
static inline uint32_t act_blocks(uint32_t cols) { return (cols + BLOCK_COLS - 1) / BLOCK_COLS; }
static inline size_t act_outlier_bytes(size_t n_blocks) {
    return (64 + n_blocks * BLOCK_OUTLIERS * sizeof(act_outlier) + 63) & ~(size_t)63; /* whole cache lines */
}
static inline size_t act_row_bytes(uint32_t cols) {
    size_t n = act_blocks(cols);
    return n * (sizeof(act_block) + (SIMD_DOT ? sizeof(act_planes) : 0)) + act_outlier_bytes(n);
}
static inline const act_block *act_row(const void *a, uint32_t cols, uint32_t token) {
    return (const act_block *)((const uint8_t *)a + token * act_row_bytes(cols));
}
static inline const act_planes *act_row_planes(const act_block *row, int n_blocks) {
    return (const act_planes *)(row + n_blocks);
}
static inline const act_outlier *act_row_outliers(const act_block *row, int n_blocks, uint32_t *n) {
    const uint32_t *at = (const uint32_t *)(const void *)(act_row_planes(row, n_blocks) + (SIMD_DOT ? n_blocks : 0));
    *n = *at;
    return (const act_outlier *)(const void *)(at + 16);
}

/* Products of groups of rows, which follow each other from w, with rows of activations. A tile is one group by
 * TILE_TOKENS: out[TILE_TOKENS][MATRIX_GROUP]; a line n_groups by one token: out[n_groups][MATRIX_GROUP]; a wide tile
 * two groups, of which n_groups are there, by the `tokens` of its wide_kernels: out[tokens][WIDE_ROWS]. */
typedef void dot_kernel(float *out, const uint8_t *w, uint32_t n_groups, const act_block *const *a, int n_blocks);

typedef struct form {
    const shape *shape;
    form_id id;
    size_t value_bytes; /* FORM_FLOAT: 4 or 2 */
    dot_kernel *tile, *line;
    /* Columns [0, n) of a block, n <= 32, as floats: out[n][MATRIX_GROUP]. */
    void (*widen)(float *out, const uint8_t *block, int n);
} form;

#define FORM_EXTERN(name, id) extern const form form_##name;
INT_FORM_LIST(FORM_EXTERN)
#undef FORM_EXTERN
extern const form form_f32, form_f16, form_bf16;

/* Tiles in vectors of more than 128 bits, for processors of one kind: wide_*.c. */
enum { WIDE_GROUPS = 2, WIDE_ROWS = WIDE_GROUPS * MATRIX_GROUP, WIDE_TOKENS_MOST = 8 };
typedef struct wide_kernels {
    const char *name;
    bool (*runs)(void);       /* on this processor? */
    uint32_t tokens;          /* of a tile; WIDE_TOKENS_MOST at most */
    dot_kernel *const *tiles; /* [INT_FORMS] */
} wide_kernels;
extern const wide_kernels wide_avx2, wide_avxvnni, wide_avx512;

/* Of the wide kernels that run on this processor the i-th, fastest first; NULL where there is none. */
#if SIMD_WIDE
const wide_kernels *wide_nth(int i);
#else
static inline const wide_kernels *wide_nth(int i) { return (void)i, NULL; }
#endif

const form *form_of(const matrix *m);
/* Bytes of a group of rows. */
size_t form_group_bytes(const form *f, uint32_t cols);
/* Reads a byte of every cache line of p[n], so that they come from memory in one stream; the kernels' own order of
 * loads is one that the processor's prefetcher does not follow. */
void touch(const uint8_t *p, size_t n);
/* Columns [from, from + n) of a group as floats out[n][MATRIX_GROUP]; from is a multiple of 32. */
void form_widen(float *out, const matrix *m, uint32_t group, uint32_t from, uint32_t n);

#endif
