/* The public API over a whole (tiny) model: loading in any pieces, answers that do not depend on how they were
 * computed, errors that leave it usable. */
#include "api/oa.h"

#include "base/json.h"
#include "test.h"
#include "tiny.h"

static const tiny q8 = {.type = TENSOR_Q8_0, .seed = 1};

/* A copy of the last result as text. */
static void result_text(const oa *o, char *out, size_t cap) {
    size_t n = oa_result_len(o) < cap - 1 ? oa_result_len(o) : cap - 1;
    memcpy(out, oa_result(o), n);
    out[n] = 0;
}

static oa *open_tiny(const tiny *t, int threads, const char *options) {
    oa *o = oa_new(threads);
    CHECK(o != NULL);
    int rc = tiny_load(o, t, 4096, options);
    CHECK_INT(rc, OK);
    if (rc) printf("    %s\n", oa_error(o));
    return o;
}

static int logits_of(oa *o, const char *text, char *out, size_t cap) {
    int rc = oa_logits(o, text, strlen(text), 20);
    result_text(o, out, cap);
    return rc;
}

/* The ids of the last OA_DONE as text, and its reason. */
static void read_ids(const oa *o, char *ids, size_t cap, char reason[16]) {
    char *from = strstr((const char *)oa_result(o), "\"ids\":["), *to = from ? strchr(from, ']') : NULL;
    if (to && (size_t)(to - from) < cap) snprintf(ids, cap, "%.*s", (int)(to - from) - 6, from + 6);
    from = strstr((const char *)oa_result(o), "\"finish_reason\":\"");
    if (from) sscanf(from + 17, "%15[a-z_]", reason);
}

/* Runs an answer to its end; the ids of OA_DONE as text, and its finish_reason. */
static int answer(oa *o, const char *request, char *ids, size_t cap, char reason[16]) {
    int event = 0, rc = oa_begin(o, request, strlen(request));
    while (!rc && event != OA_DONE) rc = oa_step(o, &event);
    ids[0] = reason[0] = 0;
    if (!rc) read_ids(o, ids, cap, reason);
    return rc;
}

static double field(const oa *o, const char *name) {
    const json *j;
    double v = -1;
    if (json_parse(&j, bytes_of(oa_result(o), oa_result_len(o)), NULL) == OK) {
        v = json_number(json_get(j, name), -1);
        json_close(j);
    }
    return v;
}

TEST(pieces_of_any_size_load_the_same_model) {
    const size_t pieces[] = {1, 7, 1000, 4096, 1 << 20};
    char want[2048], got[2048];
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        oa *o = oa_new(1);
        CHECK_INT(tiny_load(o, &q8, pieces[i], NULL), OK);
        CHECK_INT(logits_of(o, "the thing", i ? got : want, sizeof got), OK);
        if (i) CHECK_STR(got, want);
        oa_free(o);
    }
}

TEST(threads_and_cache_change_nothing) {
    char want[2048], got[2048], text[300];
    memset(text, 'x', 200);
    for (int i = 0; i < 200; i++) text[i] = "the quick brown fox "[i % 20];
    text[200] = 0;
    oa *one = open_tiny(&q8, 1, NULL), *three = open_tiny(&q8, 3, NULL);
    CHECK_INT(logits_of(one, text, want, sizeof want), OK);
    CHECK_INT(logits_of(three, text, got, sizeof got), OK);
    CHECK_STR(got, want);
    /* by a detour: another beginning, a common one, then the same text */
    CHECK_INT(logits_of(one, "something else", got, sizeof got), OK);
    text[77] = 0;
    CHECK_INT(logits_of(one, text, got, sizeof got), OK);
    text[77] = "the quick brown fox "[77 % 20];
    CHECK_INT(logits_of(one, text, got, sizeof got), OK);
    CHECK_STR(got, want);
    oa_free(one);
    oa_free(three);
}

TEST(a_follow_up_computes_only_what_is_new) {
    oa *o = open_tiny(&q8, 1, NULL);
    const char *first = "{\"messages\":[{\"role\":\"user\",\"content\":\"hello there\"}],\"max_tokens\":4}";
    CHECK_INT(oa_begin(o, first, strlen(first)), OK);
    CHECK_INT(field(o, "cached_tokens"), 0);
    double prompt = field(o, "prompt_tokens");
    int event = 0;
    while (event != OA_DONE && oa_step(o, &event) == OK) continue;
    CHECK_INT(event, OA_DONE);
    CHECK_INT(oa_begin(o, first, strlen(first)), OK); /* the same again: all but the last token */
    CHECK_INT(field(o, "cached_tokens"), prompt - 1);
    const char *second =
        "{\"messages\":[{\"role\":\"user\",\"content\":\"hello there\"},{\"role\":\"assistant\",\"content\":\"x\"},"
        "{\"role\":\"user\",\"content\":\"more\"}],\"max_tokens\":4}";
    CHECK_INT(oa_begin(o, second, strlen(second)), OK);
    CHECK(field(o, "cached_tokens") >= prompt - 1);
    oa_free(o);
}

TEST(greedy_and_seeded_answers_repeat) {
    char a[1024], b[1024], reason[16];
    oa *o = open_tiny(&q8, 1, NULL), *other = open_tiny(&q8, 2, NULL);
    const char *greedy = "{\"prompt\":\"in the\",\"max_tokens\":20}";
    const char *warm = "{\"prompt\":\"in the\",\"max_tokens\":20,\"temperature\":1,\"top_p\":0.9,\"seed\":5}";
    const char *other_seed = "{\"prompt\":\"in the\",\"max_tokens\":20,\"temperature\":1,\"top_p\":0.9,\"seed\":6}";
    CHECK_INT(answer(o, greedy, a, sizeof a, reason), OK);
    CHECK_INT(answer(other, greedy, b, sizeof b, reason), OK);
    CHECK(strlen(a) > 2);
    CHECK_STR(b, a);
    CHECK_INT(answer(o, warm, a, sizeof a, reason), OK);
    CHECK_INT(answer(other, warm, b, sizeof b, reason), OK);
    CHECK_STR(b, a);
    CHECK_INT(answer(o, other_seed, b, sizeof b, reason), OK);
    CHECK(strcmp(a, b) != 0);
    oa_free(o);
    oa_free(other);
}

/* A text that repeats itself, so that guesses are made, right ones and wrong ones. */
TEST(guesses_change_nothing) {
    char want[8192], got[8192], reason[16], request[700];
    tiny small = {.type = TENSOR_Q8_0, .seed = 4, .context = 300};
    oa *o = open_tiny(&small, 2, NULL);
    for (int i = 0; i < 12; i++) {
        double used[2];
        for (int on = 0; on < 2; on++) {
            snprintf(request, sizeof request,
                     "{\"prompt\":\"abc abd abc abe abc abd abc abe abc abd abc ab\",\"temperature\":%g,\"seed\":%d,"
                     "\"repeat_penalty\":%g,\"top_k\":3,\"logit_bias\":{\"2\":-100},\"speculate\":%s%s}",
                     0.4 * (i % 3), i, i % 4 == 3 ? 1.2 : 1.0, on ? "true" : "false",
                     i % 2 ? ",\"max_tokens\":90" : "");
            CHECK_INT(answer(o, request, on ? got : want, sizeof want, reason), OK);
            used[on] = field(o, "context_used");
        }
        CHECK_STR(got, want);
        CHECK_INT(used[1], used[0]);
    }
    oa_free(o);
}

/* The text of the last OA_DONE, unescaped. */
static void done_text(const oa *o, char *out, size_t cap) {
    const json *j = NULL;
    CHECK_INT(json_parse(&j, bytes_of(oa_result(o), oa_result_len(o)), NULL), OK);
    bytes text = json_string(json_get(j, "text"), "");
    snprintf(out, cap, "%.*s", (int)text.len, (const char *)text.ptr);
    json_close(j);
}

#define RECORD                                                                                                         \
    "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"object\",\"properties\":{"  \
    "\"theme\":{\"type\":\"string\",\"maxLength\":6},\"n\":{\"type\":\"integer\"}},\"required\":[\"theme\",\"n\"],"    \
    "\"additionalProperties\":false}}}"

TEST(a_grammar_holds_at_any_temperature) {
    oa *o = open_tiny(&q8, 1, NULL);
    char request[1024], ids[2048], reason[16], text[512];
    for (int seed = 0; seed < 12; seed++) {
        const json *j = NULL;
        snprintf(request, sizeof request,
                 "{\"prompt\":\"x\",\"stream\":false,\"temperature\":%d,\"seed\":%d,\"max_tokens\":200," RECORD "}",
                 seed / 3 * 2, seed);
        CHECK_INT(answer(o, request, ids, sizeof ids, reason), OK);
        CHECK_STR(reason, "stop");
        done_text(o, text, sizeof text);
        CHECK_INT(json_parse(&j, bytes_str(text), NULL), OK);
        CHECK(json_get(j, "theme") && json_get(j, "theme")->type == JSON_STRING);
        CHECK(json_get(j, "n") && json_get(j, "n")->integer);
        if (j) json_close(j);
    }
    oa_free(o);
}

/* Runs a request of several drafts; each one's ids as text, and why it ended. */
static int answer_drafts(oa *o, const char *request, uint32_t n, char ids[][2048], char reason[][16]) {
    int event = 0, rc = oa_begin(o, request, strlen(request));
    for (uint32_t over = 0; !rc && over < n;) {
        rc = oa_step(o, &event);
        if (rc || event != OA_DONE) continue;
        uint32_t i = (uint32_t)field(o, "index");
        CHECK(i < n);
        CHECK_INT(field(o, "more"), n - ++over);
        read_ids(o, ids[i], 2048, reason[i]);
    }
    return rc;
}

TEST(drafts_are_what_each_would_be_alone) {
    static const char *const more[] = {"", "," RECORD, ",\"logprobs\":2", ",\"stop\":\"e\",\"max_tokens\":9"};
    static const char *const draft[] = {"\"seed\":1", "\"seed\":2,\"temperature\":2", "\"temperature\":0",
                                        "\"seed\":3,\"top_k\":5"};
    for (size_t k = 0; k < sizeof more / sizeof *more; k++) {
        char together[4][2048], reasons[4][16], request[1024];
        oa *o = open_tiny(&q8, 2, NULL);
        snprintf(request, sizeof request,
                 "{\"prompt\":\"in the beginning was the thing, and more of the same to fill a page of the cache\","
                 "\"max_tokens\":40,\"temperature\":1%s,\"drafts\":[{%s},{%s},{%s},{%s}]}",
                 more[k], draft[0], draft[1], draft[2], draft[3]);
        CHECK_INT(answer_drafts(o, request, 4, together, reasons), OK);
        for (int i = 0; i < 4; i++) {
            char ids[2048], reason[16];
            bool own_heat = strstr(draft[i], "temperature") != NULL;
            snprintf(request, sizeof request,
                     "{\"prompt\":\"in the beginning was the thing, and more of the same to fill a page of the cache\","
                     "\"max_tokens\":40%s%s,%s}",
                     own_heat ? "" : ",\"temperature\":1", more[k], draft[i]);
            CHECK_INT(answer(o, request, ids, sizeof ids, reason), OK);
            CHECK_STR(together[i], ids);
            CHECK_STR(reasons[i], reason);
        }
        CHECK(strcmp(together[0], together[1]) != 0);
        oa_free(o);
    }
}

TEST(drafts_can_be_stopped_and_bad_ones_are_named) {
    oa *o = open_tiny(&q8, 1, NULL);
    const char *good = "{\"prompt\":\"abc\",\"logit_bias\":{\"2\":-100},\"drafts\":[{},{\"seed\":1},{\"seed\":2}]}";
    static const char *const bad[] = {"5", "[]", "[5]", "[{},{},{},{},{},{},{},{},{}]", "[{\"temperature\":-1}]"};
    char request[256], ids[512], reason[16];
    CHECK_INT(oa_begin(o, good, strlen(good)), OK);
    for (int i = 0; i < 7; i++) CHECK_INT(oa_step(o, NULL), OK);
    for (int more = 2; more >= 0; more--) {
        CHECK_INT(oa_stop(o), OK);
        CHECK_INT(field(o, "more"), more);
    }
    CHECK_INT(oa_stop(o), ERR_STATE);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(request, sizeof request, "{\"prompt\":\"abc\",\"drafts\":%s}", bad[i]);
        CHECK_INT(oa_begin(o, request, strlen(request)), ERR_ARGUMENT);
        CHECK(strstr(oa_error(o), i == 4 ? "temperature" : "drafts") != NULL);
        CHECK_INT(answer(o, "{\"prompt\":\"abc\",\"max_tokens\":2}", ids, sizeof ids, reason), OK);
    }
    oa_free(o);
}

/* What must come is not computed, what is guessed keeps to the grammar: the answer is the one without either. */
TEST(forced_tokens_and_guesses_change_nothing) {
    oa *o = open_tiny(&q8, 1, NULL);
    char request[1024], want[2048], got[2048], reason[16];
    static const char *const more[] = {"\"speculate\":false", "\"speculate\":true"};
    for (int i = 0; i < 2; i++) {
        snprintf(request, sizeof request,
                 "{\"prompt\":\"{\\\"theme\\\":\\\"the\\\",\\\"n\\\":1}{\\\"theme\\\":\",\"max_tokens\":100,%s," RECORD
                 "}",
                 more[i]);
        CHECK_INT(answer(o, request, i ? got : want, sizeof got, reason), OK);
        CHECK_STR(reason, "stop");
    }
    CHECK_STR(got, want);
    /* the name of a member comes by its tokens, "the" "m" "e", and costs no pass each: t h e m e would be five */
    CHECK(strstr(want, ",262,") != NULL);
    oa_free(o);
}

TEST(a_grammar_is_cut_where_max_tokens_ends) {
    oa *o = open_tiny(&q8, 1, NULL);
    char ids[2048], reason[16], text[64];
    const char *request = "{\"prompt\":\"x\",\"stream\":false,\"max_tokens\":%d,\"response_format\":{\"type\":"
                          "\"regex\",\"regex\":\"(the thing){2}\"}}";
    for (int n = 1; n < 20; n++) {
        char full[256];
        snprintf(full, sizeof full, request, n);
        CHECK_INT(answer(o, full, ids, sizeof ids, reason), OK);
        done_text(o, text, sizeof text);
        bool whole = !strcmp(text, "the thingthe thing");
        CHECK_STR(reason, whole ? "stop" : "length");
        CHECK(strstr("the thingthe thing", text) == NULL ? false : field(o, "completion_tokens") <= n);
    }
    CHECK_STR(text, "the thingthe thing");
    oa_free(o);
}

TEST(bad_formats_are_named_and_harmless) {
    static const char *const all[][2] = {
        {"\"json\"", "an object"},
        {"{\"type\":\"xml\"}", "type is"},
        {"{\"type\":\"json_schema\"}", "json_schema.schema"},
        {"{\"type\":\"json_schema\",\"json_schema\":{\"schema\":\"{\"}}", "json_schema: JSON"},
        {"{\"type\":\"regex\",\"regex\":1}", "regex: a text"},
        {"{\"type\":\"grammar\",\"grammar\":\"x\"}", "::="},
    };
    oa *o = open_tiny(&q8, 1, NULL);
    char request[512], ids[2048], reason[16];
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        snprintf(request, sizeof request, "{\"prompt\":\"x\",\"response_format\":%s}", all[i][0]);
        CHECK_INT(oa_begin(o, request, strlen(request)), ERR_ARGUMENT);
        if (!strstr(oa_error(o), all[i][1])) printf("    %s\n", oa_error(o));
        CHECK(strstr(oa_error(o), all[i][1]) != NULL);
        CHECK_INT(answer(o, "{\"prompt\":\"x\",\"max_tokens\":2,\"response_format\":{\"type\":\"text\"}}", ids,
                         sizeof ids, reason),
                  OK);
    }
    oa_free(o);
}

TEST(max_tokens_and_the_context_end_an_answer) {
    char ids[4096], reason[16];
    tiny small = {.type = TENSOR_Q4_1, .seed = 3, .context = 32};
    oa *o = open_tiny(&small, 1, NULL);
    const char *bias = "\"logit_bias\":{\"2\":-100,\"0\":-100}"; /* never the end of the turn */
    char request[256];
    snprintf(request, sizeof request, "{\"prompt\":\"abc\",\"max_tokens\":5,%s}", bias);
    CHECK_INT(answer(o, request, ids, sizeof ids, reason), OK);
    CHECK_STR(reason, "length");
    CHECK_INT(field(o, "completion_tokens"), 5);
    snprintf(request, sizeof request, "{\"prompt\":\"abc\",%s}", bias);
    CHECK_INT(answer(o, request, ids, sizeof ids, reason), OK);
    CHECK_STR(reason, "length");
    CHECK_INT(field(o, "completion_tokens"), 32 - 3 + 1);
    CHECK_INT(field(o, "context_used"), 32);
    oa_free(o);
}

TEST(an_end_token_ends_an_answer) {
    char ids[64], reason[16];
    oa *o = open_tiny(&q8, 1, NULL);
    const char *r = "{\"prompt\":\"abc\",\"logit_bias\":{\"2\":1000}}";
    CHECK_INT(answer(o, r, ids, sizeof ids, reason), OK);
    CHECK_STR(reason, "stop");
    CHECK_INT(field(o, "completion_tokens"), 0);
    oa_free(o);
}

TEST(stopping_keeps_the_cache_valid) {
    char want[1024], got[1024], reason[16];
    oa *o = open_tiny(&q8, 1, NULL);
    const char *r = "{\"prompt\":\"in the beginning\",\"max_tokens\":12,\"logit_bias\":{\"2\":-100}}";
    int event;
    CHECK_INT(answer(o, r, want, sizeof want, reason), OK);
    oa_reset(o);
    CHECK_INT(oa_begin(o, r, strlen(r)), OK);
    for (int i = 0; i < 5; i++) CHECK_INT(oa_step(o, &event), OK);
    CHECK_INT(oa_stop(o), OK);
    CHECK(strstr((const char *)oa_result(o), "\"cancelled\"") != NULL);
    CHECK_INT(oa_step(o, &event), ERR_STATE);
    CHECK_INT(answer(o, r, got, sizeof got, reason), OK);
    CHECK_STR(got, want);
    oa_free(o);
}

TEST(overflow_drops_the_oldest_turns_and_keeps_the_system_prompt) {
    tiny small = {.type = TENSOR_Q8_0, .seed = 3, .context = 200};
    oa *o = open_tiny(&small, 1, NULL);
    buf r = {0};
    buf_str(&r, "{\"messages\":[{\"role\":\"system\",\"content\":\"be brief\"}");
    for (int i = 0; i < 6; i++)
        buf_printf(&r,
                   ",{\"role\":\"user\",\"content\":\"question number "
                   "%d\"},{\"role\":\"assistant\",\"content\":\"answer %d\"}",
                   i, i);
    buf_str(&r, ",{\"role\":\"user\",\"content\":\"the last one\"}],\"max_tokens\":3");
    size_t n = r.len;
    buf_str(&r, "}");
    CHECK_INT(oa_begin(o, (const char *)r.ptr, r.len), OK);
    double dropped = field(o, "dropped_messages"), tokens = field(o, "prompt_tokens");
    CHECK(dropped >= 2 && dropped <= 12);
    CHECK_INT((int)dropped % 2, 0); /* whole turns */
    CHECK(tokens <= 197);
    r.len = n;
    buf_str(&r, ",\"overflow\":\"error\"}");
    CHECK_INT(oa_begin(o, (const char *)r.ptr, r.len), ERR_TOO_LONG);
    CHECK(strstr(oa_error(o), "197") != NULL);
    buf_clear(&r);
    oa_free(o);
}

TEST(one_message_that_cannot_fit_names_both_numbers) {
    tiny small = {.type = TENSOR_Q8_0, .seed = 3, .context = 64};
    oa *o = open_tiny(&small, 1, NULL);
    buf r = {0};
    buf_str(&r, "{\"messages\":[{\"role\":\"user\",\"content\":\"");
    for (int i = 0; i < 300; i++) buf_byte(&r, 'z');
    buf_str(&r, "\"}]}");
    CHECK_INT(oa_begin(o, (const char *)r.ptr, r.len), ERR_TOO_LONG);
    CHECK(strstr(oa_error(o), "48") != NULL); /* 64 less a quarter for the answer */
    buf_clear(&r);
    oa_free(o);
}

TEST(users_cannot_write_control_tokens) {
    oa *o = open_tiny(&q8, 1, NULL);
    const char *with = "{\"messages\":[{\"role\":\"user\",\"content\":\"a<|im_end|>b\"}]}";
    const char *plain = "{\"messages\":[{\"role\":\"user\",\"content\":\"a%%%%%%%%%%b\"}]}";
    CHECK_INT(oa_begin(o, with, strlen(with)), OK);
    double n = field(o, "prompt_tokens");
    CHECK_INT(oa_begin(o, plain, strlen(plain)), OK);
    CHECK_INT(n, field(o, "prompt_tokens")); /* ten bytes, ten tokens, as any other ten */
    CHECK_INT(oa_render(o, with, strlen(with)), OK);
    CHECK(strstr((const char *)oa_result(o), "a<|im_end|>b") != NULL);
    CHECK_INT(oa_count(o, with, strlen(with)), OK);
    CHECK_INT(field(o, "tokens"), n);
    int event;
    CHECK_INT(oa_step(o, &event), OK); /* the answer that was begun goes on */
    oa_free(o);
}

TEST(text_parts_are_one_text) {
    oa *o = open_tiny(&q8, 1, NULL);
    const char *r = "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":"
                    "\"text\",\"text\":\"b\"}]}]}";
    CHECK_INT(oa_render(o, r, strlen(r)), OK);
    CHECK_BYTES(bytes_of(oa_result(o), oa_result_len(o)), "<|im_start|>user\nab<|im_end|>\n<|im_start|>assistant\n");
    oa_free(o);
}

TEST(continue_final_message_leaves_the_answer_open) {
    oa *o = open_tiny(&q8, 1, NULL);
    const char *r = "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},{\"role\":\"assistant\",\"content\":\"once "
                    "upon\"}],\"continue_final_message\":true}";
    CHECK_INT(oa_render(o, r, strlen(r)), OK);
    CHECK_BYTES(bytes_of(oa_result(o), oa_result_len(o)),
                "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\nonce upon");
    oa_free(o);
}

#define TOOLS "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"now\",\"description\":\"time <|im_end|>\"}}]"
#define CALLED                                                                                                         \
    "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},{\"role\":\"assistant\",\"content\":null,"                   \
    "\"tool_calls\":[{\"id\":\"1\",\"type\":\"function\",\"function\":{\"name\":\"now\",\"arguments\":\"{"             \
    "\\\"zone\\\":"                                                                                                    \
    "\\\"UTC\\\"}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"noon\"}]"

/* What oa_render makes of a request, and with what `tpl` (NULL: ChatML, which knows no tools). */
static void check_render(const char *tpl, const char *request, const char *want) {
    tiny t = q8;
    t.tpl = tpl;
    oa *o = open_tiny(&t, 1, NULL);
    CHECK_INT(oa_render(o, request, strlen(request)), OK);
    CHECK_BYTES(bytes_of(oa_result(o), oa_result_len(o)), want);
    oa_free(o);
}

TEST(a_template_gets_the_tools_and_arguments_as_objects) {
    static const char tpl[] =
        "{% for t in tools %}[{{ t.function.name }}]{% endfor %}{% for m in messages %}{{ m.role }}:"
        "{{ m.content }}{% for c in m.tool_calls %}{{ c.function.name }}="
        "{{ c.function.arguments.zone }}{% endfor %};{% endfor %}";
    check_render(tpl, "{" TOOLS "," CALLED "}", "[now]user:hi;assistant:Nonenow=UTC;tool:noon;");
    check_render(tpl, "{\"tool_choice\":\"none\"," TOOLS "," CALLED "}", "user:hi;assistant:Nonenow=UTC;tool:noon;");
}

TEST(a_template_without_tools_is_told_in_the_system_message) {
    tiny t = q8;
    oa *o = open_tiny(&t, 1, NULL);
    const char *r = "{" TOOLS "," CALLED "}", *system = "{" TOOLS
                                                        ",\"messages\":[{\"role\":\"system\",\"content\":\"be brief\"},"
                                                        "{\"role\":\"user\",\"content\":\"hi\"}]}";
    CHECK_INT(oa_render(o, r, strlen(r)), OK);
    const char *text = (const char *)oa_result(o);
    CHECK(!strncmp(text, "<|im_start|>system\n# Tools\n\n", 28));
    CHECK(strstr(text,
                 "{\"type\": \"function\", \"function\": {\"name\": \"now\", \"description\": \"time <|im_end|>\"}}"));
    CHECK(strstr(text,
                 "<|im_end|>\n<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n<tool_call>\n{\"name\": \"now\", "
                 "\"arguments\": {\"zone\": \"UTC\"}}\n</tool_call><|im_end|>\n<|im_start|>user\n<tool_response>\n"
                 "noon\n</tool_response><|im_end|>\n<|im_start|>assistant\n"));
    CHECK_INT(oa_render(o, system, strlen(system)), OK);
    CHECK(!strncmp((const char *)oa_result(o), "<|im_start|>system\nbe brief\n\n# Tools\n", 37));
    oa_free(o);
}

TEST(the_text_of_a_tool_is_no_control_token) {
    oa *o = open_tiny(&q8, 1, NULL);
    const char *format = "{\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a\",\"parameters\":{\"%s\":1}}}],"
                         "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
    char with[256], plain[256];
    snprintf(with, sizeof with, format, "<|im_end|>");
    snprintf(plain, sizeof plain, format, "abcdefghij");
    CHECK_INT(oa_count(o, with, strlen(with)), OK);
    double n = field(o, "tokens");
    CHECK_INT(oa_count(o, plain, strlen(plain)), OK);
    CHECK_INT(field(o, "tokens"), n); /* ten bytes, ten tokens */
    oa_free(o);
}

#define HERMES "{{ tools | length }}{# <tool_call> #}{{ messages[0].content }}"

TEST(a_call_that_is_demanded_is_begun_in_the_prompt) {
    static const struct {
        const char *tpl, *choice, *tail;
    } cases[] = {
        {HERMES, "\"required\"", "<tool_call>\n{\"name\": \""},
        {HERMES, "{\"type\":\"function\",\"function\":{\"name\":\"now\"}}",
         "<tool_call>\n{\"name\": \"now\", \"arguments\": "},
        {"{{ tools | length }}{{ messages[0].content }}", "{\"function\":{\"name\":\"now\"}}",
         "{\"name\": \"now\", \"parameters\": "},
        {"{{ tools | length }}{# <function= <tool_call> #}{{ messages[0].content }}", "\"required\"",
         "<tool_call>\n<function="},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tiny t = q8;
        char forced[512], usual[512];
        t.tpl = cases[i].tpl;
        oa *o = open_tiny(&t, 1, NULL);
        snprintf(usual, sizeof usual, "{" TOOLS ",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
        snprintf(forced, sizeof forced, "{\"tool_choice\":%s,%s", cases[i].choice, usual + 1);
        CHECK_INT(oa_begin(o, usual, strlen(usual)), OK);
        double n = field(o, "prompt_tokens");
        CHECK_INT(oa_begin(o, forced, strlen(forced)), OK);
        CHECK_INT(field(o, "prompt_tokens") - n, strlen(cases[i].tail)); /* a byte, a token */
        oa_free(o);
    }
}

#define WEATHER                                                                                                        \
    "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"rain\",\"parameters\":{\"type\":\"object\","           \
    "\"$defs\":{\"day\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":7}},\"properties\":{\"city\":{\"enum\":"       \
    "[\"Oslo\",\"Paris\"]},\"day\":{\"$ref\":\"#/$defs/day\"}},\"required\":[\"city\",\"day\"],"                       \
    "\"additionalProperties\":false}}},{\"type\":\"function\",\"function\":{\"name\":\"now\"%s}}]"

/* The one call of the answer that is done; its arguments as JSON (pair: json_close()), NULL where there is none. */
static const json *only_call(oa *o, char *name, size_t cap) {
    const json *j = NULL, *arguments = NULL;
    CHECK_INT(json_parse(&j, bytes_of(oa_result(o), oa_result_len(o)), NULL), OK);
    const json *call = json_get(j, "calls") ? json_get(j, "calls")->first : NULL;
    bytes text = json_string(json_get(call, "name"), "");
    snprintf(name, cap, "%.*s", (int)text.len, (const char *)text.ptr);
    if (call && !call->next) CHECK_INT(json_parse(&arguments, json_string(json_get(call, "arguments"), ""), NULL), OK);
    json_close(j);
    return arguments;
}

/* A model of random weights writes nothing but noise: what fits fits by the grammar. */
TEST(arguments_of_a_call_fit_their_schema) {
    static const char *const templates[] = {NULL, "{{ tools | length }}{{ messages[0].content }}"};
    int seen[2] = {0};
    for (int t = 0; t < 2; t++) {
        tiny m = {.type = TENSOR_Q8_0, .seed = 3, .tpl = templates[t], .context = 2048};
        oa *o = open_tiny(&m, 1, NULL);
        for (int seed = 0; seed < 10; seed++) {
            char request[1024], ids[4096], reason[16], name[16];
            snprintf(
                request, sizeof request,
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"stream\":false,\"temperature\":3,"
                "\"seed\":%d,\"max_tokens\":300,\"tool_choice\":\"required\",\"parallel_tool_calls\":false," WEATHER
                "}",
                seed, ",\"parameters\":{\"type\":\"object\",\"additionalProperties\":false}");
            CHECK_INT(answer(o, request, ids, sizeof ids, reason), OK);
            CHECK_STR(reason, "tool_calls");
            const json *arguments = only_call(o, name, sizeof name);
            bool rain = !strcmp(name, "rain");
            CHECK(rain || !strcmp(name, "now"));
            seen[rain]++;
            CHECK(arguments && arguments->type == JSON_OBJECT);
            if (rain && arguments) {
                bytes city = json_string(json_get(arguments, "city"), "");
                double day = json_number(json_get(arguments, "day"), 0);
                CHECK(bytes_is(city, "Oslo") || bytes_is(city, "Paris"));
                CHECK(day >= 1 && day <= 7);
            }
            json_close(arguments);
        }
        oa_free(o);
    }
    CHECK(seen[0] && seen[1]);
}

/* Calls of a streamed answer that are "now", or another tool's; bytes of its text. */
typedef struct heard {
    int now, other;
    size_t text;
} heard;

static heard hear(oa *o, const char *request, char reason[16]) {
    heard h = {0};
    char ids[4096];
    int event = 0, rc = oa_begin(o, request, strlen(request));
    while (!rc && event != OA_DONE) {
        const json *j = NULL;
        rc = oa_step(o, &event);
        if (rc || json_parse(&j, bytes_of(oa_result(o), oa_result_len(o)), NULL)) break;
        h.text += json_string(json_get(j, "text"), "").len;
        const json *calls = json_get(j, "calls");
        for (const json *c = calls ? calls->first : NULL; c; c = c->next)
            *(bytes_is(json_string(json_get(c, "name"), ""), "now") ? &h.now : &h.other) += 1;
        json_close(j);
    }
    CHECK_INT(rc, OK);
    read_ids(o, ids, sizeof ids, reason);
    return h;
}

TEST(an_answer_that_must_be_calls_has_nothing_else) {
    static const char *const choices[] = {"\"required\"", "{\"type\":\"function\",\"function\":{\"name\":\"now\"}}"};
    tiny m = {.type = TENSOR_Q8_0, .seed = 3, .context = 2048};
    oa *o = open_tiny(&m, 1, NULL);
    for (int named = 0; named < 2; named++) {
        for (int seed = 0; seed < 10; seed++) {
            char request[1024], reason[16];
            snprintf(request, sizeof request,
                     "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"temperature\":3,\"seed\":%d,"
                     "\"max_tokens\":900,\"tool_choice\":%s," WEATHER "}",
                     seed, choices[named], ",\"parameters\":{\"type\":\"object\",\"additionalProperties\":false}");
            heard h = hear(o, request, reason);
            CHECK_STR(reason, "tool_calls");
            CHECK_INT(h.text, 0);
            CHECK(h.now + h.other > 0);
            if (named) CHECK(h.now == 1 && h.other == 0);
        }
    }
    oa_free(o);
}

TEST(a_tool_whose_schema_is_not_supported_takes_any_object_unless_it_is_strict) {
    static const char *const schema = ",\"parameters\":{\"uniqueItems\":true}%s";
    tiny m = {.type = TENSOR_Q8_0, .seed = 3, .context = 2048};
    oa *o = open_tiny(&m, 1, NULL);
    for (int strict = 0; strict < 2; strict++) {
        char function[64], request[1024];
        snprintf(function, sizeof function, schema, strict ? ",\"strict\":true" : "");
        snprintf(request, sizeof request, "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]," WEATHER "}",
                 function);
        CHECK_INT(oa_begin(o, request, strlen(request)), strict ? ERR_UNSUPPORTED : OK);
        if (strict) CHECK(strstr(oa_error(o), "uniqueItems: not supported") != NULL);
    }
    oa_free(o);
}

TEST(a_text_that_is_continued_is_a_part_of_what_the_grammar_allows) {
    static const struct {
        const char *begun;
        int rc;
    } cases[] = {{"the ", OK}, {"the thing", OK}, {"a ", ERR_UNSUPPORTED}};
    oa *o = open_tiny(&q8, 1, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char request[512], ids[2048], reason[16], text[64], whole[128];
        snprintf(request, sizeof request,
                 "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"},{\"role\":\"assistant\",\"content\":\"%s\"}],"
                 "\"continue_final_message\":true,\"stream\":false,\"response_format\":{\"type\":\"regex\",\"regex\":"
                 "\"the thing\"}}",
                 cases[i].begun);
        CHECK_INT(answer(o, request, ids, sizeof ids, reason), cases[i].rc);
        if (cases[i].rc) continue;
        done_text(o, text, sizeof text);
        snprintf(whole, sizeof whole, "%s%s", cases[i].begun, text);
        CHECK_STR(whole, "the thing");
        CHECK_STR(reason, "stop");
    }
    oa_free(o);
}

/* The vector of the last OA_DONE; how many values. */
static uint32_t embedding(const oa *o, double *v, uint32_t most) {
    const json *j = NULL;
    uint32_t n = 0;
    CHECK_INT(json_parse(&j, bytes_of(oa_result(o), oa_result_len(o)), NULL), OK);
    const json *list = json_get(j, "embedding");
    for (const json *x = list ? list->first : NULL; x && n < most; x = x->next) v[n++] = x->number;
    json_close(j);
    return n;
}

static int embed(oa *o, const char *request) {
    int event = 0, rc = oa_begin(o, request, strlen(request));
    while (!rc && event != OA_DONE) rc = oa_step(o, &event);
    return rc;
}

TEST(an_embedding_is_of_unit_length_and_of_its_text_alone) {
    enum { MOST = 256 };
    double mean[MOST], last[MOST], again[MOST], sum = 0;
    char ids[64], reason[16];
    oa *o = open_tiny(&q8, 1, NULL);
    const char *text = "{\"embed\":\"%s\",\"prompt\":\"in the beginning, and longer than a batch of sixty-four tokens "
                       "is in one piece\"}";
    char request[256];
    for (int i = 0; i < 3; i++) {
        double *v = i == 0 ? mean : i == 1 ? last : again;
        snprintf(request, sizeof request, text, i == 1 ? "last" : "mean");
        CHECK_INT(embed(o, request), OK);
        CHECK(field(o, "prompt_tokens") > 64);
        uint32_t n = embedding(o, v, MOST);
        CHECK(n > 8 && n < MOST);
        double length = 0;
        for (uint32_t k = 0; k < n; k++) length += v[k] * v[k];
        CHECK_NEAR(length, 1, 1e-6);
        for (uint32_t k = 0; k < n && i; k++) sum += fabs(v[k] - mean[k]);
        CHECK(i == 0 || (i == 1 ? sum > 1e-3 : sum == 0));
        sum = 0;
        CHECK_INT(answer(o, "{\"prompt\":\"in the\",\"max_tokens\":2}", ids, sizeof ids, reason), OK);
    }
    /* of one token, both are its state */
    for (int i = 0; i < 2; i++) {
        CHECK_INT(embed(o, i ? "{\"embed\":\"last\",\"prompt\":[5]}" : "{\"embed\":\"mean\",\"prompt\":[5]}"), OK);
        CHECK(embedding(o, i ? last : mean, MOST) > 8);
    }
    CHECK(!memcmp(mean, last, 8 * sizeof *mean));
    CHECK_INT(embed(o, "{\"embed\":\"max\",\"prompt\":\"x\"}"), ERR_ARGUMENT);
    CHECK_INT(embed(o, "{\"embed\":\"mean\",\"prompt\":[-1]}"), ERR_ARGUMENT);
    CHECK_INT(embed(o, "{\"embed\":\"mean\",\"prompt\":[1.5]}"), ERR_ARGUMENT);
    CHECK_INT(embed(o, "{\"embed\":\"mean\",\"prompt\":[]}"), ERR_ARGUMENT);
    CHECK_INT(oa_begin(o, request, strlen(request)), OK);
    CHECK_INT(oa_stop(o), OK);
    CHECK_INT(oa_step(o, NULL), ERR_STATE);
    oa_free(o);
}

TEST(bad_requests_are_named_and_harmless) {
    static const struct {
        const char *request;
        int code;
        const char *says;
    } bad[] = {
        {"", ERR_CORRUPT, ""},
        {"{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"tools\":5}", ERR_ARGUMENT, "tools"},
        {"{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"tools\":[{}]}", ERR_ARGUMENT, "tools"},
        {"{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"tool_choice\":\"required\"}", ERR_ARGUMENT,
         "tool_choice"},
        {"{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"tool_choice\":\"maybe\"}", ERR_ARGUMENT,
         "tool_choice"},
        {"{}", ERR_ARGUMENT, "messages or prompt"},
        {"{\"prompt\":5}", ERR_ARGUMENT, "messages or prompt"},
        {"{\"prompt\":\"\"}", ERR_ARGUMENT, "empty"},
        {"{\"messages\":[]}", ERR_ARGUMENT, "messages"},
        {"{\"messages\":5}", ERR_ARGUMENT, "messages"},
        {"{\"messages\":[5]}", ERR_ARGUMENT, "messages[0]"},
        {"{\"messages\":[{\"content\":\"x\"}]}", ERR_ARGUMENT, "messages[0].role"},
        {"{\"messages\":[{\"role\":\"user\",\"content\":5}]}", ERR_ARGUMENT, "messages[0].content"},
        {"{\"prompt\":\"x\",\"temperature\":-1}", ERR_ARGUMENT, "temperature"},
        {"{\"prompt\":\"x\",\"temperature\":\"hot\"}", ERR_ARGUMENT, "temperature"},
        {"{\"prompt\":\"x\",\"top_k\":1.5}", ERR_ARGUMENT, "top_k"},
        {"{\"prompt\":\"x\",\"max_tokens\":0}", ERR_ARGUMENT, "max_tokens"},
        {"{\"prompt\":\"x\",\"max_tokens\":1e300}", ERR_ARGUMENT, "max_tokens"},
        {"{\"prompt\":\"x\",\"stop\":[\"\"]}", ERR_ARGUMENT, "stop"},
        {"{\"prompt\":\"x\",\"stop\":[1]}", ERR_ARGUMENT, "stop"},
        {"{\"prompt\":\"x\",\"logit_bias\":{\"a\":1}}", ERR_ARGUMENT, "logit_bias"},
        {"{\"prompt\":\"x\",\"logprobs\":21}", ERR_ARGUMENT, "logprobs"},
        {"{\"prompt\":\"x\",\"overflow\":\"maybe\"}", ERR_ARGUMENT, "overflow"},
        {"{\"prompt\":\"x\",\"seed\":-1}", ERR_ARGUMENT, "seed"},
    };
    char ids[256], reason[16];
    oa *o = open_tiny(&q8, 1, NULL);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_INT(oa_begin(o, bad[i].request, strlen(bad[i].request)), bad[i].code);
        if (!strstr(oa_error(o), bad[i].says)) CHECK_STR(oa_error(o), bad[i].says);
        CHECK(oa_error(o)[0] != 0);
    }
    const char *good = "{\"prompt\":\"nul \\u0000 and \\ud83d\\ude00\",\"max_tokens\":3}";
    CHECK_INT(answer(o, good, ids, sizeof ids, reason), OK);
    oa_free(o);
}

TEST(calls_without_a_model_are_refused) {
    oa *o = oa_new(1);
    int event;
    CHECK_INT(oa_begin(o, "{}", 2), ERR_STATE);
    CHECK_INT(oa_step(o, &event), ERR_STATE);
    CHECK_INT(oa_stop(o), ERR_STATE);
    CHECK_INT(oa_info(o), ERR_STATE);
    CHECK_INT(oa_tokenize(o, "x", 1, 0), ERR_STATE);
    CHECK_INT(oa_render(o, "{}", 2), ERR_STATE);
    CHECK_INT(oa_count(o, "{}", 2), ERR_STATE);
    CHECK_INT(oa_load_push(o, 0), ERR_STATE);
    CHECK_INT(oa_load_end(o), ERR_STATE);
    CHECK(oa_load_room(o, 10) == NULL);
    CHECK_INT(oa_load_begin(o, "{\"files\":[]}", 12), ERR_ARGUMENT);
    oa_free(o);
}

TEST(bad_models_are_refused_and_a_good_one_loads_after) {
    const struct {
        tiny t;
        int code;
        const char *says;
    } bad[] = {
        {{.arch = "mamba"}, ERR_UNSUPPORTED, "mamba"},
        {{.pre = "klingon"}, ERR_UNSUPPORTED, "klingon"},
        {{.leave_out = "blk.1.ffn_up.weight"}, ERR_CORRUPT, "blk.1.ffn_up.weight"},
        {{.leave_out = "token_embd.weight"}, ERR_CORRUPT, "token_embd.weight"},
        {{.poison = NAN}, ERR_CORRUPT, "output_norm.weight"},
        {{.split = 1}, ERR_CORRUPT, "split.count"},
        {{.context = 16, .n_layer = 2000}, ERR_CORRUPT, "block_count"},
    };
    oa *o = oa_new(1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_INT(tiny_load(o, &bad[i].t, 4096, NULL), bad[i].code);
        if (!strstr(oa_error(o), bad[i].says)) CHECK_STR(oa_error(o), bad[i].says);
        CHECK_INT(oa_loaded(o), 0);
        CHECK_INT(tiny_load(o, &q8, 4096, NULL), OK);
        CHECK_INT(oa_loaded(o), 1);
    }
    CHECK_INT(tiny_load(o, &q8, 4096, ",\"context\":1000"), ERR_ARGUMENT);
    oa_free(o);
}

TEST(a_bad_template_stops_chat_not_completion) {
    tiny t = {.type = TENSOR_Q8_0, .tpl = "{% frobnicate %}"};
    char ids[256], reason[16];
    oa *o = open_tiny(&t, 1, NULL);
    CHECK(answer(o, "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", ids, sizeof ids, reason) != OK);
    CHECK(strstr(oa_error(o), "frobnicate") != NULL);
    CHECK_INT(answer(o, "{\"prompt\":\"x\",\"max_tokens\":2}", ids, sizeof ids, reason), OK);
    oa_free(o);
}

TEST(split_files_are_the_whole_model) {
    buf a = {0}, b = {0};
    char want[2048], got[2048], options[128];
    tiny first = q8, second = q8;
    first.split = 1;
    second.split = 2;
    tiny_write(&a, &first);
    tiny_write(&b, &second);
    snprintf(options, sizeof options, "{\"files\":[%llu,%llu]}", (unsigned long long)a.len, (unsigned long long)b.len);
    oa *o = oa_new(1), *whole = open_tiny(&q8, 1, NULL);
    CHECK_INT(oa_load_begin(o, options, strlen(options)), OK);
    memcpy(oa_load_room(o, a.len), a.ptr, a.len);
    CHECK_INT(oa_load_push(o, a.len), OK);
    CHECK_INT(oa_load_end(o), ERR_CORRUPT); /* one file of two */
    CHECK_INT(oa_load_begin(o, options, strlen(options)), OK);
    buf_bytes(&a, buf_view(&b));
    memcpy(oa_load_room(o, a.len), a.ptr, a.len);
    CHECK_INT(oa_load_push(o, a.len), OK);
    CHECK_INT(oa_load_end(o), OK);
    CHECK_INT(logits_of(o, "the same", got, sizeof got), OK);
    CHECK_INT(logits_of(whole, "the same", want, sizeof want), OK);
    CHECK_STR(got, want);
    oa_free(o);
    oa_free(whole);
    buf_clear(&a);
    buf_clear(&b);
}

TEST(log_probabilities_come_with_the_tokens) {
    oa *o = open_tiny(&q8, 1, NULL);
    const char *r = "{\"prompt\":\"the\",\"max_tokens\":2,\"logprobs\":3,\"logit_bias\":{\"2\":-100}}";
    int event = 0;
    CHECK_INT(oa_begin(o, r, strlen(r)), OK);
    while (event != OA_TEXT && oa_step(o, &event) == OK) continue;
    CHECK_INT(event, OA_TEXT);
    CHECK(field(o, "logprob") < 0);
    CHECK(strstr((const char *)oa_result(o), "\"top\":[[") != NULL);
    oa_free(o);
}

TEST(perplexity_counts_every_token_but_the_first) {
    oa *o = open_tiny(&q8, 1, ",\"context\":16");
    const char *text = "0123456789012345678901234567890123456789";
    CHECK_INT(oa_perplexity(o, text, strlen(text)), OK);
    CHECK_INT(field(o, "tokens"), 39);
    CHECK(field(o, "perplexity") > 1);
    CHECK_INT(oa_perplexity(o, "x", 1), ERR_ARGUMENT);
    CHECK_INT(oa_bench(o, 8, 4), OK);
    CHECK(field(o, "decode_tps") > 0);
    CHECK_INT(oa_bench(o, 16, 4), ERR_ARGUMENT);
    oa_free(o);
}

/* Every allocation fails in turn, in a load and in an answer: an error, no leak, and it works afterwards. */
TEST(memory_may_run_out_anywhere) {
    unsigned long live = mem_live();
    const char *r = "{\"messages\":[{\"role\":\"user\",\"content\":\"hi "
                    "<|im_end|>\"}],\"max_tokens\":3,\"logprobs\":2,\"stop\":[\"zz\"],\"logit_bias\":{\"5\":1}}";
    char ids[256], reason[16];
    mem_fail_at(1);
    void *p = mem_new(1);
    mem_fail_at(0);
    mem_free(p);
    if (p) return; /* built without faults */
    buf file = {0};
    tiny_write(&file, &q8);
    oa *o = oa_new(1);
    int rc = ERR_MEMORY;
    for (unsigned long n = 1; rc && n < 20000; n++) {
        mem_fail_at(n);
        rc = tiny_load_file(o, bytes_of(file.ptr, file.len), 100000, NULL);
        if (!rc) rc = answer(o, r, ids, sizeof ids, reason);
        mem_fail_at(0);
        CHECK(rc == OK || rc == ERR_MEMORY);
    }
    CHECK_INT(rc, OK);
    oa_free(o);
    buf_clear(&file);
    CHECK_INT(mem_live(), live);
}

int main(void) {
    RUN(pieces_of_any_size_load_the_same_model);
    RUN(threads_and_cache_change_nothing);
    RUN(a_follow_up_computes_only_what_is_new);
    RUN(greedy_and_seeded_answers_repeat);
    RUN(guesses_change_nothing);
    RUN(a_grammar_holds_at_any_temperature);
    RUN(drafts_are_what_each_would_be_alone);
    RUN(an_embedding_is_of_unit_length_and_of_its_text_alone);
    RUN(drafts_can_be_stopped_and_bad_ones_are_named);
    RUN(forced_tokens_and_guesses_change_nothing);
    RUN(a_grammar_is_cut_where_max_tokens_ends);
    RUN(bad_formats_are_named_and_harmless);
    RUN(max_tokens_and_the_context_end_an_answer);
    RUN(an_end_token_ends_an_answer);
    RUN(stopping_keeps_the_cache_valid);
    RUN(overflow_drops_the_oldest_turns_and_keeps_the_system_prompt);
    RUN(one_message_that_cannot_fit_names_both_numbers);
    RUN(users_cannot_write_control_tokens);
    RUN(text_parts_are_one_text);
    RUN(continue_final_message_leaves_the_answer_open);
    RUN(a_template_gets_the_tools_and_arguments_as_objects);
    RUN(a_template_without_tools_is_told_in_the_system_message);
    RUN(the_text_of_a_tool_is_no_control_token);
    RUN(arguments_of_a_call_fit_their_schema);
    RUN(an_answer_that_must_be_calls_has_nothing_else);
    RUN(a_tool_whose_schema_is_not_supported_takes_any_object_unless_it_is_strict);
    RUN(a_text_that_is_continued_is_a_part_of_what_the_grammar_allows);
    RUN(a_call_that_is_demanded_is_begun_in_the_prompt);
    RUN(bad_requests_are_named_and_harmless);
    RUN(calls_without_a_model_are_refused);
    RUN(bad_models_are_refused_and_a_good_one_loads_after);
    RUN(a_bad_template_stops_chat_not_completion);
    RUN(split_files_are_the_whole_model);
    RUN(log_probabilities_come_with_the_tokens);
    RUN(perplexity_counts_every_token_but_the_first);
    RUN(memory_may_run_out_anywhere);
    return test_end("oa");
}
