/* Sizes and names of tensor types. */
#include "tensor/tensor.h"

#include "tensor/quant.h"

uint64_t tensor_row_bytes(enum tensor_type type, uint64_t n) {
    const quant *q = quant_of((uint32_t)type);
    return q && n % (uint64_t)q->block == 0 ? n / (uint64_t)q->block * (uint64_t)q->block_bytes : 0;
}

const char *tensor_type_name(uint32_t type) {
    static const char *const unsupported[TENSOR_TYPE_COUNT] = {
        [9] = "Q8_1",   [16] = "IQ2_XXS", [17] = "IQ2_XS", [18] = "IQ3_XXS", [19] = "IQ1_S", [21] = "IQ3_S",
        [22] = "IQ2_S", [23] = "IQ4_XS",  [24] = "I8",     [25] = "I16",     [26] = "I32",   [27] = "I64",
        [28] = "F64",   [29] = "IQ1_M",   [34] = "TQ1_0",  [35] = "TQ2_0",   [39] = "MXFP4",
    };
    if (quant_of(type)) return quant_of(type)->name;
    return type < TENSOR_TYPE_COUNT ? unsupported[type] : NULL;
}
