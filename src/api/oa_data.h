/* Conversations and what people think of them, as files of JSON lines: read, checked, converted, put together, counted.
 * Needs no model. An object of its own, used by one thread; the conventions are those of api/oa.h, the reason of a
 * failure is in oa_data_error(). For the page it is a WebAssembly module of its own (exports_data.txt). */
#ifndef API_OA_DATA_H
#define API_OA_DATA_H

#include <stddef.h>
#include <stdint.h>

typedef struct oa_data oa_data;

oa_data *oa_data_new(void); /* NULL when there is no memory. Pair: oa_data_free(). */
void oa_data_free(oa_data *d);
const char *oa_data_error(const oa_data *d);
/* The last output: lines or JSON, followed by a 0, and how many bytes. */
const uint8_t *oa_data_result(const oa_data *d);
size_t oa_data_result_len(const oa_data *d);

/* json: {"do": "import", "export", "merge", "stats" or "validate", "form": "trees", "messages", "threads", "sft",
 * "preference" or "kto", "from": "auto", "alpaca", "dolly", "squad", "nq", "sharegpt", "hh-rlhf", "prompts" or "oasst",
 * "skip_bad": bool, "anonymize": bool, "seed": text, "deleted": bool, "rows": bool, "memory": bytes of text that may
 * be kept (default 1 GB)}. Begins anew. */
int oa_data_begin(oa_data *d, const char *json, size_t n);
/* The files, one after the other: its name for what is said of it, its bytes in pieces of any size, its end. */
int oa_data_file(oa_data *d, const char *name, size_t n);
int oa_data_push(oa_data *d, const void *piece, size_t n);
int oa_data_file_end(oa_data *d);
/* After the last file. */
int oa_data_end(oa_data *d);
/* Result: some lines of what comes out. *more: 0 where that was all, and the result is empty. */
int oa_data_next(oa_data *d, int *more);
/* Result: {"files", "lines", "bad", "trees", "messages", "dropped", "ranked", "written", "problems": [{"file", "line",
 * "problem"}, at most 100]}, with "stats" where those were asked for, with "rows" ({form: lines that it would have})
 * where those were, with "rejected", "masked" and "rejections" ([{"file", "line", "reason"}, at most 10,000]) of
 * scraped prompts. */
int oa_data_report(oa_data *d);

/* Message trees that volunteers work on, by Open Assistant's rules (data/board.h). Beside a job, in the same object. */

/* json: {"user": the person's id, "config": {parameter: value}, "seed": text, "memory": bytes}. Begins anew. */
int oa_board_begin(oa_data *d, const char *json, size_t n);
/* Lines of trees, messages or threads in pieces, merged with what is there; their end, which moves the trees on. */
int oa_board_push(oa_data *d, const void *piece, size_t n);
int oa_board_push_end(oa_data *d);
/* Does what {"do": ...} says: data/board.h lists it. Result: an object. */
int oa_board_call(oa_data *d, const char *json, size_t n);

#endif
