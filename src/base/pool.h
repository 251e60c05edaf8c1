/* A standing set of threads that run one function over numbered parts. Workers spin briefly for the next job, then
 * sleep: idle costs nothing. Built without threads (no -DOA_THREADS) it is the calling thread alone. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/status.h"

typedef struct pool pool;
enum { POOL_THREADS_MAX = 16 };
typedef void pool_job(void *ctx, int part, int n_parts);

/* n_threads counts the caller too: 1 starts none. 1..POOL_THREADS_MAX, else ERR_ARGUMENT; where fewer can be had,
 * fewer are started and that is no error (ask pool_threads). Under emscripten link with -sPTHREAD_POOL_SIZE of at least
 * n_threads - 1 and -sPTHREAD_POOL_SIZE_STRICT=2: a thread that is not prepared could only start after the caller
 * returned to its event loop. Pair: pool_close(). */
int pool_open(pool **out, int n_threads, err *e);
void pool_close(pool *p);
int pool_threads(const pool *p); /* NULL: 1 */
/* Runs job(ctx, part, n_parts) for part 0..n_parts-1 at once, n_parts = pool_threads(p), and returns when all are done.
 * Not reentrant. p == NULL runs job(ctx, 0, 1) here. */
void pool_run(pool *p, pool_job *job, void *ctx);

#endif
