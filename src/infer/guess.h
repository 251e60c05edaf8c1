/* Guesses of the tokens to come, from what stands in the text already ("prompt lookup decoding"; the drafts of
 * Leviathan et al. 2023 without a second model). Several tokens are computed in hardly more time than one, so a guess
 * that turns out right is gained; a wrong one costs time and nothing else. */
#ifndef INFER_GUESS_H
#define INFER_GUESS_H

#include <stddef.h>
#include <stdint.h>

enum { GUESS_MOST = 7 }; /* with the token before, two tiles of the matrix kernels */

/* How much is guessed, by how it went. */
typedef struct guesser {
    int match; /* so many of the last tokens must have stood somewhere before */
    int most;  /* guesses at a time */
} guesser;

void guess_init(guesser *g);
/* Guesses of what follows tokens[n]: what followed the longest earlier occurrence of the last ones, the latest of
 * several. out[GUESS_MOST]; how many there are. */
size_t guess_next(const guesser *g, const int32_t *tokens, size_t n, int32_t *out);
/* So many guesses were made, so many were right: after bad ones it takes more to make the next. */
void guess_learn(guesser *g, size_t made, size_t right);

#endif
