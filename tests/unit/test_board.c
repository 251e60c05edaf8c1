/* data/board: trees from the first prompt to the export, by one person and by several whose files are put together in
 * any order; every state, and what moderators and red flags do. */
#include "unit/board_person.h"

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

int main(void) {
    RUN(alone_to_the_end);
    RUN(reviews);
    RUN(states);
    RUN(scoring_fails);
    RUN(moderation);
    RUN(backlog);
    RUN(any_order);
    return test_end("board");
}
