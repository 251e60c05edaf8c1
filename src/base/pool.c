/* The thread pool. A job is announced by counting `turn` up; each worker runs its own part of it once and counts `left`
 * down. Both waits spin first: between two matrix products only microseconds pass. The flags `sleepers` and `waiting`
 * are written before the last look at `turn` and `left`, and read after these are changed, all in sequential order, so
 * that either the sleeper sees the change or the other side sees the sleeper. */
#ifdef OA_THREADS
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#endif

#include "base/mem.h"
#include "base/pool.h"

#ifdef OA_THREADS
/* About 50 microseconds either way: a turn of the loop is one nanosecond in WebAssembly, which has no pause. Between
 * two products of a token some ten pass, between two tokens fifty. */
#ifdef __wasm__
enum { SPINS = 50000 };
#else
enum { SPINS = 4000 };
#endif

typedef struct worker {
    pool *pool;
    int part;
    pthread_t thread;
} worker;

struct pool {
    int n; /* threads, the caller's included */
    pool_job *job;
    void *ctx;
    atomic_uint turn;
    atomic_int left, sleepers;
    atomic_bool waiting, closing;
    pthread_mutex_t lock;
    pthread_cond_t begin, done;
    worker workers[POOL_THREADS_MAX]; /* [n], the first unused: it stands for the caller */
};

static inline void spin_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

static void wait_turn(pool *p, unsigned seen) {
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load_explicit(&p->turn, memory_order_acquire) != seen) return;
        spin_pause();
    }
    pthread_mutex_lock(&p->lock);
    atomic_fetch_add(&p->sleepers, 1);
    while (atomic_load(&p->turn) == seen) pthread_cond_wait(&p->begin, &p->lock);
    atomic_fetch_sub(&p->sleepers, 1);
    pthread_mutex_unlock(&p->lock);
}

static void wait_done(pool *p) {
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load_explicit(&p->left, memory_order_acquire) == 0) return;
        spin_pause();
    }
    pthread_mutex_lock(&p->lock);
    atomic_store(&p->waiting, true);
    while (atomic_load(&p->left) > 0) pthread_cond_wait(&p->done, &p->lock);
    atomic_store(&p->waiting, false);
    pthread_mutex_unlock(&p->lock);
}

static void wake(pool *p, pthread_cond_t *sleeping) {
    pthread_mutex_lock(&p->lock);
    pthread_cond_broadcast(sleeping);
    pthread_mutex_unlock(&p->lock);
}

static void next_turn(pool *p) {
    atomic_fetch_add(&p->turn, 1);
    if (atomic_load(&p->sleepers) > 0) wake(p, &p->begin);
}

static void *work(void *arg) {
    worker *w = arg;
    pool *p = w->pool;
    for (unsigned seen = 0;; seen++) {
        wait_turn(p, seen);
        if (atomic_load(&p->closing)) return NULL;
        p->job(p->ctx, w->part, p->n);
        if (atomic_fetch_sub(&p->left, 1) == 1 && atomic_load(&p->waiting)) wake(p, &p->done);
    }
}

static int start(pool *p, int n_threads, err *e) {
    if (pthread_mutex_init(&p->lock, NULL)) return fail(e, ERR_MEMORY, "no memory for threads");
    pthread_cond_init(&p->begin, NULL); /* these two cannot fail where threads are real: glibc, musl */
    pthread_cond_init(&p->done, NULL);
    for (; p->n < n_threads; p->n++) {
        worker *w = &p->workers[p->n];
        *w = (worker){.pool = p, .part = p->n};
        if (pthread_create(&w->thread, NULL, work, w)) break;
    }
    return OK;
}

static void stop(pool *p) {
    atomic_store(&p->closing, true);
    next_turn(p);
    for (int i = 1; i < p->n; i++) pthread_join(p->workers[i].thread, NULL);
    pthread_cond_destroy(&p->done);
    pthread_cond_destroy(&p->begin);
    pthread_mutex_destroy(&p->lock);
}

void pool_run(pool *p, pool_job *job, void *ctx) {
    if (!p || p->n == 1) {
        job(ctx, 0, 1);
        return;
    }
    p->job = job;
    p->ctx = ctx;
    atomic_store(&p->left, p->n - 1);
    next_turn(p);
    job(ctx, 0, p->n);
    wait_done(p);
}
#else
struct pool {
    int n;
};

static int start(pool *p, int n_threads, err *e) { return (void)p, (void)n_threads, (void)e, OK; }
static void stop(pool *p) { (void)p; }
void pool_run(pool *p, pool_job *job, void *ctx) { (void)p, job(ctx, 0, 1); }
#endif

int pool_open(pool **out, int n_threads, err *e) {
    if (n_threads < 1 || n_threads > POOL_THREADS_MAX)
        return fail(e, ERR_ARGUMENT, "%d threads asked for: give 1 to %d", n_threads, POOL_THREADS_MAX);
    pool *p = mem_new(sizeof *p);
    if (!p) return fail(e, ERR_MEMORY, "no memory for threads");
    p->n = 1;
    int rc = start(p, n_threads, e);
    if (rc) mem_free(p);
    else *out = p;
    return rc;
}

void pool_close(pool *p) {
    if (!p) return;
    stop(p);
    mem_free(p);
}

int pool_threads(const pool *p) { return p ? p->n : 1; }
