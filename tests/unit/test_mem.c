/* base/mem: alignment, overflow, injected faults. */
#include "base/mem.h"

#include <stdint.h>

#include "unit/test.h"

TEST(zeroed) {
    for (size_t n = 0; n < 300; n++) {
        uint8_t *p = mem_new(n);
        int sum = 0;
        CHECK(p && (uintptr_t)p % (n >= 64 ? 64 : 16) == 0);
        for (size_t i = 0; i < n; i++) sum |= p[i];
        CHECK_INT(sum, 0);
        memset(p, 0xff, n);
        mem_free(p);
    }
}

TEST(overflow) {
    CHECK(mem_new(SIZE_MAX) == NULL);
    CHECK(mem_new(SIZE_MAX - 62) == NULL);
    CHECK(mem_array(SIZE_MAX / 8 + 1, 8) == NULL);
    CHECK(mem_array(SIZE_MAX, SIZE_MAX) == NULL);
    CHECK(mem_grow(NULL, SIZE_MAX / 2 + 1) == NULL);
    void *none = mem_array(0, 8), *nothing = mem_array(8, 0);
    CHECK(none && nothing);
    mem_free(none);
    mem_free(nothing);
    mem_free(NULL);
}

TEST(grow) {
    uint8_t *p = mem_new(100);
    for (size_t i = 0; i < 100; i++) p[i] = (uint8_t)i;
    p = mem_grow(p, 100000);
    for (size_t i = 0; i < 100; i++) CHECK_INT(p[i], i);
    CHECK(mem_grow(p, SIZE_MAX / 2 + 1) == NULL);
    CHECK_INT(p[99], 99); /* still there */
    p = mem_grow(p, 50);
    CHECK_INT(p[49], 49);
    uint8_t *empty = mem_grow(NULL, 0);
    CHECK(empty != NULL);
    mem_free(empty);
    mem_free(p);
}

#ifdef MEM_FAULTS
TEST(faults) {
    unsigned long before = mem_live();
    for (unsigned long n = 1; n <= 3; n++) {
        void *p[4];
        mem_fail_at(n);
        p[0] = mem_new(10);
        p[1] = mem_array(2, 5);
        p[2] = mem_grow(NULL, 5);
        p[3] = mem_new(1);
        mem_fail_at(0);
        for (unsigned long i = 0; i < 4; i++) {
            CHECK_INT(p[i] != NULL, i + 1 < n);
            mem_free(p[i]);
        }
        CHECK_INT(mem_live(), before);
    }
    uint8_t *p = mem_new(4);
    p[0] = 7;
    mem_fail_at(1);
    CHECK(mem_grow(p, 1 << 20) == NULL);
    mem_fail_at(0);
    CHECK_INT(p[0], 7);
    CHECK_INT(mem_live(), before + 1);
    p = mem_grow(p, 1 << 20);
    CHECK_INT(mem_live(), before + 1);
    mem_free(p);
    CHECK_INT(mem_live(), before);
}
#else
TEST(faults) {
    mem_fail_at(1);
    void *p = mem_new(1);
    CHECK(p != NULL);
    CHECK_INT(mem_live(), 0);
    mem_free(p);
}
#endif

int main(void) {
    RUN(zeroed);
    RUN(overflow);
    RUN(grow);
    RUN(faults);
    return test_end("mem");
}
