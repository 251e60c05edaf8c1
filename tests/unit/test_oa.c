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

/* Runs an answer to its end; the ids of OA_DONE as text, and its finish_reason. */
static int answer(oa *o, const char *request, char *ids, size_t cap, char reason[16]) {
    int event = 0, rc = oa_begin(o, request, strlen(request));
    while (!rc && event != OA_DONE) rc = oa_step(o, &event);
    ids[0] = reason[0] = 0;
    if (rc) return rc;
    char *from = strstr((const char *)oa_result(o), "\"ids\":["), *to = from ? strchr(from, ']') : NULL;
    if (to && (size_t)(to - from) < cap) snprintf(ids, cap, "%.*s", (int)(to - from) - 6, from + 6);
    from = strstr((const char *)oa_result(o), "\"finish_reason\":\"");
    if (from) sscanf(from + 17, "%15[a-z]", reason);
    return OK;
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

TEST(bad_requests_are_named_and_harmless) {
    static const struct {
        const char *request;
        int code;
        const char *says;
    } bad[] = {
        {"", ERR_CORRUPT, ""},
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
    RUN(max_tokens_and_the_context_end_an_answer);
    RUN(an_end_token_ends_an_answer);
    RUN(stopping_keeps_the_cache_valid);
    RUN(overflow_drops_the_oldest_turns_and_keeps_the_system_prompt);
    RUN(one_message_that_cannot_fit_names_both_numbers);
    RUN(users_cannot_write_control_tokens);
    RUN(text_parts_are_one_text);
    RUN(continue_final_message_leaves_the_answer_open);
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
