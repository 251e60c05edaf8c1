/* What the files of the grammar share. From source to automaton:
 *   regex.c, gbnf.c, schema*.c   read a language into expressions (expr.c)
 *   nfa.c, context.c, dfa.c      expressions to finite automata, which may call rules; products of them
 *   net.c                        rules that call each other, linked into one table
 *   walk.c                       the table run with its stack, made deterministic as it is used
 *   trie.c, grammar.c            the vocabulary; masks */
#ifndef INFER_GRAMMAR_IMPL_H
#define INFER_GRAMMAR_IMPL_H

#include "base/buf.h"
#include "base/json.h"
#include "infer/grammar.h"

enum {
    GRAMMAR_TEXT_MAX = 1 << 20,    /* bytes of a regular expression or a grammar */
    GRAMMAR_DEPTH_MAX = 100,       /* of parentheses */
    GRAMMAR_NODES_MAX = 1 << 20,   /* of expressions */
    GRAMMAR_EDGES_MAX = 1 << 19,   /* of one automaton before it is made deterministic */
    GRAMMAR_STATES_MAX = 1 << 15,  /* of one automaton after */
    GRAMMAR_MEMBERS_MAX = 1 << 22, /* of all its sets of states */
    GRAMMAR_WORK_MAX = 1 << 27,    /* looks at an edge on the way, for all of a grammar: half a second */
    GRAMMAR_RULES_MAX = 1 << 13,
    GRAMMAR_TABLE_MAX = 1 << 23, /* entries of the linked table */
};

#define REPEAT_ANY UINT32_MAX
#define NONE UINT32_MAX

/* Room for `need` entries of `each` bytes in a growing array; NULL leaves it as it was. */
void *array_room(void *p, uint32_t *cap, uint32_t need, size_t each);

/* ---- Expressions: what the three languages are read into ---- */

enum expr_op {
    EXPR_EMPTY,
    EXPR_NEVER,
    EXPR_BYTES,
    EXPR_CLASS,
    EXPR_CAT,
    EXPR_ALT,
    EXPR_REPEAT,
    EXPR_CALL,
    EXPR_BEGIN,
    EXPR_END,
    EXPR_LINE_BEGIN, /* these four only within an EXPR_CONTEXT */
    EXPR_LINE_END,
    EXPR_WORD,
    EXPR_NO_WORD,
    EXPR_CONTEXT /* a: the whole text */
};

/* Lists are chains: a is the first, b the rest. */
typedef struct expr_node {
    uint8_t op;
    bool quoted;   /* CLASS: as characters stand in a JSON string, escaped where they must be */
    uint32_t a, b; /* BYTES: offset and length in text; CLASS: first range and how many; REPEAT: a; CALL: a, the rule */
    uint32_t min, max; /* REPEAT; max may be REPEAT_ANY */
    uint32_t size;     /* about how many states it takes */
} expr_node;

typedef struct range {
    uint32_t lo, hi; /* code points, both included */
} range;

/* Nodes 0 and 1 are EXPR_EMPTY and EXPR_NEVER. Errors stick in `bad`, so that readers check at the end. */
typedef struct exprs {
    expr_node *node;
    uint32_t n, cap;
    range *ranges;
    uint32_t n_ranges, cap_ranges;
    buf text;
    uint64_t *work; /* done so far for the grammar; see GRAMMAR_WORK_MAX */
    int bad;
} exprs;

int exprs_init(exprs *x, uint64_t *work, err *e); /* pair, also after failure: exprs_clear() */
void exprs_clear(exprs *x);
int exprs_status(const exprs *x, err *e);
uint32_t expr_bytes(exprs *x, bytes s);
uint32_t expr_str(exprs *x, const char *s);
/* Ranges in any order; negated: every other code point. */
uint32_t expr_class(exprs *x, const range *r, uint32_t n, bool negated, bool quoted);
uint32_t expr_cat(exprs *x, uint32_t a, uint32_t b);
uint32_t expr_alt(exprs *x, uint32_t a, uint32_t b);
uint32_t expr_repeat(exprs *x, uint32_t a, uint32_t min, uint32_t max);
uint32_t expr_optional(exprs *x, uint32_t a);
uint32_t expr_call(exprs *x, uint32_t rule);
uint32_t expr_mark(exprs *x, enum expr_op op); /* from EXPR_BEGIN to EXPR_NO_WORD */
uint32_t expr_context(exprs *x, uint32_t a);

/* A regular expression (regex.c). search: as JSON Schema's pattern, a match anywhere; else the whole text. ERR_ARGUMENT
 * says what is wrong and at which byte. */
typedef struct regex_options {
    bool search, quoted;
    const char *place; /* how errors begin */
} regex_options;
/* *marks (may be NULL): whether ^ or $ is in it, so that it must be one automaton. */
int regex_read(exprs *x, bytes source, const regex_options *o, uint32_t *out, bool *marks, err *e);
uint32_t expr_any(exprs *x, bool quoted); /* any one character */

/* ---- Automata ---- */

typedef struct nfa_call {
    uint32_t rule, min, max; /* the rule so often, at least once */
} nfa_call;

typedef struct nfa_edge {
    uint8_t type, lo, hi; /* enum nfa_type; bytes lo..hi */
    uint32_t to, next;    /* next edge of the same state, or NONE */
    uint32_t call;
} nfa_edge;

struct net;
typedef struct nfa {
    uint32_t *first; /* [n]: each state's first edge, or NONE */
    uint32_t n, cap;
    nfa_edge *edges;
    uint32_t n_edges, cap_edges;
    nfa_call *calls;
    uint32_t n_calls, cap_calls;
    uint64_t *work;  /* the grammar's */
    struct net *net; /* where long repetitions become rules; NULL: they are written out */
    int bad;
} nfa;

typedef struct dfa_edge {
    uint8_t lo, hi;
    uint32_t to;
} dfa_edge;

typedef struct dfa_call {
    uint32_t rule, min, max, to;
} dfa_call;

/* State 0 is the first, and nothing leads back to it. */
typedef struct dfa {
    uint32_t n;
    uint32_t *edge_at, *call_at; /* [n + 1]: where each state's edges (in order) and calls begin */
    dfa_edge *edges;
    dfa_call *calls;
    uint8_t *accept; /* [n] */
    uint32_t cap, cap_edge_at, cap_call_at, cap_edges, cap_calls, cap_accept;
} dfa;

/* Start from nfa_of(); pair: nfa_clear(). */
static inline nfa nfa_of(const exprs *x, struct net *net) { return (nfa){.work = x->work, .net = net}; }
void nfa_clear(nfa *a);
uint32_t nfa_state(nfa *a);
void nfa_skip(nfa *a, uint32_t from, uint32_t to);
void nfa_byte(nfa *a, uint32_t from, uint8_t byte, uint32_t to);
void nfa_expr(nfa *a, const exprs *x, uint32_t id, uint32_t from, uint32_t to);
void nfa_dfa(nfa *a, const dfa *d, uint32_t from, uint32_t to); /* d has no calls */
void nfa_call_rule(nfa *a, uint32_t rule, uint32_t min, uint32_t max, uint32_t from, uint32_t to);
/* ERR_TOO_LONG where a limit is reached; `what` begins the message. Start from (dfa){0}; pair, also after failure:
 * dfa_clear(). */
int dfa_make(dfa *d, const nfa *a, uint32_t from, uint32_t to, const char *what, err *e);
void dfa_clear(dfa *d);
int dfa_expr(dfa *d, const exprs *x, uint32_t id, const char *what, err *e);
/* What both accept, or (minus) a and not b; neither has calls. Only states from which an end can be reached stay. */
int dfa_product(dfa *out, const dfa *a, const dfa *b, bool minus, uint64_t *work, const char *what, err *e);
bool dfa_accepts(const dfa *d, bytes s);
bool dfa_empty(const dfa *d); /* of a product */

/* ---- Rules ---- */

typedef struct rule {
    dfa d;
    uint32_t expr; /* what it is made of, or NONE: d is given */
    bool made;
    bool nullable; /* may be empty: d is without the empty text, and calls of it may be skipped */
} rule;

typedef struct net {
    exprs x;
    rule *rules;
    uint32_t n, cap;
    uint64_t work;
    int bad;
} net;

int net_init(net *t, err *e); /* pair, also after failure: net_clear() */
void net_clear(net *t);
uint32_t net_add(net *t); /* a rule to be filled in; NONE after failure, which sticks */
uint32_t net_expr_rule(net *t, uint32_t expr);
/* Whether an expression may be empty, as far as the rules' `nullable` is known. */
bool net_nullable(const net *t, const exprs *x, uint32_t id);
/* The rule's automaton of `a` from..to. */
int net_fill(net *t, uint32_t rule, const nfa *a, uint32_t from, uint32_t to, const char *what, err *e);
/* Makes the automata of all rules that are expressions, and those that they turn out to need. */
int net_make(net *t, const char *what, err *e);
/* Which rules can come to an end: productive[rule]. */
int net_productive(const net *t, const bool present[256], bool *productive, err *e);

/* The rules linked: states of all of them, one table. */
typedef struct table {
    uint8_t class_of[256];   /* class 0: bytes that lead nowhere */
    uint8_t class_byte[256]; /* one of each class */
    uint16_t class_count[256];
    uint32_t n_classes, n_states;
    uint32_t *next;    /* [n_states, n_classes]: NONE leads nowhere */
    uint32_t *call_at; /* [n_states + 1] */
    dfa_call *calls;   /* rule: the state it begins with */
    uint8_t *flags;    /* [n_states]: enum state_flag */
    uint32_t root;
    bool nullable; /* the empty text fits */
} table;
enum state_flag { STATE_ACCEPT = 1, STATE_BYTES = 2, STATE_CALLS = 4 };

/* present: bytes that can be written. ERR_ARGUMENT where no text fits at all, or where a rule begins with itself. */
int table_link(table *out, const net *t, uint32_t root, const bool present[256], err *e); /* pair: table_clear() */
void table_clear(table *t);

/* ---- The automaton as it runs: its configurations, numbered as they are met ---- */

enum { CONFIG_DEAD = 0 };
typedef struct walker walker;
/* reach: bytes of the longest token. The table is borrowed. */
int walker_open(walker **out, const table *t, uint32_t reach, err *e);
void walker_close(walker *w);
uint32_t walker_start(walker *w); /* CONFIG_DEAD where there is no memory */
/* What follows by a byte; CONFIG_DEAD also where memory ran out or there are too many ways: see walker_status(). */
uint32_t walker_step(walker *w, uint32_t config, uint8_t byte);
const uint32_t *walker_row(const walker *w, uint32_t config); /* [n_classes]: next configurations, NONE: not known */
bool walker_accepts(const walker *w, uint32_t config);
bool walker_ends(const walker *w, uint32_t config); /* nothing can follow */
/* The same with counters no larger than a token can tell. */
uint32_t walker_near(walker *w, uint32_t config);
/* The only byte that can follow, -1 where there are others or none, or the text may end. */
int walker_forced(walker *w, uint32_t config);
/* What follows whatever plain character comes, if that is always the same: CONFIG_DEAD where none may come; NONE where
 * some lead elsewhere than others. */
uint32_t walker_plain(walker *w, uint32_t config, const bool present[256]);
/* True when so much was met that everything should be forgotten but `keep`, which gets its new number. */
bool walker_full(const walker *w);
int walker_forget(walker *w, uint32_t *keep, err *e);
uint32_t walker_count(const walker *w); /* configurations are below */
int walker_status(walker *w, err *e);   /* and forgives */

/* ---- The vocabulary ---- */

typedef struct trie_node {
    uint32_t skip; /* the node after everything below this one */
    int32_t token; /* that ends here, TOK_NONE if none */
    uint8_t byte, depth;
} trie_node;

typedef struct trie {
    trie_node *node;
    uint32_t n;
} trie;

/* A plain character stands for itself in a JSON string, and ends no line (the . of regular expressions takes it). A
 * plain token is of those alone. */
struct vocab_trie {
    const tokenizer *tok;
    uint32_t n_vocab, n_words; /* of a mask */
    trie all, rest;            /* every token; those that are not plain */
    uint32_t *plain;           /* [n_words] */
    uint8_t *plain_chars;      /* [n_vocab]: characters of a plain token, 0 of another */
    uint32_t plain_most;       /* characters of the longest plain token */
    uint32_t longest;          /* bytes of the longest token in the tries */
    int32_t *same;             /* [n_vocab]: another token of the same text, TOK_NONE if none */
    uint32_t *end;             /* [n_words]: tokens that end a turn */
    bool present[256];         /* bytes that are tokens by themselves: with them any text can be written */
};

/* ---- Languages ---- */

int gbnf_read(net *t, bytes source, uint32_t *root, err *e);
int schema_read(net *t, const json *schema, const bool present[256], uint32_t *root, err *e); /* NULL: any object */

#endif
