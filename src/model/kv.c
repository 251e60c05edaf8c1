/* The cache of keys and values. */
#include "model/kv.h"

#include "base/mem.h"

uint64_t kv_bytes_per_token(uint32_t n_layer, uint32_t n_head_kv, uint32_t head_dim) {
    return (uint64_t)n_layer * n_head_kv * 2 * head_dim * sizeof(float);
}

int kv_open(kv **out, uint32_t n_layer, uint32_t n_head_kv, uint32_t head_dim, uint32_t capacity, err *e) {
    kv *c = mem_new(sizeof *c);
    if (!c) return fail(e, ERR_MEMORY, "no memory for the context");
    *c = (kv){.n_layer = n_layer, .n_head_kv = n_head_kv, .head_dim = head_dim, .capacity = capacity};
    c->max_pages = (capacity + ATTEND_PAGE - 1) / ATTEND_PAGE;
    c->block = mem_array(c->max_pages, sizeof *c->block);
    c->page = mem_array((size_t)n_layer * n_head_kv * 2 * c->max_pages, sizeof *c->page);
    if (!c->block || !c->page) {
        kv_close(c);
        return fail(e, ERR_MEMORY, "no memory for a context of %u tokens", (unsigned)capacity);
    }
    *out = c;
    return OK;
}

void kv_close(kv *c) {
    if (!c) return;
    for (uint32_t i = 0; c->block && i < c->n_pages; i++) mem_free(c->block[i]);
    mem_free(c->block);
    mem_free((void *)c->page);
    mem_free(c);
}

static int add_page(kv *c, err *e) {
    uint64_t bytes = kv_bytes_per_token(c->n_layer, c->n_head_kv, c->head_dim) * ATTEND_PAGE;
    float *b = bytes > SIZE_MAX ? NULL : mem_new((size_t)bytes);
    if (!b)
        return fail(e, ERR_MEMORY, "no memory to go beyond %u tokens of context; choose a smaller context",
                    (unsigned)(c->n_pages * ATTEND_PAGE));
    size_t n_parts = (size_t)c->n_layer * c->n_head_kv * 2, part = (size_t)ATTEND_PAGE * c->head_dim;
    for (size_t i = 0; i < n_parts; i++) c->page[i * c->max_pages + c->n_pages] = b + i * part;
    c->block[c->n_pages++] = b;
    return OK;
}

int kv_reserve(kv *c, uint32_t n, err *e) {
    if (n > c->capacity)
        return fail(e, ERR_TOO_LONG, "%u tokens do not fit the context of %u", (unsigned)n, (unsigned)c->capacity);
    while ((uint64_t)c->n_pages * ATTEND_PAGE < n) {
        int rc = add_page(c, e);
        if (rc) return rc;
    }
    return OK;
}

void kv_truncate(kv *c, uint32_t n) {
    if (n < c->n) c->n = n;
}
