/* What a model is, and measurements of it: facts, log-probabilities, perplexity, speed. */
#include "api/oa_impl.h"
#include "base/mem.h"

static void put_key(buf *b, const char *key) { buf_printf(b, "%c\"%s\":", b->len > 1 ? ',' : '{', key); }

static void put_number(buf *b, const char *key, double v) {
    put_key(b, key);
    buf_json_num(b, v);
}

static void put_text(buf *b, const char *key, bytes v) {
    put_key(b, key);
    buf_json_str(b, v);
}

static void put_meta_text(buf *b, const char *key, const gguf *g, const char *meta) {
    bytes v;
    put_key(b, key);
    if (gguf_get(g, meta, NULL) && gguf_str(g, meta, &v, NULL) == OK) buf_json_str(b, v);
    else buf_str(b, "null");
}

/* The type that most of the weights have names the quantisation. */
static void put_types(buf *b, const model *m) {
    int most = 0, n = 0;
    for (int i = 0; i < TENSOR_TYPE_COUNT; i++)
        if (m->n_type[i] > m->n_type[most]) most = i;
    put_text(b, "quantization", bytes_str(quant_of((uint32_t)most)->name));
    put_key(b, "tensors");
    for (int i = 0; i < TENSOR_TYPE_COUNT; i++)
        if (m->n_type[i])
            buf_printf(b, "%c\"%s\":%u", n++ ? ',' : '{', quant_of((uint32_t)i)->name, (unsigned)m->n_type[i]);
    buf_byte(b, '}');
}

static void put_tokenizer(buf *b, const oa *o) {
    const tok_special *sp = tok_specials(o->tok);
    buf t = {0};
    put_meta_text(&t, "model", o->meta, "tokenizer.ggml.model");
    put_meta_text(&t, "pre", o->meta, "tokenizer.ggml.pre");
    put_number(&t, "bos", sp->bos);
    put_number(&t, "eos", sp->eos);
    put_key(&t, "add_bos");
    buf_str(&t, sp->add_bos ? "true}" : "false}");
    put_key(b, "tokenizer");
    buf_bytes(b, buf_view(&t));
    if (t.bad) b->bad = t.bad;
    buf_clear(&t);
}

int oa_info(oa *o) {
    int rc = oa_enter(o, true);
    if (rc) return rc;
    const hparams *hp = &o->m->hp;
    const kv_shape cache = model_kv_shape(o->m);
    buf *b = &o->result;
    put_text(b, "architecture", bytes_str(o->m->arch->name));
    put_meta_text(b, "name", o->meta, "general.name");
    put_meta_text(b, "license", o->meta, "general.license");
    put_number(b, "parameters", (double)o->m->n_params);
    put_number(b, "layers", hp->n_layer);
    put_number(b, "embedding", hp->n_embd);
    put_number(b, "heads", hp->n_head);
    put_number(b, "kv_heads", hp->n_head_kv);
    put_number(b, "head_dim", hp->head_dim);
    put_number(b, "ffn", hp->n_ff);
    put_number(b, "vocab", hp->n_vocab);
    put_number(b, "context", session_context(o->s));
    put_number(b, "context_trained", hp->n_ctx_train);
    put_types(b, o->m);
    put_tokenizer(b, o);
    put_meta_text(b, "template", o->meta, "tokenizer.chat_template");
    put_number(b, "weights_bytes", (double)o->m->weights_bytes);
    put_number(b, "kv_bytes_per_token", (double)kv_bytes_per_token(&cache));
    put_number(b, "threads", pool_threads(o->pool));
    put_number(b, "load_ms", o->load_ms);
    put_text(b, "variant", bytes_str(oa_variant()));
    put_key(b, "exact");
    buf_str(b, o->m->exact ? "true}" : "false}");
    return oa_leave(o, OK);
}

/* Computes a prompt to its end. */
static int run_prompt(oa *o, const int32_t *id, size_t n) {
    int rc = session_feed(o->s, id, n, NULL, &o->e);
    while (!rc && session_left(o->s)) rc = session_step(o->s, &o->e);
    return rc;
}

static int put_top(oa *o, const ids *prompt, int n_top) {
    const float *logits;
    buf *b = &o->result;
    int rc = session_logits(o->s, &logits, &o->e);
    if (rc) return rc;
    sampler_top *top = mem_array(n_top ? (size_t)n_top : 1, sizeof *top);
    if (!top) return fail(&o->e, ERR_MEMORY, "no memory for the list");
    int n = sampler_best(logits, o->m->hp.n_vocab, top, n_top);
    buf_str(b, "{\"ids\":[");
    for (size_t i = 0; i < prompt->n; i++) buf_printf(b, i ? ",%d" : "%d", (int)prompt->id[i]);
    buf_str(b, "],\"top\":[");
    for (int i = 0; i < n; i++) {
        buf_printf(b, i ? ",[%d," : "[%d,", (int)top[i].id);
        buf_json_num(b, (double)top[i].logprob);
        buf_byte(b, ']');
    }
    buf_str(b, "]}");
    mem_free(top);
    return OK;
}

int oa_logits(oa *o, const char *text, size_t n, int n_top) {
    ids prompt = {0};
    int rc = oa_enter(o, true);
    if (!rc) turn_clear(&o->t);
    if (!rc && (n_top < 0 || (uint32_t)n_top > o->m->hp.n_vocab))
        rc = fail(&o->e, ERR_ARGUMENT, "top: a number from 0 to %u is needed", (unsigned)o->m->hp.n_vocab);
    if (!rc) rc = oa_encode(o, bytes_of(text, n), true, &prompt, &o->e);
    if (!rc) rc = run_prompt(o, prompt.id, prompt.n);
    if (!rc) rc = put_top(o, &prompt, n_top);
    ids_clear(&prompt);
    return oa_leave(o, rc);
}

/* Windows overlap by one token, so that every token but the very first is predicted once. */
static int surprise(oa *o, const ids *text, double *sum, size_t *n) {
    uint32_t context = session_context(o->s);
    int rc = OK;
    for (size_t from = 0; !rc && from + 1 < text->n; from += context - 1) {
        size_t len = text->n - from < context ? text->n - from : context;
        session_reset(o->s);
        rc = session_feed(o->s, text->id + from, len, NULL, &o->e);
        while (!rc && session_left(o->s)) {
            rc = session_step(o->s, &o->e);
            if (!rc) rc = session_surprise(o->s, sum, n, &o->e);
        }
    }
    return rc;
}

int oa_perplexity(oa *o, const char *text, size_t len) {
    ids all = {0};
    double sum = 0;
    size_t n = 0;
    int rc = oa_enter(o, true);
    if (!rc) turn_clear(&o->t);
    if (!rc) rc = oa_encode(o, bytes_of(text, len), true, &all, &o->e);
    if (!rc && (all.n < 2 || session_context(o->s) < 2))
        rc = fail(&o->e, ERR_ARGUMENT, "the text has %llu tokens; two or more are needed", (unsigned long long)all.n);
    if (!rc) rc = surprise(o, &all, &sum, &n);
    if (!rc) {
        buf_str(&o->result, "{\"perplexity\":");
        buf_json_num(&o->result, k_exp_d(sum / (double)n));
        buf_printf(&o->result, ",\"tokens\":%llu}", (unsigned long long)n);
    }
    ids_clear(&all);
    return oa_leave(o, rc);
}

/* A prompt for measuring: any tokens do, as long as they differ. */
static int bench_prompt(const oa *o, int n, ids *out, err *e) {
    int rc = OK;
    for (int i = 0; i < n && !rc; i++) rc = ids_add(out, (int32_t)((uint32_t)i * 7919u % o->m->hp.n_vocab), e);
    return rc;
}

static int bench_decode(oa *o, sampler *s, int n) {
    const float *logits;
    int32_t id;
    int rc = OK;
    for (int i = 0; i < n && !rc; i++) {
        rc = session_logits(o->s, &logits, &o->e);
        if (!rc) rc = sampler_pick(s, logits, &id, &o->e);
        if (!rc) rc = session_push(o->s, id, &o->e);
    }
    return rc;
}

int oa_bench(oa *o, int n_prompt, int n_gen) {
    ids prompt = {0};
    sampler *s = NULL;
    sampler_params greedy = sampler_defaults();
    double start = 0, first = 0, end = 0;
    int rc = oa_enter(o, true);
    if (!rc) {
        oa_reset(o);
        session_guess(o->s, false); /* one token after the other is what is measured */
    }
    if (!rc && (n_prompt < 1 || n_gen < 1 || (int64_t)n_prompt + n_gen > session_context(o->s)))
        rc = fail(&o->e, ERR_ARGUMENT, "%d and %d tokens do not fit the context of %u", n_prompt, n_gen,
                  (unsigned)session_context(o->s));
    if (!rc) rc = bench_prompt(o, n_prompt, &prompt, &o->e);
    if (!rc) rc = sampler_open(&s, &greedy, o->m->hp.n_vocab, &o->e);
    if (!rc) {
        start = oa_now_ms();
        rc = run_prompt(o, prompt.id, prompt.n);
        first = oa_now_ms();
    }
    if (!rc) rc = bench_decode(o, s, n_gen);
    end = oa_now_ms();
    if (!rc) {
        put_number(&o->result, "prefill_tps", n_prompt * 1000 / (first - start));
        put_number(&o->result, "decode_tps", n_gen * 1000 / (end - first));
        put_number(&o->result, "ttft_ms", first - start);
        buf_byte(&o->result, '}');
    }
    sampler_close(s);
    ids_clear(&prompt);
    if (!rc) session_reset(o->s);
    return oa_leave(o, rc);
}
