/* Reads the head of a GGUF file (v2 and v3, little endian; github.com/ggml-org/ggml docs/gguf.md): metadata and tensor
 * table. The head is checked completely before anything is returned; tensor data is not touched, so a file can be read
 * as it arrives. One file of a split model is one gguf. */
#ifndef TENSOR_GGUF_H
#define TENSOR_GGUF_H

#include "base/status.h"
#include "tensor/tensor.h"

enum gguf_type {
    GGUF_U8,
    GGUF_I8,
    GGUF_U16,
    GGUF_I16,
    GGUF_U32,
    GGUF_I32,
    GGUF_F32,
    GGUF_BOOL,
    GGUF_STRING,
    GGUF_ARRAY,
    GGUF_U64,
    GGUF_I64,
    GGUF_F64
};

typedef struct gguf gguf;

/* Bytes of a head, at most: more than a vocabulary of a million tokens takes, and little enough that refusing a file
 * never costs more than 64 MiB of memory. */
enum { GGUF_HEAD_MAX = 32 << 20 };

/* A value of the metadata. Strings and array bytes are borrowed from the head. */
typedef struct gguf_value {
    enum gguf_type type;
    enum gguf_type item; /* of an array: its element type (never GGUF_ARRAY: nested arrays are skipped and absent) */
    uint64_t n;          /* of an array: elements */
    bytes data;          /* string: its bytes; array: the encoded elements; scalar: its encoded bytes */
} gguf_value;

/* Opens the head of a file of `file_size` bytes, of which `head` is the beginning: at least magic to tensor table.
 * `head` is borrowed and must outlive the handle. Cost: linear, memory < 64 MiB for any input.
 * ERR_CORRUPT: names key or tensor, offset, what was found and what was wanted. ERR_UNSUPPORTED: version, byte order
 * or tensor type, by name. Where the head is only not all there yet (head.len < file_size) and nothing in it is wrong
 * so far: *need becomes the least number of bytes worth trying again with (> head.len, <= file_size), and ERR_CORRUPT
 * is returned; in every other case *need = 0. On failure *out is untouched. Pair: gguf_close(). */
int gguf_open(gguf **out, bytes head, uint64_t file_size, uint64_t *need, err *e);
void gguf_close(gguf *g);

/* Where tensor data begins: a multiple of general.alignment, or the file's end where there are no tensors. */
uint64_t gguf_data_offset(const gguf *g);
uint64_t
gguf_seed(const gguf *g); /* a hash of the whole head: the seed for maps over names that it holds (base/map.h) */
uint32_t gguf_tensor_count(const gguf *g);
const tensor *gguf_tensor(const gguf *g, uint32_t i);     /* sorted by offset; NULL out of range */
const tensor *gguf_find(const gguf *g, const char *name); /* NULL where absent */

uint32_t gguf_key_count(const gguf *g);
bytes gguf_key(const gguf *g, uint32_t i,
               gguf_value *v); /* i-th key in the file's order, v may be NULL; empty out of range */
bool gguf_get(const gguf *g, const char *key, gguf_value *v);

/* Typed look-ups: OK and *out, or ERR_CORRUPT naming the key where it is absent, of another type, or out of lo..hi.
 * Any integer type serves for u64 (negative is out of range), f32 and f64 for f32 (must be finite). */
int gguf_u64(const gguf *g, const char *key, uint64_t lo, uint64_t hi, uint64_t *out, err *e);
int gguf_f32(const gguf *g, const char *key, double lo, double hi, float *out, err *e);
int gguf_str(const gguf *g, const char *key, bytes *out, err *e);
bool gguf_bool(const gguf *g, const char *key, bool otherwise);

/* Walks an array of strings: *it = 0 at first; false at the end. Every string was checked when the file was opened. */
bool gguf_next_str(const gguf_value *array, size_t *it, bytes *out);
/* The i-th element of a numeric array as a double; 0 out of range. */
double gguf_item(const gguf_value *array, uint64_t i);

#endif
