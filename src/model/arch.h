/* An architecture is a description: which of the shared blocks it is made of. Code asks for a feature, never a name.
 * To add one: arch_<name>.c with its row, a line in arch_list.h, a golden vector in tests/golden/logits. */
#ifndef MODEL_ARCH_H
#define MODEL_ARCH_H

#include "base/bytes.h"

/* How rotary embedding pairs up the values of a head (GGUF files of the llama family have their q and k rows permuted
 * for ROPE_PAIRS). */
enum arch_rope { ROPE_PAIRS, ROPE_HALVES };

typedef struct arch {
    const char *name; /* general.architecture; also the prefix of its metadata keys */
    enum arch_rope rope;
} arch;

/* NULL where the name is not in arch_list.h. */
const arch *arch_find(bytes name);
/* The names there are, "llama, ...", for messages. */
const char *arch_names(void);

#endif
