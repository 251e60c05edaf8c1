/* tensor/gguf on any bytes: no fault, and what it accepts keeps its promises. */
#include <stdlib.h>

#include "base/utf8.h"
#include "tensor/gguf.h"
#include "tensor/quant.h"

static void promise(bool kept) {
    if (!kept) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t touch(bytes b) {
    uint64_t sum = 0;
    for (size_t i = 0; i < b.len; i++) sum += b.ptr[i]; /* a read out of bounds stops here */
    return sum;
}

static void walk_keys(const gguf *g) {
    for (uint32_t i = 0; i < gguf_key_count(g); i++) {
        gguf_value v;
        bytes key = gguf_key(g, i, &v), s;
        size_t it = 0;
        uint64_t n = 0;
        promise(key.len > 0 && utf8_valid(key) && v.type <= GGUF_F64 && v.item <= GGUF_F64);
        touch(v.data);
        while (gguf_next_str(&v, &it, &s)) touch(s), n++;
        promise(v.type != GGUF_ARRAY || v.item != GGUF_STRING || (n == v.n && it == v.data.len));
        gguf_item(&v, 0);
        gguf_item(&v, v.n - 1);
    }
}

static void walk_tensors(const gguf *g, bytes file) {
    uint64_t end = gguf_data_offset(g);
    for (uint32_t i = 0; i < gguf_tensor_count(g); i++) {
        const tensor *t = gguf_tensor(g, i);
        uint64_t rows = t->dim[1] * t->dim[2] * t->dim[3];
        promise(t->offset >= end && t->size > 0 && t->size == tensor_row_bytes(t->type, t->dim[0]) * rows);
        end = t->offset + t->size;
        promise(end <= file.len && t->name.len >= 1 && t->name.len <= 64);
        const quant *q = quant_of(t->type);
        float out[256];
        q->finite(file.ptr + t->offset, t->dim[0] * rows);
        q->dequantize(out, file.ptr + t->offset, (size_t)q->block);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    bytes file = {data, size};
    gguf *g = NULL;
    uint64_t need, n = size ? data[size - 1] : 0;
    err e;
    int whole = gguf_open(&g, file, size, &need, &e);
    promise(need == 0 && (whole == OK) == (g != NULL));
    if (g) {
        walk_keys(g);
        walk_tensors(g, file);
    }
    gguf_close(g);
    /* as it arrives, the answer is the same in the end */
    int rc = ERR_CORRUPT;
    for (n = n < size ? n : size;; n = need) {
        g = NULL;
        rc = gguf_open(&g, bytes_of(data, (size_t)n), size, &need, &e);
        gguf_close(g);
        if (!rc || !need) break;
        promise(need > n && need <= size);
    }
    promise(rc == whole);
    return 0;
}
