/* A whole llama model of a few hundred kilobytes, made in memory: random weights from a seed, a byte-level vocabulary,
 * ChatML. For tests that need something that runs, on every variant, without a file. */
#ifndef UNIT_TINY_H
#define UNIT_TINY_H

#include "api/oa.h"
#include "base/buf.h"
#include "tensor/tensor.h"

typedef struct tiny {
    enum tensor_type type; /* of the matrices: F32, Q8_0, Q4_0 or Q4_1 */
    int n_layer;           /* default 2 */
    const char *pre;       /* tokenizer.ggml.pre, default "smollm" */
    const char *tpl;       /* chat template; NULL: ChatML */
    const char *arch;      /* default "llama" */
    int context;           /* default 256 */
    int split;             /* 0: whole; 1 or 2: that file of two */
    const char *leave_out; /* name of a tensor that is not written */
    float poison;          /* where not 0: the value of the first weight of output_norm */
    uint64_t seed;
} tiny;

enum { TINY_EMBD = 64, TINY_HEADS = 4, TINY_KV_HEADS = 2, TINY_FF = 96, TINY_VOCAB = 256 + 3 + 4 };

/* Appends the file to *out. */
void tiny_write(buf *out, const tiny *t);
/* Loads it into `o` in pieces of `piece` bytes; the status of the first call that failed, or OK. */
int tiny_load(oa *o, const tiny *t, size_t piece, const char *more_options);
/* The same with a file that is written already, for tests that load it many times. */
int tiny_load_file(oa *o, bytes file, size_t piece, const char *more_options);

#endif
