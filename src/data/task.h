/* Tasks for volunteers, under the names of Open Assistant's protocol (oasst-shared/oasst_shared/schemas/protocol.py).
 */
#ifndef DATA_TASK_H
#define DATA_TASK_H

#include "base/bytes.h"
#include "base/json.h"
#include "data/state.h"

enum task_type {
    TASK_INITIAL_PROMPT,
    TASK_PROMPTER_REPLY,
    TASK_ASSISTANT_REPLY,
    TASK_LABEL_INITIAL_PROMPT,
    TASK_LABEL_PROMPTER_REPLY,
    TASK_LABEL_ASSISTANT_REPLY,
    TASK_RANK_PROMPTER_REPLIES,
    TASK_RANK_ASSISTANT_REPLIES,
    TASK_TYPES
};
extern const char *const task_names[TASK_TYPES];

enum { TASK_ID_BYTES = 36 };

/* request -> acknowledged or not -> interaction -> done; closed where nobody wants it any longer. */
enum task_state { TASK_ASKED, TASK_ACKNOWLEDGED, TASK_DONE, TASK_SKIPPED, TASK_STATES };

typedef struct task {
    enum task_type type;
    enum task_state state;
    char id[TASK_ID_BYTES + 1];
    char message_id[TASK_ID_BYTES + 1]; /* the name that the asker gave it when it was acknowledged; "" before */
    uint32_t about; /* the message that is answered, labelled, or whose replies are ranked; TREE_NONE */
    bool full;      /* of labels: all of them */
    double created; /* ms */
} task;

bool task_is_pending(const task *t); /* asked or acknowledged */
/* It is too late for it. */
bool task_is_expired(const task *t, const rules *r, double now);
/* asked -> acknowledged; asked or acknowledged -> done; both -> skipped. ERR_STATE for anything else, and says why. */
int task_enter(task *t, enum task_state next, const rules *r, double now, err *e);

/* What there is to do, for one person, in one language. */
typedef struct task_counts {
    double of[TASK_TYPES];
} task_counts;

/* A type by the weights; TASK_TYPES where there is nothing. Replies and labels of replies are of any role that there
 * is. u, v: uniform in [0, 1). */
enum task_type task_draw(const task_counts *n, const rules *r, double u, double v);

#endif
