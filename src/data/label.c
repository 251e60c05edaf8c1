/* The table of labels, with Open Assistant's own words for them. */
#include "data/label.h"

enum widget { WIDGET_YES_NO, WIDGET_FLAG, WIDGET_LIKERT };
static const char *const widgets[] = {"yes_no", "flag", "likert"};

const char *const label_names[LABELS] = {
    "spam",           "fails_task",      "lang_mismatch",    "pii",   "not_appropriate", "hate_speech",
    "sexual_content", "quality",         "toxicity",         "humor", "helpfulness",     "creativity",
    "violence",       "moral_judgement", "political_content"};

static const struct {
    enum widget widget;
    const char *text, *help;
} rows[LABELS] = {
    [LABEL_SPAM] = {WIDGET_YES_NO, "Seems to be intentionally low-quality or irrelevant", NULL},
    [LABEL_FAILS_TASK] = {WIDGET_YES_NO, "Fails to follow the correct instruction / task", NULL},
    [LABEL_LANG_MISMATCH] = {WIDGET_FLAG, "Wrong Language", "The message is written in another language than it says."},
    [LABEL_PII] = {WIDGET_FLAG, "Contains PII", "Contains personally identifying information"},
    [LABEL_NOT_APPROPRIATE] = {WIDGET_FLAG, "Inappropriate", "Inappropriate content"},
    [LABEL_HATE_SPEECH] =
        {WIDGET_FLAG, "Hate speech",
         "Abusive or threatening towards a group for what it is, such as its race, religion or sexual orientation"},
    [LABEL_SEXUAL_CONTENT] = {WIDGET_FLAG, "Contains sexual content", NULL},
    [LABEL_QUALITY] = {WIDGET_LIKERT, "Overall subjective quality rating of the message", NULL},
    [LABEL_TOXICITY] = {WIDGET_LIKERT, "Rude, abusive, profane or insulting content", NULL},
    [LABEL_HUMOR] = {WIDGET_LIKERT, "Humorous content including sarcasm", NULL},
    [LABEL_HELPFULNESS] = {WIDGET_LIKERT, "Helpfulness of the message", NULL},
    [LABEL_CREATIVITY] = {WIDGET_LIKERT, "Creativity", NULL},
    [LABEL_VIOLENCE] = {WIDGET_LIKERT, "Violence/abuse/terrorism/self-harm", NULL},
    [LABEL_MORAL_JUDGEMENT] = {WIDGET_FLAG, "Moral judgement", "Expresses moral judgement"},
    [LABEL_POLITICAL_CONTENT] = {WIDGET_FLAG, "Political", "Expresses political views"},
};

uint32_t label_full(bool assistant) {
    uint32_t all = 1u << LABEL_SPAM | 1u << LABEL_LANG_MISMATCH | 1u << LABEL_QUALITY | 1u << LABEL_CREATIVITY |
                   1u << LABEL_HUMOR | 1u << LABEL_TOXICITY | 1u << LABEL_VIOLENCE | 1u << LABEL_NOT_APPROPRIATE |
                   1u << LABEL_PII | 1u << LABEL_HATE_SPEECH | 1u << LABEL_SEXUAL_CONTENT;
    return assistant ? all | 1u << LABEL_FAILS_TASK | 1u << LABEL_HELPFULNESS : all;
}

uint32_t label_simple(bool is_root) {
    uint32_t few = 1u << LABEL_SPAM | 1u << LABEL_LANG_MISMATCH;
    return is_root ? few : few | 1u << LABEL_QUALITY;
}

uint32_t label_mandatory(void) { return 1u << LABEL_SPAM; }

void label_write_names(buf *out, uint32_t set) {
    const char *before = "";
    buf_byte(out, '[');
    for (int i = 0; i < LABELS; i++)
        if (set >> i & 1) buf_printf(out, "%s\"%s\"", before, label_names[i]), before = ",";
    buf_byte(out, ']');
}

void label_write(buf *out, uint32_t set) {
    const char *before = "";
    buf_byte(out, '[');
    for (int i = 0; i < LABELS; i++) {
        if (!(set >> i & 1)) continue;
        buf_printf(out, "%s{\"name\":\"%s\",\"widget\":\"%s\",\"display_text\":\"%s\",\"help_text\":", before,
                   label_names[i], widgets[rows[i].widget], rows[i].text);
        if (rows[i].help) buf_json_str(out, bytes_str(rows[i].help));
        else buf_str(out, "null");
        buf_byte(out, '}');
        before = ",";
    }
    buf_byte(out, ']');
}

int label_check(const json *labels, uint32_t valid, uint32_t mandatory, err *e) {
    uint32_t given = 0;
    if (!labels || labels->type != JSON_OBJECT) return fail(e, ERR_ARGUMENT, "labels: an object is needed");
    for (const json *m = labels->first; m; m = m->next) {
        int i = 0;
        while (i < LABELS && !bytes_is(m->key, label_names[i])) i++;
        if (i == LABELS || !(valid >> i & 1))
            return fail(e, ERR_ARGUMENT, "labels.%.*s: this is not asked", (int)m->key.len, (const char *)m->key.ptr);
        if (m->type != JSON_NUMBER || !(m->number >= 0 && m->number <= 1))
            return fail(e, ERR_ARGUMENT, "labels.%s: a number from 0 to 1 is needed", label_names[i]);
        given |= 1u << i;
    }
    for (int i = 0; i < LABELS; i++)
        if ((mandatory & ~given) >> i & 1)
            return fail(e, ERR_ARGUMENT, "labels.%s: has to be answered", label_names[i]);
    return OK;
}
