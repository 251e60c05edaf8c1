/* Writes a model as its file. */
#include "tiny.h"

#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "base/utf8.h"
#include "tensor/gguf.h"
#include "tensor/quant.h"

static const char chatml[] =
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

static void put_u32(buf *b, uint32_t v) { buf_put(b, &v, sizeof v); }
static void put_u64(buf *b, uint64_t v) { buf_put(b, &v, sizeof v); }
static void put_str(buf *b, const char *s) {
    put_u64(b, strlen(s));
    buf_str(b, s);
}

/* Keys are counted as they are written. */
typedef struct keys {
    buf b;
    uint64_t n;
} keys;

static void key(keys *k, const char *name, enum gguf_type type) {
    put_str(&k->b, name);
    put_u32(&k->b, type);
    k->n++;
}
static void key_u32(keys *k, const char *arch, const char *name, uint32_t v) {
    char full[96];
    snprintf(full, sizeof full, "%s%s%s", arch, *arch ? "." : "", name);
    key(k, full, GGUF_U32);
    put_u32(&k->b, v);
}
static void key_f32(keys *k, const char *arch, const char *name, float v) {
    char full[96];
    snprintf(full, sizeof full, "%s.%s", arch, name);
    key(k, full, GGUF_F32);
    buf_put(&k->b, &v, sizeof v);
}
static void key_str(keys *k, const char *name, const char *v) {
    key(k, name, GGUF_STRING);
    put_str(&k->b, v);
}
static void key_array(keys *k, const char *name, enum gguf_type item, uint64_t n) {
    key(k, name, GGUF_ARRAY);
    put_u32(&k->b, item);
    put_u64(&k->b, n);
}

/* GPT-2's printable stand-in for a byte: itself where it is printable Latin-1, else 256 and up in order. */
static uint32_t byte_char(int byte) {
    uint32_t next = 256;
    for (int i = 0; i < 256; i++) {
        bool printable = (i >= 33 && i <= 126) || (i >= 161 && i <= 172) || i >= 174;
        if (i == byte) return printable ? (uint32_t)i : next;
        if (!printable) next++;
    }
    return 0;
}

static void vocabulary(keys *k, const char *pre) {
    static const char *const controls[] = {"<|endoftext|>", "<|im_start|>", "<|im_end|>"};
    static const char *const merged[] = {"th", "he", "in", "the"}, *const merges[] = {"t h", "h e", "i n", "th e"};
    key_str(k, "tokenizer.ggml.model", "gpt2");
    key_str(k, "tokenizer.ggml.pre", pre);
    key_array(k, "tokenizer.ggml.tokens", GGUF_STRING, TINY_VOCAB);
    for (int i = 0; i < 3; i++) put_str(&k->b, controls[i]);
    for (int i = 0; i < 256; i++) {
        uint8_t c[4];
        size_t n = utf8_encode(c, byte_char(i));
        put_u64(&k->b, n);
        buf_put(&k->b, c, n);
    }
    for (int i = 0; i < 4; i++) put_str(&k->b, merged[i]);
    key_array(k, "tokenizer.ggml.token_type", GGUF_I32, TINY_VOCAB);
    for (int i = 0; i < TINY_VOCAB; i++) put_u32(&k->b, i < 3 ? 3 : 1);
    key_array(k, "tokenizer.ggml.merges", GGUF_STRING, 4);
    for (int i = 0; i < 4; i++) put_str(&k->b, merges[i]);
    key_u32(k, "", "tokenizer.ggml.bos_token_id", 1);
    key_u32(k, "", "tokenizer.ggml.eos_token_id", 2);
}

static void metadata(keys *k, const tiny *t) {
    const char *arch = t->arch ? t->arch : "llama";
    key_str(k, "general.architecture", arch);
    key_str(k, "general.name", "tiny");
    key_u32(k, arch, "block_count", t->n_layer ? (uint32_t)t->n_layer : 2);
    key_u32(k, arch, "context_length", t->context ? (uint32_t)t->context : 256);
    key_u32(k, arch, "embedding_length", TINY_EMBD);
    key_u32(k, arch, "feed_forward_length", TINY_FF);
    key_u32(k, arch, "attention.head_count", TINY_HEADS);
    key_u32(k, arch, "attention.head_count_kv", TINY_KV_HEADS);
    key_f32(k, arch, "attention.layer_norm_rms_epsilon", 1e-5f);
    key_f32(k, arch, "rope.freq_base", 10000);
    vocabulary(k, t->pre ? t->pre : "smollm");
    key_str(k, "tokenizer.chat_template", t->tpl ? t->tpl : chatml);
    if (t->split) {
        key_u32(k, "", "split.count", 2);
        key_u32(k, "", "split.no", (uint32_t)t->split - 1);
    }
}

/* One block of 32 values of about -1..1 in a type's format. */
static void block(buf *b, enum tensor_type type, rng *r, float scale) {
    uint16_t d = f32_to_f16(type == TENSOR_Q8_0 ? scale / 127 : scale / 8), m = f32_to_f16(-scale);
    if (type == TENSOR_F32) {
        for (int i = 0; i < 32; i++) {
            float v = (float)(rng_uniform(r) * 2 - 1) * scale;
            buf_put(b, &v, sizeof v);
        }
        return;
    }
    buf_put(b, &d, sizeof d);
    if (type == TENSOR_Q4_1) buf_put(b, &m, sizeof m);
    for (int i = 0; i < (type == TENSOR_Q8_0 ? 32 : 16); i++) {
        uint8_t q = (uint8_t)(rng_next(r) >> 32);
        buf_byte(b, type == TENSOR_Q8_0 && q == 128 ? 0 : q);
    }
}

/* The file's tensors: table and data. */
typedef struct tensors {
    buf table, data;
    uint64_t n, seen;
    rng r;
    const tiny *t;
} tensors;

static void add(tensors *w, const char *name, enum tensor_type type, uint64_t cols, uint64_t rows, float scale) {
    rng r = w->r; /* a tensor's values depend on its place alone, so that split and whole files agree */
    rng_init(&w->r, rng_next(&r));
    bool second = w->seen++ >= 9;
    if ((w->t->split && (w->t->split == 2) != second) || (w->t->leave_out && !strcmp(name, w->t->leave_out))) return;
    put_str(&w->table, name);
    put_u32(&w->table, rows > 1 ? 2 : 1);
    put_u64(&w->table, cols);
    if (rows > 1) put_u64(&w->table, rows);
    put_u32(&w->table, type);
    while (w->data.len % 32) buf_byte(&w->data, 0);
    put_u64(&w->table, w->data.len);
    for (uint64_t i = 0; i < cols / 32 * rows; i++) block(&w->data, type, &r, scale);
    w->n++;
}

static void add_layer(tensors *w, int l) {
    static const struct {
        const char *name;
        int cols, rows;
    } all[] = {{"attn_norm", TINY_EMBD, 1},           {"attn_q", TINY_EMBD, TINY_EMBD},
               {"attn_k", TINY_EMBD, TINY_EMBD / 2},  {"attn_v", TINY_EMBD, TINY_EMBD / 2},
               {"attn_output", TINY_EMBD, TINY_EMBD}, {"ffn_norm", TINY_EMBD, 1},
               {"ffn_gate", TINY_EMBD, TINY_FF},      {"ffn_up", TINY_EMBD, TINY_FF},
               {"ffn_down", TINY_FF, TINY_EMBD}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char name[64];
        snprintf(name, sizeof name, "blk.%d.%s.weight", l, all[i].name);
        add(w, name, all[i].rows > 1 ? w->t->type : TENSOR_F32, (uint64_t)all[i].cols, (uint64_t)all[i].rows,
            all[i].rows > 1 ? 0.3f : 1);
    }
}

void tiny_write(buf *out, const tiny *t) {
    keys k = {0};
    tensors w = {.t = t};
    size_t start = out->len;
    rng_init(&w.r, t->seed);
    metadata(&k, t);
    add(&w, "token_embd.weight", t->type, TINY_EMBD, TINY_VOCAB, 1);
    for (int l = 0; l < (t->n_layer ? t->n_layer : 2); l++) add_layer(&w, l);
    add(&w, "output_norm.weight", TENSOR_F32, TINY_EMBD, 1, 1);
    if (t->poison != 0) memcpy(w.data.ptr + w.data.len - TINY_EMBD * sizeof(float), &t->poison, sizeof t->poison);
    buf_str(out, "GGUF");
    put_u32(out, 3);
    put_u64(out, w.n);
    put_u64(out, k.n);
    buf_bytes(out, buf_view(&k.b));
    buf_bytes(out, buf_view(&w.table));
    while ((out->len - start) % 32) buf_byte(out, 0);
    buf_bytes(out, buf_view(&w.data));
    buf_clear(&k.b);
    buf_clear(&w.table);
    buf_clear(&w.data);
}

int tiny_load_file(oa *o, bytes file, size_t piece, const char *more_options) {
    char options[256];
    snprintf(options, sizeof options, "{\"files\":[%llu]%s}", (unsigned long long)file.len,
             more_options ? more_options : "");
    int rc = oa_load_begin(o, options, strlen(options));
    for (size_t at = 0; !rc && at < file.len; at += piece) {
        size_t n = file.len - at < piece ? file.len - at : piece;
        uint8_t *room = oa_load_room(o, n);
        if (!room) rc = ERR_MEMORY;
        else memcpy(room, file.ptr + at, n);
        if (!rc) rc = oa_load_push(o, n);
    }
    return rc ? rc : oa_load_end(o);
}

int tiny_load(oa *o, const tiny *t, size_t piece, const char *more_options) {
    buf file = {0};
    tiny_write(&file, t);
    int rc = buf_status(&file, NULL);
    if (!rc) rc = tiny_load_file(o, bytes_of(file.ptr, file.len), piece, more_options);
    buf_clear(&file);
    return rc;
}
