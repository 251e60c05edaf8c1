/* The forest: where messages are kept and found by their ids. What a line says is checked whole before any of it is
 * added. */
#include "data/tree.h"

#include <math.h>

#include "base/map.h"
#include "base/mem.h"
#include "data/tree_impl.h"

enum { ARENA_BYTES = 1 << 20 };

int forest_open(forest **out, size_t bytes_max, err *e) {
    forest *f = mem_new(sizeof *f);
    if (!f) return fail(e, ERR_MEMORY, "no memory for messages");
    f->bytes_max = bytes_max;
    f->fault = TREE_NONE;
    int rc = map_open(&f->by_id, 1024, 0x5eed, e);
    if (!rc) rc = map_open(&f->tree_by_id, 256, 0x5eed, e);
    if (rc) {
        forest_close(f);
        return rc;
    }
    *out = f;
    return OK;
}

void forest_close(forest *f) {
    if (!f) return;
    for (arena *a = f->arena, *before; a; a = before) {
        before = a->before;
        mem_free(a);
    }
    map_close(f->by_id);
    map_close(f->tree_by_id);
    mem_free(f->messages);
    mem_free(f->trees);
    buf_clear(&f->text);
    mem_free(f);
}

int forest_keep(forest *f, bytes s, bytes *kept, err *e) {
    arena *a = f->arena;
    if (f->bytes + s.len > f->bytes_max)
        return fail(e, ERR_MEMORY, "the messages need more than %zu MB; raise --memory or split the files",
                    f->bytes_max >> 20);
    if (!a || a->cap - a->n < s.len) {
        size_t cap = s.len > ARENA_BYTES ? s.len : ARENA_BYTES;
        a = mem_new(sizeof *a + cap);
        if (!a) return fail(e, ERR_MEMORY, "no memory for messages");
        a->cap = cap;
        a->before = f->arena;
        f->arena = a;
    }
    if (s.len) memcpy(a->text + a->n, s.ptr, s.len);
    *kept = bytes_of(a->text + a->n, s.len);
    a->n += s.len;
    f->bytes += s.len;
    return OK;
}

void forest_at(forest *f, uint32_t file, uint32_t line) {
    f->file = file;
    f->line = line;
}

size_t forest_trees(const forest *f) { return f->n_trees; }
size_t forest_messages(const forest *f) { return f->n_messages; }
const tree *forest_tree(const forest *f, size_t i) { return &f->trees[i]; }
const message *forest_message(const forest *f, size_t i) { return &f->messages[i]; }

bool role_of(bytes name, bool *assistant) {
    *assistant = bytes_is(name, "assistant");
    return *assistant || bytes_is(name, "prompter");
}

/* Makes room for one more of `each` bytes. */
static int grow(void **list, size_t n, size_t *cap, size_t each, err *e) {
    if (n < *cap) return OK;
    size_t more = *cap ? *cap * 2 : 256;
    void *p = n >= TREE_NONE / 2 ? NULL : mem_grow(*list, more * each);
    if (!p) return fail(e, ERR_MEMORY, "no memory for messages");
    *list = p;
    *cap = more;
    return OK;
}

int forest_tree_of(forest *f, bytes id, uint32_t *at, err *e) {
    bytes kept;
    *at = map_get(f->tree_by_id, id);
    if (*at != MAP_NONE) return OK;
    int rc = grow((void **)&f->trees, f->n_trees, &f->cap_trees, sizeof *f->trees, e);
    if (!rc) rc = forest_keep(f, id, &kept, e);
    if (!rc) rc = map_put(f->tree_by_id, kept, (uint32_t)f->n_trees, NULL, e);
    if (rc) return rc;
    f->trees[f->n_trees] = (tree){.id = kept, .root = TREE_NONE};
    *at = (uint32_t)f->n_trees++;
    return OK;
}

/* The message's members, those of its place in a tree left out, as f->text. */
static int write_body(forest *f, const json *node, err *e) {
    static const char *const left_out[] = {"message_id", "parent_id", "message_tree_id", "tree_state", "replies"};
    buf_reset(&f->text);
    buf_str(&f->text, "\"message_id\":");
    json_write(json_get(node, "message_id"), &f->text);
    for (const json *m = node->first; m; m = m->next) {
        bool skip = m->type == JSON_NULL; /* the schema leaves nulls out */
        for (size_t i = 0; i < sizeof left_out / sizeof *left_out && !skip; i++) skip = bytes_is(m->key, left_out[i]);
        if (skip) continue;
        buf_byte(&f->text, ',');
        buf_json_str(&f->text, m->key);
        buf_byte(&f->text, ':');
        if ((bytes_is(m->key, "labels") || bytes_is(m->key, "emojis")) && lists_are(m)) lists_write(m, &f->text);
        else json_write(m, &f->text);
    }
    return buf_status(&f->text, e);
}

int forest_put(forest *f, const json *node, bytes parent_id, uint32_t at_tree, err *e) {
    bytes id = json_string(json_get(node, "message_id"), "");
    uint32_t known = map_get(f->by_id, id);
    bytes kept_id, kept_parent, kept_body;
    int rc = write_body(f, node, e);
    if (rc) return rc;
    if (known != MAP_NONE) return forest_merge(f, known, parent_id, e);
    rc = grow((void **)&f->messages, f->n_messages, &f->cap_messages, sizeof *f->messages, e);
    if (!rc) rc = forest_keep(f, id, &kept_id, e);
    if (!rc) rc = forest_keep(f, parent_id, &kept_parent, e);
    if (!rc) rc = forest_keep(f, buf_view(&f->text), &kept_body, e);
    if (!rc) rc = map_put(f->by_id, kept_id, (uint32_t)f->n_messages, NULL, e);
    if (rc) return rc;
    f->messages[f->n_messages++] = (message){
        .id = kept_id,
        .parent_id = kept_parent,
        .body = kept_body,
        .file = f->file,
        .line = f->line,
        .assistant = bytes_is(json_string(json_get(node, "role"), ""), "assistant"),
        .rank = json_number(json_get(node, "rank"), HUGE_VAL),
        .tree = at_tree,
        .parent = TREE_NONE,
        .reply = TREE_NONE,
        .next = TREE_NONE,
    };
    return OK;
}

int message_parse(const json **out, const message *m, err *e) {
    buf whole = {0};
    buf_byte(&whole, '{');
    buf_bytes(&whole, m->body);
    buf_byte(&whole, '}');
    int rc = buf_status(&whole, e);
    if (!rc) rc = json_parse(out, buf_view(&whole), e);
    buf_clear(&whole);
    return rc;
}

/* The members of `parsed` from `m` on without those that change, then the new ones, as f->text. */
static int write_changed(forest *f, const json *m, const change *changes, size_t n, bool comma_first, err *e) {
    size_t n_written = comma_first;
    buf_reset(&f->text);
    for (; m; m = m->next) {
        size_t i = 0;
        while (i < n && !bytes_is(m->key, changes[i].key)) i++;
        if (i < n) continue;
        if (n_written++) buf_byte(&f->text, ',');
        buf_json_str(&f->text, m->key);
        buf_byte(&f->text, ':');
        json_write(m, &f->text);
    }
    for (size_t i = 0; i < n; i++) {
        if (!changes[i].value.len) continue;
        buf_printf(&f->text, n_written++ ? ",\"%s\":" : "\"%s\":", changes[i].key);
        buf_bytes(&f->text, changes[i].value);
    }
    return buf_status(&f->text, e);
}

int forest_change(forest *f, uint32_t at, const change *changes, size_t n, err *e) {
    const json *j = NULL;
    message *m = &f->messages[at];
    int rc = message_parse(&j, m, e);
    if (!rc) rc = write_changed(f, j->first, changes, n, false, e);
    json_close(j);
    if (rc || bytes_eq(buf_view(&f->text), m->body)) return rc;
    return forest_keep(f, buf_view(&f->text), &m->body, e);
}

int tree_head(const json **out, const tree *t, err *e) {
    buf whole = {0};
    buf_str(&whole, "{\"\":0");
    buf_bytes(&whole, t->head);
    buf_byte(&whole, '}');
    int rc = buf_status(&whole, e);
    if (!rc) rc = json_parse(out, buf_view(&whole), e);
    buf_clear(&whole);
    return rc;
}

int forest_change_head(forest *f, uint32_t at_tree, const change *changes, size_t n, err *e) {
    const json *j = NULL;
    int rc = tree_head(&j, &f->trees[at_tree], e);
    if (!rc) rc = write_changed(f, j->first->next, changes, n, true, e);
    json_close(j);
    return rc ? rc : forest_keep(f, buf_view(&f->text), &f->trees[at_tree].head, e);
}
