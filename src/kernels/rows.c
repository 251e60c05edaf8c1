/* Operations on single rows of floats: norm, sum, gate, softmax. Reductions keep 16 partial sums (element i goes to sum
 * i % 16), added as ((0 + 1) + (2 + 3)) over the vectors of four and then as simd_sum(). */
#include "kernels/exp_impl.h"
#include "kernels/kernels_ref.h"

#include <math.h>

enum { LANES = 16 };

static v128_t fold(const v128_t s[4]) { return wasm_f32x4_add(wasm_f32x4_add(s[0], s[1]), wasm_f32x4_add(s[2], s[3])); }

/* The same of 16 floats. */
static float fold_ref(const float *s) {
    float v[4];
    for (int i = 0; i < 4; i++) v[i] = (s[i] + s[4 + i]) + (s[8 + i] + s[12 + i]);
    return (v[0] + v[2]) + (v[1] + v[3]);
}

static float sum_of_squares(const float *x, int n) {
    v128_t s[4];
    for (int j = 0; j < 4; j++) s[j] = wasm_f32x4_splat(0);
    for (int i = 0; i < n; i += LANES) {
        float tail[LANES] = {0};
        const float *p = x + i;
        if (n - i < LANES) p = memcpy(tail, p, (size_t)(n - i) * sizeof *p);
        for (int j = 0; j < 4; j++) {
            v128_t v = wasm_v128_load(p + 4 * j);
            s[j] = wasm_f32x4_add(s[j], wasm_f32x4_mul(v, v));
        }
    }
    return simd_sum(fold(s));
}

void rmsnorm(float *y, const float *x, const float *w, int n, float eps) {
    float inverse = 1 / sqrtf(sum_of_squares(x, n) / (float)n + eps);
    for (int i = 0; i < n; i++) y[i] = x[i] * inverse * w[i];
}

void rmsnorm_ref(float *y, const float *x, const float *w, int n, float eps) {
    float s[LANES] = {0};
    for (int i = 0; i < n; i++) s[i % LANES] += x[i] * x[i];
    float inverse = 1 / sqrtf(fold_ref(s) / (float)n + eps);
    for (int i = 0; i < n; i++) y[i] = x[i] * inverse * w[i];
}

void add_to(float *y, const float *x, int n) {
    for (int i = 0; i < n; i++) y[i] += x[i];
}

static v128_t silu_times(v128_t gate, v128_t up) {
    v128_t below = wasm_f32x4_add(simd_exp(wasm_f32x4_neg(gate)), wasm_f32x4_splat(1));
    return wasm_f32x4_mul(wasm_f32x4_div(gate, below), up);
}

void swiglu(float *y, const float *gate, const float *up, int n) {
    int i = 0;
    for (; i + 4 <= n; i += 4) wasm_v128_store(y + i, silu_times(wasm_v128_load(gate + i), wasm_v128_load(up + i)));
    swiglu_ref(y + i, gate + i, up + i, n - i);
}

void swiglu_ref(float *y, const float *gate, const float *up, int n) {
    for (int i = 0; i < n; i++) y[i] = gate[i] / (k_exp(-gate[i]) + 1) * up[i];
}

/* The largest, NaN and the sign of zero disregarded; -inf where there is none. */
static float largest(const float *x, int n) {
    v128_t most = wasm_f32x4_splat(-INFINITY);
    int i = 0;
    for (; i + 4 <= n; i += 4) {
        v128_t v = wasm_v128_load(x + i);
        most = simd_select(wasm_f32x4_gt(v, most), v, most);
    }
    float lane[4], top = -INFINITY;
    wasm_v128_store(lane, most);
    for (int j = 0; j < 4; j++) top = lane[j] > top ? lane[j] : top;
    for (; i < n; i++) top = x[i] > top ? x[i] : top;
    return top;
}

void exp_all(float *x, size_t n) {
    size_t i = 0;
    for (; i + 4 <= n; i += 4) wasm_v128_store(x + i, simd_exp(wasm_v128_load(x + i)));
    for (; i < n; i++) x[i] = k_exp(x[i]);
}

/* x = exp(x - top), and their sum. */
static float exp_sum(float *x, int n, float top) {
    v128_t s[4];
    for (int j = 0; j < 4; j++) s[j] = wasm_f32x4_splat(0);
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < 4; j++) {
            v128_t e = simd_exp(wasm_f32x4_sub(wasm_v128_load(x + i + 4 * j), wasm_f32x4_splat(top)));
            wasm_v128_store(x + i + 4 * j, e);
            s[j] = wasm_f32x4_add(s[j], e);
        }
    float tail[LANES] = {0};
    for (int j = i; j < n; j++) tail[j - i] = x[j] = k_exp(x[j] - top);
    for (int j = 0; j < 4; j++) s[j] = wasm_f32x4_add(s[j], wasm_v128_load(tail + 4 * j));
    return simd_sum(fold(s));
}

/* Zero where nothing was let through (a row of -inf), so that the result is zeros and not NaN. */
static float shift_of(float top) { return top == -INFINITY ? 0 : top; }
static float inverse_of(float sum) { return sum == 0 ? 0 : 1 / sum; }

void softmax(float *x, int n) {
    float inverse = inverse_of(exp_sum(x, n, shift_of(largest(x, n))));
    for (int i = 0; i < n; i++) x[i] *= inverse;
}

void softmax_ref(float *x, int n) {
    float top = -INFINITY, s[LANES] = {0};
    for (int i = 0; i < n; i++) top = x[i] > top ? x[i] : top;
    top = shift_of(top);
    for (int i = 0; i < n; i++) x[i] = k_exp(x[i] - top), s[i % LANES] += x[i];
    float inverse = inverse_of(fold_ref(s));
    for (int i = 0; i < n; i++) x[i] *= inverse;
}

bool all_finite(const float *x, size_t n) {
    uint32_t found = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, 4);
        found |= (bits & 0x7f800000) == 0x7f800000;
    }
    return !found;
}
