/* Statements: the body of a template and of its blocks. */
#include "text/template_impl.h"

/* Whether `name` is one of the words of `list`, which a space separates. */
static bool is_among(bytes name, const char *list) {
    while (*list) {
        size_t n = strcspn(list, " ");
        if (bytes_eq(name, bytes_of(list, n))) return true;
        list += n + (list[n] == ' ');
    }
    return false;
}

static tpl_node *part(tpl_parser *p, tpl_node *first, tpl_node *second) {
    tpl_node *n = tpl_node_new(p, N_PART);
    if (!n) return NULL;
    n->kids[0] = first;
    n->kids[1] = second;
    return n;
}

/* The end of the block tag that is current, then statements up to one of `ends`. */
static tpl_node *parse_block(tpl_parser *p, const char *ends) {
    if (p->tok.kind != T_BLOCK_END) tpl_parse_fail(p, ERR_CORRUPT, "expected the end of the tag");
    return tpl_parse_body(p, ends);
}

/* A variable, or where allowed namespace.attribute, or several, with or without brackets. */
static tpl_node *parse_target(tpl_parser *p, bool attributes) {
    bool brackets = tpl_skip(p, '(');
    tpl_node *first = NULL, **end = &first;
    bool tuple = false;
    do {
        if (first && p->tok.kind != T_NAME && p->tok.kind != '(') break;
        tpl_node *n = tpl_node_new(p, N_NAME), *outer = NULL;
        if (!n) return NULL;
        n->text = p->tok.text;
        if (p->tok.kind == '(') tpl_parse_fail(p, ERR_UNSUPPORTED, "unpacking into nested tuples is not supported");
        tpl_expect(p, T_NAME, "the name of a variable");
        if (attributes && tpl_skip(p, '.') && (outer = tpl_node_new(p, N_ATTR))) {
            outer->text = p->tok.text;
            outer->kids[0] = n;
            tpl_expect(p, T_NAME, "a name after '.'");
            n = outer;
        }
        if (!(*end = part(p, n, NULL))) return NULL;
        end = &(*end)->next;
        tuple |= p->tok.kind == ',';
    } while (tpl_skip(p, ','));
    if (brackets) tpl_expect(p, ')', "')'");
    if (!tuple) return first->kids[0];
    tpl_node *all = tpl_node_new(p, N_TUPLE);
    if (all) all->kids[0] = first;
    return all;
}

static tpl_node *parse_if(tpl_parser *p) {
    tpl_node *n = tpl_node_new(p, N_IF), **end = n ? &n->kids[0] : NULL;
    while (!p->rc) {
        bool last = tpl_skip_name(p, "else");
        if (!last) tpl_lex_next(p); /* if or elif */
        tpl_node *branch = part(p, last ? NULL : tpl_parse_tuple(p, false), NULL);
        if (!branch) return NULL;
        *end = branch;
        end = &branch->next;
        branch->kids[1] = parse_block(p, last ? "endif" : "elif else endif");
        if (tpl_skip_name(p, "endif")) break;
    }
    return n;
}

static tpl_node *parse_for(tpl_parser *p) {
    tpl_node *n = tpl_node_new(p, N_FOR);
    tpl_lex_next(p);
    if (!n) return NULL;
    n->kids[0] = parse_target(p, false);
    if (!tpl_skip_name(p, "in")) tpl_parse_fail(p, ERR_CORRUPT, "expected 'in'");
    n->kids[1] = tpl_parse_tuple(p, false);
    if (tpl_skip_name(p, "if")) n->kids[2] = tpl_parse_expr(p);
    if (tpl_is_name(p, "recursive")) tpl_parse_fail(p, ERR_UNSUPPORTED, "recursive loops are not supported");
    p->loops++;
    tpl_node *body = parse_block(p, "else endfor"), *otherwise = NULL;
    p->loops--;
    if (tpl_skip_name(p, "else")) otherwise = parse_block(p, "endfor");
    tpl_lex_next(p);
    n->kids[3] = part(p, body, otherwise);
    return n;
}

/* A body whose text is kept: no loop around it can be left from inside. */
static tpl_node *parse_captured(tpl_parser *p, const char *end) {
    int loops = p->loops;
    p->loops = 0;
    tpl_node *body = parse_block(p, end);
    p->loops = loops;
    return body;
}

static tpl_node *parse_set(tpl_parser *p) {
    tpl_node *n = tpl_node_new(p, N_SET);
    tpl_lex_next(p);
    if (!n) return NULL;
    n->kids[0] = parse_target(p, true);
    if (tpl_skip(p, '=')) {
        n->kids[1] = tpl_parse_tuple(p, true);
        return n;
    }
    n->kind = N_SET_BLOCK;
    if (p->tok.kind == '|') n->kids[1] = tpl_parse_filters(p, NULL, false);
    n->kids[2] = parse_captured(p, "endset");
    tpl_lex_next(p);
    return n;
}

/* (a, b=1) of a macro or a call block. */
static tpl_node *parse_params(tpl_parser *p) {
    tpl_node *first = NULL, **end = &first;
    tpl_expect(p, '(', "'('");
    while (!p->rc && p->tok.kind != ')') {
        tpl_node *n = part(p, NULL, NULL);
        if (!n) return NULL;
        n->text = p->tok.text;
        tpl_expect(p, T_NAME, "the name of a parameter");
        if (tpl_skip(p, '=')) n->kids[0] = tpl_parse_expr(p);
        *end = n;
        end = &n->next;
        if (!tpl_skip(p, ',')) break;
    }
    tpl_expect(p, ')', "')' after the parameters");
    return first;
}

/* The body of a macro, in which no loop around it can be left. */
static void parse_macro_body(tpl_parser *p, tpl_node *n, const char *end) {
    int loops = p->loops, wants = p->wants;
    p->loops = p->wants = 0;
    n->kids[1] = parse_block(p, end);
    n->op = (uint8_t)p->wants;
    p->loops = loops;
    p->wants = wants;
    tpl_lex_next(p);
}

static tpl_node *parse_macro(tpl_parser *p) {
    tpl_node *n = tpl_node_new(p, N_MACRO);
    tpl_lex_next(p);
    if (!n) return NULL;
    n->text = p->tok.text;
    tpl_expect(p, T_NAME, "the name of the macro");
    n->kids[0] = parse_params(p);
    parse_macro_body(p, n, "endmacro");
    return n;
}

static tpl_node *parse_call_block(tpl_parser *p) {
    tpl_node *n = tpl_node_new(p, N_CALL_BLOCK);
    tpl_lex_next(p);
    if (!n) return NULL;
    if (p->tok.kind == '(') n->kids[0] = parse_params(p);
    n->kids[2] = tpl_parse_expr(p);
    if (n->kids[2] && n->kids[2]->kind != N_CALL) tpl_parse_fail(p, ERR_CORRUPT, "expected a call");
    n->text = bytes_str("caller");
    parse_macro_body(p, n, "endcall");
    return n;
}

static tpl_node *parse_filter_block(tpl_parser *p) {
    tpl_node *n = tpl_node_new(p, N_FILTER_BLOCK);
    tpl_lex_next(p);
    if (!n) return NULL;
    n->kids[1] = tpl_parse_filters(p, NULL, true);
    n->kids[2] = parse_captured(p, "endfilter");
    tpl_lex_next(p);
    return n;
}

static tpl_node *parse_with(tpl_parser *p) {
    tpl_node *n = tpl_node_new(p, N_WITH), **end = n ? &n->kids[0] : NULL;
    tpl_lex_next(p);
    while (!p->rc && p->tok.kind != T_BLOCK_END) {
        tpl_node *one = part(p, parse_target(p, false), NULL);
        if (!one) return NULL;
        tpl_expect(p, '=', "'='");
        one->kids[1] = tpl_parse_expr(p);
        *end = one;
        end = &one->next;
        if (!tpl_skip(p, ',')) break;
    }
    tpl_node *body = parse_block(p, "endwith");
    tpl_lex_next(p);
    if (n) n->kids[1] = body;
    return n;
}

/* {% generation %} marks what an assistant wrote, for training; its text is as without it. */
static tpl_node *parse_generation(tpl_parser *p) {
    tpl_node *n = tpl_node_new(p, N_SCOPE);
    tpl_lex_next(p);
    tpl_node *body = parse_block(p, "endgeneration");
    tpl_lex_next(p);
    if (n) n->kids[0] = body;
    return n;
}

static tpl_node *parse_jump(tpl_parser *p) {
    tpl_node *n = tpl_node_new(p, tpl_is_name(p, "break") ? N_BREAK : N_CONTINUE);
    if (!p->loops) tpl_parse_fail(p, ERR_CORRUPT, "break or continue outside a loop");
    tpl_lex_next(p);
    return n;
}

static tpl_node *parse_statement(tpl_parser *p) {
    static const struct {
        const char *name;
        tpl_node *(*parse)(tpl_parser *p);
    } statements[] = {{"if", parse_if},           {"for", parse_for},
                      {"set", parse_set},         {"macro", parse_macro},
                      {"call", parse_call_block}, {"filter", parse_filter_block},
                      {"with", parse_with},       {"generation", parse_generation},
                      {"break", parse_jump},      {"continue", parse_jump}};
    if (!tpl_parse_enter(p)) return NULL;
    tpl_node *n = NULL;
    size_t i = 0, count = sizeof statements / sizeof *statements;
    while (i < count && !tpl_is_name(p, statements[i].name)) i++;
    bytes name = p->tok.text;
    if (i < count) n = statements[i].parse(p);
    else if (p->tok.kind != T_NAME) tpl_parse_fail(p, ERR_CORRUPT, "expected the name of a statement");
    else if (is_among(name, "include import from extends block autoescape do trans debug"))
        tpl_parse_fail(p, ERR_UNSUPPORTED, "the statement '%.*s' is not supported", (int)name.len,
                       (const char *)name.ptr);
    else if (is_among(name, "elif else") || (name.len > 3 && !memcmp(name.ptr, "end", 3)))
        tpl_parse_fail(p, ERR_CORRUPT, "'%.*s' without its beginning", (int)name.len, (const char *)name.ptr);
    else tpl_parse_fail(p, ERR_UNSUPPORTED, "the statement '%.*s' is not known", (int)name.len, (const char *)name.ptr);
    if (!p->rc && p->tok.kind != T_BLOCK_END) tpl_parse_fail(p, ERR_CORRUPT, "expected the end of the tag");
    p->depth--;
    return n;
}

static tpl_node *text_node(tpl_parser *p, bytes text) {
    tpl_node *n = tpl_node_new(p, N_TEXT);
    if (n) n->text = text;
    return n;
}

static tpl_node *parse_print(tpl_parser *p) {
    tpl_node *n = tpl_node_new(p, N_PRINT);
    if (!n) return NULL;
    n->kids[0] = tpl_parse_tuple(p, true);
    if (p->tok.kind != T_VAR_END) tpl_parse_fail(p, ERR_CORRUPT, "expected '}}'");
    return n;
}

tpl_node *tpl_parse_body(tpl_parser *p, const char *ends) {
    tpl_node *first = NULL, **end = &first;
    while (!p->rc) {
        bytes text;
        int open = tpl_lex_text(p, &text);
        if (text.len && (*end = text_node(p, text))) end = &(*end)->next;
        if (open == TPL_OPEN_END) {
            if (*ends) tpl_parse_fail(p, ERR_CORRUPT, "the template ends where one of '%s' is expected", ends);
            break;
        }
        tpl_node *n = NULL;
        if (open == TPL_OPEN_RAW) n = text_node(p, tpl_lex_raw(p));
        else if (open == TPL_OPEN_VAR) n = parse_print(p);
        else if (open == TPL_OPEN_BLOCK && p->tok.kind == T_NAME && is_among(p->tok.text, ends)) break;
        else if (open == TPL_OPEN_BLOCK) n = parse_statement(p);
        if (!n) continue;
        *end = n;
        end = &n->next;
    }
    return first;
}
