/* Calls in an answer: a small machine over the text that is held. */
#include "assist/calls.h"

enum state { IN_TEXT, IN_MARKER, IN_JSON, IN_XML, BEHIND };

static const char open_tag[] = "<tool_call>", close_tag[] = "</tool_call>", python_tag[] = "<|python_tag|>",
                  function_tag[] = "<function=", function_end[] = "</function>",
                  key_tag[] = "<parameter=", key_end[] = "</parameter>";
static const char *const markers[] = {open_tag, python_tag, function_tag};
enum { N_MARKERS = sizeof markers / sizeof *markers };

int calls_open(calls *c, const json *tools, err *e) {
    buf text = {0};
    *c = (calls){0};
    json_write(tools, &text);
    int rc = buf_status(&text, e);
    if (!rc) rc = json_parse(&c->tools, buf_view(&text), e);
    buf_clear(&text);
    return rc;
}

void calls_clear(calls *c) {
    json_close(c->tools);
    buf_clear(&c->held);
    *c = (calls){0};
}

bool calls_is_marker(bytes text) {
    return bytes_is(text, open_tag) || bytes_is(text, close_tag) || bytes_is(text, python_tag);
}

static bool is_space(uint8_t c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

static size_t skip_space(bytes s, size_t at) {
    while (at < s.len && is_space(s.ptr[at])) at++;
    return at;
}

static bytes part(bytes s, size_t from, size_t to) { return bytes_of(s.ptr + from, to - from); }

static bytes trim(bytes s) {
    while (s.len && is_space(s.ptr[s.len - 1])) s.len--;
    size_t from = skip_space(s, 0);
    return part(s, from, s.len);
}

/* Whether s[at..] begins with `word`; *partial where all of s[at..] is the word's beginning. */
static bool begins(bytes s, size_t at, const char *word, bool *partial) {
    size_t len = strlen(word), left = s.len - at, n = left < len ? left : len;
    bool same = n && !memcmp(s.ptr + at, word, n);
    *partial = same && left < len;
    return same && left >= len;
}

/* Where `word` stands in s[from..]; s.len if nowhere. */
static size_t find(bytes s, size_t from, const char *word) {
    bool partial;
    for (size_t at = from; at < s.len; at++)
        if (begins(s, at, word, &partial)) return at;
    return s.len;
}

bool calls_in_object(const calls *c, bool demanded, bytes *text) {
    if (c->state != IN_JSON) return false;
    bytes s = buf_view(&c->held), object = part(s, c->start, s.len);
    *text = object;
    return (demanded && !c->n) || skip_space(s, 0) < c->start || find(object, 0, "\"arguments\"") < object.len ||
           find(object, 0, "\"parameters\"") < object.len;
}

static void drop(calls *c, size_t n) {
    memmove(c->held.ptr, c->held.ptr + n, c->held.len - n);
    c->held.len -= n;
}

static void give(calls *c, size_t n, buf *out) {
    buf_put(out, c->held.ptr, n);
    if (n) c->begun = true;
    drop(c, n);
}

static void enter(calls *c, enum state state, size_t at) {
    c->state = (int)state;
    c->at = c->start = at;
    c->depth = 0;
    c->quoted = c->escaped = false;
}

/* What is held is no call: its first byte is text, and the rest is looked at again. Blanks before a call are held with
 * it for this. */
static void reject(calls *c, buf *out) {
    give(c, 1, out);
    enter(c, IN_TEXT, 0);
}

static const json *find_tool(const calls *c, bytes name) {
    for (const json *t = c->tools->first; t; t = t->next) {
        const json *f = json_get(t, "function");
        if (bytes_eq(json_string(json_get(f, "name"), ""), name)) return f;
    }
    return NULL;
}

static void put_call(bytes name, bytes arguments, buf *found) {
    buf_str(found, found->len ? ",{\"name\":" : "{\"name\":");
    buf_json_str(found, name);
    buf_str(found, ",\"arguments\":");
    buf_json_str(found, arguments);
    buf_byte(found, '}');
}

/* Arguments given as a text of JSON. */
static bool is_object_text(bytes text) {
    const json *j = NULL;
    bool good = json_parse(&j, text, NULL) == OK && j->type == JSON_OBJECT;
    json_close(j);
    return good;
}

/* One call as an object: {"name", "arguments" or "parameters"}, perhaps below "function". */
static bool read_call(const calls *c, const json *j, buf *found) {
    const json *f = json_get(j, "function");
    if (f && f->type == JSON_OBJECT) j = f;
    bytes name = json_string(f && f->type == JSON_STRING ? f : json_get(j, "name"), "");
    const json *arguments = json_get(j, "arguments");
    buf text = {0};
    bool good = find_tool(c, name) != NULL;
    if (!arguments) arguments = json_get(j, "parameters");
    if (!arguments || arguments->type == JSON_NULL) buf_str(&text, "{}");
    else if (arguments->type == JSON_OBJECT) json_write(arguments, &text);
    else if (arguments->type == JSON_STRING && is_object_text(arguments->string)) buf_bytes(&text, arguments->string);
    else good = false;
    if (good) put_call(name, buf_view(&text), found);
    if (text.bad) found->bad = text.bad;
    buf_clear(&text);
    return good;
}

/* The object or list s: all of it are calls, or nothing is. */
static bool read_calls(calls *c, bytes s, buf *found) {
    const json *j = NULL;
    size_t before = found->len;
    uint32_t n = 0;
    bool good = json_parse(&j, s, NULL) == OK;
    if (good && j->type == JSON_OBJECT) good = read_call(c, j, found), n = 1;
    else if (good)
        for (const json *one = j->first; one && good; one = one->next, n++) good = read_call(c, one, found);
    json_close(j);
    if (good && n) c->n += n;
    else found->len = before;
    return good && n;
}

/* A parameter's value is JSON where its schema wants no string, and a text otherwise. */
static void put_value(const json *tool, bytes key, bytes value, buf *arguments) {
    const json *j = NULL, *p = json_get(json_get(tool, "parameters"), "properties");
    const json *schema = NULL;
    for (const json *m = p ? p->first : NULL; m; m = m->next)
        if (bytes_eq(m->key, key)) schema = m;
    bytes type = json_string(json_get(schema, "type"), "");
    bool plain = !type.len || bytes_is(type, "string") || json_parse(&j, value, NULL) != OK;
    if (plain) buf_json_str(arguments, value);
    else json_write(j, arguments);
    json_close(j);
}

/* "<function=NAME>BODY", without its end. */
static bool read_xml(calls *c, bytes s, buf *found) {
    size_t from = strlen(function_tag), to = find(s, from, ">"), n = 0;
    if (to == s.len) return false;
    bytes name = trim(part(s, from, to)), body = trim(part(s, to + 1, s.len));
    const json *tool = find_tool(c, name);
    buf arguments = {0};
    bool good = tool != NULL;
    if (body.len && body.ptr[0] == '{') {
        good = good && is_object_text(body);
        buf_bytes(&arguments, body);
    } else {
        buf_byte(&arguments, '{');
        for (size_t at = 0; good && at < body.len; n++) {
            bool partial;
            size_t key = at + strlen(key_tag), key_to = find(body, at, ">"), value_to = find(body, at, key_end);
            good = begins(body, at, key_tag, &partial) && key_to < value_to && value_to < body.len;
            if (!good) break;
            if (n) buf_byte(&arguments, ',');
            buf_json_str(&arguments, part(body, key, key_to));
            buf_byte(&arguments, ':');
            put_value(tool, part(body, key, key_to), trim(part(body, key_to + 1, value_to)), &arguments);
            at = skip_space(body, value_to + strlen(key_end));
        }
        buf_byte(&arguments, '}');
    }
    if (good) put_call(name, buf_view(&arguments), found), c->n++;
    if (arguments.bad) found->bad = arguments.bad;
    buf_clear(&arguments);
    return good;
}

/* An object at the answer's beginning whose first member may be a call's. */
static bool may_be_bare(bytes s, size_t at, bool *wait) {
    static const char *const first[] = {"\"name\"",       "\"function\"",  "\"type\"",
                                        "\"parameters\"", "\"arguments\"", "\"id\""};
    *wait = false;
    if (s.ptr[at] != '{') return false;
    at = skip_space(s, at + 1);
    if (at == s.len) *wait = true;
    for (size_t i = 0; at < s.len && i < sizeof first / sizeof *first; i++) {
        bool partial;
        if (begins(s, at, first[i], &partial)) return true;
        *wait = *wait || partial;
    }
    return false;
}

/* Gives out what cannot begin a call; blanks wait for what follows, since those before a call are not text. */
static bool step_text(calls *c, buf *out) {
    bytes s = buf_view(&c->held);
    bool partial, wait;
    size_t blanks = skip_space(s, 0), end = 0; /* end: of what is text for sure */
    if (blanks == s.len) return false;
    if (!c->begun && may_be_bare(s, blanks, &wait)) {
        enter(c, IN_JSON, blanks);
        return true;
    }
    if (!c->begun && wait) return false;
    for (size_t at = blanks; at < s.len; at++) {
        for (int i = 0; i < N_MARKERS; i++) {
            bool whole = begins(s, at, markers[i], &partial);
            if (!whole && !partial) continue;
            give(c, end, out);
            if (whole) enter(c, IN_MARKER, at - end);
            return whole;
        }
        if (!is_space(s.ptr[at])) end = at + 1;
    }
    give(c, end, out);
    return false;
}

static bool step_marker(calls *c, buf *out) {
    bytes s = buf_view(&c->held);
    bool partial = false;
    if (begins(s, c->at, function_tag, &partial)) {
        enter(c, IN_XML, c->at);
        return true;
    }
    size_t at = skip_space(s, find(s, c->at, ">") + 1);
    if (at >= s.len) return false;
    if (s.ptr[at] == '{' || s.ptr[at] == '[') {
        enter(c, IN_JSON, at);
        return true;
    }
    if (begins(s, at, function_tag, &partial)) {
        enter(c, IN_XML, at);
        return true;
    }
    if (partial) return false;
    reject(c, out);
    return true;
}

static bool step_json(calls *c, buf *out, buf *found) {
    bytes s = buf_view(&c->held);
    for (; c->at < s.len; c->at++) {
        uint8_t b = s.ptr[c->at];
        if (c->escaped) c->escaped = false;
        else if (c->quoted && b == '\\') c->escaped = true;
        else if (b == '"') c->quoted = !c->quoted;
        else if (c->quoted) continue;
        else if (b == '{' || b == '[') c->depth++;
        else if ((b == '}' || b == ']') && --c->depth == 0) break;
    }
    if (c->at == s.len) return false;
    size_t end = c->at + 1;
    if (read_calls(c, part(s, c->start, end), found)) {
        drop(c, end);
        enter(c, BEHIND, 0);
    } else {
        reject(c, out);
    }
    return true;
}

static bool step_xml(calls *c, buf *out, buf *found) {
    bytes s = buf_view(&c->held);
    size_t end = find(s, c->at, function_end);
    if (end == s.len) {
        if (s.len > c->start + sizeof function_end) c->at = s.len - sizeof function_end;
        return false;
    }
    if (read_xml(c, part(s, c->start, end), found)) {
        drop(c, end + strlen(function_end));
        enter(c, BEHIND, 0);
    } else {
        reject(c, out);
    }
    return true;
}

/* Behind a call: its end tag, or another object, or text. */
static bool step_behind(calls *c) {
    bytes s = buf_view(&c->held);
    bool partial;
    size_t at = skip_space(s, 0);
    if (at < s.len && (s.ptr[at] == ';' || s.ptr[at] == ',')) at = skip_space(s, at + 1);
    if (at == s.len) return false;
    if (begins(s, at, close_tag, &partial)) {
        drop(c, at + strlen(close_tag));
        return true;
    }
    if (partial) return false;
    if (s.ptr[at] == '{') {
        enter(c, IN_JSON, at);
        return true;
    }
    drop(c, skip_space(s, 0));
    enter(c, IN_TEXT, 0);
    return true;
}

static int run(calls *c, buf *out, buf *found, err *e) {
    for (bool more = c->held.len > 0; more && c->held.len;) {
        switch ((enum state)c->state) {
        case IN_TEXT:
            more = step_text(c, out);
            break;
        case IN_MARKER:
            more = step_marker(c, out);
            break;
        case IN_JSON:
            more = step_json(c, out, found);
            break;
        case IN_XML:
            more = step_xml(c, out, found);
            break;
        case BEHIND:
            more = step_behind(c);
            break;
        }
    }
    int rc = buf_status(out, e);
    return rc ? rc : buf_status(found, e);
}

int calls_put(calls *c, bytes text, buf *out, buf *found, err *e) {
    if (!text.len) return OK;
    buf_bytes(&c->held, text);
    int rc = buf_status(&c->held, e);
    return rc ? rc : run(c, out, found, e);
}

int calls_end(calls *c, buf *out, buf *found, err *e) {
    int rc = OK;
    while (!rc && c->held.len) {
        if (c->state == BEHIND) drop(c, c->held.len);
        else if (c->state == IN_TEXT) give(c, c->held.len, out);
        else reject(c, out), rc = run(c, out, found, e);
    }
    return rc ? rc : buf_status(out, e);
}
