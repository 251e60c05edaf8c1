/* Messages to a prompt. */
#include "assist/chat.h"

#include "assist/tools.h"
#include "base/mem.h"

/* Members of a request that are not variables of the template. */
static const char *const not_variables[] = {
    "messages", "add_generation_prompt", "continue_final_message", "bos_token", "eos_token", "tools"};

typedef struct message {
    json node; /* shielded copy, linked in the order of the conversation */
    bool user;
    bool system;     /* among the leading system messages */
    uint32_t tokens; /* about: of its text alone */
} message;

typedef struct string {
    struct string *next;
    buf b;
} string;

typedef struct document {
    struct document *next;
    const json *root;
} document;

/* A conversation made ready for the template. */
typedef struct talk {
    const chat_options *o;
    json *nodes; /* [n_nodes]: copies of everything below the messages, and of the variables */
    size_t n_nodes;
    message *messages; /* [n] */
    size_t n;
    string *strings;     /* shielded text */
    document *documents; /* arguments of calls, read from their text */
    json root, list, generate, bos, eos, tools;
    json system, system_role, system_content; /* a message of our own, where tools are described in one */
    bool resume;                              /* continue_final_message */
} talk;

static size_t count_nodes(const json *j) {
    size_t n = 1;
    if (j->type == JSON_ARRAY || j->type == JSON_OBJECT)
        for (const json *c = j->first; c; c = c->next) n += count_nodes(c); /* as deep as the parser allowed */
    return n;
}

/* An empty text that lives as long as the conversation; NULL when there is no memory. */
static buf *new_text(talk *t, err *e) {
    string *s = mem_new(sizeof *s);
    if (!s) {
        fail(e, ERR_MEMORY, "no memory for the conversation");
        return NULL;
    }
    s->next = t->strings;
    t->strings = s;
    return &s->b;
}

static int shield_bytes(talk *t, bytes *text, err *e) {
    buf *b = new_text(t, e);
    if (!b) return ERR_MEMORY;
    tok_shield(t->o->tok, *text, b);
    *text = buf_view(b);
    return buf_status(b, e);
}

static int shield(talk *t, json *j, err *e) { return shield_bytes(t, &j->string, e); }

/* Shields every text of a tree of our own, with the names of its members: schemas and arguments are others' words. */
static int shield_tree(talk *t, json *j, err *e) {
    int rc = j->type == JSON_STRING ? shield(t, j, e) : OK;
    if (j->type != JSON_ARRAY && j->type != JSON_OBJECT) return rc;
    for (json *c = (json *)j->first; c && !rc; c = (json *)c->next) { /* our own copy */
        if (j->type == JSON_OBJECT) rc = shield_bytes(t, &c->key, e);
        if (!rc) rc = shield_tree(t, c, e);
    }
    return rc;
}

/* Copies the children of *j, which is a copy already, and what is below them. */
static void copy_nodes(talk *t, json *j) {
    if (j->type != JSON_ARRAY && j->type != JSON_OBJECT) return;
    const json *from = j->first, **link = &j->first;
    for (; from; from = from->next) {
        json *c = &t->nodes[t->n_nodes++];
        *c = *from;
        *link = c;
        link = (const json **)&c->next;
        copy_nodes(t, c);
    }
    *link = NULL;
}

/* The same, every text below shielded. */
static int copy_below(talk *t, json *j, err *e) {
    copy_nodes(t, j);
    return shield_tree(t, j, e);
}

static int check_message(const json *m, size_t i, err *e) {
    const json *role = json_get(m, "role"), *content = json_get(m, "content");
    if (m->type != JSON_OBJECT) return fail(e, ERR_ARGUMENT, "messages[%llu]: not an object", (unsigned long long)i);
    if (!role || role->type != JSON_STRING || !role->string.len)
        return fail(e, ERR_ARGUMENT, "messages[%llu].role: a name is needed, such as \"user\"", (unsigned long long)i);
    if (content && content->type != JSON_STRING && content->type != JSON_ARRAY && content->type != JSON_NULL)
        return fail(e, ERR_ARGUMENT, "messages[%llu].content: a text is needed", (unsigned long long)i);
    return OK;
}

/* A list of text parts becomes their joined text: every template takes that, few take lists. Other lists stay for the
 * template to judge. */
static int join_parts(talk *t, json *content, err *e) {
    if (content->type != JSON_ARRAY) return OK;
    for (const json *p = content->first; p; p = p->next)
        if (!bytes_is(json_string(json_get(p, "type"), ""), "text") || !json_get(p, "text")) return OK;
    buf *b = new_text(t, e);
    if (!b) return ERR_MEMORY;
    for (const json *p = content->first; p; p = p->next) buf_bytes(b, json_string(json_get(p, "text"), ""));
    content->type = JSON_STRING;
    content->string = buf_view(b);
    return buf_status(b, e);
}

/* The arguments of a call, a text of JSON, become what it says: that is what templates write. Another text stays. */
static int read_arguments(talk *t, const json *from, json *to, err *e) {
    const json *text = json_get(json_get(from, "function"), "arguments");
    json *arguments = (json *)json_get(json_get(to, "function"), "arguments"); /* our own copy */
    if (!text || text->type != JSON_STRING || !arguments) return OK;
    document *d = mem_new(sizeof *d);
    if (!d) return fail(e, ERR_MEMORY, "no memory for the conversation");
    d->next = t->documents;
    t->documents = d;
    if (json_parse(&d->root, text->string, NULL) || d->root->type != JSON_OBJECT) return OK;
    json copy = *d->root;
    copy.key = arguments->key;
    copy.next = arguments->next;
    *arguments = copy;
    return shield_tree(t, arguments, e);
}

/* For a template without tools: calls and answers of tools become text. */
static int write_as_text(talk *t, json *m, err *e) {
    const json *calls = json_get(m, "tool_calls");
    json *content = (json *)json_get(m, "content"); /* our own copy */
    json *role = (json *)json_get(m, "role");
    bool answer = bytes_is(role->string, "tool");
    if (!content || (!calls && !answer)) return OK;
    buf *b = new_text(t, e);
    if (!b) return ERR_MEMORY;
    if (answer) buf_str(b, "<tool_response>\n");
    buf_bytes(b, json_string(content, ""));
    if (answer) buf_str(b, "\n</tool_response>");
    else if (b->len) buf_byte(b, '\n');
    int rc = tools_write_calls(calls, b, e);
    if (answer) role->string = bytes_str("user");
    content->type = JSON_STRING;
    content->string = buf_view(b);
    return rc ? rc : buf_status(b, e);
}

static int copy_calls(talk *t, const json *m, json *to, err *e) {
    const json *from = json_get(m, "tool_calls"), *copy = json_get(to, "tool_calls");
    int rc = OK;
    if (from && from->type == JSON_ARRAY && copy)
        for (from = from->first, copy = copy->first; from && copy && !rc; from = from->next, copy = copy->next)
            rc = read_arguments(t, from, (json *)copy, e); /* our own copy */
    if (!rc && t->o->own_tools) rc = write_as_text(t, to, e);
    return rc;
}

static int copy_messages(talk *t, const json *list, err *e) {
    bool leading = true;
    for (const json *m = list->first; m; m = m->next) {
        message *to = &t->messages[t->n];
        int rc = check_message(m, t->n, e);
        if (rc) return rc;
        to->node = *m;
        rc = copy_below(t, &to->node, e);
        for (const json *c = to->node.first; !rc && c; c = c->next)
            if (bytes_is(c->key, "content")) rc = join_parts(t, (json *)c, e); /* our own copy */
        if (!rc) rc = copy_calls(t, m, &to->node, e);
        if (rc) return rc;
        bytes role = json_string(json_get(m, "role"), "");
        leading = leading && (bytes_is(role, "system") || bytes_is(role, "developer"));
        to->system = leading;
        to->user = bytes_is(role, "user");
        t->n++;
    }
    return OK;
}

static json text_node(const char *key, bytes text) {
    return (json){.type = JSON_STRING, .key = bytes_str(key), .string = text};
}

static bytes piece_or_empty(const tokenizer *tok, int id) {
    return id == TOK_NONE ? bytes_of("", 0) : tok_piece(tok, id);
}

/* The variables: the caller's, then ours. */
static void add_variables(talk *t, const json *request) {
    const tok_special *sp = tok_specials(t->o->tok);
    const json **link = &t->root.first;
    t->root = (json){.type = JSON_OBJECT};
    t->list = (json){.type = JSON_ARRAY, .key = bytes_str("messages")};
    t->generate = (json){.type = JSON_BOOL, .key = bytes_str("add_generation_prompt")};
    t->generate.boolean = json_bool(json_get(request, "add_generation_prompt"), true) && !t->resume;
    t->bos = text_node("bos_token", piece_or_empty(t->o->tok, sp->bos));
    t->eos = text_node("eos_token", piece_or_empty(t->o->tok, sp->eos));
    json *ours[] = {&t->list, &t->generate, &t->bos, &t->eos, &t->tools};
    size_t n = t->tools.type == JSON_ARRAY && !t->o->own_tools ? 5 : 4;
    for (size_t i = 0; i < n; i++) *link = ours[i], link = &ours[i]->next, t->root.count++;
    for (const json *v = request->first; v; v = v->next) {
        bool skip = false;
        for (size_t i = 0; i < sizeof not_variables / sizeof *not_variables; i++)
            skip = skip || bytes_is(v->key, not_variables[i]);
        if (skip) continue;
        json *c = &t->nodes[t->n_nodes++];
        *c = *v;
        *link = c;
        link = &c->next;
        t->root.count++;
    }
    *link = NULL;
}

const json *chat_tools(const json *request) {
    const json *tools = json_get(request, "tools");
    if (!tools || tools->type != JSON_ARRAY || !tools->count) return NULL;
    return bytes_is(json_string(json_get(request, "tool_choice"), ""), "none") ? NULL : tools;
}

/* For a template without tools: the system message says what there is, and is made where there is none. */
static int describe_tools(talk *t, err *e) {
    json *first = &t->messages[0].node, *content = (json *)json_get(first, "content"); /* our own copy */
    bool has_system = t->messages[0].system && content && content->type == JSON_STRING;
    buf *b = new_text(t, e);
    if (!b) return ERR_MEMORY;
    if (has_system) {
        buf_bytes(b, content->string);
        buf_str(b, "\n\n");
    }
    int rc = tools_describe(&t->tools, b, e);
    if (!rc) rc = buf_status(b, e);
    if (has_system) {
        content->string = buf_view(b);
        return rc;
    }
    t->system_content = text_node("content", buf_view(b));
    t->system_role = text_node("role", bytes_str("system"));
    t->system_role.next = &t->system_content;
    t->system = (json){.type = JSON_OBJECT, .count = 2, .first = &t->system_role};
    return rc;
}

static int copy_tools(talk *t, const json *request, err *e) {
    const json *tools = chat_tools(request);
    if (!tools) return OK;
    t->tools = *tools;
    int rc = copy_below(t, &t->tools, e);
    t->tools.key = bytes_str("tools");
    return rc || !t->o->own_tools ? rc : describe_tools(t, e);
}

static void talk_close(talk *t) {
    for (string *s = t->strings, *next; s; s = next) {
        next = s->next;
        buf_clear(&s->b);
        mem_free(s);
    }
    for (document *d = t->documents, *next; d; d = next) {
        next = d->next;
        json_close(d->root);
        mem_free(d);
    }
    mem_free(t->nodes);
    mem_free(t->messages);
}

static int talk_open(talk *t, const chat_options *o, const json *request, err *e) {
    const json *list = json_get(request, "messages");
    *t = (talk){.o = o};
    if (!o->tpl) return fail(e, ERR_UNSUPPORTED, "this model has no chat template; it can complete text, not chat");
    if (!list || list->type != JSON_ARRAY || !list->count)
        return fail(e, ERR_ARGUMENT, "messages: a list of at least one message is needed");
    t->nodes = mem_array(count_nodes(request), sizeof *t->nodes);
    t->messages = mem_array(list->count, sizeof *t->messages);
    if (!t->nodes || !t->messages) return fail(e, ERR_MEMORY, "no memory for the conversation");
    int rc = copy_messages(t, list, e);
    if (!rc) rc = copy_tools(t, request, e);
    if (rc) return rc;
    const message *last = &t->messages[t->n - 1];
    t->resume = json_bool(json_get(request, "continue_final_message"), false);
    if (t->resume && json_string(json_get(&last->node, "content"), "").len == 0)
        return fail(e, ERR_ARGUMENT, "continue_final_message: the last message has no text to continue");
    add_variables(t, request);
    return OK;
}

/* Links the system messages and those from `first` on, and renders them. */
static int render_from(talk *t, size_t first, buf *text, err *e) {
    const json **link = &t->list.first;
    t->list.count = 0;
    if (t->system.type == JSON_OBJECT) {
        *link = &t->system;
        link = &t->system.next;
        t->list.count++;
    }
    for (size_t i = 0; i < t->n; i++) {
        if (i < first && !t->messages[i].system) continue;
        *link = &t->messages[i].node;
        link = &t->messages[i].node.next;
        t->list.count++;
    }
    *link = NULL;
    size_t before = text->len;
    int rc = template_render(t->o->tpl, &t->root, t->o->now, text, e);
    if (rc || !t->resume) return rc;
    /* cut behind the last message's text, as transformers does */
    bytes want = json_string(json_get(&t->messages[t->n - 1].node, "content"), "");
    while (want.len && (want.ptr[want.len - 1] == ' ' || want.ptr[want.len - 1] == '\n'))
        want.len--; /* templates often trim */
    for (size_t at = text->len; at >= before + want.len; at--) {
        if (memcmp(text->ptr + at - want.len, want.ptr, want.len)) continue;
        text->len = at;
        return OK;
    }
    return fail(e, ERR_UNSUPPORTED, "continue_final_message: the chat template changes the last message's text");
}

int chat_render(const chat_options *o, const json *request, buf *text, err *e) {
    talk t;
    int rc = talk_open(&t, o, request, e);
    if (!rc) rc = render_from(&t, 0, text, e);
    talk_close(&t);
    return rc;
}

static int encode_from(talk *t, size_t first, ids *out, err *e) {
    buf text = {.max = (size_t)TEMPLATE_BYTES_MAX * 16};
    out->n = 0;
    int rc = render_from(t, first, &text, e);
    buf_bytes(&text, t->o->tail);
    if (!rc) rc = tok_encode(t->o->tok, buf_view(&text), true, out, e);
    buf_clear(&text);
    return rc;
}

/* How many tokens a message's text has, about: what the template adds is not counted. */
static int measure(talk *t, err *e) {
    ids scratch = {0};
    int rc = OK;
    for (size_t i = 0; i < t->n && !rc; i++) {
        scratch.n = 0;
        rc = tok_encode(t->o->tok, json_string(json_get(&t->messages[i].node, "content"), ""), false, &scratch, e);
        t->messages[i].tokens = (uint32_t)scratch.n;
    }
    ids_clear(&scratch);
    return rc;
}

/* Tries to begin later and later, at user messages, in blocks of a quarter of the room, at last at the last one. */
static int drop_turns(talk *t, ids *out, uint32_t *dropped, err *e) {
    uint64_t gone = 0, block = t->o->room / 4 + 1, last_block = 0;
    size_t last_user = 0;
    int rc = measure(t, e);
    *dropped = 0;
    for (size_t i = 0; i < t->n; i++)
        if (t->messages[i].user) last_user = i;
    for (size_t i = 0; i < t->n && !rc && out->n > t->o->room; i++) {
        const message *m = &t->messages[i];
        if (m->user && *dropped && (gone / block > last_block || i == last_user)) {
            last_block = gone / block;
            rc = encode_from(t, i, out, e);
        }
        if (m->system) continue;
        gone += m->tokens;
        if (out->n > t->o->room) ++*dropped;
    }
    return rc;
}

int chat_prompt(const chat_options *o, const json *request, ids *out, uint32_t *dropped, err *e) {
    talk t;
    *dropped = 0;
    int rc = talk_open(&t, o, request, e);
    if (!rc) rc = encode_from(&t, 0, out, e);
    if (!rc && out->n > o->room && o->drop) rc = drop_turns(&t, out, dropped, e);
    talk_close(&t);
    if (!rc && out->n > o->room)
        rc = fail(e, ERR_TOO_LONG,
                  "the message has %llu tokens with its frame, the context leaves room for %u; shorten it or choose a "
                  "larger context",
                  (unsigned long long)out->n, (unsigned)o->room);
    return rc;
}
