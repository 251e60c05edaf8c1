/* What the files of the template interpreter share; private to text/.
 *   template.c         the public calls, the arena, errors and budgets
 *   template_lex.c     source to tokens, whitespace control
 *   template_expr.c    tokens to expression nodes        template_parse.c   statements
 *   template_eval.c    expressions and calls             template_exec.c    statements
 *   template_value.c   truth, equality, order, look-ups  template_math.c    numbers, operators
 *   template_text.c    str(), repr() and tojson          template_char.c    code points, case, search
 *   template_filter.c, template_filter_list.c, template_is.c, template_method.c, template_global.c: the tables of
 * built-ins The original is Python's jinja2 3.1 as transformers sets it up; where a rule looks odd, it is that one's.
 * Values are immutable (but for namespaces), live in the arena of one rendering, and are passed by value. */
#ifndef TEXT_TEMPLATE_IMPL_H
#define TEXT_TEMPLATE_IMPL_H

#include "base/mem.h"
#include "text/template.h"

enum {
    TPL_MEMORY_MAX = 16 << 20, /* bytes of values in one rendering */
    TPL_TREE_MAX = 96 << 20,   /* bytes of nodes of one template */
    TPL_NEST_MAX = 256,        /* nested evaluations: bounds the C stack, whatever nests */
    TPL_PARAMS_MAX = 7,        /* of a built-in, its receiver included */
};

/* Memory that goes all at once. */
typedef struct tpl_arena {
    struct tpl_chunk *chunks; /* newest first */
    uint8_t *at, *end;        /* what is left of the newest */
    size_t used, max;         /* bytes taken from the heap, and their cap */
} tpl_arena;

/* n bytes, zeroed, aligned for anything; NULL where the heap or the cap says no. */
void *tpl_arena_get(tpl_arena *a, size_t n);
void tpl_arena_clear(tpl_arena *a);

enum tpl_type {
    TPL_ABSENT, /* an argument that was not given; never seen by a template */
    TPL_UNDEFINED,
    TPL_NONE,
    TPL_BOOL,
    TPL_INT,
    TPL_FLOAT,
    TPL_STRING,
    TPL_LIST,
    TPL_DICT,
    TPL_SPACE, /* namespace() */
    TPL_LOOP,
    TPL_MACRO,
    TPL_CALL, /* a built-in function, or a method with its receiver */
};
/* What a list calls itself. All are sequences here; the kinds differ where Python lets a template see it. */
enum tpl_kind { TPL_PLAIN, TPL_TUPLE, TPL_VIEW, TPL_RANGE, TPL_GENERATOR };

typedef struct tpl_value tpl_value;
typedef struct tpl_list tpl_list;
typedef struct tpl_dict tpl_dict;
typedef struct tpl_node tpl_node;
typedef struct tpl_builtin tpl_builtin;
typedef struct tpl_run tpl_run;

struct tpl_value {
    enum tpl_type type;
    union {
        int64_t i; /* TPL_INT, TPL_BOOL */
        double f;
        bytes s; /* TPL_STRING; TPL_UNDEFINED: the name that was not found */
        tpl_list *list;
        tpl_dict *dict; /* TPL_DICT, TPL_SPACE */
        struct tpl_loop *loop;
        struct tpl_macro *macro;
        struct tpl_bound *call;
    };
};
struct tpl_list {
    tpl_value *at;
    size_t n;
    enum tpl_kind kind;
};
struct tpl_dict { /* in order of insertion; searched from the end, so that of equal keys the last one counts */
    struct tpl_pair {
        tpl_value key, value;
    } *at;
    size_t n, cap;
};
struct tpl_loop {
    const tpl_list *all;
    size_t index;
    tpl_list *changed; /* what loop.changed() saw last */
};
typedef struct tpl_scope {
    struct tpl_scope *parent;
    tpl_dict vars;
} tpl_scope;
struct tpl_macro {
    const tpl_node *def; /* N_MACRO or N_CALL_BLOCK */
    tpl_scope *scope;    /* where it was defined */
};
struct tpl_bound {
    const tpl_builtin *fn;
    tpl_value self;
};

/* Arguments as written: the first n_plain by position, the rest by name. */
typedef struct tpl_args {
    tpl_value *at;
    bytes *names;
    size_t n, n_plain;
} tpl_args;

/* A filter, test, method or function. a[0] is what it is applied to, then its parameters in order, TPL_ABSENT where not
 * given. `params` names them, separated by a space; "*" leaves all to `args`. */
struct tpl_builtin {
    const char *name, *params;
    int n_needed;
    tpl_value (*fn)(tpl_run *r, const tpl_value *a, const tpl_args *args);
};

enum tpl_node_kind {
    N_CONST, /* expressions first: the order of eval_table */
    N_NAME,
    N_LIST,
    N_TUPLE,
    N_DICT,
    N_ATTR,
    N_ITEM,
    N_SLICE,
    N_CALL,
    N_FILTER,
    N_TEST,
    N_CHAIN,   /* a op b op c ..., left to right; one node, so that long sums need no depth */
    N_COMPARE, /* a < b < c */
    N_AND,
    N_OR,
    N_NOT,
    N_SIGN,
    N_COND,
    N_EXPRS,
    N_TEXT = N_EXPRS, /* statements: the order of exec_table */
    N_PRINT,
    N_IF,
    N_FOR,
    N_SET,
    N_SET_BLOCK,
    N_MACRO,
    N_CALL_BLOCK,
    N_FILTER_BLOCK,
    N_WITH,
    N_SCOPE,
    N_BREAK,
    N_CONTINUE,
    N_PART, /* a piece of its parent: an operand with its operator, an argument, a branch */
    N_KINDS,
};

struct tpl_node {
    uint8_t kind;
    uint8_t op; /* token of the operator; N_TEST: negated; N_MACRO: enum tpl_wants; N_SIGN: '-' or '+' */
    uint32_t line;
    tpl_node *next; /* in the list it belongs to */
    bytes text;     /* name, attribute, literal text */
    union {
        tpl_value value;       /* N_CONST */
        const tpl_builtin *fn; /* N_FILTER and N_TEST; their input is kids[1], their arguments are kids[2] */
        tpl_node *kids[4];
    };
};
/* Names a macro's body mentions, which make jinja2 pass them. */
enum tpl_wants { TPL_WANTS_VARARGS = 1, TPL_WANTS_KWARGS = 2 };

struct template {
    tpl_arena mem;
    bytes source; /* line ends are \n */
    tpl_node *body;
};

/* ---- parsing ---- */
enum tpl_token_kind { /* or the character itself */
                      T_END = 128,
                      T_NAME,
                      T_STRING,
                      T_INT,
                      T_FLOAT,
                      T_EQ,
                      T_NE,
                      T_LE,
                      T_GE,
                      T_FLOOR,
                      T_POWER,
                      T_IN,
                      T_NOT_IN,
                      T_VAR_END,
                      T_BLOCK_END,
};
/* What ends a run of text. */
enum tpl_open { TPL_OPEN_END, TPL_OPEN_VAR, TPL_OPEN_BLOCK, TPL_OPEN_COMMENT, TPL_OPEN_RAW };

typedef struct tpl_parser {
    tpl_arena *mem;
    bytes src;
    size_t pos;
    uint32_t line; /* at pos */
    struct {
        int kind;
        bytes text; /* name, or string with its escapes resolved, or number */
        uint32_t line;
    } tok; /* the current one; pos is behind it */
    int depth;
    int tag;      /* '{' or '%': the one that is open */
    int brackets; /* open ( [ {: }} and %} do not end a tag inside them */
    int loops;    /* open for loops, for break and continue */
    int wants;    /* enum tpl_wants of the innermost macro */
    int rc;       /* sticks */
    err *e;
} tpl_parser;

int tpl_parse_fail(tpl_parser *p, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
int tpl_lex_text(tpl_parser *p, bytes *text); /* the text up to the next tag, stripped; returns enum tpl_open */
bytes tpl_lex_raw(tpl_parser *p);             /* behind {% raw %}: the text up to {% endraw %} */
void tpl_lex_next(tpl_parser *p);
void *tpl_parse_get(tpl_parser *p, size_t n);
tpl_node *tpl_node_new(tpl_parser *p, int kind); /* NULL with p->rc set */
bool tpl_parse_enter(tpl_parser *p);             /* false where too deep; else pair with p->depth-- */
bool tpl_is_name(const tpl_parser *p, const char *name);
bool tpl_skip(tpl_parser *p, int kind);
bool tpl_skip_name(tpl_parser *p, const char *name);
void tpl_expect(tpl_parser *p, int kind, const char *what);
tpl_node *tpl_parse_expr(tpl_parser *p);
tpl_node *tpl_parse_or(tpl_parser *p);                    /* without `a if b else c` */
tpl_node *tpl_parse_tuple(tpl_parser *p, bool with_cond); /* "a" or "a, b": a tuple needs no brackets */
tpl_node *tpl_parse_filters(tpl_parser *p, tpl_node *input, bool first_pipe_read);
tpl_node *tpl_parse_postfix(tpl_parser *p, tpl_node *n);
tpl_node *tpl_parse_body(tpl_parser *p, const char *ends); /* up to a block named in `ends`, which stays current */

/* ---- running ---- */
struct tpl_run {
    tpl_arena mem;
    const template *t;
    buf *out;    /* the caller's, or a capture */
    buf *result; /* the caller's */
    size_t held; /* bytes in captures that are not finished */
    tpl_scope *scope;
    double now;
    uint8_t *joined;  /* end of the string that the last + or ~ made */
    tpl_list nothing; /* empty, what a failed call returns */
    tpl_value piped;  /* what a filter without an input of its own is applied to: a captured block */
    size_t steps;     /* left */
    uint32_t line;
    int depth, calls;
    int rc; /* sticks */
    err *e;
};
enum tpl_flow { TPL_GO, TPL_BREAK, TPL_CONTINUE };

int tpl_fail(tpl_run *r, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool tpl_cost(tpl_run *r, size_t work); /* takes steps; false where none are left, or an error stands */
bool tpl_cost_bytes(tpl_run *r, size_t n);
bool tpl_enter(tpl_run *r); /* false where too deep or an error stands; else pair with r->depth-- */
void *tpl_get(tpl_run *r, size_t n, size_t each);
bytes tpl_copy(tpl_run *r, bytes s);
bytes tpl_take(tpl_run *r, buf *b); /* the bytes into the arena; clears b */
buf tpl_buf(const tpl_run *r);      /* an empty one that may not outgrow the arena */
void tpl_emit(tpl_run *r, bytes s);

static inline tpl_value tpl_undefined(void) { return (tpl_value){.type = TPL_UNDEFINED}; }
static inline tpl_value tpl_none(void) { return (tpl_value){.type = TPL_NONE}; }
static inline tpl_value tpl_bool(bool b) { return (tpl_value){.type = TPL_BOOL, .i = b}; }
static inline tpl_value tpl_int(int64_t i) { return (tpl_value){.type = TPL_INT, .i = i}; }
static inline tpl_value tpl_float(double f) { return (tpl_value){.type = TPL_FLOAT, .f = f}; }
/* An empty string has a pointer too, so that adding 0 to it is defined. */
static inline tpl_value tpl_string(bytes s) { return (tpl_value){.type = TPL_STRING, .s = s.ptr ? s : bytes_str("")}; }
static inline tpl_value tpl_of_list(tpl_list *l) { return (tpl_value){.type = TPL_LIST, .list = l}; }
static inline tpl_value tpl_of_dict(tpl_dict *d) { return (tpl_value){.type = TPL_DICT, .dict = d}; }
static inline bool tpl_given(tpl_value v) { return v.type != TPL_ABSENT; }

/* values: template_value.c */
const char *tpl_type_name(tpl_value v);
bool tpl_truth(tpl_value v);
bool tpl_equal(tpl_run *r, tpl_value a, tpl_value b);
int tpl_compare(tpl_run *r, tpl_value a, tpl_value b); /* -1, 0, 1; 2 where one is NaN; types without order fail */
bool tpl_contains(tpl_run *r, tpl_value item, tpl_value in);
tpl_list *tpl_list_new(tpl_run *r, size_t n, enum tpl_kind kind); /* never NULL: an empty one after a failure */
tpl_list *tpl_pair_list(tpl_run *r, tpl_value a, tpl_value b);
tpl_list *tpl_iterate(tpl_run *r, tpl_value v); /* what a loop over v sees; never NULL; not to be changed */
tpl_value *tpl_dict_find(tpl_run *r, const tpl_dict *d, tpl_value key); /* NULL where absent */
void tpl_dict_put(tpl_run *r, tpl_dict *d, tpl_value key, tpl_value value);
tpl_value tpl_attribute(tpl_run *r, tpl_value of, bytes name);        /* of.name */
tpl_value tpl_item(tpl_run *r, tpl_value of, tpl_value key);          /* of[key] */
tpl_value tpl_slice(tpl_run *r, tpl_value of, const tpl_value *part); /* of[start:stop:step] */
tpl_value tpl_from_json(tpl_run *r, const json *j);

/* operators: template_math.c */
tpl_value tpl_binary(tpl_run *r, int op, tpl_value a, tpl_value b);
tpl_value tpl_sign(tpl_run *r, int op, tpl_value a);
bool tpl_number(tpl_value v, double *out);        /* false where v is no number */
bool tpl_int_of(bytes s, int base, int64_t *out); /* as Python's int(s, base) */
bool tpl_float_of(bytes s, double *out);          /* as Python's float(s) */
int64_t tpl_int_arg(tpl_run *r, tpl_value v, int64_t otherwise);

/* text: template_text.c */
bytes tpl_str(tpl_run *r, tpl_value v); /* as Python's str() */
void tpl_print(tpl_run *r, buf *out, tpl_value v);
void tpl_repr(tpl_run *r, buf *out, tpl_value v);
void tpl_put_float(buf *out, double v);
extern const tpl_builtin tpl_tojson;

/* characters: template_char.c */
uint32_t tpl_char(bytes s, size_t *used); /* as utf8_decode(), but an ill-formed byte is one character */
size_t tpl_char_count(bytes s);
size_t tpl_char_offset(bytes s, size_t n); /* bytes before the n-th character */
bool tpl_is_space(uint32_t c);
bool tpl_is_printable(uint32_t c);
uint32_t tpl_lower(uint32_t c);
uint32_t tpl_upper(uint32_t c);
bytes tpl_recase(tpl_run *r, bytes s, int first,
                 int rest); /* 'u', 'l' or 0 for the first character and for the others */
enum { TPL_STRIP_LEFT = 1, TPL_STRIP_RIGHT = 2 };
bytes tpl_strip(bytes s, int sides);
bytes tpl_strip_chars(tpl_run *r, bytes s, bytes chars, int sides);
size_t tpl_search(tpl_run *r, bytes in, size_t from, bytes what); /* offset, or in.len + 1 where there is none */
size_t tpl_search_back(tpl_run *r, bytes in, size_t before,
                       bytes what);            /* ends at or before `before`; in.len + 1 likewise */
size_t tpl_line_length(bytes s, size_t *used); /* of the line at s, without its end; *used with it */
bytes tpl_replace(tpl_run *r, bytes s, bytes from, bytes to, int64_t count);

/* calls: template_eval.c */
tpl_value tpl_eval(tpl_run *r, const tpl_node *n);
tpl_value tpl_call(tpl_run *r, const tpl_builtin *f, tpl_value self, const tpl_args *args);
tpl_value tpl_call_macro(tpl_run *r, const struct tpl_macro *m, const tpl_args *args, tpl_value caller);
tpl_value tpl_call_node(tpl_run *r, const tpl_node *n, tpl_value caller);
void tpl_exec(tpl_run *r, const tpl_node *body); /* outside loops */
enum tpl_flow tpl_exec_flow(tpl_run *r, const tpl_node *body);
bytes tpl_capture(tpl_run *r, const tpl_node *body);
void tpl_assign(tpl_run *r, const tpl_node *target, tpl_value v);
tpl_scope *tpl_scope_push(tpl_run *r, tpl_scope *parent); /* NULL after a failure */

/* tables: NULL where there is none of that name */
const tpl_builtin *tpl_builtin_find(const tpl_builtin *const *tables, bytes name);
const tpl_builtin *tpl_filter_find(bytes name);
const tpl_builtin *tpl_test_find(bytes name);
const tpl_builtin *tpl_method_find(tpl_value of, bytes name);
const tpl_builtin *tpl_global_find(bytes name);
extern const tpl_builtin tpl_filters_list[];

#endif
