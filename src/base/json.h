/* JSON (RFC 8259) as a tree. Strict UTF-8 text in; depth is capped at JSON_DEPTH_MAX, work is linear, no recursion
 * deeper than the cap. Duplicate keys: the last one wins. "\u0000" is allowed in strings. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"

enum { JSON_DEPTH_MAX = 64 };
enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

typedef struct json json;
struct json {
    enum json_type type;
    bool boolean;
    bool integer; /* a number written without '.', 'e' or 'E' */
    double number;
    bytes string;      /* unescaped; borrowed from the document */
    bytes key;         /* where this is a member of an object */
    size_t count;      /* members or elements */
    const json *first; /* first member or element, in the order written; then ->next */
    const json *next;
};

/* Parses a whole document. `text` may go afterwards. ERR_CORRUPT says where (byte offset) and what. Pair: json_close().
 */
int json_parse(const json **out, bytes text, err *e);
/* The same with another cap on the depth, for what is nested by its nature; each level takes some 300 bytes of stack.
 */
int json_parse_deep(const json **out, bytes text, int depth_max, err *e);
void json_close(const json *root); /* NULL is allowed; only a root that json_parse() returned */

/* Appends the tree as JSON, without blanks; numbers as buf_json_num() writes them. */
void json_write(const json *j, buf *out);

/* Look-ups that accept NULL and wrong types, so that chains need no checks. */
const json *json_get(const json *object, const char *key); /* NULL where absent */
double json_number(const json *j, double otherwise);
bool json_bool(const json *j, bool otherwise);
bytes json_string(const json *j, const char *otherwise);

#endif
