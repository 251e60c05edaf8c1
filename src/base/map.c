/* Hash map: open addressing with linear probing, at most half full. */
#include "base/map.h"

#include "base/mem.h"

typedef struct slot {
    bytes key; /* ptr NULL: empty */
    uint32_t hash, value;
} slot;

struct map {
    slot *slots; /* [size], size a power of two */
    size_t size, n;
    uint64_t seed;
};

static uint64_t rotl(uint64_t x, int k) { return x << k | x >> (64 - k); }

static void sip_round(uint64_t v[4]) {
    v[0] += v[1], v[1] = rotl(v[1], 13) ^ v[0], v[0] = rotl(v[0], 32);
    v[2] += v[3], v[3] = rotl(v[3], 16) ^ v[2];
    v[0] += v[3], v[3] = rotl(v[3], 21) ^ v[0];
    v[2] += v[1], v[1] = rotl(v[1], 17) ^ v[2], v[2] = rotl(v[2], 32);
}

/* The empty key is one, too, and has an address: slots without one are free. */
static bytes with_address(bytes key) {
    static const uint8_t nothing;
    return key.len ? key : bytes_of(&nothing, 0);
}

/* SipHash-1-3 (Aumasson and Bernstein) with the key (seed, ~seed). */
uint64_t map_hash(bytes s, uint64_t seed) {
    uint64_t v[4] = {seed ^ 0x736f6d6570736575, ~seed ^ 0x646f72616e646f6d, seed ^ 0x6c7967656e657261,
                     ~seed ^ 0x7465646279746573};
    size_t whole = s.len / 8 * 8;
    s = with_address(s);
    for (size_t i = 0; i <= whole; i += 8) {
        uint64_t m = i < whole ? le_bytes(s.ptr + i, 8) : le_bytes(s.ptr + i, s.len - whole) | (uint64_t)s.len << 56;
        v[3] ^= m;
        sip_round(v);
        v[0] ^= m;
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++) sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The slot that holds `key`, or the empty one where it belongs. */
static slot *find(const map *m, bytes key, uint32_t hash) {
    size_t i = hash & (m->size - 1);
    while (m->slots[i].key.ptr && (m->slots[i].hash != hash || !bytes_eq(m->slots[i].key, key)))
        i = (i + 1) & (m->size - 1);
    return &m->slots[i];
}

/* Moves to `size` slots, a power of two. */
static int resize(map *m, size_t size, err *e) {
    map old = *m;
    slot *slots = mem_array(size, sizeof *slots);
    if (!slots) return fail(e, ERR_MEMORY, "no memory for a table of %zu names", m->n);
    m->slots = slots;
    m->size = size;
    for (size_t i = 0; i < old.size; i++)
        if (old.slots[i].key.ptr) *find(m, old.slots[i].key, old.slots[i].hash) = old.slots[i];
    mem_free(old.slots);
    return OK;
}

int map_open(map **out, size_t n, uint64_t seed, err *e) {
    size_t size = 16;
    while (size < SIZE_MAX / 2 && size / 2 <= n) size *= 2;
    map *m = mem_new(sizeof *m);
    if (!m) return fail(e, ERR_MEMORY, "no memory for a table");
    m->seed = seed;
    int rc = resize(m, size, e);
    if (rc) map_close(m);
    else *out = m;
    return rc;
}

void map_close(map *m) {
    if (m) mem_free(m->slots);
    mem_free(m);
}

int map_put(map *m, bytes key, uint32_t value, uint32_t *old, err *e) {
    key = with_address(key);
    uint32_t hash = (uint32_t)map_hash(key, m->seed);
    slot *s = find(m, key, hash);
    if (old) *old = s->key.ptr ? s->value : MAP_NONE;
    if (s->key.ptr) {
        s->value = value;
        return OK;
    }
    if (m->n >= m->size / 2) {
        int rc = m->size > SIZE_MAX / 2 ? fail(e, ERR_MEMORY, "too many names") : resize(m, m->size * 2, e);
        if (rc) return rc;
        s = find(m, key, hash);
    }
    *s = (slot){key, hash, value};
    m->n++;
    return OK;
}

uint32_t map_get(const map *m, bytes key) {
    const slot *s = find(m, key, (uint32_t)map_hash(key, m->seed));
    return s->key.ptr ? s->value : MAP_NONE;
}
