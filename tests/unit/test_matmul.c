/* Packing and matrix products of every type: values against the type's own dequantisation, vector bodies against their
 * plain C twins bit for bit, any batch and any split of the rows against the whole, and a digest of the bits that must
 * be the same on every build. */
#include "kernel_test.h"
#include "kernels/kernels_ref.h"

static const struct type_row {
    enum tensor_type type;
    int block;
    int half[2];     /* where f16 scales lie in a block; -1: none */
    uint32_t digest; /* of the product pinned_bits() computes */
} types[] = {
    {TENSOR_Q4_0, 32, {0, -1}, 0xf21f79de},    {TENSOR_Q4_1, 32, {0, 2}, 0x7f6ada48},
    {TENSOR_Q5_0, 32, {0, -1}, 0x6874ea1e},    {TENSOR_Q5_1, 32, {0, 2}, 0x063d3a56},
    {TENSOR_Q8_0, 32, {0, -1}, 0x0669ea13},    {TENSOR_IQ4_NL, 32, {0, -1}, 0x662b1fae},
    {TENSOR_Q2_K, 256, {80, 82}, 0x5473e32b},  {TENSOR_Q3_K, 256, {108, -1}, 0x6aa81ae0},
    {TENSOR_Q4_K, 256, {0, 2}, 0x2214b68a},    {TENSOR_Q5_K, 256, {0, 2}, 0x68132d11},
    {TENSOR_Q6_K, 256, {208, -1}, 0x4b630f8f}, {TENSOR_Q8_K, 256, {-1, -1}, 0x2fe9fe8b},
    {TENSOR_F32, 1, {-1, -1}, 0xe5c93f51},     {TENSOR_F16, 1, {-1, -1}, 0x1400aa66},
    {TENSOR_BF16, 1, {-1, -1}, 0x7e37a2ec},
};
enum { N_TYPES = sizeof types / sizeof *types };

/* Random blocks, every integer possible, with finite scales of either sign, subnormal ones among them. */
static uint8_t *new_rows(const struct type_row *type, uint32_t rows, uint32_t cols, uint64_t seed) {
    size_t n = (size_t)tensor_row_bytes(type->type, cols) * rows, block = (size_t)quant_of(type->type)->block_bytes;
    uint8_t *p = mem_new(n);
    rng r;
    rng_init(&r, seed);
    for (size_t i = 0; i < n; i++) p[i] = (uint8_t)(rng_next(&r) >> 56);
    for (size_t at = 0; at < n; at += block) {
        for (int h = 0; h < 2; h++) {
            uint16_t scale = (uint16_t)(rng_next(&r) >> 48 & 0x9fff);
            if (type->half[h] >= 0) memcpy(p + at + type->half[h], &scale, 2);
        }
        float value = (float)rng_uniform(&r) - 0.5f;
        uint32_t bits;
        memcpy(&bits, &value, 4);
        if (type->type == TENSOR_Q8_K || type->type == TENSOR_F32) memcpy(p + at, &value, 4);
        if (type->type == TENSOR_F16) p[at + 1] &= 0xbb; /* below 1 */
        if (type->type == TENSOR_BF16) memcpy(p + at, (uint8_t *)&bits + 2, 2);
    }
    return p;
}

static matrix new_matrix(const struct type_row *type, uint32_t rows, uint32_t cols, const uint8_t *src) {
    matrix m;
    matrix_init(&m, type->type, rows, cols, mem_new((size_t)matrix_bytes(type->type, rows, cols)));
    memset(m.data, 0xee, (size_t)matrix_bytes(type->type, rows, cols));
    uint32_t half = rows / 2 / MATRIX_GROUP * MATRIX_GROUP;
    matrix_pack(&m, half, rows - half, src + half * tensor_row_bytes(type->type, cols));
    matrix_pack(&m, 0, half, src);
    return m;
}

static matrix random_matrix(const struct type_row *type, uint32_t rows, uint32_t cols, uint64_t seed) {
    uint8_t *src = new_rows(type, rows, cols, seed);
    matrix m = new_matrix(type, rows, cols, src);
    mem_free(src);
    return m;
}

static float *new_floats(size_t n, uint64_t seed) {
    float *x = mem_array(n, sizeof *x);
    fill_uniform(x, n, seed);
    return x;
}

static void *new_act(const float *x, uint32_t n, uint32_t cols) {
    void *a = mem_new(act_bytes(n, cols));
    act_quantize(a, x, cols, 0, n);
    return a;
}

/* The products are tested with every body that the processor has; what matmul() takes is the last tested. */
static int body;
static void product(const matmul_args *m) { matmul_by(body, m); }

TEST(rows_are_the_types_own_values) {
    for (int i = 0; i < N_TYPES; i++) {
        const uint32_t rows = 19, cols = types[i].block == 1 ? 77 : 512;
        uint8_t *src = new_rows(&types[i], rows, cols, 1);
        matrix m = new_matrix(&types[i], rows, cols, src);
        float want[512], got[512];
        for (uint32_t r = 0; r < rows; r++) {
            quant_of(types[i].type)->dequantize(want, src + r * tensor_row_bytes(types[i].type, cols), cols);
            matrix_row(got, &m, r);
            if (!same_bits(got, want, cols)) printf("    type %d row %u\n", types[i].type, r), CHECK(!"the same bits");
        }
        CHECK_INT(matrix_is_float(&m), types[i].block == 1);
        mem_free(m.data);
        mem_free(src);
    }
}

TEST(every_f16_value) {
    const uint32_t rows = 64, cols = 1024; /* all 65536 */
    uint16_t *src = mem_array(rows * cols, sizeof *src);
    for (uint32_t i = 0; i < rows * cols; i++) src[i] = (uint16_t)i;
    matrix m;
    matrix_init(&m, TENSOR_F16, rows, cols, mem_new((size_t)matrix_bytes(TENSOR_F16, rows, cols)));
    matrix_pack(&m, 0, rows, (const uint8_t *)src);
    for (uint32_t r = 0; r < rows; r++) {
        float row[1024];
        matrix_row(row, &m, r);
        for (uint32_t k = 0; k < cols; k++) {
            float want = f16_to_f32(src[r * cols + k]);
            if (!same_bits(&row[k], &want, 1) && !(row[k] != row[k] && want != want)) CHECK_NEAR(row[k], want, 0);
        }
    }
    mem_free(m.data);
    mem_free(src);
}

TEST(sizes_are_checked) {
    CHECK_INT(matrix_bytes(TENSOR_Q4_1, 8, 64), 2 * 8 * 20); /* as in the file */
    CHECK_INT(matrix_bytes(TENSOR_Q4_0, 8, 64), 2 * 8 * 18);
    CHECK_INT(matrix_bytes(TENSOR_Q4_K, 8, 256), 8 * 8 * 24);
    CHECK_INT(matrix_bytes(TENSOR_F16, 5, 3), 2 * 3 * 8);
    CHECK_INT(matrix_bytes(TENSOR_Q4_1, 0, 64), 0);
    CHECK_INT(matrix_bytes(TENSOR_Q4_1, 8, 0), 0);
    CHECK_INT(matrix_bytes(TENSOR_Q4_1, 8, 48), 0);
    CHECK_INT(matrix_bytes(TENSOR_Q4_K, 8, 128), 0);
    CHECK_INT(matrix_bytes(TENSOR_F32, (uint64_t)1 << 32, 32), 0);
    CHECK_INT(matrix_bytes(TENSOR_F32, UINT32_MAX, UINT32_MAX), 0);
    CHECK_INT(matrix_bytes(TENSOR_Q4_1, UINT64_MAX, UINT64_MAX), 0);
    CHECK_INT(matrix_bytes((enum tensor_type)39, 8, 256), 0);
}

static void run_split(void (*f)(const matmul_args *), matmul_args m) {
    uint32_t rows = m.row_to;
    for (uint32_t from = 0; from < rows; from += 2 * MATRIX_GROUP) {
        m.row_from = from;
        m.row_to = from + 2 * MATRIX_GROUP < rows ? from + 2 * MATRIX_GROUP : rows;
        f(&m);
    }
}

/* One shape: the product, its twin, the same by parts of rows, and the same token by token; nothing else is written. */
static void check_product(const matrix *w, uint32_t n, void (*f)(const matmul_args *), void (*ref)(const matmul_args *),
                          bool exact) {
    const uint32_t stride = w->rows + 3;
    const size_t total = (size_t)n * stride;
    float *x = new_floats((size_t)n * w->cols, n), *y[4];
    void *a = exact ? NULL : new_act(x, n, w->cols);
    for (int i = 0; i < 4; i++) {
        y[i] = mem_array(total, sizeof **y);
        memset(y[i], 0x55, total * sizeof **y);
    }
    matmul_args m = {y[0], w, exact ? (void *)x : a, n, 0, w->rows, stride};
    ref(&m);
    m.y = y[1];
    f(&m);
    m.y = y[2];
    run_split(f, m);
    for (uint32_t t = 0; t < n; t++) {
        void *one = exact ? (void *)(x + (size_t)t * w->cols) : new_act(x + (size_t)t * w->cols, 1, w->cols);
        m = (matmul_args){y[3] + (size_t)t * stride, w, one, 1, 0, w->rows, stride};
        f(&m);
        if (!exact) mem_free(one);
    }
    for (int i = 1; i < 4; i++)
        if (!same_bits(y[i], y[0], total))
            printf("    type %d, %u x %u, n %u, way %d\n", w->type, w->rows, w->cols, n, i), CHECK(!"the same bits");
    for (int i = 0; i < 4; i++) mem_free(y[i]);
    mem_free(x);
    mem_free(a);
}

TEST(products_equal_their_twins) {
    static const uint32_t all_rows[] = {1, 4, 7, 8, 13, 40}, all_cols[] = {32, 96, 256, 1024, 2048};
    for (int i = 0; i < N_TYPES; i++)
        for (int c = 0; c < 5; c++) {
            if (types[i].block == 1 || all_cols[c] % (uint32_t)types[i].block) continue;
            for (uint32_t n = 1; n <= 9; n++) {
                matrix w = random_matrix(&types[i], all_rows[(n + (uint32_t)c) % 6], all_cols[c], n);
                check_product(&w, n, product, matmul_ref, false);
                mem_free(w.data);
            }
        }
}

TEST(float_products_equal_their_twins) {
    static const uint32_t all_rows[] = {1, 4, 7, 8, 13, 40, 67}, all_cols[] = {1, 31, 33, 256, 700};
    for (int i = 0; i < N_TYPES; i++)
        for (int c = 0; c < 5; c++) {
            if (all_cols[c] % (uint32_t)types[i].block) continue;
            for (uint32_t n = 1; n <= 9; n++) {
                matrix w = random_matrix(&types[i], all_rows[(n + (uint32_t)c) % 7], all_cols[c], n);
                check_product(&w, n, matmul_f32, matmul_f32_ref, true);
                mem_free(w.data);
            }
        }
}

/* More rows than a line has, and every number of groups that its streams leave over. */
TEST(many_rows) {
    static const uint32_t all_rows[] = {24, 32, 56, 72, 110, 300};
    for (int i = 0; i < N_TYPES; i++)
        for (int r = 0; r < 6 && types[i].block != 1; r++) {
            matrix w = random_matrix(&types[i], all_rows[r], 256, 5);
            check_product(&w, 2, product, matmul_ref, false);
            mem_free(w.data);
        }
}

TEST(many_tokens) {
    matrix w = random_matrix(&types[1], 20, 64, 3);
    check_product(&w, 131, product, matmul_ref, false);
    check_product(&w, 131, matmul_f32, matmul_f32_ref, true);
    mem_free(w.data);
}

/* Every product of extreme integers is exact: the 7-bit split of the activations, -128 in the weights. */
TEST(extreme_bytes) {
    enum { COLS = 64, ROWS = 4 };
    uint8_t src[ROWS][COLS / 32][34];
    float x[COLS], y[ROWS];
    static const int8_t value[ROWS] = {-128, 127, -127, 1};
    for (int r = 0; r < ROWS; r++)
        for (int b = 0; b < COLS / 32; b++) {
            memcpy(src[r][b], "\0\x3c", 2); /* 1.0 */
            memset(src[r][b] + 2, value[r], 32);
        }
    for (int sign = -1; sign <= 1; sign += 2) {
        for (int k = 0; k < COLS; k++) x[k] = (float)(127 * sign);
        matrix w = new_matrix(&types[4], ROWS, COLS, src[0][0]);
        void *a = new_act(x, 1, COLS);
        product(&(matmul_args){y, &w, a, 1, 0, ROWS, ROWS});
        for (int r = 0; r < ROWS; r++) CHECK_NEAR(y[r], 127.0 * sign * value[r] * COLS, 0);
        mem_free(a);
        mem_free(w.data);
    }
}

/* Scales that are no numbers: one value however the rows are packed, and the largest of its kind. */
TEST(endless_scales_become_finite) {
    enum { ROWS = 12, COLS = 64 };
    static const uint16_t scales[] = {0x7c00, 0xfc00, 0x7e01, 0xffff, 0x7bff, 0xfbff};
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 6; k++) {
            uint8_t *src = new_rows(&types[i], ROWS, COLS, 7);
            size_t block = (size_t)quant_of(types[i].type)->block_bytes;
            size_t row = (size_t)tensor_row_bytes(types[i].type, COLS);
            for (size_t at = 0; at < row * ROWS; at += block) memcpy(src + at, &scales[k], 2);
            matrix four = new_matrix(&types[i], ROWS, COLS, src), one = new_matrix(&types[i], ROWS, COLS, src);
            for (uint32_t r = 0; r < ROWS; r++) matrix_pack(&one, r, 1, src + r * row);
            float a[COLS], b[COLS], first = f16_to_f32(scales[k] & 0x8000 ? 0xfbff : 0x7bff);
            for (uint32_t r = 0; r < ROWS; r++) {
                matrix_row(a, &four, r);
                matrix_row(b, &one, r);
                CHECK(same_bits(a, b, COLS) && all_finite(a, COLS));
                if (i == 0) CHECK_NEAR(a[0], first * (float)((src[r * row + 2] & 15) - 8), 0);
            }
            mem_free(four.data);
            mem_free(one.data);
            mem_free(src);
        }
}

/* Sums of the largest products: nothing saturates on the way. */
TEST(extreme_integers) {
    enum { ROWS = 19, COLS = 512, N = 8 };
    static const uint8_t fills[] = {0xff, 0x80, 0x7f};
    for (int i = 0; i < N_TYPES; i++)
        for (int k = 0; k < 6 && types[i].block > 1; k++) {
            uint8_t *src = new_rows(&types[i], ROWS, COLS, 1);
            size_t n = (size_t)tensor_row_bytes(types[i].type, COLS) * ROWS;
            memset(src, fills[k / 2], n);
            for (size_t at = 0; at < n; at += (size_t)quant_of(types[i].type)->block_bytes) {
                for (int h = 0; h < 2 && types[i].half[h] >= 0; h++) memcpy(src + at + types[i].half[h], "\0\x3c", 2);
                if (types[i].type == TENSOR_Q8_K) memcpy(src + at, &(float){1}, 4);
            }
            matrix w = new_matrix(&types[i], ROWS, COLS, src);
            float *x = mem_array((size_t)N * COLS, sizeof *x), y[N * ROWS], ref[N * ROWS];
            for (int c = 0; c < N * COLS; c++) x[c] = k % 2 ? -127 : 127;
            void *a = new_act(x, N, COLS);
            product(&(matmul_args){y, &w, a, N, 0, ROWS, ROWS});
            matmul_ref(&(matmul_args){ref, &w, a, N, 0, ROWS, ROWS});
            if (!same_bits(y, ref, N * ROWS))
                printf("    type %d, way %d\n", types[i].type, k), CHECK(!"the same bits");
            CHECK(all_finite(ref, N * ROWS));
            mem_free(a);
            mem_free(x);
            mem_free(w.data);
            mem_free(src);
        }
}

TEST(products_are_near_the_truth) {
    enum { ROWS = 16, COLS = 512 };
    for (int i = 0; i < N_TYPES; i++) {
        matrix w = random_matrix(&types[i], ROWS, COLS, 5);
        float *x = new_floats(COLS, 6), y[ROWS], exact[ROWS], row[COLS];
        void *a = new_act(x, 1, COLS);
        if (!matrix_is_float(&w)) product(&(matmul_args){y, &w, a, 1, 0, ROWS, ROWS});
        matmul_f32(&(matmul_args){exact, &w, x, 1, 0, ROWS, ROWS});
        for (uint32_t r = 0; r < ROWS; r++) {
            double sum = 0, size = 0, squares = 0;
            matrix_row(row, &w, r);
            for (int k = 0; k < COLS; k++) {
                sum += (double)row[k] * (double)x[k];
                size += fabs((double)row[k] * (double)x[k]);
                squares += (double)row[k] * (double)row[k];
            }
            CHECK_NEAR(exact[r], sum, size * 1e-6);
            /* each activation is off by at most half a step of 1/127, evenly: four standard deviations */
            if (!matrix_is_float(&w)) CHECK_NEAR(y[r], sum, 4 * sqrt(squares / 12) / 127);
        }
        mem_free(a);
        mem_free(x);
        mem_free(w.data);
    }
}

TEST(activations_equal_their_twin) {
    static const uint32_t all_cols[] = {1, 31, 32, 33, 576, 1000};
    for (int c = 0; c < 6; c++) {
        uint32_t cols = all_cols[c], n = 3;
        float *x = new_floats((size_t)n * cols, 9);
        for (uint32_t k = 0; k < cols; k++) x[k] *= k / 32 % 3 == 0 ? 0 : 1e-12f; /* zeros and small ones too */
        size_t bytes_all = act_bytes(n, cols);
        void *a = mem_new(bytes_all), *b = mem_new(bytes_all);
        act_quantize(a, x, cols, 1, 3);
        act_quantize(a, x, cols, 0, 1);
        act_quantize_ref(b, x, cols, 0, 3);
        CHECK(!memcmp(a, b, bytes_all));
        mem_free(a);
        mem_free(b);
        mem_free(x);
    }
}

TEST(bad_activations_spoil_their_row_alone) {
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        float x[5 * 64], y[5 * 8];
        fill_uniform(x, 5 * 64, 1);
        x[2 * 64 + 40] = bad[i];
        matrix w = random_matrix(&types[i], 8, 64, 2);
        void *a = new_act(x, 5, 64);
        product(&(matmul_args){y, &w, a, 5, 0, 8, 8});
        for (int t = 0; t < 5; t++)
            for (int r = 0; r < 8; r++) CHECK_INT(isnan(y[8 * t + r]), t == 2);
        mem_free(a);
        mem_free(w.data);
    }
}

/* One value in some blocks, or two, dwarf the others: they are taken out. */
static float *new_spiky(uint32_t n, uint32_t cols) {
    float *x = new_floats((size_t)n * cols, 21);
    for (uint32_t t = 0; t < n; t++)
        for (uint32_t k = 5 + t; k < cols; k += 32 * (2 + t)) {
            x[(size_t)t * cols + k] = 200;
            if (k / 32 % 2) x[(size_t)t * cols + k + 3] = -150;
        }
    return x;
}

TEST(large_values_do_not_coarsen_their_neighbours) {
    const uint32_t n = 5, rows = 12, cols = 768;
    float *x = new_spiky(n, cols);
    void *a = mem_new(act_bytes(n, cols)), *b = mem_new(act_bytes(n, cols));
    act_quantize(a, x, cols, 0, n);
    act_quantize_ref(b, x, cols, 0, n);
    CHECK(!memcmp(a, b, act_bytes(n, cols)));
    for (int i = 0; i < N_TYPES; i++) {
        if (types[i].block == 1) continue;
        matrix w = random_matrix(&types[i], rows, cols, 7);
        float y[5 * 12], one[12], ref[5 * 12], exact[5 * 12];
        product(&(matmul_args){y, &w, a, n, 0, rows, rows});
        matmul_ref(&(matmul_args){ref, &w, a, n, 0, rows, rows});
        matmul_f32(&(matmul_args){exact, &w, x, n, 0, rows, rows});
        CHECK(same_bits(y, ref, n * rows));
        act_quantize(b, x + (size_t)3 * cols, cols, 0, 1);
        product(&(matmul_args){one, &w, b, 1, 0, rows, rows});
        CHECK(same_bits(one, y + (size_t)3 * rows, rows)); /* its tile's neighbours have other outliers */
        for (uint32_t r = 0; r < rows; r++) {
            float row[768], squares = 0;
            matrix_row(row, &w, r);
            for (uint32_t k = 0; k < cols; k++) squares += row[k] * row[k];
            /* left in, they would make it up to 200 / 254 an activation; so it is 1 / 254 everywhere */
            for (uint32_t t = 0; t < n; t++)
                CHECK_NEAR(y[t * rows + r], exact[t * rows + r],
                           4 * sqrtf(squares / 12) / 127 + 200 * 1e-6f * sqrtf(squares));
        }
        mem_free(w.data);
    }
    mem_free(a);
    mem_free(b);
    mem_free(x);
}

/* The same bits on every build: the digests were taken natively. */
TEST(pinned_bits) {
    for (int i = 0; i < N_TYPES; i++) {
        matrix w = random_matrix(&types[i], 12, 768, 7);
        float *x = new_spiky(5, 768), y[5 * 12];
        void *a = new_act(x, 5, 768);
        uint32_t h = 0;
        if (!matrix_is_float(&w)) {
            product(&(matmul_args){y, &w, a, 5, 0, 12, 12});
            h = digest(h, y, sizeof y);
        }
        matmul_f32(&(matmul_args){y, &w, x, 5, 0, 12, 12});
        CHECK_INT(digest(h, y, sizeof y), types[i].digest);
        mem_free(a);
        mem_free(x);
        mem_free(w.data);
    }
}

TEST(matmul_takes_the_first_wide_body) {
    matrix w = random_matrix(&types[1], 40, 64, 3);
    check_product(&w, 9, matmul, matmul_ref, false);
    mem_free(w.data);
    for (int i = 0; matmul_body(i); i++) CHECK(i == 0 || strcmp(matmul_body(i), matmul_body(i - 1)));
}

int main(void) {
    RUN(rows_are_the_types_own_values);
    RUN(every_f16_value);
    RUN(sizes_are_checked);
    RUN(float_products_equal_their_twins);
    RUN(activations_equal_their_twin);
    RUN(matmul_takes_the_first_wide_body);
    for (body = 0; matmul_body(body); body++) {
        printf("  tiles: %s\n", matmul_body(body));
        RUN(products_equal_their_twins);
        RUN(many_rows);
        RUN(many_tokens);
        RUN(extreme_bytes);
        RUN(endless_scales_become_finite);
        RUN(extreme_integers);
        RUN(products_are_near_the_truth);
        RUN(bad_activations_spoil_their_row_alone);
        RUN(large_values_do_not_coarsen_their_neighbours);
        RUN(pinned_bits);
    }
    return test_end("matmul");
}
