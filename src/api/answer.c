/* One answer: what its tokens are as text and calls, what may come, and when it ends. */
#include "api/oa_impl.h"

void answer_clear(answer *a) {
    sampler_close(a->sampler);
    stream_clear(&a->text);
    calls_clear(&a->calls);
    buf_clear(&a->found);
    ids_clear(&a->out);
    ids_clear(&a->todo);
    ids_clear(&a->forced);
    grammar_close(a->own);
    request_clear(&a->req);
    *a = (answer){0};
}

/* ---- Beginning ---- */

/* What the answer begins with may be a part of a call. */
static int begin_calls(oa *o, answer *a, const json *j, bytes tail) {
    const json *tools = json_get(j, "messages") ? chat_tools(j) : NULL;
    if (!tools) return OK;
    a->demanded = tail.len > 0;
    int rc = calls_open(&a->calls, tools, &o->e);
    return rc ? rc : calls_put(&a->calls, tail, &o->text, &a->found, &o->e);
}

/* Room for the answer: the context must hold all its tokens but the last, which is never computed. */
static uint32_t answer_limit(const oa *o, const answer *a, size_t n_prompt) {
    uint32_t room = session_context(o->s) - (uint32_t)n_prompt + 1, asked = a->req.max_tokens;
    return asked && asked < room ? asked : room;
}

/* Why the answer ends with what is there; NULL: it does not. */
static const char *reason_to_end(const answer *a) {
    if (a->text.stopped || a->strayed || (a->calls.n && a->req.one_call)) return "stop";
    if (a->grammar && !a->of_calls && grammar_ended(a->grammar)) return "stop";
    return a->out.n >= a->limit ? "length" : NULL;
}

/* Guesses that the grammar forbids are not worth computing. */
static size_t allows(void *of, const int32_t *id, size_t n) { return grammar_allows(of, id, n); }

static void use_grammar(oa *o, answer *a, grammar *g) {
    a->grammar = g;
    if (o->t.n == 1) session_limit_guesses(o->s, g ? allows : NULL, g);
}

/* A call's object has its grammar from its first byte to its last. One that cannot be a call stays text. */
static void follow_calls(oa *o, answer *a) {
    bytes text;
    if (!a->of_calls) return;
    if (!calls_in_object(&a->calls, a->demanded, &text)) {
        use_grammar(o, a, NULL);
    } else if (!a->grammar) {
        grammar_reset(a->of_calls);
        if (grammar_put(a->of_calls, text, NULL) == OK) use_grammar(o, a, a->of_calls);
    }
}

/* With log-probabilities every token is computed. */
static int force(answer *a, err *e) {
    a->forced.n = a->n_forced = 0;
    return a->grammar && !a->req.n_logprobs ? grammar_forced(a->grammar, &a->forced, e) : OK;
}

static int constrain(oa *o, answer *a, const json *j) {
    int rc = oa_grammar(o, a, j);
    if (!rc) rc = oa_call_grammar(o, a, j);
    if (rc) return rc;
    use_grammar(o, a, a->grammar);
    follow_calls(o, a);
    a->reason = reason_to_end(a);
    return force(a, &o->e);
}

int answer_begin(oa *o, answer *a, const json *j, bytes tail, size_t n_prompt) {
    int rc = request_stops(&a->text, j, &o->e);
    if (!rc) rc = sampler_open(&a->sampler, &a->req.sampling, o->m->hp.n_vocab, &o->e);
    if (!rc) rc = begin_calls(o, a, j, tail);
    a->limit = answer_limit(o, a, n_prompt);
    a->text.hold = !a->req.stream;
    return rc ? rc : constrain(o, a, j);
}

/* ---- Tokens ---- */

/* From what can be shown to text and calls. Where calls are demanded no text follows them. */
static int find_calls(oa *o, answer *a, buf *shown, bool end) {
    int rc = calls_put(&a->calls, buf_view(shown), &o->text, &a->found, &o->e);
    if (!rc && end) rc = calls_end(&a->calls, &o->text, &a->found, &o->e);
    if (!a->demanded || !a->calls.n) return rc;
    a->strayed = o->text.len > 0; /* blanks wait for what follows: this is more */
    buf_reset(&o->text);
    return rc;
}

static void put_calls(answer *a, buf *b) {
    if (!a->found.len) return;
    buf_str(b, ",\"calls\":[");
    buf_bytes(b, buf_view(&a->found));
    buf_byte(b, ']');
    buf_reset(&a->found);
}

static void put_logprobs(oa *o, const answer *a, const float *logits, int32_t id) {
    sampler_top top[OA_LOGPROBS_MAX];
    int n = sampler_best(logits, o->m->hp.n_vocab, top, a->req.n_logprobs);
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

/* A token's text: also of a control token, where that is a part of a call. */
static void decode(const oa *o, const answer *a, int32_t id, buf *piece) {
    bool marker = a->calls.tools && tok_is_control(o->tok, id);
    tok_decode(o->tok, id, marker, piece);
    if (marker && !calls_is_marker(buf_view(piece))) buf_reset(piece);
}

/* Which of several answers this is about. */
static void put_index(const oa *o, const answer *a, buf *b) {
    if (o->t.n > 1) buf_printf(b, ",\"index\":%u", (unsigned)a->index);
}

/* Its text and calls, as far as they can be shown. */
static int put_text(oa *o, answer *a, int32_t id) {
    buf piece = {0}, shown = {0};
    decode(o, a, id, &piece);
    int rc = buf_status(&piece, &o->e);
    if (!rc) rc = stream_put(&a->text, buf_view(&piece), a->calls.tools ? &shown : &o->text, &o->e);
    if (!rc && a->calls.tools) rc = find_calls(o, a, &shown, false);
    if (!rc) follow_calls(o, a);
    buf_clear(&shown);
    buf_clear(&piece);
    return rc;
}

int answer_put(oa *o, answer *a, const float *logits, int32_t id) {
    int rc = ids_add(&a->out, id, &o->e);
    if (!rc) rc = ids_add(&a->todo, id, &o->e);
    if (!rc) rc = sampler_accept(a->sampler, id, &o->e);
    if (!rc && a->grammar) rc = grammar_accept(a->grammar, id, &o->e);
    if (!rc) rc = put_text(o, a, id);
    buf_printf(&o->result, "{\"id\":%d,\"text\":", (int)id);
    buf_json_str(&o->result, buf_view(&o->text));
    put_index(o, a, &o->result);
    put_calls(a, &o->result);
    if (a->req.n_logprobs) put_logprobs(o, a, logits, id);
    buf_byte(&o->result, '}');
    a->reason = reason_to_end(a);
    return rc || !logits ? rc : force(a, &o->e);
}

/* ---- The end ---- */

static int end_text(oa *o, answer *a) {
    if (!a->calls.tools) return stream_end(&a->text, &o->text, &o->e);
    buf shown = {0};
    int rc = stream_end(&a->text, &shown, &o->e);
    if (!rc) rc = find_calls(o, a, &shown, true);
    buf_clear(&shown);
    return rc;
}

static void put_rate(buf *b, const char *name, double n, double ms) {
    buf_printf(b, ",\"%s\":", name);
    buf_json_num(b, ms > 0 ? n * 1000 / ms : 0);
}

int answer_done(oa *o, answer *a, const char *reason) {
    const turn *t = &o->t;
    buf *b = &o->result;
    int rc = end_text(o, a);
    uint32_t used = t->drafts ? drafts_used(t->drafts, a->index) : session_used(o->s);
    if (a->calls.n && !strcmp(reason, "stop")) reason = "tool_calls";
    buf_str(b, "{\"text\":");
    buf_json_str(b, buf_view(&o->text));
    put_index(o, a, b);
    if (t->n > 1) buf_printf(b, ",\"more\":%u", (unsigned)(t->n - t->n_over - 1));
    put_calls(a, b);
    buf_printf(b, ",\"ids\":[");
    for (size_t i = 0; i < a->out.n; i++) buf_printf(b, i ? ",%d" : "%d", (int)a->out.id[i]);
    buf_printf(b,
               "],\"finish_reason\":\"%s\",\"prompt_tokens\":%llu,\"cached_tokens\":%llu,\"completion_tokens\":%llu,"
               "\"context_used\":%u,",
               reason, (unsigned long long)t->n_prompt, (unsigned long long)t->n_cached, (unsigned long long)a->out.n,
               (unsigned)used);
    buf_printf(b, "\"dropped_messages\":%u,\"timings\":{\"load_ms\":", (unsigned)t->n_dropped);
    buf_json_num(b, o->load_ms);
    buf_str(b, ",\"prefill_ms\":");
    buf_json_num(b, t->prefill_ms);
    buf_str(b, ",\"decode_ms\":");
    buf_json_num(b, t->decode_ms);
    put_rate(b, "prefill_tps", (double)(t->n_prompt - t->n_cached), t->prefill_ms);
    put_rate(b, "decode_tps", a->n_decoded, t->decode_ms);
    buf_str(b, "}}");
    return rc;
}
