/* The grammar that an answer must keep to, or the calls in it. */
#include "api/oa_impl.h"

void oa_grammar_drop(oa *o) {
    grammar_close(o->grammar);
    vocab_trie_close(o->trie);
    buf_clear(&o->grammar_source);
    o->grammar = NULL;
    o->trie = NULL;
}

/* Compiles it, unless the last request asked for the same: then what was learned about its states is of use again. */
static int compile(oa *o, const json *format) {
    buf source = {0};
    json_write(format, &source);
    int rc = buf_status(&source, &o->e);
    if (!rc && o->grammar && bytes_eq(buf_view(&source), buf_view(&o->grammar_source))) {
        buf_clear(&source);
        grammar_reset(o->grammar);
        return OK;
    }
    grammar_close(o->grammar);
    o->grammar = NULL;
    buf_clear(&o->grammar_source);
    if (!rc) rc = grammar_open(&o->grammar, o->trie, format, &o->e);
    if (rc) buf_clear(&source);
    else o->grammar_source = source;
    return rc;
}

/* The first answer's is kept by the object. */
static int compile_for(oa *o, answer *a, const json *format, grammar **out) {
    int rc = o->trie ? OK : vocab_trie_open(&o->trie, o->tok, o->m->hp.n_vocab, &o->e);
    if (rc) return rc;
    if (!a->index) {
        rc = compile(o, format);
        *out = o->grammar;
        return rc;
    }
    rc = grammar_open(&a->own, o->trie, format, &o->e);
    *out = a->own;
    return rc;
}

static const json *asked_format(const json *request) {
    const json *format = json_get(request, "response_format");
    return format && format->type != JSON_NULL ? format : NULL;
}

/* A text that is continued is the beginning of what the grammar allows. */
static int put_prefix(oa *o, grammar *g, const json *request) {
    const json *messages = json_get(request, "messages"), *last = messages ? messages->first : NULL;
    if (!json_bool(json_get(request, "continue_final_message"), false)) return OK;
    while (last && last->next) last = last->next;
    if (grammar_put(g, json_string(json_get(last, "content"), ""), NULL) == OK) return OK;
    return fail(&o->e, ERR_UNSUPPORTED, "response_format: the text that the answer is to continue does not fit it");
}

int oa_grammar(oa *o, answer *a, const json *request) {
    const json *format = asked_format(request);
    a->grammar = NULL;
    if (!format) return OK;
    int rc = compile_for(o, a, format, &a->grammar);
    return rc || !a->grammar ? rc : put_prefix(o, a->grammar, request);
}

static int compile_calls(oa *o, answer *a, const json *tools, bool free) {
    const json *format = NULL;
    buf text = {0};
    tools_format(tools, !a->req.one_call, free, &text);
    int rc = buf_status(&text, &o->e);
    if (!rc) rc = json_parse(&format, buf_view(&text), &o->e);
    if (!rc) rc = compile_for(o, a, format, &a->of_calls);
    json_close(format);
    buf_clear(&text);
    return rc;
}

static bool any_strict(const json *tools) {
    for (const json *t = tools->first; t; t = t->next)
        if (json_bool(json_get(json_get(t, "function"), "strict"), false)) return true;
    return false;
}

int oa_call_grammar(oa *o, answer *a, const json *request) {
    const json *tools = chat_tools(request);
    a->of_calls = NULL;
    if (!tools || asked_format(request)) return OK;
    int rc = compile_calls(o, a, tools, false);
    if (rc && rc != ERR_MEMORY && !any_strict(tools)) return compile_calls(o, a, tools, true);
    const err why = o->e;
    return rc && rc != ERR_MEMORY ? fail(&o->e, rc, "tools: %s", why.text) : rc;
}
