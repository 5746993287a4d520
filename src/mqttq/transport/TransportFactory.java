package mqttq.transport;

import java.security.SecureRandom;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.X509ExtendedTrustManager;
import mqttq.loop.Loop;
import mqttq.quic.ConnectionOptions;
import mqttq.quic.EndpointConfig;
import mqttq.quic.qlog.ConnectionTrace;
import mqttq.tls.CipherSuite;
import mqttq.tls.Identity;
import mqttq.tls.TlsConfig;
import mqttq.tls.Trust;

/**
 * Makes the transports by which a client reaches one host: whom it trusts there, who it is, and what else TLS is told, the same for QUIC,
 * TLS and secure WebSocket. Fields are set before {@link #make}. Loop thread.
 */
public final class TransportFactory {
    private static final TransportLimits LIMITS = TransportLimits.DEFAULT;

    private final String host;
    /** Null: the JDK's default roots, read when they are needed. */
    public X509ExtendedTrustManager trust;
    /** Whether the certificate must name the host. */
    public boolean identify = true;
    /** The client's certificate and key, or null. */
    public Identity identity;
    /** Null: {@code mqtt} on QUIC and nothing on TLS. */
    public String applicationProtocol;
    /** What TLS 1.3 on QUIC may use, best first; null for the default. */
    public CipherSuite[] quicSuites;
    /** JSSE's names of what TLS over TCP may use, best first; null for the JDK's. */
    public String[] tlsSuites, tlsVersions;
    /** Takes lines of NSS key log format, or null. QUIC. */
    public Consumer<String> keyLog;
    /** QUIC's qlog, or null. */
    public ConnectionTrace.Factory traces;
    /** Of a WebSocket's request. */
    public String path = "/mqtt";

    /** @param host a name or an address, an IPv6 one without brackets; certificates are checked against it */
    public TransportFactory(String host) { this.host = host; }

    /** Accepts every certificate. */
    public void trustAnybody() {
        trust = Trust.insecure();
        identify = false;
    }

    /**
     * @param transport "quic", "tcp", "tls", "ws" or "wss"
     * @throws IllegalArgumentException in one line for the user, where the JDK does not take what the fields say
     */
    public Transport make(Loop loop, String transport, int port) {
        return switch (transport) {
            case "quic" -> quic(loop);
            case "tcp" -> new TcpTransport(LIMITS);
            case "tls" -> tls(loop.entropy(), port);
            case "ws" -> webSocket(new TcpTransport(LIMITS), port, 80);
            default -> webSocket(tls(loop.entropy(), port), port, 443);
        };
    }

    private X509ExtendedTrustManager trust() {
        if (trust == null) trust = Trust.defaultRoots();
        return trust;
    }

    private Transport quic(Loop loop) {
        TlsConfig.Builder tls = TlsConfig.builder(loop.entropy(), new LongSupplier() {
            @Override public long getAsLong() { return loop.wallMillis(); }
        }).applicationProtocols(applicationProtocol == null ? "mqtt" : applicationProtocol).trustManager(trust())
            .identifyEndpoint(identify).keyLog(keyLog);
        if (identity != null) tls.keyManager(identity);
        if (quicSuites != null) tls.cipherSuites(quicSuites);
        EndpointConfig config = EndpointConfig.of(loop.entropy(), loop);
        return QuicTransport.client(traces == null ? config : config.withTraces(traces), tls.build(), ConnectionOptions.CLIENT, host);
    }

    private Transport tls(SecureRandom entropy, int port) {
        SSLParameters parameters = new SSLParameters();
        if (tlsVersions != null) parameters.setProtocols(tlsVersions);
        if (applicationProtocol != null) parameters.setApplicationProtocols(new String[] {applicationProtocol});
        if (tlsSuites != null) parameters.setCipherSuites(tlsSuites);
        return new TlsTransport(new TcpTransport(LIMITS), TlsSetup.client(identity, trust(), entropy, host, port, identify, parameters),
            LIMITS);
    }

    private Transport webSocket(Transport inner, int port, int usual) {
        String name = host.indexOf(':') < 0 ? host : "[" + host + "]";
        return new WebSocketTransport(inner, WebSocketSetup.client(port == usual ? name : name + ":" + port, path), LIMITS);
    }
}
