/* xoshiro256** (Blackman and Vigna 2018) seeded through splitmix64: the same numbers on every platform. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

typedef struct rng {
    uint64_t s[4];
} rng;

void rng_init(rng *r, uint64_t seed);
uint64_t rng_next(rng *r);
double rng_uniform(rng *r); /* [0, 1), 53 bits */

#endif
