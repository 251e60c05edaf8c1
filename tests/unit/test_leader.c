/* data/leader: points, streaks, levels. What is counted is in test_board.c. */
#include "data/leader.h"

#include "unit/test.h"

TEST(points) {
    static const struct {
        enum score_of of;
        double leader, troll;
    } each[] = {{SCORE_PROMPTS, 1, 0},
                {SCORE_REPLIES_ASSISTANT, 40, 0},
                {SCORE_REPLIES_PROMPTER, 10, 0},
                {SCORE_LABELS_SIMPLE, 10, 0},
                {SCORE_LABELS_FULL, 20, 0},
                {SCORE_RANKINGS_TOTAL, 10, 0},
                {SCORE_RANKINGS_GOOD, 10, 0},
                {SCORE_ACCEPTED_PROMPTS, 1, 0},
                {SCORE_ACCEPTED_REPLIES_ASSISTANT, 40, 0},
                {SCORE_ACCEPTED_REPLIES_PROMPTER, 10, 0},
                {SCORE_REPLY_RANKED_1, 90, 0},
                {SCORE_REPLY_RANKED_2, 30, 0},
                {SCORE_REPLY_RANKED_3, 10, 0},
                {SCORE_RED_FLAGS, 0, 30},
                {SCORE_UPVOTES, 0, -10},
                {SCORE_DOWNVOTES, 0, 10},
                {SCORE_SPAM_PROMPTS, 0, 10},
                {SCORE_LANG_MISMATCH, 0, 10},
                {SCORE_NOT_APPROPRIATE, 0, 10},
                {SCORE_PII, 0, 10},
                {SCORE_HATE_SPEECH, 0, 10},
                {SCORE_SEXUAL_CONTENT, 0, 10},
                {SCORE_POLITICAL_CONTENT, 0, 10}};
    CHECK_INT(sizeof each / sizeof *each, SCORES);
    for (size_t i = 0; i < SCORES; i++) {
        score s = {{0}};
        s.of[each[i].of] = 10;
        CHECK_NEAR(leader_score(&s), each[i].leader, 0);
        CHECK_NEAR(troll_score(&s), each[i].troll, 0);
    }
    score s = {{0}};
    s.of[SCORE_PROMPTS] = s.of[SCORE_ACCEPTED_PROMPTS] = 19; /* each is rounded down for itself */
    CHECK_NEAR(leader_score(&s), 2, 0);
}

/* The sum of 1.1521 i + 3 for i = 0..n-1 is 1.1521 n (n - 1) / 2 + 3 n. */
TEST(levels) {
    double points[LEADER_LEVELS], from, to;
    leader_thresholds(points);
    for (int n = 1; n <= LEADER_LEVELS; n++) {
        double sum = 1.1521 * n * (n - 1) / 2 + 3 * n;
        CHECK_NEAR(points[n - 1], sum, 0.5 + 1e-9);
        CHECK_INT(leader_level(points[n - 1], &from, &to), n);
        CHECK_NEAR(from, points[n - 1], 0);
        CHECK_INT(leader_level(points[n - 1] - 1, &from, &to), n - 1);
        CHECK_NEAR(to, points[n - 1], 0);
    }
    CHECK_NEAR(points[0], 3, 0);
    CHECK_NEAR(points[1], 7, 0);
    CHECK_INT(leader_level(0, &from, &to), 0);
    CHECK_INT(leader_level(1e9, &from, &to), LEADER_LEVELS);
    CHECK_NEAR(to, from, 0);
}

TEST(streaks) {
    const double hour = 3600000;
    double none[1], once[] = {100 * hour}, pause[] = {0, 36 * hour, 72 * hour + 1, 100 * hour},
                    long_one[] = {96 * hour, 0, 30 * hour, 66 * hour}, later[] = {0, 200 * hour};
    CHECK_NEAR(leader_streak(none, 0, hour), 0, 0);
    CHECK_NEAR(leader_streak(once, 1, 101 * hour), 0, 0);
    CHECK_NEAR(leader_streak(long_one, 4, 97 * hour), 4, 0);
    CHECK_NEAR(leader_streak(long_one, 4, (96 + 36) * hour), 4, 0);
    CHECK_NEAR(leader_streak(long_one, 4, (96 + 36) * hour + 1), 0, 0); /* it broke */
    CHECK_NEAR(leader_streak(pause, 4, 101 * hour), 1, 0);              /* 27 hours since the pause */
    CHECK_NEAR(leader_streak(later, 2, 24 * hour), 0, 0);               /* what lies ahead does not count */
}

TEST(frames) {
    const double day = 86400000, now = 1000 * day;
    CHECK_NEAR(leader_since(LEADER_DAY, now), 999 * day, 0);
    CHECK_NEAR(leader_since(LEADER_WEEK, now), 993 * day, 0);
    CHECK_NEAR(leader_since(LEADER_MONTH, now), 970 * day, 0);
    CHECK(isinf(leader_since(LEADER_TOTAL, now)));
}

int main(void) {
    RUN(points);
    RUN(levels);
    RUN(streaks);
    RUN(frames);
    return test_end("leader");
}
