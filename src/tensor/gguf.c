/* The head of a GGUF file: header, keys, tensor table. One pass with a cursor that trusts nothing: positions are 64
 * bits, every length is compared with what is left before it is used, no count is believed that the bytes left cannot
 * hold, and nothing recurses. After it, gguf_* answers from checked structures only. */
#include "tensor/gguf.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "tensor/quant.h"

enum {
    ENTRIES_MAX = 65535,       /* keys; tensors. The largest published models have a few thousand */
    KEY_MAX = 65535,           /* bytes of a key, by the specification */
    NAME_MAX_BYTES = 64,       /* of a tensor */
    ITEM_MAX = 65536,          /* bytes of a string in an array: a token, a merge */
    KEY_LEAST = 8 + 1 + 4 + 1, /* bytes of the smallest key: its length, name, type, value */
    TENSOR_LEAST =
        8 + 1 + 4 + 8 + 4 + 8, /* its name's length, name, number of dimensions, one dimension, type, offset */
    ARRAY_LEAST = 4 + 8,       /* an array's type and length */
    ALIGNMENT_DEFAULT = 32,
    ALIGNMENT_MIN = 8,
    ALIGNMENT_MAX = 65536,
};
#define DIMS_PRODUCT_MAX (UINT64_C(1) << 40)

typedef unsigned long long ull; /* for printf */

typedef struct entry {
    bytes key;
    gguf_value value;
} entry;

struct gguf {
    entry *keys;     /* [n_keys], in the file's order */
    tensor *tensors; /* [n_tensors], sorted by offset */
    uint32_t n_keys, n_tensors;
    map *key_index, *tensor_index;
    uint64_t data_offset, seed;
};

/* What is read, and what is being read: the latter for the line that says what is wrong. The first failure stays in
 * `rc`; after it nothing moves and reads give zeros. */
typedef struct parser {
    reader r; /* over the bytes that are there */
    uint64_t file_size;
    uint64_t limit;      /* where the head must have ended: the file's end or GGUF_HEAD_MAX */
    uint64_t least;      /* bytes that the entries after this one take at least */
    uint64_t need;       /* where the head has to reach at least, if that is all that is wrong */
    const char *subject; /* "header", "key", "tensor" */
    bytes name;          /* of the key or tensor, once it is known */
    uint64_t at;         /* where it begins */
    int rc;
    err *e;
} parser;

static void refuse(parser *p, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void refuse(parser *p, int code, const char *format, ...) {
    char what[160];
    va_list args;
    if (p->rc) return;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    int n = p->name.len > NAME_MAX_BYTES ? NAME_MAX_BYTES : (int)p->name.len;
    const char *quote = n ? "\"" : "", *space = n ? " " : "";
    p->rc = fail(p->e, code, "GGUF %s%s%s%.*s%s, byte %llu: %s", p->subject, space, quote, n,
                 n ? (const char *)p->name.ptr : "", quote, (ull)p->at, what);
}

static void begin(parser *p, const char *subject, uint64_t least) {
    p->subject = subject;
    p->name = (bytes){0};
    p->at = p->r.pos;
    p->least = least;
}

/* Whether n bytes can be read. If not, the file is refused, or there must first be more of it. */
static bool have(parser *p, uint64_t n) {
    uint64_t end;
    if (p->rc) return false;
    if (!add_u64(n, p->r.pos + p->least, &end)) end = UINT64_MAX;
    if (end > p->limit) {
        if (p->limit < p->file_size) refuse(p, ERR_CORRUPT, "the metadata is larger than %d MiB", GGUF_HEAD_MAX >> 20);
        else
            refuse(p, ERR_CORRUPT,
                   "the file must have %llu bytes at least and has %llu: it is cut short or corrupt, fetch it again",
                   (ull)end, (ull)p->file_size);
        return false;
    }
    if (n <= rd_left(&p->r)) return true;
    refuse(p, ERR_CORRUPT, "only the first %llu bytes of the head are there", (ull)p->r.src.len);
    p->need = end;
    return false;
}

static uint32_t read_u32(parser *p) { return have(p, 4) ? rd_u32(&p->r) : 0; }
static uint64_t read_u64(parser *p) { return have(p, 8) ? rd_u64(&p->r) : 0; }
static bytes read_bytes(parser *p, uint64_t n) { return have(p, n) ? rd_bytes(&p->r, n) : (bytes){0}; }

static bytes read_string(parser *p, uint64_t max) {
    uint64_t n = read_u64(p);
    if (n > max) refuse(p, ERR_CORRUPT, "a text of %llu bytes, at most %llu are allowed", (ull)n, (ull)max);
    return read_bytes(p, n);
}

static void read_name(parser *p, uint64_t max) {
    bytes name = read_string(p, max);
    if (!name.len) refuse(p, ERR_CORRUPT, "its name is empty");
    if (!utf8_valid(name)) refuse(p, ERR_CORRUPT, "its name is not UTF-8");
    p->name = name;
}

/* ---- Header ---- */

/* Past white space and the mark of UTF-8, which may stand before text. */
static bytes skip_blank(bytes b) {
    size_t i = b.len >= 3 && !memcmp(b.ptr, "\xef\xbb\xbf", 3) ? 3 : 0;
    while (i < b.len && (b.ptr[i] == ' ' || (b.ptr[i] >= '\t' && b.ptr[i] <= '\r'))) i++;
    return bytes_of(b.ptr + i, b.len - i);
}

/* What else is often found under a model's address, and what to do about it. */
static const char *guess_format(bytes b) {
    static const struct {
        const char *begins, *is;
    } known[] = {
        {"<", "a web page: use the address of the file itself"},
        {"version https://git-lfs", "a Git LFS pointer, not the file itself: fetch that"},
        {"{", "JSON: use the address of the file itself"},
        {"\x1f\x8b", "compressed by gzip: unpack it"},
        {"PK", "a zip archive: unpack or convert it"},
        {"tjgg", "a model of the GGML format before GGUF: convert it"},
        {"lmgg", "a model of the GGML format before GGUF: convert it"},
    };
    bytes text = skip_blank(b);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t n = strlen(known[i].begins);
        if (text.len >= n && !memcmp(text.ptr, known[i].begins, n)) return known[i].is;
    }
    if (b.len > 8 && b.ptr[8] == '{') return "safetensors: convert it to GGUF";
    return "something else: choose a .gguf file";
}

static uint32_t read_count(parser *p, const char *what) {
    uint64_t n = read_u64(p);
    if (n > ENTRIES_MAX) refuse(p, ERR_CORRUPT, "%llu %s, at most %d are allowed", (ull)n, what, ENTRIES_MAX);
    return p->rc ? 0 : (uint32_t)n;
}

static void read_header(parser *p, gguf *g) {
    begin(p, "header", 0);
    bytes magic = read_bytes(p, 4);
    if (!bytes_is(magic, "GGUF")) refuse(p, ERR_CORRUPT, "this is no GGUF file but %s", guess_format(p->r.src));
    uint32_t version = read_u32(p);
    if (version && !(version & 0xffff)) refuse(p, ERR_UNSUPPORTED, "a big-endian file: convert it to little-endian");
    if (version < 2 || version > 3)
        refuse(p, ERR_UNSUPPORTED, "version %u, supported are 2 and 3: convert it", (unsigned)version);
    g->n_tensors = read_count(p, "tensors");
    g->n_keys = read_count(p, "keys");
    p->least = (uint64_t)g->n_keys * KEY_LEAST + (uint64_t)g->n_tensors * TENSOR_LEAST;
    have(p, 0);
}

/* ---- Keys ---- */

/* Bytes of a scalar; 0 for strings and arrays. */
static size_t scalar_bytes(enum gguf_type type) {
    static const uint8_t size[] = {
        [GGUF_U8] = 1,  [GGUF_I8] = 1,   [GGUF_U16] = 2, [GGUF_I16] = 2, [GGUF_U32] = 4, [GGUF_I32] = 4,
        [GGUF_F32] = 4, [GGUF_BOOL] = 1, [GGUF_U64] = 8, [GGUF_I64] = 8, [GGUF_F64] = 8,
    };
    return size[type];
}

static enum gguf_type read_type(parser *p) {
    uint32_t type = read_u32(p);
    if (type > GGUF_F64) refuse(p, ERR_CORRUPT, "value type %u does not exist", (unsigned)type);
    return p->rc ? GGUF_U8 : (enum gguf_type)type;
}

/* Passes the n elements of an array that is not one of arrays. */
static void skip_items(parser *p, enum gguf_type item, uint64_t n) {
    uint64_t total;
    if (!mul_u64(n, item == GGUF_STRING ? 8 : scalar_bytes(item), &total)) {
        refuse(p, ERR_CORRUPT, "an array of %llu elements", (ull)n);
    } else if (item != GGUF_STRING) {
        read_bytes(p, total);
    } else if (have(p, total)) { /* their lengths alone */
        for (uint64_t i = 0; i < n && !p->rc; i++) read_string(p, ITEM_MAX);
    }
}

/* Passes the elements of an array of n arrays, however deep: in the file they are a flat sequence, in which an array of
 * arrays adds its length to the number of those still to come. */
static void skip_arrays(parser *p, uint64_t n) {
    while (n && !p->rc) {
        enum gguf_type item = read_type(p);
        uint64_t inner = read_u64(p);
        n--;
        if (item != GGUF_ARRAY) skip_items(p, item, inner);
        else if (!add_u64(n, inner, &n) || n > GGUF_HEAD_MAX / ARRAY_LEAST)
            refuse(p, ERR_CORRUPT, "too many arrays in arrays");
    }
}

static gguf_value read_value(parser *p) {
    gguf_value v = {.type = read_type(p)};
    size_t from;
    switch (v.type) {
    case GGUF_STRING:
        v.data = read_string(p, GGUF_HEAD_MAX);
        break;
    case GGUF_ARRAY:
        v.item = read_type(p);
        v.n = read_u64(p);
        from = p->r.pos;
        if (v.item == GGUF_ARRAY) skip_arrays(p, v.n);
        else skip_items(p, v.item, v.n);
        v.data = bytes_of(p->r.src.ptr + from, p->r.pos - from);
        break;
    default:
        v.data = read_bytes(p, scalar_bytes(v.type));
    }
    if (v.type == GGUF_BOOL && !p->rc && v.data.ptr[0] > 1)
        refuse(p, ERR_CORRUPT, "a truth value that is neither 0 nor 1");
    return v;
}

static void read_keys(parser *p, gguf *g) {
    uint32_t count = g->n_keys;
    uint64_t after = (uint64_t)g->n_tensors * TENSOR_LEAST;
    g->n_keys = 0;
    if (p->rc) return;
    g->keys = mem_array(count, sizeof *g->keys);
    if (!g->keys) refuse(p, ERR_MEMORY, "no memory for %u keys", (unsigned)count);
    for (uint32_t i = 0; i < count && !p->rc; i++) {
        begin(p, "key", after + (uint64_t)(count - 1 - i) * KEY_LEAST);
        read_name(p, KEY_MAX);
        gguf_value v = read_value(p);
        bool nested = v.type == GGUF_ARRAY && v.item == GGUF_ARRAY;
        if (!nested) g->keys[g->n_keys++] = (entry){p->name, v};
    }
}

/* ---- Tensors ---- */

static void read_shape(parser *p, tensor *t) {
    uint32_t n_dims = read_u32(p);
    uint64_t product = 1;
    if (n_dims < 1 || n_dims > TENSOR_DIMS_MAX)
        refuse(p, ERR_CORRUPT, "%u dimensions, wanted 1 to %d", (unsigned)n_dims, TENSOR_DIMS_MAX);
    for (int i = 0; i < TENSOR_DIMS_MAX && !p->rc; i++) {
        t->dim[i] = (uint32_t)i < n_dims ? read_u64(p) : 1;
        if (!t->dim[i]) refuse(p, ERR_CORRUPT, "dimension %d is 0", i);
        if (!mul_u64(product, t->dim[i], &product) || product >= DIMS_PRODUCT_MAX)
            refuse(p, ERR_CORRUPT, "its dimensions multiply to 2^40 or more");
    }
    t->n_dims = (int)n_dims;
}

static void read_tensor_type(parser *p, tensor *t) {
    uint32_t type = read_u32(p);
    const char *name = tensor_type_name(type);
    if (!name) refuse(p, ERR_CORRUPT, "tensor type %u does not exist", (unsigned)type);
    if (!quant_of(type)) refuse(p, ERR_UNSUPPORTED, "tensor type %s is not supported: take another quantisation", name);
    t->type = (enum tensor_type)type;
}

/* The offset is still the file's own, from the beginning of the data. */
static void read_tensor(parser *p, tensor *t) {
    read_name(p, NAME_MAX_BYTES);
    t->name = p->name;
    read_shape(p, t);
    read_tensor_type(p, t);
    t->offset = read_u64(p);
    if (p->rc) return;
    uint64_t row = tensor_row_bytes(t->type, t->dim[0]);
    if (!row)
        refuse(p, ERR_CORRUPT, "rows of %llu values, wanted a multiple of %d for %s", (ull)t->dim[0],
               quant_of(t->type)->block, quant_of(t->type)->name);
    t->size = row * t->dim[1] * t->dim[2] * t->dim[3]; /* < 2^43: a value takes at most 4 bytes and 2^40 are too many */
}

static void read_tensors(parser *p, gguf *g) {
    if (p->rc) return;
    g->tensors = mem_array(g->n_tensors, sizeof *g->tensors);
    if (!g->tensors) refuse(p, ERR_MEMORY, "no memory for %u tensors", (unsigned)g->n_tensors);
    for (uint32_t i = 0; i < g->n_tensors && !p->rc; i++) {
        begin(p, "tensor", (uint64_t)(g->n_tensors - 1 - i) * TENSOR_LEAST);
        read_tensor(p, &g->tensors[i]);
    }
}

/* ---- What holds between entries ---- */

static void index_keys(parser *p, gguf *g) {
    uint32_t old = MAP_NONE;
    begin(p, "key", 0);
    if (!p->rc) p->rc = map_open(&g->key_index, g->n_keys, g->seed, p->e);
    for (uint32_t i = 0; i < g->n_keys && !p->rc; i++) {
        p->name = g->keys[i].key;
        p->at = (uint64_t)(p->name.ptr - p->r.src.ptr);
        p->rc = map_put(g->key_index, p->name, i, &old, p->e);
        if (old != MAP_NONE) refuse(p, ERR_CORRUPT, "it is there twice");
    }
}

static void index_tensors(parser *p, gguf *g) {
    uint32_t old = MAP_NONE;
    begin(p, "tensor", 0);
    if (!p->rc) p->rc = map_open(&g->tensor_index, g->n_tensors, g->seed, p->e);
    for (uint32_t i = 0; i < g->n_tensors && !p->rc; i++) {
        p->name = g->tensors[i].name;
        p->at = (uint64_t)(p->name.ptr - p->r.src.ptr);
        p->rc = map_put(g->tensor_index, p->name, i, &old, p->e);
        if (old != MAP_NONE) refuse(p, ERR_CORRUPT, "it is there twice");
    }
}

static uint64_t find_alignment(parser *p, const gguf *g) {
    gguf_value v;
    if (p->rc || !gguf_get(g, "general.alignment", &v)) return ALIGNMENT_DEFAULT;
    begin(p, "key", 0);
    p->name = bytes_str("general.alignment");
    p->at = (uint64_t)(v.data.ptr - p->r.src.ptr);
    if (v.type != GGUF_U32) {
        refuse(p, ERR_CORRUPT, "value type %d, wanted %d (u32)", (int)v.type, GGUF_U32);
        return ALIGNMENT_DEFAULT;
    }
    reader r = rd_init(v.data);
    uint32_t a = rd_u32(&r);
    if (a < ALIGNMENT_MIN || a > ALIGNMENT_MAX || a & (a - 1))
        refuse(p, ERR_CORRUPT, "%u, wanted a power of two from %d to %d", (unsigned)a, ALIGNMENT_MIN, ALIGNMENT_MAX);
    return a;
}

static int compare_offsets(const void *a, const void *b) {
    uint64_t x = ((const tensor *)a)->offset, y = ((const tensor *)b)->offset;
    return (x > y) - (x < y);
}

/* Turns offsets into the file's, and sees that every tensor has its own place in it. */
static void place_tensors(parser *p, gguf *g, uint64_t head_end) {
    uint64_t alignment = find_alignment(p, g), end;
    if (p->rc) return;
    uint64_t past = head_end % alignment;
    g->data_offset = past ? head_end + (alignment - past) : head_end;
    if (g->data_offset > p->file_size) g->data_offset = p->file_size; /* tensors would not fit, either */
    begin(p, "tensor", 0);
    for (uint32_t i = 0; i < g->n_tensors && !p->rc; i++) {
        tensor *t = &g->tensors[i];
        p->name = t->name;
        p->at = (uint64_t)(t->name.ptr - p->r.src.ptr);
        if (t->offset % alignment)
            refuse(p, ERR_CORRUPT, "offset %llu, wanted a multiple of %llu", (ull)t->offset, (ull)alignment);
        if (!add_u64(t->offset, g->data_offset, &t->offset) || !add_u64(t->offset, t->size, &end) || end > p->file_size)
            refuse(p, ERR_CORRUPT,
                   "its %llu bytes pass the end of the file, byte %llu: it is cut short or corrupt, fetch it again",
                   (ull)t->size, (ull)p->file_size);
    }
    if (p->rc) return;
    qsort(g->tensors, g->n_tensors, sizeof *g->tensors, compare_offsets);
    for (uint32_t i = 1; i < g->n_tensors; i++) {
        const tensor *before = &g->tensors[i - 1], *t = before + 1;
        p->name = t->name;
        p->at = (uint64_t)(t->name.ptr - p->r.src.ptr);
        if (before->offset + before->size > t->offset)
            refuse(p, ERR_CORRUPT, "it overlaps \"%.*s\"", (int)before->name.len, (const char *)before->name.ptr);
    }
}

int gguf_open(gguf **out, bytes head, uint64_t file_size, uint64_t *need, err *e) {
    gguf *g = mem_new(sizeof *g);
    *need = 0;
    if (!g) return fail(e, ERR_MEMORY, "no memory for a model's metadata");
    parser p = {.r = rd_init(head),
                .file_size = file_size,
                .limit = file_size < GGUF_HEAD_MAX ? file_size : GGUF_HEAD_MAX,
                .e = e};
    read_header(&p, g);
    read_keys(&p, g);
    read_tensors(&p, g);
    if (!p.rc) g->seed = map_hash(bytes_of(head.ptr, p.r.pos), 0);
    uint64_t head_end = p.r.pos;
    index_keys(&p, g);
    place_tensors(&p, g, head_end);
    index_tensors(&p, g);
    *need = p.need;
    if (p.rc) gguf_close(g);
    else *out = g;
    return p.rc;
}

void gguf_close(gguf *g) {
    if (!g) return;
    map_close(g->key_index);
    map_close(g->tensor_index);
    mem_free(g->keys);
    mem_free(g->tensors);
    mem_free(g);
}

/* ---- Answers ---- */

uint64_t gguf_data_offset(const gguf *g) { return g->data_offset; }
uint64_t gguf_seed(const gguf *g) { return g->seed; }
uint32_t gguf_tensor_count(const gguf *g) { return g->n_tensors; }
const tensor *gguf_tensor(const gguf *g, uint32_t i) { return i < g->n_tensors ? &g->tensors[i] : NULL; }

const tensor *gguf_find(const gguf *g, const char *name) {
    uint32_t i = map_get(g->tensor_index, bytes_str(name));
    return i == MAP_NONE ? NULL : &g->tensors[i];
}

uint32_t gguf_key_count(const gguf *g) { return g->n_keys; }

bytes gguf_key(const gguf *g, uint32_t i, gguf_value *v) {
    if (i >= g->n_keys) return (bytes){0};
    if (v) *v = g->keys[i].value;
    return g->keys[i].key;
}

bool gguf_get(const gguf *g, const char *key, gguf_value *v) {
    uint32_t i = map_get(g->key_index, bytes_str(key));
    if (i == MAP_NONE) return false;
    if (v) *v = g->keys[i].value;
    return true;
}

/* An integer of any type; false for other types and negative numbers. */
static bool read_integer(enum gguf_type type, bytes data, uint64_t *out) {
    reader r = rd_init(data);
    int64_t v;
    switch (type) {
    case GGUF_U8:
        *out = rd_u8(&r);
        return true;
    case GGUF_U16:
        *out = rd_u16(&r);
        return true;
    case GGUF_U32:
        *out = rd_u32(&r);
        return true;
    case GGUF_U64:
        *out = rd_u64(&r);
        return true;
    case GGUF_I8:
        v = (int8_t)rd_u8(&r);
        break;
    case GGUF_I16:
        v = (int16_t)rd_u16(&r);
        break;
    case GGUF_I32:
        v = (int32_t)rd_u32(&r);
        break;
    case GGUF_I64:
        v = (int64_t)rd_u64(&r);
        break;
    default:
        return false;
    }
    *out = (uint64_t)v;
    return v >= 0;
}

/* A number of any type as a double; 0 for strings and arrays. */
static double read_number(enum gguf_type type, bytes data) {
    reader r = rd_init(data);
    switch (type) {
    case GGUF_U8:
    case GGUF_BOOL:
        return rd_u8(&r);
    case GGUF_U16:
        return rd_u16(&r);
    case GGUF_U32:
        return rd_u32(&r);
    case GGUF_U64:
        return (double)rd_u64(&r);
    case GGUF_I8:
        return (int8_t)rd_u8(&r);
    case GGUF_I16:
        return (int16_t)rd_u16(&r);
    case GGUF_I32:
        return (int32_t)rd_u32(&r);
    case GGUF_I64:
        return (double)(int64_t)rd_u64(&r);
    case GGUF_F32:
        return rd_f32(&r);
    case GGUF_F64:
        return rd_f64(&r);
    default:
        return 0;
    }
}

static int fail_absent(const char *key, err *e) { return fail(e, ERR_CORRUPT, "GGUF key \"%s\" is missing", key); }

int gguf_u64(const gguf *g, const char *key, uint64_t lo, uint64_t hi, uint64_t *out, err *e) {
    gguf_value v;
    uint64_t n;
    if (!gguf_get(g, key, &v)) return fail_absent(key, e);
    if (!read_integer(v.type, v.data, &n))
        return fail(e, ERR_CORRUPT, "GGUF key \"%s\" is not a non-negative integer", key);
    if (n < lo || n > hi)
        return fail(e, ERR_CORRUPT, "GGUF key \"%s\" is %llu, wanted %llu to %llu", key, (ull)n, (ull)lo, (ull)hi);
    *out = n;
    return OK;
}

int gguf_f32(const gguf *g, const char *key, double lo, double hi, float *out, err *e) {
    gguf_value v;
    if (!gguf_get(g, key, &v)) return fail_absent(key, e);
    if (v.type != GGUF_F32 && v.type != GGUF_F64) return fail(e, ERR_CORRUPT, "GGUF key \"%s\" is not a float", key);
    double x = read_number(v.type, v.data);
    if (!(x >= lo && x <= hi) || !isfinite((float)x)) /* NaN, too */
        return fail(e, ERR_CORRUPT, "GGUF key \"%s\" is %g, wanted %g to %g", key, x, lo, hi);
    *out = (float)x;
    return OK;
}

int gguf_str(const gguf *g, const char *key, bytes *out, err *e) {
    gguf_value v;
    if (!gguf_get(g, key, &v)) return fail_absent(key, e);
    if (v.type != GGUF_STRING) return fail(e, ERR_CORRUPT, "GGUF key \"%s\" is not a text", key);
    *out = v.data;
    return OK;
}

bool gguf_bool(const gguf *g, const char *key, bool otherwise) {
    gguf_value v;
    return gguf_get(g, key, &v) && v.type == GGUF_BOOL ? v.data.ptr[0] != 0 : otherwise;
}

bool gguf_next_str(const gguf_value *array, size_t *it, bytes *out) {
    if (array->item != GGUF_STRING) return false; /* of what is no array, `item` and `n` are 0 */
    reader r = {.src = array->data, .pos = *it};
    *out = rd_bytes(&r, rd_u64(&r));
    *it = r.pos;
    return !r.bad;
}

double gguf_item(const gguf_value *array, uint64_t i) {
    size_t size = scalar_bytes(array->item);
    if (i >= array->n) return 0;
    return read_number(array->item, bytes_of(array->data.ptr + (size_t)i * size, size));
}
