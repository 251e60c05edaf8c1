/* The keys and values of the tokens so far, in pages of ATTEND_PAGE positions that are allocated as the context grows.
 */
#ifndef MODEL_KV_H
#define MODEL_KV_H

#include "base/status.h"
#include "kernels/kernels.h"

/* What the cache is for. */
typedef struct kv_shape {
    uint32_t n_layer, n_head_kv, head_dim;
    cache_type type;
} kv_shape;

typedef struct kv {
    kv_shape shape;
    size_t part_bytes; /* of one layer's and head's part of a page */
    uint32_t n;        /* positions filled */
    uint32_t capacity; /* positions at most */
    uint32_t n_pages, max_pages;
    uint32_t n_lent; /* pages that are another cache's */
    uint8_t **block; /* [max_pages]: [n_layer, n_head_kv] parts; NULL from n_pages on */
} kv;

int kv_open(kv **out, const kv_shape *shape, uint32_t capacity, err *e);
void kv_close(kv *c);
/* A cache with the same positions, that goes its own way from here on: whole pages are `from`'s, which must outlive it
 * and may forget none of them meanwhile. Pair: kv_close(). */
int kv_fork(kv **out, const kv *from, err *e);
/* Makes room for positions up to n. ERR_TOO_LONG beyond capacity, ERR_MEMORY; what is there stays. */
int kv_reserve(kv *c, uint32_t n, err *e);
/* Forgets positions from n on; pages are kept for reuse. */
void kv_truncate(kv *c, uint32_t n);
/* Of a whole page: block[i]. */
uint64_t kv_page_bytes(const kv_shape *shape);
/* Rounded up. */
uint64_t kv_bytes_per_token(const kv_shape *shape);

/* Where the part of a layer and head begins in every block. */
static inline size_t kv_offset(const kv *c, uint32_t l, uint32_t head) {
    return ((size_t)l * c->shape.n_head_kv + head) * c->part_bytes;
}
/* cache_put() at position pos of a layer and head: k and v may be overwritten. */
static inline void kv_put(kv *c, uint32_t l, uint32_t head, uint32_t pos, float *k, float *v) {
    cache_put(c->shape.type, c->block[pos / ATTEND_PAGE] + kv_offset(c, l, head), (int)c->shape.head_dim,
              (int)(pos % ATTEND_PAGE), k, v);
}

#endif
