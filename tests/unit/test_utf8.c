/* base/utf8: every code point, and what browsers make of broken text. */
#include "base/utf8.h"

#include "unit/test.h"

TEST(every_code_point) {
    int wrong = 0;
    for (uint32_t c = 0; c <= 0x10ffff + 10; c++) {
        uint8_t out[4];
        size_t n = utf8_encode(out, c), used;
        uint32_t want = (c >= 0xd800 && c < 0xe000) || c > 0x10ffff ? 0xfffd : c;
        wrong += utf8_decode(bytes_of(out, n), &used) != want || used != n || !utf8_valid(bytes_of(out, n));
        for (size_t k = 1; k < n; k++) { /* cut off: one U+FFFD for all of it, and known as a beginning */
            wrong += utf8_decode(bytes_of(out, k), &used) != 0xfffd || used != k;
            wrong += utf8_valid(bytes_of(out, k)) || utf8_partial(bytes_of(out, k)) != k;
        }
        wrong += utf8_partial(bytes_of(out, n)) != 0;
    }
    CHECK_INT(wrong, 0);
    CHECK_INT(utf8_encode((uint8_t[4]){0}, 0xffffffff), 3);
}

/* The table of Unicode 15, section 3.9, and others like it; '?' stands for U+FFFD. */
TEST(broken) {
    static const struct {
        const char *in, *out;
    } want[] = {
        {"\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41", "????????A"}, /* table 3-8: not the shortest form */
        {"\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41", "????????A"}, /* table 3-9: surrogates */
        {"\xf4\x91\x92\x93\xff\x41\x80\xbf\x42", "?????A??B"}, /* table 3-10: above U+10FFFF */
        {"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", "????A"},     /* table 3-11: cut off */
        {"\xf5\x80\x80\x80", "????"},
        {"\xc1\xbf\xfe\xff", "????"},
        {"a\xf0\x9f\x98", "a?"},
        {"\xf0\x9f\x98\xf0\x9f\x98\x80", "?\xf0\x9f\x98\x80"},
        {"\x80", "?"},
        {"", ""},
        {"\xef\xbf\xbd", "?"},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        buf got = {0}, expected = {0};
        for (const char *s = want[i].out; *s; s++)
            *s == '?' ? buf_str(&expected, "\xef\xbf\xbd") : buf_byte(&expected, (uint8_t)*s);
        buf_byte(&expected, '.');
        utf8_clean(&got, bytes_str(want[i].in));
        buf_byte(&got, '.');
        CHECK_STR((char *)got.ptr, (char *)expected.ptr);
        CHECK(utf8_valid(buf_view(&got)));
        buf_clear(&got);
        buf_clear(&expected);
    }
}

TEST(decode) {
    static const char *const bad[] = {"\x80",  "\xbf!",     "\xc0\x80",        "\xc1", "\xf5\x80", "\xff\xff",
                                      "\xc3(", "\xe2(\xa1", "\xf0\x28\x8c\xbc"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t used;
        CHECK_INT(utf8_decode(bytes_str(bad[i]), &used), 0xfffd);
        CHECK_INT(used, 1);
    }
}

TEST(valid) {
    CHECK(utf8_valid((bytes){0, 0}));
    CHECK(utf8_valid(bytes_str("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80")));
    CHECK(utf8_valid(bytes_of("a\0b", 3)));
    CHECK(!utf8_valid(bytes_str("caf\xc3")));
    CHECK(!utf8_valid(bytes_str("\xed\xa0\x80")));
}

TEST(partial) {
    CHECK_INT(utf8_partial((bytes){0, 0}), 0);
    CHECK_INT(utf8_partial(bytes_str("abc")), 0);
    CHECK_INT(utf8_partial(bytes_str("ab\xf0\x9f\x98")), 3);
    CHECK_INT(utf8_partial(bytes_str("ab\xe2\x82")), 2);
    CHECK_INT(utf8_partial(bytes_str("ab\xc3")), 1);
    CHECK_INT(utf8_partial(bytes_str("\xf0\x9f\x98\x80")), 0);
    CHECK_INT(utf8_partial(bytes_str("ab\xff")), 0);     /* never becomes one */
    CHECK_INT(utf8_partial(bytes_str("ab\xed\xa0")), 0); /* half a surrogate, neither */
    CHECK_INT(utf8_partial(bytes_str("ab\x80\x80\x80")), 0);
}

int main(void) {
    RUN(every_code_point);
    RUN(broken);
    RUN(decode);
    RUN(valid);
    RUN(partial);
    return test_end("utf8");
}
