/* A job: lines into a forest, a forest into lines. */
#include "data/job.h"

#include "base/mem.h"
#include "data/import.h"
#include "data/jsonl.h"
#include "data/screen.h"
#include "data/stats.h"
#include "data/tree.h"
#include "data/write.h"

enum job_do { DO_IMPORT, DO_EXPORT, DO_MERGE, DO_STATS, DO_VALIDATE, DO_KINDS };
static const char *const do_names[DO_KINDS] = {"import", "export", "merge", "stats", "validate"};

struct job {
    enum job_do what;
    enum import_from from;
    write_options write;
    buf names; /* of all files, each with a 0 */
    buf seed, name, rows, problems, rejections;
    bool skip_bad, count_rows;
    forest *forest;
    jsonl lines;
    screen *screen; /* of scraped prompts */
    err first;      /* what is wrong with the first bad line */
    size_t rejected[SCREEN_REASONS], masked[MASKS];
    size_t n_files, n_lines, n_bad, n_dropped, n_ranked, n_written, n_rejected;
    size_t at; /* tree that is written next */
};

/* The index of a name in a list; n where it is not there. */
static int find(const json *options, const char *key, const char *otherwise, const char *const *names, int n) {
    bytes name = json_string(json_get(options, key), otherwise);
    int i = 0;
    while (i < n && !bytes_is(name, names[i])) i++;
    return i;
}

static int unknown(const char *what, const char *const *names, int n, err *e) {
    buf list = {0};
    for (int i = 0; i < n; i++) buf_printf(&list, i ? ", %s" : "%s", names[i]);
    int rc = fail(e, ERR_ARGUMENT, "%s is one of: %s", what, list.ptr ? (const char *)list.ptr : "");
    buf_clear(&list);
    return rc;
}

int job_open(job **out, const json *options, err *e) {
    job *j = mem_new(sizeof *j);
    if (!j) return fail(e, ERR_MEMORY, "no memory");
    int what = find(options, "do", "", do_names, DO_KINDS),
        form = find(options, "form", "trees", write_names, WRITE_FORMS),
        from = find(options, "from", "auto", import_names, IMPORT_FORMS);
    double memory = json_number(json_get(options, "memory"), 1 << 30);
    int rc = OK;
    if (what == DO_KINDS) rc = unknown("what to do", do_names, DO_KINDS, e);
    else if (form == WRITE_FORMS) rc = unknown("the form", write_names, WRITE_FORMS, e);
    else if (from == IMPORT_FORMS) rc = unknown("what is read", import_names, IMPORT_FORMS, e);
    else if (!(memory >= 1 << 20 && memory <= 9e15)) rc = fail(e, ERR_ARGUMENT, "memory: 1 MB or more is needed");
    if (!rc) {
        j->what = (enum job_do)what;
        j->from = (enum import_from)from;
        buf_bytes(&j->seed, json_string(json_get(options, "seed"), ""));
        j->write = (write_options){.form = (enum write_form)form,
                                   .anonymize = json_bool(json_get(options, "anonymize"), false),
                                   .seed = buf_view(&j->seed),
                                   .deleted = json_bool(json_get(options, "deleted"), false)};
        j->skip_bad = json_bool(json_get(options, "skip_bad"), false);
        j->count_rows = json_bool(json_get(options, "rows"), false);
        if (j->what == DO_IMPORT && j->from == IMPORT_PROMPTS) rc = screen_open(&j->screen, e);
        if (!rc) rc = forest_open(&j->forest, memory > (double)SIZE_MAX ? SIZE_MAX : (size_t)memory, e);
    }
    if (rc) job_close(j);
    else *out = j;
    return rc;
}

void job_close(job *j) {
    if (!j) return;
    forest_close(j->forest);
    screen_close(j->screen);
    jsonl_clear(&j->lines);
    buf_clear(&j->seed);
    buf_clear(&j->name);
    buf_clear(&j->names);
    buf_clear(&j->rows);
    buf_clear(&j->problems);
    buf_clear(&j->rejections);
    mem_free(j);
}

/* Appends what is said of a line to a list. */
static int put_line(const job *j, buf *list, size_t line, const char *key, bytes said, err *e) {
    buf_str(list, list->len ? ",{\"file\":" : "{\"file\":");
    buf_json_str(list, buf_view(&j->name));
    buf_printf(list, ",\"line\":%zu,\"%s\":", line, key);
    buf_json_str(list, said);
    buf_byte(list, '}');
    return buf_status(list, e);
}

/* A line that is wrong: left out and written down, or the end. */
static int problem(job *j, size_t line, const err *why, err *e) {
    if (!j->n_bad)
        (void)fail(&j->first, why->code, "%.*s, line %zu: %s", (int)j->name.len, (const char *)j->name.ptr, line,
                   why->text);
    if (!j->skip_bad && j->what != DO_VALIDATE) {
        *e = j->first;
        return why->code;
    }
    if (j->n_bad++ >= JOB_PROBLEMS) return OK;
    return put_line(j, &j->problems, line, "problem", bytes_str(why->text), e);
}

/* The lines of a row that was imported. */
static int add_rows(job *j, err *why) {
    int rc = OK;
    bytes rest = buf_view(&j->rows);
    while (rest.len && !rc) {
        const json *line = NULL;
        const uint8_t *end = memchr(rest.ptr, '\n', rest.len);
        size_t n = end ? (size_t)(end - rest.ptr) : rest.len;
        rc = json_parse_deep(&line, bytes_of(rest.ptr, n), TREE_JSON_DEPTH, why);
        if (!rc) rc = forest_add(j->forest, line, why);
        json_close(line);
        rest = bytes_of(rest.ptr + n + (end != NULL), rest.len - n - (end != NULL));
    }
    return rc;
}

/* A scraped prompt, where it passes. */
static int add_prompt(job *j, const json *line, size_t n, err *why) {
    enum screen_reason reason;
    bytes text;
    buf kept = {0};
    int rc = import_prompt(&text, line, why);
    if (!rc) rc = screen_text(j->screen, text, json_string(json_get(line, "lang"), ""), &kept, &reason, j->masked, why);
    if (!rc && reason != SCREEN_FINE && j->n_rejected++ < JOB_REJECTIONS)
        rc = put_line(j, &j->rejections, n, "reason", bytes_str(screen_names[reason]), why);
    if (!rc) j->rejected[reason]++;
    if (!rc && reason == SCREEN_FINE) rc = import_prompt_tree(&j->rows, line, buf_view(&kept), why);
    buf_clear(&kept);
    return rc;
}

/* Of a backup (web/store/backup.js) the first line has settings, which are no conversation. */
static bool is_backup_head(const json *line) { return json_get(line, "backup") && json_get(line, "settings"); }

static int take(void *context, const json *line, size_t n, const err *bad, err *e) {
    job *j = context;
    err why;
    int rc = OK;
    j->n_lines++;
    forest_at(j->forest, (uint32_t)j->n_files, (uint32_t)n);
    if (!line) return problem(j, n, bad, e);
    if (is_backup_head(line)) return OK;
    if (j->what == DO_IMPORT && !(j->from == IMPORT_OASST)) {
        buf_reset(&j->rows);
        rc = j->screen ? add_prompt(j, line, n, &why) : import_row(&j->rows, line, j->from, &why);
        if (!rc) rc = add_rows(j, &why);
    } else rc = forest_add(j->forest, line, &why);
    if (rc == ERR_MEMORY) {
        *e = why;
        return rc;
    }
    return rc ? problem(j, n, &why, e) : OK;
}

int job_file(job *j, bytes name, err *e) {
    buf_reset(&j->name);
    buf_bytes(&j->name, name);
    buf_bytes(&j->names, name);
    buf_byte(&j->names, 0);
    jsonl_init(&j->lines, JOB_LINE_BYTES);
    j->n_files++;
    return buf_status(j->name.bad ? &j->name : &j->names, e);
}

/* Says which file. */
static int named(const job *j, int rc, err *e) {
    if (rc != ERR_TOO_LONG) return rc;
    err why = *e;
    return fail(e, rc, "%.*s: %s", (int)j->name.len, (const char *)j->name.ptr, why.text);
}

int job_push(job *j, bytes piece, err *e) { return named(j, jsonl_push(&j->lines, piece, take, j, e), e); }
int job_file_end(job *j, err *e) { return named(j, jsonl_end(&j->lines, take, j, e), e); }

/* Says of a message without its parent where it is. */
static int place_fault(const job *j, int rc, err *e) {
    const message *m = forest_fault(j->forest);
    const char *name = (const char *)j->names.ptr;
    if (!rc || !m) return rc;
    err why = *e;
    for (uint32_t i = 1; i < m->file; i++) name += strlen(name) + 1;
    return fail(e, rc, "%s, line %zu: %s", name, (size_t)m->line, why.text);
}

int job_end(job *j, err *e) {
    int rc = place_fault(j, forest_link(j->forest, j->skip_bad, &j->n_dropped, e), e);
    if (!rc && j->what == DO_MERGE) rc = forest_rank(j->forest, &j->n_ranked, e);
    if (!rc && j->what == DO_VALIDATE && j->n_bad)
        rc = fail(e, ERR_CORRUPT, "%s; %zu of %zu lines are wrong, --json lists them", j->first.text, j->n_bad,
                  j->n_lines);
    return rc;
}

int job_next(job *j, buf *out, bool *more, err *e) {
    bool writes = j->what == DO_IMPORT || j->what == DO_EXPORT || j->what == DO_MERGE;
    int rc = OK;
    *more = writes && j->at < forest_trees(j->forest);
    if (*more) rc = write_tree(out, j->forest, j->at++, &j->write, &j->n_written, e);
    return rc;
}

static void put_counts(buf *out, const char *key, const char *const *names, const size_t *n, int from, int to) {
    buf_printf(out, ",\"%s\":{", key);
    for (int i = from; i < to; i++) buf_printf(out, i > from ? ",\"%s\":%zu" : "\"%s\":%zu", names[i], n[i]);
    buf_byte(out, '}');
}

/* How many lines each form would have. */
static int put_rows(const job *j, buf *out, err *e) {
    int rc = OK;
    buf_str(out, ",\"rows\":{");
    for (int form = 0; form < WRITE_FORMS && !rc; form++) {
        write_options o = j->write;
        size_t n = 0;
        o.form = (enum write_form)form;
        for (size_t i = 0; i < forest_trees(j->forest) && !rc; i++) rc = write_tree(NULL, j->forest, i, &o, &n, e);
        buf_printf(out, form ? ",\"%s\":%zu" : "\"%s\":%zu", write_names[form], n);
    }
    buf_byte(out, '}');
    return rc;
}

int job_report(const job *j, buf *out, err *e) {
    size_t trees = 0, messages = 0;
    for (size_t i = 0; i < forest_trees(j->forest); i++) {
        const tree *t = forest_tree(j->forest, i);
        trees += t->root != TREE_NONE;
        messages += t->n;
    }
    buf_printf(out,
               "{\"files\":%zu,\"lines\":%zu,\"bad\":%zu,\"trees\":%zu,\"messages\":%zu,\"dropped\":%zu,\"ranked\":%zu,"
               "\"written\":%zu",
               j->n_files, j->n_lines, j->n_bad, trees, messages, j->n_dropped, j->n_ranked, j->n_written);
    buf_str(out, ",\"problems\":[");
    buf_bytes(out, buf_view(&j->problems));
    buf_byte(out, ']');
    if (j->screen) {
        put_counts(out, "rejected", screen_names, j->rejected, SCREEN_FINE + 1, SCREEN_REASONS);
        put_counts(out, "masked", mask_names, j->masked, 0, MASKS);
        buf_str(out, ",\"rejections\":[");
        buf_bytes(out, buf_view(&j->rejections));
        buf_byte(out, ']');
    }
    int rc = OK;
    if (j->what == DO_STATS) {
        buf_str(out, ",\"stats\":");
        rc = stats_write(out, j->forest, e);
    }
    if (!rc && j->count_rows) rc = put_rows(j, out, e);
    buf_byte(out, '}');
    return rc ? rc : buf_status(out, e);
}
