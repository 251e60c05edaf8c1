/* The object behind oa.h; for the files of api/ alone. */
#ifndef API_OA_IMPL_H
#define API_OA_IMPL_H

#include "api/oa.h"
#include "assist/chat.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/pool.h"
#include "infer/sampler.h"
#include "infer/session.h"
#include "infer/stream.h"
#include "model/model.h"

enum { OA_CONTEXT_DEFAULT = 4096, OA_LOGPROBS_MAX = 20 };

/* What a request asks for, checked. */
typedef struct request {
    sampler_params sampling;
    sampler_bias *bias;  /* owned; sampling.bias points here */
    uint32_t max_tokens; /* 0 = what the context leaves */
    int n_logprobs;
    bool drop; /* overflow */
    bool stream;
} request;

/* An answer under way. */
typedef struct answer {
    bool active;
    const char *reason; /* why it ends, once that is known: OA_DONE comes next */
    request req;
    sampler *sampler;
    stream text;
    ids out;
    int32_t pending; /* chosen, not computed yet; TOK_NONE if none */
    uint32_t limit;  /* tokens at most */
    size_t n_prompt, n_cached;
    uint32_t n_dropped;
    double prefill_ms, decode_ms;
    uint32_t n_decoded; /* tokens that decode_ms covers */
} answer;

struct oa {
    pool *pool;
    err e;
    buf result;
    buf text; /* of the last step */
    /* loading */
    loader *loader;
    uint8_t *room;
    size_t room_cap, room_asked;
    uint32_t want_context;
    double load_start, load_ms;
    /* loaded */
    model *m;
    gguf *meta;
    uint8_t *head; /* what meta borrows from */
    tokenizer *tok;
    template *tpl; /* NULL: the model has none, or tpl_err says why it cannot be used */
    err tpl_err;
    session *s;
    answer a;
};

double oa_now_ms(void);
/* Begins a call: forgets the last result and error. ERR_STATE where a model is needed and there is none. */
int oa_enter(oa *o, bool needs_model);
/* Ends a call: fails where the result could not be written. */
int oa_leave(oa *o, int rc);

/* Reads and checks a request's members (oa.h, oa_begin). Pair: request_clear(). */
int request_read(request *r, const json *j, err *e);
void request_clear(request *r);
/* Adds the request's stop strings. */
int request_stops(stream *s, const json *j, err *e);

void answer_clear(answer *a);

/* Text to ids as oa_tokenize does it: BOS where the metadata says so and specials. */
int oa_encode(oa *o, bytes text, bool specials, ids *out, err *e);
chat_options oa_chat_options(const oa *o, uint32_t room);
/* The template, or why there is none. */
int oa_need_template(const oa *o, err *e);

#endif
