/* Where tasks are handed out and come back. */
#include <stdio.h>

#include "base/mem.h"
#include "data/board_impl.h"

task *desk_find(board *b, bytes task_id, bytes message_id) {
    for (size_t i = 0; i < b->n_tasks; i++) {
        task *t = &b->tasks[i];
        if (task_id.len ? bytes_is(task_id, t->id) : message_id.len && bytes_is(message_id, t->message_id)) return t;
    }
    return NULL;
}

/* Tasks that are over, or that nobody will do, once no limit counts them. */
static void forget(board *b, double now) {
    size_t n = 0;
    for (size_t i = 0; i < b->n_tasks; i++) {
        const task *t = &b->tasks[i];
        bool recent = now - t->created < b->rules.of[RULE_TASKS_SEC] * 1000;
        if (recent || (task_is_pending(t) && !task_is_expired(t, &b->rules, now))) b->tasks[n++] = *t;
    }
    b->n_tasks = n;
}

static int add_task(board *b, const task *t, err *e) {
    if (b->n_tasks == b->cap_tasks) {
        size_t cap = b->cap_tasks ? b->cap_tasks * 2 : 16;
        task *more = mem_grow(b->tasks, cap * sizeof *more);
        if (!more) return fail(e, ERR_MEMORY, "no memory for tasks");
        b->tasks = more;
        b->cap_tasks = cap;
    }
    b->tasks[b->n_tasks++] = *t;
    return OK;
}

static int check_limits(const board *b, double now, err *e) {
    double recent = 0, pending = 0;
    for (size_t i = 0; i < b->n_tasks; i++) {
        double age = now - b->tasks[i].created;
        recent += age < b->rules.of[RULE_TASKS_SEC] * 1000;
        pending += task_is_pending(&b->tasks[i]) && age < b->rules.of[RULE_RECENT_TASKS_SPAN_SEC] * 1000;
    }
    if (pending >= b->rules.of[RULE_MAX_PENDING_TASKS])
        return fail(e, ERR_STATE, "there are %.0f tasks that were not finished; finish or skip one", pending);
    if (recent >= b->rules.of[RULE_TASKS])
        return fail(e, ERR_STATE, "%.0f tasks in %.0f seconds are enough; wait a little", recent,
                    b->rules.of[RULE_TASKS_SEC]);
    return OK;
}

/* A random UUID (RFC 9562, version 4). */
static void draw_id(rng *r, char id[TASK_ID_BYTES + 1]) {
    uint64_t a = rng_next(r), c = rng_next(r);
    snprintf(id, TASK_ID_BYTES + 1, "%08x-%04x-4%03x-%04x-%04x%08x", (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff),
             (unsigned)(a & 0xfff), (unsigned)(c >> 48 & 0x3fff) | 0x8000, (unsigned)(c >> 32 & 0xffff),
             (unsigned)(c & 0xffffffff));
}

static enum task_type type_of(bytes name) {
    int type = 0;
    while (type < TASK_TYPES && !bytes_is(name, task_names[type])) type++;
    return (enum task_type)type;
}

/* Labels of tasks that were asked for by their kind are full ones. */
static bool draw_full(board *b, enum task_type type, bool random) {
    double p = b->rules.of[type == TASK_LABEL_INITIAL_PROMPT    ? RULE_P_FULL_PROMPT
                           : type == TASK_LABEL_ASSISTANT_REPLY ? RULE_P_FULL_ASSISTANT
                                                                : RULE_P_FULL_PROMPTER];
    return (!random && type != TASK_LABEL_INITIAL_PROMPT) || rng_uniform(&b->rng) < p;
}

/* The type and the message of the next task. */
static void draw(board *b, task *t, bool random, uint32_t lang, double now) {
    task_counts n;
    double u = rng_uniform(&b->rng), v = rng_uniform(&b->rng);
    board_available(b, lang, now, &n);
    if (random) t->type = task_draw(&n, &b->rules, u, v);
    t->about = TREE_NONE;
    if (t->type == TASK_TYPES || !(n.of[t->type] > 0)) {
        t->type = TASK_TYPES;
        return;
    }
    bool any_reply = random && (t->type == TASK_PROMPTER_REPLY || t->type == TASK_ASSISTANT_REPLY);
    if ((any_reply || t->type == TASK_ASSISTANT_REPLY) && rng_uniform(&b->rng) < b->rules.of[RULE_P_LONELY_CHILD]) {
        t->about = board_pick(b, TASK_ASSISTANT_REPLY, lang, now, true);
        if (t->about != TREE_NONE) t->type = TASK_ASSISTANT_REPLY;
    }
    if (t->type != TASK_INITIAL_PROMPT && t->about == TREE_NONE) t->about = board_pick(b, t->type, lang, now, false);
    t->full = draw_full(b, t->type, random);
}

int desk_request(board *b, const json *request, double now, buf *out, err *e) {
    static const char *const not_here[] = {"summarize_story", "rate_summary", "rank_initial_prompts"};
    bytes name = json_string(json_get(request, "type"), "random"),
          lang_name = json_string(json_get(request, "lang"), "en");
    task t = {.type = type_of(name), .state = TASK_ASKED, .created = now};
    bool random = bytes_is(name, "random");
    uint32_t lang;
    if (b->me == MAP_NONE) return fail(e, ERR_STATE, "nobody asks: the board was begun without a user");
    for (size_t i = 0; i < sizeof not_here / sizeof *not_here; i++)
        if (bytes_is(name, not_here[i]))
            return fail(e, ERR_UNSUPPORTED, "nobody hands out tasks of type %s", not_here[i]);
    if (t.type == TASK_TYPES && !random)
        return fail(e, ERR_ARGUMENT, "type: random or a type of task is needed, not %.*s", (int)name.len,
                    (const char *)name.ptr);
    forget(b, now);
    int rc = check_limits(b, now, e);
    if (!rc) rc = board_name(b, lang_name, &lang, e);
    if (!rc) rc = board_lottery(b, lang, now, 2, e);
    if (rc) return rc;
    draw(b, &t, random, lang, now);
    if (t.type == TASK_TYPES) return buf_str(out, "{\"task\":null}"), OK;
    draw_id(&b->rng, t.id);
    rc = add_task(b, &t, e);
    buf_str(out, "{\"task\":");
    if (!rc) rc = card_write(b, &t, out, e);
    buf_byte(out, '}');
    return rc;
}

static int find(board *b, const json *request, task **t, err *e) {
    *t = desk_find(b, json_string(json_get(request, "task_id"), ""), (bytes){0});
    return *t ? OK : fail(e, ERR_STATE, "this task is not known; ask for another");
}

int desk_ack(board *b, const json *request, double now, err *e) {
    task *t;
    bytes id = json_string(json_get(request, "message_id"), "");
    int rc = find(b, request, &t, e);
    if (!rc && (!id.len || id.len > TASK_ID_BYTES))
        rc = fail(e, ERR_ARGUMENT, "message_id: 1 to %d bytes are needed", TASK_ID_BYTES);
    if (!rc) rc = task_enter(t, TASK_ACKNOWLEDGED, &b->rules, now, e);
    if (!rc) snprintf(t->message_id, sizeof t->message_id, "%.*s", (int)id.len, (const char *)id.ptr);
    return rc;
}

int desk_nack(board *b, const json *request, double now, err *e) {
    task *t;
    bytes reason = json_string(json_get(request, "reason"), "");
    int rc = find(b, request, &t, e);
    if (!rc) rc = task_enter(t, TASK_SKIPPED, &b->rules, now, e);
    if (rc || t->about == TREE_NONE) return rc;
    bool ranks = t->type == TASK_RANK_ASSISTANT_REPLIES || t->type == TASK_RANK_PROMPTER_REPLIES;
    bool replies = t->type == TASK_PROMPTER_REPLY || t->type == TASK_ASSISTANT_REPLY;
    buf event = {0};
    buf_printf(&event, "\"type\":\"emoji\",\"emoji\":\"%s\",\"reason\":",
               ranks     ? "_skip_ranking"
               : replies ? "_skip_reply"
                         : "_skip_labeling");
    buf_json_str(&event, reason);
    rc = buf_status(&event, e);
    if (!rc) rc = board_add_event(b, t->about, "emoji", (const char *)event.ptr, now, e);
    buf_clear(&event);
    return rc ? rc : board_settle(b, e);
}

int desk_close(board *b, const json *request, double now, err *e) {
    task *t;
    int rc = find(b, request, &t, e);
    return rc ? rc : task_enter(t, TASK_SKIPPED, &b->rules, now, e);
}

/* As it was stored; what it was about may have gone since. */
static int restore(board *b, const json *j, err *e) {
    bytes id = json_string(json_get(j, "id"), ""), name = json_string(json_get(j, "message_id"), ""),
          about = json_string(json_get(j, "about"), "");
    double state = json_number(json_get(j, "state"), -1);
    task t = {.type = type_of(json_string(json_get(j, "type"), "")),
              .about = about.len ? map_get(b->forest->by_id, about) : TREE_NONE,
              .full = json_bool(json_get(j, "full"), true),
              .created = json_number(json_get(j, "created"), 0)};
    if (t.type == TASK_TYPES || !id.len || id.len > TASK_ID_BYTES || name.len > TASK_ID_BYTES || state < 0 ||
        state >= TASK_STATES || (t.type != TASK_INITIAL_PROMPT && t.about == MAP_NONE))
        return OK;
    t.state = (enum task_state)state;
    snprintf(t.id, sizeof t.id, "%.*s", (int)id.len, (const char *)id.ptr);
    snprintf(t.message_id, sizeof t.message_id, "%.*s", (int)name.len, (const char *)name.ptr);
    return add_task(b, &t, e);
}

int desk_restore(board *b, const json *tasks, err *e) {
    int rc = OK;
    for (const json *j = tasks ? tasks->first : NULL; j && !rc; j = j->next) rc = restore(b, j, e);
    return rc;
}

void desk_write(board *b, double now, buf *out) {
    forget(b, now);
    buf_str(out, "{\"tasks\":[");
    for (size_t i = 0; i < b->n_tasks; i++) {
        const task *t = &b->tasks[i];
        buf_printf(out, "%s{\"id\":", i ? "," : "");
        buf_json_str(out, bytes_str(t->id));
        buf_printf(out,
                   ",\"type\":\"%s\",\"state\":%d,\"full\":%s,\"created\":%.0f,\"message_id\":", task_names[t->type],
                   (int)t->state, t->full ? "true" : "false", t->created);
        buf_json_str(out, bytes_str(t->message_id));
        if (t->about != TREE_NONE) {
            buf_str(out, ",\"about\":");
            buf_json_str(out, b->forest->messages[t->about].id);
        }
        buf_byte(out, '}');
    }
    buf_str(out, "]}");
}
