/* Weights of up to four bits: Q4_0, Q4_1, Q4_K, Q2_K, Q3_K. */
#include "kernels/dot_impl.h"

DOT_FORM(nibble_min, FORM_NIBBLE, 1, true, 0);
DOT_FORM(nibble_bias, FORM_NIBBLE, 1, false, 3);
DOT_FORM(nibble_min16, FORM_NIBBLE, 2, true, 0);
DOT_FORM(nibble_bias16, FORM_NIBBLE, 2, false, 2);
