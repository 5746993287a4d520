package mqttq.server;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SSLParameters;
import mqttq.broker.Broker;
import mqttq.config.ListenerSettings;
import mqttq.config.QuicSettings;
import mqttq.config.ServerSettings;
import mqttq.config.TlsSettings;
import mqttq.loop.Loop;
import mqttq.quic.ConnectionOptions;
import mqttq.quic.EndpointConfig;
import mqttq.quic.qlog.QlogFiles;
import mqttq.quic.stream.Limits;
import mqttq.tls.CipherSuite;
import mqttq.tls.TicketKeys;
import mqttq.tls.TlsConfig;
import mqttq.transport.QuicTransport;
import mqttq.transport.TcpTransport;
import mqttq.transport.TlsSetup;
import mqttq.transport.TlsTransport;
import mqttq.transport.Transport;
import mqttq.transport.TransportLimits;
import mqttq.transport.WebSocketSetup;
import mqttq.transport.WebSocketTransport;

/** Makes the transport of each listener as the settings say. */
public final class ListenerTransports {
    private static final long SECOND = 1_000_000_000L, TICKET_MILLIS = 86_400_000L;
    /** Bytes of handshake from a client that sends certificates. */
    private static final int MUTUAL_CRYPTO_BUFFER = 64 << 10;

    /** Bytes that a QUIC client may have on its way before its CONNECT is accepted. */
    private static final int BEFORE_CONNECT = 16 << 10;

    private final Loop loop;
    private final ServerSettings settings;
    private final EndpointConfig endpoint;
    private final TransportLimits layers;
    private final boolean chachaFirst;
    private final Consumer<String> keyLog;

    /** @param secret 32 bytes for stateless resets; null for ones that die with the process */
    ListenerTransports(Loop loop, Broker broker, ServerSettings settings, byte[] secret, boolean chachaFirst, Consumer<String> keyLog) {
        this.loop = loop;
        this.settings = settings;
        this.chachaFirst = chachaFirst;
        this.keyLog = keyLog;
        EndpointConfig config = EndpointConfig.of(loop.entropy(), loop);
        if (secret != null) config = config.withSecret(secret);
        if (settings.quic().qlogDirectory() != null) config = config.withTraces(new QlogFiles(loop, settings.quic().qlogDirectory()));
        int handshakes = settings.broker().fit(BrokerProcess.HEAP).maxHandshakes;
        mqttq.quic.Limits limits = config.limits().withMaxHandshakes(handshakes);
        limits = limits.withRetryAbove(settings.quic().retry() ? 0 : Math.min(limits.retryAbove(), handshakes / 4));
        endpoint = counted(config.withLimits(limits), broker, BrokerProcess.HEAP);
        layers = new TransportLimits(TransportLimits.DEFAULT.buffered(), TransportLimits.DEFAULT.handshakeNanos(), handshakes / 4, 0);
    }

    /** What QUIC's connections hold has a limit that follows the heap (bytes), and counts for the broker's memory limit. */
    public static EndpointConfig counted(EndpointConfig config, Broker broker, long heap) {
        EndpointConfig counted = config.withBudget(heap / 8);
        broker.transportMemory(counted.budget()::held);
        return counted;
    }

    /** @param content null without TLS */
    Secured of(ListenerSettings listener, ListenerTls.Content content) {
        Secured made = new Secured();
        if (listener.transport().equals("quic")) {
            made.transport = made.quic = QuicTransport.server(endpoint, config(content), options(content));
            return made;
        }
        TransportLimits limits = new TransportLimits(layers.buffered(), layers.handshakeNanos(), layers.handshakes(),
            listener.headerSize());
        made.transport = new TcpTransport(limits);
        if (content != null) made.transport = made.tls = new TlsTransport(made.transport, setup(content), limits);
        if (listener.transport().startsWith("ws")) {
            made.transport = new WebSocketTransport(made.transport, WebSocketSetup.server(listener.origins()), limits);
        }
        return made;
    }

    /** A transport, and where in it a new certificate goes. */
    final class Secured {
        Transport transport;
        private QuicTransport quic;
        private TlsTransport tls;

        /** For connections from now on; sessions from before are not resumed. */
        void reload(ListenerTls.Content content) {
            if (quic != null) quic.reload(config(content));
            if (tls != null) tls.setup(setup(content));
        }
    }

    private TlsSetup setup(ListenerTls.Content content) {
        SSLParameters parameters = new SSLParameters();
        parameters.setProtocols(content.settings().minimumVersion().equals("TLSv1.3") ? new String[] {"TLSv1.3"}
            : new String[] {"TLSv1.3", "TLSv1.2"});
        List<String> suites = content.settings().suites();
        if (suites != null) parameters.setCipherSuites(suites.toArray(new String[0]));
        parameters.setNeedClientAuth(content.trust() != null);
        return TlsSetup.server(content.identity(), content.trust(), loop.entropy(), parameters);
    }

    /** Of a broker's connections, with so many streams that the client may open. */
    public static Limits streams(int most) {
        Limits usual = Limits.DEFAULT;
        return new Limits(BEFORE_CONNECT, usual.maxStreamWindow(), BEFORE_CONNECT, most, usual.uniStreams(), usual.gaps(),
            usual.sendBuffer(), usual.maxSendBuffer(), usual.connectionWindow());
    }

    private ConnectionOptions options(ListenerTls.Content content) {
        QuicSettings quic = settings.quic();
        ConnectionOptions options = ConnectionOptions.SERVER.withIdleTimeout(quic.idleTimeout() * SECOND)
            .withStreams(streams(quic.maxStreams())).withEarlyData(quic.earlyData())
            .withPreferred(quic.preferredAddresses().toArray(new InetSocketAddress[0]))
            .withCongestion(quic.congestionControl().equals("newreno") ? ConnectionOptions.Congestion.NEWRENO
                : ConnectionOptions.Congestion.CUBIC);
        return content.trust() == null ? options : options.withCryptoBuffer(MUTUAL_CRYPTO_BUFFER);
    }

    private TlsConfig config(ListenerTls.Content content) {
        TlsConfig.Builder config = TlsConfig.builder(loop.entropy(), loop::wallMillis).applicationProtocols("mqtt")
            .keyManager(content.identity())
            .cipherSuites(suites(content.settings())).ticketKeys(new TicketKeys(loop.entropy(), TICKET_MILLIS)).keyLog(keyLog);
        if (content.trust() != null) config.trustManager(content.trust()).clientAuth(TlsConfig.ClientAuth.NEED);
        return config.build();
    }

    /** The operator's order, or that which is fast here. */
    private CipherSuite[] suites(TlsSettings tls) {
        List<CipherSuite> suites = new ArrayList<>();
        if (tls.tls13Suites() != null) {
            for (String name : tls.tls13Suites()) suites.add(CipherSuite.valueOf(name));
        } else {
            suites.addAll(List.of(CipherSuite.TLS_AES_128_GCM_SHA256, CipherSuite.TLS_AES_256_GCM_SHA384));
            suites.add(chachaFirst ? 0 : 2, CipherSuite.TLS_CHACHA20_POLY1305_SHA256);
        }
        return suites.toArray(new CipherSuite[0]);
    }
}
