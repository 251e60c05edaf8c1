/* Weights that are signed bytes: Q8_0, Q8_K, IQ4_NL. */
#include "kernels/dot_impl.h"

DOT_FORM(signed, SIGNED);
