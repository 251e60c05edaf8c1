/* A person at a board of message trees, for the tests of data/board.h: asks, works, gives and takes files. */
#ifndef UNIT_BOARD_PERSON_H
#define UNIT_BOARD_PERSON_H

#include <stdarg.h>

#include "data/board.h"
#include "unit/test.h"

static const double minute = 60000, hour = 3600000, start = 1.7e12;

/* One person's board and what it said last. */
typedef struct person {
    board *b;
    double now;
    buf said;
    const json *answer;
    err e;
} person;

static const char alone[] = "\"config\":{\"num_reviews_initial_prompt\":1,\"num_reviews_reply\":1,"
                            "\"num_required_rankings\":1,\"allow_self_labeling\":true,\"allow_self_ranking\":true,"
                            "\"allow_duplicate_tasks\":true,\"goal_tree_size\":3}";
static const char few[] = "\"config\":{\"goal_tree_size\":3,\"max_tree_depth\":1}";

static inline int open_as(person *p, const char *user, const char *config) {
    char options[1024];
    const json *j = NULL;
    *p = (person){.now = start};
    snprintf(options, sizeof options, "{\"user\":\"%s\",\"seed\":\"s\",%s}", user, config);
    int rc = json_parse(&j, bytes_str(options), &p->e);
    if (!rc) rc = board_open(&p->b, j, &p->e);
    json_close(j);
    if (!rc) rc = board_push_end(p->b, &p->e);
    return rc;
}

static inline void close_person(person *p) {
    board_close(p->b);
    json_close(p->answer);
    buf_clear(&p->said);
}

/* Asks with now as the time. */
static inline int ask(person *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline int ask(person *p, const char *format, ...) {
    char text[4096];
    va_list list;
    const json *j = NULL;
    int n = snprintf(text, sizeof text, "{\"now\":%.0f,", p->now);
    va_start(list, format);
    vsnprintf(text + n, sizeof text - (size_t)n, format, list);
    va_end(list);
    buf_reset(&p->said);
    json_close(p->answer);
    p->answer = NULL;
    int rc = json_parse(&j, bytes_str(text), &p->e);
    if (!rc) rc = board_call(p->b, j, &p->said, &p->e);
    json_close(j);
    if (!rc) rc = json_parse_deep(&p->answer, buf_view(&p->said), TREE_JSON_DEPTH, &p->e);
    return rc;
}

static inline bytes text_of(const json *j, const char *key) { return json_string(json_get(j, key), ""); }

/* Asks for a task of a type and keeps its id; false where there is none. */
static inline bool take(person *p, const char *type, char id[40]) {
    if (ask(p, "\"do\":\"request\",\"type\":\"%s\",\"lang\":\"en\"}", type)) return false;
    const json *task = json_get(p->answer, "task");
    bytes found = text_of(task, "id");
    snprintf(id, 40, "%.*s", (int)found.len, (const char *)found.ptr);
    return found.len > 0;
}

static inline int write_text(person *p, const char *task, const char *message, const char *text) {
    return ask(p,
               "\"do\":\"interact\",\"interaction\":{\"type\":\"text_reply_to_message\",\"task_id\":\"%s\","
               "\"user_message_id\":\"%s\",\"text\":\"%s\",\"lang\":\"en\"}}",
               task, message, text);
}

static inline int label(person *p, const char *task, const char *labels) {
    return ask(p, "\"do\":\"interact\",\"interaction\":{\"type\":\"text_labels\",\"task_id\":\"%s\",\"labels\":%s}}",
               task, labels);
}

static inline int rank(person *p, const char *task, const char *ranking) {
    return ask(p,
               "\"do\":\"interact\",\"interaction\":{\"type\":\"message_ranking\",\"task_id\":\"%s\",\"ranking\":%s}}",
               task, ranking);
}

static inline bool state_is(person *p, const char *state) { return bytes_is(text_of(p->answer, "tree_state"), state); }

/* How many there are of a type. */
static inline double there_are(person *p, const char *type) {
    if (ask(p, "\"do\":\"available\",\"lang\":\"en\"}")) return -1;
    return json_number(json_get(json_get(p->answer, "available"), type), -1);
}

static inline double trees_in(person *p, const char *state) {
    if (ask(p, "\"do\":\"overview\"}")) return -1;
    return json_number(json_get(json_get(p->answer, "states"), state), -1);
}

/* Every tree that changed, as lines. */
static inline void changed(person *p, buf *lines) {
    CHECK_INT(ask(p, "\"do\":\"changed\"}"), OK);
    for (const json *t = json_get(p->answer, "trees") ? json_get(p->answer, "trees")->first : NULL; t; t = t->next) {
        json_write(t, lines);
        buf_byte(lines, '\n');
    }
}

static inline int give(person *p, const buf *lines) {
    int rc = board_push(p->b, buf_view(lines), &p->e);
    return rc ? rc : board_push_end(p->b, &p->e);
}

/* A tree in a state, its two answers reviewed by so many people, ranked by so many. */
static inline void write_tree_of(buf *out, const char *state, int n_reviews, int n_rankings, const char *more) {
    buf_printf(out,
               "{\"message_tree_id\":\"t\",\"tree_state\":\"%s\",\"prompt\":{\"message_id\":\"t\",\"role\":"
               "\"prompter\",\"text\":\"q\",\"lang\":\"en\",\"user_id\":\"author\",\"review_count\":3,"
               "\"review_result\":true%s,\"events\":{\"ranking\":[",
               state, more);
    for (int i = 0; i < n_rankings; i++)
        buf_printf(out,
                   "%s{\"type\":\"ranking\",\"user_id\":\"r%d\",\"ranking_parent_id\":\"t\",\"ranked_message_ids\":"
                   "[\"%s\",\"%s\"]}",
                   i ? "," : "", i, i ? "b" : "a", i ? "a" : "b");
    buf_str(out, "]},\"replies\":[");
    for (int k = 0; k < 2; k++) {
        buf_printf(out,
                   "%s{\"message_id\":\"%c\",\"role\":\"assistant\",\"text\":\"%c\",\"lang\":\"en\",\"user_id\":"
                   "\"w%d\",\"events\":{\"text_labels\":[",
                   k ? "," : "", "ab"[k], "ab"[k], k);
        for (int i = 0; i < n_reviews; i++)
            buf_printf(out, "%s{\"type\":\"text_labels\",\"user_id\":\"l%d\",\"labels\":{\"spam\":0}}", i ? "," : "",
                       i);
        buf_str(out, "]},\"replies\":[]}");
    }
    buf_str(out, "]}}\n");
}

#endif
