/* Stores keys and values in pages. No reduction depends on its order here, so that plain C gives the same bits on every
 * build. */
#include "kernels/cache_impl.h"
#include "kernels/round_impl.h"

#include <math.h>

size_t cache_page_bytes(cache_type type, int head_dim) {
    size_t n = ATTEND_PAGE * (size_t)head_dim;
    return type == CACHE_F32 ? 2 * n * sizeof(float) : 2 * n + 3 * ATTEND_PAGE * sizeof(float);
}

/* ---- Rotation ---- */

/* Dimensions of one sign can add up in a transform's first element; these signs keep them from it. Bits of the golden
 * ratio. */
static const uint64_t SIGNS = 0x9e3779b97f4a7c15;

static void flip(float *x, int n) {
    for (int i = 0; i < n; i++)
        if (SIGNS >> i % 64 & 1) x[i] = -x[i];
}

/* The transform of runs of `size`, scaled to be orthogonal and its own inverse. */
static void transform(float *x, int n, int size) {
    for (int half = 1; half < size; half *= 2)
        for (int i = 0; i < n; i += 2 * half)
            for (int j = i; j < i + half; j++) {
                float a = x[j], b = x[j + half];
                x[j] = a + b;
                x[j + half] = a - b;
            }
    float scale = 1 / sqrtf((float)size);
    for (int i = 0; i < n; i++) x[i] *= scale;
}

void cache_rotate(float *x, int n) {
    flip(x, n);
    transform(x, n, n & -n);
}

void cache_unrotate(float *x, int n) {
    transform(x, n, n & -n);
    flip(x, n);
}

/* ---- Quantisation ---- */

/* x[n] as q * d, -127 <= q <= 127. Returns d: NaN where a value is not finite. */
static float quantize(int8_t *q, const float *x, int n) {
    float top = 0;
    bool bad = false;
    for (int i = 0; i < n; i++) {
        float size = fabsf(x[i]);
        top = size > top ? size : top;
        bad |= !(size < INFINITY);
    }
    bool zero = bad || top <= SMALLEST_SCALED;
    float inverse = 127 / top;
    for (int i = 0; i < n; i++) q[i] = (int8_t)(zero ? 0 : round_scaled(x[i], inverse));
    return bad ? NAN : zero ? 0 : top / 127;
}

static void put_key(uint8_t *page, int dim, int pos, const float *x) {
    int8_t q[HEAD_DIM_MOST];
    int32_t sum = 0;
    float d = quantize(q, x, dim);
    uint8_t *at = page + (size_t)(pos / SIMD_ROWS) * cache_key_group(dim);
    for (int i = 0; i < dim; i += 4) simd_put(at + 4 * i, pos % SIMD_ROWS, (const uint8_t *)q + i);
    for (int i = 0; i < dim; i++) sum += q[i];
    memcpy(page + 2 * cache_values(dim) + sizeof d * (size_t)pos, &d, sizeof d);
    memcpy(page + 2 * cache_values(dim) + sizeof d * (size_t)(2 * ATTEND_PAGE + pos), &sum, sizeof sum);
}

static void put_value(uint8_t *page, int dim, int pos, const float *x) {
    int8_t q[HEAD_DIM_MOST];
    float d = quantize(q, x, dim);
    uint8_t *at = page + cache_values(dim) + 16 * (pos / 4);
    for (int i = 0; i < dim; i++)
        at[i / SIMD_ROWS * CACHE_VALUE_GROUP + simd_place(i % SIMD_ROWS, pos % 4)] = (uint8_t)q[i];
    memcpy(page + 2 * cache_values(dim) + sizeof d * (size_t)(ATTEND_PAGE + pos), &d, sizeof d);
}

void cache_put(cache_type type, uint8_t *page, int head_dim, int pos, float *k, float *v) {
    size_t n = (size_t)head_dim * sizeof *k;
    if (type == CACHE_F32) {
        memcpy(page + (size_t)pos * n, k, n);
        memcpy(page + (size_t)(ATTEND_PAGE + pos) * n, v, n);
        return;
    }
    cache_rotate(k, head_dim);
    cache_rotate(v, head_dim);
    put_key(page, head_dim, pos, k);
    put_value(page, head_dim, pos, v);
}

/* ---- Pages from outside ---- */

uint32_t cache_form(cache_type type) { return type == CACHE_F32 ? 1 : SIMD_DOT ? 2 : 3; }

bool cache_sound(cache_type type, const uint8_t *page, int head_dim) {
    const size_t values = 2 * cache_values(head_dim);
    const uint8_t *from = type == CACHE_F32 ? page : page + values;
    const size_t n = type == CACHE_F32 ? values : 2 * ATTEND_PAGE;
    for (size_t i = 0; i < n; i++) {
        float x;
        memcpy(&x, from + sizeof x * i, sizeof x);
        if (!(fabsf(x) < INFINITY) || (type == CACHE_INT8 && x < 0)) return false;
    }
    return true;
}
