/* A page of the cache, as its bytes.
 *
 * CACHE_F32: float k[ATTEND_PAGE, head_dim], v[ATTEND_PAGE, head_dim].
 * CACHE_INT8: keys in groups of 4 positions, values in groups of 4 dimensions; a group is a run of vectors of 16 bytes,
 * 4 rows x 4 columns (simd_put), whose columns are the dimensions of a key, or the positions of a value: int8 q, and a
 * number is q * d. Then float d[ATTEND_PAGE] of the keys, and of the values, and int32 sum[ATTEND_PAGE] of each key's
 * q.
 *
 * Keys, values and queries are rotated before they are quantised, so that no dimension is much larger than the others
 * and one scale fits them all (QuaRot, Ashkboos et al. 2024). The rotation is orthogonal: products of queries and keys
 * stay what they are, and the sum of values is rotated back. */
#ifndef KERNELS_CACHE_IMPL_H
#define KERNELS_CACHE_IMPL_H

#include "kernels/form_impl.h"

static inline size_t cache_key_group(int head_dim) { return (size_t)SIMD_ROWS * (size_t)head_dim; }
enum { CACHE_VALUE_GROUP = SIMD_ROWS * ATTEND_PAGE };
static inline size_t cache_values(int head_dim) { return (size_t)ATTEND_PAGE * (size_t)head_dim; }
static inline const float *cache_key_scales(const uint8_t *page, int head_dim) {
    return (const float *)(const void *)(page + 2 * cache_values(head_dim));
}
static inline const float *cache_value_scales(const uint8_t *page, int head_dim) {
    return cache_key_scales(page, head_dim) + ATTEND_PAGE;
}

static inline const int32_t *cache_key_sums(const uint8_t *page, int head_dim) {
    return (const int32_t *)(const void *)(cache_value_scales(page, head_dim) + ATTEND_PAGE);
}

/* Rotates x[n], n a multiple of 4: signs, then a Walsh-Hadamard transform of every run of the largest power of two that
 * divides n. unrotate() takes it back. */
void cache_rotate(float *x, int n);
void cache_unrotate(float *x, int n);

#endif
