/* Several people's rankings made one, and how much they agree. Messages are numbers from 0. */
#ifndef DATA_RANK_H
#define DATA_RANK_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { RANK_MAX = 64 }; /* messages that can be ranked together */

/* Tideman's ranked pairs (Tideman 1987), as Open Assistant computes it (backend/oasst_backend/utils/ranking.py): places
 * is [n_rankings, n], the place that each ranking gives each message, 0 the best; equal places are a tie and count for
 * neither. order [n] gets the messages from best to worst. Majorities are locked in from the largest on; of equal ones
 * first the one whose winner, then whose loser has the smaller number, so that the result depends on nothing else. n is
 * 1..RANK_MAX. Takes O(n^2 n_rankings + n^4 / 64). ERR_ARGUMENT where n is not in that range or there is no ranking. */
int rank_merge(uint32_t *order, const uint32_t *places, size_t n_rankings, size_t n, err *e);

/* Kendall's tau-b (Kendall 1945) of two rankings of n messages, -1..1, ties allowed for; NaN where one of them makes no
 * difference between any two. O(n^2). */
double rank_tau(const uint32_t *a, const uint32_t *b, size_t n);

/* What a difference between two labels counts for: any is one, or the square of the difference. */
enum rank_metric { RANK_NOMINAL, RANK_INTERVAL };

/* Krippendorff's alpha (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability"): 1 perfect agreement, 0 that
 * of chance. values is [n_units, n_raters], NaN where a rater said nothing. NaN where no two values can be compared; 1
 * where all values are the same. O(values^2) for RANK_NOMINAL, O(values) for RANK_INTERVAL. */
double rank_alpha(const double *values, size_t n_units, size_t n_raters, enum rank_metric metric);

#endif
