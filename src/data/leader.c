/* Points, streaks, levels. */
#include "data/leader.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "data/board_impl.h"

const char *const score_names[SCORES] = {"prompts",
                                         "replies_assistant",
                                         "replies_prompter",
                                         "labels_simple",
                                         "labels_full",
                                         "rankings_total",
                                         "rankings_good",
                                         "accepted_prompts",
                                         "accepted_replies_assistant",
                                         "accepted_replies_prompter",
                                         "reply_ranked_1",
                                         "reply_ranked_2",
                                         "reply_ranked_3",
                                         "red_flags",
                                         "upvotes",
                                         "downvotes",
                                         "spam_prompts",
                                         "lang_mismatch",
                                         "not_appropriate",
                                         "pii",
                                         "hate_speech",
                                         "sexual_content",
                                         "political_content"};
const char *const leader_frame_names[LEADER_FRAMES] = {"day", "week", "month", "total"};

double leader_score(const score *s) {
    const double *n = s->of;
    return floor(n[SCORE_PROMPTS] * 0.1) + n[SCORE_REPLIES_ASSISTANT] * 4 + n[SCORE_REPLIES_PROMPTER] +
           n[SCORE_LABELS_SIMPLE] + n[SCORE_LABELS_FULL] * 2 + n[SCORE_RANKINGS_TOTAL] + n[SCORE_RANKINGS_GOOD] +
           floor(n[SCORE_ACCEPTED_PROMPTS] * 0.1) + n[SCORE_ACCEPTED_REPLIES_ASSISTANT] * 4 +
           n[SCORE_ACCEPTED_REPLIES_PROMPTER] + n[SCORE_REPLY_RANKED_1] * 9 + n[SCORE_REPLY_RANKED_2] * 3 +
           n[SCORE_REPLY_RANKED_3];
}

double troll_score(const score *s) {
    const double *n = s->of;
    return n[SCORE_RED_FLAGS] * 3 - n[SCORE_UPVOTES] + n[SCORE_DOWNVOTES] + n[SCORE_SPAM_PROMPTS] +
           n[SCORE_LANG_MISMATCH] + n[SCORE_NOT_APPROPRIATE] + n[SCORE_PII] + n[SCORE_HATE_SPEECH] +
           n[SCORE_SEXUAL_CONTENT] + n[SCORE_POLITICAL_CONTENT];
}

double leader_since(enum leader_frame frame, double now) {
    static const double days[] = {1, 7, 30};
    return frame == LEADER_TOTAL ? -HUGE_VAL : now - days[frame] * 86400000;
}

static bool is_in(double at, double since) { return at >= since || (isnan(at) && isinf(since)); }

static void count_written(const board *b, uint32_t i, enum tree_state state, score *s) {
    const fact *x = &b->facts[i];
    const message *m = &b->forest->messages[i];
    bool root = m->parent == TREE_NONE, accepted = x->verdict == VERDICT_ACCEPTED;
    if (!x->deleted && !x->synthetic) {
        s->of[root ? SCORE_PROMPTS : m->assistant ? SCORE_REPLIES_ASSISTANT : SCORE_REPLIES_PROMPTER]++;
        if (accepted)
            s->of[root           ? SCORE_ACCEPTED_PROMPTS
                  : m->assistant ? SCORE_ACCEPTED_REPLIES_ASSISTANT
                                 : SCORE_ACCEPTED_REPLIES_PROMPTER]++;
        if (m->assistant && state == STATE_EXPORT && m->rank >= 0 && m->rank < 3)
            s->of[SCORE_REPLY_RANKED_1 + (int)m->rank]++;
    }
    s->of[SCORE_RED_FLAGS] += x->n_flags;
    s->of[SCORE_UPVOTES] += x->n_up;
    s->of[SCORE_DOWNVOTES] += x->n_down;
    s->of[SCORE_SPAM_PROMPTS] += root && state == STATE_ABORTED;
    static const enum label flags[] = {LABEL_LANG_MISMATCH, LABEL_NOT_APPROPRIATE, LABEL_PII,
                                       LABEL_HATE_SPEECH,   LABEL_SEXUAL_CONTENT,  LABEL_POLITICAL_CONTENT};
    for (int k = 0; k < 6; k++) s->of[SCORE_LANG_MISMATCH + k] += round(x->flagged[flags[k]]);
}

static void count_act(const board *b, const act *a, score *s) {
    if (a->kind == ACT_LABEL_SIMPLE) s->of[SCORE_LABELS_SIMPLE]++;
    if (a->kind == ACT_LABEL_FULL) s->of[SCORE_LABELS_FULL]++;
    if (a->kind != ACT_RANK) return;
    s->of[SCORE_RANKINGS_TOTAL]++;
    if (a->best != TREE_NONE) s->of[SCORE_RANKINGS_GOOD] += b->forest->messages[a->best].rank <= 0;
}

void leader_count(const board *b, double since, score *scores) {
    for (uint32_t i = 0; i < b->n_facts; i++) {
        const fact *x = &b->facts[i];
        uint32_t t = b->forest->messages[i].tree;
        if (x->author != MAP_NONE && t != TREE_NONE && is_in(x->created, since))
            count_written(b, i, b->trees[t].state, &scores[x->author]);
        for (size_t k = 0; k < x->n_acts; k++)
            if (x->acts[k].who != MAP_NONE && is_in(x->acts[k].at, since))
                count_act(b, &x->acts[k], &scores[x->acts[k].who]);
    }
}

static int order_times(const void *a, const void *b) {
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

double leader_streak(double *at, size_t n, double now) {
    const double pause = 36 * 3600000.0, day = 86400000;
    qsort(at, n, sizeof *at, order_times);
    while (n && at[n - 1] > now) n--;
    if (!n || now - at[n - 1] > pause) return 0;
    size_t first = n - 1;
    while (first && at[first] - at[first - 1] <= pause) first--;
    return floor((at[n - 1] - at[first]) / day);
}

void leader_thresholds(double points[LEADER_LEVELS]) {
    double sum = 0;
    for (int i = 0; i < LEADER_LEVELS; i++) {
        sum += 1.1521 * i + 3;
        points[i] = rint(sum);
    }
}

int leader_level(double points, double *from, double *to) {
    double needed[LEADER_LEVELS];
    int level = 0;
    leader_thresholds(needed);
    while (level < LEADER_LEVELS && points >= needed[level]) level++;
    *from = level ? needed[level - 1] : 0;
    *to = level < LEADER_LEVELS ? needed[level] : *from;
    return level;
}

/* A person's row. */
typedef struct row {
    uint32_t who;
    const score *score;
    bytes name;
} row;

static int order_rows(const void *a, const void *b) {
    const row *x = a, *y = b;
    double s = leader_score(x->score), t = leader_score(y->score);
    if (s < t || s > t) return s < t ? 1 : -1;
    return bytes_order(x->name, y->name);
}

static void write_row(const board *b, const row *x, size_t rank, buf *out) {
    buf_printf(out, "{\"rank\":%zu,\"user_id\":", rank);
    buf_json_str(out, x->name);
    buf_printf(out, ",\"me\":%s,\"leader_score\":", x->who == b->me ? "true" : "false");
    buf_json_num(out, leader_score(x->score));
    buf_str(out, ",\"troll_score\":");
    buf_json_num(out, troll_score(x->score));
    for (int i = 0; i < SCORES; i++) {
        buf_printf(out, ",\"%s\":", score_names[i]);
        buf_json_num(out, x->score->of[i]);
    }
    buf_byte(out, '}');
}

static bool is_anything(const score *s) {
    for (int i = 0; i < SCORES; i++)
        if (s->of[i] > 0) return true;
    return false;
}

int leader_write(const board *b, enum leader_frame frame, double now, buf *out, err *e) {
    score *scores = mem_array(b->n_names + 1, sizeof *scores);
    row *rows = mem_array(b->n_names + 1, sizeof *rows);
    size_t n = 0;
    if (scores && rows) {
        leader_count(b, leader_since(frame, now), scores);
        for (uint32_t i = 0; i < b->n_names; i++)
            if (is_anything(&scores[i])) rows[n++] = (row){i, &scores[i], b->names[i]};
        qsort(rows, n, sizeof *rows, order_rows);
        buf_printf(out, "{\"time_frame\":\"%s\",\"leaderboard\":[", leader_frame_names[frame]);
        for (size_t i = 0; i < n; i++) {
            if (i) buf_byte(out, ',');
            write_row(b, &rows[i], i + 1, out);
        }
        buf_str(out, "]}");
    }
    int rc = scores && rows ? OK : fail(e, ERR_MEMORY, "no memory for the leaderboard");
    mem_free(scores);
    mem_free(rows);
    return rc;
}

/* When somebody wrote, labelled or ranked; at [n_max] may be NULL. Returns how often. */
static size_t times_of(const board *b, uint32_t who, double *at, size_t n_max) {
    size_t n = 0;
    for (uint32_t i = 0; i < b->n_facts; i++) {
        const fact *x = &b->facts[i];
        if (x->author == who && !x->synthetic && !isnan(x->created)) {
            if (n < n_max) at[n] = x->created;
            n++;
        }
        for (size_t k = 0; k < x->n_acts; k++) {
            if (x->acts[k].who != who || x->acts[k].kind > ACT_RANK || isnan(x->acts[k].at)) continue;
            if (n < n_max) at[n] = x->acts[k].at;
            n++;
        }
    }
    return n;
}

int leader_write_me(const board *b, double now, buf *out, err *e) {
    score *scores = mem_array(b->n_names + 1, sizeof *scores);
    size_t n = b->me == MAP_NONE ? 0 : times_of(b, b->me, NULL, 0);
    double *at = mem_array(n + 1, sizeof *at), from, to;
    uint32_t me = b->me == MAP_NONE ? (uint32_t)b->n_names : b->me;
    if (scores && at) {
        leader_count(b, -HUGE_VAL, scores);
        (void)times_of(b, b->me, at, n);
        int level = leader_level(leader_score(&scores[me]), &from, &to);
        buf_printf(out, "{\"level\":%d,\"level_from\":%.0f,\"level_to\":%.0f,\"streak_days\":%.0f,\"total\":", level,
                   from, to, leader_streak(at, n, now));
        row x = {b->me, &scores[me], b->me == MAP_NONE ? (bytes){0} : b->names[b->me]};
        write_row(b, &x, 0, out);
        buf_byte(out, '}');
    }
    int rc = scores && at ? OK : fail(e, ERR_MEMORY, "no memory for the level");
    mem_free(scores);
    mem_free(at);
    return rc;
}
