/* What is in a forest, in numbers. */
#ifndef DATA_STATS_H
#define DATA_STATS_H

#include "data/tree.h"

/* Appends a JSON object: trees, messages, prompter, assistant, synthetic, deleted, depth_max, tree_states, langs,
 * models, emojis (sums), labels (mean over votes, votes, and where the visitor's own are apart ("feedback") alpha:
 * Krippendorff's, for interval data, between the visitor and the mean of the others), rankings, and agreement: the mean
 * Kendall's tau-b of each two people's rankings of the same replies (of one message 100 are compared with 100 after
 * them), null without. */
int stats_write(buf *out, const forest *f, err *e);

#endif
