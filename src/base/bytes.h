/* Borrowed bytes, and a cursor over bytes from outside whose error sticks. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Borrowed: whoever made it says how long it lives. Not 0-terminated. ptr may be NULL where len is 0. */
typedef struct bytes {
    const uint8_t *ptr;
    size_t len;
} bytes;

static inline bytes bytes_of(const void *p, size_t n) { return (bytes){p, n}; }
static inline bytes bytes_str(const char *s) { return (bytes){(const uint8_t *)s, strlen(s)}; }
static inline bool bytes_eq(bytes a, bytes b) { return a.len == b.len && (a.len == 0 || !memcmp(a.ptr, b.ptr, a.len)); }
static inline bool bytes_is(bytes a, const char *s) { return bytes_eq(a, bytes_str(s)); }
/* < 0, 0 or > 0 as a comes before b, is the same, or comes after: by unsigned bytes, a beginning before the whole. */
static inline int bytes_order(bytes a, bytes b) {
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.ptr, b.ptr, n) : 0;
    return order ? order : a.len < b.len ? -1 : a.len > b.len;
}

/* The value of a hexadecimal digit, of either case; -1 where c is none (an end of -1, too). */
static inline int hex_digit(int c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* n <= 8 bytes, the first the lowest. */
static inline uint64_t le_bytes(const uint8_t *p, size_t n) {
    uint64_t v = 0;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (n == 8) { /* one load: vocabularies are read by the hundred thousand */
        memcpy(&v, p, 8);
        return v;
    }
#endif
    for (size_t i = n; i-- > 0;) v = v << 8 | p[i];
    return v;
}

/* Little-endian reader. A read past the end sets `bad`, returns 0 and moves nothing; later reads fail too. */
typedef struct reader {
    bytes src;
    size_t pos; /* <= src.len */
    bool bad;
} reader;

static inline reader rd_init(bytes src) { return (reader){src, 0, false}; }
uint8_t rd_u8(reader *r);
uint16_t rd_u16(reader *r);
uint32_t rd_u32(reader *r);
uint64_t rd_u64(reader *r);
float rd_f32(reader *r);
double rd_f64(reader *r);
/* The next n bytes, borrowed from src. */
bytes rd_bytes(reader *r, uint64_t n);
static inline size_t rd_left(const reader *r) { return r->src.len - r->pos; }

/* Products and sums of sizes from outside: false when they do not fit 64 bits, *out then untouched. */
bool mul_u64(uint64_t a, uint64_t b, uint64_t *out);
bool add_u64(uint64_t a, uint64_t b, uint64_t *out);

#endif
