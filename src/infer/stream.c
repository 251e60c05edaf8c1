/* Text as it can be shown. */
#include "infer/stream.h"

#include "base/utf8.h"

void stream_clear(stream *s) {
    buf_clear(&s->held);
    for (int i = 0; i < s->n_stops; i++) buf_clear(&s->stop[i]);
    *s = (stream){0};
}

int stream_stop_at(stream *s, bytes text, err *e) {
    if (text.len < 1 || text.len > STREAM_STOP_BYTES_MAX)
        return fail(e, ERR_ARGUMENT, "stop: a stop string has 1 to %d bytes", STREAM_STOP_BYTES_MAX);
    if (s->n_stops == STREAM_STOPS_MAX) return fail(e, ERR_ARGUMENT, "stop: at most %d stop strings", STREAM_STOPS_MAX);
    buf *b = &s->stop[s->n_stops++];
    buf_bytes(b, text);
    return buf_status(b, e);
}

/* The first place in text[from..] where a stop string stands, or, with `begun`, where one may have begun at the end;
 * text.len if none. */
static size_t find_stop(const stream *s, bytes text, size_t from, bool begun) {
    for (size_t at = from; at < text.len; at++) {
        for (int i = 0; i < s->n_stops; i++) {
            bytes stop = buf_view(&s->stop[i]);
            size_t left = text.len - at;
            if (begun ? left < stop.len && !memcmp(text.ptr + at, stop.ptr, left)
                      : left >= stop.len && !memcmp(text.ptr + at, stop.ptr, stop.len))
                return at;
        }
    }
    return text.len;
}

static void give(stream *s, size_t n, buf *out) {
    utf8_clean(out, bytes_of(s->held.ptr, n));
    memmove(s->held.ptr, s->held.ptr + n, s->held.len - n);
    s->held.len -= n;
}

int stream_put(stream *s, bytes piece, buf *out, err *e) {
    size_t before = s->held.len, from = before > STREAM_STOP_BYTES_MAX ? before - STREAM_STOP_BYTES_MAX : 0;
    if (s->stopped || piece.len == 0) return OK;
    buf_bytes(&s->held, piece);
    int rc = buf_status(&s->held, e);
    if (rc) return rc;
    bytes text = buf_view(&s->held);
    size_t n = find_stop(s, text, from, false);
    if (n < text.len) {
        s->stopped = true;
        s->held.len = n;
    } else {
        n = find_stop(s, text, from, true);
        n -= utf8_partial(bytes_of(text.ptr, n));
    }
    if (!s->hold) give(s, n, out);
    return buf_status(out, e);
}

int stream_end(stream *s, buf *out, err *e) {
    if (s->held.len) give(s, s->held.len, out);
    return buf_status(out, e);
}
