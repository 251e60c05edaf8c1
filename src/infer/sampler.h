/* Choosing the next token. Stages run in the order of the table in sampler.c:
 *   logit bias, repetition penalty (Keskar et al. 2019), presence and frequency penalties (OpenAI's formula), the mask
 * of what may come (grammar.h; the stages before it change tokens one by one, so that it might as well be first),
 * temperature, top-k, top-p (Holtzman et al. 2019), min-p (Nguyen et al. 2024), typical-p (Meister et al. 2022), draw:
 * transformers' order, which Open Assistant's presets were made for. All arithmetic is that of kernels.h and all ties
 * go to the lower id, so the same seed gives the same tokens on every build, for any number of threads. */
#ifndef INFER_SAMPLER_H
#define INFER_SAMPLER_H

#include <stddef.h>

#include "base/rng.h"
#include "base/status.h"

typedef struct sampler_bias {
    int32_t id;
    float bias; /* added to the logit; -100 or less forbids, as in OpenAI's API */
} sampler_bias;

typedef struct sampler_params {
    float temperature;                         /* 0 = greedy; up to 100 */
    int top_k;                                 /* 0 = off */
    float top_p, min_p, typical_p;             /* 1, 0, 1 = off */
    float repeat_penalty;                      /* 1 = off */
    float presence_penalty, frequency_penalty; /* 0 = off */
    int penalty_last_n;                        /* tokens looked back at; -1 = all */
    uint64_t seed;
    const sampler_bias *bias; /* [n_bias], copied */
    size_t n_bias;
    const uint32_t *mask; /* NULL: any token may come; else those whose bit id % 32 of mask[id / 32] is set; borrowed */
} sampler_params;

/* Everything off and greedy. */
sampler_params sampler_defaults(void);
/* OK, or ERR_ARGUMENT naming the parameter that is out of its range or not a number. */
int sampler_check(const sampler_params *p, err *e);

typedef struct sampler sampler;
/* Pair: sampler_close(). */
int sampler_open(sampler **out, const sampler_params *p, uint32_t n_vocab, err *e);
void sampler_close(sampler *s);
/* The tokens so far, oldest first, which the penalties look at. */
int sampler_accept(sampler *s, int32_t id, err *e);
/* The mask of the next choices, in place of the one before. */
void sampler_mask(sampler *s, const uint32_t *mask);
/* Chooses a token for logits[n_vocab] (all finite); does not accept it. ERR_NUMERIC where no token is left to choose.
 */
int sampler_pick(sampler *s, const float *logits, int32_t *id, err *e);

/* The n most likely tokens with their log-probabilities under softmax(logits), best first; returns how many (<=
 * n_vocab). */
typedef struct sampler_top {
    int32_t id;
    float logprob;
} sampler_top;
int sampler_best(const float *logits, uint32_t n_vocab, sampler_top *top, int n);
/* Log-probability of one token. */
float sampler_logprob(const float *logits, uint32_t n_vocab, int32_t id);

#endif
