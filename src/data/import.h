/* Rows of well-known data sets as trees: pseudo-data, marked synthetic, with its source. */
#ifndef DATA_IMPORT_H
#define DATA_IMPORT_H

#include "base/buf.h"
#include "base/json.h"

/* What rows can be of. */
enum import_from {
    IMPORT_AUTO,   /* told by the keys; prompts never */
    IMPORT_ALPACA, /* {instruction, input, output} */
    IMPORT_DOLLY,  /* {instruction, context, response, category} */
    IMPORT_SQUAD,  /* {question, context, answers: {text: []}}, or the whole {data: [{paragraphs: [{context, qas}]}]} */
    IMPORT_NQ, /* Natural Questions, simplified: yes or no, else the short answers, else the long one, of the first who
                  found one */
    IMPORT_SHAREGPT, /* {conversations: [{from, value}]} */
    IMPORT_HH,       /* {chosen, rejected}: "\n\nHuman: ", "\n\nAssistant: "; the last answers get ranks 0 and 1 */
    IMPORT_PROMPTS,  /* {text} or {prompt}, perhaps {lang, source}: scraped ones, for people to review; see screen.h */
    IMPORT_OASST,    /* lines of the schema, as they are */
    IMPORT_FORMS
};
extern const char *const import_names[IMPORT_FORMS];

/* The text of a row of prompts, borrowed from it; ERR_CORRUPT where there is none. */
int import_prompt(bytes *text, const json *row, err *e);
/* Appends the tree of a prompt; `text` is what is left of it, `row` may say its language and source. */
int import_prompt_tree(buf *out, const json *row, bytes text, err *e);

/* Appends the trees of a row to `out`, a line of the OASST schema each; none where the row has nothing to learn from.
 * Ids are made of what is in the row, so the same row has the same ids everywhere. ERR_CORRUPT names the member at
 * fault; `out` then has what it had. */
int import_row(buf *out, const json *row, enum import_from from, err *e);

#endif
