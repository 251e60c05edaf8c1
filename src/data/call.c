/* Requests to the board by name. */
#include <math.h>

#include "base/mem.h"
#include "data/board_impl.h"
#include "data/leader.h"
#include "data/when.h"
#include "data/write.h"

enum { FIRST_CHARS = 200 }; /* of a prompt, in the overview */

typedef struct asked {
    const json *j;
    double now;
    buf *out;
    err *e;
} asked;

static int do_available(board *b, const asked *a) {
    uint32_t lang;
    double sum = 0;
    task_counts n;
    int rc = board_name(b, json_string(json_get(a->j, "lang"), "en"), &lang, a->e);
    if (!rc) rc = board_lottery(b, lang, a->now, 1, a->e);
    if (rc) return rc;
    board_available(b, lang, a->now, &n);
    buf_str(a->out, "{\"available\":{");
    for (int i = 0; i < TASK_TYPES; i++) {
        buf_printf(a->out, "%s\"%s\":%.0f", i ? "," : "", task_names[i], n.of[i]);
        sum += n.of[i];
    }
    buf_printf(a->out, "},\"random\":%.0f}", sum);
    return OK;
}

static int do_request(board *b, const asked *a) { return desk_request(b, a->j, a->now, a->out, a->e); }

static int empty(int rc, buf *out) {
    if (!rc) buf_str(out, "{}");
    return rc;
}
static int do_ack(board *b, const asked *a) { return empty(desk_ack(b, a->j, a->now, a->e), a->out); }
static int do_nack(board *b, const asked *a) { return empty(desk_nack(b, a->j, a->now, a->e), a->out); }
static int do_close(board *b, const asked *a) { return empty(desk_close(b, a->j, a->now, a->e), a->out); }
static int do_restore(board *b, const asked *a) {
    return empty(desk_restore(b, json_get(a->j, "tasks"), a->e), a->out);
}

static int do_card(board *b, const asked *a) {
    const task *t = desk_find(b, json_string(json_get(a->j, "task_id"), ""), (bytes){0});
    bool there = t && task_is_pending(t) && !task_is_expired(t, &b->rules, a->now);
    buf_str(a->out, "{\"task\":");
    int rc = there ? card_write(b, t, a->out, a->e) : (buf_str(a->out, "null"), OK);
    buf_byte(a->out, '}');
    return rc;
}

static int do_interact(board *b, const asked *a) {
    return board_interact(b, json_get(a->j, "interaction"), a->now, a->out, a->e);
}

static int do_tasks(board *b, const asked *a) {
    desk_write(b, a->now, a->out);
    return OK;
}

static int do_leaderboard(board *b, const asked *a) {
    bytes name = json_string(json_get(a->j, "frame"), "total");
    int frame = 0;
    while (frame < LEADER_FRAMES && !bytes_is(name, leader_frame_names[frame])) frame++;
    if (frame == LEADER_FRAMES) return fail(a->e, ERR_ARGUMENT, "frame is one of: day, week, month, total");
    return leader_write(b, (enum leader_frame)frame, a->now, a->out, a->e);
}

static int do_me(board *b, const asked *a) { return leader_write_me(b, a->now, a->out, a->e); }

static int do_config(board *b, const asked *a) {
    rules_write(&b->rules, a->out);
    return OK;
}

/* The beginning of a text, whole code points. */
static bytes first_chars(bytes s) {
    size_t n = 0, i = 0;
    while (i < s.len && n <= FIRST_CHARS) n += (s.ptr[i++] & 0xc0) != 0x80;
    if (n > FIRST_CHARS) i--;
    return bytes_of(s.ptr, i);
}

static int write_overview(board *b, uint32_t t, buf *out, err *e) {
    const tree *x = &b->forest->trees[t];
    const json *node = NULL;
    int rc = message_parse(&node, &b->forest->messages[x->root], e);
    if (rc) return rc;
    buf_str(out, "{\"id\":");
    buf_json_str(out, x->id);
    buf_printf(out, ",\"state\":\"%s\",\"messages\":%u,\"reviewed\":%u,\"goal\":%u,\"text\":",
               b->trees[t].state == STATES ? "" : state_names[b->trees[t].state], x->n, b->trees[t].growth.n_reviewed,
               state_goal(&b->rules, x->id));
    buf_json_str(out, first_chars(json_string(json_get(node, "text"), "")));
    buf_str(out, ",\"lang\":");
    buf_json_str(out, json_string(json_get(node, "lang"), "en"));
    buf_str(out, ",\"created_date\":");
    when_write(out, b->facts[x->root].created);
    buf_byte(out, '}');
    json_close(node);
    return OK;
}

static int do_overview(board *b, const asked *a) {
    size_t n[STATES + 1] = {0}, shown = 0;
    int rc = OK;
    buf_str(a->out, "{\"trees\":[");
    for (uint32_t t = 0; t < b->n_trees && !rc; t++) {
        if (b->forest->trees[t].root == TREE_NONE) continue;
        n[b->trees[t].state]++;
        if (shown++) buf_byte(a->out, ',');
        rc = write_overview(b, t, a->out, a->e);
    }
    buf_str(a->out, "],\"states\":{");
    for (int s = 0; s < STATES; s++) buf_printf(a->out, "%s\"%s\":%zu", s ? "," : "", state_names[s], n[s]);
    buf_printf(a->out, "},\"others\":%zu}", n[STATES]);
    return rc;
}

static bool has_lang(const board *b, uint32_t lang) {
    for (size_t t = 0; t < b->n_trees; t++)
        if (b->forest->trees[t].root != TREE_NONE && b->facts[b->forest->trees[t].root].lang == lang) return true;
    return false;
}

/* What could be asked, by language; it draws no prompt. */
static int do_summary(board *b, const asked *a) {
    size_t n[STATES + 1] = {0}, n_langs = 0;
    for (size_t t = 0; t < b->n_trees; t++) n[b->trees[t].state] += b->forest->trees[t].root != TREE_NONE;
    buf_str(a->out, "{\"states\":{");
    for (int s = 0; s < STATES; s++) buf_printf(a->out, "%s\"%s\":%zu", s ? "," : "", state_names[s], n[s]);
    buf_printf(a->out, "},\"others\":%zu,\"tasks\":{", n[STATES]);
    for (uint32_t lang = 0; lang < b->n_names; lang++) {
        task_counts counts;
        if (!has_lang(b, lang)) continue;
        board_available(b, lang, a->now, &counts);
        if (n_langs++) buf_byte(a->out, ',');
        buf_json_str(a->out, b->names[lang]);
        for (int i = 0; i < TASK_TYPES; i++)
            buf_printf(a->out, "%s\"%s\":%.0f", i ? "," : ":{", task_names[i], counts.of[i]);
        buf_byte(a->out, '}');
    }
    buf_str(a->out, "}}");
    return OK;
}

/* A moderator's: a message with all below it. */
static int do_delete(board *b, const asked *a) {
    uint32_t at = map_get(b->forest->by_id, json_string(json_get(a->j, "message_id"), ""));
    bool undo = json_bool(json_get(a->j, "undo"), false);
    change to = {"deleted", undo ? (bytes){0} : bytes_str("true")};
    int rc = OK;
    if (at == MAP_NONE || b->forest->messages[at].tree == TREE_NONE)
        return fail(a->e, ERR_ARGUMENT, "message_id: there is no such message");
    for (uint32_t i = at; i != TREE_NONE && !rc; i = tree_next(b->forest, at, i))
        rc = forest_change(b->forest, i, &to, 1, a->e);
    if (!rc) rc = board_settle(b, a->e);
    return empty(rc, a->out);
}

static int do_halt(board *b, const asked *a) {
    uint32_t t = map_get(b->forest->tree_by_id, json_string(json_get(a->j, "tree_id"), ""));
    if (t == MAP_NONE || b->forest->trees[t].root == TREE_NONE)
        return fail(a->e, ERR_ARGUMENT, "tree_id: there is no such tree");
    return empty(board_enter(b, t, STATE_HALTED, a->e), a->out);
}

static int do_changed(board *b, const asked *a) {
    const write_options o = {.form = WRITE_TREES, .deleted = true};
    bool all = json_bool(json_get(a->j, "all"), false);
    size_t n = 0;
    int rc = OK;
    buf_str(a->out, "{\"trees\":[");
    for (uint32_t t = 0; t < b->n_trees && !rc; t++) {
        if (!(all || b->trees[t].changed) || b->forest->trees[t].root == TREE_NONE) continue;
        if (n++) buf_byte(a->out, ',');
        rc = write_tree(a->out, b->forest, t, &o, NULL, a->e);
        if (!rc && a->out->len) a->out->len--; /* the line break */
    }
    buf_str(a->out, "]}");
    if (!rc) rc = buf_status(a->out, a->e);
    for (uint32_t t = 0; t < b->n_trees && !rc; t++) b->trees[t].changed = false;
    return rc;
}

static const struct {
    const char *name;
    int (*run)(board *b, const asked *a);
    bool needs_now;
} calls[] = {
    {"available", do_available, true},
    {"request", do_request, true},
    {"ack", do_ack, true},
    {"nack", do_nack, true},
    {"close", do_close, true},
    {"card", do_card, true},
    {"interact", do_interact, true},
    {"tasks", do_tasks, true},
    {"restore", do_restore, false},
    {"me", do_me, true},
    {"config", do_config, false},
    {"leaderboard", do_leaderboard, true},
    {"delete", do_delete, false},
    {"halt", do_halt, false},
    {"overview", do_overview, false},
    {"changed", do_changed, false},
    {"summary", do_summary, true},
};

int board_call(board *b, const json *request, buf *out, err *e) {
    bytes name = json_string(json_get(request, "do"), "");
    const asked a = {request, json_number(json_get(request, "now"), NAN), out, e};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (!bytes_is(name, calls[i].name)) continue;
        if (calls[i].needs_now && !(a.now >= 0 && a.now < 253402300800000.0))
            return fail(e, ERR_ARGUMENT, "now: milliseconds since 1970 are needed");
        int rc = calls[i].run(b, &a);
        return rc ? rc : buf_status(out, e);
    }
    return fail(e, ERR_ARGUMENT, "do: %.*s is nothing that is done here", (int)name.len, (const char *)name.ptr);
}
