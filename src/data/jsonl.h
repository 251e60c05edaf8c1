/* Lines of a file that comes in pieces: one JSON value a line, or one array over all of it. */
#ifndef DATA_JSONL_H
#define DATA_JSONL_H

#include "base/buf.h"
#include "base/json.h"

typedef struct jsonl {
    buf pending;   /* what came of a line that is not complete */
    size_t max;    /* bytes of a line, or of a file that is one array */
    size_t line;   /* number of the line that is read, from 1 */
    bool is_array; /* the file begins with '[': its elements count as lines */
    bool begun;
} jsonl;

/* Takes a line's value. `problem` is what is wrong with the line where j is NULL. Returns a status; another than OK
 * ends the reading. */
typedef int jsonl_take(void *context, const json *j, size_t line, const err *problem, err *e);

void jsonl_init(jsonl *l, size_t max); /* begins a file; l was zeroed, or cleared */
void jsonl_clear(jsonl *l);
/* The next bytes of the file, then its end. Blank lines are passed over. A line of more than max bytes is ERR_TOO_LONG.
 */
int jsonl_push(jsonl *l, bytes piece, jsonl_take *take, void *context, err *e);
int jsonl_end(jsonl *l, jsonl_take *take, void *context, err *e);

#endif
