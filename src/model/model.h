/* A transformer's weights, and its forward pass. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "base/pool.h"
#include "kernels/kernels.h"
#include "model/arch.h"
#include "model/kv.h"
#include "tensor/gguf.h"

/* The shape, read from metadata and checked against limits and against each other. */
typedef struct hparams {
    uint32_t n_layer, n_embd, n_head, n_head_kv, head_dim, n_ff, n_vocab;
    uint32_t n_ctx_train;
    uint32_t rope_dim; /* values of a head that are rotated: even, <= head_dim */
    float norm_eps;
    float rope_base;
    float rope_factor;  /* positions are divided by this (linear, YaRN); 1 = no scaling */
    float rope_attn;    /* factor on cos and sin (YaRN), else 1 */
    uint32_t rope_orig; /* YaRN: the context it was trained with first; 0 = not YaRN */
} hparams;

/* One layer's weights. Matrices are [rows, cols]; a vector that the file does not have is NULL. */
typedef struct layer {
    float *attn_norm, *ffn_norm; /* [n_embd] */
    matrix wq;                   /* [n_head * head_dim, n_embd] */
    matrix wk, wv;               /* [n_head_kv * head_dim, n_embd] */
    matrix wo;                   /* [n_embd, n_head * head_dim] */
    float *bq, *bk, *bv, *bo;    /* biases of the four */
    matrix gate, up;             /* [n_ff, n_embd] */
    matrix down;                 /* [n_embd, n_ff] */
} layer;

typedef struct model {
    const arch *arch;
    hparams hp;
    bool exact;                         /* multiply float activations instead of int8 */
    matrix embd;                        /* [n_vocab, n_embd] */
    matrix output;                      /* [n_vocab, n_embd]; shares embd's data where the file has none of its own */
    float *output_norm;                 /* [n_embd] */
    float *rope_factors;                /* [rope_dim / 2] divisors of the frequencies (Llama 3.1), or NULL */
    double *rope_freq;                  /* [rope_dim / 2] */
    layer *layers;                      /* [n_layer] */
    uint64_t n_params, weights_bytes;   /* values in the file; bytes held for weights */
    uint32_t n_type[TENSOR_TYPE_COUNT]; /* tensors by type */
} model;

/* ---- Loading: model_load.c ----
 * A loader takes a model's files as a stream of bytes, from the first file's first byte to the last one's last, in
 * pieces of any size. Weights are checked and repacked as they pass. */
typedef struct loader loader;
enum { LOADER_FILES_MAX = 256 };
typedef struct loader_options {
    const uint64_t *file_sizes; /* [n_files], copied */
    uint32_t n_files;
    bool exact;
    bool check; /* refuse NaN and infinite scales and weights */
    pool *pool; /* for repacking; borrowed until loader_close */
} loader_options;

int loader_open(loader **out, const loader_options *o, err *e);
/* `piece` may go afterwards. After a failure only loader_close() is allowed. */
int loader_push(loader *l, bytes piece, err *e);
/* The first file's metadata once its head has passed, else NULL. Borrowed from the loader, then from the model's
 * keeper: see loader_end. */
const gguf *loader_gguf(const loader *l);
/* The shape once the first file's head has passed, else NULL. */
const hparams *loader_hparams(const loader *l);
/* After the last byte: moves the model to *out (pair: model_close) and the first file's metadata with the bytes it
 * borrows from to *meta and *head (pairs: gguf_close, then mem_free). ERR_CORRUPT where bytes or tensors are missing.
 * The loader still needs loader_close(). */
int loader_end(loader *l, model **out, gguf **meta, uint8_t **head, err *e);
void loader_close(loader *l);

void model_close(model *m);

/* ---- Running: model_forward.c ---- */
enum { MODEL_BATCH = 64 }; /* tokens computed together: a tile's weights are read once for all of them */

/* Tokens of one text in a batch: n of them, at positions kv->n .. kv->n + n - 1 of its cache. */
typedef struct model_span {
    kv *c;
    const int32_t *ids;
    int n;
} model_span;

/* Storage for a forward pass; made once for a session. */
typedef struct scratch scratch;
int scratch_open(scratch **out, const model *m, int n_threads, err *e);
void scratch_close(scratch *s);
/* The cache that suits the model: floats where it is exact. */
kv_shape model_kv_shape(const model *m);

/* Computes the tokens of the spans together, 1..MODEL_BATCH in all, each span's with a cache of its own, and appends
 * their keys and values there. Ids must be in the vocabulary. ERR_TOO_LONG where a cache is full, ERR_MEMORY where one
 * cannot grow; no text is then longer. What comes out does not depend on what else is in the batch. */
int model_forward(const model *m, scratch *s, pool *p, const model_span *spans, int n_spans, err *e);
/* The final state [n_embd] of the i-th token of the last model_forward(), behind the last norm. Borrowed from s until
 * the next call. */
const float *model_state(const model *m, const scratch *s, int i);
/* Logits [n, n_vocab] of n tokens of the last model_forward(), by their place in it, in ascending order. Borrowed from
 * s until the next call; tokens asked for once cannot be asked for again where n > 1. ERR_NUMERIC where any is not
 * finite. */
int model_logits(const model *m, scratch *s, pool *p, const int *rows, int n, const float **logits, err *e);

#endif
