/* data/label: the sets, their descriptions, what an answer may be. */
#include "data/label.h"

#include "unit/test.h"

static int count(uint32_t set) { return __builtin_popcount(set); }

TEST(sets) {
    CHECK_INT(count(label_full(false)), 11);
    CHECK_INT(count(label_full(true)), 13);
    CHECK_INT(label_full(true) & ~label_full(false), 1 << LABEL_FAILS_TASK | 1 << LABEL_HELPFULNESS);
    CHECK_INT(label_simple(true), 1 << LABEL_SPAM | 1 << LABEL_LANG_MISMATCH);
    CHECK_INT(label_simple(false), 1 << LABEL_SPAM | 1 << LABEL_LANG_MISMATCH | 1 << LABEL_QUALITY);
    CHECK_INT(label_mandatory(), 1 << LABEL_SPAM);
    CHECK(!(label_full(true) >> LABEL_POLITICAL_CONTENT & 1) && !(label_full(true) >> LABEL_MORAL_JUDGEMENT & 1));
}

TEST(written) {
    buf out = {0};
    const json *j = NULL;
    label_write_names(&out, label_simple(false));
    CHECK_BYTES(buf_view(&out), "[\"spam\",\"lang_mismatch\",\"quality\"]");
    buf_reset(&out);
    label_write(&out, label_full(true));
    CHECK_INT(json_parse(&j, buf_view(&out), NULL), OK);
    int yes_no = 0, flag = 0, likert = 0;
    for (const json *l = j ? j->first : NULL; l; l = l->next) {
        bytes widget = json_string(json_get(l, "widget"), "");
        yes_no += bytes_is(widget, "yes_no");
        flag += bytes_is(widget, "flag");
        likert += bytes_is(widget, "likert");
        CHECK(json_string(json_get(l, "name"), "").len && json_string(json_get(l, "display_text"), "").len);
    }
    CHECK_INT(yes_no, 2);
    CHECK_INT(flag, 5);
    CHECK_INT(likert, 6);
    json_close(j);
    buf_clear(&out);
}

TEST(answers) {
    static const struct {
        const char *labels;
        int want;
    } cases[] = {{"{\"spam\":0}", OK},
                 {"{\"spam\":1,\"quality\":0.25,\"lang_mismatch\":1}", OK},
                 {"{\"quality\":1}", ERR_ARGUMENT}, /* spam is mandatory */
                 {"{\"spam\":0,\"helpfulness\":1}", ERR_ARGUMENT},
                 {"{\"spam\":0,\"unheard_of\":1}", ERR_ARGUMENT},
                 {"{\"spam\":1.5}", ERR_ARGUMENT},
                 {"{\"spam\":-0.5}", ERR_ARGUMENT},
                 {"{\"spam\":true}", ERR_ARGUMENT},
                 {"{\"spam\":null}", ERR_ARGUMENT},
                 {"[]", ERR_ARGUMENT},
                 {"3", ERR_ARGUMENT}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const json *j = NULL;
        CHECK_INT(json_parse(&j, bytes_str(cases[i].labels), NULL), OK);
        CHECK_INT(label_check(j, label_full(false), label_mandatory(), NULL), cases[i].want);
        json_close(j);
    }
    CHECK_INT(label_check(NULL, label_full(false), label_mandatory(), NULL), ERR_ARGUMENT);
}

int main(void) {
    RUN(sets);
    RUN(written);
    RUN(answers);
    return test_end("label");
}
