/* What tokenizers have to know about code points: their class, and canonical composition. The tables are generated
 * (tests/golden/tokenizer/unicode.py): classes of Unicode 16.0, 10 KB; composition of Unicode 9.0, 21 KB, which are the
 * versions that the tokenizers package has. */
#ifndef TEXT_UNICODE_IMPL_H
#define TEXT_UNICODE_IMPL_H

#include "base/buf.h"

/* Every code point is in exactly one class, fine enough that each set which a pre-tokenizer names is a union of them.
 * The first eleven hold no ASCII, but for control characters. */
/* clang-format off */
enum unicode_class {
    UNICODE_LU, UNICODE_LL, UNICODE_LT, UNICODE_LM, UNICODE_LO, /* letters: general categories Lu, Ll, Lt, Lm, Lo */
    UNICODE_M, UNICODE_N, UNICODE_P, UNICODE_S,                 /* marks, numbers, punctuation, symbols */
    UNICODE_WS,                                                 /* White_Space but for blank, CR and LF */
    UNICODE_OTHER,                                              /* control, format, private, unassigned */
    UNICODE_UPPER, UNICODE_LOWER, UNICODE_DIGIT,                /* A-Z, a-z, 0-9 */
    UNICODE_SPACE,                                              /* the blank, U+0020 */
    UNICODE_NEWLINE,                                            /* CR, LF */
    UNICODE_SLASH, UNICODE_PUNCT,                               /* "/"; ASCII's other punctuation */
    UNICODE_SYMBOL, UNICODE_TICK,                               /* ASCII's symbols $ + < = > ^ | ~; its grave accent */
    UNICODE_CLASSES,
    /* In the table only: LU, LL, LU, LL ... of which the LU are the even or the odd code points. */
    UNICODE_PAIRS_EVEN = UNICODE_CLASSES, UNICODE_PAIRS_ODD
};
/* clang-format on */

extern const uint8_t unicode_ascii[128]; /* classes */
extern const uint32_t unicode_ranges[], unicode_marks[];
extern const uint64_t unicode_maps[];
extern const uint16_t unicode_wholes[];
extern const uint32_t unicode_ranges_n, unicode_marks_n, unicode_maps_n, unicode_wholes_n;

enum unicode_class unicode_class_of(uint32_t c);

/* Where in s the first code point is that NFC (Unicode Standard Annex 15) may change, or change what is before it: up
 * to the one before, s is normal. s.len where all of it is. Ill-formed UTF-8 counts as normal. */
size_t unicode_nfc_safe(bytes s);
/* Appends NFC of s. O(n log n). Errors stick in out. */
void unicode_nfc(buf *out, bytes s);

#endif
