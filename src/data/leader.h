/* What people have done, as points: Open Assistant's leaderboard, streaks and levels
 * (backend/oasst_backend/models/user_stats.py, user_stats_repository.py). */
#ifndef DATA_LEADER_H
#define DATA_LEADER_H

#include "data/board.h"

enum score_of {
    SCORE_PROMPTS,
    SCORE_REPLIES_ASSISTANT,
    SCORE_REPLIES_PROMPTER,
    SCORE_LABELS_SIMPLE,
    SCORE_LABELS_FULL,
    SCORE_RANKINGS_TOTAL,
    SCORE_RANKINGS_GOOD, /* that put the same answer first as everybody together */
    SCORE_ACCEPTED_PROMPTS,
    SCORE_ACCEPTED_REPLIES_ASSISTANT,
    SCORE_ACCEPTED_REPLIES_PROMPTER,
    SCORE_REPLY_RANKED_1,
    SCORE_REPLY_RANKED_2,
    SCORE_REPLY_RANKED_3,
    /* what others think of it */
    SCORE_RED_FLAGS,
    SCORE_UPVOTES,
    SCORE_DOWNVOTES,
    SCORE_SPAM_PROMPTS,
    SCORE_LANG_MISMATCH,
    SCORE_NOT_APPROPRIATE,
    SCORE_PII,
    SCORE_HATE_SPEECH,
    SCORE_SEXUAL_CONTENT,
    SCORE_POLITICAL_CONTENT,
    SCORES
};
extern const char *const score_names[SCORES];

typedef struct score {
    double of[SCORES];
} score;

double leader_score(const score *s);
double troll_score(const score *s);

enum leader_frame { LEADER_DAY, LEADER_WEEK, LEADER_MONTH, LEADER_TOTAL, LEADER_FRAMES };
extern const char *const leader_frame_names[LEADER_FRAMES];
double leader_since(enum leader_frame frame, double now); /* ms; -infinity of the total */

/* Counts what happened since then; scores is [names of the board], zeroed. What has no date counts in the total alone.
 */
void leader_count(const board *b, double since, score *scores);

/* Whole days that somebody has been at it without a pause of more than 36 hours; 0 where the last time is longer ago
 * than that. at is [n], sorted here. */
double leader_streak(double *at, size_t n, double now);

enum { LEADER_LEVELS = 100 };
/* Points needed for level 1..LEADER_LEVELS: rounded sums of 1.1521 i + 3, i from 0. */
void leader_thresholds(double points[LEADER_LEVELS]);
/* The level that so many points make, and the points at which it and the next one begin; of the last, both are the
 * same. */
int leader_level(double points, double *from, double *to);

/* Appends the two answers of board_call(). */
int leader_write(const board *b, enum leader_frame frame, double now, buf *out, err *e);
int leader_write_me(const board *b, double now, buf *out, err *e);

#endif
