/* data/rank: ranked pairs against Open Assistant's own results and against brute force, agreement against published
 * figures. */
#include "data/rank.h"

#include "base/rng.h"
#include "unit/test.h"

#define GOLDEN "tests/golden/rank/open_assistant.txt"
enum { MOST = 8, RANKINGS = 8 };

/* places of a ranking written from best to worst */
static void places_of(uint32_t *places, const char *order, size_t n) {
    for (size_t i = 0; i < n; i++) places[order[i] - '0'] = (uint32_t)i;
}

TEST(open_assistant) {
    FILE *f = fopen(GOLDEN, "r");
    int cases = 0, n;
    CHECK(f != NULL);
    if (!f) return;
    while (fscanf(f, "%d", &n) == 1) {
        uint32_t places[RANKINGS * MOST], order[MOST];
        size_t n_rankings = 0;
        char word[MOST + 1];
        while (fscanf(f, "%8s", word) == 1 && word[0] != '=')
            places_of(places + n_rankings++ * (size_t)n, word, (size_t)n);
        CHECK(fscanf(f, "%8s", word) == 1);
        CHECK_INT(rank_merge(order, places, n_rankings, (size_t)n, NULL), OK);
        for (int i = 0; i < n; i++) CHECK_INT(order[i], word[i] - '0');
        cases++;
    }
    fclose(f);
    CHECK_INT(cases, 300);
}

typedef struct pair {
    size_t winner, loser;
    int margin;
} pair;

/* All pairs that are not lost, in the order in which they are to be kept to. */
static size_t list_pairs(pair *pairs, const uint32_t *places, size_t n_rankings, size_t n) {
    size_t n_pairs = 0;
    for (int margin = RANKINGS; margin >= 0; margin--)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                int m = 0;
                for (size_t r = 0; r < n_rankings; r++)
                    m += (places[r * n + i] < places[r * n + j]) - (places[r * n + i] > places[r * n + j]);
                if (i != j && m == margin) pairs[n_pairs++] = (pair){i, j, m};
            }
    return n_pairs;
}

static bool next_order(uint32_t *p, size_t n) {
    size_t i = n - 1, j = n - 1;
    while (i > 0 && p[i - 1] > p[i]) i--;
    if (i == 0) return false;
    while (p[j] < p[i - 1]) j--;
    uint32_t t = p[i - 1];
    p[i - 1] = p[j];
    p[j] = t;
    for (j = n - 1; i < j; i++, j--) t = p[i], p[i] = p[j], p[j] = t;
    return true;
}

/* Of all orders those that keep to the first pair, where some do; of these those that keep to the second; and so on. */
static void brute_force(uint32_t *best, const uint32_t *places, size_t n_rankings, size_t n) {
    pair pairs[MOST * MOST];
    size_t n_pairs = list_pairs(pairs, places, n_rankings, n);
    uint32_t order[MOST], at[MOST];
    bool found = false, kept[MOST * MOST] = {false};
    for (size_t i = 0; i < n; i++) order[i] = (uint32_t)i;
    do {
        int better = 0; /* than the best until now: at the first pair where they differ */
        bool keeps[MOST * MOST];
        for (size_t i = 0; i < n; i++) at[order[i]] = (uint32_t)i;
        for (size_t k = 0; k < n_pairs; k++) {
            keeps[k] = at[pairs[k].winner] < at[pairs[k].loser];
            if (!better) better = keeps[k] - kept[k];
        }
        if (found && better <= 0) continue;
        found = true;
        memcpy(kept, keeps, sizeof kept);
        memcpy(best, order, n * sizeof *best);
    } while (next_order(order, n));
}

TEST(brute_force) {
    rng r;
    rng_init(&r, 11);
    for (int turn = 0; turn < 400; turn++) {
        size_t n = 1 + rng_next(&r) % 6, n_rankings = 1 + rng_next(&r) % RANKINGS;
        uint32_t places[RANKINGS * MOST], got[MOST], want[MOST];
        for (size_t i = 0; i < n * n_rankings; i++) places[i] = (uint32_t)(rng_next(&r) % n); /* with ties */
        CHECK_INT(rank_merge(got, places, n_rankings, n, NULL), OK);
        brute_force(want, places, n_rankings, n);
        for (size_t i = 0; i < n; i++) CHECK_INT(got[i], want[i]);
    }
}

TEST(limits) {
    static uint32_t places[RANK_MAX + 1], order[RANK_MAX + 1];
    err e;
    CHECK_INT(rank_merge(order, places, 1, 0, &e), ERR_ARGUMENT);
    CHECK_INT(rank_merge(order, places, 1, RANK_MAX + 1, &e), ERR_ARGUMENT);
    CHECK_INT(rank_merge(order, places, 0, 3, &e), ERR_ARGUMENT);
    for (uint32_t i = 0; i < RANK_MAX; i++) places[i] = RANK_MAX - i;
    CHECK_INT(rank_merge(order, places, 1, RANK_MAX, &e), OK);
    for (uint32_t i = 0; i < RANK_MAX; i++) CHECK_INT(order[i], RANK_MAX - 1 - i);
    memset(places, 0, sizeof places); /* all tied: by number */
    CHECK_INT(rank_merge(order, places, 1, RANK_MAX, &e), OK);
    for (uint32_t i = 0; i < RANK_MAX; i++) CHECK_INT(order[i], i);
}

TEST(tau) {
    const uint32_t a[] = {0, 1, 2, 3}, b[] = {3, 2, 1, 0}, c[] = {0, 2, 1, 3}, tied[] = {0, 0, 1, 2},
                   same[] = {1, 1, 1, 1};
    CHECK_NEAR(rank_tau(a, a, 4), 1, 0);
    CHECK_NEAR(rank_tau(a, b, 4), -1, 0);
    CHECK_NEAR(rank_tau(a, c, 4), 4.0 / 6, 1e-15);
    CHECK_NEAR(rank_tau(a, tied, 4), 5 / sqrt(30), 1e-15); /* 5 concordant, one tied: 5 / sqrt(6 * 5) */
    CHECK_NEAR(rank_tau(tied, tied, 4), 1, 1e-15);
    CHECK(isnan(rank_tau(a, same, 4)));
}

/* Krippendorff 2011, section C: four observers, twelve units. */
TEST(alpha) {
    const double o = NAN;
    const double values[] = {1, 1, o, 1, 2, 2, 3, 2, 3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2, 2, 1, 2, 3, 4,
                             4, 4, 4, 4, 1, 1, 2, 1, 2, 2, 2, 2, o, 5, 5, 5, o, o, 1, 1, o, 3, o, o};
    CHECK_NEAR(rank_alpha(values, 12, 4, RANK_NOMINAL), 0.743, 0.0005);
    CHECK_NEAR(rank_alpha(values, 12, 4, RANK_INTERVAL), 0.849, 0.0005);
    const double same[] = {1, 1, 1, 1}, alone[] = {1, o, o, 2};
    CHECK_NEAR(rank_alpha(same, 2, 2, RANK_NOMINAL), 1, 0);
    CHECK_NEAR(rank_alpha(same, 2, 2, RANK_INTERVAL), 1, 0);
    CHECK(isnan(rank_alpha(alone, 2, 2, RANK_NOMINAL)));
    const double tenths[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
    CHECK_NEAR(rank_alpha(tenths, 2, 3, RANK_INTERVAL), 1, 0);
    CHECK_NEAR(rank_alpha(tenths, 3, 2, RANK_INTERVAL), 1, 0);
}

int main(void) {
    RUN(open_assistant);
    RUN(brute_force);
    RUN(limits);
    RUN(tau);
    RUN(alpha);
    return test_end("rank");
}
