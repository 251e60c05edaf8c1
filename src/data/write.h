/* A forest as lines of JSON: the forms of Open Assistant's files, and the rows that trainers read. */
#ifndef DATA_WRITE_H
#define DATA_WRITE_H

#include "base/buf.h"
#include "data/tree.h"

/* The forms of OASST, and TRL's ("Dataset formats and types": conversational language modeling, preference, unpaired
 * preference). */
enum write_form {
    WRITE_TREES,
    WRITE_MESSAGES,
    WRITE_THREADS,    /* one for each path from a root to an end */
    WRITE_SFT,        /* {"messages": []} for each answer below which there is no other */
    WRITE_PREFERENCE, /* {"prompt": [], "chosen": [], "rejected": []} for each two answers of which one has the better
                         rank */
    WRITE_KTO, /* {"prompt": [], "completion": [], "label": bool} for each answer with more +1 than -1, or fewer */
    WRITE_FORMS
};
extern const char *const write_names[WRITE_FORMS]; /* "trees", ... */

typedef struct write_options {
    enum write_form form;
    bool anonymize; /* ids of messages, trees and people become SHA-256 of "collection:id" and the seed, as in Open
                       Assistant's exports */
    bytes seed;
    bool deleted; /* messages that were deleted too; what is below one is part of no path without it */
} write_options;

/* Appends the lines of a tree, each with its line break; *n_lines (may be NULL) grows by how many. A tree without a
 * root has none; one deeper than TREE_DEPTH_MAX is written as messages, since nobody reads it as a tree. Where out is
 * NULL they are counted, and not made. */
int write_tree(buf *out, const forest *f, size_t at, const write_options *o, size_t *n_lines, err *e);

#endif
