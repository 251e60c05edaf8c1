/* Tools on their way into a prompt: what a template that knows nothing of them is given in their place, and how an
 * answer is made to begin with a call. Calls in the answer are calls.h's. */
#ifndef ASSIST_TOOLS_H
#define ASSIST_TOOLS_H

#include "base/buf.h"
#include "base/json.h"

/* Whether a chat template has a place for tools. */
bool tools_in_template(bytes source);

/* Appends what an answer begins with that is a call: of the tool `name`, or with an empty one of any. In the way that
 * the template writes calls. */
void tools_force(bytes source, bytes name, buf *out);

/* Appends the response_format (infer/grammar.h) of an object that is a call, or, with `list`, of a list of such: a name
 * of the tools with "arguments" or "parameters" that its schema allows, or (free) any object of them. */
void tools_format(const json *tools, bool list, bool free, buf *out);

/* For templates without tools, in the words that Qwen's and Hermes' have: what the system message says of them. */
int tools_describe(const json *tools, buf *out, err *e);
/* The assistant's message with the "tool_calls" `calls` as the text that made them; nothing for NULL. */
int tools_write_calls(const json *calls, buf *out, err *e);

#endif
