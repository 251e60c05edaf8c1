/* JSON Schema: strings, by length, pattern and format. */
#include "base/mem.h"
#include "infer/schema_impl.h"

enum {
    PATTERN_LENGTH_MOST = 1000, /* a longer maxLength beside a pattern or a format counts as this much */
};

#define HOUR "([01][0-9]|2[0-3]):[0-5][0-9]"
#define TIME HOUR ":[0-5][0-9](\\.[0-9]{1,6})?(Z|[+-]" HOUR ")"
/* The 29th of February only in years that 4 divides and 100 does not. */
#define DATE                                                                                                           \
    "([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])" \
    ")"                                                                                                                \
    "|[0-9]{2}(0[48]|[2468][048]|[13579][26])-02-29)"
#define BYTE "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
#define HEX4 "[0-9a-fA-F]{1,4}"
#define LABEL "[a-zA-Z0-9]([a-zA-Z0-9-]{0,20}[a-zA-Z0-9])?"
#define HOST LABEL "(\\." LABEL "){0,4}"
#define URI_CHAR "([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-F]{2})"
#define PATH "(/" URI_CHAR "*)*(\\?" URI_CHAR "*)?(#" URI_CHAR "*)?"
#define URI "[a-z][a-z0-9+.-]{0,20}://" HOST "(:[1-9][0-9]{0,3})?" PATH
#define REFERENCE "(" URI "|/" URI_CHAR "+" PATH ")"
#define EMAIL "[A-Za-z0-9_+-]{1,20}(\\.[A-Za-z0-9_+-]{1,20}){0,2}@(" LABEL "\\.){1,3}[A-Za-z]{2,12}"
#define ANY "[^]*"

static const struct {
    const char *name, *regex;
} formats[] = {
    {"date", DATE},
    {"time", TIME},
    {"date-time", DATE "T" TIME},
    {"duration", "P([0-9]{1,4}W|([0-9]{1,4}Y([0-9]{1,4}M([0-9]{1,4}D)?)?|[0-9]{1,4}M([0-9]{1,4}D)?|[0-9]{1,4}D)"
                 "(T([0-9]{1,4}H([0-9]{1,4}M([0-9]{1,4}S)?)?|[0-9]{1,4}M([0-9]{1,4}S)?|[0-9]{1,4}S))?"
                 "|T([0-9]{1,4}H([0-9]{1,4}M([0-9]{1,4}S)?)?|[0-9]{1,4}M([0-9]{1,4}S)?|[0-9]{1,4}S))"},
    {"uuid", "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"},
    {"email", EMAIL},
    {"hostname", HOST},
    {"ipv4", BYTE "(\\." BYTE "){3}"},
    {"ipv6", "((" HEX4 ":){7}" HEX4 "|(" HEX4 ":){1,7}:|(" HEX4 ":){1,6}:" HEX4 "|(" HEX4 ":){1,5}(:" HEX4
             "){1,2}|(" HEX4 ":){1,4}(:" HEX4 "){1,3}|(" HEX4 ":){1,3}(:" HEX4 "){1,4}|(" HEX4 ":){1,2}(:" HEX4
             "){1,5}|" HEX4 ":(:" HEX4 "){1,6}|:((:" HEX4 "){1,7}|:))"},
    {"uri", URI},
    {"json-pointer", "(/([^~/]|~[01])*)*"},
    {"relative-json-pointer", "(0|[1-9][0-9]{0,3})(#|(/([^~/]|~[01])*)*)"},
    {"uri-reference", REFERENCE},
    {"uri-template", "(/[A-Za-z0-9._~-]*|/\\{[a-z][a-z0-9_]{0,20}\\})*"},
    /* Of what these allow, what they have in common with those above. */
    {"iri", URI},
    {"iri-reference", REFERENCE},
    {"idn-email", EMAIL},
    {"idn-hostname", "[a-z0-9]{1,20}(\\.[a-z0-9]{1,20}){0,4}"},
    {"regex", "([A-Za-z0-9 _,;:@#%&=<>~!'\"-]|\\\\[dws.*+?]|[A-Za-z0-9][*+?])*"},
    {"byte", "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"},
    {"password", ANY},
    {"binary", ANY},
};

/* Reads a regular expression into an automaton over the contents of a JSON string. */
static int read_dfa(schema *s, bytes source, const regex_options *o, dfa *d) {
    uint32_t expr;
    int rc = regex_read(&s->t->x, source, o, &expr, NULL, s->e);
    return rc ? rc : dfa_expr(d, &s->t->x, expr, o->place, s->e);
}

int schema_pattern(schema *s, const json *node, bytes source, dfa *d) {
    char place[160];
    err e = {0}, *given = s->e;
    s->e = &e; /* for the place, which is worth its time only then */
    int rc = read_dfa(s, source, &(regex_options){.search = true, .quoted = true, .place = "pattern"}, d);
    s->e = given;
    if (!rc) return OK;
    memcpy(place, e.text, sizeof place - 1);
    place[sizeof place - 1] = 0;
    return schema_fail(s, rc, node, "", place);
}

int schema_text_expr(schema *s, bytes text, uint32_t *expr) {
    buf quoted = {0};
    schema_quote(&quoted, text);
    int rc = buf_status(&quoted, s->e);
    *expr = quoted.len ? expr_bytes(&s->t->x, buf_view(&quoted)) : EXPR_EMPTY;
    buf_clear(&quoted);
    return rc;
}

/* *d becomes what it and `with` both accept, or (minus) it alone; *first: there is none yet. `with` is used up. */
static int narrow(schema *s, const json *node, dfa *d, bool *first, dfa *with, bool minus) {
    if (*first && minus) {
        uint32_t all = expr_repeat(&s->t->x, expr_any(&s->t->x, true), 0, REPEAT_ANY);
        int rc = dfa_expr(d, &s->t->x, all, "pattern", s->e);
        if (rc) return rc;
        *first = false;
    }
    if (*first) {
        *d = *with;
        *with = (dfa){0};
        *first = false;
        return OK;
    }
    dfa both = {0};
    err e = {0};
    int rc = dfa_product(&both, d, with, minus, &s->t->work, "pattern", &e);
    dfa_clear(with);
    if (rc) {
        dfa_clear(&both);
        return schema_fail(s, rc, node, "pattern", "together with its neighbours it takes too many states");
    }
    dfa_clear(d);
    *d = both;
    return OK;
}

static int add_format(schema *s, const json *node, dfa *d, bool *first) {
    bytes name = json_string(json_get(node, "format"), "");
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (!bytes_is(name, formats[i].name)) continue;
        dfa with = {0};
        int rc = read_dfa(s, bytes_str(formats[i].regex), &(regex_options){.quoted = true, .place = "format"}, &with);
        if (!rc) rc = narrow(s, node, d, first, &with, false);
        dfa_clear(&with);
        return rc;
    }
    char what[96];
    buf text = {0};
    buf_printf(&text, "%.*s is not supported", (int)(name.len < 40 ? name.len : 40), (const char *)name.ptr);
    memcpy(what, text.ptr ? (const char *)text.ptr : "", text.ptr ? text.len + 1 : 1);
    buf_clear(&text);
    return schema_fail(s, ERR_UNSUPPORTED, node, "format", what);
}

static int add_pattern(schema *s, const json *node, const char *keyword, dfa *d, bool *first) {
    const json *pattern = json_get(node, keyword);
    dfa with = {0};
    if (!pattern) return OK;
    if (pattern->type != JSON_STRING) return schema_fail(s, ERR_ARGUMENT, node, "pattern", "a text is needed");
    int rc = schema_pattern(s, node, pattern->string, &with);
    if (!rc) rc = narrow(s, node, d, first, &with, keyword[0] == 1);
    dfa_clear(&with);
    return rc;
}

/* Texts that it must not be. */
static int exclude_texts(schema *s, const json *node, dfa *d, bool *first) {
    const json *list = json_get(node, "\1enum");
    dfa with = {0};
    uint32_t all = EXPR_NEVER, one;
    int rc = OK;
    for (const json *v = list ? list->first : NULL; v && !rc; v = v->next) {
        rc = schema_text_expr(s, json_string(v, ""), &one);
        if (!rc) all = expr_alt(&s->t->x, one, all);
    }
    if (!list || rc) return rc;
    rc = dfa_expr(&with, &s->t->x, all, "enum", s->e);
    if (!rc) rc = narrow(s, node, d, first, &with, true);
    dfa_clear(&with);
    return rc;
}

/* What patterns and formats leave; *first where there are none. */
static int add_patterns(schema *s, const conj *c, dfa *d, bool *first) {
    int rc = OK;
    for (uint32_t i = 0; i < c->n && !rc; i++) {
        const json *node = c->part[i].node;
        rc = add_pattern(s, node, "pattern", d, first);
        if (!rc) rc = add_pattern(s, node, "\1pattern", d, first); /* what does not match */
        if (!rc) rc = exclude_texts(s, node, d, first);
        if (!rc && json_get(node, "format")) rc = add_format(s, node, d, first);
    }
    return rc;
}

static int find_lengths(schema *s, const conj *c, uint32_t *min, uint32_t *max) {
    int rc = OK;
    *min = 0;
    *max = REPEAT_ANY;
    for (uint32_t i = 0; i < c->n && !rc; i++) {
        uint32_t least = 0, most = REPEAT_ANY;
        bool there;
        rc = schema_count(s, c->part[i].node, "minLength", &least, &there);
        if (!rc) rc = schema_count(s, c->part[i].node, "maxLength", &most, &there);
        if (least > *min) *min = least;
        if (most < *max) *max = most;
    }
    return rc;
}

/* The automaton is made with its lengths. Without pattern or format that would be a long row of states: strings are
 * counted instead, unless `lengths`. */
static int make_text(schema *s, const conj *c, bool lengths, dfa *d, bool *plain, uint32_t *min, uint32_t *max) {
    bool first = true;
    int rc = find_lengths(s, c, min, max);
    if (!rc) rc = add_patterns(s, c, d, &first);
    bool any_length = *min == 0 && *max == REPEAT_ANY;
    *plain = first && (any_length || !lengths);
    if (rc || *plain || any_length) return rc;
    if (*max != REPEAT_ANY && *max > PATTERN_LENGTH_MOST && *min <= PATTERN_LENGTH_MOST) *max = PATTERN_LENGTH_MOST;
    dfa with = {0};
    exprs *x = &s->t->x;
    rc = *min > *max ? dfa_expr(&with, x, EXPR_NEVER, "maxLength", s->e)
                     : dfa_expr(&with, x, expr_repeat(x, expr_any(x, true), *min, *max), "maxLength", s->e);
    if (!rc) rc = narrow(s, c->part[0].node, d, &first, &with, false);
    dfa_clear(&with);
    return rc;
}

int schema_text(schema *s, const conj *c, dfa *d, bool *plain) {
    uint32_t min, max;
    return make_text(s, c, true, d, plain, &min, &max);
}

int schema_strings(schema *s, const conj *c, nfa *a, uint32_t from, uint32_t to) {
    dfa d = {0};
    bool plain;
    uint32_t min, max, open = nfa_state(a), close = nfa_state(a);
    int rc = make_text(s, c, false, &d, &plain, &min, &max);
    if (!rc && !a->bad) {
        exprs *x = &s->t->x;
        put_str(s, a, "\"", from, open);
        put_str(s, a, "\"", close, to);
        if (!plain) nfa_dfa(a, &d, open, close);
        else if (min <= 1 && max == REPEAT_ANY)
            nfa_expr(a, x, expr_repeat(x, expr_any(x, true), min, max), open, close);
        else if (max == 0 && min == 0) nfa_skip(a, open, close);
        else if (min <= max) nfa_call_rule(a, s->character, min, max, open, close);
    }
    dfa_clear(&d);
    return rc;
}
