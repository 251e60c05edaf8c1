/* Guesses of the tokens to come. */
#include "infer/guess.h"

enum {
    MATCH_LEAST = 3, /* once guesses were right */
    MATCH_FIRST = 5, /* shorter ones are wrong more often than they are right */
    MATCH_MOST = 16,
    FEW = 3, /* with the token before, one tile of the matrix kernels */
};

void guess_init(guesser *g) { *g = (guesser){.match = MATCH_FIRST, .most = FEW}; }

/* Of how many tokens before tokens[end] and before tokens[n] are the same, at most MATCH_MOST. */
static int match_length(const int32_t *tokens, size_t end, size_t n) {
    int i = 0;
    while (i < MATCH_MOST && (size_t)i < end && tokens[end - 1 - (size_t)i] == tokens[n - 1 - (size_t)i]) i++;
    return i;
}

size_t guess_next(const guesser *g, const int32_t *tokens, size_t n, int32_t *out) {
    size_t from = 0, count = 0;
    int best = g->match - 1;
    for (size_t end = n; end-- > 1 && best < MATCH_MOST;) {
        int length = match_length(tokens, end, n);
        if (length > best) best = length, from = end;
    }
    if (!from) return 0;
    /* What follows may run into the end: a text that repeats itself goes on repeating. */
    for (; count < (size_t)g->most; count++)
        out[count] = from + count < n ? tokens[from + count] : out[from + count - n];
    return count;
}

void guess_learn(guesser *g, size_t made, size_t right) {
    if (right == made) {
        g->match = MATCH_LEAST;
        g->most = GUESS_MOST;
    } else if (2 * right < made) {
        g->match = g->match * 2 < MATCH_MOST ? g->match * 2 : MATCH_MOST;
        g->most = FEW;
    }
}
