/* base/buf: growing, limits, JSON output. */
#include "base/buf.h"

#include "unit/test.h"

TEST(grows) {
    buf b = {0};
    buf_reset(&b);
    CHECK(b.len == 0 && !b.ptr);
    for (int i = 0; i < 1000; i++) buf_byte(&b, (uint8_t)('a' + i % 26));
    CHECK_INT(b.len, 1000);
    CHECK_INT(b.ptr[1000], 0);
    CHECK_INT(b.ptr[999], 'a' + 999 % 26);
    buf_reset(&b);
    buf_put(&b, NULL, 0);
    buf_str(&b, "");
    buf_bytes(&b, bytes_str("one "));
    buf_printf(&b, "%d %s", 2, "three");
    CHECK_BYTES(buf_view(&b), "one 2 three");
    CHECK_INT(b.ptr[b.len], 0);
    CHECK_INT(buf_status(&b, NULL), OK);
    buf_clear(&b);
    CHECK(!b.ptr && !b.len && !b.cap);
    buf_printf(&b, "%0500d", 7);
    CHECK_INT(b.len, 500);
    buf_clear(&b);
}

TEST(limit) {
    err e;
    buf b = {.max = 5};
    buf_str(&b, "abc");
    buf_str(&b, "def"); /* one too many: nothing of it */
    CHECK_BYTES(buf_view(&b), "abc");
    CHECK_INT(b.bad, ERR_TOO_LONG);
    buf_byte(&b, 'd'); /* would fit, but an error stays */
    buf_printf(&b, "e");
    CHECK_BYTES(buf_view(&b), "abc");
    CHECK_INT(buf_status(&b, &e), ERR_TOO_LONG);
    CHECK(strstr(e.text, "5 bytes") != NULL);
    buf_reset(&b);
    buf_str(&b, "12345");
    CHECK_INT(buf_status(&b, &e), OK);
    CHECK_BYTES(buf_view(&b), "12345");
    buf_clear(&b);
    CHECK_INT(b.max, 5);
    buf_put(&b, "x", SIZE_MAX);
    CHECK_INT(b.bad, ERR_TOO_LONG);
    buf_clear(&b);
}

TEST(memory) {
    err e;
    buf b = {0};
    buf_str(&b, "x");
    buf_put(&b, "y", SIZE_MAX); /* not a byte of it is read */
    CHECK_INT(buf_status(&b, &e), ERR_MEMORY);
    CHECK_BYTES(buf_view(&b), "x");
    buf_clear(&b);
#ifdef MEM_FAULTS
    mem_fail_at(1);
    buf_str(&b, "x");
    mem_fail_at(0);
    CHECK_INT(b.bad, ERR_MEMORY);
    CHECK_INT(b.len, 0);
    buf_clear(&b);
#endif
}

static void check_string(const char *s, size_t n, const char *want) {
    buf b = {0};
    buf_json_str(&b, bytes_of(s, n));
    CHECK_BYTES(buf_view(&b), want);
    buf_clear(&b);
}

TEST(json_strings) {
    check_string("", 0, "\"\"");
    check_string("a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\"");
    check_string("\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\"");
    check_string("\0\x1f\x7f", 3, "\"\\u0000\\u001f\\u007f\"");
    check_string("\xc3\xa4\xf0\x9f\x98\x80", 6, "\"\xc3\xa4\xf0\x9f\x98\x80\"");
    check_string("a\xff\xe2\x82z", 5, "\"a\xef\xbf\xbd\xef\xbf\xbdz\"");
}

TEST(json_numbers) {
    static const struct {
        double v;
        const char *text;
    } want[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-1, "-1"},
        {0.1, "0.1"},
        {0.5, "0.5"},
        {1.0 / 3, "0.3333333333333333"},
        {0.1 + 0.2, "0.30000000000000004"},
        {100000, "100000"},
        {1e15, "1e+15"},
        {123456789012345, "123456789012345"},
        {9007199254740991, "9007199254740991"},
        {1e21, "1e+21"},
        {1e-7, "1e-07"},
        {5e-324, "5e-324"},
        {2.5e-320, "2.5e-320"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {(double)0.1f, "0.10000000149011612"},
        {NAN, "null"},
        {INFINITY, "null"},
        {-INFINITY, "null"},
        {9.5367431640625e-07, "9.5367431640625e-07"},
        {5e-5, "5e-05"},
        {123456.789, "123456.789"},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        buf b = {0};
        buf_json_num(&b, want[i].v);
        CHECK_BYTES(buf_view(&b), want[i].text);
        buf_clear(&b);
    }
}

int main(void) {
    RUN(grows);
    RUN(limit);
    RUN(memory);
    RUN(json_strings);
    RUN(json_numbers);
    return test_end("buf");
}
