/* Walks a matrix product in tiles: a group of rows by TILE_TOKENS tokens, or more of both where the processor has wider
 * vectors (wide.c), or in lines: some groups by one token. What is left over at the edges is computed by the same
 * kernels on rows of zeros, rows or tokens given twice, and dropped, so that every element is the same operations
 * whatever its tile. */
#include "kernels/form_impl.h"
#include "kernels/kernels_ref.h"

/* Tokens whose activations stay in the first-level cache while all rows pass. */
enum { TOKENS_AT_ONCE = 64, TOUCH_ROWS = 64, TOUCH_GROUPS = TOUCH_ROWS / MATRIX_GROUP };

/* y[t, row...] = out[t][...] for the rows that exist. */
static void store_rows(const matmul_args *m, const float *out, uint32_t width, uint32_t row, uint32_t token,
                       uint32_t n_tokens) {
    uint32_t n = m->row_to - row < width ? m->row_to - row : width;
    for (uint32_t t = 0; t < n_tokens; t++) {
        float *y = m->y + (size_t)(token + t) * m->y_stride + row;
        if (n == WIDE_ROWS) memcpy(y, out + (size_t)width * t, WIDE_ROWS * sizeof *y);
        else if (n == MATRIX_GROUP) memcpy(y, out + (size_t)width * t, MATRIX_GROUP * sizeof *y);
        else memcpy(y, out + (size_t)width * t, n * sizeof *y);
    }
}

void touch(const uint8_t *p, size_t n) {
    uint8_t sum = 0;
    for (size_t i = 0; i < n; i += 64) sum ^= p[i];
    *(volatile uint8_t *)&sum = sum;
}

/* A tile: `groups` groups of rows by `tokens` tokens. */
typedef struct tiling {
    dot_kernel *tile;
    uint32_t groups, tokens;
} tiling;

static void tile_tokens(const matmul_args *m, const tiling by, uint32_t from, uint32_t to) {
    const uint32_t cols = m->w->cols, width = by.groups * MATRIX_GROUP;
    const size_t group = form_group_bytes(form_of(m->w), cols);
    /* Weights in one stream ahead of the tiles, where several tiles read them: with few that halves their time. A lone
     * one is that stream itself. */
    const bool ahead = to - from > by.tokens;
    for (uint32_t r = m->row_from; r < m->row_to; r += width) {
        const uint8_t *w = m->w->data + r / MATRIX_GROUP * group;
        uint32_t left = (m->row_to - r + MATRIX_GROUP - 1) / MATRIX_GROUP;
        if (ahead && (r - m->row_from) % TOUCH_ROWS == 0) touch(w, (left < TOUCH_GROUPS ? left : TOUCH_GROUPS) * group);
        for (uint32_t t = from; t < to; t += by.tokens) {
            float out[WIDE_TOKENS_MOST * WIDE_ROWS];
            const act_block *a[WIDE_TOKENS_MOST];
            uint32_t n = to - t < by.tokens ? to - t : by.tokens;
            for (uint32_t i = 0; i < by.tokens; i++) a[i] = act_row(m->a, cols, t + (i < n ? i : 0));
            by.tile(out, w, left < by.groups ? left : by.groups, a, (int)(cols / BLOCK_COLS));
            store_rows(m, out, width, r, t, n);
        }
    }
}

static void line_tokens(const matmul_args *m, uint32_t from, uint32_t to) {
    const form *f = form_of(m->w);
    const uint32_t cols = m->w->cols;
    const size_t group = form_group_bytes(f, cols);
    for (uint32_t r = m->row_from; r < m->row_to; r += LINE_ROWS) {
        uint32_t n = m->row_to - r < LINE_ROWS ? m->row_to - r : LINE_ROWS;
        for (uint32_t t = from; t < to; t++) {
            float out[LINE_ROWS];
            const act_block *a = act_row(m->a, cols, t);
            const uint8_t *w = m->w->data + r / MATRIX_GROUP * group;
            f->line(out, w, (n + MATRIX_GROUP - 1) / MATRIX_GROUP, &a, (int)(cols / BLOCK_COLS));
            store_rows(m, out, LINE_ROWS, r, t, 1);
        }
    }
}

static void multiply(const matmul_args *m, const wide_kernels *wide) {
    const form *f = form_of(m->w);
    tiling by = {f->tile, 1, TILE_TOKENS};
    if (wide) by = (tiling){wide->tiles[f->id], WIDE_GROUPS, wide->tokens};
    /* A tile half empty loses to lines, but for wide ones, which get their weights in time. */
    uint32_t few = m->n % by.tokens, tiled;
    if (few > (wide ? 1 : 2)) few = 0;
    tiled = m->n - few;
    for (uint32_t from = 0; from < tiled; from += TOKENS_AT_ONCE)
        tile_tokens(m, by, from, tiled - from < TOKENS_AT_ONCE ? tiled : from + TOKENS_AT_ONCE);
    if (few) line_tokens(m, tiled, m->n);
}

void matmul(const matmul_args *m) { multiply(m, wide_nth(0)); }

const char *matmul_body(int body) {
    const wide_kernels *wide = body ? wide_nth(body - 1) : NULL;
    return body == 0 ? "128 bits" : wide ? wide->name : NULL;
}

void matmul_by(int body, const matmul_args *m) { multiply(m, body ? wide_nth(body - 1) : NULL); }

/* ---- Float activations ---- */

/* A panel is some groups of rows, widened: float[groups][columns][MATRIX_GROUP]. Four groups by one token, or one by
 * four: eight accumulators hide the latency of the additions in either. */
enum { PANEL_FLOATS = 2048, FLAT_GROUPS = 4, TALL_GROUPS = 1, PANEL_SUMS = 8 };

/* out[tokens][groups][MATRIX_GROUP] += panel times columns x[t][0..n): each element is out + x[0] w[0] + x[1] w[1] ...
 * in this order. Groups of the panel lie `stride` floats apart. */
static inline __attribute__((always_inline)) void panel_product(float *out, const float *panel, size_t stride,
                                                                const float *const *x, uint32_t n, const int groups,
                                                                const int tokens) {
    v128_t acc[PANEL_SUMS];
    const int vecs = groups * GROUP_VECS;
#pragma clang loop unroll(full)
    for (int i = 0; i < vecs * tokens; i++) acc[i] = wasm_v128_load(out + 4 * i);
    for (uint32_t k = 0; k < n; k++) {
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            v128_t v = wasm_v128_load32_splat(x[t] + k);
#pragma clang loop unroll(full)
            for (int i = 0; i < vecs; i++) {
                v128_t w = wasm_v128_load(panel + (size_t)(i / GROUP_VECS) * stride + MATRIX_GROUP * (size_t)k +
                                          SIMD_ROWS * (i % GROUP_VECS));
                acc[t * vecs + i] = wasm_f32x4_add(acc[t * vecs + i], wasm_f32x4_mul(w, v));
            }
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < vecs * tokens; i++) wasm_v128_store(out + 4 * i, acc[i]);
}

typedef void panel_kernel(float *out, const float *panel, size_t stride, const float *const *x, uint32_t n);
static __attribute__((noinline)) void panel_flat(float *out, const float *panel, size_t stride, const float *const *x,
                                                 uint32_t n) {
    panel_product(out, panel, stride, x, n, FLAT_GROUPS, 1);
}
static __attribute__((noinline)) void panel_tall(float *out, const float *panel, size_t stride, const float *const *x,
                                                 uint32_t n) {
    panel_product(out, panel, stride, x, n, TALL_GROUPS, TILE_TOKENS);
}

/* Columns [k, k + n) of `groups` groups from `row` on. A lone group at the edge is followed by itself. */
static const float *open_panel(float *panel, const matmul_args *m, uint32_t row, uint32_t k, uint32_t n,
                               uint32_t groups, size_t *stride) {
    uint32_t first = row / MATRIX_GROUP, last = (m->row_to - 1) / MATRIX_GROUP;
    if (form_of(m->w) == &form_f32 && first + groups - 1 <= last) { /* it lies there already */
        *stride = (size_t)m->w->cols * MATRIX_GROUP;
        return (const float *)m->w->data + first * *stride + (size_t)MATRIX_GROUP * k;
    }
    *stride = (size_t)MATRIX_GROUP * n;
    for (uint32_t g = 0; g < groups; g++)
        form_widen(panel + g * *stride, m->w, first + g <= last ? first + g : last, k, n);
    return panel;
}

/* Rows [row, row + groups * MATRIX_GROUP) of all tokens: the partial sums wait in y while the columns go by. */
static void f32_rows(const matmul_args *m, uint32_t row, uint32_t groups, uint32_t tokens, panel_kernel *product) {
    float room[PANEL_FLOATS];
    const uint32_t cols = m->w->cols, step = PANEL_FLOATS / MATRIX_GROUP / groups, width = MATRIX_GROUP * groups;
    const uint32_t rows = m->row_to - row < width ? m->row_to - row : width;
    for (uint32_t k = 0; k < cols; k += step) {
        uint32_t n = cols - k < step ? cols - k : step;
        size_t stride;
        const float *panel = open_panel(room, m, row, k, n, groups, &stride);
        for (uint32_t t = 0; t < m->n; t += tokens) {
            float out[FLAT_GROUPS * MATRIX_GROUP] = {0};
            const float *x[TILE_TOKENS];
            uint32_t n_tokens = m->n - t < tokens ? m->n - t : tokens;
            for (uint32_t i = 0; i < tokens; i++)
                x[i] = (const float *)m->a + (size_t)(t + (i < n_tokens ? i : 0)) * cols + k;
            for (uint32_t i = 0; k && i < n_tokens; i++)
                memcpy(out + (size_t)width * i, m->y + (size_t)(t + i) * m->y_stride + row, rows * sizeof *out);
            product(out, panel, stride, x, n);
            store_rows(m, out, width, row, t, n_tokens);
        }
    }
}

void matmul_f32(const matmul_args *m) {
    bool tall = m->n >= TILE_TOKENS;
    uint32_t groups = tall ? TALL_GROUPS : FLAT_GROUPS;
    for (uint32_t r = m->row_from; r < m->row_to; r += MATRIX_GROUP * groups)
        f32_rows(m, r, groups, tall ? TILE_TOKENS : 1, tall ? panel_tall : panel_flat);
}

/* ---- Plain C ---- */

/* The bits of weight (row, k) of a block. */
static int block_q(const uint8_t *block, int row, int k, shape s) {
    block += 16 * (row / SIMD_ROWS), row %= SIMD_ROWS;
    if (s.kind != FORM_NIBBLE) {
        uint8_t q = block[32 * (k / 4) + simd_place(row, k % 4)];
        return s.kind == FORM_SIGNED ? (int8_t)q : q;
    }
    return block[32 * (k / 8) + simd_place(row, k % 4)] >> (k & 4) & 15;
}

/* The scale of a row, of those that begin at p. */
static float block_scale(const uint8_t *p, int row, shape s) {
    float x;
    if (s.scale == 2) return rd_half(p + 2 * row);
    memcpy(&x, p + 4 * row, 4);
    return x;
}

static float block_product(float f, const uint8_t *block, int row, const act_block *a, shape s) {
    for (int h = 0; h < s.halves; h++) {
        int32_t c = 0, n = BLOCK_COLS / s.halves;
        for (int k = h * n; k < (h + 1) * n; k++) c += block_q(block, row, k, s) * a->q[k];
        if (!s.min && s.kind != FORM_SIGNED) c += (s.halves == 1 ? a->minus_all : a->minus[h]) * (1 << s.shift);
        float y = (float)c * (block_scale(block + shape_d(s, h), row, s) * a->d);
        if (s.min) y = y + block_scale(block + shape_m(s, h), row, s) * (s.halves == 1 ? a->s_all : a->s[h]);
        f = f + y;
    }
    return f;
}

void matmul_ref(const matmul_args *m) {
    const form *f = form_of(m->w);
    const size_t group = form_group_bytes(f, m->w->cols);
    for (uint32_t t = 0; t < m->n; t++)
        for (uint32_t r = m->row_from; r < m->row_to; r++) {
            const uint8_t *w = m->w->data + r / MATRIX_GROUP * group;
            const act_block *a = act_row(m->a, m->w->cols, t);
            float y = 0;
            uint32_t n_blocks = m->w->cols / BLOCK_COLS, n;
            for (uint32_t b = 0; b < n_blocks; b++)
                y = block_product(y, w + b * shape_bytes(*f->shape), (int)(r % MATRIX_GROUP), a + b, *f->shape);
            const act_outlier *o = act_row_outliers(a, (int)n_blocks, &n);
            for (uint32_t i = 0; i < n; i++) {
                float value[BLOCK_COLS][MATRIX_GROUP];
                f->widen(value[0], w + o[i].col / BLOCK_COLS * shape_bytes(*f->shape), BLOCK_COLS);
                y = y + value[o[i].col % BLOCK_COLS][r % MATRIX_GROUP] * o[i].x;
            }
            m->y[(size_t)t * m->y_stride + r] = y;
        }
}

void matmul_f32_ref(const matmul_args *m) {
    for (uint32_t r = m->row_from; r < m->row_to; r++)
        for (uint32_t t = 0; t < m->n; t++) {
            float w[BLOCK_COLS][MATRIX_GROUP], y = 0;
            const float *x = (const float *)m->a + (size_t)t * m->w->cols;
            for (uint32_t k = 0; k < m->w->cols; k += BLOCK_COLS) {
                uint32_t n = m->w->cols - k < BLOCK_COLS ? m->w->cols - k : BLOCK_COLS;
                form_widen(w[0], m->w, r / MATRIX_GROUP, k, n);
                for (uint32_t i = 0; i < n; i++) y = y + w[i][r % MATRIX_GROUP] * x[k + i];
            }
            m->y[(size_t)t * m->y_stride + r] = y;
        }
}
