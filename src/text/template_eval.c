/* Expressions: a function for each kind of node, and calls of built-ins and macros. */
#include "text/template_impl.h"

tpl_scope *tpl_scope_push(tpl_run *r, tpl_scope *parent) {
    tpl_scope *s = tpl_get(r, 1, sizeof *s);
    if (s) s->parent = parent;
    return s;
}

static tpl_value eval_const(tpl_run *r, const tpl_node *n) {
    (void)r;
    return n->value;
}

static tpl_value eval_name(tpl_run *r, const tpl_node *n) {
    for (const tpl_scope *s = r->scope; s && !r->rc; s = s->parent) {
        const tpl_value *v = s->vars.n ? tpl_dict_find(r, &s->vars, tpl_string(n->text)) : NULL;
        if (v) return *v;
    }
    const tpl_builtin *fn = tpl_global_find(n->text);
    struct tpl_bound *b = fn ? tpl_get(r, 1, sizeof *b) : NULL;
    if (!b) return (tpl_value){.type = TPL_UNDEFINED, .s = n->text};
    b->fn = fn;
    return (tpl_value){.type = TPL_CALL, .call = b};
}

static size_t count_parts(const tpl_node *n) {
    size_t count = 0;
    for (; n; n = n->next) count++;
    return count;
}

static tpl_value eval_list(tpl_run *r, const tpl_node *n) {
    tpl_list *l = tpl_list_new(r, count_parts(n->kids[0]), n->kind == N_TUPLE ? TPL_TUPLE : TPL_PLAIN);
    size_t i = 0;
    for (const tpl_node *p = n->kids[0]; p && i < l->n && !r->rc; p = p->next) l->at[i++] = tpl_eval(r, p->kids[0]);
    return tpl_of_list(l);
}

static tpl_value eval_dict(tpl_run *r, const tpl_node *n) {
    tpl_dict *d = tpl_get(r, 1, sizeof *d);
    for (const tpl_node *p = n->kids[0]; p && !r->rc; p = p->next) {
        tpl_value key = tpl_eval(r, p->kids[0]), value = tpl_eval(r, p->kids[1]);
        tpl_dict_put(r, d, key, value);
    }
    return d ? tpl_of_dict(d) : tpl_undefined();
}

static tpl_value eval_attr(tpl_run *r, const tpl_node *n) {
    tpl_value of = tpl_eval(r, n->kids[0]);
    return r->rc ? of : tpl_attribute(r, of, n->text);
}

static tpl_value eval_item(tpl_run *r, const tpl_node *n) {
    tpl_value of = tpl_eval(r, n->kids[0]), key = tpl_eval(r, n->kids[1]);
    return r->rc ? of : tpl_item(r, of, key);
}

static tpl_value eval_slice(tpl_run *r, const tpl_node *n) {
    tpl_value of = tpl_eval(r, n->kids[0]), part[3] = {{.type = TPL_ABSENT}};
    for (int i = 0; i < 3; i++)
        if (n->kids[i + 1]) part[i] = tpl_eval(r, n->kids[i + 1]);
    return r->rc ? of : tpl_slice(r, of, part);
}

static void add_arg(tpl_run *r, tpl_args *a, size_t *cap, bytes name, tpl_value v) {
    if (a->n == *cap) {
        size_t grown = *cap * 2 + 4;
        tpl_value *at = tpl_get(r, grown, sizeof *at);
        bytes *names = tpl_get(r, grown, sizeof *names);
        if (!at || !names) return;
        if (a->n) memcpy(at, a->at, a->n * sizeof *at), memcpy(names, a->names, a->n * sizeof *names);
        a->at = at;
        a->names = names;
        *cap = grown;
    }
    a->at[a->n] = v;
    a->names[a->n++] = name;
    if (!name.len) a->n_plain = a->n;
}

/* *v and **v: the items of a list, the members of a mapping. */
static void add_all_args(tpl_run *r, tpl_args *a, size_t *cap, tpl_value v, bool named) {
    if (named && v.type != TPL_DICT) tpl_fail(r, ERR_ARGUMENT, "** needs a mapping, not a %s", tpl_type_name(v));
    const tpl_list *l = tpl_iterate(r, v);
    for (size_t i = 0; i < l->n && tpl_cost(r, 1); i++) {
        if (!named) add_arg(r, a, cap, bytes_str(""), l->at[i]);
        else if (l->at[i].type == TPL_STRING && l->at[i].s.len) add_arg(r, a, cap, l->at[i].s, v.dict->at[i].value);
        else tpl_fail(r, ERR_ARGUMENT, "the name of an argument must be a string");
    }
}

/* Evaluates a list of argument parts. */
static tpl_args eval_args(tpl_run *r, const tpl_node *parts) {
    tpl_args a = {0};
    size_t cap = 0;
    for (; parts && !r->rc; parts = parts->next) {
        tpl_value v = tpl_eval(r, parts->kids[0]);
        if (parts->op) add_all_args(r, &a, &cap, v, parts->op == T_POWER);
        else add_arg(r, &a, &cap, parts->text, v);
    }
    return a;
}

/* Where `name` stands in a list that a space separates; -1 where it does not. */
static int param_index(const char *params, bytes name) {
    for (int i = 0; *params; i++) {
        size_t n = strcspn(params, " ");
        if (bytes_eq(name, bytes_of(params, n))) return i;
        params += n + (params[n] == ' ');
    }
    return -1;
}

tpl_value tpl_call(tpl_run *r, const tpl_builtin *f, tpl_value self, const tpl_args *args) {
    tpl_value a[TPL_PARAMS_MAX] = {self};
    if (r->rc) return tpl_undefined();
    if (f->params[0] == '*') return f->fn(r, a, args);
    int room = f->params[0] != 0;
    for (const char *c = f->params; *c; c++) room += *c == ' ';
    if (args->n_plain > (size_t)room)
        tpl_fail(r, ERR_ARGUMENT, "%s: %zu arguments, at most %d", f->name, args->n_plain, room);
    for (size_t i = 0; i < args->n && !r->rc; i++) {
        int at = i < args->n_plain ? (int)i : param_index(f->params, args->names[i]);
        if (at < 0)
            tpl_fail(r, ERR_UNSUPPORTED, "%s: the argument '%.*s' is not supported", f->name, (int)args->names[i].len,
                     (const char *)args->names[i].ptr);
        else if (tpl_given(a[at + 1])) tpl_fail(r, ERR_ARGUMENT, "%s: an argument is given twice", f->name);
        else a[at + 1] = args->at[i];
    }
    for (int i = 1; i <= f->n_needed; i++)
        if (!tpl_given(a[i])) tpl_fail(r, ERR_ARGUMENT, "%s needs %d arguments", f->name, f->n_needed);
    return r->rc ? tpl_undefined() : f->fn(r, a, args);
}

/* varargs and kwargs: what the parameters of a macro do not take. Allowed only where its body mentions them. */
static void put_rest(tpl_run *r, const struct tpl_macro *m, const tpl_args *args, size_t n_params, const bool *taken) {
    size_t extra = args->n_plain > n_params ? args->n_plain - n_params : 0;
    tpl_list *rest = tpl_list_new(r, extra, TPL_TUPLE);
    tpl_dict *named = tpl_get(r, 1, sizeof *named);
    if (r->rc) return;
    for (size_t i = 0; i < extra; i++) rest->at[i] = args->at[n_params + i];
    for (size_t i = args->n_plain; i < args->n; i++)
        if (!taken[i] && !bytes_is(args->names[i], "caller"))
            tpl_dict_put(r, named, tpl_string(args->names[i]), args->at[i]);
    const bytes name = m->def->text;
    if ((extra && !(m->def->op & TPL_WANTS_VARARGS)) || (named->n && !(m->def->op & TPL_WANTS_KWARGS)))
        tpl_fail(r, ERR_ARGUMENT, "macro '%.*s': too many or unknown arguments", (int)name.len, (const char *)name.ptr);
    if (m->def->op & TPL_WANTS_VARARGS)
        tpl_dict_put(r, &r->scope->vars, tpl_string(bytes_str("varargs")), tpl_of_list(rest));
    if (m->def->op & TPL_WANTS_KWARGS)
        tpl_dict_put(r, &r->scope->vars, tpl_string(bytes_str("kwargs")), tpl_of_dict(named));
}

/* Gives a macro's parameters their values, in the scope of its body. */
static void bind_params(tpl_run *r, const struct tpl_macro *m, const tpl_args *args) {
    bool *taken = tpl_get(r, args->n + 1, sizeof *taken);
    size_t i = 0;
    for (const tpl_node *p = m->def->kids[0]; p && !r->rc; p = p->next, i++) {
        tpl_value v = {.type = TPL_ABSENT};
        if (i < args->n_plain) v = args->at[i];
        for (size_t k = args->n_plain; k < args->n && tpl_cost(r, 1); k++)
            if (bytes_eq(args->names[k], p->text)) {
                if (tpl_given(v)) tpl_fail(r, ERR_ARGUMENT, "an argument of a macro is given twice");
                v = args->at[k];
                taken[k] = true;
            }
        if (!tpl_given(v) && p->kids[0]) v = tpl_eval(r, p->kids[0]);
        if (!tpl_given(v)) v = (tpl_value){.type = TPL_UNDEFINED, .s = p->text};
        tpl_dict_put(r, &r->scope->vars, tpl_string(p->text), v);
    }
    if (!r->rc) put_rest(r, m, args, i, taken);
}

tpl_value tpl_call_macro(tpl_run *r, const struct tpl_macro *m, const tpl_args *args, tpl_value caller) {
    if (r->calls >= TEMPLATE_DEPTH_MAX) {
        tpl_fail(r, ERR_TOO_LONG, "macros call each other deeper than %d", TEMPLATE_DEPTH_MAX);
        return tpl_undefined();
    }
    tpl_scope *outer = r->scope;
    bytes text = bytes_str("");
    tpl_scope *inner = tpl_scope_push(r, m->scope);
    for (size_t k = args->n_plain; k < args->n; k++)
        if (bytes_is(args->names[k], "caller")) caller = args->at[k];
    if (inner) {
        r->scope = inner;
        r->calls++;
        if (tpl_given(caller)) tpl_dict_put(r, &inner->vars, tpl_string(bytes_str("caller")), caller);
        bind_params(r, m, args);
        text = tpl_capture(r, m->def->kids[1]);
        r->calls--;
    }
    r->scope = outer;
    return tpl_string(text);
}

static tpl_value not_callable(tpl_run *r, const tpl_node *called, tpl_value v) {
    const char *what = called->kind == N_NAME ? "function" : "method";
    if (v.type == TPL_LOOP) tpl_fail(r, ERR_UNSUPPORTED, "recursive loops are not supported");
    else if (v.type == TPL_UNDEFINED && (called->kind == N_NAME || called->kind == N_ATTR))
        tpl_fail(r, ERR_UNSUPPORTED, "the %s '%.*s' is not supported", what, (int)called->text.len,
                 (const char *)called->text.ptr);
    else tpl_fail(r, ERR_ARGUMENT, "a %s cannot be called", tpl_type_name(v));
    return tpl_undefined();
}

tpl_value tpl_call_node(tpl_run *r, const tpl_node *n, tpl_value caller) {
    tpl_value f = tpl_eval(r, n->kids[0]);
    if (r->rc) return f;
    if (f.type != TPL_CALL && f.type != TPL_MACRO) return not_callable(r, n->kids[0], f);
    tpl_args args = eval_args(r, n->kids[1]);
    r->line = n->line;
    if (r->rc) return tpl_undefined();
    if (f.type == TPL_MACRO) return tpl_call_macro(r, f.macro, &args, caller);
    return tpl_call(r, f.call->fn, f.call->self, &args);
}

static tpl_value eval_call(tpl_run *r, const tpl_node *n) {
    return tpl_call_node(r, n, (tpl_value){.type = TPL_ABSENT});
}

static tpl_value eval_filter(tpl_run *r, const tpl_node *n) {
    tpl_value input = n->kids[1] ? tpl_eval(r, n->kids[1]) : r->piped;
    tpl_args args = eval_args(r, n->kids[2]);
    r->line = n->line;
    if (!n->fn) /* found out when the template is read, but of no harm in a branch that is not taken */
        tpl_fail(r, ERR_UNSUPPORTED, "the %s '%.*s' is not supported", n->kind == N_TEST ? "test" : "filter",
                 (int)n->text.len, (const char *)n->text.ptr);
    tpl_value v = tpl_call(r, n->fn, input, &args);
    if (n->kind == N_TEST) return tpl_bool(tpl_truth(v) != (n->op != 0));
    return v;
}

static tpl_value eval_chain(tpl_run *r, const tpl_node *n) {
    tpl_value v = tpl_eval(r, n->kids[0]);
    for (const tpl_node *p = n->kids[1]; p && !r->rc; p = p->next) {
        tpl_value right = tpl_eval(r, p->kids[0]);
        r->line = p->line;
        if (tpl_cost(r, 1)) v = tpl_binary(r, p->op, v, right);
    }
    return v;
}

static bool holds(tpl_run *r, int op, tpl_value a, tpl_value b) {
    if (op == T_EQ) return tpl_equal(r, a, b);
    if (op == T_NE) return !tpl_equal(r, a, b);
    if (op == T_IN) return tpl_contains(r, a, b);
    if (op == T_NOT_IN) return !tpl_contains(r, a, b);
    int c = tpl_compare(r, a, b);
    if (c == 2) return false;
    return op == '<' ? c < 0 : op == '>' ? c > 0 : op == T_LE ? c <= 0 : c >= 0;
}

static tpl_value eval_compare(tpl_run *r, const tpl_node *n) {
    tpl_value left = tpl_eval(r, n->kids[0]);
    for (const tpl_node *p = n->kids[1]; p && !r->rc; p = p->next) {
        tpl_value right = tpl_eval(r, p->kids[0]);
        r->line = p->line;
        if (!tpl_cost(r, 1) || !holds(r, p->op, left, right)) return tpl_bool(false);
        left = right;
    }
    return tpl_bool(true);
}

/* As in Python, the value that decided. */
static tpl_value eval_logic(tpl_run *r, const tpl_node *n) {
    tpl_value v = tpl_undefined();
    for (const tpl_node *p = n->kids[0]; p && !r->rc; p = p->next) {
        v = tpl_eval(r, p->kids[0]);
        if (tpl_truth(v) == (n->kind == N_OR)) break;
    }
    return v;
}

static tpl_value eval_not(tpl_run *r, const tpl_node *n) { return tpl_bool(!tpl_truth(tpl_eval(r, n->kids[0]))); }

static tpl_value eval_sign(tpl_run *r, const tpl_node *n) {
    tpl_value v = tpl_eval(r, n->kids[0]);
    return r->rc ? v : tpl_sign(r, n->op, v);
}

static tpl_value eval_cond(tpl_run *r, const tpl_node *n) {
    const tpl_node *chosen = tpl_truth(tpl_eval(r, n->kids[1])) ? n->kids[0] : n->kids[2];
    return chosen && !r->rc ? tpl_eval(r, chosen) : tpl_undefined();
}

tpl_value tpl_eval(tpl_run *r, const tpl_node *n) {
    static tpl_value (*const eval_table[N_EXPRS])(tpl_run *, const tpl_node *) = {
        [N_CONST] = eval_const,     [N_NAME] = eval_name,     [N_LIST] = eval_list,   [N_TUPLE] = eval_list,
        [N_DICT] = eval_dict,       [N_ATTR] = eval_attr,     [N_ITEM] = eval_item,   [N_SLICE] = eval_slice,
        [N_CALL] = eval_call,       [N_FILTER] = eval_filter, [N_TEST] = eval_filter, [N_CHAIN] = eval_chain,
        [N_COMPARE] = eval_compare, [N_AND] = eval_logic,     [N_OR] = eval_logic,    [N_NOT] = eval_not,
        [N_SIGN] = eval_sign,       [N_COND] = eval_cond,
    };
    r->line = n->line;
    if (!tpl_enter(r)) return tpl_undefined();
    tpl_value v = eval_table[n->kind](r, n);
    r->depth--;
    return v;
}
