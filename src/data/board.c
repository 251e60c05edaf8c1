/* The board: what it is made of, and how trees are moved on by the rules. */
#include "data/board.h"

#include <stdio.h>

#include "base/mem.h"
#include "data/board_impl.h"
#include "data/job.h"
#include "data/rank.h"

static int read_options(board *b, const json *options, err *e) {
    double memory = json_number(json_get(options, "memory"), 1 << 30);
    bytes user = json_string(json_get(options, "user"), "");
    if (!(memory >= 1 << 20 && memory <= 9e15)) return fail(e, ERR_ARGUMENT, "memory: 1 MB or more is needed");
    if (user.len > TREE_ID_MAX) return fail(e, ERR_ARGUMENT, "user: longer than %d bytes", TREE_ID_MAX);
    rules_init(&b->rules);
    rng_init(&b->rng, map_hash(json_string(json_get(options, "seed"), ""), 0x5eed));
    int rc = rules_read(&b->rules, json_get(options, "config"), e);
    if (!rc) rc = forest_open(&b->forest, memory > (double)SIZE_MAX ? SIZE_MAX : (size_t)memory, e);
    if (!rc) rc = map_open(&b->by_name, 64, 0x5eed, e);
    return rc ? rc : board_name(b, user, &b->me, e);
}

int board_open(board **out, const json *options, err *e) {
    board *b = mem_new(sizeof *b);
    if (!b) return fail(e, ERR_MEMORY, "no memory for the board");
    jsonl_init(&b->lines, JOB_LINE_BYTES);
    int rc = read_options(b, options, e);
    if (rc) board_close(b);
    else *out = b;
    return rc;
}

void board_close(board *b) {
    if (!b) return;
    for (size_t i = 0; i < b->n_facts; i++) fact_clear(&b->facts[i]);
    jsonl_clear(&b->lines);
    map_close(b->by_name);
    mem_free(b->names);
    mem_free(b->facts);
    mem_free(b->trees);
    mem_free(b->tasks);
    forest_close(b->forest);
    mem_free(b);
}

int board_name(board *b, bytes name, uint32_t *at, err *e) {
    *at = name.len ? map_get(b->by_name, name) : MAP_NONE;
    if (!name.len || *at != MAP_NONE) return OK;
    if (b->n_names == b->cap_names) {
        size_t cap = b->cap_names ? b->cap_names * 2 : 64;
        bytes *more = mem_grow(b->names, cap * sizeof *more);
        if (!more) return fail(e, ERR_MEMORY, "no memory for names");
        b->names = more;
        b->cap_names = cap;
    }
    bytes kept;
    int rc = forest_keep(b->forest, name, &kept, e);
    if (!rc) rc = map_put(b->by_name, kept, (uint32_t)b->n_names, NULL, e);
    if (rc) return rc;
    b->names[b->n_names] = kept;
    *at = (uint32_t)b->n_names++;
    return OK;
}

static int take(void *context, const json *line, size_t n, const err *bad, err *e) {
    board *b = context;
    err why;
    int rc = line ? forest_add(b->forest, line, &why) : bad->code;
    if (!rc) return OK;
    return fail(e, rc, "line %zu: %s", n, line ? why.text : bad->text);
}

int board_push(board *b, bytes piece, err *e) {
    int rc = jsonl_push(&b->lines, piece, take, b, e);
    if (rc) jsonl_init(&b->lines, JOB_LINE_BYTES);
    return rc;
}

int board_push_end(board *b, err *e) {
    int rc = jsonl_end(&b->lines, take, b, e);
    jsonl_init(&b->lines, JOB_LINE_BYTES);
    if (!rc) rc = board_settle(b, e);
    if (!rc) b->loaded = true;
    return rc;
}

uint32_t tree_next(const forest *f, uint32_t root, uint32_t i) {
    if (f->messages[i].reply != TREE_NONE) return f->messages[i].reply;
    while (i != root && f->messages[i].next == TREE_NONE) i = f->messages[i].parent;
    return i == root ? TREE_NONE : f->messages[i].next;
}

/* Room for a fact of each message and tree; new ones are zeroed. */
static int make_room(board *b, err *e) {
    size_t n = b->forest->n_messages, m = b->forest->n_trees;
    if (n > b->n_facts) {
        fact *facts = mem_grow(b->facts, n * sizeof *facts);
        if (!facts) return fail(e, ERR_MEMORY, "no memory for the board");
        memset(facts + b->n_facts, 0, (n - b->n_facts) * sizeof *facts);
        b->facts = facts;
        b->n_facts = n;
    }
    if (m > b->n_trees) {
        tree_fact *trees = mem_grow(b->trees, m * sizeof *trees);
        if (!trees) return fail(e, ERR_MEMORY, "no memory for the board");
        memset(trees + b->n_trees, 0, (m - b->n_trees) * sizeof *trees);
        b->trees = trees;
        b->n_trees = m;
    }
    return OK;
}

/* Reads a message anew where it changed, and remembers that its tree did. */
static int refresh(board *b, uint32_t at, err *e) {
    const message *m = &b->forest->messages[at];
    const uint8_t *before = m->body.ptr;
    if (b->facts[at].of == before) return OK;
    bool is_new = b->loaded || b->facts[at].of;
    int rc = vote_settle(b, at, e);
    if (!rc) rc = fact_read(b, at, e);
    if (m->tree == TREE_NONE) return rc;
    b->trees[m->tree].touched = true;
    if (is_new || m->body.ptr != before) b->trees[m->tree].changed = true;
    return rc;
}

/* A tree that does not say its state has the one that Open Assistant would begin with. */
static int read_state(board *b, uint32_t t, err *e) {
    const tree *x = &b->forest->trees[t];
    const json *head = NULL;
    if (b->trees[t].of && b->trees[t].of == x->head.ptr) return OK;
    int rc = tree_head(&head, x, e);
    bytes name = json_string(json_get(head, "tree_state"), "");
    enum tree_state s = name.len ? state_of(name) : x->n > 1 ? STATE_GROWING : STATE_REVIEW;
    if (!rc && (b->loaded || b->trees[t].of)) b->trees[t].changed = true;
    b->trees[t].touched = true;
    b->trees[t].of = x->head.ptr;
    b->trees[t].state = s;
    if (!rc && !name.len) rc = board_enter(b, t, s, e);
    json_close(head);
    return rc;
}

int board_enter(board *b, uint32_t t, enum tree_state s, err *e) {
    char quoted[40];
    snprintf(quoted, sizeof quoted, "\"%s\"", state_names[s]);
    change to = {"tree_state", bytes_str(quoted)};
    int rc = forest_change_head(b->forest, t, &to, 1, e);
    if (rc) return rc;
    tree_fact *x = &b->trees[t];
    *x = (tree_fact){b->forest->trees[t].head.ptr, s, true, true, x->growth};
    return OK;
}

/* Too many red flags delete a message, with all below it. */
static int delete_below(board *b, uint32_t at, err *e) {
    static const change to = {"deleted", {(const uint8_t *)"true", 4}};
    int rc = OK;
    for (uint32_t i = at; i != TREE_NONE && !rc; i = tree_next(b->forest, at, i)) {
        if (!b->facts[i].deleted) rc = forest_change(b->forest, i, &to, 1, e);
        if (!rc) rc = refresh(b, i, e);
    }
    return rc;
}

static int moderate(board *b, uint32_t t, err *e) {
    uint32_t root = b->forest->trees[t].root;
    int rc = OK;
    for (uint32_t i = root; i != TREE_NONE && !rc; i = tree_next(b->forest, root, i)) {
        const fact *x = &b->facts[i];
        if (x->deleted) continue;
        if (x->n_skips >= b->rules.of[RULE_AUTO_MOD_MAX_SKIP_REPLY]) return board_enter(b, t, STATE_HALTED, e);
        if (x->n_flags < b->rules.of[RULE_AUTO_MOD_RED_FLAGS]) continue;
        if (i == root) return board_enter(b, t, STATE_ABORTED, e);
        rc = delete_below(b, i, e);
    }
    return rc;
}

/* Depths, replies that count, and how far the tree has grown. */
static void measure(board *b, uint32_t t) {
    const forest *f = b->forest;
    uint32_t root = f->trees[t].root;
    growth g = {0};
    for (uint32_t i = root; i != TREE_NONE; i = tree_next(f, root, i)) {
        fact *x = &b->facts[i];
        x->n_replies = 0;
        x->depth = i == root ? 0 : b->facts[f->messages[i].parent].depth + 1;
        if (x->deleted) continue;
        bool awaits = x->verdict == VERDICT_OPEN && x->n_reviews < b->rules.of[RULE_NUM_REVIEWS_REPLY];
        g.n_reviewed += x->verdict == VERDICT_ACCEPTED;
        g.n_awaiting += awaits && i != root;
        if (i != root && (awaits || x->verdict == VERDICT_ACCEPTED)) b->facts[f->messages[i].parent].n_replies++;
    }
    b->trees[t].growth = g;
}

size_t board_rankable(const board *b, uint32_t parent, uint32_t *replies) {
    size_t n = 0;
    for (uint32_t r = b->forest->messages[parent].reply; r != TREE_NONE && n < RANK_MAX;
         r = b->forest->messages[r].next)
        if (b->facts[r].verdict == VERDICT_ACCEPTED && !b->facts[r].deleted) replies[n++] = r;
    return n;
}

bool board_ranks(const board *b, uint32_t parent) {
    uint32_t replies[RANK_MAX];
    if (b->forest->messages[parent].assistant && b->rules.of[RULE_RANK_PROMPTER_REPLIES] < 1) return false;
    return board_rankable(b, parent, replies) > 1;
}

static uint32_t count_short(const board *b, uint32_t t) {
    uint32_t n = 0, root = b->forest->trees[t].root;
    for (uint32_t i = root; i != TREE_NONE; i = tree_next(b->forest, root, i))
        n += board_ranks(b, i) && (double)fact_count(&b->facts[i], ACT_RANK) < b->rules.of[RULE_NUM_REQUIRED_RANKINGS];
    return n;
}

/* Puts the rankings of a tree together; *scored: all of them could be. */
static int score(board *b, uint32_t t, bool *scored, err *e) {
    uint32_t root = b->forest->trees[t].root;
    int rc = OK;
    *scored = true;
    for (uint32_t i = root; i != TREE_NONE && !rc; i = tree_next(b->forest, root, i)) {
        enum ranked ranked = RANKED_BY_NOBODY;
        if (board_ranks(b, i)) rc = forest_rank_replies(b->forest, i, &ranked, e);
        *scored = *scored && ranked != RANKED_APART;
    }
    for (uint32_t i = root; i != TREE_NONE && !rc; i = tree_next(b->forest, root, i)) rc = refresh(b, i, e);
    return rc;
}

/* Where a tree stands now, and what is to be done on the way. */
static int next_state(board *b, uint32_t t, enum tree_state *next, err *e) {
    const fact *prompt = &b->facts[b->forest->trees[t].root];
    bool scored;
    int rc = OK;
    *next = b->trees[t].state;
    switch (b->trees[t].state) {
    case STATE_REVIEW:
        *next = prompt->deleted ? STATE_HALTED : state_after_review(prompt->verdict);
        break;
    case STATE_LOTTERY:
        *next = prompt->deleted ? STATE_HALTED : STATE_LOTTERY;
        break;
    case STATE_GROWING:
        *next = state_after_growth(&b->trees[t].growth, state_goal(&b->rules, b->forest->trees[t].id));
        break;
    case STATE_RANKING:
        *next = state_after_ranking(count_short(b, t));
        break;
    case STATE_SCORING:
    case STATE_SCORING_FAILED: /* another ranking may mend it */
    case STATE_EXPORT:         /* rankings that come later count, too */
        rc = score(b, t, &scored, e);
        *next = state_after_scoring(scored || b->trees[t].state == STATE_EXPORT);
        break;
    default:
        break;
    }
    return rc;
}

static int advance(board *b, uint32_t t, err *e) {
    int rc = OK;
    for (int step = 0; step < STATES && !rc; step++) {
        enum tree_state before = b->trees[t].state, next = before;
        if (!state_is_terminal(before) && b->rules.of[RULE_AUTO_MOD_ENABLED] >= 1) rc = moderate(b, t, e);
        measure(b, t);
        if (!rc && b->trees[t].state == before) rc = next_state(b, t, &next, e);
        if (rc || next == before) break;
        rc = board_enter(b, t, next, e);
    }
    return rc;
}

int board_settle(board *b, err *e) {
    int rc = forest_link(b->forest, true, NULL, e);
    if (!rc) rc = make_room(b, e);
    for (uint32_t i = 0; i < b->n_facts && !rc; i++) rc = refresh(b, i, e);
    for (uint32_t t = 0; t < b->n_trees && !rc; t++) {
        if (b->forest->trees[t].root == TREE_NONE) continue;
        rc = read_state(b, t, e);
        if (rc || !b->trees[t].touched) continue;
        measure(b, t);
        if (b->trees[t].state != STATES) rc = advance(b, t, e);
        b->trees[t].touched = false;
    }
    return rc ? rc : forest_link(b->forest, true, NULL, e);
}
