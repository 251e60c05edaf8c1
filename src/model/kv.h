/* The keys and values of the tokens so far: float32 in pages of ATTEND_PAGE positions that are allocated as the context
 * grows. */
#ifndef MODEL_KV_H
#define MODEL_KV_H

#include "base/status.h"
#include "kernels/kernels.h"

typedef struct kv {
    uint32_t n_layer, n_head_kv, head_dim;
    uint32_t n;        /* positions filled */
    uint32_t capacity; /* positions at most */
    uint32_t n_pages, max_pages;
    float **block;      /* [max_pages]: float[n_layer, n_head_kv, 2, ATTEND_PAGE, head_dim], NULL from n_pages on */
    const float **page; /* [n_layer, n_head_kv, 2, max_pages]: where each block's part begins; 2 = keys, values */
} kv;

int kv_open(kv **out, uint32_t n_layer, uint32_t n_head_kv, uint32_t head_dim, uint32_t capacity, err *e);
void kv_close(kv *c);
/* Makes room for positions up to n. ERR_TOO_LONG beyond capacity, ERR_MEMORY; what is there stays. */
int kv_reserve(kv *c, uint32_t n, err *e);
/* Forgets positions from n on; pages are kept for reuse. */
void kv_truncate(kv *c, uint32_t n);
uint64_t kv_bytes_per_token(uint32_t n_layer, uint32_t n_head_kv, uint32_t head_dim);

static inline const float *const *kv_pages(const kv *c, uint32_t l, uint32_t head, int values) {
    return c->page + (((size_t)l * c->n_head_kv + head) * 2 + (size_t)values) * c->max_pages;
}
/* Where position pos of a layer and head is written. */
static inline float *kv_at(kv *c, uint32_t l, uint32_t head, int values, uint32_t pos) {
    size_t part = ((size_t)l * c->n_head_kv + head) * 2 + (size_t)values;
    return c->block[pos / ATTEND_PAGE] + (part * ATTEND_PAGE + pos % ATTEND_PAGE) * c->head_dim;
}

#endif
