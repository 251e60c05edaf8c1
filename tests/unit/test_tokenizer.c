/* The tokenizer over small vocabularies made here: what metadata it takes and refuses, special tokens, shields, bytes
 * back and forth, memory. What it makes of ordinary text is test_pretok.c's matter. */
#include "base/rng.h"
#include "base/utf8.h"
#include "gguf_bytes.h"
#include "test.h"
#include "text/tokenizer_impl.h"

/* ---- A vocabulary: three control tokens, 256 bytes, four merged tokens, then those asked for ---- */

enum { N_CONTROL = 3, FIRST_BYTE = N_CONTROL, FIRST_MERGED = FIRST_BYTE + 256, FIRST_EXTRA = FIRST_MERGED + 4 };

typedef struct spec {
    const char *model, *pre; /* default "gpt2", "gpt-2" */
    const char *extra[8];    /* further tokens */
    int type[8];             /* theirs */
    const char *merges[8];   /* in place of the usual ones, of which {""} means none */
    const char *key;         /* one more key: a number, or a truth value where `truth` */
    uint32_t value;
    bool truth;
    bool no_tokens, no_merges, no_types;
    int n_types;         /* more or fewer than tokens */
    uint32_t types_item; /* default GGUF_I32 */
} spec;

static size_t byte_text(uint8_t out[4], int byte) {
    uint32_t next = 256;
    for (int i = 0;; i++) {
        bool printable = (i >= 33 && i <= 126) || (i >= 161 && i <= 172) || i >= 174;
        if (i == byte) return utf8_encode(out, printable ? (uint32_t)i : next);
        next += !printable;
    }
}

static void put_tokens(buf *b, const spec *s, uint64_t n) {
    static const char *const control[N_CONTROL] = {"<|endoftext|>", "<|im_start|>", "<|im_end|>"};
    static const char *const merged[] = {"th", "he", "in", "the"};
    put_array(b, "tokenizer.ggml.tokens", GGUF_STRING, n);
    for (int i = 0; i < N_CONTROL; i++) put_str(b, control[i]);
    for (int i = 0; i < 256; i++) {
        uint8_t text[4];
        put_text(b, bytes_of(text, byte_text(text, i)));
    }
    for (int i = 0; i < 4; i++) put_str(b, merged[i]);
    for (int i = 0; i < 8 && s->extra[i]; i++) put_str(b, s->extra[i]);
}

static void put_types(buf *b, const spec *s, uint64_t n) {
    uint32_t item = s->types_item ? s->types_item : GGUF_I32;
    put_array(b, "tokenizer.ggml.token_type", item, n + (uint64_t)s->n_types);
    for (uint64_t i = 0; i < n + (uint64_t)s->n_types; i++) {
        uint32_t type = i < N_CONTROL ? 3 : i < FIRST_EXTRA || i >= n ? 1 : (uint32_t)s->type[i - FIRST_EXTRA];
        put_uint(b, type, item == GGUF_U8 ? 1 : 4);
    }
}

static void put_merges(buf *b, const spec *s) {
    static const char *const usual[8] = {"t h", "h e", "i n", "th e"};
    const char *const *m = s->merges[0] ? s->merges : usual;
    uint64_t n = 0;
    while (n < 8 && m[n] && *m[n]) n++;
    put_array(b, "tokenizer.ggml.merges", GGUF_STRING, n);
    for (uint64_t i = 0; i < n; i++) put_str(b, m[i]);
}

static void write_head(buf *b, const spec *s) {
    uint64_t n = FIRST_EXTRA, n_keys = 2u + !s->no_tokens + !s->no_types + !s->no_merges + (s->key != NULL);
    for (int i = 0; i < 8 && s->extra[i]; i++) n++;
    put_header(b, 3, 0, n_keys);
    put_key(b, "tokenizer.ggml.model", GGUF_STRING);
    put_str(b, s->model ? s->model : "gpt2");
    put_key(b, "tokenizer.ggml.pre", GGUF_STRING);
    put_str(b, s->pre ? s->pre : "gpt-2");
    if (!s->no_tokens) put_tokens(b, s, n);
    if (!s->no_types) put_types(b, s, n);
    if (!s->no_merges) put_merges(b, s);
    if (s->key && !s->truth) put_key_u32(b, s->key, s->value);
    if (s->key && s->truth) {
        put_key(b, s->key, GGUF_BOOL);
        put_uint(b, s->value, 1);
    }
}

/* A tokenizer with what it borrows from. */
typedef struct made {
    buf head;
    gguf *g;
    tokenizer *t;
    err e;
    int rc;
} made;

static made make(spec s) {
    made m = {0};
    write_head(&m.head, &s);
    CHECK_INT(open_all(&m.g, &m.head, &m.e), OK);
    m.rc = tok_open(&m.t, m.g, &m.e);
    return m;
}

static void drop(made *m) {
    tok_close(m->t);
    gguf_close(m->g);
    buf_clear(&m->head);
}

static void check_refuses(spec s, int code, const char *reason) {
    made m = make(s);
    CHECK_INT(m.rc, code);
    CHECK(!m.t);
    CHECK(m.rc == OK || strstr(m.e.text, reason));
    if (m.rc && !strstr(m.e.text, reason)) printf("    said \"%s\", wanted \"%s\"\n", m.e.text, reason);
    drop(&m);
}

static made make_good(spec s) {
    made m = make(s);
    if (m.rc) printf("%s\n", m.e.text);
    CHECK_INT(m.rc, OK);
    return m;
}

/* The ids of a text as a line, "12 5 7". */
static const char *encode(const tokenizer *t, bytes text, bool specials) {
    static char line[512];
    ids a = {0};
    CHECK_INT(tok_encode(t, text, specials, &a, NULL), OK);
    size_t n = 0;
    line[0] = 0;
    for (size_t i = 0; i < a.n && n < sizeof line - 16; i++)
        n += (size_t)snprintf(line + n, sizeof line - n, i ? " %d" : "%d", (int)a.id[i]);
    ids_clear(&a);
    return line;
}

/* ---- Metadata ---- */

TEST(names_are_refused_by_name) {
    check_refuses((spec){.model = "llama"}, ERR_UNSUPPORTED, "\"llama\"");
    check_refuses((spec){.pre = "kimi-k2"}, ERR_UNSUPPORTED, "\"kimi-k2\"");
    check_refuses((spec){.pre = ""}, ERR_UNSUPPORTED, "tokenizer.ggml.pre");
}

TEST(vocabularies_are_checked) {
    check_refuses((spec){.no_tokens = true}, ERR_CORRUPT, "tokenizer.ggml.tokens");
    check_refuses((spec){.no_merges = true}, ERR_CORRUPT, "tokenizer.ggml.merges");
    check_refuses((spec){.extra = {"abc", "abc"}, .type = {1, 1}}, ERR_CORRUPT, "\"abc\"");
    check_refuses((spec){.n_types = -1}, ERR_CORRUPT, "token_type");
    check_refuses((spec){.n_types = 1}, ERR_CORRUPT, "token_type");
    check_refuses((spec){.extra = {"x y"}, .type = {7}}, ERR_CORRUPT, "type 7");
    check_refuses((spec){.extra = {"x y"}, .type = {-1}}, ERR_CORRUPT, "does not exist");
    made m = make_good((spec){.no_types = true});
    CHECK_INT(tok_count(m.t), FIRST_EXTRA);
    drop(&m);
    m = make_good((spec){
        .types_item = GGUF_U8, .extra = {"", "", "zz"}, .type = {1, 1, 5}}); /* gaps are filled with empty texts */
    CHECK_INT(m.rc, OK);
    CHECK_INT(tok_find(m.t, bytes_of("", 0)), TOK_NONE);
    CHECK_INT(tok_find(m.t, bytes_str("zz")), FIRST_EXTRA + 2);
    drop(&m);
}

TEST(merges_are_checked) {
    check_refuses((spec){.merges = {"th"}}, ERR_CORRUPT, "merge 0");
    check_refuses((spec){.merges = {"t h", " h"}}, ERR_CORRUPT, "merge 1");
    check_refuses((spec){.merges = {"t h", "h "}}, ERR_CORRUPT, "merge 1");
    check_refuses((spec){.merges = {"t h", "qq h", "q zz", "no pe"}}, ERR_CORRUPT, "most name no tokens");
    made m = make_good((spec){.merges = {"t h", "t h", "q z", "th e"}}); /* twice, and one that makes nothing */
    CHECK_INT(m.rc, OK);
    CHECK_STR(encode(m.t, bytes_str("the"), false), "262");
    drop(&m);
    m = make_good((spec){.merges = {""}});
    CHECK_STR(encode(m.t, bytes_str("in"), false), "108 113");
    drop(&m);
}

TEST(named_tokens_are_in_range) {
    static const char *const keys[] = {"tokenizer.ggml.bos_token_id",     "tokenizer.ggml.eos_token_id",
                                       "tokenizer.ggml.eot_token_id",     "tokenizer.ggml.eom_token_id",
                                       "tokenizer.ggml.unknown_token_id", "tokenizer.ggml.padding_token_id"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        check_refuses((spec){.key = keys[i], .value = FIRST_EXTRA}, ERR_CORRUPT, keys[i]);
        check_refuses((spec){.key = keys[i], .value = 0xffffffff}, ERR_CORRUPT, keys[i]);
    }
    made m = make_good((spec){.key = "tokenizer.ggml.eos_token_id", .value = 5});
    const tok_special *s = tok_specials(m.t);
    CHECK_INT(s->eos, 5);
    CHECK_INT(s->bos, TOK_NONE);
    CHECK_INT(s->eot, TOK_NONE);
    CHECK(!s->add_bos && !s->add_eos && !s->add_space_prefix);
    CHECK(tok_is_end(m.t, 5));
    drop(&m);
    m = make_good((spec){.pre = "llama-bpe", .key = "tokenizer.ggml.bos_token_id", .value = 1});
    CHECK(tok_specials(m.t)->add_bos);
    drop(&m);
    m = make_good((spec){.pre = "llama-bpe", .key = "tokenizer.ggml.add_bos_token", .value = 1, .truth = true});
    CHECK(!tok_specials(m.t)->add_bos); /* there is none to add */
    drop(&m);
}

/* ---- Special tokens ---- */

TEST(ends_of_turns) {
    made m = make_good((spec){.extra = {"<|eot_id|>", "<|end|>", "<end_of_turn>", "</s>"}, .type = {4, 3, 1, 3}});
    CHECK(tok_is_end(m.t, 0) && tok_is_end(m.t, 2) && !tok_is_end(m.t, 1));
    CHECK(tok_is_end(m.t, FIRST_EXTRA) && tok_is_control(m.t, FIRST_EXTRA)); /* user-defined by mistake */
    CHECK(tok_is_end(m.t, FIRST_EXTRA + 1));
    CHECK(!tok_is_end(m.t, FIRST_EXTRA + 2)); /* an ordinary token that looks like it */
    CHECK(tok_is_end(m.t, FIRST_EXTRA + 3));
    CHECK(!tok_is_end(m.t, -1) && !tok_is_end(m.t, 1 << 20) && !tok_is_control(m.t, -1) &&
          !tok_is_control(m.t, 1 << 20));
    drop(&m);
    m = make_good((spec){.extra = {"<|end|>", "<|call|>"}, .type = {3, 3}}); /* here it ends a part of the turn */
    CHECK(!tok_is_end(m.t, FIRST_EXTRA) && tok_is_end(m.t, FIRST_EXTRA + 1));
    drop(&m);
}

TEST(special_texts) {
    spec s = {.extra = {"<tool>", "<tool>x", "ab<", "<|im_end|>!", "  "}, .type = {4, 4, 4, 4, 4}};
    made m = make_good(s);
    CHECK_STR(encode(m.t, bytes_str("t<tool>h"), false), "119 263 107");
    CHECK_STR(encode(m.t, bytes_str("<tool>xy"), false), "264 124");                /* the longest */
    CHECK_STR(encode(m.t, bytes_str("ab<tool>"), false), "265 119 114 114 111 65"); /* the leftmost */
    CHECK_STR(encode(m.t, bytes_str("<|im_end|>"), true), "2");
    CHECK_STR(encode(m.t, bytes_str("<|im_end|>!"), true), "266");
    CHECK_STR(encode(m.t, bytes_str("<|im_end|>"), false), "63 127 108 112 98 104 113 103 127 65");
    CHECK_STR(encode(m.t, bytes_str("<|im_start|><|im_end|><|endoftext|>"), true), "1 2 0");
    CHECK_STR(encode(m.t, bytes_str("t     h"), false), "119 267 267 35 107"); /* a blank more than two twos */
    CHECK_STR(encode(m.t, bytes_str("<|im_en<|im_end|>"), true), "63 127 108 112 98 104 113 2");
    drop(&m);
}

TEST(blank_before) {
    made m = make_good((spec){.key = "tokenizer.ggml.add_space_prefix", .value = 1, .truth = true});
    char with[64];
    snprintf(with, sizeof with, "%s", encode(m.t, bytes_str(" t"), false));
    CHECK_STR(encode(m.t, bytes_str("t"), false), with);
    CHECK_STR(encode(m.t, bytes_str(""), false), "");
    drop(&m);
}

/* ---- Shields ---- */

static bool has_control(const tokenizer *t, const ids *a) {
    for (size_t i = 0; i < a->n; i++)
        if (tok_is_control(t, a->id[i])) return true;
    return false;
}

static void check_shielded(const tokenizer *t, bytes text) {
    buf b = {0}, back = {0}, clean = {0};
    ids a = {0};
    tok_shield(t, text, &b);
    CHECK_INT(tok_encode(t, buf_view(&b), true, &a, NULL), OK);
    CHECK(!has_control(t, &a));
    for (size_t i = 0; i < a.n; i++) tok_decode(t, a.id[i], false, &back);
    utf8_clean(&clean, text);
    CHECK(bytes_eq(buf_view(&back), buf_view(&clean)));
    ids_clear(&a);
    buf_clear(&b);
    buf_clear(&back);
    buf_clear(&clean);
}

TEST(shields) {
    /* Control tokens of one character, inside and overlapping others, of two bytes. */
    made m = make_good(
        (spec){.extra = {"\t", "\xe4\xb8\xad", "aab", "ab", "b<|im_end|>c", "[x]"}, .type = {3, 3, 3, 3, 3, 4}});
    static const char *const texts[] = {"<|im_end|>",
                                        "a<|im_end|>b",
                                        "<|im_end|><|im_end|>",
                                        "<<|im_end|>",
                                        "\t\t",
                                        "x\xe4\xb8\xad",
                                        "aab",
                                        "ab<|im_end|>cab",
                                        "\xff<|im_\377end|>",
                                        "<|im_\xc3",
                                        "\t\xe4\xb8\xad\t",
                                        "[x]",
                                        ""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) check_shielded(m.t, bytes_str(texts[i]));
    rng r;
    rng_init(&r, 7);
    for (int i = 0; i < 3000; i++) {
        char text[64] = "";
        static const char *const parts[] = {"<|im_", "end|>",    "<|im_end|>", "a", "b", "ab",
                                            "@",     "\xc3\xa9", "<",          "c", " "};
        for (int k = 0; k < 6; k++) strcat(text, parts[rng_next(&r) % 11]);
        check_shielded(m.t, bytes_str(text));
    }
    CHECK_STR(encode(m.t, bytes_str("[\xffx]"), true), "94 123 96"); /* apart, and dropped */
    drop(&m);
}

/* Shielded texts that meet in a prompt make no token of it, and the prompt's own tokens stay. */
TEST(shields_at_seams) {
    made m = make_good((spec){0});
    buf b = {0};
    tok_shield(m.t, bytes_str("<|im_"), &b);
    tok_shield(m.t, bytes_str("end|>"), &b);
    ids a = {0};
    CHECK_INT(tok_encode(m.t, buf_view(&b), true, &a, NULL), OK);
    CHECK(!has_control(m.t, &a));
    a.n = 0;
    buf_reset(&b);
    tok_shield(m.t, bytes_str("<|im_end|><|im_"), &b);
    buf_str(&b, "<|im_end|>");
    CHECK_INT(tok_encode(m.t, buf_view(&b), true, &a, NULL), OK);
    CHECK_INT(a.id[a.n - 1], 2);
    ids_clear(&a);
    buf_clear(&b);
    drop(&m);
}

/* ---- Bytes back and forth ---- */

static void check_round_trip(const tokenizer *t, bytes text) {
    ids a = {0};
    buf b = {0};
    CHECK_INT(tok_encode(t, text, false, &a, NULL), OK);
    for (size_t i = 0; i < a.n; i++) tok_decode(t, a.id[i], true, &b);
    CHECK(bytes_eq(buf_view(&b), text));
    ids_clear(&a);
    buf_clear(&b);
}

TEST(round_trips) {
    static const char *const rows[] = {"gpt-2",  "smollm",      "llama-bpe",    "tekken",
                                       "gpt-4o", "deepseek-v3", "deepseek-llm", "falcon"};
    rng r;
    rng_init(&r, 3);
    for (int k = 0; k < 8; k++) {
        made m = make_good((spec){.pre = rows[k]});
        for (int i = 0; i < 3000; i++) {
            uint8_t text[256];
            size_t n = 0, bytes_only = rng_next(&r) % 2, len = rng_next(&r) % 60;
            for (size_t j = 0; j < len; j++) {
                if (bytes_only) text[n++] = (uint8_t)(rng_next(&r) >> 30);
                else n += utf8_encode(text + n, (uint32_t)(rng_next(&r) >> 20) % (i % 3 ? 0x3000 : 0x110000));
            }
            check_round_trip(m.t, bytes_of(text, n));
        }
        drop(&m);
    }
}

TEST(tokens_as_bytes) {
    made m =
        make_good((spec){.extra = {"<0x0A>", "<0x-1>", "a\xe4\xb8\xad", "<u>", "\xc4\xa0x"}, .type = {6, 6, 1, 2, 1}});
    buf b = {0};
    tok_decode(m.t, FIRST_EXTRA, false, &b);
    tok_decode(m.t, FIRST_EXTRA + 1, false, &b); /* no byte */
    tok_decode(m.t, FIRST_EXTRA + 2, false, &b); /* stands for no bytes: itself */
    tok_decode(m.t, FIRST_EXTRA + 3, false, &b); /* unknown: not shown */
    tok_decode(m.t, FIRST_EXTRA + 4, false, &b);
    tok_decode(m.t, 2, false, &b);
    tok_decode(m.t, 2, true, &b);
    tok_decode(m.t, -1, true, &b);
    tok_decode(m.t, 1 << 30, true, &b);
    CHECK_BYTES(buf_view(&b), "\na\xe4\xb8\xad x<|im_end|>");
    CHECK_BYTES(tok_piece(m.t, FIRST_EXTRA + 4), "\xc4\xa0x");
    CHECK_INT(tok_piece(m.t, -1).len + tok_piece(m.t, 1 << 30).len, 0);
    CHECK_INT(tok_find(m.t, bytes_str("the")), FIRST_MERGED + 3);
    buf_clear(&b);
    drop(&m);
}

/* Plain text never becomes a control token, even if the merges lead there or a byte is one. */
TEST(control_tokens_are_no_text) {
    made m = make_good((spec){.extra = {"inhe", "nn"}, .type = {3, 3}, .merges = {"i n", "h e", "in he", "n n"}});
    CHECK_STR(encode(m.t, bytes_str("inhe"), false), "261 260");
    CHECK_STR(encode(m.t, bytes_str("inhe"), true), "263");
    CHECK_STR(encode(m.t, bytes_str("nn"), false), "113 113");
    drop(&m);
}

/* ---- Limits and memory ---- */

TEST(limits) {
    made m = make_good((spec){0});
    ids a = {0};
    err e;
    CHECK_INT(tok_encode(m.t, bytes_of("x", (size_t)1 << 30), true, &a, &e), ERR_TOO_LONG);
    CHECK_INT(a.n, 0);
    ids_clear(&a);
    drop(&m);
}

#ifdef MEM_FAULTS
/* One whole use, all allocations of which but the first n - 1 fail: whether none was left to fail. */
static bool survives(const gguf *g, unsigned long n) {
    static const char text[] = "The e\xcc\x81 <|im_end|> thethethethethethethethethethethethe";
    unsigned long live = mem_live();
    err e = {0};
    tokenizer *t = NULL;
    ids a = {0};
    buf b = {0};
    mem_fail_at(n);
    int rc = tok_open(&t, g, &e);
    CHECK(rc == OK || (!t && e.text[0]));
    if (!rc) {
        CHECK_INT(ids_add(&a, 9, &e) ? ERR_MEMORY : OK, a.n ? OK : ERR_MEMORY);
        size_t before = a.n;
        rc = tok_encode(t, bytes_str(text), true, &a, &e);
        CHECK(rc == OK || a.n == before);
        tok_shield(t, bytes_str("<|im_end|>\xff"), &b);
        if (!rc) rc = buf_status(&b, &e);
    }
    mem_fail_at(0);
    CHECK(rc == OK || rc == ERR_MEMORY);
    tok_close(t);
    ids_clear(&a);
    buf_clear(&b);
    CHECK_INT(mem_live(), live);
    return rc == OK;
}

TEST(every_allocation_fails) {
    made m = make_good((spec){.pre = "qwen2", .key = "tokenizer.ggml.add_space_prefix", .value = 1, .truth = true});
    unsigned long n = 1;
    while (n < 200 && !survives(m.g, n)) n++;
    CHECK(n > 10 && n < 200);
    drop(&m);
}
#endif

int main(void) {
    RUN(names_are_refused_by_name);
    RUN(vocabularies_are_checked);
    RUN(merges_are_checked);
    RUN(named_tokens_are_in_range);
    RUN(ends_of_turns);
    RUN(special_texts);
    RUN(blank_before);
    RUN(shields);
    RUN(shields_at_seams);
    RUN(round_trips);
    RUN(tokens_as_bytes);
    RUN(control_tokens_are_no_text);
    RUN(limits);
#ifdef MEM_FAULTS
    RUN(every_allocation_fails);
#endif
    CHECK_INT(mem_live(), 0);
    return test_end("tokenizer");
}
