/* The board on any trees and any requests: no fault, and what it gives away to be stored it takes back as it is. */
#include <stdlib.h>

#include "base/mem.h"
#include "data/board.h"
#include "data/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static board *open_board(const char *options) {
    const json *j = NULL;
    board *b = NULL;
    if (json_parse(&j, bytes_str(options), NULL) || board_open(&b, j, NULL)) abort();
    json_close(j);
    return b;
}

static bool give(board *b, bytes lines) { return !board_push(b, lines, NULL) && !board_push_end(b, NULL); }

/* The answer; empty where there is none. What is answered is JSON. */
static void ask(board *b, bytes request, buf *out) {
    const json *j = NULL, *answer = NULL;
    buf_reset(out);
    if (json_parse(&j, request, NULL)) return;
    if (board_call(b, j, out, NULL)) buf_reset(out);
    else if (json_parse_deep(&answer, buf_view(out), TREE_JSON_DEPTH, NULL)) abort();
    json_close(answer);
    json_close(j);
}

/* The trees that changed, as lines. */
static void changed(board *b, buf *lines) {
    const json *answer = NULL;
    buf out = {0};
    ask(b, bytes_str("{\"do\":\"changed\"}"), &out);
    if (!out.len || json_parse_deep(&answer, buf_view(&out), TREE_JSON_DEPTH, NULL)) abort();
    for (const json *t = json_get(answer, "trees")->first; t; t = t->next) {
        json_write(t, lines);
        buf_byte(lines, '\n');
    }
    json_close(answer);
    buf_clear(&out);
}

/* The input: options, then lines of trees up to a zero byte, then requests, a line each. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char alone[] = "{\"user\":\"me\",\"config\":{\"num_reviews_initial_prompt\":1,\"num_reviews_reply\":1,"
                                "\"num_required_rankings\":1,\"allow_self_labeling\":true,\"allow_self_ranking\":true,"
                                "\"allow_duplicate_tasks\":true,\"goal_tree_size\":2}}";
    static const char other[] =
        "{\"user\":\"a\",\"config\":{\"rank_prompter_replies\":true,\"random_goal_tree_size\":true,"
        "\"p_activate_backlog_tree\":1,\"num_required_rankings\":1}}";
    static const char *const options[] = {"{\"user\":\"me\",\"seed\":\"1\"}", alone, other, "{}"};
    if (!size) return 0;
    const char *chosen = options[data[0] % (sizeof options / sizeof *options)];
    const uint8_t *zero = memchr(data, 0, size), *lines_end = zero ? zero : data + size;
    bytes lines = bytes_of(data + 1, (size_t)(lines_end > data ? lines_end - data - 1 : 0)),
          rest = zero ? bytes_of(zero + 1, (size_t)(data + size - zero - 1)) : (bytes){0};
    board *b = open_board(chosen), *again = open_board(chosen);
    buf out = {0}, stored = {0}, more = {0};
    bool fine = give(again, (bytes){0}) && give(b, (bytes){0}) && give(b, lines); /* what is new is told */
    while (fine && rest.len) {
        const uint8_t *end = memchr(rest.ptr, '\n', rest.len);
        size_t n = end ? (size_t)(end - rest.ptr) : rest.len;
        ask(b, bytes_of(rest.ptr, n), &out);
        rest = bytes_of(rest.ptr + n + (end != NULL), rest.len - n - (end != NULL));
    }
    if (fine) changed(b, &stored);
    board_close(again);
    again = open_board(chosen);
    if (fine && !give(again, buf_view(&stored))) abort();
    if (fine) changed(again, &more);
    if (more.len) abort(); /* it was settled already */
    board_close(b);
    board_close(again);
    buf_clear(&out);
    buf_clear(&stored);
    buf_clear(&more);
    return 0;
}
