/* A model's shape, from its metadata: every number has a range, and they are checked against each other. */
#include <stdio.h>

#include "base/mem.h"
#include "model/load_impl.h"

typedef struct keys {
    const gguf *g;
    const char *arch;
    char name[96];
} keys;

static const char *key(keys *k, const char *rest) {
    snprintf(k->name, sizeof k->name, "%s.%s", k->arch, rest);
    return k->name;
}

static bool has(keys *k, const char *rest) { return gguf_get(k->g, key(k, rest), NULL); }

static int read_count(keys *k, const char *rest, uint64_t hi, uint32_t *out, err *e) {
    uint64_t v;
    int rc = gguf_u64(k->g, key(k, rest), 1, hi, &v, e);
    if (!rc) *out = (uint32_t)v;
    return rc;
}

/* The same, but absent is `otherwise`. */
static int read_option(keys *k, const char *rest, uint64_t hi, uint32_t otherwise, uint32_t *out, err *e) {
    *out = otherwise;
    return has(k, rest) ? read_count(k, rest, hi, out, e) : OK;
}

static int read_float(keys *k, const char *rest, double lo, double hi, float otherwise, float *out, err *e) {
    *out = otherwise;
    return has(k, rest) ? gguf_f32(k->g, key(k, rest), lo, hi, out, e) : OK;
}

static int read_sizes(hparams *hp, keys *k, err *e) {
    gguf_value tokens;
    int rc = read_count(k, "block_count", MODEL_LAYERS_MAX, &hp->n_layer, e);
    if (!rc) rc = read_count(k, "embedding_length", MODEL_EMBD_MAX, &hp->n_embd, e);
    if (!rc) rc = read_count(k, "feed_forward_length", MODEL_FF_MAX, &hp->n_ff, e);
    if (!rc) rc = read_count(k, "context_length", MODEL_CONTEXT_MAX, &hp->n_ctx_train, e);
    if (!rc) rc = read_count(k, "attention.head_count", MODEL_HEADS_MAX, &hp->n_head, e);
    if (!rc) rc = read_option(k, "attention.head_count_kv", MODEL_HEADS_MAX, hp->n_head, &hp->n_head_kv, e);
    if (!rc) rc = read_option(k, "attention.key_length", MODEL_HEAD_DIM_MAX, hp->n_embd / hp->n_head, &hp->head_dim, e);
    if (rc) return rc;
    if (!gguf_get(k->g, "tokenizer.ggml.tokens", &tokens) || tokens.type != GGUF_ARRAY || tokens.n < 1 ||
        tokens.n > MODEL_VOCAB_MAX)
        return fail(e, ERR_CORRUPT, "tokenizer.ggml.tokens: absent, or not an array of 1 to %d tokens",
                    MODEL_VOCAB_MAX);
    hp->n_vocab = (uint32_t)tokens.n;
    return OK;
}

static int check_sizes(const hparams *hp, keys *k, err *e) {
    uint32_t v_dim, n_expert = 0;
    int rc = read_option(k, "attention.value_length", MODEL_HEAD_DIM_MAX, hp->head_dim, &v_dim, e);
    if (rc) return rc;
    if (has(k, "expert_count")) {
        uint64_t n;
        rc = gguf_u64(k->g, key(k, "expert_count"), 0, 1 << 16, &n, e);
        if (rc) return rc;
        n_expert = (uint32_t)n;
    }
    if (n_expert > 0)
        return fail(e, ERR_UNSUPPORTED, "%s: mixtures of experts are not supported", key(k, "expert_count"));
    if (!has(k, "attention.key_length") && hp->n_embd % hp->n_head)
        return fail(e, ERR_CORRUPT, "%s: %u heads do not divide %u values", key(k, "attention.head_count"),
                    (unsigned)hp->n_head, (unsigned)hp->n_embd);
    if (hp->n_head_kv > hp->n_head || hp->n_head % hp->n_head_kv)
        return fail(e, ERR_CORRUPT, "%s: %u does not divide %u heads", key(k, "attention.head_count_kv"),
                    (unsigned)hp->n_head_kv, (unsigned)hp->n_head);
    if (v_dim != hp->head_dim)
        return fail(e, ERR_UNSUPPORTED, "%s: %u, but keys have %u values", key(k, "attention.value_length"),
                    (unsigned)v_dim, (unsigned)hp->head_dim);
    if (hp->head_dim % 4 || hp->head_dim > MODEL_HEAD_DIM_MAX)
        return fail(e, ERR_UNSUPPORTED, "heads of %u values: a multiple of 4 up to %d is needed",
                    (unsigned)hp->head_dim, MODEL_HEAD_DIM_MAX);
    return OK;
}

/* YaRN (Peng et al. 2023) scales cos and sin by 0.1 ln(factor) + 1, as llama.cpp and transformers do. */
static int read_scaling(hparams *hp, keys *k, err *e) {
    bytes type = bytes_str("none");
    float attn;
    int rc = OK;
    hp->rope_factor = hp->rope_attn = 1;
    if (has(k, "rope.scaling.type")) rc = gguf_str(k->g, key(k, "rope.scaling.type"), &type, e);
    else if (has(k, "rope.scaling.factor")) type = bytes_str("linear"); /* what a factor alone means to llama.cpp */
    else if (has(k, "rope.scale_linear"))                               /* the older name of the factor */
        return read_float(k, "rope.scale_linear", 1e-3, 1e6, 1, &hp->rope_factor, e);
    if (rc || bytes_is(type, "none")) return rc;
    bool yarn = bytes_is(type, "yarn");
    if (!yarn && !bytes_is(type, "linear"))
        return fail(e, ERR_UNSUPPORTED, "%s: \"%.*s\" (there are none, linear, yarn)", key(k, "rope.scaling.type"),
                    (int)(type.len < 32 ? type.len : 32), (const char *)type.ptr);
    rc = read_float(k, "rope.scaling.factor", 1e-3, 1e6, 1, &hp->rope_factor, e);
    if (rc || !yarn) return rc;
    rc = read_option(k, "rope.scaling.original_context_length", MODEL_CONTEXT_MAX, hp->n_ctx_train, &hp->rope_orig, e);
    if (rc) return rc;
    float natural = hp->rope_factor > 1 ? (float)(0.1 * k_log_d(hp->rope_factor) + 1) : 1;
    rc = read_float(k, "rope.scaling.attn_factor", 1e-3, 1e3, 1, &attn, e);
    hp->rope_attn = natural * attn;
    return rc;
}

int hparams_read(hparams *hp, const arch **a, const gguf *g, err *e) {
    bytes name;
    int rc = gguf_str(g, "general.architecture", &name, e);
    if (rc) return rc;
    *hp = (hparams){0};
    *a = arch_find(name);
    if (!*a)
        return fail(e, ERR_UNSUPPORTED, "architecture \"%.*s\" is not supported (there are: %s)",
                    (int)(name.len < 64 ? name.len : 64), (const char *)name.ptr, arch_names());
    keys k = {.g = g, .arch = (*a)->name};
    rc = read_sizes(hp, &k, e);
    if (!rc) rc = check_sizes(hp, &k, e);
    if (!rc) rc = gguf_f32(g, key(&k, "attention.layer_norm_rms_epsilon"), 1e-12, 1e-1, &hp->norm_eps, e);
    if (!rc) rc = read_float(&k, "rope.freq_base", 1, 1e12, 10000, &hp->rope_base, e);
    if (!rc) rc = read_option(&k, "rope.dimension_count", MODEL_HEAD_DIM_MAX, hp->head_dim, &hp->rope_dim, e);
    if (!rc) rc = read_scaling(hp, &k, e);
    if (rc) return rc;
    if (hp->rope_dim % 2 || hp->rope_dim > hp->head_dim)
        return fail(e, ERR_CORRUPT, "%s: %u is odd or more than the %u values of a head",
                    key(&k, "rope.dimension_count"), (unsigned)hp->rope_dim, (unsigned)hp->head_dim);
    return OK;
}

/* The pair (as a fraction) whose wave turns n_rot times within YaRN's original context: the inverse of its frequency's
 * formula. */
static double yarn_pair(const hparams *hp, double n_rot) {
    return hp->rope_dim * k_log_d(hp->rope_orig / (n_rot * 6.283185307179586)) / (2 * k_log_d(hp->rope_base));
}

/* 1 where a pair turns fast and keeps its frequency, 0 where it is interpolated (beta 32 and 1: the paper's values). */
static double yarn_keep(const hparams *hp, uint32_t i) {
    if (!hp->rope_orig || hp->rope_base <= 1) return 0;
    double lo = yarn_pair(hp, 32), hi = yarn_pair(hp, 1), n = hp->rope_dim - 1;
    lo = lo < 0 ? 0 : (double)(int64_t)lo;
    hi = (double)((int64_t)hi + (hi > (double)(int64_t)hi));
    if (hi > n) hi = n;
    double x = (i - lo) / (hi - lo > 0.001 ? hi - lo : 0.001);
    return 1 - (x < 0 ? 0 : x > 1 ? 1 : x);
}

int hparams_rope(model *m, err *e) {
    const hparams *hp = &m->hp;
    uint32_t n = hp->rope_dim / 2;
    m->rope_freq = mem_array(n ? n : 1, sizeof *m->rope_freq);
    if (!m->rope_freq) return fail(e, ERR_MEMORY, "no memory for the model");
    for (uint32_t i = 0; i < n; i++) {
        double freq = k_exp_d(-k_log_d(hp->rope_base) * 2 * i / hp->rope_dim), keep = yarn_keep(hp, i);
        if (m->rope_factors) freq /= (double)m->rope_factors[i];
        m->rope_freq[i] = freq * keep + freq / (double)hp->rope_factor * (1 - keep);
    }
    return OK;
}
