/* Every pre-tokenizer against the goldens of the tokenizers package (tests/golden/tokenizer/make.py), over the
 * vocabulary of the default model, which `make weights` fetches. */
#include <stdlib.h>
#include <time.h>

#include "base/rng.h"
#include "test.h"
#include "text/pretok_impl.h"
#include "text/tokenizer_impl.h"
#include "text/unicode_impl.h"
#include "tok_model.h"

#define GOLDEN "tests/golden/tokenizer/"

static tok_model model;

/* The next string of strings.bin. */
static bytes next_string(reader *r, bool *specials) {
    *specials = rd_u8(r) != 0;
    return rd_bytes(r, rd_u16(r));
}

static void show(bytes text, const ids *got) {
    printf("    of:");
    for (size_t i = 0; i < text.len; i++) printf(text.ptr[i] > 32 && text.ptr[i] < 127 ? "%c" : "\\x%02x", text.ptr[i]);
    printf("\n    got");
    for (size_t i = 0; i < got->n; i++) printf(" %d", (int)got->id[i]);
    printf("\n");
}

TEST(own_tokenizer) {
    bytes strings = test_file(GOLDEN "strings.bin"), want = test_file(GOLDEN "ids.bin");
    reader s = rd_init(strings), w = rd_init(want);
    tokenizer *t = tok_model_open(&model, NULL);
    size_t n = 0, wrong = 0;
    while (t && rd_left(&s) && !s.bad && !w.bad) {
        bool specials;
        bytes text = next_string(&s, &specials);
        ids got = {0};
        CHECK_INT(tok_encode(t, text, specials, &got, NULL), OK);
        bool same = rd_u16(&w) == got.n;
        w.pos -= 2;
        size_t count = rd_u16(&w);
        for (size_t i = 0; i < count; i++) {
            int id = rd_u16(&w);
            same = same && id == got.id[i];
        }
        if (!same && wrong++ < 10) show(text, &got);
        ids_clear(&got);
        n++;
    }
    CHECK_INT(wrong, 0);
    CHECK(n >= 2000 && !s.bad && !w.bad && !rd_left(&w));
    tok_close(t);
    mem_free((void *)strings.ptr);
    mem_free((void *)want.ptr);
}

static unsigned hash_ids(const ids *a) {
    uint32_t h = 0x811c9dc5;
    for (size_t i = 0; i < a->n; i++)
        for (int k = 0; k < 32; k += 8) h = (h ^ ((uint32_t)a->id[i] >> k & 0xff)) * 0x01000193;
    return (h >> 16 ^ h) & 0xffff;
}

/* A line of hashes.txt: the name, then four hexadecimal digits a string. */
static void check_row(bytes line, bytes strings) {
    const uint8_t *blank = memchr(line.ptr, ' ', line.len);
    char name[32] = {0}, digits[5] = {0};
    memcpy(name, line.ptr, (size_t)(blank - line.ptr));
    const char *hash = (const char *)blank + 1;
    reader s = rd_init(strings);
    tokenizer *t = tok_model_open(&model, name);
    size_t wrong = 0, n = 0;
    for (; t && rd_left(&s); n++, hash += 4) {
        bool specials;
        bytes text = next_string(&s, &specials);
        ids got = {0};
        tok_encode(t, text, specials, &got, NULL);
        memcpy(digits, hash, 4);
        if (hash_ids(&got) != strtoul(digits, NULL, 16) && wrong++ < 5) {
            printf("%s, string %zu\n", name, n);
            show(text, &got);
        }
        ids_clear(&got);
    }
    if (wrong) printf("%s: %zu wrong\n", name, wrong);
    CHECK_INT(wrong, 0);
    CHECK(n >= 2000);
    tok_close(t);
}

TEST(every_row) {
    bytes strings = test_file(GOLDEN "strings.bin"), rows = test_file(GOLDEN "hashes.txt");
    int n = 0;
    for (bytes rest = rows; rest.len; n++) {
        const uint8_t *end = memchr(rest.ptr, '\n', rest.len);
        if (!end) break;
        bytes line = bytes_of(rest.ptr, (size_t)(end - rest.ptr));
        check_row(line, strings);
        rest = bytes_of(end + 1, rest.len - line.len - 1);
    }
    CHECK(n >= 20);
    mem_free((void *)strings.ptr);
    mem_free((void *)rows.ptr);
}

/* Pieces are never empty, follow one another and end with the text, whatever it is. */
TEST(pieces_are_the_text) {
    static const char *const names[] = {"smollm",      "llama-bpe", "gpt-4o", "deepseek-llm",
                                        "deepseek-v3", "falcon",    "viking", "default"};
    rng r;
    rng_init(&r, 1);
    for (int round = 0; round < 4000; round++) {
        uint8_t text[40];
        size_t n = rng_next(&r) % sizeof text, at = 0;
        for (size_t i = 0; i < n; i++) text[i] = (uint8_t)(rng_next(&r) >> 20 & (rng_next(&r) & 1 ? 0xff : 0x7f));
        pretok_walk w = {.row = pretok_find(bytes_str(names[round % 8])), .text = bytes_of(text, n)};
        bytes piece;
        while (pretok_next(&w, &piece)) {
            CHECK(piece.ptr == text + at && piece.len > 0);
            at += piece.len;
        }
        CHECK_INT(at, n);
    }
}

TEST(unknown_names) {
    CHECK(!pretok_find(bytes_str("")));
    CHECK(!pretok_find(bytes_str("smol")));
    CHECK(!pretok_find(bytes_str("smollm ")));
    CHECK(!pretok_find(bytes_str("smollm starcoder")));
    CHECK(pretok_find(bytes_str("starcoder")) == pretok_find(bytes_str("smollm")));
}

TEST(nfc) {
    static const char *const cases[][2] = {
        {"e\xcc\x81", "\xc3\xa9"},                                /* composes */
        {"q\xcc\x87\xcc\xa3", "q\xcc\xa3\xcc\x87"},               /* sorts */
        {"\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8", "\xea\xb0\x81"}, /* Hangul */
        {"\xea\xb0\x80\xe1\x86\xa8", "\xea\xb0\x81"},             /* an LV syllable and a T */
        {"\xe2\x84\xa6", "\xce\xa9"},                             /* Ohm becomes Omega */
        {"\xe0\xa5\x98", "\xe0\xa4\x95\xe0\xa4\xbc"},             /* excluded from composition */
        {"\xcd\x84", "\xcc\x88\xcc\x81"},                         /* two marks that stay two */
        {"a\xff\xcc\x81 \xe9", "a\xff\xcc\x81 \xe9"},             /* not UTF-8: stays */
        {"abc", "abc"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf b = {0};
        unicode_nfc(&b, bytes_str(cases[i][0]));
        CHECK_BYTES(buf_view(&b), cases[i][1]);
        buf_clear(&b);
    }
    CHECK_INT(unicode_nfc_safe(bytes_str("abc e\xcc\x81")), 4);
}

static double now_ms(void) {
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* A megabyte of each kind: printed, not judged; but what is quadratic would not end. */
TEST(speed) {
    static const struct {
        const char *name, *unit, *pre;
    } kinds[] = {{"a", "a", "smollm"},
                 {"blanks", " ", "smollm"},
                 {"blanks", " ", "deepseek-llm"},
                 {"Chinese", "\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xb8\x96\xe7\x95\x8c", "smollm"},
                 {"marks", "\xcc\x81\xcc\xa7", "qwen2"},
                 {"words", "The quick brown fox jumps over 13 lazy dogs. ", "smollm"},
                 {"specials", "<|im_start|>user\nhi<|im_end|>\n", "smollm"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        double opening = now_ms();
        tokenizer *t = tok_model_open(&model, kinds[i].pre);
        if (!i) printf("opened in %.1f ms\n", now_ms() - opening);
        buf text = {0};
        ids got = {0};
        while (text.len < 1000000) buf_str(&text, kinds[i].unit);
        buf_byte(&text, 'x');
        double begin = now_ms();
        CHECK_INT(tok_encode(t, buf_view(&text), true, &got, NULL), OK);
        printf("1 MB of %s, %s: %zu tokens, %.0f ms\n", kinds[i].name, kinds[i].pre, got.n, now_ms() - begin);
        ids_clear(&got);
        buf_clear(&text);
        tok_close(t);
    }
}

int main(void) {
    if (!tok_model_read(&model)) return 1;
    RUN(own_tokenizer);
    RUN(every_row);
    RUN(pieces_are_the_text);
    RUN(unknown_names);
    RUN(nfc);
    RUN(speed);
    tok_model_clear(&model);
    CHECK_INT(mem_live(), 0);
    return test_end("pretok");
}
