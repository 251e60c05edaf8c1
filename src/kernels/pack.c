/* Repacks a matrix as it stands in the file into its packed form (form_impl.h), and gives single rows back. The layouts
 * read here are ggml's (ggml-common.h); products are left to the dot_*.c files. */
#include "kernels/form_impl.h"

/* 32 columns of one row: integers without their bias or minimum (signed ones as their bits), scales per half. */
typedef struct unit {
    uint8_t q[BLOCK_COLS];
    float d[2], m[2];
} unit;

static void read_nibbles(unit *u, const uint8_t *q) { /* 16 low ones, then 16 high ones */
    for (int j = 0; j < 16; j += 8) {
        uint64_t pairs, low, high;
        memcpy(&pairs, q + j, 8);
        low = pairs & 0x0f0f0f0f0f0f0f0f;
        high = pairs >> 4 & 0x0f0f0f0f0f0f0f0f;
        memcpy(u->q + j, &low, 8);
        memcpy(u->q + 16 + j, &high, 8);
    }
}

static void read_q4_0(unit *u, const uint8_t *row, uint32_t b) {
    row += 18 * (size_t)b;
    u->d[0] = rd_half(row);
    read_nibbles(u, row + 2);
}

static void read_q4_1(unit *u, const uint8_t *row, uint32_t b) {
    row += 20 * (size_t)b;
    u->d[0] = rd_half(row);
    u->m[0] = rd_half(row + 2);
    read_nibbles(u, row + 4);
}

static void read_fifth_bits(unit *u, const uint8_t *bits) {
    for (int j = 0; j < BLOCK_COLS; j++) u->q[j] |= (uint8_t)((bits[j / 8] >> j % 8 & 1) << 4);
}

static void read_q5_0(unit *u, const uint8_t *row, uint32_t b) {
    row += 22 * (size_t)b;
    u->d[0] = rd_half(row);
    read_nibbles(u, row + 6);
    read_fifth_bits(u, row + 2);
}

static void read_q5_1(unit *u, const uint8_t *row, uint32_t b) {
    row += 24 * (size_t)b;
    u->d[0] = rd_half(row);
    u->m[0] = rd_half(row + 2);
    read_nibbles(u, row + 8);
    read_fifth_bits(u, row + 4);
}

static void read_q8_0(unit *u, const uint8_t *row, uint32_t b) {
    row += 34 * (size_t)b;
    u->d[0] = rd_half(row);
    memcpy(u->q, row + 2, BLOCK_COLS);
}

static void read_q8_k(unit *u, const uint8_t *row, uint32_t b) {
    row += 292 * (size_t)(b / 8);
    memcpy(&u->d[0], row, 4);
    memcpy(u->q, row + 4 + BLOCK_COLS * (b % 8), BLOCK_COLS);
}

static void read_iq4_nl(unit *u, const uint8_t *row, uint32_t b) {
    static const int8_t value[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
    read_q4_0(u, row, b); /* the same layout */
    for (int j = 0; j < BLOCK_COLS; j++) u->q[j] = (uint8_t)value[u->q[j]];
}

/* Scale and minimum of the b-th 32 of 256 columns: 6 bits each, in 12 bytes. */
static void read_scale_min(unit *u, const uint8_t *block, int b) {
    const uint8_t *s = block + 4;
    int scale = s[b] & 63, min = s[b + 4] & 63; /* b < 4 */
    if (b >= 4) {
        scale = (s[b + 4] & 15) | (s[b - 4] >> 6 << 4);
        min = s[b + 4] >> 4 | (s[b] >> 6 << 4);
    }
    u->d[0] = rd_half(block) * (float)scale;
    u->m[0] = -(rd_half(block + 2) * (float)min);
}

static void read_q4_k(unit *u, const uint8_t *row, uint32_t b) {
    row += 144 * (size_t)(b / 8);
    b %= 8;
    read_scale_min(u, row, (int)b);
    for (int j = 0; j < BLOCK_COLS; j++) u->q[j] = row[16 + 32 * (b / 2) + (size_t)j] >> 4 * (b % 2) & 15;
}

static void read_q5_k(unit *u, const uint8_t *row, uint32_t b) {
    row += 176 * (size_t)(b / 8);
    b %= 8;
    read_scale_min(u, row, (int)b);
    const uint8_t *low = row + 48 + 32 * (b / 2), *high = row + 16;
    for (int j = 0; j < BLOCK_COLS; j++) u->q[j] = (uint8_t)((low[j] >> 4 * (b % 2) & 15) | (high[j] >> b & 1) << 4);
}

static void read_q6_k(unit *u, const uint8_t *row, uint32_t b) {
    row += 210 * (size_t)(b / 8);
    uint32_t half = b % 8 / 4, c = b % 4;
    const uint8_t *low = row + 64 * half + 32 * (c % 2), *high = row + 128 + 32 * half;
    for (int j = 0; j < BLOCK_COLS; j++)
        u->q[j] = (uint8_t)((low[j] >> 4 * (c / 2) & 15) | (high[j] >> 2 * c & 3) << 4);
    for (int h = 0; h < 2; h++) u->d[h] = rd_half(row + 208) * (float)(int8_t)row[192 + b % 8 * 2 + (uint32_t)h];
}

static void read_q2_k(unit *u, const uint8_t *row, uint32_t b) {
    row += 84 * (size_t)(b / 8);
    b %= 8;
    for (int j = 0; j < BLOCK_COLS; j++) u->q[j] = row[16 + 32 * (b / 4) + (size_t)j] >> 2 * (b % 4) & 3;
    for (int h = 0; h < 2; h++) {
        uint8_t s = row[2 * b + (uint32_t)h];
        u->d[h] = rd_half(row + 80) * (float)(s & 15);
        u->m[h] = -(rd_half(row + 82) * (float)(s >> 4));
    }
}

static void read_q3_k(unit *u, const uint8_t *row, uint32_t b) {
    row += 110 * (size_t)(b / 8);
    b %= 8;
    const uint8_t *low = row + 32 + 32 * (b / 4), *scale = row + 96;
    for (int j = 0; j < BLOCK_COLS; j++) u->q[j] = (uint8_t)((low[j] >> 2 * (b % 4) & 3) | (row[j] >> b & 1) << 2);
    for (uint32_t h = 0; h < 2; h++) { /* 16 scales of 6 bits: 8 bytes of low nibbles, then 4 bytes of high pairs */
        uint32_t i = 2 * b + h;
        int s = (scale[i % 8] >> 4 * (i / 8) & 15) | (scale[8 + i % 4] >> 2 * (i / 4) & 3) << 4;
        u->d[h] = rd_half(row + 108) * (float)(s - 32);
    }
}

/* ---- Four rows at a time: the types that most models of this size are shipped in ---- */

/* 16 bytes of each of 4 rows, which lie `stride` apart: w[i] is word i of each, a lane per row. */
static void turn(v128_t w[4], const uint8_t *p, size_t stride) {
    v128_t a = wasm_v128_load(p), b = wasm_v128_load(p + stride);
    v128_t c = wasm_v128_load(p + 2 * stride), d = wasm_v128_load(p + 3 * stride);
    v128_t ab = wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), cd = wasm_i32x4_shuffle(c, d, 0, 4, 1, 5);
    w[0] = wasm_i64x2_shuffle(ab, cd, 0, 2), w[1] = wasm_i64x2_shuffle(ab, cd, 1, 3);
    ab = wasm_i32x4_shuffle(a, b, 2, 6, 3, 7), cd = wasm_i32x4_shuffle(c, d, 2, 6, 3, 7);
    w[2] = wasm_i64x2_shuffle(ab, cd, 0, 2), w[3] = wasm_i64x2_shuffle(ab, cd, 1, 3);
}

/* 4 bytes of each of 4 rows. */
static v128_t load_words(const uint8_t *p, size_t stride) {
    v128_t x = wasm_v128_load32_zero(p);
    x = wasm_v128_load32_lane(p + stride, x, 1);
    x = wasm_v128_load32_lane(p + 2 * stride, x, 2);
    return wasm_v128_load32_lane(p + 3 * stride, x, 3);
}

static v128_t low_halves(v128_t x) { return simd_from_f16(wasm_v128_and(x, wasm_i32x4_splat(0xffff))); }

/* From 16 columns in the low nibbles and 16 in the high ones to pairs of 4 and 4 columns. */
static void turn_nibbles(uint8_t *q, const uint8_t *p, size_t stride) {
    const v128_t low = wasm_i8x16_splat(15);
    v128_t w[4];
    turn(w, p, stride);
    for (int i = 0; i < 2; i++) {
        v128_t x = w[2 * i], y = w[2 * i + 1];
        v128_t lows = wasm_v128_or(wasm_v128_and(x, low), wasm_i16x8_shl(wasm_v128_and(y, low), 4));
        v128_t highs = wasm_v128_or(wasm_v128_and(wasm_u16x8_shr(x, 4), low), wasm_v128_andnot(y, low));
        wasm_v128_store(q + 32 * i, simd_arrange(lows));
        wasm_v128_store(q + 32 * (i + 2), simd_arrange(highs));
    }
}

/* Rows of n blocks, from src on `stride` apart, to vector v of the blocks of a group. */
typedef void pack_four(uint8_t *group, int v, const uint8_t *src, size_t stride, uint32_t n);

/* Scales that stay binary16. Infinities and NaN, of which no model is made, become the largest number: so every variant
 * computes the same, whether or not its conversion knows them. */
static v128_t finite_halves(v128_t x) {
    v128_t size = wasm_v128_and(x, wasm_i16x8_splat(0x7fff));
    return wasm_v128_or(wasm_u16x8_min(size, wasm_i16x8_splat(0x7bff)), wasm_v128_xor(x, size));
}

static void four_q4_0(uint8_t *group, int v, const uint8_t *src, size_t stride, uint32_t n) {
    const shape s = shape_nibble_bias_short;
    for (; n--; group += shape_bytes(s), src += 18) {
        v128_t halves = finite_halves(load_words(src, stride));
        turn_nibbles(group + 16 * v, src + 2, stride);
        wasm_v128_store64_lane(group + shape_d(s, 0) + 8 * v,
                               wasm_i16x8_shuffle(halves, halves, 0, 2, 4, 6, 0, 2, 4, 6), 0);
    }
}

static void four_q4_1(uint8_t *group, int v, const uint8_t *src, size_t stride, uint32_t n) {
    const shape s = shape_nibble_min_short;
    for (; n--; group += shape_bytes(s), src += 20) {
        v128_t halves = finite_halves(load_words(src, stride)),
               apart = wasm_i16x8_shuffle(halves, halves, 0, 2, 4, 6, 1, 3, 5, 7);
        turn_nibbles(group + 16 * v, src + 4, stride);
        wasm_v128_store64_lane(group + shape_d(s, 0) + 8 * v, apart, 0);
        wasm_v128_store64_lane(group + shape_m(s, 0) + 8 * v, apart, 1);
    }
}

static void four_q8_0(uint8_t *group, int v, const uint8_t *src, size_t stride, uint32_t n) {
    for (; n--; group += shape_bytes(shape_signed), src += 34) {
        uint8_t *q = group + 16 * v;
        v128_t sum = wasm_i32x4_splat(0);
        for (int half = 0; half < 2; half++) {
            v128_t w[4];
            turn(w, src + 2 + 16 * half, stride);
            for (int i = 0; i < 4; i++, q += 32) {
                wasm_v128_store(q, simd_arrange(w[i]));
                sum = wasm_i32x4_add(sum, wasm_i32x4_extadd_pairwise_i16x8(wasm_i16x8_extadd_pairwise_i8x16(w[i])));
            }
        }
        wasm_v128_store(group + shape_d(shape_signed, 0) + 16 * v, low_halves(load_words(src, stride)));
        wasm_v128_store64_lane(group + shape_m(shape_signed, 0) + 8 * v, wasm_i16x8_narrow_i32x4(sum, sum), 0);
    }
}

/* What becomes of each type. */
typedef struct packing {
    const form *form; /* NULL: not a type of ours */
    void (*read)(unit *u, const uint8_t *row, uint32_t b);
    pack_four *four; /* NULL: row by row only */
} packing;

static const packing packings[TENSOR_TYPE_COUNT] = {
    [TENSOR_Q4_0] = {&form_nibble_bias_short, read_q4_0, four_q4_0},
    [TENSOR_Q4_1] = {&form_nibble_min_short, read_q4_1, four_q4_1},
    [TENSOR_Q5_0] = {&form_byte_bias, read_q5_0, NULL},
    [TENSOR_Q5_1] = {&form_byte_min, read_q5_1, NULL},
    [TENSOR_Q8_0] = {&form_signed, read_q8_0, four_q8_0},
    [TENSOR_Q8_K] = {&form_signed, read_q8_k, NULL},
    [TENSOR_IQ4_NL] = {&form_signed, read_iq4_nl, NULL},
    [TENSOR_Q2_K] = {&form_nibble_min16, read_q2_k, NULL},
    [TENSOR_Q3_K] = {&form_nibble_bias16, read_q3_k, NULL},
    [TENSOR_Q4_K] = {&form_nibble_min, read_q4_k, NULL},
    [TENSOR_Q5_K] = {&form_byte_min, read_q5_k, NULL},
    [TENSOR_Q6_K] = {&form_byte_bias16, read_q6_k, NULL},
    [TENSOR_F32] = {&form_f32, NULL, NULL},
    [TENSOR_F16] = {&form_f16, NULL, NULL},
    [TENSOR_BF16] = {&form_bf16, NULL, NULL},
};

const form *form_of(const matrix *m) { return packings[m->type].form; }

size_t form_group_bytes(const form *f, uint32_t cols) {
    if (f->shape->kind == FORM_FLOAT) return (size_t)cols * MATRIX_GROUP * f->value_bytes;
    return (size_t)(cols / BLOCK_COLS) * shape_bytes(*f->shape);
}

void form_widen(float *out, const matrix *m, uint32_t group, uint32_t from, uint32_t n) {
    const form *f = form_of(m);
    const uint8_t *p = m->data + group * form_group_bytes(f, m->cols);
    if (f->shape->kind == FORM_FLOAT) {
        f->widen(out, p + (size_t)from * MATRIX_GROUP * f->value_bytes, (int)n);
        return;
    }
    p += from / BLOCK_COLS * shape_bytes(*f->shape);
    for (uint32_t k = 0; k < n; k += BLOCK_COLS, p += shape_bytes(*f->shape))
        f->widen(out + MATRIX_GROUP * (size_t)k, p, n - k < BLOCK_COLS ? (int)(n - k) : BLOCK_COLS);
}

uint64_t matrix_bytes(enum tensor_type type, uint64_t rows, uint64_t cols) {
    const quant *q = quant_of((uint32_t)type);
    if (!q || !packings[type].form || rows == 0 || cols == 0 || rows > UINT32_MAX || cols > UINT32_MAX) return 0;
    if (cols % (uint64_t)q->block) return 0;
    const form *f = packings[type].form;
    uint64_t group = f->shape->kind == FORM_FLOAT ? cols * MATRIX_GROUP * f->value_bytes
                                                  : cols / BLOCK_COLS * shape_bytes(*f->shape);
    uint64_t total;
    if (!mul_u64((rows + MATRIX_GROUP - 1) / MATRIX_GROUP, group, &total) || total > SIZE_MAX / 2) return 0;
    return total;
}

void matrix_init(matrix *m, enum tensor_type type, uint32_t rows, uint32_t cols, uint8_t *data) {
    *m =
        (matrix){.type = type, .form = (int)packings[type].form->shape->kind, .rows = rows, .cols = cols, .data = data};
}

bool matrix_is_float(const matrix *m) { return form_of(m)->shape->kind == FORM_FLOAT; }

static void put_scale(uint8_t *p, int r, float x, shape s) {
    if (s.scale == 4) {
        memcpy(p + 4 * r, &x, 4);
        return;
    }
    uint16_t bits = f32_to_f16(x);
    if ((bits & 0x7fff) > 0x7bff) bits = bits >> 15 ? 0xfbff : 0x7bff; /* as finite_halves() */
    memcpy(p + 2 * r, &bits, 2);
}

/* Row r of a block. */
static void put_unit(uint8_t *block, int r, const unit *u, shape s) {
    uint8_t *q = block + 16 * (r / SIMD_ROWS);
    if (s.kind == FORM_NIBBLE) {
        for (int i = 0; i < 4; i++) {
            uint32_t low, high;
            memcpy(&low, u->q + 8 * i, 4);
            memcpy(&high, u->q + 8 * i + 4, 4);
            low |= high << 4;
            simd_put(q + 32 * i, r % SIMD_ROWS, (const uint8_t *)&low);
        }
    } else {
        for (int i = 0; i < 8; i++) simd_put(q + 32 * i, r % SIMD_ROWS, u->q + 4 * i);
    }
    for (int h = 0; h < s.halves; h++) {
        put_scale(block + shape_d(s, h), r, u->d[h], s);
        if (s.min) put_scale(block + shape_m(s, h), r, u->m[h], s);
    }
    if (s.kind == FORM_SIGNED) {
        int16_t sum = 0;
        for (int i = 0; i < BLOCK_COLS; i++) sum = (int16_t)(sum + (int8_t)u->q[i]);
        memcpy(block + shape_m(s, 0) + 2 * r, &sum, 2);
    }
}

static void pack_floats(uint8_t *group, int r, const uint8_t *row, uint32_t cols, size_t each) {
    if (each == 4)
        for (uint32_t k = 0; k < cols; k++)
            memcpy(group + 4 * (MATRIX_GROUP * (size_t)k + (size_t)r), row + 4 * (size_t)k, 4);
    else
        for (uint32_t k = 0; k < cols; k++)
            memcpy(group + 2 * (MATRIX_GROUP * (size_t)k + (size_t)r), row + 2 * (size_t)k, 2);
}

static void pack_one(uint8_t *group, int r, const packing *p, const uint8_t *row, uint32_t n_blocks) {
    const shape s = *p->form->shape;
    for (uint32_t b = 0; b < n_blocks; b++, group += shape_bytes(s)) {
        unit u;
        p->read(&u, row, b);
        put_unit(group, r, &u, s);
    }
}

void matrix_pack(matrix *m, uint32_t row, uint32_t n_rows, const uint8_t *src) {
    const packing *p = &packings[m->type];
    size_t group_bytes = form_group_bytes(p->form, m->cols), row_bytes = (size_t)tensor_row_bytes(m->type, m->cols);
    uint32_t step = 1, n_blocks = m->cols / BLOCK_COLS;
    for (uint32_t i = 0; i < n_rows; i += step, src += step * row_bytes) {
        uint8_t *group = m->data + (row + i) / MATRIX_GROUP * group_bytes;
        int r = (int)((row + i) % MATRIX_GROUP);
        bool four = p->four && r % SIMD_ROWS == 0 && n_rows - i >= SIMD_ROWS;
        step = four ? SIMD_ROWS : 1;
        if (r == 0 && n_rows - i < MATRIX_GROUP) memset(group, 0, group_bytes); /* the rows that are not there */
        if (four) p->four(group, r / SIMD_ROWS, src, row_bytes, n_blocks);
        else if (matrix_is_float(m)) pack_floats(group, r, src, m->cols, p->form->value_bytes);
        else pack_one(group, r, p, src, n_blocks);
    }
}

void matrix_row(float *y, const matrix *m, uint32_t row) {
    float block[BLOCK_COLS][MATRIX_GROUP];
    for (uint32_t k = 0; k < m->cols; k += BLOCK_COLS) {
        uint32_t n = m->cols - k < BLOCK_COLS ? m->cols - k : BLOCK_COLS;
        form_widen(block[0], m, row / MATRIX_GROUP, k, n);
        for (uint32_t i = 0; i < n; i++) y[k + i] = block[i][row % MATRIX_GROUP];
    }
}
