/* text/template on any bytes: no fault, no leak, and every end is one that the header names. The input is a template,
 * or a context, a 0 byte and a template. */
#include <stdlib.h>

#include "text/template.h"

static void promise(bool kept) {
    if (!kept) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char context[] = "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi "
                              "\\u00e9\"},{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"function\":"
                              "{\"name\":\"f\",\"arguments\":{\"a\":1.5}}}]}],\"tools\":[{\"name\":\"f\"}],\"bos_"
                              "token\":\"<s>\",\"add_generation_prompt\":true,\"n\":3}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *cut = size && data[0] == '{' ? memchr(data, 0, size) : NULL;
    bytes vars = cut ? bytes_of(data, (size_t)(cut - data)) : bytes_str(context);
    bytes source = cut ? bytes_of(cut + 1, size - vars.len - 1) : bytes_of(data, size);
    err e = {0};
    template *t = NULL;
    const json *j = NULL;
    buf out = {.max = 1 << 16};
    if (!json_parse(&j, vars, &e) && j->type == JSON_OBJECT) {
        int rc = template_open(&t, source, &e);
        promise(rc == OK || rc == ERR_CORRUPT || rc == ERR_UNSUPPORTED || rc == ERR_TOO_LONG || rc == ERR_MEMORY);
        if (!rc) rc = template_render(t, j, 1e9, &out, &e);
        promise(rc == OK || e.text[0]);
        promise(rc == OK || rc == ERR_CORRUPT || rc == ERR_UNSUPPORTED || rc == ERR_TOO_LONG || rc == ERR_MEMORY ||
                rc == ERR_ARGUMENT);
        promise(out.len <= out.max);
    }
    template_close(t);
    if (j) json_close(j);
    buf_clear(&out);
    return 0;
}
