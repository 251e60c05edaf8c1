/* From token bytes to text that can be shown: whole code points only, nothing that may be the beginning of a stop
 * string. */
#ifndef INFER_STREAM_H
#define INFER_STREAM_H

#include "base/buf.h"

enum { STREAM_STOPS_MAX = 16, STREAM_STOP_BYTES_MAX = 256 };

typedef struct stream {
    buf held;                   /* bytes not given out yet */
    buf stop[STREAM_STOPS_MAX]; /* stop strings */
    int n_stops;
    bool hold;    /* give nothing out before the end */
    bool stopped; /* a stop string was met; everything from it on is gone */
} stream;

/* Storage is the caller's: start from (stream){0}. Pair: stream_clear(). */
void stream_clear(stream *s);
/* Adds a stop string of 1 to STREAM_STOP_BYTES_MAX bytes. ERR_ARGUMENT, ERR_MEMORY. */
int stream_stop_at(stream *s, bytes text, err *e);
/* Takes a token's bytes and appends to *out what can be shown now. */
int stream_put(stream *s, bytes piece, buf *out, err *e);
/* The rest, at the end of the answer: an unfinished code point becomes U+FFFD. */
int stream_end(stream *s, buf *out, err *e);

#endif
