/* data/ on any bytes: no fault, and what it writes as trees it reads again and writes the same. */
#include <stdlib.h>

#include "base/buf.h"
#include "data/job.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Everything that comes out; false where the job refuses. */
static bool run(buf *out, const char *options, bytes input, size_t cut) {
    const json *j = NULL;
    job *work = NULL;
    bool more = true;
    if (json_parse(&j, bytes_str(options), NULL)) abort();
    if (job_open(&work, j, NULL)) abort();
    json_close(j);
    err e;
    int rc = job_file(work, bytes_str("file"), &e);
    if (!rc) rc = job_push(work, bytes_of(input.ptr, cut), &e);
    if (!rc) rc = job_push(work, bytes_of(input.ptr + cut, input.len - cut), &e);
    if (!rc) rc = job_file_end(work, &e);
    if (!rc) rc = job_end(work, &e);
    while (!rc && more) rc = job_next(work, out, &more, &e);
    buf report = {0};
    if (job_report(work, &report, &e)) abort();
    buf_clear(&report);
    job_close(work);
    return !rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const jobs[] = {
        "{\"do\":\"export\"}",
        "{\"do\":\"export\",\"skip_bad\":true,\"form\":\"messages\"}",
        "{\"do\":\"export\",\"skip_bad\":true,\"form\":\"threads\",\"anonymize\":true}",
        "{\"do\":\"export\",\"skip_bad\":true,\"form\":\"sft\"}",
        "{\"do\":\"export\",\"skip_bad\":true,\"form\":\"preference\"}",
        "{\"do\":\"export\",\"skip_bad\":true,\"form\":\"kto\",\"deleted\":true}",
        "{\"do\":\"merge\",\"skip_bad\":true}",
        "{\"do\":\"import\",\"skip_bad\":true}",
        "{\"do\":\"import\",\"from\":\"prompts\",\"skip_bad\":true}",
        "{\"do\":\"stats\",\"skip_bad\":true}",
        "{\"do\":\"validate\"}",
    };
    if (!size) return 0;
    bytes input = bytes_of(data + 1, size - 1);
    buf once = {0}, twice = {0};
    bool fine = run(&once, jobs[data[0] % (sizeof jobs / sizeof *jobs)], input, input.len / 2);
    if (fine && once.len && data[0] % (sizeof jobs / sizeof *jobs) == 0) {
        if (!run(&twice, jobs[0], buf_view(&once), once.len / 3)) abort();
        if (!bytes_eq(buf_view(&once), buf_view(&twice))) abort();
    }
    buf_clear(&once);
    buf_clear(&twice);
    return 0;
}
