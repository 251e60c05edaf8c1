/* What hangs together: parents, trees, and replies in the order of their ranks. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "data/rank.h"
#include "data/tree.h"
#include "data/tree_impl.h"

#define CLAIMED (TREE_NONE - 1) /* in place of a tree */

typedef struct place {
    double rank;
    uint32_t at;
} place;

static int compare(const void *a, const void *b) {
    const place *x = a, *y = b;
    return x->rank < y->rank ? -1 : x->rank > y->rank ? 1 : x->at < y->at ? -1 : 1;
}

/* Hangs every message on its parent: by rank, those without last, those of the same rank as they came. */
static int hang(forest *f, err *e) {
    place *all = mem_array(f->n_messages + 1, sizeof *all);
    if (!all) return fail(e, ERR_MEMORY, "no memory for messages");
    for (uint32_t i = 0; i < f->n_messages; i++) all[i] = (place){f->messages[i].rank, i};
    qsort(all, f->n_messages, sizeof *all, compare);
    for (size_t k = f->n_messages; k-- > 0;) { /* the last comes first: each is put in front */
        message *m = &f->messages[all[k].at];
        if (m->parent == TREE_NONE || m->parent == all[k].at) continue;
        m->next = f->messages[m->parent].reply;
        f->messages[m->parent].reply = all[k].at;
    }
    mem_free(all);
    return OK;
}

static int find_parents(forest *f, bool drop, err *e) {
    for (uint32_t i = 0; i < f->n_messages; i++) {
        message *m = &f->messages[i];
        m->reply = m->next = m->parent = TREE_NONE;
    }
    for (uint32_t i = 0; i < f->n_messages; i++) {
        message *m = &f->messages[i];
        if (!m->parent_id.len) continue;
        uint32_t p = map_get(f->by_id, m->parent_id);
        if (p == MAP_NONE && !drop) {
            f->fault = i;
            return fail(e, ERR_CORRUPT, "parent_id: message %.*s replies to %.*s, which is not there", (int)m->id.len,
                        m->id.ptr, (int)m->parent_id.len, m->parent_id.ptr);
        }
        m->parent = p == MAP_NONE ? i : p; /* its own parent: it hangs on nothing */
    }
    return hang(f, e);
}

/* Gives everything below a root its tree; how many there are. Without recursion: down to the first reply, else to the
 * next, else up. */
static uint32_t claim(forest *f, uint32_t root, uint32_t at_tree) {
    uint32_t n = 0, i = root;
    while (i != TREE_NONE) {
        message *m = &f->messages[i];
        m->tree = at_tree;
        n++;
        if (m->reply != TREE_NONE) {
            i = m->reply;
            continue;
        }
        while (i != root && f->messages[i].next == TREE_NONE) i = f->messages[i].parent;
        i = i == root ? TREE_NONE : f->messages[i].next;
    }
    return n;
}

/* The first message that hangs on no root. The forest is of no use after it. */
static uint32_t first_loose(forest *f) {
    uint32_t i = 0;
    for (size_t k = 0; k < f->n_trees; k++)
        if (f->trees[k].root != TREE_NONE) claim(f, f->trees[k].root, CLAIMED);
    while (f->messages[i].tree == CLAIMED) i++;
    return i;
}

int forest_link(forest *f, bool drop, size_t *n_dropped, err *e) {
    size_t linked = 0;
    int rc = find_parents(f, drop, e);
    if (rc) return rc;
    for (size_t i = 0; i < f->n_trees; i++) f->trees[i].root = TREE_NONE, f->trees[i].n = 0;
    for (uint32_t i = 0; i < f->n_messages && !rc; i++) {
        message *m = &f->messages[i];
        uint32_t at = m->tree;
        if (m->parent != TREE_NONE) continue;
        if (at == TREE_NONE || f->trees[at].root != TREE_NONE)
            rc = forest_tree_of(f, m->id, &at, e); /* a root of its own */
        if (rc) break;
        f->trees[at].root = i;
        f->trees[at].n = claim(f, i, at);
        linked += f->trees[at].n;
    }
    if (n_dropped) *n_dropped = f->n_messages - linked;
    if (rc || drop || linked == f->n_messages) return rc;
    f->fault = first_loose(f);
    return fail(e, ERR_CORRUPT, "parent_id: replies to itself, or in a circle: %zu messages do",
                f->n_messages - linked);
}

const message *forest_fault(const forest *f) { return f->fault == TREE_NONE ? NULL : &f->messages[f->fault]; }

/* What the people who ranked the replies of one message said. */
typedef struct votes {
    uint32_t reply[RANK_MAX];
    size_t n, n_rankings;
    uint32_t *places; /* [n_rankings, n]; TREE_NONE where a ranking leaves a reply out */
} votes;

static size_t index_of(const forest *f, const votes *v, bytes id) {
    uint32_t at = map_get(f->by_id, id);
    size_t i = 0;
    while (i < v->n && v->reply[i] != at) i++;
    return i;
}

uint32_t ranking_place(const json *event, uint32_t at) {
    const json *places = json_get(event, "places");
    const json *place = places && places->type == JSON_ARRAY ? places->first : NULL;
    for (uint32_t i = 0; place && i < at; i++) place = place->next;
    double given = json_number(place, -1);
    return given >= 0 && given < RANK_MAX ? (uint32_t)given : at;
}

static int add_vote(const forest *f, votes *v, const json *event, err *e) {
    const json *ids = json_get(event, "ranked_message_ids");
    uint32_t at = 0;
    if (json_bool(json_get(event, "not_rankable"), false) || !ids || ids->type != JSON_ARRAY) return OK;
    uint32_t *more = mem_grow(v->places, (v->n_rankings + 1) * v->n * sizeof *more);
    if (!more) return fail(e, ERR_MEMORY, "no memory for rankings");
    v->places = more;
    more += v->n_rankings++ * v->n;
    for (size_t i = 0; i < v->n; i++) more[i] = TREE_NONE;
    for (const json *id = ids->first; id; id = id->next, at++) {
        size_t i = index_of(f, v, json_string(id, ""));
        if (i < v->n && more[i] == TREE_NONE) more[i] = ranking_place(event, at);
    }
    return OK;
}

/* The ranking events among those of one message; they stand with the prompt or with one of its replies. */
static int add_votes(const forest *f, votes *v, const message *m, bytes parent, err *e) {
    const json *j = NULL;
    int rc = message_parse(&j, m, e);
    const json *events = json_get(j, "events");
    for (const json *kind = events ? events->first : NULL; kind && !rc; kind = kind->next)
        for (const json *event = kind->first; event && !rc; event = event->next)
            if (bytes_is(json_string(json_get(event, "type"), ""), "ranking") &&
                bytes_eq(json_string(json_get(event, "ranking_parent_id"), ""), parent))
                rc = add_vote(f, v, event, e);
    json_close(j);
    return rc;
}

/* Writes a rank into a message, or takes it away (rank < 0). */
static int set_rank(forest *f, uint32_t at, int rank, err *e) {
    char number[16];
    snprintf(number, sizeof number, "%d", rank);
    change to = {"rank", rank >= 0 ? bytes_str(number) : (bytes){0}};
    double given = rank >= 0 ? rank : HUGE_VAL;
    if (f->messages[at].rank >= given && f->messages[at].rank <= given) return OK; /* it has it */
    int rc = forest_change(f, at, &to, 1, e);
    if (!rc) f->messages[at].rank = given;
    return rc;
}

/* Whether everybody found two replies equally good. */
static bool all_tie(const votes *v, size_t n, uint32_t a, uint32_t b) {
    for (size_t r = 0; r < v->n_rankings; r++)
        if (v->places[r * n + a] != v->places[r * n + b]) return false;
    return true;
}

/* Only replies that everybody ranked take part. Those that all found equally good share their rank. */
static int rank_replies(forest *f, votes *v, enum ranked *ranked, err *e) {
    uint32_t order[RANK_MAX], kept[RANK_MAX];
    int ranks[RANK_MAX], rank = 0;
    size_t n = 0;
    for (size_t i = 0; i < v->n; i++) {
        bool by_all = true;
        for (size_t r = 0; r < v->n_rankings && by_all; r++) by_all = v->places[r * v->n + i] != TREE_NONE;
        if (by_all) kept[n++] = (uint32_t)i;
        ranks[i] = -1;
    }
    *ranked = n > 1 ? RANKED : RANKED_APART;
    for (size_t r = 0; r < v->n_rankings; r++)
        for (size_t i = 0; i < n; i++) v->places[r * n + i] = v->places[r * v->n + kept[i]];
    int rc = n ? rank_merge(order, v->places, v->n_rankings, n, e) : OK;
    for (size_t i = 0; i < n && !rc; i++) {
        if (i && !all_tie(v, n, order[i - 1], order[i])) rank++;
        ranks[kept[order[i]]] = rank;
    }
    for (size_t i = 0; i < v->n && !rc; i++) rc = set_rank(f, v->reply[i], ranks[i], e);
    return rc;
}

static bool id_before(const forest *f, uint32_t a, uint32_t b) {
    return bytes_order(f->messages[a].id, f->messages[b].id) < 0;
}

/* The replies of a message by their ids: what the ranks are when rankings tie does not depend on the order in which
 * files came. */
static void collect_replies(const forest *f, votes *v, uint32_t parent) {
    for (uint32_t r = f->messages[parent].reply; r != TREE_NONE && v->n < RANK_MAX; r = f->messages[r].next) {
        size_t at = v->n++;
        for (; at && id_before(f, r, v->reply[at - 1]); at--) v->reply[at] = v->reply[at - 1];
        v->reply[at] = r;
    }
}

int forest_rank_replies(forest *f, uint32_t parent, enum ranked *ranked, err *e) {
    votes v = {0};
    *ranked = RANKED_BY_NOBODY;
    collect_replies(f, &v, parent);
    if (v.n < 2) return OK;
    int rc = add_votes(f, &v, &f->messages[parent], f->messages[parent].id, e);
    for (size_t k = 0; k < v.n && !rc; k++) rc = add_votes(f, &v, &f->messages[v.reply[k]], f->messages[parent].id, e);
    if (!rc && v.n_rankings) rc = rank_replies(f, &v, ranked, e);
    mem_free(v.places);
    return rc;
}

int forest_rank(forest *f, size_t *n_ranked, err *e) {
    int rc = OK;
    *n_ranked = 0;
    for (uint32_t i = 0; i < f->n_messages && !rc; i++) {
        enum ranked ranked;
        rc = forest_rank_replies(f, i, &ranked, e);
        *n_ranked += ranked != RANKED_BY_NOBODY;
    }
    return rc ? rc : forest_link(f, true, NULL, e);
}
