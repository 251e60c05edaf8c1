/* Which of the wide kernels this processor runs. The matrix-vector kernels have no such override: there it is worth 15%
 * at most. */
#include "kernels/form_impl.h"

#if SIMD_WIDE
const wide_kernels *wide_nth(int i) {
    static const wide_kernels *const all[] = {&wide_avx512, &wide_avxvnni, &wide_avx2};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        if (all[k]->runs() && i-- == 0) return all[k];
    return NULL;
}
#endif
