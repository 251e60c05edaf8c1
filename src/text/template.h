/* Chat templates: the subset of Jinja that published models use (loops with filters and else, conditions, set,
 * namespace, macros, call blocks, generation blocks, filters, tests, string/list/dict methods, slices, whitespace
 * control; trim_blocks and lstrip_blocks on, as in transformers). Anything else is ERR_UNSUPPORTED naming construct and
 * line, never silent garbage. A template is hostile: parser and evaluator are depth-capped, work is bounded by a step
 * budget, output by a byte cap; values are plain data, there is no attribute access beyond dict keys and the listed
 * methods. */
#ifndef TEXT_TEMPLATE_H
#define TEXT_TEMPLATE_H

#include "base/buf.h"
#include "base/json.h"

typedef struct template template;
enum { TEMPLATE_BYTES_MAX = 1 << 20, TEMPLATE_STEPS_MAX = 1000000, TEMPLATE_DEPTH_MAX = 64 };

/* Parses; `source` may go afterwards. ERR_CORRUPT (syntax, with line), ERR_UNSUPPORTED (a statement that is not built,
 * named; filters, tests, methods and functions are asked for only where they are reached), ERR_TOO_LONG. Pair:
 * template_close(). */
int template_open(template **out, bytes source, err *e);
void template_close(template *t);

/* Appends the rendered text to *out (out->max, where set, is the cap and gives ERR_TOO_LONG). `context` is a JSON
 * object whose members are the global variables: messages, add_generation_prompt, bos_token, eos_token, tools, ...
 * Members that are JSON null are none; absent ones undefined. Strings may contain any byte (also TOK_SHIELD), which are
 * passed through. raise_exception(text) in the template is ERR_ARGUMENT with that text. `now` is Unix time in seconds
 * for strftime_now(). On failure *out may hold a part. */
int template_render(const template *t, const json *context, double now, buf *out, err *e);

#endif
