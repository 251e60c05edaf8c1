/* tensor/gguf: one test for every reason to refuse a file. */
#include "tensor/gguf.h"

#include "unit/gguf_bytes.h"
#include "unit/test.h"

TEST(magic) {
    static const struct {
        const char *begins, *reason;
    } want[] = {
        {"<!DOCTYPE html><title>404</title>", "a web page"},
        {"\xef\xbb\xbf\r\n <html><title>404</title>", "a web page"},
        {"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"},
        {"{\"error\":\"not found\"}", "JSON"},
        {"\x1f\x8b\x08\x08............", "gzip"},
        {"PK\x03\x04............", "zip"},
        {"tjgg............", "GGML"},
        {"lmgg............", "GGML"},
        {"\x12\x11\x11\x11\x11\x11\x11\x11{\"a\":1}", "safetensors"},
        {"GGUG............", "something else"},
        {"gguf............", "something else"},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        buf b = {0};
        buf_str(&b, want[i].begins);
        check_refused(&b, ERR_CORRUPT, want[i].reason);
    }
}

TEST(version) {
    static const uint32_t bad[] = {0, 1, 4, 0xffffffff, 0x10003};
    buf b = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put_header(&b, bad[i], 0, 0);
        check_refused(&b, ERR_UNSUPPORTED, "supported are 2 and 3");
    }
    put_header(&b, 0x03000000, 0, 0);
    check_refused(&b, ERR_UNSUPPORTED, "big-endian");
}

TEST(counts) {
    static const uint64_t bad[] = {65536,      300000,     1ull << 32,        (1ull << 32) + 1,
                                   1ull << 63, UINT64_MAX, 0x4924924924924925};
    buf b = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put_header(&b, 3, bad[i], 0);
        check_refused(&b, ERR_CORRUPT, "tensors, at most 65535");
        put_header(&b, 3, 0, bad[i]);
        check_refused(&b, ERR_CORRUPT, "keys, at most 65535");
    }
    /* allowed, but not in a file of this size: refused at the header, before anything is allocated for them */
    put_header(&b, 3, 4, 0);
    put_data(&b, 100);
    check_refused(&b, ERR_CORRUPT, "header, byte 0");
    put_header(&b, 3, 0, 8);
    put_data(&b, 100);
    check_refused(&b, ERR_CORRUPT, "header, byte 0");
}

TEST(names) {
    static char name[65537];
    static const uint64_t bad[] = {65536, UINT64_MAX, UINT64_MAX - 7, (1ull << 32) + 1, 1ull << 63};
    buf b = {0};
    memset(name, 'k', sizeof name - 1);
    put_header(&b, 3, 0, 1), put_key_u32(&b, name, 0);
    check_refused(&b, ERR_CORRUPT, "a text of 65536 bytes");
    put_header(&b, 3, 0, 1), put_key_u32(&b, name + 1, 0); /* 65535 bytes are allowed */
    gguf_close(check_accepted(&b));
    buf_clear(&b);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put_header(&b, 3, 0, 1), put_u64(&b, bad[i]), buf_str(&b, "kkkkkkkkkkkkk");
        check_refused(&b, ERR_CORRUPT, "a text of");
    }
    put_header(&b, 3, 0, 1), put_u64(&b, 14), buf_str(&b, "kkkkkkkkkkkkk"); /* one byte past the end */
    check_refused(&b, ERR_CORRUPT, "cut short");
    put_header(&b, 3, 0, 1), put_key_u32(&b, "", 0);
    check_refused(&b, ERR_CORRUPT, "key, byte 24: its name is empty");
    put_header(&b, 3, 0, 1), put_key_u32(&b, "a\xff", 0);
    check_refused(&b, ERR_CORRUPT, "not UTF-8");
    put_header(&b, 3, 0, 2), put_key_u32(&b, "a", 0), put_key_u32(&b, "a", 0);
    check_refused(&b, ERR_CORRUPT, "key \"a\", byte 49: it is there twice");
}

TEST(values) {
    static const uint32_t bad[] = {13, 14, 255, 0xffffffff, 0x100};
    buf b = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put_header(&b, 3, 0, 1), put_key(&b, "k", bad[i]), put_u64(&b, 0);
        check_refused(&b, ERR_CORRUPT, "key \"k\", byte 24: value type");
        put_header(&b, 3, 0, 1), put_array(&b, "k", bad[i], 0);
        check_refused(&b, ERR_CORRUPT, "value type");
        put_header(&b, 3, 0, 1), put_array(&b, "k", GGUF_ARRAY, 1), put_u32(&b, bad[i]), put_u64(&b, 0);
        check_refused(&b, ERR_CORRUPT, "value type");
    }
    put_header(&b, 3, 0, 1), put_key(&b, "k", GGUF_BOOL), put_uint(&b, 2, 1);
    check_refused(&b, ERR_CORRUPT, "neither 0 nor 1");
    put_header(&b, 3, 0, 1), put_key(&b, "k", GGUF_STRING), put_u64(&b, 9), buf_str(&b, "12345678");
    check_refused(&b, ERR_CORRUPT, "cut short");
    put_header(&b, 3, 0, 1), put_key(&b, "k", GGUF_STRING), put_u64(&b, UINT64_MAX), buf_str(&b, "12345678");
    check_refused(&b, ERR_CORRUPT, "a text of");
    put_header(&b, 3, 0, 1), put_key(&b, "k", GGUF_U64), put_u32(&b, 0);
    check_refused(&b, ERR_CORRUPT, "must have 45 bytes at least and has 41");
}

/* Lengths of arrays that do not fit, that wrap 64 bits when multiplied, and that fit only modulo 2^32. */
TEST(array_lengths) {
    static const struct {
        uint32_t item;
        uint64_t n;
        const char *reason;
    } bad[] = {
        {GGUF_U8, 17, "cut short"},
        {GGUF_U8, (1ull << 32) + 16, "cut short"},
        {GGUF_U64, 3, "cut short"},
        {GGUF_U64, 1ull << 61, "an array of"},
        {GGUF_F64, UINT64_MAX, "an array of"},
        {GGUF_U16, 1ull << 63, "an array of"},
        {GGUF_STRING, 3, "cut short"},
        {GGUF_STRING, 1ull << 61, "an array of"},
        {GGUF_STRING, 1ull << 60, "cut short"},
        {GGUF_BOOL, UINT64_MAX, "cut short"},
        {GGUF_ARRAY, 2, "cut short"},
        {GGUF_U32, 1ull << 30, "cut short"},
        {GGUF_ARRAY, 1ull << 60, "arrays in arrays"},
    };
    buf b = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put_header(&b, 3, 0, 1), put_array(&b, "k", bad[i].item, bad[i].n), put_u64(&b, 0), put_u64(&b, 0);
        if (bad[i].item == GGUF_ARRAY && bad[i].n > 2) { /* the first of them is one of many arrays, too */
            buf_reset(&b);
            put_header(&b, 3, 0, 1), put_array(&b, "k", GGUF_ARRAY, bad[i].n), put_u32(&b, GGUF_ARRAY), put_u64(&b, 1);
        }
        check_refused(&b, ERR_CORRUPT, bad[i].reason);
    }
    put_header(&b, 3, 0, 1), put_array(&b, "k", GGUF_ARRAY, 1ull << 63), put_u32(&b, GGUF_ARRAY),
        put_u64(&b, (1ull << 63) + 1);
    check_refused(&b, ERR_CORRUPT, "arrays in arrays"); /* their sum is 0 modulo 2^64 */
    put_header(&b, 3, 0, 1), put_array(&b, "k", GGUF_STRING, 1), put_u64(&b, 65537);
    for (int i = 0; i < 65537; i++) buf_byte(&b, 'x');
    check_refused(&b, ERR_CORRUPT, "a text of 65537 bytes");
    put_header(&b, 3, 0, 1), put_array(&b, "k", GGUF_STRING, 2), put_str(&b, "x"), put_u64(&b, UINT64_MAX - 8);
    check_refused(&b, ERR_CORRUPT, "a text of");
}

/* Where a file is wrong, more of it is not asked for. */
TEST(wrong_is_final) {
    buf b = {0};
    gguf *g = NULL;
    uint64_t need;
    err e;
    put_header(&b, 3, 0, 1), put_u64(&b, 0); /* an empty name, and nothing after it */
    CHECK_INT(gguf_open(&g, buf_view(&b), 1000, &need, &e), ERR_CORRUPT);
    CHECK(need == 0 && strstr(e.text, "its name is empty"));
    static const char cut[] = {'v', 'e', 'r', 's'}; /* of "version https://git-lfs": no byte behind it is looked at */
    CHECK_INT(gguf_open(&g, bytes_of(cut, sizeof cut), sizeof cut, &need, &e), ERR_CORRUPT);
    CHECK(need == 0 && strstr(e.text, "something else"));
    buf_clear(&b);
}

/* What the file's size alone allows is still too much for a head. */
TEST(head_limit) {
    buf b = {0};
    gguf *g = NULL;
    uint64_t need, huge = 1ull << 40;
    err e;
    put_header(&b, 3, 0, 1), put_key(&b, "k", GGUF_STRING), put_u64(&b, GGUF_HEAD_MAX - 64);
    CHECK_INT(gguf_open(&g, buf_view(&b), huge, &need, &e), ERR_CORRUPT);
    CHECK_INT(need, b.len + GGUF_HEAD_MAX - 64);
    buf_reset(&b);
    put_header(&b, 3, 0, 1), put_key(&b, "k", GGUF_STRING), put_u64(&b, GGUF_HEAD_MAX);
    CHECK_INT(gguf_open(&g, buf_view(&b), huge, &need, &e), ERR_CORRUPT);
    CHECK(need == 0 && strstr(e.text, "larger than 32 MiB"));
    buf_reset(&b);
    put_header(&b, 3, 0, 1), put_array(&b, "k", GGUF_U64, 1ull << 32);
    CHECK_INT(gguf_open(&g, buf_view(&b), huge, &need, &e), ERR_CORRUPT);
    CHECK(need == 0 && strstr(e.text, "larger than 32 MiB"));
    buf_clear(&b);
}

TEST(tensor_names) {
    char name[66] = {0};
    buf b = {0};
    memset(name, 't', 65);
    put_header(&b, 3, 1, 0), put_tensor(&b, name, TENSOR_F32, 1, 1, 0), put_data(&b, 4);
    check_refused(&b, ERR_CORRUPT, "a text of 65 bytes");
    put_header(&b, 3, 1, 0), put_tensor(&b, name + 1, TENSOR_F32, 1, 1, 0), put_data(&b, 4);
    gguf *g = check_accepted(&b);
    CHECK(gguf_find(g, name + 1) != NULL);
    gguf_close(g);
    buf_clear(&b);
    put_header(&b, 3, 1, 0), put_tensor(&b, "", TENSOR_F32, 1, 1, 0), put_data(&b, 4);
    check_refused(&b, ERR_CORRUPT, "its name is empty");
    put_header(&b, 3, 1, 0), put_tensor(&b, "\xc3", TENSOR_F32, 1, 1, 0), put_data(&b, 4);
    check_refused(&b, ERR_CORRUPT, "not UTF-8");
    put_header(&b, 3, 2, 0), put_tensor(&b, "t", TENSOR_F32, 1, 1, 0), put_tensor(&b, "t", TENSOR_F32, 1, 1, 32),
        put_data(&b, 64);
    check_refused(&b, ERR_CORRUPT, "tensor \"t\", byte 73: it is there twice");
}

TEST(shapes) {
    static const uint32_t bad[] = {0, 5, 255, 0x80000000, 0xffffffff};
    static const uint64_t product[][2] = {
        {1ull << 40, 1},          {1ull << 20, 1ull << 20}, {1ull << 32, 1ull << 32},        {INT64_MAX, 2},
        {UINT64_MAX, UINT64_MAX}, {1ull << 63, 2},          {(1ull << 32) + 32, 1ull << 32},
    };
    buf b = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put_header(&b, 3, 1, 0), put_str(&b, "t"), put_u32(&b, bad[i]), put_data(&b, 100);
        check_refused(&b, ERR_CORRUPT, "dimensions, wanted 1 to 4");
    }
    for (uint64_t zero = 0; zero < 2; zero++) {
        put_header(&b, 3, 1, 0), put_tensor(&b, "t", TENSOR_F32, zero, 1 - zero, 0), put_data(&b, 100);
        check_refused(&b, ERR_CORRUPT, zero ? "dimension 1 is 0" : "dimension 0 is 0");
    }
    for (size_t i = 0; i < sizeof product / sizeof *product; i++) {
        put_header(&b, 3, 1, 0), put_tensor(&b, "t", TENSOR_Q4_0, product[i][0], product[i][1], 0), put_data(&b, 100);
        check_refused(&b, ERR_CORRUPT, "2^40 or more");
    }
    put_header(&b, 3, 1, 0), put_tensor(&b, "t", TENSOR_F32, (1ull << 40) - 1, 1, 0), put_data(&b, 100);
    check_refused(&b, ERR_CORRUPT, "4398046511100 bytes pass the end");
    put_header(&b, 3, 1, 0), put_str(&b, "t"), put_u32(&b, 4);
    for (uint64_t i = 0; i < 4; i++) put_u64(&b, i + 1);
    put_u32(&b, TENSOR_F16), put_u64(&b, 0), put_data(&b, 48);
    gguf *g = check_accepted(&b);
    CHECK(gguf_find(g, "t")->n_dims == 4 && gguf_find(g, "t")->dim[3] == 4 && gguf_find(g, "t")->size == 48);
    gguf_close(g);
    buf_clear(&b);
}

TEST(tensor_types) {
    static const struct {
        uint32_t type;
        int code;
        const char *reason;
    } bad[] = {
        {4, ERR_CORRUPT, "type 4 does not exist"},
        {40, ERR_CORRUPT, "type 40 does not exist"},
        {0xffffffff, ERR_CORRUPT, "does not exist"},
        {9, ERR_UNSUPPORTED, "type Q8_1 is not supported"},
        {16, ERR_UNSUPPORTED, "type IQ2_XXS is not supported"},
        {39, ERR_UNSUPPORTED, "type MXFP4 is not supported"},
    };
    buf b = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put_header(&b, 3, 1, 0), put_tensor(&b, "t", bad[i].type, 256, 1, 0), put_data(&b, 100);
        check_refused(&b, bad[i].code, bad[i].reason);
    }
    put_header(&b, 3, 1, 0), put_tensor(&b, "t", TENSOR_Q8_0, 33, 32, 0), put_data(&b, 2000);
    check_refused(&b, ERR_CORRUPT, "rows of 33 values, wanted a multiple of 32 for Q8_0");
    put_header(&b, 3, 1, 0), put_tensor(&b, "t", TENSOR_Q6_K, 128, 2, 0), put_data(&b, 2000);
    check_refused(&b, ERR_CORRUPT, "a multiple of 256 for Q6_K");
}

TEST(places) {
    static const uint64_t bad[] = {1ull << 32, UINT64_MAX - 31, 1ull << 63, UINT64_MAX - 31 - 64, 32};
    buf b = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) { /* data begin at 64 */
        put_header(&b, 3, 1, 0), put_tensor(&b, "t", TENSOR_F32, 8, 1, bad[i]), put_data(&b, 63);
        check_refused(&b, ERR_CORRUPT, "tensor \"t\", byte 32: its 32 bytes pass the end of the file");
    }
    put_header(&b, 3, 1, 0), put_tensor(&b, "t", TENSOR_F32, 8, 1, 32), put_data(&b, 64);
    gguf_close(check_accepted(&b));
    buf_clear(&b);
    put_header(&b, 3, 1, 0), put_tensor(&b, "t", TENSOR_F32, 1, 1, 16), put_data(&b, 100);
    check_refused(&b, ERR_CORRUPT, "offset 16, wanted a multiple of 32");
    put_header(&b, 3, 2, 0), put_tensor(&b, "t", TENSOR_F32, 1, 1, 0), put_tensor(&b, "u", TENSOR_F32, 1, 1, 0),
        put_data(&b, 100);
    check_refused(&b, ERR_CORRUPT, "it overlaps");
    put_header(&b, 3, 2, 0), put_tensor(&b, "t", TENSOR_F32, 1, 1, 32), put_tensor(&b, "u", TENSOR_F32, 9, 1, 0),
        put_data(&b, 100);
    check_refused(&b, ERR_CORRUPT, "tensor \"t\", byte 32: it overlaps \"u\"");
    put_header(&b, 3, 2, 0), put_tensor(&b, "t", TENSOR_F32, 1, 1, 32), put_tensor(&b, "u", TENSOR_F32, 8, 1, 0),
        put_data(&b, 36);
    gguf_close(check_accepted(&b));
    buf_clear(&b);
}

TEST(alignment) {
    static const uint32_t bad[] = {0, 1, 4, 24, 33, 131072, 0xffffffff, 0x80000000};
    buf b = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put_header(&b, 3, 0, 1), put_key_u32(&b, "general.alignment", bad[i]);
        check_refused(&b, ERR_CORRUPT, "wanted a power of two from 8 to 65536");
    }
    put_header(&b, 3, 0, 1), put_key(&b, "general.alignment", GGUF_U64), put_u64(&b, 32);
    check_refused(&b, ERR_CORRUPT, "key \"general.alignment\", byte 53: value type 10, wanted 4");
    put_header(&b, 3, 0, 1), put_key(&b, "general.alignment", GGUF_STRING), put_str(&b, "32");
    check_refused(&b, ERR_CORRUPT, "value type 8");
    for (uint32_t a = 8; a <= 65536; a *= 2) {
        put_header(&b, 3, 1, 1), put_key_u32(&b, "general.alignment", a), put_tensor(&b, "t", TENSOR_F32, 1, 1, a);
        size_t data = (b.len + a - 1) / a * a;
        while (b.len < data + a + 4) buf_byte(&b, 0);
        gguf *g = check_accepted(&b);
        CHECK_INT(gguf_data_offset(g), data);
        CHECK_INT(gguf_find(g, "t")->offset, data + a);
        gguf_close(g);
        buf_clear(&b);
    }
}

/* Of a hostile name the line shows the beginning, cleaned. */
TEST(clean_messages) {
    buf b = {0};
    gguf *g;
    err e;
    put_header(&b, 3, 0, 1), put_key(&b, "<b>%s%n\n\x1b[31m", 99), put_u64(&b, 0);
    CHECK_INT(open_all(&g, &b, &e), ERR_CORRUPT);
    CHECK_STR(e.text, "GGUF key \"<b>%s%n??[31m\", byte 24: value type 99 does not exist");
    buf_clear(&b);
}

int main(void) {
    RUN(magic);
    RUN(version);
    RUN(counts);
    RUN(names);
    RUN(values);
    RUN(array_lengths);
    RUN(wrong_is_final);
    RUN(head_limit);
    RUN(tensor_names);
    RUN(shapes);
    RUN(tensor_types);
    RUN(places);
    RUN(alignment);
    RUN(clean_messages);
    return test_end("gguf_refuse");
}
