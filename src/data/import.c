/* Pseudo-data: each kind of row to question and answer. */
#include "data/import.h"

#include "base/sha256.h"
#include "data/tree.h"

const char *const import_names[IMPORT_FORMS] = {"auto",     "alpaca",  "dolly",   "squad", "nq",
                                                "sharegpt", "hh-rlhf", "prompts", "oasst"};

enum { ID_HEX = 16, TURNS_MAX = TREE_DEPTH_MAX };

typedef struct turn {
    bytes text;
    bool assistant;
} turn;

typedef struct row {
    buf *out;
    const char *source;
    char id[ID_HEX + 1];
    err *e;
} row;

static bool has(const json *j, const char *key) { return json_get(j, key) != NULL; }

static enum import_from recognise(const json *j) {
    if (has(j, "message_id") || has(j, "message_tree_id") || has(j, "thread_id")) return IMPORT_OASST;
    if (has(j, "conversations")) return IMPORT_SHAREGPT;
    if (has(j, "chosen") && has(j, "rejected")) return IMPORT_HH;
    if (has(j, "question_text")) return IMPORT_NQ;
    if ((has(j, "question") && has(j, "answers")) || has(j, "data")) return IMPORT_SQUAD;
    if (has(j, "instruction") && has(j, "output")) return IMPORT_ALPACA;
    if (has(j, "instruction") && has(j, "response")) return IMPORT_DOLLY;
    return IMPORT_AUTO;
}

/* A text that a row must have. */
static int text_of(bytes *out, const json *j, const char *key, err *e) {
    const json *m = json_get(j, key);
    if (!m || m->type != JSON_STRING) return fail(e, ERR_CORRUPT, "%s: a text is needed", key);
    *out = m->string;
    return OK;
}

static bytes trimmed(bytes s) {
    while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\n' || s.ptr[0] == '\r' || s.ptr[0] == '\t')) s.ptr++, s.len--;
    while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\n' || s.ptr[s.len - 1] == '\r' ||
                     s.ptr[s.len - 1] == '\t'))
        s.len--;
    return s;
}

/* An id of what was said; `other` may be NULL. */
static int name_row(row *r, const turn *turns, size_t n, const turn *other) {
    char hex[SHA256_HEX + 1];
    buf all = {0};
    for (size_t i = 0; i < n; i++) {
        buf_byte(&all, turns[i].assistant ? 'a' : 'p');
        buf_bytes(&all, turns[i].text);
        buf_byte(&all, 0);
    }
    if (other) buf_bytes(&all, other->text);
    int rc = buf_status(&all, r->e);
    if (!rc) sha256_hex(hex, buf_view(&all));
    if (!rc) memcpy(r->id, hex, ID_HEX);
    buf_clear(&all);
    return rc;
}

/* The beginning of message i; what follows are its replies, "]}" ends it. rank < 0: none. */
static void open_message(row *r, size_t i, turn t, int rank) {
    buf_printf(r->out, "{\"message_id\":\"%s-%s-%zu\",\"role\":\"%s\",\"lang\":\"en\",\"synthetic\":true", r->source,
               r->id, i, t.assistant ? "assistant" : "prompter");
    if (rank >= 0) buf_printf(r->out, ",\"rank\":%d", rank);
    buf_str(r->out, ",\"text\":");
    buf_json_str(r->out, t.text);
    buf_str(r->out, ",\"replies\":[");
}

/* One after the other; `other`, where there is one, is a second last one, which is worse. */
static int put_tree(row *r, const turn *turns, size_t n, const turn *other) {
    if (!n) return OK;
    int rc = name_row(r, turns, n, other);
    if (rc) return rc;
    buf_printf(r->out,
               "{\"message_tree_id\":\"%s-%s-0\",\"tree_state\":\"ready_for_export\",\"origin\":\"%s\",\"prompt\":",
               r->source, r->id, r->source);
    for (size_t i = 0; i < n; i++) open_message(r, i, turns[i], other && i + 1 == n ? 0 : -1);
    buf_str(r->out, "]}");
    if (other) {
        buf_byte(r->out, ',');
        open_message(r, n, *other, 1);
        buf_str(r->out, "]}");
    }
    for (size_t i = 1; i < n; i++) buf_str(r->out, "]}");
    buf_str(r->out, "}\n");
    return buf_status(r->out, r->e);
}

static int put_pair(row *r, bytes question, bytes context, bytes answer) {
    buf prompt = {0};
    bytes q = trimmed(question), c = trimmed(context), a = trimmed(answer);
    if (!q.len || !a.len) return OK;
    buf_bytes(&prompt, q);
    if (c.len) {
        buf_str(&prompt, "\n\n");
        buf_bytes(&prompt, c);
    }
    turn turns[2] = {{buf_view(&prompt), false}, {a, true}};
    int rc = buf_status(&prompt, r->e);
    if (!rc) rc = put_tree(r, turns, 2, NULL);
    buf_clear(&prompt);
    return rc;
}

/* {question, context, answer}, whatever they are called. */
static int from_members(row *r, const json *j, const char *question, const char *context, const char *answer) {
    bytes q, a;
    int rc = text_of(&q, j, question, r->e);
    if (!rc) rc = text_of(&a, j, answer, r->e);
    return rc ? rc : put_pair(r, q, json_string(json_get(j, context), ""), a);
}

static int from_alpaca(row *r, const json *j) { return from_members(r, j, "instruction", "input", "output"); }
static int from_dolly(row *r, const json *j) { return from_members(r, j, "instruction", "context", "response"); }

/* The first answer of a question: {text: [...]} in rows, [{text}] in the original files. */
static int squad_question(row *r, const json *j, bytes context) {
    bytes q;
    const json *answers = json_get(j, "answers"), *texts = json_get(answers, "text");
    int rc = text_of(&q, j, "question", r->e);
    if (!rc && (!answers || (answers->type != JSON_ARRAY && (!texts || texts->type != JSON_ARRAY))))
        rc = fail(r->e, ERR_CORRUPT, "answers: {\"text\": [...]} or [{\"text\": ...}] is needed");
    if (rc) return rc;
    bytes a = texts ? json_string(texts->first, "") : json_string(json_get(answers->first, "text"), "");
    return put_pair(r, q, context, a);
}

static int from_squad(row *r, const json *j) {
    if (!has(j, "data")) return squad_question(r, j, json_string(json_get(j, "context"), ""));
    int rc = OK;
    const json *data = json_get(j, "data");
    for (const json *article = data->first; article && !rc; article = article->next) {
        const json *paragraphs = json_get(article, "paragraphs");
        for (const json *p = paragraphs ? paragraphs->first : NULL; p && !rc; p = p->next) {
            const json *qas = json_get(p, "qas");
            for (const json *q = qas ? qas->first : NULL; q && !rc; q = q->next)
                rc = squad_question(r, q, json_string(json_get(p, "context"), ""));
        }
    }
    return rc;
}

/* Words from .. to - 1 of a text whose words are separated by single blanks, without the tags among them. */
static void put_words(buf *out, bytes text, double from, double to) {
    double word = 0;
    size_t i = 0;
    while (i < text.len && word < to) {
        size_t end = i;
        while (end < text.len && text.ptr[end] != ' ') end++;
        if (word >= from && end > i && text.ptr[i] != '<') {
            if (out->len) buf_byte(out, ' ');
            buf_bytes(out, bytes_of(text.ptr + i, end - i));
        }
        i = end + 1;
        word++;
    }
}

static void put_span(buf *out, bytes document, const json *span) {
    put_words(out, document, json_number(json_get(span, "start_token"), -1),
              json_number(json_get(span, "end_token"), -1));
}

/* What one person found: yes or no, else short answers, else the long one; nothing where there is none. */
static void put_answer(buf *out, bytes document, const json *annotation) {
    const json *shorts = json_get(annotation, "short_answers"), *span = shorts ? shorts->first : NULL;
    bytes yes_no = json_string(json_get(annotation, "yes_no_answer"), "NONE");
    if (bytes_is(yes_no, "YES") || bytes_is(yes_no, "NO"))
        return buf_str(out, bytes_is(yes_no, "YES") ? "Yes." : "No.");
    if (!span) put_span(out, document, json_get(annotation, "long_answer"));
    for (; span; span = span->next) {
        if (out->len) buf_byte(out, ',');
        put_span(out, document, span);
    }
}

static int from_nq(row *r, const json *j) {
    bytes question, document;
    buf answer = {0};
    int rc = text_of(&question, j, "question_text", r->e);
    if (!rc) rc = text_of(&document, j, "document_text", r->e);
    const json *annotations = json_get(j, "annotations");
    if (!rc && (!annotations || annotations->type != JSON_ARRAY))
        rc = fail(r->e, ERR_CORRUPT, "annotations: an array is needed");
    if (rc) return rc;
    for (const json *a = annotations->first; a && !answer.len; a = a->next) put_answer(&answer, document, a);
    rc = buf_status(&answer, r->e);
    if (!rc) rc = put_pair(r, question, (bytes){0}, buf_view(&answer));
    buf_clear(&answer);
    return rc;
}

static int add_turn(turn *turns, size_t *n, turn t, err *e) {
    if (*n == TURNS_MAX) return fail(e, ERR_CORRUPT, "a conversation has more than %d turns", TURNS_MAX);
    turns[(*n)++] = t;
    return OK;
}

static int from_sharegpt(row *r, const json *j) {
    const json *all = json_get(j, "conversations");
    turn turns[TURNS_MAX];
    size_t n = 0;
    int rc = all->type == JSON_ARRAY ? OK : fail(r->e, ERR_CORRUPT, "conversations: an array is needed");
    for (const json *c = rc ? NULL : all->first; c && !rc; c = c->next) {
        bytes text, from = json_string(json_get(c, has(c, "from") ? "from" : "role"), "");
        bool assistant = bytes_is(from, "gpt") || bytes_is(from, "chatgpt") || bytes_is(from, "assistant");
        if (c->type != JSON_OBJECT) rc = fail(r->e, ERR_CORRUPT, "conversations: an array of objects is needed");
        if (rc || (!assistant && !bytes_is(from, "human") && !bytes_is(from, "user"))) continue; /* system, tools */
        rc = text_of(&text, c, has(c, "value") ? "value" : "content", r->e);
        if (rc || (!n && assistant)) continue;                                       /* an answer to nothing */
        if (!trimmed(text).len || (n && turns[n - 1].assistant == assistant)) break; /* nobody answers the last one */
        rc = add_turn(turns, &n, (turn){trimmed(text), assistant}, r->e);
    }
    if (rc) return rc;
    while (n && !turns[n - 1].assistant) n--; /* a question that nobody answered */
    return put_tree(r, turns, n, NULL);
}

/* Where the next turn begins, or the end. */
static size_t find_turn(bytes s, size_t from, bool *assistant, size_t *text) {
    static const char human[] = "\n\nHuman:", answer[] = "\n\nAssistant:";
    for (size_t i = from; i < s.len; i++) {
        if (s.ptr[i] != '\n') continue;
        *assistant = s.len - i >= sizeof answer - 1 && !memcmp(s.ptr + i, answer, sizeof answer - 1);
        if (*assistant || (s.len - i >= sizeof human - 1 && !memcmp(s.ptr + i, human, sizeof human - 1))) {
            *text = i + (*assistant ? sizeof answer : sizeof human) - 1;
            return i;
        }
    }
    return s.len;
}

static int split_turns(turn *turns, size_t *n, bytes s, err *e) {
    bool assistant = false;
    size_t text = 0, at = find_turn(s, 0, &assistant, &text);
    *n = 0;
    if (at == s.len)
        return fail(e, ERR_CORRUPT, "chosen, rejected: \"\\n\\nHuman: \" is needed before the first question");
    while (at < s.len) {
        bool next = false;
        size_t from = text, end = find_turn(s, from, &next, &text);
        int rc = add_turn(turns, n, (turn){trimmed(bytes_of(s.ptr + from, end - from)), assistant}, e);
        if (rc) return rc;
        assistant = next;
        at = end;
    }
    return OK;
}

static int from_hh(row *r, const json *j) {
    bytes chosen, rejected;
    turn good[TURNS_MAX], bad[TURNS_MAX];
    size_t n = 0, n_bad = 0;
    int rc = text_of(&chosen, j, "chosen", r->e);
    if (!rc) rc = text_of(&rejected, j, "rejected", r->e);
    if (!rc) rc = split_turns(good, &n, chosen, r->e);
    if (!rc) rc = split_turns(bad, &n_bad, rejected, r->e);
    if (rc) return rc;
    bool same_prompt = n == n_bad && n > 1;
    for (size_t i = 0; i + 1 < n && same_prompt; i++) same_prompt = bytes_eq(good[i].text, bad[i].text);
    bool pair =
        same_prompt && good[n - 1].assistant && bad[n - 1].text.len && !bytes_eq(good[n - 1].text, bad[n - 1].text);
    while (n && !(good[n - 1].assistant && good[n - 1].text.len)) n--, pair = false;
    return put_tree(r, good, n, pair ? &bad[n - 1] : NULL);
}

int import_prompt(bytes *text, const json *row, err *e) {
    if (!row || row->type != JSON_OBJECT) return fail(e, ERR_CORRUPT, "the row is no JSON object");
    const char *key = has(row, "text") ? "text" : has(row, "prompt") ? "prompt" : NULL;
    return key ? text_of(text, row, key, e) : fail(e, ERR_CORRUPT, "text or prompt: a text is needed");
}

int import_prompt_tree(buf *out, const json *j, bytes text, err *e) {
    bytes source = json_string(json_get(j, "source"), "prompts"), lang = json_string(json_get(j, "lang"), "en");
    turn t = {trimmed(text), false};
    row r = {.out = out, .source = "prompts", .e = e};
    int rc = name_row(&r, &t, 1, NULL);
    if (rc) return rc;
    buf_printf(out, "{\"message_tree_id\":\"prompts-%s\",\"tree_state\":\"initial_prompt_review\",\"origin\":", r.id);
    buf_json_str(out, source);
    buf_printf(out, ",\"prompt\":{\"message_id\":\"prompts-%s\",\"role\":\"prompter\",\"lang\":", r.id);
    buf_json_str(out, lang);
    buf_str(out, ",\"synthetic\":true,\"text\":");
    buf_json_str(out, t.text);
    buf_str(out, ",\"replies\":[]}}\n");
    return buf_status(out, e);
}

int import_row(buf *out, const json *j, enum import_from from, err *e) {
    static int (*const read[IMPORT_FORMS])(row *, const json *) = {
        [IMPORT_ALPACA] = from_alpaca, [IMPORT_DOLLY] = from_dolly,       [IMPORT_SQUAD] = from_squad,
        [IMPORT_NQ] = from_nq,         [IMPORT_SHAREGPT] = from_sharegpt, [IMPORT_HH] = from_hh,
    };
    size_t before = out->len;
    if (!j || j->type != JSON_OBJECT) return fail(e, ERR_CORRUPT, "the row is no JSON object");
    if (from == IMPORT_AUTO) from = recognise(j);
    if (from == IMPORT_AUTO) return fail(e, ERR_CORRUPT, "it is not clear what this row is of; say so with --from");
    if (from == IMPORT_OASST) {
        json_write(j, out);
        buf_byte(out, '\n');
        return buf_status(out, e);
    }
    if (from == IMPORT_PROMPTS) {
        bytes text;
        int rc = import_prompt(&text, j, e);
        return rc ? rc : import_prompt_tree(out, j, text, e);
    }
    if (from == IMPORT_SHAREGPT && !has(j, "conversations"))
        return fail(e, ERR_CORRUPT, "conversations: an array is needed");
    row r = {.out = out, .source = import_names[from], .e = e};
    int rc = read[from](&r, j);
    if (rc && !out->bad) out->len = before;
    return rc;
}
