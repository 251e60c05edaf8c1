/* The object, loading, and what is loaded. Answers are in answer.c. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#endif
#include "api/oa_impl.h"

#include <time.h>

#include "base/mem.h"

#ifndef OA_VARIANT
#define OA_VARIANT "native"
#endif

double oa_now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

oa *oa_new(int n_threads) {
    oa *o = mem_new(sizeof *o);
    if (!o) return NULL;
    if (n_threads < 1) n_threads = 1;
    if (n_threads > POOL_THREADS_MAX) n_threads = POOL_THREADS_MAX;
    if (pool_open(&o->pool, n_threads, &o->e)) {
        mem_free(o);
        return NULL;
    }
    return o;
}

void oa_free(oa *o) {
    if (!o) return;
    oa_unload(o);
    pool_close(o->pool);
    buf_clear(&o->result);
    buf_clear(&o->text);
    mem_free(o);
}

const char *oa_variant(void) { return OA_VARIANT; }
const char *oa_error(const oa *o) { return o->e.text; }
const uint8_t *oa_result(const oa *o) { return o->result.ptr ? o->result.ptr : (const uint8_t *)""; }
size_t oa_result_len(const oa *o) { return o->result.len; }
const char *oa_text(const oa *o) { return o->text.len ? (const char *)o->text.ptr : ""; }
size_t oa_text_len(const oa *o) { return o->text.len; }
void *oa_take(size_t n) { return mem_new(n); }
void oa_drop(void *p) { mem_free(p); }
int oa_loaded(const oa *o) { return o->m != NULL; }

int oa_enter(oa *o, bool needs_model) {
    buf_reset(&o->result);
    o->e = (err){0};
    if (needs_model && !o->m) return fail(&o->e, ERR_STATE, "no model is loaded; load one first");
    return OK;
}

int oa_leave(oa *o, int rc) {
    if (!rc) rc = buf_status(&o->result, &o->e);
    if (rc) buf_reset(&o->result);
    return rc;
}

static void loading_end(oa *o) {
    loader_close(o->loader);
    o->loader = NULL;
    mem_free(o->room);
    o->room = NULL;
    o->room_cap = o->room_asked = 0;
}

void oa_unload(oa *o) {
    turn_clear(&o->t);
    oa_grammar_drop(o);
    session_close(o->s);
    template_close(o->tpl);
    tok_close(o->tok);
    loading_end(o);
    model_close(o->m);
    gguf_close(o->meta);
    mem_free(o->head);
    o->s = NULL;
    o->tpl = NULL;
    o->tok = NULL;
    o->m = NULL;
    o->meta = NULL;
    o->head = NULL;
    o->tpl_err = (err){0};
}

static int read_files(const json *files, uint64_t *sizes, err *e) {
    uint32_t n = 0;
    if (!files || files->type != JSON_ARRAY || files->count < 1 || files->count > LOADER_FILES_MAX)
        return fail(e, ERR_ARGUMENT, "files: the sizes of 1 to %d files are needed", LOADER_FILES_MAX);
    for (const json *f = files->first; f; f = f->next) {
        if (f->type != JSON_NUMBER || !(f->number >= 0 && f->number <= 9007199254740991.0))
            return fail(e, ERR_ARGUMENT, "files: a size in bytes is needed");
        sizes[n++] = (uint64_t)f->number;
    }
    return OK;
}

int oa_load_begin(oa *o, const char *text, size_t n) {
    uint64_t sizes[LOADER_FILES_MAX];
    const json *j;
    int rc = oa_enter(o, false);
    oa_unload(o);
    rc = json_parse(&j, bytes_of(text, n), &o->e);
    if (rc) return rc;
    double context = json_number(json_get(j, "context"), 0);
    rc = read_files(json_get(j, "files"), sizes, &o->e);
    if (!rc && !(context >= 0 && context <= UINT32_MAX && context == (uint32_t)context))
        rc = fail(&o->e, ERR_ARGUMENT, "context: a whole number of tokens is needed");
    if (!rc) {
        loader_options lo = {.file_sizes = sizes,
                             .n_files = (uint32_t)json_get(j, "files")->count,
                             .exact = json_bool(json_get(j, "exact"), false),
                             .check = json_bool(json_get(j, "check"), true),
                             .pool = o->pool};
        rc = loader_open(&o->loader, &lo, &o->e);
    }
    o->want_context = (uint32_t)context;
    o->load_start = oa_now_ms();
    json_close(j);
    return rc;
}

uint8_t *oa_load_room(oa *o, size_t n) {
    if (!o->loader) return NULL;
    if (n > o->room_cap) {
        uint8_t *p = mem_grow(o->room, n);
        if (!p) return NULL;
        o->room = p;
        o->room_cap = n;
    }
    o->room_asked = n;
    return o->room;
}

/* The context that is wanted, checked against what the model was trained with. */
static int check_context(const oa *o, const hparams *hp, err *e) {
    if (o->want_context > hp->n_ctx_train)
        return fail(e, ERR_ARGUMENT, "context: %u tokens were asked for, the model was trained with %u",
                    (unsigned)o->want_context, (unsigned)hp->n_ctx_train);
    return OK;
}

/* As soon as the head is there: what cannot work is refused before the weights arrive. */
static int head_arrived(oa *o) {
    const gguf *g = loader_gguf(o->loader);
    bytes source;
    int rc = check_context(o, loader_hparams(o->loader), &o->e);
    if (!rc) rc = tok_open(&o->tok, g, &o->e);
    if (rc || !gguf_get(g, "tokenizer.chat_template", NULL)) return rc;
    rc = gguf_str(g, "tokenizer.chat_template", &source, &o->e);
    if (rc) return rc;
    if (template_open(&o->tpl, source, &o->tpl_err))
        o->tpl = NULL; /* completion still works; a chat says why it does not */
    return OK;
}

int oa_load_push(oa *o, size_t n) {
    int rc = oa_enter(o, false);
    if (!o->loader) return fail(&o->e, ERR_STATE, "no model is being loaded");
    if (n > o->room_asked) rc = fail(&o->e, ERR_ARGUMENT, "more bytes than there is room for");
    if (!rc) rc = loader_push(o->loader, bytes_of(o->room, n), &o->e);
    if (!rc && loader_hparams(o->loader) && !o->tok) rc = head_arrived(o);
    if (rc) oa_unload(o);
    return rc;
}

int oa_load_end(oa *o) {
    int rc = oa_enter(o, false);
    if (!o->loader) return fail(&o->e, ERR_STATE, "no model is being loaded");
    rc = loader_end(o->loader, &o->m, &o->meta, &o->head, &o->e);
    if (!rc) {
        loading_end(o);
        uint32_t context = o->want_context;
        if (!context) context = o->m->hp.n_ctx_train < OA_CONTEXT_DEFAULT ? o->m->hp.n_ctx_train : OA_CONTEXT_DEFAULT;
        rc = session_open(&o->s, o->m, o->pool, context, &o->e);
    }
    if (rc) oa_unload(o);
    o->load_ms = oa_now_ms() - o->load_start;
    return rc;
}

int oa_need_template(const oa *o, err *e) {
    if (o->tpl_err.code)
        return fail(e, o->tpl_err.code, "the model's chat template cannot be used: %s", o->tpl_err.text);
    return OK;
}

bytes oa_template_source(const oa *o) {
    bytes source = {0};
    if (o->tpl && gguf_str(o->meta, "tokenizer.chat_template", &source, NULL)) source = bytes_of("", 0);
    return source;
}

chat_options oa_chat_options(const oa *o, uint32_t room) {
    return (chat_options){.tok = o->tok,
                          .tpl = o->tpl,
                          .room = room,
                          .drop = true,
                          .own_tools = !tools_in_template(oa_template_source(o)),
                          .now = (double)time(NULL)};
}

int oa_encode(oa *o, bytes text, bool specials, ids *out, err *e) {
    const tok_special *sp = tok_specials(o->tok);
    int rc = OK;
    if (specials && sp->add_bos && sp->bos != TOK_NONE) rc = ids_add(out, sp->bos, e);
    return rc ? rc : tok_encode(o->tok, text, specials, out, e);
}

int oa_tokenize(oa *o, const char *text, size_t n, int specials) {
    ids out = {0};
    int rc = oa_enter(o, true);
    if (!rc) rc = oa_encode(o, bytes_of(text, n), specials != 0, &out, &o->e);
    if (!rc) buf_put(&o->result, out.id, out.n * sizeof *out.id);
    ids_clear(&out);
    return oa_leave(o, rc);
}

int oa_detokenize(oa *o, const int32_t *id, size_t n, int specials) {
    int rc = oa_enter(o, true);
    for (size_t i = 0; !rc && i < n; i++) tok_decode(o->tok, id[i], specials != 0, &o->result);
    return oa_leave(o, rc);
}

int oa_quote(oa *o, const char *text, size_t n) {
    int rc = oa_enter(o, false);
    buf_json_str(&o->result, bytes_of(text, n));
    return oa_leave(o, rc);
}

int oa_render(oa *o, const char *text, size_t n) {
    const json *j = NULL;
    buf shielded = {0};
    int rc = oa_enter(o, true);
    if (!rc) rc = json_parse(&j, bytes_of(text, n), &o->e);
    if (rc) return rc;
    chat_options options = oa_chat_options(o, 0);
    rc = oa_need_template(o, &o->e);
    if (!rc) rc = chat_render(&options, j, &shielded, &o->e);
    for (size_t i = 0; !rc && i < shielded.len; i++)
        if (shielded.ptr[i] != TOK_SHIELD) buf_byte(&o->result, shielded.ptr[i]);
    buf_clear(&shielded);
    json_close(j);
    return oa_leave(o, rc);
}

int oa_count(oa *o, const char *text, size_t n) {
    const json *j = NULL;
    ids prompt = {0};
    uint32_t dropped;
    int rc = oa_enter(o, true);
    if (!rc) rc = json_parse(&j, bytes_of(text, n), &o->e);
    if (rc) return rc;
    chat_options options = oa_chat_options(o, UINT32_MAX);
    options.drop = false;
    rc = oa_need_template(o, &o->e);
    if (!rc) rc = chat_prompt(&options, j, &prompt, &dropped, &o->e);
    if (!rc) buf_printf(&o->result, "{\"tokens\":%llu}", (unsigned long long)prompt.n);
    ids_clear(&prompt);
    json_close(j);
    return oa_leave(o, rc);
}

void oa_reset(oa *o) {
    turn_clear(&o->t);
    if (o->s) session_reset(o->s);
}
