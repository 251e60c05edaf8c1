/* Weights of five and six bits: Q5_0, Q5_1, Q5_K, Q6_K, one byte each. */
#include "kernels/dot_impl.h"

DOT_FORM(byte_min, FORM_BYTE, 1, true, 0);
DOT_FORM(byte_bias, FORM_BYTE, 1, false, 4);
DOT_FORM(byte_bias16, FORM_BYTE, 2, false, 5);
