/* The object behind oa.h; for the files of api/ alone. */
#ifndef API_OA_IMPL_H
#define API_OA_IMPL_H

#include "api/oa.h"
#include "assist/calls.h"
#include "assist/chat.h"
#include "assist/tools.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/pool.h"
#include "infer/drafts.h"
#include "infer/grammar.h"
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
    bool stream, speculate;
    bool one_call; /* no parallel_tool_calls, or the one of a named tool */
} request;

/* One answer of a turn. */
typedef struct answer {
    uint32_t index;
    const char *reason; /* why it ends, once that is known: OA_DONE comes next */
    bool over;          /* OA_DONE came */
    bool chooses;       /* its next token in this round from logits, since none is forced */
    request req;
    sampler *sampler;
    stream text;
    calls calls;
    bool demanded; /* a call, by tool_choice */
    bool strayed;  /* text came behind the calls that were demanded */
    buf found;     /* calls that are complete with the last step */
    ids out;
    ids todo;          /* chosen, not computed yet */
    grammar *grammar;  /* NULL: any text may come */
    grammar *of_calls; /* what takes its place while a call's object is written; NULL: no tools */
    grammar *own;      /* one that only this answer uses, NULL where they are the object's */
    ids forced;        /* tokens that come next since nothing else can; those up to n_forced came */
    size_t n_forced;
    uint32_t limit; /* tokens at most */
    uint32_t n_decoded;
} answer;

/* The answers to one prompt, under way. */
typedef struct turn {
    bool active;
    answer one[DRAFTS_MOST];
    uint32_t n, at;  /* answers; whose turn it is */
    uint32_t n_over; /* of them */
    bool computed;   /* what this round chooses from */
    drafts *drafts;  /* NULL where there is one, which goes on in the session itself */
    size_t n_prompt, n_cached;
    uint32_t n_dropped;
    double prefill_ms, decode_ms;
    float *embedding; /* [n_embd]: an embedding is wanted in place of answers, NULL if not; so far the states' sum */
    bool mean;        /* of all states, or the last one */
} turn;

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
    vocab_trie *trie; /* NULL: not asked for yet */
    grammar *grammar; /* the last one, NULL if none, and its source: most requests are like the one before */
    buf grammar_source;
    turn t;
};

double oa_now_ms(void);
/* Begins a call: forgets the last result and error. ERR_STATE where a model is needed and there is none. */
int oa_enter(oa *o, bool needs_model);
/* Ends a call: fails where the result could not be written. */
int oa_leave(oa *o, int rc);

/* Reads and checks a request's members (oa.h, oa_begin). Pair: request_clear(). */
int request_read(request *r, const json *j, err *e);
/* Members of one of "drafts", in place of the request's. */
int request_vary(request *r, const json *draft, err *e);
void request_clear(request *r);
/* Adds what the answer is to begin with where the request demands a call of its tools. ERR_ARGUMENT for tools or a
 * choice that make no sense. */
int request_force(const oa *o, const json *j, buf *tail, err *e);
/* Adds the request's stop strings. */
int request_stops(stream *s, const json *j, err *e);

/* Ends what is under way, without a word. */
void turn_clear(turn *t);

/* ---- One answer: answer.c ---- */
void answer_clear(answer *a);
/* Before its first token, behind a prompt of n_prompt tokens: a->req is read, `tail` is what it begins with. */
int answer_begin(oa *o, answer *a, const json *j, bytes tail, size_t n_prompt);
/* Takes a token: its text and calls to the result, and whether the answer ends with it. logits: where it came from,
 * NULL where it was forced. */
int answer_put(oa *o, answer *a, const float *logits, int32_t id);
/* The result of OA_DONE; the answer is over. */
int answer_done(oa *o, answer *a, const char *reason);

/* ---- Embeddings: embed.c ---- */
/* Begins one where the request has "embed": what the session holds is forgotten, since its states are. */
int embed_begin(oa *o, const json *j);
void embed_add(oa *o); /* the batch that was computed last */
/* The result of OA_DONE. */
int embed_done(oa *o);

/* ---- Grammars: constrain.c ---- */
/* Sets a->grammar by the request's response_format, at its beginning; NULL where there is none. */
int oa_grammar(oa *o, answer *a, const json *request);
/* Sets a->of_calls where the request has tools and no response_format. Where a schema of theirs is not supported and
 * none is "strict", any object of arguments will do. */
int oa_call_grammar(oa *o, answer *a, const json *request);
/* Source of the model's chat template; empty where it has none. */
bytes oa_template_source(const oa *o);
void oa_grammar_drop(oa *o); /* frees it, and what it is made with */

/* Text to ids as oa_tokenize does it: BOS where the metadata says so and specials. */
int oa_encode(oa *o, bytes text, bool specials, ids *out, err *e);
chat_options oa_chat_options(const oa *o, uint32_t room);
/* The template, or why there is none. */
int oa_need_template(const oa *o, err *e);

#endif
