/* What the parts of loading share: shape from metadata (hparams.c), places of tensors (slots.c), the stream (load.c).
 */
#ifndef MODEL_LOAD_IMPL_H
#define MODEL_LOAD_IMPL_H

#include "model/model.h"

/* Limits on what a file may claim (robustness: checked before anything is allocated). */
enum {
    MODEL_LAYERS_MAX = 1024,
    MODEL_HEADS_MAX = 1024,
    MODEL_HEAD_DIM_MAX = HEAD_DIM_MOST,
    MODEL_EMBD_MAX = 1 << 17,
    MODEL_FF_MAX = 1 << 20,
    MODEL_VOCAB_MAX = 1 << 21,
    MODEL_CONTEXT_MAX = 1 << 24
};

/* Reads and checks the architecture and its shape. */
int hparams_read(hparams *hp, const arch **a, const gguf *g, err *e);

/* Allocates m->rope_freq from hp and m->rope_factors. */
int hparams_rope(model *m, err *e);

/* Where a tensor goes: exactly one of the two is set. */
typedef struct place {
    matrix *mat;
    float **vec;
} place;

/* Finds the place of tensor `t` and checks its shape and type; ERR_CORRUPT or ERR_UNSUPPORTED name it. */
int slots_find(place *out, model *m, const tensor *t, err *e);
/* Every tensor that the architecture cannot do without is there; ties the output to the embedding. */
int slots_complete(model *m, err *e);
/* Frees what every place holds. */
void slots_clear(model *m);

#endif
