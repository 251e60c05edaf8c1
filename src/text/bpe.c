/* Merging with a linked list of symbols and a heap of candidates. */
#include "text/bpe_impl.h"

#include "base/mem.h"

enum { NO_SYMBOL = -1 };

struct symbol {
    int32_t id, prev, next; /* NO_SYMBOL at the ends; id < 0: merged into its left neighbour */
};

struct candidate {
    uint32_t rank;
    int32_t left;      /* symbol */
    uint64_t pair;     /* ids when it was found: stale when they have changed */
    int32_t id;
};

static uint64_t pair_of(int32_t left, int32_t right) { return (uint64_t)(uint32_t)left << 32 | (uint32_t)right; }

/* splitmix64's finisher over the seeded pair. */
static uint32_t hash(const merges *m, uint64_t pair) {
    uint64_t x = pair ^ m->seed;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)(x ^ x >> 31) & m->mask;
}

int merges_init(merges *m, size_t n, uint64_t seed, err *e) {
    size_t slots = 16;
    while (slots < n * 2) slots *= 2;
    *m = (merges){.slot = mem_array(slots, sizeof *m->slot), .mask = (uint32_t)(slots - 1), .seed = seed};
    if (!m->slot) return fail(e, ERR_MEMORY, "no memory for the tokenizer");
    for (size_t i = 0; i < slots; i++) m->slot[i].rank = MERGE_NONE;
    return OK;
}

void merges_clear(merges *m) {
    mem_free(m->slot);
    m->slot = NULL;
}

void merges_put(merges *m, int32_t left, int32_t right, uint32_t rank, int32_t id) {
    uint64_t pair = pair_of(left, right);
    uint32_t i = hash(m, pair);
    while (m->slot[i].rank != MERGE_NONE && m->slot[i].pair != pair) i = (i + 1) & m->mask;
    if (m->slot[i].rank == MERGE_NONE) m->slot[i] = (merge){pair, rank, (uint32_t)id};
}

const merge *merges_get(const merges *m, int32_t left, int32_t right) {
    uint64_t pair = pair_of(left, right);
    for (uint32_t i = hash(m, pair); m->slot[i].rank != MERGE_NONE; i = (i + 1) & m->mask)
        if (m->slot[i].pair == pair) return &m->slot[i];
    return NULL;
}

void bpe_clear(bpe *b) {
    mem_free(b->symbol);
    mem_free(b->heap);
    *b = (bpe){0};
}

static bool before(const struct candidate *a, const struct candidate *b) {
    return a->rank != b->rank ? a->rank < b->rank : a->left < b->left;
}

/* There is room for every candidate of a word: one a pair at first, at most two more a merge. */
static void push(bpe *b, struct candidate c) {
    size_t i = b->n_heap++;
    for (size_t up; i > 0 && before(&c, &b->heap[up = (i - 1) / 2]); i = up) b->heap[i] = b->heap[up];
    b->heap[i] = c;
}

static struct candidate pop(bpe *b) {
    struct candidate top = b->heap[0], c = b->heap[--b->n_heap];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < b->n_heap; i = child) {
        if (child + 1 < b->n_heap && before(&b->heap[child + 1], &b->heap[child])) child++;
        if (!before(&b->heap[child], &c)) break;
        b->heap[i] = b->heap[child];
    }
    b->heap[i] = c;
    return top;
}

static void consider(bpe *b, const merges *m, int32_t left) {
    if (left == NO_SYMBOL || b->symbol[left].next == NO_SYMBOL) return;
    int32_t l = b->symbol[left].id, r = b->symbol[b->symbol[left].next].id;
    const merge *found = merges_get(m, l, r);
    if (found) push(b, (struct candidate){found->rank, left, found->pair, (int32_t)found->id});
}

static void apply(bpe *b, const merges *m, const struct candidate *c) {
    struct symbol *left = &b->symbol[c->left];
    if (left->id < 0 || left->next == NO_SYMBOL) return;
    struct symbol *right = &b->symbol[left->next];
    if (pair_of(left->id, right->id) != c->pair) return;
    left->id = c->id;
    left->next = right->next;
    if (right->next != NO_SYMBOL) b->symbol[right->next].prev = c->left;
    right->id = -1;
    consider(b, m, left->prev);
    consider(b, m, c->left);
}

static int make_room(bpe *b, size_t n, err *e) {
    if (n <= b->cap_symbols) return OK;
    size_t cap = n < 64 ? 64 : n;
    void *s = mem_grow(b->symbol, cap * sizeof *b->symbol);
    if (s) b->symbol = s;
    void *h = s ? mem_grow(b->heap, 3 * cap * sizeof *b->heap) : NULL;
    if (!h) return fail(e, ERR_MEMORY, "no memory to tokenize the text");
    b->heap = h;
    b->cap_symbols = cap;
    return OK;
}

int bpe_merge(bpe *b, const merges *m, int32_t *id, size_t *n, err *e) {
    if (*n < 2) return OK;
    int rc = make_room(b, *n, e);
    if (rc) return rc;
    b->n_heap = 0;
    for (size_t i = 0; i < *n; i++)
        b->symbol[i] = (struct symbol){id[i], (int32_t)i - 1, i + 1 < *n ? (int32_t)i + 1 : NO_SYMBOL};
    for (size_t i = 0; i + 1 < *n; i++) consider(b, m, (int32_t)i);
    while (b->n_heap) {
        struct candidate c = pop(b);
        apply(b, m, &c);
    }
    size_t out = 0;
    for (int32_t i = 0; i != NO_SYMBOL; i = b->symbol[i].next) id[out++] = b->symbol[i].id;
    *n = out;
    return OK;
}
