/* The board's insides; for the files of data/ alone. */
#ifndef DATA_BOARD_IMPL_H
#define DATA_BOARD_IMPL_H

#include "base/rng.h"
#include "data/board.h"
#include "data/jsonl.h"
#include "data/label.h"
#include "data/state.h"
#include "data/task.h"
#include "data/tree_impl.h"

enum act_kind {
    ACT_LABEL_FULL,
    ACT_LABEL_SIMPLE,
    ACT_RANK,
    ACT_SKIP_REPLY,
    ACT_SKIP_RANKING,
    ACT_SKIP_LABELING,
    ACT_RED_FLAG,
    ACT_UP,
    ACT_DOWN
};

/* What somebody did with a message. */
typedef struct act {
    enum act_kind kind;
    uint32_t who;
    uint32_t best; /* of a ranking: the message that it puts first; TREE_NONE */
    double at;     /* when, ms; NaN where it is not said */
} act;

/* What the rules ask of a message, read from its body once. */
typedef struct fact {
    const uint8_t *of; /* the body that it was read from */
    uint32_t author, lang;
    double created; /* ms; NaN where it is not said */
    double n_reviews, n_flags, n_skips, n_up, n_down;
    double flagged[LABELS]; /* how many said so: value times count of each label */
    enum verdict verdict;
    bool deleted, synthetic;
    act *acts;
    size_t n_acts;
    uint32_t depth, n_replies; /* n_replies: those that count against the limits: accepted or under review; deleted ones
                                  do not */
} fact;

typedef struct tree_fact {
    const uint8_t *of;     /* the head that the state was read from */
    enum tree_state state; /* STATES: none of these rules; left alone */
    bool changed;          /* since it was last handed out to be stored */
    bool touched;          /* since the rules were last asked */
    growth growth;
} tree_fact;

struct board {
    forest *forest;
    rules rules;
    rng rng;
    jsonl lines;
    map *by_name; /* people and languages */
    bytes *names;
    size_t n_names, cap_names;
    uint32_t me;
    fact *facts; /* [messages] */
    size_t n_facts;
    tree_fact *trees; /* [trees] */
    size_t n_trees;
    bool loaded; /* what comes from now on is new, and has to be stored */
    task *tasks;
    size_t n_tasks, cap_tasks;
};

/* The number of a person or language; MAP_NONE for an empty name. */
int board_name(board *b, bytes name, uint32_t *at, err *e);

/* The events of a message put in order, each person's last word alone; labels, emojis, review_count and review_result
 * as they follow from them (vote.c). The same whatever the order in which files with them came. */
int vote_settle(board *b, uint32_t at, err *e);
/* Reads b->facts[at] anew where the body changed. */
int fact_read(board *b, uint32_t at, err *e);
void fact_clear(fact *x);
bool fact_has(const fact *x, enum act_kind kind, uint32_t who);
/* Whether somebody labelled it, fully or not. */
bool fact_labelled_by(const fact *x, uint32_t who);
size_t fact_count(const fact *x, enum act_kind kind); /* people */

/* After a change: links, reads, and moves every tree on as far as the rules lead (board.c). */
int board_settle(board *b, err *e);
/* The lottery for a language: prompts that wait become trees, at most `most` of them (lottery.c). */
int board_lottery(board *b, uint32_t lang, double now, int most, err *e);
/* After trees ended: now and then one of the backlog is ranked instead (lottery.c). */
int board_backlog(board *b, uint32_t lang, err *e);
size_t board_count(const board *b, enum tree_state s, uint32_t lang); /* trees */
/* What there is for b->me (pick.c). */
void board_available(const board *b, uint32_t lang, double now, task_counts *n);
/* Which message a task of the type is about, drawn (lonely: among those that have a reply, but too few). TREE_NONE
 * where there is none. */
uint32_t board_pick(board *b, enum task_type type, uint32_t lang, double now, bool lonely);
/* The messages from the root to `at`; returns how many, and fills at most TREE_DEPTH_MAX of them. */
size_t board_path(const board *b, uint32_t at, uint32_t *path);
/* Appends a task as the protocol has it (card.c). */
int card_write(board *b, const task *t, buf *out, err *e);
/* What a volunteer did (interact.c): appends the answer. */
int board_interact(board *b, const json *interaction, double now, buf *out, err *e);
/* The replies of a ranking task in the order in which they are shown, by which a ranking names them. */
size_t card_replies(const board *b, const task *t, uint32_t *replies);
/* "request", "ack", "nack", "close", "tasks" and "restore" of board_call() (desk.c). */
int desk_request(board *b, const json *request, double now, buf *out, err *e);
int desk_ack(board *b, const json *request, double now, err *e);
int desk_nack(board *b, const json *request, double now, err *e);
int desk_close(board *b, const json *request, double now, err *e);
int desk_restore(board *b, const json *tasks, err *e);
void desk_write(board *b, double now, buf *out);
/* The task of that id, or the one that was acknowledged with that message id; NULL where there is none. */
task *desk_find(board *b, bytes task_id, bytes message_id);
/* Adds an event of a kind to a message; `event` is its members as JSON beside user_id and created_date. */
int board_add_event(board *b, uint32_t at, const char *kind, const char *event, double now, err *e);
/* Gives a tree its state. */
int board_enter(board *b, uint32_t tree, enum tree_state s, err *e);
/* How many initial prompts may still be written in a language. */
double board_missing_prompts(const board *b, uint32_t lang);
/* Parents of the role with replies to be ranked. */
bool board_ranks(const board *b, uint32_t parent);
/* Replies that can be ranked: accepted, not deleted. Returns how many, at most RANK_MAX. */
size_t board_rankable(const board *b, uint32_t parent, uint32_t *replies);

/* The next in a tree after message i, depth first: down, else aside, else up; TREE_NONE after the last. */
uint32_t tree_next(const forest *f, uint32_t root, uint32_t i);

#endif
