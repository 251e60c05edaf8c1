/* OpenAI's HTTP API on 127.0.0.1, on a loaded core. One thread: requests are answered one after the other, in the order
 * in which they came. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <signal.h>

#include "api/oa.h"

typedef struct server_options {
    const char *model;                 /* the id that answers carry */
    const char *cors;                  /* an origin whose pages may ask, "*" for any; NULL: none */
    int port;                          /* 0: any that is free */
    const volatile sig_atomic_t *stop; /* ends it when it is not 0 */
    void (*ready)(int port);           /* called once, when it listens */
} server_options;

/* Serves until *stop. 0, or -1 with the reason in why[n], a line. */
int server_run(oa *core, const server_options *o, char *why, size_t n);

#endif
