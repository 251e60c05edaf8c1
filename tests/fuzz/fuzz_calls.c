/* assist/calls on any bytes: cut anywhere, an answer gives the same text and the same calls, and these are JSON. */
#include "assist/calls.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void promise(bool kept) {
    if (!kept) abort();
}

static void run(const json *tools, bytes answer, size_t cut, buf *out, buf *found) {
    calls c = {0};
    promise(calls_open(&c, tools, NULL) == OK);
    promise(calls_put(&c, bytes_of(answer.ptr, cut), out, found, NULL) == OK);
    promise(calls_put(&c, bytes_of(answer.ptr + cut, answer.len - cut), out, found, NULL) == OK);
    promise(calls_end(&c, out, found, NULL) == OK);
    promise(c.n || out->len == answer.len); /* without a call all is text */
    calls_clear(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const json *tools = NULL, *list = NULL;
    buf whole[2] = {{0}, {0}}, cut[2] = {{0}, {0}}, all = {0};
    if (size < 1) return 0;
    bytes answer = bytes_of(data + 1, size - 1);
    promise(json_parse(&tools, bytes_str("[{\"function\":{\"name\":\"a\"}}]"), NULL) == OK);
    run(tools, answer, 0, &whole[0], &whole[1]);
    run(tools, answer, answer.len ? data[0] % answer.len : 0, &cut[0], &cut[1]);
    for (int i = 0; i < 2; i++) promise(bytes_eq(buf_view(&whole[i]), buf_view(&cut[i])));
    buf_byte(&all, '[');
    buf_bytes(&all, buf_view(&whole[1]));
    buf_byte(&all, ']');
    promise(json_parse(&list, buf_view(&all), NULL) == OK);
    json_close(list);
    json_close(tools);
    for (int i = 0; i < 2; i++) buf_clear(&whole[i]), buf_clear(&cut[i]);
    buf_clear(&all);
    return 0;
}
