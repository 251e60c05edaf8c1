/* Counting. Names that occur are few; a list will do. */
#include "data/stats.h"

#include <math.h>

#include "base/mem.h"
#include "data/rank.h"
#include "data/tree_impl.h"

enum { NAMES_MAX = 256, COMPARED_MAX = 100 };

typedef struct entry {
    buf name;
    double sum, count;
    buf pairs; /* of a label: what the visitor said, and the mean of what others did; doubles */
} entry;

/* Sums by name; what comes after NAMES_MAX names is not counted. */
typedef struct table {
    entry of[NAMES_MAX];
    size_t n;
} table;

typedef struct stats {
    double assistant, synthetic, deleted, depth_max, rankings, tau_sum, tau_n;
    table states, langs, models, emojis, labels;
} stats;

static entry *add(table *t, bytes name, double sum, double count) {
    size_t i = 0;
    while (i < t->n && !bytes_eq(buf_view(&t->of[i].name), name)) i++;
    if (i == NAMES_MAX) return NULL;
    if (i == t->n) {
        buf_bytes(&t->of[i].name, name);
        t->n++;
    }
    t->of[i].sum += sum;
    t->of[i].count += count;
    return &t->of[i];
}

static void clear(table *t) {
    for (size_t i = 0; i < t->n; i++) {
        buf_clear(&t->of[i].name);
        buf_clear(&t->of[i].pairs);
    }
}

static const json *ranked(const json *event) {
    const json *ids = json_get(event, "ranked_message_ids");
    bool usable = bytes_is(json_string(json_get(event, "type"), ""), "ranking") &&
                  !json_bool(json_get(event, "not_rankable"), false);
    return usable && ids && ids->type == JSON_ARRAY && ids->count <= RANK_MAX ? ids : NULL;
}

/* Places of the messages that two rankings have in common; returns how many. */
static size_t common(uint32_t *a, uint32_t *b, const json *one, const json *other) {
    size_t n = 0;
    uint32_t at = 0;
    for (const json *x = ranked(one)->first; x && n < RANK_MAX; x = x->next, at++) {
        uint32_t there = 0;
        for (const json *y = ranked(other)->first; y; y = y->next, there++)
            if (bytes_eq(x->string, y->string)) {
                a[n] = ranking_place(one, at);
                b[n++] = ranking_place(other, there);
                break;
            }
    }
    return n;
}

/* Agreement of the rankings that stand with one message. */
static void count_rankings(stats *s, const json *events) {
    uint32_t a[RANK_MAX], b[RANK_MAX];
    size_t n_compared = 0;
    for (const json *kind = events ? events->first : NULL; kind; kind = kind->next) {
        for (const json *x = kind->first; x; x = x->next) {
            if (!ranked(x)) continue;
            s->rankings++;
            if (n_compared++ >= COMPARED_MAX) continue; /* of many a part tells */
            size_t n_others = 0;
            for (const json *y = x->next; y && n_others < COMPARED_MAX; y = y->next) {
                if (!ranked(y) || !bytes_eq(json_string(json_get(x, "ranking_parent_id"), ""),
                                            json_string(json_get(y, "ranking_parent_id"), "")))
                    continue;
                n_others++;
                size_t n = common(a, b, x, y);
                double tau = n > 1 ? rank_tau(a, b, n) : NAN;
                if (isnan(tau)) continue;
                s->tau_sum += tau;
                s->tau_n++;
            }
        }
    }
}

static const json *member(const json *object, bytes key) {
    const json *m = object ? object->first : NULL;
    while (m && !bytes_eq(m->key, key)) m = m->next;
    return m;
}

/* The page's files have the visitor's own labels apart from everybody's: that and the mean of the others make a pair.
 */
static void add_pair(entry *label, const json *own, double sum, double votes) {
    if (!label || !own || own->type != JSON_NUMBER || votes < 2) return;
    double others = (sum - own->number) / (votes - 1);
    double pair[] = {own->number, round(others * 1e12) / 1e12}; /* the same where all said the same */
    buf_bytes(&label->pairs, bytes_of(pair, sizeof pair));
}

static double alpha_of(const entry *label) {
    return rank_alpha((const double *)(const void *)label->pairs.ptr, label->pairs.len / (2 * sizeof(double)), 2,
                      RANK_INTERVAL);
}

static void count_message(stats *s, const json *j) {
    s->assistant += bytes_is(json_string(json_get(j, "role"), ""), "assistant");
    s->synthetic += json_bool(json_get(j, "synthetic"), false);
    s->deleted += json_bool(json_get(j, "deleted"), false);
    add(&s->langs, json_string(json_get(j, "lang"), "unknown"), 1, 1);
    if (json_get(j, "model_name")) add(&s->models, json_string(json_get(j, "model_name"), ""), 1, 1);
    const json *emojis = json_get(j, "emojis"), *labels = json_get(j, "labels");
    const json *own = json_get(json_get(j, "feedback"), "labels");
    for (const json *m = emojis ? emojis->first : NULL; m; m = m->next) add(&s->emojis, m->key, json_number(m, 0), 1);
    for (const json *m = labels ? labels->first : NULL; m; m = m->next) {
        double votes = json_number(json_get(m, "count"), 0), sum = json_number(json_get(m, "value"), 0) * votes;
        add_pair(add(&s->labels, m->key, sum, votes), member(own, m->key), sum, votes);
    }
    count_rankings(s, json_get(j, "events"));
}

static int count_tree(stats *s, const forest *f, const tree *t, err *e) {
    const json *head = NULL;
    int rc = tree_head(&head, t, e);
    if (!rc) add(&s->states, json_string(json_get(head, "tree_state"), "unknown"), 1, 1);
    json_close(head);
    double depth = 0;
    for (uint32_t i = t->root; i != TREE_NONE && !rc;) {
        const json *j = NULL;
        const message *m = forest_message(f, i);
        rc = message_parse(&j, m, e);
        if (!rc) count_message(s, j);
        json_close(j);
        depth++;
        if (depth > s->depth_max) s->depth_max = depth;
        if (m->reply != TREE_NONE) {
            i = m->reply;
            continue;
        }
        while (i != t->root && forest_message(f, i)->next == TREE_NONE) i = forest_message(f, i)->parent, depth--;
        depth--;
        i = i == t->root ? TREE_NONE : forest_message(f, i)->next;
    }
    return rc;
}

static void put(buf *out, const char *key, double v) {
    buf_printf(out, ",\"%s\":", key);
    buf_json_num(out, v);
}

static void put_table(buf *out, const char *key, const table *t, bool means) {
    buf_printf(out, ",\"%s\":{", key);
    for (size_t i = 0; i < t->n; i++) {
        const entry *x = &t->of[i];
        if (i) buf_byte(out, ',');
        buf_json_str(out, buf_view(&x->name));
        buf_str(out, means ? ":{\"value\":" : ":");
        buf_json_num(out, means ? x->sum / x->count : x->sum);
        if (means) {
            buf_str(out, ",\"count\":");
            buf_json_num(out, x->count);
            if (x->pairs.len) {
                buf_str(out, ",\"alpha\":");
                buf_json_num(out, alpha_of(x)); /* null */
            }
            buf_byte(out, '}');
        }
    }
    buf_byte(out, '}');
}

int stats_write(buf *out, const forest *f, err *e) {
    stats *s = mem_new(sizeof *s);
    double trees = 0, messages = 0;
    int rc = s ? OK : fail(e, ERR_MEMORY, "no memory for counting");
    for (size_t i = 0; i < forest_trees(f) && !rc; i++) {
        const tree *t = forest_tree(f, i);
        if (t->root == TREE_NONE) continue;
        trees++;
        messages += t->n;
        rc = count_tree(s, f, t, e);
    }
    if (!rc) {
        buf_str(out, "{\"trees\":");
        buf_json_num(out, trees);
        put(out, "messages", messages);
        put(out, "prompter", messages - s->assistant);
        put(out, "assistant", s->assistant);
        put(out, "synthetic", s->synthetic);
        put(out, "deleted", s->deleted);
        put(out, "depth_max", s->depth_max);
        put_table(out, "tree_states", &s->states, false);
        put_table(out, "langs", &s->langs, false);
        put_table(out, "models", &s->models, false);
        put_table(out, "emojis", &s->emojis, false);
        put_table(out, "labels", &s->labels, true);
        put(out, "rankings", s->rankings);
        put(out, "agreement", s->tau_n > 0 ? s->tau_sum / s->tau_n : NAN); /* null */
        buf_byte(out, '}');
        rc = buf_status(out, e);
    }
    if (s) {
        table *all[] = {&s->states, &s->langs, &s->models, &s->emojis, &s->labels};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) clear(all[i]);
    }
    mem_free(s);
    return rc;
}
