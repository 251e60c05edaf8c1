/* Rotary position embedding. No reduction, so that plain C is left to the compiler's vectoriser: every order gives the
 * same bits. */
#include "kernels/kernels.h"

void rope_table(float *cs, const double *freq, int n_pairs, uint64_t pos) {
    for (int i = 0; i < n_pairs; i++) {
        double angle = (double)pos * freq[i];
        cs[2 * i] = (float)k_cos_d(angle);
        cs[2 * i + 1] = (float)k_sin_d(angle);
    }
}

void rope_pairs(float *x, int n_heads, int head_dim, const float *restrict cs, int n_pairs) {
    for (int h = 0; h < n_heads; h++, x += head_dim)
        for (int i = 0; i < n_pairs; i++) {
            float a = x[2 * i], b = x[2 * i + 1], c = cs[2 * i], s = cs[2 * i + 1];
            x[2 * i] = a * c - b * s;
            x[2 * i + 1] = a * s + b * c;
        }
}

void rope_halves(float *x, int n_heads, int head_dim, const float *restrict cs, int n_pairs) {
    for (int h = 0; h < n_heads; h++) {
        float *restrict low = x + (size_t)h * (size_t)head_dim, *restrict high = low + n_pairs;
        for (int i = 0; i < n_pairs; i++) {
            float a = low[i], b = high[i], c = cs[2 * i], s = cs[2 * i + 1];
            low[i] = a * c - b * s;
            high[i] = a * s + b * c;
        }
    }
}
