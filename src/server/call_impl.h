/* A request in OpenAI's shape: what the core is asked for it, and its answers in that shape. Reference: OpenAI's API,
 * chat/completions, completions, embeddings. */
#ifndef SERVER_CALL_IMPL_H
#define SERVER_CALL_IMPL_H

#include "api/oa.h"
#include "base/buf.h"
#include "base/json.h"

enum { CALL_DRAFTS_MOST = 8, CALL_ID_BYTES = 48, CALL_INPUTS_MOST = 2048 };
typedef enum call_kind { CALL_CHAT, CALL_TEXT, CALL_EMBED } call_kind;

/* One answer. */
typedef struct call_choice {
    buf text, calls, logprobs; /* calls and logprobs: their members, with commas between them */
    buf tops, offsets;         /* completions' logprobs are lists of each member */
    uint32_t n_calls;
    bool begun, over;
    char reason[16];
} call_choice;

typedef struct call {
    call_kind kind;
    bool stream, tell_usage, base64, logprobs;
    int n_top;
    uint32_t n; /* answers to each input */
    buf *asks;  /* [n_asks]: what the core is asked, one after the other */
    buf *echo;  /* [n_asks]: what stands before the answers */
    uint32_t n_asks, at;
    bool begun; /* asks[at] */
    call_choice one[CALL_DRAFTS_MOST];
    uint32_t n_over;
    buf choices; /* of the inputs before, or embeddings */
    double prompt_tokens, completion_tokens;
    const char *model;
    char id[CALL_ID_BYTES];
    long long created;
    buf out;  /* for the client: a stream's events so far, or the whole answer */
    bool end; /* nothing follows */
} call;

/* Reads a request. ERR_CORRUPT, ERR_ARGUMENT, ERR_UNSUPPORTED. Pair, also after failure: call_close(). */
int call_open(call *c, call_kind kind, bytes body, const char *model, err *e);
void call_close(call *c);
/* One step of the core, towards *c->out and c->end. On failure the core is idle. */
int call_step(call *c, oa *core, err *e);
/* Ends what the core does for it. */
void call_stop(const call *c, oa *core);

/* The body of an error, and the status that goes with it. */
void call_error(const err *e, buf *out);
unsigned call_status(int code);

/* Answers: shapes.c. */
void shape_id(call *c);
void shape_piece(call *c, uint32_t index, bytes text, const json *calls, oa *core, const json *step);
void shape_end(call *c, uint32_t index, const json *done);
void shape_next(call *c); /* the next input's answers begin */
void shape_finish(call *c);
void shape_embedding(call *c, const json *done);

#endif
