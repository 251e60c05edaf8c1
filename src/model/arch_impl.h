/* For arch_*.c and arch.c. */
#ifndef MODEL_ARCH_IMPL_H
#define MODEL_ARCH_IMPL_H

#include "model/arch.h"

#define ARCH(name) extern const arch arch_##name;
#include "model/arch_list.h"
#undef ARCH

#endif
