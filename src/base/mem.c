/* The heap, and the faults that tests inject into it. */
#define MEM_IMPLEMENTATION
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef MEM_FAULTS
#include <stdatomic.h>
/* Tests alone may have mutable globals: a handle would have to pass through every call that allocates. */
static atomic_ulong live, calls_left;
static atomic_bool failing;

void mem_fail_at(unsigned long n) {
    failing = n == 1;
    calls_left = n > 1 ? n - 1 : 0;
}

unsigned long mem_live(void) { return live; }

static int is_refused(void) {
    if (failing) return 1;
    if (calls_left && atomic_fetch_sub(&calls_left, 1) == 1) failing = 1; /* this call is the last that passes */
    return 0;
}

static void *count_new(void *p) {
    if (p) atomic_fetch_add(&live, 1);
    return p;
}

static void count_freed(void) { atomic_fetch_sub(&live, 1); }
#else
void mem_fail_at(unsigned long n) { (void)n; }
unsigned long mem_live(void) { return 0; }
static inline int is_refused(void) { return 0; }
static inline void *count_new(void *p) { return p; }
static inline void count_freed(void) {}
#endif

/* C has no larger objects: differences of pointers into them would overflow. */
enum { SLACK = 64 };
static int is_too_large(size_t bytes) { return bytes > PTRDIFF_MAX - SLACK; }

void *mem_raw(size_t bytes) {
    size_t align = bytes >= 64 ? 64 : 16;
    if (is_too_large(bytes) || is_refused()) return NULL;
    return count_new(
        aligned_alloc(align, bytes ? (bytes + align - 1) / align * align : align)); /* it wants a multiple */
}

void *mem_new(size_t bytes) {
    void *p = mem_raw(bytes);
    return p ? memset(p, 0, bytes) : NULL;
}

void *mem_array(size_t n, size_t each) { return each && n > SIZE_MAX / each ? NULL : mem_new(n * each); }

void *mem_grow(void *p, size_t bytes) {
    if (is_too_large(bytes) || is_refused()) return NULL;
    void *q = realloc(p, bytes ? bytes : 1);
    return p ? q : count_new(q);
}

void mem_free(void *p) {
    if (p) count_freed();
    free(p);
}
