/* The cursor over bytes from outside. */
#include "base/bytes.h"

/* Where the next n <= 8 bytes stand, or NULL and a stuck reader. */
static const uint8_t *take(reader *r, size_t n) {
    if (r->bad || n > rd_left(r)) {
        r->bad = true;
        return NULL;
    }
    const uint8_t *p = r->pos ? r->src.ptr + r->pos : r->src.ptr; /* C does not define NULL + 0 */
    r->pos += n;
    return p;
}

static uint64_t read_le(reader *r, size_t n) {
    const uint8_t *p = take(r, n);
    return p ? le_bytes(p, n) : 0;
}

uint8_t rd_u8(reader *r) { return (uint8_t)read_le(r, 1); }
uint16_t rd_u16(reader *r) { return (uint16_t)read_le(r, 2); }
uint32_t rd_u32(reader *r) { return (uint32_t)read_le(r, 4); }
uint64_t rd_u64(reader *r) { return read_le(r, 8); }

float rd_f32(reader *r) {
    uint32_t bits = rd_u32(r);
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

double rd_f64(reader *r) {
    uint64_t bits = rd_u64(r);
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

bytes rd_bytes(reader *r, uint64_t n) {
    if (n > rd_left(r)) r->bad = true; /* compared as 64 bits, before it becomes a size_t */
    const uint8_t *p = r->bad ? NULL : take(r, (size_t)n);
    return p ? (bytes){p, (size_t)n} : (bytes){NULL, 0};
}

bool mul_u64(uint64_t a, uint64_t b, uint64_t *out) {
    uint64_t v;
    if (__builtin_mul_overflow(a, b, &v)) return false;
    *out = v;
    return true;
}

bool add_u64(uint64_t a, uint64_t b, uint64_t *out) {
    uint64_t v;
    if (__builtin_add_overflow(a, b, &v)) return false;
    *out = v;
    return true;
}
