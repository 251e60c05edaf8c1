/* The growing byte string. */
#include "base/buf.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/utf8.h"

void buf_clear(buf *b) {
    mem_free(b->ptr);
    *b = (buf){.max = b->max};
}

void buf_reset(buf *b) {
    b->len = 0;
    b->bad = OK;
    if (b->ptr) b->ptr[0] = 0;
}

/* Makes room for n more bytes and the final 0; returns where they go, NULL where nothing may be appended. */
static uint8_t *reserve(buf *b, size_t n) {
    if (b->bad) return NULL;
    if (b->max && n > b->max - b->len) {
        b->bad = ERR_TOO_LONG;
        return NULL;
    }
    if (n >= b->cap - b->len) { /* cap > len once there is memory, both 0 before */
        size_t least = b->len + n + 1, twice = b->cap > SIZE_MAX / 2 ? least : b->cap * 2;
        size_t cap = least < 64 ? 64 : least;
        uint8_t *p = least > n ? mem_grow(b->ptr, cap < twice ? twice : cap) : NULL;
        if (!p) {
            b->bad = ERR_MEMORY;
            return NULL;
        }
        b->ptr = p;
        b->cap = cap < twice ? twice : cap;
    }
    return b->ptr + b->len;
}

static void commit(buf *b, size_t n) {
    b->len += n;
    b->ptr[b->len] = 0;
}

void buf_put(buf *b, const void *p, size_t n) {
    uint8_t *to = reserve(b, n);
    if (!to) return;
    if (n) memcpy(to, p, n);
    commit(b, n);
}

void buf_byte(buf *b, uint8_t c) { buf_put(b, &c, 1); }
void buf_str(buf *b, const char *s) { buf_put(b, s, strlen(s)); }
void buf_bytes(buf *b, bytes s) { buf_put(b, s.ptr, s.len); }

void buf_printf(buf *b, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    uint8_t *to = n < 0 ? NULL : reserve(b, (size_t)n);
    if (to) {
        vsnprintf((char *)to, (size_t)n + 1, format, again);
        commit(b, (size_t)n);
    }
    va_end(again);
    va_end(args);
}

/* The letter of the short escape of c, 0 where there is none. */
static char short_escape(uint32_t c) {
    switch (c) {
    case '"':
        return '"';
    case '\\':
        return '\\';
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

void buf_json_str(buf *b, bytes s) {
    buf_byte(b, '"');
    for (size_t i = 0, used; i < s.len; i += used) {
        uint32_t c = utf8_decode(bytes_of(s.ptr + i, s.len - i), &used);
        uint8_t out[4];
        char letter = short_escape(c);
        if (letter) buf_put(b, (char[]){'\\', letter}, 2);
        else if (c < 0x20 || c == 0x7f) buf_printf(b, "\\u%04x", (unsigned)c);
        else buf_put(b, out, utf8_encode(out, c));
    }
    buf_byte(b, '"');
}

void buf_json_num(buf *b, double v) {
    char text[32];
    double back = NAN;
    if (!isfinite(v)) {
        buf_str(b, "null");
        return;
    }
    /* A normal double that any decimal of up to 15 digits names is printed as that decimal by %.15g (which drops the
     * zeros at its end); subnormals carry fewer digits. */
    for (int digits = fabs(v) < 0x1p-1022 ? 1 : 15; digits <= 17 && back != v; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        back = strtod(text, NULL);
    }
    buf_str(b, text);
}

int buf_status(const buf *b, err *e) {
    if (b->bad == ERR_TOO_LONG) return fail(e, b->bad, "the text is longer than its limit of %zu bytes", b->max);
    if (b->bad) return fail(e, b->bad, "no memory for a text of more than %zu bytes", b->len);
    return OK;
}
