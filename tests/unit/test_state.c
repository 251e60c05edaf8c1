/* data/state: every transition on both sides of its threshold, and the parameters. */
#include "data/state.h"

#include "unit/test.h"

static rules defaults(void) {
    rules r;
    rules_init(&r);
    return r;
}

TEST(names) {
    for (int s = 0; s < STATES; s++) CHECK_INT(state_of(bytes_str(state_names[s])), s);
    CHECK_INT(state_of(bytes_str("not_applicable")), STATES);
    CHECK_INT(state_of((bytes){0}), STATES);
    int terminal = 0;
    for (int s = 0; s < STATES; s++) terminal += state_is_terminal((enum tree_state)s);
    CHECK_INT(terminal, 5);
    CHECK(!state_is_terminal(STATE_LOTTERY) && !state_is_terminal(STATE_SCORING) && state_is_terminal(STATE_BACKLOG));
}

/* Acceptance is 1 - (mean spam + mean lang_mismatch), and has to be more than 0.6. */
TEST(reviews) {
    const rules r = defaults();
    for (int root = 0; root < 2; root++) {
        CHECK_INT(verdict_of(&r, root, 0, 0, 0), VERDICT_OPEN);
        CHECK_INT(verdict_of(&r, root, 2, 0, 0), VERDICT_OPEN);
        CHECK_INT(verdict_of(&r, root, 3, 0, 0), VERDICT_ACCEPTED);
        CHECK_INT(verdict_of(&r, root, 3, 1, 0), VERDICT_ACCEPTED);
        CHECK_INT(verdict_of(&r, root, 3, 1, 1), VERDICT_REFUSED);
        CHECK_INT(verdict_of(&r, root, 3, 2, 0), VERDICT_REFUSED);
        CHECK_INT(verdict_of(&r, root, 5, 0, 2), VERDICT_REFUSED); /* 0.6 is not more than 0.6 */
        CHECK_INT(verdict_of(&r, root, 5, 0, 1.9), VERDICT_ACCEPTED);
    }
    rules other = r;
    other.of[RULE_NUM_REVIEWS_REPLY] = 1;
    other.of[RULE_ACCEPTANCE_REPLY] = 0;
    CHECK_INT(verdict_of(&other, false, 1, 0.9, 0), VERDICT_ACCEPTED);
    CHECK_INT(verdict_of(&other, true, 1, 0.9, 0), VERDICT_OPEN);
    CHECK_INT(state_after_review(VERDICT_OPEN), STATE_REVIEW);
    CHECK_INT(state_after_review(VERDICT_ACCEPTED), STATE_LOTTERY);
    CHECK_INT(state_after_review(VERDICT_REFUSED), STATE_ABORTED);
}

TEST(growth_and_after) {
    static const struct {
        growth g;
        enum tree_state want;
    } cases[] = {{{11, 0}, STATE_GROWING}, {{12, 0}, STATE_RANKING}, {{12, 1}, STATE_GROWING}, {{13, 0}, STATE_RANKING},
                 {{0, 0}, STATE_HALTED},   {{0, 2}, STATE_HALTED},   {{1, 0}, STATE_GROWING}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_INT(state_after_growth(&cases[i].g, 12), cases[i].want);
    CHECK_INT(state_after_ranking(1), STATE_RANKING);
    CHECK_INT(state_after_ranking(0), STATE_SCORING);
    CHECK_INT(state_after_scoring(true), STATE_EXPORT);
    CHECK_INT(state_after_scoring(false), STATE_SCORING_FAILED);
}

TEST(extending) {
    const rules r = defaults();
    for (uint32_t depth = 0; depth < 5; depth++) {
        for (uint32_t n = 0; n < 5; n++) {
            CHECK_INT(state_can_extend(&r, false, depth, n), depth < 3 && n < 3);
            CHECK_INT(state_can_extend(&r, true, depth, n), depth < 3 && n < 1);
        }
    }
}

TEST(goals) {
    rules r = defaults();
    CHECK_INT(state_goal(&r, bytes_str("t")), 12);
    r.of[RULE_RANDOM_GOAL_TREE_SIZE] = 1;
    uint32_t seen[20] = {0};
    for (int i = 0; i < 2000; i++) {
        char id[16];
        snprintf(id, sizeof id, "tree-%d", i);
        uint32_t goal = state_goal(&r, bytes_str(id));
        CHECK(goal >= 5 && goal <= 12);
        CHECK_INT(state_goal(&r, bytes_str(id)), goal);
        if (goal < 20) seen[goal]++;
    }
    for (int goal = 5; goal <= 12; goal++) CHECK(seen[goal] > 180 && seen[goal] < 330); /* 250 each; 5 sigma */
    r.of[RULE_MIN_GOAL_TREE_SIZE] = 30;
    CHECK_INT(state_goal(&r, bytes_str("t")), 12);
}

static int read(rules *r, const char *text) {
    const json *j = NULL;
    err e;
    if (json_parse(&j, bytes_str(text), &e)) return -1;
    int rc = rules_read(r, j, &e);
    json_close(j);
    return rc;
}

TEST(parameters) {
    rules r = defaults();
    CHECK_INT(rules_read(&r, NULL, NULL), OK);
    CHECK_INT(read(&r, "{\"goal_tree_size\":3,\"allow_self_ranking\":true,\"p_lonely_child_extension\":0.5}"), OK);
    CHECK_NEAR(r.of[RULE_GOAL_TREE_SIZE], 3, 0);
    CHECK_NEAR(r.of[RULE_ALLOW_SELF_RANKING], 1, 0);
    CHECK_NEAR(r.of[RULE_P_LONELY_CHILD], 0.5, 0);
    static const char *const bad[] = {"{\"goal_tree_size\":0}", "{\"max_tree_depth\":4,\"goal_tree_size\":\"3\"}",
                                      "{\"p_lonely_child_extension\":1.1}", "{\"unknown\":1}",
                                      "{\"max_tree_depth\":5,\"num_reviews_reply\":1e9}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) CHECK_INT(read(&r, bad[i]), ERR_ARGUMENT);
    CHECK_NEAR(r.of[RULE_MAX_TREE_DEPTH], 3, 0); /* nothing of a refused object is taken over */
    const json *j = NULL;
    buf out = {0};
    rules_write(&r, &out);
    CHECK_INT(json_parse(&j, buf_view(&out), NULL), OK);
    CHECK_INT(j ? j->count : 0, RULES);
    CHECK_NEAR(json_number(json_get(json_get(j, "goal_tree_size"), "value"), 0), 3, 0);
    CHECK_NEAR(json_number(json_get(json_get(j, "goal_tree_size"), "default"), 0), 12, 0);
    json_close(j);
    buf_clear(&out);
}

/* The defaults are Open Assistant's. */
TEST(open_assistants) {
    const rules r = defaults();
    static const struct {
        enum rule rule;
        double value;
    } want[] = {{RULE_MAX_ACTIVE_TREES, 10},
                {RULE_MAX_INITIAL_PROMPT_REVIEW, 100},
                {RULE_MAX_PROMPT_LOTTERY_WAITING, 250},
                {RULE_MAX_TREE_DEPTH, 3},
                {RULE_MAX_CHILDREN_COUNT, 3},
                {RULE_NUM_PROMPTER_REPLIES, 1},
                {RULE_GOAL_TREE_SIZE, 12},
                {RULE_MIN_GOAL_TREE_SIZE, 5},
                {RULE_NUM_REVIEWS_INITIAL_PROMPT, 3},
                {RULE_NUM_REVIEWS_REPLY, 3},
                {RULE_NUM_REQUIRED_RANKINGS, 3},
                {RULE_AUTO_MOD_MAX_SKIP_REPLY, 25},
                {RULE_AUTO_MOD_RED_FLAGS, 4},
                {RULE_P_FULL_PROMPTER, 0.25},
                {RULE_P_ACTIVATE_BACKLOG, 0.1},
                {RULE_TASK_VALIDITY_MINUTES, 2880},
                {RULE_MESSAGE_SIZE_LIMIT, 2000},
                {RULE_DUPLICATE_MINUTES, 120},
                {RULE_WEIGHT_PROMPT, 0.01},
                {RULE_MAX_PENDING_TASKS, 8}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) CHECK_NEAR(r.of[want[i].rule], want[i].value, 0);
}

int main(void) {
    RUN(names);
    RUN(reviews);
    RUN(growth_and_after);
    RUN(extending);
    RUN(goals);
    RUN(parameters);
    RUN(open_assistants);
    return test_end("state");
}
