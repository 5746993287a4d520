package mqttq.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.X509ExtendedTrustManager;
import mqttq.client.core.ClientSettings;
import mqttq.config.CipherNames;
import mqttq.config.StartOptions;
import mqttq.loop.nio.NioLoop;
import mqttq.quic.qlog.QlogFiles;
import mqttq.tls.CipherSuite;
import mqttq.tls.CryptoWarmup;
import mqttq.tls.Identity;
import mqttq.tls.Trust;
import mqttq.transport.TransportFactory;

/** The transport that a client command asks for, with its trust and its identity. */
final class ClientTransports {
    private ClientTransports() { }

    static ClientSettings.Endpoint endpoint(NioLoop loop, ClientOptions options, String transport, int port, PrintStream err)
        throws UsageException {
        place(loop, options);
        TransportFactory factory = new TransportFactory(options.host);
        factory.applicationProtocol = options.alpn;
        boolean quic = transport.equals("quic");
        if (quic || transport.equals("tls") || transport.equals("wss")) {
            factory.trust = trust(loop, options, err);
            factory.identify = !options.insecure;
            factory.identity = identity(options);
        }
        try {
            if (quic) quic(factory, loop, options, err);
            else tls(factory, options);
            return new ClientSettings.Endpoint(factory.make(loop, transport, port), options.host, port);
        } catch (IllegalArgumentException e) {
            throw new UsageException("Error: " + e.getMessage());
        }
    }

    /** {@code -A} and {@code --unix}. */
    private static void place(NioLoop loop, ClientOptions options) throws UsageException {
        try {
            if (options.bindAddress != null) loop.leaveFrom(InetAddress.getByName(options.bindAddress));
            if (options.unixPath != null) loop.toUnixSocket(Path.of(options.unixPath));
        } catch (UnknownHostException e) {
            throw new UsageException("Error: Unable to bind to address '" + options.bindAddress + "'.");
        } catch (RuntimeException e) {
            throw new UsageException("Error: Invalid socket path '" + options.unixPath + "'.");
        }
    }

    /** TLS: where QUIC cannot be had. */
    static ClientSettings.Endpoint fallback(NioLoop loop, ClientOptions options, PrintStream err) throws UsageException {
        return endpoint(loop, options, "tls", options.fallbackPort, options.insecure ? null : err);
    }

    private static void quic(TransportFactory factory, NioLoop loop, ClientOptions options, PrintStream err) throws UsageException {
        if (options.ciphers != null) {
            factory.quicSuites = suites(options.ciphers);
        } else if (!CryptoWarmup.fastAes()) {
            factory.quicSuites = new CipherSuite[] {CipherSuite.TLS_CHACHA20_POLY1305_SHA256, CipherSuite.TLS_AES_128_GCM_SHA256,
                CipherSuite.TLS_AES_256_GCM_SHA384};
        }
        factory.keyLog = keyLog(loop, err);
        factory.traces = traces(loop);
    }

    /** As other TLS clients: SSLKEYLOGFILE in the environment is where the secrets go. */
    private static Consumer<String> keyLog(NioLoop loop, PrintStream err) {
        String file = System.getenv("SSLKEYLOGFILE");
        if (file == null || file.isEmpty()) return null;
        try {
            return loop.keyLog(Path.of(file));
        } catch (IOException | InvalidPathException e) {
            if (err != null) err.println("Warning: SSLKEYLOGFILE cannot be written: " + e.getMessage());
            return null;
        }
    }

    /** As other QUIC clients: QLOGDIR in the environment is where a qlog of each connection goes. */
    private static QlogFiles traces(NioLoop loop) throws UsageException {
        String directory = System.getenv("QLOGDIR");
        if (directory == null || directory.isEmpty()) return null;
        try {
            return new QlogFiles(loop, directory);
        } catch (UncheckedIOException | InvalidPathException e) {
            throw new UsageException("Error: QLOGDIR: " + (e instanceof UncheckedIOException io ? io.getCause() : e).getMessage());
        }
    }

    private static CipherSuite[] suites(String ciphers) {
        List<CipherSuite> suites = new ArrayList<>();
        for (String name : CipherNames.tls13(ciphers)) suites.add(CipherSuite.valueOf(name));
        return suites.toArray(new CipherSuite[0]);
    }

    private static void tls(TransportFactory factory, ClientOptions options) {
        if (options.tlsVersion != null) factory.tlsVersions = new String[] {options.tlsVersion.equals("tlsv1.3") ? "TLSv1.3" : "TLSv1.2"};
        if (options.ciphers != null) factory.tlsSuites = CipherNames.tls12(options.ciphers).toArray(new String[0]);
    }

    /** @param err for a warning; null: it was given */
    private static X509ExtendedTrustManager trust(NioLoop loop, ClientOptions options, PrintStream err) throws UsageException {
        if (options.insecure) {
            if (!options.quiet && err != null) {
                err.println("Warning: --insecure: the broker's certificate is not checked; anybody may be at the other end.");
            }
            return Trust.insecure();
        }
        try {
            List<X509Certificate> anchors = new ArrayList<>();
            if (options.caFile != null) anchors.addAll(Trust.certificates(Path.of(options.caFile)));
            if (options.caPath != null) anchors.addAll(Trust.certificates(Path.of(options.caPath)));
            boolean named = !anchors.isEmpty();
            Path own = Path.of(StartOptions.defaultDataDirectory(), "broker.crt");
            if (!named && Files.isReadable(own)) anchors.addAll(Trust.certificates(own));
            if (anchors.isEmpty()) return Trust.defaultRoots();
            warmUp(loop, anchors.get(0));
            return named && !options.systemRoots ? Trust.of(anchors) : Trust.defaultRootsAnd(anchors);
        } catch (IOException | RuntimeException e) {
            throw new UsageException("Error: Unable to load CA certificates: " + e.getMessage());
        }
    }

    /**
     * What the JDK does when it first checks a certificate takes 100 ms and more: on a thread of its own it is done while the handshake
     * begins. AnchorCertificates reads all of the JDK's own roots, to look among them for ours.
     */
    private static void warmUp(NioLoop loop, X509Certificate certificate) {
        if (Runtime.getRuntime().availableProcessors() == 1) return;
        loop.offload(new Runnable() {
            @Override public void run() {
                try {
                    Class.forName("sun.security.util.AnchorCertificates");
                    certificate.verify(certificate.getPublicKey());
                } catch (GeneralSecurityException | ClassNotFoundException | LinkageError e) {
                    // then later
                }
            }
        }, new Runnable() {
            @Override public void run() { }
        });
    }

    private static Identity identity(ClientOptions options) throws UsageException {
        if (options.certFile == null) return null;
        try {
            return Identity.ofPem(Path.of(options.certFile), Path.of(options.keyFile));
        } catch (IOException | RuntimeException e) {
            throw new UsageException("Error: Unable to load client certificate: " + e.getMessage());
        }
    }
}
