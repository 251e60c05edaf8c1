/* Answering: a request becomes tokens, step by step. */
#include "api/oa_impl.h"
#include "base/mem.h"

enum {
    CONTEXT_ANSWER_SHARE = 4
}; /* a prompt leaves the answer a quarter of the context, or what it asks for if that is less */

void answer_clear(answer *a) {
    sampler_close(a->sampler);
    stream_clear(&a->text);
    ids_clear(&a->out);
    request_clear(&a->req);
    *a = (answer){.pending = TOK_NONE};
}

static int prompt_ids(oa *o, const json *j, ids *out) {
    const json *prompt = json_get(j, "prompt");
    answer *a = &o->a;
    if (json_get(j, "messages")) {
        uint32_t context = session_context(o->s), share = context / CONTEXT_ANSWER_SHARE;
        if (a->req.max_tokens && a->req.max_tokens < share) share = a->req.max_tokens;
        chat_options options = oa_chat_options(o, context - (share ? share : 1));
        options.drop = a->req.drop;
        int rc = oa_need_template(o, &o->e);
        return rc ? rc : chat_prompt(&options, j, out, &a->n_dropped, &o->e);
    }
    if (!prompt || prompt->type != JSON_STRING)
        return fail(&o->e, ERR_ARGUMENT, "messages or prompt: one of them is needed");
    return oa_encode(o, prompt->string, json_bool(json_get(j, "specials"), true), out, &o->e);
}

/* Room for the answer: the context must hold all its tokens but the last, which is never computed. */
static uint32_t answer_limit(const oa *o, size_t n_prompt) {
    uint32_t room = session_context(o->s) - (uint32_t)n_prompt + 1, asked = o->a.req.max_tokens;
    return asked && asked < room ? asked : room;
}

static int begin(oa *o, const json *j) {
    answer *a = &o->a;
    ids prompt = {0};
    int rc = request_read(&a->req, j, &o->e);
    if (!rc) rc = request_stops(&a->text, j, &o->e);
    if (!rc) rc = sampler_open(&a->sampler, &a->req.sampling, o->m->hp.n_vocab, &o->e);
    if (!rc) rc = prompt_ids(o, j, &prompt);
    if (!rc) rc = session_feed(o->s, prompt.id, prompt.n, &a->n_cached, &o->e);
    for (size_t i = 0; !rc && i < prompt.n; i++) rc = sampler_accept(a->sampler, prompt.id[i], &o->e);
    a->n_prompt = prompt.n;
    if (!rc) a->limit = answer_limit(o, prompt.n);
    a->text.hold = !a->req.stream;
    ids_clear(&prompt);
    return rc;
}

int oa_begin(oa *o, const char *text, size_t n) {
    const json *j = NULL;
    answer *a = &o->a;
    int rc = oa_enter(o, true);
    answer_clear(a);
    if (!rc) rc = json_parse(&j, bytes_of(text, n), &o->e);
    if (!rc) rc = begin(o, j);
    json_close(j);
    if (rc) {
        answer_clear(a);
        return oa_leave(o, rc);
    }
    a->active = true;
    buf_printf(&o->result, "{\"prompt_tokens\":%llu,\"cached_tokens\":%llu,\"dropped_messages\":%u,\"context\":%u}",
               (unsigned long long)a->n_prompt, (unsigned long long)a->n_cached, (unsigned)a->n_dropped,
               (unsigned)session_context(o->s));
    return oa_leave(o, OK);
}

static void put_rate(buf *b, const char *name, double n, double ms) {
    buf_printf(b, ",\"%s\":", name);
    buf_json_num(b, ms > 0 ? n * 1000 / ms : 0);
}

/* The result of OA_DONE; the answer is over. */
static int done(oa *o, const char *reason) {
    answer *a = &o->a;
    buf *b = &o->result;
    int rc = stream_end(&a->text, &o->text, &o->e);
    size_t computed = a->n_prompt - a->n_cached;
    buf_str(b, "{\"text\":");
    buf_json_str(b, buf_view(&o->text));
    buf_printf(b, ",\"ids\":[");
    for (size_t i = 0; i < a->out.n; i++) buf_printf(b, i ? ",%d" : "%d", (int)a->out.id[i]);
    buf_printf(b,
               "],\"finish_reason\":\"%s\",\"prompt_tokens\":%llu,\"cached_tokens\":%llu,\"completion_tokens\":%llu,"
               "\"context_used\":%u,",
               reason, (unsigned long long)a->n_prompt, (unsigned long long)a->n_cached, (unsigned long long)a->out.n,
               (unsigned)session_used(o->s));
    buf_printf(b, "\"dropped_messages\":%u,\"timings\":{\"load_ms\":", (unsigned)a->n_dropped);
    buf_json_num(b, o->load_ms);
    buf_str(b, ",\"prefill_ms\":");
    buf_json_num(b, a->prefill_ms);
    buf_str(b, ",\"decode_ms\":");
    buf_json_num(b, a->decode_ms);
    put_rate(b, "prefill_tps", (double)computed, a->prefill_ms);
    put_rate(b, "decode_tps", a->n_decoded, a->decode_ms);
    buf_str(b, "}}");
    answer_clear(a);
    return rc;
}

static void put_logprobs(oa *o, const float *logits, int32_t id) {
    sampler_top top[OA_LOGPROBS_MAX];
    int n = sampler_best(logits, o->m->hp.n_vocab, top, o->a.req.n_logprobs);
    buf_str(&o->result, ",\"logprob\":");
    buf_json_num(&o->result, (double)sampler_logprob(logits, o->m->hp.n_vocab, id));
    buf_str(&o->result, ",\"top\":[");
    for (int i = 0; i < n; i++) {
        buf_printf(&o->result, i ? ",[%d," : "[%d,", (int)top[i].id);
        buf_json_num(&o->result, (double)top[i].logprob);
        buf_byte(&o->result, ']');
    }
    buf_byte(&o->result, ']');
}

/* Text of a chosen token, and whether the answer ends with it. */
static int put_token(oa *o, const float *logits, int32_t id) {
    answer *a = &o->a;
    buf piece = {0};
    int rc = ids_add(&a->out, id, &o->e);
    if (!rc) rc = sampler_accept(a->sampler, id, &o->e);
    tok_decode(o->tok, id, false, &piece);
    if (!rc) rc = buf_status(&piece, &o->e);
    if (!rc) rc = stream_put(&a->text, buf_view(&piece), &o->text, &o->e);
    buf_printf(&o->result, "{\"id\":%d,\"text\":", (int)id);
    buf_json_str(&o->result, buf_view(&o->text));
    if (a->req.n_logprobs) put_logprobs(o, logits, id);
    buf_byte(&o->result, '}');
    buf_clear(&piece);
    a->pending = id;
    if (a->text.stopped) a->reason = "stop";
    else if (a->out.n >= a->limit) a->reason = "length";
    return rc;
}

static int prefill(oa *o) {
    double start = oa_now_ms();
    int rc = session_step(o->s, &o->e);
    o->a.prefill_ms += oa_now_ms() - start;
    size_t total = o->a.n_prompt - o->a.n_cached;
    buf_printf(&o->result, "{\"done\":%llu,\"total\":%llu}", (unsigned long long)(total - session_left(o->s)),
               (unsigned long long)total);
    return rc;
}

static int next_token(oa *o, int *event) {
    answer *a = &o->a;
    const float *logits;
    int32_t id;
    double start = oa_now_ms();
    int rc = OK;
    if (a->pending != TOK_NONE) {
        rc = session_push(o->s, a->pending, &o->e);
        a->n_decoded++;
    }
    if (!rc) rc = session_logits(o->s, &logits, &o->e);
    if (!rc) rc = sampler_pick(a->sampler, logits, &id, &o->e);
    if (a->pending != TOK_NONE) a->decode_ms += oa_now_ms() - start;
    else a->prefill_ms += oa_now_ms() - start; /* the first token's logits are the prompt's */
    if (rc) return rc;
    if (!tok_is_end(o->tok, id)) return put_token(o, logits, id);
    *event = OA_DONE;
    return done(o, "stop");
}

int oa_step(oa *o, int *event) {
    answer *a = &o->a;
    int what = OA_TEXT, rc = oa_enter(o, true);
    if (!rc && !a->active) rc = fail(&o->e, ERR_STATE, "no answer is under way; begin one first");
    if (rc) return rc;
    buf_reset(&o->text);
    if (session_left(o->s)) {
        what = OA_PREFILL;
        rc = prefill(o);
    } else if (a->reason) {
        what = OA_DONE;
        rc = done(o, a->reason);
    } else {
        rc = next_token(o, &what);
    }
    if (rc) answer_clear(a);
    if (event) *event = what;
    return oa_leave(o, rc);
}

int oa_stop(oa *o) {
    int rc = oa_enter(o, true);
    if (!rc && !o->a.active) rc = fail(&o->e, ERR_STATE, "no answer is under way");
    buf_reset(&o->text);
    if (!rc) rc = done(o, "cancelled");
    return oa_leave(o, rc);
}
