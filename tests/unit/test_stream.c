/* infer/stream: nothing shown too early, nothing lost. */
#include "infer/stream.h"

#include "test.h"

/* Puts `text` n bytes at a time and returns all that came out; `shown` what came before the end. */
static void run(stream *s, const char *text, size_t n, buf *shown, buf *all) {
    err e = {0};
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i += n)
        CHECK_INT(stream_put(s, bytes_of(text + i, len - i < n ? len - i : n), shown, &e), OK);
    buf_bytes(all, buf_view(shown));
    CHECK_INT(stream_end(s, all, &e), OK);
}

static void check(const char *const *stops, const char *text, size_t n, const char *shown_want, const char *all_want,
                  bool stopped) {
    stream s = {0};
    buf shown = {0}, all = {0};
    err e = {0};
    for (; *stops; stops++) CHECK_INT(stream_stop_at(&s, bytes_str(*stops), &e), OK);
    run(&s, text, n, &shown, &all);
    if (shown_want) CHECK_BYTES(buf_view(&shown), shown_want);
    CHECK_BYTES(buf_view(&all), all_want);
    CHECK_INT(s.stopped, stopped);
    buf_clear(&shown);
    buf_clear(&all);
    stream_clear(&s);
}

static const char *const none[] = {NULL};

TEST(whole_code_points_only) {
    for (size_t n = 1; n < 9; n++)
        check(none, "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z", n, "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z",
              "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z", false);
}

TEST(broken_tail_is_replaced_at_the_end) { check(none, "ab\xf0\x9f\x98", 1, "ab", "ab\xef\xbf\xbd", false); }

TEST(broken_middle_is_replaced) { check(none, "a\xff\x62", 1, NULL, "a\xef\xbf\xbd\x62", false); }

TEST(stop_strings_never_show) {
    const char *const stops[] = {"</s>", "User:", NULL};
    for (size_t n = 1; n < 12; n++) check(stops, "hello </s> and more", n, "hello ", "hello ", true);
    check(stops, "hello </x", 1, "hello </x", "hello </x", false);
    check(stops, "hello Use", 1, "hello ", "hello Use", false); /* held back, and given at the end */
}

TEST(a_whole_stop_inside_a_longer_one_counts) {
    const char *const stops[] = {"abcd", "bc", NULL};
    check(stops, "xabcx", 1, "xa", "xa", true);
}

TEST(a_stop_across_a_code_point) {
    const char *const stops[] = {"\xe2\x82\xac!", NULL};
    check(stops, "1\xe2\x82\xac!2", 1, "1", "1", true);
}

TEST(held_back_until_the_end) {
    stream s = {.hold = true};
    buf shown = {0}, all = {0};
    err e = {0};
    CHECK_INT(stream_stop_at(&s, bytes_str("STOP"), &e), OK);
    run(&s, "first second STOP third", 3, &shown, &all);
    CHECK_INT(shown.len, 0);
    CHECK_BYTES(buf_view(&all), "first second ");
    buf_clear(&shown);
    buf_clear(&all);
    stream_clear(&s);
}

TEST(limits_are_errors) {
    stream s = {0};
    err e = {0};
    char big[STREAM_STOP_BYTES_MAX + 1];
    memset(big, 'a', sizeof big);
    CHECK_INT(stream_stop_at(&s, bytes_of("", 0), &e), ERR_ARGUMENT);
    CHECK_INT(stream_stop_at(&s, bytes_of(big, sizeof big), &e), ERR_ARGUMENT);
    for (int i = 0; i < STREAM_STOPS_MAX; i++) CHECK_INT(stream_stop_at(&s, bytes_str("x"), &e), OK);
    CHECK_INT(stream_stop_at(&s, bytes_str("x"), &e), ERR_ARGUMENT);
    stream_clear(&s);
}

int main(void) {
    RUN(whole_code_points_only);
    RUN(broken_tail_is_replaced_at_the_end);
    RUN(broken_middle_is_replaced);
    RUN(stop_strings_never_show);
    RUN(a_whole_stop_inside_a_longer_one_counts);
    RUN(a_stop_across_a_code_point);
    RUN(held_back_until_the_end);
    RUN(limits_are_errors);
    return test_end("stream");
}
