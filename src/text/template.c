/* The public calls of the template interpreter, its memory, its budgets and its errors. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "text/template_impl.h"

struct tpl_chunk {
    struct tpl_chunk *next;
    uint64_t align[3]; /* keeps what follows aligned to 16 on 32 and 64 bits */
};
enum { CHUNK_BYTES = 16 << 10 };

void *tpl_arena_get(tpl_arena *a, size_t n) {
    if (n > SIZE_MAX / 2) return NULL;
    n = (n + 15) & ~(size_t)15;
    if (n <= (size_t)(a->end - a->at)) {
        void *p = a->at;
        a->at += n;
        return p;
    }
    size_t each = CHUNK_BYTES < a->used / 4 ? a->used / 4 : CHUNK_BYTES; /* few blocks, little waste */
    if (each > a->max - a->used) each = a->max - a->used;
    size_t size = n + sizeof(struct tpl_chunk) > each ? n + sizeof(struct tpl_chunk) : each;
    if (size > a->max - a->used) return NULL;
    struct tpl_chunk *c = mem_new(size);
    if (!c) return NULL;
    c->next = a->chunks;
    a->chunks = c;
    a->used += size;
    uint8_t *start = (uint8_t *)(c + 1);
    if (size - sizeof *c - n >= (size_t)(a->end - a->at)) { /* keep whichever has more left */
        a->at = start + n;
        a->end = (uint8_t *)c + size;
    }
    return start;
}

void tpl_arena_clear(tpl_arena *a) {
    for (struct tpl_chunk *c = a->chunks, *next; c; c = next) {
        next = c->next;
        mem_free(c);
    }
    *a = (tpl_arena){.max = a->max};
}

int tpl_fail(tpl_run *r, int code, const char *format, ...) {
    if (r->rc) return r->rc;
    char text[ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    r->rc = fail(r->e, code, "chat template, line %" PRIu32 ": %s", r->line, text);
    return r->rc;
}

bool tpl_cost(tpl_run *r, size_t work) {
    if (r->rc) return false;
    if (work >= r->steps) {
        r->steps = 0;
        tpl_fail(r, ERR_TOO_LONG, "more than %d steps", TEMPLATE_STEPS_MAX);
        return false;
    }
    r->steps -= work;
    return true;
}

/* A step is worth about 64 bytes of copying or comparing. */
bool tpl_cost_bytes(tpl_run *r, size_t n) { return tpl_cost(r, 1 + n / 64); }

bool tpl_enter(tpl_run *r) {
    if (!tpl_cost(r, 1)) return false;
    if (r->depth >= TPL_NEST_MAX) {
        tpl_fail(r, ERR_TOO_LONG, "nested deeper than %d", TPL_NEST_MAX);
        return false;
    }
    r->depth++;
    return true;
}

void *tpl_get(tpl_run *r, size_t n, size_t each) {
    if (r->rc) return NULL;
    void *p = n > SIZE_MAX / 2 / each ? NULL : tpl_arena_get(&r->mem, n * each);
    if (!p) tpl_fail(r, ERR_MEMORY, "no memory for its values (limit %d MiB)", TPL_MEMORY_MAX >> 20);
    return p;
}

bytes tpl_copy(tpl_run *r, bytes s) {
    uint8_t *p = s.len && tpl_cost_bytes(r, s.len) ? tpl_get(r, s.len, 1) : NULL;
    if (!p) return bytes_str("");
    memcpy(p, s.ptr, s.len);
    return bytes_of(p, s.len);
}

buf tpl_buf(const tpl_run *r) {
    size_t left = r->mem.max - r->mem.used + (size_t)(r->mem.end - r->mem.at);
    return (buf){.max = left > r->held ? left - r->held : 1}; /* 0 would be no limit */
}

bytes tpl_take(tpl_run *r, buf *b) {
    if (b->bad) tpl_fail(r, ERR_MEMORY, "no memory for a string (limit %d MiB)", TPL_MEMORY_MAX >> 20);
    bytes s = tpl_copy(r, buf_view(b));
    buf_clear(b);
    return s;
}

void tpl_emit(tpl_run *r, bytes s) {
    if (!tpl_cost_bytes(r, s.len)) return;
    buf_bytes(r->out, s);
    if (r->out->bad == ERR_TOO_LONG && r->out == r->result)
        tpl_fail(r, ERR_TOO_LONG, "more output than %zu bytes", r->out->max);
    if (r->out->bad) tpl_fail(r, ERR_MEMORY, "no memory for its output");
}

/* Copies the source with line ends made \n and the last one removed, as jinja2 does. */
static int copy_source(template *t, bytes source, err *e) {
    uint8_t *p = tpl_arena_get(&t->mem, source.len + 1);
    if (!p) return fail(e, ERR_MEMORY, "chat template: no memory for its text");
    size_t n = 0;
    for (size_t i = 0; i < source.len; i++) {
        uint8_t c = source.ptr[i];
        if (c == '\r') {
            if (i + 1 < source.len && source.ptr[i + 1] == '\n') i++;
            c = '\n';
        }
        p[n++] = c;
    }
    if (n && p[n - 1] == '\n') n--;
    t->source = bytes_of(p, n);
    return OK;
}

int template_open(template **out, bytes source, err *e) {
    if (source.len > TEMPLATE_BYTES_MAX)
        return fail(e, ERR_TOO_LONG, "chat template: %zu bytes, at most %d", source.len, TEMPLATE_BYTES_MAX);
    template *t = mem_new(sizeof *t);
    if (!t) return fail(e, ERR_MEMORY, "chat template: no memory");
    t->mem.max = TPL_TREE_MAX;
    int rc = copy_source(t, source, e);
    if (!rc) {
        tpl_parser p = {.mem = &t->mem, .src = t->source, .line = 1, .e = e};
        t->body = tpl_parse_body(&p, "");
        rc = p.rc;
    }
    if (rc) {
        template_close(t);
        return rc;
    }
    *out = t;
    return OK;
}

void template_close(template *t) {
    if (!t) return;
    tpl_arena_clear(&t->mem);
    mem_free(t);
}

int template_render(const template *t, const json *context, double now, buf *out, err *e) {
    if (!context || context->type != JSON_OBJECT)
        return fail(e, ERR_ARGUMENT, "chat template: the variables must be a JSON object");
    tpl_run r = {.mem.max = TPL_MEMORY_MAX,
                 .t = t,
                 .out = out,
                 .result = out,
                 .now = now,
                 .steps = TEMPLATE_STEPS_MAX,
                 .line = 1,
                 .e = e};
    tpl_value vars = tpl_from_json(&r, context);
    r.scope = tpl_scope_push(&r, NULL);
    if (r.scope && !r.rc) {
        r.scope->vars = *vars.dict;
        r.scope = tpl_scope_push(&r, r.scope); /* what the template sets hides the caller's, and stays apart */
    }
    if (!r.rc) tpl_exec(&r, t->body);
    tpl_arena_clear(&r.mem);
    return r.rc;
}
