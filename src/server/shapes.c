/* From the core's shape to OpenAI's. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "server/call_impl.h"

static void put_hex(char *out, size_t n_bytes) {
    uint8_t random[16] = {0};
    if (getentropy(random, n_bytes)) memset(random, 0, sizeof random);
    for (size_t i = 0; i < n_bytes; i++) sprintf(out + 2 * i, "%02x", random[i]);
}

void shape_id(call *c) {
    strcpy(c->id, c->kind == CALL_CHAT ? "chatcmpl-" : "cmpl-");
    put_hex(c->id + strlen(c->id), 12);
    c->created = (long long)time(NULL);
}

/* The members that every object begins with. */
static void put_head(const call *c, const char *object, buf *b) {
    buf_printf(b, "{\"id\":\"%s\",\"object\":\"%s\",\"created\":%lld,\"model\":", c->id, object, c->created);
    buf_json_str(b, bytes_str(c->model));
}

static void put_usage(const call *c, buf *b) {
    buf_printf(b, "{\"prompt_tokens\":%.0f,", c->prompt_tokens);
    if (c->kind != CALL_EMBED) buf_printf(b, "\"completion_tokens\":%.0f,", c->completion_tokens);
    buf_printf(b, "\"total_tokens\":%.0f}", c->prompt_tokens + c->completion_tokens);
}

static void put_reason(const char *reason, buf *b) {
    if (*reason) buf_printf(b, "\"%s\"", reason);
    else buf_str(b, "null");
}

static const char *object_of(const call *c) {
    if (c->kind == CALL_TEXT) return "text_completion";
    return c->stream ? "chat.completion.chunk" : "chat.completion";
}

/* Choices are numbered on, input after input. */
static unsigned choice_number(const call *c, uint32_t index) { return (unsigned)(c->at * c->n + index); }

/* ---- Log-probabilities ---- */

static void put_token(oa *core, int32_t id, buf *out) {
    if (oa_detokenize(core, &id, 1, 1)) buf_json_str(out, bytes_of("", 0));
    else buf_json_str(out, bytes_of(oa_result(core), oa_result_len(core)));
}

static void put_token_bytes(oa *core, int32_t id, buf *out) {
    buf_byte(out, '[');
    if (!oa_detokenize(core, &id, 1, 1))
        for (size_t i = 0; i < oa_result_len(core); i++) buf_printf(out, i ? ",%d" : "%d", oa_result(core)[i]);
    buf_byte(out, ']');
}

static void put_chat_token(oa *core, int32_t id, double logprob, buf *out) {
    buf_str(out, "{\"token\":");
    put_token(core, id, out);
    buf_str(out, ",\"logprob\":");
    buf_json_num(out, logprob);
    buf_str(out, ",\"bytes\":");
    put_token_bytes(core, id, out);
}

static int32_t pair_id(const json *pair) { return (int32_t)json_number(pair->first, 0); }
static double pair_logprob(const json *pair) { return json_number(pair->first ? pair->first->next : NULL, 0); }

/* The step was parsed from the core's result, which is gone with the first detokenised token. */
static void add_chat_logprob(const call *c, oa *core, const json *step, buf *out) {
    const json *top = json_get(step, "top");
    int n = 0;
    if (out->len) buf_byte(out, ',');
    put_chat_token(core, (int32_t)json_number(json_get(step, "id"), 0), json_number(json_get(step, "logprob"), 0), out);
    buf_str(out, ",\"top_logprobs\":[");
    for (const json *p = top ? top->first : NULL; p && n < c->n_top; p = p->next, n++) {
        if (n) buf_byte(out, ',');
        put_chat_token(core, pair_id(p), pair_logprob(p), out);
        buf_byte(out, '}');
    }
    buf_str(out, "]}");
}

/* Of a text in JavaScript, where programs count. */
static size_t code_units(bytes s) {
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) n += ((s.ptr[i] & 0xc0) != 0x80) + (s.ptr[i] >= 0xf0);
    return n;
}

static void add_text_logprob(const call *c, oa *core, const json *step, call_choice *one, size_t offset) {
    const json *top = json_get(step, "top");
    const char *comma = one->logprobs.len ? "," : "";
    int n = 0;
    buf_str(&one->calls, comma); /* tokens: completions have no calls */
    put_token(core, (int32_t)json_number(json_get(step, "id"), 0), &one->calls);
    buf_str(&one->logprobs, comma);
    buf_json_num(&one->logprobs, json_number(json_get(step, "logprob"), 0));
    buf_printf(&one->offsets, "%s%zu", comma, offset);
    buf_printf(&one->tops, "%s{", comma);
    for (const json *p = top ? top->first : NULL; p && n < c->n_top; p = p->next, n++) {
        if (n) buf_byte(&one->tops, ',');
        put_token(core, pair_id(p), &one->tops);
        buf_byte(&one->tops, ':');
        buf_json_num(&one->tops, pair_logprob(p));
    }
    buf_byte(&one->tops, '}');
}

static void put_logprobs(const call *c, const call_choice *one, buf *b) {
    if (!c->logprobs || !one->logprobs.len) {
        buf_str(b, "null");
        return;
    }
    if (c->kind == CALL_CHAT) {
        buf_str(b, "{\"content\":[");
        buf_bytes(b, buf_view(&one->logprobs));
        buf_str(b, "]}");
        return;
    }
    const struct {
        const char *name;
        const buf *list;
    } all[] = {{"tokens", &one->calls},
               {"token_logprobs", &one->logprobs},
               {"top_logprobs", &one->tops},
               {"text_offset", &one->offsets}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        buf_printf(b, i ? ",\"%s\":[" : "{\"%s\":[", all[i].name);
        buf_bytes(b, buf_view(all[i].list));
        buf_byte(b, ']');
    }
    buf_byte(b, '}');
}

/* ---- Pieces ---- */

/* Calls with the ids and the numbers that OpenAI's have. */
static void add_calls(call_choice *one, const json *calls, bool numbered, buf *out) {
    for (const json *f = calls ? calls->first : NULL; f; f = f->next) {
        char id[32] = "call_";
        put_hex(id + 5, 12);
        buf_str(out, out->len ? ",{" : "{");
        if (numbered) buf_printf(out, "\"index\":%u,", (unsigned)one->n_calls);
        one->n_calls++;
        buf_printf(out, "\"id\":\"%s\",\"type\":\"function\",\"function\":{\"name\":", id);
        buf_json_str(out, json_string(json_get(f, "name"), ""));
        buf_str(out, ",\"arguments\":");
        buf_json_str(out, json_string(json_get(f, "arguments"), ""));
        buf_str(out, "}}");
    }
}

static void clear_lists(call_choice *one) {
    buf_reset(&one->calls);
    buf_reset(&one->logprobs);
    buf_reset(&one->tops);
    buf_reset(&one->offsets);
}

static void begin_event(const call *c, uint32_t index, buf *b) {
    buf_str(b, "data: ");
    put_head(c, object_of(c), b);
    buf_printf(b, ",\"choices\":[{\"index\":%u,", choice_number(c, index));
}

static void end_event(const call *c, const call_choice *one, const char *reason, buf *b) {
    buf_str(b, ",\"logprobs\":");
    put_logprobs(c, one, b);
    buf_str(b, ",\"finish_reason\":");
    put_reason(reason, b);
    buf_str(b, c->tell_usage ? "}],\"usage\":null}\n\n" : "}]}\n\n");
}

static void stream_piece(call *c, uint32_t index, bytes text, const json *calls) {
    call_choice *one = &c->one[index];
    buf list = {0};
    begin_event(c, index, &c->out);
    if (c->kind == CALL_TEXT) {
        buf whole = {0};
        if (!one->begun) buf_bytes(&whole, buf_view(&c->echo[c->at]));
        buf_bytes(&whole, text);
        buf_str(&c->out, "\"text\":");
        buf_json_str(&c->out, buf_view(&whole));
        buf_clear(&whole);
    } else {
        add_calls(one, calls, true, &list);
        buf_str(&c->out, one->begun ? "\"delta\":{\"content\":" : "\"delta\":{\"role\":\"assistant\",\"content\":");
        buf_json_str(&c->out, text);
        if (list.len) {
            buf_str(&c->out, ",\"tool_calls\":[");
            buf_bytes(&c->out, buf_view(&list));
            buf_byte(&c->out, ']');
        }
        buf_byte(&c->out, '}');
        buf_clear(&list);
    }
    one->begun = true;
    end_event(c, one, "", &c->out);
    clear_lists(one);
}

void shape_piece(call *c, uint32_t index, bytes text, const json *calls, oa *core, const json *step) {
    call_choice *one = &c->one[index];
    bool token = json_get(step, "logprob") != NULL;
    if (c->logprobs && token && c->kind == CALL_CHAT) add_chat_logprob(c, core, step, &one->logprobs);
    else if (c->logprobs && token) add_text_logprob(c, core, step, one, code_units(buf_view(&one->text)));
    buf_bytes(&one->text, text);
    if (c->stream && (text.len || calls || one->logprobs.len || !one->begun)) stream_piece(c, index, text, calls);
    else if (!c->stream && c->kind == CALL_CHAT) add_calls(one, calls, false, &one->calls);
}

static void put_message(const call *c, uint32_t index, buf *b) {
    const call_choice *one = &c->one[index];
    buf_str(b, "\"message\":{\"role\":\"assistant\",\"content\":");
    if (one->calls.len && !one->text.len) buf_str(b, "null");
    else buf_json_str(b, buf_view(&one->text));
    buf_str(b, ",\"refusal\":null");
    if (one->calls.len) {
        buf_str(b, ",\"tool_calls\":[");
        buf_bytes(b, buf_view(&one->calls));
        buf_byte(b, ']');
    }
    buf_byte(b, '}');
}

static void put_choice(const call *c, uint32_t index, buf *b) {
    const call_choice *one = &c->one[index];
    buf_printf(b, b->len ? ",{\"index\":%u," : "{\"index\":%u,", choice_number(c, index));
    if (c->kind == CALL_CHAT) {
        put_message(c, index, b);
    } else {
        buf whole = {0};
        buf_bytes(&whole, buf_view(&c->echo[c->at]));
        buf_bytes(&whole, buf_view(&one->text));
        buf_str(b, "\"text\":");
        buf_json_str(b, buf_view(&whole));
        buf_clear(&whole);
    }
    buf_str(b, ",\"logprobs\":");
    put_logprobs(c, one, b);
    buf_str(b, ",\"finish_reason\":");
    put_reason(one->reason, b);
    buf_byte(b, '}');
}

void shape_end(call *c, uint32_t index, const json *done) {
    call_choice *one = &c->one[index];
    bytes reason = json_string(json_get(done, "finish_reason"), "stop");
    snprintf(one->reason, sizeof one->reason, "%.*s", (int)reason.len, (const char *)reason.ptr);
    one->over = true;
    if (!c->stream) return;
    begin_event(c, index, &c->out);
    buf_str(&c->out, c->kind == CALL_CHAT ? "\"delta\":{}" : "\"text\":\"\"");
    end_event(c, one, one->reason, &c->out);
}

static void keep_choices(call *c) {
    for (uint32_t i = 0; i < c->n; i++) {
        call_choice *one = &c->one[i];
        if (!c->stream && c->kind != CALL_EMBED) put_choice(c, i, &c->choices);
        clear_lists(one);
        buf_reset(&one->text);
        one->n_calls = 0;
        one->begun = one->over = false;
    }
}

void shape_next(call *c) {
    c->at--; /* the choices are those of the input before */
    keep_choices(c);
    c->at++;
}

void shape_finish(call *c) {
    buf *b = &c->out;
    shape_next(c);
    c->end = true;
    if (c->stream) {
        if (c->tell_usage) {
            buf_str(b, "data: ");
            put_head(c, object_of(c), b);
            buf_str(b, ",\"choices\":[],\"usage\":");
            put_usage(c, b);
            buf_str(b, "}\n\n");
        }
        buf_str(b, "data: [DONE]\n\n");
        return;
    }
    if (c->kind == CALL_EMBED) {
        buf_str(b, "{\"object\":\"list\",\"model\":");
        buf_json_str(b, bytes_str(c->model));
    } else {
        put_head(c, object_of(c), b);
    }
    buf_str(b, c->kind == CALL_EMBED ? ",\"data\":[" : ",\"choices\":[");
    buf_bytes(b, buf_view(&c->choices));
    buf_str(b, "],\"usage\":");
    put_usage(c, b);
    buf_byte(b, '}');
}

/* ---- Embeddings ---- */

static void put_base64(const json *list, buf *b) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    buf raw = {0};
    for (const json *x = list->first; x; x = x->next) {
        float f = (float)x->number;
        buf_put(&raw, &f, sizeof f);
    }
    buf_byte(b, '"');
    for (size_t i = 0; i < raw.len; i += 3) {
        size_t left = raw.len - i;
        uint32_t v = (uint32_t)raw.ptr[i] << 16 | (left > 1 ? (uint32_t)raw.ptr[i + 1] << 8 : 0) |
                     (left > 2 ? raw.ptr[i + 2] : 0);
        for (int k = 0; k < 4; k++) buf_byte(b, (size_t)k <= left ? (uint8_t)digits[v >> (18 - 6 * k) & 63] : '=');
    }
    buf_byte(b, '"');
    buf_clear(&raw);
}

void shape_embedding(call *c, const json *done) {
    const json *list = json_get(done, "embedding");
    buf_printf(&c->choices,
               c->choices.len ? ",{\"object\":\"embedding\",\"index\":%u,\"embedding\":"
                              : "{\"object\":\"embedding\",\"index\":%u,\"embedding\":",
               (unsigned)c->at);
    if (c->base64) put_base64(list, &c->choices);
    else json_write(list, &c->choices);
    buf_byte(&c->choices, '}');
}

/* ---- Errors ---- */

unsigned call_status(int code) {
    switch (code) {
    case ERR_ARGUMENT:
    case ERR_UNSUPPORTED:
    case ERR_TOO_LONG:
        return 400;
    case ERR_NOT_FOUND:
        return 404;
    default:
        return 500;
    }
}

/* The member at fault: what the message begins with, up to a colon. */
static bytes param_of(const err *e) {
    static const char *const formats[] = {"json_schema", "regex", "grammar"};
    size_t n = strspn(e->text, "abcdefghijklmnopqrstuvwxyz0123456789_[].");
    bool named = n > 0 && e->text[n] == ':' && call_status(e->code) == 400;
    bytes param = bytes_of(e->text, named ? n : 0);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (bytes_is(param, formats[i])) return bytes_str("response_format");
    return param;
}

void call_error(const err *e, buf *out) {
    bytes param = param_of(e);
    buf_str(out, "{\"error\":{\"message\":");
    buf_json_str(out, bytes_str(e->text));
    buf_printf(out,
               ",\"type\":\"%s\",\"param\":", call_status(e->code) < 500 ? "invalid_request_error" : "server_error");
    if (param.len) buf_json_str(out, param);
    else buf_str(out, "null");
    buf_printf(out, ",\"code\":\"%s\"}}", status_name(e->code));
}
