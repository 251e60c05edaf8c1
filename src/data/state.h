/* The states of a message tree and what leads from one to the next, as Open Assistant has them
 * (backend/oasst_backend/models/message_tree_state.py, tree_manager.py). Rules over counts alone: nothing here reads a
 * tree. */
#ifndef DATA_STATE_H
#define DATA_STATE_H

#include "base/buf.h"
#include "base/json.h"

/* In the order in which a tree goes through them. Where two files disagree, the later one of this list stays. */
enum tree_state {
    STATE_REVIEW,
    STATE_LOTTERY,
    STATE_GROWING,
    STATE_BACKLOG,
    STATE_RANKING,
    STATE_SCORING,
    STATE_SCORING_FAILED,
    STATE_EXPORT,
    STATE_ABORTED,
    STATE_HALTED,
    STATES
};
extern const char *const state_names[STATES]; /* "initial_prompt_review", ... */
enum tree_state state_of(bytes name);         /* STATES for anything else: no tree of these rules */
bool state_is_terminal(enum tree_state s);

/* Open Assistant's parameters. Each has its default, its least and its largest value in one row of state.c. */
enum rule {
    RULE_MAX_ACTIVE_TREES,
    RULE_MAX_INITIAL_PROMPT_REVIEW,
    RULE_MAX_PROMPT_LOTTERY_WAITING,
    RULE_MAX_TREE_DEPTH,
    RULE_MAX_CHILDREN_COUNT,
    RULE_NUM_PROMPTER_REPLIES,
    RULE_GOAL_TREE_SIZE,
    RULE_RANDOM_GOAL_TREE_SIZE,
    RULE_MIN_GOAL_TREE_SIZE,
    RULE_NUM_REVIEWS_INITIAL_PROMPT,
    RULE_NUM_REVIEWS_REPLY,
    RULE_NUM_REQUIRED_RANKINGS,
    RULE_ACCEPTANCE_INITIAL_PROMPT,
    RULE_ACCEPTANCE_REPLY,
    RULE_AUTO_MOD_ENABLED,
    RULE_AUTO_MOD_MAX_SKIP_REPLY,
    RULE_AUTO_MOD_RED_FLAGS,
    RULE_P_FULL_PROMPT,
    RULE_P_FULL_ASSISTANT,
    RULE_P_FULL_PROMPTER,
    RULE_P_LONELY_CHILD,
    RULE_LONELY_CHILDREN_COUNT,
    RULE_P_ACTIVATE_BACKLOG,
    RULE_MIN_ACTIVE_RANKINGS,
    RULE_RANK_PROMPTER_REPLIES,
    RULE_MAX_PENDING_TASKS,
    RULE_RECENT_TASKS_SPAN_SEC,
    RULE_TASK_VALIDITY_MINUTES,
    RULE_MESSAGE_SIZE_LIMIT,
    RULE_DUPLICATE_MINUTES,
    RULE_TASKS,
    RULE_TASKS_SEC,
    RULE_ASSISTANT_REPLIES,
    RULE_ASSISTANT_REPLIES_SEC,
    RULE_PROMPTER_REPLIES,
    RULE_PROMPTER_REPLIES_SEC,
    RULE_WEIGHT_RANKING,
    RULE_WEIGHT_LABEL_REPLY,
    RULE_WEIGHT_LABEL_PROMPT,
    RULE_WEIGHT_REPLY,
    RULE_WEIGHT_PROMPT,
    RULE_ALLOW_SELF_LABELING,
    RULE_ALLOW_SELF_RANKING,
    RULE_ALLOW_DUPLICATE_TASKS,
    RULES
};

typedef struct rules {
    double of[RULES];
} rules;

void rules_init(rules *r); /* the defaults */
/* Takes over what an object says by name (numbers, or true and false). ERR_ARGUMENT names a member that is unknown or
 * out of range; r is then unchanged. NULL is no change. */
int rules_read(rules *r, const json *j, err *e);
/* Appends {name: {"value", "default", "min", "max"}}. */
void rules_write(const rules *r, buf *out);

/* What reviews say of a message. */
enum verdict { VERDICT_OPEN, VERDICT_ACCEPTED, VERDICT_REFUSED };

/* n_reviews people labelled a message; spam and lang_mismatch are sums of what they said, 0 to 1 each. Acceptance is
 * 1 - (mean spam + mean lang_mismatch). */
enum verdict verdict_of(const rules *r, bool is_root, double n_reviews, double spam, double lang_mismatch);

/* review -> lottery or aborted_low_grade. */
enum tree_state state_after_review(enum verdict prompt);

/* What a growing tree has. */
typedef struct growth {
    uint32_t n_reviewed; /* messages that were accepted, with the prompt; none that are deleted */
    uint32_t n_awaiting; /* messages that have fewer reviews than they need */
} growth;
/* growing -> ranking, or halted_by_moderator where nothing is left of it. */
enum tree_state state_after_growth(const growth *g, uint32_t goal);
/* How many messages a tree shall have: drawn by its id from min_goal_tree_size to goal_tree_size where those are
 * random, so that everybody draws the same. */
uint32_t state_goal(const rules *r, bytes tree_id);

/* Whether a message may get one more reply: it was accepted and is not deleted, is not too deep, and has not enough
 * replies that were accepted or await review. */
bool state_can_extend(const rules *r, bool assistant, uint32_t depth, uint32_t n_replies);

/* ranking -> ready_for_scoring; n_short: messages with two accepted replies or more and too few rankings. */
enum tree_state state_after_ranking(uint32_t n_short);
/* ready_for_scoring -> ready_for_export; -> scoring_failed where rankings could not be put together. */
enum tree_state state_after_scoring(bool scored);

#endif
