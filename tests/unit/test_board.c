/* data/board: trees from the first prompt to the export, by one person and by several whose files are put together in
 * any order; each limit; hostile requests; what is left when memory ends. */
#include "data/board.h"

#include <stdarg.h>

#include "data/when.h"
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

static int open_as(person *p, const char *user, const char *config) {
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

static void close_person(person *p) {
    board_close(p->b);
    json_close(p->answer);
    buf_clear(&p->said);
}

/* Asks with now as the time. */
static int ask(person *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int ask(person *p, const char *format, ...) {
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

static bytes text_of(const json *j, const char *key) { return json_string(json_get(j, key), ""); }

/* Asks for a task of a type and keeps its id; false where there is none. */
static bool take(person *p, const char *type, char id[40]) {
    if (ask(p, "\"do\":\"request\",\"type\":\"%s\",\"lang\":\"en\"}", type)) return false;
    const json *task = json_get(p->answer, "task");
    bytes found = text_of(task, "id");
    snprintf(id, 40, "%.*s", (int)found.len, (const char *)found.ptr);
    return found.len > 0;
}

static int write_text(person *p, const char *task, const char *message, const char *text) {
    return ask(p,
               "\"do\":\"interact\",\"interaction\":{\"type\":\"text_reply_to_message\",\"task_id\":\"%s\","
               "\"user_message_id\":\"%s\",\"text\":\"%s\",\"lang\":\"en\"}}",
               task, message, text);
}

static int label(person *p, const char *task, const char *labels) {
    return ask(p, "\"do\":\"interact\",\"interaction\":{\"type\":\"text_labels\",\"task_id\":\"%s\",\"labels\":%s}}",
               task, labels);
}

static int rank(person *p, const char *task, const char *ranking) {
    return ask(p,
               "\"do\":\"interact\",\"interaction\":{\"type\":\"message_ranking\",\"task_id\":\"%s\",\"ranking\":%s}}",
               task, ranking);
}

static bool state_is(person *p, const char *state) { return bytes_is(text_of(p->answer, "tree_state"), state); }

/* How many there are of a type. */
static double there_are(person *p, const char *type) {
    if (ask(p, "\"do\":\"available\",\"lang\":\"en\"}")) return -1;
    return json_number(json_get(json_get(p->answer, "available"), type), -1);
}

static double trees_in(person *p, const char *state) {
    if (ask(p, "\"do\":\"overview\"}")) return -1;
    return json_number(json_get(json_get(p->answer, "states"), state), -1);
}

/* Every tree that changed, as lines. */
static void changed(person *p, buf *lines) {
    CHECK_INT(ask(p, "\"do\":\"changed\"}"), OK);
    for (const json *t = json_get(p->answer, "trees") ? json_get(p->answer, "trees")->first : NULL; t; t = t->next) {
        json_write(t, lines);
        buf_byte(lines, '\n');
    }
}

static int give(person *p, const buf *lines) {
    int rc = board_push(p->b, buf_view(lines), &p->e);
    return rc ? rc : board_push_end(p->b, &p->e);
}

/* From the prompt to the export, all by one person. */
TEST(alone_to_the_end) {
    person p;
    char task[40];
    CHECK_INT(open_as(&p, "me", alone), OK);
    CHECK_NEAR(there_are(&p, "initial_prompt"), 110, 0);
    CHECK(take(&p, "random", task));
    CHECK(bytes_is(text_of(json_get(p.answer, "task"), "type"), "initial_prompt"));
    CHECK_INT(ask(&p, "\"do\":\"ack\",\"task_id\":\"%s\",\"message_id\":\"shown\"}", task), OK);
    CHECK_INT(write_text(&p, task, "m1", " What is a leek?\\n"), OK);
    CHECK(state_is(&p, "initial_prompt_review"));
    CHECK_INT(write_text(&p, task, "m1b", "Again"), ERR_STATE); /* it is done */
    CHECK(take(&p, "random", task));
    CHECK(bytes_is(text_of(json_get(p.answer, "task"), "type"), "label_initial_prompt"));
    CHECK(bytes_is(text_of(json_get(p.answer, "task"), "prompt"), "What is a leek?"));
    CHECK_INT(label(&p, task, "{\"quality\":1}"), ERR_ARGUMENT);
    CHECK_INT(label(&p, task, "{\"spam\":0,\"quality\":0.75}"), OK);
    CHECK(state_is(&p, "prompt_lottery_waiting"));
    CHECK_NEAR(there_are(&p, "assistant_reply"), 1, 0); /* the lottery was held */
    for (int i = 0; i < 2; i++) {
        p.now += 10 * minute;
        CHECK(take(&p, "assistant_reply", task));
        CHECK_INT(write_text(&p, task, i ? "a2" : "a1", i ? "A vegetable." : "A hole."), OK);
        CHECK(state_is(&p, "growing"));
        CHECK(take(&p, "label_assistant_reply", task));
        CHECK_INT(label(&p, task, "{\"spam\":0,\"fails_task\":0,\"helpfulness\":0.5}"), OK);
    }
    CHECK(state_is(&p, "ranking"));
    CHECK(take(&p, "random", task));
    const json *replies = json_get(json_get(p.answer, "task"), "reply_messages");
    CHECK_INT(replies ? replies->count : 0, 2);
    bool a1_first = bytes_is(text_of(replies->first, "id"), "a1");
    CHECK_INT(rank(&p, task, "[0,0]"), ERR_ARGUMENT);
    CHECK_INT(rank(&p, task, "[0]"), ERR_ARGUMENT);
    CHECK_INT(rank(&p, task, "[0,2]"), ERR_ARGUMENT);
    CHECK_INT(rank(&p, task, "[0,0.5]"), ERR_ARGUMENT);
    CHECK_INT(rank(&p, task, a1_first ? "[1,0]" : "[0,1]"), OK);
    CHECK(state_is(&p, "ready_for_export"));
    buf lines = {0};
    changed(&p, &lines);
    buf_byte(&lines, 0);
    const char *line = (const char *)lines.ptr;
    CHECK(strstr(line, "\"tree_state\":\"ready_for_export\""));
    CHECK(strstr(line, "\"message_id\":\"a2\"") < strstr(line, "\"message_id\":\"a1\"")); /* the better one first */
    CHECK(strstr(line, "\"rank\":0"));
    CHECK(strstr(line, "\"labels\":{\"spam\":{\"value\":0,\"count\":1},\"quality\":{\"value\":0.75,\"count\":1}}"));
    CHECK(strstr(line, "\"review_count\":1,\"review_result\":true"));
    buf_clear(&lines);
    changed(&p, &lines);
    CHECK_INT(lines.len, 0); /* nothing since */
    close_person(&p);
}

/* Three people review a prompt of a fourth, each in a file of their own. */
static void review(person *p, const buf *tree, const char *labels, buf *out) {
    char task[40];
    CHECK_INT(give(p, tree), OK);
    CHECK(take(p, "label_initial_prompt", task));
    CHECK_INT(label(p, task, labels), OK);
    changed(p, out);
}

static void three_reviews(const char *const labels[3], const char *want) {
    static const char *const names[] = {"ann", "bob", "cid"};
    person author, reviewer[3];
    buf tree = {0}, files[3] = {{0}};
    char task[40];
    CHECK_INT(open_as(&author, "author", few), OK);
    CHECK(take(&author, "initial_prompt", task));
    CHECK_INT(write_text(&author, task, "m", "What is a leek?"), OK);
    changed(&author, &tree);
    CHECK_NEAR(there_are(&author, "label_initial_prompt"), 0, 0); /* nobody reviews what is his own */
    for (int i = 0; i < 3; i++) {
        CHECK_INT(open_as(&reviewer[i], names[i], few), OK);
        reviewer[i].now += (i + 1) * minute;
        review(&reviewer[i], &tree, labels[i], &files[i]);
        CHECK_NEAR(there_are(&reviewer[i], "label_initial_prompt"), 0, 0); /* nor twice */
    }
    for (int i = 0; i < 3; i++) {
        CHECK_NEAR(trees_in(&author, "initial_prompt_review"), 1, 0);
        CHECK_INT(give(&author, &files[i]), OK);
        CHECK_INT(give(&author, &files[i]), OK); /* a file counts once */
    }
    CHECK_NEAR(trees_in(&author, want), 1, 0);
    for (int i = 0; i < 3; i++) {
        close_person(&reviewer[i]);
        buf_clear(&files[i]);
    }
    close_person(&author);
    buf_clear(&tree);
}

TEST(reviews) {
    const char *const fine[] = {"{\"spam\":0}", "{\"spam\":0,\"quality\":1}", "{\"spam\":0}"};
    const char *const one_bad[] = {"{\"spam\":1}", "{\"spam\":0}", "{\"spam\":0}"};
    const char *const two_bad[] = {"{\"spam\":1}", "{\"spam\":0}", "{\"spam\":1}"};
    const char *const foreign[] = {"{\"spam\":0,\"lang_mismatch\":1}", "{\"spam\":0,\"lang_mismatch\":1}",
                                   "{\"spam\":0}"};
    three_reviews(fine, "prompt_lottery_waiting");
    three_reviews(one_bad, "prompt_lottery_waiting");
    three_reviews(two_bad, "aborted_low_grade");
    three_reviews(foreign, "aborted_low_grade");
}

/* A tree in a state, its two answers reviewed by so many people, ranked by so many. */
static void write_tree_of(buf *out, const char *state, int n_reviews, int n_rankings, const char *more) {
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

static const char *outcome(const char *state, int n_reviews, int n_rankings, const char *more) {
    static const char *const names[] = {
        "initial_prompt_review", "prompt_lottery_waiting", "growing",        "ranking",
        "ready_for_scoring",     "ready_for_export",       "scoring_failed", "aborted_low_grade",
        "halted_by_moderator",   "backlog_ranking"};
    person p;
    buf line = {0};
    const char *found = "";
    write_tree_of(&line, state, n_reviews, n_rankings, more);
    CHECK_INT(open_as(&p, "me", few), OK);
    CHECK_INT(give(&p, &line), OK);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (trees_in(&p, names[i]) > 0) found = names[i];
    close_person(&p);
    buf_clear(&line);
    return found;
}

TEST(states) {
    CHECK_STR(outcome("growing", 2, 0, ""), "growing");
    CHECK_STR(outcome("growing", 3, 0, ""), "ranking");
    CHECK_STR(outcome("growing", 3, 2, ""), "ranking");
    CHECK_STR(outcome("growing", 3, 3, ""), "ready_for_export");
    CHECK_STR(outcome("ranking", 3, 3, ""), "ready_for_export");
    CHECK_STR(outcome("ready_for_scoring", 3, 3, ""), "ready_for_export");
    CHECK_STR(outcome("scoring_failed", 3, 3, ""), "ready_for_export");  /* scoring is tried again */
    CHECK_STR(outcome("growing", 3, 0, ",\"deleted\":true"), "growing"); /* two are left of three */
    CHECK_STR(outcome("prompt_lottery_waiting", 3, 0, ",\"deleted\":true"), "halted_by_moderator");
    CHECK_STR(outcome("initial_prompt_review", 3, 0, ",\"deleted\":true"), "halted_by_moderator");
    CHECK_STR(outcome("initial_prompt_review", 0, 0, ""), "prompt_lottery_waiting");
    static const char *const stay[] = {"aborted_low_grade", "halted_by_moderator", "backlog_ranking",
                                       "ready_for_export"};
    for (size_t i = 0; i < sizeof stay / sizeof *stay; i++) CHECK_STR(outcome(stay[i], 3, 3, ""), stay[i]);
    CHECK_STR(outcome("not_applicable", 3, 3, ""), ""); /* a chat is no tree of these rules */
    CHECK_STR(outcome("growing", 3, 0, ",\"emojis\":{\"red_flag\":3}"), "ranking");
    CHECK_STR(outcome("growing", 3, 0, ",\"emojis\":{\"red_flag\":4}"), "aborted_low_grade");
    CHECK_STR(outcome("growing", 3, 0, ",\"emojis\":{\"_skip_reply\":24}"), "ranking");
    CHECK_STR(outcome("growing", 3, 0, ",\"emojis\":{\"_skip_reply\":25}"), "halted_by_moderator");
}

/* Rankings of which no two replies are common to all. */
TEST(scoring_fails) {
    person p;
    buf line = {0};
    write_tree_of(&line, "ranking", 3, 2, "");
    CHECK_INT(open_as(&p, "me", few), OK);
    CHECK_INT(give(&p, &line), OK);
    buf_reset(&line);
    buf_str(&line,
            "{\"message_id\":\"t\",\"role\":\"prompter\",\"text\":\"q\",\"events\":{\"ranking\":[{\"type\":\"ranking\","
            "\"user_id\":\"x\",\"ranking_parent_id\":\"t\",\"ranked_message_ids\":[\"a\"]}]}}\n");
    CHECK_INT(give(&p, &line), OK);
    CHECK_NEAR(trees_in(&p, "scoring_failed"), 1, 0);
    buf_reset(&line); /* the same person says it whole */
    buf_str(&line,
            "{\"message_id\":\"t\",\"role\":\"prompter\",\"text\":\"q\",\"events\":{\"ranking\":[{\"type\":\"ranking\","
            "\"user_id\":\"x\",\"created_date\":\"2024-01-01T00:00:00Z\",\"ranking_parent_id\":\"t\","
            "\"ranked_message_ids\":[\"a\",\"b\"]}]}}\n");
    CHECK_INT(give(&p, &line), OK);
    CHECK_NEAR(trees_in(&p, "ready_for_export"), 1, 0);
    close_person(&p);
    buf_clear(&line);
}

/* A red flag too many deletes a reply, with what is below it; then the tree lacks one. */
TEST(moderation) {
    person p;
    buf line = {0};
    write_tree_of(&line, "growing", 3, 0, "");
    CHECK_INT(open_as(&p, "me", few), OK);
    CHECK_INT(give(&p, &line), OK);
    CHECK_NEAR(trees_in(&p, "ranking"), 1, 0);
    CHECK_INT(ask(&p, "\"do\":\"delete\",\"message_id\":\"a\"}"), OK);
    CHECK_NEAR(trees_in(&p, "ready_for_export"), 1, 0); /* one answer: there is nothing to rank */
    CHECK_INT(ask(&p, "\"do\":\"delete\",\"message_id\":\"unknown\"}"), ERR_ARGUMENT);
    CHECK_INT(ask(&p, "\"do\":\"halt\",\"tree_id\":\"t\"}"), OK);
    CHECK_NEAR(trees_in(&p, "halted_by_moderator"), 1, 0);
    close_person(&p);
    buf_reset(&line);
    write_tree_of(&line, "growing", 2, 0, "");
    CHECK_INT(open_as(&p, "me", few), OK);
    CHECK_INT(give(&p, &line), OK);
    for (int i = 0; i < 4; i++) {
        buf_reset(&line);
        buf_printf(&line,
                   "{\"message_id\":\"a\",\"role\":\"assistant\",\"text\":\"a\",\"parent_id\":\"t\",\"events\":{"
                   "\"emoji\":[{\"type\":\"emoji\",\"emoji\":\"red_flag\",\"user_id\":\"f%d\"}]}}\n",
                   i);
        CHECK_NEAR(there_are(&p, "label_assistant_reply"), 2, 0);
        CHECK_INT(give(&p, &line), OK);
    }
    CHECK_NEAR(there_are(&p, "label_assistant_reply"), 1, 0);
    CHECK_INT(ask(&p, "\"do\":\"interact\",\"interaction\":{\"type\":\"text_labels\",\"is_report\":true,\"message_id\":"
                      "\"b\",\"text\":\"It is rude\"}}"),
              OK);
    buf_reset(&line);
    changed(&p, &line);
    buf_byte(&line, 0);
    CHECK(strstr((const char *)line.ptr, "\"reason\":\"It is rude\""));
    CHECK(strstr((const char *)line.ptr, "\"red_flag\":1"));
    CHECK(strstr((const char *)line.ptr, "\"red_flag\":4"));
    close_person(&p);
    buf_clear(&line);
}

TEST(backlog) {
    person p;
    buf line = {0};
    write_tree_of(&line, "backlog_ranking", 3, 2, "");
    CHECK_INT(open_as(&p, "me",
                      "\"config\":{\"p_activate_backlog_tree\":1,\"num_reviews_initial_prompt\":1,"
                      "\"allow_self_labeling\":true}"),
              OK);
    CHECK_INT(give(&p, &line), OK);
    CHECK_NEAR(trees_in(&p, "backlog_ranking"), 1, 0);
    char task[40];
    CHECK(take(&p, "initial_prompt", task)); /* one that is refused ends a tree, and makes room */
    CHECK_INT(write_text(&p, task, "m", "Buy!"), OK);
    CHECK(take(&p, "label_initial_prompt", task));
    CHECK_INT(label(&p, task, "{\"spam\":1}"), OK);
    CHECK(state_is(&p, "aborted_low_grade"));
    CHECK_NEAR(trees_in(&p, "ranking"), 1, 0);
    close_person(&p);
    buf_clear(&line);
}

/* The messages of a forest, each on a line, in the order of their text: what there is, whatever it hangs on. */
static void sorted_messages(buf *out, const buf *const *files, size_t n) {
    person p;
    buf all = {0};
    bytes lines[64];
    size_t n_lines = 0;
    CHECK_INT(open_as(&p, "me", few), OK);
    for (size_t i = 0; i < n; i++) CHECK_INT(give(&p, files[i]), OK);
    changed(&p, &all);
    const json *tree = json_get(p.answer, "trees")->first;
    buf state = {0};
    json_write(json_get(tree, "tree_state"), &state);
    close_person(&p);
    const json *j = NULL;
    forest *f = NULL;
    CHECK_INT(forest_open(&f, 1 << 24, NULL), OK);
    CHECK_INT(json_parse_deep(&j, bytes_of(all.ptr, all.len - 1), TREE_JSON_DEPTH, NULL), OK);
    CHECK_INT(forest_add(f, j, NULL), OK);
    json_close(j);
    for (size_t i = 0; i < forest_messages(f) && n_lines < 64; i++) {
        bytes body = forest_message(f, i)->body;
        size_t at = n_lines++;
        for (; at && memcmp(body.ptr, lines[at - 1].ptr, 20) < 0; at--) lines[at] = lines[at - 1];
        lines[at] = body;
    }
    buf_bytes(out, buf_view(&state));
    for (size_t i = 0; i < n_lines; i++) {
        buf_byte(out, '\n');
        buf_bytes(out, lines[i]);
    }
    forest_close(f);
    buf_clear(&state);
    buf_clear(&all);
}

/* Three people rank and label the same tree; whichever file comes first, the same comes out. */
TEST(any_order) {
    static const char *const names[] = {"ann", "bob", "cid"};
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    buf tree = {0}, files[3] = {{0}}, first = {0}, other = {0};
    write_tree_of(&tree, "growing", 2, 0, "");
    for (int i = 0; i < 3; i++) {
        person p;
        char task[40];
        CHECK_INT(open_as(&p, names[i], few), OK);
        p.now += i * minute;
        CHECK_INT(give(&p, &tree), OK);
        for (int k = 0; k < 2; k++) {
            CHECK(take(&p, "label_assistant_reply", task));
            CHECK_INT(label(&p, task, i == 1 ? "{\"spam\":0,\"quality\":0.3}" : "{\"spam\":0.1,\"quality\":0.7}"), OK);
        }
        CHECK(state_is(&p, "ranking"));
        CHECK(take(&p, "rank_assistant_replies", task));
        CHECK_INT(rank(&p, task, i == 2 ? "[1,0]" : "[0,1]"), OK);
        changed(&p, &files[i]);
        close_person(&p);
    }
    for (int o = 0; o < 6; o++) {
        const buf *list[] = {&files[orders[o][0]], &files[orders[o][1]], &files[orders[o][2]], &files[orders[o][0]]};
        buf_reset(&other);
        sorted_messages(o ? &other : &first, list, 4);
        if (o) CHECK(bytes_eq(buf_view(&other), buf_view(&first)));
    }
    buf_byte(&first, 0);
    CHECK(strstr((const char *)first.ptr, "\"ready_for_export\"") == (const char *)first.ptr);
    CHECK(strstr((const char *)first.ptr, "\"spam\":{\"value\":0.04,\"count\":5}"));
    CHECK(strstr((const char *)first.ptr, "\"review_count\":5"));
    for (int i = 0; i < 3; i++) buf_clear(&files[i]);
    buf_clear(&tree);
    buf_clear(&first);
    buf_clear(&other);
}

TEST(limits) {
    person p;
    char task[40], id[16];
    CHECK_INT(open_as(&p, "me", few), OK);
    CHECK(take(&p, "initial_prompt", task));
    CHECK_INT(write_text(&p, task, "m", "   "), ERR_ARGUMENT);
    CHECK_INT(write_text(&p, task, "", "Hello"), ERR_ARGUMENT);
    char text[2100];
    memset(text, 'x', sizeof text);
    text[2001] = 0;
    CHECK_INT(write_text(&p, task, "m", text), ERR_TOO_LONG);
    text[2000] = 0;
    CHECK_INT(write_text(&p, task, "m", text), OK);
    CHECK(take(&p, "initial_prompt", task));
    CHECK_INT(write_text(&p, task, "m2", text), ERR_STATE);      /* the same again */
    CHECK_INT(write_text(&p, task, "m", "Other"), ERR_ARGUMENT); /* an id that is there */
    p.now += 120 * minute;
    CHECK_INT(write_text(&p, task, "m2", text), OK);
    p.now += 120 * minute;
    for (int i = 0; i < 9; i++) { /* 8 in two minutes */
        snprintf(id, sizeof id, "n%d", i);
        CHECK(take(&p, "initial_prompt", task));
        CHECK_INT(write_text(&p, task, id, id), i < 8 ? OK : ERR_STATE);
    }
    p.now += 2 * minute;
    CHECK_INT(write_text(&p, task, "n9", "n9"), OK);
    p.now += hour;
    for (int i = 0; i < 9; i++) CHECK_INT(take(&p, "initial_prompt", task), i < 8); /* 8 that are not finished */
    CHECK_INT(p.e.code, ERR_STATE);
    p.now += hour;
    for (int i = 0; i < 31; i++) { /* 30 in four minutes */
        CHECK_INT(take(&p, "initial_prompt", task), i < 30);
        if (i < 30) CHECK_INT(ask(&p, "\"do\":\"close\",\"task_id\":\"%s\"}", task), OK);
    }
    p.now += 4 * minute;
    CHECK(take(&p, "initial_prompt", task));
    p.now += 2880 * minute + 1;
    CHECK_INT(write_text(&p, task, "late", "late"), ERR_STATE);
    close_person(&p);
}

/* Four answers in two minutes; one to a message; no second task about a message that somebody answers. */
TEST(answers) {
    person p;
    buf lines = {0};
    char task[40], id[16];
    for (int i = 0; i < 6; i++)
        buf_printf(
            &lines,
            "{\"message_tree_id\":\"t%d\",\"tree_state\":\"growing\",\"prompt\":{\"message_id\":\"t%d\",\"role\":"
            "\"prompter\",\"text\":\"q\",\"user_id\":\"u\",\"review_result\":true,\"replies\":[]}}\n",
            i, i);
    CHECK_INT(open_as(&p, "me", "\"config\":{}"), OK);
    CHECK_INT(give(&p, &lines), OK);
    for (int i = 0; i < 5; i++) {
        CHECK_NEAR(there_are(&p, "assistant_reply"), 6 - i, 0); /* what was answered is not asked again */
        CHECK(take(&p, "assistant_reply", task));
        CHECK_NEAR(there_are(&p, "assistant_reply"), 5 - i, 0);
        snprintf(id, sizeof id, "a%d", i);
        CHECK_INT(write_text(&p, task, id, id), i < 4 ? OK : ERR_STATE);
    }
    p.now += 5 * minute;
    CHECK_NEAR(there_are(&p, "assistant_reply"), 2, 0); /* nobody is at it any longer */
    CHECK_INT(ask(&p, "\"do\":\"nack\",\"task_id\":\"%s\",\"reason\":\"too hard\"}", task), OK);
    CHECK_NEAR(there_are(&p, "assistant_reply"), 1, 0); /* what was skipped is not asked again */
    CHECK_NEAR(there_are(&p, "label_assistant_reply"), 0, 0);
    CHECK_NEAR(there_are(&p, "prompter_reply"), 0, 0);
    buf_reset(&lines);
    changed(&p, &lines);
    buf_byte(&lines, 0);
    CHECK(strstr((const char *)lines.ptr, "\"_skip_reply\":1"));
    CHECK(strstr((const char *)lines.ptr, "\"reason\":\"too hard\""));
    CHECK_INT(ask(&p, "\"do\":\"available\",\"lang\":\"de\"}"), OK);
    CHECK_NEAR(json_number(json_get(json_get(p.answer, "available"), "assistant_reply"), -1), 0, 0);
    close_person(&p);
    buf_clear(&lines);
}

/* Pending tasks are stored and come back, with the replies in the same order. */
TEST(restored) {
    person p, again;
    buf line = {0}, tasks = {0}, card = {0};
    char task[40];
    write_tree_of(&line, "growing", 3, 0, "");
    CHECK_INT(open_as(&p, "me", few), OK);
    CHECK_INT(open_as(&again, "me", few), OK);
    CHECK_INT(give(&p, &line), OK);
    CHECK_INT(give(&again, &line), OK);
    CHECK(take(&p, "rank_assistant_replies", task));
    CHECK_INT(ask(&p, "\"do\":\"ack\",\"task_id\":\"%s\",\"message_id\":\"shown\"}", task), OK);
    CHECK_INT(ask(&p, "\"do\":\"card\",\"task_id\":\"%s\"}", task), OK);
    buf_bytes(&card, buf_view(&p.said));
    CHECK_INT(ask(&p, "\"do\":\"tasks\"}"), OK);
    buf_bytes(&tasks, bytes_of(p.said.ptr + 1, p.said.len - 2));
    buf_byte(&tasks, 0);
    CHECK_INT(ask(&again, "\"do\":\"restore\",%s}", (const char *)tasks.ptr), OK);
    CHECK_INT(ask(&again, "\"do\":\"card\",\"task_id\":\"%s\"}", task), OK);
    CHECK(bytes_eq(buf_view(&again.said), buf_view(&card)));
    CHECK_INT(ask(&again, "\"do\":\"interact\",\"interaction\":{\"type\":\"message_ranking\",\"message_id\":\"shown\","
                          "\"ranking\":[1,0],\"not_rankable\":true}}"),
              OK);
    CHECK_INT(ask(&again, "\"do\":\"card\",\"task_id\":\"%s\"}", task), OK);
    CHECK(json_get(again.answer, "task")->type == JSON_NULL);
    close_person(&p);
    close_person(&again);
    buf_clear(&line);
    buf_clear(&tasks);
    buf_clear(&card);
}

/* The lottery draws among authors, each of whom the more often the more of his answers were ranked first. */
TEST(lottery) {
    person p;
    buf lines = {0}, date = {0};
    when_write(&date, start - hour);
    buf_byte(&date, 0);
    write_tree_of(&lines, "ready_for_export", 3, 3, "");
    buf_reset(&lines);
    buf_printf(
        &lines,
        "{\"message_tree_id\":\"e\",\"tree_state\":\"ready_for_export\",\"prompt\":{\"message_id\":\"e\",\"role\":"
        "\"prompter\",\"text\":\"q\",\"replies\":[{\"message_id\":\"e1\",\"role\":\"assistant\",\"text\":\"a\","
        "\"user_id\":\"good\",\"created_date\":%s,\"rank\":0,\"review_result\":true,\"replies\":[]}]}}\n",
        (const char *)date.ptr);
    for (int i = 0; i < 6; i++) /* one prompt of the good author, five of another */
        buf_printf(&lines,
                   "{\"message_tree_id\":\"t%d\",\"tree_state\":\"prompt_lottery_waiting\",\"prompt\":{\"message_id\":"
                   "\"t%d\",\"role\":\"prompter\",\"text\":\"q%d\",\"user_id\":\"%s\",\"review_result\":true}}\n",
                   i, i, i, i ? "other" : "good");
    int won = 0;
    enum { DRAWS = 400 };
    for (int i = 0; i < DRAWS; i++) {
        char config[80];
        snprintf(config, sizeof config, "\"seed\":\"%d\",\"config\":{\"max_active_trees\":1}", i);
        CHECK_INT(open_as(&p, "me", config), OK);
        CHECK_INT(give(&p, &lines), OK);
        CHECK_NEAR(there_are(&p, "assistant_reply"), 1, 0);
        CHECK_NEAR(trees_in(&p, "prompt_lottery_waiting"), 5, 0); /* one slot, one tree */
        for (const json *t = json_get(p.answer, "trees")->first; t; t = t->next)
            won += bytes_is(text_of(t, "id"), "t0") && bytes_is(text_of(t, "state"), "growing");
        close_person(&p);
    }
    CHECK_NEAR(won / (double)DRAWS, 2.0 / 3, 0.12); /* 1 + 1 of 3; 5 sigma */
    buf_clear(&lines);
    buf_clear(&date);
}

TEST(leaderboard) {
    person p;
    buf line = {0};
    char task[40];
    write_tree_of(&line, "ranking", 3, 2, "");
    CHECK_INT(open_as(&p, "me", few), OK);
    CHECK_INT(give(&p, &line), OK);
    CHECK(take(&p, "rank_assistant_replies", task));
    const json *replies = json_get(json_get(p.answer, "task"), "reply_messages");
    CHECK_INT(rank(&p, task, bytes_is(text_of(replies->first, "id"), "b") ? "[0,1]" : "[1,0]"), OK);
    CHECK(state_is(&p, "ready_for_export"));
    CHECK_INT(ask(&p, "\"do\":\"leaderboard\",\"frame\":\"total\"}"), OK);
    const json *rows = json_get(p.answer, "leaderboard");
    CHECK_INT(rows ? rows->count : 0, 9); /* two writers, an author, three labellers, three who ranked */
    CHECK(bytes_is(text_of(rows->first, "user_id"), "w1"));
    CHECK_NEAR(json_number(json_get(rows->first, "leader_score"), 0), 4 + 4 + 9, 0); /* b is the best answer */
    CHECK_NEAR(json_number(json_get(rows->first->next, "leader_score"), 0), 4 + 4 + 3, 0);
    for (const json *r = rows->first; r; r = r->next)
        if (json_bool(json_get(r, "me"), false)) CHECK_NEAR(json_number(json_get(r, "leader_score"), 0), 2, 0);
    CHECK_INT(ask(&p, "\"do\":\"leaderboard\",\"frame\":\"day\"}"), OK);
    CHECK_INT(json_get(p.answer, "leaderboard")->count, 1); /* the others' events have no dates */
    CHECK_INT(ask(&p, "\"do\":\"leaderboard\",\"frame\":\"year\"}"), ERR_ARGUMENT);
    CHECK_INT(ask(&p, "\"do\":\"me\"}"), OK);
    CHECK_NEAR(json_number(json_get(p.answer, "level"), -1), 0, 0);
    CHECK_NEAR(json_number(json_get(p.answer, "level_to"), -1), 3, 0);
    CHECK_NEAR(json_number(json_get(json_get(p.answer, "total"), "rankings_good"), -1), 1, 0);
    close_person(&p);
    buf_clear(&line);
}

static const char *const hostile[] = {
    "\"do\":\"\"}",
    "\"do\":3}",
    "\"x\":1}",
    "\"do\":\"request\",\"type\":\"nothing\"}",
    "\"do\":\"request\",\"type\":\"summarize_story\"}",
    "\"do\":\"request\",\"now\":-1}",
    "\"do\":\"request\",\"now\":\"later\"}",
    "\"do\":\"ack\"}",
    "\"do\":\"ack\",\"task_id\":\"none\",\"message_id\":\"m\"}",
    "\"do\":\"nack\",\"task_id\":[]}",
    "\"do\":\"close\",\"task_id\":{}}",
    "\"do\":\"interact\"}",
    "\"do\":\"interact\",\"interaction\":[]}",
    "\"do\":\"interact\",\"interaction\":{\"type\":\"text_reply_to_message\"}}",
    "\"do\":\"interact\",\"interaction\":{\"type\":\"message_ranking\",\"ranking\":[]}}",
    "\"do\":\"interact\",\"interaction\":{\"type\":\"message_rating\"}}",
    "\"do\":\"interact\",\"interaction\":{\"type\":\"text_labels\",\"labels\":7}}",
    "\"do\":\"interact\",\"interaction\":{\"type\":\"text_labels\",\"is_report\":true,\"message_id\":\"none\"}}",
    "\"do\":\"halt\",\"tree_id\":\"none\"}",
    "\"do\":\"leaderboard\",\"frame\":[]}}",
};

TEST(refused) {
    person p;
    CHECK_INT(open_as(&p, "me", few), OK);
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        CHECK(ask(&p, "%s", hostile[i]) != OK);
        CHECK(p.e.text[0]);
    }
    CHECK_INT(ask(&p, "\"do\":\"restore\",\"tasks\":[1,{},{\"id\":\"x\",\"type\":\"initial_prompt\",\"state\":9},"
                      "{\"id\":\"x\",\"type\":\"assistant_reply\",\"state\":0,\"about\":\"gone\"}]}"),
              OK);
    CHECK_INT(ask(&p, "\"do\":\"tasks\"}"), OK);
    CHECK_INT(json_get(p.answer, "tasks")->count, 0);
    close_person(&p);
    CHECK_INT(open_as(&p, "", few), OK); /* nobody */
    CHECK_INT(ask(&p, "\"do\":\"request\"}"), ERR_STATE);
    CHECK_INT(ask(&p, "\"do\":\"me\"}"), OK);
    close_person(&p);
    CHECK_INT(open_as(&p, "me", "\"config\":{\"max_tree_depth\":0}"), ERR_ARGUMENT);
    close_person(&p);
    CHECK_INT(open_as(&p, "me", "\"memory\":5"), ERR_ARGUMENT);
    close_person(&p);
}

#ifdef MEM_FAULTS
/* Some of everything; what fails has to be memory. */
static int some_of_all(person *p) {
    static const char *const asks[] = {"\"do\":\"available\"}",
                                       "\"do\":\"leaderboard\"}",
                                       "\"do\":\"me\"}",
                                       "\"do\":\"overview\"}",
                                       "\"do\":\"config\"}",
                                       "\"do\":\"changed\"}",
                                       "\"do\":\"delete\",\"message_id\":\"a\"}",
                                       "\"do\":\"tasks\"}"};
    char task[40];
    buf line = {0};
    write_tree_of(&line, "growing", 3, 2, "");
    int rc = line.bad ? ERR_MEMORY : open_as(p, "me", alone);
    if (!rc) rc = give(p, &line);
    buf_clear(&line);
    if (!rc && take(p, "initial_prompt", task)) rc = write_text(p, task, "m", "What is a leek?");
    else if (!rc) rc = p->e.code;
    if (!rc && take(p, "label_initial_prompt", task)) rc = label(p, task, "{\"spam\":0}");
    else if (!rc) rc = p->e.code;
    if (!rc && take(p, "assistant_reply", task)) rc = ask(p, "\"do\":\"nack\",\"task_id\":\"%s\"}", task);
    else if (!rc) rc = p->e.code;
    for (size_t i = 0; i < sizeof asks / sizeof *asks && !rc; i++) rc = ask(p, "%s", asks[i]);
    return rc;
}

TEST(no_memory) {
    unsigned long before = mem_live();
    int rc = ERR_MEMORY;
    for (unsigned long n = 1; rc; n++) {
        person p = {0};
        mem_fail_at(n);
        rc = some_of_all(&p);
        mem_fail_at(0);
        CHECK(rc == OK || rc == ERR_MEMORY);
        close_person(&p);
        CHECK_INT(mem_live(), before);
    }
}
#else
TEST(no_memory) { CHECK(true); }
#endif

int main(void) {
    RUN(alone_to_the_end);
    RUN(reviews);
    RUN(states);
    RUN(scoring_fails);
    RUN(moderation);
    RUN(backlog);
    RUN(any_order);
    RUN(limits);
    RUN(answers);
    RUN(restored);
    RUN(lottery);
    RUN(leaderboard);
    RUN(refused);
    RUN(no_memory);
    return test_end("board");
}
