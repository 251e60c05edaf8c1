/* The texts of a vocabulary as trees, in the order in which a walk meets their nodes. */
#include "base/mem.h"
#include "base/utf8.h"
#include "infer/grammar_impl.h"

enum { TOKEN_BYTES_MAX = 255 }; /* longer tokens are never chosen */

typedef struct word {
    const uint8_t *ptr;
    uint32_t len;
    int32_t id;
} word;

static int compare(const void *a, const void *b) {
    const word *p = a, *q = b;
    uint32_t n = p->len < q->len ? p->len : q->len;
    int c = memcmp(p->ptr, q->ptr, n);
    if (c) return c;
    if (p->len != q->len) return p->len < q->len ? -1 : 1;
    return p->id < q->id ? -1 : p->id > q->id;
}

static bool is_plain(const vocab_trie *v, bytes s, uint32_t *n_chars) {
    if (!utf8_valid(s)) return false;
    *n_chars = 0;
    for (size_t i = 0; i < s.len; i++) {
        bool line = i + 2 < s.len && s.ptr[i] == 0xe2 && s.ptr[i + 1] == 0x80 && (s.ptr[i + 2] & 0xfe) == 0xa8;
        if (line || s.ptr[i] < 0x20 || s.ptr[i] == '"' || s.ptr[i] == '\\' || !v->present[s.ptr[i]]) return false;
        *n_chars += (s.ptr[i] & 0xc0) != 0x80;
    }
    return true;
}

/* ids are in words[n], sorted; those of the tree are the ones that `plain` does not hold (NULL: all). */
static int make(trie *t, const vocab_trie *v, const word *words, uint32_t n, const uint32_t *plain, err *e) {
    uint32_t path[TOKEN_BYTES_MAX + 1], cap = 0, depth = 0;
    const word *last = NULL;
    for (uint32_t i = 0; i < n; i++) {
        const word *x = &words[i];
        uint32_t common = 0;
        if (plain && plain[x->id / 32] >> (x->id % 32) & 1) continue;
        while (last && common < last->len && common < x->len && last->ptr[common] == x->ptr[common]) common++;
        if (last && common == x->len) continue; /* the same text: v->same has it */
        for (; depth > common; depth--) t->node[path[depth - 1]].skip = t->n;
        trie_node *p = array_room(t->node, &cap, t->n + x->len, sizeof *p);
        if (!p) return fail(e, ERR_MEMORY, "no memory for the vocabulary");
        t->node = p;
        for (; depth < x->len; depth++) {
            path[depth] = t->n;
            t->node[t->n++] = (trie_node){.token = TOK_NONE, .byte = x->ptr[depth], .depth = (uint8_t)(depth + 1)};
        }
        t->node[t->n - 1].token = x->id;
        last = x;
    }
    for (; depth > 0; depth--) t->node[path[depth - 1]].skip = t->n;
    (void)v;
    return OK;
}

/* Words of the tokens that are text. */
static int gather(vocab_trie *v, word *words, uint32_t *n, buf *text, err *e) {
    uint32_t n_tokens = (uint32_t)tok_count(v->tok);
    for (uint32_t id = 0; id < n_tokens && id < v->n_vocab; id++) {
        size_t from = text->len;
        if (tok_is_end(v->tok, (int)id)) {
            v->end[id / 32] |= 1u << (id % 32);
            continue;
        }
        tok_decode(v->tok, (int)id, false, text);
        uint32_t len = (uint32_t)(text->len - from);
        if (len == 0 || len > TOKEN_BYTES_MAX) {
            text->len = from;
            continue;
        }
        words[(*n)++] = (word){.len = len, .id = (int32_t)id};
    }
    int rc = buf_status(text, e);
    const uint8_t *at = text->ptr;
    for (uint32_t i = 0; !rc && i < *n; i++) {
        words[i].ptr = at;
        at += words[i].len;
        if (words[i].len == 1) v->present[words[i].ptr[0]] = true;
    }
    return rc;
}

static void note_words(vocab_trie *v, const word *words, uint32_t n) {
    for (uint32_t i = 0; i < v->n_vocab; i++) v->same[i] = TOK_NONE;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t n_chars, id = (uint32_t)words[i].id;
        bytes s = bytes_of(words[i].ptr, words[i].len);
        if (s.len > v->longest) v->longest = (uint32_t)s.len;
        if (i + 1 < n && bytes_eq(s, bytes_of(words[i + 1].ptr, words[i + 1].len))) v->same[id] = words[i + 1].id;
        if (!is_plain(v, s, &n_chars)) continue;
        v->plain[id / 32] |= 1u << (id % 32);
        v->plain_chars[id] = (uint8_t)n_chars;
        if (n_chars > v->plain_most) v->plain_most = n_chars;
    }
}

int vocab_trie_open(vocab_trie **out, const tokenizer *tok, uint32_t n_vocab, err *e) {
    vocab_trie *v = mem_new(sizeof *v);
    if (!v) return fail(e, ERR_MEMORY, "no memory for the vocabulary");
    *v = (vocab_trie){.tok = tok, .n_vocab = n_vocab, .n_words = (n_vocab + 31) / 32};
    word *words = mem_array((size_t)n_vocab + 1, sizeof *words);
    uint32_t n = 0;
    buf text = {0};
    v->plain = mem_array((size_t)v->n_words + 1, sizeof *v->plain);
    v->plain_chars = mem_array((size_t)n_vocab + 1, 1);
    v->end = mem_array((size_t)v->n_words + 1, sizeof *v->end);
    v->same = mem_array((size_t)n_vocab + 1, sizeof *v->same);
    int rc = words && v->plain && v->plain_chars && v->end && v->same
                 ? OK
                 : fail(e, ERR_MEMORY, "no memory for the vocabulary");
    if (!rc) rc = gather(v, words, &n, &text, e);
    if (!rc) {
        if (n > 1) qsort(words, n, sizeof *words, compare);
        note_words(v, words, n);
        rc = make(&v->all, v, words, n, NULL, e);
    }
    if (!rc) rc = make(&v->rest, v, words, n, v->plain, e);
    mem_free(words);
    buf_clear(&text);
    if (rc) {
        vocab_trie_close(v);
        return rc;
    }
    *out = v;
    return OK;
}

void vocab_trie_close(vocab_trie *v) {
    if (!v) return;
    mem_free(v->all.node);
    mem_free(v->rest.node);
    mem_free(v->plain);
    mem_free(v->plain_chars);
    mem_free(v->end);
    mem_free(v->same);
    mem_free(v);
}
