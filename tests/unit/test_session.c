/* Saved pages of a session: what they give back is what would have been computed, bit for bit, and no other bytes do
 * any harm. */
#include "api/oa.h"

#include "base/json.h"
#include "base/rng.h"
#include "kernels/kernels.h"
#include "test.h"
#include "tiny.h"

enum { PAGES = 3, PROMPT = PAGES * ATTEND_PAGE + 9 };
static const tiny q8 = {.type = TENSOR_Q8_0, .seed = 1};

static oa *open_tiny(const tiny *t, const char *options) {
    oa *o = oa_new(1);
    CHECK_INT(tiny_load(o, t, 1 << 16, options), OK);
    return o;
}

/* A request for 8 tokens after a prompt of PROMPT bytes, each a token, that differs with `salt` from byte `from` on. */
static const char *request_of(char salt, int from) {
    static char json[PROMPT + 200];
    char prompt[PROMPT + 1];
    for (int i = 0; i < PROMPT; i++) prompt[i] = "0918273645"[i % 10];
    for (int i = from; i < PROMPT; i++) prompt[i] = salt;
    prompt[PROMPT] = 0;
    snprintf(json, sizeof json, "{\"prompt\":\"%s\",\"max_tokens\":8,\"logprobs\":20,\"logit_bias\":{\"2\":-100}}",
             prompt);
    return json;
}

static int begin(oa *o, const char *request) { return oa_begin(o, request, strlen(request)); }

static double field(const oa *o, const char *name) {
    const json *j;
    double v = -1;
    if (json_parse(&j, bytes_of(oa_result(o), oa_result_len(o)), NULL)) return v;
    v = json_number(json_get(j, name), -1);
    json_close(j);
    return v;
}

/* Goes on to the end of an answer; *said gets every token with its log-probabilities. */
static int finish(oa *o, buf *said) {
    int event = 0, rc = OK;
    buf_reset(said);
    while (!rc && event != OA_DONE) {
        rc = oa_step(o, &event);
        if (!rc && event == OA_TEXT) buf_put(said, oa_result(o), oa_result_len(o));
    }
    return rc;
}

static void take(oa *o, int page, buf *record) {
    buf_reset(record);
    CHECK_INT(oa_session_save(o, page), OK);
    buf_put(record, oa_result(o), oa_result_len(o));
}

static int give(oa *o, const buf *record) { return oa_session_restore(o, record->ptr, record->len); }

static void check_same(const buf *a, const buf *b) {
    CHECK(a->len > 100);
    CHECK(bytes_eq(buf_view(a), buf_view(b)));
}

static void round_trip(const char *options) {
    oa *one = open_tiny(&q8, options), *two = open_tiny(&q8, options);
    buf want = {0}, got = {0}, record[PAGES] = {{0}};
    CHECK_INT(begin(one, request_of(0, PROMPT)), OK);
    CHECK_INT(finish(one, &want), OK);
    for (int i = 0; i < PAGES; i++) take(one, i, &record[i]);
    CHECK_INT(oa_session_save(one, PAGES), ERR_ARGUMENT);
    CHECK_INT(oa_session_save(one, -1), ERR_ARGUMENT);
    for (int n = 1; n <= PAGES; n++) {
        oa_reset(two);
        CHECK_INT(begin(two, request_of(0, PROMPT)), OK);
        CHECK_INT(field(two, "cached_tokens"), 0);
        for (int i = 0; i < n; i++) {
            CHECK_INT(give(two, &record[i]), OK);
            CHECK_INT(field(two, "cached_tokens"), (i + 1) * ATTEND_PAGE);
        }
        CHECK_INT(give(two, &record[0]), OK); /* again: nothing to do */
        CHECK_INT(field(two, "cached_tokens"), n * ATTEND_PAGE);
        CHECK_INT(finish(two, &got), OK);
        CHECK_INT(field(two, "cached_tokens"), n * ATTEND_PAGE);
        check_same(&got, &want);
    }
    /* a page of which the session has a part, by way of another prompt */
    oa_reset(two);
    CHECK_INT(begin(two, request_of('x', 100)), OK);
    CHECK_INT(finish(two, &got), OK);
    CHECK_INT(begin(two, request_of(0, PROMPT)), OK);
    CHECK_INT(field(two, "cached_tokens"), 100);
    CHECK_INT(give(two, &record[1]), OK);
    CHECK_INT(field(two, "cached_tokens"), 128);
    CHECK_INT(finish(two, &got), OK);
    check_same(&got, &want);
    for (int i = 0; i < PAGES; i++) buf_clear(&record[i]);
    buf_clear(&want);
    buf_clear(&got);
    oa_free(one);
    oa_free(two);
}

TEST(a_restored_session_answers_with_the_same_bits) { round_trip(NULL); }
TEST(and_so_does_one_of_floats) { round_trip(",\"exact\":true"); }

TEST(tokens_are_those_of_the_prompt_and_the_answer) {
    oa *o = open_tiny(&q8, NULL);
    buf said = {0};
    CHECK_INT(begin(o, request_of(0, PROMPT)), OK);
    CHECK_INT(oa_session_tokens(o), OK);
    CHECK_INT(oa_result_len(o), PROMPT * 4);
    CHECK_INT(oa_session_save(o, 0), ERR_ARGUMENT); /* not computed yet */
    CHECK_INT(finish(o, &said), OK);
    CHECK_INT(oa_session_tokens(o), OK);
    CHECK_INT(oa_result_len(o), (PROMPT + 7) * 4); /* the last is never computed */
    buf_clear(&said);
    oa_free(o);
}

TEST(a_page_that_does_not_belong_is_refused) {
    tiny deeper = q8;
    deeper.n_layer = 3;
    oa *o = open_tiny(&q8, NULL), *other = open_tiny(&deeper, NULL), *exact = open_tiny(&q8, ",\"exact\":true");
    buf want = {0}, got = {0}, first = {0}, second = {0};
    CHECK_INT(begin(o, request_of(0, PROMPT)), OK);
    CHECK_INT(finish(o, &want), OK);
    take(o, 0, &first);
    take(o, 1, &second);
    CHECK_INT(give(o, &first), ERR_STATE); /* no answer is under way */
    CHECK_INT(begin(other, request_of(0, PROMPT)), OK);
    CHECK_INT(give(other, &first), ERR_UNSUPPORTED);
    CHECK_INT(begin(exact, request_of(0, PROMPT)), OK);
    CHECK_INT(give(exact, &first), ERR_UNSUPPORTED);
    CHECK_INT(begin(o, request_of('x', 0)), OK);
    CHECK_INT(give(o, &first), ERR_ARGUMENT); /* other tokens */
    oa_reset(o);
    char just[PROMPT] = "{\"prompt\":\"";
    for (int i = 0; i <= ATTEND_PAGE; i++) just[11 + i] = "0918273645"[i % 10];
    CHECK_INT(begin(o, strcat(just, "\"}")), OK);
    CHECK_INT(oa_session_tokens(o), OK);
    CHECK_INT(oa_result_len(o), 4 * (ATTEND_PAGE + 1));
    CHECK_INT(give(o, &first), OK); /* all but the last */
    oa_reset(o);
    CHECK_INT(begin(o, request_of(0, PROMPT)), OK);
    CHECK_INT(give(o, &second), ERR_ARGUMENT); /* the first is missing */
    CHECK_INT(finish(o, &got), OK);
    check_same(&got, &want);
    buf_clear(&want);
    buf_clear(&got);
    buf_clear(&first);
    buf_clear(&second);
    oa_free(o);
    oa_free(other);
    oa_free(exact);
}

TEST(a_record_cut_anywhere_is_refused_and_changes_nothing) {
    oa *o = open_tiny(&q8, NULL);
    buf want = {0}, got = {0}, record = {0};
    CHECK_INT(begin(o, request_of(0, PROMPT)), OK);
    CHECK_INT(finish(o, &want), OK);
    take(o, 0, &record);
    oa_reset(o);
    CHECK_INT(begin(o, request_of(0, PROMPT)), OK);
    for (size_t n = 0; n < record.len; n += n < 400 ? 1 : 97) {
        uint8_t *cut = mem_new(n ? n : 1); /* so that a sanitizer sees a byte too many */
        if (n) memcpy(cut, record.ptr, n);
        CHECK_INT(oa_session_restore(o, cut, n), ERR_CORRUPT);
        mem_free(cut);
    }
    buf_byte(&record, 0);
    CHECK_INT(give(o, &record), ERR_CORRUPT);
    CHECK_INT(finish(o, &got), OK);
    CHECK_INT(field(o, "cached_tokens"), 0);
    check_same(&got, &want);
    buf_clear(&want);
    buf_clear(&got);
    buf_clear(&record);
    oa_free(o);
}

/* A damaged page that is not refused gives other answers, or none: ERR_NUMERIC. */
static void corrupt(oa *o, buf *record, rng *r, size_t from) {
    buf said = {0};
    uint8_t *copy = mem_new(record->len);
    memcpy(copy, record->ptr, record->len);
    for (uint64_t n = 1 + rng_next(r) % 20; n-- > 0;)
        copy[from + rng_next(r) % (record->len - from)] = (uint8_t)(rng_next(r) % 3 ? rng_next(r) : 0xff);
    oa_reset(o);
    CHECK_INT(begin(o, request_of(0, PROMPT)), OK);
    int rc = oa_session_restore(o, copy, record->len);
    CHECK(rc == OK || rc == ERR_CORRUPT || rc == ERR_UNSUPPORTED || rc == ERR_ARGUMENT);
    rc = finish(o, &said);
    CHECK(rc == OK || rc == ERR_NUMERIC);
    mem_free(copy);
    buf_clear(&said);
}

static void damage(const char *options) {
    oa *o = open_tiny(&q8, options);
    buf want = {0}, got = {0}, record = {0};
    rng r;
    rng_init(&r, 7);
    CHECK_INT(begin(o, request_of(0, PROMPT)), OK);
    CHECK_INT(finish(o, &want), OK);
    take(o, 0, &record);
    for (int i = 0; i < 300; i++) corrupt(o, &record, &r, i % 3 == 0 ? 0 : i % 3 == 1 ? 32 : record.len - 600);
    oa_reset(o);
    CHECK_INT(begin(o, request_of(0, PROMPT)), OK);
    CHECK_INT(finish(o, &got), OK);
    check_same(&got, &want);
    buf_clear(&want);
    buf_clear(&got);
    buf_clear(&record);
    oa_free(o);
}

TEST(damage_anywhere_is_refused_or_harmless) { damage(NULL); }
TEST(and_in_a_page_of_floats) { damage(",\"exact\":true"); }

TEST(scales_that_are_no_numbers_are_refused) {
    const float bad[] = {NAN, -NAN, INFINITY, -INFINITY, -1};
    oa *o = open_tiny(&q8, NULL);
    buf said = {0}, record = {0};
    CHECK_INT(begin(o, request_of(0, PROMPT)), OK);
    CHECK_INT(finish(o, &said), OK);
    take(o, 0, &record);
    oa_reset(o);
    CHECK_INT(begin(o, request_of(0, PROMPT)), OK);
    const size_t scales = record.len - 3 * ATTEND_PAGE * sizeof(float); /* of the last layer and head */
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (size_t at = 0; at < 2 * ATTEND_PAGE; at += 21) {
            float kept;
            memcpy(&kept, record.ptr + scales + 4 * at, 4);
            memcpy(record.ptr + scales + 4 * at, &bad[i], 4);
            CHECK_INT(give(o, &record), ERR_CORRUPT);
            memcpy(record.ptr + scales + 4 * at, &kept, 4);
        }
    const float huge = 3e38f; /* finite: taken, and the answer has none of its own */
    memcpy(record.ptr + scales, &huge, 4);
    CHECK_INT(give(o, &record), OK);
    int rc = finish(o, &said);
    CHECK(rc == OK || rc == ERR_NUMERIC);
    buf_clear(&said);
    buf_clear(&record);
    oa_free(o);
}

#ifdef MEM_FAULTS
TEST(no_memory_changes_nothing) {
    oa *o = open_tiny(&q8, NULL);
    buf want = {0}, got = {0}, record = {0};
    CHECK_INT(begin(o, request_of(0, PROMPT)), OK);
    CHECK_INT(finish(o, &want), OK);
    take(o, 0, &record);
    oa_free(o);
    o = open_tiny(&q8, NULL); /* no page yet */
    CHECK_INT(begin(o, request_of(0, PROMPT)), OK);
    mem_fail_at(1);
    CHECK_INT(give(o, &record), ERR_MEMORY);
    mem_fail_at(0);
    CHECK_INT(give(o, &record), OK);
    CHECK_INT(finish(o, &got), OK);
    check_same(&got, &want);
    buf_clear(&want);
    buf_clear(&got);
    buf_clear(&record);
    oa_free(o);
}
#endif

int main(void) {
    RUN(a_restored_session_answers_with_the_same_bits);
    RUN(and_so_does_one_of_floats);
    RUN(tokens_are_those_of_the_prompt_and_the_answer);
    RUN(a_page_that_does_not_belong_is_refused);
    RUN(a_record_cut_anywhere_is_refused_and_changes_nothing);
    RUN(damage_anywhere_is_refused_or_harmless);
    RUN(and_in_a_page_of_floats);
    RUN(scales_that_are_no_numbers_are_refused);
#ifdef MEM_FAULTS
    RUN(no_memory_changes_nothing);
#endif
    return test_end("session");
}
