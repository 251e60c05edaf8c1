/* Answering: a request becomes tokens, step by step. Where it asks for several answers they are computed together, and
 * each gets a token in turn. */
#include "api/oa_impl.h"
#include "base/mem.h"

enum {
    CONTEXT_ANSWER_SHARE = 4
}; /* a prompt leaves the answer a quarter of the context, or what it asks for if that is less */

void turn_clear(turn *t) {
    for (uint32_t i = 0; i < DRAFTS_MOST; i++) answer_clear(&t->one[i]);
    drafts_close(t->drafts);
    mem_free(t->embedding);
    *t = (turn){0};
}

/* ---- Beginning ---- */

static int read_requests(oa *o, const json *j) {
    const json *list = json_get(j, "drafts");
    turn *t = &o->t;
    if (list && list->type == JSON_NULL) list = NULL;
    if (list && (list->type != JSON_ARRAY || list->count < 1 || list->count > DRAFTS_MOST))
        return fail(&o->e, ERR_ARGUMENT, "drafts: a list of 1 to %d objects is needed", (int)DRAFTS_MOST);
    const json *draft = list ? list->first : NULL;
    uint32_t n = list ? list->count : 1;
    for (int rc; t->n < n; draft = draft ? draft->next : NULL) {
        answer *a = &t->one[t->n];
        a->index = t->n++;
        rc = request_read(&a->req, j, &o->e);
        if (!rc && draft) rc = request_vary(&a->req, draft, &o->e);
        if (rc) return rc;
    }
    return OK;
}

static int chat_ids(oa *o, const json *j, ids *out, buf *tail) {
    uint32_t context = session_context(o->s), share = context / CONTEXT_ANSWER_SHARE;
    const request *req = &o->t.one[0].req;
    if (req->max_tokens && req->max_tokens < share) share = req->max_tokens;
    chat_options options = oa_chat_options(o, context - (share ? share : 1));
    options.drop = req->drop;
    int rc = oa_need_template(o, &o->e);
    if (!rc) rc = request_force(o, j, tail, &o->e);
    options.tail = buf_view(tail);
    return rc ? rc : chat_prompt(&options, j, out, &o->t.n_dropped, &o->e);
}

static int given_ids(oa *o, const json *list, ids *out) {
    int rc = OK;
    for (const json *id = list->first; !rc && id; id = id->next) {
        if (id->type != JSON_NUMBER || !(id->number >= 0 && id->number < o->m->hp.n_vocab) ||
            id->number != (double)(int32_t)id->number)
            return fail(&o->e, ERR_ARGUMENT, "prompt: a list of token ids below %u is needed",
                        (unsigned)o->m->hp.n_vocab);
        rc = ids_add(out, (int32_t)id->number, &o->e);
    }
    return rc;
}

static int prompt_ids(oa *o, const json *j, ids *out, buf *tail) {
    const json *prompt = json_get(j, "prompt");
    if (json_get(j, "messages")) return chat_ids(o, j, out, tail);
    if (prompt && prompt->type == JSON_ARRAY) return given_ids(o, prompt, out);
    if (!prompt || prompt->type != JSON_STRING)
        return fail(&o->e, ERR_ARGUMENT, "messages or prompt: one of them is needed");
    return oa_encode(o, prompt->string, json_bool(json_get(j, "specials"), true), out, &o->e);
}

static int begin_answers(oa *o, const json *j, const ids *prompt, bytes tail) {
    turn *t = &o->t;
    int rc = OK;
    session_guess(o->s, t->n == 1 && t->one[0].req.speculate);
    for (uint32_t i = 0; !rc && i < t->n; i++) {
        rc = answer_begin(o, &t->one[i], j, tail, prompt->n);
        for (size_t k = 0; !rc && k < prompt->n; k++) rc = sampler_accept(t->one[i].sampler, prompt->id[k], &o->e);
    }
    return rc;
}

static int begin(oa *o, const json *j) {
    turn *t = &o->t;
    ids prompt = {0};
    buf tail = {0};
    int rc = read_requests(o, j);
    if (!rc) rc = prompt_ids(o, j, &prompt, &tail);
    if (!rc) rc = embed_begin(o, j);
    if (!rc) rc = session_feed(o->s, prompt.id, prompt.n, &t->n_cached, &o->e);
    t->n_prompt = prompt.n;
    if (!rc && !t->embedding) rc = begin_answers(o, j, &prompt, buf_view(&tail));
    ids_clear(&prompt);
    buf_clear(&tail);
    return rc;
}

int oa_begin(oa *o, const char *text, size_t n) {
    const json *j = NULL;
    turn *t = &o->t;
    int rc = oa_enter(o, true);
    turn_clear(t);
    if (!rc) rc = json_parse(&j, bytes_of(text, n), &o->e);
    if (!rc) rc = begin(o, j);
    json_close(j);
    if (rc) {
        turn_clear(t);
        return oa_leave(o, rc);
    }
    t->active = true;
    t->at = t->n; /* a round begins */
    buf_printf(&o->result, "{\"prompt_tokens\":%llu,\"cached_tokens\":%llu,\"dropped_messages\":%u,\"context\":%u}",
               (unsigned long long)t->n_prompt, (unsigned long long)t->n_cached, (unsigned)t->n_dropped,
               (unsigned)session_context(o->s));
    return oa_leave(o, OK);
}

/* ---- Steps ---- */

static int prefill(oa *o) {
    double start = oa_now_ms();
    int rc = session_step(o->s, &o->e);
    o->t.prefill_ms += oa_now_ms() - start;
    if (!rc && o->t.embedding) embed_add(o);
    size_t total = o->t.n_prompt - o->t.n_cached;
    buf_printf(&o->result, "{\"done\":%llu,\"total\":%llu}", (unsigned long long)(total - session_left(o->s)),
               (unsigned long long)total);
    return rc;
}

/* Computes what the answers that choose now chose before. */
static int compute(oa *o) {
    turn *t = &o->t;
    answer *only = &t->one[0];
    ids each[DRAFTS_MOST] = {{0}};
    int rc = OK;
    t->computed = true;
    if (t->n > 1 && !t->drafts) rc = drafts_open(&t->drafts, o->s, t->n, &o->e);
    for (uint32_t i = 0; i < t->n; i++)
        if (t->one[i].chooses) each[i] = t->one[i].todo;
    if (!rc && t->drafts) rc = drafts_push(t->drafts, each, &o->e);
    if (!rc && !t->drafts && only->todo.n) rc = session_push_all(o->s, only->todo.id, only->todo.n, &o->e);
    for (uint32_t i = 0; i < t->n; i++) {
        answer *a = &t->one[i];
        if (!a->chooses) continue;
        a->n_decoded += (uint32_t)a->todo.n;
        a->todo.n = 0;
    }
    return rc;
}

/* The next token of an answer, from what is computed. */
static int choose(oa *o, answer *a, const float **logits, int32_t *id) {
    turn *t = &o->t;
    const uint32_t *mask = NULL;
    bool first = a->out.n == 0; /* its logits are the prompt's */
    double start = oa_now_ms();
    int rc = t->computed ? OK : compute(o);
    if (!rc) rc = t->drafts ? drafts_logits(t->drafts, a->index, logits, &o->e) : session_logits(o->s, logits, &o->e);
    if (!rc && a->grammar) rc = grammar_mask(a->grammar, &mask, &o->e);
    sampler_mask(a->sampler, mask);
    if (!rc) rc = sampler_pick(a->sampler, *logits, id, &o->e);
    *(first ? &t->prefill_ms : &t->decode_ms) += oa_now_ms() - start;
    return rc;
}

static int end(oa *o, answer *a, const char *reason, int *event) {
    *event = OA_DONE;
    a->reason = reason;
    int rc = answer_done(o, a, reason);
    a->over = true;
    if (!rc && ++o->t.n_over == o->t.n) turn_clear(&o->t);
    return rc;
}

static int next_token(oa *o, answer *a, int *event) {
    const float *logits = NULL;
    int32_t id;
    if (a->n_forced < a->forced.n) return answer_put(o, a, NULL, a->forced.id[a->n_forced++]);
    int rc = choose(o, a, &logits, &id);
    if (rc) return rc;
    return tok_is_end(o->tok, id) ? end(o, a, "stop", event) : answer_put(o, a, logits, id);
}

static void begin_round(turn *t) {
    t->at = 0;
    t->computed = false;
    for (uint32_t i = 0; i < t->n; i++) {
        answer *a = &t->one[i];
        a->chooses = !a->reason && a->n_forced == a->forced.n;
    }
}

/* The answer whose turn it is; there is one that is not over. */
static answer *whose(turn *t) {
    for (;; t->at++) {
        if (t->at == t->n) begin_round(t);
        if (!t->one[t->at].over) return &t->one[t->at++];
    }
}

int oa_step(oa *o, int *event) {
    turn *t = &o->t;
    int what = OA_TEXT, rc = oa_enter(o, true);
    if (!rc && !t->active) rc = fail(&o->e, ERR_STATE, "no answer is under way; begin one first");
    if (rc) return rc;
    buf_reset(&o->text);
    if (session_left(o->s)) {
        what = OA_PREFILL;
        rc = prefill(o);
    } else if (t->embedding) {
        what = OA_DONE;
        rc = embed_done(o);
        turn_clear(t);
    } else {
        answer *a = whose(t);
        rc = a->reason ? end(o, a, a->reason, &what) : next_token(o, a, &what);
    }
    if (rc) turn_clear(t);
    if (event) *event = what;
    return oa_leave(o, rc);
}

int oa_stop(oa *o) {
    int event, rc = oa_enter(o, true);
    if (!rc && !o->t.active) rc = fail(&o->e, ERR_STATE, "no answer is under way");
    buf_reset(&o->text);
    for (uint32_t i = 0; !rc && i < o->t.n; i++)
        if (!o->t.one[i].over) {
            rc = end(o, &o->t.one[i], "cancelled", &event);
            break;
        }
    if (rc || o->t.embedding) turn_clear(&o->t);
    return oa_leave(o, rc);
}
