/* Preloaded into ngtcp2's HTTP/3 programs gtlsclient and gtlsserver, makes of them peers for raw streams and datagrams:
 *   V1_ONLY   server: answers version 2 with a Version Negotiation packet
 *   ALPN      what goes on the wire instead of h3 (default mqtt)
 *   SCRIPT    client: HEX/COUNT,HEX/COUNT,... on the first bidirectional stream: send HEX, wait for COUNT more bytes, go on
 *   ROUNDS    client: instead, so many times: send some bytes on that stream, wait for their echo
 *   STREAMS, SIZE  client: instead, send SIZE bytes on each of STREAMS streams (to be asked for with -n), end them, compare the echo
 *   DATAGRAM  client: text that goes out as a datagram
 *   HOLD_MS   client: how long to stay when that has been done (default 50), then an orderly end
 * The server echoes every bidirectional stream and every datagram. What the client prints: "RECEIVED hex" at the end of SCRIPT,
 * "ROUNDS OK n", "ECHO OK streams=n bytes=n", "DATAGRAM text", "STATELESS RESET"; both: "SESSION ..." when the first bytes come.
 * Stateless resets are made from a fixed key, as by a server that keeps it across restarts.
 * All this by standing in for the nghttp3 calls with which those programs read and write streams, and for some of ngtcp2. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <ngtcp2/ngtcp2.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

typedef struct { unsigned char *data; unsigned int size; } gnutls_text;

#define REAL(type, name, ...) type (*real)(__VA_ARGS__) = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

/* What is still to be said on a stream. Pieces stay where they are: ngtcp2 points into them until they are acknowledged. */
struct piece { uint8_t *bytes; size_t length, sent; int last; struct piece *next; };
struct stream { void *owner; int64_t id; int blocked, silent; uint64_t got, wrong; struct piece *first, *end; struct stream *next; };
static struct stream *all;
static ngtcp2_conn *connection; /* the latest */

static const char *script;      /* what of SCRIPT has not been started */
static int is_client, rounds, rounds_left, streams, ended;
static size_t size;
static size_t awaited;          /* bytes that must have come in all before the next step */
static uint8_t *received;
static size_t received_length;

static uint8_t *datagram;       /* to go out */
static size_t datagram_length;

static const char *alpn(void) { const char *given = getenv("ALPN"); return given ? given : "mqtt"; }
static long number(const char *name) { const char *given = getenv(name); return given ? atol(given) : 0; }

static struct stream *stream_of(void *owner, int64_t id) {
    struct stream *s;
    for (s = all; s; s = s->next) if (s->owner == owner && s->id == id) return s;
    s = calloc(1, sizeof *s);
    s->owner = owner; s->id = id; s->next = all;
    return all = s;
}

static void say(struct stream *s, const uint8_t *bytes, size_t length, int last) {
    struct piece *p = calloc(1, sizeof *p);
    p->bytes = malloc(length + 1);
    memcpy(p->bytes, bytes, length);
    p->length = length; p->last = last;
    if (s->first) s->end->next = p; else s->first = p;
    s->end = p;
}

static uint8_t pattern(int64_t id, uint64_t offset) { return (uint8_t)(id + offset * 31 + (offset >> 8) * 7); }

static void stop(int signal_number) { (void)signal_number; kill(getpid(), SIGINT); }

static void end_after_hold(void) {
    long ms = getenv("HOLD_MS") ? number("HOLD_MS") : 50;
    struct itimerval when = {{0, 0}, {ms / 1000, ms % 1000 * 1000 + 1}};
    fflush(stdout);
    signal(SIGALRM, stop);
    setitimer(ITIMER_REAL, &when, NULL);
}

static void end_of_script(void) {
    printf("RECEIVED ");
    for (size_t i = 0; i < received_length; i++) printf("%02x", received[i]);
    printf("\n");
    end_after_hold();
}

static void step(struct stream *s) {
    while (rounds_left && received_length >= awaited) {
        if (--rounds_left == 0) { printf("ROUNDS OK %d\n", rounds); end_after_hold(); return; }
        say(s, (const uint8_t *)"there and back", 14, 0);
        awaited += 14;
    }
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

/* --- TLS */

int gnutls_alpn_set_protocols(void *session, const gnutls_text *list, unsigned count, unsigned flags) {
    REAL(int, gnutls_alpn_set_protocols, void *, const gnutls_text *, unsigned, unsigned);
    gnutls_text ours = {(unsigned char *)alpn(), (unsigned)strlen(alpn())};
    (void)list; (void)count;
    return real(session, &ours, 1, flags);
}

int gnutls_alpn_get_selected_protocol(void *session, gnutls_text *chosen) {
    REAL(int, gnutls_alpn_get_selected_protocol, void *, gnutls_text *);
    int result = real(session, chosen);
    if (!result && chosen->size == strlen(alpn()) && !memcmp(chosen->data, alpn(), chosen->size)) { chosen->data = (unsigned char *)"h3"; chosen->size = 2; }
    return result;
}

static void print_session(void) {
    static ngtcp2_conn *printed;
    if (printed == connection) return;
    printed = connection;
    void *tls = ngtcp2_conn_get_tls_native_handle(connection);
    int (*resumed)(void *) = (int (*)(void *))dlsym(RTLD_DEFAULT, "gnutls_session_is_resumed");
    unsigned (*flags)(void *) = (unsigned (*)(void *))dlsym(RTLD_DEFAULT, "gnutls_session_get_flags");
    void *(*peers)(void *, unsigned *) = (void *(*)(void *, unsigned *))dlsym(RTLD_DEFAULT, "gnutls_certificate_get_peers");
    unsigned certificates = 0;
    peers(tls, &certificates);
    printf("SESSION version=%x resumed=%d early=%d certificates=%u\n", ngtcp2_conn_get_negotiated_version(connection), resumed(tls) != 0,
           (flags(tls) >> 10) & 1, certificates);
    fflush(stdout);
}

/* --- connections: datagrams, and stateless resets that are told */

static int on_datagram(ngtcp2_conn *c, uint32_t flags, const uint8_t *bytes, size_t length, void *user) {
    (void)c; (void)flags; (void)user;
    printf("DATAGRAM %.*s\n", (int)length, (const char *)bytes);
    fflush(stdout);
    if (is_client) return 0;
    datagram = malloc(length + 1);
    memcpy(datagram, bytes, length);
    datagram_length = length;
    return 0;
}

static int on_stateless_reset(ngtcp2_conn *c, const ngtcp2_pkt_stateless_reset *reset, void *user) {
    (void)c; (void)reset; (void)user;
    printf("STATELESS RESET\n");
    fflush(stdout);
    return 0;
}

#define NEW_PARAMETERS ngtcp2_conn **made, const ngtcp2_cid *dcid, const ngtcp2_cid *scid, const ngtcp2_path *path, uint32_t version, int v1, \
    const ngtcp2_callbacks *callbacks, int v2, const ngtcp2_settings *settings, int v3, const ngtcp2_transport_params *params, const ngtcp2_mem *mem, void *user
typedef int make(NEW_PARAMETERS);

static int make_with_datagrams(make *real, NEW_PARAMETERS) {
    ngtcp2_callbacks ours = *callbacks;
    ngtcp2_transport_params more = *params;
    ours.recv_datagram = on_datagram;
    ours.recv_stateless_reset = on_stateless_reset;
    more.max_datagram_frame_size = 1200;
    int result = real(made, dcid, scid, path, version, v1, &ours, v2, settings, v3, &more, mem, user);
    connection = *made;
    return result;
}

int ngtcp2_conn_client_new_versioned(NEW_PARAMETERS) {
    const char *text = getenv("DATAGRAM");
    is_client = 1;
    datagram = text ? (uint8_t *)strdup(text) : NULL;
    datagram_length = text ? strlen(text) : 0;
    return make_with_datagrams((make *)dlsym(RTLD_NEXT, "ngtcp2_conn_client_new_versioned"), made, dcid, scid, path, version, v1, callbacks, v2, settings, v3, params, mem, user);
}

int ngtcp2_conn_server_new_versioned(NEW_PARAMETERS) {
    return make_with_datagrams((make *)dlsym(RTLD_NEXT, "ngtcp2_conn_server_new_versioned"), made, dcid, scid, path, version, v1, callbacks, v2, settings, v3, params, mem, user);
}

ngtcp2_ssize ngtcp2_conn_writev_stream_versioned(ngtcp2_conn *c, ngtcp2_path *path, int v, ngtcp2_pkt_info *info, uint8_t *to, size_t room, ngtcp2_ssize *taken,
                                                 uint32_t flags, int64_t id, const ngtcp2_vec *data, size_t count, ngtcp2_tstamp now) {
    REAL(ngtcp2_ssize, ngtcp2_conn_writev_stream_versioned, ngtcp2_conn *, ngtcp2_path *, int, ngtcp2_pkt_info *, uint8_t *, size_t, ngtcp2_ssize *, uint32_t,
         int64_t, const ngtcp2_vec *, size_t, ngtcp2_tstamp);
    if (datagram && ngtcp2_conn_get_handshake_completed(c)) {
        ngtcp2_vec whole = {datagram, datagram_length};
        int accepted = 0;
        ngtcp2_ssize n = ngtcp2_conn_writev_datagram_versioned(c, path, v, info, to, room, &accepted, 0, 0, &whole, 1, now);
        if (accepted) datagram = NULL;
        if (n > 0) {
            if (taken) *taken = -1;
            return n;
        }
    }
    return real(c, path, v, info, to, room, taken, flags, id, data, count, now);
}

/* The programs speak every version that the library does. */
int ngtcp2_pkt_decode_version_cid(ngtcp2_version_cid *to, const uint8_t *bytes, size_t length, size_t short_cid) {
    REAL(int, ngtcp2_pkt_decode_version_cid, ngtcp2_version_cid *, const uint8_t *, size_t, size_t);
    int result = real(to, bytes, length, short_cid);
    return !result && to->version == NGTCP2_PROTO_VER_V2 && getenv("V1_ONLY") ? NGTCP2_ERR_VERSION_NEGOTIATION : result;
}

int ngtcp2_crypto_generate_stateless_reset_token(uint8_t *token, const uint8_t *key, size_t length, const ngtcp2_cid *cid) {
    REAL(int, ngtcp2_crypto_generate_stateless_reset_token, uint8_t *, const uint8_t *, size_t, const ngtcp2_cid *);
    (void)key; (void)length;
    return real(token, (const uint8_t *)"a key that outlives the process.", 32, cid);
}

/* --- HTTP/3's streams. Its own unidirectional ones do not exist here. */

uint64_t ngtcp2_conn_get_streams_uni_left(ngtcp2_conn *c) { (void)c; return 3; }
int ngtcp2_conn_open_uni_stream(ngtcp2_conn *c, int64_t *id, void *user) { (void)c; (void)user; *id = 1000002; return 0; }
int nghttp3_conn_bind_control_stream(void *c, int64_t id) { (void)c; (void)id; return 0; }
int nghttp3_conn_bind_qpack_streams(void *c, int64_t a, int64_t b) { (void)c; (void)a; (void)b; return 0; }

int nghttp3_conn_submit_request(void *c, int64_t id, const void *headers, size_t count, const void *body, void *user) {
    static int started;
    (void)headers; (void)count; (void)body; (void)user;
    struct stream *s = stream_of(c, id);
    size = (size_t)number("SIZE");
    streams = (int)number("STREAMS");
    if (streams) {
        uint8_t *bytes = malloc(size + 1);
        for (size_t i = 0; i < size; i++) bytes[i] = pattern(id, i);
        say(s, bytes, size, 1);
        free(bytes);
    } else if (!started) {
        rounds = (int)number("ROUNDS");
        rounds_left = rounds ? rounds + 1 : 0;
        script = rounds ? NULL : getenv("SCRIPT");
        step(s);
    }
    started = 1;
    return 0;
}

long nghttp3_conn_writev_stream(void *c, int64_t *id, int *last, ngtcp2_vec *slices, size_t count) {
    (void)count;
    for (struct stream *s = all; s; s = s->next) {
        struct piece *p = s->first;
        if (s->owner != c || s->blocked || s->silent || !p) continue;
        *id = s->id; *last = p->last;
        slices[0].base = p->bytes + p->sent; slices[0].len = p->length - p->sent;
        return slices[0].len ? 1 : 0;
    }
    *id = -1; *last = 0;
    return 0;
}

int nghttp3_conn_add_write_offset(void *c, int64_t id, size_t n) {
    struct stream *s = stream_of(c, id);
    if (!s->first) return 0;
    s->first->sent += n;
    if (s->first->sent >= s->first->length) s->first = s->first->next;
    return 0;
}

int nghttp3_conn_add_ack_offset(void *c, int64_t id, uint64_t n) { (void)c; (void)id; (void)n; return 0; }
int nghttp3_conn_block_stream(void *c, int64_t id) { stream_of(c, id)->blocked = 1; return 0; }
int nghttp3_conn_unblock_stream(void *c, int64_t id) { stream_of(c, id)->blocked = 0; return 0; }
void nghttp3_conn_shutdown_stream_write(void *c, int64_t id) { stream_of(c, id)->silent = 1; }
int nghttp3_conn_shutdown_stream_read(void *c, int64_t id) { (void)c; (void)id; return 0; }
int nghttp3_conn_close_stream(void *c, int64_t id, uint64_t code) {
    if (is_client && !streams) printf("STREAM %ld closed code=%lu\n", (long)id, (unsigned long)code);
    fflush(stdout);
    if (!is_client && id % 4 == 0) ngtcp2_conn_extend_max_streams_bidi(connection, 1);
    stream_of(c, id)->silent = 1;
    return 0;
}

static void compare(struct stream *s, const uint8_t *bytes, size_t n, int last) {
    static uint64_t total, wrong;
    for (size_t i = 0; i < n; i++) s->wrong += bytes[i] != pattern(s->id, s->got + i);
    s->got += n;
    if (!last) return;
    total += s->got;
    wrong += s->wrong + (s->got != size);
    if (++ended < streams) return;
    if (wrong) printf("ECHO WRONG %lu\n", (unsigned long)wrong);
    else printf("ECHO OK streams=%d bytes=%lu\n", streams, (unsigned long)total);
    end_after_hold();
}

long nghttp3_conn_read_stream(void *c, int64_t id, const uint8_t *bytes, size_t n, int last) {
    struct stream *s = stream_of(c, id);
    print_session();
    if (!is_client) {
        if (id % 4 == 0) say(s, bytes, n, last);
    } else if (streams) {
        compare(s, bytes, n, last);
    } else {
        received = realloc(received, received_length + n + 1);
        memcpy(received + received_length, bytes, n);
        received_length += n;
        step(s);
    }
    return (long)n;
}
