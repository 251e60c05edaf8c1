/* base/utf8 on any bytes: its functions agree with each other, and a stream cut anywhere decodes as the whole. */
#include <stdlib.h>

#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void promise(bool kept) {
    if (!kept) abort();
}

/* Decoded one by one and encoded again, as utf8_clean() must do. */
static void check_decode(bytes s, bytes clean) {
    buf again = {0};
    bool valid = true;
    for (size_t i = 0, used; i < s.len; i += used) {
        uint8_t out[4];
        uint32_t c = utf8_decode(bytes_of(s.ptr + i, s.len - i), &used);
        promise(used >= 1 && used <= 4 && used <= s.len - i);
        size_t n = utf8_encode(out, c);
        valid = valid && n == used && bytes_eq(bytes_of(out, n), bytes_of(s.ptr + i, used));
        buf_put(&again, out, n);
    }
    promise(valid == utf8_valid(s));
    promise(bytes_eq(buf_view(&again), clean));
    buf_clear(&again);
}

/* In two pieces, the unfinished end of the first one held back. */
static void check_stream(bytes s, bytes clean) {
    size_t cut = s.len ? s.ptr[0] % (s.len + 1) : 0, held = utf8_partial(bytes_of(s.ptr, cut));
    buf streamed = {0};
    promise(held <= 3 && held <= cut);
    utf8_clean(&streamed, bytes_of(s.ptr, cut - held));
    utf8_clean(&streamed, bytes_of(s.ptr + cut - held, s.len - cut + held));
    promise(bytes_eq(buf_view(&streamed), clean));
    buf_clear(&streamed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    bytes s = {data, size};
    buf clean = {0};
    utf8_clean(&clean, s);
    promise(utf8_valid(buf_view(&clean)));
    check_decode(s, buf_view(&clean));
    check_stream(s, buf_view(&clean));
    buf_clear(&clean);
    return 0;
}
