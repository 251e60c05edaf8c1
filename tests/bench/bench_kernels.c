/* Times the kernels on the shapes of SmolLM2-135M (30 layers), one thread:
 *     bench_kernels [TYPE ...]      the layers' matrices in these types (Q4_1 by default) and the Q8_0 head
 * A line per type: thousand million multiply-adds x 2 a second, and the tokens per second that these products alone
 * would allow. Then the other steps, in microseconds per token. Every figure is the best of several runs of at least 50
 * ms. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/rng.h"
#include "kernels/kernels.h"

enum { LAYERS = 30, DIM = 576, FFN = 1536, KV = 192, HEADS = 9, HEAD_DIM = 64, VOCAB = 49152, N_MOST = 256, RUNS = 5 };

static const struct {
    uint32_t rows, cols, count; /* count: of this shape in a layer */
} shapes[] = {{DIM, DIM, 2}, {KV, DIM, 2}, {FFN, DIM, 2}, {DIM, FFN, 1}};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The least seconds a call of f takes. */
static double best(void (*f)(void *), void *ctx) {
    double least = 1e9;
    f(ctx);
    for (int run = 0; run < RUNS; run++) {
        int calls = 0;
        double from = now(), t = 0;
        while (t < 0.05) f(ctx), calls++, t = now() - from;
        if (t / calls < least) least = t / calls;
    }
    return least;
}

/* A matrix of random bytes, whose scales are therefore random too; only its time matters. The masks keep scales and
 * values away from infinity and, for the float types, from subnormals, which are slow. */
static matrix new_matrix(enum tensor_type type, uint32_t rows, uint32_t cols) {
    matrix m;
    size_t n = (size_t)matrix_bytes(type, rows, cols), row = (size_t)tensor_row_bytes(type, cols);
    uint8_t *src = mem_new(row * MATRIX_GROUP);
    rng r;
    rng_init(&r, rows);
    matrix_init(&m, type, rows, cols, mem_new(n));
    for (uint32_t i = 0; i < rows; i += MATRIX_GROUP) {
        for (size_t k = 0; k < row * MATRIX_GROUP; k++)
            src[k] = ((uint8_t)(rng_next(&r) >> 32) & 0xbb) | (quant_of(type)->block == 1 ? 0x20 : 0);
        matrix_pack(&m, i, MATRIX_GROUP, src);
    }
    mem_free(src);
    return m;
}

typedef struct layers {
    matrix w[LAYERS * N_SHAPES * 2];
    int count;
    uint32_t n;
    float *x, *y;
    void *a[2]; /* quantised rows of DIM and of FFN columns */
    void (*product)(const matmul_args *);
} layers;

static void run_layers(void *ctx) {
    const layers *l = ctx;
    bool exact = l->product == matmul_f32;
    for (int i = 0; i < l->count; i++) {
        const matrix *w = &l->w[i];
        l->product(&(matmul_args){l->y, w, exact ? (void *)l->x : l->a[w->cols == FFN], l->n, 0, w->rows, w->rows});
    }
}

static void time_layers(const char *what, layers *l) {
    static const uint32_t batches[] = {1, 4, 64, 256};
    double macs = 0;
    for (int i = 0; i < l->count; i++) macs += (double)l->w[i].rows * l->w[i].cols;
    printf("%-12s", what);
    for (int i = 0; i < 4; i++) {
        l->n = batches[i];
        double s = best(run_layers, l);
        printf("  n %3u %6.1f GFLOP/s %7.1f tok/s", l->n, 2e-9 * macs * l->n / s, l->n / s);
        fflush(stdout);
    }
    printf("\n");
}

/* All matrices of the layers in one type, in floats too; the memory goes with the program. */
static void bench_type(const char *name, enum tensor_type type, float *x, float *y, void **a) {
    static layers l;
    char text[32];
    if (DIM % quant_of(type)->block) {
        printf("%-12s  rows of %d are no whole blocks of it\n", name, DIM);
        return;
    }
    l = (layers){.x = x, .y = y, .a = {a[0], a[1]}, .product = matmul};
    double from = now();
    for (int layer = 0; layer < LAYERS; layer++)
        for (int s = 0; s < N_SHAPES; s++)
            for (uint32_t i = 0; i < shapes[s].count; i++)
                l.w[l.count++] = new_matrix(type, shapes[s].rows, shapes[s].cols);
    double made = now() - from;
    if (!matrix_is_float(&l.w[0])) time_layers(name, &l);
    l.product = matmul_f32;
    l.count /= 10; /* a tenth of the layers will do */
    snprintf(text, sizeof text, "%s/10 f32", name);
    time_layers(text, &l);
    printf("%-12s  made and packed in %.0f ms\n", "", 1e3 * made);
    for (int i = 0; i < 10 * l.count; i++) mem_free(l.w[i].data);
}

static void bench_head(float *x, float *y, void **a) {
    static layers l;
    l = (layers){.x = x, .y = y, .a = {a[0], a[1]}, .product = matmul, .count = 1, .n = 1};
    l.w[0] = new_matrix(TENSOR_Q8_0, VOCAB, DIM);
    double s = best(run_layers, &l);
    printf("head Q8_0     n   1 %6.1f GFLOP/s %7.1f tok/s, %.0f us\n", 2e-9 * VOCAB * DIM / s, 1 / s, 1e6 * s);
    mem_free(l.w[0].data);
}

/* ---- The rest of a layer, per token ---- */
typedef struct rest {
    float *x, *y, *w;
    void *a, *scratch;
    uint8_t *pages[64];
    int n_pos;
} rest;

static void run_norm(void *ctx) { rmsnorm(((rest *)ctx)->y, ((rest *)ctx)->x, ((rest *)ctx)->w, DIM, 1e-5f); }
static void run_gate(void *ctx) { swiglu(((rest *)ctx)->y, ((rest *)ctx)->x, ((rest *)ctx)->w, FFN); }
static void run_rope(void *ctx) { rope_halves(((rest *)ctx)->y, HEADS, HEAD_DIM, ((rest *)ctx)->w, HEAD_DIM / 2); }
static void run_quantize(void *ctx) { act_quantize(((rest *)ctx)->a, ((rest *)ctx)->x, FFN, 0, 1); }
static void run_store(void *ctx) {
    rest *r = ctx;
    for (int h = 0; h < KV / HEAD_DIM; h++)
        cache_put(CACHE_INT8, r->pages[0], HEAD_DIM, 0, r->x + h * HEAD_DIM, r->y + h * HEAD_DIM);
}
static void run_attend(void *ctx) {
    rest *r = ctx;
    const int group = HEADS / (KV / HEAD_DIM);
    for (int h = 0; h < KV / HEAD_DIM; h++)
        attend(&(attend_args){.type = CACHE_INT8,
                              .group = group,
                              .head_dim = HEAD_DIM,
                              .y = r->y,
                              .q = r->x,
                              .stride = HEADS * HEAD_DIM,
                              .row_to = (uint32_t)group,
                              .pos = (uint32_t)r->n_pos - 1,
                              .block = r->pages,
                              .scratch = r->scratch,
                              .scale = 0.125f});
}

static void bench_rest(float *x, float *y, void *a) {
    rest r = {.x = x, .y = y, .w = x + 4096, .a = a, .scratch = mem_new(attend_scratch_bytes(HEAD_DIM))};
    for (int i = 0; i < 64 * ATTEND_PAGE; i++) {
        uint8_t **page = &r.pages[i / ATTEND_PAGE];
        if (i % ATTEND_PAGE == 0) *page = mem_new(cache_page_bytes(CACHE_INT8, HEAD_DIM));
        memcpy(y, x + i % 999 * HEAD_DIM, 2 * HEAD_DIM * sizeof *y);
        cache_put(CACHE_INT8, *page, HEAD_DIM, i % ATTEND_PAGE, y, y + HEAD_DIM);
    }
    printf("us a layer: norm %.2f", 1e6 * best(run_norm, &r));
    printf("  swiglu %.2f", 1e6 * best(run_gate, &r));
    printf("  rope %.2f", 1e6 * best(run_rope, &r));
    printf("  quantize %d %.2f", FFN, 1e6 * best(run_quantize, &r));
    printf("  store %.2f", 1e6 * best(run_store, &r));
    for (r.n_pos = 64; r.n_pos <= 4096; r.n_pos *= 4)
        printf("  attend to %d %.1f", r.n_pos, 1e6 * best(run_attend, &r));
    printf("\n");
}

int main(int argc, char **argv) {
    float *x = mem_array((size_t)N_MOST * FFN, sizeof *x), *y = mem_array((size_t)N_MOST * FFN, sizeof *y);
    void *a[2] = {mem_new(act_bytes(N_MOST, DIM)), mem_new(act_bytes(N_MOST, FFN))};
    rng r;
    rng_init(&r, 1);
    for (int i = 0; i < N_MOST * FFN; i++) x[i] = (float)(rng_uniform(&r) - 0.5);
    act_quantize(a[0], x, DIM, 0, N_MOST);
    act_quantize(a[1], x, FFN, 0, N_MOST);
    bool any = false;
    for (int i = 0; i < TENSOR_TYPE_COUNT; i++) {
        bool named = argc < 2 && i == TENSOR_Q4_1;
        for (int k = 1; k < argc; k++) named |= quant_traits[i].name && !strcmp(argv[k], quant_traits[i].name);
        if (named) bench_type(quant_traits[i].name, (enum tensor_type)i, x, y, a), any = true;
    }
    if (!any) return 2;
    bench_head(x, y, a);
    bench_rest(x, y, a[1]);
    return 0;
}
