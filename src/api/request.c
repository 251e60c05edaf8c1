/* Requests: JSON members to checked parameters. Absent and null mean the default. */
#include "api/oa_impl.h"
#include "base/mem.h"

static const json *member(const json *j, const char *name) {
    const json *v = json_get(j, name);
    return v && v->type != JSON_NULL ? v : NULL;
}

static int read_float(const json *j, const char *name, float *out, err *e) {
    const json *v = member(j, name);
    if (!v) return OK;
    if (v->type != JSON_NUMBER) return fail(e, ERR_ARGUMENT, "%s: a number is needed", name);
    *out = (float)v->number;
    return OK;
}

static int read_integer(const json *j, const char *name, double lo, double hi, double *out, err *e) {
    const json *v = member(j, name);
    if (!v) return OK;
    if (v->type != JSON_NUMBER || !(v->number >= lo && v->number <= hi) || v->number != (double)(int64_t)v->number)
        return fail(e, ERR_ARGUMENT, "%s: a whole number from %.0f to %.0f is needed", name, lo, hi);
    *out = v->number;
    return OK;
}

static int read_int(const json *j, const char *name, double lo, double hi, int *out, err *e) {
    double v = *out;
    int rc = read_integer(j, name, lo, hi, &v, e);
    *out = (int)v;
    return rc;
}

static int read_bool(const json *j, const char *name, bool *out, err *e) {
    const json *v = member(j, name);
    if (!v) return OK;
    if (v->type != JSON_BOOL) return fail(e, ERR_ARGUMENT, "%s: true or false is needed", name);
    *out = v->boolean;
    return OK;
}

/* "123" to 123; -1 where it is not a number below 2^31. */
static int32_t id_of(bytes s) {
    int64_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9' || n > INT32_MAX / 10) return -1;
        n = n * 10 + (s.ptr[i] - '0');
    }
    return s.len && n <= INT32_MAX ? (int32_t)n : -1;
}

static int read_bias(request *r, const json *j, err *e) {
    const json *v = member(j, "logit_bias");
    if (!v) return OK;
    if (v->type != JSON_OBJECT) return fail(e, ERR_ARGUMENT, "logit_bias: an object of token id and bias is needed");
    r->bias = mem_array(v->count ? v->count : 1, sizeof *r->bias);
    if (!r->bias) return fail(e, ERR_MEMORY, "no memory for the request");
    for (const json *b = v->first; b; b = b->next) {
        int32_t id = id_of(b->key);
        if (id < 0 || b->type != JSON_NUMBER)
            return fail(e, ERR_ARGUMENT, "logit_bias: every member is a token id with a number");
        r->bias[r->sampling.n_bias++] = (sampler_bias){id, (float)b->number};
    }
    r->sampling.bias = r->bias;
    return OK;
}

static int read_overflow(request *r, const json *j, err *e) {
    const json *v = member(j, "overflow");
    r->drop = true;
    if (!v || bytes_is(json_string(v, ""), "drop")) return OK;
    r->drop = false;
    return bytes_is(json_string(v, ""), "error") ? OK
                                                 : fail(e, ERR_ARGUMENT, "overflow: \"drop\" or \"error\" is needed");
}

static int read_sampling(sampler_params *p, const json *j, err *e) {
    double seed = (double)p->seed;
    int rc = read_float(j, "temperature", &p->temperature, e);
    if (!rc) rc = read_float(j, "top_p", &p->top_p, e);
    if (!rc) rc = read_float(j, "min_p", &p->min_p, e);
    if (!rc) rc = read_float(j, "typical_p", &p->typical_p, e);
    if (!rc) rc = read_float(j, "repeat_penalty", &p->repeat_penalty, e);
    if (!rc) rc = read_float(j, "presence_penalty", &p->presence_penalty, e);
    if (!rc) rc = read_float(j, "frequency_penalty", &p->frequency_penalty, e);
    if (!rc) rc = read_int(j, "top_k", 0, INT32_MAX, &p->top_k, e);
    if (!rc) rc = read_int(j, "penalty_last_n", -1, INT32_MAX, &p->penalty_last_n, e);
    if (!rc) rc = read_integer(j, "seed", 0, 9007199254740991.0, &seed, e); /* what a JSON number holds exactly */
    p->seed = (uint64_t)seed;
    return rc;
}

int request_read(request *r, const json *j, err *e) {
    int max_tokens = 0;
    *r = (request){.sampling = sampler_defaults(), .stream = true, .speculate = true};
    int rc = read_sampling(&r->sampling, j, e);
    if (!rc) rc = read_bias(r, j, e);
    if (!rc) rc = sampler_check(&r->sampling, e);
    if (!rc) rc = read_overflow(r, j, e);
    if (!rc) rc = read_int(j, "max_tokens", 1, INT32_MAX, &max_tokens, e);
    if (!rc) rc = read_int(j, "logprobs", 0, OA_LOGPROBS_MAX, &r->n_logprobs, e);
    if (!rc) rc = read_bool(j, "stream", &r->stream, e);
    if (!rc) rc = read_bool(j, "speculate", &r->speculate, e);
    bool parallel = true;
    if (!rc) rc = read_bool(j, "parallel_tool_calls", &parallel, e);
    const json *choice = member(j, "tool_choice");
    r->one_call = !parallel || (choice && choice->type == JSON_OBJECT); /* a tool by name: its call is the answer */
    r->max_tokens = (uint32_t)max_tokens;
    if (rc) request_clear(r);
    return rc;
}

int request_vary(request *r, const json *draft, err *e) {
    if (draft->type != JSON_OBJECT) return fail(e, ERR_ARGUMENT, "drafts: a list of objects is needed");
    int rc = read_sampling(&r->sampling, draft, e);
    return rc ? rc : sampler_check(&r->sampling, e);
}

void request_clear(request *r) {
    mem_free(r->bias);
    *r = (request){0};
}

static bool is_tool(const json *tools, bytes name) {
    for (const json *t = tools->first; t; t = t->next)
        if (bytes_eq(json_string(json_get(json_get(t, "function"), "name"), ""), name)) return true;
    return false;
}

int request_force(const oa *o, const json *j, buf *tail, err *e) {
    const json *list = member(j, "tools"), *choice = member(j, "tool_choice"), *tools = chat_tools(j);
    bytes word = json_string(choice, ""), name = json_string(json_get(json_get(choice, "function"), "name"), "");
    if (list && list->type != JSON_ARRAY) return fail(e, ERR_ARGUMENT, "tools: a list of tools is needed");
    for (const json *t = list ? list->first : NULL; t; t = t->next)
        if (!json_string(json_get(json_get(t, "function"), "name"), "").len)
            return fail(e, ERR_ARGUMENT, "tools: every tool needs a \"function\" with a \"name\"");
    if (!choice || bytes_is(word, "auto") || bytes_is(word, "none")) return OK;
    if (!name.len && !bytes_is(word, "required"))
        return fail(e, ERR_ARGUMENT, "tool_choice: \"none\", \"auto\", \"required\" or a function is needed");
    if (!tools || (name.len && !is_tool(tools, name)))
        return fail(e, ERR_ARGUMENT, "tool_choice: there is no such tool");
    if (json_get(j, "response_format") && json_get(j, "response_format")->type != JSON_NULL)
        return fail(e, ERR_ARGUMENT, "response_format: not with a tool_choice that demands a call");
    tools_force(oa_template_source(o), name, tail);
    return buf_status(tail, e);
}

int request_stops(stream *s, const json *j, err *e) {
    const json *v = member(j, "stop");
    if (!v) return OK;
    if (v->type == JSON_STRING) return stream_stop_at(s, v->string, e);
    if (v->type != JSON_ARRAY) return fail(e, ERR_ARGUMENT, "stop: a text or a list of texts is needed");
    for (const json *t = v->first; t; t = t->next) {
        if (t->type != JSON_STRING) return fail(e, ERR_ARGUMENT, "stop: a text or a list of texts is needed");
        int rc = stream_stop_at(s, t->string, e);
        if (rc) return rc;
    }
    return OK;
}
