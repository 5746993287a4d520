package mqttq.quic;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import mqttq.loop.Timers;
import mqttq.loop.UdpPort;
import mqttq.sim.SimLoop;
import mqttq.tls.Identity;
import mqttq.tls.Pem;
import mqttq.tls.TlsConfig;
import mqttq.tls.Trust;

/** A simulated host with one endpoint on one socket. */
final class QuicHost implements UdpPort.Handler {
    static final long MS = 1_000_000, SECOND = 1000 * MS;
    static final int PORT = 14567;
    private static final Path PEMS = Path.of("test/mqttq/tls/pem");
    private static final Map<String, Identity> IDENTITIES = new LinkedHashMap<>();

    final SimLoop loop;
    final Endpoint endpoint;
    final UdpPort port;
    /** Every server connection, in the order in which they came. */
    final List<App> apps = new ArrayList<>();
    long datagramsSent, bytesSent;
    /** Whether its port can mark datagrams ECT(0), and how many were. */
    boolean marks;
    long marked;
    private final DatagramSink sink = new DatagramSink() {
        @Override
        public boolean send(ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote) {
            return QuicHost.this.send(datagram, local, remote);
        }

        @Override
        public boolean send(ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote, boolean ect0) {
            boolean sent = send(datagram, local, remote);
            if (ect0 && sent) marked++;
            return sent;
        }

        @Override
        public boolean marks(InetSocketAddress local) {
            return marks;
        }
    };
    private final Timers.Timer timer;
    private boolean flushing;
    private UdpPort second;
    /** Makes what listens to new server connections; null refuses them. */
    java.util.function.Supplier<App> accept = App::new;

    QuicHost(SimLoop loop, int port) {
        this(loop, port, Limits.DEFAULT);
    }

    QuicHost(SimLoop loop, int port, Limits limits) {
        this(loop, port, EndpointConfig.of(loop.entropy(), loop).withLimits(limits));
    }

    QuicHost(SimLoop loop, int port, EndpointConfig config) {
        this.loop = loop;
        endpoint = new Endpoint(config, this::flushLater);
        timer = loop.timer(() -> {
            endpoint.onTimeout(loop.now());
            flushLater();
        });
        this.port = loop.udp(new InetSocketAddress(loop.address(), port), this);
    }

    // --- roles

    QuicHost serve() {
        return serve(ConnectionOptions.SERVER, tls -> tls);
    }

    QuicHost serve(ConnectionOptions options, UnaryOperator<TlsConfig.Builder> change) {
        return serve("ec256", options, change);
    }

    QuicHost serve(String identity, ConnectionOptions options, UnaryOperator<TlsConfig.Builder> change) {
        endpoint.serve(change.apply(serverTls(identity)).build(), options, connection -> {
            App app = accept.get();
            if (app == null) return null;
            app.connection = connection;
            apps.add(app);
            return app;
        });
        return this;
    }

    App connect(QuicHost server) {
        return connect(server, ConnectionOptions.CLIENT, tls -> tls);
    }

    App connect(QuicHost server, ConnectionOptions options, UnaryOperator<TlsConfig.Builder> change) {
        App app = new App();
        return connect(server, options, change, app);
    }

    App connect(QuicHost server, ConnectionOptions options, UnaryOperator<TlsConfig.Builder> change, App app) {
        InetSocketAddress remote = new InetSocketAddress(server.loop.address(), server.port.local().getPort());
        app.connection = endpoint.connect(loop.now(), change.apply(clientTls()).build(), options, "broker.example", port.local(), remote, app.memory, app);
        flushLater();
        return app;
    }

    TlsConfig.Builder clientTls() {
        try {
            return TlsConfig.builder(loop.entropy(), loop::wallMillis).applicationProtocols("mqtt")
                .trustManager(Trust.of(Pem.certificates(PEMS.resolve("ca.pem"))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private TlsConfig.Builder serverTls(String identity) {
        return TlsConfig.builder(loop.entropy(), loop::wallMillis).applicationProtocols("mqtt").keyManager(identity(identity));
    }

    static synchronized Identity identity(String name) {
        return IDENTITIES.computeIfAbsent(name, n -> {
            try {
                return Identity.ofPem(PEMS.resolve(n + ".pem"), PEMS.resolve(n + ".key"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    static Identity selfSigned() {
        try {
            return Identity.ofPem(PEMS.resolve("self-signed.pem"), PEMS.resolve("ec256.key"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The EC identity with a chain of {@code length} certificates, most of them of no use: a large flight. */
    static Identity longChain(int length) {
        try {
            List<java.security.cert.X509Certificate> chain = new ArrayList<>(Pem.certificates(PEMS.resolve("ec256.pem")));
            while (chain.size() < length) chain.add(Pem.certificates(PEMS.resolve("rsa.pem")).get(0));
            return Identity.of(chain, Pem.privateKey(PEMS.resolve("ec256.key")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // --- the loop's side

    @Override
    public void onDatagram(long now, ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote) {
        endpoint.receive(now, datagram, local, remote);
        flushLater();
    }

    @Override
    public void onWritable() {
        flush();
    }

    /** One more socket, on another address of the host. */
    InetSocketAddress alsoAt(String address) {
        second = loop.udp(new InetSocketAddress(mqttq.sim.SimWorld.address(address), 0), this);
        return second.local();
    }

    void flushLater() {
        if (flushing) return;
        flushing = true;
        loop.defer(this::flush);
    }

    private void flush() {
        flushing = false;
        endpoint.transmit(loop.now(), sink);
        timer.at(endpoint.deadline());
    }

    private boolean send(ByteBuffer datagram, InetSocketAddress local, InetSocketAddress remote) {
        int length = datagram.remaining();
        UdpPort from = second != null && second.local().equals(local) ? second : port;
        if (!from.send(datagram, local, remote)) return false;
        datagramsSent++;
        bytesSent += length;
        return true;
    }
}
