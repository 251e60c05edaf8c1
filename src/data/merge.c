/* One message from two files: what people think of it is united. */
#include "data/tree.h"

#include "data/tree_impl.h"
#include <math.h>

int forest_check_same(const forest *f, const json *node, err *e) {
    uint32_t at = map_get(f->by_id, json_string(json_get(node, "message_id"), ""));
    const json *there = NULL;
    if (at == MAP_NONE) return OK;
    int rc = message_parse(&there, &f->messages[at], e);
    if (rc) return rc;
    bytes id = f->messages[at].id;
    if (!bytes_eq(json_string(json_get(there, "text"), ""), json_string(json_get(node, "text"), "")))
        rc = fail(e, ERR_CORRUPT, "text: message %.*s is there with another one", (int)id.len, id.ptr);
    else if (!bytes_eq(json_string(json_get(there, "role"), ""), json_string(json_get(node, "role"), "")))
        rc = fail(e, ERR_CORRUPT, "role: message %.*s is there with another one", (int)id.len, id.ptr);
    json_close(there);
    return rc;
}

static void member(buf *out, bytes key, size_t *n) {
    if ((*n)++) buf_byte(out, ',');
    buf_json_str(out, key);
    buf_byte(out, ':');
}

static const json *find(const json *object, bytes key) {
    for (const json *m = object ? object->first : NULL; m; m = m->next)
        if (bytes_eq(m->key, key)) return m;
    return NULL;
}

/* Members of both; where both have one, `newer` says whether b's is taken. */
static void unite(buf *out, const json *a, const json *b, bool (*newer)(const json *a, const json *b)) {
    size_t n = 0;
    buf_byte(out, '{');
    for (const json *m = a->first; m; m = m->next) {
        const json *other = find(b, m->key);
        member(out, m->key, &n);
        json_write(other && newer(m, other) ? other : m, out);
    }
    for (const json *m = b->first; m; m = m->next) {
        if (find(a, m->key)) continue;
        member(out, m->key, &n);
        json_write(m, out);
    }
    buf_byte(out, '}');
}

static bool is_more(const json *a, const json *b) { return json_number(b, 0) > json_number(a, 0); }
/* Of as many votes the larger mean, so that it is the same whichever file comes first. */
static bool has_more_votes(const json *a, const json *b) {
    const json *n = json_get(a, "count"), *m = json_get(b, "count");
    return is_more(n, m) || (!is_more(m, n) && is_more(json_get(a, "value"), json_get(b, "value")));
}

/* Appends the elements of texts, JSON each with a line break, that are not in `known`, and puts them there where `add`
 * is set; *n: elements of out. */
static void put_unknown(buf *out, bytes texts, map *known, bool add, size_t *n) {
    while (texts.len && !out->bad) {
        size_t len = (size_t)((const uint8_t *)memchr(texts.ptr, '\n', texts.len) - texts.ptr);
        bytes text = bytes_of(texts.ptr, len);
        if (add || map_get(known, text) == MAP_NONE) {
            if ((*n)++) buf_byte(out, ',');
            buf_bytes(out, text);
        }
        err e;
        int rc = add ? map_put(known, text, 0, NULL, &e) : OK;
        if (rc) out->bad = rc;
        texts = bytes_of(texts.ptr + len + 1, texts.len - len - 1);
    }
}

static void write_elements(buf *out, const json *list) {
    for (const json *x = list ? list->first : NULL; x; x = x->next) {
        json_write(x, out);
        buf_byte(out, '\n'); /* which JSON has none of */
    }
}

/* The elements of a, then those of b that are none of a's. */
static void unite_lists(buf *out, const json *a, const json *b) {
    size_t n = 0;
    buf one = {0}, other = {0};
    map *known = NULL;
    err e;
    write_elements(&one, a);
    write_elements(&other, b);
    int rc = one.bad ? one.bad : other.bad;
    if (!rc) rc = map_open(&known, a ? a->count : 0, 0x5eed, &e);
    if (rc) out->bad = rc;
    buf_byte(out, '[');
    put_unknown(out, buf_view(&one), known, true, &n);
    put_unknown(out, buf_view(&other), known, false, &n);
    buf_byte(out, ']');
    map_close(known);
    buf_clear(&one);
    buf_clear(&other);
}

static void unite_events(buf *out, const json *a, const json *b) {
    size_t n = 0;
    buf_byte(out, '{');
    for (const json *m = a->first; m; m = m->next) {
        member(out, m->key, &n);
        unite_lists(out, m, find(b, m->key));
    }
    for (const json *m = b->first; m; m = m->next) {
        if (find(a, m->key)) continue;
        member(out, m->key, &n);
        unite_lists(out, NULL, m);
    }
    buf_byte(out, '}');
}

/* A member that both have. */
static void unite_member(buf *out, const json *a, const json *b) {
    if (bytes_is(a->key, "emojis")) unite(out, a, b, is_more);
    else if (bytes_is(a->key, "labels")) unite(out, a, b, has_more_votes);
    else if (bytes_is(a->key, "events")) unite_events(out, a, b);
    else if (bytes_is(a->key, "review_count")) json_write(is_more(a, b) ? b : a, out);
    else if (bytes_is(a->key, "review_result") || bytes_is(a->key, "deleted"))
        json_write(json_bool(b, false) ? b : a, out); /* once it is so, it stays so */
    else json_write(a, out);
}

static void unite_bodies(buf *out, const json *a, const json *b) {
    size_t n = 0;
    for (const json *m = a->first; m; m = m->next) {
        const json *other = find(b, m->key);
        member(out, m->key, &n);
        if (other) unite_member(out, m, other);
        else json_write(m, out);
    }
    for (const json *m = b->first; m; m = m->next) {
        if (find(a, m->key)) continue;
        member(out, m->key, &n);
        json_write(m, out);
    }
}

int forest_merge(forest *f, uint32_t known, bytes parent_id, err *e) {
    message *m = &f->messages[known];
    const json *a = NULL, *b = NULL;
    buf out = {0};
    message added = {.body = buf_view(&f->text)};
    if (parent_id.len && m->parent_id.len && !bytes_eq(parent_id, m->parent_id))
        return fail(e, ERR_CORRUPT, "parent_id: message %.*s is there with another one", (int)m->id.len, m->id.ptr);
    if (bytes_eq(m->body, added.body)) return OK;
    int rc = message_parse(&a, m, e);
    if (!rc) rc = message_parse(&b, &added, e);
    if (!rc) unite_bodies(&out, a, b);
    if (!rc) m->rank = json_number(json_get(a, "rank"), json_number(json_get(b, "rank"), HUGE_VAL));
    if (!rc) rc = buf_status(&out, e);
    if (!rc && !bytes_eq(buf_view(&out), m->body)) rc = forest_keep(f, buf_view(&out), &m->body, e);
    if (!rc && !m->parent_id.len && parent_id.len) rc = forest_keep(f, parent_id, &m->parent_id, e);
    json_close(a);
    json_close(b);
    buf_clear(&out);
    return rc;
}
