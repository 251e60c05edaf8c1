/* What the kernels' tests share: numbers that are the same everywhere, and a digest of results that pins their bits on
 * every build. */
#ifndef UNIT_KERNEL_TEST_H
#define UNIT_KERNEL_TEST_H

#include "base/rng.h"
#include "test.h"

/* n floats in [-1, 1). */
static inline void fill_uniform(float *x, size_t n, uint64_t seed) {
    rng r;
    rng_init(&r, seed);
    for (size_t i = 0; i < n; i++) x[i] = (float)((int32_t)(rng_next(&r) >> 39) - (1 << 24)) * 0x1p-24f;
}

static inline bool same_bits(const float *a, const float *b, size_t n) { return !memcmp(a, b, n * sizeof *a); }

/* FNV-1a, continued from h; the first h is 0. */
static inline uint32_t digest(uint32_t h, const void *p, size_t n) {
    h ^= 2166136261u;
    for (size_t i = 0; i < n; i++) h = (h ^ ((const uint8_t *)p)[i]) * 16777619u;
    return h;
}

#endif
