/* data/task: the life of a task, and the weights by which one is drawn. */
#include "data/task.h"

#include "base/rng.h"
#include "unit/test.h"

TEST(life) {
    static const struct {
        enum task_state from, to;
        int want;
    } cases[] = {
        {TASK_ASKED, TASK_ACKNOWLEDGED, OK},
        {TASK_ASKED, TASK_SKIPPED, OK},
        {TASK_ASKED, TASK_DONE, OK},
        {TASK_ACKNOWLEDGED, TASK_DONE, OK},
        {TASK_ACKNOWLEDGED, TASK_SKIPPED, OK},
        {TASK_ACKNOWLEDGED, TASK_ACKNOWLEDGED, ERR_STATE},
        {TASK_ACKNOWLEDGED, TASK_ASKED, ERR_STATE},
        {TASK_ASKED, TASK_ASKED, ERR_STATE},
        {TASK_DONE, TASK_DONE, ERR_STATE},
        {TASK_DONE, TASK_ACKNOWLEDGED, ERR_STATE},
        {TASK_DONE, TASK_SKIPPED, ERR_STATE},
        {TASK_SKIPPED, TASK_DONE, ERR_STATE},
        {TASK_SKIPPED, TASK_ACKNOWLEDGED, ERR_STATE},
        {TASK_SKIPPED, TASK_SKIPPED, ERR_STATE},
    };
    rules r;
    rules_init(&r);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        task t = {.state = cases[i].from, .created = 1000};
        err e = {0};
        CHECK_INT(task_enter(&t, cases[i].to, &r, 2000, &e), cases[i].want);
        CHECK_INT(t.state, cases[i].want ? cases[i].from : cases[i].to);
        CHECK(!cases[i].want || e.text[0]);
    }
}

TEST(expiry) {
    const double minute = 60000;
    rules r;
    rules_init(&r);
    task t = {.state = TASK_ACKNOWLEDGED, .created = 5 * minute};
    CHECK(!task_is_expired(&t, &r, (5 + 2880) * minute));
    CHECK(task_is_expired(&t, &r, (5 + 2880) * minute + 1));
    CHECK_INT(task_enter(&t, TASK_DONE, &r, (5 + 2880) * minute + 1, NULL), ERR_STATE);
    CHECK_INT(task_enter(&t, TASK_DONE, &r, (5 + 2880) * minute, NULL), OK);
    CHECK(!task_is_pending(&t));
}

/* 10 to rank : 5 to label replies : 5 to label prompts : 2 to reply : 0.01 to write prompts. */
TEST(weights) {
    task_counts n = {0};
    rules r;
    rng g;
    rules_init(&r);
    rng_init(&g, 3);
    CHECK_INT(task_draw(&n, &r, 0.5, 0.5), TASK_TYPES);
    for (int i = 0; i < TASK_TYPES; i++) n.of[i] = 1;
    double drawn[TASK_TYPES] = {0}, all = 10 + 5 + 5 + 2 + 0.01;
    enum { DRAWS = 400000 };
    for (int i = 0; i < DRAWS; i++) {
        double u = rng_uniform(&g), v = rng_uniform(&g);
        drawn[task_draw(&n, &r, u, v)]++;
    }
    const double want[TASK_TYPES] = {
        [TASK_INITIAL_PROMPT] = 0.01,     [TASK_PROMPTER_REPLY] = 1,         [TASK_ASSISTANT_REPLY] = 1,
        [TASK_LABEL_INITIAL_PROMPT] = 5,  [TASK_LABEL_PROMPTER_REPLY] = 2.5, [TASK_LABEL_ASSISTANT_REPLY] = 2.5,
        [TASK_RANK_PROMPTER_REPLIES] = 5, [TASK_RANK_ASSISTANT_REPLIES] = 5};
    for (int i = 0; i < TASK_TYPES; i++) {
        double p = want[i] / all;
        CHECK_NEAR(drawn[i] / DRAWS, p, 5 * sqrt(p * (1 - p) / DRAWS));
    }
}

TEST(what_there_is) {
    rules r;
    rules_init(&r);
    for (int type = 0; type < TASK_TYPES; type++) {
        task_counts n = {0};
        n.of[type] = 2;
        for (double u = 0; u < 1; u += 0.09)
            for (double v = 0; v < 1; v += 0.09) CHECK_INT(task_draw(&n, &r, u, v), type);
    }
    task_counts n = {0};
    n.of[TASK_INITIAL_PROMPT] = 1;
    r.of[RULE_WEIGHT_PROMPT] = 0;
    CHECK_INT(task_draw(&n, &r, 0.5, 0.5), TASK_TYPES);
    n.of[TASK_PROMPTER_REPLY] = 3;
    n.of[TASK_ASSISTANT_REPLY] = 1; /* of one weight, by how many there are */
    CHECK_INT(task_draw(&n, &r, 0.1, 0.74), TASK_PROMPTER_REPLY);
    CHECK_INT(task_draw(&n, &r, 0.1, 0.76), TASK_ASSISTANT_REPLY);
}

int main(void) {
    RUN(life);
    RUN(expiry);
    RUN(weights);
    RUN(what_there_is);
    return test_end("task");
}
