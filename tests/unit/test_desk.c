/* data/desk and what works with it: each limit, tasks that come back, the lottery, the leaderboard; hostile requests;
 * what is left when memory ends. */
#include "data/when.h"
#include "unit/board_person.h"

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
    RUN(limits);
    RUN(answers);
    RUN(restored);
    RUN(lottery);
    RUN(leaderboard);
    RUN(refused);
    RUN(no_memory);
    return test_end("desk");
}
