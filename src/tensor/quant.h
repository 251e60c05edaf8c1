/* The block formats (ggml-quants): one row per type says everything about it. */
#ifndef TENSOR_QUANT_H
#define TENSOR_QUANT_H

#include "tensor/tensor.h"

typedef struct quant {
    const char *name; /* "Q4_1"; NULL where the number is not supported */
    int block;        /* values in a block: 1, 32 or 256 */
    int block_bytes;
    /* Writes n values (a multiple of block) from n / block blocks. Exactly ggml's dequantize_row_*: same operations,
     * same order, float32; f16 scales may be anything, so check finiteness where it matters. src needs no alignment. */
    void (*dequantize)(float *dst, const uint8_t *src, size_t n);
    /* False where a scale among n values' blocks (or a value, for float types) is NaN or infinite. */
    bool (*finite)(const uint8_t *src, size_t n);
} quant;

/* By enum tensor_type; use quant_of() for numbers from outside. */
extern const quant quant_traits[TENSOR_TYPE_COUNT];
const quant *quant_of(uint32_t type); /* NULL where unsupported or out of range */

float f16_to_f32(uint16_t h); /* IEEE 754 binary16, exact, subnormals and NaN included */
uint16_t f32_to_f16(float f); /* round to nearest even */

#endif
