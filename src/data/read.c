/* Lines of the schema into the forest: what each must have, and which form it is of. */
#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "data/state.h"
#include "data/tree.h"
#include "data/tree_impl.h"

static int check_id(const json *owner, const char *key, err *e) {
    const json *id = json_get(owner, key);
    if (!id || id->type != JSON_STRING || !id->string.len) return fail(e, ERR_CORRUPT, "%s: a text is needed", key);
    if (id->string.len > TREE_ID_MAX) return fail(e, ERR_CORRUPT, "%s: longer than %d bytes", key, TREE_ID_MAX);
    return OK;
}

/* A member that may be absent or null, but not of another type. */
static int check_type(const json *node, const char *key, enum json_type type, const char *what, err *e) {
    const json *m = json_get(node, key);
    if (!m || m->type == JSON_NULL || m->type == type) return OK;
    return fail(e, ERR_CORRUPT, "%s: %s is needed", key, what);
}

/* What has names, and few of them. */
static int check_names(const json *node, const char *key, err *e) {
    const json *m = json_get(node, key);
    if (!m || m->type == JSON_NULL) return OK;
    if (m->type != JSON_OBJECT) return fail(e, ERR_CORRUPT, "%s: an object is needed", key);
    if (m->count <= TREE_NAMES_MAX) return OK;
    return fail(e, ERR_CORRUPT, "%s: more than %d names", key, TREE_NAMES_MAX);
}

static int check_labels(const json *labels, err *e) {
    if (lists_are(labels)) return lists_check(labels, "labels", true, e);
    for (const json *l = labels ? labels->first : NULL; l; l = l->next) {
        const json *value = json_get(l, "value"), *count = json_get(l, "count");
        double v = json_number(value, 0);
        if (l->type != JSON_OBJECT ||
            (value && value->type != JSON_NULL && (value->type != JSON_NUMBER || v < 0 || v > 1)) ||
            (count && json_number(count, -1) < 0))
            return fail(e, ERR_CORRUPT, "labels.%.*s: {\"value\": 0 to 1, \"count\": a number} is needed",
                        (int)l->key.len, l->key.ptr);
    }
    return OK;
}

static int check_emojis(const json *emojis, err *e) {
    if (lists_are(emojis)) return lists_check(emojis, "emojis", false, e);
    for (const json *m = emojis ? emojis->first : NULL; m; m = m->next)
        if (json_number(m, -1) < 0)
            return fail(e, ERR_CORRUPT, "emojis.%.*s: a number from 0 on is needed", (int)m->key.len, m->key.ptr);
    return OK;
}

static int check_rank(const json *rank, err *e) {
    double n = json_number(rank, 0);
    return n >= 0 && n <= UINT32_MAX && n <= floor(n)
               ? OK
               : fail(e, ERR_CORRUPT, "rank: a whole number from 0 on is needed");
}

static int check_events(const json *events, err *e) {
    for (const json *kind = events ? events->first : NULL; kind; kind = kind->next) {
        bool right = kind->type == JSON_ARRAY && kind->count <= TREE_EVENTS_MAX;
        for (const json *event = kind->first; event && right; event = event->next) right = event->type == JSON_OBJECT;
        if (!right)
            return fail(e, ERR_CORRUPT, "events.%.*s: an array of at most %d objects is needed", (int)kind->key.len,
                        kind->key.ptr, TREE_EVENTS_MAX);
    }
    return OK;
}

static int check_message(const forest *f, const json *node, err *e) {
    bool assistant;
    const json *text = json_get(node, "text");
    if (!node || node->type != JSON_OBJECT) return fail(e, ERR_CORRUPT, "a message is no object");
    int rc = check_id(node, "message_id", e);
    if (rc) return rc;
    if (!role_of(json_string(json_get(node, "role"), ""), &assistant))
        return fail(e, ERR_CORRUPT, "role: prompter or assistant is needed");
    if (!text || text->type != JSON_STRING) return fail(e, ERR_CORRUPT, "text: a text is needed");
    if (text->string.len > TREE_TEXT_MAX) return fail(e, ERR_CORRUPT, "text: longer than %d MB", TREE_TEXT_MAX >> 20);
    static const struct {
        const char *key;
        enum json_type type;
        const char *what;
    } others[] = {{"lang", JSON_STRING, "a text"},           {"parent_id", JSON_STRING, "a text"},
                  {"replies", JSON_ARRAY, "an array"},       {"synthetic", JSON_BOOL, "true or false"},
                  {"deleted", JSON_BOOL, "true or false"},   {"rank", JSON_NUMBER, "a number"},
                  {"model_name", JSON_STRING, "a text"},     {"user_id", JSON_STRING, "a text"},
                  {"review_count", JSON_NUMBER, "a number"}, {"review_result", JSON_BOOL, "true or false"},
                  {"detoxify", JSON_OBJECT, "an object"},    {"tree_state", JSON_STRING, "a text"},
                  {"message_tree_id", JSON_STRING, "a text"}};
    if (node->count > TREE_NAMES_MAX) return fail(e, ERR_CORRUPT, "a message has more than %d members", TREE_NAMES_MAX);
    for (size_t i = 0; i < sizeof others / sizeof *others && !rc; i++)
        rc = check_type(node, others[i].key, others[i].type, others[i].what, e);
    if (!rc) rc = check_names(node, "labels", e);
    if (!rc) rc = check_names(node, "emojis", e);
    if (!rc) rc = check_names(node, "events", e);
    if (!rc) rc = check_labels(json_get(node, "labels"), e);
    if (!rc) rc = check_emojis(json_get(node, "emojis"), e);
    if (!rc) rc = check_rank(json_get(node, "rank"), e);
    if (!rc) rc = check_events(json_get(node, "events"), e);
    return rc ? rc : forest_check_same(f, node, e);
}

/* As deep as the JSON reader allowed. */
static int check_below(const forest *f, const json *node, err *e) {
    int rc = check_message(f, node, e);
    const json *replies = json_get(node, "replies");
    for (const json *r = replies ? replies->first : NULL; r && !rc; r = r->next) rc = check_below(f, r, e);
    return rc;
}

static int put_below(forest *f, const json *node, bytes parent_id, uint32_t at_tree, err *e) {
    int rc = forest_put(f, node, parent_id, at_tree, e);
    const json *replies = json_get(node, "replies");
    bytes id = json_string(json_get(node, "message_id"), "");
    for (const json *r = replies ? replies->first : NULL; r && !rc; r = r->next) rc = put_below(f, r, id, at_tree, e);
    return rc;
}

/* Of two states of a tree the further one stays. */
static int keep_state(forest *f, const json *line, uint32_t at, err *e) {
    const json *head = NULL;
    bytes name = json_string(json_get(line, "tree_state"), "");
    enum tree_state now, next = state_of(name);
    if (next == STATES) return OK;
    int rc = tree_head(&head, &f->trees[at], e);
    now = state_of(json_string(json_get(head, "tree_state"), ""));
    json_close(head);
    if (rc || (now != STATES && now >= next)) return rc;
    char quoted[40];
    snprintf(quoted, sizeof quoted, "\"%s\"", state_names[next]);
    change to = {"tree_state", bytes_str(quoted)};
    return forest_change_head(f, at, &to, 1, e);
}

/* What a line says of its tree, for the tree's head, unless another line said so before. */
static int keep_head(forest *f, const json *line, uint32_t at, err *e) {
    if (f->trees[at].head.len) return keep_state(f, line, at, e);
    buf_reset(&f->text);
    for (const json *m = line->first; m; m = m->next) {
        if (m->type == JSON_NULL || bytes_is(m->key, "message_tree_id") || bytes_is(m->key, "prompt")) continue;
        buf_byte(&f->text, ',');
        buf_json_str(&f->text, m->key);
        buf_byte(&f->text, ':');
        json_write(m, &f->text);
    }
    int rc = buf_status(&f->text, e);
    return rc ? rc : forest_keep(f, buf_view(&f->text), &f->trees[at].head, e);
}

static int add_message(forest *f, const json *line, err *e) {
    uint32_t at = TREE_NONE; /* where the line does not say: the root's */
    bytes tree_id = json_string(json_get(line, "message_tree_id"), ""),
          state = json_string(json_get(line, "tree_state"), "");
    int rc = check_message(f, line, e);
    if (!rc && tree_id.len) rc = forest_tree_of(f, tree_id, &at, e);
    if (!rc && at != TREE_NONE && state.len && f->trees[at].head.len) rc = keep_state(f, line, at, e);
    else if (!rc && at != TREE_NONE && state.len) {
        buf_reset(&f->text);
        buf_str(&f->text, ",\"tree_state\":");
        buf_json_str(&f->text, state);
        rc = forest_keep(f, buf_view(&f->text), &f->trees[at].head, e);
    }
    return rc ? rc : forest_put(f, line, json_string(json_get(line, "parent_id"), ""), at, e);
}

static int add_tree(forest *f, const json *line, err *e) {
    uint32_t at;
    int rc = check_id(line, "message_tree_id", e);
    if (!rc) rc = check_type(line, "tree_state", JSON_STRING, "a text", e);
    if (!rc) rc = check_type(line, "origin", JSON_STRING, "a text", e);
    if (!rc) rc = check_below(f, json_get(line, "prompt"), e);
    if (!rc) rc = forest_tree_of(f, json_string(json_get(line, "message_tree_id"), ""), &at, e);
    if (!rc) rc = keep_head(f, line, at, e);
    return rc ? rc : put_below(f, json_get(line, "prompt"), (bytes){0}, at, e);
}

/* A thread is one path of a tree, whose id is that of its first message. */
static int add_thread(forest *f, const json *line, err *e) {
    uint32_t at;
    const json *thread = json_get(line, "thread");
    int rc = check_id(line, "thread_id", e);
    if (!rc && (!thread || thread->type != JSON_ARRAY || !thread->first))
        return fail(e, ERR_CORRUPT, "thread: an array of messages is needed");
    for (const json *m = rc ? NULL : thread->first; m && !rc; m = m->next) rc = check_message(f, m, e);
    if (rc) return rc;
    bytes parent = {0}, root = json_string(json_get(thread->first, "message_id"), "");
    rc = forest_tree_of(f, root, &at, e);
    for (const json *m = thread->first; m && !rc; m = m->next) {
        rc = forest_put(f, m, parent, at, e);
        parent = json_string(json_get(m, "message_id"), "");
    }
    return rc;
}

int forest_add(forest *f, const json *line, err *e) {
    if (!line || line->type != JSON_OBJECT) return fail(e, ERR_CORRUPT, "the line is no JSON object");
    if (json_get(line, "message_id")) return add_message(f, line, e);
    if (json_get(line, "message_tree_id")) return add_tree(f, line, e);
    if (json_get(line, "thread_id")) return add_thread(f, line, e);
    return fail(e, ERR_CORRUPT,
                "this is neither a tree (message_tree_id), a thread (thread_id) nor a message (message_id)");
}
