/* base/map: what a map must do, and that its hash is the published one. */
#include "base/map.h"

#include "base/rng.h"
#include "unit/test.h"

TEST(put_and_get) {
    map *m;
    uint32_t old = 1;
    CHECK_INT(map_open(&m, 0, 1, NULL), OK);
    CHECK_INT(map_get(m, bytes_str("a")), MAP_NONE);
    CHECK_INT(map_put(m, bytes_str("a"), 5, &old, NULL), OK);
    CHECK_INT(old, MAP_NONE);
    CHECK_INT(map_put(m, bytes_str("a"), 6, &old, NULL), OK);
    CHECK_INT(old, 5);
    CHECK_INT(map_get(m, bytes_str("a")), 6);
    CHECK_INT(map_get(m, bytes_str("ab")), MAP_NONE);
    CHECK_INT(map_put(m, (bytes){0, 0}, 7, NULL, NULL), OK); /* the empty key is one, too */
    CHECK_INT(map_get(m, bytes_str("")), 7);
    CHECK_INT(map_get(m, (bytes){0, 0}), 7);
    CHECK_INT(map_put(m, bytes_of("a\0b", 3), 8, &old, NULL), OK);
    CHECK_INT(old, MAP_NONE);
    CHECK_INT(map_get(m, bytes_of("a\0b", 3)), 8);
    map_close(m);
    map_close(NULL);
}

/* Ten thousand keys of random bytes against a plain search, through growth. */
TEST(grows) {
    enum { N = 10000 };
    static uint8_t key[N][8];
    map *m;
    rng r;
    rng_init(&r, 3);
    CHECK_INT(map_open(&m, 0, 2, NULL), OK);
    for (uint32_t i = 0; i < N; i++) {
        uint64_t x = rng_next(&r);
        memcpy(key[i], &x, 8);
        CHECK_INT(map_put(m, bytes_of(key[i], i % 9), i, NULL, NULL), OK);
    }
    int wrong = 0;
    for (uint32_t i = 0; i < N; i++) {
        uint32_t got = map_get(m, bytes_of(key[i], i % 9));
        wrong += i % 9 > 4 ? got != i : got >= N || !bytes_eq(bytes_of(key[got], got % 9), bytes_of(key[i], i % 9));
    }
    CHECK_INT(wrong, 0);
    map_close(m);
}

/* SipHash-1-3 as Rust's standard library and Python 3.11 compute it, for the key whose halves are seed and ~seed. */
TEST(hash) {
    static const struct {
        const char *s;
        uint64_t seed, hash;
    } want[] = {
        {"", 0x0, 0x6b3c89e238a4996e},
        {"a", 0x0, 0x429be242cfb091af},
        {"general", 0x1, 0x2dcf33adf1b3c977},
        {"12345678", 0x2, 0xa023614c901be2f7},
        {"general.architecture", 0x123456789abcdef, 0xf5fb8258ce23bde4},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        CHECK(map_hash(bytes_str(want[i].s), want[i].seed) == want[i].hash);
    CHECK(map_hash(bytes_str("a"), 1) != map_hash(bytes_str("a"), 2));
    CHECK(map_hash(bytes_of("\0", 1), 1) != map_hash(bytes_of("\0\0", 2), 1));
}

TEST(no_memory) {
    map *m = NULL;
    err e;
    CHECK_INT(map_open(&m, SIZE_MAX / 8, 1, &e), ERR_MEMORY);
    CHECK_INT(map_open(&m, SIZE_MAX, 1, &e), ERR_MEMORY);
    CHECK(m == NULL);
#ifdef MEM_FAULTS
    unsigned long live = mem_live();
    for (unsigned long n = 1; n <= 2; n++) {
        mem_fail_at(n);
        CHECK_INT(map_open(&m, 4, 1, &e), ERR_MEMORY);
        mem_fail_at(0);
        CHECK_INT(mem_live(), live);
    }
    static const char letters[] = "abcdefghijklmnop";
    CHECK_INT(map_open(&m, 4, 1, &e), OK);
    mem_fail_at(1);
    for (uint32_t i = 0; i < 100; i++)
        CHECK_INT(map_put(m, bytes_str("a"), i, NULL, &e), OK); /* replacing takes no room */
    int rc = OK, n = 0;
    for (; n < 16 && !rc; n++) rc = map_put(m, bytes_of(letters + n, 1), (uint32_t)n, NULL, &e);
    mem_fail_at(0);
    CHECK_INT(rc, ERR_MEMORY);
    for (int i = 0; i < n - 1; i++) CHECK_INT(map_get(m, bytes_of(letters + i, 1)), i); /* nothing is lost */
    map_close(m);
#endif
}

int main(void) {
    RUN(put_and_get);
    RUN(grows);
    RUN(hash);
    RUN(no_memory);
    return test_end("map");
}
