/* Byte pair encoding.
 *
 * A piece starts as its bytes' tokens. Of all neighbours that a merge names, those of the lowest rank are put together,
 * the leftmost first, until none is left. The neighbours wait in a heap; one that has changed since it went in is known
 * by its rank, which is that of one merge alone, and is passed over. A short piece is searched instead: it is faster.
 */
#include "text/bpe_impl.h"

#include "base/mem.h"
#include "base/utf8.h"

static const char merges_key[] = "tokenizer.ggml.merges";

enum { SEARCHED = 24 }; /* pieces of up to so many bytes do without the heap; found by measurement */

/* ---- The bytes' characters ---- */

/* GPT-2's printable stand-ins: printable Latin-1 is itself, the other bytes are the characters from 256 on, in order.
 */
static void map_bytes(bpe *b, const vocab *v) {
    static const bytes none;
    uint8_t utf8[4];
    uint16_t next = 256;
    for (int c = 0; c < BPE_CHARS; c++) b->byte_of_char[c] = -1;
    for (uint16_t byte = 0; byte < 256; byte++) {
        bool printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
        uint16_t c = printable ? byte : next++;
        b->char_of_byte[byte] = c;
        b->byte_of_char[c] = (int16_t)byte;
        uint32_t id = vocab_find(v, bytes_of(utf8, utf8_encode(utf8, c)), none);
        b->byte_id[byte] = id != VOCAB_NONE && v->type[id] != TOKEN_CONTROL ? id : BPE_NONE;
    }
}

void bpe_decode(const bpe *b, bytes piece, buf *out) {
    size_t from = out->len;
    for (size_t i = 0, used; i < piece.len; i += used) {
        uint32_t c = utf8_decode(bytes_of(piece.ptr + i, piece.len - i), &used);
        if (c >= BPE_CHARS || b->byte_of_char[c] < 0) {
            if (out->bad) return;
            out->len = from;
            buf_bytes(out, piece);
            return;
        }
        buf_byte(out, (uint8_t)b->byte_of_char[c]);
    }
}

uint32_t bpe_whole(const bpe *b, const vocab *v, bytes piece) {
    static const bytes none;
    uint8_t text[1024]; /* longer tokens are runs of one character, which merges reach as well */
    size_t n = 0;
    for (size_t i = 0; i < piece.len; i++) {
        if (n + 2 > sizeof text) return VOCAB_NONE;
        n += utf8_encode(text + n, b->char_of_byte[piece.ptr[i]]);
    }
    uint32_t id = vocab_find(v, bytes_of(text, n), none);
    return id != VOCAB_NONE && v->type[id] == TOKEN_NORMAL ? id : VOCAB_NONE;
}

/* ---- Merges ---- */

/* The slot of a pair, or the empty one where it belongs. */
static bpe_merge *slot_of(const bpe *b, uint32_t left, uint32_t right) {
    uint64_t h = (((uint64_t)left << 32 | right) ^ b->seed) * UINT64_C(0xd6e8feb86659fd93);
    h = (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
    uint32_t i = (uint32_t)(h >> 32) & b->mask;
    while (b->slots[i].rank != BPE_NONE && (b->slots[i].left != left || b->slots[i].right != right))
        i = (i + 1) & b->mask;
    return &b->slots[i];
}

static int read_merges(bpe *b, const vocab *v, const gguf_value *array, err *e) {
    uint32_t used = 0, rank = 0;
    size_t it = 0;
    for (bytes text; rank < array->n && gguf_next_str(array, &it, &text); rank++) {
        const uint8_t *blank = text.len > 2 ? memchr(text.ptr + 1, ' ', text.len - 2) : NULL;
        if (!blank)
            return fail(e, ERR_CORRUPT, "%s: merge %u is not two texts with a blank between", merges_key,
                        (unsigned)rank);
        bytes left = bytes_of(text.ptr, (size_t)(blank - text.ptr));
        bytes right = bytes_of(blank + 1, text.len - left.len - 1), none = {0};
        bpe_merge m = {vocab_find(v, left, none), vocab_find(v, right, none), rank, vocab_find(v, left, right)};
        if (m.left == VOCAB_NONE || m.right == VOCAB_NONE || m.whole == VOCAB_NONE) continue;
        if (v->type[m.whole] == TOKEN_CONTROL) continue; /* plain text must never become one */
        bpe_merge *s = slot_of(b, m.left, m.right);
        if (s->rank == BPE_NONE) *s = m;
        used++;
    }
    if (rank != array->n) return fail(e, ERR_CORRUPT, "%s is cut short", merges_key);
    if (used < rank / 2) return fail(e, ERR_CORRUPT, "%s: most name no tokens of this vocabulary", merges_key);
    return OK;
}

int bpe_init(bpe *b, const vocab *v, const gguf *g, err *e) {
    gguf_value array;
    uint32_t size = 16;
    *b = (bpe){.seed = gguf_seed(g)};
    if (!gguf_get(g, merges_key, &array) || array.type != GGUF_ARRAY || array.item != GGUF_STRING)
        return fail(e, ERR_CORRUPT, "%s is not there, or is not an array of texts", merges_key);
    if (array.n > 2 * VOCAB_MAX)
        return fail(e, ERR_CORRUPT, "%s has %llu merges, at most %d are allowed", merges_key,
                    (unsigned long long)array.n, 2 * VOCAB_MAX);
    while (size < array.n * 3 / 2) size *= 2;
    b->mask = size - 1;
    b->slots = mem_array(size, sizeof *b->slots);
    if (!b->slots) return fail(e, ERR_MEMORY, "no memory for %llu merges", (unsigned long long)array.n);
    for (uint32_t i = 0; i < size; i++) b->slots[i].rank = BPE_NONE;
    map_bytes(b, v);
    return read_merges(b, v, &array, e);
}

void bpe_clear(bpe *b) {
    mem_free(b->slots);
    b->slots = NULL;
}

/* ---- Encoding ---- */

typedef struct bpe_symbol {
    uint32_t id;
    uint32_t before, after; /* indices; BPE_NONE at either end */
    uint32_t rank, whole;   /* of the merge with the one after; BPE_NONE for none */
} bpe_symbol;

void bpe_work_clear(bpe_work *w) {
    mem_free(w->symbols);
    mem_free(w->heap);
    *w = (bpe_work){0};
}

static int grow(void **p, size_t *cap, size_t each, size_t need, err *e) {
    size_t n = *cap > need / 2 ? *cap * 2 : need;
    void *q = n > SIZE_MAX / each ? NULL : mem_grow(*p, n * each);
    if (!q) return fail(e, ERR_MEMORY, "no memory to split a word of %zu bytes into tokens", need);
    *p = q;
    *cap = n;
    return OK;
}

static void find_merge(const bpe *b, bpe_symbol *s, uint32_t i) {
    s[i].rank = BPE_NONE;
    if (s[i].after == BPE_NONE) return;
    const bpe_merge *m = slot_of(b, s[i].id, s[s[i].after].id);
    s[i].rank = m->rank;
    s[i].whole = m->whole;
}

/* Puts symbol i and the one after it together. */
static void merge(const bpe *b, bpe_symbol *s, uint32_t i) {
    s[i].id = s[i].whole;
    s[s[i].after].rank = BPE_NONE;
    s[i].after = s[s[i].after].after;
    if (s[i].after != BPE_NONE) s[s[i].after].before = i;
    find_merge(b, s, i);
    if (s[i].before != BPE_NONE) find_merge(b, s, s[i].before);
}

static void merge_searching(const bpe *b, bpe_symbol *s) {
    for (;;) {
        uint32_t best = 0;
        for (uint32_t i = s[0].after; i != BPE_NONE; i = s[i].after)
            if (s[i].rank < s[best].rank) best = i;
        if (s[best].rank == BPE_NONE) return;
        merge(b, s, best);
    }
}

static int heap_push(bpe_work *w, uint32_t i, err *e) {
    uint32_t rank = w->symbols[i].rank;
    if (rank == BPE_NONE) return OK;
    if (w->heap_n == w->heap_cap) {
        void *p = w->heap;
        int rc = grow(&p, &w->heap_cap, sizeof *w->heap, w->heap_n + 64, e);
        if (rc) return rc;
        w->heap = p;
    }
    uint64_t item = (uint64_t)rank << 32 | i;
    size_t at = w->heap_n++;
    for (; at && w->heap[(at - 1) / 2] > item; at = (at - 1) / 2) w->heap[at] = w->heap[(at - 1) / 2];
    w->heap[at] = item;
    return OK;
}

static uint64_t heap_pop(bpe_work *w) {
    uint64_t *h = w->heap, top = h[0], item = h[--w->heap_n];
    size_t at = 0, n = w->heap_n;
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && h[child + 1] < h[child]) child++;
        if (h[child] >= item) break;
        h[at] = h[child];
    }
    h[at] = item;
    return top;
}

static int merge_by_heap(const bpe *b, bpe_work *w, uint32_t n, err *e) {
    int rc = OK;
    w->heap_n = 0;
    for (uint32_t i = 0; i < n && !rc; i++) rc = heap_push(w, i, e);
    while (!rc && w->heap_n) {
        uint64_t item = heap_pop(w);
        uint32_t i = (uint32_t)item;
        bpe_symbol *s = w->symbols;
        if (s[i].rank != item >> 32) continue;
        merge(b, s, i);
        rc = heap_push(w, i, e);
        if (!rc && s[i].before != BPE_NONE) rc = heap_push(w, s[i].before, e);
    }
    return rc;
}

/* One symbol for each byte that has a token. */
static uint32_t set_symbols(const bpe *b, bpe_symbol *s, bytes piece) {
    uint32_t n = 0;
    for (size_t i = 0; i < piece.len; i++) {
        uint32_t id = b->byte_id[piece.ptr[i]];
        if (id == BPE_NONE) continue;
        s[n] =
            (bpe_symbol){.id = id, .before = n - 1, .after = n + 1, .rank = BPE_NONE}; /* before the first: BPE_NONE */
        n++;
    }
    if (n) s[n - 1].after = BPE_NONE;
    for (uint32_t i = 0; i < n; i++) find_merge(b, s, i);
    return n;
}

int bpe_encode(const bpe *b, bpe_work *w, bytes piece, ids *out, err *e) {
    int rc = OK;
    if (piece.len > w->cap) {
        void *p = w->symbols;
        rc = grow(&p, &w->cap, sizeof *w->symbols, piece.len, e);
        if (rc) return rc;
        w->symbols = p;
    }
    uint32_t n = set_symbols(b, w->symbols, piece);
    if (!n) return OK;
    if (n <= SEARCHED) merge_searching(b, w->symbols);
    else rc = merge_by_heap(b, w, n, e);
    for (uint32_t i = 0; i != BPE_NONE && !rc; i = w->symbols[i].after) rc = ids_add(out, (int32_t)w->symbols[i].id, e);
    return rc;
}
