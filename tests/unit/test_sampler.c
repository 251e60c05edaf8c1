/* infer/sampler: every stage against its definition computed plainly, and the edges of every parameter. */
#include "infer/sampler.h"

#include "kernels/kernels.h"
#include "test.h"

enum { N = 8, DRAWS = 4000 };

/* Probabilities .4 .2 .15 .1 .06 .05 .03 .01, in another order than that of ids. */
static const float probs[N] = {0.1f, 0.4f, 0.05f, 0.2f, 0.01f, 0.15f, 0.03f, 0.06f};

static void logits_of(float *logits) {
    for (int i = 0; i < N; i++) logits[i] = (float)k_log_d((double)probs[i]);
}

/* Draws often; count[i] says how often each token came. */
static void draw(const sampler_params *p, int count[N]) {
    float logits[N];
    sampler *s = NULL;
    err e = {0};
    memset(count, 0, N * sizeof *count);
    logits_of(logits);
    CHECK_INT(sampler_open(&s, p, N, &e), OK);
    for (int i = 0; i < DRAWS; i++) {
        int32_t id = -1;
        CHECK_INT(sampler_pick(s, logits, &id, &e), OK);
        if (id >= 0 && id < N) count[id]++;
    }
    sampler_close(s);
}

/* The tokens that may come are those whose bit is set, and their shares are right within sampling error. */
static void check_support(const sampler_params *p, unsigned support) {
    int count[N];
    double mass = 0;
    draw(p, count);
    for (int i = 0; i < N; i++)
        if (support >> i & 1) mass += (double)probs[i];
    for (int i = 0; i < N; i++) {
        double want = support >> i & 1 ? (double)probs[i] / mass : 0;
        CHECK_NEAR((double)count[i] / DRAWS, want, want > 0 ? 0.035 : 0);
    }
}

static sampler_params warm(void) {
    sampler_params p = sampler_defaults();
    p.temperature = 1;
    p.seed = 7;
    return p;
}

TEST(draws_follow_the_probabilities) {
    sampler_params p = warm();
    check_support(&p, 0xff);
}

TEST(top_k_keeps_the_likeliest) {
    sampler_params p = warm();
    p.top_k = 3;
    check_support(&p, 1 << 1 | 1 << 3 | 1 << 5);
    p.top_k = 100;
    check_support(&p, 0xff);
}

TEST(top_p_keeps_the_fewest_that_reach_it) {
    sampler_params p = warm();
    p.top_p = 0.59f;
    check_support(&p, 1 << 1 | 1 << 3);
    p.top_p = 0.61f;
    check_support(&p, 1 << 1 | 1 << 3 | 1 << 5);
    p.top_p = 0;
    check_support(&p, 1 << 1);
}

TEST(min_p_is_relative_to_the_likeliest) {
    sampler_params p = warm();
    p.min_p = 0.2f; /* of .4: at least .08 */
    check_support(&p, 1 << 1 | 1 << 3 | 1 << 5 | 1 << 0);
    p.min_p = 1;
    check_support(&p, 1 << 1);
}

/* Meister et al.: by distance of surprise from entropy. H = 1.70 nats; |-ln p - H| = .09 (.2), .20 (.15), .60 (.1), .78
 * (.4) ... */
TEST(typical_p_keeps_what_surprises_as_expected) {
    sampler_params p = warm();
    p.typical_p = 0.3f;
    check_support(&p, 1 << 3 | 1 << 5);
    p.typical_p = 0.01f;
    check_support(&p, 1 << 3);
}

TEST(temperature_sharpens_and_flattens) {
    sampler_params p = warm();
    int count[N];
    p.temperature = 0.5f; /* squares the probabilities */
    draw(&p, count);
    double sum = 0;
    for (int i = 0; i < N; i++) sum += (double)probs[i] * (double)probs[i];
    for (int i = 0; i < N; i++) CHECK_NEAR((double)count[i] / DRAWS, (double)probs[i] * (double)probs[i] / sum, 0.035);
    p.temperature = 1e-30f;
    check_support(&p, 1 << 1);
    p.temperature = 100;
    draw(&p, count);
    for (int i = 0; i < N; i++) CHECK_NEAR((double)count[i] / DRAWS, 1.0 / N, 0.03);
}

static int32_t greedy(const sampler_params *p, const float *logits, const int32_t *history, int n) {
    sampler *s = NULL;
    int32_t id = -1;
    err e = {0};
    CHECK_INT(sampler_open(&s, p, N, &e), OK);
    for (int i = 0; i < n; i++) CHECK_INT(sampler_accept(s, history[i], &e), OK);
    CHECK_INT(sampler_pick(s, logits, &id, &e), OK);
    sampler_close(s);
    return id;
}

TEST(greedy_takes_the_best_and_the_lower_id) {
    sampler_params p = sampler_defaults();
    float logits[N];
    logits_of(logits);
    CHECK_INT(greedy(&p, logits, NULL, 0), 1);
    logits[0] = logits[7] = logits[1];
    CHECK_INT(greedy(&p, logits, NULL, 0), 0);
    p.temperature = 1;
    p.top_k = 1;
    CHECK_INT(greedy(&p, logits, NULL, 0), 0);
}

TEST(penalties_move_the_choice) {
    float logits[N] = {2, 1.9f, -1, -1.05f, -3, -3, -3, -3};
    const int32_t history[] = {0, 0, 5};
    sampler_params p = sampler_defaults();
    p.repeat_penalty = 1.2f; /* 2 / 1.2 < 1.9 */
    CHECK_INT(greedy(&p, logits, history, 3), 1);
    p.repeat_penalty = 1;
    p.presence_penalty = 0.05f;
    CHECK_INT(greedy(&p, logits, history, 3), 0);
    p.presence_penalty = 0;
    p.frequency_penalty = 0.06f; /* twice */
    CHECK_INT(greedy(&p, logits, history, 3), 1);
    p.penalty_last_n = 2; /* sees one 0 only */
    CHECK_INT(greedy(&p, logits, history, 3), 0);
    p.penalty_last_n = -1;
    CHECK_INT(greedy(&p, logits, history, 3), 1);
    float negative[N] = {-1, -1.05f, -9, -9, -9, -9, -9, -9};
    p = sampler_defaults();
    p.repeat_penalty = 1.2f; /* a negative logit is multiplied */
    CHECK_INT(greedy(&p, negative, history, 3), 1);
}

TEST(bias_forces_and_forbids) {
    float logits[N];
    logits_of(logits);
    sampler_bias bias[] = {{4, 50}, {999, 5}};
    sampler_params p = sampler_defaults();
    p.bias = bias;
    p.n_bias = 2;
    CHECK_INT(greedy(&p, logits, NULL, 0), 4);
    bias[0] = (sampler_bias){1, -100};
    CHECK_INT(greedy(&p, logits, NULL, 0), 3);
    p.temperature = 1;
    int count[N];
    draw(&p, count);
    CHECK_INT(count[1], 0);
}

TEST(a_mask_leaves_what_it_allows) {
    const uint32_t mask[1] = {1 << 2 | 1 << 5 | 1 << 6};
    float logits[N];
    int count[N];
    sampler_params p = sampler_defaults();
    logits_of(logits);
    p.mask = mask;
    CHECK_INT(greedy(&p, logits, NULL, 0), 5);
    sampler_bias bias[] = {{6, 50}, {1, 90}};
    p.bias = bias;
    p.n_bias = 2;
    CHECK_INT(greedy(&p, logits, NULL, 0), 6); /* what is not allowed cannot be forced */
    p = warm();
    p.mask = mask;
    draw(&p, count);
    CHECK_INT(count[2] + count[5] + count[6], DRAWS);
    CHECK(count[2] && count[5] && count[6]);
    p.top_k = 1; /* the best of those that are allowed */
    check_support(&p, 1 << 5);
}

TEST(forbidding_everything_is_an_error) {
    sampler_bias bias[N];
    float logits[N];
    sampler *s = NULL;
    int32_t id;
    err e = {0};
    sampler_params p = warm();
    logits_of(logits);
    for (int i = 0; i < N; i++) bias[i] = (sampler_bias){i, -100};
    p.bias = bias;
    p.n_bias = N;
    CHECK_INT(sampler_open(&s, &p, N, &e), OK);
    CHECK_INT(sampler_pick(s, logits, &id, &e), ERR_NUMERIC);
    sampler_close(s);
}

TEST(one_seed_one_sequence) {
    sampler_params p = warm();
    float logits[N];
    int32_t first[64];
    err e = {0};
    logits_of(logits);
    for (int round = 0; round < 2; round++) {
        sampler *s = NULL;
        CHECK_INT(sampler_open(&s, &p, N, &e), OK);
        for (int i = 0; i < 64; i++) {
            int32_t id;
            CHECK_INT(sampler_pick(s, logits, &id, &e), OK);
            if (round == 0) first[i] = id;
            else CHECK_INT(id, first[i]);
        }
        sampler_close(s);
    }
}

TEST(parameters_out_of_range_are_named) {
    const struct {
        const char *name;
        sampler_params p;
    } bad[] = {
        {"temperature", {.temperature = -1}},
        {"temperature", {.temperature = NAN}},
        {"temperature", {.temperature = INFINITY}},
        {"top_k", {.top_k = -1}},
        {"top_p", {.top_p = 1.5f}},
        {"min_p", {.min_p = -0.1f}},
        {"typical_p", {.typical_p = 2}},
        {"repeat_penalty", {.repeat_penalty = 0}},
        {"penalty_last_n", {.repeat_penalty = 1, .penalty_last_n = -2}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err e = {0};
        CHECK_INT(sampler_check(&bad[i].p, &e), ERR_ARGUMENT);
        CHECK(strstr(e.text, bad[i].name) == e.text);
    }
}

TEST(the_best_tokens_with_log_probabilities) {
    float logits[N];
    sampler_top top[N + 2];
    logits_of(logits);
    CHECK_INT(sampler_best(logits, N, top, 3), 3);
    CHECK_INT(top[0].id, 1);
    CHECK_INT(top[1].id, 3);
    CHECK_INT(top[2].id, 5);
    CHECK_NEAR(top[0].logprob, k_log_d(0.4), 1e-5);
    CHECK_NEAR(sampler_logprob(logits, N, 4), k_log_d(0.01), 1e-5);
    CHECK_INT(sampler_best(logits, N, top, N + 2), N);
    for (int i = 1; i < N; i++) CHECK(top[i].logprob <= top[i - 1].logprob);
    float same[4] = {1, 1, 1, 1};
    CHECK_INT(sampler_best(same, 4, top, 2), 2);
    CHECK_INT(top[0].id, 0);
    CHECK_INT(top[1].id, 1);
    CHECK_INT(sampler_best(logits, N, top, 0), 0);
}

int main(void) {
    RUN(draws_follow_the_probabilities);
    RUN(top_k_keeps_the_likeliest);
    RUN(top_p_keeps_the_fewest_that_reach_it);
    RUN(min_p_is_relative_to_the_likeliest);
    RUN(typical_p_keeps_what_surprises_as_expected);
    RUN(temperature_sharpens_and_flattens);
    RUN(greedy_takes_the_best_and_the_lower_id);
    RUN(penalties_move_the_choice);
    RUN(bias_forces_and_forbids);
    RUN(a_mask_leaves_what_it_allows);
    RUN(forbidding_everything_is_an_error);
    RUN(one_seed_one_sequence);
    RUN(parameters_out_of_range_are_named);
    RUN(the_best_tokens_with_log_probabilities);
    return test_end("sampler");
}
