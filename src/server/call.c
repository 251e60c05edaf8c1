/* From OpenAI's shape to the core's. */
#include "server/call_impl.h"

#include <sys/random.h>

#include "base/mem.h"

/* Members that mean the same in both. */
static const char *const same[] = {"max_tokens",
                                   "temperature",
                                   "top_p",
                                   "top_k",
                                   "min_p",
                                   "typical_p",
                                   "presence_penalty",
                                   "frequency_penalty",
                                   "logit_bias",
                                   "stop",
                                   "overflow",
                                   "tools",
                                   "tool_choice",
                                   "parallel_tool_calls",
                                   "response_format",
                                   "continue_final_message",
                                   "speculate"};
enum { N_SAME = sizeof same / sizeof *same };

static const json *member(const json *j, const char *name) {
    const json *v = json_get(j, name);
    return v && v->type != JSON_NULL ? v : NULL;
}

static int read_flag(const json *j, const char *name, bool *out, err *e) {
    const json *v = member(j, name);
    if (v && v->type != JSON_BOOL) return fail(e, ERR_ARGUMENT, "%s: true or false is needed.", name);
    *out = json_bool(v, *out);
    return OK;
}

static int read_count(const json *j, const char *name, double least, double most, double *out, err *e) {
    const json *v = member(j, name);
    if (!v) return OK;
    if (v->type != JSON_NUMBER || !(v->number >= least && v->number <= most) ||
        v->number != (double)(long long)v->number)
        return fail(e, ERR_ARGUMENT, "%s: a whole number, %.0f to %.0f, is needed.", name, least, most);
    *out = v->number;
    return OK;
}

/* Where the core takes more than OpenAI's API. */
static int check_penalties(const json *j, err *e) {
    static const char *const names[] = {"presence_penalty", "frequency_penalty"};
    const json *bias = member(j, "logit_bias");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const json *v = member(j, names[i]);
        if (v && (v->type != JSON_NUMBER || !(v->number >= -2 && v->number <= 2)))
            return fail(e, ERR_ARGUMENT, "%s: a number, -2 to 2, is needed.", names[i]);
    }
    for (const json *v = bias && bias->type == JSON_OBJECT ? bias->first : NULL; v; v = v->next)
        if (v->type == JSON_NUMBER && !(v->number >= -100 && v->number <= 100))
            return fail(e, ERR_ARGUMENT, "logit_bias: numbers, -100 to 100, are needed.");
    return OK;
}

static void put_member(buf *b, const char *name, const json *v) {
    buf_printf(b, ",\"%s\":", name);
    json_write(v, b);
}

static double any_seed(void) {
    uint32_t seed = 0;
    if (getentropy(&seed, sizeof seed)) seed = 0;
    return seed;
}

/* Where no member shapes the choice: 0.7 and 0.95, which suit small models. */
static void put_sampling(buf *b, const json *j, uint32_t n, double seed) {
    static const char *const shaping[] = {"temperature", "top_p", "top_k", "min_p", "typical_p"};
    bool shaped = false;
    for (size_t i = 0; i < sizeof shaping / sizeof *shaping; i++) shaped = shaped || member(j, shaping[i]);
    if (!shaped) buf_str(b, ",\"temperature\":0.7,\"top_p\":0.95");
    else if (!member(j, "temperature")) buf_str(b, ",\"temperature\":1");
    for (int i = 0; i < N_SAME; i++)
        if (member(j, same[i])) put_member(b, same[i], member(j, same[i]));
    if (member(j, "max_completion_tokens")) put_member(b, "max_tokens", member(j, "max_completion_tokens"));
    if (member(j, "repetition_penalty")) put_member(b, "repeat_penalty", member(j, "repetition_penalty"));
    buf_printf(b, ",\"seed\":%.0f,\"drafts\":[", seed);
    for (uint32_t i = 0; i < n; i++) buf_printf(b, i ? ",{\"seed\":%.0f}" : "{\"seed\":%.0f}", seed + i);
    buf_byte(b, ']');
}

/* ---- Messages ---- */

/* A text, or parts of which each is one. */
static int put_content(buf *b, const json *content, size_t i, err *e) {
    buf joined = {0};
    if (!content || content->type == JSON_STRING) {
        buf_json_str(b, json_string(content, ""));
        return OK;
    }
    if (content->type != JSON_ARRAY) return fail(e, ERR_ARGUMENT, "messages[%zu].content: a text is needed.", i);
    for (const json *part = content->first; part; part = part->next) {
        if (!bytes_is(json_string(json_get(part, "type"), ""), "text")) {
            buf_clear(&joined);
            return fail(e, ERR_UNSUPPORTED, "messages[%zu].content: only parts of type text are supported.", i);
        }
        buf_bytes(&joined, json_string(json_get(part, "text"), ""));
    }
    buf_json_str(b, buf_view(&joined));
    buf_clear(&joined);
    return OK;
}

/* The name of the call that a tool's message answers: templates want it, OpenAI's shape has the id alone. */
static bytes called_name(const json *messages, bytes id) {
    for (const json *m = messages->first; m; m = m->next) {
        const json *calls = json_get(m, "tool_calls");
        for (const json *c = calls ? calls->first : NULL; c; c = c->next)
            if (bytes_eq(json_string(json_get(c, "id"), ""), id))
                return json_string(json_get(json_get(c, "function"), "name"), "");
    }
    return bytes_of("", 0);
}

static bool is_role(bytes role) {
    static const char *const all[] = {"system", "developer", "user", "assistant", "tool"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (bytes_is(role, all[i])) return true;
    return false;
}

static int put_message(buf *b, const json *messages, const json *m, size_t i, err *e) {
    bytes role = json_string(json_get(m, "role"), ""), id = json_string(json_get(m, "tool_call_id"), "");
    const json *calls = member(m, "tool_calls"), *content = member(m, "content");
    if (m->type != JSON_OBJECT) return fail(e, ERR_ARGUMENT, "messages[%zu]: an object is needed.", i);
    if (!is_role(role))
        return fail(e, ERR_ARGUMENT, "messages[%zu].role: one of system, user, assistant, tool is needed.", i);
    if (bytes_is(role, "tool") && !id.len)
        return fail(e, ERR_ARGUMENT, "messages[%zu].tool_call_id: the id of the call that it answers is needed.", i);
    if (!content && !calls) return fail(e, ERR_ARGUMENT, "messages[%zu].content: a text is needed.", i);
    buf_str(b, i ? ",{\"role\":" : "{\"role\":");
    buf_json_str(b, bytes_is(role, "developer") ? bytes_str("system") : role);
    buf_str(b, ",\"content\":");
    int rc = put_content(b, content, i, e);
    if (calls) put_member(b, "tool_calls", calls);
    if (id.len) {
        put_member(b, "tool_call_id", json_get(m, "tool_call_id"));
        buf_str(b, ",\"name\":");
        buf_json_str(b, called_name(messages, id));
    }
    buf_byte(b, '}');
    return rc;
}

static int put_messages(buf *b, const json *j, err *e) {
    const json *list = member(j, "messages");
    size_t i = 0;
    int rc = OK;
    if (!list || list->type != JSON_ARRAY || !list->count)
        return fail(e, ERR_ARGUMENT, "messages: a list of at least one message is needed.");
    buf_str(b, "{\"messages\":[");
    for (const json *m = list->first; !rc && m; m = m->next) rc = put_message(b, list, m, i++, e);
    buf_byte(b, ']');
    return rc;
}

/* ---- Requests ---- */

static int add_ask(call *c, err *e) {
    buf *asks = mem_grow(c->asks, (c->n_asks + 1) * sizeof *asks);
    if (asks) c->asks = asks;
    buf *echo = mem_grow(c->echo, (c->n_asks + 1) * sizeof *echo);
    if (echo) c->echo = echo;
    if (!asks || !echo) return fail(e, ERR_MEMORY, "no memory for the request");
    c->asks[c->n_asks] = c->echo[c->n_asks] = (buf){0};
    c->n_asks++;
    return OK;
}

static int open_chat(call *c, const json *j, err *e) {
    double top = 0;
    int rc = read_flag(j, "logprobs", &c->logprobs, e);
    if (!rc) rc = read_count(j, "top_logprobs", 0, 20, &top, e);
    if (!rc && top > 0 && !c->logprobs) rc = fail(e, ERR_ARGUMENT, "top_logprobs: logprobs must be true for it.");
    c->n_top = (int)top;
    if (!rc) rc = add_ask(c, e);
    return rc ? rc : put_messages(&c->asks[0], j, e);
}

static int add_prompt(call *c, const json *prompt, bool echo, const char *name, err *e) {
    bool ids = prompt->type == JSON_ARRAY && prompt->count && prompt->first->type == JSON_NUMBER;
    if (!ids && (prompt->type != JSON_STRING || !prompt->string.len))
        return fail(e, ERR_ARGUMENT, "%s: a text that is not empty, or a list of such, is needed.", name);
    int rc = add_ask(c, e);
    if (rc) return rc;
    if (ids && echo)
        return fail(e, ERR_UNSUPPORTED, "echo: not for a prompt of token ids. Leave it out, or give the text.");
    buf_str(&c->asks[c->n_asks - 1], "{\"prompt\":");
    json_write(prompt, &c->asks[c->n_asks - 1]);
    if (echo) buf_bytes(&c->echo[c->n_asks - 1], json_string(prompt, ""));
    return OK;
}

/* One input, or a list of them. */
static int add_prompts(call *c, const json *given, bool echo, const char *name, err *e) {
    if (!given) return fail(e, ERR_ARGUMENT, "%s: a text is needed.", name);
    bool list = given->type == JSON_ARRAY && !(given->count && given->first->type == JSON_NUMBER);
    if (!list) return add_prompt(c, given, echo, name, e);
    if (!given->count || given->count > CALL_INPUTS_MOST)
        return fail(e, ERR_ARGUMENT, "%s: 1 to %d texts are needed.", name, (int)CALL_INPUTS_MOST);
    int rc = OK;
    for (const json *one = given->first; !rc && one; one = one->next) rc = add_prompt(c, one, echo, name, e);
    return rc;
}

static int open_text(call *c, const json *j, err *e) {
    bool echo = false;
    double top = 0;
    int rc = read_flag(j, "echo", &echo, e);
    if (!rc && member(j, "suffix"))
        rc = fail(e, ERR_UNSUPPORTED, "suffix: text can only be continued, not filled in. Leave it out.");
    if (!rc && json_number(member(j, "best_of"), 1) != 1)
        rc = fail(e, ERR_UNSUPPORTED, "best_of: answers are not compared. Leave it out; n gives several.");
    if (!rc) rc = read_count(j, "logprobs", 0, 20, &top, e);
    if (!rc && echo && member(j, "logprobs"))
        rc = fail(e, ERR_UNSUPPORTED, "echo: a prompt has no log-probabilities here. Leave out echo or logprobs.");
    c->logprobs = member(j, "logprobs") != NULL; /* with 0 those of the chosen tokens alone */
    c->n_top = (int)top;
    return rc ? rc : add_prompts(c, member(j, "prompt"), echo, "prompt", e);
}

static int open_embed(call *c, const json *j, err *e) {
    bytes format = json_string(member(j, "encoding_format"), "float");
    bytes pooling = json_string(member(j, "pooling"), "mean");
    c->base64 = bytes_is(format, "base64");
    if (!c->base64 && !bytes_is(format, "float"))
        return fail(e, ERR_ARGUMENT, "encoding_format: \"float\" or \"base64\" is needed.");
    if (member(j, "dimensions"))
        return fail(e, ERR_UNSUPPORTED, "dimensions: the model's vectors have their own. Leave it out.");
    int rc = add_prompts(c, member(j, "input"), false, "input", e);
    for (uint32_t i = 0; !rc && i < c->n_asks; i++) {
        buf_str(&c->asks[i], ",\"embed\":");
        buf_json_str(&c->asks[i], pooling);
        buf_byte(&c->asks[i], '}');
    }
    return rc;
}

static int open_answers(call *c, const json *j, err *e) {
    const json *options = member(j, "stream_options");
    double n = 1, seed = any_seed();
    int rc = read_flag(j, "stream", &c->stream, e);
    if (!rc) rc = read_count(j, "n", 1, CALL_DRAFTS_MOST, &n, e);
    if (!rc) rc = read_count(j, "seed", 0, 9007199254740991.0 - CALL_DRAFTS_MOST, &seed, e);
    if (!rc) rc = check_penalties(j, e);
    if (!rc && options && !c->stream) rc = fail(e, ERR_ARGUMENT, "stream_options: only for a stream.");
    if (!rc) rc = read_flag(options, "include_usage", &c->tell_usage, e);
    c->n = (uint32_t)n;
    if (!rc) rc = c->kind == CALL_CHAT ? open_chat(c, j, e) : open_text(c, j, e);
    for (uint32_t i = 0; !rc && i < c->n_asks; i++) {
        buf *b = &c->asks[i];
        put_sampling(b, j, c->n, seed);
        /* The token's own log-probability comes with the best ones, of which there must be at least one. */
        if (c->logprobs) buf_printf(b, ",\"logprobs\":%d", c->n_top ? c->n_top : 1);
        buf_byte(b, '}');
        rc = buf_status(b, e);
    }
    return rc;
}

int call_open(call *c, call_kind kind, bytes body, const char *model, err *e) {
    const json *j = NULL;
    *c = (call){.kind = kind, .model = model, .n = 1};
    shape_id(c);
    int rc = json_parse(&j, body, e);
    if (rc == ERR_CORRUPT) rc = fail(e, ERR_ARGUMENT, "The body is not JSON.");
    else if (!rc && j->type != JSON_OBJECT) rc = fail(e, ERR_ARGUMENT, "The body is not a JSON object.");
    if (!rc) rc = kind == CALL_EMBED ? open_embed(c, j, e) : open_answers(c, j, e);
    json_close(j);
    return rc;
}

void call_close(call *c) {
    for (uint32_t i = 0; i < c->n_asks; i++) {
        buf_clear(&c->asks[i]);
        buf_clear(&c->echo[i]);
    }
    for (int i = 0; i < CALL_DRAFTS_MOST; i++) {
        call_choice *one = &c->one[i];
        buf *all[] = {&one->text, &one->calls, &one->logprobs, &one->tops, &one->offsets};
        for (size_t k = 0; k < sizeof all / sizeof *all; k++) buf_clear(all[k]);
    }
    mem_free(c->asks);
    mem_free(c->echo);
    buf_clear(&c->choices);
    buf_clear(&c->out);
    *c = (call){0};
}

/* ---- Steps ---- */

static int core_failed(const oa *core, int rc, err *e) { return fail(e, rc, "%s", oa_error(core)); }

static uint32_t index_of(const json *step) { return (uint32_t)json_number(json_get(step, "index"), 0); }

static void next_ask(call *c) {
    c->begun = false;
    c->n_over = 0;
    if (++c->at < c->n_asks) shape_next(c);
    else shape_finish(c);
}

static void take(call *c, oa *core, int event, const json *j) {
    uint32_t index = index_of(j);
    if (c->kind == CALL_EMBED) {
        c->prompt_tokens += json_number(json_get(j, "prompt_tokens"), 0);
        shape_embedding(c, j);
        next_ask(c);
        return;
    }
    shape_piece(c, index, json_string(json_get(j, "text"), ""), json_get(j, "calls"), core, j);
    if (event != OA_DONE) return;
    shape_end(c, index, j);
    c->completion_tokens += json_number(json_get(j, "completion_tokens"), 0);
    if (++c->n_over < c->n) return;
    c->prompt_tokens += json_number(json_get(j, "prompt_tokens"), 0);
    next_ask(c);
}

int call_step(call *c, oa *core, err *e) {
    const json *j = NULL;
    int event = 0, rc;
    if (!c->begun) {
        const buf *ask = &c->asks[c->at];
        rc = oa_begin(core, (const char *)ask->ptr, ask->len);
        c->begun = rc == OK;
        return rc ? core_failed(core, rc, e) : OK;
    }
    rc = oa_step(core, &event);
    if (rc) c->begun = false;
    if (rc) return core_failed(core, rc, e);
    if (event == OA_PREFILL) return OK;
    rc = json_parse(&j, bytes_of(oa_result(core), oa_result_len(core)), e);
    if (!rc) take(c, core, event, j);
    json_close(j);
    return rc ? rc : buf_status(&c->out, e);
}

void call_stop(const call *c, oa *core) {
    if (!c->begun) return;
    for (uint32_t i = 0; i < c->n; i++)
        if (oa_stop(core)) return; /* all have ended */
}
