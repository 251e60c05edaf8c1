/* base/sha256: the examples of FIPS 180-4 and lengths around the block's. */
#include "base/sha256.h"

#include "unit/test.h"

static void check(const char *text, const char *want) {
    char hex[SHA256_HEX + 1];
    sha256_hex(hex, bytes_str(text));
    CHECK_STR(hex, want);
}

TEST(examples) {
    check("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* Digests of 0, 1, ... 200 bytes 'a', all hashed together (python3: hashlib). */
TEST(lengths) {
    static uint8_t all[201 * SHA256_BYTES];
    char text[200], hex[SHA256_HEX + 1];
    memset(text, 'a', sizeof text);
    for (size_t n = 0; n <= 200; n++) sha256(all + n * SHA256_BYTES, bytes_of(text, n));
    sha256_hex(hex, bytes_of(all, sizeof all));
    CHECK_STR(hex, "1be2d7d291484baf4c78d463a65b40a26c255b1946e5205eac8edad606a76fdd");
}

int main(void) {
    RUN(examples);
    RUN(lengths);
    return test_end("sha256");
}
