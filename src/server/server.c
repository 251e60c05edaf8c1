/* HTTP, by libmicrohttpd: its loop and the core's steps take turns in one thread. */
#include "server/server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "server/call_impl.h"

enum {
    BODY_MOST = 32 << 20,  /* bytes of a request */
    CONNECTIONS_MOST = 64, /* at a time */
    IDLE_S = 60,           /* a connection on which nothing happens is closed */
    WAIT_MS = 500,         /* for a request, where there is nothing to do */
    GOODBYES = 50,         /* looks, of 10 ms, at connections that have something to be told at the end */
    READ_BYTES = 16 << 10,
};

typedef struct server server;

/* One request of a connection. */
typedef struct job {
    server *s;
    struct MHD_Connection *connection;
    struct job *next; /* that waits behind this one */
    call c;
    bool opened; /* c is to be closed */
    buf body;
    bool too_long, is_post;
    bool queued;    /* waits, or is under way */
    bool suspended; /* MHD does not call for it */
    bool streaming; /* its response is being read from c.out, of which `sent` bytes went */
    size_t sent;
    unsigned status; /* of the answer that is ready; 0: none yet */
    buf answer;
} job;

struct server {
    oa *core;
    const server_options *o;
    struct MHD_Daemon *daemon;
    job *first; /* the one under way, and those behind it */
    int n_jobs; /* in all */
    int port;
};

/* ---- The queue ---- */

static void enqueue(server *s, job *j) {
    job **at = &s->first;
    while (*at) at = &(*at)->next;
    *at = j;
    j->queued = true;
}

static void leave_queue(server *s, job *j) {
    if (!j->queued) return;
    if (s->first == j) call_stop(&j->c, s->core);
    job **at = &s->first;
    while (*at && *at != j) at = &(*at)->next;
    if (*at) *at = j->next;
    j->next = NULL;
    j->queued = false;
}

static void wake(job *j) {
    if (j->suspended) MHD_resume_connection(j->connection);
    j->suspended = false;
}

static void pause_job(job *j) {
    if (!j->suspended) MHD_suspend_connection(j->connection);
    j->suspended = true;
}

static void set_error(job *j, unsigned status, const err *e) {
    buf_reset(&j->answer);
    call_error(e, &j->answer);
    j->status = status;
}

/* MHD does not look at a connection that is suspended. */
static bool hung_up(const job *j) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(j->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    char byte;
    return info && recv(info->connect_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* What the step brought is there to be sent. */
static void deliver(job *j) {
    call *c = &j->c;
    if (c->stream && !j->streaming && c->out.len) {
        j->streaming = true;
        j->status = MHD_HTTP_OK;
    }
    if (!c->stream && c->end) {
        buf_bytes(&j->answer, buf_view(&c->out));
        j->status = MHD_HTTP_OK;
    }
    if (j->status) wake(j);
}

static void fail_job(job *j, const err *e) {
    call *c = &j->c;
    if (!j->streaming) {
        set_error(j, call_status(e->code), e);
    } else { /* the status went already */
        buf_str(&c->out, "data: ");
        call_error(e, &c->out);
        buf_str(&c->out, "\n\n");
    }
    c->end = true;
    wake(j);
}

static void work(server *s) {
    job *j = s->first;
    err e = {0};
    if (hung_up(j)) {
        leave_queue(s, j);
        j->c.end = true;
        if (!j->status)
            set_error(j, MHD_HTTP_BAD_REQUEST, &(err){.code = ERR_CANCELLED, .text = "The client is gone."});
        wake(j);
        return;
    }
    int rc = call_step(&j->c, s->core, &e);
    if (rc) {
        j->c.begun = false;
        fail_job(j, &e);
    } else {
        deliver(j);
    }
    if (j->c.end) leave_queue(s, j);
}

/* ---- Responses ---- */

static void add_cors(const server *s, struct MHD_Response *r) {
    if (!s->o->cors) return;
    MHD_add_response_header(r, "Access-Control-Allow-Origin", s->o->cors);
    MHD_add_response_header(r, "Access-Control-Allow-Headers", "authorization, content-type, *");
    MHD_add_response_header(r, "Access-Control-Allow-Methods", "GET, POST, OPTIONS");
}

static enum MHD_Result respond(job *j) {
    struct MHD_Response *r = MHD_create_response_from_buffer(j->answer.len, j->answer.ptr, MHD_RESPMEM_MUST_COPY);
    if (!r) return MHD_NO;
    MHD_add_response_header(r, "Content-Type", "application/json");
    add_cors(j->s, r);
    enum MHD_Result done = MHD_queue_response(j->connection, j->status, r);
    MHD_destroy_response(r);
    return done;
}

static ssize_t read_stream(void *of, uint64_t pos, char *to, size_t most) {
    job *j = of;
    (void)pos;
    buf *out = &j->c.out;
    size_t n = out->len - j->sent;
    if (!n && j->c.end) return MHD_CONTENT_READER_END_OF_STREAM;
    if (!n) {
        pause_job(j);
        return 0;
    }
    if (n > most) n = most;
    memcpy(to, out->ptr + j->sent, n);
    j->sent += n;
    if (j->sent == out->len) {
        buf_reset(out);
        j->sent = 0;
    }
    return (ssize_t)n;
}

static enum MHD_Result respond_stream(job *j) {
    struct MHD_Response *r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, READ_BYTES, read_stream, j, NULL);
    if (!r) return MHD_NO;
    MHD_add_response_header(r, "Content-Type", "text/event-stream");
    MHD_add_response_header(r, "Cache-Control", "no-cache");
    add_cors(j->s, r);
    enum MHD_Result done = MHD_queue_response(j->connection, MHD_HTTP_OK, r);
    MHD_destroy_response(r);
    return done;
}

static enum MHD_Result refuse(job *j, unsigned status, int code, const char *why) {
    err e = {.code = code};
    snprintf(e.text, sizeof e.text, "%s", why);
    set_error(j, status, &e);
    return respond(j);
}

/* ---- Requests ---- */

static const char *header(const job *j, const char *name) {
    const char *v = MHD_lookup_connection_value(j->connection, MHD_HEADER_KIND, name);
    return v ? v : "";
}

/* A page elsewhere may make its own name lead to 127.0.0.1; what it then sends carries that name. */
static bool asked_by_name(const job *j) {
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
    const char *host = header(j, "Host");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n = strlen(names[i]);
        if (!strncmp(host, names[i], n) && (!host[n] || host[n] == ':')) return true;
    }
    return false;
}

static void put_model(const char *id, buf *b) {
    buf_str(b, "{\"id\":");
    buf_json_str(b, bytes_str(id));
    buf_str(b, ",\"object\":\"model\",\"created\":0,\"owned_by\":\"open-assistant\"}");
}

static enum MHD_Result answer_models(job *j, const char *path) {
    const char *id = j->s->o->model, *wanted = path + strlen("/v1/models");
    if (*wanted == '/' && strcmp(wanted + 1, id))
        return refuse(j, MHD_HTTP_NOT_FOUND, ERR_NOT_FOUND, "There is no such model. /v1/models lists what there is.");
    if (!*wanted) buf_str(&j->answer, "{\"object\":\"list\",\"data\":[");
    put_model(id, &j->answer);
    if (!*wanted) buf_str(&j->answer, "]}");
    j->status = MHD_HTTP_OK;
    return respond(j);
}

static const struct route {
    const char *path;
    call_kind kind;
} routes[] = {{"/v1/chat/completions", CALL_CHAT}, {"/v1/completions", CALL_TEXT}, {"/v1/embeddings", CALL_EMBED}};

static enum MHD_Result begin_call(job *j, call_kind kind) {
    err e = {0};
    if (j->too_long) return refuse(j, MHD_HTTP_CONTENT_TOO_LARGE, ERR_TOO_LONG, "The body has more than 32 MB.");
    /* a page elsewhere can send other types without asking */
    if (strncmp(header(j, "Content-Type"), "application/json", 16))
        return refuse(j, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, ERR_ARGUMENT, "The Content-Type must be application/json.");
    j->opened = true;
    int rc = call_open(&j->c, kind, buf_view(&j->body), j->s->o->model, &e);
    if (rc) {
        set_error(j, call_status(rc), &e);
        return respond(j);
    }
    enqueue(j->s, j);
    pause_job(j);
    return MHD_YES;
}

static enum MHD_Result route(job *j, const char *path, const char *method) {
    bool models = !strcmp(path, "/v1/models") || !strncmp(path, "/v1/models/", 11);
    if (!asked_by_name(j))
        return refuse(j, MHD_HTTP_FORBIDDEN, ERR_ARGUMENT, "Ask 127.0.0.1 or localhost by that name.");
    if (!strcmp(method, "OPTIONS") && j->s->o->cors) {
        j->status = MHD_HTTP_NO_CONTENT;
        return respond(j);
    }
    if (models && strcmp(method, "GET")) return refuse(j, 405, ERR_ARGUMENT, "GET is answered here.");
    if (models) return answer_models(j, path);
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (strcmp(path, routes[i].path)) continue;
        return j->is_post ? begin_call(j, routes[i].kind) : refuse(j, 405, ERR_ARGUMENT, "POST is answered here.");
    }
    return refuse(j, MHD_HTTP_NOT_FOUND, ERR_NOT_FOUND,
                  "There is nothing here: /v1/chat/completions, /v1/completions, /v1/embeddings, /v1/models.");
}

static enum MHD_Result handle(void *of, struct MHD_Connection *connection, const char *path, const char *method,
                              const char *version, const char *data, size_t *n, void **state) {
    server *s = of;
    job *j = *state;
    (void)version;
    if (!j) {
        j = *state = mem_new(sizeof *j);
        if (!j) return MHD_NO;
        s->n_jobs++;
        *j = (job){.s = s, .connection = connection, .is_post = !strcmp(method, "POST")};
        return MHD_YES;
    }
    if (*n) {
        if (j->body.len + *n > BODY_MOST) j->too_long = true;
        else buf_put(&j->body, data, *n);
        *n = 0;
        return j->body.bad ? MHD_NO : MHD_YES;
    }
    if (j->streaming) return respond_stream(j);
    if (j->status) return respond(j);
    return route(j, path, method);
}

static void completed(void *of, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode why) {
    server *s = of;
    job *j = *state;
    (void)connection, (void)why;
    if (!j) return;
    s->n_jobs--;
    leave_queue(s, j);
    if (j->opened) call_close(&j->c);
    buf_clear(&j->body);
    buf_clear(&j->answer);
    mem_free(j);
    *state = NULL;
}

/* ---- The loop ---- */

/* Whoever waits is told that it is over. */
static void close_all(server *s) {
    while (s->first) {
        job *j = s->first;
        leave_queue(s, j);
        j->c.end = true;
        if (!j->streaming)
            set_error(j, MHD_HTTP_SERVICE_UNAVAILABLE,
                      &(err){.code = ERR_CANCELLED, .text = "The server was stopped."});
        wake(j);
    }
    for (int i = 0; i < GOODBYES && s->n_jobs; i++) MHD_run_wait(s->daemon, 10);
    MHD_stop_daemon(s->daemon);
}

int server_run(oa *core, const server_options *o, char *why, size_t n) {
    server s = {.core = core, .o = o};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)o->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s.daemon =
        MHD_start_daemon(MHD_ALLOW_SUSPEND_RESUME, (uint16_t)o->port, NULL, NULL, handle, &s, MHD_OPTION_SOCK_ADDR,
                         &address, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MOST, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
                         MHD_OPTION_NOTIFY_COMPLETED, completed, &s, MHD_OPTION_END);
    if (!s.daemon) {
        snprintf(why, n, "127.0.0.1:%d cannot be listened on; is it taken? --port chooses another", o->port);
        return -1;
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(s.daemon, MHD_DAEMON_INFO_BIND_PORT);
    o->ready(info ? info->port : o->port);
    while (!*o->stop) {
        if (MHD_run_wait(s.daemon, s.first ? 0 : WAIT_MS) != MHD_YES) break;
        if (s.first) work(&s);
    }
    close_all(&s);
    return 0;
}
