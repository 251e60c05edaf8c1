/* Which prompt that waits becomes a tree: an author is drawn, who has more weight the more of his answers others put
 * first this month, then one of his prompts. */
#include <math.h>

#include "base/mem.h"
#include "data/board_impl.h"
#include "data/leader.h"

size_t board_count(const board *b, enum tree_state s, uint32_t lang) {
    size_t n = 0;
    for (size_t t = 0; t < b->n_trees; t++) {
        uint32_t root = b->forest->trees[t].root;
        n += root != TREE_NONE && b->trees[t].state == s && b->facts[root].lang == lang;
    }
    return n;
}

double board_missing_prompts(const board *b, uint32_t lang) {
    double growing = b->rules.of[RULE_MAX_ACTIVE_TREES] - (double)board_count(b, STATE_GROWING, lang),
           review = b->rules.of[RULE_MAX_INITIAL_PROMPT_REVIEW] - (double)board_count(b, STATE_REVIEW, lang),
           waiting = b->rules.of[RULE_MAX_PROMPT_LOTTERY_WAITING] - (double)board_count(b, STATE_LOTTERY, lang);
    double missing = fmax(0, growing) + fmax(0, review);
    return fmin(missing, fmax(0, waiting));
}

static bool waits(const board *b, size_t t, uint32_t lang) {
    uint32_t root = b->forest->trees[t].root;
    return root != TREE_NONE && b->trees[t].state == STATE_LOTTERY && b->facts[root].lang == lang;
}

/* One of n by their weights. */
static size_t draw(rng *r, const double *weight, size_t n) {
    double sum = 0, left;
    for (size_t i = 0; i < n; i++) sum += weight[i];
    left = rng_uniform(r) * sum;
    size_t i = 0;
    while (i + 1 < n && (left -= weight[i]) >= 0) i++;
    return i;
}

static int activate_one(board *b, uint32_t lang, double now, bool *done, err *e) {
    size_t n_people = b->n_names + 1, n_prompts = 0; /* the last one is nobody */
    score *scores = mem_array(n_people, sizeof *scores);
    double *weight = mem_array(n_people, sizeof *weight), *mine = mem_array(b->n_trees + 1, sizeof *mine);
    uint32_t *trees = mem_array(b->n_trees + 1, sizeof *trees);
    int rc = scores && weight && mine && trees ? OK : fail(e, ERR_MEMORY, "no memory for the lottery");
    if (!rc) leader_count(b, leader_since(LEADER_MONTH, now), scores);
    for (size_t t = 0; t < b->n_trees && !rc; t++) {
        if (!waits(b, t, lang)) continue;
        uint32_t author = b->facts[b->forest->trees[t].root].author,
                 who = author == MAP_NONE ? (uint32_t)n_people - 1 : author;
        weight[who] = (author == MAP_NONE ? 0 : scores[who].of[SCORE_REPLY_RANKED_1]) + 1;
        trees[n_prompts++] = (uint32_t)t;
    }
    *done = !rc && n_prompts;
    if (*done) {
        size_t winner = draw(&b->rng, weight, n_people);
        for (size_t i = 0; i < n_prompts; i++) {
            uint32_t author = b->facts[b->forest->trees[trees[i]].root].author;
            mine[i] = (author == MAP_NONE ? n_people - 1 : author) == winner;
        }
        rc = board_enter(b, trees[draw(&b->rng, mine, n_prompts)], STATE_GROWING, e);
    }
    mem_free(scores);
    mem_free(weight);
    mem_free(mine);
    mem_free(trees);
    return rc;
}

int board_lottery(board *b, uint32_t lang, double now, int most, err *e) {
    bool more = true;
    int rc = OK;
    for (int i = 0; i < most && more && !rc; i++) {
        if ((double)board_count(b, STATE_GROWING, lang) >= b->rules.of[RULE_MAX_ACTIVE_TREES]) break;
        rc = activate_one(b, lang, now, &more, e);
    }
    return rc ? rc : board_settle(b, e);
}

int board_backlog(board *b, uint32_t lang, err *e) {
    bool few = (double)board_count(b, STATE_RANKING, lang) < b->rules.of[RULE_MIN_ACTIVE_RANKINGS];
    if (rng_uniform(&b->rng) >= b->rules.of[RULE_P_ACTIVATE_BACKLOG] && !few) return OK;
    for (uint32_t t = 0; t < b->n_trees; t++) {
        uint32_t root = b->forest->trees[t].root;
        if (root == TREE_NONE || b->trees[t].state != STATE_BACKLOG || b->facts[root].lang != lang) continue;
        bool ranks = false;
        for (uint32_t i = root; i != TREE_NONE && !ranks; i = tree_next(b->forest, root, i)) ranks = board_ranks(b, i);
        int rc = board_enter(b, t, ranks ? STATE_RANKING : STATE_ABORTED, e);
        if (rc || ranks) return rc ? rc : board_settle(b, e);
    }
    return OK;
}
