/* Lines, each parsed by itself. */
#include "data/jsonl.h"

#include "data/tree.h"

void jsonl_init(jsonl *l, size_t max) {
    buf_clear(&l->pending);
    *l = (jsonl){.max = max, .line = 1};
    l->pending.max = max + 1;
}

void jsonl_clear(jsonl *l) { buf_clear(&l->pending); }

static bool is_blank(bytes s) {
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] != ' ' && s.ptr[i] != '\t' && s.ptr[i] != '\r' && s.ptr[i] != '\n') return false;
    return true;
}

static int take_line(jsonl *l, bytes line, jsonl_take *take, void *context, err *e) {
    const json *j = NULL;
    err problem;
    if (is_blank(line)) return OK;
    int rc = json_parse_deep(&j, line, TREE_JSON_DEPTH, &problem);
    if (rc == ERR_MEMORY) {
        *e = problem;
        return rc;
    }
    rc = take(context, rc ? NULL : j, l->line, &problem, e);
    json_close(j);
    return rc;
}

static int too_long(const jsonl *l, err *e) {
    return fail(e, ERR_TOO_LONG, "line %zu has more than %zu MB; is it JSONL?", l->line, l->max >> 20);
}

static int keep(jsonl *l, bytes s, err *e) {
    buf_bytes(&l->pending, s);
    return l->pending.bad == ERR_TOO_LONG ? too_long(l, e) : buf_status(&l->pending, e);
}

int jsonl_push(jsonl *l, bytes piece, jsonl_take *take, void *context, err *e) {
    if (!l->begun && !l->pending.len && piece.len >= 3 && !memcmp(piece.ptr, "\xef\xbb\xbf", 3))
        piece.ptr += 3, piece.len -= 3; /* BOM */
    for (size_t i = 0; i < piece.len && !l->begun; i++) {
        if (is_blank(bytes_of(piece.ptr + i, 1))) continue;
        l->begun = true;
        l->is_array = piece.ptr[i] == '[';
    }
    if (l->is_array) return keep(l, piece, e);
    while (piece.len) {
        const uint8_t *end = memchr(piece.ptr, '\n', piece.len);
        size_t n = end ? (size_t)(end - piece.ptr) : piece.len;
        if (!end) return keep(l, piece, e);
        if (n > l->max) return too_long(l, e);
        int rc = OK;
        if (!l->pending.len) rc = take_line(l, bytes_of(piece.ptr, n), take, context, e);
        else {
            rc = keep(l, bytes_of(piece.ptr, n), e);
            if (!rc) rc = take_line(l, buf_view(&l->pending), take, context, e);
            buf_reset(&l->pending);
        }
        if (rc) return rc;
        l->line++;
        piece.ptr += n + 1;
        piece.len -= n + 1;
    }
    return OK;
}

/* The elements of the one array. */
static int take_elements(jsonl *l, jsonl_take *take, void *context, err *e) {
    const json *all = NULL;
    err problem;
    int rc = json_parse_deep(&all, buf_view(&l->pending), TREE_JSON_DEPTH, &problem);
    if (rc == ERR_MEMORY) {
        *e = problem;
        return rc;
    }
    if (rc) return take(context, NULL, 1, &problem, e);
    for (const json *j = all->first; j && !rc; j = j->next, l->line++) rc = take(context, j, l->line, NULL, e);
    json_close(all);
    return rc;
}

int jsonl_end(jsonl *l, jsonl_take *take, void *context, err *e) {
    int rc = l->is_array ? take_elements(l, take, context, e) : take_line(l, buf_view(&l->pending), take, context, e);
    buf_reset(&l->pending);
    return rc;
}
