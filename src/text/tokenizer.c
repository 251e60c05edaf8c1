/* Byte-level BPE: vocabulary and special tokens from the metadata, text to ids and back. Pieces come from pretok.c, merging is bpe.c's. */
#include "text/tokenizer.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "text/bpe_impl.h"
#include "text/pretok_impl.h"

enum {
    VOCAB_MAX = 1 << 21,
    TOKEN_BYTES_MAX = 1 << 16,
    SPECIAL_BYTES_MAX = 255, /* longer special tokens are never found in text */
    ENDS_MAX = 16,
    TYPE_NORMAL = 1,
    TYPE_CONTROL = 3,
    TYPE_USER = 4,
    BYTE_CHARS = 256 + 68 /* GPT-2 shows 68 bytes as the code points from 256 on */
};

struct tokenizer {
    int n;
    bytes *piece;      /* [n], borrowed from the metadata */
    uint8_t *type;     /* [n] */
    map *ids;          /* piece to id */
    merges merges;
    const pretok *pre;
    classes classes;
    tok_special special;
    int32_t byte_id[256];          /* TOK_NONE where the vocabulary lacks a byte */
    int16_t char_byte[BYTE_CHARS]; /* what a code point of a piece stands for; -1: itself */
    uint8_t lengths[256][32];      /* by first byte: bit i is set where a special token of i bytes begins so */
    int end[ENDS_MAX], n_ends;
};

/* ---- Ids ---- */

void ids_clear(ids *a) {
    mem_free(a->id);
    *a = (ids){0};
}

static int ids_room(ids *a, size_t more, err *e) {
    if (more <= a->cap - a->n) return OK;
    size_t cap = a->n + more < 2 * a->cap ? 2 * a->cap : a->n + more + 64;
    int32_t *id = mem_grow(a->id, cap * sizeof *id);
    if (!id) return fail(e, ERR_MEMORY, "no memory for %llu tokens", (unsigned long long)cap);
    a->id = id;
    a->cap = cap;
    return OK;
}

int ids_add(ids *a, int32_t id, err *e) {
    int rc = ids_room(a, 1, e);
    if (!rc) a->id[a->n++] = id;
    return rc;
}

/* ---- Opening ---- */

static int read_array(const gguf *g, const char *key, enum gguf_type item, uint64_t most, gguf_value *v, err *e) {
    if (!gguf_get(g, key, v)) return fail(e, ERR_CORRUPT, "%s is missing", key);
    if (v->type != GGUF_ARRAY || v->item != item || v->n > most) return fail(e, ERR_CORRUPT, "%s: not an array of the right type and length", key);
    return OK;
}

static int read_vocabulary(tokenizer *t, const gguf *g, uint64_t seed, err *e) {
    gguf_value v;
    size_t at = 0;
    int rc = read_array(g, "tokenizer.ggml.tokens", GGUF_STRING, VOCAB_MAX, &v, e);
    if (rc) return rc;
    if (v.n < 1) return fail(e, ERR_CORRUPT, "tokenizer.ggml.tokens: no tokens");
    t->n = (int)v.n;
    t->piece = mem_array((size_t)t->n, sizeof *t->piece);
    t->type = mem_array((size_t)t->n, 1);
    if (!t->piece || !t->type) return fail(e, ERR_MEMORY, "no memory for the tokenizer");
    rc = map_open(&t->ids, (size_t)t->n, seed, e);
    for (int i = 0; i < t->n && !rc; i++) {
        if (!gguf_next_str(&v, &at, &t->piece[i]) || t->piece[i].len > TOKEN_BYTES_MAX)
            return fail(e, ERR_CORRUPT, "tokenizer.ggml.tokens: token %d is longer than %d bytes", i, TOKEN_BYTES_MAX);
        rc = map_put(t->ids, t->piece[i], (uint32_t)i, NULL, e);
        t->type[i] = TYPE_NORMAL;
    }
    return rc;
}

/* Types are optional; where they are given there is one for each token. */
static int read_types(tokenizer *t, const gguf *g, err *e) {
    gguf_value v;
    if (!gguf_get(g, "tokenizer.ggml.token_type", NULL)) return OK;
    int rc = read_array(g, "tokenizer.ggml.token_type", GGUF_I32, VOCAB_MAX, &v, e);
    if (rc) return rc;
    if (v.n != (uint64_t)t->n)
        return fail(e, ERR_CORRUPT, "tokenizer.ggml.token_type: %llu types for %d tokens", (unsigned long long)v.n, t->n);
    for (int i = 0; i < t->n; i++) {
        double type = gguf_item(&v, (uint64_t)i);
        if (!(type >= 0 && type <= 6)) return fail(e, ERR_CORRUPT, "tokenizer.ggml.token_type: token %d has type %g", i, type);
        t->type[i] = (uint8_t)type;
    }
    return OK;
}

static bool is_special(const tokenizer *t, int id) { return t->type[id] == TYPE_CONTROL || t->type[id] == TYPE_USER; }

static void note_lengths(tokenizer *t) {
    for (int i = 0; i < t->n; i++)
        if (is_special(t, i) && t->piece[i].len && t->piece[i].len <= SPECIAL_BYTES_MAX)
            t->lengths[t->piece[i].ptr[0]][t->piece[i].len / 8] |= (uint8_t)(1 << t->piece[i].len % 8);
}

/* "a b" at rank i says that a and b become ab. Merges of tokens that the vocabulary lacks can never happen. */
static int read_merges(tokenizer *t, const gguf *g, uint64_t seed, err *e) {
    gguf_value v;
    bytes s;
    size_t at = 0;
    buf joined = {0};
    int rc = read_array(g, "tokenizer.ggml.merges", GGUF_STRING, VOCAB_MAX, &v, e);
    if (!rc) rc = merges_init(&t->merges, (size_t)v.n, seed, e);
    for (uint32_t i = 0; !rc && gguf_next_str(&v, &at, &s); i++) {
        const uint8_t *space = s.len > 1 ? memchr(s.ptr + 1, ' ', s.len - 1) : NULL;
        if (!space || space + 1 == s.ptr + s.len || s.len > 2 * TOKEN_BYTES_MAX) {
            rc = fail(e, ERR_CORRUPT, "tokenizer.ggml.merges: merge %u is not two tokens with a space between them", (unsigned)i);
            break;
        }
        size_t n = (size_t)(space - s.ptr);
        bytes left = bytes_of(s.ptr, n), right = bytes_of(space + 1, s.len - n - 1);
        buf_reset(&joined);
        buf_bytes(&joined, left);
        buf_bytes(&joined, right);
        rc = buf_status(&joined, e);
        int a = tok_find(t, left), b = tok_find(t, right), ab = rc ? TOK_NONE : tok_find(t, buf_view(&joined));
        if (a != TOK_NONE && b != TOK_NONE && ab != TOK_NONE) merges_put(&t->merges, a, b, i, ab);
    }
    buf_clear(&joined);
    return rc;
}

static bool shown_as_itself(int byte) { return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174; }

/* GPT-2's bytes_to_unicode: printable Latin-1 is itself, the other bytes are 256, 257 ... in order. */
static void map_bytes(tokenizer *t) {
    int next = 256;
    memset(t->char_byte, -1, sizeof t->char_byte);
    for (int byte = 0; byte < 256; byte++) {
        uint8_t c[4];
        int code = shown_as_itself(byte) ? byte : next++;
        t->char_byte[code] = (int16_t)byte;
        t->byte_id[byte] = tok_find(t, bytes_of(c, utf8_encode(c, (uint32_t)code)));
    }
}

static int read_id(const tokenizer *t, const gguf *g, const char *key, int *out, err *e) {
    uint64_t v;
    *out = TOK_NONE;
    if (!gguf_get(g, key, NULL)) return OK;
    int rc = gguf_u64(g, key, 0, UINT64_MAX, &v, e);
    if (rc) return rc;
    if (v == UINT32_MAX) return OK; /* how files say "none" */
    if (v >= (uint64_t)t->n) return fail(e, ERR_CORRUPT, "%s: %llu, but there are %d tokens", key, (unsigned long long)v, t->n);
    *out = (int)v;
    return OK;
}

static int read_specials(tokenizer *t, const gguf *g, err *e) {
    tok_special *s = &t->special;
    int rc = read_id(t, g, "tokenizer.ggml.bos_token_id", &s->bos, e);
    if (!rc) rc = read_id(t, g, "tokenizer.ggml.eos_token_id", &s->eos, e);
    if (!rc) rc = read_id(t, g, "tokenizer.ggml.eot_token_id", &s->eot, e);
    if (!rc) rc = read_id(t, g, "tokenizer.ggml.unknown_token_id", &s->unk, e);
    if (!rc) rc = read_id(t, g, "tokenizer.ggml.padding_token_id", &s->pad, e);
    s->add_bos = gguf_bool(g, "tokenizer.ggml.add_bos_token", t->pre->whole_words); /* Llama 3 adds it unless told otherwise */
    s->add_eos = gguf_bool(g, "tokenizer.ggml.add_eos_token", false);
    s->add_space_prefix = gguf_bool(g, "tokenizer.ggml.add_space_prefix", false);
    return rc;
}

static void add_end(tokenizer *t, int id) {
    if (id != TOK_NONE && t->n_ends < ENDS_MAX && !tok_is_end(t, id)) t->end[t->n_ends++] = id;
}

/* Models often name one end in their metadata and use another in chat. */
static void find_ends(tokenizer *t) {
    static const char *const names[] = {"<|im_end|>",   "<|eot_id|>", "<|eom_id|>",        "<|end|>",        "<end_of_turn>",
                                        "<|endoftext|>", "</s>",       "<|end_of_text|>", "<|end_of_turn|>", "<|return|>"};
    add_end(t, t->special.eos);
    add_end(t, t->special.eot);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int id = tok_find(t, bytes_str(names[i]));
        if (id != TOK_NONE && t->type[id] == TYPE_CONTROL) add_end(t, id);
    }
}

static int check_kind(tokenizer *t, const gguf *g, err *e) {
    bytes model, pre = bytes_str("gpt-2");
    int rc = gguf_str(g, "tokenizer.ggml.model", &model, e);
    if (rc) return rc;
    if (!bytes_is(model, "gpt2"))
        return fail(e, ERR_UNSUPPORTED, "tokenizer.ggml.model: \"%.*s\" is not supported (there is: gpt2, byte-level BPE)",
                    (int)(model.len < 32 ? model.len : 32), (const char *)model.ptr);
    if (gguf_get(g, "tokenizer.ggml.pre", NULL)) rc = gguf_str(g, "tokenizer.ggml.pre", &pre, e);
    t->pre = pretok_find(pre);
    if (!rc && !t->pre)
        rc = fail(e, ERR_UNSUPPORTED, "tokenizer.ggml.pre: \"%.*s\" is not supported", (int)(pre.len < 64 ? pre.len : 64), (const char *)pre.ptr);
    return rc;
}

int tok_open(tokenizer **out, const gguf *g, err *e) {
    tokenizer *t = mem_new(sizeof *t);
    if (!t) return fail(e, ERR_MEMORY, "no memory for the tokenizer");
    /* a seed that a file cannot know beforehand: where the tables happen to lie */
    uint64_t seed = (uint64_t)(uintptr_t)t * 0x9e3779b97f4a7c15u;
    int rc = check_kind(t, g, e);
    if (!rc) rc = classes_init(&t->classes, e);
    if (!rc) rc = read_vocabulary(t, g, seed, e);
    if (!rc) rc = read_types(t, g, e);
    if (!rc) rc = read_merges(t, g, seed, e);
    if (!rc) rc = read_specials(t, g, e);
    if (rc) {
        tok_close(t);
        return rc;
    }
    map_bytes(t);
    note_lengths(t);
    find_ends(t);
    *out = t;
    return OK;
}

void tok_close(tokenizer *t) {
    if (!t) return;
    mem_free(t->piece);
    mem_free(t->type);
    map_close(t->ids);
    merges_clear(&t->merges);
    classes_clear(&t->classes);
    mem_free(t);
}

/* ---- Asking ---- */

int tok_count(const tokenizer *t) { return t->n; }
const tok_special *tok_specials(const tokenizer *t) { return &t->special; }
bool tok_is_control(const tokenizer *t, int id) { return id >= 0 && id < t->n && t->type[id] == TYPE_CONTROL; }
bytes tok_piece(const tokenizer *t, int id) { return id >= 0 && id < t->n ? t->piece[id] : bytes_of("", 0); }

int tok_find(const tokenizer *t, bytes piece) {
    uint32_t id = map_get(t->ids, piece);
    return id == MAP_NONE ? TOK_NONE : (int)id;
}

bool tok_is_end(const tokenizer *t, int id) {
    for (int i = 0; i < t->n_ends; i++)
        if (t->end[i] == id) return true;
    return false;
}

/* ---- Special tokens in text ---- */

/* The longest special token of the types wanted that begins at `at`; TOK_NONE if none. */
static int special_at(const tokenizer *t, bytes text, size_t at, bool control, bool user) {
    const uint8_t *lengths = t->lengths[text.ptr[at]];
    size_t left = text.len - at;
    for (size_t n = left < SPECIAL_BYTES_MAX ? left : SPECIAL_BYTES_MAX; n > 0; n--) {
        if (!lengths[n / 8]) {
            n &= ~(size_t)7; /* none of these eight */
            if (!n) break;
            continue;
        }
        if (!(lengths[n / 8] >> n % 8 & 1)) continue;
        int id = tok_find(t, bytes_of(text.ptr + at, n));
        if (id != TOK_NONE && ((control && t->type[id] == TYPE_CONTROL) || (user && t->type[id] == TYPE_USER))) return id;
    }
    return TOK_NONE;
}

void tok_shield(const tokenizer *t, bytes text, buf *out) {
    buf clean = {0};
    utf8_clean(&clean, text);
    bytes s = buf_view(&clean);
    for (size_t i = 0; i < s.len; i++) {
        if (special_at(t, s, i, true, false) != TOK_NONE) buf_byte(out, TOK_SHIELD);
        buf_byte(out, s.ptr[i]);
    }
    if (clean.bad) out->bad = clean.bad;
    buf_clear(&clean);
}

/* ---- Encoding ---- */

typedef struct encoder {
    const tokenizer *t;
    bpe bpe;
    buf plain; /* text without shields */
    buf shown; /* a piece as the vocabulary writes it */
    ids *out;
} encoder;

/* The piece as one token, where the vocabulary has it and the tokenizer does not merge such pieces. */
static int whole_word(encoder *x, bytes word) {
    buf_reset(&x->shown);
    for (size_t i = 0; i < word.len; i++)
        if (x->t->byte_id[word.ptr[i]] != TOK_NONE) buf_bytes(&x->shown, x->t->piece[x->t->byte_id[word.ptr[i]]]);
    return x->shown.bad ? TOK_NONE : tok_find(x->t, buf_view(&x->shown));
}

/* One piece: its bytes as tokens, merged. Bytes that the vocabulary lacks are left out, as in transformers. */
static int encode_word(encoder *x, bytes word, err *e) {
    int whole = x->t->pre->whole_words && word.len > 1 && word.len < 256 ? whole_word(x, word) : TOK_NONE;
    if (whole != TOK_NONE) return ids_add(x->out, whole, e);
    int rc = ids_room(x->out, word.len, e);
    if (rc) return rc;
    int32_t *id = x->out->id + x->out->n;
    size_t n = 0;
    for (size_t i = 0; i < word.len; i++)
        if (x->t->byte_id[word.ptr[i]] != TOK_NONE) id[n++] = x->t->byte_id[word.ptr[i]];
    rc = bpe_merge(&x->bpe, &x->t->merges, id, &n, e);
    if (!rc) x->out->n += n;
    return rc;
}

/* Text between special tokens. */
static int encode_plain(encoder *x, bytes text, bool shields, err *e) {
    int rc = OK;
    if (shields && text.len && memchr(text.ptr, TOK_SHIELD, text.len)) {
        buf_reset(&x->plain);
        for (size_t i = 0; i < text.len; i++)
            if (text.ptr[i] != TOK_SHIELD) buf_byte(&x->plain, text.ptr[i]);
        rc = buf_status(&x->plain, e);
        text = buf_view(&x->plain);
    }
    for (size_t at = 0, end; !rc && at < text.len; at = end) {
        end = pretok_next(x->t->pre, &x->t->classes, text, at);
        rc = encode_word(x, bytes_of(text.ptr + at, end - at), e);
    }
    return rc;
}

int tok_encode(const tokenizer *t, bytes text, bool specials, ids *out, err *e) {
    encoder x = {.t = t, .out = out};
    size_t start = 0, before = out->n;
    int rc = text.len >= 1u << 30 ? fail(e, ERR_TOO_LONG, "the text has a gigabyte or more") : OK;
    for (size_t i = 0; !rc && i < text.len;) {
        bool shielded = specials && i > 0 && text.ptr[i - 1] == TOK_SHIELD;
        int id = shielded ? TOK_NONE : special_at(t, text, i, specials, true);
        if (id == TOK_NONE) {
            i++;
            continue;
        }
        rc = encode_plain(&x, bytes_of(text.ptr + start, i - start), specials, e);
        if (!rc) rc = ids_add(out, id, e);
        start = i += t->piece[id].len;
    }
    if (!rc) rc = encode_plain(&x, bytes_of(text.ptr + start, text.len - start), specials, e);
    if (rc) out->n = before;
    bpe_clear(&x.bpe);
    buf_clear(&x.plain);
    buf_clear(&x.shown);
    return rc;
}

/* ---- Decoding ---- */

void tok_decode(const tokenizer *t, int id, bool specials, buf *out) {
    if (id < 0 || id >= t->n || (t->type[id] == TYPE_CONTROL && !specials)) return;
    bytes s = t->piece[id];
    if (is_special(t, id)) {
        buf_bytes(out, s);
        return;
    }
    for (size_t used; s.len; s = bytes_of(s.ptr + used, s.len - used)) {
        uint32_t c = utf8_decode(s, &used);
        if (c < BYTE_CHARS && t->char_byte[c] >= 0) buf_byte(out, (uint8_t)t->char_byte[c]);
        else buf_put(out, s.ptr, used);
    }
}
