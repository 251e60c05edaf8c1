/* Texts that stand for one token wherever they occur: control tokens such as <|im_end|>, and user-defined ones. */
#ifndef TEXT_SPECIAL_IMPL_H
#define TEXT_SPECIAL_IMPL_H

#include "base/buf.h"
#include "text/vocab_impl.h"

enum { SPECIAL_MAX = 255 }; /* bytes; longer texts are not looked for */

typedef struct special {
    const uint8_t *text;
    uint32_t len, id;
} special;

typedef struct special_set {
    special *list; /* [n], sorted by text */
    uint32_t n;
    uint32_t first[257]; /* those that begin with byte c: first[c] .. first[c + 1] */
} special_set;

/* The texts of the tokens whose types are in `types` (bits 1 << enum token_type). Texts that hold `shield` are left
 * out, so that it can keep others apart. ERR_MEMORY. Pair, also after failure: special_clear(). */
int special_init(special_set *s, const vocab *v, unsigned types, uint8_t shield, err *e);
void special_clear(special_set *s);

/* The longest text of the set that begins `text`; its id, or VOCAB_NONE. *len becomes its bytes. */
uint32_t special_match(const special_set *s, bytes text, size_t *len);
/* How `text` may begin one: the bytes of the shortest text of the set that begins it; all of text.len + 1 where `text`
 * itself is only the beginning of one; 0 for neither. */
size_t special_begins(const special_set *s, bytes text);

#endif
