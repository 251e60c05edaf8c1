/* From a list of messages to the tokens of a prompt: the model's own template, users' text kept from becoming control
 * tokens, and what happens when the conversation outgrows the context.
 *
 * Overflow policy: leading system messages stay; the oldest turns (a user's message with the answers up to the next
 * one) are left out, whole, until the rest fits. Turns go in blocks of about a quarter of the context, so that the next
 * turns find the same beginning in the cache instead of moving it every time. The choice depends on the messages alone.
 */
#ifndef ASSIST_CHAT_H
#define ASSIST_CHAT_H

#include "base/json.h"
#include "text/template.h"
#include "text/tokenizer.h"

typedef struct chat_options {
    const tokenizer *tok;
    const template *tpl;
    uint32_t room;  /* tokens that the prompt may have */
    bool own_tools; /* the template has no place for tools: see tools.h */
    bytes tail;     /* what the answer is to begin with, behind the prompt; read as the template's own text */
    bool drop;      /* leave out the oldest turns where it has more; else ERR_TOO_LONG */
    double now;     /* Unix time, for templates that print the date */
} chat_options;

/* The tools that a request offers and does not take back by "tool_choice": "none"; NULL where there are none. */
const json *chat_tools(const json *request);

/* Renders request {"messages":[...], other template variables}: appends the text to *text, with TOK_SHIELD bytes where
 * users' text would read as a control token. "add_generation_prompt" (default true) and "continue_final_message"
 * (default false: the last message, an assistant's, is left open to be continued) mean what they mean in transformers'
 * apply_chat_template. "tools" are OpenAI's, and messages may have its "tool_calls" and "tool_call_id": their arguments
 * reach the template as objects. ERR_ARGUMENT names the message at fault. */
int chat_render(const chat_options *o, const json *request, buf *text, err *e);

/* Renders and encodes. *out (from (ids){0}, pair ids_clear) gets the prompt, *dropped how many messages were left out.
 * ERR_TOO_LONG names both numbers. */
int chat_prompt(const chat_options *o, const json *request, ids *out, uint32_t *dropped, err *e);

#endif
