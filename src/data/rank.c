/* Ranked pairs, Kendall's tau, Krippendorff's alpha. */
#include "data/rank.h"

#include <math.h>
#include <string.h>

typedef struct majority {
    uint8_t winner, loser;
    int64_t margin; /* >= 0 */
} majority;

/* beats[i * n + j]: how many rankings place i before j, less those that place j before i. */
static void tally(int64_t *beats, const uint32_t *places, size_t n_rankings, size_t n) {
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            int64_t margin = 0;
            for (size_t r = 0; r < n_rankings; r++) {
                const uint32_t *p = places + r * n;
                margin += (p[i] < p[j]) - (p[i] > p[j]);
            }
            beats[i * n + j] = margin;
        }
    }
}

/* Puts m among those that are sorted already, behind its equals: the order in which they come decides. */
static void insert(majority *sorted, size_t n_sorted, majority m) {
    size_t at = n_sorted;
    while (at > 0 && sorted[at - 1].margin < m.margin) {
        sorted[at] = sorted[at - 1];
        at--;
    }
    sorted[at] = m;
}

/* below[i] has a bit for each message that i is locked in above, directly or through others. */
static void lock_in(uint64_t *below, size_t n, size_t winner, size_t loser) {
    uint64_t gained = below[loser] | (uint64_t)1 << loser;
    for (size_t i = 0; i < n; i++)
        if (i == winner || (below[i] >> winner & 1)) below[i] |= gained;
}

int rank_merge(uint32_t *order, const uint32_t *places, size_t n_rankings, size_t n, err *e) {
    int64_t beats[RANK_MAX * RANK_MAX];
    majority sorted[RANK_MAX * RANK_MAX];
    uint64_t below[RANK_MAX] = {0};
    size_t n_sorted = 0;
    if (n < 1 || n > RANK_MAX) return fail(e, ERR_ARGUMENT, "%zu messages to rank; from 1 to %d can be", n, RANK_MAX);
    if (n_rankings < 1) return fail(e, ERR_ARGUMENT, "there is no ranking to merge");
    tally(beats, places, n_rankings, n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (i != j && beats[i * n + j] >= 0)
                insert(sorted, n_sorted++, (majority){(uint8_t)i, (uint8_t)j, beats[i * n + j]});
    for (size_t k = 0; k < n_sorted; k++)
        if (!(below[sorted[k].loser] >> sorted[k].winner & 1)) lock_in(below, n, sorted[k].winner, sorted[k].loser);
    /* Each two are locked one way or the other, so how many are below tells the place. */
    for (size_t i = 0; i < n; i++) order[n - 1 - (size_t)__builtin_popcountll(below[i])] = (uint32_t)i;
    return OK;
}

double rank_tau(const uint32_t *a, const uint32_t *b, size_t n) {
    double concordant = 0, discordant = 0, only_a = 0, only_b = 0; /* pairs; only_a: tied in b */
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            int in_a = (a[i] < a[j]) - (a[i] > a[j]), in_b = (b[i] < b[j]) - (b[i] > b[j]);
            concordant += in_a && in_a == in_b;
            discordant += in_a && in_a == -in_b;
            only_a += in_a && !in_b;
            only_b += in_b && !in_a;
        }
    }
    double both = concordant + discordant;
    return (concordant - discordant) / sqrt((both + only_a) * (both + only_b));
}

/* Sums over pairs of values: how far they are apart, and how many pairs there are. */
typedef struct apart {
    double sum, pairs;
} apart;

/* Counts, sums and squares of what values are above the first of them: where all are the same these are 0 to the bit.
 */
typedef struct sums {
    double first, count, sum, squares;
} sums;

static void sums_add(sums *s, const double *v, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (isnan(v[i])) continue;
        if (s->count++ <= 0) s->first = v[i];
        s->sum += v[i] - s->first;
        s->squares += (v[i] - s->first) * (v[i] - s->first);
    }
}

static double sums_apart(const sums *s) { return 2 * (s->count * s->squares - s->sum * s->sum); }

/* Of all ordered pairs among v[0..n). */
static apart apart_interval(const double *v, size_t n) {
    sums s = {0};
    sums_add(&s, v, n);
    return (apart){sums_apart(&s), s.count * (s.count - 1)};
}

static apart apart_nominal(const double *v, size_t n) {
    apart a = {0, 0};
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (i != j && !isnan(v[i]) && !isnan(v[j])) a.pairs++, a.sum += v[i] < v[j] || v[i] > v[j];
    return a;
}

double rank_alpha(const double *values, size_t n_units, size_t n_raters, enum rank_metric metric) {
    apart (*measure)(const double *, size_t) = metric == RANK_NOMINAL ? apart_nominal : apart_interval;
    double observed = 0, n_paired = 0, same = 0;
    sums all = {0};
    for (size_t u = 0; u < n_units; u++) {
        const double *v = values + u * n_raters;
        apart a = measure(v, n_raters);
        if (a.pairs <= 0) continue; /* a value alone in its unit cannot be compared */
        double m = (1 + sqrt(1 + 4 * a.pairs)) / 2;
        observed += a.sum / (m - 1);
        n_paired += m;
        sums_add(&all, v, n_raters);
    }
    if (n_paired < 2) return NAN;
    double expected = sums_apart(&all);
    if (metric == RANK_NOMINAL) { /* all ordered pairs, less those that are the same */
        for (size_t a = 0; a < n_units * n_raters; a++) {
            if (isnan(values[a]) || measure(values + a / n_raters * n_raters, n_raters).pairs <= 0) continue;
            for (size_t b = 0; b < n_units * n_raters; b++)
                same += a != b && values[a] <= values[b] && values[a] >= values[b] &&
                        measure(values + b / n_raters * n_raters, n_raters).pairs > 0;
        }
        expected = all.count * (all.count - 1) - same;
    }
    expected /= n_paired - 1;
    return expected > 0 ? 1 - observed / expected : 1;
}
