/* Weights of up to four bits: Q4_0, Q4_1, Q4_K, Q2_K, Q3_K. */
#include "kernels/dot_impl.h"

DOT_FORM(nibble_min_short, NIBBLE_MIN_SHORT);
DOT_FORM(nibble_bias_short, NIBBLE_BIAS_SHORT);
DOT_FORM(nibble_min, NIBBLE_MIN);
DOT_FORM(nibble_min16, NIBBLE_MIN16);
DOT_FORM(nibble_bias16, NIBBLE_BIAS16);
