/* What a call that can fail returns, and the one line that says why.
 * web/core/status.js is generated from the enumeration below (tests/tools/status.mjs). */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

enum status {
    OK = 0,
    ERR_MEMORY,      /* an allocation failed, or would exceed the stated limit */
    ERR_CORRUPT,     /* bytes from outside contradict their format */
    ERR_UNSUPPORTED, /* well formed, but names something that is not built here */
    ERR_ARGUMENT,    /* the caller asked for something that makes no sense */
    ERR_TOO_LONG,    /* does not fit the context window or a stated limit */
    ERR_STATE,       /* the call is not allowed now (no model loaded, nothing started) */
    ERR_NUMERIC,     /* the computation left the finite numbers */
    ERR_IO,          /* reading or writing outside failed */
    ERR_NETWORK,     /* the page: a download failed */
    ERR_STORAGE,     /* the page: storage is full or refused */
    ERR_DIGEST,      /* the bytes are not the ones that were announced */
    ERR_CANCELLED,   /* stopped because the caller asked for it */
    ERR_NOT_FOUND,   /* no model of this id, no such address of the API */
    STATUS_COUNT
};

enum { ERR_TEXT_MAX = 256 };

typedef struct err {
    int code;                /* enum status */
    char text[ERR_TEXT_MAX]; /* one line of UTF-8 that says what is wrong and what to do, 0-terminated */
} err;

/* Fills *e (which may be NULL) with `code` and the formatted line, and returns `code`, so that a
 * failure is one statement. Text taken from outside is passed as an argument, never as the format;
 * control characters and bytes that are not UTF-8 are replaced by '?'. */
int fail(err *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* "ERR_CORRUPT" for ERR_CORRUPT; "ERR_UNKNOWN" for anything else. */
const char *status_name(int code);

#endif
