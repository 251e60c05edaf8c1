/* base/bytes: the cursor whose error sticks. */
#include "base/bytes.h"

#include "unit/test.h"

static const uint8_t sample[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

TEST(order) {
    static const struct {
        const char *a, *b;
        int order;
    } cases[] = {{"a", "b", -1},  {"b", "a", 1}, {"a", "ab", -1},  {"ab", "a", 1},
                 {"ab", "ab", 0}, {"", "a", -1}, {"a", "\xc3", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int order = bytes_order(bytes_str(cases[i].a), bytes_str(cases[i].b));
        CHECK_INT((order > 0) - (order < 0), cases[i].order);
    }
    CHECK_INT(bytes_order((bytes){0}, (bytes){0}), 0);
    CHECK(bytes_order((bytes){0}, bytes_str("a")) < 0);
}

TEST(hex_digits) {
    int found = 0;
    for (int c = -1; c < 256; c++) found += hex_digit(c) >= 0;
    CHECK_INT(found, 22);
    CHECK_INT(hex_digit('0'), 0);
    CHECK_INT(hex_digit('9'), 9);
    CHECK_INT(hex_digit('a'), 10);
    CHECK_INT(hex_digit('F'), 15);
}

TEST(little_endian) {
    reader r = rd_init(bytes_of(sample, sizeof sample));
    CHECK_INT(rd_u8(&r), 1);
    CHECK_INT(rd_u16(&r), 0x0302);
    CHECK_INT(rd_u32(&r), 0x07060504);
    CHECK(rd_u64(&r) == 0x0f0e0d0c0b0a0908);
    CHECK(!r.bad && rd_left(&r) == 0);
    static const uint8_t floats[] = {0, 0, 0xc0, 0x3f, 0, 0, 0, 0, 0, 0, 4, 0xc0};
    r = rd_init(bytes_of(floats, sizeof floats));
    CHECK(rd_f32(&r) == 1.5f);
    CHECK(rd_f64(&r) == -2.5);
    CHECK(!r.bad);
}

TEST(sticks) {
    reader r = rd_init(bytes_of(sample, 3));
    CHECK_INT(rd_u32(&r), 0);
    CHECK(r.bad);
    CHECK_INT(r.pos, 0);
    CHECK_INT(rd_u8(&r), 0); /* would fit, but an error stays */
    CHECK(rd_bytes(&r, 1).ptr == NULL);
    CHECK_INT(r.pos, 0);
    r = rd_init((bytes){0, 0});
    CHECK_INT(rd_u8(&r), 0);
    CHECK(r.bad);
    r = rd_init(bytes_of(sample, 7));
    CHECK(rd_u64(&r) == 0 && rd_f64(&r) == 0 && rd_f32(&r) == 0 && r.bad);
}

TEST(slices) {
    reader r = rd_init(bytes_of(sample, sizeof sample));
    bytes b = rd_bytes(&r, 5);
    CHECK(b.ptr == sample && b.len == 5);
    b = rd_bytes(&r, 0);
    CHECK(b.len == 0 && !r.bad);
    b = rd_bytes(&r, 10);
    CHECK(b.ptr == sample + 5 && b.len == 10);
    b = rd_bytes(&r, 1);
    CHECK(b.ptr == NULL && b.len == 0 && r.bad);
    r = rd_init((bytes){0, 0});
    CHECK(rd_bytes(&r, 0).len == 0 && !r.bad);
}

/* Lengths that are small only when cut to 32 bits, and ones that wrap a position. */
TEST(hostile_lengths) {
    static const uint64_t n[] = {16, 1ull << 32, (1ull << 32) + 4, UINT64_MAX, UINT64_MAX - 3, 1ull << 63};
    for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
        reader r = rd_init(bytes_of(sample, sizeof sample));
        rd_u32(&r);
        CHECK(rd_bytes(&r, n[i]).ptr == NULL);
        CHECK(r.bad);
        CHECK_INT(r.pos, 4);
    }
}

TEST(equality) {
    CHECK(bytes_eq((bytes){0, 0}, bytes_str("")));
    CHECK(bytes_is(bytes_of("abc", 3), "abc"));
    CHECK(!bytes_is(bytes_of("abc", 2), "abc"));
    CHECK(!bytes_is(bytes_of("abd", 3), "abc"));
    CHECK(!bytes_is(bytes_of("abc\0", 4), "abc"));
}

TEST(arithmetic) {
    uint64_t v = 42;
    CHECK(mul_u64(1ull << 32, (1ull << 32) - 1, &v) && v == 0xffffffff00000000);
    CHECK(!mul_u64(1ull << 32, 1ull << 32, &v) && v == 0xffffffff00000000);
    CHECK(add_u64(UINT64_MAX - 1, 1, &v) && v == UINT64_MAX);
    CHECK(!add_u64(UINT64_MAX, 1, &v) && v == UINT64_MAX);
    CHECK(mul_u64(0, UINT64_MAX, &v) && v == 0);
}

int main(void) {
    RUN(order);
    RUN(hex_digits);
    RUN(little_endian);
    RUN(sticks);
    RUN(slices);
    RUN(hostile_lengths);
    RUN(equality);
    RUN(arithmetic);
    return test_end("bytes");
}
