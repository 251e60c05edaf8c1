/* The elementary functions against libm within their stated bounds, and their bits on every build. */
#include "kernels/exp_impl.h" /* first: its vectors' headers name malloc, which is poisoned from then on */

#include "kernel_test.h"
#include "kernels/kernels.h"

static double relative(double got, double want) { return want == 0 ? fabs(got) : fabs(got - want) / fabs(want); }

TEST(exp_float) {
    double worst = 0;
    for (int i = -87 * 4096; i <= 88 * 4096; i++) {
        float x = (float)i / 4096 + 1e-4f;
        double e = relative((double)k_exp(x), exp((double)x));
        if (e > worst) worst = e;
    }
    CHECK_NEAR(worst, 0, 2e-7);
    for (float x = -104; x < -87; x += 0.01f)
        CHECK_NEAR(k_exp(x), exp((double)x), 1.5e-45 + 2e-7 * exp((double)x)); /* subnormal */
    CHECK(k_exp(0) == 1 && k_exp(-0.0f) == 1);
    CHECK(k_exp(-104.1f) == 0 && k_exp(-1e30f) == 0 && k_exp(-INFINITY) == 0);
    CHECK(isinf(k_exp(88.8f)) && isinf(k_exp(1e30f)) && isinf(k_exp(INFINITY)));
    CHECK(isnan(k_exp(NAN)));
}

TEST(exp_coarse) {
    double worst = 0;
    for (int i = -87 * 4096; i <= 0; i++) {
        float x = (float)i / 4096, lane[4];
        double e = relative((double)exp_coarse(x), exp((double)x));
        if (e > worst) worst = e;
        wasm_v128_store(lane, simd_exp_coarse(wasm_f32x4_splat(x)));
        CHECK(lane[0] == exp_coarse(x) && lane[3] == lane[0]);
    }
    CHECK_NEAR(worst, 0, 8e-6);
    CHECK(exp_coarse(0) == 1 && exp_coarse(-89) == 0 && exp_coarse(-INFINITY) == 0);
    CHECK(isnan(exp_coarse(NAN)) && isnan(wasm_f32x4_extract_lane(simd_exp_coarse(wasm_f32x4_splat(NAN)), 0)));
}

TEST(exp_double) {
    double worst = 0;
    for (int i = -708 * 512; i <= 709 * 512; i++) {
        double x = i / 512.0 + 1e-5, e = relative(k_exp_d(x), exp(x));
        if (e > worst) worst = e;
    }
    CHECK_NEAR(worst, 0, 1e-14);
    CHECK(k_exp_d(0) == 1);
    CHECK_NEAR(k_exp_d(-740), exp(-740), 1e-323);
    CHECK(k_exp_d(-750) == 0 && k_exp_d(-INFINITY) == 0);
    CHECK(isinf(k_exp_d(710)) && isinf(k_exp_d(INFINITY)));
    CHECK(isnan(k_exp_d(NAN)));
}

TEST(log_double) {
    double worst = 0;
    rng r;
    rng_init(&r, 1);
    for (int i = 0; i < 300000; i++) {
        uint64_t bits = rng_next(&r) >> 1;
        double x;
        memcpy(&x, &bits, 8);
        if (i % 2) x = 1 + (rng_uniform(&r) - 0.5) * exp2(-(i % 50)); /* near one */
        if (!isnormal(x)) continue;
        double e = relative(k_log_d(x), log(x));
        if (e > worst) worst = e;
    }
    CHECK_NEAR(worst, 0, 1e-14);
    CHECK(k_log_d(1) == 0);
    CHECK_NEAR(k_log_d(5e-324), log(5e-324), 1e-11);
    CHECK(k_log_d(0) == (double)-INFINITY && isinf(k_log_d(INFINITY)));
    CHECK(isnan(k_log_d(-1)) && isnan(k_log_d(NAN)));
}

TEST(sine_and_cosine) {
    double worst = 0;
    rng r;
    rng_init(&r, 2);
    for (int i = 0; i < 300000; i++) {
        double x = (rng_uniform(&r) * 2 - 1) * exp2(i % 31), s = fabs(k_sin_d(x) - sin(x)),
               c = fabs(k_cos_d(x) - cos(x));
        if (s > worst) worst = s;
        if (c > worst) worst = c;
    }
    for (int n = 1; n < 680000000; n = n * 3 + 1) { /* near multiples of pi/2, where reduction shows */
        double x = n * 1.5707963267948966;
        worst = fmax(worst, fmax(fabs(k_sin_d(x) - sin(x)), fabs(k_cos_d(x) - cos(x))));
    }
    CHECK_NEAR(worst, 0, 1e-12);
    CHECK(k_sin_d(0) == 0 && k_cos_d(0) == 1);
    CHECK(isnan(k_sin_d(INFINITY)) && isnan(k_cos_d(NAN)));
}

TEST(log_of_sum) {
    float x[100];
    double sum = 0;
    fill_uniform(x, 100, 3);
    for (int i = 0; i < 100; i++) sum += exp(20 * (double)(x[i] *= 20) / 20);
    CHECK_NEAR(log_sum_exp(x, 100), log(sum), 1e-12);
    for (int i = 0; i < 100; i++) x[i] = 1000;
    CHECK_NEAR(log_sum_exp(x, 100), 1000 + log(100), 1e-12);
    x[3] = INFINITY;
    CHECK(isinf(log_sum_exp(x, 100)));
    x[3] = NAN;
    CHECK(isnan(log_sum_exp(x, 100)));
    for (int i = 0; i < 100; i++) x[i] = -INFINITY;
    CHECK(log_sum_exp(x, 100) == (double)-INFINITY);
    CHECK(log_sum_exp(x, 0) == (double)-INFINITY);
}

TEST(pinned_bits) {
    uint32_t h = 0;
    rng r;
    rng_init(&r, 4);
    for (int i = 0; i < 20000; i++) {
        double x = rng_uniform(&r) * 2 - 1;
        float e = k_exp((float)(90 * x));
        double d[] = {k_exp_d(700 * x), k_log_d(fabs(x) + 1e-9), k_sin_d(1e6 * x), k_cos_d(1e6 * x)};
        h = digest(h, &e, sizeof e);
        h = digest(h, d, sizeof d);
    }
    CHECK_INT(h, 72406117);
}

int main(void) {
    RUN(exp_float);
    RUN(exp_coarse);
    RUN(exp_double);
    RUN(log_double);
    RUN(sine_and_cosine);
    RUN(log_of_sum);
    RUN(pinned_bits);
    return test_end("scalar");
}
