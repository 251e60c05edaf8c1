/* Weights of five and six bits: Q5_0, Q5_1, Q5_K, Q6_K, one byte each. */
#include "kernels/dot_impl.h"

DOT_FORM(byte_min, BYTE_MIN);
DOT_FORM(byte_bias, BYTE_BIAS);
DOT_FORM(byte_bias16, BYTE_BIAS16);
