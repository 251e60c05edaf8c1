/* Work on files of conversations: read, check, convert, put together, count. */
#ifndef DATA_JOB_H
#define DATA_JOB_H

#include "base/buf.h"
#include "base/json.h"

enum { JOB_PROBLEMS = 100, JOB_REJECTIONS = 10000, JOB_LINE_BYTES = 64 << 20 };

typedef struct job job;

/* options: {"do": "import", "export", "merge", "stats" or "validate", "form": what is written (data/write.h; default
 * trees), "from": what import reads (data/import.h; default auto), "skip_bad": lines that are wrong are left out,
 * "anonymize", "seed": text, "deleted", "rows": the report says how many lines each form would have, "memory": bytes of
 * text at most (default 1 GB)}. ERR_ARGUMENT names what is wrong. Pair: job_close(). */
int job_open(job **out, const json *options, err *e);
void job_close(job *j);

/* The files, one after the other: its name, its bytes in pieces, its end. A line that is wrong fails the job with file,
 * line and member, unless bad ones are skipped; "validate" reads on and fails at the end. */
int job_file(job *j, bytes name, err *e);
int job_push(job *j, bytes piece, err *e);
int job_file_end(job *j, err *e);
/* After the last file. */
int job_end(job *j, err *e);

/* Some of what comes out, appended as lines; *more is false after the last. "stats" and "validate" have nothing. */
int job_next(job *j, buf *out, bool *more, err *e);
/* Appends {"files", "lines", "bad", "trees", "messages", "dropped", "ranked", "written", "problems": [{"file", "line",
 * "problem"}]}, with "stats" where those were asked for, with "rows" ({form: lines}) where those were, with "rejected"
 * and "masked" (counts by name) and "rejections" ([{"file", "line", "reason"}], JOB_REJECTIONS at most) of scraped
 * prompts. */
int job_report(const job *j, buf *out, err *e);

#endif
