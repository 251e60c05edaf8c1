/* What there is to do for a person: which messages want a reply, labels or a ranking. */
#include "base/mem.h"
#include "data/board_impl.h"
#include "data/rank.h"

/* What a type of task asks of the message that it is about. */
static const struct {
    enum tree_state state;
    bool assistant, any_role;
} wants[TASK_TYPES] = {
    [TASK_PROMPTER_REPLY] = {STATE_GROWING, true, false},
    [TASK_ASSISTANT_REPLY] = {STATE_GROWING, false, false},
    [TASK_LABEL_INITIAL_PROMPT] = {STATE_REVIEW, false, true},
    [TASK_LABEL_PROMPTER_REPLY] = {STATE_GROWING, false, false},
    [TASK_LABEL_ASSISTANT_REPLY] = {STATE_GROWING, true, false},
    [TASK_RANK_PROMPTER_REPLIES] = {STATE_RANKING, true, false},
    [TASK_RANK_ASSISTANT_REPLIES] = {STATE_RANKING, false, false},
};

static bool rule(const board *b, enum rule r) { return b->rules.of[r] >= 1; }

/* Somebody is at it. */
static bool is_taken(const board *b, uint32_t i, double now) {
    for (size_t k = 0; k < b->n_tasks; k++) {
        const task *t = &b->tasks[k];
        bool reply = t->type == TASK_PROMPTER_REPLY || t->type == TASK_ASSISTANT_REPLY;
        if (reply && t->about == i && task_is_pending(t) &&
            now - t->created < b->rules.of[RULE_RECENT_TASKS_SPAN_SEC] * 1000)
            return true;
    }
    return false;
}

static bool answered_by(const board *b, uint32_t i, uint32_t who) {
    const message *m = b->forest->messages;
    for (uint32_t r = m[i].reply; r != TREE_NONE; r = m[r].next)
        if (b->facts[r].author == who && who != MAP_NONE && !b->facts[r].deleted) return true;
    return false;
}

static bool wants_reply(const board *b, uint32_t i, double now) {
    const fact *x = &b->facts[i];
    const message *m = &b->forest->messages[i];
    const growth *g = &b->trees[m->tree].growth;
    return x->verdict == VERDICT_ACCEPTED && state_can_extend(&b->rules, m->assistant, x->depth, x->n_replies) &&
           g->n_reviewed + g->n_awaiting < state_goal(&b->rules, b->forest->trees[m->tree].id) &&
           !fact_has(x, ACT_SKIP_REPLY, b->me) && !is_taken(b, i, now) &&
           (rule(b, RULE_ALLOW_DUPLICATE_TASKS) || !answered_by(b, i, b->me));
}

static bool wants_labels(const board *b, uint32_t i, bool root) {
    const fact *x = &b->facts[i];
    double needed = b->rules.of[root ? RULE_NUM_REVIEWS_INITIAL_PROMPT : RULE_NUM_REVIEWS_REPLY];
    bool own = x->author == b->me && b->me != MAP_NONE;
    return root == (b->forest->messages[i].parent == TREE_NONE) && x->verdict != VERDICT_ACCEPTED &&
           x->n_reviews < needed && (!own || rule(b, RULE_ALLOW_SELF_LABELING)) &&
           !fact_has(x, ACT_SKIP_LABELING, b->me) &&
           (rule(b, RULE_ALLOW_DUPLICATE_TASKS) || !fact_labelled_by(x, b->me));
}

static bool wants_ranking(const board *b, uint32_t i) {
    const fact *x = &b->facts[i];
    uint32_t replies[RANK_MAX];
    if (!board_ranks(b, i) || (double)fact_count(x, ACT_RANK) >= b->rules.of[RULE_NUM_REQUIRED_RANKINGS]) return false;
    if (fact_has(x, ACT_SKIP_RANKING, b->me)) return false;
    if (!rule(b, RULE_ALLOW_DUPLICATE_TASKS) && fact_has(x, ACT_RANK, b->me)) return false;
    size_t n = board_rankable(b, i, replies), own = 0;
    for (size_t k = 0; k < n; k++) own += b->facts[replies[k]].author == b->me && b->me != MAP_NONE;
    return !own || rule(b, RULE_ALLOW_SELF_RANKING);
}

static bool fits(const board *b, enum task_type type, uint32_t lang, double now, uint32_t i) {
    const message *m = &b->forest->messages[i];
    if (m->tree == TREE_NONE || b->facts[i].deleted || b->facts[i].lang != lang) return false;
    if (b->trees[m->tree].state != wants[type].state) return false;
    if (!wants[type].any_role && m->assistant != wants[type].assistant) return false;
    if (type == TASK_PROMPTER_REPLY || type == TASK_ASSISTANT_REPLY) return wants_reply(b, i, now);
    if (type == TASK_RANK_PROMPTER_REPLIES || type == TASK_RANK_ASSISTANT_REPLIES) return wants_ranking(b, i);
    return wants_labels(b, i, type == TASK_LABEL_INITIAL_PROMPT);
}

void board_available(const board *b, uint32_t lang, double now, task_counts *n) {
    *n = (task_counts){0};
    for (int type = TASK_INITIAL_PROMPT + 1; type < TASK_TYPES; type++)
        for (uint32_t i = 0; i < b->n_facts; i++) n->of[type] += fits(b, (enum task_type)type, lang, now, i);
    n->of[TASK_INITIAL_PROMPT] = board_missing_prompts(b, lang);
}

uint32_t board_pick(board *b, enum task_type type, uint32_t lang, double now, bool lonely) {
    double most = lonely ? b->rules.of[RULE_LONELY_CHILDREN_COUNT] : 0;
    uint32_t picked = TREE_NONE, n = 0;
    for (uint32_t i = 0; i < b->n_facts; i++) {
        uint32_t replies = b->facts[i].n_replies;
        if (!fits(b, type, lang, now, i) || (lonely && !(replies > 0 && replies < most))) continue;
        if (rng_uniform(&b->rng) * ++n < 1) picked = i; /* each of n with the same chance */
    }
    return picked;
}

size_t board_path(const board *b, uint32_t at, uint32_t *path) {
    const message *m = b->forest->messages;
    size_t n = 1;
    for (uint32_t i = at; m[i].parent != TREE_NONE && n < TREE_DEPTH_MAX; i = m[i].parent) n++;
    for (size_t k = n; k-- > 0; at = m[at].parent) path[k] = at;
    return n;
}
