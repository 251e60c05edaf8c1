/* Statements: a function for each kind of node. Text goes to r->out. */
#include "text/template_impl.h"

static enum tpl_flow exec_text(tpl_run *r, const tpl_node *n) {
    tpl_emit(r, n->text);
    return TPL_GO;
}

static enum tpl_flow exec_print(tpl_run *r, const tpl_node *n) {
    tpl_value v = tpl_eval(r, n->kids[0]);
    if (r->rc) return TPL_GO;
    if (v.type == TPL_STRING) tpl_emit(r, v.s);
    else {
        tpl_print(r, r->out, v);
        tpl_emit(r, bytes_str(""));
    }
    return TPL_GO;
}

static enum tpl_flow exec_if(tpl_run *r, const tpl_node *n) {
    for (const tpl_node *b = n->kids[0]; b && !r->rc; b = b->next)
        if (!b->kids[0] || tpl_truth(tpl_eval(r, b->kids[0]))) return tpl_exec_flow(r, b->kids[1]);
    return TPL_GO;
}

static void assign_tuple(tpl_run *r, const tpl_node *target, tpl_value v) {
    const tpl_list *l = tpl_iterate(r, v);
    size_t i = 0;
    for (const tpl_node *p = target->kids[0]; p && !r->rc; p = p->next, i++) {
        if (i < l->n) tpl_assign(r, p->kids[0], l->at[i]);
        else tpl_fail(r, ERR_ARGUMENT, "%zu values are too few to unpack", l->n);
    }
    if (i < l->n) tpl_fail(r, ERR_ARGUMENT, "%zu values are too many to unpack", l->n);
}

void tpl_assign(tpl_run *r, const tpl_node *target, tpl_value v) {
    if (r->rc) return;
    if (target->kind == N_NAME) tpl_dict_put(r, &r->scope->vars, tpl_string(target->text), v);
    else if (target->kind == N_TUPLE) assign_tuple(r, target, v);
    else {
        tpl_value of = tpl_eval(r, target->kids[0]);
        if (of.type == TPL_SPACE) tpl_dict_put(r, of.dict, tpl_string(target->text), v);
        else tpl_fail(r, ERR_ARGUMENT, "attributes can be set on a namespace only, not on a %s", tpl_type_name(of));
    }
}

/* The items that the loop's filter lets through. */
static tpl_list *filter_items(tpl_run *r, const tpl_node *n, const tpl_list *all) {
    tpl_list *kept = tpl_list_new(r, all->n, TPL_PLAIN);
    size_t n_kept = 0;
    for (size_t i = 0; i < kept->n && !r->rc; i++) {
        r->scope->vars.n = 0;
        tpl_assign(r, n->kids[0], all->at[i]);
        if (!r->rc && tpl_truth(tpl_eval(r, n->kids[2]))) kept->at[n_kept++] = all->at[i];
    }
    if (kept->n) kept->n = n_kept;
    return kept;
}

static enum tpl_flow exec_for(tpl_run *r, const tpl_node *n) {
    tpl_value over = tpl_eval(r, n->kids[1]);
    const tpl_list *all = tpl_iterate(r, over);
    tpl_scope *outer = r->scope, *inner = tpl_scope_push(r, outer);
    struct tpl_loop *loop = tpl_get(r, 1, sizeof *loop);
    if (r->rc) return TPL_GO;
    r->scope = inner;
    if (n->kids[2]) all = filter_items(r, n, all);
    *loop = (struct tpl_loop){.all = all};
    for (; loop->index < all->n && tpl_cost(r, 1); loop->index++) {
        inner->vars.n = 0; /* what the body sets ends with each round */
        tpl_dict_put(r, &inner->vars, tpl_string(bytes_str("loop")), (tpl_value){.type = TPL_LOOP, .loop = loop});
        tpl_assign(r, n->kids[0], all->at[loop->index]);
        if (r->rc || tpl_exec_flow(r, n->kids[3]->kids[0]) == TPL_BREAK) break;
    }
    r->scope = outer;
    if (all->n || r->rc || !n->kids[3]->kids[1]) return TPL_GO;
    return tpl_exec_flow(r, n->kids[3]->kids[1]);
}

static enum tpl_flow exec_set(tpl_run *r, const tpl_node *n) {
    tpl_assign(r, n->kids[0], tpl_eval(r, n->kids[1]));
    return TPL_GO;
}

/* The text of a body, which has a scope of its own, through the node's filters. */
static tpl_value captured(tpl_run *r, const tpl_node *n) {
    tpl_scope *outer = r->scope;
    if (!(r->scope = tpl_scope_push(r, outer))) r->scope = outer;
    tpl_value v = tpl_string(tpl_capture(r, n->kids[2]));
    r->scope = outer;
    if (!n->kids[1]) return v;
    tpl_value piped = r->piped;
    r->piped = v;
    v = tpl_eval(r, n->kids[1]);
    r->piped = piped;
    return v;
}

static enum tpl_flow exec_set_block(tpl_run *r, const tpl_node *n) {
    tpl_assign(r, n->kids[0], captured(r, n));
    return TPL_GO;
}

static enum tpl_flow exec_filter_block(tpl_run *r, const tpl_node *n) {
    tpl_value v = captured(r, n);
    if (!r->rc) tpl_emit(r, tpl_str(r, v));
    return TPL_GO;
}

static tpl_value macro_value(tpl_run *r, const tpl_node *n) {
    struct tpl_macro *m = tpl_get(r, 1, sizeof *m);
    if (!m) return tpl_undefined();
    m->def = n;
    m->scope = r->scope;
    return (tpl_value){.type = TPL_MACRO, .macro = m};
}

static enum tpl_flow exec_macro(tpl_run *r, const tpl_node *n) {
    tpl_value m = macro_value(r, n);
    tpl_dict_put(r, &r->scope->vars, tpl_string(n->text), m);
    return TPL_GO;
}

static enum tpl_flow exec_call_block(tpl_run *r, const tpl_node *n) {
    tpl_value caller = macro_value(r, n);
    if (r->rc || !tpl_enter(r)) return TPL_GO;
    tpl_value v = tpl_call_node(r, n->kids[2], caller);
    r->depth--;
    if (!r->rc) tpl_emit(r, tpl_str(r, v));
    return TPL_GO;
}

static enum tpl_flow exec_with(tpl_run *r, const tpl_node *n) {
    tpl_scope *outer = r->scope, *inner = tpl_scope_push(r, outer);
    if (!inner) return TPL_GO;
    for (const tpl_node *p = n->kids[0]; p && !r->rc; p = p->next) {
        tpl_value v = tpl_eval(r, p->kids[1]); /* outside: the variables do not see each other */
        r->scope = inner;
        tpl_assign(r, p->kids[0], v);
        r->scope = outer;
    }
    r->scope = inner;
    enum tpl_flow flow = tpl_exec_flow(r, n->kids[1]);
    r->scope = outer;
    return flow;
}

static enum tpl_flow exec_scope(tpl_run *r, const tpl_node *n) {
    tpl_scope *outer = r->scope, *inner = tpl_scope_push(r, outer);
    if (!inner) return TPL_GO;
    r->scope = inner;
    enum tpl_flow flow = tpl_exec_flow(r, n->kids[0]);
    r->scope = outer;
    return flow;
}

static enum tpl_flow exec_jump(tpl_run *r, const tpl_node *n) {
    (void)r;
    return n->kind == N_BREAK ? TPL_BREAK : TPL_CONTINUE;
}

enum tpl_flow tpl_exec_flow(tpl_run *r, const tpl_node *body) {
    static enum tpl_flow (*const exec_table[N_KINDS - N_EXPRS])(tpl_run *, const tpl_node *) = {
        [N_TEXT - N_EXPRS] = exec_text,
        [N_PRINT - N_EXPRS] = exec_print,
        [N_IF - N_EXPRS] = exec_if,
        [N_FOR - N_EXPRS] = exec_for,
        [N_SET - N_EXPRS] = exec_set,
        [N_SET_BLOCK - N_EXPRS] = exec_set_block,
        [N_MACRO - N_EXPRS] = exec_macro,
        [N_CALL_BLOCK - N_EXPRS] = exec_call_block,
        [N_FILTER_BLOCK - N_EXPRS] = exec_filter_block,
        [N_WITH - N_EXPRS] = exec_with,
        [N_SCOPE - N_EXPRS] = exec_scope,
        [N_BREAK - N_EXPRS] = exec_jump,
        [N_CONTINUE - N_EXPRS] = exec_jump,
    };
    enum tpl_flow flow = TPL_GO;
    if (!tpl_enter(r)) return TPL_GO;
    for (const tpl_node *n = body; n && flow == TPL_GO && tpl_cost(r, 1); n = n->next) {
        r->line = n->line;
        flow = exec_table[n->kind - N_EXPRS](r, n);
    }
    r->depth--;
    return flow;
}

void tpl_exec(tpl_run *r, const tpl_node *body) { tpl_exec_flow(r, body); }

bytes tpl_capture(tpl_run *r, const tpl_node *body) {
    buf *outer = r->out;
    size_t waiting = outer == r->result ? 0 : outer->len;
    r->held += waiting;
    buf inner = tpl_buf(r);
    r->out = &inner;
    tpl_exec_flow(r, body);
    r->out = outer;
    r->held -= waiting;
    return tpl_take(r, &inner);
}
