/* base/rng against the reference implementation's numbers. */
#include "base/rng.h"

#include "unit/test.h"

/* From xoshiro256starstar.c with the state {1, 2, 3, 4}. */
TEST(reference) {
    static const uint64_t want[] = {11520,
                                    0,
                                    1509978240,
                                    1215971899390074240,
                                    1216172134540287360,
                                    607988272756665600,
                                    16172922978634559625u,
                                    8476171486693032832,
                                    10595114339597558777u,
                                    2904607092377533576};
    rng r = {{1, 2, 3, 4}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) CHECK(rng_next(&r) == want[i]);
}

/* splitmix64 with the seed 0 gives these. */
TEST(seeding) {
    rng r, again;
    rng_init(&r, 0);
    CHECK(r.s[0] == 0xe220a8397b1dcdaf && r.s[1] == 0x6e789e6aa1b965f4 && r.s[2] == 0x06c45d188009454f);
    rng_init(&r, 7);
    rng_init(&again, 7);
    CHECK(rng_next(&r) == rng_next(&again));
    rng_init(&again, 8);
    CHECK(rng_next(&r) != rng_next(&again));
}

TEST(uniform) {
    rng r;
    rng_init(&r, 1);
    double sum = 0, least = 1, most = 0;
    for (int i = 0; i < 100000; i++) {
        double u = rng_uniform(&r);
        sum += u;
        least = u < least ? u : least;
        most = u > most ? u : most;
    }
    CHECK(least >= 0 && least < 1e-3 && most < 1 && most > 1 - 1e-3);
    CHECK_NEAR(sum / 100000, 0.5, 0.005);
}

int main(void) {
    RUN(reference);
    RUN(seeding);
    RUN(uniform);
    return test_end("rng");
}
