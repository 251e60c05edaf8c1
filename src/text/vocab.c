/* Reading a vocabulary, and a hash table over it. Its slots hold ids, not texts: at two slots a token and 8 bytes a
 * slot it is a sixth of what base/map would take, and is filled in half the time. */
#include "text/vocab_impl.h"

#include "base/mem.h"

static const char tokens_key[] = "tokenizer.ggml.tokens", types_key[] = "tokenizer.ggml.token_type";

enum { LENGTH_BYTES = 8 };

bytes vocab_piece(const vocab *v, uint32_t id) {
    reader r = {.src = v->list, .pos = v->at[id] - LENGTH_BYTES};
    return rd_bytes(&r, rd_u64(&r));
}

/* Texts are short, so every byte is mixed in by itself. The seed, a hash of the whole head, goes in first: which texts
 * collide changes with every byte of the file, so a file cannot be made of texts that do. */
static uint64_t hash_add(uint64_t h, bytes s) {
    for (size_t i = 0; i < s.len; i++) {
        h = (h ^ s.ptr[i]) * UINT64_C(0xd6e8feb86659fd93);
        h ^= h >> 32;
    }
    return h;
}

static uint32_t hash_of(uint64_t seed, bytes a, bytes b) { return (uint32_t)hash_add(hash_add(seed, a), b); }

static bool is_text(bytes s, bytes a, bytes b) {
    return s.len == a.len + b.len && (!a.len || !memcmp(s.ptr, a.ptr, a.len)) &&
           (!b.len || !memcmp(s.ptr + a.len, b.ptr, b.len));
}

static vocab_slot *slot_of(const vocab *v, bytes a, bytes b, uint32_t hash) {
    uint32_t i = hash & v->mask;
    for (; v->slots[i].id != VOCAB_NONE; i = (i + 1) & v->mask)
        if (v->slots[i].hash == hash && is_text(vocab_piece(v, v->slots[i].id), a, b)) break;
    return &v->slots[i];
}

uint32_t vocab_find(const vocab *v, bytes a, bytes b) { return slot_of(v, a, b, hash_of(v->seed, a, b))->id; }

static int make_room(vocab *v, uint64_t n, err *e) {
    uint32_t size = 16;
    while (size < n * 2) size *= 2;
    v->mask = size - 1;
    v->at = mem_array(n, sizeof *v->at);
    v->type = mem_array(n, sizeof *v->type);
    v->slots = mem_array(size, sizeof *v->slots);
    if (!v->at || !v->type || !v->slots) return fail(e, ERR_MEMORY, "no memory for %u tokens", (unsigned)n);
    memset(v->slots, 0xff, size * sizeof *v->slots);
    memset(v->type, TOKEN_NORMAL, n);
    return OK;
}

static int read_texts(vocab *v, const gguf_value *array, err *e) {
    static const bytes none;
    size_t it = 0;
    bytes text;
    for (v->n = 0; v->n < array->n && gguf_next_str(array, &it, &text); v->n++) {
        if (text.len > VOCAB_PIECE_MAX)
            return fail(e, ERR_CORRUPT, "%s: token %u has %zu bytes", tokens_key, (unsigned)v->n, text.len);
        v->at[v->n] = (uint32_t)(text.ptr - v->list.ptr);
        if (!text.len) continue;
        uint32_t hash = hash_of(v->seed, text, none);
        vocab_slot *s = slot_of(v, text, none, hash);
        if (s->id != VOCAB_NONE)
            return fail(e, ERR_CORRUPT, "%s: \"%.*s\" is both token %u and %u", tokens_key,
                        (int)(text.len < 64 ? text.len : 64), (const char *)text.ptr, (unsigned)s->id, (unsigned)v->n);
        *s = (vocab_slot){hash, v->n};
    }
    if (v->n != array->n) return fail(e, ERR_CORRUPT, "%s is cut short", tokens_key);
    return OK;
}

static int read_types(vocab *v, const gguf *g, err *e) {
    gguf_value types;
    if (!gguf_get(g, types_key, &types)) return OK;
    if (types.type != GGUF_ARRAY || types.item == GGUF_STRING || types.item == GGUF_ARRAY || types.n != v->n)
        return fail(e, ERR_CORRUPT, "%s is not an array of %u numbers, one for each token", types_key, (unsigned)v->n);
    for (uint32_t i = 0; i < v->n; i++) {
        double type = gguf_item(&types, i);
        if (!(type >= 0 && type < TOKEN_TYPES))
            return fail(e, ERR_CORRUPT, "%s: token %u is of type %g, which does not exist", types_key, (unsigned)i,
                        type);
        v->type[i] = (uint8_t)type;
    }
    return OK;
}

int vocab_init(vocab *v, const gguf *g, err *e) {
    gguf_value array;
    *v = (vocab){.seed = gguf_seed(g)};
    if (!gguf_get(g, tokens_key, &array) || array.type != GGUF_ARRAY || array.item != GGUF_STRING)
        return fail(e, ERR_CORRUPT, "%s is not there, or is not an array of texts", tokens_key);
    if (array.n < 1 || array.n > VOCAB_MAX)
        return fail(e, ERR_CORRUPT, "%s has %llu tokens, wanted 1 to %d", tokens_key, (unsigned long long)array.n,
                    VOCAB_MAX);
    v->list = array.data;
    int rc = make_room(v, array.n, e);
    if (!rc) rc = read_texts(v, &array, e);
    if (!rc) rc = read_types(v, g, e);
    return rc;
}

void vocab_clear(vocab *v) {
    mem_free(v->at);
    mem_free(v->type);
    mem_free(v->slots);
    *v = (vocab){0};
}
