/* The cache of keys and values. */
#include "model/kv.h"

#include "base/mem.h"

uint64_t kv_page_bytes(const kv_shape *s) {
    return (uint64_t)s->n_layer * s->n_head_kv * cache_page_bytes(s->type, (int)s->head_dim);
}

uint64_t kv_bytes_per_token(const kv_shape *s) { return (kv_page_bytes(s) + ATTEND_PAGE - 1) / ATTEND_PAGE; }

int kv_open(kv **out, const kv_shape *shape, uint32_t capacity, err *e) {
    kv *c = mem_new(sizeof *c);
    if (!c) return fail(e, ERR_MEMORY, "no memory for the context");
    *c = (kv){.shape = *shape, .capacity = capacity};
    c->part_bytes = cache_page_bytes(shape->type, (int)shape->head_dim);
    c->max_pages = (capacity + ATTEND_PAGE - 1) / ATTEND_PAGE;
    c->block = mem_array(c->max_pages, sizeof *c->block);
    if (!c->block) {
        kv_close(c);
        return fail(e, ERR_MEMORY, "no memory for a context of %u tokens", (unsigned)capacity);
    }
    *out = c;
    return OK;
}

void kv_close(kv *c) {
    if (!c) return;
    for (uint32_t i = c->n_lent; c->block && i < c->n_pages; i++) mem_free(c->block[i]);
    mem_free(c->block);
    mem_free(c);
}

static int add_page(kv *c, err *e) {
    uint64_t bytes = kv_page_bytes(&c->shape);
    uint8_t *b = bytes > SIZE_MAX ? NULL : mem_new((size_t)bytes);
    if (!b)
        return fail(e, ERR_MEMORY, "no memory to go beyond %u tokens of context; choose a smaller context",
                    (unsigned)(c->n_pages * ATTEND_PAGE));
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

int kv_fork(kv **out, const kv *from, err *e) {
    kv *c;
    int rc = kv_open(&c, &from->shape, from->capacity, e);
    if (rc) return rc;
    c->n = from->n;
    c->n_pages = c->n_lent = from->n / ATTEND_PAGE;
    memcpy(c->block, from->block, c->n_lent * sizeof *c->block);
    if (from->n % ATTEND_PAGE) rc = kv_reserve(c, from->n, e); /* the page that is begun is its own */
    if (rc) {
        kv_close(c);
        return rc;
    }
    if (from->n % ATTEND_PAGE) memcpy(c->block[c->n_lent], from->block[c->n_lent], (size_t)kv_page_bytes(&c->shape));
    *out = c;
    return OK;
}

void kv_truncate(kv *c, uint32_t n) {
    if (n < c->n) c->n = n;
}
