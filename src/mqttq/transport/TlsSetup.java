package mqttq.transport;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** What one side of TLS over TCP is set up with: the JDK's TLS with our identity and trust. */
public final class TlsSetup {
    /** Sessions of TLS 1.2 that a server keeps; the JDK's own limit is 20,480. */
    private static final int SESSIONS = 256;

    private final SSLContext context;
    private final SSLParameters parameters;
    private final String host;
    private final int port;

    private TlsSetup(X509ExtendedKeyManager key, X509ExtendedTrustManager trust, SecureRandom random, String host, int port,
                     SSLParameters parameters) {
        try {
            context = SSLContext.getInstance("TLS");
            // Never null: that would load the JDK's default roots.
            context.init(key == null ? new KeyManager[0] : new KeyManager[] {key},
                trust == null ? new TrustManager[0] : new TrustManager[] {trust}, random);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
        context.getServerSessionContext().setSessionCacheSize(SESSIONS);
        this.parameters = parameters;
        this.host = host;
        this.port = port;
    }

    /**
     * @param key      or null: no client certificate
     * @param host     whom the certificate must name, and SNI's name unless it is an address
     * @param identify false: any trusted certificate will do
     * @param parameters protocols, cipher suites, ALPN as the caller wants them (unset: the JDK's); changed here
     */
    public static TlsSetup client(X509ExtendedKeyManager key, X509ExtendedTrustManager trust, SecureRandom random, String host, int port,
                                  boolean identify, SSLParameters parameters) {
        parameters.setEndpointIdentificationAlgorithm(identify ? "HTTPS" : null);
        return new TlsSetup(key, trust, random, host, port, parameters);
    }

    /**
     * @param trust who signs clients' certificates; null where none are asked for
     * @param parameters protocols, cipher suites, ALPN, and whether a client certificate is wanted or needed
     */
    public static TlsSetup server(X509ExtendedKeyManager key, X509ExtendedTrustManager trust, SecureRandom random,
        SSLParameters parameters) {
        parameters.setUseCipherSuitesOrder(true);
        return new TlsSetup(key, trust, random, null, 0, parameters);
    }

    SSLEngine engine(boolean client) {
        SSLEngine engine = host == null ? context.createSSLEngine() : context.createSSLEngine(host, port);
        engine.setUseClientMode(client);
        // What is unset in them stays as the JDK has it.
        engine.setSSLParameters(parameters);
        return engine;
    }
}
