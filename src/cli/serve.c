/* serve: OpenAI's API on 127.0.0.1. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

#ifdef __wasi__
int verb_serve(const options *o) {
    (void)o;
    return fail_line("serve is not in this build, which has no sockets; use the native one");
}
#else
#include "server/server.h"

enum { PORT = 8081, ID_BYTES = 256 };

static volatile sig_atomic_t stopped;

static void on_signal(int number) {
    (void)number;
    stopped = 1;
}

static void listening(int port) {
    printf("http://127.0.0.1:%d/v1\n", port);
    fflush(stdout);
}

/* The file's name without folder and ending. */
static void model_id(const char *path, char out[ID_BYTES]) {
    const char *name = strrchr(path, '/');
    snprintf(out, ID_BYTES, "%s", name ? name + 1 : path);
    size_t n = strlen(out);
    if (n > 5 && !strcmp(out + n - 5, ".gguf")) out[n - 5] = 0;
}

int verb_serve(const options *o) {
    char id[ID_BYTES], why[256];
    double port = o->port ? strtod(o->port, NULL) : PORT;
    if (port < 0 || port > 65535 || port != (int)port) {
        fprintf(stderr, "oa serve: --port is a number from 0 to 65535; 0 is any that is free\n");
        return EXIT_MISUSE;
    }
    oa *core = load_model(o);
    if (!core) return EXIT_FAILED;
    model_id(o->model, id);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    server_options options = {.model = id, .cors = o->cors, .port = (int)port, .stop = &stopped, .ready = listening};
    int rc = server_run(core, &options, why, sizeof why) ? fail_line("%s", why) : EXIT_OK;
    oa_free(core);
    return rc;
}
#endif
