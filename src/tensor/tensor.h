/* What a tensor in a file is: its type (ggml's numbers), shape and place. */
#ifndef TENSOR_TENSOR_H
#define TENSOR_TENSOR_H

#include "base/bytes.h"

/* The numbers are the file format's (ggml.h, enum ggml_type); what is absent here is refused by name or number. */
enum tensor_type {
    TENSOR_F32 = 0,
    TENSOR_F16 = 1,
    TENSOR_Q4_0 = 2,
    TENSOR_Q4_1 = 3,
    TENSOR_Q5_0 = 6,
    TENSOR_Q5_1 = 7,
    TENSOR_Q8_0 = 8,
    TENSOR_Q2_K = 10,
    TENSOR_Q3_K = 11,
    TENSOR_Q4_K = 12,
    TENSOR_Q5_K = 13,
    TENSOR_Q6_K = 14,
    TENSOR_Q8_K = 15,
    TENSOR_IQ4_NL = 20,
    TENSOR_BF16 = 30,
    TENSOR_TYPE_COUNT = 40 /* numbers from here on are not in the format */
};

enum { TENSOR_DIMS_MAX = 4 };

typedef struct tensor {
    bytes name; /* borrowed from the file's head; 1..64 bytes, valid UTF-8 */
    enum tensor_type type;
    int n_dims;                    /* 1..4 */
    uint64_t dim[TENSOR_DIMS_MAX]; /* fastest first, 1 beyond n_dims; every one >= 1, their product < 2^40 */
    uint64_t offset;               /* of its first byte, from the start of its file */
    uint64_t size;                 /* bytes: row_bytes * rows, inside the file, overlapping no other */
} tensor;

/* Bytes of a row of n values; 0 where the type is unknown or n is not a multiple of its block. Never overflows for n <
 * 2^40. */
uint64_t tensor_row_bytes(enum tensor_type type, uint64_t n);

/* The format's name of a type, "Q4_1", also of those that are not supported; NULL where the format has no such number.
 */
const char *tensor_type_name(uint32_t type);

#endif
