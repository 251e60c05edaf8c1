/* Sets of code points by their general category. */
#ifndef TEXT_UNICODE_H
#define TEXT_UNICODE_H

#include "base/bytes.h"

/* Calls `add` for each range of the set, from the lowest on: L, Lu, Ll, Lt, Lm, Lo, LC, M, N, P, S (Unicode 16.0), Any
 * and ASCII, also under their long names and behind "gc=". False where there is no such set here. */
bool unicode_set(bytes name, void (*add)(void *of, uint32_t lo, uint32_t hi), void *of);

#endif
