/* A saved page of any bytes: no fault; what is refused changes nothing, what is taken is one page of the tokens that
 * were fed. The first byte says whether the rest is the record, or changes to a sound one: a position and a byte each,
 * the last of them where it is cut. */
#include <stdlib.h>

#include "base/mem.h"
#include "infer/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A model without weights: nothing is computed. */
static const model shape_only = {.hp = {.n_layer = 1,
                                        .n_embd = 32,
                                        .n_head = 1,
                                        .n_head_kv = 1,
                                        .head_dim = 4,
                                        .n_ff = 32,
                                        .n_vocab = 8,
                                        .n_ctx_train = 256,
                                        .rope_dim = 4}};
enum { TOKENS = 2 * ATTEND_PAGE + 1, RECORD_MOST = 4096 };

static size_t sound(uint8_t record[RECORD_MOST], const int32_t *ids) {
    const uint32_t head[] = {0x564b414f, 1, cache_form(CACHE_INT8), ATTEND_PAGE, 1, 1, 4, ATTEND_PAGE};
    memcpy(record, head, sizeof head);
    memcpy(record + sizeof head, ids, ATTEND_PAGE * sizeof *ids);
    return sizeof head + ATTEND_PAGE * sizeof *ids + cache_page_bytes(CACHE_INT8, 4);
}

static size_t change(uint8_t record[RECORD_MOST], size_t n, const uint8_t *data, size_t size) {
    for (; size >= 3; data += 3, size -= 3) record[(data[0] | data[1] << 8) % n] = data[2];
    return size == 2 ? (size_t)(data[0] | data[1] << 8) % (n + 8) : n;
}

static void restore(bytes record, const int32_t *ids) {
    static pool *p;
    session *s;
    size_t n_new = 0;
    buf out = {0};
    if (!p && pool_open(&p, 1, NULL)) abort();
    if (session_open(&s, &shape_only, p, 256, NULL) || session_feed(s, ids, TOKENS, NULL, NULL)) abort();
    int rc = session_restore(s, record, &n_new, NULL);
    if (n_new != (rc ? 0 : ATTEND_PAGE) || session_used(s) != n_new || session_left(s) != TOKENS - n_new) abort();
    if (!rc && (session_save(s, 0, &out, NULL) || !bytes_eq(buf_view(&out), record))) abort();
    buf_clear(&out);
    session_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t made[RECORD_MOST];
    int32_t ids[TOKENS];
    for (int i = 0; i < TOKENS; i++) ids[i] = i % 8;
    if (size == 0) return 0;
    bytes record = bytes_of(data + 1, size - 1);
    if (data[0] & 1) {
        memset(made, 0, sizeof made);
        record = bytes_of(made, change(made, sound(made, ids), data + 1, size - 1));
    }
    uint8_t *copy = mem_new(record.len + 1); /* so that a sanitizer sees a byte too many */
    if (!copy) abort();
    uint8_t *at = copy + 1; /* and of no alignment */
    memcpy(at, record.ptr, record.len);
    restore(bytes_of(at, record.len), ids);
    mem_free(copy);
    return 0;
}
