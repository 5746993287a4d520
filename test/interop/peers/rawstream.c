/* Preloaded into ngtcp2's HTTP/3 programs gtlsclient and gtlsserver, makes of them peers for raw streams:
 *   ALPN      what goes on the wire instead of h3 (default mqtt)
 *   SCRIPT    client: HEX/COUNT,HEX/COUNT,... on the first bidirectional stream: send HEX, wait for COUNT more bytes, go on
 *   HOLD_MS   client: how long to stay when the script has ended (default 50), then an orderly end
 * The server echoes every bidirectional stream. At the end of the script the client prints "RECEIVED hex".
 * It does so by standing in for the nghttp3 calls with which those programs read and write streams. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

typedef struct { unsigned char *data; unsigned int size; } gnutls_text;
typedef struct { uint8_t *base; size_t len; } io_slice;

/* What is still to be said on a stream. Pieces stay where they are: ngtcp2 points into them until they are acknowledged. */
struct piece { uint8_t *bytes; size_t length, sent; int last, done; struct piece *next; };
struct stream { void *owner; int64_t id; int blocked, silent; struct piece *pieces; struct stream *next; };
static struct stream *all;

static const char *script;      /* what of SCRIPT has not been started */
static int is_client;
static size_t awaited;          /* bytes that must have come in all before the next step */
static uint8_t *received;
static size_t received_length;

static const char *alpn(void) { const char *given = getenv("ALPN"); return given ? given : "mqtt"; }

static struct stream *stream_of(void *owner, int64_t id) {
    struct stream *s;
    for (s = all; s; s = s->next) if (s->owner == owner && s->id == id) return s;
    s = calloc(1, sizeof *s);
    s->owner = owner; s->id = id; s->next = all;
    return all = s;
}

static void say(struct stream *s, const uint8_t *bytes, size_t length, int last) {
    struct piece *p = calloc(1, sizeof *p), **end = &s->pieces;
    p->bytes = malloc(length + 1);
    memcpy(p->bytes, bytes, length);
    p->length = length; p->last = last;
    while (*end) end = &(*end)->next;
    *end = p;
}

static void stop(int signal_number) { (void)signal_number; kill(getpid(), SIGINT); }

static void end_of_script(void) {
    printf("RECEIVED ");
    for (size_t i = 0; i < received_length; i++) printf("%02x", received[i]);
    printf("\n");
    fflush(stdout);
    const char *given = getenv("HOLD_MS");
    long ms = given ? atol(given) : 50;
    struct itimerval when = {{0, 0}, {ms / 1000, ms % 1000 * 1000 + 1}};
    signal(SIGALRM, stop);
    setitimer(ITIMER_REAL, &when, NULL);
}

static void step(struct stream *s) {
    while (script && received_length >= awaited) {
        if (!*script) { script = NULL; end_of_script(); return; }
        size_t most = strlen(script) / 2 + 1, length = 0;
        uint8_t *bytes = malloc(most);
        unsigned value;
        while (*script && *script != '/' && sscanf(script, "%2x", &value) == 1) { bytes[length++] = (uint8_t)value; script += 2; }
        if (*script == '/') awaited += strtoul(script + 1, (char **)&script, 10);
        if (*script == ',') script++;
        if (length) say(s, bytes, length, 0);
        free(bytes);
    }
}

int gnutls_alpn_set_protocols(void *session, const gnutls_text *list, unsigned count, unsigned flags) {
    int (*real)(void *, const gnutls_text *, unsigned, unsigned) = dlsym(RTLD_NEXT, "gnutls_alpn_set_protocols");
    gnutls_text ours = {(unsigned char *)alpn(), (unsigned)strlen(alpn())};
    (void)list; (void)count;
    return real(session, &ours, 1, flags);
}

int gnutls_alpn_get_selected_protocol(void *session, gnutls_text *chosen) {
    int (*real)(void *, gnutls_text *) = dlsym(RTLD_NEXT, "gnutls_alpn_get_selected_protocol");
    int result = real(session, chosen);
    if (!result && chosen->size == strlen(alpn()) && !memcmp(chosen->data, alpn(), chosen->size)) { chosen->data = (unsigned char *)"h3"; chosen->size = 2; }
    return result;
}

/* HTTP/3's own unidirectional streams do not exist here. */
uint64_t ngtcp2_conn_get_streams_uni_left(void *c) { (void)c; return 3; }
int ngtcp2_conn_open_uni_stream(void *c, int64_t *id, void *user) { (void)c; (void)user; *id = 1000002; return 0; }
int nghttp3_conn_bind_control_stream(void *c, int64_t id) { (void)c; (void)id; return 0; }
int nghttp3_conn_bind_qpack_streams(void *c, int64_t a, int64_t b) { (void)c; (void)a; (void)b; return 0; }

int nghttp3_conn_submit_request(void *c, int64_t id, const void *headers, size_t count, const void *body, void *user) {
    (void)headers; (void)count; (void)body; (void)user;
    if (!is_client) { is_client = 1; script = getenv("SCRIPT"); step(stream_of(c, id)); }
    return 0;
}

long nghttp3_conn_writev_stream(void *c, int64_t *id, int *last, io_slice *slices, size_t count) {
    (void)count;
    for (struct stream *s = all; s; s = s->next) {
        if (s->owner != c || s->blocked || s->silent) continue;
        for (struct piece *p = s->pieces; p; p = p->next) {
            if (p->done) continue;
            *id = s->id; *last = p->last;
            slices[0].base = p->bytes + p->sent; slices[0].len = p->length - p->sent;
            return slices[0].len ? 1 : 0;
        }
    }
    *id = -1; *last = 0;
    return 0;
}

int nghttp3_conn_add_write_offset(void *c, int64_t id, size_t n) {
    for (struct piece *p = stream_of(c, id)->pieces; p; p = p->next) {
        if (p->done) continue;
        p->sent += n;
        p->done = p->sent >= p->length;
        break;
    }
    return 0;
}

int nghttp3_conn_add_ack_offset(void *c, int64_t id, uint64_t n) { (void)c; (void)id; (void)n; return 0; }
int nghttp3_conn_block_stream(void *c, int64_t id) { stream_of(c, id)->blocked = 1; return 0; }
int nghttp3_conn_unblock_stream(void *c, int64_t id) { stream_of(c, id)->blocked = 0; return 0; }
void nghttp3_conn_shutdown_stream_write(void *c, int64_t id) { stream_of(c, id)->silent = 1; }
int nghttp3_conn_shutdown_stream_read(void *c, int64_t id) { (void)c; (void)id; return 0; }
int nghttp3_conn_close_stream(void *c, int64_t id, uint64_t code) {
    printf("STREAM %ld closed code=%lu\n", (long)id, (unsigned long)code);
    fflush(stdout);
    stream_of(c, id)->silent = 1;
    return 0;
}

long nghttp3_conn_read_stream(void *c, int64_t id, const uint8_t *bytes, size_t n, int last) {
    struct stream *s = stream_of(c, id);
    if (!is_client) {
        if (id % 4 == 0) say(s, bytes, n, last);
        return (long)n;
    }
    received = realloc(received, received_length + n + 1);
    memcpy(received + received_length, bytes, n);
    received_length += n;
    step(s);
    return (long)n;
}
