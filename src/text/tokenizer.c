/* The tokenizer: what the metadata says of it, and the way of a text through its parts. A text is cut at special tokens
 * (special.c); what lies between is brought to NFC where the model's tokenizer does so (unicode.c), cut into pieces
 * (pretok.c), and each piece becomes tokens (bpe.c). */
#include "text/tokenizer.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "text/bpe_impl.h"
#include "text/pretok_impl.h"
#include "text/special_impl.h"
#include "text/tokenizer_impl.h"
#include "text/unicode_impl.h"

enum { TEXT_MAX = 1 << 30 };
static const bytes none;

struct tokenizer {
    vocab vocab;
    bpe bpe;
    const pretok *pretok;
    special_set special, control; /* all that text can become; those that users must not write */
    uint8_t *ends;                /* [vocab.n], 1: ends a turn */
    tok_special named;
};

/* ---- Opening ---- */

/* Tokens that end a turn by their text, unless the vocabulary also has `unless`: there they only end a part of it. */
static const struct end_text {
    const char *text, *unless;
} end_texts[] = {
    {"<|im_end|>", NULL},
    {"<|eot_id|>", NULL},
    {"<|eom_id|>", NULL},
    {"<|end|>", "<|call|>"},
    {"<|return|>", NULL},
    {"<|call|>", NULL},
    {"<|flush|>", NULL},
    {"<|calls|>", NULL},
    {"<end_of_turn>", NULL},
    {"<turn|>", NULL},
    {"<|endoftext|>", NULL},
    {"<|end_of_text|>", NULL},
    {"<|END_OF_TURN_TOKEN|>", NULL},
    {"<end_of_utterance>", NULL},
    {"<EOT>", NULL},
    {"_<EOT>", NULL},
    {"[EOT]", NULL},
    {"[EOS]", NULL},
    {"<eos>", NULL},
    {"</s>", "<|tool_response>"},
    {"<\xef\xbd\x9c"
     "end\xe2\x96\x81of\xe2\x96\x81sentence\xef\xbd\x9c>",
     NULL},
    {"[e~[", NULL},
    {"<|tool_response>", NULL},
};

static int read_model(const gguf *g, err *e) {
    bytes name;
    int rc = gguf_str(g, "tokenizer.ggml.model", &name, e);
    if (rc || bytes_is(name, "gpt2")) return rc;
    return fail(e, ERR_UNSUPPORTED, "tokenizer.ggml.model \"%.*s\" is not supported, only \"gpt2\" (byte-level BPE)",
                (int)(name.len < 64 ? name.len : 64), (const char *)name.ptr);
}

static int read_pretok(tokenizer *t, const gguf *g, const char *instead, err *e) {
    gguf_value v;
    bytes name = bytes_str(instead ? instead : "default");
    if (!instead && gguf_get(g, "tokenizer.ggml.pre", &v)) {
        int rc = gguf_str(g, "tokenizer.ggml.pre", &name, e);
        if (rc) return rc;
    }
    t->pretok = pretok_find(name);
    if (t->pretok) return OK;
    return fail(e, ERR_UNSUPPORTED, "tokenizer.ggml.pre \"%.*s\": this pre-tokenizer is not supported",
                (int)(name.len < 64 ? name.len : 64), (const char *)name.ptr);
}

/* The token that a key names; *id stays TOK_NONE where the key is absent. */
static int read_id(const tokenizer *t, const gguf *g, const char *key, int *id, err *e) {
    gguf_value v;
    uint64_t n;
    *id = TOK_NONE;
    if (!gguf_get(g, key, &v)) return OK;
    int rc = gguf_u64(g, key, 0, t->vocab.n - 1, &n, e);
    if (!rc) *id = (int)n;
    return rc;
}

static void mark_end(tokenizer *t, int id) {
    if (id != TOK_NONE) t->ends[id] = 1;
}

static int read_named(tokenizer *t, const gguf *g, err *e) {
    tok_special *s = &t->named;
    int eom, rc = read_id(t, g, "tokenizer.ggml.bos_token_id", &s->bos, e);
    if (!rc) rc = read_id(t, g, "tokenizer.ggml.eos_token_id", &s->eos, e);
    if (!rc) rc = read_id(t, g, "tokenizer.ggml.eot_token_id", &s->eot, e);
    if (!rc) rc = read_id(t, g, "tokenizer.ggml.eom_token_id", &eom, e);
    if (!rc) rc = read_id(t, g, "tokenizer.ggml.unknown_token_id", &s->unk, e);
    if (!rc) rc = read_id(t, g, "tokenizer.ggml.padding_token_id", &s->pad, e);
    if (rc) return rc;
    bool bos = (pretok_flags(t->pretok) & PRETOK_BOS) != 0;
    s->add_bos = gguf_bool(g, "tokenizer.ggml.add_bos_token", bos) && s->bos != TOK_NONE;
    s->add_eos = gguf_bool(g, "tokenizer.ggml.add_eos_token", false) && s->eos != TOK_NONE;
    s->add_space_prefix = gguf_bool(g, "tokenizer.ggml.add_space_prefix", false);
    mark_end(t, s->eos);
    mark_end(t, s->eot);
    mark_end(t, eom);
    return OK;
}

/* A user-defined token that ends turns is a control token by mistake of its converter. */
static void mark_ends(tokenizer *t) {
    for (size_t i = 0; i < sizeof end_texts / sizeof *end_texts; i++) {
        const struct end_text *end = &end_texts[i];
        uint32_t id = vocab_find(&t->vocab, bytes_str(end->text), none);
        if (id == VOCAB_NONE || (t->vocab.type[id] != TOKEN_CONTROL && t->vocab.type[id] != TOKEN_USER)) continue;
        if (end->unless && vocab_find(&t->vocab, bytes_str(end->unless), none) != VOCAB_NONE) continue;
        t->vocab.type[id] = TOKEN_CONTROL;
        t->ends[id] = 1;
    }
}

static int read_special(tokenizer *t, const gguf *g, err *e) {
    enum { CONTROL = 1 << TOKEN_CONTROL | 1 << TOKEN_UNKNOWN };
    t->ends = mem_new(t->vocab.n);
    if (!t->ends) return fail(e, ERR_MEMORY, "no memory for %u tokens", (unsigned)t->vocab.n);
    int rc = read_named(t, g, e);
    if (rc) return rc;
    mark_ends(t);
    rc = special_init(&t->special, &t->vocab, CONTROL | 1 << TOKEN_USER, TOK_SHIELD, e);
    if (!rc) rc = special_init(&t->control, &t->vocab, CONTROL, TOK_SHIELD, e);
    return rc;
}

int tok_open_as(tokenizer **out, const gguf *g, const char *pre, err *e) {
    tokenizer *t = mem_new(sizeof *t);
    if (!t) return fail(e, ERR_MEMORY, "no memory for the tokenizer");
    int rc = read_model(g, e);
    if (!rc) rc = read_pretok(t, g, pre, e);
    if (!rc) rc = vocab_init(&t->vocab, g, e);
    if (!rc) rc = read_special(t, g, e);
    if (!rc) rc = bpe_init(&t->bpe, &t->vocab, g, e);
    if (rc) tok_close(t);
    else *out = t;
    return rc;
}

int tok_open(tokenizer **out, const gguf *g, err *e) { return tok_open_as(out, g, NULL, e); }

void tok_close(tokenizer *t) {
    if (!t) return;
    special_clear(&t->special);
    special_clear(&t->control);
    bpe_clear(&t->bpe);
    vocab_clear(&t->vocab);
    mem_free(t->ends);
    mem_free(t);
}

/* ---- Asking ---- */

static bool is_id(const tokenizer *t, int id) { return id >= 0 && (uint32_t)id < t->vocab.n; }

int tok_count(const tokenizer *t) { return (int)t->vocab.n; }

const tok_special *tok_specials(const tokenizer *t) { return &t->named; }

bool tok_is_end(const tokenizer *t, int id) { return is_id(t, id) && t->ends[id]; }

bool tok_is_control(const tokenizer *t, int id) { return is_id(t, id) && t->vocab.type[id] == TOKEN_CONTROL; }

bytes tok_piece(const tokenizer *t, int id) { return is_id(t, id) ? vocab_piece(&t->vocab, (uint32_t)id) : none; }

int tok_find(const tokenizer *t, bytes piece) {
    uint32_t id = vocab_find(&t->vocab, piece, none);
    return id == VOCAB_NONE ? TOK_NONE : (int)id;
}

void ids_clear(ids *a) {
    mem_free(a->id);
    *a = (ids){0};
}

int ids_add(ids *a, int32_t id, err *e) {
    if (a->n == a->cap) {
        size_t cap = a->cap ? a->cap * 2 : 64;
        int32_t *p = cap > SIZE_MAX / sizeof *p ? NULL : mem_grow(a->id, cap * sizeof *p);
        if (!p) return fail(e, ERR_MEMORY, "no memory for %zu tokens", cap);
        a->id = p;
        a->cap = cap;
    }
    a->id[a->n++] = id;
    return OK;
}

/* ---- Encoding ---- */

typedef struct encoder {
    const tokenizer *t;
    bool specials;
    bpe_work work;
    buf plain, normal; /* a part of the text without shields; in NFC */
    ids *out;
    err *e;
} encoder;

static int put_piece(encoder *n, bytes piece) {
    if (pretok_flags(n->t->pretok) & PRETOK_WHOLE_FIRST) {
        uint32_t id = bpe_whole(&n->t->bpe, &n->t->vocab, piece);
        if (id != VOCAB_NONE) return ids_add(n->out, (int32_t)id, n->e);
    }
    return bpe_encode(&n->t->bpe, &n->work, piece, n->out, n->e);
}

/* Copies a part of the text, without its shields where those mean something, and with the blank before it that some
 * tokenizers want. */
static int make_plain(encoder *n, bytes part, bool blank) {
    buf_reset(&n->plain);
    if (blank) buf_byte(&n->plain, ' ');
    while (part.len) {
        const uint8_t *shield = n->specials ? memchr(part.ptr, TOK_SHIELD, part.len) : NULL;
        size_t len = shield ? (size_t)(shield - part.ptr) : part.len, next = shield ? len + 1 : len;
        buf_put(&n->plain, part.ptr, len);
        part = bytes_of(part.ptr + next, part.len - next);
    }
    return buf_status(&n->plain, n->e);
}

static int put_part(encoder *n, bytes part) {
    int rc = OK;
    if (!part.len) return OK;
    bool blank = n->t->named.add_space_prefix && part.ptr[0] != ' ';
    if (blank || (n->specials && memchr(part.ptr, TOK_SHIELD, part.len))) {
        rc = make_plain(n, part, blank);
        part = buf_view(&n->plain);
    }
    if (!rc && pretok_flags(n->t->pretok) & PRETOK_NFC && unicode_nfc_safe(part) < part.len) {
        buf_reset(&n->normal);
        unicode_nfc(&n->normal, part);
        rc = buf_status(&n->normal, n->e);
        part = buf_view(&n->normal);
    }
    pretok_walk walk = {.row = n->t->pretok, .text = part};
    for (bytes piece; !rc && pretok_next(&walk, &piece);) rc = put_piece(n, piece);
    return rc;
}

/* A special text begins at `at`, and no two shields before it forbid it (see tok_shield). */
static uint32_t special_at(const tokenizer *t, bytes text, size_t at, size_t *len) {
    uint8_t c = text.ptr[at];
    if (t->special.first[c] == t->special.first[c + 1]) return VOCAB_NONE;
    if (at >= 2 && text.ptr[at - 1] == TOK_SHIELD && text.ptr[at - 2] == TOK_SHIELD) return VOCAB_NONE;
    return special_match(&t->special, bytes_of(text.ptr + at, text.len - at), len);
}

/* The leftmost special text counts, of those that begin there the longest. One that is not asked for is passed as a
 * whole: as in tokenizers, a user-defined one inside it is not seen. */
static int put_text(encoder *n, bytes text) {
    const tokenizer *t = n->t;
    size_t from = 0, at = 0, len;
    int rc = OK;
    while (at < text.len && !rc) {
        uint32_t id = special_at(t, text, at, &len);
        if (id == VOCAB_NONE) {
            at++;
            continue;
        }
        if (n->specials || t->vocab.type[id] == TOKEN_USER) {
            rc = put_part(n, bytes_of(text.ptr + from, at - from));
            if (!rc) rc = ids_add(n->out, (int32_t)id, n->e);
            from = at + len;
        }
        at += len;
    }
    return rc ? rc : put_part(n, bytes_of(text.ptr + from, text.len - from));
}

int tok_encode(const tokenizer *t, bytes text, bool specials, ids *out, err *e) {
    size_t before = out->n;
    encoder n = {.t = t, .specials = specials, .out = out, .e = e};
    if (!text.len) return OK; /* its pointer may be NULL */
    if (text.len >= TEXT_MAX) return fail(e, ERR_TOO_LONG, "a text of %zu bytes, wanted less than 2^30", text.len);
    int rc = put_text(&n, text);
    bpe_work_clear(&n.work);
    buf_clear(&n.plain);
    buf_clear(&n.normal);
    if (rc) out->n = before;
    return rc;
}

/* ---- Decoding ---- */

/* The byte that a byte token, "<0x0A>", stands for; -1 where it is none. */
static int byte_of(bytes piece) {
    if (piece.len != 6 || memcmp(piece.ptr, "<0x", 3) != 0 || piece.ptr[5] != '>') return -1;
    int high = hex_digit(piece.ptr[3]), low = hex_digit(piece.ptr[4]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

void tok_decode(const tokenizer *t, int id, bool specials, buf *out) {
    if (!is_id(t, id)) return;
    bytes piece = vocab_piece(&t->vocab, (uint32_t)id);
    int byte;
    switch (t->vocab.type[id]) {
    case TOKEN_CONTROL:
    case TOKEN_UNKNOWN:
        if (specials) buf_bytes(out, piece);
        return;
    case TOKEN_USER:
        buf_bytes(out, piece);
        return;
    case TOKEN_BYTE:
        byte = byte_of(piece);
        if (byte >= 0) buf_byte(out, (uint8_t)byte);
        return;
    default:
        bpe_decode(&t->bpe, piece, out);
    }
}

/* ---- Shielding ---- */

/* A shield after the first character keeps a control token's text apart; where it has only one character, two shields
 * before it say so. The beginning of one at the end of the text is kept apart too: what follows may complete it. */
static void shield_clean(const tokenizer *t, bytes text, buf *out) {
    for (size_t used; text.len; text = bytes_of(text.ptr + used, text.len - used)) {
        uint8_t c = text.ptr[0];
        size_t begins = t->control.first[c] < t->control.first[c + 1] ? special_begins(&t->control, text) : 0;
        utf8_decode(text, &used);
        if (begins && begins <= used) {
            buf_byte(out, TOK_SHIELD);
            buf_byte(out, TOK_SHIELD);
        }
        buf_put(out, text.ptr, used);
        if (begins > used) buf_byte(out, TOK_SHIELD);
    }
}

void tok_shield(const tokenizer *t, bytes text, buf *out) {
    buf clean = {0};
    if (!utf8_valid(text)) {
        utf8_clean(&clean, text);
        if (clean.bad && !out->bad) out->bad = clean.bad;
        text = buf_view(&clean);
    }
    shield_clean(t, text, out);
    buf_clear(&clean);
}
