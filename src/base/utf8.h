/* UTF-8 (RFC 3629: no surrogates, nothing above U+10FFFF, shortest form only). */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/buf.h"

/* Reads one code point at s.ptr[0] (s.len > 0) and stores how many bytes it took (>= 1). Where the bytes are not
 * UTF-8 the result is U+FFFD and *used covers the maximal subpart (Unicode 15, section 3.9, what browsers do). */
uint32_t utf8_decode(bytes s, size_t *used);
/* Writes 1..4 bytes and returns how many; anything not a scalar value is written as U+FFFD. */
size_t utf8_encode(uint8_t out[4], uint32_t c);
bool utf8_valid(bytes s);
/* Appends s to out with every ill-formed subpart replaced by U+FFFD. */
void utf8_clean(buf *out, bytes s);
/* How many bytes at the end of s are the beginning of a code point that is not complete yet: 0..3. */
size_t utf8_partial(bytes s);

#endif
