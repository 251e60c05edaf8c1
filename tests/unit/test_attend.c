/* Attention against its plain C twin bit for bit and against double arithmetic, for any grouping of heads and any
 * window. */
#include "kernel_test.h"
#include "kernels/kernels_ref.h"

enum { HEADS_MOST = 5, DIM_MOST = 128, POS_MOST = 200, PAGES = (POS_MOST + ATTEND_PAGE - 1) / ATTEND_PAGE };

typedef struct cache {
    float *storage, *q, *y, *scratch;
    const float *k[PAGES], *v[PAGES];
} cache;

static void cache_open(cache *c, int dim, uint64_t seed) {
    size_t page = (size_t)(ATTEND_PAGE * dim);
    c->storage = mem_array(2 * PAGES * page, sizeof(float));
    c->q = mem_array(HEADS_MOST * DIM_MOST, sizeof(float));
    c->y = mem_array(HEADS_MOST * DIM_MOST, sizeof(float));
    c->scratch = mem_array(HEADS_MOST * PAGES * ATTEND_PAGE, sizeof(float));
    fill_uniform(c->storage, 2 * PAGES * page, seed);
    fill_uniform(c->q, HEADS_MOST * DIM_MOST, seed + 1);
    for (int p = 0; p < PAGES; p++) c->k[p] = c->storage + 2 * (size_t)p * page, c->v[p] = c->k[p] + page;
}

static void cache_close(cache *c) {
    mem_free(c->storage);
    mem_free(c->q);
    mem_free(c->y);
    mem_free(c->scratch);
}

static attend_args args_of(cache *c, int n_heads, int dim, int from, int n_pos) {
    return (attend_args){c->y, c->q, c->k, c->v, c->scratch, n_heads, dim, from, n_pos, 0.4f, 0};
}

/* The definition, in double. */
static double element(const attend_args *a, int h, int i) {
    double sum = 0, out = 0;
    for (int p = a->from; p < a->n_pos; p++) {
        const float *k = a->k[p / ATTEND_PAGE] + p % ATTEND_PAGE * a->head_dim;
        double s = 0;
        for (int j = 0; j < a->head_dim; j++) s += (double)a->q[h * a->head_dim + j] * (double)k[j];
        s *= (double)a->scale;
        if (a->soft_cap > 0) s = (double)a->soft_cap * tanh(s / (double)a->soft_cap);
        sum += exp(s);
        out += exp(s) * (double)a->v[p / ATTEND_PAGE][p % ATTEND_PAGE * a->head_dim + i];
    }
    return out / sum;
}

static void check_attend(attend_args *a) {
    float want[HEADS_MOST * DIM_MOST];
    size_t n = (size_t)(a->n_heads * a->head_dim);
    attend_ref(a);
    memcpy(want, a->y, n * sizeof *want);
    memset(a->y, 0x55, n * sizeof *want);
    attend(a);
    if (!same_bits(a->y, want, n)) {
        printf("    %d heads, dim %d, positions %d to %d\n", a->n_heads, a->head_dim, a->from, a->n_pos);
        CHECK(!"the same bits");
    }
    for (int h = 0; h < a->n_heads; h++)
        for (int i = 0; i < a->head_dim; i += 3) CHECK_NEAR(a->y[h * a->head_dim + i], element(a, h, i), 2e-6);
}

TEST(equals_its_twin) {
    static const int dims[] = {4, 12, 64, 80, 128}, ends[] = {1, 3, 4, 5, 63, 64, 65, 128, 187, POS_MOST};
    for (int d = 0; d < 5; d++) {
        cache c;
        cache_open(&c, dims[d], (uint64_t)d);
        for (int e = 0; e < 10; e++)
            for (int heads = 1; heads <= HEADS_MOST; heads++) {
                attend_args a = args_of(&c, heads, dims[d], 0, ends[e]);
                check_attend(&a);
                a.from = ends[e] * heads / (HEADS_MOST + 1); /* a window */
                a.soft_cap = heads == 3 ? 2.5f : 0;
                check_attend(&a);
            }
        cache_close(&c);
    }
}

TEST(a_head_does_not_depend_on_its_neighbours) {
    cache c;
    cache_open(&c, 64, 9);
    attend_args a = args_of(&c, 3, 64, 10, 150);
    attend(&a);
    float together[3 * 64];
    memcpy(together, c.y, sizeof together);
    for (int h = 0; h < 3; h++) {
        a = args_of(&c, 1, 64, 10, 150);
        a.q = c.q + 64 * h;
        attend(&a);
        CHECK(same_bits(c.y, together + 64 * h, 64));
    }
    cache_close(&c);
}

/* What lies in the pages outside [from, n_pos) must not matter, NaN included. */
TEST(unseen_positions_do_not_matter) {
    cache c;
    cache_open(&c, 64, 3);
    attend_args a = args_of(&c, 2, 64, 66, 131);
    float before[2 * 64];
    attend(&a);
    memcpy(before, c.y, sizeof before);
    for (int p = 0; p < PAGES * ATTEND_PAGE; p++)
        if (p < 66 || p >= 131)
            for (int i = 0; i < 64; i++) {
                size_t at = (size_t)(p / ATTEND_PAGE * 2 * ATTEND_PAGE * 64 + p % ATTEND_PAGE * 64 + i);
                c.storage[at] = c.storage[at + ATTEND_PAGE * 64] = NAN;
            }
    attend(&a);
    CHECK(same_bits(before, c.y, 2 * 64));
    cache_close(&c);
}

TEST(pinned_bits) {
    cache c;
    cache_open(&c, 64, 5);
    attend_args a = args_of(&c, 3, 64, 7, 190);
    attend(&a);
    uint32_t h = digest(0, c.y, 3 * 64 * sizeof(float));
    a.soft_cap = 3;
    attend(&a);
    CHECK_INT(digest(h, c.y, 3 * 64 * sizeof(float)), 394272324);
    cache_close(&c);
}

int main(void) {
    RUN(equals_its_twin);
    RUN(a_head_does_not_depend_on_its_neighbours);
    RUN(unseen_positions_do_not_matter);
    RUN(pinned_bits);
    return test_end("attend");
}
