/* tensor/gguf: what it reads, and one test for every reason to refuse a file. */
#include "tensor/gguf.h"

#include "unit/gguf_bytes.h"
#include "unit/test.h"

static int open_all(gguf **g, const buf *b, err *e) {
    uint64_t need = 1;
    int rc = gguf_open(g, buf_view(b), b->len, &need, e);
    CHECK_INT(need, 0);
    return rc;
}

/* Refused with this code, for this reason; empties the buffer. */
static void check_refused(buf *b, int code, const char *reason) {
    gguf *g = NULL;
    err e = {0, ""};
    int rc = open_all(&g, b, &e);
    bool as_wanted = rc == code && e.code == code && strstr(e.text, reason) != NULL;
    if (!as_wanted) printf("    got %s: %s\n wanted %s: %s\n", status_name(rc), e.text, status_name(code), reason);
    CHECK(as_wanted);
    CHECK(g == NULL);
    if (!rc) gguf_close(g);
    buf_clear(b);
}

static gguf *check_accepted(const buf *b) {
    gguf *g = NULL;
    err e = {0, ""};
    int rc = open_all(&g, b, &e);
    if (rc) printf("    %s\n", e.text);
    CHECK_INT(rc, OK);
    return g;
}

/* A file with something of everything. */
static void put_sample(buf *b) {
    put_header(b, 3, 2, 18);
    put_key(b, "general.architecture", GGUF_STRING), put_str(b, "llama");
    put_key(b, "u8", GGUF_U8), put_uint(b, 200, 1);
    put_key(b, "i8", GGUF_I8), put_uint(b, 0xff, 1);
    put_key(b, "u16", GGUF_U16), put_uint(b, 60000, 2);
    put_key(b, "i16", GGUF_I16), put_uint(b, 0x8000, 2);
    put_key_u32(b, "u32", 4000000000u);
    put_key(b, "i32", GGUF_I32), put_u32(b, 0xfffffffe);
    put_key(b, "f32", GGUF_F32), put_u32(b, 0x3fc00000);
    put_key(b, "bool", GGUF_BOOL), put_uint(b, 1, 1);
    put_key(b, "u64", GGUF_U64), put_u64(b, 1ull << 63);
    put_key(b, "i64", GGUF_I64), put_u64(b, (uint64_t)-5);
    put_key(b, "f64", GGUF_F64), put_u64(b, 0xbfe0000000000000);
    put_key(b, "nan", GGUF_F32), put_u32(b, 0x7fc00000);
    put_array(b, "words", GGUF_STRING, 3), put_str(b, "one"), put_str(b, ""), put_str(b, "\xff three");
    put_array(b, "numbers", GGUF_I16, 3), put_uint(b, 1, 2), put_uint(b, 0xfffe, 2), put_uint(b, 3, 2);
    put_array(b, "empty", GGUF_STRING, 0);
    put_array(b, "nested", GGUF_ARRAY, 3); /* [[1, 2], [["x"], []], []] */
    put_u32(b, GGUF_U8), put_u64(b, 2), put_uint(b, 0x0201, 2);
    put_u32(b, GGUF_ARRAY), put_u64(b, 2);
    put_u32(b, GGUF_STRING), put_u64(b, 1), put_str(b, "x"), put_u32(b, GGUF_U32), put_u64(b, 0);
    put_u32(b, GGUF_ARRAY), put_u64(b, 0);
    put_key_u32(b, "last", 7);
    put_tensor(b, "b", TENSOR_Q4_1, 64, 3, 32);
    put_tensor(b, "a", TENSOR_F32, 5, 1, 0);
}

TEST(sample) {
    buf b = {0};
    put_sample(&b);
    size_t head = b.len;
    put_data(&b, 32 + 120);
    gguf *g = check_accepted(&b);
    CHECK_INT(gguf_key_count(g), 17); /* all but the nested one */
    CHECK_BYTES(gguf_key(g, 0, NULL), "general.architecture");
    CHECK_BYTES(gguf_key(g, 16, NULL), "last");
    CHECK_INT(gguf_key(g, 17, NULL).len, 0);
    CHECK(!gguf_get(g, "nested", NULL) && gguf_get(g, "last", NULL));
    CHECK_INT(gguf_data_offset(g), (head + 31) / 32 * 32);
    CHECK_INT(gguf_tensor_count(g), 2);
    const tensor *a = gguf_tensor(g, 0), *q = gguf_tensor(g, 1);
    CHECK(gguf_find(g, "a") == a && gguf_find(g, "b") == q && !gguf_find(g, "c") && !gguf_tensor(g, 2));
    CHECK_BYTES(a->name, "a");
    CHECK(a->type == TENSOR_F32 && a->n_dims == 2 && a->dim[0] == 5 && a->dim[1] == 1 && a->dim[2] == 1 &&
          a->dim[3] == 1);
    CHECK_INT(a->offset, gguf_data_offset(g));
    CHECK_INT(a->size, 20);
    CHECK_INT(q->offset, gguf_data_offset(g) + 32);
    CHECK_INT(q->size, 2 * 20 * 3);
    gguf_close(g);
    buf_clear(&b);
    gguf_close(NULL);
}

TEST(lookups) {
    buf b = {0};
    err e;
    uint64_t n = 42;
    float f = 42;
    bytes s = {0, 0};
    put_sample(&b);
    put_data(&b, 32 + 120);
    gguf *g = check_accepted(&b);
    CHECK(!gguf_u64(g, "u8", 0, 255, &n, &e) && n == 200);
    CHECK(!gguf_u64(g, "u16", 60000, 60000, &n, &e) && n == 60000);
    CHECK(!gguf_u64(g, "u32", 0, UINT32_MAX, &n, &e) && n == 4000000000u);
    CHECK(!gguf_u64(g, "u64", 0, UINT64_MAX, &n, &e) && n == 1ull << 63);
    static const char *const no_integer[] = {"i8",  "i16", "i32", "i64", "f32", "bool", "words", "general.architecture",
                                             "none"};
    n = 42;
    for (size_t i = 0; i < sizeof no_integer / sizeof *no_integer; i++) {
        CHECK_INT(gguf_u64(g, no_integer[i], 0, UINT64_MAX, &n, &e), ERR_CORRUPT);
        CHECK(strstr(e.text, no_integer[i]) != NULL);
    }
    CHECK_INT(gguf_u64(g, "u8", 201, 255, &n, &e), ERR_CORRUPT);
    CHECK_STR(e.text, "GGUF key \"u8\" is 200, wanted 201 to 255");
    CHECK_INT(gguf_u64(g, "u8", 0, 199, &n, &e), ERR_CORRUPT);
    CHECK_INT(n, 42);
    CHECK(!gguf_f32(g, "f32", 1.5, 1.5, &f, &e) && f == 1.5f);
    CHECK(!gguf_f32(g, "f64", -1, 0, &f, &e) && f == -0.5f);
    f = 42;
    CHECK_INT(gguf_f32(g, "nan", -INFINITY, INFINITY, &f, &e), ERR_CORRUPT);
    CHECK_INT(gguf_f32(g, "f32", 2, 3, &f, &e), ERR_CORRUPT);
    CHECK_INT(gguf_f32(g, "f32", 0, 1, &f, &e), ERR_CORRUPT);
    CHECK_INT(gguf_f32(g, "u8", 0, 300, &f, &e), ERR_CORRUPT);
    CHECK_INT(gguf_f32(g, "none", 0, 300, &f, &e), ERR_CORRUPT);
    CHECK(f == 42);
    CHECK_INT(gguf_str(g, "general.architecture", &s, &e), OK);
    CHECK_BYTES(s, "llama");
    CHECK_INT(gguf_str(g, "u8", &s, &e), ERR_CORRUPT);
    CHECK_INT(gguf_str(g, "none", &s, &e), ERR_CORRUPT);
    CHECK_STR(e.text, "GGUF key \"none\" is missing");
    CHECK(gguf_bool(g, "bool", false) && gguf_bool(g, "none", true) && !gguf_bool(g, "u8", false));
    gguf_close(g);
    buf_clear(&b);
}

TEST(arrays) {
    buf b = {0};
    gguf_value v;
    size_t it = 0;
    bytes s;
    put_sample(&b);
    put_data(&b, 32 + 120);
    gguf *g = check_accepted(&b);
    CHECK(gguf_get(g, "words", &v) && v.type == GGUF_ARRAY && v.item == GGUF_STRING && v.n == 3);
    CHECK(gguf_next_str(&v, &it, &s) && bytes_is(s, "one"));
    CHECK(gguf_next_str(&v, &it, &s) && bytes_is(s, ""));
    CHECK(gguf_next_str(&v, &it, &s) && bytes_is(s, "\xff three"));
    CHECK(!gguf_next_str(&v, &it, &s));
    CHECK(gguf_item(&v, 0) == 0);
    CHECK(gguf_get(g, "numbers", &v) && v.n == 3);
    CHECK(gguf_item(&v, 0) == 1 && gguf_item(&v, 1) == -2 && gguf_item(&v, 2) == 3 && gguf_item(&v, 3) == 0);
    CHECK(gguf_item(&v, UINT64_MAX) == 0 && gguf_item(&v, 1ull << 32) == 0);
    it = 0;
    CHECK(!gguf_next_str(&v, &it, &s));
    CHECK(gguf_get(g, "empty", &v) && v.n == 0 && !gguf_next_str(&v, &it, &s));
    CHECK(gguf_get(g, "u8", &v) && gguf_item(&v, 0) == 0);
    gguf_close(g);
    buf_clear(&b);
}

/* The elements of every numeric type. */
TEST(items) {
    static const uint8_t size[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    static const uint64_t bits[] = {255, 255, 65535, 65535,      UINT32_MAX, UINT32_MAX,        0x3f000000,
                                    1,   0,   0,     1ull << 40, UINT64_MAX, 0x3fe0000000000000};
    static const double want[] = {255, -1, 65535, -1, 4294967295.0, -1, 0.5, 1, 0, 0, 1099511627776.0, -1, 0.5};
    buf b = {0};
    gguf_value v;
    put_header(&b, 2, 0, 11);
    for (uint32_t type = 0; type <= GGUF_F64; type++) {
        if (!size[type]) continue;
        put_array(&b, (char[]){(char)('a' + type), 0}, type, 2);
        put_uint(&b, 0, size[type]);
        put_uint(&b, bits[type], size[type]);
    }
    gguf *g = check_accepted(&b);
    for (uint32_t type = 0; type <= GGUF_F64; type++)
        if (size[type])
            CHECK(gguf_get(g, (char[]){(char)('a' + type), 0}, &v) && gguf_item(&v, 1) == want[type] &&
                  gguf_item(&v, 0) == 0);
    CHECK_INT(gguf_data_offset(g), b.len); /* no tensors, no padding */
    gguf_close(g);
    buf_clear(&b);
}

/* As a file arrives: every beginning asks for more, never for more than there is, and asking in turn comes to an end.
 */
TEST(arrives) {
    buf b = {0};
    put_sample(&b);
    size_t head = b.len;
    put_data(&b, 32 + 120);
    for (size_t n = 0; n < b.len; n++) {
        gguf *g = NULL;
        uint64_t need = 42;
        int rc = gguf_open(&g, bytes_of(b.ptr, n), b.len, &need, NULL);
        CHECK_INT(rc, n < head ? ERR_CORRUPT : OK);
        CHECK(n < head ? need > n && need <= head && !g : need == 0);
        gguf_close(g);
        g = NULL;
        CHECK_INT(gguf_open(&g, bytes_of(b.ptr, n), n, &need, NULL), ERR_CORRUPT); /* cut short: no use waiting */
        CHECK(need == 0 && !g);
    }
    buf_clear(&b);
}

TEST(longer_than_the_file) {
    buf b = {0};
    gguf *g;
    uint64_t need;
    put_header(&b, 3, 0, 0);
    put_data(&b, 100);
    CHECK_INT(gguf_open(&g, buf_view(&b), 23, &need, NULL), ERR_CORRUPT);
    CHECK_INT(gguf_open(&g, buf_view(&b), 24, &need, NULL), OK);
    gguf_close(g);
    buf_clear(&b);
}

TEST(magic) {
    static const struct {
        const char *begins, *reason;
    } want[] = {
        {"<!DOCTYPE html><title>404</title>", "a web page"},
        {"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"},
        {"{\"error\":\"not found\"}", "JSON"},
        {"\x1f\x8b\x08\x08............", "gzip"},
        {"PK\x03\x04............", "zip"},
        {"tjgg............", "GGML"},
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
    check_refused(&b, ERR_CORRUPT, "8 bytes wanted");
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

/* Arrays in arrays in arrays: flat work, no stack. */
TEST(deep_nesting) {
    enum { DEPTH = 100000 };
    buf b = {0};
    put_header(&b, 3, 0, 2), put_array(&b, "k", GGUF_ARRAY, 1);
    for (int i = 0; i < DEPTH; i++) put_u32(&b, GGUF_ARRAY), put_u64(&b, 1);
    put_u32(&b, GGUF_U8), put_u64(&b, 0);
    put_key_u32(&b, "after", 1);
    gguf *g = check_accepted(&b);
    CHECK(gguf_key_count(g) == 1 && gguf_get(g, "after", NULL));
    gguf_close(g);
    buf_clear(&b);
}

/* What the file's size alone allows is still too much for a head. */
TEST(head_limit) {
    buf b = {0};
    gguf *g = NULL;
    uint64_t need, huge = 1ull << 40;
    err e;
    put_header(&b, 3, 0, 1), put_key(&b, "k", GGUF_STRING), put_u64(&b, 255 << 20);
    CHECK_INT(gguf_open(&g, buf_view(&b), huge, &need, &e), ERR_CORRUPT);
    CHECK_INT(need, b.len + (255 << 20));
    buf_reset(&b);
    put_header(&b, 3, 0, 1), put_key(&b, "k", GGUF_STRING), put_u64(&b, 256 << 20);
    CHECK_INT(gguf_open(&g, buf_view(&b), huge, &need, &e), ERR_CORRUPT);
    CHECK(need == 0 && strstr(e.text, "larger than 256 MiB"));
    buf_reset(&b);
    put_header(&b, 3, 0, 1), put_array(&b, "k", GGUF_U64, 1ull << 32);
    CHECK_INT(gguf_open(&g, buf_view(&b), huge, &need, &e), ERR_CORRUPT);
    CHECK(need == 0 && strstr(e.text, "larger than 256 MiB"));
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

TEST(seed) {
    buf b = {0};
    put_header(&b, 3, 0, 1), put_key_u32(&b, "k", 1);
    gguf *g = check_accepted(&b);
    b.ptr[b.len - 1] = 9;
    gguf *other = check_accepted(&b);
    CHECK(gguf_seed(g) != gguf_seed(other));
    gguf_close(g);
    gguf_close(other);
    buf_clear(&b);
}

/* The largest head that is allowed: 65535 keys and tensors, opened within the limit of 64 MiB and in linear time. */
TEST(many) {
    enum { N = 65535 };
    buf b = {0};
    char name[16];
    put_header(&b, 3, N, N);
    for (uint32_t i = 0; i < N; i++) snprintf(name, sizeof name, "k%u", (unsigned)i), put_key_u32(&b, name, i);
    for (uint32_t i = 0; i < N; i++)
        snprintf(name, sizeof name, "t%u", (unsigned)i), put_tensor(&b, name, TENSOR_F32, 1, 1, 32ull * (N - 1 - i));
    put_data(&b, 32 * N);
    gguf *g = check_accepted(&b);
    uint64_t v = 0;
    CHECK(!gguf_u64(g, "k65534", 0, N, &v, NULL) && v == 65534);
    CHECK(gguf_tensor(g, 0) == gguf_find(g, "t65534"));
    gguf_close(g);
    buf_clear(&b);
}

#ifdef MEM_FAULTS
TEST(no_memory) {
    buf b = {0};
    put_sample(&b);
    put_data(&b, 32 + 120);
    unsigned long before = mem_live();
    int rc = ERR_MEMORY, n = 0;
    while (rc) {
        gguf *g = NULL;
        uint64_t need = 42;
        err e;
        mem_fail_at((unsigned long)++n);
        rc = gguf_open(&g, buf_view(&b), b.len, &need, &e);
        mem_fail_at(0);
        CHECK(rc == OK || (rc == ERR_MEMORY && e.code == ERR_MEMORY && g == NULL));
        CHECK_INT(need, 0);
        gguf_close(g);
        CHECK_INT(mem_live(), before);
    }
    CHECK_INT(n, 8); /* handle, keys, tensors, two maps of two blocks: the eighth try passes */
    buf_clear(&b);
}
#else
TEST(no_memory) { CHECK(true); }
#endif

int main(void) {
    RUN(sample);
    RUN(lookups);
    RUN(arrays);
    RUN(items);
    RUN(arrives);
    RUN(longer_than_the_file);
    RUN(magic);
    RUN(version);
    RUN(counts);
    RUN(names);
    RUN(values);
    RUN(array_lengths);
    RUN(deep_nesting);
    RUN(head_limit);
    RUN(tensor_names);
    RUN(shapes);
    RUN(tensor_types);
    RUN(places);
    RUN(alignment);
    RUN(clean_messages);
    RUN(seed);
    RUN(many);
    RUN(no_memory);
    return test_end("gguf");
}
