/* The plain C twins of the vector bodies, for tests. Same arguments, same results bit for bit. */
#ifndef KERNELS_KERNELS_REF_H
#define KERNELS_KERNELS_REF_H

#include "kernels/kernels.h"

/* matmul() with one of the bodies of its tiles that this processor can run. 0 is that of every build, others are wider;
 * matmul() itself takes 1 where there is one. matmul_body() is its name, NULL past the last. */
const char *matmul_body(int body);
void matmul_by(int body, const matmul_args *m);

void act_quantize_ref(void *a, const float *x, uint32_t cols, uint32_t from, uint32_t to);
void matmul_ref(const matmul_args *m);
void matmul_f32_ref(const matmul_args *m);
void rmsnorm_ref(float *y, const float *x, const float *w, int n, float eps);
void swiglu_ref(float *y, const float *gate, const float *up, int n);
void softmax_ref(float *x, int n);
void attend_ref(const attend_args *a);

#endif
