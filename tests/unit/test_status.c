/* base/status: the line that says what went wrong. */
#include "base/status.h"

#include "unit/test.h"

TEST(fill) {
    err e;
    CHECK_INT(fail(&e, ERR_CORRUPT, "key \"%s\" at %d", "a.b", 7), ERR_CORRUPT);
    CHECK_INT(e.code, ERR_CORRUPT);
    CHECK_STR(e.text, "key \"a.b\" at 7");
    CHECK_INT(fail(NULL, ERR_IO, "nobody listens"), ERR_IO);
    CHECK_INT(fail(&e, OK, "%s", ""), OK);
    CHECK_STR(e.text, "");
}

TEST(clean) {
    err e;
    fail(&e, ERR_IO, "%s", "tab\tline\nescape\x1b[31m\x7f");
    CHECK_STR(e.text, "tab?line?escape?[31m?");
    fail(&e, ERR_IO, "%s", "ok \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80 \xef\xbf\xbd");
    CHECK_STR(e.text, "ok \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80 \xef\xbf\xbd");
    fail(&e, ERR_IO, "%s", "bad \xff \xc3( \xe2\x82 \xef\xbf \xf0\x9f\x98 \xed\xa0\x80 .");
    CHECK_STR(e.text, "bad ? ?( ? ? ? ??? .");
    fail(&e, ERR_IO, "%s", "csi \xc2\x9b bidi \xe2\x80\xae line \xe2\x80\xa8 isolate \xe2\x81\xa6 .");
    CHECK_STR(e.text, "csi ? bidi ? line ? isolate ? .");
}

/* Cut at the end of the storage, but never within a character. */
TEST(cut) {
    err e;
    char text[ERR_TEXT_MAX + 10];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    fail(&e, ERR_IO, "%s", text);
    CHECK_INT(strlen(e.text), ERR_TEXT_MAX - 1);
    memcpy(text + ERR_TEXT_MAX - 3, "\xf0\x9f\x98\x80", 4);
    fail(&e, ERR_IO, "%s", text);
    CHECK_INT(strlen(e.text), ERR_TEXT_MAX - 3);
    CHECK(strchr(e.text, '?') == NULL);
}

TEST(names) {
    CHECK_STR(status_name(OK), "OK");
    CHECK_STR(status_name(ERR_CANCELLED), "ERR_CANCELLED");
    CHECK_STR(status_name(ERR_NOT_FOUND), "ERR_NOT_FOUND");
    CHECK_STR(status_name(STATUS_COUNT), "ERR_UNKNOWN");
    CHECK_STR(status_name(-1), "ERR_UNKNOWN");
    for (int i = 0; i < STATUS_COUNT; i++) CHECK(strcmp(status_name(i), "ERR_UNKNOWN"));
}

int main(void) {
    RUN(fill);
    RUN(clean);
    RUN(cut);
    RUN(names);
    return test_end("status");
}
