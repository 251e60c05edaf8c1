/* infer/guess: what is guessed from a text, and when nothing is. */
#include "infer/guess.h"

#include "base/rng.h"
#include "unit/test.h"

static size_t guess_of(const char *text, int match, int most, char *out) {
    int32_t tokens[64], ids[GUESS_MOST];
    size_t n = 0;
    for (; text[n]; n++) tokens[n] = text[n];
    size_t k = guess_next(&(guesser){.match = match, .most = most}, tokens, n, ids);
    for (size_t i = 0; i < k; i++) out[i] = (char)ids[i];
    out[k] = 0;
    return k;
}

TEST(what_followed_before_is_guessed) {
    char out[GUESS_MOST + 1];
    guess_of("one two three; one t", 3, 7, out);
    CHECK_STR(out, "wo thre");
    guess_of("one two three; one t", 3, 3, out);
    CHECK_STR(out, "wo ");
    guess_of("xab1.....xab2....yab3...xab", 3, 1, out); /* the latest of the longest matches */
    CHECK_STR(out, "2");
    guess_of("abababab", 3, 7, out); /* what runs into the end goes round */
    CHECK_STR(out, "abababa");
    guess_of("aaaa", 3, 7, out);
    CHECK_STR(out, "aaaaaaa");
}

TEST(too_short_a_match_is_no_guess) {
    char out[GUESS_MOST + 1];
    CHECK_INT(guess_of("", 1, 7, out), 0);
    CHECK_INT(guess_of("a", 1, 7, out), 0);
    CHECK_INT(guess_of("ab ab", 3, 7, out), 0);
    CHECK_INT(guess_of("ab ab", 2, 7, out), 5 + 2);
    CHECK_INT(guess_of("abcdefgh", 1, 7, out), 0);
    CHECK_INT(guess_of("xyzabc.abc", 4, 7, out), 0);
}

TEST(bad_guesses_make_it_careful) {
    guesser g;
    guess_init(&g);
    int first = g.match, few = g.most;
    guess_learn(&g, 3, 3);
    CHECK(g.match < first && g.most > few && g.most <= GUESS_MOST);
    guess_learn(&g, 7, 5); /* mostly right: as it is */
    CHECK(g.match < first && g.most > few);
    for (int i = 0; i < 10; i++) guess_learn(&g, 3, 0);
    CHECK(g.match > first && g.most == few);
    guess_learn(&g, 3, 3);
    CHECK(g.match < first);
}

/* Every guess continues an occurrence of the last `match` tokens. */
TEST(guesses_continue_an_occurrence) {
    rng r;
    rng_init(&r, 5);
    for (int round = 0; round < 500; round++) {
        int32_t tokens[80], out[GUESS_MOST];
        size_t n = 1 + (size_t)(rng_next(&r) >> 32) % 80;
        for (size_t i = 0; i < n; i++) tokens[i] = (int32_t)(rng_next(&r) >> 62);
        guesser g = {.match = 3, .most = GUESS_MOST};
        size_t k = guess_next(&g, tokens, n, out), found = 0;
        CHECK(k == 0 || k == GUESS_MOST);
        for (size_t end = 3; end < n; end++)
            if (!memcmp(tokens + end - 3, tokens + n - 3, 3 * sizeof *tokens) && (!k || tokens[end] == out[0])) found++;
        CHECK_INT(found > 0, k > 0);
    }
}

int main(void) {
    RUN(what_followed_before_is_guessed);
    RUN(too_short_a_match_is_no_guess);
    RUN(bad_guesses_make_it_careful);
    RUN(guesses_continue_an_occurrence);
    return test_end("guess");
}
