/* base/json on any bytes: no fault; what it reads and writes again reads the same. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void print(buf *b, const json *j) {
    if (j->type == JSON_NULL) buf_str(b, "null");
    if (j->type == JSON_BOOL) buf_str(b, j->boolean ? "true" : "false");
    if (j->type == JSON_NUMBER) buf_json_num(b, j->number);
    if (j->type == JSON_STRING) buf_json_str(b, j->string);
    if (j->type != JSON_ARRAY && j->type != JSON_OBJECT) return;
    buf_byte(b, j->type == JSON_ARRAY ? '[' : '{');
    for (const json *i = j->first; i; i = i->next) {
        if (i != j->first) buf_byte(b, ',');
        if (j->type == JSON_OBJECT) {
            if (!utf8_valid(i->key)) abort();
            buf_json_str(b, i->key);
            buf_byte(b, ':');
        }
        print(b, i);
    }
    buf_byte(b, j->type == JSON_ARRAY ? ']' : '}');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const json *first, *second;
    buf once = {0}, twice = {0};
    if (json_parse(&first, bytes_of(data, size), NULL)) return 0;
    print(&once, first);
    if (json_parse(&second, buf_view(&once), NULL)) abort();
    print(&twice, second);
    if (!bytes_eq(buf_view(&once), buf_view(&twice))) abort();
    json_close(first);
    json_close(second);
    buf_clear(&once);
    buf_clear(&twice);
    return 0;
}
