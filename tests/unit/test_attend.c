/* Attention against its plain C twin bit for bit and against double arithmetic, for both kinds of cache, any grouping
 * of heads, any run of tokens and any window. */
#include "kernel_test.h"
#include "kernels/kernels_ref.h"

enum { GROUP_MOST = 5, TOKENS = 9, DIM_MOST = 128, POS_MOST = 200, PAGES = (POS_MOST + ATTEND_PAGE - 1) / ATTEND_PAGE };
enum { ROWS_MOST = GROUP_MOST * TOKENS };

typedef struct cache {
    uint8_t *block[PAGES];
    float *k, *v, *q, *y;
    void *scratch;
    cache_type type;
    int dim;
} cache;

static void put(cache *c, int pos, const float *k, const float *v) {
    float copy[2][DIM_MOST]; /* cache_put() may overwrite */
    memcpy(copy[0], k, (size_t)c->dim * sizeof *k);
    memcpy(copy[1], v, (size_t)c->dim * sizeof *v);
    cache_put(c->type, c->block[pos / ATTEND_PAGE] + 64, c->dim, pos % ATTEND_PAGE, copy[0], copy[1]);
}

static void cache_open(cache *c, cache_type type, int dim, uint64_t seed) {
    size_t n = (size_t)(POS_MOST * dim);
    *c = (cache){.type = type, .dim = dim};
    c->k = mem_array(n, sizeof(float));
    c->v = mem_array(n, sizeof(float));
    c->q = mem_array(ROWS_MOST * DIM_MOST, sizeof(float));
    c->y = mem_array(ROWS_MOST * DIM_MOST, sizeof(float));
    c->scratch = mem_new(attend_scratch_bytes(dim));
    fill_uniform(c->k, n, seed);
    fill_uniform(c->v, n, seed + 1);
    fill_uniform(c->q, ROWS_MOST * DIM_MOST, seed + 2);
    for (int p = 0; p < PAGES; p++) {
        c->block[p] = mem_new(64 + cache_page_bytes(type, dim));
        memset(c->block[p], 0xff, 64 + cache_page_bytes(type, dim)); /* what is not stored: NaN */
    }
    for (int p = 0; p < POS_MOST; p++) put(c, p, c->k + p * dim, c->v + p * dim);
}

static void cache_close(cache *c) {
    for (int p = 0; p < PAGES; p++) mem_free(c->block[p]);
    mem_free(c->k);
    mem_free(c->v);
    mem_free(c->q);
    mem_free(c->y);
    mem_free(c->scratch);
}

/* `tokens` tokens that end at position `end`. */
static attend_args args_of(cache *c, int group, int tokens, int end) {
    return (attend_args){.type = c->type,
                         .group = group,
                         .head_dim = c->dim,
                         .y = c->y,
                         .q = c->q,
                         .stride = (size_t)(group * c->dim),
                         .row_to = (uint32_t)(group * tokens),
                         .pos = (uint32_t)(end - tokens),
                         .block = c->block,
                         .offset = 64,
                         .scratch = c->scratch,
                         .scale = 0.4f};
}

/* The definition, in double. */
static double element(const cache *c, const attend_args *a, int row, int i) {
    int to = (int)a->pos + row / a->group + 1, from = a->window && to > (int)a->window ? to - (int)a->window : 0;
    double sum = 0, out = 0;
    for (int p = from; p < to; p++) {
        double s = 0;
        for (int j = 0; j < c->dim; j++) s += (double)c->q[row * c->dim + j] * (double)c->k[p * c->dim + j];
        s *= (double)a->scale;
        if (a->soft_cap > 0) s = (double)a->soft_cap * tanh(s / (double)a->soft_cap);
        sum += exp(s);
        out += exp(s) * (double)c->v[p * c->dim + i];
    }
    return out / sum;
}

static void check_attend(cache *c, const attend_args *a) {
    float want[ROWS_MOST * DIM_MOST];
    size_t n = (size_t)a->row_to * (size_t)c->dim;
    attend_ref(a);
    memcpy(want, c->y, n * sizeof *want);
    memset(c->y, 0x55, n * sizeof *want);
    attend(a);
    if (!same_bits(c->y, want, n)) {
        printf("    cache %d, group %d, dim %d, to position %d\n", (int)a->type, a->group, c->dim, (int)a->pos);
        CHECK(!"the same bits");
    }
    /* int8: half a step of a key is a 250th of its largest value, and so many queries add up */
    const double near = a->type == CACHE_F32 ? 2e-6 : 0.06;
    for (int row = 0; row < (int)a->row_to; row++)
        for (int i = 0; i < c->dim; i += 3) CHECK_NEAR(c->y[row * c->dim + i], element(c, a, row, i), near);
}

static void check_type(cache_type type) {
    static const int dims[] = {4, 12, 64, 80, 128}, ends[] = {9, 31, 32, 63, 64, 65, 71, 128, 187, POS_MOST};
    for (int d = 0; d < 5; d++) {
        cache c;
        cache_open(&c, type, dims[d], (uint64_t)d);
        for (int e = 0; e < 10; e++)
            for (int group = 1; group <= GROUP_MOST; group++) {
                attend_args a = args_of(&c, group, 1 + (e + group) % TOKENS, ends[e]);
                check_attend(&c, &a);
                a.window = (uint32_t)(ends[e] * group / (GROUP_MOST + 1));
                a.soft_cap = group == 3 ? 2.5f : 0;
                check_attend(&c, &a);
            }
        cache_close(&c);
    }
}

TEST(floats_equal_their_twin) { check_type(CACHE_F32); }
TEST(int8_equals_its_twin) { check_type(CACHE_INT8); }

/* A row is the same alone and among others, as a batch and as single tokens. */
TEST(a_row_does_not_depend_on_its_neighbours) {
    for (cache_type type = CACHE_F32; type <= CACHE_INT8; type++) {
        cache c;
        cache_open(&c, type, 64, 9);
        attend_args a = args_of(&c, 3, TOKENS, 150);
        attend(&a);
        float together[ROWS_MOST * 64];
        memcpy(together, c.y, sizeof together);
        for (uint32_t row = 0; row < 3 * TOKENS; row++) {
            a.row_from = row;
            a.row_to = row + 1;
            memset(c.y, 0, sizeof together);
            attend(&a);
            CHECK(same_bits(c.y + 64 * row, together + 64 * row, 64));
        }
        cache_close(&c);
    }
}

/* From COARSE_FROM on queries are kept in fewer bits: the step lies between positions, not between batches. */
TEST(many_positions) {
    enum { DIM = 32, N = 1100, FIRST = 1015, GROUP = 2, BATCH = 18 };
    uint8_t *block[N / ATTEND_PAGE + 1];
    float k[DIM], v[DIM], q[BATCH * GROUP * DIM], y[2][BATCH * GROUP * DIM];
    void *scratch = mem_new(attend_scratch_bytes(DIM));
    for (int p = 0; p < N; p++) {
        if (p % ATTEND_PAGE == 0) block[p / ATTEND_PAGE] = mem_new(cache_page_bytes(CACHE_INT8, DIM));
        fill_uniform(k, DIM, (uint64_t)p);
        fill_uniform(v, DIM, (uint64_t)(p + N));
        cache_put(CACHE_INT8, block[p / ATTEND_PAGE], DIM, p % ATTEND_PAGE, k, v);
    }
    fill_uniform(q, BATCH * GROUP * DIM, 1);
    attend_args a = {CACHE_INT8, GROUP, DIM,   y[0], q,       GROUP * DIM, 0, BATCH * GROUP,
                     FIRST,      0,     block, 0,    scratch, 0.5f,        0};
    attend(&a);
    a.y = y[1];
    attend_ref(&a);
    CHECK(same_bits(y[0], y[1], BATCH * GROUP * DIM));
    for (uint32_t t = 0; t < BATCH; t++) {
        a.q = q + t * GROUP * DIM;
        a.y = y[1] + t * GROUP * DIM;
        a.row_to = GROUP;
        a.pos = FIRST + t;
        attend(&a);
    }
    CHECK(same_bits(y[0], y[1], BATCH * GROUP * DIM));
    for (int p = 0; p * ATTEND_PAGE < N; p++) mem_free(block[p]);
    mem_free(scratch);
}

/* What lies outside a row's positions must not matter, NaN included; what was stored over leaves no trace. */
TEST(unseen_positions_do_not_matter) {
    for (cache_type type = CACHE_F32; type <= CACHE_INT8; type++) {
        cache c;
        cache_open(&c, type, 64, 3);
        attend_args a = args_of(&c, 2, 1, 131);
        float before[2 * 64], bad[64];
        a.window = 65;
        attend(&a);
        memcpy(before, c.y, sizeof before);
        for (int i = 0; i < 64; i++) bad[i] = NAN;
        for (int p = 0; p < POS_MOST; p++)
            if (p < 66 || p >= 131) put(&c, p, bad, bad);
        attend(&a);
        CHECK(same_bits(before, c.y, 2 * 64));
        put(&c, 100, bad, bad);
        attend(&a);
        CHECK(c.y[0] != c.y[0]);
        put(&c, 100, c.k + 100 * 64, c.v + 100 * 64);
        attend(&a);
        CHECK(same_bits(before, c.y, 2 * 64));
        cache_close(&c);
    }
}

/* One position that outweighs all others must not swallow them: their values add up to what is left. */
TEST(small_weights_beside_a_large_one_count) {
    enum { DIM = 64, N = 30 };
    cache c;
    cache_open(&c, CACHE_INT8, DIM, 4);
    float k[DIM] = {0}, v[DIM] = {0}, q[DIM] = {0};
    q[0] = 1;
    for (int p = 0; p < N; p++) {
        k[0] = p == 0 ? 20 : 4.5f; /* scores 8 and 1.8: weights 1 and 0.002 */
        for (int i = 0; i < DIM; i++) v[i] = p == 0 ? 0 : 1;
        put(&c, p, k, v);
    }
    memcpy(c.q, q, sizeof q);
    attend_args a = args_of(&c, 1, 1, N);
    attend(&a);
    double small = exp(0.4 * 4.5) * (N - 1);
    CHECK_NEAR(c.y[0], small / (small + exp(8)), 0.004);
    cache_close(&c);
}

TEST(large_and_tiny_values) {
    for (cache_type type = CACHE_F32; type <= CACHE_INT8; type++)
        for (int i = 0; i < 2; i++) {
            cache c;
            float x[64];
            cache_open(&c, type, 64, 6);
            for (int j = 0; j < 64; j++) x[j] = i ? 1e-36f : 1e15f;
            for (int p = 0; p < 10; p++) put(&c, p, x, x);
            attend_args a = args_of(&c, 1, 1, 10);
            memset(c.q, 0, 64 * sizeof *c.q);
            attend(&a);
            for (int j = 0; j < 64; j++) CHECK_NEAR(c.y[j] / 1e15f, i ? 0 : 1, 0.02);
            cache_close(&c);
        }
}

TEST(pinned_bits) {
    uint32_t h = 0;
    for (cache_type type = CACHE_F32; type <= CACHE_INT8; type++) {
        cache c;
        cache_open(&c, type, 64, 5);
        attend_args a = args_of(&c, 3, 5, 190);
        attend(&a);
        h = digest(h, c.y, 3 * 5 * 64 * sizeof(float));
        a.soft_cap = 3;
        a.window = 70;
        attend(&a);
        h = digest(h, c.y, 3 * 5 * 64 * sizeof(float));
        cache_close(&c);
    }
    CHECK_INT(h, 2195014676);
}

int main(void) {
    RUN(floats_equal_their_twin);
    RUN(int8_equals_its_twin);
    RUN(a_row_does_not_depend_on_its_neighbours);
    RUN(many_positions);
    RUN(unseen_positions_do_not_matter);
    RUN(small_weights_beside_a_large_one_count);
    RUN(large_and_tiny_values);
    RUN(pinned_bits);
    return test_end("attend");
}
