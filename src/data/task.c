/* The life of a task, and which one is drawn. */
#include "data/task.h"

const char *const task_names[TASK_TYPES] = {"initial_prompt",        "prompter_reply",        "assistant_reply",
                                            "label_initial_prompt",  "label_prompter_reply",  "label_assistant_reply",
                                            "rank_prompter_replies", "rank_assistant_replies"};

bool task_is_pending(const task *t) { return t->state == TASK_ASKED || t->state == TASK_ACKNOWLEDGED; }

bool task_is_expired(const task *t, const rules *r, double now) {
    return now - t->created > r->of[RULE_TASK_VALIDITY_MINUTES] * 60000;
}

int task_enter(task *t, enum task_state next, const rules *r, double now, err *e) {
    static const char *const words[TASK_STATES] = {"asked for", "acknowledged", "done", "skipped"};
    if (!task_is_pending(t)) return fail(e, ERR_STATE, "this task is %s already", words[t->state]);
    if (task_is_expired(t, r, now))
        return fail(e, ERR_STATE, "this task is more than %g minutes old; ask for another",
                    r->of[RULE_TASK_VALIDITY_MINUTES]);
    if (next == TASK_ASKED || (next == TASK_ACKNOWLEDGED && t->state != TASK_ASKED))
        return fail(e, ERR_STATE, "this task is %s already", words[t->state]);
    t->state = next;
    return OK;
}

/* One of two by how many there are of each. */
static enum task_type one_of(const task_counts *n, enum task_type a, enum task_type b, double v) {
    return v * (n->of[a] + n->of[b]) < n->of[a] ? a : b;
}

enum task_type task_draw(const task_counts *n, const rules *r, double u, double v) {
    static const struct {
        enum task_type a, b;
        enum rule weight;
    } kinds[] = {{TASK_RANK_PROMPTER_REPLIES, TASK_RANK_ASSISTANT_REPLIES, RULE_WEIGHT_RANKING},
                 {TASK_LABEL_PROMPTER_REPLY, TASK_LABEL_ASSISTANT_REPLY, RULE_WEIGHT_LABEL_REPLY},
                 {TASK_LABEL_INITIAL_PROMPT, TASK_LABEL_INITIAL_PROMPT, RULE_WEIGHT_LABEL_PROMPT},
                 {TASK_PROMPTER_REPLY, TASK_ASSISTANT_REPLY, RULE_WEIGHT_REPLY},
                 {TASK_INITIAL_PROMPT, TASK_INITIAL_PROMPT, RULE_WEIGHT_PROMPT}};
    enum { N = sizeof kinds / sizeof *kinds };
    double weight[N], sum = 0;
    for (int i = 0; i < N; i++) {
        double count = n->of[kinds[i].a] + n->of[kinds[i].b];
        weight[i] = count > 0 ? r->of[kinds[i].weight] : 0;
        sum += weight[i];
    }
    enum task_type drawn = TASK_TYPES;
    for (int i = 0; i < N; i++) {
        if (!(weight[i] > 0)) continue;
        drawn = one_of(n, kinds[i].a, kinds[i].b, v);
        u -= weight[i] / sum;
        if (u < 0) break;
    }
    return drawn;
}
