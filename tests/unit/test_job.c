/* data/job: what is left when memory ends, at every allocation of every kind of job; pieces of any size. */
#include "data/job.h"

#include "unit/test.h"

static const char trees[] =
    "{\"message_tree_id\":\"t\",\"tree_state\":\"growing\",\"prompt\":{\"message_id\":\"t\",\"role\":\"prompter\","
    "\"text\":\"q\","
    "\"events\":{\"ranking\":[{\"type\":\"ranking\",\"ranking_parent_id\":\"t\",\"ranked_message_ids\":[\"b\",\"a\"]}]}"
    ",\"replies\":["
    "{\"message_id\":\"a\",\"role\":\"assistant\",\"text\":\"one\",\"emojis\":{\"+1\":1},\"replies\":[]},"
    "{\"message_id\":\"b\",\"role\":\"assistant\",\"text\":\"two\",\"labels\":{\"quality\":{\"value\":1,\"count\":1}},"
    "\"replies\":[]}]}}\n"
    "{\"message_id\":\"b\",\"role\":\"assistant\",\"text\":\"two\",\"parent_id\":\"t\",\"emojis\":{\"clap\":2}}\n";
static const char rows[] = "{\"instruction\":\"Add\",\"input\":\"1 2\",\"output\":\"3\"}\n";

static const char prompts[] = "{\"text\":\"How do I bake a good bread at home, jane@example.com?\"}\n"
                              "{\"prompt\":\"How do I bake a good bread at home, joe@example.com?\"}\n";

static int run(buf *out, const char *options, const char *input, size_t piece) {
    const json *j = NULL;
    job *work = NULL;
    err e;
    bool more = true;
    bytes left = bytes_str(input);
    int rc = json_parse(&j, bytes_str(options), &e);
    if (!rc) rc = job_open(&work, j, &e);
    json_close(j);
    if (!rc) rc = job_file(work, bytes_str("file"), &e);
    while (!rc && left.len) {
        size_t n = left.len < piece ? left.len : piece;
        rc = job_push(work, bytes_of(left.ptr, n), &e);
        left = bytes_of(left.ptr + n, left.len - n);
    }
    if (!rc) rc = job_file_end(work, &e);
    if (!rc) rc = job_end(work, &e);
    while (!rc && more) rc = job_next(work, out, &more, &e);
    if (!rc) rc = job_report(work, out, &e);
    job_close(work);
    return rc;
}

static const struct {
    const char *options, *input;
} jobs[] = {
    {"{\"do\":\"export\"}", trees},
    {"{\"do\":\"export\",\"form\":\"messages\"}", trees},
    {"{\"do\":\"export\",\"form\":\"threads\",\"anonymize\":true,\"seed\":\"7\"}", trees},
    {"{\"do\":\"export\",\"form\":\"sft\"}", trees},
    {"{\"do\":\"merge\",\"form\":\"preference\"}", trees},
    {"{\"do\":\"export\",\"form\":\"kto\"}", trees},
    {"{\"do\":\"stats\"}", trees},
    {"{\"do\":\"stats\",\"rows\":true}", trees},
    {"{\"do\":\"import\"}", rows},
    {"{\"do\":\"import\",\"from\":\"prompts\"}", prompts},
};
enum { N_JOBS = sizeof jobs / sizeof *jobs };

TEST(pieces) {
    for (int i = 0; i < N_JOBS; i++) {
        buf whole = {0}, bits = {0};
        CHECK_INT(run(&whole, jobs[i].options, jobs[i].input, SIZE_MAX), OK);
        CHECK(whole.len > 100);
        for (size_t piece = 1; piece < 40; piece += 6) {
            buf_reset(&bits);
            CHECK_INT(run(&bits, jobs[i].options, jobs[i].input, piece), OK);
            CHECK(bytes_eq(buf_view(&bits), buf_view(&whole)));
        }
        buf_clear(&whole);
        buf_clear(&bits);
    }
}

TEST(merged) {
    buf out = {0};
    CHECK_INT(run(&out, jobs[4].options, jobs[4].input, SIZE_MAX), OK);
    buf_byte(&out, 0);
    const char *text = (const char *)out.ptr;
    CHECK(strstr(text, "\"chosen\":[{\"role\":\"assistant\",\"content\":\"two\"}],\"rejected\":[{\"role\":"
                       "\"assistant\",\"content\":\"one\"}]"));
    CHECK(strstr(text, "\"messages\":3"));
    buf_clear(&out);
}

/* What "rows" announces is what each form then has. */
TEST(rows_told) {
    static const char *const forms[] = {"trees", "messages", "threads", "sft", "preference", "kto"};
    buf told = {0};
    CHECK_INT(run(&told, "{\"do\":\"stats\",\"rows\":true}", trees, SIZE_MAX), OK);
    buf_byte(&told, 0);
    const char *list = strstr((const char *)told.ptr, "\"rows\":");
    CHECK(list != NULL);
    for (size_t i = 0; list && i < sizeof forms / sizeof *forms; i++) {
        char options[64], part[64];
        buf out = {0};
        snprintf(options, sizeof options, "{\"do\":\"export\",\"form\":\"%s\"}", forms[i]);
        CHECK_INT(run(&out, options, trees, SIZE_MAX), OK);
        size_t n = 0;
        for (size_t k = 0; k < out.len; k++) n += out.ptr[k] == '\n';
        snprintf(part, sizeof part, "\"%s\":%zu", forms[i], n);
        CHECK(strstr(list, part) != NULL);
        buf_clear(&out);
    }
    buf_clear(&told);
}

#ifdef MEM_FAULTS
TEST(no_memory) {
    for (int i = 0; i < N_JOBS; i++) {
        unsigned long before = mem_live();
        int rc = ERR_MEMORY;
        for (unsigned long n = 1; rc; n++) {
            buf out = {0};
            mem_fail_at(n);
            rc = run(&out, jobs[i].options, jobs[i].input, 50);
            mem_fail_at(0);
            CHECK(rc == OK || rc == ERR_MEMORY);
            buf_clear(&out);
            CHECK_INT(mem_live(), before);
        }
    }
}
#else
TEST(no_memory) { CHECK(true); }
#endif

int main(void) {
    RUN(pieces);
    RUN(merged);
    RUN(rows_told);
    RUN(no_memory);
    return test_end("job");
}
