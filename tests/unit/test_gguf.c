/* tensor/gguf: what it reads and answers, as a whole or while it arrives. */
#include "tensor/gguf.h"

#include "unit/gguf_bytes.h"
#include "unit/test.h"

/* A file with something of everything. */
static void put_sample(buf *b) {
    put_header(b, 3, 2, 20);
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
    put_array(b, "long", GGUF_U64, 2), put_u64(b, 1), put_u64(b, 0);
    put_key(b, "huge", GGUF_F64), put_u64(b, 0x7fd0000000000000);
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
    CHECK_INT(gguf_key_count(g), 19); /* all but the nested one */
    CHECK_BYTES(gguf_key(g, 0, NULL), "general.architecture");
    CHECK_BYTES(gguf_key(g, 18, NULL), "last");
    CHECK_INT(gguf_key(g, 19, NULL).len, 0);
    CHECK(gguf_key(g, UINT32_MAX, NULL).ptr == NULL);
    gguf_value v;
    CHECK_BYTES(gguf_key(g, 5, &v), "u32");
    CHECK(v.type == GGUF_U32 && v.data.len == 4);
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
    CHECK_INT(gguf_u64(g, "none", 0, 9, &n, &e), ERR_CORRUPT);
    CHECK_STR(e.text, "GGUF key \"none\" is missing");
    CHECK_INT(gguf_u64(g, "u8", 0, 199, &n, &e), ERR_CORRUPT);
    CHECK_INT(n, 42);
    CHECK(!gguf_f32(g, "f32", 1.5, 1.5, &f, &e) && f == 1.5f);
    CHECK(!gguf_f32(g, "f64", -1, 0, &f, &e) && f == -0.5f);
    f = 42;
    CHECK_INT(gguf_f32(g, "nan", -INFINITY, INFINITY, &f, &e), ERR_CORRUPT);
    CHECK_INT(gguf_f32(g, "f32", 2, 3, &f, &e), ERR_CORRUPT);
    CHECK_INT(gguf_f32(g, "f32", 0, 1, &f, &e), ERR_CORRUPT);
    CHECK_INT(gguf_f32(g, "u8", 0, 300, &f, &e), ERR_CORRUPT);
    CHECK_INT(gguf_f32(g, "huge", 0, 1e308, &f, &e), ERR_CORRUPT); /* not as a float32 */
    CHECK_INT(gguf_f32(g, "none", 0, 300, &f, &e), ERR_CORRUPT);
    CHECK_STR(e.text, "GGUF key \"none\" is missing");
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
    CHECK(gguf_get(g, "long", &v) && gguf_item(&v, 0) == 1 && !gguf_next_str(&v, &it, &s));
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

/* Without tensors the data begin where they would, or at the file's end. */
TEST(no_tensors) {
    buf b = {0};
    put_header(&b, 3, 0, 0);
    gguf *g = check_accepted(&b);
    CHECK_INT(gguf_data_offset(g), 24);
    gguf_close(g);
    put_data(&b, 32);
    g = check_accepted(&b);
    CHECK_INT(gguf_data_offset(g), 32);
    gguf_close(g);
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
    RUN(deep_nesting);
    RUN(no_tensors);
    RUN(seed);
    RUN(many);
    RUN(no_memory);
    return test_end("gguf");
}
