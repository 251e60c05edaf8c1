/* UTF-8 by Unicode 15, table 3-7: what the second byte may be depends on the first, later ones are 80..BF. */
#include "base/utf8.h"

/* Length of the sequence that `lead` begins, 0 where none begins with it; lo..hi is the range of the second byte. */
static size_t sequence(uint8_t lead, uint8_t *lo, uint8_t *hi) {
    *lo = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    *hi = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (lead < 0x80) return 1;
    if (lead < 0xc2) return 0;
    if (lead < 0xe0) return 2;
    if (lead < 0xf0) return 3;
    return lead < 0xf5 ? 4 : 0;
}

/* How many of the first bytes of s belong to one well-formed sequence, complete or not, of *want bytes. */
static size_t well_formed(bytes s, size_t *want) {
    uint8_t lo, hi;
    *want = sequence(s.ptr[0], &lo, &hi);
    size_t n = *want != 0;
    for (; n < *want && n < s.len && s.ptr[n] >= lo && s.ptr[n] <= hi; n++) lo = 0x80, hi = 0xbf;
    return n;
}

uint32_t utf8_decode(bytes s, size_t *used) {
    static const uint8_t lead_bits[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    size_t want, n = well_formed(s, &want);
    *used = n ? n : 1;
    if (n == 0 || n < want) return 0xfffd;
    uint32_t c = s.ptr[0] & lead_bits[n];
    for (size_t i = 1; i < n; i++) c = c << 6 | (s.ptr[i] & 0x3f);
    return c;
}

size_t utf8_encode(uint8_t out[4], uint32_t c) {
    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) c = 0xfffd;
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; c >>= 6) out[i] = (uint8_t)(0x80 | (c & 0x3f));
    out[0] = (uint8_t)(0xf00 >> n | c); /* C0, E0, F0: as many ones as bytes */
    return n;
}

/* How far s is well formed. */
static size_t valid_prefix(bytes s) {
    size_t i = 0, want;
    while (i < s.len) {
        if (s.ptr[i] < 0x80) i++;
        else if (well_formed(bytes_of(s.ptr + i, s.len - i), &want) == want && want) i += want;
        else break;
    }
    return i;
}

bool utf8_valid(bytes s) { return valid_prefix(s) == s.len; }

void utf8_clean(buf *out, bytes s) {
    while (s.len) {
        size_t n = valid_prefix(s), used = 0;
        buf_put(out, s.ptr, n);
        if (n < s.len) {
            utf8_decode(bytes_of(s.ptr + n, s.len - n), &used);
            buf_str(out, "\xef\xbf\xbd");
        }
        s = bytes_of(s.ptr + n + used, s.len - n - used);
    }
}

size_t utf8_partial(bytes s) {
    size_t want;
    for (size_t k = s.len < 3 ? s.len : 3; k > 0; k--) {
        if (well_formed(bytes_of(s.ptr + s.len - k, k), &want) == k && k < want) return k;
    }
    return 0;
}
