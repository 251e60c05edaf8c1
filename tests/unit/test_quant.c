/* Block formats against the gguf package's reading (tests/golden/quant), bit for bit. */
#include "tensor/quant.h"

#include "unit/test.h"

/* Blocks, then the floats they stand for. */
static void check_golden(uint32_t type) {
    char path[64];
    const quant *q = quant_of(type);
    snprintf(path, sizeof path, "tests/golden/quant/%s.bin", q->name);
    bytes file = test_file(path);
    size_t each = (size_t)q->block_bytes + (size_t)q->block * sizeof(float);
    size_t n_blocks = file.len / each, n = n_blocks * (size_t)q->block;
    CHECK(n_blocks > 0 && file.len % each == 0);
    uint8_t *src = mem_grow(NULL, n_blocks * (size_t)q->block_bytes + 1);
    float *got = mem_array(n + 1, sizeof *got);
    memcpy(src + 1, file.ptr, n_blocks * (size_t)q->block_bytes); /* at an odd address */
    got[n] = 42;
    q->dequantize(got, src + 1, n);
    bool same = !memcmp(got, file.ptr + n_blocks * (size_t)q->block_bytes, n * sizeof *got);
    if (!same) printf("    %s\n", q->name);
    CHECK(same);
    CHECK(got[n] == 42);
    CHECK(q->finite(src + 1, n));
    mem_free(got);
    mem_free(src);
    mem_free((void *)(uintptr_t)file.ptr);
}

TEST(golden) {
    int n_types = 0;
    for (uint32_t type = 0; type < TENSOR_TYPE_COUNT; type++) {
        if (!quant_of(type)) continue;
        check_golden(type);
        n_types++;
    }
    CHECK_INT(n_types, 15);
}

/* Puts a value that is not finite at every place where a block of zeros may have a scale; counts where that is seen. */
static int count_scales(const quant *q, size_t block, const uint8_t *value, size_t value_bytes) {
    uint8_t src[3 * 292] = {0};
    size_t n = 3 * (size_t)q->block, size = (size_t)q->block_bytes;
    int found = 0;
    CHECK(q->finite(src, n));
    for (size_t at = 0; at + value_bytes <= size; at += value_bytes) {
        memcpy(src + block * size + at, value, value_bytes);
        found += !q->finite(src, n);
        memset(src, 0, sizeof src);
    }
    return found;
}

TEST(finite) {
    static const struct {
        enum tensor_type type;
        int scales;
        int value_bytes;
    } want[] = {
        {TENSOR_F32, 1, 4},  {TENSOR_F16, 1, 2},  {TENSOR_BF16, 1, 2}, {TENSOR_Q4_0, 1, 2},   {TENSOR_Q4_1, 2, 2},
        {TENSOR_Q5_0, 1, 2}, {TENSOR_Q5_1, 2, 2}, {TENSOR_Q8_0, 1, 2}, {TENSOR_IQ4_NL, 1, 2}, {TENSOR_Q2_K, 2, 2},
        {TENSOR_Q3_K, 1, 2}, {TENSOR_Q4_K, 2, 2}, {TENSOR_Q5_K, 2, 2}, {TENSOR_Q6_K, 1, 2},   {TENSOR_Q8_K, 1, 4},
    };
    static const uint8_t f32_inf[4] = {0, 0, 0x80, 0x7f}, f32_nan[4] = {1, 0, 0x80, 0xff};
    static const uint8_t f16_inf[2] = {0, 0xfc}, f16_nan[2] = {1, 0x7c}, bf16_inf[2] = {0x80, 0x7f},
                         bf16_nan[2] = {0xc0, 0xff};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        const quant *q = quant_of(want[i].type);
        bool wide = want[i].value_bytes == 4, brain = want[i].type == TENSOR_BF16;
        for (size_t block = 0; block < 3; block++) {
            CHECK_INT(count_scales(q, block,
                                   wide    ? f32_inf
                                   : brain ? bf16_inf
                                           : f16_inf,
                                   wide ? 4 : 2),
                      want[i].scales);
            CHECK_INT(count_scales(q, block,
                                   wide    ? f32_nan
                                   : brain ? bf16_nan
                                           : f16_nan,
                                   wide ? 4 : 2),
                      want[i].scales);
        }
    }
}

TEST(types) {
    CHECK(quant_of(4) == NULL);
    CHECK(quant_of(TENSOR_TYPE_COUNT) == NULL);
    CHECK(quant_of(0xffffffff) == NULL);
    CHECK_STR(quant_of(TENSOR_Q4_1)->name, "Q4_1");
    CHECK_STR(tensor_type_name(TENSOR_Q6_K), "Q6_K");
    CHECK_STR(tensor_type_name(23), "IQ4_XS");
    CHECK(tensor_type_name(5) == NULL);
    CHECK(tensor_type_name(TENSOR_TYPE_COUNT) == NULL);
    CHECK(tensor_type_name(0xffffffff) == NULL);
    CHECK_INT(tensor_row_bytes(TENSOR_Q4_1, 576), 360);
    CHECK_INT(tensor_row_bytes(TENSOR_Q4_1, 577), 0);
    CHECK_INT(tensor_row_bytes(TENSOR_Q4_K, 576), 0);
    CHECK_INT(tensor_row_bytes(TENSOR_F32, (1ull << 40) - 1), 4 * ((1ull << 40) - 1));
    CHECK_INT(tensor_row_bytes((enum tensor_type)5, 32), 0);
}

static uint32_t bits_of(float f) {
    uint32_t x;
    memcpy(&x, &f, sizeof x);
    return x;
}

/* What binary16 means, by its definition. */
static double f16_value(uint16_t h) {
    int exponent = h >> 10 & 31, mantissa = h & 0x3ff;
    double v = exponent ? ldexp(1024 + mantissa, exponent - 25) : ldexp(mantissa, -24);
    return h & 0x8000 ? -v : v;
}

TEST(f16_all) {
    for (uint32_t h = 0; h < 0x10000; h++) {
        float f = f16_to_f32((uint16_t)h);
        if ((h & 0x7fff) > 0x7c00) {
            CHECK(isnan(f));
            CHECK((f32_to_f16(f) & 0x7fff) > 0x7c00);
            continue;
        }
        if ((h & 0x7fff) == 0x7c00) CHECK(isinf(f) && signbit(f) == (h >> 15 != 0));
        else CHECK(f == f16_value((uint16_t)h) && signbit(f) == (h >> 15 != 0));
        CHECK_INT(f32_to_f16(f), h);
    }
}

/* Halfway between neighbours goes to the even one, a bit beside it to the nearer one. */
TEST(f16_rounding) {
    for (uint32_t h = 0; h < 0x7bff; h++) {
        float half = (float)((f16_value((uint16_t)h) + f16_value((uint16_t)(h + 1))) / 2);
        CHECK_INT(f32_to_f16(half), h + (h & 1));
        CHECK_INT(f32_to_f16(nextafterf(half, 0)), h);
        CHECK_INT(f32_to_f16(nextafterf(half, INFINITY)), h + 1);
        CHECK_INT(f32_to_f16(-half), 0x8000 | (h + (h & 1)));
    }
    CHECK_INT(f32_to_f16(65519.996f), 0x7bff);
    CHECK_INT(f32_to_f16(65520.0f), 0x7c00);
    CHECK_INT(f32_to_f16(-3.4e38f), 0xfc00);
    CHECK_INT(f32_to_f16(1e-45f), 0);
    CHECK(bits_of(f16_to_f32(0x8000)) == 0x80000000);
}

int main(void) {
    RUN(golden);
    RUN(finite);
    RUN(types);
    RUN(f16_all);
    RUN(f16_rounding);
    return test_end("quant");
}
