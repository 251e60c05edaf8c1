/* The tables of states and rules, and the transitions. */
#include "data/state.h"

#include "base/map.h"

const char *const state_names[STATES] = {
    [STATE_REVIEW] = "initial_prompt_review",
    [STATE_LOTTERY] = "prompt_lottery_waiting",
    [STATE_GROWING] = "growing",
    [STATE_BACKLOG] = "backlog_ranking",
    [STATE_RANKING] = "ranking",
    [STATE_SCORING] = "ready_for_scoring",
    [STATE_SCORING_FAILED] = "scoring_failed",
    [STATE_EXPORT] = "ready_for_export",
    [STATE_ABORTED] = "aborted_low_grade",
    [STATE_HALTED] = "halted_by_moderator",
};

enum tree_state state_of(bytes name) {
    int s = 0;
    while (s < STATES && !bytes_is(name, state_names[s])) s++;
    return (enum tree_state)s;
}

bool state_is_terminal(enum tree_state s) {
    return s == STATE_EXPORT || s == STATE_ABORTED || s == STATE_SCORING_FAILED || s == STATE_HALTED ||
           s == STATE_BACKLOG;
}

/* Names as in backend/oasst_backend/config.py and, of the last three, its DEBUG_ settings. */
static const struct {
    const char *name;
    double value, min, max;
} rows[RULES] = {
    [RULE_MAX_ACTIVE_TREES] = {"max_active_trees", 10, 0, 1e6},
    [RULE_MAX_INITIAL_PROMPT_REVIEW] = {"max_initial_prompt_review", 100, 0, 1e6},
    [RULE_MAX_PROMPT_LOTTERY_WAITING] = {"max_prompt_lottery_waiting", 250, 0, 1e6},
    [RULE_MAX_TREE_DEPTH] = {"max_tree_depth", 3, 1, 100},
    [RULE_MAX_CHILDREN_COUNT] = {"max_children_count", 3, 1, 64},
    [RULE_NUM_PROMPTER_REPLIES] = {"num_prompter_replies", 1, 0, 64},
    [RULE_GOAL_TREE_SIZE] = {"goal_tree_size", 12, 1, 1000},
    [RULE_RANDOM_GOAL_TREE_SIZE] = {"random_goal_tree_size", 0, 0, 1},
    [RULE_MIN_GOAL_TREE_SIZE] = {"min_goal_tree_size", 5, 1, 1000},
    [RULE_NUM_REVIEWS_INITIAL_PROMPT] = {"num_reviews_initial_prompt", 3, 1, 100},
    [RULE_NUM_REVIEWS_REPLY] = {"num_reviews_reply", 3, 1, 100},
    [RULE_NUM_REQUIRED_RANKINGS] = {"num_required_rankings", 3, 1, 100},
    [RULE_ACCEPTANCE_INITIAL_PROMPT] = {"acceptance_threshold_initial_prompt", 0.6, 0, 1},
    [RULE_ACCEPTANCE_REPLY] = {"acceptance_threshold_reply", 0.6, 0, 1},
    [RULE_AUTO_MOD_ENABLED] = {"auto_mod_enabled", 1, 0, 1},
    [RULE_AUTO_MOD_MAX_SKIP_REPLY] = {"auto_mod_max_skip_reply", 25, 1, 1000},
    [RULE_AUTO_MOD_RED_FLAGS] = {"auto_mod_red_flags", 4, 1, 1000},
    [RULE_P_FULL_PROMPT] = {"p_full_labeling_review_prompt", 1, 0, 1},
    [RULE_P_FULL_ASSISTANT] = {"p_full_labeling_review_reply_assistant", 1, 0, 1},
    [RULE_P_FULL_PROMPTER] = {"p_full_labeling_review_reply_prompter", 0.25, 0, 1},
    [RULE_P_LONELY_CHILD] = {"p_lonely_child_extension", 0.75, 0, 1},
    [RULE_LONELY_CHILDREN_COUNT] = {"lonely_children_count", 2, 0, 64},
    [RULE_P_ACTIVATE_BACKLOG] = {"p_activate_backlog_tree", 0.1, 0, 1},
    [RULE_MIN_ACTIVE_RANKINGS] = {"min_active_rankings_per_lang", 0, 0, 1e6},
    [RULE_RANK_PROMPTER_REPLIES] = {"rank_prompter_replies", 0, 0, 1},
    [RULE_MAX_PENDING_TASKS] = {"max_pending_tasks_per_user", 8, 1, 1000},
    [RULE_RECENT_TASKS_SPAN_SEC] = {"recent_tasks_span_sec", 300, 0, 1e6},
    [RULE_TASK_VALIDITY_MINUTES] = {"task_validity_minutes", 2880, 1, 1e6},
    [RULE_MESSAGE_SIZE_LIMIT] = {"message_size_limit", 2000, 1, 1e6},
    [RULE_DUPLICATE_MINUTES] = {"duplicate_message_filter_window_minutes", 120, 0, 1e6},
    [RULE_TASKS] = {"rate_limit_tasks", 30, 1, 1e6},
    [RULE_TASKS_SEC] = {"rate_limit_tasks_sec", 240, 0, 1e6},
    [RULE_ASSISTANT_REPLIES] = {"rate_limit_assistant_replies", 4, 1, 1e6},
    [RULE_ASSISTANT_REPLIES_SEC] = {"rate_limit_assistant_replies_sec", 120, 0, 1e6},
    [RULE_PROMPTER_REPLIES] = {"rate_limit_prompter_replies", 8, 1, 1e6},
    [RULE_PROMPTER_REPLIES_SEC] = {"rate_limit_prompter_replies_sec", 120, 0, 1e6},
    [RULE_WEIGHT_RANKING] = {"weight_ranking", 10, 0, 1e6},
    [RULE_WEIGHT_LABEL_REPLY] = {"weight_label_reply", 5, 0, 1e6},
    [RULE_WEIGHT_LABEL_PROMPT] = {"weight_label_prompt", 5, 0, 1e6},
    [RULE_WEIGHT_REPLY] = {"weight_reply", 2, 0, 1e6},
    [RULE_WEIGHT_PROMPT] = {"weight_prompt", 0.01, 0, 1e6},
    [RULE_ALLOW_SELF_LABELING] = {"allow_self_labeling", 0, 0, 1},
    [RULE_ALLOW_SELF_RANKING] = {"allow_self_ranking", 0, 0, 1},
    [RULE_ALLOW_DUPLICATE_TASKS] = {"allow_duplicate_tasks", 0, 0, 1},
};

void rules_init(rules *r) {
    for (int i = 0; i < RULES; i++) r->of[i] = rows[i].value;
}

int rules_read(rules *r, const json *j, err *e) {
    rules next = *r;
    for (const json *m = j ? j->first : NULL; m; m = m->next) {
        int i = 0;
        while (i < RULES && !bytes_is(m->key, rows[i].name)) i++;
        if (i == RULES) return fail(e, ERR_ARGUMENT, "%.*s is no parameter", (int)m->key.len, (const char *)m->key.ptr);
        double v = m->type == JSON_BOOL ? m->boolean : json_number(m, -1);
        if (!(v >= rows[i].min && v <= rows[i].max))
            return fail(e, ERR_ARGUMENT, "%s is a number from %g to %g", rows[i].name, rows[i].min, rows[i].max);
        next.of[i] = v;
    }
    *r = next;
    return OK;
}

void rules_write(const rules *r, buf *out) {
    for (int i = 0; i < RULES; i++) {
        buf_printf(out, i ? ",\"%s\":{\"value\":" : "{\"%s\":{\"value\":", rows[i].name);
        buf_json_num(out, r->of[i]);
        buf_str(out, ",\"default\":");
        buf_json_num(out, rows[i].value);
        buf_str(out, ",\"min\":");
        buf_json_num(out, rows[i].min);
        buf_str(out, ",\"max\":");
        buf_json_num(out, rows[i].max);
        buf_byte(out, '}');
    }
    buf_byte(out, '}');
}

enum verdict verdict_of(const rules *r, bool is_root, double n, double spam, double lang_mismatch) {
    double needed = r->of[is_root ? RULE_NUM_REVIEWS_INITIAL_PROMPT : RULE_NUM_REVIEWS_REPLY],
           threshold = r->of[is_root ? RULE_ACCEPTANCE_INITIAL_PROMPT : RULE_ACCEPTANCE_REPLY];
    if (n < needed) return VERDICT_OPEN;
    return 1 - (spam / n + lang_mismatch / n) > threshold ? VERDICT_ACCEPTED : VERDICT_REFUSED;
}

enum tree_state state_after_review(enum verdict prompt) {
    return prompt == VERDICT_OPEN ? STATE_REVIEW : prompt == VERDICT_ACCEPTED ? STATE_LOTTERY : STATE_ABORTED;
}

enum tree_state state_after_growth(const growth *g, uint32_t goal) {
    if (!g->n_reviewed) return STATE_HALTED;
    return g->n_awaiting || g->n_reviewed < goal ? STATE_GROWING : STATE_RANKING;
}

uint32_t state_goal(const rules *r, bytes tree_id) {
    uint32_t most = (uint32_t)r->of[RULE_GOAL_TREE_SIZE], least = (uint32_t)r->of[RULE_MIN_GOAL_TREE_SIZE];
    if (r->of[RULE_RANDOM_GOAL_TREE_SIZE] < 1 || least >= most) return most;
    return least + (uint32_t)(map_hash(tree_id, 0x90a1) % (most - least + 1));
}

bool state_can_extend(const rules *r, bool assistant, uint32_t depth, uint32_t n_replies) {
    if (depth >= r->of[RULE_MAX_TREE_DEPTH] || n_replies >= r->of[RULE_MAX_CHILDREN_COUNT]) return false;
    return !assistant || n_replies < r->of[RULE_NUM_PROMPTER_REPLIES];
}

enum tree_state state_after_ranking(uint32_t n_short) { return n_short ? STATE_RANKING : STATE_SCORING; }
enum tree_state state_after_scoring(bool scored) { return scored ? STATE_EXPORT : STATE_SCORING_FAILED; }
