/* Grammars and their masks: an automaton, where a text stands in it, and what was found out about its states. */
#include "infer/grammar.h"

#include "base/mem.h"
#include "infer/nfa_impl.h"

enum {
    MASKS_BYTES_MOST = 8 << 20, /* kept at a time */
    DEPTH_MOST = 256,           /* of the vocabulary's trees */
    FORCED_BYTES_MOST = 256,
};

struct grammar {
    const vocab_trie *v;
    table t;
    walker *w;
    uint32_t live;      /* the configuration of the text so far */
    uint32_t *mask;     /* [cap_masks, n_words] */
    uint32_t *mask_set; /* [cap_masks]: how many bits are set */
    uint32_t n_masks, cap_masks, most_masks;
    uint32_t *mask_of; /* [cap_of]: a configuration's mask, NONE: not made */
    uint32_t cap_of, n_of;
    buf piece;
};

/* ---- Reading ---- */

static int read_regex(net *t, bytes source, uint32_t *root, err *e) {
    regex_options o = {.place = "regex"};
    uint32_t expr;
    bool marks;
    int rc = regex_read(&t->x, source, &o, &expr, &marks, e);
    if (rc) return rc;
    if (!marks) {
        *root = net_expr_rule(t, expr);
        return net_make(t, "regex", e);
    }
    nfa a = nfa_of(&t->x, NULL);
    uint32_t from = nfa_state(&a), to = nfa_state(&a);
    if (!a.bad) nfa_expr(&a, &t->x, expr, from, to);
    *root = net_add(t);
    rc = net_fill(t, *root, &a, from, to, "regex", e);
    nfa_clear(&a);
    return rc;
}

static int need_text(const json *format, const char *name, bytes *out, err *e) {
    const json *v = json_get(format, name);
    if (!v || v->type != JSON_STRING) return fail(e, ERR_ARGUMENT, "response_format: %s: a text is needed", name);
    if (v->string.len > GRAMMAR_TEXT_MAX)
        return fail(e, ERR_TOO_LONG, "response_format: %s has %llu bytes, %d are the limit", name,
                    (unsigned long long)v->string.len, (int)GRAMMAR_TEXT_MAX);
    *out = v->string;
    return OK;
}

/* A schema may come as text, too. */
static int read_schema(net *t, const json *schema, const bool present[256], uint32_t *root, err *e) {
    const json *parsed = NULL;
    err inner = {0};
    if (schema->type != JSON_STRING) return schema_read(t, schema, present, root, e);
    int rc = json_parse(&parsed, schema->string, &inner);
    if (rc) return fail(e, ERR_ARGUMENT, "json_schema: %s", inner.text);
    rc = schema_read(t, parsed, present, root, e);
    json_close(parsed);
    return rc;
}

static int read_format(net *t, const json *format, const bool present[256], uint32_t *root, err *e) {
    bytes type = json_string(json_get(format, "type"), ""), source;
    int rc;
    if (bytes_is(type, "json_object")) return schema_read(t, NULL, present, root, e);
    if (bytes_is(type, "json_schema")) {
        const json *schema = json_get(json_get(format, "json_schema"), "schema");
        if (!schema) return fail(e, ERR_ARGUMENT, "response_format: json_schema.schema: a schema is needed");
        return read_schema(t, schema, present, root, e);
    }
    if (bytes_is(type, "regex")) {
        rc = need_text(format, "regex", &source, e);
        return rc ? rc : read_regex(t, source, root, e);
    }
    if (bytes_is(type, "grammar")) {
        rc = need_text(format, "grammar", &source, e);
        return rc ? rc : gbnf_read(t, source, root, e);
    }
    return fail(e, ERR_ARGUMENT,
                "response_format: type is \"text\", \"json_object\", \"json_schema\", \"regex\" or \"grammar\"");
}

static int compile(grammar *g, const json *format, err *e) {
    net t;
    uint32_t root = NONE;
    int rc = net_init(&t, e);
    if (!rc) rc = read_format(&t, format, g->v->present, &root, e);
    if (!rc) rc = table_link(&g->t, &t, root, g->v->present, e);
    net_clear(&t);
    return rc;
}

int grammar_open(grammar **out, const vocab_trie *v, const json *format, err *e) {
    if (!format || format->type != JSON_OBJECT) return fail(e, ERR_ARGUMENT, "response_format: an object is needed");
    *out = NULL;
    if (bytes_is(json_string(json_get(format, "type"), ""), "text")) return OK;
    grammar *g = mem_new(sizeof *g);
    if (!g) return fail(e, ERR_MEMORY, "no memory for the grammar");
    g->v = v;
    g->most_masks = MASKS_BYTES_MOST / 4 / v->n_words;
    if (g->most_masks < 8) g->most_masks = 8;
    int rc = compile(g, format, e);
    if (!rc) rc = walker_open(&g->w, &g->t, v->longest, e);
    if (!rc) {
        g->live = walker_start(g->w);
        rc = walker_status(g->w, e);
    }
    if (rc) grammar_close(g);
    else *out = g;
    return rc;
}

void grammar_close(grammar *g) {
    if (!g) return;
    walker_close(g->w);
    table_clear(&g->t);
    mem_free(g->mask);
    mem_free(g->mask_set);
    mem_free(g->mask_of);
    buf_clear(&g->piece);
    mem_free(g);
}

void grammar_reset(grammar *g) { g->live = walker_start(g->w); }

/* ---- Masks ---- */

/* How many plain characters may come, whichever they are; at most those of the longest plain token. -1 where that
 * depends on which they are. */
static int plain_run(grammar *g, uint32_t at) {
    const int most = (int)g->v->plain_most;
    for (int n = 0; n < most; n++) {
        uint32_t next = walker_plain(g->w, at, g->v->present);
        if (next == NONE) return -1;
        if (next == CONFIG_DEAD) return n;
        if (next == at) return most;
        at = next;
    }
    return most;
}

/* The plain tokens of at most so many characters. */
static void put_plain(const vocab_trie *v, int run, uint32_t *bits) {
    if (run == (int)v->plain_most) {
        memcpy(bits, v->plain, v->n_words * sizeof *bits);
        return;
    }
    memset(bits, 0, v->n_words * sizeof *bits);
    for (uint32_t id = 0; run > 0 && id < v->n_vocab; id++)
        bits[id / 32] |= (uint32_t)(v->plain_chars[id] != 0 && v->plain_chars[id] <= run) << (id % 32);
}

static void put_token(const vocab_trie *v, int32_t id, uint32_t *bits) {
    for (; id != TOK_NONE; id = v->same[id]) bits[id / 32] |= 1u << (id % 32);
}

/* Adds the tokens of a tree that the automaton can read. */
static void walk_tree(grammar *g, const trie *t, uint32_t from, uint32_t *bits) {
    uint32_t at[DEPTH_MOST] = {from}, n_classes = g->t.n_classes;
    const uint32_t *next = walker_row(g->w, 0);
    for (uint32_t i = 0; i < t->n;) {
        const trie_node *node = &t->node[i];
        uint32_t before = at[node->depth - 1];
        uint32_t to = next[(size_t)before * n_classes + g->t.class_of[node->byte]];
        if (to == NONE) {
            to = walker_step(g->w, before, node->byte);
            next = walker_row(g->w, 0);
        }
        if (to == CONFIG_DEAD) {
            i = node->skip;
            continue;
        }
        at[node->depth] = to;
        if (node->token != TOK_NONE) put_token(g->v, node->token, bits);
        i++;
    }
}

static uint32_t count_bits(const uint32_t *bits, uint32_t n_words) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < n_words; i++) n += (uint32_t)__builtin_popcount(bits[i]);
    return n;
}

/* Room for one more mask, and for the configuration's entry; where there were many all are made anew. */
static bool mask_room(grammar *g, uint32_t config) {
    if (g->n_masks == g->most_masks) {
        memset(g->mask_of, 0xff, g->n_of * sizeof *g->mask_of);
        g->n_masks = 0;
    }
    if (g->n_masks == g->cap_masks) {
        uint32_t want = g->cap_masks ? g->cap_masks * 2 : 8;
        if (want > g->most_masks) want = g->most_masks;
        uint32_t *p = mem_grow(g->mask, (size_t)want * g->v->n_words * sizeof *p);
        if (p) g->mask = p;
        uint32_t *q = mem_grow(g->mask_set, want * sizeof *q);
        if (q) g->mask_set = q;
        if (!p || !q) return false;
        g->cap_masks = want;
    }
    uint32_t *of = array_room(g->mask_of, &g->cap_of, config + 1, sizeof *of);
    if (!of) return false;
    g->mask_of = of;
    for (; g->n_of <= config; g->n_of++) of[g->n_of] = NONE;
    return true;
}

/* The number of the mask of the live configuration. */
static int find_mask(grammar *g, uint32_t *number, err *e) {
    if (walker_full(g->w)) {
        int rc = walker_forget(g->w, &g->live, e);
        g->n_masks = g->n_of = 0;
        if (rc) return rc;
    }
    uint32_t near = walker_near(g->w, g->live);
    if (near < g->n_of && g->mask_of[near] != NONE) {
        *number = g->mask_of[near];
        return walker_status(g->w, e);
    }
    if (!mask_room(g, near)) return fail(e, ERR_MEMORY, "no memory for the grammar");
    uint32_t *bits = g->mask + (size_t)g->n_masks * g->v->n_words;
    int run = plain_run(g, near);
    put_plain(g->v, run, bits);
    walk_tree(g, run >= 0 ? &g->v->rest : &g->v->all, near, bits);
    if (walker_accepts(g->w, near))
        for (uint32_t i = 0; i < g->v->n_words; i++) bits[i] |= g->v->end[i];
    int rc = walker_status(g->w, e);
    if (rc) return rc;
    g->mask_set[g->n_masks] = count_bits(bits, g->v->n_words);
    *number = g->mask_of[near] = g->n_masks++;
    return OK;
}

int grammar_mask(grammar *g, const uint32_t **bits, err *e) {
    uint32_t number;
    int rc = find_mask(g, &number, e);
    if (!rc) *bits = g->mask + (size_t)number * g->v->n_words;
    return rc;
}

/* ---- Moving on ---- */

/* Where a token leads from `at`; CONFIG_DEAD where it may not come. */
static uint32_t step_token(grammar *g, uint32_t at, int32_t id) {
    buf_reset(&g->piece);
    if (id < 0 || tok_is_end(g->v->tok, id)) return CONFIG_DEAD;
    tok_decode(g->v->tok, id, false, &g->piece);
    if (!g->piece.len) return CONFIG_DEAD;
    for (size_t i = 0; i < g->piece.len && at != CONFIG_DEAD; i++) at = walker_step(g->w, at, g->piece.ptr[i]);
    return at;
}

int grammar_accept(grammar *g, int32_t id, err *e) {
    if (id >= 0 && tok_is_end(g->v->tok, id) && walker_accepts(g->w, g->live)) return OK;
    uint32_t to = step_token(g, g->live, id);
    int rc = walker_status(g->w, e);
    if (!rc) rc = buf_status(&g->piece, e);
    if (!rc && to == CONFIG_DEAD) rc = fail(e, ERR_ARGUMENT, "token %d does not fit the grammar", (int)id);
    if (!rc) g->live = to;
    return rc;
}

int grammar_put(grammar *g, bytes text, err *e) {
    uint32_t at = g->live;
    for (size_t i = 0; i < text.len && at != CONFIG_DEAD; i++) at = walker_step(g->w, at, text.ptr[i]);
    int rc = walker_status(g->w, e);
    if (!rc && at == CONFIG_DEAD) rc = fail(e, ERR_ARGUMENT, "the text does not fit the grammar");
    if (!rc) g->live = at;
    return rc;
}

bool grammar_ended(const grammar *g) { return walker_ends(g->w, g->live); }

size_t grammar_allows(grammar *g, const int32_t *id, size_t n) {
    uint32_t at = g->live;
    size_t i = 0;
    while (i < n && (at = step_token(g, at, id[i])) != CONFIG_DEAD) i++;
    walker_status(g->w, NULL);
    return i;
}

/* The bytes that must come; whether they end the text. */
static bool forced_text(grammar *g, buf *text) {
    uint32_t at = g->live;
    for (int byte; text->len < FORCED_BYTES_MOST && (byte = walker_forced(g->w, at)) >= 0;) {
        buf_byte(text, (uint8_t)byte);
        at = walker_step(g->w, at, (uint8_t)byte);
    }
    return walker_ends(g->w, at);
}

/* The tokens of a text that must come, as far as they are that text byte for byte. */
static int forced_tokens(grammar *g, bytes text, bool ends, ids *out, err *e) {
    ids all = {0};
    size_t at = 0, i = 0;
    int rc = tok_encode(g->v->tok, text, false, &all, e);
    for (; !rc && i < all.n && i < GRAMMAR_FORCED_MAX && (ends || i + 1 < all.n); i++) {
        buf_reset(&g->piece);
        tok_decode(g->v->tok, all.id[i], false, &g->piece);
        size_t n = g->piece.len;
        if (n == 0 || n > text.len - at || memcmp(g->piece.ptr, text.ptr + at, n) != 0) break;
        at += n;
        rc = ids_add(out, all.id[i], e);
    }
    ids_clear(&all);
    return rc;
}

int grammar_forced(grammar *g, ids *out, err *e) {
    buf text = {0};
    size_t before = out->n;
    bool ends = forced_text(g, &text);
    int rc = walker_status(g->w, e);
    if (!rc) rc = buf_status(&text, e);
    if (!rc && text.len) rc = forced_tokens(g, buf_view(&text), ends, out, e);
    buf_clear(&text);
    if (rc || out->n > before || walker_ends(g->w, g->live) || walker_accepts(g->w, g->live)) return rc;
    uint32_t number;
    rc = find_mask(g, &number, e);
    if (rc || g->mask_set[number] != 1) return rc;
    const uint32_t *bits = g->mask + (size_t)number * g->v->n_words;
    uint32_t word = 0;
    while (!bits[word]) word++;
    return ids_add(out, (int32_t)(word * 32 + (uint32_t)__builtin_ctz(bits[word])), e);
}
