/* Calls of tools in a model's answer, found while it streams, in the ways that published models write them:
 *
 *   <tool_call>{"name": ..., "arguments": {...}}</tool_call>        Hermes, Qwen 2.5 and 3; also several, or a list
 *   <tool_call><function=NAME><parameter=KEY>VALUE</parameter>...</function></tool_call>        Qwen 3 Coder
 *   <function=NAME>{...}</function>        Llama 3
 *   <|python_tag|>{"name": ..., "parameters": {...}}, or the object alone at the answer's beginning; "; " between
 * several
 *
 * Text before, between and behind calls is text. A call comes out when it is complete, so that what only looks like
 * one (no JSON, no tool of that name, cut off by the answer's end) stays text, unchanged.
 */
#ifndef ASSIST_CALLS_H
#define ASSIST_CALLS_H

#include "base/buf.h"
#include "base/json.h"

typedef struct calls {
    const json *tools; /* own copy of the request's; NULL: nothing is looked for */
    buf held;          /* not given out yet: a call under way, or what may begin one */
    int state;
    size_t at;    /* bytes of held that this state is done with */
    size_t start; /* of the object, where one is read */
    int depth;
    bool quoted, escaped;
    bool begun; /* text was given out: an object is no longer at the beginning */
    uint32_t n; /* calls found */
} calls;

/* Storage is the caller's: start from (calls){0}. `tools` is OpenAI's list, and is copied. Pair: calls_clear(). */
int calls_open(calls *c, const json *tools, err *e);
void calls_clear(calls *c);

/* True for a control token's text that belongs to a call: it is to be given to calls_put(), though it is not shown. */
bool calls_is_marker(bytes text);

/* Whether an object is being read that is a call's beyond doubt, and as far as it is there: it has a marker before it,
 * or names its arguments. `demanded`: the object at the answer's beginning is one. */
bool calls_in_object(const calls *c, bool demanded, bytes *text);

/* Takes the next of the answer. Appends to *out what is text, and to *found, separated by commas, a
 * {"name": ..., "arguments": text of a JSON object} for each call that is complete. */
int calls_put(calls *c, bytes text, buf *out, buf *found, err *e);
/* The same at the answer's end. */
int calls_end(calls *c, buf *out, buf *found, err *e);

#endif
