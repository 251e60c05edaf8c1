/* Conversations as trees of messages, in the schema of OASST (oasst-data/oasst_data/schemas.py): what people wrote and
 * what they think of it. A forest takes lines of the schema, of any number of files, and puts messages of the same id
 * together. */
#ifndef DATA_TREE_H
#define DATA_TREE_H

#include "base/buf.h"
#include "base/json.h"
#include "base/status.h"

enum {
    TREE_ID_MAX = 200,
    TREE_TEXT_MAX = 16 << 20,
    TREE_DEPTH_MAX = 400,   /* messages below one another */
    TREE_EVENTS_MAX = 1000, /* of a kind, with one message */
    TREE_NAMES_MAX = 1000,  /* members of a message, its labels, its emojis, its kinds of events */
    TREE_JSON_DEPTH = 2 * TREE_DEPTH_MAX + JSON_DEPTH_MAX
};
#define TREE_NONE UINT32_MAX

typedef struct message {
    bytes id, parent_id; /* parent_id.len is 0 for a root */
    bytes body; /* its members as JSON, without braces, parent_id, message_tree_id, tree_state, replies; begins with
                   message_id */
    bool assistant;
    uint32_t file, line;          /* where it was first, as forest_at() told */
    double rank;                  /* larger than any where it has none */
    uint32_t tree;                /* index of its tree */
    uint32_t parent, reply, next; /* indices; reply: the first, by rank, then as they came; set by forest_link() */
} message;

typedef struct tree {
    bytes id;
    bytes head; /* its members beside message_tree_id and prompt, as JSON, each with a comma before it */
    uint32_t root;
    uint32_t n; /* messages that hang together with the root */
} tree;

typedef struct forest forest;

/* Keeps at most bytes_max of text. Pair: forest_close(). */
int forest_open(forest **out, size_t bytes_max, err *e);
void forest_close(forest *f);

/* Adds what a line says: a tree, a thread or a message (told apart by their keys, as Open Assistant's reader does). All
 * of it or, on failure, nothing; *e then names the member at fault. A message that is there already is merged: the same
 * text is needed; of emojis the larger count stays, of labels the one with more votes, events are united, so that
 * adding a file twice changes nothing. */
int forest_add(forest *f, const json *line, err *e);

/* Where the lines that are added next are: what the caller counts. */
void forest_at(forest *f, uint32_t file, uint32_t line);

/* After the last line: finds parents. ERR_CORRUPT, for which forest_fault() is the message or NULL, names a message
 * whose parent is not there, or that is its own ancestor; where `drop` is set those are left out instead, with all
 * below them, and *n_dropped (may be NULL) says how many. */
int forest_link(forest *f, bool drop, size_t *n_dropped, err *e);

const message *forest_fault(const forest *f);

/* Puts the ranking events of all people together (data/rank.h; equal majorities by the ids) and writes `rank` into the
 * replies that everybody ranked, null (absent) into the others of that parent. Parents without ranking events stay as
 * they are. *n_ranked: parents that got ranks. */
int forest_rank(forest *f, size_t *n_ranked, err *e);

size_t forest_trees(const forest *f);
size_t forest_messages(const forest *f);
const tree *forest_tree(const forest *f, size_t i);       /* valid until the next call that changes the forest */
const message *forest_message(const forest *f, size_t i); /* the same */

/* The message's members, parsed. Pair: json_close(). */
int message_parse(const json **out, const message *m, err *e);

/* The lists of the schema. */
bool role_of(bytes name, bool *assistant);

#endif
