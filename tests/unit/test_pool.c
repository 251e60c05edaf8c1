/* base/pool: every part runs once a turn, whether the workers spin or sleep. */
#include "base/pool.h"

#include "base/rng.h"
#include "unit/test.h"

typedef struct count {
    int calls[POOL_THREADS_MAX]; /* by part: parts share no line that another writes */
    int parts, wrong;
    int slow; /* this part works for a while; -1: none */
} count;

/* A millisecond or so, long enough for others to fall asleep. */
static uint64_t work_for_a_while(void) {
    rng r;
    uint64_t sum = 0;
    rng_init(&r, 1);
    for (int i = 0; i < 500000; i++) sum ^= rng_next(&r);
    return sum;
}

static void tick(void *ctx, int part, int n_parts) {
    count *c = ctx;
    if (n_parts != c->parts || part < 0 || part >= n_parts) c->wrong++;
    else c->calls[part]++;
    if (part == c->slow && work_for_a_while() == 0) c->wrong++;
}

static void check_turns(int n_threads, int turns, int slow) {
    pool *p = NULL;
    CHECK_INT(pool_open(&p, n_threads, NULL), OK);
#ifdef OA_THREADS
    CHECK_INT(pool_threads(p), n_threads);
#else
    CHECK_INT(pool_threads(p), 1);
#endif
    count c = {.parts = pool_threads(p), .slow = slow};
    for (int i = 0; i < turns; i++) pool_run(p, tick, &c);
    CHECK_INT(c.wrong, 0);
    for (int i = 0; i < c.parts; i++) CHECK_INT(c.calls[i], turns);
    pool_close(p);
}

TEST(every_part_once) {
    for (int n = 1; n <= 4; n++) check_turns(n, 1000, -1);
    check_turns(POOL_THREADS_MAX, 50, -1);
    for (int i = 0; i < 20; i++) check_turns(3, 1, -1);
    for (int i = 0; i < 20; i++) check_turns(3, 0, -1);
}

/* The others fall asleep meanwhile, and the caller too when it is not the slow one. */
TEST(sleepers_wake) {
    for (int slow = 0; slow < 3; slow++) check_turns(3, 50, slow);
}

/* What one turn writes, the next one reads. */
typedef struct relay {
    int from[POOL_THREADS_MAX], to[POOL_THREADS_MAX], wrong;
} relay;

static void pass_on(void *ctx, int part, int n_parts) {
    relay *r = ctx;
    r->to[part] = r->from[(part + 1) % n_parts] + 1;
}

TEST(turns_are_ordered) {
    pool *p = NULL;
    relay r = {0};
    CHECK_INT(pool_open(&p, 4, NULL), OK);
    for (int turn = 0; turn < 500; turn++) {
        pool_run(p, pass_on, &r);
        for (int i = 0; i < pool_threads(p); i++) r.wrong += r.to[i] != turn + 1;
        memcpy(r.from, r.to, sizeof r.from);
    }
    CHECK_INT(r.wrong, 0);
    pool_close(p);
}

TEST(arguments) {
    pool *p = NULL;
    err e;
    CHECK_INT(pool_open(&p, 0, &e), ERR_ARGUMENT);
    CHECK_INT(pool_open(&p, -1, &e), ERR_ARGUMENT);
    CHECK_INT(pool_open(&p, POOL_THREADS_MAX + 1, &e), ERR_ARGUMENT);
    CHECK(p == NULL);
    CHECK_INT(pool_threads(NULL), 1);
    count c = {.parts = 1, .slow = -1};
    pool_run(NULL, tick, &c);
    CHECK_INT(c.calls[0], 1);
    CHECK_INT(c.wrong, 0);
    pool_close(NULL);
}

int main(void) {
    RUN(every_part_once);
    RUN(sleepers_wake);
    RUN(turns_are_ordered);
    RUN(arguments);
    return test_end("pool");
}
