/* Writes GGUF piece by piece, right or wrong, and sees what the reader says to it. */
#ifndef UNIT_GGUF_BYTES_H
#define UNIT_GGUF_BYTES_H

#include "base/buf.h"
#include "tensor/gguf.h"
#include "unit/test.h"

static inline void put_uint(buf *b, uint64_t v, int n) {
    for (int i = 0; i < n; i++) buf_byte(b, (uint8_t)(v >> 8 * i));
}
static inline void put_u32(buf *b, uint32_t v) { put_uint(b, v, 4); }
static inline void put_u64(buf *b, uint64_t v) { put_uint(b, v, 8); }

static inline void put_text(buf *b, bytes s) {
    put_u64(b, s.len);
    buf_bytes(b, s);
}
static inline void put_str(buf *b, const char *s) { put_text(b, bytes_str(s)); }

static inline void put_header(buf *b, uint32_t version, uint64_t n_tensors, uint64_t n_keys) {
    buf_str(b, "GGUF");
    put_u32(b, version);
    put_u64(b, n_tensors);
    put_u64(b, n_keys);
}

/* A key up to its value. */
static inline void put_key(buf *b, const char *name, uint32_t type) {
    put_str(b, name);
    put_u32(b, type);
}
static inline void put_array(buf *b, const char *name, uint32_t item, uint64_t n) {
    put_key(b, name, GGUF_ARRAY);
    put_u32(b, item);
    put_u64(b, n);
}
static inline void put_key_u32(buf *b, const char *name, uint32_t v) {
    put_key(b, name, GGUF_U32);
    put_u32(b, v);
}

static inline void put_tensor(buf *b, const char *name, uint32_t type, uint64_t dim0, uint64_t dim1, uint64_t offset) {
    put_str(b, name);
    put_u32(b, 2);
    put_u64(b, dim0);
    put_u64(b, dim1);
    put_u32(b, type);
    put_u64(b, offset);
}

/* Pads the head and appends n bytes of data. */
static inline void put_data(buf *b, size_t n) {
    while (b->len % 32) buf_byte(b, 0);
    for (size_t i = 0; i < n; i++) buf_byte(b, (uint8_t)i);
}

static inline int open_all(gguf **g, const buf *b, err *e) {
    uint64_t need = 1;
    int rc = gguf_open(g, buf_view(b), b->len, &need, e);
    CHECK_INT(need, 0);
    return rc;
}

/* Refused with this code, for this reason; empties the buffer. */
static inline void check_refused(buf *b, int code, const char *reason) {
    gguf *g = NULL;
    err e = {0, ""};
    int rc = open_all(&g, b, &e);
    bool as_wanted = rc == code && e.code == code && strstr(e.text, reason) != NULL;
    if (!as_wanted) printf("    got %s: %s\n wanted %s: %s\n", status_name(rc), e.text, status_name(code), reason);
    CHECK(as_wanted);
    CHECK(g == NULL);
    if (!rc) gguf_close(g);
    buf_clear(b);
}

static inline gguf *check_accepted(const buf *b) {
    gguf *g = NULL;
    err e = {0, ""};
    int rc = open_all(&g, b, &e);
    if (rc) printf("    %s\n", e.text);
    CHECK_INT(rc, OK);
    return g;
}

#endif
