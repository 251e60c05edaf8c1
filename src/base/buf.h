/* A byte string that grows, for everything that is written: text, JSON, token pieces. Its error sticks, so that a
 * writer checks once at the end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/bytes.h"
#include "base/status.h"

typedef struct buf {
    uint8_t *ptr; /* always followed by a 0 byte once anything was written; owned */
    size_t len, cap;
    size_t max; /* no longer than this; 0 = no limit */
    int bad;    /* OK, ERR_MEMORY, or ERR_TOO_LONG where max was reached; nothing is appended from then on */
} buf;

/* Storage is the caller's: start from (buf){0}. */
void buf_clear(buf *b); /* frees, back to (buf){.max = b->max} */
void buf_reset(buf *b); /* empties and forgives, keeps the memory */
void buf_put(buf *b, const void *p, size_t n);
void buf_byte(buf *b, uint8_t c);
void buf_str(buf *b, const char *s);
void buf_bytes(buf *b, bytes s);
void buf_printf(buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The bytes as a JSON string with its quotes; what is not UTF-8 becomes U+FFFD, so the result always parses. */
void buf_json_str(buf *b, bytes s);
/* A number JSON can hold: the shortest decimal that reads back the same double (17 digits at most); NaN and infinities
 * become null. */
void buf_json_num(buf *b, double v);
static inline bytes buf_view(const buf *b) { return (bytes){b->ptr, b->len}; } /* valid until the next write */
/* OK, or fills *e for what went wrong. */
int buf_status(const buf *b, err *e);

#endif
