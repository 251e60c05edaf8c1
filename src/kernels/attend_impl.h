/* What attend.c, which knows rows and pages, asks of the two kinds of cache. */
#ifndef KERNELS_ATTEND_IMPL_H
#define KERNELS_ATTEND_IMPL_H

#include "kernels/cache_impl.h"

enum { BAND = 24 }; /* rows that pass over a page together: 6 tiles; a page and they fit the first-level cache */

/* A row's weights of a page for CACHE_INT8, each times its value's scale: d[0] * u[0] + d[1] * u[1] per 32 positions.
 * 0 <= u <= 127, as the dot product wants its second operand. */
typedef struct weights {
    simd_act u[2][ATTEND_PAGE];
    float d[2][ATTEND_PAGE / BLOCK_COLS];
    bool fine[ATTEND_PAGE / BLOCK_COLS]; /* is u[1] needed? */
} weights;

enum { COARSE_FROM = 1024 }; /* CACHE_INT8: rows that see more positions than this have queries of one plane */

/* Rows of one key/value head on their way through the pages. */
typedef struct band {
    const attend_args *a;
    int n;          /* rows */
    uint32_t first; /* the first of them */
    float *q;       /* [BAND, head_dim], times scale */
    float *y;       /* [BAND, head_dim]: sums so far, relative to exp(top) */
    float *s;       /* [BAND, ATTEND_PAGE]: scores, then weights */
    float top[BAND], sum[BAND];
    /* CACHE_INT8 */
    int planes;    /* of each query: 2 */
    simd_act *u;   /* [BAND, 2, head_dim] */
    float d[BAND]; /* scales of u */
    weights *w;    /* [BAND] */
} band;

/* What the queries need before the first page. */
void prepare_int8(band *b);
/* s[row][0 .. count rounded up to 8) = q . k of the page's first positions. */
void scores_f32(band *b, const uint8_t *page, int count);
void scores_int8(band *b, const uint8_t *page, int count);
/* y[row] += sum over positions of s[row][p] v[p]. Of CACHE_F32 all rows see the same positions, [from, to); of
 * CACHE_INT8 weights outside a row's positions are zero. */
void mix_f32(band *b, const uint8_t *page, int from, int to);
void mix_int8(band *b, const uint8_t *page, int from, int to);
/* What y needs after the last page. */
void finish_int8(band *b);
/* The plain C twins. */
void scores_f32_ref(band *b, const uint8_t *page, int count);
void scores_int8_ref(band *b, const uint8_t *page, int count);
void mix_f32_ref(band *b, const uint8_t *page, int from, int to);
void mix_int8_ref(band *b, const uint8_t *page, int from, int to);

#endif
