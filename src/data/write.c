/* Trees out. A tree is walked along its paths; rows of trainers are made at the answers on the way. */
#include "data/write.h"

#include "base/mem.h"
#include "base/sha256.h"
#include "data/tree_impl.h"

enum { PAIRS_OF = 64 }; /* replies of a message, the best ones, that are paired with the others */

const char *const write_names[WRITE_FORMS] = {"trees", "messages", "threads", "sft", "preference", "kto"};

/* What the writer of one tree needs. */
typedef struct writer {
    const forest *f;
    const write_options *o;
    const tree *t;
    const json *head; /* the tree's members */
    buf *out, id;
    const json **node; /* [depth] the path's messages, parsed */
    uint32_t *path;    /* [depth] and their indices */
    size_t depth, cap;
    size_t n_lines;
    err *e;
} writer;

/* An id as it goes out, in w->id. */
static bytes id_out(writer *w, const char *collection, bytes id) {
    char hex[SHA256_HEX + 1];
    if (!w->o->anonymize || !id.len) return id;
    buf_reset(&w->id);
    buf_str(&w->id, collection);
    buf_byte(&w->id, ':');
    buf_bytes(&w->id, id);
    buf_bytes(&w->id, w->o->seed);
    sha256_hex(hex, buf_view(&w->id));
    buf_reset(&w->id);
    buf_str(&w->id, hex);
    return buf_view(&w->id);
}

static void put_id(writer *w, const char *key, const char *collection, bytes id) {
    buf_json_str(w->out, bytes_str(key));
    buf_byte(w->out, ':');
    buf_json_str(w->out, id_out(w, collection, id));
}

/* Which ids a member holds; NULL: none. */
static const char *collection_of(bytes key) {
    if (bytes_is(key, "user_id")) return "user";
    if (bytes_is(key, "message_id") || bytes_is(key, "message_ids") || bytes_is(key, "ranking_parent_id") ||
        bytes_is(key, "ranked_message_ids") || bytes_is(key, "message_tree_id") || bytes_is(key, "conversation_id") ||
        bytes_is(key, "active_thread_tail_message_id") || bytes_is(key, "improves"))
        return "message";
    return NULL;
}

/* A value with every id in it as it goes out; `collection` of the member that holds it. */
static void put_value(writer *w, const json *j, const char *collection) {
    size_t n = 0;
    if (j->type == JSON_STRING && collection) return buf_json_str(w->out, id_out(w, collection, j->string));
    if (j->type != JSON_ARRAY && j->type != JSON_OBJECT) return json_write(j, w->out);
    buf_byte(w->out, j->type == JSON_ARRAY ? '[' : '{');
    for (const json *m = j->first; m; m = m->next) {
        if (n++) buf_byte(w->out, ',');
        if (j->type == JSON_OBJECT) {
            buf_json_str(w->out, m->key);
            buf_byte(w->out, ':');
        }
        put_value(w, m, j->type == JSON_OBJECT ? collection_of(m->key) : collection);
    }
    buf_byte(w->out, j->type == JSON_ARRAY ? ']' : '}');
}

/* The members of the path's last message, without braces. */
static void put_body(writer *w) {
    const message *m = forest_message(w->f, w->path[w->depth - 1]);
    if (!w->o->anonymize) return buf_bytes(w->out, m->body);
    size_t n = 0;
    for (const json *j = w->node[w->depth - 1]->first; j; j = j->next) {
        if (n++) buf_byte(w->out, ',');
        buf_json_str(w->out, j->key);
        buf_byte(w->out, ':');
        put_value(w, j, collection_of(j->key));
    }
}

static void put_parent(writer *w) {
    const message *m = forest_message(w->f, w->path[w->depth - 1]);
    if (!m->parent_id.len) return;
    buf_byte(w->out, ',');
    put_id(w, "parent_id", "message", m->parent_id);
}

static void end_line(writer *w) {
    buf_byte(w->out, '\n');
    w->n_lines++;
}

/* Where lines are only counted, this is all that happens to one. */
static bool only_counts(writer *w) {
    if (w->out) return false;
    w->n_lines++;
    return true;
}

/* A chat message of node i of the path. */
static void put_turn(writer *w, size_t i) {
    const json *node = w->node[i];
    bool assistant = bytes_is(json_string(json_get(node, "role"), ""), "assistant");
    buf_str(w->out, assistant ? "{\"role\":\"assistant\",\"content\":" : "{\"role\":\"user\",\"content\":");
    buf_json_str(w->out, json_string(json_get(node, "text"), ""));
    buf_byte(w->out, '}');
}

static void put_turns(writer *w, const char *key, size_t from, size_t to) {
    buf_json_str(w->out, bytes_str(key));
    buf_str(w->out, ":[");
    for (size_t i = from; i < to; i++) {
        if (i > from) buf_byte(w->out, ',');
        put_turn(w, i);
    }
    buf_byte(w->out, ']');
}

static int push(writer *w, uint32_t i) {
    if (w->depth == w->cap) {
        size_t cap = w->cap ? w->cap * 2 : 16;
        const json **node = mem_grow(w->node, cap * sizeof *node);
        if (node) w->node = node;
        uint32_t *path = mem_grow(w->path, cap * sizeof *path);
        if (path) w->path = path;
        if (!node || !path) return fail(w->e, ERR_MEMORY, "no memory for a path of %zu messages", cap);
        w->cap = cap;
    }
    int rc = message_parse(&w->node[w->depth], forest_message(w->f, i), w->e);
    if (!rc) w->path[w->depth++] = i;
    return rc;
}

static void pop(writer *w) { json_close(w->node[--w->depth]); }

static bool is_deleted(const json *node) { return json_bool(json_get(node, "deleted"), false); }
static double rank_of(const json *node) { return json_number(json_get(node, "rank"), -1); }

/* A row of the path's last two messages, both answers to what comes before them, the better one first. */
static void put_pair(writer *w) {
    size_t chosen = w->depth - 2;
    bool deleted = is_deleted(w->node[chosen]) || is_deleted(w->node[chosen + 1]);
    if ((deleted && !w->o->deleted) || only_counts(w)) return;
    buf_byte(w->out, '{');
    put_turns(w, "prompt", 0, chosen);
    buf_byte(w->out, ',');
    put_turns(w, "chosen", chosen, chosen + 1);
    buf_byte(w->out, ',');
    put_turns(w, "rejected", chosen + 1, chosen + 2);
    buf_byte(w->out, '}');
    end_line(w);
}

/* What was written in place of an answer is better than that, where no ranks say more. */
static int put_improvements(writer *w) {
    uint32_t prompt = w->path[w->depth - 1];
    int rc = OK;
    for (uint32_t a = forest_message(w->f, prompt)->reply; a != TREE_NONE && !rc; a = forest_message(w->f, a)->next) {
        rc = push(w, a);
        if (rc) break;
        const json *node = w->node[w->depth - 1];
        bytes worse = json_string(json_get(node, "improves"), "");
        bool usable = worse.len && rank_of(node) < 0 && forest_message(w->f, a)->assistant;
        for (uint32_t b = usable ? forest_message(w->f, prompt)->reply : TREE_NONE; b != TREE_NONE && !rc;
             b = forest_message(w->f, b)->next) {
            if (b == a || !bytes_eq(forest_message(w->f, b)->id, worse)) continue;
            rc = push(w, b);
            if (rc) break;
            put_pair(w);
            pop(w);
        }
        pop(w);
    }
    return rc;
}

/* The pairs of answers below the path's last message: of each two with ranks the better one is chosen; none of equals.
 */
static int put_pairs(writer *w) {
    uint32_t prompt = w->path[w->depth - 1];
    int rc = OK, n = 0;
    for (uint32_t a = forest_message(w->f, prompt)->reply; a != TREE_NONE && !rc; a = forest_message(w->f, a)->next) {
        rc = push(w, a);
        if (rc) break;
        size_t chosen = w->depth - 1;
        double rank = rank_of(w->node[chosen]);
        bool usable = n++ < PAIRS_OF && forest_message(w->f, a)->assistant && rank >= 0;
        for (uint32_t b = usable ? forest_message(w->f, a)->next : TREE_NONE; b != TREE_NONE && !rc;
             b = forest_message(w->f, b)->next) {
            rc = push(w, b);
            if (rc) break;
            if (rank_of(w->node[chosen + 1]) > rank) put_pair(w);
            pop(w);
        }
        pop(w);
    }
    return rc ? rc : put_improvements(w);
}

static void put_kto(writer *w) {
    const json *emojis = json_get(w->node[w->depth - 1], "emojis");
    double up = json_number(json_get(emojis, "+1"), 0), down = json_number(json_get(emojis, "-1"), 0);
    if ((!(up > down) && !(up < down)) || only_counts(w)) return;
    buf_byte(w->out, '{');
    put_turns(w, "prompt", 0, w->depth - 1);
    buf_byte(w->out, ',');
    put_turns(w, "completion", w->depth - 1, w->depth);
    buf_str(w->out, up > down ? ",\"label\":true}" : ",\"label\":false}");
    end_line(w);
}

static void put_message(writer *w) {
    if (only_counts(w)) return;
    buf_byte(w->out, '{');
    put_body(w);
    put_parent(w);
    buf_byte(w->out, ',');
    put_id(w, "message_tree_id", "message", w->t->id);
    const json *state = json_get(w->head, "tree_state");
    if (state) {
        buf_str(w->out, ",\"tree_state\":");
        json_write(state, w->out);
    }
    buf_byte(w->out, '}');
    end_line(w);
}

static void put_thread(writer *w) {
    size_t depth = w->depth;
    if (only_counts(w)) return;
    buf_byte(w->out, '{');
    put_id(w, "thread_id", "message", forest_message(w->f, w->path[depth - 1])->id);
    buf_str(w->out, ",\"thread\":[");
    for (w->depth = 1; w->depth <= depth; w->depth++) {
        buf_str(w->out, w->depth > 1 ? ",{" : "{");
        put_body(w);
        put_parent(w);
        buf_byte(w->out, '}');
    }
    w->depth = depth;
    buf_str(w->out, "]}");
    end_line(w);
}

/* Whether a question below an answer was answered, too. */
static bool goes_on(const writer *w, const message *m) {
    for (uint32_t r = m->reply; r != TREE_NONE; r = forest_message(w->f, r)->next)
        if (forest_message(w->f, r)->reply != TREE_NONE) return true;
    return false;
}

/* What is to be written when the path has come to a message. */
static int arrive(writer *w) {
    const message *m = forest_message(w->f, w->path[w->depth - 1]);
    switch (w->o->form) {
    case WRITE_TREES:
        if (w->depth > 1)
            buf_str(w->out, m == forest_message(w->f, forest_message(w->f, m->parent)->reply) ? "{" : ",{");
        else buf_byte(w->out, '{');
        put_body(w);
        put_parent(w);
        buf_str(w->out, ",\"replies\":[");
        return OK;
    case WRITE_MESSAGES:
        put_message(w);
        return OK;
    case WRITE_THREADS:
        if (m->reply == TREE_NONE) put_thread(w);
        return OK;
    case WRITE_SFT:
        if (m->assistant && w->depth > 1 && !goes_on(w, m) && !only_counts(w)) {
            buf_byte(w->out, '{');
            put_turns(w, "messages", 0, w->depth);
            buf_byte(w->out, '}');
            end_line(w);
        }
        return OK;
    case WRITE_PREFERENCE:
        return m->assistant ? OK : put_pairs(w);
    case WRITE_KTO:
        if (m->assistant && w->depth > 1) put_kto(w);
        return OK;
    case WRITE_FORMS:
        break;
    }
    return OK;
}

static void leave(writer *w) {
    if (w->o->form == WRITE_TREES) buf_str(w->out, "]}");
}

/* Rows for trainers leave out what was deleted, and all below it. */
static bool is_left_out(const writer *w) {
    return w->o->form >= WRITE_SFT && !w->o->deleted && is_deleted(w->node[w->depth - 1]);
}

static int walk(writer *w) {
    uint32_t next = w->t->root;
    int rc = OK;
    for (;;) {
        rc = push(w, next);
        if (rc) return rc;
        bool out = is_left_out(w);
        if (!out) rc = arrive(w);
        if (rc) return rc;
        next = out ? TREE_NONE : forest_message(w->f, w->path[w->depth - 1])->reply;
        while (next == TREE_NONE) { /* up, until there is another reply */
            leave(w);
            next = w->depth > 1 ? forest_message(w->f, w->path[w->depth - 1])->next : TREE_NONE;
            pop(w);
            if (!w->depth) return OK;
        }
    }
}

static void begin_tree(writer *w) {
    buf_byte(w->out, '{');
    put_id(w, "message_tree_id", "message", w->t->id);
    for (const json *m = w->head->first->next; m; m = m->next) { /* the first is no member of the tree */
        buf_byte(w->out, ',');
        buf_json_str(w->out, m->key);
        buf_byte(w->out, ':');
        put_value(w, m, collection_of(m->key));
    }
    buf_str(w->out, ",\"prompt\":");
}

/* Whether a tree is nested deeper than readers take: so deep are few conversations. */
static bool is_too_deep(const forest *f, uint32_t root) {
    size_t depth = 1;
    for (uint32_t i = root; i != TREE_NONE;) {
        const message *m = forest_message(f, i);
        if (depth > TREE_DEPTH_MAX) return true;
        if (m->reply != TREE_NONE) {
            i = m->reply;
            depth++;
            continue;
        }
        for (; i != root && forest_message(f, i)->next == TREE_NONE; depth--) i = forest_message(f, i)->parent;
        i = i == root ? TREE_NONE : forest_message(f, i)->next;
    }
    return false;
}

int write_tree(buf *out, const forest *f, size_t at, const write_options *options, size_t *n_lines, err *e) {
    const tree *t = forest_tree(f, at);
    if (t->root == TREE_NONE) return OK;
    write_options own = *options, *o = &own;
    if (o->form == WRITE_TREES && is_too_deep(f, t->root)) o->form = WRITE_MESSAGES;
    writer w = {.f = f, .o = o, .t = t, .out = out, .e = e};
    if (!out && o->form == WRITE_TREES) {
        if (n_lines) ++*n_lines;
        return OK;
    }
    int rc = tree_head(&w.head, w.t, e);
    if (!rc && o->form == WRITE_TREES) begin_tree(&w);
    if (!rc) rc = walk(&w);
    if (!rc && o->form == WRITE_TREES) {
        buf_byte(out, '}');
        end_line(&w);
    }
    while (w.depth) pop(&w);
    json_close(w.head);
    mem_free(w.node);
    mem_free(w.path);
    buf_clear(&w.id);
    if (n_lines) *n_lines += w.n_lines;
    return rc || !out ? rc : buf_status(out, e);
}
