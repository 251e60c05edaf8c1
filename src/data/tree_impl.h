/* The forest's insides; for the files of data/ alone. */
#ifndef DATA_TREE_IMPL_H
#define DATA_TREE_IMPL_H

#include "base/map.h"
#include "data/tree.h"

typedef struct arena {
    struct arena *before;
    size_t n, cap;
    uint8_t text[];
} arena;

struct forest {
    arena *arena; /* all text */
    size_t bytes, bytes_max;
    map *by_id, *tree_by_id;
    message *messages;
    size_t n_messages, cap_messages;
    tree *trees;
    size_t n_trees, cap_trees;
    uint32_t file, line;
    uint32_t fault; /* the message that forest_link() found wrong; TREE_NONE */
    buf text;       /* of the message that is being added */
};

/* Copies s to where it lives as long as the forest. */
int forest_keep(forest *f, bytes s, bytes *kept, err *e);
/* The index of a tree, a new one where there is none. */
int forest_tree_of(forest *f, bytes id, uint32_t *at, err *e);
/* Adds a checked message, or merges it with the one that is there. */
int forest_put(forest *f, const json *node, bytes parent_id, uint32_t at_tree, err *e);
/* ERR_CORRUPT where a message of this id is there with another text or role. */
int forest_check_same(const forest *f, const json *node, err *e);
/* Merges f->text, the body of a message, into the one that is there (merge.c). */
int forest_merge(forest *f, uint32_t known, bytes parent_id, err *e);

/* Labels and emojis as lists side by side, {"name": [], "value": [], "count": []}, the latter without "value"
 * (lists.c): whether they are such, what is wrong with them, and as the schema has them. The last two need the one
 * before. */
bool lists_are(const json *j);
int lists_check(const json *j, const char *key, bool values, err *e);
void lists_write(const json *j, buf *out);
/* A member and its new value as JSON; without one it goes. */
typedef struct change {
    const char *key;
    bytes value;
} change;
/* Takes members out of a message, or out of a tree's head, and puts the new ones at its end in the order given. */
int forest_change(forest *f, uint32_t at, const change *changes, size_t n, err *e);
int forest_change_head(forest *f, uint32_t at_tree, const change *changes, size_t n, err *e);
/* The members of a tree's head, parsed; the first is none. Pair: json_close(). */
int tree_head(const json **out, const tree *t, err *e);

/* Ranks for the replies of one message. Does not put them in that order: forest_link() does. */
enum ranked { RANKED_BY_NOBODY, RANKED_APART /* no two replies were ranked by everybody */, RANKED };
int forest_rank_replies(forest *f, uint32_t parent, enum ranked *ranked, err *e);

/* The place that a ranking event gives its message `at`, 0 the best: "places" says it where there are ties (a member of
 * ours), else the order does. */
uint32_t ranking_place(const json *event, uint32_t at);

#endif
