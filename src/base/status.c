/* One clean line for every failure. What the line says is the caller's business. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

/* Characters that would break the line, or show it in another order than it was written. */
static bool is_unprintable(uint32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* Replaces what must not reach a terminal or a page by '?', in place: no replacement is longer than what it replaces.
 */
static void clean_line(char *text, size_t len) {
    size_t in = 0, out = 0;
    while (in < len) {
        size_t used;
        uint32_t c = utf8_decode(bytes_of(text + in, len - in), &used);
        bool broken = c == 0xfffd && (used < 3 || (uint8_t)text[in] != 0xef); /* and not U+FFFD itself */
        if (broken || is_unprintable(c)) text[out++] = '?';
        else
            for (size_t i = 0; i < used; i++) text[out++] = text[in + i];
        in += used;
    }
    text[out] = 0;
}

int fail(err *e, int code, const char *format, ...) {
    if (!e) return code;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
    size_t len = n < 0 ? 0 : (size_t)n;
    if (len >= sizeof e->text) {
        len = sizeof e->text - 1;
        len -= utf8_partial(bytes_of(e->text, len));
    }
    clean_line(e->text, len);
    e->code = code;
    return code;
}

const char *status_name(int code) {
    static const char *const name[STATUS_COUNT] = {
        [OK] = "OK",
        [ERR_MEMORY] = "ERR_MEMORY",
        [ERR_CORRUPT] = "ERR_CORRUPT",
        [ERR_UNSUPPORTED] = "ERR_UNSUPPORTED",
        [ERR_ARGUMENT] = "ERR_ARGUMENT",
        [ERR_TOO_LONG] = "ERR_TOO_LONG",
        [ERR_STATE] = "ERR_STATE",
        [ERR_NUMERIC] = "ERR_NUMERIC",
        [ERR_IO] = "ERR_IO",
        [ERR_NETWORK] = "ERR_NETWORK",
        [ERR_STORAGE] = "ERR_STORAGE",
        [ERR_DIGEST] = "ERR_DIGEST",
        [ERR_CANCELLED] = "ERR_CANCELLED",
        [ERR_NOT_FOUND] = "ERR_NOT_FOUND",
    };
    return code >= 0 && code < STATUS_COUNT && name[code] ? name[code] : "ERR_UNKNOWN";
}
