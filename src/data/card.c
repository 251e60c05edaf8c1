/* Tasks as the protocol writes them. */
#include "base/mem.h"
#include "data/board_impl.h"
#include "data/rank.h"

static int write_message(const board *b, uint32_t at, bool reveal, buf *out, err *e) {
    const json *node = NULL;
    int rc = message_parse(&node, &b->forest->messages[at], e);
    if (rc) return rc;
    buf_str(out, "{\"id\":");
    buf_json_str(out, b->forest->messages[at].id);
    buf_str(out, ",\"text\":");
    buf_json_str(out, json_string(json_get(node, "text"), ""));
    buf_str(out, ",\"lang\":");
    buf_json_str(out, json_string(json_get(node, "lang"), "en"));
    buf_printf(out, ",\"is_assistant\":%s", b->forest->messages[at].assistant ? "true" : "false");
    if (reveal) buf_printf(out, ",\"synthetic\":%s", b->facts[at].synthetic ? "true" : "false");
    buf_byte(out, '}');
    json_close(node);
    return OK;
}

static int write_messages(const board *b, const uint32_t *list, size_t n, bool reveal, buf *out, err *e) {
    int rc = OK;
    buf_byte(out, '[');
    for (size_t i = 0; i < n && !rc; i++) {
        if (i) buf_byte(out, ',');
        rc = write_message(b, list[i], reveal, out, e);
    }
    buf_byte(out, ']');
    return rc;
}

/* The messages up to the one that the task is about; their text again under the name that the protocol has. */
static int write_conversation(const board *b, uint32_t about, buf *out, err *e) {
    uint32_t path[TREE_DEPTH_MAX];
    size_t n = board_path(b, about, path);
    buf_str(out, ",\"conversation\":{\"messages\":");
    int rc = write_messages(b, path, n, true, out, e);
    buf_byte(out, '}');
    return rc;
}

static int write_label(const board *b, const task *t, buf *out, err *e) {
    const message *m = &b->forest->messages[t->about];
    const json *node = NULL;
    bool root = t->type == TASK_LABEL_INITIAL_PROMPT;
    uint32_t set = t->full ? label_full(m->assistant) : label_simple(root);
    int rc = write_conversation(b, t->about, out, e);
    if (!rc) rc = message_parse(&node, m, e);
    buf_str(out, ",\"message_id\":");
    buf_json_str(out, m->id);
    buf_str(out, root ? ",\"prompt\":" : ",\"reply\":");
    buf_json_str(out, json_string(json_get(node, "text"), ""));
    buf_str(out, ",\"valid_labels\":");
    label_write_names(out, set);
    buf_str(out, ",\"mandatory_labels\":");
    label_write_names(out, label_mandatory());
    buf_str(out, t->full ? ",\"mode\":\"full\",\"disposition\":\"quality\",\"labels\":"
                         : ",\"mode\":\"simple\",\"disposition\":\"spam\",\"labels\":");
    label_write(out, set);
    json_close(node);
    return rc;
}

/* By their ids, then shuffled by the task's: the same each time that the task is shown. */
size_t card_replies(const board *b, const task *t, uint32_t *replies) {
    size_t n = board_rankable(b, t->about, replies);
    const message *m = b->forest->messages;
    rng r;
    rng_init(&r, map_hash(bytes_str(t->id), 0x5f1e));
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k && map_hash(m[replies[k]].id, 0) < map_hash(m[replies[k - 1]].id, 0); k--) {
            uint32_t other = replies[k];
            replies[k] = replies[k - 1];
            replies[k - 1] = other;
        }
    for (size_t i = n; i > 1; i--) {
        size_t k = (size_t)(rng_uniform(&r) * (double)i);
        uint32_t other = replies[i - 1];
        replies[i - 1] = replies[k];
        replies[k] = other;
    }
    return n;
}

static int write_rank(const board *b, const task *t, buf *out, err *e) {
    uint32_t replies[RANK_MAX];
    size_t n = card_replies(b, t, replies), n_synthetic = 0;
    const message *m = &b->forest->messages[t->about];
    for (size_t i = 0; i < n; i++) n_synthetic += b->facts[replies[i]].synthetic;
    int rc = write_conversation(b, t->about, out, e);
    buf_str(out, ",\"reply_messages\":");
    if (!rc) rc = write_messages(b, replies, n, n_synthetic == n, out, e);
    buf_str(out, ",\"message_tree_id\":");
    buf_json_str(out, b->forest->trees[m->tree].id);
    buf_str(out, ",\"ranking_parent_id\":");
    buf_json_str(out, m->id);
    buf_printf(out, ",\"reveal_synthetic\":%s", n_synthetic == n ? "true" : "false");
    return rc;
}

int card_write(board *b, const task *t, buf *out, err *e) {
    int rc = OK;
    buf_printf(out, "{\"id\":\"%s\",\"type\":\"%s\"", t->id, task_names[t->type]);
    switch (t->type) {
    case TASK_INITIAL_PROMPT:
        buf_str(out, ",\"hint\":null");
        break;
    case TASK_PROMPTER_REPLY:
    case TASK_ASSISTANT_REPLY:
        rc = write_conversation(b, t->about, out, e);
        break;
    case TASK_LABEL_INITIAL_PROMPT:
    case TASK_LABEL_PROMPTER_REPLY:
    case TASK_LABEL_ASSISTANT_REPLY:
        rc = write_label(b, t, out, e);
        break;
    default:
        rc = write_rank(b, t, out, e);
        break;
    }
    buf_byte(out, '}');
    return rc ? rc : buf_status(out, e);
}
