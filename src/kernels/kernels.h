/* Arithmetic on tensors. Every function takes pointers and sizes, allocates nothing, and computes each output element
 * in one fixed order of IEEE operations without fused multiply-add: results are the same bits natively, under WASI and
 * in every WebAssembly variant, for any number of threads and any batch. Each vector body has a plain C twin with the
 * suffix _ref in the same file, declared in kernels_ref.h. */
#ifndef KERNELS_KERNELS_H
#define KERNELS_KERNELS_H

#include "base/status.h"
#include "tensor/quant.h"

/* ---- Matrices of weights: W[rows, cols], repacked at load ----
 * Rows go in groups of MATRIX_GROUP so that a vector lane is a row and no horizontal sum is taken (form_impl.h).
 * Every type becomes one of a few packed forms (unsigned nibbles or bytes with scale and minimum per 16 or 32, signed
 * bytes with a scale, or floats); the values are the type's own, nothing is requantised. */
enum { MATRIX_GROUP = 8 };

typedef struct matrix {
    enum tensor_type type; /* of the file */
    int form;              /* packed form, private to kernels */
    uint32_t rows, cols;   /* the last group is padded with rows of zeros */
    uint8_t *data;         /* packed weights, 64-byte aligned; owned by whoever allocated it */
} matrix;

/* Bytes that `data` must have; 0 where rows or cols is 0, cols is not a multiple of the type's block, or the size does
 * not fit. */
uint64_t matrix_bytes(enum tensor_type type, uint64_t rows, uint64_t cols);
/* Fills type, form, rows, cols; data is the caller's to set (matrix_bytes() long). */
void matrix_init(matrix *m, enum tensor_type type, uint32_t rows, uint32_t cols, uint8_t *data);
/* Repacks n_rows rows as they stand in the file (tensor_row_bytes() each, no alignment needed). row is a multiple of
 * MATRIX_GROUP; n_rows too unless it reaches the last row. */
void matrix_pack(matrix *m, uint32_t row, uint32_t n_rows, const uint8_t *src);
/* One row back as floats, exactly the type's dequantised values: y[cols]. */
void matrix_row(float *y, const matrix *m, uint32_t row);

/* ---- Activations for the integer products: n rows of x[n, cols], int8 per 32 with scale ---- */
size_t act_bytes(uint32_t n, uint32_t cols); /* 64-byte aligned storage of this size */
/* Quantises rows [from, to) of x[n, cols] into `a`. Rounds to nearest even, symmetric (q = x / d, d = max|x| / 127). A
 * block that its largest value makes coarse keeps its rounding errors too, as a second int8 plane (act.c says when). A
 * NaN or infinite input gives a row whose products are NaN. */
void act_quantize(void *a, const float *x, uint32_t cols, uint32_t from, uint32_t to);

/* y[t * y_stride + r] = sum_c W[r, c] x[t, c] for rows r in [row_from, row_to) and tokens t in [0, n). row_from is a
 * multiple of MATRIX_GROUP, row_to too unless it is the last row; y_stride in floats, >= rows. matmul() multiplies the
 * int8 activations of act_quantize() (for float matrices: use matmul_f32, matrix_is_float() says which). matmul_f32()
 * multiplies float activations x[n, cols] by the dequantised weights: exact, slower; for every type. */
typedef struct matmul_args {
    float *y;
    const matrix *w;
    const void *a; /* act_quantize()d, or float x[n, cols] for matmul_f32 */
    uint32_t n, row_from, row_to, y_stride;
} matmul_args;
void matmul(const matmul_args *m);
void matmul_f32(const matmul_args *m);
bool matrix_is_float(const matrix *m); /* F32, F16, BF16: only matmul_f32 */

/* ---- Rows of floats ---- */
/* y = x / sqrt(mean(x^2) + eps) * w; y may be x */
void rmsnorm(float *y, const float *x, const float *w, int n, float eps);
void add_to(float *y, const float *x, int n);                     /* y += x */
void swiglu(float *y, const float *gate, const float *up, int n); /* y = silu(gate) * up; y may be gate or up */
void exp_all(float *x, size_t n);                                 /* x = k_exp(x), the same bits */
void softmax(float *x, int n);                                    /* in place; all -inf gives zeros */
/* Finite? False where any of x[n] is NaN or infinite. */
bool all_finite(const float *x, size_t n);

/* ---- Rotary position embedding (Su et al. 2021) ---- */
/* cos/sin of pos * freq[i] for i < n_pairs, computed in double, by our own functions: cs[2 i] = cos, cs[2 i + 1] = sin.
 */
void rope_table(float *cs, const double *freq, int n_pairs, uint64_t pos);
/* Rotates x[n_heads, head_dim] in place: pairs (2i, 2i+1) for rope_pairs, (i, i + n_pairs) for rope_halves, i <
 * n_pairs; the rest of a head is left alone. */
void rope_pairs(float *x, int n_heads, int head_dim, const float *cs, int n_pairs);
void rope_halves(float *x, int n_heads, int head_dim, const float *cs, int n_pairs);

/* ---- The cache of keys and values ----
 * One layer's keys and values of one key/value head lie in pages of ATTEND_PAGE positions, so that the cache grows
 * without moving. Each position is stored by itself: forgetting the last ones and storing others leaves no trace.
 * CACHE_F32 keeps floats, CACHE_INT8 bytes with a scale per position (layout: cache_impl.h). */
enum { ATTEND_PAGE = 64, HEAD_DIM_MOST = 1024 };
typedef enum cache_type { CACHE_F32, CACHE_INT8 } cache_type;
/* A multiple of 64. head_dim is a multiple of 4, HEAD_DIM_MOST at most. */
size_t cache_page_bytes(cache_type type, int head_dim);
/* Stores k[head_dim] and v[head_dim], which it may overwrite, at position pos, 0 <= pos < ATTEND_PAGE. What is not
 * finite comes back as NaN. */
void cache_put(cache_type type, uint8_t *page, int head_dim, int pos, float *k, float *v);
/* Which bytes a page has: those of builds that say the same may be read by each other. */
uint32_t cache_form(cache_type type);
/* Could a page with every position stored be these bytes, of any alignment? False where a number or scale is not
 * finite or a scale negative. Every other byte is as good as any. */
bool cache_sound(cache_type type, const uint8_t *page, int head_dim);

/* ---- Attention over the cache, with the softmax kept up page by page (Milakov and Gimelshein 2018) ----
 * A row is a query head of a token: row token * group + h is the h-th of the `group` heads that share this key/value
 * head. Token t stands at position pos + t, and sees the positions up to its own. */
typedef struct attend_args {
    cache_type type;
    int group, head_dim;       /* head_dim a multiple of 4 */
    float *y;                  /* row token * group + h: y + token * stride + h * head_dim */
    const float *q;            /* the same */
    size_t stride;             /* floats from token to token */
    uint32_t row_from, row_to; /* of the rows that are wanted */
    uint32_t pos;              /* of token 0 */
    uint32_t window;           /* only the last `window` positions are seen; 0: all */
    uint8_t *const *block;     /* page p is at block[p] + offset */
    size_t offset;
    void *scratch;  /* attend_scratch_bytes(), 64-byte aligned */
    float scale;    /* of q.k */
    float soft_cap; /* 0 = none; else scores become cap * tanh(score / cap) */
} attend_args;
size_t attend_scratch_bytes(int head_dim);
void attend(const attend_args *a);

/* ---- Scalar functions that are the same bits everywhere (libm's are not) ---- */
float k_exp(float x);     /* relative error < 2e-7; 0 below -104, inf above 88.8; NaN stays */
double k_exp_d(double x); /* relative error < 1e-14 */
double k_log_d(double x); /* natural logarithm, relative error < 1e-14 for normal x > 0; -inf at 0, NaN below */
double k_sin_d(double x), k_cos_d(double x); /* absolute error < 1e-12 for |x| < 2^30 */
/* log(sum(exp(x))) of x[n], in double. */
double log_sum_exp(const float *x, size_t n);

#endif
