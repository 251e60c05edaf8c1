/* A model from a stream of bytes: head, then tensors in the order they lie in the file, each repacked as its rows
 * arrive. */
#include "base/buf.h"
#include "base/mem.h"
#include "model/load_impl.h"

enum { TRAILING_MAX = 1 << 20 }; /* no writer pads by more than its alignment, which is 64 KiB at most */

struct loader {
    loader_options opt;
    uint64_t *file_sizes; /* [n_files] */
    model *m;             /* NULL until the first head */
    gguf *meta;           /* the first file's metadata */
    uint8_t *meta_head;   /* the bytes it borrows from */
    uint64_t n_tensors;   /* in all heads so far */
    /* The file that is being read */
    uint32_t file;
    uint64_t pos;    /* bytes of it taken */
    buf head;        /* its beginning, until the head is complete */
    uint64_t need;   /* bytes worth trying with */
    gguf *g;         /* its head: meta for the first file */
    uint8_t *g_head; /* of a later file */
    uint32_t next;   /* its tensor that comes next or is under way */
    /* The tensor under way */
    place to;
    uint32_t row;   /* rows of it done */
    uint8_t *carry; /* a group of rows that is not whole yet: [MATRIX_GROUP * row_bytes] */
    size_t carried;
};

int loader_open(loader **out, const loader_options *o, err *e) {
    if (o->n_files < 1 || o->n_files > LOADER_FILES_MAX)
        return fail(e, ERR_ARGUMENT, "a model has 1 to %d files, not %u", LOADER_FILES_MAX, (unsigned)o->n_files);
    loader *l = mem_new(sizeof *l);
    if (!l) return fail(e, ERR_MEMORY, "no memory to load a model");
    l->opt = *o;
    l->file_sizes = mem_array(o->n_files, sizeof *l->file_sizes);
    if (!l->file_sizes) {
        loader_close(l);
        return fail(e, ERR_MEMORY, "no memory to load a model");
    }
    memcpy(l->file_sizes, o->file_sizes, o->n_files * sizeof *l->file_sizes);
    *out = l;
    return OK;
}

static void file_clear(loader *l) {
    if (l->g != l->meta) gguf_close(l->g);
    mem_free(l->g_head);
    l->g = NULL;
    l->g_head = NULL;
    buf_clear(&l->head);
    l->pos = l->need = 0;
    l->next = 0;
}

void loader_close(loader *l) {
    if (!l) return;
    file_clear(l);
    gguf_close(l->meta);
    mem_free(l->meta_head);
    mem_free(l->carry);
    mem_free(l->file_sizes);
    model_close(l->m);
    mem_free(l);
}

const gguf *loader_gguf(const loader *l) { return l->meta; }
const hparams *loader_hparams(const loader *l) { return l->m ? &l->m->hp : NULL; }

void model_close(model *m) {
    if (!m) return;
    slots_clear(m);
    mem_free(m->rope_freq);
    mem_free(m->layers);
    mem_free(m);
}

static int model_begin(loader *l, err *e) {
    const arch *a;
    hparams hp;
    int rc = hparams_read(&hp, &a, l->g, e);
    if (rc) return rc;
    model *m = mem_new(sizeof *m);
    if (!m) return fail(e, ERR_MEMORY, "no memory for the model");
    *m = (model){.arch = a, .hp = hp, .exact = l->opt.exact};
    m->layers = mem_array(hp.n_layer, sizeof *m->layers);
    if (!m->layers) {
        model_close(m);
        return fail(e, ERR_MEMORY, "no memory for the model");
    }
    l->m = m;
    return OK;
}

/* A split model says in each file how many there are and which this is (counted from 0). */
static int check_split(loader *l, err *e) {
    uint64_t n = 1, no = 0;
    int rc = OK;
    if (gguf_get(l->g, "split.count", NULL)) rc = gguf_u64(l->g, "split.count", 0, LOADER_FILES_MAX, &n, e);
    if (!rc && gguf_get(l->g, "split.no", NULL)) rc = gguf_u64(l->g, "split.no", 0, LOADER_FILES_MAX, &no, e);
    if (rc) return rc;
    if (n == 0) n = 1;
    if (n != l->opt.n_files)
        return fail(e, ERR_CORRUPT, "split.count: the model has %llu files, %u were given; give all of them, in order",
                    (unsigned long long)n, (unsigned)l->opt.n_files);
    if (no != l->file)
        return fail(e, ERR_CORRUPT,
                    "split.no: this is file %llu of the model, file %u is wanted here; give them in order",
                    (unsigned long long)no + 1, (unsigned)l->file + 1);
    return OK;
}

/* Every tensor must fit before the first is allocated: a clear refusal beats a failure half way. */
static int check_sizes(const loader *l, err *e) {
    uint64_t sum = 0, bytes;
    for (uint32_t i = 0; i < gguf_tensor_count(l->g); i++) {
        const tensor *t = gguf_tensor(l->g, i);
        bytes = matrix_bytes(t->type, t->dim[1] * t->dim[2] * t->dim[3], t->dim[0]);
        if (!add_u64(sum, bytes, &sum) || sum > SIZE_MAX - (64u << 20))
            return fail(e, ERR_MEMORY,
                        "the model needs %llu MB of memory, more than this build can address; use a smaller one",
                        (unsigned long long)(sum >> 20));
    }
    return OK;
}

/* Padding may follow the last tensor; more is not a model's, and would be read for nothing. */
static int check_end(const loader *l, err *e) {
    uint32_t n = gguf_tensor_count(l->g);
    const tensor *last = n ? gguf_tensor(l->g, n - 1) : NULL;
    uint64_t end = last ? last->offset + last->size : gguf_data_offset(l->g), size = l->file_sizes[l->file];
    if (size - end <= TRAILING_MAX) return OK;
    return fail(e, ERR_CORRUPT, "%llu bytes follow the last tensor; the file is not what it says",
                (unsigned long long)(size - end));
}

/* The head is complete: keeps it, and the bytes after it are the data. */
static int head_done(loader *l, gguf *g, err *e) {
    uint8_t *bytes_kept = l->head.ptr;
    uint64_t behind = l->head.len;
    l->head = (buf){0}; /* its bytes are g's now */
    l->g = g;
    if (l->file == 0) l->meta = g, l->meta_head = bytes_kept;
    else l->g_head = bytes_kept;
    int rc = l->file == 0 ? model_begin(l, e) : OK;
    if (!rc) rc = check_split(l, e);
    if (!rc) rc = check_end(l, e);
    if (!rc) rc = check_sizes(l, e);
    l->n_tensors += gguf_tensor_count(g);
    l->pos = behind;
    return rc;
}

static uint8_t *vector_room(loader *l, const tensor *t) {
    float *v = mem_array((size_t)t->dim[0], sizeof(float));
    if (v) l->m->weights_bytes += t->dim[0] * sizeof(float);
    return (uint8_t *)(*l->to.vec = v);
}

static uint8_t *matrix_room(loader *l, const tensor *t) {
    uint64_t bytes = matrix_bytes(t->type, t->dim[1], t->dim[0]);
    uint8_t *data = bytes && bytes <= SIZE_MAX ? mem_raw((size_t)bytes) : NULL;
    if (data) {
        l->m->weights_bytes += bytes;
        matrix_init(l->to.mat, t->type, (uint32_t)t->dim[1], (uint32_t)t->dim[0], data);
    }
    return data;
}

static int tensor_begin(loader *l, const tensor *t, err *e) {
    int rc = slots_find(&l->to, l->m, t, e);
    if (rc) return rc;
    size_t group = (size_t)tensor_row_bytes(t->type, t->dim[0]) * MATRIX_GROUP;
    mem_free(l->carry);
    l->carry = mem_new(group);
    l->carried = 0;
    l->row = 0;
    if (!l->carry || !(l->to.vec ? vector_room(l, t) : matrix_room(l, t)))
        return fail(e, ERR_MEMORY, "no memory for tensor %.*s (%llu MB); use a smaller model", (int)t->name.len,
                    (const char *)t->name.ptr, (unsigned long long)(t->size >> 20));
    l->m->n_params += t->dim[0] * t->dim[1];
    l->m->n_type[t->type]++;
    return OK;
}

typedef struct pack_job {
    const loader *l;
    const tensor *t;
    const uint8_t *src;
    uint32_t row, n_rows;
    bool finite[POOL_THREADS_MAX];
} pack_job;

/* Part of n rows, whole groups of them: [*from, *to). */
static void rows_part(uint32_t n, int part, int n_parts, uint32_t *from, uint32_t *to) {
    uint64_t groups = (n + MATRIX_GROUP - 1) / MATRIX_GROUP;
    *from = (uint32_t)(groups * (uint64_t)part / (uint64_t)n_parts) * MATRIX_GROUP;
    *to = (uint32_t)(groups * (uint64_t)(part + 1) / (uint64_t)n_parts) * MATRIX_GROUP;
    if (*to > n) *to = n;
}

static void pack_part(void *ctx, int part, int n_parts) {
    pack_job *j = ctx;
    uint32_t from, to;
    size_t row_bytes = (size_t)tensor_row_bytes(j->t->type, j->t->dim[0]);
    rows_part(j->n_rows, part, n_parts, &from, &to);
    const uint8_t *src = j->src + from * row_bytes;
    j->finite[part] = true;
    if (to <= from) return;
    if (j->l->opt.check) j->finite[part] = quant_of(j->t->type)->finite(src, (size_t)(to - from) * j->t->dim[0]);
    matrix_pack(j->l->to.mat, j->row + from, to - from, src);
}

/* Takes n_rows whole rows. Vectors are always checked: they are few, and one NaN spoils every answer. */
static int take_rows(loader *l, const tensor *t, const uint8_t *src, uint32_t n_rows, err *e) {
    const quant *q = quant_of(t->type);
    bool finite = true;
    if (l->to.vec) {
        finite = q->finite(src, (size_t)t->dim[0]);
        q->dequantize(*l->to.vec, src, (size_t)t->dim[0]);
    } else {
        pack_job j = {.l = l, .t = t, .src = src, .row = l->row, .n_rows = n_rows};
        pool_run(l->opt.pool, pack_part, &j);
        for (int i = 0; i < pool_threads(l->opt.pool); i++) finite = finite && j.finite[i];
    }
    l->row += n_rows;
    if (finite) return OK;
    return fail(e, ERR_CORRUPT, "tensor %.*s: a weight is not a finite number", (int)t->name.len,
                (const char *)t->name.ptr);
}

/* Bytes of the tensor under way: whole groups of rows go straight on, the rest is carried. */
static int tensor_bytes(loader *l, const tensor *t, bytes b, err *e) {
    size_t row = (size_t)tensor_row_bytes(t->type, t->dim[0]), group = row * MATRIX_GROUP;
    uint64_t left = (t->dim[1] - l->row) * row; /* of the tensor, the carried included */
    int rc = OK;
    while (b.len && !rc) {
        size_t unit = left < group ? (size_t)left : group;
        if (l->carried || b.len < unit) {
            size_t n = unit - l->carried < b.len ? unit - l->carried : b.len;
            memcpy(l->carry + l->carried, b.ptr, n);
            l->carried += n;
            b = bytes_of(b.ptr + n, b.len - n);
            if (l->carried < unit) return OK;
            l->carried = 0;
            rc = take_rows(l, t, l->carry, (uint32_t)(unit / row), e);
            left -= unit;
        } else {
            size_t n = b.len >= left ? (size_t)left : b.len / group * group;
            rc = take_rows(l, t, b.ptr, (uint32_t)(n / row), e);
            b = bytes_of(b.ptr + n, b.len - n);
            left -= n;
        }
    }
    return rc;
}

/* Data of the current file, beginning at l->pos. */
static int take_data(loader *l, bytes b, err *e) {
    while (b.len) {
        const tensor *t = l->next < gguf_tensor_count(l->g) ? gguf_tensor(l->g, l->next) : NULL;
        uint64_t until = !t ? UINT64_MAX : l->pos < t->offset ? t->offset : t->offset + t->size;
        size_t n = until - l->pos < b.len ? (size_t)(until - l->pos) : b.len;
        if (t && l->pos >= t->offset) {
            int rc = l->pos == t->offset ? tensor_begin(l, t, e) : OK;
            if (!rc) rc = tensor_bytes(l, t, bytes_of(b.ptr, n), e);
            if (rc) return rc;
            if (l->pos + n == t->offset + t->size) l->next++;
        }
        l->pos += n;
        b = bytes_of(b.ptr + n, b.len - n);
    }
    return OK;
}

/* Bytes of the head, perhaps with the first of the data behind them. */
static int take_head(loader *l, bytes b, err *e) {
    gguf *g;
    uint64_t size = l->file_sizes[l->file], need;
    buf_put(&l->head, b.ptr, b.len);
    int rc = buf_status(&l->head, e);
    if (rc || (l->head.len < l->need && l->head.len < size)) return rc;
    rc = gguf_open(&g, buf_view(&l->head), size, &need, e);
    if (rc && need && l->head.len < size) {
        /* twice as much at least, so that opening again and again stays linear */
        uint64_t twice = 2 * (uint64_t)l->head.len;
        if (twice > GGUF_HEAD_MAX) twice = GGUF_HEAD_MAX;
        l->need = need > twice ? need : twice;
        return fail(e, OK, "");
    }
    if (rc) return rc;
    uint64_t data = gguf_data_offset(g), have = l->head.len;
    rc = head_done(l, g, e);
    if (rc || have <= data) return rc;
    const uint8_t *kept = l->file == 0 ? l->meta_head : l->g_head;
    l->pos = data;
    return take_data(l, bytes_of(kept + data, (size_t)(have - data)), e);
}

int loader_push(loader *l, bytes piece, err *e) {
    while (piece.len) {
        if (l->file >= l->opt.n_files) return fail(e, ERR_CORRUPT, "more bytes than the files were said to have");
        uint64_t taken = l->g ? l->pos : l->head.len, left = l->file_sizes[l->file] - taken;
        size_t n = left < piece.len ? (size_t)left : piece.len;
        bytes b = bytes_of(piece.ptr, n);
        int rc = l->g ? take_data(l, b, e) : take_head(l, b, e);
        if (rc) return rc;
        piece = bytes_of(piece.ptr + n, piece.len - n);
        if (n < left) continue;
        if (!l->g || l->next < gguf_tensor_count(l->g))
            return fail(e, ERR_CORRUPT, "the file ends before its last tensor");
        file_clear(l);
        l->file++;
    }
    return OK;
}

int loader_end(loader *l, model **out, gguf **meta, uint8_t **head, err *e) {
    uint64_t n;
    if (l->file < l->opt.n_files)
        return fail(e, ERR_CORRUPT, "the model is incomplete: %llu of %llu bytes of file %u were read",
                    (unsigned long long)(l->g ? l->pos : l->head.len), (unsigned long long)l->file_sizes[l->file],
                    (unsigned)l->file + 1);
    int rc = OK;
    if (gguf_get(l->meta, "split.tensors.count", NULL)) {
        rc = gguf_u64(l->meta, "split.tensors.count", 0, UINT32_MAX, &n, e);
        if (!rc && n != l->n_tensors)
            rc = fail(e, ERR_CORRUPT, "split.tensors.count: %llu, but the files have %llu", (unsigned long long)n,
                      (unsigned long long)l->n_tensors);
    }
    if (!rc) rc = slots_complete(l->m, e);
    for (uint32_t i = 0; !rc && l->m->rope_factors && i < l->m->hp.rope_dim / 2; i++)
        if (!(l->m->rope_factors[i] > 0))
            rc = fail(e, ERR_CORRUPT, "tensor rope_freqs.weight: a factor is not positive");
    if (!rc) rc = hparams_rope(l->m, e);
    if (rc) return rc;
    *out = l->m;
    *meta = l->meta;
    *head = l->meta_head;
    l->m = NULL;
    l->meta = NULL;
    l->meta_head = NULL;
    return OK;
}
