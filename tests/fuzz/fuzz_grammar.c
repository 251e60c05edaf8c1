/* Any bytes as a schema, a regular expression or a grammar (the first byte says which): no fault, an end that the
 * header names, and texts that the masks allow never get stuck. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "infer/grammar.h"
#include "infer/grammar_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void promise(bool kept) {
    if (!kept) abort();
}

/* Bytes in place of tokens: no vocabulary is needed. */
static void walk(const net *t, uint32_t root, uint64_t seed) {
    bool present[256];
    table linked;
    walker *w = NULL;
    rng r;
    for (int i = 0; i < 256; i++) present[i] = i != 21; /* as the default model has no token for that byte */
    if (!table_link(&linked, t, root, present, NULL) && !walker_open(&w, &linked, 16, NULL)) {
        uint32_t at = walker_start(w);
        int bad = walker_status(w, NULL);
        rng_init(&r, seed);
        for (int n = 0; n < 300 && !bad && !walker_ends(w, at); n++) {
            uint32_t next = CONFIG_DEAD, from = (uint32_t)rng_next(&r) & 255;
            for (uint32_t i = 0; i < 256 && next == CONFIG_DEAD && !bad; i++) {
                next = walker_step(w, at, (uint8_t)(from + i));
                bad = walker_status(w, NULL);
            }
            promise(bad || next != CONFIG_DEAD);
            uint32_t near = bad ? CONFIG_DEAD : walker_near(w, next);
            if (!bad) promise(walker_accepts(w, near) == walker_accepts(w, next));
            if (!bad) promise(walker_ends(w, near) == walker_ends(w, next));
            bad = bad ? bad : walker_status(w, NULL);
            if (!bad && n % 64 == 63) bad = walker_forget(w, &next, NULL);
            at = next;
        }
        if (!bad && walker_ends(w, at)) promise(walker_accepts(w, at));
    }
    walker_close(w);
    table_clear(&linked);
}

static int read_source(net *t, int kind, bytes source, uint32_t *root, err *e) {
    bool present[256];
    const json *j = NULL;
    memset(present, true, sizeof present);
    if (kind == 1) return gbnf_read(t, source, root, e);
    if (kind == 2) {
        uint32_t expr;
        bool marks;
        regex_options o = {.place = "regex"};
        int rc = regex_read(&t->x, source, &o, &expr, &marks, e);
        if (rc || marks) return rc ? rc : fail(e, ERR_UNSUPPORTED, "read by another way");
        *root = net_expr_rule(t, expr);
        return net_make(t, "regex", e);
    }
    int rc = json_parse(&j, source, e);
    if (!rc) rc = schema_read(t, j, present, root, e);
    json_close(j);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    net t;
    err e = {0};
    uint32_t root = NONE;
    if (size < 2 || size > 4096) return 0;
    uint8_t *copy = mem_new(size); /* so that a sanitizer sees a byte too many */
    if (!copy) abort();
    memcpy(copy, data, size);
    int rc = net_init(&t, &e);
    if (!rc) rc = read_source(&t, data[0] % 3, bytes_of(copy + 1, size - 1), &root, &e);
    promise(rc == OK || (e.text[0] && (rc == ERR_ARGUMENT || rc == ERR_UNSUPPORTED || rc == ERR_TOO_LONG ||
                                       rc == ERR_CORRUPT || rc == ERR_MEMORY)));
    if (!rc) walk(&t, root, size);
    net_clear(&t);
    mem_free(copy);
    return 0;
}
