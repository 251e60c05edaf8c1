/* Rotary embedding against its definition in double arithmetic, and its bits on every build. */
#include "kernel_test.h"
#include "kernels/kernels.h"

enum { HEADS = 3, PAIRS_MOST = 64 };

static void frequencies(double *freq, int n_pairs) {
    for (int i = 0; i < n_pairs; i++) freq[i] = pow(10000, -(double)i / n_pairs);
}

/* Rotates every pair (first + i * step, second + i * step) of each head in double. */
static void rotate(double *y, const float *x, int dim, int n_pairs, int second, int step, uint64_t pos) {
    double freq[PAIRS_MOST];
    frequencies(freq, n_pairs);
    for (int i = 0; i < HEADS * dim; i++) y[i] = (double)x[i];
    for (int h = 0; h < HEADS; h++)
        for (int i = 0; i < n_pairs; i++) {
            int a = h * dim + i * step, b = a + second;
            double c = cos((double)pos * freq[i]), s = sin((double)pos * freq[i]);
            y[a] = (double)x[a] * c - (double)x[b] * s;
            y[b] = (double)x[a] * s + (double)x[b] * c;
        }
}

static void check_shape(int dim, int n_pairs, uint64_t pos) {
    float x[HEADS * 2 * PAIRS_MOST], y[HEADS * 2 * PAIRS_MOST], cs[2 * PAIRS_MOST];
    double want[HEADS * 2 * PAIRS_MOST], freq[PAIRS_MOST];
    frequencies(freq, n_pairs);
    rope_table(cs, freq, n_pairs, pos);
    for (int i = 0; i < n_pairs; i++) {
        CHECK_NEAR(cs[2 * i], cos((double)pos * freq[i]), 6e-8);
        CHECK_NEAR(cs[2 * i + 1], sin((double)pos * freq[i]), 6e-8);
    }
    fill_uniform(x, (size_t)(HEADS * dim), pos);
    memcpy(y, x, sizeof x);
    rope_halves(y, HEADS, dim, cs, n_pairs);
    rotate(want, x, dim, n_pairs, n_pairs, 1, pos);
    for (int i = 0; i < HEADS * dim; i++) CHECK_NEAR(y[i], want[i], 3e-7);
    memcpy(y, x, sizeof x);
    rope_pairs(y, HEADS, dim, cs, n_pairs);
    rotate(want, x, dim, n_pairs, 1, 2, pos);
    for (int i = 0; i < HEADS * dim; i++) CHECK_NEAR(y[i], want[i], 3e-7);
}

TEST(rotates) {
    static const int shapes[][2] = {{64, 32}, {128, 64}, {128, 32}, {80, 10}, {64, 7}, {2, 1}, {6, 3}};
    static const uint64_t positions[] = {0, 1, 77, 8191, 1000003, 1 << 29};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (size_t p = 0; p < sizeof positions / sizeof *positions; p++)
            check_shape(shapes[s][0], shapes[s][1], positions[p]);
}

TEST(position_zero_changes_nothing) {
    float x[64], y[64], cs[64];
    double freq[32];
    frequencies(freq, 32);
    rope_table(cs, freq, 32, 0);
    fill_uniform(x, 64, 1);
    memcpy(y, x, sizeof x);
    rope_halves(y, 1, 64, cs, 32);
    rope_pairs(y, 1, 64, cs, 32);
    for (int i = 0; i < 64; i++) CHECK_NEAR(y[i], x[i], 0);
}

TEST(pinned_bits) {
    float x[2 * 128], cs[128];
    double freq[64];
    uint32_t h = 0;
    for (int i = 0; i < 64; i++) freq[i] = 1.0 / (1 + i); /* no libm here */
    fill_uniform(x, 256, 1);
    for (uint64_t pos = 0; pos < 50; pos++) {
        rope_table(cs, freq, 64, pos * 321);
        rope_halves(x, 2, 128, cs, 64);
        rope_pairs(x, 2, 128, cs, 61);
        h = digest(h, x, sizeof x);
    }
    CHECK_INT(h, 202807347);
}

int main(void) {
    RUN(rotates);
    RUN(position_zero_changes_nothing);
    RUN(pinned_bits);
    return test_end("rope");
}
