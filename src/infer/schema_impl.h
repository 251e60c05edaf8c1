/* Reading JSON Schema: what its files share. A schema is read as a conjunction: the parts that a value must satisfy all
 * at once ($ref and allOf only add parts), each conjunction one rule. Rules are made one after the other, from a list
 * that grows as they name others, so that recursive schemas end and nothing recurses here. */
#ifndef INFER_SCHEMA_IMPL_H
#define INFER_SCHEMA_IMPL_H

#include "infer/grammar_impl.h"

enum { SCHEMA_PARTS_MAX = 48, SCHEMA_NAMES_MAX = 2048 };

enum schema_done { DONE_ANY_OF = 1, DONE_ONE_OF = 2 };
typedef struct part {
    const json *node;
    uint32_t done; /* enum schema_done: keywords that are taken care of */
} part;

typedef struct conj {
    part part[SCHEMA_PARTS_MAX];
    uint32_t n;
    bool never; /* the schema false is among them */
} conj;

typedef struct schema_rule {
    uint32_t first, n, rule; /* parts */
    uint64_t key;            /* the same for the same parts in another order */
    bool never;
} schema_rule;

/* Two branches of a oneOf that must not hold at once. */
typedef struct schema_pair {
    const json *node;
    uint32_t rule, i, k;
} schema_pair;

/* A schema that has an address of its own; the first is the root. */
typedef struct schema_resource {
    const json *node;
    buf address;
} schema_resource;

/* A schema, and the resource it is a part of. */
typedef struct schema_place {
    const json *node;
    uint32_t inside;
} schema_place;

/* What was written in place of a schema, or of some of its keywords: schema_not.c. */
enum schema_rewriting { REWRITE_NOT, REWRITE_CONDITIONS };
typedef struct schema_written {
    const json *of, *made;
    enum schema_rewriting kind;
} schema_written;

typedef struct schema {
    net *t;
    const json *root;
    const bool *present;
    schema_rule *rules;
    uint32_t n_rules, cap_rules;
    part *parts;
    uint32_t n_parts, cap_parts;
    schema_pair *pairs;
    uint32_t n_pairs, cap_pairs;
    schema_resource *resources;
    uint32_t n_resources, cap_resources;
    schema_place *places; /* all schemas below the root */
    uint32_t n_places, cap_places;
    schema_written *written;
    uint32_t n_written, cap_written;
    const json **known; /* schemas that such texts name */
    uint32_t n_known, cap_known;
    schema_pair *overlaps; /* of branches that may hold at once: each then excludes the other */
    uint32_t n_overlaps, cap_overlaps;
    int depth;              /* of schema_fits() */
    uint32_t ws, character; /* rules: a blank or a line break; a character of a string */
    err *e;
} schema;

enum schema_type {
    TYPE_NULL = 1,
    TYPE_BOOL = 2,
    TYPE_INTEGER = 4,
    TYPE_FRACTION = 8, /* a number that is no integer; as a name \1 */
    TYPE_STRING = 16,
    TYPE_ARRAY = 32,
    TYPE_OBJECT = 64,
    TYPE_ALL = 127,
    TYPE_NUMBER = TYPE_INTEGER | TYPE_FRACTION,
};

/* Fails, naming keyword and place. */
int schema_fail(const schema *s, int code, const json *node, const char *keyword, const char *what);
/* ---- schema_ref.c ---- */
int schema_find_places(schema *s); /* once; pair, also after failure: schema_clear_places() */
void schema_clear_places(schema *s);
/* What node's $ref refers to. ERR_UNSUPPORTED where that is elsewhere. */
int schema_resolve(const schema *s, const json *node, const json **out);

/* ---- schema_not.c ---- */
/* A schema of the values that do not satisfy `node`, or of those that its conditions and dependencies allow; the same
 * one each time. ERR_UNSUPPORTED where that cannot be said. Pair: schema_clear_written(). */
int schema_rewrite(schema *s, const json *node, enum schema_rewriting kind, const json **out);
void schema_clear_written(schema *s);
bool schema_has_conditions(const json *node);
int schema_refer(schema *s, const json *node, const json **out); /* schema_resolve(), also in what was written */

int schema_check_keywords(const schema *s, const json *node); /* ERR_UNSUPPORTED names one that is not built */
/* Adds a part and what it refers to; one that is there already adds nothing. ERR_TOO_LONG, or what is wrong with it. */
int conj_add(schema *s, conj *c, const json *node);
/* The rule of a conjunction; it is made later. */
int schema_rule_of(schema *s, const conj *c, uint32_t *rule);
/* The list of values that enum or const allows, NULL where there is neither; *one is where const gets its list. */
int schema_values(const schema *s, const conj *c, json *one, const json **values);
/* The types that the parts leave. */
int schema_types(const schema *s, const conj *c, unsigned *types);
/* Whether a keyword is there, as a whole number that is not negative. */
int schema_count(const schema *s, const json *node, const char *keyword, uint32_t *out, bool *there);

/* Adds to `a` all texts from..to: of strings, numbers, arrays, objects that satisfy the parts. */
int schema_strings(schema *s, const conj *c, nfa *a, uint32_t from, uint32_t to);
int schema_numbers(schema *s, const conj *c, unsigned types, nfa *a, uint32_t from, uint32_t to);
int schema_arrays(schema *s, const conj *c, nfa *a, uint32_t from, uint32_t to);
int schema_objects(schema *s, const conj *c, nfa *a, uint32_t from, uint32_t to);

/* Contents of strings, as they stand between the quotes: those that the parts allow. *plain: all are, and *d is not
 * made. */
int schema_text(schema *s, const conj *c, dfa *d, bool *plain);
int schema_text_expr(schema *s, bytes text, uint32_t *expr);           /* just this text, as it stands between quotes */
int schema_pattern(schema *s, const json *node, bytes source, dfa *d); /* JSON Schema's pattern */
/* Whether a value satisfies a schema; for the values of enum and const. */
int schema_fits(schema *s, const json *node, const json *value, bool *fits);
/* The same of one part, without what it refers to and what of it is done. */
int schema_fits_part(schema *s, const part *p, const json *value, bool *fits);
bool schema_same(const json *a, const json *b);
void schema_quote(buf *b, bytes text); /* as strings are generated, without quotes */
int schema_write(const schema *s, const json *value, buf *out);
/* Member of an object; NULL where absent. */
const json *schema_member(const json *object, bytes key);

/* Small pieces. */
void put_str(schema *s, nfa *a, const char *text, uint32_t from, uint32_t to);
void put_ws(schema *s, nfa *a, uint32_t from, uint32_t to); /* or nothing */

#endif
