/* The JSON reader: recursive descent over a copy of the text, in which strings are unescaped in place (no escape is
 * shorter than what it stands for). Nodes come from blocks that grow, so that memory follows what was really written.
 */
#include "base/json.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/utf8.h"

enum { BLOCK_FIRST = 16, BLOCK_LAST = 4096 }; /* nodes */

typedef struct block {
    struct block *before;
    size_t n, cap;
    json node[];
} block;

typedef struct document {
    json root; /* first: json_close() gets its address */
    char *text;
    block *blocks;
} document;

typedef struct parser {
    document *doc;
    char *start, *at; /* a 0 byte follows the text: it is allowed nowhere, so that no look ahead needs the end */
    int depth, depth_max;
    err *e;
} parser;

static int parse_value(parser *p, json *v);

static int bad(parser *p, const char *what) {
    return fail(p->e, ERR_CORRUPT, "JSON, byte %zu: %s", (size_t)(p->at - p->start), what);
}

static char peek(parser *p) {
    while (*p->at == ' ' || *p->at == '\n' || *p->at == '\r' || *p->at == '\t') p->at++;
    return *p->at;
}

static json *new_node(parser *p) {
    block *b = p->doc->blocks;
    if (!b || b->n == b->cap) {
        size_t cap = !b ? BLOCK_FIRST : b->cap < BLOCK_LAST ? b->cap * 4 : BLOCK_LAST;
        block *next = mem_new(sizeof *next + cap * sizeof(json));
        if (!next) return NULL;
        next->before = b;
        next->cap = cap;
        p->doc->blocks = b = next;
    }
    return &b->node[b->n++];
}

/* Four hex digits at p->at, or -1. */
static int32_t parse_hex4(const char *s) {
    int32_t v = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit((uint8_t)s[i]);
        if (digit < 0) return -1; /* the final 0 byte, too */
        v = v << 4 | digit;
    }
    return v;
}

/* The code point of the escape whose 'u' is at p->at; half a surrogate pair becomes U+FFFD. Moves past it. */
static int32_t parse_unicode(parser *p) {
    int32_t c = parse_hex4(p->at + 1);
    if (c < 0) return -1;
    p->at += 5;
    if (c >= 0xd800 && c < 0xdc00 && p->at[0] == '\\' && p->at[1] == 'u') {
        int32_t low = parse_hex4(p->at + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            p->at += 6;
            return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    return c; /* utf8_encode() writes U+FFFD for surrogates */
}

/* Moves past the escape whose backslash was just read and writes what it stands for to `to`: bytes, 0 for an error. */
static size_t parse_escape(parser *p, char *to) {
    static const char letters[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    if (*p->at == 'u') {
        int32_t c = parse_unicode(p);
        uint8_t out[4];
        size_t n = c < 0 ? 0 : utf8_encode(out, (uint32_t)c);
        memcpy(to, out, n);
        return n;
    }
    const char *found = *p->at ? strchr(letters, *p->at) : NULL;
    if (!found) return 0;
    *to = means[found - letters];
    p->at++;
    return 1;
}

/* The string whose opening quote is at p->at. */
static int parse_string(parser *p, bytes *out) {
    char *to = ++p->at, *first = to;
    while (*p->at != '"') {
        if ((uint8_t)*p->at < 0x20) return bad(p, "a string ends early or holds a control character");
        if (*p->at != '\\') {
            *to++ = *p->at++;
            continue;
        }
        p->at++;
        size_t n = parse_escape(p, to);
        if (!n) return bad(p, "no such escape");
        to += n;
    }
    p->at++;
    *out = bytes_of(first, (size_t)(to - first));
    return OK;
}

static size_t skip_digits(parser *p) {
    const char *from = p->at;
    while (*p->at >= '0' && *p->at <= '9') p->at++;
    return (size_t)(p->at - from);
}

static int parse_number(parser *p, json *v) {
    char *from = p->at;
    if (*p->at == '-') p->at++;
    if (*p->at == '0') p->at++;
    else if (!skip_digits(p)) return bad(p, "a value was expected");
    v->integer = true;
    if (*p->at == '.') {
        v->integer = false;
        p->at++;
        if (!skip_digits(p)) return bad(p, "digits were expected");
    }
    if (*p->at == 'e' || *p->at == 'E') {
        v->integer = false;
        p->at++;
        if (*p->at == '+' || *p->at == '-') p->at++;
        if (!skip_digits(p)) return bad(p, "digits were expected");
    }
    char after = *p->at; /* strtod would read on in "0x1" */
    *p->at = 0;
    v->number = strtod(from, NULL);
    *p->at = after;
    v->type = JSON_NUMBER;
    return isfinite(v->number) ? OK : bad(p, "a number is too large");
}

/* One member or element, into `v`. */
static int parse_item(parser *p, json *v, bool member) {
    if (member) {
        if (peek(p) != '"') return bad(p, "a key in quotes was expected");
        int rc = parse_string(p, &v->key);
        if (rc) return rc;
        if (peek(p) != ':') return bad(p, "':' was expected");
        p->at++;
    }
    return parse_value(p, v);
}

/* The array or object whose bracket is at p->at. */
static int parse_container(parser *p, json *v) {
    bool object = *p->at++ == '{';
    char end = object ? '}' : ']';
    const json **tail = &v->first;
    v->type = object ? JSON_OBJECT : JSON_ARRAY;
    if (p->depth == p->depth_max) return bad(p, "nested too deep");
    p->depth++;
    for (bool first = true; first ? peek(p) != end : *p->at == ','; first = false) {
        json *item = new_node(p);
        if (!item) return fail(p->e, ERR_MEMORY, "no memory for JSON of this size");
        if (!first) p->at++;
        int rc = parse_item(p, item, object);
        if (rc) return rc;
        *tail = item;
        tail = &item->next;
        v->count++;
        peek(p);
    }
    if (*p->at != end) return bad(p, object ? "',' or '}' was expected" : "',' or ']' was expected");
    p->at++;
    p->depth--;
    return OK;
}

static bool parse_word(parser *p, const char *word) {
    size_t n = strlen(word);
    bool same = !strncmp(p->at, word, n);
    if (same) p->at += n;
    return same;
}

static int parse_value(parser *p, json *v) {
    switch (peek(p)) {
    case '{':
    case '[':
        return parse_container(p, v);
    case '"':
        v->type = JSON_STRING;
        return parse_string(p, &v->string);
    case 't':
        v->type = JSON_BOOL;
        v->boolean = true;
        return parse_word(p, "true") ? OK : bad(p, "no such word");
    case 'f':
        v->type = JSON_BOOL;
        return parse_word(p, "false") ? OK : bad(p, "no such word");
    case 'n':
        return parse_word(p, "null") ? OK : bad(p, "no such word");
    default:
        return parse_number(p, v);
    }
}

int json_parse(const json **out, bytes text, err *e) { return json_parse_deep(out, text, JSON_DEPTH_MAX, e); }

int json_parse_deep(const json **out, bytes text, int depth_max, err *e) {
    if (!utf8_valid(text)) return fail(e, ERR_CORRUPT, "JSON is not UTF-8 text");
    document *doc = mem_new(sizeof *doc);
    if (doc) doc->text = mem_grow(NULL, text.len + 1);
    if (!doc || !doc->text) {
        mem_free(doc);
        return fail(e, ERR_MEMORY, "no memory for JSON of %zu bytes", text.len);
    }
    if (text.len) memcpy(doc->text, text.ptr, text.len);
    doc->text[text.len] = 0;
    parser p = {.doc = doc, .start = doc->text, .at = doc->text, .depth_max = depth_max, .e = e};
    int rc = parse_value(&p, &doc->root);
    if (!rc && (peek(&p), p.at != doc->text + text.len)) rc = bad(&p, "something follows the document");
    if (rc) json_close(&doc->root);
    else *out = &doc->root;
    return rc;
}

void json_close(const json *root) {
    document *doc = (document *)(uintptr_t)root; /* the root is its first member */
    if (!doc) return;
    for (block *b = doc->blocks, *before; b; b = before) {
        before = b->before;
        mem_free(b);
    }
    mem_free(doc->text);
    mem_free(doc);
}

const json *json_get(const json *object, const char *key) {
    const json *found = NULL;
    if (object && object->type == JSON_OBJECT)
        for (const json *m = object->first; m; m = m->next)
            if (bytes_is(m->key, key)) found = m;
    return found;
}

double json_number(const json *j, double otherwise) { return j && j->type == JSON_NUMBER ? j->number : otherwise; }
bool json_bool(const json *j, bool otherwise) { return j && j->type == JSON_BOOL ? j->boolean : otherwise; }

bytes json_string(const json *j, const char *otherwise) {
    if (j && j->type == JSON_STRING) return j->string;
    return otherwise ? bytes_str(otherwise) : (bytes){NULL, 0};
}

void json_write(const json *j, buf *out) {
    switch (j->type) {
    case JSON_NULL:
        buf_str(out, "null");
        return;
    case JSON_BOOL:
        buf_str(out, j->boolean ? "true" : "false");
        return;
    case JSON_NUMBER:
        buf_json_num(out, j->number);
        return;
    case JSON_STRING:
        buf_json_str(out, j->string);
        return;
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    buf_byte(out, j->type == JSON_ARRAY ? '[' : '{');
    for (const json *c = j->first; c; c = c->next) { /* as deep as the parser allowed */
        if (c != j->first) buf_byte(out, ',');
        if (j->type == JSON_OBJECT) {
            buf_json_str(out, c->key);
            buf_byte(out, ':');
        }
        json_write(c, out);
    }
    buf_byte(out, j->type == JSON_ARRAY ? ']' : '}');
}
