/* The places of a model's tensors: one row says name, kind, shape and pointer. */
#include <stdio.h>

#include "base/mem.h"
#include "model/load_impl.h"

enum dim { DIM_ONE, DIM_EMBD, DIM_Q, DIM_KV, DIM_FF, DIM_VOCAB, DIM_ROPE };
enum { SLOT_MATRIX = 0, SLOT_VECTOR = 1, SLOT_OPTIONAL = 2 };

typedef struct slot {
    const char *name;
    int flags;
    enum dim cols, rows; /* of a vector: cols values */
    size_t at;           /* offset of the matrix or the float * in struct model or struct layer */
} slot;

static const slot model_slots[] = {
    {"token_embd.weight", SLOT_MATRIX, DIM_EMBD, DIM_VOCAB, offsetof(model, embd)},
    {"output.weight", SLOT_MATRIX | SLOT_OPTIONAL, DIM_EMBD, DIM_VOCAB, offsetof(model, output)},
    {"output_norm.weight", SLOT_VECTOR, DIM_EMBD, DIM_ONE, offsetof(model, output_norm)},
    {"rope_freqs.weight", SLOT_VECTOR | SLOT_OPTIONAL, DIM_ROPE, DIM_ONE, offsetof(model, rope_factors)},
};

/* Under "blk.<layer>." */
static const slot layer_slots[] = {
    {"attn_norm.weight", SLOT_VECTOR, DIM_EMBD, DIM_ONE, offsetof(layer, attn_norm)},
    {"attn_q.weight", SLOT_MATRIX, DIM_EMBD, DIM_Q, offsetof(layer, wq)},
    {"attn_k.weight", SLOT_MATRIX, DIM_EMBD, DIM_KV, offsetof(layer, wk)},
    {"attn_v.weight", SLOT_MATRIX, DIM_EMBD, DIM_KV, offsetof(layer, wv)},
    {"attn_output.weight", SLOT_MATRIX, DIM_Q, DIM_EMBD, offsetof(layer, wo)},
    {"attn_q.bias", SLOT_VECTOR | SLOT_OPTIONAL, DIM_Q, DIM_ONE, offsetof(layer, bq)},
    {"attn_k.bias", SLOT_VECTOR | SLOT_OPTIONAL, DIM_KV, DIM_ONE, offsetof(layer, bk)},
    {"attn_v.bias", SLOT_VECTOR | SLOT_OPTIONAL, DIM_KV, DIM_ONE, offsetof(layer, bv)},
    {"attn_output.bias", SLOT_VECTOR | SLOT_OPTIONAL, DIM_EMBD, DIM_ONE, offsetof(layer, bo)},
    {"ffn_norm.weight", SLOT_VECTOR, DIM_EMBD, DIM_ONE, offsetof(layer, ffn_norm)},
    {"ffn_gate.weight", SLOT_MATRIX, DIM_EMBD, DIM_FF, offsetof(layer, gate)},
    {"ffn_up.weight", SLOT_MATRIX, DIM_EMBD, DIM_FF, offsetof(layer, up)},
    {"ffn_down.weight", SLOT_MATRIX, DIM_FF, DIM_EMBD, offsetof(layer, down)},
};

enum {
    N_MODEL_SLOTS = sizeof model_slots / sizeof *model_slots,
    N_LAYER_SLOTS = sizeof layer_slots / sizeof *layer_slots
};

static uint64_t dim_value(const hparams *hp, enum dim d) {
    switch (d) {
    case DIM_EMBD:
        return hp->n_embd;
    case DIM_Q:
        return (uint64_t)hp->n_head * hp->head_dim;
    case DIM_KV:
        return (uint64_t)hp->n_head_kv * hp->head_dim;
    case DIM_FF:
        return hp->n_ff;
    case DIM_VOCAB:
        return hp->n_vocab;
    case DIM_ROPE:
        return hp->rope_dim / 2;
    case DIM_ONE:
        break;
    }
    return 1;
}

static place slot_place(const slot *s, void *base) {
    char *p = (char *)base + s->at;
    return s->flags & SLOT_VECTOR ? (place){.vec = (float **)(void *)p} : (place){.mat = (matrix *)(void *)p};
}

static bool place_filled(place p) { return p.vec ? *p.vec != NULL : p.mat->data != NULL; }

/* Splits "blk.12.rest" into 12 and rest; false where the name is not of that form. */
static bool layer_name(bytes name, uint32_t *index, bytes *rest) {
    size_t i = 4;
    uint32_t n = 0;
    if (name.len < 7 || memcmp(name.ptr, "blk.", 4)) return false;
    for (; i < name.len && name.ptr[i] >= '0' && name.ptr[i] <= '9' && i < 10; i++) n = n * 10 + (name.ptr[i] - '0');
    if (i == 4 || i >= name.len || name.ptr[i] != '.' || (name.ptr[4] == '0' && i > 5)) return false;
    *index = n;
    *rest = bytes_of(name.ptr + i + 1, name.len - i - 1);
    return true;
}

static const slot *slot_named(const slot *s, int n, bytes name) {
    for (int i = 0; i < n; i++)
        if (bytes_is(name, s[i].name)) return &s[i];
    return NULL;
}

int slots_find(place *out, model *m, const tensor *t, err *e) {
    int name_len = (int)t->name.len;
    const char *name = (const char *)t->name.ptr;
    uint32_t index = 0;
    bytes rest;
    void *base = m;
    const slot *s;
    if (layer_name(t->name, &index, &rest)) {
        if (index >= m->hp.n_layer)
            return fail(e, ERR_CORRUPT, "tensor %.*s: there are only %u layers", name_len, name,
                        (unsigned)m->hp.n_layer);
        base = &m->layers[index];
        s = slot_named(layer_slots, N_LAYER_SLOTS, rest);
    } else {
        s = slot_named(model_slots, N_MODEL_SLOTS, t->name);
    }
    if (!s)
        return fail(e, ERR_UNSUPPORTED, "tensor %.*s has no place in architecture %s", name_len, name, m->arch->name);
    uint64_t cols = dim_value(&m->hp, s->cols), rows = dim_value(&m->hp, s->rows);
    if (t->dim[0] != cols || t->dim[1] != rows || t->dim[2] != 1 || t->dim[3] != 1)
        return fail(e, ERR_CORRUPT, "tensor %.*s: shape %llu x %llu, but the metadata makes it %llu x %llu", name_len,
                    name, (unsigned long long)t->dim[0], (unsigned long long)t->dim[1], (unsigned long long)cols,
                    (unsigned long long)rows);
    *out = slot_place(s, base);
    if (place_filled(*out)) return fail(e, ERR_CORRUPT, "tensor %.*s occurs twice", name_len, name);
    return OK;
}

static const char *first_missing(const slot *s, int n, void *base) {
    for (int i = 0; i < n; i++)
        if (!(s[i].flags & SLOT_OPTIONAL) && !place_filled(slot_place(&s[i], base))) return s[i].name;
    return NULL;
}

int slots_complete(model *m, err *e) {
    const char *missing = first_missing(model_slots, N_MODEL_SLOTS, m);
    if (missing) return fail(e, ERR_CORRUPT, "tensor %s is missing", missing);
    for (uint32_t l = 0; l < m->hp.n_layer; l++) {
        missing = first_missing(layer_slots, N_LAYER_SLOTS, &m->layers[l]);
        if (missing) return fail(e, ERR_CORRUPT, "tensor blk.%u.%s is missing", (unsigned)l, missing);
    }
    if (!m->output.data) m->output = m->embd;
    return OK;
}

static void clear(const slot *s, int n, void *base) {
    for (int i = 0; i < n; i++) {
        place p = slot_place(&s[i], base);
        mem_free(p.vec ? (void *)*p.vec : (void *)p.mat->data);
    }
}

void slots_clear(model *m) {
    if (m->output.data == m->embd.data) m->output.data = NULL;
    clear(model_slots, N_MODEL_SLOTS, m);
    for (uint32_t l = 0; m->layers && l < m->hp.n_layer; l++) clear(layer_slots, N_LAYER_SLOTS, &m->layers[l]);
}
