/* What people said of a message, put together. Their events are the truth; labels, emojis and review counts of files
 * that have no events (as the published data) stay where they count more people. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "data/board_impl.h"
#include "data/when.h"

typedef struct said {
    const json *event;
    buf text;    /* the event, written */
    bytes user;  /* len 0: nobody is named */
    bytes about; /* one person's later events of the same kind about the same replace earlier ones */
    double at;
} said;

typedef struct said_list {
    said *of;
    size_t n;
} said_list;

static int order_said(const void *a, const void *b) {
    const said *x = a, *y = b;
    double s = isnan(x->at) ? -HUGE_VAL : x->at, t = isnan(y->at) ? -HUGE_VAL : y->at;
    return s < t ? -1 : s > t ? 1 : bytes_order(buf_view(&x->text), buf_view(&y->text));
}

static void clear(said_list *l) {
    for (size_t i = 0; i < l->n; i++) buf_clear(&l->of[i].text);
    mem_free(l->of);
}

static bytes about(const json *event) {
    bytes type = json_string(json_get(event, "type"), "");
    if (bytes_is(type, "ranking")) return json_string(json_get(event, "ranking_parent_id"), "");
    return bytes_is(type, "emoji") ? json_string(json_get(event, "emoji"), "") : (bytes){0};
}

/* Whether a later one says it anew: by the same person about the same, or the very same. */
static bool is_replaced(const said_list *l, size_t i) {
    const said *x = &l->of[i];
    for (size_t k = i + 1; k < l->n; k++) {
        const said *y = &l->of[k];
        if (x->user.len ? bytes_eq(x->user, y->user) && bytes_eq(x->about, y->about)
                        : bytes_eq(buf_view(&x->text), buf_view(&y->text)))
            return true;
    }
    return false;
}

/* The events of one kind, in order, without those that were replaced. */
static int read_said(said_list *l, const json *kind, err *e) {
    said *of = mem_array(kind->count + 1, sizeof *of);
    if (!of) return fail(e, ERR_MEMORY, "no memory for events");
    *l = (said_list){.of = of};
    int rc = OK;
    for (const json *event = kind->first; event && !rc; event = event->next) {
        said *x = &of[l->n++];
        *x = (said){.event = event,
                    .user = json_string(json_get(event, "user_id"), ""),
                    .about = about(event),
                    .at = when_of(json_string(json_get(event, "created_date"), ""))};
        json_write(event, &x->text);
        rc = buf_status(&x->text, e);
    }
    if (rc) return rc;
    qsort(of, l->n, sizeof *of, order_said);
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (is_replaced(l, i)) buf_clear(&of[i].text), of[i].text = (buf){0};
        else {
            said kept = of[i];
            of[i].text = (buf){0};
            of[n++] = kept;
        }
    }
    l->n = n;
    return OK;
}

/* What is being put together of one message. */
typedef struct sums {
    double label[LABELS], n_label[LABELS], n_reviews;
    buf events, labels, emojis;
    const json *old;
} sums;

static void add_review(sums *s, const json *event) {
    const json *labels = json_get(event, "labels");
    if (json_bool(json_get(event, "is_report"), false)) return;
    s->n_reviews++;
    for (int i = 0; i < LABELS; i++) {
        const json *v = json_get(labels, label_names[i]);
        if (!v || v->type != JSON_NUMBER || !(v->number >= 0 && v->number <= 1)) continue;
        s->label[i] += v->number;
        s->n_label[i]++;
    }
}

static void comma(buf *out) {
    if (out->len > 1) buf_byte(out, ',');
}

/* The larger of what events say and of what the message says. */
static void write_emojis(sums *s, const said_list *l) {
    const json *old = json_get(s->old, "emojis");
    buf_str(&s->emojis, "{");
    for (const json *m = old ? old->first : NULL; m; m = m->next) {
        double n = 0, had = json_number(m, 0);
        for (size_t i = 0; i < l->n; i++) n += bytes_eq(l->of[i].about, m->key);
        comma(&s->emojis);
        buf_json_str(&s->emojis, m->key);
        buf_byte(&s->emojis, ':');
        buf_json_num(&s->emojis, n > had ? n : had);
    }
    for (size_t i = 0; i < l->n; i++) {
        bytes code = l->of[i].about;
        bool known = !code.len;
        double n = 0;
        for (const json *m = old ? old->first : NULL; m && !known; m = m->next) known = bytes_eq(m->key, code);
        for (size_t k = 0; k < i && !known; k++) known = bytes_eq(l->of[k].about, code);
        for (size_t k = i; k < l->n; k++) n += bytes_eq(l->of[k].about, code);
        if (known) continue;
        comma(&s->emojis);
        buf_json_str(&s->emojis, code);
        buf_byte(&s->emojis, ':');
        buf_json_num(&s->emojis, n);
    }
    buf_byte(&s->emojis, '}');
}

/* The same of labels: the one that more people gave. */
static void write_labels(sums *s) {
    const json *old = json_get(s->old, "labels");
    buf_str(&s->labels, "{");
    for (int i = 0; i < LABELS; i++) {
        const json *had = json_get(old, label_names[i]);
        double n = json_number(json_get(had, "count"), 0);
        bool theirs = n > s->n_label[i];
        if (theirs) s->label[i] = json_number(json_get(had, "value"), 0) * n, s->n_label[i] = n;
        if (!(s->n_label[i] > 0)) continue;
        comma(&s->labels);
        buf_printf(&s->labels, "\"%s\":{\"value\":", label_names[i]);
        buf_json_num(&s->labels, theirs ? json_number(json_get(had, "value"), 0) : s->label[i] / s->n_label[i]);
        buf_str(&s->labels, ",\"count\":");
        buf_json_num(&s->labels, s->n_label[i]);
        buf_byte(&s->labels, '}');
    }
    for (const json *m = old ? old->first : NULL; m; m = m->next) { /* those that the lists do not know */
        int i = 0;
        while (i < LABELS && !bytes_is(m->key, label_names[i])) i++;
        if (i < LABELS) continue;
        comma(&s->labels);
        buf_json_str(&s->labels, m->key);
        buf_byte(&s->labels, ':');
        json_write(m, &s->labels);
    }
    buf_byte(&s->labels, '}');
}

static int add_kind(sums *s, const json *kind, err *e) {
    said_list l = {0};
    int rc = read_said(&l, kind, e);
    if (!rc && l.n) {
        comma(&s->events);
        buf_json_str(&s->events, kind->key);
        buf_str(&s->events, ":[");
        for (size_t i = 0; i < l.n; i++) {
            if (i) buf_byte(&s->events, ',');
            buf_bytes(&s->events, buf_view(&l.of[i].text));
            if (bytes_is(kind->key, "text_labels")) add_review(s, l.of[i].event);
        }
        buf_byte(&s->events, ']');
        if (bytes_is(kind->key, "emoji")) write_emojis(s, &l);
    }
    clear(&l);
    return rc;
}

/* The next kind of events by its name. */
static const json *next_kind(const json *events, const json *before) {
    const json *next = NULL;
    for (const json *k = events->first; k; k = k->next)
        if ((!before || bytes_order(k->key, before->key) > 0) && (!next || bytes_order(k->key, next->key) < 0))
            next = k;
    return next;
}

/* What reviews say, where there are enough; what was said before of fewer stays. */
static enum verdict judge(const board *b, const sums *s, double n_reviews, bool is_root) {
    if (json_bool(json_get(s->old, "review_result"), false)) return VERDICT_ACCEPTED; /* is never taken back */
    if (!(s->n_label[LABEL_SPAM] > 0)) /* a file without what people said */
        return json_get(s->old, "review_result") ? VERDICT_REFUSED : VERDICT_OPEN;
    return verdict_of(&b->rules, is_root, n_reviews, s->label[LABEL_SPAM] / s->n_label[LABEL_SPAM] * n_reviews,
                      s->label[LABEL_LANG_MISMATCH]);
}

/* An object's members, or nothing where it has none. */
static bytes unless_empty(const buf *b) { return b->len > 2 ? buf_view(b) : (bytes){0}; }

static int rewrite(board *b, uint32_t at, sums *s, err *e) {
    double had = json_number(json_get(s->old, "review_count"), 0), n = s->n_reviews > had ? s->n_reviews : had;
    enum verdict v = judge(b, s, n, b->forest->messages[at].parent == TREE_NONE);
    const json *rank = json_get(s->old, "rank");
    buf count = {0}, rank_text = {0};
    if (n > 0) buf_json_num(&count, n);
    if (rank) json_write(rank, &rank_text);
    if (!s->emojis.len && json_get(s->old, "emojis")) json_write(json_get(s->old, "emojis"), &s->emojis);
    const buf *all[] = {&s->events, &s->labels, &s->emojis, &count, &rank_text};
    int rc = OK;
    for (size_t i = 0; i < sizeof all / sizeof *all && !rc; i++) rc = buf_status(all[i], e);
    change to[] = {
        {"rank", buf_view(&rank_text)},
        {"review_count", buf_view(&count)},
        {"review_result", v == VERDICT_OPEN ? (bytes){0} : bytes_str(v == VERDICT_ACCEPTED ? "true" : "false")},
        {"labels", unless_empty(&s->labels)},
        {"emojis", unless_empty(&s->emojis)},
        {"events", unless_empty(&s->events)}};
    if (!rc) rc = forest_change(b->forest, at, to, sizeof to / sizeof *to, e);
    buf_clear(&count);
    buf_clear(&rank_text);
    return rc;
}

int vote_settle(board *b, uint32_t at, err *e) {
    sums s = {0};
    int rc = message_parse(&s.old, &b->forest->messages[at], e);
    const json *events = json_get(s.old, "events");
    if (!rc && (events || json_get(s.old, "labels"))) {
        buf_str(&s.events, "{");
        for (const json *k = events ? next_kind(events, NULL) : NULL; k && !rc; k = next_kind(events, k))
            rc = add_kind(&s, k, e);
        buf_byte(&s.events, '}');
        write_labels(&s);
        if (!rc) rc = rewrite(b, at, &s, e);
    }
    json_close(s.old);
    buf_clear(&s.events);
    buf_clear(&s.labels);
    buf_clear(&s.emojis);
    return rc;
}
