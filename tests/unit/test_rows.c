/* Row operations against their plain C twins bit for bit, against double arithmetic within a bound, and their bits on
 * every build. */
#include "kernel_test.h"
#include "kernels/kernels_ref.h"

enum { MOST = 1537 };
static const int sizes[] = {1, 2, 3, 4, 5, 15, 16, 17, 31, 33, 64, 576, MOST};
enum { N_SIZES = sizeof sizes / sizeof *sizes };

TEST(rmsnorm_equals_its_twin) {
    float x[MOST], w[MOST], y[MOST], z[MOST];
    for (int i = 0; i < N_SIZES; i++) {
        int n = sizes[i];
        fill_uniform(x, MOST, (uint64_t)n);
        fill_uniform(w, MOST, 2);
        rmsnorm(y, x, w, n, 1e-5f);
        rmsnorm_ref(z, x, w, n, 1e-5f);
        CHECK(same_bits(y, z, (size_t)n));
        double sum = 0;
        for (int k = 0; k < n; k++) sum += (double)x[k] * (double)x[k];
        for (int k = 0; k < n; k++) CHECK_NEAR(y[k], (double)x[k] / sqrt(sum / n + 1e-5) * (double)w[k], 2e-6);
        rmsnorm(x, x, w, n, 1e-5f);
        CHECK(same_bits(x, y, (size_t)n));
    }
    memset(x, 0, sizeof x);
    rmsnorm(y, x, w, 64, 1e-5f);
    for (int k = 0; k < 64; k++) CHECK_NEAR(y[k], 0, 0);
}

TEST(exponentials_of_a_row_are_those_of_its_numbers) {
    float x[MOST], y[MOST];
    for (int i = 0; i < N_SIZES; i++) {
        fill_uniform(x, MOST, (uint64_t)sizes[i]);
        for (int k = 0; k < MOST; k++) y[k] = k_exp(x[k] *= k % 3 ? 9.0f : 130.0f);
        for (int k = sizes[i]; k < MOST; k++) y[k] = x[k];
        exp_all(x, (size_t)sizes[i]);
        CHECK(same_bits(x, y, MOST));
    }
}

TEST(swiglu_equals_its_twin) {
    float gate[MOST], up[MOST], y[MOST], z[MOST];
    for (int i = 0; i < N_SIZES; i++) {
        int n = sizes[i];
        fill_uniform(gate, MOST, (uint64_t)n);
        fill_uniform(up, MOST, 3);
        for (int k = 0; k < n; k++) gate[k] *= k % 3 ? 9.0f : 130.0f; /* both ends of the exponential too */
        swiglu(y, gate, up, n);
        swiglu_ref(z, gate, up, n);
        CHECK(same_bits(y, z, (size_t)n));
        for (int k = 0; k < n; k++)
            CHECK_NEAR(y[k], (double)gate[k] / (1 + exp(-(double)gate[k])) * (double)up[k], 3e-5);
        swiglu(gate, gate, up, n);
        CHECK(same_bits(gate, y, (size_t)n));
    }
    float bad[4] = {INFINITY, NAN, -INFINITY, 0}, one[4] = {1, 1, 1, 1};
    swiglu(y, bad, one, 4);
    CHECK(isinf(y[0]) && isnan(y[1]) && y[3] == 0);
}

TEST(softmax_equals_its_twin) {
    float x[MOST], y[MOST], z[MOST];
    for (int i = 0; i < N_SIZES; i++) {
        int n = sizes[i];
        fill_uniform(x, MOST, (uint64_t)n);
        for (int k = 0; k < n; k++) x[k] = k % 7 == 6 ? -INFINITY : 30 * x[k];
        memcpy(y, x, sizeof x);
        memcpy(z, x, sizeof x);
        softmax(y, n);
        softmax_ref(z, n);
        CHECK(same_bits(y, z, (size_t)n));
        double sum = 0, total = 0;
        for (int k = 0; k < n; k++) sum += exp((double)x[k]);
        for (int k = 0; k < n; k++) CHECK_NEAR(y[k], exp((double)x[k]) / sum, 1e-6), total += (double)y[k];
        CHECK_NEAR(total, 1, 1e-5);
    }
}

TEST(softmax_of_nothing) {
    float x[21];
    for (int i = 0; i < 21; i++) x[i] = -INFINITY;
    softmax(x, 21);
    for (int i = 0; i < 21; i++) CHECK(x[i] == 0);
    for (int bad = 0; bad < 21; bad++) {
        for (int i = 0; i < 21; i++) x[i] = 1;
        x[bad] = NAN;
        softmax(x, 21);
        for (int i = 0; i < 21; i++) CHECK(isnan(x[i]));
    }
    softmax(x, 0);
}

TEST(finite_and_sum) {
    float x[37], y[37];
    fill_uniform(x, 37, 1);
    fill_uniform(y, 37, 2);
    for (int i = 0; i < 37; i++) {
        float keep = x[i];
        CHECK(all_finite(x, 37));
        x[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : -INFINITY;
        CHECK(!all_finite(x, 37));
        CHECK(all_finite(x, (size_t)i));
        x[i] = keep;
    }
    float want = x[36] + y[36];
    add_to(y, x, 37);
    CHECK(y[36] == want);
    CHECK(all_finite(x, 0));
}

TEST(pinned_bits) {
    float x[MOST], w[MOST], y[MOST];
    uint32_t h = 0;
    fill_uniform(x, MOST, 1);
    fill_uniform(w, MOST, 2);
    rmsnorm(y, x, w, MOST, 1e-6f);
    h = digest(h, y, sizeof y);
    for (int i = 0; i < MOST; i++) x[i] *= 50;
    swiglu(y, x, w, MOST);
    h = digest(h, y, sizeof y);
    softmax(x, MOST);
    h = digest(h, x, sizeof x);
    CHECK_INT(h, 2679701758);
}

int main(void) {
    RUN(rmsnorm_equals_its_twin);
    RUN(exponentials_of_a_row_are_those_of_its_numbers);
    RUN(swiglu_equals_its_twin);
    RUN(softmax_equals_its_twin);
    RUN(softmax_of_nothing);
    RUN(finite_and_sum);
    RUN(pinned_bits);
    return test_end("rows");
}
