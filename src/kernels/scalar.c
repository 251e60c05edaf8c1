/* Scalar functions made of IEEE additions, multiplications and divisions alone, so that every build gives the same
 * bits. */
#include "kernels/exp_impl.h"
#include "kernels/kernels.h"

#include <math.h>

static float float_of_bits(uint32_t u) {
    float f;
    memcpy(&f, &u, 4);
    return f;
}

static double double_of_bits(uint64_t u) {
    double d;
    memcpy(&d, &u, 8);
    return d;
}

/* simd_exp() in scalars, operation by operation. */
float k_exp(float x) {
    if (x < EXP_LOWEST) x = EXP_LOWEST;
    if (x > EXP_HIGHEST) x = EXP_HIGHEST;
    if (x != x) return x;
    float n = x * EXP_LOG2E + EXP_ROUND;
    n = n - EXP_ROUND;
    float r = x - n * EXP_LN2_HIGH;
    r = r - n * EXP_LN2_LOW;
    float p = 1.0f / 5040;
    p = p * r + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * (r * r) + r;
    p = p + 1;
    int32_t i = (int32_t)n, half = (i + 1024) / 2 - 512; /* i >> 1, rounded down */
    return p * float_of_bits((uint32_t)(half + 127) << 23) * float_of_bits((uint32_t)(i - half + 127) << 23);
}

/* The same in double: |r| < 0.35, the first omitted term r^15 / 15! < 1.1e-19. */
double k_exp_d(double x) {
    if (x != x) return x;
    if (x < -746) x = -746;
    if (x > 710) x = 710;
    const double round = 6755399441055744.0; /* 1.5 * 2^52 */
    const double inverse[] = {
        1.0 / 87178291200, 1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320,
        1.0 / 5040,        1.0 / 720,        1.0 / 120,       1.0 / 24,       1.0 / 6,       0.5};
    double n = x * 1.4426950408889634 + round;
    n = n - round;
    double r = x - n * 6.93147180369123816490e-01; /* 32 bits: exact times n */
    r = r - n * 1.90821492927058770002e-10;
    double p = inverse[0];
    for (size_t i = 1; i < sizeof inverse / sizeof *inverse; i++) p = p * r + inverse[i];
    p = p * (r * r) + r;
    p = p + 1;
    int i = (int)n, half = (i + 2048) / 2 - 1024;
    return p * double_of_bits((uint64_t)(half + 1023) << 52) * double_of_bits((uint64_t)(i - half + 1023) << 52);
}

/* x = 2^n (1 + f), sqrt(1/2) < 1 + f < sqrt(2); with s = f / (2 + f), log(1 + f) = 2 s + 2 s^3 / 3 + 2 s^5 / 5 + ...
 * |s| < 0.172: the first omitted term is below 1e-18 of the sum. */
double k_log_d(double x) {
    if (x != x || x < 0) return (double)NAN;
    if (x == 0) return -(double)INFINITY;
    uint64_t bits;
    int n = -1023;
    if (x < 2.2250738585072014e-308) x *= 18014398509481984.0, n -= 54; /* a subnormal */
    memcpy(&bits, &x, 8);
    if (bits >> 52 == 0x7ff) return x;
    n += (int)(bits >> 52);
    double m = double_of_bits((bits & 0xfffffffffffff) | 0x3ff0000000000000);
    if (m > 1.4142135623730951) m *= 0.5, n++;
    double f = m - 1, s = f / (2 + f), z = s * s, p = 0;
    for (int k = 23; k >= 3; k -= 2) p = p * z + 1.0 / k;
    double series = 2 * (s * (z * p)) - s * f; /* log(1 + f) = f - s f + 2 s (z p), for 2 s = f - s f */
    return (double)n * 6.93147180369123816490e-01 + ((series + (double)n * 1.90821492927058770002e-10) + f);
}

/* x = n pi/2 + r, |r| <= pi/4. pi/2 in parts of 22 bits: their products with n < 2^30 are exact. */
static double reduce(double x, unsigned *quadrant) {
    const double round = 6755399441055744.0;
    double n = x * 0.63661977236758134 + round;
    n = n - round;
    double r = x - n * 0x1.921fb4p+0;
    r = r - n * 0x1.4442d0p-24;
    r = r - n * 0x1.8469898cc5170p-48;
    *quadrant = (unsigned)(int64_t)n & 3;
    return r;
}

/* The series of sine and cosine on |r| <= pi/4: first omitted terms below 1e-17. */
static double sine(double r) {
    double z = r * r, p = 0;
    const double inverse[] = {1.0 / 355687428096000, -1.0 / 1307674368000, 1.0 / 6227020800, -1.0 / 39916800,
                              1.0 / 362880,          -1.0 / 5040,          1.0 / 120,        -1.0 / 6};
    for (size_t i = 0; i < sizeof inverse / sizeof *inverse; i++) p = p * z + inverse[i];
    return r + r * (z * p);
}

static double cosine(double r) {
    double z = r * r, p = 0;
    const double inverse[] = {1.0 / 20922789888000, -1.0 / 87178291200, 1.0 / 479001600, -1.0 / 3628800,
                              1.0 / 40320,          -1.0 / 720,         1.0 / 24,        -1.0 / 2};
    for (size_t i = 0; i < sizeof inverse / sizeof *inverse; i++) p = p * z + inverse[i];
    return 1 + z * p;
}

static double of_quadrant(double r, unsigned quadrant) {
    double y = quadrant & 1 ? cosine(r) : sine(r);
    return quadrant & 2 ? -y : y;
}

double k_sin_d(double x) {
    if (!(x > -1073741824.0 && x < 1073741824.0)) return (double)NAN;
    unsigned q;
    double r = reduce(x, &q);
    return of_quadrant(r, q);
}

double k_cos_d(double x) {
    if (!(x > -1073741824.0 && x < 1073741824.0)) return (double)NAN;
    unsigned q;
    double r = reduce(x, &q);
    return of_quadrant(r, (q + 1) & 3);
}

double log_sum_exp(const float *x, size_t n) {
    float most = -INFINITY;
    double sum = 0;
    for (size_t i = 0; i < n; i++) most = x[i] > most ? x[i] : most;
    if (most == -INFINITY) most = 0; /* exp(-inf - 0) = 0, and log(0) = -inf */
    if (most == INFINITY) return (double)INFINITY;
    for (size_t i = 0; i < n; i++) sum += k_exp_d((double)x[i] - (double)most);
    return (double)most + k_log_d(sum);
}
