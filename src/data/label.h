/* Open Assistant's text labels: their names and widgets, and which a message is asked for
 * (oasst-shared/oasst_shared/schemas/protocol.py, backend/oasst_backend/config.py). */
#ifndef DATA_LABEL_H
#define DATA_LABEL_H

#include "base/buf.h"
#include "base/json.h"

enum label {
    LABEL_SPAM,
    LABEL_FAILS_TASK,
    LABEL_LANG_MISMATCH,
    LABEL_PII,
    LABEL_NOT_APPROPRIATE,
    LABEL_HATE_SPEECH,
    LABEL_SEXUAL_CONTENT,
    LABEL_QUALITY,
    LABEL_TOXICITY,
    LABEL_HUMOR,
    LABEL_HELPFULNESS,
    LABEL_CREATIVITY,
    LABEL_VIOLENCE,
    LABEL_MORAL_JUDGEMENT,   /* in no set */
    LABEL_POLITICAL_CONTENT, /* in no set */
    LABELS
};
extern const char *const label_names[LABELS];

/* Sets are bits, 1 << label. Everything that a message is asked for, and what it is where few are. */
uint32_t label_full(bool assistant);
uint32_t label_simple(bool is_root);
uint32_t label_mandatory(void);

/* Appends ["spam", ...] of a set. */
void label_write_names(buf *out, uint32_t set);
/* Appends [{"name", "widget", "display_text", "help_text"}, ...] of a set; help_text is null where there is none. */
void label_write(buf *out, uint32_t set);

/* What somebody said, {name: 0 to 1}: ERR_ARGUMENT where a label is not of the set, a value is not in that range, or a
 * mandatory one is missing. */
int label_check(const json *labels, uint32_t valid, uint32_t mandatory, err *e);

#endif
