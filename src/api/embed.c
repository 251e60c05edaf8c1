/* A text as a vector of unit length: its tokens' final states, pooled. */
#include <math.h>

#include "api/oa_impl.h"
#include "base/mem.h"

int embed_begin(oa *o, const json *j) {
    const json *how = json_get(j, "embed");
    turn *t = &o->t;
    if (!how || how->type == JSON_NULL) return OK;
    t->mean = bytes_is(json_string(how, ""), "mean");
    if (!t->mean && !bytes_is(json_string(how, ""), "last"))
        return fail(&o->e, ERR_ARGUMENT, "embed: \"mean\" or \"last\" is needed");
    t->embedding = mem_array(o->m->hp.n_embd, sizeof *t->embedding);
    if (!t->embedding) return fail(&o->e, ERR_MEMORY, "no memory for an embedding");
    session_reset(o->s);
    return OK;
}

void embed_add(oa *o) {
    if (o->t.mean) session_add_states(o->s, o->t.embedding);
}

static int pool_states(oa *o) {
    const float *last;
    turn *t = &o->t;
    int rc = session_state(o->s, &last, &o->e);
    if (!rc && !t->mean) memcpy(t->embedding, last, o->m->hp.n_embd * sizeof *last);
    return rc;
}

int embed_done(oa *o) {
    const turn *t = &o->t;
    const uint32_t n = o->m->hp.n_embd;
    double sum = 0;
    int rc = pool_states(o);
    if (!rc && !all_finite(t->embedding, n))
        rc = fail(&o->e, ERR_NUMERIC, "the model computed a value that is not a number; its file may be damaged");
    for (uint32_t i = 0; i < n; i++) sum += (double)t->embedding[i] * (double)t->embedding[i];
    const double scale = sum > 0 ? 1 / sqrt(sum) : 0;
    buf_str(&o->result, "{\"embedding\":[");
    for (uint32_t i = 0; i < n; i++) buf_printf(&o->result, i ? ",%.9g" : "%.9g", (double)t->embedding[i] * scale);
    buf_printf(&o->result, "],\"prompt_tokens\":%llu}", (unsigned long long)t->n_prompt);
    return rc;
}
