/* The only door to the heap: malloc and free are poisoned everywhere else, so that a test can make the n-th
 * allocation fail and count what is left at the end. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* Zeroed memory, aligned to 64 bytes (a cache line) when bytes >= 64, else to 16. NULL when there is none. Pair:
 * mem_free(). */
void *mem_new(size_t bytes);

/* The same, not zeroed: for what is written whole before it is read. */
void *mem_raw(size_t bytes);

/* mem_new(n * each), NULL also when the product overflows. */
void *mem_array(size_t n, size_t each);

/* Makes the block `p` (or none, where p is NULL) `bytes` long; what is added is NOT zeroed, and
 * the block is aligned as realloc aligns (for any scalar type), wherever p came from.
 * NULL leaves p valid and unchanged. Pair: mem_free(). */
void *mem_grow(void *p, size_t bytes);

/* Frees what any call above returned; NULL is allowed. */
void mem_free(void *p);

/* Tests only (both are no-ops returning 0 unless compiled with -DMEM_FAULTS):
 * the n-th allocation from now (1 = the next) and all later ones fail; 0 switches it off. */
void mem_fail_at(unsigned long n);
/* Blocks allocated and not freed. */
unsigned long mem_live(void);

/* The poison: every C file outside base/mem.c gets it by including this header. */
#if defined(__GNUC__) && !defined(MEM_IMPLEMENTATION)
#include <stdlib.h>
#pragma GCC poison malloc calloc realloc free aligned_alloc
#endif

#endif
