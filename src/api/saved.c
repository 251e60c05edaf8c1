/* Saved sessions: pages of the cache go out and come back. */
#include "api/oa_impl.h"

int oa_session_tokens(oa *o) {
    int rc = oa_enter(o, true);
    if (rc) return rc;
    size_t n;
    const int32_t *id = session_tokens(o->s, &n);
    buf_put(&o->result, id, n * sizeof *id);
    return oa_leave(o, OK);
}

int oa_session_save(oa *o, int page) {
    int rc = oa_enter(o, true);
    if (!rc) rc = session_save(o->s, page < 0 ? UINT32_MAX : (uint32_t)page, &o->result, &o->e);
    return oa_leave(o, rc);
}

int oa_session_restore(oa *o, const void *record, size_t n) {
    size_t n_new = 0;
    int rc = oa_enter(o, true);
    if (!rc && !o->t.active) rc = fail(&o->e, ERR_STATE, "no answer is under way; begin one first");
    if (!rc) rc = session_restore(o->s, bytes_of(record, n), &n_new, &o->e);
    if (rc) return oa_leave(o, rc);
    o->t.n_cached += n_new;
    buf_printf(&o->result, "{\"cached_tokens\":%llu}", (unsigned long long)o->t.n_cached);
    return oa_leave(o, OK);
}
