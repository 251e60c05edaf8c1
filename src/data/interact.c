/* What a volunteer did, checked whole before any of it is kept. */
#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "data/board_impl.h"
#include "data/rank.h"
#include "data/when.h"

static size_t count_chars(bytes s) {
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) n += (s.ptr[i] & 0xc0) != 0x80;
    return n;
}

static bytes trimmed(bytes s) {
    while (s.len && strchr(" \t\r\n", *s.ptr)) s = bytes_of(s.ptr + 1, s.len - 1);
    while (s.len && strchr(" \t\r\n", s.ptr[s.len - 1])) s.len--;
    return s;
}

/* The same text by the same person within the window. */
static int check_duplicate(board *b, bytes text, double now, err *e) {
    double window = b->rules.of[RULE_DUPLICATE_MINUTES] * 60000;
    int rc = OK;
    bool same = false;
    for (uint32_t i = 0; i < b->n_facts && !rc && !same; i++) {
        const json *node = NULL;
        const fact *x = &b->facts[i];
        if (x->author != b->me || x->synthetic || !(now - x->created < window)) continue;
        rc = message_parse(&node, &b->forest->messages[i], e);
        same = !rc && bytes_eq(trimmed(json_string(json_get(node, "text"), "")), text);
        json_close(node);
    }
    if (rc || !same) return rc;
    return fail(e, ERR_STATE, "you wrote the same in the last %g minutes", b->rules.of[RULE_DUPLICATE_MINUTES]);
}

static int check_rate(const board *b, bool assistant, double now, err *e) {
    double most = b->rules.of[assistant ? RULE_ASSISTANT_REPLIES : RULE_PROMPTER_REPLIES],
           seconds = b->rules.of[assistant ? RULE_ASSISTANT_REPLIES_SEC : RULE_PROMPTER_REPLIES_SEC], n = 0;
    for (uint32_t i = 0; i < b->n_facts; i++) {
        const fact *x = &b->facts[i];
        n += x->author == b->me && !x->synthetic && b->forest->messages[i].assistant == assistant &&
             now - x->created < seconds * 1000;
    }
    if (n < most) return OK;
    return fail(e, ERR_STATE, "%g %s messages in %g seconds are enough; wait a little", most,
                assistant ? "assistant" : "prompter", seconds);
}

static int check_text(board *b, bytes text, bool assistant, double now, err *e) {
    size_t n = count_chars(text);
    double most = b->rules.of[RULE_MESSAGE_SIZE_LIMIT];
    if (!n) return fail(e, ERR_ARGUMENT, "text: something has to be written");
    if ((double)n > most) return fail(e, ERR_TOO_LONG, "text: %zu characters; at most %g", n, most);
    if (!utf8_valid(text)) return fail(e, ERR_ARGUMENT, "text: this is not UTF-8");
    int rc = check_rate(b, assistant, now, e);
    return rc ? rc : check_duplicate(b, text, now, e);
}

int board_add_event(board *b, uint32_t at, const char *kind, const char *event, double now, err *e) {
    const json *node = NULL;
    buf out = {0};
    bool added = false;
    int rc = message_parse(&node, &b->forest->messages[at], e);
    const json *events = json_get(node, "events");
    if (rc) return rc;
    buf mine = {0};
    buf_printf(&mine, "{%s,\"user_id\":", event);
    buf_json_str(&mine, b->me == MAP_NONE ? (bytes){0} : b->names[b->me]);
    buf_str(&mine, ",\"created_date\":");
    when_write(&mine, now);
    buf_byte(&mine, '}');
    buf_byte(&out, '{');
    for (const json *k = events ? events->first : NULL; k; k = k->next) {
        bool this = bytes_is(k->key, kind);
        if (out.len > 1) buf_byte(&out, ',');
        buf_json_str(&out, k->key);
        buf_byte(&out, ':');
        json_write(k, &out);
        if (!this) continue;
        if (k->count >= TREE_EVENTS_MAX) rc = fail(e, ERR_TOO_LONG, "too many people said something of this message");
        added = true;
        if (out.len) out.len--; /* the bracket */
        if (k->first) buf_byte(&out, ',');
        buf_bytes(&out, buf_view(&mine));
        buf_byte(&out, ']');
    }
    if (!added) {
        buf_printf(&out, out.len > 1 ? ",\"%s\":[" : "\"%s\":[", kind);
        buf_bytes(&out, buf_view(&mine));
        buf_byte(&out, ']');
    }
    buf_byte(&out, '}');
    if (!rc) rc = buf_status(&mine, e);
    if (!rc) rc = buf_status(&out, e);
    change to = {"events", buf_view(&out)};
    if (!rc) rc = forest_change(b->forest, at, &to, 1, e);
    json_close(node);
    buf_clear(&mine);
    buf_clear(&out);
    return rc;
}

/* The new message as a line of the schema. */
static int add_message(board *b, const task *t, bytes id, bytes text, bytes lang, double now, err *e) {
    const json *line = NULL;
    buf out = {0};
    bool root = t->type == TASK_INITIAL_PROMPT;
    const message *parent = root ? NULL : &b->forest->messages[t->about];
    buf_str(&out, "{\"message_id\":");
    buf_json_str(&out, id);
    if (parent) {
        buf_str(&out, ",\"parent_id\":");
        buf_json_str(&out, parent->id);
    }
    buf_str(&out, ",\"message_tree_id\":");
    buf_json_str(&out, parent ? b->forest->trees[parent->tree].id : id);
    if (root) buf_printf(&out, ",\"tree_state\":\"%s\"", state_names[STATE_REVIEW]);
    buf_str(&out, ",\"user_id\":");
    buf_json_str(&out, b->names[b->me]);
    buf_str(&out, ",\"created_date\":");
    when_write(&out, now);
    buf_str(&out, ",\"text\":");
    buf_json_str(&out, text);
    buf_printf(&out, ",\"role\":\"%s\",\"lang\":", t->type == TASK_ASSISTANT_REPLY ? "assistant" : "prompter");
    buf_json_str(&out, lang);
    buf_str(&out, ",\"review_count\":0,\"synthetic\":false}");
    int rc = buf_status(&out, e);
    if (!rc) rc = json_parse(&line, buf_view(&out), e);
    if (!rc) rc = forest_add(b->forest, line, e);
    json_close(line);
    buf_clear(&out);
    return rc;
}

/* Which task an interaction is for: by its id, or by the name that was given when it was acknowledged. */
static int find_task(board *b, const json *i, task **t, double now, err *e) {
    *t = desk_find(b, json_string(json_get(i, "task_id"), ""), json_string(json_get(i, "message_id"), ""));
    if (!*t) return fail(e, ERR_STATE, "this task is not known; ask for another");
    task tried = **t;
    return task_enter(&tried, TASK_DONE, &b->rules, now, e);
}

static int check_type(const task *t, enum task_type from, enum task_type to, err *e) {
    if (t->type >= from && t->type <= to) return OK;
    return fail(e, ERR_ARGUMENT, "a task of type %s is not done like this", task_names[t->type]);
}

static int check_state(const board *b, const task *t, enum tree_state s, err *e) {
    enum tree_state now = t->about == TREE_NONE ? s : b->trees[b->forest->messages[t->about].tree].state;
    if (now == s) return OK;
    return fail(e, ERR_STATE, "the tree is no longer in the state %s; ask for another task", state_names[s]);
}

static int reply(board *b, const json *i, double now, uint32_t *at, err *e) {
    task *t;
    bytes id = json_string(json_get(i, "user_message_id"), ""), text = trimmed(json_string(json_get(i, "text"), "")),
          lang = json_string(json_get(i, "lang"), "en");
    int rc = find_task(b, i, &t, now, e);
    if (!rc) rc = check_type(t, TASK_INITIAL_PROMPT, TASK_ASSISTANT_REPLY, e);
    if (!rc) rc = check_state(b, t, STATE_GROWING, e);
    if (!rc && (!id.len || id.len > TREE_ID_MAX || map_get(b->forest->by_id, id) != MAP_NONE))
        rc = fail(e, ERR_ARGUMENT, "user_message_id: an id that no message has is needed");
    if (!rc && (!lang.len || lang.len > TREE_ID_MAX)) rc = fail(e, ERR_ARGUMENT, "lang: a language is needed");
    if (!rc) rc = check_text(b, text, t->type == TASK_ASSISTANT_REPLY, now, e);
    if (!rc) rc = add_message(b, t, id, text, lang, now, e);
    if (rc) return rc;
    *at = map_get(b->forest->by_id, id);
    return task_enter(t, TASK_DONE, &b->rules, now, e);
}

/* The ids in the order of a ranking; each index has to be there once. */
static int write_ranking(const board *b, const task *t, const json *ranking, buf *out, err *e) {
    uint32_t replies[RANK_MAX];
    uint64_t seen = 0;
    size_t n = card_replies(b, t, replies);
    bool right = ranking && ranking->type == JSON_ARRAY && ranking->count == n;
    for (const json *x = right ? ranking->first : NULL; x && right; x = x->next) {
        right = x->type == JSON_NUMBER && x->number >= 0 && x->number < (double)n && x->number <= floor(x->number) &&
                !(seen >> (unsigned)x->number & 1);
        if (!right) break;
        seen |= (uint64_t)1 << (unsigned)x->number;
    }
    if (!right) return fail(e, ERR_ARGUMENT, "ranking: each of 0 to %zu is needed once", n ? n - 1 : 0);
    buf_str(out, "\"type\":\"ranking\",\"ranking\":");
    json_write(ranking, out);
    buf_str(out, ",\"ranked_message_ids\":[");
    for (const json *x = ranking->first; x; x = x->next) {
        if (x != ranking->first) buf_byte(out, ',');
        buf_json_str(out, b->forest->messages[replies[(size_t)x->number]].id);
    }
    const message *m = &b->forest->messages[t->about];
    buf_str(out, "],\"ranking_parent_id\":");
    buf_json_str(out, m->id);
    buf_str(out, ",\"message_tree_id\":");
    buf_json_str(out, b->forest->trees[m->tree].id);
    return OK;
}

static int rank(board *b, const json *i, double now, uint32_t *at, err *e) {
    task *t;
    buf event = {0};
    int rc = find_task(b, i, &t, now, e);
    if (!rc) rc = check_type(t, TASK_RANK_PROMPTER_REPLIES, TASK_RANK_ASSISTANT_REPLIES, e);
    if (!rc) rc = check_state(b, t, STATE_RANKING, e);
    if (!rc) rc = write_ranking(b, t, json_get(i, "ranking"), &event, e);
    if (!rc)
        buf_printf(&event, ",\"not_rankable\":%s", json_bool(json_get(i, "not_rankable"), false) ? "true" : "false");
    if (!rc) rc = buf_status(&event, e);
    if (!rc) rc = board_add_event(b, t->about, "ranking", (const char *)event.ptr, now, e);
    buf_clear(&event);
    if (rc) return rc;
    *at = t->about;
    return task_enter(t, TASK_DONE, &b->rules, now, e);
}

/* A report needs no task; it counts as a red flag, as in Open Assistant. */
static int report(board *b, const json *i, double now, uint32_t *at, err *e) {
    buf event = {0};
    bytes text = trimmed(json_string(json_get(i, "text"), ""));
    *at = map_get(b->forest->by_id, json_string(json_get(i, "message_id"), ""));
    if (*at == MAP_NONE || b->forest->messages[*at].tree == TREE_NONE)
        return fail(e, ERR_ARGUMENT, "message_id: there is no such message");
    if ((double)count_chars(text) > b->rules.of[RULE_MESSAGE_SIZE_LIMIT])
        return fail(e, ERR_TOO_LONG, "text: at most %g characters", b->rules.of[RULE_MESSAGE_SIZE_LIMIT]);
    buf_str(&event, "\"type\":\"report\",\"report_type\":\"other\",\"reason\":");
    buf_json_str(&event, text);
    int rc = buf_status(&event, e);
    if (!rc) rc = board_add_event(b, *at, "report", (const char *)event.ptr, now, e);
    if (!rc) rc = board_add_event(b, *at, "emoji", "\"type\":\"emoji\",\"emoji\":\"red_flag\"", now, e);
    buf_clear(&event);
    return rc;
}

static int label(board *b, const json *i, double now, uint32_t *at, err *e) {
    task *t;
    buf event = {0};
    const json *labels = json_get(i, "labels");
    if (json_bool(json_get(i, "is_report"), false)) return report(b, i, now, at, e);
    int rc = find_task(b, i, &t, now, e);
    if (!rc) rc = check_type(t, TASK_LABEL_INITIAL_PROMPT, TASK_LABEL_ASSISTANT_REPLY, e);
    bool assistant = !rc && b->forest->messages[t->about].assistant, root = !rc && t->type == TASK_LABEL_INITIAL_PROMPT;
    if (!rc) rc = label_check(labels, t->full ? label_full(assistant) : label_simple(root), label_mandatory(), e);
    if (rc) return rc;
    buf_printf(&event,
               "\"type\":\"text_labels\",\"mode\":\"%s\",\"task_id\":\"%s\",\"labels\":", t->full ? "full" : "simple",
               t->id);
    json_write(labels, &event);
    rc = buf_status(&event, e);
    if (!rc) rc = board_add_event(b, t->about, "text_labels", (const char *)event.ptr, now, e);
    buf_clear(&event);
    if (rc) return rc;
    *at = t->about;
    return task_enter(t, TASK_DONE, &b->rules, now, e);
}

int board_interact(board *b, const json *i, double now, buf *out, err *e) {
    bytes type = json_string(json_get(i, "type"), "");
    uint32_t at = TREE_NONE;
    int rc;
    if (b->me == MAP_NONE) return fail(e, ERR_STATE, "nobody does this: the board was begun without a user");
    if (bytes_is(type, "text_reply_to_message")) rc = reply(b, i, now, &at, e);
    else if (bytes_is(type, "message_ranking")) rc = rank(b, i, now, &at, e);
    else if (bytes_is(type, "text_labels")) rc = label(b, i, now, &at, e);
    else if (bytes_is(type, "message_rating")) rc = fail(e, ERR_UNSUPPORTED, "nobody hands out tasks that are rated");
    else rc = fail(e, ERR_ARGUMENT, "type: %.*s is no interaction", (int)type.len, (const char *)type.ptr);
    if (!rc) rc = board_settle(b, e);
    if (rc) return rc;
    uint32_t t = b->forest->messages[at].tree;
    if (state_is_terminal(b->trees[t].state)) rc = board_backlog(b, b->facts[at].lang, e);
    buf_str(out, "{\"message_id\":");
    buf_json_str(out, b->forest->messages[at].id);
    buf_printf(out, ",\"tree_state\":\"%s\"}", b->trees[t].state == STATES ? "" : state_names[b->trees[t].state]);
    return rc;
}
