/* The door to data/: what a caller outside sees of a job on files, and of a board. */
#include "api/oa_data.h"
#include "base/json.h"
#include "base/mem.h"
#include "data/board.h"
#include "data/job.h"

struct oa_data {
    job *job;
    board *board;
    buf result;
    err e;
};

enum { RESULT_BYTES = 1 << 20 }; /* about so much comes out at a time */

oa_data *oa_data_new(void) { return mem_new(sizeof(oa_data)); }

void oa_data_free(oa_data *d) {
    if (!d) return;
    job_close(d->job);
    board_close(d->board);
    buf_clear(&d->result);
    mem_free(d);
}

const char *oa_data_error(const oa_data *d) { return d->e.text; }
const uint8_t *oa_data_result(const oa_data *d) { return d->result.ptr ? d->result.ptr : (const uint8_t *)""; }
size_t oa_data_result_len(const oa_data *d) { return d->result.len; }

/* Every call begins with one of these. */
static void begin(oa_data *d) {
    buf_reset(&d->result);
    d->e = (err){0};
}

static int enter_board(oa_data *d) {
    begin(d);
    return d->board ? OK : fail(&d->e, ERR_STATE, "nothing was begun: oa_board_begin() comes first");
}

static int enter(oa_data *d) {
    begin(d);
    return d->job ? OK : fail(&d->e, ERR_STATE, "nothing was begun: oa_data_begin() comes first");
}

int oa_data_begin(oa_data *d, const char *text, size_t n) {
    const json *options = NULL;
    job_close(d->job);
    d->job = NULL;
    begin(d);
    int rc = json_parse(&options, bytes_of(text, n), &d->e);
    if (!rc) rc = job_open(&d->job, options, &d->e);
    json_close(options);
    return rc;
}

int oa_data_file(oa_data *d, const char *name, size_t n) {
    int rc = enter(d);
    return rc ? rc : job_file(d->job, bytes_of(name, n), &d->e);
}

int oa_data_push(oa_data *d, const void *piece, size_t n) {
    int rc = enter(d);
    return rc ? rc : job_push(d->job, bytes_of(piece, n), &d->e);
}

int oa_data_file_end(oa_data *d) {
    int rc = enter(d);
    return rc ? rc : job_file_end(d->job, &d->e);
}

int oa_data_end(oa_data *d) {
    int rc = enter(d);
    return rc ? rc : job_end(d->job, &d->e);
}

int oa_data_next(oa_data *d, int *more) {
    bool some = true;
    int rc = enter(d);
    while (!rc && some && d->result.len < RESULT_BYTES) rc = job_next(d->job, &d->result, &some, &d->e);
    *more = !rc && d->result.len > 0;
    return rc;
}

int oa_data_report(oa_data *d) {
    int rc = enter(d);
    return rc ? rc : job_report(d->job, &d->result, &d->e);
}

int oa_board_begin(oa_data *d, const char *text, size_t n) {
    const json *options = NULL;
    board_close(d->board);
    d->board = NULL;
    begin(d);
    int rc = json_parse(&options, bytes_of(text, n), &d->e);
    if (!rc) rc = board_open(&d->board, options, &d->e);
    json_close(options);
    return rc;
}

int oa_board_push(oa_data *d, const void *piece, size_t n) {
    int rc = enter_board(d);
    return rc ? rc : board_push(d->board, bytes_of(piece, n), &d->e);
}

int oa_board_push_end(oa_data *d) {
    int rc = enter_board(d);
    return rc ? rc : board_push_end(d->board, &d->e);
}

int oa_board_call(oa_data *d, const char *text, size_t n) {
    const json *request = NULL;
    int rc = enter_board(d);
    if (!rc) rc = json_parse(&request, bytes_of(text, n), &d->e);
    if (!rc) rc = board_call(d->board, request, &d->result, &d->e);
    json_close(request);
    if (rc) buf_reset(&d->result); /* half an answer is none */
    return rc;
}
