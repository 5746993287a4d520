import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import mqttq.loop.Timers;
import mqttq.loop.UdpPort;
import mqttq.loop.nio.NioLoop;
import mqttq.quic.CloseReason;
import mqttq.quic.Connection;
import mqttq.quic.ConnectionListener;
import mqttq.quic.ConnectionOptions;
import mqttq.quic.DatagramSink;
import mqttq.quic.Endpoint;
import mqttq.quic.EndpointConfig;
import mqttq.quic.Limits;
import mqttq.quic.ServerMemory;
import mqttq.quic.stream.QuicStream;
import mqttq.quic.stream.StreamHandler;
import mqttq.tls.Identity;
import mqttq.tls.TicketKeys;
import mqttq.tls.TlsConfig;
import mqttq.tls.Trust;

/** mqttq's QUIC on a real socket and a loop of its own, without MQTT: echoes as a server, sends and compares as a client. Its methods are for the case's thread. */
final class OwnPeer implements AutoCloseable, UdpPort.Handler, DatagramSink {
    /** More streams than a broker gives, and still fewer than the cases open. */
    private static final mqttq.quic.stream.Limits STREAMS = new mqttq.quic.stream.Limits(1 << 16, 1 << 20, 3 << 17, 50, 3, 64, 1 << 16, 1 << 18);
    private static final byte[] SECRET = "outlives a process that is lost.".getBytes(StandardCharsets.US_ASCII);

    /** What a case changes. */
    static final class Setup {
        int port, retryAbove = Limits.DEFAULT.retryAbove();
        String chain = "chain.pem";
        UnaryOperator<TlsConfig.Builder> tls = tls -> tls;
        UnaryOperator<ConnectionOptions> options = options -> options;
    }

    final List<Session> sessions = new ArrayList<>();
    private final NioLoop loop = NioLoop.open();
    private final Endpoint endpoint;
    private final Timers.Timer timer;
    private final Thread thread;
    private final Setup setup;
    private final ServerMemory memory = new ServerMemory();
    /** The one in use, and all. */
    private UdpPort port;
    private final List<UdpPort> ports = new ArrayList<>();
    private boolean flushing, closed;

    private OwnPeer(Setup setup) {
        this.setup = setup;
        Limits limits = Limits.DEFAULT.withRetryAbove(setup.retryAbove);
        endpoint = new Endpoint(EndpointConfig.of(loop.entropy(), loop).withSecret(SECRET).withLimits(limits), this::flushLater);
        timer = loop.timer(() -> {
            endpoint.onTimeout(loop.now());
            flushLater();
        });
        thread = loop.start("own-peer");
    }

    /** Echoes every bidirectional stream. */
    static OwnPeer server(Setup setup) throws Exception {
        OwnPeer peer = new OwnPeer(setup);
        Identity identity = Identity.ofPem(Interop.CERTS.toPath().resolve(setup.chain), Interop.CERTS.toPath().resolve("key.pem"));
        TlsConfig tls = setup.tls.apply(peer.tls().keyManager(identity).ticketKeys(new TicketKeys(peer.loop.entropy(), 3_600_000))).build();
        peer.ask(() -> {
            peer.bind(setup.port);
            peer.endpoint.serve(tls, setup.options.apply(ConnectionOptions.SERVER.withStreams(STREAMS).withDatagrams(1200)), connection -> peer.session(connection));
            return null;
        });
        return peer;
    }

    static OwnPeer client(Setup setup) {
        OwnPeer peer = new OwnPeer(setup);
        peer.ask(() -> {
            peer.bind(0);
            return null;
        });
        return peer;
    }

    private void bind(int number) {
        port = loop.udp(new InetSocketAddress("127.0.0.1", number), this);
        ports.add(port);
    }

    private TlsConfig.Builder tls() throws Exception {
        return TlsConfig.builder(loop.entropy(), loop::wallMillis).applicationProtocols("mqtt").trustManager(Trust.ofPem(Interop.CERTS.toPath().resolve("ca.pem")));
    }

    int port() {
        return ask(() -> port.local().getPort());
    }

    private Session session(Connection connection) {
        Session session = new Session();
        session.connection = connection;
        sessions.add(session);
        return session;
    }

    /** A client's connection to a port, once its handshake is done. */
    Session connect(int remote) throws Exception {
        return connect(remote, 0);
    }

    /** As {@link #connect(int)}; so many bytes go out as early data, to be echoed. */
    Session connect(int remote, int early) throws Exception {
        TlsConfig tls = setup.tls.apply(tls()).build();
        Session session = ask(() -> {
            Session made = session(null);
            made.connection = endpoint.connect(loop.now(), tls, setup.options.apply(ConnectionOptions.CLIENT.withStreams(STREAMS).withDatagrams(1200)), "localhost", port.local(),
                new InetSocketAddress("127.0.0.1", remote), memory, made);
            made.early = made.connection.isEarly();
            if (early > 0 && made.early) made.open(1, early);
            flushLater();
            return made;
        });
        await("a handshake", 15, () -> session.ready || session.closed != null);
        session.open();
        Interop.check(early == 0 || session.early, "no early data");
        return session;
    }

    // --- between the case's thread and the loop's

    /** Runs on the loop. */
    <T> T ask(Supplier<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                answer.complete(question.get());
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        try {
            return answer.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException | InterruptedException e) {
            throw new AssertionError("our loop: " + e, e);
        }
    }

    void await(String what, int seconds, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Program.PATIENCE * seconds * 1_000_000_000L;
        while (!ask(condition::getAsBoolean)) {
            if (System.nanoTime() > end) throw new AssertionError("our side never saw " + what + "; " + ask(sessions::toString));
            Thread.sleep(5);
        }
    }

    /** The only connection there was. */
    Session only() throws InterruptedException {
        await("a connection", 5, () -> !sessions.isEmpty());
        return ask(() -> sessions.get(sessions.size() - 1));
    }

    /** Ends without a word to anybody, as a process that is killed. */
    @Override public void close() {
        if (closed) return;
        closed = true;
        loop.stop();
        try {
            thread.join(5000);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        loop.close();
    }

    // --- the socket

    @Override public void onDatagram(long now, ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote) {
        endpoint.receive(now, datagram, local, remote);
        flushLater();
    }

    @Override public void onWritable() {
        flushLater();
    }

    private void flushLater() {
        if (flushing) return;
        flushing = true;
        loop.defer(() -> {
            flushing = false;
            endpoint.transmit(loop.now(), this);
            timer.at(endpoint.deadline());
        });
    }

    @Override public boolean send(ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote) {
        for (UdpPort each : ports) if (each.local().equals(local)) return each.send(datagram, remote);
        return true;
    }

    // --- connections

    /** A connection; as a server's it echoes. Its fields are the loop's: {@link #ask}. */
    final class Session implements ConnectionListener {
        Connection connection;
        /** Early: a client could send before its handshake was done; a server had streams then. */
        boolean ready, early;
        CloseReason closed;
        int paths;
        /** The last that came. */
        String datagram;
        private int opened, ended, wrong;
        private int toOpen, size;

        /** Fails where it is over. */
        void open() {
            CloseReason reason = ask(() -> closed);
            Interop.check(reason == null, "our connection ended " + reason);
        }

        /** Sends {@code bytes} on each of {@code count} streams, ends them, and compares what comes back. */
        void echo(int count, int bytes, int seconds) throws InterruptedException {
            int before = ask(() -> ended);
            begin(count, bytes);
            echoed(before + count, seconds);
        }

        /** Waits until so many streams in all have come back. */
        void echoed(int count, int seconds) throws InterruptedException {
            await("the echo of " + count + " streams", seconds, () -> ended == count || closed != null);
            open();
            Interop.check(ask(() -> wrong) == 0, "the echo was wrong");
        }

        /** As {@link #echo}, without waiting. */
        void begin(int count, int bytes) {
            ask(() -> {
                open(count, bytes);
                return null;
            });
        }

        private void open(int count, int bytes) {
            toOpen += count;
            size = bytes;
            openMore();
        }

        /** So many times: a stream, some bytes there and back; after a third of them {@code act}. */
        void rounds(int count, Runnable act) throws InterruptedException {
            for (int i = 0; i < count; i++) {
                if (i == count / 3 && act != null) act.run();
                echo(1, 14, 10);
            }
        }

        void end() {
            ask(() -> {
                connection.close(0, "");
                return null;
            });
        }

        void updateKeys() {
            ask(() -> {
                connection.updateKeys();
                connection.ping();
                return null;
            });
        }

        void sendDatagram(String text) {
            Interop.check(ask(() -> connection.sendDatagram(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)))) >= 0, "no datagrams to that peer");
        }

        /** Goes on from another port. */
        void migrate() throws InterruptedException {
            await("that it may migrate", 5, () -> {
                UdpPort old = port;
                if (ports.size() == 1) bind(0);
                port = old;
                return connection.probe(loop.now(), ports.get(1).local(), connection.remote(), true);
            });
            await("the new path", 5, () -> connection.local().equals(ports.get(1).local()));
        }

        private void openMore() {
            while (opened < toOpen) {
                Sender sender = new Sender(size);
                QuicStream stream = connection.open(true, sender);
                if (stream == null) return;
                opened++;
                sender.pump(stream);
            }
        }

        @Override public void onHandshakeComplete(Connection c) {
            ready = true;
        }

        @Override public void onOpenable(Connection c, boolean bidirectional) {
            openMore();
        }

        @Override public StreamHandler onStream(Connection c, QuicStream stream) {
            early |= c.isEarly();
            return stream.bidirectional() ? new Echo() : null;
        }

        @Override public void onPath(Connection c) {
            paths++;
        }

        @Override public void onDatagram(Connection c, ByteBuffer data) {
            datagram = StandardCharsets.UTF_8.decode(data.duplicate()).toString();
            if (!c.isClient()) c.sendDatagram(data);
        }

        @Override public void onClosed(Connection c, CloseReason reason) {
            closed = reason;
        }

        @Override public String toString() {
            return "ready " + ready + " early " + early + " streams ended " + ended + " of " + opened + " of " + toOpen + " closed " + closed + " " + (connection == null ? "" : connection.stats());
        }

        private final class Echo implements StreamHandler {
            @Override public void onData(QuicStream stream, ByteBuffer data) {
                stream.write(data);
            }

            @Override public void onWritable(QuicStream stream) {
                stream.read(true);
            }

            @Override public void onEnd(QuicStream stream) {
                stream.finish();
            }

            @Override public void onClosed(QuicStream stream, String reason) { }
        }

        private final class Sender implements StreamHandler {
            private final byte[] chunk = new byte[16_384];
            private final int size;
            private int sent, got;

            Sender(int size) {
                this.size = size;
            }

            private void pump(QuicStream stream) {
                while (sent < size) {
                    int n = Math.min(chunk.length, size - sent);
                    for (int i = 0; i < n; i++) chunk[i] = pattern(stream, sent + i);
                    int took = stream.write(ByteBuffer.wrap(chunk, 0, n));
                    sent += took;
                    if (took < n) return;
                }
                stream.finish();
            }

            private static byte pattern(QuicStream stream, int offset) {
                return (byte) (stream.id() + offset * 31 + (offset >> 8) * 7);
            }

            @Override public void onData(QuicStream stream, ByteBuffer data) {
                while (data.hasRemaining()) if (data.get() != pattern(stream, got++)) wrong++;
            }

            @Override public void onWritable(QuicStream stream) {
                if (sent < size) pump(stream);
            }

            @Override public void onEnd(QuicStream stream) {
                if (got != size) wrong++;
                ended++;
            }

            @Override public void onReset(QuicStream stream, long code) {
                wrong++;
                ended++;
            }

            @Override public void onClosed(QuicStream stream, String reason) { }
        }
    }
}
