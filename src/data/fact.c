/* What the rules ask of a message, read from its members. */
#include <math.h>

#include "base/mem.h"
#include "data/board_impl.h"
#include "data/when.h"

void fact_clear(fact *x) {
    mem_free(x->acts);
    *x = (fact){0};
}

bool fact_has(const fact *x, enum act_kind kind, uint32_t who) {
    for (size_t i = 0; i < x->n_acts; i++)
        if (x->acts[i].kind == kind && x->acts[i].who == who) return who != MAP_NONE;
    return false;
}

bool fact_labelled_by(const fact *x, uint32_t who) {
    return fact_has(x, ACT_LABEL_FULL, who) || fact_has(x, ACT_LABEL_SIMPLE, who);
}

size_t fact_count(const fact *x, enum act_kind kind) {
    size_t n = 0;
    for (size_t i = 0; i < x->n_acts; i++) n += x->acts[i].kind == kind;
    return n;
}

/* Which act an event is; false: none. */
static bool kind_of(const json *event, bytes message, enum act_kind *kind) {
    static const struct {
        const char *code;
        enum act_kind kind;
    } emojis[] = {{"_skip_reply", ACT_SKIP_REPLY},
                  {"_skip_ranking", ACT_SKIP_RANKING},
                  {"_skip_labeling", ACT_SKIP_LABELING},
                  {"red_flag", ACT_RED_FLAG},
                  {"+1", ACT_UP},
                  {"-1", ACT_DOWN}};
    bytes type = json_string(json_get(event, "type"), ""), code = json_string(json_get(event, "emoji"), "");
    if (bytes_is(type, "ranking")) {
        *kind = ACT_RANK;
        return bytes_eq(json_string(json_get(event, "ranking_parent_id"), ""), message);
    }
    if (bytes_is(type, "text_labels")) {
        *kind = bytes_is(json_string(json_get(event, "mode"), ""), "simple") ? ACT_LABEL_SIMPLE : ACT_LABEL_FULL;
        return !json_bool(json_get(event, "is_report"), false);
    }
    for (size_t i = 0; i < sizeof emojis / sizeof *emojis && bytes_is(type, "emoji"); i++)
        if (bytes_is(code, emojis[i].code)) return *kind = emojis[i].kind, true;
    return false;
}

static int read_acts(board *b, fact *x, const json *events, bytes message, err *e) {
    size_t n = 0;
    for (const json *k = events ? events->first : NULL; k; k = k->next) n += k->count;
    if (!n) return OK;
    x->acts = mem_array(n, sizeof *x->acts);
    if (!x->acts) return fail(e, ERR_MEMORY, "no memory for events");
    int rc = OK;
    for (const json *k = events->first; k && !rc; k = k->next)
        for (const json *event = k->first; event && !rc; event = event->next) {
            act a = {.at = when_of(json_string(json_get(event, "created_date"), "")), .best = TREE_NONE};
            if (!kind_of(event, message, &a.kind)) continue;
            const json *ids = json_get(event, "ranked_message_ids");
            if (a.kind == ACT_RANK && ids && ids->first)
                a.best = map_get(b->forest->by_id, json_string(ids->first, ""));
            rc = board_name(b, json_string(json_get(event, "user_id"), ""), &a.who, e);
            x->acts[x->n_acts++] = a;
        }
    return rc;
}

static double emoji(const json *node, const char *code) {
    return json_number(json_get(json_get(node, "emojis"), code), 0);
}

static enum verdict verdict_read(const json *node, const rules *r, bool is_root) {
    const json *result = json_get(node, "review_result");
    double needed = r->of[is_root ? RULE_NUM_REVIEWS_INITIAL_PROMPT : RULE_NUM_REVIEWS_REPLY];
    if (json_bool(result, false)) return VERDICT_ACCEPTED;
    return result && json_number(json_get(node, "review_count"), 0) >= needed ? VERDICT_REFUSED : VERDICT_OPEN;
}

int fact_read(board *b, uint32_t at, err *e) {
    const message *m = &b->forest->messages[at];
    fact *x = &b->facts[at];
    const json *node = NULL;
    if (x->of == m->body.ptr) return OK;
    fact_clear(x);
    int rc = message_parse(&node, m, e);
    if (!rc) rc = board_name(b, json_string(json_get(node, "user_id"), ""), &x->author, e);
    if (!rc) rc = board_name(b, json_string(json_get(node, "lang"), "en"), &x->lang, e);
    if (!rc) rc = read_acts(b, x, json_get(node, "events"), m->id, e);
    if (!rc) {
        x->created = when_of(json_string(json_get(node, "created_date"), ""));
        x->n_reviews = json_number(json_get(node, "review_count"), 0);
        x->n_flags = emoji(node, "red_flag");
        x->n_skips = emoji(node, "_skip_reply");
        x->n_up = emoji(node, "+1");
        x->n_down = emoji(node, "-1");
        for (int i = 0; i < LABELS; i++) {
            const json *l = json_get(json_get(node, "labels"), label_names[i]);
            x->flagged[i] = json_number(json_get(l, "value"), 0) * json_number(json_get(l, "count"), 0);
        }
        x->verdict = verdict_read(node, &b->rules, m->parent == TREE_NONE);
        x->deleted = json_bool(json_get(node, "deleted"), false);
        x->synthetic = json_bool(json_get(node, "synthetic"), false);
        x->of = m->body.ptr;
    }
    json_close(node);
    return rc;
}
