package mqttq.transport;

import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import mqttq.loop.Loop;
import mqttq.loop.Timers;
import mqttq.quic.CloseReason;
import mqttq.quic.Connection;
import mqttq.quic.ConnectionListener;
import mqttq.quic.ConnectionOptions;
import mqttq.quic.Endpoint;
import mqttq.quic.EndpointConfig;
import mqttq.quic.ServerMemory;
import mqttq.quic.packet.TransportError;
import mqttq.quic.stream.QuicStream;
import mqttq.quic.stream.StreamHandler;
import mqttq.tls.TlsConfig;

/**
 * MQTT over QUIC: the client's first bidirectional stream is the pipe; later ones go to its handler ({@link Pipe.Handler#onStream}),
 * unidirectional ones are refused. Made by {@link #server} or {@link #client}.
 */
public final class QuicTransport implements Transport {
    /** A client that is connected and opens no stream is shown out after this long, ns. */
    private static final long STREAM_DEADLINE = 10_000_000_000L;

    /** A server that has said nothing to 0-RTT for so long is not there, ns. */
    private static final long EARLY_DEADLINE = 5_000_000_000L;

    private final EndpointConfig config;
    private final ConnectionOptions options;
    private final String host;
    private TlsConfig tls;
    private final Map<Listener, Acceptor> listeners = new LinkedHashMap<>();
    /** All connections of a client share one endpoint. */
    private QuicDriver clients;
    private final ServerMemory memory = new ServerMemory();

    private QuicTransport(EndpointConfig config, TlsConfig tls, ConnectionOptions options, String host) {
        this.config = config;
        this.tls = tls;
        this.options = options;
        this.host = host;
    }

    /** For {@link #listen}. {@code tls} has an identity and the protocol name {@code mqtt}. */
    public static QuicTransport server(EndpointConfig config, TlsConfig tls, ConnectionOptions options) {
        return new QuicTransport(config, tls, options, null);
    }

    /** For {@link #connect}, to the name or address {@code host}, which the server's certificate has to prove. */
    public static QuicTransport client(EndpointConfig config, TlsConfig tls, ConnectionOptions options, String host) {
        return new QuicTransport(config, tls, options, host);
    }

    /** The same with a client's usual options. */
    public static QuicTransport client(Loop loop, TlsConfig tls, String host) {
        return client(EndpointConfig.of(loop.entropy(), loop), tls, ConnectionOptions.CLIENT, host);
    }

    /** New certificates and trust, for connections to come. */
    public void reload(TlsConfig value) {
        tls = value;
        for (Map.Entry<Listener, Acceptor> entry : listeners.entrySet()) entry.getKey().serve(entry.getValue());
    }

    // --- server

    @Override public Bound listen(Loop loop, InetSocketAddress local, Acceptor acceptor) {
        Listener listener = new Listener(new QuicDriver(loop, config.forListener(local)), local);
        listeners.put(listener, acceptor);
        listener.serve(acceptor);
        return listener;
    }

    private final class Listener implements Bound {
        private final QuicDriver driver;
        private final InetSocketAddress local;
        /**
         * Connections that have opened no stream yet, oldest first: they are not in the broker's count, so they count as handshakes in
         * progress.
         */
        private final Set<Connection> streamless = new LinkedHashSet<>();

        Listener(QuicDriver driver, InetSocketAddress local) {
            this.driver = driver;
            this.local = driver.listen(local);
        }

        void serve(Acceptor acceptor) {
            driver.endpoint.serve(tls, options, new Endpoint.Acceptor() {
                @Override public ConnectionListener onConnection(Connection connection) { return new Accepted(Listener.this, acceptor); }
            });
        }

        private int maxHandshakes() { return config.limits().maxHandshakes(); }
        @Override public InetSocketAddress local() { return local; }
        @Override public void close() { if (listeners.remove(this) != null) driver.close(); }
        @Override public void figures(BiConsumer<String, Object> to) { driver.endpoint.figures(to); }
        @Override public boolean reset(byte[] id, InetSocketAddress from, InetSocketAddress to) { return driver.reset(id, from, to); }
    }

    /** A server's connection until and while it has its pipe. */
    private static final class Accepted implements ConnectionListener {
        private final Listener listener;
        private final Acceptor acceptor;
        private Timers.Timer timer;
        private QuicPipe pipe;
        /** Streams that came before the control stream, by the network's doing; not read yet. */
        private final List<QuicPipe> early = new ArrayList<>(0);

        Accepted(Listener listener, Acceptor acceptor) {
            this.listener = listener;
            this.acceptor = acceptor;
        }

        @Override public void onHandshakeComplete(Connection connection) {
            if (pipe != null) {
                pipe.onConfirmed();
                pipe.onPath();
                return;
            }
            Loop loop = listener.driver.loop;
            timer = loop.timer(() -> connection.close(0, "no stream in time"));
            timer.at(loop.now() + STREAM_DEADLINE);
            Set<Connection> waiting = listener.streamless;
            waiting.add(connection);
            if (waiting.size() <= listener.maxHandshakes()) return;
            acceptor.onCrowded();
            Connection oldest = waiting.iterator().next();
            waiting.remove(oldest);
            oldest.close(Pipe.OVERLOADED, "no stream, and others wait");
        }

        @Override public void onPath(Connection connection) { if (pipe != null) pipe.onPath(); }

        @Override public StreamHandler onStream(Connection connection, QuicStream stream) {
            if (!stream.bidirectional()) return null;
            QuicPipe made = new QuicPipe(listener.driver.loop, connection, stream.id() == 0);
            made.stream = stream;
            if (stream.id() != 0) return pipe != null ? branch(made) : hold(made);
            if (timer != null) timer.cancel();
            timer = null;
            listener.streamless.remove(connection);
            pipe = made;
            Pipe.Handler handler = acceptor.onPipe(pipe);
            pipe.handler(handler);
            if (handler == null) {
                connection.close(Pipe.OVERLOADED, "refused");
                return pipe;
            }
            for (QuicPipe other : early) {
                if (other.stream.closed()) continue;
                other.read(true);
                if (branch(other) == null) other.abort(Pipe.NO_ERROR, "refused");
            }
            early.clear();
            return pipe;
        }

        private QuicPipe hold(QuicPipe other) {
            early.add(other);
            other.read(false);
            return other;
        }

        private QuicPipe branch(QuicPipe other) {
            Pipe.Handler handler = pipe.branch(other);
            other.handler(handler);
            return handler == null ? null : other;
        }

        @Override public void onClosed(Connection connection, CloseReason reason) {
            if (reason.equals(CloseReason.CROWDED_OUT)) acceptor.onCrowded();
            if (reason.unfinished()) acceptor.onUnfinished();
            listener.streamless.remove(connection);
            if (!connection.isHandshakeComplete() && pipe == null) acceptor.onRefused(connection.remote(), reason.toString());
            if (timer != null) timer.cancel();
            if (pipe != null) pipe.onConnectionClosed(reason.toString());
        }
    }

    // --- client

    @Override public Attempt connect(Loop loop, InetSocketAddress remote, Connected connected) {
        if (clients == null) clients = new QuicDriver(loop, config);
        return new Connecting(clients, remote, connected);
    }

    /** A client's connection, before and while it has its pipe. */
    private final class Connecting implements ConnectionListener, Attempt, Runnable {
        private final Loop loop;
        private final QuicDriver driver;
        /** One for each path; more than one only while it looks for another. */
        private final List<QuicDriver.Port> ports = new ArrayList<>(1);
        private final Connection connection;
        private Connected connected;
        private Timers.Timer timer;
        private QuicPipe pipe;

        Connecting(QuicDriver driver, InetSocketAddress remote, Connected connected) {
            this.driver = driver;
            loop = driver.loop;
            this.connected = connected;
            QuicDriver.Port port = driver.new Port(remote);
            // First in the turn: what goes out with 0-RTT is there before the first datagram is made.
            loop.defer(this);
            ports.add(port);
            port.owner = this;
            port.connection = connection = driver.endpoint.connect(loop.now(), tls, options, host, port.local(), remote, memory, this);
            driver.flushLater();
        }

        /** With 0-RTT the pipe stands at once; but the handshake has to follow, or the next attempt goes without. */
        @Override public void run() {
            if (connected == null || !connection.isEarly()) return;
            open();
            if (pipe == null) return;
            timer = loop.timer(new Runnable() {
                @Override public void run() { connection.abandon("no answer in time"); }
            });
            timer.at(loop.now() + EARLY_DEADLINE);
        }

        @Override public void cancel() {
            if (connected == null) return;
            connected = null;
            connection.close(0, "");
        }

        @Override public void onHandshakeComplete(Connection c) {
            if (timer != null) timer.cancel();
            if (pipe == null) open();
            else pipe.onConfirmed();
        }

        @Override public void onOpenable(Connection c, boolean bidirectional) { if (bidirectional && pipe == null) open(); }

        private void open() {
            if (connected == null) return;
            QuicPipe made = new QuicPipe(loop, connection, true);
            if (!made.begin()) return;
            pipe = made;
            Connected then = connected;
            connected = null;
            Pipe.Handler handler = then.onConnected(pipe);
            pipe.handler(handler);
            if (handler == null) connection.close(0, "");
        }

        /** Single-stream mode §5.2: a server opens none. */
        @Override public StreamHandler onStream(Connection c, QuicStream stream) { return null; }

        @Override public void onClosed(Connection c, CloseReason reason) {
            if (timer != null) timer.cancel();
            if (pipe != null) pipe.onConnectionClosed(reason.toString());
            Connected then = connected;
            connected = null;
            if (then != null) {
                loop.defer(new Runnable() {
                    @Override public void run() {
                        String text = reason.remote() || reason.reason().isEmpty() ? reason.toString() : reason.reason(); // for a person
                        if (isRefusal(reason)) then.onRefused(text);
                        else then.onFailed(text);
                    }
                });
            }
        }

        /** No common version or protocol, a certificate that one side does not take: it will be the same next time. */
        private static boolean isRefusal(CloseReason reason) {
            return reason.kind() == CloseReason.Kind.VERSION_NEGOTIATION
                || reason.kind() == CloseReason.Kind.TRANSPORT && TransportError.isCrypto(reason.code());
        }

        @Override public void onForgotten(Connection c) { for (QuicDriver.Port port : ports) port.close(); }
        @Override public void onPathSilent(Connection c) { probe(c, c.remote(), false); }
        @Override public void onPreferredAddress(Connection c, InetSocketAddress preferred) { probe(c, preferred, true); }

        /** By a socket of its own. */
        private void probe(Connection c, InetSocketAddress remote, boolean always) {
            QuicDriver.Port port;
            try {
                port = driver.new Port(remote);
            } catch (UncheckedIOException e) {
                // No network at all: asked again later.
                return;
            }
            port.connection = c;
            port.owner = this;
            if (c.probe(loop.now(), port.local(), remote, always)) ports.add(port);
            else port.close();
        }

        @Override public void onPath(Connection c) {
            for (int i = ports.size(); i-- > 0; ) if (!c.uses(ports.get(i).local())) ports.remove(i).close();
        }
    }
}
